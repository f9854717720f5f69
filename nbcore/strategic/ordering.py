"""The order of a list that Kubernetes has merged: patch items by the patch, the others by the base.

Refuses to know how the list was merged. The numbered rules are those of the page "merge rules".

Source: k8s.io/apimachinery/pkg/util/strategicpatch, normalizeElementOrder.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nbcore.kubernetes.elements import identity


def in_order(merged: list[Any], order: list[Any], server: list[Any], key: str | None) -> list[Any]:
    """The merged list in Kubernetes' order (rule 18).

    Shape: ``order`` is the patch's list or its `$setElementOrder`, ``server`` the base's list, ``key`` the merge
    key of a list of maps.
    """
    rank, server_rank = first_places(order, key), first_places(server, key)
    patch_items: list[tuple[int, int, Any]] = []
    server_items: list[tuple[int, int, Any]] = []
    for element in merged:
        name = identity(element[key] if key else element)
        place = server_rank.get(name, -1)
        if name in rank:
            patch_items.append((rank[name], place, element))
        else:
            server_items.append((place, place, element))
    patch_items.sort(key=lambda item: item[0])
    server_items.sort(key=lambda item: item[0])
    return interleave(server_items, patch_items)


def first_places(order: Iterable[Any], key: str | None) -> dict[Any, int]:
    """For each identity the place of its first element; what has no merge key has no place."""
    places: dict[Any, int] = {}
    for place, element in enumerate(order):
        if not key:
            places.setdefault(identity(element), place)
        elif isinstance(element, dict) and key in element:
            places.setdefault(identity(element[key]), place)
    return places


def interleave(server: list[tuple[int, int, Any]], patch: list[tuple[int, int, Any]]) -> list[Any]:
    """Both lists as one: the base's head goes first only if both heads stood in the base in that order."""
    out: list[Any] = []
    left, right = iter(server), iter(patch)
    a, b = next(left, None), next(right, None)
    while a and b:
        if 0 <= a[1] < b[1]:
            out.append(a[2])
            a = next(left, None)
        else:
            out.append(b[2])
            b = next(right, None)
    if a:
        out.append(a[2])
    if b:
        out.append(b[2])
    out.extend(item[2] for item in left)
    out.extend(item[2] for item in right)
    return out


def unique(values: Iterable[Any]) -> list[Any]:
    """The scalars without repeats, in the order in which they come first."""
    return list({identity(value): value for value in values}.values())
