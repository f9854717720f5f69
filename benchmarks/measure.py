"""One measurement of rendering, in a process of its own: `python -m benchmarks.measure`, figures as JSON.

A process of its own, because whether nbcore finds orjson is decided when it is imported: with
`--without-orjson` the import fails as it does where orjson is not installed.

Refuses to judge the figures.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from benchmarks.corpus import MAIN, Corpus, Object, Selection, corpus
from benchmarks.layers import lower_layers, notebook_layer
from benchmarks.peers import deepcopy_merge, deepmerge_merge, one_copy_merge
from benchmarks.rounds import Candidate, Samples, timed


class Case(NamedTuple):
    """One selection: what nbcore and the peers need to render Notebooks that made it.

    Shape: ``objects`` are the Template and its PodDefaults; ``lower`` are the trees below the Notebook;
    ``catalog`` stays for all rounds.
    """

    selection: Selection
    template: Object
    objects: list[Object]
    lower: list[Object]
    catalog: Any


class Differs(AssertionError):
    """A peer makes another pod: the two may not be compared."""


def unordered(value: Any) -> Any:
    """The value with every list sorted: equal for values that differ in the order of lists only."""
    if isinstance(value, dict):
        return {key: unordered(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted(map(unordered, value), key=partial(json.dumps, sort_keys=True))
    return value


def nodes(value: Any) -> int:
    """How many JSON values there are in a value, itself included."""
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(nodes, below))


def cases(nbcore: Any, given: Corpus) -> list[Case]:
    """One case a selection."""
    found: list[Case] = []
    pod_defaults = [one for one in given.objects if one["kind"] == "PodDefault"]
    templates = {one["metadata"]["name"]: one for one in given.objects if one["kind"] == "Template"}
    for selection in given.selections:
        template = templates[selection.template]
        objects = [template, *pod_defaults]
        lower = lower_layers(objects, selection)
        found.append(Case(selection, template, objects, lower, nbcore.Catalog(objects)))
    return found


def verified(nbcore: Any, given: Corpus, all_cases: list[Case]) -> dict[str, Any]:
    """The size of the corpus' pods, after every peer has been found to make the same ones.

    Raises: Differs where one does not, or where nbcore has findings.
    """
    from benchmarks import spawner

    sizes: list[tuple[int, int]] = []
    for case in all_cases:
        notebooks = given.notebooks(case.selection, 3, "verify")
        for notebook in (*notebooks, *given.notebooks(case.selection, 3, "simple", overrides=False)):
            rendering = nbcore.render(notebook, case.catalog)
            if rendering.pod is None or rendering.findings:
                raise Differs(f"nbcore finds fault with {notebook['metadata']['name']}: {rendering.findings}")
            pod = json.loads(rendering.to_bytes())
            layers = [*case.lower, notebook_layer(notebook, case.template)]
            merges = (deepcopy_merge, one_copy_merge, deepmerge_merge)
            others = {merge.__name__: merge(layers) for merge in merges}
            others["dict"] = json.loads(json.dumps(rendering.pod))
            others["make_pod"] = spawner.equivalent(spawner.arguments(others["deepcopy_merge"], MAIN))
            for name, other in others.items():
                compare(name, other, pod)
            sizes.append((len(json.dumps(pod, separators=(",", ":"))), nodes(pod)))
    return {
        "layers": 7,
        "pod_bytes": sum(size for size, _ in sizes) // len(sizes),
        "pod_nodes": sum(count for _, count in sizes) // len(sizes),
    }


def compare(name: str, other: Object, pod: Object) -> None:
    """Nothing, where the two pods are the same up to the order of lists.

    Raises: Differs, with the top-level fields in which they differ.
    """
    wanted = {part: pod[part] for part in ("metadata", "spec")}
    other = {part: {**other[part]} for part in ("metadata", "spec")}
    if name == "make_pod":  # the hub's client puts the namespace into the URL
        other["metadata"].setdefault("namespace", wanted["metadata"]["namespace"])
    if unordered(other) == unordered(wanted):
        return
    fields = sorted(
        f"{part}.{key}"
        for part in wanted
        for key in {*wanted[part], *other[part]}
        if unordered(wanted[part].get(key)) != unordered(other[part].get(key))
    )
    raise Differs(f"{name} makes another pod: {', '.join(fields)}")


class Inputs:
    """What the candidates get in a round: one selection, and Notebooks that nothing has seen yet."""

    def __init__(
        self, nbcore: Any, given: Corpus, all_cases: list[Case], batch: int, overrides: bool = True
    ) -> None:
        self.nbcore, self.given, self.cases, self.batch = nbcore, given, all_cases, batch
        self.overrides = overrides

    def case(self, number: int) -> Case:
        """The selection of a round."""
        return self.cases[number % len(self.cases)]

    def fresh(self, name: str, number: int, more: int = 0) -> list[Object]:
        """Notebooks as plain dicts."""
        selection, count = self.case(number).selection, self.batch + more
        return self.given.notebooks(selection, count, f"{name}-{number}", self.overrides)

    def compiled(self, name: str, number: int) -> list[tuple[Any, Any]]:
        """Parsed Notebooks, and a catalog that has rendered another one with their selection."""
        catalog = self.case(number).catalog
        first, *others = self.nbcore.Catalog(self.fresh(name, number, 1)).list("Notebook")
        self.nbcore.render(first, catalog).to_bytes()
        return [(notebook, catalog) for notebook in others]

    def compiled_plain(self, name: str, number: int) -> list[tuple[Any, Any]]:
        """The same with Notebooks that are yet to be parsed."""
        (_, catalog), *_ = self.compiled(f"{name}-first", number)
        return [(notebook, catalog) for notebook in self.fresh(name, number)]

    def parsed(self, name: str, number: int) -> list[tuple[Any, list[Any]]]:
        """Parsed Notebooks, each with a parsed Template and PodDefaults that are used for nothing else."""
        objects = self.case(number).objects
        notebooks = self.nbcore.Catalog(self.fresh(name, number)).list("Notebook")
        return [(notebook, list(self.nbcore.Catalog(objects))) for notebook in notebooks]

    def cold(self, name: str, number: int) -> list[tuple[Any, Any]]:
        """The same with the catalog made."""
        return [(notebook, self.nbcore.Catalog(parsed)) for notebook, parsed in self.parsed(name, number)]

    def layers(self, name: str, number: int) -> list[list[Object]]:
        """The layers of Notebooks, ready to be merged."""
        case = self.case(number)
        return [[*case.lower, notebook_layer(one, case.template)] for one in self.fresh(name, number)]

    def hub(self, name: str, number: int) -> list[dict[str, Any]]:
        """The arguments with which `make_pod` makes the Notebooks' pods."""
        from benchmarks import spawner

        return [spawner.arguments(one_copy_merge(one), MAIN) for one in self.layers(name, number)]


def candidates(inputs: Inputs, simple: Inputs) -> dict[str, Candidate]:
    """Everything that is timed, by name; simple inputs are Notebooks without overrides."""
    from benchmarks import spawner

    render, catalog_of = inputs.nbcore.render, inputs.nbcore.Catalog
    timings: dict[str, tuple[Callable[[str, int], list[Any]], Callable[[Any], Any]]] = {
        "compiled to dict": (inputs.compiled, lambda one: render(*one).pod),
        "compiled to bytes": (inputs.compiled, lambda one: render(*one).to_bytes()),
        "compiled, Notebook parsed too, to bytes": (
            inputs.compiled_plain,
            lambda one: render(*one).to_bytes(),
        ),
        "cold to dict": (inputs.cold, lambda one: render(*one).pod),
        "cold with building the catalog to dict": (
            inputs.parsed,
            lambda one: render(one[0], catalog_of(one[1])).pod,
        ),
        "deepcopy merge to dict": (inputs.layers, deepcopy_merge),
        "deepcopy merge to bytes": (inputs.layers, lambda one: json.dumps(deepcopy_merge(one)).encode()),
        "one-copy merge to dict": (inputs.layers, one_copy_merge),
        "deepmerge to dict": (inputs.layers, deepmerge_merge),
        "compiled, no overrides, to dict": (simple.compiled, lambda one: render(*one).pod),
        "deepcopy merge, no overrides, to dict": (simple.layers, deepcopy_merge),
        "make_pod to bytes": (inputs.hub, spawner.spawn),
    }
    if sys.modules.get("orjson"):
        dumps = sys.modules["orjson"].dumps
        timings["deepcopy merge to bytes, orjson"] = (inputs.layers, lambda one: dumps(deepcopy_merge(one)))
    return {name: Candidate(partial(prepare, _slug(name)), run) for name, (prepare, run) in timings.items()}


def _slug(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name.lower())


def measured(seed: int, rounds: int, batch: int) -> tuple[dict[str, Any], Samples]:
    """Facts about the corpus, and the samples."""
    import nbcore

    given = corpus(seed)
    all_cases = cases(nbcore, given)
    facts = verified(nbcore, given, all_cases)
    gc.collect()
    gc.freeze()
    whole = Inputs(nbcore, given, all_cases, batch)
    simple = Inputs(nbcore, given, all_cases, batch, overrides=False)
    samples = timed(candidates(whole, simple), rounds)
    return {**facts, "seed": seed, "rounds": rounds, "batch": batch}, samples


def main() -> None:
    """Prints the facts and samples of one measurement as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.measure")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--without-orjson", action="store_true")
    given = parser.parse_args()
    if given.without_orjson:
        sys.modules["orjson"] = None  # type: ignore[assignment]  # Python's own way to make an import fail
    else:
        import orjson  # noqa: F401  # a measurement with orjson must not go on without it
    facts, samples = measured(given.seed, given.rounds, given.batch)
    print(json.dumps({"corpus": facts, "samples": samples}))


if __name__ == "__main__":
    main()
