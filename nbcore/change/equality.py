"""Whether two values mean the same to the API server, and whether a value says anything at all.

1 is not True and not 1.0; quantities are compared by amount; an empty list, an empty map or a droppable zero
says what an absent field says. Nesting without end is answered as well.

Refuses to know who owns a value, and what the server fills in on its own.
"""

from __future__ import annotations

from collections.abc import Hashable
from math import ceil
from typing import Any, Final, TypeAlias

from nbcore.change.shapes import Shape
from nbcore.kubernetes.elements import identity, same
from nbcore.kubernetes.quantity import Quantity

Json: TypeAlias = Any

_ZEROS: Final = frozenset({"", 0})
"""The values of droppable fields that are dropped; 0 stands for false too."""


def says_nothing(value: Json, shape: Shape | None) -> bool:
    """Whether the server stores a value as if the field were absent.

    Shape: never true of a value whose shape is not known: null is a value there.
    """
    if shape is None:
        return False
    if value is None:
        return True
    if isinstance(value, (dict, list)):
        return not value and shape.kind in ("map", "list")
    return shape.droppable and type(value) in (str, int, bool) and value in _ZEROS


def equal(one: Json, other: Json, shape: Shape | None) -> bool:
    """Whether two values are the same, or two ways to write one amount."""
    if isinstance(one, (dict, list)) or isinstance(other, (dict, list)):
        return _identical(one, other)
    return same(one, other) or (shape is not None and shape.amount != "" and _same_amount(one, other, shape))


def _same_amount(one: Json, other: Json, shape: Shape) -> bool:
    first, second = Quantity.parse(one), Quantity.parse(other)
    if first is None or second is None:
        return False
    return first == second or (shape.amount == "milli" and _thousandths(first) == _thousandths(second))


def _thousandths(amount: Quantity) -> int:
    """The amount as a resource list stores it."""
    return ceil(amount.value * 1000)


def _identical(one: Json, other: Json) -> bool:
    """Whether two values of any depth are the same."""
    waiting = [(one, other)]
    while waiting:
        a, b = waiting.pop()
        if a is b:
            continue
        if isinstance(a, dict) and isinstance(b, dict):
            if a.keys() != b.keys():
                return False
            waiting.extend((value, b[key]) for key, value in a.items())
        elif isinstance(a, list) and isinstance(b, list):
            if len(a) != len(b):
                return False
            waiting.extend(zip(a, b, strict=True))
        elif isinstance(a, (dict, list)) or isinstance(b, (dict, list)) or not same(a, b):
            return False
    return True


def meaning(value: Json, shape: Shape | None) -> Hashable:
    """A hashable stand-in, equal for values that mean the same: what says nothing left out.

    Raises: RecursionError for a value that is nested too deep for this.
    """
    if isinstance(value, dict):
        items = ((key, one, shape.child(key) if shape else None) for key, one in value.items())
        return frozenset((key, meaning(one, inner)) for key, one, inner in items if not _void(one, inner))
    if isinstance(value, list):
        inner = shape.element if shape else None
        return ("list", tuple([meaning(one, inner) for one in value]))
    found: Hashable = identity(value)
    return found


def _void(value: Json, shape: Shape | None) -> bool:
    return value is None or says_nothing(value, shape)
