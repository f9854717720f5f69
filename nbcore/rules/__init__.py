"""The registry of rules: what each code means, how grave it is, and where its documentation stands.

One module a family; a rule's page (`pages/CODE.md`) is what `nbcore rule CODE` prints and what makes the docs.
Refuses to know how anything is found.

Rules: a code has one meaning for ever; it is never reused, and a retired one stays in RETIRED.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache

from nbcore.rules import (
    nb1_schema,
    nb2_references,
    nb3_merge,
    nb4_pod_semantics,
    nb5_pod_security,
    nb6_resources,
    nb7_access,
    nb8_webhooks,
    nb9_good_practice,
)
from nbcore.rules.rule import SEVERITIES, Rule, Severity

__all__ = ["CODES", "FAMILIES", "RETIRED", "RULES", "SEVERITIES", "Rule", "Severity", "page"]

_MODULES = (
    nb1_schema,
    nb2_references,
    nb3_merge,
    nb4_pod_semantics,
    nb5_pod_security,
    nb6_resources,
    nb7_access,
    nb8_webhooks,
    nb9_good_practice,
)
FAMILIES: Mapping[str, str] = {module.FAMILY: module.TITLE for module in _MODULES}
"""The families in their order, each with what its rules are about."""
RULES: tuple[Rule, ...] = tuple(rule for module in _MODULES for rule in module.RULES)
CODES: Mapping[str, Rule] = {rule.code: rule for rule in RULES}
RETIRED: frozenset[str] = frozenset()
"""Codes that were released once and mean nothing any more."""


def _problems() -> list[str]:
    """What is wrong with the registry itself."""
    wrong = [
        f"{rule.code} stands in the module of {module.FAMILY}"
        for module in _MODULES
        for rule in module.RULES
        if not (rule.code.startswith(module.FAMILY) and len(rule.code) == 5 and rule.code[2:].isdigit())
    ]
    wrong += [f"{rule.code} is used twice" for rule in RULES if CODES[rule.code] is not rule]
    wrong += [f"{rule.code} was retired" for rule in RULES if rule.code in RETIRED]
    wrong += [f"{rule.code}: {rule.severity}" for rule in RULES if rule.severity not in SEVERITIES]
    return wrong


assert not _problems(), _problems()


@cache
def page(code: str) -> str:
    """The documentation of a rule, as Markdown.

    Raises: KeyError for a code that is not in the registry.
    """
    rule = CODES[code]
    data = pkgutil.get_data(__package__, f"pages/{rule.code}.md")
    assert data is not None
    return data.decode()
