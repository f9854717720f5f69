"""The laws of short ways: what is faster than the general way gives the same, or gives nothing.

`attach` stands in for an overlay of the shorthands, `laid_and_judged` for an overlay and two checks.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from hypothesis import assume, event, given
from hypothesis import strategies as st

from nbcore.checks.overrides import Allowance, check_input, check_result
from nbcore.checks.own_fields import Lower, check_own_fields
from nbcore.checks.plain_overrides import laid_and_judged
from nbcore.dialects import parse
from nbcore.model.notebook import Notebook
from nbcore.model.origin import NOWHERE
from nbcore.model.template import OverrideRule
from nbcore.resolve.notebook_layers import attach, shorthand_tree
from nbcore.strategic.folding import lay_over
from tests.laws.catalogs import kind, with_images
from tests.laws.test_override_laws import changed, sliced
from tests.laws.trees import NAMES, near_misses, typed_layers

Json: TypeAlias = Any

RULES = (
    "spec.containers[main].env[*].value",
    "spec.containers[*].image",
    "spec.containers[main].imagePullPolicy",
    "spec.containers[main].ports",
    "spec.volumes",
    "spec.terminationGracePeriodSeconds",
    "spec.nodeSelector",
    "metadata",
    "spec",
)


_ENTRIES = st.fixed_dictionaries(
    {"name": st.sampled_from(("A", "B", *NAMES))},
    optional={
        "value": st.sampled_from(("1", "", "$(A)")),
        "valueFrom": st.just({"fieldRef": {"fieldPath": "x"}}),
    },
)
_CONTAINERS = st.fixed_dictionaries(
    {"name": st.sampled_from(("main", *NAMES))},
    optional={
        "image": st.sampled_from(("other:1", "", None)),
        "imagePullPolicy": st.just("Always"),
        "env": st.lists(_ENTRIES, max_size=3),
        "tty": st.booleans(),
        "resources": st.just({"limits": {"cpu": "1"}}),
        "args": st.just(["x"]),
        "ports": st.just([{"containerPort": 80}]),
        "Image": st.just("case:1"),
    },
)
_LABELS = st.dictionaries(
    st.sampled_from(("a", "b", "$patch", "$retainKeys")), st.sampled_from(("x", "delete")), max_size=2
)
_PLAINISH = st.fixed_dictionaries(
    {
        "spec": st.fixed_dictionaries(
            {},
            optional={"containers": st.lists(_CONTAINERS, min_size=1, max_size=2), "nodeSelector": _LABELS},
        )
    },
    optional={"metadata": st.fixed_dictionaries({"labels": _LABELS})},
)


@given(
    typed_layers(2),
    st.lists(st.sampled_from(RULES), min_size=1, max_size=4, unique=True),
    st.sampled_from(("plainish", "plainish", "sliced", "missed")),
    st.data(),
)
def test_plain_overrides_equal_the_judged_overlay(
    trees: tuple[Json, Json], paths: list[str], how: str, data: st.DataObject
) -> None:
    tree = with_images(trees[0], "main")
    if how == "plainish":
        overrides = data.draw(_PLAINISH)
    else:
        overrides = changed(data.draw, sliced(data.draw, data.draw(st.sampled_from((tree, trees[1]))), 3))
    if how == "missed":
        overrides = data.draw(near_misses(st.just(overrides), 1))
    assume(isinstance(overrides, dict) and overrides)
    allowance = Allowance([OverrideRule(path=path) for path in paths], "main")
    short = laid_and_judged(tree, overrides, allowance)
    event("plain" if short is not None else "the long way")
    if short is not None:
        result, problems = lay_over(tree, overrides)
        assert not problems
        assert short == result, (tree, overrides, short, result)
        assert check_input(overrides, overrides, allowance, lambda: NOWHERE) == []
        assert check_result(tree, result, allowance, lambda: NOWHERE) == []


def _name(one: Json) -> Json:
    return one["name"]


_QUANTITIES = st.sampled_from(("1", "500m", "2Gi", 4, 0))
_WORDS = st.sampled_from(("a", "b", "example.org/x", "PROJECT", *NAMES))
_PATHS = st.sampled_from(("/data", "/data/", "/home/me", "/mnt/a/b", "/etc/x", "/data/sub"))
_SPECS = st.fixed_dictionaries(
    {},
    optional={
        "resources": st.dictionaries(st.sampled_from(("cpu", "memory", "ephemeral-storage")), _QUANTITIES),
        "env": st.lists(
            st.fixed_dictionaries({"name": _WORDS, "value": _WORDS}),
            max_size=3,
            unique_by=_name,
        ),
        "volumes": st.fixed_dictionaries(
            {},
            optional={
                "home": st.just("claim"),
                "data": st.lists(
                    st.fixed_dictionaries({"pvcName": st.just("d"), "mountPath": _PATHS}), max_size=2
                ),
                "secrets": st.lists(
                    st.fixed_dictionaries({"secretName": st.just("s"), "mountPath": _PATHS}), max_size=1
                ),
            },
        ),
        "metadata": st.fixed_dictionaries(
            {"labels": st.dictionaries(_WORDS, st.sampled_from(("x", "y")), max_size=2)},
            optional={"annotations": st.dictionaries(_WORDS, st.text(max_size=5), max_size=2)},
        ),
    },
)


@given(typed_layers(1), _SPECS)
def test_attaching_shorthands_equals_the_overlay(trees: tuple[Json], spec: Json) -> None:
    tree = with_images(trees[0], "main")
    notebook = parse(kind("mine", "Notebook", {"templateRef": {"name": "base"}, **spec})).object
    assume(isinstance(notebook, Notebook))
    assert isinstance(notebook, Notebook)
    lower = Lower.of(tree, "main")
    own = shorthand_tree(notebook.spec, "main", "/home/jovyan")
    fine = not check_own_fields(notebook, lower, "/home/jovyan", Allowance((), "main"))
    event("fine" if fine else "refused")
    if fine and own:
        result, problems = lay_over(tree, own)
        assert not problems
        assert attach(tree, own, lower.index) == result
