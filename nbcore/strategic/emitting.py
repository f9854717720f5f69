"""What an overlay changes, noted while it changes it: so that its patch costs next to nothing.

It is the algorithm of `overlaying`, which says at each step what becomes of a field or element. Where it does
more than set, add or drop one (a directive, the fields of a unit, a list that is replaced), the map or list is
noted as a whole, with what it was.

Refuses to know what a note means to the API server, and how an operation is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

from nbcore.kubernetes.merge_keys import Node
from nbcore.strategic.directives import Container, Trail
from nbcore.strategic.merging import Json, Tree
from nbcore.strategic.overlaying import Overlayer, OverlayError, lay

Note: TypeAlias = tuple[Literal["add", "remove", "replace", "whole"], Trail, str, Json, Json]
"""What happened where: the trail to the map or list, the key in it, the old and the new value.

Shape: ``whole`` is about the map or list itself, and has no key; `-` is the key of a new element. A trail is nested
from the inside out, and those of notes beside each other are one object; a list index in it is that of the moment.
"""


def overlay_with_notes(lower: Tree | None, upper: Tree | None) -> tuple[dict[str, Any], list[Note]]:
    """The overlay, and what it has changed of ``lower``, step by step.

    Shape: the tree is that of `overlay`; a value that says the same in other words (``1`` and ``1000m``) is noted
    as well.
    Raises: MergeError as `overlay` does.
    Laws: test_an_emitted_patch_is_that_of_the_difference.
    """
    emitter = Emitter()
    tree = lay(emitter, lower, upper)
    if emitter.problems:
        raise OverlayError(emitter.problems)
    return tree, emitter.notes


class Emitter(Overlayer):
    """One overlay under way that notes what it does."""

    __slots__ = ("notes",)

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[Note] = []

    def whole(self, old: Container, new: Container) -> Container:
        if new is not old:
            self.notes.append(("whole", self.where, "", old, new))
        return new

    def drop(self, out: dict[str, Any], key: str) -> None:
        if key in out:
            self.notes.append(("remove", self.where, key, out[key], None))
            del out[key]

    def take(self, out: dict[str, Any], key: str, value: Json) -> None:
        super().take(out, key, value)
        if key in out:
            self.notes.append(("add", self.where, key, None, out[key]))

    def put(self, out: dict[str, Any], key: str, value: Json) -> None:
        old = out[key]
        if value != old or value.__class__ is not old.__class__:
            self.notes.append(("replace", self.where, key, old, value))
            out[key] = value

    def append(self, out: list[Any], element: dict[str, Any]) -> None:
        out.append(element)
        self.notes.append(("add", self.where, "-", None, element))

    def unit_map(
        self, old: dict[str, Any], value: dict[str, Any], node: Node | None, unit: frozenset[str]
    ) -> dict[str, Any]:
        mark = len(self.notes)
        merged = super().unit_map(old, value, node, unit)
        if not unit.isdisjoint(value):
            del self.notes[mark:]
            self.whole(old, merged)
        return merged

    def special_keys(
        self, out: dict[str, Any], patch: dict[str, Any], special: Sequence[str], node: Node | None
    ) -> dict[str, Any]:
        mark, before = len(self.notes), dict(out)
        rest = super().special_keys(out, patch, special, node)
        del self.notes[mark:]
        self.whole(before, dict(out))
        return rest
