"""The baseline: findings that were there when lint was adopted, so that only new ones fail.

An entry is a code, an object and a keyed path, with a count; no line numbers, so that it survives edits that
have nothing to do with it. The file beside it says only whether an entry was looked for in a run. Refuses to
know which rules are strict: those are never handed to it.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from nbcore.cli.files_written import write_whole
from nbcore.cli.reading import Unusable
from nbcore.finding import Finding

SCHEMA: Final = "nbcore.baseline/v1"
_TEXTS: Final = ("code", "object", "path", "file")


class Entry(NamedTuple):
    """What a finding is known by, and the file that it was last seen in, named from the baseline's folder."""

    file: str
    object: str
    path: str
    code: str

    @property
    def identity(self) -> tuple[str, str, str]:
        """What counts: code, object and path; where there is no object, its file stands for it."""
        return (self.code, self.object or f"\0{self.file}", self.path)


Baseline = Mapping[Entry, int]
"""Entries, each with how often it is known."""


class Compared(NamedTuple):
    """The findings that are new, and how many entries did not occur although their files were read."""

    new: tuple[Finding, ...]
    gone: int


def read_baseline(file: str) -> Baseline:
    """The entries of a baseline file.

    Raises: Unusable for a file that is not there or is no baseline.
    """
    try:
        with open(file, "rb") as stream:  # noqa: PTH123
            whole = json.loads(stream.read())
    except FileNotFoundError:
        raise Unusable(f"{file}: there is no such baseline; --write-baseline {file} makes one") from None
    except OSError as error:
        raise Unusable(f"{file}: {error.strerror or 'it cannot be read'}") from None
    except (ValueError, RecursionError):
        raise Unusable(f"{file}: it is not JSON; --write-baseline {file} makes it anew") from None
    entries = whole.get("findings") if isinstance(whole, dict) and whole.get("schema") == SCHEMA else None
    if not isinstance(entries, list) or not all(map(_is_entry, entries)):
        raise Unusable(f"{file}: it is no baseline of the form {SCHEMA}")
    found: Counter[Entry] = Counter()
    for one in entries:
        found[Entry(one.get("file", ""), one["object"], one["path"], one["code"])] += one.get("count", 1)
    return found


def _is_entry(one: Any) -> bool:
    if not isinstance(one, dict) or not {"code", "object", "path"} <= one.keys():
        return False
    count = one.get("count", 1)
    texts = all(isinstance(one.get(name, ""), str) for name in _TEXTS)
    return texts and type(count) is int and 0 < count <= 1 << 53


def compare(findings: Iterable[Finding], known: Baseline, files: Iterable[str], baseline: str) -> Compared:
    """What is new among the findings of a run that read the files.

    Shape: of more findings than an entry counts, the last ones are new.
    """
    left: Counter[tuple[str, str, str]] = Counter()
    for entry, count in known.items():
        left[entry.identity] += count
    new = []
    for one in findings:
        identity = _entry(one, baseline).identity
        if left[identity] > 0:
            left[identity] -= 1
        else:
            new.append(one)
    return Compared(tuple(new), _gone(known, left, _names(files, baseline), baseline))


def _gone(known: Baseline, left: Mapping[Any, int], read: set[str], baseline: str) -> int:
    """How many findings were looked for and are not there any more."""
    looked: Counter[tuple[str, str, str]] = Counter()
    for entry, count in known.items():
        if not _is_elsewhere(entry, read, baseline):
            looked[entry.identity] += count
    return sum(min(count, left[identity]) for identity, count in looked.items())


def _is_elsewhere(entry: Entry, read: set[str], baseline: str) -> bool:
    """Whether an entry's file exists, and was not read in this run."""
    if not entry.file or entry.file in read:
        return False
    return os.path.exists(os.path.join(os.path.dirname(baseline), entry.file))  # noqa: PTH110, PTH118, PTH120


def write_baseline(file: str, findings: Iterable[Finding], files: Iterable[str]) -> int:
    """Writes the findings of a run that read the files as the baseline; how many it holds now.

    Shape: entries of files that were not read stay.
    Raises: Unusable when it cannot be written, or what is there is no baseline.
    """
    known = read_baseline(file) if os.path.exists(file) else {}  # noqa: PTH110
    read = _names(files, file)
    entries = Counter(_entry(one, file) for one in findings)
    entries.update({entry: count for entry, count in known.items() if _is_elsewhere(entry, read, file)})
    whole = {"schema": SCHEMA, "findings": [_as_json(one, entries[one]) for one in sorted(entries)]}
    text = json.dumps(whole, indent=2) + "\n"
    try:
        write_whole(file, text.encode())
    except OSError as error:
        raise Unusable(f"{file}: {error.strerror or 'it cannot be written'}") from None
    return entries.total()


def _as_json(entry: Entry, count: int) -> dict[str, Any]:
    return {**entry._asdict(), "count": count}


def _entry(one: Finding, baseline: str) -> Entry:
    return Entry(_name(one.source.file, baseline), one.source.object, one.path.keyed, one.code)


def _names(files: Iterable[str], baseline: str) -> set[str]:
    return {_name(one, baseline) for one in files}


def _name(file: str, baseline: str) -> str:
    """A file's name from the folder of the baseline, with slashes: the same wherever lint is run."""
    if not file or file.startswith("<"):
        return file
    return os.path.relpath(file, os.path.dirname(baseline) or ".").replace(os.sep, "/")  # noqa: PTH120
