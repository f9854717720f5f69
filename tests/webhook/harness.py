"""A real server over real TLS on loopback, for one test, and clients that ask it.

Refuses to stand in for anything: what is asked is the server that people run.
"""

from __future__ import annotations

import asyncio
import functools
import json
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ParamSpec

import aiohttp

import nbcore
from webhook import listening, serving
from webhook.issuing import Issued, issue
from webhook.serving import Plan, Server
from webhook.source_of_kinds import Need

KINDS = Path(__file__).parents[2] / "kinds"
NAMES = ("localhost", "127.0.0.1")
Parameters = ParamSpec("Parameters")


def in_loop(
    test: Callable[Parameters, Coroutine[Any, Any, None]],
) -> Callable[Parameters, None]:
    """The test, run in an event loop of its own, for a minute at most."""

    @functools.wraps(test)
    def run(*arguments: Parameters.args, **named: Parameters.kwargs) -> None:
        async def limited() -> None:
            async with asyncio.timeout(60):
                await test(*arguments, **named)

        asyncio.run(limited())

    return run


@dataclass
class Held:
    """A source of kinds that holds what a test gives it."""

    objects: tuple[Any, ...] = ()
    synced: bool = True
    elsewhere: Mapping[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    """Objects that only `fetch` finds, by kind and name."""
    delay: float = 0.0
    failing: bool = False
    fetched: list[tuple[str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._catalog = nbcore.Catalog(self.objects)

    @property
    def catalog(self) -> nbcore.Catalog:
        if self.failing:
            raise RuntimeError("canary-value")
        return self._catalog

    def checks(self) -> Mapping[str, str]:
        return {"kinds": "" if self.synced else "not read yet"}

    async def fetch(self, need: Need) -> dict[str, Any] | None:
        self.fetched.append((need.kind, need.namespace, need.name))
        await asyncio.sleep(self.delay)
        return self.elsewhere.get((need.kind, need.name))

    async def run(self) -> None:
        await asyncio.Event().wait()


@dataclass
class Running:
    """A server that runs, how to reach it, and a client that trusts it."""

    server: Server
    port: int
    health_port: int
    tls: ssl.SSLContext
    session: aiohttp.ClientSession
    task: asyncio.Task[None]

    def url(self, path: str = "/validate?timeout=10s") -> str:
        """The address of a path of the admission port."""
        return f"https://localhost:{self.port}{path}"

    async def post(
        self, body: Any, path: str = "/validate?timeout=10s", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the answer to a review, or to bytes."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        said = {"Content-Type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        async with self.session.post(
            self.url(path), data=data, headers=said, allow_redirects=False
        ) as answer:
            return answer.status, dict(answer.headers), await answer.read()

    async def ask(self, body: Any, path: str = "/validate?timeout=10s") -> dict[str, Any]:
        """The response of an AdmissionReview that must be one."""
        status, headers, data = await self.post(body, path)
        assert status == 200, data
        assert headers["Content-Type"] == "application/json"
        answer = json.loads(data)
        assert (answer["apiVersion"], answer["kind"]) == ("admission.k8s.io/v1", "AdmissionReview")
        response: dict[str, Any] = answer["response"]
        return response

    async def health(self, path: str) -> tuple[int, str]:
        """Status and text of a path of the health port."""
        async with self.session.get(f"http://127.0.0.1:{self.health_port}{path}") as answer:
            return answer.status, await answer.text()

    async def open(
        self, tls: ssl.SSLContext | None = None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A raw connection to the admission port."""
        return await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=tls or self.tls, server_hostname="localhost"
        )


def issued(*names: str, days: int = 30) -> Issued:
    """A pair for these names, for those of loopback without any."""
    return issue(names or NAMES, now=datetime.now(UTC), days=days)


def trusting(authority: bytes) -> ssl.SSLContext:
    """A client's context that trusts this authority alone."""
    return ssl.create_default_context(cadata=authority.decode())


def write_pair(folder: Path, pair: Issued) -> tuple[Path, Path]:
    """The files of a pair in a folder."""
    chain, key = folder / "tls.crt", folder / "tls.key"
    chain.write_bytes(pair.certificate)
    key.write_bytes(pair.key)
    return chain, key


@asynccontextmanager
async def running(
    source: Any = None, *, tls: ssl.SSLContext | None = None, **changes: Any
) -> AsyncIterator[Running]:
    """A server that runs until the end of the block.

    Shape: ``changes`` are fields of its plan; without a certificate among them it gets one that ``tls`` trusts.
    """
    from webhook.pairs import Material

    pair = issued()
    plan = Plan(
        source=lambda: source if source is not None else Held(),
        certificate=lambda: Material(pair.certificate, pair.key),
        settings=nbcore.Settings,
        drain=0.0,
    )._replace(**changes)
    listening_socket = listening.bound("127.0.0.1", 0)
    health_socket = listening.bound("127.0.0.1", 0)
    ports = listening_socket.getsockname()[1], health_socket.getsockname()[1]
    server = Server(plan)
    runner = await serving.serve_health(server, health_socket)
    task = asyncio.create_task(server.serve(listening_socket))
    context = tls or trusting(pair.authority)
    connector = aiohttp.TCPConnector(ssl=context, limit=0)
    try:
        async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:
            while not server.rotation.generation and not task.done():
                await asyncio.sleep(0.01)
            yield Running(server, *ports, context, session, task)
    finally:
        server.leave()
        await asyncio.wait([task])
        await runner.cleanup()
    task.result()


def pod_review(uid: str = "1", *, size: int = 0, **request: Any) -> dict[str, Any]:
    """A review of a plain pod that is created, with an annotation of some size."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "plain", "namespace": "team-a", "annotations": {"example.com/x": "x" * size}},
        "spec": {"containers": [{"name": "main", "image": "example.com/image:1"}]},
    }
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": uid,
            "kind": {"group": "", "version": "v1", "kind": "Pod"},
            "resource": {"group": "", "version": "v1", "resource": "pods"},
            "name": "plain",
            "namespace": "team-a",
            "operation": "CREATE",
            "userInfo": {"username": "alice", "groups": ["system:authenticated"]},
            "object": pod,
            "oldObject": None,
            "dryRun": False,
            **request,
        },
    }


def template_review(name: str = "t", **request: Any) -> dict[str, Any]:
    """A review of a Template without anything that a Template needs."""
    review = pod_review(**request)
    review["request"] |= {
        "kind": {"group": "jackhoman.dev", "version": "v1beta1", "kind": "Template"},
        "resource": {"group": "jackhoman.dev", "version": "v1beta1", "resource": "templates"},
        "name": name,
        "object": {
            "apiVersion": "jackhoman.dev/v1beta1",
            "kind": "Template",
            "metadata": {"name": name, "namespace": "team-a"},
            "spec": {"unknown-field": 1},
        },
    } | request
    return review
