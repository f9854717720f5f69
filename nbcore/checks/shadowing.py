"""Layers that do something other than their author may think: silent shadowing, one container named twice (NB3).

Refuses to know how layers are found and in which order a Notebook brings them together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from nbcore.checks.overrides import name_of
from nbcore.finding import Finding
from nbcore.kubernetes.elements import fingerprint, leaves
from nbcore.kubernetes.paths import Path
from nbcore.kubernetes.pod_schema import Field, definition
from nbcore.model.layer import Layer
from nbcore.model.origin import Json, Origin

_ACCUMULATING: Final = frozenset({"tolerations", "envFrom", "add", "drop", "supplementalGroups"})
"""Lists to which layers only add: nothing is shadowed there."""
_SHOWN: Final = 3


def check_shadowing(required: Iterable[Layer], options: Iterable[Layer]) -> Iterator[Finding]:
    """Every option value that sets to something else what a required PodDefault sets.

    Amounts are left out: that an option gives more of something is what options are for.
    """
    below: dict[tuple[str | int, ...], tuple[Layer, Path, Any]] = {}
    for layer in required:
        for path, value in leaves(layer.tree):
            below[tuple(map(name_of, path))] = (layer, path, fingerprint(value))
    for layer in options if below else ():
        shadowed = [one for one in leaves(layer.tree) if _shadows(one[0], one[1], below)]
        if shadowed:
            yield _shadowing(layer, [path for path, _ in shadowed], below)


def _shadows(path: Path, value: Any, below: Mapping[tuple[str | int, ...], tuple[Layer, Path, Any]]) -> bool:
    found = below.get(tuple(map(name_of, path)))
    if found is None or found[2] == fingerprint(value) or value is None:
        return False
    return not (_ACCUMULATING.intersection(map(name_of, path)) or _is_amount(path))


def _is_amount(path: Path) -> bool:
    """Whether a place of the pod holds a quantity."""
    field: Field | None = definition("PodTemplateSpec").root
    for step in path:
        if field is None:
            return False
        field = field.fields.get(str(step)) if field.type == "object" else field.items
    return field is not None and field.type == "quantity"


def _shadowing(
    layer: Layer, paths: list[Path], below: Mapping[tuple[str | int, ...], tuple[Layer, Path, Any]]
) -> Finding:
    first = paths[0]
    lower, there, _ = below[tuple(map(name_of, first))]
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    fields = ", ".join(path.keyed[:64] for path in paths[:_SHOWN]) + more
    raw = lower.locate(there)
    return layer.origin.finding(
        "NB317",
        f"{layer.title} wins over the required {lower.title} in {fields}",
        "Leave the field to one of them, or offer the PodDefault as optional.",
        path=layer.locate(first),
        related=((lower.origin.source, lower.written(raw), lower.position(raw)),),
    )


def check_main_named_twice(
    parts: Iterable[tuple[Origin, Json]], main: str, names: Collection[str]
) -> Iterator[Finding]:
    """Every partial template that names the notebook's container by its name and as `main`, which are one.

    Shape: ``parts`` are partial templates and where they stand; ``main`` is the container's name, ``names``
    those of the Template's own containers.
    """
    if main == "main" or "main" in names:
        return
    for origin, tree in parts:
        containers = _containers(tree)
        if main in containers and "main" in containers:
            yield origin.finding(
                "NB318",
                f"main and {main} are the same container here, and the later entry wins over the earlier one",
                "Write what both say under one of the names.",
                path=("spec", "containers", containers.index("main"), "name"),
            )


def _containers(tree: Any) -> list[Any]:
    """The names of a tree's containers, by their place; None where there is none."""
    spec = tree.get("spec") if isinstance(tree, dict) else None
    found = spec.get("containers") if isinstance(spec, dict) else None
    return (
        [one.get("name") if isinstance(one, dict) else None for one in found or ()]
        if isinstance(found, list)
        else []
    )
