"""The layers that a Notebook brings itself: marks and shorthands."""

from __future__ import annotations

import pytest

from nbcore.resolve.notebook_layers import marked, resources

MARKS = {"name": "lab-0", "labels": {"jackhoman.dev/notebook": "lab"}}


@pytest.mark.parametrize(
    "below", [{}, {"metadata": {}}, {"metadata": {"labels": {}}}, {"metadata": {"labels": None}}]
)
def test_marks_are_set_whatever_metadata_is_there(below: dict[str, object]) -> None:
    assert marked({**below, "spec": {}}, {"metadata": MARKS})["metadata"] == MARKS


def test_marks_win_and_leave_the_rest() -> None:
    tree = {"metadata": {"name": "x", "labels": {"a": "b"}, "annotations": {"c": "d"}}, "spec": {}}
    assert marked(tree, {"metadata": MARKS})["metadata"] == {
        "name": "lab-0",
        "labels": {"a": "b", "jackhoman.dev/notebook": "lab"},
        "annotations": {"c": "d"},
    }
    assert tree["metadata"]["name"] == "x"


def test_a_resource_said_apart_wins_over_the_one_said_for_both() -> None:
    assert resources({"cpu": 4, "requests": {"cpu": "500m"}}) == {
        "requests": {"cpu": "500m"},
        "limits": {"cpu": "4"},
    }
    assert resources({"limits": {"memory": "1Gi"}}) == {"limits": {"memory": "1Gi"}}
