"""Changes as lines of text: where, what each costs, and both values with who set them.

Refuses to know how changes are found; values are masked unless the caller wants them shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from nbcore.cli.render import comment
from nbcore.cli.terminal import printable, shortened, styled
from nbcore.comparison import ABSENT, Change
from nbcore.pipeline import OriginOf
from nbcore.planning.outcomes import Outcome

MOST: Final = 240
"""Characters of one value in a text; the forms for programs hold all."""

EFFECTS: Final[Mapping[str, str]] = {
    "none": "written differently, and means the same",
    "live": "carried out while the pod runs on",
    "restart": "the pod is replaced by a new one",
    "recreate": "no update can do it: it must be deleted and made anew",
}
OUTCOMES: Final[Mapping[Outcome, str]] = {
    "recreate": EFFECTS["recreate"],
    "refused": "could be rendered, and cannot be any more",
    "restart": EFFECTS["restart"],
    "live": EFFECTS["live"],
    "repaired": "could not be rendered, and can be now",
    "broken": "could not be rendered before, and cannot be now",
    "unchanged": "nothing happens to it",
}
"""What becomes of a notebook, in the order in which people want to be told."""
COLOURS: Final[Mapping[str, str]] = {"live": "cyan", "restart": "yellow", "recreate": "red", "refused": "red"}


def place_of(change: Change) -> str:
    """Where a change is, as people name it."""
    return ("order of " if change.is_order else "") + (change.path.keyed or "the whole")


def value_of(change: Change, side: str, *, show_values: bool = False) -> Any:
    """The value of a side (old, new), masked unless it is to be shown; `ABSENT` where there is none."""
    return getattr(change, side if show_values and not change.is_order else f"shown_{side}")


def value_text(value: Any, most: int = MOST) -> str:
    """A value as JSON on one line, cut to a length."""
    return shortened(json.dumps(value, ensure_ascii=False, default=str), most)


def change_lines(
    change: Change, *, is_forcing: bool, show_values: bool = False, colour: bool = False
) -> Iterator[str]:
    """The lines about one change."""
    forces = "  (this one forces it)" if is_forcing else ""
    effect = styled(f"{change.effect:<8}", colour, fg=COLOURS.get(change.effect))
    yield f"{'>' if is_forcing else ' '} {effect} {shortened(place_of(change), 800)}{forces}"
    for side, mark, tone in (("old", "-", "red"), ("new", "+", "green")):
        value = value_of(change, side, show_values=show_values)
        if value is not ABSENT:
            origin = getattr(change.source, side)
            told = f"  set by {printable(comment(origin))}" if isinstance(origin, OriginOf) else ""
            yield f"    {styled(f'{mark} {value_text(value)}', colour, fg=tone)}{told}"
