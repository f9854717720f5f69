"""The places of a pod: its values with what the schema says of them, their areas, and the ways to every type.

It refuses to know values: it walks along the schema of one Kubernetes version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from random import Random
from typing import Any, NamedTuple, TypeAlias

from nbcore.kubernetes import pod_schema
from nbcore.kubernetes.pod_schema import Field
from tests.oracles.pod_fragments import Object

Json: TypeAlias = Any
RawPath: TypeAlias = tuple[str | int, ...]
VERSION = "1.36"
AREAS = ("metadata", "scheduling", "containers", "volumes", "security", "schema")
"""What `only` may name. Schema is not a place: wrong types, unknown fields and texts that cannot be decoded."""

_SPEC_AREAS: Mapping[str, str] = {
    **dict.fromkeys(("containers", "initContainers", "ephemeralContainers"), "containers"),
    **dict.fromkeys(("securityContext", "os", "hostUsers", "HostPID", "HostIPC"), "security"),
    **dict.fromkeys(
        (
            *(
                "affinity",
                "tolerations",
                "topologySpreadConstraints",
                "nodeSelector",
                "nodeName",
                "schedulingGates",
            ),
            *("schedulerName", "priority", "preemptionPolicy", "overhead", "schedulingGroup"),
        ),
        "scheduling",
    ),
    "volumes": "volumes",
}
_CONTAINER_AREAS: Mapping[str, str] = {
    "securityContext": "security",
    "volumeMounts": "volumes",
    "volumeDevices": "volumes",
}
_SECURITY_ANNOTATIONS = ("apparmor", "seccomp")


def area(path: RawPath) -> str:
    """The area of a place in a pod, numbers of list elements included."""
    names = [step for step in path if isinstance(step, str)]
    if not names or names[0] != "spec":
        return "security" if any(word in str(path) for word in _SECURITY_ANNOTATIONS) else "metadata"
    if len(names) == 1:
        return "security"
    found = _SPEC_AREAS.get(names[1], "metadata")
    return _CONTAINER_AREAS.get(names[2], found) if found == "containers" and len(names) > 2 else found


ROOT = Field(
    "object",
    frozenset({dict}),
    "Pod",
    {
        "metadata": pod_schema.definition("ObjectMeta", VERSION).root,
        "spec": pod_schema.definition("PodSpec", VERSION).root,
    },
)
"""The pod itself, as far as it is mutated."""


class Place(NamedTuple):
    """A value in a pod: what holds it, under which key, and what the schema says of it."""

    holder: Any
    key: str | int
    owner: str
    """The type that has the field; of list elements and map values, the type that has the list or map."""
    name: str
    field: Field
    path: RawPath

    @property
    def value(self) -> Json:
        """The value itself."""
        return self.holder[self.key]


def places(made: Object) -> Iterator[Place]:
    """All values of a pod that its schema knows."""
    return _below(made, ROOT, "Pod", "", ())


def _below(value: Json, field: Field, owner: str, name: str, path: RawPath) -> Iterator[Place]:
    if field.fields and isinstance(value, dict):
        steps = [(key, found, field.ref or owner, key) for key in value if (found := field.fields.get(key))]
    elif field.items is not None and isinstance(value, dict | list):
        keys: Any = value if isinstance(value, dict) else range(len(value))
        steps = [(key, field.items, owner, name) for key in keys]
    else:
        return
    for key, found, its_owner, its_name in steps:
        yield Place(value, key, its_owner, its_name, found, (*path, key))
        yield from _below(value[key], found, its_owner, its_name, (*path, key))


@cache
def _parents() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """For each type the types and fields that hold it."""
    found: dict[str, list[tuple[str, str]]] = {}
    waiting = ["Pod", "ObjectMeta", "PodSpec"]
    while waiting:
        owner = waiting.pop()
        for name, field in (ROOT.fields if owner == "Pod" else pod_schema.fields(owner, VERSION)).items():
            below = field.items or field
            if below.ref and below.fields:
                if below.ref not in found and below.ref not in ("ObjectMeta", "PodSpec"):
                    waiting.append(below.ref)
                found.setdefault(below.ref, []).append((owner, name))
    return {name: tuple(holders) for name, holders in found.items()}


def reachable_types() -> Sequence[str]:
    """The types that a pod's fields have."""
    return list(_parents())


@cache
def all_fields() -> tuple[tuple[str, str], ...]:
    """All types and their fields."""
    below = [(type_, name) for type_ in reachable_types() for name in pod_schema.fields(type_, VERSION)]
    return tuple(below)


def route(random: Random, type_: str) -> tuple[str, ...]:
    """Fields that lead from a pod to a type, one way of several."""
    steps: list[str] = []
    while type_ != "Pod":
        type_, name = random.choice(_parents()[type_])
        steps.append(name)
    return tuple(reversed(steps))
