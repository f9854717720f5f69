"""``nbcore usage``: who uses what, and the conditions that pick notebooks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.units.cli.edits_of_kinds import FLEET, dump, notebook, written
from tests.units.cli.program import KINDS, WORLD, run


def used(tmp_path: Path, *arguments: str, fleet: str = FLEET) -> dict[str, list[str]]:
    """The names by value."""
    [kinds] = written(tmp_path, kinds=KINDS)
    answer = run("usage", "-", "--kinds", kinds, "-o", "json", *arguments, stdin=fleet)
    assert answer.code == 0
    uses = json.loads(answer.out)["uses"]
    return {f"{one['group']}={one['value']}": one["notebooks"] for one in uses}


def test_every_option_with_those_who_use_it(tmp_path: Path) -> None:
    found = used(tmp_path)
    assert found["=kubeflow/jupyter"] == ["team-a/ada", "team-a/bob", "team-a/eve", "team-a/dan"]
    assert found["size=medium"] == ["team-a/ada"]
    assert found["size=small"] == ["team-a/bob", "team-a/eve"]


def test_the_text_says_states_and_what_does_not_exist(tmp_path: Path) -> None:
    [kinds] = written(tmp_path, kinds=KINDS)
    answer = run("usage", "-", "--kinds", kinds, stdin=FLEET)
    assert "  size=small: 2 (1 stopped, 1 running): team-a/bob, team-a/eve" in answer.out.splitlines()
    assert "(does not exist): 1" in answer.out
    assert "\u202e" not in answer.out
    assert answer.out.endswith("4 notebooks in all.\n")
    assert "error[NB106]" in answer.err


@pytest.mark.parametrize(
    ("conditions", "names"),
    [
        (["name=a*"], {"team-a/ada"}),
        (["name=ada", "name=bob"], {"team-a/ada", "team-a/bob"}),
        (["name=ada", "state=stopped"], set()),
        (["state=stopped"], {"team-a/eve"}),
        (["option=size:medium"], {"team-a/ada", "team-a/bob", "team-a/eve"}),
        (["template=jupyter", "namespace=team-?", "kind=Notebook", "name=bob"], {"team-a/bob"}),
        (["image=jupyter:*", "name=bob"], {"team-a/bob"}),
        (["gpu=yes"], set()),
        (["pending=no", "state=stopped"], set()),
        (["idle=1d"], set()),
    ],
)
def test_conditions_of_one_key_are_alternatives_and_keys_add_up(
    tmp_path: Path, conditions: list[str], names: set[str]
) -> None:
    found = used(tmp_path, *(part for one in conditions for part in ("--select", one)))
    assert set(found.get("=kubeflow/jupyter", ())) == names


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ("nmespace=x", "did you mean namespace?"),
        ("namespace", "is not KEY=VALUE"),
        ("state=on", "state is one of stopped"),
        ("gpu=1", "gpu is yes or no"),
        ("option=size", "option is GROUP:VALUE"),
        ("idle=١d", "idle is a number of minutes"),
        ("gpu=yes --select gpu=no", "gpu is given twice"),
    ],
)
def test_conditions_that_say_nothing(condition: str, text: str) -> None:
    answer = run("usage", "-", "--select", *condition.split(), stdin=WORLD)
    assert (answer.code, answer.out) == (2, "")
    assert text in answer.err


def test_what_nobody_uses_is_listed_when_asked(tmp_path: Path) -> None:
    fleet = dump(notebook("ada"))
    assert "size=medium" in used(tmp_path, "--unused", fleet=fleet)
    assert used(tmp_path, "--unused", fleet=fleet)["size=medium"] == []


def test_kinds_of_the_dump_itself_are_taken() -> None:
    answer = run("usage", "-", stdin=WORLD)
    assert answer.code == 0
    assert "size=small: 1" in answer.out


def test_without_kinds_nothing_can_be_said() -> None:
    answer = run("usage", "-", stdin=FLEET)
    assert (answer.code, answer.out) == (2, "")
    assert "name it with --kinds" in answer.err
