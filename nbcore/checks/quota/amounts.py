"""What a pod asks for: each container's requests and limits after the API server's defaults, and their total.

Refuses to know what asking is measured by: quotas, limit ranges and nodes. Reads pods whose amounts are
valid; about a pod with an amount that is none it says nothing, for other rules refuse that pod.
Source: SetDefaults_Pod of k8s.io/kubernetes/pkg/apis/core/v1; k8s.io/component-helpers/resource.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from nbcore.checks.fault import Pod, RawPath
from nbcore.checks.quota.parts import Amounts, added, amounts, elements, fields, text
from nbcore.kubernetes.quantity import Quantity

Side: TypeAlias = Literal["requests", "limits"]
Wanted: TypeAlias = tuple[Side, str]
"""A total: the side, and the resource."""
Places: TypeAlias = tuple[RawPath, tuple[RawPath, ...]]
SIDES: Final[tuple[Side, Side]] = ("requests", "limits")
COMPUTE: Final = ("cpu", "memory")
HUGE_PAGES: Final = "hugepages-"


class Share(NamedTuple):
    """What one container asks for, or the pod as a whole in its own `resources`.

    Shape: ``written`` is what stands in the manifest; ``requests`` and ``limits`` are what results; ``role`` is
    ``main``, ``init`` or ``sidecar`` (an init container that is restarted), ``pod`` for the whole.
    """

    path: RawPath
    name: str
    role: Literal["main", "init", "sidecar", "pod"]
    written: Mapping[Side, Amounts]
    requests: Amounts
    limits: Amounts

    def place(self, side: Side, resource: str) -> RawPath:
        """Where the amount comes from: the field itself, the limit that a request follows, or `resources`."""
        sources: tuple[Side, ...] = ("requests", "limits") if side == "requests" else ("limits",)
        found = [one for one in sources if resource in self.written[one]]
        return (*self.path, "resources", *((found[0], resource) if found else ()))

    @property
    def title(self) -> str:
        """The share as a message names it."""
        kind = {"init": "init container", "pod": "pod"}.get(self.role, "container")
        return f"{kind} {self.name}".strip()


class Demand(NamedTuple):
    """What a pod asks for.

    Shape: ``shares`` are the containers, then the init containers, in their order; ``whole`` is None where the
    pod has no `resources` of its own.
    """

    shares: tuple[Share, ...]
    whole: Share | None = None
    overhead: Amounts = {}  # noqa: RUF012 (nobody writes to it)

    def places(self, asked_for: Iterable[Wanted]) -> dict[Wanted, Places]:
        """Where most of each total comes from, and where the rest does.

        Shape: where nothing does, the resources of the first container.
        """
        having: dict[Wanted, list[tuple[Quantity, Share]]] = {one: [] for one in asked_for}
        for share in self.shares:
            for side in SIDES:
                for resource, one in getattr(share, side).items():
                    if one and (side, resource) in having:
                        having[side, resource].append((one, share))
        return {wanted: self._places(*wanted, found) for wanted, found in having.items()}

    def _places(self, side: Side, resource: str, found: list[tuple[Quantity, Share]]) -> Places:
        if self.whole is not None and resource in getattr(self.whole, side):
            return self.whole.place(side, resource), ()
        ordered = [share for _, share in sorted(found, key=lambda one: one[0], reverse=True)]
        paths = [share.place(side, resource) for share in ordered or self.shares[:1]]
        return paths[0] if paths else ("spec",), tuple(paths[1:])


def demand(pod: Pod) -> Demand | None:
    """What the pod asks for, with what the API server fills in; None when an amount is no quantity.

    Laws: test_filling_in_what_the_server_fills_in_changes_nothing.
    """
    spec = fields(pod, "spec")
    read = [_share(*one) for one in _holders(spec)]
    shares = tuple(one for one in read if one is not None)
    overhead = amounts(spec.get("overhead"))
    if len(shares) < len(read) or overhead is None:
        return None
    if not isinstance(spec.get("resources"), dict):
        return Demand(shares, None, overhead)
    whole = _share(("spec",), "pod", spec)
    return None if whole is None else Demand(shares, _whole(whole, shares), overhead)


def total(
    asked: Demand,
    side: Side,
    *,
    of_whole: Callable[[str], bool] | None = None,
    overhead: bool = True,
) -> dict[str, Quantity]:
    """How much of each resource the pod as a whole asks for.

    Shape: ``of_whole`` says which resources the pod's own `resources` decide; all that may stand there if None.
    Laws: test_the_total_is_what_runs_at_once_at_most.
    """
    found = summed(asked.shares, side)
    if asked.whole is not None:
        decided = of_whole or decided_by_the_pod
        found |= {name: one for name, one in getattr(asked.whole, side).items() if decided(name)}
    if overhead:
        more = asked.overhead
        if side == "limits":
            more = {name: one for name, one in more.items() if found.get(name)}
        added(found, more)
    return found


def summed(shares: Iterable[Share], side: Side) -> dict[str, Quantity]:
    """How much the containers use at most at once.

    Shape: all main containers and sidecars together, or an init container and the sidecars started before it.
    """
    running: dict[str, Quantity] = {}
    sidecars: dict[str, Quantity] = {}
    peak: dict[str, Quantity] = {}
    for share in shares:
        mine: Amounts = getattr(share, side)
        if share.role == "init":
            for name, one in mine.items():
                together = one + sidecars[name] if name in sidecars else one
                peak[name] = max(peak.get(name, together), together)
            continue
        added(running, mine)
        if share.role == "sidecar":
            added(sidecars, mine)
    return running | {name: max(running.get(name, one), one) for name, one in peak.items()}


def decided_by_the_pod(resource: str) -> bool:
    """Whether the pod's own `resources` may say how much of this there is."""
    return resource in COMPUTE or resource.startswith(HUGE_PAGES)


def says_for_itself(asked: Demand) -> bool:
    """Whether the pod's own `resources` name anything that they may decide."""
    whole = asked.whole
    return whole is not None and any(map(decided_by_the_pod, (*whole.requests, *whole.limits)))


def may_overcommit(resource: str) -> bool:
    """Whether a limit may be above the request: not for hugepages and extended resources."""
    native = "/" not in resource or "kubernetes.io/" in resource
    return native and not resource.startswith(HUGE_PAGES)


def is_best_effort(asked: Demand) -> bool:
    """Whether the pod's QoS class is BestEffort: no cpu and no memory is asked for.

    Shape: the pod's own `resources`, even empty ones, decide alone.
    """
    judged = asked.shares if asked.whole is None else (asked.whole,)
    return not any(getattr(one, side).get(name) for one in judged for side in SIDES for name in COMPUTE)


def reported(asked: Demand, status: Any) -> Demand:
    """What a pod that runs is charged for: its status tells what a resize has not reached yet.

    Shape: ``asked`` with the largest of spec, allocated and actual amounts of each container.
    """
    by_name: dict[str, dict[str, Any]] = {}
    for field in ("containerStatuses", "initContainerStatuses"):
        by_name |= {text(one.get("name")): one for _, one in elements(fields(status).get(field))}
    pending = [one for _, one in elements(fields(status).get("conditions")) if one.get("type") == _PENDING]
    infeasible = bool(pending) and pending[0].get("reason") == "Infeasible"
    shares = (_reported(one, by_name.get(one.name, {}), infeasible) for one in asked.shares)
    return asked._replace(shares=tuple(shares))


_PENDING = "PodResizePending"


def _reported(share: Share, status: Mapping[str, Any], infeasible: bool) -> Share:
    if share.role == "init" or not isinstance(status.get("resources"), dict):
        return share
    actual = {side: amounts(fields(status, "resources", side)) or {} for side in SIDES}
    allocated = amounts(status.get("allocatedResources")) or {}
    requests = [actual["requests"], allocated] + ([] if infeasible else [share.requests])
    limits = [actual["limits"]] + ([] if infeasible else [share.limits])
    return share._replace(requests=_largest(requests), limits=_largest(limits))


def _largest(lists: Iterable[Amounts]) -> dict[str, Quantity]:
    found: dict[str, Quantity] = {}
    for one in lists:
        found |= {name: max(value, found.get(name, value)) for name, value in one.items()}
    return found


_Holder: TypeAlias = tuple[RawPath, Literal["main", "init", "sidecar", "pod"], dict[str, Any]]


def _holders(spec: dict[str, Any]) -> Iterator[_Holder]:
    for index, one in elements(spec.get("containers")):
        yield ("spec", "containers", index), "main", one
    for index, one in elements(spec.get("initContainers")):
        restarted = one.get("restartPolicy") == "Always"
        yield ("spec", "initContainers", index), "sidecar" if restarted else "init", one


def _share(
    path: RawPath, role: Literal["main", "init", "sidecar", "pod"], holder: dict[str, Any]
) -> Share | None:
    """What a container asks for: a request that is left out is the limit."""
    requests = amounts(fields(holder, "resources", "requests"))
    limits = amounts(fields(holder, "resources", "limits"))
    if requests is None or limits is None:
        return None
    name = "" if role == "pod" else text(holder.get("name"))
    written: dict[Side, Amounts] = {"requests": requests, "limits": limits}
    resulting = requests if role == "pod" else {**limits, **requests}
    return Share(path, name, role, written, resulting, limits)


def _whole(whole: Share, shares: tuple[Share, ...]) -> Share:
    """The pod's own resources with what follows from the containers and from its limits."""
    if not whole.requests and not whole.limits:
        return whole
    huge = {name: one for name, one in summed(shares, "limits").items() if name.startswith(HUGE_PAGES)}
    limits = {**{name: one for name, one in huge.items() if name not in whole.requests}, **whole.limits}
    if not limits:
        return whole
    followed = {name: one for name, one in limits.items() if decided_by_the_pod(name)}
    followed |= {name: one for name, one in summed(shares, "requests").items() if name in COMPUTE}
    return whole._replace(requests={**followed, **whole.requests}, limits=limits)
