"""Headless Chromium, driven over its DevTools protocol: pages are opened, asked, photographed and printed.

Refuses to know what the pages show. No package drives it: the protocol is JSON over a WebSocket.
"""

from __future__ import annotations

import asyncio
import base64
import shutil
import subprocess
import time
from collections.abc import Coroutine, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import aiohttp

PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")
MISSING: Final = "no Chromium on this machine (Debian: apt-get install chromium)"
SECONDS: Final = 60
_FLAGS: Final = (
    "--headless",
    "--no-sandbox",  # the pages are our own, and the sandbox needs what containers do not give
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--hide-scrollbars",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-extensions",
    "--remote-debugging-port=0",
)

Result = TypeVar("Result")


def program() -> str | None:
    """The Chromium of this machine; None without one."""
    return next((found for one in PROGRAMS if (found := shutil.which(one))), None)


class Chromium:
    """A running browser with one tab, for a `with` statement."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._number = 0
        self._loads = 0
        self.requests: list[str] = []
        """The addresses that the page asked for, its own first."""
        self.complaints: list[str] = []
        """What the page wrote to the console, and what the browser refused it."""

    def __enter__(self) -> Self:
        found = program()
        if found is None:
            raise FileNotFoundError(MISSING)
        command = [found, *_FLAGS, f"--user-data-dir={self._folder}", "about:blank"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self._run(self._connect(self._port()))
        except BaseException:
            self._process.kill()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._disconnect())
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._loop.close()

    # ---- what a test asks ----

    def open(
        self, address: str, *, dark: bool = False, width: int = 1280, height: int = 900, fragment: str = ""
    ) -> None:
        """Opens a page and waits until it is there."""
        self.requests.clear()
        self.complaints.clear()
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", size)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", {"media": "", "features": scheme})
        for one in ("about:blank", address + fragment):
            self.requests.clear()
            self._run(self._navigate(one))

    def ask(self, script: str) -> Any:
        """What a JavaScript expression gives, as JSON; a promise is waited for."""
        told = {"expression": script, "returnByValue": True, "awaitPromise": True}
        answer = self.call("Runtime.evaluate", told)
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def press(self, key: str, code: int) -> None:
        """Presses a key."""
        told = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        text = {"text": "\r"} if key == "Enter" else {}
        self.call("Input.dispatchKeyEvent", {"type": "keyDown", **told, **text})
        self.call("Input.dispatchKeyEvent", {"type": "keyUp", **told})

    def tree(self) -> list[dict[str, Any]]:
        """What a screen reader is told: the nodes of the accessibility tree."""
        nodes: list[dict[str, Any]] = self.call("Accessibility.getFullAXTree", {})["nodes"]
        return nodes

    def photograph(self, file: Path, *, whole: bool = False) -> None:
        """Writes what the window shows, or the whole page, as PNG."""
        answer = self.call("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": whole})
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode(answer["data"]))

    def printed(self) -> bytes:
        """The page on paper, as PDF."""
        return base64.b64decode(self.call("Page.printToPDF", {})["data"])

    def call(self, method: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """What a method of the protocol answers."""
        return self._run(self._call(method, parameters))

    # ---- the protocol ----

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self._loop.run_until_complete(asyncio.wait_for(work, SECONDS))

    def _port(self) -> str:
        """The port that the browser listens on, which it writes into its folder."""
        file = self._folder / "DevToolsActivePort"
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise RuntimeError(f"Chromium ended with {self._process.returncode}")
            if file.is_file() and (lines := file.read_text().split()):
                return lines[0]
            time.sleep(0.05)
        raise TimeoutError("Chromium does not answer")

    async def _connect(self, port: str) -> None:
        self._session = aiohttp.ClientSession()
        async with self._session.get(f"http://127.0.0.1:{port}/json/list") as answer:
            targets = await answer.json(content_type=None)
        address = next(one["webSocketDebuggerUrl"] for one in targets if one["type"] == "page")
        self._socket = await self._session.ws_connect(address, max_msg_size=0)
        for domain in ("Page", "Runtime", "Network", "Log", "Accessibility"):
            await self._call(f"{domain}.enable", {})

    async def _disconnect(self) -> None:
        await self._socket.close()
        await self._session.close()

    async def _call(self, method: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        self._number += 1
        number = self._number
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while True:
            message = await self._next()
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                result: dict[str, Any] = message["result"]
                return result

    async def _navigate(self, address: str) -> None:
        loads = self._loads
        await self._call("Page.navigate", {"url": address})
        while self._loads == loads:
            await self._next()

    async def _next(self) -> dict[str, Any]:
        message: dict[str, Any] = await self._socket.receive_json()
        given = message.get("params", {})
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append(given["request"]["url"])
        elif message.get("method") == "Page.loadEventFired":
            self._loads += 1
        elif message.get("method") == "Log.entryAdded":
            self.complaints.append(given["entry"]["text"])
        elif message.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(given["exceptionDetails"]["text"])
        elif message.get("method") == "Runtime.consoleAPICalled":
            self.complaints.append(str(given["args"]))
        return message
