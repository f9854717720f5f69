"""``nbcore plan``: what an edit of kinds does to every notebook of a fleet, before anything happens.

Refuses to know how a plan is made, and to carry it out.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import click

from nbcore.catalog import Catalog
from nbcore.cli.compat import compat_option
from nbcore.cli.dump import DumpRead, read_dump, sorted_out
from nbcore.cli.findings import as_json, format_option, report
from nbcore.cli.objects import World
from nbcore.cli.plan_markdown import plan_markdown
from nbcore.cli.plan_text import plan_text
from nbcore.cli.plan_words import Answer
from nbcore.cli.progress import Progress
from nbcore.cli.reading import Inputs, Unusable
from nbcore.cli.sides import Sides, sides_of, with_sides
from nbcore.cli.terminal import wants_colour
from nbcore.cli.waves import Rollout, waves_options
from nbcore.model.notebook import Notebook
from nbcore.planning.planned import plan
from nbcore.settings import Settings

SCHEMA: Final = "nbcore.plan/v1"
DETAILED: Final = "--detailed-exitcode"
CHANGES: Final = 2
ERROR: Final = 1


class _Command(click.Command):
    """A command of which 2 may mean that there are changes: then whatever goes wrong is 1."""

    def make_context(
        self, info_name: Any, args: list[str], parent: Any = None, **extra: Any
    ) -> click.Context:
        """The context of a call; a wrong call ends as every error does."""
        detailed = DETAILED in args
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.ClickException as error:
            raise _ended(error, detailed) from None

    def invoke(self, ctx: click.Context) -> Any:
        """What the command returns."""
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            raise _ended(error, ctx.params["detailed"]) from None


def _ended(error: click.ClickException, detailed: bool) -> Exception:
    """The error, or where exit codes are detailed the end of the command after it was shown."""
    if not detailed:
        return error
    error.show()
    return click.exceptions.Exit(ERROR)


@click.command("plan", cls=_Command, short_help="Say what an edit of kinds does to every Notebook.")
@with_sides
@click.option(
    "--notebooks",
    "dumps",
    multiple=True,
    metavar="DUMP",
    help="The notebooks, as kubectl prints them; may be repeated. Default: those of OLD.",
)
@waves_options
@compat_option
@click.option(DETAILED, "detailed", is_flag=True, help="Exit code 0 no change, 2 changes, 1 error.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(("text", "json", "markdown", "html")),
    default="text",
    help="Form of the answer; markdown fits a comment on a pull request.",
)
@format_option
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    before: str | None,
    after: str | None,
    carrier: Any,
    dumps: tuple[str, ...],
    rollout: Rollout,
    compat: Settings,
    detailed: bool,
    output: str,
    findings_format: str,
) -> None:
    """Say what becomes of every Notebook when the kinds of OLD become those of NEW.

    OLD and NEW are files or folders; with --from REV the old side is read from git, without a checkout.
    Notebooks of one selection that fare alike are told of once. A Notebook that runs a Revision that OLD, NEW or
    the dump holds is compared from that.
    """
    sides = sides_of(paths, before, after)
    with Progress() as progress:
        dump = read_dump(dumps, progress) if dumps else _notebooks_of(sides)
        old, new = (_catalog(side, dump) for side in (sides.old, sides.new))
        with progress.during(f"planning for {len(dump.fleet):,} notebooks"):
            found = plan(old, new, dump.fleet, settings=replace(compat, carrier=carrier))
            waves = rollout.of(found)
        answer = Answer(found, sides.old_name, sides.new_name, carrier, waves)
        with progress.during("writing the answer"):
            text = FORMS[output](answer)
    failed = _report(sides, dump, old, new, findings_format)
    click.echo(text, nl=False)
    ctx.exit(ERROR if failed else CHANGES if detailed and found.changes_anything else 0)


def _catalog(side: World, dump: DumpRead) -> Catalog:
    """The kinds of a side, and the Revisions and Namespaces of the cluster."""
    return Catalog([*side.inputs.documents, *dump.beside]) if dump.beside else side.catalog


def _notebooks_of(sides: Sides) -> DumpRead:
    """The notebooks that the sides hold themselves.

    Raises: Unusable where there are none.
    """
    for side in (sides.old, sides.new):
        if side.all(Notebook):
            return sorted_out(side.inputs.documents, Inputs())._replace(beside=[])
    raise Unusable("there are no notebooks to plan for: name a dump of them with --notebooks")


def _report(sides: Sides, dump: DumpRead, old: Catalog, new: Catalog, form: str) -> bool:
    """Prints what is wrong; whether kinds or texts are, as then the plan is not about all of them.

    Broken notebooks of a dump stop nobody else, and are told of in the plan.
    """
    inputs = sides.inputs
    kinds = (*sides.old.inputs.findings, *sides.new.inputs.findings, *old.findings, *new.findings)
    told = dump.findings(form)
    inputs.texts.update(dump.inputs.texts)
    inputs.documents += dump.inputs.documents
    inputs.notes += dump.inputs.notes
    report(dict.fromkeys((*kinds, *told)), inputs, form)
    return sides.unread_kinds or dump.is_cut


def _json(answer: Answer) -> str:
    document = {
        "schema": SCHEMA,
        "old": answer.old,
        "new": answer.new,
        "carrier": answer.carrier,
        **answer.plan.to_json(),
        "waves": [
            {"name": one.name, "notebooks": [str(each) for each in one.notebooks]} for one in answer.waves
        ],
        "findings": [as_json(one) for one in answer.plan.findings],
    }
    return json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n"


def _html(answer: Answer) -> str:
    from nbcore.cli.pages import plan_page  # late: most answers are no page

    return plan_page(answer.plan, old=answer.old, new=answer.new, waves=answer.waves, carrier=answer.carrier)


def _text(answer: Answer) -> str:
    return plan_text(answer, colour=wants_colour(sys.stdout))


FORMS: Final[Mapping[str, Callable[[Answer], str]]] = {
    "text": _text,
    "json": _json,
    "markdown": plan_markdown,
    "html": _html,
}
