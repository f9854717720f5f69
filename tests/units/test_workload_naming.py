"""Names of objects, row by row of section 1.1 of the reference on Kubeflow Notebooks 2.0."""

from __future__ import annotations

from typing import Any

import pytest

from nbcore.catalog import read
from nbcore.kubernetes.names import hash_of
from nbcore.model.notebook import Notebook
from nbcore.workload.naming import (
    account_name,
    identity,
    mentioned,
    metadata_of,
    name_prefix,
    path_of,
    role_binding_name,
)
from tests.units.workload_cases import NAME_LABEL, child, kind, made, notebook, template, workspace


def parsed(value: Any) -> Notebook:
    found = read(value).object
    assert isinstance(found, Notebook)
    return found


@pytest.mark.parametrize(
    ("base", "limit", "prefix"),
    [
        ("ws-my-workspace", 52, "ws-my-workspace-"),
        ("ws-" + "a" * 60, 52, "ws-" + "a" * 42 + "-"),
        ("ws-" + "a" * 60, 63, "ws-" + "a" * 53 + "-"),
        ("ws-" + "a" * 41 + "-bcd", 52, "ws-" + "a" * 41 + "-"),
        ("ws-" + "a" * 42, 52, "ws-" + "a" * 42 + "-"),
        ("ws-foo.bar", 52, "ws-foo.bar-"),
        ("ws-a-", 52, "ws-a-"),
    ],
)
def test_1_1_prefix(base: str, limit: int, prefix: str) -> None:
    assert name_prefix(base, limit) == prefix


@pytest.mark.parametrize(("kind_", "length"), [("StatefulSet", 46), ("Service", 57), ("VirtualService", 57)])
def test_1_1_limits_of_generated_names(kind_: str, length: int) -> None:
    named = identity(parsed(workspace("a" * 60)), kind_)
    assert list(named) == ["generateName"]
    assert len(named["generateName"]) == length


@pytest.mark.parametrize(
    ("parts", "digest"),
    [
        (("my-workspace", "kubeflow-edit"), "0960bb1b"),
        (("a", "b-c"), "b88f83c8"),
        (("a-b", "c"), "4e84717d"),
        (("a" * 253,), "32859a3a"),
    ],
)
def test_1_1_hash(parts: tuple[str, ...], digest: str) -> None:
    assert hash_of(*parts) == digest


@pytest.mark.parametrize(
    ("name", "account"),
    [
        ("demo", "ws-demo"),
        ("a" * 250, "ws-" + "a" * 250),
        ("a" * 251, "ws-" + "a" * 241 + "-" + hash_of("a" * 251)),
        ("a" * 253, "ws-" + "a" * 241 + "-32859a3a"),
    ],
)
def test_1_1_service_account(name: str, account: str) -> None:
    assert account_name(parsed(workspace(name))) == account
    assert len(account) <= 253


@pytest.mark.parametrize(
    ("name", "role", "binding"),
    [
        ("my-workspace", "kubeflow-edit", "ws-my-workspace-0960bb1b"),
        ("a", "b-c", "ws-a-b88f83c8"),
        ("a-b", "c", "ws-a-b-4e84717d"),
        ("a" * 253, "view", "ws-" + "a" * 241 + "-" + hash_of("a" * 253, "view")),
    ],
)
def test_1_1_role_binding(name: str, role: str, binding: str) -> None:
    assert role_binding_name(parsed(workspace(name)), role) == binding
    assert len(binding) <= 253


def test_1_1_connect_path_is_not_escaped() -> None:
    assert path_of(parsed(workspace("foo.bar")), "a_b") == "/workspace/connect/team/foo.bar/a_b/"


def test_1_2_metadata_is_one_label_and_no_annotation() -> None:
    metadata = metadata_of(parsed(workspace()), {"name": "x"})
    assert metadata == {"name": "x", "namespace": "team", "labels": {NAME_LABEL: "demo"}}


def test_1_0_every_object_is_controlled_by_a_notebook_that_is_stored() -> None:
    for one in made(workspace(uid="u1"), kind()).values():
        assert one["metadata"]["ownerReferences"] == [
            {
                "apiVersion": "kubeflow.org/v1beta1",
                "kind": "Workspace",
                "name": "demo",
                "uid": "u1",
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ]


def test_names_of_notebooks_are_not_generated() -> None:
    named = {name: one["metadata"]["name"] for name, one in made(notebook("0ada"), template()).items()}
    assert named == {"StatefulSet": "0ada", "Service": "notebook-0ada"}


@pytest.mark.parametrize("kind_", ["StatefulSet", "Service"])
def test_1_0_an_object_that_is_there_keeps_its_name(kind_: str) -> None:
    own = workspace(uid="u1")
    metadata = made(own, kind(), child(kind_, "ws-demo-x2v9q", own))[kind_]["metadata"]
    assert metadata["name"] == "ws-demo-x2v9q"
    assert "generateName" not in metadata


@pytest.mark.parametrize(
    "other",
    [
        child("StatefulSet", "x", workspace("other")),
        child("StatefulSet", "x", workspace(uid="before")),
        child("StatefulSet", "x", workspace(uid="u1"), controller=False),
        child("StatefulSet", "x", workspace(uid="u1"), apiVersion="other.org/v1"),
        child("StatefulSet", "x", workspace(uid="u1", namespace="elsewhere")),
        {**child("StatefulSet", "x", workspace(uid="u1")), "apiVersion": "other.org/v1"},
        {
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "metadata": {"name": "x", "ownerReferences": "none"},
        },
        child("StatefulSet", "x", workspace(uid="u1"), name=["demo"]),
    ],
)
def test_1_0_an_object_of_somebody_else_is_none_of_ours(other: Any) -> None:
    assert made(workspace(uid="u1"), kind(), other)["StatefulSet"]["metadata"]["generateName"] == "ws-demo-"


def test_1_0_of_two_objects_of_a_kind_the_first_by_name_is_taken() -> None:
    own = workspace()
    found = made(own, kind(), child("StatefulSet", "b", own), child("StatefulSet", "a", own))
    assert found["StatefulSet"]["metadata"]["name"] == "a"


@pytest.mark.parametrize(("named", "words"), [({"name": "a"}, "a"), ({"generateName": "a-"}, "a-?????")])
def test_a_name_that_is_not_there_yet_is_mentioned_as_such(named: dict[str, str], words: str) -> None:
    assert mentioned(named) == words
