"""The laws of `choices`: a form shows what the Template says, and what it offers can be chosen."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import nbcore
from tests.laws.catalogs import VALUES, Scene, scenes
from tests.laws.trees import hostile_json, near_misses

Json = Any
any_selection = st.dictionaries(
    st.sampled_from(("image", "size", "other")), st.sampled_from((*VALUES, "other"))
)


@given(scenes(), any_selection)
def test_choices_are_those_of_the_template(scene: Scene, selected: dict[str, str]) -> None:
    template = scene.objects[0]
    offered = nbcore.choices(template, scene.catalog, selected=selected)
    groups = template["spec"]["options"]
    assert [group.id for group in offered.groups] == [group["id"] for group in groups]
    for group, given_ in zip(offered.groups, groups, strict=True):
        ids = [value.id for value in group.values]
        assert ids == [value["id"] for value in given_["values"]]
        assert all(value.redirect in (None, *ids) for value in group.values)
        wanted = selected.get(group.id, given_["default"])
        assert [value.id for value in group.values if value.selected] == [one for one in ids if one == wanted]


@given(scenes())
def test_what_is_offered_can_be_chosen(scene: Scene) -> None:
    for group in nbcore.choices(scene.objects[0], scene.catalog).groups:
        for value in group.values:
            scene.notebook["spec"]["options"] = {group.id: value.id}
            rendering = scene.render()
            wrong = [one for one in rendering.findings if one.code in ("NB203", "NB204", "NB209")]
            assert not (value.available and wrong)
            assert rendering.selection[group.id].chosen == value.id


@given(hostile_json(), scenes(), any_selection)
def test_choices_never_raise_on_any_json(template: Json, scene: Scene, selected: dict[str, str]) -> None:
    offered = nbcore.choices(template, nbcore.Catalog([template]), selected=selected, namespace="x")
    assert offered.findings or offered.denied
    nbcore.choices(scene.objects[0], nbcore.Catalog([template]), selected=selected, namespace="team")


@given(scenes().flatmap(lambda scene: near_misses(st.just(scene.objects[0]))), any_selection)
def test_choices_of_a_broken_template_say_so(template: Json, selected: dict[str, str]) -> None:
    offered = nbcore.choices(template, nbcore.Catalog([template]), selected=selected)
    assert offered.groups or offered.findings or offered.denied or not template["spec"].get("options")
