"""The patch of a merge: what `merge` or `overlay` has changed, as operations, at hardly more than their number.

A merge changes a map only where the merged tree names a field, so only those are looked at; what the result
shares with the base is passed over. Where the merge has done more than that (a directive, elements in another
order, a field that excludes another), the two maps or lists are compared in full.

Refuses to know how a merge works, and trees that are no merge of one another.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from nbcore.change.equality import says_nothing
from nbcore.change.listed import same_name
from nbcore.change.patching import Operation, Walk, token
from nbcore.change.shapes import Shape, struct

Json: TypeAlias = Any
Tree: TypeAlias = Mapping[str, Any]

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
            laid = {one.get(keys[0]): one for one in upper if one.__class__ is dict}
            for at in apart:
                part = laid.get(base[at].get(keys[0]))
                self.maps(f"{path}/{at}", base[at], part, result[at], shape.element)
        end = f"{path}/-"
        self.walk.operations += [{"op": "add", "path": end, "value": new} for new in result[len(base) :]]


def _child(shape: Shape | None, key: str) -> Shape | None:
    """The shape of a field, as far as it is known."""
    return None if shape is None else shape.child(key)
