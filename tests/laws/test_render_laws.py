"""The laws of rendering: the same pod for the same input, nothing lost, nothing raised."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

import nbcore
from nbcore.catalog import key_of
from nbcore.strategic.folding import fold_layers
from tests.laws.catalogs import Scene, kind, scenes
from tests.laws.trees import canonical, hostile_json, near_misses, places, typed_trees

Json = Any
KINDS = ("Template", "PodDefault", "Notebook", "Revision")


def outcome(rendering: nbcore.Rendering) -> tuple[Any, ...]:
    """All that a rendering says, as it is printed."""
    pod_defaults = [(one.name, one.applied, one.reason) for one in rendering.pod_defaults]
    return (rendering.to_bytes(), *map(str, rendering.findings), *pod_defaults)


@given(scenes(odd=True))
def test_render_is_deterministic(scene: Scene) -> None:
    first = scene.render()
    event("a pod" if first.pod else "no pod")
    for code in sorted({one.code for one in first.findings}):
        event(code)
    assert outcome(first) == outcome(scene.render())
    assert outcome(first) == outcome(scene.render(nbcore.Catalog(scene.objects[::-1])))


@given(scenes())
def test_render_does_not_depend_on_the_order_of_keys(scene: Scene) -> None:
    other = Scene([backwards(one) for one in scene.objects], backwards(scene.notebook))
    first, second = scene.render(), other.render()
    assert canonical(first.pod) == canonical(second.pod)
    assert {one.code for one in first.findings} == {one.code for one in second.findings}


def backwards(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: backwards(value[key]) for key in reversed(value)}
    return [backwards(one) for one in value] if isinstance(value, list) else value


@given(scenes(odd=True))
def test_render_leaves_inputs_unchanged(scene: Scene) -> None:
    before = json.dumps(scene)
    rendering = scene.render()
    _ = rendering.origins
    assert json.dumps(scene) == before


@given(scenes())
def test_render_is_the_fold_of_its_layers(scene: Scene) -> None:
    rendering = scene.render()
    if rendering.pod is not None:
        folded = fold_layers(rendering.layers)
        assert not folded.problems
        assert canonical(folded.tree) == canonical(rendering.pod)
        titles = [layer.title for layer in rendering.layers]
        assert all(origin.layer.title in titles for origin in rendering.origins.values())


@given(scenes(), st.sampled_from(("spec", "metadata")))
def test_unknown_fields_survive(scene: Scene, place: str) -> None:
    known = scene.render()
    template = scene.objects[0]["spec"]["template"]
    template.setdefault(place, {})["x-unknown"] = field = {"as": ["it", 1.0]}
    template["spec"]["containers"][0]["x-unknown"] = field
    rendering = scene.render()
    assert (rendering.pod is None) == (known.pod is None)
    if rendering.pod is not None:
        assert rendering.pod[place]["x-unknown"] == field
        assert any(one.get("x-unknown") == field for one in rendering.pod["spec"]["containers"])


@given(scenes(odd=True))
def test_no_pod_holds_a_directive(scene: Scene) -> None:
    pod = scene.render().pod
    assert not any(isinstance(key, str) and key[:1] == "$" for _, key in places(pod))


@given(st.lists(scenes(), min_size=2, max_size=3))
def test_the_memo_changes_no_answer(scenes_: list[Scene]) -> None:
    shared = scenes_[0].catalog
    alone = [outcome(nbcore.render(one.notebook, scenes_[0].catalog)) for one in scenes_]
    together = [outcome(nbcore.render(one.notebook, shared)) for one in reversed(scenes_)]
    again = [outcome(nbcore.render(one.notebook, shared)) for one in scenes_]
    assert alone == together[::-1] == again


@given(scenes(odd=True), scenes(odd=True), st.integers(0, 2), st.integers(0, 3))
def test_replace_equals_a_fresh_catalog(old: Scene, new: Scene, changed: int, removed: int) -> None:
    start = old.catalog
    start_before = [outcome(old.render(start)), [*map(str, start.findings)]]
    gone = old.objects[removed : removed + 1]
    replaced = start.replace([new.objects[changed]], [one for one in gone if removed != changed])
    objects = {one["metadata"]["name"]: one for one in old.objects if one not in gone or removed == changed}
    objects[new.objects[changed]["metadata"]["name"]] = new.objects[changed]
    fresh = nbcore.Catalog(objects.values())
    assert {key_of(one) for one in replaced} == {key_of(one) for one in fresh}
    assert [*map(str, replaced.findings)] == [*map(str, fresh.findings)]
    assert outcome(old.render(replaced)) == outcome(old.render(fresh))
    assert start_before == [outcome(old.render(start)), [*map(str, start.findings)]]


any_object = st.one_of(
    *(
        hostile_json(),
        scenes().flatmap(lambda scene: near_misses(st.sampled_from([*scene.objects, scene.notebook]))),
    ),
    st.builds(kind, st.sampled_from(("base", "x")), st.sampled_from((*KINDS, "Pod", "List")), hostile_json()),
    st.builds(lambda tree: {"apiVersion": "v1", "kind": "Pod", **tree}, near_misses(typed_trees())),
)


@given(any_object, any_object, scenes())
def test_render_never_raises_on_any_json(first: Json, second: Json, scene: Scene) -> None:
    catalog = nbcore.Catalog([first, second, *scene.objects])
    for catalog_, notebook in ((catalog, scene.notebook), (catalog, first), (scene.catalog, second)):
        rendering = nbcore.render(notebook, catalog_)
        assert rendering.pod is not None or any(one.severity == "error" for one in rendering.findings)
    pinned = nbcore.render(scene.notebook, catalog, revision=first)
    assert pinned.pod is not None or pinned.findings
