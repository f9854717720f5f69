"""Limit ranges: what a namespace fills into containers, and the bounds that it keeps pods and claims within.

Where two LimitRanges fill in the same amount, the first by name is taken; a cluster takes either. Of two bounds
the tighter one is told. Refuses to know quotas and nodes.
Source: k8s.io/kubernetes/plugin/pkg/admission/limitranger; SetDefaults_LimitRangeItem.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import islice
from typing import Any, Final, NamedTuple, TypeAlias

from nbcore.checks.fault import Fault, Faults, RawPath
from nbcore.checks.quota.amounts import (
    COMPUTE,
    HUGE_PAGES,
    SIDES,
    Demand,
    Share,
    Side,
    may_overcommit,
    summed,
    total,
)
from nbcore.checks.quota.parts import Amounts, Unreadable, cited, elements, fields, readable, text
from nbcore.checks.quota.usage import Claim
from nbcore.kubernetes.quantity import Quantity

MOST_RESOURCES: Final = 256
"""So many resources of one list of a LimitRange are read; a cluster has a handful."""
_MAX_MILLI: Final = (2**63 - 1) // 1000
_LISTS: Final = ("min", "max", "maxLimitRequestRatio", "default", "defaultRequest")


class Bound(NamedTuple):
    """An amount that a LimitRange sets, and the name of the LimitRange."""

    amount: Quantity
    name: str


Table: TypeAlias = Mapping[str, Bound]
Kind: TypeAlias = tuple[str, str]
"""A type of a LimitRange and a list of it: ``("Container", "max")``."""


class Ranges(NamedTuple):
    """All LimitRanges of a namespace together.

    Shape: ``defaults`` is what is filled in, by side; ``bounds`` the tightest bound of each kind by resource.
    """

    defaults: Mapping[Side, Table]
    bounds: Mapping[Kind, Table]


NO_RANGES: Final = Ranges({"requests": {}, "limits": {}}, {})


def ranges(values: Iterable[Any]) -> tuple[Ranges, list[Unreadable]]:
    """The LimitRanges of a namespace as one, without what cannot be read, and what that is.

    Laws: test_a_further_bound_forgives_nothing.
    """
    wrong: list[Unreadable] = []
    found: list[tuple[str, str, dict[str, dict[str, Quantity]]]] = []
    for number, value in enumerate(values):
        name = text(fields(value, "metadata").get("name"))
        for index, item in elements(fields(value, "spec").get("limits")):
            lists = {kind: _amounts(number, index, kind, item, wrong) for kind in _LISTS}
            found.append((name, text(item.get("type")), lists))
    defaults: dict[Side, dict[str, Bound]] = {"requests": {}, "limits": {}}
    bounds: dict[Kind, dict[str, Bound]] = {}
    for name, kind, lists in sorted(found, key=lambda one: one[0]):
        if kind == "Container":
            _keep_defaults(defaults, name, lists)
        for table in ("min", "max", "maxLimitRequestRatio"):
            _tighten(bounds.setdefault((kind, table), {}), name, lists[table], loosest=table == "min")
    return Ranges(defaults, bounds), wrong


def _amounts(
    number: int, index: int, kind: str, item: dict[str, Any], wrong: list[Unreadable]
) -> dict[str, Quantity]:
    path: RawPath = ("spec", "limits", index, kind)
    values = fields(item, kind)
    if len(values) > MOST_RESOURCES:
        wrong.append(Unreadable(number, path, f"only {MOST_RESOURCES} resources of a list are read", "NB103"))
    return readable(dict(islice(values.items(), MOST_RESOURCES)), number, path, wrong)


def _keep_defaults(
    defaults: Mapping[Side, dict[str, Bound]], name: str, lists: Mapping[str, Amounts]
) -> None:
    """A default that is left out follows from another list, as the API server has it."""
    limits = {**lists["max"], **lists["default"]}
    requests = {**lists["min"], **limits, **lists["defaultRequest"]}
    sides: tuple[tuple[Side, Amounts], ...] = (("requests", requests), ("limits", limits))
    for side, amounts in sides:
        for resource, one in amounts.items():
            defaults[side].setdefault(resource, Bound(one, name))


def _tighten(table: dict[str, Bound], name: str, amounts: Amounts, *, loosest: bool) -> None:
    for resource, one in amounts.items():
        kept = table.get(resource)
        if kept is None or (one > kept.amount if loosest else one < kept.amount):
            table[resource] = Bound(one, name)


def filled(asked: Demand, kept: Ranges) -> Demand:
    """The demand with the amounts that the namespace fills into its containers.

    Laws: test_filling_in_twice_is_filling_in_once.
    """
    requests = {resource: one.amount for resource, one in kept.defaults["requests"].items()}
    limits = {resource: one.amount for resource, one in kept.defaults["limits"].items()}
    if not requests and not limits:
        return asked
    shares = (
        one._replace(requests={**requests, **one.requests}, limits={**limits, **one.limits})
        for one in asked.shares
    )
    return asked._replace(shares=tuple(shares))


# ---- bounds: NB604, NB605, NB606 ----


class Subject(NamedTuple):
    """What is held against a bound: a container, the pod or a claim."""

    title: str
    requests: Amounts
    limits: Amounts
    place: Callable[[Side, str], RawPath]


class Breach(NamedTuple):
    """How a subject is out of bounds: on which side, in words, and by how much."""

    side: Side
    text: str
    short: Fraction | None = None


class _Test(NamedTuple):
    """How a list of a LimitRange is held against request and limit, and what it says in words."""

    table: str
    code: str
    words: str
    breach: Callable[[Quantity | None, Quantity | None, Quantity], Breach | None]


def _below(request: Quantity | None, limit: Quantity | None, least: Quantity) -> Breach | None:
    exact = _scale(request, limit, least)
    if request is None:
        return Breach("requests", "does not request any")
    if exact(request) < exact(least):
        return Breach("requests", f"requests {request}", exact(least) - exact(request))
    if limit is not None and exact(limit) < exact(least):
        return Breach("limits", f"has a limit of {limit}", exact(least) - exact(limit))
    return None


def _above(request: Quantity | None, limit: Quantity | None, most: Quantity) -> Breach | None:
    exact = _scale(request, limit, most)
    if limit is None:
        return Breach("limits", "has no limit")
    if exact(limit) > exact(most):
        return Breach("limits", f"has a limit of {limit}", exact(limit) - exact(most))
    return None if request is None else _requested_above(request, limit, most)


def _requested_above(request: Quantity | None, limit: Quantity | None, most: Quantity) -> Breach | None:
    exact = _scale(request, limit, most)
    if request is None:
        return Breach("requests", "does not request any")
    if exact(request) > exact(most):
        return Breach("requests", f"requests {request}", exact(request) - exact(most))
    return None


def _times(request: Quantity | None, limit: Quantity | None, most: Quantity) -> Breach | None:
    """The ratio is compared as floating-point numbers, for so the API server does it."""
    if not request:
        return Breach("requests", "has no request")
    if not limit:
        return Breach("limits", "has no limit")
    exact = _scale(request, limit, most)
    ratio = float(exact(limit) * 1000) / float(exact(request) * 1000)
    if ratio * 1000 <= float(most.value * 1000):
        return None
    return Breach("limits", f"has one of {ratio:.4g} times it")


def _scale(*given: Quantity | None) -> Callable[[Quantity], Fraction]:
    """How amounts are compared: in thousandths, in wholes when one of them is vast."""
    vast = any(one is not None and math.ceil(one.value) > _MAX_MILLI for one in given)
    return (lambda one: Fraction(math.ceil(one.value))) if vast else (lambda one: one.value)


_OF_RESOURCES: Final[tuple[_Test, ...]] = (
    _Test("min", "NB604", "wants at least {} {}", _below),
    _Test("max", "NB604", "allows at most {} {}", _above),
    _Test("maxLimitRequestRatio", "NB605", "allows a limit of at most {} times the request of {}", _times),
)
_TESTS: Final[Mapping[str, tuple[_Test, ...]]] = {
    "Container": _OF_RESOURCES,
    "Pod": _OF_RESOURCES,
    "PersistentVolumeClaim": (
        _Test("min", "NB606", "wants at least {} {}", _below),
        _Test("max", "NB606", "allows at most {} {}", _requested_above),
    ),
}
_REMEDIES: Final[Mapping[str, str]] = {
    "NB604": "Ask for an amount within the bounds, or have the LimitRange changed.",
    "NB605": "Bring the request nearer to the limit.",
    "NB606": "Ask for an amount of storage within the bounds, or have the LimitRange changed.",
}


def faults(asked: Demand, kept: Ranges) -> Faults:
    """NB604, NB605 and NB607: how a pod is out of the bounds of its namespace, after all was filled in."""
    for share in asked.shares:
        yield from _breaches("Container", _of_share(share), kept)
    yield from _breaches("Pod", _of_pod(asked, kept), kept)
    yield from _contradictions(asked, kept)


def claim_faults(claims: Iterable[Claim], kept: Ranges) -> Faults:
    """NB606: how the claims that follow a pod are out of the bounds of its namespace."""
    for one in claims:
        yield from _breaches("PersistentVolumeClaim", _of_claim(one), kept)


def _of_share(share: Share) -> Subject:
    return Subject(f"the {share.title}", share.requests, share.limits, share.place)


def _of_pod(asked: Demand, kept: Ranges) -> Subject:
    requests, limits = (
        total(asked, side, of_whole=COMPUTE.__contains__, overhead=False) for side in ("requests", "limits")
    )
    bounded = {resource for (kind, _), table in kept.bounds.items() if kind == "Pod" for resource in table}
    places = asked.places((side, resource) for side in SIDES for resource in sorted(bounded))
    return Subject("the pod as a whole", requests, limits, lambda side, name: places[side, name][0])


def _of_claim(claim: Claim) -> Subject:
    return Subject(f"the claim of volume {claim.name}", claim.requests, {}, lambda _, name: claim.place(name))


def _breaches(kind: str, subject: Subject, kept: Ranges) -> Iterator[Fault]:
    for test in _TESTS[kind]:
        for resource, bound in kept.bounds.get((kind, test.table), {}).items():
            breach = test.breach(subject.requests.get(resource), subject.limits.get(resource), bound.amount)
            if breach is not None:
                rule = test.words.format(bound.amount, cited(resource))
                message = f"the LimitRange {cited(bound.name)} {rule}, but {subject.title} {breach.text}"
                place = subject.place(breach.side, resource)
                yield Fault(test.code, place, message, _REMEDIES[test.code], (), breach.short)


# ---- what is filled in, against what the pod says: NB607 ----


def _contradictions(asked: Demand, kept: Ranges) -> Faults:
    """NB607: the API server refuses what its own LimitRange has made of the pod."""
    if not kept.defaults["requests"]:
        return
    for share in asked.shares:
        for resource in share.requests:
            yield from _own(share, resource, kept)
    if asked.whole is not None:
        yield from _within(asked, asked.whole, kept)


def _own(share: Share, resource: str, kept: Ranges) -> Faults:
    """A request against the limit of the same container, where one of them was filled in."""
    request, limit = share.requests[resource], share.limits.get(resource)
    broken = (limit is not None and request > limit) or (not may_overcommit(resource) and request != limit)
    side: Side = "requests" if limit is None else "limits"
    bound = kept.defaults[side].get(resource)
    if not broken or bound is None or resource in share.written["limits"] or resource in share.written[side]:
        return
    if side == "limits":
        clash = (
            f"a limit of {bound.amount} {cited(resource)}, which does not go with its request of {request}"
        )
    else:
        clash = f"a request of {bound.amount} {cited(resource)}, which needs a limit of as much"
    message = f"the LimitRange {cited(bound.name)} gives the {share.title} {clash}"
    yield Fault("NB607", share.place("requests", resource), message, "Set both the request and the limit.")


def _within(asked: Demand, whole: Share, kept: Ranges) -> Faults:
    """The containers against the pod's own resources, where a LimitRange filled in a container's."""
    exceeded = {
        resource: side
        for side, resource in _over_the_pod(asked, whole)
        if _given(asked, side, resource, kept)
    }
    for resource, side in exceeded.items():
        bound, holds = kept.defaults[side][resource], getattr(whole, side)[resource]
        message = (
            f"the LimitRange {cited(bound.name)} gives containers {side} of {bound.amount} {cited(resource)},"
            f" too much for the pod's own {side} of {holds}"
        )
        yield Fault("NB607", whole.place(side, resource), message, f"Set the {side} of each container.")


def _given(asked: Demand, side: Side, resource: str, kept: Ranges) -> bool:
    """Whether a LimitRange filled this in for some container."""
    shares = (one for one in asked.shares if resource in getattr(one, side))
    return resource in kept.defaults[side] and any(resource not in one.written[side] for one in shares)


def _over_the_pod(asked: Demand, whole: Share) -> Iterator[tuple[Side, str]]:
    sums = summed(asked.shares, "requests")
    for resource, one in whole.requests.items():
        if resource in sums and sums[resource] > one:
            yield "requests", resource
    huge = {name: one for name, one in summed(asked.shares, "limits").items() if name.startswith(HUGE_PAGES)}
    mains = [share for share in asked.shares if share.role == "main"]
    for resource, one in whole.limits.items():
        largest = max((share.limits[resource] for share in mains if resource in share.limits), default=one)
        if max(largest, huge.get(resource, largest)) > one:
            yield "limits", resource
