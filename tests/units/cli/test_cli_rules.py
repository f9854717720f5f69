"""``nbcore rule`` and ``nbcore rules``, and how codes are chosen."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from nbcore.cli.codes import Selection, selection
from nbcore.cli.main import cli
from nbcore.cli.reading import Unusable
from nbcore.cli.rule import documentation
from nbcore.rules import CODES, FAMILIES, RULES


def answer(*arguments: str) -> Result:
    """What the program answers."""
    return CliRunner().invoke(cli, arguments)


@pytest.mark.parametrize("typed", ["NB203", "nb203", " NB203 "])
def test_a_rule_prints_its_page(typed: str) -> None:
    told = answer("rule", typed)
    assert told.exit_code == 0
    assert told.stdout == documentation(CODES["NB203"]).rstrip("\n") + "\n"
    assert told.stdout.startswith(f"# NB203: {CODES['NB203'].title}\n")


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("NB2O3", "there is no code NB2O3; did you mean NB203?"),
        ("xyz", "there is no code XYZ; `nbcore rules` lists them"),
        ("NB20", "there is no code NB20"),
        ("\x1b[31m", "there is no code"),
    ],
)
def test_a_code_that_does_not_exist_is_exit_code_2(typed: str, text: str) -> None:
    told = answer("rule", typed)
    assert (told.exit_code, told.stdout) == (2, "")
    assert text in told.stderr
    assert "\x1b" not in told.stderr


@pytest.mark.parametrize("typed", ["NB9", " nb9"])
def test_a_family_lists_its_codes(typed: str) -> None:
    result = answer("rule", typed)
    codes = {rule.code for rule in RULES if rule.code.startswith("NB9")}
    assert result.exit_code == 0
    assert {line.split()[0] for line in result.output.splitlines()[1:]} == codes
    document = json.loads(answer("rule", typed, "-o", "json").stdout)
    assert {one["code"] for one in document["rules"]} == codes


def test_a_retired_code_is_told_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbcore.cli.codes.RETIRED", frozenset({"NB299"}))
    assert "the code NB299 is retired" in answer("rule", "NB299").stderr


def test_a_rule_as_json() -> None:
    (rule,) = json.loads(answer("rule", "NB203", "-o", "json").stdout)["rules"]
    assert (rule["code"], rule["severity"]) == ("NB203", "error")
    assert rule["family"] == {"code": "NB2", "title": FAMILIES["NB2"]}
    assert rule["documentation"] == documentation(CODES["NB203"])


def test_rules_lists_every_code_once_under_its_family() -> None:
    told = answer("rules")
    codes = [line.split()[0] for line in told.stdout.splitlines() if line.startswith("  ")]
    assert codes == [rule.code for rule in RULES]
    heads = [line.split()[0] for line in told.stdout.splitlines() if line and not line.startswith("  ")]
    assert heads == list(FAMILIES)


def test_rules_as_json_are_all_of_them() -> None:
    document = json.loads(answer("rules", "-o", "json").stdout)
    assert document["schema"] == "nbcore.rules/v1"
    assert [one["code"] for one in document["rules"]] == [rule.code for rule in RULES]


CHOICES = {
    "everything": ((), (), {"NB101", "NB203", "NB204"}),
    "a family": (("NB2",), (), {"NB203", "NB204"}),
    "several with a comma": (("NB101,nb204",), (), {"NB101", "NB204"}),
    "several times": (("NB101", "NB204"), (), {"NB101", "NB204"}),
    "all but a family": ((), ("NB2",), {"NB101"}),
    "all but one": (("NB",), ("NB203",), {"NB101", "NB204"}),
    "one of a family that is ignored": (("NB", "NB203"), ("NB2",), {"NB101", "NB203"}),
    "of two equal ones that which ignores": (("NB203",), ("NB203",), set()),
    "empty parts": (("NB101,,",), (",",), {"NB101"}),
}


@pytest.mark.parametrize("name", CHOICES)
def test_the_longer_beginning_decides(name: str) -> None:
    select, ignore, expected = CHOICES[name]
    codes = selection(select, ignore)
    assert {code for code in ("NB101", "NB203", "NB204") if codes.has(code)} == expected


def test_nothing_selected_is_everything() -> None:
    assert selection() == Selection()
    assert all(Selection().has(code) for code in CODES)


@pytest.mark.parametrize("typed", ["NB2x", "NB7777", "*", "203"])
def test_a_beginning_that_no_code_has_is_refused(typed: str) -> None:
    with pytest.raises(Unusable, match="there is no code"):
        selection(ignore=[typed])
