"""Random realistic notebook pods and mutants of them: does nbcore refuse what a real API server refuses?

Run as a program (``python -m tests.oracles.test_pod_oracle --cases 100000 --seed 7 --jobs 2``) it prints
figures, and the differences by group with a smallest example of each. It refuses to know how pods are compared:
`pod_comparison` does.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from random import Random

import pytest

from nbcore.kubernetes import pod_schema
from tests.cluster import binaries
from tests.cluster.client import Answer
from tests.cluster.control_plane import ControlPlane
from tests.oracles.pod_comparison import (
    WE_PASS,
    WE_REFUSE,
    Difference,
    Fault,
    Json,
    Tally,
    cases,
    compare,
    ours,
    run,
    server,
    smallest,
)
from tests.oracles.pod_mutants import mutant
from tests.oracles.pod_places import AREAS, VERSION, area, places, reachable_types
from tests.oracles.realistic_pods import pod

KNOWN = Path(__file__).with_name("refusals.txt")
"""The reasons and places that an API server has been seen to refuse pods for; `--patterns` prints those of a run."""


# ---- tests ----


@pytest.mark.cluster
@pytest.mark.oracle
def test_nbcore_refuses_what_the_server_refuses(control_plane: ControlPlane) -> None:
    count = int(os.environ.get("NBCORE_POD_CASES", "500"))
    tally = run(server(control_plane).many, count, seed=20264)
    assert [(one.side, one.group, one.pod) for one in tally.differences] == []
    assert tally.counts["both pass"] > count // 5
    assert tally.counts["both refuse"] > count // 5


def test_the_same_seed_makes_the_same_cases() -> None:
    assert cases("7-0", 50) == cases("7-0", 50)
    assert cases("7-0", 50) != cases("8-0", 50)


def test_mutants_have_every_field_of_the_schema() -> None:
    random = Random(1)
    met = {(one.owner, one.key) for _ in range(4000) for one in places(mutant(random))}
    types = ("ObjectMeta", "PodSpec", *reachable_types())
    assert {(type_, name) for type_ in types for name in pod_schema.fields(type_, VERSION)} - met == set()


def test_mutants_stay_in_their_areas() -> None:
    random, plain = Random(1), Random(1)
    for _ in range(100):
        made, base = mutant(random, frozenset({"volumes"})), pod(plain)
        plain.setstate(random.getstate())
        assert {area(path) for path in changed(base, made)} <= {"volumes"}


def changed(one: Json, other: Json, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The places in which two values differ; lists of different lengths differ as a whole."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() | other.keys():
            yield from changed(one.get(key, ...), other.get(key, ...), (*path, key))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (mine, yours) in enumerate(zip(one, other, strict=True)):
            yield from changed(mine, yours, (*path, index))
    elif one != other:
        yield path


@pytest.mark.cluster
@pytest.mark.oracle
def test_pods_that_are_no_mutants_are_accepted(control_plane: ControlPlane) -> None:
    random = Random(3)
    answers = server(control_plane).many([pod(random) for _ in range(200)])
    assert [answer.message for answer in answers if not answer.ok] == []


@pytest.mark.cluster
@pytest.mark.oracle
@pytest.mark.parametrize(
    ("name", "limits"),
    [
        ("a quantity: no digit", {"memory": "Ki"}),
        ("a quantity: exponent beyond ±64", {"memory": "1e65"}),
        ("a quantity: 1000E and more without an exponent", {"cpu": "2000000P"}),
        ("a quantity: over 64 characters", {"memory": "0." + "0" * 64}),
        ("hugepages of 2^63 bytes and more", {"hugepages-2Mi": "10E", "cpu": 1}),
        ("2^63 thousandths of a device and more", {"example.com/foo": "0009880.00985T"}),
    ],
)
def test_each_deviation_is_one(control_plane: ControlPlane, name: str, limits: dict[str, Json]) -> None:
    container = {"name": "main", "image": "a:1", "resources": {"limits": limits}}
    document = {"metadata": {"name": "a"}, "spec": {"containers": [container]}}
    (answer,) = server(control_plane).many([document])
    assert list(compare(document, ours(document), answer)) == [f"deviation: {name}"]


def test_the_oracle_notices_a_difference() -> None:
    accepted, refused = Answer(201, {}), Answer(400, {"message": "strict decoding error: unknown field"})
    fault = Fault("NB105", "spec.extra", "unknown field", "schema")
    assert [str(one) for one in compare({}, [], accepted)] == ["both pass"]
    assert [str(one) for one in compare({}, [fault], refused)] == ["both refuse"]
    assert WE_PASS in list(compare({}, [], refused))
    assert WE_REFUSE in list(compare({}, [fault], accepted))
    assert list(compare({}, [fault], accepted, frozenset({"volumes"}))) == ["difference in another area"]


# ---- the program ----


def main() -> int:
    """The exit code of a run that prints its figures: 1 when there are differences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", default="", help=f"areas, separated by commas: {', '.join(AREAS)}")
    parser.add_argument("--show", type=int, default=10, help="how many groups get a smallest example")
    parser.add_argument("--patterns", action="store_true", help="list what the server refused, with counts")
    options = parser.parse_args()
    only = frozenset(filter(None, options.only.split(",")))
    if only - set(AREAS):
        parser.error(f"no such area: {', '.join(sorted(only - set(AREAS)))}")
    if not all(binaries.find(program) for program in binaries.PROGRAMS):
        print(binaries.MISSING, file=sys.stderr)
        return 2
    with ControlPlane(controllers=False) as plane:
        ask = server(plane).many
        start = time.monotonic()
        tally = run(ask, options.cases, options.seed, jobs=options.jobs, only=only)
        _print_figures(tally, options.cases, options.seed, time.monotonic() - start)
        _print_differences(tally.differences, ask, only, options.show)
    if options.patterns:
        for text, number in (*sorted(tally.patterns.items()), *tally.places.most_common()):
            print(f"{number:>8}  {text}")
    return 1 if tally.differences else 0


def _print_figures(tally: Tally, count: int, seed: int, seconds: float) -> None:
    print(f"seed {seed}, cases {count}, {seconds:.0f} s, {count / seconds:.0f} cases/s")
    for name, number in sorted(tally.counts.items(), key=lambda item: -item[1]):
        print(f"  {number:>8}  {name}")
    known = set(KNOWN.read_text().splitlines())
    print(f"  {len(tally.patterns):>8}  different reasons and places that the server refused for")
    print(f"  {len(known & tally.patterns.keys()):>8}  of them are among the {len(known)} of {KNOWN.name}")


def _print_differences(
    differences: Sequence[Difference],
    ask: Callable[[Iterable[Json]], list[Answer]],
    only: frozenset[str],
    show: int,
) -> None:
    groups: dict[tuple[str, str], list[Difference]] = {}
    for one in differences:
        groups.setdefault((one.side, one.group), []).append(one)
    ordered = sorted(groups.items(), key=lambda item: (item[0][0], -len(item[1])))
    for number, ((side, group), members) in enumerate(ordered):
        print(f"{side}: {len(members)} × [{members[0].area}] {group}", flush=True)
        if number < show:
            first = min(members, key=lambda one: len(json.dumps(one.pod)))
            found = smallest(first, ask, only)
            print(f"    {json.dumps(found.pod)[:1500]}\n    {found.message[:300]}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
