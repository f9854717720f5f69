"""Hypothesis strategies: small kinds whose layers meet, and often make something that a rule is against.

This module refuses to know what is found in them.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from hypothesis import strategies as st

Json: TypeAlias = Any

ROOT_ONLY = {"runAsNonRoot": False}
HARDENED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}

IN_MAIN: tuple[Json, ...] = (
    {"env": [{"name": "A", "value": "1"}]},
    {"env": [{"name": "A", "value": "2"}]},
    {"env": [{"name": "B", "value": '{{ httpPathPrefix "web" }}'}]},
    {"env": [{"name": "C", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]},
    {"env": [{"name": "C", "valueFrom": {"fieldRef": {"fieldPath": "spec.nowhere"}}}]},
    {"env": [{"name": "a=b", "value": "1"}]},
    {"ports": [{"containerPort": 8888, "name": "web"}]},
    {"ports": [{"containerPort": 8889, "name": "web"}]},
    {"ports": [{"containerPort": 8888, "hostPort": 8888}]},
    {"volumeMounts": [{"name": "data", "mountPath": "/data"}]},
    {"volumeMounts": [{"name": "data", "mountPath": "/mnt"}]},
    {"volumeMounts": [{"name": "other", "mountPath": "/data"}]},
    {"volumeMounts": [{"name": "other", "mountPath": "/tmp"}]},
    {"volumeMounts": [{"name": "data", "mountPath": "/dev/shm"}]},
    {"resources": {"requests": {"cpu": "2"}}},
    {"resources": {"limits": {"cpu": "1"}}},
    {"resources": {"limits": {"nvidia.com/gpu": 1}}},
    {"resources": {"requests": {"nvidia.com/gpu": 2}}},
    {"securityContext": HARDENED},
    {"securityContext": ROOT_ONLY},
    {"securityContext": {"privileged": True}},
    {"securityContext": {"readOnlyRootFilesystem": True}},
    {"securityContext": {"capabilities": {"add": ["NET_ADMIN"]}}},
    {"image": "registry.example.com/pytorch:2"},
    {"image": "registry.example.com/jupyter:latest"},
    {"image": ""},
    {"imagePullPolicy": "Sometimes"},
    {"livenessProbe": {"httpGet": {"port": "web", "path": "/"}}},
    {"livenessProbe": {"tcpSocket": {"port": 0}}},
    {"lifecycle": {"preStop": {"sleep": {"seconds": 60}}}},
    {"command": ["start"]},
    {"workingDir": 5},
)
IN_SPEC: tuple[Json, ...] = (
    {"volumes": [{"name": "data", "emptyDir": {}}]},
    {"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]},
    {"volumes": [{"name": "other", "hostPath": {"path": "/x"}}]},
    {"volumes": [{"name": "other", "configMap": {"name": "c"}}]},
    {"tolerations": [{"key": "gpu", "operator": "Exists"}]},
    {"tolerations": [{"operator": "Equal", "value": "x"}]},
    {"nodeSelector": {"pool": "gpu"}},
    {"nodeSelector": {"pool": "bad value"}},
    {"securityContext": {"runAsNonRoot": True, "fsGroup": 100}},
    {"securityContext": {"runAsUser": 0}},
    {"hostUsers": False},
    {"hostNetwork": True},
    {"os": {"name": "windows"}},
    {"terminationGracePeriodSeconds": 10},
    {"automountServiceAccountToken": False},
    {"initContainers": [{"name": "setup", "image": "busybox:1"}]},
    {"initContainers": [{"name": "setup", "env": [{"name": "X", "value": "1"}]}]},
    {
        "initContainers": [
            {"name": "setup", "image": "busybox:1", "ports": [{"containerPort": 8888, "name": "web"}]}
        ]
    },
    {"containers": [{"name": "sidecar", "image": "proxy:1", "resources": {"requests": {"cpu": "3"}}}]},
    {"containers": [{"name": "sidecar", "securityContext": {"privileged": True}}]},
    {"containers": [{"name": "main", "env": [{"name": "A", "$patch": "delete"}]}]},
    {"volumes": [{"name": "data", "$patch": "delete"}]},
    {"containers": "none"},
    {"unheardOf": 1},
)
IN_METADATA: tuple[Json, ...] = (
    {"labels": {"team": "a"}},
    {"labels": {"team": "-b-"}},
    {"labels": {"pick": "me"}},
    {"annotations": {"container.apparmor.security.beta.kubernetes.io/main": "unconfined"}},
    {"annotations": {"note": "x"}},
)


def merged(parts: list[tuple[str, Json]]) -> Json:
    """A partial template out of fragments, of which the later ones win; lists are joined."""
    spec: dict[str, Json] = {}
    main: dict[str, Json] = {}
    metadata: dict[str, Json] = {}
    for where, fragment in parts:
        target = {"main": main, "spec": spec, "metadata": metadata}[where]
        for key, value in fragment.items():
            joined = (
                [*target[key], *value]
                if isinstance(value, list) and isinstance(target.get(key), list)
                else value
            )
            target[key] = joined
    if main and isinstance(spec.get("containers", []), list):
        spec["containers"] = [{"name": "main", **main}, *(spec.get("containers") or [])]
    return {**({"metadata": metadata} if metadata else {}), **({"spec": spec} if spec else {})}


FRAGMENTS = st.one_of(
    st.tuples(st.just("main"), st.sampled_from(IN_MAIN)),
    st.tuples(st.just("spec"), st.sampled_from(IN_SPEC)),
    st.tuples(st.just("metadata"), st.sampled_from(IN_METADATA)),
)
LAYERS = st.lists(FRAGMENTS, max_size=3).map(merged)


def kind(name: str, kind: str, spec: Json, namespace: str = "kinds") -> Json:
    return {
        "apiVersion": "jackhoman.dev/v1beta1",
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


@st.composite
def values(draw: st.DrawFn, group: str, others: list[str]) -> Json:
    count = draw(st.integers(1, 4))
    found = []
    for at in range(count):
        value: dict[str, Json] = {
            "id": f"{group}{at}",
            "display": {"labels": {"tier": draw(st.sampled_from(("x", "y")))}},
            "template": draw(LAYERS),
        }
        if at and draw(st.integers(0, 4)) == 0:
            when = draw(st.sampled_from(("Offer", "Restart")))
            value["redirect"] = {"to": f"{group}{at - 1}", "when": when}
        if others and draw(st.integers(0, 3)) == 0:
            other = draw(st.sampled_from(others))
            value["compatible"] = {other: {"matchLabels": {"tier": draw(st.sampled_from(("x", "y")))}}}
        if draw(st.integers(0, 5)) == 0:
            value["access"] = draw(
                st.sampled_from(
                    (
                        {"users": ["ada"]},
                        {"users": ["ben", "cyd"]},
                        {"namespaceSelector": {"matchLabels": {"team": "a"}}},
                        {"namespaceSelector": {"matchLabels": {"team": "b"}}},
                        {"groups": ["g"]},
                    )
                )
            )
        if draw(st.integers(0, 5)) == 0:
            value["ports"] = [{"id": "web", "port": 8888}]
        found.append(value)
    return found


@st.composite
def small_kinds(draw: st.DrawFn) -> list[Json]:
    """A Template with up to three groups and three optional PodDefaults, and those PodDefaults."""
    base = merged(draw(st.lists(FRAGMENTS, max_size=2)))
    spec = base.setdefault("spec", {})
    containers = spec.get("containers", [])
    others = [one for one in containers if one["name"] != "main"] if isinstance(containers, list) else []
    mains = [one for one in containers if one["name"] == "main"] if isinstance(containers, list) else []
    fields = {key: value for one in mains for key, value in one.items() if value != ""}
    spec["containers"] = [{"image": "registry.example.com/base:1", **fields, "name": "main"}, *others]
    count = draw(st.integers(0, 3))
    groups = [f"g{at}" for at in range(count)]
    options = [
        {
            "id": group,
            "default": f"{group}0",
            "values": draw(values(group, [one for one in groups if one != group])),
        }
        for group in groups
    ]
    names = [f"pd{at}" for at in range(draw(st.integers(0, 3)))]
    pod_defaults = [kind(name, "PodDefault", {"template": draw(LAYERS)}) for name in names]
    if draw(st.integers(0, 3)) == 0:
        selecting = {"template": draw(LAYERS), "selector": {"matchLabels": {"pick": "me"}}}
        pod_defaults.append(
            kind("selecting", "PodDefault", selecting, draw(st.sampled_from(("kinds", "else"))))
        )
    template = {"template": base, "options": options, "optional": [{"name": name} for name in names]}
    return [kind("k", "Template", template), *pod_defaults]
