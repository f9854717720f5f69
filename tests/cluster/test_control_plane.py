"""The test bed itself: is it the Kubernetes that it claims to be, and are its users who they say they are?"""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.cluster import binaries
from tests.cluster.control_plane import ControlPlane
from tests.cluster.processes import DidNotStart


@pytest.fixture(scope="module")
def namespace(control_plane: ControlPlane) -> str:
    return control_plane.namespace()


def pod(namespace: str, name: str = "a", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"containers": [{"name": "main", "image": "registry.example/lab:1"}], **spec},
    }


def test_the_server_is_the_pinned_version(control_plane: ControlPlane) -> None:
    assert control_plane.client().get("/version").expect()["gitVersion"] == binaries.kubernetes_version()
    assert binaries.kubernetes_version() == "v1.36.3"


def test_a_dry_run_answers_with_the_defaults_and_stores_nothing(
    control_plane: ControlPlane, namespace: str
) -> None:
    client = control_plane.client()
    stored = client.dry_run(pod(namespace)).expect()
    assert stored["spec"]["terminationGracePeriodSeconds"] == 30
    assert "volumes" not in stored["spec"]  # the ServiceAccount plugin is off
    assert client.get(pod(namespace)).status == 404


def test_a_bad_pod_is_refused_with_every_cause(control_plane: ControlPlane, namespace: str) -> None:
    bad = pod(namespace, restartPolicy="Sometimes", containers=[{"name": "Main", "image": "x"}])
    answer = control_plane.client().dry_run(bad)
    assert answer.status == 422
    assert {cause.field for cause in answer.causes} == {"spec.restartPolicy", "spec.containers[0].name"}


def test_an_unknown_field_is_refused(control_plane: ControlPlane, namespace: str) -> None:
    answer = control_plane.client().dry_run(pod(namespace, extra=1))
    assert answer.status == 400
    assert 'unknown field "spec.extra"' in answer.message


def test_many_dry_runs_answer_in_order(control_plane: ControlPlane, namespace: str) -> None:
    documents = [pod(namespace, name=f"p-{number}") for number in range(40)]
    documents[7]["spec"]["containers"] = []
    answers = control_plane.many(documents)
    assert [answer.status for answer in answers] == [201] * 7 + [422] + [201] * 32
    assert [answer.body["metadata"]["name"] for answer in answers if answer.ok] == [
        f"p-{number}" for number in range(40) if number != 7
    ]


def test_users_are_who_they_say_they_are(control_plane: ControlPlane) -> None:
    review = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "SelfSubjectReview",
        "metadata": {"name": "x"},
    }
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    for user in control_plane.users.values():
        info = control_plane.client(user.name).request("POST", path, review).expect()["status"]["userInfo"]
        assert info["username"] == user.name
        assert set(info["groups"]) == {*user.groups, "system:authenticated"}


def test_a_user_may_only_what_was_granted(control_plane: ControlPlane) -> None:
    namespace = control_plane.namespace()
    refused = control_plane.client("alice").dry_run(pod(namespace))
    assert refused.status == 403
    assert 'User "alice" cannot create resource "pods"' in refused.message
    control_plane.grant("alice", "edit", namespace)
    control_plane.wait(lambda: control_plane.client("alice").dry_run(pod(namespace)).ok)
    assert control_plane.client("bob").dry_run(pod(namespace)).status == 403


def test_the_controllers_make_the_pod_of_a_stateful_set(control_plane: ControlPlane, namespace: str) -> None:
    labels = {"app": "lab"}
    template = {"metadata": {"labels": labels}, "spec": pod(namespace)["spec"]}
    stateful_set = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "lab", "namespace": namespace},
        "spec": {"selector": {"matchLabels": labels}, "serviceName": "lab", "template": template},
    }
    control_plane.client().create(stateful_set).expect()
    wanted = pod(namespace, name="lab-0")
    made = control_plane.wait(lambda: control_plane.client().get(wanted).ok and wanted)
    control_plane.run_pod(namespace, "lab-0")
    assert control_plane.client().get(made).expect()["status"]["phase"] == "Running"
    ready = control_plane.wait(
        lambda: control_plane.client().get(stateful_set).expect()["status"].get("readyReplicas")
    )
    assert ready == 1


def test_a_custom_resource_is_found_by_discovery(control_plane: ControlPlane) -> None:
    client = control_plane.client()
    names = {"plural": "toys", "singular": "toy", "kind": "Toy"}
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "toys.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [version]},
    }
    toy = {"apiVersion": "example.com/v1", "kind": "Toy", "metadata": {"name": "a"}, "size": 1}
    client.create(definition).expect()
    control_plane.wait(lambda: client.get("/apis/example.com/v1").ok)
    control_plane.wait(lambda: client.create(toy).ok)
    assert client.patch(toy, {"size": 2}, "merge").expect()["size"] == 2
    assert client.delete(toy).ok
    client.delete(definition).expect()


def test_kubectl_speaks_to_the_server_as_the_user(control_plane: ControlPlane) -> None:
    mine = control_plane.kubectl("auth", "whoami", "-o", "name", user="bob")
    assert mine.returncode == 0, mine.stderr
    asked = control_plane.kubectl("auth", "whoami", "-o", "jsonpath={.status.userInfo.username}", user="bob")
    assert asked.stdout == "bob"


@pytest.mark.cluster
def test_a_failed_start_shows_the_log_and_leaves_no_process() -> None:
    broken = ControlPlane(api_server_flags=("--no-such-flag",))
    started: list[int] = []
    original = broken._run

    def run(*arguments: Any) -> Any:
        process = original(*arguments)
        started.append(process.pid)
        return process

    broken._run = run  # type: ignore[method-assign, assignment]
    with pytest.raises(DidNotStart) as failure, broken:
        raise AssertionError("the server started with a flag that does not exist")
    assert any("unknown flag: --no-such-flag" in note for note in failure.value.__notes__)
    assert len(started) == 2
    assert not any(_alive(pid) for pid in started)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
