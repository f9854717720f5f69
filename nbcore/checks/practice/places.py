"""Where the things stand in a pod that rules of good practice look at.

Refuses to know rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from nbcore.checks.fault import Pod, RawPath
from nbcore.checks.mount_paths import canonical

_LABEL: Final = "jackhoman.dev/notebook"
"""The label of every notebook's pod."""


class Container(NamedTuple):
    """A container, and where it stands."""

    at: RawPath
    value: dict[str, Any]

    @property
    def name(self) -> str:
        """Its name, at most 64 characters of it; where it has none, its number."""
        return str(self.value.get("name") or f"number {int(self.at[-1]) + 1}")[:64]

    @property
    def mounts(self) -> Mapping[str, tuple[int, dict[str, Any]]]:
        """Its mounts by canonical path, with their places in the list; of two at one path the last."""
        found = enumerate(maps(self.value, "volumeMounts"))
        return {canonical(one["mountPath"]): (at, one) for at, one in found if one.get("mountPath")}


def is_of_a_notebook(pod: Pod) -> bool:
    """Whether a pod runs what a user types, as far as its labels tell."""
    return _LABEL in ((pod.get("metadata") or {}).get("labels") or {})


def containers(pod: Pod, *, init: bool = False) -> Iterator[Container]:
    """The containers of a pod; with ``init`` those that run before the others too."""
    spec = pod.get("spec") or {}
    for field in ("containers", "initContainers") if init else ("containers",):
        for at, one in enumerate(maps(spec, field)):
            yield Container(("spec", field, at), one)


def volumes(pod: Pod) -> Iterator[tuple[RawPath, dict[str, Any]]]:
    """The volumes of a pod."""
    for at, one in enumerate(maps(pod.get("spec") or {}, "volumes")):
        yield ("spec", "volumes", at), one


def maps(value: Mapping[str, Any], field: str) -> list[dict[str, Any]]:
    """The elements of a list of maps; none where there is no list."""
    found: list[dict[str, Any]] = value.get(field) or []
    return found
