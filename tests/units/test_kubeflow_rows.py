"""The rows of Kubeflow's webhooks, each accepting and refusing, on create and on update."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import pytest

from nbcore.catalog import Catalog
from nbcore.checks import kubeflow
from nbcore.finding import Finding
from nbcore.model.template import Template
from nbcore.resolve.grammars import reader_of
from tests.units.webhook_objects import (
    ENV,
    EXEMPT,
    FILTERS,
    GONE,
    IMAGES,
    METADATA,
    PAUSING,
    POD,
    PODS,
    PORTS,
    PROBE,
    RULES,
    SCRIPT,
    Edits,
    edited,
    filtering,
    image,
    kind,
    matching,
    pod,
    workspace,
)

Told = list[tuple[str, str]]
READ = reader_of("go", compat=True)
OPTIONS = (*POD, "options")
LABELS, ANNOTATIONS = (*METADATA, "labels"), (*METADATA, "annotations")
IMAGE_0 = (*IMAGES, "values", 0)
BAD_KEY = {"no key!": "x"}
HUGE = {"example.com/huge": "x" * 262_144}
NATIVE = {
    "apiVersion": "jackhoman.dev/v1beta1",
    "kind": "Template",
    "metadata": {"name": "lab", "namespace": "team"},
    "spec": {"template": {"spec": {"containers": [{"name": "main", "image": "x:1"}]}}},
}


def told(findings: Any) -> Told:
    """Code and field of each error."""
    return [(one.code, one.path.keyed) for one in findings if one.severity == "error"]


def nobody() -> NoReturn:
    raise AssertionError("nothing asks who uses what")


def rows(
    new: Edits | Template, old: Edits | None = None, uses: Any = dict, *, changed_only: bool = True
) -> list[Finding]:
    made = new if isinstance(new, Template) else kind(new)
    before = None if old is None else kind(old)
    return list(kubeflow.kind_rows(before, made, uses, READ, changed_only=changed_only))


def own_rows(
    new: Edits, old: Edits | None = None, of: Template | None = None, *, changed_only: bool = True
) -> Told:
    before = None if old is None else workspace(old)
    return told(kubeflow.workspace_rows(before, workspace(new), of, changed_only=changed_only))


def judged(edits: Edits, expected: Told, unrelated: Edits) -> None:
    """Asserts what is told of some edits of the kind, wherever an update makes upstream ask.

    Shape: ``unrelated`` is an edit that the row does not look at.
    """
    assert told(rows(edits)) == expected, "on create"
    assert told(rows(edits, {})) == expected, "on an update that makes it wrong"
    assert told(rows({**edits, **unrelated}, edits)) == [], "an update of something else is not asked"
    assert told(rows({**edits, **unrelated}, edits, changed_only=False)) == expected, "unless all is asked"
    assert told(rows({}, edits)) == [], "an update that repairs it"


ELSEWHERE: Edits = {("spec", "spawner", "displayName"): "Another name"}


def test_the_sound_objects_are_sound() -> None:
    assert rows({}) == []
    assert rows({}, {}) == []
    assert own_rows({}, None, kind()) == []


# ---- W1 to W5 ----


def test_w1_the_kind_must_exist_and_nothing_else_is_told() -> None:
    wrong: Edits = {LABELS: BAD_KEY, (*OPTIONS, "imageConfig"): "none"}
    assert own_rows(wrong) == [("NB201", "spec.kind")]
    assert own_rows({}, None, kind()) == []


def test_w1_an_update_asks_only_when_one_of_four_parts_changed() -> None:
    assert own_rows({("spec", "paused"): True}, {}) == []
    assert own_rows({(*POD, "volumes", "home"): "other"}, {}) == []
    for edits in (
        {("spec", "kind"): "other"},
        {LABELS: {"shift": "day"}},
        {(*OPTIONS, "imageConfig"): "new"},
        {(*OPTIONS, "podConfig"): "small"},
    ):
        assert own_rows(edits, {}) == [("NB201", "spec.kind")]
    assert own_rows({("spec", "paused"): True}, {}, changed_only=False) == [("NB201", "spec.kind")]


METADATA_CASES = [
    (LABELS, {"ok": "fine", "example.com/a": ""}, 0),
    (LABELS, BAD_KEY, 1),
    (LABELS, {"ok": "not a value"}, 1),
    (LABELS, {"a/b/c": "x", "/a": "y", "x" * 64: "z"}, 3),
    (LABELS, {"ok": "x" * 64}, 1),
    (ANNOTATIONS, {"Example.COM/Why": "any text!"}, 0),
    (ANNOTATIONS, BAD_KEY, 1),
    (ANNOTATIONS, {"example.com/huge": "x" * (262_144 - 16)}, 0),
    (ANNOTATIONS, HUGE, 1),
]


@pytest.mark.parametrize(("path", "given", "errors"), METADATA_CASES)
def test_w2_w3_labels_and_annotations_of_a_workspace(path: Any, given: Any, errors: int) -> None:
    expected = [("NB308", ".".join(path))] * errors
    wrong: Edits = {path: given}
    assert own_rows(wrong, None, kind()) == expected
    assert own_rows(wrong, {}, kind()) == expected
    assert own_rows({**wrong, (*OPTIONS, "podConfig"): "small"}, wrong, kind()) == [], "only when they change"
    assert own_rows({**wrong, ("spec", "paused"): True}, wrong, kind(), changed_only=False) == expected


def test_w2_no_metadata_at_all_is_fine() -> None:
    assert own_rows({METADATA: GONE}, None, kind()) == []
    assert own_rows({METADATA: GONE}, {}, kind()) == []


@pytest.mark.parametrize(
    ("row", "group", "good"), [("w4", "imageConfig", "new"), ("w5", "podConfig", "small")]
)
def test_w4_w5_the_chosen_option_must_exist(row: str, group: str, good: str) -> None:
    path = (*OPTIONS, group)
    expected = [("NB204", ".".join(path))]
    assert own_rows({path: "none"}, None, kind()) == expected
    assert own_rows({path: "none"}, {}, kind()) == expected
    assert own_rows({path: good}, {}, kind()) == []
    assert own_rows({path: "none", LABELS: {}}, {path: "none"}, kind()) == [], "it does not change"
    assert own_rows({path: "none"}, {path: "none"}, kind(), changed_only=False) == expected


def test_w4_hidden_redirected_and_denied_options_may_be_chosen() -> None:
    denying = kind({FILTERS: [filtering(effect={"api": {"deny": True}}, matchNamespace={})]})
    assert own_rows({(*OPTIONS, "imageConfig"): "old"}, None, denying) == []


# ---- K1 to K3 ----


@pytest.mark.parametrize(("path", "given", "errors"), METADATA_CASES)
def test_k1_labels_and_annotations_of_the_pod(path: Any, given: Any, errors: int) -> None:
    judged({path: given}, [("NB403", ".".join(path))] * errors, ELSEWHERE)


TEXTS = [
    ("", True),
    ("plain", True),
    ('{{ httpPathPrefix "jupyterlab" }}', True),
    ('{{- httpPathPrefix "no such port" -}}', True),
    ("{{/* a comment */}}", True),
    ("{{ httpPathPrefix 'jupyterlab' }}", False),
    ("{{ nothing }}", False),
    ("{{ httpPathPrefix }}", False),
    ("{{", False),
    ("{{}}", False),
]


@pytest.mark.parametrize(("text", "good"), TEXTS)
def test_k2_env_values_must_render(text: str, good: bool) -> None:
    edits: Edits = {ENV: [{"name": "A", "value": text}]}
    judged(edits, [] if good else [("NB212", "spec.podTemplate.extraEnv[A].value")], ELSEWHERE)


def test_k2_variables_without_a_value_are_not_read() -> None:
    source = {"fieldRef": {"fieldPath": "metadata.name"}}
    judged({ENV: [{"name": "A", "valueFrom": source}, {"name": "B"}]}, [], ELSEWHERE)


def test_k2_the_message_never_holds_the_value() -> None:
    (found,) = rows({ENV: [{"name": "A", "value": "s3cret {{ nothing }}"}]})
    assert "s3cret" not in found.message + found.remedy


@pytest.mark.parametrize("field", ["set", "add"])
@pytest.mark.parametrize(("text", "good"), TEXTS)
def test_k3_request_headers_must_render(field: str, text: str, good: bool) -> None:
    path = (*PORTS, 0, "httpProxy", "requestHeaders")
    place = f"spec.podTemplate.ports[jupyterlab].httpProxy.requestHeaders.{field}.Host"
    judged({path: {field: {"Host": text}}}, [] if good else [("NB212", place)], ELSEWHERE)


# ---- K4 ----

HIDE, OMIT, DENY = {"ui": {"hide": True}}, {"api": {"hide": True}}, {"api": {"deny": True}}
NOTHING = {"ui": {"hide": False}, "api": {"hide": False, "deny": False}}
TEAM = {"matchLabels": {"team": "a"}}


def on(operator: str, *values: str, key: str = "team") -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


@pytest.mark.parametrize("effect", [HIDE, OMIT, DENY, {"ui": {"hide": False}, "api": {"hide": True}}])
@pytest.mark.parametrize("scope", ["IMAGE_CONFIG", "POD_CONFIG", "WORKSPACE_KIND"])
def test_k4_rules_that_do_something_are_fine(effect: Any, scope: str) -> None:
    judged({FILTERS: [filtering(scope, effect, matchNamespace=TEAM)]}, [], ELSEWHERE)


def test_k4_a_rule_must_do_something() -> None:
    rules = [filtering(matchNamespace=TEAM), filtering(effect=NOTHING, matchNamespace=TEAM)]
    judged({FILTERS: rules}, [("NB229", "spec.filterRules[1].effect")], ELSEWHERE)


@pytest.mark.parametrize("about", ["matchImageConfig", "matchPodConfig"])
@pytest.mark.parametrize("scope", ["IMAGE_CONFIG", "POD_CONFIG", "WORKSPACE_KIND"])
def test_k4_a_rule_about_the_kind_cannot_match_options(about: str, scope: str) -> None:
    rule = filtering(scope, None, matchNamespace={}, **{about: TEAM})
    wrong = [("NB229", f"spec.filterRules[0].match[1].{about}")] if scope == "WORKSPACE_KIND" else []
    judged({FILTERS: [rule]}, wrong, ELSEWHERE)


SELECTORS: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    (TEAM, []),
    (on("In", "a", "b"), []),
    (on("Exists"), []),
    ({"matchLabels": {"team": ""}}, []),
    ({"matchLabels": {"no key!": "x"}}, ["matchLabels"]),
    ({"matchLabels": {"no key!": "no value!"}}, ["matchLabels"]),
    (on("In"), ["matchExpressions[0].values"]),
    (on("NotIn"), ["matchExpressions[0].values"]),
    (on("Exists", "a"), ["matchExpressions[0].values"]),
    (on("DoesNotExist", "a"), ["matchExpressions[0].values"]),
    (on("Gt", "1"), ["matchExpressions[0].operator"]),
    (on("In", "fine", "not fine"), ["matchExpressions[0].values[1]"]),
    (on("In", "a", key="no key!"), ["matchExpressions[0].key"]),
]


@pytest.mark.parametrize(("selector", "places"), SELECTORS)
@pytest.mark.parametrize("about", ["matchNamespace", "matchImageConfig", "matchPodConfig"])
def test_k4_selectors_must_be_valid(about: str, selector: Any, places: list[str]) -> None:
    at = f"spec.filterRules[0].match[0].{about}.selector"
    judged(
        {FILTERS: [filtering(**{about: selector})]}, [("NB230", f"{at}.{one}") for one in places], ELSEWHERE
    )


# ---- K5 ----

LONG_255 = "#!/bin/" + "x" * 248
SCRIPTS = [
    ("#!/bin/bash\nexit 0", True),
    ("#! /bin/sh", True),
    ("#!\t /usr/bin/env  python3   -u -x\r\nprint()", True),
    (LONG_255, True),
    (LONG_255 + "\rmore", True),
    (LONG_255 + "x", False),
    ("#!/bin/" + "é" * 125, False),
    ("#!", False),
    ("#! \t\n/bin/sh", False),
    ("echo\n#!/bin/sh", False),
    ("\n#!/bin/sh", False),
    (" #!/bin/sh", False),
]


@pytest.mark.parametrize(("script", "good"), SCRIPTS)
def test_k5_a_script_must_name_what_runs_it(script: str, good: bool) -> None:
    wrong = [] if good else [("NB231", "spec.podTemplate.activityProbe.podExec.script")]
    judged({PROBE: {"podExec": {"script": script}}}, wrong, ELSEWHERE)


def test_k5_jupyter_must_answer_at_a_port_of_the_kind() -> None:
    good = {"jupyter": {"lastActivity": True, "portId": "jupyterlab"}}
    bad = {"jupyter": {"lastActivity": True, "portId": "jupyter"}}
    judged({PROBE: good}, [], ELSEWHERE)
    judged({PROBE: bad}, [("NB231", "spec.podTemplate.activityProbe.jupyter.portId")], ELSEWHERE)


def test_k5_is_asked_when_the_ports_change() -> None:
    bad: Edits = {PROBE: SCRIPT | {"podExec": {"script": "echo"}}}
    changed = {**bad, (*PORTS, 0, "defaultDisplayName"): "Lab"}
    assert told(rows(changed, bad)) == [("NB231", "spec.podTemplate.activityProbe.podExec.script")]


# ---- K6, K7 ----


@pytest.mark.parametrize("group", [IMAGES, PODS])
def test_k6_k7_the_default_must_exist_and_is_always_asked(group: Any) -> None:
    path = (*group, "spawner", "default")
    expected = [("NB211", ".".join(path))]
    assert told(rows({path: "none"})) == expected
    assert told(rows({path: "none"}, {})) == expected
    assert told(rows({path: "none", **ELSEWHERE}, {path: "none"})) == expected
    assert told(rows({path: "step_3"}, {})) == []


# ---- K8, K9 ----


def with_ports(*ports: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"id": id_, "port": number} for id_, number in ports]


def kind_ports(*ids: str) -> list[dict[str, Any]]:
    return [{"id": id_, "protocol": "HTTP", "defaultDisplayName": "A port"} for id_ in ids]


AT_0 = "spec.podTemplate.options.imageConfig.values[old].spec.ports"


def test_k8_the_port_numbers_of_an_image_differ() -> None:
    ids = {PORTS: kind_ports("jupyterlab", "a", "b")}
    twice = with_ports(("jupyterlab", 80), ("a", 80), ("b", 80))
    expected = [("NB222", f"{AT_0}[a].port"), ("NB222", f"{AT_0}[b].port")]
    assert told(rows({**ids, (*IMAGE_0, "spec", "ports"): twice})) == expected
    assert told(rows({**ids, (*IMAGE_0, "spec", "ports"): twice}, ids)) == expected
    good = with_ports(("jupyterlab", 80), ("a", 81), ("b", 82))
    assert told(rows({**ids, (*IMAGE_0, "spec", "ports"): good}, ids)) == []


def test_k9_the_ports_of_an_image_are_ports_of_the_kind() -> None:
    unknown = {(*IMAGE_0, "spec", "ports"): with_ports(("jupyterlab", 80), ("jupyter", 81))}
    judged(unknown, [("NB228", f"{AT_0}[jupyter].id")], ELSEWHERE)


def test_k8_k9_only_values_that_the_update_touches_are_asked() -> None:
    bad: Edits = {(*IMAGE_0, "spec", "ports"): with_ports(("jupyter", 80))}
    other: Edits = {**bad, (*IMAGES, "values", 1, "spec", "image"): "other:1"}
    assert told(rows(other, bad)) == []
    assert told(rows({**bad, (*IMAGE_0, "spec", "image"): "other:1"}, bad)) == [
        ("NB228", f"{AT_0}[jupyter].id")
    ]
    assert told(rows({**bad, (*IMAGE_0, "spawner", "hidden"): False}, bad)) == []


def test_k8_k9_all_values_are_asked_when_the_ports_of_the_kind_change() -> None:
    bad: Edits = {(*IMAGE_0, "spec", "ports"): with_ports(("jupyter", 80))}
    changed = {**bad, PORTS: kind_ports("jupyterlab", "other")}
    assert told(rows(changed, bad)) == [("NB228", f"{AT_0}[jupyter].id")]


# ---- K10, K11 ----


@pytest.mark.parametrize(("group", "make"), [("imageConfig", image), ("podConfig", pod)])
def test_k10_k11_redirects_lead_somewhere(group: str, make: Any) -> None:
    values = (*OPTIONS, group, "values")
    default = (*OPTIONS, group, "spawner", "default")
    at = f"{'.'.join(values)}[{{}}].redirect.to"

    def of(*options: dict[str, Any]) -> dict[Any, Any]:
        return {values: list(options), default: options[-1]["id"]}

    cases: list[tuple[dict[Any, Any], Told]] = [
        (of(make("a", "b"), make("b", "c"), make("c")), []),
        (of(make("a", "a"), make("z")), [("NB208", at.format("a"))]),
        (of(make("a", "b"), make("b", "a"), make("z")), [("NB208", at.format(one)) for one in "ab"]),
        (of(make("x", "a"), make("a", "a"), make("z")), [("NB208", at.format("a"))]),
        (
            of(make("a", "none"), make("b", "b"), make("z")),
            [("NB208", at.format("b")), ("NB207", at.format("a"))],
        ),
        (of(make("a", "none"), make("z", "gone")), [("NB207", at.format("a")), ("NB207", at.format("z"))]),
    ]
    for edits, expected in cases:
        judged(edits, expected, ELSEWHERE)


@pytest.mark.parametrize(("group", "path"), [(IMAGES, (*IMAGES, "values", 2)), (PODS, (*PODS, "values", 3))])
def test_k10_k11_are_asked_when_a_redirect_changes_its_message_alone(group: Any, path: Any) -> None:
    bad = {(*path, "redirect", "to"): "none"}
    changed = {**bad, (*path, "redirect", "message", "text"): "other words"}
    assert told(rows(changed, bad)) == [("NB207", f"{'.'.join(group)}.values[step_1].redirect.to")]
    assert told(rows({**bad, (*path, "spawner", "displayName"): "Step"}, bad)) == []


def test_k10_a_removed_middle_of_a_chain_is_a_missing_target() -> None:
    values = kind().origin.value["spec"]["podTemplate"]["options"]["imageConfig"]["values"]
    without = {(*IMAGES, "values"): [one for one in values if one["id"] != "step_2"]}
    (found,) = rows(without, {}, dict)
    assert (found.code, "step_2" in found.message) == ("NB207", True)


# ---- K12 ----

NIGHT, GPU = {"matchLabels": {"shift": "night"}}, {"matchLabels": {"gpu": "true"}}
SOON = {"config": {"secondsSinceActive": 7199}, "effect": {"pauseWorkspace": True}}
BOTH = matching(PAUSING, matchNamespace=NIGHT, matchPodConfig=GPU)
ACTIVITY: list[tuple[list[Any], Told]] = [
    ([], []),
    ([matching(PAUSING, matchNamespace=NIGHT), PAUSING], []),
    ([BOTH], []),
    ([matching(EXEMPT, matchPodConfig=GPU), PAUSING], []),
    ([matching(PAUSING, matchNamespace={}), PAUSING], []),
    (
        [PAUSING, PAUSING],
        [("NB232", "spec.activityRules[0].match"), ("NB232", "spec.activityRules[1].match")],
    ),
    ([EXEMPT, PAUSING], [("NB232", "spec.activityRules[0].match"), ("NB232", "spec.activityRules[1].match")]),
    ([PAUSING, BOTH], [("NB232", "spec.activityRules[0].match")]),
    ([{**PAUSING, "match": {}}, BOTH], [("NB232", "spec.activityRules[0].match")]),
    (
        [PAUSING, EXEMPT, BOTH],
        [
            ("NB232", "spec.activityRules[0].match"),
            ("NB232", "spec.activityRules[1].match"),
            ("NB232", "spec.activityRules[1].match"),
        ],
    ),
]


@pytest.mark.parametrize(("given", "expected"), ACTIVITY)
def test_k12_a_rule_that_matches_everything_is_the_only_one_and_the_last(given: Any, expected: Told) -> None:
    judged({PROBE: SCRIPT, RULES: given}, expected, ELSEWHERE)


@pytest.mark.parametrize(("selector", "places"), SELECTORS)
@pytest.mark.parametrize("about", ["matchNamespace", "matchPodConfig"])
def test_k12_selectors_must_be_valid(about: str, selector: Any, places: list[str]) -> None:
    at = f"spec.activityRules[0].match.{about}.selector"
    edits: Edits = {PROBE: SCRIPT, RULES: [matching(PAUSING, **{about: selector})]}
    judged(edits, [("NB230", f"{at}.{one}") for one in places], ELSEWHERE)


def test_k12_who_pauses_needs_a_probe() -> None:
    judged({RULES: [PAUSING]}, [("NB233", "spec.podTemplate.activityProbe")], ELSEWHERE)
    judged({RULES: [EXEMPT]}, [], ELSEWHERE)
    without = {RULES: [PAUSING]}
    assert told(rows(without, {**without, PROBE: SCRIPT})) == [("NB233", "spec.podTemplate.activityProbe")]


@pytest.mark.parametrize(
    ("seconds", "interval", "pauses", "warned"),
    [
        (7199, None, True, True),
        (7200, None, True, False),
        (3000, 1500, True, False),
        (2999, 1500, True, True),
        (16, None, False, False),
    ],
)
def test_k12_who_pauses_too_soon_is_warned(seconds: int, interval: Any, pauses: bool, warned: bool) -> None:
    rule = {"config": {"secondsSinceActive": seconds}, "effect": {"pauseWorkspace": pauses}}
    probe = {**SCRIPT, **({"probeIntervalSeconds": interval} if interval else {})}
    found = rows({PROBE: probe, RULES: [rule]})
    expected = [("NB918", "warning", "spec.activityRules[0].config.secondsSinceActive")] if warned else []
    assert [(one.code, one.severity, one.path.keyed) for one in found] == expected
    assert rows({PROBE: probe, RULES: [rule], **ELSEWHERE}, {PROBE: probe, RULES: [rule]}) == []


def test_k12_rules_without_an_effect_are_not_asked() -> None:
    """Only rules that bypassed the schema have none."""
    made = kind({PROBE: SCRIPT, RULES: [SOON, PAUSING, PAUSING]})
    spec: Any = made.spec
    first, second, last = spec.pause_rules
    silent = (first.model_copy(update={"pause": None}), second.model_copy(update={"pause": None}), last)
    assert rows(made.model_copy(update={"spec": spec.model_copy(update={"pause_rules": silent})})) == []


def test_k12_without_a_probe_the_usual_interval_counts() -> None:
    assert {one.code for one in rows({RULES: [SOON]})} == {"NB233", "NB918"}


# ---- K13 to K16 ----

USED: Mapping[str, Mapping[str, int]] = {"imageConfig": {"old": 2}, "podConfig": {"tiny": 1}}


def used() -> Mapping[str, Mapping[str, int]]:
    return USED


def without(group: Any, id_: str) -> Edits:
    values: Any = kind().origin.value
    for step in group:
        values = values[step]
    kept = [one for one in values["values"] if one["id"] != id_]
    return {(*group, "values"): kept, (*group, "spawner", "default"): "step_3"}


PROTECTED = [
    (IMAGES, "old", "new", ("image",), "other:1"),
    (PODS, "tiny", "small", ("nodeSelector",), {"a": "b"}),
]


@pytest.mark.parametrize(("group", "in_use", "free", "field", "value"), PROTECTED)
def test_k13_k15_what_an_option_in_use_sets_cannot_change(
    group: Any, in_use: str, free: str, field: Any, value: Any
) -> None:
    at = (*group, "values")
    expected = [("NB234", f"{'.'.join(at)}[{in_use}]")]
    assert told(rows({(*at, 0, "spec", *field): value}, {}, used)) == expected
    assert told(rows({(*at, 0, "spec", *field): value}, {}, used, changed_only=False)) == expected
    assert told(rows({(*at, 1, "spec", *field): value}, {}, used)) == [], "another one may"
    assert told(rows({(*at, 0, "spec", *field): value}, None, used)) == [], (
        "nothing is in use before it is there"
    )


@pytest.mark.parametrize(("group", "in_use", "free", "field", "value"), PROTECTED)
def test_k14_k16_an_option_in_use_cannot_be_removed(
    group: Any, in_use: str, free: str, field: Any, value: Any
) -> None:
    expected = [("NB235", f"{'.'.join(group)}.values[{in_use}]")]
    assert told(rows(without(group, in_use), {}, used)) == expected
    other = "step_1" if group == IMAGES else "big"
    assert told(rows(without(group, other), {}, used)) == []


@pytest.mark.parametrize("group", [IMAGES, PODS])
def test_k13_k15_everything_but_what_it_sets_may_change(group: Any) -> None:
    values: Any = kind().origin.value
    for step in group:
        values = values[step]
    at = (*group, "values", 0)
    for edits in (
        {(*group, "values"): values["values"][::-1]},
        {(*at, "spawner"): {"displayName": "Other", "description": "Words", "labels": [], "hidden": True}},
        {(*at, "redirect"): {"to": "step_3"}},
    ):
        assert rows(edits, {}, nobody) == [], "and nobody is asked who uses it"


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ({"resources": {"limits": {"cpu": "1"}}}, {"resources": {"limits": {"cpu": "1000m"}}}, True),
        ({"resources": {"limits": {"cpu": 1}}}, {"resources": {"limits": {"cpu": "1"}}}, True),
        ({"resources": {"limits": {"cpu": 1}}}, {"resources": {"limits": {"cpu": "1001m"}}}, False),
        ({"tolerations": []}, {}, True),
        ({"tolerations": None, "nodeSelector": {}}, {}, True),
        ({"resources": {"limits": {}}}, {"resources": {}}, True),
        ({"resources": {}}, {}, False),
        ({"affinity": {}}, {}, False),
        ({"tolerations": [{"key": "a", "effect": ""}]}, {"tolerations": [{"key": "a"}]}, True),
        ({"tolerations": [{"key": "a"}, {"key": "b"}]}, {"tolerations": [{"key": "b"}, {"key": "a"}]}, False),
        ({"nodeSelector": {"a": ""}}, {"nodeSelector": {}}, False),
        ({"podMetadata": {"labels": {}}}, {"podMetadata": {}}, True),
    ],
)
def test_k15_the_same_in_other_words_is_no_change(before: Any, after: Any, same: bool) -> None:
    path = (*PODS, "values", 0, "spec")
    found = rows({path: after}, {path: before}, used)
    assert [one.code for one in found] == ([] if same else ["NB234"])
    back = rows({path: before}, {path: after}, used)
    assert [one.code for one in back] == ([] if same else ["NB234"])


def test_k13_what_the_crd_fills_in_is_no_change() -> None:
    path = (*IMAGE_0, "spec", "imagePullPolicy")
    assert rows({path: "IfNotPresent"}, {}, used) == []
    assert told(rows({path: "Always"}, {}, used)) == [("NB234", AT_0.removesuffix(".spec.ports"))]
    assert rows({(*IMAGE_0, "spec", "ports", 0, "port"): 8888.0}, {}, used) == []


def test_k13_to_k16_ask_once_who_uses_what() -> None:
    asked: list[None] = []

    def counting() -> Mapping[str, Mapping[str, int]]:
        asked.append(None)
        return USED

    edits = {(*IMAGE_0, "spec", "image"): "other:1", (*PODS, "values", 0, "spec", "nodeSelector"): {"a": "b"}}
    assert len(told(rows(edits, {}, counting))) == 2
    assert len(asked) == 1


# ---- DELETE, and what is no row ----


def deleted(users: int, **metadata: Any) -> Told:
    return told(kubeflow.deletion_rows(kind({("metadata",): {"name": "lab", **metadata}}), users))


def test_delete_is_refused_while_it_is_used_or_protected() -> None:
    protection = "notebooks.kubeflow.org/workspacekind-protection"
    assert deleted(0) == []
    assert deleted(1) == [("NB236", "metadata.name")]
    assert deleted(1, finalizers=[protection]) == [("NB236", "metadata.name")]
    assert deleted(0, finalizers=[protection]) == [("NB236", "metadata.finalizers")]
    assert deleted(0, finalizers=["example.com/other"]) == []


@pytest.mark.parametrize("ask", [rows, lambda one: list(kubeflow.advice(one))])
def test_a_template_of_another_dialect_is_the_callers_fault(ask: Any) -> None:
    (native,) = Catalog([NATIVE]).templates
    with pytest.raises(TypeError, match="Template"):
        ask(native)


@pytest.mark.parametrize(
    ("metadata", "fields"),
    [
        ({"name": "a" * 63}, []),
        ({"name": "a" * 64}, ["metadata.name"]),
        ({"name": "a.b"}, ["metadata.name"]),
        ({"name": "a." + "b" * 62}, ["metadata.name", "metadata.name"]),
        ({"generateName": "a" * 100 + "-"}, []),
        ({"generateName": "a.b-"}, ["metadata.generateName"]),
    ],
)
def test_b5_names_that_will_not_fit(metadata: Any, fields: list[str]) -> None:
    one = workspace({("metadata",): {"namespace": "team", **metadata}})
    assert told(kubeflow.name_findings(one)) == [("NB490", field) for field in fields]


def volume(name: str) -> dict[str, Any]:
    return {"name": name, "emptyDir": {}}


@pytest.mark.parametrize(
    ("name", "reserved"),
    [
        ("home-volume", True),
        ("data-volume-0", True),
        ("secret-volume-12", True),
        ("data-volume-01", False),
        ("data-volume", False),
        ("my-home-volume", False),
    ],
)
def test_b7_names_of_volumes_that_are_reserved(name: str, reserved: bool) -> None:
    mount = [{"name": name, "mountPath": "/x"}]
    told_of = [
        told(kubeflow.reserved_findings(kind(edits)))
        for edits in (
            {(*POD, "extraVolumes"): [volume(name)], (*POD, "extraVolumeMounts"): mount},
            {(*POD, "extraVolumeMounts"): mount},
        )
    ]
    paths = [f"spec.podTemplate.extraVolumes[{name}].name", "spec.podTemplate.extraVolumeMounts[/x].name"]
    assert told_of == [[("NB319", path)] if reserved else [] for path in paths]


def test_b16_labels_that_no_selector_can_match() -> None:
    labels = [
        {"key": "a b", "value": "fine"},
        {"key": "fine", "value": "3.11 or so"},
        {"key": "ok", "value": "x"},
    ]
    found = list(kubeflow.label_findings(kind({(*PODS, "values", 0, "spawner", "labels"): labels})))
    assert [(one.code, one.severity, str(one.path).rpartition("spawner.")[2]) for one in found] == [
        ("NB919", "warning", "labels[0].key"),
        ("NB919", "warning", "labels[1].value"),
    ]


# ---- advice ----

JUPYTER = {"jupyter": {"lastActivity": True, "portId": "jupyterlab"}}
TWO_PORTS = kind_ports("jupyterlab", "vscode")
WIDE, NARROW = filtering(matchNamespace=TEAM), filtering(effect=DENY, matchNamespace=TEAM, matchPodConfig={})
OTHER_PORT: Edits = {
    PORTS: TWO_PORTS,
    (*IMAGES, "values", 3, "redirect"): GONE,
    (*IMAGES, "values", 4, "spec", "ports"): with_ports(("vscode", 80)),
}
ADVICE: list[tuple[str, Edits, Edits]] = [
    (
        "NB920",
        {PROBE: JUPYTER, (*PORTS, 0, "httpProxy"): {"removePathPrefix": True}},
        {PROBE: SCRIPT, (*PORTS, 0, "httpProxy"): {"removePathPrefix": True}},
    ),
    (
        "NB921",
        {PROBE: JUPYTER, **OTHER_PORT},
        {PROBE: SCRIPT, **OTHER_PORT},
    ),
    (
        "NB922",
        {PORTS: TWO_PORTS, (*IMAGE_0, "spec", "ports"): with_ports(("jupyterlab", 80), ("vscode", 81))},
        {
            PORTS: TWO_PORTS,
            (*IMAGES, "values", 1, "spec", "ports"): with_ports(("jupyterlab", 80), ("vscode", 81)),
        },
    ),
    ("NB923", {FILTERS: [WIDE, NARROW]}, {FILTERS: [NARROW, WIDE]}),
    (
        "NB924",
        {(*POD, "extraVolumeMounts"): [{"name": "x", "mountPath": "/home//jovyan/"}]},
        {(*POD, "extraVolumeMounts"): [{"name": "x", "mountPath": "/home/jovyan/deeper"}]},
    ),
]


@pytest.mark.parametrize(("code", "wrong", "right"), ADVICE)
def test_advice_is_given_where_it_is_due(code: str, wrong: Edits, right: Edits) -> None:
    found = list(kubeflow.advice(kind(wrong)))
    assert [(one.code, one.severity) for one in found] == [(code, "warning")]
    assert list(kubeflow.advice(kind(right))) == []


def test_advice_on_filters_compares_only_what_asks_the_same() -> None:
    image_rule, pod_rule = (filtering(scope, matchNamespace={}) for scope in ("IMAGE_CONFIG", "POD_CONFIG"))
    needs_pod = filtering(matchPodConfig={})
    for sound in (
        [image_rule, pod_rule],
        [needs_pod, image_rule],
        [filtering(matchNamespace=on("In")), WIDE],
    ):
        assert list(kubeflow.advice(kind({FILTERS: sound}))) == []
    assert [one.code for one in kubeflow.advice(kind({FILTERS: [image_rule] * 3}))] == ["NB923"] * 2


def test_findings_stand_where_the_wrong_part_was_written() -> None:
    import yaml

    import nbcore

    text = yaml.safe_dump(edited(kind().origin.value, {LABELS: {"good": "x", "no key!": "x"}}))
    (document,) = nbcore.load(text.encode(), "kind.yaml")
    (found,) = rows(Catalog([document]).templates[0])
    assert found.position is not None
    assert text.splitlines()[found.position.line - 1].strip() == "no key!: x"
