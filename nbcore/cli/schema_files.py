"""Schema files: where the JSON Schema of a kind is found in a folder, in the layouts of kubeconform.

Refuses to know what a schema says, and to look outside the folder.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from typing import Any, Final

from nbcore.cli.reading import Unusable
from nbcore.layout import Limits

_KIND: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,62}", re.ASCII)
_API_VERSION: Final = re.compile(r"(?:([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)/)?(v[a-z0-9]{1,30})", re.ASCII)
_SUFFIXES: Final = ("-standalone-strict", "-local-strict", "-standalone", "-local", "")
_BY_VERSION: Final = re.compile(
    r"(?:v(?P<minor>1\.[0-9]{1,3})(?:\.(?P<patch>[0-9]{1,3}))?|master)"
    rf"(?P<suffix>{'|'.join(_SUFFIXES)})",
    re.ASCII,
)


def names(api_version: str, kind: str) -> list[str]:
    """The names that the file of a kind can have, the exact one first; none for what can be no kind."""
    match = _API_VERSION.fullmatch(api_version)
    if match is None or not _KIND.fullmatch(kind) or ".." in api_version:
        return []
    group, version = match[1] or "", match[2]
    low = kind.lower()
    middle = f"-{group.partition('.')[0]}" if group else ""
    return [f"{group or version}/{low}_{version}.json", f"{low}{middle}-{version}.json"]


def places(folder: str, version: str) -> list[str]:
    """The folder, and those in it that are named for a version: the wanted one first, strict ones before others."""
    found = []
    for name in _entries(folder):
        match = _BY_VERSION.fullmatch(name)
        if match and match["minor"] in (version, None):
            patch = -int(match["patch"] or 0)
            found.append((match["minor"] is None, _SUFFIXES.index(match["suffix"]), patch, name))
    return [folder, *(os.path.join(folder, name) for *_, name in sorted(found))]  # noqa: PTH118


def _entries(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [one.name for one in entries]
    except OSError as error:
        raise Unusable(f"--schemas {folder}: {error.strerror or 'it cannot be read'}") from None


def stamps(folder: str) -> Iterator[tuple[str, int, int]]:
    """Name, size and time of every file below a folder, sorted."""
    for here, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(here, name)  # noqa: PTH118
            try:
                status = os.stat(path)  # noqa: PTH116
            except OSError:
                continue
            yield path, status.st_size, status.st_mtime_ns


def read(file: str) -> Any:
    """The schema in a file.

    Raises: Unusable where there is none.
    """
    try:
        with open(file, "rb") as stream:  # noqa: PTH123
            data = stream.read(Limits().bytes + 1)
        if len(data) > Limits().bytes:
            raise Unusable(f"{file}: a schema of more than {Limits().bytes:,} bytes is not read")
        schema = json.loads(data)
    except OSError as error:
        raise Unusable(f"{file}: {error.strerror or 'it cannot be read'}") from None
    except (ValueError, RecursionError):
        raise Unusable(f"{file}: it is not valid JSON, as a schema must be") from None
    if not isinstance(schema, dict | bool):
        raise Unusable(f"{file}: a JSON Schema is an object, or true or false")
    return schema
