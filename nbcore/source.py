"""Documents: YAML or JSON text as plain JSON values that know where they stand.

``load`` splits a stream into documents as kubectl does, reads each on its own (so that one broken document
costs the others nothing) and never raises for what the text holds. This module refuses to know files, kinds
and fields: what a value means, and whether an unquoted scalar matters, is decided by whoever reads it.

Laws: test_any_text_in_never_an_exception_out, test_json_round_trip,
test_every_json_leaf_stands_where_its_position_says, test_every_yaml_leaf_stands_where_its_position_says,
test_the_fast_way_and_the_builder_agree.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, NamedTuple, Self, cast

from nbcore import json_text, yaml_events
from nbcore.finding import Finding, Position, Severity, Source, finding, in_order
from nbcore.kubernetes.paths import Path, Step, find
from nbcore.layout import Layout, Limits, Lines, Problem, RawPath, Unreadable

__all__ = ["Document", "Documents", "Limits", "load"]

_SEPARATOR = re.compile(r"^---([^\n]*)\n?", re.MULTILINE)
_BLANK = re.compile(r"[ \t\r\n]*")
_REST_OF_LINE = re.compile(r"[ \t\r]*\n?")
_NOT_UNICODE = re.compile("[\ud800-\udfff]")
_BRACKETS: Final = frozenset("{[")
_BOM: Final = "\ufeff"
_LIMITS: Final = Limits()
_UNLIMITED: Final = Limits(*[1 << 62] * 5)
"""For a text that was read within the limits before."""


class _Text:
    """A whole input, with its table of lines made when it is first needed."""

    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.source = Source(file=name)

    @cached_property
    def lines(self) -> Lines:
        return Lines(self.text)

    def position(self, start: int, end: int) -> Position:
        """The position of a range, without the blank space at its end."""
        return self.lines.position(start, start + len(self.text[start:end].rstrip()))

    def finding(self, problem: Problem, base: int = 0) -> Finding:
        """The finding for a problem whose offsets count from ``base``."""
        first = problem.related
        related = (
            ((self.source, Path(problem.path), self.position(first[0] + base, first[1] + base)),)
            if first
            else ()
        )
        return finding(
            problem.code,
            problem.path,
            problem.message,
            problem.remedy,
            severity=cast("Severity | None", problem.severity),
            source=self.source,
            position=self.lines.position(problem.start + base, problem.end + base),
            related=related,
        )


class _Part:
    """The range of text that one document was read from, and the layout of its value."""

    def __init__(self, whole: _Text, start: int, end: int, layout: Layout | None, is_json: bool) -> None:
        self.whole = whole
        self.start = start
        self.end = end
        self._layout = layout
        self._is_json = is_json

    @cached_property
    def layout(self) -> Layout:
        """The layout, made when it is first needed: most documents are never asked."""
        if self._layout is not None:
            return self._layout
        text = self.whole.text[self.start : self.end]
        if self._is_json:
            return json_text.layout(text)
        return yaml_events.read_all(_with_line_end(text), _UNLIMITED, _UNLIMITED.nodes).layout or _NOTHING


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a stream, or an item inside one.

    Shape: ``value`` is plain JSON, None when the document is broken; aliases of YAML share their value.
    ``root`` is where ``value`` stands in its document: ``()`` for a whole one. ``index`` counts the
    documents that ``load`` returned from 0.
    """

    value: Any = field(repr=False)  # may hold values of env and secrets
    name: str
    index: int
    root: RawPath
    findings: tuple[Finding, ...]
    _part: _Part = field(repr=False, compare=False)

    def position(self, path: Sequence[Step] = (), *, key: bool = False) -> Position | None:
        """Where the value at a path below this document (or its key) stands in the file.

        Shape: for a path that leads nowhere, the nearest thing above it that exists; None when the document
        is broken.
        """
        if not self._part.layout.spans:
            return None
        layout = self._part.layout
        node, _ = layout.find((*self.root, *Path(path).indexed))
        start, end = layout.key_span(node) if key else layout.value_span(node)
        return self._part.whole.position(start + self._part.start, end + self._part.start)

    def at(self, path: Sequence[Step]) -> Document:
        """The same source narrowed to the value at a path, with the findings inside it.

        Raises: LookupError when there is no value at the path.
        """
        steps = Path(path).indexed
        return Document(
            find(self.value, steps),
            self.name,
            self.index,
            (*self.root, *steps),
            self._inside(steps),
            self._part,
        )

    def raw_text(self, path: Sequence[Step] = ()) -> str | None:
        """The text of an unquoted YAML scalar as it was written; None for any other value."""
        layout = self._part.layout
        node, found = layout.find((*self.root, *Path(path).indexed))
        if not found or not layout.spans or not layout.is_plain(node):
            return None
        start, end = layout.value_span(node)
        return self._part.whole.text[start + self._part.start : end + self._part.start]

    @property
    def text(self) -> str:
        """The text that the whole document was read from."""
        return self._part.whole.text[self._part.start : self._part.end]

    def lines(self, position: Position, around: int = 0) -> tuple[tuple[int, str], ...]:
        """The numbered lines that a position covers, and some around it.

        Units: lines count from 1 in the whole file.
        """
        lines = self._part.whole.lines
        first, last = max(1, position.line - around), min(len(lines), position.end_line + around)
        return tuple((number, lines.line(number)) for number in range(first, last + 1))

    def _inside(self, steps: RawPath) -> tuple[Finding, ...]:
        """The findings at or below the path, their paths made relative to it."""
        if not self.findings:
            return ()
        place = self.position(steps)
        assert place is not None
        # in the order of the text, so that many items of a long list do not cost a walk each
        first = bisect_left(self.findings, place[:2], key=_start)
        last = bisect_left(self.findings, place[2:], key=_start)
        return tuple(
            replace(one, path=one.path[len(steps) :])
            for one in self.findings[first:last]
            if one.path.raw[: len(steps)] == steps
        )


def _start(one: Finding) -> tuple[int, int]:
    return one.position[:2] if one.position else (0, 0)


class Documents(tuple[Document, ...]):
    """The documents of one input, in order, with all that is wrong with it."""

    _of_input: tuple[Finding, ...]

    def __new__(cls, documents: Iterable[Document] = (), findings: Iterable[Finding] = ()) -> Self:
        self = super().__new__(cls, documents)
        self._of_input = tuple(findings)
        return self

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the input itself and with each document, in order."""
        return in_order((*self._of_input, *(one for document in self for one in document.findings)))


def load(data: bytes | str, name: str = "<input>", *, limits: Limits = _LIMITS) -> Documents:
    """The documents of a YAML or JSON text, read as kubectl reads them.

    Shape: a broken document has the value None and findings; documents that hold nothing but comments or
    null are left out. A key that stands twice keeps its last value, and the document an NB102.
    Raises: nothing for any text; ImportError when PyYAML was installed without libyaml.
    Laws: ``load(json.dumps(x))`` holds ``x``.
    """
    if len(data) > limits.bytes:
        text = f"the input holds more than {limits.bytes:,} bytes"
        problem = Problem("NB103", 0, 0, text, "split the input")
        return Documents(findings=[_Text("", name).finding(problem)])
    whole = _Text(data if isinstance(data, str) else data.decode("utf-8", "surrogateescape"), name)
    found = _Stream(whole.text, limits).read()
    documents = tuple(one.document(whole, index) for index, one in enumerate(found))
    if documents:
        return Documents(documents)
    nothing = Problem("NB110", 0, 0, "the input holds no object", "remove the file, or put an object into it")
    return Documents(findings=[whole.finding(nothing)])


class _Found(NamedTuple):
    """One document as its reader hands it over; the offsets of problems and layout count from ``start``."""

    value: Any
    start: int
    end: int
    problems: tuple[Problem, ...]
    layout: Layout | None = None
    is_json: bool = False

    def document(self, whole: _Text, index: int) -> Document:
        findings = sorted((whole.finding(problem, self.start) for problem in self.problems), key=_start)
        part = _Part(whole, self.start, self.end, self.layout, self.is_json)
        return Document(self.value, whole.source.file, index, (), tuple(findings), part)


class _Stream:
    """Cuts a text into documents as kubectl does, and reads each on its own, within the limits."""

    def __init__(self, text: str, limits: Limits) -> None:
        self.text = text
        self.limits = limits
        self.nodes = limits.nodes
        self.is_unicode = _is_unicode(text)

    def read(self) -> Iterator[_Found]:
        """The documents, broken ones included, empty ones left out."""
        for count, found in enumerate(self._all()):
            if count == self.limits.documents:
                message = f"more than {self.limits.documents:,} documents; the rest is not read"
                yield _broken(found.start, found.end, Problem("NB103", 0, 0, message, "split the input"))
                return
            if found.value is not None or found.problems:
                yield found

    def _all(self) -> Iterator[_Found]:
        for start, end, problem in _chunks(self.text):
            chunk = self.text[start:end]
            problem = problem or (None if self.is_unicode else _not_unicode(chunk))
            if problem:
                yield _broken(start, end, problem)
                continue
            start += chunk.startswith(_BOM)
            for found in self._chunk(chunk.removeprefix(_BOM)):
                yield found._replace(start=found.start + start, end=found.end + start)

    def _chunk(self, text: str) -> Iterator[_Found]:
        """The documents of the text between two separators: any number of JSON, then then one of YAML."""
        start, complaint = yield from self._json(text)
        if start < len(text) or not text:
            yield self._yaml(text, start, complaint)

    def _json(self, text: str) -> Generator[_Found, None, tuple[int, Problem | None]]:
        """The leading JSON documents; returns where something else starts, and why that is not JSON."""
        start, rest = _skip(_BLANK, text, 0), 0
        if text[start : start + 1] not in _BRACKETS:
            return 0, None
        try:
            nodes = json_text.measure(text[start:], self.limits, self.nodes)
            while text[start : start + 1] in _BRACKETS:
                value, end, problems = json_text.read(text, start, self.limits)
                moved = tuple(_moved(problem, -start) for problem in problems)
                yield _Found(value, start, end, moved, is_json=True)
                start, rest = _skip(_BLANK, text, end), _skip(_REST_OF_LINE, text, end)
        except json_text.NotJson as error:
            return rest, error.problems[-1]
        except Unreadable as error:
            yield _broken(start, len(text), *(_moved(problem, -start) for problem in error.problems))
            return len(text), None
        self.nodes -= nodes
        return rest if start < len(text) else len(text), None

    def _yaml(self, text: str, start: int, complaint: Problem | None) -> _Found:
        """The YAML document that starts at an offset; of two complaints, the farther one counts."""
        try:
            reading = yaml_events.read(_with_line_end(text[start:]), self.limits, self.nodes)
        except Unreadable as error:
            problems = error.problems
            told = problems[-1]
            if complaint and told.code == "NB101" and complaint.start - start > told.start:
                problems = (_moved(complaint, -start),)
            return _broken(start, len(text), *problems)
        self.nodes -= reading.nodes
        return _Found(reading.value, start, len(text), reading.problems, reading.layout)


def _chunks(text: str) -> Iterator[tuple[int, int, Problem | None]]:
    """Start and end of each text between lines that begin with ``---``, and what is wrong with that line."""
    start, problem = 0, None
    for separator in _separators(text):
        if separator.start() > start or problem:
            yield start, separator.start(), problem
        rest = separator[1].strip()
        start, problem = separator.end(), None
        if rest and not rest.startswith("#"):
            start, problem = separator.start(), _separator_problem(separator)
    yield start, len(text), problem


def _separators(text: str) -> Iterator[re.Match[str]]:
    """The lines that begin with ``---``."""
    return filter(None, (_SEPARATOR.match(text, start) for start in _separator_starts(text)))


def _separator_starts(text: str) -> Iterator[int]:
    """Where they start; looked for as plain text, which takes a tenth of the time of a form."""
    if text.startswith("---"):
        yield 0
    at = text.find("\n---")
    while at >= 0:
        yield at + 1
        at = text.find("\n---", at + 1)


def _separator_problem(separator: re.Match[str]) -> Problem:
    message = "kubectl allows nothing but a comment behind --- in its line"
    return Problem("NB101", 0, len(separator[0].rstrip()), message, "put it on a line of its own")


def _with_line_end(text: str) -> str:
    """The text with the end of its last line, which kubectl adds, and which a block scalar can tell."""
    return text if text.endswith("\n") else text + "\n"


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _not_unicode(text: str) -> Problem | None:
    found = _NOT_UNICODE.search(text)
    if not found:
        return None
    message, remedy = "the text is not UTF-8", "save the file as UTF-8"
    return Problem("NB101", found.start(), found.end(), message, remedy)


def _skip(pattern: re.Pattern[str], text: str, start: int) -> int:
    match = pattern.match(text, start)
    return match.end() if match else start


def _moved(problem: Problem, by: int) -> Problem:
    """The problem with its offsets counted from somewhere else."""
    first = problem.related
    moved = (first[0] + by, first[1] + by) if first else None
    return problem._replace(start=problem.start + by, end=problem.end + by, related=moved)


def _broken(start: int, end: int, *problems: Problem) -> _Found:
    return _Found(None, start, end, problems, _NOTHING)


_NOTHING: Final = Layout()
"""The layout of a document that could not be read."""
