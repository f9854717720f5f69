"""The object after a JSON Patch (RFC 6902): what `patching` makes, carried out.

Nothing given is touched; the result shares what did not change with it. Refuses to know who made the operations,
and those that only test or copy: `patching` makes none of these without its guard.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

Json: TypeAlias = Any


def patched(live: Json, operations: Iterable[Mapping[str, Any]]) -> Json:
    """The object after these operations, in their order; tests among them are passed over.

    Raises: LookupError where there is nothing at a place that an operation needs.
    Laws: test_a_patch_is_carried_out_as_others_do.
    """
    edit = _Edit(live)
    for one in operations:
        if one["op"] == "move":
            edit.put(one["path"], edit.take(one["from"]), replace=False)
        elif one["op"] == "remove":
            edit.take(one["path"])
        elif one["op"] != "test":
            edit.put(one["path"], one["value"], replace=one["op"] == "replace")
    return edit.root


class _Edit:
    """A tree under work: maps and lists are copied when something in them changes first."""

    def __init__(self, live: Json) -> None:
        self.root = live
        self._copies: dict[int, Json] = {}

    def put(self, pointer: str, value: Json, *, replace: bool) -> None:
        """Puts a value at a place, in a list in front of what stands there unless that is replaced."""
        if not pointer:
            self.root = value
            return
        parent, key = self._parent(pointer)
        if isinstance(parent, list) and not replace:
            parent.insert(len(parent) if key == "-" else int(key), value)
        else:
            parent[_key(parent, key)] = value

    def take(self, pointer: str) -> Json:
        """Takes away what stands at a place."""
        parent, key = self._parent(pointer)
        return parent.pop(_key(parent, key))

    def _parent(self, pointer: str) -> tuple[Json, str]:
        """The copy of the map or list that holds a place, and its last step."""
        *above, last = (step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])
        here = self.root = self._copy(self.root)
        for step in above:
            key = _key(here, step)
            below = here[key] = self._copy(here[key])
            here = below
        return here, last

    def _copy(self, value: Json) -> Json:
        """The value itself if it is a copy already."""
        if self._copies.get(id(value)) is value:
            return value
        copy = dict(value) if isinstance(value, dict) else list(value)
        self._copies[id(copy)] = copy
        return copy


def _key(parent: Json, step: str) -> Any:
    return int(step) if isinstance(parent, list) else step
