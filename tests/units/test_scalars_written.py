"""Unquoted scalars that become something else: which are told, and how they are repaired."""

from __future__ import annotations

import pytest

from nbcore.checks.pod_fields import fitted
from nbcore.checks.scalars_written import may_hold_octal, quoted, surprising_scalars
from nbcore.dialects.parsed import origin_of
from nbcore.finding import Finding, Fix, finding
from nbcore.kubernetes.paths import Path
from nbcore.source import load


def surprises(text: str) -> list[Finding]:
    [document] = load(text, "f.yaml")
    return surprising_scalars(origin_of(document.value, document))


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        ("a: 010", "010 without quotes is the number 8", "Write 8 or 10, whichever is meant."),
        ("a: [0_17]", "0_17 without quotes is the number 15", "Write 15 or 17, whichever is meant."),
        ("y: 1", "the key y without quotes is true", 'Put it in quotes: "y".'),
        ("a: {Off: 1}", "the key Off without quotes is false", 'Put it in quotes: "Off".'),
        ("010: 1", "the key 010 without quotes is 8", 'Put it in quotes: "010".'),
        ("1e6: 1", "the key 1e6 without quotes is 1e+06", 'Put it in quotes: "1e6".'),
        (".Inf: 1", "the key .Inf without quotes is .inf", 'Put it in quotes: ".Inf".'),
    ],
)
def test_surprises(text: str, message: str, remedy: str) -> None:
    [one] = surprises(text)
    assert (one.code, one.severity, one.message, one.remedy) == ("NB109", "warning", message, remedy)
    assert one.position is not None


@pytest.mark.parametrize(
    "text",
    [
        *(
            'a: "010"',
            "a: 10",
            "a: 08",
            "a: 07",
            "a: yes",
            "a: 12:30",
            "a: 2024-01-01",
            "a: 0x1f",
            "a: 1_000",
        ),
        *("defaultMode: 0644", "a: [{mode: 0755}]", '"y": 1', "'on': 1", "true: 1", "12: 1", "image: 1"),
        *("env: [{value: 010}]", '{"8": 1}', "- name", "text", "a: 0o17"),
    ],
)
def test_no_surprises(text: str) -> None:
    assert surprises(text) == []


def test_the_repairs() -> None:
    number, key = surprises("a: 010\ny: 1")
    assert number.fix == Fix("replace", Path(("a",)), 10, safe=False)
    assert key.fix == Fix("rename", Path(("true",)), "y")
    assert [str(one.position) for one in (number, key)] == ["1:4", "2:1"]


def test_an_object_without_a_document_has_none() -> None:
    assert surprising_scalars(origin_of({"true": 8})) == []


def test_without_octal_numbers_the_keys_are_left() -> None:
    [document] = load("a: 010\ny: 1")
    [one] = surprising_scalars(origin_of(document.value, document), octal=False)
    assert one.message.startswith("the key y ")


@pytest.mark.parametrize(
    ("text", "may"),
    [("a: 010", True), ("[-07]", True), ("a: 10", False), ("i:2024-01-01", False), ("a0: 0.07", False)],
)
def test_the_quick_look(text: str, may: bool) -> None:
    assert may_hold_octal(text) == may


def written(field: str) -> Finding:
    """The finding about a field of a container, told with the text that was written."""
    [document] = load(f"spec:\n  containers:\n  - {field}\n")
    _, [fault] = fitted(document.value)
    one = finding(fault.code, fault.path, fault.message, fault.remedy)
    object.__setattr__(one, "fix", fault.fix)
    return quoted(one, document)


@pytest.mark.parametrize(
    ("field", "text", "remedy"),
    [
        ("image: yes", "yes", 'Put it in quotes: "yes".'),
        ("image: 1.10", "1.10", "Put it in quotes."),
        ("args: [010]", "010", "Put it in quotes."),
        ("env: [{value: yes}]", "yes", "Put it in quotes."),
    ],
)
def test_texts_that_lack_quotes(field: str, text: str, remedy: str) -> None:
    one = written(field)
    assert one.remedy == remedy
    assert one.fix is not None
    assert (one.fix.value, one.fix.safe) == (text, True)


def test_other_findings_stay_as_they_are() -> None:
    one = written("command: 5")
    assert one.fix is None
    other = finding("NB105", ("a",), "there is no field a here")
    assert quoted(other, None) is other
    [document] = load('{"spec": {"containers": [{"image": 5}]}}')
    _, [fault] = fitted(document.value)
    told = finding(fault.code, fault.path, fault.message, fault.remedy)
    object.__setattr__(told, "fix", fault.fix)
    assert quoted(told, document) is told
