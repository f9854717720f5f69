"""The smallest Template and Notebook that render, and what is said about variations of them.

This module refuses to know what is right.
"""

from __future__ import annotations

from typing import Any

import nbcore

IMAGE = "registry/lab:1"
BASE: Any = {"spec": {"containers": [{"name": "lab", "image": IMAGE}]}}


def one(kind: str, name: str, spec: Any) -> dict[str, Any]:
    """An object of one of our kinds in the namespace `team`."""
    metadata = {"name": name, "namespace": "team"}
    return {"apiVersion": "jackhoman.dev/v1beta1", "kind": kind, "metadata": metadata, "spec": spec}


def template(**spec: Any) -> dict[str, Any]:
    """A Template with the container `lab`."""
    return one("Template", "base", {"template": BASE, **spec})


def main(**fields: Any) -> dict[str, Any]:
    """A partial pod template that speaks of the main container."""
    return {"spec": {"containers": [{"name": "main", **fields}]}}


def option(tree: Any, **more: Any) -> dict[str, Any]:
    """A Template's field `options`, with one value that is the default."""
    return {"options": [{"id": "g", "default": "a", "values": [{"id": "a", "template": tree, **more}]}]}


def rendered(base: Any, *others: Any, **spec: Any) -> nbcore.Rendering:
    """What a Notebook of the Template with these fields becomes."""
    notebook = one("Notebook", "mine", {"templateRef": {"name": "base"}, **spec})
    return nbcore.render(notebook, nbcore.Catalog([base, *others]))


def container(rendering: nbcore.Rendering) -> Any:
    """The first container of the pod."""
    assert rendering.pod is not None, [str(one) for one in rendering.findings]
    return rendering.pod["spec"]["containers"][0]


def codes(rendering: nbcore.Rendering) -> list[str]:
    """The codes of the findings, in their order."""
    return [one.code for one in rendering.findings]


def said(rendering: nbcore.Rendering) -> list[tuple[str, str, str]]:
    """Code, path and message of every finding."""
    return [(one.code, str(one.path), one.message) for one in rendering.findings]
