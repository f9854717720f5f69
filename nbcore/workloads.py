"""Plain pods and workloads: where they hold a pod, and what is wrong with it.

Refuses to know kinds and notebooks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from nbcore.attribution import written_at
from nbcore.checks.fault import Fault
from nbcore.checks.pods import Policy, pod_faults
from nbcore.checks.scalars_written import may_hold_octal, quoted, surprising_scalars
from nbcore.finding import Finding
from nbcore.model.element import Origin
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


@dataclass(frozen=True, slots=True)
class Held:
    """The pod that an object holds, and where."""

    pod: Any
    root: tuple[str, ...]


def held(one: Plain) -> Held | None:
    """The pod of an object; None for a kind that holds none, and where it is missing or no map."""
    root = POD_AT.get((one.api_version.rpartition("/")[0], one.kind))
    if root is None:
        return None
    pod: Any = one.value
    for step in root:
        pod = pod.get(step) if isinstance(pod, dict) else None
    return Held(pod, root) if isinstance(pod, dict) else None


def workload_findings(one: Plain, policy: Policy) -> Iterator[Finding]:
    """Everything that the rules have against the pod of an object; nothing for an object without one."""
    found = held(one)
    if found is None:
        return
    for fault in _faults(one, found, policy):
        yield quoted(written_at(fault, one.origin, found.root), one.origin.document)
    yield from written(one.origin)


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
