"""The verdict: all that one run of lint has to say, whatever the form that it is printed in.

Refuses to know how it came about, and every form.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from nbcore.cli.reading import STDIN, Inputs
from nbcore.finding import SEVERITIES, Finding, Position, Severity
from nbcore.model.hidden import is_hidden

if TYPE_CHECKING:
    from nbcore.report import NotEvaluated

Edit = tuple[Position, str]
"""A range of a text, and what takes its place."""


class Fixable(NamedTuple):
    """How many findings a program can repair: without, and with a risk of changing what was meant."""

    safe: int
    unsafe: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What lint found, and on what ground.

    Shape: ``left_out`` counts the findings that are not shown, by what hides them; ``edits`` has the changes
    of text that repair a finding, where they are known. ``root`` is the folder that reports name files from, ``paths``
    what was to be judged; ``compared`` is how many old objects that was compared with, None without an update.
    """

    inputs: Inputs
    kubernetes_version: str
    findings: tuple[Finding, ...] = ()
    files: int = 0
    objects: int = 0
    pods: int = 0
    rendered: int = 0
    not_evaluated: tuple[NotEvaluated, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    edits: Mapping[Finding, tuple[Edit, ...]] = field(default_factory=dict)
    fail_on: Severity = "error"
    root: str = "."
    paths: tuple[str, ...] = ()
    compared: int | None = None

    @property
    def counts(self) -> Mapping[str, int]:
        """How many findings there are of each severity, the gravest first."""
        found = Counter(one.severity for one in self.findings)
        return {severity: found[severity] for severity in SEVERITIES}

    @property
    def fixable(self) -> Fixable:
        """How many findings can be repaired."""
        fixes = [one.fix.safe for one in self.findings if one.fix]
        return Fixable(fixes.count(True), fixes.count(False))

    @property
    def failed(self) -> bool:
        """Whether a finding is grave enough for the run to fail."""
        return any(map(self.fails, self.findings))

    def fails(self, finding: Finding) -> bool:
        """Whether a finding is grave enough for the run to fail."""
        return SEVERITIES.index(finding.severity) <= SEVERITIES.index(self.fail_on)

    def edits_of(self, finding: Finding) -> tuple[Edit, ...]:
        """The changes of text that repair a finding; none where they would show what nobody may see."""
        return () if hides_its_fix(finding) else self.edits.get(finding, ())

    def file(self, name: str) -> str:
        """The name of a file as reports give it: from the root, with slashes; ``.`` for no file."""
        if name in ("", STDIN):
            return name or "."
        path = os.path.normpath(name)
        full = os.path.abspath(path)  # noqa: PTH100 (paths stay the texts that people typed)
        inside = full.startswith(os.path.join(self.root, ""))  # noqa: PTH118
        shown = os.path.relpath(full, self.root) if inside else path
        return shown.replace(os.sep, "/")


def hides_its_fix(finding: Finding) -> bool:
    """Whether the repair of a finding holds a value that nobody may see."""
    fix = finding.fix
    return fix is not None and fix.action != "rename" and (is_hidden(fix.path) or is_hidden(finding.field))
