"""The laws of updates: total, the same for the same state, taken once, and no surprise for whoever works.

The event table is said a second time here, by a small model that knows one option group, one base and one label.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

import nbcore
from nbcore.change.applying import apply
from nbcore.change.change import RANK, worst
from nbcore.change.diffing import diff
from nbcore.revision import revision_of
from nbcore.updating import Decision, next_revision
from tests.laws.catalogs import Scene
from tests.laws.test_lint_laws import shuffled
from tests.laws.trees import hostile_json, near_misses
from tests.laws.update_scenes import pairs
from tests.units.update_scenes import EVENTS, notebook, template, workspace, workspace_kind

Json = Any
events = st.sampled_from(sorted(EVENTS))


def pinned_and_after(pair: tuple[Scene, Scene]) -> tuple[Json, Scene]:
    before, after = pair
    pinned, _ = revision_of(before.notebook, before.catalog)
    assume(pinned is not None)
    return pinned, after


def decided(one: Json, pinned: Json, catalog: nbcore.Catalog, at: str, **more: Json) -> Decision:
    return next_revision(one, pinned, catalog, **EVENTS[at], **more)


# ---- laws ----


@given(pairs(), st.data(), events)
def test_next_revision_is_total(pair: tuple[Scene, Scene], data: Any, at: str) -> None:
    pinned, after = pinned_and_after(pair)
    odd = near_misses(st.sampled_from([pinned, after.notebook, *after.objects]), 3) | hostile_json()
    objects = [data.draw(near_misses(st.just(one), 2)) for one in after.objects]
    catalog = nbcore.Catalog([*objects, data.draw(odd)])
    one = data.draw(near_misses(st.just(after.notebook), 2) | odd)
    pin = data.draw(near_misses(st.just(pinned), 2) | odd | st.none())
    live = data.draw(st.none() | odd)
    found = decided(one, pin, catalog, at, live=live, last=data.draw(st.none() | odd))
    event(found.reason)
    for entry in found.pending:
        assert entry.effect in RANK
        assert entry.to_json()["path"] == entry.change.path.keyed
    assert found.taken or found.revision is None or found.revision == pin
    if found.taken:
        assert nbcore.render(one, catalog, revision=found.revision).pod is not None


@given(pairs(), events)
def test_a_running_busy_notebook_is_never_restarted_but_at_once(pair: tuple[Scene, Scene], at: str) -> None:
    pinned, after = pinned_and_after(pair)
    found = decided(after.notebook, pinned, after.catalog, "busy")
    event("taken" if found.taken else "kept")
    pods = [
        nbcore.render(after.notebook, after.catalog, revision=one).pod for one in (pinned, found.revision)
    ]
    if found.taken and "Immediate" not in str(after.objects):
        assert None not in pods
        assert RANK[worst(diff(*pods))] <= RANK["live"]


@given(pairs(), events, st.randoms(use_true_random=False))
def test_a_decision_is_the_same_for_the_same_state(pair: tuple[Scene, Scene], at: str, chance: Any) -> None:
    pinned, after = pinned_and_after(pair)
    first = decided(after.notebook, pinned, after.catalog, at)
    again = decided(
        shuffled(after.notebook, chance),
        shuffled(pinned, chance),
        nbcore.Catalog([shuffled(one, chance) for one in after.objects]),
        at,
    )
    assert (again.reason, again.taken, again.revision) == (first.reason, first.taken, first.revision)
    assert told(again) == told(first)


def told(found: Decision) -> list[Json]:
    """What is pending, in an order that does not depend on that of keys."""
    ordered = sorted(found.pending, key=lambda one: (one.change.path.keyed, one.change.is_order))
    return [(one.change.path, one.change.old, one.change.new, one.what, one.message) for one in ordered]


@given(pairs(), events)
def test_a_decision_taken_is_not_taken_again(pair: tuple[Scene, Scene], at: str) -> None:
    pinned, after = pinned_and_after(pair)
    first = decided(after.notebook, pinned, after.catalog, at)
    again = decided(after.notebook, first.revision, after.catalog, at)
    assert not again.taken
    assert again.revision is first.revision
    assert again.pending == first.pending


@given(pairs(), events)
def test_pending_changes_lead_to_all_that_is_new(pair: tuple[Scene, Scene], at: str) -> None:
    pinned, after = pinned_and_after(pair)
    found = decided(after.notebook, pinned, after.catalog, at)
    pod = nbcore.render(after.notebook, after.catalog, revision=found.revision).pod
    assume(pod is not None and found.offered and not found.findings)
    for _, stage in groupby(found.pending, key=lambda one: (one.what, one.group, one.steps)):
        pod = apply(pod, [one.change for one in stage])
    asking = {**after.notebook, "metadata": {**after.notebook["metadata"]}}
    asking["metadata"]["annotations"] = {"jackhoman.dev/update": found.offered}
    whole = decided(asking, pinned, after.catalog, at)
    assert whole.revision is not None
    assert whole.revision["metadata"]["name"] == found.offered
    assert pod == nbcore.render(after.notebook, after.catalog, revision=whole.revision).pod


# ---- the state machine ----

IDS = ("old", "new", "newer", "other")
WHENS = ("Offer", "Restart", "Idle", "Immediate")
TAKEN = {
    ("busy", "Auto"): {"Immediate"},
    ("idle", "Auto"): {"Idle", "Immediate"},
    ("start", "Auto"): {"Restart", "Idle", "Immediate"},
    ("busy", "Manual"): {"Immediate"},
    ("idle", "Manual"): {"Immediate"},
    ("start", "Manual"): {"Immediate"},
}


class Updates(RuleBasedStateMachine):
    """A notebook, its kind, and a model of what it is to have: image, base and label."""

    @initialize(native=st.booleans(), manual=st.booleans())
    def begin(self, native: bool, manual: bool) -> None:
        self.native, self.policy = native, "Manual" if native and manual else "Auto"
        self.redirects: dict[str, tuple[str, str]] = {}
        self.stored, self.base, self.label = "old", 0, 0
        self.pinned: Json = None
        self.has: tuple[str, int, int] | None = None
        self.stopped = self.running = self.idle = False

    # -- what happens to the kind and to the notebook --

    @rule(source=st.sampled_from(IDS), to=st.sampled_from((*IDS, "gone")), when=st.sampled_from(WHENS))
    def redirect(self, source: str, to: str, when: str) -> None:
        self.redirects[source] = (to, when if self.native else "Offer")

    @rule(source=st.sampled_from(IDS))
    def take_back(self, source: str) -> None:
        self.redirects.pop(source, None)

    @rule()
    def edit_the_base(self) -> None:
        self.base += 1

    @rule()
    def edit_the_label(self) -> None:
        self.label += 1

    @rule(image=st.sampled_from(IDS))
    def choose(self, image: str) -> None:
        self.stored = image

    @rule()
    def stop(self) -> None:
        self.stopped, self.running, self.idle = True, False, False

    @rule()
    def start(self) -> None:
        self.stopped = False

    @rule(idle=st.booleans())
    def use(self, idle: bool) -> None:
        self.idle = idle and self.running

    # -- the model --

    def chain(self, start: str) -> list[tuple[str, str]]:
        """The redirects from an id, as target and when; none where they lead nowhere or in a circle."""
        found, at, seen = [], start, {start}
        while at in self.redirects:
            at, when = self.redirects[at]
            if at in seen or at not in IDS:
                return []
            seen.add(at)
            found.append((at, when))
        return found

    def is_led_to(self, start: str, end: str) -> bool:
        """Whether redirects lead there, whatever comes after."""
        at, seen = start, set()
        while at in self.redirects and at not in seen:
            seen.add(at)
            at = self.redirects[at][0]
            if at == end:
                return True
        return False

    def expected(self, at: str) -> tuple[str, int, int]:
        takes, today = TAKEN[at, self.policy], (self.base, self.label)
        image, base, label = self.has or (self.stored, *today)
        if at == "start" and not self.is_led_to(self.stored, image):
            image = self.stored
        for target, when in self.chain(image):
            if when not in takes:
                break
            image = target
        harmless = self.base == base and (self.native or self.label == label)
        everything = "Restart" in takes
        return (image, *(today if everything or harmless else (base, label)))

    # -- the step --

    @rule()
    def reconcile(self) -> None:
        at = "start" if not self.running else "idle" if self.idle else "busy"
        one, catalog = self.notebook(), nbcore.Catalog([self.kind()])
        found = decided(one, self.pinned, catalog, at)
        if self.stopped:
            assert not found.taken
            return
        expected = self.expected(at)
        assert self.seen(one, catalog, found) == expected
        assert found.taken == (expected != self.has)
        moved = self.has is not None and expected[0] != self.has[0]
        due = self.has is not None and self.chain(self.has[0])[:1]
        if at == "busy" and found.taken and not (moved and due and due[0][1] == "Immediate"):
            assert RANK[found.effect] <= RANK["live"]
        owner = not self.is_led_to(self.stored, expected[0]) and self.stored != expected[0]
        kind = expected[1:] != (self.base, self.label)
        led = bool(self.chain(self.stored if owner else expected[0]))
        told = {one.what for one in found.pending}
        assert told == {
            name for name, is_new in (("owner", owner), ("kind", kind), ("redirect", led)) if is_new
        }
        self.pinned, self.has, self.running = found.revision, expected, True

    def seen(self, one: Json, catalog: nbcore.Catalog, found: Decision) -> tuple[str, int, int]:
        pod = nbcore.render(one, catalog, revision=found.revision).pod
        assert pod is not None
        labels = pod["metadata"]["labels"]
        image = pod["spec"]["containers"][0]["image"]
        base = pod["spec"]["securityContext"]["fsGroup"]
        return image.removeprefix("registry/").removesuffix(":1"), base, int(labels["label"])

    def kind(self) -> Json:
        if self.native:
            redirects = {one: {"to": to, "when": when} for one, (to, when) in self.redirects.items()}
            kind = template(redirects)
            kind["spec"]["template"]["metadata"] = {"labels": {"label": str(self.label)}}
            kind["spec"]["template"]["spec"]["securityContext"] = {"fsGroup": self.base}
            return kind
        redirects = {one: {"to": to} for one, (to, _) in self.redirects.items()}
        metadata = {"labels": {"label": str(self.label)}}
        return workspace_kind(redirects, podMetadata=metadata, securityContext={"fsGroup": self.base})

    def notebook(self) -> Json:
        if self.native:
            return notebook(self.stored, updatePolicy=self.policy, stopped=self.stopped)
        one = workspace(self.stored)
        one["spec"]["paused"] = self.stopped
        return one

    @invariant()
    def the_revision_gives_what_it_gave(self) -> None:
        if getattr(self, "pinned", None) is not None:
            pod = nbcore.render(self.notebook(), nbcore.Catalog(), revision=self.pinned).pod
            assert pod is not None
            assert self.has is not None
            assert pod["spec"]["securityContext"]["fsGroup"] == self.has[1]


def test_updates_follow_the_table() -> None:
    run_state_machine_as_test(Updates, settings=settings(stateful_step_count=30))
