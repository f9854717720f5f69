"""The laws of `overlay`: layers may be put together in any grouping, and none loses what a lower one has.

That it is a strategic merge with the order written out is asked of Kubernetes, in tests/oracles.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from hypothesis import assume, event, given
from hypothesis import strategies as st

from nbcore.strategic.merging import MergeError
from nbcore.strategic.overlaying import OverlayError, overlay
from tests.laws.trees import facts, hostile_json, near_misses, shallow, typed_layers, typed_trees

Json = Any
any_tree = st.one_of(near_misses(typed_trees()), hostile_json())


def laid(*layers: Json) -> Json:
    """The layers over one another, or the word that they cannot be."""
    tree: Json = {}
    try:
        for layer in layers:
            tree = overlay(tree, layer)
    except OverlayError:
        return "refused"
    return tree


@given(typed_layers(3))
def test_overlay_is_associative_on_typed_trees(layers: tuple[Json, Json, Json]) -> None:
    low, middle, high = layers
    right = laid(middle, high)
    result = laid(low, middle, high)
    event("refused" if result == "refused" else "laid")
    assert result == (laid(low, right) if right != "refused" else right)
    assert json.dumps(result) == json.dumps(result if right == "refused" else laid(low, right))


@given(typed_trees())
def test_overlay_has_empty_as_identity(tree: Json) -> None:
    assert overlay(tree, {}) == overlay({}, tree) == overlay(tree, None) == overlay(None, tree) == tree


@given(any_tree, any_tree)
def test_overlay_leaves_inputs_unchanged(lower: Json, upper: Json) -> None:
    before = json.dumps([lower, upper]) if shallow(lower) and shallow(upper) else None
    with suppress(MergeError):
        overlay(lower, upper)
    assert before is None or json.dumps([lower, upper]) == before


@given(typed_trees())
def test_overlay_is_idempotent_on_typed_trees(tree: Json) -> None:
    assert overlay(tree, tree) == tree


LASTING = (
    "volumes",
    "volumeMounts",
    "env",
    "ports",
    "containers",
    "initContainers",
    "envFrom",
    "tolerations",
)


def elements(tree: Json) -> set[Any]:
    """The elements of the lists that no layer may lose, by keyed path; one of a set by its content."""
    found: set[Any] = set()
    for path, fact in facts(tree):
        for length, step in enumerate(path, 1):
            if step in LASTING and length < len(path):
                keyed = path[: length + 1]
                found.add((*keyed, fact) if keyed[-1] == "=" else keyed)
    return found


@given(typed_layers(2))
def test_overlay_never_loses_an_element_without_a_directive(layers: tuple[Json, Json]) -> None:
    result = laid(*layers)
    assume(result != "refused")
    assert elements(result) == elements(layers[0]) | elements(layers[1])


@given(typed_layers(2))
def test_overlay_takes_the_upper_value(layers: tuple[Json, Json]) -> None:
    result = laid(*layers)
    assume(result != "refused")
    upper, lower, found = dict(facts(layers[1])), dict(facts(layers[0])), dict(facts(result))
    empty = {path for path, fact in upper.items() if fact in (("map", ()), ("list", ()))}
    assert all(found[path] == fact for path, fact in upper.items() if path not in empty and path[-1] != "=")
    assert all(fact in (upper.get(path), lower.get(path)) for path, fact in found.items() if path[-1] != "=")


@given(any_tree, any_tree)
def test_overlay_refuses_by_merge_error_only(lower: Json, upper: Json) -> None:
    try:
        result = overlay(lower, upper)
    except MergeError as error:
        assert error.reason
    else:
        assert isinstance(result, dict)


@given(near_misses(typed_trees()), near_misses(typed_trees()))
def test_overlay_looks_at_values_only(lower: Json, upper: Json) -> None:
    """An overlay looks at values, never at which object holds them."""
    assume(shallow(lower) and shallow(upper))
    assert outcome(lower, upper) == outcome(json.loads(json.dumps(lower)), json.loads(json.dumps(upper)))


def outcome(lower: Json, upper: Json) -> Json:
    try:
        return json.dumps(overlay(lower, upper))
    except MergeError as error:
        return str(error)
