"""What is wrong with layers that have been folded: conflicts, missing images, stray directives (NB3).

Every finding points at the line of the layer that caused it.

Refuses to know how layers are folded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from nbcore.finding import Finding
from nbcore.kubernetes import names
from nbcore.kubernetes.paths import Item, Path
from nbcore.model.layer import Layer, RawPath
from nbcore.model.template import Template

_REMEDIES = {
    "NB301": "Make them agree, or leave the field to one of them.",
    "NB303": "Give the volume another name, or set the old source to null beside the new one.",
    "NB304": "Mount it somewhere else, or delete the old mount with `$patch: delete`.",
    "NB305": "See the page on merge rules.",
    "NB321": "Make them agree, or keep PodDefaults from the pod by an annotation.",
    "NB323": "Give each its own, or do not ask for the behaviour of Kubeflow's own webhook.",
}
_CONTAINERS = ("containers", "initContainers")
_NO_FIELD = Path()


def at_layer(
    code: str,
    layer: Layer,
    raw: RawPath,
    message: str,
    remedy: str = "",
    other: Layer | None = None,
    there: RawPath = (),
    field: Path = _NO_FIELD,
) -> Finding:
    """A finding about a raw path of the layer's tree, with the place of the other layer that plays a part.

    Shape: ``field`` is the place in the pod.
    """
    related = ((other.origin.source, other.written(there), other.position(there)),) if other else ()
    remedy = remedy or _REMEDIES.get(code, "")
    source, position = layer.origin.source, layer.position(raw)
    return Finding(code, "error", layer.written(raw), message, remedy, source, position, related, field=field)


def merge_finding(
    code: str, layer: Layer, path: Path, reason: str, other: Layer | None, below: Sequence[Layer] = ()
) -> Finding:
    """The finding for a problem that merging met at a path of the pod.

    Shape: ``other`` is the peer that it conflicts with; else the nearest of the layers ``below`` that sets
    something there plays the other part.
    """
    if other is None:
        lower = below[: below.index(layer)] if layer in below else below
        other = next((one for one in reversed(lower) if path and one.holds(path)), None)
    message = f"{path.keyed}: {reason}" if path else reason
    if other is not None and code != "NB301":
        message = f"{message} ({other.title} sets it)"
    return at_layer(
        code,
        layer,
        layer.locate(path),
        message,
        other=other,
        there=other.locate(path) if other else (),
        field=path,
    )


def directives_left(tree: dict[str, Any], layers: Sequence[Layer]) -> list[Finding]:
    """A finding for every directive that ended up as a field of the pod, because it stood where it does nothing."""
    suspects = [layer for layer in layers if layer.directed and any(True for _ in _directives(layer.tree))]
    if not suspects:
        return []
    left = {path[-1] for path in _directives(tree)}
    return [
        layer.origin.finding(
            "NB312",
            f"{path[-1]} stands where it has no effect: it would become a field of the pod",
            "Put it on a map or list that a lower layer has, or remove it.",
            path=path,
        )
        for layer in suspects
        for path in _directives(layer.tree)
        if path[-1] in left
    ]


def _directives(tree: Any) -> Iterator[RawPath]:
    """The raw paths of all keys that start with `$`."""
    stack: list[tuple[tuple[str | int, ...], Any]] = [((), tree)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, dict):
            for key, item in value.items():
                if key[:1] == "$":
                    yield (*path, key)
                elif isinstance(item, (dict, list)):
                    stack.append(((*path, key), item))
        elif isinstance(value, list):
            stack.extend(
                ((*path, at), item) for at, item in enumerate(value) if isinstance(item, (dict, list))
            )


def misshapen(tree: dict[str, Any], main: str, layers: Sequence[Layer]) -> list[Finding]:
    """A finding for every part of the folded tree that the Notebook is laid over and that has the wrong shape.

    Also for a tree in which the notebook's container is gone.
    """
    findings = [
        _wrong_shape(Path(path), "map" if kind is dict else "list", layers)
        for path, kind in _SHAPES
        if not _fits(_at(tree, path), kind)
    ]
    containers = [one for one in _list_at(tree, "containers") if isinstance(one, dict)]
    container = next((one for one in containers if one.get("name") == main), None)
    if findings or len(containers) != len(_list_at(tree, "containers")):
        return findings or [_wrong_shape(Path(("spec", "containers")), "list of maps", layers)]
    if container is None:
        remedy = "Keep the container: an option or PodDefault deletes or replaces it."
        message = f"the container {main}, in which the notebook runs, is gone"
        gone = Path(("spec", "containers", Item(None, main)))
        return [at_layer("NB311", layers[-1], (), message, remedy, field=gone)]
    where = Path(("spec", "containers", Item(containers.index(container), main)))
    return [
        _wrong_shape(where / field, "map" if kind is dict else "list of maps", layers)
        for field, kind in _CONTAINER_SHAPES
        if not _fits(container.get(field), kind) or (kind is list and not _all_maps(container.get(field)))
    ] + [
        _wrong_shape(where / "resources" / side, "map", layers)
        for side in ("requests", "limits")
        if isinstance(container.get("resources"), dict) and not _fits(container["resources"].get(side), dict)
    ]


_SHAPES: tuple[tuple[tuple[str, ...], type], ...] = (
    (("metadata",), dict),
    (("metadata", "labels"), dict),
    (("metadata", "annotations"), dict),
    (("spec",), dict),
    (("spec", "containers"), list),
    (("spec", "volumes"), list),
)
_CONTAINER_SHAPES: tuple[tuple[str, type], ...] = (("env", list), ("volumeMounts", list), ("resources", dict))


def _at(tree: Any, path: Sequence[str]) -> Any:
    for step in path:
        tree = tree.get(step) if isinstance(tree, dict) else None
    return tree


def _fits(value: Any, kind: type) -> bool:
    return value is None or isinstance(value, kind)


def _all_maps(value: Any) -> bool:
    return all(isinstance(one, dict) for one in value or ())


def _wrong_shape(path: Path, kind: str, layers: Sequence[Layer]) -> Finding:
    """The finding for the nearest layer that sets the field."""
    layer = next((one for one in reversed(layers) if one.holds(path)), layers[0])
    message = f"{path.keyed} must be a {kind}"
    remedy = "Write it as the Kubernetes API has it."
    return at_layer("NB305", layer, layer.locate(path), message, remedy, field=path)


def containers_without_image(tree: dict[str, Any], layers: Sequence[Layer]) -> list[Finding]:
    """A finding for every container that no layer gives an image, at the layer that brings the container."""
    return [
        _no_image(field_name, container, _list_at(tree, field_name), layers)
        for field_name in _CONTAINERS
        for container in _list_at(tree, field_name)
        if isinstance(container, dict) and not container.get("image")
    ]


def _no_image(
    field_name: str, container: dict[str, Any], containers: list[Any], layers: Sequence[Layer]
) -> Finding:
    name = str(container.get("name", ""))
    others = [
        str(one.get("name"))
        for one in containers
        if isinstance(one, dict) and one is not container and one.get("image")
    ]
    near = names.closest(name, others)
    where = Path(("spec", field_name, Item(None, name)))
    for layer in layers:
        if name and layer.holds(where):
            remedy = (
                f"Did you mean the container {near}?"
                if near
                else "Give it an image, or name an existing container."
            )
            message = f"no layer gives the container {name} an image"
            return at_layer("NB302", layer, layer.locate(where), message, remedy, field=where / "image")
    layer = layers[0]
    return layer.origin.finding(
        "NB302", "a container has neither name nor image", "Give it both.", path=("spec", field_name)
    )


def _list_at(tree: Any, field_name: str) -> list[Any]:
    spec = tree.get("spec") if isinstance(tree, dict) else None
    found = spec.get(field_name) if isinstance(spec, dict) else None
    return found if isinstance(found, list) else []


def no_container(template: Template, container_names: Sequence[str]) -> Finding:
    """The finding for a Template in which no container can be the notebook's."""
    wanted = template.spec.main_container
    if wanted is None:
        return template.origin.finding(
            "NB311",
            "the Template has no container with a name",
            "Give spec.template.spec.containers at least one container.",
            path=("spec", "template"),
        )
    near = names.closest(wanted, container_names)
    return template.origin.finding(
        "NB311",
        f"the Template has no container {wanted}",
        f"Did you mean {near}?" if near else "Name one of its containers.",
        path=("spec", "mainContainer"),
    )
