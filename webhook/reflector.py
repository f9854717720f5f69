"""The reflector: one kind as the API server has it, by list and watch, whatever goes wrong in between.

It lists in pages, watches from there with bookmarks, resumes where a watch ended, and lists again only when the
server has forgotten what came since. Refuses to know what objects mean, and who looks at them.

Source: client-go's reflector; resource versions compare as apimachinery's util/resourceversion does.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from webhook.client import Backoff, Client, Refused, refusal_of
from webhook.reflector_reading import Damaged, Name, Version, identity_of, newer, page_of, version_of

_LOG: Final = logging.getLogger(__name__)
_STUCK: Final = 3
"""Watches in a row that got nowhere, after which a list is asked for instead."""
_GRAVES: Final = 10_000
"""Deleted objects that are remembered between two lists."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind as the API serves it: ``jackhoman.dev/v1beta1``, ``Template``, ``templates``."""

    api_version: str
    kind: str
    plural: str

    @property
    def path(self) -> str:
        """The path of all objects of the kind."""
        root = "/apis" if "/" in self.api_version else "/api"
        return f"{root}/{self.api_version}/{self.plural}"

    @property
    def name(self) -> str:
        """``templates.jackhoman.dev``, as Kubernetes names resources."""
        group = self.api_version.rpartition("/")[0]
        return f"{self.plural}.{group}" if group else self.plural


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient a reflector is.

    Units: seconds; ``page`` counts objects.
    """

    page: int = 250
    watch: tuple[float, float] = (300, 600)
    quiet: float = 90
    """Without an event or a bookmark, which come about once a minute, the connection is taken for dead."""
    lived: float = 10
    """A watch that lasted so long has worked: what failed before it is forgotten."""
    base: float = 0.8
    cap: float = 30
    unreached: float = 1.5
    """Until a server that cannot be reached is tried again before the first list: nobody is served meanwhile."""
    missing: float = 5
    """Until a kind is asked for again that the server does not have."""


class Changes(NamedTuple):
    """What has become of some objects, which counts as one event: nobody may see a part of it."""

    changed: Mapping[Name, dict[str, Any]]
    removed: Iterable[Name] = ()


@dataclass(slots=True)
class Figures:
    """What a reflector has done so far, for metrics.

    Units: ``contact`` is the monotonic time of the last thing that the server said; ``bytes`` are of JSON, as it
    came: of a list each object counts as one of average size.
    """

    objects: int = 0
    bytes: int = 0
    events: int = 0
    watches: int = 0
    contact: float = 0.0
    lists: dict[str, int] = field(default_factory=dict)
    """Lists by their cause: ``start``, ``expired``, ``future``, ``missing``, ``stuck``."""
    failures: dict[int, int] = field(default_factory=dict)
    """Refusals by HTTP status; 0 stands for none."""


class Reflector:
    """Keeps one kind up to date, and tells every change of it.

    Shape: ``synced`` once the whole kind was told; it stays so. ``trouble`` says in plain words why nothing is
    heard of the kind, `""` when all is well. Before it is synced pages are told as they come, later lists as one.
    What is ``full`` before it is synced, never is: the answer is why.
    """

    def __init__(
        self,
        client: Client,
        resource: Resource,
        tell: Callable[[Resource, Changes], Awaitable[None]],
        full: Callable[[], str] = str,
        pace: Pace | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self.resource = resource
        self.synced = False
        self.trouble = "not listed yet"
        self.figures = Figures()
        self._client, self._tell, self._full, self._pace = client, tell, full, pace or Pace()
        self._chance = chance or random.SystemRandom()
        self._backoff = Backoff(self._pace.base, self._pace.cap, self._chance)
        self._known: dict[Name, Version] = {}
        self._gone: dict[Name, str] = {}
        self._sizes: dict[Name, int] = {}
        self._version: str | None = None
        self._cause = "start"
        self._stuck = 0

    async def run(self) -> None:
        """Lists and watches until it is cancelled."""
        while True:
            try:
                if self._version is None:
                    await self._list()
                await self._watch()
            except Refused as refused:
                await asyncio.sleep(self._wait(refused))
            except Damaged as damaged:
                _LOG.warning("%s: %s", self.resource.name, damaged)
                await asyncio.sleep(self._suspect(damaged))

    # ---- listing ----

    async def _list(self) -> None:
        """Lists everything, and tells what changed and what vanished since.

        Pages that the server has forgotten before the last of them was asked for: all at once, without pages.
        """
        try:
            found = await self._pages({"limit": str(self._pace.page)})
        except Refused as refused:
            if not refused.expired:
                raise
            self._count(refused)
            found = await self._pages({})
        seen, held, version = found
        removed = [name for name in self._known if name not in seen]
        for name in removed:
            self._count_bytes(name, 0)
        self._known, self._gone, self._version = seen, {}, version
        self.figures.lists[self._cause] = self.figures.lists.get(self._cause, 0) + 1
        self.synced, self._stuck = True, 0
        self._heard()
        await self._tell(self.resource, Changes(held, removed))

    async def _pages(self, query: dict[str, str]) -> tuple[dict[Name, Version], dict[Name, Any], str]:
        """What there is, the objects among it that are new or changed, and the version of the whole."""
        if not self.synced:
            self._sizes, self.figures.bytes = {}, 0
        seen: dict[Name, Version] = {}
        held: dict[Name, Any] = {}
        while True:
            answer, size = await self._client.sized(self.resource.path, query)
            page = page_of(answer)
            for item in page.items:
                self._see(item, seen, held, size // len(page.items))
            if not self.synced and self._full():
                raise Refused(507, self._full())
            if not page.more:
                return seen, held, page.version
            if not self.synced:  # nobody looks yet: no need to hold all pages at once
                await self._tell(self.resource, Changes(held))
                self._known |= {name: seen[name] for name in held}
                held = {}
            query = {**query, "continue": page.more}

    def _see(self, item: Any, seen: dict[Name, Version], held: dict[Name, Any], size: int) -> None:
        """Notes one object of a list; one that has no name is left out."""
        try:
            name, version = identity_of(item)
        except Damaged as damaged:
            _LOG.warning("%s: one object of a list is left out: %s", self.resource.name, damaged)
            return
        if self._known.get(name) != version:
            held[name] = item
        seen[name] = version
        self._count_bytes(name, size)

    # ---- watching ----

    async def _watch(self) -> None:
        """Watches from the last known version until the server ends it or something goes wrong."""
        seconds = self._chance.uniform(*self._pace.watch)
        query = {
            "watch": "1",
            "allowWatchBookmarks": "true",
            "resourceVersion": self._version or "",
            "timeoutSeconds": str(max(1, int(seconds))),
        }
        started = time.monotonic()
        self.figures.watches += 1
        try:
            lines = self._client.lines(self.resource.path, query, self._pace.quiet)
            async with contextlib.aclosing(lines):
                async for line in lines:
                    await self._event(line)
        finally:
            lived = time.monotonic() - started >= self._pace.lived
            if lived:
                self._backoff.reset()
        if not lived:
            await asyncio.sleep(self._backoff.after())

    async def _event(self, line: bytes) -> None:
        """Takes one event.

        Raises: Damaged for what cannot be one; Refused for an error.
        """
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            raise Damaged("an event is no JSON") from None
        told = event if isinstance(event, dict) else {}
        kind, given = told.get("type"), told.get("object")
        if kind == "ERROR":
            raise refusal_of(given)
        self._heard()
        self.figures.events += 1
        if kind == "BOOKMARK":
            self._advance(version_of(given))
        elif kind in ("ADDED", "MODIFIED"):
            await self._put(given, len(line))
        elif kind == "DELETED":
            await self._remove(given)
        else:
            raise Damaged("an event of an unknown type")

    async def _put(self, given: Any, size: int) -> None:
        name, version = identity_of(given)
        known, gone = self._known.get(name), self._gone.get(name)
        told = [known.resource_version] if known else [gone] if gone else []
        self._advance(version.resource_version)
        if any(one == version.resource_version or newer(one, version.resource_version) for one in told):
            return  # a duplicate, or what was before
        self._known[name] = version
        self._gone.pop(name, None)
        self._count_bytes(name, size)
        await self._tell(self.resource, Changes({name: given}))

    async def _remove(self, given: Any) -> None:
        name, version = identity_of(given)
        known = self._known.get(name)
        self._advance(version.resource_version)
        if known and newer(known.resource_version, version.resource_version):
            return  # made again since
        if not newer(self._gone.get(name, ""), version.resource_version):
            self._bury(name, version.resource_version)
        if known:
            del self._known[name]
            self._count_bytes(name, 0)
            await self._tell(self.resource, Changes({}, [name]))

    def _bury(self, name: Name, version: str) -> None:
        """Remembers that an object is gone, so that an event that comes late does not bring it back."""
        self._gone.pop(name, None)
        self._gone[name] = version
        while len(self._gone) > _GRAVES:
            del self._gone[next(iter(self._gone))]

    def _advance(self, version: str) -> None:
        """Goes on from a version, never from an older one than was known."""
        if version != self._version and not newer(self._version or "", version):
            self._version = version
            self._stuck = 0

    # ---- what went wrong ----

    def _heard(self) -> None:
        self.trouble = ""
        self.figures.contact = time.monotonic()
        self.figures.objects = len(self._known)

    def _count_bytes(self, name: Name, size: int) -> None:
        self.figures.bytes += size - self._sizes.pop(name, 0)
        if size:
            self._sizes[name] = size

    def _count(self, refused: Refused) -> None:
        self.figures.failures[refused.status] = self.figures.failures.get(refused.status, 0) + 1

    def _wait(self, refused: Refused) -> float:
        """The seconds until the next try after a refusal, and what that try has to be."""
        self._count(refused)
        self.trouble = _TROUBLES.get(refused.status) or str(refused)
        if refused.expired:
            self._relist("expired")
        elif refused.from_the_future:
            self._relist("future")
        elif refused.status == 404:
            self._relist("missing")
            return self._pace.missing * self._chance.uniform(0.5, 1)
        elif refused.status == 0 and not self.synced:
            return self._chance.uniform(0, self._pace.unreached)
        return self._backoff.after(refused.retry_after)

    def _suspect(self, damaged: Damaged) -> float:
        """The seconds until the next try after something unreadable, which may come again and again."""
        self.trouble = str(damaged)
        self._stuck += 1
        if self._stuck >= _STUCK:
            self._relist("stuck")
        return self._backoff.after()

    def _relist(self, cause: str) -> None:
        if self._version is not None:
            self._version, self._cause = None, cause


_TROUBLES: Final = {
    401: "the token is not accepted (401)",
    403: "this account may not list and watch it (403)",
    404: "the API server does not have it (404)",
    429: "the API server is busy (429)",
}
