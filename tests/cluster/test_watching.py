"""The watch against a real API server: what it holds is what the server holds, whatever the connection does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.client import Client
from tests.cluster.control_plane import ControlPlane
from tests.webhook.test_reflector import Wanted, happens
from webhook.client import Access
from webhook.reflector import Pace
from webhook.watching import DIALECTS, WatchedKinds

CRDS = Path(__file__).parents[2] / "schemas" / "crd"
PACE = Pace(page=50, lived=0.1, base=0.05, cap=0.5, missing=0.5)
NATIVE = "jackhoman.dev/v1beta1"
pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def plane(control_plane: ControlPlane) -> ControlPlane:
    """The control plane with the native kinds."""
    for one in DIALECTS["native"]:
        crd = yaml.safe_load((CRDS / f"{one.plural}.yaml").read_text())
        control_plane.client().create(crd)
    for one in DIALECTS["native"]:
        path = f"/apis/{one.api_version}/{one.plural}"
        control_plane.wait(lambda path=path: control_plane.client().get(path).ok)  # type: ignore[misc]
    return control_plane


class Cord:
    """A TCP connection to the API server that can be cut: all that runs over it, at any moment."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._writers: set[asyncio.StreamWriter] = set()
        self.made = 0

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[int]:
        """The port to speak to."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]
            self.cut()

    def cut(self) -> None:
        """Resets everything that is open."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.made += 1
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers |= {writer, far_writer}
        await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(2**16):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    writer.close()


@asynccontextmanager
async def watched(plane: ControlPlane, port: int, folder: Path) -> AsyncIterator[WatchedKinds]:
    """A source that watches through a port, as admin."""
    token = folder / "token"
    token.write_text(plane.users["admin"].token)
    access = Access(f"https://127.0.0.1:{port}", token, plane.folder / "ca.pem")
    source = WatchedKinds(access, ("native",), PACE)
    task = asyncio.create_task(source.run())
    try:
        await happens(lambda: source.synced, 30)
        yield source
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def pod_default(namespace: str, name: str, priority: int) -> dict[str, Any]:
    """A PodDefault that can be told apart by a number."""
    spec = {"template": {"spec": {"priority": priority}}}
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": NATIVE, "kind": "PodDefault", "metadata": metadata, "spec": spec}


def numbers(source: WatchedKinds, namespace: str) -> dict[str, int]:
    """The numbers of the PodDefaults that are known, by name."""
    found = source.catalog.list("PodDefault", namespace)
    return {one.metadata.name: one.spec.template["spec"]["priority"] for one in found}


async def done(work: Callable[[], Any]) -> Any:
    """The result of what would block the loop."""
    return await asyncio.to_thread(work)


def change(client: Client, namespace: str, names: list[str], priority: int) -> None:
    """Patches the number of some PodDefaults."""
    for name in names:
        patch = {"spec": {"template": {"spec": {"priority": priority}}}}
        client.patch(pod_default(namespace, name, 0), patch, "merge").expect()


def test_kinds_are_followed_while_connections_break(plane: ControlPlane, tmp_path: Path) -> None:
    client, namespace = plane.client(), plane.namespace({"team": "a"})
    kinds = [pod_default(namespace, f"kind-{at}", at) for at in range(200)]
    names = [one["metadata"]["name"] for one in kinds]

    async def work() -> None:
        cord = Cord(int(plane.url.rpartition(":")[2]))
        async with cord.serving() as port, watched(plane, port, tmp_path) as source:
            assert source.catalog.namespace_labels(namespace)["team"] == "a"  # type: ignore[index]
            await done(lambda: client.many(kinds, dry_run=False))
            await happens(
                lambda: numbers(source, namespace) == {name: at for at, name in enumerate(names)}, 30
            )
            cord.cut()
            await done(lambda: change(client, namespace, names[:50], 1000))
            cord.cut()
            for one in kinds[100:]:
                await done(lambda one=one: client.delete(one).expect())  # type: ignore[misc]
            wanted = {name: 1000 if at < 50 else at for at, name in enumerate(names[:100])}
            await happens(lambda: numbers(source, namespace) == wanted, 30)
            assert cord.made >= 4
            assert all(one.lists == {"start": 1} for one in source.figures.values())
            assert not any(source.checks().values())
            await done(lambda: client.create(pod_default(namespace, "new", 5)).expect())
            found = await source.fetch(Wanted(NATIVE, "PodDefault", namespace, "new"))
            assert found is not None and found["spec"] == {"template": {"spec": {"priority": 5}}}
            account = await source.fetch(Wanted("v1", "ServiceAccount", "default", "default"))
            assert account is not None and account["kind"] == "ServiceAccount"
            assert await source.fetch(Wanted("v1", "ServiceAccount", "default", "none")) is None

    asyncio.run(asyncio.wait_for(work(), 120))


def test_a_large_list_comes_in_pages_and_is_whole(plane: ControlPlane, tmp_path: Path) -> None:
    client, namespace = plane.client(), plane.namespace()
    client.many([pod_default(namespace, f"kind-{at}", at) for at in range(170)], dry_run=False)

    async def work() -> None:
        async with watched(plane, int(plane.url.rpartition(":")[2]), tmp_path) as source:
            assert len(numbers(source, namespace)) == 170
            client.delete(pod_default(namespace, "kind-7", 0)).expect()
            await happens(lambda: len(numbers(source, namespace)) == 169)

    asyncio.run(asyncio.wait_for(work(), 60))


def test_an_account_without_rights_is_told_so(plane: ControlPlane, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(plane.users["alice"].token)

    async def work() -> None:
        source = WatchedKinds(Access(plane.url, token, plane.folder / "ca.pem"), ("native",), PACE)
        task = asyncio.create_task(source.run())
        await happens(lambda: all("(403)" in reason for reason in source.checks().values()))
        assert not source.synced
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(asyncio.wait_for(work(), 60))


def test_a_server_that_is_not_ours_is_not_trusted(plane: ControlPlane) -> None:
    async def work() -> None:
        source = WatchedKinds(Access(plane.url), ("native",), PACE)
        task = asyncio.create_task(source.run())
        await happens(lambda: all("Certificate" in reason for reason in source.checks().values()))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(asyncio.wait_for(work(), 60))
