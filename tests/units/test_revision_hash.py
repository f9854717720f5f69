"""Revisions: what is in them, and a hash that is the same on every machine, in every process, for ever."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

import nbcore
from nbcore.revision import hash_of, is_named, revision_of
from tests.units.update_scenes import (
    changed,
    in_main,
    notebook,
    pod_default,
    template,
    workspace,
    workspace_kind,
)

Json = Any
SPEC: Json = {
    "mainContainer": "main",
    "inputs": [
        {
            "rank": "template",
            "kind": "Template",
            "namespace": "team",
            "name": "lab",
            "template": {"spec": {"containers": [{"name": "main", "image": "ünïcode\ud800"}], "n": 0.1}},
        }
    ],
}
HASH = "e832eac4c60419cf3b883c1daad2d740c09ce29e13327f9851927101a22d5aa3"


def revision(one: Json, *objects: Json) -> Json:
    found, findings = revision_of(one, nbcore.Catalog(objects))
    assert found is not None, [str(one) for one in findings]
    return found


def test_the_hash_is_this_one_for_ever() -> None:
    assert hash_of(SPEC) == HASH


@pytest.mark.parametrize("seed", ["0", "1", "4711"])
def test_another_process_has_the_same_hash(seed: str) -> None:
    script = "import json, sys; from nbcore.revision import hash_of; print(hash_of(json.load(sys.stdin)))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps(SPEC),
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == HASH


def with_number(value: Json) -> str:
    return hash_of(changed(SPEC, "inputs", 0, "template", "spec", "n", to=value))


@pytest.mark.parametrize(
    ("one", "other"), [(1, 1.0), (0, -0.0), (2**53, float(2**53)), (10**22, 1e22), (-3, -3.0)]
)
def test_whole_numbers_are_the_same_with_and_without_a_point(one: Json, other: Json) -> None:
    assert with_number(one) == with_number(other)


@pytest.mark.parametrize(
    ("one", "other"), [(1, True), (0, False), (0, None), (1, "1"), (1, 1.5), ([], {}), (2**53, 2**53 + 1)]
)
def test_unlike_values_have_unlike_hashes(one: Json, other: Json) -> None:
    assert with_number(one) != with_number(other)


def test_a_revision_holds_the_inputs_in_order() -> None:
    home = {"mountPath": "/home/me"}
    kind = template(home=home, ports=[{"id": "web", "port": 8888}], required=[{"name": "mirror"}])
    found = revision(notebook(), kind, pod_default("mirror", in_main(workingDir="/")))
    assert (found["apiVersion"], found["kind"]) == ("jackhoman.dev/v1beta1", "Revision")
    assert found["metadata"] == {"name": f"lab-{hash_of(found['spec'])[:12]}", "namespace": "team"}
    assert found["spec"]["home"] == home
    assert found["spec"]["ports"] == [{"id": "web", "port": 8888}]
    named = [(one["rank"], one["kind"], one["name"], one.get("value")) for one in found["spec"]["inputs"]]
    assert named == [
        ("template", "Template", "lab", None),
        ("podDefaults", "PodDefault", "mirror", None),
        ("options", "Template", "lab", "old"),
    ]


def test_the_revision_of_a_workspace_is_one_of_ours() -> None:
    found = revision(workspace(), workspace_kind())
    assert (found["apiVersion"], found["kind"]) == ("jackhoman.dev/v1beta1", "Revision")
    assert [one["kind"] for one in found["spec"]["inputs"]] == ["WorkspaceKind"] * 3
    assert [one["id"] for one in found["spec"]["ports"]] == ["lab"]
    pods = [
        nbcore.render(workspace(), nbcore.Catalog([workspace_kind()]), revision=one) for one in (None, found)
    ]
    assert pods[0].to_bytes() == pods[1].to_bytes()


def test_the_name_of_a_revision_is_one_whatever_the_template_is_called() -> None:
    long = changed(workspace_kind(), "metadata", "name", to=".".join(["a" * 60] * 4))
    mine = changed(workspace(), "spec", "kind", to=long["metadata"]["name"])
    name = revision(mine, long)["metadata"]["name"]
    assert len(name) == 63
    assert "." not in name


@pytest.mark.parametrize("given", [None, [], {"kind": "Notebook"}, notebook("gone"), template()])
def test_there_is_no_revision_of_what_gives_no_pod(given: Json) -> None:
    found, findings = revision_of(given, nbcore.Catalog([template()]))
    assert found is None
    assert findings


def test_a_revision_is_named_by_its_name_and_its_whole_hash() -> None:
    found = revision(notebook(), template())
    names = (found["metadata"]["name"], hash_of(found["spec"]), hash_of(found["spec"])[:12], "lab", "")
    assert [is_named(found, name) for name in names] == [True, True, False, False, False]


def test_a_spec_that_no_reader_lets_through_has_no_hash() -> None:
    deep: Json = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ValueError, match="nested at most 200 levels"):
        hash_of({"inputs": deep})
