"""The cases that upstream's own webhook tests have, in our words: what is accepted and refused, on both sides.

With ``compat`` the verdict is upstream's. Without it at least as much is refused, and nothing more of these.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

import nbcore
from nbcore.finding import Finding
from nbcore.settings import Settings
from tests.units.webhook_objects import (
    ENV,
    EXEMPT,
    FILTERS,
    GONE,
    IMAGES,
    KIND,
    METADATA,
    PAUSING,
    POD,
    PODS,
    PORTS,
    PROBE,
    RULES,
    SCRIPT,
    WORKSPACE,
    Edits,
    edited,
    filtering,
    matching,
)

COMPAT, DEFAULT = Settings(compat="kubeflow"), Settings()
USERS = [edited(WORKSPACE, {("metadata", "name"): "user"})]


class Case(NamedTuple):
    """An object after some edits, and what it was before.

    Shape: ``told`` is a word that the message of an error holds.
    """

    name: str
    accepted: bool
    edits: Edits
    told: str = ""
    old: Edits | None = None


def accepts(name: str, edits: Edits, old: Edits | None = None) -> Case:
    return Case(name, True, edits, "", old)


def refuses(name: str, edits: Edits, told: str = "", old: Edits | None = None) -> Case:
    return Case(name, False, edits, told, old)


def errors(
    case: Case, base: dict[str, Any], settings: Settings, beside: list[Any], *, update: bool
) -> list[Finding]:
    """The errors of the object that is created or updated."""
    new = edited(base, case.edits)
    before = [edited(base, case.old or {}), *beside] if update else []
    found = nbcore.check([new, *beside], old=before, settings=settings).findings
    metadata = new["metadata"]
    name = (new["kind"], metadata.get("namespace", ""), metadata["name"])
    return [one for one in found if one.severity == "error" and one.source[:3] == name]


def holds(
    case: Case, base: dict[str, Any], settings: Settings, beside: list[Any], *, update: bool = False
) -> None:
    found = errors(case, base, settings, beside, update=update)
    assert (not found) is case.accepted, [str(one) for one in found]
    assert case.told in " ".join(one.message for one in found)


BOTH = pytest.mark.parametrize("settings", [COMPAT, DEFAULT], ids=["compat", "default"])


def table(cases: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=[one.name for one in cases])


# ---- K create ----

BAD_KEY = {"!bad_key!": "value"}
IMAGE, PORT = (*IMAGES, "values", 0), {"protocol": "HTTP", "defaultDisplayName": "A port"}
TEAM = {"matchLabels": {"team": "a"}}
MALFORMED = {"matchExpressions": [{"key": "team", "operator": "In", "values": []}]}
DENY = {"api": {"deny": True, "denyMessage": {"text": "not for you"}}}
HEADERS = (*PORTS, 0, "httpProxy", "requestHeaders")
JUPYTER = {"jupyter": {"lastActivity": True, "portId": "jupyterlab"}}


def script(text: str) -> Edits:
    return {PROBE: {"podExec": {"script": text}}}


def rule(seconds: int = 86400, *, pause: bool = True, **config: Any) -> dict[str, Any]:
    return {"config": {"secondsSinceActive": seconds, **config}, "effect": {"pauseWorkspace": pause}}


def rules(*given: Any, probe: Any = SCRIPT) -> Edits:
    return {RULES: list(given), **({PROBE: probe} if probe else {})}


CREATE = [
    accepts("a valid kind", {}),
    refuses("a bad label key", {(*METADATA, "labels"): BAD_KEY}),
    refuses("a bad annotation key", {(*METADATA, "annotations"): BAD_KEY}),
    refuses("a cycle of images", {(*IMAGES, "values", 4, "redirect"): {"to": "step_1"}}, "step_1 → step_2"),
    refuses("a cycle of pods", {(*PODS, "values", 5, "redirect"): {"to": "step_1"}}, "step_1 → step_2"),
    refuses("an image redirect to none", {(*IMAGES, "values", 4, "redirect"): {"to": "none"}}, "none"),
    refuses("a pod redirect to none", {(*PODS, "values", 5, "redirect"): {"to": "none"}}, "none"),
    refuses("no default image", {(*IMAGES, "spawner", "default"): "none"}, "none"),
    refuses("no default pod", {(*PODS, "spawner", "default"): "none"}, "none"),
    refuses(
        "port numbers twice",
        {
            PORTS: [{"id": one, **PORT} for one in ("jupyterlab", "other")],
            (*IMAGE, "spec", "ports"): [{"id": one, "port": 8888} for one in ("jupyterlab", "other")],
        },
        "8888",
    ),
    refuses("no ports", {PORTS: []}),
    refuses("a port id twice", {PORTS: [{"id": "jupyterlab", **PORT}] * 2}, "jupyterlab"),
    refuses("a port id that the kind lacks", {(*IMAGE, "spec", "ports", 0, "id"): "jupyter"}, "jupyter"),
    refuses("a bad template in extraEnv", {ENV: [{"name": "A", "value": "{{ bad }}"}]}, "no such function"),
    refuses("a bad template in the headers", {HEADERS: {"set": {"A": '{{ httpPathPrefix "x" '}}}),
]

FILTERED = [
    accepts(
        "filter rules of all scopes, matching across",
        {
            FILTERS: [
                filtering("WORKSPACE_KIND", DENY, matchNamespace=TEAM),
                filtering("IMAGE_CONFIG", None, matchPodConfig=TEAM, matchNamespace=TEAM),
                filtering("POD_CONFIG", {"api": {"hide": True}}, matchImageConfig=TEAM),
            ]
        },
    ),
    accepts(
        "matchNamespace in every scope",
        {
            FILTERS: [
                filtering(scope, matchNamespace=TEAM)
                for scope in ("WORKSPACE_KIND", "IMAGE_CONFIG", "POD_CONFIG")
            ]
        },
    ),
    refuses("a malformed selector", {FILTERS: [filtering(matchNamespace=MALFORMED)]}),
    refuses("an unknown scope", {FILTERS: [filtering("CLUSTER", matchNamespace=TEAM)]}),
    refuses("an empty list of matches", {FILTERS: [filtering()]}),
    refuses("a condition without a selector", {FILTERS: [{**filtering(), "match": [{}]}]}),
    refuses("an effect without ui and api", {FILTERS: [{**filtering(matchNamespace=TEAM), "effect": {}}]}),
    refuses(
        "an effect that does nothing",
        {
            FILTERS: [
                filtering(
                    effect={"ui": {"hide": False}, "api": {"hide": False, "deny": False}}, matchNamespace=TEAM
                )
            ]
        },
    ),
    refuses(
        "a denyMessage without deny",
        {
            FILTERS: [
                filtering(effect={"api": {"hide": True, "denyMessage": {"text": "no"}}}, matchNamespace=TEAM)
            ]
        },
    ),
    refuses("matchPodConfig about the kind", {FILTERS: [filtering("WORKSPACE_KIND", matchPodConfig=TEAM)]}),
    refuses(
        "matchImageConfig about the kind", {FILTERS: [filtering("WORKSPACE_KIND", matchImageConfig=TEAM)]}
    ),
]

PROBED = [
    refuses("a script without a shebang", script("echo hello")),
    accepts("a plain shebang", script("#!/bin/bash\necho")),
    accepts("a shebang with a space", script("#! /bin/sh\necho")),
    accepts("an env interpreter with an argument", script("#!/usr/bin/env python3\nprint()")),
    accepts("several spaces and arguments", script("#!   /usr/bin/env   -S   python3   -u\nprint()")),
    refuses("a shebang of blanks", script("#! \t \necho")),
    refuses("a shebang that is too long", script(f"#!/bin/{'x' * 249}\n"), "255"),
    refuses(
        "Jupyter at an unknown port", {PROBE: {"jupyter": {"lastActivity": True, "portId": "none"}}}, "none"
    ),
    refuses("both types of probes", {PROBE: {**JUPYTER, **SCRIPT}}),
    refuses("a minimum above the interval", {PROBE: {**SCRIPT, "minProbeIntervalSeconds": 3601}}, "3601"),
    refuses("lastActivity false", {PROBE: {"jupyter": {"lastActivity": False, "portId": "jupyterlab"}}}),
    accepts("Jupyter", {PROBE: JUPYTER}),
]

PAUSED = [
    accepts("a namespace, then all", rules(matching(PAUSING, matchNamespace=TEAM), PAUSING)),
    accepts("both matches in one rule", rules(matching(PAUSING, matchNamespace=TEAM, matchPodConfig=TEAM))),
    accepts("an exemption before all", rules(matching(EXEMPT, matchNamespace=TEAM), PAUSING)),
    refuses("15 seconds", rules(rule(15))),
    refuses("negative seconds of running", rules(rule(minRunningSeconds=-1))),
    refuses("two for all that say the same", rules(PAUSING, PAUSING)),
    refuses("two for all that do not", rules(EXEMPT, PAUSING)),
    refuses("one for all that is not the last", rules(PAUSING, matching(PAUSING, matchNamespace=TEAM))),
    refuses("a pause without a probe", rules(PAUSING, probe=None)),
    accepts("a pause sooner than two probes", rules(rule(3000))),
    refuses(
        "an effect that is null: the schema refuses what the rows would let be",
        rules({**rule(), "effect": {"pauseWorkspace": None}}),
    ),
]


@BOTH
@table([*CREATE, *FILTERED, *PROBED, *PAUSED])
def test_kinds_created(case: Case, settings: Settings) -> None:
    holds(case, KIND, settings, [])


@BOTH
def test_a_pause_that_comes_too_soon_is_one_warning(settings: Settings) -> None:
    def warned(given: Any) -> int:
        found = nbcore.check([edited(KIND, rules(given))], settings=settings).findings
        return sum(one.code == "NB918" and one.severity == "warning" for one in found)

    assert warned(rule(3000)) == 1
    assert warned(rule(3000, pause=False)) == 0


# ---- K update ----


def without(group: Any, *ids: str) -> Edits:
    """The group without some of its values."""
    values: Any = KIND
    for step in group:
        values = values[step]
    return {(*group, "values"): [one for one in values["values"] if one["id"] not in ids]}


def reversed_(group: Any) -> Edits:
    values: Any = KIND
    for step in group:
        values = values[step]
    return {(*group, "values"): values["values"][::-1]}


IN_USE = [
    accepts("images in another order", reversed_(IMAGES)),
    accepts("pods in another order", reversed_(PODS)),
    refuses("another spec of an image in use", {(*IMAGE, "spec", "image"): "other:1"}, "used by"),
    refuses(
        "another spec of a pod in use", {(*PODS, "values", 0, "spec", "nodeSelector"): {"a": "b"}}, "used by"
    ),
    accepts("another spec of an unused image", {(*IMAGES, "values", 1, "spec", "image"): "other:1"}),
    accepts("another spec of an unused pod", {(*PODS, "values", 1, "spec", "nodeSelector"): {"a": "b"}}),
    refuses("an image in use removed", without(IMAGES, "old"), "removed"),
    refuses("a pod in use removed", without(PODS, "tiny"), "removed"),
    accepts("an unused image removed", without(IMAGES, "step_1")),
    accepts("an unused pod removed", without(PODS, "big")),
]
UNUSED = [
    refuses(
        "the default image removed",
        {**without(IMAGES, "new"), (*IMAGES, "values", 0, "redirect"): GONE},
        "new",
    ),
    refuses("the default pod removed", without(PODS, "tiny"), "tiny"),
    refuses("the middle of a chain of images removed", without(IMAGES, "step_2"), "step_2"),
    refuses("the middle of a chain of pods removed", without(PODS, "step_2"), "step_2"),
    accepts("a chain of images removed", without(IMAGES, "step_1", "step_2", "step_3")),
    accepts("a chain of pods removed", without(PODS, "step_1", "step_2", "step_3")),
    refuses(
        "an image that leads to itself",
        {(*IMAGES, "values", 4, "redirect"): {"to": "step_3"}},
        "step_3 → step_3",
    ),
    refuses(
        "two pods that lead to each other", {(*PODS, "values", 4, "redirect"): {"to": "step_1"}}, "step_1 →"
    ),
    refuses("an image that leads to none", {(*IMAGES, "values", 1, "redirect"): {"to": "none"}}, "none"),
    refuses("a pod that leads to none", {(*PODS, "values", 1, "redirect"): {"to": "none"}}, "none"),
    refuses("a default image that is none", {(*IMAGES, "spawner", "default"): "none"}, "none"),
    refuses("a default pod that is none", {(*PODS, "spawner", "default"): "none"}, "none"),
    CREATE[9]._replace(name="ports that become doubles"),
    CREATE[11]._replace(name="a port id that becomes a double"),
    refuses("a port id renamed that images use", {(*PORTS, 0, "id"): "jupyter"}, "jupyterlab"),
    refuses("a label key that becomes bad", {(*METADATA, "labels"): BAD_KEY}),
    refuses("an annotation key that becomes bad", {(*METADATA, "annotations"): BAD_KEY}),
    refuses("a variable that becomes bad", {(*ENV, 0, "value"): "{{ bad }}"}),
    accepts("a variable that stays good", {(*ENV, 0, "value"): "{{ httpPathPrefix `jupyterlab` }}"}),
    refuses("a header that becomes bad", {HEADERS: {"add": {"A": "{{ bad }}"}}}),
    accepts("a header that stays good", {HEADERS: {"add": {"A": '{{ httpPathPrefix "jupyterlab" }}x'}}}),
    refuses("activity rules that become bad", rules(PAUSING, PAUSING)),
    accepts("activity rules that are added with a probe", rules(PAUSING)),
    accepts("filter rules that are added", {FILTERS: [filtering(matchNamespace=TEAM)]}),
    refuses(
        "a filter rule added with a malformed selector", {FILTERS: [filtering(matchNamespace=MALFORMED)]}
    ),
]


@BOTH
@table(IN_USE)
def test_kinds_updated_that_somebody_uses(case: Case, settings: Settings) -> None:
    holds(case, KIND, settings, USERS, update=True)


@BOTH
@table(UNUSED)
def test_kinds_updated_that_nobody_uses(case: Case, settings: Settings) -> None:
    holds(case, KIND, settings, [], update=True)


@BOTH
@table(
    [
        accepts("an old label key is let be", {**CREATE[1].edits, ENV: []}, CREATE[1].edits),
        accepts("an old redirect to none is let be", {**CREATE[5].edits, ENV: []}, CREATE[5].edits),
        accepts("a bad rule is repaired", {}, rules(PAUSING, PAUSING)),
    ]
)
def test_kinds_updated_that_were_wrong_before(case: Case, settings: Settings) -> None:
    holds(case, KIND, settings, [], update=True)


def test_an_old_default_that_is_none_is_refused_by_upstream_and_ratcheted_by_us() -> None:
    """Upstream asks for the defaults on every update, be it of something else."""
    case = refuses("", {**CREATE[7].edits, ENV: []}, "none", CREATE[7].edits)
    holds(case, KIND, COMPAT, [], update=True)
    assert errors(case, KIND, DEFAULT, [], update=True) == []


# ---- K delete ----


@BOTH
def test_kinds_deleted(settings: Settings) -> None:
    def told(beside: list[Any], **more: Any) -> list[str]:
        old = edited(KIND, {(one,): value for one, value in more.items()})
        found = nbcore.check(beside, old=[old, *beside], settings=settings).findings
        return [one.code for one in found if one.source.kind == "WorkspaceKind" and one.severity == "error"]

    protected = {"name": "lab", "finalizers": ["notebooks.kubeflow.org/workspacekind-protection"]}
    assert told([]) == []
    assert told([], status={"workspaces": 1}) == ["NB236"]
    assert told([], metadata=protected) == ["NB236"]


# ---- W ----

OWN, CHOSEN = (*METADATA, "labels"), (*POD, "options")
CREATED = [
    refuses("an unknown kind", {("spec", "kind"): "none"}, "none"),
    refuses("a bad label key", {OWN: BAD_KEY}),
    refuses("a bad annotation key", {(*METADATA, "annotations"): BAD_KEY}),
    refuses("an unknown image", {(*CHOSEN, "imageConfig"): "none"}, "none"),
    refuses("an unknown pod config", {(*CHOSEN, "podConfig"): "none"}, "none"),
    accepts("a valid one", {}),
    accepts("one without displayName", {("spec", "displayName"): GONE}),
]
UPDATED = [
    refuses("another kind", {("spec", "kind"): "other"}, "cannot be changed"),
    refuses("bad labels", {OWN: BAD_KEY}),
    accepts("good labels", {OWN: {"shift": "day"}}),
    refuses("bad annotations", {(*METADATA, "annotations"): BAD_KEY}),
    accepts("good annotations", {(*METADATA, "annotations"): {"example.com/why": "play"}}),
    refuses("a bad image", {(*CHOSEN, "imageConfig"): "none"}, "none"),
    accepts("a good image", {(*CHOSEN, "imageConfig"): "new"}),
    refuses("a bad pod", {(*CHOSEN, "podConfig"): "none"}, "none"),
    accepts("a good pod", {(*CHOSEN, "podConfig"): "small"}),
]
BESIDE = [KIND, edited(KIND, {("metadata", "name"): "other"})]


@BOTH
@table(CREATED)
def test_workspaces_created(case: Case, settings: Settings) -> None:
    holds(case, WORKSPACE, settings, BESIDE)


@BOTH
@table(UPDATED)
def test_workspaces_updated(case: Case, settings: Settings) -> None:
    holds(case, WORKSPACE, settings, BESIDE, update=True)


@BOTH
def test_a_workspace_whose_kind_is_gone_can_still_be_paused(settings: Settings) -> None:
    case = accepts("paused", {("spec", "paused"): True})
    holds(case, WORKSPACE, settings, [], update=True)
