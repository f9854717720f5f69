"""Reviews as an API server sends them, of every operation that admission judges, and the world that they happen in.

All notebooks and pods of the world are ada's. Refuses to know what the right answers are: `verdict` says that.
"""

from __future__ import annotations

import copy
from typing import Any, Final

import nbcore
from nbcore.admission.identity import label_of
from tests.units.reviews import (
    ADMIN,
    OWNER,
    Json,
    carrier_of,
    changed,
    namespace,
    notebook,
    pod_of,
    request,
    template,
    with_metadata,
)
from tests.units.workspaces import KIND, WORKSPACE

CLEANER: Final = "system:serviceaccount:kube-system:namespace-controller"
USERS: Final[dict[str, Json]] = {
    "owner": {
        "username": "ada",
        "uid": "u-1",
        "groups": ["staff", "system:authenticated"],
        "extra": {"a": ["b"]},
    },
    "stranger": {"username": "eve", "uid": "u-2", "groups": ["staff", "system:authenticated"], "extra": {}},
    "cleaner": {"username": CLEANER, "groups": ["system:serviceaccounts", "system:authenticated"]},
    "admin": ADMIN,
    "nobody": {"username": "system:anonymous", "groups": ["system:unauthenticated"]},
}


def owned(one: Json, uid: str = "uid-1", **fields: Json) -> Json:
    """The object as it is stored: ada's, with all that a server adds."""
    marks: Json = {
        "annotations": {OWNER: "ada", "note": "mine"},
        "labels": {OWNER: label_of("ada"), "team": "a"},
        "uid": uid,
        "resourceVersion": "7",
        "generation": 2,
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "managedFields": [{"manager": "kubectl", "operation": "Update", "time": "2026-01-01T00:00:00Z"}],
    }
    return with_metadata(one, **marks, **fields)


def pod_default(name: str, api_version: str, **spec: Json) -> Json:
    """A PodDefault that selects the pods of team a."""
    return {
        "apiVersion": api_version,
        "kind": "PodDefault",
        "metadata": {"name": name, "namespace": "team", "resourceVersion": "3"},
        "spec": {"selector": {"matchLabels": {"team": "a"}}, **spec},
    }


_ENV: Final = {
    "spec": {"containers": [{"name": "main", "env": [{"name": "PROXY", "value": "http://proxy"}]}]}
}
LAB: Final = template(
    home={"mountPath": "/home"},
    options=[
        {
            "id": "size",
            "default": "small",
            "values": [
                {"id": "small", "template": {}},
                {"id": "large", "template": {"spec": {"nodeSelector": {"pool": "large"}}}},
            ],
        }
    ],
    optional=[{"name": "proxy"}],
)
PROXY: Final = pod_default("proxy", "jackhoman.dev/v1beta1", template=_ENV)
TOKEN: Final = pod_default(
    "token",
    "kubeflow.org/v1alpha1",
    env=[{"name": "TOKEN", "value": "x"}],
    volumes=[{"name": "token", "emptyDir": {}}],
    volumeMounts=[{"name": "token", "mountPath": "/token"}],
    tolerations=[{"key": "gpu", "operator": "Exists"}],
)
MINE: Final = owned(
    notebook(
        env=[{"name": "A", "value": "1"}], options={"size": "small"}, podDefaults=["proxy"], stopped=False
    )
)
WORKSPACE_OF_ADA: Final = owned(
    with_metadata(changed(WORKSPACE, paused=False), name="work", namespace="team"), "uid-2"
)
KUBEFLOW: Final = owned(
    {
        "apiVersion": "kubeflow.org/v1",
        "kind": "Notebook",
        "metadata": {"name": "old", "namespace": "team"},
        "spec": {
            "template": {"spec": {"containers": [{"name": "old", "image": "registry.example.com/lab:1"}]}}
        },
    },
    "uid-3",
)
CARRIER: Final = carrier_of(MINE)
POD: Final = with_metadata(pod_of(CARRIER), labels={"team": "a", "statefulset": "mine"})
FREE_POD: Final = with_metadata(POD, name="free", ownerReferences=[], labels={"team": "a"})
OBJECTS: Final[tuple[Json, ...]] = (
    namespace(team="a"),
    LAB,
    PROXY,
    TOKEN,
    KIND,
    MINE,
    WORKSPACE_OF_ADA,
    KUBEFLOW,
    CARRIER,
    POD,
)
CATALOG: Final = nbcore.Catalog(OBJECTS)
DYING: Final[Json] = {
    "deletionTimestamp": "2026-02-01T00:00:00Z",
    "finalizers": ["a.example.com/b", "c.example.com/d"],
}


def review(operation: str, new: Json, old: Json, by: str, **more: Json) -> Json:
    """A whole review, with the fields that a server always sends."""
    options = {
        "kind": f"{operation.title()}Options",
        "apiVersion": "meta.k8s.io/v1",
        "fieldManager": "kubectl",
    }
    made = request(operation, new, old, by=USERS[by], dryRun=False, options=options, **more)
    inner = made["request"]
    inner["requestKind"], inner["requestResource"] = dict(inner["kind"]), dict(inner["resource"])
    return copy.deepcopy(made)


def of_notebooks(by: str) -> list[Json]:
    """What somebody may try with notebooks."""
    mine = MINE
    dying = owned(MINE, **DYING)
    return [
        review("CREATE", notebook("new", env=[{"name": "B", "value": "2"}], podDefaults=["proxy"]), None, by),
        review("CREATE", with_metadata(notebook("new"), annotations={OWNER: "ada"}), None, by),
        review("CREATE", with_metadata(WORKSPACE, name="new", namespace="team"), None, by),
        review("UPDATE", changed(mine, stopped=True), mine, by),
        review(
            "UPDATE", changed(mine, env=[{"name": "A", "value": "2"}], options={"size": "large"}), mine, by
        ),
        review("UPDATE", with_metadata(mine, annotations={OWNER: "eve"}), mine, by),
        review("UPDATE", {**mine, "status": {"podName": "mine-0"}}, mine, by, subresource="status"),
        review("UPDATE", with_metadata(dying, finalizers=[]), dying, by),
        review("UPDATE", changed(WORKSPACE_OF_ADA, paused=True), WORKSPACE_OF_ADA, by),
        review("UPDATE", with_metadata(WORKSPACE_OF_ADA, labels={}), WORKSPACE_OF_ADA, by),
        review("UPDATE", changed(KUBEFLOW, template={}), KUBEFLOW, by),
        review("DELETE", None, mine, by, name=""),
        review("DELETE", None, WORKSPACE_OF_ADA, by),
        review("DELETE", None, KUBEFLOW, by),
    ]


def of_pods(by: str) -> list[Json]:
    """What somebody may try with pods."""
    other = changed(POD, containers=[{"name": "main", "image": "registry.example.com/other:1"}])
    debugger = changed(POD, ephemeralContainers=[{"name": "debugger", "image": "registry.example.com/sh:1"}])
    entering = [
        review("CONNECT", {"apiVersion": "v1", "kind": f"Pod{kind}Options", **more}, None, by,
               subresource=kind.lower(), kind=("v1", "Pod"), namespace="team", name="mine-0")
        for kind, more in (("Exec", {"command": ["sh"], "stdin": True}), ("Attach", {}), ("PortForward", {}))
    ]  # fmt: skip
    return [
        *entering,
        review("CREATE", FREE_POD, None, by),
        review("UPDATE", other, POD, by),
        review("UPDATE", with_metadata(POD, ownerReferences=[]), POD, by),
        review("UPDATE", debugger, POD, by, subresource="ephemeralcontainers"),
        review("DELETE", None, POD, by),
    ]


def of_kinds(by: str) -> list[Json]:
    """What somebody may try with kinds."""
    return [
        review("CREATE", LAB, None, by),
        review("UPDATE", template(template=_ENV), LAB, by),
        review("CREATE", PROXY, None, by),
        review("CREATE", TOKEN, None, by),
        review("UPDATE", KIND, KIND, by),
        review("CREATE", with_metadata(KIND, name="another"), None, by),
        review("DELETE", None, LAB, by),
        review("DELETE", None, KIND, by),
    ]


SCENES: Final[tuple[Json, ...]] = (
    *(one for by in USERS for one in of_notebooks(by)),
    *(one for by in ("owner", "stranger", "nobody") for one in of_pods(by)),
    *of_kinds("admin"),
)
SETTINGS: Final[tuple[Any, ...]] = (
    None,
    None,
    nbcore.Settings(compat="kubeflow"),
    nbcore.Settings(pod_security="restricted", restarting_edits="refuse"),
)
