"""``nbcore diff``: what it says, what it hides, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import jsonpatch
import pytest

from tests.units.cli.edits_of_kinds import EDITED, EDITED_KINDS, HOSTILE, OTHER, commit, repository, written
from tests.units.cli.program import BROKEN_NOTEBOOK, CANARY, KINDS, NOTEBOOK, WORLD, pod, run


@pytest.fixture
def sides(tmp_path: Path) -> list[str]:
    return written(tmp_path, old=WORLD, new=EDITED)


def test_the_text_says_what_changes_who_set_it_and_what_forces_the_restart(sides: list[str]) -> None:
    answer = run("diff", *sides)
    assert answer.code == 1
    lines = answer.out.splitlines()
    assert lines[0].startswith("Notebook team-a/ada: restart, 2 changes")
    assert "> restart  spec.containers[main].image  (this one forces it)" in lines
    assert f'    - "jupyter:1"  set by Template kubeflow/jupyter  ({sides[0]}:9)' in lines
    assert f'    + "jupyter:2"  set by Template kubeflow/jupyter  ({sides[1]}:9)' in lines
    assert sum("forces it" in one for one in lines) == 1
    assert lines[-1] == "Different: 1 of 1 pod."


@pytest.mark.parametrize("form", ["text", "json", "jsonpatch", "html"])
def test_values_of_env_are_shown_to_nobody_who_does_not_ask(sides: list[str], form: str) -> None:
    hidden = run("diff", *sides, "-o", form)
    shown = run("diff", *sides, "-o", form, "--show-values")
    assert CANARY not in hidden.out + hidden.err
    assert OTHER not in hidden.out + hidden.err
    assert OTHER in shown.out


def test_states_that_are_the_same_end_with_0(sides: list[str]) -> None:
    answer = run("diff", sides[0], sides[0])
    assert (answer.code, answer.out) == (0, "Different: 0 of 1 pod.\n")


def test_what_is_written_differently_is_listed_and_means_nothing(tmp_path: Path) -> None:
    cpu = KINDS.replace("limits: {cpu: 1}", "limits: {cpu: 1000m}")
    chosen = NOTEBOOK + "  options: {size: medium}\n"
    sides = written(tmp_path, old=f"{KINDS}---\n{chosen}", new=f"{cpu}---\n{chosen}")
    document = json.loads(run("diff", *sides, "-o", "json").out)
    [compared] = document["compared"]
    assert compared["effect"] == "none"
    assert compared["forcing"] is None
    assert {one["effect"] for one in compared["changes"]} == {"none"}


def test_the_json_names_both_layers_and_lines(sides: list[str]) -> None:
    [compared] = json.loads(run("diff", *sides, "-o", "json").out)["compared"]
    change = next(one for one in compared["changes"] if one["path"] == compared["forcing"])
    assert (change["old"], change["new"]) == ("jupyter:1", "jupyter:2")
    assert change["setBy"]["new"] == {
        "layer": "Template kubeflow/jupyter",
        "rank": "template",
        "file": sides[1],
        "line": 9,
    }


def test_a_patch_is_applicable_only_with_its_values(sides: list[str]) -> None:
    masked = json.loads(run("diff", *sides, "-o", "jsonpatch").out)
    whole = json.loads(run("diff", *sides, "-o", "jsonpatch", "--show-values").out)
    assert (masked["applicable"], whole["applicable"]) == (False, True)
    places = [[one["path"] for one in each["patches"][0]["patch"]] for each in (masked, whole)]
    assert places[0] == places[1]
    before, after = pod(run("render", sides[0])), pod(run("render", sides[1]))
    assert jsonpatch.apply_patch(before, whole["patches"][0]["patch"]) == after


def test_kinds_alone_are_compared_option_by_option(tmp_path: Path) -> None:
    edited = KINDS.replace("cpu: 1", "cpu: 2")
    answer = run("diff", *written(tmp_path, old=KINDS, new=edited), "-o", "json")
    found = {one.get("select", ""): one["verdict"] for one in json.loads(answer.out)["compared"]}
    assert found == {"": "differs", "size=medium": "differs"}  # small is led to medium


def test_an_option_that_vanishes_is_gone(tmp_path: Path) -> None:
    edited = KINDS.replace("id: medium", "id: large").replace("to: medium", "to: large")
    answer = run("diff", *written(tmp_path, old=KINDS, new=edited), "-o", "json")
    found = {one.get("select", ""): one["verdict"] for one in json.loads(answer.out)["compared"]}
    assert found["size=medium"] == "removed"
    assert found["size=large"] == "added"


def test_notebooks_of_one_side_are_rendered_with_both(tmp_path: Path) -> None:
    answer = run("diff", *written(tmp_path, old=WORLD, new=EDITED_KINDS))
    assert answer.code == 1
    assert answer.out.startswith("Notebook team-a/ada: restart")


def test_a_notebook_that_cannot_be_rendered_any_more_is_a_difference_with_its_reason(tmp_path: Path) -> None:
    gone = EDITED.replace("metadata: {name: jupyter, ", "metadata: {name: lab, ")
    answer = run("diff", *written(tmp_path, old=WORLD, new=gone))
    assert answer.code == 1
    assert "it could be rendered, and cannot be any more" in answer.out
    assert "error[NB2" in answer.err


@pytest.mark.parametrize(
    "broken",
    [
        WORLD + "---\n" + BROKEN_NOTEBOOK,
        WORLD + "---\n[1\n",
        WORLD + "---\n" + NOTEBOOK.replace("templateRef:", "templateReff:").replace("name: ada", "name: bob"),
    ],
)
def test_what_cannot_be_compared_ends_with_2_and_stops_nobody_else(tmp_path: Path, broken: str) -> None:
    answer = run("diff", *written(tmp_path, old=broken, new=broken.replace("jupyter:1", "jupyter:2")))
    assert answer.code == 2
    assert "Notebook team-a/ada: restart" in answer.out
    assert "error[" in answer.err


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["old.yaml"], "two paths are needed"),
        (["-", "-"], "stdin (-) can be one side only"),
        (["old.yaml", "nix.yaml"], "nix.yaml: No such file"),
        (["--to", "HEAD", "old.yaml"], "--to needs --from"),
        (["old.yaml", "new.yaml", "--notebook", "adda"], "did you mean team-a/ada?"),
        (["--from", "HEAD", "-"], "has no revisions"),
        (["--from", "HEAD", "old.yaml"], "git: not a git repository"),
    ],
)
def test_wrong_calls(sides: list[str], arguments: list[str], text: str) -> None:
    answer = run("diff", *arguments, cwd=Path(sides[0]).parent, GIT_CEILING_DIRECTORIES="/")
    assert (answer.code, answer.out) == (2, "")
    assert text in answer.err


def test_nothing_to_compare(tmp_path: Path) -> None:
    answer = run(
        "diff", *written(tmp_path, old="kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n", new="")
    )
    assert answer.code == 2


def test_the_old_side_is_read_from_git_without_a_checkout(tmp_path: Path) -> None:
    kinds = repository(tmp_path, all=WORLD)
    written(Path(kinds), all=EDITED)
    answer = run("diff", "--from", "HEAD", kinds)
    assert answer.code == 1
    assert "(HEAD:kinds/all.yaml:9)" in answer.out
    assert Path(kinds, "all.yaml").read_text() == EDITED
    commit(tmp_path)
    assert run("diff", "--from", "HEAD", kinds).code == 0
    assert run("diff", "--from", "HEAD~1", "--to", "HEAD", "kinds", cwd=tmp_path).code == 1


def test_a_file_that_is_gone_from_the_tree_is_read_from_git(tmp_path: Path) -> None:
    kinds = repository(tmp_path, all=WORLD, more="kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n")
    Path(kinds, "all.yaml").unlink()
    answer = run("diff", "--from", "HEAD", kinds)
    assert answer.code == 1


@pytest.mark.parametrize("revision", ["nix", "--help", "HEAD:kinds/all.yaml", "a\nb", ""])
def test_a_revision_that_is_none(tmp_path: Path, revision: str) -> None:
    kinds = repository(tmp_path, all=WORLD)
    answer = run("diff", f"--from={revision}", kinds)
    assert (answer.code, answer.out) == (2, "")
    assert "there is no revision" in answer.err


def test_a_path_that_git_does_not_have(tmp_path: Path) -> None:
    repository(tmp_path, all=WORLD)
    answer = run("diff", "--from", "HEAD", "nix", cwd=tmp_path)
    assert answer.code == 2
    assert "nix: there is no such file or folder at HEAD" in answer.err


def test_hidden_files_and_templates_of_charts_are_not_read_from_git(tmp_path: Path) -> None:
    kinds = Path(repository(tmp_path, all=WORLD))
    chart = kinds / "chart" / "templates"
    chart.mkdir(parents=True)
    (chart.parent / "Chart.yaml").write_text("name: a\n")
    written(chart, bad="{{ nothing }}\n")
    written(kinds, **{".hidden": "[1\n"})
    commit(tmp_path)
    answer = run("diff", "--from", "HEAD", str(kinds))
    assert answer.code == 0
    assert "skipped HEAD:kinds/chart/templates/bad.yaml" in answer.err


@pytest.mark.parametrize("form", ["text", "json", "jsonpatch", "html"])
def test_a_hostile_name_is_only_text(tmp_path: Path, form: str) -> None:
    hostile = NOTEBOOK + f"  options: {json.dumps({'size': HOSTILE})}\n"
    sides = written(tmp_path, old=WORLD.replace(NOTEBOOK, hostile), new=EDITED.replace(NOTEBOOK, hostile))
    answer = run("diff", *sides, "-o", form)
    assert answer.code == 2
    assert form == "json" or "\u202e" not in answer.out
    assert form != "html" or "<script>alert" not in answer.out


def test_the_carrier_decides_what_a_change_costs(tmp_path: Path) -> None:
    edited = KINDS.replace("cpu: 1", "cpu: 2")
    chosen = NOTEBOOK + "  options: {size: medium}\n"
    sides = written(tmp_path, old=f"{KINDS}---\n{chosen}", new=f"{edited}---\n{chosen}")

    def effect(carrier: str) -> str:
        document = json.loads(run("diff", *sides, "-o", "json", "--carrier", carrier).out)
        return str(document["compared"][0]["effect"])

    assert effect("rolling") == "restart"
    assert effect("pod") == "live"  # resized in place
