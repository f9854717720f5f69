"""Patterns of `*` and `?`: whole text, no other sign means anything, and no pattern takes long."""

from __future__ import annotations

import time

import pytest

from nbcore.checks.glob import matches

CASES = (
    ("", "", True),
    ("", "a", False),
    ("*", "", True),
    ("*", "a\nb", True),
    ("?", "", False),
    ("?", "é", True),
    ("a*c", "abbbc", True),
    ("a*c", "abbbd", False),
    ("a*b*c", "abbcbc", True),
    ("*.example.com", "x.example.com.evil", False),
    ("a.c", "abc", False),
    ("[ab]", "a", False),
    ("a\\*", "a\\x", True),
    ("**a**", "a", True),
    ("A", "a", False),
)


@pytest.mark.parametrize(("pattern", "text", "answer"), CASES)
def test_matches(pattern: str, text: str, answer: bool) -> None:
    assert matches(pattern, text) is answer


def test_no_pattern_takes_long() -> None:
    start = time.perf_counter()
    assert not matches("*a" * 200 + "b", "a" * 5_000)
    assert time.perf_counter() - start < 5
