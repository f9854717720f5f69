"""Variables, ports and mounts of one container that stand twice, and variables that no shell can name (NB9).

Refuses to know which of them was meant.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from nbcore.checks.fault import Fault, Faults, Pod
from nbcore.checks.mount_paths import canonical
from nbcore.checks.practice.places import Container, containers, maps
from nbcore.kubernetes.names import problem_with_c_identifier


def doubles(pod: Pod) -> Faults:
    """The faults of what a container names twice, and of variables that no shell can read."""
    for container in containers(pod, init=True):
        yield from _unreadable(container)
        yield from _repeats(container, "env", "NB912", _name, _variable, "the later one counts")
        yield from _repeats(container, "ports", "NB913", _place, _port, "the later one says nothing new")
        yield from _repeats(
            container, "volumeMounts", "NB917", _folder, _mount, "the later one hides the other"
        )


def _unreadable(container: Container) -> Faults:
    for at, one in enumerate(maps(container.value, "env")):
        name = str(one.get("name") or "_")
        if problem_with_c_identifier(name):
            yield Fault(
                "NB916",
                (*container.at, "env", at, "name"),
                f"no shell can read the variable {name[:64]!r}",
                "Use letters, digits and '_', and do not start with a digit.",
            )


def _name(one: dict[str, Any]) -> Hashable:
    name: Hashable = one.get("name")
    return name


def _variable(name: Any) -> str:
    return f"the variable {str(name)[:64]}"


def _place(one: dict[str, Any]) -> Hashable:
    return one.get("containerPort"), one.get("protocol") or "TCP", one.get("hostPort"), one.get("hostIP")


def _port(place: Any) -> str:
    return f"the port {place[0]}/{place[1]}"


def _folder(one: dict[str, Any]) -> Hashable:
    path = one.get("mountPath")
    return canonical(path) if isinstance(path, str) else None


def _mount(folder: Any) -> str:
    return f"a mount at {str(folder)[:64]}"


def _repeats(
    container: Container,
    field: str,
    code: str,
    key_of: Callable[[dict[str, Any]], Hashable],
    shown: Callable[[Any], str],
    effect: str,
) -> Faults:
    first: dict[Hashable, int] = {}
    for at, one in enumerate(maps(container.value, field)):
        key = key_of(one)
        if key is None:
            continue
        before = first.setdefault(key, at)
        if before != at:
            yield Fault(
                code,
                (*container.at, field, at),
                f"{shown(key)} stands twice in the container {container.name}; {effect}",
                "Remove one of them.",
                ((*container.at, field, before),),
            )
