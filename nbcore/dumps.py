"""Dumps: the objects of a cluster, sorted into the notebooks and what they are looked at with.

Refuses to know files, clocks and what is asked about the notebooks.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from nbcore import dialects
from nbcore.model.conventions import TEMPLATE_KINDS
from nbcore.planning.fleet import Fleet
from nbcore.source import Document

BESIDE: Final = frozenset({"Revision", "Namespace"})
"""What notebooks name, and whose labels rules look at."""
KINDS: Final = frozenset({*TEMPLATE_KINDS, "PodDefault"})
"""What renders notebooks, in all dialects."""


class Dump(NamedTuple):
    """What a dump holds.

    Shape: ``beside`` are the Revisions and Namespaces, ``kinds`` the Templates and PodDefaults of all dialects, both
    as they were given.
    """

    fleet: Fleet
    beside: list[Any]
    kinds: list[Any]


def dump_of(objects: Iterable[Any], *, now: int | None = None) -> Dump:
    """The objects of documents, dicts and Lists, sorted.

    Units: ``now`` in milliseconds since the epoch, as for a `Fleet`.
    """
    each = [one for given in objects for one in _items(given)]
    beside = [one for one in each if _kind(one) in BESIDE]
    kinds = [one for one in each if _kind(one) in KINDS]
    return Dump(Fleet(each, now=now), beside, kinds)


def _items(given: Any) -> list[Any]:
    return dialects.items(given) if isinstance(given, Document) else dialects.plain_items(given)


def _kind(one: Any) -> str | None:
    value = one.value if isinstance(one, Document) else one
    kind = value.get("kind") if isinstance(value, dict) else None
    return kind if isinstance(kind, str) else None
