"""Options of a Template that cannot be chosen, or not by those whom they are for (NB2).

Refuses to know what a value puts into a pod, and how combinations are searched: it is told what is out of reach.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nbcore.checks.openness import is_open
from nbcore.finding import Finding
from nbcore.kubernetes import names
from nbcore.kubernetes.selector import Selector
from nbcore.model.origin import Origin
from nbcore.model.template import OptionGroup, OptionValue, Template


def check_options(template: Template) -> Iterator[Finding]:
    """Every group without values, default that is a bad one, and `compatible` that asks for what there is not."""
    groups = {group.id: group for group in reversed(template.spec.options)}
    for group in template.spec.options:
        if not group.values:
            yield group.origin.finding(
                "NB215",
                f"the option group {group.id} has no values, so that nobody can choose one",
                "Give it values, or remove it.",
                path=("values",),
            )
        yield from _default(template, group)
        yield from _equal_names(group)
        for value in group.values:
            for other, selector in value.compatible.items():
                if other in groups:
                    origin = value.origin / "compatible" / other
                    yield from unknown_labels(selector, groups[other], origin)


def _equal_names(group: OptionGroup) -> Iterator[Finding]:
    """Values that are offered under one name, so that people cannot tell them apart."""
    first: dict[str, OptionValue] = {}
    for value in group.values:
        name = value.display.name
        other = first.setdefault(name, value) if name and not value.display.hidden else value
        if other is not value and other.id != value.id:
            there = other.display.origin
            yield value.display.origin.finding(
                "NB925",
                f"the {group.id} values {other.id[:64]} and {value.id[:64]} have the same name",
                "Give each a name of its own, or hide one of them.",
                related=((there.source, there.path(), there.position()),),
            )


def _default(template: Template, group: OptionGroup) -> Iterator[Finding]:
    value = group.value(group.default) if group.default is not None else None
    if value is None:
        return
    for code, wrong, remedy in _faults_of_default(template, group, value):
        yield group.origin.finding(
            code,
            f"the default {value.id} of {group.id} {wrong}",
            remedy,
            path=("default",),
            related=((value.origin.source, value.origin.path(), value.origin.position()),),
        )


def _faults_of_default(
    template: Template, group: OptionGroup, value: OptionValue
) -> Iterator[tuple[str, str, str]]:
    if value.display.hidden:
        yield "NB216", "is hidden", "Show it, or make a value the default that is shown."
    if is_open(value.access, [template.spec.access]) is not True:
        yield (
            "NB217",
            "is not open to everybody who may use the Template",
            "Make a value the default that everybody may use, or have no default.",
        )
    if value.redirect is not None and group.value(value.redirect.to) is not None:
        yield (
            "NB218",
            f"is retired: it redirects to {value.redirect.to[:64]}",
            f"Make {value.redirect.to[:64]} the default.",
        )


def unknown_labels(selector: Mapping[str, Any], group: OptionGroup, origin: Origin) -> Iterator[Finding]:
    """Every requirement of a selector over a group's values that asks for a label that no value has."""
    labels: dict[str, set[str]] = {}
    for value in group.values:
        for key, text in value.display.labels.items():
            labels.setdefault(key, set()).add(text)
    parsed = Selector.parse(selector)[0]
    for one in parsed.requirements if parsed is not None else ():
        missing = one.members - labels.get(one.key, set())
        if one.key not in labels:
            known, word, what = list(labels), one.key, f"label {one.key}"
        elif missing:
            word = min(missing)
            known, what = sorted(labels[one.key]), f"label {one.key}={word}"
        else:
            continue
        near = names.closest(word, known)
        yield origin.finding(
            "NB227",
            f"no value of {group.id} has the {what}",
            f"Did you mean {near}?" if near else "Use a label that display.labels of its values has.",
        )


def unreachable(values: Iterable[tuple[str, OptionValue]]) -> Iterator[Finding]:
    """The finding for each option value that no selection can have: (group, value)."""
    for group, value in values:
        yield value.origin.finding(
            "NB225",
            f"no selection can have the {group} value {value.id}: nothing fits together with it",
            "Loosen `compatible` or `access` of it or of the values it goes with, or remove it.",
            path=("id",),
        )


def nothing_to_choose(template: Template) -> Finding:
    """The finding for a Template of which no selection can be made."""
    return template.origin.finding(
        "NB226",
        "no notebook can come out of the Template: no choice of values fits together",
        "Loosen `compatible` or `access` until one value of every group goes with the others.",
        path=("spec", "options"),
    )
