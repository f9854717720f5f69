"""What may go to a terminal: colour where it is wanted, and text that cannot steer it.

Refuses to know what is printed.
"""

from __future__ import annotations

import os
import re
from typing import Any, Final

import click

_STEERING: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]"
)
"""Characters that move the cursor, end a line, reverse the direction, or are no text at all."""


def printable(text: str) -> str:
    """The text with every character that could steer a terminal replaced by one that shows; same length."""
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", text.replace("\t", " "))


def shortened(text: str, length: int) -> str:
    """The text, printable and cut to a length."""
    head = printable(text[: length + 1])
    return head if len(head) <= length else f"{head[: length - 1]}…"


def width_of(stream: Any) -> int | None:
    """The columns of a terminal; None for what is none, and takes lines of any length."""
    if not getattr(stream, "isatty", lambda: False)():
        return None
    import shutil  # late: most streams are no terminal

    return shutil.get_terminal_size().columns


def wants_colour(stream: Any) -> bool:
    """Whether a stream gets colour: only a terminal, unless NO_COLOR or FORCE_COLOR say otherwise."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return bool(getattr(stream, "isatty", lambda: False)())


def styled(text: str, colour: bool, **style: Any) -> str:
    """The text in a style, or as it is without colour."""
    return click.style(text, **style) if colour else text
