"""The start: what is not needed is not loaded, as a hook pays for it on every commit."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.architecture.house import ROOT
from tests.units.cli.program import KINDS

START = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from nbcore.cli.main import main
try:
    main(sys.argv[1:])
finally:
    import json
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""
WORKLOADS = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: team-a}
spec: {containers: [{name: main, image: web:1, ports: [{containerPort: 0}], command: [run]}]}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: team-a
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: main
          image: web:1
          imagePulPolicy: Always
---
apiVersion: v1
kind: ConfigMap
metadata: {name: words, namespace: team-a}
data: {a: b}
"""
MODELS = ("pydantic", "pydantic_core", "nbcore.model.element", "nbcore.dialects.reading")
JUDGES = ("nbcore.linting", "nbcore.checks", "nbcore.catalog", "nbcore.cli.judging")
READERS = ("nbcore.source", "nbcore.yaml_events", "nbcore.json_text", "yaml")


def loaded(folder: Path, *arguments: str, code: int = 1) -> set[str]:
    """The modules that a run has loaded when it ends."""
    command = [sys.executable, "-I", "-c", START, "lint", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


def of(modules: set[str], packages: Sequence[str]) -> set[str]:
    """The modules that are one of the packages, or in one."""
    return {one for one in modules if any(f"{one}.".startswith(f"{name}.") for name in packages)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with one text of plain workloads."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "a.yaml").write_text(WORKLOADS)
    return tmp_path


@pytest.mark.parametrize("more", [(), ("-o", "json"), ("--pod-security", "restricted", "--ignore", "NB9")])
def test_plain_objects_need_no_models(folder: Path, more: tuple[str, ...]) -> None:
    modules = loaded(folder, *more, "a.yaml")
    assert "nbcore.linting" in modules
    assert not of(modules, MODELS)


def test_kinds_and_configurations_need_models(folder: Path) -> None:
    (folder / "kinds.yaml").write_text(KINDS)
    assert of(loaded(folder, "kinds.yaml", code=0), MODELS) >= {"pydantic", "nbcore.model.element"}
    (folder / ".nbcore.yaml").write_text("ignore: [NB9]\n")
    assert "pydantic" in loaded(folder, "a.yaml")


@pytest.mark.parametrize("form", ["concise", "full", "github", "gitlab", "junit"])
def test_what_is_remembered_needs_nothing_that_judges(folder: Path, form: str) -> None:
    assert of(loaded(folder, "a.yaml"), JUDGES) >= {"nbcore.linting", "nbcore.cli.judging"}
    again = loaded(folder, "-o", form, "a.yaml")
    assert "nbcore.cli.cache" in again
    assert not of(again, (*JUDGES, *MODELS))


def test_what_is_remembered_is_not_read_again(folder: Path) -> None:
    loaded(folder, "a.yaml")
    assert not of(loaded(folder, "-o", "concise", "a.yaml"), READERS)
