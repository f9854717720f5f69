"""Rules that the API server enforces on pods in code, not in its schema.

Refuses to know how they are found.
"""

from __future__ import annotations

from typing import Final

from nbcore.rules.rule import Rule

FAMILY: Final = "NB4"
TITLE: Final = "pod semantics"
RULES: tuple[Rule, ...] = ()
