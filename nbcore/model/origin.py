"""Where a part of an object stands, for whoever has to say what is wrong with it.

Refuses to know any kind, and how an object is parsed; what only plain objects need waits for no model.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from nbcore.finding import Finding, Position, Source, finding
from nbcore.kubernetes.paths import Path, locate
from nbcore.source import Document

Json: TypeAlias = Any
"""Plain JSON: dict, list, str, int, float, bool or None. Never mutated once it is inside a kind."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a part of a kind stands: in which object, and at which path of it.

    Shape: ``pointer`` is the raw path inside the object in its own dialect, so that a finding names the
    field that its author wrote.
    """

    source: Source = Source()  # noqa: RUF009 (a frozen tuple)
    pointer: tuple[str | int, ...] = ()
    document: Document | None = field(default=None, repr=False)
    value: Json = field(default=None, repr=False, compare=False)
    """The whole object, of which ``pointer`` is a path."""

    def __truediv__(self, step: str | int) -> Origin:
        return Origin(self.source, (*self.pointer, step), self.document, self.value)

    def position(self, *path: str | int, key: bool = False) -> Position | None:
        """The place in the file of ``path`` below this part, when there is a file."""
        return self.document.position((*self.pointer, *path), key=key) if self.document else None

    def path(self, *steps: str | int) -> Path:
        """The path of ``steps`` below this part, in which list elements are known by their keys too."""
        raw = (*self.pointer, *steps)
        for length in range(len(raw), 0, -1):
            try:
                return Path((*locate(self.value, raw[:length]), *raw[length:]))
            except LookupError:
                continue
        return Path(raw)

    def finding(
        self, code: str, message: str, remedy: str = "", *, path: tuple[str | int, ...] = (), **more: Any
    ) -> Finding:
        """A finding about this part, or about ``path`` below it."""
        return finding(
            code,
            self.path(*path),
            message,
            remedy,
            source=self.source,
            position=self.position(*path),
            **more,
        )


NOWHERE = Origin()
