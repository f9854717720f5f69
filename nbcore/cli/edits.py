"""Edits: what a fix does to the text of a manifest, so that everything else stays byte for byte.

YAML in block and in flow style, and JSON. An edit is worked out from where things stand; whether the text then
means what it should is asked of the loader, by whoever applies it. Where a fix has no edit the answer is None.
Refuses to know files, and why something is fixed.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from nbcore.finding import Position
from nbcore.kubernetes import scalars
from nbcore.kubernetes.paths import find
from nbcore.source import Document

RawPath = tuple[str | int, ...]
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_COMMENT: Final = re.compile(r"(?:^|\s)#", re.MULTILINE)
_DASH: Final = re.compile(r"[ ]*-[ ]+")
_COMMA_AFTER: Final = re.compile(r"\s*,[ \t]*")
_BLANK: Final = re.compile(r"[ \t]*")
_PLAIN: Final = re.compile(r"[A-Za-z0-9_./$][A-Za-z0-9_./:@%+=$-]*", re.ASCII)
_TAG: Final = re.compile(r"!\S*\s+(?:&\S+\s+)?\Z")
_LONGEST_TAG: Final = 256
_LETTER: Final = re.compile("[A-Za-z]")
_BRACKETS: Final = ("{", "[")
_INDENT: Final = 2


class Edit(NamedTuple):
    """A range of a text, and what takes its place.

    Units: offsets count code points.
    """

    start: int
    end: int
    text: str


class Sheet:
    """The text of one file, with the offsets of its lines."""

    def __init__(self, text: str) -> None:
        self.text = text
        ends = [match.end() for match in _LINE_END.finditer(text)]
        self._starts = [0, *ends]
        first = _LINE_END.search(text)
        self.line_end = first[0] if first else "\n"

    def span(self, position: Position) -> tuple[int, int]:
        """Start and end of a position."""
        start = self._starts[position.line - 1] + position.column - 1
        return start, self._starts[position.end_line - 1] + position.end_column - 1

    def position(self, start: int, end: int) -> Position:
        """The position of a range."""
        first, last = bisect_right(self._starts, start), bisect_right(self._starts, end)
        return Position(first, start - self._starts[first - 1] + 1, last, end - self._starts[last - 1] + 1)

    def line_start(self, offset: int) -> int:
        """Where the line of an offset begins."""
        return self._starts[bisect_right(self._starts, offset) - 1]

    def line_stop(self, offset: int) -> int:
        """Where the line of an offset ends, its line end left out."""
        found = _LINE_END.search(self.text, offset)
        return found.start() if found else len(self.text)

    def is_first(self, offset: int) -> bool:
        """Whether nothing but spaces stands before an offset in its line."""
        blank = _BLANK.match(self.text, self.line_start(offset))
        return blank is not None and blank.end() >= offset

    def next_line(self, offset: int) -> int:
        """Where the line after that of an offset begins, or the end of the text."""
        found = _LINE_END.search(self.text, offset)
        return found.end() if found else len(self.text)


class Object(NamedTuple):
    """One object in a text.

    Shape: ``is_json`` when its document is in brackets as a whole, and so may be JSON: all texts are quoted
    there.
    """

    sheet: Sheet
    document: Document
    is_json: bool

    def value(self, path: RawPath) -> Any:
        """What stands at a path.

        Raises: LookupError when there is nothing.
        """
        return find(self.document.value, path)

    def span(self, path: RawPath) -> tuple[int, int] | None:
        """Where the value at a path stands."""
        position = self.document.position(path)
        return self.sheet.span(position) if position else None

    def key_span(self, path: RawPath) -> tuple[int, int] | None:
        """Where the key of a path stands."""
        position = self.document.position(path, key=True)
        return self.sheet.span(position) if position else None

    def is_flow(self, path: RawPath) -> bool:
        """Whether the map or list at a path is written in brackets."""
        span = self.span(path)
        return span is not None and self.sheet.text[span[0] : span[0] + 1] in _BRACKETS

    def keys(self, path: RawPath) -> list[tuple[int, int, str]]:
        """Where each entry of the map at a path stands, as start of the key and end of the value, in order.

        Shape: what an alias brings in stands elsewhere, and is left out.
        """
        around = self.span(path)
        found = []
        for key in self.value(path):
            head, tail = self.key_span((*path, key)), self.span((*path, key))
            if head and tail and around and around[0] <= head[0] and tail[1] <= around[1]:
                found.append((head[0], max(head[1], tail[1]), key))
        return sorted(found)


# ---- the four actions ----


def rename(one: Object, path: RawPath, value: Any) -> Edit | None:
    """The edit that gives the key at a path another name."""
    parent, span = one.value(path[:-1]), one.key_span(path)
    if not isinstance(parent, dict) or path[-1] not in parent or value in parent or span is None:
        return None
    return Edit(*span, written(str(value), one.sheet.text[span[0] : span[0] + 1], one.is_json))


def replace(one: Object, path: RawPath, value: Any) -> Edit | None:
    """The edit that puts another value in a place."""
    old, span = one.value(path), one.span(path)
    if span is None or not path:
        return None
    text = one.sheet.text
    if isinstance(old, dict | list):
        if _COMMENT.search(text, *span):
            return None
        if not one.is_flow(path):
            return _replace_block(one, path, span, value)
    if _TAG.search(text, max(0, span[0] - _LONGEST_TAG), span[0]):
        return None  # the tag would say what the new value is
    new = written(value, text[span[0] : span[0] + 1], one.is_json)
    apart = " " if span[0] == span[1] else ""
    return Edit(*span, apart + new)


def _replace_block(one: Object, path: RawPath, span: tuple[int, int], value: Any) -> Edit | None:
    """The same for a map or list of lines of its own: what takes its place goes into the line of the key."""
    key = one.key_span(path) if isinstance(path[-1], str) else None
    start = key[1] if key else span[0]
    if _COMMENT.search(one.sheet.text, start, span[0]):
        return None
    new = written(value, "", one.is_json)
    return Edit(start, span[1], f": {new}" if key else new)


def add(one: Object, path: RawPath, tree: Mapping[str, Any]) -> Edit | None:
    """The edit that puts entries into the map at a path; maps among them become lines of their own."""
    around = one.span(path)
    if around is None:
        return None
    entries = one.keys(path)
    if one.is_flow(path):
        return _add_in_flow(one, around, entries, tree)
    if not entries:
        return None
    first, _, _ = entries[0]
    column = first - one.sheet.line_start(first)
    at = one.sheet.line_stop(max(end for _, end, _ in entries))
    lines = _lines(tree, " " * column)
    return Edit(at, at, "".join(one.sheet.line_end + line for line in lines))


def _add_in_flow(
    one: Object, around: tuple[int, int], entries: Sequence[tuple[int, int, str]], tree: Mapping[str, Any]
) -> Edit | None:
    parts = [
        f"{written(key, '', one.is_json)}: {written(value, '', one.is_json)}" for key, value in tree.items()
    ]
    if not entries:
        return Edit(around[0], around[1], f"{{{', '.join(parts)}}}")
    start, end, _ = entries[-1]
    sheet = one.sheet
    indent = sheet.text[sheet.line_start(start) : start] if sheet.is_first(start) else None
    between = ", " if indent is None else f",{sheet.line_end}{indent}"
    return Edit(end, end, "".join(between + part for part in parts))


def remove(one: Object, path: RawPath, value: Any = None) -> Edit | None:
    """The edit that takes an entry out, with the lines that are its own."""
    parent = one.value(path[:-1])
    if len(parent) == 1:
        return replace(one, path[:-1], type(parent)())
    span = one.span(path)
    key = one.key_span(path) if isinstance(parent, dict) else span
    if span is None or key is None:
        return None
    start, end = key[0], max(key[1], span[1])
    if one.is_flow(path[:-1]):
        return _remove_in_flow(one.sheet, start, end)
    return _remove_lines(one.sheet, start, end, in_list=isinstance(parent, list))


def _remove_in_flow(sheet: Sheet, start: int, end: int) -> Edit | None:
    after = _COMMA_AFTER.match(sheet.text, end)
    if after is None:
        comma = start - 1
        while comma > 0 and sheet.text[comma].isspace():
            comma -= 1
        return Edit(comma, end, "") if sheet.text[comma] == "," else None
    if sheet.is_first(start) and sheet.text[after.end() : after.end() + 1] in ("\r", "\n"):
        return Edit(sheet.line_start(start), sheet.next_line(after.end()), "")
    return Edit(start, after.end(), "")


def _remove_lines(sheet: Sheet, start: int, end: int, *, in_list: bool) -> Edit | None:
    begin, beyond = sheet.line_start(start), sheet.next_line(end)
    is_first = _DASH.fullmatch(sheet.text, begin, start) is not None if in_list else sheet.is_first(start)
    if is_first:
        return Edit(begin, beyond, "") if beyond > sheet.line_stop(end) else _remove_last(sheet, begin, end)
    if in_list or not _DASH.match(sheet.text, begin, start):
        return None
    following = beyond
    while sheet.text[following : following + 1] == " ":
        following += 1
    return Edit(start, following, "")


def _remove_last(sheet: Sheet, begin: int, end: int) -> Edit:
    """The same for the last line of a text that has no line end: that of the line before goes."""
    before = begin - len(sheet.line_end) if begin else 0
    return Edit(max(before, 0), sheet.line_stop(end), "")


EDITS: Final[Mapping[str, Callable[[Object, RawPath, Any], Edit | None]]] = {
    "rename": rename,
    "replace": replace,
    "remove": remove,
}
"""The actions on one place; what is added is put together first, see `add`."""


# ---- how values are written ----


def written(value: Any, style: str, is_json: bool) -> str:
    """The text of a value in one line; a text in the quotes that were there, and in none where it needs none.

    Shape: ``style`` is the first character of what was there before.
    """
    if is_json:
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        inner = (f"{written(key, '', False)}: {written(one, '', False)}" for key, one in value.items())
        return f"{{{', '.join(inner)}}}"
    if isinstance(value, list):
        return f"[{', '.join(written(one, '', False) for one in value)}]"
    if not isinstance(value, str):
        return json.dumps(value)
    return _text(value, style)


def _text(value: str, style: str) -> str:
    if style == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if style != '"' and _PLAIN.fullmatch(value) and not value.endswith(":") and _stays_text(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _stays_text(value: str) -> bool:
    """Whether a word is the same text without quotes, to Kubernetes and to readers of YAML 1.2."""
    is_text = scalars.resolve(value) == value and scalars.key_text(value) == value
    return is_text and not (value[0].isdigit() and _LETTER.search(value) is None)


def _lines(tree: Mapping[str, Any], indent: str) -> list[str]:
    """The lines of entries in block style; lists stay in one line."""
    lines = []
    for key, value in tree.items():
        head = f"{indent}{written(key, '', False)}:"
        if isinstance(value, dict) and value:
            lines += [head, *_lines(value, indent + " " * _INDENT)]
        else:
            lines.append(f"{head} {written(value, '', False)}")
    return lines
