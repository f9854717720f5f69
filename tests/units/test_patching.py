"""Patches, by example: each rule of what is set, what goes, and what is left to others."""

from __future__ import annotations

import time
from typing import Any

import jsonpatch
import pytest

from nbcore.change.arranging import arranged, numbered
from nbcore.change.equality import equal, says_nothing
from nbcore.change.merged import patch_of_merge, patch_of_notes
from nbcore.change.owned import apply_configuration, owned
from nbcore.change.patching import patch
from nbcore.change.shapes import shape_of, struct
from nbcore.kubernetes import pod_schema
from nbcore.strategic.emitting import overlay_with_notes
from nbcore.strategic.merging import merge
from nbcore.strategic.overlaying import OverlayError, overlay

Json = Any


def pod(**spec: Any) -> dict[str, Any]:
    return {"spec": spec}


def main(**fields: Any) -> dict[str, Any]:
    return pod(containers=[{"name": "main", **fields}])


def crd(**fields: Any) -> dict[str, Any]:
    return {"apiVersion": "networking.istio.io/v1", "kind": "VirtualService", **fields}


def stateful_set(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "spec": spec}


def service(*ports: Any, **spec: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Service", "spec": {"ports": [*ports], **spec}}


def short(operations: list[Json]) -> list[str]:
    """Operations in few words: ``+ path value``, ``= path value``, ``- path``, ``from > path``."""
    signs = {"add": "+", "replace": "=", "remove": "-", "move": ">", "test": "?"}
    words = [
        (one.get("from"), signs[one["op"]], one["path"], repr(one["value"]) if "value" in one else None)
        for one in operations
    ]
    return [" ".join(word for word in one if word is not None) for one in words]


E = "/spec/containers/0/env"
A, B, C, X = ({"name": name} for name in "ABCX")
SET: tuple[tuple[str, Json, Json, Json, list[str]], ...] = (
    ("nothing to do", pod(hostname="a"), pod(hostname="a"), None, []),
    ("add", pod(), pod(hostname="a"), None, ["+ /spec/hostname 'a'"]),
    ("parents are added whole", {}, pod(hostname="a"), None, ["+ /spec {'hostname': 'a'}"]),
    ("replace", pod(hostname="b"), pod(hostname="a"), None, ["= /spec/hostname 'a'"]),
    ("1 is not True", crd(a=1), crd(a=True), None, ["= /a True"]),
    ("1 is not 1.0", crd(a=1), crd(a=1.0), None, ["= /a 1.0"]),
    ("the same text", crd(a="1"), crd(a=1), None, ["= /a 1"]),
    ("another type", crd(a={"b": 1}), crd(a=[1]), None, ["= /a [1]"]),
    ("absent is not null", crd(x={}), crd(x={"a": None}), None, ["+ /x/a None"]),
    ("null is not absent", crd(x={"a": None}), crd(x={"a": 1}), None, ["= /x/a 1"]),
    ("null is absent in a pod", pod(hostname="a"), pod(hostname=None), None, []),
    ("a null in the live pod is absent", pod(hostname=None), pod(hostname="a"), None, ["+ /spec/hostname 'a'"]),
    ("escaping", crd(x={}), crd(x={"a/b~c": 1, "": 2}), None, ["+ /x/a~1b~0c 1", "+ /x/ 2"]),
    ("others' fields stay", pod(hostname="b", x=1), pod(hostname="b"), None, []),
    ("an amount in other words", main(resources={"limits": {"cpu": "1", "memory": "1Gi"}}),
     main(resources={"limits": {"cpu": "1000m", "memory": "1024Mi"}}), None, []),
    ("a number for an amount", main(resources={"limits": {"cpu": "2"}}),
     main(resources={"limits": {"cpu": 2}}), None, []),
    ("rounded up to thousandths", main(resources={"limits": {"cpu": "1m"}}),
     main(resources={"limits": {"cpu": "0.0001"}}), None, []),
    ("only in lists of resources", pod(volumes=[{"name": "a", "emptyDir": {"sizeLimit": "1m"}}]),
     pod(volumes=[{"name": "a", "emptyDir": {"sizeLimit": "0.0001"}}]), None,
     ["= /spec/volumes/0/emptyDir/sizeLimit '0.0001'"]),
    ("the old name alone", pod(serviceAccount="a"), pod(serviceAccount="a"), None, []),
    ("the old name, beside the server's new one", pod(serviceAccount="a", serviceAccountName="a"),
     pod(serviceAccount="b"), None, ["= /spec/serviceAccountName 'b'"]),
    ("of two names the new one", pod(serviceAccount="a", serviceAccountName="a"),
     pod(serviceAccount="b", serviceAccountName="a"), None, []),
    ("another amount", main(resources={"limits": {"cpu": "1"}}), main(resources={"limits": {"cpu": "2"}}), None,
     ["= /spec/containers/0/resources/limits/cpu '2'"]),
    ("an amount is a text elsewhere", crd(a="1"), crd(a="1000m"), None, ["= /a '1000m'"]),
    ("zero values that are dropped", main(), main(tty=False, args=[], env=[{"name": "A", "value": ""}][:0]), None, []),
    ("an empty text", main(env=[{"name": "A"}]), main(env=[{"name": "A", "value": ""}]), None, []),
    ("zero values that are kept", main(), main(securityContext={}), None, ["+ /spec/containers/0/securityContext {}"]),
    ("a pointer to zero", pod(securityContext={}), pod(securityContext={"runAsUser": 0}), None,
     ["+ /spec/securityContext/runAsUser 0"]),
    ("a zero in place of a value", main(tty=True), main(tty=False), None, ["= /spec/containers/0/tty False"]),
    ("the server's fields are not ours", {"metadata": {"uid": "a"}, "status": {"a": 1}},
     {"metadata": {"uid": "b", "generation": 1}, "status": {"b": 1}}, {"status": {"a": 1}}, []),
)  # fmt: skip
GOES: tuple[tuple[str, Json, Json, Json, list[str]], ...] = (
    ("what we no longer want", pod(hostname="a"), pod(), pod(hostname="a"), ["- /spec/hostname"]),
    ("even if somebody changed it", pod(hostname="b"), pod(), pod(hostname="a"), ["- /spec/hostname"]),
    ("it is gone already", pod(), pod(), pod(hostname="a"), []),
    ("others' keys stay", {"metadata": {"labels": {"a": "1", "b": "2"}}}, {}, {"metadata": {"labels": {"a": "1"}}},
     ["- /metadata/labels/a"]),
    ("a map that is empty then goes", {"metadata": {"name": "x", "labels": {"a": "1"}}}, {},
     {"metadata": {"labels": {"a": "0"}}}, ["- /metadata/labels"]),
    ("not a map that is wanted", {"metadata": {"labels": {"a": "1"}}}, {"metadata": {"labels": {}}},
     {"metadata": {"labels": {"a": "1"}}}, ["- /metadata/labels/a"]),
    ("who it is stays", {"kind": "A", "metadata": {"name": "a", "namespace": "b"}}, {},
     {"kind": "A", "metadata": {"name": "a", "namespace": "b"}}, []),
    ("a null that we set", crd(x={"a": None, "b": 1}), crd(x={}), crd(x={"a": None}), ["- /x/a"]),
    ("a probe with what the server filled in",
     main(livenessProbe={"httpGet": {"port": 1, "scheme": "HTTP"}, "periodSeconds": 10}),
     main(), main(livenessProbe={"httpGet": {"port": 1}}), ["- /spec/containers/0/livenessProbe"]),
    ("a reference", main(env=[{"name": "A", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "a"}}}]),
     main(env=[A]), main(env=[{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "a"}}}]), [f"- {E}/0/valueFrom"]),
    ("others' part of a struct stays", pod(securityContext={"fsGroup": 1, "runAsUser": 2}), pod(),
     pod(securityContext={"fsGroup": 1}), ["- /spec/securityContext/fsGroup"]),
    ("the old name goes along", pod(serviceAccountName="a", serviceAccount="a"), pod(), pod(serviceAccountName="a"),
     ["- /spec/serviceAccountName", "- /spec/serviceAccount"]),
    ("a custom resource is maps", crd(spec={"a": {"b": 1, "c": 2}}), crd(), crd(spec={"a": {"b": 1}}), ["- /spec/a/b"]),
)  # fmt: skip
UNIONS: tuple[tuple[str, Json, Json, Json, list[str]], ...] = (
    ("a variable", main(env=[{"name": "A", "value": "1"}]), main(env=[{"name": "A", "valueFrom": {}}]), None,
     [f"+ {E}/0/valueFrom {{}}", f"- {E}/0/value"]),
    ("a handler", main(livenessProbe={"exec": {}, "periodSeconds": 1}), main(livenessProbe={"tcpSocket": {"port": 1}}),
     None, ["+ /spec/containers/0/livenessProbe/tcpSocket {'port': 1}", "- /spec/containers/0/livenessProbe/exec"]),
    ("a volume", pod(volumes=[{"name": "a", "emptyDir": {}}]), pod(volumes=[{"name": "a", "secret": {}}]), None,
     ["+ /spec/volumes/0/secret {}", "- /spec/volumes/0/emptyDir"]),
    ("nothing is wanted of it", pod(volumes=[{"name": "a", "emptyDir": {}}]), pod(volumes=[{"name": "a"}]), None, []),
    ("a strategy", stateful_set(updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}),
     stateful_set(updateStrategy={"type": "OnDelete"}), None,
     ["= /spec/updateStrategy/type 'OnDelete'", "- /spec/updateStrategy/rollingUpdate"]),
    ("the same strategy", stateful_set(updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}),
     stateful_set(updateStrategy={"type": "RollingUpdate"}), None, []),
    ("no choice", stateful_set(updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}),
     stateful_set(updateStrategy={"rollingUpdate": {"partition": 1}}), None,
     ["= /spec/updateStrategy/rollingUpdate/partition 1"]),
)  # fmt: skip
P1, P2 = {"port": 1, "protocol": "TCP", "nodePort": 3}, {"port": 2}
LISTS: tuple[tuple[str, Json, Json, Json, list[str]], ...] = (
    ("by name", main(env=[X, A]), main(env=[{**A, "value": "1"}]), None, [f"+ {E}/1/value '1'"]),
    ("at the end", main(env=[A, X]), main(env=[A, B]), None, [f"+ {E}/- {B}"]),
    ("before the next of ours", main(env=[X, B]), main(env=[A, B]), None, [f"+ {E}/1 {A}"]),
    ("goes", main(env=[X, A, B]), main(env=[B]), main(env=[A, B]), [f"- {E}/1"]),
    ("the last index first", main(env=[A, X, B, C]), main(env=[X]), main(env=[A, B, C]),
     [f"- {E}/3", f"- {E}/2", f"- {E}/0"]),
    ("all of it", main(env=[A, B]), main(), main(env=[A, B]), [f"- {E}"]),
    ("all of ours", main(env=[A, X]), main(), main(env=[A]), [f"- {E}/0"]),
    ("never wanted", main(env=[A, X]), main(env=[]), main(env=[]), []),
    ("our order", main(env=[B, X, A]), main(env=[A, B]), None, [f"{E}/2 > {E}/0"]),
    ("the fewest moves", main(env=[C, A, X, B]), main(env=[A, B, C]), None, [f"{E}/0 > {E}/-"]),
    ("two with one name", main(env=[A, {**A, "value": "1"}]), main(env=[A, {**A, "value": "2"}]), None,
     [f"= {E}/1/value '2'"]),
    ("an element without a name", main(env=[A, 7]), main(env=[A]), None, [f"= {E} {[A]}"]),
    ("what several add to", pod(tolerations=[{"key": "x"}]), pod(tolerations=[{"key": "a"}]), None,
     ["+ /spec/tolerations/- {'key': 'a'}"]),
    ("in other words", pod(tolerations=[{"key": "a"}]), pod(tolerations=[{"key": "a", "value": ""}]), None, []),
    ("set members go", pod(tolerations=[{"key": "x"}, {"key": "a"}]), pod(), pod(tolerations=[{"key": "a"}]),
     ["- /spec/tolerations/1"]),
    ("finalizers", {"metadata": {"finalizers": ["x", "a"]}}, {"metadata": {"finalizers": ["b"]}},
     {"metadata": {"finalizers": ["a"]}}, ["- /metadata/finalizers/1", "+ /metadata/finalizers/- 'b'"]),
    ("the server's own order and defaults", service(P1), service({"port": 1}, P2), None,
     ["+ /spec/ports/- {'port': 2}"]),
    ("a key left out is no key removed", service(P1), service({"port": 1}),
     service({"port": 1, "protocol": "TCP"}), []),
    ("another protocol is another port", service(P1), service({"port": 1, "protocol": "UDP"}), None,
     ["+ /spec/ports/- {'port': 1, 'protocol': 'UDP'}"]),
    ("an atomic list", main(args=["a", "x"]), main(args=["a"]), None, ["= /spec/containers/0/args ['a']"]),
    ("lists of a custom resource", crd(spec={"ports": [{"name": "x"}]}), crd(spec={"ports": [{"name": "a"}]}), None,
     ["= /spec/ports [{'name': 'a'}]"]),
    ("with what the server filled in", crd(http=[{"a": 1, "weight": 1}]), crd(http=[{"a": 1}]), None, []),
    ("without what we took away", crd(http=[{"a": 1, "b": 1}]), crd(http=[{"a": 1}]), crd(http=[{"a": 1, "b": 1}]),
     ["= /http [{'a': 1}]"]),
    ("a template", stateful_set(template=main(env=[X])), stateful_set(template=main(env=[A])), None,
     [f"+ /spec/template{E}/- {A}"]),
    ("claims of a set are one list",
     stateful_set(volumeClaimTemplates=[{"spec": {"resources": {"requests": {"storage": "1Gi"}}}, "status": {}}]),
     stateful_set(volumeClaimTemplates=[{"spec": {"resources": {"requests": {"storage": "1024Mi"}}}}]), None, []),
)  # fmt: skip


@pytest.mark.parametrize(
    ("live", "desired", "last", "operations"),
    [pytest.param(*one, id=name) for name, *one in (*SET, *GOES, *UNIONS, *LISTS)],
)
def test_operations(live: Json, desired: Json, last: Json, operations: list[str]) -> None:
    found = patch(live, desired, last, guard=False)
    assert short(found) == operations
    result = jsonpatch.apply_patch(live, found)
    assert patch(result, desired, desired) == []


GUARDS: tuple[tuple[str, Json, Json, Json, list[str]], ...] = (
    ("maps need none", pod(hostname="a"), pod(hostname="b"), None, []),
    ("nor does the end", main(env=[X]), main(env=[X, A]), None, ["? /spec/containers/0/name 'main'"]),
    ("a removal", main(env=[X, A]), main(), main(env=[A]),
     ["? /spec/containers/0/name 'main'", f"? {E}/1/name 'A'"]),
    ("a change", main(env=[{**A, "value": "1"}]), main(env=[{**A, "value": "2"}]), None,
     ["? /spec/containers/0/name 'main'", f"? {E}/0/name 'A'"]),
    ("a place", main(env=[X, B]), main(env=[A, B]), None,
     ["? /spec/containers/0/name 'main'", f"? {E}/1/name 'B'"]),
    ("all parts of a key", service(P1, P2), service(P2), service(P1),
     ["? /spec/ports/0/port 1", "? /spec/ports/0/protocol 'TCP'"]),
    ("an element is its own key", pod(tolerations=[{"key": "a"}, {"key": "x"}]), pod(), pod(tolerations=[{"key": "a"}]),
     ["? /spec/tolerations/0 {'key': 'a'}"]),
)  # fmt: skip


@pytest.mark.parametrize(
    ("live", "desired", "last", "tests"), [pytest.param(*one, id=name) for name, *one in GUARDS]
)
def test_guards(live: Json, desired: Json, last: Json, tests: list[str]) -> None:
    found = patch(live, desired, last)
    assert short([one for one in found if one["op"] == "test"]) == tests
    assert found[: len(tests)] == [one for one in found if one["op"] == "test"]


def test_a_guard_fails_where_somebody_came_in_between() -> None:
    live, desired, last = main(env=[A, B]), main(env=[B]), main(env=[A, B])
    with pytest.raises(jsonpatch.JsonPatchTestFailed):
        jsonpatch.apply_patch(main(env=[X, A, B]), patch(live, desired, last))


def test_what_is_no_object_is_replaced() -> None:
    assert patch([1], {"a": 1}) == [{"op": "replace", "path": "", "value": {"a": 1}}]  # type: ignore[arg-type]
    assert patch({"a": 1}, [1]) == [{"op": "replace", "path": "", "value": [1]}]  # type: ignore[arg-type]
    assert patch([1], [1]) == []  # type: ignore[arg-type]
    assert patch({"a": 1}, None) == []  # type: ignore[arg-type]


def test_shared_parts_are_passed_over() -> None:
    class Untouchable(dict[str, Any]):
        def items(self) -> Any:
            raise AssertionError("looked into a part that is one object on both sides")

    shared = Untouchable(a=1)
    live = pod(containers=[{"name": "main", "x": shared}], affinity=shared)
    desired = pod(containers=[{"name": "main", "x": shared, "image": "i"}], affinity=shared)
    assert short(patch(live, desired, live, guard=False)) == ["+ /spec/containers/0/image 'i'"]


@pytest.mark.parametrize("levels", [150, 5_000])
def test_nesting_without_end(levels: int) -> None:
    one: Json = 1
    other: Json = 2
    for _ in range(levels):
        one, other = {"a": [one]}, {"a": [other]}
    (operation,) = patch(crd(spec=one), crd(spec=other), crd(spec=one))
    assert operation["op"] == "replace"
    assert patch(crd(spec=one), crd(spec=one)) == []
    assert apply_configuration(crd(spec=one))["spec"] is one


def test_long_names_make_no_long_patch() -> None:
    name = "a" * 100_000
    live = crd(spec={name: {str(number): {} for number in range(20_000)}})
    desired = crd(spec={name: {str(number): {"x": 1} for number in range(20_000)}})
    (operation,) = patch(live, desired)
    assert operation["path"] == f"/spec/{name}"


def longest(count: int) -> float:
    """The CPU seconds of the slowest of several patches of so many elements."""
    names = [{"name": str(number)} for number in range(count)]
    others = [{"name": f"x{number}"} for number in range(count)]
    tolerations = [{"key": str(number)} for number in range(count)]
    slowest = 0.0
    for live, desired, last in (
        (main(env=names), main(env=names[::-1]), None),
        (main(env=[*names, *others]), main(env=others), main(env=names)),
        (main(env=others), main(env=[*names, *others]), None),
        (pod(tolerations=tolerations), pod(tolerations=tolerations[::-1]), pod(tolerations=tolerations[::2])),
        (crd(spec=names), crd(spec=names[::-1]), None),
    ):
        start = time.process_time()
        patch(live, desired, last)
        slowest = max(slowest, time.process_time() - start)
    return slowest


def test_time_grows_with_the_size() -> None:
    assert longest(20_000) < 12 * longest(4_000) + 0.2


# ---- the parts ----


def test_numbered_tells_doubles_apart() -> None:
    assert numbered(["a", "b"]) == ["a", "b"]
    assert len(set(numbered(["a", "a", "b", "a"]))) == 4
    assert numbered(["a", "a"])[:1] == ["a"]


def carried_out(live: str, wanted: str, before: str) -> str:
    plan = arranged(live, wanted, before)
    out = list(live)
    for index in reversed(plan.removed):
        del out[index]
    for one in plan.steps:
        element = wanted[one.at] if one.source is None else out.pop(one.source)
        out.insert(len(out) if one.target is None else one.target, element)
    return "".join(out)


@pytest.mark.parametrize(
    ("live", "wanted", "before", "result"),
    [
        ("abc", "abc", "", "abc"),
        ("axb", "ba", "", "xba"),
        ("xay", "ba", "", "xbay"),
        ("xay", "ab", "", "xayb"),
        ("xaybz", "b", "a", "xybz"),
        ("abcdef", "fedcba", "", "fedcba"),
        ("axbycz", "cdab", "", "xcdaybz"),
        ("", "ab", "", "ab"),
        ("ab", "", "ab", ""),
        ("ab", "", "", "ab"),
    ],
)
def test_arranged(live: str, wanted: str, before: str, result: str) -> None:
    found = carried_out(live, wanted, before)
    assert [one for one in found if one in wanted] == list(wanted)
    assert sorted(found) == sorted(result)
    others = [one for one in live if one not in wanted + before]
    assert [one for one in found if one not in wanted] == others


def test_the_zeros_that_are_kept_are_fields() -> None:
    for name in pod_schema.TYPES:
        try:
            known = pod_schema.fields(name)
        except KeyError:
            continue
        assert struct(name).fields.keys() == known.keys()
    assert says_nothing(False, struct("PodSpec").fields["hostNetwork"])
    assert not says_nothing(False, struct("PodSpec").fields["hostUsers"])
    assert not says_nothing(None, None)


def test_equal() -> None:
    amount = struct("EmptyDirVolumeSource").fields["sizeLimit"]
    assert equal("1Gi", "1024Mi", amount)
    assert not equal("1Gi", "1024Mi", None)
    assert not equal("1Gi", "words", amount)
    assert not equal(1, True, None)
    assert equal({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}, None)
    assert not equal({"a": [1, {"b": None}]}, {"a": [1, {"b": False}]}, None)


def test_shapes_of_kinds() -> None:
    assert shape_of({}) is struct("PodTemplateSpec")
    assert shape_of({"kind": "Pod"}, {"apiVersion": "v1", "kind": "Pod"}) is struct("Pod")
    assert shape_of(crd()) is shape_of({"apiVersion": "a/v1", "kind": "B"})
    assert shape_of({"apiVersion": 1, "kind": []}) is struct("PodTemplateSpec")


# ---- server-side apply ----


def test_owned_shares_what_is_ours() -> None:
    tree = {"metadata": {"name": "a", "uid": "b"}, "spec": {}, "status": {}}
    assert owned(tree) == {"metadata": {"name": "a"}, "spec": {}}
    assert owned(tree)["spec"] is tree["spec"]
    plain = pod(hostname="a")
    assert owned(plain) is plain
    assert owned([1]) == owned(None) == {}


def test_apply_configuration() -> None:
    desired = {
        "kind": "Pod",
        "apiVersion": "v1",
        "status": {"phase": "Running"},
        "metadata": {
            "labels": {"a": "b"},
            "name": "a",
            "managedFields": [],
            "resourceVersion": "1",
            "uid": None,
        },
        "spec": {"hostname": None, "containers": [{"name": "main", "tty": None}], "x": 1},
    }
    body = apply_configuration(desired)
    assert list(body) == ["apiVersion", "kind", "metadata", "spec"]
    assert body["metadata"] == {"name": "a", "labels": {"a": "b"}}
    assert body["spec"] == {"containers": [{"name": "main"}], "x": 1}


def test_apply_configuration_takes_the_identity_from_last() -> None:
    last = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "a", "namespace": "b", "labels": {"c": "d"}},
    }
    assert apply_configuration({}, last) == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "a", "namespace": "b"},
    }
    assert apply_configuration(None, None) == {}


def test_apply_configuration_keeps_the_nulls_of_others_types() -> None:
    assert apply_configuration(crd(spec={"a": None}))["spec"] == {"a": None}


# ---- the patch of a merge ----

MERGES: tuple[tuple[str, Json, Json], ...] = (
    ("nothing", pod(hostname="a"), pod()),
    ("fields", pod(hostname="a"), pod(hostname="b", subdomain="c")),
    ("a new map", {}, pod(nodeSelector={"a/b": "c"})),
    ("a null", pod(hostname="a", subdomain="b"), pod(hostname=None, subdomain="c")),
    ("elements", main(env=[A, B]), main(env=[{**A, "value": "1"}, C])),
    ("a unit", main(env=[{"name": "A", "value": "1"}]),
     main(env=[{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}])),
    ("a directive", main(env=[A, B]), main(env=[{**A, "$patch": "delete"}])),
    ("a replacement", pod(nodeSelector={"a": "b", "c": "d"}), pod(nodeSelector={"$patch": "replace", "a": "c"})),
    ("the same value", pod(hostname="a"), pod(hostname="".join(["a"]))),
    ("an atomic list", main(args=["a"]), main(args=["b"])),
    ("a list of whole elements", pod(tolerations=[{"key": "a"}]), pod(tolerations=[{"key": "b"}])),
    ("the same unit", main(env=[{"name": "A", "value": "1"}]), main(env=[{"name": "A", "value": "".join("1")}])),
    ("an order", main(env=[A, B]), main(**{"env": [C], "$setElementOrder/env": [C, B, A]})),
    ("keys that stay", pod(volumes=[{"name": "a", "emptyDir": {}}]),
     pod(volumes=[{"name": "a", "$retainKeys": ["name", "hostPath"], "hostPath": {"path": "/"}}])),
)  # fmt: skip


@pytest.mark.parametrize("laid", [merge, overlay])
@pytest.mark.parametrize(("base", "upper"), [pytest.param(*one, id=name) for name, *one in MERGES])
def test_patch_of_merge(base: Json, upper: Json, laid: Any) -> None:
    result = laid(base, upper)
    operations = patch_of_merge(base, upper, result)
    assert jsonpatch.apply_patch(base, operations) == result
    assert sorted(short(operations)) == sorted(short(patch(base, result, base, guard=False)))


@pytest.mark.parametrize(("base", "upper"), [pytest.param(*one, id=name) for name, *one in MERGES])
def test_patch_of_notes(base: Json, upper: Json) -> None:
    result, notes = overlay_with_notes(base, upper)
    operations = patch_of_notes(notes)
    assert result == overlay(base, upper)
    assert jsonpatch.apply_patch(base, operations) == result
    assert sorted(short(operations)) == sorted(short(patch(base, result, base, guard=False)))


def test_an_amount_in_other_words_is_no_operation() -> None:
    base = main(resources={"limits": {"cpu": "1", "memory": "1Gi"}})
    _, notes = overlay_with_notes(base, main(resources={"limits": {"cpu": "1000m", "memory": "2Gi"}}))
    assert [one["path"] for one in patch_of_notes(notes)] == ["/spec/containers/0/resources/limits/memory"]


def test_one_new_element_twice() -> None:
    base, upper = main(env=[A]), main(env=[B, {**B, "value": "2"}, C])
    result, notes = overlay_with_notes(base, upper)
    assert jsonpatch.apply_patch(base, patch_of_notes(notes)) == result == overlay(base, upper)


def test_an_overlay_with_problems_has_no_notes() -> None:
    with pytest.raises(OverlayError, match="a string would replace a list"):
        overlay_with_notes(main(args=["a"]), main(args="a"))


def test_the_patch_of_a_merge_tells_ports_of_two_protocols_apart() -> None:
    def ported(host: str) -> Any:
        ports = [{"containerPort": 53, "hostIP": host}, {"containerPort": 53, "protocol": "UDP"}]
        return {"spec": {"containers": [{"name": "main", "ports": ports}]}}

    base, upper = ported("10.0.0.1"), ported("10.0.0.2")
    operations = patch_of_merge(base, upper, overlay(base, upper))
    place = "/spec/containers/0/ports/0/hostIP"
    assert operations == [{"op": "replace", "path": place, "value": "10.0.0.2"}]
