"""The Pod Security Standards (NB5): what a level of the standard has against one pod.

The pod is judged as it was written: a value of the wrong type is an offence, and grants nothing.

Refuses to know namespaces, labels and exemptions: it judges one pod by one level of one version.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbcore.checks.fault import Fault, Faults, Pod
from nbcore.checks.podsecurity.denial import Verdict, verdict
from nbcore.checks.podsecurity.places import TYPES, Place, shown
from nbcore.checks.podsecurity.rule_forms import Offence
from nbcore.checks.podsecurity.standard import Check, Judgement, effective, judged
from nbcore.kubernetes.paths import Path

__all__ = ["Verdict", "check", "faults_of", "verdict"]

MALFORMED = "NB500"


def check(pod: Pod, level: str, version: str, cluster: str) -> Faults:
    """What a level of the standard has against a pod.

    Shape: ``version`` is ``latest`` or ``1.N``, and no younger than ``cluster``, a Kubernetes version, takes
    effect. A cause is told once: what one field brings about elsewhere is left to that field's fault.
    Raises: ValueError for a word that is no level, or a text that is no version.
    """
    return faults_of(judged(pod, level, effective(version, cluster)))


def faults_of(judgement: Judgement) -> Faults:
    """The faults that a judgement stands for: malformed places first, each once, then check by check."""
    offences = [(check, one) for check, found in judgement.results for one in found]
    barred = [*judgement.malformed, *(one.place for _, one in offences if one.place.expected)]
    yield from map(_malformed, {place.path: place for place in barred}.values())
    yield from _broken(offences)


def _malformed(place: Place) -> Fault:
    found = TYPES.get(type(place.value), "of an unknown type")
    if type(place.value) is int and place.expected == TYPES[int]:
        found = "out of range"
    message = f"{_field(place)} must be {place.expected}, and is {found}: Pod Security cannot be judged"
    return Fault(MALFORMED, place.path, message, f"Write {place.expected}, or leave it out.")


def _field(place: Place) -> str:
    """The last field name of a place, with the index behind it."""
    names = [number for number, step in enumerate(place.path) if isinstance(step, str)]
    return f"field {shown(Path(place.path[names[-1] :]))}"


def _broken(offences: list[tuple[Check, Offence]]) -> Iterator[Fault]:
    for check, one in offences:
        if not one.place.expected and not one.implied:
            related = tuple(owner.path for owner in one.owners if owner.path != one.place.path[:3])
            yield Fault(check.code, one.place.path, one.message, one.remedy, related, fix=one.fix)
