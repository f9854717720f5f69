"""Laws of the catalog: however it came about, and whatever form it keeps, its answers are the same.

Refuses to know what the answers are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, TypeAlias

from hypothesis import given
from hypothesis import strategies as st

import nbcore
from nbcore.catalog import key_of
from nbcore.packed import Packer, Unpacked
from tests.laws.catalogs import Scene, scenes
from tests.laws.trees import hostile_json

Json: TypeAlias = Any
KINDS = ("Template", "PodDefault", "Notebook", "Namespace", "Service", "Service.example.com", "Deployment")
SPACES = ("team", "other")


def typed(api_version: str, kind: str, name: str, spec: Json, namespace: str = "team") -> Json:
    """An object of any kind; without a name if that is empty."""
    metadata = {"namespace": namespace, **({"name": name} if name else {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}


@st.composite
def objects(draw: st.DrawFn, scene: Scene) -> Json:
    """An object of a scene, one of the same name that is broken, or one of a foreign kind."""
    own = draw(st.sampled_from([*scene.objects, scene.notebook]))
    spoiled = {**own, "spec": draw(st.sampled_from(({}, {"x": 1}, {"template": 5}, 5)))}
    group = draw(st.sampled_from(("v1", "example.com/v1", "apps/v1")))
    kind = draw(st.sampled_from(("Service", "Deployment", "Namespace")))
    name = draw(st.sampled_from(("a", "b", "")))
    foreign = typed(group, kind, name, draw(st.integers(0, 3)), draw(st.sampled_from(SPACES)))
    return draw(st.sampled_from((own, own, spoiled, foreign)))


@st.composite
def histories(draw: st.DrawFn) -> tuple[Scene, list[tuple[list[Json], list[Json]]]]:
    """A scene, and steps that each change and remove some objects."""
    scene, other = draw(scenes(odd=True)), draw(scenes(odd=True))
    some = st.lists(st.one_of(objects(scene), objects(other)), max_size=3, unique_by=name_of)
    return scene, draw(st.lists(st.tuples(some, some), min_size=1, max_size=3))


def name_of(one: Json) -> tuple[str, ...]:
    """What an object is called; groups share the names of kinds."""
    metadata = one["metadata"]
    group = one["apiVersion"].rpartition("/")[0]
    return (group, one["kind"], metadata["namespace"], metadata.get("name", ""))


def after(held: dict[Any, Json], changed: Iterable[Json], removed: Iterable[Json]) -> dict[Any, Json]:
    """The objects that are there after a step: what changed comes last, what has no name is never lost."""
    coming = {name_of(one) if one["metadata"].get("name") else object(): one for one in changed}
    gone = {name_of(one) for one in removed} | set(coming)
    return {**{name: one for name, one in held.items() if name not in gone}, **coming}


def answers(catalog: nbcore.Catalog, notebook: Json) -> list[Any]:
    """What a catalog answers to everything that it can be asked."""
    kinds = dict.fromkeys((*KINDS, *(key_of(one)[0] for one in catalog)))
    listed = [catalog.list(kind, space) for kind in kinds for space in (None, *SPACES)]
    found = [catalog.get(kind, n, s) for kind in kinds for n in ("a", "b", "base", "mine") for s in SPACES]
    broken = [catalog.is_broken(kind, f"team/{name}") for kind in kinds for name in ("a", "base", "extra")]
    rendering = nbcore.render(notebook, catalog)
    some: list[Iterable[Any]] = [catalog, *listed, found, catalog.templates]
    return [
        [[told(one) for one in each] for each in some],
        broken,
        list(map(str, catalog.findings)),
        catalog.unread,
        (json.dumps(rendering.pod), list(map(str, rendering.findings))),
    ]


def told(one: Any) -> Json:
    """An object as text; what a model holds besides what it came as is asked by rendering."""
    return None if one is None else (key_of(one), type(one).__name__, json.dumps(one.origin.value))


@given(histories(), st.booleans(), st.booleans())
def test_many_replaces_equal_a_fresh_catalog(history: Any, packed: bool, lenient: bool) -> None:
    scene, steps = history
    held: dict[Any, Json] = after({}, scene.objects, ())
    catalog = nbcore.Catalog(scene.objects, packed=packed, lenient=lenient)
    for changed, removed in steps:
        before = answers(catalog, scene.notebook)
        earlier, catalog = catalog, catalog.replace(changed, removed=removed)
        held = after(held, changed, removed)
        fresh = nbcore.Catalog(held.values(), lenient=lenient)
        assert answers(catalog, scene.notebook) == answers(fresh, scene.notebook)
        assert answers(earlier, scene.notebook) == before


@given(scenes(odd=True), st.lists(hostile_json(), max_size=3), st.booleans())
def test_packed_equals_unpacked(scene: Scene, more: list[Json], lenient: bool) -> None:
    given_ = [*scene.objects, scene.notebook, *(typed("v1", "ConfigMap", "a", one) for one in more), *more]
    plain = nbcore.Catalog(given_, lenient=lenient)
    kept = nbcore.Catalog(given_, lenient=lenient, packed=True)
    first = answers(kept, scene.notebook)
    assert first == answers(plain, scene.notebook) == answers(kept, scene.notebook)


@given(st.lists(st.tuples(st.integers(0, 19), st.booleans()), max_size=60), st.integers(1, 400))
def test_a_memo_of_any_size_gives_the_same_objects(asked: list[tuple[int, bool]], budget: int) -> None:
    values = [{"at": at, "x": "x" * at} for at in range(20)]
    packer = Packer()
    slots = [packer.pack("Any", one) for one in values]
    memo = Unpacked(lambda value: value, budget)
    for at, many in asked:
        assert memo.one(slots[at]) == values[at]
        assert not many or memo.many(slots) == tuple(values)


@given(st.lists(hostile_json(), max_size=5), st.integers(0, 40_000))
def test_what_is_packed_comes_back_as_it_was(values: list[Json], before: int) -> None:
    packer = Packer()
    slots = [(one, packer.pack("Any", one)) for one in ("ab" * (before // 2), *values, *values)]
    for value, slot in slots:
        assert (slot is not None) == comes_back(value)
        assert slot is None or json.dumps(slot.value) == json.dumps(value)


def comes_back(value: Json) -> bool:
    """Whether JSON gives a value back as it was, which it does with none that is too deep or no JSON."""
    try:
        return bool(json.loads(json.dumps(value)) == value)
    except (ValueError, RecursionError):
        return False
