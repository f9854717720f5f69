"""The laws of `diff` and `apply`: changes lead from the old state to the new one, and what means nothing is none."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nbcore.change.applying import apply
from nbcore.change.change import EFFECTS, forcing, worst
from nbcore.change.diffing import diff
from nbcore.change.places import ABSENT, DEFAULTS, Place, pod
from nbcore.settings import Settings
from tests.laws.trees import copied, hostile_json, near_misses, shallow, typed_layers, typed_trees

Json = Any
CARRIERS = st.sampled_from(
    [Settings(carrier="pod"), Settings(carrier="rolling"), Settings(carrier="on-delete")]
)


def workload(tree: Json) -> Json:
    """A StatefulSet around a pod template."""
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "spec": {"template": tree}}


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Json, Json]:
    """Two states: typed and alike, with faults, in other orders, or any JSON."""
    kind = draw(st.sampled_from(("typed", "typed", "near", "same", "any")))
    if kind == "any":
        return draw(hostile_json()), draw(hostile_json())
    old, new = draw(typed_layers(2))
    if kind == "near":
        old, new = draw(near_misses(st.just(old))), draw(near_misses(st.just(new)))
    if kind == "same":
        new = draw(near_misses(st.just(old)))
    new = draw(reordered(new))
    return (workload(old), workload(new)) if draw(st.integers(0, 4)) == 0 else (old, new)


@st.composite
def reordered(draw: st.DrawFn, tree: Json) -> Json:
    """The tree with one of its lists in another order."""
    tree = copied(tree)
    lists = [one for one in _containers(tree) if isinstance(one, list) and len(one) > 1]
    shuffled = draw(st.booleans())
    if lists and shuffled:
        chosen = lists[draw(st.integers(0, len(lists) - 1))]
        chosen[:] = draw(st.permutations(chosen))
    return tree


def _containers(tree: Json) -> list[Json]:
    found, waiting = [], [tree]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict | list):
            found.append(one)
            waiting.extend(one.values() if isinstance(one, dict) else one)
    return found


def identical(one: Json, other: Json) -> bool:
    """Whether two JSON values are equal in every type, however deep."""
    waiting = [(one, other)]
    while waiting:
        a, b = waiting.pop()
        if type(a) is not type(b):
            return False
        if isinstance(a, dict):
            if a.keys() != b.keys():
                return False
            waiting.extend((a[key], b[key]) for key in a)
        elif isinstance(a, list):
            if len(a) != len(b):
                return False
            waiting.extend(zip(a, b, strict=True))
        elif a != b:
            return False
    return True


@given(pairs())
def test_apply_gives_the_new_state(states: tuple[Json, Json]) -> None:
    old, new = states
    assert identical(apply(old, diff(old, new)), new)


@given(pairs())
def test_an_empty_diff_means_same(states: tuple[Json, Json]) -> None:
    old, new = states
    assert (diff(old, new) == []) == identical(old, new)
    assert diff(old, old) == []


@given(pairs(), CARRIERS)
def test_diff_never_raises(states: tuple[Json, Json], settings: Settings) -> None:
    changes = diff(*states, settings=settings)
    assert all(change.effect in EFFECTS and str(change) and repr(change) for change in changes)
    forced = forcing(changes)
    assert (forced is None) == (worst(changes) in ("none", "live"))


@given(pairs(), CARRIERS)
def test_diff_leaves_its_inputs_unchanged(states: tuple[Json, Json], settings: Settings) -> None:
    before = json.dumps(states) if all(map(shallow, states)) else None
    changes = diff(*states, settings=settings)
    assert worst(changes) in EFFECTS
    assert before is None or json.dumps(states) == before


@given(pairs())
def test_apply_leaves_the_old_state_unchanged(states: tuple[Json, Json]) -> None:
    old, new = states
    before = json.dumps(old) if shallow(old) else None
    apply(old, diff(old, new))
    assert before is None or json.dumps(old) == before


@given(typed_trees(), CARRIERS, st.randoms(use_true_random=False))
def test_what_the_server_defaults_is_no_change(tree: Json, settings: Settings, random: Any) -> None:
    written = written_out(tree, pod(), random)
    changes = diff(tree, written, settings=settings) + diff(written, tree, settings=settings)
    assert [str(change) for change in changes if change.effect != "none"] == []


def written_out(value: Json, place: Place | None, random: Any) -> Json:
    """The tree with some defaults, nulls and zeros that mean the same written into it."""
    if place is None:
        return value
    if isinstance(value, list):
        return [written_out(one, place.element, random) for one in value]
    if not isinstance(value, dict) or place.kind == "map":
        return value
    out = {key: written_out(one, place.fields.get(key), random) for key, one in value.items()}
    for name, below in place.fields.items():
        if name not in value and random.random() < 0.3:
            out[name] = random.choice(_meaning_nothing(below))
    return out


def _meaning_nothing(place: Place) -> list[Json]:
    """What may stand there instead of nothing."""
    empty: dict[str, Json] = {"list": [], "map": {}}
    found: list[Json] = [None]
    if place.name in DEFAULTS:
        found.append(DEFAULTS[place.name])
    if place.kind in empty:
        found.append(empty[place.kind])
    return found


@given(pairs())
def test_what_is_shown_of_a_change_hides_values(states: tuple[Json, Json]) -> None:
    old, new = (secretive(one) for one in states)
    for change in diff(old, new):
        shown = f"{change} {change!r}"
        whole = [one for one in (change.shown_old, change.shown_new) if one is not ABSENT]
        assert SECRET not in shown and SECRET not in json.dumps(whole, ensure_ascii=False)


SECRET = "tr0ub4dor"


def secretive(tree: Json) -> Json:
    """The tree with a secret in every value of env, and in a copy of the object."""
    if not shallow(tree):
        return tree
    tree = copied(tree)
    for one in _containers(tree):
        if isinstance(one, dict) and isinstance(one.get("env"), list):
            for at, entry in enumerate(one["env"]):
                if isinstance(entry, dict):
                    entry["value"] = f"{SECRET}{at}" if "value" in entry else SECRET
    if isinstance(tree, dict):
        copy = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps({"value": SECRET})}
        tree["metadata"] = {"annotations": copy}
    return tree
