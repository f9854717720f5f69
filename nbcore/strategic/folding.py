"""How layers become one pod: peers are united, ranks are laid over one another, from the bottom.

Refuses to know what a layer is about; it reads the rank and the tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

from nbcore.kubernetes.paths import Path
from nbcore.model.layer import Layer
from nbcore.strategic.directives import MergeError, cleaned
from nbcore.strategic.overlaying import fold
from nbcore.strategic.uniting import unite


class Problem(NamedTuple):
    """Why a layer cannot be laid over what is below it; ``other`` is the peer that it conflicts with."""

    code: str
    layer: Layer
    path: Path
    reason: str
    other: Layer | None = None


class Folded(NamedTuple):
    """The tree that the layers make, and every problem on the way."""

    tree: dict[str, Any]
    problems: tuple[Problem, ...]


def fold_layers(layers: Sequence[Layer], lower: dict[str, Any] | None = None) -> Folded:
    """The pod that the layers make on top of ``lower``; layers of the rank ``podDefaults`` are peers.

    Shape: layers stand in rank order, as they are to be applied.
    """
    tree = lower or {}
    problems: list[Problem] = []
    for rank, group in groupby(layers, key=lambda layer: layer.rank):
        group_of = members = list(group)
        if rank == "podDefaults" and len(members) > 1:
            members = [_united(members, problems)]
        for layer in members:
            tree, found = lay_over(tree, layer.tree) if tree else (_bottom(layer), [])
            problems.extend(
                Problem(e.code, _holder(layer, group_of, e.path), e.path, e.reason) for e in found
            )
    return Folded(tree, tuple(problems))


def _bottom(layer: Layer) -> dict[str, Any]:
    """The lowest tree: with nothing below it, a null or directive in it has nothing to act on."""
    tree = cleaned(layer.tree) if layer.directed else layer.tree
    return dict(tree) if isinstance(tree, dict) else {}


def _holder(layer: Layer, peers: list[Layer], path: Path) -> Layer:
    """The layer that a problem at a path is about: of united peers the last one that sets something there."""
    if layer in peers:
        return layer
    return next((peer for peer in reversed(peers) if peer.holds(path)), peers[-1])


def lay_over(lower: dict[str, Any], upper: dict[str, Any]) -> tuple[dict[str, Any], list[MergeError]]:
    """The overlay, and every problem on the way; the lower tree itself where the upper one cannot be read."""
    try:
        return fold(lower, upper)
    except MergeError as error:
        return lower, [error]


def _united(peers: list[Layer], problems: list[Problem]) -> Layer:
    """The peers as one layer; a conflict names the earlier peer that set the field."""
    tree: dict[str, Any] = {}
    for at, peer in enumerate(peers):
        try:
            tree, conflicts = unite(tree, peer.tree, rules=peer.policies)
        except MergeError as error:
            problems.append(Problem(error.code, peer, error.path, error.reason))
            continue
        for conflict in conflicts:
            other = next((one for one in peers[:at] if _conflicts(one, peer, conflict.path)), peers[0])
            problems.append(
                Problem(
                    "NB301", peer, conflict.path, f"{other.title} and {peer.title} set it differently", other
                )
            )
    return Layer("podDefaults", "PodDefaults", tree)


def _conflicts(a: Layer, b: Layer, path: Path) -> bool:
    """Whether these two peers alone have the conflict."""
    return any(conflict.path == path for conflict in unite(a.tree, b.tree, rules=b.policies).conflicts)
