"""NB446–NB449: probes, hooks and their handlers, case by case."""

from __future__ import annotations

from typing import Any

import pytest

from nbcore.checks.semantics import containers

Json = dict[str, Any]
EXEC: Json = {"exec": {"command": ["true"]}}


def found(spec: Json | None = None, **fields: Any) -> set[tuple[str, str]]:
    pod = {"spec": {"containers": [{"name": "main", "image": "i", **fields}], **(spec or {})}}
    return {(fault.code, ".".join(map(str, fault.path[3:]))) for fault in containers.check(pod)}


def of_probe(probe: Json, kind: str = "livenessProbe") -> set[tuple[str, str]]:
    answer = found(**{kind: probe})
    return {(code, path.removeprefix(kind).removeprefix(".")) for code, path in answer}


@pytest.mark.parametrize(
    ("handlers", "expected"),
    [
        (EXEC, set()),
        ({"httpGet": {"port": 80}}, set()),
        ({"httpGet": {"port": "web", "scheme": "HTTPS", "path": "", "host": ""}}, set()),
        ({"httpGet": {"port": 80, "scheme": "", "httpHeaders": [{"name": "X-A"}]}}, set()),
        ({"tcpSocket": {"port": "a" * 15}}, set()),
        ({"grpc": {"port": 65535, "service": ""}}, set()),
        ({}, {("NB446", "")}),
        ({**EXEC, "grpc": {"port": 1}}, {("NB446", "grpc")}),
        ({**EXEC, "httpGet": {}, "tcpSocket": {}}, {("NB446", "httpGet"), ("NB446", "tcpSocket")}),
        ({"exec": {}}, {("NB447", "exec.command")}),
        ({"exec": {"command": []}}, {("NB447", "exec.command")}),
        ({"httpGet": {}}, {("NB447", "httpGet.port")}),
        ({"httpGet": {"port": "8888"}}, {("NB447", "httpGet.port")}),
        ({"httpGet": {"port": 80, "scheme": "https"}}, {("NB433", "httpGet.scheme")}),
        ({"httpGet": {"port": 80, "httpHeaders": [{}]}}, {("NB447", "httpGet.httpHeaders.0.name")}),
        (
            {"httpGet": {"port": 80, "httpHeaders": [{"name": "X_A"}]}},
            {("NB447", "httpGet.httpHeaders.0.name")},
        ),
        ({"tcpSocket": {"port": ""}}, {("NB447", "tcpSocket.port")}),
        ({"tcpSocket": {"port": 65536}}, {("NB447", "tcpSocket.port")}),
        ({"grpc": {}}, {("NB447", "grpc.port")}),
        ({"grpc": {"port": -1}}, {("NB447", "grpc.port")}),
    ],
)
@pytest.mark.parametrize("kind", ["livenessProbe", "readinessProbe", "startupProbe"])
def test_a_handler(kind: str, handlers: Json, expected: set[tuple[str, str]]) -> None:
    assert of_probe(handlers, kind) == expected


@pytest.mark.parametrize(
    "field",
    ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"],
)
def test_a_number_is_not_negative(field: str) -> None:
    assert of_probe({**EXEC, field: -1}, "readinessProbe") == {("NB448", field)}
    assert of_probe({**EXEC, field: 0}, "readinessProbe") == set()
    assert of_probe({**EXEC, field: 1}) == set()


def test_only_readiness_may_need_more_than_one_success() -> None:
    probe = {**EXEC, "successThreshold": 2}
    assert of_probe(probe, "readinessProbe") == set()
    assert of_probe(probe, "livenessProbe") == {("NB448", "successThreshold")}
    assert of_probe(probe, "startupProbe") == {("NB448", "successThreshold")}
    assert of_probe({**EXEC, "successThreshold": -1}, "startupProbe") == {("NB448", "successThreshold")}


def test_only_what_ends_a_container_has_a_grace_period() -> None:
    field = "terminationGracePeriodSeconds"
    assert of_probe({**EXEC, field: 1}, "startupProbe") == set()
    assert of_probe({**EXEC, field: 0}, "livenessProbe") == {("NB448", field)}
    assert of_probe({**EXEC, field: 1}, "readinessProbe") == {("NB448", field)}


# ---- hooks ----


@pytest.mark.parametrize("hook", ["postStart", "preStop"])
def test_a_hook_has_one_handler(hook: str) -> None:
    assert found(lifecycle={hook: EXEC}) == set()
    assert found(lifecycle={hook: {}}) == {("NB446", f"lifecycle.{hook}")}
    place = {("NB446", f"lifecycle.{hook}.sleep")}
    assert found(lifecycle={hook: {**EXEC, "sleep": {"seconds": 1}}}) == place


def test_a_lifecycle_may_be_empty() -> None:
    assert found(lifecycle={}) == set()
    assert found(lifecycle={"stopSignal": "SIGTERM"}) == set()


@pytest.mark.parametrize(
    ("period", "good", "bad"),
    [(None, (0, 30), (-1, 31)), (60, (60,), (61,)), (0, (0,), (1,)), (-5, (0, 1), (2,))],
)
def test_a_hook_sleeps_within_the_grace_period(
    period: int | None, good: tuple[int, ...], bad: tuple[int, ...]
) -> None:
    spec = {} if period is None else {"terminationGracePeriodSeconds": period}
    for seconds in good:
        assert found(spec, lifecycle={"preStop": {"sleep": {"seconds": seconds}}}) == set()
    for seconds in bad:
        place = {("NB449", "lifecycle.preStop.sleep")}
        assert found(spec, lifecycle={"preStop": {"sleep": {"seconds": seconds}}}) == place
