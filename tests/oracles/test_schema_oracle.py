"""The schema of pods is checked as the API server's decoder does it: mutants of real pods, strict dry-run creates.

A refusal by the decoder is a 400 that says so; whatever the server says after decoding is not looked at here.
Deviation, on purpose: amounts that `nbcore.kubernetes.quantity` does not support (no digit, 1000E and more,
exponents beyond ±64, more than 64 characters) are refused though the server takes them; they are counted.

Longer: ``python -m tests.oracles.test_schema_oracle --cases 20000 --seed 1``.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple, cast

import pytest

from nbcore.checks.fault import Fault
from nbcore.checks.pod_fields import fitted
from nbcore.kubernetes import pod_schema
from nbcore.kubernetes.paths import find
from nbcore.kubernetes.pod_schema import Field
from nbcore.kubernetes.quantity import Quantity
from tests.cluster.control_plane import ControlPlane
from tests.golden.cases import CASES, manifest, renderings

VERSION = "1.36"
SHORT_RUN = 300
BATCH = 500
ON_PURPOSE = ("has no digit", "not supported", "at most 64 characters")
DECODER = "cannot be handled as a Pod"
KEPT = {("apiVersion",), ("kind",), ("metadata",), ("metadata", "name"), ("metadata", "namespace")}
"""Places that decide where the pod is sent to; the client needs them whole."""

SCALARS: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 1.0, 0.5, 1e3, 1e-7, 1e22, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1),
    *(2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**30, "", " ", "x", "true", "1", "80", "1.5", "0x1", "yes"),
    *(
        "1Gi",
        " 1Gi",
        "1Gi ",
        "\t1",
        "1\u00a0",
        "1gi",
        "1K",
        "m",
        "Ki",
        "1e3",
        "1e400",
        "1000E",
        "é",
        "\ud800",
    ),
    *("2024-02-29T00:00:00Z", "2023-02-29T00:00:00Z", "2024-01-01", "2024-01-01T1:00:00,5+24:60", "9" * 70),
    *("2024-01-01T00:00:00+25:00", "2024-01-01T24:00:00Z", "2024-1-1T00:00:00Z", "2024-01-01t00:00:00z"),
)
SHAPES: tuple[Any, ...] = (
    {},
    [],
    [None],
    [[]],
    [{}],
    ["x"],
    [1],
    {"a": None},
    {"a": 1},
    {"a": "b"},
    {"a": {}},
)
NAMES = ("", "bogus", "$patch", "metadata", "spec", "name", "Name", "image", "é", "containers[0]", "a.b")


def base_pods() -> list[dict[str, Any]]:
    """The pods of the golden cases and starter kinds."""
    return [manifest(one.pod) for case in CASES for _, one in renderings(case) if one.pod is not None]


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place of the pod that may be changed."""
    if path and path not in KEPT:
        yield path
    if isinstance(value, dict | list):
        steps = value.items() if isinstance(value, dict) else enumerate(value)
        for step, one in steps:
            yield from places(one, (*path, step))


class Grower:
    """Grows mutants: one or two changes of a pod each, and only some of them wrong."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.bases = base_pods()
        self.root = pod_schema.definition("Pod", VERSION).root
        self.every_name = sorted({name for one in pod_schema.TYPES for name in _names(one)})

    def mutant(self) -> dict[str, Any]:
        pod: dict[str, Any] = json.loads(json.dumps(self.random.choice(self.bases)))
        pod["metadata"]["namespace"] = "default"
        for _ in range(self.random.choice((1, 1, 1, 2))):
            self.random.choice((self.replace, self.grow, self.grow, self.grow, self.name))(pod)
        return pod

    def value(self) -> Any:
        return self.random.choice(SCALARS if self.random.random() < 0.75 else SHAPES)

    def replace(self, pod: dict[str, Any]) -> None:
        """Puts any value at a place that there is."""
        *above, last = self.random.choice(list(places(pod)))
        find(pod, tuple(above))[last] = self.value()

    def name(self, pod: dict[str, Any]) -> None:
        """Adds a field that is unknown, written in another case, or of another object or version."""
        objects = [one for one in places(pod) if isinstance(find(pod, one), dict)]
        target = find(pod, self.random.choice([("metadata",), *objects]))
        made = self.random.choice((*NAMES, self.random.choice(self.every_name)))
        if target and self.random.random() < 0.4:
            made = str(self.random.choice(list(target))).swapcase()
        target.setdefault(made, self.random.choice((None, "x", {}, [])))

    def grow(self, pod: dict[str, Any]) -> None:
        """Walks down the schema from the root, makes what is missing, and puts a value at the end."""
        target, node = pod, cast("Field | None", self.root)
        path: tuple[str, ...] = ()
        while node is not None:
            name, below = self.random.choice(list(node.fields.items()))
            path, inner = (*path, name), _struct(below)
            if path not in KEPT and (inner is None or self.random.random() < 0.05):
                target[name] = self.sample(below)
                return
            if inner is not None:
                target = self.inside(target, name, below)
            node = inner

    def inside(self, target: dict[str, Any], name: str, node: Field) -> dict[str, Any]:
        """The object below a field, made where there is none of the right shape."""
        below = target.get(name)
        if node.type == "object":
            made: dict[str, Any] = below if isinstance(below, dict) else {}
            target[name] = made
            return made
        whole = below if isinstance(below, list) and below and isinstance(below[0], dict) else [{}]
        target[name] = whole
        first: dict[str, Any] = whole[0]
        return first

    def sample(self, node: Field) -> Any:
        """A value, most often of the shape that the field wants, with anything inside."""
        if self.random.random() < 0.3:
            return self.value()
        if node.type == "list":
            return [self.value() for _ in range(self.random.choice((0, 1, 2)))]
        if node.type == "map":
            return {"a": self.value(), "b": self.random.choice(("x", "1"))}
        return self.random.choice(SCALARS)


def _struct(node: Field) -> Field | None:
    """The object that is the field's value or list element, if it is one."""
    inner = node.items if node.type == "list" else node
    return inner if inner is not None and inner.type == "object" and inner.fields else None


def _names(type_name: str) -> Iterator[str]:
    for version in pod_schema.VERSIONS:
        try:
            yield from pod_schema.fields(type_name, version)
        except KeyError:
            continue


class Difference(NamedTuple):
    """A mutant on which the server and the check disagree."""

    pod: dict[str, Any]
    server: str
    faults: list[Fault]


def on_purpose(fault: Fault, pod: Any) -> bool:
    """Whether the fault is an amount that only nbcore refuses."""
    problem = Quantity.problem(find(pod, fault.path)) or ""
    return "amount" in fault.message and any(word in problem for word in ON_PURPOSE)


def differences(plane: ControlPlane, cases: int, seed: int) -> tuple[list[Difference], Counter[str]]:
    """Where server and check disagree, and how many mutants had which verdict."""
    grower, found, counts = Grower(seed), [], Counter[str]()
    for start in range(0, cases, BATCH):
        pods = [grower.mutant() for _ in range(min(BATCH, cases - start))]
        for pod, answer in zip(pods, plane.many(pods), strict=True):
            refused = answer.status == 400 and DECODER in answer.message
            faults = fitted(pod, VERSION)[1]
            purposely = [fault for fault in faults if fault.code == "NB106" and on_purpose(fault, pod)]
            if bool(faults) == refused:
                counts["refused" if refused else "accepted"] += 1
            elif not refused and len(purposely) == len(faults):
                counts["refused on purpose"] += 1
            else:
                found.append(Difference(pod, answer.message, faults))
    return found, counts


def test_the_check_refuses_what_the_decoder_refuses(control_plane: ControlPlane) -> None:
    found, counts = differences(control_plane, SHORT_RUN, seed=20)
    assert found == []
    assert min(counts["refused"], counts["accepted"]) > SHORT_RUN / 5


@pytest.mark.parametrize(
    "more",
    [
        {"metadata": []},
        {"metadata": None, "spec": None},
        {"spec": []},
        {"spec": "x"},
        {"status": 5},
        {"data": {}},
        {"Spec": {}},
        {"bogus": None},
        {"metadata": {"name": 5}},
        {"metadata": {"name": "p", "namespace": 5}},
    ],
    ids=str,
)
def test_the_outermost_fields(control_plane: ControlPlane, more: dict[str, Any]) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, **more}
    query = {"fieldValidation": "Strict", "dryRun": "All"}
    answer = control_plane.client().request("POST", "/api/v1/namespaces/default/pods", pod, query=query)
    refused = answer.status == 400 and DECODER in answer.message
    assert bool(fitted(pod, VERSION)[1]) == refused, answer.message


def main() -> None:
    """Compares many mutants and prints every difference."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with ControlPlane(controllers=False) as plane:
        found, counts = differences(plane, options.cases, options.seed)
    for one in found:
        print(one.server, one.faults, json.dumps(one.pod), sep="\n  ")
    print(f"seed {options.seed}: {options.cases:,} mutants, {len(found):,} differences, {dict(counts)}")
    raise SystemExit(bool(found))


if __name__ == "__main__":
    main()
