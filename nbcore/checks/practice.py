"""Good practice (NB9): what Kubernetes accepts and people regret.

Refuses to know kinds: it sees one pod.
"""

from __future__ import annotations

from nbcore.checks.fault import Faults, Pod


def check(pod: Pod) -> Faults:
    """What the rules of good practice have against a pod."""
    yield from ()
