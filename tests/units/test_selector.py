"""Label selectors: reading, matching and explaining."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcore.kubernetes.selector import Selector, explain, matches

LABELS = {"team": "ml", "tier": "gpu", "empty": ""}


def _expression(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


@pytest.mark.parametrize(
    ("selector", "labels", "verdict"),
    [
        (None, LABELS, False),
        ({}, LABELS, True),
        ({}, {}, True),
        ({}, None, True),
        ({"matchLabels": None, "matchExpressions": None}, {}, True),
        ({"matchLabels": {}, "matchExpressions": []}, {}, True),
        ({"matchLabels": {"team": "ml"}}, LABELS, True),
        ({"matchLabels": {"team": "ml", "tier": "cpu"}}, LABELS, False),
        ({"matchLabels": {"team": "ml"}}, None, False),
        ({"matchLabels": {"empty": ""}}, LABELS, True),
        ({"matchLabels": {"absent": ""}}, LABELS, False),
        (_expression("team", "In", "web", "ml"), LABELS, True),
        (_expression("team", "In", "web"), LABELS, False),
        (_expression("absent", "In", ""), LABELS, False),
        (_expression("team", "NotIn", "web"), LABELS, True),
        (_expression("team", "NotIn", "web", "ml"), LABELS, False),
        (_expression("absent", "NotIn", "web"), LABELS, True),
        (_expression("empty", "Exists"), LABELS, True),
        (_expression("absent", "Exists"), LABELS, False),
        (_expression("absent", "DoesNotExist"), LABELS, True),
        (_expression("empty", "DoesNotExist"), LABELS, False),
        ({"matchLabels": {"team": "ml"}, **_expression("tier", "In", "cpu")}, LABELS, False),
        ({"matchLabels": {"team": "ml"}, **_expression("tier", "In", "gpu")}, LABELS, True),
        (_expression("team", "Like", "ml"), LABELS, False),
        ([], LABELS, False),
        ("team=ml", LABELS, False),
    ],
)
def test_matches(selector: Any, labels: dict[str, str] | None, verdict: bool) -> None:
    assert matches(selector, labels) is verdict
    assert (explain(selector, labels) == "") is verdict


@pytest.mark.parametrize(
    ("selector", "paths"),
    [
        ("x", [()]),
        (0, [()]),
        (False, [()]),
        ([], [()]),
        ({"matchlabels": {}}, [("matchlabels",)]),
        ({"matchLabels": []}, [("matchLabels",)]),
        ({"matchLabels": {"a b": "x", "ok": "-"}}, [("matchLabels", "a b"), ("matchLabels", "ok")]),
        ({"matchLabels": {"a": 1}}, [("matchLabels", "a")]),
        ({"matchExpressions": {}}, [("matchExpressions",)]),
        ({"matchExpressions": [None]}, [("matchExpressions", 0)]),
        (_expression("a", "in", "x"), [("matchExpressions", 0, "operator")]),
        (_expression("a", "In"), [("matchExpressions", 0, "values")]),
        (_expression("a", "NotIn"), [("matchExpressions", 0, "values")]),
        (_expression("a", "Exists", "x"), [("matchExpressions", 0, "values")]),
        (_expression("", "Exists"), [("matchExpressions", 0, "key")]),
        (_expression("a", "In", "x", "-"), [("matchExpressions", 0, "values", 1)]),
        ({"matchExpressions": [{"key": "a", "operator": []}]}, [("matchExpressions", 0, "operator")]),
        (
            {"matchExpressions": [{"key": "a", "operator": "In", "values": "x"}]},
            [("matchExpressions", 0, "values")],
        ),
        ({"matchExpressions": [{"key": "a", "operator": "Exists", "x": 1}]}, [("matchExpressions", 0, "x")]),
        (
            {"matchExpressions": [{}]},
            [("matchExpressions", 0, "key"), ("matchExpressions", 0, "operator")],
        ),
    ],
)
def test_problems_are_collected_with_their_place(selector: Any, paths: list[tuple[Any, ...]]) -> None:
    parsed, problems = Selector.parse(selector)
    assert parsed is None
    assert [path for path, _ in problems] == paths
    assert explain(selector, {}).startswith("the selector is not valid: ")


def test_absent_is_not_empty() -> None:
    assert Selector.parse(None) == (None, [])
    assert Selector.parse({}) == (Selector(), [])
    assert explain(None, LABELS) == "there is no selector"


@pytest.mark.parametrize(
    ("selector", "labels", "sentence"),
    [
        ({"matchLabels": {"team": "ml"}}, {"team": "web"}, "needs label team=ml, the pod has team=web"),
        ({"matchLabels": {"team": "ml"}}, {}, "needs label team=ml, the pod has no label team"),
        (_expression("a", "In", "x", "y"), {"a": "z"}, "needs label a in (x, y), the pod has a=z"),
        (_expression("a", "NotIn", "x"), {"a": "x"}, "needs label a not in (x), the pod has a=x"),
        (_expression("a", "Exists"), None, "needs label a, the pod has no label a"),
        (_expression("a", "DoesNotExist"), {"a": ""}, "needs no label a, the pod has a="),
        (
            _expression("a", "In", *"abcdefg"),
            {},
            "needs label a in (a, b, c, d, e and 2 more), the pod has no label a",
        ),
    ],
)
def test_explain_names_the_first_requirement_that_fails(selector: Any, labels: Any, sentence: str) -> None:
    assert explain(selector, labels) == sentence
    assert "the namespace has" in explain(selector, labels, "the namespace")


label_texts = st.sampled_from(["a", "b", "c", ""])
label_maps = st.dictionaries(st.sampled_from("xyz"), label_texts, max_size=3)
expressions = st.one_of(
    st.builds(
        lambda key, operator, values: {"key": key, "operator": operator, "values": values},
        st.sampled_from("xyz"),
        st.sampled_from(["In", "NotIn"]),
        st.lists(label_texts, min_size=1, max_size=3),
    ),
    st.builds(
        lambda key, operator: {"key": key, "operator": operator},
        st.sampled_from("xyz"),
        st.sampled_from(["Exists", "DoesNotExist"]),
    ),
)


@given(st.lists(expressions, max_size=4), st.lists(expressions, max_size=4), label_maps)
def test_more_requirements_select_the_intersection(left: Any, right: Any, labels: dict[str, str]) -> None:
    both = matches({"matchExpressions": left + right}, labels)
    assert both == (
        matches({"matchExpressions": left}, labels) and matches({"matchExpressions": right}, labels)
    )


@given(expressions, label_maps)
def test_the_opposite_operator_selects_the_rest(expression: Any, labels: dict[str, str]) -> None:
    opposite = {"In": "NotIn", "NotIn": "In", "Exists": "DoesNotExist", "DoesNotExist": "Exists"}
    turned = {**expression, "operator": opposite[expression["operator"]]}
    one = matches({"matchExpressions": [expression]}, labels)
    assert one != matches({"matchExpressions": [turned]}, labels)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["matchLabels", "matchExpressions", "key", "operator", "values", "a"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@given(json_values, label_maps)
def test_any_json_is_a_selector_or_has_problems(value: Any, labels: dict[str, str]) -> None:
    parsed, problems = Selector.parse(value)
    assert (parsed is None) == (value is None or bool(problems))
    assert matches(value, labels) is (parsed is not None and parsed.matches(labels))
    explain(value, labels)


def test_large_selectors_are_linear() -> None:
    values = [f"v{number}" for number in range(100_000)]
    selector = {"matchExpressions": [{"key": "a", "operator": "In", "values": values}]}
    parsed, problems = Selector.parse(selector)
    assert parsed is not None
    assert problems == []
    assert all(parsed.matches({"a": value}) for value in values)
