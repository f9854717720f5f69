"""``nbcore lint --old``: what an update may not do, and what was wrong already."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.units.cli.kubeflow import ADA, BOB, CODE, JUPYTER, WORLD, ask, codes, folder
from tests.units.cli.program import Answer

POD = (
    "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: main, image: 'web:1 '}]}\n"
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lint(here: Path, old: str, new: str, *arguments: str) -> Answer:
    """What lint says to the change of one text to another."""
    folder(here, {"old/kinds.yaml": old, "new/kinds.yaml": new})
    return ask("lint", "new", "--old", "old", "--no-config", *arguments)


def verdict(here: Path, old: str, new: str, *arguments: str) -> dict[str, Any]:
    """The same as JSON."""
    answer = lint(here, old, new, "-o", "json", *arguments)
    assert answer.out, answer.err
    found: dict[str, Any] = json.loads(answer.out)
    return found


def told(found: dict[str, Any]) -> list[str]:
    """The errors, each with its path."""
    return [f"{one['code']} {one['keyedPath']}" for one in found["findings"] if one["severity"] == "error"]


COUNTED = WORLD.replace(f"{CODE}---", f"{CODE}status: {{workspaces: 1}}\n---")
"""The same with the number of users, which is all that Kubeflow asks for when a kind is deleted."""


def without_code(text: str) -> str:
    """The text without one of the kinds."""
    return text.replace(text[text.index(CODE) : text.index(ADA)], "")


IMAGES = "spec.podTemplate.options.imageConfig.values"
REFUSED: dict[str, tuple[Callable[[str], str], str]] = {
    "the mount path of home": (
        lambda text: text.replace("/home/jovyan", "/home/ada"),
        "NB112 spec.podTemplate.volumeMounts.home",
    ),
    "the kind of a Workspace": (
        lambda text: text.replace("kind: jupyterlab", "kind: codeserver"),
        "NB112 spec.kind",
    ),
    "an option in use that changes": (
        lambda text: text.replace("scipy:v1.8.0@", "scipy:v1.8.1@"),
        f"NB234 {IMAGES}[scipy:v1.8.0]",
    ),
    "an option in use that goes": (
        lambda text: (
            text[: text.index("        - id: scipy:v1.8.0")]
            + text[text.index("        - id: scipy:v1.9.0") :]
        ),
        f"NB235 {IMAGES}[scipy:v1.8.0]",
    ),
    "a kind in use that goes": (without_code, "NB236 metadata.name"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_update_may_do_is_an_error(name: str, here: Path) -> None:
    change, expected = REFUSED[name]
    assert change(COUNTED) != COUNTED
    assert expected in told(verdict(here, WORLD, change(WORLD)))
    assert expected in told(verdict(here, COUNTED, change(COUNTED), "--compat", "kubeflow"))
    alone = json.loads(ask("lint", "new", "--no-config", "--no-cache", "-o", "json").out)
    assert expected not in told(alone)


ALLOWED: dict[str, Callable[[str], str]] = {
    "nothing": lambda text: text,
    "an option that nobody uses": lambda text: text.replace("scipy:v1.9.0@", "scipy:v1.9.1@"),
    "a kind that nobody uses": lambda text: without_code(text).replace(f"---\n{BOB}", ""),
    "how an option is shown": lambda text: text.replace('displayName: "scipy:v1.8.0"', "displayName: old"),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_what_an_update_may_do_is_none(name: str, here: Path) -> None:
    assert told(verdict(here, WORLD, ALLOWED[name](WORLD))) == []


WRONG = WORLD.replace("limits: {memory: 2Gi,", "limits: {memory: 1Mi,")


def test_what_was_wrong_already_is_a_warning(here: Path) -> None:
    assert WRONG != WORLD
    assert codes(verdict(here, WORLD, WRONG)["findings"]) == ["NB456"]
    kept = verdict(here, WRONG, WRONG)
    assert (kept["failed"], codes(kept["findings"], "warning")) == (False, ["NB456"])
    worse = WRONG.replace("nvidia.com/gpu: 1}", "nvidia.com/gpu: 1, cpu: 1m}")
    assert codes(verdict(here, WRONG, worse)["findings"]) == ["NB456"]


def test_plain_objects_are_compared_as_well(here: Path) -> None:
    assert codes(verdict(here, POD.replace("web:1 ", "web:1"), POD)["findings"]) == ["NB432"]
    assert codes(verdict(here, POD, POD)["findings"]) == []


def test_the_last_lines_say_what_was_compared(here: Path) -> None:
    answer = lint(here, WORLD, WORLD)
    assert "in 1 file, 4 objects, 7 pods (7 rendered), compared with 4 old objects." in answer.out
    assert verdict(here, ADA, WORLD)["summary"]["comparedWith"] == 1
    alone = ask("lint", "new", "--no-config", "--no-cache", "-o", "json")
    assert json.loads(alone.out)["summary"]["comparedWith"] is None


def test_what_is_gone_is_shown_where_it_stood(here: Path) -> None:
    answer = lint(here, WORLD, "---\n".join((JUPYTER, ADA, BOB)), "--select", "NB236")
    line = WORLD[: WORLD.index("{name: codeserver}")].count("\n") + 1
    assert f" --> old/kinds.yaml:{line}:18\n" in answer.out
    assert "metadata: {name: codeserver}" in answer.out


BROKEN_OLD = {
    "old/text.yaml": "a: [\n",
    "old/object.yaml": BOB.replace("bob, ", "zoe, ").replace("podConfig: small", "podConfig: 3"),
}


def test_old_objects_that_cannot_be_read_are_notes(here: Path) -> None:
    folder(here, BROKEN_OLD)
    answer = lint(here, WORLD, WORLD)
    assert answer.code == 0
    assert "note: old/text.yaml:2:1: the YAML cannot be read" in answer.err
    assert "it is compared with nothing" in answer.err
    assert (
        "note: old/object.yaml: the old Workspace team/zoe cannot be read, and is compared with nothing"
        in answer.err
    )
    assert "old/" not in answer.out


def test_old_paths_must_be_there_and_are_as_many_as_people_like(here: Path) -> None:
    folder(here, {"new.yaml": WORLD, "a/kinds.yaml": f"{JUPYTER}---\n{CODE}", "b.yaml": f"{ADA}---\n{BOB}"})
    missing = ask("lint", "new.yaml", "--no-config", "--old", "gone")
    assert (missing.code, missing.err) == (2, "error: gone: No such file or directory\n")
    both = ask("lint", "new.yaml", "--no-config", "--old", "a", "--old", "b.yaml")
    assert "compared with 4 old objects." in both.out


def test_the_old_objects_may_come_from_another_program(here: Path) -> None:
    folder(here, {"new.yaml": WORLD.replace("/home/jovyan", "/home/ada")})
    answer = ask("lint", "new.yaml", "--no-config", "--old", "-", "-o", "concise", stdin=WORLD)
    assert "error[NB112]" in answer.out
    twice = ask("lint", "-", "--no-config", "--old", "-", stdin=WORLD)
    assert twice.code == 2
    assert "stdin is either what is judged or --old" in twice.err


def test_nothing_is_remembered_of_an_update(here: Path) -> None:
    folder(here, {"old/a.yaml": POD.replace("web:1 ", "web:1"), "new/a.yaml": POD})
    assert ask("lint", "new", "--no-config").code == 1
    kept = here / ".nbcore_cache" / "verdicts"
    before = kept.read_bytes()
    assert ask("lint", "new", "--old", "new", "--no-config").code == 0
    assert ask("lint", "new", "--old", "old", "--no-config").code == 1
    assert kept.read_bytes() == before


def test_a_repair_is_judged_as_an_update(here: Path) -> None:
    wrong = WORLD.replace("registry.example.com/code", " registry.example.com/code")
    answer = lint(here, WORLD, wrong, "--fix", "--no-cache")
    assert (answer.code, (here / "new" / "kinds.yaml").read_text()) == (0, WORLD)
    assert (here / "old" / "kinds.yaml").read_text() == WORLD
