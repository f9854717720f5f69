"""Findings as JSON and back, without loss but for one thing: the value of a repair that nobody may see.

Refuses to know who keeps them, and how long.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from nbcore.cli.verdict import hides_its_fix
from nbcore.finding import Finding, Fix, Position, Source
from nbcore.kubernetes.paths import Item, Path, Step

if TYPE_CHECKING:
    from fractions import Fraction

Json = Any


def as_json(one: Finding) -> Json:
    """The finding as plain JSON; a hidden value of its repair is null."""
    fix = one.fix
    hidden = hides_its_fix(one)
    return [
        one.code,
        one.severity,
        _path(one.path),
        one.message,
        one.remedy,
        list(one.source),
        one.position,
        [[list(source), _path(path), position] for source, path, position in one.related],
        _path(one.field),
        one.pods,
        one.example,
        None if one.magnitude is None else str(one.magnitude),
        None if fix is None else [fix.action, _path(fix.path), None if hidden else fix.value, fix.safe],
    ]


def from_json(given: Json) -> Finding:
    """The finding that the JSON was made of.

    Raises: TypeError, ValueError or IndexError for anything else.
    """
    code, severity, path, message, remedy, source, position, related = given[:8]
    field, pods, example, magnitude, fix = given[8:]
    return Finding(
        code,
        severity,
        _as_path(path),
        message,
        remedy,
        Source(*source),
        _as_position(position),
        tuple((Source(*each), _as_path(where), _as_position(place)) for each, where, place in related),
        _as_path(field),
        pods,
        example,
        None if magnitude is None else _as_fraction(magnitude),
        None if fix is None else Fix(fix[0], _as_path(fix[1]), fix[2], fix[3]),
    )


def _as_fraction(text: str) -> Fraction:
    from fractions import Fraction  # late: few rules measure

    return Fraction(text)


def _path(path: Path) -> str:
    """The path as one text: findings of many objects have the same ones, which are read once."""
    steps = [[step.index, step.key] if isinstance(step, Item) else step for step in path]
    return json.dumps(steps, separators=(",", ":"))


@lru_cache(4096)
def _as_path(text: str) -> Path:
    return Path(map(_as_step, json.loads(text)))


def _as_step(step: Json) -> Step:
    if isinstance(step, list):
        index, key = step
        return Item(index, key)
    return step  # type: ignore[no-any-return]  # a text or a number, as it was written


def _as_position(position: Json) -> Position | None:
    return None if position is None else Position(*position)
