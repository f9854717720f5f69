"""Strategic merge, by example: what a property cannot see is where and in which words it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from nbcore.strategic.merging import MergeError, merge


def containers(*elements: Any, **more: Any) -> dict[str, Any]:
    return {"spec": {"containers": list(elements), **more}}


MERGES: tuple[tuple[str, Any, Any, Any], ...] = (
    ("null deletes", {"spec": {"hostname": "a"}}, {"spec": {"hostname": None}}, {"spec": {}}),
    ("1 is not True", {"spec": {"x": 1}}, {"spec": {"x": True}}, {"spec": {"x": True}}),
    (
        "new elements first",
        containers({"name": "a"}),
        containers({"name": "b"}),
        containers({"name": "b"}, {"name": "a"}),
    ),
    (
        "by key",
        containers({"name": "a", "image": "1"}),
        containers({"name": "a", "image": "2"}),
        containers({"name": "a", "image": "2"}),
    ),
    ("delete", containers({"name": "a"}), containers({"name": "a", "$patch": "delete"}), containers()),
    (
        "replace",
        containers({"name": "a"}),
        containers({"$patch": "replace"}, {"name": "b"}),
        containers({"name": "b"}),
    ),
    (
        "ports by number alone",
        containers({"name": "a", "ports": [{"containerPort": 1, "protocol": "TCP"}]}),
        containers({"name": "a", "ports": [{"containerPort": 1, "protocol": "UDP"}]}),
        containers({"name": "a", "ports": [{"containerPort": 1, "protocol": "UDP"}]}),
    ),
    (
        "explicit order",
        containers({"name": "a"}),
        {
            "spec": {
                "containers": [{"name": "b"}],
                "$setElementOrder/containers": [{"name": "a"}, {"name": "b"}],
            }
        },
        containers({"name": "a"}, {"name": "b"}),
    ),
    (
        "primitives",
        {"metadata": {"finalizers": ["a", "b"]}},
        {"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]}},
        {"metadata": {"finalizers": ["b"]}},
    ),
    (
        "retain keys",
        {"spec": {"volumes": [{"name": "a", "emptyDir": {}}]}},
        {"spec": {"volumes": [{"name": "a", "secret": {}, "$retainKeys": ["name", "secret"]}]}},
        {"spec": {"volumes": [{"name": "a", "secret": {}}]}},
    ),
    (
        "atomic",
        {"spec": {"tolerations": [{"key": "a"}]}},
        {"spec": {"tolerations": []}},
        {"spec": {"tolerations": []}},
    ),
)


@pytest.mark.parametrize(
    ("base", "patch", "result"), [row[1:] for row in MERGES], ids=[row[0] for row in MERGES]
)
def test_merges(base: Any, patch: Any, result: Any) -> None:
    assert repr(merge(base, patch)) == repr(result)


REFUSED: tuple[tuple[Any, Any, str], ...] = (
    ([], {}, "the base must be an object, not list"),
    ({}, "x", "the patch must be an object, not string"),
    (
        containers({"name": "a"}),
        containers({"image": "x"}),
        "spec.containers: an element of the list has no name",
    ),
    ({"spec": {"x": {}}}, {"spec": {"x": {}}}, "spec.x: both sides have a map or list in a field"),
    ({}, {"spec": {}, "$patch": "merge"}, "$patch in a map must be `replace` or `delete`"),
    (
        {"metadata": {"finalizers": ["a"]}},
        {"metadata": {"finalizers": [None]}},
        "metadata.finalizers: the elements of a merged list",
    ),
    ({}, {"$retainKeys": "x"}, "$retainKeys: $retainKeys must be a list"),
)


@pytest.mark.parametrize(("base", "patch", "text"), REFUSED)
def test_refuses_in_words(base: Any, patch: Any, text: str) -> None:
    with pytest.raises(MergeError) as caught:
        merge(base, patch)
    assert str(caught.value).startswith(text)
    assert caught.value.code == "NB305"


def test_untouched_parts_are_shared() -> None:
    volumes = [{"name": "a"}]
    assert merge({"spec": {"volumes": volumes}}, {"spec": {"hostname": "x"}})["spec"]["volumes"] is volumes


def test_depth_is_refused_and_not_raised_through() -> None:
    deep: Any = "x"
    for _ in range(5_000):
        deep = {"x": deep}
    with pytest.raises(MergeError, match="nested deeper than"):
        merge({}, {"spec": deep})
