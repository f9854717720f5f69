"""The text of a WorkspaceKind: the part of Go's text/template that needs no engine, exactly as Go reads it.

Text, ``{{ httpPathPrefix "id" }}``, trim marks and comments are rendered. Everything else is told apart: what Go
itself refuses, what Go renders as ``<no value>``, and templates that are not evaluated here.
Refuses to know any other expression and the value of any prefix; nothing is evaluated, whatever the text.

Laws: test_any_text_is_answered, test_text_of_calls_renders_to_their_values, test_compat_only_accepts_more,
test_every_port_id_can_be_written. What is accepted renders in Go to the same bytes, what is called syntax Go
refuses, and what has no value Go renders as that: test_go_agrees_about_every_text.
Source: text/template of Go 1.26 with nil data and ``httpPathPrefix(id)``, whose parameter is a named string type:
only a constant can be given to it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final, Literal, NamedTuple

from nbcore.kubernetes.names import closest
from nbcore.resolve.go_tokens import (
    CALL,
    DOUBLE_QUOTES,
    FUNCTION,
    NO_QUOTES,
    Action,
    Malformed,
    Token,
    pieces,
)
from nbcore.resolve.text import Hole, Parts

ProblemKind = Literal["syntax", "unsupported", "no value", "unknown port"]
"""Go refuses it; it is not evaluated here; Go prints ``<no value>``; no port has this id. The worst comes first."""


class Problem(NamedTuple):
    """What is wrong with a text, and what to do about it."""

    kind: ProblemKind
    reason: str
    remedy: str


NO_VALUE: Final = "<no value>"
_COMPARISONS = ("eq", "ge", "gt", "le", "lt", "ne")
_ESCAPERS = ("html", "js", "urlquery")
_PRINTERS = ("print", "printf", "println")
BUILTINS: Final = frozenset(
    (*_COMPARISONS, *_ESCAPERS, *_PRINTERS, "and", "call", "index", "len", "not", "or", "slice")
)

_ORDER: Final[tuple[ProblemKind, ...]] = ("syntax", "unsupported", "no value", "unknown port")
_TOLERATED: Final[frozenset[ProblemKind]] = frozenset(("no value", "unknown port"))
_OPENING = frozenset(("block", "define", "if", "range", "with"))
_INSIDE = frozenset(("break", "continue", "else", "end"))
_STATEMENTS = _OPENING | _INSIDE | {"template"}
_NEEDS_MORE = _OPENING | {"template"}
_CONSTANTS = frozenset(("true", "false", "nil"))
_CONSTANT_KINDS = frozenset(("string", "char", "number", "dot"))
_MOST_SHOWN = 64
_ONLY = f"Write text, comments and {CALL} only."

_EMPTY = Malformed("{{ }} is empty", f"Write {CALL}, or remove it.")
_ADJACENT = Malformed("two things in {{ … }} stand together without a space", f"Write {CALL}.")
_NO_STAGE = Malformed("there is nothing before a | in {{ … }}", f"Write {CALL}.")
_DEAD_STAGE = Malformed("a | in {{ … }} leads to what is no function", f"Write {CALL}.")
_NOT_THERE = Malformed("a sign stands in {{ … }} where Go expects none", f"Write {CALL}.")
_NO_FIELD = Malformed("a constant in {{ … }} is followed by a field", f"Write {CALL}.")
_NO_FUNCTION = Malformed("a value in {{ … }} is given an argument and is no function", f"Write {CALL}.")
_NIL = Malformed("nil in {{ … }} is no value to print", f"Write {CALL}, or remove it.")
_UNDECLARED = Malformed("a variable in {{ … }} is not declared", f"Write {CALL}.")
_PIPED = Malformed(f"a port id cannot be piped into {FUNCTION}", f"Write {CALL}.")
_ARGUMENTS = Malformed(f"{FUNCTION} takes exactly one port id", f"Write {CALL}.")
_COMPUTED = Malformed(
    f"{FUNCTION} takes a port id in double quotes, and no variable, field, number or result", f"Write {CALL}."
)
_SINGLE = Malformed(f"the port id of {FUNCTION} stands in single quotes", DOUBLE_QUOTES)
_NO_VALUE = Problem(
    "no value",
    f"a field stands for nothing here: it becomes the text {NO_VALUE}",
    f"Write {CALL} for the path of a port, or remove it.",
)
_NO_END = Problem("syntax", "a statement is not closed by {{ end }}", _ONLY)


@dataclass(slots=True)
class _Scope:
    """What earlier actions of the text leave behind: open blocks, and variables."""

    depth: int = 0
    declared: set[str] = field(default_factory=lambda: {"$"})


class _Operand(NamedTuple):
    """One word of a command; `chained` when fields follow it directly, which are then part of the text."""

    kind: str
    text: str
    chained: bool = False

    @property
    def constant(self) -> bool:
        return self.kind in _CONSTANT_KINDS or (self.kind == "word" and self.text in _CONSTANTS)


_Command = list[_Operand]


def parts_of(
    text: str, ports: Collection[str] | None, *, compat: bool = False
) -> tuple[Parts, Problem | None]:
    """The text as literal pieces and holes, and the worst thing that is wrong with it, if anything.

    Shape: ``ports`` are the ids that ``httpPathPrefix`` may name; None for any. With a problem the text is one
    literal piece. With ``compat`` an unknown id is the empty text and a field is ``<no value>``, as in Go.
    """
    if "{{" not in text:
        return ((text,) if text else ()), None
    found, open_blocks = _read(text)
    problems = [one for one in found if isinstance(one, Problem)]
    if open_blocks:
        problems.append(_NO_END)
    known = None if ports is None else frozenset(ports)
    problems.extend(_unknown_ports(found, known))
    problem = min(problems, key=lambda one: _ORDER.index(one.kind), default=None)
    if problem and not (compat and problem.kind in _TOLERATED):
        return (text,), problem
    return _joined(_rendered(part, known) for part in found), None


def _read(text: str) -> tuple[list[str | Hole | Problem], int]:
    """What each piece means, up to the first that Go refuses, and how many statements are left open."""
    scope = _Scope()
    found: list[str | Hole | Problem] = []
    for piece in pieces(text):
        meaning = piece if isinstance(piece, str | Malformed) else _action(piece, scope)
        if isinstance(meaning, Malformed):
            return [Problem("syntax", *meaning)], 0
        found.append(meaning)
    return found, scope.depth


def _unknown_ports(found: Sequence[str | Hole | Problem], ports: frozenset[str] | None) -> Iterator[Problem]:
    """The first hole that names no port; one is enough, as looking for what was meant takes time."""
    holes = (one.port for one in found if isinstance(one, Hole))
    unknown = next((port for port in holes if ports is not None and port not in ports), None)
    if unknown is not None and ports is not None:
        yield _unknown_port(unknown, ports)


def _rendered(part: str | Hole | Problem, ports: frozenset[str] | None) -> str | Hole:
    """What stands there; in place of what Go does not mind, what Go prints."""
    if isinstance(part, Hole):
        return part if ports is None or part.port in ports else ""
    return part if isinstance(part, str) else NO_VALUE


def _joined(parts: Iterable[str | Hole]) -> Parts:
    """The parts with neighbouring literals made one and empty ones left out."""
    joined: list[str | Hole] = []
    for literal, run in groupby(parts, lambda part: isinstance(part, str)):
        some = list(run)
        joined.extend(["".join(map(str, some))] if literal else some)
    return tuple(part for part in joined if part != "")


def _action(action: Action, scope: _Scope) -> Hole | Problem | Malformed:
    tokens = [token for token in action if token.kind != "space"]
    if not tokens:
        return _EMPTY
    wrong = _misplaced(tokens, scope.declared)
    if wrong:
        return wrong
    if _is_statement(tokens[0]):
        return _statement(tokens, scope)
    declares = _declares(tokens)
    commands = _commands(_after_declaration(action) if declares else action)
    if isinstance(commands, Malformed):
        return commands
    # Inside a block it may never be executed, and then Go does not mind.
    wrong = None if scope.depth else _refused_when_executed(commands)
    if wrong:
        return wrong
    plain = commands[0] if len(commands) == 1 and not declares else []
    return _plain(plain) or _unsupported(_feature(tokens))


def _plain(command: _Command) -> Hole | Problem | None:
    """What a command means that is one call or one field; None for all others."""
    if len(command) == 1 and _has_no_value(command[0]):
        return _NO_VALUE
    if command[:1] == [("word", FUNCTION, False)] and [one.kind for one in command[1:]] == ["string"]:
        return Hole(FUNCTION, command[1].text)
    return None


def _has_no_value(operand: _Operand) -> bool:
    """Whether it is the data, which is nil, or a field of it; which letters a name may have is Unicode's matter."""
    root = operand.kind == "variable" and operand.text.split(".", 1)[0] == "$"
    return (root or operand.kind in ("dot", "field")) and operand.text.isascii()


# ---- what Go's parser refuses ----


def _misplaced(tokens: Sequence[Token], declared: set[str]) -> Malformed | None:
    """The first token that Go's parser refuses wherever it stands, or there."""
    ranges = tokens[0] == ("word", "range")
    for at, token in enumerate(tokens):
        wrong = None
        if token.kind == "word":
            wrong = _misplaced_word(tokens, at)
        elif token.kind == "variable":
            following = tokens[at + 1].kind if at + 1 < len(tokens) else None
            if following in ("declare", "assign", "comma"):
                declared.add(token.text)
            wrong = None if token.text in declared else _UNDECLARED
        elif token.kind == "comma" and not ranges:
            wrong = _NOT_THERE
        if wrong:
            return wrong
    return None


def _misplaced_word(tokens: Sequence[Token], at: int) -> Malformed | None:
    word = tokens[at].text
    if word in _STATEMENTS:
        after_else = at == 1 and tokens[0].text == "else" and word in ("if", "with")
        return None if at == 0 or after_else else _NOT_THERE
    if word == FUNCTION or word in BUILTINS or word in _CONSTANTS:
        return None
    if at and tokens[at - 1] == ("word", FUNCTION):
        return NO_QUOTES
    near = closest(word, (FUNCTION,))
    remedy = f"Did you mean {near}?" if near else f"Write {CALL}, the only call that there is."
    return Malformed("there is no such function", remedy)


def _is_statement(token: Token) -> bool:
    return token.kind == "word" and token.text in _STATEMENTS


def _statement(tokens: Sequence[Token], scope: _Scope) -> Problem | Malformed:
    """Statements are paired and nothing else."""
    word = tokens[0].text
    if word in _INSIDE and not scope.depth:
        return Malformed(f"{{{{ {word} }}}} stands outside of what it belongs to", "Remove it.")
    if word in _NEEDS_MORE and len(tokens) == 1:
        return Malformed(f"{{{{ {word} }}}} lacks what it is about", _ONLY)
    scope.depth += (word in _OPENING) - (word == "end")
    return _unsupported(f"{{{{ {word} }}}}")


def _declares(tokens: Sequence[Token]) -> bool:
    return tokens[0].kind == "variable" and len(tokens) > 1 and tokens[1].kind in ("declare", "assign")


def _after_declaration(action: Action) -> Action:
    at = next(at for at, token in enumerate(action) if token.kind in ("declare", "assign"))
    return action[at + 1 :]


def _commands(action: Action) -> list[_Command] | Malformed:
    """The commands that pipes separate, parentheses unread; or why Go's parser refuses them."""
    commands: list[_Command] = [[]]
    spaced, depth = True, 0
    for token in action:
        inside = depth > 0
        depth += (token.kind == "open") - (token.kind == "close")
        if inside:
            continue
        if token.kind == "space":
            spaced = True
            continue
        wrong = _add_pipe(commands) if token.kind == "pipe" else _add(commands[-1], token, spaced)
        if wrong:
            return wrong
        spaced = token.kind == "pipe"
    return commands if commands[0] else _EMPTY


def _add_pipe(commands: list[_Command]) -> Malformed | None:
    if not commands[-1]:
        return _NO_STAGE
    commands.append([])
    return None


def _add(command: _Command, token: Token, spaced: bool) -> Malformed | None:
    """Adds an operand, or a field to the one before."""
    if token.kind in ("declare", "assign"):
        return _NOT_THERE
    if not spaced and token.kind != "field":
        return _ADJACENT
    if spaced:
        command.append(_Operand(token.kind, token.text))
        return None
    head = command[-1]
    if head.constant:
        return _NO_FIELD
    command[-1] = _Operand(head.kind, head.text + token.text, True)
    return None


# ---- what Go refuses to execute ----


def _refused_when_executed(commands: list[_Command]) -> Malformed | None:
    """Why Go refuses these commands whatever they compute, if it does."""
    for stage, command in enumerate(commands):
        if not command:
            continue
        head, *arguments = command
        wrong: Malformed | None = None
        if head.kind == "word" and head.text.split(".", 1)[0] == FUNCTION:
            wrong = _refused_call(head, arguments, stage)
        elif head.constant and stage:
            wrong = _DEAD_STAGE
        elif head.constant or (head.kind == "variable" and not head.chained):
            wrong = _NO_FUNCTION if arguments or stage else _NIL if head.text == "nil" else None
        if wrong:
            return wrong
    return None


def _refused_call(head: _Operand, arguments: _Command, stage: int) -> Malformed | None:
    if stage:
        return _PIPED
    if head.chained or len(arguments) != 1:
        return _ARGUMENTS
    kind = arguments[0].kind
    return None if kind == "string" else _SINGLE if kind == "char" else _COMPUTED


# ---- words ----


def _unsupported(feature: str) -> Problem:
    return Problem("unsupported", f"only text and {FUNCTION} are evaluated here, not {feature}", _ONLY)


def _feature(tokens: Sequence[Token]) -> str:
    """What a template uses that is not evaluated here."""
    kinds = {token.kind for token in tokens}
    called = [token.text for token in tokens if token.kind == "word" and token.text in BUILTINS]
    if called:
        return f"the function {called[0]}"
    words = {"pipe": "a pipe", "variable": "a variable", "open": "parentheses", "field": "a field"}
    return next((text for kind, text in words.items() if kind in kinds), "a constant")


def _unknown_port(port: str, ports: frozenset[str]) -> Problem:
    near = closest(port, sorted(ports))
    return Problem(
        "unknown port",
        f"{FUNCTION} names the port {_shown(port)}, which does not exist: it would become nothing",
        f"Did you mean {_shown(near)}?" if near else "Name the id of a port.",
    )


def _shown(name: str) -> str:
    """A name as a message cites it, cut at 64 characters."""
    text = name if len(name) <= _MOST_SHOWN else f"{name[:_MOST_SHOWN]}…"
    return json.dumps(text, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()
