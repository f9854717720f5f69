"""``nbcore render``: the pod of each notebook, or the objects that carry it, as manifests that kubectl takes.

Refuses to know how a pod comes about.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple, TypeAlias

import click

import nbcore
from nbcore.catalog import Catalog, read
from nbcore.cli.compat import compat_option
from nbcore.cli.findings import format_option, report, report_errors
from nbcore.cli.manifest import list_manifest, pod_manifest, yaml_text
from nbcore.cli.objects import Broken, World
from nbcore.cli.reading import Unusable, read_inputs
from nbcore.cli.selecting import check_selection, hint, parsed
from nbcore.factors import Selection, notebook_of
from nbcore.finding import Finding
from nbcore.kubernetes.paths import Path
from nbcore.model.notebook import Notebook
from nbcore.model.template import Template
from nbcore.pipeline import OriginOf, Rendering
from nbcore.settings import Settings
from nbcore.workload import Istio, objects

_SOMEWHERE: Final = "default"
"""The namespace of an example whose Template belongs to no namespace."""


class _Manifest(NamedTuple):
    """What is printed of one object: the object, and what is said behind its lines."""

    value: dict[str, Any]
    comments: Mapping[Path, str] | None = None


_Made: TypeAlias = tuple[tuple[_Manifest, ...], tuple[Finding, ...]]


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
@click.option(
    "--namespace",
    metavar="NS",
    help="With --template: where the pod is to run; default: where the Template is.",
)
@click.option("--revision", metavar="FILE", help="Render the environment that is pinned in this Revision.")
@click.option(
    "--objects",
    "whole",
    is_flag=True,
    help="Print all objects that carry the pod, as a controller makes them.",
)
@click.option(
    "--istio", "gateway", metavar="GATEWAY", help="With --objects: also the route through this gateway."
)
@compat_option
@click.option("--annotate", is_flag=True, help="Say behind each line who set it (YAML only).")
@click.option(
    "-o", "--output", type=click.Choice(("yaml", "json")), default="yaml", help="Form of the output."
)
@format_option
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    names: tuple[str, ...],
    template: str | None,
    selected: tuple[str, ...],
    pod_defaults: tuple[str, ...],
    namespace: str | None,
    revision: str | None,
    whole: bool,
    gateway: str | None,
    compat: Settings,
    annotate: bool,
    output: str,
    findings_format: str,
) -> None:
    """Print the pod of each Notebook in files, folders and stdin (-).

    It is the pod that a start would give. A Notebook with errors has none: the errors are on stderr, the
    others are printed, and the exit code is 1. With --template it is the pod of a Notebook that makes the
    given selection, as the findings of `nbcore lint` name it. With --objects it is the StatefulSet with that
    pod, the Service and all else that the controller of its dialect makes for it.
    """
    _check_call(
        annotate=annotate,
        json=output == "json",
        objects=whole,
        istio=gateway is not None,
        template=template is not None,
        selecting=bool(selected or pod_defaults or namespace),
        naming=bool(names or revision),
    )
    world = World(paths)
    pinned = _revision(world, revision) if revision else None
    findings = list(world.findings)
    try:
        chosen = (
            _chosen(world, names)
            if template is None
            else [_example(world, template, Selection(parsed(selected), pod_defaults), namespace)]
        )
    except Broken:
        report(findings, world.inputs, findings_format)
        ctx.exit(1)
    except Unusable:
        report_errors(findings, world.inputs, findings_format)
        raise
    made = partial(_objects, gateway=gateway) if whole else partial(_pod, annotate=annotate)
    manifests: list[_Manifest] = []
    for notebook in chosen:
        printed, found = made(notebook, world.catalog, revision=pinned, settings=compat)
        manifests += printed
        findings += found
    if not chosen and not any(one.severity == "error" for one in findings):
        world.inputs.notes.append(f"the input holds no {world.word(Notebook)}, so there is nothing to render")
    failed = report(findings, world.inputs, findings_format)
    alone = len(names) == 1 and not whole
    _write_json(manifests, alone=alone) if output == "json" else _write_yaml(manifests)
    ctx.exit(1 if failed else 0)


_WRONG_CALLS: Final = (
    ("--annotate needs -o yaml: JSON has no comments", {"annotate", "json"}, ""),
    ("--annotate goes without --objects: it says who set the fields of a pod", {"annotate", "objects"}, ""),
    ("--istio needs --objects", {"istio"}, "objects"),
    ("--select, --pod-default and --namespace need --template", {"selecting"}, "template"),
    ("--template goes without --notebook and --revision", {"template", "naming"}, ""),
)
"""What is said of a call, what is given in it, and what is missing."""


def _check_call(**given: bool) -> None:
    """Raises: UsageError for options that do not go together."""
    for words, there, missing in _WRONG_CALLS:
        if all(given[one] for one in there) and not given.get(missing):
            raise click.UsageError(words)


def _example(world: World, name: str, chosen: Selection, namespace: str | None) -> Notebook:
    """The Notebook that makes a selection of a Template, with the defaults of what is not selected.

    Raises: Unusable where the Template has no such thing; Broken where it cannot be read.
    """
    template = world.named(Template, name)
    check_selection(chosen.options, template)
    offered = [one.name for one in template.spec.optional]
    for one in chosen.pod_defaults:
        if one not in offered:
            raise Unusable(f"there is no optional PodDefault {one}{hint(one, offered)}")
    where = namespace or template.metadata.namespace or _SOMEWHERE
    whole = chosen._replace(options={**_defaults(template), **chosen.options})
    example = read(notebook_of(template, whole, where))
    if not isinstance(example.object, Notebook):
        kind = template.conventions.notebook_kind
        raise Unusable(f"no {kind} can be like that: {example.findings[0].message}")
    return example.object


def _defaults(template: Template) -> dict[str, str]:
    """The defaults of the option groups that have one."""
    groups = template.spec.options
    return {one.id: one.default for one in groups if one.default and one.value(one.default) is not None}


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
        found[notebook.origin.source.object] = notebook
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


def _pod(notebook: Notebook, catalog: Catalog, *, annotate: bool, **more: Any) -> _Made:
    """The pod of a notebook, if there is one, and the findings."""
    rendering = nbcore.render(notebook, catalog, **more)
    if rendering.pod is None:
        return (), rendering.findings
    comments = dict(_comments(rendering)) if annotate else None
    return (_Manifest(pod_manifest(rendering.pod), comments),), rendering.findings


def _objects(notebook: Notebook, catalog: Catalog, *, gateway: str | None, **more: Any) -> _Made:
    """The objects that carry the pod of a notebook, and the findings; a route where a gateway is named."""
    istio = None if gateway is None else Istio(gateway=gateway)
    found, findings = objects(notebook, catalog, istio=istio, **more)
    return tuple(map(_Manifest, found)), findings


def _write_json(manifests: Sequence[_Manifest], *, alone: bool) -> None:
    """Prints a List of the objects, or the object itself where exactly one was asked for."""
    values = [one.value for one in manifests]
    if values or not alone:
        click.echo(json.dumps(values[0] if alone else list_manifest(values), indent=2, ensure_ascii=False))


def _write_yaml(manifests: Iterable[_Manifest]) -> None:
    """Prints the objects as documents of one stream."""
    for at, one in enumerate(manifests):
        click.echo(("---\n" if at else "") + yaml_text(one.value, one.comments), nl=False)


def _comments(rendering: Rendering) -> Iterator[tuple[Path, str]]:
    for path, origin in rendering.origins.items():
        yield path, comment(origin)


def comment(origin: OriginOf) -> str:
    """Who set a field, and where: ``Template kubeflow/jupyter  (kinds.yaml:14)``."""
    place = (
        f"  ({origin.source.file}:{origin.position.line})" if origin.source.file and origin.position else ""
    )
    return f"{origin.layer.title}{place}"
