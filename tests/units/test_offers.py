"""What a form may offer, and the words for what it may not."""

from __future__ import annotations

from typing import Any

import nbcore
from tests.units.notebooks import one, template

SPEC: Any = {
    "optional": [{"name": "proxy"}, {"name": "gone"}],
    "options": [
        {"id": "image", "default": "new", "display": {"name": "Image"}, "values": [
            {"id": "old", "template": {}, "redirect": {"to": "new", "when": "Offer", "message": {"text": "old!"}}},
            {"id": "new", "template": {}, "display": {"labels": {"cuda": "12"}}},
            {"id": "beta", "template": {}, "display": {"hidden": True}},
        ]},
        {"id": "size", "values": [
            {"id": "gpu", "template": {}, "compatible": {"image": {"matchLabels": {"cuda": "12"}}}},
            {"id": "vip", "template": {}, "access": {"users": ["ada"]}},
        ]},
    ],
}  # fmt: skip
CATALOG = nbcore.Catalog([one("PodDefault", "proxy", {"display": {"name": "Proxy"}})])


def offers(**given: Any) -> dict[str, Any]:
    found = nbcore.choices(template(**SPEC), CATALOG, **given)
    return {offer.id: offer for group in found.groups for offer in group.values}


def test_what_stands_in_a_group() -> None:
    image, size = nbcore.choices(template(**SPEC), CATALOG).groups
    assert (image.name, image.required, size.name, size.required) == ("Image", False, "size", True)


def test_why_a_value_is_not_available() -> None:
    found = offers(namespace="team", subject={"username": "bob"}, selected={"image": "old"})
    assert found["vip"].denied == "not for this user"
    assert str(found["gpu"].misfit).startswith("does not fit the selected image: ")
    assert {id_ for id_, offer in found.items() if offer.available} == {"old", "new"}


def test_what_is_selected_and_where_it_leads() -> None:
    found = offers(selected={"image": "old"})
    assert [id_ for id_, offer in found.items() if offer.selected] == ["old"]
    assert [id_ for id_, offer in offers().items() if offer.selected] == ["new"]
    assert found["old"].redirect == "new"
    assert [message.text for message in found["old"].messages] == ["old!"]
    assert found["new"].redirect is None


def test_nobody_asked_means_nobody_is_denied() -> None:
    assert offers()["vip"].available


def test_pod_defaults_on_offer() -> None:
    proxy, gone = nbcore.choices(template(**SPEC), CATALOG).pod_defaults
    assert (proxy.title, proxy.missing, gone.missing) == ("Proxy", False, True)


def test_the_template_itself_may_be_denied() -> None:
    found = nbcore.choices(
        template(access={"groups": ["ml"]}), CATALOG, subject={"username": "bob", "groups": []}
    )
    assert found.denied == "not for the groups of this user"


def test_what_is_no_template() -> None:
    assert nbcore.choices(one("PodDefault", "x", {}), CATALOG).denied == "this is not a Template"


def test_misfits_are_seen_from_both_sides() -> None:
    found = offers(selected={"size": "gpu", "image": "new"})
    assert found["beta"].misfit == (
        "the selected size gpu does not fit it: needs label cuda=12, image beta has no label cuda"
    )
    assert found["new"].misfit is None


def test_a_value_is_judged_by_what_a_start_makes_of_it() -> None:
    image, size = SPEC["options"]
    moved = {"id": "old", "template": {}, "redirect": {"to": "new", "when": "Restart"}}
    spec = {"options": [{**image, "values": [moved, *image["values"][1:]]}, size]}
    groups = nbcore.choices(template(**spec), CATALOG, selected={"size": "gpu"}).groups
    found = {offer.id: offer.misfit is None for group in groups for offer in group.values}
    assert found == {"old": True, "new": True, "beta": False, "gpu": True, "vip": True}


def test_what_stands_twice_is_offered_once() -> None:
    image = {**SPEC["options"][0], "display": {"hidden": True}}
    spec = {"options": [image, {**image, "values": [*image["values"], *image["values"]]}]}
    (group,) = nbcore.choices(template(**spec), CATALOG).groups
    assert group.hidden
    twice = {"options": [{**image, "values": [*image["values"], *image["values"]]}]}
    (group,) = nbcore.choices(template(**twice), CATALOG).groups
    assert [offer.id for offer in group.values] == ["old", "new", "beta"]


def test_a_choice_that_is_no_text_is_none() -> None:
    unset: Any = {"image": None, "size": 5}
    assert [id_ for id_, offer in offers(selected=unset).items() if offer.selected] == ["new"]
