"""Files and folders as they are at a revision of git, read without a checkout.

Refuses to know what the files hold, and to change anything in a repository: it asks for names and contents only.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from nbcore.cli.reading import SUFFIXES, TEMPLATE, Inputs, Text, Unusable, read, take
from nbcore.cli.terminal import printable
from nbcore.finding import in_order

_FILES: Final = frozenset({"100644", "100755", "100664"})
"""Modes of what is a file; links and repositories within are passed by."""
_CHART: Final = "Chart.yaml"
_SHALLOW: Final = "; in a shallow clone fetch it first, such as with git fetch --unshallow"


class _Entry(NamedTuple):
    """A file of a revision: its object id, and its path from the root of the repository."""

    id: str
    path: str


def inputs_at(revision: str, paths: Sequence[str]) -> Inputs:
    """What the paths held at a revision; the texts are named ``revision:path``.

    Raises: Unusable where git, the repository, the revision or a path is not there.
    """
    inputs = Inputs()
    for path in paths:
        for text in _texts(revision, path, inputs):
            if text.name not in inputs.texts:
                inputs.texts[text.name] = text.data
                take(inputs, text.name, read(text))
    inputs.findings = list(in_order(inputs.findings))
    return inputs


def _texts(revision: str, path: str, inputs: Inputs) -> Iterator[Text]:
    """The texts of one path at a revision."""
    if path == "-":
        raise Unusable("stdin (-) has no revisions; name files or folders of a repository")
    root = _root_of(path)
    tree = _tree(root, revision)
    inner = os.path.relpath(os.path.realpath(path), root).replace(os.sep, "/")
    entries = list(_entries(root, tree, inner))
    if not entries:
        raise Unusable(f"{path}: there is no such file or folder at {revision}")
    is_file = [one.path for one in entries] == [inner]
    wanted = entries if is_file else list(_wanted(entries, inner, revision, inputs))
    for entry, data in zip(wanted, _contents(root, [one.id for one in wanted]), strict=True):
        yield Text(printable(f"{revision}:{entry.path}"), data, named=is_file)


def _wanted(entries: Sequence[_Entry], folder: str, revision: str, inputs: Inputs) -> Iterator[_Entry]:
    """The files of a folder that are read: as in a folder of files, hidden ones and those of charts are not."""
    charts = {one.path.removesuffix(_CHART) for one in entries if one.path.rpartition("/")[2] == _CHART}
    for one in entries:
        below = one.path if folder == "." else one.path.removeprefix(f"{folder}/")
        if not below.lower().endswith(SUFFIXES) or any(step.startswith(".") for step in below.split("/")):
            continue
        if any(one.path.startswith(f"{chart}templates/") for chart in charts):
            inputs.skip(f"{revision}:{one.path}", TEMPLATE)
        else:
            yield one


def _root_of(path: str) -> str:
    """The root of the repository that a path is in; the path itself need not be there any more."""
    folder = os.path.realpath(path)
    while not os.path.isdir(folder):  # noqa: PTH112 (paths stay texts in the shell)
        folder = os.path.dirname(folder)  # noqa: PTH120 (as above)
    found = _git(folder, "rev-parse", "--show-toplevel")
    return os.path.realpath(os.fsdecode(found).removesuffix("\n"))


def _tree(root: str, revision: str) -> str:
    """The id of the tree of a revision: from here on nothing that a user typed is an argument.

    Raises: Unusable where there is none.
    """
    try:
        found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{tree}}")
    except Unusable:
        raise Unusable(f"there is no revision {revision[:64]} in {root}{_SHALLOW}") from None
    return found.decode("ascii").strip()


def _entries(root: str, tree: str, inner: str) -> Iterator[_Entry]:
    """The files at or below a path of a tree, by name."""
    where = () if inner == "." else (inner,)
    listed = _git(root, "ls-tree", "-r", "-z", "--full-tree", tree, "--", *where)
    for line in os.fsdecode(listed).split("\0"):
        head, _, path = line.partition("\t")
        mode, _, id_ = head.partition(" ")
        if mode in _FILES:
            yield _Entry(id_.rpartition(" ")[2], path)


def _contents(root: str, ids: Sequence[str]) -> Iterator[bytes]:
    """The contents of files in the order of their ids, from one process."""
    if not ids:
        return
    answer = _git(root, "cat-file", "--batch", stdin="".join(f"{one}\n" for one in ids).encode())
    at = 0
    for _ in ids:
        end = answer.index(b"\n", at)
        size_or_missing = answer[at:end].rpartition(b" ")[2]
        if not size_or_missing.isdigit():
            raise Unusable("git: a file of that revision is not in this clone; fetch it first")
        size = int(size_or_missing)
        yield answer[end + 1 : end + 1 + size]
        at = end + size + 2


def _git(folder: str, *arguments: str, stdin: bytes = b"") -> bytes:
    """What git answers.

    Raises: Unusable with git's own words.
    """
    command = ["git", "-C", folder, *arguments]
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, check=False)
    except OSError as error:
        raise Unusable(f"git cannot be run: {error.strerror or 'it is not there'}") from None
    except ValueError:
        raise Unusable("a revision or path holds a character that no name can have") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise Unusable(f"git: {said[-1].removeprefix('fatal: ') if said else 'it failed'}")
    return done.stdout
