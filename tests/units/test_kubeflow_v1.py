"""Kubeflow v1: Notebooks that hold their pod, and PodDefaults, in rendering, lint, diff, plan and workload."""

from __future__ import annotations

import copy
from typing import Any

import pytest

import nbcore
from nbcore.settings import Settings
from nbcore.workload import Istio, objects

SPACE = "team"


def notebook(**changes: Any) -> dict[str, Any]:
    metadata = {
        "name": "lab",
        "namespace": SPACE,
        "uid": "u-1",
        "labels": {"shared": "true"},
        **changes.pop("metadata", {}),
    }
    main = {"name": "lab", "image": "registry.example/lab:1.0", **changes.pop("main", {})}
    pod = {"containers": [main, *changes.pop("others", ())], **changes}
    return {
        "apiVersion": "kubeflow.org/v1",
        "kind": "Notebook",
        "metadata": metadata,
        "spec": {"template": {"spec": pod}},
    }


def pod_default(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "kubeflow.org/v1alpha1",
        "kind": "PodDefault",
        "metadata": {"name": "shared", "namespace": SPACE},
        "spec": {"selector": {"matchLabels": {"shared": "true"}}, **spec},
    }


A = {"name": "A", "value": "1"}


def rendered(*given: Any) -> Any:
    found = nbcore.render(given[0], nbcore.Catalog(given))
    assert found.pod is not None, found.findings
    return found.pod


def codes(*given: Any, settings: Settings | None = None, severity: str = "error") -> list[str]:
    report = nbcore.check(list(given), settings=settings)
    return [one.code for one in report.findings if one.severity == severity]


# ---- form ----


@pytest.mark.parametrize("version", ["v1", "v1beta1", "v1alpha1"])
def test_every_served_version_is_read(version: str) -> None:
    given = {**notebook(), "apiVersion": f"kubeflow.org/{version}"}
    catalog = nbcore.Catalog([given])
    assert not catalog.findings
    (found,) = catalog.notebooks
    assert found.conventions.own_template
    assert catalog.get("Notebook", "lab", SPACE) is None


@pytest.mark.parametrize("kind", ["Notebook", "PodDefault"])
def test_an_unknown_version_is_told(kind: str) -> None:
    assert codes({**notebook(), "kind": kind, "apiVersion": "kubeflow.org/v7"}) == ["NB104"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"template": {"spec": {"containers": []}}}, "NB106"),
        ({"template": {"spec": {"containers": [{"name": "lab"}]}}}, "NB107"),
        ({"template": {"spec": {"containers": [{"image": "x:1"}]}}}, "NB107"),
        ({"template": {"metadata": {}, "spec": {"containers": [{"name": "a", "image": "b:1"}]}}}, "NB105"),
        ({"template": {}}, "NB107"),
        ({}, "NB107"),
        ({"template": {"spec": {"containers": [{"name": "a", "image": "b:1"}], "contaners": []}}}, "NB105"),
    ],
)
def test_a_notebook_of_another_form_is_refused(change: dict[str, Any], code: str) -> None:
    assert codes({**notebook(), "spec": change}) == [code]


@pytest.mark.parametrize("field", ["affinity", "nodeSelector", "securityContext", "resources", "hostAliases"])
def test_what_is_no_field_of_a_pod_default_is_told(field: str) -> None:
    assert codes(pod_default(**{field: {}})) == ["NB105"]


def test_a_pod_default_needs_a_selector() -> None:
    given = pod_default(env=[A])
    del given["spec"]["selector"]
    assert codes(given) == ["NB107"]


def test_ours_and_theirs_of_one_name_stand_side_by_side() -> None:
    ours = {
        "apiVersion": "jackhoman.dev/v1beta1",
        "kind": "PodDefault",
        "metadata": {"name": "shared", "namespace": SPACE},
        "spec": {},
    }
    catalog = nbcore.Catalog([ours, pod_default(env=[A])])
    assert not catalog.findings
    assert catalog.get("PodDefault", "shared", SPACE) is not catalog.get(
        "PodDefault.kubeflow.org", "shared", SPACE
    )


# ---- the pod ----


def test_the_pod_is_that_of_the_controller() -> None:
    pod = rendered(notebook())
    assert pod["metadata"] == {
        "labels": {"statefulset": "lab", "notebook-name": "lab", "shared": "true"},
        "name": "lab-0",
        "namespace": SPACE,
    }
    assert pod["spec"]["securityContext"] == {"fsGroup": 100}
    (main,) = pod["spec"]["containers"]
    assert main["workingDir"] == "/home/jovyan"
    assert main["ports"] == [{"containerPort": 8888, "name": "notebook-port", "protocol": "TCP"}]
    assert main["env"] == [{"name": "NB_PREFIX", "value": "/notebook/team/lab"}]


def test_what_the_user_wrote_stays() -> None:
    own = {
        "workingDir": "/work",
        "ports": [{"containerPort": 80}],
        "env": [{"name": "NB_PREFIX", "value": "/mine"}, {"name": "TEXT", "value": "{{ not.ours }}"}],
    }
    pod = rendered(notebook(main=own, securityContext={}, others=[{"name": "b", "image": "b:1"}]))
    assert {key: pod["spec"]["containers"][0][key] for key in own} == own
    assert pod["spec"]["containers"][1] == {"name": "b", "image": "b:1"}
    assert pod["spec"]["securityContext"] == {}


def test_annotations_reach_the_pod_but_those_of_tools() -> None:
    given = {
        "kubectl.kubernetes.io/x": "1",
        "notebooks.kubeflow.org/y": "1",
        "kubeflow-resource-stopped": "t",
    }
    pod = rendered(notebook(metadata={"annotations": {**given, "team": "a"}}))
    assert pod["metadata"]["annotations"] == {"team": "a", "kubeflow-resource-stopped": "t"}


def test_pod_defaults_apply_by_the_labels_of_the_notebook() -> None:
    pod = rendered(notebook(), pod_default(env=[A], labels={"k": "v"}))
    assert A in pod["spec"]["containers"][0]["env"]
    assert pod["metadata"]["labels"]["k"] == "v"
    other = rendered(notebook(metadata={"labels": {}}), pod_default(env=[A]))
    assert A not in other["spec"]["containers"][0]["env"]


def test_why_a_pod_default_was_not_applied_is_told() -> None:
    catalog = nbcore.Catalog([notebook(metadata={"labels": {}}), pod_default(env=[A])])
    (result,) = nbcore.render(catalog.notebooks[0], catalog).pod_defaults
    assert not result.applied
    assert "shared=true" in result.reason


def test_the_rendered_pod_is_what_the_hook_makes_of_the_pod_of_its_stateful_set() -> None:
    from nbcore.admission.pods import mutate_pod

    given = pod_default(
        env=[A],
        envFrom=[{"secretRef": {"name": "s"}}],
        command=["run"],
        tolerations=[{"operator": "Exists"}],
        sidecars=[{"name": "side", "image": "s:1"}],
        serviceAccountName="robot",
    )
    book = notebook(main={"envFrom": [{"secretRef": {"name": "s"}}]}, serviceAccountName="mine")
    catalog = nbcore.Catalog([book, given])
    made, _ = objects(book, catalog)
    template = copy.deepcopy(made[0]["spec"]["template"])
    found = mutate_pod(template, SPACE, catalog, Settings(), operation="CREATE", dry_run=False)
    assert found.object is not None
    assert found.object["spec"] == rendered(book, given)["spec"]


def test_every_field_knows_who_wrote_it() -> None:
    catalog = nbcore.Catalog([notebook(), pod_default(env=[A])])
    found = nbcore.render(catalog.notebooks[0], catalog)
    image = found.origin("spec.containers[lab].image")
    env = found.origin("spec.containers[lab].env[A].value")
    assert image is not None
    assert str(image.path) == "spec.template.spec.containers[0].image"
    assert env is not None
    assert (env.source.kind, str(env.path)) == ("PodDefault", "spec.env[0].value")


# ---- lint ----


def test_a_conflict_is_an_error_at_the_pod_default() -> None:
    given = notebook(main={"env": [{"name": "A", "value": "other"}]})
    report = nbcore.check([given, pod_default(env=[A])])
    (error,) = [one for one in report.findings if one.severity == "error"]
    assert (error.code, error.source.kind, str(error.path)) == ("NB321", "PodDefault", "spec.env[0]")


def test_a_label_that_hides_the_pod_is_an_error() -> None:
    assert codes(notebook(metadata={"labels": {"statefulset": "other"}})) == ["NB308"]
    assert codes(notebook(metadata={"labels": {"statefulset": "lab"}})) == []


def test_the_pod_is_judged_where_its_author_wrote_it() -> None:
    given = notebook(main={"ports": [{"containerPort": 99999}]})
    report = nbcore.check([given])
    (error,) = [one for one in report.findings if one.severity == "error"]
    assert str(error.path) == "spec.template.spec.containers[0].ports[0].containerPort"


def test_pod_security_is_judged() -> None:
    assert codes(notebook(hostNetwork=True), settings=Settings(pod_security="baseline"))


def test_a_long_name_is_told() -> None:
    assert codes(notebook(metadata={"name": "n" * 53}))


# ---- what follows ----


def test_the_objects_are_those_of_the_controller() -> None:
    annotations = {
        "notebooks.kubeflow.org/http-rewrite-uri": "/",
        "notebooks.kubeflow.org/http-headers-request-set": '{"X-Path": "{{ kept }}"}',
    }
    book = notebook(metadata={"annotations": annotations}, main={"ports": [{"containerPort": 80}]})
    made, findings = objects(book, nbcore.Catalog([pod_default(env=[A])]), istio=Istio(gateway="g/w"))
    assert not [one for one in findings if one.severity == "error"]
    carrier, service, route = made
    assert carrier["metadata"]["name"] == "lab"
    assert carrier["spec"]["selector"] == {"matchLabels": {"statefulset": "lab"}}
    assert A not in carrier["spec"]["template"]["spec"]["containers"][0]["env"], "the hook adds it"
    assert "updateStrategy" not in carrier["spec"]
    assert service["metadata"]["name"] == "lab"
    assert service["spec"]["selector"] == {"statefulset": "lab"}
    assert service["spec"]["ports"] == [{"name": "http-lab", "port": 80, "targetPort": 80, "protocol": "TCP"}]
    assert route["apiVersion"] == "networking.istio.io/v1alpha3"
    assert route["metadata"]["name"] == "notebook-team-lab"
    (http,) = route["spec"]["http"]
    assert http["match"] == [{"uri": {"prefix": "/notebook/team/lab/"}}]
    assert http["rewrite"] == {"uri": "/"}
    assert http["headers"] == {"request": {"set": {"X-Path": "{{ kept }}"}}}
    assert http["route"] == [{"destination": {"host": "lab.team.svc.cluster.local", "port": {"number": 80}}}]


@pytest.mark.parametrize("value", ["", "2026-01-01T00:00:00Z"])
def test_the_annotation_stops_whatever_its_value(value: str) -> None:
    book = notebook(metadata={"annotations": {"kubeflow-resource-stopped": value}})
    made, _ = objects(book, nbcore.Catalog())
    assert made[0]["spec"]["replicas"] == 0
    running, _ = objects(notebook(), nbcore.Catalog())
    assert running[0]["spec"]["replicas"] == 1


def test_a_plan_says_what_a_pod_default_does_to_notebooks() -> None:
    book = notebook()
    old, new = nbcore.Catalog([book]), nbcore.Catalog([book, pod_default(env=[A])])
    found = nbcore.plan(old, new, [book])
    assert [(one.outcome, [member.name for member in one.notebooks]) for one in found.entries] == [
        ("restart", ["lab"])
    ]


def test_diff_of_two_notebooks() -> None:
    changes = nbcore.diff(
        rendered(notebook()), rendered(notebook(main={"image": "registry.example/lab:2.0"}))
    )
    assert [str(one.path) for one in changes] == ["spec.containers[0].image"]
