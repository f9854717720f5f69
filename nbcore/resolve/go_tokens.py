r"""Text as the lexer of Go's text/template takes it apart: literal pieces, and actions of tokens.

White space that a trim mark takes away and comments are gone already. Where Go's own lexer stops, and at numbers,
texts and characters that Go cannot read, there is one `Malformed` and nothing after it.
Refuses to know what an action means, which functions there are, and whether a number is one.

Source: text/template/parse/lex.go and strconv.Unquote of Go 1.26.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, TypeAlias

Kind = Literal[
    "space",
    "declare",
    "assign",
    "pipe",
    "comma",
    "string",
    "char",
    "number",
    "word",
    "variable",
    "field",
    "dot",
    "open",
    "close",
]


class Token(NamedTuple):
    """One token of an action; the text of a string is its value, of all others what was written."""

    kind: Kind
    text: str


class Malformed(NamedTuple):
    """Why Go refuses to read an action, and what to do about it."""

    reason: str
    remedy: str


Action: TypeAlias = tuple[Token, ...]
Piece: TypeAlias = "str | Action | Malformed"

FUNCTION: Final = "httpPathPrefix"
CALL: Final = '{{ httpPathPrefix "id" }}'
DOUBLE_QUOTES: Final = f"Write double quotes: {CALL}."

_NAMED = frozenset(("word", "variable", "field"))
_SPACES = " \t\r\n"
_LEFT_TRIM = re.compile(r"-[ \t\r\n]", re.ASCII)
_RIGHT = re.compile(r"[ \t\r\n]-\}\}[ \t\r\n]*+|\}\}", re.ASCII)
_WORD = r"[A-Za-z0-9_\x80-\U0010ffff]"
_ENDS = r"(?=[ \t\r\n.,|:()]|\}\}|\Z)"
_RUN = re.compile(rf"[.$]?({_WORD}+)", re.ASCII)
_NUMBER = (
    r"(?>[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?"
    r"|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)i?)"
)
_TOKEN = re.compile(
    rf"""
    (?P<space> (?:[ \t\r\n](?!-\}}\}}))++ )
    | (?P<declare> := ) | (?P<assign> = ) | (?P<pipe> \| ) | (?P<comma> , )
    | "(?P<string> [^"\\\n]*+ (?:\\[^\n][^"\\\n]*+)*+ )"
    | `(?P<raw> [^`]*+ )`
    | '(?P<char> [^'\\\n]*+ (?:\\[^\n][^'\\\n]*+)*+ )'
    | (?P<number> (?=[+-]|\.?[0-9]) {_NUMBER} (?!{_WORD}) (?:(?=[+-]) {_NUMBER} (?<=i) (?!{_WORD}) | (?![+-])) )
    | (?P<word> (?![0-9]){_WORD}++ {_ENDS} )
    | (?P<variable> \${_WORD}*+ {_ENDS} )
    | (?P<field> \.(?![0-9]){_WORD}++ {_ENDS} )
    | (?P<dot> \.{_ENDS} )
    | (?P<open> \( ) | (?P<close> \) )
    """,
    re.ASCII | re.VERBOSE,
)
_CHARACTER = r"""
    \\(?P<sign> [abfnrtv\\QUOTE] ) | \\x(?P<byte> [0-9a-fA-F]{2} ) | \\(?P<octal> [0-3][0-7]{2} )
    | \\u(?P<short> [0-9a-fA-F]{4} ) | \\U(?P<long> [0-9a-fA-F]{8} )
"""
_TEXT = re.compile(
    r"(?P<plain> [^\\]++ ) |" + _CHARACTER.replace("QUOTE", '"') + r"| (?P<bad> \\ )", re.ASCII | re.VERBOSE
)
_RUNE = re.compile(r"(?P<plain> [^\\] ) |" + _CHARACTER.replace("QUOTE", "'"), re.ASCII | re.VERBOSE)
_SIGNS = dict(zip('abfnrtv\\"', b'\a\b\f\n\r\t\v\\"', strict=True))

NO_QUOTES: Final = Malformed("the port id of httpPathPrefix stands without double quotes", f"Write {CALL}.")
_NO_TOKEN = Malformed("a character stands in {{ … }} where Go expects none", f"Write {CALL}.")
_NOT_CLOSED = Malformed("{{ is not closed by }}", "Write }} where it ends.")
_BAD_STRING = Malformed("a text in quotes holds a \\ that Go does not know", 'Write "\\\\" for a backslash.')
_BAD_CHAR = Malformed("single quotes hold one character, and no text", DOUBLE_QUOTES)
_BAD_NUMBER = Malformed("a number in {{ … }} is malformed", f"Write {CALL}.")
_STOPS = {
    "": _NOT_CLOSED,
    "{": _NOT_CLOSED,
    '"': Malformed("a text in double quotes is not closed on its line", 'Close it with a ".'),
    "`": Malformed("a text in backquotes is not closed", "Close it with a `."),
    "'": Malformed("a text in single quotes is not closed", DOUBLE_QUOTES),
    ")": Malformed("( and ) in {{ … }} do not pair", "Remove the parenthesis that is too much."),
    "/": Malformed("a comment must follow {{ or {{- directly", "Write {{/* … */}}."),
} | dict.fromkeys("+-0123456789", _BAD_NUMBER)
"""Why there is no token, by the character that stands there."""


def pieces(text: str) -> Iterator[Piece]:
    """The literal texts and the actions in their order, up to what Go's lexer refuses.

    Laws: test_text_without_an_action_is_itself.
    """
    end = 0
    while (start := text.find("{{", end)) >= 0:
        trims = _LEFT_TRIM.match(text, start + 2)
        yield text[end:start].rstrip(_SPACES) if trims else text[end:start]
        inside = trims.end() if trims else start + 2
        found = _comment(text, inside) if text.startswith("/*", inside) else _action(text, inside)
        if isinstance(found, Malformed):
            yield found
            return
        action, end = found
        if action is not None:
            yield action
    yield text[end:]


def _comment(text: str, start: int) -> tuple[None, int] | Malformed:
    """Where the text goes on after the comment, with the white space gone that it trims."""
    end = text.find("*/", start + 2)
    if end < 0:
        return Malformed("a comment is not closed by */", "End it with */}}.")
    right = _RIGHT.match(text, end + 2)
    if right is None:
        return Malformed("*/ must stand directly before }} or -}}", "End the comment with */}} or */ -}}.")
    return None, right.end()


def _action(text: str, at: int) -> tuple[Action, int] | Malformed:
    """The tokens of an action, and where the text goes on after it."""
    tokens: list[Token] = []
    depth = 0
    while True:
        if right := _RIGHT.match(text, at):
            return _STOPS[")"] if depth else (tuple(tokens), right.end())
        found = _TOKEN.match(text, at)
        if found is None:
            return _stop(text, at, tokens)
        token = _token(str(found.lastgroup), found[str(found.lastgroup)])
        if isinstance(token, Malformed):
            return token
        depth += (token.kind == "open") - (token.kind == "close")
        if depth < 0:
            return _STOPS[")"]
        tokens.append(token)
        at = found.end()


def _token(group: str, text: str) -> Token | Malformed:
    if group == "string":
        value = unquoted(text)
        return _BAD_STRING if value is None else Token("string", value)
    if group == "raw":
        return Token("string", text.replace("\r", ""))
    if group == "char" and not _is_rune(text):
        return _BAD_CHAR
    if group in _NAMED and (odd := _odd_character(text)):
        return odd
    if group == "number" and not any(one.isdecimal() for one in text):
        return _BAD_NUMBER
    return Token(group, text)  # type: ignore[arg-type]  # the groups are named after the kinds


def _stop(text: str, at: int, tokens: list[Token]) -> Malformed:
    """Why there is no token."""
    here = text[at : at + 1]
    if here in _STOPS:
        return _STOPS[here]
    run = _RUN.match(text, at)
    odd = _odd_character(run[1]) if run else None
    if odd:
        return odd
    unquoted_id = [token.kind for token in tokens[-2:]] == ["word", "space"] and tokens[-2].text == FUNCTION
    return NO_QUOTES if unquoted_id and run else _NO_TOKEN


def _odd_character(word: str) -> Malformed | None:
    """Says which character of a word cannot be seen, a no-break space above all."""
    # What this Unicode does not know yet may be a letter in Go's.
    unseen = (one for one in word if not one.isprintable() and unicodedata.category(one) != "Cn")
    odd = next(unseen, None)
    if odd is None:
        return None
    return Malformed(
        f"the character U+{ord(odd):04X} stands in {{{{ … }}}}", "Write a plain space or nothing instead."
    )


def unquoted(text: str) -> str | None:
    r"""What stands between the double quotes of a Go string, or None when it holds an escape that is none.

    Shape: bytes that are no UTF-8, which only ``\x`` and octal escapes can make, are lone surrogates.
    """
    if "\\" not in text:
        return text
    values = [_bytes(match) for match in _TEXT.finditer(text)]
    if None in values:
        return None
    return b"".join(value or b"" for value in values).decode("utf-8", "surrogateescape")


def _bytes(match: re.Match[str]) -> bytes | None:
    """The bytes that a piece of a string stands for; None for no character at all."""
    group, text = match.lastgroup, match[str(match.lastgroup)]
    if group == "plain":
        return text.encode("utf-8", "surrogatepass")
    if group == "sign":
        return bytes((_SIGNS[text],))
    if group in ("byte", "octal"):
        return bytes((int(text, 16 if group == "byte" else 8),))
    number = int(text, 16) if group in ("short", "long") else -1
    valid = 0 <= number < 0xD800 or 0xE000 <= number <= 0x10FFFF
    return chr(number).encode() if valid else None


def _is_rune(text: str) -> bool:
    """Whether single quotes hold exactly one character."""
    match = _RUNE.fullmatch(text)
    if match is None or match.lastgroup in ("plain", "sign"):
        return match is not None
    return _bytes(match) is not None
