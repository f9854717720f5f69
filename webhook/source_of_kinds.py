"""What the server asks of whoever holds the kinds: one immutable catalog at a time, and how it stands with it.

A directory and a watch of the API server both are such a source. Refuses to know where objects come from, and
what they mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, Protocol

import nbcore


class Need(Protocol):
    """One object that a review needs and the catalog does not hold; ``nbcore.admission.needs`` makes them."""

    @property
    def api_version(self) -> str:
        """Group and version, such as jackhoman.dev/v1alpha1."""

    @property
    def kind(self) -> str:
        """The kind."""

    @property
    def namespace(self) -> str:
        """The namespace, `""` for what has none."""

    @property
    def name(self) -> str:
        """The name, never empty."""


class Figure(NamedTuple):
    """One value that a source shows as a metric; names start with ``nbcore_``.

    Shape: labels have few values, fixed by the program: a kind or a cause, never a name that a user chose.
    Counters end in ``_total`` and times in ``_seconds``.
    """

    name: str
    help: str
    type: Literal["counter", "gauge"]
    value: float
    labels: Mapping[str, str] = {}


class KindsSource(Protocol):
    """Holds the kinds for the server.

    Shape: ``run`` works until it is cancelled, and never ends by itself nor by what it reads; ``catalog`` is
    swapped as a whole, never changed, and is an empty one before ``synced``, which stays True once it was.
    """

    @property
    def catalog(self) -> nbcore.Catalog:
        """The snapshot of now."""

    @property
    def synced(self) -> bool:
        """Whether everything has been read once, so that absent means absent."""

    def checks(self) -> Mapping[str, str]:
        """What `/readyz?verbose` lists: the name of each check, and `""` or why it does not pass."""

    async def fetch(self, need: Need) -> dict[str, Any] | None:
        """The object as the source has it at this moment, or None when it has none or cannot be asked.

        Shape: many may ask for one object at once; the source asks once, and remembers for a second that there
        is none. It may be cancelled by whoever has no more time, which harms no other who waits.
        """

    async def run(self) -> None:
        """Reads and keeps reading, until it is cancelled."""
