"""Kinds from a folder of YAML and JSON files, read again when a file changes.

Refuses to know a cluster: what is not in the folder is not there.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import nbcore
from webhook.logs import LOG
from webhook.source_of_kinds import Figure, Need

SUFFIXES: Final = (".yaml", ".yml", ".json")
_POLL_SECONDS: Final = 2.0
_MOST_BYTES: Final = 16 << 20
_MOST_FILES: Final = 20_000


class TooMuch(OSError):
    """A folder that is too large for this."""


class _State(NamedTuple):
    """One reading of the folder."""

    catalog: nbcore.Catalog
    errors: int


class DirectoryKinds:
    """The objects of a folder, as a source of kinds."""

    def __init__(self, folder: Path, *, poll: float = _POLL_SECONDS) -> None:
        self._folder = folder
        self._poll = poll
        self._state = _State(nbcore.Catalog(), 0)
        self._signature: tuple[Any, ...] = ()
        self._problem = "not read yet"
        self._reads = 0

    @property
    def catalog(self) -> nbcore.Catalog:
        """The objects of the last reading."""
        return self._state.catalog

    @property
    def errors(self) -> int:
        """How many errors the files of the last reading have."""
        return self._state.errors

    @property
    def reads(self) -> int:
        """How often the folder was read."""
        return self._reads

    @property
    def synced(self) -> bool:
        """Whether the folder was read."""
        return self._reads > 0

    def checks(self) -> Mapping[str, str]:
        """Whether the folder was read; one that can no longer be read leaves what was there."""
        return {"kinds": "" if self.synced else self._problem}

    async def fetch(self, need: Need) -> dict[str, Any] | None:
        """None: the catalog has everything there is."""
        return None

    async def run(self) -> None:
        """Reads the folder, and again when a file has changed, until it is cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(self._poll)

    async def look(self) -> None:
        """Reads the folder if it is not as it was."""
        try:
            signature = await asyncio.to_thread(lambda: tuple(_signature(self._folder)))
            if not self.synced or signature != self._signature:
                self._state = await asyncio.to_thread(_read, self._folder)
                self._signature = signature
                self._reads += 1
                LOG.info("kinds read", extra={"objects": len(self.catalog), "errors": self._state.errors})
            self._problem = ""
        except (OSError, ValueError) as error:
            problem = f"the folder cannot be read: {getattr(error, 'strerror', None) or error}"
            if problem != self._problem:
                LOG.error("kinds not read, the old ones stay", extra={"reason": problem})
            self._problem = problem


def figures(source: DirectoryKinds) -> Iterator[Figure]:
    """What is shown of a folder as metrics: how many objects there are, and errors in their files."""
    yield Figure("nbcore_kinds_objects", "Objects held.", "gauge", len(source.catalog))
    yield Figure("nbcore_kinds_errors", "Errors in what was read.", "gauge", source.errors)
    yield Figure("nbcore_kinds_reads_total", "Readings of the folder.", "counter", source.reads)


def _files(folder: Path) -> Iterator[Path]:
    """The files with kinds, sorted; hidden folders hold the versions that a mounted ConfigMap links to."""
    found = []
    with os.scandir(folder):  # a folder that is not there is an error, not an empty one
        pass
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(root, name) for name in names if name.endswith(SUFFIXES) and not name.startswith(".")]
        if len(found) > _MOST_FILES:
            raise TooMuch(f"more than {_MOST_FILES} files")
    return iter(sorted(found))


def _signature(folder: Path) -> Iterator[tuple[Any, ...]]:
    for file in _files(folder):
        stat = file.stat()
        yield (str(file), stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)


def _read(folder: Path) -> _State:
    documents: list[Any] = []
    errors = 0
    for file in _files(folder):
        with file.open("rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise TooMuch("a file is larger than 16 MiB")
        loaded = nbcore.load(data, str(file.relative_to(folder)))
        errors += sum(one.severity == "error" for one in loaded.findings)
        documents.extend(loaded)
    catalog = nbcore.Catalog(documents)
    return _State(catalog, errors + sum(one.severity == "error" for one in catalog.findings))
