"""``nbcore plan``: what it says of a fleet in each form, how it ends, and what it takes for notebooks."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from nbcore.cli.plan_markdown import MARK, MOST
from tests.test_docs import blocks
from tests.units.cli.edits_of_kinds import (
    EDITED,
    EDITED_KINDS,
    FLEET,
    HOSTILE,
    OTHER,
    commit,
    dump,
    notebook,
    repository,
    written,
)
from tests.units.cli.program import CANARY, KINDS, ROOT, WORLD, Answer, run


@pytest.fixture
def sides(tmp_path: Path) -> list[str]:
    return written(tmp_path, old=KINDS, new=EDITED_KINDS)


def planned(sides: list[str], *arguments: str, fleet: str = FLEET) -> Answer:
    return run("plan", *sides, "--notebooks", "-", *arguments, stdin=fleet)


def test_the_text_says_what_becomes_of_whom_and_why(sides: list[str]) -> None:
    answer = planned(sides)
    assert answer.code == 0
    blocks = answer.out.split("\n\n")
    restarted = [one for one in blocks if one.startswith("restart: ")]
    assert "1 Notebook (1 running) of kubeflow/jupyter size=medium" in "\n".join(restarted)
    assert all("Template kubeflow/jupyter was changed" in one for one in restarted)
    assert all("(this one forces it)" in one for one in restarted)
    [broken] = [one for one in blocks if one.startswith("broken: ")]
    assert "team-a/dan" in broken
    assert "Choose another one." in broken
    assert "Not read\n  Notebook team-a/tim" in answer.out
    assert "error[NB106]" in answer.err
    last = [" ".join(one.split()) for one in answer.out.splitlines()]
    assert "restart 3 the pod is replaced by a new one" in last


def test_the_json_has_every_name(sides: list[str]) -> None:
    document = json.loads(planned(sides, "-o", "json").out)
    assert document["schema"] == "nbcore.plan/v1"
    assert document["counts"]["restart"] == 3
    names = {one["name"] for entry in document["entries"] for one in entry["notebooks"]}
    assert names == {"ada", "bob", "eve", "dan"}
    assert document["unread"] == ["Notebook team-a/tim"]
    assert [one["code"] for one in document["findings"]] == ["NB106"]


@pytest.mark.parametrize("form", ["text", "json", "markdown", "html"])
def test_no_form_shows_values(tmp_path: Path, form: str) -> None:
    answer = run("plan", *written(tmp_path, old=WORLD, new=EDITED), "-o", form)
    assert answer.code == 0
    assert not {CANARY, OTHER} & set(re.findall(r"\w+", answer.out + answer.err))
    assert "‹hidden 1›" in answer.out


@pytest.mark.parametrize(
    ("new", "fleet", "code"),
    [
        (EDITED_KINDS, FLEET, 2),
        (KINDS, FLEET, 0),
        (KINDS + "---\n[1\n", FLEET, 1),
        (KINDS + "---\nkind: Template\napiVersion: jackhoman.dev/v1beta1\n", FLEET, 1),
        (EDITED_KINDS, "{}", 1),
    ],
)
def test_detailed_exit_codes(tmp_path: Path, new: str, fleet: str, code: int) -> None:
    answer = planned(written(tmp_path, old=KINDS, new=new), "--detailed-exitcode", fleet=fleet)
    assert answer.code == code


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["nix.yaml", "nix.yaml"], "nix.yaml: No such file"),
        (["new.yaml", "new.yaml"], "there are no notebooks to plan for"),
        (["new.yaml", "new.yaml", "--notebooks", "old.yaml"], "there is no Notebook or Workspace in it"),
        (["new.yaml", "new.yaml", "--notebooks", "nix"], "nix: No such file"),
        (["new.yaml", "new.yaml", "--canary", "2"], "--canary"),
        (["new.yaml"], "two paths are needed"),
    ],
)
def test_what_goes_wrong_ends_with_2_or_where_2_means_changes_with_1(
    sides: list[str], arguments: list[str], text: str
) -> None:
    folder = Path(sides[0]).parent
    answer = run("plan", *arguments, cwd=folder)
    assert (answer.code, answer.out) == (2, "")
    assert text in answer.err
    assert run("plan", *arguments, "--detailed-exitcode", cwd=folder).code == 1


def test_notebooks_of_the_old_side_are_planned_for_where_no_dump_is_named(tmp_path: Path) -> None:
    kinds = repository(tmp_path, all=WORLD)
    written(Path(kinds), all=EDITED)
    answer = run("plan", "--from", "HEAD", kinds)
    assert answer.code == 0
    assert "restart: 1 Notebook of kubeflow/jupyter" in answer.out


def test_broken_notebooks_of_the_old_side_stop_nobody_else(tmp_path: Path) -> None:
    broken = f"{WORLD}---\n{json.dumps({**notebook('tim'), 'spec': 7})}\n"
    answer = run("plan", *written(tmp_path, old=broken, new=EDITED_KINDS), "--detailed-exitcode")
    assert answer.code == 2
    assert "error[NB106]" in answer.err


def test_a_notebook_is_compared_from_the_revision_that_it_runs(tmp_path: Path) -> None:
    old, new = written(tmp_path, old=WORLD, new=EDITED)
    pin = json.loads(run("revision", new, "-o", "json").out)
    running = {**notebook("ada"), "status": {"revision": pin["metadata"]["name"]}}
    answer = run("plan", old, new, "--notebooks", "-", "-o", "json", stdin=dump(running, pin))
    document = json.loads(answer.out)
    assert document["counts"]["unchanged"] == 1  # it runs what is new already
    without = json.loads(run("plan", old, new, "--notebooks", "-", "-o", "json", stdin=dump(running)).out)
    assert without["counts"]["restart"] == 1


def test_waves_hold_those_who_are_interrupted_the_stopped_first(sides: list[str]) -> None:
    document = json.loads(planned(sides, "--waves", "--canary", "0", "--at-once", "1", "-o", "json").out)
    assert [one["notebooks"] for one in document["waves"]] == [["team-a/eve"], ["team-a/ada"], ["team-a/bob"]]
    assert json.loads(planned(sides, "-o", "json").out)["waves"] == []
    assert "  1. stopped, 1 notebook: team-a/eve" in planned(sides, "--waves").out


def test_markdown_is_safe_against_names_and_messages(sides: list[str]) -> None:
    answer = planned(sides, "-o", "markdown")
    assert answer.out.startswith(f"{MARK}\n")
    assert "<script>" not in answer.out
    assert "\u202e" not in answer.out
    assert HOSTILE not in answer.out
    outside_of_code = re.sub(r"(`+).*?\1|<code>.*?</code>", "", answer.out)
    assert "@ada" not in outside_of_code
    assert "#1" not in outside_of_code


def test_markdown_fits_a_comment_however_much_there_is_to_say(sides: list[str]) -> None:
    sizes = [f"{'s' * 200}{at}" for at in range(400)]
    many = dump(*(notebook(f"n{at}", options={"size": size}) for at, size in enumerate(sizes)))
    answer = planned(sides, "-o", "markdown", fleet=many)
    assert len(answer.out) <= MOST
    assert re.search(r"[0-9]+ parts more did not fit", answer.out)
    assert answer.out.count("<details>") == answer.out.count("</details>")


def test_a_page_has_no_live_text(sides: list[str]) -> None:
    answer = planned(sides, "-o", "html")
    assert answer.out.startswith("<!DOCTYPE html>")
    assert "<script>alert" not in answer.out


def test_a_large_dump_is_read_without_positions_and_means_the_same(sides: list[str], tmp_path: Path) -> None:
    pad = [notebook(f"n{at}", env=[{"name": "A", "value": "x" * 1_000}]) for at in range(1_100)]
    large = tmp_path / "dump.json"
    large.write_text(dump(*pad, {**notebook("tim"), "spec": 7}, *pad[:30]))
    answer = run("plan", *sides, "--notebooks", str(large), "-o", "json")
    assert json.loads(answer.out)["counts"]["restart"] == 1_100
    assert json.loads(answer.out)["unread"] == ["Notebook team-a/tim"]
    assert "11 more findings about the notebooks are not shown" in answer.err


def test_a_large_dump_that_is_no_json_says_where(sides: list[str], tmp_path: Path) -> None:
    large = tmp_path / "dump.json"
    large.write_text(dump(*[notebook("ada", env=[{"name": "A", "value": "x" * 2_000_000}])])[:-1])
    answer = run("plan", *sides, "--notebooks", str(large))
    assert answer.code == 1
    assert "error[NB101]" in answer.err


def test_the_workflow_of_the_how_to_writes_the_comment(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "howto-plan-in-pull-requests.md").read_text()
    [workflow] = [yaml.safe_load(one.text) for one in blocks(page) if one.language == "yaml"]
    [job] = workflow["jobs"].values()
    [command] = [step["run"] for step in job["steps"] if step.get("run", "").startswith("nbcore ")]
    kinds = repository(tmp_path, all=KINDS)
    written(Path(kinds), all=EDITED_KINDS)
    commit(tmp_path)
    (tmp_path / "notebooks.json").write_text(FLEET)
    arguments, _, file = command.removeprefix("nbcore ").partition(" > ")
    answer = run(*arguments.split(), cwd=tmp_path)
    assert answer.code == 0
    assert answer.out.startswith(MARK)
    assert "| restart | 3 |" in answer.out
    assert any(file in step.get("run", "") for step in job["steps"][-1:])
