"""What is hidden is hidden everywhere by one policy: in a diff as in an explanation, whatever form it is written in."""

from __future__ import annotations

from typing import Any

import pytest

from nbcore import diff
from nbcore.cli.secrecy import Masks
from nbcore.kubernetes.paths import Item, Path
from nbcore.model.hidden import hides, is_hidden

Json = Any
ENV = ("spec", "containers", Item(0, "main"), "env")


def main(**fields: Json) -> Json:
    return {"spec": {"containers": [{"name": "main", "image": "a:1", **fields}]}}


@pytest.mark.parametrize(
    ("path", "value", "hidden"),
    [
        ((*ENV, Item(0, "A")), {"name": "A", "value": "pw"}, False),  # its fields are asked one by one
        ((*ENV, Item(0, "A")), "pw", True),
        ((*ENV, Item(0, "A"), "name"), "A", False),
        ((*ENV, Item(0, "A"), "value"), "pw", True),
        ((*ENV, Item(0, "A"), "value"), {"pw": "pw"}, True),
        ((*ENV, Item(0, "A"), "valueFrom"), {"fieldRef": {}}, False),
        ((*ENV, "A"), "pw", True),
        (("data",), {"k": "pw"}, True),
        (("spec", "options", Item(0, "value")), {"id": "value"}, False),
        (("spec", "containers", Item(0, "env"), "image"), "a:1", False),
        (("metadata", "labels", "env"), "prod", False),
    ],
)
def test_what_hides_all_below_it(path: tuple[Any, ...], value: Json, hidden: bool) -> None:
    assert hides(path, value) is hidden


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (main(env={"A": "pw-old"}), main(env={"A": "pw-new"})),
        (main(env={}), main(env={"A": "pw-new"})),
        (main(env=["pw-old"]), main(env=["pw-new"])),
        (main(env=[["pw-old"]]), main(env=[["pw-new"]])),
        ({"spec": {"stringData": {"A": "pw-old"}}}, {"spec": {"stringData": {"A": "pw-new"}}}),
    ],
)
def test_a_diff_hides_what_an_explanation_hides(old: Json, new: Json) -> None:
    changes = diff(old, new)
    assert changes
    assert "pw-" not in "".join(f"{one}{one!r}{one.shown_old}{one.shown_new}" for one in changes)


def test_an_explanation_and_a_diff_show_the_same_labels() -> None:
    path = Path(("spec", "labels", Item(0, "team"), "value"))
    assert not is_hidden(path)
    assert Masks().text(path, "a") == '"a"'
    (change,) = diff(
        {"spec": {"labels": [{"key": "team", "value": "a"}]}},
        {"spec": {"labels": [{"key": "team", "value": "b"}]}},
    )
    assert "hidden" not in f"{change}"
