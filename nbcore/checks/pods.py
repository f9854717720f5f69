"""The rules of pods, all families in one place: which checks there are, and in which order they run.

Refuses to know where a pod comes from, and everything that needs other objects than the pod.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from nbcore.checks import podsecurity, practice, semantics
from nbcore.checks.fault import Fault, Pod, RawPath
from nbcore.checks.pod_fields import fitted
from nbcore.kubernetes import pod_schema


class Level(NamedTuple):
    """A level of the Pod Security Standards: ``baseline`` or ``restricted``, of ``latest`` or ``1.N``."""

    name: str
    version: str = "latest"

    @classmethod
    def parse(cls, text: str) -> Level:
        """The level that a text such as ``restricted`` or ``restricted:v1.29`` stands for."""
        name, _, version = text.partition(":")
        return cls(name, version.removeprefix("v") or "latest")


class Policy(NamedTuple):
    """What a pod is judged by: a Kubernetes version of the tables, and every level that it must meet."""

    version: str = pod_schema.NEWEST
    levels: tuple[Level, ...] = ()


def pod_faults(pod: Any, policy: Policy, type_name: str = "PodTemplateSpec") -> list[Fault]:
    """Everything that the rules have against a pod, family by family.

    Shape: ``type_name`` is ``Pod`` for a whole manifest. Rules after the schema see the pod without what the
    schema refuses; what they would only say because of that is left out.
    """
    sound, faults = fitted(pod, policy.version, type_name)
    refused = {fault.path for fault in faults}
    checks = (*semantics.CHECKS, *semantics.OF_WHOLE_PODS) if type_name == "Pod" else semantics.CHECKS
    found = [fault for check in checks for fault in check(sound)]
    advice = list(practice.check(sound))
    if refused:
        found, advice = (
            [fault for fault in some if not _is_below(fault.path, refused)] for some in (found, advice)
        )
    return [*faults, *found, *_security_faults(pod, policy), *advice]


def _is_below(path: RawPath, refused: set[RawPath]) -> bool:
    return any(path[:length] in refused for length in range(len(path) + 1))


def _security_faults(pod: Pod, policy: Policy) -> list[Fault]:
    """What the levels have against the pod, each thing once, whatever the number of levels that say it."""
    found: dict[tuple[str, RawPath], Fault] = {}
    for level in policy.levels:
        for fault in podsecurity.check(pod, level.name, level.version, policy.version):
            found.setdefault((fault.code, fault.path), fault)
    return list(found.values())
