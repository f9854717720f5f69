"""Laws of the reader of lines: what it reads at all, it reads as libyaml and the builder do."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nbcore import yaml_events, yaml_lines
from nbcore.layout import Limits, Unreadable
from nbcore.yaml_builder import is_suspect
from tests.oracles.test_scalar_oracle import cases

SCALARS = st.sampled_from(
    """a|a b|a: b|a:|a #c|a#c|#c|on|yes|null|~|1|0o7|010|1e3|.5|.inf|0x1F|12:30:00|2001-01-01|-1|-x|--x|- x|-|<<
    |'q'|'it''s'|'un|"d"|"d\\n"|"d\\x41"|"d" x|"d" #c|"a\\"b"|[]|{}|[a, b]|[a,b]|[a, 1]|[on]|[a b]|[a, [b]]|[a, ]
    |["x", 'y']|{a: b}|{a: b, a: c}|{a: b, c: 'd'} # x|{on: a}|{a:b}|[a]#c|||-|>|| #c|&a x|*a|!t x|@x|?x|x:y|é
    |http://a:80/b|a:,b|: x|...|a  |a   # c|''|""|=|%x|`x|a\tb""".replace("\n    |", "|").split("|")
)
KEYS = st.sampled_from(["a", "b", "name", "x.y/z-1", "on", "null", "k" * 201, '"q"', "a b", "<<", "1"])
STRAY = st.sampled_from(["", "  ", "# c", "      # c", "    text", "        more: x", "- x", "\tx", "a: b"])


@st.composite
def blocks(draw: Any, indent: int = 0, depth: int = 3) -> list[str]:
    """The lines of a map or list that is mostly well-formed, with a stray line now and then."""
    is_list = draw(st.booleans())
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        head = " " * indent + ("-" if is_list else f"{draw(KEYS)}:")
        if depth and draw(st.booleans()):
            inner = draw(blocks(indent + draw(st.sampled_from([2, 2, 2, 0, 4, 1])), depth - 1))
            joined = is_list and inner[0].startswith(" " * (indent + 2))
            lines += [f"{head} {inner[0].lstrip(' ')}", *inner[1:]] if joined else [head, *inner]
        else:
            lines.append(f"{head} {draw(SCALARS)}")
    if draw(st.integers(0, 5)) == 5:
        lines.insert(draw(st.integers(0, len(lines))), draw(STRAY))
    return lines


def outcome(text: str) -> Any:
    try:
        reading = yaml_events.read_all(text, Limits(), 1_000)
    except Unreadable as error:
        return error.problems
    return json.dumps(reading.value), reading.problems, reading.nodes


def agrees(text: str) -> bool:
    """Whether the reader of lines says the same as the builder, or nothing."""
    found = None if is_suspect(text) else yaml_lines.read(text, Limits().depth)
    return found is None or outcome(text) == (json.dumps(found[0]), (), found[1])


@given(blocks(), st.sampled_from(["\n", "\n\n", "\n  \n", "\n# end\n"]))
def test_the_lines_and_libyaml_agree(lines: list[str], end: str) -> None:
    assert agrees("\n".join(lines) + end)


@given(st.integers(0, 2**32))
def test_the_lines_and_libyaml_agree_on_the_cases_that_kubectl_is_asked(seed: int) -> None:
    for _, text in cases(seed, 20):
        assert agrees(text + "\n" * (not text.endswith("\n")))


@given(st.text("ab:- #'\"|[]{},\n\\~0", max_size=40))
def test_the_lines_and_libyaml_agree_on_noise(text: str) -> None:
    assert agrees(text + "\n")
