"""Carrying out a JSON Patch: each operation, sharing, and places that are not there."""

from __future__ import annotations

from typing import Any

import pytest

from nbcore.change.patched import patched

Json = Any


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"op": "add", "path": "/a", "value": 1}, {"a": 1, "b": [1, 2, 3]}),
        ({"op": "add", "path": "/b/1", "value": 9}, {"b": [1, 9, 2, 3]}),
        ({"op": "add", "path": "/b/-", "value": 9}, {"b": [1, 2, 3, 9]}),
        ({"op": "replace", "path": "/b/1", "value": 9}, {"b": [1, 9, 3]}),
        ({"op": "replace", "path": "", "value": 9}, 9),
        ({"op": "remove", "path": "/b/0"}, {"b": [2, 3]}),
        ({"op": "remove", "path": "/b"}, {}),
        ({"op": "move", "from": "/b/0", "path": "/b/-"}, {"b": [2, 3, 1]}),
        ({"op": "move", "from": "/b", "path": "/c~1d~0"}, {"c/d~": [1, 2, 3]}),
        ({"op": "test", "path": "/b", "value": 0}, {"b": [1, 2, 3]}),
    ],
)
def test_each_operation(operation: Json, expected: Json) -> None:
    live = {"b": [1, 2, 3]}
    assert patched(live, [operation]) == expected
    assert live == {"b": [1, 2, 3]}


def test_values_that_were_put_in_are_not_touched_and_the_rest_is_shared() -> None:
    live: Json = {"a": {"x": [1]}, "b": {}}
    value: Json = {"y": []}
    result = patched(
        live, [{"op": "add", "path": "/b/v", "value": value}, {"op": "add", "path": "/b/v/y/-", "value": 1}]
    )
    assert result == {"a": {"x": [1]}, "b": {"v": {"y": [1]}}}
    assert (value, live) == ({"y": []}, {"a": {"x": [1]}, "b": {}})
    assert result["a"] is live["a"]


@pytest.mark.parametrize("path", ["/c", "/b/7", "/c/d"])
def test_a_place_that_is_not_there_is_the_callers_mistake(path: str) -> None:
    with pytest.raises(LookupError):
        patched({"b": [1]}, [{"op": "remove", "path": path}])
