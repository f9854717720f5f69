"""Findings: what a user could have typed wrong, as values with a stable code.

A finding says what is wrong (``message``), where (``path``, ``source``, ``position``) and what to do about
it (``remedy``). This module refuses to know how anything is found and how it is printed beyond one line.

Rules:
- one code, one rule, one meaning, for ever: a code is never reused;
- the text never holds the value of an env variable or of a Secret.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from nbcore.kubernetes.paths import Path

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


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


class Rule(NamedTuple):
    """What one code means."""

    code: str
    severity: Severity
    title: str


_RULES = (
    # NB1: syntax and schema
    Rule("NB101", "error", "the text is not valid YAML or JSON"),
    Rule("NB102", "error", "a key stands twice in one map"),
    Rule("NB103", "error", "the input is larger or deeper than the limits allow"),
    Rule("NB104", "error", "the apiVersion or kind is not one that nbcore reads"),
    Rule("NB105", "error", "the field does not exist"),
    Rule("NB106", "error", "the value has the wrong type or form"),
    Rule("NB107", "error", "a required field is missing"),
    Rule("NB108", "error", "the YAML uses a feature that Kubernetes manifests may not use"),
    Rule("NB110", "warning", "the input holds no object"),
    Rule("NB111", "warning", "two objects have the same kind, namespace and name"),
    # NB2: references, options, redirects
    Rule("NB201", "error", "the Template does not exist"),
    Rule("NB202", "error", "a required option is not chosen"),
    Rule("NB203", "error", "the option group does not exist"),
    Rule("NB204", "error", "the chosen option value is gone"),
    Rule("NB205", "error", "the PodDefault does not exist"),
    Rule("NB206", "error", "the PodDefault is not offered by the Template"),
    Rule("NB207", "warning", "a redirect leads to something that does not exist"),
    Rule("NB208", "warning", "redirects form a cycle"),
    Rule("NB209", "error", "the chosen option values are not compatible"),
    Rule("NB210", "error", "an id is used twice"),
    Rule("NB211", "error", "the default is not one of the values"),
    Rule("NB212", "error", "template text names something that does not exist"),
    Rule("NB213", "info", "a newer option value or Template is offered"),
    Rule("NB214", "info", "the Template is deprecated"),
    # NB3: merge and overrides
    Rule("NB301", "error", "two PodDefaults set one field differently"),
    Rule("NB302", "error", "a layer adds a container without an image"),
    Rule("NB303", "error", "a layer changes the source of a volume"),
    Rule("NB304", "error", "a layer changes the volume behind a mount path"),
    Rule("NB305", "error", "the layer is not a valid strategic merge patch"),
    Rule("NB306", "error", "the override is not allowed by the Template"),
    Rule("NB307", "error", "the env variable may not be set by a Notebook"),
    Rule("NB308", "error", "the label or annotation may not be set by a Notebook"),
    Rule("NB309", "error", "the volume or its mount path may not be set by a Notebook"),
    Rule("NB310", "error", "the resource may not be set by a Notebook"),
    Rule("NB311", "error", "the Template has no container to run the notebook in"),
    Rule("NB312", "error", "a merge directive stands where it has no effect"),
)
CODES: dict[str, Rule] = {rule.code: rule for rule in _RULES}
assert len(CODES) == len(_RULES), "a finding code is used twice"


_ESCAPES = {
    code: f"\\u{code:04x}"
    for code in (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}
"""Control characters and overrides of the text's direction, as they are told."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or worth knowing.

    Shape: ``path`` is relative to the object named by ``source``; ``related`` names the other places that
    play a part. Two findings are the same problem when ``identity`` is equal.
    """

    code: str
    severity: Severity
    path: Path
    message: str
    remedy: str = ""
    source: Source = NO_SOURCE
    position: Position | None = None
    related: tuple[tuple[Source, Path, Position | None], ...] = field(default=())

    def __post_init__(self) -> None:
        # Names come from manifests: no line break or text direction of theirs may forge a line of ours.
        for text in ("message", "remedy"):
            object.__setattr__(self, text, getattr(self, text).translate(_ESCAPES))

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
