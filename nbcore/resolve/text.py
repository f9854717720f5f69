"""Variables in text that an admin wrote: a closed set, no template language.

``{{ httpPathPrefix "id" }}``, ``{{ name }}``, ``{{ namespace }}`` and ``{{ owner }}`` may stand in env values.
Text is taken apart once and filled in for each notebook; what is filled in is never read again.

Refuses to know any expression, and any text that a user wrote.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Final, NamedTuple

VARIABLES: Final = ("name", "namespace", "owner")
_ACTION = re.compile(r"\{\{((?:[^{}]|\{(?!\{)|\}(?!\}))*)\}\}", re.ASCII)
_PREFIX = re.compile(r"""httpPathPrefix[ \t]+(?:"([^"\\]*)"|`([^`]*)`)""", re.ASCII)


class Hole(NamedTuple):
    """One variable in a text: its name, and the port id of ``httpPathPrefix``."""

    variable: str
    port: str = ""


Parts = tuple["str | Hole", ...]


def parts_of(text: str, ports: Collection[str] | None = None) -> tuple[Parts, str | None]:
    """The text as literal pieces and holes, and what is wrong with it, if anything.

    Shape: ``ports`` are the ids that ``httpPathPrefix`` may name; None for any.
    """
    parts: list[str | Hole] = []
    end = 0
    for match in _ACTION.finditer(text):
        parts.append(text[end : match.start()])
        end = match.end()
        hole = _hole(match[1].strip())
        if hole is None:
            return (
                text,
            ), f'{{{{ … }}}} may hold httpPathPrefix "id", {", ".join(VARIABLES)} and nothing else'
        if hole.port and ports is not None and hole.port not in ports:
            return (text,), f"httpPathPrefix names the port {hole.port!r}, which does not exist"
        parts.append(hole)
    if "{{" in text[end:]:
        return (text,), "{{ is not closed by }}"
    parts.append(text[end:])
    return tuple(part for part in parts if part != ""), None


def _hole(action: str) -> Hole | None:
    if action in VARIABLES:
        return Hole(action)
    match = _PREFIX.fullmatch(action)
    if match and (match[1] or match[2]):
        return Hole("httpPathPrefix", match[1] or match[2])
    return None


def filled(parts: Parts, value: Callable[[Hole], str]) -> str:
    """The text with its holes filled in."""
    return "".join(part if isinstance(part, str) else value(part) for part in parts)
