"""PodDefaults of our own at admission: peers of the pod, where what the API server filled in counts as unset."""

from __future__ import annotations

from typing import Any

import pytest

import nbcore
from nbcore.admission.outcome import NOTHING, Outcome
from nbcore.admission.pods import mutate_pod
from nbcore.settings import Settings

SPACE = "team"
LISTED = "jackhoman.dev/pod-defaults"
_EVERY: dict[str, Any] = {}


def ours(
    name: str = "a", *, namespace: str = SPACE, selector: Any = _EVERY, **template: Any
) -> dict[str, Any]:
    spec = {"template": template, **({} if selector is None else {"selector": selector})}
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "jackhoman.dev/v1beta1", "kind": "PodDefault", "metadata": metadata, "spec": spec}


def container(name: str = "main", **fields: Any) -> dict[str, Any]:
    return {"name": name, "image": "registry.example/lab:1", **fields}


def pod(*containers: Any, metadata: Any = None, **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "p", **(metadata or {})}, "spec": {"containers": list(containers), **spec}}


def hook(given: Any, *objects: Any, operation: str = "CREATE", dry_run: bool = False) -> Outcome:
    catalog = nbcore.Catalog(objects)
    return mutate_pod(given, SPACE, catalog, Settings(), operation=operation, dry_run=dry_run)


def applied(given: Any, *objects: Any) -> Any:
    found = hook(given, *objects)
    assert not found.errors, found.errors
    return found.object


def codes(given: Any, *objects: Any) -> list[str]:
    found = hook(given, *objects)
    assert found.object is None
    return [one.code for one in found.errors]


def for_main(**fields: Any) -> dict[str, Any]:
    return {"containers": [{"name": "main", **fields}]}


B = {"name": "B", "value": "1"}


@pytest.mark.parametrize("operation", ["UPDATE", "DELETE", "CONNECT", ""])
def test_only_new_pods_are_changed(operation: str) -> None:
    assert hook(pod(container()), ours(spec=for_main(env=[B])), operation=operation) is NOTHING


def test_a_dry_run_is_answered_in_the_same_way() -> None:
    one = ours(spec=for_main(env=[B]))
    assert hook(pod(container()), one) == hook(pod(container()), one, dry_run=True)


def test_only_those_of_the_own_namespace_with_a_selector_apply() -> None:
    elsewhere = ours("b", namespace="other", spec=for_main(env=[B]))
    assert hook(pod(container()), ours(selector=None, spec=for_main(env=[B])), elsewhere).object is None


def test_a_rendered_pod_is_left_alone() -> None:
    marked = pod(container(), metadata={"annotations": {LISTED: "team/x"}})
    assert hook(marked, ours(spec=for_main(env=[B]))) is NOTHING


def test_our_own_annotation_excludes_too() -> None:
    excluded = pod(container(), metadata={"annotations": {"jackhoman.dev/exclude-pod-defaults": "true"}})
    assert hook(excluded, ours(spec=for_main(env=[B]))) is NOTHING


@pytest.mark.parametrize(
    ("names", "annotations", "meant"),
    [
        (("lab", "side"), {}, "lab"),
        (("side", "main"), {}, "main"),
        (("istio-proxy", "lab"), {"kubectl.kubernetes.io/default-container": "lab"}, "lab"),
        (("lab",), {"kubectl.kubernetes.io/default-container": "gone"}, "lab"),
    ],
)
def test_main_means_the_container_of_the_notebook(names: Any, annotations: Any, meant: str) -> None:
    given = pod(*map(container, names), metadata={"annotations": annotations})
    result = applied(given, ours(spec=for_main(env=[B])))
    assert [one["name"] for one in result["spec"]["containers"] if "env" in one] == [meant]


@pytest.mark.parametrize(
    ("field", "stored", "wanted"),
    [
        ("terminationGracePeriodSeconds", 30, 60),
        ("restartPolicy", "Always", "Never"),
        ("serviceAccountName", "default", "robot"),
        ("schedulerName", "default-scheduler", "fast"),
        ("enableServiceLinks", True, False),
        ("dnsPolicy", "ClusterFirst", "None"),
    ],
)
def test_a_default_of_the_server_counts_as_unset(field: str, stored: Any, wanted: Any) -> None:
    result = applied(pod(container(), **{field: stored}), ours(spec={field: wanted}))
    assert result["spec"][field] == wanted


@pytest.mark.parametrize(
    ("field", "own", "wanted"),
    [
        ("terminationGracePeriodSeconds", 45, 60),
        ("restartPolicy", "OnFailure", "Never"),
        ("serviceAccountName", "mine", "robot"),
        ("hostNetwork", True, False),
        ("nodeSelector", {"a": "b"}, {"a": "c"}),
    ],
)
def test_a_value_of_the_pod_is_a_conflict(field: str, own: Any, wanted: Any) -> None:
    assert codes(pod(container(), **{field: own}), ours(spec={field: wanted})) == ["NB321"]


def test_the_old_name_of_the_account_follows() -> None:
    given = pod(container(), serviceAccountName="default", serviceAccount="default")
    spec = applied(given, ours(spec={"serviceAccountName": "robot"}))["spec"]
    assert (spec["serviceAccountName"], spec["serviceAccount"]) == ("robot", "robot")
    mine = pod(container(), serviceAccountName="mine", serviceAccount="mine")
    assert codes(mine, ours(spec={"serviceAccountName": "robot"})) == ["NB321"]


def test_a_pull_policy_that_follows_from_the_image_counts_as_unset() -> None:
    given = pod(container(imagePullPolicy="IfNotPresent"))
    result = applied(given, ours(spec=for_main(imagePullPolicy="Always")))
    assert result["spec"]["containers"][0]["imagePullPolicy"] == "Always"
    own = pod(container(imagePullPolicy="Never"))
    assert codes(own, ours(spec=for_main(imagePullPolicy="Always"))) == ["NB321"]


def test_two_ways_to_write_an_amount_are_equal() -> None:
    given = pod(container(resources={"limits": {"cpu": "1"}}))
    result = applied(given, ours(spec=for_main(resources={"limits": {"cpu": "1000m"}})))
    assert result["spec"]["containers"][0]["resources"]["limits"] == {"cpu": "1"}


def test_the_mount_of_the_token_gives_way() -> None:
    path = "/var/run/secrets/kubernetes.io/serviceaccount"
    token = {"name": "kube-api-access-x7k2p", "mountPath": path, "readOnly": True}
    own = {"name": "short", "mountPath": path}
    added = ours(spec=for_main(volumeMounts=[own]) | {"volumes": [{"name": "short", "emptyDir": {}}]})
    result = applied(pod(container(volumeMounts=[token])), added)
    assert result["spec"]["containers"][0]["volumeMounts"] == [own]


def test_what_admission_made_of_a_class_is_taken_back_with_it() -> None:
    given = pod(container(), priority=0, preemptionPolicy="PreemptLowerPriority")
    spec = applied(given, ours(spec={"priorityClassName": "high"}))["spec"]
    assert spec["priorityClassName"] == "high"
    assert "priority" not in spec
    assert applied(given, ours(spec=for_main(env=[B])))["spec"]["priority"] == 0


def test_a_new_container_needs_an_image() -> None:
    assert codes(pod(container()), ours(spec={"containers": [{"name": "helper"}]})) == ["NB302"]
    result = applied(pod(container()), ours(spec={"containers": [container("helper")]}))
    assert [one["name"] for one in result["spec"]["containers"]] == ["main", "helper"]


def test_a_directive_is_no_part_of_the_pod() -> None:
    gone = ours(spec=for_main(env=[{"name": "B", "$patch": "delete"}]) | {"hostname": None})
    clean = applied(pod(container()), gone)
    assert "$patch" not in str(clean)
    assert "hostname" not in clean["spec"]
    assert codes(pod(container(env=[B])), gone) == ["NB321"]
    assert codes(pod(container(), hostname="own"), gone) == ["NB321"]


def test_a_pod_that_lacks_a_key_is_refused() -> None:
    assert codes(pod(container(env=[{"value": "1"}])), ours(spec=for_main(env=[B]))) == ["NB305"]


def test_nothing_but_labels_and_annotations_of_the_metadata_is_taken() -> None:
    result = applied(
        pod(container()), ours(metadata={"name": "x", "finalizers": ["a/b"], "labels": {"k": "v"}})
    )
    assert result["metadata"] == {"name": "p", "labels": {"k": "v"}, "annotations": {LISTED: "team/a"}}


def test_both_dialects_meet_in_one_pod() -> None:
    theirs = {
        "apiVersion": "kubeflow.org/v1alpha1",
        "kind": "PodDefault",
        "metadata": {"name": "a", "namespace": SPACE},
        "spec": {"selector": {}, "env": [{"name": "A", "value": "1"}]},
    }
    result = applied(pod(container()), theirs, ours("z", spec=for_main(env=[B])))
    assert [one["name"] for one in result["spec"]["containers"][0]["env"]] == ["B", "A"]
    assert result["metadata"]["annotations"][LISTED] == "team/z,team/a"
    differing = ours("z", spec=for_main(env=[{"name": "A", "value": "2"}]))
    assert codes(pod(container()), theirs, differing) == ["NB301"]


def test_a_pod_that_kubeflow_has_marked_is_not_given_the_same_again() -> None:
    theirs = {
        "apiVersion": "kubeflow.org/v1alpha1",
        "kind": "PodDefault",
        "metadata": {"name": "a", "namespace": SPACE},
        "spec": {"selector": {}, "envFrom": [{"secretRef": {"name": "s"}}]},
    }
    mark = {"poddefault.admission.kubeflow.org/poddefault-a": "7"}
    assert hook(pod(container(), metadata={"annotations": mark}), theirs).object is None
    assert applied(pod(container()), theirs)["spec"]["containers"][0]["envFrom"]


def test_a_conflict_names_where_it_was_written_and_no_value() -> None:
    found = hook(pod(container(env=[{"name": "B", "value": "s3cret"}])), ours(spec=for_main(env=[B])))
    (one,) = found.errors
    assert str(one.path) == "spec.containers[0].env[0]"
    assert one.source.object == "Pod team/p"
    assert [place[0].object for place in one.related] == ["PodDefault team/a"]
    assert "s3cret" not in f"{one}{found!r}"
    assert found.audit == {"pod-defaults": "team/a"}


def test_many_pod_defaults_are_found_by_their_labels() -> None:
    selectors = [{"matchLabels": {"n": str(at)}} for at in range(300)]
    many = [
        ours(f"p{at}", selector=one, spec=for_main(env=[{"name": f"E{at}", "value": "1"}]))
        for at, one in enumerate(selectors)
    ]
    result = applied(pod(container(), metadata={"labels": {"n": "7"}}), *many)
    assert [one["name"] for one in result["spec"]["containers"][0]["env"]] == ["E7"]


def test_the_catalog_changes_and_the_answer_with_it() -> None:
    catalog = nbcore.Catalog([ours(spec=for_main(env=[B]))])
    settings = Settings()
    given = pod(container())
    first = mutate_pod(given, SPACE, catalog, settings, operation="CREATE", dry_run=False)
    changed = catalog.replace([ours(spec=for_main(env=[{"name": "C", "value": "1"}]))])
    second = mutate_pod(given, SPACE, changed, settings, operation="CREATE", dry_run=False)
    assert first.object is not None
    assert second.object is not None
    assert [one["name"] for one in second.object["spec"]["containers"][0]["env"]] == ["C"]
    gone = changed.replace(removed=[("PodDefault", SPACE, "a")])
    assert mutate_pod(given, SPACE, gone, settings, operation="CREATE", dry_run=False) is NOTHING
