"""Changes as a table: each place with the value before and after, who set them, and what the change costs.

Refuses to know how changes are found; values are masked unless the caller wants them shown.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final, Protocol

from nbcore.cli.pages.markup import Html, code, el, folded, joined, many, path, row, table
from nbcore.cli.pages.words import EFFECTS

HEADS: Final = ("Field", "Before", "After", "Effect")
MOST_CHARACTERS: Final = 2_000
"""Of one value; what is longer is cut, and says so."""

_JSON: Final = (dict, list, str, int, float, type(None))


class Shown(Protocol):
    """What a page needs to know of a change; read as `nbcore.Change` gives it."""

    old: Any
    new: Any

    @property
    def path(self) -> Any:
        """Where the states differ."""

    @property
    def effect(self) -> Any:
        """What the change does."""

    @property
    def is_order(self) -> bool:
        """Whether only the order of a list is another one."""

    @property
    def shown_old(self) -> Any:
        """The old value, masked."""

    @property
    def shown_new(self) -> Any:
        """The new value, masked."""

    @property
    def source(self) -> Any:
        """Who set the values."""


def changes_table(
    changes: Sequence[Shown], forcing: Shown | None, *, show_values: bool = False, facets: bool = False
) -> Html:
    """The changes that do something, and folded below them those that mean nothing."""
    telling = [one for one in changes if one.effect != "none"]
    idle = [one for one in changes if one.effect == "none"]

    def rows(some: Sequence[Shown]) -> list[Html]:
        return [_row(one, one is forcing, show_values, facets) for one in some]

    parts = [table("What changes", HEADS, rows(telling), "changes")] if telling else []
    if idle:
        shown = table("What is only written differently", HEADS, rows(idle), "changes")
        parts.append(folded(f"{many(len(idle), 'difference')} without any effect", shown, open_=not telling))
    return joined(*parts)


def _row(one: Shown, is_forcing: bool, show_values: bool, facets: bool) -> Html:
    place = joined("order of " if one.is_order else "", path(one.path.keyed or "the whole"))
    forcing = el("span", "▶ this one forces it", class_="place forcing") if is_forcing else ""
    cells = (
        ("Before", _side(one, "old", show_values)),
        ("After", _side(one, "new", show_values)),
        ("Effect", joined(EFFECTS[one.effect].badge(), forcing)),
    )
    return row(place, cells, data_item=one.effect if facets else False)


def _side(one: Shown, side: str, show_values: bool) -> Html:
    """The value of one side, and who set it."""
    value = getattr(one, side if show_values and not one.is_order else f"shown_{side}")
    if not isinstance(value, _JSON):  # what stands for no value is none itself
        return el("span", "absent", class_="soft")
    return joined(code(_text(value)), _set_by(getattr(one.source, side, None)))


def _text(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}… ({len(text):,} characters)"


def _set_by(origin: Any) -> Html | str:
    if origin is None:
        return ""
    where = f"{origin.source.file}:{origin.position}" if origin.source.file and origin.position else ""
    return el(
        "span", "set by ", el("bdi", origin.layer.title), [" ", code(where)] if where else "", class_="place"
    )
