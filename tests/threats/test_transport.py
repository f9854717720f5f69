"""Hostile bytes at the port itself, on a real server over real TLS, and what leaks out of it (T-60 to T-102)."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

import nbcore
from nbcore.admission import encode, review
from tests.threats.scenes import MAIN, POD, SETTINGS, owned, pod, pod_default, template
from tests.threats.test_parsers import REFUSED, TYPES, with_value
from tests.units.reviews import Json, namespace, notebook, request
from tests.webhook.harness import Held, in_loop, running
from tests.webhook.test_transport import head, status_of

CANARY = "canary-9c41e"


@in_loop
async def test_t60_to_t66_the_server_gives_no_verdict_on_these_bytes() -> None:
    async with running(Held((namespace(), template()))) as server:
        for path in ("/mutate", "/validate"):
            for name, body in REFUSED.items():
                status, _, said = await server.post(body, path)
                assert status == 400, name
                assert b"allowed" not in said
        assert (await server.ask(request("CREATE", owned(notebook()))))["allowed"]


@in_loop
async def test_t67_wrong_types_are_refused_or_denied() -> None:
    given = request("CREATE", owned(notebook()))
    places: tuple[tuple[str, ...], ...] = (
        (),
        ("request",),
        ("request", "userInfo"),
        ("request", "object"),
        ("request", "kind"),
    )
    async with running(Held((namespace(), template()))) as server:
        for place in places:
            for value in TYPES:
                status, _, said = await server.post(with_value(given, place, value))
                assert status in (200, 400)
                assert json.loads(said)["response"]["allowed"] is False, (place, value)


@in_loop
async def test_t96_a_second_request_in_a_body_is_never_answered() -> None:
    hidden = b"POST /validate HTTP/1.1\r\nHost: x\r\n\r\n"
    async with running() as server:
        for lines in (
            ("Content-Length: 0", "Transfer-Encoding: chunked"),
            ("Content-Length: 1", "Content-Length: 90"),
        ):
            reader, writer = await server.open()
            writer.write(head("/validate", "Content-Type: application/json", *lines) + b"0\r\n\r\n" + hidden)
            assert await status_of(reader) == 400
            assert b"HTTP/1.1" not in await reader.read()
            writer.close()


def with_canaries() -> list[Json]:
    """Reviews that are allowed, denied and cannot be read, with something secret in every value."""
    env = [{"name": "LD_PRELOAD", "value": CANARY}, {"name": "A", "value": CANARY}]
    tree: Json = {"spec": {"containers": [{"name": "main", "env": env, "args": [CANARY], "image": None}]}}
    secret_pod = {
        **POD,
        "containers": [{**MAIN, "env": [*env, {"name": "B", "value": 7, "valueFrom": CANARY}]}],
    }
    mine = owned(notebook(env=env, overrides=tree))
    kind = template("own", template={"spec": secret_pod})
    other = pod_default(
        {"spec": {"containers": [{"name": "main", "env": [{"name": "A", "value": f"{CANARY}2"}]}]}}
    )
    v1 = {"apiVersion": "kubeflow.org/v1", "kind": "Notebook", "metadata": {"name": "v", "namespace": "team"}}
    return [
        request("CREATE", mine),
        request("CREATE", owned(notebook(env=env[1:]))),
        request("UPDATE", owned(notebook(env=env[1:])), owned(notebook())),
        request("CREATE", owned(notebook(env=[{"name": "A", "value": [CANARY]}]))),
        request("CREATE", kind),
        request("UPDATE", kind, template("own")),
        request("CREATE", other),
        request("CREATE", pod(secret_pod)),
        request("CREATE", owned({**v1, "spec": {"template": {"spec": secret_pod}}})),
        request(
            "CREATE",
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"a": CANARY}},
        ),
        {"apiVersion": CANARY, "kind": CANARY, "request": {"object": CANARY}},
    ]


def held() -> tuple[Json, ...]:
    two = [{"name": "A", "value": f"{CANARY}{at}"} for at in range(2)]
    trees = [{"spec": {"containers": [{"name": "main", "env": [one]}]}} for one in two]
    return (namespace(), template(), *(pod_default(tree, name=f"d{at}") for at, tree in enumerate(trees)))


@pytest.mark.parametrize("phase", ["mutate", "validate"])
def test_t101_no_value_is_in_any_answer(phase: Any) -> None:
    catalog = nbcore.Catalog(held())
    for settings in (SETTINGS, nbcore.Settings(), nbcore.Settings(compat="kubeflow")):
        for given in with_canaries():
            response = review(given, catalog, settings, phase=phase)["response"]
            response.pop("patch", None)
            assert CANARY not in encode(response).decode(), given["kind"]


@in_loop
async def test_t101_no_value_is_in_logs_and_metrics() -> None:
    records: list[logging.LogRecord] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    root, handler = logging.getLogger(), Kept(logging.DEBUG)
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        async with running(Held(held())) as server:
            for given in with_canaries():
                for path in ("/mutate", "/validate"):
                    await server.post(given, path)
            metrics = (await server.health("/metrics"))[1]
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    assert CANARY not in metrics
    assert len(records) > 10
    assert not [one for one in records if CANARY in f"{one.getMessage()} {vars(one)}"]
