"""The laws of plans: a plan over a fleet is what rendering and comparing each notebook on its own says."""

from __future__ import annotations

import copy
from collections import Counter
from random import Random
from typing import Any

import jsonpatch
from hypothesis import given
from hypothesis import strategies as st

import nbcore
from nbcore.change.change import forcing, worst
from nbcore.change.comparing import compare
from nbcore.change.diffing import diff
from nbcore.change.places import root_of
from nbcore.planning.areas import areas, touched
from nbcore.planning.bulk_updates import ACTIONS, bulk
from nbcore.planning.consumers import Filter, picked, usage
from nbcore.planning.fleet import STATES, Fleet, Member
from nbcore.planning.planned import plan
from nbcore.planning.rollout import waves
from nbcore.settings import Settings
from tests.laws.fleets import Scene, base, edit_tree, scene, tree
from tests.laws.trees import hostile_json, near_misses

SEEDS = st.integers(0, 2**32)
SETTINGS = st.sampled_from(
    [
        Settings(carrier="pod"),
        Settings(carrier="rolling"),
        Settings(carrier="on-delete"),
        Settings(compat="kubeflow"),
    ]
)


def told(outcome: str, changes: Any, findings: Any) -> Any:
    """What a plan says of a notebook, its own values left out."""
    where = [(one.path.keyed, one.is_order, one.effect) for one in changes]
    first = forcing(changes)
    wrong = [(one.code, one.path.keyed, one.message, one.severity) for one in findings]
    return outcome, where, first and first.path.keyed, wrong


def alone(notebook: Any, old: nbcore.Catalog, new: nbcore.Catalog, settings: Settings) -> Any:
    """What rendering and comparing this notebook says."""
    name = notebook.get("status", {}).get("revision", "")
    pin = old.get("Revision", name, notebook["metadata"]["namespace"])
    before = nbcore.render(notebook, old, revision=pin, settings=settings)
    after = nbcore.render(notebook, new, settings=settings)
    if before.pod is None:
        return told("broken" if after.pod is None else "repaired", (), before.findings)
    if after.pod is None:
        return told("refused", (), after.findings)
    if notebook["kind"] == "Workspace":
        settings = Settings(carrier="rolling", compat=settings.compat)
    changes = diff(before.pod, after.pod, settings=settings)
    effect = worst(changes)
    return told("unchanged" if effect == "none" else effect, changes, ())


def planned(found: Any) -> dict[tuple[str, str, str], Any]:
    """What a plan says of each notebook."""
    said = {}
    for entry in found.entries:
        for one in entry.notebooks:
            assert (one.kind, one.namespace, one.name) not in said, "a notebook stands in two entries"
            said[one.kind, one.namespace, one.name] = told(entry.outcome, entry.changes, entry.findings)
    return said


def differences(given: Scene, settings: Settings, *, twice: bool = False) -> list[Any]:
    """The notebooks of which the plan says another thing."""
    old, new = nbcore.Catalog(given.old), nbcore.Catalog(given.new)
    fleet = Fleet(given.notebooks)
    if twice:
        plan(old, nbcore.Catalog(given.old[:2]), fleet, settings=settings)
    said = planned(plan(old, new, fleet, settings=settings))
    found = []
    for one in given.notebooks:
        key = (one["kind"], one["metadata"]["namespace"], one["metadata"]["name"])
        wanted = alone(one, nbcore.Catalog(given.old), nbcore.Catalog(given.new), settings)
        if said.pop(key) != wanted:
            found.append((one, wanted, planned(plan(old, new, fleet, settings=settings))[key]))
    assert not said, "the plan speaks of notebooks that do not exist"
    return found


@given(SEEDS, SETTINGS, st.booleans())
def test_a_plan_equals_each_notebook_on_its_own(seed: int, settings: Settings, twice: bool) -> None:
    assert differences(scene(seed), settings, twice=twice) == []


@given(SEEDS)
def test_a_plan_leaves_its_inputs_unchanged(seed: int) -> None:
    given = scene(seed, 8)
    before = copy.deepcopy(given)
    plan(nbcore.Catalog(given.old), nbcore.Catalog(given.new), given.notebooks).to_json()
    assert given == before


@given(SEEDS)
def test_a_second_plan_is_the_same(seed: int) -> None:
    given = scene(seed, 8)
    old, new, fleet = nbcore.Catalog(given.old), nbcore.Catalog(given.new), Fleet(given.notebooks)
    first = plan(old, new, fleet).to_json()
    assert plan(old, new, fleet).to_json() == first
    assert plan(nbcore.Catalog(given.old), new, given.notebooks).to_json() == first


# ---- what a plan stands on ----


@given(SEEDS, SETTINGS)
def test_layers_that_do_not_meet_an_edit_change_nothing_of_it(seed: int, settings: Settings) -> None:
    random = Random(seed)
    old = base(random)
    new = copy.deepcopy(old)
    for _ in range(random.randint(1, 3)):
        edit_tree(random, new)
    edit = touched(compare(old, new, root_of(old)))
    for _ in range(8):
        upper = tree(random)
        if edit.meets(areas(upper)):
            continue
        before, after = (_laid(lower, upper) for lower in (old, new))
        if before is not None and after is not None:
            assert _effects(before, after, settings) == _effects(old, new, settings)


def _laid(lower: Any, upper: Any) -> Any:
    try:
        return nbcore.overlay(lower, upper)
    except nbcore.MergeError:
        return None


def _effects(old: Any, new: Any, settings: Settings) -> Any:
    return {(one.path.keyed, one.is_order, one.effect) for one in diff(old, new, settings=settings)}


@given(SEEDS)
def test_a_fleet_folds_and_loses_nothing(seed: int) -> None:
    given = scene(seed).notebooks
    fleet = Fleet(given)
    wanted = [(one["metadata"]["namespace"], one["metadata"]["name"]) for one in given]
    assert sorted((one.namespace, one.name) for one in fleet.members) == sorted(wanted)
    cells = [index for one in fleet.selections for cell in one.cells.values() for index in cell]
    assert sorted(cells) == list(range(len(given)))
    for index, member in enumerate(fleet.members):
        metadata = fleet.notebook(index).metadata
        assert (metadata.namespace, metadata.name) == (member.namespace, member.name)


# ---- waves, usage, bulk ----

STATES_OF = st.sampled_from(STATES)
MEMBERS = st.lists(
    st.builds(
        Member,
        st.sampled_from(("Notebook", "Workspace")),
        st.sampled_from("ab"),
        st.integers(0, 40).map(lambda at: f"n{at}"),
        STATES_OF,
    ),
    max_size=40,
    unique_by=lambda one: (one.kind, one.namespace, one.name),
)


@given(MEMBERS, st.floats(0, 1), st.booleans(), st.none() | st.integers(1, 9))
def test_waves_hold_every_notebook_once(
    members: list[Member], canary: float, per_namespace: bool, at_once: int | None
) -> None:
    found = waves(members, canary=canary, per_namespace=per_namespace, at_once=at_once)
    assert sorted(one for wave in found for one in wave.notebooks) == sorted(members)
    assert all(wave.notebooks for wave in found)
    assert len({wave.name for wave in found}) == len(found)
    assert all(at_once is None or len(wave.notebooks) <= at_once for wave in found)
    assert all(not per_namespace or len({one.namespace for one in wave.notebooks}) == 1 for wave in found)
    order = {"stopped": 0, "idle": 1, "canary": 2, "rest": 2}
    ranks = [order[wave.name.split()[0]] for wave in found]
    assert ranks == sorted(ranks)
    quiet = {"stopped", "idle"}
    assert all(
        (wave.name.split()[0] in quiet) == (one.state in quiet) for wave in found for one in wave.notebooks
    )


@given(MEMBERS, st.randoms(use_true_random=False), st.floats(0, 1))
def test_waves_are_the_same_in_any_order(members: list[Member], random: Any, canary: float) -> None:
    shuffled = [*members]
    random.shuffle(shuffled)
    assert waves(shuffled, canary=canary, at_once=7) == waves(members, canary=canary, at_once=7)


@given(SEEDS)
def test_usage_counts_every_notebook_once_a_group(seed: int) -> None:
    given = scene(seed)
    seen: Counter[Any] = Counter()
    for one in usage(given.notebooks, nbcore.Catalog(given.old), unused=True):
        assert one.explicit <= len(one.notebooks)
        seen.update((str(member), one.kind, one.group) for member in one.notebooks)
    assert set(seen.values()) <= {1}
    templates = {key[:2] for key in seen if not key[2]}
    assert len(templates) == len(given.notebooks)


FILTERS = st.builds(
    Filter,
    namespaces=st.sampled_from(((), ("team",), ("t*", "l?b"))),
    templates=st.sampled_from(((), ("t0",), ("k*",))),
    options=st.sampled_from(((), (("image", "a"),), (("imageConfig", "a"), ("size", "b")))),
    images=st.sampled_from(((), ("registry/lab:*",), ("*:1",))),
    states=st.sampled_from(((), ("unknown",), ("stopped",))),
    gpu=st.sampled_from((None, None, True, False)),
    pending=st.sampled_from((None, None, True, False)),
)


@given(SEEDS, FILTERS)
def test_a_filter_picks_what_its_conditions_say(seed: int, where: Filter) -> None:
    given = scene(seed, 12)
    catalog = nbcore.Catalog(given.old)
    alone = [one for notebook in given.notebooks for one in picked([notebook], catalog, where)]
    assert list(picked(given.notebooks, catalog, where)) == alone


@given(SEEDS, st.sampled_from(ACTIONS))
def test_bulk_patches_do_what_they_say(seed: int, action: Any) -> None:
    given = scene(seed, 12)
    catalog = nbcore.Catalog(given.old)
    named = {(one["metadata"]["namespace"], one["metadata"]["name"]): one for one in given.notebooks}
    patched = {}
    for batch in bulk(given.notebooks, catalog, action):
        for patch in batch.patches:
            key = (patch.notebook.namespace, patch.notebook.name)
            after = jsonpatch.apply_patch(named[key], list(patch.operations))
            patched[key] = jsonpatch.apply_patch(after, list(patch.then))
            assert bool(patch.operations) != bool(patch.reason)
    after = [patched.get(key, one) for key, one in named.items()]
    if action == "restart":
        assert all(_is_running(one) for one in patched.values())
        return
    again = [patch for batch in bulk(after, catalog, action) for patch in batch.patches if patch.operations]
    assert again == [], "what was carried out is to be done again"
    if action != "apply":
        assert all(_is_running(one) is (action == "start") for one in after)


def _is_running(notebook: Any) -> bool:
    return not (notebook["spec"].get("stopped") or notebook["spec"].get("paused"))


# ---- bad input ----


@given(st.lists(hostile_json() | near_misses(st.just(scene(3, 1).notebooks[0])), max_size=4))
def test_any_json_is_a_fleet_or_told(given: list[Any]) -> None:
    fleet = Fleet(given)
    found = plan(nbcore.Catalog([]), nbcore.Catalog([]), fleet)
    assert sum(found.counts.values()) == len(fleet)
    assert all(one.severity in ("error", "warning", "info") for one in fleet.findings)
    usage(fleet, nbcore.Catalog([]))
    for action in ACTIONS:
        bulk(fleet, nbcore.Catalog([]), action)
    if fleet.unread:
        assert any(one.severity == "error" for one in fleet.findings)
