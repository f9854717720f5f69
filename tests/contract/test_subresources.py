"""The contract of subresources and of pods (C-130 to C-138)."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from nbcore import Catalog, Settings
from tests.contract.conversations import PHASES, RESTRICTED
from tests.contract.test_requests import MINE, WORLD, judged
from tests.units.reviews import (
    ADMIN,
    OWNER,
    answered,
    carrier_of,
    changed,
    namespace,
    pod_of,
    request,
    template,
    with_metadata,
)

Json = Any
CARRIER = carrier_of(MINE)
POD = pod_of(CARRIER)
STORED = Catalog([template(), namespace(), MINE, CARRIER, POD])
NODE = {"username": "system:node:a", "groups": ["system:nodes"]}


def with_container(pod: Json, field: str = "containers", **fields: Json) -> Json:
    """The pod with one more container."""
    one = {"name": "more", "image": "i:1", **fields}
    return {**pod, "spec": {**pod["spec"], field: [*pod["spec"].get(field, []), one]}}


def with_first(pod: Json, **fields: Json) -> Json:
    """The pod with other fields in its first container."""
    found = copy.deepcopy(pod)
    found["spec"]["containers"][0].update(fields)
    return found


def test_c130_an_update_that_changes_nothing_of_note_is_not_judged() -> None:
    for new in (
        with_metadata(POD, labels={"a": "b"}),
        with_metadata(POD, finalizers=[]),
        {**POD, "spec": {**POD["spec"], "tolerations": [{"operator": "Exists"}], "activeDeadlineSeconds": 1}},
        POD,
    ):
        assert judged(request("UPDATE", new, POD, by=NODE), STORED, RESTRICTED).allowed
    assert judged(request("CREATE", POD), STORED, RESTRICTED).code == 422


def test_c130_what_was_wrong_already_may_stay() -> None:
    """A new image is looked at; nothing is wrong with it that was not wrong before."""
    said = judged(request("UPDATE", with_first(POD, image="i:2"), POD), STORED, RESTRICTED)
    assert said.allowed
    worse = with_first(POD, image="i:2", securityContext={"privileged": True})
    assert judged(request("UPDATE", worse, POD), STORED, RESTRICTED).code == 422


@pytest.mark.parametrize("subresource", ["binding", "eviction", "log", "proxy", "status"])
@pytest.mark.parametrize("operation", ["CREATE", "UPDATE", "CONNECT", "DELETE"])
def test_c131_what_changes_no_pod_is_never_judged(subresource: str, operation: str) -> None:
    asked = request(operation, POD, POD, by="bob", subresource=subresource)
    for phase in PHASES:
        said = answered(asked, STORED, RESTRICTED, phase)
        assert said.allowed
        assert not said.operations


@pytest.mark.parametrize("subresource", ["future", "ephemeralcontainers", "resize", "exec2"])
def test_c131_a_subresource_that_is_not_known_is_a_whole_pod(subresource: str) -> None:
    privileged = with_first(POD, image="i:2", securityContext={"privileged": True})
    asked = request("UPDATE", privileged, POD, by="ada", subresource=subresource)
    assert judged(asked, STORED, RESTRICTED).code == 422
    asked = request("UPDATE", POD, POD, by="bob", subresource=subresource)
    assert judged(asked, STORED, RESTRICTED).code == 403
    asked = request("CREATE", privileged, None, by="ada", subresource=subresource)
    assert judged(asked, STORED, RESTRICTED).code == 422


def test_c132_a_debug_container_is_judged_like_any_other() -> None:
    fine = {
        "allowPrivilegeEscalation": False,
        "runAsNonRoot": True,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    for context, code in ((fine, None), ({**fine, "privileged": True}, 422), (None, 422)):
        fields = {} if context is None else {"securityContext": context}
        new = with_container(POD, "ephemeralContainers", **fields)
        asked = request("UPDATE", new, POD, subresource="ephemeralcontainers")
        assert judged(asked, STORED, RESTRICTED).code == code, context
        stranger = request("UPDATE", new, POD, by="bob", subresource="ephemeralcontainers")
        assert "NB704" in judged(stranger, STORED, RESTRICTED).codes


def test_c133_a_pod_is_resized_by_its_owner_alone() -> None:
    """Quotas of the namespace are the API server's own to enforce."""
    new = with_first(POD, resources={"requests": {"cpu": "2"}})
    for by, code in (("ada", None), (ADMIN, None), ("bob", 403)):
        assert judged(request("UPDATE", new, POD, by=by, subresource="resize"), STORED).code == code


@pytest.mark.parametrize("by", ["bob", "ada"])
def test_c134_what_is_written_on_a_pod_makes_nobody_its_owner(by: str) -> None:
    forged = with_metadata(POD, annotations={OWNER: by}, labels={OWNER: by, "notebook-name": "mine"})
    catalog = STORED.replace(changed=[forged])
    options = {"apiVersion": "v1", "kind": "PodExecOptions"}
    asked = request(
        "CONNECT", options, by=by, subresource="exec", kind=("v1", "Pod"), namespace="team", name="mine-0"
    )
    assert judged(asked, catalog).allowed is (by == "ada")


def test_c134_owner_references_are_not_open_to_others() -> None:
    other = with_metadata(MINE, name="other", uid="2", annotations={OWNER: "bob"})
    moved = with_metadata(
        POD, ownerReferences=pod_of(carrier_of(other, "other"))["metadata"]["ownerReferences"]
    )
    assert judged(request("UPDATE", moved, POD, by="bob"), STORED).code == 403
    assert judged(request("UPDATE", moved, POD, by=ADMIN), STORED).allowed


def test_c135_the_owner_is_not_changed_through_the_status() -> None:
    for by in ("bob", "ada"):
        new = {**with_metadata(MINE, annotations={OWNER: "bob"}), "status": {"a": 1}}
        said = judged(request("UPDATE", new, MINE, by=by, subresource="status"), STORED)
        assert said.codes == (("NB704",) if by == "bob" else ("NB706",))
    stopped = {**MINE, "status": {"phase": "Stopped"}}
    assert judged(request("UPDATE", stopped, MINE, subresource="status"), STORED).allowed


@pytest.mark.parametrize(
    ("subresource", "kind"),
    [("exec", "PodExecOptions"), ("attach", "PodAttachOptions"), ("portforward", "PodPortForwardOptions")],
)
def test_c136_a_pod_is_entered_by_its_owner_alone(subresource: str, kind: str) -> None:
    def entering(by: Json, catalog: Catalog = STORED, name: str = "mine-0") -> int | None:
        options = {"apiVersion": "v1", "kind": kind}
        asked = request("CONNECT", options, by=by, subresource=subresource, namespace="team", name=name)
        asked["request"]["kind"] = {"group": "", "version": "v1", "kind": kind}
        asked["request"]["resource"] = {"group": "", "version": "v1", "resource": "pods"}
        return judged(asked, catalog).code

    assert [entering(by) for by in ("ada", ADMIN, "bob", {"username": ""})] == [None, None, 403, 403]
    assert entering("ada", name="gone") == 403
    assert entering("ada", STORED.replace(removed=[MINE])) == 403
    assert entering("ada", STORED.replace(removed=[CARRIER])) == 403
    assert entering("ada", STORED.replace(changed=[with_metadata(MINE, uid="another")])) == 403
    assert entering(ADMIN, Catalog()) is None


def test_c137_a_scale_is_known_by_its_kind_and_open_to_admins_alone() -> None:
    scale = {
        "apiVersion": "autoscaling/v1",
        "kind": "Scale",
        "metadata": {"name": "mine", "namespace": "team"},
    }
    asked = request("UPDATE", {**scale, "spec": {"replicas": 0}}, scale, by="ada", subresource="scale")
    asked["request"]["resource"] = {"group": "jackhoman.dev", "version": "v1beta1", "resource": "notebooks"}
    for by, allowed in (("ada", False), ("bob", False), (ADMIN["username"], False)):
        given = {**asked, "request": {**asked["request"], "userInfo": {"username": by}}}
        assert judged(given, STORED).allowed is allowed
    given = {**asked, "request": {**asked["request"], "userInfo": ADMIN}}
    assert judged(given, STORED).allowed
    disguised = {**asked, "request": {**asked["request"], "subResource": ""}}
    assert judged(disguised, STORED).code == 400


def test_c138_the_mirror_of_a_static_pod_is_never_changed() -> None:
    given = {
        "apiVersion": "jackhoman.dev/v1beta1",
        "kind": "PodDefault",
        "metadata": {"name": "all", "namespace": "team"},
        "spec": {"selector": {}, "template": {"metadata": {"labels": {"a": "b"}}}},
    }
    catalog = WORLD.replace(changed=[given])
    plain = {**POD, "metadata": {"name": "one", "namespace": "team"}}
    assert answered(request("CREATE", plain), catalog, None, "mutate").operations
    mirror = with_metadata(plain, annotations={"kubernetes.io/config.mirror": "7f"})
    assert answered(request("CREATE", mirror, by=NODE), catalog, None, "mutate").operations == []


def test_changes_of_notebooks_are_judged_here_at_all() -> None:
    assert judged(request("UPDATE", changed(MINE, surprise=1), MINE), STORED, Settings()).code == 422
