"""Laws of access rules against each other: what is said of everybody is true of each one."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from nbcore.checks.openness import is_open
from nbcore.kubernetes.selector import matches
from nbcore.model.template import Access

USERS, GROUPS, VALUES = ("ada", "ben", "cyd"), ("g", "h", "i"), (None, "a", "b", "c")
SUBJECTS = [
    (user, frozenset(groups))
    for user in (*USERS, "somebody")
    for count in range(len(GROUPS) + 1)
    for groups in combinations(GROUPS, count)
]
NAMESPACES = [
    {key: value for key, value in zip(("team", "tier"), values, strict=True) if value is not None}
    for values in product(VALUES, repeat=2)
]

keys = st.sampled_from(("team", "tier"))
expressions = st.one_of(
    st.builds(
        lambda key, operator, values: {"key": key, "operator": operator, "values": values},
        keys,
        st.sampled_from(("In", "NotIn")),
        st.lists(st.sampled_from(("a", "b")), min_size=1, max_size=2, unique=True),
    ),
    st.builds(
        lambda key, operator: {"key": key, "operator": operator},
        keys,
        st.sampled_from(("Exists", "DoesNotExist")),
    ),
)
selectors = st.builds(lambda found: {"matchExpressions": found}, st.lists(expressions, max_size=2))
accesses = st.builds(
    Access,
    users=st.none() | st.lists(st.sampled_from(USERS), max_size=2).map(tuple),
    groups=st.none() | st.lists(st.sampled_from(GROUPS), max_size=2).map(tuple),
    namespace_selector=st.none() | selectors,
)
maybe = st.none() | accesses


def lets_in(access: Access | None, user: str, groups: frozenset[str], labels: dict[str, str]) -> bool:
    if access is None:
        return True
    return (
        (access.users is None or user in access.users)
        and (access.groups is None or bool(groups.intersection(access.groups)))
        and (access.namespace_selector is None or matches(access.namespace_selector, labels))
    )


def shut_out(target: Access | None, sources: list[Access | None]) -> list[Any]:
    """Everybody to whom the sources are open and the target is not."""
    return [
        (user, groups, labels)
        for (user, groups), labels in product(SUBJECTS, NAMESPACES)
        if all(lets_in(one, user, groups, labels) for one in sources)
        and not lets_in(target, user, groups, labels)
    ]


@given(maybe, st.lists(maybe, max_size=2))
def test_what_is_said_to_be_open_is_open_to_everybody(
    target: Access | None, sources: list[Access | None]
) -> None:
    verdict = is_open(target, sources)
    event(str(verdict))
    if verdict is True:
        assert shut_out(target, sources) == []


@given(maybe, st.lists(maybe, max_size=2))
def test_what_is_said_to_be_closed_is_closed_to_somebody(
    target: Access | None, sources: list[Access | None]
) -> None:
    if is_open(target, sources) is False:
        assert shut_out(target, sources)


@given(maybe)
def test_everything_is_open_to_those_to_whom_it_is_open(access: Access | None) -> None:
    assert is_open(access, [access]) is True
