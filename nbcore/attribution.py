"""Attribution: a fault of a pod becomes a finding at the line of the layer that caused it.

A field that the layer's dialect cannot say is told at the nearest thing above that it can. Refuses to know rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from nbcore.checks.fault import Fault, RawPath
from nbcore.checks.scalars_written import quoted
from nbcore.dialects.kubeflow_v2_places import CHOSEN
from nbcore.finding import CODES, Finding, Fix, Position, Source
from nbcore.kubernetes.paths import Path, find, locate
from nbcore.model.origin import Origin

if TYPE_CHECKING:  # plain objects have neither, and need not wait for their modules
    from nbcore.model.layer import Layer
    from nbcore.pipeline import Rendering

Place = tuple[Source, Path, Position | None]
_SPEC: Final = ("spec",)
_NAME: Final = ("metadata", "name")
_HOME_OF: Final[Mapping[str, RawPath]] = {
    "Template": ("spec", "home", "mountPath"),
    "WorkspaceKind": ("spec", "podTemplate", "volumeMounts", "home"),
}
"""Where the kinds say where homes are mounted, which the notebook's own layer only repeats."""
_OF_KEYS: Final = frozenset({"NB105"})
"""Rules about the name of a field: they point at the key, and not at what stands below it."""


class Author:
    """Who wrote what of one rendered pod."""

    def __init__(self, rendering: Rendering) -> None:
        assert rendering.pod is not None
        self._pod = rendering.pod
        self._rendering = rendering

    def finding(self, fault: Fault) -> Finding:
        """The finding for a fault of the pod, at the field that its author wrote.

        Shape: where the fault names a field that is missing, the place is that of the nearest thing above it;
        what that shadows, and what else plays a part, is related.
        """
        field = keyed(self._pod, fault.path)
        found = self._layer(field)
        if found is None:
            return _finding(fault, field, (Source(), field, None), ())
        layer, raw, shadowed = found
        if layer.rank == "system":  # all of it is made of the notebook's name
            return _finding(fault, field, self._of_name(), ())
        said = _sayable(layer, _whole(raw, field))
        place = self._of_home(layer, raw) or (
            layer.origin.source,
            layer.written(said),
            layer.position(said, key=_about_key(fault)),
        )
        others = [*shadowed, *(one for path in fault.related for one in self._place(path))]
        related = tuple(one for one in dict.fromkeys(others) if one != place)
        fix = self._fix(fault, layer.origin.source)
        return quoted(_finding(fault, field, place, related, fix), layer.origin.document)

    def _of_name(self) -> Place:
        """Where the name of the notebook stands."""
        origin = self._rendering.notebook_origin.whole
        return origin.source, origin.path(*_NAME), origin.position(*_NAME)

    def _of_home(self, layer: Layer, raw: RawPath) -> Place | None:
        """Where the kind says where homes are mounted, for that path; None for any other field."""
        if layer.rank != "notebook" or raw[-1:] != ("mountPath",) or layer.place(raw[:-1])[-1:] != ("home",):
            return None
        kind = self._rendering.layers[0].origin.whole
        path = _HOME_OF.get(kind.source.kind)
        return (kind.source, kind.path(*path), kind.position(*path)) if path else None

    def _place(self, path: RawPath) -> list[Place]:
        found = self._layer(keyed(self._pod, path))
        if found is None:
            return []
        layer, raw, _ = found
        said = _sayable(layer, raw)
        return [(layer.origin.source, layer.written(said), layer.position(said))]

    def _layer(self, field: Path) -> tuple[Layer, RawPath, list[Place]] | None:
        """The layer to blame for a field, the raw path there, and what that shadows.

        Shape: for a leaf the one that won; for a map or list the highest whose author wrote it as such; for
        what is missing the lowest that holds the nearest thing above, as it brought that without the field.
        """
        blame = self._rendering.origin_of_leaf(field)
        if blame is not None:
            shadowed = [(one.source, one.path, one.position) for one in blame.shadowed]
            return blame.layer, blame.layer.locate(field), shadowed
        layers = self._rendering.layers
        exact = next(
            (one for one in reversed(layers) if one.holds(field) and _says(one, one.locate(field))), None
        )
        if exact is not None:
            return exact, exact.locate(field), []
        for length in range(len(field) - 1, 0, -1):
            lowest = next((one for one in layers if one.holds(field[:length])), None)
            if lowest is not None:
                return lowest, lowest.locate(field[:length]), []
        return None

    def _fix(self, fault: Fault, source: Source) -> Fix | None:
        """The fix at the place of the layer that holds what is to be edited; None if that is another object."""
        if fault.fix is None:
            return None
        field = keyed(self._pod, fault.fix.path.indexed)
        found = self._layer(field)
        if found is None or found[0].origin.source != source:
            return None
        layer, raw, _ = found
        whole = _whole(raw, field)
        if not (_says(layer, whole) and _can_be_edited(layer.origin, whole, fault.fix.action)):
            return None
        return fault.fix._replace(path=layer.written(whole))


def _whole(raw: RawPath, field: Path) -> RawPath:
    """The raw path in a layer, and what of the field it does not hold."""
    return (*raw, *Path(field[len(raw) :]).raw)


def _sayable(layer: Layer, path: RawPath) -> RawPath:
    """The longest beginning of a path in a layer that its author's dialect has a field for."""
    origin = layer.origin
    if not origin.places:
        return path
    length = next((end for end in range(len(path), 0, -1) if path[:end] in origin.places), 0)
    row = (*origin.root, *origin.places[path[:length]]) if length else origin.pointer
    mixed = row == origin.pointer or row in CHOSEN  # fields of several places stand here, each with a row
    said = path[:length] if mixed else path
    if layer.rank == "notebook":  # a shorthand stands for more than it says
        above = (said[:end] for end in range(len(said), 0, -1))
        return next((one for one in above if _stands(origin, one)), _SPEC)
    return said


def _says(layer: Layer, path: RawPath) -> bool:
    return _sayable(layer, path) == path


def _stands(origin: Origin, path: RawPath) -> bool:
    try:
        find(origin.value, origin.place(path))
    except LookupError:
        return False
    return True


def _can_be_edited(origin: Origin, path: RawPath, action: str) -> bool:
    """Whether something stands at a path, or a map into which it can be put."""
    if action != "add":
        return _stands(origin, path)
    above = next(path[:end] for end in range(len(path), -1, -1) if _stands(origin, path[:end]))
    value = find(origin.value, origin.place(above))
    return value is None or isinstance(value, dict)


def written_at(fault: Fault, origin: Origin, root: Sequence[str | int]) -> Finding:
    """The finding for a fault of a pod that stands in an object as it is, at a raw path of it."""

    def place(path: Sequence[str | int], *, key: bool = False) -> Place:
        steps = (*root, *path)
        return origin.source, origin.path(*steps), origin.position(*steps, key=key)

    fix = fault.fix
    if fix is not None:
        fix = fix._replace(path=origin.path(*root, *fix.path.indexed))
    field = origin.path(*root, *fault.path)
    related = tuple(place(path) for path in fault.related)
    return _finding(fault, field, place(fault.path, key=_about_key(fault)), related, fix)


def _about_key(fault: Fault) -> bool:
    return fault.code in _OF_KEYS


def _finding(
    fault: Fault, field: Path, place: Place, related: tuple[Place, ...], fix: Fix | None = None
) -> Finding:
    source, path, position = place
    return Finding(
        fault.code,
        CODES[fault.code].severity,
        path,
        fault.message,
        fault.remedy,
        source,
        position,
        related,
        field=field,
        magnitude=fault.magnitude,
        fix=fix,
    )


def keyed(pod: Any, raw: Sequence[str | int]) -> Path:
    """A raw path of the pod with the keys of its list elements, as far as it leads."""
    for length in range(len(raw), 0, -1):
        try:
            return Path((*locate(pod, raw[:length]), *raw[length:]))
        except LookupError:
            continue
    return Path(raw)
