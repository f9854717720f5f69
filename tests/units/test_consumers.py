"""Consumers: who uses what, and which notebooks a filter means."""

from __future__ import annotations

import copy
from typing import Any

import pytest

import nbcore
from nbcore.planning.consumers import Filter, picked, usage
from tests.units.test_planning import NEW, OLD, image, kind, notebook
from tests.units.workspaces import KIND, WORKSPACE

Json = Any
LED = image("old", "lab:1", redirect={"to": "new", "when": "Restart"})


def told(found: Any) -> list[tuple[str, str, int, bool]]:
    return [(one.group, one.value, len(one.notebooks), one.exists) for one in found]


def test_usage_says_who_stores_or_takes_a_value() -> None:
    notebooks = [
        notebook("a"),
        notebook("b", options={"image": "new"}),
        notebook("c", options={"image": "old"}),
    ]
    found = usage(notebooks, nbcore.Catalog([kind(OLD, NEW)]))
    assert told(found) == [("", "team/base", 3, True), ("image", "old", 2, True), ("image", "new", 1, True)]
    assert [one.explicit for one in found] == [3, 1, 1]
    assert [str(one) for one in found[1].notebooks] == ["team/a", "team/c"]
    assert found[1].to_json()["states"] == {"unknown": 2}


def test_what_nobody_uses_is_told_when_asked() -> None:
    catalog = nbcore.Catalog([kind(OLD, NEW)])
    assert ("image", "new", 0, True) not in told(usage([notebook()], catalog))
    assert ("image", "new", 0, True) in told(usage([notebook()], catalog, unused=True))


def test_what_does_not_exist_is_told() -> None:
    notebooks = [notebook("a", options={"image": "gone"}), notebook("b", templateRef={"name": "nowhere"})]
    found = told(usage(notebooks, nbcore.Catalog([kind(OLD)])))
    assert ("image", "gone", 1, False) in found
    assert ("", "team/nowhere", 1, False) in found


def test_those_who_are_led_to_a_value_are_told() -> None:
    found = {one.value: one for one in usage([notebook()], nbcore.Catalog([kind(LED, NEW)]))}
    assert len(found["old"].notebooks) == 1
    assert [len(found["new"].notebooks), len(found["new"].led)] == [0, 1]


def test_workspaces_use_the_options_of_their_kind() -> None:
    found = told(usage([WORKSPACE], nbcore.Catalog([KIND])))
    assert found[:2] == [("", "jupyterlab", 1, True), ("imageConfig", "jupyter:v1", 1, True)]


def stored(name: str, **status: Json) -> Json:
    return {**notebook(name), "status": status}


GPU = notebook("gpu", resources={"nvidia.com/gpu": 1}, options={"image": "big"})
BIG = image("big", "registry/big:1")
BIG["template"]["spec"]["containers"][0]["resources"] = {"limits": {"nvidia.com/gpu": 1}}
FLEET = [
    notebook("plain"),
    notebook("new", options={"image": "new"}, stopped=True),
    GPU,
    stored("idle", activity={"lastActivity": 100}, conditions=[{"type": "Ready", "status": "True"}]),
    stored("late", activity={"lastActivity": 900}, pending=[{"path": "spec"}]),
    notebook("lost", options={"image": "gone"}),
    WORKSPACE,
]
ALL = ["plain", "new", "gpu", "idle", "late", "lost", "ada"]


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (Filter(), ALL),
        (Filter(names=("p*", "a?a")), ["plain", "ada"]),
        (Filter(namespaces=("lab",)), []),
        (Filter(namespaces=("t*m",)), ALL),
        (Filter(kinds=("Workspace",)), ["ada"]),
        (Filter(templates=("base",)), ALL[:-1]),
        (Filter(templates=("team/base", "jupyter*")), ALL),
        (Filter(options=(("image", "new"),)), ["new"]),
        (Filter(options=(("image", "old"),)), ["plain", "idle", "late"]),
        (Filter(options=(("image", "gone"), ("image", "big"))), ["gpu", "lost"]),
        (Filter(images=("*/big:*",)), ["gpu"]),
        (Filter(images=("lab:1",)), ["plain", "idle", "late"]),
        (Filter(gpu=True), ["gpu"]),
        (Filter(gpu=False, kinds=("Notebook",)), ["plain", "new", "idle", "late", "lost"]),
        (Filter(states=("stopped",)), ["new", "ada"]),
        (Filter(states=("running", "idle")), ["idle"]),
        (Filter(pending=True, kinds=("Notebook",)), ["late"]),
        (Filter(pending=False, kinds=("Notebook",)), ["plain", "new", "gpu", "idle", "lost"]),
        (Filter(idle_since=500), ["idle"]),
        (Filter(idle_since=900), ["idle", "late"]),
        (Filter(states=("stopped",), options=(("image", "new"),)), ["new"]),
    ],
)
def test_a_filter_means_those_for_whom_all_conditions_hold(given: Filter, names: list[str]) -> None:
    catalog = nbcore.Catalog([kind(OLD, NEW, BIG), KIND])
    assert [one.name for one in picked(FLEET, catalog, given)] == names


def test_a_redirect_is_pending() -> None:
    found = picked(
        [notebook("a"), notebook("b", options={"image": "new"})],
        nbcore.Catalog([kind(LED, NEW)]),
        Filter(pending=True),
    )
    assert [one.name for one in found] == ["a"]


def test_the_value_that_is_rendered_counts_as_well() -> None:
    found = picked([notebook("a")], nbcore.Catalog([kind(LED, NEW)]), Filter(options=(("image", "new"),)))
    assert [one.name for one in found] == ["a"]


def test_usage_takes_a_filter() -> None:
    fleet = [*copy.deepcopy(FLEET)]
    found = usage(
        fleet, nbcore.Catalog([kind(OLD, NEW, BIG)]), where=Filter(states=("stopped",), kinds=("Notebook",))
    )
    assert told(found) == [("", "team/base", 1, True), ("image", "new", 1, True)]
