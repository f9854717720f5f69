"""The schema of pods: what is refused, what is said about it, and what is left for the other rules."""

from __future__ import annotations

import time
from typing import Any

import pytest

from nbcore.checks.fault import Fault
from nbcore.checks.pod_fields import MANY, fitted, is_time
from nbcore.finding import Fix
from nbcore.kubernetes.paths import Path

CONTAINER = ("spec", "containers", 0)


def pod(**container: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "p"},
        "spec": {"containers": [{"name": "main", "image": "i:1", **container}]},
    }


def of(spec: Any = None, metadata: Any = None) -> dict[str, Any]:
    return {"metadata": metadata, "spec": spec}


def faults(value: Any, version: str = "1.36", type_name: str = "Pod") -> list[Fault]:
    return fitted(value, version, type_name)[1]


def codes(value: Any, version: str = "1.36") -> list[str]:
    return [one.code for one in faults(value, version)]


# ---- fields that do not exist ----


@pytest.mark.parametrize(
    ("value", "path", "message", "remedy", "fix"),
    [
        (
            pod(ports=[{"ContainerPort": 80}]),
            (*CONTAINER, "ports", 0, "ContainerPort"),
            "there is no field ContainerPort here",
            "Did you mean containerPort?",
            ("rename", "containerPort", True),
        ),
        (
            pod(workingdirectory="/"),
            (*CONTAINER, "workingdirectory"),
            "there is no field workingdirectory here",
            "Did you mean workingDir?",
            ("rename", "workingDir", False),
        ),
        (
            pod(Image="x"),
            (*CONTAINER, "Image"),
            "there is no field Image here",
            "Remove it: image is there already.",
            ("remove", None, False),
        ),
        (
            pod(securityContext={"fsGroup": 1}),
            (*CONTAINER, "securityContext", "fsGroup"),
            "there is no field fsGroup here",
            "Move it to spec.securityContext.fsGroup.",
            ("remove", None, False),
        ),
        (
            of({"securityContext": {"capabilities": {}}}),
            ("spec", "securityContext", "capabilities"),
            "there is no field capabilities here",
            "Move it to spec.containers[*].securityContext.capabilities.",
            ("remove", None, False),
        ),
        (
            pod(volumeMounts=[{"name": "a", "mountPath": "/a", "image": "x"}]),
            (*CONTAINER, "volumeMounts", 0, "image"),
            "there is no field image here",
            (
                "Remove it, or choose one of: mountPath, mountPropagation, name, readOnly, recursiveReadOnly,"
                " subPath, subPathExpr."
            ),
            ("remove", None, False),
        ),
        (
            pod(nodeSelector={"a": "b"}),
            (*CONTAINER, "nodeSelector"),
            "there is no field nodeSelector here",
            "Move it to spec.nodeSelector.",
            ("remove", None, False),
        ),
        (
            of({"requests": {"cpu": "1"}}),
            ("spec", "requests"),
            "there is no field requests here",
            "Move it to spec.resources.requests.",
            ("remove", None, False),
        ),
        (
            of({"hostAliases": [{"zzzzzz": 1}]}),
            ("spec", "hostAliases", 0, "zzzzzz"),
            "there is no field zzzzzz here",
            "Remove it, or choose one of: hostnames, ip.",
            ("remove", None, False),
        ),
        (
            {"spec": {"": 1}},
            ("spec", ""),
            "there is no field with an empty name here",
            "Remove it.",
            ("remove", None, False),
        ),
        (
            {"bogus": None},
            ("bogus",),
            "there is no field bogus here",
            "Remove it, or choose one of: apiVersion, kind, metadata, spec, status.",
            ("remove", None, False),
        ),
    ],
)
def test_unknown_fields(
    value: Any, path: tuple[str | int, ...], message: str, remedy: str, fix: tuple[Any, ...]
) -> None:
    [one] = faults(value)
    assert (one.code, one.path, one.message) == ("NB105", path, message)
    assert one.remedy == remedy
    assert one.fix == Fix(fix[0], Path(path), fix[1], fix[2])


@pytest.mark.parametrize(
    ("name", "version", "message", "remedy"),
    [
        (
            "hostUsers",
            "1.25",
            None,
            None,
        ),
        (
            "resources",
            "1.25",
            "there is no field resources here in Kubernetes 1.25: it exists since 1.32",
            "Remove it, or use Kubernetes 1.32 or newer.",
        ),
        (
            "workloadRef",
            "1.36",
            "there is no field workloadRef here in Kubernetes 1.36: it exists until 1.35",
            "Remove it.",
        ),
        ("evictionResponders", "1.37", None, None),
    ],
)
def test_fields_of_other_versions(name: str, version: str, message: str | None, remedy: str | None) -> None:
    found = faults(of({name: None}), version)
    assert [(one.message, one.remedy) for one in found] == ([] if message is None else [(message, remedy)])


def test_newest_is_named_by_its_number() -> None:
    [one] = faults(of({"workloadRef": {}}), "newest")
    assert "newest" not in one.message
    with pytest.raises(KeyError):
        fitted({}, "1.1")


def test_a_template_has_metadata_and_spec_only() -> None:
    manifest = {"apiVersion": "v1", "kind": "Pod", "status": {"phase": "Running"}, **pod()}
    assert faults(manifest) == []
    paths = [one.path for one in faults(manifest, type_name="PodTemplateSpec")]
    assert paths == [("apiVersion",), ("kind",), ("status",)]


# ---- values of the wrong type or form ----


@pytest.mark.parametrize(
    ("container", "message", "remedy", "fix"),
    [
        (
            {"env": [{"name": "a", "value": True}]},
            "value must be a text, not true or false",
            "Put it in quotes.",
            "true",
        ),
        (
            {"env": [{"name": "a", "value": 0.5}]},
            "value must be a text, not a number with a fraction",
            "Put it in quotes.",
            "0.5",
        ),
        ({"args": ["a", 1]}, "args[1] must be a text, not a whole number", "Put it in quotes.", "1"),
        ({"args": [{}]}, "args[0] must be a text, not an object", "Write a text.", None),
        (
            {"command": "a"},
            "command must be a list, not a text",
            'Write a list: start each entry with "- ".',
            ["a"],
        ),
        (
            {"command": 5},
            "command must be a list, not a whole number",
            'Write a list: start each entry with "- ".',
            None,
        ),
        ({"tty": "true"}, "tty must be true or false, not a text", "Remove the quotes.", True),
        ({"tty": 1}, "tty must be true or false, not a whole number", "Write true or false.", None),
        (
            {"ports": [{"containerPort": "80"}]},
            "containerPort must be a whole number, not a text",
            "Remove the quotes.",
            80,
        ),
        (
            {"ports": [{"containerPort": "a"}]},
            "containerPort must be a whole number, not a text",
            "Write a whole number.",
            None,
        ),
        (
            {"ports": [{"containerPort": 80.0}]},
            "containerPort must be a whole number, not one with a point",
            "Write it without the point.",
            80,
        ),
        (
            {"ports": [{"containerPort": True}]},
            "containerPort must be a whole number, not true or false",
            "Write a whole number.",
            None,
        ),
        (
            {"ports": [{"containerPort": 2**31}]},
            "containerPort must be a whole number that fits into 32 bits",
            "Choose a number closer to 0.",
            None,
        ),
        (
            {"securityContext": {"runAsUser": 2**63}},
            "runAsUser must be a whole number that fits into 64 bits",
            "Choose a number closer to 0.",
            None,
        ),
        (
            {"livenessProbe": {"httpGet": {"port": 80.0}}},
            "port must be a whole number or a text, not one with a point",
            "Write it without the point.",
            80,
        ),
        (
            {"livenessProbe": {"httpGet": {"port": True}}},
            "port must be a whole number or a text, not true or false",
            "Write a number or a name.",
            None,
        ),
        (
            {"livenessProbe": {"httpGet": {"port": 2**31}}},
            "port must be a whole number that fits into 32 bits",
            "Choose a number closer to 0.",
            None,
        ),
        ({"resources": []}, "resources must be an object, not a list", "Write its fields below it.", None),
        (
            {"resources": {"limits": "1"}},
            "limits must be an object, not a text",
            "Write names and their values below it.",
            None,
        ),
        (
            {"resources": {"limits": {"cpu": True}}},
            "cpu must be an amount, not true or false",
            "Write an amount such as 500m, 2 or 4Gi.",
            None,
        ),
    ],
)
def test_wrong_types(container: dict[str, Any], message: str, remedy: str, fix: Any) -> None:
    [one] = faults(pod(**container))
    assert (one.code, one.message, one.remedy) == ("NB106", message, remedy)
    assert (one.fix and one.fix.value) == fix
    assert one.fix is None or one.fix.action == "replace"


def test_values_are_not_told() -> None:
    secret = 314159265358979
    told = [f"{one.message} {one.remedy}" for one in faults(pod(env=[{"name": "a", "value": secret}]))]
    assert len(told) == 1
    assert str(secret) not in told[0]


@pytest.mark.parametrize(
    "amount", [0, 1, 0.5, 1e22, "1", "100m", "1Gi", " 1Gi", "1Gi ", "1e3", "-0", ".5", "+1"]
)
def test_amounts(amount: Any) -> None:
    assert codes(pod(resources={"limits": {"cpu": amount}})) == []


@pytest.mark.parametrize(
    "amount",
    ["", " ", "1gi", "1K", "1 Gi", "\t1", "1\u00a0", "0x1", "x", {}, [], True, "m", "1000E", "9" * 65],
)
def test_no_amounts(amount: Any) -> None:
    [one] = faults(pod(resources={"limits": {"cpu": amount}}))
    assert one.code == "NB106"
    assert one.message.startswith("cpu must be an amount")


def test_blanks_around_an_amount_are_gone() -> None:
    sound, found = fitted(pod(resources={"limits": {"cpu": " 1 "}}))
    assert found == []
    assert sound["spec"]["containers"][0]["resources"] == {"limits": {"cpu": "1"}}


@pytest.mark.parametrize(
    "text",
    [
        *(
            "2024-02-29T00:00:00Z",
            "2024-01-01T23:59:59.123456789Z",
            "2024-01-01T1:00:00Z",
            "0000-02-29T00:00:00Z",
        ),
        *("2024-01-01T00:00:00,5Z", "2024-01-01T00:00:00+24:60", "9999-12-31T00:00:00-00:00"),
    ],
)
def test_times(text: str) -> None:
    assert is_time(text)
    assert codes(of(metadata={"creationTimestamp": text})) == []


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "2024-01-01",
            "2023-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2024-04-31T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-00-01T00:00:00Z",
        ),
        *("2024-01-00T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:60Z"),
        *("2024-01-01T00:00:00+25:00", "2024-01-01T00:00:00+00:61", "2024-01-01t00:00:00Z"),
        *("2024-01-01T00:00:00", "2024-01-01T00:00:00Z\n", "٢024-01-01T00:00:00Z", "2024-01-01T00:00:00.Z"),
    ],
)
def test_no_times(text: str) -> None:
    assert not is_time(text)
    [one] = faults(of(metadata={"creationTimestamp": text}))
    assert one.message == "creationTimestamp must be a time as RFC 3339 writes it"
    assert one.remedy == "Write it like 2006-01-02T15:04:05Z."


# ---- what is left ----


def test_a_right_pod_comes_back_as_it_is() -> None:
    value = pod(env=[{"name": "a", "value": "b"}], resources={"limits": {"cpu": 1, "memory": "1Gi"}})
    sound, found = fitted(value)
    assert sound is value
    assert found == []


def test_nulls_are_dropped_or_read_as_go_reads_them() -> None:
    value = pod(command=["a", None], env=[None], ports=None, resources={"limits": {"cpu": None}})
    value["metadata"] = {"creationTimestamp": None, "labels": {"a": None}}
    sound, found = fitted(value)
    assert found == []
    assert sound["metadata"] == {"labels": {"a": ""}}
    assert sound["spec"]["containers"] == [
        {
            "name": "main",
            "image": "i:1",
            "command": ["a", ""],
            "env": [{}],
            "resources": {"limits": {"cpu": "0"}},
        }
    ]


def test_what_is_wrong_is_dropped_and_elements_keep_their_index() -> None:
    value = of(
        {"containers": [5, {"name": "b", "imagee": "x", "tty": "no"}], "hostNetwork": "x"},
        {"labels": {"a": 1}},
    )
    sound, found = fitted(value)
    assert sound == {"metadata": {"labels": {}}, "spec": {"containers": [{}, {"name": "b"}]}}
    assert [one.path for one in found] == [
        ("metadata", "labels", "a"),
        ("spec", "containers", 0),
        ("spec", "containers", 1, "imagee"),
        ("spec", "containers", 1, "tty"),
        ("spec", "hostNetwork"),
    ]


def test_parts_that_are_right_are_shared() -> None:
    value = of({"containers": [{"name": "a"}], "volumes": None, "tolerations": [{"key": "a"}]})
    sound, _ = fitted(value)
    assert sound["spec"]["containers"] is value["spec"]["containers"]
    assert sound["spec"]["tolerations"] is value["spec"]["tolerations"]
    assert "volumes" in value["spec"]


@pytest.mark.parametrize("value", [None, [], "x", 5, True])
def test_what_is_no_object_at_all(value: Any) -> None:
    sound, [one] = fitted(value)
    assert sound == {}
    assert one.path == ()
    assert one.message.startswith("the pod must be an object, not ")


@pytest.mark.parametrize("value", [{}, of(), {"spec": {}}, {"metadata": {}}, {"spec": None}])
def test_nothing_is_required(value: Any) -> None:
    assert codes(value) == []


# ---- hostile pods ----


def test_a_thousand_faults_are_told_in_no_time() -> None:
    start = time.perf_counter()
    fields = {f"containerss{number}": None for number in range(20_000)}
    assert len(faults(of(fields))) == MANY
    assert len(faults(pod(args=[1] * 20_000))) == MANY
    assert time.perf_counter() - start < 10


def test_long_names_are_cut() -> None:
    [one] = faults(of({"x" * 10_000: 1}))
    assert len(one.message) < 120
    [one] = faults(of(metadata={"labels": {"x" * 10_000: 1}}))
    assert len(one.message) < 120


def test_huge_numbers_and_deep_values() -> None:
    deep: Any = []
    for _ in range(5_000):
        deep = [deep]
    assert codes(pod(image=10**5000, tty=10**5000, args=[float("inf"), deep], bogus=deep)) == [
        "NB106",
        "NB106",
        "NB106",
        "NB106",
        "NB105",
    ]
    assert codes(pod(resources={"limits": {"cpu": 10**5000, "memory": float("nan")}})) == ["NB106", "NB106"]
