"""Hypothesis strategies: Templates, PodDefaults and Notebooks that belong together, most of which render.

This module refuses to know what rendering does with them.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

from hypothesis import strategies as st

import nbcore
from tests.laws.trees import NAMES, copied, near_misses, typed_layers

Json: TypeAlias = Any
VALUES = ("old", "new", "gone")
WHENS = (None, "Offer", "Restart", "Idle", "Immediate")


class Scene(NamedTuple):
    """The objects of a catalog, and a Notebook of its Template."""

    objects: list[Json]
    notebook: Json

    @property
    def catalog(self) -> nbcore.Catalog:
        """A catalog that nobody has asked anything yet."""
        return nbcore.Catalog(self.objects)

    def render(self, catalog: nbcore.Catalog | None = None) -> nbcore.Rendering:
        """The Notebook's pod."""
        return nbcore.render(self.notebook, catalog or self.catalog)


def kind(name: str, of: str, spec: Json) -> dict[str, Json]:
    """An object of one of our kinds."""
    metadata = {"name": name, "namespace": "team"}
    return {"apiVersion": "jackhoman.dev/v1beta1", "kind": of, "metadata": metadata, "spec": spec}


def with_images(tree: Json, main: str = "") -> Json:
    """The tree with an image in every container, and with the main container if one is named."""
    tree = copied(tree)
    spec = tree.setdefault("spec", {}) if main else tree.get("spec", {})
    if main and all(one["name"] != main for one in spec.setdefault("containers", [])):
        spec["containers"].insert(0, {"name": main})
    for field in ("containers", "initContainers"):
        for container in spec.get(field, ()):
            container["image"] = container.get("image") or "registry/image:1"
    return tree


@st.composite
def scenes(draw: st.DrawFn, *, odd: bool = False) -> Scene:
    """A Template with options and PodDefaults, and a Notebook that chooses; with `odd` some trees are wrong."""
    trees = [with_images(tree) for tree in draw(typed_layers(5))]
    if odd:
        at = draw(st.integers(1, 4))
        spoiled = draw(near_misses(st.just(trees[at]), 2))
        trees[at] = spoiled if isinstance(spoiled, dict) else {}
    main = draw(st.sampled_from(("main", "side")))
    template = {
        "template": with_images(trees[0], main),
        "mainContainer": main,
        "home": {"mountPath": "/home/me"},
        "optional": [{"name": "extra"}],
        "options": [_group(draw, "image", trees[1:3]), _group(draw, "size", [{}, trees[3]])],
    }
    pod_defaults = [
        kind("extra", "PodDefault", {"template": trees[3]}),
        kind("matched", "PodDefault", {"template": trees[4], "selector": {"matchLabels": {"pick": "me"}}}),
    ]
    return Scene([kind("base", "Template", template), *pod_defaults], draw(notebooks()))


def _group(draw: st.DrawFn, id_: str, trees: list[Json]) -> Json:
    values = [{"id": name, "template": tree} for name, tree in zip(VALUES, trees, strict=False)]
    when = draw(st.sampled_from(WHENS))
    if when:
        values[0]["redirect"] = {"to": draw(st.sampled_from(VALUES)), "when": when}
    return {"id": id_, "default": draw(st.sampled_from(VALUES[:2])), "values": values}


@st.composite
def notebooks(draw: st.DrawFn) -> Json:
    """A Notebook of the Template with a few things of its own."""
    parts: dict[str, Json] = {
        "options": draw(
            st.sampled_from(({"image": "old"}, {"image": "new", "size": "old"}, {"size": "gone"}))
        ),
        "podDefaults": ["extra"],
        "resources": {"cpu": draw(st.sampled_from(("1", 2, 0.5))), "memory": "1Gi"},
        "env": [{"name": "OWN", "value": draw(st.sampled_from((*NAMES, "$(A)", "{{ name }}", "")))}],
        "metadata": {"labels": {"pick": draw(st.sampled_from(("me", "not")))}},
        "volumes": {"home": "my-home", "data": [{"pvcName": "data", "mountPath": "/home/me/data"}]},
    }
    chosen = draw(st.lists(st.sampled_from(sorted(parts)), unique=True))
    spec = {"templateRef": {"name": "base"}, **{name: parts[name] for name in chosen}}
    return kind("mine", "Notebook", spec)
