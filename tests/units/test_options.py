"""Options: what is rendered for a choice, and what is said about one that is not there or does not fit."""

from __future__ import annotations

from typing import Any

import pytest

from nbcore.model.selection import Gone
from nbcore.model.template import Access
from nbcore.resolve.options import Subject, denied
from tests.units.notebooks import codes, container, main, option, rendered, template

GROUPS: Any = {
    "options": [
        {"id": "image", "default": "new", "values": [
            {"id": "old", "template": main(image="i:old"), "redirect": {"to": "new", "when": "Offer"}},
            {"id": "new", "template": main(image="i:new"), "compatible": {"size": {"matchLabels": {"gpu": "yes"}}}},
        ]},
        {"id": "size", "values": [
            {"id": "small", "template": {}},
            {"id": "large", "template": {}, "display": {"labels": {"gpu": "yes"}}},
        ]},
    ]
}  # fmt: skip

CASES: tuple[tuple[dict[str, str], list[str]], ...] = (
    ({"size": "large"}, []),
    ({}, ["NB202"]),
    ({"size": "large", "colour": "red"}, ["NB203"]),
    ({"size": "lage"}, ["NB204"]),
    ({"size": "small"}, ["NB209"]),
    ({"size": "small", "image": "old"}, ["NB213"]),
)


@pytest.mark.parametrize(("options", "found"), CASES)
def test_what_is_said_about_a_choice(options: dict[str, str], found: list[str]) -> None:
    rendering = rendered(template(**GROUPS), options=options)
    assert codes(rendering) == found
    assert (rendering.pod is None) == any(one.severity == "error" for one in rendering.findings)


def test_the_default_is_taken_and_main_means_the_only_container() -> None:
    assert container(rendered(template(**GROUPS), options={"size": "large"})) == {
        "name": "lab",
        "image": "i:new",
    }


def test_an_offer_is_not_taken() -> None:
    rendering = rendered(template(**GROUPS), options={"image": "old", "size": "small"})
    assert container(rendering)["image"] == "i:old"
    assert rendering.findings[0].message == "the image value old is replaced: new is offered"


def test_a_gone_value_names_the_nearest() -> None:
    rendering = rendered(template(**GROUPS), options={"size": "lage"})
    result = rendering.selection["size"]
    assert isinstance(result, Gone)
    assert result.nearest == ("large",)
    (finding,) = rendering.findings
    assert (str(finding.path), finding.remedy) == ("spec.options.size", "Did you mean large?")


@pytest.mark.parametrize(("to", "code"), [("nowhere", "NB207"), ("a", "NB208")])
def test_broken_redirects_still_render(to: str, code: str) -> None:
    rendering = rendered(template(**option(main(image="i:a"), redirect={"to": to, "when": "Immediate"})))
    assert container(rendering)["image"] == "i:a"
    assert codes(rendering) == [code]


ACCESS: tuple[tuple[Any, dict[str, str] | None, Subject | None, str | None], ...] = (
    ({}, None, None, None),
    ({"users": ["ada"]}, {}, Subject("ada"), None),
    ({"users": ["ada"]}, {}, Subject("bob"), "not for this user"),
    ({"users": []}, {}, Subject("bob"), "not for this user"),
    ({"groups": ["ml"]}, {}, Subject("bob", frozenset({"ml", "x"})), None),
    ({"groups": ["ml"], "users": ["ada"]}, {}, Subject("ada"), "not for the groups of this user"),
    ({"users": ["ada"]}, {}, None, None),
    ({"namespaceSelector": {"matchLabels": {"a": "b"}}}, None, None, None),
    ({"namespaceSelector": {"matchLabels": {"a": "b"}}}, {"a": "b"}, None, None),
)


@pytest.mark.parametrize(("rule", "labels", "subject", "answer"), ACCESS)
def test_access(
    rule: Any, labels: dict[str, str] | None, subject: Subject | None, answer: str | None
) -> None:
    assert denied(Access.model_validate(rule), labels, subject) == answer


def test_access_of_a_namespace_says_which_label() -> None:
    rule = Access.model_validate({"namespaceSelector": {"matchLabels": {"a": "b"}}})
    assert str(denied(rule, {}, None)).startswith("not for this namespace: ")
