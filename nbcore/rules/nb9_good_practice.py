"""Rules of good practice: what Kubernetes accepts and people regret.

Refuses to know how they are found.
"""

from __future__ import annotations

from typing import Final

from nbcore.rules.rule import Rule

FAMILY: Final = "NB9"
TITLE: Final = "good practice"
RULES: tuple[Rule, ...] = ()
