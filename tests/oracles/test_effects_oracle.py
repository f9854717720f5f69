"""Random edits of pods and StatefulSets: does a change do what `diff` says of it, by the word of a real API server?

- two states are stored the same exactly when every change between them has the effect ``none``;
- a stored pod takes what is ``none`` or ``live`` in place, and refuses ``restart`` and ``recreate``, or restarts
  a container: an image, or an amount whose resizePolicy says so;
- a StatefulSet gets a new ControllerRevision exactly when a change has another effect than ``none``.

Run as a program (``python -m tests.oracles.test_effects_oracle --cases 10000 --seed 7``) it prints figures and the
differences. It refuses to know how an effect is found.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from random import Random
from typing import Any, NamedTuple, TypeAlias

import pytest

from nbcore.change.applying import apply
from nbcore.change.change import Change, worst
from nbcore.change.diffing import diff
from nbcore.settings import Settings
from tests.cluster import binaries
from tests.cluster.client import Answer
from tests.cluster.control_plane import ControlPlane
from tests.oracles.pod_places import VERSION
from tests.oracles.realistic_pods import pod
from tests.oracles.state_pairs import edited, reworded
from tests.oracles.stored_states import (
    NAMES,
    Call,
    Judge,
    as_template,
    loosely,
    once,
    resources_of,
    stateful_set,
)

Json: TypeAlias = Any
BATCH = 300
EDITS_A_POD = 10
QUIET_SECONDS = 5.0
POD = Settings(kubernetes_version=VERSION, carrier="pod")
ROLLING = Settings(kubernetes_version=VERSION, carrier="rolling")
GATED = frozenset({"stopSignal", "schedulingGroup", "clusterTrustBundle", "podCertificate"})
"""Fields that this server drops, since their feature gates are off."""

SERVERS = frozenset(
    {
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "generation",
        "managedFields",
        "selfLink",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
    }
)
"""Metadata that the server keeps: an update that says otherwise is a conflict, whatever else it says."""


class Difference(NamedTuple):
    """A pair on which the two differ."""

    kind: str
    told: str
    answer: str
    changes: list[str]
    old: Json
    new: Json


class Tally(NamedTuple):
    """What a run has met."""

    counts: Counter[str]
    differences: list[Difference]


# ---- cases ----


def clean(made: Json) -> Json:
    """The pod without a name and what the server keeps, which no pair is about."""
    metadata = made.get("metadata")
    if isinstance(metadata, dict):
        kept = {key: one for key, one in metadata.items() if key not in SERVERS | NAMES | {"namespace"}}
        metadata = {"name": "a", **kept}
    return {"apiVersion": "v1", "kind": "Pod", **made, "metadata": metadata}


def variant(random: Random, given: Json, stored: Json) -> Json:
    """Another state: the given one in other words, with edits, or both."""
    made = reworded(random, given, stored) if random.random() < 0.6 else copy.deepcopy(given)
    return clean(edited(random, made) if random.random() < 0.7 else made)


def plain(changes: list[Change]) -> bool:
    """Whether none of the changes is about a field that this server drops."""
    text = json.dumps(
        [(list(map(str, one.path.raw)), one.shown_old or 0, one.shown_new or 0) for one in changes]
    )
    return not any(f'"{name}"' in text for name in GATED)


def started(random: Random, judge: Judge, count: int) -> Iterator[tuple[Json, Json]]:
    """Valid pods, each with what is stored of it."""
    pods = [clean(pod(random)) for _ in range(count)]
    for made, answer in zip(pods, judge.stored_pods(pods), strict=True):
        if answer.ok:
            yield made, answer.body


# ---- pairs that are stored the same ----


def pairs(judge: Judge, seed: str, count: int) -> Tally:
    """Pairs of pods, and of templates made of them: stored the same, and called the same?"""
    tally, random = Tally(Counter(), []), Random(seed)
    bases = list(started(random, judge, count))
    pods = [
        (clean(reworded(random, given, stored)), variant(random, given, stored)) for given, stored in bases
    ]
    _judge_pairs(tally, "pods", pods, POD, judge.stored_pods(chain(*pods)))
    templates = [as_template(given) for given, _ in bases]
    stored = judge.stored_sets(templates)
    sets = [
        (reworded(random, given, answer.body["spec"]["template"]), _other(random, given, answer))
        for given, answer in zip(templates, stored, strict=True)
        if answer.ok
    ]
    _judge_pairs(tally, "templates", sets, ROLLING, judge.stored_sets(chain(*sets)))
    return tally


def _other(random: Random, given: Json, answer: Answer) -> Json:
    """Another template: in other words, with edits, or both."""
    made = variant(random, given, answer.body["spec"]["template"])
    return as_template(made)


def _judge_pairs(
    tally: Tally, kind: str, states: list[tuple[Json, Json]], settings: Settings, answers: list[Answer]
) -> None:
    for at, (old, new) in enumerate(states):
        changes = diff(old, new, settings=settings)
        _pair(tally, kind, old, new, changes, answers[2 * at : 2 * at + 2])


def _pair(
    tally: Tally, kind: str, old: Json, new: Json, changes: list[Change], answers: list[Answer]
) -> None:
    if not all(answer.ok for answer in answers) or not plain(changes):
        tally.counts[f"{kind}: left out"] += 1
        return
    one, other = (
        loosely(answer.body) if kind == "pods" else answer.body["spec"]["template"] for answer in answers
    )
    same, effect = one == other, worst(changes)
    name = "stored the same" if same else "stored otherwise"
    tally.counts[f"{kind}: {name}"] += 1
    if same and changes:
        tally.counts[f"{kind}: stored the same, in other words"] += 1
    if same != (effect == "none"):
        tally.differences.append(_difference(kind, effect, name, changes, old, new))


def _difference(kind: str, told: str, answer: str, changes: list[Change], old: Json, new: Json) -> Difference:
    shown = [str(one) for one in changes if one.effect != "none" or told == "none"]
    return Difference(kind, told, answer, shown, old, new)


# ---- updates of stored pods ----


def updates(judge: Judge, seed: str, count: int) -> Tally:
    """Edits of pods that are really stored: taken in place, or refused?"""
    tally, random = Tally(Counter(), []), Random(seed)
    bases = [made for made, _ in started(random, judge, -(-count // EDITS_A_POD))]
    for at, base in enumerate(bases):
        base["metadata"]["name"] = f"pod-{seed}-{at}".lower()
        base["spec"].pop("nodeName", None)  # the pods of nodes and owners that are not there are collected
        base["metadata"].pop("ownerReferences", None)
    live = judge.ask(Call("POST", judge.pods, base, dry=False) for base in bases)
    cases = [
        _case(base, variant(random, base, answer.body), answer.body)
        for base, answer in zip(bases, live, strict=True)
        if answer.ok
        for _ in range(EDITS_A_POD)
    ]
    _judge_updates(judge, tally, cases)
    judge.ask(
        Call("DELETE", judge.pod_path(answer.body), {"gracePeriodSeconds": 0}, dry=False)
        for answer in live
        if answer.ok
    )
    return tally


class Case(NamedTuple):
    """An edit of a stored pod: the changes, the pod that they lead to but for orders that mean nothing."""

    old: Json
    new: Json
    live: Json
    changes: list[Change]
    wanted: Json


def _case(old: Json, new: Json, live: Json) -> Case:
    old = {**old, "metadata": {**old["metadata"], "name": "a"}}
    changes = diff(old, new, settings=POD)
    meant = [one for one in changes if not (one.is_order and one.effect == "none")]
    return Case(old, new, live, changes, apply(old, meant))


def _judge_updates(judge: Judge, tally: Tally, cases: list[Case]) -> None:
    """Asks for each case whether the stored pod may become what would be stored of the new one."""
    fresh = judge.stored_pods([one.wanted for one in cases])
    found = [
        (one, answer.body)
        for one, answer in zip(cases, fresh, strict=True)
        if answer.ok and plain(one.changes)
    ]
    tally.counts["updates: left out"] += len(cases) - len(found)
    calls: list[Call] = []
    owners: list[int] = []
    for at, (one, stored) in enumerate(found):
        wanted = {**one.live, "metadata": _metadata(one.live, stored), "spec": once(stored["spec"])}
        own = [Call("PUT", judge.pod_path(one.live), _with_resources(wanted, one.live))]
        if resources_of(one.live) != resources_of(stored):
            own.append(Call("PUT", judge.pod_path(one.live, "resize"), _with_resources(one.live, wanted)))
        calls += own
        owners += [at] * len(own)
    answers: dict[int, list[Answer]] = {}
    for at, answer in zip(owners, judge.ask(calls), strict=True):
        answers.setdefault(at, []).append(answer)
    for at, (one, _) in enumerate(found):
        _update(tally, one, answers[at])


def _metadata(live: Json, wanted: Json) -> Json:
    """The live pod's metadata with what is wanted of it."""
    kept = {key: one for key, one in live["metadata"].items() if key in SERVERS | {"name", "namespace"}}
    return kept | {key: one for key, one in wanted["metadata"].items() if key not in kept}


def _update(tally: Tally, case: Case, answers: list[Answer]) -> None:
    effect, taken = worst(case.changes), all(answer.ok for answer in answers)
    tally.counts[f"updates: {effect}, {'taken' if taken else 'refused'}"] += 1
    restarts = _restarts_a_container(case.old, case.changes)
    right = taken if effect in ("none", "live") else not taken or restarts
    if not right:
        said = " ".join(answer.message[:400] for answer in answers if not answer.ok) or "taken"
        tally.differences.append(_difference("updates", effect, said, case.changes, case.old, case.new))


def _restarts_a_container(old: Json, changes: list[Change]) -> bool:
    """Whether a change is one that is taken in place, and restarts a container."""
    policies = json.dumps([one.get("resizePolicy") for one in old["spec"]["containers"]])
    policies += json.dumps([one.get("resizePolicy") for one in old["spec"].get("initContainers") or ()])
    for one in changes:
        if one.effect == "restart" and one.path.raw[-1:] == ("image",):
            return True
        if one.effect == "restart" and "resources" in one.path.raw and "RestartContainer" in policies:
            return True
    return False


def _with_resources(pod: Json, other: Json) -> Json:
    """The pod with the resources of the other one."""
    made = copy.deepcopy(pod)
    made["metadata"].pop("resourceVersion", None)
    spec, others = made["spec"], other["spec"]
    _take(spec, others)
    for field in ("containers", "initContainers"):
        known = {one["name"]: one for one in others.get(field) or ()}
        for one in spec.get(field) or ():
            if one["name"] in known:
                _take(one, known[one["name"]])
    return made


def _take(holder: Json, other: Json) -> None:
    holder.pop("resources", None)
    if other.get("resources") is not None:
        holder["resources"] = other["resources"]


# ---- roll-outs ----


def rolls(judge: Judge, seed: str, count: int) -> Tally:
    """Edits of stored StatefulSets: does their controller make a new revision?"""
    tally, random = Tally(Counter(), []), Random(seed)
    bases = list(started(random, judge, 2 * count))
    states = [
        (as_template(given), as_template(variant(random, given, stored)), f"set-{seed}-{at}".lower())
        for at, (given, stored) in enumerate(bases)
    ]
    valid = [answer.ok for answer in judge.stored_sets([one for old, new, _ in states for one in (old, new)])]
    states = [one for at, one in enumerate(states) if valid[2 * at] and valid[2 * at + 1]][:count]
    judge.ask(Call("POST", judge.sets, stateful_set(name, old), dry=False) for old, _, name in states)
    before = _revisions(judge, states)
    paths = [f"{judge.sets}/{name}" for _, _, name in states]
    puts = [
        Call("PUT", path, stateful_set(name, new), dry=False)
        for path, (_, new, name) in zip(paths, states, strict=True)
    ]
    taken = judge.ask(puts)
    after = _revisions(judge, states)
    for at, (old, new, _) in enumerate(states):
        changes = diff(old, new, settings=ROLLING)
        if not taken[at].ok or not plain(changes):
            tally.counts["rolls: left out"] += 1
            continue
        rolled, effect = before[at] != after[at], worst(changes)
        tally.counts[f"rolls: {'new' if rolled else 'same'} revision"] += 1
        if rolled != (effect != "none"):
            tally.differences.append(_difference("rolls", effect, f"rolled: {rolled}", changes, old, new))
    judge.ask(Call("DELETE", path, None, dry=False) for path in paths)
    return tally


def _revisions(judge: Judge, states: list[tuple[Json, Json, str]]) -> list[str]:
    """The update revisions, once the controller has seen everything; it tells so of another generation only."""
    calls = [Call("GET", f"{judge.sets}/{name}", None, dry=False) for _, _, name in states]

    def settled() -> list[str]:
        found = [answer.expect() for answer in judge.ask(calls)]
        seen = all(
            one["status"].get("observedGeneration") == one["metadata"]["generation"]
            and one["status"].get("updateRevision")
            for one in found
        )
        return [one["status"]["updateRevision"] for one in found] if seen else []

    if not states:
        return []
    judge.plane.wait(settled, 60)
    time.sleep(QUIET_SECONDS)
    found: list[str] = judge.plane.wait(settled, 60)
    return found


def run(judge: Judge, count: int, seed: int) -> Iterator[Tally]:
    """The tallies of that many pairs and that many updates, and of roll-outs for one in fifty of them."""
    for start in range(0, count, BATCH):
        size = min(BATCH, count - start)
        yield pairs(judge, f"{seed}-{start}", size)
        yield updates(judge, f"{seed}-{start}", size)
    yield rolls(judge, str(seed), max(5, count // 50))


def total(tallies: Iterator[Tally]) -> Tally:
    """All tallies as one."""
    whole = Tally(Counter(), [])
    for one in tallies:
        whole.counts.update(one.counts)
        whole.differences.extend(one.differences)
    return whole


# ---- tests ----


@pytest.mark.cluster
def test_effects_are_what_the_server_does(control_plane: ControlPlane) -> None:
    count = int(os.environ.get("NBCORE_EFFECT_CASES", "300"))
    tally = total(run(Judge(control_plane), count, seed=20266))
    assert tally.differences == []
    counts = tally.counts
    assert counts["pods: stored the same, in other words"] > count // 20
    assert counts["templates: stored the same, in other words"] > count // 20
    assert counts["pods: stored otherwise"] > count // 10
    assert counts["updates: live, taken"] > count // 40
    assert counts["updates: restart, refused"] > count // 20
    assert counts["rolls: same revision"] and counts["rolls: new revision"]


CLAIM = {
    "metadata": {"name": "c"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}
SET_EDITS: tuple[Json, ...] = (
    {"replicas": 3},
    {"minReadySeconds": 5},
    {"revisionHistoryLimit": 3},
    {"ordinals": {"start": 1}},
    {"updateStrategy": {"type": "OnDelete"}},
    {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"}},
    {"podManagementPolicy": "OrderedReady"},
    {"podManagementPolicy": "Parallel"},
    {"serviceName": "other"},
    {"selector": {"matchLabels": {"oracle": "other"}}},
    {"volumeClaimTemplates": [CLAIM]},
    {
        "template": {
            "metadata": {"labels": {"oracle": "other"}},
            "spec": {"containers": [{"name": "m", "image": "a"}]},
        }
    },
    {
        "template": {
            "metadata": {"labels": {"oracle": "states"}},
            "spec": {"containers": [{"name": "m", "image": "b"}]},
        }
    },
)
"""Edits of a StatefulSet's spec."""


@pytest.mark.cluster
def test_what_no_update_of_a_stateful_set_can_do(control_plane: ControlPlane) -> None:
    judge = Judge(control_plane)
    pod_spec = {"containers": [{"name": "m", "image": "a"}]}
    old = stateful_set("edited", {"metadata": {"labels": {"oracle": "states"}}, "spec": pod_spec})
    live = judge.ask([Call("POST", judge.sets, old, dry=False)])[0].expect()
    path = f"{judge.sets}/edited"
    wanted = [{**old, "spec": {**old["spec"], **edit}} for edit in SET_EDITS]
    answers = judge.ask(Call("PUT", path, one) for one in wanted)
    judge.ask([Call("DELETE", path, None, dry=False)])
    effects = [worst(diff(old, one)) for one in wanted]
    assert [effect != "recreate" for effect in effects] == [answer.ok for answer in answers]
    assert {"none", "live", "restart", "recreate"} == set(effects)
    assert worst(diff(old, live)) == "none"


@pytest.mark.cluster
def test_what_service_account_admission_adds_is_no_change() -> None:
    container = {"name": "main", "image": "a:1", "volumeMounts": [{"name": "a", "mountPath": "/a"}]}
    spec = {"containers": [container, {"name": "b", "image": "b"}], "volumes": [{"name": "a"}]}
    given = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec}
    with ControlPlane(disabled_admission=()) as plane:
        judge = Judge(plane)
        plane.wait(lambda: judge.stored_pods([given])[0].ok)
        stored = judge.stored_pods([given])[0].expect()
    changes = diff(given, stored, settings=POD)
    assert stored["spec"]["serviceAccountName"] == "default"
    assert any(one.path.keyed.startswith("spec.volumes[kube-api-access-") for one in changes)
    assert [str(one) for one in changes if one.effect != "none"] == []
    assert worst(diff(stored, given, settings=POD)) == "none"


# ---- the program ----


def _told(tallies: Iterator[Tally], show: int) -> Iterator[Tally]:
    """The tallies, each difference told as soon as it is met."""
    for tally in tallies:
        for one in tally.differences[:show]:
            print(f"{one.kind}: we say {one.told}, the server: {one.answer}", flush=True)
            for change in one.changes[:12]:
                print(f"    {change}", flush=True)
        yield tally


def main() -> int:
    """The exit code of a run that prints its figures: 1 when there are differences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=20)
    options = parser.parse_args()
    if not all(binaries.find(program) for program in binaries.PROGRAMS):
        print(binaries.MISSING, file=sys.stderr)
        return 2
    start = time.monotonic()
    with ControlPlane() as plane:
        tally = total(_told(run(Judge(plane), options.cases, options.seed), options.show))
    print(f"seed {options.seed}, cases {options.cases}, {time.monotonic() - start:.0f} s")
    for name, number in sorted(tally.counts.items()):
        print(f"  {number:>8}  {name}")
    print(f"  {len(tally.differences):>8}  differences")
    return 1 if tally.differences else 0


if __name__ == "__main__":
    sys.exit(main())
