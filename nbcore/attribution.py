"""Attribution: a fault of a pod becomes a finding at the line of the layer that caused it.

Refuses to know rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from nbcore.checks.fault import Fault, RawPath
from nbcore.checks.scalars_written import quoted
from nbcore.finding import CODES, Finding, Fix, Position, Source
from nbcore.kubernetes.paths import Path, locate
from nbcore.model.origin import Origin

if TYPE_CHECKING:  # plain objects have neither, and need not wait for their modules
    from nbcore.model.layer import Layer
    from nbcore.pipeline import Rendering

Place = tuple[Source, Path, Position | None]
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
        missing = field[len(raw) :] if len(raw) < len(field) else ()
        place = (
            layer.origin.source,
            layer.written((*raw, *Path(missing).raw)),
            layer.position(raw, key=_about_key(fault)),
        )
        others = [*shadowed, *(one for path in fault.related for one in self._place(path))]
        related = tuple(one for one in dict.fromkeys(others) if one != place)
        fix = self._fix(fault, layer.origin.source)
        return quoted(_finding(fault, field, place, related, fix), layer.origin.document)

    def _place(self, path: RawPath) -> list[Place]:
        found = self._layer(keyed(self._pod, path))
        if found is None:
            return []
        layer, raw, _ = found
        return [(layer.origin.source, layer.written(raw), layer.position(raw))]

    def _layer(self, field: Path) -> tuple[Layer, RawPath, list[Place]] | None:
        """The layer to blame for a field, the raw path there, and what that shadows.

        Shape: for a leaf the one that won; for a map or list the highest that holds it; for what is missing
        the lowest that holds the nearest thing above, as it brought that thing without the field.
        """
        blame = self._rendering.origins.get(field)
        if blame is not None:
            shadowed = [(one.source, one.path, one.position) for one in blame.shadowed]
            return blame.layer, blame.layer.locate(field), shadowed
        layers = self._rendering.layers
        exact = next((one for one in reversed(layers) if one.holds(field)), None)
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
        missing = field[len(raw) :] if len(raw) < len(field) else ()
        return fault.fix._replace(path=layer.written((*raw, *Path(missing).raw)))


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
