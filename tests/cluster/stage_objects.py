"""The objects of the stage: kinds, notebooks, and the roles that people have; all are plain JSON.

This module refuses to know any server.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

import nbcore

Json = Any
NATIVE: Final = "jackhoman.dev/v1beta1"
OWNER: Final = "jackhoman.dev/owner"
_WORKSPACES: Final = Path(__file__).parents[1] / "golden/workspaces/worked-example/in/all.yaml"


def thing(api_version: str, kind: str, name: str, space: str = "", **fields: Json) -> Json:
    """An object of any kind; cluster-wide without a namespace."""
    metadata = {"name": name, **({"namespace": space} if space else {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}


def namespace(name: str, labels: Mapping[str, str] | None = None) -> Json:
    """A namespace."""
    made = thing("v1", "Namespace", name)
    return {**made, "metadata": {**made["metadata"], "labels": dict(labels or {})}}


def notebook(name: str, space: str, kind: str = "lab", **spec: Json) -> Json:
    """A notebook of a Template."""
    return thing(
        NATIVE, "Notebook", name, space, spec={"templateRef": {"name": kind, "namespace": "kinds"}, **spec}
    )


def template(name: str = "lab", *, sizes: Mapping[str, str] | None = None, **spec: Json) -> Json:
    """A Template with sizes, each of which asks for that much memory."""
    main = {"name": "main", "image": "registry.example/lab:1"}
    pod = {"terminationGracePeriodSeconds": 0, "automountServiceAccountToken": False, "containers": [main]}
    values = [
        {"id": id_, "template": {"spec": {"containers": [_limited(memory)]}}}
        for id_, memory in (sizes or {"small": "1Gi", "large": "8Gi"}).items()
    ]
    whole = {
        "template": {"spec": pod},
        "optional": [{"name": "mirror"}],
        "options": [{"id": "size", "default": values[0]["id"], "values": values}],
        **spec,
    }
    return thing(NATIVE, "Template", name, "kinds", spec=whole)


def with_main(own: Json, **fields: Json) -> Json:
    """The Template with more in its main container."""
    own["spec"]["template"]["spec"]["containers"][0].update(fields)
    return own


def _limited(memory: str) -> Json:
    return {"name": "main", "resources": {"limits": {"memory": memory}}}


def env_default(name: str, space: str, variable: str, **spec: Json) -> Json:
    """A PodDefault of our own that sets a variable in `main`."""
    env = [{"name": variable, "value": "1"}]
    part = {"spec": {"containers": [{"name": "main", "env": env}]}}
    return thing(NATIVE, "PodDefault", name, space, spec={"template": part, **spec})


def kubeflow_default(name: str, space: str, variable: str, labels: Mapping[str, str]) -> Json:
    """A PodDefault of Kubeflow that sets a variable."""
    spec = {
        "desc": name,
        "selector": {"matchLabels": dict(labels)},
        "env": [{"name": variable, "value": "1"}],
    }
    return thing("kubeflow.org/v1alpha1", "PodDefault", name, space, spec=spec)


_GIVEN: Final = list(yaml.safe_load_all(_WORKSPACES.read_text()))
WORKSPACE_KIND: Final[Json] = _GIVEN[0]
_ROOM: Final = {"cpu": "64", "memory": "256Gi", "pods": "110"}
NODE: Final = thing("v1", "Node", "node", status={"allocatable": _ROOM, "capacity": _ROOM})
"""Where pods are bound to, with room for all of them; no kubelet answers there."""
_TINY, _BIG = ("tiny_cpu", "100m"), ("big_cpu", "500m")
WORKSPACE_KIND["spec"]["podTemplate"]["options"]["podConfig"]["values"] = [
    {
        "id": id_,
        "spawner": {"displayName": id_},
        "spec": {"resources": {"requests": {"cpu": cpu}, "limits": {"memory": "128Mi"}}},
    }
    for id_, cpu in (_TINY, _BIG)
]


def workspace(name: str, space: str, **template_fields: Json) -> Json:
    """A Workspace of Kubeflow Notebooks 2.0."""
    options = {"imageConfig": "jupyterlab_scipy_190", "podConfig": "tiny_cpu"}
    pod = {"volumes": {"home": "home", "data": []}, "options": options, **template_fields}
    spec = {"kind": "jupyterlab", "podTemplate": pod}
    return thing("kubeflow.org/v1beta1", "Workspace", name, space, spec=spec)


def pod(name: str, space: str, labels: Mapping[str, str]) -> Json:
    """A plain pod that belongs to no notebook."""
    made = thing("v1", "Pod", name, space, spec={"containers": [{"name": "main", "image": "i:1"}]})
    return {**made, "metadata": {**made["metadata"], "labels": dict(labels)}}


KINDS: Final[tuple[Json, ...]] = (template(), env_default("mirror", "kinds", "MIRROR"), WORKSPACE_KIND)
CATALOG: Final = nbcore.Catalog(KINDS)


def _foreign(group: str, plural: str, kind: str, versions: tuple[str, ...]) -> Json:
    """A CRD of another product that takes anything."""
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    names = {"plural": plural, "singular": kind.lower(), "kind": kind, "listKind": f"{kind}List"}
    made = [
        {"name": one, "served": True, "storage": at == 0, "schema": schema, "subresources": {"status": {}}}
        for at, one in enumerate(versions)
    ]
    spec = {"group": group, "scope": "Namespaced", "names": names, "versions": made}
    return thing("apiextensions.k8s.io/v1", "CustomResourceDefinition", f"{plural}.{group}", spec=spec)


FOREIGN_CRDS: Final = (
    _foreign("kubeflow.org", "poddefaults", "PodDefault", ("v1alpha1",)),
    _foreign("kubeflow.org", "notebooks", "Notebook", ("v1", "v1beta1")),
)

_RBAC: Final = "rbac.authorization.k8s.io"
_ALL: Final = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"]
_OURS: Final = [
    {
        "apiGroups": ["jackhoman.dev"],
        "resources": [f"notebooks{one}" for one in ("", "/status", "/scale")],
        "verbs": _ALL,
    },
    {
        "apiGroups": ["kubeflow.org"],
        "resources": ["workspaces", "workspaces/status", "notebooks"],
        "verbs": _ALL,
    },
]
_PODS: Final = [
    {"apiGroups": [""], "resources": ["events"], "verbs": ["get", "list"]},
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch", "create"]},
    {
        "apiGroups": [""],
        "resources": ["pods/exec", "pods/attach", "pods/portforward"],
        "verbs": ["get", "create"],
    },
    {
        "apiGroups": [""],
        "resources": ["pods/ephemeralcontainers", "pods/resize"],
        "verbs": ["get", "patch", "update"],
    },
]


def _bound(name: str, role: str, accounts: tuple[str, ...]) -> Json:
    subjects = [{"apiGroup": _RBAC, "kind": "User", "name": one} for one in accounts]
    reference = {"apiGroup": _RBAC, "kind": "ClusterRole", "name": role}
    return thing(f"{_RBAC}/v1", "ClusterRoleBinding", name, roleRef=reference, subjects=subjects)


TENANT: Final[tuple[Json, ...]] = (
    thing(f"{_RBAC}/v1", "ClusterRole", "tenant", rules=[*_OURS, *_PODS]),
    thing(f"{_RBAC}/v1", "ClusterRole", "gitops", rules=_OURS),
    _bound("gitops", "gitops", ("system:serviceaccount:argocd:argocd-application-controller",)),
    _bound("controller", "cluster-admin", ("system:serviceaccount:jackhoman:controller",)),
)
"""What a tenant of a namespace may do by RBAC alone, and what accounts may do everywhere."""
