"""Plans: which fixes of one text go together, and the text that they make, proved before anybody sees it.

What is made must read as the old value with exactly the changes that were asked for; a fix that makes anything
else of it (inside an anchor, say) is dropped. Fixes that overlap wait for another round. Refuses to know files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from nbcore.cli.edits import EDITS, Edit, Object, RawPath, Sheet, add, replace
from nbcore.cli.objects_of import objects_of
from nbcore.finding import Finding, Fix, Source
from nbcore.kubernetes.paths import Path, find, locate
from nbcore.source import Document, Documents, load

PROOFS: Final = 100
"""How often one text is read again to find the fixes that can be made; what is not found by then is dropped."""


class Step(NamedTuple):
    """One edit, the change of a value that it stands for, and the findings that it repairs.

    Shape: ``path`` leads from the root of the document with this number.
    """

    edit: Edit
    document: int
    action: str
    path: RawPath
    value: Any
    findings: tuple[Finding, ...]


class Plan(NamedTuple):
    """The new text of a file, and the steps that made it."""

    text: str
    steps: tuple[Step, ...]


class _Addition(NamedTuple):
    """What is put into one map, by all the fixes that put something there."""

    one: Object
    path: RawPath
    tree: dict[str, Any]
    findings: list[Finding]


def plan(name: str, text: str, findings: Sequence[Finding]) -> Plan:
    """The text after those fixes of the findings that can be made at once."""
    documents = load(text, name)
    steps = _apart(_steps(Sheet(text), documents, findings))
    good = _Proof(text, documents).good(steps)
    return Plan(_edited(text, good), tuple(good))


# ---- from fixes to edits ----


def _steps(sheet: Sheet, documents: Documents, findings: Iterable[Finding]) -> list[Step]:
    objects = _Objects(sheet, documents)
    steps: list[Step] = []
    additions: dict[tuple[int, RawPath], _Addition] = {}
    for finding in findings:
        one = objects.of(finding)
        if one is None or finding.fix is None:
            continue
        try:
            if finding.fix.action == "add":
                steps += _collect(one, finding.fix, finding, additions)
            else:
                steps += _step(one, finding.fix, finding)
        except LookupError:
            continue  # what the fix is about is not there (any more)
    for each in additions.values():
        steps += _as_step(
            each.one, add(each.one, each.path, each.tree), "add", each.path, each.tree, each.findings
        )
    return steps


def _step(one: Object, fix: Fix, finding: Finding) -> list[Step]:
    path = locate(one.document.value, fix.path).indexed
    if not path:
        return []
    return _as_step(one, EDITS[fix.action](one, path, fix.value), fix.action, path, fix.value, [finding])


def _as_step(
    one: Object, edit: Edit | None, action: str, path: RawPath, value: Any, findings: Sequence[Finding]
) -> list[Step]:
    if edit is None or one.sheet.text[edit.start : edit.end] == edit.text:
        return []
    whole = (*one.document.root, *path)
    return [Step(edit, one.document.index, action, whole, value, tuple(findings))]


def _collect(
    one: Object, fix: Fix, finding: Finding, additions: dict[tuple[int, RawPath], _Addition]
) -> list[Step]:
    """Puts what is to be added to what goes into the same map; steps where a null has the place already.

    Raises: LookupError when a part of the path that is missing is the element of a list.
    """
    found, missing = _nearest(one.document.value, fix.path)
    if not missing or not all(isinstance(step, str) for step in missing):
        return []
    value = find(one.document.value, found)
    tree = _nested(missing, fix.value)
    if value is None:
        return _as_step(one, replace(one, found, tree), "replace", found, tree, [finding])
    if not isinstance(value, dict):
        return []
    key = (one.document.index, (*one.document.root, *found))
    addition = additions.setdefault(key, _Addition(one, found, {}, []))
    if _united(addition.tree, tree):
        addition.findings.append(finding)
    return []


def _nearest(value: Any, path: Path) -> tuple[RawPath, tuple[Any, ...]]:
    """The part of a path that is there, and the rest of it."""
    for length in range(len(path), -1, -1):
        try:
            return locate(value, path[:length]).indexed, tuple(path[length:])
        except LookupError:
            continue
    raise LookupError("a document has a root")


def _nested(path: Sequence[Any], value: Any) -> dict[str, Any]:
    tree = value
    for step in reversed(path):
        tree = {step: tree}
    return dict(tree)


def _united(tree: dict[str, Any], other: Mapping[str, Any]) -> bool:
    """Puts a tree of entries into another; whether that changes nothing that is there."""
    for key, value in other.items():
        if key not in tree:
            tree[key] = value
        elif isinstance(tree[key], dict) and isinstance(value, dict):
            if not _united(tree[key], value):
                return False
        elif json.dumps(tree[key]) != json.dumps(value):
            return False
    return True


class _Objects:
    """The objects of a text, found by the source and the place of a finding."""

    def __init__(self, sheet: Sheet, documents: Documents) -> None:
        self._by_source: dict[Source, list[Object]] = {}
        for one in documents:
            is_json = one.text.lstrip(" \t\r\n\ufeff").startswith(("{", "["))
            for placed in objects_of(one):
                same = self._by_source.setdefault(placed.source, [])
                same.append(Object(sheet, placed.document, is_json))

    def of(self, finding: Finding) -> Object | None:
        """The object of a finding; None where that is not certain."""
        same = self._by_source.get(finding.source, [])
        if len(same) > 1:
            same = [one for one in same if _holds(one.document, finding)]
        return same[0] if len(same) == 1 else None


def _holds(document: Document, finding: Finding) -> bool:
    around, place = document.position(), finding.position
    return around is not None and place is not None and around[:2] <= place[:2] <= around[2:]


# ---- which go together ----


def _apart(steps: Iterable[Step]) -> list[Step]:
    """The steps in the order of the text, of those that overlap the first; of equal ones one for all."""
    kept: list[Step] = []
    for step in sorted(steps, key=lambda one: (one.edit.start, one.edit.end)):
        if kept and kept[-1][:-1] == step[:-1]:
            kept[-1] = step._replace(findings=kept[-1].findings + step.findings)
        elif not kept or _are_apart(kept[-1].edit, step.edit):
            kept.append(step)
    return kept


def _are_apart(first: Edit, second: Edit) -> bool:
    return first.end <= second.start and (first.start, first.end) != (second.start, second.end)


def _edited(text: str, steps: Iterable[Step]) -> str:
    parts, at = [], 0
    for step in steps:
        parts += [text[at : step.edit.start], step.edit.text]
        at = step.edit.end
    return "".join((*parts, text[at:]))


class _Proof:
    """The values of a text, for whoever wants to know whether an edited one means what it should."""

    def __init__(self, text: str, documents: Documents) -> None:
        self._text = text
        self._name = documents[0].name if documents else ""
        self._values = [json.dumps(one.value, sort_keys=True) for one in documents]
        self._errors = _errors(documents)
        self._left = PROOFS

    def good(self, steps: list[Step]) -> list[Step]:
        """The steps that do what they should, all together."""
        self._left -= 1
        if self._left >= 0 and (not steps or self._holds(steps)):
            return steps
        if len(steps) < 2 or self._left < 0:
            return []
        half = len(steps) // 2
        first, second = self.good(steps[:half]), self.good(steps[half:])
        both = [*first, *second]
        return both if not first or not second or self._holds(both) else first

    def _holds(self, steps: Sequence[Step]) -> bool:
        text = _edited(self._text, steps)
        try:
            text.encode()
            wanted = self._wanted(steps)
        except (LookupError, TypeError, UnicodeEncodeError):
            return False
        found = load(text, self._name)
        return [json.dumps(one.value, sort_keys=True) for one in found] == wanted and _errors(
            found
        ) <= self._errors

    def _wanted(self, steps: Sequence[Step]) -> list[str]:
        """The values as they should be, in the form that they are compared in."""
        values = list(self._values)
        for index in {step.document for step in steps}:
            value = json.loads(values[index])  # nothing is shared in it
            for step in sorted((one for one in steps if one.document == index), key=_order):
                _CHANGES[step.action](find(value, step.path[:-1]) if step.path else value, step, value)
            values[index] = json.dumps(value, sort_keys=True)
        return values


def _errors(documents: Documents) -> int:
    return sum(one.severity == "error" for one in documents.findings)


_TURNS: Final = ("replace", "add", "rename", "remove")


def _order(step: Step) -> tuple[Any, ...]:
    """Values first, then names from the inside out, then what goes, in lists from the end on."""
    turn = _TURNS.index(step.action)
    places = tuple((-one, "") if isinstance(one, int) else (0, one) for one in step.path)
    return (turn, -len(step.path) if step.action == "rename" else 0, places)


def _put(parent: Any, step: Step, root: Any) -> None:
    if isinstance(parent, list):
        parent[step.path[-1]] = step.value  # type: ignore[index]
    elif step.path[-1] in parent:
        parent[step.path[-1]] = step.value
    else:
        raise LookupError(step.path[-1])


def _extend(parent: Any, step: Step, root: Any) -> None:
    if not _united(find(root, step.path), step.value):
        raise LookupError("something else is there")


def _name(parent: Any, step: Step, root: Any) -> None:
    if not isinstance(parent, dict):
        raise LookupError("another step has taken its place")
    parent[step.value] = parent.pop(step.path[-1])


def _drop(parent: Any, step: Step, root: Any) -> None:
    del parent[step.path[-1]]


_CHANGES: Final = {"replace": _put, "add": _extend, "rename": _name, "remove": _drop}


def edits(name: str, text: str, findings: Sequence[Finding]) -> Iterator[tuple[Finding, Edit]]:
    """Findings with the edit that repairs each, of those whose fixes can be made at once."""
    for step in plan(name, text, findings).steps:
        yield from ((one, step.edit) for one in step.findings)
