"""`merge` against Kubernetes' own strategic merge patch, case by case, order and refusals included.

`python -m tests.oracles.test_merge_oracle --cases 1000000 --seed 7 --jobs 2` is the long run.
"""

from __future__ import annotations

import sys
from random import Random
from typing import Any

import pytest

from nbcore.strategic.directives import MergeError
from nbcore.strategic.merging import merge
from tests.oracles.comparison import Batch, Question, Tally, cases_from, main, minimised, run
from tests.oracles.kubectl import Panicked, strategic_merge
from tests.oracles.pods import merge_cases


def _batch(random: Random, count: int) -> Batch:
    bases, patch = merge_cases(random, count)
    return Batch(bases, patch, patch)


def _again(base: Any, patch: Any) -> Batch:
    return Batch([base], patch, patch)


QUESTION = Question(_batch, merge, _again)
DEFAULT_CASES = 4_000


def explained(question: Question, tally: Tally) -> str:
    """The first difference, made small, for a failing test's message."""
    return str(minimised(question, tally.differences[0])) if tally.differences else ""


@pytest.mark.oracle
def test_merge_agrees_with_kubernetes() -> None:
    tally = run(QUESTION, cases_from("NBCORE_MERGE_CASES", DEFAULT_CASES), seed=1)
    assert not tally.different, explained(QUESTION, tally)
    # A generator that only makes refusals, or none, would prove little.
    assert 0.02 * tally.cases < tally.refused < 0.5 * tally.cases


CONTAINERS = {"spec": {"containers": [{"name": "a"}]}}
PANICS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "null at the head of a merged list": ({"spec": {"containers": [None]}}, CONTAINERS),
    "null at the head of a patch for an empty list": (
        {"spec": {"containers": []}},
        {"spec": {"containers": [None]}},
    ),
    "a map in $retainKeys": (CONTAINERS, {"spec": {"$retainKeys": ["containers", {}]}}),
    "a list in $retainKeys": (CONTAINERS, {"spec": {"$retainKeys": ["containers", []]}}),
    "a map as merge key": (CONTAINERS, {"spec": {"containers": [{"name": {}}]}}),
    "a list as merge key": (CONTAINERS, {"spec": {"containers": [{"name": []}]}}),
    "$setElementOrder on a replaced list of maps": (
        {"spec": {"tolerations": [{"key": "a"}]}},
        {"spec": {"$setElementOrder/tolerations": [{"key": "a"}], "tolerations": [{"key": "a"}]}},
    ),
    "a map in the order of a list of scalars": (
        {"metadata": {"finalizers": ["a"]}},
        {"metadata": {"$setElementOrder/finalizers": ["a", {}], "finalizers": ["a"]}},
    ),
}


@pytest.mark.oracle
@pytest.mark.parametrize("name", PANICS)
def test_merge_refuses_what_kubernetes_crashes_on(name: str) -> None:
    base, patch = PANICS[name]
    with pytest.raises(MergeError):
        merge(base, patch)
    with pytest.raises(Panicked):
        strategic_merge([base], patch)


def test_merge_refuses_a_patch_that_adds_and_removes_one_scalar() -> None:
    patch = {"metadata": {"finalizers": ["a"], "$deleteFromPrimitiveList/finalizers": ["a"]}}
    with pytest.raises(MergeError):
        merge({"metadata": {"finalizers": ["a", "b"]}}, patch)


@pytest.mark.oracle
def test_merge_refuses_a_list_where_kubernetes_expects_none() -> None:
    """A deviation: with lists on both sides Kubernetes refuses or replaces by whether Go has a pointer there,
    which no published schema says. Ours always refuses; the server could not store such a pod anyway.
    """
    for field, theirs in (("hostNetwork", None), ("securityContext", {"spec": {"securityContext": [2]}})):
        base, patch = {"spec": {field: [1]}}, {"spec": {field: [2]}}
        assert strategic_merge([base], patch) == [theirs]
        with pytest.raises(MergeError):
            merge(base, patch)


@pytest.mark.oracle
@pytest.mark.parametrize("patch", [[], "x", 1, True], ids=repr)
def test_merge_refuses_a_patch_that_is_no_object(patch: Any) -> None:
    with pytest.raises(MergeError):
        merge({}, patch)
    assert strategic_merge([{}], patch) == [None]


@pytest.mark.oracle
def test_the_numbers_put_answers_where_they_belong() -> None:
    bases: list[dict[str, Any]] = [
        {"spec": {"containers": [{"name": "a"}]}},
        {"spec": {"containers": [{}]}},
        {"spec": {"zeta": 1}},
    ]
    patch = {"spec": {"containers": [{"name": "b"}]}}
    both = {"spec": {"containers": [{"name": "b"}, {"name": "a"}]}}
    assert strategic_merge(bases, patch) == [both, None, {"spec": {"containers": [{"name": "b"}], "zeta": 1}}]


if __name__ == "__main__":
    sys.exit(main(QUESTION, DEFAULT_CASES))
