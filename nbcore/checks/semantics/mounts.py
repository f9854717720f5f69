"""Mounts and block devices of containers: that they name volumes of the pod, and that their paths fit together.

Refuses to know what the volumes hold, and paths that the system or the notebook needs.
Source: k8s.io/kubernetes/pkg/apis/core/validation, ValidateVolumeMounts, ValidateVolumeDevices, at v1.36.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from nbcore.checks.fault import Fault, Faults, Pod, RawPath
from nbcore.checks.semantics.values import containers_of, elements, one_of, required, shown, spec_of, valid
from nbcore.finding import Fix
from nbcore.kubernetes.names import closest, problem_with_backsteps, problem_with_relative_path
from nbcore.kubernetes.paths import Path

NO_VOLUME: Final = "NB472"
SAME_PATH: Final = "NB473"
NO_PATH: Final = "NB474"
SUB_PATH: Final = "NB475"
OPTION: Final = "NB476"
DEVICE: Final = "NB477"

_PROPAGATIONS: Final = ("None", "HostToContainer", "Bidirectional")
_RECURSIVE: Final = ("Disabled", "IfPossible", "Enabled")
_SUB_PATHS: Final = ("subPath", "subPathExpr")
_PATHS: Final = {"volumeMounts": "mountPath", "volumeDevices": "devicePath"}
"""The lists of a container that use volumes, and the field that says where each volume appears."""
_BLOCK_SOURCES: Final = ("persistentVolumeClaim", "ephemeral")


def check(pod: Pod) -> Faults:
    """Faults of the mounts and devices of all containers."""
    spec = spec_of(pod)
    volumes = {one["name"]: one for _, one in elements(spec, "volumes") if one.get("name")}
    for path, container in containers_of(pod):
        if container.get("volumeMounts"):
            yield from _names(container, path, "volumeMounts", volumes)
            yield from _mounts(container, path)
        if container.get("volumeDevices"):
            yield from _names(container, path, "volumeDevices", volumes)
            yield from _devices(container, path, volumes)
            yield from _host_users(spec, path)
        yield from _collisions(container, path)


def _names(container: Mapping[str, Any], path: RawPath, field: str, volumes: Mapping[str, Any]) -> Faults:
    """Faults of the names of volumes in one of the lists, and of paths that are not given."""
    for index, use in elements(container, field):
        name, place = use.get("name"), (*path, field, index)
        yield from required(NO_VOLUME, (*place, "name"), "the name of the volume", name, _name_one(volumes))
        if name and name not in volumes:
            near = closest(name, volumes)
            remedy = f"Did you mean {near}?" if near else _name_one(volumes)
            fix = Fix("replace", Path((*place, "name")), near, safe=False) if near else None
            yield Fault(NO_VOLUME, (*place, "name"), f"the pod has no volume {shown(name)}", remedy, fix=fix)
        at = _PATHS[field]
        yield from required(NO_PATH, (*place, at), at, use.get(at), "Say where it appears in the container.")


def _name_one(volumes: Mapping[str, Any]) -> str:
    return "Name one of the pod's volumes." if volumes else "Add the volume to the pod."


def _collisions(container: Mapping[str, Any], path: RawPath) -> Faults:
    """Faults of two volumes at one path, and of one volume that is both mounted and a device."""
    first: dict[str, RawPath] = {}
    for place, at in _places(container, path):
        if at and (earlier := first.setdefault(at, place)) != place:
            message = f"the path {shown(at)} is taken already"
            yield Fault(SAME_PATH, place, message, "Give one of them another path.", (earlier,))
    mounted = {use.get("name") for _, use in elements(container, "volumeMounts")}
    for index, use in elements(container, "volumeDevices"):
        if use.get("name") in mounted:
            message = f"the volume {shown(use.get('name'))} is mounted as well, it cannot be both"
            yield Fault(DEVICE, (*path, "volumeDevices", index, "name"), message, "Keep one of the two.")


def _places(container: Mapping[str, Any], path: RawPath) -> Iterator[tuple[RawPath, Any]]:
    for field, at in _PATHS.items():
        for index, use in elements(container, field):
            yield (*path, field, index, at), use.get(at)


# ---- mounts ----


def _mounts(container: Mapping[str, Any], path: RawPath) -> Faults:
    privileged = (container.get("securityContext") or {}).get("privileged") is True
    for index, mount in elements(container, "volumeMounts"):
        place = (*path, "volumeMounts", index)
        yield from _sub_paths(mount, place)
        if mount.get("mountPropagation") is not None:
            yield from _propagation(mount["mountPropagation"], place, path, privileged=privileged)
        if mount.get("recursiveReadOnly") is not None:
            yield from _recursive(mount, place)


def _sub_paths(mount: Mapping[str, Any], place: RawPath) -> Faults:
    given = [field for field in _SUB_PATHS if mount.get(field)]
    for field in given:
        remedy = "Write a path below the root of the volume, such as home/data."
        yield from valid(SUB_PATH, (*place, field), field, mount[field], problem_with_relative_path, remedy)
        if "ephemeralContainers" in place:
            message = f"an ephemeral container cannot mount a {field}"
            yield Fault(SUB_PATH, (*place, field), message, "Mount the whole volume.")
    if len(given) > 1:
        message = "subPath and subPathExpr exclude each other"
        yield Fault(SUB_PATH, (*place, given[1]), message, "Keep one of them.", ((*place, given[0]),))


def _propagation(word: str, place: RawPath, container: RawPath, *, privileged: bool) -> Faults:
    below = (*place, "mountPropagation")
    yield from one_of(OPTION, below, "mountPropagation", word, _PROPAGATIONS)
    if word == "Bidirectional" and not privileged:
        message = "mountPropagation Bidirectional needs a privileged container"
        related = ((*container, "securityContext", "privileged"),)
        yield Fault(OPTION, below, message, "Use HostToContainer, or None.", related)


def _recursive(mount: Mapping[str, Any], place: RawPath) -> Faults:
    word, below = mount["recursiveReadOnly"], (*place, "recursiveReadOnly")
    yield from one_of(OPTION, below, "recursiveReadOnly", word, _RECURSIVE)
    if word not in _RECURSIVE[1:]:
        return
    if mount.get("readOnly") is not True:
        message = f"recursiveReadOnly {word} needs a mount that is readOnly"
        read_only = (*place, "readOnly")
        fix = Fix("replace" if "readOnly" in mount else "add", Path(read_only), True, safe=False)
        yield Fault(OPTION, below, message, "Set readOnly to true.", (read_only,), fix=fix)
    if mount.get("mountPropagation", "None") != "None":
        message = f"recursiveReadOnly {word} does not go with mountPropagation"
        yield Fault(OPTION, below, message, "Remove mountPropagation.", ((*place, "mountPropagation"),))


# ---- block devices ----


def _devices(container: Mapping[str, Any], path: RawPath, volumes: Mapping[str, Any]) -> Faults:
    seen: set[str] = set()
    for index, device in elements(container, "volumeDevices"):
        place, name = (*path, "volumeDevices", index), device.get("name")
        yield from valid(
            NO_PATH, (*place, "devicePath"), "devicePath", device.get("devicePath"), problem_with_backsteps
        )
        if name in volumes and not any(volumes[name].get(one) is not None for one in _BLOCK_SOURCES):
            message = f"the volume {shown(name)} cannot be a block device: it is no claim"
            remedy = "Use a volume from a persistentVolumeClaim or ephemeral, or mount it."
            yield Fault(DEVICE, (*place, "name"), message, remedy)
        if name and name in seen:
            message = f"the volume {shown(name)} is given as a device more than once"
            yield Fault(DEVICE, (*place, "name"), message, "Remove one of them.")
        seen.add(name or "")


def _host_users(spec: Mapping[str, Any], path: RawPath) -> Faults:
    if spec.get("hostUsers") is False:
        message = "block devices do not work in a user namespace, and hostUsers is false"
        remedy = "Mount the volume, or set hostUsers to true."
        yield Fault(DEVICE, (*path, "volumeDevices"), message, remedy, (("spec", "hostUsers"),))
