"""Laws of admission: what lint says is what is answered, in answers that any API server understands."""

from __future__ import annotations

import copy
import json
from typing import Any

import jsonpatch
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import nbcore
from nbcore.admission import Unreadable, decode, encode, encoding, needs, review
from nbcore.dialects.parsed import too_deep
from nbcore.report import Report
from tests.laws.catalogs import scenes
from tests.laws.filtered_kinds import filtered_kinds, labels, workspace
from tests.laws.kinds import small_kinds
from tests.laws.trees import hostile_json
from tests.laws.workspaces import pairs
from tests.units.reviews import (
    ADMIN,
    OWNER,
    Json,
    answered,
    changed,
    namespace,
    notebook,
    request,
    template,
    with_metadata,
)

ASKED = frozenset(f"NB{number}" for number in range(703, 720))
"""Rules about who asks, which lint cannot know."""
REFERENCES = frozenset({"NB205", "NB221"})
KINDS = ("Template", "PodDefault", "WorkspaceKind")
SHALLOW = hostile_json().filter(lambda value: not too_deep(value))


# ---- lint and admission ----


def _filtered(kind: Json, image: str, pod: str, marks: dict[str, str]) -> list[Json]:
    return [kind, workspace("team", f"image-{image}", f"pod-{pod}"), namespace("team", **marks)]


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Json], Json]:
    """Objects of all our kinds, and one more that is created among them."""
    odd = draw(st.booleans())
    objects = draw(
        st.one_of(
            small_kinds(),
            scenes(odd=odd).map(lambda scene: [*scene.objects, scene.notebook]),
            pairs().map(list),
            st.builds(_filtered, filtered_kinds(), st.sampled_from("0123"), st.sampled_from("0123"), labels),
        )
    )
    spaces = {one["metadata"].get("namespace") for one in objects if isinstance(one.get("metadata"), dict)}
    known = {one["metadata"]["name"] for one in objects if one.get("kind") == "Namespace"}
    objects += [
        namespace(one) for one in sorted(filter(None, spaces - known), key=str) if isinstance(one, str)
    ]
    ours = [at for at, one in enumerate(objects) if one.get("kind") in (*KINDS, "Notebook", "Workspace")]
    at = draw(st.sampled_from(ours))
    return [one for index, one in enumerate(objects) if index != at], objects[at]


def errors(report: Report) -> dict[tuple[Any, ...], Any]:
    """The errors of a report, by what makes each the same one."""
    return {
        (one.code, one.source[:3], one.path.keyed): one for one in report.findings if one.severity == "error"
    }


@given(worlds())
@settings(phases=(Phase.explicit, Phase.reuse, Phase.generate))
def test_lint_verdict_equals_admission_verdict(world: tuple[list[Json], Json]) -> None:
    objects, new = world
    catalog = nbcore.Catalog(objects)
    before, after = errors(nbcore.check(objects)), errors(nbcore.check([*objects, new]))
    exempt = ASKED | (REFERENCES if new["kind"] in KINDS else frozenset())
    metadata = new["metadata"]
    source = (new["kind"], metadata.get("namespace", ""), metadata.get("name", ""))
    own = {one for one in after if one[1] == source}
    wrong = {one[0] for one in (own if before else after.keys() - before.keys())} - exempt
    given_ = request("CREATE", new, None, by=ADMIN)
    stamped = answered(given_, catalog, None, "mutate")
    given_["request"]["object"] = jsonpatch.apply_patch(copy.deepcopy(new), stamped.operations)
    said = answered(given_, catalog, None, "validate")
    if said.code == 400:  # no API server sends such an object
        assert own
        return
    found = set(said.codes) - exempt
    if before:
        assert wrong <= found, (wrong, found, said.message)
    else:
        assert wrong == found, (wrong, found, said.message)
        assert said.allowed == (not wrong), said.message


@given(worlds())
def test_an_update_that_changes_nothing_is_admitted(world: tuple[list[Json], Json]) -> None:
    objects, old = world
    metadata = {**old["metadata"], "annotations": {OWNER: "ada"}}
    old = {**old, "metadata": metadata}
    moved = with_metadata(old, annotations={OWNER: "ada", "note": "x"})
    said = answered(request("UPDATE", moved, old), nbcore.Catalog([*objects, old]), None, "validate")
    assert said.allowed or said.code == 400, said.message


# ---- what people need ----


@given(worlds(), st.sampled_from(("ada", ADMIN, "system:kube-controller-manager")), st.data())
def test_stop_and_delete_are_admitted_whatever_the_catalog_holds(
    world: tuple[list[Json], Json], who: Any, data: st.DataObject
) -> None:
    objects, old = world
    field = {"Notebook": "stopped", "Workspace": "paused"}.get(old["kind"])
    if field is None or not isinstance(old.get("spec"), dict):
        old, field = notebook(env="none"), "stopped"
    marked = with_metadata(old, annotations={OWNER: "ada"}, finalizers=["a.example.com/b", "c.example.com/d"])
    old = changed(marked, **{field: False})
    some = [one for one in objects if data.draw(st.booleans())]
    catalog = nbcore.Catalog([*some, *data.draw(st.lists(st.just({"kind": "Broken"}), max_size=1))])
    dying = with_metadata(old, deletionTimestamp="2026-01-01T00:00:00Z")
    for given_ in (
        request("UPDATE", changed(old, **{field: True}), old, by=who),
        request("DELETE", None, old, by=who, name=""),
        request("UPDATE", with_metadata(dying, finalizers=["c.example.com/d"]), dying, by=who),
        request("UPDATE", with_metadata(dying, finalizers=[]), dying, by=who),
    ):
        for phase in ("mutate", "validate"):
            said = answered(given_, catalog, None, phase)
            assert said.allowed, said.message


# ---- answers ----


def is_well_formed(said: Json, given_: Json, phase: str) -> None:
    """An answer that no API server calls a failure."""
    assert said["apiVersion"] == "admission.k8s.io/v1"
    assert said["kind"] == "AdmissionReview"
    response = said["response"]
    inner = given_.get("request") if isinstance(given_, dict) else None
    uid = inner.get("uid") if isinstance(inner, dict) else None
    assert response["uid"] == (uid if isinstance(uid, str) else "")
    assert type(response["allowed"]) is bool
    assert ("patch" in response) == ("patchType" in response)
    assert "patch" not in response or (response["allowed"] and phase == "mutate")
    for warning in response.get("warnings", ()):
        assert warning
        assert len(warning) <= 256
        assert warning.isprintable()
    assert sum(map(len, response.get("warnings", ()))) <= 1024
    assert len(response.get("warnings", ())) <= 10
    if not response["allowed"]:
        status = response["status"]
        assert 400 <= status["code"] < 600
        assert status["status"] == "Failure"
        assert status["reason"]
        assert status["message"]
        assert len(status["message"].encode("utf-8", "replace")) <= 1024
        assert status["message"].isprintable()
    encode(said).decode("ascii")


SCENES = (
    request("CREATE", notebook()),
    request(
        "UPDATE", changed(notebook(), stopped=True), with_metadata(notebook(), annotations={OWNER: "ada"})
    ),
    request("CREATE", template()),
    request("UPDATE", template(home={"mountPath": "/home"}), template()),
    request("DELETE", None, template()),
    request("CONNECT", {"kind": "PodExecOptions"}, subresource="exec", kind=("v1", "Pod"), name="mine-0"),
)
CATALOG = nbcore.Catalog([template(), namespace()])


@st.composite
def spoiled(draw: st.DrawFn) -> Json:
    """A review in which some values are others."""
    given_ = copy.deepcopy(draw(st.sampled_from(SCENES)))
    for _ in range(draw(st.integers(0, 3))):
        at: Any = given_
        while True:
            keys = list(at) if isinstance(at, dict) else list(range(len(at)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if not isinstance(at[key], dict | list) or draw(st.integers(0, 3)) == 0:
                at[key] = draw(hostile_json())
                break
            at = at[key]
    return given_


@given(st.one_of(hostile_json(), spoiled()), st.sampled_from(("mutate", "validate")))
def test_any_json_gives_a_well_formed_answer(given_: Json, phase: Any) -> None:
    said = review(given_, CATALOG, phase=phase)
    is_well_formed(said, given_, phase)
    assert said["response"].get("status", {}).get("code") != 500, said
    assert all(one.name and one.kind != "Secret" for one in needs(given_, CATALOG))


@given(worlds(), st.sampled_from(("mutate", "validate")), st.randoms(use_true_random=False))
def test_answers_do_not_depend_on_the_order_of_keys(
    world: tuple[list[Json], Json], phase: str, chance: Any
) -> None:
    objects, new = world
    given_ = request("CREATE", new)
    plain = answered(given_, nbcore.Catalog(objects), None, phase)
    shuffled = answered(_shuffled(given_, chance), nbcore.Catalog(objects), None, phase)
    assert {**plain.review["response"], "patch": None} == {**shuffled.review["response"], "patch": None}
    assert _applied(new, plain.operations) == _applied(new, shuffled.operations)


def _shuffled(value: Json, chance: Any) -> Json:
    if isinstance(value, list):
        return [_shuffled(one, chance) for one in value]
    if not isinstance(value, dict):
        return value
    keys = list(value)
    chance.shuffle(keys)
    return {key: _shuffled(value[key], chance) for key in keys}


def _applied(value: Json, operations: list[Json]) -> Json:
    return jsonpatch.apply_patch(copy.deepcopy(value), operations)


@given(worlds(), st.sampled_from(("ada", ADMIN)))
def test_mutate_is_idempotent(world: tuple[list[Json], Json], who: Any) -> None:
    objects, new = world
    once = answered(request("CREATE", new, by=who), nbcore.Catalog(objects), None, "mutate")
    wanted = _applied(new, once.operations)
    again = answered(request("CREATE", wanted, by=who), nbcore.Catalog(objects), None, "mutate")
    assert (again.allowed, again.operations) == (once.allowed, [])


@given(
    st.dictionaries(st.text(max_size=5), SHALLOW, max_size=3),
    st.dictionaries(st.text(max_size=5), SHALLOW, max_size=3),
)
def test_unknown_fields_survive_admission(spec: Json, metadata: Json) -> None:
    new = {**notebook(**spec), "other": spec}
    new["metadata"] = {**metadata, **new["metadata"]}
    said = answered(request("CREATE", new), CATALOG, None, "mutate")
    wanted = _applied(new, said.operations)
    for before, after in (
        (new["spec"], wanted["spec"]),
        (new["metadata"], wanted["metadata"]),
        (new, wanted),
    ):
        kept = {key: after[key] for key in before if key not in _OURS}
        assert json.dumps(kept) == json.dumps({key: before[key] for key in before if key not in _OURS})


_OURS = frozenset({"spec", "metadata", "annotations", "labels", "stopped", "updatePolicy"})


@given(worlds())
def test_a_patch_is_applicable_and_exact(world: tuple[list[Json], Json]) -> None:
    objects, new = world
    said = answered(request("CREATE", new), nbcore.Catalog(objects), None, "mutate")
    assert all("value" in one for one in said.operations if one["op"] in ("add", "replace"))
    wanted = _applied(new, said.operations)
    touched = (
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "managedFields",
        "name",
        "namespace",
        "generateName",
    )
    for field in touched:
        assert wanted["metadata"].get(field) == new["metadata"].get(field)
    assert wanted.get("status") == new.get("status")
    if said.operations and new["kind"] in ("Notebook", "Workspace"):
        assert wanted["metadata"]["annotations"][OWNER] == "ada"


# ---- bytes ----


BODIES = st.one_of(
    st.binary(max_size=40),
    SHALLOW.map(lambda value: json.dumps(value).encode()),
    st.sampled_from(
        (
            b"",
            b"\xef\xbb\xbf{}",
            b'"\\ud800"',
            b'"\\ud83d\\ude00"',
            b"NaN",
            b"1e999",
            b"-1e999",
            b"Infinity",
            b"1" * 4300,
            b"1" * 4301,
            b"-" + b"1" * 4300,
            b"18446744073709551616",
            b"[" * 100 + b"]" * 100,
            b"[" * 101 + b"]" * 101,
            b"[" * 100_000,
            b'{"a":' * 99 + b"{}" + b"}" * 99,
            b'{"a":' * 100 + b"{}" + b"}" * 100,
            "{}".encode("utf-16"),
            b'{"a":1,"a":2}',
            b"\x00",
            b'"\x01"',
            b"{}{}",
            b" {} ",
            b"-0",
            b"1.0",
        )
    ),
)


@given(BODIES)
def test_bytes_are_read_alike_with_and_without_the_accelerator(body: bytes) -> None:
    fast = _decoded(body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding, "orjson", None)
        assert _decoded(body) == fast


def _decoded(body: bytes) -> str:
    try:
        return repr(decode(body))
    except Unreadable as why:
        return f"unreadable: {bool(str(why))}"
