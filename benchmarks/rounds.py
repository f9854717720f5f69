"""Interleaved rounds: every candidate does the same amount of work in every round, in changing order.

Time is the CPU time of this process, because a shared machine takes the wall clock away at will. The cyclic
garbage collector is off while a batch is timed, for every candidate alike, and runs between rounds.
Figures are ratios of two candidates in one round; what is told is their median over the rounds.

Refuses to know what the candidates do.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from time import process_time_ns
from typing import Any

Samples = dict[str, list[float]]
"""Seconds an operation, one entry a round, by candidate."""


@dataclass(frozen=True)
class Candidate:
    """One thing to time.

    Shape: ``prepare`` makes the inputs of a round from its number, untimed; ``run`` takes one of them.
    """

    prepare: Callable[[int], Sequence[Any]]
    run: Callable[[Any], Any]


def timed(candidates: Mapping[str, Candidate], rounds: int) -> Samples:
    """The samples of all candidates; the first round warms up and is thrown away."""
    samples: Samples = {name: [] for name in candidates}
    names = list(candidates)
    for at in range(rounds + 1):
        turn = at % len(names)
        for name in (*names[turn:], *names[:turn]):
            seconds = _batch(candidates[name], at)
            if at:
                samples[name].append(seconds)
        gc.collect()
    return samples


def _batch(candidate: Candidate, number: int) -> float:
    inputs = candidate.prepare(number)
    run = candidate.run
    gc.disable()
    try:
        start = process_time_ns()
        for one in inputs:
            run(one)
        end = process_time_ns()
    finally:
        gc.enable()
    return (end - start) / len(inputs) / 1e9


@dataclass(frozen=True)
class Ratio:
    """How many times as long one candidate takes as another: median of the rounds, and middle half."""

    median: float
    low: float
    high: float


def ratio(samples: Mapping[str, Sequence[float]], slow: str, fast: str) -> Ratio:
    """The ratio of two candidates that were timed in the same rounds."""
    found = [a / b for a, b in zip(samples[slow], samples[fast], strict=True)]
    low, _, high = quantiles(found, n=4) if len(found) > 1 else (found[0],) * 3
    return Ratio(round(median(found), 3), round(low, 3), round(high, 3))
