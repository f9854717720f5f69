"""A WorkspaceKind and a Workspace with every sort of field, and what nbcore says to changes of them."""

from __future__ import annotations

import copy
from typing import Any, Final

from nbcore.dialects.kubeflow_v2_kinds import Workspace, WorkspaceKind
from nbcore.dialects.parsed import Parsed, origin_of
from nbcore.dialects.reading import fit
from nbcore.kubernetes.paths import Path

Json = Any

IMAGE: Json = {
    "id": "jupyter:v1",
    "spawner": {"displayName": "Jupyter", "labels": [{"key": "python", "value": "3.12"}]},
    "redirect": {"to": "jupyter:v2", "message": {"level": "Info", "text": "newer"}},
    "spec": {"image": "registry.example/lab:1", "ports": [{"id": "lab", "port": 8888}]},
}
SIZE: Json = {
    "id": "small",
    "spawner": {"displayName": "Small"},
    "spec": {
        "affinity": {"nodeAffinity": {}},
        "nodeSelector": {"pool": "cpu"},
        "tolerations": [{"key": "a", "operator": "Exists"}],
        "resources": {"requests": {"cpu": "100m", "memory": "1Gi"}},
        "schedulerName": "volcano",
        "podMetadata": {"labels": {"size": "small"}},
        "statefulSetMetadata": {"annotations": {"size": "small"}},
    },
}
KIND: Json = {
    "apiVersion": "kubeflow.org/v1beta1",
    "kind": "WorkspaceKind",
    "metadata": {"name": "jupyterlab"},
    "spec": {
        "spawner": {
            "displayName": "JupyterLab",
            "description": "Notebooks",
            "icon": {"url": "https://example.com/icon.svg"},
            "logo": {
                "configMap": {"name": "a", "namespace": "b", "key": "c.svg", "mediaType": "image/svg+xml"}
            },
        },
        "podTemplate": {
            "podMetadata": {"labels": {"a": "b"}},
            "statefulSetMetadata": {"labels": {"a": "b"}},
            "serviceAccount": {"clusterRoles": [{"name": "system:view"}]},
            "activityProbe": {"jupyter": {"lastActivity": True, "portId": "lab"}},
            "probes": {"livenessProbe": {"httpGet": {"path": "/", "port": "http"}}},
            "volumeMounts": {"home": "/home/jovyan"},
            "ports": [{"id": "lab", "protocol": "HTTP", "defaultDisplayName": "Lab", "httpProxy": {}}],
            "extraEnv": [{"name": "NB_PREFIX", "value": "{{ httpPathPrefix 'lab' }}"}],
            "extraVolumeMounts": [{"name": "dshm", "mountPath": "/dev/shm"}],
            "extraVolumes": [{"name": "dshm", "emptyDir": {"medium": "Memory", "sizeLimit": 1}}],
            "securityContext": {"fsGroup": 100},
            "containerSecurityContext": {"capabilities": {"drop": ["ALL"]}},
            "schedulerName": "default-scheduler",
            "options": {
                "imageConfig": {"spawner": {"default": "jupyter:v1"}, "values": [IMAGE]},
                "podConfig": {"spawner": {"default": "small"}, "values": [SIZE]},
            },
        },
        "activityRules": [
            {
                "config": {"secondsSinceActive": 3600},
                "match": {"matchNamespace": {"selector": {"matchLabels": {"tier": "dev"}}}},
                "effect": {"pauseWorkspace": True},
            }
        ],
        "filterRules": [
            {
                "scope": "IMAGE_CONFIG",
                "effect": {"api": {"deny": True, "denyMessage": {"text": "not here"}}, "ui": {"hide": True}},
                "match": [{"matchPodConfig": {"selector": {}}}],
            }
        ],
    },
}
WORKSPACE: Json = {
    "apiVersion": "kubeflow.org/v1beta1",
    "kind": "Workspace",
    "metadata": {"name": "ada", "namespace": "team"},
    "spec": {
        "paused": True,
        "displayName": "A",
        "kind": "jupyterlab",
        "podTemplate": {
            "podMetadata": {"labels": {"a": "b"}},
            "volumes": {
                "home": "ada-home",
                "data": [{"pvcName": "data", "mountPath": "/data"}],
                "secrets": [{"secretName": "s", "mountPath": "/data"}],
            },
            "options": {"imageConfig": "jupyter:v1", "podConfig": "small"},
        },
    },
}
POD: Final = "spec.podTemplate"
VALUE: Final = f"{POD}.options.imageConfig.values[0]"
RULE: Final = "spec.filterRules[0]"
DROP: Final = object()
AS_WRITTEN: Final = "write what is asked for; `nbcore schema` says what may stand in each field"


def parsed(value: Json) -> Parsed:
    """What nbcore reads."""
    models = {"WorkspaceKind": WorkspaceKind, "Workspace": Workspace}
    form, findings, known = fit(models[value["kind"]], value, origin_of(value))
    return Parsed(form, findings, known)  # type: ignore[arg-type]  # the form, and not yet a part of the model


def changed(base: Json, changes: dict[str, Json]) -> Json:
    """A copy of the base with each of these paths set, or dropped."""
    value = copy.deepcopy(base)
    for text, new in changes.items():
        *above, last = Path.parse(text).indexed
        parent = value
        for step in above:
            parent = parent[step]
        if new is DROP:
            del parent[last]
        elif isinstance(last, int) and last == len(parent):
            parent.append(new)
        else:
            parent[last] = new
    return value


def base_of(path: str) -> Json:
    """The object that has the path."""
    inside = (
        "spec.podTemplate.volumes.",
        "spec.paused",
        "spec.kind",
        "spec.displayName",
        "spec.deferUpdates",
    )
    return WORKSPACE if path.startswith(inside) else KIND
