"""An API server as far as list, watch and get go, over real HTTP, which also does what goes wrong.

It keeps a log of events with one number for all kinds, as etcd does, and forgets the older part when told. What
goes wrong is asked of `trouble` at each request. Refuses to know who asks, and what the objects mean.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
import random
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, NamedTuple

from aiohttp import web

Json = Any


class Event(NamedTuple):
    """One change: when, what kind of resource, what happened, and the object after it."""

    version: int
    path: str
    type: str
    object: Json

    def line(self) -> bytes:
        """The event as the wire has it."""
        return line(self.type, self.object)


def line(type_: str, given: Json) -> bytes:
    """Any event as the wire has it."""
    return json.dumps({"type": type_, "object": given}).encode() + b"\n"


def status(code: int, reason: str = "", **more: Json) -> Json:
    """A Status that says no."""
    told = {"status": "Failure", "code": code, "reason": reason, "message": f"{reason} {code}"}
    return {"apiVersion": "v1", "kind": "Status", **told, **more}


class ApiServer:
    """Serves the resources that were added; `url` once it listens.

    `trouble(verb, path)` names what goes wrong with a request, "" for nothing; see `_list` and `_stream`.
    """

    def __init__(self, seed: int = 0, trouble: Callable[[str, str], str] = lambda verb, path: "") -> None:
        self.chance = random.Random(seed)
        self.trouble = trouble
        self.version = 100
        self.log: list[Event] = []
        self.forgotten = 0
        self.stored: dict[str, dict[tuple[str, str], Json]] = {}
        self.tokens: set[str] = set()
        self.seen: Counter[tuple[str, str]] = Counter()
        self.requests: list[tuple[str, str]] = []
        self.bookmark_seconds = 0.05
        self.open = 0
        self._changed = asyncio.Event()
        self._snapshots: dict[str, list[tuple[int, list[Json]]]] = {}

    def add(self, *paths: str) -> None:
        """Serves these resources from now on."""
        for path in paths:
            self.stored.setdefault(path, {})

    def put(self, path: str, given: Json) -> None:
        """Creates or updates an object."""
        metadata = given["metadata"]
        name = (metadata.get("namespace", ""), metadata["name"])
        old = self.stored[path].get(name)
        self.version += 1
        uid = old["metadata"]["uid"] if old else f"uid-{self.version}"
        stamped = {**metadata, "uid": uid, "resourceVersion": str(self.version)}
        one = {**given, "metadata": stamped}
        self.stored[path][name] = one
        self._happened(path, "MODIFIED" if old else "ADDED", one)

    def delete(self, path: str, name: str, namespace: str = "") -> None:
        """Deletes an object, if it is there."""
        old = self.stored[path].pop((namespace, name), None)
        if old is not None:
            self.version += 1
            metadata = {**old["metadata"], "resourceVersion": str(self.version)}
            self._happened(path, "DELETED", {**old, "metadata": metadata})

    def forget(self) -> None:
        """Forgets all events so far, as a compaction does."""
        self.forgotten = self.version

    def restore(self, version: int) -> None:
        """Goes back to a smaller number, as after a restored backup; what is stored stays."""
        self.version, self.log, self.forgotten = version, [], 0

    def remember(self, path: str) -> None:
        """Keeps what is stored now, as what a stale list answers."""
        self._snapshots.setdefault(path, []).append((self.version, list(self.stored[path].values())))

    @contextlib.asynccontextmanager
    async def serving(self, tls: ssl.SSLContext | None = None, port: int = 0) -> AsyncIterator[ApiServer]:
        """Listens within the block."""
        application = web.Application()
        application.router.add_get("/{path:.*}", self._get)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls)
        await site.start()
        self.port = runner.addresses[0][1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        try:
            yield self
        finally:
            await runner.cleanup()

    def _happened(self, path: str, type_: str, one: Json) -> None:
        self.log.append(Event(self.version, path, type_, one))
        self._changed.set()
        self._changed = asyncio.Event()

    async def _get(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        verb = "watch" if request.query.get("watch") else "list" if path in self.stored else "get"
        self.seen[verb, path] += 1
        self.requests.append((verb, path))
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.tokens and given not in self.tokens:
            return web.json_response(status(401, "Unauthorized"), status=401)
        trouble = self.trouble(verb, path)
        if trouble in _ANSWERS:
            code, reason, headers = _ANSWERS[trouble]
            return web.json_response(status(code, reason), status=code, headers=headers)
        if verb == "get":
            return self._one(path)
        if path not in self.stored:
            return web.json_response(status(404, "NotFound"), status=404)
        answer = self._list if verb == "list" else self._watch
        return await answer(request, path, trouble)

    def _one(self, path: str) -> web.StreamResponse:
        parts = path.split("/")
        at = parts.index("namespaces") if "namespaces" in parts[:-2] else -1
        collection = "/".join([*parts[:at], parts[at + 2]]) if at > 0 else "/".join(parts[:-1])
        name = (parts[at + 1] if at > 0 else "", parts[-1])
        found = self.stored.get(collection, {}).get(name)
        return web.json_response(found or status(404, "NotFound"), status=200 if found else 404)

    async def _list(self, request: web.Request, path: str, trouble: str) -> web.StreamResponse:
        """A page; trouble: `stale` answers an older state, `torn` half the text, `shapeless` no list."""
        query = request.query
        if "continue" in query:
            version, at = map(int, query["continue"].split(":"))
            if version < self.forgotten or trouble == "lost":
                return web.json_response(status(410, "Expired"), status=410)
            items = self._pages[path, version]
        else:
            version, at, items = self.version, 0, list(self.stored[path].values())
            if trouble == "stale" and self._snapshots.get(path):
                version, items = self.chance.choice(self._snapshots[path])
            self._pages[path, version] = items
        limit = int(query.get("limit", "0")) or len(items) + 1
        more = f"{version}:{at + limit}" if at + limit < len(items) else ""
        page = [_untyped(one) for one in items[at : at + limit]]
        body = {
            "kind": "List",
            "metadata": {"resourceVersion": str(version), "continue": more},
            "items": page,
        }
        text = json.dumps([] if trouble == "shapeless" else body)
        return web.Response(
            text=text[: len(text) // 2] if trouble == "torn" else text, content_type="application/json"
        )

    @property
    def _pages(self) -> dict[tuple[str, int], list[Json]]:
        return self.__dict__.setdefault("_kept_pages", {})  # type: ignore[no-any-return]

    async def _watch(self, request: web.Request, path: str, trouble: str) -> web.StreamResponse:
        version = int(request.query["resourceVersion"])
        if version > self.version:
            told = status(504, "Timeout", details={"causes": [{"reason": "ResourceVersionTooLarge"}]})
            return web.json_response(told, status=504)
        if version < self.forgotten and self.chance.random() < 0.5:
            return web.json_response(status(410, "Expired"), status=410)
        answer = web.StreamResponse(headers={"Content-Type": "application/json"})
        answer.enable_chunked_encoding()
        await answer.prepare(request)
        self.open += 1
        try:
            if version < self.forgotten:
                await answer.write(line("ERROR", status(410, "Expired")))
            else:
                seconds = float(request.query.get("timeoutSeconds", "60"))
                with contextlib.suppress(TimeoutError, _Cut):
                    async with asyncio.timeout(seconds):
                        await self._stream(answer, path, version, trouble)
        finally:
            self.open -= 1
        return answer

    async def _stream(self, answer: web.StreamResponse, path: str, version: int, trouble: str) -> None:
        """Events as they come; trouble comes once, at the first events there are."""
        bookmark = 0
        while True:
            changed = self._changed
            found = [one for one in self.log if one.path == path and one.version > version]
            if found:
                await _STREAMS.get(trouble, _as_it_is)(self, answer, found)
                version, trouble = found[-1].version, ""
            elif self.version > bookmark:
                bookmark = version = self.version
                await answer.write(line("BOOKMARK", {"metadata": {"resourceVersion": str(bookmark)}}))
                if trouble in ("cut", "silent"):
                    await _STREAMS[trouble](self, answer, [])
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), self.bookmark_seconds)


class _Cut(Exception):
    """The connection is to end here."""


async def _as_it_is(server: ApiServer, answer: web.StreamResponse, found: list[Event]) -> None:
    await answer.write(b"".join(one.line() for one in found))


async def _cut(server: ApiServer, answer: web.StreamResponse, found: list[Event]) -> None:
    """Some events, then the connection is reset."""
    await _as_it_is(server, answer, found[: server.chance.randint(0, len(found))])
    raise _Cut


async def _aborted(server: ApiServer, answer: web.StreamResponse, found: list[Event]) -> None:
    """Some events and half of one, then a reset."""
    await _as_it_is(server, answer, found[:1])
    await answer.write(found[-1].line()[: server.chance.randint(1, 40)])
    transport = answer._req.transport if answer._req else None
    if transport:
        transport.abort()
    raise _Cut


async def _silent(server: ApiServer, answer: web.StreamResponse, found: list[Event]) -> None:
    """Nothing any more, on a connection that stays."""
    await asyncio.sleep(3600)


async def _twice(server: ApiServer, answer: web.StreamResponse, found: list[Event]) -> None:
    again = [server.chance.choice(found) for _ in found]
    await _as_it_is(server, answer, [*found, *again])


async def _shuffled(server: ApiServer, answer: web.StreamResponse, found: list[Event]) -> None:
    mixed = list(found)
    server.chance.shuffle(mixed)
    await _as_it_is(server, answer, mixed)


async def _reversed(server: ApiServer, answer: web.StreamResponse, found: list[Event]) -> None:
    await _as_it_is(server, answer, found[::-1])


async def _replayed(server: ApiServer, answer: web.StreamResponse, found: list[Event]) -> None:
    """Everything that ever happened, again and before the rest."""
    older = [one for one in server.log if one.path == found[0].path and one.version < found[0].version]
    await _as_it_is(server, answer, [*found[:1], *older, *found])


def _nonsense(make: Callable[[ApiServer], bytes]) -> Callable[..., Any]:
    """A stream in which something else stands before the last event."""

    async def stream(server: ApiServer, answer: web.StreamResponse, found: list[Event]) -> None:
        await _as_it_is(server, answer, found[:-1])
        await answer.write(make(server))
        await _as_it_is(server, answer, found[-1:])

    return stream


_STREAMS: dict[str, Callable[..., Any]] = {
    "cut": _cut,
    "aborted": _aborted,
    "silent": _silent,
    "twice": _twice,
    "shuffled": _shuffled,
    "reversed": _reversed,
    "replayed": _replayed,
    "no JSON": _nonsense(lambda server: b'{"type": "ADD\n'),
    "no UTF-8": _nonsense(lambda server: b'{"type": "\xc3\n'),
    "no event": _nonsense(lambda server: b"[]\n"),
    "no name": _nonsense(lambda server: line("ADDED", {"metadata": {"resourceVersion": "1"}})),
    "no version": _nonsense(lambda server: line("BOOKMARK", {})),
    "deep": _nonsense(lambda server: b"[" * 100_000 + b"\n"),
    "unknown": _nonsense(lambda server: line("RENAMED", {"metadata": {"resourceVersion": "1"}})),
    "expired": _nonsense(lambda server: line("ERROR", status(410, "Expired"))),
    "failing": _nonsense(lambda server: line("ERROR", status(500, "InternalError"))),
    "bookmarks": _nonsense(lambda server: line("BOOKMARK", {"metadata": {"resourceVersion": "7"}}) * 3),
}
_ANSWERS: dict[str, tuple[int, str, dict[str, str]]] = {
    "busy": (429, "TooManyRequests", {"Retry-After": "0"}),
    "one second": (429, "TooManyRequests", {"Retry-After": "1"}),
    "internal": (500, "InternalError", {}),
    "unavailable": (503, "ServiceUnavailable", {}),
    "gone": (410, "Gone", {}),
    "forbidden": (403, "Forbidden", {}),
}
WATCH_TROUBLE: tuple[str, ...] = (*_STREAMS, "busy", "internal", "unavailable", "gone")
LIST_TROUBLE: tuple[str, ...] = ("stale", "torn", "shapeless", "lost", "busy", "internal", "unavailable")


def _untyped(one: Json) -> Json:
    """An item of a list, which has no type of its own."""
    return {key: value for key, value in copy.deepcopy(one).items() if key not in ("apiVersion", "kind")}


def named(kind: str, name: str, namespace: str = "", **more: Json) -> Json:
    """A small object."""
    metadata = {"name": name, **({"namespace": namespace} if namespace else {}), **more.pop("metadata", {})}
    versions = {"Namespace": "v1", "ResourceQuota": "v1", "LimitRange": "v1"}
    return {
        "apiVersion": versions.get(kind, "jackhoman.dev/v1beta1"),
        "kind": kind,
        "metadata": metadata,
        **more,
    }


def paths(resources: Iterable[Any]) -> list[str]:
    """The paths of resources."""
    return [one.path for one in resources]
