"""``nbcore update``: the patches of an action, in waves, for those that were picked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonpatch
import pytest

from tests.units.cli.edits_of_kinds import FLEET, dump, notebook, written
from tests.units.cli.program import KINDS, run


def answer_of(tmp_path: Path, *arguments: str, fleet: str = FLEET, code: int = 0) -> Any:
    [kinds] = written(tmp_path, kinds=KINDS)
    answer = run("update", "-", "--kinds", kinds, "-o", "patches", *arguments, stdin=fleet)
    assert answer.code == code
    return json.loads(answer.out)


def names(document: Any) -> list[list[str]]:
    return [[one["name"] for one in wave["patches"]] for wave in document["waves"]]


def test_stop_leaves_out_those_that_are_stopped(tmp_path: Path) -> None:
    document = answer_of(tmp_path, "--action", "stop")
    assert names(document) == [["ada", "bob", "dan"]]
    [patch, *_] = document["waves"][0]["patches"]
    after = jsonpatch.apply_patch(notebook("ada"), patch["patch"])
    assert after["spec"]["stopped"] is True


@pytest.mark.parametrize(("action", "picked"), [("start", [["eve"]]), ("restart", [["ada", "bob", "dan"]])])
def test_other_actions(tmp_path: Path, action: str, picked: list[list[str]]) -> None:
    assert names(answer_of(tmp_path, "--action", action)) == picked


def test_only_those_that_are_picked_and_few_at_a_time(tmp_path: Path) -> None:
    document = answer_of(tmp_path, "--action", "stop", "--select", "name=b?b")
    assert names(document) == [["bob"]]
    assert names(answer_of(tmp_path, "--action", "stop", "--at-once", "1", "--canary", "0")) == [
        ["ada"],
        ["bob"],
        ["dan"],
    ]


def test_apply_writes_the_target_of_a_redirect(tmp_path: Path) -> None:
    one = notebook("ada", options={"size": "small"})
    [patch] = answer_of(tmp_path, "--action", "apply", fleet=dump(one))["waves"][0]["patches"]
    assert jsonpatch.apply_patch(one, patch["patch"])["spec"]["options"] == {"size": "medium"}


def test_what_cannot_be_done_is_said_with_its_reason(tmp_path: Path) -> None:
    document = answer_of(tmp_path, "--action", "apply", "--select", "name=dan", code=1)
    assert document["waves"] == []
    [left_out] = document["leftOut"]
    assert "does not exist" in left_out["reason"]


def test_the_text_names_the_waves(tmp_path: Path) -> None:
    [kinds] = written(tmp_path, kinds=KINDS)
    answer = run("update", "-", "--kinds", kinds, "--action", "start", stdin=FLEET)
    assert answer.out == "start: 1 notebook\n  1. stopped, 1: team-a/eve\n"


def test_an_action_is_needed() -> None:
    answer = run("update", "-", stdin=FLEET)
    assert (answer.code, answer.out) == (2, "")
    assert "--action" in answer.err
