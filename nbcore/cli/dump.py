"""Dumps: the notebooks of a cluster as kubectl prints them, of any number, as a fleet.

A large dump of JSON is read without positions, which are for texts that people write. Refuses to know what is
asked about the fleet.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from nbcore.cli.progress import Progress
from nbcore.cli.reading import STDIN, Inputs, Reading, Unusable, read_inputs, take
from nbcore.cli.terminal import printable
from nbcore.dumps import dump_of
from nbcore.finding import Finding
from nbcore.layout import Limits
from nbcore.planning.fleet import Fleet
from nbcore.source import load

LARGE: Final = 1 << 20
"""Units: bytes of a text of which nobody looks at lines."""
LIMITS: Final = Limits(bytes=1 << 30, nodes=1 << 28, documents=1 << 22)
SHOWN: Final = 20
"""So many findings about notebooks of a dump are printed; the rest is counted."""


class DumpRead(NamedTuple):
    """A dump, and what there is to say about its texts."""

    fleet: Fleet
    beside: list[Any]
    kinds: list[Any]
    inputs: Inputs

    @property
    def is_cut(self) -> bool:
        """Whether a text cannot be read, or no notebook of it: then nobody knows who is missing."""
        return not self.fleet.members or any(one.severity == "error" for one in self.inputs.findings)

    def findings(self, form: str) -> tuple[Finding, ...]:
        """What is wrong with its texts and notebooks; only the first ones, unless a program reads them."""
        found = (*self.inputs.findings, *self.fleet.findings)
        if form == "json" or len(found) <= SHOWN:
            return found
        note = f"{len(found) - SHOWN:,} more findings about the notebooks are not shown; --format json prints all"
        self.inputs.notes.append(note)
        return found[:SHOWN]


def read_dump(paths: Sequence[str], progress: Progress) -> DumpRead:
    """The notebooks of files, folders and stdin (-).

    Raises: Unusable for what cannot be read, and where there is no notebook at all.
    """
    with progress.during("reading the notebooks"):
        inputs, objects = Inputs(), []
        for path in paths:
            objects += list(_objects(path, inputs))
        dump = sorted_out(objects, inputs)
    if not dump.fleet.members and not dump.fleet.unread and not inputs.findings:
        raise Unusable(f"{printable(' '.join(paths))}: there is no Notebook or Workspace in it")
    return dump


def sorted_out(objects: Sequence[Any], inputs: Inputs) -> DumpRead:
    """The dump of objects that were read already, as of now."""
    return DumpRead(*dump_of(objects, now=int(time.time() * 1000)), inputs)


def _objects(path: str, inputs: Inputs) -> Iterator[Any]:
    """The documents of a path; of a large JSON text its value."""
    if path != "-" and _is_folder(path):
        found = read_inputs([path])
        inputs.texts.update(found.texts)
        inputs.findings += found.findings
        inputs.skipped += found.skipped
        inputs.documents += found.documents
        yield from found.documents
        return
    data, name = _data(path), STDIN if path == "-" else printable(path)
    value = _plain_json(data) if len(data) > LARGE else None
    if value is not None:
        yield value
        return
    documents = load(data, name, limits=LIMITS)
    inputs.texts[name] = data
    take(inputs, name, Reading(tuple(documents), documents.findings))
    yield from documents


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)  # noqa: PTH116 (paths stay the texts that people typed)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None


def _data(path: str) -> bytes:
    """The bytes of a file or of stdin, but no more than are read at all."""
    most = LIMITS.bytes + 1
    try:
        if path == "-":
            if sys.stdin is None:
                raise Unusable(f"{STDIN}: it is closed")
            return sys.stdin.buffer.read(most)
        with open(path, "rb") as file:  # noqa: PTH123 (as above)
            return file.read(most)
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: str, error: Exception) -> Unusable:
    return Unusable(f"{path}: {getattr(error, 'strerror', None) or 'it cannot be read'}")


def _plain_json(data: bytes) -> Any:
    """The value of a JSON text that is a list or map; None for any other, which says itself what is wrong."""
    if data[:1024].lstrip()[:1] not in (b"{", b"[") or len(data) > LIMITS.bytes:
        return None
    try:
        return json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> Any:
    raise ValueError(constant)
