"""Areas of a pod: which parts a partial pod template sets, and which parts an edit touches.

Two layers whose areas do not meet have nothing to do with each other; an edit that touches an area does the same
wherever the layers that meet it, and those that its effect depends on, are the same. Where that may be anything,
it touches everything. Refuses to know what an edit does, and how layers are laid over one another.

Laws: test_a_plan_equals_each_notebook_on_its_own, test_layers_that_do_not_meet_an_edit_change_nothing_of_it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from nbcore.change.comparing import Difference
from nbcore.change.defaults import APPARMOR
from nbcore.change.places import ABSENT
from nbcore.kubernetes.paths import Item, Step

Area: TypeAlias = tuple[str, ...]
"""A part of a pod: ``labels`` and ``annotations``, each with a key or without; ``spec`` and a field; a list of
containers, a container's name and a field of it; with the key of an element where the list has keys."""

CONTAINERS: Final = ("containers", "initContainers")
RESOURCES: Final[Area] = ("@resources",)
"""All that decides how amounts may be resized, wherever it stands."""
ODD: Final[Area] = ("@odd",)
"""Something of the wrong type, of which nothing is known."""

FIXED_NOTES: Final[Area] = ("@fixed",)
"""Annotations that change what may be changed."""

_KEYS: Final[Mapping[str, str]] = {"env": "name", "volumeMounts": "mountPath"}
_OF_RESOURCES: Final = frozenset({"resources", "resizePolicy", "restartPolicy"})
_OF_POD_RESOURCES: Final = frozenset({"resources", "os", "overhead"})

_BESIDE: Final[Mapping[str, tuple[str, ...]]] = {"imagePullPolicy": ("image",)}
"""Fields of a container of which it depends on others of the same container what a change does."""
_ABOVE: Final[Mapping[str, tuple[Area, ...]]] = {
    "ports": (("spec", "hostNetwork"),),
    "resources": (RESOURCES,),
    "securityContext": (FIXED_NOTES, ("spec", "os"), ("spec", "securityContext")),
}
"""Fields of a container of which it depends on others of the pod."""
_BESIDE_OF_SPEC: Final[Mapping[str, tuple[Area, ...]]] = {
    "nodeSelector": (("spec", "schedulingGates"),),
    "resources": (RESOURCES,),
    "serviceAccount": (("spec", "serviceAccountName"),),
    "serviceAccountName": (("spec", "serviceAccount"),),
}
"""Fields of the spec of which it depends on others."""
_UNKNOWN: Final = frozenset({"affinity", "ephemeralContainers", "topologySpreadConstraints"})
"""Fields of the spec of which it depends on anything what a change does."""
_NODES: Final = "nodeAffinity"
_BESIDE_LABELS: Final[tuple[Area, ...]] = (("spec", "affinity"), ("spec", "topologySpreadConstraints"))
FIXED: Final = ("kubernetes.io/config.mirror", APPARMOR)
"""What annotations begin with that change what else may be changed."""


def areas(tree: Any) -> frozenset[Area]:
    """The areas that a partial pod template sets something in."""
    return frozenset(_areas(tree))


def _areas(tree: Any) -> Iterator[Area]:
    if not isinstance(tree, dict):
        yield ODD
        return
    metadata, spec = ({} if tree.get(part) is None else tree[part] for part in ("metadata", "spec"))
    yield from _of_metadata(metadata)
    if not isinstance(spec, dict):
        yield ODD
        return
    for field, value in spec.items():
        yield ("spec", field)
        if field in CONTAINERS:
            yield from _of_containers(field, value)
        elif field == "volumes":
            yield from _keyed(("spec", "volumes"), value, "name")
        elif field in _OF_POD_RESOURCES:
            yield RESOURCES


def _of_metadata(metadata: Any) -> Iterator[Area]:
    if not isinstance(metadata, dict):
        yield ODD
        return
    for field in ("labels", "annotations"):
        values = metadata.get(field)
        if values is None:
            continue
        yield (field,)
        if not isinstance(values, dict):
            yield ODD
            continue
        yield from ((field, key) for key in values)
        if any(isinstance(key, str) and key.startswith(FIXED) for key in values):
            yield from (RESOURCES, FIXED_NOTES)


def _of_containers(field: str, value: Any) -> Iterator[Area]:
    for one in value if isinstance(value, list) else (None,):
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            yield ODD
            continue
        name = one["name"]
        yield (field, name)
        for key, inner in one.items():
            yield (field, name, key)
            if key in _KEYS:
                yield from _keyed((field, name, key), inner, _KEYS[key])
            elif key in _OF_RESOURCES:
                yield RESOURCES


def _keyed(area: Area, value: Any, key: str) -> Iterator[Area]:
    for one in value if isinstance(value, list) else (None,):
        name = one.get(key) if isinstance(one, dict) else None
        yield (*area, name) if isinstance(name, str) else ODD


@dataclass(frozen=True, slots=True)
class Touched:
    """What an edit touches.

    Shape: ``areas`` are the places themselves, ``beside`` those on which it depends what the edit does;
    ``everything`` says that it may depend on anything. ``text`` says that it changes text with variables,
    ``refers`` text that may refer to other variables of a container.
    """

    areas: frozenset[Area] = frozenset()
    beside: frozenset[Area] = frozenset()
    everything: bool = False
    text: bool = False
    refers: bool = False

    def meets(self, given: frozenset[Area]) -> bool:
        """Whether a layer with these areas has anything to do with the edit."""
        return (
            self.everything
            or ODD in given
            or not given.isdisjoint(self.areas)
            or not given.isdisjoint(self.beside)
        )

    def __or__(self, other: Touched) -> Touched:
        return Touched(
            self.areas | other.areas,
            self.beside | other.beside,
            self.everything or other.everything,
            self.text or other.text,
            self.refers or other.refers,
        )


EVERYTHING: Final = Touched(everything=True)


def touched(differences: Iterable[Difference]) -> Touched:
    """What the differences of two partial pod templates touch."""
    found = Touched()
    for one in differences:
        area = _area(one.path)
        text, refers = _marks(one)
        met = () if area is None else (area, *_inside(area, one.old), *_inside(area, one.new))
        beside = [_beside(each) for each in met]
        if area is None or None in beside or ODD in met:
            found |= Touched(everything=True, text=text, refers=refers)
        else:
            found |= Touched(frozenset(met), frozenset(_all(beside)), False, text, refers)
    return found


def _all(parts: Iterable[tuple[Area, ...] | None]) -> Iterator[Area]:
    for part in parts:
        yield from part or ()


def _inside(area: Area, value: Any) -> Iterator[Area]:
    """The areas inside a value that is new or gone as a whole: other layers may hold the rest of what it is in."""
    if value is ABSENT:
        return
    if area in (("labels",), ("annotations",)):
        yield from _of_metadata({area[0]: value})
    elif area[0] in CONTAINERS and len(area) == 2:
        yield from _of_containers(area[0], [value])


def _area(path: tuple[Step, ...]) -> Area | None:
    """The area of a place; None where it is not one that the tables know."""
    steps = tuple(one.key if isinstance(one, Item) else one for one in path)
    if len(steps) < 2 or not all(isinstance(one, str) for one in steps):
        return None
    texts = tuple(str(one) for one in steps)
    if texts[0] == "metadata":
        return texts[1:3] if texts[1] in ("labels", "annotations") else None
    if texts[0] != "spec":
        return None
    if texts[1] in CONTAINERS:
        end = 5 if len(texts) > 3 and texts[3] in _KEYS else 4
        return texts[1:end] if len(texts) > 2 and texts[2] else None
    if texts[1] == "affinity":
        return texts[:2] if texts[2:3] == (_NODES,) else None
    return texts[:3] if texts[1] == "volumes" else texts[:2]


def _beside(area: Area) -> tuple[Area, ...] | None:
    """What decides what a change there does; None for anything."""
    part, name = area[0], area[1] if len(area) > 1 else ""
    if part.startswith("@"):
        return ()
    if part == "labels":
        return _BESIDE_LABELS
    if part == "annotations":
        return None if name.startswith(FIXED) else ()
    if part == "spec":
        nodes = (("spec", "schedulingGates"),)
        return nodes if name == "affinity" else None if name in _UNKNOWN else _BESIDE_OF_SPEC.get(name, ())
    field = area[2] if len(area) > 2 else ""
    return (*_ABOVE.get(field, ()), *((part, name, other) for other in _BESIDE.get(field, ())))


def _marks(one: Difference) -> tuple[bool, bool]:
    """Whether text with variables changes, and text that refers to variables of the container."""
    text = refers = False
    waiting = [value for value in (one.old, one.new) if value is not ABSENT]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            text, refers = text or "{{" in value, refers or "$(" in value
        elif isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list | tuple):
            waiting.extend(value)
    return text, refers
