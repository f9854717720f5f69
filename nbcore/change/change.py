"""A change: one place in which two states differ, what it costs to carry it out, and how it is shown.

It holds the real values; its text and its repr, and `Change.shown_old` and `Change.shown_new`, mask those of env
and Secrets. Refuses to know how changes are found and carried out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal, NamedTuple, Protocol

from nbcore.change.comparing import Order
from nbcore.change.masking import Marks
from nbcore.change.places import ABSENT
from nbcore.kubernetes.paths import Path, Step

Effect = Literal["none", "live", "restart", "recreate"]
EFFECTS: Final[tuple[Effect, ...]] = ("none", "live", "restart", "recreate")
"""What a change does to the carrier, from nothing to what no update can do."""

RANK: Final = {effect: at for at, effect in enumerate(EFFECTS)}
MAX_CHARACTERS: Final = 64


class Sources(NamedTuple):
    """Who set the value before and after; None where nobody is known."""

    old: Any = None
    new: Any = None


NO_SOURCES: Final = Sources()


class Diff(Protocol):
    """What the changes of one diff share: the effects of all, in their order, and the marks of hidden values."""

    marks: Marks

    @property
    def effects(self) -> list[Effect]:
        """The effect of each change."""


class Change:
    """One place in which two states differ; read only by contract.

    Shape: ``old`` and ``new`` are the real values, `ABSENT` where there is none; both are an `Order` of keys where
    the elements of the list at ``path`` come in another order. A list index in ``path`` is that of the new state,
    and that of the old one for what is removed. ``effect`` is what it does, worked out for the whole diff when it
    is first asked for.
    """

    __slots__ = ("_at", "_diff", "_effect", "_steps", "new", "old", "source")

    def __init__(
        self,
        path: Sequence[Step],
        old: Any,
        new: Any,
        source: Sources = NO_SOURCES,
        effect: Effect | None = "restart",
        diff: Diff | None = None,
        at: int = 0,
    ) -> None:
        self._steps, self.old, self.new, self.source = path, old, new, source
        self._effect, self._diff, self._at = effect, diff, at

    @property
    def path(self) -> Path:
        """Where the states differ."""
        return Path(self._steps)

    @property
    def effect(self) -> Effect:
        """What the change does to the carrier."""
        if self._effect is None:
            self._effect = self._diff.effects[self._at] if self._diff else "restart"
        return self._effect

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Change) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(self.path)

    def _parts(self) -> tuple[Any, ...]:
        return (self.path, self.old, self.new, self.source, self.effect)

    @property
    def is_order(self) -> bool:
        """Whether only the order of a list's elements is another one."""
        return isinstance(self.old, Order)

    @property
    def shown_old(self) -> Any:
        """The old value as JSON with hidden values masked; `ABSENT` where there is none."""
        return self._shown(self.old)

    @property
    def shown_new(self) -> Any:
        """The new value as JSON with hidden values masked; `ABSENT` where there is none."""
        return self._shown(self.new)

    def _shown(self, value: Any) -> Any:
        if isinstance(value, Order):
            return list(value)
        marks = self._diff.marks if self._diff else Marks([(self._steps, self.old, self.new)])
        return marks.shown(tuple(self._steps), value)

    def __str__(self) -> str:
        what = "order of " if self.is_order else ""
        place = str(self.path) or "the whole"
        return f"{what}{place}: {_text(self.shown_old)} → {_text(self.shown_new)} ({self.effect})"

    def __repr__(self) -> str:
        return f"<Change {self}>"


def _text(value: Any) -> str:
    if value is ABSENT:
        return "absent"
    text = json.dumps(value, ensure_ascii=False, default=str)
    if len(text) > MAX_CHARACTERS:
        text = f"{text[:MAX_CHARACTERS]}…"
    return text if text.isprintable() else text.encode("ascii", "backslashreplace").decode()


def worst(changes: Iterable[Change]) -> Effect:
    """The effect of carrying out all changes: that of the one that costs most; ``none`` without any."""
    return max((change.effect for change in changes), key=RANK.__getitem__, default="none")


def forcing(changes: Iterable[Change]) -> Change | None:
    """The one change that forces the pod to be replaced or made anew: the first of those that cost most.

    Shape: None where nothing restarts.
    """
    known = list(changes)
    effect = worst(known)
    if RANK[effect] < RANK["restart"]:
        return None
    return next(change for change in known if change.effect == effect)
