"""Rules of access: who may use a kind and its option values, and in which namespace.

Refuses to know how they are found.
"""

from __future__ import annotations

from typing import Final

from nbcore.rules.rule import Rule

FAMILY: Final = "NB7"
TITLE: Final = "access"
RULES: tuple[Rule, ...] = (
    Rule("NB701", "error", "the kind may not be used in the namespace"),
    Rule("NB702", "error", "the option value may not be used in the namespace"),
)
