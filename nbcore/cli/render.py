"""``nbcore render``: the pod of each notebook, as a manifest that kubectl takes.

Refuses to know how a pod comes about.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import click

import nbcore
from nbcore.catalog import read
from nbcore.cli.findings import format_option, report, report_errors
from nbcore.cli.manifest import list_manifest, pod_manifest, yaml_text
from nbcore.cli.objects import Broken, World, full_name
from nbcore.cli.reading import Unusable, read_inputs
from nbcore.cli.selecting import check_selection, hint, parsed
from nbcore.factors import Selection, notebook_of
from nbcore.kubernetes.paths import Path
from nbcore.model.notebook import Notebook
from nbcore.model.template import Template
from nbcore.pipeline import OriginOf, Rendering


@click.command("render", short_help="Print the pod of each Notebook.")
@click.argument("paths", nargs=-1, required=True, metavar="PATHS...")
@click.option(
    "--notebook", "names", multiple=True, metavar="[NS/]NAME", help="Only this one; may be repeated."
)
@click.option("--template", "template", metavar="[NS/]NAME", help="Render this Template without a Notebook.")
@click.option(
    "--select",
    "selected",
    multiple=True,
    metavar="GROUP=VALUE",
    help="With --template: an option; may be repeated.",
)
@click.option(
    "--pod-default",
    "pod_defaults",
    multiple=True,
    metavar="NAME",
    help="With --template: an optional PodDefault.",
)
@click.option("--revision", metavar="FILE", help="Render the environment that is pinned in this Revision.")
@click.option("--annotate", is_flag=True, help="Say behind each line who set it (YAML only).")
@click.option("-o", "--output", type=click.Choice(("yaml", "json")), default="yaml", help="Form of the pods.")
@format_option
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    names: tuple[str, ...],
    template: str | None,
    selected: tuple[str, ...],
    pod_defaults: tuple[str, ...],
    revision: str | None,
    annotate: bool,
    output: str,
    findings_format: str,
) -> None:
    """Print the pod of each Notebook in files, folders and stdin (-).

    It is the pod that a start would give. A Notebook with errors has none: the errors are on stderr, the
    others are printed, and the exit code is 1. With --template it is the pod of a Notebook that makes the
    given selection, as the findings of `nbcore lint` name it.
    """
    if annotate and output == "json":
        raise click.UsageError("--annotate needs -o yaml: JSON has no comments")
    if template is None and (selected or pod_defaults):
        raise click.UsageError("--select and --pod-default need --template")
    if template is not None and (names or revision):
        raise click.UsageError("--template goes without --notebook and --revision")
    world = World(paths)
    pinned = _revision(world, revision) if revision else None
    findings = list(world.findings)
    try:
        chosen = (
            _chosen(world, names) if template is None else [_example(world, template, selected, pod_defaults)]
        )
    except Broken:
        report(findings, world.inputs, findings_format)
        ctx.exit(1)
    except Unusable:
        report_errors(findings, world.inputs, findings_format)
        raise
    renderings = []
    for notebook in chosen:
        rendering = nbcore.render(notebook, world.catalog, revision=pinned)
        findings += rendering.findings
        renderings.append(rendering)
    if not renderings and not any(one.severity == "error" for one in findings):
        world.inputs.notes.append("the input holds no Notebook, so there is nothing to render")
    failed = report(findings, world.inputs, findings_format)
    pods = [one for one in renderings if one.pod is not None]
    if output == "json":
        _write_json(pods, alone=len(names) == 1)
    else:
        _write_yaml(pods, annotate)
    ctx.exit(1 if failed else 0)


def _example(world: World, name: str, selected: tuple[str, ...], pod_defaults: tuple[str, ...]) -> Notebook:
    """The Notebook that makes a selection of a Template.

    Raises: Unusable where the Template has no such thing; Broken where it cannot be read.
    """
    template = world.named(Template, name)
    options = parsed(selected)
    check_selection(options, template)
    offered = [one.name for one in template.spec.optional]
    for one in pod_defaults:
        if one not in offered:
            raise Unusable(f"there is no optional PodDefault {one}{hint(one, offered)}")
    example = read(notebook_of(template, Selection(options, pod_defaults))).object
    assert isinstance(example, Notebook)
    return example


def _chosen(world: World, names: tuple[str, ...]) -> list[Notebook]:
    """The notebooks to render, each once."""
    if not names:
        return world.all(Notebook)
    found: dict[str, Notebook] = {}
    for name in names:
        try:
            notebook = world.named(Notebook, name)
        except Broken:
            continue  # the findings that are printed say why
        found[full_name(notebook)] = notebook
    return list(found.values())


def _revision(world: World, path: str) -> Any:
    """The one object of a file that holds a Revision; what is wrong with its text joins the findings.

    Raises: Unusable when the file holds another number of objects.
    """
    inputs = read_inputs([path])
    world.inputs.texts.update(inputs.texts)
    world.inputs.documents += inputs.documents
    if len(inputs.documents) != 1:
        raise Unusable(f"{path}: one Revision is needed here, not {len(inputs.documents)} documents")
    return inputs.documents[0]


def _write_json(renderings: Sequence[Rendering], *, alone: bool) -> None:
    """Prints a List of the pods, or the pod itself where exactly one was asked for."""
    manifests = [pod_manifest(one.pod) for one in renderings if one.pod is not None]
    if manifests or not alone:
        whole = manifests[0] if alone else list_manifest(manifests)
        click.echo(json.dumps(whole, indent=2, ensure_ascii=False))


def _write_yaml(renderings: Sequence[Rendering], annotate: bool) -> None:
    """Prints the pods as documents of one stream."""
    for at, one in enumerate(renderings):
        comments = dict(_comments(one)) if annotate else None
        text = yaml_text(pod_manifest(one.pod or {}), comments)
        click.echo(("---\n" if at else "") + text, nl=False)


def _comments(rendering: Rendering) -> Iterator[tuple[Path, str]]:
    for path, origin in rendering.origins.items():
        yield path, comment(origin)


def comment(origin: OriginOf) -> str:
    """Who set a field, and where: ``Template kubeflow/jupyter  (kinds.yaml:14)``."""
    place = (
        f"  ({origin.source.file}:{origin.position.line})" if origin.source.file and origin.position else ""
    )
    return f"{origin.layer.title}{place}"
