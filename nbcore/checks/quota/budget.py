"""The budget: what a namespace and its cluster leave for a pod, read once and asked for many pods.

Refuses to know where the objects come from: the caller gives those of one namespace, and the nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from nbcore.checks.fault import Fault, Faults, Pod
from nbcore.checks.quota import limit_ranges, nodes, quotas
from nbcore.checks.quota.amounts import Demand, demand
from nbcore.checks.quota.limit_ranges import NO_RANGES, Ranges, filled
from nbcore.checks.quota.nodes import Nodes
from nbcore.checks.quota.parts import NOTHING, Amounts, Unreadable, added, fields, text
from nbcore.checks.quota.placement import placement
from nbcore.checks.quota.quotas import Own, Quota, Shortage
from nbcore.checks.quota.scopes import counts_claim, counts_pod, traits
from nbcore.checks.quota.usage import charged, claim, ephemeral_claims, is_of_claims
from nbcore.kubernetes.quantity import Quantity

_REMEDIES: Final[Mapping[str, str]] = {
    "NB103": "Give fewer of them.",
    "NB106": "Write what the API reference has, amounts such as 500m or 2Gi.",
}


class Problem(NamedTuple):
    """Something that cannot be read in an object given: the kind, its number among those given, from 0, and what.

    Shape: ``fault`` has the code NB106 or NB103, and a path of that object.
    """

    kind: str
    number: int
    fault: Fault


@dataclass(frozen=True, slots=True)
class Budget:
    """What there is for the pods of a namespace.

    Shape: ``nodes`` is None where no nodes were given, or some that cannot be read; ``own`` has what each given
    pod is charged for, by its name; ``problems`` are what was left out because it cannot be read.
    """

    quotas: tuple[Quota, ...] = ()
    ranges: Ranges = NO_RANGES
    nodes: Nodes | None = None
    own: Mapping[str, Own] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @staticmethod
    def of(
        quotas: Iterable[Any] = (),
        limit_ranges: Iterable[Any] = (),
        pods: Iterable[Any] = (),
        pvcs: Iterable[Any] = (),
        nodes: Iterable[Any] = (),
    ) -> Budget:
        """The budget of one namespace, from plain objects of it, and from the nodes of the cluster.

        Shape: what a quota's status says is used counts; where it says nothing, the pods and claims given do;
        where none are given, nothing is taken to be used. Objects of other namespaces are not to be given.
        """
        return _budget(quotas, limit_ranges, list(pods), list(pvcs), nodes)


def check(pod: Pod, budget: Budget) -> Faults:
    """NB6: what the budget does not have for the pod, and what of the namespace and the nodes refuses it.

    Shape: a pod of the budget's own pods is judged as if it came back: what it uses itself is free for it.
    Laws: test_nothing_is_found_without_a_budget, test_any_objects_make_a_verdict.
    """
    asked = _asked(pod, budget)
    claims = tuple(ephemeral_claims(pod))
    if asked is not None:
        yield from limit_ranges.faults(asked, budget.ranges)
        yield from quotas.faults(budget.quotas, asked, traits(pod, asked), _own(pod, budget))
    yield from limit_ranges.claim_faults(claims, budget.ranges)
    yield from quotas.claim_faults(budget.quotas, claims)
    if budget.nodes is not None:
        yield from nodes.faults(budget.nodes, placement(pod), asked)


def shortages(pod: Pod, budget: Budget) -> Iterator[Shortage]:
    """What the quotas have too little of for the pod, by quota and resource: the numbers behind NB601."""
    asked = _asked(pod, budget)
    if asked is not None:
        yield from quotas.pod_shortages(budget.quotas, asked, traits(pod, asked), _own(pod, budget))


def _asked(pod: Pod, budget: Budget) -> Demand | None:
    asked = demand(pod)
    return None if asked is None else filled(asked, budget.ranges)


def _own(pod: Pod, budget: Budget) -> Own:
    return budget.own.get(text(fields(pod, "metadata").get("name")), Own())


# ---- reading ----


def _budget(
    given: Iterable[Any],
    given_ranges: Iterable[Any],
    pods: list[Any],
    pvcs: list[Any],
    given_nodes: Iterable[Any],
) -> Budget:
    read, wrong_quotas = quotas.quotas(given)
    kept, wrong_ranges = limit_ranges.ranges(given_ranges)
    found_nodes, wrong_nodes = nodes.nodes(given_nodes)
    wrong = (("ResourceQuota", wrong_quotas), ("LimitRange", wrong_ranges), ("Node", wrong_nodes))
    problems = tuple(_problem(kind, one) for kind, found in wrong for one in found)
    own = [_stored(one) for one in pods]
    pod_usage = _by_trait((one.seen, one.usage) for _, one in own if one.seen is not None)
    readable = [one for one in map(claim, pvcs) if one is not None]
    claim_usage = _by_trait((one.attribute_classes, one.usage) for one in readable)
    counted = tuple(_with_usage(one, pod_usage, claim_usage) for one in read)
    return Budget(counted, kept, found_nodes, {name: one for name, one in own if name}, problems)


def _problem(kind: str, one: Unreadable) -> Problem:
    return Problem(kind, one.number, Fault(one.code, one.path, one.reason, _REMEDIES[one.code]))


def _stored(pod: Any) -> tuple[str, Own]:
    asked = demand(pod)
    name = text(fields(pod, "metadata").get("name"))
    return name, Own(charged(pod, asked), traits(pod, asked or Demand(())), bool(fields(pod, "status")))


_Groups = dict[Any, dict[str, Quantity]]


def _by_trait(charges: Iterable[tuple[Any, Amounts]]) -> _Groups:
    """The usage of like objects together: there are few kinds of them, however many objects."""
    groups: _Groups = {}
    for trait, usage in charges:
        added(groups.setdefault(trait, {}), usage)
    return groups


def _with_usage(one: Quota, pod_usage: _Groups, claim_usage: _Groups) -> Quota:
    """The quota with what the given objects that it counts add up to; unknown where none is given."""
    used: dict[str, Quantity] = {}
    for trait, usage in pod_usage.items():
        added(used, usage if counts_pod(one.scopes, trait) else {})
    for classes, usage in claim_usage.items():
        added(used, usage if counts_claim(one.scopes, classes) else {})
    known = [name for name in one.hard if (claim_usage if is_of_claims(name) else pod_usage)]
    return one._replace(seen={name: used.get(name, NOTHING) for name in known})
