"""The how-to pages work: every file that they show is used as its program would use it.

A ```` ```yaml ```` or ```` ```toml ```` block whose first line is a comment with a file name is that file. The steps
of a build server are run with its environment variables, those that install nbcore left out: it is there.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.test_docs import ROOT, blocks

PAGES = sorted((ROOT / "docs").glob("howto-*.md"))
_NAMED = re.compile(r"# (?P<name>\.?[\w./-]+\.(?:ya?ml|toml))\n")


def shown(name: str) -> list[str]:
    """The text of every block that is a file of that name, on any page."""
    found = []
    for page in PAGES:
        for block in blocks(page.read_text(encoding="utf-8")):
            match = _NAMED.match(block.text)
            if match and match["name"] == name:
                found.append(block.text)
    assert found, f"no page shows {name}"
    return found


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the kinds that nbcore brings."""
    shutil.copytree(ROOT / "kinds", tmp_path / "kinds")
    (tmp_path / ".git").mkdir()
    return tmp_path


def run(command: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """What a step of a build server gives, in an environment with nothing of ours but the program."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = {"PATH": path, "HOME": str(folder), "LC_ALL": "C.UTF-8", **variables}
    return subprocess.run(
        ["bash", "-e", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def steps(lines: list[str]) -> Iterator[str]:
    """The lines that do something other than install; one at least."""
    kept = [line for line in lines if not line.startswith("pip install ")]
    assert kept
    assert all(line.startswith("nbcore ") for line in kept)
    yield from kept


def test_every_page_shows_something_that_is_run() -> None:
    assert len(PAGES) > 4
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert "```console" in text or any(_NAMED.match(block.text) for block in blocks(text)), page.name


def test_the_workflow_of_github(repository: Path) -> None:
    (workflow,) = map(yaml.safe_load, shown(".github/workflows/lint.yaml"))
    (job,) = workflow["jobs"].values()
    assert workflow[True] == [
        "push",
        "pull_request",
    ]  # YAML reads `on` as a truth value, and GitHub knows that
    commands = list(steps([step["run"] for step in job["steps"] if "run" in step]))
    for command in commands:
        done = run(command, repository, GITHUB_ACTIONS="true", GITHUB_WORKSPACE=str(repository), CI="true")
        assert done.returncode == 0, done.stderr
        assert "::notice file=kinds/notebooks.yaml,line=89" in done.stdout
    uploaded = next(
        step["with"]["sarif_file"] for step in job["steps"] if "upload-sarif" in step.get("uses", "")
    )
    assert json.loads((repository / uploaded).read_text())["version"] == "2.1.0"


def test_the_job_of_gitlab(repository: Path) -> None:
    (pipeline,) = map(yaml.safe_load, shown(".gitlab-ci.yml"))
    (job,) = pipeline.values()
    for command in steps(job["script"]):
        done = run(command, repository, GITLAB_CI="true", CI_PROJECT_DIR=str(repository), CI="true")
        assert done.returncode == 0, done.stderr
    reports = job["artifacts"]["reports"]
    assert [one["check_name"] for one in json.loads((repository / reports["codequality"]).read_text())]
    assert (repository / reports["junit"]).read_text().startswith("<?xml")


def test_the_configuration_of_everybody(repository: Path) -> None:
    (text,) = shown(".nbcore.yaml")
    (repository / "schemas").mkdir()
    said: Any = yaml.safe_load(text)
    done = run(f"nbcore lint kinds --write-baseline {said['baseline']}", repository)
    assert done.returncode == 0, done.stderr
    (repository / ".nbcore.yaml").write_text(text)
    done = run("nbcore lint kinds -o json", repository)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["kubernetesVersion"] == said["kubernetes-version"]
    (repository / ".nbcore.yaml").write_text(text.replace("strict:", "strct:"))
    done = run("nbcore lint kinds", repository)
    assert done.returncode == 2
    assert "did you mean strict?" in done.stderr


def test_the_table_in_pyproject(repository: Path) -> None:
    (text,) = shown("pyproject.toml")
    (repository / "pyproject.toml").write_text(text)
    done = run("nbcore lint kinds -o json", repository)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["kubernetesVersion"] == "1.34"
    assert not [one for one in answer["findings"] if one["code"].startswith("NB9")]


def test_suppressions_are_written_as_the_page_shows_them() -> None:
    """The page shows an extract; its marks stand in the example that the page runs, word for word."""
    example = (ROOT / "docs" / "lint-examples" / "explained.yaml").read_text()
    page = (ROOT / "docs" / "howto-adopt-lint.md").read_text()
    shown_ = [
        text
        for block in blocks(page)
        for text in re.findall(r"# nbcore: .*|jackhoman\.dev/ignore.*", block.text)
    ]
    assert len(shown_) == 3
    assert all(text in example for text in shown_)
