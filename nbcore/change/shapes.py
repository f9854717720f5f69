"""What Kubernetes makes of each field of the objects we write, as trees to walk in parallel with the data.

A shape says how the elements of a list are told apart, which fields exclude each other, and which values mean
the same to the API server: quantities, and a zero that it drops. Pods come from the generated table; what stands
around a pod template in other kinds, and Services, is written here. A field without a shape is plain JSON: maps
by key, lists as a whole.

Refuses to know which values are allowed, and what a change of them does.

Source: `k8s.io/api` 1.36 (types.go): which fields are pointers, lists with keys, and unions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Literal

from nbcore.kubernetes import pod_schema
from nbcore.kubernetes.pod_schema import Field

Kind = Literal["struct", "map", "list", "scalar"]
Amount = Literal["", "exact", "milli"]

_NO_FIELDS: Final[Mapping[str, Shape]] = {}
_NO_NAMES: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """How one value of a Kubernetes type is compared and patched; read only by contract."""

    kind: Kind
    fields: Mapping[str, Shape] = field(default_factory=lambda: _NO_FIELDS, repr=False)
    """Of a struct: its fields by name, as far as there is something to say about them."""
    element: Shape | None = field(default=None, repr=False)
    """Of a list or map: its elements or values."""
    keys: tuple[str, ...] = ()
    """Of a list: the fields that tell its elements apart."""
    members: bool = False
    """Of a list: whether its elements are told apart by all that they are, so that several may add to it."""
    union: frozenset[str] = _NO_NAMES
    """Of a struct: the fields of which it may have one at most."""
    choice: tuple[str, str, str] | None = None
    """Of a struct: the field that chooses, a field that only one choice allows, and that choice."""
    required: frozenset[str] = _NO_NAMES
    """Of a struct: the fields without which nothing of it can stay."""
    whole: bool = False
    """Of a struct: whether it is owned, and so removed, as a whole (references)."""
    twins: tuple[tuple[str, str], ...] = ()
    """Of a struct: a field, and its old name, under which the server repeats the value."""
    droppable: bool = False
    """Whether the server stores the zero value (0, false, the empty text) as if the field were absent."""
    amount: Amount = ""
    """Of a quantity: whether it is stored as given, or rounded up to thousandths."""

    exclusive: bool = False
    """Whether there is a union or a choice."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "exclusive", bool(self.union) or self.choice is not None)

    def child(self, key: str) -> Shape | None:
        """The shape of a struct's field or a map's value; None where nothing is known."""
        return self.element if self.kind == "map" else self.fields.get(key)


_SCALAR: Final = Shape("scalar")
_DROPPABLE: Final = Shape("scalar", droppable=True)
_AMOUNT: Final = Shape("scalar", amount="exact")
_ROUNDED: Final = Shape("scalar", amount="milli")
_LIST: Final = Shape("list")

_MEMBERS: Final = frozenset({"tolerations", "envFrom", "add", "drop", "supplementalGroups"})
"""Lists that the server takes as a whole, and to which admission, injectors and layers add elements."""

_HANDLERS: Final = frozenset({"exec", "httpGet", "tcpSocket", "grpc", "sleep"})
_UNIONS: Final[Mapping[str, frozenset[str]]] = {
    "EnvVar": frozenset({"value", "valueFrom"}),
    "Probe": _HANDLERS,
    "LifecycleHandler": _HANDLERS,
    "PodResourceClaim": frozenset({"resourceClaimName", "resourceClaimTemplateName"}),
    "EnvVarSource": frozenset(
        {"fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"}
    ),
}
_LOCALHOST: Final = ("type", "localhostProfile", "Localhost")
_CHOICES: Final = {"SeccompProfile": _LOCALHOST, "AppArmorProfile": _LOCALHOST}
_TWINS: Final = {"PodSpec": (("serviceAccountName", "serviceAccount"),)}
_SHARED: Final = frozenset({"PodSpec", "PodTemplateSpec", "ObjectMeta", "PersistentVolumeClaimSpec"})
"""Structs in which others have fields of their own, whatever the server asks of the whole."""

_KEPT_ZEROS: Final[Mapping[str, str]] = {
    "AppArmorProfile": "localhostProfile",
    "AzureDiskVolumeSource": "cachingMode fsType kind readOnly",
    "CSIVolumeSource": "fsType readOnly",
    "ClusterTrustBundleProjection": "name optional signerName user",
    "ConfigMapEnvSource": "optional",
    "ConfigMapKeySelector": "optional",
    "ConfigMapProjection": "optional",
    "ConfigMapVolumeSource": "defaultMode defaultUser optional",
    "Container": "restartPolicy",
    "DownwardAPIVolumeFile": "mode user",
    "DownwardAPIVolumeSource": "defaultMode defaultUser",
    "EmptyDirVolumeSource": "mode sizeLimit",
    "EphemeralContainer": "restartPolicy",
    "EvictionResponder": "priority",
    "FCVolumeSource": "lun",
    "FileKeySelector": "optional",
    "GRPCAction": "mode service",
    "HTTPGetAction": "protocol",
    "HostPathVolumeSource": "type",
    "ISCSIVolumeSource": "initiatorName",
    "KeyToPath": "mode user",
    "Lifecycle": "stopSignal",
    "ObjectMeta": "deletionGracePeriodSeconds deletionTimestamp",
    "OwnerReference": "blockOwnerDeletion controller",
    "PersistentVolumeClaimSpec": "storageClassName volumeAttributesClassName volumeMode",
    "PodCertificateProjection": "maxExpirationSeconds user",
    "PodDNSConfigOption": "value",
    "PodResourceClaim": "resourceClaimName resourceClaimTemplateName",
    "PodSchedulingGroup": "podGroupName",
    "PodSecurityContext": "fsGroup fsGroupChangePolicy runAsGroup runAsNonRoot runAsUser seLinuxChangePolicy"
    " supplementalGroupsPolicy",
    "PodSpec": "activeDeadlineSeconds automountServiceAccountToken enableServiceLinks hostUsers hostnameOverride"
    " preemptionPolicy priority runtimeClassName setHostnameAsFQDN shareProcessNamespace"
    " terminationGracePeriodSeconds",
    "Probe": "terminationGracePeriodSeconds",
    "ProjectedVolumeSource": "defaultMode defaultUser",
    "SeccompProfile": "localhostProfile",
    "SecretEnvSource": "optional",
    "SecretKeySelector": "optional",
    "SecretProjection": "optional",
    "SecretVolumeSource": "defaultMode defaultUser optional",
    "SecurityContext": "allowPrivilegeEscalation privileged procMount readOnlyRootFilesystem runAsGroup"
    " runAsNonRoot runAsUser",
    "ServiceAccountTokenProjection": "expirationSeconds user",
    "Toleration": "tolerationSeconds",
    "TopologySpreadConstraint": "minDomains nodeAffinityPolicy nodeTaintsPolicy",
    "TypedLocalObjectReference": "apiGroup",
    "TypedObjectReference": "apiGroup namespace",
    "VolumeMount": "mountPropagation recursiveReadOnly",
    "WindowsSecurityContextOptions": "gmsaCredentialSpec gmsaCredentialSpecName hostProcess runAsUserName",
}
"""By type: the fields whose zero value the server stores and tells from an absent one: Go's pointers."""


# ---- pods, from the generated table ----


@cache
def struct(type_name: str) -> Shape:
    """The shape of a struct type of the pod table.

    Raises: KeyError for a type that no pod reaches.
    """
    known = pod_schema.definition(type_name)
    kept = frozenset(_KEPT_ZEROS.get(type_name, "").split())
    return Shape(
        "struct",
        fields={name: _shape(one, name, name in kept) for name, one in known.fields.items()},
        union=_union(type_name, known.fields),
        choice=_CHOICES.get(type_name),
        required=_NO_NAMES if type_name in _SHARED else frozenset(known.required),
        whole=known.map_type == "atomic",
        twins=_TWINS.get(type_name, ()),
    )


def _union(type_name: str, fields: Iterable[str]) -> frozenset[str]:
    """A volume is one union, its name aside; the others are listed."""
    return frozenset(fields) - {"name"} if type_name == "Volume" else _UNIONS.get(type_name, _NO_NAMES)


def _shape(one: Field, name: str, kept: bool) -> Shape:
    """The shape of a field; `kept` when its zero value is no absent one."""
    if one.type == "object":
        return struct(one.ref) if one.ref else Shape("map")
    if one.type == "map":
        return Shape("map", element=_value(one.items))
    if one.type == "list":
        return _list(one, name)
    if one.type == "quantity":
        return _AMOUNT
    return _SCALAR if kept else _DROPPABLE


def _value(one: Field | None) -> Shape | None:
    """The shape of a map's values: all of them are kept, and quantities are rounded."""
    if one is None:
        return None
    return _ROUNDED if one.type == "quantity" else _shape(one, "", True)


def _list(one: Field, name: str) -> Shape:
    element = _shape(one.items, "", True) if one.items else None
    merged = one.map_keys or ((one.merge_key,) if one.merge_key else ())
    members = name in _MEMBERS or one.list_type == "set"
    return Shape("list", element=element, keys=tuple(merged), members=members)


# ---- what stands around a pod template, and Services ----


def _struct(droppable: str = "", /, **fields: Shape) -> Shape:
    """A struct written by hand: its droppable scalars, and the fields with more to say."""
    return Shape("struct", {**dict.fromkeys(droppable.split(), _DROPPABLE), **fields})


def _object(**fields: Shape) -> Shape:
    """An object with metadata."""
    return _struct(metadata=struct("ObjectMeta"), **fields)


def _rolling() -> Shape:
    """How the pods of a set are replaced."""
    fields = {"rollingUpdate": _struct()}
    return Shape("struct", fields, choice=("type", "rollingUpdate", "RollingUpdate"))


def _template() -> Shape:
    return struct("PodTemplateSpec")


def _claim() -> Shape:
    return _object(spec=struct("PersistentVolumeClaimSpec"))


def _stateful_set() -> Shape:
    claims = Shape("list", element=_claim())
    return _object(
        spec=_struct(
            "minReadySeconds",
            template=_template(),
            updateStrategy=_rolling(),
            volumeClaimTemplates=claims,
        )
    )


def _deployment() -> Shape:
    return _object(spec=_struct("minReadySeconds paused", template=_template(), strategy=_rolling()))


def _daemon_set() -> Shape:
    return _object(spec=_struct("minReadySeconds", template=_template(), updateStrategy=_rolling()))


def _job_spec() -> Shape:
    return _struct(template=_template())


def _service() -> Shape:
    port = _struct("name nodePort", appProtocol=_SCALAR)
    ports = Shape("list", element=port, keys=("port", "protocol"))
    plain = (
        "clusterIP type sessionAffinity loadBalancerIP externalName externalTrafficPolicy"
        " healthCheckNodePort publishNotReadyAddresses"
    )
    lists = dict.fromkeys(("clusterIPs", "externalIPs", "loadBalancerSourceRanges", "ipFamilies"), _LIST)
    return _object(spec=_struct(plain, ports=ports, selector=Shape("map", element=_SCALAR), **lists))


def _service_account() -> Shape:
    secrets = Shape("list", element=_struct("name"), keys=("name",))
    return _object(secrets=secrets, imagePullSecrets=Shape("list", element=_struct("name"), members=True))


_KINDS: Final[Mapping[tuple[str, str], Callable[[], Shape]]] = {
    ("v1", "Pod"): lambda: struct("Pod"),
    ("v1", "PodTemplate"): lambda: _object(template=_template()),
    ("v1", "Service"): _service,
    ("v1", "ServiceAccount"): _service_account,
    ("v1", "PersistentVolumeClaim"): _claim,
    ("v1", "ReplicationController"): lambda: _object(spec=_struct("minReadySeconds", template=_template())),
    ("apps/v1", "StatefulSet"): _stateful_set,
    ("apps/v1", "Deployment"): _deployment,
    ("apps/v1", "DaemonSet"): _daemon_set,
    ("apps/v1", "ReplicaSet"): lambda: _object(spec=_struct("minReadySeconds", template=_template())),
    ("batch/v1", "Job"): lambda: _object(spec=_job_spec()),
    ("batch/v1", "CronJob"): lambda: _object(spec=_struct(jobTemplate=_object(spec=_job_spec()))),
}
"""The kinds of which more is known than that they have metadata."""


def shape_of(*objects: Any) -> Shape:
    """The shape of an object, by the first of the trees that names a type; of a plain pod if none does.

    Shape: a type that is not listed has metadata, and plain JSON beside it.
    """
    for one in objects:
        if isinstance(one, dict):
            api_version, kind = one.get("apiVersion"), one.get("kind")
            if isinstance(api_version, str) and isinstance(kind, str):
                return _of_type(api_version, kind)
    return struct("PodTemplateSpec")


def _of_type(api_version: str, kind: str) -> Shape:
    known = (api_version, kind)
    return _known(*known) if known in _KINDS else _known("", "")


@cache
def _known(api_version: str, kind: str) -> Shape:
    """The shape of a listed type, and of all others; made once."""
    make = _KINDS.get((api_version, kind), _object)
    return make()
