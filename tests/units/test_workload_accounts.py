"""ServiceAccounts and RoleBindings, row by row of section 1.8 of the reference on Kubeflow Notebooks 2.0."""

from __future__ import annotations

from tests.units.workload_cases import NAME_LABEL, judged, kind, made, notebook, template, workspace


def test_1_8_the_service_account_has_one_label_and_nothing_else() -> None:
    metadata = {"name": "ws-demo", "namespace": "team", "labels": {NAME_LABEL: "demo"}}
    found = made(workspace(), kind())["ServiceAccount"]
    assert found == {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}


def test_1_8_one_role_binding_per_cluster_role_in_order() -> None:
    found, _ = judged(workspace("my-workspace"), kind())
    bindings = [one for one in found if one["kind"] == "RoleBinding"]
    assert bindings[0] == {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {
            "name": "ws-my-workspace-0960bb1b",
            "namespace": "team",
            "labels": {NAME_LABEL: "my-workspace"},
        },
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "kubeflow-edit"},
        "subjects": [{"kind": "ServiceAccount", "name": "ws-my-workspace", "namespace": "team"}],
    }
    assert [one["roleRef"]["name"] for one in bindings] == ["kubeflow-edit", "view"]


def test_1_8_no_cluster_roles_no_role_bindings() -> None:
    assert list(made(workspace(), kind(serviceAccount={}))) == ["ServiceAccount", "StatefulSet", "Service"]


def test_1_8_a_long_name_is_the_same_everywhere() -> None:
    found = made(workspace("a" * 253), kind())
    name = found["ServiceAccount"]["metadata"]["name"]
    assert len(name) == 253
    assert found["StatefulSet"]["spec"]["template"]["spec"]["serviceAccountName"] == name
    assert found["RoleBinding"]["subjects"][0]["name"] == name


def test_a_notebook_has_no_account_of_its_own() -> None:
    assert list(made(notebook(), template())) == ["StatefulSet", "Service"]
