"""How many reviews one core answers, against a canned answer of aiohttp over the same TLS with the same body.

    python -m tests.webhook.throughput --requests 4000 --rounds 5

Each server is a process of its own; what counts is its processor time, so other work on the machine matters
little. Rounds of both take turns, and the median of the ratios is printed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tests.webhook.harness import issued, pod_review, trusting, write_pair

_CONNECTIONS: Final = 16
_KINDS: Final = """
apiVersion: kubeflow.org/v1alpha1
kind: PodDefault
metadata: {name: mirror, namespace: team-a}
spec:
  desc: what a notebook gets
  selector: {matchLabels: {add-notebook-proxy: "true"}}
  env: [{name: PIP_INDEX_URL, value: "https://mirror.example.com/simple"}, {name: HTTP_PROXY, value: "http://p"}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: shared}}]
  volumeMounts: [{name: data, mountPath: /data}]
"""
_TICKS: Final = os.sysconf("SC_CLK_TCK")


def canned(port: int, chain: str, key: str, answer: str) -> None:
    """Serves one answer to everything: JSON is read, and nothing is done with it."""
    import orjson
    from aiohttp import web

    data = Path(answer).read_bytes()

    async def handle(request: web.Request) -> web.Response:
        orjson.loads(await request.read())
        return web.Response(body=data, content_type="application/json")

    application = web.Application(client_max_size=8 << 20)
    application.router.add_post("/mutate", handle)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    web.run_app(application, port=port, ssl_context=context, access_log=None, print=None)


def review(size: int) -> bytes:
    """A pod of a notebook with its sidecar, and with what the cluster keeps of one, of about this many bytes."""
    made = pod_review("0b5b0c5c-0000-4000-8000-000000000000", size=0)
    pod = made["request"]["object"]
    pod["metadata"]["labels"] = {"jackhoman.dev/notebook": "ada", "add-notebook-proxy": "true"}
    pod["spec"]["containers"].append({"name": "istio-proxy", "image": "example.com/proxy:1"})
    for one in pod["spec"]["containers"]:
        one["env"] = [{"name": f"NAME_{index}", "value": "value" * 4} for index in range(25)]
        one["resources"] = {
            "limits": {"cpu": "1", "memory": "2Gi"},
            "requests": {"cpu": "1", "memory": "2Gi"},
        }
    number = 0
    fields: dict[str, Any] = {}
    pod["metadata"]["managedFields"] = [
        {"manager": "kube-controller-manager", "fieldsV1": {"f:spec": fields}}
    ]
    while len(json.dumps(made)) < size:
        number += 1
        fields[f'k:{{"name":"NAME_{number}"}}'] = {".": {}, "f:name": {}, "f:value": {}}
    return json.dumps(made).encode()


async def load(port: int, tls: ssl.SSLContext, body: bytes, count: int) -> tuple[list[float], bytes]:
    """The seconds of each answer, and the last one."""
    head = (
        "POST /mutate?timeout=5s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: kube-apiserver-admission\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    request, took, last = head.encode() + body, [], b""

    async def one() -> None:
        nonlocal last
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=tls, server_hostname="localhost"
        )
        for _ in range(count // _CONNECTIONS):
            began = time.perf_counter()
            writer.write(request)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            last = await reader.readexactly(length)
            took.append(time.perf_counter() - began)
            assert answer.startswith(b"HTTP/1.1 200"), answer
        writer.close()

    await asyncio.gather(*(one() for _ in range(_CONNECTIONS)))
    return took, last


def processor_seconds(pid: int) -> float:
    """What a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


@contextlib.contextmanager
def process(*command: str) -> Iterator[int]:
    """A process that runs until the end of the block; its id."""
    with subprocess.Popen([sys.executable, *command], stderr=subprocess.DEVNULL) as running:
        try:
            yield running.pid
        finally:
            running.kill()


def measured(
    port: int, pid: int, tls: ssl.SSLContext, body: bytes, count: int
) -> tuple[float, list[float], bytes]:
    """Answers a second of processor time, the seconds of each, and the last one."""
    before = processor_seconds(pid)
    took, last = asyncio.run(load(port, tls, body, count))
    return len(took) / (processor_seconds(pid) - before), sorted(took), last


def wait_for(port: int, tls: ssl.SSLContext, body: bytes) -> bytes:
    """The first answer of a server that is starting."""
    for _ in range(200):
        try:
            return asyncio.run(load(port, tls, body, _CONNECTIONS))[1]
        except (OSError, AssertionError, asyncio.IncompleteReadError):
            time.sleep(0.1)
    raise TimeoutError("the server does not start")


def compare(folder: Path, count: int, rounds: int, size: int) -> dict[str, Any]:
    """The figures of both servers."""
    pair = issued()
    chain, key = map(str, write_pair(folder, pair))
    tls, body, answer = trusting(pair.authority), review(size), folder / "answer.json"
    ports = free_port(), free_port(), free_port()
    kinds = folder / "kinds"
    kinds.mkdir()
    (kinds / "kinds.yaml").write_text(_KINDS)
    ours = ["-m", "webhook.main", "--kinds", str(kinds), "--tls-cert", chain, "--tls-key", key]
    ours += ["--port", str(ports[0]), "--health-port", str(ports[2]), "--log-level", "warning"]
    with process(*ours) as ours_pid:
        answer.write_bytes(wait_for(ports[0], tls, body))
        code = f"from tests.webhook.throughput import canned; canned({ports[1]}, {chain!r}, {key!r}, {str(answer)!r})"
        with process("-c", code) as canned_pid:
            wait_for(ports[1], tls, body)
            found = [
                (
                    measured(ports[0], ours_pid, tls, body, count),
                    measured(ports[1], canned_pid, tls, body, count),
                )
                for _ in range(rounds)
            ]
    return {
        "body bytes": len(body),
        "answer bytes": answer.stat().st_size,
        "answers per processor second": [round(one[0]) for one, _ in found],
        "canned": [round(other[0]) for _, other in found],
        "ratio": round(statistics.median(one[0] / other[0] for one, other in found), 3),
        "p50 ms": [round(1000 * side[1][len(side[1]) // 2], 2) for side in found[-1]],
        "p99 ms": [round(1000 * side[1][len(side[1]) * 99 // 100], 2) for side in found[-1]],
        "patch": "patch" in json.loads(answer.read_bytes())["response"],
    }


def free_port() -> int:
    """A port that nobody uses."""
    from webhook.listening import bound

    with bound("127.0.0.1", 0) as listening:
        port: int = listening.getsockname()[1]
        return port


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=int, default=9400)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        figures = compare(Path(temporary), given.requests, given.rounds, given.size)
    for name, value in figures.items():
        print(f"{name}: {value}")
