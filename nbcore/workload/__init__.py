"""From a rendered notebook to the objects that carry it, as the controller of its dialect makes them.

ServiceAccount, StatefulSet (or the pod itself), Service, VirtualService and RoleBindings, as plain JSON. One
algorithm for every dialect: what they do differently stands in the table of conventions.

Refuses to know what a cluster does with these objects, and how they are brought there.

Laws: test_objects_never_raise_on_any_json, test_objects_leave_inputs_unchanged, test_objects_are_deterministic,
test_compat_and_default_make_the_same_objects.
Source: reference behaviour of Kubeflow Notebooks 2.0, sections 1.0 to 1.10.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from nbcore.catalog import Catalog, read
from nbcore.finding import Finding, in_order
from nbcore.model.notebook import Notebook
from nbcore.model.revision import Revision
from nbcore.pipeline import render, variables
from nbcore.resolve.grammars import Problem, literally, reader_of
from nbcore.resolve.text import Hole, filled
from nbcore.settings import Settings
from nbcore.workload.accounts import role_binding, service_account
from nbcore.workload.existing import existing
from nbcore.workload.inputs import Inputs, inputs_of
from nbcore.workload.naming import identity, mentioned, path_of
from nbcore.workload.rbac import owner_access
from nbcore.workload.routes import Filler, Istio, virtual_service
from nbcore.workload.service import service
from nbcore.workload.stateful_set import bare_pod, stateful_set

__all__ = ["Istio", "Object", "objects", "owner_access"]

Object = dict[str, Any]
"""A Kubernetes object as plain JSON."""


def objects(
    notebook: Any,
    catalog: Catalog,
    *,
    revision: Any = None,
    settings: Settings | None = None,
    istio: Istio | None = None,
) -> tuple[tuple[Object, ...], tuple[Finding, ...]]:
    """The objects of a notebook in the order in which they are made, and the findings.

    Shape: the notebook and ``revision`` in the forms that `render` takes. There are no objects where an error
    stands among the findings, which are those of rendering and of what is made here. A VirtualService comes only
    with ``istio``, and where something is to be routed. An object that the catalog holds already keeps its name;
    where the server has yet to name the Service, the route says ``?????`` for the end of its name. The objects
    share structure with the catalog.
    """
    settings = settings or Settings()
    own, pin = read(notebook), read(revision).object if revision is not None else None
    rendering = render(own.object or notebook, catalog, revision=revision, settings=settings)
    findings = [*own.findings, *rendering.findings]
    made: tuple[Object, ...] = ()
    if rendering.pod is not None and isinstance(own.object, Notebook):
        pinned = pin if isinstance(pin, Revision) else None
        inputs = inputs_of(own.object, catalog, rendering, pinned)
        findings += [*_nameless(own.object), *inputs.findings]
        names = existing(own.object, catalog) if own.object.conventions.generates_names else {}
        making = _Making(own.object, rendering.pod, inputs, names, settings)
        made = tuple(making.objects(istio, findings))
    broken = any(one.severity == "error" for one in findings)
    return () if broken else made, in_order(findings)


def _nameless(notebook: Notebook) -> Iterator[Finding]:
    if not notebook.metadata.name:
        yield notebook.origin.finding(
            "NB107",
            f"the objects of a {notebook.kind} are named after it, and this one has no name yet",
            "Give it a name.",
            path=("metadata", "name"),
        )


class _Making(NamedTuple):
    """One notebook that renders, and all that its objects are made from."""

    notebook: Notebook
    pod: Mapping[str, Any]
    inputs: Inputs
    names: Mapping[str, str]
    settings: Settings

    def objects(self, istio: Istio | None, findings: list[Finding]) -> Iterator[Object]:
        """The objects in their order; what is wrong with them is added to the findings."""
        has_account = bool(self.notebook.conventions.service_account)
        if has_account:
            yield service_account(self.notebook)
        yield from self._carrier()
        if self.inputs.endpoints:
            yield from self._network(istio, findings)
        for role in self.inputs.cluster_roles if has_account else ():
            yield role_binding(self.notebook, role)

    def _carrier(self) -> Iterator[Object]:
        """What holds the pod: a StatefulSet, or nothing, and then there is no pod while the notebook is stopped."""
        always = self.notebook.conventions.always_rolls
        if self.settings.carrier == "pod" and not always:
            if not self.notebook.spec.stopped:
                yield bare_pod(self.notebook, self.pod)
            return
        named = self._identity("StatefulSet")
        rolls = always or self.settings.carrier == "rolling"
        yield stateful_set(self.notebook, self._carried(), named, extra=self.inputs.extra, rolls=rolls)

    def _carried(self) -> Mapping[str, Any]:
        """The pod in its carrier: of a notebook that holds its pod, PodDefaults reach it when it is created."""
        own = self.notebook.own_template
        return self.pod if own is None else {"metadata": {}, **own.spec.template}

    def _network(self, istio: Istio | None, findings: list[Finding]) -> Iterator[Object]:
        """The Service, and where there is a mesh the route to it."""
        named = self._identity("Service")
        yield service(self.notebook, self.inputs.endpoints, named)
        if istio is None:
            return
        route, problems = virtual_service(
            self.notebook,
            self.inputs.endpoints,
            self._identity("VirtualService"),
            service=mentioned(named),
            istio=istio,
            fill=self._filler(),
        )
        findings += problems
        if route is not None:
            yield route

    def _identity(self, kind: str) -> dict[str, str]:
        return identity(self.notebook, kind, self.names.get(kind, ""))

    def _filler(self) -> Filler:
        """Fills in the admins' text as rendering does."""
        own = self.notebook
        plain = own.own_template is not None  # its user wrote the texts
        parts_of = literally if plain else reader_of(own.conventions.grammar, self.settings.compat != "")
        values = variables(own)

        def value(hole: Hole) -> str:
            return path_of(own, hole.port) if hole.variable == "httpPathPrefix" else values[hole.variable]

        def fill(text: str) -> tuple[str, Problem | None]:
            parts, problem = parts_of(text, self.inputs.ports)
            return filled(parts, value), problem

        return fill
