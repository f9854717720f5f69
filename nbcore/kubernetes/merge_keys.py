"""How Kubernetes merges each field of a pod: trees of nodes that a merge walks in parallel with the data.

A node says what its value is in Go (struct, map, list or scalar), whether a strategic merge patch goes into
it or replaces it, and by which keys list elements are matched: `merge_key` for strategic merge patch,
`map_keys` for server-side apply; the two differ for ports and topologySpreadConstraints. The facts come
from the newest version of the table in `pod_schema.py`, older versions being a subset in this respect.

This module refuses to know how a merge works, and the fields of any type that is not part of a pod.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Literal

from nbcore.kubernetes import pod_schema
from nbcore.kubernetes.pod_schema import Field, ListType

Kind = Literal["struct", "map", "list", "scalar"]
Strategy = Literal["merge", "replace"]

_NONE: Mapping[str, Node] = {}
_KINDS: Mapping[str, Kind] = {"object": "struct", "map": "map", "list": "list"}


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """How the value of one field, list element or map entry is merged; read only by contract.

    Shape: structs that are used in several places share their `fields`; the tree is finite.
    Quantity, IntOrString, Time and FieldsV1 are scalars: they have no fields that a merge may go into.
    """

    kind: Kind
    fields: Mapping[str, Node] = field(repr=False)
    """Of a struct: its fields by name."""
    fold: Mapping[str, Node] = field(repr=False)
    """Of a struct: its fields by lower-cased name, for Kubernetes' look-up that ignores case."""
    strategy: Strategy = "replace"
    """What a strategic merge patch does when both sides have a value."""
    retain_keys: bool = False
    """Whether clients are to send ``$retainKeys`` with a change (volumes, resourceClaims)."""
    merge_key: str | None = None
    """Of a list of structs: the field that strategic merge patch matches elements by."""
    list_type: ListType | None = None
    """Of a list: how server-side apply treats it; None counts as atomic."""
    map_keys: tuple[str, ...] = ()
    """Of a list with `list_type` map: the fields that server-side apply matches elements by."""
    atomic: bool = False
    """Of a struct or map: server-side apply owns it as a whole (selectors and references)."""
    element: Node | None = field(default=None, repr=False)
    """Of a list or map: what its elements or values look like."""
    primitive: bool = False
    """Whether this is a list of scalars that merges by value (finalizers)."""

    def find(self, name: str) -> Node | None:
        """The node of a field as Kubernetes looks it up: the exact name, else without regard to case.

        Shape: None for a field that Kubernetes does not know, and for everything below a map, list or scalar.
        """
        return self.fields.get(name) or self.fold.get(folded(name))


def folded(name: str) -> str:
    """A name as the keys of `Node.fold` are written.

    Source: Go's encoding/json folds ASCII letters, and the two other letters whose lower case is ASCII
    (U+017F is an s, U+212A a k, which Python lowers itself).
    """
    return name.replace("\u017f", "s").lower()


def root_for(api_version: str, kind: str) -> Node | None:
    """The node of an object of that type; None when it is none whose merge this module knows."""
    return _pod() if (api_version, kind) == ("v1", "Pod") else None


if TYPE_CHECKING:
    POD: Node
    """A whole Pod: apiVersion, kind, metadata, spec, status."""
    POD_TEMPLATE: Node
    """A PodTemplateSpec: metadata, spec."""
else:

    def __getattr__(name: str) -> Node:
        if name in _LAZY:
            return _LAZY[name]()
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@cache
def _pod() -> Node:
    return _root("Pod")


@cache
def _pod_template() -> Node:
    return _root("PodTemplateSpec")


_LAZY = {"POD": _pod, "POD_TEMPLATE": _pod_template}


def _root(type_name: str) -> Node:
    fields, fold = _struct(type_name)
    return Node("struct", fields, fold, "merge")


@cache
def _struct(type_name: str) -> tuple[Mapping[str, Node], Mapping[str, Node]]:
    """The fields of a struct, and the same by lower-cased name."""
    fields = {name: _node(one) for name, one in pod_schema.fields(type_name).items()}
    return fields, {folded(name): node for name, node in fields.items()}


_SCALAR = Node("scalar", _NONE, _NONE)  # nothing to tell two of them apart


def _node(one: Field) -> Node:
    kind = _KINDS.get(one.type)
    if kind is None:
        return _SCALAR
    fields, fold = _struct(one.ref) if one.ref else (_NONE, _NONE)
    element = _node(one.items) if one.items else None
    strategy = _strategy(kind, one)
    return Node(
        kind=kind,
        fields=fields,
        fold=fold,
        strategy=strategy,
        retain_keys="retainKeys" in one.strategy,
        merge_key=one.merge_key,
        list_type=one.list_type,
        map_keys=one.map_keys,
        atomic=one.map_type == "atomic",
        element=element,
        primitive=strategy == "merge" and element is not None and kind == "list" and element.kind == "scalar",
    )


def _strategy(kind: Kind, one: Field) -> Strategy:
    """Structs and maps merge unless they say otherwise, lists only if they say so."""
    if kind in ("struct", "map"):
        return "replace" if "replace" in one.strategy else "merge"
    return "merge" if "merge" in one.strategy else "replace"
