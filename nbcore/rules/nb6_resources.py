"""Rules of what fits: quota, limit ranges and nodes.

Refuses to know how they are found.
"""

from __future__ import annotations

from typing import Final

from nbcore.rules.rule import Rule

FAMILY: Final = "NB6"
TITLE: Final = "resources and quota"
RULES: tuple[Rule, ...] = ()
