"""Objects for the tests of Kubeflow's webhook rows: one sound WorkspaceKind and Workspace, and edits of them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final

from nbcore.catalog import Catalog
from nbcore.model.notebook import Notebook
from nbcore.model.template import Template

GONE: Final = object()
"""What an edit sets a field to that is to be taken out."""

POD: Final = ("spec", "podTemplate")
IMAGES: Final = (*POD, "options", "imageConfig")
PODS: Final = (*POD, "options", "podConfig")
PORTS: Final = (*POD, "ports")
RULES: Final = ("spec", "activityRules")
FILTERS: Final = ("spec", "filterRules")
PROBE: Final = (*POD, "activityProbe")
METADATA: Final = (*POD, "podMetadata")
ENV: Final = (*POD, "extraEnv")

Edits = Mapping[Any, Any]


def edited(given: dict[str, Any], edits: Edits) -> dict[str, Any]:
    """A copy with other values at some paths; the maps above a path are made."""
    made = copy.deepcopy(given)
    for path, value in edits.items():
        at: Any = made
        for step in path[:-1]:
            at = at.setdefault(step, {}) if isinstance(at, dict) else at[step]
        if value is GONE:
            del at[path[-1]]
        else:
            at[path[-1]] = copy.deepcopy(value)
    return made


def image(id_: str, to: str | None = None, **more: Any) -> dict[str, Any]:
    spec = {"image": f"registry.example/{id_}:1", "ports": [{"id": "jupyterlab", "port": 8888}]}
    return option(id_, to, spec, **more)


def pod(id_: str, to: str | None = None, cpu: Any = "100m", **more: Any) -> dict[str, Any]:
    return option(id_, to, {"resources": {"requests": {"cpu": cpu, "memory": "128Mi"}}}, **more)


def option(id_: str, to: str | None, spec: dict[str, Any], **more: Any) -> dict[str, Any]:
    redirect = {"redirect": {"to": to, "message": {"level": "Info", "text": "newer"}}} if to else {}
    return {"id": id_, "spawner": {"displayName": f"The {id_}", **more}, **redirect, "spec": spec}


KIND: Final[dict[str, Any]] = {
    "apiVersion": "kubeflow.org/v1beta1",
    "kind": "WorkspaceKind",
    "metadata": {"name": "lab"},
    "spec": {
        "spawner": {
            "displayName": "Lab",
            "description": "A laboratory",
            "icon": {"url": "https://example.com/icon.svg"},
            "logo": {"url": "https://example.com/logo.svg"},
        },
        "podTemplate": {
            "podMetadata": {"labels": {"team": "lab"}, "annotations": {"example.com/note": "hello"}},
            "volumeMounts": {"home": "/home/jovyan"},
            "ports": [
                {
                    "id": "jupyterlab",
                    "protocol": "HTTP",
                    "defaultDisplayName": "JupyterLab",
                    "httpProxy": {"requestHeaders": {"set": {"X-Base": '{{ httpPathPrefix "jupyterlab" }}'}}},
                }
            ],
            "extraEnv": [{"name": "NB_PREFIX", "value": '{{ httpPathPrefix "jupyterlab" }}'}],
            "options": {
                "imageConfig": {
                    "spawner": {"default": "new"},
                    "values": [
                        image("old", "new", hidden=True),
                        image("new"),
                        image("step_1", "step_2"),
                        image("step_2", "step_3"),
                        image("step_3"),
                    ],
                },
                "podConfig": {
                    "spawner": {"default": "tiny"},
                    "values": [
                        pod("tiny"),
                        pod("small", cpu="1"),
                        pod("big", cpu=2),
                        pod("step_1", "step_2"),
                        pod("step_2", "step_3"),
                        pod("step_3"),
                    ],
                },
            },
        },
    },
}
WORKSPACE: Final[dict[str, Any]] = {
    "apiVersion": "kubeflow.org/v1beta1",
    "kind": "Workspace",
    "metadata": {"name": "mine", "namespace": "team"},
    "spec": {
        "displayName": "Mine",
        "kind": "lab",
        "podTemplate": {
            "podMetadata": {"labels": {"shift": "night"}, "annotations": {"example.com/why": "work"}},
            "volumes": {"home": "home", "data": [{"pvcName": "data", "mountPath": "/data"}]},
            "options": {"imageConfig": "old", "podConfig": "tiny"},
        },
    },
}
PAUSING: Final = {"config": {"secondsSinceActive": 86400}, "effect": {"pauseWorkspace": True}}
EXEMPT: Final = {"config": {"secondsSinceActive": 86400}, "effect": {"pauseWorkspace": False}}
SCRIPT: Final = {"podExec": {"script": "#!/bin/bash\necho\n"}}


def matching(rule: dict[str, Any], **selectors: Any) -> dict[str, Any]:
    """The rule with a match: ``matchNamespace`` and others, each with its selector."""
    return {**rule, "match": {name: {"selector": one} for name, one in selectors.items()}}


def filtering(scope: str = "IMAGE_CONFIG", effect: Any = None, **selectors: Any) -> dict[str, Any]:
    """A filter rule with one condition for each selector."""
    match = [{name: {"selector": one}} for name, one in selectors.items()]
    return {"scope": scope, "effect": effect or {"ui": {"hide": True}}, "match": match}


def kind(edits: Edits | None = None) -> Template:
    """The sound kind with edits, read."""
    return Catalog([edited(KIND, edits or {})]).templates[0]


def workspace(edits: Edits | None = None) -> Notebook:
    """The sound Workspace with edits, read."""
    return Catalog([edited(WORKSPACE, edits or {})]).notebooks[0]
