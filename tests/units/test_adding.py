"""What PodDefaults add in steps that are known before a pod is there, and when there is more to decide."""

from __future__ import annotations

import base64
import copy
import json
from typing import Any

import jsonpatch
import pytest

import nbcore
from nbcore.admission.outcome import Outcome
from nbcore.admission.pods import mutate_pod

SPEC = {
    "selector": {},
    "env": [{"name": "A", "value": "1"}],
    "volumes": [{"name": "v", "emptyDir": {}}],
    "labels": {"team/a": "x"},
    "sidecars": [{"name": "side", "image": "i"}],
}
POD: Any = {
    "metadata": {"labels": {"b": "y"}},
    "spec": {
        "containers": [{"name": "main", "image": "i", "env": [{"name": "B", "value": "2"}]}],
        "volumes": [],
    },
}


def outcome(pod: Any, spec: Any = SPEC, compat: Any = "") -> Outcome:
    metadata = {"name": "a", "namespace": "team", "resourceVersion": "7"}
    one = {"apiVersion": "kubeflow.org/v1alpha1", "kind": "PodDefault", "metadata": metadata, "spec": spec}
    settings = nbcore.Settings(compat=compat)
    return mutate_pod(pod, "team", nbcore.Catalog([one]), settings, operation="CREATE")


def test_the_operations_are_known_where_nothing_is_in_the_way() -> None:
    found = outcome(POD)
    assert found.operations is not None
    assert [(one["op"], one["path"]) for one in found.operations] == [
        ("add", "/metadata/labels/team~1a"),
        ("add", "/metadata/annotations"),
        ("add", "/spec/volumes/-"),
        ("add", "/spec/containers/-"),
        ("add", "/spec/containers/0/env/-"),
    ]
    assert jsonpatch.apply_patch(POD, list(found.operations)) == found.object


def other(change: Any) -> Any:
    pod = copy.deepcopy(POD)
    change(pod)
    return pod


DECIDED = {
    "an element of that name": lambda pod: pod["spec"]["volumes"].append({"name": "v", "emptyDir": {}}),
    "a label of that name": lambda pod: pod["metadata"]["labels"].update({"team/a": "x"}),
    "a null": lambda pod: pod["metadata"].update(annotations=None),
    "two containers of one name": lambda pod: pod["spec"]["containers"].append(
        {"name": "main", "image": "i"}
    ),
    "a container that is there": lambda pod: pod["spec"]["containers"].append({"name": "side", "image": "i"}),
}


@pytest.mark.parametrize("change", DECIDED.values(), ids=DECIDED)
def test_what_is_to_be_decided_is_left_to_uniting(change: Any) -> None:
    found = outcome(other(change))
    assert found.operations is None
    assert found.object is not None or found.errors


@pytest.mark.parametrize(
    "volumes", [[{"emptyDir": {}}], [{"name": 1}], [None], ["v"], None, {"v": 1}], ids=repr
)
def test_a_list_without_names_is_left_to_uniting(volumes: Any) -> None:
    assert outcome(other(lambda pod: pod["spec"].update(volumes=volumes))).operations is None


def test_a_field_that_leads_others_is_left_to_uniting() -> None:
    found = outcome(POD, {**SPEC, "serviceAccountName": "a"})
    assert found.operations is None
    assert found.object["spec"]["serviceAccountName"] == "a"  # type: ignore[index]


def test_what_is_written_is_that_of_the_pod() -> None:
    metadata = {"name": "a", "namespace": "team"}
    catalog = nbcore.Catalog(
        [{"apiVersion": "kubeflow.org/v1alpha1", "kind": "PodDefault", "metadata": metadata, "spec": SPEC}]
    )
    pods = [
        POD,
        other(lambda pod: pod["spec"].pop("volumes")),
        other(lambda pod: pod["metadata"].clear()),
        POD,
    ]
    for pod in pods:
        found = mutate_pod(pod, "team", catalog, nbcore.Settings(), operation="CREATE")
        assert json.loads(base64.b64decode(found.written)) == found.operations
        assert jsonpatch.apply_patch(pod, list(found.operations or ())) == found.object


def test_as_upstream_everything_is_compared() -> None:
    assert outcome(POD, compat="kubeflow").operations is None
