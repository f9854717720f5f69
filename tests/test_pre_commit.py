"""The hook for pre-commit, run by pre-commit itself: it installs nbcore from this tree and judges a repository.

Skipped, and loudly, where pre-commit is not installed or no package index can be reached.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.test_docs import ROOT
from tests.test_howtos import shown

pytestmark = pytest.mark.xdist_group("pre-commit")

NO_INDEX = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeout|ProxyError|Temporary failure in name resolution"
    r"|Network is unreachable"
)
BROKEN = """\
apiVersion: jackhoman.dev/v1beta1
kind: Notebook
metadata: {name: bob, namespace: team-a}
spec:
  templateRef: {name: jupyterlab, namespace: notebooks}
  options: {image: gone}
"""


class Answer(NamedTuple):
    """How pre-commit ended, and what it printed."""

    code: int
    out: str


class Repository(NamedTuple):
    """A repository of a user, with a folder in which pre-commit keeps what it installs."""

    folder: Path
    home: Path

    def git(self, *arguments: str) -> None:
        git(self.folder, *arguments)

    def pre_commit(self, *arguments: str) -> Answer:
        """What pre-commit answers."""
        environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("GIT_", "NBCORE_", "GITHUB_"))
            },
            "PRE_COMMIT_HOME": str(self.home),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }
        done = subprocess.run(
            [sys.executable, "-m", "pre_commit", *arguments],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        return Answer(done.returncode, done.stdout)


def git(folder: Path, *arguments: str) -> str:
    me = ("-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *me, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A repository with this tree as it is now, and its one commit."""
    pytest.importorskip("pre_commit", reason="pre-commit is not installed")
    folder = tmp_path_factory.mktemp("hooks")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    for name in filter(None, listed.stdout.split("\0")):
        if not name.startswith(("tests/", "benchmarks/", "docs/")) and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "as it is")
    return folder, git(folder, "rev-parse", "HEAD").strip()


@pytest.fixture(scope="module")
def repository(hooks: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A user's repository with the hook in place as the page shows it, and the hook installed."""
    made = Repository(tmp_path_factory.mktemp("user"), tmp_path_factory.mktemp("pre-commit"))
    made.git("init", "--quiet")
    shutil.copytree(ROOT / "kinds", made.folder / "kinds")
    (made.folder / ".pre-commit-config.yaml").write_text(_pointed(shown(".pre-commit-config.yaml")[0], hooks))
    made.git("add", "--all")
    made.git("commit", "--quiet", "--message", "kinds")
    installed = made.pre_commit("install-hooks")
    if installed.code and NO_INDEX.search(installed.out):
        pytest.skip("pre-commit cannot install anything: no package index can be reached")
    assert installed.code == 0, installed.out
    return made


def _pointed(text: str, hooks: tuple[Path, str]) -> str:
    """A configuration that takes the hook from where it is."""
    folder, commit = hooks
    text, repositories = re.subn(r"repo: https://\S+", f"repo: {folder}", text)
    text, revisions = re.subn(r"rev: \S+", f"rev: {commit}", text)
    assert (repositories, revisions) == (1, 1)
    return text


def test_the_manifest_of_hooks_is_valid() -> None:
    pytest.importorskip("pre_commit", reason="pre-commit is not installed")
    command = [sys.executable, "-m", "pre_commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_good_repository_passes(repository: Repository) -> None:
    answer = repository.pre_commit("run", "--all-files")
    assert answer.code == 0, answer.out
    assert re.search(r"^nbcore lint\.+Passed$", answer.out, re.MULTILINE)


def test_one_file_is_judged_together_with_those_that_the_commit_does_not_touch(
    repository: Repository,
) -> None:
    file = repository.folder / "kinds" / "bob.yaml"
    try:
        file.write_text(BROKEN)
        repository.git("add", "kinds/bob.yaml")
        answer = repository.pre_commit("run")
        assert answer.code == 1
        assert "error[NB204]" in answer.out
        assert "kinds/bob.yaml:6:20" in answer.out
        file.write_text(BROKEN.replace("gone", "scipy-2026-08"))
        repository.git("add", "kinds/bob.yaml")
        answer = repository.pre_commit("run")
        assert answer.code == 0, answer.out
    finally:
        repository.git("rm", "--force", "--quiet", "kinds/bob.yaml")


def test_commits_without_yaml_or_json_are_none_of_its_business(repository: Repository) -> None:
    (repository.folder / "notes.txt").write_text("nothing")
    repository.git("add", "notes.txt")
    answer = repository.pre_commit("run")
    repository.git("rm", "--force", "--quiet", "notes.txt")
    assert answer.code == 0
    assert "(no files to check)Skipped" in answer.out


def test_a_repository_without_kinds_passes(
    repository: Repository, hooks: tuple[Path, str], tmp_path: Path
) -> None:
    other = Repository(tmp_path, repository.home)
    other.git("init", "--quiet")
    (tmp_path / "values.yaml").write_text("replicas: 1\n")
    (tmp_path / ".pre-commit-config.yaml").write_text(_pointed(shown(".pre-commit-config.yaml")[0], hooks))
    other.git("add", "--all")
    answer = other.pre_commit("run", "--all-files")
    assert answer.code == 0, answer.out


def test_arguments_take_the_place_of_the_default_folder(
    repository: Repository, hooks: tuple[Path, str], tmp_path: Path
) -> None:
    other = Repository(tmp_path, repository.home)
    other.git("init", "--quiet")
    shutil.copytree(ROOT / "kinds", tmp_path / "kinds")
    (tmp_path / "broken.yaml").write_text(BROKEN)
    config = _pointed(shown(".pre-commit-config.yaml")[1], hooks)
    assert "--pod-security" in config
    (tmp_path / ".pre-commit-config.yaml").write_text(config)
    other.git("add", "--all")
    answer = other.pre_commit("run", "--all-files")
    assert "broken.yaml" not in answer.out
    assert "NB5" not in answer.out
    assert answer.code == 0, answer.out
