"""Rows K10 and K11: redirects of options that lead in a circle, or to what does not exist.

Upstream stops at the first circle that it meets; here every member of each circle is told of, in order.
Refuses to know what is wrong with a target that exists.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nbcore.checks.redirect_rules import Stop, check_redirects
from nbcore.finding import Finding
from nbcore.model.template import Template

_LEAD_NOWHERE: Final = frozenset({"NB207", "NB208"})


def redirect_rows(kind: Template, group: str) -> Iterator[Finding]:
    """The findings for all redirects of a group that lead nowhere: targets that are missing, and circles."""
    found = kind.spec.group(group)
    stops = (
        Stop(
            value.id,
            f"the {group} value",
            value.origin,
            value.display.hidden,
            (None,),
            value.redirect,
            value.redirect.to if value.redirect is not None else "",
        )
        for value in (found.values if found is not None else ())
    )
    yield from (one for one in check_redirects(stops) if one.code in _LEAD_NOWHERE)
