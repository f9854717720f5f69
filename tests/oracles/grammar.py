"""The fields of a pod that random templates are drawn from, with what may stand in each.

It is written by hand, so that a mistake in the generated tables does not hide itself. Names and keys come
from small sets, so that a patch often meets what it patches. This module refuses to know how a tree is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Grammar: TypeAlias = Any
"""A tuple: what to draw a scalar from. A dict: fields. ``Keyed``, ``Replaced``, ``Labels``: see there."""


class Keyed:
    """A list that merges: its merge key and its element."""

    def __init__(self, key: str, element: dict[str, Grammar]) -> None:
        self.key, self.element = key, element


class Replaced:
    """A list that a patch replaces."""

    def __init__(self, element: Grammar) -> None:
        self.element = element


class Labels:
    """A map with any keys."""

    def __init__(self, value: Grammar) -> None:
        self.value = value


NAMES = ("a", "b", "c", "d")
TEXTS = ("x", "y", "", "5", "true", "null", "é<&>", "a b")
NUMBERS = (0, 1, 53, 80, 8888, -1, 2**53 + 1, 2**63)
FLAGS = (True, False)
QUANTITIES = ("1", "500m", 2, "1Gi", 1.5)
ODD_SCALARS = (1, 0, True, False, "1", "a", "", 1.5, 2.25, 1e30, 2**63, 53, "53")
PORTS = (80, 8888, 53, 9999)
PORT_KEYS = (80, 53, 1, True, "80", 1.5, 0, False)
"""Keys that Python takes for equal, and Kubernetes does not."""

_OBJECT_FIELD = {"apiVersion": TEXTS, "fieldPath": ("metadata.name", "spec.nodeName")}
_FROM_KEY = {"name": NAMES, "key": NAMES, "optional": FLAGS}
_ENV = {
    "name": ("A", "B", "C", "D", "a"),
    "value": TEXTS,
    "valueFrom": {"fieldRef": _OBJECT_FIELD, "secretKeyRef": _FROM_KEY, "configMapKeyRef": _FROM_KEY},
}
_HTTP_GET = {
    "path": TEXTS,
    "port": (80, "http", "8888"),
    "httpHeaders": Replaced({"name": NAMES, "value": TEXTS}),
}
_HANDLER = {"exec": {"command": Replaced(TEXTS)}, "httpGet": _HTTP_GET, "tcpSocket": {"port": PORTS}}
_PROBE = {**_HANDLER, "periodSeconds": NUMBERS, "initialDelaySeconds": NUMBERS}
_RESOURCES = {
    "limits": Labels(QUANTITIES),
    "requests": Labels(QUANTITIES),
    "claims": Replaced({"name": NAMES, "request": NAMES}),
}
_SECURITY = {
    "runAsUser": NUMBERS,
    "privileged": FLAGS,
    "capabilities": {"add": Replaced(NAMES), "drop": Replaced(NAMES)},
    "seccompProfile": {"type": TEXTS, "localhostProfile": TEXTS},
}
CONTAINER: dict[str, Grammar] = {
    "name": NAMES,
    "image": TEXTS,
    "command": Replaced(TEXTS),
    "args": Replaced(TEXTS),
    "env": Keyed("name", _ENV),
    "envFrom": Replaced({"prefix": TEXTS, "configMapRef": {"name": NAMES}, "secretRef": {"name": NAMES}}),
    "ports": Keyed(
        "containerPort",
        {"containerPort": PORT_KEYS, "name": NAMES, "protocol": ("TCP", "UDP"), "hostPort": PORTS},
    ),
    "volumeMounts": Keyed(
        "mountPath", {"mountPath": ("/a", "/b", "/c"), "name": NAMES, "readOnly": FLAGS, "subPath": TEXTS}
    ),
    "volumeDevices": Keyed("devicePath", {"devicePath": ("/dev/a", "/dev/b"), "name": NAMES}),
    "resources": _RESOURCES,
    "resizePolicy": Replaced({"resourceName": ("cpu", "memory"), "restartPolicy": TEXTS}),
    "livenessProbe": _PROBE,
    "lifecycle": {"postStart": _HANDLER, "preStop": _HANDLER},
    "securityContext": _SECURITY,
    "stdin": FLAGS,
}
_SELECTOR = {
    "matchLabels": Labels(TEXTS),
    "matchExpressions": Replaced({"key": NAMES, "operator": ("In", "Exists"), "values": Replaced(TEXTS)}),
}
_TERM = {"labelSelector": _SELECTOR, "topologyKey": NAMES, "namespaces": Replaced(NAMES)}
_NODE_TERM = {"matchExpressions": _SELECTOR["matchExpressions"], "matchFields": _SELECTOR["matchExpressions"]}
_AFFINITY = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": Replaced(_NODE_TERM)},
        "preferredDuringSchedulingIgnoredDuringExecution": Replaced(
            {"weight": NUMBERS, "preference": _NODE_TERM}
        ),
    },
    "podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": Replaced(_TERM)},
}
_ITEM = {"key": NAMES, "path": TEXTS, "mode": NUMBERS}
_VOLUME = {
    "name": NAMES,
    "emptyDir": {"medium": TEXTS, "sizeLimit": QUANTITIES},
    "configMap": {"name": NAMES, "items": Replaced(_ITEM), "defaultMode": NUMBERS},
    "secret": {"secretName": NAMES, "items": Replaced(_ITEM), "optional": FLAGS},
    "persistentVolumeClaim": {"claimName": NAMES, "readOnly": FLAGS},
    "csi": {"driver": NAMES, "volumeAttributes": Labels(TEXTS)},
    "projected": {"sources": Replaced({"secret": {"name": NAMES, "items": Replaced(_ITEM)}})},
}
_SPREAD = {
    "topologyKey": ("zone", "host", "rack"),
    "maxSkew": NUMBERS,
    "whenUnsatisfiable": ("DoNotSchedule", "ScheduleAnyway"),
    "labelSelector": _SELECTOR,
    "matchLabelKeys": Replaced(NAMES),
}
_TOLERATION = {"key": NAMES, "operator": ("Exists", "Equal"), "value": TEXTS, "effect": TEXTS}
SPEC: dict[str, Grammar] = {
    "containers": Keyed("name", CONTAINER),
    "initContainers": Keyed("name", {**CONTAINER, "restartPolicy": ("Always",)}),
    "ephemeralContainers": Keyed("name", {**CONTAINER, "targetContainerName": NAMES}),
    "volumes": Keyed("name", _VOLUME),
    "imagePullSecrets": Keyed("name", {"name": NAMES}),
    "hostAliases": Keyed("ip", {"ip": ("10.0.0.1", "10.0.0.2"), "hostnames": Replaced(NAMES)}),
    "topologySpreadConstraints": Keyed("topologyKey", _SPREAD),
    "schedulingGates": Keyed("name", {"name": NAMES}),
    "resourceClaims": Keyed(
        "name", {"name": NAMES, "resourceClaimName": NAMES, "resourceClaimTemplateName": NAMES}
    ),
    "tolerations": Replaced(_TOLERATION),
    "nodeSelector": Labels(TEXTS),
    "affinity": _AFFINITY,
    "securityContext": {
        "fsGroup": NUMBERS,
        "supplementalGroups": Replaced(NUMBERS),
        "sysctls": Replaced({"name": NAMES, "value": TEXTS}),
    },
    "dnsConfig": {"nameservers": Replaced(TEXTS), "options": Replaced({"name": NAMES, "value": TEXTS})},
    "overhead": Labels(QUANTITIES),
    "readinessGates": Replaced({"conditionType": NAMES}),
    "resources": _RESOURCES,
    "serviceAccountName": NAMES,
    "hostNetwork": FLAGS,
    "terminationGracePeriodSeconds": NUMBERS,
}
_OWNER = {"uid": NAMES, "kind": NAMES, "name": NAMES, "apiVersion": NAMES, "controller": FLAGS}
METADATA: dict[str, Grammar] = {
    "labels": Labels(TEXTS),
    "annotations": Labels(TEXTS),
    "finalizers": Keyed("", {}),
    "ownerReferences": Keyed("uid", _OWNER),
    "generation": NUMBERS,
}
TEMPLATE: dict[str, Grammar] = {"metadata": METADATA, "spec": SPEC}


def _names(grammar: Grammar) -> set[str]:
    """All field names of a grammar."""
    if isinstance(grammar, dict):
        return {*grammar, *(name for one in grammar.values() for name in _names(one))}
    return _names(grammar.element) if isinstance(grammar, (Keyed, Replaced)) else set()


def _lists(grammar: Grammar) -> set[str]:
    """All names of lists of a grammar."""
    if isinstance(grammar, dict):
        here = {name for name, one in grammar.items() if isinstance(one, (Keyed, Replaced))}
        return here.union(*(_lists(one) for one in grammar.values()))
    return _lists(grammar.element) if isinstance(grammar, (Keyed, Replaced)) else set()


ALL_FIELDS = _names(TEMPLATE)
NO_LISTS = frozenset(name.lower() for name in ALL_FIELDS - _lists(TEMPLATE))
"""The lower-cased names of fields that are no lists."""
FINALIZERS = ("x/a", "x/b", "x/c", "x/d", "x/e")
LABEL_KEYS = ("app", "team", "k8s.io/x", "cpu", "memory")
MERGE_KEYS: Mapping[str, str] = {
    name.lower(): grammar.key
    for fields in (SPEC, CONTAINER, METADATA)
    for name, grammar in fields.items()
    if isinstance(grammar, Keyed)
}
"""The merge key of each keyed list by its lower-cased name; empty for finalizers."""


KEY_FIELDS = frozenset(MERGE_KEYS.values())
