"""The behaviours of Kubeflow's PodDefault, one test each, and where ours is better than its own webhook."""

from __future__ import annotations

import copy
from typing import Any

import pytest

import nbcore
from nbcore.admission.outcome import Outcome
from nbcore.admission.pods import mutate_pod
from nbcore.settings import Settings

SPACE = "team"
EXCLUDE = "poddefault.admission.kubeflow.org/exclude"
MARK = "poddefault.admission.kubeflow.org/poddefault-"
LISTED = "jackhoman.dev/pod-defaults"
UPSTREAM = Settings(compat="kubeflow")
OURS = Settings()


def pd(name: str = "a", *, namespace: str = SPACE, selector: Any = None, **spec: Any) -> dict[str, Any]:
    """A PodDefault that selects every pod unless told otherwise."""
    return {
        "apiVersion": "kubeflow.org/v1alpha1",
        "kind": "PodDefault",
        "metadata": {"name": name, "namespace": namespace, "resourceVersion": f"7{name}"},
        "spec": {"selector": {} if selector is None else selector, **spec},
    }


def container(name: str = "main", **fields: Any) -> dict[str, Any]:
    return {"name": name, "image": "registry.example/lab:1", **fields}


def pod(
    *containers: dict[str, Any],
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
    **spec: Any,
) -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": "p-0", "namespace": SPACE}
    if labels is not None:
        metadata["labels"] = labels
    if annotations is not None:
        metadata["annotations"] = annotations
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"containers": list(containers or (container(),)), **spec},
    }


def hook(given: dict[str, Any], *objects: Any, settings: Settings = OURS, namespace: str = SPACE) -> Outcome:
    """The outcome, with the promises that hold for every call: inputs unchanged, a second call does nothing."""
    before = copy.deepcopy(given)
    catalog = nbcore.Catalog(objects)
    found = mutate_pod(given, namespace, catalog, settings, operation="CREATE", dry_run=False)
    assert given == before
    if found.object is not None:
        again = mutate_pod(found.object, namespace, catalog, settings, operation="CREATE", dry_run=False)
        assert again.object is None
        assert not again.errors
    return found


def applied(given: dict[str, Any], *objects: Any, settings: Settings = OURS) -> dict[str, Any]:
    """The pod that comes out; nothing may be wrong with it."""
    found = hook(given, *objects, settings=settings)
    assert not found.errors, found.errors
    assert found.object is not None
    result: dict[str, Any] = found.object
    return result


def denied(given: dict[str, Any], *objects: Any, settings: Settings = OURS) -> list[str]:
    """The messages of a refusal; nothing is applied by halves."""
    found = hook(given, *objects, settings=settings)
    assert found.errors
    assert found.object is None
    return [f"{one.code} {one.message}" for one in found.errors]


def skipped(given: dict[str, Any], *objects: Any, settings: Settings = OURS) -> None:
    found = hook(given, *objects, settings=settings)
    assert found.object is None
    assert not found.errors


def first(result: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = result["spec"]["containers"][0]
    return found


A1 = {"name": "A", "value": "1"}
A2 = {"name": "A", "value": "2"}
BOTH = pytest.mark.parametrize("settings", [OURS, UPSTREAM], ids=["ours", "upstream"])

# ---- selection ----


@BOTH
def test_s1_the_annotation_true_excludes(settings: Settings) -> None:
    skipped(pod(annotations={EXCLUDE: "true"}), pd(env=[A1]), settings=settings)


def test_s2_the_annotation_in_another_case_does_not_exclude() -> None:
    assert first(applied(pod(annotations={EXCLUDE: "True"}), pd(env=[A1])))["env"] == [A1]


def test_s3_the_annotation_false_does_not_exclude() -> None:
    assert first(applied(pod(annotations={EXCLUDE: "false"}), pd(env=[A1])))["env"] == [A1]


@pytest.mark.parametrize("value", ["", "abc", "false"])
def test_s4_a_mirror_pod_is_skipped(value: str) -> None:
    skipped(pod(annotations={"kubernetes.io/config.mirror": value}), pd(env=[A1]))


def test_s5_the_namespace_of_the_request_counts() -> None:
    given = pod()
    del given["metadata"]["namespace"]
    assert first(applied(given, pd(env=[A1])))["env"] == [A1]
    other = hook(given, pd(env=[A1]), namespace="other")
    assert other.object is None


def test_s6_an_empty_selector_matches_all() -> None:
    assert first(applied(pod(labels={"any": "thing"}), pd(selector={}, env=[A1])))["env"] == [A1]
    assert first(applied(pod(), pd(selector={}, env=[A1])))["env"] == [A1]


def test_s7_match_expressions_are_honoured() -> None:
    exists = {"matchExpressions": [{"key": "gpu", "operator": "Exists"}]}
    without = {"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["small"]}]}
    assert first(applied(pod(labels={"gpu": "x"}), pd(selector=exists, env=[A1])))["env"] == [A1]
    skipped(pod(labels={"cpu": "x"}), pd(selector=exists, env=[A1]))
    assert first(applied(pod(), pd(selector=without, env=[A1])))["env"] == [A1]
    skipped(pod(labels={"tier": "small"}), pd(selector=without, env=[A1]))


def test_s8_a_broken_pod_default_is_isolated() -> None:
    broken = pd("bad", selector={"matchExpressions": [{"key": "x", "operator": "Like"}]}, env=[A2])
    found = hook(pod(), broken, pd("good", env=[A1]))
    assert found.object is not None
    assert first(found.object)["env"] == [A1]
    assert [(one.code, one.severity) for one in found.findings] == [("NB240", "warning")]
    assert "team/bad" in found.findings[0].message


def test_s8_upstream_denies_every_pod_of_the_namespace() -> None:
    broken = pd("bad", selector={"matchExpressions": [{"key": "x", "operator": "Like"}]}, env=[A2])
    assert denied(pod(), broken, settings=UPSTREAM)[0].startswith("NB240")
    skipped(pod(), pd("bad", namespace="other", selector={"matchLabels": 1}), settings=UPSTREAM)


@BOTH
def test_s9_matching_pod_defaults_apply_in_the_order_of_their_names(settings: Settings) -> None:
    b, a = {"name": "B", "value": "1"}, {"name": "A", "value": "1"}
    result = applied(pod(), pd("b", env=[b]), pd("a", env=[a]), settings=settings)
    assert first(result)["env"] == [a, b]
    assert result["metadata"]["annotations"][LISTED] == "team/a,team/b"


def test_s10_labels_of_a_pod_default_select_no_other() -> None:
    b = pd("b", selector={"matchLabels": {"from": "a"}}, env=[A1])
    result = applied(pod(), pd("a", labels={"from": "a"}), b)
    assert "env" not in first(result)
    assert result["metadata"]["labels"] == {"from": "a"}


# ---- env ----


@BOTH
def test_e1_a_new_variable_is_appended_in_every_regular_container(settings: Settings) -> None:
    given = pod(container(env=[{"name": "Z", "value": "0"}]), container("side"))
    result = applied(given, pd(env=[A1]), settings=settings)
    assert [one["env"] for one in result["spec"]["containers"]] == [[{"name": "Z", "value": "0"}, A1], [A1]]


@BOTH
def test_e2_an_equal_variable_is_dropped(settings: Settings) -> None:
    assert first(applied(pod(container(env=[A1])), pd(env=[A1]), settings=settings))["env"] == [A1]


@BOTH
def test_e3_another_value_is_denied_and_never_told(settings: Settings) -> None:
    secret = {"name": "A", "value": "hunter2"}
    (message,) = denied(pod(container(env=[secret])), pd("shared", env=[A2]), settings=settings)
    assert message.startswith("NB321")
    assert "team/shared" in message
    assert "env[A]" in message
    assert "hunter2" not in message


@BOTH
def test_e4_a_source_against_a_value_is_denied(settings: Settings) -> None:
    source = {"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    denied(pod(container(env=[A1])), pd(env=[source]), settings=settings)


@BOTH
def test_e5_two_pod_defaults_with_another_value_are_denied(settings: Settings) -> None:
    (message,) = denied(pod(), pd("a", env=[A1]), pd("b", env=[A2]), settings=settings)
    assert message.startswith("NB301")
    assert "team/a" in message
    assert "team/b" in message


@BOTH
def test_e6_init_containers_get_nothing(settings: Settings) -> None:
    given = pod(initContainers=[container("setup")])
    result = applied(given, pd(env=[A1], command=["x"]), settings=settings)
    assert result["spec"]["initContainers"] == [container("setup")]


@BOTH
def test_e7_istio_gets_all_but_a_command(settings: Settings) -> None:
    given = pod(container(), container("istio-proxy"))
    added = pd(
        env=[A1],
        envFrom=[{"configMapRef": {"name": "c"}}],
        volumes=[{"name": "v", "emptyDir": {}}],
        volumeMounts=[{"name": "v", "mountPath": "/v"}],
        command=["run"],
        args=["fast"],
    )
    result = applied(given, added, settings=settings)
    main, istio = result["spec"]["containers"]
    assert {"env", "envFrom", "volumeMounts", "command", "args"} <= main.keys()
    assert {"env", "envFrom", "volumeMounts"} <= istio.keys()
    assert not {"command", "args"} & istio.keys()


@BOTH
def test_f1_equal_sources_of_variables_are_both_kept(settings: Settings) -> None:
    source = {"secretRef": {"name": "s"}}
    result = applied(pod(container(envFrom=[source])), pd(envFrom=[source]), settings=settings)
    assert first(result)["envFrom"] == [source, source]


# ---- volumes and mounts ----

V = {"name": "v", "emptyDir": {}}


@BOTH
@pytest.mark.parametrize("own", [[], [V]])
def test_v1_v2_a_new_volume_is_appended_and_an_equal_one_dropped(own: list[Any], settings: Settings) -> None:
    assert applied(pod(volumes=own), pd(volumes=[V]), settings=settings)["spec"]["volumes"] == [V]


@BOTH
def test_v3_another_source_is_denied(settings: Settings) -> None:
    other = {"name": "v", "secret": {"secretName": "s"}}
    (message,) = denied(pod(volumes=[other]), pd(volumes=[V]), settings=settings)
    assert "volumes[v]" in message


def test_v3_what_the_server_fills_in_makes_no_difference() -> None:
    stored = {"name": "v", "secret": {"secretName": "s", "defaultMode": 420}}
    plain = {"name": "v", "secret": {"secretName": "s"}}
    assert applied(pod(volumes=[stored]), pd(volumes=[plain]))["spec"]["volumes"] == [stored]
    denied(pod(volumes=[stored]), pd(volumes=[plain]), settings=UPSTREAM)


M = {"name": "v", "mountPath": "/v"}


@BOTH
def test_m1_a_new_mount_is_appended(settings: Settings) -> None:
    other = {"name": "w", "mountPath": "/w"}
    result = applied(pod(container(volumeMounts=[other])), pd(volumeMounts=[M]), settings=settings)
    assert first(result)["volumeMounts"] == [other, M]


@BOTH
def test_m2_an_equal_mount_is_dropped(settings: Settings) -> None:
    result = applied(pod(container(volumeMounts=[M])), pd(volumeMounts=[M]), settings=settings)
    assert first(result)["volumeMounts"] == [M]


ELSEWHERE = {"name": "v", "mountPath": "/elsewhere"}


def test_m3_a_volume_may_be_mounted_twice() -> None:
    result = applied(pod(container(volumeMounts=[ELSEWHERE])), pd(volumeMounts=[M]))
    assert first(result)["volumeMounts"] == [ELSEWHERE, M]


def test_m3_upstream_denies_it() -> None:
    (message,) = denied(pod(container(volumeMounts=[ELSEWHERE])), pd(volumeMounts=[M]), settings=UPSTREAM)
    assert message.startswith("NB323")


@BOTH
def test_m4_two_volumes_at_one_path_are_denied(settings: Settings) -> None:
    denied(
        pod(container(volumeMounts=[{"name": "w", "mountPath": "/v"}])),
        pd(volumeMounts=[M]),
        settings=settings,
    )


def test_m5_one_pod_default_may_mount_a_volume_twice() -> None:
    assert first(applied(pod(), pd(volumeMounts=[M, ELSEWHERE])))["volumeMounts"] == [M, ELSEWHERE]


def test_m5_upstream_denies_it() -> None:
    assert denied(pod(), pd(volumeMounts=[M, ELSEWHERE]), settings=UPSTREAM)[0].startswith("NB323")


def test_m6_a_pod_that_mounts_twice_may_be_told_the_first_again() -> None:
    result = applied(pod(container(volumeMounts=[M, ELSEWHERE])), pd(volumeMounts=[M]))
    assert first(result)["volumeMounts"] == [M, ELSEWHERE]


def test_m6_upstream_denies_it() -> None:
    denied(pod(container(volumeMounts=[M, ELSEWHERE])), pd(volumeMounts=[M]), settings=UPSTREAM)
    applied(pod(container(volumeMounts=[ELSEWHERE, M])), pd(volumeMounts=[M]), settings=UPSTREAM)


# ---- tolerations ----

T = {"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}


def test_t1_one_key_may_have_two_effects() -> None:
    other = {**T, "effect": "NoExecute"}
    assert applied(pod(tolerations=[other]), pd(tolerations=[T]))["spec"]["tolerations"] == [other, T]


def test_t1_upstream_denies_it() -> None:
    denied(pod(tolerations=[{**T, "effect": "NoExecute"}]), pd(tolerations=[T]), settings=UPSTREAM)


@BOTH
def test_t2_an_equal_toleration_without_key_is_dropped(settings: Settings) -> None:
    every = {"operator": "Exists"}
    result = applied(pod(tolerations=[every]), pd(tolerations=[every]), settings=settings)
    assert result["spec"]["tolerations"] == [every]


def test_t2_different_tolerations_without_key_are_both_kept() -> None:
    every, some = {"operator": "Exists"}, {"operator": "Exists", "effect": "NoSchedule"}
    result = applied(pod(tolerations=[every]), pd(tolerations=[some]))
    assert result["spec"]["tolerations"] == [every, some]
    denied(pod(tolerations=[every]), pd(tolerations=[some]), settings=UPSTREAM)


# ---- metadata, accounts ----


@BOTH
@pytest.mark.parametrize("field", ["labels", "annotations"])
def test_l1_a1_another_value_is_denied(field: str, settings: Settings) -> None:
    own: Any = {field: {"k": "mine"}}
    theirs: Any = {field: {"k": "theirs"}}
    same: Any = {field: {"k": "mine"}}
    denied(pod(**own), pd(**theirs), settings=settings)
    assert applied(pod(**own), pd(**same), settings=settings)["metadata"][field]["k"] == "mine"


@BOTH
def test_l2_a_pod_without_annotations_gets_the_marker(settings: Settings) -> None:
    found = applied(pod(), pd("a", annotations={"k": "v"}), settings=settings)["metadata"]["annotations"]
    assert found == {"k": "v", f"{MARK}a": "7a", LISTED: "team/a"}


@BOTH
def test_p1_a_pull_secret_is_not_doubled(settings: Settings) -> None:
    own, other = {"name": "own"}, {"name": "other"}
    given = pod(imagePullSecrets=[own])
    result = applied(given, pd(imagePullSecrets=[own, other]), settings=settings)
    assert result["spec"]["imagePullSecrets"] == [own, other]


@BOTH
def test_sa1_the_account_of_the_pod_default_wins(settings: Settings) -> None:
    result = applied(pod(serviceAccountName="x"), pd(serviceAccountName="y"), settings=settings)
    assert result["spec"]["serviceAccountName"] == "y"


@BOTH
def test_sa2_the_last_account_wins(settings: Settings) -> None:
    result = applied(
        pod(), pd("b", serviceAccountName="z"), pd("a", serviceAccountName="y"), settings=settings
    )
    assert result["spec"]["serviceAccountName"] == "z"


@BOTH
def test_sa3_the_last_word_on_the_token_wins(settings: Settings) -> None:
    result = applied(
        pod(),
        pd("a", automountServiceAccountToken=False),
        pd("b", automountServiceAccountToken=True),
        settings=settings,
    )
    assert result["spec"]["automountServiceAccountToken"] is True


# ---- commands ----


@BOTH
def test_c1_the_first_command_wins(settings: Settings) -> None:
    result = applied(pod(), pd("a", command=["a"]), pd("b", command=["b"]), settings=settings)
    assert first(result)["command"] == ["a"]


@BOTH
def test_c2_the_command_of_the_pod_is_kept(settings: Settings) -> None:
    result = applied(pod(container(command=["own"])), pd(command=["a"]), settings=settings)
    assert first(result)["command"] == ["own"]


@BOTH
def test_c3_command_and_args_may_come_from_two(settings: Settings) -> None:
    result = applied(pod(), pd("a", command=["a"]), pd("b", args=["b"]), settings=settings)
    assert (first(result)["command"], first(result)["args"]) == (["a"], ["b"])


@BOTH
def test_c4_an_empty_command_is_kept(settings: Settings) -> None:
    assert first(applied(pod(container(command=[])), pd(command=["a"]), settings=settings))["command"] == []


def test_c5_a_command_for_several_containers_is_told() -> None:
    found = hook(pod(container(), container("vault-agent")), pd(command=["a"]))
    assert found.object is not None
    assert [one["command"] for one in found.object["spec"]["containers"]] == [["a"], ["a"]]
    assert [(one.code, one.severity) for one in found.findings] == [("NB320", "warning")]
    assert not hook(pod(), pd(command=["a"])).findings


# ---- containers ----


@BOTH
def test_i1_an_init_container_is_appended(settings: Settings) -> None:
    given = pod(initContainers=[container("one")])
    result = applied(given, pd(initContainers=[container("two")]), settings=settings)
    assert [one["name"] for one in result["spec"]["initContainers"]] == ["one", "two"]


@BOTH
def test_i2_an_equal_init_container_is_dropped(settings: Settings) -> None:
    given = pod(initContainers=[container("one")])
    result = applied(given, pd(initContainers=[container("one")]), settings=settings)
    assert result["spec"]["initContainers"] == [container("one")]


@BOTH
def test_i3_another_init_container_of_that_name_is_denied(settings: Settings) -> None:
    given = pod(initContainers=[container("one", args=["x"])])
    denied(given, pd(initContainers=[container("one")]), settings=settings)
    denied(
        pod(),
        pd("a", initContainers=[container("one")]),
        pd("b", initContainers=[container("one", args=["x"])]),
        settings=settings,
    )


@BOTH
def test_d1_a_sidecar_named_like_another_container_is_denied(settings: Settings) -> None:
    denied(pod(container("side", args=["x"])), pd(sidecars=[container("side")]), settings=settings)


@BOTH
def test_d2_a_sidecar_gets_nothing(settings: Settings) -> None:
    result = applied(pod(), pd("a", sidecars=[container("side")]), pd("b", env=[A1]), settings=settings)
    assert result["spec"]["containers"] == [container(env=[A1]), container("side")]


# ---- the answer ----


@BOTH
def test_x1_two_containers_a_variable_and_a_sidecar(settings: Settings) -> None:
    given = pod(container(), container("two"))
    result = applied(given, pd(env=[A1], sidecars=[container("side")]), settings=settings)
    patched = nbcore.apply(given, nbcore.diff(given, result))
    assert patched["spec"] == result["spec"]
    assert [one["name"] for one in result["spec"]["containers"]] == ["main", "two", "side"]


def test_x2_the_marker_holds_the_version_and_a_long_name_does_not_break_the_pod() -> None:
    long = "n" * 53
    fits = applied(pod(), pd("n" * 52, env=[A1]))["metadata"]["annotations"]
    assert fits[f"{MARK}{'n' * 52}"] == f"7{'n' * 52}"
    found = hook(pod(), pd(long, env=[A1]))
    assert found.object is not None
    assert [one.code for one in found.findings] == ["NB322"]
    assert not any(one.startswith(MARK) for one in found.object["metadata"]["annotations"])
    assert denied(pod(), pd(long, env=[A1]), settings=UPSTREAM)[0].startswith("NB322")


@BOTH
def test_x3_one_refusal_lists_every_conflict(settings: Settings) -> None:
    given = pod(container(env=[A2]), volumes=[{"name": "v", "hostPath": {"path": "/"}}], labels={"k": "x"})
    found = denied(given, pd(env=[A1], volumes=[V], labels={"k": "y"}), settings=settings)
    assert len(found) == 3


@BOTH
def test_x4_a_sidecar_that_is_there_already(settings: Settings) -> None:
    given = pod(container(), container("side"))
    result = applied(given, pd(env=[A1], sidecars=[container("side")]), settings=settings)
    assert result["spec"]["containers"] == [container(env=[A1]), container("side")]
