"""What parsing answers in every dialect, and what can be said of an object before its kind is known.

Refuses to know models: whoever reads plain objects alone waits for none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbcore.finding import Finding, Source
from nbcore.model.origin import Json, Origin
from nbcore.model.plain import Plain
from nbcore.source import Document

if TYPE_CHECKING:
    from nbcore.model.element import Element

MAX_DEPTH = 100
"""Levels of objects and lists, the outermost one counted, beyond which nothing is read."""
_WIDE = 256
"""Objects and lists of one level beyond which it pays to look for shared ones."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one document holds: the object, or None when a finding says that it is broken.

    Shape: ``known`` is the object, or where it is only broken by fields that are unknown or stand twice, what an
    API server without strict validation would keep of it: the known fields, and the last of two.
    """

    object: Element | Plain | None
    findings: tuple[Finding, ...] = ()
    known: Element | Plain | None = None


def origin_of(value: Json, document: Document | None = None) -> Origin:
    """Where an object stands; its kind and name as far as they are texts."""
    head = value if isinstance(value, dict) else {}
    metadata = head.get("metadata")
    inner = metadata if isinstance(metadata, dict) else {}
    texts = (head.get("kind"), inner.get("namespace"), inner.get("name"))
    kind, namespace, name = (text if isinstance(text, str) else "" for text in texts)
    return Origin(Source(kind, namespace, name, document.name if document else ""), (), document, value)


def too_deep(value: Json) -> bool:
    """Whether a value is nested deeper than MAX_DEPTH.

    Goes level by level, and where a level is wide it looks at a shared part once, so that neither a deep value
    nor one with many aliases costs much more than its size times the depth.
    """
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(MAX_DEPTH):
        if not level:
            return False
        if len(level) > _WIDE:
            level = list({id(one): one for one in level}.values())
        level = [
            child
            for one in level
            for child in (one.values() if isinstance(one, dict) else one)
            if isinstance(child, (dict, list))
        ]
    return bool(level)


_FOUND: Mapping[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number with a fraction",
    type(None): "nothing",
}


def found(value: Json) -> str:
    """The type of a value in plain words, never the value."""
    if isinstance(value, float) and value.is_integer():
        return _FOUND[int]
    return _FOUND.get(type(value), "something that is no JSON")
