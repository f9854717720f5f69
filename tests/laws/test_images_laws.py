"""Laws of the images of a kind: what is listed is what its pods use, and when it is said to be used it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import given

from nbcore.catalog import Catalog, read
from nbcore.factors import Selection, notebook_of
from nbcore.images import Condition, Images, image_places, images_of
from nbcore.model.template import Template
from nbcore.pipeline import render
from nbcore.reachable import space_of
from tests.laws.kinds import small_kinds

ALL, FEWEST = 10**9, 0


def used(template: Template, catalog: Catalog) -> Iterator[tuple[Selection, set[str]]]:
    """Every selection that gives a pod, with the images of that pod."""
    space, catalog = space_of(template, catalog)
    for row in space.every():
        selection = space.selection(row)
        pod = render(read(notebook_of(template, selection)).object, catalog).pod
        if pod is not None:
            yield selection, {image for _, image in image_places(pod)}


def holds(condition: Condition, selection: Selection) -> bool:
    groups = all(selection.options[group] in values for group, values in condition.options.items())
    chosen = condition.pod_defaults.items()
    return groups and all((name in selection.pod_defaults) is is_there for name, is_there in chosen)


def at_home(found: Images) -> set[str]:
    """The images that pods in the Template's own namespace use."""
    return {use.image for use in found.uses if not use.namespaces}


@given(small_kinds())
def test_every_image_of_every_pod_is_listed(objects: list[Any]) -> None:
    catalog = Catalog(objects)
    for template in catalog.list("Template"):
        every = {image for _, images in used(template, catalog) for image in images}
        assert at_home(images_of(template, catalog, whole=ALL)) == every
        assert at_home(images_of(template, catalog, whole=FEWEST)) == every


@given(small_kinds())
def test_a_condition_holds_exactly_where_the_image_is_used(objects: list[Any]) -> None:
    catalog = Catalog(objects)
    for template in catalog.list("Template"):
        pods = list(used(template, catalog))
        for use in images_of(template, catalog, whole=FEWEST).uses:
            if use.conditions and not use.namespaces:
                for selection, images in pods:
                    assert (use.image in images) is any(holds(one, selection) for one in use.conditions)


@given(small_kinds())
def test_the_reduction_of_images_says_what_brute_force_says(objects: list[Any]) -> None:
    catalog = Catalog(objects)
    for template in catalog.list("Template"):
        every, some = (images_of(template, catalog, whole=whole) for whole in (ALL, FEWEST))
        assert every.pods == some.pods
        assert some.rendered <= every.rendered == every.pods
        assert [(one.image, one.places, one.namespaces) for one in every.uses] == [
            (one.image, one.places, one.namespaces) for one in some.uses
        ]
        if not every.without_pod:
            assert [one.pods for one in every.uses] == [one.pods for one in some.uses]
