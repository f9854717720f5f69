"""Rules inside one Template that its schema cannot say everywhere: repeated ids, names that lead nowhere (NB2).

Refuses to know other objects, and what a notebook chooses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from nbcore.finding import Finding
from nbcore.kubernetes import names
from nbcore.model.element import Element
from nbcore.model.template import OptionGroup, OptionValue, Port, Template


def check_template(template: Template) -> Iterator[Finding]:
    """Every id that stands twice in its list, and every default and `compatible` that leads nowhere."""
    spec = template.spec
    yield from _repeats(spec.ports, "port")
    yield from _repeats(spec.options, "option group")
    known = [group.id for group in spec.options]
    for group in spec.options:
        yield from _repeats(group.values, f"{group.id} value")
        yield from _default(group)
        yield from _compatible(group, known)
        for value in group.values:
            yield from _repeats(value.ports, "port")


def _repeats(parts: Iterable[OptionGroup | OptionValue | Port], what: str) -> Iterator[Finding]:
    first: dict[str, Element] = {}
    for part in parts:
        before = first.setdefault(part.id, part)
        if before is not part:
            there = before.origin
            yield part.origin.finding(
                "NB210",
                f"the {what} {part.id} stands twice; the first one counts",
                "Rename or remove one of them.",
                path=("id",),
                related=((there.source, there.path("id"), there.position("id")),),
            )


def _default(group: OptionGroup) -> Iterator[Finding]:
    if group.default is None or group.value(group.default) is not None:
        return
    near = names.closest(group.default, [value.id for value in group.values])
    yield group.origin.finding(
        "NB211",
        f"the default {group.default} is not one of the values of {group.id}",
        f"Did you mean {near}?" if near else "Name one of its values, or leave the default out.",
        path=("default",),
    )


def _compatible(group: OptionGroup, known: Sequence[str]) -> Iterator[Finding]:
    """Values whose `compatible` names a group that does not exist: they would fit everything."""
    for value in group.values:
        for other in value.compatible:
            if other not in known:
                near = names.closest(other, known)
                yield value.origin.finding(
                    "NB203",
                    f"compatible names the option group {other}, which does not exist",
                    f"Did you mean {near}?" if near else "Name another group of this Template.",
                    path=("compatible", other),
                )
