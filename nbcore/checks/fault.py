"""The fault: what a rule has against one place of a plain pod, before anybody knows who wrote that place.

Refuses to know files and layers: the roof turns a fault into a finding at the line that caused it.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

from nbcore.finding import Fix

RawPath: TypeAlias = tuple[str | int, ...]
"""A place in the pod ``{metadata, spec}``: field names and map keys, and list elements by index."""


class Fault(NamedTuple):
    """One rule broken at one place of a pod.

    Shape: ``path`` is where the API server would name it, also where the field is missing; ``related`` are
    other places of the pod that play a part. ``fix`` has a path of the pod. ``magnitude`` is how bad it is,
    where the rule measures something, in the rule's own unit. The message never holds a value of env.
    """

    code: str
    path: RawPath
    message: str
    remedy: str = ""
    related: tuple[RawPath, ...] = ()
    magnitude: Fraction | None = None
    fix: Fix | None = None


Faults: TypeAlias = Iterator[Fault]
Pod: TypeAlias = dict[str, Any]
"""A plain pod ``{metadata, spec}``; what more a manifest has (apiVersion, kind, status) is not looked at."""
