"""The page of ``diff``: for each notebook or selection what an update changes, with who set it on both sides.

Refuses to know how two states are compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from nbcore.cli.pages.changes import Shown, changes_table
from nbcore.cli.pages.findings import points
from nbcore.cli.pages.markup import Html, code, el, folded, id_of, joined, many, permalink
from nbcore.cli.pages.skeleton import Search, Section, page
from nbcore.cli.pages.words import EFFECTS
from nbcore.finding import Finding

OPEN: Final = 20
"""Of so many comparisons all are shown open."""


class Compared(NamedTuple):
    """One notebook, or one selection of a kind, before and after.

    Shape: ``effect`` is that of all changes together, ``forcing`` the one that restarts, None where none does;
    ``notes`` are plain sentences; ``findings`` say why there is no pod on one side.
    """

    title: str
    changes: Sequence[Shown]
    effect: str
    forcing: Shown | None = None
    notes: Sequence[str] = ()
    findings: Sequence[Finding] = ()


def diff_page(
    compared: Sequence[Compared], *, old: str, new: str, carrier: str = "pod", show_values: bool = False
) -> str:
    """The whole page of a comparison; ``old`` and ``new`` say where the two states come from."""
    differs = [one for one in compared if one.changes or one.findings]
    same = [one for one in compared if not (one.changes or one.findings)]
    whole = many(len(compared), "notebook or selection", "notebooks and selections")
    lead = joined(
        *("From ", code(old), " to ", code(new), f": {len(differs):,} of {whole} changed. "),
        *("Effects are those on a carrier of the kind ", code(carrier), "."),
    )
    entries = [_entry(one, len(compared) <= OPEN, show_values) for one in differs]
    sections = [Section("differences", "Differences", entries or [el("p", "There are none.")])]
    if same:
        names = el(
            "ul", [el("li", one.title, id=id_of("compared", one.title)) for one in same], class_="names"
        )
        sections.append(Section("same", "The same", [folded(many(len(same), "notebook"), names)]))
    counts = Counter(one.effect for one in differs)
    facets = {effect: word for effect, word in EFFECTS.items() if counts[effect]}
    return page("What the update changes", lead, sections, Search("differences", facets))


def _entry(one: Compared, is_open: bool, show_values: bool) -> Html:
    place = id_of("compared", one.title)
    word = EFFECTS[one.effect]
    heading = joined(
        word.badge(), el("h3", el("bdi", one.title)),
        el("span", f"{many(len(one.changes), 'change')}: {word.sentence}", class_="soft"),
    )  # fmt: skip
    notes = [el("p", note) for note in one.notes]
    found = points(one.findings) if one.findings else ""
    shown = changes_table(one.changes, one.forcing, show_values=show_values)
    body = (notes, found, shown, permalink(place, one.title))
    return folded(heading, *body, open_=is_open, class_="entry", id=place, data_item=one.effect)
