"""What a pod asks for as a whole: `spec.resources` beside its containers, and the overhead of its runtime.

Refuses to know what a node, a quota or a RuntimeClass allows.
Source: k8s.io/kubernetes/pkg/apis/core/validation, validatePodResources, validateOverhead; defaults by
defaultHugePagePodLimits and defaultPodRequests; sums by AggregateContainerRequests.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple

from nbcore.checks.fault import Fault, Faults, Pod, RawPath
from nbcore.checks.semantics.resources import HUGE_PAGES, Amounts, amounts, requirement_faults
from nbcore.checks.semantics.values import elements, shown, spec_of
from nbcore.kubernetes import names
from nbcore.kubernetes.quantity import Quantity

POD_RESOURCES: Final[tuple[str, ...]] = ("cpu", "memory")
"""What a pod as a whole can ask for, beside huge pages."""

_AT: RawPath = ("spec", "resources")
_OVERHEAD: RawPath = ("spec", "overhead")


def check(pod: Pod) -> Faults:
    """What is wrong with the resources of a pod as a whole, and with its overhead."""
    spec = spec_of(pod)
    asked = spec.get("resources")
    if asked is not None:
        yield from _forbidden() if _is_windows(spec) else _pod_resources(spec, asked)
    overhead = spec.get("overhead")
    if overhead is not None and not spec.get("runtimeClassName"):
        message = "the overhead is that of a RuntimeClass, and the pod names none"
        yield Fault("NB428", _OVERHEAD, message, "Name the runtimeClassName, or leave the overhead out.")
    for fault in requirement_faults({"limits": overhead}, _OVERHEAD) if overhead else ():
        # The overhead is a map of amounts, without the step `limits`.
        yield fault._replace(path=(*_OVERHEAD, *fault.path[len(_OVERHEAD) + 1 :]))


def _is_windows(spec: Mapping[str, Any]) -> bool:
    return (spec.get("os") or {}).get("name") == "windows"


def _forbidden() -> Faults:
    message = "a Windows pod cannot have resources as a whole"
    yield Fault("NB427", _AT, message, "Ask for them in its containers.", (("spec", "os", "name"),))


def _pod_resources(spec: Mapping[str, Any], asked: Mapping[str, Any]) -> Faults:
    if asked.get("claims") is not None:
        message = "resource claims are named by containers, not by the pod as a whole"
        yield Fault("NB427", (*_AT, "claims"), message, "Name the claims in the containers that use them.")
    for side in ("limits", "requests"):
        for name in asked.get(side) or ():
            reason = problem_with_pod_resource(name)
            if reason:
                message = f"the resource {shown(name)} {reason}"
                yield Fault("NB427", (*_AT, side, name), message, "Ask for it in the containers.")
    needed = Asked(total(spec, _limits), total(spec, _requests))
    given = _completed(asked, needed)
    for fault in requirement_faults(given._asdict(), _AT, lambda name: None):
        if _is_written(asked, fault.path):
            yield fault
    yield from _sums(needed, given, asked.get("requests") or ())
    yield from _single_limits(spec, given.limits)


def _is_written(asked: Mapping[str, Any], path: RawPath) -> bool:
    """Whether the pod says it itself; what is wrong with a default is told where that comes from."""
    side, name = (*path[len(_AT) :], "", "")[:2]
    return not name or name in (asked.get(str(side)) or ())


def problem_with_pod_resource(name: str) -> str | None:
    """Why a pod as a whole may not ask for a resource of that name, or None."""
    if name in POD_RESOURCES:
        return None
    if name.startswith(HUGE_PAGES):
        return names.problem_with_label_key(name)
    return "is not one that a pod as a whole can ask for: cpu, memory and huge pages are"


class Asked(NamedTuple):
    """Limits and requests."""

    limits: Amounts
    requests: Amounts


def _completed(asked: Mapping[str, Any], needed: Asked) -> Asked:
    """Limits and requests of the pod with the defaults that the server takes from its containers.

    Shape: what the containers request is taken only as far as the pod's limit; `_sums` tells of the rest.
    """
    limits, requests = amounts(asked, "limits"), amounts(asked, "requests")
    if limits or requests:
        pages = {name: one for name, one in needed.limits.items() if name.startswith(HUGE_PAGES)}
        limits = {**{name: one for name, one in pages.items() if name not in requests}, **limits}
    if limits:
        sums = needed.requests
        known = {
            name: min(sums[name], limits.get(name, sums[name])) for name in POD_RESOURCES if name in sums
        }
        able = {name: one for name, one in limits.items() if problem_with_pod_resource(name) is None}
        requests = {**able, **known, **requests}
    return Asked(limits, requests)


# ---- the containers together ----


def total(spec: Mapping[str, Any], asked: Callable[[Mapping[str, Any]], Amounts]) -> dict[str, Quantity]:
    """What the containers of a pod ask for together: the most that ever runs at the same time."""
    running: dict[str, Quantity] = {}
    _add(running, (asked(container) for _, container in elements(spec, "containers")))
    sidecars: dict[str, Quantity] = {}
    starting: dict[str, Quantity] = {}
    for _, container in elements(spec, "initContainers"):
        stage = asked(container)
        if container.get("restartPolicy") == "Always":
            _add(running, (stage,))
            _add(sidecars, (stage,))
            stage = sidecars
        else:
            both = dict(stage)
            _add(both, (sidecars,))
            stage = both
        _raise(starting, stage)
    _raise(running, starting)
    return running


def _add(sums: dict[str, Quantity], parts: Iterable[Amounts]) -> None:
    for part in parts:
        for name, amount in part.items():
            sums[name] = sums[name] + amount if name in sums else amount


def _raise(most: dict[str, Quantity], other: Amounts) -> None:
    for name, amount in other.items():
        if name not in most or amount > most[name]:
            most[name] = amount


def _limits(container: Mapping[str, Any]) -> Amounts:
    return amounts(container.get("resources") or {}, "limits")


def _requests(container: Mapping[str, Any]) -> Amounts:
    """The requests of a container; one that is not given is the limit."""
    asked = container.get("resources") or {}
    return {**amounts(asked, "limits"), **amounts(asked, "requests")}


# ---- the pod against its containers ----


def _sums(needed: Asked, given: Asked, written: Collection[str]) -> Faults:
    for name, amount in needed.requests.items():
        most = given.requests.get(name)
        if most is not None and amount > most:
            side = "request" if name in written else "limit"
            yield _too_little("requests", name, amount, side, most)
    for name, amount in needed.limits.items():
        most = given.limits.get(name)
        if name.startswith(HUGE_PAGES) and most is not None and amount > most:
            yield _too_little("limits", name, amount, "limit", most)


def _too_little(field: str, name: str, needed: Quantity, side: str, given: Quantity) -> Fault:
    message = (
        f"the {field} of the containers for {shown(name)} are {needed}, more than the pod's {side} of {given}"
    )
    remedy = f"Raise the pod's {side}, or lower those of the containers."
    return Fault("NB419", (*_AT, field, name), message, remedy, magnitude=needed.value - given.value)


def _single_limits(spec: Mapping[str, Any], limits: Amounts) -> Faults:
    for index, container in elements(spec, "containers"):
        for name, limit in _limits(container).items():
            most = limits.get(name)
            if most is not None and limit > most:
                path = ("spec", "containers", index, "resources", "limits", name)
                message = (
                    f"the container's limit of {limit} for {shown(name)} is more than the pod's of {most}"
                )
                remedy = "Lower it, or raise the pod's limit."
                yield Fault(
                    "NB419", path, message, remedy, ((*_AT, "limits", name),), limit.value - most.value
                )
