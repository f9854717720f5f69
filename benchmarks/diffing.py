"""Diffs of two states of a pod against `jsonpatch.make_patch`, and of two equal ones against ``==``.

The pods are rendered ones of the corpus; the new state has nine edits: image, a variable, a new variable, an
amount, a label, an annotation, a volume with its mount, and a number. `python -m benchmarks.diffing` prints ratios
of medians in one run.

Refuses to know how a difference is found, and to time what does not lead to the new state.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from random import Random
from typing import Any, Final

import jsonpatch

from benchmarks.corpus import corpus
from benchmarks.measure import cases, nodes
from benchmarks.rounds import Candidate, Samples, ratio, timed

Pair = tuple[Any, Any]

MAKE_PATCH: Final = "jsonpatch.make_patch"
APART, EFFECTS, SHARED = "diff", "diff and its effects", "diff of trees that share"
SAME_APART, SAME_SHARED = "no change, independent trees", "no change, shared"
EQUAL, WALK, MAKE_NOTHING = "==", "typed walk", "make_patch, no change"

FIGURES: Final[tuple[tuple[str, str, str, float | None, bool], ...]] = (
    # what, slow, fast, the goal, whether it is the greatest ratio that is wanted
    ("jsonpatch.make_patch / diff of independent trees", MAKE_PATCH, APART, 30, False),
    ("jsonpatch.make_patch / the same, every effect asked for", MAKE_PATCH, EFFECTS, None, False),
    ("jsonpatch.make_patch / diff of trees that share", MAKE_PATCH, SHARED, None, False),
    ("no change: independent trees / ==", SAME_APART, EQUAL, 3, True),
    ("no change: shared / typed walk", SAME_SHARED, WALK, 0.1, True),
    ("no change: jsonpatch.make_patch / independent trees", MAKE_NOTHING, SAME_APART, None, False),
)


def edited(pod: Any, random: Random) -> Any:
    """The pod with nine edits, sharing with it what none of them touches."""
    text = f"{random.random():.9f}"
    spec, metadata = pod["spec"], pod["metadata"]
    main, *others = spec["containers"]
    first, *variables = main["env"]
    volume = f"volume-{text[2:]}"
    container = {
        **main,
        "image": f"registry.example.org/{text}",
        "env": [{**first, "value": text}, *variables, {"name": "ADDED", "value": text}],
        "resources": {**main["resources"], "limits": {**main["resources"]["limits"], "cpu": "7777m"}},
        "volumeMounts": [*main["volumeMounts"], {"name": volume, "mountPath": f"/mnt/{text}"}],
    }
    return {
        **pod,
        "metadata": {
            **metadata,
            "labels": {**metadata["labels"], "example.org/added": text},
            "annotations": {**metadata["annotations"], "example.org/added": text},
        },
        "spec": {
            **spec,
            "containers": [container, *others],
            "volumes": [*spec["volumes"], {"name": volume, "emptyDir": {}}],
            "terminationGracePeriodSeconds": 7777,
        },
    }


def apart(value: Any) -> Any:
    """The value out of a parser of its own: it shares nothing."""
    return json.loads(json.dumps(value))


def typed_walk(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal with their types, as one writes it."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(typed_walk(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(typed_walk, one, other))
    return bool(one == other)


class Inputs:
    """The pairs of states of each round."""

    def __init__(self, pods: list[Any], batch: int, seed: int) -> None:
        self.pods, self.batch, self.random = pods, batch, Random(seed)

    def shared(self, number: int) -> list[Pair]:
        """Edited pods that share with the old ones."""
        pod = apart(self.pods[number % len(self.pods)])
        return [(pod, edited(pod, self.random)) for _ in range(self.batch)]

    def independent(self, number: int) -> list[Pair]:
        """Edited pods that share nothing with the old ones."""
        return [(old, apart(new)) for old, new in self.shared(number)]

    def same(self, number: int) -> list[Pair]:
        """Equal pods that share nothing."""
        pod = self.pods[number % len(self.pods)]
        return [(apart(pod), apart(pod)) for _ in range(self.batch)]

    def identical(self, number: int) -> list[Pair]:
        """One pod, twice."""
        pod = self.pods[number % len(self.pods)]
        return [(pod, pod)] * self.batch


def candidates(inputs: Inputs) -> dict[str, Candidate]:
    """Everything that is timed, by name."""
    from nbcore.change.diffing import diff
    from nbcore.settings import Settings

    settings = Settings(carrier="pod")

    def compared(pair: Pair) -> Any:
        return diff(*pair, settings=settings)

    def judged(pair: Pair) -> Any:
        return [change.effect for change in diff(*pair, settings=settings)]

    def make_patch(pair: Pair) -> Any:
        return jsonpatch.make_patch(*pair)

    runs: dict[str, tuple[Callable[[int], list[Pair]], Callable[[Pair], Any]]] = {
        MAKE_PATCH: (inputs.independent, make_patch),
        APART: (inputs.independent, compared),
        EFFECTS: (inputs.independent, judged),
        SHARED: (inputs.shared, compared),
        SAME_APART: (inputs.same, compared),
        SAME_SHARED: (inputs.identical, compared),
        EQUAL: (inputs.same, lambda pair: pair[0] == pair[1]),
        WALK: (inputs.same, lambda pair: typed_walk(*pair)),
        MAKE_NOTHING: (inputs.same, make_patch),
    }
    return {name: Candidate(prepare, run) for name, (prepare, run) in runs.items()}


def verified(inputs: Inputs) -> int:
    """How many changes the edits are.

    Raises: AssertionError where a diff does not lead to the new state.
    """
    from nbcore.change.applying import apply
    from nbcore.change.diffing import diff

    counts = set()
    for number in range(len(inputs.pods)):
        for old, new in inputs.independent(number)[:3]:
            changes = diff(old, new)
            counts.add(len(changes))
            if not typed_walk(apply(old, changes), new):
                raise AssertionError("the changes lead to another state")
    return max(counts)


def main() -> None:
    """Measures, and prints the ratios with their goals."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.diffing", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--without-orjson", action="store_true")
    given = parser.parse_args()
    if given.without_orjson:
        sys.modules["orjson"] = None  # type: ignore[assignment]  # Python's own way to make an import fail
    import nbcore

    source = corpus(given.seed)
    pods = [
        json.loads(nbcore.render(source.notebooks(case.selection, 1, "diff")[0], case.catalog).to_bytes())
        for case in cases(nbcore, source)
    ]
    inputs = Inputs(pods, given.batch, given.seed)
    count = verified(inputs)
    samples: Samples = timed(candidates(inputs), given.rounds)
    size = sum(len(json.dumps(pod)) for pod in pods) // len(pods)
    print(f"pods of {size} bytes, {sum(map(nodes, pods)) // len(pods)} JSON values; {count} changes")
    for text, slow, fast, goal, at_most in FIGURES:
        found = ratio(samples, slow, fast)
        wanted = "" if goal is None else f"   goal: {'at most' if at_most else 'at least'} {goal}"
        print(f"{found.median:>8.2f}  ({found.low:.2f} to {found.high:.2f})  {text}{wanted}")


if __name__ == "__main__":
    main()
