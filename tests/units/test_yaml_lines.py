"""The reader of lines: the forms that it knows, and those that it leaves to libyaml."""

from __future__ import annotations

import time
from typing import Any

import pytest

from nbcore import yaml_lines

READ: tuple[tuple[str, Any, int], ...] = (
    ("", None, 0),
    ("# nothing\n\n   \n", None, 0),
    ("a: b\n", {"a": "b"}, 2),
    ("a: 010\nb: on\nc: 'on'\nd: 1.5\ne: ~\n", {"a": 8, "b": True, "c": "on", "d": 1.5, "e": None}, 6),
    ("a:\nb:\n  c: d # e\n", {"a": None, "b": {"c": "d"}}, 4),
    ("a:\n- b\n- c: d\n  e: f\ng: h\n", {"a": ["b", {"c": "d", "e": "f"}], "g": "h"}, 7),
    ("- a:\n  - b\n-   c: d\n    e: f\n", [{"a": ["b"]}, {"c": "d", "e": "f"}], 7),
    (
        "a: [b, 'c', \"d\", null]\ne: {f: g, h: off}\n",
        {"a": ["b", "c", "d", None], "e": {"f": "g", "h": False}},
        9,
    ),
    ("a: []\nb: {} # c\n", {"a": [], "b": {}}, 3),
    ("a: |\n  b\n    c\n\n  d: #e\n\nf: |-\n  g\n\n", {"a": "b\n  c\n\nd: #e\n", "f": "g"}, 3),
    ("- |\n b\n- c\n", ["b\n", "c"], 3),
    (
        "a: http://b:80/c#d\ne: 'it''s'\nf: \"a\\\"b\\n\"\n",
        {"a": "http://b:80/c#d", "e": "it's", "f": 'a"b\n'},
        4,
    ),
    ("  a: b\n  c: é\n", {"a": "b", "c": "é"}, 3),
)

LEFT: tuple[str, ...] = (
    "a",
    "a: b: c",
    "a: b:",
    "a: b\n  c",
    "a: b\n  c: d",
    "a: b\n c: d\n",
    "  a: b\nc: d\n",
    "a: b\na: c",
    "on: b",
    "1: b",
    '"a": b',
    "? a",
    "<<: b",
    "a: &b c",
    "a: *b",
    "a: !b c",
    "a: 'b\n  c'",
    'a: "\\x41"',
    "a: 'b' c",
    "a: 'b'#c",
    "a: [b\n  ]",
    "a: [[b]]",
    "a: [b c]",
    "a: {b: c, b: d}",
    "a: {on: c}",
    "a: [.inf]",
    "a: .inf",
    "a: >\n  b",
    "a: |+\n  b",
    "a: |2\n  b",
    "a: |\n\n  b",
    "a: |\nb: c",
    "a: |\n   b\n  c\n",
    "- a\nb: c",
    "a: b\n- c",
    "-\n  a",
    "- - a",
    "a: - b",
    "a:\tb",
    "a: b\r",
    "a: @b",
    "a: b\x07",
    "...",
)


@pytest.mark.parametrize(("text", "value", "nodes"), READ)
def test_reads_the_plain_forms(text: str, value: Any, nodes: int) -> None:
    found = yaml_lines.read(text, 10)
    assert found == (value, nodes)
    assert repr(found) == repr((value, nodes))  # True is not 1


@pytest.mark.parametrize("text", LEFT)
def test_leaves_everything_else_to_libyaml(text: str) -> None:
    assert yaml_lines.read(f"{text}\n", 10) is None


@pytest.mark.parametrize("deeper", ["a: b", "a: [b]", "- b", "- a: b"])
def test_leaves_what_is_too_deep(deeper: str) -> None:
    levels = "".join(f"{' ' * at}a:\n" for at in range(3)) + f"   {deeper}\n"
    depth = 3 + 1 + deeper.count("[") + deeper.startswith("- a")
    assert yaml_lines.read(levels, depth) is not None
    assert yaml_lines.read(levels, depth - 1) is None


@pytest.mark.parametrize(
    "piece", ["a{n}: |\n  b\n", "- |\n  b\n", "'" * 60, "a: [" + "a, " * 20, "a" * 60, "# \n", "- ", "a: "]
)
def test_hostile_texts_cost_no_more_than_their_length(piece: str) -> None:
    def seconds(count: int) -> float:
        text = "".join(piece.replace("{n}", str(at)) for at in range(count)) + "\n"
        start = time.process_time()
        yaml_lines.read(text, 10)
        return time.process_time() - start

    few, many = min(seconds(2_000) for _ in range(3)), min(seconds(16_000) for _ in range(3))
    assert many < 40 * max(few, 1e-4)
