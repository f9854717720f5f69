"""The contract of admission reviews, item by item; each test bears the number of what it shows.

Refuses to know transports: the server's own tests show the items about these.
"""

from __future__ import annotations

import base64
import copy
import itertools
import json
from typing import Any

import jsonpatch
import pytest

import nbcore
from nbcore.admission import needs, review
from nbcore.admission.answer import MAX_ANSWER, Refusal, answer, code_of, refused
from nbcore.admission.identity import CLEANERS, label_of
from nbcore.admission.outcome import Outcome
from nbcore.admission.request import parse
from nbcore.finding import CODES, Finding, finding
from nbcore.rules import RULES
from tests.units.reviews import (
    ADMIN,
    OWNER,
    Answer,
    Json,
    Server,
    answered,
    carrier_of,
    changed,
    namespace,
    notebook,
    pod_of,
    request,
    template,
    with_metadata,
)

CATALOG = nbcore.Catalog([namespace(), template()])
MINE = with_metadata(notebook(), annotations={OWNER: "ada"}, labels={OWNER: label_of("ada")}, uid="uid-1")


def mutate(given: Json, settings: nbcore.Settings | None = None) -> Answer:
    return answered(given, CATALOG, settings, "mutate")


def validate(
    given: Json, settings: nbcore.Settings | None = None, catalog: nbcore.Catalog = CATALOG
) -> Answer:
    return answered(given, catalog, settings, "validate")


def with_request(given: Json, **fields: Json) -> Json:
    return {**given, "request": {**given["request"], **fields}}


# ---- decoding ----


@pytest.mark.parametrize("version", ["admission.k8s.io/v1beta1", "admission.k8s.io/v2", "v1", "", None, 1])
def test_c020_only_v1_reviews_are_read(version: Any) -> None:
    said = validate({**request("CREATE", MINE), "apiVersion": version})
    assert (said.allowed, said.code) == (False, 400)
    assert said.review["apiVersion"] == "admission.k8s.io/v1"


@pytest.mark.parametrize("given", [None, [], "x", 1, {}, {"request": None}])
def test_c021_a_review_without_a_request_is_refused(given: Any) -> None:
    head = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview"}
    for one in (given, {**head, **given} if isinstance(given, dict) else {**head, "request": given}):
        assert validate(one).code == 400
        assert needs(one, CATALOG) == ()


@pytest.mark.parametrize("uid", ["", "x" * 300, "\x00\n", "ü/…", "\ud800"])
def test_c022_the_uid_is_echoed(uid: str) -> None:
    reviews: tuple[Json, ...] = (
        request("CREATE", MINE),
        {"request": {}},
        {**request("CREATE", 5), "kind": "x"},
    )
    for given in reviews:
        assert review(with_request(given, uid=uid), CATALOG, phase="validate")["response"]["uid"] == uid


def test_c023_the_converted_kind_decides() -> None:
    original = {"group": "other.example", "version": "v1", "kind": "Other"}
    given = with_request(
        request("DELETE", None, MINE, by="eve"), requestKind=original, requestResource=original
    )
    assert validate(given).codes == ("NB704",)


@pytest.mark.parametrize("operation", ["", "PATCH", "create", "CONNECT"])
def test_c024_an_unknown_operation_is_denied_on_our_kinds(operation: str) -> None:
    assert validate(request(operation, MINE, MINE)).code == 400
    other = {**MINE, "kind": "ConfigMap", "apiVersion": "v1"}
    assert validate(request(operation, other, other)).allowed


def test_c025_a_deletion_may_name_nothing() -> None:
    for name in ("", "mine"):
        assert validate(request("DELETE", None, MINE, by="eve", name=name)).codes == ("NB704",)
        assert validate(request("DELETE", None, MINE, name=name)).allowed
    generated = with_metadata(notebook(), generateName="mine-")
    del generated["metadata"]["name"]
    said = mutate(request("CREATE", generated))
    assert said.allowed
    assert all(
        not one["path"].startswith(("/metadata/name", "/metadata/generateName")) for one in said.operations
    )


GIVEN: dict[str, Any] = {"present": MINE, "null": None}


@pytest.mark.parametrize("operation", ["CREATE", "UPDATE", "DELETE", "CONNECT"])
def test_c027_every_combination_of_objects_has_a_result(operation: str) -> None:
    right = {"CREATE": ("present", False), "UPDATE": ("present", True), "DELETE": (None, True)}
    for new, old in itertools.product(("present", "null", "absent"), repeat=2):
        given = request(operation, GIVEN.get(new), GIVEN.get(old), kind=(MINE["apiVersion"], "Notebook"))
        given["request"] |= {"namespace": "team", "name": "mine"}
        for field, how in (("object", new), ("oldObject", old)):
            if how == "absent":
                del given["request"][field]
        is_right = right.get(operation) == ("present" if new == "present" else None, old == "present")
        assert validate(given).code == (None if is_right else 400), (new, old)


def test_c028_a_server_side_apply_is_a_create() -> None:
    options = {
        "apiVersion": "meta.k8s.io/v1",
        "kind": "PatchOptions",
        "force": True,
        "fieldManager": "kubectl",
    }
    assert mutate(with_request(request("CREATE", notebook()), options=options)).operations


def test_c029_dry_runs_are_answered_alike() -> None:
    plain = mutate(request("CREATE", notebook()))
    for flag in (True, False, None):
        assert mutate(with_request(request("CREATE", notebook()), dryRun=flag)) == plain
    assert mutate(with_request(request("CREATE", notebook()), dryRun="true")).code == 400


def test_c030_c031_options_and_unknown_fields_do_not_matter() -> None:
    plain = validate(request("CREATE", MINE))
    for options in (None, {"kind": "Any", "x": 1}):
        assert (
            validate({**with_request(request("CREATE", MINE), options=options, more=[1]), "new": {}}) == plain
        )


def test_c034_everything_but_finalizers_of_a_dying_object_is_judged() -> None:
    dying = with_metadata(MINE, deletionTimestamp="2026-01-01T00:00:00Z", finalizers=["a.example.com/b"])
    freed = with_metadata(dying, finalizers=[])
    assert validate(request("UPDATE", freed, dying)).allowed
    assert validate(request("UPDATE", freed, dying, by="eve")).codes == ("NB704",)
    assert validate(request("UPDATE", changed(freed, templateRef={"name": "no"}), dying)).codes == ("NB201",)


# ---- identity ----


@pytest.mark.parametrize("groups", [None, [], ["a"]])
def test_c040_groups_may_be_missing(groups: Any) -> None:
    given = {"username": "ada", "uid": None, "extra": {"a": ["b"]}, "groups": groups}
    assert validate(request("UPDATE", changed(MINE, stopped=True), MINE, by=given)).allowed
    del given["groups"]
    assert validate(request("UPDATE", changed(MINE, stopped=True), MINE, by=given)).allowed


@pytest.mark.parametrize("info", [{"groups": "admins"}, {"groups": [1]}, {"username": 5}, {"extra": []}, []])
def test_c040_a_user_that_cannot_be_read_is_refused(info: Any) -> None:
    assert validate(request("UPDATE", MINE, MINE, by=info)).code == 400


def test_c041_the_impersonated_user_is_who_asks() -> None:
    by = {"username": "ada", "extra": {"authentication.kubernetes.io/impersonator": ["root"]}}
    assert validate(request("DELETE", None, MINE, by=by)).allowed


@pytest.mark.parametrize("name", sorted(CLEANERS))
def test_c042_c048_cleaners_pass_by_their_exact_names(name: str) -> None:
    assert validate(request("DELETE", None, MINE, by=name)).allowed
    assert validate(request("DELETE", None, notebook(), by=name)).allowed, "an unowned one, too"
    for like in (name.replace("kube-system", "evil").replace("manager", "manager2"), f"{name} ", f"x{name}"):
        assert validate(request("DELETE", None, MINE, by=like)).codes == ("NB704",)


def test_c042_accounts_of_the_settings_are_exact() -> None:
    chosen = nbcore.Settings(cleaners=("system:serviceaccount:kubeflow:nb",))
    assert validate(request("DELETE", None, MINE, by="system:serviceaccount:kubeflow:nb"), chosen).allowed
    assert not validate(request("DELETE", None, MINE, by="system:serviceaccount:evil:nb"), chosen).allowed


def test_c043_extra_is_no_authority() -> None:
    by = {"username": "eve", "extra": {"authentication.kubernetes.io/pod-name": ["mine-0"], "owner": ["ada"]}}
    assert not validate(request("DELETE", None, MINE, by=by)).allowed


@pytest.mark.parametrize("name", ["Ada", "ada ", " ada", "ADA", "ada\n", "аda", "ada\u200b"])
def test_c044_names_are_compared_byte_by_byte(name: str) -> None:
    assert not validate(request("DELETE", None, MINE, by=name)).allowed


def test_c044_composed_and_decomposed_are_two_users() -> None:
    composed, apart = "Andr\u00e9", "Andre\u0301"
    theirs = with_metadata(MINE, annotations={OWNER: composed})
    assert validate(request("DELETE", None, theirs, by=composed)).allowed
    assert not validate(request("DELETE", None, theirs, by=apart)).allowed
    assert label_of(composed) != label_of(apart)


@pytest.mark.parametrize("name", ["", "system:anonymous"])
def test_c046_nobody_is_no_owner(name: str) -> None:
    assert mutate(request("CREATE", notebook(), by=name)).codes == ("NB707",)
    assert validate(request("CREATE", with_metadata(MINE, annotations={OWNER: name}), by=name)).codes == (
        "NB707",
    )
    theirs = with_metadata(MINE, annotations={OWNER: name})
    assert validate(request("DELETE", None, theirs, by=name)).codes == ("NB705",)


def test_c047_admins_are_listed_and_shown_in_the_audit() -> None:
    said = validate(request("DELETE", None, MINE, by=ADMIN))
    assert said.review["response"]["auditAnnotations"] == {"acted-as": "admin"}
    assert not validate(request("DELETE", None, MINE, by=ADMIN), nbcore.Settings(admins=())).allowed
    chosen = nbcore.Settings(admins=("boss", "group:team-admins"))
    assert validate(request("DELETE", None, MINE, by="boss"), chosen).allowed
    assert validate(
        request("DELETE", None, MINE, by={"username": "x", "groups": ["team-admins"]}), chosen
    ).allowed
    for no in ("team-admins", "group:team-admins", {"username": "x", "groups": ["boss"]}):
        assert not validate(request("DELETE", None, MINE, by=no), chosen).allowed


# ---- answers ----


def outcome(count: int, severity: Any = "error", code: str = "NB106", message: str = "wrong") -> Outcome:
    return Outcome(
        tuple(
            finding(code, ("spec", f"f{at}"), f"{message} {at}", "Do.", severity=severity)
            for at in range(count)
        )
    )


REQUEST = parse(request("CREATE", notebook()))


def test_c050_c051_c052_answers_are_whole() -> None:
    for given in (request("CREATE", MINE), request("DELETE", None, MINE, by="eve"), None):
        said = validate(given).review
        assert (said["apiVersion"], said["kind"]) == ("admission.k8s.io/v1", "AdmissionReview")
        assert type(said["response"]["allowed"]) is bool
        assert isinstance(said["response"]["uid"], str)


def test_c053_a_patch_has_its_type() -> None:
    response = mutate(request("CREATE", notebook())).review["response"]
    assert response["patchType"] == "JSONPatch"
    assert json.loads(base64.b64decode(response["patch"], validate=True).decode("utf-8"))


def test_c054_an_empty_patch_is_left_out() -> None:
    marked = changed(MINE, stopped=False, updatePolicy="Auto")
    assert not {"patch", "patchType"} & mutate(request("CREATE", marked)).review["response"].keys()


def test_c055_c056_c057_no_patch_where_none_belongs() -> None:
    wanted = Outcome(object={"other": 1})
    assert "patch" in answer(REQUEST, wanted, "mutate")["response"]
    assert "patch" not in answer(REQUEST, wanted, "validate")["response"]
    denied = Outcome(outcome(1).findings, {"other": 1})
    assert "patch" not in answer(REQUEST, denied, "mutate")["response"]
    gone = parse(request("DELETE", None, MINE))
    assert "patch" not in answer(gone, wanted, "mutate")["response"]


def test_c058_c059_parents_come_first_and_keys_are_escaped() -> None:
    operations = mutate(request("CREATE", notebook())).operations
    jsonpatch.apply_patch(notebook(), operations)
    assert operations[0] == {"op": "add", "path": "/metadata/annotations", "value": {OWNER: "ada"}}
    noted = with_metadata(notebook(), annotations={"note": "x"})
    assert {"op": "add", "path": "/metadata/annotations/jackhoman.dev~1owner", "value": "ada"} in mutate(
        request("CREATE", noted)
    ).operations


def test_c061_c062_c063_a_patch_is_minimal() -> None:
    stored = with_metadata(MINE, managedFields=[{"manager": "x"}], resourceVersion="5", labels={"a": "b"})
    operations = mutate(request("UPDATE", stored, MINE)).operations
    assert operations == [
        {"op": "add", "path": "/metadata/labels/jackhoman.dev~1owner", "value": label_of("ada")}
    ]


def test_c065_feeding_the_patched_object_back_changes_nothing() -> None:
    once = jsonpatch.apply_patch(notebook(), mutate(request("CREATE", notebook())).operations)
    assert mutate(request("CREATE", once)).operations == []


def test_c068_answers_are_the_same_bytes() -> None:
    given = request("CREATE", changed(MINE, env=[{"name": "PATH", "value": "x"}], podDefaults=["a", "b"]))
    first = json.dumps(validate(given).review)
    fresh = nbcore.Catalog([template(), namespace()])
    assert json.dumps(validate(given, catalog=fresh).review) == first


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        (["NB106"], 422),
        (["NB704", "NB106"], 403),
        (["NB236"], 409),
        (["NB236", "NB106"], 422),
        (["NB235"], 422),
        (["NB701"], 403),
    ],
)
def test_c069_the_code_says_what_sort_of_denial_it_is(codes: list[str], code: int) -> None:
    assert code_of([finding(one, (), "x") for one in codes]) == code


def test_c070_the_message_is_one_line_of_a_kibibyte() -> None:
    names = {400: "BadRequest", 403: "Forbidden", 409: "Conflict", 422: "Invalid", 500: "InternalError"}
    for code, reason in names.items():
        status = refused("", Refusal(code, "a\nb\x00" + "ü" * 3000))["response"]["status"]
        assert (status["status"], status["reason"], status["code"]) == ("Failure", reason, code)
        assert status["message"].startswith("a b ")
        assert len(status["message"].encode()) <= 1024
    for count in (1, 2, 40, 400):
        status = answer(REQUEST, outcome(count, message="ü" * 50), "validate")["response"]["status"]
        assert len(status["message"].encode()) <= 1024
        assert ("more" in status["message"]) == (count > 10)


def test_c071_causes_name_the_fields() -> None:
    status = answer(REQUEST, outcome(80), "validate")["response"]["status"]
    details = status["details"]
    assert (details["group"], details["kind"], details["name"]) == ("jackhoman.dev", "Notebook", "mine")
    assert len(details["causes"]) == 51
    assert details["causes"][0] == {
        "reason": "FieldValueInvalid",
        "field": "spec.f0",
        "message": "NB106: wrong 0. Do.",
    }
    assert details["causes"][-1]["message"] == "and 30 more"


def test_c071_every_cause_has_a_reason_that_is_known() -> None:
    known = ("Invalid", "Required", "Forbidden", "NotSupported", "NotFound", "Duplicate")
    for rule in RULES:
        given = Outcome((finding(rule.code, ("spec",), "x", severity="error"),))
        cause = answer(REQUEST, given, "validate")["response"]["status"]["details"]["causes"][0]
        assert cause["reason"] in {f"FieldValue{one}" for one in known}


def test_c071_a_list_element_is_named_by_its_index() -> None:
    wrong = changed(MINE, env=[{"name": "A"}, {"name": "A=B"}])
    causes = validate(request("CREATE", wrong)).review["response"]["status"]["details"]["causes"]
    assert [one["field"] for one in causes] == ["spec.env[1].name"]


def test_c072_all_that_is_wrong_is_said() -> None:
    wrong = changed(MINE, env=[{"name": "A=B"}], nonsense=1, options={"no": "x"})
    said = validate(request("CREATE", wrong))
    assert set(said.codes) == {"NB105", "NB106"} or len(said.codes) >= 2
    assert list(said.codes) == sorted(said.codes)


def test_c073_messages_name_no_other_user_and_no_value() -> None:
    said = validate(request("DELETE", None, with_metadata(MINE, annotations={OWNER: "carla"}), by="eve"))
    assert "carla" not in json.dumps(said.review)
    secret = changed(MINE, env=[{"name": "A=B", "value": "hunter2"}, {"name": "PATH", "value": "hunter2"}])
    assert "hunter2" not in json.dumps(validate(request("CREATE", secret)).review)


def test_c074_what_is_allowed_has_no_status() -> None:
    assert "status" not in validate(request("CREATE", MINE)).review["response"]


def test_c075_c076_c077_warnings_fit() -> None:
    given = Outcome(warnings=("b\n\tc", "", "a" * 500, "a" * 500, *(f"w{at}" for at in range(20))))
    warnings = answer(REQUEST, given, "validate")["response"]["warnings"]
    assert len(warnings) <= 10
    assert warnings == sorted(set(warnings))
    assert all(one.isprintable() and 0 < len(one) <= 240 for one in warnings)
    assert "b  c" in warnings
    assert any("more warnings" in one for one in warnings)
    long = Outcome(warnings=tuple(f"{at}{'x' * 230}" for at in range(9)))
    assert sum(map(len, answer(REQUEST, long, "validate")["response"]["warnings"])) <= 1024


def test_c078_audit_keys_are_names() -> None:
    given = Outcome(audit={"a/b": "x", "ok": "y\n" * 8000, "": "z", "x" * 64: "w", "-a": "v"})
    said = answer(REQUEST, given, "validate")["response"]["auditAnnotations"]
    assert list(said) == ["ok"]
    assert len(said["ok"]) <= 10_240


def test_c079_an_answer_that_is_too_large_denies() -> None:
    said = answer(REQUEST, Outcome(object={"big": "x" * MAX_ANSWER}), "mutate")
    assert said["response"]["status"]["code"] == 413
    assert len(json.dumps(said)) < 2048


def test_c080_c081_an_internal_error_denies(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("secret")

    monkeypatch.setattr("nbcore.admission.notebooks.judged", broken)
    said = validate(request("CREATE", MINE))
    assert (said.allowed, said.code) == (False, 500)
    assert said.review["response"]["uid"]
    assert "secret" not in json.dumps(said.review)
    assert validate(request("DELETE", None, MINE)).allowed, "nothing that people need hangs on it"
    assert validate(request("UPDATE", changed(MINE, stopped=True), MINE)).allowed


# ---- subresources ----


def entered() -> tuple[Server, Json]:
    server = Server([namespace(), template()])
    server.put(MINE)
    carrier = carrier_of(MINE)
    pod = pod_of(carrier)
    server.put(carrier)
    server.put(pod)
    return server, pod


CHOSEN = nbcore.Settings(pod_security="restricted")


def test_c130_a_pod_that_stays_as_it_is_can_be_labelled() -> None:
    pod = pod_of(carrier_of(MINE))
    assert validate(request("CREATE", pod), CHOSEN).code == 422
    labelled = with_metadata(pod, labels={"a": "b"}, finalizers=["x.example.com/y"])
    assert validate(request("UPDATE", labelled, pod), CHOSEN).allowed


@pytest.mark.parametrize("subresource", ["binding", "eviction", "log", "proxy", "status"])
def test_c131_these_subresources_of_pods_are_let_through(subresource: str) -> None:
    pod = pod_of(carrier_of(MINE))
    assert validate(request("UPDATE", pod, pod, by="eve", subresource=subresource), CHOSEN).allowed


def test_c131_a_subresource_that_is_new_is_a_pod() -> None:
    server, pod = entered()
    other = with_metadata(pod, labels={"x": "y"})
    assert server.update(other, "eve", "future").codes == ("NB704",)
    assert server.update(other, "ada", "future").allowed


def test_c132_debug_containers_are_judged() -> None:
    server, pod = entered()
    server.settings = CHOSEN
    root = {"name": "debug", "image": "busybox", "securityContext": {"privileged": True}}
    debugged = {**pod, "spec": {**pod["spec"], "ephemeralContainers": [root]}}
    assert server.update(debugged, "eve", "ephemeralcontainers").codes[-1] == "NB704"
    assert all(one.startswith("NB5") for one in server.update(debugged, "ada", "ephemeralcontainers").codes)
    server.settings = None
    assert server.update(debugged, "ada", "ephemeralcontainers").allowed


def test_c133_a_resize_is_its_owners() -> None:
    server, pod = entered()
    main = {**pod["spec"]["containers"][0], "resources": {"limits": {"cpu": "2"}}}
    larger = {**pod, "spec": {"containers": [main]}}
    assert server.update(larger, "eve", "resize").codes == ("NB704",)
    assert server.update(larger, "ada", "resize").allowed


def test_c133_a_pod_that_an_option_sizes_is_not_resized_beside_it() -> None:
    metadata = {**MINE["metadata"], "name": "sized", "uid": "sized"}
    workspace = {
        "apiVersion": "kubeflow.org/v1beta1",
        "kind": "Workspace",
        "metadata": metadata,
        "spec": {
            "kind": "lab",
            "podTemplate": {
                "volumes": {"data": []},
                "options": {"imageConfig": "scipy", "podConfig": "small"},
            },
        },
    }
    server = Server([namespace()])
    server.put(workspace)
    carrier = carrier_of(workspace, "sized")
    server.put(carrier)
    pod = pod_of(carrier, "sized-0")
    server.put(pod)
    main = {**pod["spec"]["containers"][0], "resources": {"limits": {"cpu": "64"}}}
    larger = {**pod, "spec": {"containers": [main]}}
    assert server.update(larger, "ada", "resize").codes == ("NB716",)
    assert server.update(larger, "eve", "resize").codes == ("NB704", "NB716")
    server.settings = nbcore.Settings(compat="kubeflow")
    assert server.update(larger, "ada", "resize").allowed


def test_c134_labels_of_a_pod_decide_nothing() -> None:
    server, pod = entered()
    for labels in ({OWNER: label_of("eve")}, {"jackhoman.dev/notebook": "theirs"}):
        server.put(with_metadata(pod, labels=labels, annotations={OWNER: "eve"}))
        assert server.enter(pod, "eve").codes == ("NB704",)
        assert server.enter(pod, "ada").allowed


def test_c135_the_status_of_our_kinds_is_its_peoples() -> None:
    done = {**MINE, "status": {"revision": "x"}}
    assert validate(request("UPDATE", done, MINE, by="eve", subresource="status")).codes == ("NB704",)
    for who in ("ada", ADMIN, "system:kube-controller-manager"):
        assert validate(request("UPDATE", done, MINE, by=who, subresource="status")).allowed
    lab = template()
    assert validate(
        request("UPDATE", {**lab, "status": {"x": 1}}, lab, by="eve", subresource="status")
    ).allowed


@pytest.mark.parametrize("subresource", ["exec", "attach", "portforward"])
def test_c136_entering_a_pod_is_its_owners(subresource: str) -> None:
    server, pod = entered()
    assert server.enter(pod, "ada", subresource).allowed
    assert server.enter(pod, ADMIN, subresource).allowed
    for who in ("eve", "system:kube-controller-manager", "system:anonymous", ""):
        assert not server.enter(pod, who, subresource).allowed


def test_c136_what_a_pod_leads_to_is_asked_for_step_by_step() -> None:
    carrier = carrier_of(MINE)
    pod = pod_of(carrier)
    options = {"kind": "PodExecOptions"}
    given = request(
        "CONNECT", options, subresource="exec", kind=("v1", "Pod"), namespace="team", name="mine-0"
    )
    have: list[Json] = []
    for wanted in (pod, carrier, MINE):
        catalog = nbcore.Catalog(have)
        (need,) = needs(given, catalog)
        head = wanted["metadata"]
        assert need == (wanted["apiVersion"], wanted["kind"], "team", head["name"])
        assert validate(given, catalog=catalog).codes == ("NB710",)
        have.append(wanted)
    assert needs(given, nbcore.Catalog(have)) == ()
    assert validate(given, catalog=nbcore.Catalog(have)).allowed


@pytest.mark.parametrize("at", [0, 1])
def test_c136_another_object_of_that_name_is_not_the_same(at: int) -> None:
    chain = [carrier_of(MINE), MINE]
    pod = pod_of(chain[0])
    chain[at] = with_metadata(chain[at], uid="another")
    catalog = nbcore.Catalog([pod, *chain])
    given = request("CONNECT", {}, subresource="exec", kind=("v1", "Pod"), namespace="team", name="mine-0")
    assert validate(given, catalog=catalog).codes == ("NB710",)


def test_c136_pods_of_other_things_are_open() -> None:
    server, _ = entered()
    database = with_metadata(carrier_of(MINE, "database"), ownerReferences=[])
    server.put(database)
    server.put(pod_of(database, "database-0"))
    assert server.enter(pod_of(database, "database-0"), "eve").allowed
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j", "uid": "u"}}
    server.put(pod_of(job, "job"))
    assert server.enter(pod_of(job, "job"), "eve").allowed


def test_c137_other_subresources_of_our_kinds_are_closed() -> None:
    scale = {
        "apiVersion": "autoscaling/v1",
        "kind": "Scale",
        "metadata": {"name": "mine", "namespace": "team"},
    }
    given = request("UPDATE", scale, scale, by="ada", subresource="scale")
    given["request"]["resource"] = {"group": "jackhoman.dev", "version": "v1beta1", "resource": "notebooks"}
    assert validate(given).codes == ("NB704",)
    given["request"]["userInfo"] = ADMIN
    assert validate(given).allowed


def test_c138_mirror_pods_are_left_alone() -> None:
    mirror = with_metadata(pod_of(carrier_of(MINE)), annotations={"kubernetes.io/config.mirror": "x"})
    assert mutate(request("CREATE", mirror)).operations == []


# ---- what is none of ours ----


def test_other_kinds_are_allowed_untouched() -> None:
    for api_version, kind in (
        ("v1", "Secret"),
        ("jackhoman.dev/v1beta1", "Other"),
        ("other.dev/v1", "Notebook"),
    ):
        one = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x", "namespace": "team"}}
        for phase in ("mutate", "validate"):
            said = answered(request("CREATE", one, by="eve"), CATALOG, None, phase)
            assert (said.allowed, said.operations, said.warnings) == (True, [], ())
        assert needs(request("CREATE", one), CATALOG) == ()


def test_an_object_of_another_kind_or_place_is_refused() -> None:
    hidden = {**copy.deepcopy(MINE), "kind": "ConfigMap"}
    assert validate(request("CREATE", hidden, kind=(MINE["apiVersion"], "Notebook"))).code == 400
    assert (
        validate(
            request(
                "CREATE", {**MINE, "apiVersion": "jackhoman.dev/v9"}, kind=(MINE["apiVersion"], "Notebook")
            )
        ).code
        == 400
    )
    assert validate(request("CREATE", MINE, namespace="other")).code == 400


def test_a_phase_that_does_not_exist_is_refused() -> None:
    assert review(request("CREATE", MINE), CATALOG, phase="x")["response"]["status"]["code"] == 400  # type: ignore[arg-type]


def test_the_rules_of_requests_are_registered() -> None:
    assert all(isinstance(finding(code, (), "x"), Finding) for code in CODES if code.startswith("NB70"))
