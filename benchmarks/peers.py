"""The peers: what one writes, or takes off the shelf, to make a pod out of layers.

All of them get the layers as trees and need not find, judge or report anything. `deepcopy_merge` is the
straightforward keyed strategic merge that copies both sides at each layer; `one_copy_merge` is the same
with a single copy of the base; `deepmerge_merge` is deepmerge's Merger with a keyed list strategy.

Refuses to know Notebooks, and how nbcore merges.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from deepmerge import Merger

Tree = dict[str, Any]

KEYS: dict[str, tuple[str, ...]] = {
    "containers": ("name",),
    "initContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "imagePullSecrets": ("name",),
    "volumeMounts": ("mountPath",),
    "ports": ("containerPort", "protocol"),
}
"""The keyed lists of the corpus and what tells their elements apart."""

ACCUMULATE = frozenset({"tolerations"})
"""The lists of the corpus that add up."""


def deepcopy_merge(layers: Sequence[Tree]) -> Tree:
    """The pod of the layers; the base and the patch are copied at every layer."""
    pod = layers[0]
    for layer in layers[1:]:
        pod = merge_into(deepcopy(pod), deepcopy(layer))
    return pod


def one_copy_merge(layers: Sequence[Tree]) -> Tree:
    """The pod of the layers; the base is copied once, and every patch."""
    pod = deepcopy(layers[0])
    for layer in layers[1:]:
        pod = merge_into(pod, deepcopy(layer))
    return pod


def merge_into(base: Tree, patch: Tree) -> Tree:
    """The base, changed in place: maps merge, keyed lists merge by key, null deletes, else it replaces."""
    for key, value in patch.items():
        old = base.get(key)
        if value is None:
            base.pop(key, None)
        elif isinstance(value, dict) and isinstance(old, dict):
            merge_into(old, value)
        elif isinstance(value, list) and isinstance(old, list):
            base[key] = merge_lists(key, old, value)
        else:
            base[key] = value
    return base


def merge_lists(name: str, base: list[Any], patch: list[Any]) -> list[Any]:
    """The list after the patch, by the rule for lists of that name."""
    keys = KEYS.get(name)
    if keys:
        return merge_keyed(keys, base, patch)
    if name in ACCUMULATE:
        return base + [element for element in patch if element not in base]
    return patch


def merge_keyed(keys: tuple[str, ...], base: list[Any], patch: list[Any]) -> list[Any]:
    """The base's elements in their order, merged with the patch's of the same key, then the other ones."""
    found = {tuple(element.get(key) for key in keys): element for element in base}
    for element in patch:
        who = tuple(element.get(key) for key in keys)
        old = found.get(who)
        if old is None:
            base.append(element)
            found[who] = element
        else:
            merge_into(old, element)
    return base


def _keyed_strategy(config: Merger, path: list[Any], base: list[Any], patch: list[Any]) -> list[Any]:
    """What deepmerge does with two lists, told by the name of the field that they stand in."""
    name = path[-1] if path else ""
    keys = KEYS.get(name)
    if keys is None:
        return merge_lists(name, base, patch)
    found = {tuple(element.get(key) for key in keys): at for at, element in enumerate(base)}
    for element in patch:
        at = found.get(tuple(element.get(key) for key in keys))
        if at is None:
            base.append(element)
        else:
            base[at] = config.value_strategy([*path, at], base[at], element)
    return base


MERGER = Merger([(list, [_keyed_strategy]), (dict, ["merge"])], ["override"], ["override"])


def deepmerge_merge(layers: Sequence[Tree]) -> Tree:
    """The pod of the layers by deepmerge; it changes its left side and keeps its right: both are copied."""
    pod = deepcopy(layers[0])
    for layer in layers[1:]:
        pod = MERGER.merge(pod, deepcopy(layer))
    return pod
