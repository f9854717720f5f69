"""Progress: one line on a terminal that says how far the work is, once it takes more than a second.

Refuses to write into anything but a terminal that a person looks at.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

Thing = TypeVar("Thing")
_PATIENCE: Final = 1.0
"""Units: seconds of silence before the line appears."""
_PAUSE: Final = 0.1
"""Units: seconds between two looks of the line."""
_CELLS: Final = 24
_CLEAR: Final = "\r\x1b[K"


class Progress:
    """The line; use it as a context, so that it is gone when the answer is printed."""

    def __init__(
        self, stream: Any = None, *, quiet: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._on = not quiet and _is_watched(self._stream)
        self._clock = clock
        self._next = clock() + _PATIENCE
        self._drawn = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._drawn:
            self._write(_CLEAR)

    def over(self, things: Iterable[Thing], total: int, label: str) -> Iterator[Thing]:
        """The things one by one, counted on the line as they come."""
        for done, one in enumerate(things, 1):
            yield one
            self.show(done, total, label)

    @contextmanager
    def during(self, label: str) -> Iterator[None]:
        """Counts the seconds on the line while something is done that cannot say how far it is."""
        if not self._on:
            yield
            return
        done = threading.Event()
        ticking = threading.Thread(target=self._tick, args=(done, label, self._clock()), daemon=True)
        ticking.start()
        try:
            yield
        finally:
            done.set()
            ticking.join()

    def _tick(self, done: threading.Event, label: str, start: float) -> None:
        while not done.wait(_PAUSE):
            self._draw(f"{label}, {self._clock() - start:,.0f} s")

    def show(self, done: int, total: int, label: str) -> None:
        """Says how much is done, if it is time to."""
        full = _CELLS * done // max(total, 1)
        self._draw(f"{label} [{'#' * full}{'.' * (_CELLS - full)}] {done:,} of {total:,}")

    def _draw(self, text: str) -> None:
        """Puts a text in the place of the line, but not before it is time to."""
        if self._on and self._clock() >= self._next:
            self._next = self._clock() + _PAUSE
            self._drawn = True
            self._write(f"{_CLEAR}{text}")

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # the terminal is gone: nobody looks any more
            self._on = False


def _is_watched(stream: Any) -> bool:
    """Whether a stream is a terminal that takes control sequences, and no log of a build."""
    if os.environ.get("CI") or os.environ.get("TERM") == "dumb":
        return False
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return False
