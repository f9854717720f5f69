"""``nbcore diff``: what an update changes for each notebook, who set it, and what it costs.

Exit codes are those of `diff`: 0 nothing differs, 1 something does, 2 something could not be compared.
Refuses to know how two states are compared.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

import click

from nbcore.cli.change_text import EFFECTS, change_lines, value_of
from nbcore.cli.comparing import compared_on, pairs_of
from nbcore.cli.compat import compat_option
from nbcore.cli.findings import as_json, format_option, number, report
from nbcore.cli.objects import Broken
from nbcore.cli.progress import Progress
from nbcore.cli.sides import Sides, sides_of, with_sides
from nbcore.cli.terminal import printable, shortened, styled, wants_colour
from nbcore.comparison import ABSENT, SENTENCES, Change, Comparison, patch_json
from nbcore.pipeline import OriginOf
from nbcore.settings import Settings

SCHEMA: Final = "nbcore.diff/v1"
PATCH_SCHEMA: Final = "nbcore.jsonpatch/v1"


class _Answer(NamedTuple):
    """What is printed: the comparisons, where they come from, and how they are to be shown."""

    compared: Sequence[Comparison]
    sides: Sides
    carrier: str
    show_values: bool


@click.command("diff", short_help="Say what an update changes for each Notebook, and what it costs.")
@with_sides
@click.option(
    "--notebook", "names", multiple=True, metavar="[NS/]NAME", help="Only this one; may be repeated."
)
@compat_option
@click.option("--show-values", is_flag=True, help="Print values of env variables too.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(("text", "json", "jsonpatch", "html")),
    default="text",
    help="Form of the answer.",
)
@format_option
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    before: str | None,
    after: str | None,
    carrier: Any,
    names: tuple[str, ...],
    compat: Settings,
    show_values: bool,
    output: str,
    findings_format: str,
) -> None:
    """Say what changes for each Notebook between OLD and NEW, which are files or folders.

    Each Notebook is rendered with what its side holds; where only one side has notebooks, they are rendered with
    both; where none has, each option value of the Templates is compared. With --from REV the old side is read
    from git, without a checkout. The change that forces a restart is marked.

    Exit code as of diff: 0 the same, 1 different, 2 something could not be compared.
    """
    sides = sides_of(paths, before, after)
    settings = replace(compat, carrier=carrier)
    world_findings = (*sides.old.findings, *sides.new.findings)
    try:
        pairs = pairs_of(sides, names)
    except Broken:
        report(world_findings, sides.inputs, findings_format)
        ctx.exit(2)
    with Progress() as progress:
        each = (compared_on(sides, one, settings) for one in pairs)
        found = list(progress.over(each, len(pairs), "compared"))
    report(
        dict.fromkeys((*world_findings, *(one for each in found for one in each.findings))),
        sides.inputs,
        findings_format,
    )
    click.echo(_FORMS[output](_Answer(found, sides, carrier, show_values)), nl=False)
    trouble = sides.unread or any(one.verdict == "broken" for one in found)
    ctx.exit(2 if trouble else int(any(one.verdict != "same" for one in found)))


# ---- text ----


def _text(answer: _Answer) -> str:
    colour = wants_colour(sys.stdout)
    differs = [one for one in answer.compared if one.verdict != "same"]
    blocks = ["\n".join(_block(one, answer.show_values, colour)) + "\n\n" for one in differs]
    return "".join(blocks) + f"Different: {len(differs):,} of {number(len(answer.compared), 'pod')}.\n"


def _block(one: Comparison, show_values: bool, colour: bool) -> Iterator[str]:
    """The lines about one notebook."""
    yield f"{styled(shortened(one.title, 400), colour, bold=True)}: {headline(one)}"
    yield from (f"  {printable(reason)}" for reason in one.reasons)
    for change in one.changes:
        yield from change_lines(
            change, is_forcing=change is one.forcing, show_values=show_values, colour=colour
        )


def headline(one: Comparison) -> str:
    """How the sides compare, and what it costs, in a few words."""
    if one.verdict != "differs":
        return SENTENCES[one.verdict]
    return f"{one.effect}, {number(len(one.changes), 'change')}: {EFFECTS[one.effect]}"


# ---- for programs ----


def _json(answer: _Answer) -> str:
    document = {
        "schema": SCHEMA,
        "old": answer.sides.old_name,
        "new": answer.sides.new_name,
        "carrier": answer.carrier,
        "compared": [_comparison_json(one, answer.show_values) for one in answer.compared],
    }
    return _dumped(document)


def _comparison_json(one: Comparison, show_values: bool) -> dict[str, Any]:
    forcing = one.forcing
    return {
        "kind": one.kind,
        "name": one.name,
        **({"select": one.select} if one.select else {}),
        "verdict": one.verdict,
        "effect": one.effect,
        "forcing": None if forcing is None else forcing.path.keyed,
        "reasons": list(one.reasons),
        "changes": [_change_json(change, show_values) for change in one.changes],
        "findings": [as_json(finding) for finding in one.findings],
    }


def _change_json(change: Change, show_values: bool) -> dict[str, Any]:
    values = {side: value_of(change, side, show_values=show_values) for side in ("old", "new")}
    origins = {side: getattr(change.source, side) for side in ("old", "new")}
    return {
        "path": change.path.keyed,
        **({"order": True} if change.is_order else {}),
        **{side: value for side, value in values.items() if value is not ABSENT},
        "effect": change.effect,
        "setBy": {side: _origin_json(one) for side, one in origins.items() if isinstance(one, OriginOf)},
    }


def _origin_json(origin: OriginOf) -> dict[str, Any]:
    return {
        "layer": origin.layer.title,
        "rank": origin.layer.rank,
        "file": origin.source.file or None,
        "line": origin.position.line if origin.position else None,
    }


def _jsonpatch(answer: _Answer) -> str:
    """The patches; masked ones say of themselves that they cannot be applied."""
    patches = [patch_json(one, show_values=answer.show_values) for one in answer.compared if one.changes]
    return _dumped({"schema": PATCH_SCHEMA, "applicable": answer.show_values, "patches": patches})


def _dumped(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n"


# ---- for browsers ----


def _html(answer: _Answer) -> str:
    from nbcore.cli.pages import Compared, diff_page  # late: most answers are no page

    shown = [
        Compared(one.title, one.changes, one.effect, one.forcing, _notes(one), one.findings)
        for one in answer.compared
    ]
    names = answer.sides.old_name, answer.sides.new_name
    return diff_page(
        shown, old=names[0], new=names[1], carrier=answer.carrier, show_values=answer.show_values
    )


def _notes(one: Comparison) -> tuple[str, ...]:
    told = () if one.verdict in ("same", "differs") else (f"{SENTENCES[one.verdict].capitalize()}.",)
    return (*told, *(f"{reason[:1].upper()}{reason[1:]}." for reason in one.reasons))


_FORMS: Final[Mapping[str, Callable[[_Answer], str]]] = {
    "text": _text,
    "json": _json,
    "jsonpatch": _jsonpatch,
    "html": _html,
}
