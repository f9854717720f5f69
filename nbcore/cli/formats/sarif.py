"""``sarif``: findings as SARIF 2.1.0, which code scanning services and editors read.

Refuses to know which service reads it, and to name the machine: files are named from the root of the
repository, and the place of that root is not told.
Source: SARIF 2.1.0 with errata 01, an OASIS standard.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from nbcore import __version__
from nbcore.cli.fingerprints import fingerprints
from nbcore.cli.rule import documentation, sentence
from nbcore.cli.terminal import printable
from nbcore.cli.verdict import Edit, Verdict
from nbcore.finding import Finding, Position, Source
from nbcore.kubernetes.paths import Path
from nbcore.rules import CODES, FAMILIES, Rule

VERSION: Final = "2.1.0"
SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS: Final[Mapping[str, str]] = {"error": "error", "warning": "warning", "info": "note"}
ROOT: Final = "%SRCROOT%"
"""What readers of SARIF call the root of a repository."""

Json = dict[str, Any]


def text(verdict: Verdict, colour: bool) -> str:
    """The verdict as a SARIF log with one run."""
    rules = sorted({one.code for one in verdict.findings})
    prints = fingerprints(verdict.findings)
    driver = {
        "name": "nbcore",
        "semanticVersion": __version__,
        "rules": [_rule(CODES[code]) for code in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": _notes(verdict)}],
        "results": [
            _result(one, fingerprint, rules.index(one.code), verdict)
            for one, fingerprint in zip(verdict.findings, prints, strict=True)
        ],
    }
    return json.dumps({"$schema": SCHEMA, "version": VERSION, "runs": [run]}, indent=2)


def _rule(rule: Rule) -> Json:
    return {
        "id": rule.code,
        "shortDescription": {"text": sentence(rule.title)},
        "help": {"text": f"nbcore rule {rule.code}", "markdown": documentation(rule)},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {"tags": ["kubernetes", FAMILIES[rule.code[:3]]]},
    }


def _notes(verdict: Verdict) -> list[Json]:
    """What was not evaluated or skipped, so that nobody takes it for passed."""
    texts = [f"not evaluated: {one}" for one in verdict.not_evaluated]
    texts += [f"skipped {one.name}: {one.reason}" for one in verdict.inputs.skipped]
    texts += verdict.inputs.notes
    return [{"level": "note", "message": {"text": printable(one)}} for one in texts]


def _result(one: Finding, fingerprint: str, index: int, verdict: Verdict) -> Json:
    message = f"{one.message}. {one.remedy}" if one.remedy else one.message
    result: Json = {
        "ruleId": one.code,
        "ruleIndex": index,
        "level": LEVELS[one.severity],
        "message": {"text": printable(sentence(message))},
        "locations": [_location(one.source, one.path, one.position, verdict)],
        "partialFingerprints": {"nbcore/v1": fingerprint, "primaryLocationLineHash": fingerprint},
        "properties": {"pods": one.pods, "podPath": one.field.keyed, "example": one.example},
    }
    if one.related:
        result["relatedLocations"] = [_location(*place, verdict) for place in one.related]
    edits = verdict.edits_of(one)
    if edits:
        result["fixes"] = [_fix(one, edits, verdict)]
    return result


def _location(source: Source, path: Path, position: Position | None, verdict: Verdict) -> Json:
    where = " ".join(part for part in (source.object, path.keyed) if part)
    location: Json = {"physicalLocation": {"artifactLocation": _file(source.file, verdict)}}
    if position:
        location["physicalLocation"]["region"] = _region(position)
    if where:
        location["logicalLocations"] = [{"fullyQualifiedName": printable(where), "kind": "member"}]
        location["message"] = {"text": printable(where)}
    return location


def _file(name: str, verdict: Verdict) -> Json:
    """The name of a file as a URI relative to the root, or a whole one for what lies elsewhere."""
    path = verdict.file(name)
    uri = quote(path, safe="/")
    if path.startswith("/"):
        return {"uri": f"file://{uri}"}
    return {"uri": uri, "uriBaseId": ROOT}


def _region(position: Position) -> Json:
    return {
        "startLine": position.line,
        "startColumn": position.column,
        "endLine": position.end_line,
        "endColumn": position.end_column,
    }


def _fix(one: Finding, edits: tuple[Edit, ...], verdict: Verdict) -> Json:
    replacements = [
        {"deletedRegion": _region(place), "insertedContent": {"text": new}} for place, new in edits
    ]
    change = {"artifactLocation": _file(one.source.file, verdict), "replacements": replacements}
    return {"description": {"text": printable(one.remedy or one.message)}, "artifactChanges": [change]}
