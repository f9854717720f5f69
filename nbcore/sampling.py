"""Sampling: in how many pods of a Template something is so, by the few that were looked at.

Refuses to know how rows are chosen, and rules.

Laws: test_findings_are_counted_as_brute_force_counts_them.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from itertools import islice, product, repeat
from typing import Any, Final, TypeAlias

from nbcore.checks.interactions import EVERYTHING, concerns_of
from nbcore.combinations import Space
from nbcore.constraints import Broken, Row, Target

Verdicts: TypeAlias = Mapping[tuple[int, ...], bool]
"""Whether something is so, by the classes of a target."""
Words: TypeAlias = tuple[int | None, ...]
"""Which alternatives of some factors say something at a place, None for one that does not."""
_EXPLANATIONS: Final = 16
_DIFFERENCES: Final = 64
"""How far it is looked for a row that tells two explanations apart, or in which something else is said."""
_COMBINATIONS: Final = 4096
"""Combinations of words of which it is looked whether they were heard."""


class Sample:
    """Rows that were looked at, as what is known of all of them; rows that hold something broken do not count."""

    def __init__(self, space: Space, rows: Sequence[Row], broken: Broken) -> None:
        self.space = space
        self.rows = rows
        self.broken = broken
        self._columns: dict[Target, list[tuple[int, ...]]] = {}
        self._deciders: dict[tuple[Any, ...], Target] = {}

    def pods(
        self,
        having: frozenset[Row],
        places: Iterable[Sequence[Any]],
        speaking: Sequence[int] = (),
        of: Callable[[Row], bool] = bool,
    ) -> int:
        """For how many pods something is so that is so for some of the rows; 0 where that is not known.

        Shape: ``places`` are the places of the pod that it is about: they say which factors decide it; ``of``
        asks the alternatives of the ``speaking`` factors which of these pods count.
        """
        known = self._likeliest(having, places)
        return 0 if known is None else self._where(*known, speaking, of)

    def doubtful(self, having: frozenset[Row], places: Iterable[Sequence[Any]]) -> Row | None:
        """A row that tells the likeliest explanation of what was seen from another one; None where none does."""
        if len(having) == len(self.rows) or len(self.rows) >= self.space.total:
            return None
        found = list(islice(self._explanations(having, places), _EXPLANATIONS))
        seen = set(self.rows)
        for other in found[1:]:
            for allowed in islice(_between(*found[0], *other), _DIFFERENCES):
                row = self.space.constraints.completed({}, self.broken, allowed)
                if row is not None and row not in seen:
                    return row
        return None

    def unheard(
        self,
        having: frozenset[Row],
        places: Iterable[Sequence[Any]],
        words: Mapping[int, Words],
        heard: Container[Words],
    ) -> Iterator[Row]:
        """Rows for which something is so by what was seen, and in which factors say together what was not heard.

        Shape: ``words`` has for each factor that speaks what each of its alternatives says; ``heard`` are
        combinations of words.
        """
        seen = set(self.rows)
        spoken = islice(self._spoken(having, places, words), _COMBINATIONS)
        fresh = (allowed for said, allowed in spoken if said not in heard)
        for allowed in islice(fresh, _DIFFERENCES):
            row = self.space.constraints.completed({}, self.broken, allowed)
            if row is not None and row not in seen:
                seen.add(row)
                yield row

    def _spoken(
        self, having: frozenset[Row], places: Iterable[Sequence[Any]], words: Mapping[int, Words]
    ) -> Iterator[tuple[Words, dict[int, list[int]]]]:
        """What factors can say together where something is so, each time with the choices that say it."""
        known = self._likeliest(having, places)
        target, verdicts = known if known is not None else (Target((), ()), {})
        for wanted in [one for one, is_so in verdicts.items() if is_so]:
            chosen = _alternatives(target, wanted)
            speaking = [_by_word(some, chosen.get(at)) for at, some in words.items()]
            for said in product(*speaking):
                pairs = zip(words, speaking, said, strict=True)
                yield said, chosen | {at: by_word[word] for at, by_word, word in pairs}

    def _likeliest(
        self, having: frozenset[Row], places: Iterable[Sequence[Any]]
    ) -> tuple[Target, Verdicts] | None:
        """What decides what was seen, most likely: nothing where it was always so; None where nothing known does."""
        if len(having) == len(self.rows):
            return Target((), ()), {(): True}
        return next(self._explanations(having, places), None)

    def _explanations(
        self, having: frozenset[Row], places: Iterable[Sequence[Any]]
    ) -> Iterator[tuple[Target, Verdicts]]:
        """The targets that can decide what was seen, the likeliest first, and how they do."""
        about = {concern for place in places for concern in concerns_of(place, self.space.mentions)}
        holds = [row in having for row in self.rows]

        def likely(one: Target) -> tuple[bool, bool, int]:
            return not one.concerns & about, EVERYTHING not in one.concerns, one.size

        known = map(self._explained, sorted(self.space.targets, key=likely), repeat(holds))
        found = False
        for one in filter(None, known):
            found = True
            yield one
        if not found:  # as many concerns as there are layers, each with a part in it
            yield from filter(None, map(self._explained, map(self._deciding, places), repeat(holds)))

    def _explained(self, target: Target, holds: Sequence[bool]) -> tuple[Target, Verdicts] | None:
        """The target with the verdicts of its classes; None where it does not decide what was seen."""
        verdicts: dict[tuple[int, ...], bool] = {}
        pairs = zip(self._column(target), holds, strict=True)
        return (target, verdicts) if all(verdicts.setdefault(one, so) == so for one, so in pairs) else None

    def _deciding(self, place: Sequence[Any]) -> Target:
        """All who have a say at a place."""
        key = tuple(place)
        if key not in self._deciders:
            self._deciders[key] = self.space.deciding(place)
        return self._deciders[key]

    def _column(self, target: Target) -> list[tuple[int, ...]]:
        found = self._columns.setdefault(target, [])
        found += [target.of(row) for row in self.rows[len(found) :]]  # rows are only ever added
        return found

    def _where(
        self,
        target: Target,
        verdicts: Mapping[tuple[int, ...], bool],
        speaking: Sequence[int],
        of: Callable[[Row], bool],
    ) -> int:
        def holds(partial: Mapping[int, int]) -> bool:
            mine = not speaking or of(tuple(partial[at] for at in speaking))
            return mine and verdicts.get(target.at(partial), False)

        def counts(partial: Mapping[int, int]) -> bool:
            return holds(partial) and not self.broken.holds(partial)

        about = {*target.factors, *speaking}
        exact = self.space.pods_where(about | self.broken.factors, counts)
        found = self.space.pods_where(about, holds) if exact is None else exact
        return found or 0


def _between(one: Target, mine: Verdicts, other: Target, theirs: Verdicts) -> Iterator[dict[int, list[int]]]:
    """Choices for which the two explanations say different things: the alternatives of each factor."""
    for wanted, is_so in mine.items():
        for also, is_so_too in theirs.items():
            if is_so != is_so_too:
                allowed = _alternatives(one, wanted)
                for at, some in _alternatives(other, also).items():
                    allowed[at] = [each for each in some if each in allowed.get(at, some)]
                if all(allowed.values()):
                    yield allowed


def _by_word(words: Words, chosen: Sequence[int] | None) -> dict[int | None, list[int]]:
    """The alternatives that say each of the words, of those that are chosen; of all where none are."""
    found: dict[int | None, list[int]] = {}
    for one in range(len(words)) if chosen is None else chosen:
        found.setdefault(words[one], []).append(one)
    return found


def _alternatives(target: Target, wanted: Sequence[int]) -> dict[int, list[int]]:
    return {
        at: [number for number, one in enumerate(classes) if one == chosen]
        for at, classes, chosen in zip(target.factors, target.classes, wanted, strict=True)
    }
