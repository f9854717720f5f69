"""Durations as Go writes them, which is how the API server says its deadline.

Refuses to know what is done in that time.
"""

from __future__ import annotations

import re
from typing import Final

_SECONDS: Final = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "μs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
}
_PART: Final = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_DURATION: Final = re.compile(rf"\+?(?:{_PART.pattern})+", re.ASCII)
_LONGEST: Final = 64
"""Characters; nobody writes more, and a number of a million digits takes time to read."""
_MOST: Final = float(1 << 63) / 1e9
"""Seconds; Go counts nanoseconds in 64 bits."""


def seconds(text: str) -> float | None:
    """The seconds of a Go duration such as ``5s`` or ``1m30s``; None for what is none, or not positive."""
    if len(text) > _LONGEST or _DURATION.fullmatch(text) is None:
        return None
    total = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
    return total if 0 < total < _MOST else None
