"""Uniting peers, by example: units, policies by field, and what a conflict tells."""

from __future__ import annotations

from typing import Any

import pytest

from nbcore.model.layer import Policy
from nbcore.strategic.merging import MergeError
from nbcore.strategic.uniting import unite


def env(*elements: Any) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": "main", "env": list(elements)}]}}


def test_a_difference_is_a_conflict_with_its_path_and_never_its_values() -> None:
    united = unite(env({"name": "A", "value": "secret-1"}), env({"name": "A", "value": "secret-2"}))
    (conflict,) = united.conflicts
    assert conflict.path.keyed == "spec.containers[main].env[A]"
    assert "secret" not in f"{conflict!r} {conflict} {united}".replace(str(united.tree), "")


def test_what_only_one_has_is_added() -> None:
    united = unite(env({"name": "A", "value": "1"}), env({"name": "B", "value": "2"}))
    assert united == (env({"name": "A", "value": "1"}, {"name": "B", "value": "2"}), ())


def test_a_value_and_a_value_from_conflict() -> None:
    united = unite(env({"name": "A", "value": "1"}), env({"name": "A", "valueFrom": {"fieldRef": {}}}))
    assert len(united.conflicts) == 1


def test_two_sources_of_one_volume_conflict() -> None:
    a, b = ({"spec": {"volumes": [{"name": "v", source: {}}]}} for source in ("emptyDir", "secret"))
    assert [conflict.path.keyed for conflict in unite(a, b).conflicts] == ["spec.volumes[v]"]


POLICIES: tuple[tuple[Policy, Any], ...] = (("first", ["a"]), ("last", ["b"]), ("append", ["a", "b"]))


@pytest.mark.parametrize(("policy", "result"), POLICIES)
def test_policies(policy: Policy, result: Any) -> None:
    a, b = ({"spec": {"containers": [{"name": "main", "command": [one]}]}} for one in "ab")
    united = unite(a, b, rules={("spec", "containers", "*", "command"): policy})
    assert united.tree["spec"]["containers"][0]["command"] == result
    assert not united.conflicts


def test_one_is_not_true() -> None:
    assert unite({"spec": {"x": 1}}, {"spec": {"x": True}}).conflicts


def test_an_element_without_its_key_is_refused() -> None:
    with pytest.raises(MergeError, match="has no name, by which it is merged"):
        unite(env({"name": "A"}), env({"value": "x"}))
