"""Settings: everything that a verdict may depend on beside the objects themselves.

Refuses to read files, environment and clock: the caller says what day it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from nbcore.kubernetes import pod_schema

POD_SECURITY: Final = re.compile(
    r"(privileged|baseline|restricted)(:(latest|v?1\.(0|[1-9][0-9]{0,2})))?", re.ASCII
)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the engine is told about the cluster, the policy and the day; immutable.

    Raises: ValueError for a value that cannot be, TypeError for a setting that does not exist.
    """

    kubernetes_version: str = field(default_factory=lambda: pod_schema.VERSIONS[-1])
    """Version that pods are checked for."""
    pod_security: str | None = None
    """Pod Security level that pods must meet, such as restricted or restricted:v1.29."""
    compat: Literal["", "kubeflow"] = ""
    """Behave as this upstream, its faults included."""
    today: str | None = None
    """The day, for what depends on it."""
    carrier: Literal["pod", "rolling", "on-delete"] = "on-delete"
    """What carries the pod: itself, a StatefulSet that rolls, or one with OnDelete."""
    admins: tuple[str, ...] = ("group:system:masters",)
    """Users, and groups as group:NAME, that may act for any owner."""
    cleaners: tuple[str, ...] = ()
    """Accounts that may stop, finalize and delete for the cluster, beside its own controllers."""
    trusted_creators: tuple[str, ...] = ()
    """Accounts that may name another owner when they create something."""
    restarting_edits: Literal["warn", "refuse"] = "warn"
    """What becomes of an edit that restarts something running at once."""

    def __post_init__(self) -> None:
        for name, allowed in _ALLOWED.items():
            value = getattr(self, name)
            if isinstance(value, list):
                value = tuple(value)
                object.__setattr__(self, name, value)
            if not allowed.holds(value):
                raise ValueError(f"{name} must be {allowed.words()}, not {_shown(value)}")


def _shown(value: Any) -> str:
    return repr(value[:64]) if isinstance(value, str) else f"of type {type(value).__name__}"


class _Allowed(NamedTuple):
    """What a setting may be: whether a value is that, and how it is said."""

    holds: Callable[[Any], bool]
    words: Callable[[], str]


def _matches(pattern: re.Pattern[str], words: str) -> _Allowed:
    def holds(value: Any) -> bool:
        return value is None or (isinstance(value, str) and pattern.fullmatch(value) is not None)

    return _Allowed(holds, lambda: f"{words}, or None")


def _one_of(*known: str) -> _Allowed:
    return _Allowed(
        lambda value: isinstance(value, str) and value in known,
        lambda: f"one of {', '.join(map(repr, known))}",
    )


def _are_texts(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(one, str) for one in value)


_TEXTS: Final = _Allowed(_are_texts, lambda: "a tuple of texts")
_ALLOWED: Final[Mapping[str, _Allowed]] = {
    "kubernetes_version": _Allowed(
        lambda value: isinstance(value, str) and value in pod_schema.VERSIONS,
        lambda: f"one of {pod_schema.VERSIONS[0]} to {pod_schema.VERSIONS[-1]}",
    ),
    "pod_security": _matches(
        POD_SECURITY, "privileged, baseline or restricted, with a version or not, such as restricted:v1.29"
    ),
    "compat": _one_of("", "kubeflow"),
    "today": _matches(_DAY, "a day such as 2026-01-31"),
    "carrier": _one_of("pod", "rolling", "on-delete"),
    "admins": _TEXTS,
    "cleaners": _TEXTS,
    "trusted_creators": _TEXTS,
    "restarting_edits": _one_of("warn", "refuse"),
}
