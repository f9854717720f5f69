"""Scopes: which pods and which claims a ResourceQuota counts at all.

Refuses to know amounts. A priority class that the cluster gives to pods which name none is not known here.
Source: podMatchesScopeFunc and pvcMatchesScopeFunc of k8s.io/kubernetes/pkg/quota/v1/evaluator/core.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from nbcore.checks.fault import Pod
from nbcore.checks.quota.amounts import Demand, is_best_effort
from nbcore.checks.quota.parts import elements, fields, text, texts
from nbcore.kubernetes.selector import Requirement

PRIORITY_CLASS: Final = "PriorityClass"
ATTRIBUTES_CLASS: Final = "VolumeAttributesClass"
_OPERATORS: Final = ("In", "NotIn", "Exists", "DoesNotExist")


class Traits(NamedTuple):
    """What the scopes look at in a pod."""

    terminating: bool
    best_effort: bool
    cross_namespace: bool
    priority_class: str


_HOLDS: Final[Mapping[str, Callable[[Traits], bool]]] = {
    "Terminating": lambda traits: traits.terminating,
    "NotTerminating": lambda traits: not traits.terminating,
    "BestEffort": lambda traits: traits.best_effort,
    "NotBestEffort": lambda traits: not traits.best_effort,
    "CrossNamespacePodAffinity": lambda traits: traits.cross_namespace,
}
SCOPES: Final = (*_HOLDS, PRIORITY_CLASS, ATTRIBUTES_CLASS)


def traits(pod: Pod, asked: Demand) -> Traits:
    """What the scopes look at in this pod."""
    spec = fields(pod, "spec")
    deadline = spec.get("activeDeadlineSeconds")
    terminating = isinstance(deadline, int) and not isinstance(deadline, bool) and deadline >= 0
    crossing = any(map(_crosses, _affinity_terms(fields(spec, "affinity"))))
    return Traits(terminating, _best_effort(pod, asked), crossing, text(spec.get("priorityClassName")))


def _best_effort(pod: Pod, asked: Demand) -> bool:
    known = text(fields(pod, "status").get("qosClass"))
    return known == "BestEffort" if known else is_best_effort(asked)


def _affinity_terms(affinity: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for kind in ("podAffinity", "podAntiAffinity"):
        rules = fields(affinity, kind)
        for _, term in elements(rules.get("requiredDuringSchedulingIgnoredDuringExecution")):
            yield term
        for _, weighted in elements(rules.get("preferredDuringSchedulingIgnoredDuringExecution")):
            yield fields(weighted, "podAffinityTerm")


def _crosses(term: dict[str, Any]) -> bool:
    return bool(term.get("namespaces")) or term.get("namespaceSelector") is not None


def scopes(spec: dict[str, Any]) -> tuple[Requirement, ...] | None:
    """What a quota's spec asks of the objects that it counts; None when a scope or an operator is none."""
    found = [Requirement(name, "Exists") for name in texts(spec.get("scopes"))]
    for _, one in elements(fields(spec, "scopeSelector").get("matchExpressions")):
        values = texts(one.get("values"))
        name, operator = text(one.get("scopeName")), text(one.get("operator"))
        found.append(Requirement(name, operator, values, frozenset(values)))
    valid = all(one.key in SCOPES and one.operator in _OPERATORS for one in found)
    return tuple(found) if valid else None


def counts_pod(required: tuple[Requirement, ...], seen: Traits) -> bool:
    """Whether a quota with these scopes counts such a pod."""
    return all(_holds(one, seen) for one in required)


def _holds(required: Requirement, seen: Traits) -> bool:
    if required.key == PRIORITY_CLASS:
        return required.matches({PRIORITY_CLASS: seen.priority_class} if seen.priority_class else {})
    return required.key in _HOLDS and _HOLDS[required.key](seen)


def counts_claim(required: tuple[Requirement, ...], classes: frozenset[str]) -> bool:
    """Whether a quota with these scopes counts a claim of these VolumeAttributesClasses."""
    return all(one.key == ATTRIBUTES_CLASS and _holds_of_claim(one, classes) for one in required)


def _holds_of_claim(required: Requirement, classes: frozenset[str]) -> bool:
    if not classes:
        return required.matches({})
    return any(required.matches({ATTRIBUTES_CLASS: one}) for one in classes)
