"""What the lists and events of an API server say: whose form an object is, which one, and how these compare.

Refuses to know kinds, and what follows from what is said.

Source: apimachinery's util/resourceversion.
"""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

_NUMBER: Final = re.compile(r"[1-9][0-9]*", re.ASCII)

Name = tuple[str, str]
"""Namespace and name of an object."""


class Damaged(Exception):
    """What the server sent cannot be what it meant to send."""


class Version(NamedTuple):
    """Which form of an object is known: a resource version, and of which incarnation."""

    uid: str
    resource_version: str


class Page(NamedTuple):
    """One page of a list; ``more`` asks for the next one, `""` after the last."""

    items: list[Any]
    version: str
    more: str


def page_of(answer: Any) -> Page:
    """A page of a list.

    Raises: Damaged for what cannot be one.
    """
    told = answer if isinstance(answer, dict) else {}
    items, metadata = told.get("items"), told.get("metadata")
    more = metadata.get("continue") if isinstance(metadata, dict) else None
    if not isinstance(items, list | None) or "items" not in told or not isinstance(more, str | None):
        raise Damaged("a list cannot be read")
    return Page(items or [], version_of(told), more or "")


def version_of(given: Any) -> str:
    """The resource version of an object, a list or a bookmark.

    Raises: Damaged where there is none.
    """
    metadata = given.get("metadata") if isinstance(given, dict) else None
    version = metadata.get("resourceVersion") if isinstance(metadata, dict) else None
    if not isinstance(version, str) or not version:
        raise Damaged("something has no resource version")
    return version


def identity_of(given: Any) -> tuple[Name, Version]:
    """Whose form an object is, and which one.

    Raises: Damaged where it does not say so.
    """
    version = version_of(given)
    metadata = given["metadata"]
    texts = [metadata.get(field, "") for field in ("namespace", "name", "uid")]
    if not all(isinstance(text, str) for text in texts) or not texts[1]:
        raise Damaged("an object has no name")
    namespace, name, uid = texts
    return (namespace, name), Version(uid, version)


def newer(one: str, other: str) -> bool:
    """Whether a resource version is newer than another; versions in any other form are never compared."""
    if not (_NUMBER.fullmatch(one) and _NUMBER.fullmatch(other)):
        return False
    return (len(one), one) > (len(other), other)
