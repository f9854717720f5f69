"""Diffs, by example: which changes are listed, in which order, how they are shown, and how they are applied."""

from __future__ import annotations

import copy
import json
import pickle
import time
from typing import Any

import pytest

from nbcore.change.applying import apply
from nbcore.change.change import Change, Sources, forcing, worst
from nbcore.change.diffing import diff
from nbcore.change.places import ABSENT, Place, pod
from nbcore.kubernetes import merge_keys
from nbcore.kubernetes.elements import child_node, element_keys, element_node
from nbcore.kubernetes.merge_keys import Node
from nbcore.kubernetes.paths import Item, Path
from nbcore.settings import Settings

Json = Any
POD = Settings(carrier="pod")


def main(**fields: Json) -> Json:
    return {"spec": {"containers": [{"name": "main", "image": "a:1", **fields}]}}


def paths(old: Json, new: Json) -> list[str]:
    return [f"{one.path.keyed} {'order' if one.is_order else ''}".strip() for one in diff(old, new)]


CHANGES: tuple[tuple[str, Json, Json, list[str]], ...] = (
    ("nothing", main(), main(), []),
    ("a scalar", main(), main(image="a:2"), ["spec.containers[main].image"]),
    ("1 is not true", main(tty=1), main(tty=True), ["spec.containers[main].tty"]),
    ("1 is not 1.0", main(x=[{"a": 1}]), main(x=[{"a": 1.0}]), ["spec.containers[main].x"]),
    ("a type deep down", {"a": {"b": [1, {"c": 0}]}}, {"a": {"b": [1, {"c": False}]}}, ["a.b"]),
    ("absent is not null", main(tty=None), main(), ["spec.containers[main].tty"]),
    (
        "a map by key",
        {"metadata": {"labels": {"a": "1"}}},
        {"metadata": {"labels": {}}},
        ["metadata.labels.a"],
    ),
    ("a whole map", {"metadata": {}}, {"metadata": {"labels": {"a": "1"}}}, ["metadata.labels"]),
    (
        "elements by key",
        main(env=[{"name": "A", "value": "1"}, {"name": "B"}]),
        main(env=[{"name": "C"}, {"name": "A", "value": "2"}]),
        [
            "spec.containers[main].env[A].value",
            "spec.containers[main].env[B]",
            "spec.containers[main].env[C]",
        ],
    ),
    (
        "another order is one change",
        main(env=[{"name": "A"}, {"name": "B"}, {"name": "C"}]),
        main(env=[{"name": "C"}, {"name": "A"}, {"name": "B", "value": "1"}]),
        ["spec.containers[main].env[B].value", "spec.containers[main].env order"],
    ),
    (
        "ports by number and protocol",
        main(ports=[{"containerPort": 1}, {"containerPort": 1, "protocol": "UDP"}]),
        main(ports=[{"containerPort": 1, "protocol": "UDP", "name": "a"}, {"containerPort": 1}]),
        ["spec.containers[main].ports[1/UDP].name", "spec.containers[main].ports order"],
    ),
    (
        "elements with equal keys: the whole list",
        main(env=[{"name": "A"}, {"name": "A"}]),
        main(env=[{"name": "A"}]),
        ["spec.containers[main].env"],
    ),
    (
        "a list without keys: the whole list",
        main(args=["a", "b"]),
        main(args=["a"]),
        ["spec.containers[main].args"],
    ),
    (
        "an unknown list: the whole list",
        main(x=[{"name": 1}]),
        main(x=[{"name": 2}]),
        ["spec.containers[main].x"],
    ),
    ("another type", {"spec": []}, {"spec": {}}, ["spec"]),
    ("something out of nothing", None, main(), [""]),
    (
        "a StatefulSet",
        {"kind": "StatefulSet", "spec": {"template": main()}},
        {"kind": "StatefulSet", "spec": {"template": main(tty=True)}},
        ["spec.template.spec.containers[main].tty"],
    ),
)


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"), CHANGES, ids=lambda one: one if isinstance(one, str) else ""
)
def test_changes_are_listed(name: str, old: Json, new: Json, expected: list[str]) -> None:
    assert paths(old, new) == expected
    assert apply(old, diff(old, new)) == new
    assert apply(new, diff(new, old)) == old


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"), CHANGES, ids=lambda one: one if isinstance(one, str) else ""
)
def test_changes_are_the_same_without_orjson(
    monkeypatch: pytest.MonkeyPatch, name: str, old: Json, new: Json, expected: list[str]
) -> None:
    monkeypatch.setattr("nbcore.change.comparing.orjson", None)
    assert paths(old, new) == expected
    assert paths(old, copy.deepcopy(old)) == []
    assert paths(copy.deepcopy(new), new) == []


def test_without_orjson_any_depth_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbcore.change.comparing.orjson", None)
    old: Json = {"metadata": {}}
    for _ in range(3_000):
        old = {"metadata": {"name": "a"}, "spec": old}
    new = json.loads(json.dumps({"a": 1}))
    assert paths(old, old) == []
    assert len(diff(old, new)) == 3
    assert len(diff({**old}, {**old, "metadata": {"name": "b"}})) == 1


def test_indexes_are_of_the_side_that_has_the_element() -> None:
    old, new = (
        main(env=[{"name": "A"}, {"name": "B"}]),
        main(env=[{"name": "C"}, {"name": "B", "value": "1"}]),
    )
    assert [str(one.path) for one in diff(old, new)] == [
        "spec.containers[0].env[0]",
        "spec.containers[0].env[1].value",
        "spec.containers[0].env[0]",
    ]


def test_a_change_holds_the_real_values() -> None:
    (change,) = diff(main(env=[{"name": "A", "value": "x"}]), main(env=[{"name": "A", "value": "y"}]))
    assert (change.old, change.new) == ("x", "y")
    (change,) = diff({}, {"metadata": {"name": "a"}})
    assert change.old is ABSENT
    assert not ABSENT
    assert pickle.loads(pickle.dumps(ABSENT)) is copy.deepcopy(ABSENT) is ABSENT


def test_sources_are_asked_for_where_there_is_a_value() -> None:
    asked: list[Path] = []

    def origin(path: Path) -> str:
        asked.append(path)
        return f"set at {path.keyed}"

    old, new = {"metadata": {"labels": {"a": "1"}}}, {"metadata": {"labels": {"a": "2", "b": "3"}}}
    changes = diff(old, new, origin_of_old=origin, origin_of_new=origin)
    assert [one.source for one in changes] == [
        Sources("set at metadata.labels.a", "set at metadata.labels.a"),
        Sources(None, "set at metadata.labels.b"),
    ]
    assert len(asked) == 3
    assert diff(old, new)[0].source == Sources()


# ---- what is shown ----


def test_hidden_values_have_marks_that_tell_them_apart() -> None:
    old = main(env=[{"name": "A", "value": "x"}, {"name": "B", "value": "x"}, {"name": "C", "value": "z"}])
    new = main(env=[{"name": "A", "value": "y"}, {"name": "B", "value": "y"}, {"name": "C", "value": "x"}])
    assert [str(one) for one in diff(old, new, settings=POD)] == [
        'spec.containers[0].env[0].value: "‹hidden 1›" → "‹hidden 2›" (restart)',
        'spec.containers[0].env[1].value: "‹hidden 1›" → "‹hidden 2›" (restart)',
        'spec.containers[0].env[2].value: "‹hidden 3›" → "‹hidden 1›" (restart)',
    ]


SHOWN: tuple[tuple[str, Json, Json, str], ...] = (
    (
        "a new env entry",
        main(env=[]),
        main(env=[{"name": "A", "value": "pw"}]),
        '{"name": "A", "value": "‹hidden 1›"}',
    ),
    ("a Secret", {"kind": "Secret", "data": {}}, {"kind": "Secret", "data": {"k": "pw"}}, '"‹hidden 1›"'),
    (
        "a header",
        main(x={"httpHeaders": []}),
        main(x={"httpHeaders": [{"name": "A", "value": "pw"}]}),
        "‹hidden 1›",
    ),
    (
        "a copy",
        {"metadata": {"annotations": {}}},
        {"metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": "pw"}}},
        '"‹hidden 1›"',
    ),
    (
        "a number",
        main(env=[{"name": "A", "value": 1}]),
        main(env=[{"name": "A", "value": 12345}]),
        "‹hidden 2›",
    ),
)


@pytest.mark.parametrize(("name", "old", "new", "shown"), SHOWN, ids=[one[0] for one in SHOWN])
def test_values_are_hidden(name: str, old: Json, new: Json, shown: str) -> None:
    (change,) = diff(old, new)
    assert shown in str(change)
    assert "pw" not in f"{change}{change!r}{change.shown_new}" and "12345" not in str(change)


def test_what_is_no_secret_is_shown() -> None:
    toleration = [{"key": "a", "value": "gpu"}]
    (change,) = diff({"spec": {"tolerations": []}}, {"spec": {"tolerations": toleration}})
    assert change.shown_new == toleration
    (change,) = diff(main(), main(image="x" * 100))
    assert str(change).count("x") < 70
    (change,) = diff(main(), main(image="a\u202eb"))
    assert "\\u202e" in str(change)


def test_a_change_of_its_own_is_shown_too() -> None:
    path = Path(("spec", "containers", Item(0, "main"), "env", Item(0, "A"), "value"))
    assert (
        str(Change(path, "x", ABSENT)) == 'spec.containers[0].env[0].value: "‹hidden 1›" → absent (restart)'
    )
    order = diff(
        {"spec": {"volumes": [{"name": "a"}, {"name": "b"}]}},
        {"spec": {"volumes": [{"name": "b"}, {"name": "a"}]}},
    )
    assert str(order[0]) == 'order of spec.volumes: ["a", "b"] → ["b", "a"] (none)'


# ---- applying some of the changes ----


def test_some_changes_give_a_state_in_between() -> None:
    old = main(env=[{"name": "A", "value": "1"}, {"name": "B", "value": "1"}])
    new = main(env=[{"name": "B", "value": "2"}, {"name": "C"}, {"name": "A", "value": "1"}], image="a:2")
    changes = diff(old, new)
    without_order = apply(old, [one for one in changes if not one.is_order])
    assert [one["name"] for one in without_order["spec"]["containers"][0]["env"]] == ["A", "C", "B"]
    assert apply(old, []) is old
    assert apply(old, changes) == new


def test_changes_carry_over_to_a_state_that_others_have_changed() -> None:
    changes = diff(main(env=[{"name": "A"}, {"name": "B"}]), main(env=[{"name": "B", "value": "1"}]))
    live = main(env=[{"name": "X"}, {"name": "B"}, {"name": "A"}], tty=True)
    assert apply(live, changes) == main(env=[{"name": "X"}, {"name": "B", "value": "1"}], tty=True)


def test_a_change_needs_what_it_goes_into() -> None:
    changes = diff(main(env=[{"name": "A"}]), main(env=[{"name": "A", "value": "1"}]))
    with pytest.raises(LookupError):
        apply(main(env="x"), changes)


# ---- effects of all ----


def test_the_first_of_the_worst_forces() -> None:
    changes = diff(main(), {"metadata": {"labels": {"a": "1"}}, **main(image="a:2", tty=True)}, settings=POD)
    forced = forcing(changes)
    assert forced is not None and forced.path.keyed == "spec.containers[main].image"
    assert worst(changes) == "restart"
    assert forcing([]) is None and worst([]) == "none"


# ---- the tables ----


def test_lists_have_the_keys_that_they_are_merged_by() -> None:
    seen = 0
    waiting: list[tuple[Place | None, Node | None]] = [(pod(), merge_keys.POD_TEMPLATE)]
    while waiting:
        place, node = waiting.pop()
        if place is None or node is None:
            continue
        assert place.keys == element_keys(node), place.name
        seen += bool(place.keys)
        waiting.append((place.element, element_node(node) or (node.element if node.kind == "map" else None)))
        waiting.extend((below, child_node(node, name)) for name, below in place.fields.items())
    assert seen > 20


# ---- size ----


@pytest.mark.parametrize("field", ["env", "args", "x"])
def test_long_lists_take_linear_time(field: str) -> None:
    count = 100_000
    elements: Json = [{"name": f"V{at}", "value": str(at)} for at in range(count)]
    backwards = [{**one, "value": "1"} for one in reversed(elements)]
    start = time.process_time()
    old, new = main(**{field: elements}), main(**{field: backwards})
    assert apply(old, diff(old, new)) == new
    assert time.process_time() - start < 20


def test_effects_take_linear_time() -> None:
    count = 20_000
    ports = [{"containerPort": 1, "protocol": f"P{at}"} for at in range(count)]
    limits = {f"example.com/r{at}": at for at in range(count)}
    containers = [{"name": f"c{at}", "resources": {"limits": {"cpu": "1"}}} for at in range(count)]
    old = main(ports=ports, resources={"limits": limits, "requests": limits})
    new = main(
        ports=[{**one, "hostPort": 2} for one in ports],
        resources={"limits": {name: at + 1 for name, at in limits.items()}},
    )
    old["spec"]["containers"] += containers
    new["spec"]["containers"] += [{**one, "resources": {"limits": {"cpu": "2"}}} for one in containers]
    start = time.process_time()
    assert worst(diff(old, new, settings=POD)) == "restart"
    assert time.process_time() - start < 20


def test_deep_trees_are_compared() -> None:
    def deep(levels: int, last: Json) -> Json:
        for at in range(levels):
            last = {"a": last} if at % 2 else [last]
        return {"spec": last}

    for levels in (90, 300, 50_000):
        assert diff(deep(levels, 1), deep(levels, 1)) == []
        assert len(diff(deep(levels, 1), deep(levels, True))) == 1
        assert str(diff(deep(levels, 1), deep(levels, 2))[0])
