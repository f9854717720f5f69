"""A real API server is asked: it takes the golden pods of Workspaces, and a StatefulSet makes nothing else of them."""

from __future__ import annotations

from typing import Any

import pytest

import nbcore
from nbcore.kubernetes.paths import Path
from tests.cluster.control_plane import ControlPlane
from tests.golden.cases import WORKSPACES, Case, catalog_of, manifest, renderings

Json = Any


@pytest.fixture(scope="module")
def namespace(control_plane: ControlPlane) -> str:
    return control_plane.namespace()


def placed(pod: Json, namespace: str) -> Json:
    """The pod as what its StatefulSet would make of it: with a name, in a namespace that exists."""
    made = manifest(pod)
    metadata = {**made["metadata"], "namespace": namespace, "name": "ws-golden-0"}
    return {**made, "metadata": metadata, "spec": {**made["spec"], "serviceAccountName": "default"}}


def differences(wanted: Json, stored: Json, path: tuple[str | int, ...] = ()) -> list[str]:
    """Where the server keeps something else than what was rendered; what it adds is no difference."""
    if isinstance(wanted, dict) and isinstance(stored, dict):
        return [
            one
            for key, value in wanted.items()
            if not (value in ("", None) and key not in stored)
            for one in differences(value, stored.get(key), (*path, key))
        ]
    if isinstance(wanted, list) and isinstance(stored, list) and len(wanted) <= len(stored):
        return [one for at, value in enumerate(wanted) for one in differences(value, stored[at], (*path, at))]
    same = wanted == stored or (isinstance(wanted, int) and str(wanted) == stored)
    return [] if same else [str(Path(path))]


@pytest.mark.parametrize("case", WORKSPACES, ids=lambda case: case.name)
def test_golden_pods_of_workspaces_are_accepted_and_kept(
    control_plane: ControlPlane, namespace: str, case: Case
) -> None:
    pods = [placed(one.pod, namespace) for _, one in renderings(case) if one.pod is not None]
    answers = control_plane.many(pods)
    assert len(answers) == len(pods) > 0
    for pod, answer in zip(pods, answers, strict=True):
        assert answer.ok, answer.message
        assert differences(pod, answer.expect()) == []


@pytest.mark.parametrize("case", WORKSPACES, ids=lambda case: case.name)
def test_every_choice_of_the_golden_kinds_is_accepted(
    control_plane: ControlPlane, namespace: str, case: Case
) -> None:
    catalog = catalog_of(case)
    (kind,) = catalog.templates
    images, sizes = kind.spec.options
    pods = []
    for image in images.values:
        for size in sizes.values:
            workspace = {
                "apiVersion": "kubeflow.org/v1beta1",
                "kind": "Workspace",
                "metadata": {"name": "any", "namespace": "any"},
                "spec": {
                    "kind": kind.metadata.name,
                    "podTemplate": {
                        "volumes": {"home": "home"},
                        "options": {"imageConfig": image.id, "podConfig": size.id},
                    },
                },
            }
            rendered = nbcore.render(workspace, catalog)
            assert rendered.pod is not None, rendered.findings
            pods.append(placed(rendered.pod, namespace))
    refused = [answer.message for answer in control_plane.many(pods) if not answer.ok]
    assert refused == []


def test_a_pod_that_is_wrong_is_refused(control_plane: ControlPlane, namespace: str) -> None:
    case = next(one for one in WORKSPACES if one.name.endswith("worked-example"))
    pod = next(one.copy() for _, one in renderings(case))
    assert pod is not None
    pod["spec"]["containers"][0]["volumeMounts"][0]["name"] = "gone"
    (answer,) = control_plane.many([placed(pod, namespace)])
    assert not answer.ok
    assert "gone" in answer.message or "Not found" in answer.message
