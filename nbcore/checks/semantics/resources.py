"""What containers ask for: names and amounts of resources, requests against limits, claims of devices.

Refuses to know what a node, a quota or a LimitRange allows.
Source: ValidateContainerResourceRequirements, validateContainerResourceName, ValidateResourceQuantityValue.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any, Final, TypeAlias

from nbcore.checks.fault import Fault, Faults, RawPath
from nbcore.checks.semantics import values
from nbcore.finding import Fix
from nbcore.kubernetes import names
from nbcore.kubernetes.paths import Path
from nbcore.kubernetes.quantity import MAX_CHARACTERS, Quantity

NameProblem: TypeAlias = Callable[[str], str | None]
Amounts: TypeAlias = Mapping[str, Quantity]

STANDARD: Final = frozenset({"cpu", "memory", "ephemeral-storage"})
"""Resources of every node."""
HUGE_PAGES: Final = "hugepages-"
_QUOTA: Final = "requests."
_NATIVE: Final = "kubernetes.io/"
_MILLI: Final = 1000
_MOST: Final = 2**63 - 1
_NOTHING: Final = Quantity(0)


# ---- names ----


def is_extended(name: str) -> bool:
    """Whether a name is that of an extended resource: a device, counted in whole numbers.

    Source: IsExtendedResourceName.
    """
    if is_native(name) or name.startswith(_QUOTA):
        return False
    return names.problem_with_label_key(f"{_QUOTA}{name}") is None


def is_native(name: str) -> bool:
    """Whether a name belongs to Kubernetes itself."""
    return "/" not in name or _NATIVE in name


def can_overcommit(name: str) -> bool:
    """Whether a request of that resource may be lower than its limit."""
    return is_native(name) and not name.startswith(HUGE_PAGES)


def problem_with_container_resource(name: str) -> str | None:
    """Why a container may not ask for a resource of that name, or None."""
    if name in STANDARD:
        return None
    problem = names.problem_with_label_key(name)
    if problem:
        return problem
    if "/" not in name:
        return (
            None if name.startswith(HUGE_PAGES) else "must be cpu, memory, ephemeral-storage or hugepages-…"
        )
    return None if is_native(name) or is_extended(name) else "must not begin with 'requests.' nor be longer"


# ---- amounts ----


def amounts(resources: Mapping[str, Any], side: str) -> dict[str, Quantity]:
    """The amounts of ``limits`` or ``requests`` that are quantities."""
    read = {name: _amount(value) for name, value in (resources.get(side) or {}).items()}
    return {name: amount for name, amount in read.items() if amount is not None}


def _amount(value: Any) -> Quantity | None:
    """The amount as the API server keeps it, rounded away from zero to thousandths; null is nothing."""
    if value is None:
        return _NOTHING
    amount = _parsed(value) if isinstance(value, str) else Quantity.parse(value)
    if not amount or amount.is_integer or (thousandths := amount * _MILLI).is_integer:
        return amount
    return Quantity.parse(f"{_rounded_up(thousandths)}e-3") or amount


def _parsed(text: str) -> Quantity | None:
    return _known(text) if len(text) <= MAX_CHARACTERS else Quantity.parse(text.strip())


@lru_cache(maxsize=1024)
def _known(text: str) -> Quantity | None:
    """The amount that a short text stands for; the pods of a kind ask for the same few."""
    return Quantity.parse(text.strip())


def requirement_faults(
    resources: Mapping[str, Any],
    path: RawPath,
    problem: NameProblem = problem_with_container_resource,
) -> Faults:
    """What is wrong with the names and amounts of ``limits`` and ``requests``, each and together."""
    limits, requests = amounts(resources, "limits"), amounts(resources, "requests")
    for side, asked in (("limits", limits), ("requests", requests)):
        for name, amount in asked.items():
            if name not in STANDARD or amount < _NOTHING:
                yield from _amount_faults(name, amount, (*path, side, name), problem)
    yield from _request_faults(limits, requests, path)
    asked_names = {*limits, *requests}
    if not asked_names.isdisjoint(("cpu", "memory")):
        return
    for name in asked_names:
        if name.startswith(HUGE_PAGES):
            message = f"{values.shown(name)} is asked for without cpu and memory"
            yield Fault("NB458", path, message, "Ask for cpu or memory as well.")
            return


def _amount_faults(name: str, amount: Quantity, path: RawPath, problem: NameProblem) -> Faults:
    reason = problem(name)
    if reason:
        remedy = "Use cpu, memory, ephemeral-storage, hugepages-<size> or the full name of a device."
        yield Fault("NB454", path, f"the resource {values.shown(name)} {reason}", remedy)
    if amount < _NOTHING:
        yield Fault("NB455", path, f"the amount {amount} is negative", "Ask for 0 or more.")
    if "/" in name and not reason and is_extended(name) and not _is_whole(amount):
        yield Fault("NB455", path, f"{values.shown(name)} comes in whole numbers, not {amount}", "Round it.")
    if name.startswith(HUGE_PAGES) and not _is_multiple(amount, name.removeprefix(HUGE_PAGES)):
        message = f"{amount} is no multiple of the page size of {values.shown(name)}"
        yield Fault(
            "NB455", path, message, "Ask for a whole number of pages, or name the page size of the nodes."
        )


def _is_whole(amount: Quantity) -> bool:
    """Whether an amount is a whole number, of a size that the API server can tell.

    Shape: the server looks at the thousandths, in 64 bits. Beyond those its answer depends on how the amount is
    written, so that none is accepted here.
    """
    thousandths = _rounded_up(amount * _MILLI)
    return thousandths % _MILLI == 0 and abs(thousandths) <= _MOST


def _is_multiple(amount: Quantity, page: str) -> bool:
    size = Quantity.parse(page)
    if size is None or size <= _NOTHING or not _is_whole(size):
        return False
    return _rounded_up(amount) % _rounded_up(size) == 0


def _rounded_up(amount: Quantity) -> int:
    """The amount as a whole number, rounded away from zero."""
    value = amount.value
    whole = -(-abs(value.numerator) // value.denominator)
    return whole if value >= 0 else -whole


def _request_faults(limits: Amounts, requests: Amounts, path: RawPath) -> Faults:
    """Requests against their limits; a request that is not given is the limit."""
    for name, request in requests.items():
        limit = limits.get(name)
        if limit is not None and request <= limit and (request == limit or can_overcommit(name)):
            continue
        at, related = (*path, "requests", name), ((*path, "limits", name),)
        if limit is None:
            if not can_overcommit(name):
                message = f"{values.shown(name)} cannot be overcommitted, so it needs a limit"
                fix = Fix("add", Path((*path, "limits", name)), str(request))
                yield Fault(
                    "NB457", (*path, "limits"), message, f"Set the limit to {request}.", (at,), fix=fix
                )
        elif not can_overcommit(name):
            message = f"the request of {request} differs from the limit of {limit} for {values.shown(name)}"
            remedy = "Give both the same amount, or leave the request out."
            yield Fault("NB457", at, message, remedy, related, abs(request.value - limit.value))
        else:
            message = f"the request of {request} is more than the limit of {limit} for {values.shown(name)}"
            remedy = "Lower the request or raise the limit."
            yield Fault("NB456", at, message, remedy, related, request.value - limit.value)


# ---- claims ----


def claim_faults(claims: list[dict[str, Any]], path: RawPath, known: Collection[str]) -> Faults:
    """What is wrong with a container's references to the pod's resource claims."""
    whole: set[str] = set()
    parts: set[tuple[str, str]] = set()
    partly: set[str] = set()
    for index, claim in enumerate(claims):
        at, name, request = (*path, index), claim.get("name") or "", claim.get("request") or ""
        if not name:
            yield from values.required("NB459", at, "the name of the resource claim", name)
            continue
        if request and name not in whole:
            what, problem = "the request of the claim", names.problem_with_dns_label
            yield from values.valid("NB459", (*at, "request"), what, request, problem)
        if name in whole or (name, request) in parts or (not request and name in partly):
            message = f"the resource claim {values.shown(name)} is used more than once"
            yield Fault("NB459", at, message, "Name the claim once, or each of its requests once.")
        (partly if request else whole).add(name)
        parts.add((name, request))
        if name not in known:
            message = f"the pod has no resource claim {values.shown(name)}"
            yield Fault("NB459", at, message, "Add it to spec.resourceClaims.", (("spec", "resourceClaims"),))
