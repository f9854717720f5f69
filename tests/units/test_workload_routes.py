"""VirtualServices, row by row of section 1.7 of the reference on Kubeflow Notebooks 2.0."""

from __future__ import annotations

from typing import Any

import pytest

from nbcore.workload import Istio
from tests.units.workload_cases import (
    COMPAT,
    NAME_LABEL,
    child,
    codes,
    judged,
    kind,
    made,
    notebook,
    port,
    routed,
    template,
    with_image_ports,
    workspace,
)

PATH = "/workspace/connect/team/demo/jupyterlab/"
CALL = '{{ httpPathPrefix "jupyterlab" }}'


def headers(**operations: Any) -> Any:
    """A kind whose one port changes headers."""
    return kind(ports=[port("jupyterlab", requestHeaders=operations)])


def route(own: Any, *others: Any, **more: Any) -> Any:
    [found] = routed(own, *others, **more)["spec"]["http"]
    return found


def test_1_7_only_with_istio() -> None:
    assert "VirtualService" not in made(workspace(), kind())
    assert "VirtualService" in made(workspace(), kind(), istio=Istio())


def test_1_7_the_virtual_service_of_the_worked_example() -> None:
    istio = Istio(gateway="kubeflow/gateway", hosts="lab.example.com", cluster_domain="cluster.example")
    own = workspace()
    assert routed(own, kind(), child("Service", "ws-demo-abcde", own), istio=istio) == {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"generateName": "ws-demo-", "namespace": "team", "labels": {NAME_LABEL: "demo"}},
        "spec": {
            "gateways": ["kubeflow/gateway"],
            "hosts": ["lab.example.com"],
            "http": [
                {
                    "match": [{"uri": {"prefix": PATH}}],
                    "route": [
                        {
                            "destination": {
                                "host": "ws-demo-abcde.team.svc.cluster.example",
                                "port": {"number": 8888},
                            }
                        }
                    ],
                }
            ],
        },
    }


def test_1_7_defaults_of_the_configuration() -> None:
    spec = routed(workspace(), kind())["spec"]
    assert (spec["gateways"], spec["hosts"]) == ([""], ["*"])
    [destination] = spec["http"][0]["route"]
    assert destination["destination"]["host"] == "ws-demo-?????.team.svc.cluster.local"


def test_1_7_one_route_per_port_of_the_image_in_its_order_skipping_what_the_kind_does_not_know() -> None:
    whole = kind(ports=[port("jupyterlab"), port("tensorboard"), port("rstudio")])
    own = with_image_ports(
        whole, *({"id": id_, "port": 9000 + at} for at, id_ in enumerate(("tensorboard", "x", "jupyterlab")))
    )
    found = routed(workspace(), own)["spec"]["http"]
    prefixes = [one["match"][0]["uri"]["prefix"] for one in found]
    assert prefixes == ["/workspace/connect/team/demo/tensorboard/", PATH]
    assert [one["route"][0]["destination"]["port"]["number"] for one in found] == [9000, 9002]


@pytest.mark.parametrize(
    ("proxy", "rewrite"),
    [({}, None), ({"removePathPrefix": False}, None), ({"removePathPrefix": True}, {"uri": "/"})],
)
def test_1_7_rewrite(proxy: Any, rewrite: Any) -> None:
    assert route(workspace(), kind(ports=[port("jupyterlab", **proxy)])).get("rewrite") == rewrite


def test_1_7_headers_are_there_only_when_they_are_given() -> None:
    assert "headers" not in route(workspace(), kind())
    assert route(workspace(), headers())["headers"] == {"request": {}}


def test_1_7_header_templates_are_rendered_but_for_those_that_are_removed() -> None:
    whole = headers(
        set={"X-Path": f"at {CALL}", "X-Plain": ""}, add={"X-More": "{{/* nothing */}}a"}, remove=[CALL]
    )
    assert route(workspace(), whole)["headers"]["request"] == {
        "set": {"X-Path": f"at {PATH}", "X-Plain": ""},
        "add": {"X-More": "a"},
        "remove": [CALL],
    }


@pytest.mark.parametrize("operation", ["set", "add"])
@pytest.mark.parametrize("settings", [None, COMPAT])
def test_1_7_a_template_that_cannot_be_rendered_is_an_error(operation: str, settings: Any) -> None:
    whole = headers(**{operation: {"X-Path": "{{ httpPathPrefix }}"}})
    found, findings = judged(workspace(), whole, settings=settings, istio=Istio())
    assert found == ()
    assert codes(findings) == [("NB212", "error")]
    [told] = [one for one in findings if one.code == "NB212"]
    place = f"spec.podTemplate.ports[jupyterlab].httpProxy.requestHeaders.{operation}[X-Path]"
    assert (told.source.kind, told.path.keyed) == ("WorkspaceKind", place)
    assert made(workspace(), whole, settings=settings), "nobody asks without Istio"


def test_1_7_a_port_that_the_image_does_not_have_becomes_nothing_in_compat_and_is_an_error_else() -> None:
    whole = kind(
        ports=[
            port("jupyterlab", requestHeaders={"set": {"X": '[{{ httpPathPrefix "rstudio" }}]'}}),
            port("rstudio"),
        ]
    )
    assert route(workspace(), whole, settings=COMPAT)["headers"]["request"]["set"] == {"X": "[]"}
    found, findings = judged(workspace(), whole, istio=Istio())
    assert (found, codes(findings)) == ((), [("NB212", "error")])


def test_a_notebook_has_routes_to_its_http_endpoints() -> None:
    more = {"requestHeaders": {"set": {"X": '{{ namespace }}/{{ name }} {{ httpPathPrefix "lab" }}'}}}
    ports = [
        {"id": "lab", "port": 8888, "stripPrefix": True, **more},
        {"id": "ssh", "port": 22, "protocol": "TCP"},
    ]
    found = routed(notebook(), template(ports=ports))
    assert found["metadata"]["name"] == "notebook-ada"
    [only] = found["spec"]["http"]
    assert only == {
        "match": [{"uri": {"prefix": "/notebook/team/ada/lab/"}}],
        "rewrite": {"uri": "/"},
        "headers": {"request": {"set": {"X": "team/ada /notebook/team/ada/lab/"}}},
        "route": [{"destination": {"host": "notebook-ada.team.svc.cluster.local", "port": {"number": 8888}}}],
    }


def test_without_a_route_there_is_no_virtual_service() -> None:
    ports = [{"id": "ssh", "port": 22, "protocol": "TCP"}]
    assert list(made(notebook(), template(ports=ports), istio=Istio())) == ["StatefulSet", "Service"]


def test_without_a_namespace_the_host_is_the_name_of_the_service() -> None:
    own = workspace()
    del own["metadata"]["namespace"]
    assert route(own, kind())["route"][0]["destination"]["host"] == "ws-demo-?????"
