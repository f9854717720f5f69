"""The servers that admission is timed against, and the client: how they are built and started, each on its core.

`go/` holds the webhook of controller-runtime and the client, and pins every version. The programs lie in a cache
folder outside the tree, named after the hash of their sources; they are built when they are first needed and Go is
there.

Refuses to know what is measured.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

MODULE: Final = Path(__file__).parent / "go"
PROGRAMS: Final = ("webhook", "load")
MISSING: Final = (
    "SKIPPED: the webhook of controller-runtime and the client are not there, and neither is Go to build them"
)
SERVER_CORE, CLIENT_CORE = 0, 1
_TICKS: Final = os.sysconf("SC_CLK_TCK")


def programs() -> dict[str, Path] | None:
    """The path of each program, after building what is missing; None where there is no Go to build it.

    Raises: subprocess.CalledProcessError when Go cannot build them.
    """
    folder, go = _cache_folder(), shutil.which("go")
    if not all(os.access(folder / name, os.X_OK) for name in PROGRAMS):
        if go is None:
            return None
        _build(folder, go)
    return {name: folder / name for name in PROGRAMS}


def versions() -> dict[str, str]:
    """The version of controller-runtime, as go.mod pins it."""
    text = (MODULE / "go.mod").read_text(encoding="utf-8")
    return dict(re.findall(r"^\tsigs\.k8s\.io/(controller-runtime) (v\S+)$", text, re.MULTILINE))


def _cache_folder() -> Path:
    digest = hashlib.sha256()
    for file in sorted(MODULE.rglob("*")):
        if file.is_file():
            digest.update(file.read_bytes())
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "nbcore" / "admission-peers" / digest.hexdigest()[:16]


def _build(folder: Path, go: str) -> None:
    """Builds both programs into the cache folder, which never holds a half-written one."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="build-") as unfinished:
        command = [go, "build", "-trimpath", "-ldflags", "-s -w", "-o", f"{unfinished}/", "./..."]
        subprocess.run(command, cwd=MODULE, env={**os.environ, "CGO_ENABLED": "0"}, check=True)
        for name in PROGRAMS:
            (Path(unfinished) / name).replace(folder / name)


# ---- servers ----


class Pair(NamedTuple):
    """The certificate of all servers, its key, and who issued it: files."""

    chain: Path
    key: Path
    authority: Path


class Server(NamedTuple):
    """A server that runs: its port, and its process."""

    port: int
    process: int


@contextlib.contextmanager
def served(command: Sequence[str], port: int, env: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A server on its core, from when it listens to the end of the block."""
    pinned = ["taskset", "-c", str(SERVER_CORE), *command]
    with subprocess.Popen(pinned, env={**os.environ, **(env or {})}, stderr=subprocess.DEVNULL) as running:
        try:
            _await(port)
            yield Server(port, running.pid)
        finally:
            running.kill()


def _await(port: int) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for _ in range(300):
        with contextlib.suppress(OSError), socket_to(port) as plain, context.wrap_socket(plain):
            return
        time.sleep(0.1)
    raise TimeoutError("the server does not start")


def socket_to(port: int) -> Any:
    """A connection to a server of this machine."""
    import socket

    return socket.create_connection(("127.0.0.1", port), timeout=5)


def nbcore_command(kinds: Path, pair: Pair, ports: tuple[int, int], *, orjson: bool = True) -> list[str]:
    """What starts the webhook of nbcore, for the kinds of a folder, on a port and a port for health."""
    hidden = "" if orjson else "sys.modules['orjson'] = None; "
    code = f"import sys; {hidden}from webhook.main import main; main()"
    flags = {
        "--kinds": kinds,
        "--tls-cert": pair.chain,
        "--tls-key": pair.key,
        "--host": "127.0.0.1",
        "--port": ports[0],
        "--health-port": ports[1],
        "--log-level": "warning",
    }
    return [sys.executable, "-c", code, *(str(part) for flag in flags.items() for part in flag)]


def canned_command(answer: Path, pair: Pair, port: int) -> list[str]:
    """What starts a server of aiohttp that reads the JSON and always answers the same."""
    arguments = ", ".join(repr(str(one)) for one in (answer, pair.chain, pair.key))
    return [
        sys.executable,
        "-c",
        f"from benchmarks.admission_peers import canned; canned({arguments}, {port})",
    ]


def canned(answer: str, chain: str, key: str, port: int) -> None:
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
    web.run_app(
        application, host="127.0.0.1", port=port, ssl_context=context, access_log=None, print=lambda *_: None
    )


# ---- the client ----


class Load(NamedTuple):
    """What one load showed.

    Units: answers a second, and a second of the server's processor time; milliseconds.
    """

    rate: float
    rate_of_processor: float
    p50: float
    p99: float
    last: Any


def loaded(client: Path, server: Server, pair: Pair, body: Path, *, connections: int, count: int) -> Load:
    """What the client sees when it posts a body so often over so many connections.

    Raises: subprocess.CalledProcessError for an answer that is not 200.
    """
    flags = {
        "-address": f"127.0.0.1:{server.port}",
        "-ca": pair.authority,
        "-body": body,
        "-connections": connections,
        "-count": count,
    }
    arguments = [str(part) for flag in flags.items() for part in flag]
    before = _processor_seconds(server.process)
    pinned = ["taskset", "-c", str(CLIENT_CORE), str(client), *arguments]
    told = subprocess.run(pinned, check=True, stdout=subprocess.PIPE, env={**os.environ, "GOMAXPROCS": "1"})
    used = _processor_seconds(server.process) - before
    said = json.loads(told.stdout)
    answers = said["answers"]
    return Load(answers / said["seconds"], answers / used, said["p50"], said["p99"], json.loads(said["last"]))


def _processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
