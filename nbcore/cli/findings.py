"""Findings on stderr: with a frame of the text around each, one a line, or as JSON; then a line that counts.

Refuses to know how findings are made. No frame shows a value that `secrecy` hides.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

import click

from nbcore.cli.reading import Inputs
from nbcore.cli.secrecy import Veil
from nbcore.cli.terminal import printable, styled, wants_colour
from nbcore.finding import SEVERITIES, Finding, Position, Source, in_order
from nbcore.kubernetes.paths import Path
from nbcore.layout import Lines

Format = Literal["full", "concise", "json"]
FORMATS: Final = ("full", "concise", "json")
SCHEMA: Final = "nbcore.findings/v1"
_COLOURS: Final[Mapping[str, str]] = {"error": "red", "warning": "yellow", "info": "cyan"}
_WIDEST: Final = 120
"""Characters of a line that a frame shows; of a longer one, those around the place."""

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
    for note in inputs.notes:
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
    what = " ".join(part for part in (source.object, path.keyed) if part)
    return printable(": ".join(part for part in (where, what) if part))


def _text(findings: Sequence[Finding], inputs: Inputs, form: str) -> str:
    colour = wants_colour(sys.stderr)
    if form == "concise":
        blocks = [_concise(one) for one in findings]
    else:
        frames = _Frames(inputs, colour)
        blocks = [f"{_full(one, frames, colour)}\n" for one in findings]
    return "\n".join([*blocks, _count(findings)])


def _concise(finding: Finding) -> str:
    where = place_as_text(finding.source, finding.path, finding.position)
    remedy = f" ({finding.remedy})" if finding.remedy else ""
    return f"{where}: " + printable(f"{finding.severity}[{finding.code}] {finding.message}{remedy}")


def _full(finding: Finding, frames: _Frames, colour: bool) -> str:
    head = styled(f"{finding.severity}[{finding.code}]", colour, fg=_COLOURS[finding.severity], bold=True)
    lines = [f"{head} {styled(printable(finding.message), colour, bold=True)}"]
    source, position = finding.source, finding.position
    what = printable(" ".join(part for part in (source.object, finding.path.keyed) if part))
    if source.file:
        lines.append(f" --> {printable(source.file)}" + (f":{position}" if position else ""))
        lines += frames.around(finding)
        lines += [f"   = in {what}"] if what else []
    elif what:
        lines.append(f" --> {what}")
    lines += [f"related: {place_as_text(*one)}" for one in finding.related]
    if finding.remedy:
        lines.append(f"{styled('help', colour, fg='green')}: {printable(finding.remedy)}")
    return "\n".join(lines)


def _count(findings: Sequence[Finding]) -> str:
    """The last line: how many findings of each severity, in how many files."""
    counts = Counter(one.severity for one in findings)
    files = {one.source.file for one in findings if one.source.file}
    parts = [_number(counts[one], one) for one in SEVERITIES if counts[one]]
    where = f" in {_number(len(files), 'file')}" if files else ""
    return f"Found {', '.join(parts)}{where}."


def _number(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 or thing == "info" else f"{count} {thing}s"


class _Frames:
    """The texts of the inputs, for the lines around a place."""

    def __init__(self, inputs: Inputs, colour: bool) -> None:
        self._inputs = inputs
        self._colour = colour
        self._texts: dict[str, tuple[Lines, Veil]] = {}

    def around(self, finding: Finding) -> list[str]:
        """The line of a finding under the one before it, with carets; nothing where there is no text."""
        position, name = finding.position, finding.source.file
        if position is None or name not in self._inputs.texts:
            return []
        lines, veil = self._text(name)
        if position.line > len(lines):
            return []
        width = len(str(position.line))
        start = max(0, position.column - 1 - _WIDEST // 2) if position.column > _WIDEST * 3 // 4 else 0
        shown = []
        # of the line before, a piece from far inside tells nothing
        for number in range(position.line if start else max(1, position.line - 1), position.line + 1):
            text = printable(veil.over(number, lines.line(number), start, start + _WIDEST))
            shown.append(f"{number:>{width}} | {text}".rstrip())
        gutter = f"{'':>{width}} |"
        return [gutter, *shown, self._carets(gutter, position, start, len(lines.line(position.line)))]

    def _carets(self, gutter: str, position: Position, start: int, length: int) -> str:
        end = position.end_column if position.end_line == position.line else length + 1
        count = max(1, min(end, start + _WIDEST + 1) - position.column)
        carets = styled("^" * count, self._colour, fg="red", bold=True)
        return f"{gutter} {' ' * (position.column - 1 - start)}{carets}"

    def _text(self, name: str) -> tuple[Lines, Veil]:
        if name not in self._texts:
            data = self._inputs.texts[name]
            documents = [one for one in self._inputs.documents if one.name == name]
            lines = Lines(data.decode("utf-8", "surrogateescape"))
            self._texts[name] = (lines, Veil(data, documents))
        return self._texts[name]
