"""Where two JSON values differ in their text: the fewest readable differences, each with its place.

Maps differ by key, lists whose elements have keys by key, all other lists as a whole; how the kept elements of a
list are ordered is one difference. 1 is not True and not 1.0; the order of a map's keys is nothing. What lies
deeper than `MAX_DEPTH` differs as a whole.

Refuses to know what a difference means: a quantity in other words is one.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import compress, count
from operator import ne, not_
from typing import Any, Final, NamedTuple

from nbcore.change.places import ABSENT, Place, names_of, texts_of
from nbcore.kubernetes.paths import Item, Step

try:  # an optional accelerator: texts that are equal show at the speed of C that values are
    import orjson
except ImportError:
    orjson = None  # type: ignore[assignment]

MAX_DEPTH: Final = 100
_FEW: Final = 4
"""So many values are looked at sooner than written."""

Steps = tuple[Step, ...]


class Order(tuple[str, ...]):
    """The keys of the elements that a list has before and after, in the order in which it has them."""

    __slots__ = ()


class Difference(NamedTuple):
    """One place where two values differ; `ABSENT` stands where a side has nothing.

    Shape: both values are an `Order` where the elements of the list at that place are in another order.
    """

    path: Steps
    old: Any
    new: Any
    place: Place | None


def compare(old: Any, new: Any, place: Place | None, path: Steps = ()) -> list[Difference]:
    """Every difference between two values, in document order; what only the new one has comes last.

    Laws: test_an_empty_diff_means_same, test_diff_never_raises.
    """
    if old is new:
        return []
    quick = _Walk(len(path) + MAX_DEPTH)
    try:
        quick.values(old, new, place, path)
        if not quick.passed or _types_agree(quick.passed, quick.beside):
            return quick.found
    except RecursionError:
        pass
    careful = _Careful(len(path) + MAX_DEPTH)
    careful.values(old, new, place, path)
    return careful.found


class _Walk:
    """A walk through two values that passes by what Python finds equal, at the speed of C.

    Python finds 1, True and 1.0 equal: maps and lists that were passed by are kept, to look at their types later,
    all at once.
    """

    __slots__ = ("beside", "deepest", "found", "passed")

    def __init__(self, deepest: int) -> None:
        self.deepest = deepest
        self.found: list[Difference] = []
        self.passed: list[Any] = []
        self.beside: list[Any] = []

    def passes(self, old: Any, new: Any) -> bool:
        """Whether two values are equal, as far as one looks now."""
        kind = old.__class__
        if kind is not new.__class__ or old != new:
            return False
        if kind is dict or kind is list:
            self.passed.append(old)
            self.beside.append(new)
        return True

    def values(self, old: Any, new: Any, place: Place | None, path: Steps) -> None:
        """The differences of two values that Python does not find equal, or not for sure."""
        kind = old.__class__
        if kind is new.__class__ and len(path) < self.deepest:
            if kind is dict:
                if len(old) > _FEW and [*old] == [*new]:
                    self.alike(old, new, place, path)
                else:
                    self.maps(old, new, place, path)
                return
            if kind is list and place is not None and place.keys and self.lists(old, new, place, path):
                return
        if not self.passes(old, new):
            self.found.append(Difference(path, old, new, place))

    def alike(self, old: dict[str, Any], new: dict[str, Any], place: Place | None, path: Steps) -> None:
        """The differences of two maps with the same keys in the same order, as most are."""
        before, after = old.values(), new.values()
        differs = self.differing(before, after)
        for key in compress(old, differs):
            self.entry(old[key], new[key], place, path, key)
        self.passed.extend(compress(before, map(not_, differs)))
        self.beside.extend(compress(after, map(not_, differs)))

    def differing(self, old: Iterable[Any], new: Iterable[Any]) -> list[bool]:
        """Whether the values differ one by one, as far as one looks now."""
        return [*map(ne, old, new)]

    def entry(self, old: Any, new: Any, place: Place | None, path: Steps, key: str) -> None:
        """The differences of an entry that two maps have."""
        below = place.below(key) if place is not None else None
        kind = old.__class__
        if kind is new.__class__ and (kind is dict or kind is list):
            self.values(old, new, below, (*path, key))
        else:
            self.found.append(Difference((*path, key), old, new, below))

    def maps(self, old: dict[str, Any], new: dict[str, Any], place: Place | None, path: Steps) -> None:
        """The differences of any two maps."""
        for key, before in old.items():
            after = new.get(key, ABSENT)
            if before.__class__ is str and after.__class__ is str:
                if before != after:
                    self.entry(before, after, place, path, key)
            elif before is not after and not self.passes(before, after):
                self.entry(before, after, place, path, key)
        if new.keys() - old.keys():
            for key, after in new.items():
                if key not in old:
                    self.entry(ABSENT, after, place, path, key)

    def lists(self, old: list[Any], new: list[Any], place: Place, path: Steps) -> bool:
        """Whether the elements of both lists have keys; their differences are found then."""
        after = names_of(new, place.keys)
        before = None if after is None else texts_of(old, place.keys)
        if before is None or after is None:
            return False
        if after[: len(before)] == before:  # and so, as in the new one, no two of the old one have the same
            self.aligned(old, new, before, after, place.element, path)
        elif len({*before}) < len(before) or "" in before:
            return False
        else:
            self.elements(old, new, before, after, place.element, path)
        return True

    def aligned(
        self,
        old: list[Any],
        new: list[Any],
        before: list[str],
        after: list[str],
        place: Place | None,
        path: Steps,
    ) -> None:
        """The differences of two lists of which the new one begins with the elements of the old one."""
        start = 0
        for at in compress(count(), self.differing(old, new)):
            self.pass_by(old, new, start, at)
            self.values(old[at], new[at], place, (*path, Item(at, after[at])))
            start = at + 1
        self.pass_by(old, new, start, len(old))
        for at in range(len(before), len(after)):
            self.found.append(Difference((*path, Item(at, after[at])), ABSENT, new[at], place))

    def pass_by(self, old: list[Any], new: list[Any], start: int, end: int) -> None:
        """Keeps a run of equal elements, to look at their types later."""
        if start < end:
            self.passed.append(old[start:end])
            self.beside.append(new[start:end])

    def elements(
        self,
        old: list[Any],
        new: list[Any],
        before: list[str],
        after: list[str],
        place: Place | None,
        path: Steps,
    ) -> None:
        """The differences of two lists in any order; an index is that of the side that has the element."""
        indexes = dict(zip(after, range(len(after)), strict=True))
        kept: list[str] = []
        for at, key in enumerate(before):
            to = indexes.get(key)
            if to is None:
                self.found.append(Difference((*path, Item(at, key)), old[at], ABSENT, place))
                continue
            kept.append(key)
            if old[at] is not new[to] and not self.passes(old[at], new[to]):
                self.values(old[at], new[to], place, (*path, Item(to, key)))
        here = frozenset(before)
        for at, key in enumerate(after):
            if key not in here:
                self.found.append(Difference((*path, Item(at, key)), ABSENT, new[at], place))
        now = [key for key in after if key in here]
        if kept != now:
            self.found.append(Difference(path, Order(kept), Order(now), place))


class _Careful(_Walk):
    """The same walk that looks at types at once, and into any depth."""

    __slots__ = ()

    def passes(self, old: Any, new: Any) -> bool:
        return same(old, new)

    def differing(self, old: Iterable[Any], new: Iterable[Any]) -> list[bool]:
        return [not same(one, other) for one, other in zip(old, new, strict=False)]


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values of any depth are equal with their types."""
    if one is other:
        return True
    kind = one.__class__
    if kind is not other.__class__:
        return False
    if kind is not dict and kind is not list:
        return bool(one == other)
    try:
        return bool(one == other) and _types_agree(one, other)
    except RecursionError:
        return _same_to_the_bottom(one, other)


def _types_agree(one: Any, other: Any) -> bool:
    """Whether maps or lists that Python finds equal, as it does 1, True and 1.0, have the same types throughout."""
    if len(one) <= _FEW:
        for value in one.values() if one.__class__ is dict else one:
            if value.__class__ is not str:
                break
        else:
            return True
    try:
        if orjson is not None and orjson.dumps(one) == orjson.dumps(other):
            return True
    except TypeError:  # numbers, keys and depths that it does not write
        pass
    return _walks_agree(one, other)


def _walks_agree(one: Any, other: Any) -> bool:
    waiting = [(one, other)]
    while waiting:
        a, b = waiting.pop()
        pairs = (
            zip(a, b, strict=True) if a.__class__ is list else [(value, b[key]) for key, value in a.items()]
        )
        for value, beside in pairs:
            kind = value.__class__
            if kind is str or value is beside:
                continue
            if kind is not beside.__class__:
                return False
            if kind is dict or kind is list:
                waiting.append((value, beside))
    return True


def _same_to_the_bottom(one: Any, other: Any) -> bool:
    """The same for values that are nested deeper than Python compares them."""
    waiting = [(one, other)]
    while waiting:
        a, b = waiting.pop()
        if a is b:
            continue
        kind = a.__class__
        if kind is not b.__class__:
            return False
        if kind is dict:
            if a.keys() != b.keys():
                return False
            waiting.extend((value, b[key]) for key, value in a.items())
        elif kind is list:
            if len(a) != len(b):
                return False
            waiting.extend(zip(a, b, strict=True))
        elif a != b:
            return False
    return True
