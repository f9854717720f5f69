"""Random scripts of what an API server and the network can do to a watch: does the catalog converge?

`python -m tests.webhook.watch_scripts --scripts 1000 --seed S` prints figures. Every script changes objects
while connections break, events come twice, late or torn, and lists are stale; in the end the catalog has to hold
what the server holds. All the while a reader looks: an object that is always there must always be there.

Refuses to know how the reflector works.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.webhook.api_server import LIST_TROUBLE, WATCH_TROUBLE, ApiServer, named, paths
from webhook.client import Access
from webhook.reflector import Pace
from webhook.watching import ALWAYS, DIALECTS, WatchedKinds

SPACES, DEFAULTS = "/api/v1/namespaces", "/apis/jackhoman.dev/v1beta1/poddefaults"
PACE = Pace(page=3, watch=(1, 3), quiet=0.25, lived=0.05, base=0.002, cap=0.02, missing=0.05)
STEADY = [f"always-{at}" for at in range(5)]
PATIENCE = 10.0
"""Seconds that a script has to converge in."""


class Outcome(NamedTuple):
    """How a script went."""

    converged: bool
    looks: int
    partial: int
    lists: Counter[str]
    trouble: Counter[str]


async def script(seed: int, steps: int = 60) -> Outcome:
    """One script, from an empty server to the last change, and until the catalog holds what the server holds."""
    chance = random.Random(seed)
    trouble: Counter[str] = Counter()
    server = ApiServer(seed)
    calm = False

    def some(verb: str, path: str) -> str:
        if calm or path not in (SPACES, DEFAULTS) or chance.random() < (0.7 if verb == "list" else 0.15):
            return ""
        chosen = chance.choice(LIST_TROUBLE if verb == "list" else WATCH_TROUBLE)
        trouble[f"{verb} {chosen}"] += 1
        return chosen

    server.trouble = some
    server.add(*paths([*ALWAYS, *DIALECTS["native"]]))
    for name in STEADY:
        server.put(SPACES, named("Namespace", name))
        server.put(DEFAULTS, pod_default(name, 0))
    server.remember(SPACES)
    async with server.serving():
        source = WatchedKinds(Access(server.url, timeout=2), ("native",), PACE)
        running = asyncio.create_task(source.run())
        reader = Reader(source)
        looking = asyncio.create_task(reader.look())
        try:
            for at in range(steps):
                change(server, chance)
                await asyncio.sleep(chance.choice((0, 0, 0.001, 0.01, 0.03)))
                if at == steps // 5:
                    await until_synced(source)
            calm = True
            converged = await until_equal(source, server)
        finally:
            for task in (running, looking):
                task.cancel()
            await asyncio.gather(running, looking, return_exceptions=True)
    lists: Counter[str] = Counter()
    for figures in source.figures.values():
        lists.update(figures.lists)
    return Outcome(converged, reader.looks, reader.partial, lists, trouble)


def pod_default(name: str, at: int) -> Any:
    """A PodDefault; every fifth is one that cannot be read."""
    spec: Any = {"template": 5} if at % 5 == 4 else {"template": {"spec": {"priority": at}}}
    return named("PodDefault", name, "team", spec=spec)


def change(server: ApiServer, chance: random.Random) -> None:
    """One step of what happens on the server."""
    name = f"n{chance.randint(0, 4)}"
    at = chance.randint(0, 999)

    def make_again() -> None:
        server.delete(SPACES, name)
        server.put(SPACES, named("Namespace", name))

    steps: dict[str, Callable[[], None]] = {
        "put": lambda: server.put(SPACES, named("Namespace", name, metadata={"labels": {"at": str(at)}})),
        "put default": lambda: server.put(DEFAULTS, pod_default(name, at)),
        "delete": lambda: server.delete(SPACES, name),
        "delete default": lambda: server.delete(DEFAULTS, name, "team"),
        "make again": make_again,
        "forget": server.forget,
        "remember": lambda: server.remember(chance.choice((SPACES, DEFAULTS))),
    }
    weights = (6, 6, 3, 3, 2, 1, 1)
    chance.choices(list(steps.values()), weights)[0]()


class Reader:
    """Looks at the catalog all the time, as requests do."""

    def __init__(self, source: WatchedKinds) -> None:
        self._source = source
        self.looks = self.partial = 0

    async def look(self) -> None:
        """Counts the looks at which something is missing that is always there."""
        while True:
            if self._source.synced:
                catalog = self._source.catalog
                self.looks += 1
                spaces = all(catalog.get("Namespace", name) for name in STEADY)
                defaults = all(catalog.get("PodDefault", name, "team") for name in STEADY)
                self.partial += not (spaces and defaults)
            await asyncio.sleep(0.001)


async def until_synced(source: WatchedKinds) -> None:
    """Waits until all kinds have been listed, whatever goes wrong with that."""
    deadline = time.monotonic() + PATIENCE
    while not source.synced and time.monotonic() < deadline:
        await asyncio.sleep(0.01)


async def until_equal(source: WatchedKinds, server: ApiServer) -> bool:
    """Whether the catalog holds what the server holds, before patience ends."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if source.synced and held(source) == stored(server):
            return True
        await asyncio.sleep(0.01)
    return False


def held(source: WatchedKinds) -> dict[Any, Any]:
    """The versions of the objects that the catalog holds; of those that cannot be read that they are there."""
    found = {key(one.origin.value): version(one.origin.value) for one in source.catalog}
    broken = {(one.kind, one.namespace, one.name): "broken" for one in source.catalog.unread}
    return found | broken


def stored(server: ApiServer) -> dict[Any, Any]:
    """The same of what the server has."""
    objects = [one for path in server.stored.values() for one in path.values()]
    return {key(one): "broken" if one.get("spec") == {"template": 5} else version(one) for one in objects}


def key(one: Any) -> tuple[str, str, str]:
    """Kind, namespace and name."""
    return (one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"])


def version(one: Any) -> str:
    """Which form of an object it is."""
    return f"{one['metadata']['uid']} {one['metadata']['resourceVersion']}"


async def scripts(count: int, seed: int, at_once: int = 8) -> list[tuple[int, Outcome]]:
    """Many scripts, each with its seed."""
    slots = asyncio.Semaphore(at_once)

    async def one(number: int) -> tuple[int, Outcome]:
        async with slots:
            return number, await script(number)

    return await asyncio.gather(*(one(seed * 1_000_000 + at) for at in range(count)))


def main() -> None:
    """Runs scripts and prints figures; the exit status says whether all converged."""
    parser = argparse.ArgumentParser(prog="python -m tests.webhook.watch_scripts", description=__doc__)
    parser.add_argument("--scripts", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at-once", type=int, default=8)
    given = parser.parse_args()
    logging.disable()
    started = time.monotonic()
    outcomes = asyncio.run(scripts(given.scripts, given.seed, given.at_once))
    lost = [number for number, one in outcomes if not one.converged]
    lists: Counter[str] = sum((one.lists for _, one in outcomes), Counter())
    trouble: Counter[str] = sum((one.trouble for _, one in outcomes), Counter())
    looks, partial = (sum(getattr(one, name) for _, one in outcomes) for name in ("looks", "partial"))
    print(f"scripts: {len(outcomes):,}, not converged: {len(lost)} {lost[:10]}")
    print(f"looks of readers: {looks:,}, with an object missing: {partial}")
    print(f"lists by cause: {dict(sorted(lists.items()))}")
    print(f"trouble: {sum(trouble.values()):,}, {dict(sorted(trouble.items()))}")
    print(f"seconds: {time.monotonic() - started:.0f}")
    raise SystemExit(bool(lost or partial))


if __name__ == "__main__":
    main()
