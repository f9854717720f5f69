"""What a plan says, in plain words: who an entry is about, what vanishes, where redirects lead, the waves.

Refuses to know the form in which it is printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from nbcore.cli.findings import number
from nbcore.finding import Source
from nbcore.planning.fleet import STATES, Member
from nbcore.planning.outcomes import Entry, Led, Plan, Vanished
from nbcore.planning.rollout import Wave

FEW: Final = 12
"""So many names are told; of the rest how many there are."""


class Answer(NamedTuple):
    """What is printed: the plan, where the two sides come from, and in which waves it is to be carried out."""

    plan: Plan
    old: str
    new: str
    carrier: str
    waves: Sequence[Wave] = ()


def choice_of(entry: Entry) -> str:
    """What the notebooks of an entry chose."""
    options = [f"{group}={value}" for group, value in entry.selection.items()]
    revision = [f"Revision {entry.revision}"] if entry.revision else []
    return " ".join([entry.template or "no template", *options, *entry.pod_defaults, *revision])


def states_of(entry: Entry) -> str:
    """In which states the notebooks of an entry are, as far as that is known."""
    states = entry.states
    known = [f"{states[one]:,} {one}" for one in STATES if one in states and one != "unknown"]
    return f" ({', '.join(known)})" if known else ""


def names_of(notebooks: Sequence[Member], most: int = FEW) -> str:
    """The names, of very many only the first."""
    told = [str(one) or "(no name)" for one in notebooks[:most]]
    more = [f"and {len(notebooks) - most:,} more"] if len(notebooks) > most else []
    return ", ".join([*told, *more])


def reasons_of(entry: Entry) -> Iterator[str]:
    """Why it happens, and what is to be done where something is wrong."""
    yield from entry.reasons
    wrong = [one for one in entry.findings if one.severity == "error"]
    yield from dict.fromkeys(one.remedy for one in wrong if one.remedy)


def vanished_text(one: Vanished) -> str:
    """What is in use and will not be there any more."""
    template = "" if one.what == "template" else f" of {one.template}"
    group = f"{one.group}=" if one.what == "value" else ""
    word = {"template": "", "group": "option group ", "value": "option ", "podDefault": "PodDefault "}[
        one.what
    ]
    return f"{word}{group}{one.name}{template} does not exist any more, {used_by(one.notebooks)}"


def led_text(one: Led) -> str:
    """Where a chain of redirects leads."""
    chain = " to ".join(one.chain) or "it"
    group = f"{one.group} of {one.template}: " if one.group else ""
    end = {
        "Broken": f"leads to {one.missing}, which does not exist",
        "Cycle": "comes back to where it was",
        "Redirected": "is taken at a start" if one.taken else "is offered",
    }[one.outcome]
    return f"{group}{chain} {end}, {used_by(one.notebooks)}"


def used_by(notebooks: Sequence[Member]) -> str:
    """How many use something, and who."""
    return f"used by {number(len(notebooks), 'notebook')}: {names_of(notebooks)}"


def wave_text(at: int, one: Wave) -> str:
    """A wave: its number, its name, and who is in it."""
    return f"{at}. {one.name}, {number(len(one.notebooks), 'notebook')}: {names_of(one.notebooks)}"


def total_of(plan: Plan) -> int:
    """How many notebooks the plan is about."""
    return sum(plan.counts.values())


def parts_of(plan: Plan, waves: Iterable[Wave]) -> Iterator[tuple[str, list[str]]]:
    """What is said beside the entries: a heading, and a line for each thing."""
    yield "In use, and gone", [vanished_text(one) for one in plan.vanished]
    yield "Redirects", [led_text(one) for one in plan.led]
    yield "Waves", [wave_text(at, one) for at, one in enumerate(waves, 1)]
    yield "Not read", unread_texts(plan.fleet.unread)


def unread_texts(unread: Sequence[Source]) -> list[str]:
    """What could not be read, the same name once, of very many only the first."""
    names = list(dict.fromkeys(one.object or one.file or "(no name)" for one in unread))
    return names[:FEW] + ([f"and {len(names) - FEW:,} more"] if len(names) > FEW else [])
