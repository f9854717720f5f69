"""The form of Kubeflow's kinds: WorkspaceKind and Workspace of ``kubeflow.org/v1beta1``, as their CRDs have it.

Every field, bound, pattern, default, list key and CEL rule of the CRDs, and fields that came after the first
beta. Pod fields that the kinds embed stay plain JSON of which the form is known to be right.

Refuses to know what the webhooks judge (references, templates, selectors), and how a pod is made of it.

Laws: test_any_mutant_is_read_or_refused_with_reasons.
Source: the CRDs of Kubeflow Notebooks 2.0; tests/oracles/test_workspace_kinds_oracle.py asks a server.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, StrictInt, model_validator

from nbcore.dialects.custom_metadata import CustomObjectMeta
from nbcore.dialects.kubeflow_v2_core import Core, Entries, ListMap, violation, whole
from nbcore.dialects.kubeflow_v2_options import (
    ActivityRule,
    DisplayName,
    FilterRule,
    KindOptions,
    Labelled,
    MountPath,
    PortDisplayName,
    PortId,
    form,
)
from nbcore.dialects.kubeflow_v2_status import (
    OptionId,
    WorkspaceKindStatus,
    WorkspaceStatus,
    status_of,
)
from nbcore.model.element import Bool, Map, Mode, Shape
from nbcore.model.metadata import DNSLabel, DNSSubdomain
from nbcore.model.origin import Json

RawPath: TypeAlias = tuple[str | int, ...]
Texts: TypeAlias = tuple[str, ...]


ConfigMapKey = Annotated[
    str,
    Field(min_length=1, max_length=253),
    form("[-._a-zA-Z0-9]+", "must consist of letters, digits, '-', '_' and '.'"),
]
ClusterRoleName = Annotated[
    str,
    Field(min_length=1, max_length=253),
    form(
        r"([^./%][^/%]*|\.[^./%][^/%]*|\.[^/%][^/%]+)",
        "must be a name that can stand in a path: not . or .., and without / and %",
    ),
]


def _without_fraction(value: Json) -> Json:
    if type(value) is float and value.is_integer():
        raise violation(
            "must be written without a fraction: a rule of the server compares it", "leave out the .0"
        )
    return value


Interval = Annotated[StrictInt, Field(ge=1, le=31_536_000), BeforeValidator(_without_fraction)]
Timeout = Annotated[StrictInt, Field(ge=1, le=2**31 - 1), BeforeValidator(whole)]
Probe = Annotated[dict[str, Any], Core("Probe")]

# ---- WorkspaceKind: how it is shown ----


class AssetConfigMap(Shape):
    """A key of a ConfigMap that holds a picture."""

    name: DNSSubdomain = Field(description="Name of the ConfigMap.")
    namespace: DNSLabel = Field(description="Namespace of the ConfigMap.")
    key: ConfigMapKey = Field(description="Key in the ConfigMap.")
    media_type: Literal["image/svg+xml"] = Field(description="Media type of the picture.")


class Asset(Shape):
    """A picture for people: a URL, or a key of a ConfigMap. Exactly one."""

    url: str | None = Field(None, description="URL of the picture.")
    config_map: AssetConfigMap | None = Field(None, description="ConfigMap key that holds the picture.")

    @model_validator(mode="after")
    def _one_source(self) -> Asset:
        if (self.url is None) == (self.config_map is None):
            raise violation(
                "has both url and configMap, or none of them", "give exactly one of url and configMap"
            )
        return self


class Spawner(Shape):
    """How a WorkspaceKind is shown to people."""

    display_name: DisplayName = Field(description="Name shown to people.")
    description: str = Field(min_length=2, max_length=4096, description="A sentence or two shown to people.")
    hidden: Bool = Field(False, description="Not offered in forms.")
    deprecated: Bool = Field(False, description="Should no longer be used.")
    deprecation_message: str | None = Field(
        None, min_length=2, max_length=256, description="What people are told when it is deprecated."
    )
    icon: Asset = Field(description="Small picture.")
    logo: Asset = Field(description="Large picture.")


# ---- WorkspaceKind: the pod ----


class ClusterRole(Shape):
    """A ClusterRole that is granted in the namespace of the Workspace."""

    name: ClusterRoleName = Field(description="Name of the ClusterRole.")


class ServiceAccount(Shape):
    """What the ServiceAccount of each Workspace may do."""

    cluster_roles: Annotated[tuple[ClusterRole, ...], ListMap("name")] = Field(
        (), description="ClusterRoles granted in the namespace of the Workspace."
    )


class PodExec(Shape):
    """An activity probe that runs a script in the pod."""

    timeout_seconds: Timeout = Field(60, description="Seconds that the script may take.")
    script: str = Field(min_length=1, max_length=2048, description="The script, with its shebang.")


class JupyterProbe(Shape):
    """An activity probe that asks the Jupyter server."""

    last_activity: Bool = Field(description="Must be true.")
    port_id: PortId = Field(description="Id of the port that Jupyter listens on.")

    @model_validator(mode="after")
    def _enabled(self) -> JupyterProbe:
        if not self.last_activity:
            raise violation("lastActivity must be true", "set it to true, or remove the probe")
        return self


class ActivityProbe(Shape):
    """How to find out whether somebody uses a Workspace."""

    min_probe_interval_seconds: Interval = Field(300, description="Seconds between two probes, at least.")
    probe_interval_seconds: Interval = Field(3600, description="Seconds between two successful probes.")
    pod_exec: PodExec | None = Field(None, description="A script run in the pod.")
    jupyter: JupyterProbe | None = Field(None, description="A question to the Jupyter server.")

    @model_validator(mode="after")
    def _one_probe(self) -> ActivityProbe:
        if (self.pod_exec is None) == (self.jupyter is None):
            raise violation(
                "has both podExec and jupyter, or none of them", "give exactly one of podExec and jupyter"
            )
        if self.min_probe_interval_seconds > self.probe_interval_seconds:
            raise violation(
                "minProbeIntervalSeconds must be at most probeIntervalSeconds, "
                f"but they are {self.min_probe_interval_seconds} and {self.probe_interval_seconds}",
                "lower the first or raise the second; left out, they are 300 and 3600",
            )
        return self


class Probes(Shape):
    """The probes of the main container."""

    startup_probe: Probe | None = Field(None, description="Startup probe.")
    liveness_probe: Probe | None = Field(None, description="Liveness probe.")
    readiness_probe: Probe | None = Field(None, description="Readiness probe.")


class VolumeMounts(Shape):
    """Where volumes are mounted."""

    home: MountPath = Field(description="Path of the home volume. It cannot be changed.")


class HeaderOperations(Shape):
    """Changes that the route makes to the headers of a request."""

    set: Map[str, str] = Field({}, description="Headers to set; the values are templates.")
    add: Map[str, str] = Field({}, description="Headers to add; the values are templates.")
    remove: Texts = Field((), description="Headers to remove.")


class HTTPProxy(Shape):
    """What the route to a port does."""

    remove_path_prefix: Bool = Field(False, description="Remove the path prefix from requests.")
    request_headers: HeaderOperations | None = Field(None, description="Header changes of the route.")


class KindPort(Shape):
    """A sort of endpoint; an image says on which port it has it."""

    id: PortId = Field(description="Id of the port, a part of its URL.")
    protocol: Literal["HTTP"] = Field(description="Protocol: HTTP.")
    default_display_name: PortDisplayName = Field(description="Name shown to people.")
    http_proxy: HTTPProxy | None = Field(None, description="What the route does.")


class KindPodTemplate(Shape):
    """What the pod of every Workspace is made from."""

    pod_metadata: Labelled | None = Field(None, description="Labels and annotations of the pod.")
    stateful_set_metadata: Labelled | None = Field(
        None, description="Labels and annotations of the StatefulSet."
    )
    service_account: ServiceAccount | None = Field(None, description="What the ServiceAccount may do.")
    activity_probe: ActivityProbe | None = Field(None, description="How to find out about use.")
    probes: Probes | None = Field(None, description="Probes of the main container.")
    volume_mounts: VolumeMounts = Field(description="Where volumes are mounted.")
    ports: Annotated[tuple[KindPort, ...], Entries(1), ListMap("id")] = Field(
        description="Endpoints that images refer to by id."
    )
    extra_env: Annotated[tuple[Annotated[dict[str, Any], Core("EnvVar")], ...], ListMap("name")] = Field(
        (), description="Environment variables; the values are templates."
    )
    extra_volume_mounts: Annotated[
        tuple[Annotated[dict[str, Any], Core("VolumeMount")], ...], ListMap("mountPath")
    ] = Field((), description="Further mounts of the main container.")
    extra_volumes: Annotated[tuple[Annotated[dict[str, Any], Core("Volume")], ...], ListMap("name")] = Field(
        (), description="Further volumes of the pod."
    )
    security_context: Annotated[dict[str, Any], Core("PodSecurityContext")] | None = Field(
        None, description="Security context of the pod."
    )
    container_security_context: Annotated[dict[str, Any], Core("SecurityContext")] | None = Field(
        None, description="Security context of the main container."
    )
    scheduler_name: DNSSubdomain | None = Field(None, description="Scheduler of the pod.")
    options: KindOptions = Field(description="What people choose.")


class WorkspaceKindSpec(Shape):
    """What a WorkspaceKind defines."""

    spawner: Spawner = Field(description="How it is shown to people.")
    pod_template: KindPodTemplate = Field(description="What pods are made from.")
    activity_rules: tuple[ActivityRule, ...] = Field(
        (), description="What happens to Workspaces that nobody uses; the first that matches counts."
    )
    filter_rules: tuple[FilterRule, ...] = Field(
        (), description="What a namespace may not see or use; the first that matches counts."
    )


class WorkspaceKind(Shape):
    """A sort of workspace, with the options that people choose from."""

    api_version: str
    kind: str
    metadata: CustomObjectMeta
    spec: WorkspaceKindSpec
    status: status_of(WorkspaceKindStatus) = None  # type: ignore[valid-type]


# ---- Workspace ----


class DataVolume(Shape):
    """A PersistentVolumeClaim that is mounted."""

    pvc_name: DNSSubdomain = Field(description="Name of the PersistentVolumeClaim.")
    mount_path: MountPath = Field(description="Absolute path in the main container.")
    read_only: Bool = Field(False, description="Mounted read-only.")


class SecretVolume(Shape):
    """A Secret that is mounted, each of its keys as a file."""

    secret_name: DNSSubdomain = Field(description="Name of the Secret.")
    mount_path: MountPath = Field(description="Absolute path in the main container.")
    default_mode: Mode = Field(420, description="Mode bits of the files.")


class WorkspaceVolumes(Shape):
    """The volumes of a Workspace."""

    home: DNSSubdomain | None = Field(None, description="PersistentVolumeClaim of the home folder.")
    data: Annotated[tuple[DataVolume, ...], ListMap("mountPath")] = Field(
        (), description="Further PersistentVolumeClaims."
    )
    secrets: Annotated[tuple[SecretVolume, ...], ListMap("mountPath")] = Field(
        (), description="Secrets mounted as files."
    )


class WorkspaceOptions(Shape):
    """What a user chose."""

    image_config: OptionId = Field(description="Id of the imageConfig option.")
    pod_config: OptionId = Field(description="Id of the podConfig option.")


class WorkspacePodTemplate(Shape):
    """What a user says about the pod."""

    pod_metadata: Labelled | None = Field(None, description="Labels and annotations of the pod.")
    volumes: WorkspaceVolumes = Field(description="Its volumes.")
    options: WorkspaceOptions = Field(description="The chosen options.")


class WorkspaceSpec(Shape):
    """What a user asks for."""

    paused: Bool = Field(False, description="True stops it; its volumes stay.")
    display_name: str | None = Field(None, min_length=1, max_length=128, description="Name shown to people.")
    kind: DNSSubdomain = Field(description="Name of the WorkspaceKind. It cannot be changed.")
    pod_template: WorkspacePodTemplate = Field(description="What the user says about the pod.")


class Workspace(Shape):
    """A user's workspace: a WorkspaceKind, the options chosen from it, and what the user adds."""

    api_version: str
    kind: str
    metadata: CustomObjectMeta
    spec: WorkspaceSpec
    status: status_of(WorkspaceStatus) = None  # type: ignore[valid-type]


# ---- changes, and printing ----


def transitions(
    old: WorkspaceKind | Workspace, new: WorkspaceKind | Workspace
) -> Iterator[tuple[RawPath, str]]:
    """The fields that were changed although they cannot be, each as its raw path and the reason.

    Raises: TypeError for an old and a new object of two kinds.
    Source: the CEL rules of the CRDs that compare with oldSelf.
    """
    if isinstance(old, WorkspaceKind) and isinstance(new, WorkspaceKind):
        if old.spec.pod_template.volume_mounts.home != new.spec.pod_template.volume_mounts.home:
            yield ("spec", "podTemplate", "volumeMounts", "home"), "the mount path of home cannot be changed"
    elif isinstance(old, Workspace) and isinstance(new, Workspace):
        if old.spec.kind != new.spec.kind:
            yield ("spec", "kind"), "the kind of a Workspace cannot be changed"
    else:
        raise TypeError(f"a {type(old).__name__} does not become a {type(new).__name__}")


def printed(part: Shape) -> dict[str, Json]:
    """The object as it was written: its own fields under their own names, and only those that were set.

    Laws: test_what_was_parsed_prints_as_it_was, test_what_was_printed_parses_to_the_same.
    """
    fields = type(part).model_fields.items()
    names = ((name, info.alias or name) for name, info in fields if name in part.model_fields_set)
    return {alias: _printed(getattr(part, name)) for name, alias in names}


def _printed(value: Any) -> Json:
    if isinstance(value, Shape):
        return printed(value)
    return [_printed(one) for one in value] if isinstance(value, tuple) else value
