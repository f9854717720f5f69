"""Many random cases, answered by kubectl and by us, and what remains when the two differ.

A batch is one patch, as kubectl gets it, over many bases. Ours may get something else of each base (an
overlay gets no written-out order), so a batch brings its own function. A difference is made smaller, piece
by piece, as long as the two still differ.

This module refuses to know which function is compared and how cases are made.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from random import Random
from typing import Any, NamedTuple, TypeAlias

from nbcore.strategic.directives import MergeError
from tests.oracles.kubectl import Panicked, strategic_merge

Json: TypeAlias = Any
PANIC = "(Kubernetes panics)"
SIZE = 25
"""So many bases share a patch: fewer cost more kubectl calls (about 50 ms each), more are too much alike."""
REPEATS = 60
"""So often kubectl is asked again about a difference."""
KEPT = 3
"""So many differences of a batch are kept at most."""


class Batch(NamedTuple):
    """Bases, the patch for kubectl, and the patch that ours gets."""

    bases: Sequence[Json]
    patch: Json
    ours: Json


class Question(NamedTuple):
    """What is compared: how to make a batch out of a seed, what ours is, how to make one of a single case."""

    batch: Callable[[Random, int], Batch]
    ours: Callable[[Json, Json], Json]
    again: Callable[[Json, Json], Batch]


class Difference(NamedTuple):
    """One base and one patch on which the two differ; None stands for a refusal."""

    base: Json
    patch: Json
    kubernetes: Json
    ours: Json

    def __str__(self) -> str:
        parts = zip(self._fields, self, strict=True)
        return "\n".join(f"  {name}: {json.dumps(part, ensure_ascii=False)}" for name, part in parts)


class Tally(NamedTuple):
    """The outcome of many cases."""

    cases: int = 0
    refused: int = 0
    undetermined: int = 0
    different: int = 0
    differences: tuple[Difference, ...] = ()


def total(tallies: Iterable[Tally]) -> Tally:
    """The outcome of several batches together."""
    found = list(tallies)
    return Tally(
        sum(one.cases for one in found),
        sum(one.refused for one in found),
        sum(one.undetermined for one in found),
        sum(one.different for one in found),
        tuple(one for tally in found for one in tally.differences),
    )


def same(a: Json, b: Json) -> bool:
    """Whether two results are equal: order of lists counts, 1 is not True; order of map keys does not count.

    Integers outside int64 are floats in Go, and are compared as such.
    """
    if isinstance(a, dict):
        return (
            isinstance(b, dict) and a.keys() == b.keys() and all(same(one, b[key]) for key, one in a.items())
        )
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, int) and isinstance(b, int) and -(2**63) <= a < 2**63:
        return a == b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return float(a) == float(b)
    return type(a) is type(b) and bool(a == b)


def judge(question: Question, batch: Batch) -> Tally:
    """The outcome of one batch."""
    answers = _kubernetes(batch.bases, batch.patch)
    refused, found = 0, []
    for base, theirs in zip(batch.bases, answers, strict=True):
        mine = _ours(question, base, batch.ours)
        if mine is None and theirs in (None, PANIC):
            refused += 1
        elif not same(theirs, mine):
            found.append(Difference(base, batch.ours, theirs, mine))
    sure = [one for one in found if _determined(one, batch.patch)]
    return Tally(len(answers), refused, len(found) - len(sure), len(sure), tuple(sure[:KEPT]))


def _determined(difference: Difference, patch: Json) -> bool:
    """Whether Kubernetes answers the same each time: not where the order of a Go map decides."""
    if difference.kubernetes == PANIC:
        return True
    again = _kubernetes([difference.base] * REPEATS, patch)
    return all(same(difference.kubernetes, answer) for answer in again)


def _kubernetes(bases: Sequence[Json], patch: Json) -> list[Json]:
    """kubectl's answers; after a panic it is asked about each base alone."""
    try:
        return strategic_merge(bases, patch)
    except Panicked:
        if len(bases) == 1:
            return [PANIC]
        half = len(bases) // 2
        return _kubernetes(bases[:half], patch) + _kubernetes(bases[half:], patch)


def _ours(question: Question, base: Json, patch: Json) -> Json:
    try:
        return question.ours(base, patch)
    except MergeError:
        return None
    except Exception as crash:  # any other exception is a difference by itself
        return f"({type(crash).__name__}: {crash})"


def run(question: Question, cases: int, seed: int, *, jobs: int = 1, size: int = SIZE) -> Tally:
    """The outcome of that many cases; the same seed makes the same cases, however many jobs there are."""
    tasks = [(question, f"{seed}-{start}", min(size, cases - start)) for start in range(0, cases, size)]
    return total(_outcomes(tasks, jobs))


def _outcomes(tasks: Sequence[tuple[Question, str, int]], jobs: int) -> Iterator[Tally]:
    if jobs == 1:
        yield from map(_task, tasks)
        return
    with multiprocessing.Pool(jobs) as pool:
        yield from pool.imap_unordered(_task, tasks)


def _task(task: tuple[Question, str, int]) -> Tally:
    question, seed, count = task
    return judge(question, question.batch(Random(seed), count))


def minimised(question: Question, difference: Difference) -> Difference:
    """The difference with everything left out that it does not need."""
    smaller: Difference | None = difference
    while smaller:
        difference, smaller = smaller, _smaller(question, smaller)
    return difference


def _smaller(question: Question, difference: Difference) -> Difference | None:
    """The difference with one piece less; None when every piece is needed."""
    bases = list(without_one(difference.base))
    if bases and difference.patch is not None:
        for base in bases:
            if found := _still(question, base, difference.patch):
                return found
    patches = without_one(difference.patch)
    return next((found for patch in patches if (found := _still(question, difference.base, patch))), None)


def _still(question: Question, base: Json, patch: Json) -> Difference | None:
    """The difference that a smaller base and patch still show."""
    found = judge(question, question.again(base, patch)).differences
    return found[0] if found else None


def without_one(value: Json) -> Iterator[Json]:
    """The value with one piece less, larger pieces first."""
    if isinstance(value, dict):
        for key in value:
            yield {other: one for other, one in value.items() if other != key}
        for key, one in value.items():
            yield from ({**value, key: less} for less in without_one(one))
    if isinstance(value, list):
        for index in range(len(value)):
            yield value[:index] + value[index + 1 :]
        for index, one in enumerate(value):
            yield from ([*value[:index], less, *value[index + 1 :]] for less in without_one(one))


def cases_from(variable: str, default: int) -> int:
    """How many cases an ordinary test run asks about."""
    return int(os.environ.get(variable, default))


def main(question: Question, default_cases: int) -> int:
    """The exit code of a long run that prints its figures: 1 when there are differences."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=default_cases)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--show", type=int, default=5, help="how many patches' differences to minimise")
    parser.add_argument("--size", type=int, default=SIZE, help="how many bases share a patch")
    options = parser.parse_args()
    start = time.monotonic()
    tally = run(question, options.cases, options.seed, jobs=options.jobs, size=options.size)
    seconds = time.monotonic() - start
    print(
        f"cases {tally.cases}  refused by both {tally.refused}"
        f"  undetermined in Kubernetes {tally.undetermined}  differences {tally.different}"
        f"  seed {options.seed}  {tally.cases / seconds:.0f} cases/s"
    )
    by_patch = {json.dumps(one.patch): one for one in tally.differences}
    smallest = {str(minimised(question, one)): None for one in islice(by_patch.values(), options.show)}
    for number, text in enumerate(smallest, 1):
        print(f"difference {number}\n{text}", flush=True)
    return 1 if tally.different else 0
