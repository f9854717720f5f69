"""Combinations: every pod that a Template can produce, and the few of them that stand for all.

A Template's factors are its option groups and its optional PodDefaults. Two factors interact where their
layers share a concern (`checks.interactions`); only what interacts has to be tried together, and what does
not shares its rows, so that a kind with a million pods is decided by some hundred. Small kinds are tried
whole. Choices that cannot be made together (compatible, access) are left out everywhere.

Refuses to know rules, and what a pod looks like.

Laws: test_the_reduction_agrees_with_brute_force, test_every_reachable_selection_is_counted_once,
test_every_row_can_be_chosen, test_interacting_layers_are_tried_in_every_combination,
test_a_million_pods_are_decided_by_a_few_hundred.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final, TypeAlias

from nbcore.checks.interactions import EVERYTHING, Concern, Contribution, concerns_of
from nbcore.factors import Alternative, Factor, Selection, clashes, factors_of, known_containers
from nbcore.model.pod_default import PodDefault
from nbcore.model.template import Access, Template
from nbcore.resolve.access import open_together

Row: TypeAlias = tuple[int, ...]
"""One way to choose everything: the index of the alternative of each factor."""
Partial: TypeAlias = dict[int, int]

WHOLE: Final = 64
"""Kinds with at most so many pods are tried whole: that is as cheap as to think about it."""
MOST_ROWS: Final = 4096
"""Rows beyond which a kind is not decided, and the report says so."""
_PATIENCE: Final = 20_000
"""Steps of the search for choices that fit together, after which it gives up; the report says so."""
_ANYTHING: Final[Mapping[int, Sequence[int]]] = {}
_COUNTED: Final = 100_000
"""Choices of options beyond which constraints between them are no longer counted one by one."""


@dataclass(frozen=True, slots=True)
class Target:
    """Factors that have to be tried together, and which of their alternatives are the same to each other.

    Shape: ``classes`` has for each factor the class of each of its alternatives.
    """

    factors: tuple[int, ...]
    classes: tuple[tuple[int, ...], ...]
    concerns: set[Concern] = field(default_factory=set, compare=False)

    def of(self, row: Sequence[int]) -> tuple[int, ...]:
        """The class of each factor's alternative in a row."""
        return tuple(classes[row[at]] for at, classes in zip(self.factors, self.classes, strict=True))

    @property
    def size(self) -> int:
        """How many combinations there are to try."""
        return math.prod(max(classes) + 1 for classes in self.classes)


class Space:
    """All that can be chosen of a Template.

    Shape: ``factors`` groups first; a group without values leaves no row at all.
    """

    def __init__(
        self, template: Template, pod_defaults: Sequence[PodDefault], watched: frozenset[str]
    ) -> None:
        self.template = template
        self.factors = tuple(factors_of(template, pod_defaults, watched))
        self.groups = [at for at, one in enumerate(self.factors) if one.is_group]
        self.targets = _targets(self.factors)
        self._clashes = clashes(self.factors, self.groups)
        self._limited = _limits_access(template, self.factors)
        self.constrained = bool(self._clashes) or self._limited
        self.given_up = False
        """Whether the search for choices that fit together was cut short."""
        self.total = self._count()

    # ---- rows ----

    def every(self) -> Iterator[Row]:
        """Every row that can be chosen, the defaults first."""
        for row in product(*(one.default_first for one in self.factors)):
            if self.fits(dict(enumerate(row))):
                yield row

    def cover(self, done: Iterable[Row], broken: Iterable[tuple[Target, tuple[int, ...]]]) -> list[Row]:
        """Rows that try whatever ``done`` does not: every combination of classes of every target.

        Shape: ``broken`` are combinations that give no pod; no row holds one. At most MOST_ROWS.
        """
        return _Cover(self, list(done), list(broken)).rows()

    def selection(self, row: Row) -> Selection:
        """What a Notebook would write."""
        chosen = [(one, one.alternatives[at]) for one, at in zip(self.factors, row, strict=True)]
        return Selection(
            {one.name: alternative.id for one, alternative in chosen if one.is_group},
            tuple(alternative.id for one, alternative in chosen if not one.is_group and alternative.id),
        )

    # ---- constraints ----

    def fits(self, partial: Partial) -> bool:
        """Whether what is chosen so far can be chosen together."""
        if self._clashes and any(
            (a, partial[a], b, partial[b]) in self._clashes
            for a in self.groups
            if a in partial
            for b in self.groups
            if b in partial
        ):
            return False
        return not self._limited or open_together(self._accesses(partial))

    def _accesses(self, partial: Partial) -> list[Access]:
        found = [
            one for at, chosen in partial.items() for one in self.factors[at].alternatives[chosen].access
        ]
        return [self.template.spec.access, *found] if self.template.spec.access is not None else found

    def completed(
        self,
        partial: Partial,
        bad: Callable[[Partial], bool] | None = None,
        allowed: Mapping[int, Sequence[int]] = _ANYTHING,
    ) -> Row | None:
        """A whole row with what is chosen so far, defaults first; None where there is none.

        Shape: ``allowed`` narrows the alternatives of some factors.
        """
        patience = [_PATIENCE]
        found = self._complete(dict(partial), 0, bad, allowed, patience)
        self.given_up = self.given_up or patience[0] < 0
        return found

    def unreachable(self) -> Iterator[tuple[Factor, Alternative]]:
        """The option values that no selection can have, though each of them may be chosen."""
        for at in self.groups if self.constrained else ():
            for one, alternative in enumerate(self.factors[at].alternatives):
                if self.completed({at: one}) is None and not self.given_up:
                    yield self.factors[at], alternative

    def _complete(
        self,
        partial: Partial,
        at: int,
        bad: Callable[[Partial], bool] | None,
        allowed: Mapping[int, Sequence[int]],
        patience: list[int],
    ) -> Row | None:
        while at in partial:
            at += 1
        if at == len(self.factors):
            if not self.fits(partial) or (bad is not None and bad(partial)):
                return None
            return tuple(partial[one] for one in range(at))
        for one in allowed.get(at) or self.factors[at].default_first:
            patience[0] -= 1
            if patience[0] < 0:
                return None
            partial[at] = one
            if (not self.factors[at].is_group or self.fits(partial)) and not (bad and bad(partial)):
                found = self._complete(partial, at + 1, bad, allowed, patience)
                if found is not None:
                    return found
            del partial[at]
        return None

    # ---- counting ----

    def _count(self) -> int:
        sizes = [len(one.alternatives) for one in self.factors]
        if not self.constrained:
            return math.prod(sizes)
        counted = self.pods_where((), lambda _: True)
        return math.prod(sizes) if counted is None else counted

    def pods_where(self, factors: Sequence[int], holds: Callable[[Mapping[int, int]], bool]) -> int | None:
        """For how many rows something holds that looks at some factors only; None where that takes too long."""
        constrained = [at for at in self.groups if at in factors or self.constrained]
        others = [at for at in factors if at not in constrained]
        chosen = [*constrained, *others]
        sizes = [len(self.factors[at].alternatives) for at in chosen]
        if math.prod(sizes) > _COUNTED:
            return None
        found = 0
        for row in product(*map(range, sizes)):
            partial = dict(zip(chosen, row, strict=True))
            if holds(partial) and self.fits(partial):
                found += 1
        free = (len(one.alternatives) for at, one in enumerate(self.factors) if at not in chosen)
        return found * math.prod(free)

    def weight(self, rows: Sequence[Row], having: frozenset[Row], places: Iterable[Sequence[Any]]) -> int:
        """For how many pods something is so that is so for some of the rows; 0 where that is not known.

        Shape: ``places`` are the places of the pod that it is about: they say which factors decide it.
        """
        if len(having) == len(rows):
            return self.total
        if len(rows) == self.total:
            return len(having)
        known = known_containers(self.template)
        about = {concern for place in places for concern in concerns_of(place, known)}
        likely = sorted(self.targets, key=lambda one: (not one.concerns & about, one.size))
        for target in likely:
            verdicts: dict[tuple[int, ...], bool] = {}
            if all(verdicts.setdefault(target.of(row), row in having) == (row in having) for row in rows):
                return self._weight_of(target, verdicts)
        return 0

    def _weight_of(self, target: Target, verdicts: Mapping[tuple[int, ...], bool]) -> int:
        def holds(partial: Mapping[int, int]) -> bool:
            classes = zip(target.factors, target.classes, strict=True)
            return verdicts.get(tuple(one[partial[at]] for at, one in classes), False)

        return self.pods_where(target.factors, holds) or 0

    def speaking(self, place: Sequence[Any]) -> tuple[int, ...]:
        """The factors of which some alternative says something about a place of the pod."""
        about = {*concerns_of(place, known_containers(self.template)), EVERYTHING}
        return tuple(
            at
            for at, one in enumerate(self.factors)
            if any(about & said.said.keys() for said in one.alternatives)
        )

    def deciding(self, places: Iterable[Sequence[Any]]) -> Target:
        """The factors that have a say at places of the pod, as one target."""
        known = known_containers(self.template)
        about = {concern for place in places for concern in concerns_of(place, known)}
        return _target(self.factors, about)


def _limits_access(template: Template, factors: Sequence[Factor]) -> bool:
    found = [access for factor in factors for one in factor.alternatives for access in one.access]
    return len(found) + (template.spec.access is not None) > 1 or not all(
        open_together([one]) for one in found
    )


def _targets(factors: Sequence[Factor]) -> tuple[Target, ...]:
    """What has to be tried together, the largest first; equal ones once, with all their concerns."""
    if not all(one.alternatives for one in factors):
        return ()
    every = {concern for one in factors for alternative in one.alternatives for concern in alternative.said}
    found: dict[Target, Target] = {}
    for concern in sorted(every):
        target = _target(factors, {concern})
        found.setdefault(target, target).concerns.add(concern)
    for at, one in enumerate(factors):  # and everything once, whatever it says
        alone = Target((at,), (tuple(range(len(one.alternatives))),))
        found.setdefault(alone, alone)
    return tuple(sorted(found.values(), key=lambda one: -one.size))


def _target(factors: Sequence[Factor], about: set[Concern]) -> Target:
    """The factors that touch one of the concerns, or everything, and the classes of their alternatives."""
    wanted = (*about, EVERYTHING)
    chosen: list[int] = []
    classes: list[tuple[int, ...]] = []
    for at, one in enumerate(factors):
        said = [
            tuple(alternative.said.get(concern) for concern in wanted) for alternative in one.alternatives
        ]
        numbers: dict[tuple[Contribution | None, ...], int] = {}
        of = tuple(numbers.setdefault(words, len(numbers)) for words in said)
        if len(numbers) > 1:
            chosen.append(at)
            classes.append(of)
    return Target(tuple(chosen), tuple(classes))


class _Cover:
    """Packs the combinations of all targets into few rows: what does not interact shares a row."""

    def __init__(self, space: Space, done: list[Row], broken: list[tuple[Target, tuple[int, ...]]]) -> None:
        self.space = space
        self.done = done
        self.broken = broken
        self.open: list[Partial] = []

    def rows(self) -> list[Row]:
        for target in self.space.targets:
            self._place(target)
            if len(self.open) > MOST_ROWS:
                break
        found = [self.space.completed(partial, self._is_broken) for partial in self.open]
        fresh = dict.fromkeys(row for row in found if row is not None)
        if not self.done and not fresh:
            first = self.space.completed({}, self._is_broken)
            return [first] if first is not None else []
        return [row for row in fresh if row not in set(self.done)][:MOST_ROWS]

    def _place(self, target: Target) -> None:
        tried = {target.of(row) for row in self.done}
        tried |= {
            target.of(_filled(partial, len(self.space.factors)))
            for partial in self.open
            if all(at in partial for at in target.factors)
        }
        start = 0
        wanted = product(*(range(max(classes) + 1) for classes in target.classes))
        for classes in wanted:
            if classes in tried:
                continue
            start = self._put(target, classes, start)
            if len(self.open) > MOST_ROWS:
                return

    def _put(self, target: Target, classes: tuple[int, ...], start: int) -> int:
        """Puts one combination into the first open row that takes it, or into a new one; where to go on."""
        for at in range(start, min(len(self.open), start + 256)):
            grown = self._grown(self.open[at], target, classes)
            if grown is not None:
                self.open[at] = grown
                return at + 1 if at == start else start
        grown = self._grown({}, target, classes)
        if grown is not None:
            self.open.append(grown)
        return start

    def _grown(self, partial: Partial, target: Target, classes: tuple[int, ...]) -> Partial | None:
        """The partial row with one combination in it, if both can still be chosen together."""
        grown = dict(partial)
        allowed: dict[int, list[int]] = {}
        for at, of, wanted in zip(target.factors, target.classes, classes, strict=True):
            if at in grown:
                if of[grown[at]] != wanted:
                    return None
                continue
            allowed[at] = [one for one in self.space.factors[at].default_first if of[one] == wanted]
            grown[at] = allowed[at][0]
        if not (self.space.constrained or self.broken):
            return grown
        row = self.space.completed(partial, self._is_broken, allowed)
        return None if row is None else partial | {at: row[at] for at in target.factors}

    def _is_broken(self, partial: Partial) -> bool:
        return any(
            all(
                at in partial and of[partial[at]] == wanted
                for at, of, wanted in zip(target.factors, target.classes, classes, strict=True)
            )
            for target, classes in self.broken
        )


def _filled(partial: Partial, count: int) -> list[int]:
    return [partial.get(at, 0) for at in range(count)]
