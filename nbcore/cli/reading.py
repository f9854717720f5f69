"""Reading inputs: files, folders and stdin become documents, with the texts that they came from.

Refuses to know what the documents mean, beyond whether they look like Kubernetes objects at all: in a folder
other YAML and JSON is skipped with a note, named by its own path it is an error.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

import click

from nbcore.cli.terminal import printable
from nbcore.finding import Finding, in_order
from nbcore.source import Document, Limits, load

SUFFIXES: Final = (".yaml", ".yml", ".json")
STDIN: Final = "<stdin>"
_MOST_BYTES: Final = Limits().bytes + 1
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


class Unusable(click.ClickException):
    """Something that keeps a command from doing its job: one line on stderr, and exit code 2."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))

    def show(self, file: Any = None) -> None:
        """Prints the one line."""
        click.echo(f"error: {self.message}", file=file, err=file is None)


@dataclass(slots=True)
class Inputs:
    """All that was read.

    Shape: ``texts`` has the bytes of every input by the name that its documents carry; ``notes`` say what
    was skipped, and why.
    """

    documents: list[Document] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    texts: dict[str, bytes] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def read_inputs(paths: Sequence[str]) -> Inputs:
    """The documents of all paths in order; a file that is reached twice counts once.

    Raises: Unusable for a path that cannot be read.
    """
    inputs = Inputs()
    seen: set[tuple[int, int]] = set()
    for path in paths:
        if path == "-":
            if STDIN not in inputs.texts:
                _take(inputs, STDIN, _all_of(_stdin(), STDIN), named=True)
        elif stat.S_ISDIR(_status(path).st_mode):
            for file in _files_below(path):
                _take_file(inputs, file, seen, named=False)
        else:
            _take_file(inputs, path, seen, named=True)
    if not inputs.texts:
        inputs.notes.append(f"no file that ends in {', '.join(SUFFIXES)} was found")
    inputs.findings = list(in_order(inputs.findings))
    return inputs


def _take_file(inputs: Inputs, path: str, seen: set[tuple[int, int]], *, named: bool) -> None:
    if not named and _leads_nowhere(path):
        inputs.notes.append(f"skipped {path}: the link leads nowhere")
        return
    status = _status(path)
    if stat.S_ISREG(status.st_mode):
        identity = (status.st_dev, status.st_ino)
        if identity in seen:
            return
        seen.add(identity)
    elif not named:
        inputs.notes.append(f"skipped {path}: it is no regular file")
        return
    try:
        with open(path, "rb") as file:  # noqa: PTH123 (paths stay the texts that people typed)
            data = _all_of(file, path)
    except OSError as error:
        raise _unreadable(path, error) from None
    _take(inputs, path, data, named=named)


def _take(inputs: Inputs, path: str, data: bytes, *, named: bool) -> None:
    """Adds the documents of one input, and what is wrong with it."""
    name = printable(path)
    if not named and b"\0" in data[:8192] and not data.startswith(_UTF_16):
        inputs.notes.append(f"skipped {name}: it is no text")
        return
    inputs.texts[name] = data
    documents = load(data, name)
    kept = [one for one in documents if named or _looks_like_object(one)]
    if len(kept) < len(documents):
        inputs.notes.append(f"skipped {name}: {_what_is_left_out(len(documents), len(kept))}")
    if b"{{" in data and any(one.value is None for one in kept):
        inputs.notes.append(
            f"{name} seems to be a template for Helm or the like: render that first, "
            "and give nbcore what comes out"
        )
    ignored = {
        finding for one in documents if not any(one is other for other in kept) for finding in one.findings
    }
    inputs.documents += kept
    inputs.findings += [one for one in documents.findings if one not in ignored]


def _what_is_left_out(all_of_them: int, kept: int) -> str:
    left = all_of_them - kept
    if not kept:
        return "it holds no Kubernetes object"
    return f"{left} of its documents {'is' if left == 1 else 'are'} no Kubernetes object"


def _looks_like_object(document: Document) -> bool:
    """Whether a document says its apiVersion or kind, or is broken so that nobody can tell."""
    value = document.value
    if value is None:
        return True
    return isinstance(value, dict) and ("apiVersion" in value or "kind" in value)


def _stdin() -> BinaryIO:
    if sys.stdin is None:
        raise Unusable(f"{STDIN}: it is closed")
    return sys.stdin.buffer


def _all_of(stream: BinaryIO, name: str) -> bytes:
    """The bytes of a stream, but no more than anybody needs to see that there are too many."""
    try:
        return stream.read(_MOST_BYTES)
    except OSError as error:
        raise _unreadable(name, error) from None


def _files_below(folder: str) -> Iterator[str]:
    """The files to read below a folder, by name; hidden ones left out, every folder visited once."""
    waiting = [folder]
    visited: set[tuple[int, int]] = set()
    while waiting:
        here = waiting.pop()
        status = _status(here)
        if (status.st_dev, status.st_ino) in visited:
            continue
        visited.add((status.st_dev, status.st_ino))
        folders = []
        for name, is_folder in _entries(here):
            path = os.path.join(here, name)  # noqa: PTH118 (as above)
            if is_folder:
                folders.append(path)
            elif name.lower().endswith(SUFFIXES):
                yield path
        waiting += reversed(folders)


def _entries(folder: str) -> list[tuple[str, bool]]:
    """The names in a folder that are not hidden, sorted, each with whether it is a folder itself."""
    try:
        with os.scandir(folder) as entries:
            return sorted((one.name, _is_folder(one)) for one in entries if not one.name.startswith("."))
    except OSError as error:
        raise _unreadable(folder, error) from None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder; a link that leads back to itself is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _leads_nowhere(path: str) -> bool:
    """Whether a path is a link whose target does not exist, or which leads back to itself."""
    try:
        os.stat(path)  # noqa: PTH116 (as above)
    except FileNotFoundError:
        return True
    except OSError as error:
        return error.errno == errno.ELOOP
    return False


def _status(path: str) -> os.stat_result:
    try:
        return os.stat(path)  # noqa: PTH116 (as above)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: str, error: Exception) -> Unusable:
    reason = getattr(error, "strerror", None) or "it cannot be read"
    return Unusable(f"{path}: {reason}")
