"""``full``: each finding under a head line, with the text that it is about, for people.

Refuses to know what the rules say beyond their codes.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Final

from nbcore.cli.findings import number, with_frame
from nbcore.cli.frames import Frames
from nbcore.cli.verdict import Verdict
from nbcore.finding import Finding

_FEW: Final = 3


def text(verdict: Verdict, colour: bool) -> str:
    """The findings with carets under the source, an empty line between them."""
    frames = Frames(verdict.inputs, colour)
    return "\n\n".join(with_frame(one, frames, colour, _hints(one, verdict)) for one in verdict.findings)


def _hints(finding: Finding, verdict: Verdict) -> Iterator[str]:
    if finding.pods or finding.example:
        pods = number(finding.pods, "pod") if finding.pods else ""
        example = f"e.g. `nbcore render {_paths(verdict)} {finding.example}`" if finding.example else ""
        yield "in " + ", ".join(part for part in (pods, example) if part)
    if finding.fix:
        yield f"fixable with {'--fix' if finding.fix.safe else '--unsafe-fixes'}"
    yield f"run `nbcore rule {finding.code}`"


def _paths(verdict: Verdict) -> str:
    """What was judged, as arguments; of many paths people know best which they need."""
    return shlex.join(verdict.paths) if len(verdict.paths) <= _FEW else "PATHS"
