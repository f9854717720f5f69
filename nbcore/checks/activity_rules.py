"""Activity rules of a Template that nothing can trigger, or that name what does not exist (NB2, NB9).

Refuses to know notebooks, clocks, and what idle means.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from nbcore.checks.openness import Allowed, allowed_labels, are_within
from nbcore.checks.option_rules import unknown_labels
from nbcore.finding import Finding
from nbcore.kubernetes import names
from nbcore.kubernetes.selector import matches
from nbcore.model.template import ActivityRule, OptionGroup, Template


class _Reach(NamedTuple):
    """What a rule matches: labels of the namespace, and for each group that it names the ids of the values."""

    rule: ActivityRule
    namespaces: Mapping[str, Allowed]
    values: Mapping[str, frozenset[str]]

    def covers(self, other: _Reach) -> bool:
        """Whether this rule matches wherever the other one does."""
        return are_within(other.namespaces, self.namespaces) and all(
            group in other.values and other.values[group] <= ids for group, ids in self.values.items()
        )


def check_activity(template: Template) -> Iterator[Finding]:
    """Every activity rule that names unknown groups or labels, or that nothing can trigger; first match wins."""
    groups = {group.id: group for group in reversed(template.spec.options)}
    before: list[_Reach] = []
    for rule in template.spec.activity:
        wrong = list(_unknown(rule, groups))
        yield from wrong
        if wrong:
            continue
        reach = _reach(rule, groups)
        never = _never(reach, before)
        if never is None:
            before.append(reach)
        else:
            yield never


def _unknown(rule: ActivityRule, groups: Mapping[str, OptionGroup]) -> Iterator[Finding]:
    """What the rule names and the Template does not have."""
    for id_, selector in rule.options.items():
        if id_ in groups:
            yield from unknown_labels(selector, groups[id_], rule.origin / "options" / id_)
            continue
        near = names.closest(id_, groups)
        yield rule.origin.finding(
            "NB203",
            f"the activity rule names the option group {id_[:64]}, which does not exist",
            f"Did you mean {near}?" if near else "Name a group of this Template.",
            path=("options", id_),
        )


def _reach(rule: ActivityRule, groups: Mapping[str, OptionGroup]) -> _Reach:
    """What the rule matches; a group all of whose values match is no condition."""
    found = {
        id_: frozenset(one.id for one in groups[id_].values if matches(selector, one.display.labels))
        for id_, selector in rule.options.items()
    }
    namespaces = allowed_labels([rule.namespace_selector])
    return _Reach(
        rule, namespaces, {id_: ids for id_, ids in found.items() if len(ids) < len(_ids(groups[id_]))}
    )


def _ids(group: OptionGroup) -> frozenset[str]:
    return frozenset(one.id for one in group.values)


def _never(reach: _Reach, before: Sequence[_Reach]) -> Finding | None:
    """Why nothing can trigger the rule, if so: no value has its labels, or an earlier rule takes all of it."""
    origin = reach.rule.origin
    empty = next((id_ for id_, ids in reach.values.items() if not ids), None)
    if empty is not None:
        text = f"nothing can trigger the rule: no value of {empty[:64]} matches"
        return origin.finding("NB914", text, "Select labels that a value has.", path=("options", empty))
    earlier = next((one.rule.origin for one in before if one.covers(reach)), None)
    if earlier is None:
        return None
    return origin.finding(
        "NB914",
        "nothing can trigger the rule: an earlier one matches whatever it matches, and the first one counts",
        "Put it in front of the wider rule, or remove it.",
        related=((earlier.source, earlier.path(), earlier.position()),),
    )
