"""What stands at each place of a pod: a tree to walk in parallel with the data, compiled out of the schema.

A place says of what kind its value is, what tells the elements of a list apart, what being absent means there,
and under which name (``PodSpec.tolerations``) the tables of this stage speak of it. Below a place of None nothing
is known: maps differ by key there, and lists as a whole.

Refuses to know versions other than the newest, which has the fields of all, and what any change does.

Source: k8s.io/kubernetes/pkg/apis/core/v1/defaults.go and zz_generated.defaults.go, version 1.36.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Literal

from nbcore.change import shapes
from nbcore.kubernetes import pod_schema
from nbcore.kubernetes.elements import KEY_DEFAULTS
from nbcore.kubernetes.paths import Item, Step
from nbcore.kubernetes.pod_schema import Field

Kind = Literal["struct", "map", "list", "scalar", "quantity"]


class Absent:
    """The type of `ABSENT`, which stands where there is no value; null is a value."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False

    def __reduce__(self) -> str:
        return "ABSENT"  # there is one of it, also after a copy


ABSENT: Final = Absent()

_NONE: Final[Mapping[str, Place]] = {}

DEFAULTS: Final[Mapping[str, Any]] = {
    "PodSpec.restartPolicy": "Always",
    "PodSpec.dnsPolicy": "ClusterFirst",
    "PodSpec.schedulerName": "default-scheduler",
    "PodSpec.terminationGracePeriodSeconds": 30,
    "PodSpec.securityContext": {},
    "Container.terminationMessagePath": "/dev/termination-log",
    "Container.terminationMessagePolicy": "File",
    "EphemeralContainer.terminationMessagePath": "/dev/termination-log",
    "EphemeralContainer.terminationMessagePolicy": "File",
    "ContainerPort.protocol": "TCP",
    "Probe.failureThreshold": 3,
    "Probe.periodSeconds": 10,
    "Probe.successThreshold": 1,
    "Probe.timeoutSeconds": 1,
    "HTTPGetAction.path": "/",
    "HTTPGetAction.scheme": "HTTP",
    "GRPCAction.service": "",
    "ObjectFieldSelector.apiVersion": "v1",
    "FileKeySelector.optional": False,
    "ConfigMapVolumeSource.defaultMode": 420,
    "SecretVolumeSource.defaultMode": 420,
    "DownwardAPIVolumeSource.defaultMode": 420,
    "ProjectedVolumeSource.defaultMode": 420,
    "ServiceAccountTokenProjection.expirationSeconds": 3600,
    "HostPathVolumeSource.type": "",
    "PersistentVolumeClaimSpec.volumeMode": "Filesystem",
    "AzureDiskVolumeSource.cachingMode": "ReadWrite",
    "AzureDiskVolumeSource.fsType": "ext4",
    "AzureDiskVolumeSource.kind": "Shared",
    "AzureDiskVolumeSource.readOnly": False,
    "ISCSIVolumeSource.iscsiInterface": "default",
    "RBDVolumeSource.keyring": "/etc/ceph/keyring",
    "RBDVolumeSource.pool": "rbd",
    "RBDVolumeSource.user": "admin",
    "ScaleIOVolumeSource.fsType": "xfs",
    "ScaleIOVolumeSource.storageMode": "ThinProvisioned",
    "StatefulSetSpec.podManagementPolicy": "OrderedReady",
    "StatefulSetSpec.replicas": 1,
    "StatefulSetSpec.revisionHistoryLimit": 10,
    "StatefulSetUpdateStrategy.type": "RollingUpdate",
    "RetentionPolicy.whenDeleted": "Retain",
    "RetentionPolicy.whenScaled": "Retain",
}
"""What the API server writes where nothing is given, as far as it asks nothing else; `defaults` has the rest."""

_VALUES: Final = frozenset(
    {
        "Container.resources",
        "EphemeralContainer.resources",
        "PersistentVolumeClaimSpec.resources",
        "PersistentVolumeClaimTemplate.metadata",
        "PersistentVolumeClaimTemplate.spec",
        "PodTemplateSpec.metadata",
        "PodTemplateSpec.spec",
        "PreferredSchedulingTerm.preference",
        "StatefulSet.metadata",
        "StatefulSet.spec",
        "StatefulSetSpec.template",
        "StatefulSetSpec.updateStrategy",
        "StatefulSetUpdateStrategy.rollingUpdate",
        "WeightedPodAffinityTerm.podAffinityTerm",
    }
)
"""The structs that Kubernetes holds by value: an empty one is the same as none."""

_POINTERS: Final = frozenset({"StatefulSetSpec.replicas", "StatefulSetSpec.revisionHistoryLimit"})
"""Of the scalars around a pod template those whose zero is not the same as none."""

_KINDS: Final[Mapping[str, Kind]] = {
    "object": "struct",
    "map": "map",
    "list": "list",
    "quantity": "quantity",
}


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """What the value of one field, list element or map entry is; read only by contract.

    Shape: `name` is ``Type.field`` of the field that it stands in, also for elements and entries; `ref` the type
    of a struct; `keys` the fields that tell the elements of a list apart, none where it differs as a whole;
    `droppable` says that an empty or zero value is the same as none.
    """

    kind: Kind
    name: str
    ref: str = ""
    keys: tuple[str, ...] = ()
    droppable: bool = False
    default: Any = ABSENT
    fields: Mapping[str, Place] = field(default_factory=dict, repr=False)
    element: Place | None = field(default=None, repr=False)

    def below(self, step: Step) -> Place | None:
        """The place of a field, an entry or an element; None where nothing is known of it."""
        return self.fields.get(step) if self.kind == "struct" and isinstance(step, str) else self.element


def root_of(document: Any) -> Place:
    """The root for an object: a StatefulSet's where it says that it is one, else that of a pod and its template."""
    return stateful_set() if is_stateful_set(document) else pod()


def is_stateful_set(document: Any) -> bool:
    """Whether an object says that it is a StatefulSet."""
    return isinstance(document, dict) and document.get("kind") == "StatefulSet"


@cache
def pod() -> Place:
    """The place of a pod, whole or as ``{metadata, spec}``, and of a PodTemplateSpec."""
    fields = {
        **_struct("PodTemplateSpec"),
        "apiVersion": _scalar("Pod.apiVersion"),
        "kind": _scalar("Pod.kind"),
    }
    return Place("struct", "", "PodTemplateSpec", fields=fields)


@cache
def stateful_set() -> Place:
    """The place of a StatefulSet."""
    return Place("struct", "", "StatefulSet", fields=_stateful_set_fields())


def keyed(elements: list[Any], keys: tuple[str, ...]) -> dict[str, int] | None:
    """The index of each element by its key; None where some have none, or two have the same."""
    names = names_of(elements, keys)
    return None if names is None else dict(zip(names, range(len(names)), strict=True))


def names_of(elements: list[Any], keys: tuple[str, ...]) -> list[str] | None:
    """The key of each element as text; None where some have none, or two have the same."""
    names = texts_of(elements, keys)
    different = {*names}
    return None if "" in different or len(different) < len(names) else names


def texts_of(elements: list[Any], keys: tuple[str, ...]) -> list[str]:
    """The key of each element as text, ``""`` where it has none."""
    if len(keys) == 1:
        key = keys[0]
        try:
            names = [element[key] for element in elements]
            "".join(names)  # refuses what is no text
        except (KeyError, TypeError):
            pass
        else:
            return names
    return [_key(element, keys) if isinstance(element, dict) else "" for element in elements]


def _key(element: dict[str, Any], keys: tuple[str, ...]) -> str:
    """An element's key as it stands in a keyed path, or ``""``."""
    first = element.get(keys[0])
    if len(keys) == 1 and isinstance(first, str):
        return first
    parts = [element.get(key) or KEY_DEFAULTS.get(key) for key in keys]
    texts = [_key_part(part) for part in parts if part is not None]
    return "/".join(texts) if all(texts) and first is not None else ""


def _key_part(part: Any) -> str:
    """One field of a key as text; ``""`` for what can be none."""
    if isinstance(part, str):
        return part
    return str(part) if type(part) is int and part.bit_length() < 64 else ""


Indexes = dict[int, dict[str, int]]
"""The index of each element by its key, by the identity of its list."""


def value_at(document: Any, path: Sequence[Step], root: Place | None, indexes: Indexes | None = None) -> Any:
    """The value at a keyed path, or `ABSENT`.

    Shape: with ``indexes``, which belong to the documents of one diff, a list is looked through once.
    """
    value, place = document, root
    for step in path:
        if isinstance(value, dict):
            value = value.get(step, ABSENT) if isinstance(step, str) else ABSENT
        elif isinstance(value, list) and isinstance(step, Item) and place is not None and place.keys:
            at = _indexes(value, place.keys, {} if indexes is None else indexes).get(step.key)
            value = ABSENT if at is None else value[at]
        else:
            return ABSENT
        place = place.below(step) if place is not None else None
    return value


def _indexes(elements: list[Any], keys: tuple[str, ...], known: Indexes) -> dict[str, int]:
    if id(elements) not in known:
        known[id(elements)] = keyed(elements, keys) or {}
    return known[id(elements)]


# ---- compiling ----


def _scalar(name: str) -> Place:
    return Place("scalar", name, "", (), name not in _POINTERS, DEFAULTS.get(name, ABSENT))


@cache
def _struct(ref: str) -> Mapping[str, Place]:
    """The fields of a struct type of the pod table."""
    zeros = shapes.struct(ref).fields
    return {
        name: _place(one, f"{ref}.{name}", zeros[name].droppable)
        for name, one in pod_schema.fields(ref).items()
    }


def _place(one: Field, name: str, droppable: bool = False) -> Place:
    """The place of a field, element or entry; the latter two bear the name of the field that they are in."""
    kind = _KINDS.get(one.type, "scalar")
    return Place(
        kind,
        name,
        one.ref or "",
        _keys(one),
        droppable or name in _VALUES or kind in ("map", "list"),
        DEFAULTS.get(name, ABSENT),
        _struct(one.ref) if one.ref else _NONE,
        _place(one.items, name) if one.items else None,
    )


def _keys(one: Field) -> tuple[str, ...]:
    """What tells the elements of a list apart: server-side apply's keys where there are several."""
    if one.type != "list" or "merge" not in one.strategy:
        return ()
    if len(one.map_keys) > 1:
        return one.map_keys
    return (one.merge_key,) if one.merge_key else ()


# What a StatefulSet has around its pod template; the rest of it is plain JSON.
_WORKLOAD: Final[Mapping[str, str]] = {
    "StatefulSetSpec": (
        "replicas serviceName podManagementPolicy revisionHistoryLimit minReadySeconds updateStrategy "
        "persistentVolumeClaimRetentionPolicy"
    ),
    "StatefulSetUpdateStrategy": "type rollingUpdate",
    "RollingUpdateStatefulSetStrategy": "partition",
    "RetentionPolicy": "whenDeleted whenScaled",
    "PersistentVolumeClaim": "apiVersion kind",
}
_WORKLOAD_TYPES: Final[Mapping[str, str]] = {
    "StatefulSetSpec.updateStrategy": "StatefulSetUpdateStrategy",
    "StatefulSetUpdateStrategy.rollingUpdate": "RollingUpdateStatefulSetStrategy",
    "StatefulSetSpec.persistentVolumeClaimRetentionPolicy": "RetentionPolicy",
}


def _stateful_set_fields() -> dict[str, Place]:
    spec = _workload_struct("StatefulSetSpec")
    spec["template"] = Place(
        "struct", "StatefulSetSpec.template", "PodTemplateSpec", (), True, fields=_struct("PodTemplateSpec")
    )
    spec["selector"] = _pod_type("StatefulSetSpec.selector", "LabelSelector")
    claim = {
        **_workload_struct("PersistentVolumeClaim"),
        "metadata": _pod_type("PersistentVolumeClaimTemplate.metadata", "ObjectMeta"),
        "spec": _pod_type("PersistentVolumeClaimTemplate.spec", "PersistentVolumeClaimSpec"),
    }
    element = Place("struct", "StatefulSetSpec.volumeClaimTemplates", "PersistentVolumeClaim", fields=claim)
    spec["volumeClaimTemplates"] = Place("list", element.name, droppable=True, element=element)
    return {
        "apiVersion": _scalar("StatefulSet.apiVersion"),
        "kind": _scalar("StatefulSet.kind"),
        "metadata": _pod_type("StatefulSet.metadata", "ObjectMeta"),
        "spec": Place("struct", "StatefulSet.spec", "StatefulSetSpec", (), True, fields=spec),
    }


def _workload_struct(ref: str) -> dict[str, Place]:
    names = (f"{ref}.{name}" for name in _WORKLOAD[ref].split())
    return {name.partition(".")[2]: _workload_field(name) for name in names}


def _workload_field(name: str) -> Place:
    ref = _WORKLOAD_TYPES.get(name)
    if ref is None:
        return _scalar(name)
    default = DEFAULTS.get(name, ABSENT)
    return Place("struct", name, ref, (), True, default, _workload_struct(ref))


def _pod_type(name: str, ref: str) -> Place:
    return Place("struct", name, ref, (), name in _VALUES, fields=_struct(ref))
