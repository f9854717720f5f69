"""Findings: what a user could have typed wrong, as values with a stable code.

A finding says what is wrong (``message``), where (``path``, ``source``, ``position``) and what to do about
it (``remedy``). This module refuses to know how anything is found and how it is printed beyond one line.

Rules:
- one code, one rule, one meaning, for ever: a code is never reused;
- the text never holds the value of an env variable or of a Secret.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from nbcore.kubernetes.paths import Path
from nbcore.rules import CODES, SEVERITIES, Severity

if TYPE_CHECKING:
    from fractions import Fraction

__all__ = [
    "CODES",
    "NO_SOURCE",
    "SEVERITIES",
    "Finding",
    "Fix",
    "Position",
    "Severity",
    "Source",
    "finding",
    "in_order",
]


class Position(NamedTuple):
    """A range of text in a file.

    Units: lines and columns count from 1, columns in code points; the end is exclusive.
    """

    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


class Source(NamedTuple):
    """The object, and the file it came from, that a finding or a field belongs to."""

    kind: str = ""
    namespace: str = ""
    name: str = ""
    file: str = ""

    def __str__(self) -> str:
        return self.object or self.file

    @property
    def object(self) -> str:
        """``Kind namespace/name``, or ``""`` for a text that holds no object."""
        full = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {full}".strip()


NO_SOURCE = Source()


_ESCAPES = {
    code: f"\\u{code:04x}"
    for code in (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}
"""Control characters and overrides of the text's direction, as they are told."""


class Fix(NamedTuple):
    """An edit that repairs what a finding says, as what to do with one place of the object.

    Shape: ``rename`` gives the key at ``path`` the name ``value``; ``replace`` gives the place the value;
    ``add`` makes the field, and the maps above it that are missing; ``remove`` takes it out. ``safe`` when
    the edit cannot change what the author meant.
    """

    action: Literal["rename", "replace", "add", "remove"]
    path: Path
    value: Any = None
    safe: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or worth knowing.

    Shape: ``path`` is relative to the object named by ``source``; ``related`` names the other places that
    play a part. Two findings are the same problem when ``identity`` is equal. For a finding on rendered pods
    ``field`` is the place in the pod, ``pods`` says how many of the reachable ones have it, and ``example``
    holds the arguments of `nbcore render` that show one. ``magnitude`` is how bad it is, where a rule measures.
    """

    code: str
    severity: Severity
    path: Path
    message: str
    remedy: str = ""
    source: Source = NO_SOURCE
    position: Position | None = None
    related: tuple[tuple[Source, Path, Position | None], ...] = ()
    field: Path = Path()  # noqa: RUF009 (an immutable tuple)
    pods: int = 0
    example: str = ""
    magnitude: Fraction | None = None
    fix: Fix | None = dataclasses.field(default=None, compare=False)

    def __post_init__(self) -> None:
        # Names come from manifests: no line break or text direction of theirs may forge a line of ours.
        for name in ("message", "remedy"):
            text = getattr(self, name)
            if not text.isprintable():
                object.__setattr__(self, name, text.translate(_ESCAPES))

    @property
    def identity(self) -> tuple[str, Path]:
        """Code and keyed path: what stays the same when a list is reordered."""
        return (self.code, self.path)

    @property
    def location(self) -> str:
        """``file:line:column``, as far as it is known, else the object."""
        if self.source.file and self.position:
            return f"{self.source.file}:{self.position}"
        return str(self.source)

    def __str__(self) -> str:
        where = ": ".join(part for part in (self.location, str(self.path)) if part)
        head = f"{where}: " if where else ""
        tail = f" ({self.remedy})" if self.remedy else ""
        return f"{head}{self.severity} {self.code}: {self.message}{tail}"


def finding(
    code: str,
    path: Path | tuple[str | int, ...],
    message: str,
    remedy: str = "",
    *,
    severity: Severity | None = None,
    source: Source = NO_SOURCE,
    position: Position | None = None,
    related: tuple[tuple[Source, Path, Position | None], ...] = (),
) -> Finding:
    """A finding with the severity that its code has in the table, unless another one is given.

    Raises: KeyError for a code that is not in the table: the caller's fault, not the user's.
    """
    return Finding(
        code, severity or CODES[code].severity, Path(path), message, remedy, source, position, related
    )


def in_order(findings: list[Finding] | tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings without repeats, in the stable order: file, position, object, path, code, text."""
    return tuple(sorted(dict.fromkeys(findings), key=_order))


def _order(one: Finding) -> tuple[object, ...]:
    position = one.position or Position(0, 0, 0, 0)
    return (one.source.file, position, one.source, str(one.path), one.code, one.message)
