"""Factors: what may be chosen of a Template, each with its alternatives and what their layers say.

Refuses to know how alternatives are combined, and rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from nbcore.checks.interactions import BULK, TEXT, Concern, Contribution, contributions
from nbcore.checks.mentions import Mentions, mentions
from nbcore.dialects import choosing
from nbcore.dialects.wanted import Wanted
from nbcore.model.layer import Layer
from nbcore.model.pod_default import PodDefault
from nbcore.model.template import Access, OptionGroup, OptionValue, Template
from nbcore.resolve import layers as layering
from nbcore.resolve.options import distinct, select_in
from nbcore.resolve.redirects import TAKES

EXAMPLE: Final = "example"
"""The name of the Notebook that makes a selection."""


_PLAIN = re.compile(r"[\w@%+=:,./-]+", re.ASCII)


def quoted(word: str) -> str:
    """The word as a shell reads it back, in single quotes where it has to be."""
    return word if _PLAIN.fullmatch(word) else "'" + word.replace("'", "'\"'\"'") + "'"


class Alternative(NamedTuple):
    """One thing that may be chosen for a factor; ``said`` is what its layer says about each concern.

    Shape: ``id`` is a value's id; of a PodDefault the name, ``""`` where it is left out.
    """

    id: str
    said: Mapping[Concern, Contribution]
    access: tuple[Access, ...] = ()
    value: OptionValue | None = None


class Factor(NamedTuple):
    """An option group or an optional PodDefault, with the alternatives of which one is always taken."""

    name: str
    alternatives: tuple[Alternative, ...]
    is_group: bool
    default: int = 0

    @property
    def default_first(self) -> list[int]:
        """The indexes of the alternatives, that of the default first."""
        others = [at for at in range(len(self.alternatives)) if at != self.default]
        return [self.default, *others] if self.alternatives else []


class Selection(NamedTuple):
    """What a Notebook would write for one row."""

    options: Mapping[str, str]
    pod_defaults: tuple[str, ...]

    @property
    def arguments(self) -> str:
        """The selection as arguments of `nbcore render`, in the quotes that a shell needs: ids may hold anything."""
        chosen = [f"--select {quoted(f'{group}={id_}')}" for group, id_ in self.options.items()]
        return " ".join([*chosen, *(f"--pod-default {name}" for name in self.pod_defaults)])


def notebook_of(template: Template, selection: Selection, namespace: str = "", *, home: bool = True) -> Any:
    """A Notebook that makes a selection, with a home where the Template mounts one, as plain JSON."""
    metadata = template.metadata
    wanted = Wanted(
        metadata.name,
        metadata.namespace,
        EXAMPLE,
        namespace or metadata.namespace,
        selection.options,
        selection.pod_defaults,
        "home" if home and template.spec.home else "",
    )
    return choosing(template.kind, wanted)


class Choices(NamedTuple):
    """The factors of a Template, and what its layers mention."""

    factors: tuple[Factor, ...]
    mentions: Mentions


def choices_of(
    template: Template,
    optional: Sequence[PodDefault],
    watched: frozenset[str],
    others: Sequence[PodDefault] = (),
) -> Choices:
    """What may be chosen of a Template: its groups in order, then the optional PodDefaults.

    Shape: ``watched`` are the labels by which PodDefaults are chosen; ``others`` the PodDefaults that apply
    whatever is chosen, or because of labels.
    """
    names = layering.container_names(template.spec.template)
    main = layering.main_container(template) or layering.MAIN
    base = layering.template_layer(template)
    groups = [(group, list(_reachable(group))) for group in distinct(template.spec.options)]
    values = [
        [layering.option_layer(template, group, becomes, main, names) for _, becomes in pairs]
        for group, pairs in groups
    ]
    offered = [[layering.pod_default_layer(one, main, names)] for one in optional]
    given = [[layering.pod_default_layer(one, main, names)] for one in others]
    every = [*values, *offered, *given]
    said = mentions(
        base.tree,
        [[one.tree for one in layers] for layers in every],
        watched,
        directed=[one.tree for layers in every for one in layers if one.directed],
    )
    chosen = [_of_group(*one, layers, said) for one, layers in zip(groups, values, strict=True)]
    added = [_of_pod_default(one, layer, said) for one, (layer,) in zip(optional, offered, strict=True)]
    return Choices((*chosen, *added), said)


def _of_group(
    group: OptionGroup,
    values: Sequence[tuple[OptionValue, OptionValue]],
    layers: Sequence[Layer],
    said: Mentions,
) -> Factor:
    alternatives = tuple(
        Alternative(
            one.id,
            _with_ports(contributions(layer.tree, said, directed=layer.directed), becomes),
            tuple(part.access for part in (one, becomes) if part.access is not None),
            becomes,
        )
        for (one, becomes), layer in zip(values, layers, strict=True)
    )
    ids = [becomes.id for _, becomes in values]
    result = select_in(group, group.default, TAKES["start", "Auto"]) if group.default else None
    default = ids.index(result.value) if result is not None and result.value in ids else 0
    return Factor(group.id, alternatives, True, default)


def _of_pod_default(one: PodDefault, layer: Layer, said: Mentions) -> Factor:
    name = one.metadata.name
    found = contributions(layer.tree, said, directed=layer.directed)
    if said.bulky:  # the system notes the names of PodDefaults in an annotation
        found[BULK] = (*found.get(BULK, ()), (("mark", name), None))
    present = Alternative(name, found)
    return Factor(name, (Alternative("", {}), present), False)


def _with_ports(said: dict[Concern, Contribution], value: OptionValue) -> dict[Concern, Contribution]:
    """What a value says, the ids of its ports included: the admins' text may name them."""
    if value.ports:
        ids: Contribution = tuple((("ports", id_), None) for id_ in sorted(port.id for port in value.ports))
        return {**said, TEXT: (*said.get(TEXT, ()), *ids)}
    return said


def _reachable(group: OptionGroup) -> Iterator[tuple[OptionValue, OptionValue]]:
    """Each value that a start can give, with an id that leads to it: its own, where that stays.

    Shape: (the value that is chosen, the value that it becomes).
    """
    led: dict[str, list[OptionValue]] = {}
    by_id: dict[str, OptionValue] = {}
    for value in group.values:
        if by_id.setdefault(value.id, value) is value:
            moves = value.redirect is not None and value.redirect.when in TAKES["start", "Auto"]
            becomes = select_in(group, value.id, TAKES["start", "Auto"]).value if moves else value.id
            if becomes is not None:
                led.setdefault(becomes, []).append(value)
    for id_, choosers in led.items():
        if id_ in by_id:
            yield next((one for one in choosers if one.id == id_), choosers[0]), by_id[id_]
