"""Rows K5 and K12: activity probes that cannot run, and activity rules that contradict each other or lack a probe.

Refuses to know clocks, and what a probe finds.
Source: reference behaviour of Kubeflow Notebooks 2.0, section 3.3, K5 and K12; the 255 bytes are those that
Linux reads of a script's first line.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from nbcore.checks.kubeflow.places import selector_findings
from nbcore.finding import Finding
from nbcore.kubernetes import names
from nbcore.model.activity import ActivityProbe, PauseRule
from nbcore.model.template import Template
from nbcore.model.workspace_kind import WorkspaceKindSpec

MOST_SHEBANG_BYTES: Final = 255
_SHEBANG: Final = re.compile(r"#![ \t]*[^ \t]+(?:[ \t]+.*)?", re.ASCII | re.DOTALL)
_LINE: Final = re.compile(r"[^\r\n]*", re.ASCII)
_INTERVAL: Final = 3600
"""Seconds between probes where none says."""


def probe_rows(probe: ActivityProbe | None, ports: Collection[str]) -> Iterator[Finding]:
    """What keeps an activity probe from running; ``ports`` are the ids of the kind's ports."""
    if probe is None:
        return
    problem = _problem_with(probe.script) if probe.script is not None else None
    if problem:
        yield probe.origin.finding("NB231", *problem, path=("podExec", "script"))
    if probe.jupyter_port is not None and probe.jupyter_port not in ports:
        near = names.closest(probe.jupyter_port, ports)
        yield probe.origin.finding(
            "NB231",
            f"the WorkspaceKind has no port {probe.jupyter_port[:64]} at which Jupyter could answer",
            f"Did you mean {near}?" if near else "Name one of spec.podTemplate.ports.",
            path=("jupyter", "portId"),
        )


def _problem_with(script: str) -> tuple[str, str] | None:
    """Why a script cannot be run, and what to do about it."""
    match = _LINE.match(script)
    line = match[0] if match is not None else ""
    if _SHEBANG.fullmatch(line) is None:
        return (
            "the script does not start with the program that runs it",
            "Start it with a line such as #!/bin/sh.",
        )
    size = len(line.encode("utf-8", "surrogatepass"))
    if size > MOST_SHEBANG_BYTES:
        message = f"the first line of the script takes {size} bytes, it may take at most {MOST_SHEBANG_BYTES}"
        return message, "Shorten the path of the program or its arguments."
    return None


def pause_rows(kind: Template, spec: WorkspaceKindSpec) -> Iterator[Finding]:
    """Everything that is wrong with the activity rules; that one pauses too soon is a warning."""
    rules, probe = spec.pause_rules, spec.activity_probe
    for rule in rules:
        yield from selector_findings(
            rule.origin, ("match", "matchNamespace", "selector"), rule.namespace_selector
        )
        yield from selector_findings(
            rule.origin, ("match", "matchPodConfig", "selector"), rule.pod_config_selector
        )
    yield from _catch_alls([rule for rule in rules if rule.pause is not None])
    if probe is None and any(rule.pause for rule in rules):
        yield kind.origin.whole.finding(
            "NB233",
            "an activity rule pauses, and there is no probe that tells what is active",
            "Add an activityProbe, or remove the rules that pause.",
            path=("spec", "podTemplate", "activityProbe"),
        )
    interval = probe.probe_interval_seconds if probe is not None else _INTERVAL
    yield from (
        _too_soon(rule, interval) for rule in rules if rule.pause and rule.seconds_since_active < 2 * interval
    )


def _catch_alls(rules: Sequence[PauseRule]) -> Iterator[Finding]:
    """What is wrong with rules that ask nothing, among those that say whether to pause."""
    first: PauseRule | None = None
    for at, rule in enumerate(rules):
        if not rule.is_catch_all:
            continue
        if first is not None:
            there = first.origin
            yield rule.origin.finding(
                "NB232",
                "a rule before it matches everything already",
                "Remove one of the two, or give it a match.",
                path=("match",),
                related=((there.source, there.path(), there.position()),),
            )
        if at < len(rules) - 1:
            yield rule.origin.finding(
                "NB232",
                "the rule matches everything, so that no rule after it is ever asked",
                "Move it to the end, or give it a match.",
                path=("match",),
            )
        first = first or rule


def _too_soon(rule: PauseRule, interval: int) -> Finding:
    return rule.origin.finding(
        "NB918",
        f"it pauses after {rule.seconds_since_active} idle seconds, and a probe looks only every {interval}",
        f"Let it wait at least {2 * interval} seconds, or probe more often.",
        path=("config", "secondsSinceActive"),
    )
