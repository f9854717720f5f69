"""One server process from its start to its end: what runs in it, and how it leaves without losing a request.

Leaving: not ready at once, then the drain window, in which everything is still answered and each answer closes
its connection, then no more connections, then what is under way is finished. Refuses to know requests.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Coroutine, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NamedTuple

from aiohttp import web
from prometheus_client import generate_latest

import nbcore
from webhook import health
from webhook.answering import Answering, Limits
from webhook.connections import Connections
from webhook.listening import Listener
from webhook.logs import LOG
from webhook.metrics import Metrics
from webhook.rotation import POLL_SECONDS, Reader, Rotation
from webhook.source_of_kinds import Figure, KindsSource
from webhook.watchdog import Watchdog

INTERRUPTED: Final = 130
_THREADS: Final = 1
"""More would not judge faster, as they take turns with each other and with the event loop, which would wait longer."""
_FINISH_SECONDS: Final = 10.0


class Plan(NamedTuple):
    """What a server is made of.

    Units: seconds.
    """

    source: Callable[[], KindsSource]
    certificate: Reader
    settings: Callable[[], nbcore.Settings]
    figures: Callable[[Any], Iterable[Figure]] = lambda source: ()
    allowed_clients: frozenset[str] = frozenset()
    limits: Limits = Limits()
    connections: int = 2000
    drain: float = 15.0
    certificate_poll: float = POLL_SECONDS


class Server:
    """One process at work; it is the state that the health port shows."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.source = plan.source()
        self.measured = Metrics(lambda: plan.figures(self.source))
        self.rotation = Rotation(plan.certificate, self.measured)
        self.watchdog = Watchdog(self.measured)
        self._executor = ThreadPoolExecutor(_THREADS, "review")
        self.answering = Answering(
            self.source,
            plan.settings,
            self.measured,
            self._executor,
            limits=plan.limits,
            generation=lambda: self.rotation.generation,
            allowed_clients=plan.allowed_clients,
        )
        self.connections = Connections(self.answering.handle, self.measured)
        self._leave = asyncio.Event()
        self._hurry = asyncio.Event()
        self.code = 0

    async def alive(self) -> bool:
        """Whether the loop turns."""
        return self.watchdog.alive

    async def checks(self) -> Mapping[str, str]:
        """The certificate, the kinds, and whether the process is leaving."""
        leaving = "the server is leaving" if self.answering.draining else ""
        kinds = self.source.checks()
        synced = {} if self.source.synced or any(kinds.values()) else {"kinds-synced": "not read yet"}
        return {"certificate": self.rotation.check(), **kinds, **synced, "serving": leaving}

    async def metrics(self) -> bytes:
        """The metrics of this process."""
        await self.measure()
        return generate_latest(self.measured.registry)

    async def measure(self) -> None:
        """Sets the gauges that show the moment."""
        self.measured.ready.set(not any((await self.checks()).values()))
        self.measured.in_flight.set(self.answering.in_flight)
        self.measured.connections.set(len(self.connections))

    def leave(self, code: int = 0) -> None:
        """Begins to leave; when it is called again, without the drain window."""
        if self._leave.is_set() or code:
            self._hurry.set()
        self.code = self.code or code
        self.answering.draining = True
        self._leave.set()

    async def serve(self, listening: socket.socket) -> None:
        """Serves the socket until `leave` is called, and leaves."""
        await self.rotation.poll()
        listener = Listener(
            listening,
            self.rotation,
            self.connections.made,
            lambda: len(self.connections),
            self.measured,
            limit=self._plan.connections,
        )
        async with _running(
            self.source.run(),
            self.rotation.run(self._plan.certificate_poll),
            self.connections.sweep(),
            self.watchdog.beat(),
            ended=lambda: self.leave(1),
        ):
            listener.start()
            LOG.info("serving", extra={"port": listening.getsockname()[1]})
            await self._leave.wait()
            LOG.info("leaving", extra={"drainSeconds": self._plan.drain})
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), self._plan.drain)
            listener.stop()
            self.connections.pre_shutdown()
            await self.connections.shutdown(_FINISH_SECONDS)
        self._executor.shutdown(wait=False, cancel_futures=True)
        LOG.info("left", extra={"code": self.code})


class _running:  # noqa: N801 - reads as a word where it is used
    """Work that goes on beside a block, and is cancelled after it; ``ended`` is told of work that broke off."""

    def __init__(self, *work: Coroutine[Any, Any, None], ended: Callable[[], None]) -> None:
        self._work = work
        self._ended = ended
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> None:
        for one in self._work:
            task = asyncio.create_task(one)
            task.add_done_callback(self._done)
            self._tasks.append(task)

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _done(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            error = task.exception()
            LOG.error("a part of the server broke off", extra={"error": type(error).__name__}, exc_info=error)
            self._ended()


async def serve_health(state: health.State, listening: socket.socket) -> web.AppRunner:
    """The running health port; whoever started it cleans it up."""
    runner = web.AppRunner(health.application(state), access_log=None, keepalive_timeout=30)
    await runner.setup()
    await web.SockSite(runner, listening).start()
    return runner


def on_signals(leave: Callable[[int], None]) -> None:
    """Calls ``leave`` at SIGTERM (0: people are told to go elsewhere first) and SIGINT (at once)."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, leave, 0)
    loop.add_signal_handler(signal.SIGINT, leave, INTERRUPTED)


async def run(plan: Plan, listening: socket.socket, health_listening: socket.socket) -> int:
    """Serves in this process; the exit code."""
    server = Server(plan)
    on_signals(server.leave)
    runner = await serve_health(server, health_listening)
    try:
        await server.serve(listening)
    finally:
        await runner.cleanup()
    return server.code
