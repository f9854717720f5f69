"""Ports of containers: numbers, names, and what they take of the host.

Refuses to know which probes and Services use them.
Source: validateContainerPorts, checkHostPortConflicts, validatePodHostNetworkDeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from nbcore.checks.fault import Fault, Faults, RawPath
from nbcore.checks.semantics import values
from nbcore.checks.semantics.surroundings import Surroundings
from nbcore.finding import Fix
from nbcore.kubernetes import names
from nbcore.kubernetes.paths import Path

PlacedPort: TypeAlias = tuple[RawPath, Mapping[str, Any]]

PROTOCOLS: Final = ("TCP", "UDP", "SCTP")


def port_faults(ports: list[dict[str, Any]], path: RawPath, around: Surroundings) -> Faults:
    """What is wrong with the ports of one container."""
    for index, port in enumerate(ports):
        at = (*path, index)
        if not port.get("containerPort"):
            yield from values.required("NB435", (*at, "containerPort"), "the port of the container", None)
        for field, value in port.items():
            rule = _FIELDS.get(field)
            if rule and value and rule.problem(value):
                yield from values.valid(rule.code, (*at, field), rule.what, value, rule.problem)
        protocol = port.get("protocol") or "TCP"
        yield from values.one_of("NB433", (*at, "protocol"), "the protocol", protocol, PROTOCOLS)
    yield from values.unique(
        "NB436", path, "the name of the port", [one.get("name") for one in ports], "name"
    )


class _Field(NamedTuple):
    """How a field of a port is judged when it is there; 0 and the empty text count as absent."""

    code: str
    what: str
    problem: values.Problem


_FIELDS: Final[Mapping[str, _Field]] = {
    "containerPort": _Field("NB435", "the port", names.problem_with_port_number),
    "hostPort": _Field("NB435", "the port of the host", names.problem_with_port_number),
    "name": _Field("NB436", "the name of the port", names.problem_with_port_name),
}


def host_port_faults(ports: Iterable[PlacedPort], around: Surroundings) -> Faults:
    """A fault at every port that claims the same port of the host as one before it.

    Shape: ``ports`` are those that are open at one time, with their places.
    """
    first: dict[tuple[str, str, int], RawPath] = {}
    for path, port in ports:
        number = port.get("hostPort") or (around.host_network and port.get("containerPort")) or 0
        key = (port.get("protocol") or "TCP", port.get("hostIP") or "", number)
        earlier = first.setdefault(key, path)
        if number and earlier is not path:
            related = ((*earlier, "hostPort"),)
            message = f"the port {number}/{key[0]} of the host is taken twice"
            yield Fault("NB437", (*path, "hostPort"), message, "Give each its own port.", related)


def host_network_faults(ports: Iterable[PlacedPort]) -> Faults:
    """A fault at every port that is to be another one on the host, although both share one network."""
    for path, port in ports:
        host, number = port.get("hostPort"), port.get("containerPort")
        if host and host != number:
            related: tuple[RawPath, ...] = ((*path, "containerPort"), ("spec", "hostNetwork"))
            message = f"the port of the host is {host}, on the host's network it is that of the container"
            remedy = f"Set it to {number}, or leave it out."
            fix = Fix("replace", Path((*path, "hostPort")), number, safe=False) if number else None
            yield Fault("NB438", (*path, "hostPort"), message, remedy, related, fix=fix)
