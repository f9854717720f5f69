"""Suppressions: what they cover, what has no effect, and what is wrong with them."""

from __future__ import annotations

import re
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nbcore
from nbcore.cli.reading import Inputs
from nbcore.cli.suppressions import Sifted, Terms, sift
from nbcore.rules import RULES, page
from tests.units.cli.program import run

TODAY = date(2026, 6, 1)
HEAD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n"
POD = f"""\
{HEAD}  containers:
  - name: main
    image: web:1
    ports:
    - containerPort: 0
    - containerPort: 70000
"""


def sifted(text: str, *strict: str, unknown: tuple[str, ...] = ()) -> Sifted:
    """The findings with codes NB1 and NB4 of a text, after its suppressions."""
    inputs = Inputs(texts={"a.yaml": text.encode()})
    found = nbcore.check(nbcore.load(text, "a.yaml")).findings
    return sift(
        [one for one in found if one.code[:3] in ("NB1", "NB4")], inputs, Terms(TODAY, strict, unknown)
    )


def left(text: str, *strict: str) -> list[tuple[str, int]]:
    """Code and line of what is left of the findings of a text."""
    found = sifted(text, *strict).findings
    return [(one.code, one.position.line if one.position else 0) for one in found]


def with_comment(line: int, comment: str, *, alone: bool = False) -> str:
    """The Pod with a comment at the end of a line, or on one of its own above it."""
    lines = POD.splitlines()
    if alone:
        indent = re.match(" *", lines[line - 1])
        lines.insert(line - 1, f"{indent[0] if indent else ''}{comment}")
    else:
        lines[line - 1] += f"  {comment}"
    return "\n".join(lines) + "\n"


FIRST, SECOND = left(POD)
assert FIRST[1] == 10
assert SECOND[1] == 11


# ---- what they cover ----


def test_at_the_end_of_a_line() -> None:
    text = with_comment(10, f"# nbcore: ignore[{FIRST[0]}] set by the job")
    assert left(text) == [SECOND]
    assert sifted(text).hidden == 1
    assert left(with_comment(10, "#nbcore:ignore[NB4]   set by the job")) == [SECOND]
    assert left(with_comment(10, "# other words # nbcore: ignore[nb4] set by the job")) == [SECOND]


@pytest.mark.parametrize(("line", "gone"), [(5, 2), (6, 2), (7, 2), (9, 2), (10, 1), (11, 1)])
def test_above_a_field_or_element(line: int, gone: int) -> None:
    assert sifted(with_comment(line, "# nbcore: ignore[NB4] set by the job", alone=True)).hidden == gone


def test_above_another_comment_but_not_above_an_empty_line() -> None:
    marked = with_comment(10, "# nbcore: ignore[NB4] set by the job", alone=True)
    assert left(marked.replace("job\n", "job\n    # and more\n")) == [(SECOND[0], 13)]
    assert [one[0] for one in left(marked.replace("job\n", "job\n\n"))] == [FIRST[0], SECOND[0], "NB193"]


def test_on_the_line_of_a_key_whose_value_begins_below() -> None:
    text = f"{HEAD}  containers: []  # nbcore: ignore[NB4] none yet\n"
    assert left(text) == []
    ports = "    ports:  # nbcore: ignore[NB106] odd\n      a: 1\n"
    text = f"{HEAD}  containers:\n  - name: main\n    image: web:1\n{ports}"
    assert [one[0] for one in left(text.replace("  # nbcore: ignore[NB106] odd", ""))] == ["NB106"]
    assert left(text) == []


def test_a_whole_file() -> None:
    for head in ("", "# first\n\n", "---\n", "\ufeff"):
        text = f"{head}# nbcore: ignore-file[NB4] a bad example\n{POD}"
        assert left(text) == []
    told = left(with_comment(10, "# nbcore: ignore-file[NB4] a bad example"))
    assert ("NB195", 10) in told
    assert len(told) == 3


def test_above_the_first_field_of_a_file() -> None:
    text = f"# nbcore: ignore[NB105] made by a tool\nkid: x\n{POD}"
    assert "NB105" in {one[0] for one in left(text.partition("\n")[2])}
    assert left(text) == [(code, line + 2) for code, line in (FIRST, SECOND)]


def test_a_whole_file_that_cannot_be_read() -> None:
    assert [one[0] for one in left("a: [\n")] == ["NB101"]
    assert left("# nbcore: ignore-file[NB101] a template\na: [\n") == []


def test_an_annotation_covers_its_object_alone() -> None:
    key = "  annotations:\n    jackhoman.dev/ignore.NB4: set by the job until=2026-06-01\n"
    marked = POD.replace("  name: web\n", f"  name: web\n{key}")
    assert left(marked) == []
    other = POD.replace("name: web", "name: other")
    assert len(left(f"{marked}---\n{other}")) == 2
    inner = "".join(f"    {line}\n" for line in marked.splitlines()).replace(
        "    apiVersion", "  - apiVersion"
    )
    assert left(f"apiVersion: v1\nkind: List\nitems:\n{inner}") == []


def test_every_code_of_several_and_families() -> None:
    text = with_comment(9, f"# nbcore: ignore[{FIRST[0]}, {SECOND[0]}] set by the job", alone=True)
    assert left(text) == []


# ---- what is no comment ----


TEXTS = {
    "in double quotes": '    command: ["# nbcore: ignore[NB4] no"]\n',
    "in quotes over lines": "    command: ['x\n        # nbcore: ignore[NB4] no\n        ']\n",
    "in a block scalar": "    command:\n    - |\n      # nbcore: ignore[NB4] no\n      echo\n",
    "in a folded scalar": "    command:\n    - >-\n      a\n      # nbcore: ignore[NB4] no\n",
    "inside a word": "    command: [a#nbcore:ignore]\n",
}


@pytest.mark.parametrize("name", TEXTS)
def test_text_that_looks_like_a_comment(name: str) -> None:
    assert [one[0] for one in left(POD + TEXTS[name])] == [FIRST[0], SECOND[0]]


def test_a_comment_behind_the_sign_of_a_block_scalar_and_below_it() -> None:
    block = "    command:\n    - |  # nbcore: ignore[NB4] none\n      echo\n    # nbcore: ignore[NB4] none\n"
    assert left(POD + block) == [FIRST, SECOND, ("NB193", 13), ("NB193", 15)]


def test_json_has_no_comments() -> None:
    assert left('{"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "# nbcore: ignore[x]"}}') == []


# ---- what has no effect ----


WRONG = {
    "no reason": ("ignore[NB4]", "NB190", "warning"),
    "no reason but a day": ("ignore[NB4] until=2027-01-01", "NB190", "warning"),
    "punctuation for a reason": ("ignore[NB4] - :", "NB190", "warning"),
    "no such code": ("ignore[NB4999] typo", "NB191", "error"),
    "a word for a code": ("ignore[ports] typo", "NB191", "error"),
    "over": ("ignore[NB4] done by then until=2026-05-31", "NB192", "warning"),
    "nothing there": ("ignore[NB5] nothing", "NB193", "warning"),
    "no brackets": ("ignore NB4 typo", "NB195", "warning"),
    "another verb": ("ignored[NB4] typo", "NB195", "warning"),
    "empty brackets": ("ignore[ , ] typo", "NB195", "warning"),
    "no day": ("ignore[NB4] typo until=2026-13-01", "NB195", "warning"),
    "no day in these digits": ("ignore[NB4] typo until=\u0662026-01-01", "NB195", "warning"),
    "two days": ("ignore[NB4] typo until=2027-01-01 until=2028-01-01", "NB195", "warning"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_a_suppression(name: str) -> None:
    said, code, severity = WRONG[name]
    found = sifted(with_comment(10, f"# nbcore: {said}"))
    assert found.hidden == 0
    one = found.findings[-1]
    assert (one.code, one.severity) == (code, severity)
    assert one.position is not None
    assert (one.position.line, one.position.column) == (10, 25)
    assert one.remedy


def test_until_the_day_itself() -> None:
    assert left(with_comment(10, "# nbcore: ignore[NB4] soon done, until=2026-06-01")) == [SECOND]


def test_one_that_repeats_another_hides_nothing() -> None:
    mark = "# nbcore: ignore-file[NB4] a bad example\n"
    assert [one[0] for one in left(mark + mark + POD)] == ["NB193"]


def test_nothing_suppresses_strict_rules() -> None:
    text = with_comment(10, f"# nbcore: ignore[{FIRST[0]}] set by the job")
    assert left(text, "NB4") == [FIRST, SECOND, ("NB194", 10)]
    broad = with_comment(10, "# nbcore: ignore[NB4] set by the job")
    assert left(broad, FIRST[0]) == [FIRST, SECOND, ("NB194", 10)]
    assert left(broad, "NB5") == [SECOND]
    both = with_comment(9, "# nbcore: ignore[NB4] set by the job", alone=True)
    assert sifted(both, "NB499").hidden == 2


def test_what_was_not_evaluated_is_not_called_unused() -> None:
    text = with_comment(10, "# nbcore: ignore[NB601] the quota is raised")
    assert [one.code for one in sifted(text).findings[2:]] == ["NB193"]
    assert [one.code for one in sifted(text, unknown=("NB601", "NB602")).findings[2:]] == []
    assert [one.code for one in sifted(text, unknown=("NB6",)).findings[2:]] == []


def test_findings_about_suppressions_cannot_be_suppressed() -> None:
    text = "# nbcore: ignore-file[NB193] hush\n" + with_comment(10, "# nbcore: ignore[NB5] nothing")
    assert [one[0] for one in left(text)].count("NB193") == 2


# ---- hostile ----


def test_many_suppressions_of_many_findings_take_no_time() -> None:
    ports = "".join("    - containerPort: 0  # nbcore: ignore[NB4] x\n" for _ in range(900))
    found = sifted(POD + ports)
    assert found.hidden == 900
    stacked = "# nbcore: ignore[NB5] x\n# more\n" * 100_000
    start = time.process_time()
    found = sifted(stacked + POD)
    assert time.process_time() - start < 5
    assert [one.code for one in found.findings].count("NB193") == 1000
    assert "more than 1,000 suppressions" in found.findings[-1001].message


def test_many_codes_that_do_not_exist_take_no_time() -> None:
    codes = ",".join(f"NB9{at:05}" for at in range(100_000))
    start = time.process_time()
    found = sifted(with_comment(10, f"# nbcore: ignore[{codes}] x"))
    assert time.process_time() - start < 5
    assert len(found.findings) == 2 + 1001


def test_deep_brackets_end_the_search_for_comments() -> None:
    assert [one[0] for one in left("[" * 50_000 + "\n# nbcore: ignore[NB4] x\n")] == ["NB103"]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([
    "# nbcore: ignore[NB4] x", "# nbcore: ignore-file[NB] x", "'", '"', "|\n", "- ", ": ", "a", "\n", "  ", "{", "]",
    "---\n", "\r", "&a ", "*a", "\udcff", "\ufeff", "é", "!!str ", "? ", "#", "jackhoman.dev/ignore.NB4: x",
]), max_size=14))  # fmt: skip
def test_any_text_in_and_findings_out(parts: list[str]) -> None:
    data = ("".join(parts)).encode("utf-8", "surrogateescape")
    documents = nbcore.load(data, "a.yaml")
    found = nbcore.check(documents).findings
    inputs = Inputs(texts={"a.yaml": data})
    answer = sift(found, inputs, Terms(TODAY))
    assert answer.hidden <= len(found)


# ---- the pages ----


@pytest.mark.parametrize("code", [rule.code for rule in RULES if rule.code.startswith("NB19")])
def test_the_pages(code: str, tmp_path: Path) -> None:
    fences = re.findall(r"```yaml([^\n]*)\n(.*?)```", page(code), re.DOTALL)
    assert len(fences) == 2
    for (words, text), expected in zip(fences, (True, False), strict=True):
        strict = words.partition("strict=")[2].strip()
        (tmp_path / ".nbcore.yaml").write_text(f"strict: [{strict}]\n")
        (tmp_path / "a.yaml").write_text(text)
        told = run("lint", "a.yaml", "-o", "concise", "--no-cache", cwd=tmp_path)
        assert (f"[{code}]" in told.out) == expected, told
