"""Good practice (NB9): what Kubernetes accepts and people regret.

The rules see a pod of which the schema has taken out what has the wrong type. They may relate only places
that share a concern in `checks.interactions`. Refuses to know kinds: it sees one pod.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from nbcore.checks.fault import Faults, Pod
from nbcore.checks.practice.access import tokens_and_groups
from nbcore.checks.practice.amounts import amounts
from nbcore.checks.practice.doubles import doubles
from nbcore.checks.practice.images import images
from nbcore.checks.practice.impossible import impossible_values
from nbcore.checks.practice.secrets import literal_secrets
from nbcore.checks.practice.writable import writable_places

CHECKS: Final[tuple[Callable[[Pod], Faults], ...]] = (
    images,
    writable_places,
    tokens_and_groups,
    amounts,
    literal_secrets,
    doubles,
    impossible_values,
)


def check(pod: Pod) -> Faults:
    """What the rules of good practice have against a pod."""
    for one in CHECKS:
        yield from one(pod)
