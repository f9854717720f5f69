"""A plan as text for a terminal.

Refuses to know how a plan is made.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbcore.cli.change_text import COLOURS, OUTCOMES, change_lines
from nbcore.cli.findings import number
from nbcore.cli.plan_words import Answer, choice_of, names_of, parts_of, reasons_of, states_of, total_of
from nbcore.cli.terminal import printable, shortened, styled
from nbcore.planning.outcomes import Entry


def plan_text(answer: Answer, *, colour: bool = False) -> str:
    """The plan: each entry with what changes, then a line that counts for each outcome."""
    plan = answer.plan
    blocks = [_block(one, colour) for one in plan.entries if one.outcome != "unchanged"]
    blocks += [_part(title, told, colour) for title, told in parts_of(plan, answer.waves) if told]
    return "\n".join("".join(f"{line}\n" for line in block) for block in [*blocks, _summary(answer)])


def _block(entry: Entry, colour: bool) -> Iterator[str]:
    """The lines of one entry."""
    outcome = styled(entry.outcome, colour, fg=COLOURS.get(entry.outcome), bold=True)
    count = f"{number(len(entry.notebooks), entry.kind)}{states_of(entry)}"
    yield f"{outcome}: {count} of {shortened(choice_of(entry), 400)}"
    yield from (f"  {shortened(reason, 400)}" for reason in reasons_of(entry))
    for change in entry.changes:
        yield from change_lines(change, is_forcing=change is entry.forcing, colour=colour)
    yield f"  {printable(names_of(entry.notebooks))}"


def _part(title: str, told: list[str], colour: bool) -> Iterator[str]:
    yield styled(title, colour, bold=True)
    yield from (f"  {printable(one)}" for one in told)


def _summary(answer: Answer) -> Iterator[str]:
    """The last lines: how many notebooks fare how."""
    yield f"{number(total_of(answer.plan), 'notebook')} from {answer.old} to {answer.new}:"
    for outcome, count in answer.plan.counts.items():
        if count:
            yield f"  {outcome:<9} {count:>7,}  {OUTCOMES[outcome]}"
