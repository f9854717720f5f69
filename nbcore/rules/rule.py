"""The rule: one code, one meaning.

Refuses to know which rules there are.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


class Rule(NamedTuple):
    """What one code means.

    Shape: ``title`` is the rule broken, as a sentence without its period; ``needs`` names what must be given
    before the rule can be evaluated at all (``"a ResourceQuota"``), ``""`` where nothing is needed.
    """

    code: str
    severity: Severity
    title: str
    needs: str = ""
