"""The contract of identity (C-040 to C-048): who asks, and who is taken for whom."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st

from nbcore import Catalog, Settings
from nbcore.admission.identity import CLEANERS, label_of
from nbcore.workload.webhook_configuration import webhook_configurations
from tests.contract.conversations import PHASES, Conversation, law
from tests.contract.test_requests import MINE, WORLD, judged, stamped
from tests.units.reviews import ADMIN, OWNER, answered, changed, notebook, request, with_metadata

Json = Any
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
CONTROLLER = "system:serviceaccount:kubeflow:nb-controller"


@pytest.mark.parametrize(
    "info",
    [
        {"username": "ada"},
        {"username": "ada", "groups": None, "uid": None, "extra": None},
        {"username": "ada", "groups": [], "uid": "", "extra": {}},
        {"username": "ada", "groups": ["a", "a"], "uid": "7", "extra": {"a": ["b"], "c": None}},
    ],
)
def test_c040_groups_and_extra_may_be_missing(info: Json) -> None:
    assert judged(request("DELETE", None, MINE, by=info)).allowed
    assert judged(request("DELETE", None, MINE, by={**info, "username": "bob"})).code == 403


def test_c041_whoever_is_impersonated_is_the_owner() -> None:
    """The API server names nobody else: neither in the envelope nor in extra is the one who impersonates."""
    as_ada = {"username": "ada", "groups": ["system:authenticated"], "extra": {"scopes": ["by root"]}}
    assert stamped(notebook(), as_ada)["metadata"]["annotations"][OWNER] == "ada"
    assert judged(request("DELETE", None, MINE, by=as_ada)).allowed


@pytest.mark.parametrize(
    "name",
    [
        "system:serviceaccount:evil:nb-controller",
        "nb-controller",
        "kubeflow:nb-controller",
        f"{CONTROLLER}2",
        f"x{CONTROLLER}",
        "system:serviceaccount:kubeflow:nb-controller:x",
        "system:serviceaccount:kubeflow2:nb-controller",
    ],
)
def test_c042_an_account_is_its_full_name(name: str) -> None:
    settings = Settings(cleaners=(CONTROLLER,), admins=(), trusted_creators=(CONTROLLER,))
    groups = ["system:serviceaccounts", "system:serviceaccounts:kubeflow"]
    right, wrong = ({"username": one, "groups": groups} for one in (CONTROLLER, name))
    assert judged(request("DELETE", None, MINE, by=right), settings=settings).allowed
    assert judged(request("DELETE", None, MINE, by=wrong), settings=settings).code == 403
    given = with_metadata(notebook(), annotations={OWNER: "carol"})
    owners = [
        Conversation(request("CREATE", given, by=by), WORLD, settings, "mutate").verdict.object["metadata"]
        for by in (right, wrong)
    ]
    assert [one["annotations"][OWNER] for one in owners] == ["carol", name]


def test_c043_what_a_token_says_of_its_pod_is_no_authority() -> None:
    extra = {
        "authentication.kubernetes.io/pod-name": ["mine-0"],
        "authentication.kubernetes.io/pod-uid": ["1"],
        "authentication.kubernetes.io/node-name": ["node"],
        "username": ["ada"],
        "groups": ["system:masters"],
    }
    for asked in (
        request("DELETE", None, MINE, by="bob"),
        request("UPDATE", changed(MINE, stopped=True), MINE, by="bob"),
    ):
        info = {**asked["request"]["userInfo"], "extra": extra}
        more = {**asked, "request": {**asked["request"], "userInfo": info}}
        assert judged(more).review == judged(asked).review
        assert judged(more).code == 403


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        ("Alice", "alice"),
        ("alice", "alice "),
        ("alice", " alice"),
        ("alice", "alice\n"),
        ("alice", "alice\u0000"),
        ("\u00e9", "e\u0301"),
        ("\u212a", "K"),
        ("alice", "al\u0456ce"),
        ("alice", "alice\u200b"),
    ],
)
def test_c044_names_are_compared_byte_by_byte(owner: str, name: str) -> None:
    for one, other in ((owner, name), (name, owner)):
        mine = with_metadata(MINE, annotations={OWNER: one})
        assert judged(request("DELETE", None, mine, by=one)).allowed
        assert judged(request("DELETE", None, mine, by=other)).code == 403


@law(names, names)
def test_c045_no_two_users_are_stored_alike(one: str, other: str) -> None:
    marks = [stamped(notebook(), name)["metadata"] for name in (one, other)]
    assert [mark["annotations"][OWNER] for mark in marks] == [one, other]
    labels = [mark["labels"][OWNER] for mark in marks]
    assert (labels[0] == labels[1]) is (one == other)
    assert labels == [label_of(one), label_of(other)]
    assert all(0 < len(label) <= 63 and label.isalnum() and label.isascii() for label in labels)


@pytest.mark.parametrize(
    "info",
    [
        {"username": "system:anonymous", "groups": ["system:unauthenticated"]},
        {"username": "system:anonymous"},
        {"username": ""},
        {},
        {"username": None, "groups": ["system:masters"]},
        {"username": "ada", "groups": ["system:unauthenticated"]},
    ],
)
def test_c046_nobody_owns_nothing(info: Json) -> None:
    for phase in PHASES:
        assert answered(request("CREATE", stamped(notebook()), by=info), WORLD, None, phase).codes == (
            "NB707",
        )
    for owner in ("", "system:anonymous", info.get("username") or ""):
        mine = with_metadata(MINE, annotations={OWNER: owner})
        assert judged(request("DELETE", None, mine, by=info)).code == 403
    transferred = with_metadata(MINE, annotations={OWNER: "system:anonymous"})
    assert "NB706" in judged(request("UPDATE", transferred, MINE, by=ADMIN)).codes


def test_c047_admins_are_listed_and_the_decision_says_so() -> None:
    assert Settings().admins == ("group:system:masters",)
    asked = request("DELETE", None, MINE, by={"username": "bob", "groups": ["ops"]})
    assert judged(asked).code == 403
    assert judged(asked, settings=Settings(admins=("ops",))).code == 403
    assert judged(asked, settings=Settings(admins=("group:op",))).code == 403
    for settings in (Settings(admins=("group:ops",)), Settings(admins=("bob",))):
        said = judged(asked, settings=settings)
        assert said.allowed
        assert said.review["response"]["auditAnnotations"]["acted-as"] == "admin"
    nobody = judged(request("DELETE", None, MINE, by=ADMIN), settings=Settings(admins=()))
    assert nobody.code == 403


@pytest.mark.parametrize("name", sorted(CLEANERS))
def test_c048_cleaners_always_pass(name: str) -> None:
    broken = changed(
        with_metadata(MINE, finalizers=["a/b"], deletionTimestamp="2026-01-01T00:00:00Z"), surprise=1
    )
    for catalog in (Catalog(), WORLD):
        assert judged(request("DELETE", None, broken, by=name, name=""), catalog).allowed
        assert judged(
            request("UPDATE", with_metadata(broken, finalizers=[]), broken, by=name), catalog
        ).allowed
    assert judged(request("UPDATE", changed(broken, other=1), broken, by=name)).codes == ("NB715",)


def test_c048_the_clusters_own_cleaners_are_known() -> None:
    accounts = ("namespace-controller", "generic-garbage-collector", "ttl-after-finished-controller")
    assert {
        *(f"system:serviceaccount:kube-system:{one}" for one in accounts),
        "system:kube-controller-manager",
    } == CLEANERS
    assert "generic-garbage-collector" in str(webhook_configurations())
