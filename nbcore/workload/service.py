"""The Service in front of the pod of a notebook.

Refuses to know who reaches it, and by which path.

Laws: test_every_selector_selects_the_pod, test_every_route_leads_to_a_port_of_the_service.
Source: reference behaviour of Kubeflow Notebooks 2.0, section 1.5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nbcore.model.notebook import Notebook
from nbcore.resolve.notebook_layers import identity_labels
from nbcore.workload.endpoints import Endpoint
from nbcore.workload.naming import metadata_of


def service(notebook: Notebook, endpoints: Sequence[Endpoint], named: Mapping[str, str]) -> dict[str, Any]:
    """The Service with a port for every endpoint; endpoints with one number share it, the first gives the name."""
    first = {one.number: one for one in reversed(endpoints)}
    numbers = dict.fromkeys(one.number for one in endpoints)
    spec = {
        "type": "ClusterIP",
        "selector": identity_labels(notebook),
        "ports": [_port(notebook, first[number]) for number in numbers],
    }
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata_of(notebook, named), "spec": spec}


def _port(notebook: Notebook, endpoint: Endpoint) -> dict[str, Any]:
    own = notebook.conventions.service_port
    name = f"http-{notebook.metadata.name}" if own else endpoint.name
    return {
        "name": name,
        "port": own or endpoint.number,
        "targetPort": endpoint.number,
        "protocol": "TCP",
    }
