"""Rules of the Pod Security Standards: a code for every check.

Refuses to know how they are found.
"""

from __future__ import annotations

from typing import Final

from nbcore.rules.rule import Rule

FAMILY: Final = "NB5"
TITLE: Final = "pod security"
RULES: tuple[Rule, ...] = ()
