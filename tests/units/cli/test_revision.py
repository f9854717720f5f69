"""``nbcore revision``: what it exports renders the same pod, whatever became of the kinds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.units.cli.edits_of_kinds import EDITED, written
from tests.units.cli.program import BROKEN_NOTEBOOK, KINDS, WORLD, pod, run


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_a_revision_renders_the_environment_as_it_was(tmp_path: Path, form: str) -> None:
    old, new = written(tmp_path, old=WORLD, new=EDITED)
    pinned = tmp_path / f"pinned.{form}"
    answer = run("revision", old, "-o", form)
    assert answer.code == 0
    pinned.write_text(answer.out)
    before = pod(run("render", old))
    assert pod(run("render", new)) != before
    assert pod(run("render", new, "--revision", str(pinned))) == before


def test_equal_kinds_have_equal_revisions(tmp_path: Path) -> None:
    old, new = written(tmp_path, old=WORLD, new=EDITED)
    names = [
        json.loads(run("revision", one, "-o", "json").out)["metadata"]["name"] for one in (old, old, new)
    ]
    assert names[0] == names[1] != names[2]


@pytest.mark.parametrize(
    ("text", "arguments", "code", "said"),
    [
        (KINDS, [], 2, "the input holds no Notebook"),
        (WORLD, ["--notebook", "adda"], 2, "did you mean team-a/ada?"),
        (f"{KINDS}---\n{BROKEN_NOTEBOOK}", [], 1, "error[NB2"),
    ],
)
def test_where_there_is_none(tmp_path: Path, text: str, arguments: list[str], code: int, said: str) -> None:
    answer = run("revision", *written(tmp_path, world=text), *arguments)
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err
