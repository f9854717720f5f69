"""Attacks on ownership and access, each by the number of the threat that it tries; none gets in."""

from __future__ import annotations

from typing import Any

import pytest

import nbcore
from nbcore.admission import needs
from nbcore.admission.identity import label_of
from tests.units.reviews import (
    ADMIN,
    OWNER,
    Json,
    Server,
    answered,
    carrier_of,
    changed,
    namespace,
    notebook,
    pod_of,
    reference,
    request,
    template,
    with_metadata,
)

UI = "system:serviceaccount:team:ui"
CHOSEN = nbcore.Settings(trusted_creators=(UI,), cleaners=("system:serviceaccount:tools:controller",))


def server(*objects: Json) -> tuple[Server, Json]:
    """A server with Ada's notebook."""
    made = Server([namespace(tier="gold"), template(), *objects], CHOSEN)
    assert made.create(notebook()).allowed
    return made, made.stored["Notebook", "team", "mine"]


def marked(one: Json, owner: str, label: str | None = None) -> Json:
    marks = {"annotations": {OWNER: owner}, "labels": {OWNER: label_of(owner) if label is None else label}}
    return with_metadata(one, **marks)


def test_t22_the_mark_at_create_is_overwritten() -> None:
    made, _ = server()
    assert made.create(marked(notebook("other"), "ben"), "eve").allowed
    assert made.stored["Notebook", "team", "other"]["metadata"]["annotations"][OWNER] == "eve"


@pytest.mark.parametrize(
    "other", [marked(notebook(), "ben"), marked(notebook(), "eve", label_of("ben")), notebook()]
)
def test_t22_another_mutating_hook_cannot_set_it(other: Json) -> None:
    made, _ = server()
    assert answered(request("CREATE", other, by="eve"), made.catalog, CHOSEN, "validate").codes == ("NB703",)


def test_a_trusted_creator_names_the_owner() -> None:
    made, _ = server()
    assert made.create(marked(notebook("theirs"), "ben"), UI).allowed
    theirs = made.stored["Notebook", "team", "theirs"]
    assert theirs["metadata"]["annotations"][OWNER] == "ben"
    assert made.update(changed(theirs, stopped=True), "ben").allowed
    assert made.update(changed(theirs, stopped=False), UI).codes == ("NB704",), "at create only"
    assert made.create(marked(notebook("anon"), "system:anonymous"), UI).allowed
    assert made.stored["Notebook", "team", "anon"]["metadata"]["annotations"][OWNER] == UI


@pytest.mark.parametrize("who", ["ada", "eve", UI, "system:kube-controller-manager"])
@pytest.mark.parametrize("subresource", ["", "status"])
@pytest.mark.parametrize("to", ["eve", "", "ada "])
def test_t23_the_owner_is_immutable(who: str, subresource: str, to: str) -> None:
    made, mine = server()
    assert not made.update(marked(mine, to), who, subresource).allowed
    relabelled = with_metadata(mine, labels={OWNER: label_of("eve")})
    said = made.update(relabelled, who)
    assert not said.allowed or made.stored["Notebook", "team", "mine"]["metadata"]["labels"][
        OWNER
    ] == label_of("ada")


def test_t23_a_mark_that_a_manifest_leaves_out_is_put_back() -> None:
    made, mine = server()
    bare = {**notebook(stopped=True), "metadata": {"name": "mine", "namespace": "team"}}
    assert made.update(bare).allowed
    assert (
        made.stored["Notebook", "team", "mine"]["metadata"]["annotations"] == mine["metadata"]["annotations"]
    )
    assert made.update(bare, ADMIN).allowed
    assert made.stored["Notebook", "team", "mine"]["metadata"]["annotations"][OWNER] == "ada"


def test_an_admin_hands_over() -> None:
    made, mine = server()
    assert made.update(with_metadata(mine, annotations={OWNER: "ben"}), ADMIN).allowed
    theirs = made.stored["Notebook", "team", "mine"]
    assert theirs["metadata"]["labels"][OWNER] == label_of("ben")
    assert not made.update(changed(theirs, stopped=True), "ada").allowed
    assert made.update(changed(theirs, stopped=True), "ben").allowed
    assert made.update(with_metadata(theirs, annotations={OWNER: "system:anonymous"}), ADMIN).codes == (
        "NB706",
    )


def test_t24_an_unowned_object_is_not_claimable() -> None:
    made, _ = server()
    made.put(notebook("old") | {"metadata": {"name": "old", "namespace": "team", "uid": "u"}})
    old = made.stored["Notebook", "team", "old"]
    assert made.update(marked(old, "eve"), "eve").codes == ("NB705",)
    assert made.update(changed(old, stopped=True), "eve").codes == ("NB705",)
    assert made.delete(old, "eve").codes == ("NB705",)
    assert made.update(marked(old, "eve"), ADMIN).allowed
    assert made.update(changed(made.stored["Notebook", "team", "old"], stopped=True), "eve").allowed


def test_t25_a_dying_object_is_still_judged() -> None:
    made, mine = server()
    dying = with_metadata(mine, deletionTimestamp="2026-01-01T00:00:00Z", finalizers=["a.example.com/x"])
    made.put(dying)
    assert made.update(changed(dying, overrides={"spec": {"hostNetwork": True}})).codes == ("NB306",)
    assert not made.update(changed(dying, env=[]), "eve").allowed
    assert made.update(with_metadata(dying, finalizers=[])).allowed


def test_t26_finalizers_of_others() -> None:
    made, mine = server()
    kept = with_metadata(mine, finalizers=["a.example.com/x"])
    assert made.update(kept).codes == ("NB709",)
    assert made.update(kept, "system:serviceaccount:tools:controller").allowed
    assert made.update(with_metadata(kept, finalizers=[]), "eve").codes == ("NB704",)
    assert made.create(with_metadata(notebook("more"), finalizers=["a.example.com/x"])).codes == ("NB709",)


def test_t27_owner_references() -> None:
    made, mine = server()
    other = {"apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "1", "blockOwnerDeletion": True}
    tied = with_metadata(mine, ownerReferences=[other])
    assert made.update(tied).codes == ("NB708",)
    assert made.create(with_metadata(notebook("more"), ownerReferences=[other])).codes == ("NB708",)
    assert made.update(tied, "system:serviceaccount:tools:controller").allowed
    stored = made.stored["Notebook", "team", "mine"]
    assert made.update(changed(stored, stopped=True)).allowed, "unchanged ones stay"
    taken = with_metadata(stored, ownerReferences=[{**other, "controller": True}])
    assert made.update(taken).codes == ("NB708",)


def test_t28_a_stranger_deletes_nothing_and_a_namespace_always_goes() -> None:
    made, mine = server()
    assert made.delete(mine, "eve").codes == ("NB704",)
    made.catalog = nbcore.Catalog([{"kind": "Broken"}])
    assert made.delete(mine, "system:serviceaccount:kube-system:namespace-controller").allowed


def test_t29_a_new_notebook_of_the_name_is_not_the_old_one() -> None:
    made, mine = server()
    pod = pod_of(carrier_of(mine))
    for one in (carrier_of(mine), pod):
        made.put(one)
    assert made.enter(pod, "ada").allowed
    assert made.delete(mine).allowed
    assert made.create(notebook(), "eve").allowed
    assert made.enter(pod, "eve").codes == ("NB710",)


def test_t30_an_account_that_looks_like_a_user() -> None:
    made, mine = server()
    for name in (
        "system:serviceaccount:team:ada",
        "group:system:masters",
        "system:masters",
        "ada@example.com",
    ):
        assert not made.delete(mine, name).allowed


def test_t32_a_name_in_another_form_is_none() -> None:
    made, _ = server()
    for name in ("Mine", "mine ", "mıne", "mine.", "../secrets/x"):
        given = request("CREATE", with_metadata(notebook(), name=name))
        assert not answered(given, made.catalog, CHOSEN, "validate").allowed


# ---- pods ----


def test_a_pod_is_not_led_to_somebody_elses_notebook() -> None:
    made, mine = server()
    carrier = carrier_of(mine)
    pod = pod_of(carrier)
    made.put(carrier)
    made.put(pod)
    assert made.create(notebook("evil"), "eve").allowed
    evil = made.stored["Notebook", "team", "evil"]
    for owners in ([], None, [reference(evil)], [reference(carrier), reference(evil)]):
        assert made.update(with_metadata(pod, ownerReferences=owners), "eve").codes == ("NB704",)
    both = with_metadata(pod, ownerReferences=[reference(carrier), reference(evil)])
    made.put(both)
    assert made.enter(both, "eve").codes == ("NB704",)
    assert made.enter(both, "ada").codes == ("NB704",), "a pod of two people is nobody's"


def test_what_a_pod_runs_is_changed_by_its_owner_only() -> None:
    made, mine = server()
    carrier = carrier_of(mine)
    pod = pod_of(carrier)
    made.put(carrier)
    made.put(pod)
    other = {**pod, "spec": {**pod["spec"], "containers": [{"name": "main", "image": "evil"}]}}
    assert made.update(other, "eve").codes == ("NB704",)
    assert made.update(with_metadata(pod, labels={"a": "b"}), "eve").allowed, "that is for RBAC to say"
    assert made.update(other, "ada").allowed


def test_the_stateful_set_controller_takes_pods_and_lets_them_go() -> None:
    made, mine = server()
    carrier = carrier_of(mine)
    pod = pod_of(carrier)
    made.put(carrier)
    made.put(pod)
    released = with_metadata(pod, ownerReferences=None)
    for name in ("statefulset-controller", "generic-garbage-collector"):
        assert not made.update(released, f"system:serviceaccount:evil:{name}").allowed
        assert made.update(released, f"system:serviceaccount:kube-system:{name}").allowed
        made.put(pod)


@pytest.mark.parametrize("owners", ["x", [1], [{}], [{"kind": "Notebook"}], [{}] * 17, {"a": 1}])
def test_owner_references_that_cannot_be_read_are_closed(owners: Any) -> None:
    made, mine = server()
    pod = with_metadata(pod_of(carrier_of(mine)), ownerReferences=owners)
    made.put(pod)
    assert made.enter(pod, "eve").codes == ("NB710",)


# ---- look-ups ----


@pytest.mark.parametrize("name", ["../../secrets/x", "a/b", "A", "", "x" * 300, "a\n", "%2e%2e"])
def test_t40_nothing_is_fetched_by_a_name_that_can_be_none(name: str) -> None:
    empty = nbcore.Catalog([namespace()])
    assert needs(request("CREATE", notebook(templateRef={"name": name})), empty) == ()
    away = notebook(templateRef={"name": "lab", "namespace": name})
    assert all(one.namespace == "team" for one in needs(request("CREATE", away), empty))
    options: Json = {}
    given = request("CONNECT", options, subresource="exec", kind=("v1", "Pod"), namespace="team", name=name)
    assert needs(given, empty) == ()


def test_t41_look_ups_stay_in_the_namespace_of_the_request() -> None:
    made, mine = server()
    pod = pod_of(carrier_of(mine))
    given = request("CONNECT", {}, subresource="exec", kind=("v1", "Pod"), namespace="other", name="mine-0")
    assert answered(given, made.catalog.replace([pod]), CHOSEN, "validate").codes == ("NB710",)
    assert {one.namespace for one in needs(given, made.catalog)} == {"other"}


# ---- access ----


def closed(**access: Json) -> Json:
    values = [{"id": "small"}, {"id": "large", "access": access, "redirect": {"to": "small"}}]
    away = {"id": "old", "redirect": {"to": "large", "when": "Restart"}}
    return template(options=[{"id": "size", "default": "small", "values": [*values, away]}])


@pytest.mark.parametrize("size", ["large", "old"])
def test_t47_access_is_judged_before_and_after_redirects(size: str) -> None:
    made, _ = server(closed(users=["ben"]))
    assert made.create(notebook("big", options={"size": size})).codes == ("NB712",)
    assert made.create(notebook("big", options={"size": size}), "ben").allowed


def test_t48_groups_come_from_the_request_alone() -> None:
    made, _ = server(closed(groups=["staff"]))
    big = with_metadata(notebook("big", options={"size": "large"}), annotations={"groups": "staff"})
    assert made.create(big).codes == ("NB712",)
    assert made.create(big, {"username": "ada", "groups": ["staff"]}).allowed
    assert made.create(marked(notebook("b2", options={"size": "large"}), "ada"), UI).codes == ("NB712",)


def test_what_one_has_is_not_asked_about_again() -> None:
    made, mine = server(closed(users=["ben"]))
    large = changed(mine, options={"size": "large"})
    assert made.update(large).codes == ("NB712",)
    made.put(large)
    assert made.update(changed(large, env=[{"name": "A", "value": "1"}])).allowed
    assert made.update(changed(large, options={"size": "old"})).allowed, "another way to what it has"


def test_access_by_namespace_needs_the_namespace() -> None:
    made, _ = server(closed(namespaceSelector={"matchLabels": {"tier": "gold"}}))
    big = notebook("big", options={"size": "large"})
    assert made.create(big).allowed
    made.catalog = made.catalog.replace([namespace(tier="iron")])
    assert made.create(with_metadata(big, name="b2")).codes == ("NB702",)
    made.catalog = made.catalog.replace(removed=[namespace()])
    assert "NB713" in made.create(with_metadata(big, name="b3")).codes
    assert needs(request("CREATE", big), made.catalog) == (("v1", "Namespace", "", "team"),)


def test_a_denied_value_is_not_changed_for_another_denied_one() -> None:
    iron = {"namespaceSelector": {"matchLabels": {"tier": "iron"}}}
    values = [{"id": one, "access": iron} for one in ("a", "b")]
    made, mine = server(template(options=[{"id": "size", "default": "c", "values": [*values, {"id": "c"}]}]))
    made.put(changed(mine, options={"size": "a"}))
    had = made.stored["Notebook", "team", "mine"]
    assert made.update(changed(had, options={"size": "b"})).codes == ("NB702",)
    assert made.update(changed(had, env=[{"name": "A", "value": "1"}])).allowed
