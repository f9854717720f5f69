"""Waves: in which order notebooks are changed."""

from __future__ import annotations

from typing import Any

import pytest

import nbcore
from nbcore.planning.fleet import Member
from nbcore.planning.planned import plan
from nbcore.planning.rollout import waves
from tests.units.test_planning import NEW, OLD, image, kind, notebook


def members(count: int, state: Any = "running", namespace: str = "team") -> list[Member]:
    return [Member("Notebook", namespace, f"{state}-{at:03}", state) for at in range(count)]


def shape(found: Any) -> list[tuple[str, int]]:
    return [(one.name, len(one.notebooks)) for one in found]


def test_those_whom_nobody_misses_go_first() -> None:
    given = [*members(40), *members(3, "idle"), *members(2, "stopped"), *members(2, "unknown")]
    assert shape(waves(given)) == [("stopped", 2), ("idle", 3), ("canary", 3), ("rest", 39)]


@pytest.mark.parametrize(("share", "canary"), [(0.0, 0), (0.01, 1), (0.5, 20), (1.0, 40)])
def test_the_canary_is_a_share(share: float, canary: int) -> None:
    found = dict(shape(waves(members(40), canary=share)))
    assert (found.get("canary", 0), found.get("rest", 0)) == (canary, 40 - canary)


def test_a_wave_is_no_larger_than_allowed() -> None:
    found = waves(members(25), canary=0, at_once=10)
    assert shape(found) == [("rest 1/3", 8), ("rest 2/3", 8), ("rest 3/3", 9)]


def test_a_wave_stays_in_its_namespace() -> None:
    given = [*members(3, namespace="b"), *members(2, namespace="a"), *members(1, namespace="")]
    found = waves(given, canary=0, per_namespace=True, at_once=2)
    assert shape(found) == [("rest", 1), ("rest a", 2), ("rest b 1/2", 1), ("rest b 2/2", 2)]


def test_of_a_plan_every_selection_has_a_canary() -> None:
    old, new = kind(OLD, NEW), kind(image("old", "x"), image("new", "y"))
    notebooks = [notebook(f"a{at}") for at in range(30)]
    notebooks += [notebook(f"b{at}", options={"image": "new"}) for at in range(3)]
    found = plan(nbcore.Catalog([old]), nbcore.Catalog([new]), notebooks)
    canary, rest = waves(found)
    assert len(canary.notebooks) == 3
    assert {one.name[0] for one in canary.notebooks} == {"a", "b"}
    assert len(rest.notebooks) == 30


def test_of_a_plan_only_those_are_taken_whom_it_concerns() -> None:
    notebooks = [notebook("a"), notebook("b", options={"image": "new"})]
    found = plan(nbcore.Catalog([kind(OLD, NEW)]), nbcore.Catalog([kind(image("old", "x"), NEW)]), notebooks)
    assert [one.name for wave in waves(found) for one in wave.notebooks] == ["a"]
    quiet = waves(found, outcomes=("unchanged",))
    assert [one.name for wave in quiet for one in wave.notebooks] == ["b"]


@pytest.mark.parametrize(
    "wrong", [{"canary": -0.1}, {"canary": 1.1}, {"canary": float("nan")}, {"at_once": 0}]
)
def test_what_cannot_be_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match="must be"):
        waves(members(1), **wrong)


def test_nothing_gives_no_wave() -> None:
    assert waves([]) == ()
