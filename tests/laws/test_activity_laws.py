"""The laws of activity: one algorithm for every dialect, never sooner than upstream, and no time that lies."""

from __future__ import annotations

from typing import Any, TypeAlias

from hypothesis import event, given
from hypothesis import strategies as st

from nbcore.activity import (
    Activity,
    Match,
    Outcome,
    Probed,
    activity_after,
    decide,
    interval_after,
    pause_rule,
    probe_due,
)
from nbcore.model.activity import ActivityProbe, Pause, PauseRule
from nbcore.model.template import ActivityRule
from tests.laws.test_filter_laws import (
    EVERY,
    Labels,
    malformed,
    selectors,
    upstream_reads,
    upstream_selects,
)

Json: TypeAlias = Any

numbers = st.integers() | st.integers(-3, 3) | st.integers(0, 3).map(lambda n: n * 1000)
OUTCOMES: tuple[Outcome, ...] = ("Success", "Failure", "Timeout")
outcomes = st.sampled_from(OUTCOMES)
seconds = st.integers(0, 4)
pauses = st.builds(Pause, st.integers(1, 4), seconds)
times = st.integers(-1, 9_000)
labels = st.sampled_from(EVERY)
unsure = st.none() | labels | labels | labels


def pause_rule_of(**fields: Json) -> PauseRule:
    """A rule; asked for the class itself, hypothesis would add the fields' other names."""
    return PauseRule(**fields)


def rules_with(selector: st.SearchStrategy[Json]) -> st.SearchStrategy[list[PauseRule]]:
    rule = st.builds(
        pause_rule_of,
        namespace_selector=st.none() | selector,
        pod_config_selector=st.none() | selector,
        seconds_since_active=seconds,
        min_running_seconds=seconds,
        pause=st.none() | st.booleans(),
    )
    return st.lists(rule, max_size=4)


def as_native(rule: PauseRule) -> ActivityRule:
    """The same rule of a Template; one that says nothing has no counterpart."""
    options = {} if rule.pod_config_selector is None else {"podConfig": rule.pod_config_selector}
    return ActivityRule(
        namespace_selector=rule.namespace_selector,
        options=options,
        pause_after_seconds=rule.seconds_since_active if rule.pause else None,
    )


@given(rules_with(selectors), unsure, unsure)
def test_one_algorithm_decides_for_both_dialects(
    rules: list[PauseRule], namespace: Labels | None, pod: Labels | None
) -> None:
    chosen = {} if pod is None else {"podConfig": pod}
    telling = [rule for rule in rules if rule.pause is not None]
    kubeflow = pause_rule(rules, namespace, chosen)
    native = pause_rule([as_native(rule) for rule in telling], namespace, chosen)
    event("a match" if kubeflow.rule else "no match")
    assert (kubeflow.rule is None) == (native.rule is None)
    assert (kubeflow.pause and kubeflow.pause.seconds_since_active) == (
        native.pause and native.pause.seconds_since_active
    )


def upstream_says(
    rules: list[PauseRule], namespace: Labels, pod: Labels
) -> str | tuple[bool, int, int] | None:
    """What §4.1.3 says: an error, nothing, or the value and the two numbers of the first match."""
    for rule in rules:
        if rule.pause is None:
            continue
        holds = True
        for selector, have in ((rule.namespace_selector, namespace), (rule.pod_config_selector, pod)):
            if selector is not None and holds:
                if not upstream_reads(selector):
                    return "error"
                holds = upstream_selects(selector, have)
        if holds:
            return rule.pause, rule.seconds_since_active, rule.min_running_seconds
    return None


def told(found: Match) -> str | tuple[bool, int, int] | None:
    if found.problem:
        return "error"
    if not isinstance(found.rule, PauseRule):
        return None
    return found.pause is not None, found.rule.seconds_since_active, found.rule.min_running_seconds


@given(rules_with(selectors | malformed), unsure, unsure)
def test_pause_rules_agree_with_those_of_upstream(
    rules: list[PauseRule], namespace: Labels | None, pod: Labels | None
) -> None:
    chosen = {} if pod is None else {"podConfig": pod}
    expected = upstream_says(rules, namespace or {}, pod or {})
    event(str(type(expected)))
    assert told(pause_rule(rules, namespace, chosen, upstream=True)) == expected


@given(
    st.none() | st.builds(Pause, numbers, numbers), numbers, numbers, numbers, st.booleans(), st.booleans()
)
def test_decide_is_total(
    pause: Pause | None, now: int, active: int, running: int, may_pause: bool, upstream: bool
) -> None:
    found = decide(
        pause, now=now, last_activity=active, last_running=running, may_pause=may_pause, upstream=upstream
    )
    assert found.pause == (found.eligible and may_pause)
    assert (found.eligible_after is None) == (pause is None)
    assert not (found.eligible and (pause is None or active <= 0))


@given(pauses, times, times, times)
def test_nothing_is_paused_sooner_than_upstream_does(
    pause: Pause, now: int, active: int, running: int
) -> None:
    by_default, by_upstream = (
        decide(pause, now=now, last_activity=active, last_running=running, may_pause=True, upstream=upstream)
        for upstream in (False, True)
    )
    event(f"{by_default.pause} {by_upstream.pause}")
    assert by_default.pause <= by_upstream.pause


@given(pauses, st.integers(1, 9_000), times, times)
def test_something_happens_at_the_time_shown(pause: Pause, now: int, active: int, running: int) -> None:
    active, running = min(active, now), min(running, now)
    shown = decide(pause, now=now, last_activity=active, last_running=running, may_pause=True).eligible_after
    for later in range(shown - 1, shown + 2) if shown else ():
        if later >= now:
            then = decide(pause, now=later, last_activity=active, last_running=running, may_pause=True)
            assert shown is not None
            assert then.pause == (later >= shown)
            assert then.eligible_after == shown


@given(pauses, times, times, times, st.booleans())
def test_deciding_for_upstream_agrees_with_it(
    pause: Pause, now: int, active: int, running: int, may_pause: bool
) -> None:
    found = decide(
        pause, now=now, last_activity=active, last_running=running, may_pause=may_pause, upstream=True
    )
    idle_seconds, minimum = pause
    assert found.eligible_after == (0 if active <= 0 else active + idle_seconds * 1000)
    wants = active > 0 and now >= active + idle_seconds * 1000
    wants = wants and (minimum == 0 or (running > 0 and now - running >= minimum * 1000))
    event(str(wants))
    assert found.pause == (wants and may_pause)


@given(st.builds(Probed, numbers, numbers, outcomes), numbers, st.booleans())
def test_a_probe_is_due_when_its_wait_is_over(last: Probed, now: int, upstream: bool) -> None:
    probe = ActivityProbe(probe_interval_seconds=2, min_probe_interval_seconds=1)
    found = probe_due(probe, running=True, last_probe=last, now=now, upstream=upstream)
    event("due" if found.due else "waits")
    assert found.due == (found.wait is None)
    if found.wait is not None:
        later = now + found.wait
        assert probe_due(probe, running=True, last_probe=last, now=later, upstream=upstream).due
        assert not probe_due(probe, running=True, last_probe=last, now=later - 1, upstream=True).due
        assert found.wait > 0
        assert upstream or found.wait <= interval_after(probe, last.outcome)


@given(
    st.builds(Activity, times, times),
    st.builds(Probed, times, times, outcomes, st.just(""), st.none() | times),
    times,
)
def test_activity_is_never_in_the_future(known: Activity, probed: Probed, running: int) -> None:
    after = activity_after(known, probed, last_running=running)
    if probed.outcome == "Success":
        assert after.last_activity <= probed.end == after.last_update
    else:
        assert after == known._replace(last_probe=probed)
