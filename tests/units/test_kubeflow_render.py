"""Rendering and redirects of Kubeflow Notebooks 2.0, row by row of the reference, in compat and by default.

The names of the tests are the sections: 1.2 labels, 1.3 the pod, 1.4 volumes, 1.5 ports, 1.6 text, 2 redirects.
"""

from __future__ import annotations

import copy
from typing import Any, Final

import pytest

import nbcore
from nbcore.kubernetes.paths import Path
from nbcore.settings import Settings

Json = Any
BOTH: Final = pytest.mark.parametrize("compat", [True, False], ids=["compat", "default"])

KIND: Final[Json] = {
    "apiVersion": "kubeflow.org/v1beta1",
    "kind": "WorkspaceKind",
    "metadata": {"name": "lab"},
    "spec": {
        "spawner": {
            "displayName": "Lab",
            "description": "A lab",
            "icon": {"url": "https://example.com/i.svg"},
            "logo": {"url": "https://example.com/l.svg"},
        },
        "podTemplate": {
            "volumeMounts": {"home": "/home/jovyan"},
            "ports": [
                {"id": "lab", "protocol": "HTTP", "defaultDisplayName": "Lab"},
                {"id": "board", "protocol": "HTTP", "defaultDisplayName": "Board"},
            ],
            "options": {
                "imageConfig": {
                    "spawner": {"default": "a"},
                    "values": [
                        {
                            "id": id_,
                            "spawner": {"displayName": f"Image {id_}"},
                            "spec": {
                                "image": f"registry.example.com/lab:{id_}",
                                "ports": [{"id": "lab", "port": 8888}],
                            },
                        }
                        for id_ in ("a", "b", "c")
                    ],
                },
                "podConfig": {
                    "spawner": {"default": "s"},
                    "values": [
                        {"id": id_, "spawner": {"displayName": f"Size {id_}"}, "spec": {}}
                        for id_ in ("s", "t")
                    ],
                },
            },
        },
    },
}
WORKSPACE: Final[Json] = {
    "apiVersion": "kubeflow.org/v1beta1",
    "kind": "Workspace",
    "metadata": {"name": "demo", "namespace": "team"},
    "spec": {
        "kind": "lab",
        "podTemplate": {"volumes": {}, "options": {"imageConfig": "a", "podConfig": "s"}},
    },
}
POD: Final = "spec.podTemplate"
IMAGE: Final = f"{POD}.options.imageConfig.values[0]"
SIZE: Final = f"{POD}.options.podConfig.values[0].spec"
SYSTEM: Final = {"notebooks.kubeflow.org/workspace-name": "demo", "statefulset": "demo"}


def changed(base: Json, changes: dict[str, Json]) -> Json:
    value = copy.deepcopy(base)
    for text, new in changes.items():
        *above, last = Path.parse(text).indexed
        parent = value
        for step in above:
            parent = parent.setdefault(step, {}) if isinstance(parent, dict) else parent[step]
        parent[last] = new
    return value


def render(kind: Json, workspace: Json, compat: bool) -> nbcore.Rendering:
    """The rendering with some paths of the kind and of the Workspace changed."""
    catalog = nbcore.Catalog([changed(KIND, kind)])
    settings = Settings(compat="kubeflow" if compat else "")
    return nbcore.render(changed(WORKSPACE, workspace), catalog, settings=settings)


def pod(kind: Json, workspace: Json, compat: bool) -> Json:
    found = render(kind, workspace, compat)
    assert found.pod is not None, found.findings
    return found.pod


def main(kind: Json, workspace: Json, compat: bool) -> Json:
    (container,) = pod(kind, workspace, compat)["spec"]["containers"]
    return container


def refusals(kind: Json, workspace: Json, compat: bool) -> list[str]:
    """The codes of the errors; there is a pod exactly where there are none."""
    found = render(kind, workspace, compat)
    errors = sorted({one.code for one in found.findings if one.severity == "error"})
    assert (found.pod is None) == bool(errors)
    return errors


# ---- 1.2 labels and annotations ----


@BOTH
def test_1_2_the_pod_has_the_two_system_labels_alone(compat: bool) -> None:
    assert pod({}, {}, compat)["metadata"] == {"labels": SYSTEM, "namespace": "team"}


@BOTH
def test_1_2_labels_and_annotations_of_kind_pod_config_and_workspace_add_up(compat: bool) -> None:
    kind = {
        f"{POD}.podMetadata": {"labels": {"of": "kind", "a": "kind"}, "annotations": {"x": "kind"}},
        f"{SIZE}.podMetadata": {"labels": {"of": "size", "b": "size"}, "annotations": {"y": "size"}},
    }
    own = {f"{POD}.podMetadata": {"labels": {"c": "own"}, "annotations": {"z": "own"}}}
    metadata = pod(kind, own, compat)["metadata"]
    assert metadata["labels"] == {"of": "size", "a": "kind", "b": "size", "c": "own", **SYSTEM}
    assert metadata["annotations"] == {"x": "kind", "y": "size", "z": "own"}


@pytest.mark.parametrize("field", ["labels", "annotations"])
@pytest.mark.parametrize("place", [f"{POD}.podMetadata", f"{SIZE}.podMetadata"])
def test_1_2_the_users_value_wins_in_compat_and_is_refused_by_default(field: str, place: str) -> None:
    kind, own = {place: {field: {"a": "admin"}}}, {f"{POD}.podMetadata": {field: {"a": "user"}}}
    assert pod(kind, own, True)["metadata"][field]["a"] == "user"
    assert refusals(kind, own, False) == ["NB308"]
    same = {f"{POD}.podMetadata": {field: {"a": "admin"}}}
    assert pod(kind, same, False) == pod(kind, same, True)


@pytest.mark.parametrize("label", SYSTEM)
def test_1_2_the_system_labels_always_win(label: str) -> None:
    kind, own = (
        {f"{POD}.podMetadata": {"labels": {label: "kind"}}},
        {f"{POD}.podMetadata": {"labels": {label: "user"}}},
    )
    assert pod(kind, {}, True)["metadata"]["labels"] == SYSTEM
    assert pod({}, own, True)["metadata"]["labels"] == SYSTEM
    assert refusals({}, own, False) == ["NB308"]


@BOTH
def test_1_2_annotations_that_move_controllers_are_the_users(compat: bool) -> None:
    own = {
        f"{POD}.podMetadata": {"annotations": {"sidecar.istio.io/inject": "false"}},
        f"{POD}.volumes": {"home": "home"},
    }
    found = pod({}, own, compat)
    assert found["metadata"]["annotations"] == {"sidecar.istio.io/inject": "false"}
    assert [one["name"] for one in found["spec"]["volumes"]] == ["home-volume"]


# ---- 1.3 the pod, field by field ----


@BOTH
def test_1_3_nothing_is_set_that_nobody_sets(compat: bool) -> None:
    found = pod({}, {}, compat)
    assert found["spec"].keys() == {"containers", "serviceAccountName"}
    assert main({}, {}, compat).keys() == {"name", "image", "imagePullPolicy", "ports", "resources"}
    assert main({}, {}, compat)["resources"] == {}


@BOTH
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("affinity", {"nodeAffinity": {}}),
        ("nodeSelector", {"pool": "gpu"}),
        ("tolerations", [{"key": "spot", "operator": "Exists"}]),
        ("schedulerName", "volcano"),
    ],
)
def test_1_3_scheduling_comes_from_the_pod_config(field: str, value: Json, compat: bool) -> None:
    assert pod({f"{SIZE}.{field}": value}, {}, compat)["spec"][field] == value
    other = {f"{POD}.options.podConfig.values[1].spec.{field}": value}
    assert field not in pod(other, {}, compat)["spec"]


@BOTH
def test_1_3_the_pod_configs_scheduler_wins_over_the_kinds(compat: bool) -> None:
    kind = {f"{POD}.schedulerName": "of-kind"}
    assert pod(kind, {}, compat)["spec"]["schedulerName"] == "of-kind"
    assert pod({**kind, f"{SIZE}.schedulerName": "of-size"}, {}, compat)["spec"]["schedulerName"] == "of-size"


@BOTH
def test_1_3_security_contexts_come_from_the_kind(compat: bool) -> None:
    kind = {
        f"{POD}.securityContext": {"fsGroup": 100},
        f"{POD}.containerSecurityContext": {"runAsNonRoot": True},
    }
    assert pod(kind, {}, compat)["spec"]["securityContext"] == {"fsGroup": 100}
    assert main(kind, {}, compat)["securityContext"] == {"runAsNonRoot": True}


@BOTH
def test_1_3_the_container_is_main_with_the_chosen_image(compat: bool) -> None:
    own = {f"{POD}.options.imageConfig": "b"}
    container = main({}, own, compat)
    assert (container["name"], container["image"]) == ("main", "registry.example.com/lab:b")


@BOTH
@pytest.mark.parametrize(
    ("given", "becomes"),
    [(None, "IfNotPresent"), ("Always", "Always"), ("Never", "Never"), ("IfNotPresent", "IfNotPresent")],
)
def test_1_3_the_pull_policy_is_the_images(given: str | None, becomes: str, compat: bool) -> None:
    assert main({f"{IMAGE}.spec.imagePullPolicy": given}, {}, compat)["imagePullPolicy"] == becomes


@BOTH
@pytest.mark.parametrize("probe", ["startupProbe", "livenessProbe", "readinessProbe"])
def test_1_3_probes_are_copied_where_they_are_given(probe: str, compat: bool) -> None:
    given = {"tcpSocket": {"port": 8888}}
    container = main({f"{POD}.probes": {probe: given}}, {}, compat)
    assert container[probe] == given
    assert sum(name.endswith("Probe") for name in container) == 1
    assert probe not in main({f"{POD}.probes": {probe: None}}, {}, compat)


@BOTH
def test_1_3_resources_come_from_the_pod_config(compat: bool) -> None:
    resources = {"requests": {"cpu": "100m", "memory": 1024}, "limits": {"nvidia.com/gpu": 1}}
    assert main({f"{SIZE}.resources": resources}, {}, compat)["resources"] == resources


@BOTH
def test_1_3_the_service_account_is_the_workspaces_own(compat: bool) -> None:
    assert pod({}, {}, compat)["spec"]["serviceAccountName"] == "ws-demo"


def test_1_1_a_long_service_account_is_cut_and_gets_a_hash() -> None:
    name = "a" * 253
    account = pod({}, {"metadata.name": name}, True)["spec"]["serviceAccountName"]
    assert account == f"ws-{'a' * 241}-32859a3a"
    assert len(account) == 253


@BOTH
def test_1_10_paused_changes_nothing_of_the_pod(compat: bool) -> None:
    assert pod({}, {"spec.paused": True}, compat) == pod({}, {}, compat)


# ---- 1.4 volumes and mounts ----


@BOTH
def test_1_4_the_order_is_home_data_secrets_and_the_kinds(compat: bool) -> None:
    kind = {
        f"{POD}.extraVolumes": [
            {"name": "z", "emptyDir": {"medium": "Memory"}},
            {"name": "a", "configMap": {"name": "c"}},
        ],
        f"{POD}.extraVolumeMounts": [
            {"name": "a", "mountPath": "/a", "subPath": "x"},
            {"name": "z", "mountPath": "/z"},
            {"name": "home-volume", "mountPath": "/again", "readOnly": True},
        ],
    }
    own = {
        f"{POD}.volumes": {
            "secrets": [{"secretName": "s", "mountPath": "/s"}],
            "data": [{"pvcName": "d", "mountPath": "/d"}, {"pvcName": "d", "mountPath": "/e"}],
            "home": "h",
        }
    }
    found = pod(kind, own, compat)["spec"]
    names = ["home-volume", "data-volume-0", "data-volume-1", "secret-volume-0"]
    assert [one["name"] for one in found["volumes"]] == [*names, "z", "a"]
    paths = [one["mountPath"] for one in found["containers"][0]["volumeMounts"]]
    assert paths == ["/home/jovyan", "/d", "/e", "/s", "/a", "/z", "/again"]


@BOTH
def test_1_4_home_is_mounted_where_the_kind_says_and_never_read_only(compat: bool) -> None:
    own = {f"{POD}.volumes": {"home": "h"}}
    assert pod({}, own, compat)["spec"]["volumes"] == [
        {"name": "home-volume", "persistentVolumeClaim": {"claimName": "h"}}
    ]
    assert main({}, own, compat)["volumeMounts"] == [{"name": "home-volume", "mountPath": "/home/jovyan"}]
    assert "volumes" not in pod({}, {}, compat)["spec"]


@BOTH
@pytest.mark.parametrize(("given", "more"), [(True, {"readOnly": True}), (False, {}), (None, {})])
def test_1_4_read_only_stands_on_claim_and_mount(given: bool | None, more: Json, compat: bool) -> None:
    own = {f"{POD}.volumes": {"data": [{"pvcName": "d", "mountPath": "/d", "readOnly": given}]}}
    (volume,) = pod({}, own, compat)["spec"]["volumes"]
    (mount,) = main({}, own, compat)["volumeMounts"]
    assert volume == {"name": "data-volume-0", "persistentVolumeClaim": {"claimName": "d", **more}}
    assert mount == {"name": "data-volume-0", "mountPath": "/d", **more}


@BOTH
@pytest.mark.parametrize(("given", "becomes"), [(None, 420), (0, 0), (256, 256)])
def test_1_4_the_mode_of_secrets_is_always_set(given: int | None, becomes: int, compat: bool) -> None:
    own = {f"{POD}.volumes": {"secrets": [{"secretName": "s", "mountPath": "/s", "defaultMode": given}]}}
    (volume,) = pod({}, own, compat)["spec"]["volumes"]
    assert volume == {"name": "secret-volume-0", "secret": {"secretName": "s", "defaultMode": becomes}}
    assert main({}, own, compat)["volumeMounts"] == [{"name": "secret-volume-0", "mountPath": "/s"}]


CLAIM: Final = {"pvcName": "d", "mountPath": "/x"}
SECRET: Final = {"secretName": "s", "mountPath": "/x"}
EXTRA: Final = {
    f"{POD}.extraVolumes": [{"name": "e", "emptyDir": {}}],
    f"{POD}.extraVolumeMounts": [{"name": "e", "mountPath": "/x"}],
}


@pytest.mark.parametrize(
    ("kind", "volumes", "kept", "left"),
    [
        ({f"{POD}.volumeMounts.home": "/x"}, {"home": "h", "data": [CLAIM]}, "home-volume", ["home-volume"]),
        (
            {f"{POD}.volumeMounts.home": "/x"},
            {"home": "h", "secrets": [SECRET]},
            "home-volume",
            ["home-volume"],
        ),
        ({}, {"data": [CLAIM], "secrets": [SECRET]}, "data-volume-0", ["data-volume-0"]),
        (EXTRA, {"data": [CLAIM]}, "data-volume-0", ["data-volume-0", "e"]),
        (EXTRA, {"secrets": [SECRET]}, "secret-volume-0", ["secret-volume-0", "e"]),
        (
            {**EXTRA, f"{POD}.volumeMounts.home": "/x"},
            {"home": "h"},
            "home-volume",
            ["home-volume", "e"],
        ),
    ],
)
def test_1_4_who_is_first_has_the_path_in_compat_and_nobody_by_default(
    kind: Json, volumes: Json, kept: str, left: list[str]
) -> None:
    own = {f"{POD}.volumes": volumes}
    found = pod(kind, own, True)["spec"]
    assert found["containers"][0]["volumeMounts"] == [{"name": kept, "mountPath": "/x"}]
    assert [one["name"] for one in found["volumes"]] == left
    assert refusals(kind, own, False) == ["NB309"]


def test_1_4_numbers_have_gaps_where_something_was_dropped() -> None:
    data = [{"pvcName": "d", "mountPath": path} for path in ("/home/jovyan", "/b")]
    own = {f"{POD}.volumes": {"home": "h", "data": data}}
    assert [one["name"] for one in pod({}, own, True)["spec"]["volumes"]] == ["home-volume", "data-volume-1"]
    assert refusals({}, own, False) == ["NB309"]


def test_1_4_paths_are_compared_as_they_are_written_in_compat() -> None:
    data = [{"pvcName": "d", "mountPath": path} for path in ("/b", "/b/")]
    own = {f"{POD}.volumes": {"data": data}}
    assert [one["mountPath"] for one in main({}, own, True)["volumeMounts"]] == ["/b", "/b/"]
    assert refusals({}, own, False) == ["NB309"]


@pytest.mark.parametrize("volumes", [{}, {"home": "h"}], ids=["no volumes", "home"])
def test_1_4_a_mount_of_an_unknown_volume_is_dropped_in_compat_and_stays_by_default(volumes: Json) -> None:
    kind = {f"{POD}.extraVolumeMounts": [{"name": "gone", "mountPath": "/gone"}]}
    own = {f"{POD}.volumes": volumes}
    assert "/gone" not in [one["mountPath"] for one in main(kind, own, True).get("volumeMounts", ())]
    assert "/gone" in [one["mountPath"] for one in main(kind, own, False)["volumeMounts"]]


def test_1_4_a_volume_of_the_kind_is_shadowed_by_a_users_in_compat() -> None:
    kind = {
        f"{POD}.extraVolumes": [{"name": "data-volume-0", "emptyDir": {}}],
        f"{POD}.extraVolumeMounts": [{"name": "data-volume-0", "mountPath": "/admin"}],
    }
    own = {f"{POD}.volumes": {"data": [CLAIM]}}
    found = pod(kind, own, True)["spec"]
    assert [one.get("persistentVolumeClaim") for one in found["volumes"]] == [{"claimName": "d"}]
    assert [one["mountPath"] for one in found["containers"][0]["volumeMounts"]] == ["/x", "/admin"]
    assert refusals(kind, own, False) == ["NB309"]


@BOTH
@pytest.mark.parametrize("path", ["/proc", "/etc/extra", "/data/../else"])
def test_1_4_a_place_that_is_unwise_is_mounted_with_everything_else(path: str, compat: bool) -> None:
    data = [{"pvcName": "d", "mountPath": path}, {"pvcName": "d", "mountPath": "/fine"}]
    own = {f"{POD}.volumes": {"home": "h", "data": data}}
    mounts = [one["mountPath"] for one in main({}, own, compat)["volumeMounts"]]
    assert mounts == ["/home/jovyan", path, "/fine"]


# ---- 1.5 ports ----


@BOTH
def test_1_5_ports_are_named_by_number_in_the_order_of_the_image(compat: bool) -> None:
    kind = {f"{IMAGE}.spec.ports": [{"id": "board", "port": 6006}, {"id": "lab", "port": 8888}]}
    assert main(kind, {}, compat)["ports"] == [
        {"name": "http-6006", "containerPort": 6006, "protocol": "TCP"},
        {"name": "http-8888", "containerPort": 8888, "protocol": "TCP"},
    ]


@BOTH
def test_1_5_a_number_that_stands_twice_is_an_error(compat: bool) -> None:
    kind = {f"{IMAGE}.spec.ports": [{"id": "board", "port": 8888}, {"id": "lab", "port": 8888}]}
    assert refusals(kind, {}, compat) == ["NB222"]
    assert refusals(kind, {f"{POD}.options.imageConfig": "b"}, compat) == []


# ---- 1.6 env and text ----


def env(value: Json, compat: bool, ports: Json = None) -> Json:
    kind = {f"{POD}.extraEnv": [{"name": "A", "value": value}]}
    if ports:
        kind[f"{IMAGE}.spec.ports"] = ports
    (found,) = main(kind, {}, compat)["env"]
    return found["value"]


PATH: Final = "/workspace/connect/team/demo/lab/"


@BOTH
@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("plain", "plain"),
        ("", ""),
        ("a } b }} c", "a } b }} c"),
        ('{{ httpPathPrefix "lab" }}', PATH),
        ("{{ httpPathPrefix `lab` }}", PATH),
        ('{{httpPathPrefix "lab"}}', PATH),
        ('a{{httpPathPrefix "lab"}}b{{httpPathPrefix "lab"}}', f"a{PATH}b{PATH}"),
        ('a  {{- httpPathPrefix "lab" -}}\n b', f"a{PATH}b"),
        ("a {{/* no */}} b", "a  b"),
        ("a {{- /* no */ -}} b", "ab"),
        ('{{ httpPathPrefix "\\x6cab" }}', PATH),
        ('{{ httpPathPrefix "lab"\n}}', PATH),
    ],
)
def test_1_6_what_is_evaluated(text: str, becomes: str, compat: bool) -> None:
    assert env(text, compat) == becomes


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ('x{{ httpPathPrefix "gone" }}y', "xy"),
        ('{{ httpPathPrefix "board" }}', ""),
        ("{{ .PathPrefix }}", "<no value>"),
        ("{{ . }}", "<no value>"),
        ("{{.a.b}}-{{ $ }}", "<no value>-<no value>"),
    ],
)
def test_1_6_what_upstream_renders_as_nothing_is_refused_by_default(text: str, becomes: str) -> None:
    assert env(text, True) == becomes
    assert refusals({f"{POD}.extraEnv": [{"name": "A", "value": text}]}, {}, False) == ["NB212"]


@BOTH
@pytest.mark.parametrize(
    "text",
    [
        "{{ httpPathPrefix 'lab' }}",
        '{{ "lab" | httpPathPrefix }}',
        '{{ $p := "lab" }}{{ httpPathPrefix $p }}',
        "{{ httpPathPrefix }}",
        '{{ httpPathPrefix "lab" "lab" }}',
        "{{ httpPathPrefix 1 }}",
        '{{ unknown "lab" }}',
        "{{",
        "{{}}",
        '{{ printf "a" }}',
        "{{ if true }}a{{ end }}",
        '{{ define "x" }}{{ template "x" }}{{ end }}{{ template "x" }}',
    ],
)
def test_1_6_what_is_refused_by_both(text: str, compat: bool) -> None:
    assert refusals({f"{POD}.extraEnv": [{"name": "A", "value": text}]}, {}, compat) == ["NB212"]


@BOTH
def test_1_6_a_prefix_knows_the_ports_of_the_chosen_image_alone(compat: bool) -> None:
    kind = {
        f"{POD}.extraEnv": [{"name": "A", "value": '{{ httpPathPrefix "board" }}'}],
        f"{POD}.options.imageConfig.values[1].spec.ports": [{"id": "board", "port": 6006}],
    }
    own = {f"{POD}.options.imageConfig": "b"}
    assert main(kind, own, compat)["env"] == [{"name": "A", "value": PATH.replace("lab", "board")}]
    assert refusals(kind, {}, compat) == ([] if compat else ["NB212"])


@BOTH
def test_1_6_variables_keep_their_order_and_sources_pass_through(compat: bool) -> None:
    given = [
        {"name": "Z", "value": "1"},
        {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "A"},
    ]
    assert main({f"{POD}.extraEnv": given}, {}, compat)["env"] == given


@BOTH
def test_1_6_a_workspace_without_variables_gets_none(compat: bool) -> None:
    assert "env" not in main({}, {}, compat)


# ---- 2 redirects ----


def redirect(group: str, *steps: tuple[str, str]) -> Json:
    ids = {"imageConfig": "abc", "podConfig": "st"}[group]
    return {
        f"{POD}.options.{group}.values[{ids.index(source)}].redirect": {"to": target}
        for source, target in steps
    }


@BOTH
def test_2_1_a_chain_is_followed_to_its_end_and_the_current_value_is_rendered(compat: bool) -> None:
    kind = redirect("imageConfig", ("a", "b"), ("b", "c"))
    found = render(kind, {}, compat)
    result = found.selection["imageConfig"]
    assert (result.outcome, result.chosen, result.value) == ("Redirected", "a", "a")
    assert [(step.source, step.target) for step in result.chain] == [("a", "b"), ("b", "c")]
    assert found.pod == pod({}, {}, compat)


@BOTH
def test_2_1_a_value_without_a_redirect_has_no_chain(compat: bool) -> None:
    kind = redirect("imageConfig", ("a", "b"), ("b", "c"))
    result = render(kind, {f"{POD}.options.imageConfig": "c"}, compat).selection["imageConfig"]
    assert (result.outcome, result.value, result.chain) == ("Selected", "c", ())


@BOTH
@pytest.mark.parametrize("group", ["imageConfig", "podConfig"])
def test_2_1_an_option_that_is_not_there_is_an_error(group: str, compat: bool) -> None:
    own = {f"{POD}.options.{group}": "gone"}
    assert refusals({}, own, compat) == ["NB204"]
    assert render({}, own, compat).selection[group].outcome == "Gone"


@pytest.mark.parametrize(
    ("group", "steps", "outcome", "code"),
    [
        ("imageConfig", [("a", "a")], "Cycle", "NB208"),
        ("imageConfig", [("a", "b"), ("b", "a")], "Cycle", "NB208"),
        ("imageConfig", [("a", "b"), ("b", "b")], "Cycle", "NB208"),
        ("imageConfig", [("a", "gone")], "Broken", "NB207"),
        ("imageConfig", [("a", "b"), ("b", "gone")], "Broken", "NB207"),
        ("podConfig", [("s", "t"), ("t", "s")], "Cycle", "NB208"),
        ("podConfig", [("s", "gone")], "Broken", "NB207"),
    ],
)
def test_2_1_a_chain_that_leads_nowhere_has_no_pod_in_compat_and_the_current_one_by_default(
    group: str, steps: list[tuple[str, str]], outcome: str, code: str
) -> None:
    kind = redirect(group, *steps)
    for compat in (True, False):
        assert render(kind, {}, compat).selection[group].outcome == outcome
    assert refusals(kind, {}, True) == [code]
    assert pod(kind, {}, False) == pod({}, {}, False)
    (warning,) = [one for one in render(kind, {}, False).findings if one.severity == "warning"]
    assert (warning.code, warning.path.keyed) == (code, f"spec.podTemplate.options.{group}")


@BOTH
def test_2_1_a_broken_chain_of_a_value_that_is_not_chosen_is_of_no_matter(compat: bool) -> None:
    kind = {**redirect("imageConfig", ("b", "gone")), **redirect("podConfig", ("t", "t"))}
    assert pod(kind, {}, compat) == pod({}, {}, compat)


@BOTH
def test_2_1_hidden_and_filtered_targets_are_targets(compat: bool) -> None:
    kind = {
        **redirect("imageConfig", ("a", "b")),
        f"{POD}.options.imageConfig.values[1].spawner.hidden": True,
    }
    result = render(kind, {}, compat).selection["imageConfig"]
    assert [step.target for step in result.chain] == ["b"]


@BOTH
def test_2_3_the_message_of_each_step_is_kept_with_its_level(compat: bool) -> None:
    kind = {
        f"{POD}.options.imageConfig.values[0].redirect": {
            "to": "b",
            "message": {"level": "Danger", "text": "leaks"},
        },
        f"{POD}.options.imageConfig.values[1].redirect": {
            "to": "c",
            "message": {"level": "Info", "text": "newer"},
        },
    }
    result = render(kind, {}, compat).selection["imageConfig"]
    assert [(one.level, one.text) for one in result.messages] == [("Danger", "leaks"), ("Info", "newer")]


@BOTH
def test_1_0_a_workspace_without_its_kind_is_an_error(compat: bool) -> None:
    assert refusals({}, {"spec.kind": "gone"}, compat) == ["NB201"]
