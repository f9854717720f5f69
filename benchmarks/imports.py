"""What an import costs: fresh interpreters, one import each, interleaved.

Time is the user and system CPU time of the child. The bare interpreter is timed too and taken off for the
stricter figure. Refuses to know what the import does.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from benchmarks.rounds import Samples

ROOT = Path(__file__).parent.parent

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""The environment of children: byte code is cached, as it is where a package is installed."""

PROGRAMS = {
    "interpreter": "pass",
    "import pydantic": "import pydantic",
    "pydantic with a model": "import pydantic\nclass M(pydantic.BaseModel):\n    a: int\n",
    "import nbcore": "import nbcore",
    "every name of nbcore": "import nbcore\nfor name in nbcore.__all__:\n    getattr(nbcore, name)\n",
}


def import_samples(rounds: int) -> Samples:
    """Seconds of CPU time a program, one entry a round; the first round fills the byte code caches."""
    samples: Samples = {name: [] for name in PROGRAMS}
    for at in range(rounds + 1):
        for name, program in PROGRAMS.items():
            seconds = _cpu_seconds(program)
            if at:
                samples[name].append(seconds)
    net = [
        {name: seconds[at] - samples["interpreter"][at] for name, seconds in samples.items()}
        for at in range(rounds)
    ]
    for name in PROGRAMS:
        if name != "interpreter":
            samples[f"{name}, net"] = [one[name] for one in net]
    return samples


def _cpu_seconds(program: str) -> float:
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=ENVIRONMENT, check=True)
    after = getrusage(RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
