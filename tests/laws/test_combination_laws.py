"""Laws of the combinations of a kind: what stands for all its pods finds what all of them would."""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import Any

from hypothesis import given

from nbcore.catalog import Catalog
from nbcore.checks import quota
from nbcore.checks.fault import Fault
from nbcore.checks.pod_fields import fitted
from nbcore.checks.pods import Level, Policy, pod_faults
from nbcore.combinations import Space
from nbcore.factors import Selection
from nbcore.finding import Finding
from nbcore.model.template import Template
from nbcore.reachable import Verdict, examined
from nbcore.surroundings import Surroundings
from tests.laws.kinds import BUDGET, small_kinds

RESTRICTED = Policy(levels=(Level("restricted"),))
ALL, FEWEST = 10**9, 0
NARROW = Surroundings(Catalog(BUDGET)).budget("kinds")


def judge(pod: dict[str, Any], selection: Selection) -> list[Fault]:
    sound = fitted(pod, RESTRICTED.version, "PodTemplateSpec")[0]
    return [*pod_faults(pod, RESTRICTED), *quota.check(sound, NARROW)]


def verdict(objects: list[Any], whole: int) -> Verdict:
    catalog = Catalog(objects)
    (template,) = catalog.list("Template")
    return examined(template, catalog, judge, whole=whole)


def told(findings: tuple[Finding, ...]) -> set[Any]:
    return {(one.code, one.source, one.path) for one in findings}


def faults(findings: tuple[Finding, ...]) -> set[Any]:
    """What is wrong, by the place in the pod: two options that say the same wrong thing count as one."""
    return {(one.code, one.field or one.path) for one in findings}


@given(small_kinds())
def test_the_reduction_agrees_with_brute_force(objects: list[Any]) -> None:
    if not Catalog(objects).list("Template"):
        return
    every, some = verdict(objects, ALL), verdict(objects, FEWEST)
    assert every.pods == some.pods == every.rendered
    assert some.rendered <= every.rendered
    assert faults(some.findings) == faults(every.findings)
    assert told(some.findings) <= told(every.findings)


@given(small_kinds())
def test_findings_are_counted_as_brute_force_counts_them(objects: list[Any]) -> None:
    if not Catalog(objects).list("Template"):
        return
    every, some = (verdict(objects, whole).findings for whole in (ALL, FEWEST))
    assert counts(some) == counts(every)


def counts(findings: tuple[Finding, ...]) -> Counter[Any]:
    """In how many pods something is wrong at a place, whoever is to blame."""
    found: Counter[Any] = Counter()
    for one in findings:
        found[one.code, one.field or one.path] += one.pods
    return found


@given(small_kinds())
def test_every_reachable_selection_is_counted_once(objects: list[Any]) -> None:
    templates = Catalog(objects).list("Template")
    for template in templates:
        space = space_of(template, objects)
        rows = list(space.every())
        assert len(rows) == len(set(rows)) == space.total
        selections = Counter(repr(space.selection(row)) for row in rows)
        assert set(selections.values()) <= {1}


@given(small_kinds())
def test_every_row_can_be_chosen(objects: list[Any]) -> None:
    for template in Catalog(objects).list("Template"):
        space = space_of(template, objects)
        every = set(space.every())
        rows = space.cover((), ())
        assert set(rows) <= every
        assert bool(rows) == bool(every)


@given(small_kinds())
def test_interacting_layers_are_tried_in_every_combination(objects: list[Any]) -> None:
    for template in Catalog(objects).list("Template"):
        space = space_of(template, objects)
        rows, every = space.cover((), ()), list(space.every())
        for target in space.targets:
            assert {target.of(row) for row in rows} == {target.of(row) for row in every}


def space_of(template: Template, objects: list[Any]) -> Space:
    catalog = Catalog(objects)
    offered = [catalog.get("PodDefault", one.name, "kinds") for one in template.spec.optional]
    return Space(template, [one for one in offered if one is not None], frozenset({"pick"}))


def test_a_million_pods_are_decided_by_a_few_hundred() -> None:
    sizes = [50, 20]
    groups = [
        {
            "id": f"g{at}",
            "default": "0",
            "values": [
                {"id": str(n), "template": {"metadata": {"labels": {f"g{at}": f"v{n}"}}}} for n in range(size)
            ],
        }
        for at, size in enumerate(sizes)
    ]
    names = [f"pd{at}" for at in range(10)]
    pod_defaults = [
        {
            "apiVersion": "jackhoman.dev/v1beta1",
            "kind": "PodDefault",
            "metadata": {"name": name, "namespace": "kinds"},
            "spec": {"template": {"metadata": {"labels": {name if at else "g0": "x"}}}},
        }
        for at, name in enumerate(names)
    ]
    template = {
        "apiVersion": "jackhoman.dev/v1beta1",
        "kind": "Template",
        "metadata": {"name": "big", "namespace": "kinds"},
        "spec": {
            "template": {"spec": {"containers": [{"name": "main", "image": "a:1"}]}},
            "options": groups,
            "optional": [{"name": name} for name in names],
        },
    }
    found = verdict([template, *pod_defaults], 64)
    assert found.pods == 50 * 20 * 2**10
    assert found.rendered == 2 * 50
    assert len(list(product(range(50), range(2)))) == found.rendered
