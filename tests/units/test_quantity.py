"""Quantities: reading, printing, comparing and computing."""

from __future__ import annotations

import copy
import pickle
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcore.kubernetes.quantity import Quantity, QuantityError

texts = st.from_regex(
    r"[+-]?[0-9]{1,12}(\.[0-9]{0,6})?([numkMGTP]?|[KMGTP]i|[eE][+-]?[0-9])", fullmatch=True
).filter(lambda text: Quantity.parse(text) is not None)
quantities = texts.map(Quantity)


@pytest.mark.parametrize(
    ("text", "printed", "value"),
    [
        ("0", "0", Fraction(0)),
        ("-0", "0", Fraction(0)),
        ("0Ki", "0", Fraction(0)),
        ("1", "1", Fraction(1)),
        ("1500m", "1500m", Fraction(3, 2)),
        ("0.5", "500m", Fraction(1, 2)),
        (".5", "500m", Fraction(1, 2)),
        ("5.", "5.", Fraction(5)),
        ("1.500", "1.500", Fraction(3, 2)),
        ("+5", "+5", Fraction(5)),
        ("00010", "00010", Fraction(10)),
        ("1000", "1k", Fraction(1000)),
        ("1e3", "1e3", Fraction(1000)),
        ("1e03", "1e03", Fraction(1000)),
        ("1E3", "1E3", Fraction(1000)),
        ("1e4", "10e3", Fraction(10000)),
        ("0.1E", "100P", Fraction(10**17)),
        ("1024Mi", "1Gi", Fraction(2**30)),
        ("1000Mi", "1000Mi", Fraction(1000 * 2**20)),
        ("1.5Gi", "1536Mi", Fraction(1536 * 2**20)),
        ("0.5Ki", "512", Fraction(512)),
        ("0.3Gi", "322122547200m", Fraction(3 * 2**30, 10)),
        ("0.1n", "1n", Fraction(1, 10**9)),
        ("-0.1n", "-1n", Fraction(-1, 10**9)),
        ("9Ei", "9223372036854775807", Fraction(2**63 - 1)),
        ("-9Ei", "-9223372036854775807", Fraction(-(2**63) + 1)),
        ("999E", "999E", Fraction(999 * 10**18)),
        ("1e64", "10e63", Fraction(10**64)),
        ("1e-64", "1e-9", Fraction(1, 10**9)),
    ],
)
def test_text_and_value(text: str, printed: str, value: Fraction) -> None:
    quantity = Quantity(text)
    assert str(quantity) == printed
    assert quantity.value == value
    assert repr(quantity) == f"Quantity({printed!r})"
    assert Quantity(printed) == quantity


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "no digit"),
        ("-", "no digit"),
        (".", "no digit"),
        ("Ki", "no digit"),
        ("e5", "no digit"),
        ("1 Gi", "written Gi"),
        ("2GB", "written G,"),
        ("1gib", "written Gi"),
        ("1K", "written k or Ki"),
        ("1ki", "written Ki"),
        ("1_000", "is not a quantity"),
        ("0x10", "is not a quantity"),
        (" 1", "is not a quantity"),
        ("1\n", "is not a quantity"),
        ("1\x00", "is not a quantity"),
        ("\u0663", "is not a quantity"),
        ("NaN", "is not a quantity"),
        ("Infinity", "is not a quantity"),
        ("1e", "is not a quantity"),
        ("1e+", "is not a quantity"),
        ("1e65", "exponent is beyond"),
        ("1e-65", "exponent is beyond"),
        ("1e2147483647", "exponent is beyond"),
        ("1000E", "1000E and more"),
        ("-1000E", "1000E and more"),
        ("1" + "0" * 21, "1000E and more"),
        ("0" * 65, "at most 64 characters"),
        (10**100, "at most 64 characters"),
        pytest.param(10**10_000, "at most 64 characters", id="10000 digits"),
        (float("nan"), "is not a quantity"),
        (float("inf"), "is not a quantity"),
        (True, "not a boolean"),
        (None, "not null"),
        ([], "not a list"),
        ({}, "not an object"),
    ],
)
def test_what_is_refused_and_why(value: Any, reason: str) -> None:
    assert Quantity.parse(value) is None
    assert reason in (Quantity.problem(value) or "")
    with pytest.raises(QuantityError) as caught:
        Quantity(value)
    assert str(caught.value) == Quantity.problem(value)


@pytest.mark.parametrize(
    ("number", "printed"),
    [(2, "2"), (-3, "-3"), (1000, "1k"), (0.5, "500m"), (1e16, "10e15"), (1e-07, "100e-9")],
)
def test_numbers(number: float, printed: str) -> None:
    assert str(Quantity(number)) == printed
    assert Quantity.problem(number) is None


def test_order_and_hash_go_by_amount() -> None:
    assert Quantity("0.5") == Quantity("500m")
    assert len({Quantity(text) for text in ("1e3", "1k", "1000", "1000000m", "1.0k")}) == 1
    assert Quantity("128Mi") == Quantity("134217728") == Quantity("131072Ki")
    assert Quantity("123Mi") < Quantity("129M") <= Quantity("129M")
    assert Quantity("1Gi") > Quantity("1G") >= Quantity("1G")
    assert Quantity("1") != 1
    assert Quantity("1") != "1"
    with pytest.raises(TypeError):
        _ = Quantity("1") < 1  # type: ignore[operator]


def test_arithmetic() -> None:
    assert str(Quantity("1Gi") + Quantity("1Gi")) == "2Gi"
    assert str(Quantity("0") + Quantity("2Gi")) == "2Gi"
    assert str(Quantity("2Gi") - Quantity("1G")) == "1147483648"
    assert str(Quantity("1500m") * 2) == str(2 * Quantity("1500m")) == "3"
    assert str(-Quantity("+5")) == "-5"
    assert str(abs(Quantity("-1.5Gi"))) == "1536Mi"
    assert str(Quantity("999E") + Quantity("1E")) == "1e21"
    assert str(Quantity("500E") + Quantity("600E")) == "1100e18"
    assert not Quantity("0m")
    assert Quantity("1n")
    with pytest.raises(TypeError):
        _ = Quantity("1") * True
    with pytest.raises(TypeError):
        _ = Quantity("1") + 1  # type: ignore[operator]


def test_is_integer_and_form() -> None:
    assert Quantity("1000m").is_integer
    assert not Quantity("1500m").is_integer
    assert [Quantity(text).form for text in ("1", "1Ki", "1e0")] == ["decimal", "binary", "exponent"]


def test_a_quantity_cannot_be_changed_and_can_be_copied() -> None:
    quantity = Quantity("1.500")
    with pytest.raises(AttributeError):
        quantity._nanos = 1
    with pytest.raises(AttributeError):
        del quantity._nanos
    for twin in (
        copy.copy(quantity),
        copy.deepcopy(quantity),
        pickle.loads(pickle.dumps(quantity)),
        Quantity(quantity),
    ):
        assert twin == quantity
        assert str(twin) == "1.500"


@given(texts)
def test_the_printed_text_is_the_same_amount_and_prints_the_same(text: str) -> None:
    quantity = Quantity(text)
    again = Quantity(str(quantity))
    assert again == quantity
    assert hash(again) == hash(quantity)
    assert str(again) == str(quantity)


@given(quantities, quantities)
def test_arithmetic_is_exact(a: Quantity, b: Quantity) -> None:
    assert (a + b).value == a.value + b.value
    assert (a - b).value == a.value - b.value
    assert (a * 7).value == a.value * 7
    assert a + b == b + a
    assert (a < b) == (a.value < b.value)
    assert (a + b) - b == a
    assert Quantity(str(a + b)) == a + b


@given(st.text(max_size=70) | st.integers() | st.floats() | st.none() | st.lists(st.integers(), max_size=1))
def test_any_value_is_read_or_refused_with_a_reason(value: Any) -> None:
    assert (Quantity.parse(value) is None) == bool(Quantity.problem(value))


@given(texts, st.sampled_from(["\n", "\x00", "é", "\u0663", " ", "_0"]))
def test_appending_never_makes_a_text_valid(text: str, tail: str) -> None:
    assert Quantity.parse(text + tail) is None
