"""What a form may offer, and the words for what it may not."""

from __future__ import annotations

from typing import Any

import nbcore
from nbcore.offers import Choices, Offer
from tests.laws.filtered_kinds import image, namespace_object, pod, rule, workspace_kind
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


# ---- filter rules of WorkspaceKinds ----

GPU, CPU, WEB = {"gpu": "true"}, {"gpu": "false"}, {"team": "web"}
DENY: Any = {"api": {"deny": True, "denyMessage": {"text": "ask the GPU team"}}}
OMIT, HIDE = {"api": {"hide": True}}, {"ui": {"hide": True}}
KUBEFLOW = nbcore.Settings(compat="kubeflow")
IMAGES = (
    image("plain", CPU),
    image("cuda", GPU),
    image("old", CPU, redirect={"to": "older"}),
    image("older", CPU, redirect={"to": "cuda"}),
)
PODS = (pod("tiny", CPU), pod("big", GPU))


def listed(*rules: Any, kind: Any = None, **given: Any) -> Choices:
    """What is offered of a WorkspaceKind, where the namespaces `web` and `ml` are known."""
    kind = kind or workspace_kind(IMAGES, PODS, rules)
    teams = [namespace_object("web", WEB), namespace_object("ml", {"team": "ml"})]
    catalog = nbcore.Catalog([kind, *teams])
    return nbcore.choices(catalog.templates[0], catalog, **given)


def values(choices: Choices) -> dict[str, Offer]:
    return {offer.id: offer for group in choices.groups for offer in group.values}


def labelled(labels: dict[str, str]) -> Any:
    return {"matchLabels": labels}


GPU_NOT_FOR_WEB = {"image": labelled(GPU), "namespace": labelled(WEB)}
NO_CUDA_ON_CPU = rule("IMAGE_CONFIG", DENY, image=labelled(GPU), pod=labelled(CPU))


def test_4_2_4_what_is_hidden_left_out_or_denied() -> None:
    for settings in (None, KUBEFLOW):
        for effect, expected in ((HIDE, (True, None)), (DENY, (False, "ask the GPU team"))):
            given = {"namespace": "web", "settings": settings}
            found = values(listed(rule("IMAGE_CONFIG", effect, **GPU_NOT_FOR_WEB), **given))
            assert (found["cuda"].hidden, found["cuda"].denied) == expected
            assert not found["cuda"].available
            assert found["plain"].available
        found = values(listed(rule("IMAGE_CONFIG", OMIT, **GPU_NOT_FOR_WEB), **given))
        assert list(found) == ["plain", "old", "older", "tiny", "big"]


def test_4_2_4_another_namespace_is_none_of_the_rules_business() -> None:
    for effect in (HIDE, DENY, OMIT):
        for namespace in ("ml", None, "unknown"):
            found = listed(rule("IMAGE_CONFIG", effect, **GPU_NOT_FOR_WEB), namespace=namespace)
            assert values(found)["cuda"].available


def test_a_denied_value_without_a_message_is_denied_all_the_same() -> None:
    found = listed(rule("POD_CONFIG", {"api": {"deny": True}}, pod=labelled(GPU)))
    assert values(found)["big"].denied == "not for this namespace or selection"


def test_the_default_counts_as_chosen_by_default_and_not_in_compat() -> None:
    assert values(listed(NO_CUDA_ON_CPU))["cuda"].denied == "ask the GPU team"
    assert values(listed(NO_CUDA_ON_CPU, settings=KUBEFLOW))["cuda"].denied is None
    assert values(listed(NO_CUDA_ON_CPU, selected={"podConfig": "big"}))["cuda"].denied is None


def test_4_2_4_in_compat_a_chosen_group_has_that_value_alone() -> None:
    found = listed(NO_CUDA_ON_CPU, selected={"podConfig": "tiny"}, settings=KUBEFLOW)
    assert [[one.id for one in group.values] for group in found.groups] == [
        ["plain", "cuda", "old", "older"],
        ["tiny"],
    ]
    assert values(found)["cuda"].denied == "ask the GPU team"


def test_4_2_4_in_compat_an_unknown_id_is_an_error() -> None:
    found = listed(selected={"podConfig": "tini"}, settings=KUBEFLOW)
    assert found.groups == ()
    assert [(one.code, str(one.path), one.remedy) for one in found.findings] == [
        ("NB204", "context.podConfig.id", "Did you mean tiny?")
    ]
    assert listed(selected={"podConfig": "tini"}).findings == ()


def test_4_2_4_a_chosen_value_that_is_left_out_leaves_nothing() -> None:
    omitted = rule("IMAGE_CONFIG", OMIT, image=labelled(GPU))
    found = listed(omitted, selected={"imageConfig": "cuda"}, settings=KUBEFLOW)
    assert [len(group.values) for group in found.groups] == [0, 2]
    assert found.findings == ()


def test_b15_redirects_to_what_is_denied_or_left_out_are_not_offered() -> None:
    for effect in (DENY, OMIT):
        of_web = rule("IMAGE_CONFIG", effect, **GPU_NOT_FOR_WEB)
        ends = {
            namespace: [values(listed(of_web, namespace=namespace))[one].redirect for one in ("old", "older")]
            for namespace in ("web", "ml")
        }
        assert ends == {"web": [None, None], "ml": ["cuda", "cuda"]}
        assert values(listed(of_web, namespace="web", settings=KUBEFLOW))["old"].redirect == "cuda"


def test_b15_a_default_that_may_not_be_chosen_has_to_be_replaced() -> None:
    kind = workspace_kind(IMAGES, PODS, [rule("IMAGE_CONFIG", DENY, **GPU_NOT_FOR_WEB)], imageConfig="cuda")
    required = {
        (namespace, settings.compat if settings else ""): listed(
            kind=kind, namespace=namespace, settings=settings
        )
        .groups[0]
        .required
        for namespace in ("web", "ml")
        for settings in (None, KUBEFLOW)
    }
    assert required == {
        ("web", ""): True,
        ("web", "kubeflow"): False,
        ("ml", ""): False,
        ("ml", "kubeflow"): False,
    }


def test_4_2_5_the_kind_itself() -> None:
    of_web = {"namespace": labelled(WEB)}
    for effect, expected in ((DENY, ("ask the GPU team", False)), (HIDE, (None, True)), (OMIT, (None, True))):
        found = listed(rule("WORKSPACE_KIND", effect, **of_web), namespace="web")
        assert (found.denied, found.hidden) == expected
        for given in ({"namespace": "ml"}, {"namespace": "web", "settings": KUBEFLOW}):
            found = listed(rule("WORKSPACE_KIND", effect, **of_web), **given)
            assert (found.denied, found.hidden) == (None, False)


def test_ten_thousand_values_are_offered_at_once() -> None:
    images = [image(f"i{at}", {"version": str(at), **(GPU if at % 2 else CPU)}) for at in range(5_000)]
    kind = workspace_kind(images, [pod(f"p{at}", GPU) for at in range(5_000)], [NO_CUDA_ON_CPU] * 64)
    assert len(values(listed(kind=kind, namespace="web"))) == 10_000
