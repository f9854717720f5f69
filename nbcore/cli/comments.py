"""Comments of YAML text that speak to nbcore, and the part of a document that a line of it begins.

A `#` inside a quoted or block scalar is no comment: the tokens of YAML say where scalars are. Refuses to know
what comments say, and what they are for.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from nbcore.finding import Position
from nbcore.layout import Limits, Lines
from nbcore.source import Document

MARK: Final = "nbcore:"
_CANDIDATE: Final = re.compile(rf"(?:^|(?<=[ \t\r\n\ufeff]))#[ \t]*{MARK}[^\r\n]*", re.MULTILINE)
_SEPARATOR: Final = re.compile(r"^---", re.MULTILINE)
_HEADING: Final = re.compile(r"\ufeff?(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n|\r|\n|\Z)|---[ \t]*(?:\r\n|\r|\n))*")
_DEPTH: Final = Limits().depth
_BLOCKS: Final = ("|", ">")
Place = tuple[int, int]
"""Line and column, both from 1."""


class Comment(NamedTuple):
    """One comment that begins with the mark.

    Shape: ``text`` is what follows the mark; ``alone`` when nothing else stands on its line; ``heads`` when
    it stands in the first block of comments, before all else.
    """

    text: str
    position: Position
    alone: bool
    heads: bool


class Span(NamedTuple):
    """A part of a document: a field with its key, or an element of a list.

    Shape: ``value`` is where its value alone stands.
    """

    start: Place
    end: Place
    value: Position


def comments(text: str) -> list[Comment]:
    """The comments that begin with the mark, in their order; none from where the text is no YAML on."""
    found = list(_CANDIDATE.finditer(text))
    if not found:
        return []
    lines = Lines(text)
    heading = _HEADING.match(text)
    head_end = heading.end() if heading else 0
    inside = _Scalars(text, found[-1].start()) if found[-1].start() >= head_end else None
    return [
        _comment(one, lines, heads=one.start() < head_end)
        for one in found
        if one.start() < head_end or (inside is not None and inside.allow(one.start()))
    ]


def _comment(match: re.Match[str], lines: Lines, *, heads: bool) -> Comment:
    position = lines.position(match.start(), match.start() + len(match[0].rstrip()))
    before = lines.line(position.line)[: position.column - 1]
    said = match[0].partition(MARK)[2].strip()
    return Comment(said, position, not before.strip(" \t\ufeff"), heads)


class _Scalars:
    """Where no comment can be: the scalars of a text, and what follows a fault in it."""

    def __init__(self, text: str, last: int) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in _chunks(text):
            if start > last:
                break
            self._learn(text[start:end], start)

    def allow(self, offset: int) -> bool:
        """Whether a comment may begin at an offset."""
        at = bisect_right(self._starts, offset) - 1
        return at < 0 or offset >= self._ends[at]

    def _learn(self, chunk: str, base: int) -> None:
        reached = 0
        for start, end in _scalars(chunk):
            self._starts.append(start + base)
            self._ends.append(end + base)
            reached = end
        if reached < 0:  # the rest of it cannot be read
            self._ends[-1] = base + len(chunk)


def _chunks(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of the texts between the lines that separate documents, as kubectl cuts them."""
    start = 1 if text.startswith("\ufeff") else 0
    for separator in _SEPARATOR.finditer(text):
        yield start, separator.start()
        start = separator.start()
    yield start, len(text)


def _scalars(chunk: str) -> Iterator[tuple[int, int]]:
    """Start and end of each scalar that may hold a `#`; -1 as the end of the last where reading stopped."""
    import yaml

    flow = (yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken)
    ends = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)
    depth, reached = 0, 0
    try:
        loader: Any = yaml.CSafeLoader(chunk)
        while loader.check_token():
            token = loader.get_token()
            depth += isinstance(token, flow) - isinstance(token, ends)
            if depth > _DEPTH:
                break
            reached = token.end_mark.index
            if isinstance(token, yaml.ScalarToken):
                start = token.start_mark.index
                if token.style in _BLOCKS:  # a comment may follow the sign of a block scalar
                    start = chunk.find("\n", start) + 1 or len(chunk)
                if start < reached:
                    yield start, reached
        else:
            return
    except (yaml.YAMLError, UnicodeEncodeError):
        pass
    yield reached, -1


# ---- what stands in a line ----


def spans_at(documents: Iterable[Document], lines: Mapping[int, int]) -> dict[int, Span]:
    """The outermost part that begins in each of the lines, where one does.

    Shape: ``lines`` has the column of the first character of each line that is asked for; the same numbers
    are the keys of the answer.
    """
    wanted = sorted(lines.items())
    found: dict[int, Span] = {}
    for one in documents:
        if one.value is not None:
            _Search(one, wanted, found).run()
    return found


class _Search:
    """The walk through one document, only to where a line that is asked for lies."""

    def __init__(self, document: Document, wanted: list[Place], found: dict[int, Span]) -> None:
        self._document = document
        self._wanted = wanted
        self._found = found

    def run(self) -> None:
        """Finds the parts of this document."""
        waiting: list[tuple[tuple[str | int, ...], Any]] = [((), self._document.value)]
        while waiting:
            path, value = waiting.pop()
            around = self._document.position(path)
            if around is None or not self._between(_start(around), _end(around)):
                continue
            if isinstance(value, dict):
                waiting += self._fields(path, value, around)
            elif isinstance(value, list):
                waiting += self._elements(path, value, around)

    def _fields(
        self, path: tuple[str | int, ...], value: dict[str, Any], around: Position
    ) -> Iterator[tuple[tuple[str | int, ...], Any]]:
        for name, one in value.items():
            key = self._document.position((*path, name), key=True)
            place = self._document.position((*path, name))
            if key is None or place is None or not _start(around) <= _start(key) <= _end(around):
                continue  # it stands under an anchor, somewhere else
            for line, _ in self._between(_start(key), _start(key)):
                self._found.setdefault(line, Span(_start(key), _end(place), place))
            yield (*path, name), one

    def _elements(
        self, path: tuple[str | int, ...], value: list[Any], around: Position
    ) -> Iterator[tuple[tuple[str | int, ...], Any]]:
        last = _start(around)
        for at, one in enumerate(value):
            place = self._document.position((*path, at))
            if place is None or _start(place) < last:
                continue
            for line, column in self._between(last, _start(place)):
                self._found.setdefault(line, Span((line, column), _end(place), place))
            last = _end(place)
            yield (*path, at), one

    def _between(self, first: Place, last: Place) -> list[Place]:
        """The places that are asked for, from one to another."""
        return self._wanted[bisect_left(self._wanted, first) : bisect_right(self._wanted, last)]


def _start(position: Position) -> Place:
    return position.line, position.column


def _end(position: Position) -> Place:
    return position.end_line, position.end_column
