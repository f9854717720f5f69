"""Laws of lint: it takes any JSON, and its verdict depends on nothing but what the objects say."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nbcore
from nbcore.checks import semantics
from nbcore.settings import Settings
from tests.laws.kinds import small_kinds
from tests.laws.trees import hostile_json, typed_trees

RESTRICTED = Settings(pod_security="restricted")


@given(hostile_json())
def test_lint_never_raises_on_any_json(value: Any) -> None:
    nbcore.check([value], settings=RESTRICTED)
    nbcore.check([{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": value}])
    nbcore.check_pod(value, settings=RESTRICTED)
    nbcore.check_pod({"metadata": value, "spec": value}, settings=RESTRICTED)


@given(typed_trees())
def test_a_typed_pod_is_judged_without_an_exception(tree: Any) -> None:
    nbcore.check_pod(tree, settings=RESTRICTED)
    workload = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "s"},
        "spec": {"template": tree},
    }
    nbcore.check([workload], settings=RESTRICTED)


KINDS = [path.read_bytes() for path in sorted((Path(__file__).parents[2] / "kinds").glob("*.yaml"))]


@st.composite
def spoiled(draw: st.DrawFn) -> bytes:
    """A file of kinds in which some bytes were replaced, taken out or put in."""
    data = bytearray(draw(st.sampled_from(KINDS)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data) - 1))
        data[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(data)


@given(st.one_of(st.binary(max_size=200), spoiled()))
def test_any_bytes_are_judged_without_an_exception(data: bytes) -> None:
    documents = nbcore.load(data, "kinds.yaml")
    report = nbcore.check(documents, settings=RESTRICTED)
    assert all(one.message for one in report.findings)


@given(typed_trees(), st.randoms(use_true_random=False))
def test_the_verdict_does_not_depend_on_the_order_of_rules(tree: Any, random: Random) -> None:
    before = nbcore.check_pod(tree, settings=RESTRICTED)
    checks = list(semantics.CHECKS)
    random.shuffle(checks)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(semantics, "CHECKS", tuple(checks))
        assert nbcore.check_pod(tree, settings=RESTRICTED) == before


def shuffled(value: Any, random: Random) -> Any:
    """The same JSON with the keys of its maps in another order."""
    if isinstance(value, dict):
        keys = list(value)
        random.shuffle(keys)
        return {key: shuffled(value[key], random) for key in keys}
    return [shuffled(one, random) for one in value] if isinstance(value, list) else value


def told(report: Any) -> Any:
    findings = sorted((one.code, one.severity, str(one.source), one.path.keyed) for one in report.findings)
    return (findings, report.pods)


@given(small_kinds(), st.randoms(use_true_random=False))
def test_the_verdict_does_not_depend_on_the_order_of_objects_and_keys(
    objects: list[Any], random: Random
) -> None:
    mixed = [shuffled(one, random) for one in objects]
    random.shuffle(mixed)
    assert json.dumps(mixed, sort_keys=True) != ""
    assert told(nbcore.check(objects, settings=RESTRICTED)) == told(nbcore.check(mixed, settings=RESTRICTED))
