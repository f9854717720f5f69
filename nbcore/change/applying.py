"""The state that changes lead to. Nothing given is touched; the result shares what did not change with it.

Refuses to know what a change means, and how it is carried out in a cluster.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from nbcore.change.change import Change
from nbcore.change.places import ABSENT, Place, keyed, root_of
from nbcore.kubernetes.paths import Item, Step

_UNCHANGED: Final = object()


def apply(old: Any, changes: Iterable[Change]) -> Any:
    """The state after the changes: exactly the new one, when they are all those of a diff from the old one.

    Shape: some of the changes of a diff give a state in between; what is to be removed and is not there is gone.
    Raises: LookupError where the old state does not have what a change goes into.
    Laws: test_apply_gives_the_new_state, test_apply_leaves_the_old_state_unchanged.
    """
    top = _Edit()
    for change in changes:
        top.add(change)
    return _applied(old, top, root_of(old), ())


class _Edit:
    """What is to be done at one place and below it."""

    __slots__ = ("below", "new", "order")

    def __init__(self) -> None:
        self.new: Any = _UNCHANGED
        self.order: tuple[str, ...] = ()
        self.below: dict[Step, tuple[Step, _Edit]] = {}

    def add(self, change: Change) -> None:
        edit = self
        for step in change.path:
            if step not in edit.below:
                edit.below[step] = (step, _Edit())
            edit = edit.below[step][1]
        if change.is_order:
            edit.order = change.new
        else:
            edit.new = change.new


def _applied(value: Any, edit: _Edit, place: Place | None, path: tuple[Step, ...]) -> Any:
    if edit.new is not _UNCHANGED:
        return edit.new
    if not edit.below and not edit.order:
        return value
    if isinstance(value, dict):
        return _map_after(value, edit, place, path)
    indexes = (
        keyed(value, place.keys) if isinstance(value, list) and place is not None and place.keys else None
    )
    if indexes is None:
        raise LookupError(f"there is nothing to change below {path[-1] if path else 'the root'}")
    return _list_after(value, indexes, edit, place, path)


def _map_after(
    value: dict[str, Any], edit: _Edit, place: Place | None, path: tuple[Step, ...]
) -> dict[str, Any]:
    out = dict(value)
    for step, below in edit.below.values():
        key = str(step)
        new = _applied(out.get(key, ABSENT), below, place.below(key) if place else None, (*path, step))
        if new is ABSENT:
            out.pop(key, None)
        else:
            out[key] = new
    return out


def _list_after(
    value: list[Any], indexes: Mapping[str, int], edit: _Edit, place: Place | None, path: tuple[Step, ...]
) -> list[Any]:
    """The list after removals and edits, then in the new order of what stays, then with what is new at its index."""
    kept: dict[str, Any] = {key: value[at] for key, at in indexes.items()}
    added: dict[int, Any] = {}
    for step, below in edit.below.values():
        key = step.key if isinstance(step, Item) else str(step)
        element = place.element if place else None
        new = _applied(kept.get(key, ABSENT), below, element, (*path, step))
        if new is ABSENT:
            kept.pop(key, None)
        elif key in kept:
            kept[key] = new
        else:
            added[_index(step, len(added))] = new
    return _with_added(list(_reordered(kept, edit.order).values()), added)


def _index(step: Step, otherwise: int) -> int:
    index = step.index if isinstance(step, Item) else None
    return otherwise if index is None else index


def _reordered(kept: dict[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    """The elements with those of the order in it; all others stay where they are."""
    if not order:
        return kept
    wanted = iter([key for key in order if key in kept])
    moved = frozenset(order)
    names = [next(wanted) if key in moved else key for key in kept]
    return {name: kept[name] for name in names}


def _with_added(kept: list[Any], added: Mapping[int, Any]) -> list[Any]:
    out: list[Any] = []
    rest = iter(kept)
    for at in range(len(kept) + len(added)):
        if at in added:
            out.append(added[at])
        elif (one := next(rest, _UNCHANGED)) is not _UNCHANGED:
            out.append(one)
    out.extend(added[at] for at in sorted(added) if at >= len(kept) + len(added))
    return out
