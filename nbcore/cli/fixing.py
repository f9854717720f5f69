"""Fixing: manifests rewritten so that what can be repaired is, round after round, or the difference shown.

A file is written in one step, keeps its mode, and is left alone if somebody else has changed it meanwhile.
Refuses to know how an edit is made, and what is right: what comes out is judged anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Final, NamedTuple

from nbcore.cli.edits import Sheet
from nbcore.cli.files_written import write_whole
from nbcore.cli.findings import number
from nbcore.cli.plans import edits, plan
from nbcore.cli.reading import STDIN, Text
from nbcore.cli.secrecy import Veil
from nbcore.cli.terminal import printable
from nbcore.cli.verdict import Edit, Verdict
from nbcore.finding import Finding
from nbcore.layout import Lines
from nbcore.source import load

ROUNDS: Final = 10
"""How often what was repaired is judged and repaired again."""
_CONTEXT: Final = 3

Judge = Callable[[Sequence[Text]], Verdict]


class Change(NamedTuple):
    """One file as it was read and as it is to be."""

    name: str
    old: bytes
    new: bytes


class Fixed(NamedTuple):
    """What repairing came to: the texts, the verdict on them, what changed, and how many findings are gone."""

    texts: tuple[Text, ...]
    verdict: Verdict
    changes: tuple[Change, ...]
    repaired: int


def fixed(texts: Sequence[Text], verdict: Verdict, judge: Judge, *, unsafe: bool) -> Fixed:
    """The texts with every fix made that can be made; unsafe ones only on request.

    Laws: test_a_repaired_file_is_clean_and_changes_no_other_line, test_a_fix_does_what_it_says_or_nothing,
    test_most_fixes_are_made, test_many_fixes_at_once_leave_what_can_be_read, test_any_file_in_never_an_exception_out.
    """
    now, count = list(texts), 0
    for _ in range(ROUNDS):
        by_file = _by_file(verdict.findings, unsafe=unsafe)
        plans = {one.name: _planned(one, by_file[one.name]) for one in now if one.name in by_file}
        done = {name: found for name, found in plans.items() if found[1]}
        if not done:
            break
        count += sum(number for _, number in done.values())
        now = [one._replace(data=done[one.name][0]) if one.name in done else one for one in now]
        verdict = judge(now)
    changes = (Change(old.name, old.data, new.data) for old, new in zip(texts, now, strict=True))
    return Fixed(tuple(now), verdict, tuple(one for one in changes if one.old != one.new), count)


def _by_file(findings: Iterable[Finding], *, unsafe: bool) -> Mapping[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for one in findings:
        if one.fix is not None and (unsafe or one.fix.safe):
            found.setdefault(one.source.file, []).append(one)
    return found


def _planned(text: Text, findings: Sequence[Finding]) -> tuple[bytes, int]:
    """The bytes of a text after one round of fixes, and how many findings these are for."""
    try:
        made = plan(text.name, text.data.decode(), findings)
    except UnicodeDecodeError:
        return text.data, 0
    return made.text.encode(), sum(len(step.findings) for step in made.steps)


def edits_of(verdict: Verdict) -> Mapping[Finding, tuple[Edit, ...]]:
    """The changes of text that repair findings without a risk, for those who make them elsewhere."""
    found: dict[Finding, tuple[Edit, ...]] = {}
    for name, findings in _by_file(verdict.findings, unsafe=False).items():
        data = verdict.inputs.texts.get(name)
        if data is None:
            continue
        text = data.decode("utf-8", "surrogateescape")
        sheet = Sheet(text)
        for one, edit in edits(name, text, findings):
            found[one] = ((sheet.position(edit.start, edit.end), edit.text),)
    return found


# ---- writing ----


def written(made: Fixed, judge: Judge) -> Fixed:
    """What repairing came to, after the files are written: of those that cannot be, the old text is judged.

    Shape: the notes of the verdict say what was done and what was not.
    """
    problems = {one.name: problem for one in made.changes if (problem := _written(one))}
    done = [one for one in made.changes if one.name not in problems]
    if problems:
        old = {one.name: one.old for one in made.changes if one.name in problems}
        texts = tuple(one._replace(data=old.get(one.name, one.data)) for one in made.texts)
        made = Fixed(texts, judge(texts), tuple(done), made.repaired)
    notes = made.verdict.inputs.notes
    if done:
        notes.append(f"repaired {number(made.repaired, 'problem')} in {number(len(done), 'file')}")
    notes += [f"{name} is not repaired: {problem}" for name, problem in problems.items()]
    return made


def _written(change: Change) -> str:
    """Why a file could not be written; empty when it was."""
    if change.name == STDIN:
        return "it is no file; --diff shows what would change"
    try:
        with open(change.name, "rb") as stream:  # noqa: PTH123 (paths stay the texts that people typed)
            if stream.read() != change.old:
                return "it changed since it was read; run again"
        if not os.access(change.name, os.W_OK):
            return "it may not be written"
        write_whole(change.name, change.new)
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or "it cannot be written"
    return ""


# ---- showing ----


def difference(changes: Iterable[Change]) -> str:
    """What would change, as a unified diff; what nobody may see is hidden in it."""
    return "\n".join(line for one in changes for line in _difference(one))


def _difference(change: Change) -> Iterator[str]:
    name = printable(change.name)
    yield from (f"--- {name}", f"+++ {name}")
    old, new = _Page(change.name, change.old), _Page(change.name, change.new)
    for group in SequenceMatcher(None, old.lines, new.lines).get_grouped_opcodes(_CONTEXT):
        first, last = group[0], group[-1]
        yield f"@@ -{_range(first[1], last[2])} +{_range(first[3], last[4])} @@"
        for kind, old_start, old_end, new_start, new_end in group:
            if kind == "equal":
                yield from (f" {line}" for line in old.shown(old_start, old_end))
                continue
            yield from (f"-{line}" for line in old.shown(old_start, old_end))
            yield from (f"+{line}" for line in new.shown(new_start, new_end))


def _range(start: int, end: int) -> str:
    """A range of lines as a unified diff writes it: an empty one by the line before it."""
    length = end - start
    first = start + 1 if length else start
    return str(first) if length == 1 else f"{first},{length}"


class _Page:
    """The lines of a text, as they are and as they may be shown."""

    def __init__(self, name: str, data: bytes) -> None:
        text = data.decode()
        every = Lines(text)
        count = len(every) - (text.endswith(("\n", "\r")) or not text)
        self.lines = [every.line(number) for number in range(1, count + 1)]
        self._veil = Veil(data, load(data, name))

    def shown(self, start: int, end: int) -> Iterator[str]:
        """The lines of a range, counted from 0, with hidden parts as dots."""
        for at in range(start, end):
            yield printable(self._veil.over(at + 1, self.lines[at]))
