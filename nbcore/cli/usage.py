"""``nbcore usage``: which notebooks use which Template and which option value.

Refuses to know what becomes of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

import click

from nbcore.cli.dump import read_dump
from nbcore.cli.filters import select_option
from nbcore.cli.findings import format_option, number, report
from nbcore.cli.plan_words import names_of
from nbcore.cli.progress import Progress
from nbcore.cli.terminal import printable, shortened
from nbcore.cli.world_of_dump import catalog_of
from nbcore.planning.consumers import Filter, Use, usage
from nbcore.planning.fleet import STATES

SCHEMA: Final = "nbcore.usage/v1"


@click.command("usage", short_help="Say which Notebooks use which option.")
@click.argument("paths", nargs=-1, required=True, metavar="DUMP...")
@click.option(
    "--kinds", multiple=True, metavar="PATH", help="Templates and WorkspaceKinds; default: those in DUMP."
)
@select_option
@click.option("--unused", is_flag=True, help="List what nobody uses, too.")
@click.option(
    "-o", "--output", type=click.Choice(("text", "json")), default="text", help="Form of the answer."
)
@format_option
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    kinds: tuple[str, ...],
    where: Filter | None,
    unused: bool,
    output: str,
    findings_format: str,
) -> None:
    """Say who uses each Template and each option value, of notebooks as kubectl prints them.

    DUMP are files, folders or stdin (-). Values that do not exist any more are marked, and of those that are
    redirected it is said who is led there.
    """
    with Progress() as progress:
        dump = read_dump(paths, progress)
        catalog, inputs = catalog_of(dump, kinds)
        with progress.during(f"counting {len(dump.fleet):,} notebooks"):
            found = usage(dump.fleet, catalog, where=where, unused=unused)
    failed = report(dict.fromkeys((*inputs.findings, *catalog.findings)), inputs, findings_format)
    report(dump.findings(findings_format), dump.inputs, findings_format)
    click.echo(_json(found) if output == "json" else _text(found), nl=False)
    ctx.exit(1 if failed or dump.is_cut else 0)


def _json(found: Sequence[Use]) -> str:
    document = {"schema": SCHEMA, "uses": [one.to_json() for one in found]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _text(found: Sequence[Use]) -> str:
    blocks = [
        "".join(f"{line}\n" for line in _block(list(uses)))
        for _, uses in groupby(found, key=lambda one: (one.kind, one.template))
    ]
    counted = {each for one in found for each in (*one.notebooks, *one.led)}
    return "\n".join([*blocks, f"{number(len(counted), 'notebook')} in all.\n"])


def _block(uses: Sequence[Use]) -> Iterator[str]:
    """The lines about one Template and its options."""
    for one in uses:
        what = f"  {one.group}={one.value}" if one.group else f"{one.kind}s of {one.value}"
        gone = "" if one.exists else " (does not exist)"
        yield f"{shortened(what, 400)}{gone}: {_who(one)}"


def _who(one: Use) -> str:
    states = [
        f"{one.states[state]:,} {state}" for state in STATES if state in one.states and state != "unknown"
    ]
    known = f" ({', '.join(states)})" if states else ""
    led = f"; {number(len(one.led), 'more notebook')} led to it" if one.led else ""
    if not one.notebooks:
        return f"nobody{led}"
    return printable(f"{len(one.notebooks):,}{known}: {names_of(one.notebooks, 6)}{led}")
