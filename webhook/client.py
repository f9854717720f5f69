"""A client of the API server: JSON answers and event streams, as the account of a token file.

It reads token and CA again while it works, and hides no refusal. It knows HTTP, TLS and files, and refuses to
know kinds, caches and how often somebody asks.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import random
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

_LOG: Final = logging.getLogger(__name__)
_MAX_LINE: Final = 32 * 2**20
"""Bytes of one event; etcd keeps no object of more than a few MiB, and JSON may double one."""
_MAX_WAIT: Final = 300.0
"""Seconds that a server may ask us to wait."""


class Refused(Exception):
    """The API server could not be asked, or said no.

    Shape: ``status`` is the HTTP status, 0 where there was none; ``retry_after`` are the seconds to wait.
    """

    def __init__(self, status: int, message: str, reason: str = "", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status, self.reason, self.retry_after = status, reason, retry_after

    @property
    def expired(self) -> bool:
        """Whether what was asked for is too old to be told."""
        return self.status == 410 or self.reason in ("Expired", "Gone")

    @property
    def from_the_future(self) -> bool:
        """Whether a resource version was named that this server has not reached."""
        return "Too large resource version" in str(self) or self.reason == "ResourceVersionTooLarge"


@dataclass(frozen=True, slots=True)
class Access:
    """Where the API server is, and who asks.

    Shape: ``server`` is a URL; files that are not named are not read: no token, the system's CAs.
    Units: seconds.
    """

    server: str
    token_file: Path | None = None
    ca_file: Path | None = None
    reread: float = 60.0
    timeout: float = 15.0


class Backoff:
    """How long to wait before the next try: full jitter, doubling, until something has worked.

    Units: seconds.
    """

    def __init__(self, base: float = 0.8, cap: float = 30.0, chance: random.Random | None = None) -> None:
        self._base, self._cap = base, cap
        self._chance = chance or random.SystemRandom()
        self._failures = 0

    def reset(self) -> None:
        """Forgets all failures."""
        self._failures = 0

    def after(self, retry_after: float | None = None) -> float:
        """The seconds after one more failure; never less than the server asked for."""
        top = min(self._cap, self._base * 2.0 ** min(self._failures, 30))
        self._failures += 1
        wait = self._chance.uniform(0, top)
        return wait if retry_after is None else min(_MAX_WAIT, retry_after) + wait


class Client:
    """Asks the API server, between ``async with`` and the end of its block."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._token = ""
        self._ca: bytes | None = None
        self._session: aiohttp.ClientSession | None = None
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Client:
        await self.refresh()
        self._keeper = asyncio.create_task(self._keep_fresh())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._keeper:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self._session:
            await self._session.close()

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """The JSON that the server answers.

        Raises: Refused.
        """
        return (await self.sized(path, query))[0]

    async def sized(self, path: str, query: Mapping[str, str] | None = None) -> tuple[Any, int]:
        """The JSON that the server answers, and how many bytes it was.

        Raises: Refused.
        """
        return await self._asked("GET", path, query)

    async def request(
        self, method: str, path: str, query: Mapping[str, str] | None = None, **more: Any
    ) -> Any:
        """The JSON that the server answers; ``more`` is aiohttp's, such as ``json`` and ``headers``.

        Raises: Refused.
        """
        return (await self._asked(method, path, query, **more))[0]

    async def _asked(
        self, method: str, path: str, query: Mapping[str, str] | None, **more: Any
    ) -> tuple[Any, int]:
        timeout = aiohttp.ClientTimeout(total=self._access.timeout)
        with _told():
            async with self._answer(method, path, query, timeout, **more) as answer:
                body = await answer.read()
        try:
            return await _parsed(body), len(body)
        except ValueError:
            raise Refused(0, "the answer is no JSON") from None

    async def lines(self, path: str, query: Mapping[str, str], quiet: float) -> AsyncGenerator[bytes, None]:
        """The lines of a stream as they come; the stream ends when the server ends it.

        Raises: Refused, also after ``quiet`` seconds without a line.
        """
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self._access.timeout, sock_read=quiet)
        with _told():
            async with self._answer("GET", path, query, timeout) as answer:
                while True:
                    async with asyncio.timeout(quiet):
                        line = await answer.content.readline(max_line_length=_MAX_LINE)
                    if not line:
                        return
                    yield line

    @contextlib.asynccontextmanager
    async def _answer(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        timeout: aiohttp.ClientTimeout,
        **more: Any,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """An answer that says yes; a token that has just been replaced is tried at once."""
        given = more.pop("headers", {})
        for last in (False, True):
            session = self._session
            if session is None or session.closed:
                await self.refresh()
                session = self._session
            if session is None:
                raise Refused(0, "the CA of the API server cannot be read")
            own = {"Authorization": f"Bearer {self._token}"} if self._token else {}
            options = {"params": query or {}, "timeout": timeout, "headers": {**given, **own}, **more}
            async with session.request(method, self._access.server + path, **options) as answer:
                if answer.status == 401 and not last and self._reread_token():
                    continue
                if not 200 <= answer.status < 300:
                    raise await _refusal(answer)
                yield answer
                return

    async def refresh(self) -> None:
        """Reads token and CA again; a new CA starts with new connections."""
        self._reread_token()
        try:
            ca = self._access.ca_file.read_bytes() if self._access.ca_file else b""
            if ca == self._ca:
                return
            tls = ssl.create_default_context(cadata=ca.decode("ascii") if ca else None)
        except (OSError, ValueError) as error:  # keeps the one that worked; ssl.SSLError is an OSError
            _LOG.warning("the CA of the API server cannot be read: %s", type(error).__name__)
            return
        old, self._ca = self._session, ca
        connector = aiohttp.TCPConnector(limit=0, ssl=tls)
        self._session = aiohttp.ClientSession(
            connector=connector, trust_env=False, auto_decompress=True, headers=_HEADERS
        )
        if old:
            _LOG.info("the CA of the API server has changed")
            await old.close()

    def _reread_token(self) -> bool:
        """Whether the token file holds another token than before."""
        try:
            token = self._access.token_file.read_text("ascii").strip() if self._access.token_file else ""
        except (OSError, ValueError) as error:
            _LOG.warning("the token cannot be read: %s", type(error).__name__)
            return False
        changed, self._token = token != self._token, token
        return changed

    async def _keep_fresh(self) -> None:
        while True:
            await asyncio.sleep(self._access.reread)
            await self.refresh()


_HEADERS: Final = {"Accept": "application/json", "User-Agent": "nbcore-webhook"}
_BIG: Final = 2**18
"""Bytes of JSON that are parsed in a thread, so that requests are answered meanwhile."""


async def _parsed(body: bytes) -> Any:
    return json.loads(body) if len(body) < _BIG else await asyncio.to_thread(json.loads, body)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Turns everything that a network can do into a refusal without a status."""
    try:
        yield
    except TimeoutError:
        raise Refused(0, "no answer in time") from None
    except HttpProcessingError:  # a line that is too long stays so: only a list can go past it
        raise Refused(0, "an event is too long", "Expired") from None
    except (aiohttp.ClientError, OSError, RuntimeError) as error:  # RuntimeError: a session that is closed
        raise Refused(0, f"the API server cannot be reached: {type(error).__name__}") from None


async def _refusal(answer: aiohttp.ClientResponse) -> Refused:
    """The refusal that an answer is; the server's own message only where it is a Status."""
    try:
        status = json.loads(await answer.content.read(2**16))
    except ValueError:
        status = None
    return refusal_of(status, answer.status, _seconds(answer.headers.get("Retry-After", "")))


def refusal_of(status: Any, code: int = 0, retry_after: float | None = None) -> Refused:
    """The refusal that a Status object tells, of an answer or of an ERROR event."""
    told = status if isinstance(status, dict) else {}
    details = told.get("details")
    causes = details.get("causes") if isinstance(details, dict) else None
    reasons = [one.get("reason") for one in causes or () if isinstance(one, dict)]
    reason = "ResourceVersionTooLarge" if "ResourceVersionTooLarge" in reasons else told.get("reason")
    inner = told.get("code")
    known = inner if isinstance(inner, int) and not code else code
    message = str(told.get("message") or f"status {known}")[:200]
    return Refused(known, message, reason if isinstance(reason, str) else "", retry_after)


def _seconds(text: str) -> float | None:
    """The seconds of a Retry-After header; a date, or anything else, is none."""
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else None
