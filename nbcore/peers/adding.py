"""What PodDefaults add to a pod where nothing stands in their way, as steps that are made once for many pods.

Most pods have nothing yet of what their PodDefaults add. For them the fields, elements and operations are known
before a pod is there. A pod for which there is more to decide (a field that both set, an element of one name, a list
without names) is left to `uniting`, which comes to the same for all others.

Refuses to know what uniting does with what differs.

Laws: test_what_is_added_is_what_is_united.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from nbcore.change.equality import says_nothing
from nbcore.change.patching import token
from nbcore.change.shapes import Shape, struct
from nbcore.kubernetes import merge_keys
from nbcore.kubernetes.merge_keys import Node
from nbcore.peers.joining import Joined
from nbcore.strategic.overlaying import ACCUMULATE
from nbcore.strategic.uniting import unite

Json = Any
Operation = dict[str, Any]


class Entries(NamedTuple):
    """Labels or annotations: the field, what comes to it, and the operations where it is there and where it is not."""

    field: str
    values: dict[str, Json]
    each: list[Operation]
    whole: Operation


class Field(NamedTuple):
    """A field of a pod or container: what comes to it, and the operations where it is there and where it is not.

    Shape: ``key`` tells the elements of a list apart, and ``names`` are those that come; ``""`` for any other field.
    """

    name: str
    value: Json
    key: str
    names: frozenset[str]
    each: list[Operation]
    whole: Operation


class Addition(NamedTuple):
    """What comes to pods with the same containers: fields of some, by index and name; how many there are then."""

    metadata: tuple[Entries, ...]
    spec: tuple[Field, ...]
    containers: tuple[tuple[int, str, tuple[Field, ...]], ...]
    total: int


class _Decides(Exception):
    """There is more to decide than these steps can."""


# ---- made once ----


def addition(add: Joined, names: Sequence[str | None], marks: Mapping[str, str]) -> Addition | None:
    """The steps for pods with containers of these names; None where there is always more to decide.

    Shape: ``marks`` are annotations that are set beside what PodDefaults add.
    """
    try:
        return _addition(add, names, marks)
    except _Decides:
        return None


def _addition(add: Joined, names: Sequence[str | None], marks: Mapping[str, str]) -> Addition:
    tree, ruled = _tree(add)
    metadata, spec = tree.get("metadata", {}), dict(tree.get("spec", {}))
    _expect(spec.keys().isdisjoint(_LEADING))
    containers = spec.pop("containers", [])
    known = merge_keys.POD_TEMPLATE.find("spec")
    shape = _child(struct("PodTemplateSpec"), "spec")
    parts, new = _parts(containers, names)
    whole = _whole(add, spec, new)
    spec.update({name: value for name, value in whole.items() if value})
    element, inner = _element(known, "containers"), _child(_child(shape, "containers"), None)
    return Addition(
        (
            *(_entries(field, metadata[field]) for field in metadata if field != _MARKED),
            _entries(_MARKED, {**metadata.get(_MARKED, {}), **marks}),
        ),
        tuple(_field("/spec", name, value, known, shape, ruled) for name, value in spec.items()),
        tuple(
            (at, name, _fields(f"/spec/containers/{at}", part, element, inner, ruled))
            for at, name, part in parts
        ),
        len(names) + len(whole["containers"]),
    )


_LEADING: Final = frozenset(
    {"priorityClassName", "priority", "preemptionPolicy", "serviceAccountName", "serviceAccount"}
)
"""The fields of a pod to which others belong."""
_MARKED: Final = "annotations"


def _expect(fits: bool) -> None:
    if not fits:
        raise _Decides


def _tree(add: Joined) -> tuple[dict[str, Any], frozenset[str]]:
    """All that is added as one tree, and the names of the fields that have a policy of their own."""
    tree: dict[str, Any] = {}
    ruled: set[str] = set()
    _expect(not add.clashes)
    for part in add.parts:
        _expect(part.plain is part.tree)
        tree, conflicts = unite(tree, part.plain, rules=part.policies)
        _expect(not conflicts)
        ruled.update(path[-1] for path in part.policies)
    return tree, frozenset(ruled)


def _parts(
    containers: Sequence[Json], names: Sequence[str | None]
) -> tuple[list[tuple[int, str, dict[str, Any]]], list[Json]]:
    """The containers that a pod has already, each with its index and name, and the others."""
    _expect(None not in names and len({*names}) == len(names))
    there, new = [], []
    for one in containers:
        name = one.get("name")
        if name in names:
            there.append(
                (names.index(name), name, {key: value for key, value in one.items() if key != "name"})
            )
        else:
            new.append(one)
    return there, new


def _whole(add: Joined, spec: Mapping[str, Any], new: Iterable[Json]) -> dict[str, list[Json]]:
    """The lists of containers that come to a pod; each needs an image, as nobody else gives it one."""
    found = {"containers": [*new], "initContainers": [*spec.get("initContainers", ())]}
    for part in add.parts:
        for name, container, _ in part.whole:
            found[name].append(container)
    _expect(all("image" in one for given in found.values() for one in given))
    return found


def _entries(field: str, values: dict[str, Json]) -> Entries:
    _expect(bool(values) and all(isinstance(one, str) for one in values.values()))
    path = f"/metadata/{field}"
    each = [_add(f"{path}/{token(key)}", value) for key, value in values.items()]
    return Entries(field, values, each, _add(path, values))


def _fields(
    path: str, values: Mapping[str, Any], node: Node | None, shape: Shape | None, ruled: frozenset[str]
) -> tuple[Field, ...]:
    return tuple(_field(path, name, value, node, shape, ruled) for name, value in values.items())


def _field(
    path: str, name: str, value: Json, node: Node | None, shape: Shape | None, ruled: frozenset[str]
) -> Field:
    _expect(not says_nothing(value, _child(shape, name)) and not name.startswith("$"))
    place = f"{path}/{token(name)}"
    key = "" if name in ruled or not isinstance(value, list) else _key(name, node)
    names = [one.get(key) if isinstance(one, dict) else None for one in value] if key else []
    _expect(all(isinstance(one, str) for one in names) and len({*names}) == len(names))
    each = [_add(f"{place}/-", one) for one in value] if key else []
    return Field(name, value, key, frozenset(map(str, names)), each, _add(place, value))


def _key(name: str, node: Node | None) -> str:
    """The one field that tells the elements of a list apart, if there is one."""
    found = node.find(name) if node is not None else None
    if found is None or name in ACCUMULATE or found.primitive:
        return ""
    keys = found.map_keys or ((found.merge_key,) if found.merge_key else ())
    return keys[0] if len(keys) == 1 else ""


def _element(node: Node | None, name: str) -> Node | None:
    found = node.find(name) if node is not None else None
    return found.element if found is not None else None


def _child(shape: Shape | None, name: str | None) -> Shape | None:
    """The shape of a field, or of the elements of a list."""
    if shape is None:
        return None
    return shape.element if name is None else shape.child(name)


def _add(path: str, value: Json) -> Operation:
    return {"op": "add", "path": path, "value": value}


# ---- done for each pod ----


def added(pod: Mapping[str, Any], steps: Addition) -> tuple[dict[str, Any], list[Operation]] | None:
    """The pod with what is added, and the operations that add it; None where there is more to decide.

    Shape: ``pod`` has a spec; what comes out shares all that is not changed, and what is added, which many pods share.
    """
    metadata, spec = pod.get("metadata"), {**pod["spec"]}
    operations: list[Operation] = []
    if metadata.__class__ is not dict:
        return None
    metadata = {**metadata}
    if not _entered(metadata, steps.metadata, operations) or not _filled(spec, steps.spec, operations):
        return None
    if steps.containers and not _reached(spec, steps, operations):
        return None
    return {**pod, "metadata": metadata, "spec": spec}, operations


def _entered(metadata: dict[str, Any], entries: tuple[Entries, ...], operations: list[Operation]) -> bool:
    for field, values, each, whole in entries:
        if field not in metadata:
            metadata[field] = values
            operations.append(whole)
            continue
        given = metadata[field]
        if given.__class__ is not dict or not values.keys().isdisjoint(given):
            return False
        metadata[field] = {**given, **values}
        operations += each
    return True


def _filled(holder: dict[str, Any], fields: tuple[Field, ...], operations: list[Operation]) -> bool:
    for name, value, key, names, each, whole in fields:
        if name not in holder:
            holder[name] = value
            operations.append(whole)
            continue
        given = holder[name]
        if not key or given.__class__ is not list:
            return False
        try:
            there = [one[key] for one in given]
            "".join(there)  # refuses what is no text
        except (KeyError, TypeError):
            return False
        if not names.isdisjoint(there):
            return False
        holder[name] = [*given, *value]
        operations += each
    return True


def _reached(spec: dict[str, Any], steps: Addition, operations: list[Operation]) -> bool:
    """Whether the fields of containers could be added."""
    containers = spec.get("containers")
    if containers.__class__ is not list or len(containers) != steps.total:
        return False
    containers = [*containers]
    for at, name, fields in steps.containers:
        given = containers[at]
        if given.__class__ is not dict or given.get("name") != name:
            return False
        container = containers[at] = {**given}
        if not _filled(container, fields, operations):
            return False
    spec["containers"] = containers
    return True
