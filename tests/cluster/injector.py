"""A webhook of somebody else, which gives pods a sidecar: the smallest mesh that there is.

This module refuses to know ours.
"""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import trustme
from aiohttp import web

from tests.cluster.client import Client
from tests.cluster.processes import free_ports

Json = Any


@contextmanager
def injector(client: Client, name: str, label: Mapping[str, str]) -> Iterator[list[Json]]:
    """A second webhook, which gives pods of namespaces with a label a sidecar; yields the pods that it was sent."""
    seen: list[Json] = []
    authority = trustme.CA()
    tls = _context(authority)
    (port,) = free_ports(1)

    async def mutate(request: web.Request) -> web.Response:
        asked = (await request.json())["request"]
        seen.append(asked["object"])
        names = [one["name"] for one in asked["object"]["spec"]["containers"]]
        side = {"op": "add", "path": "/spec/containers/-", "value": {"name": "mesh", "image": "mesh:1"}}
        patch = [] if "mesh" in names else [side]
        text = base64.b64encode(json.dumps(patch).encode()).decode()
        response = {"uid": asked["uid"], "allowed": True, "patchType": "JSONPatch", "patch": text}
        review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}
        return web.json_response(review)

    with _serving(mutate, port, tls):
        configuration = _injecting(name, label, port, authority)
        client.create(configuration).expect()
        try:
            yield seen
        finally:
            client.delete(configuration).expect()


def _context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@contextmanager
def _serving(handler: Callable[[web.Request], Any], port: int, tls: ssl.SSLContext) -> Iterator[None]:
    """Serves a handler in a thread with a loop of its own."""
    loop = asyncio.new_event_loop()

    async def start() -> web.AppRunner:
        application = web.Application()
        application.router.add_post("/mutate", handler)
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls).start()
        return runner

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner = asyncio.run_coroutine_threadsafe(start(), loop).result(30)
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _injecting(name: str, label: Mapping[str, str], port: int, authority: trustme.CA) -> Json:
    bundle = base64.b64encode(authority.cert_pem.bytes()).decode()
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], "operations": ["CREATE"]}
    hook = {
        "name": "sidecar.mesh.example.com",
        "clientConfig": {"url": f"https://127.0.0.1:{port}/mutate", "caBundle": bundle},
        "rules": [rule],
        "namespaceSelector": {"matchLabels": dict(label)},
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "reinvocationPolicy": "IfNeeded",
        "failurePolicy": "Ignore",
        "timeoutSeconds": 5,
    }
    head = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration"}
    return {**head, "metadata": {"name": name}, "webhooks": [hook]}
