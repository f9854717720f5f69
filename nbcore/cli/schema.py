"""``nbcore schema``: the JSON Schemas and CRDs that are generated from the models.

They are part of the wheel; in a checkout they are read from where they are generated. Refuses to know what
they say.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from nbcore.cli.reading import Unusable

OWN: Final = ("template", "poddefault", "notebook", "revision")
KUBEFLOW: Final = ("workspacekind", "workspace")
"""Kinds of Kubeflow, whose CRDs come with it: they are printed when somebody names them, and not with our own."""
KINDS: Final = (*OWN, *KUBEFLOW)
CONFIG: Final = "config"
CRDS: Final[Mapping[str, str]] = {
    **{kind: f"{kind}s" for kind in OWN},
    **{kind: f"kubeflow.org_{kind}s" for kind in KUBEFLOW},
}
"""Each kind and the name of the file that its CRD is in."""

_PLACES: Final = (Path(__file__).with_name("schemas"), Path(__file__).parents[2] / "schemas")
"""Where the files are: inside the package, or beside it in a checkout."""


@click.command("schema", short_help="Print JSON Schemas for editors, and CRDs.")
@click.argument(
    "names",
    nargs=-1,
    type=click.Choice((*KINDS, CONFIG, "crd"), case_sensitive=False),
    metavar="[crd] [KIND]...",
)
def command(names: tuple[str, ...]) -> None:
    """Print JSON Schemas for editors, or with `crd` the CustomResourceDefinitions.

    KIND is template, poddefault, notebook or revision, workspacekind or workspace of Kubeflow, or config for
    .nbcore.yaml. `nbcore schema template` prints one JSON Schema; `nbcore schema crd` prints every CRD of
    nbcore's own, ready for `kubectl apply -f -`; without a name the names are listed.
    """
    kinds = [one for one in names if one != "crd"]
    if "crd" in names and CONFIG in kinds:
        raise click.UsageError("a configuration is no object of Kubernetes: it has no CRD")
    if "crd" in names:
        click.echo("---\n".join(_text(f"crd/{CRDS[kind]}.yaml") for kind in kinds or OWN), nl=False)
    elif kinds == [CONFIG]:
        from nbcore.cli.configuration_model import json_schema

        click.echo(json.dumps(json_schema(), indent=2))
    elif len(kinds) == 1:
        click.echo(_text(f"json/{kinds[0]}.json"), nl=False)
    elif kinds:
        raise click.UsageError("name one JSON Schema at a time: several are not one JSON document")
    else:
        click.echo("\n".join((*KINDS, "crd", *(f"crd {kind}" for kind in KINDS), CONFIG)))


def _text(name: str) -> str:
    """The text of a generated file, ended by a line feed.

    Raises: Unusable when it is not there, which is a fault of the installation.
    """
    for place in _PLACES:
        file = place / name
        if file.is_file():
            return file.read_text(encoding="utf-8").rstrip("\n") + "\n"
    raise Unusable(f"this installation of nbcore lacks its file schemas/{name}")
