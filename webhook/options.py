"""What the command line says about the engine's settings: a file, and flags that count more.

Refuses to know the server and what settings do.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
import yaml

import nbcore

_NAMES: Final = tuple(one.name for one in dataclasses.fields(nbcore.Settings))
_MOST_BYTES: Final = 1 << 20


def settings_of(file: Path | None, flags: Mapping[str, Any]) -> nbcore.Settings:
    """The settings of a YAML or JSON file, and of flags that were given.

    Shape: the keys of the file are those of Settings, written with ``_`` or ``-``.
    Raises: click.ClickException for a key or a value that cannot be.
    """
    said: dict[str, Any] = _read(file) if file else {}
    said |= {name: value for name, value in flags.items() if value not in (None, ())}
    unknown = sorted(said.keys() - set(_NAMES))
    if unknown:
        raise click.UsageError(f"there is no setting {unknown[0][:64]!r}; known are {', '.join(_NAMES)}")
    try:
        return nbcore.Settings(**said)
    except (TypeError, ValueError) as error:
        raise click.UsageError(str(error)) from None


def of_the_day(settings: nbcore.Settings) -> Callable[[], nbcore.Settings]:
    """The settings at any time: with the day in UTC, unless they say one themselves."""
    if settings.today is not None:
        return lambda: settings
    known = settings

    def now() -> nbcore.Settings:
        nonlocal known
        today = datetime.now(UTC).date().isoformat()
        if known.today != today:
            known = dataclasses.replace(settings, today=today)
        return known

    return now


def _read(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as opened:
            data = opened.read(_MOST_BYTES)
        read = json.loads(data) if file.suffix == ".json" else yaml.safe_load(data)
    except OSError as error:
        raise click.UsageError(f"the settings cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError, yaml.YAMLError):
        raise click.UsageError("the settings are no YAML or JSON") from None
    if read is None:
        return {}
    if not isinstance(read, dict) or not all(isinstance(key, str) for key in read):
        raise click.UsageError("the settings are no map of names and values")
    return {key.replace("-", "_"): value for key, value in read.items()}
