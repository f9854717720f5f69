"""The rights of an owner on a real API server: the own notebook and its pod, and nothing beside them."""

from __future__ import annotations

from typing import Any

import pytest

from nbcore.workload import owner_access
from tests.cluster.control_plane import ControlPlane

Json = dict[str, Any]


@pytest.fixture(scope="module")
def namespace(control_plane: ControlPlane) -> str:
    """A namespace in which alice owns the notebook ada, and has no other right."""
    name = control_plane.namespace()
    metadata = {"name": "ada", "namespace": name, "annotations": {"jackhoman.dev/owner": "alice"}}
    spec = {"templateRef": {"name": "lab", "namespace": "kubeflow"}}
    one = {"apiVersion": "jackhoman.dev/v1beta1", "kind": "Notebook", "metadata": metadata, "spec": spec}
    for made in owner_access(one):
        control_plane.client().create(made).expect()
    return name


def may(server: ControlPlane, namespace: str, user: str, verb: str, kind: str, name: str) -> bool:
    group, _, resource = kind.rpartition(".")
    main, _, sub = resource.partition("/")
    asked = {
        "namespace": namespace,
        "verb": verb,
        "group": group.replace("_", "."),
        "resource": main,
        "subresource": sub,
        "name": name,
    }
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": user, "resourceAttributes": asked},
    }
    return bool(server.client().create(review).expect()["status"]["allowed"])


@pytest.mark.parametrize(
    ("user", "verb", "kind", "name", "expected"),
    [
        ("alice", "update", "jackhoman_dev.notebooks", "ada", True),
        ("alice", "watch", "jackhoman_dev.notebooks", "ada", True),
        ("alice", "list", "jackhoman_dev.notebooks", "", False),
        ("alice", "update", "jackhoman_dev.notebooks", "bob", False),
        ("alice", "create", ".pods/exec", "ada-0", True),
        ("alice", "create", ".pods/exec", "bob-0", False),
        ("alice", "get", ".pods/log", "ada-0", True),
        ("alice", "create", ".pods", "", False),
        ("alice", "get", ".secrets", "ada", False),
        ("bob", "get", "jackhoman_dev.notebooks", "ada", False),
        ("bob", "create", ".pods/exec", "ada-0", False),
    ],
)
def test_an_owner_may(
    control_plane: ControlPlane, namespace: str, user: str, verb: str, kind: str, name: str, expected: bool
) -> None:
    assert may(control_plane, namespace, user, verb, kind, name) is expected


def test_the_owner_can_watch_the_pod_by_its_name(control_plane: ControlPlane, namespace: str) -> None:
    pods = f"/api/v1/namespaces/{namespace}/pods"
    alice = control_plane.client("alice")
    assert alice.get(pods, query={"fieldSelector": "metadata.name=ada-0"}).ok
    assert alice.get(pods).status == 403
