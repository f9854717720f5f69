"""What became of a stored selection: one typed result for every option group and for the Template itself.

Refuses to know how a chain is followed and what the selected thing contains.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from nbcore.model.template import Level, Message, When


@dataclass(frozen=True, slots=True)
class Step:
    """One redirect: from one id to another, when it is taken, and what people are told."""

    source: str
    target: str
    when: When
    message: Message | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """The result of resolving one selection.

    Shape: ``chosen`` is the stored id, or the default where nothing was stored (``explicit`` is False);
    ``value`` the id that is rendered, None when nothing is; ``chain`` every redirect that starts at
    ``chosen``, of which the first ``taken`` have been followed for the event that was asked about.
    """

    outcome: ClassVar[str] = ""
    group: str
    chosen: str | None
    value: str | None
    explicit: bool = True
    chain: tuple[Step, ...] = ()
    taken: int = 0

    @property
    def pending(self) -> tuple[Step, ...]:
        """The redirects that are offered but not taken."""
        return self.chain[self.taken :]

    @property
    def messages(self) -> tuple[Message, ...]:
        """The messages of the whole chain, the highest level first, otherwise in order."""
        found = [step.message for step in self.chain if step.message]
        rank: dict[Level, int] = {"Danger": 0, "Warning": 1, "Info": 2}
        return tuple(sorted(found, key=lambda message: rank[message.level]))


@dataclass(frozen=True, slots=True)
class Selected(Resolution):
    """The stored value exists and leads nowhere else."""

    outcome: ClassVar[str] = "Selected"


@dataclass(frozen=True, slots=True)
class Redirected(Resolution):
    """The stored value exists and leads to another one that exists."""

    outcome: ClassVar[str] = "Redirected"


@dataclass(frozen=True, slots=True)
class Broken(Resolution):
    """The chain leads to ``missing``, which does not exist. The stored value is rendered."""

    outcome: ClassVar[str] = "Broken"
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Cycle(Resolution):
    """The chain comes back to an id that it has passed. The stored value is rendered."""

    outcome: ClassVar[str] = "Cycle"


@dataclass(frozen=True, slots=True)
class Gone(Resolution):
    """The stored id does not exist, or nothing was chosen where a choice is required. Nothing is rendered."""

    outcome: ClassVar[str] = "Gone"
    nearest: tuple[str, ...] = ()
