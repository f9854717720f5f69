"""Nodes: whether any could run a pod, and the reason why none can."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from nbcore.checks.fault import Fault
from nbcore.checks.quota import Budget, check

Json = Any
TERMS = ("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")


def node(name: str, labels: Json = None, taints: Json = None, allocatable: Json = None, **spec: Json) -> Json:
    return {
        "metadata": {"name": name, "labels": labels or {}},
        "spec": {"taints": taints or [], **spec},
        "status": {"allocatable": allocatable if allocatable is not None else {"cpu": "8", "memory": "32Gi"}},
    }


def taint(key: str, value: str = "", effect: str = "NoSchedule") -> Json:
    return {"key": key, "effect": effect, **({"value": value} if value else {})}


def pod(requests: Json = None, **spec: Json) -> Json:
    return {"spec": {"containers": [{"name": "main", "resources": {"requests": requests or {}}}], **spec}}


def terms(*found: Json) -> Json:
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": list(found)}}
    return {"affinity": {"nodeAffinity": required}}


def expression(key: str, operator: str, *values: str) -> Json:
    return {"key": key, "operator": operator, **({"values": list(values)} if values else {})}


def labelled(*found: Json) -> Json:
    return {"matchExpressions": list(found)}


def named(operator: str, *values: str, key: str = "metadata.name") -> Json:
    return {"matchFields": [expression(key, operator, *values)]}


def faults(judged: Json, *nodes: Json) -> list[Fault]:
    return list(check(judged, Budget.of(nodes=nodes)))


POOL = (node("a", {"gpu": "t4", "size": "2"}), node("b", {"zone": "x", "size": "10"}))

SELECTED = [
    ({}, True),
    ({"nodeSelector": {}}, True),
    ({"nodeSelector": {"gpu": "t4"}}, True),
    ({"nodeSelector": {"gpu": "a100"}}, False),
    ({"nodeSelector": {"gpu": "t4", "zone": "x"}}, False),
    ({"nodeName": "b"}, True),
    ({"nodeName": "c"}, False),
    ({"nodeName": "b", "nodeSelector": {"gpu": "t4"}}, False),
    (terms(labelled(expression("gpu", "In", "t4", "a100"))), True),
    (terms(labelled(expression("gpu", "In", "a100"))), False),
    (terms(labelled(expression("gpu", "In"))), False),
    (terms(labelled(expression("gpu", "NotIn", "t4"))), True),
    (terms(labelled(expression("gpu", "NotIn"))), False),
    (terms(labelled(expression("size", "NotIn", "2", "10"))), False),
    (terms(labelled(expression("zone", "Exists"))), True),
    (terms(labelled(expression("disk", "Exists"))), False),
    (terms(labelled(expression("disk", "DoesNotExist"))), True),
    (terms(labelled(expression("size", "DoesNotExist"))), False),
    (terms(labelled(expression("size", "Gt", "9"))), True),
    (terms(labelled(expression("size", "Gt", "10"))), False),
    (terms(labelled(expression("size", "Lt", "3"))), True),
    (terms(labelled(expression("size", "Lt", "2"))), False),
    (terms(labelled(expression("gpu", "Gt", "1"))), False),
    (terms(labelled(expression("size", "Gt", "one"))), False),
    (terms(labelled(expression("size", "Gt", "1", "2"))), False),
    (terms(labelled(expression("size", "Lt", "9223372036854775808"))), False),
    (terms(labelled(expression("size", "Lt", "9223372036854775807"))), True),
    (terms(labelled(expression("size", "Near", "2"))), False),
    (terms(labelled(expression("gpu", "Exists"), expression("zone", "Exists"))), False),
    (terms(labelled(expression("disk", "Exists")), labelled(expression("zone", "Exists"))), True),
    (terms(named("In", "b")), True),
    (terms(named("In", "c")), False),
    (terms(named("In", "a", "b")), False),
    (terms(named("NotIn", "b")), True),
    (terms(named("Exists")), False),
    (terms(named("In", "b", key="metadata.uid")), False),
    (terms({**named("In", "b"), **labelled(expression("gpu", "Exists"))}), False),
    (terms({}), False),
    (terms(), False),
    (terms({}, labelled(expression("gpu", "Exists"))), True),
]


@pytest.mark.parametrize(("spec", "fits"), SELECTED)
def test_name_labels_and_affinity(spec: Json, fits: bool) -> None:
    found = faults(pod(**spec), *POOL)
    assert {one.code for one in found} == (set() if fits else {"NB611"})


def test_preferred_affinity_refuses_no_node() -> None:
    preferred = [{"weight": 1, "preference": labelled(expression("gpu", "In", "a100"))}]
    affinity = {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}}
    assert faults(pod(affinity=affinity), *POOL) == []


@pytest.mark.parametrize(
    ("spec", "path", "message"),
    [
        (
            {"nodeSelector": {"gpu": "a100"}},
            ("nodeSelector", "gpu"),
            "no node has the label gpu=a100; nodes have t4",
        ),
        ({"nodeSelector": {"disk": "ssd"}}, ("nodeSelector", "disk"), "no node has the label disk=ssd"),
        (
            {"nodeSelector": {"gpu": "t4", "zone": "x"}},
            ("nodeSelector",),
            "no node has all that is asked for together, though some node has each part of it",
        ),
        ({"nodeName": "c"}, ("nodeName",), "there is no node c"),
        (
            terms(labelled(expression("gpu", "Exists"), expression("zone", "In", "y", "z"))),
            (*TERMS, 0, "matchExpressions", 1),
            "no node fulfils zone In y and z",
        ),
        (
            terms(labelled(expression("disk", "Exists")), named("In", "c")),
            TERMS,
            "no node is what a term of the required node affinity asks for, of 2",
        ),
        (
            {"nodeSelector": {"gpu": "t4"}, **terms(labelled(expression("zone", "Exists")))},
            ("nodeSelector",),
            "no node has all that is asked for together, though some node has each part of it",
        ),
    ],
)
def test_the_best_reason_among_labels(spec: Json, path: Json, message: str) -> None:
    (fault,) = faults(pod(**spec), *POOL)
    assert (fault.path, fault.message) == (("spec", *path), message)
    assert fault.remedy


def test_the_other_halves_of_a_combination_are_related() -> None:
    spec = {"nodeName": "b", "nodeSelector": {"gpu": "t4"}, **terms(labelled(expression("size", "Exists")))}
    (fault,) = faults(pod(**spec), *POOL)
    assert fault.path == ("spec", "nodeName")
    assert fault.related == (("spec", "nodeSelector"), ("spec", *TERMS))


# ---- taints ----

TAINTED = node("t", {"gpu": "t4"}, [taint("gpu", "true")])

TOLERATIONS = [
    ([], False),
    ([{"key": "gpu", "operator": "Exists"}], True),
    ([{"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}], True),
    ([{"key": "gpu", "operator": "Exists", "effect": "NoExecute"}], False),
    ([{"key": "gpu", "value": "true"}], True),
    ([{"key": "gpu", "operator": "Equal", "value": "true", "effect": "NoSchedule"}], True),
    ([{"key": "gpu", "operator": "Equal", "value": "false"}], False),
    ([{"key": "gpu"}], False),
    ([{"operator": "Exists"}], True),
    ([{"operator": "Exists", "effect": "NoExecute"}], False),
    ([{"key": "cpu", "operator": "Exists"}], False),
    ([{"key": "gpu", "operator": "Gt", "value": "0"}], False),
]


@pytest.mark.parametrize(("tolerations", "fits"), TOLERATIONS)
def test_tolerations(tolerations: Json, fits: bool) -> None:
    found = faults(pod(tolerations=tolerations), TAINTED)
    assert [one.code for one in found] == ([] if fits else ["NB612"])


@pytest.mark.parametrize(
    ("tainted", "spec", "fits"),
    [
        (node("n", None, [taint("a", effect="PreferNoSchedule")]), {}, True),
        (node("n", None, [taint("a", effect="NoExecute")]), {}, False),
        (node("n", None, [taint("node.kubernetes.io/not-ready", effect="NoExecute")]), {}, True),
        (node("n", None, [taint("node.kubernetes.io/not-ready")]), {}, False),
        (node("n", None, [taint("node.kubernetes.io/unreachable", effect="NoExecute")]), {}, True),
        (node("n", unschedulable=True), {}, False),
        (node("n", unschedulable=False), {}, True),
        (node("n", unschedulable=True), {"tolerations": [{"operator": "Exists"}]}, True),
        (node("n", unschedulable=True), {"nodeName": "n"}, True),
        (node("n", None, [taint("a")]), {"nodeName": "n"}, True),
        (node("n", None, [taint("a", effect="NoExecute")]), {"nodeName": "n"}, False),
        (
            node("n", None, [taint("a"), taint("b")]),
            {"tolerations": [{"key": "a", "operator": "Exists"}]},
            False,
        ),
    ],
)
def test_taints(tainted: Json, spec: Json, fits: bool) -> None:
    found = faults(pod(**spec), tainted)
    assert [one.code for one in found] == ([] if fits else ["NB612"])


def test_taints_are_told_with_the_number_of_nodes() -> None:
    nodes = [node(f"n{index}", {"gpu": "t4"}, [taint("gpu", "true")]) for index in range(3)]
    (fault,) = faults(pod(nodeSelector={"gpu": "t4"}), *nodes, node("free"))
    assert fault.path == ("spec", "tolerations")
    assert fault.message == (
        "3 nodes match but have the taint gpu=true:NoSchedule, which the pod does not tolerate"
    )
    assert fault.related == (("spec", "nodeSelector"),)
    (fault,) = faults(pod(), TAINTED)
    assert fault.message.startswith("1 node matches but has the taint gpu=true:NoSchedule")
    (fault,) = faults(pod(), TAINTED, TAINTED, node("n", None, [taint("b")]))
    assert "taints such as gpu=true:NoSchedule and b:NoSchedule" in fault.message


# ---- room ----

GPU = "nvidia.com/gpu"
GPUS = (node("a", None, None, {"cpu": "8", GPU: "2"}), node("b", None, None, {"cpu": "64", "memory": "8Gi"}))


@pytest.mark.parametrize(
    ("requests", "message", "short"),
    [
        ({"cpu": "64"}, None, None),
        ({"cpu": "0", "example.org/none": "0"}, None, None),
        ({"cpu": "65"}, "no node has 65 cpu; the most is 64", Fraction(1)),
        ({GPU: "4"}, f"no node has 4 {GPU}; the most is 2", Fraction(2)),
        ({"example.org/fpga": "1"}, "no node has 1 example.org/fpga; the most is 0", Fraction(1)),
        ({"cpu": "9", GPU: "1"}, f"no node has 9 cpu and 1 {GPU} together", None),
    ],
)
def test_room(requests: Json, message: str | None, short: Fraction | None) -> None:
    found = faults(pod(requests), *GPUS)
    assert [(one.code, one.message, one.magnitude) for one in found] == (
        [("NB613", message, short)] if message else []
    )
    assert all(one.path[:4] == ("spec", "containers", 0, "resources") for one in found)


def test_room_is_looked_for_on_nodes_that_the_pod_may_run_on() -> None:
    small = node("small", {"pool": "small"}, None, {"cpu": "2"})
    (fault,) = faults(pod({"cpu": "4"}, nodeSelector={"pool": "small"}), small, node("large"))
    assert fault.message == "no node that the pod may run on has 4 cpu; the most is 2"


def test_capacity_stands_for_allocatable() -> None:
    one = {"metadata": {"name": "n"}, "status": {"capacity": {"cpu": "4"}}}
    assert faults(pod({"cpu": "4"}), one) == []
    assert [fault.code for fault in faults(pod({"cpu": "5"}), one)] == ["NB613"]


def test_overhead_and_limit_ranges_need_room_too() -> None:
    assert [one.code for one in faults(pod({"cpu": "8"}, overhead={"cpu": "1"}), node("n"))] == ["NB613"]
    item = {"type": "Container", "default": {"cpu": "9"}}
    budget = Budget.of(
        limit_ranges=[{"metadata": {"name": "r"}, "spec": {"limits": [item]}}], nodes=[node("n")]
    )
    (fault,) = check(pod(), budget)
    assert (fault.code, fault.path) == ("NB613", ("spec", "containers", 0, "resources"))


# ---- what cannot be read ----


def test_nothing_is_said_of_nodes_that_cannot_be_read() -> None:
    budget = Budget.of(nodes=[node("a"), node("b", None, None, {"cpu": "x"})])
    (problem,) = budget.problems
    assert (problem.kind, problem.number) == ("Node", 1)
    assert problem.fault.path == ("status", "allocatable", "cpu")
    assert list(check(pod({"cpu": "99"}), budget)) == []


def test_nothing_is_said_without_nodes_and_amounts_that_are_none_hide_no_label() -> None:
    assert faults(pod({"cpu": "99"}, nodeSelector={"a": "b"})) == []
    assert [one.code for one in faults(pod({"cpu": "x"}, nodeSelector={"a": "b"}), node("n"))] == ["NB611"]
