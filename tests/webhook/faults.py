"""Faults under load, on loopback: what a server does when everything around it goes wrong, in figures.

    python -m tests.webhook.faults
    python -m tests.webhook.faults --short --only rotation --only slow

Every server is the program in a process of its own; the clients behave as the API server does. Without options it
takes about ten minutes on two cores. It prints a line of figures for each scenario, and exits with 1 when anything
was lost or stood still.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

from tests.webhook import watch_scripts
from tests.webhook.fault_lives import duplicates, restarts, rotation, signals
from tests.webhook.fault_load import Result, Scenario, Sizes
from tests.webhook.fault_pressure import long, overload, oversized, slow

SHORT: Final = Sizes(
    requests=2_000,
    rotations=12,
    restarts=2,
    signals=6,
    duplicates=100,
    overload=3.0,
    slow=100,
    oversized=6,
    scripts=16,
)
_FILES: Final = 8_192
"""Open files that the largest scenario needs at most, of which each connection is one on either side."""


async def watches(folder: Path, sizes: Sizes) -> Result:
    """Watches break, repeat, lie and fall silent; each server's catalog comes to hold what the API server holds."""
    halves = [sizes.scripts // 2, sizes.scripts - sizes.scripts // 2]
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(len(halves)) as pool:
        seeds = (2 * sizes.seed, 2 * sizes.seed + 1)
        parts = [loop.run_in_executor(pool, _scripts, *one) for one in zip(halves, seeds, strict=True)]
        outcomes = [one for part in await asyncio.gather(*parts) for one in part]
    lists: Counter[str] = sum((one.lists for _, one in outcomes), Counter())
    trouble: Counter[str] = sum((one.trouble for _, one in outcomes), Counter())
    lost = [number for number, one in outcomes if not one.converged]
    partial = sum(one.partial for _, one in outcomes)
    figures = {
        "scripts": len(outcomes),
        "not converged": len(lost),
        "looks of readers": sum(one.looks for _, one in outcomes),
        "with an object missing": partial,
        "troubles": sum(trouble.values()),
        "kinds of trouble": len(trouble),
        "lists": sum(lists.values()),
    }
    return Result(figures, [f"script {number}" for number in lost] + [f"{partial} partial"] * bool(partial))


def _scripts(count: int, seed: int) -> list[tuple[int, watch_scripts.Outcome]]:
    """Scripts, in a process of their own."""
    logging.disable()
    return asyncio.run(watch_scripts.scripts(count, seed))


SCENARIOS: Final[dict[str, Scenario]] = {
    "rotation": rotation,
    "restarts": restarts,
    "signals": signals,
    "duplicates": duplicates,
    "overload": overload,
    "long": long,
    "slow": slow,
    "oversized": oversized,
    "watches": watches,
}


def run(name: str, sizes: Sizes) -> Result:
    """What one scenario counted."""
    random.seed(sizes.seed)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = _FILES if most == resource.RLIM_INFINITY else min(_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(SCENARIOS[name](Path(folder), sizes))


def main() -> int:
    """Runs the scenarios and prints their figures; 1 when anything was wrong."""
    given = _given()
    said = {name: value for name, value in vars(given).items() if name in Sizes._fields and value is not None}
    sizes = (SHORT if given.short else Sizes())._replace(**said)
    began, wrong = time.monotonic(), 0
    for name in given.only or SCENARIOS:
        since = time.monotonic()
        figures, faults = run(name, sizes)
        wrong += len(faults)
        print(f"{name}: {json.dumps(figures)}; {time.monotonic() - since:.0f} s", flush=True)
        for fault, number in Counter(faults).most_common(10):
            print(f"  wrong: {fault} ({number} times)", flush=True)
    print(f"wrong in all: {wrong}; seed {sizes.seed}; {time.monotonic() - began:.0f} s")
    return int(wrong > 0)


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.webhook.faults", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a little of everything, in a minute or two")
    parser.add_argument("--only", choices=SCENARIOS, action="append")
    for name, usual in Sizes()._asdict().items():
        parser.add_argument(f"--{name}", type=type(usual), help=f"{usual:,} without")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
