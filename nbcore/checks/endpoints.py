"""Endpoints of a Template: ports without a number, with one that is taken, or that nothing listens to (NB2).

Refuses to know Services and routes, and how text with variables is read: it is told what is wrong with one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from nbcore.finding import Finding
from nbcore.model.template import Port, Template

Reader = Callable[[str, Collection[str]], "tuple[Any, tuple[str, str] | None]"]
"""Reads a text that may hold variables, given the ids of the endpoints; last: what is wrong with it, and the remedy."""


def check_endpoints(template: Template, trees: Iterable[Any], read: Reader) -> Iterator[Finding]:
    """Everything that is wrong with the endpoints of a Template and its option values.

    Shape: ``trees`` are the pod templates of all layers that the pods of the Template may have.
    """
    spec = template.spec
    on_values = [value.ports for group in spec.options for value in group.values]
    every = [port for ports in (spec.ports, *on_values) for port in ports]
    numbered = {port.id for port in every if port.port is not None}
    exposed = _container_ports(trees)
    for port in every:
        if port.id not in numbered:
            yield _no_number(port, harmless=template.conventions.numbers_on_values)
            numbered.add(port.id)  # told once
        elif port.port is not None and exposed and port.port not in exposed:
            yield _not_exposed(port)
        yield from _headers(port, {one.id for one in every}, read)
        yield from _repeated_headers(port)
    yield from _doubles(spec.ports, ())
    for ports in on_values:
        yield from _doubles(ports, spec.ports)


def _no_number(port: Port, *, harmless: bool) -> Finding:
    return port.origin.finding(
        "NB224",
        f"the endpoint {port.id[:64]} never gets a port number",
        "Give it a port, here or on the option values that complete it.",
        severity="warning" if harmless else "error",
    )


def _not_exposed(port: Port) -> Finding:
    return port.origin.finding(
        "NB223",
        f"no container has the port {port.port} of the endpoint {port.id[:64]}",
        "Name the port that a container listens to, or add it to the container's ports.",
        path=("port",),
    )


def _headers(port: Port, ids: Collection[str], read: Reader) -> Iterator[Finding]:
    """Texts of request headers that cannot be filled in."""
    headers = port.request_headers
    for field, texts in (("set", headers.set), ("add", headers.add)) if headers is not None else ():
        for name, text in texts.items():
            problem = read(text, ids)[1]
            if problem:
                reason, remedy = problem
                yield port.origin.finding(
                    "NB212",
                    f"the text cannot be filled in: {reason}",
                    remedy,
                    path=("requestHeaders", field, name),
                )


def _repeated_headers(port: Port) -> Iterator[Finding]:
    """Headers that stand twice, as the case of a header's name says nothing (RFC 9110, section 5.1)."""
    headers = port.request_headers
    for field, texts in (("set", headers.set), ("add", headers.add)) if headers is not None else ():
        first: dict[str, str] = {}
        for name in texts:
            other = first.setdefault(name.lower(), name)
            if other != name:
                yield port.origin.finding(
                    "NB237",
                    f"the headers {other[:64]} and {name[:64]} are the same one",
                    "Keep one of them.",
                    path=("requestHeaders", field, name),
                )


def _doubles(ports: Iterable[Port], below: Iterable[Port]) -> Iterator[Finding]:
    """Endpoints that have the number of another one; those of a value complete the Template's by id."""
    first = {port.port: port for port in below if port.port is not None}
    for port in ports:
        other = first.setdefault(port.port, port) if port.port is not None else port
        if other.id != port.id:
            yield port.origin.finding(
                "NB222",
                f"the endpoints {other.id[:64]} and {port.id[:64]} have the same port {port.port}",
                "Give each its own port, or remove one of them.",
                path=("port",),
                related=((other.origin.source, other.origin.path("port"), other.origin.position("port")),),
            )


def _container_ports(trees: Iterable[Any]) -> frozenset[int]:
    """The ports that the containers of some pod templates name."""
    return frozenset(
        port["containerPort"]
        for tree in trees
        for container in _maps(tree.get("spec") if isinstance(tree, dict) else None, "containers")
        for port in _maps(container, "ports")
        if type(port.get("containerPort")) is int
    )


def _maps(value: Any, field: str) -> list[dict[str, Any]]:
    found = value.get(field) if isinstance(value, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
