"""The largest option that fits: of several alternatives, the one that asks for most and is refused nothing.

Refuses to know Templates and how an alternative's pods come about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from nbcore.checks.fault import Pod
from nbcore.checks.quota.amounts import HUGE_PAGES, demand, may_overcommit, total
from nbcore.checks.quota.budget import Budget, check, shortages
from nbcore.checks.quota.parts import NOTHING

Size: TypeAlias = tuple[Fraction, ...]


class Largest(NamedTuple):
    """Which alternative is the largest that fits.

    Shape: ``overall`` fits the whole budget, with its limit ranges and nodes; ``by_quota`` has the largest for
    each quota alone, by its name; None where none fits.
    """

    overall: str | None
    by_quota: Mapping[str, str | None]


def largest(alternatives: Mapping[str, Sequence[Pod]], budget: Budget) -> Largest:
    """The largest of the alternatives that fits, each given as the pods that it leads to: all of them must fit.

    Shape: one is larger than another when it asks for more cpu; for as much, and more memory; then for more
    devices, and so on. So it is never less of everything. Of two alike the first is taken.
    Laws: test_the_largest_that_fits_is_surpassed_by_none_that_fits.
    """
    by_size = sorted(alternatives, key=lambda one: _size(alternatives[one]), reverse=True)
    short = {
        one: {lack.quota for pod in alternatives[one] for lack in shortages(pod, budget)} for one in by_size
    }
    fitting = (one for one in by_size if not any(any(check(pod, budget)) for pod in alternatives[one]))
    names = [one.name for one in budget.quotas]
    by_quota = {name: next((one for one in by_size if name not in short[one]), None) for name in names}
    return Largest(next(fitting, None), by_quota)


def _size(pods: Iterable[Pod]) -> Size:
    """What the largest of the pods asks for: cpu, memory, devices, ephemeral storage, huge pages."""
    return max(map(_asked, pods), default=())


def _asked(pod: Pod) -> Size:
    asked = demand(pod)
    wanted = {} if asked is None else total(asked, "requests")
    pages = [name for name in wanted if name.startswith(HUGE_PAGES)]
    devices = [name for name in wanted if not may_overcommit(name) and name not in pages]
    groups: tuple[list[str], ...] = (["cpu"], ["memory"], devices, ["ephemeral-storage"], pages)
    return tuple(sum((wanted.get(name, NOTHING).value for name in group), Fraction(0)) for group in groups)
