"""Judging: texts in, one judgement out, file by file and in several processes where files stand alone.

A text stands alone when all that it holds are pods and workloads: nothing else in the input plays a part in
what is wrong with those. All others are judged together. Refuses to know what is right, and to print.

Rules: the judgement does not depend on the number of processes, which only share the texts that stand alone.
"""

from __future__ import annotations

import re
import signal
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple, Protocol

import nbcore
from nbcore.catalog import Catalog, key_of
from nbcore.cli.judgement import Alone, Judgement
from nbcore.cli.progress import Progress
from nbcore.cli.reading import Inputs, Reading, Text, read, take
from nbcore.cli.schemas_given import Schemas, evaluated
from nbcore.finding import Finding, in_order
from nbcore.linting import POD_AT
from nbcore.model.plain import Plain
from nbcore.report import Report
from nbcore.settings import Settings

_OURS: Final = (b"jackhoman.dev", b"kubeflow.org")
"""Marks of texts that hold kinds; they are read with all others, and only once."""
SURROUNDINGS: Final = ("Namespace", "ResourceQuota", "LimitRange", "PersistentVolumeClaim", "Node")
"""Kinds that play a part in what is wrong with a workload; where there are any, nothing stands alone."""
_CONTEXT: Final = tuple(
    (word.encode(), re.compile(rf"\b{word}\b".encode())) for word in (*SURROUNDINGS, "dependencies")
)
"""Marks of such objects, and of kinds that ask whether another object exists."""
_CHUNK: Final = 16
"""Texts that one process takes at a time."""


class Ground(NamedTuple):
    """What texts are judged by.

    Shape: ``old`` are the texts of the same objects before the change, None where it is about no update.
    """

    settings: Settings
    schemas: Schemas | None = None
    old: Sequence[Text] | None = None


class Memory(Protocol):
    """What was said about texts that stand alone, in other runs."""

    def alone(self, text: Text) -> tuple[bool, Alone | None]:
        """Whether a text is known, and what there is to say about it."""

    def keep_alone(self, text: Text, one: Alone | None) -> None:
        """Remembers what there is to say about a text."""


def judge(
    texts: Sequence[Text],
    inputs: Inputs,
    ground: Ground,
    *,
    jobs: int = 1,
    progress: Progress,
    memory: Memory | None = None,
) -> Judgement:
    """Everything that is wrong with what the texts hold; what is left out of them is told to the inputs."""
    alone = _each_alone(_candidates(texts, ground), ground, jobs, progress, memory)
    with progress.during("judging"):
        old = _old_objects(ground.old or (), inputs.notes)
        rest = _readings(one for one in texts if one.name not in alone)
        catalog = _catalog(texts, rest)
        tied = _tied(alone, catalog)
        if tied:
            rest |= _readings(one for one in texts if one.name in tied)
            alone = {name: one for name, one in alone.items() if name not in tied}
            catalog = _catalog(texts, rest)
        reports = [one.report for one in alone.values()]
        reports += [_report(catalog, ground, old)] if rest or len(old) else []
    for text in texts:
        take(inputs, text.name, rest[text.name] if text.name in rest else alone[text.name].reading)
    ours = sum(one.is_ours for one in alone.values()) + sum(map(_is_ours, rest.values()))
    return _united(reports, inputs.findings, ours, len(old) if ground.old is not None else None)


def _old_objects(texts: Sequence[Text], notes: list[str]) -> Catalog:
    """The objects before the change; what cannot be read of them is a note, and compared with nothing."""
    readings = _readings(texts)
    catalog = _catalog(texts, readings)
    broken = [one for reading in readings.values() for one in reading.findings if one.severity == "error"]
    notes += [f"{one.location}: {one.message}; it is compared with nothing" for one in broken]
    notes += [
        f"{one.file}: the old {one.object} cannot be read, and is compared with nothing"
        for one in catalog.unread
    ]
    return catalog


def _readings(texts: Iterable[Text]) -> dict[str, Reading]:
    return {one.name: read(one, templates=False) for one in texts}


def _catalog(texts: Iterable[Text], readings: Mapping[str, Reading]) -> Catalog:
    """The objects of some of the texts, in the order of all: of two that are the same the last one counts."""
    found = (readings[one.name].documents for one in texts if one.name in readings)
    return Catalog((document for documents in found for document in documents), lenient=True)


def _is_ours(reading: Reading) -> bool:
    """Whether a text is judged at all, and not left out as a whole."""
    return bool(reading.documents) or not reading.left_out


def _candidates(texts: Sequence[Text], ground: Ground) -> list[Text]:
    """The texts that may stand alone: none where something is there that others may depend on, or once was."""
    if ground.old is not None or any(
        word in one.data and pattern.search(one.data) for one in texts for word, pattern in _CONTEXT
    ):
        return []
    return [one for one in texts if not any(mark in one.data for mark in _OURS)]


def _each_alone(
    texts: Sequence[Text], ground: Ground, jobs: int, progress: Progress, memory: Memory | None
) -> dict[str, Alone]:
    """What there is to say about those of the texts that stand alone, by name."""
    told = ((text, memory.alone(text)) for text in texts) if memory else ()
    known = {text.name: one for text, (is_known, one) in told if is_known}
    unknown = [text for text in texts if text.name not in known]
    found = progress.over(_mapped(unknown, ground, jobs), len(unknown), "judging")
    for text, one in zip(unknown, found, strict=True):
        known[text.name] = one
        if memory:
            memory.keep_alone(text, one)
    return {text.name: one for text in texts if (one := known[text.name]) is not None}


def _mapped(texts: Sequence[Text], ground: Ground, jobs: int) -> Iterator[Alone | None]:
    processes = min(jobs, len(texts) // _CHUNK)
    if processes < 2:
        yield from (_alone(one, ground) for one in texts)
        return
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(processes, initializer=_ignore_interrupts) as pool:
        yield from pool.map(_alone, texts, [ground] * len(texts), chunksize=_CHUNK)


def _ignore_interrupts() -> None:
    """Leaves it to the first process to end the others, in silence."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _alone(text: Text, ground: Ground) -> Alone | None:
    """What there is to say about a text, or None if it does not stand alone."""
    reading = read(text, templates=False)
    catalog = Catalog(reading.documents, lenient=True)
    if not all(map(_holds_a_pod, catalog)):
        return None
    keys = tuple(key for key in map(key_of, catalog) if key[2])
    report = _report(catalog, ground)
    return Alone(reading._replace(documents=()), _is_ours(reading), keys, report)


def _report(catalog: Catalog, ground: Ground, old: Catalog | None = None) -> Report:
    """What the rules and the schemas that are given have against all objects."""
    report = nbcore.check(catalog, old=old if old is not None else (), settings=ground.settings)
    findings, missing = evaluated(catalog, ground.schemas)
    whole = in_order((*report.findings, *findings)) if findings else report.findings
    return replace(report, findings=whole, not_evaluated=(*report.not_evaluated, *missing))


def _holds_a_pod(one: object) -> bool:
    return isinstance(one, Plain) and (one.api_version.rpartition("/")[0], one.kind) in POD_AT


def _tied(alone: Mapping[str, Alone], catalog: Catalog) -> set[str]:
    """The names of texts that do not stand alone after all: they share an object, or have surroundings."""
    if any(catalog.list(kind) for kind in SURROUNDINGS):
        return set(alone)
    seen = Counter(key for one in alone.values() for key in one.keys)
    seen.update(map(key_of, catalog))
    return {name for name, one in alone.items() if any(seen[key] > 1 for key in one.keys)}


def _united(
    reports: Sequence[Report], findings: Sequence[Finding], files: int, compared: int | None
) -> Judgement:
    needs = dict.fromkeys(need for one in reports for need in one.not_evaluated)
    return Judgement(
        in_order((*findings, *(finding for one in reports for finding in one.findings))),
        files,
        sum(one.objects for one in reports),
        sum(one.pods for one in reports),
        sum(one.rendered for one in reports),
        tuple(sorted(needs, key=lambda one: (one.code, one.subject, one.needs))),
        compared,
    )
