"""Laws of the loader."""

from __future__ import annotations

import json
import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nbcore import yaml_events
from nbcore.finding import Position
from nbcore.kubernetes.scalars import resolve
from nbcore.layout import Limits, Unreadable
from nbcore.source import Document, load

TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False).filter(
    lambda number: abs(number) < 2**53 or abs(number) >= 1e21
)
TREES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
_WORDS = ["a", "yes", "010", "1e3", "0x1f", "'q'", '"d\n"', "&a", "*a", "!t", "!!int", ".inf", "---", "..."]
_BREAKS = ["<<", "\n", "\n  ", "\n---\n", ": ", "\\/", "\r", "\t"]
WORDS = st.sampled_from([*_WORDS, *_BREAKS, *"-:?|>[]{},#~"])
NEARLY_YAML = st.lists(WORDS | TEXTS, max_size=15).map(" ".join)


@given(st.binary() | NEARLY_YAML | NEARLY_YAML.map(str.encode) | st.text())
def test_any_text_in_never_an_exception_out(data: bytes | str) -> None:
    documents = load(data)
    assert documents or documents.findings
    for document in documents:
        assert document.value is not None or document.findings
        json.dumps(document.value, allow_nan=False)
        document.position(("a", 0))


MAPS = st.dictionaries(TEXTS, TREES, max_size=4)


@given(st.lists(TREES, max_size=4) | MAPS, st.sampled_from([None, 1, "\t"]))
def test_json_round_trip(tree: Any, indent: int | str | None) -> None:
    documents = load(json.dumps(tree, indent=indent, ensure_ascii=indent is None))
    assert not documents.findings
    assert documents[0].value == tree


@given(MAPS)
def test_every_json_leaf_stands_where_its_position_says(tree: Any) -> None:
    text = json.dumps(tree, indent=1)
    document = load(text)[0]
    for path, value in leaves(tree):
        assert json.loads(cut(text, document.position(path))) == value


PLAIN = st.from_regex(r"[a-z0-9.+_-]{1,8}", fullmatch=True).filter(
    lambda text: not text.startswith(("-", ".")) and not _is_special(text)
)
NAMES = st.from_regex(r"k[a-z]{0,3}", fullmatch=True)
YAML_TREES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3) | st.dictionaries(NAMES, inner, min_size=1, max_size=3)
    ),
)


def _is_special(text: str) -> bool:
    value = resolve(text)
    return isinstance(value, float) and not math.isfinite(value)


def written(tree: Any, indent: int) -> str:
    """Block YAML with plain scalars."""
    pad = "\n" + " " * indent
    if isinstance(tree, dict):
        return "".join(f"{pad}{key}: {written(value, indent + 2)}" for key, value in tree.items())
    if isinstance(tree, list):
        return "".join(f"{pad}- {written(value, indent + 2)}" for value in tree)
    return str(tree)


def leaves(tree: Any, path: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    if isinstance(tree, dict):
        return [leaf for key, value in tree.items() for leaf in leaves(value, (*path, key))]
    if isinstance(tree, list):
        return [leaf for index, value in enumerate(tree) for leaf in leaves(value, (*path, index))]
    return [(path, tree)]


def at(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def cut(text: str, position: Position | None) -> str:
    assert position is not None
    assert position.line == position.end_line
    return text.split("\n")[position.line - 1][position.column - 1 : position.end_column - 1]


@given(st.dictionaries(NAMES, YAML_TREES, min_size=1, max_size=3))
def test_every_yaml_leaf_stands_where_its_position_says(tree: Any) -> None:
    text = written(tree, 0) + "\n"
    document: Document = load(text)[0]
    for path, raw in leaves(tree):
        assert cut(text, document.position(path)) == raw == document.raw_text(path)
        value = at(document.value, path)
        assert resolve(raw) == value
        assert type(resolve(raw)) is type(value)


@given(NEARLY_YAML)
def test_the_fast_way_and_the_builder_agree(text: str) -> None:
    limits = Limits()
    assert outcome(yaml_events.read, text, limits) == outcome(yaml_events.read_all, text, limits)


def outcome(read: Any, text: str, limits: Limits) -> Any:
    try:
        reading = read(text, limits, 100)
    except Unreadable as error:
        return error.problems
    return json.dumps(reading.value), reading.problems, reading.nodes
