"""Markdown for comments on pull requests: texts that can be nothing but text, tables, and folded details.

Refuses to know what is said.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from nbcore.cli.terminal import printable

_ACTIVE: Final = re.compile(r"[\\`*_\[\]|~$<>&@#:]|(?<=www)\.", re.IGNORECASE)
"""What may begin or end a mark, or name people, issues and addresses."""
_WRITTEN: Final[Mapping[str, str]] = {
    "<": "&lt;",
    ">": "&gt;",
    "&": "&amp;",
    "@": "@&#8203;",
    "#": "&#35;&#8203;",
    ":": "&#58;",
    ".": "&#46;",
}
"""How it is written so that it is a sign and nothing more; the others with a backslash."""
_TICKS: Final = re.compile("`+")
_PIPE: Final = re.compile(r"\\*\|")


def text(value: str) -> str:
    """A text that has no marks, mentions nobody and links nowhere."""
    return _ACTIVE.sub(lambda found: _WRITTEN.get(found[0], f"\\{found[0]}"), printable(value))


def code(value: str) -> str:
    """A text as code, also in a table."""
    shown = _PIPE.sub(_escaped_pipe, printable(value))
    ticks = "`" * (max((len(one) for one in _TICKS.findall(shown)), default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown.strip() else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def _escaped_pipe(found: re.Match[str]) -> str:
    """A pipe that ends no cell; what stands before it must not escape the escape."""
    before = found[0][:-1]
    return f"{before} \\|" if before else r"\|"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are Markdown already."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def details(summary: Sequence[str], body: str) -> str:
    """A folded part; of the summary every second piece, from the first on, is plain, the others are code."""
    told = "".join(
        f"<code>{html.escape(printable(one))}</code>" if at % 2 else html.escape(printable(one))
        for at, one in enumerate(summary)
    )
    return f"<details><summary>{told}</summary>\n\n{body.strip()}\n\n</details>\n\n"
