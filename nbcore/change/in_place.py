"""What a stored pod lets change in place, field by field, under conditions; all other fields replace it.

Refuses to know resources, whose change depends on all containers at once.

Source: k8s.io/kubernetes/pkg/apis/core/validation (ValidatePodUpdate), version 1.36.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from nbcore.change.change import Effect
from nbcore.change.comparing import Difference, same
from nbcore.change.places import ABSENT
from nbcore.change.states import State, elements, mapping


def _deadline(one: Difference, before: State, after: State) -> Effect:
    """It may be set, and brought forward."""
    old, new = one.old, one.new
    earlier = old is ABSENT or (type(old) is int and type(new) is int and new <= old)
    return "live" if type(new) is int and earlier else "restart"


def _tolerations(one: Difference, before: State, after: State) -> Effect:
    """Some may be added, and all may have other seconds."""
    old, new = _counted(one.old), _counted(one.new)
    if old is None or new is None:
        return "restart"
    if old == new:
        return "none"
    return (
        "live"
        if {toleration for toleration, _ in old} <= {toleration for toleration, _ in new}
        else "restart"
    )


_Toleration = tuple[frozenset[tuple[str, Any]], Any]


def _counted(tolerations: Any) -> Counter[_Toleration] | None:
    """How often there is each toleration without its seconds, and these; None for what are none."""
    if not isinstance(tolerations, list):
        return None
    try:
        return Counter(
            (
                frozenset((key, value) for key, value in one.items() if key != "tolerationSeconds"),
                one.get("tolerationSeconds"),
            )
            for one in tolerations
        )
    except (AttributeError, TypeError):
        return None


def _gates(one: Difference, before: State, after: State) -> Effect:
    """A gate may be removed."""
    return "live" if len(one.path) == 3 and one.new is ABSENT else "restart"


def _node_selector(one: Difference, before: State, after: State) -> Effect:
    """A gated pod may get more."""
    return "live" if one.old is ABSENT and _gated(before) else "restart"


def _affinity(one: Difference, before: State, after: State) -> Effect:
    """A gated pod may get other preferred nodes, and more that is required of its nodes."""
    inside = one.path[2:3] == ("nodeAffinity",) or {*mapping(one.old), *mapping(one.new)} == {"nodeAffinity"}
    if not (_gated(before) and inside):
        return "restart"
    old, new = _required(before), _required(after)
    if old and (len(old) != len(new) or not all(map(_only_adds, old, new))):
        return "restart"
    return "live"


def _gated(state: State) -> bool:
    return bool(elements(state.spec.get("schedulingGates")))


def _required(state: State) -> list[dict[str, Any]]:
    affinity = state.stored(state.spec.get("affinity"), state.spec_place.fields["affinity"])
    nodes = mapping(mapping(affinity).get("nodeAffinity"))
    required = mapping(nodes.get("requiredDuringSchedulingIgnoredDuringExecution"))
    return elements(required.get("nodeSelectorTerms"))


def _only_adds(old: dict[str, Any], new: dict[str, Any]) -> bool:
    fields = ("matchExpressions", "matchFields")
    pairs = [(elements(old.get(field)), elements(new.get(field))) for field in fields]
    if not any(before for before, _ in pairs):
        return not any(after for _, after in pairs)
    return all(same(before, after[: len(before)]) for before, after in pairs)


def _ephemeral(one: Difference, before: State, after: State) -> Effect:
    """One may be added, by a subresource of its own."""
    return "live" if len(one.path) == 3 and one.old is ABSENT else "restart"


def _node(one: Difference, before: State, after: State) -> Effect:
    """The scheduler gives a live pod its node: that the other state names none is no wish."""
    if one.new is ABSENT:
        return "none" if before.metadata.get("uid") else "restart"
    return "none" if one.old is ABSENT and after.metadata.get("uid") else "restart"


IN_PLACE: Final[Mapping[str, Callable[[Difference, State, State], Effect]]] = {
    "activeDeadlineSeconds": _deadline,
    "affinity": _affinity,
    "ephemeralContainers": _ephemeral,
    "nodeName": _node,
    "nodeSelector": _node_selector,
    "schedulingGates": _gates,
    "tolerations": _tolerations,
}
"""The fields of a pod's spec that may change in place: what a stored difference there does, from state to state."""
