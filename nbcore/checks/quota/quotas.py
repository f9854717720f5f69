"""Resource quotas: what of a pod, and of the claims of its ephemeral volumes, a namespace has no room for.

The answer is that of the moment when the usage was read; other pods may come first. Refuses to know limit
ranges and nodes, and quotas that an API server demands by its own configuration.
Source: k8s.io/apiserver/pkg/admission/plugin/resourcequota; pods.go of pkg/quota/v1/evaluator/core.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from nbcore.checks.fault import Fault, Faults, RawPath
from nbcore.checks.quota.amounts import COMPUTE, Demand, Share, says_for_itself
from nbcore.checks.quota.parts import (
    NOTHING,
    Amounts,
    Unreadable,
    added,
    cited,
    fields,
    listed,
    readable,
    text,
)
from nbcore.checks.quota.scopes import Traits, counts_claim, counts_pod, scopes
from nbcore.checks.quota.usage import Claim, counted, pod_usage
from nbcore.kubernetes.quantity import Quantity
from nbcore.kubernetes.selector import Requirement

MOST_QUOTAS: Final = 256
"""So many quotas of a namespace are read; a namespace has a handful."""
_MUST_BE_SAID: Final[Mapping[str, str]] = {
    **{resource: f"requests.{resource}" for resource in COMPUTE},
    **{f"{side}.{resource}": f"{side}.{resource}" for side in ("requests", "limits") for resource in COMPUTE},
}
"""Names of a quota under which each container must say an amount, and what it has to say."""


class Quota(NamedTuple):
    """One ResourceQuota.

    Shape: ``used`` is what its status says; ``seen`` what the given pods and claims add up to, by resource.
    """

    name: str
    hard: Amounts
    used: Amounts
    scopes: tuple[Requirement, ...] = ()
    seen: Amounts = {}  # noqa: RUF012 (nobody writes to it)

    def in_use(self, resource: str, own: Amounts, own_is_stored: bool) -> Quantity | None:
        """How much is used by others; None when nothing was given that tells."""
        told, counts = self.used.get(resource), own_is_stored
        if told is None:
            told, counts = self.seen.get(resource), True
        if told is None:
            return None
        return max(told - own.get(resource, NOTHING), NOTHING) if counts else told


class Shortage(NamedTuple):
    """What a quota has too little of.

    Shape: ``used`` is None where no usage is known, and then counts as nothing.
    Laws: test_a_shortage_is_what_is_missing.
    """

    quota: str
    resource: str
    requested: Quantity
    used: Quantity | None
    hard: Quantity

    @property
    def short(self) -> Quantity:
        """By how much it does not fit."""
        return (self.used or NOTHING) + self.requested - self.hard

    def __str__(self) -> str:
        used = "no usage known" if self.used is None else f"{self.used} in use"
        return (
            f"the quota {cited(self.quota)} allows {self.hard} {cited(self.resource)}, {used},"
            f" {self.requested} asked for: {self.short} too much"
        )


class Own(NamedTuple):
    """What the pod that is judged is already charged for, if it stands among the given ones.

    Shape: ``stored`` when a cluster has it, so that the status of a quota counts it as well.
    """

    usage: Amounts = {}  # noqa: RUF012 (nobody writes to it)
    seen: Traits | None = None
    stored: bool = False


def quotas(values: Iterable[Any]) -> tuple[tuple[Quota, ...], list[Unreadable]]:
    """The quotas of a namespace without what cannot be read, and what that is.

    Shape: ``spec.hard`` counts, else ``status.hard``; a quota whose scopes cannot be read counts nothing.
    """
    wrong: list[Unreadable] = []
    listed_values = list(values)
    if len(listed_values) > MOST_QUOTAS:
        wrong.append(
            Unreadable(MOST_QUOTAS, (), f"only {MOST_QUOTAS} quotas of a namespace are read", "NB103")
        )
    read = (_quota(number, one, wrong) for number, one in enumerate(listed_values[:MOST_QUOTAS]))
    return tuple(one for one in read if one is not None), wrong


def _quota(number: int, value: Any, wrong: list[Unreadable]) -> Quota | None:
    spec, status = fields(value, "spec"), fields(value, "status")
    first = "spec" if fields(spec, "hard") else "status"
    hard = readable(fields(value, first, "hard"), number, (first, "hard"), wrong)
    used = readable(fields(status, "used"), number, ("status", "used"), wrong)
    required = scopes(spec)
    if required is None:
        wrong.append(
            Unreadable(number, ("spec",), "the quota has a scope or an operator that does not exist")
        )
        return None
    return Quota(text(fields(value, "metadata").get("name")), hard, used, required)


def shortages(one: Quota, usage: Amounts, own: Amounts, own_is_stored: bool) -> Iterator[Shortage]:
    """What the quota has too little of for this usage, by resource.

    Laws: test_what_is_not_asked_for_is_never_short.
    """
    for resource in sorted(usage.keys() & one.hard.keys()):
        requested, hard = usage[resource], one.hard[resource]
        used = one.in_use(resource, own, own_is_stored)
        if requested and (used or NOTHING) + requested > hard:
            yield Shortage(one.name, resource, requested, used, hard)


def pod_shortages(quotas: Iterable[Quota], asked: Demand, seen: Traits, own: Own) -> Iterator[Shortage]:
    """What the quotas that count the pod have too little of for it."""
    usage = pod_usage(asked)
    for one in quotas:
        if counts_pod(one.scopes, seen):
            counted_before = own.seen is not None and counts_pod(one.scopes, own.seen)
            yield from shortages(one, usage, own.usage if counted_before else {}, own.stored)


def faults(quotas: tuple[Quota, ...], asked: Demand, seen: Traits, own: Own) -> Faults:
    """NB601 and NB602: what the quotas refuse of a pod."""
    binding = [one for one in quotas if counts_pod(one.scopes, seen)]
    yield from _unsaid(binding, asked)
    short = [(one, counted(one.resource)) for one in pod_shortages(binding, asked, seen, own)]
    places = asked.places(source for _, source in short if source is not None)
    for one, source in short:
        path, related = (("spec",), ()) if source is None else places[source]
        yield _exceeded("NB601", one, path, related)


def _exceeded(code: str, one: Shortage, path: RawPath, related: tuple[RawPath, ...]) -> Fault:
    left = max(one.hard - (one.used or NOTHING), NOTHING)
    remedy = f"Ask for at most {left}, free some of what is in use, or have the quota raised."
    if not left:
        remedy = "Free some of what is in use, or have the quota raised."
    return Fault(code, path, str(one), remedy, related, one.short.value)


def _unsaid(binding: Iterable[Quota], asked: Demand) -> Faults:
    """NB602: containers that leave out what a quota has to count."""
    by_name = {name: one.name for one in binding for name in one.hard.keys() & _MUST_BE_SAID.keys()}
    if says_for_itself(asked):
        return
    needed = {_MUST_BE_SAID[name]: quota_name for name, quota_name in sorted(by_name.items())}
    for share in asked.shares:
        missing = [name for name in needed if not _says(share, name)]
        if missing:
            counting = listed(sorted({needed[name] for name in missing}))
            message = f"the {share.title} does not set {listed(missing)}, which the quota {counting} counts"
            remedy = f"Set {listed(missing)} in the container's resources."
            yield Fault("NB602", (*share.path, "resources"), message, remedy)


def _says(share: Share, name: str) -> bool:
    side, _, resource = name.partition(".")
    said: Amounts = getattr(share, side)
    return resource in said


def claim_faults(quotas: Iterable[Quota], claims: tuple[Claim, ...]) -> Faults:
    """NB603: what the quotas refuse of the claims that follow a pod."""
    for one in quotas:
        charged = [claim for claim in claims if counts_claim(one.scopes, claim.attribute_classes)]
        usage: dict[str, Quantity] = {}
        for claim in charged:
            added(usage, claim.usage)
        for shortage in shortages(one, usage, {}, False):
            having = [claim for claim in charged if claim.usage.get(shortage.resource)]
            having.sort(key=lambda claim: claim.usage[shortage.resource], reverse=True)
            paths = [_claim_place(claim, shortage.resource) for claim in having]
            yield _exceeded("NB603", shortage, paths[0], tuple(paths[1:]))


def _claim_place(claim: Claim, resource: str) -> RawPath:
    return claim.place("storage") if resource.endswith("requests.storage") else claim.path
