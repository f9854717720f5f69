"""Combinations: every pod that a Template can produce, and the few of them that stand for all.

A Template's factors are its option groups and its optional PodDefaults. Two factors interact where their
layers share a concern (`checks.interactions`); only what interacts has to be tried together, and what does
not shares its rows, so that a kind with a million pods is decided by some hundred. Small kinds are tried
whole. Choices that cannot be made together (compatible, access, filter rules) are left out everywhere.

Refuses to know rules, and what a pod looks like.

Laws: test_the_reduction_agrees_with_brute_force, test_every_reachable_selection_is_counted_once,
test_every_row_can_be_chosen, test_interacting_layers_are_tried_in_every_combination,
test_a_million_pods_are_decided_by_a_few_hundred, test_what_filters_leave_is_what_brute_force_leaves,
test_the_reduction_agrees_with_brute_force_where_budgets_differ.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations, product
from typing import Any, Final

from nbcore.checks.interactions import EVERYTHING, RESOURCES, Concern, Contribution, concerns_of
from nbcore.checks.mentions import Steps, raw
from nbcore.constraints import Broken, Constraints, Denied, Partial, Row, Target
from nbcore.factors import Alternative, Factor, Selection, choices_of
from nbcore.model.pod_default import PodDefault
from nbcore.model.template import Template
from nbcore.permits import Permits

WHOLE: Final = 64
"""Kinds with at most so many pods are tried whole: that is as cheap as to think about it."""
MOST_ROWS: Final = 2048
"""Rows beyond which a kind is not decided, and the report says so."""
_COUNTED: Final = 50_000
"""Choices beyond which constraints between them are no longer counted one by one."""
_MOST_OF_PAIR: Final = 256
"""Combinations of a pair beyond which a pair that belongs to too large a target is not tried."""
_MOST_TRIES: Final = 600_000
"""How often a combination is tried to be put into a row, before the rest is left out."""
_NEAR: Final = 256
"""How many of the open rows a combination is tried to be put into."""


class Space:
    """All that can be chosen of a Template.

    Shape: ``factors`` groups first; a group without values leaves no row at all. ``targets`` are what has to be
    tried together; it is ``weak`` where that is too much, so that a part of it is left out: ``split`` are the
    concerns of that. What ``permits``
    permit nobody in any namespace is left out too.
    """

    def __init__(
        self,
        template: Template,
        pod_defaults: Sequence[PodDefault],
        watched: frozenset[str],
        others: Sequence[PodDefault] = (),
        permits: Permits | None = None,
    ) -> None:
        self.template = template
        factors, self.mentions = choices_of(template, pod_defaults, watched, others)
        denied = Denied.of(factors, permits)
        self.factors = factors if denied is None else _with_namespaces(factors, denied)
        self.groups = [at for at, one in enumerate(self.factors) if one.is_group]
        self.constraints = Constraints(self.factors, template.spec.access, denied)
        every = _targets(self.factors)
        self.targets = tuple(dict.fromkeys(part for one in every for part in _affordable(one)))
        self.split = frozenset(concern for one in every if one.size > MOST_ROWS for concern in one.concerns)
        self.weak = any(one.size > MOST_ROWS for one in every)
        self.tries = _MOST_TRIES
        self._fitting: dict[tuple[int, ...], Counter[tuple[int, ...]] | None] = {}
        self.total = self._count()

    @property
    def constrained(self) -> bool:
        """Whether some choices cannot be made together."""
        return bool(self.constraints)

    @property
    def given_up(self) -> bool:
        """Whether the search for choices that fit together was cut short."""
        return self.constraints.given_up

    # ---- rows ----

    def every(self) -> Iterator[Row]:
        """Every row that can be chosen, the defaults first."""
        for row in product(*(one.default_first for one in self.factors)):
            if self.constraints.fits(dict(enumerate(row))):
                yield row

    def cover(self, done: Iterable[Row], broken: Iterable[tuple[Target, tuple[int, ...]]]) -> list[Row]:
        """Rows that try whatever ``done`` does not: every combination of classes of every target.

        Shape: ``broken`` are combinations that give no pod; no row holds one. At most MOST_ROWS.
        """
        return _Cover(self, list(done), Broken(broken)).rows()

    def selection(self, row: Row) -> Selection:
        """What a Notebook would write."""
        chosen = [(one, one.alternatives[at]) for one, at in zip(self.factors, row, strict=True)]
        return Selection(
            {one.name: alternative.id for one, alternative in chosen if one.is_group},
            tuple(alternative.id for one, alternative in chosen if not one.is_group and alternative.id),
        )

    def completed(self, partial: Partial) -> Row | None:
        """A whole row with what is chosen so far, defaults first; None where there is none."""
        return self.constraints.completed(partial)

    def unreachable(self) -> Iterator[tuple[Factor, Alternative]]:
        """The option values that no selection can have, though each of them may be chosen."""
        for at in self.groups if self.constrained else ():
            for one, alternative in enumerate(self.factors[at].alternatives):
                if self.completed({at: one}) is None and not self.given_up:
                    yield self.factors[at], alternative

    # ---- counting ----

    def _count(self) -> int:
        sizes = [len(one.alternatives) for one in self.factors]
        counted = self.pods_where((), lambda _: True) if self.constrained else None
        if counted is not None:
            return counted
        pairs = self.constraints.pairs()
        if pairs is None:
            return math.prod(sizes)
        return pairs * math.prod(size for at, size in enumerate(sizes) if at not in self.constraints.bound)

    def pods_where(self, factors: Iterable[int], holds: Callable[[Mapping[int, int]], bool]) -> int | None:
        """For how many rows something holds that looks at some factors only; None where that takes too long."""
        wanted = sorted(set(factors))
        bound = tuple(at for at in wanted if at in self.constraints.bound)
        free = [at for at in wanted if at not in self.constraints.bound]
        fitting = self._projected(bound)
        sizes = [len(self.factors[at].alternatives) for at in free]
        if fitting is None or math.prod(sizes) * len(fitting) > _COUNTED:
            return None
        found = 0
        for chosen, count in fitting.items():
            partial = dict(zip(bound, chosen, strict=True))
            for others in product(*map(range, sizes)):
                partial.update(zip(free, others, strict=True))
                found += count if holds(partial) else 0
        seen = {*free, *self.constraints.bound}
        return found * math.prod(
            len(one.alternatives) for at, one in enumerate(self.factors) if at not in seen
        )

    def _projected(self, bound: tuple[int, ...]) -> Counter[tuple[int, ...]] | None:
        """The choices of some bound factors that fit, each with the number of ways to choose the other ones."""
        if bound not in self._fitting:
            every = self.constraints.bound
            if bound == every:
                self._fitting[bound] = self._all_fitting()
            else:
                fitting = self._projected(every)
                places = [every.index(at) for at in bound]
                self._fitting[bound] = None if fitting is None else Counter()
                for chosen in fitting or ():
                    self._fitting[bound][tuple(chosen[at] for at in places)] += 1  # type: ignore[index]
        return self._fitting[bound]

    def _all_fitting(self) -> Counter[tuple[int, ...]] | None:
        bound = self.constraints.bound
        sizes = [len(self.factors[at].alternatives) for at in bound]
        if math.prod(sizes) > _COUNTED:
            return None
        rows = product(*map(range, sizes))
        return Counter(row for row in rows if self.constraints.fits(dict(zip(bound, row, strict=True))))

    # ---- what has a say where ----

    def speaking(self, place: Sequence[Any]) -> tuple[int, ...]:
        """The factors of which some alternative says something that matters at a place of the pod."""
        steps = raw(place)
        found = set(self._speakers.below.get(steps, ()))
        for length in range(len(steps)):
            found |= self._speakers.at.get(steps[:length], set())
        for concern in (*concerns_of(place, self.mentions), EVERYTHING):
            found |= self._speakers.of.get(concern, set())
        return tuple(sorted(found))

    @cached_property
    def _speakers(self) -> _Speakers:
        return _Speakers(self.factors)

    def deciding(self, place: Sequence[Any]) -> Target:
        """The factors that have a say at a place of the pod, as one target: what they say decides it."""
        places = self.speaking(place)
        words = [
            [self.said_at(place, at, one) for one in range(len(self.factors[at].alternatives))]
            for at in places
        ]
        chosen = [(at, _classes(some)) for at, some in zip(places, words, strict=True)]
        differing = [(at, classes) for at, classes in chosen if max(classes, default=0)]
        return Target(tuple(at for at, _ in differing), tuple(classes for _, classes in differing))

    def said_at(self, place: Sequence[Any], factor: int, chosen: int) -> tuple[Contribution, tuple[Any, ...]]:
        """What an alternative says at a place of the pod, and of its concerns; equal where two say the same."""
        said, steps = self.factors[factor].alternatives[chosen].said, raw(place)
        leaves = dict.fromkeys(leaf for some in said.values() for leaf in some)
        about = (*sorted(concerns_of(place, self.mentions)), EVERYTHING)
        return tuple(leaf for leaf in leaves if _meet(leaf[0], steps)), tuple(map(said.get, about))


class _Speakers:
    """Which factors speak: of a concern, at a place, and at or below a place."""

    def __init__(self, factors: Sequence[Factor]) -> None:
        self.of: dict[Concern, set[int]] = {}
        self.at: dict[Steps, set[int]] = {}
        self.below: dict[Steps, set[int]] = {}
        for number, factor in enumerate(factors):
            for alternative in factor.alternatives:
                for concern, said in alternative.said.items():
                    self.of.setdefault(concern, set()).add(number)
                    for steps, _ in said:
                        self._add(steps, number)

    def _add(self, steps: Steps, number: int) -> None:
        self.at.setdefault(steps, set()).add(number)
        for length in range(len(steps) + 1):
            self.below.setdefault(steps[:length], set()).add(number)


def _meet(a: Steps, b: Steps) -> bool:
    """Whether one of two places is the other, or lies below it."""
    return all(one == other for one, other in zip(a, b, strict=False))


# ---- what has to be tried together ----


def _with_namespaces(factors: Sequence[Factor], denied: Denied) -> tuple[Factor, ...]:
    """The factors; of budgets each alternative also says in which of the namespaces that have one it may be used."""
    found = list(factors)
    if denied.bounded:
        for at, numbers in zip(
            (denied.image, denied.pod), denied.table.told_apart(denied.bounded), strict=True
        ):
            if max(numbers, default=0):
                pairs = zip(factors[at].alternatives, numbers, strict=True)
                found[at] = factors[at]._replace(alternatives=tuple(_in_namespaces(*one) for one in pairs))
    return tuple(found)


def _in_namespaces(one: Alternative, number: int) -> Alternative:
    said: Contribution = (*one.said.get(RESOURCES, ()), (("namespaces", number), None))
    return one._replace(said={**one.said, RESOURCES: said})


def _classes(words: Iterable[Hashable]) -> tuple[int, ...]:
    """The number of each word: equal ones have the same."""
    numbers: dict[Hashable, int] = {}
    return tuple(numbers.setdefault(one, len(numbers)) for one in words)


def _targets(factors: Sequence[Factor]) -> tuple[Target, ...]:
    """What has to be tried together, the largest first; equal ones once, with all their concerns."""
    if not all(one.alternatives for one in factors):
        return ()
    everywhere = {at: _said(one, (EVERYTHING,)) for at, one in enumerate(factors)}
    everywhere = {at: classes for at, classes in everywhere.items() if max(classes)}
    alone = [Target((at,), (tuple(range(len(one.alternatives))),)) for at, one in enumerate(factors)]
    found = {one: one for one in alone}  # everything once, whatever it says
    for concern, speakers in sorted(_by_concern(factors).items()):
        if len({*speakers, *everywhere}) == 1:
            alone[speakers[0]].concerns.add(concern)
            continue
        classes = everywhere | {at: _said(factors[at], (concern, EVERYTHING)) for at in speakers}
        chosen = sorted(at for at, one in classes.items() if max(one))
        target = Target(tuple(chosen), tuple(classes[at] for at in chosen))
        same = alone[chosen[0]] if len(chosen) == 1 else target
        if chosen:
            found.setdefault(same, same).concerns.add(concern)
    return tuple(sorted(found.values(), key=lambda one: -one.size))


def _said(factor: Factor, concerns: tuple[Concern, ...]) -> tuple[int, ...]:
    return _classes(tuple(map(one.said.get, concerns)) for one in factor.alternatives)


def _by_concern(factors: Sequence[Factor]) -> dict[Concern, list[int]]:
    """The factors that speak of each concern, in order."""
    found: dict[Concern, dict[int, None]] = {}
    for at, one in enumerate(factors):
        for alternative in one.alternatives:
            for concern in alternative.said:
                found.setdefault(concern, {})[at] = None
    return {concern: list(speakers) for concern, speakers in found.items()}


def _affordable(target: Target) -> Iterator[Target]:
    """The target; where it is too large every pair of its factors, as far as these are not."""
    if target.size <= MOST_ROWS:
        yield target
        return
    for a, b in combinations(range(len(target.factors)), 2):
        pair = Target(
            (target.factors[a], target.factors[b]), (target.classes[a], target.classes[b]), target.concerns
        )
        if pair.size <= _MOST_OF_PAIR:
            yield pair


class _Cover:
    """Packs the combinations of all targets into few rows: what does not interact shares a row."""

    def __init__(self, space: Space, done: list[Row], broken: Broken) -> None:
        self.space = space
        self.done = done
        self.broken = broken
        self.open: list[Partial] = []
        self.options: list[dict[int, list[int]]] = []

    def rows(self) -> list[Row]:
        for target in self.space.targets:
            self._place(target)
        found = [self.space.constraints.completed(partial, self.broken) for partial in self.open]
        done = set(self.done)
        fresh = [row for row in dict.fromkeys(found) if row is not None and row not in done]
        if not done and not fresh:
            first = self.space.constraints.completed({}, self.broken)
            return [first] if first is not None else []
        return fresh[:MOST_ROWS]

    def _place(self, target: Target) -> None:
        tried = {target.of(row) for row in self.done}
        tried |= {target.at(partial) for partial in self.open if all(at in partial for at in target.factors)}
        self.options = [
            {
                wanted: [at for at in self.space.factors[number].default_first if of[at] == wanted]
                for wanted in of
            }
            for number, of in zip(target.factors, target.classes, strict=True)
        ]
        start = 0
        for classes in product(*(range(max(one) + 1) for one in target.classes)):
            self.space.tries -= 1
            if len(self.open) > MOST_ROWS or self.space.tries < 0:
                self.space.weak = True
                return
            if classes not in tried:
                start = self._put(target, classes, start)

    def _put(self, target: Target, classes: tuple[int, ...], start: int) -> int:
        """Puts one combination into the first open row that takes it, or into a new one; where to go on."""
        for at in range(start, min(len(self.open), start + _NEAR)):
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
        self.space.tries -= 1
        for at, of, wanted in zip(target.factors, target.classes, classes, strict=True):
            if at in partial and of[partial[at]] != wanted:
                return None
        wanted_of = zip(target.factors, self.options, classes, strict=True)
        allowed = {at: options[wanted] for at, options, wanted in wanted_of if at not in partial}
        if not (self.space.constrained or self.broken.all):
            return partial | {at: some[0] for at, some in allowed.items()}
        row = self.space.constraints.completed(partial, self.broken, allowed)
        return None if row is None else partial | {at: row[at] for at in target.factors}
