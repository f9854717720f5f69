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

CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "8Ti"}}}
SPREAD = {"topologyKey": "zone", "labelSelector": {"matchLabels": {"team": "a"}}, "matchLabelKeys": ["team"]}

IN_MAIN: tuple[Json, ...] = (
    {"env": [{"name": "A", "value": "1"}]},
    {"env": [{"name": "A", "value": "2"}]},
    {"env": [{"name": "B", "value": '{{ httpPathPrefix "web" }}'}]},
    {"env": [{"name": "B", "value": "plain"}]},
    {"env": [{"name": "C", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]},
    {"env": [{"name": "C", "valueFrom": {"fieldRef": {"fieldPath": "spec.nowhere"}}}]},
    {"env": [{"name": "F", "valueFrom": {"fileKeyRef": {"volumeName": "data", "path": "f", "key": "K"}}}]},
    {"env": [{"name": "F", "value": "plain"}]},
    {"env": [{"name": "R", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "3"}}}]},
    {"env": [{"name": "HOME", "value": "/home/ada"}]},
    {"env": [{"name": "API_KEY", "value": "x"}]},
    {"env": [{"name": "a=b", "value": "1"}]},
    {"env": [{"value": "nameless"}]},
    {"env": "none"},
    {"envFrom": [{"configMapRef": {"name": "A_"}}]},
    {"ports": [{"containerPort": 8888, "name": "web"}]},
    {"ports": [{"containerPort": 8889, "name": "web"}]},
    {"ports": [{"containerPort": 8888, "hostPort": 8888}]},
    {"ports": [{"containerPort": 8889, "hostPort": 8888}]},
    {"volumeMounts": [{"name": "data", "mountPath": "/data"}]},
    {"volumeMounts": [{"name": "data", "mountPath": "/data/"}]},
    {"volumeMounts": [{"name": "data", "mountPath": "/mnt"}]},
    {"volumeMounts": [{"name": "other", "mountPath": "/data"}]},
    {"volumeMounts": [{"name": "other", "mountPath": "/tmp"}]},
    {"volumeMounts": [{"name": "data", "mountPath": "/tmp", "readOnly": True}]},
    {"volumeMounts": [{"name": "data", "mountPath": "/dev/shm"}]},
    {"volumeMounts": [{"name": "other", "mountPath": "/dev/shm/"}]},
    {"volumeMounts": [{"name": "data", "mountPath": "/home/ada"}]},
    {"volumeMounts": [{"name": "data", "mountPath": "/rootless"}]},
    {"volumeMounts": [{"name": "other", "mountPath": "/"}]},
    {"volumeMounts": [{"name": "data", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}]},
    {"volumeMounts": [{"name": "data", "mountPath": "/data", "mountPropagation": "Bidirectional"}]},
    {"volumeMounts": [{"mountPath": "/data", "recursiveReadOnly": "Enabled"}]},
    {"volumeMounts": [{"mountPath": "/data", "readOnly": True}]},
    {"volumeDevices": [{"name": "data", "devicePath": "/data"}]},
    {"resources": {"requests": {"cpu": "2"}}},
    {"resources": {"limits": {"cpu": "1"}}},
    {"resources": {"limits": {"memory": "64Gi"}}},
    {"resources": {"limits": {"nvidia.com/gpu": 1}}},
    {"resources": {"requests": {"nvidia.com/gpu": 2}}},
    {"resources": {"limits": {"hugepages-2Mi": "4Mi"}}},
    {"resources": {"claims": [{"name": "claim"}]}},
    {"resources": "much"},
    {"resizePolicy": [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]},
    {"securityContext": HARDENED},
    {"securityContext": ROOT_ONLY},
    {"securityContext": {"privileged": True}},
    {"securityContext": {"allowPrivilegeEscalation": False}},
    {"securityContext": {"readOnlyRootFilesystem": True}},
    {"securityContext": {"procMount": "Unmasked"}},
    {"securityContext": {"capabilities": {"add": ["NET_ADMIN"]}}},
    {"securityContext": {"appArmorProfile": {"type": "RuntimeDefault"}}},
    {"securityContext": {"windowsOptions": {"hostProcess": True}}},
    {"securityContext": {"runAsUser": 1000}},
    {"image": "registry.example.com/pytorch:2"},
    {"image": "registry.example.com/jupyter:latest"},
    {"image": ""},
    {"imagePullPolicy": "Sometimes"},
    {"livenessProbe": {"httpGet": {"port": "web", "path": "/"}}},
    {"livenessProbe": {"tcpSocket": {"port": 0}}},
    {"livenessProbe": {"failureThreshold": 3}},
    {"lifecycle": {"preStop": {"sleep": {"seconds": 60}}}},
    {"restartPolicy": "Never"},
    {"command": ["start"]},
    {"workingDir": 5},
)
IN_SPEC: tuple[Json, ...] = (
    {"volumes": [{"name": "data", "emptyDir": {}}]},
    {"volumes": [{"name": "data"}]},
    {"volumes": [{"name": "data", "emptyDir": {"medium": "Memory"}}]},
    {"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]},
    {"volumes": [{"name": "other", "persistentVolumeClaim": {"claimName": "example-0-data"}}]},
    {"volumes": [{"name": "data", "ephemeral": {"volumeClaimTemplate": {"spec": CLAIM}}}]},
    {"volumes": [{"name": "other", "hostPath": {"path": "/x"}}]},
    {"volumes": [{"name": "other", "configMap": {"name": "c"}}]},
    {"volumes": [{"name": "other", "emptyDir": {}}]},
    {"volumes": [{"emptyDir": {}}]},
    {"tolerations": [{"key": "gpu", "operator": "Exists"}]},
    {"tolerations": [{"operator": "Equal", "value": "x"}]},
    {"nodeSelector": {"pool": "gpu"}},
    {"nodeSelector": {"pool": "bad value"}},
    {"nodeName": "node-a"},
    {"schedulingGates": [{"name": "gate"}]},
    {"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [SPREAD]}}},
    {"topologySpreadConstraints": [{**SPREAD, "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule"}]},
    {
        "topologySpreadConstraints": [
            {"topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "matchLabelKeys": ["team"]}
        ]
    },
    {"securityContext": {"runAsNonRoot": True, "fsGroup": 100}},
    {"securityContext": {"runAsNonRoot": True}},
    {"securityContext": {"runAsUser": 0}},
    {"securityContext": {"sysctls": [{"name": "net.core.somaxconn", "value": "1"}]}},
    {"securityContext": {"windowsOptions": {"hostProcess": True}}},
    {"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}},
    {"securityContext": "tight"},
    {"hostUsers": False},
    {"hostNetwork": True},
    {"hostPID": True},
    {"shareProcessNamespace": True},
    {"hostnameOverride": "other"},
    {"os": {"name": "windows"}},
    {"restartPolicy": "Never"},
    {"terminationGracePeriodSeconds": 10},
    {"activeDeadlineSeconds": 60},
    {"priorityClassName": "high"},
    {"runtimeClassName": "kata"},
    {"overhead": {"cpu": "1"}},
    {"resources": {"limits": {"cpu": "1", "memory": "1Gi"}}},
    {"resourceClaims": [{"name": "claim", "resourceClaimName": "c"}]},
    {"serviceAccountName": "robot"},
    {"serviceAccount": "Not A Name"},
    {"automountServiceAccountToken": False},
    {"dnsPolicy": "None"},
    {"dnsConfig": {"nameservers": ["10.0.0.1"]}},
    {"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a"]}]},
    {"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["B"]}]},
    {"imagePullSecrets": [{"name": "pull"}]},
    {"initContainers": [{"name": "setup", "image": "busybox:1"}]},
    {"initContainers": [{"name": "setup", "env": [{"name": "X", "value": "1"}]}]},
    {"initContainers": [{"name": "setup", "restartPolicy": "Always"}]},
    {"initContainers": [{"name": "setup", "livenessProbe": {"exec": {"command": ["true"]}}}]},
    {
        "initContainers": [
            {"name": "setup", "image": "busybox:1", "ports": [{"containerPort": 8888, "name": "web"}]}
        ]
    },
    {"initContainers": [{"name": "sidecar", "image": "busybox:1"}]},
    {"containers": [{"name": "sidecar", "image": "proxy:1", "resources": {"requests": {"cpu": "3"}}}]},
    {"containers": [{"name": "sidecar", "securityContext": {"privileged": True}}]},
    {
        "containers": [
            {"name": "sidecar", "image": "proxy:1", "ports": [{"containerPort": 8888, "hostPort": 8888}]}
        ]
    },
    {"containers": [{"name": "main", "env": [{"name": "A", "$patch": "delete"}]}]},
    {"containers": [{"name": "sidecar", "$patch": "delete"}]},
    {"volumes": [{"name": "data", "$patch": "delete"}]},
    {"nodeSelector": None},
    {"containers": "none"},
    {"unheardOf": 1},
)
IN_METADATA: tuple[Json, ...] = (
    {"labels": {"team": "a"}},
    {"labels": {"team": "-b-"}},
    {"labels": {"pick": "me"}},
    {"labels": {"pick": "other"}},
    {"annotations": {"container.apparmor.security.beta.kubernetes.io/main": "unconfined"}},
    {"annotations": {"container.apparmor.security.beta.kubernetes.io/sidecar": "unconfined"}},
    {"annotations": {"seccomp.security.alpha.kubernetes.io/pod": "unconfined"}},
    {"annotations": {"kubernetes.io/config.mirror": "x"}},
    {"annotations": {"note": "x"}},
    {"annotations": {"long-a": "x" * 140_000}},
    {"annotations": {"long-b": "x" * 140_000}},
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


def plain(kind: str, name: str, version: str = "v1", namespace: str = "kinds", **parts: Json) -> Json:
    place = {"namespace": namespace} if namespace else {}
    metadata = {"name": name, **place, **parts.pop("metadata", {})}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **parts}


BUDGET: tuple[Json, ...] = (
    plain("ResourceQuota", "all", spec={"hard": {"requests.cpu": "4", "limits.memory": "32Gi"}}),
    plain("ResourceQuota", "storage", spec={"hard": {"requests.storage": "1Ti"}}),
    plain("ResourceQuota", "short", spec={"hard": {"pods": "0"}, "scopes": ["Terminating"]}),
    plain(
        "LimitRange",
        "bounds",
        spec={
            "limits": [
                {"type": "Container", "max": {"cpu": "2"}, "default": {"cpu": "1"}, "min": {"cpu": "10m"}},
                {"type": "Pod", "max": {"cpu": "4"}},
            ]
        },
    ),
    plain(
        "Node", "node-a", namespace="", status={"allocatable": {"cpu": "8", "memory": "16Gi", "pods": "9"}}
    ),
    plain(
        "Node",
        "node-b",
        namespace="",
        metadata={"labels": {"pool": "gpu"}},
        spec={"taints": [{"key": "gpu", "effect": "NoSchedule"}]},
        status={"allocatable": {"cpu": "2", "memory": "96Gi", "nvidia.com/gpu": "1", "pods": "9"}},
    ),
)
"""What a namespace and its cluster have: little enough that some of the pods do not fit."""
