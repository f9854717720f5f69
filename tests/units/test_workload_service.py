"""Services, row by row of section 1.5 of the reference on Kubeflow Notebooks 2.0."""

from __future__ import annotations

from typing import Any

import pytest

from tests.units.workload_cases import (
    COMPAT,
    NAME_LABEL,
    codes,
    judged,
    kind,
    made,
    notebook,
    port,
    template,
    with_image_ports,
    workspace,
)


def ports(own: Any, *others: Any) -> list[tuple[str, int]]:
    spec = made(own, *others)["Service"]["spec"]
    assert all(one["targetPort"] == one["port"] and one["protocol"] == "TCP" for one in spec["ports"])
    return [(one["name"], one["port"]) for one in spec["ports"]]


def test_1_5_the_service_of_the_worked_example() -> None:
    assert made(workspace(), kind())["Service"] == {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"generateName": "ws-demo-", "namespace": "team", "labels": {NAME_LABEL: "demo"}},
        "spec": {
            "type": "ClusterIP",
            "selector": {NAME_LABEL: "demo", "statefulset": "demo"},
            "ports": [{"name": "http-8888", "port": 8888, "targetPort": 8888, "protocol": "TCP"}],
        },
    }


def test_1_5_ports_stand_in_the_order_of_the_image_and_of_no_kind() -> None:
    whole = kind(ports=[port("jupyterlab"), port("tensorboard")])
    own = with_image_ports(whole, {"id": "tensorboard", "port": 6006}, {"id": "jupyterlab", "port": 8888})
    assert ports(workspace(), own) == [("http-6006", 6006), ("http-8888", 8888)]


def test_1_5_a_port_of_the_kind_that_the_image_does_not_have_is_left_out() -> None:
    assert ports(workspace(), kind(ports=[port("jupyterlab"), port("rstudio")])) == [("http-8888", 8888)]


def test_1_5_a_port_that_the_kind_does_not_know_is_a_port_all_the_same() -> None:
    own = with_image_ports(kind(), {"id": "jupyterlab", "port": 8888}, {"id": "other", "port": 9000})
    assert ports(workspace(), own) == [("http-8888", 8888), ("http-9000", 9000)]


@pytest.mark.parametrize("settings", [None, COMPAT])
def test_1_5_a_port_number_given_twice_is_an_error(settings: Any) -> None:
    whole = kind(ports=[port("jupyterlab"), port("other")])
    own = with_image_ports(whole, {"id": "jupyterlab", "port": 8888}, {"id": "other", "port": 8888})
    found, findings = judged(workspace(), own, settings=settings)
    assert found == ()
    assert codes(findings) == [("NB222", "error")]
    [path] = [one.path.keyed for one in findings if one.code == "NB222"]
    assert path == "spec.podTemplate.options.imageConfig.values[scipy_180].spec.ports[other].port"


def test_1_5_numbers_of_an_image_that_is_not_chosen_do_not_matter() -> None:
    whole = kind(ports=[port("jupyterlab"), port("other")])
    images = whole["spec"]["podTemplate"]["options"]["imageConfig"]["values"]
    images[1]["spec"]["ports"].append({"id": "other", "port": 8888})
    assert ports(workspace(), whole) == [("http-8888", 8888)]


def test_a_notebook_has_a_port_for_every_endpoint_with_a_number() -> None:
    more = [{"id": "lab", "port": 8888}, {"id": "ssh", "port": 2222, "protocol": "TCP"}, {"id": "unnumbered"}]
    assert ports(notebook(), template(ports=more)) == [("http-8888", 8888), ("tcp-2222", 2222)]


def test_endpoints_of_a_notebook_with_one_number_share_a_port() -> None:
    more = [{"id": "lab", "port": 8888, "protocol": "TCP"}, {"id": "api", "port": 8888}]
    assert ports(notebook(), template(ports=more)) == [("tcp-8888", 8888)]


def test_a_value_completes_the_endpoints_of_a_notebook() -> None:
    value = {"id": "a", "ports": [{"id": "lab", "port": 9999}, {"id": "more", "port": 1}]}
    options = [{"id": "g", "default": "a", "values": [value]}]
    assert ports(notebook(), template(options=options)) == [
        ("http-9999", 9999),
        ("tcp-2222", 2222),
        ("http-1", 1),
    ]


def test_a_notebook_without_endpoints_has_no_service() -> None:
    assert list(made(notebook(), template(ports=[]))) == ["StatefulSet"]
