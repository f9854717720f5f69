"""Random realistic notebook pods out of a seed: JupyterLab, VS Code and RStudio, plain or with all the trimmings.

A pod is a shape with features added, each a fragment that an API server takes; names that refer to each other
do. It refuses to know what is wrong with a pod: `pod_mutants` breaks them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from random import Random
from typing import Any, TypeAlias

from tests.oracles.pod_fragments import (
    ENV,
    ENV_FROM,
    EXIT_RULES,
    HOOKS,
    METADATA,
    MOUNTS,
    NODE_TERMS,
    POD_SECURITY,
    POD_TERMS,
    PROBE_HANDLERS,
    RESIZES,
    RESOURCES,
    SECURITY,
    SHAPES,
    SOURCES,
    SPREADS,
    TIMINGS,
    TOLERATIONS,
    WHOLE,
    WINDOWS,
    Object,
)

Json: TypeAlias = Any


def pod(random: Random) -> Object:
    """A valid pod; its values are nobody else's."""
    rich = random.choice((0.1, 0.3, 0.6))
    spec = _windows(random) if random.random() < 0.06 else _linux(random, rich)
    made = {"apiVersion": "v1", "kind": "Pod", "metadata": _metadata(random, rich), "spec": spec}
    copied: Object = json.loads(json.dumps(made))
    _reconcile(copied["spec"])
    return copied


def _metadata(random: Random, rich: float) -> Object:
    name = random.choice(
        ({"name": "ada-jupyter"}, {"name": "lab-0"}, {"generateName": "lab-"}, {"name": "a.b"})
    )
    return _merged([name, *_some(random, METADATA, rich)])


def _linux(random: Random, rich: float) -> Object:
    volumes = _volumes(random, rich)
    devices = (
        [{"name": "disk", "persistentVolumeClaim": {"claimName": "disk"}}]
        if random.random() < 0.1 * rich
        else []
    )
    claims = _claims(random) if random.random() < 0.3 * rich else []
    context = _Context(
        random, rich, [one["name"] for one in volumes], [one["name"] for one in claims], bool(devices)
    )
    spec = _merged(_some(random, WHOLE, rich * 0.4))
    spec |= {"containers": _containers(context), "volumes": volumes + devices}
    spec |= {"resourceClaims": claims} if claims else {}
    features: tuple[tuple[float, Callable[[Random], Object]], ...] = (
        (0.6, lambda random: {"securityContext": _merged(_some(random, POD_SECURITY, 0.3))}),
        (0.4, lambda random: {"initContainers": _init_containers(context)}),
        (0.4, lambda random: {"tolerations": _some(random, TOLERATIONS, 0.4)}),
        (0.5, lambda random: {"affinity": _affinity(random)}),
        (0.3, lambda random: {"topologySpreadConstraints": _some(random, SPREADS, 0.5)}),
        (0.1, lambda random: {"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"}),
    )
    for often, feature in features:
        if random.random() < often * (rich + 0.3):
            spec |= feature(random)
    return spec


def _reconcile(spec: Object) -> None:
    """Takes out of a spec what two features, each fine alone, refuse each other."""
    for holds, fields in _EXCLUSIVE:
        if holds(spec):
            for field in fields:
                spec.pop(field, None)
    every = [*spec["containers"], *spec.get("initContainers", ())]
    if spec.get("hostNetwork"):
        for container in every:
            for index, port in enumerate(container.get("ports", ())):
                port["containerPort"] = 1024 + _number(container["name"]) + index
        spec.get("securityContext", {}).pop("sysctls", None)
    if spec.get("hostUsers") is False:
        spec["volumes"] = [one for one in spec["volumes"] if one["name"] != "disk"]
        for container in every:
            container.pop("volumeDevices", None)
    if any("projected" in one for one in spec.get("volumes", ())):
        spec.setdefault("serviceAccountName", "default-editor")
    if spec.get("dnsPolicy") == "None":
        spec["dnsConfig"] = {"nameservers": ["10.0.0.1"], **spec.get("dnsConfig", {})}


_EXCLUSIVE: tuple[tuple[Callable[[Object], object], tuple[str, ...]], ...] = (
    (lambda spec: spec.get("hostUsers") is False, ("hostNetwork", "hostPID", "hostIPC")),
    (lambda spec: spec.get("hostNetwork"), ("hostnameOverride",)),
    (lambda spec: spec.get("setHostnameAsFQDN"), ("hostnameOverride",)),
    (lambda spec: spec.get("schedulingGates"), ("nodeName",)),
    (lambda spec: spec.get("shareProcessNamespace"), ("hostPID",)),
)
"""What a spec has, and the fields that it then may not have."""


def _number(text: str) -> int:
    """A small number of a text, the same in each run."""
    return 16 * (sum(map(ord, text)) % 2000)


class _Context:
    """What the containers of one pod may refer to."""

    def __init__(
        self, random: Random, rich: float, volumes: list[str], claims: list[str], device: bool
    ) -> None:
        self.random, self.rich, self.volumes, self.claims, self.device = random, rich, volumes, claims, device


def _volumes(random: Random, rich: float) -> list[Object]:
    sources = [SOURCES[0], *random.choices(SOURCES, k=int(random.random() * rich * 10))]
    names = ("home", "dshm", *(f"volume-{number}" for number in range(20)))
    named = [{"name": name, **source} for name, source in zip(names, sources, strict=False)]
    return [*named, {"name": "scratch", "emptyDir": {}}]  # env variables come from a file in it


def _claims(random: Random) -> list[Object]:
    return [
        {"name": "gpu", **random.choice(({"resourceClaimName": "a"}, {"resourceClaimTemplateName": "a.b"}))},
        {"name": "net", "resourceClaimName": "b"},
    ]


def _containers(context: _Context) -> list[Object]:
    main = {**context.random.choice(SHAPES)}
    if context.random.random() < 0.3:
        main["name"] = "main"
    names = ("proxy", "metrics", "sync")[: int(context.random.random() * context.rich * 5)]
    sidecars = [{"name": name, "image": "example.org/sidecar:1"} for name in names]
    return [_container(context, one, probes=True) for one in (main, *sidecars)]


def _init_containers(context: _Context) -> list[Object]:
    plain: Object = {"name": "prepare", "image": "busybox:1", "command": ["sh", "-c", "true"]}
    sidecar: Object = {"name": "agent", "image": "example.org/agent:1", "restartPolicy": "Always"}
    made = [_container(context, plain, probes=False), _container(context, sidecar, probes=True)]
    return context.random.choice((made, made[:1], made[1:], made[::-1]))


def _container(context: _Context, base: Object, *, probes: bool) -> Object:
    """The container with some features; `probes` when it may have probes and hooks."""
    random, rich, made = context.random, context.rich, dict(base)
    features: tuple[tuple[float, Callable[[], Object]], ...] = (
        (0.8, lambda: {"env": _unique(made.get("env", []) + _some(random, ENV, 0.4), "name")}),
        (0.3, lambda: {"envFrom": _some(random, ENV_FROM, 0.6)}),
        (0.8, lambda: {"volumeMounts": _mounts(context)}),
        (0.4, lambda: {"resources": random.choice(RESOURCES)}),
        (0.5, lambda: {"securityContext": _container_security(random)}),
        (0.1, lambda: {"resizePolicy": random.choice(RESIZES)} if probes else {}),
        (0.3, lambda: {"lifecycle": {"preStop": random.choice(HOOKS)}} if probes else {}),
        (
            0.2,
            lambda: (
                {"lifecycle": {"postStart": random.choice(HOOKS), "preStop": HOOKS[-1]}} if probes else {}
            ),
        ),
        (0.4, lambda: {"livenessProbe": _probe(random, 1)} if probes else {}),
        (0.4, lambda: {"readinessProbe": _probe(random, 2)} if probes else {}),
        (0.3, lambda: {"startupProbe": _probe(random, 1)} if probes else {}),
        (
            0.1,
            lambda: (
                {"volumeDevices": [{"name": "disk", "devicePath": "/dev/disk"}]} if context.device else {}
            ),
        ),
        (0.1, lambda: {} if "restartPolicy" in made else random.choice(EXIT_RULES)),
    )
    for often, feature in features:
        if random.random() < often * (rich + 0.3):
            made |= feature()
    if context.claims and random.random() < 0.5:
        claims = [{"name": context.claims[0]}, {"name": context.claims[-1], "request": "one"}]
        made["resources"] = {**made.get("resources", {}), "claims": claims}
    return made


def _container_security(random: Random) -> Object:
    merged = _merged(_some(random, SECURITY, 0.3))
    if merged.get("privileged") or "SYS_ADMIN" in merged.get("capabilities", {}).get("add", ()):
        merged.pop("allowPrivilegeEscalation", None)
    return merged


def _mounts(context: _Context) -> list[Object]:
    names = [name for name in context.volumes if context.random.random() < 0.6]
    paths = {"home": "/home/jovyan", "dshm": "/dev/shm"}
    return [
        {"name": name, "mountPath": paths.get(name, f"/mnt/{name}"), **context.random.choice(MOUNTS)}
        for name in names
    ]


def _probe(random: Random, success: int) -> Object:
    extra = {"successThreshold": success} if random.random() < 0.2 else {}
    extra |= {"terminationGracePeriodSeconds": 5} if success == 1 and random.random() < 0.1 else {}
    return {**random.choice(PROBE_HANDLERS), **random.choice(TIMINGS), **extra}


def _affinity(random: Random) -> Object:
    terms = {"nodeSelectorTerms": random.choices(NODE_TERMS, k=random.randint(1, 2))}
    preferred = [
        {"weight": random.randint(1, 100), "preference": one} for one in _some(random, NODE_TERMS, 0.4)
    ]
    made: Object = {}
    if random.random() < 0.6:
        made["nodeAffinity"] = {"requiredDuringSchedulingIgnoredDuringExecution": terms}
    if random.random() < 0.4:
        made.setdefault("nodeAffinity", {})["preferredDuringSchedulingIgnoredDuringExecution"] = preferred
    for side in ("podAffinity", "podAntiAffinity"):
        if random.random() < 0.4:
            weighted = [{"weight": random.randint(1, 100), "podAffinityTerm": random.choice(POD_TERMS)}]
            made[side] = {"preferredDuringSchedulingIgnoredDuringExecution": weighted}
        if random.random() < 0.3:
            required = _some(random, POD_TERMS, 0.4)
            made.setdefault(side, {})["requiredDuringSchedulingIgnoredDuringExecution"] = required
    return made


def _windows(random: Random) -> Object:
    """A pod of Windows containers, some of them running as the host."""
    host = random.random() < 0.3
    options: Object = {"windowsOptions": {"hostProcess": True, "runAsUserName": "NT AUTHORITY\\SYSTEM"}}
    container: Object = {
        "name": "main",
        "image": "mcr.example.org/windows/lab:1",
        "ports": [{"containerPort": 8888}],
    }
    container |= {"securityContext": random.choice(WINDOWS)} if random.random() < 0.5 else {}
    spec: Object = {"os": {"name": "windows"}, "containers": [container]}
    if host:
        container.pop("securityContext", None)
        return {**spec, "hostNetwork": True, "securityContext": options}
    if random.random() < 0.5:
        spec["securityContext"] = {"windowsOptions": {"runAsUserName": "ContainerUser", "hostProcess": False}}
    return {**spec, "volumes": [{"name": "home", "persistentVolumeClaim": {"claimName": "home"}}]}


def _some(random: Random, fragments: Iterable[Object], often: float) -> list[Object]:
    return [one for one in fragments if random.random() < often]


def _unique(objects: list[Object], key: str) -> list[Object]:
    """The objects, of those with equal keys the last one."""
    return list({one[key]: one for one in objects}.values())


def _merged(fragments: Iterable[Mapping[str, Json]]) -> Object:
    """One object out of many; a later field replaces an earlier one."""
    made: Object = {}
    for one in fragments:
        made |= one
    return made
