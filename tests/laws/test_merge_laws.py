"""The laws of `merge`: what holds for any base and any patch, whatever Kubernetes thinks of them.

That it is Kubernetes' own merge is asked of Kubernetes, in tests/oracles.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from nbcore.kubernetes import merge_keys
from nbcore.kubernetes.elements import child_node
from nbcore.kubernetes.merge_keys import Node
from nbcore.strategic.merging import MergeError, merge
from tests.laws.trees import copied, hostile_json, near_misses, places, shallow, typed_layers, typed_trees

Json = Any
any_tree = st.one_of(near_misses(typed_trees()), hostile_json())


@given(typed_trees() | near_misses(typed_trees()))
def test_merge_has_empty_as_identity(tree: Json) -> None:
    assume(isinstance(tree, dict))
    assert merge(tree, {}) == merge(tree, None) == tree
    assert merge({}, {}) == {}
    plain = without_nulls_and_directives(tree)
    assert merge({}, plain) == merge(None, plain) == plain


def without_nulls_and_directives(tree: Json) -> Json:
    if isinstance(tree, dict):
        kept = {key: one for key, one in tree.items() if one is not None and key[:1] != "$"}
        return {key: without_nulls_and_directives(one) for key, one in kept.items()}
    return [without_nulls_and_directives(one) for one in tree] if isinstance(tree, list) else tree


@given(typed_layers(2), near_misses(typed_trees()), st.booleans())
def test_merge_is_idempotent_for_plain_patches(layers: tuple[Json, Json], other: Json, odd: bool) -> None:
    base, patch = layers[0], with_unique_merge_keys(layers[1], merge_keys.POD_TEMPLATE)
    try:
        once = merge(other if odd else base, patch)
    except MergeError:
        assume(False)
    assert merge(once, patch) == once


def with_unique_merge_keys(tree: Json, node: Node | None) -> Json:
    """The tree without second elements of one merge key; server-side apply has more keys for some lists."""
    if isinstance(tree, dict):
        return {key: with_unique_merge_keys(one, child_node(node, key)) for key, one in tree.items()}
    if not isinstance(tree, list) or node is None:
        return tree
    key = node.merge_key
    kept = list({one[key]: one for one in reversed(tree)}.values())[::-1] if key else tree
    return [with_unique_merge_keys(one, node.element) for one in kept]


@given(any_tree, any_tree)
def test_merge_leaves_inputs_unchanged(base: Json, patch: Json) -> None:
    before = json.dumps([base, patch]) if shallow(base) and shallow(patch) else None
    with suppress(MergeError):
        merge(base, patch)
    assert before is None or json.dumps([base, patch]) == before


@given(typed_layers(2), st.data())
def test_merge_keeps_unknown_fields(layers: tuple[Json, Json], data: st.DataObject) -> None:
    base, patch = layers[0], copied(layers[1])
    known = merge(base, patch)
    holders = [value for value, _ in places({"": base}) if isinstance(value, dict) and "" not in value]
    holder = data.draw(st.sampled_from(holders)) if holders else base
    assume(holder)
    with_field = _with_unknown(base, holder)
    merged = merge(with_field, patch)
    spots = [value for value, key in places({"": merged}) if key == UNKNOWN]
    assert all(value[UNKNOWN] == {"as": ["it", {"came": None}]} for value in spots)
    assert _without_unknown(merged) == known
    assert spots or _is_replaced(known, holder)


UNKNOWN = "x-unknown"


def _with_unknown(tree: Json, holder: Json) -> Json:
    if isinstance(tree, dict):
        out = {key: _with_unknown(one, holder) for key, one in tree.items()}
        return {**out, UNKNOWN: {"as": ["it", {"came": None}]}} if tree is holder else out
    return [_with_unknown(one, holder) for one in tree] if isinstance(tree, list) else tree


def _without_unknown(tree: Json) -> Json:
    if isinstance(tree, dict):
        return {key: _without_unknown(one) for key, one in tree.items() if key != UNKNOWN}
    return [_without_unknown(one) for one in tree] if isinstance(tree, list) else tree


def _is_replaced(merged: Json, holder: Json) -> bool:
    """Whether the map of the base is gone, with the whole atomic list that it stood in."""
    return all(value[key] is not holder for value, key in places({"": merged}))


@given(any_tree, any_tree)
def test_merge_refuses_by_merge_error_only(base: Json, patch: Json) -> None:
    try:
        merged = merge(base, patch)
    except MergeError as error:
        assert error.reason
    else:
        assert isinstance(merged, dict)
