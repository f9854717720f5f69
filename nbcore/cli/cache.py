"""The cache: what was found in a text, by the hash of all that it depends on.

A folder `.nbcore_cache` holds one file of entries. What stands alone has an entry a text; whatever depends on
other texts has one for all of them together. A cache that is damaged, or that cannot be written, costs time
and nothing else. Refuses to know how findings come about, and never holds values of env and Secrets.

Rules: positions and names are those of the text that was hashed, as name and bytes are part of the key.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import zlib
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import nbcore
from nbcore.cli.files_written import write_whole
from nbcore.cli.finding_json import as_json, from_json
from nbcore.cli.judgement import Alone, Judgement
from nbcore.cli.progress import Progress
from nbcore.cli.reading import Inputs, Reading, Skipped, Text
from nbcore.finding import Finding
from nbcore.report import NotEvaluated, Report
from nbcore.settings import Settings

if TYPE_CHECKING:
    from nbcore.cli.schemas_given import Schemas

FOLDER: Final = ".nbcore_cache"
FILE: Final = "verdicts"
_TAG: Final = (
    b"Signature: 8a477f597d28d172789f06886806bc55\n"
    b"# This file says that the folder is a cache, made by nbcore; it may be removed at any time.\n"
)
MOST_BYTES: Final = 64 * 1024 * 1024
_HEAD: Final = b"nbcore-verdicts/v1\n"
_BROKEN: Final = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)


def remembered(
    texts: Sequence[Text],
    inputs: Inputs,
    settings: Settings,
    *,
    jobs: int,
    progress: Progress,
    store: Store | None,
    schemas: Schemas | None = None,
    old: Sequence[Text] | None = None,
) -> Judgement:
    """What `judge` answers, from the store as far as it is known there; there is none where ``old`` is given."""
    known = store.judgement(texts) if store else None
    if known is not None:
        inputs.skipped += known.skipped
        inputs.notes += known.notes
        return known.judgement
    from nbcore.cli.judging import Ground, judge  # late: what is remembered needs nothing that judges

    skipped, notes = len(inputs.skipped), len(inputs.notes)
    ground = Ground(settings, schemas, old)
    found = judge(texts, inputs, ground, jobs=jobs, progress=progress, memory=store)
    if store is not None:
        whole = Whole(found, tuple(inputs.skipped[skipped:]), tuple(inputs.notes[notes:]))
        # of what stands alone no document is left, and it has entries of its own
        store.keep_judgement(texts, whole, is_sum=not inputs.documents)
        store.save()
    return found


class Store:
    """Entries by key, from a folder; nothing is read before the first look, nothing written before `save`."""

    def __init__(self, folder: str, settings: Settings, schemas: Schemas | None = None) -> None:
        self._folder = os.path.join(folder, FOLDER)  # noqa: PTH118 (paths stay the texts that people typed)
        self._file = os.path.join(self._folder, FILE)  # noqa: PTH118
        ground = (
            nbcore.__version__,
            _code(),
            repr(settings),
            schemas.digest() if schemas else "",
        )
        self._ground = hashlib.sha256("\0".join(ground).encode())
        self._entries: dict[bytes, bytes] | None = None
        self._used: dict[bytes, bytes] = {}
        self._changed = False
        self._alone: dict[str, Alone | None] = {}
        self._digests: dict[str, tuple[Text, bytes]] = {}

    # ---- texts that stand alone ----

    def alone(self, text: Text) -> tuple[bool, Alone | None]:
        """Whether the text is known, and what there is to say about it: None if it does not stand alone."""
        if text.name in self._alone:
            return True, self._alone[text.name]
        found = self._get(self._key("alone", [text]), _alone_from_json)
        if found is None:
            return False, None
        self._alone[text.name] = found[0]
        return True, found[0]

    def keep_alone(self, text: Text, one: Alone | None) -> None:
        """Remembers what there is to say about a text."""
        self._alone[text.name] = one
        self._put(self._key("alone", [text]), _alone_as_json(one))

    # ---- everything at once ----

    def judgement(self, texts: Sequence[Text]) -> Whole | None:
        """The judgement on all texts together, if it is known."""
        whole: Whole | None = self._get(self._key("all", texts), _whole_from_json)
        if whole is not None:
            return whole
        order: tuple[Whole, list[int]] | None = self._get(self._key("sum", texts), _sum_from_json)
        parts = self._parts(texts) if order is not None else None
        if order is None or parts is None:
            return None
        whole, places = order
        if max(places, default=-1) >= len(parts):
            return None
        findings = tuple(parts[at] for at in places)
        return whole._replace(judgement=dataclasses.replace(whole.judgement, findings=findings))

    def keep_judgement(self, texts: Sequence[Text], whole: Whole, *, is_sum: bool) -> None:
        """Remembers the judgement on all texts together; of a mere sum the order of what all say alone."""
        if not is_sum:
            self._put(self._key("all", texts), _whole_as_json(whole))
            return
        parts = self._parts(texts) or []
        places = {id(one): at for at, one in reversed(list(enumerate(parts)))}
        order = [places[id(one)] for one in whole.judgement.findings if id(one) in places]
        if len(order) == len(whole.judgement.findings):
            rest = whole._replace(judgement=dataclasses.replace(whole.judgement, findings=()))
            self._put(self._key("sum", texts), [_whole_as_json(rest), order])

    def _parts(self, texts: Sequence[Text]) -> list[Finding] | None:
        """All findings of texts that stand alone, one text after the other; None if one is not known."""
        found: list[Finding] = []
        for text in texts:
            if text.name in self._alone:
                one = self._alone[text.name]
                part = _findings_of(one) if one else None
            else:
                part = self._get(self._key("alone", [text]), _findings_from_json)
            if part is None:
                return None
            found += part
        return found

    # ---- entries ----

    def save(self) -> None:
        """Writes what was learned, if anything was; entries that were not used longest are dropped first."""
        if not self._changed:
            return
        entries = dict(self._used)
        for key, value in self._read().items():  # another run may have written in between
            entries.setdefault(key, value)
        size, kept = len(_HEAD), [_HEAD]
        for key, value in entries.items():
            line = b"%s %s\n" % (key, value)
            size += len(line)
            if size > MOST_BYTES:
                break
            kept.append(line)
        try:
            self._make_folder()
            if not os.path.islink(self._folder):  # noqa: PTH114
                write_whole(self._file, b"".join(kept), through_link=False)
        except OSError:
            return

    def _make_folder(self) -> None:
        if os.path.isdir(self._folder):  # noqa: PTH112
            return
        os.mkdir(self._folder)  # noqa: PTH102
        write_whole(os.path.join(self._folder, ".gitignore"), b"*\n")  # noqa: PTH118
        write_whole(os.path.join(self._folder, "CACHEDIR.TAG"), _TAG)  # noqa: PTH118

    def _key(self, kind: str, texts: Iterable[Text]) -> bytes:
        ground = self._ground.copy()
        ground.update(kind.encode())
        for text in texts:
            ground.update(self._digest(text))
        return ground.hexdigest().encode()

    def _digest(self, text: Text) -> bytes:
        """The hash of one text and its name, which several keys are made of."""
        known = self._digests.get(text.name)
        if known is not None and known[0] is text:
            return known[1]
        name = text.name.encode("utf-8", "surrogateescape")
        found = hashlib.sha256(b"%d %d\0" % (len(name), text.named))
        found.update(name)
        found.update(text.data)
        self._digests[text.name] = (text, found.digest())
        return self._digests[text.name][1]

    def _get(self, key: bytes, decode: Callable[[Any], Any]) -> Any:
        if self._entries is None:
            self._entries = self._read()
        value = self._entries.get(key, b"")
        checksum, _, plain = value.partition(b" ")
        if not plain or checksum != b"%08x" % zlib.crc32(plain):
            return None
        try:
            found = decode(json.loads(plain))
        except _BROKEN:
            return None
        self._used[key] = value
        return found

    def _put(self, key: bytes, plain: Any) -> None:
        text = json.dumps(plain, separators=(",", ":")).encode()
        self._used[key] = b"%08x %s" % (zlib.crc32(text), text)
        self._changed = True

    def _read(self) -> dict[bytes, bytes]:
        try:
            if os.path.getsize(self._file) > 2 * MOST_BYTES:  # noqa: PTH202
                return {}
            with open(self._file, "rb") as stream:  # noqa: PTH123
                data = stream.read()
        except OSError:
            return {}
        if not data.startswith(_HEAD):
            return {}
        lines = (line.partition(b" ") for line in data[len(_HEAD) :].split(b"\n"))
        return {key: value for key, _, value in lines if value}


def _code() -> str:
    """What differs once a file of nbcore itself was changed: its verdicts may be others then."""
    root = os.path.dirname(nbcore.__file__)  # noqa: PTH120
    waiting, found = [root], []
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for one in entries:
                if one.is_dir(follow_symlinks=False):
                    if one.name not in ("__pycache__", "pages"):
                        waiting.append(one.path)
                else:
                    status = one.stat()
                    found.append(f"{one.path}:{status.st_size}:{status.st_mtime_ns}")
    return "\n".join(sorted(found))


# ---- what is kept ----


class Whole(NamedTuple):
    """A judgement, and what was skipped and remarked while it was made."""

    judgement: Judgement
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]


def _whole_as_json(one: Whole) -> Any:
    judgement = one.judgement
    return [
        list(map(as_json, judgement.findings)),
        [judgement.files, judgement.objects, judgement.pods, judgement.rendered],
        _needs(judgement.not_evaluated),
        one.skipped,
        one.notes,
    ]


def _sum_from_json(given: Any) -> tuple[Whole, list[int]]:
    whole, places = given
    if not all(type(at) is int and at >= 0 for at in places):
        raise ValueError("a place is a number")
    return _whole_from_json(whole), places


def _whole_from_json(given: Any) -> Whole:
    findings, (files, objects, pods, rendered), needs, skipped, notes = given
    judgement = Judgement(tuple(map(from_json, findings)), files, objects, pods, rendered, _as_needs(needs))
    return Whole(judgement, tuple(Skipped(name, reason) for name, reason in skipped), tuple(notes))


def _alone_as_json(one: Alone | None) -> Any:
    if one is None:
        return None
    reading, report = one.reading, one.report
    return [
        [list(map(as_json, reading.findings)), reading.left_out, reading.note],
        one.is_ours,
        one.keys,
        [
            list(map(as_json, report.findings)),
            report.pods,
            _needs(report.not_evaluated),
            report.rendered,
            report.objects,
        ],
    ]


def _findings_of(one: Alone) -> Sequence[Finding]:
    return (*one.reading.findings, *one.report.findings)


def _findings_from_json(given: Any) -> Sequence[Finding] | None:
    """The findings of a text that stands alone; None for one that does not."""
    if given is None:
        return None
    (findings, _, _), _, _, (told, *_) = given
    return [*map(from_json, findings), *map(from_json, told)]


def _alone_from_json(given: Any) -> tuple[Alone | None]:
    if given is None:
        return (None,)
    (findings, left_out, note), is_ours, keys, (told, pods, needs, rendered, objects) = given
    reading = Reading((), tuple(map(from_json, findings)), left_out, note)
    report = Report(tuple(map(from_json, told)), pods, _as_needs(needs), rendered, objects)
    names = tuple((kind, namespace, name) for kind, namespace, name in keys)
    return (Alone(reading, is_ours, names, report),)


def _needs(needs: Iterable[NotEvaluated]) -> list[list[str]]:
    return [[one.code, one.subject, one.needs] for one in needs]


def _as_needs(given: Any) -> tuple[NotEvaluated, ...]:
    return tuple(_as_need(code, subject, needs) for code, subject, needs in given)


@lru_cache(4096)
def _as_need(code: str, subject: str, needs: str) -> NotEvaluated:
    """The same value for the same words: nearly all texts lack the same things."""
    return NotEvaluated(code, subject, needs)
