"""Activity: which rule pauses, when something is idle, when it is probed, and what a probe says."""

from __future__ import annotations

from typing import Any

import pytest

from nbcore.activity import (
    MOST_BYTES,
    NEVER,
    Activity,
    Idleness,
    Match,
    Outcome,
    Probed,
    Rule,
    Schedule,
    activity_after,
    decide,
    interval_after,
    jupyter_probed,
    milliseconds,
    pause_rule,
    probe_due,
    probe_url_path,
    script_probed,
    sooner,
)
from nbcore.model.activity import ActivityProbe, Pause, PauseRule
from nbcore.model.template import ActivityRule

NOW = 2_000_000_000_000
HOUR = 3_600_000
TEAM_A, TEAM_B = {"team": "a"}, {"team": "b"}
GPU = {"gpu": "true"}
BROKEN = {"matchExpressions": [{"key": "team", "operator": "In", "values": []}]}


def labelled(**labels: str) -> dict[str, Any]:
    return {"matchLabels": labels}


def on(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


def paused(
    seconds: int = 60, *, namespace: Any = None, pod: Any = None, pause: bool | None = True
) -> PauseRule:
    return PauseRule(
        namespace_selector=namespace, pod_config_selector=pod, seconds_since_active=seconds, pause=pause
    )


def native(seconds: int | None = 60, *, namespace: Any = None, **options: Any) -> ActivityRule:
    return ActivityRule(namespace_selector=namespace, options=options, pause_after_seconds=seconds)


# ---- 4.1.3: which rule counts ----

IN_A, ON_GPU = labelled(team="a"), labelled(gpu="true")
RULES: dict[str, tuple[list[Rule], Any, Any, int | None]] = {
    # what it is: rules, labels of the namespace, labels of the pod config, seconds or None
    "no rules": ([], TEAM_A, GPU, None),
    "a rule without match matches everything": ([paused(60)], {}, {}, 60),
    "an empty selector matches everything": ([paused(60, namespace={}, pod={})], {}, {}, 60),
    "the first match counts": ([paused(60), paused(90)], {}, {}, 60),
    "the namespace matches": ([paused(60, namespace=IN_A), paused(90)], TEAM_A, {}, 60),
    "the namespace does not match": ([paused(60, namespace=IN_A), paused(90)], TEAM_B, {}, 90),
    "the pod config matches": ([paused(60, pod=ON_GPU), paused(90)], {}, GPU, 60),
    "the pod config does not match": ([paused(60, pod=ON_GPU)], {}, {}, None),
    "both match": ([paused(60, namespace=IN_A, pod=ON_GPU)], TEAM_A, GPU, 60),
    "only the namespace matches": ([paused(60, namespace=IN_A, pod=ON_GPU)], TEAM_A, {}, None),
    "only the pod config matches": ([paused(60, namespace=IN_A, pod=ON_GPU)], TEAM_B, GPU, None),
    "an exemption counts": ([paused(60, namespace=IN_A, pause=False), paused(90)], TEAM_A, {}, None),
    "an exemption of others": ([paused(60, namespace=IN_A, pause=False), paused(90)], TEAM_B, {}, 90),
    "a rule that says nothing is passed over": ([paused(60, pause=None), paused(90)], {}, {}, 90),
    "NotIn of a label that is absent": ([paused(60, namespace=on("team", "NotIn", "a"))], {}, {}, 60),
    "native: no condition": ([native(60)], {}, {}, 60),
    "native: never": ([native(None, namespace=IN_A), native(90)], TEAM_A, {}, None),
    "native: the namespace": ([native(60, namespace=IN_A), native(90)], TEAM_B, {}, 90),
    "native: a group": ([native(60, podConfig=ON_GPU), native(90)], {}, GPU, 60),
    "native: another group": ([native(60, image=ON_GPU), native(90)], {}, GPU, 90),
}  # fmt: skip


@pytest.mark.parametrize("upstream", [False, True])
@pytest.mark.parametrize("name", RULES)
def test_4_1_3_first_match(name: str, upstream: bool) -> None:
    rules, namespace, pod, seconds = RULES[name]
    found = pause_rule(rules, namespace, {"podConfig": pod}, upstream=upstream)
    assert found.pause == (None if seconds is None else Pause(seconds))
    assert not found.problem


def test_4_1_3_what_matched_is_told_from_what_did_not() -> None:
    exempt = paused(60, pause=False)
    assert pause_rule([exempt], {}, {}) == Match(None, exempt)
    assert pause_rule([paused(60, namespace=IN_A)], {}, {}) == Match()


def test_4_1_3_both_numbers_come_from_the_rule_that_matched() -> None:
    rule = PauseRule(seconds_since_active=60, min_running_seconds=600, pause=True)
    assert pause_rule([rule], {}, {}).pause == Pause(60, 600)


def test_4_1_3_labels_that_are_not_known() -> None:
    rules = [paused(60, namespace=on("team", "NotIn", "a")), paused(90, pod=on("gpu", "DoesNotExist"))]
    for rule in rules:
        assert pause_rule([rule], None, {}).rule is None
        assert pause_rule([rule], None, {}, upstream=True).rule is rule


def test_4_1_3_a_malformed_selector_is_no_match_and_upstream_stops_at_it() -> None:
    bad, good = paused(60, namespace=BROKEN), paused(90)
    assert pause_rule([bad, good], TEAM_A, {}).rule is good
    stopped = pause_rule([bad, good], TEAM_A, {}, upstream=True)
    assert (stopped.rule, stopped.pause) == (bad, None)
    assert stopped.problem == "the selector of the namespace must hold at least one value for In"


@pytest.mark.parametrize(
    "rules",
    [
        [paused(90), paused(60, namespace=BROKEN)],
        [paused(60, namespace=BROKEN, pause=None), paused(90)],
        [paused(60, namespace=IN_A, pod=BROKEN), paused(90)],
    ],
)
def test_4_1_3_upstream_meets_only_what_it_reads(rules: list[PauseRule]) -> None:
    assert pause_rule(rules, TEAM_B, {}, upstream=True).pause == Pause(90)


# ---- 4.1.3: whether it is idle ----

RULE, LONG = Pause(3600), Pause(3600, 7200)
IDLE: dict[str, tuple[Pause | None, int, int, bool, tuple[int | None, bool], tuple[int | None, bool]]] = {
    # what it is: pause, last activity, last running, may pause; (eligible after, paused) by default, by upstream
    "no rule": (None, NOW - HOUR, 0, True, (None, False), (None, False)),
    "idle for exactly long enough": (RULE, NOW - HOUR, 0, True, (NOW, True), (NOW, True)),
    "a millisecond too early": (RULE, NOW - HOUR + 1, 0, True, (NOW + 1, False), (NOW + 1, False)),
    "half of the time": (RULE, NOW - HOUR // 2, 0, True, (NOW + HOUR // 2, False), (NOW + HOUR // 2, False)),
    "no fresh probe": (RULE, NOW - HOUR, 0, False, (NOW, False), (NOW, False)),
    "activity is not known": (RULE, 0, NOW - HOUR, True, (0, False), (0, False)),
    "activity before the epoch": (RULE, -5, NOW - HOUR, True, (0, False), (0, False)),
    "it ran for exactly long enough": (
        LONG, NOW - 2 * HOUR, NOW - 2 * HOUR, True, (NOW, True), (NOW - HOUR, True),
    ),
    "it has not run for long enough": (
        LONG, NOW - HOUR, NOW - HOUR, True, (NOW + HOUR, False), (NOW, False),
    ),
    "when it began to run is not known": (LONG, NOW - HOUR, 0, True, (0, False), (NOW, False)),
    "activity of an earlier run": (
        RULE, NOW - 5 * HOUR, NOW - HOUR // 2, True, (NOW + HOUR // 2, False), (NOW - 4 * HOUR, True),
    ),
    "activity in the future": (
        RULE, NOW + 9 * HOUR, NOW - HOUR, True, (NOW + HOUR, False), (NOW + 10 * HOUR, False),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", IDLE)
def test_4_1_3_decide(name: str) -> None:
    pause, active, running, may_pause, *expected = IDLE[name]
    for upstream, wanted in zip((False, True), expected, strict=True):
        found = decide(
            pause, now=NOW, last_activity=active, last_running=running, may_pause=may_pause, upstream=upstream
        )
        assert (found.eligible_after, found.pause) == wanted, upstream


def test_4_1_3_eligible_without_a_fresh_probe_is_still_eligible() -> None:
    found = decide(RULE, now=NOW, last_activity=NOW - HOUR, last_running=0, may_pause=False)
    assert found == Idleness(NOW, eligible=True, pause=False)


# ---- 4.1.1: when it is probed ----

PROBE = ActivityProbe(probe_interval_seconds=3600, min_probe_interval_seconds=300)


def probed(outcome: Outcome, start: int) -> Probed:
    return Probed(start, start + 10, outcome)


DUE: dict[str, tuple[Probed | None, Schedule]] = {
    "never probed": (None, Schedule(due=True)),
    "a start that is not known": (probed("Success", 0), Schedule(due=True)),
    "success, just now": (probed("Success", NOW), Schedule(due=False, wait=HOUR)),
    "success, not long enough ago": (probed("Success", NOW - HOUR + 1), Schedule(due=False, wait=1)),
    "success, long enough ago": (probed("Success", NOW - HOUR), Schedule(due=True)),
    "failure, not long enough ago": (probed("Failure", NOW - 299_000), Schedule(due=False, wait=1000)),
    "failure, long enough ago": (probed("Failure", NOW - 300_000), Schedule(due=True)),
    "timeout, not long enough ago": (probed("Timeout", NOW - 299_000), Schedule(due=False, wait=1000)),
    "timeout, long enough ago": (probed("Timeout", NOW - 300_000), Schedule(due=True)),
}


@pytest.mark.parametrize("upstream", [False, True])
@pytest.mark.parametrize("name", DUE)
def test_4_1_1_due(name: str, upstream: bool) -> None:
    last, expected = DUE[name]
    assert probe_due(PROBE, running=True, last_probe=last, now=NOW, upstream=upstream) == expected


def test_4_1_1_without_a_probe_and_while_it_does_not_run_nothing_is_due() -> None:
    assert probe_due(None, running=True, last_probe=None, now=NOW) == NEVER
    assert probe_due(PROBE, running=False, last_probe=None, now=NOW) == NEVER


def test_4_1_1_a_probe_that_began_in_the_future() -> None:
    later = probed("Success", NOW + 5 * HOUR)
    assert probe_due(PROBE, running=True, last_probe=later, now=NOW) == Schedule(due=True)
    waits = probe_due(PROBE, running=True, last_probe=later, now=NOW, upstream=True)
    assert waits == Schedule(due=False, wait=6 * HOUR)


def test_4_1_1_a_start_at_the_epoch_is_none() -> None:
    assert probe_due(PROBE, running=True, last_probe=probed("Success", 0), now=1) == Schedule(due=True)
    waits = probe_due(PROBE, running=True, last_probe=probed("Success", 1), now=1)
    assert waits == Schedule(due=False, wait=HOUR)


def test_4_1_1_intervals_default_to_an_hour_and_five_minutes() -> None:
    outcomes: tuple[Outcome, ...] = ("Success", "Failure", "Timeout")
    assert [interval_after(ActivityProbe(), one) for one in outcomes] == [HOUR, 300_000, 300_000]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [(None, None, None), (10, 3, 3), (None, 3, 3), (3, None, 3), (0, 3, 0), (None, 0, 0)],
)
def test_4_1_1_the_sooner_of_two_delays(first: int | None, second: int | None, expected: int | None) -> None:
    assert sooner(first, second) == expected


# ---- 4.1.2: what a probe changes ----

KNOWN = Activity(last_activity=1000, last_update=1000)
START, END = 5000, 5100
AFTER: dict[str, tuple[Activity, Probed, int, tuple[int, int], tuple[int, int]]] = {
    # what it is: known, probed, last running; (last activity, last update) by default, by upstream
    "success": (KNOWN, Probed(START, END, "Success", activity=4000), 0, (4000, END), (4000, END)),
    "nothing new": (KNOWN, Probed(START, END, "Success"), 0, (1000, END), (1000, END)),
    "failure": (KNOWN, Probed(START, END, "Failure", "status 500"), 0, (1000, 1000), (1000, 1000)),
    "timeout": (KNOWN, Probed(START, END, "Timeout"), 4500, (1000, 1000), (1000, 1000)),
    "it may move backwards": (KNOWN, Probed(START, END, "Success", activity=10), 0, (10, END), (10, END)),
    "in the future": (KNOWN, Probed(START, END, "Success", activity=9999), 0, (END, END), (9999, END)),
    "of an earlier run": (
        KNOWN, Probed(START, END, "Success", activity=4000), 4500, (4500, END), (4000, END),
    ),
    "never active since it began to run": (
        Activity(), Probed(START, END, "Success"), 4500, (4500, END), (0, END),
    ),
    "never active, and nobody knows when it began": (
        Activity(), Probed(START, END, "Success"), 0, (0, END), (0, END),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", AFTER)
def test_4_1_2_status_after_a_probe(name: str) -> None:
    known, found, running, *expected = AFTER[name]
    for upstream, wanted in zip((False, True), expected, strict=True):
        after = activity_after(known, found, last_running=running, upstream=upstream)
        assert (after.last_activity, after.last_update) == wanted, upstream
        assert after.last_probe is found


@pytest.mark.parametrize(
    ("strips_prefix", "default", "upstream"),
    [
        (False, "/workspace/connect/a/w/lab/api/status", "/workspace/connect/a/w/lab/api/status"),
        (True, "/api/status", "/workspace/connect/a/w/lab/api/status"),
    ],
)
def test_b9_where_jupyter_is_asked(strips_prefix: bool, default: str, upstream: str) -> None:
    path = "/workspace/connect/a/w/lab/"
    assert probe_url_path(path, strips_prefix=strips_prefix) == default
    assert probe_url_path(path, strips_prefix=strips_prefix, upstream=True) == upstream


SCRIPT: dict[bytes, tuple[Outcome, int | None]] = {
    b"": ("Success", END),
    b" \n\t": ("Success", END),
    b"{}": ("Success", END),
    b"null": ("Success", END),
    b' {"has_activity": true} \n': ("Success", END),
    b'{"has_activity": true, "last_activity": "1970-01-01T00:00:01Z"}': ("Success", END),
    b'{"has_activity": false}': ("Success", None),
    b'{"has_activity": false, "last_activity": "yesterday"}': ("Success", None),
    b'{"has_activity": null, "last_activity": null}': ("Success", END),
    b'{"last_activity": "1970-01-01T00:00:01Z"}': ("Success", 1000),
    b'{"last_activity": "yesterday"}': ("Failure", None),
    b'{"last_activity": ""}': ("Failure", None),
    b'{"last_activity": 5}': ("Failure", None),
    b'{"has_activity": 1}': ("Failure", None),
    b'{"has_activity": "true"}': ("Failure", None),
    b'{"has_activity": false, "last_activity": 5}': ("Failure", None),
    b"{": ("Failure", None),
    b"{} {}": ("Failure", None),
    b"[]": ("Failure", None),
    b"5": ("Failure", None),
    b"\xff": ("Failure", None),
    b"[" * 100_000: ("Failure", None),
    b'{"a": 1' + b"0" * 5000 + b"}": ("Failure", None),
    b'{"a": "' + b"x" * MOST_BYTES + b'"}': ("Failure", None),
}


@pytest.mark.parametrize("output", SCRIPT, ids=lambda output: repr(output[:40]))
def test_4_1_2_what_a_script_says(output: bytes) -> None:
    found = script_probed(output, start=START, end=END)
    assert (found.outcome, found.activity) == SCRIPT[output]
    assert (found.start, found.end) == (START, END)
    assert bool(found.message) == (found.outcome == "Failure")


@pytest.mark.parametrize(
    ("status", "body", "outcome", "activity"),
    [
        (200, b'{"last_activity": "1970-01-01T00:00:01.5Z", "kernels": 0}', "Success", 1500),
        (204, b'{"last_activity": "1970-01-01T00:00:01Z"}', "Success", 1000),
        (200, b"{}", "Failure", None),
        (200, b"", "Failure", None),
        (200, b"<html>", "Failure", None),
        (200, b'{"last_activity": null}', "Failure", None),
        (200, b'{"last_activity": true}', "Failure", None),
        (302, b'{"last_activity": "1970-01-01T00:00:01Z"}', "Failure", None),
        (404, b"", "Failure", None),
        (500, b'{"last_activity": "1970-01-01T00:00:01Z"}', "Failure", None),
    ],
)
def test_4_1_2_what_jupyter_says(status: int, body: bytes, outcome: Outcome, activity: int | None) -> None:
    found = jupyter_probed(status, body, start=START, end=END)
    assert (found.outcome, found.activity) == (outcome, activity)
    assert bool(found.message) == (outcome == "Failure")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2030-01-01T00:00:00Z", 1_893_456_000_000),
        ("2030-01-01T02:00:00+02:00", 1_893_456_000_000),
        ("2029-12-31T18:30:00-05:30", 1_893_456_000_000),
        ("1970-01-01T00:00:00.1Z", 100),
        ("1970-01-01T00:00:00.123456789Z", 123),
        ("1969-12-31T23:59:59.999Z", -1),
        ("0001-01-01T00:00:00+23:59", -62_135_596_800_000 - 86_340_000),
        ("1970-01-01T00:00:00", None),
        ("1970-01-01 00:00:00Z", None),
        ("1970-01-01T00:00:00z", None),
        ("1970-02-30T00:00:00Z", None),
        ("1970-01-01T24:00:00Z", None),
        ("1970-01-01T00:00:00+24:00", None),
        ("1970-01-01T00:00:00+00:60", None),
        ("1970-01-01T00:00:00.Z", None),
        ("١٩٧٠-01-01T00:00:00Z", None),
        ("1970-01-01T00:00:00Z\n", None),
        ("0000-01-01T00:00:00Z", None),
        ("", None),
    ],
)
def test_timestamps(text: str, expected: int | None) -> None:
    assert milliseconds(text) == expected
