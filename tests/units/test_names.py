"""Names: what is valid, why not, what was meant, and how a name is shortened."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcore.kubernetes import names

Problem = Callable[[object], str | None]

VALID: dict[Problem, tuple[str, ...]] = {
    names.problem_with_dns_label: ("a", "0", "a-b", "a--b", "a" * 63, "1-2"),
    names.problem_with_dns_subdomain: ("a", "a.b-c.0", "a" * 253, ".".join(["a" * 63] * 3)),
    names.problem_with_dns1035_label: ("a", "a-0", "a" * 63),
    names.problem_with_label_key: ("a", "A_b.c-0", "example.com/Name", "a" * 253 + "/" + "b" * 63, "0"),
    names.problem_with_label_value: ("", "A", "a_b.c-0", "a" * 63),
    names.problem_with_env_name: ("A", "a b", "0", "..", "a$b!", "~", "x" * 5000),
    names.problem_with_c_identifier: ("_", "A1", "a_b"),
    names.problem_with_config_key: ("a", ".bashrc", "A_b-c.0", "-", "a..b", "a" * 253),
    names.problem_with_port_name: ("a", "http", "a-1", "0a", "a" * 15),
    names.problem_with_annotation_key: (
        "a",
        "A.com/Name",
        "a.com/" + "B" * 63,
        "\u0130.com/a",
        "\u212a.com/a",
    ),
    names.problem_with_dns_search: (".", "a", "a.", "_a.b_c", "a" * 253, "a" * 253 + "."),
    names.problem_with_name_prefix: ("a", "a-", "a.b-", "a--", "a" * 253, "a" * 252 + "-"),
    names.problem_with_ip: ("1.2.3.4", "::1", "2001:DB8:0::1", "::1.2.3.4", "64:ff9b::1.2.3.4"),
    names.problem_with_backsteps: ("", "/", "/a/b", "a", "a..b/c..", "..."),
    names.problem_with_relative_path: ("", "a", "a/b", "./a", "a//b", "..a"),
}
INVALID: dict[Problem, tuple[object, ...]] = {
    names.problem_with_dns_label: ("", "A", "-a", "a-", "a.b", "a_b", "a" * 64, "a\n", "é", None, 1, ["a"]),
    names.problem_with_dns_subdomain: ("", ".a", "a.", "a..b", "A", "a-.b", "a" * 254, "a\n", {}),
    names.problem_with_dns1035_label: ("", "0a", "-a", "a-", "a.b", "a" * 64),
    names.problem_with_label_key: (
        *("", "/a", "a/", "a/b/c", "-a", "a-", "A.com/x", "a" * 64, "a" * 254 + "/b", "a b", "a\n", 0, None),
    ),
    names.problem_with_label_value: ("-", "a-", ".a", "a b", "a/b", "a" * 64, "a\n", None, 1, True),
    names.problem_with_env_name: ("", "A=B", "=", "a\t", "a\n", "é", "\x7f", "\x00", None),
    names.problem_with_c_identifier: ("", "0a", "a-b", "a.b", "é", "a\n"),
    names.problem_with_config_key: ("", ".", "..", "..a", "a/b", "a b", "a" * 254, None),
    names.problem_with_port_name: ("", "80", "-a", "a-", "a--b", "A", "a" * 16, "a_b", "a\n", 80),
    names.problem_with_annotation_key: ("", "a b", "a/b/c", "/a", "a/", "a" * 64, "a\n", None, 1),
    names.problem_with_dns_search: ("", "..", "a..", "A", "a_", "-a", "a" * 254, "a\n", None),
    names.problem_with_name_prefix: ("", "-", "a.", "A", "Ab-", "a_", "a" * 254, "a-\n", None, 1),
    names.problem_with_ip: (
        *("", "1.2.3", "01.2.3.4", "1.2.3.4 ", "::ffff:1.2.3.4", "fe80::1%eth0", "[::1]", "1::1.2.3.04", "a"),
        *("\u0661.1.1.1", "1:2:3:4:5:6:7:8:9", "0" * 5000, None, 1, ["::1"]),
    ),
    names.problem_with_backsteps: ("..", "/..", "a/../b", "a/..", None, 1),
    names.problem_with_relative_path: ("/", "/a", "..", "a/..", None, 1),
    names.problem_with_port_number: (0, -1, 65536, "80", True, 80.0, None),
}
FREE = {
    names.problem_with_backsteps,
    names.problem_with_relative_path,
    names.problem_with_name_prefix,
}
"""Paths may hold anything, and nobody looks at the character in front of the last ``-`` of a prefix."""


def _pairs(table: Any) -> list[Any]:
    return [
        pytest.param(problem, value, id=f"{problem.__name__}-{str(value)[:20]!a}-{index}")
        for problem, values in table.items()
        for index, value in enumerate(values)
    ]


@pytest.mark.parametrize(("problem", "text"), _pairs(VALID))
def test_valid(problem: Problem, text: str) -> None:
    assert problem(text) is None


@pytest.mark.parametrize(("problem", "value"), _pairs(INVALID))
def test_invalid(problem: Problem, value: object) -> None:
    reason = problem(value)
    assert reason is not None
    assert reason.startswith(("must ", "the prefix must ", "the name must "))


@pytest.mark.parametrize("number", [1, 80, 65535])
def test_port_numbers(number: int) -> None:
    assert names.problem_with_port_number(number) is None


@pytest.mark.parametrize("tail", ["\n", "\x00", "é", "\u0663", "\u2028", "\ud800"])
@pytest.mark.parametrize(
    "problem", [one for one in VALID if one not in FREE], ids=lambda problem: problem.__name__
)
@given(st.data())
def test_appending_what_is_not_ascii_or_printable_never_stays_valid(
    problem: Problem, tail: str, data: st.DataObject
) -> None:
    text = data.draw(st.sampled_from(VALID[problem]) | st.text("aB0-._/", max_size=20))
    assert problem(text + tail) is not None
    assert problem(tail + text) is not None


@given(st.text("aB0-._", max_size=70))
def test_stricter_forms_are_contained_in_wider_ones(text: str) -> None:
    chain = (
        names.problem_with_dns1035_label,
        names.problem_with_dns_label,
        names.problem_with_dns_subdomain,
    )
    for strict, wide in pairwise(chain):
        assert strict(text) is not None or wide(text) is None
    assert names.problem_with_dns_label(text) is not None or names.problem_with_label_key(text) is None
    assert names.problem_with_label_key(text) is not None or names.problem_with_label_value(text) is None
    assert names.problem_with_c_identifier(text) is not None or names.problem_with_env_name(text) is None


# ---- did you mean ----


@pytest.mark.parametrize(
    ("word", "candidates", "meant"),
    [
        ("imagePullPolcy", ["image", "imagePullPolicy", "name"], "imagePullPolicy"),
        ("Image", ["image", "images"], "image"),
        ("cpu", ["memory", "storage"], None),
        ("main", ["mian", "main"], "mian"),
        ("", ["a"], None),
        ("x" * 101, ["x" * 101 + "y"], None),
        ("jupyter", [], None),
    ],
)
def test_closest(word: str, candidates: list[str], meant: str | None) -> None:
    assert names.closest(word, candidates) == meant


def test_closest_is_cheap_for_many_candidates() -> None:
    candidates = [f"candidate-{number}-{'x' * 80}" for number in range(100_000)]
    before = time.process_time()
    names.closest("candidate-77-" + "x" * 79, candidates)
    assert time.process_time() - before < 5
    assert names.closest(candidates[-1].upper(), candidates) == candidates[-1]


# ---- short names ----


def test_a_name_that_fits_is_kept() -> None:
    assert names.short_name("jupyter-0") == "jupyter-0"
    assert names.short_name("a" * 63) == "a" * 63


@pytest.mark.parametrize(
    ("base", "limit", "short"),
    [
        ("abcdefghijkl", 11, "ab-d682ed4c"),
        ("My.Name", 63, "my-name-"),
        ("", 63, "n-e3b0c442"),
        ("---", 10, "n-"),
        ("é", 20, "n-"),
        ("\ud800", 20, "n-"),
    ],
)
def test_a_name_that_does_not_fit_gets_its_hash(base: str, limit: int, short: str) -> None:
    assert names.short_name(base, limit).startswith(short)


@given(st.text(max_size=200), st.integers(10, 63))
def test_a_short_name_is_a_dns_label_within_the_limit(base: str, limit: int) -> None:
    short = names.short_name(base, limit)
    assert names.problem_with_dns_label(short) is None
    assert len(short) <= limit
    assert names.short_name(short, limit) == short


@given(st.lists(st.text("abc.", min_size=40, max_size=80), min_size=2, max_size=2, unique=True))
def test_different_names_get_different_short_names(bases: list[str]) -> None:
    first, second = (names.short_name(base, 30) for base in bases)
    assert first != second


@pytest.mark.parametrize("limit", [9, 64, 0])
def test_a_senseless_limit_is_the_callers_fault(limit: int) -> None:
    with pytest.raises(ValueError, match="limit"):
        names.short_name("a", limit)
