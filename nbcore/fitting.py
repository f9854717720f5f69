"""Fitting: which values of a Template's options are the largest that a namespace and the cluster have room for.

Refuses to know how budgets are read, and where the answer is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from nbcore.catalog import Catalog, read
from nbcore.checks.interactions import RESOURCES
from nbcore.checks.quota import Budget, check
from nbcore.checks.quota.largest import largest
from nbcore.combinations import Space
from nbcore.factors import notebook_of
from nbcore.finding import Finding, Severity
from nbcore.kubernetes.paths import Path
from nbcore.model.template import Template
from nbcore.permits import Permits
from nbcore.pipeline import render
from nbcore.reachable import space_of

_NONE: Final = "No "


def with_what_fits(
    findings: Sequence[Finding],
    template: Template,
    catalog: Catalog,
    budgets: Sequence[Budget],
    permits: Permits | None = None,
) -> Iterator[Finding]:
    """The findings; those of the family NB6 about an option value also say which value is the largest that fits.

    Shape: a value fits where it is refused nothing by any of the budgets, all other choices being the defaults.
    Where none does, that is an error.
    """
    places = [(group.id, (group.origin / "values").path()) for group in template.spec.options]
    about = [_group_of(one, template, places) for one in findings]
    groups = frozenset(filter(None, about))
    said = _said(*space_of(template, catalog, permits), budgets, groups) if groups else {}
    for one, group in zip(findings, about, strict=True):
        more = said.get(group, "")
        severity: Severity = "error" if more.startswith(_NONE) else one.severity
        yield replace(one, remedy=f"{one.remedy} {more}".strip(), severity=severity) if more else one


def _group_of(one: Finding, template: Template, places: Sequence[tuple[str, Path]]) -> str:
    """The id of the option group of which a value is what the finding is about; ``""`` for any other."""
    if one.source != template.origin.source or not one.code.startswith("NB6"):
        return ""
    return next((id_ for id_, place in places if len(one.path) > len(place) and place.covers(one.path)), "")


def _said(space: Space, filled: Catalog, budgets: Sequence[Budget], groups: frozenset[str]) -> dict[str, str]:
    """What to say about each of the groups."""
    said: dict[str, str] = {}
    for at in space.groups:
        factor = space.factors[at]
        if factor.name not in groups or not any(RESOURCES in one.said for one in factor.alternatives):
            continue
        pods = dict(_pods(space, filled, at))
        order = [one.id for one in factor.alternatives if one.id in pods]
        fitting = [_fitting(pods, budget) for budget in budgets]
        fits = [id_ for id_ in order if all(id_ in one for one in fitting)]
        best = largest({id_: [pods[id_]] for id_ in fits}, Budget()).overall if fits else None
        said[factor.name] = (
            f"The largest {factor.name} that fits is {best}." if best else f"{_NONE}{factor.name} fits."
        )
    return said


def _pods(space: Space, catalog: Catalog, at: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """The pod of each value of a group, with the defaults of all others; values without one left out."""
    for index, alternative in enumerate(space.factors[at].alternatives):
        row = space.completed({at: index})
        if row is not None:
            rendering = render(read(notebook_of(space.template, space.selection(row))).object, catalog)
            if rendering.pod is not None:
                yield alternative.id, rendering.pod


def _fitting(pods: dict[str, dict[str, Any]], budget: Budget) -> frozenset[str]:
    """The values that a budget refuses nothing."""
    return frozenset(id_ for id_, pod in pods.items() if not any(check(pod, budget)))
