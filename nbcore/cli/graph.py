"""``nbcore graph``: which values and Templates lead to which, as a picture.

Refuses to know what a redirect does to a notebook.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import click

from nbcore.cli.findings import format_option, report, report_errors
from nbcore.cli.graphs import Graph, graphs_of
from nbcore.cli.mermaid import mermaid
from nbcore.cli.objects import Broken, World
from nbcore.cli.pages.drawing import standalone
from nbcore.cli.reading import Unusable
from nbcore.model.template import Template

FORMS: Final[Mapping[str, Callable[[Sequence[Graph]], str]]] = {"mermaid": mermaid, "svg": standalone}


@click.command("graph", short_help="Draw which option values lead to which.")
@click.argument("paths", nargs=-1, required=True, metavar="PATHS...")
@click.option(
    "--template", "name", metavar="[NS/]NAME", help="The Template or WorkspaceKind; all of them if left out."
)
@click.option("--all", "everything", is_flag=True, help="Draw what neither leads on nor is led to, too.")
@click.option(
    "-o", "--output", type=click.Choice(tuple(FORMS)), default="mermaid", help="Form of the picture."
)
@format_option
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    name: str | None,
    everything: bool,
    output: str,
    findings_format: str,
) -> None:
    """Draw the redirects of option values and of Templates, with what is missing and what leads in a circle.

    Notebooks among the inputs are counted at the values that they store.
    """
    world = World(paths)
    try:
        templates = [world.named(Template, name)] if name is not None else world.all(Template)
        if not templates:
            world.only(Template, "--template")
    except Broken:
        report(world.findings, world.inputs, findings_format)
        ctx.exit(1)
    except Unusable:
        report_errors(world.findings, world.inputs, findings_format)
        raise
    failed = report(world.findings, world.inputs, findings_format)
    click.echo(FORMS[output](graphs_of(world.catalog, templates, everything=everything)), nl=False)
    ctx.exit(1 if failed else 0)
