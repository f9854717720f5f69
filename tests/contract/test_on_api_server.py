"""The contract as a real API server holds it, seen by its clients: patches, denials, warnings, audit, retries.

Its users may do everything by RBAC, so that whatever stops them is the webhook.
"""

from __future__ import annotations

import base64
import copy
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from nbcore import admission
from tests.cluster.client import Answer
from tests.contract.stage import NATIVE, Served, Stage, hook, let_in, soon, staged
from tests.units.reviews import OWNER, changed, reference, with_metadata
from tests.webhook.harness import Held, issued

Json = Any
OWNED = "metadata", "annotations", OWNER
CLEANER = "system:kube-controller-manager"
pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The stage, with a Template in the namespace `team`, whose pods are opted in."""
    with staged(tmp_path_factory.mktemp("stage")) as found, pytest.MonkeyPatch.context() as patch:
        patch.setattr(admission, "review", found.record)
        client = found.plane.client()
        labels = {"jackhoman.dev/admission": "enforced"}
        space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team", "labels": labels}}
        client.create(space).expect()
        let_in(found.plane, "team", ["alice", "bob", CLEANER])
        for one in (of("Template", "lab", **LAB), of("PodDefault", "all", **EVERYWHERE)):
            client.create(one).expect()
        client.create(KIND).expect()
        soon(lambda: client.create(notebook("probe"), dry_run=True).ok)
        yield found


LAB = {"template": {"spec": {"containers": [{"name": "main", "image": "registry.example.com/lab:1"}]}}}
EVERYWHERE = {
    "selector": {"matchLabels": {"given": "yes"}},
    "template": {
        "metadata": {"annotations": {"example.com/a.b": "c", "example.com/d": "e"}},
        "spec": {
            "containers": [{"name": "main", "env": [{"name": "A", "value": "1"}]}],
            "volumes": [{"name": "scratch", "emptyDir": {}}],
        },
    },
}


KIND = {
    "apiVersion": "kubeflow.org/v1beta1",
    "kind": "WorkspaceKind",
    "metadata": {"name": "jupyterlab"},
    "spec": {
        "spawner": {
            "displayName": "JupyterLab",
            "description": "Notebooks",
            "icon": {"url": "https://example.com/icon.svg"},
            "logo": {"url": "https://example.com/logo.svg"},
        },
        "podTemplate": {
            "volumeMounts": {"home": "/home/jovyan"},
            "ports": [{"id": "lab", "protocol": "HTTP", "defaultDisplayName": "Lab"}],
            "options": {
                "imageConfig": {
                    "spawner": {"default": "one"},
                    "values": [
                        {
                            "id": "one",
                            "spawner": {"displayName": "One"},
                            "spec": {
                                "image": "registry.example.com/lab:1",
                                "ports": [{"id": "lab", "port": 8888}],
                            },
                        }
                    ],
                },
                "podConfig": {
                    "spawner": {"default": "small"},
                    "values": [{"id": "small", "spawner": {"displayName": "Small"}, "spec": {}}],
                },
            },
        },
    },
}
WORKSPACE = {
    "apiVersion": "kubeflow.org/v1beta1",
    "kind": "Workspace",
    "metadata": {"name": "ada", "namespace": "team"},
    "spec": {
        "kind": "jupyterlab",
        "displayName": "A",
        "podTemplate": {
            "volumes": {"home": "ada-home", "data": []},
            "options": {"imageConfig": "one", "podConfig": "small"},
        },
    },
}


def of(kind: str, name: str, **spec: Json) -> Json:
    """An object of one of our kinds in the namespace of the stage."""
    return {"apiVersion": NATIVE, "kind": kind, "metadata": {"name": name, "namespace": "team"}, "spec": spec}


def notebook(name: str, /, **metadata: Json) -> Json:
    """A Notebook of the Template of the stage."""
    return with_metadata(of("Notebook", name, templateRef={"name": "lab"}), **metadata)


def pod(name: str, /, **metadata: Json) -> Json:
    """A pod that gets the PodDefault of the stage."""
    resources = {"requests": {"cpu": "1"}}
    spec = {"containers": [{"name": "main", "image": "registry.example.com/lab:1", "resources": resources}]}
    metadata = {"name": name, "namespace": "team", "labels": {"given": "yes"}, **metadata}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def created(stage: Stage, one: Json, user: str = "alice") -> Json:
    """The object as it is stored."""
    return stage.plane.client(user).create(one).expect()


# ---- reviews ----


def test_c025_a_deletecollection_names_nothing(stage: Stage) -> None:
    for name in ("swept-1", "swept-2"):
        created(stage, notebook(name, labels={"swept": "yes"}))
    path = f"/apis/{NATIVE}/namespaces/team/notebooks"
    query = {"labelSelector": "swept=yes"}
    stranger = stage.plane.client("bob").request("DELETE", path, query=query)
    assert stranger.status == 403
    assert "NB704" in stranger.message
    since = len(stage.asked)
    stage.plane.client("alice").request("DELETE", path, query=query).expect()
    seen = stage.about("swept-1", "DELETE", since=since)
    assert [one.request.get("name", "") for one in seen] == [""]
    assert all(stage.plane.client().get(notebook(name)).status == 404 for name in ("swept-1", "swept-2"))


def test_c027_objects_are_there_by_operation(stage: Stage) -> None:
    one = created(stage, notebook("shapes"))
    stage.plane.client("alice").update(changed(one, stopped=True)).expect()
    stage.plane.client("alice").delete(one).expect()
    seen = {
        each.request["operation"]: (each.request["object"] is None, each.request["oldObject"] is None)
        for each in stage.about("shapes", phase="validate")
    }
    assert seen == {"CREATE": (False, True), "UPDATE": (False, False), "DELETE": (True, False)}


def test_c028_an_apply_is_a_create_and_then_an_update(stage: Stage) -> None:
    one = notebook("applied")
    for _ in range(2):
        answer = stage.plane.client("alice").patch(one, one, "apply", fieldManager="me", force="true")
        assert answer.expect()["metadata"]["annotations"][OWNER] == "alice"
        one = changed(one, stopped=True)
    stranger = stage.plane.client("bob").patch(one, one, "apply", fieldManager="him", force="true")
    assert stranger.status == 403
    operations = [each.request["operation"] for each in stage.about("applied", phase="validate")]
    assert operations == ["CREATE", "UPDATE", "UPDATE"]


def test_c034_whatever_is_broken_a_finalizer_can_go(stage: Stage) -> None:
    admin, alice = (stage.plane.client(user) for user in ("admin", "alice"))
    created(stage, of("Template", "fleeting", **LAB), "admin")
    one = changed(notebook("dying"), templateRef={"name": "fleeting"})
    soon(lambda: alice.create(one).ok)
    admin.patch(one, {"metadata": {"finalizers": ["example.com/held"]}}, "merge").expect()
    admin.delete(of("Template", "fleeting")).expect()
    alice.delete(one).expect()
    freed = {"metadata": {"finalizers": None}}
    assert stage.plane.client("bob").patch(one, freed, "merge").status == 403
    assert alice.patch(one, {"spec": {"env": [{"name": "A=B"}]}}, "merge").status == 422
    alice.patch(one, freed, "merge").expect()
    assert alice.get(one).status == 404


def test_c041_the_impersonated_user_is_the_owner(stage: Stage) -> None:
    one = json.dumps(notebook("impersonated"))
    ran = stage.plane.kubectl("create", "-f", "-", "--as=alice", stdin=one)
    assert ran.returncode == 0, ran.stderr
    stored = stage.plane.client().get(notebook("impersonated")).expect()
    assert stored["metadata"]["annotations"][OWNER] == "alice"
    (asked,) = stage.about("impersonated", "CREATE", "validate")
    assert asked.request["userInfo"]["username"] == "alice"
    assert '"admin"' not in json.dumps(asked.review)
    event = stage.audited(name="impersonated", verb="create")[-1]
    assert (event["user"]["username"], event["impersonatedUser"]["username"]) == ("admin", "alice")


def test_c048_cleaners_are_not_even_judged(stage: Stage) -> None:
    created(stage, notebook("cleaned"))
    since = len(stage.asked)
    stage.plane.client(CLEANER).delete(notebook("cleaned")).expect()
    assert stage.about("cleaned", since=since) == []


# ---- patches ----


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"annotations": {}},
        {"annotations": {"example.com/a": "b"}, "labels": {"c": "d"}},
        {"annotations": {OWNER: "bob"}, "labels": {OWNER: "forged"}},
        {"generateName": "made-", "name": None},
    ],
    ids=lambda one: "-".join(one) or "nothing",
)
def test_c058_patches_apply_on_the_real_server(stage: Stage, metadata: Json) -> None:
    since = len(stage.asked)
    given = notebook("patched", **metadata)
    given["metadata"] = {key: one for key, one in given["metadata"].items() if one is not None}
    stored = created(stage, given)
    marks = stored["metadata"]
    assert marks["annotations"][OWNER] == "alice"
    assert {**given["metadata"].get("annotations", {}), OWNER: "alice"} == marks["annotations"]
    assert stored["spec"]["updatePolicy"] == "Auto"
    (mutated,) = [one for one in stage.asked[since:] if one.phase == "mutate"]
    assert mutated.verdict.object["spec"] == stored["spec"]
    assert mutated.verdict.object["metadata"]["labels"] == marks["labels"]
    stage.plane.client("alice").delete(stored).expect()


@pytest.mark.parametrize(
    "metadata", [{}, {"annotations": {"example.com/a.b": "own"}}], ids=["nothing", "annotations"]
)
def test_c058_patches_apply_to_pods(stage: Stage, metadata: Json) -> None:
    answer = stage.plane.client("alice").create(pod("given", **metadata), dry_run=True)
    if metadata:  # what the pod says otherwise than the PodDefault denies: never half
        assert answer.status == 422
        return
    stored = answer.expect()
    assert stored["metadata"]["annotations"]["example.com/a.b"] == "c"
    assert stored["spec"]["containers"][0]["env"] == [{"name": "A", "value": "1"}]
    assert "scratch" in [one["name"] for one in stored["spec"]["volumes"]]


def test_c054_and_c065_what_needs_nothing_is_not_patched(stage: Stage) -> None:
    one = created(stage, notebook("settled"))
    since = len(stage.asked)
    stage.plane.client("alice").update(
        with_metadata(one, labels={**one["metadata"]["labels"], "a": "b"})
    ).expect()
    (mutated,) = stage.about("settled", "UPDATE", "mutate", since)
    assert not {"patch", "patchType"} & set(mutated.response)


def test_c062_and_c063_a_patch_leaves_the_servers_own_alone(stage: Stage) -> None:
    first = created(stage, notebook("own"))
    second = stage.plane.client("alice").update(changed(first, stopped=True)).expect()
    for field in ("uid", "creationTimestamp", "name", "namespace"):
        assert first["metadata"][field] == second["metadata"][field]
    assert second["metadata"]["generation"] == 2


# ---- denials ----


def test_c069_and_c070_a_client_sees_the_code_and_the_reason(stage: Stage) -> None:
    client = stage.plane.client
    one = created(stage, notebook("guarded"))
    workspace = created(stage, WORKSPACE)
    soon(lambda: client().delete(KIND, dry_run=True).status == 409)
    seen = [
        (client("bob").update(changed(one, stopped=True)), 403, "Forbidden", "NB704"),
        (client("bob").delete(one), 403, "Forbidden", "NB704"),
        (client().create(of("Template", "bad", template={"spec": {"containers": []}})), 422, "Invalid", "NB"),
        (client().delete(KIND), 409, "Conflict", "NB23"),
    ]
    for answer, code, reason, rule in seen:
        assert (answer.status, answer.body["code"], answer.body["reason"]) == (code, code, reason)
        assert answer.body["status"] == "Failure"
        assert answer.message.startswith('admission webhook "')
        assert rule in answer.message
        assert answer.message.isprintable()
    client("alice").delete(workspace).expect()


def test_c071_and_c072_a_client_sees_every_cause(stage: Stage) -> None:
    bad = of("Notebook", "many", templateRef={"name": "lab"}, options={"zone": "a", "gpu": "b", "image": "c"})
    answer = stage.plane.client("alice").create(bad)
    assert answer.status == 422
    details = answer.body["details"]
    assert (details["group"], details["kind"], details["name"]) == ("jackhoman.dev", "Notebook", "many")
    fields = [one.field for one in answer.causes]
    assert fields == ["spec.options.gpu", "spec.options.image", "spec.options.zone"]
    assert {one.reason for one in answer.causes} == {"FieldValueNotSupported"}
    (asked,) = stage.about("many", "CREATE", "validate")
    assert [one["field"] for one in asked.response["status"]["details"]["causes"]] == fields


def test_c073_a_stranger_is_not_told_whose_it_is(stage: Stage) -> None:
    one = created(stage, notebook("private"))
    answer = stage.plane.client("bob").delete(one)
    assert answer.status == 403
    assert "alice" not in json.dumps(answer.body)


# ---- warnings and audit ----


def warned(stage: Stage, name: str, **options: Any) -> Answer:
    """The answer to a Template that names a PodDefault which is not there yet."""
    one = of("Template", name, optional=[{"name": "later"}], **LAB)
    return stage.plane.client().create(one, **options)


def test_c075_to_c077_a_client_gets_every_warning_each_time(stage: Stage) -> None:
    answers = [warned(stage, "warned", dry_run=True) for _ in range(2)]
    assert answers[0].ok
    (asked, again) = stage.about("warned", "CREATE", "validate")
    assert answers[0].warnings == answers[1].warnings == tuple(asked.response["warnings"])
    assert asked.response["warnings"] == again.response["warnings"]
    assert any("NB205" in one for one in answers[0].warnings)


def test_c075_kubectl_shows_them(stage: Stage) -> None:
    one = of("Template", "shown", optional=[{"name": "later"}], **LAB)
    ran = stage.plane.kubectl("apply", "--dry-run=server", "-f", "-", stdin=json.dumps(one))
    assert ran.returncode == 0
    (asked,) = stage.about("shown", "CREATE", "validate")
    assert asked.response["warnings"]
    assert all(f"Warning: {text}" in ran.stderr for text in asked.response["warnings"])


def test_c074_nothing_but_warnings_comes_with_what_is_allowed(stage: Stage) -> None:
    answer = warned(stage, "allowed", dry_run=True)
    assert answer.body["kind"] == "Template"
    assert all("status" not in one.response for one in stage.about("allowed"))


def test_c078_audit_annotations_are_in_the_log(stage: Stage) -> None:
    one = created(stage, notebook("audited"))
    stage.plane.client("bob").delete(one)
    stage.plane.client("alice").delete(one).expect()
    prefix = "notebooks.validate.jackhoman.dev"
    made, refused, gone = (
        [each["annotations"] for each in stage.audited(name="audited", verb=verb)]
        for verb in ("create", "delete", "delete")
    )
    assert made[-1][f"{prefix}/acted-as"] == "creator"
    assert refused[0][f"{prefix}/acted-as"] == "stranger"
    assert refused[0][f"{prefix}/denied-by"] == "NB704"
    assert gone[-1][f"{prefix}/acted-as"] == "owner"


def test_c092_a_dry_run_gets_the_same_and_stores_nothing(stage: Stage) -> None:
    one = notebook("dry")
    dry = stage.plane.client("alice").create(one, dry_run=True).expect()
    assert stage.plane.client().get(one).status == 404
    real = created(stage, one)
    assert dry["spec"] == real["spec"]
    assert dry["metadata"]["annotations"] == real["metadata"]["annotations"]
    first, second = stage.about("dry", "CREATE", "mutate")
    assert (first.request["dryRun"], second.request["dryRun"]) == (True, False)
    assert first.response["patch"] == second.response["patch"]


# ---- registration ----


def test_c009_and_c118_a_server_that_is_not_ready_is_asked_again(stage: Stage) -> None:
    """503 with Retry-After is asked again; a status without it, or another authority, is a failure at once."""
    held = Held(synced=False)
    with Served(lambda: held) as late:
        trusted = {"url": f"{late.url}/validate", "caBundle": late.bundle}
        configuration = {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": "late"},
            "webhooks": [
                hook("late", "configmaps", trusted, "team"),
                hook("lost", "serviceaccounts", {**trusted, "url": f"{late.url}/nowhere"}, "team"),
                hook("forged", "secrets", {**trusted, "caBundle": _other_bundle()}, "team"),
            ],
        }
        client = stage.plane.client()
        client.create(configuration).expect()
        lost = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a", "namespace": "team"}}
        soon(lambda: "failed calling webhook" in client.create(lost, dry_run=True).message)
        assert "unknown authority" in client.create({**lost, "kind": "Secret"}, dry_run=True).message
        began = time.monotonic()
        threading.Timer(1.5, setattr, (held, "synced", True)).start()
        client.create({**lost, "kind": "ConfigMap"}).expect()
        assert time.monotonic() - began > 1
        samples = [one for each in late.server.measured.registry.collect() for one in each.samples]
        refused = {
            one.labels.get("reason"): one.value for one in samples if one.name.endswith("_refused_total")
        }
        assert refused["not_synced"] >= 1
        client.delete(configuration).expect()


def _other_bundle() -> str:
    """An authority that has signed nothing of ours."""
    return base64.b64encode(issued().authority).decode()


def test_c115_a_namespace_selector_lets_no_cluster_scoped_kind_pass(stage: Stage) -> None:
    bad = with_metadata(changed(KIND, filterRules=[{"scope": "GONE"}]), name="bad")
    answer = stage.plane.client().create(bad, dry_run=True, fieldValidation="Ignore")
    good = stage.plane.client().create(with_metadata(KIND, name="good"), dry_run=True)
    assert good.ok
    assert stage.about("good", "CREATE", "validate")
    assert answer.status == 422


# ---- subresources ----


def belonging(stage: Stage, name: str) -> Json:
    """A pod that belongs to a notebook of alice."""
    owner = created(stage, notebook(name))
    return created(stage, pod(f"{name}-0", labels={}, ownerReferences=[reference(owner)]), "admin")


def entering(stage: Stage, one: Json, user: str, subresource: str = "exec") -> Answer:
    """The answer to somebody who enters a pod; there is no node, so whoever is let in finds nobody."""
    path = stage.plane.client().path(one, subresource)
    query = {"exec": {"command": "sh", "stdout": "true"}, "attach": {"stdout": "true"}}.get(subresource, {})
    return stage.plane.client(user).request("POST", path, query=query)


def is_refused(answer: Answer) -> bool:
    """Whether it was the webhook that refused it."""
    return answer.status == 403 and 'admission webhook "connections' in answer.message


def test_c134_and_c136_a_pod_is_entered_by_its_owner_whatever_is_written_on_it(stage: Stage) -> None:
    one = belonging(stage, "entered")
    for subresource in ("exec", "attach", "portforward"):
        assert is_refused(entering(stage, one, "bob", subresource)), subresource
        assert not is_refused(entering(stage, one, "alice", subresource)), subresource
    since = len(stage.asked)
    forged = {"metadata": {"annotations": {OWNER: "bob"}, "labels": {OWNER: "bob"}}}
    stage.plane.client("bob").patch(one, forged, "merge", subresource="status").expect()
    assert stage.asked[since:] == []
    assert stage.plane.client().get(one).expect()["metadata"]["labels"][OWNER] == "bob"
    assert is_refused(entering(stage, one, "bob"))
    assert not is_refused(entering(stage, one, "alice"))


def test_c109_c132_and_c133_a_stranger_changes_no_pod_under_its_notebook(stage: Stage) -> None:
    one = belonging(stage, "changed")
    debug = {"spec": {"ephemeralContainers": [{"name": "debug", "image": "registry.example.com/debug:1"}]}}
    size = {"spec": {"containers": [{"name": "main", "resources": {"requests": {"cpu": "2"}}}]}}
    for subresource, patch in (("ephemeralcontainers", debug), ("resize", size)):
        stranger = stage.plane.client("bob").patch(one, patch, "strategic", subresource=subresource)
        assert (stranger.status, "NB704" in stranger.message) == (403, True), subresource
        stage.plane.client("alice").patch(one, patch, "strategic", subresource=subresource).expect()


def test_c135_metadata_does_not_change_through_the_status_of_a_notebook(stage: Stage) -> None:
    one = created(stage, notebook("standing"))
    forged = copy.deepcopy(one)
    forged["metadata"]["annotations"][OWNER] = "bob"
    stage.plane.client("alice").update(forged, subresource="status").expect()
    stored = stage.plane.client().get(one).expect()
    assert stored["metadata"]["annotations"][OWNER] == "alice"
    status = {"metadata": {"annotations": {OWNER: "bob"}}, "status": {"observedGeneration": 1}}
    assert stage.plane.client("bob").patch(one, status, "merge", subresource="status").status == 403


# ---- the judge ----


def test_the_server_in_small_says_what_the_real_one_says(stage: Stage) -> None:
    one = created(stage, notebook("compared"))
    for user, operation in (("bob", "UPDATE"), ("bob", "DELETE")):
        client = stage.plane.client(user)
        changes = operation == "UPDATE"
        answer = client.update(changed(one, stopped=True)) if changes else client.delete(one)
        asked = stage.about("compared", operation, "validate")[-1]
        expected = asked.verdict_on("notebooks.validate.jackhoman.dev")
        assert not expected.allowed
        assert {key: answer.body.get(key) for key in expected.status} == expected.status
        assert answer.warnings == expected.warnings


def test_the_server_in_small_finds_nothing_in_what_was_answered_so_far(stage: Stage) -> None:
    assert len(stage.asked) > 2
    assert {one.verdict.allowed for one in stage.asked} == {True, False}
