"""The ratchet: an update is refused only for problems that it adds or makes worse; older ones are warnings.

A problem is known by its code and its keyed path; where a rule measures something, by how bad it is, too.
Refuses to know rules, and how the old objects were judged: with the catalog of the new ones around them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from fractions import Fraction
from typing import Final, TypeAlias

from nbcore.finding import Finding, in_order

Key: TypeAlias = tuple[object, ...]


def ratcheted(
    new: Iterable[Finding],
    old: Iterable[Finding],
    updated: Collection[tuple[str, str, str]],
    refused: Collection[Key] = (),
) -> tuple[Finding, ...]:
    """The findings of an update, with those that the old objects had already as warnings.

    Shape: ``updated`` are the objects (kind, namespace, name) that were there before; in all others everything is
    new. ``refused`` are the keys of what the dialect's own webhooks refuse of this very update: that stays an
    error, except for what they ask about even where nothing of it was changed.
    Laws: test_an_update_that_changes_nothing_is_never_refused,
    test_a_workspace_that_stays_as_it_is_is_never_refused.
    """
    known: dict[Key, Fraction | None] = {}
    said: set[tuple[Key, str]] = set()
    for one in old:
        if one.severity == "error":
            before = known.get(key_of(one))
            known[key_of(one)] = one.magnitude if before is None else max(before, one.magnitude or before)
            said.add((key_of(one), one.message))

    def is_old(one: Finding) -> bool:
        key = key_of(one)
        if one.severity != "error" or key not in known or one.source[:3] not in updated:
            return False
        if _is_about_form(one) or key in refused:
            repeated = _is_about_form(one) or one.code in _ALWAYS_ASKED
            return repeated and (key, one.message) in said
        before = known[key]
        return before is None or one.magnitude is None or one.magnitude <= before

    return in_order([replace(one, severity="warning") if is_old(one) else one for one in new])


_ALWAYS_ASKED: Final = frozenset({"NB201", "NB211"})
"""What Kubeflow's webhooks ask about at any update: the kind of a Workspace, the defaults of a kind."""


def _is_about_form(one: Finding) -> bool:
    """Whether it is about the schema, which asks about a field again when it was changed."""
    return one.code.startswith("NB1")


def key_of(one: Finding) -> Key:
    """What makes a problem the same one: its code, object and keyed path."""
    return one.code, one.source[:3], one.path.keyed
