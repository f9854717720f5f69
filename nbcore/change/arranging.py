"""How a list becomes another one by the fewest removals, moves and insertions, other people's elements left alone.

Elements are identities here. Ours are put into our order; what is nobody's business of ours keeps its order
and its place between its neighbours. A new element stands before the next of ours that stays, at the end if
there is none. Every index is the one at the moment of its step.

Refuses to know what the elements are, and how a step is written.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

_AGAIN: Final = object()


class Step(NamedTuple):
    """One element that comes to its place.

    Shape: ``at`` is the index in the wanted list; ``source`` the index that it is moved from, None when it is
    new; ``target`` the index that it gets, None for the end of the list.
    """

    at: int
    source: int | None
    target: int | None


class Arrangement(NamedTuple):
    """What is to be done, in this order: removals, the last index first; then the steps.

    Shape: ``kept`` pairs the indexes of one element, live and wanted; ``removed`` and ``touched`` are indexes
    of the live list, ascending; touched are those that the removals and steps count on.
    """

    kept: list[tuple[int, int]]
    removed: list[int]
    steps: list[Step]
    touched: list[int]


def numbered(identities: Sequence[Hashable]) -> Sequence[Hashable]:
    """The identities, all different: the second of two equal ones is told apart by being the second."""
    if len(set(identities)) == len(identities):
        return identities
    seen: dict[Hashable, int] = {}
    found: list[Hashable] = []
    for one in identities:
        count = seen.get(one, 0)
        seen[one] = count + 1
        found.append((_AGAIN, one, count) if count else one)
    return found


def arranged(live: Sequence[Hashable], wanted: Sequence[Hashable], before: Iterable[Hashable]) -> Arrangement:
    """How the live list gets our elements as wanted, and loses those that we had before.

    Shape: all three hold identities as `numbered` gives them.
    Units: time grows with n log n.
    """
    places = {one: index for index, one in enumerate(live)}
    at = [places.get(one, -1) for one in wanted]
    kept = [(place, index) for index, place in enumerate(at) if place >= 0]
    lost = set(before).difference(wanted)
    removed = sorted(places[one] for one in lost if one in places)
    if not removed and at == sorted(at, key=lambda place: place < 0) and _rising([one for one, _ in kept]):
        fresh = [Step(index, None, None) for index in range(len(kept), len(at))]
        return Arrangement(kept, [], fresh, [])
    gone = set(removed)
    rest = [index for index in range(len(live)) if index not in gone]
    rank = {index: place for place, index in enumerate(rest)}
    steps, touched = _steps([rank.get(place, -1) for place in at], len(rest))
    return Arrangement(kept, removed, steps, sorted({*removed, *(rest[place] for place in touched)}))


def _rising(numbers: Sequence[int]) -> bool:
    return all(a < b for a, b in pairwise(numbers))


def _steps(at: Sequence[int], length: int) -> tuple[list[Step], set[int]]:
    """The steps for wanted elements at these places (-1: new) of a list, and the places that they count on."""
    present = [place for place in at if place >= 0]
    stable = set(_longest_rising(present))
    journey = _Journey(length, len(present) > len(stable))
    steps: list[Step] = []
    touched: set[int] = {place for place in present if place not in stable}
    run: list[tuple[int, int]] = []
    for index, place in enumerate(at):
        if place not in stable:
            run.append((index, place))
        elif run:
            touched.add(place)
            steps += [journey.step(one, old, place) for one, old in run]
            journey.reached(place)
            run = []
    steps += [journey.step(one, old, length) for one, old in run]
    return steps, touched


def _longest_rising(numbers: Sequence[int]) -> list[int]:
    """A longest rising part of different numbers."""
    if _rising(numbers):
        return list(numbers)
    ends: list[int] = []
    previous: dict[int, int] = {}
    for one in numbers:
        place = bisect_left(ends, one)
        if place:
            previous[one] = ends[place - 1]
        ends[place : place + 1] = [one]
    found = [ends[-1]]
    while found[-1] in previous:
        found.append(previous[found[-1]])
    return found


class _Journey:
    """Where the places of a list are while elements are put before places that stay, from left to right."""

    def __init__(self, length: int, moves: bool) -> None:
        self.length = length
        self.placed = 0
        self.taken = _Counter(length) if moves else None
        self.anchors: list[int] = []
        self.placed_by: list[int] = []

    def step(self, index: int, place: int, anchor: int) -> Step:
        """The step of one element to right before the anchor; `place` is -1 for a new one."""
        source = None
        if place >= 0 and self.taken is not None:
            source = place - self.taken.below(place) + self._placed_before(place, anchor)
            self.taken.add(place)
        taken = self.taken.below(anchor) if self.taken is not None else 0
        target = anchor - taken + self.placed
        self.placed += 1
        return Step(index, source, None if anchor == self.length else target)

    def reached(self, anchor: int) -> None:
        """Notes that all that belongs before the anchor is there."""
        self.anchors.append(anchor)
        self.placed_by.append(self.placed)

    def _placed_before(self, place: int, anchor: int) -> int:
        """How many elements have been put to the left of a place."""
        if anchor < place:
            return self.placed
        passed = bisect_left(self.anchors, place)
        return self.placed_by[passed - 1] if passed else 0


class _Counter:
    """How many of the places below a place have been counted: a Fenwick tree."""

    def __init__(self, length: int) -> None:
        self.sums = [0] * (length + 1)

    def add(self, place: int) -> None:
        """Counts a place."""
        place += 1
        while place < len(self.sums):
            self.sums[place] += 1
            place += place & -place

    def below(self, place: int) -> int:
        """How many places below this one are counted."""
        total = 0
        while place > 0:
            total += self.sums[place]
            place -= place & -place
        return total
