"""The law of lint against a real API server: every pod of a kind that lint passes is accepted, random kinds.

`python -m tests.oracles.test_kinds_oracle --kinds 300 --seed 1` does it at length, and prints what it did.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any, NamedTuple

import pytest

import nbcore
from nbcore.catalog import Catalog
from nbcore.checks.semantics.projected import account_for_tokens
from nbcore.factors import notebook_of
from nbcore.reachable import space_of
from nbcore.settings import Settings
from tests.cluster.control_plane import ControlPlane
from tests.laws.kinds import IN_MAIN, IN_METADATA, IN_SPEC, kind, merged

JUDGE = Settings(kubernetes_version="1.36")
MOST_PODS = 400


class Outcome(NamedTuple):
    """What became of the random kinds."""

    kinds: int
    passed: int
    pods: int
    accepted_of_refused: int
    refusals: list[str]


EVERY = [
    *(("main", one) for one in IN_MAIN),
    *(("spec", one) for one in IN_SPEC),
    *(("metadata", one) for one in IN_METADATA),
]


@cache
def sound() -> list[tuple[str, Any]]:
    """The fragments that are not wrong by themselves: what is left to go wrong is what they make together."""
    return [one for one in EVERY if not is_refused([alone(one)])]


def alone(fragment: tuple[str, Any]) -> Any:
    """A Template with one option, which has the fragment."""
    group = {"id": "g", "default": "v", "values": [{"id": "v", "template": merged([fragment])}]}
    return kind("k", "Template", {"template": based([]), "options": [group]})


def based(parts: list[tuple[str, Any]]) -> Any:
    """The pod template of a Template with these fragments, and with an image."""
    tree = merged(parts)
    spec = tree.setdefault("spec", {})
    containers = spec.get("containers")
    given = containers if isinstance(containers, list) else []
    own = {key: value for one in given for key, value in one.items() if value != ""}
    spec["containers"] = [{"image": "registry.example.com/base:1", **own, "name": "main"}]
    return tree


def fragments(random: Random, most: int) -> list[tuple[str, Any]]:
    pool = sound() if random.random() < 0.9 else EVERY
    return random.sample(pool, random.randint(0, most))


def random_kind(random: Random) -> list[Any]:
    """A Template with up to three groups and three optional PodDefaults."""
    base = based([one for one in fragments(random, 1) if "containers" not in one[1]])
    options = [
        {
            "id": f"g{at}",
            "default": "v0",
            "values": [
                {"id": f"v{n}", "template": merged(fragments(random, 2))} for n in range(random.randint(1, 4))
            ],
        }
        for at in range(random.randint(0, 3))
    ]
    names = [f"pd{at}" for at in range(random.randint(0, 3))]
    pod_defaults = [kind(name, "PodDefault", {"template": merged(fragments(random, 2))}) for name in names]
    template = {"template": base, "options": options, "optional": [{"name": name} for name in names]}
    return [kind("k", "Template", template), *pod_defaults]


def pods_of(objects: list[Any]) -> Iterator[dict[str, Any]]:
    """Every pod of the kind."""
    catalog = Catalog(objects)
    for template in catalog.list("Template"):
        space, filled = space_of(template, catalog)
        for row in space.every():
            rendering = nbcore.render(notebook_of(template, space.selection(row)), filled)
            if rendering.pod is not None:
                yield rendering.pod


def is_refused(objects: list[Any]) -> bool:
    report = nbcore.check(objects, settings=JUDGE)
    return any(one.severity == "error" for one in report.findings)


def placed(pod: dict[str, Any], at: int, namespace: str) -> dict[str, Any]:
    metadata = {**pod.get("metadata", {}), "name": f"pod-{at}", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Pod", **pod, "metadata": metadata}


def asked(plane: ControlPlane, kinds: int, seed: int) -> Outcome:
    """Makes random kinds, and asks the server about the pods of those that lint passes."""
    random = Random(seed)
    namespace = plane.namespace()
    passed, pods, refusals, hidden = 0, 0, [], 0
    for _ in range(kinds):
        objects = random_kind(random)
        refused = is_refused(objects)
        made = list(pods_of(objects))[:MOST_PODS]
        # The test's own server runs without the admission plugin that names the account.
        made = [pod for pod in made if not any(account_for_tokens(pod))]
        answers = plane.many([placed(pod, at, namespace) for at, pod in enumerate(made)])
        # 403 is the word of a cluster's own state: a RuntimeClass or PriorityClass that is not there.
        wrong = [answer.message for answer in answers if not answer.ok and answer.status != 403]
        if refused:
            hidden += not wrong
        else:
            passed += 1
            pods += len(made)
            refusals += [f"{message}\n  {objects}" for message in wrong[:1]]
    return Outcome(kinds, passed, pods, hidden, refusals)


@pytest.mark.oracle
def test_every_pod_of_a_kind_that_lint_passes_is_accepted(control_plane: ControlPlane) -> None:
    outcome = asked(control_plane, 60, 20261121)
    assert outcome.refusals == []
    assert outcome.passed >= 15
    assert outcome.pods >= 100


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kinds", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with ControlPlane() as plane:
        outcome = asked(plane, given.kinds, given.seed)
    print(
        f"{outcome.kinds:,} kinds, {outcome.passed:,} pass with {outcome.pods:,} pods, "
        f"{len(outcome.refusals)} of them refused by the server; of the {outcome.kinds - outcome.passed:,} that do "
        f"not pass, {outcome.accepted_of_refused:,} give pods that the server takes (other families, or no pod)"
    )
    for one in outcome.refusals[:10]:
        print(one)
    return 1 if outcome.refusals else 0


if __name__ == "__main__":
    sys.exit(main())
