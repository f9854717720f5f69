"""The objects of a document, each with its place: the document itself, or the items of a list.

Refuses to know what the objects mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from nbcore.finding import Source
from nbcore.source import Document


class Placed(NamedTuple):
    """One object, narrowed to its own place, and the source that findings on it carry."""

    source: Source
    document: Document


def objects_of(document: Document) -> Iterator[Placed]:
    """The objects that a document holds; nothing for a broken one.

    Shape: an item of a typed list that leaves out what it is has the kind that the list says.
    """
    waiting = [(document, "")]
    while waiting:
        one, said = waiting.pop()
        value = one.value
        if not isinstance(value, dict):
            continue
        kind = value.get("kind", said if "apiVersion" not in value else None)
        listed = value.get("items")
        if isinstance(kind, str) and kind.endswith("List") and isinstance(listed, list):
            inner = kind.removesuffix("List")
            waiting += [(one.at(("items", at)), inner) for at in reversed(range(len(listed)))]
        else:
            yield Placed(_source(value, one.name, kind), one)


def _source(value: dict[str, Any], file: str, kind: Any) -> Source:
    metadata = value.get("metadata")
    inner = metadata if isinstance(metadata, dict) else {}
    texts = (kind, inner.get("namespace"), inner.get("name"))
    kind, namespace, name = (text if isinstance(text, str) else "" for text in texts)
    return Source(kind, namespace, name, file)
