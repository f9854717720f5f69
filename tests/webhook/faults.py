"""Faults under load, on loopback: certificates that rotate, replicas that restart, too much, too slow, too large.

    python -m tests.webhook.faults --requests 100000 --rotations 100 --restarts 20

Every server is the program in a process of its own. Clients follow the rules of the API server: connections are
kept, a 503 with Retry-After is asked again, and a request whose connection breaks is lost. It prints what was lost,
which is nothing, or exits with 1.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp

from tests.webhook.harness import KINDS, issued, pod_review, trusting, write_pair
from webhook.listening import bound

_BODY: Final = pod_review(size=2000)
_RETRIES: Final = 10
_SECONDS: Final = 10.0


@dataclass
class Replica:
    """One server: its folder of certificates, its ports, and its process."""

    folder: Path
    flags: tuple[str, ...] = ()
    port: int = 0
    health_port: int = 0
    process: asyncio.subprocess.Process | None = None

    def __post_init__(self) -> None:
        with bound("127.0.0.1", 0) as one, bound("127.0.0.1", 0) as other:
            self.port, self.health_port = one.getsockname()[1], other.getsockname()[1]

    async def start(self) -> None:
        """Starts it, and waits until it is ready."""
        command = ["-m", "webhook.main", "--kinds", str(KINDS), "--log-level", "error", "--tls-poll", "0.05"]
        command += ["--tls-cert", str(self.folder / "tls.crt"), "--tls-key", str(self.folder / "tls.key")]
        command += ["--port", str(self.port), "--health-port", str(self.health_port), *self.flags]
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, *command, stderr=subprocess.DEVNULL
        )
        async with asyncio.timeout(60):
            while not await self.is_ready():
                await asyncio.sleep(0.1)

    async def is_ready(self) -> bool:
        """What a kubelet would see."""
        try:
            async with aiohttp.request("GET", f"http://127.0.0.1:{self.health_port}/readyz") as answer:
                return answer.status == 200
        except OSError:
            return False

    async def metric(self, name: str) -> float:
        """The sum of the series of a metric."""
        async with aiohttp.request("GET", f"http://127.0.0.1:{self.health_port}/metrics") as answer:
            lines = (await answer.text()).splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ends it, and waits for the end."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(number)
            await self.process.wait()

    def memory(self) -> int:
        """MiB that it uses."""
        status = Path(f"/proc/{self.process.pid if self.process else 0}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) >> 10


@dataclass
class Callers:
    """Clients that ask replicas, as many at a time as there are connections."""

    replicas: list[Replica]
    tls: ssl.SSLContext
    sent: int = 0
    retried: int = 0
    lost: list[str] = field(default_factory=list)
    took: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.endpoints = list(self.replicas)

    async def run(self, count: int, most: Callable[[], bool], pause: float = 0.0) -> None:
        """Asks with so many connections for as long as ``most`` says."""
        await asyncio.gather(*(self._one(number, most, pause) for number in range(count)))

    async def _one(self, number: int, most: Callable[[], bool], pause: float) -> None:
        connector = aiohttp.TCPConnector(ssl=self.tls, force_close=number % 4 == 3)
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            while most():
                self.sent += 1
                began = time.perf_counter()
                await self._ask(session, f"{number}-{self.sent}")
                self.took.append(time.perf_counter() - began)
                await asyncio.sleep(pause)

    async def _ask(self, session: aiohttp.ClientSession, uid: str) -> None:
        _BODY["request"]["uid"] = uid
        data = json.dumps(_BODY)
        headers = {"Content-Type": "application/json"}
        for _ in range(_RETRIES):
            port = random.choice(self.endpoints or self.replicas).port
            try:
                url = f"https://localhost:{port}/validate?timeout=10s"
                async with session.post(url, data=data, headers=headers) as answer:
                    said = await answer.read()
                    status, again = answer.status, answer.headers.get("Retry-After")
            except (OSError, aiohttp.ClientError, TimeoutError) as error:
                self.lost.append(f"{type(error).__name__}: {error}")
                return
            if status == 200 and json.loads(said)["response"]["uid"] == uid:
                return
            if again is None:
                break
            self.retried += 1
            await asyncio.sleep(float(again))
        self.lost.append(f"status {status}")

    async def watch_endpoints(self) -> None:
        """Knows which replicas are ready, a second late, as the API server does."""
        while True:
            self.endpoints = [one for one in self.replicas if await one.is_ready()]
            await asyncio.sleep(1.0)

    def figures(self) -> dict[str, Any]:
        """What happened so far."""
        took = sorted(self.took) or [0.0]
        return {
            "requests": self.sent,
            "asked again": self.retried,
            "lost": len(self.lost),
            "why": sorted(set(self.lost))[:3],
            "p99 ms": round(took[len(took) * 99 // 100] * 1000, 1),
        }


@contextlib.asynccontextmanager
async def replicas(count: int, folder: Path, *flags: str) -> AsyncIterator[list[Replica]]:
    """Running replicas, until the end of the block."""
    made = [Replica(folder, flags) for _ in range(count)]
    await asyncio.gather(*(one.start() for one in made))
    try:
        yield made
    finally:
        await asyncio.gather(*(one.stop(signal.SIGKILL) for one in made))


async def rotation(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Certificates change while requests come; every third change is torn for a moment."""
    pairs = [issued() for _ in range(8)]
    chain, _ = write_pair(folder, pairs[0])
    tls = trusting(b"".join(one.authority for one in pairs))
    changes = torn = 0
    async with replicas(1, folder) as (replica,):
        callers = Callers([replica], tls)

        async def rotate() -> None:
            nonlocal changes, torn
            while changes < given.rotations or callers.sent < given.requests:
                pair = pairs[(changes + 1) % len(pairs)]
                if changes % 3 == 0:
                    torn += 1
                    chain.write_bytes(random.choice([b"", pair.certificate[:100], pair.certificate]))
                    await asyncio.sleep(0.12)
                write_pair(folder, pair)
                changes += 1
                await asyncio.sleep(0.12)

        rotating = asyncio.create_task(rotate())
        await callers.run(8, lambda: not rotating.done())
        await rotating
        swapped = await replica.metric('nbcore_webhook_certificate_reloads_total{result="swapped"}')
        refused = await replica.metric('nbcore_webhook_certificate_reloads_total{result="refused"}')
    return {"changes": changes, "torn": torn, "swapped": swapped, "refused": refused, **callers.figures()}


async def restarts(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Two replicas restart in turn while requests come."""
    pair = issued()
    write_pair(folder, pair)
    async with replicas(2, folder, "--drain-seconds", "3") as both:
        callers = Callers(both, trusting(pair.authority))
        watching = asyncio.create_task(callers.watch_endpoints())

        async def restart() -> None:
            for number in range(given.restarts):
                replica = both[number % 2]
                await replica.stop()
                await replica.start()
                await asyncio.sleep(1.5)  # until the other side knows that it is back

        restarting = asyncio.create_task(restart())
        await callers.run(8, lambda: not restarting.done(), 0.02)
        watching.cancel()
        await restarting
    return {"restarts": given.restarts, **callers.figures()}


async def overload(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Many more at once than are taken; afterwards it is as before."""
    pair = issued()
    write_pair(folder, pair)
    async with replicas(1, folder, "--max-in-flight", "16") as (replica,):
        callers = Callers([replica], trusting(pair.authority))
        end = time.monotonic() + given.seconds
        await callers.run(200, lambda: time.monotonic() < end)
        shed = await replica.metric('nbcore_webhook_refused_total{reason="overload"}')
        after = Callers([replica], callers.tls)
        end = time.monotonic() + 2
        await after.run(4, lambda: time.monotonic() < end)
    return {
        "shed": shed,
        **callers.figures(),
        "lost after": len(after.lost),
        "p99 ms after": after.figures()["p99 ms"],
    }


async def slow(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Clients that send half a request and wait, beside good ones."""
    pair = issued()
    write_pair(folder, pair)
    tls = trusting(pair.authority)
    async with replicas(1, folder) as (replica,):

        async def good() -> Callers:
            callers = Callers([replica], tls)
            end = time.monotonic() + given.seconds
            await callers.run(3, lambda: time.monotonic() < end)
            return callers

        before = await good()
        writers = []
        halves = (
            b"POST /validate HTTP/1.1\r\nHost:",
            b"POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
        )
        for number in range(given.slow):
            _, writer = await asyncio.open_connection(
                "127.0.0.1", replica.port, ssl=tls, server_hostname="localhost"
            )
            writer.write(halves[number % 2])
            writers.append(writer)
        during = await good()
        await asyncio.sleep(max(0.0, 13 - given.seconds))
        left = await replica.metric("nbcore_webhook_connections ")
        for writer in writers:
            writer.transport.abort()
    return {
        "slow clients": given.slow,
        "connections left": left,
        "p99 ms without them": before.figures()["p99 ms"],
        **during.figures(),
    }


async def oversized(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Bodies that are too large, said so or not, beside good requests."""
    pair = issued()
    write_pair(folder, pair)
    tls = trusting(pair.authority)
    async with replicas(1, folder) as (replica,):
        callers = Callers([replica], tls)
        end = time.monotonic() + given.seconds
        memory = replica.memory()
        statuses: list[int] = []

        async def large(declared: bool) -> None:
            head = b"POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            head += (
                b"Content-Length: 104857600\r\n\r\n" if declared else b"Transfer-Encoding: chunked\r\n\r\n"
            )
            piece = b" " * 65536
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", replica.port, ssl=tls, server_hostname="localhost"
            )
            writer.write(head)
            with contextlib.suppress(OSError):
                for _ in range(200):
                    writer.write(piece if declared else b"10000\r\n" + piece + b"\r\n")
                    await writer.drain()
            with contextlib.suppress(OSError):
                statuses.append(int((await reader.readline() or b"x 0").split()[1]))
            writer.close()

        await asyncio.gather(
            callers.run(3, lambda: time.monotonic() < end), *(large(bool(number % 2)) for number in range(10))
        )
        grown = replica.memory() - memory
    return {"large": 10, "statuses": sorted(set(statuses)), "MiB more": grown, **callers.figures()}


SCENARIOS: Final[dict[str, Callable[[Path, argparse.Namespace], Coroutine[Any, Any, dict[str, Any]]]]] = {
    "rotation": rotation,
    "restarts": restarts,
    "overload": overload,
    "slow": slow,
    "oversized": oversized,
}


def main() -> int:
    """Runs the scenarios and prints their figures; 1 when anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=2000, help="at least, during rotations")
    parser.add_argument("--rotations", type=int, default=30)
    parser.add_argument("--restarts", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5.0, help="of load in the other scenarios")
    parser.add_argument("--slow", type=int, default=200, help="clients that wait")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=SCENARIOS, action="append")
    given = parser.parse_args()
    random.seed(given.seed)
    lost = 0
    for name in given.only or SCENARIOS:
        with tempfile.TemporaryDirectory() as folder:
            figures = asyncio.run(SCENARIOS[name](Path(folder), given))
        lost += figures["lost"]
        print(f"{name}: {json.dumps(figures)}", flush=True)
    print(f"lost in all: {lost}")
    return int(lost > 0)


if __name__ == "__main__":
    sys.exit(main())
