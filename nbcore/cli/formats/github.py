"""``github``: findings as workflow commands, which GitHub Actions shows as annotations in a pull request.

Refuses to know anything of a repository but the names of its files.
Source: the workflow commands of GitHub Actions, and how its runner undoes their escapes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from nbcore.cli.findings import related_as_text
from nbcore.cli.reading import STDIN
from nbcore.cli.terminal import printable
from nbcore.cli.verdict import Verdict
from nbcore.finding import SEVERITIES, Finding

COMMANDS: Final[Mapping[str, str]] = {"error": "error", "warning": "warning", "info": "notice"}
_DATA: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def text(verdict: Verdict, colour: bool) -> str:
    """A workflow command for each finding, the gravest first: GitHub shows ten of each kind."""
    ordered = sorted(verdict.findings, key=lambda one: SEVERITIES.index(one.severity))
    return "\n".join(_command(one, verdict) for one in ordered)


def _command(one: Finding, verdict: Verdict) -> str:
    properties = ",".join(f"{name}={value.translate(_PROPERTY)}" for name, value in _properties(one, verdict))
    return f"::{COMMANDS[one.severity]} {properties}::{_message(one).translate(_DATA)}"


def _properties(one: Finding, verdict: Verdict) -> Iterator[tuple[str, str]]:
    """Where the annotation stands; columns only within one line, as GitHub wants them."""
    place = one.position
    if one.source.file not in ("", STDIN):
        yield "file", verdict.file(one.source.file)
    if place is not None:
        yield "line", str(place.line)
        yield "endLine", str(max(place.line, place.end_line - (place.end_column == 1)))
    if place is not None and place.line == place.end_line:
        yield "col", str(place.column)
        yield "endColumn", str(place.end_column)
    yield "title", one.code


def _message(one: Finding) -> str:
    where = " ".join(part for part in (one.source.object, one.path.keyed) if part)
    lines = [f"{one.message} ({where})" if where else one.message]
    lines += [one.remedy] if one.remedy else []
    lines += [f"Related: {place}" for place in related_as_text(one)]
    return "\n".join(map(printable, lines))
