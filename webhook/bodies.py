"""Reads the body of a request: so much, so long, and so much of all of them together.

Refuses to know what is in it.
"""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import StreamReader, web

MOST_BYTES: Final = 7 << 20
"""3 MiB of object, 3 MiB of old object and 1 MiB of envelope: what the API server can send."""
READ_SECONDS: Final = 10.0
_HELD_BYTES: Final = 128 << 20


class Refusal(Exception):
    """A request that gets no verdict: its HTTP status, the reason for the metrics, and a plain message."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status, self.reason, self.message = status, reason, message


TOO_LARGE: Final = (413, "too_large", "the body is larger than 7 MiB")
SLOW: Final = (408, "slow_body", "the body did not come in time")
TOO_MUCH: Final = (503, "overload", "too much is being read at once")
TORN: Final = (400, "bad_request", "the body is not what its head says")


class Bodies:
    """Reads bodies, and knows how many bytes it has given out that are not done with yet."""

    def __init__(self, *, held: int = _HELD_BYTES) -> None:
        self._most_held = held
        self.held = 0

    async def read(self, request: web.BaseRequest, until: float) -> bytes:
        """The whole body, before the loop's time ``until``; the caller gives it back by ``done``.

        Raises: Refusal for a body that is too large, too slow or torn; nothing is held then.
        """
        declared = request.content_length
        if declared is not None and declared > MOST_BYTES:
            raise Refusal(*TOO_LARGE)
        content = request.content
        if content.is_eof():
            data = content.read_nowait()
            self._hold(len(data), 0)
        else:
            data = await self._awaited(content, until)
        if len(data) > MOST_BYTES:
            self.done(data)
            raise Refusal(*TOO_LARGE)
        return data

    def done(self, data: bytes) -> None:
        """The body is no longer held."""
        self.held -= len(data)

    async def _awaited(self, content: StreamReader, until: float) -> bytes:
        pieces: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout_at(until):
                while piece := await content.readany():
                    self._hold(len(piece), size)
                    size += len(piece)
                    pieces.append(piece)
        except BaseException as error:
            self.held -= size
            if isinstance(error, TimeoutError):
                raise Refusal(*SLOW) from None
            if isinstance(error, web.RequestPayloadError):
                raise Refusal(*TORN) from None
            raise
        return b"".join(pieces)

    def _hold(self, more: int, size: int) -> None:
        if size + more > MOST_BYTES:
            raise Refusal(*TOO_LARGE)
        if self.held + more > self._most_held:
            raise Refusal(*TOO_MUCH)
        self.held += more
