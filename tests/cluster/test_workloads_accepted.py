"""A real API server is asked: it takes every object that carries a notebook, as it is made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import nbcore
from nbcore.workload import Istio, objects
from tests.cluster.client import Client
from tests.cluster.control_plane import ControlPlane
from tests.golden.cases import CASES, catalog_of
from tests.units.workload_cases import kind, made, notebook, port, template, with_pod_config, workspace

STARTER = next(case for case in CASES if case.name == "starter-kinds")
VIRTUAL_SERVICE_CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "virtualservices.networking.istio.io"},
    "spec": {
        "group": "networking.istio.io",
        "names": {"kind": "VirtualService", "plural": "virtualservices", "singular": "virtualservice"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
                        },
                    }
                },
            }
        ],
    },
}
"""As much of Istio as the names of its objects need."""


@pytest.fixture(scope="module")
def with_routes(control_plane: ControlPlane) -> ControlPlane:
    client = control_plane.client()
    client.create(VIRTUAL_SERVICE_CRD).expect()
    control_plane.wait(lambda: established(client))
    return control_plane


def established(client: Client) -> bool:
    """Whether the server serves VirtualServices by now."""
    status = client.get(VIRTUAL_SERVICE_CRD).expect().get("status") or {}
    conditions = status.get("conditions") or ()  # null at first
    return ("Established", "True") in {(one["type"], one["status"]) for one in conditions}


@pytest.fixture(scope="module")
def space(control_plane: ControlPlane) -> str:
    return control_plane.namespace()


def moved(own: Any, namespace: str) -> Any:
    """The same notebook or Template in a namespace that exists."""
    return {**own, "metadata": {**own["metadata"], "namespace": namespace}}


def refusals(control_plane: ControlPlane, found: Any) -> list[str]:
    """What the server has against these objects, in strict dry runs."""
    answers = control_plane.many(found)
    assert len(answers) == len(found) > 0
    return [
        f"{one['kind']}: {answer.message}"
        for one, answer in zip(found, answers, strict=True)
        if not answer.ok
    ]


CASES_OF_WORKSPACES = {
    "the worked example": (workspace(), kind()),
    "paused": (workspace(paused=True), kind()),
    "stored": (workspace(uid="0b1e"), kind()),
    "the longest name that is a label": (workspace("a" * 63), kind()),
    "a name that starts with a digit": (workspace("0demo"), kind()),
    "metadata of the StatefulSet": (
        workspace(),
        with_pod_config(kind(statefulSetMetadata={"labels": {"a": "b"}, "annotations": {"x/y": "é"}})),
    ),
    "headers": (
        workspace(),
        kind(
            ports=[
                port(
                    "jupyterlab",
                    removePathPrefix=True,
                    requestHeaders={"set": {"X": '{{ httpPathPrefix "jupyterlab" }}'}, "remove": ["Y"]},
                )
            ]
        ),
    ),
}
CASES_OF_NOTEBOOKS = {
    "two protocols": (notebook(), template()),
    "stopped": (notebook(stopped=True), template()),
    "the longest name": (notebook("a" * 52), template()),
    "a name that starts with a digit": (notebook("0ada"), template()),
    "one number twice": (notebook(), template(ports=[{"id": one, "port": 80} for one in "ab"])),
}


@pytest.mark.parametrize("case", CASES_OF_WORKSPACES)
def test_objects_of_workspaces_are_accepted(with_routes: ControlPlane, space: str, case: str) -> None:
    own, whole = CASES_OF_WORKSPACES[case]
    found = made(moved(own, space), whole, istio=Istio(gateway="mesh/gateway"))
    assert {"ServiceAccount", "StatefulSet", "Service", "VirtualService", "RoleBinding"} < set(found)
    assert refusals(with_routes, list(found.values())) == []


@pytest.mark.parametrize("carrier", ["on-delete", "rolling", "pod"])
@pytest.mark.parametrize("case", CASES_OF_NOTEBOOKS)
def test_objects_of_notebooks_are_accepted(
    with_routes: ControlPlane, space: str, case: str, carrier: Any
) -> None:
    own, whole = (moved(one, space) for one in CASES_OF_NOTEBOOKS[case])
    found = made(own, whole, istio=Istio(), settings=nbcore.Settings(carrier=carrier))
    assert refusals(with_routes, list(found.values())) == []


def starter_objects(namespace: str) -> Iterator[Any]:
    """The objects of the starter notebooks, in a namespace that exists."""
    catalog = catalog_of(STARTER)
    for one in catalog.list("Notebook"):
        found, findings = objects(one, catalog, istio=Istio())
        assert found, findings
        yield from (moved(each, namespace) for each in found)


def test_objects_of_the_starter_kinds_are_accepted(with_routes: ControlPlane, space: str) -> None:
    found = list(starter_objects(space))
    assert {one["kind"] for one in found} == {"StatefulSet", "Service", "VirtualService"}
    assert refusals(with_routes, found) == []


def test_b5_names_that_do_not_fit_are_refused_by_the_server(control_plane: ControlPlane, space: str) -> None:
    for name, refused in (("a" * 64, "StatefulSet"), ("foo.bar", "Service")):
        found = made(moved(workspace(name), space), kind())
        told = refusals(control_plane, list(found.values()))
        assert any(one.startswith(f"{refused}:") for one in told), told


def test_1_3_the_controller_makes_one_pod_and_none_when_paused(
    control_plane: ControlPlane, space: str
) -> None:
    client = control_plane.client()
    own = moved(workspace("run"), space)
    for one in made(own, kind()).values():
        if one["kind"] in ("ServiceAccount", "StatefulSet"):
            stored = client.create(one).expect()
    name = stored["metadata"]["name"]
    assert name.startswith("ws-run-")
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": space, "name": f"{name}-0"}}
    control_plane.wait(lambda: client.get(pod).ok)
    selected = client.get(pod).expect()["metadata"]["labels"]
    assert stored["spec"]["selector"]["matchLabels"].items() <= selected.items()
    paused = made(moved(workspace("run", paused=True), space), kind())["StatefulSet"]
    client.patch(stored, {"spec": {"replicas": paused["spec"]["replicas"]}}, "merge").expect()
    control_plane.wait(lambda: not client.get(pod).ok)
