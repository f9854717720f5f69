"""The metadata of a custom resource: what the API server takes and refuses, with words and remedies."""

from __future__ import annotations

from typing import Any

import pytest

from nbcore.dialects.kubeflow_v2_kinds import Workspace, WorkspaceKind
from tests.units.workspaces import KIND, WORKSPACE, parsed

Json = Any
OWNER = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a", "uid": "x"}
RIGHT: list[Json] = [
    {"name": "x" * 253},
    {"name": "a.b"},
    {"labels": {"a.b/c": "d", "e": ""}},
    {"annotations": {"A.b/C": "é\n"}},
    {"annotations": {"a": "x" * 262_143}},
    {"finalizers": ["a", "a.b/c"]},
    {"ownerReferences": [OWNER, {**OWNER, "apiVersion": "v1", "controller": True}]},
    {"ownerReferences": [{**OWNER, "controller": True}] * 2},
    {"name": None, "generateName": "a-"},
    {"name": "", "generateName": "a" * 60},
    {"generateName": "A-"},
    {"managedFields": [{}], "uid": "x", "generation": 1.0},
]
WRONG: list[tuple[Json, str, str]] = [
    ({"name": "x" * 254}, "metadata.name", "at most 253 characters"),
    ({"name": "A"}, "metadata.name", "lower-case"),
    ({"name": None}, "metadata.name", "the required field name is missing"),
    ({"bogus": 1}, "metadata.bogus", "there is no field bogus here"),
    ({"labels": {"a": "-"}}, "metadata.labels.a", "a:"),
    ({"labels": {"-": None}}, "metadata.labels[-]", "the key -:"),
    ({"annotations": {"a": "x" * 262_144}}, "metadata.annotations", "hold 262,145 bytes together"),
    ({"annotations": {"a": "é" * 131_072}}, "metadata.annotations", "hold 262,145 bytes together"),
    ({"finalizers": ["-"]}, "metadata.finalizers[0]", "finalizers[0]:"),
    (
        {"finalizers": ["orphan", "foregroundDeletion"]},
        "metadata.finalizers",
        "both orphan and foregroundDeletion",
    ),
    ({"ownerReferences": [{**OWNER, "uid": ""}]}, "metadata.ownerReferences[0]", "uid must not be empty"),
    (
        {"ownerReferences": [{**OWNER, "apiVersion": "a/"}]},
        "metadata.ownerReferences[0]",
        "apiVersion must be",
    ),
    (
        {"ownerReferences": [{**OWNER, "apiVersion": "a/b/c"}]},
        "metadata.ownerReferences[0]",
        "apiVersion must be",
    ),
    (
        {"ownerReferences": [{**OWNER, "apiVersion": "v1", "kind": "Event"}]},
        "metadata.ownerReferences[0]",
        "an Event owns nothing",
    ),
    ({"ownerReferences": [{**OWNER, "z": 1}]}, "metadata.ownerReferences[0].z", "there is no field z here"),
    (
        {"ownerReferences": [{**OWNER, "controller": True, "name": one} for one in "ab"]},
        "metadata.ownerReferences",
        "name several controllers",
    ),
    ({"generateName": "a."}, "metadata.generateName", "generateName:"),
    ({"generateName": "a" * 254}, "metadata.generateName", "253"),
    ({"name": None, "generateName": "A-"}, "metadata.generateName", "lower-case"),
    ({"name": None, "generateName": "a" * 56 + "-.b"}, "metadata.generateName", "generateName:"),
]


def with_metadata(base: Json, metadata: Json) -> Json:
    return {**base, "metadata": {**base["metadata"], **metadata}}


@pytest.mark.parametrize("base", [KIND, WORKSPACE], ids=["WorkspaceKind", "Workspace"])
@pytest.mark.parametrize("metadata", RIGHT, ids=lambda one: str(one)[:60])
def test_metadata_that_the_server_takes(base: Json, metadata: Json) -> None:
    assert parsed(with_metadata(base, metadata)).findings == ()


@pytest.mark.parametrize("base", [KIND, WORKSPACE], ids=["WorkspaceKind", "Workspace"])
@pytest.mark.parametrize(("metadata", "place", "message"), WRONG, ids=lambda one: str(one)[:60])
def test_metadata_that_the_server_refuses(base: Json, metadata: Json, place: str, message: str) -> None:
    (found,) = parsed(with_metadata(base, metadata)).findings
    assert str(found.path) == place
    assert message in found.message


def test_a_label_that_is_null_is_empty() -> None:
    whole = parsed(with_metadata(KIND, {"labels": {"a": None}, "annotations": {"b": None}})).object
    assert isinstance(whole, WorkspaceKind | Workspace)
    assert (whole.metadata.labels, whole.metadata.annotations) == ({"a": ""}, {"b": ""})
