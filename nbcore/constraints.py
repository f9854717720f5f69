"""Constraints: which alternatives can be chosen together, and whole rows that fit, found within bounded time.

Option values may ask for others (compatible), may be open to some people only (access), and may be denied
together wherever the kind is used (filter rules). Hostile kinds make the search for a row that fits endless; then
it gives up, and says so.

Refuses to know what alternatives put into a pod, and which rows are wanted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from nbcore.checks.interactions import Concern
from nbcore.factors import Factor
from nbcore.kubernetes.elements import fingerprint
from nbcore.model.template import Access
from nbcore.model.workspace_kind import IMAGE, POD
from nbcore.permits import Permits, Table, set_bits
from nbcore.resolve.access import open_together
from nbcore.resolve.options import mismatch

Row: TypeAlias = tuple[int, ...]
"""One way to choose everything: the index of the alternative of each factor."""
Partial: TypeAlias = dict[int, int]
Refusals: TypeAlias = dict[tuple[int, int, int], int]
"""For an alternative (factor, number) and another factor the alternatives that it refuses, as bits."""


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

    def at(self, partial: Mapping[int, int]) -> tuple[int, ...]:
        """The same of a partial row that has all these factors."""
        return tuple(classes[partial[at]] for at, classes in zip(self.factors, self.classes, strict=True))

    def matches(self, partial: Mapping[int, int], wanted: Sequence[int]) -> bool:
        """Whether a combination of classes is chosen already."""
        return all(
            at in partial and of[partial[at]] == one
            for at, of, one in zip(self.factors, self.classes, wanted, strict=True)
        )

    @property
    def size(self) -> int:
        """How many combinations there are to try."""
        return math.prod(max(classes) + 1 for classes in self.classes)


PATIENCE: Final = 20_000
"""Steps of one search for choices that fit together, after which it gives up."""
_ENDURANCE: Final = 100_000
"""Steps of all searches in one kind; a step in which much has to be compared counts as many."""
_LAST: Final = 1 << 30
_ANYTHING: Final[Mapping[int, Sequence[int]]] = {}


class Constraints:
    """What cannot be chosen together.

    Shape: ``bound`` are the factors that take part in it, none where everything goes with everything;
    ``given_up`` where a search for a row that fits was cut short.
    """

    def __init__(
        self, factors: Sequence[Factor], access: Access | None, denied: Denied | None = None
    ) -> None:
        self.factors = factors
        self.given_up = False
        self._left = _ENDURANCE
        self._own = access
        self._refused = _united(_refusals(factors), denied.refusals() if denied is not None else {})
        self._default_first: dict[int, list[int]] = {}
        self._limited = _limited(factors, access)
        self._open: dict[frozenset[tuple[int, int]], bool] = {}
        self._asks: dict[tuple[int, int], list[tuple[int, int]]] = {}
        self._asked_by: dict[int, set[int]] = {}
        for (a, i, b), bits in self._refused.items():
            self._asks.setdefault((a, i), []).append((b, bits))
            self._asked_by.setdefault(b, set()).add(a)
        asking = {a for a, _, _ in self._refused} | self._asked_by.keys()
        self.bound = tuple(at for at, one in enumerate(factors) if at in asking or self._is_limited(one))

    def __bool__(self) -> bool:
        return bool(self.bound)

    def fits(self, partial: Mapping[int, int]) -> bool:
        """Whether what is chosen so far can be chosen together."""
        given: Partial = {}
        for at in self.bound:
            if at in partial:
                given[at] = partial[at]
                if not self.joins(given, at):
                    return False
        return True

    def joins(self, partial: Mapping[int, int], last: int) -> bool:
        """Whether what was chosen last goes with the rest, which fits."""
        one = partial[last]
        for b, bits in self._asks.get((last, one), ()):
            if b in partial and bits >> partial[b] & 1:
                return False
        for a in self._asked_by.get(last, ()):
            if a in partial and self._refused.get((a, partial[a], last), 0) >> one & 1:
                return False
        if not self._limited or not self.factors[last].alternatives[one].access:
            return True
        return self._is_open(partial)

    def _is_limited(self, factor: Factor) -> bool:
        return self._limited and any(one.access for one in factor.alternatives)

    def _is_open(self, partial: Mapping[int, int]) -> bool:
        limited = frozenset(
            (at, partial[at])
            for at in self.bound
            if at in partial and self.factors[at].alternatives[partial[at]].access
        )
        found = self._open.get(limited)
        if found is None:
            self._left -= 8 * len(limited)
            accesses = [one for at, i in limited for one in self.factors[at].alternatives[i].access]
            own = [] if self._own is None else [self._own]
            found = self._open[limited] = open_together([*own, *accesses])
        return found

    def _in_order(self, at: int) -> list[int]:
        """The alternatives of a factor, the default first; made once."""
        if at not in self._default_first:
            self._default_first[at] = self.factors[at].default_first
        return self._default_first[at]

    def pairs(self) -> int | None:
        """In how many ways two bound factors can be chosen; None where there are others, or more to look at."""
        sides = {(a, b) for a, _, b in self._refused if a != b}
        if self._limited or len(self.bound) != 2 or len(sides) > 1:
            return None
        a, b = next(iter(sides), self.bound)
        out = {at: self._out(at) for at in (a, b)}
        left = (1 << len(self.factors[b].alternatives)) - 1 & ~out[b]
        return sum(
            (left & ~self._refused.get((a, at, b), 0)).bit_count()
            for at in range(len(self.factors[a].alternatives))
            if not out[a] >> at & 1
        )

    def _out(self, at: int) -> int:
        """The alternatives of a factor that cannot be chosen at all, as bits."""
        found = 0
        for one in range(len(self.factors[at].alternatives)):
            found |= self._refused.get((at, one, at), 0)
        return found

    def completed(
        self,
        partial: Mapping[int, int],
        broken: Broken | None = None,
        allowed: Mapping[int, Sequence[int]] = _ANYTHING,
    ) -> Row | None:
        """A whole row with what is chosen so far, defaults first; None where there is none, or none in time.

        Shape: ``broken`` are combinations that no row may hold; ``allowed`` narrows what some factors choose.
        """
        if self._left < 0:
            self.given_up = True
            return None
        if not self.fits(partial) or (broken is not None and broken.holds(partial)):
            return None
        matters = set(self.bound) | (broken.factors if broken is not None else set())
        chosen: Partial = dict(partial)
        for at in range(len(self.factors)):
            if at not in chosen and at not in matters:
                chosen[at] = next(iter(allowed.get(at) or self._in_order(at)))
        order = sorted(matters - chosen.keys(), key=lambda at: (len(allowed.get(at, ())) or _LAST, at))
        found = self._search(chosen, order, broken, allowed)
        return tuple(chosen[at] for at in range(len(self.factors))) if found else None

    def _search(
        self,
        chosen: Partial,
        order: Sequence[int],
        broken: Broken | None,
        allowed: Mapping[int, Sequence[int]],
    ) -> bool:
        """Fills in the factors one by one; whether they could be."""
        pending: list[Iterator[int]] = []
        steps = min(PATIENCE, self._left)
        while len(pending) <= len(order):
            if not pending or order[len(pending) - 1] in chosen:  # go on
                if len(pending) == len(order):
                    return True
                at = order[len(pending)]
                pending.append(iter(allowed.get(at) or self._in_order(at)))
            at = order[len(pending) - 1]
            for one in pending[-1]:
                cost = 1 + (broken.count(at) // 8 if broken is not None else 0)
                steps -= cost
                self._left -= cost
                if min(steps, self._left) < 0:
                    self.given_up = True
                    return False
                chosen[at] = one
                if self.joins(chosen, at) and not (broken and broken.refuses(chosen, at)):
                    break
                del chosen[at]
            else:  # go back
                pending.pop()
                if not pending:
                    return False
                del chosen[order[len(pending) - 1]]
        return True


class Broken:
    """Combinations that give no pod, so that no row need hold them."""

    def __init__(self, combinations: Iterable[tuple[Target, tuple[int, ...]]]) -> None:
        self._by_factor: dict[int, list[tuple[Target, tuple[int, ...]]]] = {}
        self.all = list(dict.fromkeys(combinations))
        for target, classes in self.all:
            for at in target.factors:
                self._by_factor.setdefault(at, []).append((target, classes))
        self.factors = set(self._by_factor)

    def count(self, factor: int) -> int:
        """How many of them a factor takes part in."""
        return len(self._by_factor.get(factor, ()))

    def refuses(self, partial: Mapping[int, int], last: int) -> bool:
        """Whether what was chosen last completes one of them."""
        return any(target.matches(partial, classes) for target, classes in self._by_factor.get(last, ()))

    def holds(self, partial: Mapping[int, int]) -> bool:
        """Whether one of them is chosen already."""
        return any(target.matches(partial, classes) for target, classes in self.all)


class Denied:
    """What filter rules deny of the alternatives of a kind: the factors that they are about, and the table.

    Shape: an alternative that goes with nothing is one that refuses itself.
    """

    def __init__(self, image: int, pod: int, factors: Sequence[Factor], permits: Permits) -> None:
        self.image = image
        self.pod = pod
        self.bounded = permits.bounded
        self.table = Table(permits, *(_labels(factors[at]) for at in (image, pod)))
        self._images = range(len(factors[image].alternatives))

    @classmethod
    def of(cls, factors: Sequence[Factor], permits: Permits | None) -> Denied | None:
        """What is denied; None where nothing is, or where there is nothing that it could be about."""
        groups = {one.name: at for at, one in enumerate(factors) if one.is_group}
        if permits is None or not {IMAGE, POD} <= groups.keys():
            return None
        return cls(groups[IMAGE], groups[POD], factors, permits)

    def refusals(self) -> Refusals:
        """What nobody may have together, or at all, in any namespace."""
        every, found = self.table.every, {}
        never = every
        for at in self._images:
            row = self.table.nowhere(at)
            never &= row
            if row == every:
                found[self.image, at, self.image] = 1 << at
            elif row:
                found[self.image, at, self.pod] = row
        return {**found, **{(self.pod, at, self.pod): 1 << at for at in set_bits(never)}}


def _labels(factor: Factor) -> list[Mapping[str, str]]:
    return [one.value.display.labels if one.value is not None else {} for one in factor.alternatives]


def _united(one: Refusals, other: Refusals) -> Refusals:
    return {key: one.get(key, 0) | other.get(key, 0) for key in one | other}


def _refusals(factors: Sequence[Factor]) -> Refusals:
    """What option values refuse with `compatible`."""
    groups = {one.name: at for at, one in enumerate(factors) if one.is_group}
    known: dict[Any, int] = {}
    found: Refusals = {}
    for a in groups.values():
        for i, one in enumerate(factors[a].alternatives):
            for name, selector in (one.value.compatible if one.value is not None else {}).items():
                b = groups.get(name)
                if b is None:
                    continue
                key = (b, fingerprint(dict(selector)))
                if key not in known:
                    known[key] = _refused_by(selector, factors[b])
                refused = known[key] & (1 << i) if a == b else known[key]
                if refused:
                    found[a, i, b] = refused
    return found


def _refused_by(selector: Mapping[str, object], factor: Factor) -> int:
    """The alternatives of a group that a selector does not match, as bits."""
    bits = 0
    for at, one in enumerate(factor.alternatives):
        if one.value is not None and mismatch(selector, factor.name, one.value):
            bits |= 1 << at
    return bits


def _limited(factors: Sequence[Factor], own: Access | None) -> bool:
    """Whether who may use something can matter to what can be chosen together."""
    found = [access for factor in factors for one in factor.alternatives for access in one.access]
    return len(found) + (own is not None) > 1 or not all(open_together([one]) for one in found)
