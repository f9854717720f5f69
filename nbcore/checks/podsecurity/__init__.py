"""The Pod Security Standards (NB5).

Refuses to know namespaces and exemptions: it judges one pod by one level of one version.
"""

from __future__ import annotations

from nbcore.checks.fault import Faults, Pod


def check(pod: Pod, level: str, version: str, cluster: str) -> Faults:
    """What a level of the standard has against a pod."""
    yield from ()
