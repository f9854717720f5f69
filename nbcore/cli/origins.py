"""The fields of a rendered pod as people ask about them: shown value, who set it, what it shadowed.

Also which fields a text means that a user typed, in whatever form they know: keyed, by index, without
``spec``. Refuses to know how the answer is laid out, and shows no value that `secrecy` hides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from nbcore.cli.findings import place_as_json
from nbcore.cli.secrecy import Masks
from nbcore.finding import Position, Source
from nbcore.kubernetes.names import closest
from nbcore.kubernetes.paths import Item, Path, Step, find, locate
from nbcore.model.layer import Layer
from nbcore.pipeline import OriginOf, Rendering

MAIN: Final = Item(None, "main")


class Setting(NamedTuple):
    """That a layer sets a field: to what, as far as it may be shown, and where that is written."""

    layer: Layer
    value: str
    source: Source
    path: Path
    position: Position | None

    @property
    def place(self) -> str:
        """``file:line:column``, or nothing where there is no file."""
        return f"{self.source.file}:{self.position}" if self.source.file and self.position else ""

    def as_json(self) -> dict[str, Any]:
        """The setting as plain JSON."""
        place = place_as_json(self.source, self.path, self.position)
        return {"rank": self.layer.rank, "layer": self.layer.title, "value": self.value, **place}


class Field(NamedTuple):
    """One leaf of the pod."""

    path: Path
    value: str
    hidden: bool
    set_by: Setting
    shadowed: tuple[Setting, ...]

    def as_json(self) -> dict[str, Any]:
        """The field as plain JSON; values are JSON texts, or masks."""
        return {
            "path": str(self.path),
            "keyedPath": self.path.keyed,
            "value": self.value,
            "hidden": self.hidden,
            "setBy": self.set_by.as_json(),
            "shadowed": [one.as_json() for one in self.shadowed],
        }


def fields_of(rendering: Rendering, masks: Masks) -> list[Field]:
    """Every leaf of the pod, in its order; none where there is no pod."""
    origins = _as_they_stand(rendering.origins)
    # all values before what they shadow, so that the masks are numbered in the order of the pod
    values = {path: masks.text(path, find(rendering.pod, path.indexed)) for path in origins}
    return [_field(path, origin, values[path], masks) for path, origin in origins.items()]


def _as_they_stand(origins: Mapping[Path, OriginOf]) -> dict[Path, OriginOf]:
    """The origins, the elements of each list in its order: a dialect may put a notebook's own volumes first."""
    seen: dict[Path, int] = {}

    def place(path: Path) -> list[int]:
        return [
            (step.index or 0) if isinstance(step, Item) else seen.setdefault(path[: at + 1], len(seen))
            for at, step in enumerate(path)
        ]

    places = {path: place(path) for path in origins}
    return {path: origins[path] for path in sorted(origins, key=places.__getitem__)}


def _field(path: Path, origin: OriginOf, value: str, masks: Masks) -> Field:
    set_by = _setting(origin, value)
    shadowed = tuple(_setting(one, _written(path, one, masks)) for one in origin.shadowed)
    return Field(path, value, masks.hides(path), set_by, shadowed)


def _setting(origin: OriginOf, value: str) -> Setting:
    return Setting(origin.layer, value, origin.source, _author_path(origin), origin.position)


def _author_path(origin: OriginOf) -> Path:
    """Where the author wrote a setting, by keys; where a shorthand made the field, that shorthand."""
    whole = origin.layer.origin.value
    for length in range(len(origin.path), 0, -1):
        try:
            return locate(whole, origin.path[:length])
        except LookupError:
            continue
    return origin.path


def _written(path: Path, origin: OriginOf, masks: Masks) -> str:
    """The value as the author of a shadowed layer wrote it; nothing where it cannot be told."""
    layer = origin.layer
    holder = layer.origin.document.value if layer.origin.document else None
    try:
        return masks.text(path, find(holder, origin.path.indexed))
    except LookupError:
        return ""


# ---- what a user typed ----


def wanted(fields: list[Field], typed: Path, main: str) -> list[Field]:
    """The fields at or below the place that a user means; the first reading of the text that hits counts."""
    for path in _readings(typed, main):
        found = [one for one in fields if covers(path, one.path)]
        if found:
            return found
    return []


def _readings(typed: Path, main: str) -> Iterator[Path]:
    """What a text may mean: itself, below ``spec``, with ``main`` for the main container, inside that one."""
    for path in (typed, Path(("spec", *typed))):
        yield path
        yield aimed(path, main)
    yield Path(("spec", "containers", Item(None, main), *typed))


def aimed(path: Path, main: str) -> Path:
    """The path with `containers[main]` meaning the notebook's container."""
    if len(path) > 2 and path[:2] == ("spec", "containers") and path[2] == MAIN:
        return Path((*path[:2], Item(None, main), *path[3:]))
    return path


def covers(typed: Path, path: Path) -> bool:
    """Whether a typed place is that of a field or above it."""
    return len(typed) <= len(path) and all(map(_means, typed, path))


def _means(typed: Step, step: Step) -> bool:
    """Whether a typed step means a step of the pod: by key, by index, a port without its protocol, or any."""
    if typed == "*" or typed == step:
        return True
    if isinstance(step, Item):
        text = str(typed.identity if isinstance(typed, Item) else typed)
        return typed == step.index or (
            step.key != "" and step.key.partition("/")[0] == text and "/TCP" in step.key
        )
    return False


def nearest(fields: list[Field], typed: Path, main: str) -> list[str]:
    """The places of the pod that a user probably meant, at most five; spelling first, then the neighbours."""
    places = dict.fromkeys(one.path[:end] for one in fields for end in range(1, len(one.path) + 1))
    readings = list(_readings(typed, main))
    found = _spelled(readings, places, -1) or _spelled(readings, places, 0)
    texts = [path.keyed for path in readings]
    found = [one for one in found if not any(text.startswith(one) for text in texts)]
    return (found or _neighbours(fields, typed, main))[:5]


def _spelled(readings: Iterable[Path], places: Iterable[Path], start: int) -> list[str]:
    """For each reading the place whose spelling is the nearest, among those that agree up to a step."""
    found: dict[str, None] = {}
    for path in readings:
        same = {one[start:].keyed: one.keyed for one in places if not start or one.parent == path.parent}
        near = closest(path[start:].keyed, same)
        if near:
            found[same[near]] = None
    return list(found)


def _neighbours(fields: list[Field], typed: Path, main: str) -> list[str]:
    """What stands directly below the longest beginning of the typed path that the pod has."""
    best: tuple[int, list[str]] = (-1, [])
    for path in _readings(typed, main):
        for length in range(len(path), -1, -1):
            below = [one.path[: length + 1].keyed for one in fields if covers(path[:length], one.path)]
            if below:
                best = max(best, (length, list(dict.fromkeys(below))), key=lambda one: one[0])
                break
    return best[1]


def groups_of(fields: list[Field]) -> Mapping[str, list[tuple[str, Field]]]:
    """The fields under the part of the pod that they belong to, each with its path inside that part."""
    groups: dict[str, list[tuple[str, Field]]] = {}
    for one in fields:
        length = 3 if len(one.path) > 3 and str(one.path[1]).lower().endswith("containers") else 1
        inside = Path(one.path[length:]).keyed or one.path.keyed
        groups.setdefault(one.path[:length].keyed, []).append((inside, one))
    return groups
