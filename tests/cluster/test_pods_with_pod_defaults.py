"""A real API server is asked: pods that were given their PodDefaults are accepted, and its defaults are no opinion."""

from __future__ import annotations

from typing import Any

import pytest

import nbcore
from nbcore.admission.pods import mutate_pod
from nbcore.settings import Settings
from tests.cluster.control_plane import ControlPlane

IMAGE = "registry.example/lab:1.0"


@pytest.fixture(scope="module")
def space(control_plane: ControlPlane) -> str:
    return control_plane.namespace()


@pytest.fixture(scope="module")
def high(control_plane: ControlPlane, space: str) -> str:
    given = {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": "pod-defaults-high"},
        "value": 1000,
    }
    client = control_plane.client()
    client.create(given).expect()
    one = pod(space)
    one = {**one, "spec": {**one["spec"], "priorityClassName": "pod-defaults-high"}}
    control_plane.wait(lambda: client.dry_run(one).ok)  # admission hears of it a little later
    return "pod-defaults-high"


def theirs(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "kubeflow.org/v1alpha1",
        "kind": "PodDefault",
        "metadata": {"name": "theirs", "resourceVersion": "7"},
        "spec": {"selector": {}, **spec},
    }


def ours(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "jackhoman.dev/v1beta1",
        "kind": "PodDefault",
        "metadata": {"name": "ours"},
        "spec": {"selector": {}, "template": {"spec": spec}},
    }


def main(**fields: Any) -> list[dict[str, Any]]:
    return [{"name": "main", **fields}]


KUBEFLOW = theirs(
    env=[
        {"name": "A", "value": "1"},
        {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
    ],
    envFrom=[{"secretRef": {"name": "s", "optional": True}}],
    volumes=[{"name": "v", "secret": {"secretName": "s"}}],
    volumeMounts=[{"name": "v", "mountPath": "/v"}, {"name": "v", "mountPath": "/w"}],
    tolerations=[{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoSchedule"}],
    sidecars=[{"name": "side", "image": IMAGE}],
    initContainers=[{"name": "setup", "image": IMAGE}],
    labels={"team": "a"},
    command=["run"],
)
TOKEN = {"name": "short", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}
CASES: dict[str, dict[str, Any]] = {
    "kubeflow": KUBEFLOW,
    "grace period": ours(terminationGracePeriodSeconds=60),
    "restart policy": ours(restartPolicy="Never"),
    "links": ours(enableServiceLinks=False),
    "scheduler": ours(schedulerName="fast"),
    "pull policy": ours(containers=main(imagePullPolicy="Always")),
    "requests": ours(containers=main(resources={"requests": {"cpu": "250m"}})),
    "probe": ours(containers=main(livenessProbe={"tcpSocket": {"port": 80}, "periodSeconds": 30})),
    "token": ours(volumes=[{"name": "short", "emptyDir": {}}], containers=main(volumeMounts=[TOKEN])),
    "environment": ours(containers=main(env=[{"name": "B", "value": "1"}])),
}


def pod(space: str) -> dict[str, Any]:
    containers = [{"name": "main", "image": IMAGE, "resources": {"limits": {"cpu": "1"}}}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "lab", "namespace": space},
        "spec": {"containers": [*containers, {"name": "other", "image": IMAGE}]},
    }


def hooked(given: dict[str, Any], space: str, pod_default: dict[str, Any]) -> dict[str, Any]:
    metadata = {**pod_default["metadata"], "namespace": space}
    catalog = nbcore.Catalog([{**pod_default, "metadata": metadata}])
    found = mutate_pod(given, space, catalog, Settings(), operation="CREATE", dry_run=False)
    assert not found.errors, found.errors
    assert found.object is not None
    result: dict[str, Any] = found.object
    return result


def stored(control_plane: ControlPlane, given: dict[str, Any]) -> dict[str, Any]:
    """The pod as the server would store it, as a webhook of its would be sent it."""
    found: dict[str, Any] = control_plane.client().dry_run(given).expect()
    kept = {key: value for key, value in found["metadata"].items() if key in _KEPT}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": kept, "spec": found["spec"]}


_KEPT = ("name", "namespace", "labels", "annotations")


def comparable(given: dict[str, Any]) -> dict[str, Any]:
    """The spec without the volume of the token, of which the server makes up the name, and its mounts."""
    spec = dict(given["spec"])
    made_up = {one["name"] for one in spec.get("volumes", ()) if one["name"].startswith("kube-api-access-")}
    spec["volumes"] = sorted(
        (one for one in spec.get("volumes", ()) if one["name"] not in made_up), key=lambda one: one["name"]
    )
    spec["tolerations"] = sorted(map(str, spec.get("tolerations", ())))
    for field in ("containers", "initContainers"):
        spec[field] = [
            {
                **one,
                "volumeMounts": sorted(
                    (mount for mount in one.get("volumeMounts", ()) if mount["name"] not in made_up),
                    key=lambda mount: str(mount["mountPath"]),
                ),
            }
            for one in spec.get(field, ())
        ]
    return spec


@pytest.mark.parametrize("case", CASES)
def test_what_comes_out_is_accepted_and_defaults_are_no_opinion(
    control_plane: ControlPlane, space: str, case: str
) -> None:
    given = CASES[case]
    early = stored(control_plane, hooked(pod(space), space, given))
    late = stored(control_plane, hooked(stored(control_plane, pod(space)), space, given))
    assert comparable(late) == comparable(early)


def test_a_priority_class_is_worked_out_again(control_plane: ControlPlane, space: str, high: str) -> None:
    late = stored(
        control_plane, hooked(stored(control_plane, pod(space)), space, ours(priorityClassName=high))
    )
    assert late["spec"]["priority"] == 1000
