"""Keeps the TLS context that new connections get, and swaps it for a fresh one when the certificate changes.

A context is never loaded into again: one that serves is left to its connections, a good new pair gets another.
Refuses to know what makes a pair good, and the connections.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from webhook.issuing import issue
from webhook.logs import LOG
from webhook.metrics import Metrics
from webhook.pairs import Material, Refused, Served, served

POLL_SECONDS: Final = 5.0
_MOST_BYTES: Final = 1 << 20
_SELF_SIGNED_DAYS: Final = 30
_WARNINGS: Final = ((0.1, "error"), (1 / 3, "warning"))
"""The share of its life that a certificate has left, and how loudly that is said."""

Reader = Callable[[], Material]


class Unreadable(ValueError):
    """Files of a certificate that cannot be read."""


def files(chain: Path, key: Path, client_authorities: Path | None) -> Reader:
    """Reads a mounted pair; content counts, not times and names, as mounts are swapped by links.

    Raises: Unreadable when called, for a file that is not there or cannot be one of these.
    """

    def read() -> Material:
        authorities = _read(client_authorities) if client_authorities else b""
        if client_authorities and not authorities:
            raise Unreadable("the file of client authorities is empty")
        return Material(_read(chain), _read(key), authorities)

    return read


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise Unreadable(f"a file of the certificate cannot be read: {error.strerror}") from None
    if len(data) > _MOST_BYTES:
        raise Unreadable("a file of the certificate is larger than 1 MiB")
    return data


def self_signed(names: tuple[str, ...], client_authorities: Path | None = None) -> Reader:
    """Makes a pair in memory, and another one when two thirds of its life are over."""
    state: list[tuple[datetime, Material]] = []

    def read() -> Material:
        now = datetime.now(UTC)
        authorities = _read(client_authorities) if client_authorities else b""
        if not state or (now - state[0][0]).days * 3 >= _SELF_SIGNED_DAYS * 2:
            made = issue(names, now=now, days=_SELF_SIGNED_DAYS)
            state[:] = [(now, Material(made.certificate, made.key))]
        return state[0][1]._replace(client_authorities=authorities)

    return read


class Rotation:
    """The context of now and its generation, which counts up from 1; 0 is before there is one."""

    def __init__(self, read: Reader, metrics: Metrics) -> None:
        self._read = read
        self._metrics = metrics
        self._served: Served | None = None
        self._digest = ""
        self._problem = ""
        self._warned = ""
        self.generation = 0

    @property
    def context(self) -> ssl.SSLContext | None:
        """The context for new connections."""
        return self._served.context if self._served else None

    def check(self) -> str:
        """Why the server is not ready as far as its certificate goes, or `""`."""
        if self._served is None:
            return self._problem or "no certificate yet"
        return "the certificate has expired" if self._served.not_after <= datetime.now(UTC) else ""

    async def poll(self) -> None:
        """Looks once for another pair, and swaps it in when it is good."""
        now = datetime.now(UTC)
        try:
            material = await asyncio.to_thread(self._read)
            if material.digest != self._digest:
                self._swap(await asyncio.to_thread(served, material, now), material.digest)
            self._problem = ""
        except (Refused, Unreadable) as error:
            self._refuse(str(error))
        self._warn(now)

    async def run(self, seconds: float = POLL_SECONDS) -> None:
        """Polls until it is cancelled."""
        while True:
            await asyncio.sleep(seconds)
            await self.poll()

    def _swap(self, new: Served, digest: str) -> None:
        self._served, self._digest, self._warned = new, digest, ""
        self.generation += 1
        self._metrics.reloads.labels("swapped").inc()
        self._metrics.not_after.set(new.not_after.timestamp())
        LOG.info("certificate in use", extra={"generation": self.generation, "notAfter": str(new.not_after)})

    def _refuse(self, problem: str) -> None:
        self._metrics.reloads.labels("refused").inc()
        if problem != self._problem:
            LOG.error("new certificate refused, the old one stays", extra={"reason": problem})
        self._problem = problem

    def _warn(self, now: datetime) -> None:
        """Says once a level that the certificate ends soon."""
        if self._served is None:
            return
        life = self._served.not_after - self._served.not_before
        left = (self._served.not_after - now) / life
        level = next((level for share, level in _WARNINGS if left < share), "")
        if level and level != self._warned:
            self._warned = level
            getattr(LOG, level)("the certificate ends soon", extra={"notAfter": str(self._served.not_after)})
