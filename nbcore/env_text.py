"""The admins' text in env values: where variables stand in a folded tree, and what is wrong with such a text.

Refuses to know how text is read, and what is filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from nbcore.checks.layers import at_layer
from nbcore.finding import Finding
from nbcore.kubernetes.paths import Path
from nbcore.model.layer import Layer
from nbcore.resolve.grammars import Problem
from nbcore.resolve.text import Parts
from nbcore.strategic.provenance import trace


class EnvHole(NamedTuple):
    """An env value with variables to fill in, by its place in the folded tree."""

    field: str
    container: int
    env: int
    parts: Parts


def env_holes(
    tree: dict[str, Any], parts_of: Callable[[str], tuple[Parts, Problem | None]]
) -> tuple[list[EnvHole], list[tuple[tuple[str | int, ...], Problem]]]:
    """The env values that hold variables, and what is wrong in others, by raw path in the folded tree."""
    holes: list[EnvHole] = []
    faulty: list[tuple[tuple[str | int, ...], Problem]] = []
    for field, at, index, value in env_values(tree):
        if "{{" not in value:
            continue
        parts, problem = parts_of(value)
        if problem:
            faulty.append((("spec", field, at, "env", index, "value"), problem))
        else:
            holes.append(EnvHole(field, at, index, parts))
    return holes, faulty


def env_values(tree: dict[str, Any]) -> list[tuple[str, int, int, str]]:
    """Every literal env value: field, index of the container, index of the variable, text."""
    found: list[tuple[str, int, int, str]] = []
    spec = tree.get("spec")
    for field in ("containers", "initContainers"):
        containers = spec.get(field) if isinstance(spec, dict) else None
        for at, container in enumerate(containers if isinstance(containers, list) else ()):
            env = container.get("env") if isinstance(container, dict) else None
            for index, one in enumerate(env if isinstance(env, list) else ()):
                value = one.get("value") if isinstance(one, dict) else None
                if isinstance(value, str):
                    found.append((field, at, index, value))
    return found


def text_finding(path: tuple[str | int, ...], problem: Problem, layers: Sequence[Layer]) -> Finding:
    """The finding for a text that cannot be filled in, at the layer that wrote it."""
    blames = trace(layers)
    where = next((one for one in blames if one.indexed == path), Path(path))
    layer, raw = blames[where].winner[:2] if where in blames else (layers[0], ())
    message = f"the text cannot be filled in: {problem.reason}"
    return at_layer("NB212", layer, raw, message, problem.remedy, field=where)
