"""Where a part of an object stands, for whoever has to say what is wrong with it.

Refuses to know any kind, and how an object is parsed; what only plain objects need waits for no model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from nbcore.finding import Finding, Position, Source, finding
from nbcore.kubernetes.paths import Path, locate
from nbcore.source import Document

Json: TypeAlias = Any
"""Plain JSON: dict, list, str, int, float, bool or None. Never mutated once it is inside a kind."""
RawPath: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a part of a kind stands: in which object, and at which path of it.

    Shape: ``pointer`` is the raw path inside the object in its own dialect, so that a finding names the
    field that its author wrote. ``places`` says for what a dialect spells otherwise than the model where that
    stands: raw path below this part, in the model's spelling, to raw path below ``root``.
    """

    source: Source = Source()  # noqa: RUF009 (a frozen tuple)
    pointer: RawPath = ()
    document: Document | None = field(default=None, repr=False)
    value: Json = field(default=None, repr=False, compare=False)
    """The whole object, of which ``pointer`` is a path."""
    places: Mapping[RawPath, RawPath] = field(default_factory=dict, repr=False, compare=False)
    root: RawPath = field(default=(), repr=False, compare=False)

    def __truediv__(self, step: str | int) -> Origin:
        below = {path[1:]: at for path, at in self.places.items() if path[0] == step and len(path) > 1}
        return Origin(self.source, self.place((step,)), self.document, self.value, below, self.root)

    def place(self, path: Sequence[str | int]) -> RawPath:
        """The raw path of the object that ``path`` below this part stands for."""
        steps = tuple(path)
        for length in range(len(steps), 0, -1) if self.places else ():
            start = self.places.get(steps[:length])
            if start is not None:
                return (*self.root, *start, *steps[length:])
        return (*self.pointer, *steps)

    @property
    def whole(self) -> Origin:
        """The object that this is a part of, in its own spelling."""
        return Origin(self.source, (), self.document, self.value)

    def position(self, *path: str | int, key: bool = False) -> Position | None:
        """The place in the file of ``path`` below this part, when there is a file."""
        return self.document.position(self.place(path), key=key) if self.document else None

    def path(self, *steps: str | int) -> Path:
        """The path of ``steps`` below this part, in which list elements are known by their keys too."""
        raw = self.place(steps)
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


class Below(NamedTuple):
    """The place of some steps below another one, worked out when somebody asks: most are never asked for."""

    above: Origin | Below
    steps: RawPath
    places: Mapping[RawPath, RawPath] = {}

    def origin(self) -> Origin:
        """The place, in which what ``places`` spell otherwise stands below it."""
        above = self.above.origin() if isinstance(self.above, Below) else self.above
        pointer = (*above.pointer, *self.steps)
        root = pointer if self.places else ()
        return Origin(above.source, pointer, above.document, above.value, self.places, root)


NOWHERE = Origin()
