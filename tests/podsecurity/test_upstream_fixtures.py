"""Kubernetes' own fixtures of the standards, where Go keeps them: every pod gets its verdict and its reason."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from nbcore.checks.podsecurity import verdict
from nbcore.checks.podsecurity.standard import STANDARD

MODULES = Path(os.environ.get("GOMODCACHE", Path.home() / "go" / "pkg" / "mod"))
ROOT = MODULES / "k8s.io" / "pod-security-admission@v0.36.3" / "test" / "testdata"
COUNT = 4241
CHECKS = {one.id.lower(): one for one in STANDARD}
REPLACED = {
    name: (check.id, revision.since)
    for check in STANDARD
    for revision in reversed(check.revisions)
    for name in revision.replaces
}
"""The check that a restricted level runs instead of a baseline one, and since when."""
ALSO = {
    "windowsHostProcess": {"hostNamespaces"},
    "privileged": {"allowPrivilegeEscalation"},
    "allowPrivilegeEscalation": {"capabilities_restricted"},
}
"""What the fixtures of a check violate beside it, now and then."""

pytestmark = pytest.mark.skipif(
    not ROOT.is_dir(), reason="no pod-security-admission v0.36.3 in Go's module cache: run make kubernetes"
)


class Fixture(NamedTuple):
    """A pod, the level and version that it is made for, and the check that it fails, `""` for none."""

    file: Path
    level: str
    minor: int
    check: str


def fixtures() -> Iterator[Fixture]:
    for file in sorted(ROOT.rglob("*.yaml")):
        level, version, passing, name = file.relative_to(ROOT).parts
        check = CHECKS[re.sub(r"[0-9]*\.yaml", "", name)].id if passing == "fail" else ""
        yield Fixture(file, level, int(version.removeprefix("v1.")), check)


@cache
def loaded(text: bytes) -> Any:
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def expected(one: Fixture) -> str:
    """The check that fails, or the one that is run in its place."""
    instead, since = REPLACED.get(one.check, (one.check, 0))
    return instead if one.level == "restricted" and one.minor >= since else one.check


def test_every_fixture_gets_its_verdict_and_its_reason() -> None:
    counts: Counter[bool] = Counter()
    wrong = []
    reasons = {one.id: one.reason for one in STANDARD}
    for one in fixtures():
        found = verdict(loaded(one.file.read_bytes()), one.level, f"1.{one.minor}", "newest")
        counts[bool(one.check)] += 1
        failing = expected(one)
        unasked = set(found.failed) - {failing} - ALSO.get(failing, set())
        told = not failing or reasons[failing] in found.denial
        if found.allowed == bool(failing) or unasked or not told:
            wrong.append((one, found))
    assert not wrong
    assert counts.total() == COUNT
