"""The laws of provenance: every leaf has one source, and the sources together are the pod."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from nbcore.kubernetes.elements import leaves, names_element
from nbcore.kubernetes.paths import Path
from nbcore.model.layer import RANKS, Layer
from nbcore.strategic.folding import fold_layers
from nbcore.strategic.provenance import trace
from tests.laws.trees import canonical, copied, near_misses, typed_layers

Json = Any


@st.composite
def layer_stacks(draw: st.DrawFn, *, odd: bool = False) -> list[Layer]:
    """Layers in rank order with trees that often speak of the same things."""
    trees = list(draw(typed_layers(draw(st.integers(1, 4)))))
    if odd:
        trees = [tree for one in trees if isinstance(tree := draw(near_misses(st.just(one), 1)), dict)]
    ranks = sorted((draw(st.sampled_from(RANKS)) for _ in trees), key=RANKS.index)
    return [
        Layer(rank, f"{rank} {at}", tree) for at, (rank, tree) in enumerate(zip(ranks, trees, strict=True))
    ]


def at(tree: Json, path: Sequence[str | int]) -> Json:
    for step in path:
        tree = tree[step]
    return tree


@given(layer_stacks())
def test_every_leaf_has_exactly_one_source(layers: list[Layer]) -> None:
    blames = trace(layers)
    pod = fold_layers(layers).tree
    found = list(leaves(pod))
    assert list(blames) == [path for path, _ in found]
    assert len(blames) == len(found)
    for path, leaf in found:
        winner = blames[path].winner
        assert any(winner.layer.title == layer.title for layer in layers)
        assert canonical(winner.value) == canonical(leaf)
        assert canonical(at(winner.layer.tree, winner.path)) == canonical(leaf)


@given(layer_stacks())
def test_replaying_the_winners_rebuilds_the_pod(layers: list[Layer]) -> None:
    blames = trace(layers)
    pod = fold_layers(layers).tree
    rebuilt = emptied(pod)
    for path, blame in blames.items():
        if path:
            at(rebuilt, path.indexed[:-1])[path.indexed[-1]] = copied(blame.winner.value)
    assert canonical(rebuilt) == canonical(pod)


def emptied(tree: Json) -> Json:
    """The maps and lists of a tree, with nothing of its own in any leaf."""
    if isinstance(tree, dict):
        return {key: emptied(one) for key, one in tree.items()}
    return [emptied(one) for one in tree] if isinstance(tree, list) else "nothing"


@given(layer_stacks())
def test_shadowed_values_are_what_lower_layers_set(layers: list[Layer]) -> None:
    place = {layer.title: number for number, layer in enumerate(layers)}
    for path, blame in trace(layers).items():
        stack = [place[one.layer.title] for one in (blame.winner, *blame.shadowed)]
        assert stack == sorted(set(stack), reverse=True), path
        for one in blame.shadowed:
            event("something is shadowed")
            assert canonical(at(layers[place[one.layer.title]].tree, one.path)) == canonical(one.value)


@given(layer_stacks())
def test_the_highest_layer_that_sets_a_leaf_wins(layers: list[Layer]) -> None:
    folded = fold_layers(layers)
    if folded.problems:
        return
    for path, blame in trace(layers).items():
        if _is_address(path) or blame.winner.value in ({}, []):
            continue  # what is empty says nothing, so nobody shadows it
        for layer in layers:
            if RANKS.index(layer.rank) > RANKS.index(blame.winner.layer.rank):
                set_there = {where for where, _ in leaves(layer.tree)}
                assert path not in set_there or not all(map(_keyed, path)), path


def _is_address(path: Path) -> bool:
    """Whether the leaf tells list elements apart: who brought the element set it, for others it is an address."""
    return not path or names_element(path)


def _keyed(step: Any) -> bool:
    """Whether the step is no bare index: elements without a key add up or stand for their whole list."""
    return isinstance(step, str) or bool(getattr(step, "key", ""))


@given(layer_stacks(odd=True))
def test_provenance_never_raises(layers: list[Layer]) -> None:
    pod = fold_layers(layers).tree
    assert list(trace(layers)) == list(dict(leaves(pod)))
