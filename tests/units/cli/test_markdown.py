"""Markdown for comments: whatever a text holds, it stays a text."""

from __future__ import annotations

import pytest

from nbcore.cli.markdown import code, details, table, text


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("lab is red", "lab is red"),
        ("a_b*c", r"a\_b\*c"),
        ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
        ("@ada", "@&#8203;ada"),
        ("#1", "&#35;&#8203;1"),
        ("https://a.b", "https&#58;//a.b"),
        ("WWW.a.b", "WWW&#46;a.b"),
        ("[a](b)", r"\[a\](b)"),
        ("a|b`c", r"a\|b\`c"),
        ("a\nb\u202e", "a\ufffdb\ufffd"),
    ],
)
def test_signs_are_only_signs(given: str, written: str) -> None:
    assert text(given) == written


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("lab:1", "`lab:1`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("a|b", r"`a\|b`"),
        ("a\\|b", "`a\\ \\|b`"),
    ],
)
def test_code_ends_where_it_should(given: str, written: str) -> None:
    assert code(given) == written


def test_tables_and_details() -> None:
    assert table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |\n"
    assert details(("x <", "y >"), "z\n") == (
        "<details><summary>x &lt;<code>y &gt;</code></summary>\n\nz\n\n</details>\n\n"
    )
