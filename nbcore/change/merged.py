"""The patch of a merge: what `merge` or `overlay` has changed, as operations, at hardly more than their number.

Where the merge has noted what it did, its notes are the operations, but for what the server finds equal. Where
it has not: a merge changes a map only where the merged tree names a field, so only those are looked at; what the result
shares with the base is passed over. Where the merge has done more than that (a directive, elements in another
order, a field that excludes another), the two maps or lists are compared in full.

Refuses to know how a merge works, and trees that are no merge of one another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from nbcore.change.equality import equal, says_nothing
from nbcore.change.listed import same_name
from nbcore.change.patching import Operation, Walk, token
from nbcore.change.shapes import Shape, struct
from nbcore.kubernetes.paths import Item, Step

Json: TypeAlias = Any
Tree: TypeAlias = Mapping[str, Any]
Trail: TypeAlias = "tuple[Trail, Step] | None"
Note: TypeAlias = tuple[str, Trail, str, Json, Json]
"""What a merge did: the operation, the trail to the map or list, from the inside out, the key, both values."""

_ABSENT: Final = object()


def patch_of_merge(base: Tree, upper: Tree, result: Tree) -> list[Operation]:
    """The operations that make ``base`` the ``result`` of merging ``upper`` into it.

    Shape: all three are ``{metadata, spec}`` trees; the result is that of `merge` or `overlay`, and shares with
    the base what it left alone. There are no tests: such a patch is applied to the base itself, as the answer
    of a mutating webhook is.
    Units: time grows with ``upper`` and the lists that it names, hardly with the base.
    Laws: test_the_patch_of_a_merge_is_the_difference.
    """
    merged = _Merged()
    merged.maps("", base, upper, result, struct("PodTemplateSpec"))
    return merged.walk.operations


def patch_of_notes(notes: Iterable[Note]) -> list[Operation]:
    """The operations of an overlay that noted what it changed, in their order.

    Shape: as of `patch_of_merge`; what was noted as a whole becomes the difference of the old and new value, and
    what means the same to the server is left out.
    Units: time grows with the notes.
    Laws: test_an_emitted_patch_is_that_of_the_difference.
    """
    walk = Walk(guard=False)
    note = walk.operations.append
    known: dict[int, str] = {id(None): ""}
    path, last = "", None
    for op, trail, key, old, new in notes:
        if trail is not last:
            path, last = _pointer(trail, known), trail
        place = f"{path}/{token(key)}" if "/" in key or "~" in key else f"{path}/{key}"
        if new and op == "add":
            note({"op": op, "path": place, "value": new})
        elif op == "whole":
            walk.value(path, old, new, old, _shape_at(trail))
        elif op == "remove":
            note({"op": op, "path": place})
        elif op == "replace" and _is_word(new):
            note({"op": op, "path": place, "value": new})
        else:
            shape = _child(_shape_at(trail), key)
            if not (says_nothing(new, shape) if op == "add" else equal(old, new, shape)):
                note({"op": op, "path": place, "value": new})
    return walk.operations


def _is_word(value: Json) -> bool:
    """Whether a value is a text that is no amount for sure: nothing else means the same."""
    return value.__class__ is str and value[:1] not in "+-.0123456789"


def _pointer(trail: Trail, known: dict[int, str]) -> str:
    """The JSON Pointer to where a trail leads; kept by the identity of the trail."""
    path = known.get(id(trail))
    if path is None and trail is not None:
        above, step = trail
        if isinstance(step, str):
            here = step if step.isalnum() else token(step)
        else:
            here = str(step.index if isinstance(step, Item) else step)
        path = known[id(trail)] = f"{_pointer(above, known)}/{here}"
    return path or ""


def _shape_at(trail: Trail) -> Shape | None:
    """The shape of what stands where a trail leads."""
    if trail is None:
        return struct("PodTemplateSpec")
    above, step = trail
    shape = _shape_at(above)
    return _child(shape, str(step)) if shape is None or shape.kind != "list" else shape.element


class _Merged:
    """One comparison under way."""

    __slots__ = ("walk",)

    def __init__(self) -> None:
        self.walk = Walk(guard=False)

    def maps(self, path: str, base: Json, upper: Json, result: Json, shape: Shape | None) -> None:
        """Compares two maps in the fields that were merged, or in full where these do not account for all."""
        operations = self.walk.operations
        mark, count = len(operations), len(base)
        for key in upper if upper.__class__ is dict else ():
            old, new = base.get(key, _ABSENT), result.get(key, _ABSENT)
            if old is new:
                count += key[:1] == "$"  # a directive may have done anything: the count is not to fit
                continue
            place = f"{path}/{token(key)}" if "/" in key or "~" in key else f"{path}/{key}"
            if old is _ABSENT:
                count += 1
                if new or not says_nothing(new, _child(shape, key)):
                    operations.append({"op": "add", "path": place, "value": new})
            elif new is _ABSENT:
                count -= 1
                operations.append({"op": "remove", "path": place})
            elif new.__class__ is dict and old.__class__ is dict:
                self.maps(place, old, upper[key], new, _child(shape, key))
            elif new.__class__ is list and old.__class__ is list:
                self.lists(place, old, upper[key], new, _child(shape, key))
            else:
                self.walk.value(place, old, new, old, _child(shape, key))
        if count != len(result) or upper.__class__ is not dict:
            del operations[mark:]
            self.walk.fields(path, base, result, base, shape)

    def lists(self, path: str, base: list[Any], upper: Json, result: list[Any], shape: Shape | None) -> None:
        """Compares two lists; an element that was merged with its part of the upper list."""
        apart = [at for at, (old, new) in enumerate(zip(base, result, strict=False)) if old is not new]
        keys = () if shape is None else shape.keys
        if (
            len(result) < len(base)
            or not keys
            or any(not same_name(base[at], result[at], keys) for at in apart)
        ):
            self.walk.value(path, base, result, base, shape)
            return
        if apart and shape is not None:
            laid: dict[Any, Any] = {}
            for one in upper:
                if (
                    one.__class__ is dict
                ):  # of two that begin alike neither is known to be the one: all is compared
                    first = one.get(keys[0])
                    laid[first] = None if first in laid else one
            for at in apart:
                part = laid.get(base[at].get(keys[0]))
                self.maps(f"{path}/{at}", base[at], part, result[at], shape.element)
        end = f"{path}/-"
        self.walk.operations += [{"op": "add", "path": end, "value": new} for new in result[len(base) :]]


def _child(shape: Shape | None, key: str) -> Shape | None:
    """The shape of a field, as far as it is known."""
    return None if shape is None else shape.child(key)
