"""The laws of what fits: totals, quotas, limit ranges and nodes, for any pod and any objects."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nbcore.checks.quota import Budget, check, largest, shortages
from nbcore.checks.quota.amounts import SIDES, Side, demand, total
from nbcore.checks.quota.limit_ranges import filled, ranges
from nbcore.checks.quota.nodes import nodes
from nbcore.checks.quota.placement import placement
from nbcore.checks.quota.usage import pod_usage
from nbcore.kubernetes.quantity import Quantity
from tests.laws.trees import hostile_json

Json = Any

RESOURCES = ("cpu", "memory", "nvidia.com/gpu", "hugepages-2Mi")
AMOUNTS = ("0", "1", "2", "1500m", "1Ki", "3", "5")
LABELS = ("gpu", "zone")
VALUES = ("a", "b", "1", "2")

amounts = st.dictionaries(st.sampled_from(RESOURCES), st.sampled_from(AMOUNTS), max_size=3)
resources = st.fixed_dictionaries({}, optional={"requests": amounts, "limits": amounts})
containers = st.fixed_dictionaries({"name": st.sampled_from(("a", "b"))}, optional={"resources": resources})
init_containers = st.one_of(containers, containers.map(lambda one: {**one, "restartPolicy": "Always"}))
labels = st.dictionaries(st.sampled_from(LABELS), st.sampled_from(VALUES))
tolerations = st.fixed_dictionaries(
    {"key": st.sampled_from(("", *LABELS))},
    optional={
        "operator": st.sampled_from(("Exists", "Equal")),
        "value": st.sampled_from(VALUES),
        "effect": st.sampled_from(("NoSchedule", "NoExecute")),
    },
)
specs = st.fixed_dictionaries(
    {"containers": st.lists(containers, min_size=1, max_size=3)},
    optional={
        "initContainers": st.lists(init_containers, max_size=3),
        "resources": resources,
        "nodeSelector": labels,
        "tolerations": st.lists(tolerations, max_size=2),
        "overhead": amounts,
        "activeDeadlineSeconds": st.just(60),
    },
)
pods = specs.map(lambda spec: {"metadata": {"name": "pod"}, "spec": spec})
hard = st.dictionaries(
    st.sampled_from(("pods", "cpu", "requests.cpu", "limits.cpu", "memory", "requests.nvidia.com/gpu")),
    st.sampled_from(AMOUNTS),
    min_size=1,
)
quotas = st.builds(
    lambda hard, used, scopes: {
        "metadata": {"name": "quota"},
        "spec": {"hard": hard, "scopes": scopes},
        "status": {"used": used},
    },
    hard,
    hard,
    st.sampled_from(([], ["Terminating"], ["NotBestEffort"])),
)
items = st.fixed_dictionaries(
    {"type": st.sampled_from(("Container", "Pod"))},
    optional=dict.fromkeys(("min", "max", "default", "defaultRequest", "maxLimitRequestRatio"), amounts),
)
limit_ranges = st.lists(items, max_size=2).map(
    lambda limits: {"metadata": {"name": "range"}, "spec": {"limits": limits}}
)
taints = st.fixed_dictionaries(
    {"key": st.sampled_from(LABELS), "effect": st.sampled_from(("NoSchedule", "NoExecute"))}
)
node_objects = st.builds(
    lambda name, labels, taints, allocatable: {
        "metadata": {"name": name, "labels": labels},
        "spec": {"taints": taints},
        "status": {"allocatable": allocatable},
    },
    st.sampled_from(("n1", "n2")),
    labels,
    st.lists(taints, max_size=2),
    amounts,
)


# ---- what a pod asks for ----


def _defaulted(container: Json) -> Json:
    own = container.get("resources", {})
    return {
        **container,
        "resources": {**own, "requests": {**own.get("limits", {}), **own.get("requests", {})}},
    }


@given(pods)
def test_filling_in_what_the_server_fills_in_changes_nothing(pod: Json) -> None:
    spec = pod["spec"]
    after = {
        key: [_defaulted(one) for one in spec[key]] for key in ("containers", "initContainers") if key in spec
    }
    first, second = demand(pod), demand({"spec": {**spec, **after}})
    assert first is not None
    assert second is not None
    for side in SIDES:
        assert total(first, side) == total(second, side)


def _moments(spec: Json, side: Side) -> list[dict[str, Fraction]]:
    """What runs at each moment of a pod's life, by resource."""
    running: list[Json] = []
    found = []
    for one in spec.get("initContainers", ()):
        found.append(_sum([*running, one], side))
        running += [one] if one.get("restartPolicy") == "Always" else []
    return [*found, _sum([*running, *spec["containers"]], side)]


def _sum(together: list[Json], side: Side) -> dict[str, Fraction]:
    found: dict[str, Fraction] = {}
    for one in together:
        own = one.get("resources", {})
        mine = {**(own.get("limits", {}) if side == "requests" else {}), **own.get(side, {})}
        for name, amount in mine.items():
            found[name] = found.get(name, Fraction(0)) + Quantity(amount).value
    return found


@given(pods)
def test_the_total_is_what_runs_at_once_at_most(pod: Json) -> None:
    pod["spec"].pop("resources", None)
    asked = demand(pod)
    assert asked is not None
    for side in SIDES:
        moments = _moments(pod["spec"], side)
        most = {name: max(one.get(name, Fraction(0)) for one in moments) for one in moments for name in one}
        found = total(asked, side, overhead=False)
        assert {name: one.value for name, one in found.items()} == most


@given(pods, containers)
def test_a_pod_that_asks_for_more_is_charged_for_no_less(pod: Json, more: Json) -> None:
    pod["spec"].pop("resources", None)
    larger = {"spec": {**pod["spec"], "containers": [*pod["spec"]["containers"], more]}}
    before, after = demand(pod), demand(larger)
    assert before is not None
    assert after is not None
    usage = pod_usage(after)
    assert all(usage[name] >= one for name, one in pod_usage(before).items())


# ---- quotas ----


@given(pods, quotas)
def test_a_shortage_is_what_is_missing(pod: Json, quota: Json) -> None:
    for one in shortages(pod, Budget.of([quota])):
        assert one.short > Quantity(0)
        roomier = {
            **quota["spec"],
            "hard": {**quota["spec"]["hard"], one.resource: str(one.hard + one.short)},
        }
        tighter = {**quota["spec"], "hard": {**quota["spec"]["hard"], one.resource: str(one.hard)}}
        names = [
            {lack.resource for lack in shortages(pod, Budget.of([{**quota, "spec": spec}]))}
            for spec in (roomier, tighter)
        ]
        assert one.resource not in names[0]
        assert one.resource in names[1]


@given(pods, quotas)
def test_what_is_not_asked_for_is_never_short(pod: Json, quota: Json) -> None:
    asked = demand(pod)
    assert asked is not None
    usage = {name for name, one in pod_usage(asked).items() if one}
    assert {one.resource for one in shortages(pod, Budget.of([quota]))} <= usage


# ---- limit ranges ----


@given(pods, limit_ranges)
def test_filling_in_twice_is_filling_in_once(pod: Json, one: Json) -> None:
    asked = demand(pod)
    assert asked is not None
    kept, _ = ranges([one])
    assert filled(filled(asked, kept), kept) == filled(asked, kept)


@given(pods, limit_ranges, amounts, amounts)
def test_a_further_bound_forgives_nothing(pod: Json, one: Json, least: Json, most: Json) -> None:
    more = {"metadata": {"name": "more"}, "spec": {"limits": [{"type": "Pod", "min": least, "max": most}]}}
    before = {(fault.code, fault.path) for fault in check(pod, Budget.of(limit_ranges=[one]))}
    after = {(fault.code, fault.path) for fault in check(pod, Budget.of(limit_ranges=[one, more]))}
    assert bool(before) <= bool(after)


# ---- nodes ----


@given(pods, st.lists(node_objects, min_size=1, max_size=3), node_objects)
def test_a_further_node_refuses_nothing(pod: Json, some: list[Json], more: Json) -> None:
    if not list(check(pod, Budget.of(nodes=some))):
        assert list(check(pod, Budget.of(nodes=[*some, more]))) == []


@given(pods, tolerations, node_objects)
def test_a_further_toleration_refuses_no_node(pod: Json, more: Json, one: Json) -> None:
    wider = {"spec": {**pod["spec"], "tolerations": [*pod["spec"].get("tolerations", ()), more]}}
    before, after = placement(pod), placement(wider)
    given_nodes, _ = nodes([one])
    assert given_nodes is not None
    for taint in given_nodes.all[0].taints:
        assert before.tolerates(taint) <= after.tolerates(taint)


# ---- the whole ----


@given(pods)
def test_nothing_is_found_without_a_budget(pod: Json) -> None:
    assert list(check(pod, Budget())) == []
    assert Budget.of() == Budget()


@given(st.lists(hostile_json(), max_size=3), hostile_json(), st.data())
def test_any_objects_make_a_verdict(objects: list[Json], pod: Json, data: st.DataObject) -> None:
    budget = Budget.of(objects, objects, objects, objects, objects)
    assert all(one.fault.code in ("NB103", "NB106") for one in budget.problems)
    for one in (pod, {"spec": pod}, {"spec": {"containers": pod, "initContainers": [pod], "volumes": [pod]}}):
        assert all(fault.code.startswith("NB6") for fault in check(one, budget))
    spec = data.draw(specs)
    spec[data.draw(st.sampled_from(sorted(spec)))] = pod
    mixed = Budget.of(
        [{"spec": pod}], [{"spec": {"limits": [pod]}}], [{"spec": pod}], [{"spec": pod}], [{"status": pod}]
    )
    assert all(fault.message and fault.path for fault in check({"spec": spec}, mixed))


@given(st.lists(pods, min_size=1, max_size=4), quotas)
def test_the_largest_that_fits_is_surpassed_by_none_that_fits(some: list[Json], quota: Json) -> None:
    budget = Budget.of([quota])
    options = {str(number): [pod] for number, pod in enumerate(some)}
    found = largest(options, budget)
    fitting = [name for name, (pod,) in options.items() if not list(check(pod, budget))]
    assert (found.overall in fitting) if fitting else (found.overall is None)
    best = _requests(options[found.overall][0]) if found.overall else {}
    for name in fitting:
        other = _requests(options[name][0])
        assert not (
            all(other[one] >= best[one] for one in best) and any(other[one] > best[one] for one in best)
        )


def _requests(pod: Json) -> dict[str, Fraction]:
    asked = demand(pod)
    assert asked is not None
    wanted = total(asked, "requests")
    return {
        name: wanted[name].value if name in wanted else Fraction(0)
        for name in ("cpu", "memory", "nvidia.com/gpu")
    }
