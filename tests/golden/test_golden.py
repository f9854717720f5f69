"""Rendered pods, byte for byte: a change here is a restart for somebody. `UPDATE_GOLDEN=1` rewrites them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import nbcore
from tests.golden.cases import (
    CASES,
    GOLDEN,
    WORKSPACES,
    Case,
    catalog_of,
    findings_text,
    pods_text,
    renderings,
)

ALL = (*CASES, *WORKSPACES)


def compare(file: Path, text: str) -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8"), f"{file.name} differs; UPDATE_GOLDEN=1 rewrites it"


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_the_pods_are_the_golden_ones(case: Case) -> None:
    compare(case.folder / "pods.json", pods_text(case))


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_the_findings_are_the_golden_ones(case: Case) -> None:
    compare(case.folder / "findings.txt", findings_text(case))


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_every_notebook_of_a_case_renders(case: Case) -> None:
    rendered = dict(renderings(case))
    assert rendered
    for name, rendering in rendered.items():
        assert rendering.pod is not None, (name, rendering.findings)


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_the_order_of_the_objects_changes_no_pod(case: Case) -> None:
    catalog = catalog_of(case)
    backwards = nbcore.Catalog(reversed(tuple(catalog)))
    for notebook in catalog.notebooks:
        assert nbcore.render(notebook, backwards).to_bytes() == nbcore.render(notebook, catalog).to_bytes()


def test_no_golden_file_is_left_without_a_case() -> None:
    assert {file.parent.relative_to(GOLDEN).as_posix() for file in GOLDEN.rglob("pods.json")} == {
        case.name for case in ALL
    }


@pytest.mark.parametrize("case", WORKSPACES, ids=lambda case: case.name)
def test_upstream_renders_the_same_golden_pods(case: Case) -> None:
    catalog = catalog_of(case)
    for workspace in catalog.notebooks:
        compat = nbcore.render(workspace, catalog, settings=nbcore.Settings(compat="kubeflow"))
        assert compat.pod == nbcore.render(workspace, catalog).pod is not None
