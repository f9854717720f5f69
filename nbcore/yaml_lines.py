"""The quickest way to read a YAML document: line by line, as long as every line has one of few plain forms.

Most manifests are block maps and lists with one entry a line. Such a text is cut into lines by one regular
expression, and this module knows their few forms: ``key: value``, ``- value``, ``- key: value``, quotes that
end in their line, flat ``[a, b]`` and ``{a: b}``, and literal blocks. Whatever else a text holds, or whatever
is wrong with it, makes it give up, and libyaml reads the whole text.

Refuses to know positions, problems, anchors, tags, and every form that is not certain to mean the same to
libyaml and to Kubernetes.

Laws: test_the_lines_and_libyaml_agree, test_the_lines_and_libyaml_agree_on_noise,
test_the_lines_and_libyaml_agree_on_the_cases_that_kubectl_is_asked, test_the_fast_way_and_the_builder_agree.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Any, Final

from nbcore.kubernetes import scalars
from nbcore.kubernetes.scalars import WORDS
from nbcore.yaml_builder import NO_TEXT

_WORD: Final = r"[A-Za-z_/][A-Za-z0-9_./-]{0,199}+"
_LINE = re.compile(
    rf"^( *+)(- ++(?=[^ \n]))?+(?:({_WORD}):(?: ++|$))?+"
    r"((?:[A-Za-z0-9_./]|-(?=[^ \n]))(?:[^\n:#]++|:(?=[^ \n]))*+(?<! )$)?+(.*)$",
    re.MULTILINE,
)
"""Of each line: blanks, dash, key, a value without quotes and comment, or whatever else stands there."""
_DOUBLE_QUOTED = re.compile(r'"((?:[^"\\]++|\\["\\nt])*+)"')
_SINGLE_QUOTED = re.compile(r"'((?:[^']++|'')*+)'")
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED: Final = {'"': '"', "\\": "\\", "n": "\n", "t": "\t"}
_ITEM: Final = rf"""(?:"[^"\\]*+"|'[^']*+'|{_WORD}(?=[ ,\]}}]))"""
_PAIR: Final = rf"{_WORD}: ++{_ITEM}"
_FLAT: Final = {
    "[": rf"\[ *+(?:{_ITEM}(?: *+, *+{_ITEM})*+ *+)?\]",
    "{": rf"\{{ *+(?:{_PAIR}(?: *+, *+{_PAIR})*+ *+)?\}}",
}
_NAMED_ITEM: Final = rf"({_WORD}): ++({_ITEM})"
_REST_OF_LINE = re.compile(r" *+(?:(?<= )#.*)?")
_INDICATORS: Final = frozenset("-?:,[]{}#&*!|>'\"%@` ")
"""How something else than an unquoted scalar starts, or may start."""
_LITERALS: Final = {"|": "\n", "|-": ""}
"""Literal blocks, and what stands at their end."""


class _Uncertain(Exception):
    """The text holds something that this module does not know."""


def read(text: str, levels: int) -> tuple[Any, int] | None:
    """The value of the one document of a text, and of how many values it consists; None if libyaml has to read it.

    Shape: ``text`` ends with a line feed and is not suspect (`nbcore.yaml_builder.is_suspect`). None as well
    for one that is nested deeper than ``levels``; no values for one that holds nothing.
    """
    if not text.replace("\n", "").isprintable():
        return None
    try:
        return _read(text, levels)
    except _Uncertain:
        return None


def _read(text: str, levels: int) -> tuple[Any, int]:
    """What `read` says; the one loop over all lines, so that nothing is called for most of them."""
    root: dict[Any, Any] = {0: None}
    container: Any = root
    indent = -1
    key: Any = 0
    is_open = True  # whether the value of that key may start in the next line
    stack: list[tuple[int, Any]] = []
    lines: list[str] = []
    nodes = after = 0
    for number, (blanks, dash, name, plain, rest) in enumerate(_LINE.findall(text)):
        if number < after:
            continue
        here = len(blanks)
        if dash or is_open or here != indent or not name or type(container) is list:  # else: the next key
            if not name and not dash:
                if plain or (rest and rest[0] != "#"):
                    raise _Uncertain
                continue
            if is_open:
                is_open = False
                if here > indent or (dash and here == indent):
                    stack.append((indent, container))
                    below: Any = [] if dash else {}
                    container[key] = below
                    indent, container = here, below
            while here < indent:
                indent, container = stack.pop()
            if type(container) is list and not dash:
                indent, container = stack.pop()  # of a list indented no more than the key it stands under
            if here != indent or (dash and type(container) is not list):
                raise _Uncertain
            if dash and name:
                nodes += 1
                stack.append((indent, container))
                container.append({})
                indent, container = here + len(dash), container[-1]
            if len(stack) > levels:
                raise _Uncertain
        nodes += 1
        if plain:
            value = _scalar(plain) if plain in WORDS or plain[0] in NO_TEXT else plain
        elif name and (not rest or rest[0] == "#"):
            value, is_open = None, True
        elif rest in _LITERALS:
            lines = lines or text.split("\n")
            value, after = _literal(lines, number + 1, indent, _LITERALS[rest])
        elif rest[0] in "[{" and len(stack) < levels:
            value = _flat(rest)
            nodes += len(value)
        else:
            value = _other(rest)
        if not name:
            container.append(value)
            continue
        if name in container or name in WORDS:
            raise _Uncertain
        key = name
        container[key] = value
    return root[0], nodes + bool(nodes)


def _scalar(text: str) -> Any:
    return _known_scalar(text) if len(text) < 32 else _resolved(text)


def _resolved(text: str) -> Any:
    value = scalars.resolve(text)
    if type(value) is float and not math.isfinite(value):
        raise _Uncertain
    return value


_known_scalar = lru_cache(maxsize=1024)(_resolved)
"""The same for short texts: manifests write the same few numbers and amounts again and again."""


def _other(rest: str) -> Any:
    """The value of a scalar with quotes, or with a comment behind it, or with unusual characters."""
    first = rest[0]
    if first == '"':
        text, end = _matched(_DOUBLE_QUOTED, rest)
        text = text if "\\" not in text else _ESCAPE.sub(lambda match: _ESCAPED[match[1]], text)
    elif first == "'":
        text, end = _matched(_SINGLE_QUOTED, rest)
        text = text.replace("''", "'")
    elif first in _INDICATORS:
        raise _Uncertain
    else:
        return _unquoted(rest)
    if _REST_OF_LINE.fullmatch(rest, end) is None:
        raise _Uncertain
    return text


def _matched(pattern: re.Pattern[str], rest: str) -> tuple[str, int]:
    """What stands between the quotes, and where they end."""
    match = pattern.match(rest)
    if match is None:
        raise _Uncertain
    return match[1], match.end()


def _unquoted(rest: str) -> Any:
    text = rest.partition(" #")[0].rstrip(" ")
    if ": " in text or text[-1] == ":":
        raise _Uncertain
    return _scalar(text)


def _flat(rest: str) -> dict[str, Any] | list[Any]:
    """The value of a list or map that ends in its line and holds nothing but scalars."""
    match = re.match(_FLAT[rest[0]], rest)  # compiled when it is first needed
    if match is None or _REST_OF_LINE.fullmatch(rest, match.end()) is None:
        raise _Uncertain
    if rest[0] == "[":
        return [_item(one) for one in re.findall(_ITEM, match[0])]
    pairs = re.findall(_NAMED_ITEM, match[0])
    found = {name: _item(one) for name, one in pairs}
    if len(found) < len(pairs) or not WORDS.keys().isdisjoint(found):
        raise _Uncertain
    return found


def _item(text: str) -> Any:
    if text[0] in "\"'":
        return text[1:-1]
    return _scalar(text)


def _literal(lines: list[str], start: int, indent: int, end: str) -> tuple[str, int]:
    """The text of a literal block below something indented so far, and the number of the line after it."""
    inside = _indentation(lines[start])
    if not indent < inside < len(lines[start]):
        raise _Uncertain
    after = start
    while after < len(lines) and (not lines[after].strip(" ") or _indentation(lines[after]) >= inside):
        after += 1
    return "\n".join(line[inside:] for line in lines[start:after]).rstrip("\n") + end, after


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
