"""Where two JSON values differ in their text: the fewest readable differences, each with its place.

Maps differ by key, lists whose elements have keys by key, all other lists as a whole; how the kept elements of a
list are ordered is one difference. 1 is not True and not 1.0; the order of a map's keys is nothing. What lies
deeper than `MAX_DEPTH` differs as a whole.

Refuses to know what a difference means: a quantity in other words is one.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable
from itertools import compress, count, starmap
from operator import ne
from typing import Any, Final, NamedTuple, TypeAlias

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


Row: TypeAlias = tuple[Steps, Any, Any, Place | None]
"""The parts of a `Difference`."""


def compare(old: Any, new: Any, place: Place | None, path: Steps = ()) -> list[Difference]:
    """Every difference between two values, in document order; what only the new one has comes last.

    Laws: test_an_empty_diff_means_same, test_diff_never_raises.
    """
    return [*starmap(Difference, differences(old, new, place, path))]


def differences(old: Any, new: Any, place: Place | None, path: Steps = ()) -> list[Row]:
    """The same as plain tuples, for whoever may never look at most of them."""
    if old is new:
        return []
    quick = _Walk(ne, len(path) + MAX_DEPTH)
    try:
        if orjson is None and _look_alike(old, new) and _bytes_agree(old, new):
            return []
        quick.values(old, new, place, path)
        if not quick.passed or _types_agree(quick.passed, quick.beside):
            return quick.found
    except RecursionError:
        pass
    careful = _Walk(_apart, len(path) + MAX_DEPTH)
    careful.values(old, new, place, path)
    return careful.found


def _look_alike(old: Any, new: Any) -> bool:
    """Whether two maps may be copies of one another, by the first entry of each: equal, and not shared."""
    if not old or not new or old.__class__ is not dict or new.__class__ is not dict:
        return False
    one, other = next(iter(old.values())), next(iter(new.values()))
    return one is not other and bool(one == other)


class _Walk:
    """A walk through two values that asks of maps and lists first, at the speed of C, whether they are apart.

    Python finds 1, True and 1.0 equal: maps and lists that were not apart are kept, to look at their types later,
    all at once.
    """

    __slots__ = ("apart", "beside", "deepest", "found", "passed")

    def __init__(self, apart: Callable[[Any, Any], Any], deepest: int) -> None:
        self.apart, self.deepest = apart, deepest
        self.found: list[Row] = []
        self.passed: list[Any] = []
        self.beside: list[Any] = []

    def values(self, old: Any, new: Any, place: Place | None, path: Steps) -> None:
        """The differences of two values that are apart, or not equal for sure."""
        kind = old.__class__
        if kind is new.__class__ and len(path) < self.deepest:
            if kind is dict:
                self.maps(old, new, place, path)
                return
            if kind is list and place is not None and place.keys and self.lists(old, new, place, path):
                return
        if not same(old, new):
            self.found.append((path, old, new, place))

    def maps(self, old: dict[str, Any], new: dict[str, Any], place: Place | None, path: Steps) -> None:
        """The differences of two maps, key by key: most values are scalars, and equal."""
        find, apart = new.get, self.apart
        shared = len(old)
        for key, before in old.items():
            after = find(key, ABSENT)
            if after is before:
                continue
            kind = before.__class__
            if kind is after.__class__:
                if kind is not dict and kind is not list:
                    if before == after:
                        continue
                elif apart(before, after):
                    self.values(before, after, place and place.below(key), (*path, key))
                    continue
                else:
                    self.passed.append(before)
                    self.beside.append(after)
                    continue
            elif after is ABSENT:
                shared -= 1
            self.found.append(((*path, key), before, after, place and place.below(key)))
        if shared < len(new):
            self.found += [
                ((*path, key), ABSENT, after, place and place.below(key))
                for key, after in new.items()
                if key not in old
            ]

    def lists(self, old: list[Any], new: list[Any], place: Place, path: Steps) -> bool:
        """Whether the elements of both lists have keys; their differences are found then."""
        after = names_of(new, place.keys)
        if after is None:
            return False
        apart = [*compress(count(), map(self.apart, old, new))]
        if len(old) <= len(new) and self.in_place(old, after, apart, place.keys):
            self.aligned(old, new, apart, after, place.element, path)
            return True
        before = names_of(old, place.keys)
        if before is None:
            return False
        self.elements(old, new, before, after, place.element, path)
        return True

    def in_place(self, old: list[Any], names: list[str], apart: list[int], keys: tuple[str, ...]) -> bool:
        """Whether the elements that are apart have the same keys as well; the others do."""
        return not apart or texts_of([old[at] for at in apart], keys) == [names[at] for at in apart]

    def aligned(
        self,
        old: list[Any],
        new: list[Any],
        apart: list[int],
        names: list[str],
        place: Place | None,
        path: Steps,
    ) -> None:
        """The differences of two lists of which the new one begins with the elements of the old one."""
        start = 0
        for at in apart:
            self.pass_by(old, new, start, at)
            self.values(old[at], new[at], place, (*path, Item(at, names[at])))
            start = at + 1
        size = len(old)
        self.pass_by(old, new, start, size)
        for at in range(size, len(new)):
            self.found.append(((*path, Item(at, names[at])), ABSENT, new[at], place))

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
                self.found.append(((*path, Item(at, key)), old[at], ABSENT, place))
                continue
            kept.append(key)
            if old[at] is new[to]:
                continue
            if self.apart(old[at], new[to]):
                self.values(old[at], new[to], place, (*path, Item(to, key)))
            else:
                self.passed.append(old[at])
                self.beside.append(new[to])
        here = frozenset(before)
        for at, key in enumerate(after):
            if key not in here:
                self.found.append(((*path, Item(at, key)), ABSENT, new[at], place))
        now = [key for key in after if key in here]
        if kept != now:
            self.found.append((path, Order(kept), Order(now), place))


def _apart(one: Any, other: Any) -> bool:
    return not same(one, other)


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
    return _bytes_agree(one, other) or _walks_agree(one, other)


def _bytes_agree(one: Any, other: Any) -> bool:
    """Whether two values are written in the same bytes: what Python finds equal has the same types then."""
    try:
        if orjson is not None:
            return orjson.dumps(one) == orjson.dumps(other)
        return marshal.dumps(one) == marshal.dumps(other)
    except (TypeError, ValueError):  # numbers, keys and depths that are not written
        return False


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
