"""The answer of ``explain`` as text: columns for a whole pod, sentences for one field.

Refuses to know where the answer comes from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from nbcore.cli.columns import Row, columns, widths_of
from nbcore.cli.origins import Field, Setting, groups_of
from nbcore.cli.situation import Situation, resolutions, steps, summary
from nbcore.cli.terminal import printable, shortened

_WIDEST: Final = (56, 40, 64)
"""Most characters of the columns field, value and layer."""


def as_text(situation: Situation, fields: Sequence[Field], width: int | None = None) -> str:
    """The whole pod: every field with its layer, then options, then PodDefaults.

    Shape: where a line of the table would be longer than ``width``, a field takes two.
    """
    blocks = [*_pod(situation, fields, width), *_options(situation), *_pod_defaults(situation)]
    return "\n\n".join(printable_block(lines) for lines in blocks)


def printable_block(lines: Sequence[str]) -> str:
    """The lines, none of which can steer a terminal."""
    return "\n".join(printable(line).rstrip() for line in lines)


def field_as_text(field: Field, situation: Situation) -> str:
    """One field: who set it, what that shadowed, and what to change."""
    rows = [("set by", *_told(field.set_by))]
    rows += [("shadowed", *_told(one), one.value) for one in field.shadowed]
    head = f"{field.path.keyed} = {field.value}"
    first, *others = situation.ways(field)
    ways = [f"  to change it: {first}", *(f"            or: {one}" for one in others)]
    return printable_block([head, *columns(rows, (8, 96, 96, 120)), *ways])


def _told(setting: Setting) -> Row:
    return (setting.layer.title, setting.place)


def _pod(situation: Situation, fields: Sequence[Field], width: int | None) -> Iterator[list[str]]:
    source = situation.notebook.origin.source
    if situation.rendering.pod is None:
        yield [f"{source.object} does not render: see the findings"]
        return
    yield [f"{source.object}: the pod, and who set each field of it"]
    groups = groups_of(list(fields))
    rows = [_row(inside, one) for group in groups.values() for inside, one in group]
    widths = widths_of(rows, _WIDEST)
    narrow = width is not None and max(map(len, columns(rows, widths)), default=0) > width
    for title, group in groups.items():
        found = [_row(inside, one) for inside, one in group]
        yield [title, *(_stacked(found, width or 0) if narrow else columns(found, widths))]


def _stacked(rows: Sequence[Row], width: int) -> Iterator[str]:
    """Two lines for each field: what it is, and below that who set it."""
    for inside, value, layer, place in rows:
        yield f"  {inside} = {shortened(value, max(16, width - len(inside) - 5))}"
        yield f"      {layer}  {place}"


def _row(inside: str, field: Field) -> Row:
    shadowed = f"  shadows {len(field.shadowed)}" if field.shadowed else ""
    return (inside, field.value, field.set_by.layer.title, field.set_by.place + shadowed)


def _options(situation: Situation) -> Iterator[list[str]]:
    found = list(resolutions(situation.rendering, situation.notebook.conventions.template_kind))
    rows: list[Row] = []
    for name, one in found:
        rows.append((name, one.value or "-", summary(one)))
        rows += [("", "", step) for step in steps(one)]
    if rows:
        yield ["Options", *columns(rows, (40, 60, 400))]


def _pod_defaults(situation: Situation) -> Iterator[list[str]]:
    rows = [
        (
            "applied" if one.applied else "not applied",
            f"{one.namespace}/{one.name}".removeprefix("/"),
            one.reason,
        )
        for one in situation.rendering.pod_defaults
    ]
    if rows:
        yield ["PodDefaults", *columns(rows, (11, 80, 400))]
