"""Comparisons: how two sides compare, what an update costs there, and the patch of it."""

from __future__ import annotations

from typing import Any

import jsonpatch
import pytest

import nbcore
from nbcore.comparison import Comparison, compared, patch_json
from nbcore.model.notebook import Notebook
from nbcore.settings import Settings

TEMPLATE: dict[str, Any] = {
    "apiVersion": "jackhoman.dev/v1beta1",
    "kind": "Template",
    "metadata": {"name": "lab", "namespace": "kinds"},
    "spec": {"template": {"spec": {"containers": [{"name": "main", "image": "lab:1"}]}}},
}
NOTEBOOK: dict[str, Any] = {
    "apiVersion": "jackhoman.dev/v1beta1",
    "kind": "Notebook",
    "metadata": {"name": "ada", "namespace": "team"},
    "spec": {"templateRef": {"name": "lab", "namespace": "kinds"}},
}


def with_main(**more: Any) -> dict[str, Any]:
    main = {"name": "main", "image": "lab:1", **more}
    return {**TEMPLATE, "spec": {"template": {"spec": {"containers": [main]}}}}


def side(*objects: dict[str, Any]) -> tuple[Notebook | None, nbcore.Catalog]:
    catalog = nbcore.Catalog(objects)
    return next(iter(catalog.notebooks), None), catalog


def of(old: Any, new: Any) -> Comparison:
    return compared(Comparison("Notebook", "team/ada", ""), old, new, Settings())


@pytest.mark.parametrize(
    ("old", "new", "verdict", "effect"),
    [
        ((TEMPLATE, NOTEBOOK), (TEMPLATE, NOTEBOOK), "same", "none"),
        ((TEMPLATE, NOTEBOOK), (with_main(image="lab:2"), NOTEBOOK), "differs", "restart"),
        ((TEMPLATE, NOTEBOOK), (with_main(imagePullPolicy="IfNotPresent"), NOTEBOOK), "differs", "none"),
        ((TEMPLATE, NOTEBOOK), (TEMPLATE,), "removed", "none"),
        ((TEMPLATE,), (TEMPLATE, NOTEBOOK), "added", "none"),
        ((TEMPLATE, NOTEBOOK), (NOTEBOOK,), "refused", "none"),
        ((NOTEBOOK,), (TEMPLATE, NOTEBOOK), "repaired", "none"),
        ((NOTEBOOK,), (NOTEBOOK,), "broken", "none"),
    ],
)
def test_verdicts(old: Any, new: Any, verdict: str, effect: str) -> None:
    found = of(side(*old), side(*new))
    assert (found.verdict, found.effect) == (verdict, effect)
    assert (found.forcing is not None) == (effect == "restart")
    assert bool(found.findings) == (verdict in ("refused", "repaired", "broken"))


def test_a_patch_leads_from_one_pod_to_the_other_and_hides_values() -> None:
    env = [{"name": "A", "value": "secret"}, {"name": "B", "value": "secret"}]
    found = of(side(TEMPLATE, NOTEBOOK), side(with_main(env=env), NOTEBOOK))
    assert found.before is not None
    assert found.after is not None
    whole = patch_json(found, show_values=True)["patch"]
    assert jsonpatch.apply_patch(found.before.pod, whole) == found.after.pod
    masked = patch_json(found, show_values=False)["patch"]
    assert "secret" not in str(masked)
    assert str(masked).count("‹hidden 1›") == 2
    assert [one["path"] for one in masked] == [one["path"] for one in whole]
