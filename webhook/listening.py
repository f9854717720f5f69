"""Accepts TCP connections and gives each the TLS context of this moment.

Limits how many there are at once, and how many shake hands at once. Refuses to know HTTP and certificates.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Final, Protocol

from webhook.logs import LOG
from webhook.metrics import Metrics

HANDSHAKE_SECONDS: Final = 10.0
_BACKLOG: Final = 1024
_AT_ONCE: Final = 64
_HANDSHAKES: Final = 128
_PAUSE_SECONDS: Final = 0.5
_SEND_BYTES: Final = 128 << 10
"""What the kernel keeps of an answer, twice over: without a limit 4 MiB, in which an unread answer goes unnoticed."""


class Contexts(Protocol):
    """Who has the context of now."""

    @property
    def context(self) -> ssl.SSLContext | None:
        """The context for new connections, None when there is none."""

    @property
    def generation(self) -> int:
        """Which one it is."""


def bound(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A listening socket; a shared one lets other processes listen on the same port.

    Raises: OSError when the address cannot be had.
    """
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    both = not host and socket.has_dualstack_ipv6()  # one socket then takes IPv4 and IPv6
    family, kind, protocol, _, address = min(found, key=lambda one: (one[0] == socket.AF_INET6) != both)
    listening = socket.socket(family, kind, protocol)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if family == socket.AF_INET6:
        listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listening.setblocking(False)
    try:
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


class Listener:
    """Accepts on one socket, between `start` and `stop`."""

    def __init__(
        self,
        listening: socket.socket,
        contexts: Contexts,
        connection: Callable[[int], asyncio.Protocol],
        open_now: Callable[[], int],
        metrics: Metrics,
        *,
        limit: int,
    ) -> None:
        self._socket = listening
        self._contexts = contexts
        self._connection = connection
        self._open_now = open_now
        self._metrics = metrics
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._handshakes: set[asyncio.Task[None]] = set()
        self._accepting = False

    def start(self) -> None:
        """Begins to accept."""
        self._accepting = True
        self._loop.add_reader(self._socket, self._accept)

    def stop(self) -> None:
        """Accepts no more; what is waiting in the kernel is lost, what is open goes on."""
        self._accepting = False
        self._loop.remove_reader(self._socket)
        self._socket.close()

    def _accept(self) -> None:
        for _ in range(_AT_ONCE):
            if len(self._handshakes) >= _HANDSHAKES:
                return self._pause()
            try:
                accepted, _address = self._socket.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return None
            except OSError as error:  # no descriptors left, for one: the socket stays readable, so wait
                LOG.error("cannot accept", extra={"reason": error.strerror})
                return self._pause()
            self._greet(accepted)
        return None

    def _greet(self, accepted: socket.socket) -> None:
        context = self._contexts.context
        if context is None or self._open_now() + len(self._handshakes) >= self._limit:
            self._metrics.connections_refused.inc()
            accepted.close()
            return
        accepted.setblocking(False)
        task = self._loop.create_task(self._shake_hands(accepted, context, self._contexts.generation))
        self._handshakes.add(task)
        task.add_done_callback(self._handshakes.discard)

    async def _shake_hands(self, accepted: socket.socket, context: ssl.SSLContext, generation: int) -> None:
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BYTES)
        try:
            await self._loop.connect_accepted_socket(
                lambda: self._connection(generation),
                accepted,
                ssl=context,
                ssl_handshake_timeout=HANDSHAKE_SECONDS,
                ssl_shutdown_timeout=2.0,
            )
        except OSError:
            self._metrics.handshakes_failed.inc()
            accepted.close()

    def _pause(self) -> None:
        """Leaves the rest in the kernel's queue for a moment."""
        self._loop.remove_reader(self._socket)
        self._loop.call_later(_PAUSE_SECONDS if not self._handshakes else 0.05, self._resume)

    def _resume(self) -> None:
        if self._accepting:
            self._loop.add_reader(self._socket, self._accept)
