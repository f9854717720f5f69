"""Routes: the Istio VirtualService that leads from outside to the HTTP endpoints of a notebook.

Refuses to know gateways beyond their names, and whether Istio runs at all: whoever asks says so.

Laws: test_every_route_leads_to_a_port_of_the_service.
Source: reference behaviour of Kubeflow Notebooks 2.0, section 1.7.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbcore.finding import Finding
from nbcore.model.notebook import Notebook
from nbcore.model.template import RequestHeaders
from nbcore.resolve.grammars import Problem
from nbcore.workload.endpoints import Endpoint
from nbcore.workload.naming import metadata_of, path_of

Filler = Callable[[str], "tuple[str, Problem | None]"]
"""Fills in a text with variables; last: why it could not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Istio:
    """What is known about the mesh, with the defaults of Kubeflow's own controller."""

    gateway: str = ""
    hosts: str = "*"
    """A single host, whatever the name of the setting says."""
    cluster_domain: str = "cluster.local"


def virtual_service(
    notebook: Notebook,
    endpoints: Sequence[Endpoint],
    named: Mapping[str, str],
    *,
    service: str,
    istio: Istio,
    fill: Filler,
) -> tuple[dict[str, Any] | None, list[Finding]]:
    """The VirtualService of a notebook and what is wrong with its headers; None without a route.

    Shape: ``service`` is the name of the Service. A text of a header that cannot be filled in is left out.
    """
    findings: list[Finding] = []
    host = _host(notebook, service, istio)
    routes = [_route(notebook, one, host, fill, findings) for one in endpoints if one.routed]
    if not routes:
        return None, findings
    made = {
        "apiVersion": notebook.conventions.routes,
        "kind": "VirtualService",
        "metadata": metadata_of(notebook, named),
        "spec": {"gateways": [istio.gateway], "hosts": [istio.hosts], "http": routes},
    }
    return made, findings


def _host(notebook: Notebook, service: str, istio: Istio) -> str:
    """The full name of the Service; where the namespace is not known, its name in whatever namespace it is."""
    namespace = notebook.metadata.namespace
    return f"{service}.{namespace}.svc.{istio.cluster_domain}" if namespace else service


def _route(
    notebook: Notebook, endpoint: Endpoint, host: str, fill: Filler, findings: list[Finding]
) -> dict[str, Any]:
    port = endpoint.port
    route: dict[str, Any] = {"match": [{"uri": {"prefix": path_of(notebook, port.id)}}]}
    rewrite = notebook.spec.rewrite or ("/" if port.strip_prefix else "")
    if rewrite:
        route["rewrite"] = {"uri": rewrite}
    if port.request_headers is not None:
        route["headers"] = {"request": _headers(port.request_headers, fill, findings)}
    number = notebook.conventions.service_port or endpoint.number
    route["route"] = [{"destination": {"host": host, "port": {"number": number}}}]
    return route


def _headers(given: RequestHeaders, fill: Filler, findings: list[Finding]) -> dict[str, Any]:
    """The changes to the headers of a request: what is set and added is filled in, what is removed is not."""
    changes: dict[str, Any] = {}
    for operation, texts in (("set", given.set), ("add", given.add)):
        for name, text in texts.items():
            filled, problem = fill(text)
            if problem is None:
                changes.setdefault(operation, {})[name] = filled
                continue
            message = f"the text cannot be filled in: {problem.reason}"
            findings.append(given.origin.finding("NB212", message, problem.remedy, path=(operation, name)))
    if given.remove:
        changes["remove"] = list(given.remove)
    return changes
