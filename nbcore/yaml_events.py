"""One YAML document through libyaml's events, as kubectl would read it: value, layout, problems.

Texts of the plainest forms are read line by line, without libyaml; maps, lists and scalars of any form go a
fast way that keeps no positions; whatever else occurs, or is wrong, and every layout that is asked for, goes
through the builder. This module refuses to know streams (it reads one
document), JSON, files and what a value means.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final, NamedTuple

from nbcore import yaml_lines
from nbcore.kubernetes import scalars
from nbcore.kubernetes.scalars import WORDS
from nbcore.layout import Layout, Limits, Problem, Unreadable
from nbcore.yaml_builder import LIST, NO_TEXT, Builder, is_suspect

_SPACES: Final = "indent with spaces: YAML allows no tab there"
_REMEDIES: Final = {
    "found character that cannot start any token": "quote the value, and indent with spaces, not tabs",
    "mapping values are not allowed in this context": "quote a value that holds ': ', or indent it right",
    "did not find expected key": "correct the indentation, or quote the value of the line before",
    "could not find expected ':'": "write a colon and a space after the key, or correct the indentation",
    "found unexpected end of stream": "close the quote",
    "did not find expected ',' or ']'": "close the list with ]",
    "did not find expected ',' or '}'": "close the map with }",
    "control characters are not allowed": "remove the character, or write it as an escape in double quotes",
}


class Reading(NamedTuple):
    """What one document holds; the layout is None when it was not needed."""

    value: Any
    layout: Layout | None
    problems: tuple[Problem, ...]
    nodes: int


_NO_LAYOUT: Final = Layout()


class LibyamlMissing(ImportError):
    """PyYAML was installed without libyaml, and reading with it could not be bounded."""


class _Libyaml(NamedTuple):
    """What is used of PyYAML."""

    parser: Any
    marked: Any
    error: Any
    document_end: type
    stream_end: type
    scalar: type
    alias: type
    starts: tuple[type, type]
    ends: tuple[type, type]


@cache
def _libyaml() -> _Libyaml:
    """PyYAML's C parser, imported late: a program that reads no YAML does not pay for it."""
    import yaml

    if not yaml.__with_libyaml__:
        raise LibyamlMissing("nbcore needs PyYAML with libyaml: install a PyYAML wheel, or libyaml's headers")
    return _Libyaml(
        yaml.CSafeLoader.__bases__[0],  # CParser, which PyYAML does not export
        yaml.MarkedYAMLError,
        yaml.YAMLError,
        yaml.DocumentEndEvent,
        yaml.StreamEndEvent,
        yaml.ScalarEvent,
        yaml.AliasEvent,
        (yaml.MappingStartEvent, yaml.SequenceStartEvent),
        (yaml.MappingEndEvent, yaml.SequenceEndEvent),
    )


def read(text: str, limits: Limits, nodes: int) -> Reading:
    """The first document of the text; without its layout where nothing but values was needed to read it.

    Raises: Unreadable when it is not YAML, when kubectl would refuse it, or at a limit; LibyamlMissing.
    """
    if is_suspect(text):
        return read_all(text, limits, nodes)
    found = yaml_lines.read(text, limits.depth)
    if found is not None and found[1] <= nodes:
        return Reading(found[0], None, (), found[1])
    libyaml = _libyaml()
    try:
        return _values(libyaml, text, limits, nodes)
    except (_Unusual, libyaml.error):
        return read_all(text, limits, nodes)


def read_all(text: str, limits: Limits, nodes: int) -> Reading:
    """The same as `read`, always with the layout."""
    libyaml = _libyaml()
    try:
        return _read(libyaml, text, limits, nodes)
    except libyaml.marked as error:
        raise Unreadable(_syntax(error, text)) from None
    except libyaml.error:
        raise Unreadable(_forbidden_character(text)) from None


class _Unusual(Exception):
    """The document holds something that only the builder understands, or something that is wrong."""


def _values(libyaml: _Libyaml, text: str, limits: Limits, nodes: int) -> Reading:
    """What most documents need: maps, lists and scalars; anything else is left to the builder."""
    get_event = libyaml.parser(text).get_event
    get_event()
    if type(get_event()) is libyaml.stream_end:
        return Reading(None, _NO_LAYOUT, (), 0)
    scalar, document_end = libyaml.scalar, libyaml.document_end
    root: list[Any] = []
    container: Any = root
    key: Any = LIST
    stack: list[tuple[Any, Any]] = []
    left = nodes
    while (kind := type(event := get_event())) is not document_end:
        if kind is scalar:
            value = event.value
            if event.anchor is not None or event.tag is not None:
                raise _Unusual
            if event.implicit[0] and (value in WORDS or value[0] in NO_TEXT):
                value = _special(value, key)
        elif kind in libyaml.starts:
            if key is None or event.anchor is not None or event.tag is not None:
                raise _Unusual
            stack.append((container, key))
            if len(stack) > limits.depth:
                raise _Unusual
            container, key = ({}, None) if kind is libyaml.starts[0] else ([], LIST)
            continue
        elif kind is libyaml.alias:
            raise _Unusual
        else:
            value = container
            container, key = stack.pop()
        if key is None:
            if value in container:
                raise _Unusual
            key = value
            continue
        if key is LIST:
            container.append(value)
        else:
            container[key] = value
            key = None
        left -= 1
        if left < 0:
            raise _Unusual
    if type(get_event()) is not libyaml.stream_end:
        raise _Unusual
    return Reading(root[0], None, (), nodes - left)


def _special(text: str, key: Any) -> Any:
    """The value or key that an unquoted scalar stands for that may be more than text."""
    value = scalars.key_text(text) if key is None else scalars.resolve(text)
    if (key is None and (value is None or text == "<<")) or (
        type(value) is float and not math.isfinite(value)
    ):
        raise _Unusual
    return value


def _read(libyaml: _Libyaml, text: str, limits: Limits, nodes: int) -> Reading:
    get_event = libyaml.parser(text).get_event
    get_event()
    if type(get_event()) is libyaml.stream_end:
        return Reading(None, _NO_LAYOUT, (), 0)
    builder = Builder(text, limits, nodes)
    handlers: dict[type, Callable[[Any], None]] = {
        libyaml.scalar: builder.scalar,
        libyaml.starts[0]: builder.start_map,
        libyaml.starts[1]: builder.start_list,
        libyaml.ends[0]: builder.end,
        libyaml.ends[1]: builder.end,
        libyaml.alias: builder.alias,
    }
    end, event = libyaml.document_end, get_event()
    while type(event) is not end:
        handlers[type(event)](event)
        event = get_event()
    builder.layout.spans.extend(builder.spans)
    problems = (*builder.problems, *_dropped(get_event, libyaml))
    return Reading(builder.root[0], builder.layout, problems, builder.count + builder.repeats)


def _dropped(get_event: Callable[[], Any], libyaml: _Libyaml) -> tuple[Problem, ...]:
    """The problem of a further document that no ``---`` line announces: kubectl does not see it."""
    try:
        event = get_event()
        if type(event) is libyaml.stream_end:
            return ()
        mark = event.start_mark
    except libyaml.marked as error:
        mark = error.problem_mark
    except libyaml.error:
        return ()
    start = mark.index if mark else 0
    message = "Kubernetes drops what follows the end of a document without ---"
    return (Problem("NB108", start, start, message, "put a line with --- before it"),)


# libyaml's complaints


def _syntax(error: Any, text: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    start = min(mark.index, len(text)) if mark else 0
    message = " ".join(part for part in (error.context, error.problem) if part)
    if start < len(text) and text[start] == "\t":
        return Problem("NB101", start, start + 1, f"a tab stands where none may stand: {message}", _SPACES)
    remedy = _REMEDIES.get(error.problem or "", "correct the YAML")
    return Problem("NB101", start, start, f"the YAML cannot be read: {message}", remedy)


_FORBIDDEN: Final = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


def _forbidden_character(text: str) -> Problem:
    found = re.search(_FORBIDDEN, text)
    start = found.start() if found else 0
    name = f"U+{ord(text[start]):04X}" if found else "a character"
    remedy = _REMEDIES["control characters are not allowed"]
    return Problem("NB101", start, start + 1, f"{name} may not stand in YAML", remedy)
