"""Resource quotas: what they refuse, by how much, and whom they count."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from nbcore.checks.fault import Fault
from nbcore.checks.quota import Budget, Shortage, check, largest, shortages
from nbcore.checks.quota.quotas import MOST_QUOTAS

Json = Any


def quota(hard: Json, used: Json = None, name: str = "team", **spec: Json) -> Json:
    status = {} if used is None else {"used": used}
    return {"metadata": {"name": name}, "spec": {"hard": hard, **spec}, "status": status}


def pod(resources: Json = None, name: str = "notebook", **spec: Json) -> Json:
    main = {"name": "main", **({"resources": resources} if resources is not None else {})}
    return {"metadata": {"name": name}, "spec": {"containers": [main], **spec}}


def faults(judged: Json, *quotas: Json, **budget: Json) -> list[Fault]:
    return list(check(judged, Budget.of(quotas, **budget)))


def codes(judged: Json, *quotas: Json, **budget: Json) -> list[str]:
    return [one.code for one in faults(judged, *quotas, **budget)]


LIMITS = {"limits": {"cpu": "2", "memory": "4Gi"}}


@pytest.mark.parametrize(
    ("hard", "used", "refused"),
    [
        ({"requests.cpu": "4"}, {"requests.cpu": "2"}, False),
        ({"requests.cpu": "4"}, {"requests.cpu": "2001m"}, True),
        ({"cpu": "1"}, {}, True),
        ({"limits.memory": "4Gi"}, {"limits.memory": "0"}, False),
        ({"limits.memory": "4Gi"}, {"limits.memory": "1"}, True),
        ({"pods": "3"}, {"pods": "3"}, True),
        ({"pods": "3"}, {"pods": "2"}, False),
        ({"count/pods": "0"}, {}, True),
        ({"requests.nvidia.com/gpu": "0"}, {"requests.nvidia.com/gpu": "5"}, False),
        ({"services": "0"}, {}, False),
        ({"limits.nvidia.com/gpu": "0"}, {}, False),
    ],
)
def test_a_quota_refuses_what_it_has_no_room_for(hard: Json, used: Json, refused: bool) -> None:
    assert codes(pod(LIMITS), quota(hard, used)) == (["NB601"] if refused else [])


def test_what_is_not_asked_for_passes_a_quota_that_is_overdrawn() -> None:
    zero = {"requests": {"cpu": "0"}}
    assert codes(pod(zero), quota({"requests.cpu": "1"}, {"requests.cpu": "9"})) == []


def test_a_shortage_tells_all_its_numbers() -> None:
    gpus = {"limits": {"nvidia.com/gpu": 2}}
    judged, given = pod(gpus), quota({"requests.nvidia.com/gpu": "4"}, {"requests.nvidia.com/gpu": "3"})
    (one,) = shortages(judged, Budget.of([given]))
    assert isinstance(one, Shortage)
    assert [str(each) for each in (one.requested, one.used, one.hard, one.short)] == ["2", "3", "4", "1"]
    (fault,) = faults(judged, given)
    assert fault.magnitude == Fraction(1)
    assert fault.path == ("spec", "containers", 0, "resources", "limits", "nvidia.com/gpu")
    assert fault.message == (
        "the quota team allows 4 requests.nvidia.com/gpu, 3 in use, 2 asked for: 1 too much"
    )
    assert fault.remedy == "Ask for at most 1, free some of what is in use, or have the quota raised."


def test_a_full_quota_offers_no_smaller_amount() -> None:
    (fault,) = faults(pod(), quota({"pods": "1"}, {"pods": "1"}))
    assert fault.path == ("spec",)
    assert fault.remedy == "Free some of what is in use, or have the quota raised."


def test_the_place_is_where_most_of_it_comes_from() -> None:
    judged = pod({"requests": {"cpu": "1"}})
    judged["spec"]["initContainers"] = [
        {"name": "side", "restartPolicy": "Always", "resources": {"requests": {"cpu": "3"}}}
    ]
    (fault,) = faults(judged, quota({"requests.cpu": "3"}, {}))
    assert fault.path == ("spec", "initContainers", 0, "resources", "requests", "cpu")
    assert fault.related == (("spec", "containers", 0, "resources", "requests", "cpu"),)
    judged["spec"]["resources"] = {"requests": {"cpu": "9"}}
    (fault,) = faults(judged, quota({"requests.cpu": "3"}, {}))
    assert fault.path == ("spec", "resources", "requests", "cpu")


def test_every_quota_and_resource_is_told() -> None:
    given = [quota({"cpu": "1", "pods": "0"}, {}, "a"), quota({"limits.cpu": "1"}, {}, "b")]
    found = faults(pod(LIMITS), *given)
    assert [one.code for one in found] == ["NB601"] * 3
    assert [one.message.split()[2] for one in found] == ["a", "a", "b"]


# ---- usage ----


def test_usage_is_that_of_the_status_then_that_of_the_pods_then_none() -> None:
    others = [pod(LIMITS, "other"), pod(LIMITS, "third")]
    hard = {"requests.cpu": "5"}
    assert codes(pod(LIMITS), quota(hard, {"requests.cpu": "1"}), pods=others) == []
    (fault,) = faults(pod(LIMITS), quota(hard), pods=others)
    assert "4 in use" in fault.message
    assert codes(pod(LIMITS), quota(hard)) == []
    (fault,) = faults(pod(LIMITS), quota({"requests.cpu": "1"}))
    assert "no usage known" in fault.message


def test_only_pods_within_the_scopes_are_in_use() -> None:
    others = [pod(LIMITS, "other"), pod(LIMITS, "third", activeDeadlineSeconds=60)]
    (fault,) = faults(pod(LIMITS), quota({"requests.cpu": "3"}, scopes=["NotTerminating"]), pods=others)
    assert "2 in use" in fault.message


def test_a_resource_that_the_status_leaves_out_is_counted() -> None:
    given = quota({"requests.cpu": "3", "pods": "9"}, {"pods": "1"})
    assert codes(pod(LIMITS), given, pods=[pod(LIMITS, "other")]) == ["NB601"]


def test_a_pod_is_not_counted_against_itself() -> None:
    same = pod(LIMITS)
    assert codes(same, quota({"requests.cpu": "2"}), pods=[same]) == []
    running = {**same, "status": {"phase": "Running"}}
    told = quota({"requests.cpu": "2"}, {"requests.cpu": "2"})
    assert codes(same, told, pods=[running]) == []
    assert codes(same, told, pods=[same]) == ["NB601"], "the status cannot count what no cluster has"
    assert codes(same, told, pods=[{**running, "metadata": {"name": "other"}}]) == ["NB601"]


def test_a_pod_outside_the_scope_gave_nothing_to_take_back() -> None:
    running = {**pod(LIMITS, activeDeadlineSeconds=1), "status": {"phase": "Running"}}
    given = quota({"requests.cpu": "2"}, {"requests.cpu": "2"}, scopes=["NotTerminating"])
    assert codes(pod(LIMITS), given, pods=[running]) == ["NB601"]


def test_hard_is_that_of_the_spec_else_that_of_the_status() -> None:
    only_status = {"metadata": {"name": "q"}, "status": {"hard": {"pods": "0"}}}
    assert codes(pod(), only_status) == ["NB601"]
    assert codes(pod(), {**only_status, "spec": {"hard": {"pods": "1"}}}) == []


# ---- what must be said ----


@pytest.mark.parametrize(
    ("hard", "resources", "missing"),
    [
        ("limits.memory", {"requests": {"memory": "1Gi"}}, "limits.memory"),
        ("limits.memory", {"limits": {"memory": "1Gi"}}, None),
        ("requests.memory", {"limits": {"memory": "1Gi"}}, None),
        ("memory", {}, "requests.memory"),
        ("memory", {"requests": {"memory": "0"}}, None),
        ("cpu", {"limits": {"memory": "1Gi"}}, "requests.cpu"),
        ("limits.cpu", {"requests": {"cpu": "1"}}, "limits.cpu"),
        ("requests.ephemeral-storage", {}, None),
        ("requests.nvidia.com/gpu", {}, None),
    ],
)
def test_a_quota_on_compute_wants_every_container_to_say(
    hard: str, resources: Json, missing: str | None
) -> None:
    found = faults(pod(resources), quota({hard: "64Gi"}, {}))
    assert [one.code for one in found] == (["NB602"] if missing else [])
    assert all(one.path == ("spec", "containers", 0, "resources") for one in found)
    assert all(f"does not set {missing}, which the quota team counts" in one.message for one in found)


def test_init_containers_have_to_say_too_and_each_container_is_told_once() -> None:
    judged = pod({}, initContainers=[{"name": "setup"}])
    given = quota({"cpu": "9", "requests.cpu": "9", "limits.memory": "9Gi"}, {})
    found = faults(judged, given)
    assert [(one.code, one.path[1]) for one in found] == [
        ("NB602", "containers"),
        ("NB602", "initContainers"),
    ]
    assert (
        "requests.cpu and limits.memory" in found[0].message
        or "limits.memory and requests.cpu" in found[0].message
    )


def test_a_pod_with_resources_of_its_own_need_not_say() -> None:
    given, judged = quota({"limits.memory": "64Gi"}, {}), pod({})
    judged["spec"]["resources"] = {"limits": {"cpu": "1"}}
    assert codes(judged, given) == []
    judged["spec"]["resources"] = {}
    assert codes(judged, given) == ["NB602"]


# ---- scopes ----

URGENT = {"priorityClassName": "urgent"}
CROSSING: Json = {
    "affinity": {
        "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"namespaceSelector": {}}]}
    }
}
WEIGHTED = {"podAffinityTerm": {"namespaces": ["a"]}}
CROSSING_SOFTLY: Json = {
    "affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [WEIGHTED]}}
}


def _selector(name: str, operator: str, *values: str) -> Json:
    return {
        "scopeSelector": {
            "matchExpressions": [{"scopeName": name, "operator": operator, "values": list(values)}]
        }
    }


@pytest.mark.parametrize(
    ("scope", "judged", "counts"),
    [
        ({"scopes": ["Terminating"]}, pod(activeDeadlineSeconds=0), True),
        ({"scopes": ["Terminating"]}, pod(), False),
        ({"scopes": ["NotTerminating"]}, pod(), True),
        ({"scopes": ["NotTerminating"]}, pod(activeDeadlineSeconds=60), False),
        ({"scopes": ["BestEffort"]}, pod(), True),
        ({"scopes": ["BestEffort"]}, pod(LIMITS), False),
        ({"scopes": ["NotBestEffort"]}, pod(LIMITS), True),
        ({"scopes": ["NotBestEffort"]}, pod(), False),
        ({"scopes": ["PriorityClass"]}, pod(**URGENT), True),
        ({"scopes": ["PriorityClass"]}, pod(), False),
        ({"scopes": ["CrossNamespacePodAffinity"]}, pod(**CROSSING), True),
        ({"scopes": ["CrossNamespacePodAffinity"]}, pod(**CROSSING_SOFTLY), True),
        ({"scopes": ["CrossNamespacePodAffinity"]}, pod(affinity={}), False),
        ({"scopes": ["Terminating", "BestEffort"]}, pod(), False),
        ({"scopes": ["VolumeAttributesClass"]}, pod(), False),
        (_selector("PriorityClass", "In", "urgent"), pod(**URGENT), True),
        (_selector("PriorityClass", "In", "other"), pod(**URGENT), False),
        (_selector("PriorityClass", "In", "urgent"), pod(), False),
        (_selector("PriorityClass", "NotIn", "other"), pod(**URGENT), True),
        (_selector("PriorityClass", "NotIn", "urgent"), pod(), True),
        (_selector("PriorityClass", "DoesNotExist"), pod(), True),
        (_selector("PriorityClass", "DoesNotExist"), pod(**URGENT), False),
        (_selector("Terminating", "Exists"), pod(), False),
        ({"scopes": ["NotTerminating"], **_selector("PriorityClass", "Exists")}, pod(), False),
    ],
)
def test_scopes(scope: Json, judged: Json, counts: bool) -> None:
    assert codes(judged, quota({"pods": "0"}, {}, **scope)) == (["NB601"] if counts else [])


# ---- claims ----


def _volume(storage: str, name: str = "scratch", **spec: Json) -> Json:
    claim = {"resources": {"requests": {"storage": storage}}, **spec}
    return {"name": name, "ephemeral": {"volumeClaimTemplate": {"spec": claim}}}


@pytest.mark.parametrize(
    ("hard", "volumes", "refused"),
    [
        ({"requests.storage": "9Gi"}, [_volume("10Gi")], True),
        ({"requests.storage": "10Gi"}, [_volume("10Gi")], False),
        ({"requests.storage": "10Gi"}, [_volume("6Gi"), _volume("6Gi")], True),
        ({"persistentvolumeclaims": "1"}, [_volume("1Gi"), _volume("1Gi")], True),
        ({"count/persistentvolumeclaims": "0"}, [_volume("1Gi")], True),
        (
            {"gold.storageclass.storage.k8s.io/requests.storage": "1Gi"},
            [_volume("2Gi", storageClassName="gold")],
            True,
        ),
        ({"gold.storageclass.storage.k8s.io/requests.storage": "1Gi"}, [_volume("2Gi")], False),
        (
            {"requests.storage": "0", "persistentvolumeclaims": "0"},
            [{"name": "home", "persistentVolumeClaim": {"claimName": "home"}}],
            False,
        ),
    ],
)
def test_claims_of_ephemeral_volumes(hard: Json, volumes: Json, refused: bool) -> None:
    found = faults(pod(volumes=volumes), quota(hard, {}))
    assert [one.code for one in found] == (["NB603"] if refused else [])
    assert all(one.path[:2] == ("spec", "volumes") and "ephemeral" in one.path for one in found)


@pytest.mark.parametrize(
    ("scope", "classes", "counts"),
    [
        ({"scopes": ["VolumeAttributesClass"]}, {"volumeAttributesClassName": "fast"}, True),
        ({"scopes": ["VolumeAttributesClass"]}, {}, False),
        (_selector("VolumeAttributesClass", "In", "fast"), {"volumeAttributesClassName": "fast"}, True),
        (_selector("VolumeAttributesClass", "In", "slow"), {"volumeAttributesClassName": "fast"}, False),
        (_selector("VolumeAttributesClass", "DoesNotExist"), {}, True),
        (_selector("VolumeAttributesClass", "NotIn", "fast"), {}, True),
        ({"scopes": ["NotTerminating"]}, {}, False),
        (_selector("PriorityClass", "NotIn", "fast"), {}, False),
    ],
)
def test_scopes_of_claims(scope: Json, classes: Json, counts: bool) -> None:
    found = codes(pod(volumes=[_volume("2Gi", **classes)]), quota({"requests.storage": "1Gi"}, {}, **scope))
    assert found == (["NB603"] if counts else [])


def test_storage_in_use_is_that_of_the_claims_given() -> None:
    stored = {"metadata": {"name": "home"}, "spec": {"resources": {"requests": {"storage": "5Gi"}}}}
    (fault,) = faults(pod(volumes=[_volume("6Gi")]), quota({"requests.storage": "10Gi"}), pvcs=[stored])
    assert "5Gi in use" in fault.message
    assert codes(pod(volumes=[_volume("6Gi")]), quota({"requests.storage": "10Gi"}), pods=[pod()]) == []


# ---- what cannot be read ----


def test_what_is_no_amount_is_told_once_and_left_out() -> None:
    budget = Budget.of([quota({"pods": "few", "requests.cpu": "1"}, {"requests.cpu": "x"})])
    assert [(one.kind, one.number, one.fault.code, one.fault.path) for one in budget.problems] == [
        ("ResourceQuota", 0, "NB106", ("spec", "hard", "pods")),
        ("ResourceQuota", 0, "NB106", ("status", "used", "requests.cpu")),
    ]
    assert [one.code for one in check(pod(LIMITS), budget)] == ["NB601"]


@pytest.mark.parametrize(
    "spec", [{"scopes": ["Weekend"]}, _selector("PriorityClass", "Near"), _selector("", "Exists")]
)
def test_a_quota_with_unknown_scopes_counts_nothing(spec: Json) -> None:
    budget = Budget.of([quota({"pods": "0"}, {}, **spec)])
    assert [one.fault.path for one in budget.problems] == [("spec",)]
    assert list(check(pod(), budget)) == []


def test_a_namespace_has_no_more_quotas_than_are_read() -> None:
    many = [quota({"pods": "1"}, {}) for _ in range(MOST_QUOTAS)]
    assert Budget.of(many).problems == ()
    (problem,) = Budget.of([*many, quota({"pods": "0"}, {})]).problems
    assert (problem.number, problem.fault.code) == (MOST_QUOTAS, "NB103")


# ---- the largest that fits ----


def _size(cpu: str, memory: str, gpus: int = 0) -> list[Json]:
    return [pod({"limits": {"cpu": cpu, "memory": memory, **({"nvidia.com/gpu": gpus} if gpus else {})}})]


SIZES = {
    "small": _size("1", "2Gi"),
    "large": _size("8", "32Gi"),
    "medium": _size("4", "16Gi"),
    "gpu": _size("4", "16Gi", 1),
}


@pytest.mark.parametrize(
    ("hard", "best"),
    [
        ({"requests.cpu": "9"}, "large"),
        ({"requests.cpu": "7"}, "gpu"),
        ({"requests.cpu": "7", "requests.nvidia.com/gpu": "0"}, "medium"),
        ({"limits.memory": "4Gi"}, "small"),
        ({"pods": "0"}, None),
    ],
)
def test_the_largest_that_fits(hard: Json, best: str | None) -> None:
    found = largest(SIZES, Budget.of([quota(hard, {})]))
    assert found == (best, {"team": best})


def test_the_largest_for_each_quota_and_for_all() -> None:
    given = [quota({"requests.cpu": "4"}, {}, "a"), quota({"limits.memory": "2Gi"}, {}, "b")]
    node = {"metadata": {"name": "n"}, "status": {"allocatable": {"cpu": "500m"}}}
    assert largest(SIZES, Budget.of(given)) == ("small", {"a": "gpu", "b": "small"})
    assert largest(SIZES, Budget.of(given, nodes=[node])).overall is None
    assert largest({}, Budget.of(given)) == (None, {"a": None, "b": None})


def test_all_pods_of_an_alternative_have_to_fit() -> None:
    both = {"both": [*SIZES["small"], *SIZES["large"]], "small": SIZES["small"]}
    assert largest(both, Budget.of([quota({"requests.cpu": "4"}, {})])).overall == "small"
