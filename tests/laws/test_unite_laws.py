"""The laws of `unite`: peers have no order, agree or are told that they do not, and none is lost."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from nbcore.strategic.merging import MergeError
from nbcore.strategic.uniting import Conflict, unite
from tests.laws.trees import canonical, facts, hostile_json, near_misses, shallow, typed_layers, typed_trees

Json = Any
any_tree = st.one_of(near_misses(typed_trees()), hostile_json())


def said(tree: Json) -> set[Any]:
    """What a tree says, list order aside; that a map or list is there and empty says nothing."""
    return {(path, fact) for path, fact in facts(tree) if fact not in (("map", ()), ("list", ()))}


def covers(conflict: Conflict, path: tuple[Any, ...]) -> bool:
    """Whether a fact lies at the place of a conflict or below it."""
    return len(path) >= len(conflict.path) and all(
        mine == (_text(theirs) if isinstance(theirs, tuple) else theirs)
        for mine, theirs in zip(conflict.path, path, strict=False)
    )


def _text(keys: tuple[Any, ...]) -> str:
    return "/".join(str(key) for key in keys if key is not None)


@given(typed_layers(2))
def test_unite_is_commutative_up_to_list_order(peers: tuple[Json, Json]) -> None:
    a, b = peers
    one, other = unite(a, b), unite(b, a)
    event("conflicts" if one.conflicts else "agreement")
    if not one.conflicts:
        assert not other.conflicts
        assert sorted(map(repr, facts(one.tree))) == sorted(map(repr, facts(other.tree)))


@given(typed_layers(2))
def test_unite_conflicts_are_symmetric(peers: tuple[Json, Json]) -> None:
    a, b = peers
    one = [(conflict.path, repr([conflict.left, conflict.right])) for conflict in unite(a, b).conflicts]
    other = [(conflict.path, repr([conflict.right, conflict.left])) for conflict in unite(b, a).conflicts]
    assert sorted(one, key=repr) == sorted(other, key=repr)


@given(typed_layers(3))
def test_unite_is_associative_without_conflicts(peers: tuple[Json, Json, Json]) -> None:
    a, b, c = peers
    left, right = unite(a, b), unite(b, c)
    if not left.conflicts and not right.conflicts:
        one, other = unite(left.tree, c), unite(a, right.tree)
        assert {conflict.path for conflict in one.conflicts} == {
            conflict.path for conflict in other.conflicts
        }
        if not one.conflicts:
            assert json.dumps(one.tree) == json.dumps(other.tree)


@given(typed_trees())
def test_unite_has_empty_as_identity(tree: Json) -> None:
    for a, b in ((tree, {}), ({}, tree), (tree, None), (None, tree)):
        assert unite(a, b) == (tree, ())


@given(typed_trees())
def test_unite_with_itself_changes_nothing(tree: Json) -> None:
    assert unite(tree, json.loads(json.dumps(tree))) == (tree, ())


@given(typed_layers(2))
def test_unite_reports_every_difference(peers: tuple[Json, Json]) -> None:
    a, b = peers
    united = unite(a, b)
    result, first, second = said(united.tree), said(a), said(b)
    assert first <= result <= first | second
    assert all(any(covers(one, path) for one in united.conflicts) for path, _ in second - result)


@given(typed_layers(2))
def test_unite_conflicts_are_differences(peers: tuple[Json, Json]) -> None:
    a, b = peers
    for conflict in unite(a, b).conflicts:
        assert canonical(conflict.left) != canonical(conflict.right)
        assert repr(conflict) == f"Conflict({conflict.path.keyed})"  # the values may be secrets


@given(any_tree, any_tree)
def test_unite_leaves_inputs_unchanged(a: Json, b: Json) -> None:
    before = json.dumps([a, b]) if shallow(a) and shallow(b) else None
    with suppress(MergeError):
        unite(a, b)
    assert before is None or json.dumps([a, b]) == before


@given(any_tree, any_tree)
def test_unite_refuses_by_merge_error_only(a: Json, b: Json) -> None:
    try:
        united = unite(a, b)
    except MergeError as error:
        assert error.reason
    else:
        assert isinstance(united.tree, dict)
