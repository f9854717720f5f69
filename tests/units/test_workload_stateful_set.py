"""StatefulSets, row by row of sections 0.3, 1.2, 1.3 and 1.10 of the reference on Kubeflow Notebooks 2.0."""

from __future__ import annotations

from typing import Any

import pytest

import nbcore
from tests.units.workload_cases import (
    COMPAT,
    NAME_LABEL,
    judged,
    kind,
    made,
    notebook,
    template,
    with_pod_config,
    workspace,
)

IDENTITY = {NAME_LABEL: "demo", "statefulset": "demo"}


def stateful_set(own: Any, *others: Any, **more: Any) -> Any:
    return made(own, *others, **more)["StatefulSet"]


@pytest.mark.parametrize("settings", [None, COMPAT])
def test_1_12_the_worked_example(settings: nbcore.Settings | None) -> None:
    assert stateful_set(workspace(), kind(), settings=settings) == {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"generateName": "ws-demo-", "namespace": "team", "labels": {NAME_LABEL: "demo"}},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": IDENTITY},
            "template": {
                "metadata": {"labels": IDENTITY},
                "spec": {
                    "serviceAccountName": "ws-demo",
                    "securityContext": {"fsGroup": 100},
                    "containers": [
                        {
                            "name": "main",
                            "image": "registry.example.com/scipy:v1.8.0",
                            "imagePullPolicy": "IfNotPresent",
                            "ports": [{"name": "http-8888", "containerPort": 8888, "protocol": "TCP"}],
                            "env": [
                                {"name": "NB_PREFIX", "value": "/workspace/connect/team/demo/jupyterlab/"}
                            ],
                            "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
                            "securityContext": {
                                "allowPrivilegeEscalation": False,
                                "capabilities": {"drop": ["ALL"]},
                            },
                            "volumeMounts": [
                                {"name": "home-volume", "mountPath": "/home/jovyan"},
                                {"name": "data-volume-0", "mountPath": "/data/my-data"},
                                {"name": "secret-volume-0", "mountPath": "/secrets/a"},
                                {"name": "dshm", "mountPath": "/dev/shm"},
                            ],
                        }
                    ],
                    "volumes": [
                        {"name": "home-volume", "persistentVolumeClaim": {"claimName": "my-home-pvc"}},
                        {"name": "data-volume-0", "persistentVolumeClaim": {"claimName": "my-data-pvc"}},
                        {"name": "secret-volume-0", "secret": {"secretName": "s1", "defaultMode": 420}},
                        {"name": "dshm", "emptyDir": {"medium": "Memory"}},
                    ],
                },
            },
        },
    }


@pytest.mark.parametrize(("paused", "replicas"), [(None, 1), (False, 1), (True, 0)])
def test_1_3_replicas(paused: bool | None, replicas: int) -> None:
    assert stateful_set(workspace(paused=paused), kind())["spec"]["replicas"] == replicas


def test_1_3_nothing_else_is_set_whatever_the_settings_say() -> None:
    for carrier in ("pod", "rolling", "on-delete"):
        found = stateful_set(workspace(), kind(), settings=nbcore.Settings(carrier=carrier))
        assert list(found["spec"]) == ["replicas", "selector", "template"]


def test_1_2_system_labels_win_on_the_pod_template() -> None:
    own = workspace()
    own["spec"]["podTemplate"]["podMetadata"] = {
        "labels": {"team": "b", "own": "1"},
        "annotations": {"a": "2"},
    }
    whole = kind(
        podMetadata={"labels": {"team": "a", "statefulset": "x"}, "annotations": {"a": "1", "b": "1"}}
    )
    found = stateful_set(own, whole, settings=COMPAT)
    assert found["spec"]["template"]["metadata"] == {
        "labels": {"team": "b", "own": "1", **IDENTITY},
        "annotations": {"a": "2", "b": "1"},
    }
    assert found["spec"]["selector"]["matchLabels"] == IDENTITY
    assert found["metadata"]["labels"] == {NAME_LABEL: "demo"}


def test_0_3_metadata_of_the_stateful_set_system_over_pod_config_over_kind() -> None:
    below = {"labels": {"a": "kind", "b": "kind", NAME_LABEL: "kind"}, "annotations": {"a": "kind"}}
    above = {"labels": {"b": "config", "c": "config"}, "annotations": {"b": "config"}}
    whole = with_pod_config(kind(statefulSetMetadata=below), statefulSetMetadata=above)
    found = stateful_set(workspace(), whole)
    assert found["metadata"]["labels"] == {"a": "kind", "b": "config", "c": "config", NAME_LABEL: "demo"}
    assert found["metadata"]["annotations"] == {"a": "kind", "b": "config"}
    assert found["spec"]["template"]["metadata"] == {"labels": IDENTITY}


def test_0_3_metadata_of_the_stateful_set_is_of_the_chosen_pod_config_alone() -> None:
    whole = kind()
    values = whole["spec"]["podTemplate"]["options"]["podConfig"]["values"]
    other = {"statefulSetMetadata": {"labels": {"big": "yes"}}}
    values.append({"id": "scipy_180", "spawner": {"displayName": "Big"}, "spec": other})
    assert stateful_set(workspace(), whole)["metadata"]["labels"] == {NAME_LABEL: "demo"}


def test_1_10_pausing_changes_the_replicas_alone() -> None:
    running, paused = made(workspace(), kind()), made(workspace(paused=True), kind())
    assert paused["StatefulSet"]["spec"].pop("replicas") == 0
    assert running["StatefulSet"]["spec"].pop("replicas") == 1
    assert running == paused


@pytest.mark.parametrize(
    ("carrier", "more"), [("on-delete", {"updateStrategy": {"type": "OnDelete"}}), ("rolling", {})]
)
def test_notebooks_are_carried_as_the_settings_say(carrier: Any, more: Any) -> None:
    own = notebook()
    catalog = nbcore.Catalog([own, template()])
    pod = nbcore.render(own, catalog).pod
    assert pod is not None
    labels = {"jackhoman.dev/notebook": "ada"}
    assert stateful_set(own, template(), settings=nbcore.Settings(carrier=carrier)) == {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "ada", "namespace": "team", "labels": labels},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod["spec"]},
            **more,
        },
    }


def test_a_bare_pod_is_the_pod_itself() -> None:
    own = notebook()
    own["metadata"]["uid"] = "u1"
    pod = nbcore.render(own, nbcore.Catalog([own, template()])).pod
    found = made(own, template(), settings=nbcore.Settings(carrier="pod"))
    assert list(found) == ["Pod", "Service"]
    [owner] = found["Pod"]["metadata"].pop("ownerReferences")
    assert (owner["uid"], owner["controller"]) == ("u1", True)
    assert found["Pod"] == {"apiVersion": "v1", "kind": "Pod", **(pod or {})}


def test_a_bare_pod_is_not_there_while_the_notebook_is_stopped() -> None:
    found, findings = judged(notebook(stopped=True), template(), settings=nbcore.Settings(carrier="pod"))
    assert [one["kind"] for one in found] == ["Service"]
    assert findings == ()
