"""The fuzz as a command: hostile bodies through the handler, and a sample of them through the real server.

    python -m tests.fuzz --bodies 100000 --seed 1

Prints how many bodies ended in which way; exits with 1 where any was answered wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from itertools import islice

from tests.fuzz.bodies import bodies, run
from tests.fuzz.served import serve

_EVERY = 50


def main() -> int:
    """Whether everything was answered right, as an exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bodies", type=int, default=100_000)
    parser.add_argument("--served", type=int, help="how many of them the real server gets too")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    began = time.monotonic()
    tally = run(bodies(asked.bodies, asked.seed))
    served = asked.bodies // _EVERY if asked.served is None else asked.served
    sample = islice(bodies(asked.bodies, asked.seed), 0, None, max(1, asked.bodies // max(served, 1)))
    over_tls = asyncio.run(serve(islice(sample, served)))
    for one in (tally, over_tls):
        print(*one.lines(), sep="\n")
    print(f"seed {asked.seed}, {time.monotonic() - began:.0f} s")
    return 1 if tally.failures or over_tls.failures else 0


sys.exit(main())
