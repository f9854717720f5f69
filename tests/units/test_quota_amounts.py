"""What a pod asks for, and what a quota charges it for."""

from __future__ import annotations

from typing import Any

import pytest

from nbcore.checks.quota.amounts import demand, is_best_effort, total
from nbcore.checks.quota.parts import amount, cited, listed
from nbcore.checks.quota.usage import charged, claim, ephemeral_claims, pod_usage

Json = Any


def container(requests: Json = None, limits: Json = None, **more: Json) -> Json:
    sides = {"requests": requests, "limits": limits}
    return {"name": "c", "resources": {key: one for key, one in sides.items() if one is not None}, **more}


def usage(**spec: Json) -> dict[str, str]:
    asked = demand({"spec": spec})
    assert asked is not None
    return {name: str(one) for name, one in pod_usage(asked).items()}


CPU_OF = [
    ("one request", {"containers": [container({"cpu": "1"})]}, "1", None),
    ("the request follows the limit", {"containers": [container(None, {"cpu": "2"})]}, "2", "2"),
    ("a sum", {"containers": [container({"cpu": "1"}), container({"cpu": "500m"})]}, "1500m", None),
    (
        "an init container that is larger",
        {"containers": [container({"cpu": "1"})], "initContainers": [container({"cpu": "3"})]},
        "3",
        None,
    ),
    (
        "an init container that is smaller",
        {"containers": [container({"cpu": "1"})], "initContainers": [container({"cpu": "500m"})]},
        "1",
        None,
    ),
    (
        "a sidecar adds to the containers",
        {
            "containers": [container({"cpu": "1"})],
            "initContainers": [container({"cpu": "3"}, restartPolicy="Always")],
        },
        "4",
        None,
    ),
    (
        "a sidecar adds to the init containers after it",
        {
            "containers": [container({"cpu": "1"})],
            "initContainers": [container({"cpu": "2"}, restartPolicy="Always"), container({"cpu": "4"})],
        },
        "6",
        None,
    ),
    (
        "a sidecar does not add to the init containers before it",
        {
            "containers": [container({"cpu": "1"})],
            "initContainers": [container({"cpu": "4"}), container({"cpu": "2"}, restartPolicy="Always")],
        },
        "4",
        None,
    ),
    (
        "the pod's own resources decide",
        {
            "containers": [container({"cpu": "1"})],
            "resources": {"requests": {"cpu": "8"}, "limits": {"cpu": "9"}},
        },
        "8",
        "9",
    ),
    (
        "the pod's own request is that of the containers",
        {"containers": [container({"cpu": "1"})], "resources": {"limits": {"cpu": "9"}}},
        "1",
        "9",
    ),
    (
        "the pod's own request is its limit",
        {"containers": [{}], "resources": {"limits": {"cpu": "9"}}},
        "9",
        "9",
    ),
    (
        "overhead adds, to limits where there is one",
        {"containers": [container({"cpu": "1"}, {"cpu": "2"})], "overhead": {"cpu": "100m"}},
        "1100m",
        "2100m",
    ),
    (
        "overhead makes no limit",
        {"containers": [container({"cpu": "1"})], "overhead": {"cpu": "100m"}},
        "1100m",
        None,
    ),
    ("fractions are rounded up", {"containers": [container({"cpu": "100u"})]}, "1m", None),
]


@pytest.mark.parametrize(
    ("spec", "request_", "limit"), [one[1:] for one in CPU_OF], ids=[one[0] for one in CPU_OF]
)
def test_cpu_that_a_pod_is_charged_for(spec: Json, request_: str, limit: str | None) -> None:
    found = usage(**spec)
    assert found["cpu"] == found["requests.cpu"] == request_
    assert found.get("limits.cpu") == limit


@pytest.mark.parametrize(
    ("resource", "names"),
    [
        ("memory", {"memory", "requests.memory", "limits.memory"}),
        (
            "ephemeral-storage",
            {"ephemeral-storage", "requests.ephemeral-storage", "limits.ephemeral-storage"},
        ),
        ("nvidia.com/gpu", {"requests.nvidia.com/gpu"}),
        ("hugepages-2Mi", {"hugepages-2Mi", "requests.hugepages-2Mi"}),
        ("deviceclass.resource.kubernetes.io/a", {"requests.deviceclass.resource.kubernetes.io/a"}),
        ("kubernetes.io/batteries", set()),
        ("storage", set()),
    ],
)
def test_names_that_a_resource_is_charged_under(resource: str, names: set[str]) -> None:
    found = usage(containers=[container({resource: "2"}, {resource: "2"})])
    assert found.keys() == {"pods", "count/pods"} | names
    assert {found[name] for name in names} <= {"2"}


@pytest.mark.parametrize(
    ("status", "cpu"),
    [
        ({}, "1"),
        ({"phase": "Running"}, "1"),
        ({"phase": "Succeeded"}, None),
        ({"phase": "Failed"}, None),
        ({"containerStatuses": [{"name": "c", "resources": {"requests": {"cpu": "3"}}}]}, "3"),
        ({"containerStatuses": [{"name": "c", "resources": {"requests": {"cpu": "500m"}}}]}, "1"),
        ({"containerStatuses": [{"name": "c", "resources": {}, "allocatedResources": {"cpu": "2"}}]}, "2"),
        ({"containerStatuses": [{"name": "c", "allocatedResources": {"cpu": "2"}}]}, "1"),
        ({"containerStatuses": [{"name": "other", "resources": {"requests": {"cpu": "3"}}}]}, "1"),
        (
            {
                "containerStatuses": [{"name": "c", "resources": {"requests": {"cpu": "500m"}}}],
                "conditions": [{"type": "PodResizePending", "reason": "Infeasible"}],
            },
            "500m",
        ),
        (
            {
                "containerStatuses": [{"name": "c", "resources": {"requests": {"cpu": "500m"}}}],
                "conditions": [{"type": "PodResizePending", "reason": "Deferred"}],
            },
            "1",
        ),
    ],
)
def test_charge_of_a_stored_pod(status: Json, cpu: str | None) -> None:
    stored = {"spec": {"containers": [container({"cpu": "1"})]}, "status": status}
    found = charged(stored, demand(stored))
    assert (str(found["cpu"]) if "cpu" in found else None) == cpu
    assert "count/pods" in found
    assert ("pods" in found) == (cpu is not None)


@pytest.mark.parametrize(
    ("spec", "verdict"),
    [
        ({"containers": [{}]}, True),
        ({"containers": [container({"cpu": "0"})]}, True),
        ({"containers": [container({"nvidia.com/gpu": "1"})]}, True),
        ({"containers": [container({"cpu": "1m"})]}, False),
        ({"containers": [{}], "initContainers": [container(None, {"memory": "1"})]}, False),
        ({"containers": [container({"cpu": "1"})], "resources": {}}, True),
        ({"containers": [{}], "resources": {"limits": {"cpu": "1"}}}, False),
    ],
)
def test_best_effort(spec: Json, verdict: bool) -> None:
    asked = demand({"spec": spec})
    assert asked is not None
    assert is_best_effort(asked) is verdict


def test_huge_pages_of_the_containers_become_the_pods_own() -> None:
    pages = container({"cpu": "1"}, {"hugepages-2Mi": "4Mi"})
    asked = demand({"spec": {"containers": [pages, pages], "resources": {"requests": {"cpu": "4"}}}})
    assert asked is not None
    assert asked.whole is not None
    assert {name: str(one) for name, one in asked.whole.limits.items()} == {"hugepages-2Mi": "8Mi"}
    assert {name: str(one) for name, one in asked.whole.requests.items()} == {
        "hugepages-2Mi": "8Mi",
        "cpu": "4",
    }


def test_limits_that_the_pod_may_not_decide_stay_those_of_the_containers() -> None:
    own = {"limits": {"ephemeral-storage": "9Gi", "cpu": "2"}}
    asked = demand({"spec": {"containers": [container({"ephemeral-storage": "1Gi"})], "resources": own}})
    assert asked is not None
    assert str(total(asked, "requests")["ephemeral-storage"]) == "1Gi"
    assert "ephemeral-storage" not in total(asked, "limits")


@pytest.mark.parametrize(
    "spec",
    [
        {"containers": [container({"cpu": "many"})]},
        {"containers": [container(None, {"cpu": "1K"})]},
        {"containers": [{}], "overhead": {"cpu": ""}},
        {"containers": [{}], "resources": {"limits": {"cpu": "x"}}},
    ],
)
def test_nothing_is_said_of_amounts_that_are_none(spec: Json) -> None:
    assert demand({"spec": spec}) is None


@pytest.mark.parametrize(
    ("found", "text"),
    [("1", "1"), (2, "2"), ("1.5Gi", "1536Mi"), ("1u", "1m"), ("1000001n", "2m"), ("1n", "1m"), ("-1u", "0")],
)
def test_amounts_are_rounded_up_to_thousandths(found: Json, text: str) -> None:
    assert str(amount(found)) == text


def test_a_long_amount_with_a_fraction_is_still_an_amount() -> None:
    vast = amount("9" * 50 + "1e-9")
    assert vast is not None
    assert (vast.value * 1000).denominator == 1
    assert amount(True) is None


# ---- claims ----


def _template(storage: Json, **spec: Json) -> Json:
    return {"spec": {"resources": {"requests": {"storage": storage}}, **spec}}


@pytest.mark.parametrize(
    ("template", "charges"),
    [
        (_template("1Gi"), {"requests.storage": "1Gi"}),
        (_template("1.5"), {"requests.storage": "2"}),
        (
            _template("1Gi", storageClassName="gold"),
            {
                "requests.storage": "1Gi",
                "gold.storageclass.storage.k8s.io/requests.storage": "1Gi",
                "gold.storageclass.storage.k8s.io/persistentvolumeclaims": "1",
            },
        ),
        (_template("1Gi", storageClassName=""), {"requests.storage": "1Gi"}),
        ({"spec": {}}, {}),
        (
            {**_template("1Gi"), "status": {"allocatedResources": {"storage": "3Gi"}}},
            {"requests.storage": "3Gi"},
        ),
    ],
)
def test_charge_of_a_claim(template: Json, charges: dict[str, str]) -> None:
    found = claim(template)
    assert found is not None
    counts = {"persistentvolumeclaims": "1", "count/persistentvolumeclaims": "1"}
    assert {name: str(one) for name, one in found.usage.items()} == counts | charges


def test_the_old_annotation_names_the_class() -> None:
    found = claim(
        {"metadata": {"annotations": {"volume.beta.kubernetes.io/storage-class": "old"}}, "spec": {}}
    )
    assert found is not None
    assert found.storage_class == "old"


def test_claims_are_those_of_ephemeral_volumes_only() -> None:
    ephemeral = {"name": "b", "ephemeral": {"volumeClaimTemplate": _template("1Gi")}}
    volumes = [{"name": "a", "persistentVolumeClaim": {"claimName": "home"}}, ephemeral]
    (found,) = ephemeral_claims({"spec": {"volumes": volumes}})
    assert (found.name, found.path[:3]) == ("b", ("spec", "volumes", 1))
    bad = {"name": "b", "ephemeral": {"volumeClaimTemplate": _template("much")}}
    assert list(ephemeral_claims({"spec": {"volumes": [bad]}})) == []


# ---- words ----


def test_names_are_cut_and_listed() -> None:
    assert cited("a" * 70) == "a" * 64 + "…"
    assert cited("\ud800").isascii()
    assert listed([]) == "none"
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(list("abcdefg")) == "a, b, c, d, e and 2 more"
