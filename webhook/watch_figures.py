"""What is shown of a watch as metrics: objects, time since the last word, lists by cause, refusals by status.

Refuses to know how a watch works: it reads the figures that each reflector keeps.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from webhook.source_of_kinds import Figure
from webhook.watching import WatchedKinds


def figures(source: WatchedKinds) -> Iterator[Figure]:
    """The figures of every kind that is watched."""
    now = time.monotonic()
    for resource, one in source.figures.items():
        silent = now - one.contact if one.contact else 0.0
        yield _gauge("objects", "Objects held, by kind.", one.objects, resource=resource)
        yield _gauge("silent_seconds", "Since the API server said a word of it.", silent, resource=resource)
        yield _counter("events", "Events seen, by kind.", one.events, resource=resource)
        yield _counter("watches", "Watches begun, by kind.", one.watches, resource=resource)
        for cause, count in one.lists.items():
            yield _counter("lists", "Lists read, by cause.", count, resource=resource, cause=cause)
        for status, count in one.failures.items():
            yield _counter(
                "failures", "Refusals, by HTTP status.", count, resource=resource, status=str(status)
            )


def _gauge(name: str, help_: str, value: float, **labels: Any) -> Figure:
    return Figure(f"nbcore_kinds_{name}", help_, "gauge", value, labels)


def _counter(name: str, help_: str, value: float, **labels: Any) -> Figure:
    return Figure(f"nbcore_kinds_{name}_total", help_, "counter", value, labels)
