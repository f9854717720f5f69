"""Where every value and key of one document stands in its text, held compactly.

A layout has the shape of the value that it belongs to, with numbers for nodes. It refuses to know YAML,
JSON and the values themselves: whoever reads a text fills a layout on the way.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable
from typing import Final, NamedTuple

from nbcore.finding import Position

RawPath = tuple[str | int, ...]
Children = dict[str, int] | list[int]
PLAIN: Final = 0x80000000
"""Flag in a node's end: the value is an unquoted YAML scalar."""
_OFFSET: Final = PLAIN - 1
MANY: Final = 1_000
"""How many problems of one document are told; nobody reads more, and hostile input has a million."""


class Layout:
    """The nodes of one document; node 0 is the root.

    Shape: ``spans`` holds four offsets a node: key start, key end, value start, value end (with ``PLAIN``);
    ``children`` has the nodes below each map and list that is not empty.
    Units: offsets count code points from the start of the text that was read.
    """

    __slots__ = ("children", "spans")

    def __init__(self) -> None:
        self.spans: array[int] = array("L" if array("I").itemsize < 4 else "I")
        self.children: dict[int, Children] = {}

    def find(self, path: Iterable[str | int], start: int = 0) -> tuple[int, bool]:
        """The node at the path, and True; for a path that leaves the document its last node, and False."""
        node = start
        for step in path:
            child = self._child(node, step)
            if child is None:
                return node, False
            node = child
        return node, True

    def value_span(self, node: int) -> tuple[int, int]:
        """Start and end of the node's value."""
        start, end = self.spans[4 * node + 2 : 4 * node + 4]
        return start, end & _OFFSET

    def key_span(self, node: int) -> tuple[int, int]:
        """Start and end of the key that the node stands under, or of its value where there is no key."""
        start, end = self.spans[4 * node : 4 * node + 2]
        return (start, end) if end else self.value_span(node)

    def is_plain(self, node: int) -> bool:
        """Whether the node's value is an unquoted YAML scalar."""
        return bool(self.spans[4 * node + 3] & PLAIN)

    def _child(self, node: int, step: str | int) -> int | None:
        below = self.children.get(node)
        if isinstance(below, dict):
            return below.get(step) if isinstance(step, str) else None
        if below is None or isinstance(step, str) or not 0 <= step < len(below):
            return None
        return below[step]


class Lines:
    """The lines of a text: turns offsets into positions.

    A line ends at a line feed, at a carriage return, or at both together.
    """

    __slots__ = ("_starts", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = _line_starts(text)

    def __len__(self) -> int:
        return len(self._starts)

    def position(self, start: int, end: int) -> Position:
        """The position of a range of offsets."""
        first, last = bisect_right(self._starts, start), bisect_right(self._starts, end)
        return Position(first, start - self._starts[first - 1] + 1, last, end - self._starts[last - 1] + 1)

    def line(self, number: int) -> str:
        """The text of a line, counted from 1, without its end."""
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self._text)
        return self._text[start:end].rstrip("\r\n")


def _line_starts(text: str) -> array[int]:
    starts = array("L", [0])
    offset = text.find("\n")
    if "\r" in text:
        return _mixed_line_starts(text)
    while offset >= 0:
        starts.append(offset + 1)
        offset = text.find("\n", offset + 1)
    return starts


def _mixed_line_starts(text: str) -> array[int]:
    starts = array("L", [0])
    for offset, character in enumerate(text):
        if character == "\n" or (character == "\r" and text[offset + 1 : offset + 2] != "\n"):
            starts.append(offset + 1)
    return starts


class Problem(NamedTuple):
    """What is wrong with a text, in offsets: the raw form of a finding."""

    code: str
    start: int
    end: int
    message: str
    remedy: str = ""
    path: RawPath = ()
    related: tuple[int, int] | None = None
    severity: str | None = None


class Unreadable(Exception):
    """The text, or what is left of it, holds no value; it carries what is wrong with it."""

    def __init__(self, problem: Problem, others: tuple[Problem, ...] = ()) -> None:
        super().__init__(problem.message)
        self.problems = (*others, problem)


class Limits(NamedTuple):
    """How much one input may hold before it is refused, so that no input can exhaust its reader.

    Units: ``bytes`` of the input; ``depth`` maps and lists around a value; ``nodes`` values of the input,
    those repeated through aliases counted each time; ``aliases`` of one document; ``documents`` of a stream.
    """

    bytes: int = 16 * 1024 * 1024
    depth: int = 64
    nodes: int = 1_000_000
    aliases: int = 10_000
    documents: int = 100_000
