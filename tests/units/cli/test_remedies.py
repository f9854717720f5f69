"""The remedy of a rule, applied to what its page calls wrong by a program, makes that right."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import nbcore
from nbcore.cli.main import cli
from nbcore.finding import Finding
from nbcore.settings import Settings
from tests.units.test_rules import CASES, parsed


def found(text: bytes, settings: Settings, code: str) -> list[Finding]:
    documents = nbcore.load(text, "kinds.yaml")
    return [one for one in nbcore.check(documents, settings=settings).findings if one.code == code]


def mechanical() -> list[str]:
    """The rules for whose failing example nbcore offers a repair of every finding."""
    codes = []
    for code in CASES:
        page = parsed(code)
        findings = found(page.fails.encode(), page.settings, code)
        if findings and all(one.fix is not None for one in findings):
            codes.append(code)
    return codes


MECHANICAL = mechanical()


def test_many_remedies_are_mechanical() -> None:
    assert len(MECHANICAL) >= 30


@pytest.mark.parametrize("code", MECHANICAL)
def test_the_remedy_applied_makes_it_right(code: str, tmp_path: Path) -> None:
    page = parsed(code)
    file = tmp_path / "kinds.yaml"
    file.write_text(page.fails)
    arguments = ["lint", str(file), "--select", code, "--fix", "--unsafe-fixes", "--no-config", "--no-cache"]
    arguments += ["--kubernetes-version", page.settings.kubernetes_version]
    if page.settings.pod_security:
        arguments += ["--pod-security", page.settings.pod_security]
    if page.settings.compat:
        arguments += ["--compat", page.settings.compat]
    CliRunner().invoke(cli, arguments)
    assert file.read_text() != page.fails, "nothing was repaired"
    assert found(file.read_bytes(), page.settings, code) == []
