"""Findings as points of a page: how grave, what, where, and what to do.

Refuses to know how anything is found.
"""

from __future__ import annotations

from collections.abc import Iterable

from nbcore.cli.pages.markup import Html, code, el, joined
from nbcore.cli.pages.words import SEVERITIES
from nbcore.finding import Finding


def points(findings: Iterable[Finding]) -> Html:
    """The findings as a list; each says its code and place."""
    return el("ul", [el("li", _point(one)) for one in findings], class_="findings")


def _point(one: Finding) -> Html:
    where = " ".join(part for part in (one.location, one.path.keyed) if part)
    remedy = el("span", one.remedy, class_="place") if one.remedy else ""
    place = el("span", code(where), class_="place") if where else ""
    return joined(
        SEVERITIES[one.severity].badge(), " ", code(one.code), " ", el("bdi", one.message), remedy, place
    )
