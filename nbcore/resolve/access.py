"""Access rules taken together: whether there can be somebody to whom several of them are open.

Refuses to know which users, groups and namespaces there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nbcore.kubernetes.selector import Selector
from nbcore.model.template import Access


def open_together(accesses: Sequence[Access]) -> bool:
    """Whether there can be somebody, in some namespace, to whom all of these are open.

    Somebody may be in any groups, but has one name; a namespace has one value for each label.
    """
    users = [frozenset(one.users) for one in accesses if one.users is not None]
    if users and not frozenset.intersection(*users):
        return False
    if any(one.groups is not None and not one.groups for one in accesses):
        return False
    selectors = [one.namespace_selector for one in accesses if one.namespace_selector is not None]
    return not selectors or _can_all_match([Selector.parse(one)[0] for one in selectors])


def _can_all_match(selectors: Iterable[Selector | None]) -> bool:
    """Whether some labels can fulfil all selectors, key by key."""
    by_key: dict[str, list[tuple[str, frozenset[str]]]] = {}
    for selector in selectors:
        if selector is None:
            return False
        for one in selector.requirements:
            by_key.setdefault(one.key, []).append((one.operator, one.members))
    return all(map(_can_be_fulfilled, by_key.values()))


def _can_be_fulfilled(wanted: Sequence[tuple[str, frozenset[str]]]) -> bool:
    operators = {operator for operator, _ in wanted}
    if "DoesNotExist" in operators:
        return not operators & {"In", "Exists"}
    lists = [members for operator, members in wanted if operator == "In"]
    if not lists:
        return True
    excluded = {member for operator, members in wanted if operator == "NotIn" for member in members}
    return bool(frozenset.intersection(*lists) - excluded)
