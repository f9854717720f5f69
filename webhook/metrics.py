"""The metrics of one process, in a registry of their own, with label sets that are fixed here.

Refuses to know names, namespaces and users: none of them is ever a label, so no tenant can make series.
"""

from __future__ import annotations

import math
import platform
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

import nbcore
from webhook.source_of_kinds import Figure

PHASES: Final = ("mutate", "validate")
OPERATIONS: Final = ("CREATE", "UPDATE", "DELETE", "CONNECT", "other")
OUTCOMES: Final = ("allowed", "denied", "error")
REFUSALS: Final = (
    "bad_request",
    "content_encoding",
    "content_type",
    "deadline",
    "method",
    "not_synced",
    "overload",
    "path",
    "slow_body",
    "stranger",
    "too_large",
)
_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class Metrics:
    """Every metric of the server; `registry` holds them, for `/metrics`."""

    def __init__(self, figures: Callable[[], Iterable[Figure]] = tuple) -> None:
        self.registry: Final = CollectorRegistry()
        self._requests = self._counter(
            "requests",
            "Reviews answered, by what the answer was.",
            "phase",
            "operation",
            "dry_run",
            "outcome",
        )
        self._duration = Histogram(
            "nbcore_webhook_request_duration_seconds",
            "From the head of a request to its answer.",
            ["phase"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._refused = self._counter("refused", "Requests that got no verdict, by reason.", "reason")
        self.patched = self._counter("patched", "Answers that carry a patch.")
        self.fetches = self._counter("fetches", "Objects asked for during a review.", "result")
        self.connections = self._gauge("connections", "Connections that are open.")
        self.connections_refused = self._counter("connections_refused", "Connections above the limit.")
        self.connections_slow = self._counter("connections_slow", "Connections closed for being slow.")
        self.handshakes_failed = self._counter("handshakes_failed", "TLS handshakes that failed.")
        self.in_flight = self._gauge("in_flight", "Reviews that are being worked on or wait for it.")
        self.reloads = self._counter("certificate_reloads", "Certificates read anew, by result.", "result")
        self.not_after = self._gauge(
            "certificate_not_after_seconds", "When the certificate ends, in Unix time."
        )
        self.stalls = self._counter("loop_stalls", "Times that the event loop stood still.")
        self.ready = self._gauge("ready", "Whether the server is ready.")
        build = self._gauge("build_info", "The program; always 1.", "version", "python")
        build.labels(nbcore.__version__, platform.python_version()).set(1)
        self.registry.register(_Figures(figures))
        # children are looked up once: labels() takes a lock and builds a key at every call
        self._request_of = {
            (phase, operation, dry_run, outcome): self._requests.labels(
                phase, operation, str(dry_run).lower(), outcome
            )
            for phase in PHASES
            for operation in OPERATIONS
            for dry_run in (False, True)
            for outcome in OUTCOMES
        }
        self._duration_of = {phase: self._duration.labels(phase) for phase in PHASES}
        self._refused_of = {reason: self._refused.labels(reason) for reason in REFUSALS}

    def answered(self, phase: str, operation: str, dry_run: bool, outcome: str, took: float) -> None:
        """Counts one review that was answered."""
        known = operation if operation in OPERATIONS else "other"
        self._request_of[phase, known, dry_run, outcome].inc()
        self._duration_of[phase].observe(took)

    def refused(self, reason: str) -> None:
        """Counts one request that got no verdict."""
        self._refused_of[reason].inc()

    def _counter(self, name: str, help_: str, *labels: str) -> Counter:
        return Counter(f"nbcore_webhook_{name}", help_, labels, registry=self.registry)

    def _gauge(self, name: str, help_: str, *labels: str) -> Gauge:
        return Gauge(f"nbcore_webhook_{name}", help_, labels, registry=self.registry)


class _Figures:
    """What the source of kinds shows, asked for when somebody looks."""

    def __init__(self, figures: Callable[[], Iterable[Figure]]) -> None:
        self._figures = figures

    def describe(self) -> Iterator[Metric]:
        """Nothing: the registry must not ask before the source is there."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """One family for each name."""
        families: dict[str, Metric] = {}
        for one in self._figures():
            family = families.get(one.name)
            if family is None:
                family = families[one.name] = _family(one)
            family.add_sample(one.name, dict(one.labels), one.value if math.isfinite(one.value) else 0.0)
        yield from families.values()


def _family(one: Figure) -> Metric:
    kind = CounterMetricFamily if one.type == "counter" else GaugeMetricFamily
    return kind(one.name, one.help)
