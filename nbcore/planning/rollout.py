"""Rollout waves: in which order the notebooks that an edit touches are to be changed, a few at a time.

Refuses to know who carries a wave out, and when.

Laws: test_waves_hold_every_notebook_once, test_waves_are_the_same_in_any_order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil
from typing import Final

from nbcore.planning.fleet import Member
from nbcore.planning.outcomes import Outcome, Plan

TOUCHED: Final[tuple[Outcome, ...]] = ("restart", "recreate")
"""The outcomes by which somebody is interrupted."""
_QUIET: Final = ("stopped", "idle")


@dataclass(frozen=True, slots=True)
class Wave:
    """Notebooks that are changed together, in the order of their namespaces and names.

    Shape: ``name`` is ``stopped``, ``idle``, ``canary`` or ``rest``; after it stand the namespace and the number
    of the part, where there are several.
    """

    name: str
    notebooks: tuple[Member, ...]


def waves(
    plan: Plan | Iterable[Member],
    *,
    canary: float = 0.05,
    per_namespace: bool = False,
    at_once: int | None = None,
    outcomes: Iterable[Outcome] = TOUCHED,
) -> tuple[Wave, ...]:
    """The waves of a rollout: stopped first, then idle, then a canary share of those that run, then the rest.

    Shape: of a plan the notebooks with these outcomes, else the members that are given. ``canary`` is the share of
    the rest that goes ahead, of every entry of a plan at least one where it is above 0; ``at_once`` bounds a
    wave; ``per_namespace`` keeps each wave to one namespace. The same notebooks give the same waves, in whatever
    order they come.
    Raises: ValueError for a share outside 0 to 1, or fewer than one at once.
    """
    if not 0 <= canary <= 1:
        raise ValueError("canary must be a share from 0 to 1")
    if at_once is not None and at_once < 1:
        raise ValueError("at_once must be 1 or more")
    groups = _groups(plan, tuple(outcomes))
    ahead = {one for group in groups for one in _ahead(group, canary)}
    found: dict[str, list[Member]] = {"stopped": [], "idle": [], "canary": [], "rest": []}
    for group in groups:
        for one in group:
            quiet = one.state if one.state in _QUIET else "canary" if one in ahead else "rest"
            found[quiet].append(one)
    return tuple(
        wave for name, members in found.items() for wave in _split(name, members, per_namespace, at_once)
    )


def _groups(plan: Plan | Iterable[Member], outcomes: Sequence[Outcome]) -> list[Sequence[Member]]:
    """The members that fare alike, those of one outcome and selection together."""
    if isinstance(plan, Plan):
        return [entry.notebooks for entry in plan.of(*outcomes)]
    return [tuple(plan)]


def _ahead(group: Sequence[Member], share: float) -> list[Member]:
    """Those of a group that go ahead: spread over namespaces and names by what cannot be chosen, nor change."""
    running = [one for one in group if one.state not in _QUIET]
    count = ceil(len(running) * share)
    return sorted(running, key=_lot)[:count]


def _lot(one: Member) -> tuple[bytes, Member]:
    name = f"{one.kind}/{one.namespace}/{one.name}".encode(errors="replace")
    return hashlib.sha256(name).digest(), one


def _place(one: Member) -> tuple[str, str, str]:
    return one.namespace, one.name, one.kind


def _split(name: str, members: Sequence[Member], per_namespace: bool, at_once: int | None) -> Iterator[Wave]:
    ordered = sorted(members, key=_place)
    if not per_namespace:
        yield from _bounded(name, ordered, at_once)
        return
    for namespace, group in groupby(ordered, key=lambda one: one.namespace):
        yield from _bounded(f"{name} {namespace}".rstrip(), list(group), at_once)


def _bounded(name: str, members: Sequence[Member], at_once: int | None) -> Iterator[Wave]:
    """The members in waves that are no larger than allowed, and of about one size."""
    if not members:
        return
    count = 1 if at_once is None else ceil(len(members) / at_once)
    for at in range(count):
        start, end = at * len(members) // count, (at + 1) * len(members) // count
        yield Wave(f"{name} {at + 1}/{count}" if count > 1 else name, tuple(members[start:end]))
