"""Bulk updates: the patches of an action, applied by another implementation of RFC 6902."""

from __future__ import annotations

import copy
from typing import Any

import jsonpatch
import pytest

import nbcore
from nbcore.planning.bulk_updates import bulk
from nbcore.planning.consumers import Filter
from nbcore.revision import revision_of
from tests.units.test_planning import NEW, OLD, image, kind, notebook
from tests.units.workspaces import IMAGE, KIND, WORKSPACE

Json = Any
LED = image("old", "lab:1", redirect={"to": "new", "when": "Offer"})
CATALOG = nbcore.Catalog([kind(LED, NEW)])


def only(found: Any) -> Any:
    (batch,) = found
    (patch,) = batch.patches
    return patch


def applied(given: Json, operations: Any) -> Json:
    return jsonpatch.apply_patch(given, list(operations))


def workspace(*, paused: bool) -> Json:
    found = copy.deepcopy(WORKSPACE)
    found["spec"]["paused"] = paused
    return found


def kubeflow() -> nbcore.Catalog:
    found = copy.deepcopy(KIND)
    pod = found["spec"]["podTemplate"]
    pod["extraEnv"], pod["extraVolumeMounts"] = [], []
    pod["options"]["imageConfig"]["values"] = [IMAGE, {**IMAGE, "id": "jupyter:v2", "redirect": None}]
    return nbcore.Catalog([found])


@pytest.mark.parametrize(
    ("given", "action", "path", "value"),
    [
        (notebook(), "stop", ("spec", "stopped"), True),
        (notebook(stopped=False), "stop", ("spec", "stopped"), True),
        (notebook(stopped=True), "start", ("spec", "stopped"), False),
        (workspace(paused=False), "stop", ("spec", "paused"), True),
        (workspace(paused=True), "start", ("spec", "paused"), False),
    ],
)
def test_stop_and_start_switch_the_field_of_the_dialect(
    given: Json, action: Any, path: Any, value: bool
) -> None:
    patch = only(bulk([given], CATALOG, action))
    after = applied(given, patch.operations)
    assert after[path[0]][path[1]] is value
    after[path[0]][path[1]] = given[path[0]].get(path[1])
    assert {key: one for key, one in after["spec"].items() if one is not None} == given["spec"]
    assert bulk([applied(given, patch.operations)], CATALOG, action) == ()


def test_restart_is_a_stop_and_a_start_of_those_that_run() -> None:
    patch = only(bulk([notebook("a"), notebook("b", stopped=True)], CATALOG, "restart"))
    assert patch.notebook.name == "a"
    stopped = applied(notebook("a"), patch.operations)
    assert stopped["spec"]["stopped"] is True
    assert applied(stopped, patch.then)["spec"]["stopped"] is False


def test_apply_writes_the_target_and_asks_for_the_revision() -> None:
    given = notebook(options={"image": "old"})
    after = applied(given, only(bulk([given], CATALOG, "apply")).operations)
    assert after["spec"]["options"] == {"image": "new"}
    revision, _ = revision_of(after, CATALOG)
    assert revision is not None
    assert after["metadata"]["annotations"] == {"jackhoman.dev/update": revision["metadata"]["name"]}
    assert bulk([after], CATALOG, "apply") == ()


def test_apply_is_taken_at_once() -> None:
    from nbcore.updating import next_revision

    given = notebook(options={"image": "old"})
    pinned, _ = revision_of(given, CATALOG)
    after = applied(given, only(bulk([given], CATALOG, "apply")).operations)
    decision = next_revision(after, pinned, CATALOG, running=True, idle=False)
    assert decision.taken
    assert decision.revision is not None
    assert decision.revision["metadata"]["name"] == after["metadata"]["annotations"]["jackhoman.dev/update"]


def test_apply_keeps_other_annotations_and_a_default_that_leads_on() -> None:
    given = notebook()
    given["metadata"]["annotations"] = {"mine": "1"}
    after = applied(given, only(bulk([given], CATALOG, "apply")).operations)
    assert sorted(after["metadata"]["annotations"]) == ["jackhoman.dev/update", "mine"]
    assert "options" not in after["spec"]


def test_apply_follows_a_template() -> None:
    deprecated = kind(OLD, deprecation={"redirect": {"to": "other"}})
    catalog = nbcore.Catalog([deprecated, kind(OLD, name="other")])
    after = applied(notebook(), only(bulk([notebook()], catalog, "apply")).operations)
    assert after["spec"]["templateRef"] == {"name": "other"}


def test_apply_follows_a_template_into_another_namespace() -> None:
    deprecated = kind(OLD, deprecation={"redirect": {"to": "else/other"}})
    other = kind(OLD, name="other")
    other["metadata"]["namespace"] = "else"
    after = applied(
        notebook(), only(bulk([notebook()], nbcore.Catalog([deprecated, other]), "apply")).operations
    )
    assert after["spec"]["templateRef"] == {"name": "other", "namespace": "else"}


def test_nothing_is_applied_where_nothing_is_new() -> None:
    given = notebook(options={"image": "new"})
    revision, _ = revision_of(given, CATALOG)
    assert revision is not None
    given["status"] = {"revision": revision["metadata"]["name"]}
    assert bulk([given], CATALOG, "apply") == ()


def test_what_cannot_be_rendered_is_left_out_with_the_reason() -> None:
    (batch,) = bulk([notebook(options={"image": "gone"})], CATALOG, "apply")
    assert batch.name == "left out"
    assert batch.patches[0].operations == ()
    assert "does not exist" in batch.patches[0].reason


@pytest.mark.parametrize(("paused", "then"), [(True, False), (False, True)])
def test_workspaces_take_the_target_with_a_restart(paused: bool, then: bool) -> None:
    given = workspace(paused=paused)
    patch = only(bulk([given], kubeflow(), "apply"))
    after = applied(given, patch.operations)
    assert after["spec"]["podTemplate"]["options"] == {"imageConfig": "jupyter:v2", "podConfig": "small"}
    assert after["spec"]["paused"] is True
    assert bool(patch.then) is then
    if then:
        assert applied(after, patch.then)["spec"]["paused"] is False


def test_a_workspace_that_waits_for_a_restart_gets_one() -> None:
    given = workspace(paused=False)
    given["spec"]["podTemplate"]["options"]["imageConfig"] = "jupyter:v2"
    assert bulk([given], kubeflow(), "apply") == ()
    given["status"] = {"pendingRestart": True}
    assert only(bulk([given], kubeflow(), "apply")).then


def test_a_patch_fails_where_somebody_was_sooner() -> None:
    given = notebook(options={"image": "old"})
    patch = only(bulk([given], CATALOG, "apply"))
    sooner = notebook(options={"image": "new"})
    with pytest.raises(jsonpatch.JsonPatchTestFailed):
        applied(sooner, patch.operations)


def test_ids_are_escaped_in_pointers() -> None:
    template = kind(LED, NEW)
    template["spec"]["options"][0]["id"] = "a/b~c"
    given = notebook(options={"a/b~c": "old"})
    after = applied(given, only(bulk([given], nbcore.Catalog([template]), "apply")).operations)
    assert after["spec"]["options"] == {"a/b~c": "new"}


def test_the_filter_and_the_waves_are_those_that_are_given() -> None:
    fleet = [notebook(f"n{at}") for at in range(5)] + [notebook("other")]
    found = bulk(fleet, CATALOG, "stop", where=Filter(names=("n?",)), at_once=2)
    assert [(batch.name, [one.notebook.name for one in batch.patches]) for batch in found] == [
        ("rest 1/3", ["n0"]),
        ("rest 2/3", ["n1", "n2"]),
        ("rest 3/3", ["n3", "n4"]),
    ]
    assert found[0].patches[0].to_json() == {
        "apiVersion": "jackhoman.dev/v1beta1",
        "kind": "Notebook",
        "namespace": "team",
        "name": "n0",
        "patch": [{"op": "add", "path": "/spec/stopped", "value": True}],
    }


def test_an_action_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="apply, stop, start, restart"):
        bulk([], CATALOG, "explode")  # type: ignore[arg-type]


def test_one_without_a_name_is_left_out() -> None:
    given = notebook()
    given["metadata"] = {"generateName": "n-", "namespace": "team"}
    assert bulk([given], CATALOG, "stop")[0].patches[0].reason == "it has no name yet"
