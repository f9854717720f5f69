"""Conventions: how each dialect names what comes out of a notebook, and what its engine does by itself.

One table, read by every stage, so that none of them asks which dialect it has before it. Refuses to know how a
dialect is parsed, and what any rule says.

Source: reference behaviour of Kubeflow Notebooks 2.0: names and labels of its controller.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Grammar = Literal["closed", "go"]
"""How text with variables is written: the closed set of our own, or calls in the form of Go templates."""


@dataclass(frozen=True, slots=True)
class Conventions:
    """What a dialect fixes beside the fields of its kinds.

    Shape: ``labels`` are the keys that select the pods of a notebook; each has its name as the value. Names and
    ``path`` are texts with ``{name}``, ``path`` with ``{namespace}`` and ``{port}`` too; ``pod_name`` and
    ``service_account`` are empty where nothing of the kind is set.
    """

    template_kind: str
    notebook_kind: str
    labels: tuple[str, ...]
    path: str
    pod_name: str = ""
    service_account: str = ""
    stateful_set: str = "{name}"
    service: str = "notebook-{name}"
    """The name of its Service and route, which start with a letter whatever its own starts with."""
    generates_names: bool = False
    """The server appends some characters to the names of its StatefulSet, Service and route."""
    always_rolls: bool = False
    """Its pod is carried by a StatefulSet that rolls, whatever the settings say."""
    grammar: Grammar = "closed"
    shared_templates: bool = False
    """The templates belong to the cluster, not to a namespace."""
    numbers_on_values: bool = False
    """Endpoints get their port numbers from the chosen option values alone, and exist through these."""
    own_volumes_first: bool = False
    """The notebook's own volumes and mounts stand in front of those of its template."""
    takes_pod_defaults: bool = True
    """PodDefaults become part of the pod when it is rendered."""
    guards_metadata: bool = True
    """A notebook may not set labels and annotations that make other controllers act."""
    guards_folders: bool = True
    """A notebook may not mount its volumes over folders of the system, or above other mounts."""
    own_template: bool = False
    """A notebook holds its pod itself; PodDefaults are peers of it, and no kind of template exists."""
    service_port: int = 0
    """The port at which its Service is reached, whatever that of the endpoint; 0 for the same."""
    routes: str = "networking.istio.io/v1"
    """The version of its routes."""
    route: str = "{service}"
    """The name of its route, with ``{name}``, ``{namespace}`` and ``{service}``."""
    labels_objects: bool = True
    """The objects of a notebook bear its label."""

    @property
    def name_label(self) -> str:
        """The label that finds the pods of one notebook."""
        return self.labels[0]


NATIVE: Final = Conventions(
    template_kind="Template",
    notebook_kind="Notebook",
    labels=("jackhoman.dev/notebook",),
    path="/notebook/{namespace}/{name}/{port}/",
    pod_name="{name}-0",
)
KUBEFLOW_V2: Final = Conventions(
    template_kind="WorkspaceKind",
    notebook_kind="Workspace",
    labels=("notebooks.kubeflow.org/workspace-name", "statefulset"),
    path="/workspace/connect/{namespace}/{name}/{port}/",
    service_account="ws-{name}",
    stateful_set="ws-{name}",
    service="ws-{name}",
    generates_names=True,
    always_rolls=True,
    grammar="go",
    shared_templates=True,
    numbers_on_values=True,
    own_volumes_first=True,
    takes_pod_defaults=False,
    guards_metadata=False,
    guards_folders=False,
)
KUBEFLOW_V1: Final = Conventions(
    template_kind="Notebook.kubeflow.org",
    notebook_kind="Notebook",
    labels=("statefulset",),
    path="/notebook/{namespace}/{name}/",
    pod_name="{name}-0",
    service="{name}",
    always_rolls=True,
    guards_metadata=False,
    guards_folders=False,
    own_template=True,
    service_port=80,
    routes="networking.istio.io/v1alpha3",
    route="notebook-{namespace}-{name}",
    labels_objects=False,
)
"""Kubeflow's first notebooks; the name of its kind is that under which a catalog keeps them."""
BY_KIND: Final[Mapping[tuple[str, str], Conventions]] = {
    (group, kind): one
    for group, one in (("jackhoman.dev", NATIVE), ("kubeflow.org", KUBEFLOW_V2))
    for kind in (one.template_kind, one.notebook_kind)
} | {("kubeflow.org", KUBEFLOW_V1.notebook_kind): KUBEFLOW_V1}
"""The conventions by API group and kind of a template or notebook."""
TEMPLATE_KINDS: Final = tuple(one.template_kind for one in (NATIVE, KUBEFLOW_V2))
NOTEBOOK_KINDS: Final = tuple(one.notebook_kind for one in (NATIVE, KUBEFLOW_V2))
KEPT_NOTEBOOKS: Final = (*NOTEBOOK_KINDS, KUBEFLOW_V1.template_kind)
"""The kinds of notebooks as a catalog keeps them: one of a name that ours have too with its API group."""
KEPT_POD_DEFAULTS: Final = ("PodDefault", "PodDefault.kubeflow.org")
"""The kinds of PodDefaults in the same way."""


def conventions_of(api_version: str, kind: str) -> Conventions:
    """The conventions of the dialect that has a kind; those of our own for any other."""
    return BY_KIND.get((api_version.partition("/")[0], kind), NATIVE)
