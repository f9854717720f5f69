"""Updates: the event table of redirects and updates, row by row, for both dialects."""

from __future__ import annotations

import copy
from itertools import product
from typing import Any

import pytest

import nbcore
from nbcore.revision import hash_of
from nbcore.updating import next_revision
from tests.units.update_scenes import (
    DIALECTS,
    EVENTS,
    annotated,
    changed,
    decided,
    image,
    in_main,
    kind_of,
    listed,
    notebook,
    pod_default,
    started,
    template,
    workspace,
    workspace_kind,
)

Json = Any
IMAGE = ("spec", "containers", 0, "image")
AT = "spec.containers[main].image"
WHENS = ("Offer", "Restart", "Idle", "Immediate")
TABLE = {
    ("busy", "Auto"): "list list list take",
    ("idle", "Auto"): "list list take take",
    ("start", "Auto"): "list take take take",
    ("busy", "Manual"): "list list list take",
    ("idle", "Manual"): "list list list take",
    ("start", "Manual"): "list list list take",
}
CELLS = [
    (event, policy, when, word)
    for (event, policy), words in TABLE.items()
    for when, word in zip(WHENS, words.split(), strict=True)
]
POLICIES = ("Auto", "Manual")
MESSAGE = {"level": "Danger", "text": "No more fixes."}


def to(target: str, when: str = "Offer", **more: Json) -> Json:
    return {"to": target, "when": when, **more}


def env(value: str) -> Json:
    return in_main(env=[{"name": "A", "value": value}])


# ---- redirects ----


@pytest.mark.parametrize(("event", "policy", "when", "word"), CELLS)
def test_redirect_of_an_option(event: str, policy: str, when: str, word: str) -> None:
    mine = notebook(updatePolicy=policy)
    pinned = started(mine, template())
    found = decided(mine, pinned, template({"old": to("new", when)}), event=event)
    assert (found.taken, image(found, mine)) == ((True, "new") if word == "take" else (False, "old"))
    assert listed(found) == ([] if word == "take" else [("redirect", AT)])
    assert [one.when for one in found.pending] == ([] if word == "take" else [when])


@pytest.mark.parametrize(("event", "policy", "when", "word"), CELLS)
def test_redirect_of_a_template(event: str, policy: str, when: str, word: str) -> None:
    mine = notebook(updatePolicy=policy)
    second = template(name="lab-2", template=in_main(image="x", workingDir="/2"))
    pinned = started(mine, template(), second)
    first = template(deprecation={"redirect": to("lab-2", when)})
    found = decided(mine, pinned, first, second, event=event)
    assert found.taken == (word == "take")
    assert found.revision is not None
    assert found.revision["spec"]["inputs"][0]["name"] == ("lab-2" if word == "take" else "lab")
    assert listed(found) == ([] if word == "take" else [("redirect", "spec.containers[main].workingDir")])
    assert all(one.group == "" for one in found.pending)


@pytest.mark.parametrize("event", EVENTS)
def test_redirect_of_a_workspace_is_an_offer(event: str) -> None:
    mine = workspace()
    redirects = {"old": {"to": "new", "message": MESSAGE}}
    found = decided(mine, started(mine, workspace_kind()), workspace_kind(redirects), event=event)
    assert not found.taken
    (only,) = found.pending
    assert only.to_json() == {
        "path": AT,
        "old": "registry/old:1",
        "new": "registry/new:1",
        "source": "redirect",
        "when": "Offer",
        "effect": "restart",
        "message": "No more fixes.",
        "levels": ["Danger"],
    }


def test_a_chain_is_taken_up_to_the_first_step_that_the_event_does_not_take() -> None:
    mine = notebook()
    redirects = {"old": to("new", "Restart"), "new": to("newer"), "newer": to("other", "Immediate")}
    pinned = started(mine, template())
    assert image(decided(mine, pinned, template(redirects)), mine) == "old"
    found = decided(mine, pinned, template(redirects), event="start")
    assert image(found, mine) == "new"
    assert [(one.change.old, one.change.new, one.when) for one in found.pending] == [
        ("registry/new:1", "registry/newer:1", "Offer"),
        ("registry/newer:1", "registry/other:1", "Immediate"),
    ]


def test_every_redirect_has_its_own_messages() -> None:
    mine = workspace()
    redirects = {
        "old": {"to": "new", "message": {"level": "Info", "text": "newer"}},
        "new": {"to": "newer", "message": MESSAGE},
        "small": {"to": "large", "message": {"level": "Warning", "text": "more room"}},
    }
    kind = workspace_kind(redirects)
    size = ("spec", "podTemplate", "options", "podConfig", "values", 1, "spec", "nodeSelector")
    kind = changed(kind, *size, to={"pool": "big"})
    found = decided(mine, started(mine, workspace_kind()), kind)
    assert [(one.group, one.message, one.level, one.messages) for one in found.pending] == [
        ("imageConfig", "newer", "Info", found.pending[0].messages),
        ("imageConfig", "No more fixes.", "Danger", found.pending[1].messages),
        ("podConfig", "more room", "Warning", found.pending[2].messages),
    ]
    assert [len(one.messages) for one in found.pending] == [1, 1, 1]


def test_a_long_chain_is_told_together_at_its_end() -> None:
    ids = [f"v{at}" for at in range(40)]
    values = [
        {"id": one, "template": in_main(image=one), **({"redirect": to(ids[at + 1])} if at < 39 else {})}
        for at, one in enumerate(ids)
    ]
    kind = template(options=[{"id": "image", "values": values}])
    found = decided(notebook("v0"), started(notebook("v0"), kind), kind)
    assert [len(one.steps) for one in found.pending] == [1] * 7 + [32]
    assert found.pending[-1].change.new == "v39"
    assert found.pending[-1].message == "v7 is replaced by v39 when it is chosen"


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("redirects", [{"old": to("gone", "Immediate")}, {"old": to("old", "Immediate")}])
def test_broken_and_circular_redirects_take_nothing(event: str, redirects: Json) -> None:
    mine = notebook()
    found = decided(mine, started(mine, template()), template(redirects), event=event)
    assert (found.taken, found.pending) == (False, ())


def test_a_notebook_does_not_go_back_on_the_way_that_it_was_led() -> None:
    mine = notebook()
    pinned = started(mine, template({"old": to("new", "Restart"), "new": to("newer", "Restart")}))
    for redirects in (
        {"old": to("new"), "new": to("newer")},
        {"old": to("new"), "new": to("newer"), "newer": to("gone")},
        {"old": to("new"), "new": to("newer"), "newer": to("old")},
    ):
        found = decided(mine, pinned, template(redirects), event="start")
        assert image(found, mine) == "newer", redirects


def test_a_redirect_that_is_taken_back_is_told_and_taken_at_a_start() -> None:
    mine = notebook()
    pinned = started(mine, template({"old": to("new", "Restart")}))
    busy = decided(mine, pinned, template())
    assert (busy.taken, listed(busy)) == (False, [("owner", AT)])
    assert image(decided(mine, pinned, template(), event="start"), mine) == "old"


def test_a_pinned_value_that_is_deleted_stays_until_a_start() -> None:
    mine = notebook()
    pinned = started(mine, template({"old": to("new", "Restart")}))
    kind = template({"old": to("new", "Restart")})
    del kind["spec"]["options"][0]["values"][1]
    assert image(decided(mine, pinned, kind), mine) == "new"
    assert image(decided(mine, pinned, kind, event="start"), mine) == "old"


# ---- edits of kinds ----

NATIVE_EDITS: dict[str, dict[str, Json]] = {
    "none": {"spec": {"restartPolicy": "Always"}},
    "live": {"metadata": {"labels": {"a": "b"}}},
    "restart": {"spec": {"nodeSelector": {"pool": "cpu"}}},
}


def edited_template(effect: str) -> Json:
    kind = template()
    for section, fields in NATIVE_EDITS[effect].items():
        kind["spec"]["template"].setdefault(section, {}).update(fields)
    return kind


@pytest.mark.parametrize(("event", "policy", "effect"), list(product(EVENTS, POLICIES, NATIVE_EDITS)))
def test_edit_of_a_template(event: str, policy: str, effect: str) -> None:
    mine = notebook(updatePolicy=policy)
    found = decided(mine, started(mine, template()), edited_template(effect), event=event)
    takes = effect != "restart" or (event, policy) == ("start", "Auto")
    assert (found.taken, found.effect) == (takes, effect if takes else "none")
    assert [one.what for one in found.pending] == ([] if takes else ["kind"])


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize(
    ("effect", "fields"),
    [
        ("none", {"probes": {"livenessProbe": {"tcpSocket": {"port": 1}, "periodSeconds": 10}}}),
        ("restart", {"podMetadata": {"labels": {"a": "b"}}}),
        ("restart", {"extraEnv": [{"name": "A", "value": "1"}]}),
    ],
)
def test_edit_of_a_workspace_kind(event: str, effect: str, fields: Json) -> None:
    mine, probes = workspace(), {"probes": {"livenessProbe": {"tcpSocket": {"port": 1}}}}
    before, after = workspace_kind(**probes), workspace_kind(**{**probes, **fields})
    found = decided(mine, started(mine, before), after, event=event)
    takes = effect == "none" or event == "start"
    assert (found.taken, found.effect) == (takes, effect if takes else "none")
    assert bool(found.pending) != takes


@pytest.mark.parametrize("dialect", DIALECTS)
def test_edit_of_an_option_that_is_not_used_changes_nothing(dialect: str) -> None:
    mine = {"Notebook": notebook, "Workspace": workspace}[dialect]()
    kind = kind_of(dialect)
    values = {
        "Notebook": ("spec", "options", 0, "values", 3, "template", *IMAGE),
        "Workspace": ("spec", "podTemplate", "options", "imageConfig", "values", 3, "spec", "image"),
    }
    edited = changed(kind, *values[dialect], to="registry/other:2")
    for event in EVENTS:
        found = decided(mine, started(mine, kind), edited, event=event)
        assert (found.taken, found.reason, found.pending) == (False, "nothing to take now", ())


def test_an_edit_of_the_kind_does_not_come_with_a_redirect_that_is_taken() -> None:
    mine = notebook()
    pinned = started(mine, template())
    kind = edited_template("restart")
    kind["spec"]["options"][0]["values"][0]["redirect"] = to("new", "Immediate")
    found = decided(mine, pinned, kind)
    assert (image(found, mine), listed(found)) == ("new", [("kind", "spec.nodeSelector")])
    start = decided(mine, found.revision, kind, event="start")
    assert (start.taken, start.pending) == (True, ())


def test_what_is_harmless_comes_with_a_redirect_that_is_taken() -> None:
    mine = notebook()
    kind = edited_template("live")
    kind["spec"]["options"][0]["values"][0]["redirect"] = to("new", "Immediate")
    found = decided(mine, started(mine, template()), kind)
    assert (image(found, mine), found.pending) == ("new", ())


def test_a_redirect_at_once_takes_the_kind_along_where_it_does_not_fit_without() -> None:
    mine = notebook()
    before = template(required=[{"name": "mirror"}])
    old = pod_default("mirror", {"spec": {"volumes": [{"name": "data", "emptyDir": {}}]}})
    new = pod_default("mirror", {})
    kind = template({"old": to("new", "Immediate")}, required=[{"name": "mirror"}])
    volume = {"volumes": [{"name": "data", "secret": {"secretName": "s"}}]}
    kind["spec"]["options"][0]["values"][1]["template"]["spec"].update(volume)
    found = decided(mine, started(mine, before, old), kind, new)
    assert (image(found, mine), found.pending) == ("new", ())


def test_the_kind_that_is_deleted_leaves_the_revision() -> None:
    for event, mine in product(EVENTS, (notebook(), notebook(updatePolicy="Manual"))):
        found = decided(mine, started(mine, template()), event=event)
        assert not found.taken
        assert image(found, mine) == "old"
    found = decided(notebook(), started(notebook(), template()), event="start")
    assert [one.code for one in found.findings] == ["NB201"]


def test_what_cannot_be_rendered_is_not_taken() -> None:
    mine = notebook()
    wrong = template()
    wrong["spec"]["template"]["spec"]["containers"].append({"name": "side"})
    found = decided(mine, started(mine, template()), wrong, event="start")
    assert (found.taken, found.reason) == (False, "what is new cannot be rendered")
    assert {one.code for one in found.findings} == {"NB304"} or found.findings


def test_groups_come_and_go_with_edits_of_the_kind() -> None:
    size = {"id": "size", "default": "s", "values": [{"id": "s", "template": env("1")}]}
    both = template()
    both["spec"]["options"].append(size)
    for before, after in ((template(), both), (both, template())):
        mine = notebook()
        pinned = started(mine, before)
        assert listed(decided(mine, pinned, after)) == [("kind", "spec.containers[main].env")]
        assert decided(mine, pinned, after, event="start").pending == ()
        manual = notebook(updatePolicy="Manual")
        assert not decided(manual, pinned, after, event="start").taken


def test_a_main_container_of_another_name_waits() -> None:
    mine = notebook()
    kind = template({"old": to("new", "Immediate")})
    kind["spec"]["template"]["spec"]["containers"] = [{"name": "lab", "image": "x"}]
    found = decided(mine, started(mine, template()), kind)
    assert found.revision is not None
    assert found.revision["spec"]["mainContainer"] == "main"
    assert image(found, mine) == "new"
    start = decided(mine, found.revision, kind, event="start")
    assert start.revision is not None
    assert start.revision["spec"]["mainContainer"] == "lab"


# ---- PodDefaults ----


@pytest.mark.parametrize(("event", "policy"), list(product(EVENTS, POLICIES)))
@pytest.mark.parametrize("way", ["edited", "added", "removed", "selected"])
def test_edits_of_pod_defaults(event: str, policy: str, way: str) -> None:
    mine = notebook(updatePolicy=policy, metadata={"labels": {"team": "a"}})
    needs = template(required=[{"name": "mirror"}])
    one, other = pod_default("mirror", env("1")), pod_default("mirror", env("2"))
    selecting = pod_default("mirror", env("1"), selector={"matchLabels": {"team": "a"}})
    before, after = {
        "edited": ((needs, one), (needs, other)),
        "added": ((template(), one), (needs, one)),
        "removed": ((needs, one), (template(), one)),
        "selected": ((template(),), (template(), selecting)),
    }[way]
    found = decided(mine, started(mine, *before), *after, event=event)
    takes = (event, policy) == ("start", "Auto")
    assert found.taken == takes
    assert {what for what, _ in listed(found)} == (set() if takes else {"kind"})


def test_a_pod_default_that_changes_nothing_but_labels_is_taken_at_once() -> None:
    mine = notebook(updatePolicy="Manual")
    needs = template(required=[{"name": "mirror"}])
    label = pod_default("mirror", {"metadata": {"labels": {"a": "b"}}})
    found = decided(mine, started(mine, needs, pod_default("mirror", {})), needs, label)
    assert (found.taken, found.effect) == (True, "live")


# ---- the owner's edits ----


@pytest.mark.parametrize(("event", "policy"), list(product(EVENTS, POLICIES)))
@pytest.mark.parametrize("edit", ["option", "podDefault", "no podDefault", "template"])
def test_edit_of_the_owner(event: str, policy: str, edit: str) -> None:
    offers = template(optional=[{"name": "mirror"}])
    other = template(name="lab-2", template=in_main(image="x", workingDir="/2"))
    objects = (offers, other, pod_default("mirror", env("1")))
    plain = notebook(updatePolicy=policy)
    named = changed(plain, "spec", "podDefaults", to=["mirror"])
    before, after = {
        "option": (plain, changed(plain, "spec", "options", to={"image": "other"})),
        "podDefault": (plain, named),
        "no podDefault": (named, plain),
        "template": (plain, changed(plain, "spec", "templateRef", to={"name": "lab-2"})),
    }[edit]
    found = decided(after, started(before, *objects), *objects, event=event)
    assert found.taken == (event == "start")
    assert {what for what, _ in listed(found)} == (set() if event == "start" else {"owner"})


@pytest.mark.parametrize("event", EVENTS)
def test_edit_of_a_workspaces_owner(event: str) -> None:
    kind = workspace_kind()
    found = decided(workspace("other"), started(workspace(), kind), kind, event=event)
    assert found.taken == (event == "start")
    assert listed(found) == ([] if event == "start" else [("owner", AT)])


def test_an_edit_of_the_owner_does_not_bring_edits_of_the_kind_under_manual() -> None:
    before, after = (notebook(one, updatePolicy="Manual") for one in ("old", "other"))
    found = decided(after, started(before, template()), edited_template("restart"), event="start")
    assert (image(found, after), listed(found)) == ("other", [("kind", "spec.nodeSelector")])


def test_writing_the_target_of_a_redirect_is_an_edit_of_ones_own() -> None:
    kind = template({"old": to("new")})
    for policy in POLICIES:
        mine, other = (notebook(one, updatePolicy=policy) for one in ("old", "new"))
        pinned = started(mine, kind)
        for event in ("busy", "idle"):
            assert listed(decided(other, pinned, kind, event=event)) == [("owner", AT)]
        assert image(decided(other, pinned, kind, event="start"), other) == "new"


def test_each_change_is_told_of_whoever_made_it() -> None:
    mine = notebook("other")
    kind = edited_template("restart")
    kind["spec"]["options"][0]["values"][3]["redirect"] = to("newer", "Restart", message=MESSAGE)
    found = decided(mine, started(notebook(), template()), kind)
    assert [(one.what, one.change.path.keyed, one.change.new) for one in found.pending] == [
        ("owner", AT, "registry/other:1"),
        ("kind", "spec.nodeSelector", {"pool": "cpu"}),
        ("redirect", AT, "registry/newer:1"),
    ]


def test_a_choice_that_does_not_exist_is_not_taken_and_stops_nothing_else() -> None:
    pinned = started(notebook(), template())
    for policy in POLICIES:
        mine = notebook("gone", updatePolicy=policy)
        found = decided(mine, pinned, edited_template("live"), event="start")
        assert [one.code for one in found.findings] == ["NB204"]
        assert image(found, mine) == "old"
        busy = decided(mine, pinned, edited_template("restart"))
        assert listed(busy) == [("kind", "spec.nodeSelector")]


def test_own_fields_are_listed_where_the_running_pod_is_given() -> None:
    mine = notebook()
    pinned = started(mine, template())
    live = nbcore.render(mine, nbcore.Catalog([template()]), revision=pinned).copy()
    assert live is not None
    live["spec"]["containers"].append({"name": "injected", "image": "proxy"})
    after = notebook(env=[{"name": "SECRET", "value": "hunter2"}])
    found = decided(after, pinned, template(), live=live)
    (only,) = found.pending
    assert (only.what, only.change.path.keyed, only.effect) == (
        "owner",
        "spec.containers[main].env",
        "restart",
    )
    assert "hunter2" not in f"{only.to_json()}{only!r}{found!r}"
    assert decided(mine, pinned, template(), live=live).pending == ()


def test_what_the_owner_removed_is_seen_with_the_last_pod() -> None:
    mine, after = notebook(env=[{"name": "A", "value": "1"}]), notebook()
    pinned = started(mine, template())
    last = nbcore.render(mine, nbcore.Catalog([template()]), revision=pinned).pod
    live = copy.deepcopy(last)
    assert decided(after, pinned, template(), live=live).pending == ()
    found = decided(after, pinned, template(), live=live, last=last)
    assert listed(found) == [("owner", "spec.containers[main].env")]


def test_own_fields_are_not_listed_of_a_pod_that_is_made_anew() -> None:
    mine = notebook()
    pinned = started(mine, template())
    live = nbcore.render(mine, nbcore.Catalog([template()]), revision=pinned).pod
    after = notebook(env=[{"name": "A", "value": "1"}])
    found = decided(after, pinned, template({"old": to("new", "Immediate")}), live=live)
    assert (found.taken, found.pending) == (True, ())


# ---- the owner asks ----


@pytest.mark.parametrize(("event", "policy"), list(product(EVENTS, POLICIES)))
@pytest.mark.parametrize("named", ["name", "hash"])
def test_the_annotation_takes_what_it_names(event: str, policy: str, named: str) -> None:
    mine = notebook(updatePolicy=policy)
    pinned = started(mine, template())
    kind = edited_template("restart")
    kind["spec"]["options"][0]["values"][0]["redirect"] = to("new")
    offered = decided(mine, pinned, kind).offered
    whole = decided(annotated(mine, offered), pinned, kind).revision
    assert whole is not None
    asking = annotated(mine, {"name": offered, "hash": hash_of(whole["spec"])}[named])
    found = decided(asking, pinned, kind, event=event)
    assert (found.taken, found.reason, found.effect) == (True, "its owner asks for it", "restart")
    assert (image(found, mine), found.pending, found.offered) == ("new", (), "")


def test_the_annotation_of_a_workspace() -> None:
    mine, kind = workspace(), workspace_kind({"old": {"to": "new"}})
    pinned = started(mine, workspace_kind())
    asking = annotated(mine, decided(mine, pinned, kind).offered)
    assert image(decided(asking, pinned, kind), mine) == "new"


def test_the_annotation_may_name_what_a_start_gives() -> None:
    mine, kind = notebook(), template({"old": to("new", "Restart"), "new": to("newer")})
    pinned = started(mine, template())
    start = decided(mine, pinned, kind, event="start").revision
    assert start is not None
    found = decided(annotated(mine, start["metadata"]["name"]), pinned, kind)
    assert image(found, mine) == "new"


@pytest.mark.parametrize("name", ["", "lab-000000000000", "unknown", "\ud800", "x" * 10_000])
def test_an_annotation_that_names_nothing_new_takes_nothing(name: str) -> None:
    mine, kind = notebook(), template({"old": to("new")})
    found = decided(annotated(mine, name), started(mine, template()), kind)
    assert (found.taken, listed(found)) == (False, [("redirect", AT)])


def test_what_was_asked_for_stays_when_the_annotation_is_gone() -> None:
    mine, kind = notebook(), template({"old": to("new")})
    pinned = started(mine, kind)
    asked = decided(annotated(mine, decided(mine, pinned, kind).offered), pinned, kind)
    for event in EVENTS:
        assert not decided(mine, asked.revision, kind, event=event).taken


# ---- stopped, first, unreadable ----


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_stopped_notebook_takes_nothing_and_lists_everything(dialect: str) -> None:
    when = {"Notebook": {"when": "Immediate"}, "Workspace": {}}[dialect]
    kind = kind_of(dialect, {"old": {"to": "new", **when}})
    mine = {"Notebook": notebook, "Workspace": workspace}[dialect]()
    stopped = changed(mine, "spec", {"Notebook": "stopped", "Workspace": "paused"}[dialect], to=True)
    for event in EVENTS:
        found = decided(stopped, started(mine, kind_of(dialect)), kind, event=event)
        assert (found.event, found.taken, listed(found)) == ("stopped", False, [("redirect", AT)])


def test_a_first_start_takes_what_a_start_takes() -> None:
    kind = template({"old": to("new", "Restart"), "new": to("newer")})
    for policy, expected in (("Auto", "new"), ("Manual", "old")):
        mine = notebook(updatePolicy=policy)
        assert image(decided(mine, None, kind, event="start"), mine) == expected


def test_what_runs_without_a_revision_is_not_restarted() -> None:
    mine, kind = workspace(), workspace_kind()
    for event in ("busy", "idle"):
        found = decided(mine, None, kind, event=event)
        assert (found.taken, found.revision) == (False, None)
    live = nbcore.render(mine, nbcore.Catalog([kind])).pod
    found = decided(mine, None, kind, live=live)
    assert (found.taken, found.effect, found.pending) == (True, "none", ())
    edited = workspace_kind(extraEnv=[{"name": "A", "value": "1"}])
    found = decided(mine, None, edited, live=live)
    assert (found.taken, listed(found)) == (False, [("kind", "spec.containers[main].env")])


def test_a_redirect_at_once_gives_a_first_revision_to_what_runs() -> None:
    mine = notebook()
    found = decided(mine, None, template({"old": to("new", "Immediate")}))
    assert (found.taken, image(found, mine)) == (True, "new")


def test_nothing_is_rendered_without_a_kind() -> None:
    found = decided(notebook(), None, event="start")
    assert (found.taken, found.revision, [one.code for one in found.findings]) == (False, None, ["NB201"])


@pytest.mark.parametrize(
    "given", [None, 1, [], {}, {"kind": "Notebook"}, template(), {"kind": "Pod", "apiVersion": "v1"}]
)
def test_what_cannot_be_read_is_told(given: Json) -> None:
    pinned = started(notebook(), template())
    found = next_revision(given, pinned, nbcore.Catalog(), running=True, idle=False)
    assert (found.taken, found.revision, bool(found.findings)) == (False, pinned, True)
    if given is not None:
        found = next_revision(notebook(), given, nbcore.Catalog([template()]), running=True, idle=False)
        assert (found.taken, found.revision) == (False, given if isinstance(given, dict) else None)
        assert found.findings


def test_a_revision_written_by_hand_is_kept_as_it_is() -> None:
    mine = notebook()
    made = started(mine, template())
    by_hand = changed(made, "metadata", to={"name": "r", "labels": {"a": "b"}})
    by_hand["spec"]["home"] = None
    by_hand["spec"]["inputs"][0]["group"] = None
    for event in EVENTS:
        found = decided(mine, by_hand, template(), event=event)
        assert (found.taken, found.revision) == (False, by_hand)


def test_inputs_that_stand_twice_in_a_revision_change_nothing_while_it_runs() -> None:
    mine = notebook()
    twice = started(mine, template())
    twice["spec"]["inputs"].append(twice["spec"]["inputs"][-1])
    for event in ("busy", "idle"):
        assert decided(mine, twice, edited_template("restart"), event=event).revision is twice


# ---- what stays when only a part is taken ----


def names(revision: Json) -> list[str]:
    return [one["name"] for one in revision["spec"]["inputs"] if one["rank"] == "podDefaults"]


def test_the_order_of_pod_defaults_is_whose_edit_it_is() -> None:
    ends = [pod_default(name, in_main(env=[{"name": name, "value": ""}])) for name in ("a", "b", "c", "d")]

    def kind(*required: str) -> Json:
        references = {"required": list(required), "optional": ["c", "d"]}
        fields: Json = {field: [{"name": one} for one in found] for field, found in references.items()}
        return changed(template(**fields), "spec", "template", "spec", "hostname", to=required[0])

    mine = notebook(updatePolicy="Manual", podDefaults=["c", "d"])
    pinned = started(mine, kind("a", "b"), *ends)
    assert names(pinned) == ["a", "b", "c", "d"]
    assert not decided(mine, pinned, kind("b", "a"), *ends, event="start").taken
    other = changed(mine, "spec", "podDefaults", to=["d", "c"])
    found = decided(other, pinned, kind("a", "b"), *ends, event="start")
    assert found.revision is not None
    assert names(found.revision) == ["a", "b", "d", "c"]
    auto = changed(mine, "spec", "updatePolicy", to="Auto")
    found = decided(auto, pinned, kind("b", "a"), *ends, event="start")
    assert found.revision is not None
    assert names(found.revision) == ["b", "a", "c", "d"]


def test_endpoints_are_edits_of_the_kind_while_the_values_stay() -> None:
    mirror = pod_default("mirror", env("1"))
    offers: Json = {"optional": [{"name": "mirror"}]}
    before, after = (template(ports=[{"id": "web", "port": port}], **offers) for port in (1, 2))
    mine = notebook(updatePolicy="Manual")
    pinned = started(mine, before, mirror)
    named = changed(mine, "spec", "podDefaults", to=["mirror"])
    waits = changed(after, "spec", "template", "spec", "nodeSelector", to={"pool": "cpu"})
    found = decided(named, pinned, waits, mirror, event="start")
    assert found.taken
    assert found.revision is not None
    assert found.revision["spec"]["ports"] == [{"id": "web", "port": 1}]
    harmless = decided(mine, pinned, after, mirror)
    assert (harmless.taken, harmless.effect) == (True, "none")


def test_what_is_wrong_with_what_stays_pinned_does_not_hold_up_a_redirect_at_once() -> None:
    mine = notebook()
    needs: Json = {"required": [{"name": "mirror"}]}
    pinned = started(mine, template(**needs), pod_default("mirror", env("1")))
    found = decided(mine, pinned, template({"old": to("new", "Immediate")}, **needs))
    assert image(found, mine) == "new"
    assert found.revision is not None
    assert names(found.revision) == ["mirror"]


def test_values_that_do_not_fit_one_another_are_not_taken() -> None:
    def kind(redirects: Json) -> Json:
        size = {"id": "s", "compatible": {"image": {"matchLabels": {"gpu": "no"}}}}
        found = template(redirects)
        found["spec"]["options"].append({"id": "size", "default": "s", "values": [size]})
        for value in found["spec"]["options"][0]["values"]:
            value["display"] = {"labels": {"gpu": "yes" if value["id"] == "new" else "no"}}
        return found

    mine = notebook()
    found = decided(mine, started(mine, kind({})), kind({"old": to("new", "Immediate")}))
    assert (found.taken, image(found, mine)) == (False, "old")
    assert "NB209" in {one.code for one in found.findings}


@pytest.mark.parametrize("policy", POLICIES)
def test_a_choice_in_a_group_that_does_not_exist_is_not_taken(policy: str) -> None:
    mine = notebook(updatePolicy=policy)
    pinned = started(mine, template())
    found = decided(
        changed(mine, "spec", "options", "size", to="s"), pinned, edited_template("restart"), event="start"
    )
    assert (found.taken, [one.code for one in found.findings]) == (False, ["NB203"])


def test_a_default_that_goes_leaves_what_is_pinned() -> None:
    size = {"id": "size", "values": [{"id": "s", "template": env("1")}]}
    before, after = template(), template()
    before["spec"]["options"].append({**size, "default": "s"})
    after["spec"]["options"].append(size)
    mine = notebook()
    pinned = started(mine, before)
    assert decided(mine, pinned, after).revision is pinned
    found = decided(mine, pinned, after, event="start")
    assert (found.taken, [one.code for one in found.findings]) == (False, ["NB202"])


def test_another_default_is_an_edit_of_the_kind() -> None:
    def kind(default: str) -> Json:
        values = [{"id": one, "template": env(one)} for one in ("s", "l")]
        found = template()
        found["spec"]["options"].append({"id": "size", "default": default, "values": values})
        return found

    mine = notebook()
    pinned = started(mine, kind("s"))
    assert listed(decided(mine, pinned, kind("l"))) == [("kind", "spec.containers[main].env[A].value")]
    assert decided(mine, pinned, kind("l"), event="start").taken
    assert not decided(notebook(updatePolicy="Manual"), pinned, kind("l"), event="start").taken
