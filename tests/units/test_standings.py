"""Standings: the rows of Kubeflow Notebooks 2.0 about redirects, and what nbcore says instead."""

from __future__ import annotations

import copy
from typing import Any

import pytest

import nbcore
from nbcore.settings import Settings
from nbcore.standings import Standing, standing
from tests.units.update_scenes import (
    changed,
    in_main,
    notebook,
    started,
    template,
    workspace,
    workspace_kind,
)

Json = Any
COMPAT = Settings(compat="kubeflow")
CHAIN: Json = {"old": {"to": "new"}, "new": {"to": "newer"}}


def upstream(one: Json, *objects: Json, **pods: Json) -> Standing:
    return standing(one, nbcore.Catalog(objects), settings=COMPAT, **pods)


def ours(one: Json, *objects: Json, **pods: Json) -> Standing:
    return standing(one, nbcore.Catalog(objects), **pods)


def running(one: Json, *objects: Json) -> Json:
    """The pod as the cluster has it, with what others put in."""
    live = nbcore.render(one, nbcore.Catalog(objects)).copy()
    assert live is not None
    live["spec"]["containers"].append({"name": "injected", "image": "proxy"})
    live["spec"]["restartPolicy"] = "Always"
    return live


# ---- 2.1: the chain ----


@pytest.mark.parametrize("say", [upstream, ours])
def test_2_1_the_chain_ends_at_the_last_target(say: Any) -> None:
    image, size = say(workspace(), workspace_kind(CHAIN)).options
    assert (image.group, image.desired) == ("imageConfig", "newer")
    assert [(step.source, step.target) for step in image.chain] == [("old", "new"), ("new", "newer")]
    assert (size.desired, size.chain) == ("small", ())


@pytest.mark.parametrize("say", [upstream, ours])
def test_2_1_both_groups_are_followed_the_same(say: Any) -> None:
    _, size = say(workspace(), workspace_kind({"small": {"to": "large"}})).options
    assert (size.desired, [step.target for step in size.chain]) == ("large", ["large"])


def test_2_1_a_value_that_is_gone_is_a_problem() -> None:
    found = upstream(workspace("gone"), workspace_kind())
    assert found.problem == 'has invalid imageConfig: imageConfig with id "gone" not found'
    assert (found.options, found.pending_restart) == ((), False)
    image, _ = ours(workspace("gone"), workspace_kind()).options
    assert image.to_json() == {}


def test_2_1_a_target_that_is_gone_is_a_problem() -> None:
    kind = workspace_kind({**CHAIN, "newer": {"to": "gone"}})
    found = upstream(workspace(), kind)
    reason = 'imageConfig with id "gone" not found, was redirected from "newer"'
    assert (found.problem, found.options) == (f"has invalid imageConfig: {reason}", ())
    image, _ = ours(workspace(), kind).options
    assert image.to_json() == {"desired": "old"}


def test_2_1_a_circle_is_a_problem() -> None:
    kind = workspace_kind({**CHAIN, "newer": {"to": "new"}})
    found = upstream(workspace(), kind)
    assert found.problem == 'has invalid imageConfig: imageConfig with id "newer" has a circular redirect'
    image, _ = ours(workspace(), kind).options
    assert image.to_json() == {"desired": "old"}


def test_2_1_a_problem_with_the_second_group_leaves_the_first() -> None:
    found = upstream(workspace(size="gone"), workspace_kind(CHAIN))
    assert found.problem == 'has invalid podConfig: podConfig with id "gone" not found'
    assert [one.group for one in found.options] == ["imageConfig"]
    assert found.pending_restart


def test_2_1_hidden_values_are_followed_too() -> None:
    at = ("spec", "podTemplate", "options", "imageConfig", "values", 2, "spawner", "hidden")
    image, _ = upstream(workspace(), changed(workspace_kind(CHAIN), *at, to=True)).options
    assert image.desired == "newer"


def test_2_1_without_a_kind_there_is_nothing_to_follow() -> None:
    found = upstream(workspace())
    assert (found.problem, found.options) == ("references unknown WorkspaceKind: lab", ())
    assert [one.code for one in ours(workspace()).findings] == ["NB201"]


# ---- 2.2: when it is applied ----


@pytest.mark.parametrize(
    ("redirects", "pending"),
    [({}, False), ({"old": {"to": "new"}}, True), ({"small": {"to": "large"}}, True)],
)
def test_2_2_a_redirect_is_a_pending_restart(redirects: Json, pending: bool) -> None:
    assert upstream(workspace(), workspace_kind(redirects)).pending_restart is pending


def test_2_2_an_edit_of_the_kind_is_none() -> None:
    live = running(workspace(), workspace_kind())
    edited = workspace_kind(extraEnv=[{"name": "A", "value": "1"}])
    assert upstream(workspace(), edited, running=live).pending_restart is False


def test_2_2_a_redirect_is_never_applied() -> None:
    pod = nbcore.render(workspace(), nbcore.Catalog([workspace_kind(CHAIN)]), settings=COMPAT).pod
    assert pod is not None
    assert pod["spec"]["containers"][0]["image"] == "registry/old:1"


# ---- 2.3: the shape of the status ----


def test_2_3_the_status_has_upstreams_shape() -> None:
    assert upstream(workspace(), workspace_kind(CHAIN)).to_json() == {
        "pendingRestart": True,
        "podTemplateOptions": {
            "imageConfig": {
                "desired": "newer",
                "redirectChain": [{"source": "old", "target": "new"}, {"source": "new", "target": "newer"}],
            },
            "podConfig": {"desired": "small"},
        },
    }


def test_2_3_messages_are_told_the_highest_level_first() -> None:
    messages = [{"level": "Info", "text": "newer"}, {"level": "Danger", "text": "no more fixes"}]
    kind = workspace_kind(
        {"old": {"to": "new", "message": messages[0]}, "new": {"to": "newer", "message": messages[1]}}
    )
    image, _ = ours(workspace(), kind).options
    assert [(one.level, one.text) for one in image.messages] == [
        ("Danger", "no more fixes"),
        ("Info", "newer"),
    ]


# ---- what nbcore says instead ----


def test_an_offer_is_no_pending_restart_and_is_listed() -> None:
    live = running(workspace(), workspace_kind())
    found = ours(workspace(), workspace_kind(CHAIN), running=live)
    assert found.pending_restart is False
    assert [(one.what, one.when, one.change.new) for one in found.pending] == [
        ("redirect", "Offer", "registry/new:1"),
        ("redirect", "Offer", "registry/newer:1"),
    ]
    assert [one["source"] for one in found.to_json()["pending"]] == ["redirect", "redirect"]


def test_an_edit_of_the_kind_is_a_pending_restart_and_is_listed() -> None:
    live = running(workspace(), workspace_kind())
    edited = workspace_kind(extraEnv=[{"name": "A", "value": "1"}])
    found = ours(workspace(), edited, running=live)
    assert found.pending_restart is True
    assert [(one.what, one.change.path.keyed) for one in found.pending] == [
        ("kind", "spec.containers[main].env")
    ]


def test_an_edit_of_the_owner_is_told_as_one() -> None:
    live = running(workspace(), workspace_kind())
    mine = workspace(podMetadata={"labels": {"a": "b"}})
    found = ours(mine, workspace_kind(), running=live)
    assert found.pending_restart is True
    assert [one.what for one in found.pending] == ["owner"]


def test_what_others_put_in_does_not_count() -> None:
    live = running(workspace(), workspace_kind())
    assert ours(workspace(), workspace_kind(), running=live) == ours(workspace(), workspace_kind())


def test_amounts_that_are_written_otherwise_do_not_count() -> None:
    size = ("spec", "podTemplate", "options", "podConfig", "values", 0, "spec", "resources")
    kinds = [
        changed(workspace_kind(), *size, to={"requests": {"cpu": cpu, "memory": memory}})
        for cpu, memory in (("1000m", "1Gi"), (1, "1024Mi"))
    ]
    live = running(workspace(), kinds[0])
    found = ours(workspace(), kinds[1], running=live)
    assert (found.pending_restart, found.pending) == (False, ())


def test_what_is_ours_no_more_is_seen_with_the_last_pod() -> None:
    before = workspace_kind(extraEnv=[{"name": "A", "value": "1"}])
    live, last = running(workspace(), before), nbcore.render(workspace(), nbcore.Catalog([before])).pod
    assert not ours(workspace(), workspace_kind(), running=live).pending_restart
    assert ours(workspace(), workspace_kind(), running=live, last=last).pending_restart


def test_what_does_not_run_waits_for_no_restart() -> None:
    assert ours(notebook(), template({"old": {"to": "new", "when": "Restart"}})).pending_restart is False


def test_a_live_edit_is_no_pending_restart() -> None:
    live = running(notebook(), template())
    mine = notebook(metadata={"labels": {"a": "b"}})
    found = ours(mine, template(), running=live)
    assert (found.pending_restart, [one.effect for one in found.pending]) == (False, ["live"])


def test_the_revision_of_the_status_counts() -> None:
    before = template(required=[], template=in_main(image="x", workingDir="/1"))
    revision = started(notebook(), before)
    mine = changed(notebook(), "status", to={"revision": revision["metadata"]["name"]})
    live = running(notebook(), before)
    assert not ours(mine, template(), running=live).pending_restart
    found = ours(mine, template(), revision, running=live)
    assert found.pending_restart
    assert [(one.what, one.change.path.keyed) for one in found.pending] == [
        ("kind", "spec.containers[main].workingDir")
    ]


def test_under_manual_a_start_gives_what_is_pinned() -> None:
    mine = notebook(updatePolicy="Manual")
    revision = started(mine, template())
    mine = changed(mine, "status", to={"revision": revision["metadata"]["name"]})
    kind = template({"old": {"to": "new", "when": "Restart"}})
    found = ours(mine, kind, revision, running=running(mine, template()))
    assert (found.pending_restart, [one.what for one in found.pending]) == (False, ["redirect"])
    auto = copy.deepcopy(mine)
    del auto["spec"]["updatePolicy"]
    assert ours(auto, kind, revision, running=running(mine, template())).pending_restart


def test_a_template_that_redirects_is_told() -> None:
    second = template(name="lab-2")
    first = template(deprecation={"redirect": {"to": "lab-2", "message": {"text": "Use lab-2."}}})
    found = ours(notebook(), first, second)
    assert (found.template.desired, found.template.messages[0].text) == ("team/lab-2", "Use lab-2.")


@pytest.mark.parametrize("given", [None, 1, {}, {"kind": "Workspace"}, template()])
def test_what_is_no_notebook_has_no_standing(given: Json) -> None:
    found = ours(given, template())
    assert found.to_json() == {"pendingRestart": False, "podTemplateOptions": {}}
    assert found.findings
