"""Updates: which Revision a notebook has next, why, and what of the new is listed and not taken.

Refuses to know clocks and clusters: whether the notebook runs and is idle is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from nbcore.catalog import Catalog, read
from nbcore.change.change import RANK, Effect, worst
from nbcore.composing import EVERYTHING, NOTHING, Taken
from nbcore.finding import Finding, in_order
from nbcore.model.notebook import Notebook
from nbcore.model.revision import Revision
from nbcore.model.template import When
from nbcore.pending import Candidate, Candidates, Listing, Pending, What, own_changes, to_be_made
from nbcore.pipeline import render
from nbcore.resolve.redirects import TAKES, Event
from nbcore.revision import is_named
from nbcore.settings import Settings

__all__ = ["UPDATE_ANNOTATION", "Decision", "Pending", "Update", "What", "next_revision"]

UPDATE_ANNOTATION: Final = "jackhoman.dev/update"
"""Names a Revision, by name or hash, that the owner wants now."""

Moment = Event | Literal["stopped"]
_AT_ONCE: Final[frozenset[When]] = frozenset(("Immediate",))
_AT_A_START: Final = Taken(TAKES["start", "Auto"], kinds=True, own=True)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a notebook has next.

    Shape: ``revision`` is the Revision to render from, as plain JSON: the pinned one as it was given where nothing is
    taken, and None where there is none and none can be made; ``taken`` says whether it is another one; ``effect`` is
    what taking it does to a running pod; ``reason`` is for people; ``pending`` is what is new beyond it; ``findings``
    say what is wrong with what could not be taken; ``offered`` is the name of the Revision that has all that is new,
    which the owner may ask for, ``""`` where there is none.
    """

    event: Moment
    revision: dict[str, Any] | None
    taken: bool
    reason: str
    effect: Effect = "none"
    pending: tuple[Pending, ...] = ()
    findings: tuple[Finding, ...] = ()
    offered: str = ""


def next_revision(
    notebook: Any,
    pinned: Any,
    catalog: Catalog,
    *,
    running: bool,
    idle: bool,
    settings: Settings | None = None,
    live: Any = None,
    last: Any = None,
) -> Decision:
    """The Revision that a notebook is to have next, with the reason, and what is pending beyond it.

    Shape: ``pinned`` is the Revision that it has, None for its first start; not ``running`` and not stopped is a
    start. With ``live``, the running pod, what the owner changed beside the Revision (env, volumes, resources, …) is
    pending too; what the owner removed is only seen with ``last``, the pod that was made of it. Total: whatever the
    catalog holds, there is a decision; what cannot be rendered is never taken.
    Laws: test_next_revision_is_total, test_a_running_busy_notebook_is_never_restarted_but_at_once,
    test_a_decision_is_the_same_for_the_same_state, test_a_decision_taken_is_not_taken_again,
    test_pending_changes_lead_to_all_that_is_new, test_updates_follow_the_table.
    Source: design of redirects and updates; the table TAKES.
    """
    parsed = read(notebook)
    given = pinned if isinstance(pinned, dict) else None
    if not isinstance(parsed.object, Notebook):
        findings = render(notebook, catalog).findings
        return Decision("stopped", given, False, "the notebook cannot be read", findings=findings)
    pin = None if pinned is None else read(pinned)
    if pin is not None and not isinstance(pin.object, Revision):
        findings = render(parsed.object, catalog, revision=pinned).findings
        return Decision("stopped", given, False, "the Revision cannot be read", findings=findings)
    revision = pin.object if pin is not None and isinstance(pin.object, Revision) else None
    update = Update(parsed.object, revision, catalog, settings or Settings(), live, last)
    return update.decided(running, idle)


class Update:
    """One decision, with the candidates that it compares."""

    def __init__(
        self,
        notebook: Notebook,
        pinned: Revision | None,
        catalog: Catalog,
        settings: Settings,
        live: Any = None,
        last: Any = None,
    ) -> None:
        self.notebook, self.pinned = notebook, pinned
        self._live, self._last = live, last
        self.candidates = Candidates(notebook, pinned, catalog, settings)

    def decided(self, running: bool, idle: bool) -> Decision:
        """The decision for this state."""
        if self.notebook.spec.stopped:
            return self._kept("stopped", "it is stopped: what is new is taken when it is started")
        event: Event = "start" if not running else "idle" if idle else "busy"
        if self.pinned is None:
            return self._first(event)
        asked = self._asked_for()
        if asked is not None:
            return self._taking(event, asked, "its owner asks for it")
        return self._by_table(event)

    def at_a_start(self) -> Candidate:
        """What a start gives, whether the notebook is stopped or not."""
        if self.pinned is None:
            return self.candidates.of(Taken(TAKES["start", self.notebook.spec.update_policy], True, True))
        return self.candidates.of(self._asked_for() or self._best("start"))

    def kept(self) -> Decision:
        """The decision to leave all as it is, for whoever asks what is new."""
        return self._kept("busy", "")

    def _asked_for(self) -> Taken | None:
        """What the owner asks for by naming its Revision; None where nothing is named, or nothing of that name."""
        name = self.notebook.metadata.annotations.get(UPDATE_ANNOTATION)
        if not name:
            return None
        for taken in (EVERYTHING, _AT_A_START):
            found = self.candidates.of(taken)
            if found.revision is not None and found.pod is not None and is_named(found.revision, name):
                return taken
        return None

    # ---- the table ----

    def _by_table(self, event: Event) -> Decision:
        """The decision by the table: the first rung that gives a pod, and edits that restart nothing on top."""
        wanted, best = next(self._rungs(event)), self._best(event)
        first, found = self.candidates.of(wanted), self.candidates.of(best)
        if found.pod is None:
            pinned = first.revision is not None and not self.candidates.is_new(first)
            return self._kept(event, _NOTHING if pinned else _UNFIT, first.findings)
        findings = () if best == wanted else first.findings
        reason = _REASONS[event] if self._moves(best) else "the kind was changed, which restarts nothing"
        return self._taking(event, self._with_harmless_edits(best), reason, findings)

    def _best(self, event: Event) -> Taken:
        """The first rung that gives a pod; the last one where none does."""
        rungs = list(self._rungs(event))
        return next((taken for taken in rungs if self.candidates.of(taken).pod is not None), rungs[-1])

    def _rungs(self, event: Event) -> Iterator[Taken]:
        """What is to be taken, and what is still to be taken where that gives no pod."""
        redirects = TAKES[event, self.notebook.spec.update_policy]
        yield Taken(redirects, kinds="Restart" in redirects, own=event == "start")
        yield Taken(_AT_ONCE)
        if self._moves(Taken(_AT_ONCE)):
            yield Taken(_AT_ONCE, kinds=True)

    def _moves(self, taken: Taken) -> bool:
        found = self.candidates.of(taken)
        return found.revision is None or self.candidates.is_new(found)

    def _with_harmless_edits(self, taken: Taken) -> Taken:
        """With the edits of kinds, if these restart nothing."""
        more = taken._replace(kinds=True)
        effect = self.candidates.effect(self.candidates.of(taken), self.candidates.of(more))
        return more if RANK[effect] <= RANK["live"] else taken

    # ---- the first Revision ----

    def _first(self, event: Event) -> Decision:
        """The decision for a notebook without a Revision: one that runs gets none that would restart it."""
        redirects = TAKES[event, self.notebook.spec.update_policy]
        taken = Taken(redirects, kinds=True, own=True)
        found = self.candidates.of(taken)
        if found.pod is None:
            return self._kept(event, "nothing can be rendered", found.findings)
        effect = self._effect_on_what_runs(found)
        led = bool(found.composition.walked)
        if event != "start" and not led and RANK[effect] > RANK["live"]:
            return self._kept(event, "it runs without a Revision, and gets one at its next start")
        return self._decision(event, found, taken, "it has no Revision yet", effect)

    def _effect_on_what_runs(self, found: Candidate) -> Effect:
        """What a first Revision does to a pod that was made without one."""
        if self._live is None or found.pod is None:
            return "recreate"
        return worst(to_be_made(self._live, found.pod, self._last, self.candidates.carried))

    # ---- what comes out ----

    def _taking(
        self, event: Event, taken: Taken, reason: str, findings: tuple[Finding, ...] = ()
    ) -> Decision:
        """The decision to take this, if it is anything new."""
        found = self.candidates.of(taken)
        if not self.candidates.is_new(found):
            return self._kept(event, _UNFIT if findings else _NOTHING, findings, taken)
        effect = self.candidates.effect(self.candidates.now, found)
        return self._decision(event, found, taken, reason, effect, findings)

    def _kept(
        self, event: Moment, reason: str, findings: tuple[Finding, ...] = (), taken: Taken = NOTHING
    ) -> Decision:
        """The decision to leave all as it is."""
        return self._decision(event, self.candidates.now, taken, reason, "none", findings)

    def _decision(
        self,
        event: Moment,
        found: Candidate,
        taken: Taken,
        reason: str,
        effect: Effect,
        findings: tuple[Finding, ...] = (),
    ) -> Decision:
        """The decision for a candidate, with what is pending beyond it: nothing of a pod that is made anew."""
        base = self.candidates.now if self.pinned is not None else self.candidates.of(taken)
        made_anew = RANK[effect] > RANK["live"]
        running = () if made_anew else own_changes(self._live, base, self._last, self.candidates)
        listing = Listing(self.candidates, taken, running)
        newest = self.candidates.of(EVERYTHING)
        offered = newest.revision if newest.pod is not None and newest.revision != found.revision else None
        return Decision(
            event,
            found.revision,
            self.candidates.is_new(found),
            reason,
            effect,
            tuple(listing.pending),
            in_order([*findings, *listing.findings]),
            offered["metadata"]["name"] if offered is not None else "",
        )


_NOTHING: Final = "nothing to take now"
_UNFIT: Final = "what is new cannot be rendered"
_REASONS: Final[dict[Event, str]] = {
    "start": "it is started",
    "idle": "it is idle",
    "busy": "a redirect that does not wait",
}
