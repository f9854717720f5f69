"""The kinds as the API server has them: one catalog, made of what a reflector for each kind tells.

Events of a moment are folded into one new catalog, which takes the place of the old one at once. Refuses to know
what an answer says, and how the API server is spoken to.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote

import nbcore
from webhook.client import Access, Client, Refused
from webhook.reflector import Changes, Figures, Pace, Reflector, Resource
from webhook.reflector_reading import Name
from webhook.source_of_kinds import Need

_LOG: Final = logging.getLogger(__name__)

_NATIVE: Final = "jackhoman.dev/v1beta1"
ALWAYS: Final = (
    Resource("v1", "Namespace", "namespaces"),
    Resource("v1", "ResourceQuota", "resourcequotas"),
    Resource("v1", "LimitRange", "limitranges"),
)
"""The kinds that are watched whatever dialects there are."""
DIALECTS: Final[Mapping[str, tuple[Resource, ...]]] = {
    "native": (
        Resource(_NATIVE, "Template", "templates"),
        Resource(_NATIVE, "PodDefault", "poddefaults"),
        Resource(_NATIVE, "Notebook", "notebooks"),
        Resource(_NATIVE, "Revision", "revisions"),
    ),
    "kubeflow-v2": (
        Resource("kubeflow.org/v1beta1", "WorkspaceKind", "workspacekinds"),
        Resource("kubeflow.org/v1beta1", "Workspace", "workspaces"),
    ),
    "kubeflow-v1": (Resource("kubeflow.org/v1alpha1", "PodDefault", "poddefaults"),),
    "kubeflow-v1-notebooks": (Resource("kubeflow.org/v1", "Notebook", "notebooks"),),
}
"""The kinds of each dialect; a kind that is not installed keeps the server from being ready."""
DEFAULT_DIALECTS: Final = ("native", "kubeflow-v2", "kubeflow-v1")

_WITHOUT_STATUS: Final = frozenset(
    {"Template", "PodDefault", "Namespace", "LimitRange", "WorkspaceKind", "Revision"}
)
_LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
_SOON: Final = 0.02
"""Seconds in which events are gathered before they are folded."""
_FEW: Final = 32
"""Changes that are folded at once; more are folded in a thread, so that requests are answered meanwhile."""
_MANY: Final = 1000
"""Changes that may wait; whoever has more to tell waits himself."""
_SILENT: Final = 600.0
"""Seconds without a word about a kind after which the server is not ready."""
_NEGATIVE: Final = 1.0
"""Seconds for which an object that was not there is not asked for again."""
_DISCOVERY: Final = 60.0
BUDGET: Final = 2**30
"""Bytes of JSON beyond which a server does not become ready: it would rather say so than be killed."""

Told = dict[tuple[Resource, Name], dict[str, Any] | None]
"""What is still to be folded, by kind and name; None for an object that is gone."""


class WatchedKinds:
    """A source of kinds that watches the API server.

    Shape: ``figures`` are for metrics, by the resource's name, such as ``templates.jackhoman.dev``. A server that
    is ready stays so when the kinds outgrow the budget: their size is a metric.
    """

    def __init__(
        self,
        access: Access,
        dialects: Iterable[str] = DEFAULT_DIALECTS,
        pace: Pace | None = None,
        budget: int = BUDGET,
    ) -> None:
        self._budget = budget
        self._client = Client(access)
        self._running = False
        chosen = [*ALWAYS, *(one for name in dialects for one in DIALECTS[name])]
        self._reflectors = [Reflector(self._client, one, self._tell, self._full, pace) for one in chosen]
        self._plurals = _Plurals(self._client, chosen)
        self._told: Told = {}
        self._wake, self._room = asyncio.Event(), asyncio.Event()
        self._staged = self._catalog = nbcore.Catalog(packed=True)
        self._synced = False
        self._asked: dict[tuple[str, ...], asyncio.Task[Any]] = {}
        self._absent: dict[tuple[str, ...], float] = {}

    @property
    def catalog(self) -> nbcore.Catalog:
        """The snapshot of now; an empty one until all kinds have been listed."""
        return self._catalog

    @property
    def synced(self) -> bool:
        """Whether every kind has been listed once."""
        return self._synced

    @property
    def figures(self) -> Mapping[str, Figures]:
        """What has been done so far, by resource."""
        return {one.resource.name: one.figures for one in self._reflectors}

    def checks(self) -> Mapping[str, str]:
        """Why a kind is not known, or has not been heard of for too long; `""` where all is well."""
        return {one.resource.name: _trouble(one) for one in self._reflectors}

    async def run(self) -> None:
        """Watches until it is cancelled."""
        async with self._client, asyncio.TaskGroup() as tasks:
            self._running = True
            for one in self._reflectors:
                tasks.create_task(_forever(one.run, one.resource.name))
            tasks.create_task(_forever(self._fold, "the fold"))

    def _full(self) -> str:
        """Why no more can be held, `""` while it can."""
        held = sum(one.figures.bytes for one in self._reflectors)
        return f"the kinds hold more than {self._budget >> 20} MiB of JSON" if held > self._budget else ""

    # ---- folding ----

    async def _tell(self, resource: Resource, changes: Changes) -> None:
        """Takes changes as a whole; whoever tells more than can be folded waits here."""
        for name, one in changes.changed.items():
            self._told[resource, name] = kept(resource, one)
        for name in changes.removed:
            self._told[resource, name] = None
        self._wake.set()
        while len(self._told) > _MANY:
            self._room.clear()
            await self._room.wait()

    async def _fold(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(_SOON)
            self._wake.clear()
            told, self._told = self._told, {}
            complete = all(one.synced for one in self._reflectors)
            self._room.set()
            if len(told) <= _FEW:
                self._staged = folded(self._staged, told)
            else:
                self._staged = await asyncio.to_thread(folded, self._staged, told)
            if complete:
                self._catalog, self._synced = self._staged, True

    # ---- fetching ----

    async def fetch(self, need: Need) -> dict[str, Any] | None:
        """The object as the API server has it now, or None where it has none or cannot be asked.

        Shape: all who ask for one object at a time wait for one answer; that there is none holds for a second.
        """
        key = (need.api_version, need.kind, need.namespace, need.name)
        if not self._running or self._absent.get(key, 0.0) > time.monotonic():
            return None
        task = self._asked.get(key)
        if task is None:
            task = self._asked[key] = asyncio.create_task(self._get(*key))
            task.add_done_callback(lambda _: self._asked.pop(key, None))
        found: dict[str, Any] | None = await asyncio.shield(task)
        return found

    async def _get(self, api_version: str, kind: str, namespace: str, name: str) -> dict[str, Any] | None:
        try:
            resource = await self._plurals.resource(api_version, kind)
            found = await self._client.get(_path(resource, namespace, name)) if resource else None
        except (Refused, _NoPath) as error:
            _LOG.info("an object of %s cannot be had: %s", kind[:64], error)
            found = None
        if resource is None or not isinstance(found, dict):
            self._note_absent((api_version, kind, namespace, name))
            return None
        return kept(resource, found)

    def _note_absent(self, key: tuple[str, ...]) -> None:
        now = time.monotonic()
        if len(self._absent) >= _MANY:
            self._absent = {one: until for one, until in self._absent.items() if until > now}
        self._absent[key] = now + _NEGATIVE


class _NoPath(ValueError):
    """No object can have this name."""


class _Plurals:
    """Which resource a kind is: of those that are watched by a table, of others as the API server says."""

    def __init__(self, client: Client, watched: Iterable[Resource]) -> None:
        self._client = client
        self._watched = {(one.api_version, one.kind): one for one in watched}
        self._discovered: dict[str, tuple[float, dict[str, Resource]]] = {}

    async def resource(self, api_version: str, kind: str) -> Resource | None:
        """The resource, or None where the API server has no such kind.

        Raises: Refused when it cannot be asked.
        """
        known = self._watched.get((api_version, kind))
        if known or not _VERSION.fullmatch(api_version):
            return known
        until, resources = self._discovered.get(api_version, (0.0, {}))
        if until < time.monotonic():
            resources = await self._discover(api_version)
            if len(self._discovered) >= _FEW:
                self._discovered.clear()
            self._discovered[api_version] = (time.monotonic() + _DISCOVERY, resources)
        return resources.get(kind)

    async def _discover(self, api_version: str) -> dict[str, Resource]:
        root = "/apis" if "/" in api_version else "/api"
        try:
            answer = await self._client.get(f"{root}/{api_version}")
        except Refused as refused:
            if refused.status == 404:
                return {}
            raise
        given = answer.get("resources") if isinstance(answer, dict) else None
        pairs = [(one.get("kind"), one.get("name")) for one in given or () if isinstance(one, dict)]
        texts = [(kind, name) for kind, name in pairs if isinstance(kind, str) and isinstance(name, str)]
        return {kind: Resource(api_version, kind, name) for kind, name in texts if "/" not in name}


_VERSION: Final = re.compile(r"([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?v[0-9a-z]{1,32}", re.ASCII)
_SEGMENT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,252}", re.ASCII)


def _path(resource: Resource, namespace: str, name: str) -> str:
    """The path of one object.

    Raises: _NoPath for names that no object can have; they may come from a request.
    """
    if not _SEGMENT.fullmatch(name) or (namespace and not _SEGMENT.fullmatch(namespace)):
        raise _NoPath("no object can have such a name")
    root, _, plural = resource.path.rpartition("/")
    space = f"/namespaces/{quote(namespace, safe='')}" if namespace else ""
    return f"{root}{space}/{plural}/{quote(name, safe='')}"


def kept(resource: Resource, given: dict[str, Any]) -> dict[str, Any]:
    """What of an object is kept: all that a rule reads, with its type, which the items of a list leave out."""
    one = {"apiVersion": resource.api_version, "kind": resource.kind, **given}
    if resource.kind in _WITHOUT_STATUS:
        one.pop("status", None)
    metadata = one.get("metadata")
    if isinstance(metadata, dict):
        one["metadata"] = {key: value for key, value in metadata.items() if key != "managedFields"}
        annotations = metadata.get("annotations")
        if isinstance(annotations, dict) and _LAST_APPLIED in annotations:
            rest = {key: value for key, value in annotations.items() if key != _LAST_APPLIED}
            one["metadata"]["annotations"] = rest
    return one


def folded(catalog: nbcore.Catalog, told: Told) -> nbcore.Catalog:
    """The catalog with all that was told; what cannot be taken at all is left out, and alone."""
    changed = [one for one in told.values() if one is not None]
    removed = [_stub(*key) for key, one in told.items() if one is None]
    try:
        return catalog.replace(changed, removed=removed)
    except Exception:
        if len(told) == 1:
            _LOG.exception("one object is left out")
            return catalog
    pairs, half = list(told.items()), len(told) // 2
    return folded(folded(catalog, dict(pairs[:half])), dict(pairs[half:]))


def _stub(resource: Resource, name: Name) -> dict[str, Any]:
    """An object that says no more than which one it is."""
    metadata = {"namespace": name[0], "name": name[1]}
    return {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": metadata}


def _trouble(one: Reflector) -> str:
    if not one.synced:
        return one.trouble or "not listed yet"
    silent = time.monotonic() - one.figures.contact
    return "" if silent < _SILENT else f"nothing was heard for {int(silent)} s: {one.trouble}"


async def _forever(work: Callable[[], Awaitable[None]], name: str) -> None:
    """Works, and starts again after what should not have happened."""
    while True:
        try:
            await work()
        except Exception:
            _LOG.exception("%s starts again", name)
        await asyncio.sleep(1)
