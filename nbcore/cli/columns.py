"""Columns: rows of short texts under each other.

Refuses to know what the texts say.
"""

from __future__ import annotations

from collections.abc import Sequence

from nbcore.cli.terminal import shortened

Row = tuple[str, ...]


def columns(rows: Sequence[Row], most: Sequence[int]) -> list[str]:
    """The rows with their columns under each other, indented."""
    widths = widths_of(rows, most)
    return ["  " + "  ".join(_cell(row, at, widths) for at in range(len(row))).rstrip() for row in rows]


def _cell(row: Row, at: int, widths: Sequence[int]) -> str:
    """One cell; the last one of a row is never cut."""
    if at == len(row) - 1:
        return row[at]
    return shortened(row[at], widths[at]).ljust(widths[at])


def widths_of(rows: Sequence[Row], most: Sequence[int]) -> list[int]:
    """How wide each column is, so that the longest cell fits that is not longer than it may be."""
    count = max((len(row) for row in rows), default=0)
    longest = [max((len(row[at]) for row in rows if at < len(row)), default=0) for at in range(count)]
    return [min(length, limit) for length, limit in zip(longest, [*most, 400, 400], strict=False)]
