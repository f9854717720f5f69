"""The report: what a verdict on a set of objects holds, for whoever reads one without making it.

Refuses to know how it comes about.
"""

from __future__ import annotations

from dataclasses import dataclass

from nbcore.finding import Finding


@dataclass(frozen=True, slots=True)
class NotEvaluated:
    """Rules that could not be judged, and what would have to be given.

    Shape: ``code`` is a family (``NB5``), or codes with commas between.
    """

    code: str
    subject: str
    needs: str

    def __str__(self) -> str:
        return f"{self.code} {self.subject}: needs {self.needs}".strip()


@dataclass(frozen=True, slots=True)
class Report:
    """What there is to say about a set of objects.

    Shape: ``pods`` is how many different pods the verdict stands for; ``rendered`` how many of them had to be
    made for that; ``objects`` how many objects were judged.
    """

    findings: tuple[Finding, ...]
    pods: int = 0
    not_evaluated: tuple[NotEvaluated, ...] = ()
    rendered: int = 0
    objects: int = 0
