"""Endpoints: the ports of a notebook that have a number, after what its chosen options say about them.

Refuses to know what is made of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from nbcore.finding import Finding
from nbcore.model.template import OptionValue, Port, Template
from nbcore.resolve.layers import merged_ports


class Endpoint(NamedTuple):
    """A port that can be reached.

    Shape: ``routed`` when a route leads to it: it speaks HTTP, and the Template knows it where it has to.
    """

    port: Port
    number: int
    routed: bool

    @property
    def name(self) -> str:
        """The name of its port in a Service, from which a mesh knows its protocol too."""
        return f"{_protocol(self.port).lower()}-{self.number}"


def _protocol(port: Port) -> str:
    return port.protocol or "HTTP"


def ports_of(template: Template, values: Sequence[OptionValue]) -> dict[str, Port]:
    """The ports of a Template and of the option values chosen from it, by id, numbered or not.

    Shape: where numbers come from the values alone, these are the ports of the values, in their order.
    """
    ports = merged_ports(template.spec.ports, values)
    if not template.conventions.numbers_on_values:
        return ports
    return {port.id: ports[port.id] for value in values for port in value.ports}


def endpoints_of(template: Template, values: Sequence[OptionValue]) -> tuple[Endpoint, ...]:
    """The endpoints among the ports; where numbers come from values, what the Template does not know has no route."""
    ports = ports_of(template, values).values()
    if not template.conventions.numbers_on_values:
        return numbered(ports)
    return numbered(ports, {port.id for port in template.spec.ports})


def numbered(ports: Iterable[Port], known: Collection[str] | None = None) -> tuple[Endpoint, ...]:
    """The endpoints among some ports: those that have a number; ``known`` are the ids that may have a route."""
    return tuple(
        Endpoint(port, port.port, _protocol(port) == "HTTP" and (known is None or port.id in known))
        for port in ports
        if port.port is not None
    )


def doubles(values: Iterable[OptionValue]) -> Iterator[Finding]:
    """The endpoints of one value with a number that another of its endpoints has already."""
    for value in values:
        seen: dict[int | None, Port] = {}
        for port in value.ports:
            first = seen.setdefault(port.port, port)
            if first is not port and port.port is not None:
                yield port.origin.finding(
                    "NB222",
                    f"the endpoints {first.id[:64]} and {port.id[:64]} have the same port {port.port}",
                    "Give each its own port, or remove one of them.",
                    path=("port",),
                    severity="error",
                    related=(
                        (first.origin.source, first.origin.path("port"), first.origin.position("port")),
                    ),
                )
