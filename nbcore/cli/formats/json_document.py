"""``json``: the whole verdict as one document, whose form is published as a JSON Schema.

Refuses to know other forms. The text is ASCII, so that no terminal and no encoding can spoil it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from nbcore import __version__
from nbcore.cli.findings import as_json
from nbcore.cli.fingerprints import fingerprints
from nbcore.cli.verdict import Edit, Verdict, hides_its_fix
from nbcore.finding import Finding, Fix

SCHEMA: Final = "nbcore.lint/v1"


def text(verdict: Verdict, colour: bool) -> str:
    """The verdict as a JSON document."""
    plain = {
        "schema": SCHEMA,
        "version": __version__,
        "kubernetesVersion": verdict.kubernetes_version,
        "failed": verdict.failed,
        "summary": _summary(verdict),
        "findings": [
            _finding(one, fingerprint, verdict.edits_of(one))
            for one, fingerprint in zip(verdict.findings, fingerprints(verdict.findings), strict=True)
        ],
        "notEvaluated": [
            {"code": one.code, "subject": one.subject, "needs": one.needs} for one in verdict.not_evaluated
        ],
        "skipped": [one._asdict() for one in verdict.inputs.skipped],
        "notes": list(verdict.inputs.notes),
    }
    return json.dumps(plain, indent=2)


def _summary(verdict: Verdict) -> Mapping[str, Any]:
    return {
        "errors": verdict.counts["error"],
        "warnings": verdict.counts["warning"],
        "infos": verdict.counts["info"],
        "files": verdict.files,
        "objects": verdict.objects,
        "pods": verdict.pods,
        "rendered": verdict.rendered,
        "comparedWith": verdict.compared,
        "fixable": verdict.fixable._asdict(),
        "leftOut": dict(verdict.left_out),
    }


def _finding(one: Finding, fingerprint: str, edits: tuple[Edit, ...]) -> Mapping[str, Any]:
    return {
        **as_json(one),
        "fingerprint": fingerprint,
        "podPath": one.field.keyed or None,
        "pods": one.pods,
        "example": one.example or None,
        "magnitude": str(one.magnitude) if one.magnitude is not None else None,
        "fix": _fix(one, one.fix, edits) if one.fix else None,
    }


def _fix(one: Finding, fix: Fix, edits: tuple[Edit, ...]) -> Mapping[str, Any]:
    """What repairs a finding; a value that nobody may see is left out."""
    return {
        "action": fix.action,
        "path": fix.path.keyed,
        "value": None if hides_its_fix(one) else fix.value,
        "safe": fix.safe,
        "edits": [{"range": place._asdict(), "text": new} for place, new in edits],
    }
