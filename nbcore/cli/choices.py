"""``nbcore choices``: what a form may offer for a Template or WorkspaceKind, and why some of it is not offered.

Refuses to know who may choose what: the offers say it.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any, Final

import click

import nbcore
from nbcore.cli.answers import printable_block
from nbcore.cli.columns import columns
from nbcore.cli.findings import as_json, format_option, report, report_errors
from nbcore.cli.objects import Broken, World
from nbcore.cli.reading import Unusable
from nbcore.cli.selecting import check_selection, parsed
from nbcore.model.template import Message, Template
from nbcore.offers import Choices, GroupOffer, Offer

SCHEMA: Final = "nbcore.choices/v1"


@click.command("choices", short_help="Print what a form may offer, and why not the rest.")
@click.argument("paths", nargs=-1, required=True, metavar="PATHS...")
@click.option(
    "--template",
    "name",
    metavar="[NS/]NAME",
    help="The Template or WorkspaceKind; not needed where there is only one.",
)
@click.option("--namespace", metavar="NS", help="Judge access for this namespace.")
@click.option("--user", metavar="NAME", help="Judge access for this user.")
@click.option(
    "--group", "groups", multiple=True, metavar="NAME", help="A group of the user; may be repeated."
)
@click.option(
    "--select", "selected", multiple=True, metavar="GROUP=VALUE", help="Chosen so far; may be repeated."
)
@click.option(
    "--compat",
    type=click.Choice(("kubeflow",)),
    help="Answer as Kubeflow Notebooks does, its faults included.",
)
@click.option(
    "-o", "--output", type=click.Choice(("text", "json")), default="text", help="Form of the answer."
)
@format_option
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    name: str | None,
    namespace: str | None,
    user: str | None,
    groups: tuple[str, ...],
    selected: tuple[str, ...],
    compat: str | None,
    output: str,
    findings_format: str,
) -> None:
    """Print what a form may offer for a Template, and why some of it is hidden, denied or does not fit.

    Without --namespace, --user and --group access is not judged. The filter rules of a WorkspaceKind look at the
    labels of the Namespace, which has to be among the inputs.
    """
    chosen = parsed(selected)
    world = World(paths)
    try:
        template = world.named(Template, name) if name is not None else world.only(Template, "--template")
    except Broken:
        report(world.findings, world.inputs, findings_format)
        ctx.exit(1)
    except Unusable:
        report_errors(world.findings, world.inputs, findings_format)
        raise
    check_selection(chosen, template)
    subject = {"username": user or "", "groups": list(groups)} if user is not None or groups else None
    offers = nbcore.choices(
        template,
        world.catalog,
        namespace=namespace,
        subject=subject,
        selected=chosen,
        settings=nbcore.Settings(compat="kubeflow" if compat else ""),
    )
    failed = report((*world.findings, *offers.findings), world.inputs, findings_format)
    click.echo(_as_json(offers) if output == "json" else _as_text(offers, template.kind))
    ctx.exit(1 if failed else 0)


def _as_json(offers: Choices) -> str:
    plain: dict[str, Any] = {
        "schema": SCHEMA,
        "template": offers.template,
        "denied": offers.denied,
        "hidden": offers.hidden,
        "groups": [_group_as_json(one) for one in offers.groups],
        "podDefaults": [dataclasses.asdict(one) for one in offers.pod_defaults],
        "findings": [as_json(one) for one in offers.findings],
    }
    return json.dumps(plain, indent=2, ensure_ascii=False)


def _group_as_json(group: GroupOffer) -> dict[str, Any]:
    return {
        "id": group.id,
        "name": group.name,
        "description": group.description,
        "required": group.required,
        "values": [_value_as_json(one) for one in group.values],
    }


def _value_as_json(one: Offer) -> dict[str, Any]:
    fields = {field.name: getattr(one, field.name) for field in dataclasses.fields(one)}
    messages = [{"level": message.level, "text": message.text} for message in one.messages]
    return {**fields, "labels": dict(one.labels), "messages": messages, "available": one.available}


def _as_text(offers: Choices, kind: str) -> str:
    said = [*(["hidden"] if offers.hidden else []), *([f"denied: {offers.denied}"] if offers.denied else [])]
    blocks = [[f"{kind} {offers.template}", *said], *map(_group, offers.groups)]
    if offers.pod_defaults:
        rows = [
            (
                f"{one.namespace}/{one.name}".removeprefix("/"),
                one.title,
                "does not exist" if one.missing else one.description,
            )
            for one in offers.pod_defaults
        ]
        blocks.append(["PodDefaults to choose from", *columns(rows, (60, 60, 400))])
    return "\n\n".join(map(printable_block, blocks))


def _group(group: GroupOffer) -> list[str]:
    title = group.id if group.name == group.id else f"{group.id}: {group.name}"
    rows = [
        (_mark(one), one.id, one.name if one.name != one.id else "", "; ".join(_remarks(one)))
        for one in group.values
    ]
    return [f"{title} (required)" if group.required else title, *columns(rows, (1, 60, 60, 400))]


def _mark(one: Offer) -> str:
    """A star for what is selected, a cross for what may not be picked."""
    return "*" if one.selected else " " if one.available else "x"


def _remarks(one: Offer) -> Iterator[str]:
    """What there is to say about one value."""
    if one.default:
        yield "default"
    if one.hidden:
        yield "hidden"
    if one.denied:
        yield f"denied: {one.denied}"
    if one.misfit:
        yield one.misfit
    if one.redirect:
        yield f"replaced by {one.redirect}"
    yield from map(_message, one.messages)


def _message(message: Message) -> str:
    return f"{message.level}: {message.text}"
