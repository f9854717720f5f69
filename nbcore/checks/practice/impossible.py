"""Values that Kubernetes accepts and that can never work: names and addresses that nothing can have (NB9).

Refuses to know whether something of a possible name exists.

Source: kubernetes pkg/apis/core/validation leaves these fields unchecked; what they refer to is checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from nbcore.checks.fault import Fault, Faults, Pod, RawPath
from nbcore.checks.practice.places import containers, volumes
from nbcore.kubernetes import names

Problem = Callable[[object], "str | None"]
_OBJECTS: Final[tuple[tuple[tuple[str, ...], str], ...]] = (
    (("persistentVolumeClaim", "claimName"), "PersistentVolumeClaim"),
    (("configMap", "name"), "ConfigMap"),
    (("secret", "secretName"), "Secret"),
)
"""Names of objects in volumes that the API server does not look at."""
_KNOWN: Final = """
    ALL AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE
    DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD
    NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN
    SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME
    SYS_TTY_CONFIG WAKE_ALARM
"""
_CAPABILITIES: Final = frozenset(_KNOWN.split())


def impossible_values(pod: Pod) -> Faults:
    """The fault of every value that nothing in a cluster can have."""
    for path, value, what, problem in _values(pod):
        reason = problem(value)
        if reason:
            yield Fault(
                "NB915", path, f"the {what} {str(value)[:64]!r} {reason}", "Write one that can exist."
            )


def _values(pod: Pod) -> Iterator[tuple[RawPath, Any, str, Problem]]:
    """Every value to be looked at: its place, what it is, and what is asked of it."""
    spec = pod.get("spec") or {}
    yield from _in_volumes(pod)
    if spec.get("schedulerName"):
        yield ("spec", "schedulerName"), spec["schedulerName"], "scheduler", names.problem_with_dns_subdomain
    for at, one in enumerate(spec.get("topologySpreadConstraints") or ()):
        if one.get("topologyKey"):
            path: RawPath = ("spec", "topologySpreadConstraints", at, "topologyKey")
            yield path, one["topologyKey"], "topology key", names.problem_with_label_key
    for container in containers(pod, init=True):
        yield from _in_container(container.at, container.value)


def _in_volumes(pod: Pod) -> Iterator[tuple[RawPath, Any, str, Problem]]:
    for path, volume in volumes(pod):
        for (source, field), kind in _OBJECTS:
            name = (volume.get(source) or {}).get(field)
            if name:
                yield (*path, source, field), name, kind, names.problem_with_dns_subdomain
        for at, one in enumerate((volume.get("projected") or {}).get("sources") or ()):
            for source, kind in (("configMap", "ConfigMap"), ("secret", "Secret")):
                name = (one.get(source) or {}).get("name")
                if name:
                    place = (*path, "projected", "sources", at, source, "name")
                    yield place, name, kind, names.problem_with_dns_subdomain


def _in_container(at: RawPath, container: dict[str, Any]) -> Iterator[tuple[RawPath, Any, str, Problem]]:
    for index, port in enumerate(container.get("ports") or ()):
        if port.get("hostIP"):
            yield (*at, "ports", index, "hostIP"), port["hostIP"], "address", names.problem_with_ip
    for index, mount in enumerate(container.get("volumeMounts") or ()):
        if mount.get("mountPath"):
            yield (*at, "volumeMounts", index, "mountPath"), mount["mountPath"], "mount path", _mount_path
    capabilities = (container.get("securityContext") or {}).get("capabilities") or {}
    for field in ("add", "drop"):
        for index, one in enumerate(capabilities.get(field) or ()):
            yield (*at, "securityContext", "capabilities", field, index), one, "capability", _capability


def _mount_path(path: object) -> str | None:
    text = str(path)
    if not text.startswith("/") and text[1:3] not in (":\\", ":/"):
        return "is relative: where it leads depends on the image"
    return "holds `..`" if ".." in text.split("/") else None


def _capability(name: object) -> str | None:
    known = str(name).upper().removeprefix("CAP_") in _CAPABILITIES
    return None if known else "is none that Linux has"
