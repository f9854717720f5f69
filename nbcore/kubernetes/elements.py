"""How JSON values and list elements of a pod are told apart, as Kubernetes does it.

Refuses to know how values are merged, and what they mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

from nbcore.kubernetes import merge_keys
from nbcore.kubernetes.merge_keys import Node
from nbcore.kubernetes.paths import Item, Path, Step

Json: TypeAlias = Any

KEY_DEFAULTS: Final[dict[str, str]] = {"protocol": "TCP"}
"""What the API server takes for a part of a composite key that is left out."""

_LEAST: Final = -(2**63)
_MOST: Final = 2**63 - 1


class NoKey(ValueError):
    """A map or list stands where a merge key should be."""


def kind_of(value: Json) -> str:
    """The kind of a JSON value as Go decodes it: integers outside int64 are floats."""
    if isinstance(value, str):
        return "string"
    if isinstance(value, dict):
        return "map"
    if isinstance(value, list):
        return "list"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int" if _LEAST <= value <= _MOST else "float"
    return "float"


def identity(value: Json) -> Any:
    """A hashable stand-in for a scalar, equal exactly when Kubernetes finds the scalars equal.

    Raises: NoKey for a map or list.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, (dict, list)):
        raise NoKey("a map or list cannot be a merge key")
    kind = kind_of(value)
    if kind == "float" and isinstance(value, int):
        try:
            return (kind, float(value))
        except OverflowError:  # no float holds it; it equals itself only
            return ("huge", value)
    return (kind, value)


def same(a: Json, b: Json) -> bool:
    """Whether two JSON values are equal with their types: 1 is not True, and not 1.0."""
    if a is b:
        return True
    if isinstance(a, dict):
        return (
            isinstance(b, dict) and len(a) == len(b) and all(k in b and same(v, b[k]) for k, v in a.items())
        )
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    return bool(a == b) and kind_of(a) == kind_of(b)


def fingerprint(value: Json) -> Any:
    """A hashable stand-in that is equal for values that are the `same`."""
    if isinstance(value, dict):
        return ("map", frozenset((key, fingerprint(item)) for key, item in value.items()))
    if isinstance(value, list):
        return ("list", tuple(map(fingerprint, value)))
    return identity(value)


def element_keys(node: Node | None) -> tuple[str, ...]:
    """The fields that tell the elements of a merged list apart: server-side apply's where there are several."""
    if node is None or node.strategy != "merge" or node.kind != "list":
        return ()
    if len(node.map_keys) > 1:
        return node.map_keys
    return (node.merge_key,) if node.merge_key else ()


def element_identity(element: dict[str, Any], keys: tuple[str, ...]) -> Any:
    """The identity of an element under its keys; None where the element lacks the first one.

    Raises: NoKey for a map or list as a key.
    """
    first = element.get(keys[0])
    if first is None:
        return None
    if len(keys) == 1:
        return first if isinstance(first, str) else identity(first)
    rest = tuple(identity(element.get(key, KEY_DEFAULTS.get(key))) for key in keys[1:])
    return (identity(first), *rest)


def key_text(element: dict[str, Any], keys: tuple[str, ...]) -> str:
    """An element's keys as they stand in a keyed path: ``main``, ``8888/TCP``."""
    if len(keys) == 1:
        return str(element.get(keys[0], ""))
    values = (element.get(key, KEY_DEFAULTS.get(key)) for key in keys)
    return "/".join(str(value) for value in values if value is not None)


def step_to(index: int, element: Json, keys: tuple[str, ...]) -> int | Item:
    """The step of a path to a list element: with its key where it has one."""
    if keys and isinstance(element, dict) and element.get(keys[0]) is not None:
        return Item(index, key_text(element, keys))
    return index


def child_node(node: Node | None, key: str) -> Node | None:
    """The node of a map's value, or of a struct's field."""
    if node is None:
        return None
    return node.element if node.kind == "map" else node.find(key)


def element_node(node: Node | None) -> Node | None:
    """The node of a list's elements."""
    return node.element if node is not None and node.kind == "list" else None


def names_element(path: Path) -> bool:
    """Whether the last step of a pod path is a field by which Kubernetes tells the element of a list apart."""
    node: Node | None = merge_keys.POD_TEMPLATE
    keys: tuple[str, ...] = ()
    for step in path[:-1]:
        if isinstance(step, str):
            node = child_node(node, step)
            keys = ()
        else:
            keys, node = element_keys(node), element_node(node)
    return bool(path) and path[-1] in keys


def leaves(tree: Json) -> Iterator[tuple[Path, Any]]:
    """Every leaf of a pod template with its keyed path, in document order. Empty maps and lists are leaves."""
    stack: list[tuple[tuple[Step, ...], Any, Node | None]] = [((), tree, merge_keys.POD_TEMPLATE)]
    while stack:
        path, value, node = stack.pop()
        if isinstance(value, dict) and value:
            stack.extend([((*path, key), item, child_node(node, key)) for key, item in value.items()][::-1])
        elif isinstance(value, list) and value:
            keys, inner = element_keys(node), element_node(node)
            stack.extend(
                [((*path, step_to(at, item, keys)), item, inner) for at, item in enumerate(value)][::-1]
            )
        else:
            yield Path(path), value
