"""The contract of requests (C-020 to C-034): what an API server may send, and what it never would."""

from __future__ import annotations

from typing import Any

import pytest

from nbcore import Catalog, Settings, check_pod
from nbcore.admission import review
from tests.contract.conversations import PHASES, RESTRICTED, Conversation, law, of_kinds, phases
from tests.laws.trees import hostile_json
from tests.units.reviews import (
    ADMIN,
    OWNER,
    Answer,
    answered,
    changed,
    namespace,
    notebook,
    pod_of,
    request,
    template,
    with_metadata,
)
from webhook.answering import _logged

Json = Any
WORLD = Catalog([template(), namespace()])
MINE = with_metadata(notebook(), annotations={OWNER: "ada"}, labels={}, uid="1", resourceVersion="7")
ABSENT = object()


def stamped(one: Json, by: Json = "ada") -> Json:
    """The object as the mutating hook leaves it."""
    return Conversation(request("CREATE", one, by=by), WORLD, Settings(), "mutate").verdict.object


def judged(given: Json, catalog: Catalog = WORLD, settings: Settings | None = None) -> Answer:
    """What the validating hook answers."""
    return answered(given, catalog, settings, "validate")


def with_request(given: Json, **fields: Json) -> Json:
    """The review with other fields of the request; ABSENT takes one away."""
    merged = {**given["request"], **fields}
    return {**given, "request": {key: value for key, value in merged.items() if value is not ABSENT}}


CREATION = request("CREATE", stamped(notebook()))


@pytest.mark.parametrize(
    "other",
    [
        {"apiVersion": "admission.k8s.io/v1beta1"},
        {"apiVersion": "admission.k8s.io/v2"},
        {"apiVersion": ""},
        {"apiVersion": None},
        {"kind": "AdmissionRequest"},
        {"kind": "admissionreview"},
    ],
)
def test_c020_only_admission_reviews_of_v1_are_read(other: Json) -> None:
    assert judged(CREATION).allowed
    said = judged({**CREATION, **other})
    assert (said.allowed, said.code) == (False, 400)
    assert said.review["apiVersion"] == "admission.k8s.io/v1"
    assert said.review["response"]["uid"] == CREATION["request"]["uid"]


@pytest.mark.parametrize("inner", [ABSENT, None, [], "x", 0, False])
def test_c021_a_review_without_a_request_is_a_400(inner: Json) -> None:
    given = {**CREATION, "request": inner}
    if inner is ABSENT:
        del given["request"]
    for phase in PHASES:
        said = answered(given, WORLD, None, phase)
        assert (said.allowed, said.code, said.review["response"]["uid"]) == (False, 400, "")


@pytest.mark.parametrize("uid", ["", " ", 'ü\u0000\n"\\', "x" * 10_000, "\U0001f600", "null"])
def test_c022_a_uid_is_text_that_comes_back(uid: str) -> None:
    for given in (CREATION, request("CREATE", {})):
        assert judged(with_request(given, uid=uid)).review["response"]["uid"] == uid
    assert judged(with_request(CREATION, uid=ABSENT)).review["response"]["uid"] == ""
    assert judged(with_request(CREATION, uid=7)).code == 400


def test_c023_the_object_as_it_was_converted_is_judged_and_both_are_logged() -> None:
    other = {
        "requestKind": {"group": "old.example.com", "version": "v1", "kind": "Other"},
        "requestResource": {"group": "old.example.com", "version": "v1", "resource": "others"},
        "requestSubResource": "scale",
    }
    given = with_request(CREATION, **other)
    assert judged(given).review == judged(CREATION).review
    wrong = with_request(request("CREATE", changed(stamped(notebook()), surprise=1)), **other)
    assert judged(wrong).code == 422
    logged = _logged(given["request"], "validate", True, 200, 0.0)
    assert logged["resource"] == "jackhoman.dev/v1beta1/notebooks"
    assert logged["requestResource"] == "old.example.com/v1/others/scale"


@pytest.mark.parametrize("operation", ["", "PATCH", "create", "*", "CONNECT", "GET"])
def test_c024_an_operation_that_is_not_known_is_denied(operation: str) -> None:
    for one in (stamped(notebook()), template()):
        said = judged(with_request(request("CREATE", one), operation=operation))
        assert (said.allowed, said.code) == (False, 400)
    if operation != "CONNECT":
        pod = pod_of({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "a", "uid": "1"}})
        assert judged(with_request(request("CREATE", pod), operation=operation)).code == 400


def test_c025_a_name_may_be_empty() -> None:
    generated = {
        **stamped(notebook()),
        "metadata": {**stamped(notebook())["metadata"], "generateName": "nb-"},
    }
    del generated["metadata"]["name"]
    for phase in PHASES:
        assert answered(request("CREATE", generated), WORLD, None, phase).allowed
    stranger = judged(request("DELETE", None, MINE, by="bob", name=""))
    assert stranger.code == 403
    assert stranger.review["response"]["status"]["details"]["name"] == "mine"
    assert judged(request("DELETE", None, MINE, by="ada", name="")).allowed
    assert judged(with_request(request("DELETE", None, MINE, by="bob"), name=ABSENT)).code == 403


@pytest.mark.parametrize("operation", ["CREATE", "UPDATE", "DELETE"])
def test_c026_a_namespace_is_none_of_ours(operation: str) -> None:
    one = namespace()
    new, old = (None if operation == "DELETE" else one), (None if operation == "CREATE" else one)
    for phase in PHASES:
        said = answered(request(operation, new, old, namespace="team"), WORLD, None, phase)
        assert said.review["response"] == {"uid": said.review["response"]["uid"], "allowed": True}


NEEDED = {"CREATE": (True, False), "UPDATE": (True, True), "DELETE": (False, True)}


@pytest.mark.parametrize("operation", [*NEEDED, "CONNECT"])
@pytest.mark.parametrize("new", ["present", "null", "absent"])
@pytest.mark.parametrize("old", ["present", "null", "absent"])
def test_c027_each_operation_has_its_objects_and_no_others(operation: str, new: str, old: str) -> None:
    values = {"present": MINE, "null": None, "absent": ABSENT}
    given = with_request(
        request("CREATE", stamped(notebook())), operation=operation, object=values[new], oldObject=values[old]
    )
    if operation == "CREATE" and new == "present":
        given = with_request(given, object=stamped(notebook()))
    is_right = NEEDED.get(operation) == (new == "present", old == "present")
    said = judged(given)
    assert (said.allowed, said.code) == ((True, None) if is_right else (False, 400))
    mutated = answered(given, WORLD, None, "mutate")
    assert mutated.allowed is is_right


OPTIONS: tuple[Json, ...] = (
    None,
    ABSENT,
    {},
    {"kind": "PatchOptions", "fieldManager": "x", "surprise": 1},
    [],
    "x",
    7,
)


@pytest.mark.parametrize("operation", ["CREATE", "UPDATE"])
def test_c028_a_patch_or_an_apply_is_judged_like_any_other_write(operation: str) -> None:
    old = None if operation == "CREATE" else MINE
    new = stamped(notebook()) if operation == "CREATE" else changed(MINE, surprise=1)
    said = [judged(with_request(request(operation, new, old), options=each)).review for each in OPTIONS]
    assert all(one == said[0] for one in said)


@pytest.mark.parametrize("flag", [True, False, None, ABSENT])
def test_c029_a_dry_run_may_be_said_or_not(flag: Json) -> None:
    for phase in PHASES:
        plain = answered(CREATION, WORLD, None, phase)
        assert answered(with_request(CREATION, dryRun=flag), WORLD, None, phase).review == plain.review
    assert judged(with_request(CREATION, dryRun="yes")).code == 400


@pytest.mark.parametrize("options", OPTIONS)
def test_c030_options_are_not_looked_at(options: Json) -> None:
    for given in (CREATION, request("DELETE", None, MINE)):
        assert judged(with_request(given, options=options)).allowed


@law(of_kinds(), hostile_json(), phases)
def test_c031_what_is_not_known_in_the_envelope_is_ignored(
    one: Conversation, value: Json, phase: Any
) -> None:
    plain = one._replace(phase=phase)
    more = plain.about(surprise=value, userInfo={**one.request["userInfo"], "surprise": value})
    more = more._replace(review={**more.review, "surprise": value, "response": value})
    kind = {**one.request["kind"], "surprise": value}
    assert more.about(kind=kind).answer == plain.answer


def test_c032_a_pod_is_judged_alike_before_and_after_the_servers_defaults() -> None:
    """The one default that a verdict hangs on: a volume without a source is an emptyDir."""
    pod: Json = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "one", "namespace": "team"},
        "spec": {
            "containers": [
                {"name": "main", "image": "i:1", "volumeMounts": [{"name": "v", "mountPath": "/v"}]}
            ],
            "volumes": [{"name": "v"}],
        },
    }
    defaulted = {**pod, "spec": {**pod["spec"], "volumes": [{"name": "v", "emptyDir": {}}]}}
    said = [
        [
            (one.code, one.path.keyed)
            for one in check_pod(each, settings=RESTRICTED)
            if one.code.startswith("NB5")
        ]
        for each in (pod, defaulted)
    ]
    assert said[0] == said[1] != []
    assert (
        judged(request("CREATE", pod), settings=RESTRICTED).codes
        == judged(request("CREATE", defaulted), settings=RESTRICTED).codes
    )


def test_c033_what_the_server_adds_at_create_changes_no_answer() -> None:
    new = stamped(notebook())
    added = with_metadata(
        new, uid="1", creationTimestamp="2026-01-01T00:00:00Z", generation=1, managedFields=[]
    )
    for phase in PHASES:
        plain, more = (answered(request("CREATE", each), WORLD, None, phase) for each in (new, added))
        assert plain.review == more.review


def test_c034_finalizers_go_from_what_is_being_deleted_and_all_else_is_still_judged() -> None:
    dying = with_metadata(MINE, deletionTimestamp="2026-01-01T00:00:00Z", finalizers=["a.example.com/b"])
    freed = with_metadata(dying, finalizers=[])
    nothing = Catalog()
    for by in ("ada", ADMIN, {"username": "system:serviceaccount:kube-system:generic-garbage-collector"}):
        assert judged(request("UPDATE", freed, dying, by=by), nothing).allowed
    assert judged(request("UPDATE", freed, dying, by="bob"), nothing).codes == ("NB704",)
    both = changed(freed, surprise=1)
    assert judged(request("UPDATE", both, dying, by="bob")).codes == ("NB704",)
    assert judged(request("UPDATE", both, dying)).code == 422
    assert judged(request("UPDATE", changed(dying, surprise=1), dying)).code == 422
    claimed = with_metadata(freed, annotations={OWNER: "bob"})
    assert "NB706" in judged(request("UPDATE", claimed, dying)).codes


def test_every_answer_here_is_one_of_the_front_door() -> None:
    assert review(CREATION, WORLD, phase="validate") == judged(CREATION).review
