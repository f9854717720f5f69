"""The cluster that is attacked: kinds as admins write them, with rules that let people do something.

Refuses to know what is tried.
"""

from __future__ import annotations

from typing import Any, Final

import nbcore
from nbcore.admission.identity import label_of
from tests.units.reviews import (
    OWNER,
    Answer,
    Json,
    Server,
    answered,
    namespace,
    notebook,
    request,
    with_metadata,
)

SETTINGS: Final = nbcore.Settings(pod_security="restricted")
HARD: Json = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
MAIN: Json = {
    "name": "main",
    "image": "registry.example.com/lab:1",
    "command": ["start", "--root=$(ROOT_DIR)"],
    "env": [{"name": "MODE", "value": "lab"}],
    "volumeMounts": [{"name": "scratch", "mountPath": "/scratch"}],
    "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "2", "memory": "1Gi"}},
    "securityContext": HARD,
}
POD: Json = {
    "automountServiceAccountToken": False,
    "securityContext": {
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "seccompProfile": {"type": "RuntimeDefault"},
    },
    "containers": [MAIN],
    "volumes": [{"name": "scratch", "emptyDir": {"sizeLimit": "1Gi"}}],
}
GPU: Json = {"spec": {"containers": [{"name": "main", "resources": {"limits": {"nvidia.com/gpu": "1"}}}]}}
RULES: Json = [
    {"path": "spec.containers[main].image", "glob": "registry.example.com/*"},
    {"path": "spec.containers[main].imagePullPolicy", "enum": ["Always", "IfNotPresent"]},
    {"path": "spec.containers[main].env[TEAM].value", "glob": "team-*"},
    {"path": "spec.containers[main].resources.limits.cpu", "min": 0, "max": 4},
    {"path": "spec.terminationGracePeriodSeconds", "min": 0, "max": 300},
    {"path": "spec.nodeSelector[example.com/pool]", "enum": ["cpu", "big"]},
    {"path": "metadata.labels[example.com/team]", "glob": "?*"},
]
SIZES: Json = [
    {"id": "small"},
    {"id": "gpu", "access": {"users": ["ben"]}, "template": GPU},
    {"id": "old", "redirect": {"to": "gpu", "when": "Restart"}},
]


def template(name: str = "lab", space: str = "team", **spec: Json) -> Json:
    """A hardened Template whose notebooks may override what is usual."""
    filled = {
        "template": {"spec": POD},
        "home": {"mountPath": "/home/jovyan"},
        "options": [{"id": "size", "default": "small", "values": SIZES}],
        "overrides": RULES,
        "podSecurity": {"level": "restricted"},
    }
    metadata = {"name": name, "namespace": space}
    api_version = "jackhoman.dev/v1beta1"
    return {"apiVersion": api_version, "kind": "Template", "metadata": metadata, "spec": {**filled, **spec}}


def pod_default(tree: Json, name: str = "extra", space: str = "team", **spec: Json) -> Json:
    """A PodDefault that a tenant wrote for all pods of its namespace with the label `app: lab`."""
    return {
        "apiVersion": "jackhoman.dev/v1beta1",
        "kind": "PodDefault",
        "metadata": {"name": name, "namespace": space},
        "spec": {"selector": {"matchLabels": {"app": "lab"}}, "template": tree, **spec},
    }


def attacked(*objects: Json, settings: nbcore.Settings = SETTINGS) -> Server:
    """The cluster, with Ada's notebook in it."""
    server = Server([namespace(tier="gold"), template(), *objects], settings)
    said = server.create(notebook())
    assert said.allowed, said.message
    return server


def tried(**spec: Json) -> list[Answer]:
    """What is answered to somebody who wants a notebook like that: at once, by an edit, and stopped at first."""
    server = attacked()
    mine = server.stored["Notebook", "team", "mine"]
    wanted = {**mine, "spec": {**mine["spec"], **spec}}
    stopped = {**mine, "spec": {**mine["spec"], **spec, "stopped": True}}
    new = notebook("more", **spec, stopped=True)
    return [
        server.create(notebook("other", **spec)),
        server.update(wanted),
        server.update(stopped),
        server.create(new),
    ]


def main(**fields: Json) -> Json:
    """Overrides of the main container."""
    return {"spec": {"containers": [{"name": "main", **fields}]}}


def pod(spec: Json, **metadata: Json) -> Json:
    """A pod of the namespace."""
    named = {"name": "p", "namespace": "team", "labels": {"app": "lab"}, **metadata}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": named, "spec": spec}


def pod_created(one: Json, *objects: Json, settings: nbcore.Settings = SETTINGS) -> Answer:
    """What is answered where somebody makes a pod: by the hook that changes it, or by that which judges it then."""
    import jsonpatch

    catalog = nbcore.Catalog([namespace(), *objects])
    first = answered(request("CREATE", one), catalog, settings, "mutate")
    if not first.allowed:
        return first
    changed: Any = jsonpatch.apply_patch(one, first.operations)
    return answered(request("CREATE", changed), catalog, settings, "validate")


def owned(one: Json, owner: str = "ada") -> Json:
    """The object with the marks of its owner, as the mutating hook leaves it."""
    return with_metadata(one, annotations={OWNER: owner}, labels={OWNER: label_of(owner)})
