"""Faults of pressure: more than a server can do, clients that stand still, bodies that are too large.

Refuses to know how much is tried (`Sizes`), and how servers and clients are made (`fault_load`).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
import ssl
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from tests.webhook.fault_lives import SMALL, made
from tests.webhook.fault_load import (
    Broken,
    Callers,
    Replica,
    Result,
    Sizes,
    Wire,
    dialled,
    head,
    milliseconds,
    read_answer,
    replicas,
    until,
)
from tests.webhook.harness import KINDS, issued, pod_review, template_review, trusting, write_pair
from webhook.answering import DEADLINE
from webhook.bodies import MOST_BYTES

_TIMES: Final = 10
"""How much more than nominal comes in."""
_NOMINAL: Final = 0.5
"""How much of what a server can do is nominal."""
_CONNECTIONS: Final = 600
"""What an API server has in flight at most: 400 reads and 200 writes."""
_TIMEOUT: Final = 5.0
_LATE: Final = DEADLINE[2].encode()
_PATH: Final = f"/validate?timeout={_TIMEOUT:.0f}s"
_RECOVERY_SECONDS: Final = 5.0
_PIECE: Final = b"10000\r\n" + b" " * 65536 + b"\r\n"
_RSS_MIB: Final = 128
"""What bodies may hold together."""
_ESTABLISHED: Final = 1


def bundled(file: str, number: int = 0) -> Callable[[str], bytes]:
    """What makes a review of one of the kinds that come with us, as an admin who applies it again."""
    kind = list(yaml.safe_load_all((KINDS / file).read_text()))[number]
    group, _, version = kind["apiVersion"].rpartition("/")
    plural = f"{kind['kind'].lower()}s"
    return made(
        pod_review(
            kind={"group": group, "version": version, "kind": kind["kind"]},
            resource={"group": group, "version": version, "resource": plural},
            name=kind["metadata"]["name"],
            namespace=kind["metadata"]["namespace"],
            object=kind,
        )
    )


@dataclass
class Flood:
    """Requests that come at a rate, whatever becomes of those before; the connections are there already."""

    dial: Callable[[], int]
    tls: ssl.SSLContext
    body: Callable[[str], bytes]
    connections: int
    idle: list[Wire] = field(default_factory=list)
    sent: int = 0
    held_back: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    served: list[float] = field(default_factory=list)
    shed: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)

    async def open(self) -> None:
        """Opens the connections, some at a time."""
        self.idle = [Wire(self.dial, self.tls) for _ in range(self.connections)]
        for first in range(0, self.connections, 20):
            await asyncio.gather(*(one.ask(SMALL("open")) for one in self.idle[first : first + 20]))

    async def run(self, rate: float, seconds: float) -> None:
        """Sends so many a second for some seconds, and waits for the last answer."""
        began, running = time.perf_counter(), until(seconds)
        async with asyncio.TaskGroup() as tasks:
            while running():
                due = int((time.perf_counter() - began) * rate) - self.sent - self.held_back
                able = min(due, len(self.idle))
                self.held_back += due - able
                for _ in range(able):
                    self.sent += 1
                    tasks.create_task(self._one(self.idle.pop(), self.body(str(self.sent))))
                await asyncio.sleep(0.002)
        for wire in self.idle:
            wire.close()

    async def _one(self, wire: Wire, body: bytes) -> None:
        began = time.perf_counter()
        try:
            answer = await wire.ask(body, _PATH, _TIMEOUT)
        except Broken as error:
            self.statuses[str(error)[:80]] += 1
        else:
            took = time.perf_counter() - began
            again = f"{answer.body.decode().strip()}, Retry-After" if "retry-after" in answer.headers else ""
            self.statuses[f"{answer.status} {again}".strip()] += 1
            (
                self.served if answer.status == 200 else self.late if _LATE in answer.body else self.shed
            ).append(took)
        self.idle.append(wire)

    def figures(self) -> dict[str, Any]:
        """What came, and what became of it."""
        return {
            "came": self.sent,
            "held back by the client": self.held_back,
            "answers": dict(self.statuses),
            "p50, p99 ms served": [milliseconds(self.served, 0.5), milliseconds(self.served)],
            "p50, p99 ms sent away at once": [milliseconds(self.shed, 0.5), milliseconds(self.shed)],
            "p50, p99 ms sent away when no time was left": [
                milliseconds(self.late, 0.5),
                milliseconds(self.late),
            ],
        }

    def faults(self) -> list[str]:
        """What is no answer, or none that lets the client ask again."""
        bad = {
            how: number for how, number in self.statuses.items() if how != "200" and "Retry-After" not in how
        }
        return [how for how, number in bad.items() for _ in range(number)]


async def overload(folder: Path, sizes: Sizes) -> Result:
    """Ten times more than nominal: what is too much is sent away at once, and afterwards it is as before."""
    pair = issued()
    write_pair(folder, pair)
    tls = trusting(pair.authority)
    body = bundled("notebooks.yaml")
    async with replicas(1, folder) as (replica,):
        calm, after = (Callers(lambda: replica.port, tls, body, _PATH) for _ in range(2))
        began = time.monotonic()
        await calm.run(3, until(sizes.overload / 6))
        rate = calm.sent / (time.monotonic() - began)
        flood = Flood(lambda: replica.port, tls, body, _CONNECTIONS)
        await flood.open()
        await flood.run(rate * _NOMINAL * _TIMES, sizes.overload)
        recovered = await _recovered(replica, tls)
        await after.run(3, until(sizes.overload / 6))
    figures = {
        "can do a second": round(rate),
        **flood.figures(),
        "cpu ms of one sent away, of a small one served": await _costs(folder, tls, sizes.overload / 10),
        "recovered s": round(recovered, 2),
        "p99 ms before, after": [milliseconds(calm.took), milliseconds(after.took)],
    }
    faults = flood.faults() + calm.faults() + after.faults()
    return Result(figures, faults + [f"recovered after {recovered:.1f} s"] * (recovered > _RECOVERY_SECONDS))


async def _costs(folder: Path, tls: ssl.SSLContext, seconds: float) -> list[float]:
    """Milliseconds of the event loop for a request that is sent away, and for one that is served, 2 KiB each."""
    async with replicas(1, folder, "--max-in-flight", "1") as (replica,):

        def fresh(body: Callable[[str], bytes] = SMALL) -> Callers:
            return Callers(lambda: replica.port, tls, body, retries=1)

        cpu, free, full = replica.cpu(), fresh(), fresh()
        await free.run(1, until(seconds))
        served = (replica.cpu() - cpu) / free.sent
        running = until(seconds)
        holding = asyncio.create_task(fresh(bundled("pod-defaults.yaml")).run(1, running))
        await asyncio.sleep(seconds / 10)
        cpu = replica.cpu()
        await full.run(1, running)
        away = (replica.cpu() - cpu - served * (full.sent - len(full.lost))) / max(1, len(full.lost))
        await holding
    return [round(away * 1000, 2), round(served * 1000, 2)]


async def _recovered(replica: Replica, tls: ssl.SSLContext) -> float:
    """Seconds until a request is answered."""
    one, began = Callers(lambda: replica.port, tls, SMALL), time.monotonic()
    await one.run(1, lambda: not one.took)
    return time.monotonic() - began


async def long(folder: Path, sizes: Sizes) -> Result:
    """Far more changes of kinds than can be tried on what uses them, while pods are made: these go on."""
    pair = issued()
    write_pair(folder, pair)
    tls = trusting(pair.authority)
    async with replicas(1, folder) as (replica,):
        before, during = (Callers(lambda: replica.port, tls, SMALL) for _ in range(2))
        flood = Flood(lambda: replica.port, tls, bundled("pod-defaults.yaml"), 100)
        await flood.open()
        await before.run(3, until(sizes.overload / 6))
        running = until(sizes.overload)
        await asyncio.gather(flood.run(100, sizes.overload), during.run(3, running))
        alive = await replica.is_ready()
        recovered = await _recovered(replica, tls)
    figures = {**flood.figures(), "p99 ms of pods without": milliseconds(before.took)}
    figures |= {"pods": during.figures(), "recovered s": round(recovered, 2)}
    faults = flood.faults() + before.faults() + during.faults()
    faults += [f"recovered after {recovered:.1f} s"] * (recovered > _RECOVERY_SECONDS)
    return Result(figures, faults + ["not ready afterwards"] * (not alive))


async def slow(folder: Path, sizes: Sizes) -> Result:
    """Clients that stand still in the head, in the body, or with the answer, beside good ones."""
    pair = issued()
    write_pair(folder, pair)
    tls = trusting(pair.authority)
    long = json.dumps(template_review(uid="u" * 100_000)).encode()
    halves = (
        b"POST /validate HTTP/1.1\r\nHost:",
        head("/validate", 9) + b"{",
        (head("/validate", len(long)) + long) * 4,
    )
    still: list[Still] = []
    async with replicas(1, folder) as (replica,):
        before = Callers(lambda: replica.port, tls, SMALL)
        during = Callers(lambda: replica.port, tls, SMALL)
        await before.run(3, until(5))
        began = time.monotonic()
        for first in range(0, sizes.slow, 50):
            numbers = range(first, min(first + 50, sizes.slow))
            still += await asyncio.gather(
                *(Still.dialled(replica.port, tls, halves[at % 3]) for at in numbers)
            )
        opened = time.monotonic() - began
        standing = [sum(not one.ended for one in still)]
        await during.run(3, until(max(2.0, min(5.0, 9.0 - opened))))  # the first are let go after 10 s
        standing.append(sum(not one.ended for one in still))
        await asyncio.wait([one.ending for one in still], timeout=40)
        left = sum(not one.ended for one in still)
        closed = await replica.metric("nbcore_webhook_connections_slow_total")
        for one in still:
            one.close()
    figures = {
        "slow clients": len(still),
        "opened in s": round(opened, 1),
        "standing still at first, at last": standing,
        "never let go": left,
        "let go for a head or an answer": closed,
        "p50 ms without, with": [milliseconds(before.took, 0.5), milliseconds(during.took, 0.5)],
        "p99 ms without, with": [milliseconds(before.took), milliseconds(during.took)],
        "p99 ratio": round(milliseconds(during.took) / milliseconds(before.took), 2),
        **{name: value for name, value in during.figures().items() if name in ("requests", "lost")},
    }
    return Result(figures, during.faults() + [f"{left} slow clients were never let go"] * bool(left))


class Still:
    """A client that sends something and then stands still, until the other side ends the connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.ending = asyncio.create_task(self._end())

    @classmethod
    async def dialled(cls, port: int, tls: ssl.SSLContext, sent: bytes) -> Still:
        """A client with small buffers, so that what it does not read stays with the server."""
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.setblocking(False)
        await asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", port))
        pair = await asyncio.open_connection(sock=line, ssl=tls, server_hostname="localhost")
        transport: Any = pair[1].transport
        transport.set_read_buffer_limits(1024)  # of what TLS has not opened yet
        transport.pause_reading()
        pair[1].write(sent)
        return cls(*pair)

    async def _end(self) -> None:
        """Waits without reading; what is not read hides the end of a connection, so the kernel is asked."""
        line = self._writer.get_extra_info("socket")
        with contextlib.suppress(OSError):
            while line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == _ESTABLISHED:
                await asyncio.sleep(0.5)

    @property
    def ended(self) -> bool:
        """Whether the other side has let go of it."""
        return self.ending.done()

    def close(self) -> None:
        """Ends it from this side."""
        self.ending.cancel()
        self._writer.transport.abort()


LARGE: Final = {
    "one byte more, declared": (head("/validate", MOST_BYTES + 1), b" " * 65536),
    "100 MiB, declared": (head("/validate", 100 << 20), b" " * 65536),
    "chunks without end": (head("/validate", None), _PIECE),
}


async def oversized(folder: Path, sizes: Sizes) -> Result:
    """Bodies that are too large, whether they say so or not, beside good requests."""
    pair = issued()
    write_pair(folder, pair)
    tls = trusting(pair.authority)
    statuses: dict[str, Counter[int]] = {kind: Counter() for kind in LARGE}
    async with replicas(1, folder) as (replica,):
        await Callers(lambda: replica.port, tls, SMALL).run(3, until(1))
        memory = replica.memory()
        replica.forget_most()
        callers = Callers(lambda: replica.port, tls, SMALL)
        done = False

        async def large(kind: str) -> None:
            await asyncio.sleep(random.uniform(0, sizes.oversized / 5))
            statuses[kind][await _status(replica.port, tls, *LARGE[kind])] += 1

        async def all_large() -> None:
            nonlocal done
            kinds = [list(LARGE)[number % len(LARGE)] for number in range(sizes.oversized)]
            await asyncio.gather(*map(large, kinds))
            done = True

        await asyncio.gather(callers.run(3, lambda: not done), all_large())
        most, now = replica.memory("VmHWM") - memory, replica.memory() - memory
    faults = [f"{kind}: {status}" for kind, found in statuses.items() for status in found if status != 413]
    faults += callers.faults() + [f"{most} MiB more"] * (most > _RSS_MIB)
    figures: dict[str, Any] = {"large": {kind: dict(found) for kind, found in statuses.items()}}
    return Result(figures | {"MiB more at most, then": [most, now], **callers.figures()}, faults)


async def _status(port: int, tls: ssl.SSLContext, begin: bytes, piece: bytes) -> int:
    """The status that a client gets who sends without end, and reads at the same time; 0 for none."""
    reader, writer = await dialled(port, tls)

    async def send() -> None:
        writer.write(begin)
        with contextlib.suppress(OSError):
            while True:
                writer.write(piece)
                await writer.drain()

    sending = asyncio.create_task(send())
    try:
        async with asyncio.timeout(20):
            return (await read_answer(reader)).status
    except (OSError, EOFError, TimeoutError, ValueError):
        return 0
    finally:
        sending.cancel()
        writer.transport.abort()
