"""Does a plan come true? Notebooks on a real control plane, edits of their kinds, and the pods that are replaced.

For every edit there is a plan; then the edit is carried out: StatefulSets that roll are patched all at once, those
with OnDelete as `nbcore.next_revision` decides while they run and when they are started, each pod in place where
the server lets it. The pods with another uid must be those of which the plan says `restart` or `recreate`; a fourth
of those with OnDelete stays busy, of which none may be replaced.

Run as a program (`python -m tests.cluster.plan_comes_true --edits 20 --seed 1`) it prints figures and differences.
It refuses to know how an effect is found.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from random import Random
from typing import Any, NamedTuple

import nbcore
from nbcore import plan
from nbcore.revision import revision_of
from nbcore.workload import objects
from tests.cluster.control_plane import ControlPlane
from tests.cluster.plan_executor import Executor, Verdict
from tests.cluster.plan_worlds import World, edited, world

Json = Any
ON_DELETE = nbcore.Settings(carrier="on-delete")
ROLLING = nbcore.Settings(carrier="rolling")
NOTEBOOKS = 200


class Told(NamedTuple):
    """One notebook of which the plan said another thing than what happened."""

    notebook: str
    planned: str
    happened: str


class Result(NamedTuple):
    """One edit, planned and carried out."""

    edit: str
    planned: Counter[str]
    replaced: int
    rolled: int
    differences: list[Told]


class Trial:
    """Notebooks on a control plane, and the kinds that they were last made from."""

    def __init__(self, plane: ControlPlane, random: Random, count: int = NOTEBOOKS) -> None:
        self.executor = Executor(plane)
        self._random = random
        self.world = world(random, self.executor.namespace, count)
        self.pins: dict[str, Json] = {}
        self.made_of: dict[str, Json] = {}
        self._start(self.world.on_delete, ON_DELETE)
        self._start(self.world.rolling, ROLLING)
        self.uids = self.executor.settle()

    def edit(self) -> Result:
        """Edits the kinds, plans, carries it out, and compares."""
        kinds, name = edited(self._random, self.world.kinds)
        planned = self._planned(kinds)
        self.world = World(kinds, self.world.on_delete, self.world.rolling)
        names = [one["metadata"]["name"] for one in self.world.on_delete]
        busy = frozenset(self._random.sample(names, len(names) // 4))
        verdicts = self._carry_out_on_delete(busy)
        self._carry_out_rolling()
        before, self.uids = self.uids, self.executor.settle()
        happened = {name: self._happened(name, before, verdicts) for name in before}
        rolling = {one["metadata"]["name"] for one in self.world.rolling}
        replaced = {name for name, what in happened.items() if what == "replaced"}
        found = [
            Told(notebook, planned[notebook], what)
            for notebook, what in happened.items()
            if what not in (_STAYING if notebook in busy else _MEANT[planned[notebook]])
        ]
        return Result(name, Counter(planned.values()), len(replaced), len(replaced & rolling), found)

    def _happened(self, name: str, before: dict[str, str], verdicts: dict[str, Verdict]) -> str:
        """What became of a notebook's pod, by its uid; and beside that whether anything was written to it."""
        if self.uids.get(name) != before[name]:
            return "replaced"
        return verdicts.get(name, "unchanged")

    # ---- the plan ----

    def _planned(self, kinds: Iterable[Json]) -> dict[str, str]:
        """The outcome of every notebook; each is compared from the Revision that it has."""
        found = {}
        for notebooks, settings in ((self.world.on_delete, ON_DELETE), (self.world.rolling, ROLLING)):
            given = [self._with_pin(one) for one in notebooks]
            old = nbcore.Catalog([*self.world.kinds, *self.pins.values()])
            found_out = plan(old, nbcore.Catalog(kinds), given, settings=settings)
            for entry in found_out.entries:
                found.update({one.name: str(entry.outcome) for one in entry.notebooks})
        return found

    def _with_pin(self, notebook: Json) -> Json:
        """The notebook with the Revision that it has in its status; that of a Workspace has no room for one."""
        pin = self.pins.get(notebook["metadata"]["name"])
        if pin is None or notebook["kind"] != "Notebook":
            return notebook
        return {**notebook, "status": {"revision": pin["metadata"]["name"]}}

    # ---- carrying out ----

    def _start(self, notebooks: Iterable[Json], settings: nbcore.Settings) -> None:
        """Starts notebooks that have nothing yet, those that can be rendered."""
        catalog = nbcore.Catalog(self.world.kinds)
        wanted = {}
        for one in notebooks:
            name = one["metadata"]["name"]
            revision, _ = revision_of(one, catalog)
            found = stateful_set(one, catalog, revision, settings)
            if found is not None:
                wanted[name], self.pins[name] = found, revision
                self.made_of[name] = found["spec"]["template"]
        self.executor.write(wanted)

    def _carry_out_rolling(self) -> None:
        """Writes all StatefulSets that roll at once."""
        self._start(self.world.rolling, ROLLING)

    def _carry_out_on_delete(self, busy: frozenset[str]) -> dict[str, Verdict]:
        """Lets notebooks take what they take while they are busy, then those that do not stay so what a start takes."""
        self._start(
            [one for one in self.world.on_delete if one["metadata"]["name"] not in self.pins], ON_DELETE
        )
        self.executor.settle()
        taken = self._taken(self.world.on_delete, running=True)
        self.executor.settle()
        restarted = [one for one in self.world.on_delete if one["metadata"]["name"] not in busy]
        started = self._taken(restarted, running=False)
        return taken | {name: max(taken[name], what, key=_BY_WEIGHT.index) for name, what in started.items()}

    def _taken(self, notebooks: Iterable[Json], *, running: bool) -> dict[str, Verdict]:
        """What became of the pods when notebooks took the Revision that is next for them."""
        catalog = nbcore.Catalog(self.world.kinds)
        wanted, brought = {}, {}
        for one in notebooks:
            name = one["metadata"]["name"]
            if name not in self.pins:
                continue
            decision = nbcore.next_revision(
                one, self.pins[name], catalog, running=running, idle=False, settings=ON_DELETE
            )
            found = stateful_set(one, catalog, decision.revision, ON_DELETE)
            assert found is not None, (name, decision)
            template = found["spec"]["template"]
            wanted[name], self.pins[name] = found, decision.revision
            brought[name] = (self.made_of[name], template)
            self.made_of[name] = template
        self.executor.write(wanted)
        return self.executor.bring(brought)


_BY_WEIGHT: tuple[Verdict, ...] = ("unchanged", "live", "replaced")
_MEANT: dict[str, tuple[str, ...]] = {
    "unchanged": ("unchanged",),
    "live": ("live",),
    "restart": ("replaced",),
    "recreate": ("replaced",),
    "refused": ("unchanged", "live"),  # what restarts nothing is taken beside it
    "broken": ("unchanged",),
    "repaired": (
        "unchanged",
        "replaced",
    ),  # a Workspace names no Revision: what it runs is not in the plan's words
}
"""What may become of a pod, by what the plan says of its notebook."""
_STAYING: tuple[str, ...] = ("unchanged", "live")
"""What may become of the pod of one that stays busy, whatever the plan says."""


def stateful_set(
    notebook: Json, catalog: nbcore.Catalog, revision: Json, settings: nbcore.Settings
) -> Json | None:
    """The StatefulSet of a notebook; None where it cannot be made."""
    if revision is None:
        return None
    found, _ = objects(notebook, catalog, revision=revision, settings=settings)
    return next((one for one in found if one["kind"] == "StatefulSet"), None)


def trial(
    plane: ControlPlane, seed: int, edits: int, count: int, told: Callable[[Result], None]
) -> list[Result]:
    """The results of some edits, one after another, each told as it comes."""
    running = Trial(plane, Random(seed), count)
    results = []
    try:
        for _ in range(edits):
            results.append(running.edit())
            told(results[-1])
    finally:
        running.executor.close()
    return results


def show(result: Result) -> None:
    """Prints what was planned, and what became of it."""
    counts = ", ".join(f"{count} {name}" for name, count in sorted(result.planned.items()))
    print(f"{result.edit}: {counts}; replaced {result.replaced}, of which {result.rolled} rolled")
    for one in result.differences:
        print(f"  {one.notebook}: the plan says {one.planned}, and it was {one.happened}")
    sys.stdout.flush()


def main(arguments: list[str] | None = None) -> int:
    """The exit code of the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster.plan_comes_true", description=__doc__)
    parser.add_argument("--edits", type=int, default=20)
    parser.add_argument("--notebooks", type=int, default=NOTEBOOKS)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    began = time.monotonic()
    with ControlPlane() as plane:
        results = trial(plane, chosen.seed, chosen.edits, chosen.notebooks, show)
    planned = sum((one.planned for one in results), Counter[str]())
    wrong = sum(len(one.differences) for one in results)
    replaced, rolled = sum(one.replaced for one in results), sum(one.rolled for one in results)
    print(
        f"{len(results)} edits, {chosen.notebooks} notebooks, seed {chosen.seed}: {dict(sorted(planned.items()))}; "
        f"{replaced} pods replaced, {rolled} of them rolled; {wrong} differences, {time.monotonic() - began:.0f} s"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
