"""All objects of a notebook together: their order, what stops them, and what they are pinned to."""

from __future__ import annotations

from typing import Any

import pytest

import nbcore
from nbcore.workload import Istio, objects
from tests.units.workload_cases import COMPAT, codes, judged, kind, made, notebook, template, workspace


def test_1_0_the_order_in_which_objects_are_made() -> None:
    found, findings = judged(workspace(), kind(), istio=Istio())
    assert [one["kind"] for one in found] == [
        "ServiceAccount",
        "StatefulSet",
        "Service",
        "VirtualService",
        "RoleBinding",
        "RoleBinding",
    ]
    assert [one.code for one in findings] == ["NB213"]


@pytest.mark.parametrize(
    ("own", "others", "code"),
    [
        (workspace(), (), "NB201"),
        (notebook(), (), "NB201"),
        (notebook(options={"none": "x"}), (template(),), "NB203"),
        (notebook(spec=1), (template(),), "NB105"),
    ],
)
def test_1_0_what_does_not_render_has_no_objects(own: Any, others: Any, code: str) -> None:
    found, findings = judged(own, *others)
    assert (found, codes(findings)) == ((), [(code, "error")])


def test_1_0_a_redirect_that_leads_nowhere_stops_everything_in_compat_alone() -> None:
    whole = kind()
    images = whole["spec"]["podTemplate"]["options"]["imageConfig"]["values"]
    images[0]["redirect"]["to"] = "gone"
    assert "StatefulSet" in made(workspace(), whole)
    found, findings = judged(workspace(), whole, settings=COMPAT)
    assert (found, codes(findings)) == ((), [("NB207", "error")])


@pytest.mark.parametrize(
    ("own", "others"), [(workspace(), (kind(),)), (notebook(), (template(),))], ids=["workspace", "notebook"]
)
def test_what_has_no_name_yet_has_no_objects(own: Any, others: Any) -> None:
    nameless = {**own, "metadata": {"generateName": "x-", "namespace": "team"}}
    found, findings = judged(nameless, *others)
    assert found == ()
    assert codes(findings) == [("NB107", "error")]
    assert [str(one.path) for one in findings if one.code == "NB107"] == ["metadata.name"]


@pytest.mark.parametrize("value", [None, 1, [], {}, template(), {"kind": "Pod", "apiVersion": "v1"}])
def test_what_is_no_notebook_is_told(value: Any) -> None:
    found, findings = objects(value, nbcore.Catalog())
    assert found == ()
    assert any(one.severity == "error" for one in findings)


def test_a_revision_pins_the_endpoints_too() -> None:
    inputs = [
        {
            "rank": "template",
            "kind": "Template",
            "namespace": "team",
            "name": "lab",
            "template": {"spec": {"containers": [{"name": "main", "image": "old:1"}]}},
        }
    ]
    more = {"requestHeaders": {"set": {"X": '{{ httpPathPrefix "was" }}'}}}
    revision = {
        "apiVersion": "jackhoman.dev/v1beta1",
        "kind": "Revision",
        "metadata": {"name": "r", "namespace": "team"},
        "spec": {"mainContainer": "main", "ports": [{"id": "was", "port": 1234, **more}], "inputs": inputs},
    }
    found = made(notebook(), template(), revision=revision, istio=Istio())
    [container] = found["StatefulSet"]["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "old:1"
    assert [one["port"] for one in found["Service"]["spec"]["ports"]] == [1234]
    [route] = found["VirtualService"]["spec"]["http"]
    assert route["headers"]["request"]["set"] == {"X": "/notebook/team/ada/was/"}
