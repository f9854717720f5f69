"""``gitlab``: findings as a Code Quality report, which GitLab shows in a merge request.

Refuses to know anything of a repository but the names of its files.
Source: the Code Quality report format of GitLab, a part of Code Climate's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from nbcore.cli.fingerprints import fingerprints
from nbcore.cli.terminal import printable
from nbcore.cli.verdict import Verdict
from nbcore.finding import Finding

SEVERITIES: Final[Mapping[str, str]] = {"error": "major", "warning": "minor", "info": "info"}


def text(verdict: Verdict, colour: bool) -> str:
    """The findings as a JSON list."""
    pairs = zip(verdict.findings, fingerprints(verdict.findings), strict=True)
    return json.dumps([_entry(one, fingerprint, verdict) for one, fingerprint in pairs], indent=2)


def _entry(one: Finding, fingerprint: str, verdict: Verdict) -> Mapping[str, Any]:
    first = one.position.line if one.position else 1
    last = one.position.end_line if one.position else 1
    remedy = f". {one.remedy}" if one.remedy else ""
    return {
        "description": printable(f"{one.code}: {one.message}{remedy}"),
        "check_name": one.code,
        "fingerprint": fingerprint,
        "severity": SEVERITIES[one.severity],
        "location": {"path": verdict.file(one.source.file), "lines": {"begin": first, "end": last}},
    }
