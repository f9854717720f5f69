"""NB401 to NB407: the metadata of a pod, case by case; each refusal beside what is just accepted."""

from __future__ import annotations

import time
from typing import Any

import pytest

from nbcore.checks.semantics import known_annotations, metadata
from nbcore.kubernetes.paths import Path
from tests.cluster.control_plane import ControlPlane
from tests.units.semantic_cases import Case, case, disagreements, found

TOLERATIONS = known_annotations.TOLERATIONS
COST = known_annotations.DELETION_COST
MIRROR = known_annotations.MIRROR
LIMIT = metadata.MOST_ANNOTATION_BYTES


def named(name: str) -> Case:
    found_here = () if name in GOOD_NAMES else ("NB401 metadata.name",)
    return case(f"name {name[:20]!r} of {len(name)}", *found_here, metadata={"name": name})


GOOD_NAMES = ("a", "1", "a.b", "a-b.c", "x" * 253)
BAD_NAMES = ("a..b", "-a", "a-", "A", "a_b", "a.", "x" * 254, "a\n", "é")
GOOD_PREFIXES = ("a-", "a", "a--", "x" * 57 + "-", "x" * 253, "x" * 252 + "-", "x" * 57 + ".y")
BAD_PREFIXES = {
    **dict.fromkeys(("-", "--", "A-", "a.-", "a_-"), "metadata.name"),
    **dict.fromkeys(("a.", "a_", "x" * 254, "x" * 58 + "_"), "metadata.generateName"),
}
"""What the server names: the prefix, or the name that it made of it."""


def prefixed(prefix: str, name: str | None, server: str = "") -> Case:
    label = f"generateName {prefix[:20]!r} of {len(prefix)}, name {name}"
    faults = ("NB401 metadata.generateName",) if server else ()
    return case(label, *faults, server=server, metadata={"name": name, "generateName": prefix})


NAMES = [
    *map(named, (*GOOD_NAMES, *BAD_NAMES)),
    *(prefixed(prefix, None) for prefix in GOOD_PREFIXES),
    *(prefixed(prefix, None, server) for prefix, server in BAD_PREFIXES.items()),
    # With a name nothing is made of the prefix, so that the server looks less closely.
    prefixed("a.-", "a"),
    prefixed("a_", "a", "metadata.generateName"),
]
KEYS: dict[str, tuple[str, ...]] = {
    "a": (),
    "A.b_c-0": (),
    "example.org/Name": (),
    "x" * 63: (),
    "a b": ("NB403",),
    "/a": ("NB403",),
    "a/": ("NB403",),
    "a/b/c": ("NB403",),
    "x" * 64: ("NB403",),
    "a\n": ("NB403",),
}
VALUES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("", "A", "a_b.c-0", "x" * 63), ()),
    **dict.fromkeys(("-", "a b", "a/b", "a@b", "x" * 64, "a\n", "é"), ("NB403",)),
}


def mapped(field: str, pair: dict[str, str], codes: tuple[str, ...]) -> Case:
    ((key, value),) = pair.items()
    place = found_place(field, key)
    server = f"metadata.{field}" if codes else ""
    label = f"{field} {key[:20]!r} {value[:20]!r}"
    return case(label, *(f"{code} {place}" for code in codes), server=server, metadata={field: pair})


def found_place(field: str, key: str) -> str:
    """The place of a key as a finding prints it."""
    return str(Path(("metadata", field, key)))


LABELS = [
    *(mapped("labels", {key: "v"}, codes) for key, codes in KEYS.items()),
    *(mapped("labels", {"key": value}, codes) for value, codes in VALUES.items()),
    *(mapped("annotations", {key: "any @ text\n"}, codes) for key, codes in KEYS.items()),
    mapped("annotations", {"Example.ORG/name": ""}, ()),
    mapped("labels", {"Example.ORG/name": ""}, ("NB403",)),
    # Lower-cased as Go does it, these are an i and a k.
    mapped("annotations", {"\u0130.org/name": ""}, ()),
    mapped("annotations", {"\u212a.org/name": ""}, ()),
]
SIZES = [
    case("just fits", metadata={"annotations": {"a": "x" * (LIMIT - 1)}}),
    case("a byte too many", "NB403 metadata.annotations", metadata={"annotations": {"a": "x" * LIMIT}}),
    case("in bytes", "NB403 metadata.annotations", metadata={"annotations": {"a": "é" * (LIMIT // 2)}}),
    case("several", "NB403 metadata.annotations", metadata={"annotations": {"a": "x" * LIMIT, "b": ""}}),
]


def annotated(key: str, value: str, wrong: bool, server: str = "", **spec: Any) -> Case:
    codes = (f"NB405 {found_place('annotations', key)}",) if wrong else ()
    label = f"{key} {value[:70]!r} {spec}"
    return case(label, *codes, server=server if wrong else "", metadata={"annotations": {key: value}}, **spec)


GOOD_TOLERATIONS = (
    "",
    "null",
    "[]",
    " [ ] ",
    '[{"operator":"Exists"}]',
    '[{"Key":"a","OPERATOR":"Equal","Value":"b"}]',
    '[{"operator":"Exists","effect":"NoExecute","tolerationSeconds":-0}]',
    '[{"operator":"Exists","effect":"NoExecute","tolerationSeconds":9223372036854775807}]',
    '[{"operator":"Exists","effect":"NoExecute","tolerationSeconds":-9223372036854775808}]',
    '[{"operator":"Exists","more":{"x":[1e999,' + "9" * 5000 + "]}}]",
    '[{"operator":"Exists","operator":null}]',
)
UNREADABLE_TOLERATIONS = (
    "{}",
    '"x"',
    "true",
    "[]x",
    "[[]]",
    "\ufeff[]",
    '[{"operator":1,"operator":"Exists"}]',
    '[{"operator":"Exists","x":NaN}]',
    '[{"operator":"Exists","value":"a\tb"}]',
    *(
        '[{"operator":"Exists","effect":"NoExecute","tolerationSeconds":' + number + "}]"
        for number in ("1.0", "1e1", '"1"', "9223372036854775808", "9" * 5000)
    ),
)
BAD_TOLERATIONS = (
    "[null]",
    '[{"key":"a","value":"b c"}]',
    '[{"key":"a b","operator":"Exists"}]',
    '[{"operator":"Exists","tolerationSeconds":1}]',
    r'[{"key":"\ud800","operator":"Exists"}]',
)
GOOD_COSTS = ("0", "-0", "-08", "1", "2147483647", "-2147483648", "-" + "0" * 6000 + "1")
BAD_COSTS = ("", "-", "08", "+1", "2147483648", "-2147483649", "1_0", " 1", "1.0", "1" * 6000, "\u0663")
CLAIM = {"name": "a", "resourceClaimName": "b"}
ANNOTATIONS = [
    *(annotated(TOLERATIONS, text, wrong=False) for text in GOOD_TOLERATIONS),
    *(annotated(TOLERATIONS, text, True, "metadata.annotations") for text in UNREADABLE_TOLERATIONS),
    *(annotated(COST, text, wrong=False) for text in GOOD_COSTS),
    *(annotated(COST, text, True, f"metadata.annotations[{COST}]") for text in BAD_COSTS),
    annotated(MIRROR, "x", True, f"metadata.annotations[{MIRROR}]"),
    annotated(MIRROR, "x", wrong=False, nodeName="node"),
    case(
        "a mirror pod with a claim",
        "NB405 resourceClaims[0]",
        server="[]",
        metadata={"annotations": {MIRROR: "x"}},
        nodeName="node",
        resourceClaims=[CLAIM],
    ),
]
FINALIZERS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("example.org/a", "example.org/a", "kubernetes", "orphan"): (),
    ("foregroundDeletion",): (),
    ("a",): ("NB406 metadata.finalizers[0]",),
    ("example.org/a", ""): ("NB406 metadata.finalizers[1]",),
    ("A/b",): ("NB406 metadata.finalizers[0]",),
    ("a/b/c",): ("NB406 metadata.finalizers[0]",),
    ("orphan", "foregroundDeletion"): ("NB406 metadata.finalizers",),
}


def finalized(names: tuple[str, ...], *codes: str) -> Case:
    # The server counts the elements only where the prefix is missing.
    server = "metadata.finalizers" if codes and names != ("a",) else ""
    return case(f"finalizers {names}", *codes, server=server, metadata={"finalizers": [*names]})


OWNER = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "lab", "uid": "u"}
BOSS = {**OWNER, "controller": True}


def owned(name: str, *codes: str, server: str = "", owners: list[Any]) -> Case:
    return case(name, *codes, server=server, metadata={"ownerReferences": owners})


OWNERS = [
    owned("an owner", owners=[OWNER]),
    owned("two owners", owners=[BOSS, {**OWNER, "uid": "v", "controller": False}]),
    owned("the same controller twice counts once", owners=[BOSS, BOSS]),
    owned(
        "two controllers",
        "NB407 metadata.ownerReferences[1]",
        server="metadata.ownerReferences",
        owners=[BOSS, {**BOSS, "uid": "v"}],
    ),
    *(
        owned(
            f"no {field}",
            f"NB407 metadata.ownerReferences[0].{field}",
            server=f"metadata.ownerReferences.{field}",
            owners=[{**OWNER, field: ""}],
        )
        for field in OWNER
    ),
    *(
        owned(
            f"version {version}",
            "NB407 metadata.ownerReferences[0].apiVersion",
            server="metadata.ownerReferences.apiVersion",
            owners=[{**OWNER, "apiVersion": version}],
        )
        for version in ("apps/", "/", "a/b/c")
    ),
    *(
        owned(
            f"an Event of {version}",
            "NB407 metadata.ownerReferences[0]",
            server="metadata.ownerReferences",
            owners=[{**OWNER, "apiVersion": version, "kind": "Event"}],
        )
        for version in ("v1", "/v1")
    ),
    owned("another Event", owners=[{**OWNER, "kind": "Event"}]),
]
CASES = [
    *NAMES,
    *LABELS,
    *SIZES,
    *ANNOTATIONS,
    *(finalized(names, *codes) for names, codes in FINALIZERS.items()),
    *OWNERS,
]


@pytest.mark.parametrize("one", CASES, ids=str)
def test_faults(one: Case) -> None:
    assert found(one) == set(one.found)


@pytest.mark.parametrize("text", BAD_TOLERATIONS)
def test_tolerations_in_an_annotation_follow_the_rules_of_tolerations(text: str) -> None:
    one = annotated(TOLERATIONS, text, wrong=True)
    assert found(one) == set(one.found)


def test_the_api_server_agrees(control_plane: ControlPlane) -> None:
    assert disagreements(control_plane, CASES) == []


def test_a_namespace_is_a_dns_label() -> None:
    for name, faults in (("team-a", set()), ("team.a", {"NB401 metadata.namespace"}), ("", set())):
        assert found(case("", metadata={"namespace": name})) == faults


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        (None, ["NB402"]),
        ({}, ["NB402"]),
        ({"name": "", "generateName": ""}, ["NB402"]),
        ({"name": "a"}, []),
        ({"generateName": "a-"}, []),
    ],
)
def test_only_a_whole_pod_needs_a_name(given: Any, codes: list[str]) -> None:
    assert [fault.code for fault in metadata.check_named({"metadata": given or {}})] == codes
    assert list(metadata.check({"metadata": given or {}})) == []


def test_values_of_annotations_are_never_told() -> None:
    for key in (TOLERATIONS, COST):
        for fault in known_annotations.check({"metadata": {"annotations": {key: "my-secret"}}}):
            assert "my-secret" not in fault.message + fault.remedy


def test_hostile_annotations_cost_little() -> None:
    started = time.perf_counter()
    for text in ("[" * 100_000, '[{"x":' * 50_000, '[{"a":1},' * 20_000, "9" * 200_000):
        faults = list(known_annotations.check({"metadata": {"annotations": {TOLERATIONS: text}}}))
        assert {fault.code for fault in faults} <= {"NB405"}
    assert time.perf_counter() - started < 2
