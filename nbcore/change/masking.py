"""Values as they may be shown: what is hidden stands behind numbered marks.

Equal hidden values of one diff have the same mark, and only they, so that a change of one is seen; a hash would
let a short value be guessed. Refuses to know what is hidden, and how anything is printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from nbcore.change.places import ABSENT
from nbcore.kubernetes.paths import Step
from nbcore.model.hidden import hides

_DEEPEST: Final = 60

Steps = tuple[Step, ...]


class Marks:
    """The marks of one diff: numbers of its hidden values, in the order in which they come.

    Shape: they are counted when the first one is asked for, out of the path, old and new value of each difference.
    """

    __slots__ = ("_differences", "_numbers")

    def __init__(self, differences: Sequence[Sequence[Any]]) -> None:
        self._differences = differences
        self._numbers: dict[tuple[type, Any], int] | None = None

    def shown(self, path: Steps, value: Any) -> Any:
        """The value at a path as JSON in which every hidden scalar is a mark, and what is too deep an ellipsis."""
        if self._numbers is None:
            values = ((one[0], value) for one in self._differences for value in (one[1], one[2]))
            secrets = (secret for at, one in values for secret in _hidden(at, one, hides(at, one), 0))
            self._numbers = {key: at for at, key in enumerate(dict.fromkeys(secrets), 1)}
        return self._shown(path, value, hides(path, value), 0)

    def _shown(self, path: Steps, value: Any, hidden: bool, depth: int) -> Any:
        if value is ABSENT:
            return value
        if isinstance(value, dict | list) and depth > _DEEPEST:
            return "…"
        if isinstance(value, dict | list):
            below = [
                self._shown(at, one, inner, depth + 1) for at, one, inner in _children(path, value, hidden)
            ]
            return dict(zip(value, below, strict=True)) if isinstance(value, dict) else below
        return f"‹hidden {self._number(value)}›" if hidden else value

    def _number(self, value: Any) -> int:
        numbers = self._numbers or {}
        return numbers.get((type(value), value), len(numbers) + 1)


def _children(path: Steps, value: Any, hidden: bool) -> Iterator[tuple[Steps, Any, bool]]:
    """What is in a map or list, with its path and whether it is hidden: all below a hidden value is."""
    pairs: Iterable[tuple[Step, Any]] = value.items() if isinstance(value, dict) else enumerate(value)
    for step, one in pairs:
        at = (*path, step)
        yield at, one, hidden or hides(at, one)


def _hidden(path: Steps, value: Any, hidden: bool, depth: int) -> Iterator[tuple[type, Any]]:
    if isinstance(value, dict | list):
        for at, one, inner in _children(path, value, hidden) if depth <= _DEEPEST else ():
            yield from _hidden(at, one, inner, depth + 1)
    elif hidden and value is not ABSENT:
        yield type(value), value
