"""Findings: one line of text, an identity that survives reordering, a stable order."""

from __future__ import annotations

import re

import pytest

from nbcore.finding import CODES, SEVERITIES, Position, Source, finding, in_order
from nbcore.kubernetes.paths import Item, Path


def test_every_code_has_a_family_a_severity_and_words() -> None:
    for code, rule in CODES.items():
        assert re.fullmatch(r"NB[1-9][0-9]{2}", code, re.ASCII)
        assert rule.code == code
        assert rule.severity in SEVERITIES
        assert rule.title


def test_one_line() -> None:
    source = Source("Template", "team", "base", "kinds.yaml")
    found = finding(
        "NB105", ("spec", "x"), "no such field", "remove it", source=source, position=Position(3, 5, 3, 6)
    )
    assert str(found) == "kinds.yaml:3:5: spec.x: error NB105: no such field (remove it)"
    assert str(finding("NB105", (), "m")) == "error NB105: m"
    assert str(finding("NB105", (), "m", source=source)) == "Template team/base: error NB105: m"


def test_identity_is_the_keyed_path() -> None:
    first, second = (finding("NB105", Path(("env", Item(at, "A"))), "m") for at in (0, 7))
    assert first.identity == second.identity


def test_the_severity_is_that_of_the_table_unless_it_is_given() -> None:
    assert finding("NB213", (), "m").severity == "info"
    assert finding("NB213", (), "m", severity="error").severity == "error"
    with pytest.raises(KeyError):
        finding("NB000", (), "m")


def test_order_is_stable_and_repeats_go() -> None:
    a = finding("NB105", ("a",), "m", source=Source(file="a.yaml"), position=Position(2, 1, 2, 2))
    b = finding("NB102", ("b",), "m", source=Source(file="a.yaml"), position=Position(1, 1, 1, 2))
    c = finding("NB101", ("c",), "m", source=Source(file="b.yaml"))
    assert in_order([c, a, b, a]) == in_order((b, a, c)) == (b, a, c)


def test_control_characters_of_a_manifest_cannot_forge_a_line() -> None:
    one = finding("NB204", ("a",), "the value x\nerror NB999: y\u202e\x00 is gone", "Did you mean\r z?")
    assert one.message == "the value x\\u000aerror NB999: y\\u202e\\u0000 is gone"
    assert one.remedy == "Did you mean\\u000d z?"
