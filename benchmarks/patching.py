"""Patches: what a merge has changed, as operations, against `jsonpatch.make_patch` on the same two pods.

The pods are rendered ones of the corpus with what an API server and an injector add; the merge is what a
mutating webhook does: a PodDefault's worth of variables, a volume, labels and a sidecar. `python -m
benchmarks.patching` prints ratios of medians in one run.

Refuses to know how a merge works, and to compare patches that do not do the same.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from random import Random
from typing import Any, Final

import jsonpatch

import nbcore
from benchmarks.corpus import corpus
from benchmarks.measure import cases, nodes
from benchmarks.rounds import Candidate, Samples, ratio, timed
from nbcore.change.merged import patch_of_merge, patch_of_notes
from nbcore.change.patching import patch
from nbcore.strategic.emitting import overlay_with_notes

Pair = tuple[Any, Any]

MAKE_PATCH: Final = "jsonpatch.make_patch"
MERGED, SHARED = "patch of a merge", "patch of trees that share"
MERGE, BOTH, EMITTED = "merge", "merge and its patch", "patch that the merge emits"
APART, GUARDED = "patch of independent trees", "patch of independent trees, three ways, guarded"
SAME_APART, SAME_SHARED, MAKE_NOTHING = (
    "no change, independent trees",
    "no change, shared",
    "make_patch, no change",
)

FIGURES: Final = (
    ("jsonpatch.make_patch / patch that the merge emits", MAKE_PATCH, EMITTED, 150),
    ("jsonpatch.make_patch / patch of a finished merge", MAKE_PATCH, MERGED, None),
    ("jsonpatch.make_patch / patch of trees that share", MAKE_PATCH, SHARED, None),
    ("jsonpatch.make_patch / merge and its patch", MAKE_PATCH, BOTH, None),
    ("merge / patch that it emits", MERGE, EMITTED, None),
    ("jsonpatch.make_patch / patch of independent trees", MAKE_PATCH, APART, None),
    ("jsonpatch.make_patch / the same three ways, guarded", MAKE_PATCH, GUARDED, None),
    ("no change: jsonpatch.make_patch / independent trees", MAKE_NOTHING, SAME_APART, None),
    ("no change: jsonpatch.make_patch / shared", MAKE_NOTHING, SAME_SHARED, None),
)


def pods(seed: int) -> list[Any]:
    """Rendered pods of the corpus as a server gives them back."""
    given = corpus(seed)
    found = []
    for case in cases(nbcore, given):
        (notebook,) = given.notebooks(case.selection, 1, "patch")
        found.append(_stored(json.loads(nbcore.render(notebook, case.catalog).to_bytes())))
    return found


def _stored(pod: Any) -> Any:
    """The pod with defaulted fields and an injected sidecar."""
    spec = pod["spec"]
    containers = [
        {**one, "imagePullPolicy": "IfNotPresent", "terminationMessagePath": "/dev/termination-log"}
        for one in spec["containers"]
    ]
    proxy = {"name": "istio-proxy", "image": "istio/proxyv2:1.24", "args": ["proxy", "sidecar"]}
    more = {"restartPolicy": "Always", "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler"}
    return {**pod, "spec": {**more, **spec, "containers": [*containers, proxy]}}


def change(random: Random, pod: Any) -> Any:
    """What a webhook merges into a pod: nine edits."""
    tag = random.randrange(10**6)
    container = {
        "name": pod["spec"]["containers"][0]["name"],
        "image": f"registry.example.com/lab:{tag}",
        "env": [{"name": f"EXTRA_{n}", "value": str(tag)} for n in range(3)],
        "volumeMounts": [{"name": "extra", "mountPath": "/mnt/extra"}],
    }
    return {
        "metadata": {"labels": {"extra": str(tag)}, "annotations": {"example.com/extra": "yes"}},
        "spec": {
            "containers": [container],
            "volumes": [{"name": "extra", "configMap": {"name": f"extra-{tag}"}}],
            "hostname": f"host-{tag}",
        },
    }


class Inputs:
    """Fresh pairs of a pod and what becomes of it, for every round."""

    def __init__(self, seed: int, batch: int) -> None:
        self.pods, self.seed, self.batch = pods(seed), seed, batch

    def plain(self, number: int) -> list[Pair]:
        """Pods, and what is to be merged into them."""
        random = Random(f"{self.seed}-{number}")
        chosen = [_apart(random.choice(self.pods)) for _ in range(self.batch)]
        return [(pod, change(random, pod)) for pod in chosen]

    def merged(self, number: int) -> list[Pair]:
        """Pods, and the merge of each, which shares what it left alone."""
        return [(pod, nbcore.overlay(pod, upper)) for pod, upper in self.plain(number)]

    def three_of_a_merge(self, number: int) -> list[tuple[Any, Any, Any]]:
        """Pods, what is merged into them, and the merge of each."""
        return [(pod, upper, nbcore.overlay(pod, upper)) for pod, upper in self.plain(number)]

    def apart(self, number: int) -> list[Pair]:
        """The same, sharing nothing."""
        return [(pod, _apart(new)) for pod, new in self.merged(number)]

    def same(self, number: int) -> list[Pair]:
        """Pods, and equal ones."""
        return [(pod, pod) for pod, _ in self.plain(number)]

    def equal(self, number: int) -> list[Pair]:
        """The same, sharing nothing."""
        return [(pod, _apart(pod)) for pod, _ in self.plain(number)]

    def three_ways(self, number: int) -> list[tuple[Any, Any, Any]]:
        """Live pods, the desired ones, and those that were desired last."""
        return [(pod, new, _apart(pod)) for pod, new in self.apart(number)]


def _apart(pod: Any) -> Any:
    return json.loads(json.dumps(pod))


def _of_everything(pair: Pair) -> Any:
    return patch(pair[0], pair[1], pair[0], guard=False)


def _merge_and_patch(pair: Pair) -> Any:
    result, notes = overlay_with_notes(*pair)
    return result, patch_of_notes(notes)


def candidates(inputs: Inputs) -> dict[str, Candidate]:
    """Everything that is timed, by name."""
    timings: dict[str, tuple[Callable[[int], list[Any]], Callable[[Any], Any]]] = {
        MAKE_PATCH: (inputs.apart, lambda pair: jsonpatch.make_patch(*pair)),
        MERGED: (inputs.three_of_a_merge, lambda three: patch_of_merge(*three)),
        SHARED: (inputs.merged, _of_everything),
        MERGE: (inputs.plain, lambda pair: nbcore.overlay(*pair)),
        BOTH: (inputs.plain, _merge_and_patch),
        APART: (inputs.apart, _of_everything),
        GUARDED: (inputs.three_ways, lambda three: patch(*three)),
        MAKE_NOTHING: (inputs.equal, lambda pair: jsonpatch.make_patch(*pair)),
        SAME_APART: (inputs.equal, _of_everything),
        SAME_SHARED: (inputs.same, _of_everything),
    }
    return {name: Candidate(prepare, run) for name, (prepare, run) in timings.items()}


def verified(inputs: Inputs) -> str:
    """The size of what is measured, after every patch has been found to make the merged pod."""
    sizes, ours, theirs = [], [], []
    for number in range(5):
        for pod, upper, new in inputs.three_of_a_merge(number):
            operations = _of_everything((pod, new))
            other = list(jsonpatch.make_patch(pod, new))
            emitted = _merge_and_patch((pod, upper))[1]
            for found in (operations, other, patch_of_merge(pod, upper, new), emitted):
                assert jsonpatch.apply_patch(pod, found) == new
            sizes.append(nodes(pod))
            ours.append(len(operations))
            theirs.append(len(other))
    count = len(sizes)
    mean = f"{sum(ours) / count:.1f} operations, jsonpatch {sum(theirs) / count:.1f}"
    return f"pods of {sum(sizes) // count} JSON values; {mean}"


def patch_samples(seed: int, rounds: int, batch: int = 20) -> tuple[Samples, str]:
    """The samples of all candidates, and what was measured, in a sentence."""
    inputs = Inputs(seed, batch)
    samples = timed(candidates(inputs), rounds)
    # What the merge would have cost without its patch is not the patch's.
    samples[EMITTED] = [
        max(both - alone, 1e-9) for both, alone in zip(samples[BOTH], samples[MERGE], strict=True)
    ]
    return samples, verified(inputs)


def main() -> None:
    """Prints the ratios."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.patching", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=20)
    given = parser.parse_args()
    samples, facts = patch_samples(given.seed, given.rounds)
    print(facts)
    for text, slow, fast, goal in FIGURES:
        one = ratio(samples, slow, fast)
        wanted = "" if goal is None else f"  goal ≥ {goal}: {'met' if one.median >= goal else 'MISSED'}"
        print(f"{text:<55} {one.median:>9.2f}  ({one.low:.2f}–{one.high:.2f}){wanted}")
    for name in samples:
        print(f"  {name:<53} {1e6 * sorted(samples[name])[len(samples[name]) // 2]:>9.1f} µs")


if __name__ == "__main__":
    main()
