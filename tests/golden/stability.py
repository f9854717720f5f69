"""Render stability: pods, byte for byte, as the last release made them, and what is said of those that differ.

`python -m tests.golden.stability` renders the inputs of the last released tag anew, compares with the pods of that
tag, and wants every difference in CHANGELOG.md; `--write` writes the corpus of today, if every difference from
the one that is there is listed. A listing is a line such as

    - Rendered pods `fleet-1/team/n2`, `redirects/*`: restart. The home is mounted first.

An input is never edited, as then its pods differ: a new one is added. A case that gives no pod any more is to be
listed too, as `recreate`. This module refuses to know whether a difference is a good one: it says what it does to
whoever runs such a pod.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

import nbcore
from nbcore.change.change import worst

HERE = "tests/golden/stability"
ROOT = Path(__file__).parent.parent.parent
CHANGELOG = "CHANGELOG.md"
PODS = "pods.txt"
NO_POD = b"null"

Pods = Mapping[str, bytes]
"""The bytes of every pod, by the name of its case."""


# ---- the corpus ----


def rendered(folder: Path) -> dict[str, bytes]:
    """The pods of all notebooks of the inputs in a folder, as they are rendered today."""
    pods = {}
    for file in sorted((folder / "inputs").glob("*.yaml")):
        for case, pod in _of_file(file):
            if case in pods:
                raise ValueError(f"two notebooks are the case {case}")
            if pod != NO_POD:
                pods[case] = pod
    return pods


def _of_file(file: Path) -> Iterator[tuple[str, bytes]]:
    """The cases of one file; a Workspace is one of Kubeflow's own rendering as well."""
    catalog = nbcore.Catalog(nbcore.load(file.read_bytes(), name=file.name))
    for one in catalog.notebooks:
        space, status = one.metadata.namespace, one.status or {}
        name = f"{file.stem}/{space}/{one.metadata.name}"
        pin = catalog.get("Revision", status.get("revision", ""), space)
        yield name, nbcore.render(one, catalog, revision=pin).to_bytes()
        if one.kind == "Workspace":
            upstream = nbcore.Settings(compat="kubeflow")
            yield f"compat/{name}", nbcore.render(one, catalog, settings=upstream).to_bytes()


def stored(folder: Path) -> dict[str, bytes]:
    """The pods of the corpus in a folder."""
    lines = (folder / PODS).read_bytes().splitlines()
    return {case.decode(): pod for case, _, pod in (line.partition(b"\t") for line in lines)}


def write(folder: Path, pods: Pods) -> None:
    """Stores pods as the corpus of a folder."""
    lines = (b"%s\t%s\n" % (case.encode(), pod) for case, pod in sorted(pods.items()))
    (folder / PODS).write_bytes(b"".join(lines))


# ---- differences ----


class Difference(NamedTuple):
    """A pod that is rendered otherwise than before: what becomes of it when that arrives, and where it differs."""

    case: str
    effect: str
    places: tuple[str, ...]

    def __str__(self) -> str:
        shown = ", ".join(self.places[:3]) + (", …" if len(self.places) > 3 else "")
        return f"{self.case}: {self.effect} ({shown or 'the order of its keys'})"


def differences(before: Pods, after: Pods) -> list[Difference]:
    """The cases that were there before whose bytes differ, with the effect on what carries them by default."""
    return [
        _difference(case, pod, after.get(case, NO_POD))
        for case, pod in sorted(before.items())
        if after.get(case, NO_POD) != pod
    ]


def _difference(case: str, before: bytes, after: bytes) -> Difference:
    old, new = json.loads(before), json.loads(after)
    changes = nbcore.diff(
        old, new, settings=nbcore.Settings(carrier="rolling" if _rolls(old) else "on-delete")
    )
    return Difference(case, worst(changes), tuple(one.path.keyed or "all of it" for one in changes))


def _rolls(pod: object) -> bool:
    """Whether it is the pod of a Workspace, whose StatefulSet rolls whatever the settings say."""
    return "notebooks.kubeflow.org/workspace-name" in json.dumps(pod)


# ---- what the changelog says ----


class Listing(NamedTuple):
    """What a line of the changelog says: the names of cases, which may hold `*`, and an effect."""

    cases: tuple[str, ...]
    effect: str

    def covers(self, one: Difference) -> bool:
        """Whether it says what this difference is."""
        return self.effect == one.effect and any(fnmatchcase(one.case, case) for case in self.cases)


_LISTING = re.compile(r"^- Rendered pods? (`[^`]+`(?:, `[^`]+`)*): (\w+)\b", re.MULTILINE | re.ASCII)


def listings(changelog: str, since: str = "") -> list[Listing]:
    """What is listed above the section of the version `since`; without one, in the section Unreleased."""
    found = _LISTING.findall(_above(changelog, since))
    return [Listing(tuple(cases.strip("`").split("`, `")), effect) for cases, effect in found]


def _above(changelog: str, since: str) -> str:
    """The part of a changelog that is newer than a version."""
    sections = re.split(r"^(?=## \[)", changelog, flags=re.MULTILINE)[1:]
    names = [one[len("## [") : one.index("]")] for one in sections]
    end = names.index(since) if since in names else 1
    return "".join(sections[:end])


def faults(found: Iterable[Difference], listed: Iterable[Listing]) -> list[str]:
    """The differences that no line says, each with the line to be written."""
    told = list(listed)
    return [
        f"{one}; {CHANGELOG} has no line: - Rendered pods `{one.case}`: {one.effect}. Why."
        for one in found
        if not any(listing.covers(one) for listing in told)
    ]


# ---- the last release ----


def last_tag(repository: Path) -> str | None:
    """The newest tag of a release that the commit at hand stands on; None where there is none."""
    found = _git(repository, "describe", "--tags", "--abbrev=0", "--match", "v*")
    return found.stdout.decode().strip() if found.returncode == 0 else None


def against(tag: str, repository: Path) -> list[Difference] | None:
    """What is rendered otherwise from the inputs of a tag than at that tag; None where it has no corpus."""
    archive = _git(repository, "archive", "--format=tar", tag, HERE)
    if archive.returncode != 0:
        return None
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
            files.extractall(folder, filter="data")
        then = Path(folder, HERE)
        return differences(stored(then), rendered(then))


def _git(repository: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, check=False)


# ---- the command ----


def compare_with_release(repository: Path) -> int:
    """Prints what is rendered otherwise than at the last release; the exit code."""
    tag = last_tag(repository)
    if tag is None:
        print(
            "no tag v* is reachable from here (a shallow clone has none): there is no release to compare with"
        )
        return 0
    changed = against(tag, repository)
    if changed is None:
        print(f"{tag} has no corpus of pods: there is nothing to compare with")
        return 0
    print(*changed, f"rendered otherwise than at {tag}: {len(changed)} pods", sep="\n")
    return _told(faults(changed, listings(changelog_of(repository), since=tag.removeprefix("v"))))


def write_today(repository: Path) -> int:
    """Writes the corpus of today where everything that differs is listed; the exit code."""
    folder = repository / HERE
    before = stored(folder) if (folder / PODS).exists() else {}
    after = rendered(folder)
    if code := _told(faults(differences(before, after), listings(changelog_of(repository)))):
        return code
    write(folder, after)
    print(f"{len(after)} pods, {len(after.keys() - before.keys())} of them new")
    return 0


def changelog_of(repository: Path) -> str:
    """The text of the changelog."""
    return (repository / CHANGELOG).read_text(encoding="utf-8")


def _told(wrong: list[str]) -> int:
    """The exit code after what is wrong was printed."""
    for fault in wrong:
        print(fault, file=sys.stderr)
    return 1 if wrong else 0


def main(arguments: list[str] | None = None, repository: Path = ROOT) -> int:
    """The exit code of the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden.stability", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the corpus of today")
    chosen = parser.parse_args(arguments)
    return write_today(repository) if chosen.write else compare_with_release(repository)


if __name__ == "__main__":
    sys.exit(main())
