"""Reading inputs: files, folders and stdin become documents, with the texts that they came from.

Every input is read once: what is judged, the positions and the lines that people are shown all come from the
same bytes. Refuses to know what the documents mean, beyond whether they look like Kubernetes objects at all:
in a folder other YAML and JSON is skipped with a note, named by its own path it is an error.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple

import click

from nbcore.cli.terminal import printable
from nbcore.finding import Finding, in_order
from nbcore.layout import Limits

if TYPE_CHECKING:
    from nbcore.source import Document

SUFFIXES: Final = (".yaml", ".yml", ".json")
STDIN: Final = "<stdin>"
_MOST_BYTES: Final = Limits().bytes + 1
_PIECE: Final = 1 << 16
"""Bytes that are read at a time: room for all that might come costs more than most files do."""
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_CHART: Final = "Chart.yaml"
"""The file by which a folder is a chart of Helm; what its folder `templates` holds is no manifest yet."""
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"|#.*")
TEMPLATE: Final = "it is a template for Helm or the like, to be rendered first"


class Unusable(click.ClickException):
    """Something that keeps a command from doing its job: one line on stderr, and exit code 2."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))

    def show(self, file: Any = None) -> None:
        """Prints the one line."""
        click.echo(f"error: {self.message}", file=file, err=file is None)


class Text(NamedTuple):
    """One input as it was read.

    Shape: ``named`` is False for what was found in a folder, where things that are not ours are no error.
    """

    name: str
    data: bytes
    named: bool = True


class Skipped(NamedTuple):
    """An input, or a part of one, that is not judged, and why."""

    name: str
    reason: str


@dataclass(slots=True)
class Inputs:
    """All that was read.

    Shape: ``texts`` has the bytes of every input by the name that its documents carry, ``old`` those of the
    objects as they were before; ``skipped`` says what was left out, ``notes`` what else people should know.
    """

    documents: list[Document] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    texts: dict[str, bytes] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    old: dict[str, bytes] = field(default_factory=dict)

    def text(self, name: str) -> bytes | None:
        """The bytes of the text with this name, of an old one where none is judged."""
        return self.texts.get(name, self.old.get(name))

    def skip(self, path: str, reason: str) -> None:
        """Remembers that an input is left out."""
        self.skipped.append(Skipped(printable(path), reason))

    def documents_of(self, name: str) -> list[Document]:
        """The documents of one text, read again where they were not kept."""
        kept = [one for one in self.documents if one.name == name]
        if kept:
            return kept
        from nbcore.source import load

        return list(load(self.text(name) or b"", name))


class Reading(NamedTuple):
    """What one text holds: the objects, what is wrong with the text, what is left out of it, and a remark."""

    documents: tuple[Document, ...]
    findings: tuple[Finding, ...]
    left_out: str = ""
    note: str = ""


def read_inputs(paths: Sequence[str]) -> Inputs:
    """The documents of all paths in order; a file that is reached twice counts once.

    Raises: Unusable for a path that cannot be read.
    """
    inputs = Inputs()
    for text in texts_of(paths, inputs):
        take(inputs, text.name, read(text))
    inputs.findings = list(in_order(inputs.findings))
    return inputs


def take(inputs: Inputs, name: str, reading: Reading) -> None:
    """Adds what one text holds, and what is wrong with it, to the inputs."""
    inputs.documents += reading.documents
    inputs.findings += reading.findings
    if reading.left_out:
        inputs.skip(name, reading.left_out)
    if reading.note:
        inputs.notes.append(reading.note)


def texts_of(paths: Sequence[str], inputs: Inputs) -> Iterator[Text]:
    """The texts of all paths in order, each once; they and what is skipped are remembered in the inputs.

    Raises: Unusable for a path that cannot be read.
    """
    seen: set[tuple[int, int]] = set()
    for path in paths:
        if path == "-":
            if STDIN not in inputs.texts:
                yield from _text(inputs, STDIN, _all_of(_stdin(), STDIN), named=True)
        elif stat.S_ISDIR(_status(path).st_mode):
            for file in _files_below(path, inputs):
                yield from _text_of_file(inputs, file, seen, named=False)
        else:
            yield from _text_of_file(inputs, path, seen, named=True)
    if not inputs.texts:
        inputs.notes.append(f"no file that ends in {', '.join(SUFFIXES)} was found")


def _text_of_file(inputs: Inputs, path: str, seen: set[tuple[int, int]], *, named: bool) -> Iterator[Text]:
    status = _status(path) if named else _status_of_found(path)
    if status is None:
        inputs.skip(path, "the link leads nowhere")
        return
    if stat.S_ISREG(status.st_mode):
        identity = (status.st_dev, status.st_ino)
        if identity in seen:
            return
        seen.add(identity)
    elif not named:
        inputs.skip(path, "it is no regular file")
        return
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 (paths stay the texts that people typed)
            before = os.fstat(file.fileno())
            data = _all_of(file, path)
            after = os.fstat(file.fileno())
    except OSError as error:
        raise _unreadable(path, error) from None
    if stat.S_ISREG(before.st_mode) and _stamp(before) != _stamp(after):
        inputs.notes.append(f"{path} changed while it was read: run again to judge what it holds now")
    yield from _text(inputs, path, data, named=named)


def _stamp(status: os.stat_result) -> tuple[int, int]:
    """What differs once a file was written to."""
    return (status.st_size, status.st_mtime_ns)


def _text(inputs: Inputs, path: str, data: bytes, *, named: bool) -> Iterator[Text]:
    """One input, unless it is no text at all."""
    if not named and b"\0" in data[:8192] and not data.startswith(_UTF_16):
        inputs.skip(path, "it is no text")
        return
    name = printable(path)
    inputs.texts[name] = data
    yield Text(name, data, named)


def read(text: Text, *, templates: bool = True) -> Reading:
    """What one text holds.

    Shape: without ``templates`` one that was found in a folder and breaks where `{{` stands is left out.
    """
    if not text.named and os.path.basename(text.name) == _CHART:  # noqa: PTH119 (as above)
        return Reading((), (), "it describes a chart of Helm")
    from nbcore.source import load  # late: what is remembered is not read again

    documents = load(text.data, text.name)
    kept = tuple(one for one in documents if text.named or _looks_like_object(one))
    broken = b"{{" in text.data and any(one.value is None for one in kept)
    if broken and not (templates or text.named) and _breaks_at_an_action(kept):
        return Reading((), (), TEMPLATE)
    note = (
        f"{text.name} seems to be a template for Helm or the like: render that first, "
        "and give nbcore what comes out"
    )
    ignored = {
        finding for one in documents if not any(one is other for other in kept) for finding in one.findings
    }
    findings = tuple(one for one in documents.findings if one not in ignored)
    left_out = _what_is_left_out(len(documents), len(kept)) if len(kept) < len(documents) else ""
    return Reading(kept, findings, left_out, note if broken else "")


def _breaks_at_an_action(documents: Sequence[Document]) -> bool:
    """Whether some document cannot be read because of a line with `{{`, or of the one after it.

    Shape: what stands in quotes or comments breaks nothing.
    """
    return any(
        "{{" in _QUOTED.sub("", line)
        for one in documents
        if one.value is None
        for finding in one.findings
        if finding.position
        for number, line in one.lines(finding.position, 1)
        if number <= finding.position.line
    )


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
    pieces, left = [], _MOST_BYTES
    try:
        while piece := stream.read(min(left, _PIECE)):
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)
    except OSError as error:
        raise _unreadable(name, error) from None


def _files_below(folder: str, inputs: Inputs) -> Iterator[str]:
    """The files to read below a folder, by name; hidden ones left out, every folder visited once.

    Shape: the templates of a chart are skipped, each with its reason.
    """
    waiting = [folder]
    visited: set[tuple[int, int]] = set()
    while waiting:
        here = waiting.pop()
        status = _status(here)
        if (status.st_dev, status.st_ino) in visited:
            continue
        visited.add((status.st_dev, status.st_ino))
        folders = []
        entries = _entries(here)
        is_chart = (_CHART, False) in entries
        for name, is_folder in entries:
            path = os.path.join(here, name)  # noqa: PTH118 (as above)
            if is_folder and is_chart and name == "templates":
                for template in _files_below(path, inputs):
                    inputs.skip(template, TEMPLATE)
            elif is_folder:
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


def _status_of_found(path: str) -> os.stat_result | None:
    """The status of what a folder holds; None for a link that leads nowhere, or back to itself."""
    try:
        return os.stat(path)  # noqa: PTH116 (as above)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ELOOP):
            return None
        raise _unreadable(path, error) from None


def _status(path: str) -> os.stat_result:
    try:
        return os.stat(path)  # noqa: PTH116 (as above)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: str, error: Exception) -> Unusable:
    reason = getattr(error, "strerror", None) or "it cannot be read"
    return Unusable(f"{path}: {reason}")
