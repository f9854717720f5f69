"""A plan as a comment on a pull request: short, folded, and never longer than one may be.

Refuses to know how a plan is made. No name or message of a manifest can be more than text in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nbcore.cli.change_text import OUTCOMES, place_of, value_of, value_text
from nbcore.cli.findings import number
from nbcore.cli.markdown import code, details, table, text
from nbcore.cli.plan_words import Answer, choice_of, names_of, parts_of, reasons_of, states_of, total_of
from nbcore.cli.terminal import shortened
from nbcore.comparison import ABSENT, Change
from nbcore.planning.outcomes import Entry

MARK: Final = "<!-- nbcore plan -->"
"""The first line, by which a later run finds its own comment."""
MOST: Final = 60_000
"""Units: characters; GitHub takes 65,536."""

_RESERVE: Final = 300
_ROWS: Final = 40
_LINES: Final = 20
_VALUE: Final = 120
_PLACE: Final = 300


def plan_markdown(answer: Answer) -> str:
    """The comment; what does not fit is counted in its last line."""
    made, left, out = _head(answer), MOST - _RESERVE, 0
    for piece in _pieces(answer):
        if len(made) + len(piece) <= left:
            made += piece
        else:
            out += 1
    return made + (f"{number(out, 'part')} more did not fit; `nbcore plan` prints all.\n" if out else "")


def _head(answer: Answer) -> str:
    counts = {outcome: count for outcome, count in answer.plan.counts.items() if count}
    rows = [(outcome, f"{count:,}", text(OUTCOMES[outcome])) for outcome, count in counts.items()]
    where = f"From {code(shortened(answer.old, _PLACE))} to {code(shortened(answer.new, _PLACE))}."
    title = f"## What this edit does to {number(total_of(answer.plan), 'notebook')}"
    calm = "" if answer.plan.changes_anything else "No notebook changes.\n\n"
    counted = table(("what happens", "notebooks", ""), rows) if rows else ""
    return f"{MARK}\n{title}\n\n{where}\n\n{calm}{counted}\n"


def _pieces(answer: Answer) -> Iterator[str]:
    """Every part below the head, those that matter most first."""
    yield from (_entry(one) for one in answer.plan.entries if one.outcome != "unchanged")
    for title, told in parts_of(answer.plan, answer.waves):
        if told:
            yield details((f"{title}: {len(told):,}",), _listed(told))


def _listed(told: list[str]) -> str:
    lines = [f"- {text(shortened(one, 1_000))}\n" for one in told[:_LINES]]
    return "".join([*lines, *([f"- and {len(told) - _LINES:,} more\n"] if len(told) > _LINES else [])])


def _entry(entry: Entry) -> str:
    count = f"{number(len(entry.notebooks), entry.kind)}{states_of(entry)}"
    summary = (f"{entry.outcome}: {count} of ", shortened(choice_of(entry), _PLACE))
    rows = [_row(one, one is entry.forcing) for one in entry.changes[:_ROWS]]
    changed = table(("field", "before", "after", "effect"), rows) if rows else ""
    more = len(entry.changes) - _ROWS
    body = [
        _listed(list(reasons_of(entry))),
        changed + (f"\nand {number(more, 'change')} more\n" if more > 0 else ""),
        f"Notebooks: {text(shortened(names_of(entry.notebooks), 4_000))}\n",
    ]
    return details(summary, "\n".join(one for one in body if one))


def _row(change: Change, is_forcing: bool) -> tuple[str, ...]:
    effect = f"**{change.effect}**, forces it" if is_forcing else f"{change.effect}"
    place = code(shortened(place_of(change), _PLACE))
    return place, _side(change, "old"), _side(change, "new"), effect


def _side(change: Change, side: str) -> str:
    value = value_of(change, side)
    return "absent" if value is ABSENT else code(value_text(value, _VALUE))
