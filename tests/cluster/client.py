"""A small client of the API server: JSON in, status code and JSON out, as one given user.

It refuses to know any kind of object: the path of an object comes from the server's own discovery, so that
custom resources work too. It retries nothing and hides no status code.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import aiohttp

Json = Any
Object = Mapping[str, Any]

PATCH_TYPES: Mapping[str, str] = {
    "json": "application/json-patch+json",
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
}
IDLE_SECONDS = 30.0
"""A connection unused for longer is opened anew: the server closes it before long."""
DRY_RUN: Mapping[str, str] = {"dryRun": "All"}
STRICT: Mapping[str, str] = {"fieldValidation": "Strict"}


class Refused(AssertionError):
    """An answer that should have been a success was none."""


class Cause(NamedTuple):
    """One reason of a refusal, as the API server tells it."""

    reason: str
    field: str
    message: str


class Answer(NamedTuple):
    """What the server answered: the status code, and the JSON body (text when it is no JSON)."""

    status: int
    body: Json
    warnings: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the status code means success."""
        return 200 <= self.status < 300

    @property
    def message(self) -> str:
        """The server's text of a refusal; empty after a success."""
        return (
            "" if self.ok else str(self.body.get("message", "") if isinstance(self.body, dict) else self.body)
        )

    @property
    def causes(self) -> list[Cause]:
        """The single causes of a refusal; empty when there are none."""
        details = (self.body.get("details") or {}) if isinstance(self.body, dict) else {}
        return [
            Cause(one.get("reason", ""), one.get("field", ""), one.get("message", ""))
            for one in details.get("causes") or ()
        ]

    def expect(self) -> Json:
        """The body of a success.

        Raises: Refused with the server's message.
        """
        if not self.ok:
            raise Refused(f"{self.status}: {self.message}")
        return self.body


class Client:
    """Requests of one user over one kept connection; not for use by several threads."""

    def __init__(self, url: str, token: str, tls: ssl.SSLContext, discovery: dict[str, Json]) -> None:
        self.url, self._token, self._tls = url, token, tls
        self._discovery = discovery
        self._connection = _connection(url, tls)
        self._used = 0.0

    def request(
        self,
        method: str,
        path: str,
        body: Json = None,
        *,
        media_type: str = "application/json",
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """What the server answers to one request of any kind."""
        target = f"{path}?{urlencode(query)}" if query else path
        data = None if body is None else json.dumps(body).encode()
        if time.monotonic() - self._used > IDLE_SECONDS:
            self._connection.close()
        try:
            self._connection.request(method, target, data, self._headers(media_type))
            answer = self._connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()  # else the next request finds half an answer
            raise
        self._used = time.monotonic()
        return Answer(answer.status, _json(text), _warnings(answer.headers.get_all("Warning", [])))

    def get(self, reference: Object | str, *, query: Mapping[str, str] | None = None) -> Answer:
        """The object that has this apiVersion, kind, namespace and name; or what is at a path."""
        path = reference if isinstance(reference, str) else self.path(reference)
        return self.request("GET", path, query=query)

    def list_all(self, api_version: str, kind: str, namespace: str = "", **query: str) -> Answer:
        """All objects of a kind, in one namespace or in all."""
        group, resource = self._resource(api_version, kind)
        inside = f"/namespaces/{quote(namespace, safe='')}" if namespace else ""
        return self.request("GET", f"{group}{inside}/{resource['name']}", query=query)

    def create(
        self, document: Object, *, dry_run: bool = False, subresource: str = "", **query: str
    ) -> Answer:
        """The answer to a create with strict field validation."""
        path = self.path(document, subresource) if subresource else self.collection(document)
        return self.request("POST", path, dict(document), query={**STRICT, **_dry(dry_run), **query})

    def dry_run(self, document: Object) -> Answer:
        """The answer to a create that is not stored: the object with all defaults, or the refusal."""
        return self.create(document, dry_run=True)

    def update(
        self, document: Object, *, dry_run: bool = False, subresource: str = "", **query: str
    ) -> Answer:
        """The answer to an update of the whole object."""
        path = self.path(document, subresource)
        return self.request("PUT", path, dict(document), query={**STRICT, **_dry(dry_run), **query})

    def patch(
        self,
        reference: Object,
        patch: Json,
        kind: str = "strategic",
        *,
        dry_run: bool = False,
        subresource: str = "",
        **query: str,
    ) -> Answer:
        """The answer to a patch of a kind of PATCH_TYPES; "apply" needs `fieldManager=`."""
        path = self.path(reference, subresource)
        options = {**STRICT, **_dry(dry_run), **query}
        return self.request("PATCH", path, patch, media_type=PATCH_TYPES[kind], query=options)

    def delete(self, reference: Object, *, dry_run: bool = False, options: Object | None = None) -> Answer:
        """The answer to a delete; `options` are DeleteOptions."""
        return self.request("DELETE", self.path(reference), options, query=_dry(dry_run))

    def collection(self, document: Object) -> str:
        """The path that an object is created at."""
        group, resource = self._resource(document["apiVersion"], document["kind"])
        if not resource["namespaced"]:
            return f"{group}/{resource['name']}"
        namespace = document["metadata"].get("namespace", "default")
        return f"{group}/namespaces/{quote(namespace, safe='')}/{resource['name']}"

    def path(self, reference: Object, subresource: str = "") -> str:
        """The path of an object or one of its subresources."""
        own = f"{self.collection(reference)}/{quote(reference['metadata']['name'], safe='')}"
        return f"{own}/{subresource}" if subresource else own

    def many(
        self, documents: Iterable[Object], *, connections: int = 16, dry_run: bool = True
    ) -> list[Answer]:
        """The answers to many creates at once, in the order of the documents.

        Units: about 1,000 pods a second on two cores.
        """
        posts = [(self.collection(document), json.dumps(document).encode()) for document in documents]
        return asyncio.run(self._posts(posts, connections, {**STRICT, **_dry(dry_run)}))

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()

    async def _posts(
        self, posts: Sequence[tuple[str, bytes]], connections: int, query: Mapping[str, str]
    ) -> list[Answer]:
        answers: dict[int, Answer] = {}
        waiting = iter(enumerate(posts))
        connector = aiohttp.TCPConnector(limit=connections, ssl=self._tls)
        headers = self._headers("application/json")

        async def work(session: aiohttp.ClientSession) -> None:
            for index, (path, data) in waiting:
                async with session.post(path, data=data, params=query) as answer:
                    text = await answer.read()
                    warnings = _warnings(answer.headers.getall("Warning", []))
                    answers[index] = Answer(answer.status, _json(text), warnings)

        async with aiohttp.ClientSession(self.url, connector=connector, headers=headers) as session:
            await asyncio.gather(*(work(session) for _ in range(connections)))
        return [answers[index] for index in range(len(posts))]

    def _headers(self, media_type: str) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": media_type,
            "Accept": "application/json",
            "User-Agent": "nbcore-tests",
        }

    def _resource(self, api_version: str, kind: str) -> tuple[str, Json]:
        """The path of a group and version, and what the server says about a kind in there."""
        group = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        key = f"{api_version} {kind}"
        if key not in self._discovery:
            for one in self.get(group).expect()["resources"]:
                if "/" not in one["name"]:
                    self._discovery[f"{api_version} {one['kind']}"] = one
        if key not in self._discovery:
            raise LookupError(f"the server has no {kind} in {api_version}")
        return group, self._discovery[key]


def _connection(url: str, tls: ssl.SSLContext) -> http.client.HTTPSConnection:
    parts = urlsplit(url)
    assert parts.hostname is not None
    return http.client.HTTPSConnection(parts.hostname, parts.port, context=tls, timeout=60)


def _dry(dry_run: bool) -> Mapping[str, str]:
    return DRY_RUN if dry_run else {}


def _json(text: bytes) -> Json:
    try:
        return json.loads(text)
    except ValueError:
        return text.decode(errors="replace")


def _warnings(headers: Iterable[str]) -> tuple[str, ...]:
    """The texts of Warning headers: ``299 - "text"``."""
    return tuple(header.split('"', 1)[-1].rstrip('"').replace('\\"', '"') for header in headers)
