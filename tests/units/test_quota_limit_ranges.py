"""Limit ranges: what they fill in, and what they refuse."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from nbcore.checks.fault import Fault
from nbcore.checks.quota import Budget, check
from nbcore.checks.quota.amounts import demand
from nbcore.checks.quota.limit_ranges import MOST_RESOURCES, filled, ranges

Json = Any


def limit_range(*limits: Json, name: str = "range") -> Json:
    return {"metadata": {"name": name}, "spec": {"limits": list(limits)}}


def item(kind: str = "Container", **lists: Json) -> Json:
    return {
        "type": kind,
        **{name: {"cpu": one} if isinstance(one, str) else one for name, one in lists.items()},
    }


def pod(*resources: Json, **spec: Json) -> Json:
    containers = [{"name": f"c{index}", "resources": one} for index, one in enumerate(resources)]
    return {"spec": {"containers": containers, **spec}}


def cpu(request: str | None = None, limit: str | None = None) -> Json:
    return {
        **({"requests": {"cpu": request}} if request is not None else {}),
        **({"limits": {"cpu": limit}} if limit is not None else {}),
    }


def faults(judged: Json, *given: Json) -> list[Fault]:
    return list(check(judged, Budget.of(limit_ranges=given)))


DEFAULTS = [
    ("default and defaultRequest", item(default="2", defaultRequest="1"), cpu(), "1", "2"),
    ("the request follows the default", item(default="2"), cpu(), "2", "2"),
    ("the limit follows max", item(max="3"), cpu(), "3", "3"),
    ("the request follows min", item(min="500m"), cpu(), "500m", None),
    ("defaultRequest before min", item(min="500m", defaultRequest="1"), cpu(), "1", None),
    ("default before max", item(default="2", max="3"), cpu(), "2", "2"),
    ("what is written stays", item(default="2", defaultRequest="1"), cpu("1500m", "1800m"), "1500m", "1800m"),
    ("a written limit is the request", item(default="2", defaultRequest="1"), cpu(None, "4"), "4", "4"),
    ("only for containers", item("Pod", max="3"), cpu(), None, None),
]


@pytest.mark.parametrize(
    ("one", "resources", "request_", "limit"), [one[1:] for one in DEFAULTS], ids=[one[0] for one in DEFAULTS]
)
def test_what_is_filled_in(one: Json, resources: Json, request_: str | None, limit: str | None) -> None:
    asked = demand(pod(resources))
    assert asked is not None
    (share,) = filled(asked, ranges([limit_range(one)])[0]).shares
    found = (share.requests.get("cpu"), share.limits.get("cpu"))
    assert tuple(None if each is None else str(each) for each in found) == (request_, limit)


def test_of_two_limit_ranges_the_first_by_name_fills_in() -> None:
    given = [limit_range(item(default="2"), name="b"), limit_range(item(default="1"), name="a")]
    asked = demand(pod(cpu()))
    assert asked is not None
    assert str(filled(asked, ranges(given)[0]).shares[0].limits["cpu"]) == "1"


BOUNDS = [
    (item(min="1"), cpu("500m", "2"), "NB604", "requests", "500m"),
    (item(min="1"), cpu("1", "1"), None, "", ""),
    (item(min="1", max="4", default="4", defaultRequest="1"), cpu("1", "1"), None, "", ""),
    (item("Pod", min="1"), cpu("1", "900m"), "NB604", "limits", "100m"),
    (item(max="1"), cpu("1", "2"), "NB604", "limits", "1"),
    (item(max="1"), cpu("1", "1"), None, "", ""),
    (item("Pod", max="1"), cpu("2", "1"), "NB604", "requests", "1"),
    (item("Pod", max="1"), cpu("1"), "NB604", "", ""),
    (item("Pod", min="1"), cpu(), "NB604", "", ""),
    (item(maxLimitRequestRatio="2"), cpu("1", "2"), None, "", ""),
    (item(maxLimitRequestRatio="2"), cpu("1", "2001m"), "NB605", "limits", ""),
    (item(maxLimitRequestRatio="1.5"), cpu("1", "1500m"), None, "", ""),
    (item(maxLimitRequestRatio="2"), cpu("1"), "NB605", "", ""),
    (item(maxLimitRequestRatio="2"), cpu("0", "1"), "NB605", "requests", ""),
    (item(maxLimitRequestRatio="2"), cpu(), "NB605", "", ""),
    (item("Node", max="1"), cpu("1", "2"), None, "", ""),
]


@pytest.mark.parametrize(("one", "resources", "code", "side", "short"), BOUNDS)
def test_bounds(one: Json, resources: Json, code: str | None, side: str, short: str) -> None:
    found = faults(pod(resources), limit_range(one))
    assert [fault.code for fault in found] == ([code] if code else [])
    for fault in found:
        tail = (side, "cpu") if side else ()
        assert fault.path == ("spec", "containers", 0, "resources", *tail)
        assert (fault.magnitude is not None) == bool(short)


def test_a_breach_tells_range_bound_and_amount() -> None:
    (fault,) = faults(pod(cpu("1", "6")), limit_range(item(max="4")))
    assert fault.message == "the LimitRange range allows at most 4 cpu, but the container c0 has a limit of 6"
    assert fault.magnitude == Fraction(2)
    (fault,) = faults(pod(cpu("1", "6")), limit_range(item(maxLimitRequestRatio="4")))
    assert fault.message.endswith(
        "allows a limit of at most 4 times the request of cpu, but the container c0 has one of 6 times it"
    )


def test_the_pod_is_the_sum_of_its_containers_without_overhead() -> None:
    given = limit_range(item("Pod", max="3"))
    assert faults(pod(cpu("1", "1"), cpu("2", "2"), overhead={"cpu": "1"}), given) == []
    (fault,) = faults(pod(cpu("1", "1"), cpu("2", "3")), given)
    assert fault.path == ("spec", "containers", 1, "resources", "limits", "cpu")
    assert "the pod as a whole has a limit of 4" in fault.message


def test_the_pods_own_resources_are_held_against_bounds_of_the_pod() -> None:
    given = limit_range(item("Pod", max="3"))
    own = {"requests": {"cpu": "2"}, "limits": {"cpu": "4"}}
    (fault,) = faults(pod({}, resources=own), given)
    assert fault.path == ("spec", "resources", "limits", "cpu")


def test_init_containers_are_bound_as_well() -> None:
    judged = pod(cpu("1", "1"), initContainers=[{"name": "setup", "resources": cpu("1", "9")}])
    (fault,) = faults(judged, limit_range(item(max="4")))
    assert fault.path == ("spec", "initContainers", 0, "resources", "limits", "cpu")
    assert "the init container setup" in fault.message


def test_the_tighter_of_two_bounds_is_told() -> None:
    given = [limit_range(item("Pod", max="4"), name="a"), limit_range(item("Pod", max="2"), name="b")]
    (fault,) = faults(pod(cpu("5", "5")), *given)
    assert "LimitRange b" in fault.message
    given = [limit_range(item("Pod", min="4"), name="a"), limit_range(item("Pod", min="2"), name="b")]
    (fault,) = faults(pod(cpu("1", "1")), *given)
    assert "LimitRange a" in fault.message


def test_vast_amounts_are_compared_in_wholes() -> None:
    bound = item("Pod", min={"memory": "500m"})
    memory = {"requests": {"memory": "400m"}, "limits": {"memory": "8Ei"}}
    assert faults(pod(memory), limit_range(bound)) == []
    memory["limits"]["memory"] = "1Gi"
    assert [one.code for one in faults(pod(memory), limit_range(bound))] == ["NB604"]


# ---- claims ----


@pytest.mark.parametrize(
    ("one", "storage", "refused"),
    [
        (item("PersistentVolumeClaim", max={"storage": "10Gi"}), "10Gi", False),
        (item("PersistentVolumeClaim", max={"storage": "10Gi"}), "11Gi", True),
        (item("PersistentVolumeClaim", min={"storage": "10Gi"}), "9Gi", True),
        (item("PersistentVolumeClaim", min={"storage": "10Gi"}), "11Gi", False),
        (item("PersistentVolumeClaim", min={"storage": "10Gi"}), None, True),
        (item("PersistentVolumeClaim", max={"storage": "10Gi"}), None, True),
        (item("Container", max={"storage": "1Gi"}), "11Gi", False),
    ],
)
def test_bounds_of_claims(one: Json, storage: str | None, refused: bool) -> None:
    requests = {} if storage is None else {"requests": {"storage": storage}}
    template = {"spec": {"resources": requests}}
    judged = {"spec": {"volumes": [{"name": "scratch", "ephemeral": {"volumeClaimTemplate": template}}]}}
    found = faults(judged, limit_range(one))
    assert [fault.code for fault in found] == (["NB606"] if refused else [])
    assert all("the claim of volume scratch" in fault.message for fault in found)


# ---- what is filled in against what is written ----

GPU = "nvidia.com/gpu"


@pytest.mark.parametrize(
    ("one", "resources", "spec", "path"),
    [
        (item(default="1"), cpu("2"), {}, ("containers", 0, "resources", "requests", "cpu")),
        (item(default="1"), cpu("1"), {}, None),
        (item(default="1"), cpu("2", "3"), {}, None),
        (item("Pod", max="9"), cpu("2"), {}, None),
        (item(min={GPU: "1"}), {}, {}, ("containers", 0, "resources")),
        (item(default={GPU: "1"}), {}, {}, None),
        (
            item(default={GPU: "1"}),
            {"requests": {GPU: "2"}},
            {},
            ("containers", 0, "resources", "requests", GPU),
        ),
        (item(default="2"), {}, {"resources": {"limits": {"cpu": "1"}}}, ("resources", "limits", "cpu")),
        (item(default="2"), {}, {"resources": {"limits": {"cpu": "4"}}}, None),
        (
            item(defaultRequest="2"),
            {},
            {"resources": {"requests": {"cpu": "1"}}},
            ("resources", "requests", "cpu"),
        ),
        (item(defaultRequest="2"), {}, {"resources": {"requests": {"cpu": "2"}}}, None),
    ],
)
def test_what_is_filled_in_may_not_go_with_what_is_written(
    one: Json, resources: Json, spec: Json, path: Json
) -> None:
    found = [fault for fault in faults(pod(resources, **spec), limit_range(one)) if fault.code == "NB607"]
    wanted = [] if path is None else [("spec", *path)]
    assert [fault.path for fault in found] == wanted
    assert all("the LimitRange range gives" in fault.message for fault in found)


def test_init_containers_may_have_a_limit_above_that_of_the_pod() -> None:
    spec = {"resources": {"limits": {"cpu": "2"}, "requests": {"cpu": "2"}}}
    setup = {"name": "setup", "resources": {"requests": {"cpu": "1"}}}
    judged = pod(cpu("1", "1"), initContainers=[setup], **spec)
    assert faults(judged, limit_range(item(default="3"))) == []


def test_what_only_the_pod_got_wrong_is_not_the_ranges_fault() -> None:
    assert faults(pod(cpu("3", "2")), limit_range(item(default={"memory": "1Gi"}))) == []
    assert faults(pod({"requests": {GPU: "1"}}), limit_range(item(default={"memory": "1Gi"}))) == []


# ---- what cannot be read ----


def test_what_is_no_amount_is_told_once_and_left_out() -> None:
    budget = Budget.of(limit_ranges=[limit_range(), limit_range(item(max={"cpu": "x", "memory": "1Gi"}))])
    (problem,) = budget.problems
    assert (problem.kind, problem.number, problem.fault.code) == ("LimitRange", 1, "NB106")
    assert problem.fault.path == ("spec", "limits", 0, "max", "cpu")
    memory = {"limits": {"memory": "2Gi"}}
    assert [one.code for one in check(pod(memory), budget)] == ["NB604"]


def test_a_list_has_no_more_resources_than_are_read() -> None:
    many = {f"example.org/r{index}": "1" for index in range(MOST_RESOURCES + 1)}
    (problem,) = Budget.of(limit_ranges=[limit_range(item(max=many))]).problems
    assert problem.fault.code == "NB103"
