"""The laws of Kubeflow's webhook rows: what means the same, and which filter rules never have a say."""

from __future__ import annotations

import copy
from typing import Any, TypeAlias

from hypothesis import event, given
from hypothesis import strategies as st

from nbcore.checks.kubeflow.advice import unreached
from nbcore.checks.kubeflow.meaning import means_same
from nbcore.model.filter_rule import FilterRule, Scope
from nbcore.resolve.filtering import compiled, evaluate
from tests.laws.test_filter_laws import Context, Labels, contexts, labels, rules_any, scopes

Json: TypeAlias = Any

amounts = st.sampled_from([1, "1", "1000m", "1k", 1000, "0.5", "500m", "1Gi", "no amount"])
scalars = (
    st.none() | st.booleans() | st.integers(-2, 9000) | st.sampled_from(["", "a", "IfNotPresent", 1.0, 80.5])
)
resources = st.fixed_dictionaries(
    {},
    optional={
        side: st.dictionaries(st.sampled_from("ab"), amounts, max_size=2) for side in ("limits", "requests")
    },
)
specs = st.fixed_dictionaries(
    {},
    optional={
        "image": scalars,
        "imagePullPolicy": st.sampled_from(["IfNotPresent", "Always", None]),
        "nodeSelector": st.none() | st.dictionaries(st.sampled_from("ab"), scalars, max_size=2),
        "tolerations": st.none()
        | st.lists(st.dictionaries(st.sampled_from("ke"), scalars, max_size=2), max_size=2),
        "resources": st.none() | resources,
        "podMetadata": st.fixed_dictionaries({}, optional={"labels": st.just({}) | st.none()}),
    },
)
NOTHING: list[tuple[str, Json]] = [
    ("tolerations", []),
    ("tolerations", None),
    ("nodeSelector", {}),
    ("imagePullPolicy", "IfNotPresent"),
    ("image", ""),
    ("resources", None),
]
"""Fields that say nothing with these values."""


@given(specs, specs, specs)
def test_the_same_meaning_is_an_equivalence(one: Json, two: Json, three: Json) -> None:
    assert means_same(one, copy.deepcopy(one))
    assert means_same(one, two) is means_same(two, one)
    if means_same(one, two) and means_same(two, three):
        event("all three")
        assert means_same(one, three)


@given(specs, st.sampled_from(NOTHING))
def test_what_says_nothing_changes_no_meaning(spec: Json, nothing: tuple[str, Json]) -> None:
    field, value = nothing
    without = {key: one for key, one in spec.items() if key != field}
    assert means_same(without, {**without, field: value})
    assert not means_same({**without, field: "something else"}, without)


@given(rules_any, scopes, labels, contexts)
def test_a_filter_rule_that_is_never_reached_changes_nothing(
    rules: list[FilterRule], scope: Scope, own: Labels, context: Context
) -> None:
    silent = [rule for rule, _ in unreached(rules)]
    event("some" if silent else "none")
    rest = [rule for rule in rules if not any(rule is one for one in silent)]
    assert evaluate(compiled(rules), scope, own, **context) == evaluate(compiled(rest), scope, own, **context)
