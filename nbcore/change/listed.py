"""Lists whose elements have names: which names those are, and how the live list is to be arranged.

An element's name is its keys, or all that it means where several may add to a list that has no keys. Of two
elements with one name the second is told apart by being the second.

Refuses to know what differs between two elements of one name.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from nbcore.change.arranging import Arrangement, arranged, numbered
from nbcore.change.equality import meaning
from nbcore.change.shapes import Shape
from nbcore.kubernetes.elements import NoKey, element_identity

Json: TypeAlias = Any
Names: TypeAlias = Sequence[Hashable]

_NOTHING: Final[dict[str, Any]] = {}


class Part(NamedTuple):
    """A list on both sides, how the live one becomes the desired one, and what was desired of each element.

    Shape: ``names`` are those of the desired elements, all different; ``last`` holds elements by name.
    """

    live: list[Any]
    desired: list[Any]
    plan: Arrangement
    names: Names
    last: dict[Hashable, Any]
    shape: Shape

    def before(self, index: int) -> Json:
        """What the desired element at an index was last time; nothing if there was none."""
        return self.last.get(self.names[index], _NOTHING)


def part_of(live: list[Any], desired: list[Any], last: list[Any], shape: Shape | None) -> Part | None:
    """How the live list gets our elements as desired; None for a list whose elements have no names."""
    if shape is None or not (shape.keys or shape.members):
        return None
    here = _names(live, shape)
    wanted = here if desired is live else _names(desired, shape)
    before = here if last is live else wanted if last is desired else _names(last, shape)
    if here is None or wanted is None or before is None:
        return None
    plan = arranged(here, wanted, before)
    return Part(live, desired, plan, wanted, dict(zip(before, last, strict=True)), shape)


def aligned(live: list[Any], desired: list[Any], shape: Shape) -> list[int] | None:
    """Where a live list differs from a desired one that has the same elements in their order, and more after them.

    Shape: indexes of elements that are not one object on both sides; None where the lists are not like that.
    """
    keys = shape.keys
    if not keys or len(live) > len(desired):
        return None
    apart = [at for at, (old, new) in enumerate(zip(live, desired, strict=False)) if old is not new]
    for at in apart:
        if not same_name(live[at], desired[at], keys):
            return None
    first, more = keys[0], keys[1:]
    for new in desired[len(live) :]:
        if new.__class__ is not dict or new.get(first).__class__ not in _PARTS:
            return None
        if more and not same_name(new, new, more):
            return None
    return apart


_PARTS: Final = frozenset({str, int, type(None)})


def same_name(one: Json, other: Json, keys: tuple[str, ...]) -> bool:
    """Whether two elements have the same keys in the same plain words."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return False
    for key in keys:
        mine, yours = one.get(key), other.get(key)
        if mine.__class__ not in _PARTS or mine.__class__ is not yours.__class__ or mine != yours:
            return False
    return True


def without_keys(last: Json, new: Json, keys: tuple[str, ...]) -> Json:
    """What was desired of an element that stays, without the keys that are left out now: they stay, too."""
    if len(keys) == 1 or all(key in new or key not in last for key in keys):
        return last
    return {key: value for key, value in last.items() if key not in keys}


def _names(elements: list[Any], shape: Shape) -> Names | None:
    """What tells the elements apart, all different; None where there is an element that cannot be named."""
    try:
        if not shape.keys:
            return numbered([meaning(one, shape.element) for one in elements])
        if all([isinstance(one, dict) for one in elements]):  # noqa: C419 - a list is faster
            return numbered([element_identity(one, shape.keys) for one in elements])
    except (NoKey, RecursionError):
        pass
    return None
