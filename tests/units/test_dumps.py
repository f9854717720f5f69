"""Dumps: notebooks, what they name, and kinds are told apart, whatever else is there."""

from __future__ import annotations

import json
from typing import Any

import pytest

import nbcore
from nbcore.dumps import dump_of


def named(kind: str, name: str, version: str = "jackhoman.dev/v1beta1") -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": {}}


def notebook(name: str) -> dict[str, Any]:
    return {**named("Notebook", name), "spec": {"templateRef": {"name": "a", "namespace": "b"}}}


OBJECTS = [
    notebook("one"),
    named("Template", "two"),
    named("Namespace", "three", "v1"),
    named("Revision", "four"),
    named("PodDefault", "five"),
    named("WorkspaceKind", "six", "kubeflow.org/v1beta1"),
    named("Secret", "seven", "v1"),
]


def names(objects: list[Any]) -> list[str]:
    values = [getattr(one, "value", one) for one in objects]
    return [one["metadata"]["name"] for one in values]


@pytest.mark.parametrize("is_document", [False, True])
def test_each_object_has_its_place(is_document: bool) -> None:
    whole = {"apiVersion": "v1", "kind": "List", "items": OBJECTS}
    dump = dump_of(nbcore.load(json.dumps(whole)) if is_document else [whole])
    assert [one.name for one in dump.fleet.members] == ["one"]
    assert names(dump.beside) == ["three", "four"]
    assert names(dump.kinds) == ["two", "five", "six"]


@pytest.mark.parametrize("value", [None, 1, "a", [], {}, {"kind": []}, {"kind": "List", "items": 3}])
def test_what_is_no_object_has_none(value: Any) -> None:
    dump = dump_of([value, notebook("one")])
    assert (len(dump.fleet), dump.beside, dump.kinds) == (1, [], [])
