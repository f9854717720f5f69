"""The contract of answers (C-050 to C-079), judged by an API server in small: every answer to every random review."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonpatch
import pytest
from hypothesis import strategies as st

from nbcore import Catalog, Finding, Settings
from nbcore.admission import encode, review
from nbcore.admission.answer import answer
from nbcore.admission.outcome import Outcome
from nbcore.admission.request import parse
from nbcore.finding import Source, finding
from tests.contract.api_server import (
    CAUSES,
    REASONS,
    CallFailure,
    InternalError,
    denied,
    headers,
    is_annotation_key,
    verdict,
)
from tests.contract.conversations import (
    Conversation,
    conversations,
    law,
    mutating,
    mutations,
    of_kinds,
    of_pods,
    pod,
    wanted,
)
from tests.contract.json_patches import DoesNotApply, applied, tokens
from tests.laws.test_admission_laws import SCENES, spoiled
from tests.laws.trees import hostile_json
from tests.units.reviews import (
    ADMIN,
    OWNER,
    changed,
    namespace,
    notebook,
    request,
    template,
    with_metadata,
)

Json = Any
WORLD = Catalog([template(), namespace()])
HOOKS = ("notebooks.validate.jackhoman.dev", "pods-enforced.mutate.jackhoman.dev")


def findings(count: int, code: str = "NB106") -> tuple[Finding, ...]:
    """That many findings about the notebook of `notebook()`."""
    source = Source("Notebook", "team", "mine")
    paths = (("spec", f"field{number:03d}") for number in range(count))
    return tuple(
        finding(code, path, "is wrong", "Mend it.", severity="error", source=source) for path in paths
    )


def told(*, operation: Json = None, **fields: Json) -> Json:
    """The response to the creation of a notebook, whose hook came to this."""
    asked = parse(request("CREATE", notebook()))
    return answer(asked, Outcome(**fields), "validate")["response"]


def is_readable(text: str, most: int) -> bool:
    """One line that people can read, of so many bytes at most."""
    return text.isprintable() and 0 < len(text.encode()) <= most


# ---- form ----


@law(conversations())
def test_c050_the_answer_is_an_admission_review_of_v1(one: Conversation) -> None:
    said = json.loads(one.answer)
    assert (said["apiVersion"], said["kind"]) == ("admission.k8s.io/v1", "AdmissionReview")
    assert set(said) == {"apiVersion", "kind", "response"}


@law(conversations(), st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_c051_the_uid_is_that_of_the_request(one: Conversation, uid: str) -> None:
    assert one.about(uid=uid).response["uid"] == uid
    assert one.about(uid=uid).verdict


@law(st.one_of(hostile_json(), spoiled()), st.sampled_from(("mutate", "validate")))
def test_c052_there_is_always_a_response_that_says_whether(asked: Json, phase: Any) -> None:
    said = review(asked, WORLD, phase=phase)
    assert type(said["response"]["allowed"]) is bool
    inner = asked.get("request") if isinstance(asked, dict) else None
    sent = inner if isinstance(inner, dict) else {}
    uid = sent.get("uid")
    sent = {**sent, "uid": uid if isinstance(uid, str) else ""}
    assert (
        verdict({"request": sent}, encode(said), mutating=phase == "mutate").allowed
        is said["response"]["allowed"]
    )


@law(mutations())
def test_c053_a_patch_comes_with_its_type_as_base64_of_json(one: Conversation) -> None:
    response = one.response
    assert ("patch" in response) == ("patchType" in response)
    assert response.get("patchType", "JSONPatch") == "JSONPatch"
    assert one.verdict.operations or "patch" not in response


@law(mutations())
def test_c054_where_nothing_changes_there_is_no_patch(one: Conversation) -> None:
    again = one.about(object=one.verdict.object)
    assert not {"patch", "patchType"} & set(again.response)


@law(conversations())
def test_c055_a_validating_webhook_never_patches(one: Conversation) -> None:
    assert not {"patch", "patchType"} & set(one._replace(phase="validate").response)


def test_c055_what_a_hook_made_is_dropped_where_nothing_may_be_changed() -> None:
    made = Outcome(object=changed(notebook(), stopped=True))
    asked = parse(request("CREATE", notebook()))
    assert "patch" in answer(asked, made, "mutate")["response"]
    assert "patch" not in answer(asked, made, "validate")["response"]


@law(mutations())
def test_c056_a_denial_never_patches(one: Conversation) -> None:
    response = one.response
    assert response["allowed"] or not {"patch", "patchType"} & set(response)


def test_c056_a_denial_drops_what_a_hook_had_made() -> None:
    asked = parse(request("CREATE", notebook()))
    said = answer(asked, Outcome(findings(1), object=changed(notebook(), stopped=True)), "mutate")
    assert said["response"]["allowed"] is False
    assert "patch" not in said["response"]


@law(of_kinds(), st.sampled_from(("DELETE", "CONNECT")))
def test_c057_what_stores_nothing_is_never_patched(one: Conversation, operation: str) -> None:
    given_ = one.request["object"] or one.request["oldObject"]
    for new, old in ((None, given_), (given_, None), (given_, given_)):
        asked = one._replace(phase="mutate").about(operation=operation, object=new, oldObject=old)
        assert "patch" not in asked.response
        assert asked.verdict.operations == []


# ---- patches ----


@law(mutations())
def test_c058_patches_apply_to_exactly_what_was_sent(one: Conversation) -> None:
    before = copy.deepcopy(one.request["object"])
    found = one.verdict
    strictly = applied(one.request["object"], found.operations, strict=True)
    assert strictly == found.object == jsonpatch.apply_patch(before, found.operations)
    assert one.request["object"] == before


@law(mutations())
def test_c059_parents_come_first_and_keys_are_escaped(one: Conversation) -> None:
    given_ = one.request["object"]
    for operation in one.verdict.operations:
        assert not re.search("~(?![01])", operation["path"])
        assert tokens(operation["path"], strict=True)
        given_ = applied(given_, [operation], strict=True)  # none needs one that comes later


def test_c059_the_mark_of_the_owner_is_one_step() -> None:
    one = Conversation(request("CREATE", notebook()), WORLD, Settings(), "mutate").verdict.operations
    assert {each["path"] for each in one} >= {"/metadata/annotations", "/metadata/labels"}
    marked = with_metadata(notebook(), annotations={"a": "b"}, labels={"a": "b"})
    two = Conversation(request("CREATE", marked), WORLD, Settings(), "mutate").verdict.operations
    assert "/metadata/annotations/jackhoman.dev~1owner" in {each["path"] for each in two}


@law(mutations())
def test_c060_the_rfc_and_the_library_understand_the_patch_alike(one: Conversation) -> None:
    for operation in one.verdict.operations:
        assert operation["op"] in ("add", "remove", "replace")
        assert ("value" in operation) == (operation["op"] != "remove")
        assert set(operation) <= {"op", "path", "value"}
        assert not any(re.fullmatch("-[0-9]+|0[0-9]+", step) for step in operation["path"].split("/"))
    strictly, leniently = (
        applied(one.request["object"], one.verdict.operations, strict=strict) for strict in (True, False)
    )
    assert strictly == leniently


@pytest.mark.parametrize(
    ("document", "operation", "strict", "lenient"),
    [
        ({"a": [1]}, {"op": "remove", "path": "/a/-1"}, None, {"a": []}),
        ({"a": [1]}, {"op": "add", "path": "/a/00", "value": 2}, None, {"a": [2, 1]}),
        ({}, {"op": "add", "path": "/a"}, None, {"a": None}),
        ({}, {"op": "replace", "path": "/a", "value": 1}, None, {"a": 1}),
        ({}, {"op": "add", "path": "/a/b", "value": 1}, None, None),
        ({"a": [1]}, {"op": "add", "path": "/a/2", "value": 1}, None, None),
        ({"a": [1]}, {"op": "add", "path": "/a/-", "value": 2}, {"a": [1, 2]}, {"a": [1, 2]}),
        ({"a": [1]}, {"op": "replace", "path": "/a/1", "value": 2}, None, None),
        ({"a/b": 1, "c~d": 2}, {"op": "remove", "path": "/a~1b"}, {"c~d": 2}, {"c~d": 2}),
        ({"a": 1}, {"op": "remove", "path": "/b"}, None, None),
        ({"a": 1}, {"op": "test", "path": "/a", "value": 1}, None, None),
        ({"a": None}, {"op": "add", "path": "/a/b", "value": 1}, None, None),
    ],
)
def test_c060_the_judge_knows_where_they_differ(
    document: Json, operation: Json, strict: Json, lenient: Json
) -> None:
    for is_strict, expected in ((True, strict), (False, lenient)):
        if expected is None:
            with pytest.raises(DoesNotApply):
                applied(document, [operation], strict=is_strict)
        else:
            assert applied(document, [operation], strict=is_strict) == expected


@law(mutations())
def test_c061_no_operation_is_in_vain(one: Conversation) -> None:
    given_ = one.request["object"]
    for operation in one.verdict.operations:
        after = applied(given_, [operation], strict=True)
        assert after != given_ or json.dumps(after) != json.dumps(given_)
        given_ = after


@law(of_pods(asked=mutating))
def test_c061_the_patch_makes_the_pod_that_is_wanted_and_no_list_anew(one: Conversation) -> None:
    found, outcome = one.verdict, wanted(one)
    made = outcome.object if found.allowed and outcome.object is not None else one.request["object"]
    assert _said(found.object) == _said(made)
    for operation in found.operations:
        if operation["op"] == "replace" and isinstance(operation["value"], list):
            old = _at(one.request["object"], operation["path"])
            keyed = old and all(isinstance(each, dict) and "name" in each for each in old)
            assert not (keyed and all(each in operation["value"] for each in old)), operation


def _said(value: Json) -> Json:
    """The value without what says nothing to Kubernetes' own types: nulls, and what is empty."""
    if isinstance(value, list):
        return [_said(one) for one in value]
    if isinstance(value, dict):
        return {key: _said(one) for key, one in value.items() if one not in (None, {}, [])}
    return value


def _at(value: Json, path: str) -> Json:
    for step in tokens(path, strict=True):
        value = value[int(step)] if isinstance(value, list) else value.get(step)
    return value


SERVERS_OWN = (
    "managedFields",
    "resourceVersion",
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "generation",
)


@law(mutations())
def test_c062_what_is_the_servers_is_never_patched(one: Conversation) -> None:
    for operation in one.verdict.operations:
        steps = tokens(operation["path"], strict=True)
        assert steps[0] != "status"
        assert steps != ["metadata"]
        assert not (steps[0] == "metadata" and steps[1] in SERVERS_OWN)


@law(mutations())
def test_c063_names_are_never_patched(one: Conversation) -> None:
    for operation in one.verdict.operations:
        assert operation["path"] not in ("/metadata/name", "/metadata/namespace", "/metadata/generateName")
    before, after = one.request["object"]["metadata"], one.verdict.object["metadata"]
    for field in ("name", "namespace", "generateName"):
        assert (field in before, before.get(field)) == (field in after, after.get(field))


@law(of_pods(asked=mutating))
def test_c064_a_pod_that_exists_is_never_patched(one: Conversation) -> None:
    asked = one.about(operation="UPDATE", oldObject=one.request["object"])
    assert asked.verdict.allowed
    assert asked.verdict.operations == []


@law(mutations())
def test_c065_what_was_patched_is_left_alone(one: Conversation) -> None:
    first = one.verdict
    again = one.about(object=first.object).verdict
    assert again.allowed == first.allowed
    assert again.operations == []


def _sidecar(one: Json) -> None:
    one["spec"]["containers"].append(
        {"name": "injected", "image": "i:mesh", "env": [{"name": "a", "value": "?"}]}
    )


def _variable(one: Json) -> None:
    one["spec"]["containers"][0].setdefault("env", []).insert(0, {"name": "INJECTED", "value": "1"})


def _volume(one: Json) -> None:
    one["spec"].setdefault("volumes", []).append({"name": "injected", "emptyDir": {}})


def _label(one: Json) -> None:
    one["metadata"].setdefault("labels", {})["injected"] = "yes"


@law(of_pods(asked=mutating), st.sampled_from((_sidecar, _variable, _volume, _label)))
def test_c066_what_others_add_in_between_stays_and_is_no_reason(one: Conversation, add: Any) -> None:
    first = one.verdict
    if not first.operations:
        return
    theirs = copy.deepcopy(first.object)
    add(theirs)
    again = one.about(object=theirs).verdict
    assert (again.allowed, again.operations) == (True, [])


@law(conversations(), st.randoms(use_true_random=False))
def test_c067_the_order_of_keys_changes_nothing(one: Conversation, chance: Any) -> None:
    other = one._replace(review=_shuffled(one.review, chance))
    first, second = one.verdict, other.verdict
    assert (first.allowed, first.status, first.warnings, first.annotations) == (
        second.allowed,
        second.status,
        second.warnings,
        second.annotations,
    )
    assert first.object == second.object


def _shuffled(value: Json, chance: Any) -> Json:
    if isinstance(value, list):
        return [_shuffled(one, chance) for one in value]
    if not isinstance(value, dict):
        return value
    keys = list(value)
    chance.shuffle(keys)
    return {key: _shuffled(value[key], chance) for key in keys}


_REPLICA = """
import sys
from hypothesis import strategies
from nbcore import Catalog
from nbcore.admission import encode, review
from tests.contract.test_answers import MANY, SCENES, WORLD
for one in (*SCENES, *MANY):
    for phase in ("mutate", "validate"):
        sys.stdout.buffer.write(encode(review(one, WORLD, phase=phase)) + b"\\n")
"""
MANY = (
    request("CREATE", template(options={}, optional=[{"name": "gone"}, {"name": "other"}], home=1, more=2)),
    request("CREATE", notebook(env="none", options={"a": "b"}, templateRef={"name": "gone"})),
    request("CREATE", with_metadata(template(), labels={"a b": "c", "x": 1}, finalizers=["b", "a"])),
)


def test_c068_two_replicas_answer_alike_to_the_byte() -> None:
    said = [_said_by_a_replica(seed) for seed in ("0", "4711")]
    assert said[0] == said[1]
    assert len(said[0].splitlines()) == 2 * (len(SCENES) + len(MANY))


def _said_by_a_replica(seed: str) -> bytes:
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    ran = subprocess.run(
        [sys.executable, "-c", _REPLICA],
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        check=True,
    )
    return ran.stdout


# ---- denials ----


@law(conversations())
def test_c069_the_code_of_a_denial_says_what_sort_it_is(one: Conversation) -> None:
    found = one.verdict
    if not found.allowed:
        assert 400 <= found.status["code"] < 600
        assert found.status["code"] in REASONS


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        (("NB106",), 422),
        (("NB704",), 403),
        (("NB106", "NB704"), 403),
        (("NB236",), 409),
        (("NB236", "NB106"), 422),
        (("NB234",), 422),
    ],
)
def test_c069_who_may_not_is_403_what_is_in_use_409_what_is_wrong_422(
    codes: tuple[str, ...], code: int
) -> None:
    wrong = tuple(one for each in codes for one in findings(1, each))
    assert told(findings=wrong)["status"]["code"] == code


def test_c069_whatever_breaks_is_500_and_what_no_server_sends_is_400() -> None:
    broken = review(request("CREATE", notebook()), None, phase="validate")  # type: ignore[arg-type]
    assert broken["response"]["status"]["code"] == 500
    assert review({}, WORLD, phase="validate")["response"]["status"]["code"] == 400


@law(conversations())
def test_c070_a_denial_has_a_reason_that_is_known_and_a_line_that_can_be_read(one: Conversation) -> None:
    response = one.response
    if not response["allowed"]:
        status = response["status"]
        assert status["status"] == "Failure"
        assert status["reason"] in REASONS[status["code"]]
        assert is_readable(status["message"], 1024)


@law(of_kinds())
def test_c071_every_field_that_is_wrong_is_a_cause(one: Conversation) -> None:
    found = one.verdict
    if found.allowed or found.status["code"] in (400, 413, 500):
        return
    details = found.status["details"]
    assert (details["group"], details["kind"]) == (one.request["kind"]["group"], one.request["kind"]["kind"])
    assert details["name"]
    assert 1 <= len(details["causes"]) <= 51
    for cause in details["causes"]:
        assert cause["reason"] in CAUSES
        assert is_readable(cause["message"], 1024)


def test_c071_there_are_fifty_causes_and_the_number_of_the_others() -> None:
    causes = told(findings=findings(50))["status"]["details"]["causes"]
    assert len(causes) == 50
    causes = told(findings=findings(63))["status"]["details"]["causes"]
    assert len(causes) == 51
    assert causes[-1]["message"] == "and 13 more"
    assert causes[0]["field"] == "spec.field000"


def test_c072_everything_that_is_wrong_is_said_at_once_in_order() -> None:
    one = Conversation(
        request("CREATE", template(surprise=1, another=2, mainContainer=3)), WORLD, Settings(), "validate"
    )
    causes = one.verdict.status["details"]["causes"]
    fields = [cause["field"] for cause in causes]
    assert {"spec.surprise", "spec.another", "spec.mainContainer"} <= set(fields)
    order = [(cause["field"], cause["message"]) for cause in causes]
    assert order == sorted(order)
    message = one.verdict.status["message"]
    assert all(field in message for field in fields)


SECRET = "canary-5f1c"


def test_c073_nobody_reads_what_is_not_theirs() -> None:
    hidden = {"name": "TOKEN", "value": SECRET}
    container = {"name": "main", "image": "registry.example.com/lab:1", "env": [hidden]}
    wrong = {
        **container,
        "env": [hidden, hidden, {"name": "B", "value": [SECRET]}, {"name": "A=B", "value": SECRET}],
    }
    kind = template(template={"spec": {"containers": [wrong]}})
    mine = with_metadata(notebook(), annotations={OWNER: "ada-the-owner"})
    catalog = Catalog([template(template={"spec": {"containers": [container]}}), namespace(), mine])
    for asked in (
        request("CREATE", kind, by=ADMIN),
        request("UPDATE", changed(mine, stopped=True), mine, by="bob"),
        request("DELETE", None, mine, by="bob"),
        request("CREATE", notebook(env=[hidden, hidden]), by="bob"),
    ):
        said = encode(review(asked, catalog, phase="validate")).decode()
        assert '"allowed":false' in said
        assert SECRET not in said
        assert "ada-the-owner" not in said


@law(conversations())
def test_c074_nothing_is_hidden_in_the_status_of_what_is_allowed(one: Conversation) -> None:
    response = one.response
    assert response["allowed"] != ("status" in response)


# ---- warnings and audit annotations ----


@law(conversations())
def test_c075_every_warning_reaches_the_client(one: Conversation) -> None:
    assert one.verdict.warnings == tuple(one.response.get("warnings", ()))


@law(st.lists(st.text(max_size=400), max_size=30))
def test_c075_whatever_a_hook_warns_of_reaches_the_client(texts: list[str]) -> None:
    warnings = told(warnings=tuple(texts)).get("warnings", [])
    assert headers(json.loads(encode({"w": warnings}))["w"]) == tuple(warnings)
    assert bool(warnings) or not any(one.strip() and one.isprintable() for one in texts)


@law(st.lists(st.text(max_size=400), max_size=30))
def test_c076_warnings_are_few_and_short(texts: list[str]) -> None:
    warnings = told(warnings=tuple(texts)).get("warnings", [])
    assert len(warnings) <= 10
    assert sum(map(len, warnings)) <= 1024
    assert all(0 < len(one) <= 256 for one in warnings)


def test_c076_the_judge_cuts_and_drops_as_the_server_does() -> None:
    assert headers(["a", "a", "", "b\n", "c"]) == ("a", "c")
    long = [f"{number}{'x' * 499}" for number in range(20)]
    cut = headers(long)
    assert {len(one) for one in cut} == {256}
    assert len(cut) == 16


@law(conversations())
def test_c077_warnings_are_sorted_and_the_same_each_time(one: Conversation) -> None:
    warnings = one.response.get("warnings", [])
    assert warnings == sorted(set(warnings))
    assert warnings == one.response.get("warnings", [])


def test_c077_hooks_may_warn_in_any_order() -> None:
    assert told(warnings=("b", "c", "a", "b"))["warnings"] == ["a", "b", "c"]


@law(conversations(), st.sampled_from(HOOKS))
def test_c078_every_audit_annotation_is_kept(one: Conversation, hook: str) -> None:
    for key, value in one.response.get("auditAnnotations", {}).items():
        assert is_annotation_key(f"{hook}/{key}")
        assert len(value.encode()) <= 10 * 1024
    assert len(one.verdict.annotations) == len(one.response.get("auditAnnotations", {}))


@law(st.dictionaries(st.text(max_size=70), st.text(max_size=30), max_size=5))
def test_c078_a_key_that_would_be_lost_is_not_sent(audit: dict[str, str]) -> None:
    kept = told(audit=audit).get("auditAnnotations", {})
    assert set(kept) == {key for key in audit if is_annotation_key(f"hook.example.com/{key}")}
    assert told(audit={"key": "x" * 20_000})["auditAnnotations"]["key"].startswith("x" * 10_000)


def test_c079_an_answer_is_never_larger_than_a_mebibyte() -> None:
    huge = {**notebook(), "more": "x" * (1 << 20)}
    asked = parse(request("CREATE", notebook()))
    said = answer(asked, Outcome(object=huge), "mutate")
    assert said["response"]["allowed"] is False
    assert said["response"]["status"]["code"] == 413
    assert "1 MiB" in said["response"]["status"]["message"]
    much = answer(asked, Outcome(object={**huge, "more": "x" * (1 << 19)}), "mutate")
    assert much["response"]["allowed"] is True
    assert len(encode(much)) <= 1 << 20


# ---- the judge ----


def test_the_judge_lets_nothing_pass() -> None:
    asked = request("CREATE", notebook())
    good = review(asked, WORLD, phase="mutate")
    assert verdict(asked, encode(good), mutating=True).operations
    response = good["response"]
    for wrong in (
        {**good, "apiVersion": "admission.k8s.io/v1beta1"},
        {**good, "kind": "Review"},
        {**good, "response": {**response, "uid": "other"}},
        {**good, "response": {**response, "allowed": 1}},
        {**good, "response": {**response, "patchType": "MergePatch"}},
        {**good, "response": {**response, "patch": "%"}},
        {**good, "response": {**response, "patch": "e30="}},
        {**good, "response": {**response, "warnings": [1]}},
        {**good, "response": {**response, "surprise": 1}},
        {**good, "response": {"uid": response["uid"], "allowed": True, "patchType": "JSONPatch"}},
        {**good, "response": {"uid": response["uid"], "allowed": False, "status": {"code": "403"}}},
        {**good, "response": None},
        {},
    ):
        with pytest.raises(CallFailure):
            verdict(asked, encode(wrong), mutating=True)
    with pytest.raises(CallFailure):
        verdict(asked, encode(good), mutating=False)
    gone = request("DELETE", None, notebook())
    with pytest.raises(InternalError):
        verdict(gone, encode(good), mutating=True)
    with pytest.raises(InternalError):
        verdict(request("CREATE", {}), encode(good), mutating=True)


def test_the_judge_speaks_as_the_server_does() -> None:
    assert (
        denied("a.b.c", None)["message"] == 'admission webhook "a.b.c" denied the request without explanation'
    )
    low = denied("a.b.c", {"code": 200, "status": "Success", "reason": "Gone"})
    assert (low["code"], low["status"]) == (400, "Failure")
    assert low["message"].endswith("denied the request: Gone")
    assert not is_annotation_key("a.b.c/d/e")
    assert not is_annotation_key(f"a.b.c/{'x' * 64}")
    assert pod({"metadata": {}, "spec": {}})["metadata"]["name"] == "one"
