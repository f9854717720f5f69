"""The plan comes true: the pods that a real control plane replaces are those of which the plan said so.

A few edits here; `python -m tests.cluster.plan_comes_true --edits 20` asks about many, PLAN_EDITS=20 does it here.
"""

from __future__ import annotations

import copy
import os
from collections import Counter
from typing import Any

import pytest

import nbcore
from tests.cluster import plan_comes_true
from tests.cluster.control_plane import ControlPlane
from tests.cluster.plan_comes_true import Result, trial

EDITS = int(os.environ.get("PLAN_EDITS", "3"))
COUNT = 200 if EDITS > 3 else 40


def carried_out(plane: ControlPlane, edits: int = EDITS, count: int = COUNT) -> list[Result]:
    return trial(plane, 7, edits, count, lambda _: None)


def test_the_pods_that_are_replaced_are_those_of_the_plan(control_plane: ControlPlane) -> None:
    results = carried_out(control_plane)
    assert [one.differences for one in results if one.differences] == []
    planned = sum((one.planned for one in results), Counter[str]())
    assert planned["restart"] and planned["unchanged"], "nothing was asked"
    rolled = sum(one.rolled for one in results)
    assert 0 < rolled < sum(one.replaced for one in results), (
        "pods of both sorts of StatefulSets are replaced"
    )


def sees_nothing(old: Any, new: Any, notebooks: Any, *, settings: nbcore.Settings) -> Any:
    return nbcore.plan(old, old, notebooks, settings=settings)


def takes_all_to_roll(old: Any, new: Any, notebooks: Any, *, settings: nbcore.Settings) -> Any:
    return nbcore.plan(old, new, notebooks, settings=plan_comes_true.ROLLING)


def relabelled(_: Any, kinds: Any) -> tuple[Any, str]:
    """Another annotation of every Template, which is written to pods that do not roll."""
    found = copy.deepcopy(kinds)
    for one in found:
        if one["kind"] == "Template":
            one["spec"]["template"]["metadata"] = {"annotations": {"example.com/edited": "1"}}
    return found, "annotation"


@pytest.mark.parametrize("wrong", [sees_nothing, takes_all_to_roll])
def test_a_plan_that_is_wrong_is_found_out(
    control_plane: ControlPlane, monkeypatch: pytest.MonkeyPatch, wrong: Any
) -> None:
    monkeypatch.setattr(plan_comes_true, "edited", relabelled)
    (right,) = carried_out(control_plane, 1, 20)
    assert right.differences == [] and {"live", "restart"} <= right.planned.keys()
    monkeypatch.setattr(plan_comes_true, "plan", wrong)
    (found,) = carried_out(control_plane, 1, 20)
    assert found.differences
