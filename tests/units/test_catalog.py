"""The catalog: what is found in it, doubles, broken objects, and a changed copy."""

from __future__ import annotations

import json
from typing import Any

import nbcore
from nbcore.model.template import TemplateSpec
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


def test_the_last_of_two_counts() -> None:
    catalog = nbcore.Catalog([template(), template(mainContainer="lab")])
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


def plain(api_version: str, kind: str, name: str = "a") -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": "team"}}


def test_kinds_of_different_groups_are_no_doubles() -> None:
    knative, core = plain("serving.knative.dev/v1", "Service"), plain("v1", "Service")
    catalog = nbcore.Catalog([knative, core, plain("apps/v1", "Deployment")])
    assert not catalog.findings
    assert catalog.get("Service", "a", "team").api_version == "v1"
    assert catalog.get("Service.serving.knative.dev", "a", "team").api_version == "serving.knative.dev/v1"
    assert catalog.get("Deployment", "a", "team") is catalog.get("Deployment.apps", "a", "team")
    assert len(catalog.list("Service", "team")) == 2
    assert len(catalog.list("Service.serving.knative.dev")) == 1


def test_two_versions_of_one_object_are_doubles() -> None:
    catalog = nbcore.Catalog([plain("apps/v1", "Deployment"), plain("apps/v1beta1", "Deployment")])
    assert [finding.code for finding in catalog.findings] == ["NB111"]


def test_a_foreign_kind_does_not_hide_behind_ours() -> None:
    catalog = nbcore.Catalog([plain("example.com/v1", "Notebook")])
    assert catalog.get("Notebook", "a", "team") is None
    assert not catalog.list("Notebook")
    assert catalog.get("Notebook.example.com", "a", "team").name == "a"


def test_objects_without_a_name_are_no_doubles() -> None:
    unnamed = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
    catalog = nbcore.Catalog([unnamed, unnamed])
    assert not catalog.findings
    assert len(catalog) == 2
    assert len(catalog.replace([unnamed])) == 3


def test_replace_forgets_nothing_about_another_kind_of_that_name() -> None:
    old = nbcore.Catalog([template(ports=[{"id": "a", "port": 1}, {"id": "a", "port": 2}])])
    assert [finding.code for finding in old.findings] == ["NB210"]
    assert old.replace([one("PodDefault", "base", {"template": {}})]).findings == old.findings


def test_what_has_become_broken_is_there_no_more() -> None:
    new = nbcore.Catalog([template()]).replace([one("Template", "base", {})])
    assert new.get("Template", "base", "team") is None
    assert [finding.code for finding in new.findings] == ["NB107"]


def test_objects_of_any_form_can_be_removed() -> None:
    broken = one("Template", "base", {})
    assert not nbcore.Catalog([broken]).replace(removed=[broken]).findings
    documents = nbcore.load(json.dumps(template()).encode())
    assert not len(nbcore.Catalog(documents).replace(removed=documents))
    deployment = plain("apps/v1", "Deployment")
    assert not len(nbcore.Catalog([deployment]).replace(removed=[("Deployment", "team", "a")]))


def test_lists_in_lists_and_typed_lists() -> None:
    typed = {
        "apiVersion": "jackhoman.dev/v1beta1",
        "kind": "TemplateList",
        "items": [{key: value for key, value in template().items() if key in ("metadata", "spec")}],
    }
    dump = {"apiVersion": "v1", "kind": "List", "items": [SPACE, typed]}
    from_documents = nbcore.Catalog(nbcore.load(json.dumps(dump).encode()))
    for catalog in (nbcore.Catalog([dump]), from_documents):
        assert not catalog.findings
        assert [found.kind for found in catalog] == ["Namespace", "Template"]
    position = from_documents.get("Template", "base", "team").origin.position("metadata", "name")
    assert position is not None


def test_a_plain_list_gives_its_items_no_type() -> None:
    catalog = nbcore.Catalog([{"apiVersion": "v1", "kind": "List", "items": [{"metadata": {"name": "a"}}]}])
    assert [finding.code for finding in catalog.findings] == ["NB104"]


def test_a_lenient_catalog_leaves_out_fields_that_nobody_knows_and_tells_them() -> None:
    made = template(displya={"name": "A"}, mainContainer="lab")
    made["spec"]["options"] = [
        {"id": "a", "values": [{"id": "b", "x": 1}, {"id": "c", "y": 1, "z": {"id": 1}}]}
    ]
    for given in ([made], nbcore.load(json.dumps(made).encode())):
        strict, lenient = nbcore.Catalog(given), nbcore.Catalog(given, lenient=True)
        assert [found.code for found in lenient.findings] == ["NB105"] * 4
        assert lenient.findings == strict.findings
        assert (len(strict), len(lenient), lenient.unread) == (0, 1, ())
        assert [str(one) for one in strict.unread] == ["Template team/base"]
        kept = lenient.get("Template", "base", "team").spec
        assert kept.main_container == "lab"
        assert [value.id for value in kept.options[0].values] == ["b", "c"]


def test_a_lenient_catalog_keeps_the_last_of_a_key_that_stands_twice() -> None:
    text = b"{apiVersion: v1, kind: Pod, metadata: {name: a, labels: {x: y, x: z}}}"
    catalog = nbcore.Catalog(nbcore.load(text), lenient=True)
    assert [found.code for found in catalog.findings] == ["NB102"]
    assert catalog.get("Pod", "a").labels == {"x": "z"}


def test_what_is_worse_than_an_unknown_field_is_in_no_catalog() -> None:
    for made in (template(mainContainer=5, x=1), template(x=1, options=5), one("Template", "base", {"x": 1})):
        catalog = nbcore.Catalog([made], lenient=True)
        assert (len(catalog), [str(found) for found in catalog.unread]) == (0, ["Template team/base"])
        assert catalog.replace().unread == catalog.unread
        assert catalog.replace(changed=[template()]).unread == ()
    assert nbcore.Catalog([5, one("Tempalte", "base", {})], lenient=True).unread == ()


VALUES: tuple[Any, ...] = (
    5,
    0.5,
    "",
    "x" * 5000,
    True,
    None,
    [],
    [5],
    [{}],
    {},
    {"x": 1},
    {"name": 5},
    [{"id": "-"}],
)
METADATA: tuple[Any, ...] = (
    5,
    {"name": 5},
    {"name": "a" * 64},
    {"name": "-"},
    {"labels": 5},
    {"labels": {"-": "-"}},
)


def test_every_finding_about_the_form_says_what_to_do() -> None:
    fields = ["displya", *(info.alias or name for name, info in TemplateSpec.model_fields.items())]
    made = [template(**{field: value}) for field in fields for value in VALUES]
    made += [{**one(kind, "a", {}), "metadata": given} for kind in ("Notebook", "Pod") for given in METADATA]
    for each in made:
        assert all(found.remedy for found in nbcore.Catalog([each]).findings), each
