"""What of an object is ours to write, and the body of a server-side apply that says it.

Ours is what we set. What the server keeps (status, managedFields, resourceVersion, …) is not, even where a
tree was copied from a live object; who an object is (its type, name and namespace) is said, and never removed.

Refuses to know what the values mean, and whether the server will take them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from nbcore.change.shapes import Shape, shape_of

Json: TypeAlias = Any
Tree: TypeAlias = Mapping[str, Any]

SERVER_FIELDS: Final = frozenset({"status"})
"""Fields of an object that the server or its controllers keep."""

SERVER_METADATA: Final = frozenset(
    {
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "generation",
        "managedFields",
        "resourceVersion",
        "selfLink",
        "uid",
    }
)
"""Fields of an object's metadata that the server keeps."""

TYPE: Final = ("apiVersion", "kind")
NAME: Final = ("name", "namespace", "generateName")
KEPT: Final[Mapping[str, frozenset[str]]] = {
    "": SERVER_FIELDS.union(TYPE),
    "/metadata": SERVER_METADATA.union(NAME),
}
"""By the pointer of a map: the fields of an object that no patch takes away."""

MAX_DEPTH: Final = 100
"""How deep a tree is looked into; what lies deeper is one value."""


def owned(tree: Json) -> dict[str, Any]:
    """What of a tree is ours: all of it but what the server keeps.

    Shape: a tree that is no map counts as empty; the result shares every subtree with it.
    """
    if not isinstance(tree, dict):
        return {}
    metadata = tree.get("metadata")
    foreign = isinstance(metadata, dict) and not SERVER_METADATA.isdisjoint(metadata)
    if not foreign and SERVER_FIELDS.isdisjoint(tree):
        return tree
    out = {key: value for key, value in tree.items() if key not in SERVER_FIELDS}
    if foreign:
        out["metadata"] = _without(out["metadata"], SERVER_METADATA)
    return out


def _without(tree: Mapping[str, Any], names: Any) -> dict[str, Any]:
    return {key: value for key, value in tree.items() if key not in names}


def apply_configuration(desired: Tree | None, last: Tree | None = None) -> dict[str, Any]:
    """The body of a server-side apply: who the object is, and every field that we set.

    Shape: what ``desired`` does not say of type, name and namespace is taken from ``last``; with nothing
    desired the body gives up all that was applied before. Nulls of Kubernetes' own types are left out, as
    nobody can own them. The result shares every untouched subtree with ``desired``. What the server fills in
    stays, also where a `patch` would take it away because it cannot stand beside what is desired
    (`rollingUpdate` beside ``type: OnDelete``): server-side apply has no word for that.
    Laws: test_an_apply_configuration_has_our_fields_and_no_others, test_any_json_gives_a_patch.
    """
    ours, before = owned(desired), owned(last)
    body = {key: one[key] for key in TYPE for one in (before, ours) if one.get(key) is not None}
    kept = _said(ours, shape_of(ours, before))
    metadata = {**_identity(before), **_identity(ours), **_map(kept.get("metadata"))}
    return {**body, **({"metadata": metadata} if metadata else {}), **_without(kept, (*TYPE, "metadata"))}


def _identity(tree: Mapping[str, Any]) -> dict[str, Any]:
    """The name and namespace of an object, as far as it has them."""
    metadata = _map(tree.get("metadata"))
    return {key: metadata[key] for key in ("name", "namespace") if metadata.get(key) is not None}


def _map(value: Json) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _said(value: Json, shape: Shape | None, depth: int = 0) -> Json:
    """The value without the nulls that Kubernetes reads as absent; the same object where there are none."""
    if shape is None or depth > MAX_DEPTH or not isinstance(value, (dict, list)):
        return value
    if isinstance(value, list):
        items = [_said(one, shape.element, depth + 1) for one in value]
        return value if all(map(_is, items, value)) else items
    new = {key: _said(one, shape.child(key), depth + 1) for key, one in value.items() if one is not None}
    untouched = len(new) == len(value) and all(map(_is, new.values(), value.values()))
    return value if untouched else new


def excluded_by_choice(desired: Mapping[str, Any], shape: Shape) -> str | None:
    """The field that cannot stand beside what is chosen, though the server may have filled it in."""
    if shape.choice is None:
        return None
    chooser, key, choice = shape.choice
    return key if desired.get(chooser) not in (None, choice) and desired.get(key) is None else None


def renamed(tree: dict[str, Any], live: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """A map with the fields that have an old name under their new one, where anybody uses that.

    Shape: of two names the new one wins, as on the server, which gives back both.
    """
    for name, old in shape.twins:
        if old in tree and (tree.get(name) is not None or live.get(name) is not None):
            value = tree[old] if tree.get(name) is None else tree[name]
            tree = {**_without(tree, (old,)), name: value}
    return tree


def _is(one: object, other: object) -> bool:
    return one is other
