"""The faults of `tests.webhook.faults`, a little of each, and what they have brought to light."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

from nbcore import admission
from tests.webhook import faults
from tests.webhook.fault_load import Sizes, head
from tests.webhook.fault_pressure import Still
from tests.webhook.harness import Held, Running, in_loop, pod_review, running, template_review
from webhook import connections
from webhook.answering import SLICE_SECONDS, Limits
from webhook.workers import Worker, Workers

LITTLE = Sizes(
    requests=300,
    rotations=7,
    restarts=1,
    signals=6,
    duplicates=20,
    overload=1.5,
    slow=0,
    oversized=3,
    scripts=4,
)


@pytest.mark.parametrize("name", [name for name in faults.SCENARIOS if name != "slow"])
def test_nothing_is_lost(name: str) -> None:
    """Slow clients are let go after ten seconds; `test_limits` has them with shorter ones."""
    figures, wrong = faults.run(name, LITTLE)
    assert wrong == [], figures


def slowly(seconds: float) -> Callable[..., Any]:
    """A review that takes its time."""
    review = admission.review

    def judge(*arguments: Any, **named: Any) -> Any:
        time.sleep(seconds)
        return review(*arguments, **named)

    return judge


async def longest_pause(server: Running, *bodies: Any) -> tuple[float, list[int]]:
    """How long the loop does not turn at most while these are answered, and their statuses."""
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            began = time.monotonic()
            await asyncio.sleep(0)
            longest = max(longest, time.monotonic() - began)

    await server.ask(pod_review("first"))
    watching = asyncio.create_task(watch())
    answers = await asyncio.gather(*(server.post(body) for body in bodies))
    watching.cancel()
    return longest, [status for status, _, _ in answers]


@in_loop
async def test_between_reviews_the_loop_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "review", slowly(0.02))
    async with running() as server:
        longest, statuses = await longest_pause(server, *(pod_review(str(number)) for number in range(60)))
    assert statuses == [200] * 60
    assert 0.02 <= longest < 0.4, "60 reviews of 20 ms take 1.2 s, in slices"
    assert SLICE_SECONDS <= 0.02


@in_loop
async def test_changes_of_kinds_are_judged_beside_the_loop_and_leave_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running(limits=Limits(long=2)) as server:
        await server.ask(pod_review("first"))
        monkeypatch.setattr(admission, "review", slowly(0.4))
        longest, statuses = await longest_pause(
            server, *(template_review(f"t{number}") for number in range(5))
        )
    assert sorted(statuses) == [200, 200, 503, 503, 503]
    assert longest < 0.75, "a pod that is judged on the loop stops it; a Template does not"


@in_loop
async def test_an_answer_that_the_kernel_holds_is_unread_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "WRITE_SECONDS", 0.3)
    async with running() as server:
        data = json.dumps(template_review(uid="u" * 200_000)).encode()
        still = await Still.dialled(server.port, server.tls, head("/validate", len(data)) + data)
        await asyncio.wait_for(still.ending, 10)
        assert "nbcore_webhook_connections_slow_total 1.0" in (await server.health("/metrics"))[1]
        assert len(server.server.connections) == 0
        still.close()


@in_loop
async def test_a_connection_that_is_gone_is_dropped_without_harm() -> None:
    async with running(Held()) as server:
        _, writer = await server.open()
        while not len(server.server.connections):
            await asyncio.sleep(0.01)
        (one,) = server.server.connections.connections
        assert isinstance(one, connections.Connection)
        assert one.socket is not None
        line: socket.socket = one.socket.get_extra_info("socket")
        one.socket.abort()
        await asyncio.sleep(0.05)
        assert line.fileno() == -1
        one.head_since, one.answered_at = 0.0, 1.0
        assert not one.is_slow(time.monotonic() + 1000)
        one.drop()
        writer.close()


@in_loop
async def test_a_worker_that_is_being_started_is_told_to_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    workers = Workers([], 1)

    async def start(_: Worker) -> None:
        workers.leave(0)

    async def ended(_: Worker) -> int:
        while len(told) < 2:  # the first time there was no process yet
            await asyncio.sleep(0.01)
        return 0

    monkeypatch.setattr(Worker, "start", start)
    monkeypatch.setattr(Worker, "ended", ended)
    monkeypatch.setattr(Worker, "signal", lambda _, number: told.append(number))
    await asyncio.wait_for(workers.run(), 2)
