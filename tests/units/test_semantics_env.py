"""NB440–NB445: env variables of containers and where their values come from, case by case."""

from __future__ import annotations

from typing import Any

import pytest

from nbcore.checks.fault import Fault
from nbcore.checks.semantics import containers

Json = dict[str, Any]
VOLUMES: list[Json] = [
    {"name": "scratch", "emptyDir": {}},
    {"name": "plain"},
    {"name": "settings", "configMap": {"name": "settings"}},
]


def faults(**fields: Any) -> list[Fault]:
    container = {"name": "main", "image": "i", **fields}
    return list(containers.check({"spec": {"containers": [container], "volumes": VOLUMES}}))


def found(**fields: Any) -> set[tuple[str, str]]:
    return {(fault.code, ".".join(map(str, fault.path[3:]))) for fault in faults(**fields)}


def of_source(**value_from: Any) -> set[tuple[str, str]]:
    """What is found in the source of the only variable, at places below it."""
    answer = found(env=[{"name": "A", "valueFrom": value_from}])
    return {(code, path.removeprefix("env.0.valueFrom").removeprefix(".")) for code, path in answer}


@pytest.mark.parametrize("name", ["A", "a b", "1", "a.b", "~", "..", "-"])
def test_printable_ascii_is_a_name(name: str) -> None:
    assert found(env=[{"name": name}]) == set()
    assert found(envFrom=[{"prefix": name, "secretRef": {"name": "s"}}]) == set()


@pytest.mark.parametrize("name", ["a=b", "é", "\t", "\x7f", "A\n"])
def test_anything_else_is_no_name(name: str) -> None:
    assert found(env=[{"name": name}]) == {("NB440", "env.0.name")}
    assert found(envFrom=[{"prefix": name, "secretRef": {"name": "s"}}]) == {("NB440", "envFrom.0.prefix")}


def test_a_variable_needs_a_name_and_a_prefix_does_not() -> None:
    assert found(env=[{"value": "x"}, {"name": ""}]) == {("NB440", "env.0.name"), ("NB440", "env.1.name")}
    assert found(envFrom=[{"prefix": "", "secretRef": {"name": "s"}}]) == set()


def test_names_may_repeat() -> None:
    assert found(env=[{"name": "A", "value": "1"}, {"name": "A"}]) == set()


def test_a_value_is_never_told() -> None:
    source = {"configMapKeyRef": {"name": "c", "key": "k"}}
    (fault,) = faults(env=[{"name": "A", "value": "hidden", "valueFrom": source}])
    assert fault.code == "NB441"
    assert "hidden" not in f"{fault.message}{fault.remedy}"


# ---- sources ----

FIELD: Json = {"fieldPath": "metadata.name"}
KEY: Json = {"name": "c", "key": "k"}


def test_a_source_is_exactly_one() -> None:
    assert of_source() == {("NB441", "")}
    assert of_source(fieldRef=FIELD) == set()
    assert of_source(fieldRef=FIELD, secretKeyRef=KEY) == {("NB441", "")}
    assert found(env=[{"name": "A", "value": "", "valueFrom": {"fieldRef": FIELD}}]) == set()


def test_a_whole_source_is_exactly_one() -> None:
    name = {"name": "c"}
    place = {("NB441", "envFrom.0")}
    assert found(envFrom=[{"configMapRef": name}, {"secretRef": name}]) == set()
    assert found(envFrom=[{"prefix": "P_"}]) == place
    assert found(envFrom=[{"configMapRef": name, "secretRef": name}]) == place


@pytest.mark.parametrize("source", ["configMapKeyRef", "secretKeyRef"])
@pytest.mark.parametrize(
    ("ref", "fields"),
    [
        ({"name": "c", "key": "k", "optional": True}, set()),
        ({"name": "a.b", "key": "a.B_-"}, set()),
        ({"name": "a" * 253, "key": "k" * 253}, set()),
        ({"key": "k"}, {"name"}),
        ({"name": "", "key": "k"}, {"name"}),
        ({"name": "A_", "key": "k"}, {"name"}),
        ({"name": "c"}, {"key"}),
        ({"name": "c", "key": ""}, {"key"}),
        ({"name": "c", "key": "."}, {"key"}),
        ({"name": "c", "key": "..k"}, {"key"}),
        ({"name": "c", "key": "a/b"}, {"key"}),
        ({"name": "a" * 254, "key": "k" * 254}, {"name", "key"}),
    ],
)
def test_a_reference_to_a_key(source: str, ref: Json, fields: set[str]) -> None:
    assert of_source(**{source: ref}) == {("NB442", f"{source}.{field}") for field in fields}


@pytest.mark.parametrize("source", ["configMapRef", "secretRef"])
def test_a_reference_to_a_whole_object_needs_its_name(source: str) -> None:
    place = {("NB442", f"envFrom.0.{source}.name")}
    for ref in ({}, {"name": ""}, {"name": "A"}, {"name": "-"}, {"name": "é-"}):
        assert found(envFrom=[{source: ref}]) == place
    for name in ("a.b", "a-", "a--"):
        assert found(envFrom=[{source: {"name": name}}]) == set()


@pytest.mark.parametrize(
    "path",
    [
        "metadata.uid",
        "spec.host",
        "status.podIPs",
        "metadata.labels['a/b']",
        "metadata.annotations['A.b/C']",
    ],
)
def test_a_field_that_is_offered(path: str) -> None:
    assert of_source(fieldRef={"fieldPath": path}) == set()
    assert of_source(fieldRef={"fieldPath": path, "apiVersion": "v1"}) == set()


@pytest.mark.parametrize(
    "path",
    [
        "",
        "metadata.labels",
        "spec.restartPolicy",
        "status.phase",
        "Metadata.name",
        "metadata.name['a']",
        "metadata.labels['']",
        "metadata.labels['a b']",
        "metadata.labels[a]",
    ],
)
def test_a_field_that_is_not_offered(path: str) -> None:
    assert {code for code, _ in of_source(fieldRef={"fieldPath": path})} == {"NB443"}


def test_a_field_of_another_version_is_not_offered() -> None:
    assert {code for code, _ in of_source(fieldRef={**FIELD, "apiVersion": "v2"})} == {"NB443"}


@pytest.mark.parametrize(
    ("ref", "fields"),
    [
        ({"resource": "limits.cpu", "divisor": "1m"}, set()),
        ({"resource": "limits.memory", "divisor": "1024Ki"}, set()),
        ({"resource": "requests.ephemeral-storage", "divisor": 0}, set()),
        ({"resource": "requests.hugepages-2Mi", "divisor": "1Gi", "containerName": "other"}, set()),
        ({}, {"resource"}),
        ({"resource": "cpu"}, {"resource"}),
        ({"resource": "limits.nvidia.com/gpu", "divisor": "3"}, {"resource"}),
        ({"resource": "limits.cpu", "divisor": "2"}, {"divisor"}),
        ({"resource": "limits.cpu", "divisor": "1Mi"}, {"divisor"}),
        ({"resource": "limits.memory", "divisor": "1m"}, {"divisor"}),
        ({"resource": "limits.hugepages-2Mi", "divisor": "2Mi"}, {"divisor"}),
    ],
)
def test_a_resource(ref: Json, fields: set[str]) -> None:
    assert of_source(resourceFieldRef=ref) == {("NB444", f"resourceFieldRef.{field}") for field in fields}


FILE: Json = {"volumeName": "scratch", "path": "a/b", "key": "K"}


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({}, set()),
        ({"volumeName": "plain"}, set()),
        ({"path": "/a..b"}, set()),
        ({"volumeName": "settings"}, {"volumeName"}),
        ({"volumeName": "gone"}, {"volumeName"}),
        ({"volumeName": ""}, {"volumeName"}),
        ({"path": "../a"}, {"path"}),
        ({"path": ""}, {"path"}),
        ({"key": "a=b"}, {"key"}),
        ({"key": ""}, {"key"}),
    ],
)
def test_a_file_stands_in_an_empty_dir(change: Json, fields: set[str]) -> None:
    assert of_source(fileKeyRef={**FILE, **change}) == {("NB445", f"fileKeyRef.{field}") for field in fields}
