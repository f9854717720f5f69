"""Who set what: for every leaf of a folded pod the layer that set it, and what it shadowed.

The layers are folded once more, by the same code, with every leaf replaced by a copy of its own that knows
its layer and its place: no second algorithm, so that provenance cannot disagree with the merge. It costs a
fold for each layer, and is computed only when somebody asks.

Refuses to know how the answer is shown.

Laws: test_every_leaf_has_exactly_one_source, test_replaying_the_winners_rebuilds_the_pod,
test_the_highest_layer_that_sets_a_leaf_wins, test_shadowed_values_are_what_lower_layers_set,
test_provenance_never_raises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from nbcore.kubernetes.elements import leaves, names_element
from nbcore.kubernetes.paths import Path
from nbcore.model.layer import Layer, RawPath
from nbcore.strategic.folding import fold_layers


class Setting(NamedTuple):
    """That a layer sets a leaf, where in its tree, and to what."""

    layer: Layer
    path: RawPath
    value: Any

    def __repr__(self) -> str:
        return f"Setting({self.layer.title}, {self.path})"


class Blame(NamedTuple):
    """Who set a leaf, and the lower settings that it shadows, the nearest first."""

    winner: Setting
    shadowed: tuple[Setting, ...] = ()


class _Text(str):
    setting: Setting


class _Int(int):
    setting: Setting


class _Float(float):
    setting: Setting


class _Map(dict[str, Any]):
    setting: Setting


class _List(list[Any]):
    setting: Setting


def trace(layers: Sequence[Layer]) -> dict[Path, Blame]:
    """For every leaf of the pod that the layers make: who set it. Empty maps and lists are leaves too.

    Shape: layers in rank order; the paths are those of the finished pod.
    """
    marked = [replace(layer, tree=_marked(layer.tree, layer, ())) for layer in layers]
    history: dict[Path, list[Setting]] = {}
    tree: dict[str, Any] = {}
    at = 0
    while at < len(marked):
        end = at + 1
        while marked[at].rank == "podDefaults" and end < len(marked) and marked[end].rank == "podDefaults":
            end += 1
        tree = fold_layers(marked[at:end], tree).tree
        for path, leaf in leaves(tree):
            settings = history.setdefault(path, [])
            setting = getattr(leaf, "setting", None) or _fallback(settings, layers[at:end], path, leaf)
            # Who brought an element set its key; for all others the key is only an address.
            if not settings or (settings[-1] is not setting and not names_element(path)):
                settings.append(setting)
        at = end
    return {path: Blame(history[path][-1], tuple(history[path][-2::-1])) for path, _ in leaves(tree)}


def _fallback(settings: list[Setting], peers: Sequence[Layer], path: Path, leaf: Any) -> Setting:
    """The setting of a leaf that cannot carry a mark: null, what a directive emptied, an empty list of two peers."""
    if settings and settings[-1].value == leaf and type(settings[-1].value) is type(leaf):
        return settings[-1]
    layer = next((one for one in reversed(peers) if one.holds(path)), peers[-1])
    raw = layer.locate(path)
    return Setting(layer, raw if len(raw) == len(path) else path.indexed, leaf)


def _marked(value: Any, layer: Layer, path: RawPath) -> Any:
    """A copy in which every leaf is an object of its own that knows its setting.

    A bool is marked as the number that it equals; only its mark is read.
    """
    new: Any
    if isinstance(value, dict):
        new = _Map({key: _marked(item, layer, (*path, key)) for key, item in value.items()})
    elif isinstance(value, list):
        new = _List(_marked(item, layer, (*path, at)) for at, item in enumerate(value))
    elif isinstance(value, str):
        new = _Text(value)
    elif isinstance(value, int):
        new = _Int(value)
    elif isinstance(value, float):
        new = _Float(value)
    else:
        return value
    new.setting = Setting(layer, path, value)
    return new
