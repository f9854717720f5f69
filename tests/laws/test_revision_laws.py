"""The laws of Revisions: one hash for equal inputs, one pod for ever, and parts that are taken apart and together."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import assume, event, given
from hypothesis import strategies as st

import nbcore
from nbcore.catalog import read
from nbcore.composing import ALL, EVERYTHING, NOTHING, Composer
from nbcore.dialects.parsed import too_deep
from nbcore.model.selection import Broken, Cycle
from nbcore.named_templates import redirect_of_template
from nbcore.resolve.options import select
from nbcore.resolve.redirects import follow
from nbcore.revision import hash_of, revision_of
from tests.laws.catalogs import Scene, scenes
from tests.laws.trees import hostile_json
from tests.laws.update_scenes import pairs
from tests.laws.workspaces import pairs as workspace_pairs

Json = Any
specs = st.dictionaries(st.text(max_size=5), hostile_json().filter(lambda one: not too_deep(one)), max_size=5)


def written_otherwise(value: Json, draw: Any) -> Json:
    """The same value with its keys in another order, and whole numbers with a point."""
    if isinstance(value, dict):
        keys = draw(st.permutations(sorted(value)))
        return {key: written_otherwise(value[key], draw) for key in keys}
    if isinstance(value, list):
        return [written_otherwise(one, draw) for one in value]
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53
    return float(value) if whole and draw(st.booleans()) else value


@given(specs, st.data())
def test_equal_inputs_have_equal_hashes(spec: Json, data: Any) -> None:
    assert hash_of(written_otherwise(spec, data.draw)) == hash_of(spec)


def typed(value: Json) -> Json:
    """The value so that Python's `==` tells apart what JSON does."""
    if isinstance(value, dict):
        return {key: typed(one) for key, one in value.items()}
    if isinstance(value, list):
        return [typed(one) for one in value]
    return isinstance(value, bool), value


@given(specs, specs)
def test_unlike_inputs_have_unlike_hashes(one: Json, other: Json) -> None:
    assert (hash_of(one) == hash_of(other)) == (typed(one) == typed(other))


@given(scenes() | workspace_pairs().map(lambda pair: Scene([pair[0]], pair[1])), scenes())
def test_a_revision_renders_the_same_pod_for_ever(scene: Scene, later: Scene) -> None:
    revision, _ = revision_of(scene.notebook, scene.catalog)
    rendering = scene.render()
    event("a pod" if rendering.pod else "none")
    if revision is None:
        assert rendering.pod is None
        return
    kept = copy.deepcopy(revision)
    for catalog in (scene.catalog, nbcore.Catalog(), later.catalog, nbcore.Catalog([revision])):
        assert nbcore.render(scene.notebook, catalog, revision=kept).to_bytes() == rendering.to_bytes()
    assert kept == revision


def composer(scene: Scene, pinned: Json) -> Composer:
    return Composer(read(scene.notebook).object, read(pinned).object, scene.catalog)  # type: ignore[arg-type]


@given(pairs())
def test_taking_nothing_keeps_the_revision(pair: tuple[Scene, Scene]) -> None:
    before, after = pair
    pinned, _ = revision_of(before.notebook, before.catalog)
    assume(pinned is not None)
    assert pinned is not None
    assert composer(after, pinned).composed(NOTHING).spec == pinned["spec"]


def leads_somewhere(scene: Scene) -> bool:
    """Whether every redirect of the selection leads to something that exists."""
    notebook, catalog = read(scene.notebook).object, scene.catalog
    found = follow("", notebook.template_id, redirect_of_template(notebook, catalog), ALL)  # type: ignore[union-attr,arg-type]
    template = catalog.template("Template", found.value or "")
    options = notebook.spec.options  # type: ignore[union-attr]
    results = select(template.spec.options, options, ALL).values() if template else ()
    return not any(isinstance(one, Broken | Cycle) for one in (found, *results))


@given(pairs())
def test_taking_everything_is_the_revision_of_today(pair: tuple[Scene, Scene]) -> None:
    before, after = pair
    pinned, _ = revision_of(before.notebook, before.catalog)
    today, _ = revision_of(after.notebook, after.catalog, takes=ALL)
    assume(pinned is not None and leads_somewhere(after))
    event("a Revision" if today else "none")
    if today is not None:
        assert composer(after, pinned).composed(EVERYTHING).spec == today["spec"]
