"""``concise``: a finding a line, for grep and editors.

Refuses to know the texts that findings are about.
"""

from __future__ import annotations

from nbcore.cli.findings import in_one_line
from nbcore.cli.verdict import Verdict


def text(verdict: Verdict, colour: bool) -> str:
    """The findings, each as one line that begins with its place."""
    return "\n".join(map(in_one_line, verdict.findings))
