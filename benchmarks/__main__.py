"""`python -m benchmarks`: measures rendering and lint against the peers and prints ratios with their goals.

`--json FILE` keeps the corpus' facts, the ratios and all samples; nothing in it names the machine.
`--quick` takes few rounds: enough to see that everything runs, not to quote a figure.

Refuses to fail on a missed goal: it prints it.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.goals import reached, table
from benchmarks.imports import ENVIRONMENT, ROOT, import_samples
from benchmarks.lint import lint_samples
from benchmarks.lint_peers import versions
from benchmarks.reachable_pods import reachable_samples
from benchmarks.workspaces import workspace_samples

PACKAGES = (
    "pydantic",
    "orjson",
    "deepmerge",
    "jupyterhub-kubespawner",
    "kubernetes-asyncio",
    "PyYAML",
    "yamllint",
)


def main() -> None:
    """Measures, prints, and writes the JSON if asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything as JSON")
    parser.add_argument("--quick", action="store_true", help="few rounds, for a look")
    parser.add_argument("--seed", type=int, default=1, help="of the corpus")
    given = parser.parse_args()
    rounds, starts, lints, files = (8, 5, 2, 200) if given.quick else (60, 25, 9, 1000)
    runs = {
        "with orjson": _measured(given.seed, rounds),
        "without orjson": _measured(given.seed, rounds, "--without-orjson"),
    }
    facts = runs["with orjson"]["corpus"]
    samples = {name: run["samples"] for name, run in runs.items()}
    samples["imports"] = import_samples(starts)
    samples["lint"], left_out = lint_samples(given.seed, lints, files)
    samples["kinds"], decided = reachable_samples(given.seed, 3 if given.quick else 20)
    samples["workspaces"], rendered = workspace_samples(given.seed, 8 if given.quick else 40)
    rows = reached(samples)
    print(
        f"corpus: seed {facts['seed']}, {facts['layers']} layers, pods of {facts['pod_bytes']} bytes and "
        f"{facts['pod_nodes']} JSON values; medians of {rounds} interleaved rounds of {facts['batch']};\n"
        f"lint: {files:,} files of 10 KB and 200 of 2 KB, {lints} rounds of a process each;\n{decided};\n"
        f"Workspaces: {rendered}\n"
    )
    print(table(rows), *left_out, sep="\n")
    if given.json:
        everything = {"corpus": facts, "versions": _versions(), "figures": rows, "seconds": samples}
        given.json.write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")


def _measured(seed: int, rounds: int, *more: str) -> dict[str, Any]:
    """What a process of its own measured."""
    command = [sys.executable, "-m", "benchmarks.measure", f"--seed={seed}", f"--rounds={rounds}", *more]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, check=True, stdout=subprocess.PIPE)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _versions() -> dict[str, str]:
    packages = {name: version(name) for name in PACKAGES}
    return {"python": platform.python_version(), **packages, **versions()}


if __name__ == "__main__":
    main()
