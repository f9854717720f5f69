"""NB420 to NB426: where a pod may run, case by case; each refusal beside what is just accepted."""

from __future__ import annotations

import time
from typing import Any

import pytest

from nbcore.checks.semantics import topology_spread
from nbcore.kubernetes.paths import Path
from tests.cluster.control_plane import ControlPlane
from tests.units.semantic_cases import Case, case, disagreements, found

Json = dict[str, Any]
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
SELECTOR: Json = {"matchLabels": {"app": "lab"}}


def selected(pair: dict[str, str], wrong: bool) -> Case:
    ((key, _),) = pair.items()
    codes = (f"NB420 {Path(('nodeSelector', key))}",) if wrong else ()
    return case(f"nodeSelector {pair}", *codes, server="nodeSelector" if wrong else "", nodeSelector=pair)


NODE_SELECTORS = [
    *(selected(pair, wrong=False) for pair in ({"a": "b"}, {"a.b/C": ""}, {"a": "x" * 63})),
    *(selected(pair, wrong=True) for pair in ({"a b": "c"}, {"a": "b c"}, {"": "a"}, {"a": "x" * 64})),
]


def on_nodes(name: str, *codes: str, term: Json) -> Case:
    """A case of a required term; the places are below the term."""
    below = f"affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms[0]"
    affinity = {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [term]}}}
    return case(f"nodes: {name}", *_below(below, codes), affinity=affinity)


def _below(place: str, codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{code.split()[0]} {place}.{code.split()[1]}" for code in codes)


def expression(operator: str, values: list[str], *codes: str, key: str = "gpu") -> Case:
    requirement = {"key": key, "operator": operator, "values": values}
    faults = [code.replace(" ", " matchExpressions[0].") for code in codes]
    return on_nodes(f"{key!r} {operator} {values}", *faults, term={"matchExpressions": [requirement]})


def field(operator: str, values: list[str], *codes: str, key: str = "metadata.name") -> Case:
    requirement = {"key": key, "operator": operator, "values": values}
    faults = [code.replace(" ", " matchFields[0].") for code in codes]
    return on_nodes(f"field {key!r} {operator} {values}", *faults, term={"matchFields": [requirement]})


def preferred(name: str, *codes: str, weight: int = 1, preference: Json | None = None) -> Case:
    term = {"weight": weight, "preference": preference or {}}
    place = f"affinity.nodeAffinity.{PREFERRED}[0]"
    return case(f"prefers {name}", *_below(place, codes), affinity={"nodeAffinity": {PREFERRED: [term]}})


NODES = [
    on_nodes("an empty term", term={}),
    case("no affinity", affinity={}),
    case(
        "no term",
        f"NB420 affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms",
        affinity={"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": []}}},
    ),
    *(expression(operator, ["a", ""]) for operator in ("In", "NotIn")),
    *(expression(operator, []) for operator in ("Exists", "DoesNotExist")),
    *(expression(operator, ["1"]) for operator in ("Gt", "Lt")),
    *(expression(operator, [], "NB420 values") for operator in ("In", "NotIn", "Gt", "Lt")),
    *(expression(operator, ["1"], "NB420 values") for operator in ("Exists", "DoesNotExist")),
    *(expression(operator, ["1", "2"], "NB420 values") for operator in ("Gt", "Lt")),
    *(expression(operator, ["1"], "NB420 operator") for operator in ("", "in", "Equals")),
    expression("In", ["a", "a b"], "NB420 values[1]"),
    expression("Exists", [], "NB420 key", key="a b"),
    field("In", ["node.0"]),
    field("NotIn", ["node"]),
    field("In", [], "NB420 values"),
    field("In", ["a", "b"], "NB420 values"),
    field("Exists", [], "NB420 operator"),
    field("In", ["A"], "NB420 values[0]"),
    field("In", ["a"], "NB420 key", key="metadata.namespace"),
    preferred("anything"),
    preferred(
        "what cannot be", preference={"matchExpressions": [{"key": "a", "operator": "In", "values": ["a b"]}]}
    ),
    preferred("much", weight=100),
    preferred("nothing", "NB420 weight", weight=0),
    preferred("too much", "NB420 weight", weight=101),
    preferred(
        "a bad key",
        "NB420 preference.matchExpressions[0].key",
        preference={"matchExpressions": [{"key": "", "operator": "Exists"}]},
    ),
]


def near(name: str, *codes: str, server: str = "", labels: Json | None = None, **term: Any) -> Case:
    """A case of a required term of pod affinity; the places are below the term."""
    place = f"affinity.podAffinity.{REQUIRED}[0]"
    whole = {"topologyKey": "zone", **term}
    return case(
        f"near: {name}",
        *_below(place, codes),
        server=f"{place}{server}" if server else "",
        metadata={"labels": labels or {}},
        affinity={"podAffinity": {REQUIRED: [whole]}},
    )


def keyed(name: str, *codes: str, server: str = "", labels: Json | None = None, **term: Any) -> Case:
    return near(name, *codes, server=server, labels=labels, **{"labelSelector": {}, **term})


WITH_LABEL = {"k": "v"}
EXISTS = {"key": "k", "operator": "Exists"}
PODS = [
    near("nothing more"),
    near("all", labelSelector=SELECTOR, namespaces=["a"], namespaceSelector={}),
    near("no key", "NB421 topologyKey", topologyKey=""),
    near("a bad key", "NB421 topologyKey", topologyKey="a b"),
    near("a bad namespace", "NB421 namespaces[1]", server=".namespace", namespaces=["a", "a.b"]),
    case(
        "far: a weight of 0",
        f"NB421 affinity.podAntiAffinity.{PREFERRED}[0].weight",
        affinity={"podAntiAffinity": {PREFERRED: [{"weight": 0, "podAffinityTerm": {"topologyKey": "a"}}]}},
    ),
    case(
        "far: no key",
        f"NB421 affinity.podAntiAffinity.{PREFERRED}[0].podAffinityTerm.topologyKey",
        affinity={"podAntiAffinity": {PREFERRED: [{"weight": 1, "podAffinityTerm": {"topologyKey": ""}}]}},
    ),
    near("match keys without selector", "NB422 matchLabelKeys", matchLabelKeys=["k"]),
    near("mismatch keys without selector", "NB422 mismatchLabelKeys", mismatchLabelKeys=["k"]),
    keyed("no keys", matchLabelKeys=[], mismatchLabelKeys=[]),
    keyed("keys", matchLabelKeys=["k", "l"], mismatchLabelKeys=["m", "m"], labels=WITH_LABEL),
    keyed("a bad key to match", "NB422 matchLabelKeys[0]", matchLabelKeys=["a b"]),
    keyed("a bad key not to match", "NB422 mismatchLabelKeys[1]", mismatchLabelKeys=["a", ""]),
    keyed(
        "a key on both sides",
        "NB422 matchLabelKeys[1]",
        matchLabelKeys=["k", "l"],
        mismatchLabelKeys=["l"],
    ),
    # The server adds the pod's own labels to the selector, and only then it looks.
    keyed(
        "a selected key that the pod lacks", matchLabelKeys=["k"], labelSelector={"matchLabels": WITH_LABEL}
    ),
    keyed(
        "a selected key",
        "NB422 matchLabelKeys[0]",
        server="[0]",
        matchLabelKeys=["k"],
        labelSelector={"matchLabels": WITH_LABEL},
        labels=WITH_LABEL,
    ),
    keyed(
        "an expressed key that the pod lacks",
        matchLabelKeys=["k"],
        labelSelector={"matchExpressions": [EXISTS]},
    ),
    keyed(
        "an expressed key",
        "NB422 matchLabelKeys[0]",
        server="[0]",
        matchLabelKeys=["k"],
        labelSelector={"matchExpressions": [EXISTS]},
        labels=WITH_LABEL,
    ),
    keyed(
        "a key expressed twice",
        "NB422 matchLabelKeys[0]",
        server="[0]",
        matchLabelKeys=["k"],
        labelSelector={"matchExpressions": [EXISTS, EXISTS]},
    ),
    keyed(
        "expressed, and not to match",
        mismatchLabelKeys=["k"],
        labelSelector={"matchExpressions": [EXISTS, EXISTS]},
        labels=WITH_LABEL,
    ),
]


def tolerated(toleration: Json, *codes: str) -> Case:
    faults = [f"NB423 tolerations[0].{code}" for code in codes]
    return case(f"tolerates {toleration}", *faults, tolerations=[toleration])


TOLERATIONS = [
    tolerated({"operator": "Exists"}),
    tolerated({"key": "a"}),
    tolerated({"key": "a.b/C", "operator": "", "value": "", "effect": ""}),
    tolerated({"key": "a", "value": "b", "effect": "NoExecute", "tolerationSeconds": -1}),
    tolerated({}, "operator"),
    tolerated({"value": "a"}, "operator"),
    tolerated({"key": "a b"}, "key"),
    tolerated({"key": "a", "value": "b c"}, "operator"),
    tolerated({"key": "a", "operator": "Exists", "value": "b"}, "operator"),
    *(tolerated({"key": "a", "operator": name, "value": "1"}, "operator") for name in ("Lt", "Gt", "equal")),
    tolerated({"key": "a", "effect": "noSchedule"}, "effect"),
    tolerated({"key": "a", "effect": "NoSchedule", "tolerationSeconds": 0}, "effect"),
    tolerated({"key": "a", "tolerationSeconds": 1}, "effect"),
]


def spread(name: str, *codes: str, server: str = "", labels: Json | None = None, **fields: Any) -> Case:
    constraint = {"maxSkew": 1, "topologyKey": "a b", "whenUnsatisfiable": "DoNotSchedule", **fields}
    place = "topologySpreadConstraints[0]"
    return case(
        f"spread: {name}",
        *_below(place, codes),
        server=f"{place}{server}" if server else "",
        metadata={"labels": labels or {}},
        topologySpreadConstraints=[constraint],
    )


def twice(name: str, *codes: str, server: str = "", constraints: list[Json]) -> Case:
    whole = [
        {"maxSkew": 1, "topologyKey": "a", "whenUnsatisfiable": "DoNotSchedule", **one} for one in constraints
    ]
    return case(name, *codes, server=server, topologySpreadConstraints=whole)


SPREADS = [
    spread("any text is a key"),
    spread(
        "all", minDomains=1, nodeAffinityPolicy="Honor", nodeTaintsPolicy="Ignore", labelSelector=SELECTOR
    ),
    spread("no skew", "NB424 maxSkew", maxSkew=0),
    spread("no key", "NB424 topologyKey", topologyKey=""),
    spread("no action", "NB424 whenUnsatisfiable", whenUnsatisfiable=""),
    spread("no domains", "NB424 minDomains", minDomains=0),
    spread("domains at will", "NB424 minDomains", minDomains=1, whenUnsatisfiable="ScheduleAnyway"),
    spread("a bad policy", "NB424 nodeAffinityPolicy", nodeAffinityPolicy=""),
    spread("another bad policy", "NB424 nodeTaintsPolicy", nodeTaintsPolicy="honor"),
    spread("keys without selector", "NB422 matchLabelKeys", matchLabelKeys=["k"]),
    spread("keys", labelSelector={}, matchLabelKeys=["k"], labels=WITH_LABEL),
    spread(
        "a selected key",
        "NB422 matchLabelKeys[0]",
        server="[0]",
        matchLabelKeys=["k"],
        labelSelector={"matchLabels": WITH_LABEL},
        labels=WITH_LABEL,
    ),
    twice("two actions", constraints=[{}, {"whenUnsatisfiable": "ScheduleAnyway"}]),
    twice("two keys", constraints=[{}, {"topologyKey": "b"}]),
    twice(
        "the same twice",
        "NB425 topologySpreadConstraints[0]",
        server="topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}",
        constraints=[{}, {"maxSkew": 2}],
    ),
]

NO_VALUES: tuple[list[str] | None, ...] = (None, [])


def labelled(name: str, *codes: str, server: str = "", **selector: Any) -> Case:
    """A case of a label selector, with places below it."""
    faults = tuple(code.replace(" ", " labelSelector.", 1) for code in codes)
    return spread(name, *faults, server=f".labelSelector.{server}" if server else "", labelSelector=selector)


def required(operator: str, values: list[str] | None, *codes: str, key: str = "a") -> Case:
    requirement = {"key": key, "operator": operator, **({} if values is None else {"values": values})}
    faults = [f"NB426 matchExpressions[0].{code}" for code in codes]
    return labelled(f"{key!r} {operator} {values}", *faults, matchExpressions=[requirement])


SELECTORS = [
    labelled("everything"),
    labelled("labels", matchLabels={"a": "", "b.c/D": "e"}),
    labelled("a bad label", "NB426 matchLabels.a", server="matchLabels", matchLabels={"a": "b c"}),
    *(required(operator, ["a", ""]) for operator in ("In", "NotIn")),
    *(required(operator, values) for operator in ("Exists", "DoesNotExist") for values in NO_VALUES),
    *(required(operator, values, "values") for operator in ("In", "NotIn") for values in NO_VALUES),
    *(required(operator, ["a"], "values") for operator in ("Exists", "DoesNotExist")),
    *(required(operator, ["1"], "operator") for operator in ("", "in", "Gt", "Lt")),
    required("In", ["a", "b c"], "values[1]"),
    required("Exists", [], "key", key="a b"),
    near(
        "a bad namespace selector",
        "NB426 namespaceSelector.matchExpressions[0].values",
        namespaceSelector={"matchExpressions": [{"key": "a", "operator": "In"}]},
    ),
]
CASES = [*NODE_SELECTORS, *NODES, *PODS, *TOLERATIONS, *SPREADS, *SELECTORS]


@pytest.mark.parametrize("one", CASES, ids=str)
def test_faults(one: Case) -> None:
    assert found(one) == set(one.found)


def test_the_api_server_agrees(control_plane: ControlPlane) -> None:
    assert disagreements(control_plane, CASES) == []


def test_of_many_equal_constraints_all_but_the_last_are_named() -> None:
    pod = twice("", constraints=[{}] * 3).pod
    assert [fault.path[-1] for fault in topology_spread.check(pod)] == [0, 1]


def test_long_lists_cost_linear_time() -> None:
    many = [f"k{index}" for index in range(20_000)]
    expressions = [{"key": key, "operator": "Exists"} for key in many]
    term = {"topologyKey": "a", "matchLabelKeys": many, "labelSelector": {"matchExpressions": expressions}}
    constraints = [{"topologyKey": key, "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule"} for key in many]
    started = time.perf_counter()
    assert not found(
        case("", affinity={"podAffinity": {REQUIRED: [term]}}, topologySpreadConstraints=constraints)
    )
    assert time.perf_counter() - started < 10
