"""Fleets: notebooks in every form are read once, folded, and what is wrong with some stops no other."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

import nbcore
from nbcore.planning.fleet import Fleet, Member
from tests.units.notebooks import one, template
from tests.units.workspaces import WORKSPACE

Json = Any
BASE_REF = {"templateRef": {"name": "base"}}


def notebook(name: str, status: Json = None, **spec: Json) -> Json:
    found = one("Notebook", name, {**BASE_REF, **spec})
    return found if status is None else {**found, "status": status}


def workspace(status: Json, *, paused: bool = False) -> Json:
    found = copy.deepcopy(WORKSPACE)
    found["spec"]["paused"] = paused
    return {**found, "status": status}


def test_every_form_gives_the_same_fleet() -> None:
    objects = [notebook("a"), notebook("b", env=[{"name": "X", "value": "1"}])]
    forms = (
        objects,
        {"apiVersion": "v1", "kind": "List", "items": objects},
        [{"apiVersion": "v1", "kind": "List", "items": objects}],
        nbcore.load(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}).encode(), "dump.json"),
        nbcore.Catalog([template(), *objects]),
        nbcore.Catalog(objects).notebooks,
    )
    for form in forms:
        assert [str(member) for member in Fleet(form).members] == ["team/a", "team/b"]


def test_a_typed_list_of_an_api_server_is_read() -> None:
    items = [{key: value for key, value in notebook("a").items() if key not in ("kind", "apiVersion")}]
    given = {"apiVersion": "jackhoman.dev/v1beta1", "kind": "NotebookList", "items": items}
    assert [one.name for one in Fleet(given).members] == ["a"]


def test_a_member_knows_its_file() -> None:
    fleet = Fleet(nbcore.load(json.dumps(notebook("a")).encode(), "dump.json"))
    assert fleet.members[0].source == "dump.json"


def test_what_is_no_notebook_is_passed_by() -> None:
    others = [template(), {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}]
    fleet = Fleet([*others, {"apiVersion": "example.com/v1", "kind": "Notebook", "metadata": {"name": "n"}}])
    assert (len(fleet), fleet.findings, fleet.unread) == (0, (), ())


def test_broken_ones_are_told_and_stop_no_other() -> None:
    broken = notebook("b", nonsense=1)
    fleet = Fleet([notebook("a"), broken, 5, None, [], {"kind": "Notebook"}, notebook("c")])
    assert [one.name for one in fleet.members] == ["a", "c"]
    assert [one.name for one in fleet.unread] == ["b", "", "", "", ""]
    assert len([one for one in fleet.findings if one.severity == "error"]) >= len(fleet.unread)


def test_of_two_with_one_name_the_last_counts() -> None:
    fleet = Fleet([notebook("a"), notebook("b"), notebook("a", stopped=True)])
    assert [(one.name, one.state) for one in fleet.members] == [("b", "unknown"), ("a", "stopped")]
    assert [one.code for one in fleet.findings] == ["NB111"]


def test_notebooks_of_two_namespaces_or_kinds_may_have_one_name() -> None:
    other = notebook("ada")
    other["metadata"]["namespace"] = "lab"
    fleet = Fleet([notebook("ada"), other, WORKSPACE])
    assert (len(fleet), fleet.findings) == (3, ())


def test_managed_fields_and_the_like_do_not_matter() -> None:
    stored = notebook("a")
    stored["metadata"] |= {
        "uid": "u",
        "resourceVersion": "7",
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "managedFields": [{"manager": "kubectl", "fieldsV1": {"f:spec": {}}}],
    }
    fleet = Fleet([stored, notebook("b")])
    assert fleet.findings == ()
    assert len(fleet.selections) == 1


@pytest.mark.parametrize(
    ("given", "state"),
    [
        (notebook("a"), "unknown"),
        (notebook("a", stopped=True), "stopped"),
        (notebook("a", {"conditions": [{"type": "Ready", "status": "True"}]}), "running"),
        (notebook("a", {"conditions": [{"type": "Ready", "status": "False"}]}), "starting"),
        (
            notebook(
                "a", {"conditions": [{"type": "Ready", "status": "True"}, {"type": "Idle", "status": "True"}]}
            ),
            "idle",
        ),
        (notebook("a", {"conditions": [5, {"type": []}, {"type": "Ready", "status": {}}]}), "unknown"),
        (notebook("a", {"conditions": {}, "state": 5, "activity": []}), "unknown"),
        (workspace({"state": "Running"}), "running"),
        (workspace({"state": "Running"}, paused=True), "stopped"),
        (workspace({"state": "Paused"}), "stopped"),
        (workspace({"state": "Pending"}), "starting"),
        (workspace({"state": "Error"}), "unknown"),
    ],
)
def test_the_state_is_what_spec_and_status_say(given: Json, state: str) -> None:
    assert Fleet([given]).members[0].state == state


def test_who_may_be_paused_counts_as_idle_when_the_time_is_told() -> None:
    status = {
        "state": "Running",
        "activity": {"lastActivity": 5, "rules": {"pauseWorkspace": {"eligibleAfter": 100}}},
    }
    assert [Fleet([workspace(status)], now=now).members[0].state for now in (None, 99, 100)] == [
        "running",
        "running",
        "idle",
    ]
    assert Fleet([workspace(status)]).members[0].last_activity == 5


@pytest.mark.parametrize(
    ("given", "pending"),
    [
        (notebook("a"), False),
        (notebook("a", {"pending": []}), False),
        (notebook("a", {"pending": [{"path": "spec"}]}), True),
        (workspace({"pendingRestart": True}), True),
        (workspace({"pendingRestart": False}), False),
        (
            workspace(
                {
                    "podTemplateOptions": {
                        "imageConfig": {"desired": "b", "redirectChain": [{"source": "a", "target": "b"}]},
                        "podConfig": {},
                    }
                }
            ),
            True,
        ),
    ],
)
def test_pending_is_what_the_status_lists(given: Json, pending: bool) -> None:
    assert Fleet([given]).members[0].pending is pending


@pytest.mark.parametrize(
    ("more", "cells"),
    [
        ({"env": [{"name": "X", "value": "other"}]}, 1),
        ({"env": [{"name": "X", "value": "$(Y)"}]}, 2),
        ({"env": [{"name": "Y", "value": "1"}]}, 2),
        ({"env": []}, 2),
    ],
)
def test_values_of_variables_do_not_tell_notebooks_apart(more: Json, cells: int) -> None:
    fleet = Fleet([notebook("a", env=[{"name": "X", "value": "1"}]), notebook("b", **more)])
    assert len(fleet.selections[0].cells) == cells


def test_names_of_claims_and_secrets_and_free_labels_do_not_tell_them_apart() -> None:
    def volumes(name: str) -> Json:
        data = [{"pvcName": f"data-{name}", "mountPath": "/data"}]
        return {"home": name, "data": data, "secrets": [{"secretName": name, "mountPath": "/keys"}]}

    def given(name: str) -> Json:
        return notebook(name, volumes=volumes(name), metadata={"labels": {"project": name}})

    assert len(Fleet([given("a"), given("b")]).selections[0].cells) == 1
    other = given("c")
    other["spec"]["volumes"]["data"][0]["mountPath"] = "/elsewhere"
    assert len(Fleet([given("a"), other]).selections[0].cells) == 2


def test_what_was_changed_behind_its_back_is_told() -> None:
    objects = [notebook("a"), notebook("b")]
    fleet = Fleet(objects)
    objects[1]["spec"] = {}
    with pytest.raises(ValueError, match="changed"):
        fleet.notebook(1)


def test_a_member_reads_as_its_name() -> None:
    assert str(Member("Workspace", "", "a")) == "a"
    assert str(Member("Workspace", "team", "a")) == "team/a"
