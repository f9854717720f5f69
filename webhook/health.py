"""The health port: whether the process lives, whether it is ready and why not, and its metrics; plain HTTP.

Refuses to know what is checked: whoever runs here says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

_TEXT: Final = "text/plain; charset=utf-8"


class State(Protocol):
    """What the port is asked for."""

    async def alive(self) -> bool:
        """Whether it makes sense to let this process go on."""

    async def checks(self) -> Mapping[str, str]:
        """Each check by name: `""`, or why it does not pass."""

    async def metrics(self) -> bytes:
        """The metrics as Prometheus reads them."""


def application(state: State) -> web.Application:
    """The application of the port."""

    async def livez(_: web.Request) -> web.Response:
        alive = await state.alive()
        return _text(200 if alive else 500, "ok" if alive else "the event loop stood still")

    async def readyz(request: web.Request) -> web.Response:
        checks = await state.checks()
        ready = not any(checks.values())
        text = "ok" if ready else "not ready"
        if "verbose" in request.query or not ready:
            text = "\n".join([*(_line(name, why) for name, why in checks.items()), text])
        return _text(200 if ready else 503, text)

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=await state.metrics(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    made = web.Application()
    made.add_routes([web.get("/livez", livez), web.get("/readyz", readyz), web.get("/metrics", metrics)])
    return made


def _line(name: str, why: str) -> str:
    return f"[-]{name} failed: {why}" if why else f"[+]{name} ok"


def _text(status: int, text: str) -> web.Response:
    return web.Response(status=status, body=f"{text}\n".encode(), headers={"Content-Type": _TEXT})
