"""Programs that run in the background of a test session, each with a log file.

This module refuses to know what the programs are. It ends only what it started, by process id.
"""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

STOP_SECONDS = 10.0


class DidNotStart(Exception):
    """A program ended, or did not answer in time; the notes hold the ends of the logs."""


class Process:
    """One running program; its output goes to ``<folder>/<name>.log``."""

    def __init__(self, name: str, command: Sequence[str | Path], folder: Path) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        with self.log.open("wb") as log:
            # In a session of its own: a Ctrl-C in the terminal must not end etcd before its clients.
            self._popen = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._popen.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._popen.poll() is None

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Returns once `ready()` is true.

        Raises: DidNotStart when the program ends before that, or the seconds are over.
        """
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running:
                raise DidNotStart(f"{self.name} ended with exit code {self._popen.returncode}")
            if time.monotonic() > deadline:
                raise DidNotStart(f"{self.name} was not ready within {seconds:.0f} s")
            time.sleep(0.05)

    def stop(self) -> None:
        """Ends the program: asks first, and kills it when that takes too long."""
        self._popen.terminate()
        try:
            self._popen.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()

    def tail(self, lines: int = 40) -> str:
        """The last lines of the log, with its path."""
        last = self.log.read_text(errors="replace").splitlines()[-lines:]
        return "\n".join([f"--- end of {self.log}", *last])


def free_ports(count: int) -> list[int]:
    """That many different loopback ports that nobody listens on at this moment."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
