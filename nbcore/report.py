"""The report: what a verdict on a set of objects holds, for whoever reads one without making it.

Refuses to know how it comes about.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from nbcore.finding import Finding

OF_A_NOTEBOOK: Final = "--notebook "
"""What the example of a finding on a Notebook's pod starts with."""


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


def folded(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, each once for all pods that have it.

    Shape: what a Template's pods have is not told of its Notebooks again; what only Notebooks have is told of
    the first one, with their number.
    """
    told: dict[object, list[Finding]] = {}
    for one in dict.fromkeys(findings):
        key = (one.code, one.severity, one.source, one.path, one.message) if one.example else id(one)
        told.setdefault(key, []).append(one)
    return [_one_of(same) for same in told.values()]


def _one_of(equal: list[Finding]) -> Finding:
    of_kinds = [one for one in equal if not one.example.startswith(OF_A_NOTEBOOK)]
    first = min(of_kinds or equal, key=lambda one: one.example)
    return first if of_kinds else replace(first, pods=sum(one.pods for one in equal))
