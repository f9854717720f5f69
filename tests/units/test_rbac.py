"""RBAC for the owner of a notebook: what is granted, and on which names."""

from __future__ import annotations

from typing import Any

import pytest

import nbcore
from nbcore.workload import owner_access

Json = dict[str, Any]


def notebook(owner: str | None = "ada@example.com", **metadata: Any) -> Json:
    annotations = {} if owner is None else {"annotations": {"jackhoman.dev/owner": owner}}
    return {
        "apiVersion": "jackhoman.dev/v1beta1",
        "kind": "Notebook",
        "metadata": {"name": "ada", "namespace": "team", **annotations, **metadata},
        "spec": {"templateRef": {"name": "lab", "namespace": "kubeflow"}},
    }


def workspace() -> Json:
    options = {"imageConfig": "v2", "podConfig": "small"}
    pod = {"volumes": {"home": "home"}, "options": options}
    given = notebook()
    return {
        **given,
        "apiVersion": "kubeflow.org/v1beta1",
        "kind": "Workspace",
        "metadata": {**given["metadata"], "uid": "u1"},
        "spec": {"kind": "lab", "podTemplate": pod},
    }


def stateful_set(uid: str = "u1") -> Json:
    owner = {
        "apiVersion": "kubeflow.org/v1beta1",
        "kind": "Workspace",
        "name": "ada",
        "uid": uid,
        "controller": True,
    }
    metadata = {"name": "ws-ada-x7k2p", "namespace": "team", "ownerReferences": [owner]}
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata}


def rights(role: Json) -> set[tuple[str, str, str, str]]:
    return {
        (group, resource, verb, name)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
        for name in rule["resourceNames"]
    }


def test_the_owner_of_a_notebook_gets_a_role_and_a_binding() -> None:
    role, binding = owner_access(notebook(uid="u1"))
    assert (role["kind"], binding["kind"]) == ("Role", "RoleBinding")
    assert role["metadata"] == binding["metadata"]
    assert role["metadata"]["namespace"] == "team"
    assert role["metadata"]["ownerReferences"][0]["uid"] == "u1"
    assert binding["roleRef"] == {
        "apiGroup": "rbac.authorization.k8s.io",
        "kind": "Role",
        "name": role["metadata"]["name"],
    }
    group = "rbac.authorization.k8s.io"
    assert binding["subjects"] == [{"apiGroup": group, "kind": "User", "name": "ada@example.com"}]


@pytest.mark.parametrize(
    "right",
    [
        ("jackhoman.dev", "notebooks", "update", "ada"),
        ("jackhoman.dev", "notebooks", "delete", "ada"),
        ("jackhoman.dev", "notebooks", "watch", "ada"),
        ("jackhoman.dev", "notebooks/status", "get", "ada"),
        ("apps", "statefulsets", "get", "ada"),
        ("", "pods", "delete", "ada-0"),
        ("", "pods/log", "get", "ada-0"),
        ("", "pods/exec", "create", "ada-0"),
        ("", "pods/exec", "get", "ada-0"),
        ("", "pods/attach", "create", "ada-0"),
        ("", "pods/portforward", "create", "ada-0"),
        ("", "services", "get", "notebook-ada"),
    ],
)
def test_the_owner_may(right: tuple[str, str, str, str]) -> None:
    assert right in rights(owner_access(notebook())[0])


def test_nothing_else_is_granted() -> None:
    granted = rights(owner_access(notebook())[0])
    assert {resource for _, resource, _, _ in granted} == {
        "notebooks",
        "notebooks/status",
        "pods",
        "pods/attach",
        "pods/exec",
        "pods/log",
        "pods/portforward",
        "services",
        "statefulsets",
    }
    assert {verb for _, resource, verb, _ in granted if resource in ("services", "statefulsets")} == {
        "get",
        "list",
        "watch",
    }
    assert not {verb for _, _, verb, _ in granted} & {"*", "deletecollection", "escalate", "bind"}


@pytest.mark.parametrize("owner", [None, "", 1, ["ada"]])
def test_without_an_owner_nothing_is_granted(owner: Any) -> None:
    assert owner_access(notebook(owner)) == ()


def test_without_a_name_and_for_another_kind_nothing_is_granted() -> None:
    assert owner_access(notebook(name="")) == ()
    assert owner_access({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "ada"}}) == ()
    assert owner_access(None) == ()


@pytest.mark.parametrize(
    ("owner", "subject"),
    [
        ("system:serviceaccount:ci:robot", {"kind": "ServiceAccount", "name": "robot", "namespace": "ci"}),
        ("system:serviceaccount:robot", None),
        ("system:serviceaccount::robot", None),
        ("oidc:ada", None),
    ],
)
def test_a_service_account_is_named_as_one(owner: str, subject: Json | None) -> None:
    user = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": owner}
    assert owner_access(notebook(owner))[1]["subjects"] == [subject or user]


def test_where_the_server_names_the_stateful_set_its_name_has_to_be_known() -> None:
    catalog = nbcore.Catalog([stateful_set()])
    assert {name for _, _, _, name in rights(owner_access(workspace(), catalog)[0])} == {
        "ada",
        "ws-ada-x7k2p",
        "ws-ada-x7k2p-0",
    }
    for unknown in (None, nbcore.Catalog(), nbcore.Catalog([stateful_set("another")])):
        found = rights(owner_access(workspace(), unknown)[0])
        assert {(resource, name) for _, resource, _, name in found} == {
            ("workspaces", "ada"),
            ("workspaces/status", "ada"),
        }


def test_roles_of_two_kinds_and_of_long_names_differ() -> None:
    names = {owner_access(one)[0]["metadata"]["name"] for one in (notebook(), workspace())}
    assert len(names) == 2
    assert all(len(one) <= 253 for one in names)
