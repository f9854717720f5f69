"""Sampling: in how many pods of a Template something is so, by the few that were looked at.

Refuses to know how rows are chosen, and rules.

Laws: test_findings_are_counted_as_brute_force_counts_them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from nbcore.checks.interactions import EVERYTHING, concerns_of
from nbcore.combinations import Space
from nbcore.constraints import Broken, Row, Target


class Sample:
    """Rows that were looked at, as what is known of all of them; rows that hold something broken do not count."""

    def __init__(self, space: Space, rows: Sequence[Row], broken: Broken) -> None:
        self.space = space
        self.rows = rows
        self.broken = broken
        self._columns: dict[Target, list[tuple[int, ...]]] = {}

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
        if len(having) == len(self.rows):
            return self._where(Target((), ()), {(): True}, speaking, of)
        about = {concern for place in places for concern in concerns_of(place, self.space.mentions)}
        holds = [row in having for row in self.rows]

        def likely(one: Target) -> tuple[bool, bool, int]:
            return not one.concerns & about, EVERYTHING not in one.concerns, one.size

        for target in sorted(self.space.targets, key=likely):
            verdicts: dict[tuple[int, ...], bool] = {}
            classes = self._column(target)
            if all(
                verdicts.setdefault(one, is_so) == is_so for one, is_so in zip(classes, holds, strict=True)
            ):
                return self._where(target, verdicts, speaking, of)
        return 0

    def _column(self, target: Target) -> list[tuple[int, ...]]:
        found = self._columns.get(target)
        if found is None:
            found = self._columns[target] = [target.of(row) for row in self.rows]
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
