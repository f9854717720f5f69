"""Ownership and confused deputies, beyond tests/units/test_admission_threats.py (T-22 to T-49)."""

from __future__ import annotations

from typing import Any

import pytest

import nbcore
from nbcore.admission import needs
from tests.threats.scenes import POD, SIZES, attacked, owned, pod, pod_created, pod_default, template
from tests.units.reviews import (
    ADMIN,
    OWNER,
    Json,
    answered,
    carrier_of,
    changed,
    namespace,
    notebook,
    pod_of,
    reference,
    request,
    with_metadata,
)
from tests.units.workspaces import KIND, WORKSPACE
from tests.units.workspaces import changed as edited

STRANGERS = ("eve", "Ada", "ada ", "ada\n", "", "system:anonymous", "system:serviceaccount:evil:ada")


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.parametrize("subresource", ["", "status", "scale", "ephemeralcontainers"])
def test_t23_no_stranger_writes_through_any_subresource(who: str, subresource: str) -> None:
    server = attacked()
    mine = server.stored["Notebook", "team", "mine"]
    for new in (
        owned(mine, "eve"),
        changed(mine, stopped=True),
        with_metadata(mine, labels={"a": "b"}),
        {**mine, "status": {}},
    ):
        assert not server.update(new, who, subresource).allowed


def test_t23_an_apply_that_takes_over_all_fields_changes_no_owner() -> None:
    server = attacked()
    mine = server.stored["Notebook", "team", "mine"]
    managed = [
        {"manager": "eve", "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": {"f:metadata": {}}}
    ]
    for who in ("eve", "ada"):
        said = server.update(with_metadata(owned(mine, "eve"), managedFields=managed), who)
        assert said.codes == (("NB704",) if who == "eve" else ("NB706",))


def test_t24_no_part_of_a_mark_makes_an_owner() -> None:
    server = attacked()
    bare = with_metadata(notebook("old"), uid="u")
    server.put(bare)
    for marks in (
        {"annotations": {OWNER: "eve"}},
        {"labels": {OWNER: "eve"}},
        {"annotations": {OWNER: ["eve"]}},
    ):
        assert server.update(with_metadata(bare, **marks), "eve").codes == ("NB705",)


@pytest.mark.parametrize("gone", [["a.example.com/x"], []])
def test_t25_t26_nothing_rides_on_a_removed_finalizer(gone: list[str]) -> None:
    server = attacked()
    mine = server.stored["Notebook", "team", "mine"]
    kept = ["a.example.com/x", "b.example.com/y"]
    dying = with_metadata(mine, deletionTimestamp="2026-01-01T00:00:00Z", finalizers=kept)
    server.put(dying)
    fewer = with_metadata(dying, finalizers=gone)
    assert not server.update(fewer, "eve").allowed
    assert not server.update(changed(fewer, overrides={"spec": {"hostPID": True}})).allowed
    assert not server.update(with_metadata(fewer, annotations={OWNER: "eve"})).allowed
    assert server.update(fewer).allowed


@pytest.mark.parametrize("where", ["ownerReferences", "finalizers"])
def test_t27_a_reference_is_compared_whole(where: str) -> None:
    server = attacked()
    mine = server.stored["Notebook", "team", "mine"]
    old = {"apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "1", "controller": True}
    server.put(with_metadata(mine, **{where: [old]}))
    for new in (
        {**old, "controller": 1},
        {**old, "uid": 1},
        {**old, "blockOwnerDeletion": None},
        [old],
        None,
    ):
        assert not server.update(with_metadata(mine, **{where: [new]})).allowed


@pytest.mark.parametrize("options", [None, {"propagationPolicy": "Orphan"}, {"preconditions": {"uid": "x"}}])
def test_t28_options_of_a_deletion_help_nobody(options: Json) -> None:
    server = attacked()
    mine = server.stored["Notebook", "team", "mine"]
    for name in ("", "mine", "other"):
        given = request("DELETE", None, mine, by="eve", name=name, options=options)
        assert answered(given, server.catalog, None, "validate").codes == ("NB704",)


def test_t29_a_pod_of_the_old_notebook_is_not_the_new_owners() -> None:
    server = attacked()
    old = server.stored["Notebook", "team", "mine"]
    one = with_metadata(pod_of(old), ownerReferences=[reference(old)])
    server.put(one)
    assert server.delete(old).allowed
    assert server.create(notebook(), "eve").allowed
    for subresource in ("exec", "attach", "portforward"):
        assert server.enter(one, "eve", subresource).codes == ("NB710",)


def test_t30_groups_and_extra_make_no_owner() -> None:
    server = attacked()
    mine = server.stored["Notebook", "team", "mine"]
    for user in (
        {"username": "eve", "groups": ["ada", "system:mastersx", "group:system:masters"]},
        {"username": "eve", "uid": "ada", "extra": {"authentication.kubernetes.io/original-user": ["ada"]}},
        {"username": "group:system:masters"},
        {"username": "ada", "groups": ["system:unauthenticated"]},
    ):
        assert not server.delete(mine, user).allowed
        assert not server.update(changed(mine, stopped=True), user).allowed


@pytest.mark.parametrize("name", ["MINE", "mi\u0301ne", "mine\u200b", "ｍine", "mine\n", "-mine", "m" * 53])
def test_t32_names_in_other_forms_are_none(name: str) -> None:
    assert not attacked().create(notebook(name), "eve").allowed


# ---- confused deputies ----


@pytest.mark.parametrize(
    "dependency",
    [
        {"apiVersion": "v1", "kind": "Secret", "name": "x", "namespace": "kube-system"},
        {"apiVersion": "v1", "kind": "Secret", "name": "../kube-system/x"},
        {"apiVersion": "v1", "kind": "Secret", "name": "kube-system/x"},
    ],
)
def test_t41_a_dependency_is_of_its_templates_own_namespace(dependency: Json) -> None:
    server = attacked()
    assert not server.create(template("own", dependencies=[dependency])).allowed
    assert not server.create(pod_default({}, dependencies=[dependency])).allowed


@pytest.mark.parametrize("kind", ["Template", "PodDefault"])
def test_t40_no_secret_is_ever_asked_for(kind: str) -> None:
    secret = [{"apiVersion": "v1", "kind": "Secret", "name": "theirs"}]
    one = template("own", dependencies=secret) if kind == "Template" else pod_default({}, dependencies=secret)
    empty = nbcore.Catalog([namespace()])
    for given in (request("CREATE", one), request("CREATE", notebook(templateRef={"name": "own"}))):
        for catalog in (empty, empty.replace([one])):
            assert all(need.kind != "Secret" for need in needs(given, catalog))


def test_t45_no_template_is_taken_without_being_named() -> None:
    server = attacked(template("own", space="team"))
    references: tuple[Json, ...] = ({}, {"name": ""}, {"name": None}, {"namespace": "team"}, None, "own", [])
    for one in references:
        assert not server.create(notebook("other", templateRef=one)).allowed


def test_t46_a_template_that_was_laxer_helps_nobody_later() -> None:
    server = attacked()
    lax = template(overrides=[{"path": "spec.runtimeClassName"}])
    server.put(lax)
    bad = notebook("other", overrides={"spec": {"runtimeClassName": "trusted"}})
    assert server.create(bad).allowed
    server.put(template())
    stored = server.stored["Notebook", "team", "other"]
    assert nbcore.render(stored, server.catalog).pod is None, "what is judged at last is the pod"
    assert not server.create({**bad, "metadata": {"name": "third", "namespace": "team"}}).allowed
    more = changed(stored, overrides={"spec": {"runtimeClassName": "trusted", "hostPID": True}})
    assert not server.update(more).allowed


@pytest.mark.parametrize("size", ["gpu", "old"])
def test_t47_no_way_leads_to_a_closed_value(size: str) -> None:
    server = attacked()
    mine = server.stored["Notebook", "team", "mine"]
    for who in ("ada", {"username": "ada", "groups": ["ben"], "extra": {"users": ["ben"]}}):
        assert server.create(notebook("other", options={"size": size}), who).codes == ("NB712",)
        assert server.update(changed(mine, options={"size": size}), who).codes == ("NB712",)
    assert server.create(notebook("other", options={"size": size}), "ben").allowed


def test_t47_a_closed_default_and_a_closed_template() -> None:
    closed = template("shut", options=[{"id": "size", "default": "gpu", "values": SIZES}])
    server = attacked(closed, template("none", access={"users": ["ben"]}))
    for name in ("shut", "none"):
        assert not server.create(notebook("other", templateRef={"name": name})).allowed
    away = template("away", deprecation={"redirect": {"to": "none", "when": "Restart"}})
    server.put(away)
    assert not server.create(notebook("other", templateRef={"name": "away"})).allowed


def test_t47_t48_a_workspace_is_denied_by_the_labels_of_its_namespace() -> None:
    selector = {"matchNamespace": {"selector": {"matchLabels": {"tier": "iron"}}}}
    rule = {"scope": "WORKSPACE_KIND", "effect": {"api": {"deny": True}}, "match": [selector]}
    kind = edited(KIND, {"spec.filterRules": [rule]})
    catalog = nbcore.Catalog([namespace(tier="iron"), kind])
    liar = with_metadata(WORKSPACE, labels={"tier": "gold"})
    nowhere = {**WORKSPACE, "metadata": {"name": "ada"}}
    for one in (WORKSPACE, liar, nowhere):
        said = answered(request("CREATE", owned(one), namespace="team"), catalog, None, "validate")
        assert "NB701" in said.codes


@pytest.mark.parametrize(
    "label", ["jackhoman.dev/notebook", "statefulset", "notebooks.kubeflow.org/workspace-name"]
)
def test_t20_a_workspace_takes_no_traffic_of_another_notebook(label: str) -> None:
    catalog = nbcore.Catalog([namespace(), KIND])
    thief = edited(WORKSPACE, {"spec.podTemplate.podMetadata.labels": {label: "victim"}})
    assert "NB308" in answered(request("CREATE", owned(thief)), catalog, None, "validate").codes


def test_t48_groups_of_an_object_are_nobodys() -> None:
    shut = template("shut", access={"groups": ["staff"]})
    server = attacked(shut)
    one = notebook("other", templateRef={"name": "shut"})
    for marks in ({"annotations": {"groups": "staff"}}, {"labels": {"group": "staff"}}):
        assert server.create(with_metadata(one, **marks)).codes == ("NB711",)
    assert server.create(one, {"username": "ada", "groups": ["staff"]}).allowed


def test_t49_pod_defaults_act_in_their_own_namespace() -> None:
    everywhere: Any = {"spec": {"terminationGracePeriodSeconds": 1}}
    away = pod_default(everywhere, space="evil", selector={})
    assert pod_created(pod(POD), away).operations == pod_created(pod(POD)).operations == []
    catalog = nbcore.Catalog([namespace(), away])
    assert answered(request("CREATE", pod(POD)), catalog, None, "mutate").operations == []


def test_t49_two_pod_defaults_that_disagree_are_a_refusal_in_either_order() -> None:
    one, two = (pod_default({"spec": {"terminationGracePeriodSeconds": at}}, name=f"d{at}") for at in (1, 2))
    said = [pod_created(pod(POD), *some) for some in ((one, two), (two, one))]
    assert [each.allowed for each in said] == [False, False]
    assert said[0].message == said[1].message


def test_t49_an_empty_selector_is_told() -> None:
    said = attacked().create(pod_default({"spec": {"hostPID": True}}, selector={}), ADMIN)
    assert not said.allowed or said.warnings


def test_a_stranger_changes_no_image_of_a_pod() -> None:
    server = attacked()
    carrier = carrier_of(server.stored["Notebook", "team", "mine"])
    one = pod_of(carrier)
    for each in (carrier, one):
        server.put(each)
    evil = [{"name": "main", "image": "evil.example.com/x:1"}]
    for field in ("containers", "initContainers"):
        assert "NB704" in server.update(changed(one, **{field: evil}), "eve").codes
    assert server.update(with_metadata(one, labels={"a": "b"}), "eve").allowed
    assert "NB704" not in server.update(changed(one, containers=evil)).codes
