"""Unquoted scalars; what kubectl says of them at large is in tests/oracles/test_scalar_oracle.py."""

from __future__ import annotations

import math

import pytest

from nbcore.kubernetes import scalars
from nbcore.kubernetes.scalars import key_text, resolve, surprise, tagged

CORE = "tag:yaml.org,2002:"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("y", True),
        ("off", False),
        ("", None),
        ("~", None),
        ("nULL", "nULL"),
        ("22:22", "22:22"),
        ("2001-01-01", "2001-01-01"),
        ("1e3", 1000),
        ("1.0", 1),
        ("0o17", 15),
        ("010", 8),
        ("08", 8),
        ("0b-101", -5),
        ("1_000", 1000),
        ("_1", "_1"),
        (".5_0", 0.5),
        ("._5", "._5"),
        ("0x", "0x"),
        ("-0", 0),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", 9223372036854775808.0),
        ("0xffffffffffffffff", 18446744073709551615.0),
        ("+0xffffffffffffffff", "+0xffffffffffffffff"),
        ("99999999999999999999", 1e20),
        ("4611686018427387904.0", 4611686018427388000),
        ("1e999", "1e999"),
        ("1e-999", 0),
        ("\u0661", "\u0661"),
        ("1\n", "1\n"),
    ],
)
def test_an_unquoted_scalar_has_the_value_that_kubectl_sends(text: str, value: object) -> None:
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


def test_infinity_and_nan_are_floats_that_the_loader_refuses() -> None:
    assert resolve("-.inf") == -math.inf
    assert math.isnan(resolve(".nan"))  # type: ignore[arg-type]


def test_five_thousand_digits_are_text_to_yaml() -> None:
    assert resolve("1" * 5000) == "1" * 5000
    assert scalars.json_integer("1" * 5000) == math.inf


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("a", "a"),
        ("y", "true"),
        ("010", "8"),
        ("1e6", "1e+06"),
        ("1e5", "100000"),
        ("0.1", "0.1"),
        ("16777217.0", "1.6777216e+07"),
        (".inf", ".inf"),
        ("1e39", ".inf"),
        ("null", None),
        ("", None),
        ("9223372036854775808", None),
    ],
)
def test_a_key_becomes_the_text_that_kubectl_makes_of_it(text: str, key: str | None) -> None:
    assert key_text(text) == key


@pytest.mark.parametrize(
    ("tag", "text", "value"),
    [
        ("str", "12", "12"),
        ("int", "0x10", 16),
        ("float", "1", 1),
        ("bool", "on", True),
        ("binary", "aGk=", "hi"),
        ("binary", "/w==", "\ufffd"),
        ("timestamp", "2001-01-01", "2001-01-01"),
    ],
)
def test_a_tag_decides_the_type(tag: str, text: str, value: object) -> None:
    assert tagged(CORE + tag, text) == value


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("int", "a"),
        ("int", "1.5"),
        ("bool", "1"),
        ("null", "x"),
        ("binary", "a"),
        ("timestamp", "2001-13-01"),
    ],
)
def test_text_that_is_not_of_its_tag_is_refused(tag: str, text: str) -> None:
    with pytest.raises(scalars.NotOfTag):
        tagged(CORE + tag, text)


def test_an_unknown_tag_leaves_the_text() -> None:
    assert tagged("!own", "12") == "12"
    assert not scalars.is_core_tag("!own")


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("yes", "the boolean true"),
        ("n", "the boolean false"),
        ("010", "the number 8"),
        ("1e3", "the number 1000"),
        ("1.10", "the number 1.1"),
        ("99999999999999999999", "the number 100000000000000000000"),
        ("true", None),
        ("null", None),
        ("12", None),
        ("0.5", None),
        (".5", None),
        ("1e-7", None),
        ("22:22", None),
        ("text", None),
    ],
)
def test_a_surprise_is_told_in_words(text: str, meaning: str | None) -> None:
    assert surprise(text) == meaning
