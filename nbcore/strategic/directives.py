"""The merge directives, the error of a patch that cannot be merged, and how directives are taken out of a value.

Refuses to know what a directive does to a list or map that is there already.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias, TypeVar

from nbcore.kubernetes.paths import Path, Step

Json: TypeAlias = Any
Container = TypeVar("Container", dict[str, Any], list[Any])
Trail: TypeAlias = "tuple[Trail, Step] | None"
"""Where a merge stands: the trail to what is above, and the step from there; None at the root."""

PATCH: Final = "$patch"
RETAIN_KEYS: Final = "$retainKeys"
SET_ORDER: Final = "$setElementOrder"
DELETE_PRIMITIVE: Final = "$deleteFromPrimitiveList"
MAX_DEPTH: Final = 200
DROPPED: Final = object()
"""What stands for a value that goes; also for one that is absent."""


class MergeError(ValueError):
    """The patch cannot be merged into the base.

    Shape: ``path`` is where in the tree, ``reason`` why, ``code`` the finding code that stands for it.
    """

    def __init__(self, reason: str, path: Path | tuple[Any, ...] = (), code: str = "NB305") -> None:
        self.reason, self.path, self.code = reason, Path(path), code
        super().__init__(f"{self.path}: {reason}" if self.path else reason)


def steps(trail: Trail) -> tuple[Step, ...]:
    """The steps of a trail, from the root."""
    found: list[Step] = []
    while trail is not None:
        trail, step = trail
        found.append(step)
    return tuple(reversed(found))


def cleaned(value: Json, depth: int = 0) -> Json:
    """The value as it is taken where the base has none: without nulls in maps and without ``$patch`` (rule 6).

    Shape: ``DROPPED`` for a map that holds ``$patch``; the same object when there is nothing to clean.
    """
    if isinstance(value, dict):
        return _cleaned_map(value, depth)
    if isinstance(value, list):
        return _cleaned_list(value, depth)
    return value


def _cleaned_map(value: dict[str, Any], depth: int) -> Json:
    if value.get(PATCH) is not None:  # a null is gone before it is obeyed
        return DROPPED
    if depth > MAX_DEPTH:
        raise MergeError(f"nested deeper than {MAX_DEPTH} levels")
    changed: dict[str, Any] = {}
    for key, old in value.items():
        if old is None:
            changed[key] = DROPPED
        elif isinstance(old, (dict, list)):
            new = cleaned(old, depth + 1)
            if new is not old:
                changed[key] = new
    if not changed:
        return value
    return {key: new for key, old in value.items() if (new := changed.get(key, old)) is not DROPPED}


def _cleaned_list(value: list[Any], depth: int) -> Json:
    if depth > MAX_DEPTH:
        raise MergeError(f"nested deeper than {MAX_DEPTH} levels")
    new = [cleaned(item, depth + 1) if isinstance(item, (dict, list)) else item for item in value]
    if all(a is b for a, b in zip(new, value, strict=True)):
        return value
    return [item for item in new if item is not DROPPED]


def without_directives(items: list[Any]) -> list[Any]:
    """The elements of a new list as ``$setElementOrder`` takes them: `$patch` gone, nulls kept."""
    return [_undirected(item) for item in items]


def _undirected(value: Json) -> Json:
    if isinstance(value, dict):
        if PATCH in value:
            return DROPPED
        return {k: new for k, old in value.items() if (new := _undirected(old)) is not DROPPED}
    if isinstance(value, list):
        return [new for old in value if (new := _undirected(old)) is not DROPPED]
    return value
