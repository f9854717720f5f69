"""Accounts: the ServiceAccount that the pods of a notebook run as, and the RoleBindings that give it rights.

Refuses to know whether a ClusterRole exists, and what it allows.

Laws: test_the_account_of_the_pod_is_the_one_that_is_made.
Source: reference behaviour of Kubeflow Notebooks 2.0, section 1.8.
"""

from __future__ import annotations

from typing import Any, Final

from nbcore.model.notebook import Notebook
from nbcore.workload.naming import account_name, metadata_of, role_binding_name

_RBAC: Final = "rbac.authorization.k8s.io"


def service_account(notebook: Notebook) -> dict[str, Any]:
    """The ServiceAccount of a notebook whose dialect gives it one of its own."""
    metadata = metadata_of(notebook, {"name": account_name(notebook)})
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}


def role_binding(notebook: Notebook, cluster_role: str) -> dict[str, Any]:
    """The RoleBinding that grants a ClusterRole to the notebook's ServiceAccount, in its namespace."""
    subject = {"kind": "ServiceAccount", "name": account_name(notebook)}
    if notebook.metadata.namespace:
        subject["namespace"] = notebook.metadata.namespace
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "RoleBinding",
        "metadata": metadata_of(notebook, {"name": role_binding_name(notebook, cluster_role)}),
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": cluster_role},
        "subjects": [subject],
    }
