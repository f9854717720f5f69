"""What is hidden from people: env values, the contents of Secrets, and whatever may repeat them.

The one place that says so: diffs, explanations, findings and the frames around them all ask it. Where it is not
known, more is hidden rather than less. Refuses to know what stands in the place of a hidden value, and how
anything is printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from nbcore.kubernetes.paths import Item, Step

ENV: Final = frozenset({"env", "environment", "extraEnv", "httpHeaders", "requestHeaders"})
"""Fields whose entries are names and literal values."""

DATA: Final = frozenset({"data", "stringData", "binaryData"})
"""Fields at the top of a Secret or ConfigMap that hold its contents."""

COPIES: Final = frozenset({"kubectl.kubernetes.io/last-applied-configuration"})
"""Annotations that repeat a whole object."""

NO_SECRETS: Final = frozenset({"tolerations", "sysctls", "options", "labels"})
"""Lists whose entries have a ``value`` that is shown; in any other it is hidden, whatever the list is called."""

TELLS_NOTHING: Final = frozenset({"name", "valueFrom"})
"""Fields of an env entry that are shown."""


def is_hidden(path: Sequence[Step]) -> bool:
    """Whether the value at a path of a pod, or of any object, is one that is not shown.

    Shape: an entry of an env list is hidden as a whole; of its fields those are shown that tell nothing.
    """
    steps = _fields(path)
    if (steps and steps[0] in DATA) or any(step in COPIES or step == "stringData" for step in steps):
        return True
    if len(steps) > 2 and steps[-1] == "value" and steps[-3] not in NO_SECRETS:
        return True
    at = _env(steps)
    return at is not None and len(steps) > at + 1 and not TELLS_NOTHING & set(steps[at + 2 : at + 3])


def _fields(path: Sequence[Step]) -> list[str | int | None]:
    """The steps of a path, without the keys of list elements: they may be called anything."""
    return [None if isinstance(step, Item) else step for step in path]


def _env(steps: Sequence[str | int | None]) -> int | None:
    """Where the first field stands that holds names and values."""
    return next((at for at, step in enumerate(steps) if step in ENV), None)


def hides(path: Sequence[Step], value: Any) -> bool:
    """Whether what stands at a path is hidden, and all below it; of an entry of an env list each field is asked."""
    is_entry = isinstance(value, dict | list) and _env(_fields(path[:-1])) == len(path) - 2
    return not is_entry and is_hidden(path)
