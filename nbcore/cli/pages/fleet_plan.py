"""The page of ``plan``: what an edit does to a fleet, folded by selection, with every notebook's name and state.

Refuses to know how a plan is made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

from nbcore.cli.pages.changes import changes_table
from nbcore.cli.pages.findings import points
from nbcore.cli.pages.markup import (
    Child,
    Html,
    bulleted,
    code,
    el,
    folded,
    id_of,
    joined,
    link_to,
    many,
    permalink,
    row,
    table,
)
from nbcore.cli.pages.skeleton import Search, Section, page
from nbcore.cli.pages.words import OUTCOMES
from nbcore.planning.fleet import STATES, Member
from nbcore.planning.outcomes import Entry, Led, Outcome, Plan, Vanished
from nbcore.planning.rollout import Wave

FEW: Final = 12
"""So many names stand there at once; more are folded by namespace."""


def plan_page(
    plan: Plan,
    *,
    old: str = "",
    new: str = "",
    waves: Sequence[Wave] = (),
    carrier: str = "pod",
    show_values: bool = False,
) -> str:
    """The whole page of a plan; ``old`` and ``new`` say where the two catalogs come from."""
    counts = plan.counts
    total = sum(counts.values())
    sections = [
        Section(outcome, f"{OUTCOMES[outcome].word.capitalize()}: {many(counts[outcome], 'notebook')}", body)
        for outcome, body in _outcomes(plan, show_values)
    ]
    sections += [*_vanished(plan.vanished), *_led(plan.led), *_waves(waves), *_unread(plan)]
    where = joined("From ", code(old), " to ", code(new), ". ") if old or new else ""
    rolls = " Workspaces always roll." if any(one.kind == "Workspace" for one in plan.entries) else ""
    lead = joined(where, "Effects are those on a carrier of the kind ", code(carrier), ".", rolls)
    facets = {str(outcome): word for outcome, word in OUTCOMES.items() if counts[outcome]}
    title = f"What the edit does to {many(total, 'notebook')}"
    return page(title, lead, sections, Search("notebooks and selections", facets), _summary(counts, total))


# ---- at a glance ----


def _summary(counts: Mapping[Outcome, int], total: int) -> tuple[Html, ...]:
    """A card for each outcome that there is, and a bar that shows their shares."""
    present = {outcome: count for outcome, count in counts.items() if count}
    cards = [
        el(
            "li",
            el("strong", f"{count:,}"),
            el("a", OUTCOMES[outcome].badge(), href=f"#{outcome}"),
            el("span", f"{_share(count, total)}: {OUTCOMES[outcome].sentence}", class_="soft"),
        )
        for outcome, count in present.items()
    ]
    parts = [
        el("span", class_=OUTCOMES[outcome].tone, style=f"flex: {count} 1 0")
        for outcome, count in present.items()
    ]
    bar = el("div", parts, class_="share", aria_hidden="true")
    return el("ul", cards, class_="cards"), bar


def _share(count: int, total: int) -> str:
    return f"{100 * count / total:.1f} %"


# ---- outcomes ----


def _outcomes(plan: Plan, show_values: bool) -> Iterator[tuple[Outcome, list[Html]]]:
    for outcome, entries in groupby(plan.entries, key=lambda one: one.outcome):
        yield outcome, [_entry(one, show_values) for one in entries]


def _entry(one: Entry, show_values: bool) -> Html:
    word = OUTCOMES[one.outcome]
    place = _place(one)
    selection = ", ".join(f"{group}={value}" for group, value in one.selection.items())
    states = one.states
    told = ", ".join(f"{states[state]:,} {state}" for state in STATES if state in states)
    heading = el(
        "summary",
        word.badge(),
        el("h3", el("bdi", one.template)),
        code(selection) if selection else "",
        el("span", f"{many(len(one.notebooks), 'notebook')}: {told}", class_="soft"),
        data_about=True,
    )
    body = (*_body(one, show_values), permalink(place, one.template))
    return el("details", heading, *body, class_="entry", id=place, data_item=one.outcome)


def _body(one: Entry, show_values: bool) -> Iterator[Child]:
    """Why, what changes, what is wrong, and whom it concerns."""
    about: list[Child] = []
    if one.pod_defaults:
        about.append(el("p", "PodDefaults: ", [[code(name), " "] for name in one.pod_defaults]))
    if one.revision:
        about.append(el("p", "Compared from the Revision ", code(one.revision), "."))
    reasons = one.reasons
    if reasons:
        about.append(bulleted(el("bdi", reason) for reason in reasons))
    if one.findings:
        about.append(points(one.findings))
    if one.changes:
        about.append(changes_table(one.changes, one.forcing, show_values=show_values))
    yield el("div", about, data_about=True)
    yield _names(one.notebooks, searched=True)


def _place(one: Entry) -> str:
    """A permalink that stays where the entry does: what was chosen, what becomes of it, and whom it is about."""
    first = one.notebooks[0] if one.notebooks else None
    parts = (one.kind, sorted(one.selection.items()), one.pod_defaults, one.revision, str(first))
    digest = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:10]
    return id_of(one.outcome, one.template, digest)


# ---- notebooks ----


def _names(members: Sequence[Member], *, searched: bool) -> Html:
    """The notebooks by namespace; many are folded."""
    spaces: dict[str, list[Member]] = {}
    for one in members:
        spaces.setdefault(one.namespace, []).append(one)
    if len(members) <= FEW:
        return el("ul", [_name(one, searched) for group in spaces.values() for one in group], class_="names")
    return folded(
        many(len(members), "notebook"),
        [
            folded(
                joined(
                    code(space or "no namespace"),
                    " ",
                    el("span", many(len(group), "notebook"), class_="soft"),
                ),
                el("ul", [_name(one, searched) for one in group], class_="names"),
            )
            for space, group in sorted(spaces.items())
        ],
    )


def _name(one: Member, searched: bool) -> Html:
    """A notebook: at the one place where it is searched it has its permalink, elsewhere a link to it."""
    place = id_of(one.kind, one.namespace, one.name)
    link = el("a", el("bdi", str(one)), href=link_to(place))
    told = f" {one.state}{', pending' if one.pending else ''}"
    return el("li", link, el("span", told, class_="soft"), id=place if searched else False, data_sub=searched)


# ---- beside the outcomes ----


def _vanished(found: Iterable[Vanished]) -> Iterator[Section]:
    rows = [
        row(
            joined(f"{one.what} ", code(one.name)),
            (
                ("Of", joined(code(one.template), [" ", code(one.group)] if one.group else "")),
                ("Used by", _names(one.notebooks, searched=False)),
            ),
            data_item=True,
        )
        for one in found
    ]
    if rows:
        shown = table("What is used and does not exist any more", ("What", "Of", "Used by"), rows)
        yield Section("gone", "In use, and gone", (shown,))


_LED: Final[Mapping[str, str]] = {
    "Broken": "✖ leads to {missing}, which does not exist",
    "Cycle": "✖ comes back to itself",
    "Redirected": "✓ leads on; a start takes {taken} of {steps}",
}


def _led(found: Iterable[Led]) -> Iterator[Section]:
    rows = [
        row(
            joined(code(one.template), [" ", code(one.group)] if one.group else ""),
            (
                ("Chain", _chain(one.chain)),
                ("Result", _result(one)),
                ("Used by", _names(one.notebooks, searched=False)),
            ),
            data_item=True,
        )
        for one in found
    ]
    if rows:
        shown = table("Redirects that the edit makes others", ("Of", "Chain", "Result", "Used by"), rows)
        yield Section("redirects", "Redirects", (shown,))


def _chain(ids: Sequence[str]) -> Html:
    return joined(
        *([el("span", " → ", class_="soft") if at else "", code(one)] for at, one in enumerate(ids))
    )


def _result(one: Led) -> Html:
    text = _LED[one.outcome].format(missing=one.missing, taken=one.taken, steps=len(one.chain) - 1)
    messages = [joined(f"{message.level}: ", el("bdi", message.text)) for message in one.messages]
    return joined(el("bdi", text), bulleted(messages) if messages else "")


def _waves(waves: Sequence[Wave]) -> Iterator[Section]:
    rows = [
        row(
            joined(f"{at}. ", code(one.name)),
            (
                ("Size", many(len(one.notebooks), "notebook")),
                ("Notebooks", _names(one.notebooks, searched=False)),
            ),
        )
        for at, one in enumerate(waves, 1)
    ]
    if rows:
        told = el("p", "In this order, each wave after the one before has come up.")
        shown = table("Rollout waves in their order", ("Wave", "Size", "Notebooks"), rows)
        yield Section("waves", "Rollout waves", (told, shown))


def _unread(plan: Plan) -> Iterator[Section]:
    if plan.findings or plan.fleet.unread:
        listed = [one.object or one.file for one in plan.fleet.unread]
        told = (
            [el("p", f"{many(len(listed), 'object')} cannot be read:"), bulleted(map(code, listed))]
            if listed
            else []
        )
        yield Section("unread", "Not understood", (*told, points(plan.findings)))
