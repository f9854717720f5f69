"""Whether an object is as its owner wants it, said a second time: without a patch, and without three trees.

It refuses to know how an object gets to be so, and who else has a hand in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nbcore.change.shapes import Shape
from nbcore.kubernetes.quantity import Quantity
from tests.laws.trees import canonical

Json = Any
Steps = tuple[Any, ...]


def named(shape: Shape | None) -> bool:
    """Whether the elements of a list are told apart by name."""
    return shape is not None and bool(shape.keys or shape.members)


def name(element: Json, shape: Shape) -> Json:
    """What tells an element of a list apart."""
    if shape.keys:
        return tuple(element.get(key, "TCP" if key == "protocol" else None) for key in shape.keys)
    return canonical(bare(element, shape.element))


def bare(value: Json, shape: Shape | None) -> Json:
    """A value without the fields that the server drops."""
    if isinstance(value, dict):
        children = {key: shape.child(key) if shape else None for key in value}
        return {key: bare(one, children[key]) for key, one in value.items() if not empty(one, children[key])}
    return value


def empty(value: Json, shape: Shape | None) -> bool:
    """Whether a value is as good as none."""
    if shape is None:
        return value is None
    if isinstance(value, (dict, list)):
        return not value and shape.kind != "struct"
    return value is None or (shape.droppable and value in ("", 0))


def covers(have: Json, want: Json, shape: Shape | None, *, ordered: bool = True) -> bool:
    """Whether a value has all that is wanted of it, and perhaps more."""
    if isinstance(want, dict) and isinstance(have, dict):
        for key, one in want.items():
            child = shape.child(key) if shape else None
            if not is_there(want, key, shape):
                continue
            if not is_there(have, key, shape) and not empty(one, child):
                return False
            if is_there(have, key, shape) and not covers(have[key], one, child, ordered=ordered):
                return False
        return True
    if isinstance(want, list) and isinstance(have, list):
        return _covers_list(have, want, shape, ordered)
    if shape is not None and shape.amount and (amount := Quantity.parse(want)) is not None:
        return Quantity.parse(have) == amount
    return bool(canonical(have) == canonical(want))


def is_there(have: dict[str, Any], key: str, shape: Shape | None) -> bool:
    """Whether a map has a field; a null of Kubernetes' own types is none."""
    return key in have and (shape is None or have[key] is not None)


def _covers_list(have: list[Any], want: list[Any], shape: Shape | None, ordered: bool) -> bool:
    inner = shape.element if shape else None
    if shape is None or not named(shape):
        pairs = zip(have, want, strict=False)
        return len(have) == len(want) and all(covers(*pair, inner, ordered=ordered) for pair in pairs)
    there = {name(one, shape): one for one in have}
    wanted = [name(one, shape) for one in want]
    found = [name(one, shape) for one in have if name(one, shape) in wanted]
    if (found != wanted) if ordered else (sorted(map(repr, found)) != sorted(map(repr, wanted))):
        return False
    return all(covers(there[name(one, shape)], one, inner, ordered=ordered) for one in want)


def leaves(value: Json, shape: Shape | None, path: Steps = ()) -> Iterator[tuple[Steps, Json, Json]]:
    """Every scalar, empty container and whole list, by names: its path, its value, its neighbours' shape."""
    if isinstance(value, dict) and value:
        for key, one in value.items():
            yield from leaves(one, shape.child(key) if shape else None, (*path, key))
    elif isinstance(value, list) and value and shape is not None and named(shape):
        for one in value:
            yield from leaves(one, shape.element, (*path, name(one, shape)))
    else:
        yield path, canonical(value), shape
