"""Activity: when a workspace or notebook is idle, whether it is paused for that, and when it is probed next.

One algorithm for the rules of every dialect: the first rule that matches and says anything about pausing
counts. Every time is given by the caller. This module refuses to know clocks, pods and how a probe is carried
out, and it pauses nothing. ``upstream`` reproduces Kubeflow's controller where this one differs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from nbcore.json_text import read
from nbcore.kubernetes.selector import Labels, Selector
from nbcore.layout import Limits, Unreadable
from nbcore.model.activity import ActivityProbe, Pause, PauseRule
from nbcore.model.template import ActivityRule

POD_CONFIG: Final = "podConfig"
"""The option group whose labels a rule of a WorkspaceKind looks at."""

Rule: TypeAlias = PauseRule | ActivityRule
Outcome: TypeAlias = Literal["Success", "Failure", "Timeout"]

# ---- which rule counts ----


@dataclass(frozen=True, slots=True)
class Match:
    """What the rules say about pausing.

    Shape: ``rule`` is None when none matches; ``pause`` is None when nothing is ever paused, because no rule
    matches or because the one that does exempts. Only for upstream, ``problem`` says why it stops at a rule.
    """

    pause: Pause | None = None
    rule: Rule | None = None
    problem: str = ""


_Condition: TypeAlias = tuple[str | None, Any]
"""The option group that a selector is about, None for the namespace; and the selector."""


def pause_rule(
    rules: Sequence[Rule],
    namespace_labels: Labels | None,
    option_labels: Mapping[str, Labels],
    *,
    upstream: bool = False,
) -> Match:
    """What the first rule that matches, and that says anything about pausing, says.

    Shape: ``option_labels`` has the labels of each group's chosen value; those of a WorkspaceKind's pod config
    stand under `POD_CONFIG`. A condition does not hold where its labels are not known, nor when its selector
    is malformed; upstream takes the former for no labels and stops at the latter.

    Laws: test_one_algorithm_decides_for_both_dialects, test_pause_rules_agree_with_those_of_upstream.
    """
    for rule in rules:
        if isinstance(rule, PauseRule) and rule.pause is None:
            continue
        held, problem = _matches(rule, namespace_labels, option_labels, {} if upstream else None)
        if problem and upstream:
            return Match(None, rule, problem)
        if held:
            return Match(_pause_of(rule), rule)
    return Match()


def _matches(
    rule: Rule, namespace_labels: Labels | None, option_labels: Mapping[str, Labels], unknown: Labels | None
) -> tuple[bool, str]:
    """Whether every condition holds, up to the first that does not; and what is wrong with that one."""
    for group, written in _conditions(rule):
        labels = namespace_labels if group is None else option_labels.get(group)
        selector, problems = Selector.parse(written)
        if selector is None:
            return False, f"the selector of the {group or 'namespace'} {problems[0][1]}"
        labels = unknown if labels is None else labels
        if labels is None or not selector.matches(labels):
            return False, ""
    return True, ""


def _conditions(rule: Rule) -> Iterator[_Condition]:
    if rule.namespace_selector is not None:
        yield None, rule.namespace_selector
    if isinstance(rule, ActivityRule):
        yield from rule.options.items()
    elif rule.pod_config_selector is not None:
        yield POD_CONFIG, rule.pod_config_selector


def _pause_of(rule: Rule) -> Pause | None:
    if isinstance(rule, PauseRule):
        return rule.timing if rule.pause else None
    return None if rule.pause_after_seconds is None else Pause(rule.pause_after_seconds)


# ---- whether it is idle ----


@dataclass(frozen=True, slots=True)
class Idleness:
    """Whether something is idle for long enough, and whether it is to be paused now.

    Shape: ``eligible_after`` is None when nothing is ever paused, and 0 while that time is not known.
    Units: milliseconds since the epoch.
    """

    eligible_after: int | None = None
    eligible: bool = False
    pause: bool = False


def decide(
    pause: Pause | None,
    *,
    now: int,
    last_activity: int,
    last_running: int,
    may_pause: bool,
    upstream: bool = False,
) -> Idleness:
    """Whether it is idle, from when on it may be paused, and whether it is to be paused now.

    Shape: ``last_activity`` and ``last_running``, when it last began to run, are unknown at 0 and below.
    ``may_pause`` holds right after a probe that succeeded: an older answer may have been overtaken.
    By default ``eligible_after`` honours the time that it must have been running, activity in the future
    counts as now, and activity before it began to run as of when it began.

    Units: milliseconds since the epoch.

    Laws: test_decide_is_total, test_nothing_is_paused_sooner_than_upstream_does,
    test_something_happens_at_the_time_shown, test_deciding_for_upstream_agrees_with_it.
    """
    if pause is None:
        return Idleness()
    active = last_activity if upstream else _believable(last_activity, last_running, now)
    idle = active + pause.seconds_since_active * 1000 if active > 0 else None
    ran = _long_enough_running(pause, last_running, idle)
    ready = None if idle is None or ran is None else max(idle, ran)
    eligible = ready is not None and now >= ready
    return Idleness((idle if upstream else ready) or 0, eligible, eligible and may_pause)


def _long_enough_running(pause: Pause, last_running: int, otherwise: int | None) -> int | None:
    """From when on it has been running for long enough; None when that is not known."""
    if pause.min_running_seconds <= 0:
        return otherwise
    return last_running + pause.min_running_seconds * 1000 if last_running > 0 else None


def _believable(activity: int, last_running: int, now: int) -> int:
    """The time of an activity, between when it last began to run and now; one that is unknown stays so."""
    return min(max(activity, last_running), now) if activity > 0 else activity


# ---- when it is probed ----


class Probed(NamedTuple):
    """What came of one probe; ``activity`` is the time of activity that it reported, if it did.

    Units: milliseconds since the epoch.
    """

    start: int
    end: int
    outcome: Outcome
    message: str = ""
    activity: int | None = None


class Activity(NamedTuple):
    """What is known of a workspace's activity; 0 where nothing is.

    Units: milliseconds since the epoch.
    """

    last_activity: int = 0
    last_update: int = 0
    last_probe: Probed | None = None


class Schedule(NamedTuple):
    """Whether it is to be probed now, and otherwise in how long; never when both say no.

    Units: milliseconds.
    """

    due: bool
    wait: int | None = None


NEVER: Final = Schedule(due=False)


def probe_due(
    probe: ActivityProbe | None,
    *,
    running: bool,
    last_probe: Probed | None,
    now: int,
    upstream: bool = False,
) -> Schedule:
    """Whether a probe is due: only while it runs, and when the interval of the last outcome has passed.

    Shape: a last probe that began in the future says that a clock was set back, so the next one is due; by
    upstream it is waited for.

    Laws: test_a_probe_is_due_when_its_wait_is_over.
    """
    if probe is None or not running:
        return NEVER
    if last_probe is None or last_probe.start <= 0 or (last_probe.start > now and not upstream):
        return Schedule(due=True)
    wait = last_probe.start + interval_after(probe, last_probe.outcome) - now
    return Schedule(due=False, wait=wait) if wait > 0 else Schedule(due=True)


def interval_after(probe: ActivityProbe, outcome: Outcome) -> int:
    """The time between the start of a probe with this outcome and the next one.

    Units: milliseconds.
    """
    success = outcome == "Success"
    return 1000 * (probe.probe_interval_seconds if success else probe.min_probe_interval_seconds)


def sooner(first: int | None, second: int | None) -> int | None:
    """The shorter of two delays; 0 is at once, None is no wish to be called again."""
    return min((delay for delay in (first, second) if delay is not None), default=None)


def activity_after(
    known: Activity, probed: Probed, *, last_running: int = 0, upstream: bool = False
) -> Activity:
    """What is known of the activity after a probe; one that did not succeed leaves all but itself as it was.

    Shape: by default an activity after the end of the probe counts as its end, one before it began to run as
    of when it began; where no activity was ever reported, it has been idle since it began to run.

    Laws: test_activity_is_never_in_the_future.
    """
    if probed.outcome != "Success":
        return known._replace(last_probe=probed)
    found = known.last_activity if probed.activity is None else probed.activity
    if not upstream:
        found = min(max(found, last_running), probed.end)
    return Activity(found, probed.end, probed)


# ---- how it is probed ----

MOST_BYTES: Final = 2**20
"""How much of an answer is read; what is cut off there is not JSON any more."""
_SPACE: Final = " \t\n\v\f\r\x85\xa0"
_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII
)
_EPOCH: Final = datetime(1970, 1, 1)
_MILLISECOND: Final = timedelta(milliseconds=1)


def probe_url_path(connect_path: str, *, strips_prefix: bool, upstream: bool = False) -> str:
    """The path at which Jupyter answers in its container.

    Shape: the route in front of it strips the connect path or does not, so Jupyter serves below it or not;
    upstream asks below it always, and never finds a server that it strips the path for.
    """
    base = "" if strips_prefix and not upstream else connect_path.removesuffix("/")
    return f"{base}/api/status"


def script_probed(output: bytes, *, start: int, end: int) -> Probed:
    """What came of a script that ended well: nothing written is activity, and so is an empty object.

    Shape: `has_activity` counts before `last_activity`; where it is false the time of activity stays as it was.
    """
    if not output[:MOST_BYTES].decode("utf-8", "replace").strip(_SPACE):
        return Probed(start, end, "Success", activity=end)
    found, problem = _object(output)
    if problem:
        return Probed(start, end, "Failure", problem)
    active, last = found.get("has_activity"), found.get("last_activity")
    if active is not None and not isinstance(active, bool):
        return Probed(start, end, "Failure", "has_activity must be true or false")
    if last is not None and not isinstance(last, str):
        return Probed(start, end, "Failure", "last_activity must be a text")
    if active is False:
        return Probed(start, end, "Success")
    if active or last is None:
        return Probed(start, end, "Success", activity=end)
    return _at(last, start, end)


def jupyter_probed(status: int, body: bytes, *, start: int, end: int) -> Probed:
    """What came of asking Jupyter for its status."""
    if not 200 <= status < 300:
        return Probed(start, end, "Failure", f"the answer had status {status}")
    found, problem = _object(body)
    if problem:
        return Probed(start, end, "Failure", problem)
    last = found.get("last_activity")
    return _at(last if isinstance(last, str) else "", start, end)


def _at(text: str, start: int, end: int) -> Probed:
    time = milliseconds(text)
    if time is None:
        return Probed(start, end, "Failure", "last_activity must be a time such as 2026-01-31T12:00:00Z")
    return Probed(start, end, "Success", activity=time)


def _object(raw: bytes) -> tuple[Mapping[str, Any], str]:
    """The object that the bytes hold, null being an empty one; and why they hold none."""
    text = raw[:MOST_BYTES].decode("utf-8", "replace").strip(_SPACE)
    try:
        value, end, _repeated = read(text, 0, Limits())
    except Unreadable as error:
        return {}, str(error)
    if text[end:] or not (value is None or isinstance(value, dict)):
        return {}, "the answer must be one JSON object"
    return value or {}, ""


def milliseconds(text: str) -> int | None:
    """The time that an RFC 3339 timestamp names, or None when it names none.

    Units: milliseconds since the epoch, rounded down.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    try:
        local = datetime.fromisoformat(found[1])
    except ValueError:
        return None
    hours, minutes = int(found[4] or 0), int(found[5] or 0)
    if hours > 23 or minutes > 59:
        return None
    offset = timedelta(hours=hours, minutes=minutes)
    since = local - _EPOCH + (offset if found[3] == "-" else -offset)
    return since // _MILLISECOND + int(f"{found[2] or '':0<3.3}")
