"""The connections of the admission port: how long each part of a request may take, and when one is let go.

aiohttp speaks HTTP; what it has no limit for is added here: a head that never ends, an answer that nobody reads,
a connection that outlives its certificate. Refuses to know what requests ask.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import socket
import struct
import sys
import termios
from typing import Any, Final

from aiohttp import web

from webhook.metrics import Metrics

HEAD_SECONDS: Final = 10.0
WRITE_SECONDS: Final = 10.0
KEEPALIVE_SECONDS: Final = 150.0
"""Longer than the 90 s of the API server, so that it is never we who close an idle connection under a request."""
OLD_SECONDS: Final = 120.0
_SWEEP_SECONDS: Final = 1.0
_NO_LINGER: Final = struct.pack("ii", 1, 0)


class Connection(web.RequestHandler):
    """One connection: since when it is here, and what it waits for.

    Shape: times are those of the loop; ``head_since`` is 0 when no head has begun, ``answered_at`` is 0 when
    nothing was answered yet.
    """

    __slots__ = ("accepted_at", "answered_at", "generation", "head_since", "serving", "socket", "welcome")

    def __init__(self, connections: Connections, generation: int, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            connections,
            loop=loop,
            access_log=None,  # type: ignore[arg-type]
            keepalive_timeout=KEEPALIVE_SECONDS,
            auto_decompress=False,
            lingering_time=2.0,
        )
        self.generation = generation
        self.accepted_at = self.head_since = loop.time()
        self.answered_at = 0.0
        self.serving = False
        self.welcome: bool | None = None
        """Whether the client's certificate has been found good; None before somebody looked."""
        self.socket: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begins to wait for the first head."""
        super().connection_made(transport)
        if isinstance(transport, asyncio.Transport):
            self.socket = transport
        self.head_since = self._loop.time()

    def data_received(self, data: bytes) -> None:
        """Notes when a head begins; whoever serves the request notes that it has come."""
        if not self.serving and not self.head_since:
            self.head_since = self._loop.time()
        super().data_received(data)

    def begin(self) -> float:
        """When the head of the request that is now served began to come."""
        since, self.head_since, self.serving = self.head_since, 0.0, True
        return since or self._loop.time()

    def end(self) -> None:
        """The answer is being written."""
        self.serving, self.answered_at = False, self._loop.time()

    def is_slow(self, now: float) -> bool:
        """Whether the other side has had its time to send a head, or to read an answer."""
        if self.serving:
            return False
        if self.head_since:
            return now - self.head_since > HEAD_SECONDS
        waits = self.answered_at and now - self.answered_at > WRITE_SECONDS
        return bool(waits and self._unread())

    def _unread(self) -> int:
        """Bytes that the other side has not taken: those of the transport, and those that the kernel holds."""
        if self.socket is None or self.socket.is_closing():
            return 0
        held = bytes(4)
        with contextlib.suppress(OSError):  # it may have been closed this moment
            held = fcntl.ioctl(self.socket.get_extra_info("socket"), termios.TIOCOUTQ, held)
        return self.socket.get_write_buffer_size() + int.from_bytes(held, sys.byteorder)

    def drop(self) -> None:
        """Closes at once, whatever is unsent; the kernel does not go on sending either."""
        if self.socket is not None and not self.socket.is_closing():
            with contextlib.suppress(OSError):
                line = self.socket.get_extra_info("socket")
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            self.socket.abort()
        self.force_close()

    def is_stale(self, generation: int, now: float, old: float) -> bool:
        """Whether it should end after this answer, as it still uses an older certificate."""
        return self.generation != generation and now - self.accepted_at > old


class Connections(web.Server):
    """All connections of the port; makes them, and closes the slow ones."""

    def __init__(self, handler: Any, metrics: Metrics) -> None:
        super().__init__(handler, handler_cancellation=True)
        self._metrics = metrics

    def made(self, generation: int) -> Connection:
        """A new connection, for a certificate of this generation."""
        return Connection(self, generation, self._loop)

    def __len__(self) -> int:
        return len(self._connections)

    async def sweep(self) -> None:
        """Closes slow connections every second, until it is cancelled."""
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            now = self._loop.time()
            for one in self.connections:
                if isinstance(one, Connection) and one.is_slow(now):
                    self._metrics.connections_slow.inc()
                    one.drop()
            self._metrics.connections.set(len(self))
