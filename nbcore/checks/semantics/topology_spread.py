"""Topology spread constraints: how evenly pods lie over the parts of a cluster.

Refuses to know nodes and other pods.
Source: k8s.io/kubernetes/pkg/apis/core/validation, validateTopologySpreadConstraints.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from nbcore.checks.fault import Fault, Faults, Pod, RawPath
from nbcore.checks.semantics.affinity import label_key_faults
from nbcore.checks.semantics.label_selectors import selector_faults
from nbcore.checks.semantics.values import in_range, one_of, required, shown, spec_of

ACTIONS: Final = ("DoNotSchedule", "ScheduleAnyway")
NODE_POLICIES: Final = ("Honor", "Ignore")

_CONSTRAINTS: RawPath = ("spec", "topologySpreadConstraints")


def check(pod: Pod) -> Faults:
    """What is wrong with the topology spread constraints of a pod."""
    labels = (pod.get("metadata") or {}).get("labels") or {}
    constraints = spec_of(pod).get("topologySpreadConstraints") or []
    for index, constraint in enumerate(constraints):
        path = (*_CONSTRAINTS, index)
        yield from _constraint(path, constraint)
        yield from selector_faults("NB426", (*path, "labelSelector"), constraint.get("labelSelector"))
        # A constraint has no mismatchLabelKeys.
        yield from label_key_faults(path, constraint, labels)
    yield from _repeats(constraints)


def _constraint(path: RawPath, constraint: Mapping[str, Any]) -> Faults:
    action = constraint.get("whenUnsatisfiable") or ""
    domains = constraint.get("minDomains")
    yield from in_range("NB424", (*path, "maxSkew"), "maxSkew", constraint.get("maxSkew") or 0, 1)
    yield from required("NB424", (*path, "topologyKey"), "the topologyKey", constraint.get("topologyKey"))
    yield from one_of("NB424", (*path, "whenUnsatisfiable"), "whenUnsatisfiable", action, ACTIONS)
    yield from in_range("NB424", (*path, "minDomains"), "minDomains", domains, 1)
    if domains is not None and action != "DoNotSchedule":
        message = "minDomains is only allowed where whenUnsatisfiable is DoNotSchedule"
        yield Fault("NB424", (*path, "minDomains"), message, "Remove minDomains.")
    for field in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
        yield from one_of("NB424", (*path, field), field, constraint.get(field), NODE_POLICIES)


def _repeats(constraints: list[dict[str, Any]]) -> Faults:
    """A fault at every constraint that a later one repeats, as the server counts them."""
    pairs = [(one.get("topologyKey") or "", one.get("whenUnsatisfiable") or "") for one in constraints]
    last = {pair: index for index, pair in enumerate(pairs)}
    for index, pair in enumerate(pairs):
        if last[pair] != index:
            message = f"two constraints have the topologyKey {shown(pair[0])} and the same whenUnsatisfiable"
            yield Fault(
                "NB425", (*_CONSTRAINTS, index), message, "Remove one.", ((*_CONSTRAINTS, last[pair]),)
            )
