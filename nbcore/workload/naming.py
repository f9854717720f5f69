"""Naming: what the objects of a notebook are called, and where its endpoints are reached.

Refuses to know what the objects hold, and whether a name that came out is one that Kubernetes takes: whoever
judges the notebook's own name says that.

Laws: test_a_generated_name_fits_its_limit, test_names_of_role_bindings_differ, test_every_object_is_known_by_its_label.
Source: reference behaviour of Kubeflow Notebooks 2.0, section 1.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from nbcore.kubernetes.names import DNS_LABEL_LENGTH, DNS_SUBDOMAIN_LENGTH, cut_to_fit, hash_of
from nbcore.model.notebook import LONGEST_NAME, Notebook

_LIMITS: Final[Mapping[str, int]] = {
    "StatefulSet": LONGEST_NAME,
    "Service": DNS_LABEL_LENGTH,
    "VirtualService": DNS_LABEL_LENGTH,
}
"""How long the names of objects may be, by kind."""
UNKNOWN: Final = "?????"
"""Stands for the five characters that the server appends, where a name that it has yet to make is mentioned."""
_RESERVED: Final = 6
"""Characters kept free for what the server appends, by Kubeflow's own controller; it appends five."""
_HASHED: Final = DNS_SUBDOMAIN_LENGTH - len("-") - len(hash_of(""))


def name_prefix(base: str, limit: int) -> str:
    """What a generated name of at most ``limit`` characters starts with; it ends in ``-``."""
    stem = base[: limit - _RESERVED - len("-")]
    return stem if stem.endswith("-") else f"{stem}-"


def identity(notebook: Notebook, kind: str, known: str = "") -> dict[str, str]:
    """The name of a StatefulSet, Service or VirtualService of the notebook, or what the server makes one of.

    Shape: ``known`` is the name that the server made for the object already.
    """
    conventions = notebook.conventions
    forms = {"StatefulSet": conventions.stateful_set, "VirtualService": conventions.route}
    own = notebook.metadata
    service = conventions.service.format(name=own.name)
    form = forms.get(kind, "{service}")
    base = form.format(name=own.name, namespace=own.namespace, service=service)
    if not conventions.generates_names:
        return {"name": base}
    return {"name": known} if known else {"generateName": name_prefix(base, _LIMITS[kind])}


def mentioned(named: Mapping[str, str]) -> str:
    """The name by which another object mentions one, as far as it is known."""
    return named.get("name") or f"{named['generateName']}{UNKNOWN}"


def account_name(notebook: Notebook) -> str:
    """The name of the notebook's own ServiceAccount; empty where the dialect has none."""
    name = notebook.metadata.name
    return cut_to_fit(notebook.conventions.service_account.format(name=name), name)


def role_binding_name(notebook: Notebook, cluster_role: str) -> str:
    """The name of the RoleBinding that grants a ClusterRole to the notebook's ServiceAccount."""
    name = notebook.metadata.name
    stem = notebook.conventions.service_account.format(name=name)[:_HASHED]
    return f"{stem}-{hash_of(name, cluster_role)}"


def path_of(notebook: Notebook, port: str) -> str:
    """The path at which an endpoint is reached from outside."""
    own = notebook.metadata
    return notebook.conventions.path.format(name=own.name, namespace=own.namespace, port=port)


def metadata_of(notebook: Notebook, named: Mapping[str, str]) -> dict[str, Any]:
    """The metadata of an object of the notebook: its name, its label if it has one, its owner where that is stored."""
    own = notebook.metadata
    metadata: dict[str, Any] = dict(named)
    if own.namespace:
        metadata["namespace"] = own.namespace
    if notebook.conventions.labels_objects:
        metadata["labels"] = {notebook.conventions.name_label: own.name}
    return metadata | owned(notebook)


def owned(notebook: Notebook) -> dict[str, Any]:
    """The field that names the notebook as the controller of an object; none before it has been stored."""
    own = notebook.metadata
    if not own.uid:
        return {}
    owner = {"apiVersion": notebook.api_version, "kind": notebook.kind, "name": own.name, "uid": own.uid}
    return {"ownerReferences": [{**owner, "controller": True, "blockOwnerDeletion": True}]}
