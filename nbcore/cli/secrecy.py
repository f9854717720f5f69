"""What is hidden in texts: literal values of env variables, of Secrets, and whatever may repeat them.

``Masks`` puts marks in the place of values, ``Veil`` dots in that of their characters. Where a text cannot be
understood, more is hidden rather than less. Refuses to know what is hidden in an object (`model.hidden` does),
and how things are printed.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from nbcore.finding import Position
from nbcore.kubernetes.paths import Step
from nbcore.model.hidden import COPIES, DATA, ENV, NO_SECRETS, TELLS_NOTHING, is_hidden

if TYPE_CHECKING:
    from nbcore.source import Document

_MAY_HOLD: Final = re.compile(rb"env|headers|data|secret|value", re.IGNORECASE)
_LEADING_KEY: Final = re.compile(r"[ ]*(?:- +)*[A-Za-z]{1,32}:(?=[ ]|$)", re.ASCII)
_STRUCTURE: Final = frozenset(" {}[],:\"'-|>&*#?!%@`")
DOT: Final = "\N{BULLET}"


class Masks:
    """Values as text, the hidden ones as numbered masks: equal values, and only they, have equal masks."""

    def __init__(self, show: bool = False) -> None:
        self._show = show
        self._numbers: dict[str, int] = {}

    def hides(self, path: Sequence[Step]) -> bool:
        """Whether the value at a path is hidden."""
        return not self._show and is_hidden(path)

    def text(self, path: Sequence[Step], value: Any) -> str:
        """The value as JSON, or its mask."""
        text = json.dumps(value, ensure_ascii=False, default=str)
        if not self.hides(path):
            return text
        return f"‹hidden {self._numbers.setdefault(text, len(self._numbers) + 1)}›"


class _Span(NamedTuple):
    """A range of a text, from the first position to just before the second; each is line and column."""

    start: tuple[int, int]
    end: tuple[int, int]

    @classmethod
    def of(cls, position: Position) -> _Span:
        return cls((position.line, position.column), (position.end_line, position.end_column))

    def within(self, window: _Span) -> range:
        """The indexes into a line of the part that lies in a window of that line."""
        number = window.start[0]
        first = self.start[1] if self.start[0] == number else 1
        last = self.end[1] if self.end[0] == number else window.end[1]
        return range(max(first, window.start[1]) - 1, min(last, window.end[1]) - 1)


class Veil:
    """The hidden places of one text, for whoever shows its lines.

    Shape: in documents that are whole, the entries of env variables and of data are hidden but for what is
    known to be a name; in others, and between documents, every word but the field that a line begins with.
    """

    def __init__(self, data: bytes, documents: Sequence[Document]) -> None:
        self._harmless = _MAY_HOLD.search(data) is None
        self._whole: list[_Span] = []
        self._hidden: list[_Span] = []
        self._shown: list[_Span] = []
        for one in documents if not self._harmless else ():
            self._learn(one)
        self._whole.sort()
        self._hidden.sort()
        self._shown.sort()

    def _learn(self, document: Document) -> None:
        place = document.position()
        if place is None or any(one.code == "NB102" for one in document.findings):
            return  # what stands under a repeated key has no position
        self._whole.append(_Span.of(place))
        for path, value in _holders(document.value):
            self._hidden += _spans(document, path)
            for shown, is_key in _names_in(path, value):
                self._shown += _spans(document, shown, key=is_key)

    def over(self, number: int, line: str, start: int = 0, end: int | None = None) -> str:
        """The line with this number, or a piece of it, its hidden parts as dots; of the same length."""
        end = len(line) if end is None else min(end, len(line))
        if self._harmless:
            return line[start:end]
        window = _Span((number, start + 1), (number, end + 1))
        whole = {at for span in _touching(self._whole, window) for at in span.within(window)}
        covered = set(range(start, end)) - whole
        if not whole and (key := _LEADING_KEY.match(line)):
            covered -= set(range(key.end()))
        for span in _touching(self._hidden, window):
            covered.update(span.within(window))
        for span in _touching(self._shown, window):
            covered.difference_update(span.within(window))
        return "".join(_dotted(line[at]) if at in covered else line[at] for at in range(start, end))


def _touching(spans: list[_Span], window: _Span) -> list[_Span]:
    """The spans that share a place with a window; they are sorted and do not overlap."""
    first = bisect_right(spans, window.start, key=lambda one: one.end)
    last = bisect_left(spans, window.end, key=lambda one: one.start)
    return spans[first:last]


def _spans(document: Document, path: tuple[str | int, ...], *, key: bool = False) -> list[_Span]:
    position = document.position(path, key=key)
    return [_Span.of(position)] if position else []


def _dotted(character: str) -> str:
    return character if character in _STRUCTURE else DOT


def _holders(value: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every map and list that holds hidden values, by path; without recursion."""
    stack: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    while stack:
        path, here = stack.pop()
        if isinstance(here, list):
            stack += [((*path, at), one) for at, one in enumerate(here) if isinstance(one, dict | list)]
            continue
        for field, one in here.items() if isinstance(here, dict) else ():
            if _holds(path, field):
                yield (*path, field), one
            elif isinstance(one, dict | list):
                stack.append(((*path, field), one))


def _holds(path: tuple[str | int, ...], field: str) -> bool:
    """Whether a field holds hidden values: contents only at the top of an object, also of one in a list."""
    at_top = not path or (len(path) >= 2 and path[-2] == "items" and isinstance(path[-1], int))
    is_value = field == "value" and len(path) > 1 and isinstance(path[-1], int) and path[-2] not in NO_SECRETS
    return is_value or field in ENV or field in COPIES or field == "stringData" or (at_top and field in DATA)


def _names_in(path: tuple[str | int, ...], value: Any) -> Iterator[tuple[tuple[str | int, ...], bool]]:
    """What is shown inside a holder: keys of its maps (True), and the names of env entries (False)."""
    if isinstance(value, dict):
        yield from (((*path, key), True) for key in value)
    for at, entry in enumerate(value if isinstance(value, list) else ()):
        for field in entry if isinstance(entry, dict) else ():
            yield (*path, at, field), True
            if field in TELLS_NOTHING:
                yield (*path, at, field), False
