"""The laws of standings: total, and a pod that a start would give again is nothing that waits for a restart."""

from __future__ import annotations

import copy
from typing import Any

import jsonpatch
from hypothesis import assume, event, given
from hypothesis import strategies as st

import nbcore
from nbcore.change.patched import patched
from nbcore.change.patching import patch
from nbcore.settings import Settings
from nbcore.standings import standing
from tests.laws.catalogs import Scene, scenes
from tests.laws.test_patch_laws import situations
from tests.laws.trees import hostile_json, near_misses
from tests.laws.update_scenes import pairs
from tests.laws.workspaces import pairs as workspace_pairs

Json = Any
INJECTED = {"name": "istio-proxy", "image": "proxy:1", "env": [{"name": "A", "value": "1"}]}
any_scenes = scenes() | workspace_pairs().map(lambda pair: Scene([pair[0]], pair[1]))


def as_the_cluster_has_it(pod: Json) -> Json:
    """The pod after admission: a sidecar, some defaults, a status, and a volume that others need."""
    live = copy.deepcopy(pod)
    live["status"] = {"phase": "Running"}
    live["metadata"]["uid"] = "1"
    live["metadata"].setdefault("labels", {})["pod-template-hash"] = "x"
    live["spec"].setdefault("restartPolicy", "Always")
    live["spec"].setdefault("terminationGracePeriodSeconds", 30)
    live["spec"]["containers"].append(INJECTED)
    live["spec"].setdefault("volumes", []).append({"name": "injected", "emptyDir": {}})
    return live


@given(any_scenes, st.booleans())
def test_what_a_start_gives_is_no_pending_restart(scene: Scene, known: bool) -> None:
    pod = scene.render().pod
    assume(pod is not None)
    assert pod is not None
    live = as_the_cluster_has_it(pod)
    found = standing(scene.notebook, scene.catalog, running=live, last=pod if known else None)
    assert not found.pending_restart
    for container in live["spec"]["containers"]:
        container["image"] = "registry/of-yesterday:1"
    assert standing(scene.notebook, scene.catalog, running=live).pending_restart


@given(pairs(), st.data(), st.sampled_from(("", "kubeflow")))
def test_standing_is_total(pair: tuple[Scene, Scene], data: Any, compat: Any) -> None:
    before, after = pair
    odd = near_misses(st.sampled_from([after.notebook, *after.objects]), 3) | hostile_json()
    one = data.draw(near_misses(st.just(after.notebook), 2) | odd)
    catalog = nbcore.Catalog([*after.objects, data.draw(odd)])
    running, last = data.draw(odd | st.just(before.render().pod)), data.draw(odd | st.none())
    found = standing(one, catalog, running=running, last=last, settings=Settings(compat=compat))
    event("pending" if found.pending_restart else "not")
    told = found.to_json()
    assert set(told) <= {"pendingRestart", "podTemplateOptions", "pending"}
    for option in found.options:
        assert (option.desired is None) <= (not option.chain)
        assert [step.target for step in option.chain[-1:]] == [option.desired][: len(option.chain)]


@given(situations(), st.booleans())
def test_a_patch_is_carried_out_as_others_do(situation: tuple[Json, Json, Json], guard: bool) -> None:
    live, desired, last = situation
    kept = copy.deepcopy(live)
    operations = patch(live, desired, last, guard=guard)
    assert patched(live, operations) == jsonpatch.apply_patch(live, operations)
    assert live == kept
