"""``nbcore update``: the patches that stop, start or restart many notebooks, or take what is pending, in waves.

Refuses to carry them out: whoever may do that does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

import click

from nbcore.cli.dump import read_dump
from nbcore.cli.filters import select_option
from nbcore.cli.findings import format_option, number, report
from nbcore.cli.plan_words import names_of
from nbcore.cli.progress import Progress
from nbcore.cli.terminal import shortened
from nbcore.cli.waves import Rollout, waves_options
from nbcore.cli.world_of_dump import catalog_of
from nbcore.planning.bulk_updates import ACTIONS, Action, Batch, bulk
from nbcore.planning.consumers import Filter

SCHEMA: Final = "nbcore.update/v1"
LEFT_OUT: Final = "left out"


@click.command("update", short_help="Print the patches that update, stop or start many Notebooks.")
@click.argument("paths", nargs=-1, required=True, metavar="DUMP...")
@click.option(
    "--kinds", multiple=True, metavar="PATH", help="Templates and WorkspaceKinds; default: those in DUMP."
)
@select_option
@click.option(
    "--action",
    type=click.Choice(ACTIONS),
    required=True,
    help="What is to be done; apply takes what is pending.",
)
@waves_options
@click.option(
    "-o", "--output", type=click.Choice(("text", "patches")), default="text", help="Form of the answer."
)
@format_option
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    kinds: tuple[str, ...],
    where: Filter | None,
    action: Action,
    rollout: Rollout,
    output: str,
    findings_format: str,
) -> None:
    """Say what an action does to notebooks as kubectl prints them, or print it as patches (RFC 6902).

    DUMP are files, folders or stdin (-). Nothing is carried out. Notebooks to which there is nothing to do are
    left out; of those to which nothing can be done it is said why, and the exit code is 1.
    """
    with Progress() as progress:
        dump = read_dump(paths, progress)
        catalog, inputs = catalog_of(dump, kinds)
        with progress.during(f"looking at {len(dump.fleet):,} notebooks"):
            batches = bulk(dump.fleet, catalog, action, where=where, **_waves(rollout))
    failed = report(dict.fromkeys((*inputs.findings, *catalog.findings)), inputs, findings_format)
    report(dump.findings(findings_format), dump.inputs, findings_format)
    click.echo(_patches(action, batches) if output == "patches" else _text(action, batches), nl=False)
    ctx.exit(1 if failed or dump.is_cut or any(one.name == LEFT_OUT for one in batches) else 0)


def _waves(rollout: Rollout) -> dict[str, Any]:
    """The order that was asked for; else those that disturb nobody first, and no canaries."""
    canary = rollout.canary if rollout.wanted else 0.0
    return {"canary": canary, "per_namespace": rollout.per_namespace, "at_once": rollout.at_once}


def _patches(action: Action, batches: Sequence[Batch]) -> str:
    waves = [
        {"name": one.name, "patches": [patch.to_json() for patch in one.patches]}
        for one in batches
        if one.name != LEFT_OUT
    ]
    left_out = [patch.to_json() for one in batches if one.name == LEFT_OUT for patch in one.patches]
    document = {"schema": SCHEMA, "action": action, "waves": waves, "leftOut": left_out}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _text(action: Action, batches: Sequence[Batch]) -> str:
    return "".join(f"{shortened(line, 2_000)}\n" for line in _lines(action, batches))


def _lines(action: Action, batches: Sequence[Batch]) -> Iterator[str]:
    waves = [one for one in batches if one.name != LEFT_OUT]
    yield f"{action}: {number(sum(len(one.patches) for one in waves), 'notebook')}"
    for at, one in enumerate(waves, 1):
        yield f"  {at}. {one.name}, {len(one.patches):,}: {names_of([each.notebook for each in one.patches])}"
    for one in batches:
        if one.name == LEFT_OUT:
            yield from (f"  left out: {each.notebook}: {each.reason}" for each in one.patches)
