"""Notices when the event loop stands still, from a thread that does not stand still with it.

Refuses to know why: it says where, as a dump of the stacks without any value.
"""

from __future__ import annotations

import asyncio
import faulthandler
import sys
import threading
import time
from collections import deque
from typing import Final

from webhook.logs import LOG
from webhook.metrics import Metrics

STALL_SECONDS: Final = 5.0
_BEAT_SECONDS: Final = 0.5
_STALLS: Final = 3
_WINDOW_SECONDS: Final = 300.0


class Watchdog:
    """Watches the loop that runs `beat`; `alive` is what `/livez` says."""

    def __init__(self, metrics: Metrics, *, stall: float = STALL_SECONDS) -> None:
        self._metrics = metrics
        self._stall = stall
        self._beaten = time.monotonic()
        self._stalls: deque[float] = deque(maxlen=_STALLS)
        self._ended = threading.Event()

    @property
    def alive(self) -> bool:
        """Whether the loop turns: no stall now, and not the third one within five minutes."""
        now = time.monotonic()
        many = len(self._stalls) == _STALLS and now - self._stalls[0] < _WINDOW_SECONDS
        return not many and now - self._beaten < self._stall * _STALLS

    async def beat(self) -> None:
        """Shows that the loop turns, and watches that it does, until it is cancelled."""
        self._beaten = time.monotonic()
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()
        try:
            while True:
                self._beaten = time.monotonic()
                await asyncio.sleep(min(_BEAT_SECONDS, self._stall / 4))
        finally:
            self._ended.set()

    def _watch(self) -> None:
        seen = 0.0
        while not self._ended.wait(self._stall / 4):
            beaten = self._beaten
            if time.monotonic() - beaten > self._stall and beaten != seen:
                seen = beaten
                self._stalls.append(time.monotonic())
                self._metrics.stalls.inc()
                LOG.error("the event loop stands still", extra={"seconds": self._stall})
                faulthandler.dump_traceback(sys.__stderr__ or 2, all_threads=True)
