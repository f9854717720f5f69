"""What the objects of a notebook are made from beside its pod: endpoints, rights, metadata of its StatefulSet.

Refuses to know what is made of it, and what a Revision does not hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from nbcore.catalog import Catalog
from nbcore.finding import Finding
from nbcore.model.notebook import Metadata, Notebook
from nbcore.model.revision import Revision
from nbcore.model.selection import Resolution
from nbcore.model.template import OptionValue, Port, Template
from nbcore.model.workspace_kind import POD, WorkspaceKindSpec
from nbcore.named_templates import template_at
from nbcore.pipeline import Rendering
from nbcore.resolve.options import chosen_values
from nbcore.workload.endpoints import Endpoint, doubles, endpoints_of, numbered, ports_of


class Inputs(NamedTuple):
    """What the objects are made from.

    Shape: ``ports`` are the ids of endpoints that a text may name; ``extra`` is metadata of the StatefulSet, the
    lowest first.
    """

    endpoints: tuple[Endpoint, ...] = ()
    ports: frozenset[str] = frozenset()
    cluster_roles: tuple[str, ...] = ()
    extra: tuple[Metadata, ...] = ()
    findings: tuple[Finding, ...] = ()


def inputs_of(notebook: Notebook, catalog: Catalog, rendering: Rendering, pinned: Revision | None) -> Inputs:
    """What the objects of a notebook are made from; its endpoints are those of the Revision that pins it."""
    if pinned is not None:
        return Inputs(numbered(pinned.spec.ports), _ids(pinned.spec.ports))
    result = rendering.template
    id_ = result.value if result is not None else None
    template = template_at(catalog, id_, notebook) if id_ is not None else None
    if template is None:
        return Inputs()
    values = [value for _, value in chosen_values(template.spec, rendering.selection)]
    return Inputs(
        endpoints_of(template, values),
        _ids(ports_of(template, values).values()),
        *_beyond(template, rendering.selection.get(POD)),
        findings=_findings(template, values),
    )


def _ids(ports: Iterable[Port]) -> frozenset[str]:
    return frozenset(port.id for port in ports)


def _beyond(
    template: Template, pod_config: Resolution | None
) -> tuple[tuple[str, ...], tuple[Metadata, ...]]:
    """The rights that a WorkspaceKind grants, and metadata of the StatefulSet, its pod config's above its own."""
    spec = template.spec
    if not isinstance(spec, WorkspaceKindSpec):
        return (), ()
    chosen = pod_config.value if pod_config is not None else None
    upper = spec.stateful_set_of.get(chosen or "", Metadata())
    return spec.cluster_roles, (spec.stateful_set, upper)


def _findings(template: Template, values: Iterable[OptionValue]) -> tuple[Finding, ...]:
    """Where the endpoints are the ports of the container too, two of them cannot have one number."""
    return tuple(doubles(values)) if template.conventions.numbers_on_values else ()
