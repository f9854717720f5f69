"""Logs: one JSON object a line on stderr, ASCII only, so that no value can forge a line or move a cursor.

Refuses to know requests: whoever logs passes fields, and passes no value of an object.
"""

from __future__ import annotations

import logging
import sys
from typing import Final

from pythonjsonlogger.json import JsonFormatter

LOG: Final = logging.getLogger("nbcore.webhook")
MOST_CHARACTERS: Final = 256
"""Of any field."""
LEVELS: Final = ("debug", "info", "warning", "error")


def start(level: str) -> None:
    """Sends the logs of this program, and the warnings of its libraries, to stderr."""
    formatter = JsonFormatter(
        "%(asctime)s %(levelname)s %(name)s %(message)s",
        rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        json_ensure_ascii=True,
        datefmt="%Y-%m-%dT%H:%M:%S%z",
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in (LOG.name, __package__):
        logging.getLogger(name).setLevel(level.upper())


def field(value: object) -> str:
    """A value as a log holds it: text, cut where it gets long."""
    text = value if isinstance(value, str) else type(value).__name__
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…"
