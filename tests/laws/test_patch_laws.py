"""The laws of patches and of server-side apply bodies: what is ours becomes as desired, and nothing else changes.

What a patch has to do is said here a second time, without walking three trees at once: by what every leaf of
the outcome is. That the server does with a patch what we do is asked in tests/oracles.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonpatch
import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from nbcore.change.merged import patch_of_merge, patch_of_notes
from nbcore.change.owned import NAME, SERVER_FIELDS, SERVER_METADATA, apply_configuration, owned
from nbcore.change.patching import patch
from nbcore.change.shapes import Shape, shape_of, struct
from nbcore.strategic.emitting import overlay_with_notes
from nbcore.strategic.merging import MergeError, merge
from nbcore.strategic.overlaying import overlay
from tests.laws.owned_state import covers, leaves, name, named
from tests.laws.trees import copied, hostile_json, near_misses, shallow, typed_layers, typed_trees

Json = Any
Steps = tuple[Any, ...]
POD = struct("PodTemplateSpec")
KEPT = {(one,) for one in (*NAME, *SERVER_METADATA)}
any_tree = st.one_of(near_misses(typed_trees()), hostile_json())


def modern(trees: tuple[Json, ...]) -> tuple[Json, ...]:
    """The trees without the old name of `serviceAccountName`, which a patch spells the new way."""
    for tree in trees:
        tree.get("spec", {}).pop("serviceAccount", None)
    return trees


def layers_of(count: int) -> st.SearchStrategy[tuple[Json, ...]]:
    """Typed trees that speak of the same things."""
    return typed_layers(count).map(modern)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Json, Json, Json]:
    """A live pod, the desired one and the last desired one: others have added to what we set last, and changed it."""
    last, desired, foreign = draw(layers_of(3))
    kind = draw(st.sampled_from(("added to", "added to", "foreign", "as we left it")))
    if kind == "as we left it":
        return copied(last), desired, last
    try:
        return copied(overlay(last, foreign) if kind == "added to" else foreign), desired, last
    except MergeError:
        return copied(foreign), desired, last


def applied(live: Json, operations: list[Any]) -> Json:
    """The object after the patch, as an implementation of RFC 6902 that is not ours makes it."""
    return jsonpatch.apply_patch(copied(live), operations)


# ---- who owns what ----


def paths(value: Json) -> set[Steps]:
    """The paths of all leaves that say something, and of all that is above them."""
    found = [path for path, _, _ in leaves(value, POD)]
    return {path[:end] for path in found for end in range(len(path) + 1)}


def shape_at(path: Steps) -> Shape | None:
    """The shape of what stands at a path of names."""
    shape: Shape | None = POD
    for step in path:
        if shape is None:
            return None
        shape = shape.element if shape.kind in ("list", "map") else shape.child(step)
    return shape


def is_ours(path: Steps, desired: set[Steps], last: set[Steps]) -> bool:
    """Whether a leaf of the live object is ours to change."""
    if path[:1] == ("metadata",) and path[1:2] in KEPT:
        return path[1] in NAME and path in desired
    if path in desired or path in last:
        return True
    return any(goes_with(path[:end], path[end], desired, last) for end in range(len(path)))


def goes_with(above: Steps, step: Json, desired: set[Steps], last: set[Steps]) -> bool:
    """Whether a field or element goes with what stands above it, or with what stands beside it."""
    shape = shape_at(above)
    for ours in (desired, last):  # a leaf of ours stands above: a whole list, or a value of another type
        if above in ours and not any(len(one) > len(above) and one[: len(above)] == above for one in ours):
            return True
    if shape is None:
        return False
    if (*above, step) in last and (*above, step) not in desired and shape.kind == "list":
        return True  # an element that we give up goes as a whole
    if above in last and above not in desired and (shape.whole or shape.required or shape.union):
        return True  # nothing of such a struct can stay
    if step in shape.union:
        return any((*above, one) in desired for one in shape.union)
    return shape.choice is not None and step == shape.choice[1] and (*above, shape.choice[0]) in desired


# ---- the laws ----


@given(situations())
def test_a_patch_gives_the_desired_owned_state(situation: tuple[Json, Json, Json]) -> None:
    live, desired, last = situation
    result = applied(live, patch(live, desired, last))
    event("changed" if result != live else "unchanged")
    assert covers(result, owned(desired), POD)
    wanted, wanted_leaves = paths(desired), {path for path, _, _ in leaves(desired, POD)}
    there = {path for path, _, _ in leaves(result, POD)}
    before = {path for path, _, shape in leaves(last, POD)}
    left = {
        path
        for path in before & there - {()}
        if not any(path[:end] in wanted_leaves for end in range(1, len(path) + 1)) and path not in wanted
    }
    assert not {path for path in left if path[:1] != ("metadata",) or path[1:2] not in KEPT}


@given(situations())
def test_a_patch_never_touches_an_unowned_path(situation: tuple[Json, Json, Json]) -> None:
    live, desired, last = situation
    result = {path: value for path, value, _ in leaves(applied(live, patch(live, desired, last)), POD)}
    wanted, before = paths(desired), paths(last)
    others = [(path, value) for path, value, _ in leaves(live, POD) if not is_ours(path, wanted, before)]
    event("somebody else's" if others else "nobody else's")
    assert [path for path, value in others if result.get(path) != value] == []


@given(situations())
def test_patch_then_patch_is_empty(situation: tuple[Json, Json, Json]) -> None:
    live, desired, last = situation
    result = applied(live, patch(live, desired, last))
    assert patch(result, desired, last) == []
    assert patch(result, desired, desired) == []
    assert patch(result, desired) == []


@given(layers_of(2))
def test_a_patch_of_everything_is_exact(trees: tuple[Json, Json]) -> None:
    live, desired = trees
    desired = {**desired, "metadata": {**live.get("metadata", {}), **desired.get("metadata", {})}}
    live = {"metadata": {}, **live}
    result = applied(live, patch(live, desired, live, guard=False))
    assert covers(result, owned(desired), POD)
    assert covers({**desired}, owned(result), POD)


@given(any_tree, any_tree, any_tree)
def test_a_patch_leaves_its_inputs_unchanged(live: Json, desired: Json, last: Json) -> None:
    assume(shallow([live, desired, last]))
    before = json.dumps([live, desired, last])
    patch(live, desired, last)
    apply_configuration(desired, last)
    assert json.dumps([live, desired, last]) == before


@given(situations())
def test_the_order_of_others_elements_survives(situation: tuple[Json, Json, Json]) -> None:
    live, desired, last = situation
    result = applied(live, patch(live, desired, last))
    for mine, theirs, ours in lists_of(live, result, [desired, last], POD):
        assert [one for one in theirs if one not in ours] == [one for one in mine if one not in ours]


def lists_of(
    live: Json, result: Json, ours: list[Json], shape: Shape | None
) -> Iterator[tuple[list[Any], list[Any], set[Any]]]:
    """The names in each list with names that both sides have, before and after, and which of them are ours."""
    if isinstance(live, dict) and isinstance(result, dict):
        for key in live.keys() & result.keys():
            inner = [one.get(key) for one in ours if isinstance(one, dict)]
            yield from lists_of(live[key], result[key], inner, shape.child(key) if shape else None)
    elif isinstance(live, list) and isinstance(result, list) and shape is not None and named(shape):
        mine = [one for part in ours if isinstance(part, list) for one in part]
        there = {name(one, shape): one for one in result}
        yield [name(one, shape) for one in live], list(there), {name(one, shape) for one in mine}
        for one in live:
            inner = [other for other in mine if name(other, shape) == name(one, shape)]
            yield from lists_of(one, there.get(name(one, shape)), inner, shape.element)


@given(any_tree, any_tree, any_tree)
def test_any_json_gives_a_patch(live: Json, desired: Json, last: Json) -> None:
    operations = patch(live, desired, last)
    assert isinstance(apply_configuration(desired, last), dict)
    assume(shallow([live, desired, last]))
    result = applied(live, operations)
    assert patch(result, desired, last) == []


@given(situations())
def test_no_operation_of_a_patch_is_in_vain(situation: tuple[Json, Json, Json]) -> None:
    live, desired, last = situation
    operations = patch(live, desired, last, guard=False)
    for at in range(len(operations)):
        try:
            result = applied(live, operations[:at] + operations[at + 1 :])
        except jsonpatch.JsonPatchException:
            continue
        assert patch(result, desired, last) != []


@given(situations())
def test_a_guard_changes_nothing_but_the_tests(situation: tuple[Json, Json, Json]) -> None:
    live, desired, last = situation
    guarded, plain = patch(live, desired, last), patch(live, desired, last, guard=False)
    assert [one for one in guarded if one["op"] != "test"] == plain
    assert applied(live, guarded) == applied(live, plain)


@given(layers_of(2))
def test_sharing_changes_no_patch(layers: tuple[Json, Json]) -> None:
    live, upper = layers
    try:
        desired = overlay(live, upper)
    except MergeError:
        return
    apart = patch(live, copied(desired), copied(live), guard=False)
    assert patch(live, desired, live, guard=False) == apart


@given(layers_of(2), st.sampled_from((merge, overlay)))
def test_the_patch_of_a_merge_is_the_difference(layers: tuple[Json, Json], laid: Any) -> None:
    base, upper = layers
    try:
        result = laid(base, upper)
    except MergeError:
        return
    assume(
        covers(result, result, POD)
    )  # a merge may give two elements one name: they cannot be told apart here
    operations = patch_of_merge(base, upper, result)
    made = applied(base, operations)
    assert covers(made, result, POD)
    assert covers(result, made, POD)
    assert patch_of_merge(made, {}, copied(made)) == []


@given(layers_of(2))
def test_an_emitted_patch_is_that_of_the_difference(layers: tuple[Json, Json]) -> None:
    base, upper = layers
    before = json.dumps(layers)
    try:
        result = overlay(base, upper)
    except MergeError as error:
        with pytest.raises(MergeError, match=re.escape(str(error))):
            overlay_with_notes(base, upper)
        return
    tree, notes = overlay_with_notes(base, upper)
    assert tree == result
    assert json.dumps(layers) == before
    operations, expected = patch_of_notes(notes), patch_of_merge(base, upper, result)
    event("changed" if operations else "unchanged")
    assume(covers(result, result, POD))
    made = applied(base, operations)
    assert covers(made, result, POD)
    assert covers(result, made, POD)
    assert covers(made, applied(base, expected), POD)
    assert len(operations) == len(expected) or "$" in before


@given(typed_trees(), typed_trees())
def test_an_apply_configuration_has_our_fields_and_no_others(desired: Json, last: Json) -> None:
    ours = {"apiVersion": "v1", "kind": "Pod", **desired, "status": {"phase": "Running"}}
    ours["metadata"] = {**desired.get("metadata", {}), "name": "a", "namespace": "b", "managedFields": []}
    body = apply_configuration(ours, last)
    assert not body.keys() & SERVER_FIELDS
    assert not body["metadata"].keys() & SERVER_METADATA
    assert covers(body, owned(ours), shape_of(ours))
    assert covers(owned(ours), body, shape_of(ours))
    gave_up = apply_configuration({}, ours)
    assert gave_up == {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "b"}}
