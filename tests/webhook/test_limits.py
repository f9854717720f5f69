"""What a server does when there is too much, too slowly, or at the wrong time; how it leaves; what it tells."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from pathlib import Path
from typing import Any

import pytest

from tests.webhook.harness import Held, in_loop, pod_review, running, template_review
from tests.webhook.test_transport import JSON, answer_of, head, needing, status_of
from webhook import bodies, connections, durations
from webhook.answering import Limits
from webhook.directory import DirectoryKinds, figures
from webhook.watchdog import Watchdog


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5s", 5.0),
        ("1m30s", 90.0),
        ("1.5s", 1.5),
        (".5s", 0.5),
        ("5.s", 5.0),
        ("+2s", 2.0),
        ("100ms", 0.1),
        ("1h", 3600.0),
        ("7us", 7e-6),
        ("7µs", 7e-6),
        ("0s", None),
        ("-5s", None),
        ("5", None),
        ("", None),
        ("s", None),
        (".s", None),
        ("5 s", None),
        ("5s ", None),
        ("٥s", None),
        ("5s\n", None),
        ("9" * 60 + "h", None),
        ("9" * 100_000 + "s", None),
    ],
)
def test_durations_are_those_of_go(text: str, seconds: float | None) -> None:
    found = durations.seconds(text)
    assert found == (pytest.approx(seconds) if seconds is not None else None)


@in_loop
async def test_more_than_the_limit_is_answered_503_at_once_and_it_recovers() -> None:
    async with running(Held(delay=3.0), limits=Limits(in_flight=8)) as server:
        began = time.monotonic()

        async def one() -> tuple[int, str | None, float]:
            status, headers, _ = await server.post(needing(), "/validate?timeout=10s")
            return status, headers.get("Retry-After"), time.monotonic() - began

        answers = await asyncio.gather(*(one() for _ in range(40)))
        shed = [took for status, retry, took in answers if (status, retry) == (503, "1")]
        assert len(shed) == 32
        assert max(shed) < 2.9, "whoever is sent away does not wait for those who are served"
        assert sum(status == 200 for status, _, _ in answers) == 8
        assert (await server.ask(pod_review("after")))["uid"] == "after"
        text = (await server.health("/metrics"))[1]
        assert 'nbcore_webhook_refused_total{reason="overload"} 32.0' in text


@in_loop
async def test_connections_above_the_limit_are_closed_and_health_is_not_affected() -> None:
    async with running(connections=5) as server:
        pairs = []
        for _ in range(5):
            pairs.append(await server.open())
            await asyncio.sleep(0.05)  # while hands are shaken, a connection counts twice
        with pytest.raises(OSError):
            await server.open()
        assert (await server.health("/livez"))[0] == 200
        pairs[0][1].close()
        await asyncio.sleep(0.1)
        _, writer = await server.open()
        for one in (writer, *(writer for _, writer in pairs)):
            one.close()


@in_loop
async def test_slow_heads_bodies_and_handshakes_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr("webhook.answering.READ_SECONDS", 0.3)
    monkeypatch.setattr("webhook.listening.HANDSHAKE_SECONDS", 0.3)
    async with running() as server:
        silent, _silent_writer = await server.open()
        half, half_writer = await server.open()
        half_writer.write(b"POST /validate HTTP/1.1\r\nHost:")
        body, body_writer = await server.open()
        body_writer.write(head("/validate", JSON, "Content-Length: 100") + b"{")
        mute, _mute_writer = await asyncio.open_connection("127.0.0.1", server.port)
        good, good_writer = await server.open()
        data = json.dumps(pod_review()).encode()
        for _ in range(5):
            good_writer.write(head("/validate", JSON, f"Content-Length: {len(data)}") + data)
            assert await status_of(good) == 200
        async with asyncio.timeout(4):
            assert await status_of(body) == 408
            for reader in (silent, half, body, mute):
                assert await ended(reader)
        assert not good.at_eof()
        good_writer.close()


async def ended(reader: asyncio.StreamReader) -> bool:
    """Whether the other side ends, sooner or later."""
    try:
        return await reader.read() == b""
    except OSError:
        return True


@in_loop
async def test_an_answer_that_nobody_reads_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "WRITE_SECONDS", 0.3)
    async with running() as server:
        reader, writer = await server.open()
        assert isinstance(writer.transport, asyncio.Transport)
        writer.transport.pause_reading()
        data = json.dumps(template_review(uid="u" * 100_000)).encode()
        request = head("/validate", JSON, f"Content-Length: {len(data)}") + data
        async with asyncio.timeout(20):
            while len(server.server.connections):
                writer.write(request)
                await asyncio.sleep(0.05)
        writer.close()
        assert reader is not None


@in_loop
async def test_bodies_that_are_read_have_a_limit_together() -> None:
    async with running() as server:
        held = server.server.answering._bodies = bodies.Bodies(held=300_000)
        data = json.dumps(pod_review(size=200_000)).encode()
        reader, writer = await server.open()
        writer.write(head("/validate", JSON, f"Content-Length: {len(data)}") + data[:-1])
        while held.held < len(data) - 1:
            await asyncio.sleep(0.01)
        status, headers, _ = await server.post(data)
        assert (status, headers["Retry-After"]) == (503, "1")
        writer.write(data[-1:])
        assert await status_of(reader) == 200
        assert held.held == 0
        writer.close()


@in_loop
async def test_a_torn_body_gets_no_verdict_and_leaves_nothing() -> None:
    async with running() as server:
        for body in (b"5\r\nabc", b"zz\r\n", b"5\r\nabcdefgh\r\n"):
            _, writer = await server.open()
            writer.write(head("/validate", JSON, "Transfer-Encoding: chunked") + body)
            await asyncio.sleep(0.02)
            writer.transport.abort()
        await asyncio.sleep(0.2)
        assert server.server.answering._bodies.held == 0
        assert server.server.answering.in_flight == 0


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 2", "Transfer-Encoding: chunked"),
        ("Content-Length: -1",),
        ("Content-Length: 2", "Content-Length: 3"),
        ("Content-Length: +2",),
        ("Content-Length: 0x2",),
        ("Transfer-Encoding: chunked, identity",),
        ("Transfer-Encoding : chunked",),
        ("X: a\r\n b", "Content-Length: 2"),
    ],
)
def test_heads_that_two_servers_may_read_differently_are_refused(lines: tuple[str, ...]) -> None:
    @in_loop
    async def scenario() -> None:
        async with running() as server:
            reader, writer = await server.open()
            writer.write(head("/validate", JSON, *lines) + b"{}")
            assert await status_of(reader) == 400
            writer.close()

    scenario()


@in_loop
async def test_a_missing_object_is_fetched_once_a_request() -> None:
    source = Held()
    async with running(source) as server:
        response = await server.ask(needing())
    assert source.fetched, "the review needs the Template"
    assert len(source.fetched) == len(set(source.fetched))
    assert response["allowed"] is False


@in_loop
async def test_big_bodies_do_not_stop_the_loop() -> None:
    async with running() as server:
        big = json.dumps(pod_review("big", size=3 << 20)).encode()
        longest = 0.0

        async def watch() -> None:
            nonlocal longest
            while True:
                began = time.monotonic()
                await asyncio.sleep(0.005)
                longest = max(longest, time.monotonic() - began)

        watching = asyncio.create_task(watch())
        assert (await server.ask(big, "/validate?timeout=30s"))["uid"] == "big"
        watching.cancel()
    assert longest < 0.5


@in_loop
async def test_leaving_answers_everything_and_closes_connections() -> None:
    async with running(Held(delay=0.5), drain=0.6) as server:
        under_way = asyncio.create_task(server.post(needing(), "/validate?timeout=10s"))
        while not server.server.answering.in_flight:
            await asyncio.sleep(0.01)
        server.server.leave()
        assert (await server.health("/readyz"))[0] == 503
        assert (await server.health("/livez"))[0] == 200
        status, headers, _ = await server.post(pod_review("late"))
        assert (status, headers["Connection"]) == (200, "close")
        assert (await under_way)[0] == 200
        await asyncio.wait_for(asyncio.shield(server.task), 5)
        with pytest.raises(OSError):
            await server.open()


@in_loop
async def test_a_request_under_way_outlives_the_drain_window() -> None:
    async with running(Held(delay=1.0)) as server:
        under_way = asyncio.create_task(server.post(needing(), "/validate?timeout=10s"))
        while not server.server.answering.in_flight:
            await asyncio.sleep(0.01)
        server.server.leave()
        server.server.leave()
        assert (await under_way)[0] == 200


@in_loop
async def test_kinds_of_a_folder_are_read_again_when_they_change(tmp_path: Path) -> None:
    file = tmp_path / "kinds.yaml"
    namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {{name: {}}}\n"
    file.write_text(namespace.format("one"))
    source = DirectoryKinds(tmp_path, poll=0.02)
    assert not source.synced
    assert source.checks() == {"kinds": "not read yet"}
    running_source = asyncio.create_task(source.run())
    while not source.synced:
        await asyncio.sleep(0.01)
    first = source.catalog
    assert first.get("Namespace", "one")
    file.write_text(namespace.format("two"))
    while source.catalog is first:
        await asyncio.sleep(0.01)
    assert source.catalog.get("Namespace", "two")
    assert not source.catalog.get("Namespace", "one")
    # what cannot be read leaves what was there, and is no reason to be less ready
    file.write_text("{ no yaml")
    while source.errors == 0:
        await asyncio.sleep(0.01)
    file.unlink()
    tmp_path.rmdir()
    await asyncio.sleep(0.1)
    assert source.synced
    assert source.checks() == {"kinds": ""}
    shown = {one.name: one.value for one in figures(source)}
    assert shown["nbcore_kinds_reads_total"] >= 3
    running_source.cancel()


@in_loop
async def test_a_loop_that_stands_still_three_times_is_not_alive(capfd: pytest.CaptureFixture[str]) -> None:
    async with running() as server:
        watchdog = Watchdog(server.server.measured, stall=0.2)
        beating = asyncio.create_task(watchdog.beat())
        for stalls in range(3):
            await asyncio.sleep(0.2)
            assert watchdog.alive, stalls
            time.sleep(0.6)  # the stall
        await asyncio.sleep(0.1)
        assert not watchdog.alive
        beating.cancel()
        assert "nbcore_webhook_loop_stalls_total 3.0" in (await server.health("/metrics"))[1]


CANARY = "canary-7f3a"


@in_loop
async def test_no_value_reaches_logs_metrics_or_refusals(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    texts = []
    async with running() as server:
        for review in (pod_review(), template_review(), needing()):
            review["request"]["object"]["spec"]["env"] = [{"name": "A", "value": CANARY}]
            review["request"]["object"]["spec"][CANARY] = CANARY
            review["request"]["userInfo"] = {"username": CANARY, "groups": [CANARY], "extra": {"x": [CANARY]}}
            for path in ("/validate", "/mutate"):
                await server.post(review, path)
        texts.append((await server.post(f'{{"{CANARY}'.encode()))[2].decode())
        texts.append((await server.post(b"{}", f"/{CANARY}"))[2].decode())
        texts.append((await server.health("/metrics"))[1])
    texts += [json.dumps({name: str(value) for name, value in vars(one).items()}) for one in caplog.records]
    assert len(caplog.records) > 5
    assert not [text for text in texts if CANARY in text]


@in_loop
async def test_metrics_have_no_series_that_a_tenant_makes() -> None:
    async with running() as server:
        before = len(re.findall(r"^nbcore_", (await server.health("/metrics"))[1], re.MULTILINE))
        for number in range(20):
            review = pod_review(namespace=f"space-{number}", name=f"n-{number}", operation=f"O{number}")
            review["request"]["userInfo"]["username"] = f"user-{number}"
            await server.post(review, f"/validate?timeout={number}s")
            await server.post(b"{}", f"/{number}")
        text = (await server.health("/metrics"))[1]
        assert len(re.findall(r"^nbcore_", text, re.MULTILINE)) == before
        assert re.search(r'requests_total{[^}]*operation="other"[^}]*phase="validate"} [1-9]', text)


@in_loop
async def test_log_lines_are_json_in_ascii_with_the_uid() -> None:
    import io

    from webhook import logs

    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        logs.start("info")
        stream = io.StringIO()
        for one in root.handlers:
            assert isinstance(one, logging.StreamHandler)
            one.setStream(stream)
        async with running() as server:
            reader, writer = await server.open()
            data = json.dumps(template_review(uid="a\x1b[31m\n\u2028é")).encode()
            writer.write(head("/validate", JSON, f"Content-Length: {len(data)}") + data)
            await answer_of(reader)
            writer.close()
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        logs.LOG.setLevel(logging.NOTSET)
    text = stream.getvalue()
    assert text.isascii()
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", text)
    lines: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
    (answered,) = [line for line in lines if line["message"] == "answered"]
    assert answered["uid"] == "a\x1b[31m\n\u2028é"
    assert (answered["resource"], answered["allowed"]) == ("jackhoman.dev/v1beta1/templates", False)
