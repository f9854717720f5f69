"""Suppressions: findings that somebody has said, in the manifest itself and with a reason, to leave out.

Three forms: a comment at the end of the line that a finding names, or on a line of its own above the field
or element that it covers; ``ignore-file`` in the first comments of a file; an annotation, which covers its
object. A suppression has no effect without a reason, once it has expired, and on strict rules; whatever is
wrong with it is a finding as well, and so is one that hides nothing.

Refuses to know how findings come about. Admission ignores all of it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, NamedTuple

from nbcore.cli.codes import selection
from nbcore.cli.comments import MARK, Comment, Place, Span, comments, spans_at
from nbcore.cli.objects_of import objects_of
from nbcore.cli.reading import Inputs, Unusable
from nbcore.finding import Finding, Position, Source, finding
from nbcore.kubernetes.paths import Path
from nbcore.layout import MANY, Lines

ANNOTATION: Final = "jackhoman.dev/ignore."
_FORM: Final = re.compile(r"(?P<verb>ignore|ignore-file)\[(?P<codes>[^\[\]]*)\](?P<reason>.*)", re.DOTALL)
_UNTIL: Final = re.compile(r"(?:(?<=\s)|^)until=(\S*)")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DECORATION: Final = " \t-:;,.\N{EN DASH}\N{EM DASH}"
_REWRITE: Final = f"Write it as `# {MARK} ignore[NB512] reason`, and until=2027-01-31 if it is to expire."
_WHOLE: Final = "ignore-file["
_FIRST: Final = (0, 0)
_LAST: Final = (1 << 62, 0)
_NOWHERE: Final = (-1, 0)


class Sifted(NamedTuple):
    """The findings that are left, those about suppressions among them, and how many are hidden."""

    findings: tuple[Finding, ...]
    hidden: int


class Terms(NamedTuple):
    """What suppressions are judged by.

    Shape: ``strict`` has beginnings of codes that nothing hides; ``unknown`` those of rules that were not
    evaluated, of which nobody can say whether there is anything to hide.
    """

    today: date
    strict: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suppression:
    """One code that somebody wants to have left out somewhere.

    Shape: what it covers lies between ``first`` and ``last``, or has exactly the position ``value``, or
    belongs to the object ``owner``.
    """

    code: str
    source: Source
    path: Path
    position: Position | None
    reason: str
    until: date | None = None
    first: Place = _FIRST
    last: Place = _NOWHERE
    value: Position | None = None
    owner: Source | None = None


@dataclass(slots=True)
class _Found:
    """What a file holds: suppressions in their order, and what is wrong with some of them."""

    suppressions: list[Suppression] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def has_room(self, following: Suppression) -> bool:
        """Whether another one may follow; the first that may not is told."""
        count = len(self.suppressions) + len(self.findings)
        if count == MANY:
            message = f"the file has more than {MANY:,} suppressions; those that follow have no effect"
            self.findings.append(_told("NB195", following, message, "Use ignore-file, or repair more."))
        return count < MANY


def sift(findings: Sequence[Finding], inputs: Inputs, terms: Terms) -> Sifted:
    """The findings without those that a suppression hides, and with what is wrong with suppressions."""
    by_file: dict[str, list[Finding]] = {}
    for one in findings:
        by_file.setdefault(one.source.file, []).append(one)
    hidden: set[int] = set()
    told: list[Finding] = []
    for name, data in inputs.texts.items():
        if MARK.encode() in data or ANNOTATION.encode() in data:
            found = _found(name, data, inputs)
            told += found.findings
            told += _applied(found.suppressions, _Findings(by_file.get(name, [])), terms, hidden)
    kept = [one for one in findings if id(one) not in hidden]
    return Sifted((*kept, *told), len(hidden))


# ---- reading ----


def _found(name: str, data: bytes, inputs: Inputs) -> _Found:
    text = data.decode("utf-8", "surrogateescape")
    found = _Found()
    said = comments(text)
    documents = inputs.documents_of(name) if any(not one.text.startswith(_WHOLE) for one in said) else []
    targets = _targets(said, Lines(text))
    spans = spans_at(documents, dict(place for place in targets.values() if place))
    for one in said:
        place = targets[one]
        _read_comment(one, spans.get(place[0]) if place else None, Source(file=name), found)
    if ANNOTATION.encode() in data:
        for document in inputs.documents_of(name):
            for each in objects_of(document):
                _read_annotations(each.document.value, each.source, each.document.position, found)
    return found


def _targets(said: Sequence[Comment], lines: Lines) -> dict[Comment, tuple[int, int] | None]:
    """The line that each comment speaks of, with the column of its first character; None for an empty one.

    Shape: that of its end, or for one on a line of its own the first below that is no comment.
    """
    below: dict[int, int] = {}
    for one in reversed(said):  # so that no line is looked at for two comments
        number = one.position.line
        while one.alone and number < len(lines):
            number += 1
            if number in below or not lines.line(number).lstrip().startswith("#"):
                break
        below[one.position.line] = below.get(number, number) if one.alone else number
    return {one: _beginning(below[one.position.line], lines) for one in said}


def _beginning(number: int, lines: Lines) -> tuple[int, int] | None:
    text = lines.line(number)
    inside = text.lstrip()
    return (number, len(text) - len(inside) + 1) if inside and not inside.startswith("#") else None


def _read_comment(comment: Comment, span: Span | None, source: Source, found: _Found) -> None:
    match = _FORM.fullmatch(comment.text)
    scope = _scope(match["verb"], comment, span) if match else {}
    template = Suppression("", source, Path(), comment.position, "", **scope)
    if not found.has_room(template):
        return
    if match is None:
        message = f"`{MARK} {comment.text[:64]}` is no suppression"
        found.findings.append(_told("NB195", template, message, _REWRITE))
    elif match["verb"] == "ignore-file" and not comment.heads:
        message = "ignore-file must stand in the first comments of a file"
        found.findings.append(_told("NB195", template, message, "Move it to the top."))
    else:
        _take(match["codes"].split(","), match["reason"], template, found)


def _scope(verb: str, comment: Comment, span: Span | None) -> Mapping[str, Any]:
    """What a comment covers, as fields of a suppression."""
    if verb == "ignore-file":
        return {"first": _FIRST, "last": _LAST}
    if comment.alone:
        return {"first": span.start, "last": span.end} if span else {}
    line = comment.position.line
    return {"first": (line, 0), "last": (line + 1, 0), "value": span.value if span else None}


def _read_annotations(value: Any, source: Source, position: Any, found: _Found) -> None:
    metadata = value.get("metadata") if isinstance(value, dict) else None
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    for key, reason in annotations.items() if isinstance(annotations, dict) else ():
        if key.startswith(ANNOTATION):
            path = Path(("metadata", "annotations", key))
            template = Suppression("", source, path, position(path, key=True), "", owner=source)
            said = reason if isinstance(reason, str) else ""
            _take([key.removeprefix(ANNOTATION)], said, template, found)


def _take(codes: Iterable[str], said: str, template: Suppression, found: _Found) -> None:
    """Adds one suppression for each code, or what is wrong with it."""
    names = [one.strip().upper() for one in codes if one.strip()]
    days = _UNTIL.findall(said)
    until = _day(days[0]) if len(days) == 1 else None
    if not names or (days and until is None):
        message = "it names no code" if not names else "until= needs one day, such as 2027-01-31"
        found.findings.append(
            _told("NB195", template, f"the suppression cannot be read: {message}", _REWRITE)
        )
        return
    reason = _UNTIL.sub("", said).strip(_DECORATION)
    for name in dict.fromkeys(names):
        if not found.has_room(template):
            return
        try:
            selection([name])
        except Unusable as error:
            remedy = "Correct the code; `nbcore rules` lists all of them."
            found.findings.append(_told("NB191", template, error.message, remedy))
            continue
        found.suppressions.append(replace(template, code=name, reason=reason, until=until))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def _told(code: str, one: Suppression, message: str, remedy: str) -> Finding:
    return finding(code, one.path, message, remedy, source=one.source, position=one.position)


# ---- applying ----


class _Findings:
    """The findings of one file, found by place and by object."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self._sorted = sorted(findings, key=_place)
        self._places = [_place(one) for one in self._sorted]
        self._by_owner: dict[Source, list[Finding]] = {}
        for one in findings:
            self._by_owner.setdefault(one.source, []).append(one)

    def covered(self, by: Suppression) -> Iterator[Finding]:
        """The findings that a suppression covers, whatever their codes."""
        if by.owner is not None:
            yield from self._by_owner.get(by.owner, ())
            return
        yield from self._between(by.first, by.last)
        if by.value is not None and by.value[:2] >= by.last:
            start = by.value[:2]
            yield from (one for one in self._between(start, start) if one.position == by.value)

    def _between(self, first: Place, last: Place) -> list[Finding]:
        return self._sorted[bisect_left(self._places, first) : bisect_right(self._places, last)]


def _place(one: Finding) -> Place:
    return one.position[:2] if one.position else _FIRST


def _applied(
    suppressions: Iterable[Suppression], findings: _Findings, terms: Terms, hidden: set[int]
) -> Iterator[Finding]:
    """What is wrong with the suppressions; what they hide is added to what is hidden, by identity."""
    seen: set[tuple[Any, ...]] = set()
    for one in suppressions:
        same = (one.code, one.first, one.last, one.owner)
        covered = (
            [] if same in seen else [each for each in findings.covered(one) if each.code.startswith(one.code)]
        )
        seen.add(same)
        loose = [each for each in covered if not each.code.startswith(terms.strict or "-")]
        fault = _fault(one, bool(covered), bool(loose), terms)
        if fault is not None:
            yield fault
        if one.reason and not _is_over(one, terms):
            hidden.update(map(id, loose))


def _is_over(one: Suppression, terms: Terms) -> bool:
    return one.until is not None and one.until < terms.today


def _fault(one: Suppression, covers: bool, covers_loose: bool, terms: Terms) -> Finding | None:
    """What is wrong with a suppression that has a code: the first of the things that may be."""
    if one.code.startswith(terms.strict or "-") or (covers and not covers_loose):
        remedy = "Repair what the rule finds; the configuration says which rules are strict."
        return _told("NB194", one, f"{one.code} is strict: nothing may suppress it", remedy)
    if not one.reason:
        remedy = "Say why, behind the code."
        return _told("NB190", one, f"the suppression of {one.code} gives no reason", remedy)
    if _is_over(one, terms):
        remedy = "Repair what it hid, or give it a later day."
        return _told("NB192", one, f"the suppression of {one.code} expired on {one.until}", remedy)
    if covers or any(each.startswith(one.code) or one.code.startswith(each) for each in terms.unknown):
        return None
    remedy = "Remove it, or put it where the finding is."
    return _told("NB193", one, f"the suppression of {one.code} hides nothing", remedy)
