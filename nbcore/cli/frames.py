"""Frames: the lines of a text around the place of a finding, with carets under it.

Refuses to know how findings are made, and shows no value that `secrecy` hides.
"""

from __future__ import annotations

from typing import Final

from nbcore.cli.reading import Inputs
from nbcore.cli.secrecy import Veil
from nbcore.cli.terminal import printable, styled
from nbcore.finding import Finding, Position
from nbcore.layout import Lines

_WIDEST: Final = 120
"""Characters of a line that a frame shows; of a longer one, those around the place."""


class Frames:
    """The texts of the inputs, for the lines around a place."""

    def __init__(self, inputs: Inputs, colour: bool) -> None:
        self._inputs = inputs
        self._colour = colour
        self._texts: dict[str, tuple[Lines, Veil]] = {}

    def around(self, finding: Finding) -> list[str]:
        """The line of a finding under the one before it, with carets; nothing where there is no text."""
        position, name = finding.position, finding.source.file
        if position is None or self._inputs.text(name) is None:
            return []
        lines, veil = self._text(name)
        if position.line > len(lines):
            return []
        line = lines.line(position.line)
        width = len(str(position.line))
        start = max(0, position.column - 1 - _WIDEST // 2) if position.column > _WIDEST * 3 // 4 else 0
        shown = []
        if position.line > 1 and not start:  # of the line before, a piece from far inside tells nothing
            shown.append((position.line - 1, lines.line(position.line - 1)))
        shown.append((position.line, line))
        pieces = [(number, veil.over(number, text, start, start + _WIDEST)) for number, text in shown]
        gutter = f"{'':>{width}} |"
        rows = [f"{number:>{width}} | {printable(text)}".rstrip() for number, text in pieces]
        return [gutter, *rows, self._carets(gutter, position, start, len(line))]

    def _carets(self, gutter: str, position: Position, start: int, length: int) -> str:
        end = position.end_column if position.end_line == position.line else length + 1
        count = max(1, min(end, start + _WIDEST + 1) - position.column)
        carets = styled("^" * count, self._colour, fg="red", bold=True)
        return f"{gutter} {' ' * (position.column - 1 - start)}{carets}"

    def _text(self, name: str) -> tuple[Lines, Veil]:
        if name not in self._texts:
            data = self._inputs.text(name) or b""
            lines = Lines(data.decode("utf-8", "surrogateescape"))
            self._texts[name] = (lines, Veil(data, self._inputs.documents_of(name)))
        return self._texts[name]
