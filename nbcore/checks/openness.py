"""Openness: whether everybody who may use one thing may use another one too.

Refuses to know who is asking, and what the access rules are written on.

Laws: test_what_is_said_to_be_open_is_open_to_everybody, test_what_is_said_to_be_closed_is_closed_to_somebody,
test_everything_is_open_to_those_to_whom_it_is_open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from nbcore.kubernetes.selector import Requirement, Selector
from nbcore.model.template import Access


def is_open(target: Access | None, sources: Iterable[Access | None]) -> bool | None:
    """Whether everybody to whom all of the sources are open may use the target; None where that is not known.

    Who belongs to which group is never known; so what one side says about users and the other about groups
    cannot be compared.
    """
    given = [one for one in sources if one is not None]
    if target is None or _lets_nobody(given):
        return True
    allowed = allowed_labels(one.namespace_selector for one in given)
    verdicts = (_people(target, given), are_within(allowed, allowed_labels([target.namespace_selector])))
    if verdicts == (True, True) or not all(map(Allowed.is_possible, allowed.values())):
        return True
    return False if False in verdicts else None


def _lets_nobody(given: Sequence[Access]) -> bool:
    """Whether the sources shut everybody out."""
    users = _users(given)
    return (users is not None and not users) or any(one.groups == () for one in given)


def _users(given: Sequence[Access]) -> frozenset[str] | None:
    """The users to whom all of the sources are open; None for everybody."""
    lists = [frozenset(one.users) for one in given if one.users is not None]
    return frozenset.intersection(*lists) if lists else None


def _people(target: Access, given: Sequence[Access]) -> bool | None:
    """Whether the target's users and groups hold everybody of the sources."""
    users = _users(given)
    groups = [frozenset(one.groups) for one in given if one.groups is not None]
    fits_users = target.users is None or (users is not None and users <= frozenset(target.users))
    fits_groups = target.groups is None or any(one <= frozenset(target.groups) for one in groups)
    if fits_users and fits_groups:
        return True
    if _is_empty(target):
        return False
    if not fits_users and groups:
        return None
    return None if not fits_groups and users is not None else False


def _is_empty(target: Access) -> bool:
    return target.users == () or target.groups == ()


# ---- namespaces ----


class Allowed(NamedTuple):
    """The values that selectors allow a label to have.

    Shape: ``absent`` and ``present`` whether it may be left out, and be there; ``only`` are the values that it may
    have, None for any, and ``never`` those that it may not.
    """

    absent: bool = True
    present: bool = True
    only: frozenset[str] | None = None
    never: frozenset[str] = frozenset()

    def is_possible(self) -> bool:
        """Whether anything is allowed at all."""
        return self.absent or (self.present and (self.only is None or bool(self.only - self.never)))

    def is_within(self, wider: Allowed) -> bool:
        """Whether all that is allowed here is allowed there too."""
        if self.absent and not wider.absent:
            return False
        found = None if self.only is None else self.only - self.never
        if not self.present or (found is not None and not found):
            return True
        if not wider.present or (found is None and wider.only is not None):
            return False
        if found is None:
            return wider.never <= self.never
        return not found & wider.never and (wider.only is None or found <= wider.only)


def _allowed(requirements: Sequence[Requirement]) -> Allowed:
    """What requirements about one key allow together."""
    operators = {one.operator for one in requirements}
    lists = [one.members for one in requirements if one.operator == "In"]
    return Allowed(
        not operators & {"In", "Exists"},
        "DoesNotExist" not in operators,
        frozenset.intersection(*lists) if lists else None,
        frozenset(member for one in requirements if one.operator == "NotIn" for member in one.members),
    )


def allowed_labels(selectors: Iterable[Mapping[str, Any] | None]) -> dict[str, Allowed]:
    """What label selectors allow together, key by key; an absent one allows everything."""
    found: dict[str, list[Requirement]] = {}
    for one in selectors:
        selector = Selector.parse(one)[0]
        for requirement in selector.requirements if selector is not None else ():
            found.setdefault(requirement.key, []).append(requirement)
    return {key: _allowed(requirements) for key, requirements in found.items()}


def are_within(narrow: Mapping[str, Allowed], wide: Mapping[str, Allowed]) -> bool:
    """Whether all labels that the one side allows are allowed by the other."""
    return all(narrow.get(key, Allowed()).is_within(allowed) for key, allowed in wide.items())
