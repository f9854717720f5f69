"""Containers: their names and images, and which fields each kind of them may have.

What a field means is the business of the module for that field; this one sends each field there.
Refuses to know volumes, mounts and security contexts.
Source: validateContainers, validateInitContainers, validateEphemeralContainers, validateContainerCommon.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from nbcore.checks.fault import Fault, Faults, Pod, RawPath
from nbcore.checks.semantics import env, ports, probes, resources, restarts, values
from nbcore.checks.semantics.surroundings import Surroundings
from nbcore.finding import Fix
from nbcore.kubernetes import names
from nbcore.kubernetes.paths import Path

PULL_POLICIES: Final = ("Always", "IfNotPresent", "Never")
MESSAGE_POLICIES: Final = ("File", "FallbackToLogsOnError")
LISTS: Final = ("containers", "initContainers", "ephemeralContainers")
"""The lists of containers in the order in which the first of equal names counts."""
_SPACES: Final = "\t\n\v\f\r \u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
"""What Go takes for white space."""


def check(pod: Pod) -> Faults:
    """Everything that is wrong with the containers of a pod."""
    spec, around = values.spec_of(pod), Surroundings(pod)
    if not spec.get("containers"):
        yield from values.required(
            "NB434", ("spec", "containers"), "the list of containers", None, "Add a container."
        )
    yield from _name_faults(spec)
    for field in LISTS:
        of_kind = _KINDS[field]
        for index, container in values.elements(spec, field):
            path = ("spec", field, index)
            yield from _common_faults(container, path, around)
            yield from of_kind(container, path, around)
    yield from _host_faults(spec, around)


def _name_faults(spec: Mapping[str, Any]) -> Faults:
    """Names that are missing, malformed or given twice, over all lists."""
    first: dict[str, RawPath] = {}
    for field in LISTS:
        for index, container in values.elements(spec, field):
            path, name = ("spec", field, index, "name"), container.get("name") or ""
            problem = names.problem_with_dns_label
            yield from values.required_name("NB430", path, "the name of the container", name, problem)
            earlier = first.setdefault(name, path)
            if name and earlier is not path:
                message = f"two containers are named {values.shown(name)}"
                yield Fault("NB431", path, message, "Give each its own name.", (earlier,))
            if field == "ephemeralContainers":
                yield from _target_faults(container, ("spec", field, index), first)


def _target_faults(container: Mapping[str, Any], path: RawPath, first: Mapping[str, RawPath]) -> Faults:
    target = container.get("targetContainerName")
    found = first.get(target) if target else None
    if target and (found is None or found[1] == "ephemeralContainers"):
        message = f"the pod has no container {values.shown(target)}"
        remedy = "Name a regular or init container of the pod."
        yield Fault("NB451", (*path, "targetContainerName"), message, remedy)


def _host_faults(spec: Mapping[str, Any], around: Surroundings) -> Faults:
    """What the ports of all regular containers, which run together, and of each init container take."""
    regular = list(_placed_ports(spec, "containers"))
    yield from ports.host_port_faults(regular, around)
    if around.host_network:
        yield from ports.host_network_faults(regular)
    for index, container in values.elements(spec, "initContainers"):
        yield from ports.host_port_faults(_ports_of(container, ("spec", "initContainers", index)), around)


def _placed_ports(spec: Mapping[str, Any], field: str) -> Iterator[ports.PlacedPort]:
    for index, container in values.elements(spec, field):
        if "ports" in container:
            yield from _ports_of(container, ("spec", field, index))


def _ports_of(container: Mapping[str, Any], path: RawPath) -> Iterable[ports.PlacedPort]:
    return (((*path, "ports", index), port) for index, port in values.elements(container, "ports"))


# ---- fields of every container ----


def _common_faults(container: Mapping[str, Any], path: RawPath, around: Surroundings) -> Faults:
    yield from _image_faults(container.get("image") or "", (*path, "image"))
    for field, value in container.items():
        if value and (of_field := _FIELDS.get(field)):
            yield from of_field(value, (*path, field), around)


def _image_faults(image: str, path: RawPath) -> Faults:
    if not image:
        yield from values.required("NB432", path, "the image", image, "Name an image.")
    elif image.strip(_SPACES) != image:
        message = f"the image {values.shown(image)} has white space around it"
        fix = Fix("replace", Path(path), image.strip(_SPACES)) if image.strip(_SPACES) else None
        yield Fault("NB432", path, message, "Write it without the white space.", fix=fix)


def _choice(*allowed: str) -> Callable[[Any, RawPath, Surroundings], Faults]:
    """The check of a field that knows only some texts."""

    def faults(value: Any, path: RawPath, around: Surroundings) -> Faults:
        return values.one_of("NB433", path, str(path[-1]), value, allowed)

    return faults


def _resources(asked: Mapping[str, Any], path: RawPath, around: Surroundings) -> Faults:
    yield from resources.requirement_faults(asked, path)
    if asked.get("claims"):
        yield from resources.claim_faults(asked["claims"], (*path, "claims"), around.claims)


_FIELDS: Final[Mapping[str, Callable[[Any, RawPath, Surroundings], Faults]]] = {
    "env": env.env_faults,
    "envFrom": env.env_from_faults,
    "imagePullPolicy": _choice(*PULL_POLICIES),
    "ports": ports.port_faults,
    "resizePolicy": restarts.resize_faults,
    "resources": _resources,
    "terminationMessagePolicy": _choice(*MESSAGE_POLICIES),
}
"""Fields of all containers; an empty value of theirs counts as absent."""


# ---- fields that depend on the kind of container ----


def _regular_faults(container: Mapping[str, Any], path: RawPath, around: Surroundings) -> Faults:
    yield from restarts.restart_faults(container, path)
    for field, of_field in _WHILE_RUNNING.items():
        if field in container:
            yield from of_field(container[field], (*path, field), around)


def _init_faults(container: Mapping[str, Any], path: RawPath, around: Surroundings) -> Faults:
    if container.get("restartPolicy") == "Always":
        yield from _regular_faults(container, path, around)
        return
    yield from restarts.restart_faults(container, path)
    yield from restarts.init_resize_faults(container.get("resizePolicy") or [], (*path, "resizePolicy"))
    for field in _WHILE_RUNNING:
        # The server drops stopSignal, and a lifecycle of nothing else with it.
        if field in container and [*container[field]] != ["stopSignal"]:
            message = f"an init container that is no sidecar may not have {field}"
            remedy = "Remove it, or make the container a sidecar with restartPolicy Always."
            fix = Fix("remove", Path((*path, field)), safe=False)
            yield Fault("NB450", (*path, field), message, remedy, fix=fix)


def _ephemeral_faults(container: Mapping[str, Any], path: RawPath, around: Surroundings) -> Faults:
    for field in _NOT_EPHEMERAL:
        if container.get(field):
            yield values.forbidden("NB450", (*path, field), f"an ephemeral container may not have {field}")


_WHILE_RUNNING: Final[Mapping[str, Callable[[Any, RawPath, Surroundings], Faults]]] = {
    "lifecycle": probes.lifecycle_faults,
    "livenessProbe": probes.probe_faults,
    "readinessProbe": probes.probe_faults,
    "startupProbe": probes.probe_faults,
}
"""Fields of containers that run as long as the pod does: regular ones and sidecars."""
_NOT_EPHEMERAL: Final = (
    *_WHILE_RUNNING,
    "ports",
    "resources",
    "resizePolicy",
    "restartPolicy",
    "restartPolicyRules",
)
_KINDS: Final[Mapping[str, Callable[[Mapping[str, Any], RawPath, Surroundings], Faults]]] = {
    "containers": _regular_faults,
    "initContainers": _init_faults,
    "ephemeralContainers": _ephemeral_faults,
}
