"""Lint against its peers: one process a run, all on the same core, interleaved in turning order.

A sample is the CPU time of one process, start included, and its wall time besides. Before anything is timed
every linter has to find what it should in the corpus: a linter that looks at nothing would be the fastest.

Refuses to know how a linter works, and to judge the figures.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Final

from benchmarks import lint_peers, lint_schemas
from benchmarks.imports import ENVIRONMENT, ROOT
from benchmarks.lint_corpus import OF_SCHEMA, File, files, write
from benchmarks.rounds import Samples

IMPORTS: Final = "import pydantic, yaml, click"
_START: Final = "import sys; from nbcore.cli.main import main; main(sys.argv[1:])"
_LIBYAML: Final = f"import nbcore.yaml_lines; nbcore.yaml_lines.read = lambda *_: None; {_START}"
"""nbcore without its reader of lines, so that every document goes through PyYAML."""
_OF_YAMLLINT: Final = 20
"""yamllint gets every so many files, and its time is scaled: it would take longer than all others together."""


class Wrong(AssertionError):
    """A linter does not find what it should: it may not be compared."""


@dataclass(frozen=True)
class Run:
    """One process to time: its command, and the exit codes that mean that it did its work."""

    command: tuple[str, ...]
    codes: tuple[int, ...] = (0,)
    folder: Path = ROOT
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Corpus:
    """A corpus on disk."""

    folder: Path
    files: tuple[File, ...]

    def paths(self, *without: str) -> tuple[str, ...]:
        """The paths of the files, without those that have one of these faults."""
        return tuple(str(self.folder / one.name) for one in self.files if one.fault not in without)


def lint_samples(seed: int, rounds: int, count: int) -> tuple[Samples, list[str]]:
    """The samples of all linters by name, and what was left out."""
    with tempfile.TemporaryDirectory(prefix="nbcore-bench-") as name, _one_core():
        folder = Path(name)
        big = _corpus(folder / "big", seed, count, small=False)
        small = _corpus(folder / "small", seed, min(count, 200), small=True)
        lint_schemas.write(folder / "schemas")
        programs = lint_peers.peers()
        verify(folder, big, programs)
        samples = _timed(_runs(folder, big, small, programs), rounds)
    _scale_yamllint(samples, count)
    _take_off_starts(samples)
    return samples, [] if programs else [lint_peers.MISSING]


def _corpus(folder: Path, seed: int, count: int, *, small: bool) -> Corpus:
    made = files(seed, count, small=small)
    write(folder, made)
    return Corpus(folder, tuple(made))


@contextmanager
def _one_core() -> Iterator[None]:
    """Keeps this process, and with it all that it starts, on one core."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


# ---- what is run ----


def _nbcore(folder: Path, *more: str, program: str = _START) -> Run:
    """nbcore, in the folder above the corpus: there its cache is put, unless it is told to use none."""
    options = ("--pod-security", "restricted", "--quiet", "--output", "concise", *more)
    return Run((sys.executable, "-c", program, "lint", *options, str(folder)), (0, 1), folder.parent)


def _kubeconform(program: Path, folder: Path, corpus: Corpus, *more: str) -> Run:
    schemas = f"{folder / 'schemas'}/{lint_schemas.PATTERN}"
    options = ("-n", "1", "-strict", "-schema-location", schemas, *more)
    return Run((str(program), *options, str(corpus.folder)), (0, 1), environment={"GOMAXPROCS": "1"})


def _kube_score(program: Path, corpus: Corpus) -> Run:
    """kube-score stops at the first file with a value of the wrong type: it does not get those."""
    command = (str(program), "score", "--output-format", "ci", *corpus.paths("wrong type"))
    return Run(command, (0, 1), environment={"GOMAXPROCS": "1"})


def _yamllint(*paths: str) -> Run:
    return Run((sys.executable, "-m", "yamllint", "-d", "relaxed", *paths), (0, 1))


def _runs(folder: Path, big: Corpus, small: Corpus, programs: Mapping[str, Path] | None) -> dict[str, Run]:
    """Everything that is timed, by name."""
    some = big.paths()[::_OF_YAMLLINT]
    runs = {
        "nbcore": _nbcore(big.folder, "--no-cache"),
        "nbcore, warm": _nbcore(big.folder),
        "nbcore, libyaml alone": _nbcore(big.folder, "--no-cache", program=_LIBYAML),
        "nbcore, one file": _nbcore(Path(small.paths()[0]), "--no-cache"),
        "nbcore, small files": _nbcore(small.folder, "--no-cache"),
        "imports": Run((sys.executable, "-c", IMPORTS)),
        "yamllint, one file": _yamllint(some[0]),
        "yamllint, some files": _yamllint(*some),
    }
    if programs:
        runs |= {
            "kubeconform": _kubeconform(programs["kubeconform"], folder, big),
            "kube-score": _kube_score(programs["kube-score"], big),
            "kubeconform, small files": _kubeconform(programs["kubeconform"], folder, small),
            "kube-score, small files": _kube_score(programs["kube-score"], small),
        }
    return runs


# ---- timing ----


def _timed(runs: Mapping[str, Run], rounds: int) -> Samples:
    """Seconds of CPU time a run, and of wall time under the same name with ``, wall``; the first warms up."""
    samples: Samples = {}
    names = list(runs)
    for at in range(rounds + 1):
        turn = at % len(names)
        for name in (*names[turn:], *names[:turn]):
            cpu, wall = _once(runs[name])
            if at:
                samples.setdefault(name, []).append(cpu)
                samples.setdefault(f"{name}, wall", []).append(wall)
    return samples


def _once(run: Run) -> tuple[float, float]:
    before, start = getrusage(RUSAGE_CHILDREN), time.perf_counter()
    _done(run)
    after, end = getrusage(RUSAGE_CHILDREN), time.perf_counter()
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime), end - start


def _done(run: Run) -> str:
    """What a process printed.

    Raises: Wrong when it could not do its work.
    """
    environment = {**ENVIRONMENT, **run.environment}
    done = subprocess.run(
        run.command, cwd=run.folder, env=environment, check=False, capture_output=True, encoding="utf-8"
    )
    if done.returncode not in run.codes:
        raise Wrong(f"{' '.join(run.command)[:200]}: exit code {done.returncode}: {done.stderr[:500]}")
    return done.stdout


def _scale_yamllint(samples: Samples, count: int) -> None:
    """Adds what yamllint would take for all files: its start once, and every file as long as those it got."""
    some = len(range(0, count, _OF_YAMLLINT))
    pairs = zip(samples["yamllint, one file"], samples["yamllint, some files"], strict=True)
    factor = (count - 1) / max(some - 1, 1)
    samples["yamllint"] = [one + max(many - one, 0.0) * factor for one, many in pairs]


def _take_off_starts(samples: Samples) -> None:
    """Adds what nbcore takes beyond one small file, under the same names with ``, net``."""
    for name in ("nbcore", "nbcore, warm"):
        pairs = zip(samples[name], samples["nbcore, one file"], strict=True)
        samples[f"{name}, net"] = [max(whole - start, 1e-3) for whole, start in pairs]


# ---- whether they look at all ----


def verify(folder: Path, corpus: Corpus, programs: Mapping[str, Path] | None) -> None:
    """Nothing, where every linter finds fault with the files that it should, and with no others.

    Raises: Wrong.
    """
    faulty = {one.name for one in corpus.files if one.fault}
    for run in (_nbcore(corpus.folder), _nbcore(corpus.folder, "--no-cache", program=_LIBYAML)):
        _expect("nbcore", faulty, _named(_done(run), corpus))
    if programs is None:
        return
    of_schema = {one.name for one in corpus.files if one.fault in OF_SCHEMA}
    told = _done(_kubeconform(programs["kubeconform"], folder, corpus))
    _expect("kubeconform", of_schema, _named(told, corpus))
    judged = {one.name for one in corpus.files if one.fault != "wrong type"}
    scored = re.findall(r"^\[\w+\] (\S+)/", _done(_kube_score(programs["kube-score"], corpus)), re.MULTILINE)
    _expect("kube-score", judged, {f"{one}.yaml" for one in scored})


def _named(told: str, corpus: Corpus) -> set[str]:
    """The names of the files that a report names."""
    return {one.name for one in corpus.files if one.name in told}


def _expect(linter: str, wanted: set[str], found: set[str]) -> None:
    if wanted != found:
        differing = ", ".join(sorted(wanted ^ found)[:5])
        raise Wrong(f"{linter} should name {len(wanted)} files and names {len(found)}: {differing}")


def main() -> None:
    """Prints the ratios of lint alone."""
    from benchmarks.goals import reached, table

    parser = argparse.ArgumentParser(prog="python -m benchmarks.lint", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=1000, help="files of 10 KB")
    given = parser.parse_args()
    samples, left_out = lint_samples(given.seed, given.rounds, given.count)
    print(*left_out, table(reached({"lint": samples})), sep="\n")


if __name__ == "__main__":
    main()
