"""Layers: the partial pod templates of a Template, its PodDefaults and its options, aimed at their container.

Refuses to know how layers are merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from nbcore.model.kubeflow_v1 import EveryContainer
from nbcore.model.layer import Layer
from nbcore.model.origin import Json, Origin, RawPath
from nbcore.model.pod_default import PodDefault
from nbcore.model.revision import RevisionInput
from nbcore.model.template import OptionGroup, OptionValue, Port, Template

MAIN: Final = "main"
"""The name by which PodDefaults and options mean the notebook's container, whatever it is called."""


def container_names(tree: Json) -> list[str]:
    """The names of the containers of a pod template, in order, init containers last."""
    spec = tree.get("spec") if isinstance(tree, dict) else None
    if not isinstance(spec, dict):
        return []
    names: list[str] = []
    for field in ("containers", "initContainers"):
        containers = spec.get(field)
        names.extend(
            container["name"]
            for container in (containers if isinstance(containers, list) else ())
            if isinstance(container, dict) and isinstance(container.get("name"), str)
        )
    return names


def main_container(template: Template) -> str | None:
    """The container that the notebook runs in: the named one, `main`, or the first; None if there is none."""
    spec = template.spec.template.get("spec")
    containers = spec.get("containers") if isinstance(spec, dict) else None
    names = container_names({"spec": {"containers": containers}})
    wanted = template.spec.main_container
    if wanted is not None:
        return wanted if wanted in names else None
    return MAIN if MAIN in names else next(iter(names), None)


def aimed(tree: Json, main: str, names: Iterable[str]) -> Json:
    """The tree with its container `main` renamed to the notebook's container, where none is called `main`."""
    if main == MAIN or MAIN in names:
        return tree
    spec = tree.get("spec")
    containers = spec.get("containers") if isinstance(spec, dict) else None
    if not isinstance(containers, list):
        return tree
    renamed = [
        {**one, "name": main} if isinstance(one, dict) and one.get("name") == MAIN else one
        for one in containers
    ]
    return {**tree, "spec": {**spec, "containers": renamed}}


def template_layer(template: Template) -> Layer:
    """The base layer."""
    origin = template.origin / "spec" / "template"
    spec = template.spec
    title = _title(template.kind, template.metadata)
    return Layer("template", title, spec.template, origin, directed=spec.directed)


def pod_default_layer(
    pod_default: PodDefault, main: str, names: Iterable[str], containers: Sequence[Json] = ()
) -> Layer:
    """The layer of one PodDefault; ``containers`` are the regular ones below, for whoever means all of them."""
    spec = pod_default.spec
    every = isinstance(spec, EveryContainer)
    tree = spec.expanded(containers) if every else aimed(spec.template, main, names)
    origin = _of_each(pod_default, containers)
    title = _title(pod_default.kind, pod_default.metadata)
    return Layer("podDefaults", title, tree, origin, directed=spec.directed, policies=spec.policies)


def _of_each(pod_default: PodDefault, containers: Sequence[Json]) -> Origin:
    """Where the template stands; what is meant for every container stands in the spec itself."""
    origin = pod_default.origin / "spec" / "template"
    spec = pod_default.spec
    if not isinstance(spec, EveryContainer):
        return origin
    count = len(spec.targets(containers))
    places: dict[RawPath, RawPath] = {("spec", "containers", at): ("spec",) for at in range(count)}
    for at in range(count):
        places.update({("spec", "containers", at, field): ("spec", field) for field in spec.each})
    for at in range(len(spec.sidecars)):
        places["spec", "containers", count + at] = ("spec", "sidecars", at)
    return replace(origin, places={**origin.places, **places}, root=())


def option_layer(
    template: Template, group: OptionGroup, value: OptionValue, main: str, names: Iterable[str]
) -> Layer:
    """The layer of one chosen option value."""
    title = f"{_title(template.kind, template.metadata)} option {group.id}={value.id}"
    tree = aimed(value.template, main, names)
    origin = value.origin / "template"
    return Layer("options", title, tree, origin, group.id, value.id, directed=value.directed)


def input_layer(one: RevisionInput, origin: Origin, main: str, names: Iterable[str]) -> Layer:
    """The layer of one input of a pinned Revision."""
    tree = one.template if one.rank == "template" else aimed(one.template, main, names)
    title = f"{one.kind} {one.namespace}/{one.name}" if one.namespace else f"{one.kind} {one.name}"
    if one.group is not None:
        title = f"{title} option {one.group}={one.value}"
    return Layer(one.rank, title, tree, origin / "template", one.group, one.value)


def merged_ports(template: Iterable[Port], values: Iterable[OptionValue]) -> dict[str, Port]:
    """The endpoints by id: the Template's, completed or replaced by those of the chosen values."""
    ports = {port.id: port for port in template}
    for value in values:
        for port in value.ports:
            below = ports.get(port.id)
            given = port.model_dump(exclude_none=True)
            ports[port.id] = (
                below.model_copy(update={key: getattr(port, key) for key in given}) if below else port
            )
    return ports


def _title(kind: str, metadata: Any) -> str:
    return f"{kind} {metadata.namespace}/{metadata.name}" if metadata.namespace else f"{kind} {metadata.name}"


def labels_of(trees: Iterable[Json]) -> dict[str, str]:
    """The pod labels that partial pod templates set together, higher over lower; null takes one away."""
    labels: dict[str, str] = {}
    for tree in trees:
        metadata = tree.get("metadata")
        found = metadata.get("labels") if isinstance(metadata, dict) else None
        for key, value in found.items() if isinstance(found, dict) else ():
            if isinstance(value, str):
                labels[key] = value
            elif value is None:
                labels.pop(key, None)
    return labels
