"""The days of a cluster with the webhook: pods are made, namespaces end, certificates rotate, CRDs are upgraded.

Most of what happens here is done by the cluster's own controllers, none of which may ever hang on the webhook.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final

import pytest
import yaml

from tests.cluster.attempts import ATTEMPTS, MERGE, STOP, UNKNOWN, done, owner_of, refused
from tests.cluster.injector import injector
from tests.cluster.stage import CONTROLLER, ROOT, Stage
from tests.cluster.stage_objects import (
    CATALOG,
    env_default,
    kubeflow_default,
    namespace,
    notebook,
    pod,
    template,
    thing,
    with_main,
    workspace,
)

pytestmark = pytest.mark.cluster
Json = Any


# ---- pods ----


def env_of(one: Json) -> list[str]:
    return [entry["name"] for entry in one["spec"]["containers"][0].get("env", ())]


@pytest.mark.parametrize("admission", ["enabled", "enforced"])
def test_pod_defaults_reach_the_pods_that_controllers_make(stage: Stage, admission: str) -> None:
    space = stage.namespace(admission)
    labels = {"gpu": "yes"}
    kinds = [
        env_default("ours", space, "OURS", selector={"matchLabels": labels}),
        kubeflow_default("theirs", space, "THEIRS", labels),
    ]
    done(stage.kubectl("admin", "apply", "-f", "-", stdin=kinds))
    known = pod("probe", space, labels)
    stage.plane.wait(
        lambda: {"OURS", "THEIRS"} <= {*env_of(stage.client().create(known, dry_run=True).expect())}
    )
    carried = {"metadata": {"labels": labels}, "spec": pod("x", space, {})["spec"]}
    spec = {"serviceName": "x", "replicas": 2, "selector": {"matchLabels": labels}, "template": carried}
    stage.client().create(
        thing("apps/v1", "StatefulSet", "web", space, spec={**spec, "podManagementPolicy": "Parallel"})
    ).expect()

    def pods() -> list[Json]:
        found: list[Json] = stage.client().list_all("v1", "Pod", space).expect()["items"]
        return found if len(found) == 2 else []

    made = stage.plane.wait(pods)
    assert [sorted(env_of(one)) for one in made] == [["OURS", "THEIRS"]] * 2
    assert {one["metadata"]["annotations"]["jackhoman.dev/pod-defaults"] for one in made} == {
        f"{space}/ours,{space}/theirs"
    }


@pytest.mark.parametrize("name", ["a-mesh", "z-mesh"])
def test_a_sidecar_of_another_webhook_and_our_pod_defaults_go_together(stage: Stage, name: str) -> None:
    """Before ours or after it: the pod gets both, and ours once, though it is asked again."""
    space = stage.namespace("enforced", mesh=name)
    stage.client().create(
        env_default("ours", space, "OURS", selector={"matchLabels": {"app": "lab"}})
    ).expect()
    own = pod("lab", space, {"app": "lab"})
    stage.plane.wait(lambda: env_of(stage.client().create(own, dry_run=True).expect()))
    with injector(stage.client(), name, {"mesh": name}) as seen:
        stage.plane.wait(lambda: seen or (stage.client().create(own, dry_run=True).ok and seen))
        seen.clear()
        made = stage.client().create(own).expect()
    assert [one["name"] for one in made["spec"]["containers"]] == ["main", "mesh"]
    assert env_of(made) == ["OURS"]
    asked = stage.answered(phase="mutate", namespace=space, object="lab", dryRun=False)
    assert len(seen) + len(asked) == 3  # whoever came first is asked again
    assert (len(asked) == 2) == (name == "z-mesh")


def test_the_cluster_makes_pods_of_notebooks_while_nobody_else_may(
    stage: Stage, team: str, running: Json
) -> None:
    lost = thing("v1", "Pod", "running-0", team)
    uid = stage.stored(lost)["metadata"]["uid"]
    stage.client().delete(lost).expect()

    def is_new() -> bool:
        found = stage.client().get(lost)
        return found.ok and found.body["metadata"]["uid"] != uid

    stage.plane.wait(is_new)
    stage.plane.run_pod(team, "running-0")
    refused(stage.kubectl("bob", "-n", team, *ATTEMPTS["exec"]), "NB704")


# ---- namespaces that end, and days when the webhook is not well ----


@contextmanager
def down(stage: Stage) -> Iterator[None]:
    stage.stop()
    try:
        yield
    finally:
        stage.start()


DAYS: Final[Mapping[str, Callable[[Stage], AbstractContextManager[Any]]]] = {
    "up": nullcontext,
    "rotating": lambda stage: stage.rotating(),
    "down": down,
}


@pytest.mark.parametrize("day", DAYS)
def test_a_namespace_in_which_notebooks_run_ends(stage: Stage, day: str) -> None:
    space = stage.namespace()
    stage.run(notebook("runs", space), CATALOG)
    stage.client("bob").create(workspace("rests", space)).expect()
    with DAYS[day](stage):
        done(stage.kubectl("admin", "delete", "namespace", space, "--wait=false"))
        stage.wait_until_gone(namespace(space))


def test_a_namespace_ends_when_the_controller_has_finalized_its_notebooks(stage: Stage) -> None:
    space = stage.namespace()
    own = stage.client("ada").create(notebook("kept", space)).expect()
    keep = {"metadata": {"finalizers": ["jackhoman.dev/controller"]}}
    stage.client(CONTROLLER).patch(own, keep, "merge").expect()
    stage.client().delete(namespace(space)).expect()
    stage.plane.wait(lambda: "deletionTimestamp" in stage.stored(own)["metadata"])
    stage.client(CONTROLLER).patch(own, {"metadata": {"finalizers": None}}, "merge").expect()
    stage.wait_until_gone(namespace(space))


def test_ada_works_while_certificates_rotate(stage: Stage, team: str) -> None:
    own = notebook("steady", team)
    client = stage.client("ada")
    swapped = stage.metric('nbcore_webhook_certificate_reloads_total{result="swapped"}')
    with stage.rotating():
        for at in range(40):
            client.create(own).expect()
            client.patch(own, {"metadata": {"labels": {"at": str(at)}}}, "merge").expect()
            client.delete(own).expect()
    assert stage.metric('nbcore_webhook_certificate_reloads_total{result="swapped"}') > swapped + 3


def test_while_it_is_down_people_are_told_why_and_nothing_gets_lost(
    stage: Stage, team: str, running: Json
) -> None:
    with down(stage):
        on = ["-n", team, "notebook", "running"]
        finished = stage.kubectl("ada", "patch", *on, "--type=merge", "-p", STOP)
        assert 'failed calling webhook "notebooks.' in finished.stderr
        assert "failed calling webhook" in stage.kubectl("bob", "-n", team, *ATTEMPTS["exec"]).stderr
        assert stage.client().create(pod("open", stage.namespace("enabled"), {})).ok
    done(stage.kubectl("ada", *MERGE, STOP, *on))


# ---- an upgrade, last: it changes a CRD ----


def upgraded() -> Json:
    """The CRD of notebooks with a second version, and a field that this server does not know."""
    crd = yaml.safe_load((ROOT / "schemas" / "crd" / "notebooks.yaml").read_text())
    (old,) = crd["spec"]["versions"]
    newer = copy.deepcopy({**old, "name": "v1", "storage": False})
    crd["spec"]["versions"].append(newer)
    for one in (old, newer):
        one["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["theme"] = {"type": "string"}
    return crd


@contextmanager
def carol_at_work(stage: Stage) -> Iterator[list[str]]:
    """Carol creates and deletes meanwhile; yields what was refused."""
    failed: list[str] = []
    over = threading.Event()

    def work() -> None:
        client, own = stage.client("carol"), notebook("busy", "elsewhere")
        while not over.is_set():
            failed.extend(one.message for one in (client.create(own), client.delete(own)) if not one.ok)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield failed
    finally:
        over.set()
        thread.join()


def test_a_crd_is_upgraded_while_it_serves(stage: Stage, team: str, running: Json) -> None:
    stage.client().create(template("newer")).expect()
    later = {**notebook("later", team, "newer"), "apiVersion": "jackhoman.dev/v1"}
    with carol_at_work(stage) as failed:
        done(stage.kubectl("admin", "replace", "-f", "-", stdin=[upgraded()]))
        stage.plane.wait(lambda: stage.apply("ada", later).returncode == 0)
    assert failed == []
    assert owner_of(stage.stored(later)) == "ada"
    refused(stage.apply("ada", {**later, "spec": {**later["spec"], "theme": "dark"}}), "NB105")
    for version in ("v1", "v1beta1"):
        on = ["-n", team, f"notebooks.{version}.jackhoman.dev", "running"]
        refused(stage.kubectl("bob", "delete", *on), "NB704")
        refused(stage.kubectl("bob", *MERGE, '{"spec": {"theme": "red"}}', *on), "NB704")
        refused(stage.kubectl("ada", *MERGE, UNKNOWN, *on), "NB204")
    assert stage.is_ready()
    # it goes on hearing of notebooks that are created after the upgrade
    replace = ["replace", "--dry-run=server", "-f", "-"]
    edited = with_main(template("newer"), image="registry.example/lab:2")
    stage.plane.wait(
        lambda: "Warning: 1 notebook (" in done(stage.kubectl("admin", *replace, stdin=[edited]))
    )


def test_no_answer_was_an_error_of_ours(stage: Stage) -> None:
    """In all that was done on this stage."""
    answers = stage.answered()
    assert answers
    assert {one["code"] for one in answers} <= {200, 403, 409, 422}
    errors = {one["message"] for one in stage.logged() if one["level"] in ("ERROR", "CRITICAL")}
    assert errors <= {"new certificate refused, the old one stays"}  # a pair that was torn for a moment
