"""``nbcore images``: every image that pods of the inputs can use, and what has to be chosen for it.

Refuses to know which pods there can be, and to ask a registry.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import click

from nbcore.cli.answers import printable_block
from nbcore.cli.columns import Row, columns
from nbcore.cli.compat import compat_option
from nbcore.cli.findings import format_option, number, place_as_json, report
from nbcore.cli.objects import World
from nbcore.cli.reading import Unusable
from nbcore.cli.terminal import printable
from nbcore.images import Condition, Setter, Use, images_of, images_of_notebook, images_of_workload
from nbcore.kubernetes.image import Image
from nbcore.model.notebook import Notebook
from nbcore.model.plain import Plain
from nbcore.model.template import Template
from nbcore.permits import permits_of
from nbcore.settings import Settings

SCHEMA: Final = "nbcore.images/v1"
_MOST_VALUES: Final = 4
"""Values of one option, or denied images, that a line names; the JSON form has all values."""


@click.command("images", short_help="List every image that pods can use, to pull, mirror and scan.")
@click.argument("paths", nargs=-1, required=True, metavar="PATHS...")
@click.option(
    "-o",
    "--output",
    type=click.Choice(("text", "names", "json")),
    default="text",
    help="Form of the answer; names: one image a line, nothing else.",
)
@compat_option
@format_option
@click.pass_context
def command(
    ctx: click.Context, paths: tuple[str, ...], output: str, compat: Settings, findings_format: str
) -> None:
    """List every image that a pod can use: of each Template, Notebook and plain workload.

    Every pod that a Template can produce is looked at. Behind each image stands what has to be chosen for it,
    and for how many pods it is used.
    """
    world = World(paths)
    found = _found(world, compat)
    failed = report(world.findings, world.inputs, findings_format)
    for line in found.remarks:
        click.echo(f"note: {printable(line)}", err=True)
    if not (found.uses or failed):
        raise Unusable("nothing to list: no object of the input runs an image")
    text = _as_json(found) if output == "json" else _as_names(found) if output == "names" else None
    click.echo(_as_text(found, shlex.join(paths)) if text is None else text)
    ctx.exit(1 if failed else 0)


@dataclass(slots=True)
class _Found:
    """All uses of images, how many pods that is about, and what people should know about the answer."""

    uses: list[Use] = field(default_factory=list)
    objects: int = 0
    pods: int = 0
    rendered: int = 0
    remarks: list[str] = field(default_factory=list)

    def add(self, uses: Sequence[Use], pods: int = 1, rendered: int = 1) -> None:
        """Adds what one object uses."""
        self.uses += uses
        self.objects += bool(uses)
        self.pods += pods if uses else 0
        self.rendered += rendered

    def by_image(self) -> dict[str, list[Use]]:
        """The uses of each image, sorted: objects as their names are."""
        found: dict[str, list[Use]] = {}
        for use in sorted(self.uses, key=lambda one: (one.image, one.source)):
            found.setdefault(use.image, []).append(use)
        return found


def _found(world: World, settings: Settings) -> _Found:
    found = _Found()
    for one in world.catalog:
        if isinstance(one, Template):
            _add_template(found, one, world, settings)
        elif isinstance(one, Notebook):
            _add_notebook(found, one, world, settings)
        elif isinstance(one, Plain):
            found.add(images_of_workload(one))
    return found


def _add_template(found: _Found, template: Template, world: World, settings: Settings) -> None:
    permits = permits_of(template, world.catalog, compat=settings.compat != "")
    images = images_of(template, world.catalog, permits=permits)
    found.add(images.uses, images.pods, images.rendered)
    name = template.origin.source.object
    if images.without_pod:
        tried = number(images.rendered, "selection")
        found.remarks.append(
            f"{name}: {images.without_pod:,} of {tried} that were tried give no pod; `nbcore lint` says why"
        )
    if images.denied:
        found.remarks.append(
            f"{name}: filter rules deny {number(len(images.denied), 'image')} in every namespace, not listed here: "
            f"{_cut(images.denied, ', ')}"
        )
    if not images.whole:
        found.remarks.append(f"{name}: not every selection could be tried, so that images may be missing")


def _add_notebook(found: _Found, notebook: Notebook, world: World, settings: Settings) -> None:
    uses = images_of_notebook(notebook, world.catalog, settings=settings)
    found.add(uses)
    if not uses:
        found.remarks.append(f"{notebook.origin.source.object}: it gives no pod; `nbcore lint` says why")


# ---- forms ----


def _as_names(found: _Found) -> str:
    return printable_block(list(found.by_image()))


def _as_text(found: _Found, paths: str) -> str:
    """The images, each with a line a use; the examples can be run as they stand."""
    blocks = [
        printable_block([image, *columns([_row(use, paths) for use in uses], (80, 120, 40))])
        for image, uses in found.by_image().items()
    ]
    ground = f"{number(found.objects, 'object')}, {number(found.pods, 'pod')} ({found.rendered:,} rendered)"
    return "\n\n".join([*blocks, f"{number(len(blocks), 'image')} in {ground}."])


def _row(use: Use, paths: str) -> Row:
    if not use.example:
        return (use.source.object,)
    count = f"{use.pods:,} of {number(use.of, 'pod')}"
    return (use.source.object, _when(use), count, f"e.g. nbcore render {paths} {use.example}")


def _when(use: Use) -> str:
    """When the image is used, in the words of selections."""
    words = " or ".join(map(_in_words, use.conditions)) or "some selections"
    spaces = f" in namespace {', '.join(use.namespaces)}" if use.namespaces else ""
    return f"{words}{spaces}"


def _in_words(condition: Condition) -> str:
    parts = [f"{group}={_cut(values, '|')}" for group, values in condition.options.items()]
    parts += [f"{'with' if there else 'without'} {name}" for name, there in condition.pod_defaults.items()]
    return " ".join(parts) or "always"


def _cut(values: Sequence[str], between: str) -> str:
    more = f"{between}… {len(values) - _MOST_VALUES} more" if len(values) > _MOST_VALUES else ""
    return between.join(values[:_MOST_VALUES]) + more


def _as_json(found: _Found) -> str:
    plain = {
        "schema": SCHEMA,
        "pods": found.pods,
        "rendered": found.rendered,
        "images": [
            {"image": image, **_parts(image), "uses": list(map(_use_as_json, uses))}
            for image, uses in found.by_image().items()
        ],
        "notes": found.remarks,
    }
    return json.dumps(plain, indent=2)


def _parts(text: str) -> dict[str, Any]:
    """The parts of an image's text, with what Docker Hub implies written out; null where it is malformed."""
    try:
        written = Image.parse(text)
    except ValueError:
        return dict.fromkeys(("canonical", "registry", "repository", "tag", "digest"))
    image = written.normalized
    return {
        "canonical": str(image),
        "registry": image.registry,
        "repository": image.repository,
        "tag": image.tag,
        "digest": image.digest,
    }


def _use_as_json(use: Use) -> dict[str, Any]:
    source = use.source
    return {
        "object": {"kind": source.kind, "namespace": source.namespace, "name": source.name},
        "places": [place.keyed for place in use.places],
        "setBy": list(_setters_as_json(use.setters)),
        "conditions": [
            {
                "options": {group: list(values) for group, values in one.options.items()},
                "podDefaults": dict(one.pod_defaults),
            }
            for one in use.conditions
        ],
        "namespaces": list(use.namespaces),
        "pods": use.pods,
        "of": use.of,
        "example": use.example or None,
    }


def _setters_as_json(setters: Iterable[Setter]) -> Iterator[dict[str, Any]]:
    for one in setters:
        yield {"layer": one.layer, **place_as_json(one.source, one.path, one.position)}
