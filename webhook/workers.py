"""Several server processes on one port, and one that watches them: it restarts, asks and adds up.

The kernel spreads connections over their sockets. Refuses to know what they serve.
"""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric

from webhook.logs import LOG
from webhook.serving import Plan, Server, on_signals, serve_health

_ASK_SECONDS: Final = 2.0
_RESTART_SECONDS: Final = 1.0
_MOST_BYTES: Final = 16 << 20


class Worker:
    """One child process, and the line to it."""

    def __init__(self, number: int, arguments: Sequence[str]) -> None:
        self.number = number
        self._arguments = arguments
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._turn = asyncio.Lock()
        self._asked = 0

    async def start(self) -> None:
        """Starts the child: this program with the same arguments, and one more that names its end of the line."""
        ours, theirs = socket.socketpair()
        with theirs:
            line = theirs.fileno()
            command = [sys.executable, "-m", "webhook.main", *self._arguments, f"--line={line}"]
            self._process = await asyncio.create_subprocess_exec(*command, pass_fds=[line])
        self._reader, self._writer = await asyncio.open_connection(sock=ours, limit=_MOST_BYTES)

    async def ask(self) -> dict[str, Any] | None:
        """What the child says of itself; None when it does not answer in time."""
        if self._reader is None or self._writer is None:
            return None
        try:
            async with self._turn, asyncio.timeout(_ASK_SECONDS):
                self._asked += 1
                self._writer.write(b"%d\n" % self._asked)
                await self._writer.drain()
                while True:  # answers to questions that nobody waits for any more come first
                    said: dict[str, Any] = json.loads(await self._reader.readline())
                    if said["to"] == self._asked:
                        return said
        except (OSError, TimeoutError, ValueError):
            return None

    def _hang_up(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    def signal(self, number: signal.Signals) -> None:
        """Sends the child a signal, if there is one."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)

    async def ended(self) -> int:
        """The exit code of the child, when it has ended."""
        code = await self._process.wait() if self._process is not None else 0
        self._hang_up()
        return code


async def tell(server: Server, line: socket.socket) -> None:
    """Answers the parent's questions; when the parent is gone, the server leaves."""
    reader, writer = await asyncio.open_connection(sock=line)
    while question := await reader.readline():
        await server.measure()
        said = {
            "to": int(question),
            "alive": await server.alive(),
            "checks": dict(await server.checks()),
            "metrics": [_told(one) for one in server.measured.registry.collect()],
        }
        writer.write(json.dumps(said).encode() + b"\n")
        await writer.drain()
    server.leave()


def _told(family: Metric) -> list[Any]:
    return [family.name, family.documentation, family.type, [list(one[:3]) for one in family.samples]]


class Workers:
    """All children; it is the state that the health port shows."""

    def __init__(self, arguments: Sequence[str], count: int) -> None:
        self._workers = [Worker(number, arguments) for number in range(count)]
        self._leaving = False
        self.code = 0

    async def alive(self) -> bool:
        """Whether every child says that it lives."""
        return all(said is not None and said["alive"] for said in await self._said())

    async def checks(self) -> Mapping[str, str]:
        """The checks of every child."""
        found: dict[str, str] = {}
        for number, said in enumerate(await self._said()):
            checks = {"worker": "it does not answer"} if said is None else said["checks"]
            found |= {f"{name}-{number}": why for name, why in checks.items()}
        return found

    async def metrics(self) -> bytes:
        """The metrics of every child, each with the number of its worker as a label."""
        registry = CollectorRegistry()
        registry.register(_Told(await self._said()))
        return generate_latest(registry)

    async def _said(self) -> list[dict[str, Any] | None]:
        return await asyncio.gather(*(one.ask() for one in self._workers))

    def leave(self, code: int) -> None:
        """Passes a signal on."""
        self._leaving = True
        self.code = self.code or code
        for one in self._workers:
            one.signal(signal.SIGINT if code else signal.SIGTERM)

    async def run(self) -> None:
        """Keeps every child running, until all have left."""
        await asyncio.gather(*map(self._keep, self._workers))

    async def _keep(self, worker: Worker) -> None:
        while not self._leaving:
            await worker.start()
            if self._leaving:  # the signal came while the child was being made
                worker.signal(signal.SIGTERM)
            code = await worker.ended()
            if not self._leaving:
                LOG.error(
                    "a worker ended and is started again", extra={"worker": worker.number, "code": code}
                )
                await asyncio.sleep(_RESTART_SECONDS)


class _Told:
    """The families that children have told, as a registry collects them."""

    def __init__(self, said: list[dict[str, Any] | None]) -> None:
        self._said = said

    def describe(self) -> Iterator[Metric]:
        """Nothing that would have to be known beforehand."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """One family for each name, with the samples of all children."""
        families: dict[str, Metric] = {}
        for number, said in enumerate(self._said):
            for name, text, kind, samples in said["metrics"] if said else ():
                family = families.setdefault(name, Metric(name, text, kind))
                for sample, labels, value in samples:
                    family.add_sample(sample, {**labels, "worker": str(number)}, value)
        yield from families.values()


async def serve_child(plan: Plan, listening: socket.socket, line: socket.socket) -> int:
    """Serves as one of several; the exit code."""
    server = Server(plan)
    on_signals(server.leave)
    telling = asyncio.create_task(tell(server, line))
    await server.serve(listening)
    telling.cancel()
    return server.code


async def run(arguments: Sequence[str], health_listening: socket.socket, count: int) -> int:
    """Serves in ``count`` children with these arguments and watches them; the exit code."""
    workers = Workers(arguments, count)
    on_signals(workers.leave)
    runner = await serve_health(workers, health_listening)
    try:
        await workers.run()
    finally:
        await runner.cleanup()
    return workers.code
