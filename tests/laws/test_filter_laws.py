"""The laws of filter rules: the first match decides, nothing usable is called denied, upstream is met exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, TypeAlias

from hypothesis import event, given
from hypothesis import strategies as st

from nbcore.kubernetes.names import problem_with_label_key, problem_with_label_value
from nbcore.model.filter_rule import About, Condition, FilterRule, Scope
from nbcore.resolve.filtering import (
    NO_VERDICT,
    certainly_denied,
    combination_denied,
    compiled,
    evaluate,
    kind_verdict,
)

Json: TypeAlias = Any
Labels: TypeAlias = dict[str, str]

KEYS, VALUES = ("a", "b"), ("x", "y")
EVERY: list[Labels] = [
    {key: value for key, value in zip(KEYS, values, strict=True) if value}
    for values in product(("", *VALUES, "z"), repeat=len(KEYS))
]
"""Every map of labels that selectors over the keys and values can tell apart."""
SCOPES: tuple[Scope, ...] = ("IMAGE_CONFIG", "IMAGE_CONFIG", "IMAGE_CONFIG", "POD_CONFIG", "WORKSPACE_KIND")
"""Mostly one, so that rules and what they are asked about meet."""
ABOUTS: tuple[About, ...] = ("namespace", "imageConfig", "podConfig")

keys, values = st.sampled_from(KEYS), st.sampled_from(VALUES)
expressions = st.one_of(
    st.fixed_dictionaries({
        "key": keys, "operator": st.sampled_from(("In", "NotIn")), "values": st.lists(values, min_size=1, max_size=2)
    }),
    st.fixed_dictionaries({"key": keys, "operator": st.sampled_from(("Exists", "DoesNotExist"))}),
)  # fmt: skip
selectors: st.SearchStrategy[Json] = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"matchLabels": st.dictionaries(keys, values, min_size=1, max_size=1)}),
    st.fixed_dictionaries({"matchExpressions": st.lists(expressions, min_size=1, max_size=1)}),
    st.fixed_dictionaries(
        {
            "matchLabels": st.dictionaries(keys, values, max_size=2),
            "matchExpressions": st.lists(expressions, max_size=2),
        }
    ),
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
malformed = st.one_of(
    anything,
    st.fixed_dictionaries({"matchLabels": st.dictionaries(st.just("a b") | keys, anything, max_size=2)}),
    st.fixed_dictionaries({
        "matchExpressions": st.lists(st.fixed_dictionaries({"key": keys, "operator": st.sampled_from(("In", "Near")) }))
    }),
)  # fmt: skip


def rules_with(selector: st.SearchStrategy[Json]) -> st.SearchStrategy[list[FilterRule]]:
    condition = st.builds(Condition, about=st.sampled_from(ABOUTS), selector=selector)
    rule = st.builds(
        FilterRule,
        scope=st.sampled_from(SCOPES),
        match=st.lists(condition, min_size=1, max_size=2).map(tuple),
        hide=st.booleans(),
        omit=st.booleans(),
        deny=st.booleans(),
        deny_message=st.none() | st.just("no"),
    )
    return st.lists(rule, max_size=4)


rules_well_formed = rules_with(selectors)
rules_any = rules_with(selectors | malformed)
scopes = st.sampled_from(SCOPES)
labels = st.sampled_from(EVERY)
unsure = st.none() | labels | labels | labels
contexts = st.fixed_dictionaries({"namespace_labels": unsure, "image_labels": unsure, "pod_labels": unsure})
Context: TypeAlias = dict[str, Labels | None]


@given(rules_any, scopes, labels, contexts, st.booleans())
def test_the_first_match_decides(
    rules: list[FilterRule], scope: Scope, own: Labels, context: Context, drop: bool
) -> None:
    each = [evaluate(compiled([rule], drop_broken=drop), scope, own, **context) for rule in rules]
    first = next((verdict for verdict in each if verdict.rule is not None), NO_VERDICT)
    event("a match" if first.rule else "no match")
    assert evaluate(compiled(rules, drop_broken=drop), scope, own, **context) == first


@given(rules_any, rules_any, scopes, labels, contexts)
def test_appended_rules_change_nothing_that_matched(
    rules: list[FilterRule], more: list[FilterRule], scope: Scope, own: Labels, context: Context
) -> None:
    before = evaluate(compiled(rules), scope, own, **context)
    after = evaluate(compiled([*rules, *more]), scope, own, **context)
    event("a match" if before.rule else "no match")
    assert after == (before if before.rule else evaluate(compiled(more), scope, own, **context))


@given(rules_any, scopes, labels, contexts)
def test_what_upstream_denies_is_denied(
    rules: list[FilterRule], scope: Scope, own: Labels, context: Context
) -> None:
    upstream = evaluate(compiled(rules, drop_broken=True), scope, own, **context)
    event("denied" if upstream.deny else "not denied")
    assert evaluate(compiled(rules), scope, own, **context).deny >= upstream.deny


# ---- upstream, written down once more ----


def upstream_reads(selector: Json) -> bool:
    """Whether Kubernetes makes a selector of this."""
    if not isinstance(selector, dict) or set(selector) - {"matchLabels", "matchExpressions"}:
        return False
    wanted, asked = selector.get("matchLabels"), selector.get("matchExpressions")
    if not isinstance(wanted if wanted is not None else {}, dict) or not isinstance(asked or [], list):
        return False
    if asked is not None and not isinstance(asked, list):
        return False
    named = [*(wanted or {}).items()]
    for one in asked or []:
        if not isinstance(one, dict) or set(one) - {"key", "operator", "values"}:
            return False
        arity = {"In": True, "NotIn": True, "Exists": False, "DoesNotExist": False}.get(
            str(one.get("operator"))
        )
        if arity is None or bool(one.get("values")) is not arity:
            return False
        named += [(one["key"], value) for value in one.get("values") or [""]]
    return not any(problem_with_label_key(key) or problem_with_label_value(value) for key, value in named)


def upstream_selects(selector: Json, have: Mapping[str, str]) -> bool:
    for key, value in (selector.get("matchLabels") or {}).items():
        if have.get(key) != value:
            return False
    for one in selector.get("matchExpressions") or []:
        present = one["key"] in have
        listed = present and have[one["key"]] in (one.get("values") or [])
        truth = {"In": listed, "NotIn": not listed, "Exists": present, "DoesNotExist": not present}
        if not truth[one["operator"]]:
            return False
    return True


def upstream_says(
    rules: Sequence[FilterRule], scope: Scope, own: Labels, context: Context
) -> tuple[bool, bool, bool, str | None]:
    """What §4.2 says, step by step; the kind is asked about with no option in the context."""
    looked_up: dict[About, Labels | None] = {
        "namespace": context["namespace_labels"],
        "imageConfig": None if scope == "WORKSPACE_KIND" else context["image_labels"],
        "podConfig": None if scope == "WORKSPACE_KIND" else context["pod_labels"],
    }
    if scope == "IMAGE_CONFIG":
        looked_up["imageConfig"] = own
    if scope == "POD_CONFIG":
        looked_up["podConfig"] = own
    for rule in rules:
        left = [one for one in rule.match if upstream_reads(one.selector)]
        if rule.scope != scope or not left:
            continue
        for one in left:
            have = looked_up[one.about or "namespace"]
            if have is None or not upstream_selects(one.selector, have):
                break
        else:
            return rule.hide, rule.omit, rule.deny, rule.deny_message if rule.deny else None
    return False, False, False, None


@given(rules_any, scopes, labels, contexts)
def test_dropping_broken_conditions_agrees_with_the_rules_of_upstream(
    rules: list[FilterRule], scope: Scope, own: Labels, context: Context
) -> None:
    found = evaluate(compiled(rules, drop_broken=True), scope, own, **context)
    event("a match" if found.rule else "no match")
    assert (found.hide, found.omit, found.deny, found.message) == upstream_says(rules, scope, own, context)


# ---- what nobody can have ----

namespaces = st.none() | st.lists(labels, max_size=3)


def each(known: Labels | None) -> list[Labels]:
    return EVERY if known is None else [known]


@given(rules_well_formed, scopes, labels, unsure, unsure, namespaces)
def test_what_is_certainly_denied_is_denied_to_everybody(
    rules: list[FilterRule],
    scope: Scope,
    own: Labels,
    image: Labels | None,
    pod: Labels | None,
    given_namespaces: list[Labels] | None,
) -> None:
    filters = compiled(rules)
    certain = certainly_denied(
        filters, scope, own, image_labels=image, pod_labels=pod, namespaces=given_namespaces
    )
    event("denied" if certain else "not denied")
    for namespace, one, other in (
        product(given_namespaces or EVERY, each(image), each(pod)) if certain else ()
    ):
        verdict = evaluate(
            filters, scope, own, namespace_labels=namespace, image_labels=one, pod_labels=other
        )
        assert verdict.deny


@given(rules_any, scopes, labels, labels, labels, st.lists(labels, min_size=1, max_size=3))
def test_nothing_unknown_leaves_nothing_uncertain(
    rules: list[FilterRule], scope: Scope, own: Labels, image: Labels, pod: Labels, known: list[Labels]
) -> None:
    filters = compiled(rules)
    verdicts = [
        evaluate(filters, scope, own, namespace_labels=one, image_labels=image, pod_labels=pod).deny
        for one in known
    ]
    event("denied" if all(verdicts) else "not denied")
    certain = certainly_denied(filters, scope, own, image_labels=image, pod_labels=pod, namespaces=known)
    assert certain == all(verdicts)


@given(rules_well_formed, unsure, unsure, namespaces)
def test_a_combination_that_is_denied_is_denied_to_everybody(
    rules: list[FilterRule],
    image: Labels | None,
    pod: Labels | None,
    given_namespaces: list[Labels] | None,
) -> None:
    filters = compiled(rules)
    certain = combination_denied(filters, image_labels=image, pod_labels=pod, namespaces=given_namespaces)
    event("denied" if certain else "not denied")
    for namespace, one, other in (
        product(given_namespaces or EVERY, each(image), each(pod)) if certain else ()
    ):
        assert (
            kind_verdict(filters, namespace).deny
            or evaluate(filters, "IMAGE_CONFIG", one, namespace_labels=namespace, pod_labels=other).deny
            or evaluate(filters, "POD_CONFIG", other, namespace_labels=namespace, image_labels=one).deny
        )
