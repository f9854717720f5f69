"""The rules of pods, all families in one place: which checks there are, and in which order they run.

Refuses to know where a pod comes from, and everything that needs other objects than the pod.
"""

from __future__ import annotations

from typing import NamedTuple

from nbcore.checks import podsecurity, practice, semantics
from nbcore.checks.fault import Fault, Pod
from nbcore.checks.pod_fields import fitted
from nbcore.kubernetes import pod_schema


class Policy(NamedTuple):
    """What a pod is judged by.

    Shape: ``version`` is a Kubernetes version of the tables; ``level`` a Pod Security level, ``""`` for none;
    ``level_version`` the version of that standard, ``latest`` or ``1.N``.
    """

    version: str = pod_schema.NEWEST
    level: str = ""
    level_version: str = "latest"


def pod_faults(pod: Pod, policy: Policy) -> list[Fault]:
    """Everything that the rules have against a pod, family by family.

    Rules after the schema see the pod without what the schema refuses; what they would only say because of
    that is left out.
    """
    sound, faults = fitted(pod, policy.version)
    refused = {fault.path for fault in faults}
    for check in semantics.CHECKS:
        faults += [fault for fault in check(sound) if fault.path not in refused]
    if policy.level:
        faults += podsecurity.check(pod, policy.level, policy.level_version, policy.version)
    faults += practice.check(sound)
    return faults
