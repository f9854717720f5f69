"""The layer: one contribution to a pod, with its rank and the place that it came from.

Refuses to know how layers are found and how they are merged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from nbcore.finding import Position
from nbcore.kubernetes.paths import Item, Path, Step
from nbcore.model.origin import NOWHERE, Json, Origin, RawPath

__all__ = ["RANKS", "Layer", "Policies", "Policy", "Rank", "RawPath"]

Rank = Literal["template", "podDefaults", "options", "notebook", "system"]
Policy = Literal["equal", "first", "last", "append"]
"""What becomes of a field that both of two peers set: equal or conflict, the first or last value, both lists."""
Policies = Mapping[tuple[str, ...], Policy]
"""Policies by path, `*` standing for any element: ``("spec", "containers", "*", "command"): "first"``."""
RANKS: tuple[Rank, ...] = ("template", "podDefaults", "options", "notebook", "system")


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One contribution to a pod.

    Shape: ``tree`` is a partial PodTemplateSpec (``{metadata, spec}``); ``origin`` is where that tree
    stands, its parts that their author wrote elsewhere included. ``title`` names the layer to people.
    """

    rank: Rank
    title: str
    tree: Json = field(repr=False)  # may hold values of env
    origin: Origin = NOWHERE
    group: str | None = None
    value: str | None = None
    directed: bool = True
    """Whether the tree may hold merge directives."""
    policies: Policies = field(default_factory=dict, repr=False)
    """What becomes of fields that a peer sets, too, where that is not a conflict."""
    _found: dict[int, dict[str, int]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """For the lists of the tree that were looked into: where the first element of each key stands."""

    def __str__(self) -> str:
        return self.title

    def place(self, path: RawPath) -> RawPath:
        """Where a path of the tree was written, in the origin's object."""
        return self.origin.place(path)

    def written(self, path: RawPath) -> Path:
        """Where a path of the tree was written, as a path of the origin's object with the keys of its lists."""
        return self.origin.path(*path)

    def locate(self, path: Path) -> RawPath:
        """The raw path in the tree that a keyed path of the pod stands for, as far as the tree goes."""
        raw: list[str | int] = []
        value: Any = self.tree
        for step in path:
            if isinstance(value, list):
                at = self._index(value, step)
                if at is None:
                    break
                raw.append(at)
                value = value[at]
            elif isinstance(value, dict) and step in value:
                raw.append(str(step))
                value = value[step]
            else:
                break
        return tuple(raw)

    def _index(self, elements: list[Any], step: Step) -> int | None:
        """The place of the element that a step of a keyed path names."""
        if not isinstance(step, Item) or not step.key:
            at = step.index if isinstance(step, Item) else step
            return at if isinstance(at, int) and at < len(elements) else None
        found = self._found.get(id(elements))
        if found is None:
            found = self._found[id(elements)] = _first_of_keys(elements)
        places = (found.get(key) for key in {step.key, step.key.partition("/")[0]})
        return min((at for at in places if at is not None), default=None)

    def holds(self, path: Path) -> bool:
        """Whether the tree sets something at a keyed path of the pod, or below it."""
        return len(self.locate(path)) == len(path)

    def position(self, path: RawPath, *, key: bool = False) -> Position | None:
        """The place in the file where a path of the tree (or its key) was written, when there is a file."""
        return self.origin.position(*path, key=key)


_KEYS = ("name", "mountPath", "containerPort", "devicePath", "ip", "topologyKey", "uid")


def _first_of_keys(elements: list[Any]) -> dict[str, int]:
    """The place of the first element that has each text as one of its keys."""
    found: dict[str, int] = {}
    for at, element in enumerate(elements):
        if isinstance(element, dict):
            for key in _KEYS:
                if key in element:
                    found.setdefault(str(element[key]), at)
    return found
