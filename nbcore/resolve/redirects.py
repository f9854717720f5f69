"""Redirects: one algorithm for option values and for Templates, and the table of what an event takes.

Refuses to know what an id stands for.

Laws: test_redirects_terminate, test_redirects_are_idempotent, test_redirect_chain_never_repeats,
test_redirects_are_taken_up_to_the_first_that_the_event_does_not_allow.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import Final, Literal

from nbcore.model.notebook import UpdatePolicy
from nbcore.model.selection import Broken, Cycle, Gone, Redirected, Resolution, Selected, Step
from nbcore.model.template import Redirect, When

Event = Literal["busy", "idle", "start"]
"""What happens to a notebook: it runs and is used, it runs and is idle, it is being started."""

TAKES: Final[dict[tuple[Event, UpdatePolicy], frozenset[When]]] = {
    ("busy", "Auto"): frozenset({"Immediate"}),
    ("idle", "Auto"): frozenset({"Idle", "Immediate"}),
    ("start", "Auto"): frozenset({"Restart", "Idle", "Immediate"}),
    ("busy", "Manual"): frozenset({"Immediate"}),
    ("idle", "Manual"): frozenset({"Immediate"}),
    ("start", "Manual"): frozenset({"Immediate"}),
}
"""The redirects that an event takes, by their `when`; the others are listed as pending."""

RedirectOf = Callable[[str], "Redirect | None"]
"""The redirect of an id that exists. Raises KeyError for an id that does not."""


def follow(
    group: str, chosen: str, redirect_of: RedirectOf, takes: frozenset[When], *, explicit: bool = True
) -> Resolution:
    """The typed result of a selection that may lead on.

    Shape: total: every chosen id, known or not, has a result; `Gone` comes without its nearest ids. The
    chain is followed to its end and taken step by step while the event allows it, up to the first step
    that it does not allow.
    """
    chain: list[Step] = []
    seen = {chosen}
    at = chosen
    try:
        redirect = redirect_of(at)
    except KeyError:
        return Gone(group, chosen, None, explicit)
    while redirect is not None:
        chain.append(Step(at, redirect.to, redirect.when, redirect.message))
        at = redirect.to
        if at in seen:
            return Cycle(group, chosen, chosen, explicit, tuple(chain))
        seen.add(at)
        try:
            redirect = redirect_of(at)
        except KeyError:
            return Broken(group, chosen, chosen, explicit, tuple(chain), missing=at)
    if not chain:
        return Selected(group, chosen, chosen, explicit)
    taken = _allowed(chain, takes)
    value = chain[taken - 1].target if taken else chosen
    return Redirected(group, chosen, value, explicit, tuple(chain), taken)


def _allowed(chain: list[Step], takes: frozenset[When]) -> int:
    """How many steps from the start the event takes."""
    for count, step in enumerate(chain):
        if step.when not in takes:
            return count
    return len(chain)


def nearest(word: str, candidates: Iterable[str], limit: int = 1_000) -> tuple[str, ...]:
    """Up to three ids that look like the one that is gone, the likeliest first; of the first `limit` ids."""
    some = [candidate for candidate, _ in zip(candidates, range(limit), strict=False)]
    return tuple(difflib.get_close_matches(word[:256], some, n=3, cutoff=0.5))
