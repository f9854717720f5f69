"""Folding layers: peers are united first, ranks win in order, problems name the layer."""

from __future__ import annotations

from typing import Any

from nbcore.model.layer import Layer, Rank
from nbcore.strategic.folding import fold_layers


def layer(rank: Rank, title: str, **labels: str) -> Layer:
    return Layer(rank, title, {"metadata": {"labels": labels}})


def test_the_higher_rank_wins() -> None:
    folded = fold_layers([layer("template", "t", a="1", b="1"), layer("options", "o", a="2")])
    assert folded == ({"metadata": {"labels": {"a": "2", "b": "1"}}}, ())


def test_pod_defaults_are_peers_and_conflict() -> None:
    peers = [layer("podDefaults", name, a=value) for name, value in (("x", "1"), ("y", "1"), ("z", "2"))]
    (problem,) = fold_layers([layer("template", "t", a="0"), *peers]).problems
    assert (problem.code, problem.layer.title, problem.path.keyed) == ("NB301", "z", "metadata.labels.a")
    assert problem.other is not None
    assert problem.reason == "x and z set it differently"


def test_a_patch_that_cannot_be_read_leaves_the_lower_tree() -> None:
    lower: Any = {"spec": {"containers": [{"name": "main"}]}}
    broken = Layer("options", "o", {"spec": {"containers": [{"image": "x"}]}})
    folded = fold_layers([Layer("template", "t", lower), broken])
    assert folded.tree == lower
    assert [(one.code, one.layer.title) for one in folded.problems] == [("NB305", "o")]
