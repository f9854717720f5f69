"""A pod with its PodDefaults: united, where nothing is in conflict.

Refuses to know which PodDefaults apply.

Laws: test_applied_by_halves_is_never.
Source: reference behaviour of Kubeflow's PodDefault, section 1.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from nbcore.kubernetes.elements import same
from nbcore.kubernetes.paths import Item, Path
from nbcore.model.layer import Layer
from nbcore.peers.joining import Clash, Joined, Part, clash, holder
from nbcore.peers.values import same_container, settled
from nbcore.strategic.uniting import Conflict, unite

Json = Any


def united(pod: dict[str, Any], add: Joined, *, compat: bool = False) -> tuple[dict[str, Any], list[Clash]]:
    """The pod with what PodDefaults add to it, and every conflict; with one of these the pod is of no use.

    Shape: ``pod`` and what comes out share what is not changed; with ``compat`` what Kubeflow's own webhook
    refuses is a conflict too.
    Raises: MergeError for a pod with a list element that lacks the key by which its list is merged.
    """
    clashes = list(add.clashes)
    tree = pod
    for part in add.parts:
        strict = compat and bool(part.policies)
        if strict:
            clashes += _refused_upstream(tree, part)
        tree = _with(tree, part, clashes, add.layers, strict)
    return tree, clashes


def _with(
    tree: dict[str, Any], part: Part, clashes: list[Clash], layers: Sequence[Layer], strict: bool
) -> dict[str, Any]:
    """The tree with one part; conflicts are added to the list."""
    result, conflicts = unite(tree, part.plain, rules=part.policies)
    if part.plain is not part.tree:
        conflicts = unite(tree, part.tree, rules=part.policies).conflicts
    for one in conflicts:
        found = None if strict else settled(result, one.path, one.right, part.plain)
        if found is not None:
            result = found
            continue
        layer = holder(reversed(part.layers), one.path) or part.layers[-1]
        other = holder((one for one in layers if one not in part.layers), one.path)
        clashes.append(clash("NB301" if other else "NB321", layer, other, one))
    return _with_whole(result, part.whole, clashes, strict) if part.whole else result


def _with_whole(
    tree: dict[str, Any],
    whole: Iterable[tuple[str, dict[str, Any], Layer]],
    clashes: list[Clash],
    strict: bool,
) -> dict[str, Any]:
    """The tree with further containers; one that it has already must be the same."""
    spec = dict(tree["spec"])
    for name, container, layer in whole:
        there = spec.get(name) or []
        found = [
            at
            for at, one in enumerate(there)
            if isinstance(one, dict) and one.get("name") == container["name"]
        ]
        if not found:
            spec[name] = [*there, container]
            continue
        one = there[found[-1]]
        if not (same(one, container) if strict else same_container(one, container, name)):
            path = Path(("spec", name, Item(found[-1], container["name"])))
            clashes.append(clash("NB321", layer, None, Conflict(path, one, container)))
    return {**tree, "spec": spec}


# ---- what Kubeflow's own webhook refuses beyond that ----


def _refused_upstream(tree: Mapping[str, Any], part: Part) -> Iterator[Clash]:
    """What the webhook of Kubeflow takes for a conflict though Kubernetes does not: it has one key too few."""
    spec = tree["spec"]
    yield from _once("tolerations", "key", spec, part.plain.get("spec", {}), part)
    below = {one.get("name"): one for one in spec.get("containers") or () if isinstance(one, dict)}
    for container in part.plain.get("spec", {}).get("containers", ()):
        yield from _once("volumeMounts", "name", below.get(container["name"], {}), container, part)


def _once(
    name: str, key: str, lower: Mapping[str, Any], upper: Mapping[str, Any], part: Part
) -> Iterator[Clash]:
    """The elements of a list that have a key that another one has, and are not the same."""
    known = {str(one.get(key, "")): one for one in lower.get(name) or () if isinstance(one, dict)}
    for one in upper.get(name, ()):
        text = one.get(key, "")
        if not same(known.setdefault(text, one), one):
            reason = (
                f"Kubeflow's own webhook lets only one of the {name} have the {key} {text[:64] or 'none'}"
            )
            layer = next((layer for layer in part.layers if _lists(layer, name, one)), part.layers[-1])
            path = ("spec", name) if name in layer.tree.get("spec", {}) else ("spec", "containers")
            yield Clash("NB323", layer, Path(path), reason)


def _lists(layer: Layer, name: str, element: Json) -> bool:
    """Whether a layer has an element in a list of the pod or of a container."""
    spec = layer.tree.get("spec", {})
    holders = (spec, *spec.get("containers", ()))
    return any(element in (one.get(name) or ()) for one in holders)
