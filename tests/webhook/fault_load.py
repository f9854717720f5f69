"""Servers as processes, and the load on them: clients that behave as the API server does.

A connection is kept and used again wherever it leads, as one to a Service is; only a new one goes to an endpoint
that is known as ready, and that knowledge is late. A 503 with Retry-After is asked again, ten times at most. A
request whose connection breaks is lost: it is never sent twice. Refuses to know which fault is tried.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

import aiohttp

from tests.webhook.harness import KINDS
from webhook.listening import bound

RETRIES: Final = 10
SECONDS: Final = 10.0
"""What a client waits for an answer; it says so in the path."""
PATH: Final = f"/validate?timeout={SECONDS:.0f}s"
_HERE: Final = "127.0.0.1"


class Sizes(NamedTuple):
    """How much of each fault is tried, and the seed of all chance."""

    seed: int = 1
    requests: int = 100_000
    rotations: int = 100
    restarts: int = 20
    signals: int = 24
    duplicates: int = 2_000
    overload: float = 20.0
    slow: int = 1_000
    oversized: int = 30
    scripts: int = 1_000


class Result(NamedTuple):
    """What a scenario counted, and what should not have been."""

    figures: dict[str, Any]
    faults: list[str]


Scenario = Callable[[Path, Sizes], Coroutine[Any, Any, Result]]


@dataclass
class Replica:
    """One server: its folder of certificates, its ports, and its process."""

    folder: Path
    flags: tuple[str, ...] = ()
    port: int = 0
    health_port: int = 0
    process: asyncio.subprocess.Process | None = None

    def __post_init__(self) -> None:
        with bound(_HERE, 0) as one, bound(_HERE, 0) as other:
            self.port, self.health_port = one.getsockname()[1], other.getsockname()[1]

    async def launch(self, errors: int = subprocess.DEVNULL) -> asyncio.subprocess.Process:
        """Its process, which may not serve yet."""
        command = ["-m", "webhook.main", "--kinds", str(KINDS), "--log-level", "error", "--tls-poll", "0.05"]
        command += ["--tls-cert", str(self.folder / "tls.crt"), "--tls-key", str(self.folder / "tls.key")]
        command += ["--port", str(self.port), "--health-port", str(self.health_port), *self.flags]
        self.process = await asyncio.create_subprocess_exec(sys.executable, *command, stderr=errors)
        return self.process

    async def start(self) -> None:
        """Starts it, and waits until it is ready."""
        await self.launch()
        async with asyncio.timeout(60):
            while not await self.is_ready():
                await asyncio.sleep(0.1)

    async def is_ready(self) -> bool:
        """What a kubelet would see."""
        try:
            async with aiohttp.request("GET", f"http://{_HERE}:{self.health_port}/readyz") as answer:
                return answer.status == 200
        except (OSError, aiohttp.ClientError):
            return False

    async def metric(self, name: str) -> float:
        """The sum of the series of a metric."""
        async with aiohttp.request("GET", f"http://{_HERE}:{self.health_port}/metrics") as answer:
            lines = (await answer.text()).splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ends it, and waits for the end."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(number)
            await self.process.wait()

    def memory(self, line: str = "VmRSS") -> int:
        """MiB that it uses; with VmHWM, that it ever used since `forget_most`."""
        status = self._of_process("status").read_text()
        return int(status.split(f"{line}:")[1].split()[0]) >> 10

    def forget_most(self) -> None:
        """Lets VmHWM begin anew."""
        self._of_process("clear_refs").write_text("5")

    def cpu(self) -> float:
        """Seconds of processor time that its event loop has used, without what is done beside it."""
        pid = self.process.pid if self.process else 0
        return int(self._of_process(f"task/{pid}/schedstat").read_text().split()[0]) / 1e9

    def _of_process(self, name: str) -> Path:
        return Path(f"/proc/{self.process.pid if self.process else 0}/{name}")


@contextlib.asynccontextmanager
async def replicas(count: int, folder: Path, *flags: str) -> AsyncIterator[list[Replica]]:
    """Running replicas, until the end of the block."""
    made = [Replica(folder, flags) for _ in range(count)]
    try:
        await asyncio.gather(*(one.start() for one in made))
        yield made
    finally:
        await asyncio.gather(*(one.stop(signal.SIGKILL) for one in made))


class Endpoints:
    """The replicas that a new connection may go to: those that were ready a second or two ago."""

    def __init__(self, replicas: list[Replica]) -> None:
        self._replicas = replicas
        self.ports = [one.port for one in replicas]

    def dial(self) -> int:
        """The port that a new connection goes to."""
        return random.choice(self.ports) if self.ports else self._replicas[0].port

    async def watch(self, least: float = 1.0, most: float = 2.0) -> None:
        """Looks who is ready, and tells it late, until it is cancelled."""
        loop, told = asyncio.get_running_loop(), 0.0
        while True:
            ready = [one.port for one in self._replicas if await one.is_ready()]
            told = max(told, loop.time() + random.uniform(least, most))  # news do not overtake each other
            loop.call_at(told, self._tell, ready)
            await asyncio.sleep(0.1)

    def _tell(self, ports: list[int]) -> None:
        self.ports = ports


class Answer(NamedTuple):
    """Status, headers by name in small letters, and body."""

    status: int
    headers: dict[str, str]
    body: bytes


class Broken(Exception):
    """A connection that ended under a request, or an answer that did not come."""


class Wire:
    """One client's connection: dialled when there is none, and kept as long as both sides wish."""

    def __init__(self, dial: Callable[[], int], tls: ssl.SSLContext, *, keep: bool = True) -> None:
        self._dial, self._tls, self._keep = dial, tls, keep
        self._pair: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.dialled = 0

    async def ask(self, body: bytes, path: str = PATH, seconds: float = SECONDS) -> Answer:
        """The answer to one attempt.

        Raises: Broken when there is none; the connection is gone then.
        """
        try:
            async with asyncio.timeout(seconds):
                reader, writer = await self._open()
                writer.write(head(path, len(body), keep=self._keep) + body)
                answer = await read_answer(reader)
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            self.close()
            raise Broken(f"{type(error).__name__}: {error}") from None
        if not self._keep or answer.headers.get("connection") == "close":
            self.close()
        return answer

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """The connection; one that the other side has closed while it was idle is not used again."""
        if self._pair is None or self._pair[0].at_eof() or self._pair[0].exception():
            self.close()
            self._pair = await dialled(self._dial(), self._tls)
            self.dialled += 1
        return self._pair

    def close(self) -> None:
        """Forgets the connection."""
        if self._pair is not None:
            self._pair[1].close()
        self._pair = None


async def dialled(
    port: int, tls: ssl.SSLContext, **options: Any
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A new connection to a port of this machine."""
    return await asyncio.open_connection(_HERE, port, ssl=tls, server_hostname="localhost", **options)


def head(path: str, length: int | None, *, keep: bool = True) -> bytes:
    """The head of a POST; without a length, of a chunked one."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    lines.append("User-Agent: kube-apiserver-admission")
    lines.append("Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}")
    lines += [] if keep else ["Connection: close"]
    return "\r\n".join([*lines, "", ""]).encode()


async def read_answer(reader: asyncio.StreamReader) -> Answer:
    """One answer with its body.

    Raises: EOFError, OSError, ValueError when there is none.
    """
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    return Answer(
        int(lines[0].split(" ", 2)[1]), headers, await reader.readexactly(int(headers["content-length"]))
    )


@dataclass
class Callers:
    """Clients that ask at the same time, and what became of it; ``made`` makes the body of a uid."""

    dial: Callable[[], int]
    tls: ssl.SSLContext
    made: Callable[[str], bytes]
    path: str = PATH
    retries: int = RETRIES
    sent: int = 0
    retried: int = 0
    dialled: int = 0
    lost: list[str] = field(default_factory=list)
    took: list[float] = field(default_factory=list)

    async def run(
        self, count: int, most: Callable[[], bool], pause: Callable[[int], float] = lambda number: 0.0
    ) -> None:
        """Asks with so many clients while ``most`` says so; every fourth takes a new connection each time."""
        await asyncio.gather(*(self._one(number, most, pause) for number in range(count)))

    async def _one(self, number: int, most: Callable[[], bool], pause: Callable[[int], float]) -> None:
        wire = Wire(self.dial, self.tls, keep=number % 4 != 3)
        while most():
            self.sent += 1
            began = time.perf_counter()
            await self._ask(wire, f"{number}-{self.sent}")
            self.took.append(time.perf_counter() - began)
            if wait := pause(number):
                await asyncio.sleep(wait)
        wire.close()
        self.dialled += wire.dialled

    async def _ask(self, wire: Wire, uid: str) -> None:
        status, wait = 0, 0.0
        for _ in range(self.retries):
            await asyncio.sleep(wait)
            try:
                answer = await wire.ask(self.made(uid), self.path)
            except Broken as error:
                self.lost.append(str(error))
                return
            status, again = answer.status, answer.headers.get("retry-after")
            if status == 200 and f'"uid":"{uid}"'.encode() in answer.body:
                return
            if again is None:
                break
            self.retried, wait = self.retried + 1, float(again)
        self.lost.append(f"status {status}")

    def figures(self) -> dict[str, Any]:
        """What happened so far."""
        return {
            "requests": self.sent,
            "new connections": self.dialled,
            "asked again": self.retried,
            "lost": len(self.lost),
            "p99 ms": milliseconds(self.took),
        }

    def faults(self) -> list[str]:
        """Whatever was lost."""
        return [f"lost: {why}" for why in self.lost]


def milliseconds(took: list[float], share: float = 0.99) -> float:
    """A percentile of seconds; 0 of none."""
    ranked = sorted(took) or [0.0]
    return round(ranked[min(len(ranked) - 1, int(len(ranked) * share))] * 1000, 1)


def until(seconds: float) -> Callable[[], bool]:
    """Whether the seconds, counted from now, are not over."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() < end
