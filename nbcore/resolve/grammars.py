"""How the admins' text with variables is read: one reader for each grammar of a dialect.

Refuses to know what is filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Final, NamedTuple, TypeAlias

from nbcore.model.conventions import Grammar
from nbcore.resolve import go_text, text
from nbcore.resolve.text import Parts


class Problem(NamedTuple):
    """Why a text cannot be filled in, and what to do about it."""

    reason: str
    remedy: str


TextReader: TypeAlias = Callable[..., "tuple[Parts, Problem | None]"]
"""The text as literal pieces and holes, and what is wrong with it, given the ids of its ``ports``; None for any."""

_SEE: Final = "See the page on templates for what may stand between {{ and }}."


def reader_of(grammar: Grammar, compat: bool = False) -> TextReader:
    """The reader of a grammar; with ``compat`` it reads as the dialect's own engine does, faults included."""
    return CLOSED if grammar == "closed" else partial(_go, compat=compat)


def _closed(given: str, ports: Collection[str] | None = None) -> tuple[Parts, Problem | None]:
    parts, reason = text.parts_of(given, ports)
    return parts, Problem(reason, _SEE) if reason else None


def _go(given: str, ports: Collection[str] | None = None, *, compat: bool) -> tuple[Parts, Problem | None]:
    parts, problem = go_text.parts_of(given, ports, compat=compat)
    return parts, Problem(problem.reason, problem.remedy) if problem else None


def literally(given: str, ports: Collection[str] | None = None) -> tuple[Parts, Problem | None]:
    """The text as it stands, in which nothing is ever filled in: that of a user."""
    return (given,), None


CLOSED: Final[TextReader] = _closed
"""The reader of our own grammar."""
