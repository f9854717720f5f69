"""The watch of the API server: each fault of the list with the behaviour that is promised, over real HTTP."""

from __future__ import annotations

import asyncio
import random
import ssl
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trustme
import yaml

import nbcore
from tests.webhook.api_server import WATCH_TROUBLE, ApiServer, named, paths
from tests.webhook.watch_scripts import DEFAULTS, PACE, SPACES, pod_default, scripts
from webhook.client import Access, Backoff
from webhook.reflector import Pace, Resource
from webhook.reflector_reading import newer
from webhook.watching import ALWAYS, DIALECTS, WatchedKinds, folded, kept

QUICK = Pace(page=3, watch=(60, 60), quiet=5, lived=0.02, base=0.005, cap=0.02, missing=0.05)


class Wanted(NamedTuple):
    """An object that a request needs."""

    api_version: str
    kind: str
    namespace: str
    name: str


def test(work: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """A test out of a coroutine, which may take 30 seconds."""

    def run() -> None:
        asyncio.run(asyncio.wait_for(work(), 30))

    run.__doc__ = work.__doc__
    return run


test.__test__ = False  # type: ignore[attr-defined]


def server_of(*objects: tuple[str, Any]) -> ApiServer:
    """A server with the native kinds and some objects."""
    server = ApiServer()
    server.add(*paths([*ALWAYS, *DIALECTS["native"]]))
    for path, one in objects:
        server.put(path, one)
    return server


@asynccontextmanager
async def watched(server: ApiServer, pace: Pace = QUICK, **access: Any) -> AsyncIterator[WatchedKinds]:
    """A source that watches the server within the block."""
    source = WatchedKinds(Access(server.url, **access), ("native",), pace)
    task = asyncio.create_task(source.run())
    try:
        yield source
        assert not task.done(), "it never ends by itself"
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def happens(what: Callable[[], Any], seconds: float = 10) -> None:
    """Waits until something is so."""
    async with asyncio.timeout(seconds):
        while not what():
            await asyncio.sleep(0.005)


def spaces(source: WatchedKinds) -> set[str]:
    """The names of the namespaces that are known."""
    return {one.name for one in source.catalog.list("Namespace")}


@test
async def test_f01_the_server_is_not_there_at_first() -> None:
    server = server_of((SPACES, named("Namespace", "a")))
    async with server.serving():
        port = server.port
    async with watched(server) as source:
        await happens(lambda: all("cannot be reached" in one for one in source.checks().values()))
        assert not source.synced and not len(source.catalog)
        async with server.serving(port=port):
            await happens(lambda: source.synced, 2)
            assert spaces(source) == {"a"} and not any(source.checks().values())


@test
async def test_f02_a_kind_that_is_not_installed_is_named_until_it_appears() -> None:
    server = server_of((SPACES, named("Namespace", "a")))
    del server.stored[DEFAULTS]
    async with server.serving(), watched(server) as source:
        await happens(lambda: not source.checks()["namespaces"])
        await happens(lambda: "does not have it" in source.checks()["poddefaults.jackhoman.dev"])
        assert not source.synced and not len(source.catalog)
        server.add(DEFAULTS)
        await happens(lambda: source.synced)
        assert spaces(source) == {"a"}


@test
async def test_a_dialect_that_is_switched_off_is_never_asked_for() -> None:
    server = server_of()
    async with server.serving(), watched(server) as source:
        await happens(lambda: source.synced)
        assert not any("kubeflow" in path for _, path in server.requests)


@test
async def test_f03_a_kind_that_may_not_be_read_keeps_it_from_being_ready() -> None:
    server = server_of()
    server.trouble = lambda verb, path: "forbidden" if path == DEFAULTS else ""
    async with server.serving(), watched(server) as source:
        await happens(lambda: "403" in source.checks()["poddefaults.jackhoman.dev"])
        assert not source.synced
        assert source.figures["poddefaults.jackhoman.dev"].failures[403] >= 1


@test
async def test_f04_a_silent_connection_is_noticed_and_resumed_without_a_list() -> None:
    server = server_of((SPACES, named("Namespace", "a")))
    troubles = iter(("silent",))
    server.trouble = lambda verb, path: next(troubles, "") if (verb, path) == ("watch", SPACES) else ""
    async with server.serving(), watched(server, PACE) as source:
        await happens(lambda: source.synced)
        server.put(SPACES, named("Namespace", "b"))
        await happens(lambda: spaces(source) == {"a", "b"})
        assert source.figures["namespaces"].lists == {"start": 1}


@test
async def test_f05_a_watch_that_ends_in_time_is_resumed_without_a_list() -> None:
    server = server_of()
    server.trouble = lambda verb, path: "cut" if verb == "watch" else ""
    async with server.serving(), watched(server) as source:
        await happens(lambda: source.synced)
        for at in range(20):
            server.put(SPACES, named("Namespace", f"n{at}"))
            await asyncio.sleep(0.01)
        await happens(lambda: len(spaces(source)) == 20)
        assert source.figures["namespaces"].watches > 2
        assert source.figures["namespaces"].lists == {"start": 1}


@test
async def test_f06_what_was_forgotten_is_listed_again_and_seen_at_once() -> None:
    """Both forms of 410."""
    server = server_of(*((SPACES, named("Namespace", f"n{at}")) for at in range(10)))
    troubles = iter(("gone", "", "expired"))
    server.trouble = lambda verb, path: next(troubles, "") if (verb, path) == ("watch", SPACES) else ""
    async with server.serving(), watched(server) as source:
        await happens(lambda: source.synced)
        seen: set[int] = set()
        for at in range(5):
            server.delete(SPACES, f"n{at}")
            server.put(SPACES, named("Namespace", f"m{at}"))
            server.forget()
            await asyncio.sleep(0.03)
            seen.add(len(spaces(source)))
        await happens(lambda: spaces(source) == {name for _, name in server.stored[SPACES]})
        assert source.figures["namespaces"].lists["expired"] >= 1
        assert min(seen) >= 9


@test
async def test_f15_a_deletion_that_nobody_told_is_found_by_the_next_list() -> None:
    server = server_of(*((SPACES, named("Namespace", f"n{at}")) for at in range(10)))
    server.trouble = lambda verb, path: "unavailable" if (verb, path) == ("watch", SPACES) else ""
    async with server.serving(), watched(server) as source:
        await happens(lambda: source.synced)
        for at in (0, 1):
            server.delete(SPACES, f"n{at}")
        server.put(SPACES, named("Namespace", "new"))
        server.forget()
        server.trouble = lambda verb, path: ""
        await happens(lambda: spaces(source) == {"new", *(f"n{at}" for at in range(2, 10))})
        assert source.figures["namespaces"].lists == {"start": 1, "expired": 1}


@test
async def test_f07_a_list_that_is_forgotten_while_it_is_read_is_asked_for_whole() -> None:
    server = server_of(*((SPACES, named("Namespace", f"n{at}")) for at in range(10)))
    server.trouble = lambda verb, path: "lost" if (verb, path) == ("list", SPACES) else ""
    async with server.serving(), watched(server) as source:
        await happens(lambda: source.synced)
        assert len(spaces(source)) == 10
        assert server.seen["list", SPACES] == 3


@test
async def test_f08_retry_after_is_obeyed() -> None:
    server = server_of()
    server.trouble = lambda verb, path: (
        "one second" if path == SPACES and server.seen["list", path] < 3 else ""
    )
    async with server.serving(), watched(server) as source:
        started = time.monotonic()
        await happens(lambda: source.synced)
        assert 2 <= time.monotonic() - started < 5
        assert server.seen["list", SPACES] == 3


def test_f09_waits_grow_up_to_their_cap_spread_over_all_of_it_and_start_again() -> None:
    backoff, waits = Backoff(0.8, 30, random.Random(1)), []
    for _ in range(200):
        backoff.reset()
        waits.append([backoff.after() for _ in range(12)])
    tops = [max(column) for column in zip(*waits, strict=True)]
    assert all(top <= min(30, 0.8 * 2**at) for at, top in enumerate(tops))
    assert tops[0] > 0.7 and tops[-1] > 29
    assert min(one[-1] for one in waits) < 1
    assert backoff.after(7) >= 7
    assert backoff.after(1e9) < 331


@test
async def test_f10_a_version_from_the_future_is_forgotten() -> None:
    """Also F-16: a server that came back from a backup counts from a smaller number."""
    server = server_of((SPACES, named("Namespace", "a")))
    async with server.serving(), watched(server, PACE) as source:
        await happens(lambda: source.synced)
        server.restore(50)
        server.put(SPACES, named("Namespace", "b"))
        server.trouble = lambda verb, path: (
            "internal" if verb == "watch" and server.seen[verb, path] % 2 else ""
        )
        await happens(lambda: spaces(source) == {"a", "b"})
        assert source.figures["namespaces"].lists["future"] == 1


@test
async def test_f11_bookmarks_move_on_and_show_nothing() -> None:
    server = server_of()
    server.bookmark_seconds = 0.01
    async with server.serving(), watched(server) as source:
        await happens(lambda: source.synced)
        for at in range(
            5
        ):  # of another kind: without bookmarks namespaces would resume from what is forgotten
            server.put(DEFAULTS, pod_default(f"n{at}", 0))
            await asyncio.sleep(0.05)
        server.forget()
        server.trouble = lambda verb, path: "cut"
        server.put(SPACES, named("Namespace", "a"))
        await happens(lambda: spaces(source) == {"a"})
        assert source.figures["namespaces"].lists == {"start": 1}


@pytest.mark.parametrize("trouble", WATCH_TROUBLE)
def test_f12_f13_whatever_comes_it_converges(trouble: str) -> None:
    async def work() -> None:
        server = server_of((SPACES, named("Namespace", "a")), (SPACES, named("Namespace", "b")))
        left = iter((trouble,) * 2)
        server.trouble = lambda verb, path: next(left, "") if (verb, path) == ("watch", SPACES) else ""
        async with server.serving(), watched(server, PACE) as source:
            await happens(lambda: source.synced)
            for at in range(3):
                server.put(SPACES, named("Namespace", "c"))
                server.delete(SPACES, "a")
                server.put(SPACES, named("Namespace", "a", metadata={"labels": {"x": "y"}}))
                server.delete(SPACES, "b")
                server.put(SPACES, named("Namespace", f"brief-{at}"))
                server.delete(SPACES, f"brief-{at}")
                await asyncio.sleep(0.05)
            await happens(lambda: spaces(source) == {"a", "c"})
            await happens(lambda: source.catalog.get("Namespace", "a").labels == {"x": "y"})

    asyncio.run(asyncio.wait_for(work(), 30))


@test
async def test_f13_an_object_that_cannot_be_read_stands_alone() -> None:
    server = server_of((DEFAULTS, pod_default("good", 0)), (DEFAULTS, pod_default("bad", 4)))
    async with server.serving(), watched(server) as source:
        await happens(lambda: source.synced)
        assert source.catalog.is_broken("PodDefault", "team/bad")
        assert source.catalog.get("PodDefault", "good", "team")
        server.put(DEFAULTS, pod_default("bad", 0))
        await happens(lambda: source.catalog.get("PodDefault", "bad", "team"))
        assert not source.catalog.findings


@test
async def test_f13_an_event_of_ten_mebibytes() -> None:
    server = server_of()
    big = "x" * 10 * 2**20
    async with server.serving(), watched(server) as source:
        await happens(lambda: source.synced)
        server.put(SPACES, named("Namespace", "a", metadata={"annotations": {"big": big}}))
        await happens(lambda: spaces(source) == {"a"})
        assert source.catalog.get("Namespace", "a").value["metadata"]["annotations"]["big"] == big
        assert source.figures["namespaces"].lists == {"start": 1}


@test
async def test_an_event_that_is_too_long_is_passed_by_a_list() -> None:
    server = server_of()
    big = "x" * 33 * 2**20
    async with server.serving(), watched(server, timeout=20) as source:
        await happens(lambda: source.synced)
        server.put(SPACES, named("Namespace", "a", metadata={"annotations": {"big": big}}))
        await happens(lambda: spaces(source) == {"a"}, 20)
        assert source.figures["namespaces"].lists["expired"] == 1


@test
async def test_f17_a_long_silence_is_told() -> None:
    server = server_of()
    async with server.serving(), watched(server) as source:
        await happens(lambda: source.synced)
        source.figures["namespaces"].contact -= 1000
        assert "nothing was heard" in source.checks()["namespaces"]


@test
async def test_t100_kinds_that_are_larger_than_the_budget_keep_it_from_being_ready() -> None:
    server = server_of(*((DEFAULTS, pod_default(f"n{at}", 0)) for at in range(50)))
    async with server.serving():
        source = WatchedKinds(Access(server.url), ("native",), QUICK, budget=3000)
        task = asyncio.create_task(source.run())
        await happens(lambda: "MiB of JSON" in source.checks()["poddefaults.jackhoman.dev"])
        assert not source.synced
        for at in range(45):
            server.delete(DEFAULTS, f"n{at}", "team")
        await happens(lambda: source.synced)
        before = source.figures["poddefaults.jackhoman.dev"].bytes
        server.put(DEFAULTS, pod_default("big", 0) | {"x": "x" * 10_000})
        await happens(lambda: source.figures["poddefaults.jackhoman.dev"].bytes > before + 10_000)
        server.delete(DEFAULTS, "big", "team")
        await happens(lambda: source.figures["poddefaults.jackhoman.dev"].bytes == before)
        assert source.synced and not task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@test
async def test_t104_no_more_is_asked_than_the_account_may() -> None:
    text = (Path(__file__).parents[2] / "manifests" / "base" / "account.yaml").read_text()
    roles = [one for one in yaml.safe_load_all(text) if one and one["kind"] == "ClusterRole"]
    rules = [rule for one in roles for rule in one["rules"]]
    seen = {"get", "list", "watch"}
    may = {
        f"{plural}.{group}".rstrip(".")
        for rule in rules
        for group in rule["apiGroups"]
        for plural in rule["resources"]
        if set(rule["verbs"]) == seen
    }
    assert may == {one.name for one in [*ALWAYS, *DIALECTS["native"]]}
    server = server_of()
    async with server.serving(), watched(server) as source:
        await happens(lambda: source.synced)
        assert {path for _, path in server.requests} == set(paths([*ALWAYS, *DIALECTS["native"]]))


@test
async def test_f18_what_was_made_just_now_can_be_fetched() -> None:
    server = server_of()
    server.bookmark_seconds = 5
    async with server.serving(), watched(server) as source:
        await happens(lambda: source.synced)
        server.stored[DEFAULTS]["team", "new"] = pod_default("new", 0)
        found = await source.fetch(Wanted("jackhoman.dev/v1beta1", "PodDefault", "team", "new"))
        assert found is not None
        changed = source.catalog.replace(changed=[found])
        assert changed.get("PodDefault", "new", "team").metadata.name == "new"


@test
async def test_f19_a_thousand_requests_for_what_is_not_there_ask_once() -> None:
    server = server_of()
    wanted = Wanted("jackhoman.dev/v1beta1", "Template", "team", "none")
    async with server.serving(), watched(server) as source:
        await happens(lambda: source.synced)
        for _ in range(2):
            assert await asyncio.gather(*(source.fetch(wanted) for _ in range(1000))) == [None] * 1000
        path = "/apis/jackhoman.dev/v1beta1/namespaces/team/templates/none"
        assert server.seen["get", path] == 1
        await asyncio.sleep(1.1)
        await source.fetch(wanted)
        assert server.seen["get", path] == 2


@test
async def test_whoever_has_no_time_to_wait_for_a_fetch_takes_it_from_nobody_else() -> None:
    server = server_of((SPACES, named("Namespace", "a")))
    wanted = Wanted("v1", "Namespace", "", "a")
    async with server.serving(), watched(server) as source:
        hasty, patient = asyncio.create_task(source.fetch(wanted)), asyncio.create_task(source.fetch(wanted))
        await asyncio.sleep(0)
        hasty.cancel()
        found = await patient
        assert found is not None and found["metadata"]["name"] == "a"


@test
async def test_names_that_no_object_can_have_are_never_asked_for() -> None:
    server = server_of()
    hostile = ("..", ".", "", "a/b", "a%2fb", "a?x=y", "a#", "ä", "a\n", "x" * 300)
    async with server.serving(), watched(server) as source:
        await happens(lambda: source.synced)
        for name in hostile:
            assert await source.fetch(Wanted("v1", "Namespace", "", name)) is None
            assert await source.fetch(Wanted(name, "Namespace", "", "a")) is None
            assert await source.fetch(Wanted("v1", name, "", "a")) is None
        assert await source.fetch(Wanted("v1", "Namespace", "../..", "a")) is None
        assert all(verb != "get" or path == "/api/v1" for verb, path in server.requests)


@test
async def test_a_kind_that_is_not_watched_is_found_by_discovery() -> None:
    server = server_of()
    server.add("/api")
    server.stored["/api"]["", "v1"] = {"resources": [{"kind": "Pod", "name": "pods"}, {"kind": "Pod"}, 5]}
    server.add("/api/v1/pods")
    server.put(
        "/api/v1/pods", {"metadata": {"name": "a", "namespace": "team"}, "status": {"phase": "Running"}}
    )
    async with server.serving(), watched(server) as source:
        await happens(lambda: source.synced)
        found = await source.fetch(Wanted("v1", "Pod", "team", "a"))
        assert found is not None
        assert (found["kind"], found["status"]) == ("Pod", {"phase": "Running"})
        assert await source.fetch(Wanted("v1", "Pop", "team", "a")) is None
        assert await source.fetch(Wanted("example.com/v1", "Pod", "team", "a")) is None
        assert server.seen["get", "/api/v1"] == 1


def test_a_token_is_read_again_at_once_when_it_is_refused(tmp_path: Path) -> None:
    async def work() -> None:
        server = server_of((SPACES, named("Namespace", "a")))
        file = tmp_path / "token"
        file.write_text("old\n")
        server.tokens = {"old"}
        async with server.serving(), watched(server, token_file=file) as source:
            await happens(lambda: source.synced)
            file.write_text("new\n")
            server.tokens = {"new"}
            found = await source.fetch(Wanted("v1", "Namespace", "", "a"))
            assert found is not None, "the first answer was 401, and the second try had the new token"

    asyncio.run(asyncio.wait_for(work(), 30))


def test_a_token_is_read_again_before_it_is_refused(tmp_path: Path) -> None:
    async def work() -> None:
        server = server_of()
        file = tmp_path / "token"
        file.write_text("old")
        server.tokens = {"old", "new"}
        async with server.serving(), watched(server, token_file=file, reread=0.05) as source:
            await happens(lambda: source.synced)
            file.write_text("new")
            await asyncio.sleep(0.2)
            server.tokens, refused = {"new"}, server.seen.total()
            assert await source.fetch(Wanted("v1", "Namespace", "", "a")) is None
            assert server.seen.total() <= refused + 1

    asyncio.run(asyncio.wait_for(work(), 30))


def test_a_new_ca_is_read_again_and_only_it_is_trusted(tmp_path: Path) -> None:
    async def work() -> None:
        old, new = trustme.CA(), trustme.CA()
        server = server_of((SPACES, named("Namespace", "a")))
        file = tmp_path / "ca.pem"
        old.cert_pem.write_to_path(str(file))
        async with server.serving(tls_of(old)):
            port = server.port
            async with watched(server, PACE, ca_file=file, reread=0.05) as source:
                await happens(lambda: source.synced)
        again = server.serving(tls_of(new), port)
        async with again, watched(server, PACE, ca_file=file, reread=0.05) as source:
            await happens(lambda: "Certificate" in source.checks()["namespaces"])
            file.write_text("torn")
            await asyncio.sleep(0.1)
            assert not source.synced
            new.cert_pem.write_to_path(str(file))
            await happens(lambda: source.synced)

    asyncio.run(asyncio.wait_for(work(), 30))


def tls_of(authority: trustme.CA) -> ssl.SSLContext:
    """What a server needs to speak TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def test_only_what_a_rule_reads_is_kept() -> None:
    metadata = {
        "name": "a",
        "managedFields": [{}],
        "annotations": {"x": "y", "kubectl.kubernetes.io/last-applied-configuration": "{}"},
    }
    given = {"metadata": metadata, "spec": {}, "status": {"used": {}}}
    template = kept(Resource("jackhoman.dev/v1beta1", "Template", "templates"), given)
    assert template["metadata"] == {"name": "a", "annotations": {"x": "y"}}
    assert (template["kind"], "status" in template) == ("Template", False)
    assert kept(Resource("v1", "ResourceQuota", "resourcequotas"), given)["status"] == {"used": {}}
    assert "managedFields" in metadata


def test_what_cannot_be_taken_at_all_is_left_out_alone() -> None:
    class Picky(nbcore.Catalog):
        def replace(self, changed: Any = (), removed: Any = ()) -> Any:
            if any(one["metadata"]["name"] == "n3" for one in changed):
                raise RuntimeError
            return Picky([*self, *changed])

    space = Resource("v1", "Namespace", "namespaces")
    told: Any = {(space, ("", f"n{at}")): named("Namespace", f"n{at}") for at in range(6)}
    assert {one.name for one in folded(Picky(), told)} == {"n0", "n1", "n2", "n4", "n5"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("10", "9", True),
        ("9", "10", False),
        ("7", "7", False),
        ("12", "", False),
        ("a", "1", False),
        ("02", "1", False),
    ],
)
def test_versions_compare_as_kubernetes_compares_them(one: str, other: str, expected: bool) -> None:
    assert newer(one, other) is expected


def test_random_scripts_converge() -> None:
    outcomes = asyncio.run(scripts(12, seed=7))
    assert all(one.converged and one.looks and not one.partial for _, one in outcomes)
