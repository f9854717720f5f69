"""RBAC for the owner of a notebook: rights on exactly the objects of that notebook, by their names.

Who owns a notebook is what admission has stamped on it. RBAC adds rights and never takes any away: somebody with
rights in the whole namespace keeps them, and is stopped by admission alone. Refuses to know Secrets, and grants
nothing on lists of objects.

Laws: test_the_owner_is_granted_named_objects_alone.
Source: kubernetes docs, RBAC: referring to resources; a watch of one object carries its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from nbcore.catalog import Catalog, read
from nbcore.dialects import native
from nbcore.kubernetes.names import DNS_SUBDOMAIN_LENGTH, hash_of
from nbcore.model.notebook import Notebook
from nbcore.workload.existing import existing
from nbcore.workload.naming import identity, metadata_of

OWNER: Final = f"{native.GROUP}/owner"
"""The annotation that names the owner."""
_RBAC: Final = "rbac.authorization.k8s.io"
_ACCOUNT: Final = "system:serviceaccount:"
_SEE: Final = ("get", "list", "watch")
_PLURALS: Final = {"Notebook": "notebooks", "Workspace": "workspaces"}
_OF_POD: Final = (
    (("pods",), (*_SEE, "delete")),
    (("pods/log",), ("get",)),
    (("pods/exec", "pods/attach", "pods/portforward"), ("get", "create")),
)
"""Subresources of the pod and verbs; ``get`` is how a connection over WebSockets is opened."""


def owner_access(notebook: Any, catalog: Catalog | None = None) -> tuple[dict[str, Any], ...]:
    """The Role and the RoleBinding that let the owner use the notebook; none where it has no owner or name.

    Shape: the notebook in any form that `read` takes. Where the server makes up the name of the StatefulSet, the
    catalog has to hold it: nothing is granted on a pod whose name is not known.
    """
    one = read(notebook).object
    owner = _owner(one) if isinstance(one, Notebook) else ""
    if not isinstance(one, Notebook) or not owner or not one.metadata.name:
        return ()
    named: dict[str, Any] = {"name": _name(one)}
    head: dict[str, Any] = {"apiVersion": f"{_RBAC}/v1"}
    role = {**head, "kind": "Role", "metadata": metadata_of(one, named), "rules": list(_rules(one, catalog))}
    binding = {
        **head,
        "kind": "RoleBinding",
        "metadata": metadata_of(one, named),
        "roleRef": {"apiGroup": _RBAC, "kind": "Role", **named},
        "subjects": [_subject(owner)],
    }
    return role, binding


def _owner(notebook: Notebook) -> str:
    """The owner as admission has stamped it, ``""`` for none."""
    value = notebook.origin.value
    metadata = value.get("metadata") if isinstance(value, dict) else None
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    owner = annotations.get(OWNER) if isinstance(annotations, dict) else None
    return owner if isinstance(owner, str) else ""


def _name(notebook: Notebook) -> str:
    """A name that no other notebook's Role has, of whatever kind."""
    kind, name = notebook.kind.lower(), notebook.metadata.name
    hashed = hash_of(notebook.api_version, kind, name)
    stem = f"{kind}-{name}"[: DNS_SUBDOMAIN_LENGTH - len("-owner-") - len(hashed)]
    return f"{stem}-owner-{hashed}"


def _subject(owner: str) -> dict[str, str]:
    """Who is meant by the name of a user; those of service accounts say their namespace."""
    namespace, colon, name = owner.removeprefix(_ACCOUNT).partition(":")
    if owner.startswith(_ACCOUNT) and colon and namespace and name:
        return {"kind": "ServiceAccount", "name": name, "namespace": namespace}
    return {"apiGroup": _RBAC, "kind": "User", "name": owner}


def _rules(notebook: Notebook, catalog: Catalog | None) -> Iterator[dict[str, Any]]:
    group = notebook.api_version.rpartition("/")[0]
    plural = _PLURALS.get(notebook.kind, f"{notebook.kind.lower()}s")
    name = notebook.metadata.name
    yield _rule(group, (plural,), (*_SEE, "update", "patch", "delete"), name)
    yield _rule(group, (f"{plural}/status",), ("get",), name)
    names = existing(notebook, catalog) if catalog is not None else {}
    carrier = identity(notebook, "StatefulSet", names.get("StatefulSet", "")).get("name")
    if carrier:
        yield _rule("apps", ("statefulsets",), _SEE, carrier)
    pod = _pod(notebook, carrier)
    for resources, verbs in _OF_POD if pod else ():
        yield _rule("", resources, verbs, pod)
    service = identity(notebook, "Service", names.get("Service", "")).get("name")
    if service:
        yield _rule("", ("services",), _SEE, service)


def _pod(notebook: Notebook, carrier: str | None) -> str:
    """The name of the notebook's one pod, as far as it is known."""
    form = notebook.conventions.pod_name
    return form.format(name=notebook.metadata.name) if form else f"{carrier}-0" if carrier else ""


def _rule(group: str, resources: tuple[str, ...], verbs: tuple[str, ...], name: str) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs), "resourceNames": [name]}
