"""Notebooks of both dialects and the objects that are made of them, for the tests of the workload.

This module refuses to know what is right.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbcore
from nbcore.finding import Finding
from nbcore.workload import Istio, objects

VECTOR = Path(__file__).parents[1] / "vectors" / "workspace.yaml"
_KIND, _WORKSPACE = (one.value for one in nbcore.load(VECTOR.read_bytes()))
NAME_LABEL = "notebooks.kubeflow.org/workspace-name"
COMPAT = nbcore.Settings(compat="kubeflow")


def kind(**pod_template: Any) -> Any:
    """The WorkspaceKind of the vector, with other fields of its pod template."""
    whole = copy.deepcopy(_KIND)
    whole["spec"]["podTemplate"].update(pod_template)
    return whole


def with_image_ports(whole: Any, *ports: Any) -> Any:
    """The WorkspaceKind with other ports of its first image."""
    changed = copy.deepcopy(whole)
    changed["spec"]["podTemplate"]["options"]["imageConfig"]["values"][0]["spec"]["ports"] = list(ports)
    return changed


def with_pod_config(whole: Any, **spec: Any) -> Any:
    """The WorkspaceKind with more in the spec of its one pod config."""
    changed = copy.deepcopy(whole)
    changed["spec"]["podTemplate"]["options"]["podConfig"]["values"][0]["spec"].update(spec)
    return changed


def port(id_: str, **proxy: Any) -> dict[str, Any]:
    """A port of a WorkspaceKind."""
    more = {"httpProxy": proxy} if proxy else {}
    return {"id": id_, "protocol": "HTTP", "defaultDisplayName": id_.capitalize(), **more}


def workspace(name: str = "demo", *, paused: bool | None = None, **metadata: Any) -> Any:
    """The Workspace of the vector, under another name."""
    whole = copy.deepcopy(_WORKSPACE)
    whole["metadata"] = {"name": name, "namespace": "team", **metadata}
    if paused is not None:
        whole["spec"]["paused"] = paused
    return whole


def template(**spec: Any) -> Any:
    """A Template with an HTTP and a TCP endpoint."""
    container = {"name": "main", "image": "registry.example.com/lab:1"}
    ports = [{"id": "lab", "port": 8888}, {"id": "ssh", "port": 2222, "protocol": "TCP"}]
    return {
        "apiVersion": "jackhoman.dev/v1beta1",
        "kind": "Template",
        "metadata": {"name": "lab", "namespace": "team"},
        "spec": {"template": {"spec": {"containers": [container]}}, "ports": ports, **spec},
    }


def notebook(name: str = "ada", **spec: Any) -> Any:
    """A Notebook of that Template."""
    return {
        "apiVersion": "jackhoman.dev/v1beta1",
        "kind": "Notebook",
        "metadata": {"name": name, "namespace": "team"},
        "spec": {"templateRef": {"name": "lab"}, **spec},
    }


def judged(own: Any, *others: Any, **more: Any) -> tuple[tuple[Any, ...], tuple[Finding, ...]]:
    """The objects of a notebook beside these others, and the findings."""
    return objects(own, nbcore.Catalog([own, *others]), **more)


def made(own: Any, *others: Any, **more: Any) -> dict[str, Any]:
    """The objects of a notebook by kind; a second one of a kind stands under a number."""
    found, findings = judged(own, *others, **more)
    assert found, [str(one) for one in findings]
    by_kind: dict[str, Any] = {}
    for one in found:
        name = one["kind"]
        by_kind[name if name not in by_kind else f"{name} {len(by_kind)}"] = one
    return by_kind


def routed(own: Any, *others: Any, istio: Istio | None = None, **more: Any) -> Any:
    """The VirtualService of a notebook."""
    return made(own, *others, istio=istio or Istio(), **more)["VirtualService"]


def codes(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    """Code and severity of what is worse than information."""
    return [(one.code, one.severity) for one in findings if one.severity != "info"]


def child(kind_: str, called: str, owner: Mapping[str, Any], **controller: Any) -> dict[str, Any]:
    """An object that a cluster holds and that the owner controls."""
    version = {"StatefulSet": "apps/v1", "Service": "v1", "VirtualService": "networking.istio.io/v1"}[kind_]
    own = owner["metadata"]
    reference = {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": own["name"],
        "uid": own.get("uid", "u1"),
        "controller": True,
        **controller,
    }
    metadata = {"name": called, "namespace": own["namespace"], "ownerReferences": [reference]}
    return {"apiVersion": version, "kind": kind_, "metadata": metadata}
