"""``nbcore revision``: the environment that a notebook has now, as a Revision that renders it for ever.

Refuses to know when a controller takes one. A Revision holds all that admins wrote, env values included, as the
pod does.
"""

from __future__ import annotations

import json

import click

from nbcore.cli.findings import format_option, report, report_errors
from nbcore.cli.manifest import yaml_text
from nbcore.cli.objects import Broken, World
from nbcore.cli.reading import Unusable
from nbcore.model.notebook import Notebook
from nbcore.revision import revision_of


@click.command("revision", short_help="Export the environment of a Notebook, to render it again later.")
@click.argument("paths", nargs=-1, required=True, metavar="PATHS...")
@click.option(
    "--notebook", "name", metavar="[NS/]NAME", help="The Notebook; not needed where there is only one."
)
@click.option(
    "-o", "--output", type=click.Choice(("yaml", "json")), default="yaml", help="Form of the output."
)
@format_option
@click.pass_context
def command(
    ctx: click.Context, paths: tuple[str, ...], name: str | None, output: str, findings_format: str
) -> None:
    """Print the Revision of a Notebook's environment: everything that its pod is made of but its own fields.

    Its name holds the hash of what it holds, which is the same everywhere. `nbcore render --revision FILE`
    gives that environment again, whatever became of the kinds since.
    """
    world = World(paths)
    try:
        notebook = world.named(Notebook, name) if name is not None else world.only(Notebook, "--notebook")
    except Broken:
        report(world.findings, world.inputs, findings_format)
        ctx.exit(1)
    except Unusable:
        report_errors(world.findings, world.inputs, findings_format)
        raise
    revision, findings = revision_of(notebook, world.catalog)
    failed = report((*world.findings, *findings), world.inputs, findings_format)
    if revision is not None:
        text = json.dumps(revision, indent=2, ensure_ascii=False) + "\n"
        click.echo(text if output == "json" else yaml_text(revision), nl=False)
    ctx.exit(1 if failed or revision is None else 0)
