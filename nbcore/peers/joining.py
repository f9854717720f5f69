"""What PodDefaults add together to pods with certain containers, and the conflicts among them.

Refuses to know the pod beyond its containers.

Source: reference behaviour of Kubeflow's PodDefault, sections 1.4 and 1.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from nbcore.kubernetes import merge_keys
from nbcore.kubernetes.elements import same
from nbcore.kubernetes.merge_keys import Node
from nbcore.kubernetes.paths import Item, Path
from nbcore.kubernetes.selector import Selector
from nbcore.model.kubeflow_v1 import STARTS, EveryContainer
from nbcore.model.layer import Layer, Policies
from nbcore.model.pod_default import PodDefault
from nbcore.resolve.layers import container_names, pod_default_layer
from nbcore.strategic.directives import PATCH, MergeError, cleaned
from nbcore.strategic.uniting import Conflict, unite

Json = Any
_WHOLE: Final = ("initContainers", "containers")


class Clash(NamedTuple):
    """Something for which peers cannot be united: who, with whom (None: with the pod), where, and why."""

    code: str
    layer: Layer
    path: Path
    reason: str
    other: Layer | None = None


class Peer(NamedTuple):
    """A PodDefault that selects pods."""

    pod_default: PodDefault
    selector: Selector

    @property
    def full_name(self) -> str:
        """Namespace and name."""
        metadata = self.pod_default.metadata
        return f"{metadata.namespace}/{metadata.name}"

    @property
    def for_all(self) -> EveryContainer | None:
        """What it says, if that is meant for every container: if it is one of Kubeflow."""
        spec = self.pod_default.spec
        return spec if isinstance(spec, EveryContainer) else None


class Part(NamedTuple):
    """What the chosen PodDefaults of one dialect add together.

    Shape: ``tree`` may hold directives, ``plain`` is the same without; ``whole`` are containers that are added as
    they are: the field, the container, and whose it is.
    """

    tree: dict[str, Any]
    plain: dict[str, Any]
    policies: Policies
    layers: tuple[Layer, ...]
    whole: tuple[tuple[str, dict[str, Any], Layer], ...]


class Joined(NamedTuple):
    """What chosen PodDefaults add to pods with the same containers, and the conflicts among them.

    Shape: ``memo`` keeps what has been worked out from it; it changes no answer, only its cost.
    """

    parts: tuple[Part, ...]
    clashes: tuple[Clash, ...]
    memo: dict[Any, Any]

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layer of each PodDefault, in order."""
        return tuple(layer for part in self.parts for layer in part.layers)


def starting(peer: Peer, containers: Iterable[Mapping[str, Any]]) -> list[str]:
    """The containers that a PodDefault starts in its own way, by name."""
    spec = peer.for_all
    if spec is None or not spec.each.keys() & {*STARTS}:
        return []
    return [one["name"] for one in spec.targets(containers) if one.keys() & {*STARTS}]


def joined(peers: Sequence[Peer], containers: Sequence[Mapping[str, Any]], main: str) -> Joined:
    """What PodDefaults add together to a pod with these regular containers, and the conflicts among them."""
    clashes: list[Clash] = []
    sidecars = {one["name"] for peer in peers if peer.for_all for one in peer.for_all.sidecars}
    named = [one for one in containers if isinstance(one.get("name"), str)]
    targets = [one for one in named if one["name"] not in sidecars]
    names = container_names({"spec": {"containers": list(containers)}})
    parts = []
    for kubeflow in (False, True):
        members = [one for one in peers if (one.for_all is not None) is kubeflow]
        layers = [pod_default_layer(one.pod_default, main, names, targets) for one in members]
        if layers:
            parts.append(_part(layers, [one.for_all for one in members], clashes))
    return Joined(tuple(parts), tuple(clashes), {})


def _part(layers: list[Layer], specs: list[EveryContainer | None], clashes: list[Clash]) -> Part:
    """The PodDefaults of one dialect as one, each united with those before it."""
    tree: dict[str, Any] = {}
    whole: list[tuple[str, dict[str, Any], Layer]] = []
    policies = layers[0].policies
    for at, (layer, spec) in enumerate(zip(layers, specs, strict=True)):
        own = _without_whole(layer.tree, spec) if spec is not None else _of_pods(layer.tree)
        try:
            own, doubled = unite(_hollow(own), own, rules=policies)
            tree, differing = unite(tree, own, rules=policies)
        except MergeError as error:
            clashes.append(Clash(error.code, layer, error.path, error.reason))
            continue
        clashes += (clash("NB301", layer, layer, one) for one in doubled)
        clashes += (clash("NB301", layer, holder(layers[:at], one.path), one) for one in differing)
        if spec is not None:
            _add_whole(layer, spec, whole, clashes)
    directed = any(layer.directed for layer in layers)
    plain = cleaned(tree) if directed else tree
    return Part(tree, plain if isinstance(plain, dict) else {}, policies, tuple(layers), tuple(whole))


def _of_pods(tree: Json) -> dict[str, Any]:
    """What of a partial template a pod can take: labels, annotations and its spec."""
    metadata, spec = tree.get("metadata"), tree.get("spec")
    given = metadata if isinstance(metadata, dict) else {}
    kept = {one: given[one] for one in ("labels", "annotations") if isinstance(given.get(one), dict)}
    return {
        **({"metadata": kept} if kept else {}),
        **({"spec": spec} if isinstance(spec, dict) and spec else {}),
    }


def _without_whole(tree: Json, spec: EveryContainer) -> dict[str, Any]:
    """The tree without the containers that it adds as they are, which stand last."""
    given = tree.get("spec", {})
    pod = {key: value for key, value in given.items() if key not in _WHOLE}
    parts = given.get("containers", [])
    kept = parts[: len(parts) - len(spec.sidecars)]
    return _of_pods({**tree, "spec": {**pod, "containers": kept} if kept else pod})


def _hollow(tree: Mapping[str, Any]) -> dict[str, Any]:
    """The tree with nothing in its keyed lists, so that uniting both finds what stands twice in one list."""
    node = merge_keys.POD_TEMPLATE.find("spec")
    spec = tree.get("spec") or {}
    pod = _emptied(spec, node)
    for key in _WHOLE:
        inner = node.find(key) if node else None
        if isinstance(spec.get(key), list) and inner:
            named = (one for one in spec[key] if isinstance(one, dict) and "name" in one and PATCH not in one)
            pod[key] = [{"name": one["name"], **_emptied(one, inner.element)} for one in named]
    return {"spec": pod} if pod else {}


def _emptied(value: Mapping[str, Any], node: Node | None) -> dict[str, Any]:
    """The keyed lists of an object, empty."""
    found = {key: node.find(key) for key, one in value.items() if isinstance(one, list)} if node else {}
    return {key: [] for key, one in found.items() if one and (one.map_keys or one.merge_key)}


def _add_whole(
    layer: Layer,
    spec: EveryContainer,
    whole: list[tuple[str, dict[str, Any], Layer]],
    clashes: list[Clash],
) -> None:
    """Adds the containers of a PodDefault, each once; two of one name must be the same."""
    for name in _WHOLE:
        for container in spec.template.get("spec", {}).get(name, ()):
            before = next(
                (one for one in whole if one[0] == name and one[1]["name"] == container["name"]), None
            )
            if before is None:
                whole.append((name, container, layer))
            elif not same(before[1], container):
                path = Path(("spec", name, Item(0, container["name"])))
                clashes.append(clash("NB301", layer, before[2], Conflict(path, before[1], container)))


def holder(layers: Iterable[Layer], path: Path) -> Layer | None:
    """The first layer that sets something at a path."""
    return next((layer for layer in layers if layer.holds(path)), None)


def clash(code: str, layer: Layer, other: Layer | None, conflict: Conflict) -> Clash:
    """A conflict as a clash; a value in it is never told."""
    if other is layer:
        reason = f"{layer.title} sets it twice, and differently"
    else:
        reason = f"{other.title if other else 'the pod'} and {layer.title} set it differently"
    return Clash(code, layer, conflict.path, reason, other)
