"""The outcome of one hook: what it has against a request, and what it makes of the object.

Refuses to know requests and answers: how it is told stands in ``answer``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbcore.finding import Finding


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a hook says to a request.

    Shape: errors among ``findings`` deny it, all others are told as warnings; ``object`` is the request's object
    as the hook wants it, None where it changes nothing; ``warnings`` are told besides, the most important first;
    ``audit`` holds audit annotations by name. ``operations`` make the request's object this one, None where
    nobody knows them yet; ``written`` is how an answer tells them, ``""`` where it has to find out. Inputs are
    never changed: an object shares what it does not change.
    """

    findings: tuple[Finding, ...] = ()
    object: Any | None = None
    warnings: tuple[str, ...] = ()
    audit: Mapping[str, str] = field(default_factory=dict)
    operations: Sequence[dict[str, Any]] | None = None
    written: str = ""

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that deny the request."""
        return tuple([one for one in self.findings if one.severity == "error"])


NOTHING = Outcome()
"""Nothing to say: the request is allowed as it is."""
