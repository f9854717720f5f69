"""Findings on stderr: with a frame of the text around each, one a line, or as JSON; then a line that counts.

Refuses to know how findings are made. No frame shows a value that `secrecy` hides.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal

import click

from nbcore.cli.frames import Frames
from nbcore.cli.reading import Inputs
from nbcore.cli.terminal import printable, shortened, styled, wants_colour
from nbcore.finding import SEVERITIES, Finding, Position, Source, in_order
from nbcore.kubernetes.paths import Path

Format = Literal["full", "concise", "json"]
FORMATS: Final = ("full", "concise", "json")
SCHEMA: Final = "nbcore.findings/v1"
_COLOURS: Final[Mapping[str, str]] = {"error": "red", "warning": "yellow", "info": "cyan"}

format_option = click.option(
    "--format",
    "findings_format",
    type=click.Choice(FORMATS),
    default="full",
    help="How findings are printed.",
)


def report(findings: Iterable[Finding], inputs: Inputs, form: str = "full") -> bool:
    """Prints notes and findings to stderr; whether there is an error among the findings."""
    found = in_order(tuple(findings))
    for note in (*(f"skipped {one.name}: {one.reason}" for one in inputs.skipped), *inputs.notes):
        click.echo(f"note: {printable(note)}", err=True)
    if form == "json":
        document = {"schema": SCHEMA, "findings": [as_json(one) for one in found]}
        click.echo(json.dumps(document, ensure_ascii=False), err=True)
    elif found:
        click.echo(_text(found, inputs, form), err=True, color=True)
    return any(one.severity == "error" for one in found)


def report_errors(findings: Iterable[Finding], inputs: Inputs, form: str) -> None:
    """Prints what is found if there is an error: it may be why something that was named is not there."""
    found = list(findings)
    if any(one.severity == "error" for one in found):
        report(found, inputs, form)


def as_json(finding: Finding) -> dict[str, Any]:
    """The finding as plain JSON."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "remedy": finding.remedy,
        **place_as_json(finding.source, finding.path, finding.position),
        "related": [place_as_json(*one) for one in finding.related],
    }


def place_as_json(source: Source, path: Path, position: Position | None) -> dict[str, Any]:
    """A place as plain JSON; ``range`` is null where there is no file."""
    return {
        "object": {"kind": source.kind, "namespace": source.namespace, "name": source.name},
        "path": str(path),
        "keyedPath": path.keyed,
        "file": source.file or None,
        "range": position._asdict() if position else None,
    }


def place_as_text(source: Source, path: Path, position: Position | None) -> str:
    """A place as ``file:line:column: object path``, as far as it is known."""
    where = f"{source.file}:{position}" if source.file and position else source.file
    what = _object_and_path(source, path)
    return printable(": ".join(part for part in (where, what) if part))


def _object_and_path(source: Source, path: Path) -> str:
    """The object and the field, of which hostile input makes nothing longer than people read."""
    parts = (shortened(source.object, 400), shortened(path.keyed, 800))
    return " ".join(part for part in parts if part)


def _text(findings: Sequence[Finding], inputs: Inputs, form: str) -> str:
    colour = wants_colour(sys.stderr)
    if form == "concise":
        blocks = [in_one_line(one) for one in findings]
    else:
        frames = Frames(inputs, colour)
        blocks = [f"{with_frame(one, frames, colour)}\n" for one in findings]
    return "\n".join([*blocks, _count(findings)])


def in_one_line(finding: Finding) -> str:
    """The finding as one line that begins with its place."""
    where = place_as_text(finding.source, finding.path, finding.position)
    remedy = f" ({finding.remedy})" if finding.remedy else ""
    return f"{where}: " + printable(f"{finding.severity}[{finding.code}] {finding.message}{remedy}")


def with_frame(finding: Finding, frames: Frames, colour: bool, hints: Iterable[str] = ()) -> str:
    """The finding with the text that it is about, the places that play a part, hints, and the remedy."""
    head = styled(f"{finding.severity}[{finding.code}]", colour, fg=_COLOURS[finding.severity], bold=True)
    lines = [f"{head} {styled(printable(finding.message), colour, bold=True)}"]
    source, position = finding.source, finding.position
    what = printable(_object_and_path(source, finding.path))
    if source.file:
        lines.append(f" --> {printable(source.file)}" + (f":{position}" if position else ""))
        lines += frames.around(finding)
        lines += [f"   = in {what}"] if what else []
    elif what:
        lines.append(f" --> {what}")
    lines += [f"   = {printable(one)}" for one in (*_field(finding), *hints)]
    lines += [f"related: {one}" for one in related_as_text(finding)]
    if finding.remedy:
        lines.append(f"{styled('help', colour, fg='green')}: {printable(finding.remedy)}")
    return "\n".join(lines)


def related_as_text(finding: Finding) -> list[str]:
    """The places that play a part, as texts; one that is in no file and no object is left out."""
    return [text for text in (place_as_text(*one) for one in finding.related) if text]


def _field(finding: Finding) -> Iterator[str]:
    """Where a finding shows in pods."""
    if finding.field and finding.field != finding.path:
        yield f"shows in the pod at {finding.field.keyed}"


def _count(findings: Sequence[Finding]) -> str:
    """The last line: how many findings of each severity, in how many files."""
    counts = Counter(one.severity for one in findings)
    files = {one.source.file for one in findings if one.source.file}
    parts = [number(counts[one], one) for one in SEVERITIES if counts[one]]
    where = f" in {number(len(files), 'file')}" if files else ""
    return f"Found {', '.join(parts)}{where}."


def number(count: int, thing: str) -> str:
    """A count and what is counted, in words: ``1,024 pods``."""
    return f"{count:,} {thing}" if count == 1 or thing == "info" else f"{count:,} {thing}s"
