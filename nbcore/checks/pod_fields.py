"""The schema of pods (NB1): fields that do not exist, values of the wrong type, required fields that are missing.

Refuses to know what values mean.
"""

from __future__ import annotations

from nbcore.checks.fault import Fault, Pod


def fitted(pod: Pod, version: str) -> tuple[Pod, list[Fault]]:
    """The pod without nulls and without all that has no place in its schema, and a fault for each such thing.

    Shape: a pod in which all is right comes back as it is.
    """
    return pod, []
