"""A real API server is asked: our CRDs take the kinds, and it takes golden and starter pods as they are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import yaml

import nbcore
from tests.cluster.client import Client
from tests.cluster.control_plane import ControlPlane
from tests.golden.cases import CASES, ROOT, Case, catalog_of, documents_of, manifest, renderings

STARTER = next(case for case in CASES if case.name == "starter-kinds")
RESTRICTED = {
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/enforce-version": "latest",
}


@pytest.fixture(scope="module")
def free(control_plane: ControlPlane) -> str:
    return control_plane.namespace()


@pytest.fixture(scope="module")
def restricted(control_plane: ControlPlane) -> str:
    return control_plane.namespace(RESTRICTED)


def placed(pod: dict[str, Any], namespace: str) -> dict[str, Any]:
    """The pod's manifest, in a namespace that exists."""
    made = manifest(pod)
    return {**made, "metadata": {**made["metadata"], "namespace": namespace}}


def refusals(control_plane: ControlPlane, pods: list[dict[str, Any]]) -> list[str]:
    """What the server has against these pods, in strict dry runs."""
    answers = control_plane.many(pods)
    assert len(answers) == len(pods) > 0
    return [
        f"{pod['metadata']['name']}: {answer.message}"
        for pod, answer in zip(pods, answers, strict=True)
        if not answer.ok
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden_pods_are_accepted(control_plane: ControlPlane, free: str, case: Case) -> None:
    pods = [placed(one.pod, free) for _, one in renderings(case) if one.pod is not None]
    assert refusals(control_plane, pods) == []


def test_starter_pods_meet_pod_security_restricted(control_plane: ControlPlane, restricted: str) -> None:
    pods = [placed(one.pod, restricted) for _, one in renderings(STARTER) if one.pod is not None]
    assert refusals(control_plane, pods) == []


def test_the_restricted_namespace_refuses_what_is_not(control_plane: ControlPlane, restricted: str) -> None:
    pod = next(one.copy() for _, one in renderings(STARTER))
    assert pod is not None
    del pod["spec"]["containers"][0]["securityContext"]["capabilities"]
    [refusal] = refusals(control_plane, [placed(pod, restricted)])
    assert "unrestricted capabilities" in refusal


def every_choice() -> Iterator[tuple[str, dict[str, Any]]]:
    """The pod of every image with every size of the starter Templates, with all PodDefaults."""
    catalog = catalog_of(STARTER)
    for template in catalog.list("Template"):
        images, sizes = template.spec.options
        for image in images.values:
            for size in sizes.values:
                notebook = {
                    "apiVersion": "jackhoman.dev/v1beta1",
                    "kind": "Notebook",
                    "metadata": {"name": "n", "namespace": "team-a"},
                    "spec": {
                        "templateRef": {"name": template.metadata.name, "namespace": "notebooks"},
                        "options": {"image": image.id, "size": size.id},
                        "podDefaults": [one.name for one in template.spec.optional],
                        "volumes": {"home": "home"},
                    },
                }
                rendering = nbcore.render(notebook, catalog)
                errors = {one.code for one in rendering.findings if one.severity == "error"}
                assert errors <= {"NB209"}, rendering.findings  # the CUDA image without a GPU
                if rendering.pod is not None:
                    yield f"{template.metadata.name} {image.id} {size.id}", rendering.pod


def test_every_choice_of_the_starter_kinds_is_accepted(control_plane: ControlPlane, restricted: str) -> None:
    pods = [placed(pod, restricted) for _, pod in every_choice()]
    assert len(pods) == 4 * 4 - 3 + 2 * 2 + 3 * 2  # images by sizes; CUDA fits one size only
    assert refusals(control_plane, pods) == []


@pytest.fixture(scope="module")
def with_crds(control_plane: ControlPlane) -> ControlPlane:
    client = control_plane.client()
    crds = [yaml.safe_load(file.read_text()) for file in sorted((ROOT / "schemas" / "crd").glob("*.yaml"))]
    for crd in crds:
        answer = client.create(crd)
        assert answer.ok or answer.status == 409, answer.message  # another test may have been first
    for crd in crds:
        control_plane.wait(partial(established, client, crd))
    return control_plane


def established(client: Client, crd: dict[str, Any]) -> bool:
    """Whether the server serves the kind by now."""
    conditions = client.get(crd).expect().get("status", {}).get("conditions") or ()  # null until judged
    return ("Established", "True") in {(one["type"], one["status"]) for one in conditions}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_crds_accept_the_kinds(with_crds: ControlPlane, free: str, case: Case) -> None:
    objects = [one.value for one in documents_of(case)]
    moved = [{**one, "metadata": {**one["metadata"], "namespace": free}} for one in objects]
    assert refusals(with_crds, moved) == []
