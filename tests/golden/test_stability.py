"""No rendered byte changes unless the changelog says what that does; and the rule itself, tried on changed bytes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.golden import stability
from tests.golden.stability import HERE, ROOT, differences, faults, listings

CASE = "workspaces-worked-example/team/demo"
NATIVE = "fleet-1/team/n0"
Pods = dict[str, bytes]


@pytest.fixture(scope="module")
def pods() -> Pods:
    return stability.stored(ROOT / HERE)


def test_every_pod_is_the_same_or_the_changelog_says_what_becomes_of_it(pods: Pods) -> None:
    found = differences(pods, stability.rendered(ROOT / HERE))
    assert faults(found, listings(stability.changelog_of(ROOT))) == []
    hint = "`python -m tests.golden.stability --write` writes the corpus of today"
    assert found == [], hint


def test_no_pod_is_missing_in_the_corpus(pods: Pods) -> None:
    missing = stability.rendered(ROOT / HERE).keys() - pods.keys()
    assert not missing, "`python -m tests.golden.stability --write` adds them"


def test_the_corpus_has_pods_of_both_dialects_and_of_a_revision(pods: Pods) -> None:
    workspaces = [one for one, pod in pods.items() if b"notebooks.kubeflow.org/workspace-name" in pod]
    assert len(pods) - len(workspaces) >= 60
    assert len(workspaces) >= 20
    assert any(one.startswith("compat/") for one in workspaces)
    inputs = "".join(file.read_text() for file in (ROOT / HERE / "inputs").glob("*.yaml"))
    assert "kind: Revision" in inputs


# ---- the rule ----


def edited(pods: Pods, case: str, edit: Callable[[Any], Any]) -> Pods:
    """The pods with one of them changed."""
    pod = json.loads(pods[case])
    edit(pod)
    return {**pods, case: json.dumps(pod, separators=(",", ":"), ensure_ascii=False).encode()}


def label(pod: Any) -> None:
    pod["metadata"].setdefault("labels", {})["new"] = "1"


def image(pod: Any) -> None:
    pod["spec"]["containers"][0]["image"] += "x"


def default(pod: Any) -> None:
    pod["spec"]["containers"][0]["terminationMessagePath"] = "/dev/termination-log"


def order_of_keys(pod: Any) -> None:
    pod["spec"] = dict(reversed(pod["spec"].items()))


def identity(pod: Any) -> None:
    pod["metadata"]["labels"]["notebooks.kubeflow.org/workspace-name"] = "other"


EDITS = {
    "a default that is written": (NATIVE, default, "none"),
    "another order of the keys": (NATIVE, order_of_keys, "none"),
    "a label of a pod that does not roll": (NATIVE, label, "live"),
    "a label of a pod that rolls": (CASE, label, "restart"),
    "an image": (NATIVE, image, "restart"),
    "the label that selects it": (CASE, identity, "recreate"),
}


def changelog(*lines: str, released: str = "") -> str:
    """A changelog with these lines in the section Unreleased, and one in that of a version."""
    return "\n".join(
        ["# Changelog", "", "## [Unreleased]", *lines, "", "## [0.2.0] - 2026-01-01", released, ""]
    )


@pytest.mark.parametrize("edit", EDITS)
def test_a_changed_byte_fails_until_it_is_listed_rightly(pods: Pods, edit: str) -> None:
    case, change, effect = EDITS[edit]
    found = differences(pods, edited(pods, case, change))
    assert [(one.case, one.effect) for one in found] == [(case, effect)]
    assert len(faults(found, listings(changelog()))) == 1
    for told in ("none", "live", "restart", "recreate", "nothing"):
        lines = changelog("### Changed", f"- Rendered pods `{case}`: {told}. Because.")
        assert (faults(found, listings(lines)) == []) is (told == effect), told


def test_a_fault_names_the_line_that_is_to_be_written(pods: Pods) -> None:
    found = differences(pods, edited(pods, NATIVE, image))
    (fault,) = faults(found, ())
    assert "spec.containers[" in fault and "].image)" in fault
    _, _, line = fault.partition("no line: ")
    assert faults(found, listings(changelog(line))) == []


def test_a_line_may_name_many_cases(pods: Pods) -> None:
    after = edited(edited(pods, NATIVE, image), CASE, image)
    found = differences(pods, after)
    for names in (f"`{NATIVE}`, `{CASE}`", "`fleet-?/*`, `workspaces-*`", "`*`"):
        assert faults(found, listings(changelog(f"- Rendered pods {names}: restart"))) == [], names
    assert len(faults(found, listings(changelog(f"- Rendered pod `{NATIVE}`: restart")))) == 1
    assert len(faults(found, listings(changelog("- Rendered pods `fleet-2/*`: restart")))) == 2


def test_a_line_of_an_older_version_lists_nothing(pods: Pods) -> None:
    found = differences(pods, edited(pods, NATIVE, image))
    text = changelog(released=f"- Rendered pod `{NATIVE}`: restart")
    assert faults(found, listings(text)) != []
    assert faults(found, listings(text, since="0.2.0")) != [], "that version is the one that is compared with"
    assert faults(found, listings(text + "\n## [0.1.0]\n", since="0.1.0")) == []


def test_a_pod_that_is_gone_is_listed_as_recreated(pods: Pods) -> None:
    after = {case: pod for case, pod in pods.items() if case != NATIVE}
    found = differences(pods, after)
    assert [(one.case, one.effect) for one in found] == [(NATIVE, "recreate")]
    assert differences(after, pods) == [], "a new case changes nothing for anybody"


# ---- the command, in a repository of its own ----


class Repository:
    """A small repository with the corpus of one file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.corpus = folder / HERE
        (self.corpus / "inputs").mkdir(parents=True)
        source = ROOT / HERE / "inputs" / "ports.yaml"
        self.input = self.corpus / "inputs" / source.name
        self.input.write_bytes(source.read_bytes())
        self.log(changelog())
        self.git("init", "--quiet")

    def git(self, *arguments: str) -> None:
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *who, *arguments], cwd=self.folder, check=True, capture_output=True)

    def commit(self, tag: str = "") -> None:
        self.git("add", ".")
        self.git("commit", "--quiet", "-m", "state")
        if tag:
            self.git("tag", tag)

    def log(self, text: str) -> None:
        (self.folder / "CHANGELOG.md").write_text(text)

    def run(self, *arguments: str) -> int:
        return stability.main([*arguments], self.folder)

    def pretend(self, old: bytes, new: bytes) -> None:
        """As if the pods had been rendered otherwise."""
        pods = self.corpus / "pods.txt"
        assert old in pods.read_bytes()
        pods.write_bytes(pods.read_bytes().replace(old, new))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path)
    assert made.run("--write") == 0
    return made


OLD, NEW = b'"containerPort":8888', b'"containerPort":9999'
LINE = "- Rendered pods `ports/users/both`: restart. The port moved."


def test_without_a_tag_there_is_nothing_to_compare_with(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.commit("other-1.0")
    assert repository.run() == 0
    assert "there is no release to compare with" in capsys.readouterr().out


def test_a_tag_without_a_corpus_is_told(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.git("add", "CHANGELOG.md")
    repository.git("commit", "--quiet", "-m", "state")
    repository.git("tag", "v0.1.0")
    assert repository.run() == 0
    assert "v0.1.0 has no corpus" in capsys.readouterr().out


def test_the_pods_of_a_tag_are_compared(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.commit("v0.2.0")
    assert repository.run() == 0
    assert "rendered otherwise than at v0.2.0: 0 pods" in capsys.readouterr().out
    repository.pretend(OLD, NEW)
    repository.commit("v0.3.0")
    repository.run()
    assert repository.run() == 1
    shown = capsys.readouterr()
    assert "rendered otherwise than at v0.3.0: 1 pods" in shown.out
    assert "CHANGELOG.md has no line: - Rendered pods `ports/users/both`: restart" in shown.err
    repository.log(changelog(LINE))
    assert repository.run() == 0


def test_a_listing_counts_until_the_next_tag(repository: Repository) -> None:
    repository.pretend(OLD, NEW)
    repository.commit("v0.2.0")
    repository.log(changelog(released=LINE))
    assert repository.run() == 1, "it is what v0.2.0 had changed"
    repository.log(changelog(released=LINE).replace("0.2.0", "0.3.0") + "\n## [0.2.0]\n")
    assert repository.run() == 0, "it is what is about to be released"


def test_an_input_that_is_edited_since_does_not_change_what_a_tag_says(repository: Repository) -> None:
    repository.commit("v0.2.0")
    repository.input.write_text(repository.input.read_text().replace("8888", "7777"))
    assert repository.run() == 0


def test_the_corpus_is_not_written_before_its_differences_are_listed(repository: Repository) -> None:
    repository.pretend(OLD, NEW)
    assert repository.run("--write") == 1
    assert NEW in (repository.corpus / "pods.txt").read_bytes()
    repository.log(changelog(LINE))
    assert repository.run("--write") == 0
    assert OLD in (repository.corpus / "pods.txt").read_bytes()
