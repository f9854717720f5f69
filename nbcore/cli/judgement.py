"""What judging answers: of one text that stands alone, and of all texts together.

Refuses to know how it comes about: what was remembered is read without anything that judges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from nbcore.cli.reading import Reading
from nbcore.finding import Finding
from nbcore.report import NotEvaluated, Report

if TYPE_CHECKING:
    from nbcore.catalog import Key


class Alone(NamedTuple):
    """What there is to say about a text that stands alone; its documents are left behind."""

    reading: Reading
    is_ours: bool
    keys: tuple[Key, ...]
    report: Report


@dataclass(frozen=True, slots=True)
class Judgement:
    """The reports on all texts as one, with what is wrong with the texts themselves.

    Shape: ``compared`` is how many old objects there were, None where nobody asked for an update.
    """

    findings: tuple[Finding, ...]
    files: int
    objects: int
    pods: int
    rendered: int
    not_evaluated: tuple[NotEvaluated, ...]
    compared: int | None = None
