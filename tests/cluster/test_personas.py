"""Everybody who comes to a cluster with the webhook, and what becomes of what they type.

An admin of the platform; ada and bob, who share a namespace; carol, who has one of her own; an account of GitOps; the
controller of notebooks. There is no kubelet: a connection that fails for want of one was admitted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest

from nbcore.admission.identity import label_of
from tests.cluster.attempts import (
    ATTEMPTS,
    CONNECTIONS,
    MERGE,
    NO_KUBELET,
    STOP,
    done,
    is_denied,
    owner_of,
    refused,
)
from tests.cluster.stage import CONTROLLER, GITOPS, Stage
from tests.cluster.stage_objects import (
    CATALOG,
    OWNER,
    notebook,
    pod,
    thing,
    workspace,
)

pytestmark = pytest.mark.cluster
Json = Any


# ---- ada ----


def test_ada_creates_edits_stops_and_deletes(stage: Stage, team: str) -> None:
    own = notebook("life", team)
    assert done(stage.apply("ada", own)) == ""
    stored = stage.stored(own)
    assert owner_of(stored) == "ada"
    assert stored["metadata"]["labels"] == {OWNER: label_of("ada")}
    own["spec"]["options"] = {"size": "large"}
    warned = done(stage.apply("ada", own))
    assert "Warning: pending: spec.containers[main].resources.limits.memory changes: " in warned
    assert "this is taken at the next start" in warned
    own["spec"]["options"] = {"size": "lage"}
    said = refused(stage.apply("ada", own), "NB204")
    assert "spec.options.size: NB204: the size value lage does not exist. Did you mean large?" in said
    on = ["-n", team, "notebook", "life"]
    done(stage.kubectl("ada", "edit", *on, editor="sed -i s/stopped:.false/stopped:\\ true/"))
    assert stage.stored(own)["spec"]["stopped"] is True
    done(stage.kubectl("ada", "delete", *on))
    assert not stage.exists(own)


def test_ada_has_a_workspace(stage: Stage, team: str) -> None:
    own = workspace("life", team)
    done(stage.apply("ada", own))
    assert owner_of(stage.stored(own)) == "ada"
    own["spec"]["podTemplate"]["options"]["podConfig"] = "big_cpu"
    warned = done(stage.apply("ada", own))
    assert "Warning: restarts it at once: spec.containers[main].resources.requests.cpu changes" in warned
    own["spec"]["podTemplate"]["options"]["podConfig"] = "huge"
    refused(stage.apply("ada", own), "NB204")
    on = ["-n", team, "workspace", "life"]
    refused(stage.kubectl("bob", "delete", *on), "NB704")
    done(stage.kubectl("ada", *MERGE, '{"spec": {"paused": true}}', *on))
    done(stage.kubectl("ada", "delete", *on))


def test_ada_has_a_notebook_of_the_first_kubeflow(stage: Stage, team: str) -> None:
    carried = {"spec": {"containers": [{"name": "first", "image": "registry.example/lab:1"}]}}
    own = thing("kubeflow.org/v1", "Notebook", "first", team, spec={"template": carried})
    done(stage.apply("ada", own))
    assert owner_of(stage.stored(own)) == "ada"
    on = ["-n", team, "notebooks.v1.kubeflow.org", "first"]
    stops = "kubeflow-resource-stopped=2026-01-31T00:00:00Z"
    for asked in (("annotate", *on, stops), ("delete", *on)):
        refused(stage.kubectl("bob", *asked), "NB704")
        done(stage.kubectl("ada", *asked))
    assert not stage.exists(own)


def test_what_ada_deletes_takes_its_pod_with_it(stage: Stage, team: str) -> None:
    """In the foreground, too, where the garbage collector finalizes the notebook in the end."""
    for at, cascade in enumerate(("background", "foreground")):
        own = notebook(f"ends-{at}", team)
        carried = stage.run(own, CATALOG)
        on = ["-n", team, "notebook", own["metadata"]["name"]]
        done(stage.kubectl("ada", "delete", f"--cascade={cascade}", "--timeout=30s", *on))
        stage.wait_until_gone(carried)
        assert not stage.exists(own)


def test_ada_lets_the_server_name_it(stage: Stage, team: str) -> None:
    own = notebook("", team)
    own["metadata"] = {"generateName": "any-", "namespace": team}
    made = stage.kubectl("ada", "create", "-o", "json", "-f", "-", stdin=[own])
    done(made)
    assert owner_of(json.loads(made.stdout)) == "ada"
    own["spec"]["options"] = {"size": "none"}
    refused(stage.kubectl("ada", "create", "-f", "-", stdin=[own]), "NB204")


def test_ada_tries_it_dry(stage: Stage, team: str) -> None:
    own = notebook("dry", team)
    shown = stage.apply("ada", own, "--dry-run=server", "-o", "json")
    done(shown)
    assert owner_of(json.loads(shown.stdout)) == "ada"
    bad = notebook("dry", team, options={"size": "none"})
    refused(stage.apply("ada", bad, "--dry-run=server"), "NB204")
    assert not stage.exists(own)


def test_ada_applies_on_the_server(stage: Stage, team: str) -> None:
    """The marks are no part of what she applies: applying again neither fights over them nor drops them."""
    own = notebook("applied", team)
    for size in ("small", "small", "large"):
        own["spec"]["options"] = {"size": size}
        done(stage.apply("ada", own, "--server-side"))
        assert owner_of(stage.stored(own)) == "ada"
    theirs = notebook("applied", team, options={"size": "small"})
    forced = ["apply", "--server-side", "--force-conflicts", "-f", "-"]
    refused(stage.kubectl("bob", *forced, stdin=[theirs]), "NB704")
    claim = {**own, "metadata": {**own["metadata"], "annotations": {OWNER: "bob"}}}
    refused(stage.kubectl("ada", *forced, stdin=[claim]), "NB706")


PATCHES: Final[Mapping[str, str]] = {
    "merge": '{"spec": {"options": {"size": "large"}}}',
    "json": '[{"op": "add", "path": "/spec/options", "value": {"size": "large"}}]',
}


@pytest.mark.parametrize("kind", PATCHES)
def test_a_patch_is_judged_by_what_it_makes(stage: Stage, team: str, kind: str) -> None:
    own = notebook(f"patched-{kind}", team)
    stage.client("ada").create(own).expect()
    patch = ["patch", "-n", team, "notebook", own["metadata"]["name"], f"--type={kind}", "-p"]
    refused(stage.kubectl("bob", *patch, PATCHES[kind]), "NB704")
    refused(stage.kubectl("ada", *patch, PATCHES[kind].replace("large", "none")), "NB204")
    assert "Warning: pending" in done(stage.kubectl("ada", *patch, PATCHES[kind]))


def test_custom_resources_take_no_strategic_patch_and_have_no_scale(
    stage: Stage, team: str, running: Json
) -> None:
    on = ["-n", team, "notebook", "running"]
    for user in ("ada", "bob"):
        strategic = stage.kubectl(user, "patch", *on, "--type=strategic", "-p", STOP)
        assert "is not supported" in strategic.stderr
        scaled = stage.kubectl(user, "scale", *on, "--replicas=0")
        assert '"running" not found' in scaled.stderr
    assert stage.stored(running)["spec"]["stopped"] is False


def test_delete_all_deletes_ones_own(stage: Stage) -> None:
    space = stage.namespace()
    for user in ("ada", "bob"):
        stage.client(user).create(notebook(f"of-{user}", space)).expect()
    refused(stage.kubectl("bob", "delete", "notebooks", "--all", "-n", space), "NB704")
    assert stage.exists(notebook("of-ada", space))
    stage.client("bob").create(notebook("of-bob", space))
    path = stage.client().collection(notebook("x", space))
    assert is_denied(stage.client("ada").request("DELETE", path), "NB704")
    assert stage.client().request("DELETE", path).ok
    assert stage.client().list_all("jackhoman.dev/v1beta1", "Notebook", space).expect()["items"] == []


# ---- bob and carol ----


@pytest.mark.parametrize("what", ATTEMPTS)
def test_bob_does_nothing_to_what_is_adas(stage: Stage, team: str, running: Json, what: str) -> None:
    before = stage.stored(running)
    said = refused(stage.kubectl("bob", "-n", team, *ATTEMPTS[what]), "NB704")
    assert "Ask its owner or an admin" in said
    assert "ada" not in said.replace("metadata", "")
    assert stage.stored(running) == before


def test_taking_the_marks_away_changes_nothing(stage: Stage, team: str, running: Json) -> None:
    """They are put back, and an update that changes nothing is nobody's business."""
    before = stage.stored(running)
    for kind in ("annotate", "label"):
        done(stage.kubectl("bob", kind, "-n", team, "notebook", "running", f"{OWNER}-"))
    assert stage.stored(running) == before


@pytest.mark.parametrize("what", ["stop", "delete", "exec"])
def test_carol_is_stopped_by_rbac(stage: Stage, team: str, running: Json, what: str) -> None:
    finished = stage.kubectl("carol", "-n", team, *ATTEMPTS[what])
    assert finished.returncode != 0
    assert "forbidden" in finished.stderr.lower()
    assert "NB7" not in finished.stderr


def test_whoever_impersonates_bob_is_bob(stage: Stage, team: str, running: Json) -> None:
    refused(stage.kubectl("admin", "--as=bob", "-n", team, *ATTEMPTS["stop"]), "NB704")
    assert "cannot impersonate" in stage.kubectl("bob", "--as=ada", "-n", team, *ATTEMPTS["stop"]).stderr


def test_bob_edits_and_replaces_in_vain(stage: Stage, team: str, running: Json) -> None:
    edited = stage.kubectl(
        "bob", "edit", "-n", team, "notebook", "running", editor="sed -i s/stopped:.false/stopped:\\ true/"
    )
    refused(edited, "NB704")
    replaced = stage.kubectl("bob", "replace", "--force", "-f", "-", stdin=[notebook("running", team)])
    refused(replaced, "NB704")
    assert stage.stored(running)["metadata"]["uid"] == running["metadata"]["uid"]


@pytest.mark.parametrize("what", CONNECTIONS)
@pytest.mark.parametrize("user", ["ada", "admin"])
def test_the_owner_and_the_admin_enter(stage: Stage, team: str, running: Json, user: str, what: str) -> None:
    finished = stage.kubectl(user, "-n", team, *ATTEMPTS[what])
    assert NO_KUBELET in finished.stderr


def test_the_owner_debugs_and_resizes(stage: Stage, team: str, running: Json) -> None:
    done(stage.kubectl("ada", "-n", team, *ATTEMPTS["debug"]))
    done(stage.kubectl("ada", "-n", team, *ATTEMPTS["resize"]))


def test_a_pod_of_no_notebook_is_open(stage: Stage, team: str) -> None:
    stage.client().create(pod("plain", team, {})).expect()
    stage.plane.run_pod(team, "plain")
    assert NO_KUBELET in stage.kubectl("bob", "-n", team, "exec", "plain", "--", "sh").stderr


def test_a_notebook_of_nobody_is_claimed_by_nobody(stage: Stage) -> None:
    on = ["-n", "old", "notebook", "legacy"]
    assert owner_of(stage.stored(notebook("legacy", "old"))) == ""
    for user in ("ada", "bob"):
        refused(stage.kubectl(user, "annotate", *on, f"{OWNER}={user}"), "NB705")
        refused(stage.kubectl(user, "delete", *on), "NB705")
    done(stage.kubectl("admin", "annotate", *on, f"{OWNER}=bob"))
    assert stage.stored(notebook("legacy", "old"))["metadata"]["labels"] == {OWNER: label_of("bob")}
    refused(stage.kubectl("ada", "delete", *on), "NB704")
    done(stage.kubectl("bob", "delete", *on))


def test_the_admin_hands_it_over(stage: Stage, team: str) -> None:
    own = notebook("handed", team)
    on = ["-n", team, "notebook", "handed"]
    stage.client("ada").create(own).expect()
    refused(stage.kubectl("ada", "annotate", "--overwrite", *on, f"{OWNER}=bob"), "NB706")
    refused(stage.kubectl("admin", "annotate", "--overwrite", *on, f"{OWNER}="), "NB706")
    done(stage.kubectl("admin", "annotate", "--overwrite", *on, f"{OWNER}=bob"))
    assert stage.stored(own)["metadata"]["labels"] == {OWNER: label_of("bob")}
    refused(stage.kubectl("ada", *MERGE, STOP, *on), "NB704")
    done(stage.kubectl("bob", *MERGE, STOP, *on))


def test_gitops_creates_for_others_and_keeps_its_hands_off(stage: Stage, team: str) -> None:
    own = notebook("synced", team)
    own["metadata"]["annotations"] = {OWNER: "ada"}
    for _ in range(2):  # a second sync changes nothing, and so is no business of anybody
        done(stage.apply(GITOPS, own, "--server-side"))
    assert owner_of(stage.stored(own)) == "ada"
    own["spec"]["stopped"] = True
    refused(stage.apply(GITOPS, own, "--server-side"), "NB704")
    own["metadata"]["name"] = "unsynced"
    done(stage.kubectl("bob", "create", "-f", "-", stdin=[own]))
    assert owner_of(stage.stored(own)) == "bob"
    done(stage.kubectl("ada", "delete", "-n", team, "notebook", "synced"))


# ---- what nobody may be kept from ----


def test_finalizers_are_the_controllers_and_the_owners_to_remove(stage: Stage, team: str) -> None:
    own = notebook("finalized", team)
    on = ["-n", team, "notebook", "finalized"]
    add = '{"metadata": {"finalizers": ["a.example/one", "a.example/two"]}}'
    stage.client("ada").create(own).expect()
    refused(stage.kubectl("ada", *MERGE, add, *on), "NB709")
    done(stage.kubectl(CONTROLLER, *MERGE, add, *on))
    done(stage.kubectl("ada", "delete", "--wait=false", *on))
    less, none = (add.replace(', "a.example/two"', ""), '{"metadata": {"finalizers": null}}')
    refused(stage.kubectl("bob", *MERGE, none, *on), "NB704")
    done(stage.kubectl(CONTROLLER, *MERGE, less, *on))
    done(stage.kubectl("ada", *MERGE, none, *on))
    assert not stage.exists(own)


def test_the_controller_writes_status_and_stops_and_changes_no_spec(stage: Stage, team: str) -> None:
    own = notebook("idle", team)
    stage.client("ada").create(own).expect()
    patch = ["-n", team, "patch", "notebook", "idle", "--type=merge", "-p"]
    refused(stage.kubectl(CONTROLLER, *patch, '{"spec": {"options": {"size": "large"}}}'), "NB715")
    done(stage.kubectl(CONTROLLER, *patch, '{"status": {"revision": "r1"}}', "--subresource=status"))
    done(stage.kubectl(CONTROLLER, *patch, STOP))
    assert stage.stored(own)["status"] == {"revision": "r1"}
