"""NB454–NB459: what containers ask for, case by case."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from nbcore.checks.fault import Fault
from nbcore.checks.semantics import containers

Json = dict[str, Any]


def faults(resources: Json) -> list[Fault]:
    claims = [{"name": name, "resourceClaimName": name} for name in ("one", "two")]
    main = {"name": "main", "image": "i", "resources": resources}
    return list(containers.check({"spec": {"containers": [main], "resourceClaims": claims}}))


def found(resources: Json) -> set[tuple[str, str]]:
    return {(fault.code, "|".join(map(str, fault.path[4:]))) for fault in faults(resources)}


@pytest.mark.parametrize(
    "name",
    [
        "cpu",
        "ephemeral-storage",
        "nvidia.com/gpu",
        "kubernetes.io/batch",
        "x.kubernetes.io/y",
        f"{'a' * 60}.com/x",
    ],
)
def test_a_resource_of_containers(name: str) -> None:
    assert found({"limits": {name: "1"}}) == set()
    assert found({"limits": {"cpu": "1", "hugepages-2Mi": "4Mi"}}) == set()


@pytest.mark.parametrize(
    "name",
    ["", "CPU", "gpu", "pods", "storage", "requests.cpu", "requests.nvidia.com/gpu", "a/b/c", "/x", "x/"],
)
def test_no_resource_of_containers(name: str) -> None:
    assert ("NB454", f"limits|{name}") in found({"limits": {name: "1"}})


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("cpu", ("0", "100m", 1.5, "-0", "1E"), ("-1", -1, "-1n")),
        (
            "nvidia.com/gpu",
            ("0", 2, "1k", "2.0", "1000m", "0.9999999", "8Pi"),
            ("500m", "1.5", "-1", "16Pi", "1E", "8Ei", "0033498877827520301566237.513E+12"),
        ),
        ("kubernetes.io/batch", ("500m",), ("-1",)),
    ],
)
def test_an_amount(name: str, good: tuple[Any, ...], bad: tuple[Any, ...]) -> None:
    for amount in good:
        assert found({"limits": {name: amount}}) == set()
    for amount in bad:
        assert found({"limits": {name: amount}}) == {("NB455", f"limits|{name}")}


@pytest.mark.parametrize(
    ("name", "amount", "fits"),
    [
        ("hugepages-2Mi", "4Mi", True),
        ("hugepages-2Mi", "0", True),
        ("hugepages-2Mi", "3Mi", False),
        ("hugepages-1Gi", "512Mi", False),
        ("hugepages-0", "0", False),
        ("hugepages-x", "1", False),
        ("hugepages-1m", "1", False),
    ],
)
def test_huge_pages_come_whole(name: str, amount: str, fits: bool) -> None:
    expected = set() if fits else {("NB455", f"limits|{name}")}
    assert found({"limits": {"memory": "1Gi", name: amount}}) == expected


@pytest.mark.parametrize(("request_", "limit"), [("1", "1"), ("100m", "1"), ("1024Mi", "1Gi"), ("0", "0")])
def test_a_request_fits_its_limit(request_: str, limit: str) -> None:
    assert found({"requests": {"memory": request_}, "limits": {"memory": limit}}) == set()


def test_amounts_are_compared_in_thousandths() -> None:
    assert found({"requests": {"cpu": "200u"}, "limits": {"cpu": "100u"}}) == set()
    assert found({"requests": {"cpu": "1001u"}, "limits": {"cpu": "1m"}}) == {("NB456", "requests|cpu")}


def test_a_request_beyond_its_limit() -> None:
    (fault,) = faults({"requests": {"memory": "3Gi", "cpu": "8"}, "limits": {"memory": "2Gi"}})
    assert (fault.code, fault.path[-2:], fault.magnitude) == (
        "NB456",
        ("requests", "memory"),
        Fraction(2**30),
    )


@pytest.mark.parametrize("name", ["nvidia.com/gpu", "hugepages-2Mi"])
def test_what_cannot_be_overcommitted(name: str) -> None:
    def asked(**sides: str) -> set[tuple[str, str]]:
        return found({side: {"cpu": "1", name: amount} for side, amount in sides.items()})

    assert asked(limits="4Mi") == set()
    assert asked(limits="4Mi", requests="4Mi") == set()
    assert asked(limits="4Mi", requests="2Mi") == {("NB457", f"requests|{name}")}
    assert asked(limits="2Mi", requests="4Mi") == {("NB457", f"requests|{name}")}
    assert asked(requests="4Mi") == {("NB457", "limits")}


def test_huge_pages_need_cpu_or_memory() -> None:
    pages = {"hugepages-2Mi": "2Mi"}
    assert found({"limits": pages}) == {("NB458", "")}
    assert found({"limits": {**pages, "ephemeral-storage": "1Gi"}}) == {("NB458", "")}
    assert found({"limits": pages, "requests": {"cpu": "1"}}) == set()


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([{"name": "one"}, {"name": "two"}], set()),
        ([{"name": "one", "request": "a"}, {"name": "one", "request": "b"}], set()),
        ([{}], {"0"}),
        ([{"name": "gone"}], {"0"}),
        ([{"name": "one"}, {"name": "one"}], {"1"}),
        ([{"name": "one"}, {"name": "one", "request": "a"}], {"1"}),
        ([{"name": "one", "request": "a"}, {"name": "one"}], {"1"}),
        ([{"name": "one", "request": "a"}, {"name": "one", "request": "a"}], {"1"}),
        ([{"name": "one", "request": "A"}], {"0|request"}),
    ],
)
def test_claims(claims: list[Json], expected: set[str]) -> None:
    assert found({"claims": claims}) == {("NB459", f"claims|{place}") for place in expected}
