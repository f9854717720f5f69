"""Row K4: filter rules that do nothing, ask for what their scope does not have, or have a malformed selector.

Refuses to know whom a rule filters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from nbcore.checks.kubeflow.places import selector_findings
from nbcore.finding import Finding
from nbcore.model.filter_rule import About, Condition, FilterRule

_FIELDS: Final[Mapping[About | None, str]] = {
    "namespace": "matchNamespace",
    "imageConfig": "matchImageConfig",
    "podConfig": "matchPodConfig",
}


def filter_rows(rules: Iterable[FilterRule]) -> Iterator[Finding]:
    """Everything that is wrong with filter rules, in their order."""
    for rule in rules:
        if not (rule.hide or rule.omit or rule.deny):
            yield rule.origin.finding(
                "NB229",
                "the filter rule does nothing",
                "Set one of ui.hide, api.hide and api.deny to true, or remove the rule.",
                path=("effect",),
            )
        for condition in rule.match:
            yield from _condition(rule, condition)


def _condition(rule: FilterRule, condition: Condition) -> Iterator[Finding]:
    field = _FIELDS.get(condition.about)
    if field is None:
        return
    yield from selector_findings(condition.origin, (field, "selector"), condition.selector)
    if rule.scope == "WORKSPACE_KIND" and condition.about != "namespace":
        yield condition.origin.finding(
            "NB229",
            f"{field} is of no use in a rule about the whole WorkspaceKind: nothing is chosen yet",
            "Use matchNamespace, or give the rule the scope IMAGE_CONFIG or POD_CONFIG.",
            path=(field,),
        )
