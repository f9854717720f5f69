"""Factors: what may be chosen of a Template, each with its alternatives and what their layers say.

Refuses to know how alternatives are combined, and rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from nbcore.checks.interactions import TEXT, Concern, Contribution, contributions
from nbcore.model.layer import Layer
from nbcore.model.pod_default import PodDefault
from nbcore.model.template import Access, OptionGroup, OptionValue, Template
from nbcore.resolve import layers as layering
from nbcore.resolve.options import distinct, mismatch, select_in
from nbcore.resolve.redirects import TAKES


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
        """The selection as arguments of `nbcore render`."""
        chosen = [f"--select {group}={id_}" for group, id_ in self.options.items()]
        return " ".join([*chosen, *(f"--pod-default {name}" for name in self.pod_defaults)])


def notebook_of(template: Template, selection: Selection, namespace: str = "") -> Any:
    """A Notebook that makes a selection, with a home where the Template mounts one, as plain JSON."""
    home = {"volumes": {"home": "home"}} if template.spec.home else {}
    own = template.metadata.namespace
    reference = {"name": template.metadata.name, **({"namespace": own} if own else {})}
    metadata = {"name": "example", **({"namespace": namespace or own} if namespace or own else {})}
    return {
        "apiVersion": template.api_version,
        "kind": "Notebook",
        "metadata": metadata,
        "spec": {
            "templateRef": reference,
            "options": dict(selection.options),
            "podDefaults": list(selection.pod_defaults),
            **home,
        },
    }


def known_containers(template: Template) -> frozenset[tuple[str, str]]:
    """The containers of the Template's own pod that have an image, by list and name."""
    spec = template.spec.template.get("spec")
    lists = ("containers", "initContainers") if isinstance(spec, dict) else ()
    return frozenset(
        (name, one["name"])
        for name in lists
        for one in (spec.get(name) if isinstance(spec.get(name), list) else ())
        if isinstance(one, dict) and isinstance(one.get("name"), str) and one.get("image")
    )


def factors_of(
    template: Template, pod_defaults: Sequence[PodDefault], watched: frozenset[str]
) -> Iterator[Factor]:
    """The factors of a Template: its groups in order, then the optional PodDefaults.

    Shape: ``watched`` are the labels by which PodDefaults are chosen.
    """
    known, names = known_containers(template), layering.container_names(template.spec.template)
    main = layering.main_container(template) or layering.MAIN

    def said(layer: Layer) -> dict[Concern, Contribution]:
        return contributions(layer.tree, known=known, watched=watched, directed=layer.directed)

    for group in distinct(template.spec.options):
        values = list(_reachable(group))
        alternatives = tuple(
            Alternative(
                one.id,
                _with_ports(said(layering.option_layer(template, group, becomes, main, names)), becomes),
                tuple(part.access for part in (one, becomes) if part.access is not None),
                becomes,
            )
            for one, becomes in values
        )
        ids = [becomes.id for _, becomes in values]
        result = select_in(group, group.default, TAKES["start", "Auto"]) if group.default else None
        default = ids.index(result.value) if result is not None and result.value in ids else 0
        yield Factor(group.id, alternatives, True, default)
    for one in pod_defaults:
        present = Alternative(one.metadata.name, said(layering.pod_default_layer(one, main, names)))
        yield Factor(one.metadata.name, (Alternative("", {}), present), False)


def _with_ports(said: dict[Concern, Contribution], value: OptionValue) -> dict[Concern, Contribution]:
    """What a value says, the ids of its ports included: the admins' text may name them."""
    if value.ports:
        ids = frozenset(("port", port.id) for port in value.ports)
        return {**said, TEXT: said.get(TEXT, frozenset()) | ids}
    return said


def _reachable(group: OptionGroup) -> Iterator[tuple[OptionValue, OptionValue]]:
    """Each value that a start can give, with an id that leads to it: its own, where that stays.

    Shape: (the value that is chosen, the value that it becomes).
    """
    led: dict[str, list[OptionValue]] = {}
    for value in group.values:
        if group.value(value.id) is value:
            becomes = select_in(group, value.id, TAKES["start", "Auto"]).value
            if becomes is not None:
                led.setdefault(becomes, []).append(value)
    for id_, choosers in led.items():
        becomes_value = group.value(id_)
        if becomes_value is not None:
            yield next((one for one in choosers if one.id == id_), choosers[0]), becomes_value


def clashes(factors: Sequence[Factor], groups: Sequence[int]) -> frozenset[tuple[int, int, int, int]]:
    """The pairs of option values that are not compatible: (factor, alternative, factor, alternative)."""
    found = set()
    for a in groups:
        for i, one in enumerate(factors[a].alternatives):
            selectors = one.value.compatible if one.value is not None else {}
            for b in groups:
                selector = selectors.get(factors[b].name)
                if selector is None:
                    continue
                for j, other in enumerate(factors[b].alternatives):
                    if (a == b and i != j) or other.value is None:
                        continue
                    if mismatch(selector, factors[b].name, other.value):
                        found |= {(a, i, b, j), (b, j, a, i)}
    return frozenset(found)
