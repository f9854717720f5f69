"""The catalog: what is found in it, doubles, broken objects, and a changed copy."""

from __future__ import annotations

import nbcore
from tests.units.notebooks import one, template

SPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team", "labels": {"a": "b"}}}


def test_objects_of_any_kind_are_found() -> None:
    catalog = nbcore.Catalog([template(), SPACE])
    assert len(catalog) == 2
    assert catalog.get("Template", "base", "team").metadata.name == "base"
    assert catalog.get("Template", "base", "other") is None
    assert [found.kind for found in catalog] == ["Template", "Namespace"]
    assert catalog.namespace_labels("team") == {"a": "b", "kubernetes.io/metadata.name": "team"}
    assert catalog.namespace_labels("other") is None


def test_the_first_of_two_counts() -> None:
    catalog = nbcore.Catalog([template(mainContainer="lab"), template()])
    assert catalog.get("Template", "base", "team").spec.main_container == "lab"
    assert [finding.code for finding in catalog.findings] == ["NB111"]


def test_broken_objects_are_left_out_and_told() -> None:
    catalog = nbcore.Catalog([one("Template", "x", {}), template()])
    assert len(catalog) == 1
    assert [finding.code for finding in catalog.findings] == ["NB107"]


def test_lists_as_kubectl_prints_them() -> None:
    listed = {"apiVersion": "v1", "kind": "List", "items": [template(), SPACE]}
    assert len(nbcore.Catalog([listed])) == 2


def test_replace_makes_a_new_one() -> None:
    old = nbcore.Catalog([template(), SPACE])
    new = old.replace([template(mainContainer="lab")], [("Namespace", "", "team")])
    assert [found.kind for found in new] == ["Template"]
    assert new.get("Template", "base", "team").spec.main_container == "lab"
    assert len(old) == 2
    assert old.get("Template", "base", "team").spec.main_container is None


def test_replace_forgets_the_findings_of_what_it_mends() -> None:
    broken = nbcore.Catalog([one("Template", "base", {})])
    assert broken.findings
    assert not broken.replace([template()]).findings
