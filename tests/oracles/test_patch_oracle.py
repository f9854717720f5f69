"""Patches of live objects: does a real API server make of them what we make of them, and is it then as desired?

Random objects are stored with what others and the server add; each patch is carried out by the server (dry run) and
by `jsonpatch`, whose outcome is then sent as a whole (dry run): the two answers must be one. The outcome must have
all that is desired, leave what others added, and need no second patch. A server-side apply of the same must give the
same fields. Run as a program (``python -m tests.oracles.test_patch_oracle --cases 20000 --seed 1``) it prints
figures and the differences. Custom resources are nothing but JSON to both.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import jsonpatch
import pytest

from nbcore.change.owned import apply_configuration, owned
from nbcore.change.patching import patch
from nbcore.change.shapes import shape_of
from tests.cluster import binaries
from tests.cluster.client import Answer, Client
from tests.cluster.control_plane import ControlPlane
from tests.laws.owned_state import covers
from tests.oracles.patch_cases import CUSTOM, GROUP, Case, Object, case

Json = Any
PER_OBJECT = 20
APPLIED = 0.2
"""How many of the desired objects are sent as a server-side apply, too."""

FILLED_IN_STAYS = re.compile(
    "rollingUpdate: .*(only allowed for|may not be specified when)|more than 1 volume type"
)
OWNED_WHOLE = re.compile(r"/(tolerations|envFrom|add|drop|supplementalGroups)(/\*)?$")
FILLED_IN = re.compile(r"/(serviceAccount|serviceAccountName|rollingUpdate|partition)$")
"""Known limits of server-side apply: it cannot take away what the server filled in, and takes lists as a whole."""

PATCHES = "patches carried out"
ROLLED_OUT: Final = "deployment.kubernetes.io/revision"
COUNTED = ("resourceVersion", "generation", "managedFields")


@dataclass
class Tally:
    """What was counted, and what differed."""

    counts: Counter[str] = field(default_factory=Counter)
    differences: list[tuple[str, Json]] = field(default_factory=list)

    def differs(self, what: str, **facts: Json) -> None:
        """Notes a difference."""
        self.counts[f"DIFFERENT: {what}"] += 1
        self.differences.append((what, facts))


def run(plane: ControlPlane, count: int, seed: int) -> Tally:
    """The tally of so many patches."""
    client, tally = plane.client(), Tally()
    _install(plane, client)
    namespace = plane.namespace(prefix="patches")
    random = Random(seed)
    while tally.counts[PATCHES] + tally.counts["refused by both"] < count:
        made = case(random, "a", namespace)
        if not _stored(client, made):
            tally.counts["no such object can be stored"] += 1
            continue
        try:
            live = client.get(made.stored).expect()
            for _ in range(PER_OBJECT):
                if plane.controllers:  # they may have been at it
                    live = client.get(made.stored).expect()
                _one(client, tally, made, live, made.want(random), random.random() < APPLIED)
        finally:
            _delete(client, made.stored)
    return tally


def _install(plane: ControlPlane, client: Client) -> None:
    """Makes the server know the custom resources."""
    if client.get(CUSTOM).ok:
        return
    client.create(CUSTOM).expect()
    plane.wait(lambda: client.get(f"/apis/{GROUP}/v1/things").ok)


def _stored(client: Client, made: Case) -> bool:
    """Whether an object could be stored: applied by its owner, then updated by others; pods in one go."""
    if made.stored["kind"] == "Pod":
        return client.create(made.stored).ok
    body = apply_configuration(made.last)
    answer = client.patch(made.stored, body, "apply", fieldManager="nbcore")
    if not answer.ok:
        return False
    version = {"resourceVersion": answer.body["metadata"]["resourceVersion"]}
    stored = {**made.stored, "metadata": {**made.stored["metadata"], **version}}
    if client.update(stored, fieldManager="others").ok:
        return True
    _delete(client, made.stored)
    return False


def _delete(client: Client, stored: Object) -> None:
    """Deletes an object at once, its finalizers too."""
    client.patch(stored, {"metadata": {"finalizers": None}}, "merge")
    client.delete(stored, options={"gracePeriodSeconds": 0, "propagationPolicy": "Background"})


def _one(client: Client, tally: Tally, made: Case, live: Object, desired: Object, also_applied: bool) -> None:
    """One patch, by the server and by us."""
    operations = patch(live, desired, made.last)
    for one in operations:
        tally.counts[f"operations: {one['op']}"] += 1
    ours = jsonpatch.apply_patch(live, operations)
    by_server = client.patch(live, operations, "json", dry_run=True)
    by_us = client.update(_sendable(ours), dry_run=True)
    facts = {"live": live, "desired": desired, "last": made.last, "operations": operations}
    if by_server.ok != by_us.ok or (not by_us.ok and by_server.status != by_us.status):
        tally.differs("the server's verdict", server=by_server.message, us=by_us.message, **facts)
    elif not by_server.ok:
        tally.counts["refused by both"] += 1
        tally.counts[f"refused: {_reason(by_server)}"] += 1
    else:
        tally.counts[PATCHES] += 1
        tally.counts[f"kind: {live['kind']}"] += 1
        tally.counts["without an operation"] += not operations
        _judge(tally, by_server.body, by_us.body, made, facts)
        if also_applied and live["kind"] != "Pod":
            _judge_apply(client, tally, by_server.body, facts)


def _reason(answer: Answer) -> str:
    return answer.message.split(":")[1].strip()[:60] if ":" in answer.message else answer.message[:60]


def _sendable(whole: Object) -> Object:
    """The object as a whole update; where the server allows it, whatever its version is by now."""
    if whole["kind"] == "Thing":
        return whole
    metadata = {key: value for key, value in whole["metadata"].items() if key != "resourceVersion"}
    return {**whole, "metadata": metadata}


def _judge(tally: Tally, server: Object, us: Object, made: Case, facts: Json) -> None:
    desired = facts["desired"]
    if _lasting(server) != _lasting(us):
        tally.differs("the outcome", server=_lasting(server), us=_lasting(us), **facts)
    if not covers(server, owned(desired), shape_of(desired)):
        tally.differs("not as desired", server=_lasting(server), **facts)
    if again := patch(server, desired, desired):
        tally.differs("a second patch", again=again, server=_lasting(server), **facts)
    if lost := list(_lost(server, facts["live"], desired)):
        tally.differs("lost what others had added", lost=lost, server=_lasting(server), **facts)


def _judge_apply(client: Client, tally: Tally, patched: Object, facts: Json) -> None:
    """Compares a server-side apply of the same desired object."""
    live, desired = facts["live"], facts["desired"]
    body = apply_configuration(desired, facts["last"])
    answer = client.patch(live, body, "apply", dry_run=True, fieldManager="nbcore", force="true")
    if FILLED_IN_STAYS.search(answer.message):
        tally.counts["apply cannot: what the server filled in stays, and is refused"] += 1
    elif not answer.ok:
        tally.differs("apply is refused", message=answer.message, body=body, **facts)
    elif not covers(answer.body, _filled(owned(desired)), shape_of(desired), ordered=False):
        tally.differs("apply gives other fields", server=_lasting(answer.body), body=body, **facts)
    elif left := set(_left(answer.body, facts)) - set(_left(patched, facts)):
        if all(OWNED_WHOLE.search(path) or FILLED_IN.search(path) for _, path in left):
            tally.counts["apply cannot: what the server or others filled in stays"] += 1
        else:
            tally.differs("apply leaves other fields", left=sorted(left), body=body, **facts)
    else:
        tally.counts["server-side applies"] += 1


def _left(applied: Object, facts: Json) -> list[tuple[str, str]]:
    """What a patch would still take away: what the server fills in, and what it should have taken."""
    operations = patch(applied, _filled(facts["desired"]), facts["last"], guard=False)
    places = [(one["op"], re.sub(r"/[0-9]+(?=/|$)", "/*", one["path"])) for one in operations]
    return [one for one in places if one[0] != "move"]


def _filled(value: Json) -> Json:
    """The value without empty maps: an apply takes a map away, or leaves null, when all that it held goes."""
    if isinstance(value, dict):
        return {key: _filled(one) for key, one in value.items() if one != {}}
    return [_filled(one) for one in value] if isinstance(value, list) else value


def _lasting(whole: Object) -> Object:
    """The object without what counts its versions, also by the Deployment controller, whenever it gets to it."""
    metadata = {key: value for key, value in whole["metadata"].items() if key not in COUNTED}
    if "annotations" in metadata:
        given = metadata["annotations"].items()
        metadata["annotations"] = {key: value for key, value in given if key != ROLLED_OUT}
    return {**{key: value for key, value in whole.items() if key != "status"}, "metadata": metadata}


def _lost(server: Object, live: Object, desired: Object) -> Iterator[str]:
    """What others had added and is no longer there, in words."""
    for field_ in ("labels", "annotations"):
        if not live["metadata"][field_].items() & {("injected", "yes"), ("example.com/injected", "yes")} <= (
            server["metadata"].get(field_, {}).items()
        ):
            yield field_
    if live["metadata"].get("finalizers") != server["metadata"].get("finalizers"):
        yield "finalizers"
    spec, before, wanted = (_inner(one) for one in (server, live, desired))
    if live["kind"] == "Thing" and before["theirs"] != spec.get("theirs"):
        yield "theirs"
    for field_ in ("containers", "volumes", "ports"):
        theirs = [one for one in before.get(field_, ()) if one.get("name") in ("istio-proxy", "injected")]
        if live["kind"] != "Thing" and not all(one in spec.get(field_, ()) for one in theirs):
            yield field_
    kept = [one["name"] for one in wanted.get("containers", ())]
    if "main" in kept and _injected_env(before) != _injected_env(spec):
        yield "env"


def _inner(whole: Object) -> Object:
    """The spec of the pod, or of what is no pod."""
    spec = whole["spec"]
    found: Object = spec["template"]["spec"] if "template" in spec and whole["kind"] != "Thing" else spec
    return found


def _injected_env(spec: Object) -> list[Json]:
    containers = spec.get("containers", ())
    if not isinstance(containers, list):
        return []
    every = [
        one for container in containers if container["name"] == "main" for one in container.get("env", ())
    ]
    return [one for one in every if one["name"] == "INJECTED"]


# ---- tests ----


@pytest.mark.cluster
def test_the_server_patches_as_we_do(control_plane: ControlPlane) -> None:
    tally = run(control_plane, 300, seed=20265)
    assert [(what, facts["operations"]) for what, facts in tally.differences] == []
    assert tally.counts[PATCHES] > 150
    assert tally.counts["server-side applies"] > 20


@pytest.mark.cluster
def test_the_oracle_notices_a_difference(control_plane: ControlPlane) -> None:
    tally, other = Tally(), {"kind": "Service", "metadata": {"labels": {}, "annotations": {}}, "spec": {}}
    live = {**other, "metadata": {"labels": {"injected": "yes"}, "annotations": {}}}
    desired = {**other, "spec": {"selector": {"a": "b"}}}
    made = case(Random(1), "a", "b")
    _judge(tally, other, live, made, {"desired": desired, "live": live, "operations": []})
    assert {what for what, _ in tally.differences} == {
        "the outcome",
        "not as desired",
        "a second patch",
        "lost what others had added",
    }


@pytest.mark.cluster
def test_a_guarded_patch_fails_where_another_element_stands(control_plane: ControlPlane) -> None:
    client, namespace = control_plane.client(), control_plane.namespace(prefix="patches")
    template = {
        "metadata": {"labels": {"a": "b"}},
        "spec": {"containers": [{"name": "main", "image": "i:1"}, {"name": "side", "image": "i:1"}]},
    }
    spec = {"replicas": 0, "serviceName": "s", "selector": {"matchLabels": {"a": "b"}}, "template": template}
    metadata = {"name": "guarded", "namespace": namespace}
    ours = {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata, "spec": spec}
    live = client.create(ours).expect()
    desired = json.loads(json.dumps(ours))
    del desired["spec"]["template"]["spec"]["containers"][1]
    guarded, plain = patch(live, desired, ours), patch(live, desired, ours, guard=False)
    injected = [
        {"op": "add", "path": "/spec/template/spec/containers/0", "value": {"name": "x", "image": "i"}}
    ]
    client.patch(live, injected, "json").expect()
    assert client.patch(live, guarded, "json", dry_run=True).status == 422
    wrong = client.patch(live, plain, "json", dry_run=True).expect()
    assert [one["name"] for one in wrong["spec"]["template"]["spec"]["containers"]] == ["x", "side"]
    again = patch(client.get(live).expect(), desired, ours)
    right = client.patch(live, again, "json", dry_run=True).expect()
    assert [one["name"] for one in right["spec"]["template"]["spec"]["containers"]] == ["x", "main"]


# ---- the program ----


def main() -> int:
    """The exit code of a run that prints its figures: 1 when there are differences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=5, help="how many differences of a kind are shown")
    options = parser.parse_args()
    if not all(binaries.find(program) for program in binaries.PROGRAMS):
        print(binaries.MISSING, file=sys.stderr)
        return 2
    with ControlPlane(controllers=False) as plane:
        start = time.monotonic()
        tally = run(plane, options.cases, options.seed)
        seconds = time.monotonic() - start
    print(f"seed {options.seed}, {seconds:.0f} s, {len(tally.differences)} differences")
    for name, number in sorted(tally.counts.items(), key=lambda item: (-item[1], item[0])):
        print(f"  {number:>8}  {name}")
    for what in sorted({what for what, _ in tally.differences}):
        found = [facts for one, facts in tally.differences if one == what]
        for facts in sorted(found, key=lambda one: len(json.dumps(one)))[: options.show]:
            print(f"{what}: {json.dumps(facts)}")
    return 1 if tally.differences else 0


if __name__ == "__main__":
    sys.exit(main())
