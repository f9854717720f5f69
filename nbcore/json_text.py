"""JSON, read as kubectl reads it: values fast, and where they stand only when somebody asks.

The values come from the standard library's scanner; depth and size are measured before it runs. The layout
comes from a second, iterative scan of the same text. This module refuses to know YAML, streams and files.
"""

from __future__ import annotations

import json
import math
import re
from itertools import accumulate
from typing import Any, Final, NoReturn

from nbcore.kubernetes import scalars
from nbcore.layout import MANY, Layout, Limits, Problem, RawPath, Unreadable

_STRING = re.compile(r'"(?:[^"\\]+|\\.)*+"?', re.DOTALL)
_SURROGATES = re.compile(r"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F]..)|.)", re.DOTALL)
_SURROGATE_HINT = re.compile(r"\\u[dD][89a-fA-F]")
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_STEPS: Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_REMEDIES: Final = {
    "Expecting ',' delimiter": "write a comma between the values, or close the map or list",
    "Expecting ':' delimiter": "write a colon after the key",
    "Expecting property name enclosed in double quotes": "remove the comma before }, or quote the key",
    "Unterminated string starting at": "close the string with a double quote",
    "Invalid control character at": "write the character as an escape, such as \\n or \\t",
    "Invalid \\escape": "write the backslash twice",
    "Invalid \\uXXXX escape": "write four hexadecimal digits after \\u",
}
_NUMBER_REMEDY: Final = "write a number that a 64-bit float holds, or a string"


class NotJson(Unreadable):
    """The text is not JSON; it may still be YAML."""


class _Reader:
    """The hooks of one json scan, and what they found."""

    def __init__(self) -> None:
        self.has_repeats = False
        self.has_unfit_number = False
        self.decoder = json.JSONDecoder(
            object_pairs_hook=self.map,
            parse_int=self.integer,
            parse_float=self.fraction,
            parse_constant=self.constant,
        )

    def map(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) != len(pairs):
            self.has_repeats = True
        return value

    def integer(self, text: str) -> scalars.Scalar:
        return int(text) if len(text) < 19 else self.finite(scalars.json_integer(text))

    def fraction(self, text: str) -> scalars.Scalar:
        return self.finite(scalars.json_float(text))

    def constant(self, text: str) -> int:
        self.has_unfit_number = True
        return 0

    def finite(self, number: float) -> float:
        if not math.isfinite(number):
            self.has_unfit_number = True
        return number


def read(text: str, start: int, limits: Limits) -> tuple[Any, int, tuple[Problem, ...]]:
    """The JSON value that starts at an offset, where it ends, and what is wrong with it.

    Raises: Unreadable when it is not JSON, when Kubernetes cannot hold it, or at a limit.
    """
    reader = _Reader()
    try:
        value, end = reader.decoder.raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise NotJson(_syntax(error)) from None
    except RecursionError:
        raise Unreadable(_too_deep(start, limits)) from None
    if reader.has_unfit_number:
        _refuse_number(text, start, end)
    _refuse_lone_surrogate(text, start, end)
    return value, end, repeated_keys(text, start) if reader.has_repeats else ()


def measure(text: str, limits: Limits, nodes: int) -> int:
    """How many values the text holds at most, when it is JSON.

    Raises: Unreadable when it is nested too deep or holds more values than allowed.
    """
    bare = _STRING.sub("", text)
    brackets = bare.encode("ascii", "replace").translate(None, _NOT_BRACKETS)
    if max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > limits.depth:
        raise Unreadable(_too_deep(_depth_offset(text, limits.depth), limits))
    count = 1 + bare.count(",") + brackets.count(b"[") + brackets.count(b"{")
    if count > nodes:
        message = f"more than {limits.nodes:,} values in one input"
        raise Unreadable(Problem("NB103", 0, 1, message, "split the input"))
    return count


def _depth_offset(text: str, depth: int) -> int:
    """Where the first bracket beyond a depth stands."""
    level = 0
    for match in re.finditer(r'"(?:[^"\\]+|\\.)*+"?|[\[\]{}]', text, re.DOTALL):
        level += _STEPS.get(ord(match[0][0]), 0)
        if level > depth:
            return match.start()
    return 0


def _too_deep(start: int, limits: Limits) -> Problem:
    message = f"nested deeper than {limits.depth} levels"
    return Problem("NB103", start, start + 1, message, "flatten it")


def _syntax(error: json.JSONDecodeError) -> Problem:
    remedy = _REMEDIES.get(error.msg, "correct the JSON")
    return Problem("NB101", error.pos, error.pos, f"the JSON cannot be read: {error.msg}", remedy)


_TOKEN = re.compile(
    r'"(?:[^"\\]+|\\.)*+"|[\[\]{}:,]|-?[0-9][0-9.eE+-]*|true|false|null|NaN|-?Infinity', re.DOTALL
)


def _refuse_number(text: str, start: int, end: int) -> NoReturn:
    for match in _TOKEN.finditer(text, start, end):
        token = match[0]
        if token[0] in "-0123456789NI" and not _is_finite(token):
            raise Unreadable(
                Problem(
                    "NB106", match.start(), match.end(), "Kubernetes cannot hold this number", _NUMBER_REMEDY
                )
            )
    raise AssertionError("a number that is not finite has disappeared")


def _is_finite(token: str) -> bool:
    return token[-1] not in "Ny" and math.isfinite(float(token))


def _refuse_lone_surrogate(text: str, start: int, end: int) -> None:
    if not _SURROGATE_HINT.search(text, start, end):
        return
    for match in _SURROGATES.finditer(text, start, end):
        if match[1]:
            message = "half a surrogate pair is not a character"
            problem = Problem("NB101", match.start(), match.end(), message, "write both halves of the pair")
            raise Unreadable(problem)


def layout(text: str) -> Layout:
    """Where the parts of a text stand that is known to be JSON."""
    return _scan(text, 0)[0]


def repeated_keys(text: str, start: int) -> tuple[Problem, ...]:
    """A problem for each key that stands twice in one map, in the order of the text."""
    return _scan(text, start)[1]


def _scan(text: str, start: int) -> tuple[Layout, tuple[Problem, ...]]:
    scan = _Scan()
    for match in _TOKEN.finditer(text, start):
        scan.take(match[0], match.start(), match.end())
        if not scan.stack:
            break
    return scan.layout, tuple(scan.problems)


class _Scan:
    """Walks the tokens of a valid JSON text and fills a layout.

    Shape: a frame of ``stack`` holds the children and the node around an open map or list, and the step that
    leads from there to it.
    """

    def __init__(self) -> None:
        self.layout = Layout()
        self.problems: list[Problem] = []
        self.children: Any = []
        self.stack: list[tuple[Any, int, str | int]] = []
        self.key: str | None = None
        self.key_span = (0, 0)
        self.node = -1
        self.count = 0

    def take(self, token: str, start: int, end: int) -> None:
        first = token[0]
        if first in "]}":
            self.close(end)
        elif first == '"' and self.key is None and type(self.children) is dict:
            self.take_key(json.loads(token), start, end)
        elif first not in ":,":
            step = self.key if self.key is not None else len(self.children)
            node = self.new_node(start, end)
            if first in "[{":
                self.stack.append((self.children, self.node, step))
                self.children, self.node = [] if first == "[" else {}, node

    def new_node(self, start: int, end: int) -> int:
        node, self.count = self.count, self.count + 1
        if self.key is None:
            self.layout.spans.extend((0, 0, start, end))
            self.children.append(node)
        else:
            self.layout.spans.extend((*self.key_span, start, end))
            self.children[self.key] = node
            self.key = None
        return node

    def take_key(self, key: str, start: int, end: int) -> None:
        if key in self.children and len(self.problems) < MANY:
            path: RawPath = (*(step for _, _, step in self.stack[1:]), key)
            first = self.layout.key_span(self.children[key])
            message = "the key stands twice in one map; the last one would win"
            remedy = "remove or rename one of the two"
            self.problems.append(Problem("NB102", start, end, message, remedy, path, first))
        self.key, self.key_span = key, (start, end)

    def close(self, end: int) -> None:
        self.layout.spans[4 * self.node + 3] = end
        if self.children:
            self.layout.children[self.node] = self.children
        self.children, self.node, _ = self.stack.pop()
