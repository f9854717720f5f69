"""The transport part of the contract with the API server, item by item, on a real server over real TLS."""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from typing import Any

import aiohttp
import pytest

from tests.webhook.harness import (
    Held,
    in_loop,
    issued,
    pod_review,
    running,
    template_review,
    trusting,
)
from webhook.bodies import MOST_BYTES
from webhook.pairs import Material


def head(path: str = "/validate", *lines: str, method: str = "POST") -> bytes:
    """The head of a request, its lines as they are given."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode()


JSON = "Content-Type: application/json"


async def status_of(reader: asyncio.StreamReader) -> int:
    """The status of the next answer of a raw connection, whose body is read over."""
    line = await reader.readline()
    length = 0
    while (header := await reader.readline()) not in (b"\r\n", b""):
        name, _, value = header.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    await reader.readexactly(length)
    return int(line.split()[1])


@in_loop
async def test_c001_https_and_http_1_1_kept_alive() -> None:
    async with running() as server:
        reader, writer = await server.open()
        tls = writer.get_extra_info("ssl_object")
        assert tls.version() == "TLSv1.3"
        assert tls.selected_alpn_protocol() in (None, "http/1.1")
        body = json.dumps(pod_review()).encode()
        for _ in range(3):
            writer.write(head("/validate", JSON, f"Content-Length: {len(body)}") + body)
            assert await status_of(reader) == 200
        plain_reader, plain_writer = await asyncio.open_connection("127.0.0.1", server.port)
        plain_writer.write(head("/validate", JSON, f"Content-Length: {len(body)}") + body)
        assert await plain_reader.read() == b""
        writer.close()
        plain_writer.close()


@in_loop
async def test_c001_nothing_but_post_at_two_paths() -> None:
    async with running() as server:
        for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS"):
            async with server.session.request(method, server.url()) as answer:
                assert (answer.status, answer.headers["Allow"]) == (405, "POST")
        for path in ("/", "/validate/", "/readyz", "/metrics", "/mutate/../validate", "/VALIDATE"):
            reader, writer = await server.open()
            writer.write(head(path, JSON, "Content-Length: 2") + b"{}")
            assert await status_of(reader) == 404, path
            writer.close()


@in_loop
async def test_c002_the_name_of_the_service_is_verified_by_its_subject_alternative_name() -> None:
    name = "nbcore-webhook.nbcore-system.svc"
    pair = issued(name)
    material = Material(pair.certificate, pair.key)
    async with running(certificate=lambda: material, tls=trusting(pair.authority)) as server:
        _, writer = await asyncio.open_connection(
            "127.0.0.1", server.port, ssl=server.tls, server_hostname=name
        )
        writer.close()
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.open_connection(
                "127.0.0.1", server.port, ssl=server.tls, server_hostname="nbcore-webhook.other.svc"
            )


@in_loop
async def test_c003_the_user_agent_makes_no_difference() -> None:
    async with running() as server:
        agents = ("kube-apiserver-admission", "curl/8", "")
        answers = [(await server.post(template_review(), User_Agent=agent))[2] for agent in agents]
    assert len(set(answers)) == 1


@pytest.mark.parametrize(
    "said", ["?timeout=5s", "?timeout=x", "?timeout=-1s", "?timeout=", "?timeout=1e9s", "", "?a"]
)
def test_c004_a_timeout_that_is_none_is_ignored(said: str) -> None:
    @in_loop
    async def scenario() -> None:
        async with running() as server:
            assert (await server.ask(pod_review("u"), f"/validate{said}"))["uid"] == "u"

    scenario()


@in_loop
async def test_c005_there_is_an_answer_before_the_deadline() -> None:
    async with running(Held(delay=30.0)) as server:
        began = time.monotonic()
        status, headers, _ = await server.post(needing(), "/mutate?timeout=1s")
        took = time.monotonic() - began
        assert (status, headers["Retry-After"]) == (503, "1")
        assert 0.7 <= took <= 0.95


def needing() -> dict[str, Any]:
    """A review that needs an object which the catalog does not hold: the Template of a notebook."""
    review = pod_review()
    review["request"] |= {
        "kind": {"group": "jackhoman.dev", "version": "v1beta1", "kind": "Notebook"},
        "resource": {"group": "jackhoman.dev", "version": "v1beta1", "resource": "notebooks"},
        "object": {
            "apiVersion": "jackhoman.dev/v1beta1",
            "kind": "Notebook",
            "metadata": {"name": "plain", "namespace": "team-a"},
            "spec": {"template": {"name": "absent"}},
        },
    }
    return review


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("Application/JSON;charset=UTF-8", 200),
        ("application/json-patch+json", 415),
        ("text/plain", 415),
        ("", 415),
    ],
)
def test_c006_only_json_gets_a_verdict(content_type: str, status: int) -> None:
    @in_loop
    async def scenario() -> None:
        async with running() as server:
            assert (await server.post(pod_review(), Content_Type=content_type))[0] == status

    scenario()


@in_loop
async def test_c007_a_denial_is_a_200_of_type_json() -> None:
    async with running() as server:
        response = await server.ask(template_review(uid="7"))
    assert (response["uid"], response["allowed"]) == ("7", False)
    assert response["status"]["code"] >= 400


@in_loop
async def test_c008_nothing_is_redirected() -> None:
    async with running() as server:
        for path in ("//validate", "/validate//", "/mutate/", "/health", "/validate%2f"):
            reader, writer = await server.open()
            writer.write(head(path, JSON, "Content-Length: 2") + b"{}")
            assert not 300 <= await status_of(reader) < 400
            writer.close()


@in_loop
async def test_c009_a_server_without_kinds_asks_to_be_asked_again() -> None:
    async with running(Held(synced=False)) as server:
        status, headers, _ = await server.post(pod_review())
        assert (status, headers["Retry-After"]) == (503, "1")
        status, text = await server.health("/readyz")
        assert (status, "[-]kinds failed: not read yet" in text) == (503, True)


@in_loop
async def test_c010_a_body_of_the_largest_size_is_judged_and_one_byte_more_is_not() -> None:
    async with running() as server:
        body = json.dumps(pod_review("big")).encode().ljust(MOST_BYTES)
        assert (await server.ask(body, "/validate?timeout=30s"))["uid"] == "big"
        status, headers, _ = await server.post(body + b" ", "/validate?timeout=30s")
        assert (status, headers["Connection"]) == (413, "close")
        assert (await server.ask(pod_review("after")))["uid"] == "after"


@in_loop
async def test_c011_what_is_read_counts_and_nothing_is_decompressed() -> None:
    async def endless() -> Any:
        for _ in range(80):
            yield b" " * 100_000

    async with running() as server:
        headers = {"Content-Type": "application/json"}
        async with server.session.post(server.url(), data=endless(), headers=headers) as answer:
            assert answer.status == 413
        assert (await server.post(b"\x1f\x8b", Content_Encoding="gzip"))[0] == 415
        assert (await server.post(pod_review(), Content_Encoding="identity"))[0] == 200


@in_loop
async def test_c012_an_empty_body_is_a_400() -> None:
    async with running() as server:
        for lines in ([JSON], [JSON, "Content-Length: 0"], [JSON, "Transfer-Encoding: chunked"]):
            reader, writer = await server.open()
            writer.write(head("/validate", *lines) + (b"0\r\n\r\n" if "chunked" in lines[-1] else b""))
            assert await status_of(reader) == 400
            writer.close()


@in_loop
async def test_c013_chunked_or_not_is_the_same() -> None:
    async with running() as server:
        for review in (pod_review(), template_review()):
            body = json.dumps(review).encode()

            async def pieces(body: bytes = body) -> Any:
                for start in range(0, len(body), 100):
                    yield body[start : start + 100]

            headers = {"Content-Type": "application/json"}
            async with server.session.post(server.url(), data=pieces(), headers=headers) as answer:
                assert await answer.read() == (await server.post(body))[2]


@in_loop
async def test_c014_answers_never_mix() -> None:
    async with running() as server:

        async def one(connection: int) -> int:
            reader, writer = await server.open()
            matched = 0
            for number in range(0, 320, 4):
                for uid in range(number, number + 4):
                    body = json.dumps(pod_review(f"{connection}-{uid}", size=uid)).encode()
                    writer.write(head("/validate", JSON, f"Content-Length: {len(body)}") + body)
                for uid in range(number, number + 4):
                    matched += f'"{connection}-{uid}"'.encode() in await answer_of(reader)
            writer.close()
            return matched

        assert sum(await asyncio.gather(*map(one, range(32)))) == 32 * 320


async def answer_of(reader: asyncio.StreamReader) -> bytes:
    """The body of the next answer of a raw connection."""
    said = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(said.split(b"content-length:")[1].split(b"\r\n")[0])
    return await reader.readexactly(length)


@in_loop
async def test_c015_work_for_a_client_that_has_gone_is_given_up() -> None:
    source = Held(delay=30.0)
    async with running(source) as server:
        before = len(asyncio.all_tasks())
        body = json.dumps(needing()).encode()
        writers = []
        for _ in range(20):
            _, writer = await server.open()
            writer.write(head("/validate?timeout=30s", JSON, f"Content-Length: {len(body)}") + body)
            writers.append(writer)
        while server.server.answering.in_flight < 20:
            await asyncio.sleep(0.01)
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(1.0)
        assert server.server.answering.in_flight == 0
        assert len(server.server.connections) == 0
        assert len(asyncio.all_tasks()) <= before


@in_loop
async def test_c016_an_idle_connection_outlives_that_of_the_api_server() -> None:
    async with running() as server:
        await server.ask(pod_review())
        (connection,) = server.server.connections.connections
        assert connection.keepalive_timeout >= 120


@in_loop
async def test_c017_health_and_metrics_are_on_a_port_of_their_own_without_certificates() -> None:
    authority = issued("client")
    pair = issued()
    material = Material(pair.certificate, pair.key, authority.authority)
    async with running(certificate=lambda: material, tls=trusting(pair.authority)) as server:
        for path in ("/livez", "/readyz", "/readyz?verbose", "/metrics"):
            assert (await server.health(path))[0] == 200
        for path in ("/validate", "/mutate"):
            assert (await server.health(path))[0] == 404
        with pytest.raises(aiohttp.ClientError):
            await server.post(pod_review())


@in_loop
async def test_c080_an_internal_error_denies() -> None:
    async with running(Held(failing=True)) as server:
        for path in ("/validate", "/mutate"):
            response = await server.ask(pod_review("u"), path)
            assert response["allowed"] is False
            assert response["status"]["code"] == 500
            assert "patch" not in response


@in_loop
async def test_c081_an_answer_has_its_uid_whatever_happens() -> None:
    async with running(Held(failing=True)) as server:
        for size in (0, 200_000):
            response = await server.ask(pod_review("odd é\u2028\x00 uid", size=size))
            assert response["uid"] == "odd é\u2028\x00 uid"
            assert "canary" not in json.dumps(response)


@in_loop
async def test_c090_a_review_opens_no_file_and_no_connection() -> None:
    import sys

    seen: list[str] = []
    watching = False

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if watching and event in ("open", "os.remove", "os.rename", "subprocess.Popen", "socket.connect"):
            seen.append(f"{event} {arguments[:1]}")

    async with running() as server:
        reader, writer = await server.open()
        bodies = [json.dumps(review).encode() for review in (pod_review(), template_review(), needing())] * 2
        sys.addaudithook(hook)
        for number, body in enumerate(bodies):
            watching = number >= len(bodies) // 2  # the first round imports what is imported late
            writer.write(head("/mutate", JSON, f"Content-Length: {len(body)}") + body)
            await answer_of(reader)
        watching = False
        writer.close()
    assert seen == []


@in_loop
async def test_c092_a_dry_run_has_the_same_verdict_and_patch() -> None:
    async with running() as server:
        for path in ("/mutate", "/validate"):
            for review in (
                pod_review,
                template_review,
                lambda **more: {**needing(), "request": needing()["request"] | more},
            ):
                dry, wet = [await server.post(review(dryRun=dry), path) for dry in (True, False)]
                assert dry[2] == wet[2]
