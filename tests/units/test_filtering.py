"""Filter rules: which rule decides, whose labels count, and what nobody can have."""

from __future__ import annotations

from typing import Any

import pytest

from nbcore.checks.kubeflow import label_findings
from nbcore.model.filter_rule import Condition, FilterRule
from nbcore.model.origin import NOWHERE, Origin
from nbcore.model.template import OptionDisplay, OptionGroup, OptionValue, Template, TemplateSpec
from nbcore.resolve.filtering import (
    NO_FILTERS,
    NO_VERDICT,
    Verdict,
    certainly_denied,
    combination_denied,
    compiled,
    evaluate,
    kind_verdict,
)

GPU, CPU = {"gpu": "true"}, {"gpu": "false"}
NVIDIA = {"vendor": "nvidia"}
PROD, DEV = {"tier": "prod"}, {"tier": "dev"}
BROKEN = {"matchExpressions": [{"key": "tier", "operator": "Near", "values": ["prod"]}]}
HIDE, OMIT, DENY = {"hide": True}, {"omit": True}, {"deny": True, "deny_message": "ask ops"}
ABOUT = {"namespace": "namespace", "image": "imageConfig", "pod": "podConfig"}


def labelled(**labels: str) -> dict[str, Any]:
    return {"matchLabels": labels}


def on(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


def rule(scope: str, effect: dict[str, Any], **conditions: Any) -> FilterRule:
    match = [{"about": ABOUT[about], "selector": selector} for about, selector in conditions.items()]
    return FilterRule.model_validate({"scope": scope, "match": match, **effect})


def image_rule(effect: dict[str, Any], **conditions: Any) -> FilterRule:
    return rule("IMAGE_CONFIG", effect, **conditions)


def pod_rule(effect: dict[str, Any], **conditions: Any) -> FilterRule:
    return rule("POD_CONFIG", effect, **conditions)


def kind_rule(effect: dict[str, Any], **conditions: Any) -> FilterRule:
    return rule("WORKSPACE_KIND", effect, **conditions)


def says(verdict: Verdict) -> str:
    """The effects of a verdict, by name."""
    effects = {"hide": verdict.hide, "omit": verdict.omit, "deny": verdict.deny}
    return " ".join(name for name, on in effects.items() if on)


GPU_IMAGES = {"image": labelled(gpu="true")}

CASES: dict[str, tuple[list[FilterRule], str, dict[str, str], dict[str, Any], str]] = {
    "no rules": ([], "IMAGE_CONFIG", GPU, {}, ""),
    "a rule of another scope is skipped": (
        [pod_rule(HIDE, pod=labelled(gpu="true"))], "IMAGE_CONFIG", GPU, {}, "",
    ),
    "ui.hide": ([image_rule(HIDE, **GPU_IMAGES)], "IMAGE_CONFIG", GPU, {}, "hide"),
    "other labels": ([image_rule(HIDE, **GPU_IMAGES)], "IMAGE_CONFIG", CPU, {}, ""),
    "no labels": ([image_rule(HIDE, **GPU_IMAGES)], "IMAGE_CONFIG", {}, {}, ""),
    "api.hide": ([image_rule(OMIT, **GPU_IMAGES)], "IMAGE_CONFIG", GPU, {}, "omit"),
    "api.deny": ([image_rule(DENY, **GPU_IMAGES)], "IMAGE_CONFIG", GPU, {}, "deny"),
    "all effects of one rule": (
        [image_rule({**HIDE, **OMIT, **DENY}, **GPU_IMAGES)], "IMAGE_CONFIG", GPU, {}, "hide omit deny",
    ),
    "every condition holds": (
        [image_rule(HIDE, **GPU_IMAGES, namespace=labelled(tier="prod"))],
        "IMAGE_CONFIG", GPU, {"namespace_labels": PROD}, "hide",
    ),
    "one condition does not hold": (
        [image_rule(HIDE, **GPU_IMAGES, namespace=labelled(tier="prod"))],
        "IMAGE_CONFIG", GPU, {"namespace_labels": DEV}, "",
    ),
    "no namespace was named": (
        [image_rule(HIDE, namespace=labelled(tier="prod"))], "IMAGE_CONFIG", GPU, {}, "",
    ),
    "NotIn does not hold when no namespace was named": (
        [image_rule(HIDE, namespace=on("tier", "NotIn", "prod"))], "IMAGE_CONFIG", GPU, {}, "",
    ),
    "DoesNotExist does not hold when no namespace was named": (
        [image_rule(HIDE, namespace=on("tier", "DoesNotExist"))], "IMAGE_CONFIG", GPU, {}, "",
    ),
    "an empty selector does not hold when no namespace was named": (
        [image_rule(HIDE, namespace={})], "IMAGE_CONFIG", GPU, {}, "",
    ),
    "NotIn holds in a namespace without labels": (
        [image_rule(HIDE, namespace=on("tier", "NotIn", "prod"))],
        "IMAGE_CONFIG", GPU, {"namespace_labels": {}}, "hide",
    ),
    "an empty selector holds in a namespace without labels": (
        [image_rule(HIDE, namespace={})], "IMAGE_CONFIG", GPU, {"namespace_labels": {}}, "hide",
    ),
    "a value without labels has been named": (
        [image_rule(HIDE, image=on("gpu", "DoesNotExist"))], "IMAGE_CONFIG", {}, {}, "hide",
    ),
    "the pod config that was chosen": (
        [image_rule(OMIT, image=labelled(vendor="nvidia"), pod=labelled(gpu="false"))],
        "IMAGE_CONFIG", NVIDIA, {"pod_labels": CPU}, "omit",
    ),
    "no pod config was chosen": (
        [image_rule(OMIT, image=labelled(vendor="nvidia"), pod=labelled(gpu="false"))],
        "IMAGE_CONFIG", NVIDIA, {}, "",
    ),
    "an image's own labels stand above those of the chosen image": (
        [image_rule(HIDE, image=labelled(vendor="nvidia"))],
        "IMAGE_CONFIG", NVIDIA, {"image_labels": {"vendor": "other"}}, "hide",
    ),
    "a pod config looks at itself and at the chosen image": (
        [pod_rule(HIDE, pod=labelled(gpu="false"), image=labelled(vendor="nvidia"))],
        "POD_CONFIG", CPU, {"image_labels": NVIDIA}, "hide",
    ),
    "a pod config's own labels stand above those of the chosen one": (
        [pod_rule(HIDE, pod=labelled(gpu="false"))], "POD_CONFIG", GPU, {"pod_labels": CPU}, "",
    ),
    "two conditions on one subject": (
        [FilterRule(scope="IMAGE_CONFIG", hide=True, match=(
            Condition(about="imageConfig", selector=labelled(gpu="true")),
            Condition(about="imageConfig", selector=labelled(vendor="nvidia"))))],
        "IMAGE_CONFIG", GPU, {}, "",
    ),
    "the kind looks at the namespace": (
        [kind_rule(DENY, namespace=labelled(tier="prod"))],
        "WORKSPACE_KIND", {}, {"namespace_labels": PROD}, "deny",
    ),
    "no condition on an option holds for the kind": (
        [kind_rule(DENY, image={})], "WORKSPACE_KIND", {}, {"image_labels": GPU, "namespace_labels": {}}, "",
    ),
    "labels that no selector can name are no obstacle": (
        [image_rule(HIDE, **GPU_IMAGES)], "IMAGE_CONFIG", {"a b": "ü", "gpu": "true"}, {}, "hide",
    ),
}  # fmt: skip


@pytest.mark.parametrize("drop_broken", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_4_2_3_evaluation(name: str, drop_broken: bool) -> None:
    rules, scope, own, given, expected = CASES[name]
    verdict = evaluate(compiled(rules, drop_broken=drop_broken), scope, own, **given)  # type: ignore[arg-type]
    assert says(verdict) == expected
    assert (verdict.rule is None) == (expected == "")


def test_4_2_3_first_match_wins_entirely() -> None:
    rules = [image_rule(HIDE, **GPU_IMAGES), image_rule(DENY, **GPU_IMAGES)]
    verdict = evaluate(compiled(rules), "IMAGE_CONFIG", GPU)
    assert says(verdict) == "hide"
    assert verdict.rule is rules[0]
    assert says(evaluate(compiled(rules[::-1]), "IMAGE_CONFIG", GPU)) == "deny"


def test_4_2_3_a_rule_that_does_not_match_leaves_the_word_to_the_next() -> None:
    rules = [image_rule(HIDE, image=labelled(gpu="false")), image_rule(DENY, **GPU_IMAGES)]
    assert says(evaluate(compiled(rules), "IMAGE_CONFIG", GPU)) == "deny"


def test_4_2_3_a_message_comes_with_a_denial_only() -> None:
    told = {"deny_message": "ask ops"}
    denied = evaluate(compiled([image_rule({"deny": True, **told}, **GPU_IMAGES)]), "IMAGE_CONFIG", GPU)
    hidden = evaluate(compiled([image_rule({"hide": True, **told}, **GPU_IMAGES)]), "IMAGE_CONFIG", GPU)
    silent = evaluate(compiled([image_rule({"deny": True}, **GPU_IMAGES)]), "IMAGE_CONFIG", GPU)
    assert (denied.message, hidden.message, silent.message) == ("ask ops", None, None)


def test_4_2_3_no_rules_say_nothing() -> None:
    assert evaluate(NO_FILTERS, "POD_CONFIG", GPU) == NO_VERDICT == Verdict()


BROKEN_CASES: dict[str, tuple[list[FilterRule], str, str]] = {
    # what it is: rules, what they say of a GPU image in a dev namespace by default, and with drop_broken
    "hide, all broken": ([image_rule(HIDE, namespace=BROKEN)], "", ""),
    "deny, all broken": ([image_rule(DENY, namespace=BROKEN)], "deny", ""),
    "hide, the rest holds": ([image_rule(HIDE, **GPU_IMAGES, namespace=BROKEN)], "", "hide"),
    "deny, the rest holds": ([image_rule(DENY, **GPU_IMAGES, namespace=BROKEN)], "deny", "deny"),
    "deny, the rest does not hold": (
        [image_rule(DENY, image=labelled(gpu="false"), namespace=BROKEN)], "", "",
    ),
    "hide in front of deny": (
        [image_rule(HIDE, **GPU_IMAGES, namespace=BROKEN), image_rule(DENY, **GPU_IMAGES)], "deny", "hide",
    ),
    "no conditions, hide": ([image_rule(HIDE)], "", ""),
    "no conditions, deny": ([image_rule(DENY)], "deny", ""),
    "no selector": ([image_rule(DENY, namespace=None)], "deny", ""),
    "no object": ([image_rule(DENY, namespace=[1]), image_rule(HIDE, namespace="x")], "deny", ""),
    "about nothing": (
        [FilterRule(scope="IMAGE_CONFIG", hide=True, match=(Condition(selector={}),))], "", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN_CASES)
def test_4_2_2_conditions_that_cannot_be_read(name: str) -> None:
    rules, default, upstream = BROKEN_CASES[name]
    found = [
        says(evaluate(compiled(rules, drop_broken=drop), "IMAGE_CONFIG", GPU, namespace_labels=DEV))
        for drop in (False, True)
    ]
    assert found == [default, upstream]


@pytest.mark.parametrize(("labels", "expected"), [(PROD, "deny"), (DEV, ""), ({}, ""), (None, "")])
def test_4_2_5_the_kind_as_a_whole(labels: dict[str, str] | None, expected: str) -> None:
    filters = compiled([kind_rule(DENY, namespace=labelled(tier="prod")), image_rule(HIDE, image={})])
    assert says(kind_verdict(filters, labels)) == expected


def test_the_rule_that_decides_knows_where_it_stands() -> None:
    one = image_rule(HIDE, **GPU_IMAGES)
    one.placed(Origin(pointer=("spec", "filterRules", 3)))
    verdict = evaluate(compiled([one]), "IMAGE_CONFIG", GPU)
    assert verdict.rule is not None
    assert str(verdict.rule.match[0].origin.path()) == "spec.filterRules[3].match[0]"


NOT_PROD = on("tier", "NotIn", "prod")
CERTAIN: dict[str, tuple[list[FilterRule], dict[str, Any], bool]] = {
    "denied by its own labels": ([image_rule(DENY, **GPU_IMAGES)], {}, True),
    "not denied by anything": ([image_rule(HIDE, **GPU_IMAGES)], {}, False),
    "an earlier rule lets it pass": (
        [image_rule(HIDE, **GPU_IMAGES), image_rule(DENY, **GPU_IMAGES)], {}, False,
    ),
    "an earlier rule may let it pass": (
        [image_rule(HIDE, namespace=labelled(tier="prod")), image_rule(DENY, **GPU_IMAGES)], {}, False,
    ),
    "an earlier rule cannot match": (
        [image_rule(HIDE, image=labelled(gpu="false")), image_rule(DENY, **GPU_IMAGES)], {}, True,
    ),
    "an earlier rule may deny it too": (
        [image_rule(DENY, namespace=labelled(tier="prod")), image_rule(DENY, **GPU_IMAGES)], {}, True,
    ),
    "denied in some namespace that nobody knows": ([image_rule(DENY, namespace=NOT_PROD)], {}, False),
    "denied in every namespace that nobody knows": ([image_rule(DENY, namespace={})], {}, True),
    "denied in all namespaces": (
        [image_rule(DENY, namespace=NOT_PROD)], {"namespaces": [DEV, {}]}, True,
    ),
    "not denied in one namespace": (
        [image_rule(DENY, namespace=NOT_PROD)], {"namespaces": [DEV, PROD]}, False,
    ),
    "let pass in no namespace that there is": (
        [image_rule(HIDE, namespace=labelled(tier="prod")), image_rule(DENY, **GPU_IMAGES)],
        {"namespaces": [DEV]}, True,
    ),
    "no namespaces are no knowledge": (
        [image_rule(DENY, namespace=NOT_PROD)], {"namespaces": []}, False,
    ),
    "some pod config goes with it": ([image_rule(DENY, pod=labelled(gpu="false"))], {}, False),
    "this pod config does not go with it": (
        [image_rule(DENY, pod=labelled(gpu="false"))], {"pod_labels": CPU}, True,
    ),
    "rules are not added up": (
        [image_rule(DENY, namespace=NOT_PROD), image_rule(DENY, namespace=labelled(tier="prod"))], {}, False,
    ),
    "a rule of another scope": ([pod_rule(DENY, image=labelled(gpu="true"))], {}, False),
}  # fmt: skip


@pytest.mark.parametrize("name", CERTAIN)
def test_what_nobody_can_have(name: str) -> None:
    rules, given, expected = CERTAIN[name]
    assert certainly_denied(compiled(rules), "IMAGE_CONFIG", GPU, **given) == expected


PAIRS: dict[str, tuple[list[FilterRule], dict[str, Any], bool]] = {
    "the image is denied": ([image_rule(DENY, **GPU_IMAGES)], {}, True),
    "the pod config is denied": ([pod_rule(DENY, image=labelled(gpu="true"))], {}, True),
    "the kind is denied": ([kind_rule(DENY, namespace={})], {}, True),
    "nothing is denied": ([pod_rule(DENY, image=labelled(gpu="false"))], {}, False),
    "the image here, the pod config there": (
        [image_rule(DENY, namespace=labelled(tier="prod")), pod_rule(DENY, namespace=labelled(tier="dev"))],
        {"namespaces": [PROD, DEV]}, True,
    ),
    "the image here, nothing there": (
        [image_rule(DENY, namespace=labelled(tier="prod"))], {"namespaces": [PROD, DEV]}, False,
    ),
    "a kind is judged before an option is chosen": ([kind_rule(DENY, image={})], {}, False),
}  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
def test_which_pair_nobody_can_have(name: str) -> None:
    rules, given, expected = PAIRS[name]
    filters = compiled(rules)
    assert combination_denied(filters, image_labels=GPU, pod_labels=CPU, **given) == expected


@pytest.mark.parametrize(
    ("key", "value", "fault"),
    [
        ("gpu", "true", None),
        ("example.com/gpu", "", None),
        ("python version", "3", "the key"),
        ("", "3", "the key"),
        ("a/b/c", "3", "the key"),
        ("k" * 64, "3", "the key"),
        ("version", "3.12 (new)", "the value"),
        ("version", "v" * 64, "the value"),
        ("version", "٣", "the value"),
    ],
)
def test_b16_labels_that_no_selector_can_name(key: str, value: str, fault: str | None) -> None:
    display = OptionDisplay.made(NOWHERE, labels={key: value})
    group = OptionGroup.made(
        NOWHERE, id="imageConfig", values=(OptionValue.made(NOWHERE, id="a", display=display),)
    )
    kind = Template.made(NOWHERE, spec=TemplateSpec.made(NOWHERE, options=(group,)))
    found = [f"the {one.path[-1]}" for one in label_findings(kind)]
    assert found == ([fault] if fault else [])
