"""Overlays, by example: order, units, composite keys, and the two changes that are refused."""

from __future__ import annotations

from typing import Any

import pytest

from nbcore.strategic.overlaying import OverlayError, overlay


def main(**fields: Any) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": "main", **fields}]}}


OVERLAYS: tuple[tuple[str, Any, Any, Any], ...] = (
    (
        "new elements last",
        main(env=[{"name": "a"}]),
        main(env=[{"name": "b"}, {"name": "a", "value": "1"}]),
        main(env=[{"name": "a", "value": "1"}, {"name": "b"}]),
    ),
    (
        "value drops valueFrom",
        main(env=[{"name": "a", "valueFrom": {"fieldRef": {}}}]),
        main(env=[{"name": "a", "value": ""}]),
        main(env=[{"name": "a", "value": ""}]),
    ),
    (
        "a handler is one unit",
        main(livenessProbe={"exec": {"command": ["a"]}, "periodSeconds": 5}),
        main(livenessProbe={"httpGet": {"port": 1}}),
        main(livenessProbe={"periodSeconds": 5, "httpGet": {"port": 1}}),
    ),
    (
        "ports by number and protocol",
        main(ports=[{"containerPort": 1}]),
        main(
            ports=[
                {"containerPort": 1, "protocol": "UDP"},
                {"containerPort": 1, "protocol": "TCP", "name": "x"},
            ]
        ),
        main(
            ports=[
                {"containerPort": 1, "protocol": "TCP", "name": "x"},
                {"containerPort": 1, "protocol": "UDP"},
            ]
        ),
    ),
    (
        "tolerations add up",
        {"spec": {"tolerations": [{"key": "a"}]}},
        {"spec": {"tolerations": [{"key": "b"}, {"key": "a"}]}},
        {"spec": {"tolerations": [{"key": "a"}, {"key": "b"}]}},
    ),
    (
        "unless they are replaced",
        {"spec": {"tolerations": [{"key": "a"}]}},
        {"spec": {"tolerations": [{"$patch": "replace"}, {"key": "b"}]}},
        {"spec": {"tolerations": [{"key": "b"}]}},
    ),
    (
        "capabilities add up",
        main(securityContext={"capabilities": {"drop": ["ALL"]}}),
        main(securityContext={"capabilities": {"drop": ["NET_RAW", "ALL"]}}),
        main(securityContext={"capabilities": {"drop": ["ALL", "NET_RAW"]}}),
    ),
    (
        "a volume replaced explicitly",
        {"spec": {"volumes": [{"name": "a", "emptyDir": {}}]}},
        {"spec": {"volumes": [{"name": "a", "emptyDir": None, "secret": {}}]}},
        {"spec": {"volumes": [{"name": "a", "secret": {}}]}},
    ),
)


@pytest.mark.parametrize(
    ("lower", "upper", "result"), [row[1:] for row in OVERLAYS], ids=[row[0] for row in OVERLAYS]
)
def test_overlays(lower: Any, upper: Any, result: Any) -> None:
    assert overlay(lower, upper) == result


def test_all_problems_are_told_at_once() -> None:
    lower = {
        "spec": {
            "volumes": [{"name": "v", "emptyDir": {}}],
            **main(volumeMounts=[{"mountPath": "/x", "name": "v"}])["spec"],
        }
    }
    upper = {
        "spec": {
            "volumes": [{"name": "v", "secret": {}}],
            **main(volumeMounts=[{"mountPath": "/x", "name": "w"}])["spec"],
        }
    }
    with pytest.raises(OverlayError) as caught:
        overlay(lower, upper)
    assert [(one.code, one.path.keyed) for one in caught.value.problems] == [
        ("NB303", "spec.volumes[v]"),
        ("NB304", "spec.containers[main].volumeMounts[/x]"),
    ]


def test_a_scalar_does_not_make_a_list_disappear() -> None:
    with pytest.raises(
        OverlayError, match=r"spec\.containers: a string would replace a list of a lower layer"
    ):
        overlay(main(), {"spec": {"containers": "x"}})
