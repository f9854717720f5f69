"""Whether a running pod may be given other amounts of cpu and memory in place, and what restarts then.

Refuses to know the node: an amount that no node has is refused there and then.

Source: KEP-1287; k8s.io/kubernetes/pkg/apis/core/validation (ValidatePodResize) and pkg/apis/core/helper/qos, 1.36.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from nbcore.change.places import ABSENT
from nbcore.change.states import State, elements, mapping, stored_amount
from nbcore.kubernetes.quantity import Quantity

QosClass = Literal["Guaranteed", "Burstable", "BestEffort"]

RESIZABLE: Final = frozenset({"cpu", "memory"})
_SINCE: Final[Mapping[str, int]] = {"container": 33, "init": 36, "pod": 36}
"""The minor version of Kubernetes from which on each level may be resized, with default feature gates."""

_MIRROR: Final = "kubernetes.io/config.mirror"


class Resizing:
    """What may be resized on the way from one state of a pod to the other."""

    def __init__(self, old: State, new: State, minor: int) -> None:
        self._minor = minor
        self._pod_level = _pod_level(old) or _pod_level(new)
        self._possible = (
            not old.windows
            and _MIRROR not in mapping(old.metadata.get("annotations"))
            and not _claims(old)
            and not _claims(new)
            and qos_class(old) == qos_class(new)
        )

    def restarts(
        self, container: dict[str, Any] | None, init: bool, resource: str, old: Any, new: Any
    ) -> bool:
        """Whether the change of one stored amount is refused in place, or restarts the container.

        Shape: `container` is that of the old state, None for the pod's own amounts.
        """
        if new is ABSENT or resource not in RESIZABLE or not self._possible:
            return True
        policies = elements(container.get("resizePolicy")) if container else []
        one_shot = init and container is not None and container.get("restartPolicy") != "Always"
        if self._minor < self._needed(container is None, one_shot):
            return True
        relevant = [one for one in policies if one_shot or one.get("resourceName") == resource]
        return any(one.get("restartPolicy") == "RestartContainer" for one in relevant)

    def _needed(self, whole: bool, one_shot: bool) -> int:
        """The minor version that it takes."""
        if whole or self._pod_level:
            return _SINCE["pod"]
        return _SINCE["init" if one_shot else "container"]


def qos_class(state: State) -> QosClass:
    """The quality-of-service class that the API server gives to a stored pod."""
    if isinstance(state.spec.get("resources"), dict):
        place = state.spec_place.fields["resources"]
        return _class([mapping(state.derive(state.spec, "resources", place, "PodSpec"))])
    return _class([mapping(one.get("resources")) for one in _containers(state)])


def _class(parts: list[dict[str, Any]]) -> QosClass:
    """The class of resources that add up: all guaranteed, some, or none; a request left out is the limit."""
    some, all_guaranteed = False, bool(parts)
    for part in parts:
        requests, limits = mapping(part.get("requests")), mapping(part.get("limits"))
        for name in RESIZABLE:
            limit, request = _positive(limits.get(name)), _positive(requests.get(name, limits.get(name)))
            some = some or limit is not None or request is not None
            all_guaranteed = all_guaranteed and limit is not None and limit == request
    if not some:
        return "BestEffort"
    return "Guaranteed" if all_guaranteed else "Burstable"


def _positive(value: Any) -> Quantity | None:
    """The amount, or None where there is none, or nothing of it."""
    amount = value if value.__class__ is Quantity else stored_amount(value)
    return amount or None


def _pod_level(state: State) -> bool:
    own = mapping(state.spec.get("resources"))
    return bool(own.get("requests") or own.get("limits"))


def _claims(state: State) -> bool:
    return any(mapping(one.get("resources")).get("claims") for one in _containers(state))


def _containers(state: State) -> list[dict[str, Any]]:
    return [*state.containers("containers"), *state.containers("initContainers")]
