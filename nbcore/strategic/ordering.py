"""The order of a list that Kubernetes has merged: patch items by the patch, the others by the base.

Refuses to know how the list was merged. The numbered rules are those of the page "merge rules".

Source: k8s.io/apimachinery/pkg/util/strategicpatch, normalizeElementOrder.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from nbcore.kubernetes.elements import identity
from nbcore.strategic.directives import PATCH


def in_order(merged: list[Any], order: list[Any], server: list[Any], key: str | None) -> list[Any]:
    """The merged list in Kubernetes' order (rule 18).

    Shape: ``order`` is the patch's list or its `$setElementOrder`, ``server`` the base's list, ``key`` the merge
    key of a list of maps.
    """
    rank, server_rank = first_places(order, key), first_places(server, key)
    patch_items: list[Placed] = []
    server_items: list[Placed] = []
    for element in merged:
        name = identity(element[key] if key else element)
        place = server_rank.get(name, -1)
        if name in rank:
            patch_items.append(Placed(rank[name], place, element))
        else:
            server_items.append(Placed(place, place, element))
    return interleave(_sorted(server_items, key), _sorted(patch_items, key))


class Placed(NamedTuple):
    """An element with its place in the list that it is sorted by (-1: none), and in the base's list."""

    place: int
    server: int
    element: Any


def _sorted(items: list[Placed], key: str | None) -> list[Placed]:
    """The items by their place; elements that are delete directives, left from a value taken whole, go last."""
    gone = [item for item in items if key and item.element.get(PATCH) == "delete"]
    if gone:
        items = [item for item in items if item.element.get(PATCH) != "delete"]
    if all(item.place >= 0 for item in items):
        return sorted(items, key=lambda item: item.place) + gone
    return _sorted_without_places(items) + gone


def _sorted_without_places(items: list[Placed]) -> list[Placed]:
    """The items as Go's insertion sort leaves them when some have no place.

    Kubernetes says that such an item comes before any other, and any other before it; what that gives depends
    on the sort. Go uses this one up to 20 items.
    """
    out: list[Placed] = []
    for item in items:
        at = len(out)
        while at and (min(item.place, out[at - 1].place) < 0 or item.place < out[at - 1].place):
            at -= 1
        out.insert(at, item)
    return out


def first_places(order: Iterable[Any], key: str | None) -> dict[Any, int]:
    """For each identity the place of its first element; what has no merge key has no place."""
    places: dict[Any, int] = {}
    for place, element in enumerate(order):
        if not key:
            places.setdefault(identity(element), place)
        elif isinstance(element, dict) and key in element:
            places.setdefault(identity(element[key]), place)
    return places


def interleave(server: list[Placed], patch: list[Placed]) -> list[Any]:
    """Both lists as one: the base's head goes first only if both heads stood in the base in that order."""
    out: list[Any] = []
    i = j = 0
    while i < len(server) and j < len(patch):
        if 0 <= server[i].server < patch[j].server:
            out.append(server[i].element)
            i += 1
        else:
            out.append(patch[j].element)
            j += 1
    return out + [item.element for item in (*server[i:], *patch[j:])]


def unique(values: Iterable[Any]) -> list[Any]:
    """The scalars without repeats, in the order in which they come first."""
    return list({identity(value): value for value in values}.values())
