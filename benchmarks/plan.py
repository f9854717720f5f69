"""Plans: what an edit of kinds does to 100,000 notebooks, against rendering and comparing each of them.

The naive way is what one writes first: both pods of every notebook by a merge that copies, the new one validated
by jsonschema against the schema of the API server, and the two compared by `jsonpatch.make_patch`. Nobody waits
for 100,000 of them: some are timed in the same run, and the time is scaled. `python -m benchmarks.plan` prints
ratios of CPU time, and the memory.

Refuses to know how a plan is made, and to compare plans that do not say the same.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from statistics import median
from time import process_time_ns
from typing import Any, Final

import jsonpatch
import jsonschema

import nbcore
from benchmarks import lint_schemas
from benchmarks.corpus import Object, Selection, corpus
from benchmarks.layers import lower_layers, notebook_layer
from benchmarks.peers import deepcopy_merge
from nbcore.planning.fleet import Fleet
from nbcore.planning.planned import Plan, plan

KINDS: Final = 20
IMAGES: Final = 13
SIZES: Final = 12
GOALS: Final = {"all kinds edited": 1_500, "one kind edited": 20_000}


class World:
    """Twenty kinds with 3,120 selections, an edit of all of them, and notebooks."""

    def __init__(self, seed: int, count: int) -> None:
        self.random = Random(seed)
        given = corpus(seed, 4)
        pod_defaults = [one for one in given.objects if one["kind"] == "PodDefault"]
        self.templates = [_template(given.objects[at % 4], at) for at in range(KINDS)]
        self.objects = [*self.templates, *pod_defaults]
        self.pod_defaults = pod_defaults
        self.edited = [_edited(one, at) for at, one in enumerate(self.templates)]
        self.rebuilt = [_rebuilt(one) for one in self.templates]
        self.notebooks = [self._notebook(given, at) for at in range(count)]

    def _notebook(self, given: Any, at: int) -> Object:
        """A notebook: some kinds and options are used much more than others."""
        random = self.random
        kind = min(int(random.expovariate(1 / 6)), KINDS - 1)
        options = {"image": f"i{random.randrange(IMAGES)}", "size": f"s{random.randrange(SIZES)}"}
        selection = Selection(f"kind-{kind}", options)
        (found,) = given.notebooks(selection, 1, f"n{at}", overrides=random.random() < 0.02)
        spec = found["spec"]
        spec["resources"] = {
            "cpu": str(2 ** random.randrange(4)),
            "memory": f"{2 ** random.randrange(3, 6)}Gi",
        }
        spec["env"] = spec["env"][: random.randrange(1, 4)]
        if "overrides" in spec:
            spec["overrides"]["spec"]["terminationGracePeriodSeconds"] = random.choice((30, 60))
            spec["overrides"]["spec"]["containers"][0]["env"][0]["value"] = "level-1"
        return found  # type: ignore[no-any-return]


def _template(given: Object, at: int) -> Object:
    """A kind of its own with more options than the corpus has."""
    found: Object = json.loads(json.dumps(given))
    found["metadata"]["name"] = f"kind-{at}"
    image, size = found["spec"]["options"]
    image["values"] = [
        _copy(image["values"][n % 3], f"i{n}", f"registry.example.org/k{at}:{n}") for n in range(IMAGES)
    ]
    size["values"] = [_copy(size["values"][n % 3], f"s{n}", "") for n in range(SIZES)]
    image["default"], size["default"] = "i0", "s0"
    return found


def _copy(given: Object, id_: str, image: str) -> Object:
    found: Object = json.loads(json.dumps(given))
    found["id"] = id_
    if image:
        found["template"]["spec"]["containers"][0]["image"] = image
    else:
        found["template"]["spec"]["nodeSelector"]["example.org/size"] = id_
    return found


def _edited(given: Object, at: int) -> Object:
    """The kind after what admins do: another variable, sidecar, image or size, or an image that leads to another."""
    found: Object = json.loads(json.dumps(given))
    spec = found["spec"]
    main, proxy = spec["template"]["spec"]["containers"]
    image, size = spec["options"]
    what = at % 5
    if what == 0:
        main["env"][3]["value"] = "Europe/Oslo"
    elif what == 1:
        proxy["image"] = "registry.example.org/platform/auth-proxy:1.9.3"
    elif what == 2:
        main["env"][3]["value"] = "Europe/Oslo"
        image["values"][0]["template"]["spec"]["containers"][0]["image"] = f"registry.example.org/k{at}:0.1"
    elif what == 3:
        for value in size["values"]:
            value["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"] = "96Gi"
    else:
        image["values"][0]["redirect"] = {"to": "i1", "when": "Restart"}
    return found


def _rebuilt(given: Object) -> Object:
    """The kind after an edit that may have to do with anything."""
    found: Object = json.loads(json.dumps(given))
    found["spec"]["template"]["spec"]["containers"][1]["ports"].append(
        {"name": "metrics", "containerPort": 9090}
    )
    return found


# ---- the naive way ----


class Naive:
    """Renders, validates and compares one notebook after the other."""

    def __init__(self, world: World) -> None:
        self.old = {one["metadata"]["name"]: one for one in world.templates}
        self.new = {one["metadata"]["name"]: one for one in world.edited}
        self.pod_defaults = world.pod_defaults
        with tempfile.TemporaryDirectory() as folder:
            lint_schemas.write(Path(folder) / "schemas")
            schema = json.loads((Path(folder) / "schemas" / "pod-v1.json").read_text(encoding="utf-8"))
        self.validator = jsonschema.validators.validator_for(schema)(schema)

    def pod(self, notebook: Object, templates: dict[str, Object]) -> Object:
        """The pod, by the straightforward merge."""
        template = templates[notebook["spec"]["templateRef"]["name"]]
        options = dict(notebook["spec"]["options"])
        for group in template["spec"]["options"]:
            values = {value["id"]: value for value in group["values"]}
            options[group["id"]] = (
                values[options[group["id"]]].get("redirect", {}).get("to", options[group["id"]])
            )
        selection = Selection(template["metadata"]["name"], options)
        layers = lower_layers([template, *self.pod_defaults], selection)
        return deepcopy_merge([*layers, notebook_layer(notebook, template)])

    def changes(self, notebook: Object) -> list[Object]:
        """What changes for one notebook."""
        old, new = self.pod(notebook, self.old), self.pod(notebook, self.new)
        wrong = list(self.validator.iter_errors({"apiVersion": "v1", "kind": "Pod", **new}))
        if wrong:
            raise ValueError(f"the pod is not one: {wrong[0].message}")
        return list(jsonpatch.make_patch(old, new))


def _all_changes(naive: Naive, notebooks: list[Object]) -> None:
    for one in notebooks:
        naive.changes(one)


# ---- measuring ----


def seconds(run: Callable[[], Any]) -> float:
    """CPU seconds of one run."""
    gc.collect()
    gc.disable()
    try:
        start = process_time_ns()
        run()
        return (process_time_ns() - start) / 1e9
    finally:
        gc.enable()


def resident() -> float:
    """The most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def checked(found: Plan, world: World, naive: Naive, sample: list[Object]) -> None:
    """Nothing, where the plan says of each of a sample what the naive way says.

    Raises: ValueError where it does not.
    """
    restarted = {(one.namespace, one.name) for one in found.notebooks("restart", "recreate")}
    untouched = {(one.namespace, one.name) for one in found.notebooks("unchanged")}
    for notebook in sample:
        name = (notebook["metadata"]["namespace"], notebook["metadata"]["name"])
        if name not in (restarted if naive.changes(notebook) else untouched):
            raise ValueError(f"the plan says another thing of {name}")


def measured(seed: int, count: int, sample: int, rounds: int) -> Iterator[str]:
    """The lines to print."""
    world = World(seed, count)
    naive = Naive(world)
    some = Random(seed).sample(world.notebooks, min(sample, count))
    yield f"{count:,} notebooks, {KINDS} kinds; the naive way timed with {len(some)} of them, and scaled"
    old = nbcore.Catalog(world.objects)
    before = resident()
    fleets: list[Fleet] = []
    reading = seconds(lambda: fleets.append(Fleet(world.notebooks)))
    fleet = fleets[0]
    cells = sum(len(one.cells) for one in fleet.selections)
    yield f"read and folded once: {reading:.1f} s, {resident() - before:.0f} MB"
    yield f"{len(fleet.selections):,} selections, {cells:,} with own fields"
    before = resident()
    first = seconds(lambda: plan(old, old.replace(world.edited), fleet))
    yield f"the first plan, which renders each of those as it is: {first:.1f} s, {resident() - before:.0f} MB"
    before = resident()
    edits = {"all kinds edited": world.edited, "one kind edited": world.edited[:1]}
    edits["all kinds edited, in a way that may concern anything"] = world.rebuilt
    times: dict[str, list[float]] = {name: [] for name in (*edits, "naive")}
    share = max(1, len(some) // rounds)
    for at in range(rounds):
        part = some[at * share : (at + 1) * share]
        times["naive"].append(seconds(partial(_all_changes, naive, part)) / len(part) * count)
        for name, objects in edits.items():
            new = old.replace(objects)
            times[name].append(seconds(partial(plan, old, new, fleet)))
    new = old.replace(world.edited)
    checked(plan(old, new, fleet), world, naive, some[:50])
    slow = median(times["naive"])
    yield f"naive: {slow:,.0f} s"
    for name in edits:
        ratio = slow / median(times[name])
        goal = f", wanted {GOALS[name]:,}×" if name in GOALS else ""
        yield f"{name}: {median(times[name]) * 1000:,.0f} ms, {ratio:,.0f}×{goal}"
    yield f"memory on top for all these plans: {resident() - before:.0f} MB"
    yield f"counts: {plan(old, new, fleet).counts}"


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plan", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--notebooks", type=int, default=100_000)
    parser.add_argument("--sample", type=int, default=150, help="notebooks that the naive way is timed with")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    for line in measured(given.seed, given.notebooks, given.sample, given.rounds):
        print(line, flush=True)


if __name__ == "__main__":
    main()
