"""``nbcore explain``: who set a field of a notebook's pod, what it shadowed, and how it could be changed.

Refuses to know how a pod comes about, and to show values of env variables unless told to.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Final

import click

import nbcore
from nbcore.cli.answers import as_text, field_as_text
from nbcore.cli.compat import compat_option
from nbcore.cli.findings import as_json, format_option, report, report_errors
from nbcore.cli.objects import Broken, World
from nbcore.cli.origins import Field, fields_of, nearest, wanted
from nbcore.cli.reading import SUFFIXES, Unusable
from nbcore.cli.secrecy import Masks
from nbcore.cli.situation import Situation, options_as_json, pod_defaults_as_json
from nbcore.cli.terminal import width_of
from nbcore.kubernetes.paths import Path
from nbcore.model.notebook import Notebook
from nbcore.settings import Settings

SCHEMA: Final = "nbcore.explain/v1"


@click.command("explain", short_help="Say who set what in a pod, and what would change it.")
@click.argument("arguments", nargs=-1, required=True, metavar="PATHS... [FIELD]")
@click.option(
    "--notebook", "name", metavar="[NS/]NAME", help="The Notebook; not needed where there is only one."
)
@click.option(
    "--field", "named_field", metavar="FIELD", help="The field, where it could be taken for a path."
)
@compat_option
@click.option("--show-values", is_flag=True, help="Print values of env variables too.")
@click.option(
    "-o", "--output", type=click.Choice(("text", "json", "html")), default="text", help="Form of the answer."
)
@format_option
@click.pass_context
def command(
    ctx: click.Context,
    arguments: tuple[str, ...],
    name: str | None,
    named_field: str | None,
    compat: Settings,
    show_values: bool,
    output: str,
    findings_format: str,
) -> None:
    """Say who set what in a Notebook's pod, and why a PodDefault did or did not apply.

    FIELD is a place in the pod: spec.containers[main].env[PIP_INDEX_URL].value, containers[0].image, env, …
    """
    paths, text = _paths_and_field(arguments) if named_field is None else (arguments, named_field)
    typed = _parsed(text) if text is not None else None
    world = World(paths)
    try:
        notebook = world.named(Notebook, name) if name is not None else world.only(Notebook, "--notebook")
    except Broken:
        report(world.findings, world.inputs, findings_format)
        ctx.exit(1)
    except Unusable:
        report_errors(world.findings, world.inputs, findings_format)
        raise
    rendering = nbcore.render(notebook, world.catalog, settings=compat)
    situation = Situation(notebook, rendering, world.catalog)
    fields = fields_of(rendering, Masks(show_values))
    failed = report((*world.findings, *rendering.findings), world.inputs, findings_format)
    chosen = fields if typed is None else wanted(fields, typed, situation.main)
    if output == "json":
        _write_json(situation, chosen)
    elif output == "html":
        _write_html(situation, chosen)
    elif typed is None:
        click.echo(as_text(situation, chosen, width_of(sys.stdout)))
    elif chosen:
        click.echo("\n\n".join(field_as_text(one, situation) for one in chosen))
    if typed is not None and not chosen:
        _say_what_is_near(fields, typed, situation)
        failed = True
    ctx.exit(1 if failed else 0)


def _paths_and_field(arguments: tuple[str, ...]) -> tuple[tuple[str, ...], str | None]:
    """The paths, and the last argument as the field where it cannot be a path."""
    *paths, last = arguments
    return (tuple(paths), last) if paths and _is_field(last) else (arguments, None)


def _is_field(text: str) -> bool:
    """Whether a text is rather a field than a path: no such file, not the name of one."""
    if text == "-" or text.lower().endswith(SUFFIXES) or os.path.lexists(text):
        return False
    return "[" in text or not {"/", os.sep} & set(text)


def _parsed(text: str) -> Path:
    try:
        path = Path.parse(text)
    except ValueError as error:
        raise Unusable(str(error)) from None
    if not path:
        raise Unusable("the field is empty; name one such as spec.containers[main].image")
    return path


def _write_json(situation: Situation, fields: list[Field]) -> None:
    notebook = situation.notebook
    answer: dict[str, Any] = {
        "schema": SCHEMA,
        "notebook": {"namespace": notebook.metadata.namespace, "name": notebook.metadata.name},
        "renders": situation.rendering.pod is not None,
        "fields": [{**one.as_json(), "change": "; or ".join(situation.ways(one))} for one in fields],
        **options_as_json(situation.rendering),
        "podDefaults": pod_defaults_as_json(situation.rendering),
        "findings": [as_json(one) for one in situation.rendering.findings],
    }
    click.echo(json.dumps(answer, indent=2, ensure_ascii=False))


def _write_html(situation: Situation, fields: list[Field]) -> None:
    from nbcore.cli.pages import explain_page  # late: most answers are no page

    click.echo(explain_page(situation, fields), nl=False)


def _say_what_is_near(fields: list[Field], typed: Path, situation: Situation) -> None:
    """Says on stderr that the field is not there, and what is."""
    name = situation.notebook.origin.source.object
    if not fields:
        click.echo(f"error: {name} does not render, so it has no fields", err=True)
        return
    near = nearest(fields, typed, situation.main)
    click.echo(f"error: the pod of {name} has no field {typed.keyed}", err=True)
    if near:
        click.echo(f"help: there is {', '.join(near)}", err=True)
