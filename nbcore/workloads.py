"""Plain pods and workloads: where they hold a pod, and what is wrong with it.

Refuses to know kinds and notebooks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from nbcore.attribution import written_at
from nbcore.checks.derived_names import check_derived_names
from nbcore.checks.fault import Fault
from nbcore.checks.pods import Policy, pod_faults
from nbcore.checks.scalars_written import may_hold_octal, quoted, surprising_scalars
from nbcore.finding import Finding
from nbcore.kubernetes.paths import Path
from nbcore.kubernetes.selector import Selector
from nbcore.model.origin import Origin
from nbcore.model.plain import Plain

POD_AT: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("", "Pod"): (),
    ("", "PodTemplate"): ("template",),
    ("", "ReplicationController"): ("spec", "template"),
    ("apps", "DaemonSet"): ("spec", "template"),
    ("apps", "Deployment"): ("spec", "template"),
    ("apps", "ReplicaSet"): ("spec", "template"),
    ("apps", "StatefulSet"): ("spec", "template"),
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
    ("batch", "Job"): ("spec", "template"),
}
"""API group and kind of the objects that hold a pod, and where."""

_RESTARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "ReplicationController": ("Always",),
    "DaemonSet": ("Always",),
    "Deployment": ("Always",),
    "ReplicaSet": ("Always",),
    "StatefulSet": ("Always",),
    "CronJob": ("OnFailure", "Never"),
    "Job": ("OnFailure", "Never"),
}
"""The restart policies that a workload's pods may have."""


_SELECTING: Final = frozenset({"DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"})
"""The workloads that must say by a label selector which pods are theirs."""
_DERIVING: Final = frozenset({("apps/v1", "StatefulSet"), ("batch/v1", "CronJob"), ("batch/v1", "Job")})
"""The workloads whose name has to fit into names and labels of what they make."""
_NAMES: Final[Mapping[str, tuple[str, str]]] = {kind.lower(): (group, kind) for group, kind in POD_AT}
_OF_KUBERNETES: Final = ("", "apps", "batch", "extensions")
"""The API groups in which nothing but Kubernetes itself has kinds; every other group has a dot."""


@dataclass(frozen=True, slots=True)
class Held:
    """The pod that an object holds, and where.

    Shape: ``claims`` are the volumes of the pod that a StatefulSet makes of its claim templates: the number of
    the volume, and of the template.
    """

    pod: Any
    root: tuple[str, ...]
    claims: Mapping[int, int] = field(default_factory=dict)

    def finding(self, fault: Fault, origin: Origin) -> Finding:
        """The finding for a fault of the pod, at its place in the object."""
        fix = fault.fix
        placed = fault._replace(
            path=self._place(fault.path),
            related=tuple(map(self._place, fault.related)),
            fix=fix and fix._replace(path=Path(self._place(fix.path.indexed))),
        )
        return written_at(placed, origin, ())

    def _place(self, path: Sequence[str | int]) -> tuple[str | int, ...]:
        """The place in the object for one in the pod; of a volume that is made, the name of its template."""
        made = path[:2] == ("spec", "volumes") and len(path) > 2 and path[2] in self.claims
        if made:
            return ("spec", "volumeClaimTemplates", self.claims[int(path[2])], "metadata", "name")
        return (*self.root, *path)


def held(one: Plain) -> Held | None:
    """The pod of an object; None for a kind that holds none, and where it is missing or no map."""
    root = POD_AT.get((one.api_version.rpartition("/")[0], one.kind))
    if root is None:
        return None
    pod: Any = one.value
    for step in root:
        pod = pod.get(step) if isinstance(pod, dict) else None
    if not isinstance(pod, dict):
        return None
    return _of_stateful_set(one.value, pod, root) if one.kind == "StatefulSet" else Held(pod, root)


def _of_stateful_set(value: Mapping[str, Any], pod: dict[str, Any], root: tuple[str, ...]) -> Held:
    """The pod as the controller makes it: a volume for each claim template, and the host name of its own.

    Source: kubernetes pkg/apis/apps/validation: ValidateStatefulSetSpec, volumesToAddForTemplates.
    """
    spec = pod.get("spec")
    volumes = (spec.get("volumes") or []) if isinstance(spec, dict) else None
    if not isinstance(spec, dict) or not isinstance(volumes, list):
        return Held(pod, root)
    given = {at: one for at, one in enumerate(volumes) if isinstance(one, dict)}
    places = {one["name"]: at for at, one in given.items() if isinstance(one.get("name"), str)}
    made, claims = list(volumes), dict[int, int]()
    for number, name in _claim_names(value["spec"]):
        at = places.setdefault(name, len(made))
        made[at : at + 1] = [{"name": name, "persistentVolumeClaim": {"claimName": name}}]
        claims[at] = number
    overwritten = {one for one in ("hostname", "subdomain") if isinstance(spec.get(one), str)}
    kept = {key: one for key, one in spec.items() if key not in overwritten}
    return Held({**pod, "spec": {**kept, "volumes": made} if made else kept}, root, claims)


def _claim_names(spec: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """The number and name of each claim template that has a name."""
    templates = spec.get("volumeClaimTemplates")
    for number, one in enumerate(templates if isinstance(templates, list) else ()):
        metadata = one.get("metadata") if isinstance(one, dict) else None
        name = metadata.get("name") if isinstance(metadata, dict) else None
        if isinstance(name, str):
            yield number, name


def uid_of(value: Any) -> str:
    """The uid that a cluster gave to an object; ``""`` for one that no cluster has stored."""
    metadata = value.get("metadata") if isinstance(value, dict) else None
    uid = metadata.get("uid") if isinstance(metadata, dict) else None
    return uid if isinstance(uid, str) else ""


def controllers_of(one: Plain) -> frozenset[str]:
    """The uids of the objects that made this one in a cluster; none for what was never stored."""
    owners = one.value["metadata"].get("ownerReferences") if uid_of(one.value) else None
    found = (one for one in owners if isinstance(one, dict)) if isinstance(owners, list) else ()
    return frozenset(
        one["uid"] for one in found if one.get("controller") is True and isinstance(one.get("uid"), str)
    )


def workload_findings(one: Plain, policy: Policy) -> Iterator[Finding]:
    """Everything that the rules have against the pod of an object; nothing for an object without one."""
    found = held(one)
    if found is None:
        yield from without_pod(one)
        return
    for fault in _faults(one, found, policy):
        yield quoted(found.finding(fault, one.origin), one.origin.document)
    yield from _selector_finding(one, found.pod)
    yield from written(one.origin)


def without_pod(one: Plain) -> Iterator[Finding]:
    """The finding for a workload without a pod template; PodTemplates and Pods may be as empty as they like."""
    root = POD_AT.get((one.api_version.rpartition("/")[0], one.kind), ())
    if len(root) > 1:
        where = ".".join(root)
        yield one.origin.finding("NB107", f"{where} is missing, or no map", f"Give {where} a pod.", path=root)


def _selector_finding(one: Plain, pod: Mapping[str, Any]) -> Iterator[Finding]:
    """The finding for a workload that does not select its own pods.

    Source: kubernetes pkg/apis/apps/validation: ValidateDeploymentSpec and the like.
    """
    if one.kind not in _SELECTING or not isinstance(one.value.get("spec"), dict):
        return
    selector, problems = Selector.parse(one.value["spec"].get("selector"))
    metadata = pod.get("metadata")
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    texts = (
        {key: value for key, value in labels.items() if isinstance(value, str)}
        if isinstance(labels, dict)
        else {}
    )
    path: tuple[str | int, ...] = ("spec", "selector")
    if problems:
        place, reason = problems[0]
        path, reason = (*path, *place), f"the selector is not valid: {reason}"
    elif selector is None or not selector.requirements:
        reason = "the selector is missing or empty, and selects no pod of its own"
    elif failure := selector.first_failure(texts):
        reason = f"the selector needs {failure}, and the pods of the template do not have it"
    else:
        return
    yield one.origin.finding(
        "NB496", reason, "Select by labels that spec.template.metadata.labels has.", path=path
    )


def misnamed(one: Plain) -> Iterator[Finding]:
    """The finding for a kind that is written in the wrong case, or in an API version that does not have it."""
    group, _, version = one.api_version.rpartition("/")
    known = _NAMES.get(one.kind.lower())
    if known is None or group not in _OF_KUBERNETES or ((group, one.kind) == known and version == "v1"):
        return
    newest = f"{known[0]}/v1".removeprefix("/")
    path, remedy = ("kind", f"Did you mean {known[1]}?")
    if one.kind == known[1]:
        path, remedy = ("apiVersion", f"Write {newest}.")
    message = f"{one.api_version[:64]} has no kind {one.kind[:64]}"
    yield one.origin.finding("NB104", message, remedy, path=(path,))


def derived(one: Plain) -> Iterator[Finding]:
    """The finding for a workload from whose name the names and labels of its pods cannot be derived."""
    if (one.api_version, one.kind) not in _DERIVING or _selects_by_hand(one):
        return
    given = one.value.get("metadata")
    prefix = given.get("generateName") if isinstance(given, dict) else None
    yield from check_derived_names(one.kind, one.name, prefix if isinstance(prefix, str) else "", one.origin)


def _selects_by_hand(one: Plain) -> bool:
    """Whether it is a Job that gives its pods no label of its own name."""
    spec = one.value.get("spec")
    return one.kind == "Job" and isinstance(spec, dict) and spec.get("manualSelector") is True


def written(origin: Origin) -> list[Finding]:
    """What is written in a way that Kubernetes reads as something else."""
    document = origin.document
    if document is None:
        return []
    return surprising_scalars(origin, octal=may_hold_octal(document.text))


def _faults(one: Plain, found: Held, policy: Policy) -> Iterator[Fault]:
    yield from pod_faults(found.pod, policy, "PodTemplateSpec" if found.root else "Pod")
    yield from _restart_fault(one.kind, found.pod)


def _restart_fault(kind: str, pod: Mapping[str, Any]) -> Iterator[Fault]:
    """A restart policy that the workload's kind does not allow; absent it is Always."""
    allowed = _RESTARTS.get(kind, ())
    spec = pod.get("spec")
    policy = spec.get("restartPolicy") if isinstance(spec, dict) else None
    if not allowed or not isinstance(spec, dict) or not isinstance(policy, str | None):
        return
    if (policy or "Always") not in allowed and (policy or "Always") in ("Always", "OnFailure", "Never"):
        words = " or ".join(allowed)
        message = f"the pods of a {kind} cannot have the restart policy {policy or 'Always'}"
        yield Fault("NB495", ("spec", "restartPolicy"), message, f"Set restartPolicy to {words}.")
