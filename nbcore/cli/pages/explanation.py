"""The page of ``explain``: the layers of a pod, each field with who set it, options, PodDefaults, findings.

Refuses to know how a pod comes about, and shows values only as they come: masked or not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from nbcore.cli.graphs import graph_of_resolution
from nbcore.cli.origins import Field, Setting, groups_of
from nbcore.cli.pages.drawing import drawn
from nbcore.cli.pages.findings import points
from nbcore.cli.pages.markup import (
    Html,
    bulleted,
    code,
    el,
    folded,
    id_of,
    joined,
    link_to,
    many,
    path,
    row,
    table,
)
from nbcore.cli.pages.skeleton import Search, Section, page
from nbcore.cli.pages.words import RANKS
from nbcore.cli.situation import Situation, resolutions, steps, summary

_HEADS: Final = ("Field", "Value", "Set by", "To change it")


def explain_page(situation: Situation, fields: Sequence[Field]) -> str:
    """The whole page that explains a notebook's pod."""
    name = situation.notebook.origin.source.object
    if situation.rendering.pod is None:
        lead = "It does not render: the findings say why."
    else:
        lead = f"Who set each of {many(len(fields), 'field')} of its pod, what that shadowed, and how to change it."
    sections = [*_layers(situation, fields), *_pod(situation, fields), *_options(situation)]
    sections += [*_pod_defaults(situation), *_findings(situation)]
    used = {one.set_by.layer.rank for one in fields}
    facets = {str(rank): word for rank, word in RANKS.items() if rank in used}
    return page(name, lead, sections, Search("fields", facets))


def _layers(situation: Situation, fields: Sequence[Field]) -> Iterator[Section]:
    """The layers from the top down, as they lie on each other, with how much each sets."""
    sets = Counter(one.set_by.layer.title for one in fields)
    loses = Counter(one.layer.title for field in fields for one in field.shadowed)
    layers = {one.title: one for one in (*situation.rendering.layers, *(one.set_by.layer for one in fields))}
    ordered = sorted(layers.values(), key=lambda one: list(RANKS).index(one.rank))
    rows = [
        row(
            el("bdi", one.title),
            (
                ("Rank", RANKS[one.rank].badge()),
                ("Sets", many(sets[one.title], "field")),
                ("Shadowed", str(loses[one.title] or "–")),
            ),
        )
        for one in reversed(ordered)
    ]
    if rows:
        told = el("p", "What lies higher wins. The lowest one is at the bottom.")
        shown = table("Layers, the topmost first", ("Layer", "Rank", "Sets", "Shadowed"), rows)
        yield Section("layers", "Layers", (told, shown))


def _pod(situation: Situation, fields: Sequence[Field]) -> Iterator[Section]:
    parts = []
    for title, group in groups_of(list(fields)).items():
        place = id_of("part", title)
        rows = [_row(inside, one, situation) for inside, one in group]
        heading = el("h3", el("a", code(title), href=link_to(place)), id=place)
        parts.append(el("div", heading, table(f"Fields of {title}", _HEADS, rows, "fields"), data_group=True))
    if parts:
        yield Section("pod", "Pod", parts)


def _row(inside: str, field: Field, situation: Situation) -> Html:
    place = id_of("field", field.path.keyed)
    ways = situation.ways(field)
    shadows = [el("li", "shadows ", _told(one), ": ", code(one.value)) for one in field.shadowed]
    change = folded(
        "What to edit" if len(ways) == 1 else many(len(ways), "way"), bulleted(ways), class_="plain"
    )
    return row(
        el("a", path(inside), href=link_to(place)),
        (
            ("Value", code(field.value)),
            ("Set by", joined(_told(field.set_by), el("ul", shadows) if shadows else "")),
            ("To change it", change),
        ),
        id=place,
        data_item=field.set_by.layer.rank,
    )


def _told(setting: Setting) -> Html:
    layer = setting.layer
    place = el("span", code(setting.place), class_="place") if setting.place else ""
    return joined(RANKS[layer.rank].badge(), " ", el("bdi", layer.title), place)


def _options(situation: Situation) -> Iterator[Section]:
    found = list(resolutions(situation.rendering, situation.notebook.conventions.template_kind))
    rows, pictures = [], []
    for name, one in found:
        told = joined(el("bdi", summary(one)), bulleted(steps(one)) if one.chain else "")
        rows.append(row(code(name), (("Value", code(one.value or "–")), ("Why", told))))
        if one.chain:
            pictures.append(el("div", drawn([graph_of_resolution(name, one)]), class_="picture"))
    if rows:
        shown = table("Options, and what became of each choice", ("Option", "Value", "Why"), rows)
        yield Section("options", "Options", (shown, *pictures))


def _pod_defaults(situation: Situation) -> Iterator[Section]:
    rows = [
        row(
            code(f"{one.namespace}/{one.name}".removeprefix("/")),
            (("Applied", "✓ applied" if one.applied else "✗ not applied"), ("Why", el("bdi", one.reason))),
        )
        for one in situation.rendering.pod_defaults
    ]
    if rows:
        shown = table("PodDefaults, and whether each was applied", ("PodDefault", "Applied", "Why"), rows)
        yield Section("pod-defaults", "PodDefaults", (shown,))


def _findings(situation: Situation) -> Iterator[Section]:
    if situation.rendering.findings:
        yield Section("findings", "Findings", (points(situation.rendering.findings),))
