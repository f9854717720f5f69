"""Asks Kubernetes which nodes a pod may run on, by its node labels, affinity and tolerations.

The DaemonSet controller counts the nodes that a template fits (`status.desiredNumberScheduled`), with the
scheduler's own functions; nbcore asks each node alone. Room on nodes is not asked: the controller does not look.

Run as a program (``python -m tests.oracles.test_quota_nodes_oracle --cases 500 --seed 7``) it prints figures.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

import pytest

from nbcore.checks.quota import Budget, check
from tests.cluster.binaries import MISSING, PROGRAMS, find
from tests.cluster.control_plane import ControlPlane

Json = dict[str, Any]

NODES = 8
BATCH = 40
_KEYS = ("gpu", "zone", "size", "disk")
_VALUES = ("a100", "t4", "1", "2", "16", "08", "")
_EFFECTS = ("NoSchedule", "NoExecute", "PreferNoSchedule")
# What the controller tolerates for every DaemonSet; the first two also because no kubelet reports here.
_STATES = ("not-ready", "unreachable", "disk-pressure", "memory-pressure", "pid-pressure", "unschedulable")
GIVEN = [{"key": f"node.kubernetes.io/{state}", "operator": "Exists"} for state in _STATES]


def _head(version: str, kind: str, name: str, namespace: str = "") -> Json:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": version, "kind": kind, "metadata": metadata}


def node(random: Random, name: str) -> Json:
    labels = {key: random.choice(_VALUES) for key in _KEYS if random.random() < 0.7}
    keys = random.sample(_KEYS, random.choice((0, 0, 1, 2)))
    taints = [
        {"key": key, "value": random.choice(("", "x")), "effect": random.choice(_EFFECTS)} for key in keys
    ]
    one = _head("v1", "Node", name)
    one["metadata"]["labels"] = labels
    return {**one, "spec": {"taints": taints, "unschedulable": random.random() < 0.2}}


def condition(random: Random) -> Json:
    operator = random.choice(("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"))
    values = {"In": 2, "NotIn": 2, "Gt": 1, "Lt": 1}.get(operator, 0)
    pool = ("0", "1", "2", "09") if values == 1 else _VALUES
    found = {"key": random.choice(_KEYS), "operator": operator}
    return {**found, **({"values": random.sample(pool, values)} if values else {})}


def term(random: Random, names: list[str]) -> Json:
    found: Json = {}
    if random.random() < 0.85:
        found["matchExpressions"] = [condition(random) for _ in range(random.choice((1, 1, 2)))]
    if random.random() < 0.2:
        operator = random.choice(("In", "NotIn"))
        found["matchFields"] = [
            {"key": "metadata.name", "operator": operator, "values": [random.choice(names)]}
        ]
    return found


def toleration(random: Random) -> Json:
    if random.random() < 0.1:
        return {"operator": "Exists", **({"effect": "NoSchedule"} if random.random() < 0.5 else {})}
    found: Json = {"key": random.choice(_KEYS)}
    if random.random() < 0.5:
        found["operator"] = "Exists"
    else:
        found |= random.choice(({}, {"operator": "Equal"})) | random.choice(({"value": "x"}, {}))
    return found | random.choice(({}, {"effect": "NoSchedule"}, {"effect": "NoExecute"}))


def pod_spec(random: Random, names: list[str]) -> Json:
    spec: Json = {"containers": [{"name": "c", "image": "i:1"}]}
    spec["tolerations"] = [*GIVEN, *(toleration(random) for _ in range(random.choice((0, 1, 2, 4))))]
    if random.random() < 0.4:
        spec["nodeSelector"] = {key: random.choice(_VALUES) for key in random.sample(_KEYS, 1)}
    if random.random() < 0.6:
        terms = [term(random, names) for _ in range(random.choice((1, 1, 2, 3)))]
        required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
        spec["affinity"] = {"nodeAffinity": required}
    return spec


class Verdict(NamedTuple):
    """On how many nodes the server and nbcore let a pod run."""

    spec: Json
    kubernetes: int
    nbcore: int


def verdicts(plane: ControlPlane, random: Random, cases: int) -> Iterator[Verdict]:
    """The verdicts on that many pods, over nodes that are the same for all."""
    namespace = plane.namespace(prefix="nodes")
    names = [f"{namespace}-{index}" for index in range(NODES)]
    for name in names:
        plane.client().create(node(random, name)).expect()
    for start in range(0, cases, BATCH):
        specs = [pod_spec(random, names) for _ in range(min(BATCH, cases - start))]
        counts = _desired(plane, namespace, start, specs)
        there = plane.client().list_all("v1", "Node").expect()["items"]
        alone = [Budget.of(nodes=[one]) for one in there]
        for spec, count in zip(specs, counts, strict=True):
            mine = sum(not any(check({"spec": spec}, budget)) for budget in alone)
            yield Verdict(spec, count, mine)
    for name in names:
        plane.client().delete(_head("v1", "Node", name))


def _desired(plane: ControlPlane, namespace: str, start: int, specs: list[Json]) -> list[int]:
    """What the controller counts for each of the pods."""
    sets = [_daemon_set(f"d{start + index}", namespace, spec) for index, spec in enumerate(specs)]
    for one in sets:
        plane.client().create(one).expect()

    def counted() -> list[Json]:
        found = plane.client().list_all("apps/v1", "DaemonSet", namespace).expect()["items"]
        return list(found) if all(one["status"].get("observedGeneration") for one in found) else []

    counts = {
        one["metadata"]["name"]: one["status"]["desiredNumberScheduled"] for one in plane.wait(counted, 60)
    }
    for one in sets:
        plane.client().delete(one)
    plane.wait(lambda: not plane.client().list_all("apps/v1", "DaemonSet", namespace).expect()["items"], 60)
    return [int(counts[one["metadata"]["name"]]) for one in sets]


def _daemon_set(name: str, namespace: str, spec: Json) -> Json:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": spec}
    head = _head("apps/v1", "DaemonSet", name, namespace)
    return {**head, "spec": {"selector": {"matchLabels": labels}, "template": template}}


@pytest.mark.cluster
def test_nodes_for_a_pod_are_those_of_the_controller(control_plane: ControlPlane) -> None:
    cases = int(os.environ.get("NBCORE_NODE_CASES", "40"))
    found = list(verdicts(control_plane, Random("nodes-1"), cases))
    assert [one for one in found if one.kubernetes != one.nbcore] == []
    assert len({one.kubernetes for one in found}) > 2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if not all(find(program) for program in PROGRAMS):
        print(MISSING, file=sys.stderr)
        return 2
    with ControlPlane() as plane:
        found = list(verdicts(plane, Random(f"nodes-{options.seed}"), options.cases))
    wrong = [one for one in found if one.kubernetes != one.nbcore]
    counts = Counter(one.kubernetes for one in found)
    print(f"seed {options.seed}, verdicts {len(found)}, differences {len(wrong)}")
    print("  pods by number of nodes:", ", ".join(f"{many}: {counts[many]}" for many in sorted(counts)))
    for one in wrong[:10]:
        print(f"  wrong: {one}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
