"""Plans: what an edit does to whom, and what it takes away."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

import nbcore
from nbcore.planning.planned import OUTCOMES, Fleet, Plan, plan
from nbcore.revision import revision_of
from nbcore.settings import Settings
from tests.units.notebooks import one
from tests.units.workspaces import KIND, WORKSPACE

Json = Any


def image(id_: str, tag: str, **more: Json) -> Json:
    return {"id": id_, "template": {"spec": {"containers": [{"name": "main", "image": tag}]}}, **more}


def kind(*images: Json, name: str = "base", **spec: Json) -> Json:
    base = {"spec": {"containers": [{"name": "main", "image": "registry/base:1"}]}}
    group = {"id": "image", "default": images[0]["id"], "values": list(images)} if images else None
    return one("Template", name, {"template": base, "options": [group] if group else [], **spec})


def notebook(name: str = "mine", **spec: Json) -> Json:
    return one("Notebook", name, {"templateRef": {"name": "base"}, **spec})


OLD, NEW = image("old", "lab:1"), image("new", "lab:2")


def planned(old: Json, new: Json, *notebooks: Json, **settings: Json) -> Plan:
    return plan(nbcore.Catalog(old), nbcore.Catalog(new), notebooks, settings=Settings(**settings))


def outcomes(found: Plan) -> dict[str, list[str]]:
    return {
        outcome: sorted(member.name for member in found.notebooks(outcome))
        for outcome in OUTCOMES
        if found.notebooks(outcome)
    }


def edited(given: Json, path: str, value: Json) -> Json:
    found = copy.deepcopy(given)
    at = found
    *steps, last = path.split(".")
    for step in steps:
        at = at[int(step)] if isinstance(at, list) else at.setdefault(step, {})
    at[last] = value
    return found


MAIN = "spec.template.spec.containers.0"
EDITS = [
    (f"{MAIN}.env", [{"name": "A", "value": "1"}], {}, "restart"),
    ("spec.template.metadata", {"labels": {"a": "b"}}, {}, "live"),
    ("spec.template.metadata", {"labels": {"a": "b"}}, {"carrier": "rolling"}, "restart"),
    ("spec.template.spec.enableServiceLinks", True, {}, "unchanged"),
    ("spec.display", {"name": "Shown"}, {}, "unchanged"),
    (f"{MAIN}.image", None, {}, "refused"),
    (f"{MAIN}.env", [{"name": "A", "value": "{{ nonsense }}"}], {}, "refused"),
]


@pytest.mark.parametrize(("path", "value", "settings", "outcome"), EDITS)
def test_the_outcome_is_what_the_edit_does(path: str, value: Json, settings: Json, outcome: str) -> None:
    found = planned([kind()], [edited(kind(), path, value)], notebook(), **settings)
    assert outcomes(found) == {outcome: ["mine"]}
    assert found.changes_anything is (outcome != "unchanged")


def shared_home(claim: str) -> Json:
    volumes = [{"name": "home-volume", "persistentVolumeClaim": {"claimName": claim}}]
    return edited(kind(), "spec.template.spec.volumes", volumes)


@pytest.mark.parametrize("carrier", ["pod", "rolling", "on-delete"])
def test_another_claim_for_a_shared_home_recreates(carrier: str) -> None:
    own = notebook("own", templateRef={"name": "other"})
    other = kind(name="other")
    found = planned(
        [shared_home("one"), other], [shared_home("two"), other], notebook(), own, carrier=carrier
    )
    assert outcomes(found) == {"recreate": ["mine"], "unchanged": ["own"]}
    entry = next(found.of("recreate"))
    assert entry.forcing is not None
    assert entry.forcing.path.keyed == "spec.volumes[home-volume].persistentVolumeClaim.claimName"
    assert found.counts["recreate"] == 1 and found.changes_anything


def test_one_edit_of_an_option_concerns_those_who_use_it() -> None:
    notebooks = [
        notebook("a"),
        notebook("b", options={"image": "new"}),
        notebook("c", options={"image": "old"}),
    ]
    found = planned([kind(OLD, NEW)], [kind(image("old", "lab:9"), NEW)], *notebooks)
    assert outcomes(found) == {"restart": ["a", "c"], "unchanged": ["b"]}
    restart = next(found.of("restart"))
    assert [str(change.path.keyed) for change in restart.changes] == ["spec.containers[main].image"]
    assert restart.forcing is restart.changes[0]
    assert restart.reasons == ("Template team/base option image=old was changed",)


def test_entries_are_folded_by_selection() -> None:
    notebooks = [notebook(f"n{at}", env=[{"name": "X", "value": str(at)}]) for at in range(50)]
    found = planned([kind(OLD)], [kind(image("old", "lab:9"))], *notebooks, notebook("z"))
    assert [len(entry.notebooks) for entry in found.entries] == [51]


def test_counts_hold_every_outcome() -> None:
    found = planned([kind()], [kind()], notebook())
    assert found.counts == {**dict.fromkeys(OUTCOMES, 0), "unchanged": 1}
    assert not found.changes_anything


def test_what_was_broken_before_is_told_apart_from_what_breaks() -> None:
    broken = notebook("b", env=[{"name": "PATH", "value": "x"}])
    gone = notebook("c", templateRef={"name": "nowhere"})
    found = planned([kind()], [edited(kind(), f"{MAIN}.image", None)], notebook("a"), broken, gone)
    assert outcomes(found) == {"refused": ["a"], "broken": ["b", "c"]}
    refused = next(found.of("refused"))
    assert "error" in {one.severity for one in refused.findings}
    assert refused.reasons[0] == "Template team/base was changed"
    assert all(entry.findings for entry in found.of("broken"))


def test_what_can_be_rendered_again_is_repaired() -> None:
    mine = notebook(env=[{"name": "A", "value": "mine"}])
    before = edited(kind(), f"{MAIN}.env", [{"name": "A", "value": "1"}])
    found = planned([before], [kind()], mine, notebook("other"))
    assert outcomes(found) == {"restart": ["other"], "repaired": ["mine"]}


def test_a_redirect_that_a_start_takes_restarts() -> None:
    led = image(
        "old",
        "lab:1",
        redirect={"to": "new", "when": "Restart", "message": {"level": "Warning", "text": "!"}},
    )
    found = planned([kind(OLD, NEW)], [kind(led, NEW)], notebook(), notebook("b", options={"image": "new"}))
    assert outcomes(found) == {"restart": ["mine"], "unchanged": ["b"]}
    (one,) = found.led
    assert (one.outcome, one.group, one.chain, one.taken) == ("Redirected", "image", ("old", "new"), 1)
    assert [message.text for message in one.messages] == ["!"]
    assert "image: old is led to new" in next(found.of("restart")).reasons


@pytest.mark.parametrize(
    ("redirects", "outcome", "missing"),
    [
        ({"old": "nowhere"}, "Broken", "nowhere"),
        ({"old": "new", "new": "old"}, "Cycle", ""),
        ({"old": "new"}, "Redirected", ""),
    ],
)
def test_redirects_that_dead_end_are_told(redirects: Json, outcome: str, missing: str) -> None:
    values = [
        {**value, "redirect": {"to": redirects[value["id"]]}} if value["id"] in redirects else value
        for value in (OLD, NEW)
    ]
    found = planned([kind(OLD, NEW)], [kind(*values)], notebook())
    assert outcomes(found) == {"unchanged": ["mine"]}
    assert [(one.outcome, one.missing, one.taken) for one in found.led] == [(outcome, missing, 0)]


def test_what_is_used_and_vanishes_is_told() -> None:
    extra = one("PodDefault", "extra", {"template": {}})
    old = [kind(OLD, NEW, optional=[{"name": "extra"}]), kind(name="gone"), extra]
    new = [kind(NEW, optional=[{"name": "extra"}])]
    found = planned(
        old,
        new,
        notebook("a", options={"image": "old"}),
        notebook("b", options={"image": "new"}, podDefaults=["extra"]),
        notebook("c", templateRef={"name": "gone"}),
        notebook("d", options={"image": "new"}),
    )
    assert outcomes(found) == {"refused": ["a", "b", "c"], "unchanged": ["d"]}
    assert {(one.what, one.group, one.name, str(one.notebooks[0])) for one in found.vanished} == {
        ("value", "image", "old", "team/a"),
        ("podDefault", "", "team/extra", "team/b"),
        ("template", "", "team/gone", "team/c"),
    }


def test_a_group_that_vanishes_is_told() -> None:
    found = planned([kind(OLD)], [kind()], notebook("a", options={"image": "old"}))
    assert [(one.what, one.name) for one in found.vanished] == [("group", "image")]


def test_a_pinned_notebook_is_compared_from_its_revision() -> None:
    first, second = kind(OLD), kind(image("old", "lab:2"))
    revision, _ = revision_of(notebook(), nbcore.Catalog([first]))
    assert revision is not None
    name = revision["metadata"]["name"]
    pinned = {**notebook("pinned"), "status": {"revision": name}}
    lost = {**notebook("lost"), "status": {"revision": "nowhere"}}
    found = planned([second, revision], [second], pinned, lost, notebook("free"))
    assert outcomes(found) == {"restart": ["pinned"], "unchanged": ["free", "lost"]}
    assert next(found.of("restart")).revision == name
    kept = planned([second], [first, revision], pinned, notebook("free"))
    assert outcomes(kept) == {"restart": ["free"], "unchanged": ["pinned"]}


def test_workspaces_always_roll() -> None:
    old = copy.deepcopy(KIND)
    old["spec"]["podTemplate"]["options"]["imageConfig"]["values"][0].pop("redirect")
    old["spec"]["podTemplate"]["extraEnv"] = []
    old["spec"]["podTemplate"]["extraVolumeMounts"] = []
    new = edited(old, "spec.podTemplate.podMetadata", {"labels": {"a": "b", "c": "d"}})
    given = copy.deepcopy(WORKSPACE)
    given["spec"]["podTemplate"]["volumes"] = {"home": "home"}
    for carrier in ("pod", "on-delete", "rolling"):
        found = planned([old], [new], given, carrier=carrier)
        assert outcomes(found) == {"restart": ["ada"]}, found.to_json()
        assert next(found.of("restart")).selection == {"imageConfig": "jupyter:v1", "podConfig": "small"}


def test_a_pod_default_that_selects_concerns_its_own_namespace() -> None:
    def selecting(value: str) -> Json:
        tree = {"spec": {"containers": [{"name": "main", "env": [{"name": "A", "value": value}]}]}}
        return one("PodDefault", "s", {"template": tree, "selector": {"matchLabels": {"pick": "me"}}})

    picked = notebook("a", metadata={"labels": {"pick": "me"}})
    other = notebook("b", metadata={"labels": {"pick": "you"}})
    elsewhere = notebook(
        "c", metadata={"labels": {"pick": "me"}}, templateRef={"name": "base", "namespace": "team"}
    )
    elsewhere["metadata"]["namespace"] = "lab"
    found = planned([kind(), selecting("1")], [kind(), selecting("2")], picked, other, elsewhere)
    assert outcomes(found) == {"restart": ["a"], "unchanged": ["b", "c"]}


def test_a_name_in_the_text_of_admins_is_looked_at_for_each_notebook() -> None:
    old = edited(kind(), f"{MAIN}.env", [{"name": "A", "value": "{{ name }}"}])
    new = edited(kind(), f"{MAIN}.env", [{"name": "A", "value": "ada"}])
    found = planned([old], [new], notebook("ada"), notebook("ben"), notebook("cyd"))
    assert outcomes(found) == {"restart": ["ben", "cyd"], "unchanged": ["ada"]}


def test_unreadable_notebooks_are_reported_beside_the_plan() -> None:
    found = planned([kind()], [kind()], notebook(), notebook("broken", nonsense=1), 5)
    assert len(found.fleet.unread) == 2
    assert found.findings
    assert "Notebook team/broken" in found.to_json()["unread"]


def test_kinds_may_be_missing_on_one_side() -> None:
    assert outcomes(planned([], [kind()], notebook())) == {"repaired": ["mine"]}
    assert outcomes(planned([kind()], [], notebook())) == {"refused": ["mine"]}
    assert outcomes(planned([], [], notebook())) == {"broken": ["mine"]}
    assert outcomes(planned([kind()], [kind()])) == {}


def test_json_masks_values_and_is_json() -> None:
    secret = "hunter2-and-more"
    old = edited(kind(), f"{MAIN}.env", [{"name": "A", "value": secret}])
    new = edited(kind(), f"{MAIN}.env", [{"name": "A", "value": secret + "!"}])
    found = planned([old], [new], notebook(env=[{"name": "OWN", "value": secret}]))
    text = json.dumps(found.to_json())
    assert secret not in text
    assert secret not in repr(found.entries)
    assert '"restart": 1' in text


def test_explained_changes_know_who_set_what() -> None:
    found = planned([kind(OLD)], [kind(image("old", "lab:9"))], notebook())
    (change,) = next(found.of("restart")).explained()
    assert change.source.new.layer.title == "Template team/base option image=old"
    assert change.effect == "restart"


def test_a_fleet_serves_any_number_of_plans() -> None:
    fleet = Fleet([notebook("a"), notebook("b", options={"image": "new"})])
    old = nbcore.Catalog([kind(OLD, NEW)])
    first = plan(old, nbcore.Catalog([kind(image("old", "x"), NEW)]), fleet)
    second = plan(old, nbcore.Catalog([kind(OLD, image("new", "x"))]), fleet)
    assert outcomes(first) == {"restart": ["a"], "unchanged": ["b"]}
    assert outcomes(second) == {"restart": ["b"], "unchanged": ["a"]}


def test_states_are_counted() -> None:
    found = planned([kind()], [kind()], notebook("a", stopped=True), notebook("b"))
    assert next(found.of("unchanged")).states == {"stopped": 1, "unknown": 1}


HEADS = [
    ({"home": {"mountPath": "/home/me"}}, {}, {"volumes": {"home": "mine"}}, "refused"),
    (
        {"home": {"mountPath": "/home/me"}},
        {"home": {"mountPath": "/else"}},
        {"volumes": {"home": "mine"}},
        "restart",
    ),
    ({}, {"required": [{"name": "extra"}]}, {}, "restart"),
    ({"required": [{"name": "extra"}]}, {}, {}, "restart"),
    (
        {"overrides": [{"path": "spec.hostname"}]},
        {"overrides": []},
        {"overrides": {"spec": {"hostname": "mine"}}},
        "refused",
    ),
    (
        {"ports": [{"id": "web", "port": 1}], "required": [{"name": "texts"}]},
        {"required": [{"name": "texts"}]},
        {},
        "refused",
    ),
    ({}, {"deprecation": {"redirect": {"to": "other", "when": "Restart"}}}, {}, "restart"),
    ({}, {"deprecation": {"redirect": {"to": "other"}}}, {}, "unchanged"),
    ({}, {"mainContainer": "side"}, {"env": [{"name": "A", "value": "1"}]}, "restart"),
]


@pytest.mark.parametrize(("before", "after", "own", "outcome"), HEADS)
def test_what_stands_beside_the_pod_templates_counts(
    before: Json, after: Json, own: Json, outcome: Any
) -> None:
    def objects(spec: Json) -> list[Json]:
        text = {"name": "T", "value": '{{ httpPathPrefix "web" }}'}
        texts = {"spec": {"containers": [{"name": "main", "env": [text]}]}}
        extra = {"spec": {"containers": [{"name": "main", "env": [{"name": "X", "value": "1"}]}]}}
        given = kind(**spec)
        given["spec"]["template"]["spec"]["containers"].append({"name": "side", "image": "side:1"})
        return [
            given,
            edited(kind(name="other"), f"{MAIN}.image", "other:1"),
            one("PodDefault", "texts", {"template": texts}),
            one("PodDefault", "extra", {"template": extra}),
        ]

    plain = notebook("plain")
    found = planned(objects(before), objects(after), notebook("mine", **own), plain)
    assert "mine" in [member.name for member in found.notebooks(outcome)], found.to_json()


def test_a_default_that_changes_concerns_those_who_store_nothing() -> None:
    other = edited(kind(OLD, NEW), "spec.options.0.default", "new")
    found = planned([kind(OLD, NEW)], [other], notebook("a"), notebook("b", options={"image": "old"}))
    assert outcomes(found) == {"restart": ["a"], "unchanged": ["b"]}
    assert next(found.of("restart")).reasons[0] == "image: the default is new now, and was old"


@pytest.mark.parametrize("field", ["labels", "annotations"])
def test_the_values_of_labels_are_looked_at_where_they_meet_the_edit(field: str) -> None:
    old = edited(kind(), "spec.template.metadata", {field: {"other": "1"}})
    new = edited(kind(), "spec.template.metadata", {field: {"other": "1", "team": "a"}})
    same = notebook("same", metadata={field: {"team": "a"}})
    found = planned(
        [old],
        [new],
        same,
        notebook("different", metadata={field: {"team": "b"}}),
        notebook("free", metadata={field: {"mine": "b"}}),
    )
    assert outcomes(found) == {"refused": ["different"], "live": ["free"], "unchanged": ["same"]}
    back = planned([new], [old], same, notebook("different", metadata={field: {"team": "b"}}))
    assert outcomes(back) == {"repaired": ["different"], "unchanged": ["same"]}


@pytest.mark.parametrize(
    ("part", "own"),
    [
        ("env", {"env": [{"name": "A", "value": "mine"}]}),
        ("volumeMounts", {"volumes": {"data": [{"pvcName": "d", "mountPath": "/data"}]}}),
    ],
)
def test_own_fields_that_meet_the_edit_are_refused_and_no_others(part: str, own: Json) -> None:
    values = {
        "env": [{"name": "B", "value": "1"}, {"name": "A", "value": "1"}],
        "volumeMounts": [{"name": "v", "mountPath": "/data"}],
    }
    old = edited(kind(), f"{MAIN}.{part}", values[part][:1] if part == "env" else None)
    old["spec"]["template"]["spec"]["volumes"] = [{"name": "v", "emptyDir": {}}]
    new = edited(old, f"{MAIN}.{part}", values[part])
    found = planned([old], [new], notebook("mine", **own), notebook("free"))
    assert outcomes(found) == {"refused": ["mine"], "restart": ["free"]}


def test_own_resources_that_hide_the_edit_leave_it_without_effect() -> None:
    def given(cpu: str) -> Json:
        return edited(kind(), f"{MAIN}.resources", {"limits": {"cpu": cpu}, "requests": {"cpu": "1"}})

    found = planned([given("1")], [given("2")], notebook("mine", resources={"cpu": "1"}), notebook("free"))
    assert outcomes(found) == {"live": ["free"], "unchanged": ["mine"]}


@pytest.mark.parametrize("field", ["labels", "annotations"])
def test_labels_where_there_were_none_meet_those_of_notebooks(field: str) -> None:
    old = edited(kind(), "spec.template.metadata", {"labels": {}, "annotations": {}})
    del old["spec"]["template"]["metadata"][field]
    new = edited(old, f"spec.template.metadata.{field}", {"team": "a"})
    given = [notebook(value, metadata={field: {"team": value}}) for value in ("a", "b")]
    assert outcomes(planned([old], [new], *given)) == {"refused": ["b"], "unchanged": ["a"]}


def test_an_option_that_no_longer_speaks_of_a_container_leaves_it_there() -> None:
    mounts = [{"name": "v", "mountPath": "/data"}]
    with_mounts = {"spec": {"containers": [{"name": "main", "volumeMounts": mounts}]}}

    def given(tree: Json) -> Json:
        found = kind({"id": "x", "template": tree})
        found["spec"]["template"]["spec"]["volumes"] = [{"name": "v", "emptyDir": {}}]
        return found

    own = {"volumes": {"data": [{"pvcName": "d", "mountPath": "/work"}]}}
    found = planned([given(with_mounts)], [given({"spec": {}})], notebook("free"), notebook("mine", **own))
    said = {entry.notebooks[0].name: str(entry.changes[0].path.keyed) for entry in found.of("restart")}
    assert said == {
        "free": "spec.containers[main].volumeMounts",
        "mine": "spec.containers[main].volumeMounts[/data]",
    }
