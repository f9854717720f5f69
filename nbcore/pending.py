"""What is new for a notebook and not taken: every change of its pod, who made it, what it does, and what is told.

Refuses to know which of it an event takes, clocks and clusters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Literal

from nbcore.catalog import Catalog
from nbcore.change.change import Change, Effect, worst
from nbcore.change.diffing import diff
from nbcore.change.patched import patched
from nbcore.change.patching import patch
from nbcore.change.places import ABSENT
from nbcore.composing import Composer, Composition, Group, Taken
from nbcore.finding import Finding
from nbcore.model.notebook import Notebook, UpdatePolicy
from nbcore.model.revision import Revision
from nbcore.model.selection import Step
from nbcore.model.template import Level, Message, When
from nbcore.pipeline import Rendering, render
from nbcore.revision import hash_of, revision_object
from nbcore.settings import Settings

What = Literal["owner", "kind", "redirect"]
LEVELS: Final[tuple[Level, ...]] = ("Danger", "Warning", "Info")
MAX_STEPS: Final = 8
"""How many redirects of one group are told one by one; what comes after them is told together."""

_SAID: Final[dict[What, str]] = {
    "owner": "the notebook was changed; this is taken at the next start",
    "kind": "the kind was changed; this is taken {event}",
}
_EVENTS: Final[dict[tuple[UpdatePolicy, When], str]] = {
    ("Auto", "Offer"): "when it is chosen",
    ("Auto", "Restart"): "at the next start",
    ("Auto", "Idle"): "when the notebook is idle, or at the next start",
    ("Auto", "Immediate"): "at once",
    ("Manual", "Offer"): "when it is chosen",
    ("Manual", "Restart"): "when it is asked for",
    ("Manual", "Idle"): "when it is asked for",
    ("Manual", "Immediate"): "at once",
}


@dataclass(frozen=True, slots=True)
class Pending:
    """One change that is not taken, as the status of the notebook lists it.

    Shape: ``what`` says who made it: the owner, an edit of a kind, or a redirect; ``when`` is the event that takes
    it, in the words of redirects; ``group`` and ``steps`` are those of the redirect, ``""`` for the Template;
    ``messages`` are theirs, the highest level first. ``change.path`` is a place of the pod.
    """

    change: Change
    what: What
    message: str
    when: When = "Restart"
    group: Group = ""
    steps: tuple[Step, ...] = ()
    messages: tuple[Message, ...] = ()

    @property
    def effect(self) -> Effect:
        """What taking it does."""
        return self.change.effect

    @property
    def level(self) -> Level | Literal[""]:
        """The highest level of the messages, ``""`` without any."""
        return self.messages[0].level if self.messages else ""

    def to_json(self) -> dict[str, Any]:
        """The entry of ``status.pending``; values of env and Secrets are masked."""
        shown = {"old": self.change.shown_old, "new": self.change.shown_new}
        return {
            "path": self.change.path.keyed,
            **{name: value for name, value in shown.items() if value is not ABSENT},
            "source": self.what,
            "when": self.when,
            "effect": self.effect,
            "message": self.message,
            "levels": [one.level for one in self.messages],
        }


class Candidate:
    """A Revision that could be next, with the pod that it gives."""

    def __init__(
        self, composition: Composition, revision: dict[str, Any] | None, rendering: Rendering | None
    ) -> None:
        self.composition, self.revision, self.rendering = composition, revision, rendering
        self.pod = rendering.pod if rendering is not None else None
        self.findings = rendering.findings if rendering is not None else composition.findings


class Candidates:
    """The Revisions that one notebook could have next, each made and rendered once."""

    def __init__(
        self, notebook: Notebook, pinned: Revision | None, catalog: Catalog, settings: Settings
    ) -> None:
        self.notebook, self._catalog, self._settings = notebook, catalog, settings
        self.carried = replace(settings, carrier="rolling") if notebook.conventions.always_rolls else settings
        """The settings, with the carrier that the notebook has."""
        self._composer = Composer(notebook, pinned, catalog)
        self._known: dict[Taken, Candidate] = {}
        before = self._composer.before
        given = pinned.origin.value if pinned is not None else None
        self._hash = hash_of(before.spec) if before is not None else ""
        self.now = self._candidate(Composition(before.spec if before is not None else None, {}), given)
        """The pinned Revision as it was given; nothing without one."""

    def of(self, taken: Taken) -> Candidate:
        """The Revision with these parts of what is new."""
        found = self._known.get(taken)
        if found is None:
            found = self._known[taken] = self._made(self._composer.composed(taken))
        return found

    def _made(self, composition: Composition) -> Candidate:
        if composition.spec is None:
            return self._candidate(composition, None)
        if hash_of(composition.spec) != self._hash:
            return self._candidate(composition, revision_object(self.notebook, composition.spec))
        same = copy(self.now)
        same.composition = composition
        return same

    def _candidate(self, composition: Composition, revision: dict[str, Any] | None) -> Candidate:
        if revision is None:
            return Candidate(composition, None, None)
        rendering = render(self.notebook, self._catalog, revision=revision, settings=self._settings)
        return Candidate(composition, revision, rendering)

    def is_new(self, one: Candidate) -> bool:
        """Whether it is another Revision than the pinned one."""
        return one.revision is not None and one.revision is not self.now.revision

    def effect(self, old: Candidate, new: Candidate) -> Effect:
        """What going from one to the other does to the notebook."""
        if old.pod is None or new.pod is None:
            return "recreate"
        return worst(diff(old.pod, new.pod, settings=self.carried))


def to_be_made(running: Any, desired: Any, last: Any, settings: Settings) -> list[Change]:
    """The changes that a running pod needs to be as desired in what is ours, and in nothing else.

    Shape: ``last`` is the pod that was desired before, None where nobody knows: then what is ours no more stays.
    """
    wanted = patched(running, patch(running, desired, last, guard=False))
    return diff(running, wanted, settings=settings)


def own_changes(running: Any, desired: Candidate, last: Any, candidates: Candidates) -> Iterator[Pending]:
    """What the pod of a notebook lacks of what it is to have, told of the owner, or of a kind that set it.

    Shape: where a Revision is pinned, all of it is the owner's.
    """
    if running is None or desired.rendering is None or desired.pod is None:
        return
    pinned = desired.revision is candidates.now.revision
    for change in to_be_made(running, desired.pod, last, candidates.carried):
        origin = None if pinned else desired.rendering.origin(change.path)
        kind = origin is not None and origin.layer.rank not in ("notebook", "system")
        yield edited(candidates.notebook, "kind" if kind else "owner", change)


def edited(notebook: Notebook, what: What, change: Change) -> Pending:
    """The change that comes of an edit, as it is told."""
    event = _EVENTS[notebook.spec.update_policy, "Restart"]
    return Pending(change, what, _SAID[what].format(event=event))


class Listing:
    """What is new beyond a candidate, stage by stage: the owner's edits, those of kinds, redirect by redirect.

    Shape: ``pending`` are the changes, each told once, of the stage that makes it; ``findings`` say what is wrong
    with stages that give no pod: they are left out, and the next one goes on without them.
    """

    def __init__(self, candidates: Candidates, taken: Taken, running: Iterable[Pending] = ()) -> None:
        self._candidates = candidates
        self._below = candidates.of(taken)
        walked = self._below.composition.walked
        self._taken = Taken(kinds=taken.kinds, own=taken.own, steps=walked)
        self.pending = list(running)
        self.findings: list[Finding] = []
        if self._below.pod is not None:
            self._edits("owner", self._taken._replace(own=True))
            self._edits("kind", self._taken._replace(kinds=True))
            self._redirects()

    def _edits(self, what: What, taken: Taken) -> None:
        self._climb(taken, partial(edited, self._candidates.notebook, what))

    def _redirects(self) -> None:
        """Takes one redirect after the other, those of the Template first."""
        told: Counter[Group] = Counter()
        stuck: set[Group] = set()
        while (found := self._next(stuck)) is not None:
            group, left = found
            told[group] += 1
            steps = left if told[group] >= MAX_STEPS else left[:1]
            more = self._taken.steps | self._below.composition.led(group, steps)
            if not self._climb(self._taken._replace(steps=more), self._redirected(group, steps)):
                stuck.add(group)

    def _next(self, stuck: set[Group]) -> tuple[Group, tuple[Step, ...]] | None:
        """The first group that leads on, and where."""
        for group, way in self._below.composition.ways.items():
            if way.taken < len(way.chain) and group not in stuck:
                return group, way.chain[way.taken :]
        return None

    def _redirected(self, group: Group, steps: tuple[Step, ...]) -> Callable[[Change], Pending]:
        found = [step.message for step in steps if step.message is not None]
        messages = tuple(sorted(found, key=lambda one: LEVELS.index(one.level)))
        when = steps[0].when
        event = _EVENTS[self._candidates.notebook.spec.update_policy, when]
        plain = f"{steps[0].source[:64]} is replaced by {steps[-1].target[:64]} {event}"
        text = "; ".join(one.text for one in messages) or plain
        return lambda change: Pending(change, "redirect", text, when, group, steps, messages)

    def _climb(self, taken: Taken, pending: Callable[[Change], Pending]) -> bool:
        """Takes more, and lists what that changes; whether there is a pod then."""
        above = self._candidates.of(taken)
        if above.pod is None:
            self.findings += above.findings
            return False
        changes = diff(self._below.pod, above.pod, settings=self._candidates.carried)
        self.pending += [pending(one) for one in changes]
        self._taken, self._below = taken, above
        return True
