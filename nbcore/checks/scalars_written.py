"""Unquoted scalars that Kubernetes reads as something else than what was written (NB109, and the fix of NB106).

YAML takes ``yes`` for true, ``010`` for 8 and the key ``on`` for ``true``. Where the schema wants a text, that is
an NB106 already, and only its fix lacks the text as it was written. Everywhere else it is silent: an octal number
(file modes aside, where octal is meant), and a key that becomes another one.

Refuses to know schemas. Scalars that stay what they are to Kubernetes, such as 12:30 and dates, are none of its
business.

Laws: test_the_quick_look_overlooks_no_octal_number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, Final

from nbcore.finding import Finding, Fix, finding
from nbcore.kubernetes import scalars
from nbcore.layout import MANY, RawPath
from nbcore.model.origin import Origin
from nbcore.source import Document

MODES: Final = frozenset({"mode", "defaultMode"})
"""Fields whose octal numbers are what their authors mean."""
_TEXTS: Final = frozenset({"env", "data", "stringData"})
"""Fields below which values are texts, and not to be told: a number there is an NB106."""
_OCTAL = re.compile(r"[+-]?0[0-7_]*[0-7]", re.ASCII)
_MAYBE_OCTAL = re.compile(r"0(?<![^\s\[{,:+-]0)(?<![^\s\[{,:][+-]0)[0-7_]*[0-7](?![^\s,\]}])", re.ASCII)
_READ_AS_KEY = re.compile(r"(?:true|false)\Z|[+-]?(?:[0-9]|\.[0-9in])", re.ASCII)
"""How the keys begin that an unquoted scalar which is no text may have become."""
_QUOTES: Final = frozenset("\"'")


def may_hold_octal(text: str) -> bool:
    """Whether a text may hold an unquoted octal number; a quick look that saves `surprising_scalars` a slow one.

    Shape: False is certain, True is not.
    """
    return _MAYBE_OCTAL.search(text) is not None


def surprising_scalars(origin: Origin, *, octal: bool = True) -> list[Finding]:
    """An NB109 for each unquoted number and key of an object that Kubernetes reads as another one.

    Shape: ``origin`` is that of the whole object; nothing for one that came without a document; at most a
    thousand. ``octal`` False leaves out the numbers: no position of the document is asked for unless a key is suspect.
    """
    document = origin.document
    if document is None or not isinstance(document.value, dict | list):
        return []
    if not octal and not any(map(_READ_AS_KEY.match, _keys(document.value))):
        return []
    return list(islice(_surprises(origin, document, octal), MANY))


def quoted(one: Finding, document: Document | None) -> Finding:
    """An NB106 about a scalar without quotes, with the text that was written as its fix; any other as it is."""
    fix = one.fix
    if document is None or fix is None or one.code != "NB106" or not isinstance(fix.value, str):
        return one
    text = document.raw_text(fix.path)
    if text is None:
        return one
    # A word may be told, a value of env may not, and numbers are as often secret as not.
    told = text in scalars.WORDS and "env" not in fix.path.raw
    remedy = f'Put it in quotes: "{text}".' if told else one.remedy
    return replace(one, remedy=remedy, fix=Fix("replace", fix.path, text))


def _surprises(origin: Origin, document: Document, octal: bool) -> Iterator[Finding]:
    for above, step, value in _places(document.value):
        if octal and type(value) is int and value >= 8 and step not in MODES:
            yield from _octal(origin, document, (*above, step), value)
        if type(step) is str and _READ_AS_KEY.match(step):
            yield from _key(origin, document, (*above, step), step)


def _keys(value: Any) -> set[str]:
    """Every key below a value, once."""
    found: set[str] = set()
    places = [value]
    for one in places:  # which grows on the way
        if isinstance(one, dict):
            found.update(one)
            places += one.values()
        elif isinstance(one, list):
            places += one
    return found


def _places(value: Any) -> Iterator[tuple[RawPath, str | int, Any]]:
    """Every place below a value as the path above it, its last step and what stands there; no recursion."""
    stack: list[tuple[RawPath, Any]] = [((), value)]
    while stack:
        path, one = stack.pop()
        for step, below in one.items() if isinstance(one, dict) else enumerate(one):
            yield path, step, below
            if isinstance(below, dict | list):
                stack.append(((*path, step), below))


def _octal(origin: Origin, document: Document, path: RawPath, value: int) -> Iterator[Finding]:
    text = None if _TEXTS.intersection(path) else document.raw_text(path)
    if text is None or len(text) > 24 or _OCTAL.fullmatch(text) is None:
        return
    decimal = int(text.replace("_", ""))
    message = f"{text} without quotes is {scalars.surprise(text) or f'the number {value}'}"
    where = origin.path(*path)
    one = origin.finding("NB109", message, f"Write {value} or {decimal}, whichever is meant.", path=path)
    yield replace(one, fix=Fix("replace", where, decimal, safe=False))


def _key(origin: Origin, document: Document, path: RawPath, key: str) -> Iterator[Finding]:
    text = _written_key(document, path)
    if text is None or text == key or scalars.key_text(text) != key:
        return
    one = finding(
        "NB109",
        origin.path(*path),
        f"the key {text} without quotes is {key}",
        f'Put it in quotes: "{text}".',
        source=origin.source,
        position=origin.position(*path, key=True),
    )
    yield replace(one, fix=Fix("rename", one.path, text))


def _written_key(document: Document, path: RawPath) -> str | None:
    """The text of an unquoted key of one line, as it was written."""
    place = document.position(path, key=True)
    if place is None or place.line != place.end_line or place.end_column - place.column > 64:
        return None
    text = document.lines(place)[0][1][place.column - 1 : place.end_column - 1]
    return None if text[:1] in _QUOTES else text
