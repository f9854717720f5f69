"""Kubeflow's kinds: each rule of their CRDs, passing and failing, with the words, places and remedies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nbcore import dialects
from nbcore.dialects.kubeflow_v2_kinds import Workspace, WorkspaceKind, printed, transitions
from nbcore.kubernetes.paths import Path
from nbcore.model.notebook import Notebook
from nbcore.model.template import Template
from tests.units.workspaces import (
    DROP,
    IMAGE,
    KIND,
    POD,
    RULE,
    SIZE,
    VALUE,
    WORKSPACE,
    base_of,
    changed,
    parsed,
)

Json = Any


def problems(path: str, new: Json) -> list[tuple[str, str]]:
    return [(one.code, one.path.keyed) for one in parsed(changed(base_of(path), {path: new})).findings]


# ---- what is read ----


def test_every_field_is_read_under_its_own_name() -> None:
    kind, workspace = parsed(KIND).object, parsed(WORKSPACE).object
    assert isinstance(kind, WorkspaceKind)
    assert isinstance(workspace, Workspace)
    pod = kind.spec.pod_template
    assert pod.options.image_config.values[0].spec.ports[0].port == 8888
    assert pod.options.pod_config.values[0].spec.stateful_set_metadata is not None
    assert pod.extra_volume_mounts == ({"name": "dshm", "mountPath": "/dev/shm"},)
    assert workspace.spec.pod_template.volumes.data[0].pvc_name == "data"


def test_what_is_left_out_has_the_default_of_the_crd() -> None:
    kind, workspace = parsed(KIND).object, parsed(WORKSPACE).object
    assert isinstance(kind, WorkspaceKind)
    assert isinstance(workspace, Workspace)
    pod = kind.spec.pod_template
    assert pod.activity_probe is not None
    assert (pod.activity_probe.min_probe_interval_seconds, pod.activity_probe.probe_interval_seconds) == (
        300,
        3600,
    )
    assert pod.options.image_config.values[0].spec.image_pull_policy == "IfNotPresent"
    assert kind.spec.activity_rules[0].config.min_running_seconds == 0
    assert workspace.spec.pod_template.volumes.secrets[0].default_mode == 420
    assert workspace.spec.pod_template.volumes.data[0].read_only is False


def test_parts_of_a_kind_know_where_they_stand() -> None:
    template = dialects.parse(KIND).object
    assert isinstance(template, Template)
    images, sizes = template.spec.options
    image = images.values[0]
    places = (
        (template.spec.display, "spec.spawner"),
        (template.spec.ports[0], "spec.podTemplate.ports[0]"),
        (images, "spec.podTemplate.options.imageConfig"),
        (image, "spec.podTemplate.options.imageConfig.values[0]"),
        (image.display, "spec.podTemplate.options.imageConfig.values[0].spawner"),
        (image.ports[0], "spec.podTemplate.options.imageConfig.values[0].spec.ports[0]"),
        (sizes.values[0], "spec.podTemplate.options.podConfig.values[0]"),
    )
    assert [str(part.origin.path()) for part, _ in places] == [place for _, place in places]


def test_parts_of_a_workspace_know_where_they_stand() -> None:
    notebook = dialects.parse(WORKSPACE).object
    assert isinstance(notebook, Notebook)
    spec = notebook.spec
    assert str(spec.template_ref.origin.path()) == "spec.kind"
    assert str(spec.volumes.data[0].origin.path()) == "spec.podTemplate.volumes.data[0]"
    assert str(notebook.origin.path("spec", "stopped")) == "spec.paused"


def test_nulls_are_dropped_as_the_server_drops_them() -> None:
    nulls: dict[str, Json] = {
        "spec.spawner.hidden": None,
        "spec.spawner.icon.configMap": None,
        f"{POD}.extraEnv[0].valueFrom": None,
        f"{POD}.extraVolumes[0].emptyDir.sizeLimit": None,
        f"{POD}.podMetadata.labels.a": None,
        f"{VALUE}.spec.imagePullPolicy": None,
    }
    kind = parsed(changed(KIND, nulls)).object
    assert isinstance(kind, WorkspaceKind)
    pod = kind.spec.pod_template
    assert pod.extra_env == ({"name": "NB_PREFIX", "value": "{{ httpPathPrefix 'lab' }}"},)
    assert pod.extra_volumes == ({"name": "dshm", "emptyDir": {"medium": "Memory"}},)
    assert pod.pod_metadata is not None
    assert pod.pod_metadata.labels == {}
    assert pod.options.image_config.values[0].spec.image_pull_policy == "IfNotPresent"


# ---- bounds and forms ----

SUBDOMAINS = ("a", "foo.bar", "x" * 253), ("", "A", "a_b", "a.", "-a", "x" * 254, "a\n", "é", 1)
MOUNTS = (
    ("/a", "/home/", "/a/../b", "/a//b", f"/{'x' * 4095}"),
    ("/", "//a", "a", "", "/a\nb", f"/{'x' * 4096}"),
)
PORT_IDS = ("a", "a_b-c", "x" * 32), ("", "A", "a-", "_a", "a.b", "x" * 33)
IDS = ("a", "a.b/c:d", "日本", "x" * 256), ("", "x" * 257, 1)
FORMS: dict[str, tuple[tuple[Json, ...], tuple[Json, ...]]] = {
    "spec.paused": ((True, False), ("true", 1, 0)),
    "spec.displayName": (("a", "x" * 128, "é" * 128), ("", "x" * 129)),
    "spec.kind": SUBDOMAINS,
    f"{POD}.volumes.home": SUBDOMAINS,
    f"{POD}.volumes.data[0].pvcName": SUBDOMAINS,
    f"{POD}.volumes.data[0].mountPath": MOUNTS,
    f"{POD}.volumes.data[0].readOnly": ((True,), ("true",)),
    f"{POD}.volumes.secrets[0].secretName": SUBDOMAINS,
    f"{POD}.volumes.secrets[0].mountPath": MOUNTS,
    f"{POD}.volumes.secrets[0].defaultMode": ((0, 511, 420.0), (-1, 512, "420", True, 0.5)),
    "spec.spawner.displayName": (("ab", "x" * 128), ("a", "x" * 129)),
    "spec.spawner.description": (("ab", "x" * 4096), ("a", "x" * 4097)),
    "spec.spawner.hidden": ((True,), ("yes",)),
    "spec.spawner.deprecated": ((True,), (1,)),
    "spec.spawner.deprecationMessage": (("ab", "x" * 256), ("a", "x" * 257)),
    "spec.spawner.logo.configMap.name": SUBDOMAINS,
    "spec.spawner.logo.configMap.namespace": (("a", "x" * 63), ("", "a.b", "x" * 64)),
    "spec.spawner.logo.configMap.key": (("..", "A_b-c.svg", "x" * 253), ("", "a/b", "a b", "é", "x" * 254)),
    "spec.spawner.logo.configMap.mediaType": (("image/svg+xml",), ("image/png",)),
    f"{POD}.serviceAccount.clusterRoles[0].name": (
        ("a", "...", ".a", "A:b", "x" * 253),
        ("", ".", "..", "a/b", "a%b", "x" * 254),
    ),
    f"{POD}.activityProbe.jupyter.portId": PORT_IDS,
    f"{POD}.activityProbe.minProbeIntervalSeconds": ((1, 3600), (0, 31_536_001, 60.0, "60")),
    f"{POD}.activityProbe.probeIntervalSeconds": ((300, 31_536_000), (0, 31_536_001, 3600.0)),
    f"{POD}.volumeMounts.home": MOUNTS,
    f"{POD}.ports": ((KIND["spec"]["podTemplate"]["ports"],), ([], {}, "lab")),
    f"{POD}.ports[0].id": PORT_IDS,
    f"{POD}.ports[0].protocol": (("HTTP",), ("TCP", "http")),
    f"{POD}.ports[0].defaultDisplayName": (("ab", "x" * 64), ("a", "x" * 65)),
    f"{POD}.ports[0].httpProxy.removePathPrefix": ((True,), ("true",)),
    f"{POD}.ports[0].httpProxy.requestHeaders": (
        ({"set": {"X": ""}, "add": {}, "remove": [""]},),
        ({"set": {"X": 1}}, {"remove": "X"}),
    ),
    f"{POD}.schedulerName": SUBDOMAINS,
    f"{POD}.options.imageConfig.spawner.default": IDS,
    f"{POD}.options.podConfig.values": (([SIZE],), ([], None)),
    f"{VALUE}.id": IDS,
    f"{VALUE}.spawner.displayName": (("ab", "x" * 128), ("a", "x" * 129)),
    f"{VALUE}.spawner.description": (("ab", "x" * 1024), ("a", "x" * 1025)),
    f"{VALUE}.spawner.labels": (
        ([], [{"key": f"k{at}", "value": "v"} for at in range(32)]),
        ([{"key": f"k{at}", "value": "v"} for at in range(33)],),
    ),
    f"{VALUE}.spawner.labels[0].key": (("ab", "no label key!", "x" * 64), ("a", "x" * 65)),
    f"{VALUE}.spawner.labels[0].value": (("a", "no label value!", "x" * 64), ("", "x" * 65)),
    f"{VALUE}.redirect.to": IDS,
    f"{VALUE}.redirect.message.level": (("Info", "Warning", "Danger"), ("info", "Error")),
    f"{VALUE}.redirect.message.text": (("ab", "x" * 1024), ("a", "x" * 1025)),
    f"{VALUE}.spec.image": (("ab", "not an image"), ("a", 1)),
    f"{VALUE}.spec.imagePullPolicy": (("Always", "IfNotPresent", "Never"), ("always", "")),
    f"{VALUE}.spec.ports": (([{"id": "a", "port": 1}],), ([],)),
    f"{VALUE}.spec.ports[0].id": PORT_IDS,
    f"{VALUE}.spec.ports[0].port": ((1, 65535, 8888.0), (0, 65536, "8888", True)),
    f"{VALUE}.spec.ports[0].displayName": (("ab", "x" * 64), ("a", "x" * 65)),
    f"{POD}.options.podConfig.values[0].spec.schedulerName": SUBDOMAINS,
    f"{POD}.options.podConfig.values[0].spec.nodeSelector": (({"": ""},), ({"a": 1}, [])),
    "spec.activityRules[0].config.secondsSinceActive": ((16, 2**31 - 1, 20.0), (15, 2**31, "20")),
    "spec.activityRules[0].config.minRunningSeconds": ((0,), (-1,)),
    "spec.activityRules[0].match": ((None, {}), ([],)),
    "spec.filterRules[0].scope": (("WORKSPACE_KIND", "POD_CONFIG"), ("NAMESPACE",)),
    "spec.filterRules[0].match": (([{"matchNamespace": {"selector": {}}}],), ([], [{"matchNamespace": {}}])),
    "spec.filterRules[0].effect.ui": ((None, {"hide": False}), ({},)),
    "spec.filterRules[0].effect.api.denyMessage.text": (("ab", "x" * 1024), ("a", "x" * 1025)),
}


@pytest.mark.parametrize("path", FORMS)
def test_a_field_has_the_bounds_and_the_form_of_the_crd(path: str) -> None:
    right, wrong = FORMS[path]
    assert [one for one in right if problems(path, one)] == []
    assert [one for one in wrong if not problems(path, one)] == []
    whole = changed(base_of(path), {path: wrong[0]})
    (first, *_) = parsed(whole).findings
    assert first.path.indexed[: len(Path.parse(path))] == Path.parse(path).indexed


REQUIRED = (
    *("spec.kind", f"{POD}.volumes.data[0].pvcName", f"{POD}.volumes.data[0].mountPath", "spec.spawner"),
    *("spec.spawner.icon", "spec.spawner.logo", "spec.spawner.displayName", "spec.spawner.description"),
    *(f"spec.spawner.logo.configMap.{one}" for one in ("name", "namespace", "key", "mediaType")),
    *(f"{POD}.volumeMounts", f"{POD}.volumeMounts.home", f"{POD}.ports", f"{POD}.options", f"{VALUE}.id"),
    *(f"{POD}.ports[0].{one}" for one in ("id", "protocol", "defaultDisplayName")),
    *(f"{VALUE}.{one}" for one in ("spawner", "spec", "spec.image", "spec.ports", "redirect.to")),
    *(f"{VALUE}.spec.ports[0].{one}" for one in ("id", "port")),
    *(f"{POD}.options.podConfig.{one}" for one in ("spawner", "values", "values[0].spec")),
    *(f"{POD}.activityProbe.jupyter.{one}" for one in ("lastActivity", "portId")),
    *(f"{POD}.extraEnv[0].name", f"{POD}.extraVolumeMounts[0].mountPath", f"{POD}.extraVolumes[0].name"),
    *("spec.activityRules[0].config", "spec.activityRules[0].effect", f"{RULE}.scope", f"{RULE}.effect"),
    *(f"{RULE}.match", f"{RULE}.effect.ui.hide", f"{RULE}.effect.api.denyMessage.text"),
    f"{RULE}.match[0].matchPodConfig.selector",
)


@pytest.mark.parametrize("path", REQUIRED)
@pytest.mark.parametrize("new", [DROP, None], ids=["dropped", "null"])
def test_a_required_field_is_missed(path: str, new: Json) -> None:
    base = WORKSPACE if path.startswith(f"{POD}.volumes.") else base_of(path)
    (found,) = parsed(changed(base, {path: new})).findings
    assert (found.code, found.path.indexed) == ("NB107", Path.parse(path).indexed)


# ---- rules across fields ----

PROBE = f"{POD}.activityProbe"
RULES: list[tuple[str, Json, Json, str, str]] = [
    (
        "spec.spawner.icon",
        {"url": ""},
        {},
        "icon: has both url and configMap, or none of them",
        "give exactly one of url and configMap",
    ),
    (
        "spec.spawner.logo",
        {"url": "x", "configMap": None},
        {"url": "x", "configMap": KIND["spec"]["spawner"]["logo"]["configMap"]},
        "logo: has both url and configMap, or none of them",
        "give exactly one of url and configMap",
    ),
    (
        PROBE,
        {"podExec": {"script": "x"}},
        {},
        "activityProbe: has both podExec and jupyter, or none of them",
        "give exactly one of podExec and jupyter",
    ),
    (
        PROBE,
        {"podExec": {"script": "x"}, "minProbeIntervalSeconds": 3600},
        {"podExec": {"script": "x"}, "minProbeIntervalSeconds": 3601},
        "activityProbe: minProbeIntervalSeconds must be at most probeIntervalSeconds, but they are 3601 and 3600",
        "lower the first or raise the second; left out, they are 300 and 3600",
    ),
    (
        PROBE,
        {"podExec": {"script": "x"}, "probeIntervalSeconds": 300},
        {"podExec": {"script": "x"}, "probeIntervalSeconds": 299},
        "activityProbe: minProbeIntervalSeconds must be at most probeIntervalSeconds, but they are 300 and 299",
        "lower the first or raise the second; left out, they are 300 and 3600",
    ),
    (
        f"{PROBE}.jupyter",
        {"lastActivity": True, "portId": "lab"},
        {"lastActivity": False, "portId": "lab"},
        "jupyter: lastActivity must be true",
        "set it to true, or remove the probe",
    ),
    (
        "spec.activityRules[0].effect",
        {"pauseWorkspace": False},
        {"pauseWorkspace": None},
        "effect: has no effect",
        "add pauseWorkspace",
    ),
    (f"{RULE}.effect", {"api": {}}, {}, "effect: has no effect", "add ui or api"),
    (
        f"{RULE}.effect.api",
        {"deny": True, "denyMessage": {"text": "ab"}},
        {"deny": False, "denyMessage": {"text": "ab"}},
        "api: denyMessage may only be set when deny is true",
        "set deny to true, or remove denyMessage",
    ),
    (
        f"{RULE}.effect.api",
        {"deny": False},
        {"denyMessage": {"text": "ab"}},
        "api: denyMessage may only be set when deny is true",
        "set deny to true, or remove denyMessage",
    ),
    (
        f"{RULE}.match[0]",
        {"matchImageConfig": {"selector": {}}},
        {"matchImageConfig": {"selector": {}}, "matchNamespace": {"selector": {}}},
        "match[0]: has several conditions, or none",
        "give exactly one of matchNamespace, matchImageConfig and matchPodConfig",
    ),
]


@pytest.mark.parametrize(("path", "right", "wrong", "message", "remedy"), RULES)
def test_a_rule_across_fields(path: str, right: Json, wrong: Json, message: str, remedy: str) -> None:
    assert parsed(changed(KIND, {path: right})).findings == ()
    (found,) = parsed(changed(KIND, {path: wrong})).findings
    assert (found.code, found.message, found.remedy) == ("NB106", message, remedy)
    assert found.path.indexed == Path.parse(path).indexed


# ---- lists with keys ----

LISTS: dict[str, tuple[Json, str]] = {
    f"{POD}.options.imageConfig.values": (IMAGE, "id"),
    f"{POD}.options.podConfig.values": (SIZE, "id"),
    f"{POD}.ports": (KIND["spec"]["podTemplate"]["ports"][0], "id"),
    f"{VALUE}.spec.ports": ({"id": "lab", "port": 1}, "id"),
    f"{VALUE}.spawner.labels": ({"key": "python", "value": "2"}, "key"),
    f"{POD}.serviceAccount.clusterRoles": ({"name": "system:view"}, "name"),
    f"{POD}.extraEnv": ({"name": "NB_PREFIX"}, "name"),
    f"{POD}.extraVolumeMounts": ({"name": "other", "mountPath": "/dev/shm"}, "mountPath"),
    f"{POD}.extraVolumes": ({"name": "dshm"}, "name"),
    f"{POD}.volumes.data": ({"pvcName": "other", "mountPath": "/data"}, "mountPath"),
    f"{POD}.volumes.secrets": ({"secretName": "other", "mountPath": "/data"}, "mountPath"),
}


@pytest.mark.parametrize("path", LISTS)
def test_a_key_stands_once_in_a_list(path: str) -> None:
    element, key = LISTS[path]
    base = WORKSPACE if ".volumes." in path else KIND
    other = {**element, key: f"{element[key]}x"}
    assert parsed(changed(base, {f"{path}[1]": other})).findings == ()
    (found,) = parsed(changed(base, {f"{path}[1]": element})).findings
    assert (found.code, found.path.indexed) == ("NB106", Path.parse(f"{path}[1]").indexed)
    assert found.message.endswith(f"[1]: the {key} {element[key]} stands twice in this list")
    assert found.remedy == f"remove one of the two, or give it another {key}"


def test_a_long_key_that_stands_twice_is_cut() -> None:
    twice = [{**IMAGE, "id": "x" * 256}] * 2
    (found,) = parsed(changed(KIND, {f"{POD}.options.imageConfig.values": twice})).findings
    assert found.message == f"values[1]: the id {'x' * 64}… stands twice in this list"


# ---- what cannot be changed ----


def test_only_the_home_of_a_kind_and_the_kind_of_a_workspace_cannot_be_changed() -> None:
    kind, workspace = parsed(KIND).object, parsed(WORKSPACE).object
    moved = parsed(changed(KIND, {f"{POD}.volumeMounts.home": "/home/ada"})).object
    other = parsed(changed(WORKSPACE, {"spec.kind": "rstudio"})).object
    renamed = parsed(changed(KIND, {"spec.spawner.displayName": "Lab", f"{VALUE}.id": "other"})).object
    assert isinstance(kind, WorkspaceKind)
    assert isinstance(moved, WorkspaceKind)
    assert isinstance(renamed, WorkspaceKind)
    assert isinstance(workspace, Workspace)
    assert isinstance(other, Workspace)
    assert list(transitions(kind, renamed)) == []
    assert list(transitions(workspace, workspace)) == []
    home = ("spec", "podTemplate", "volumeMounts", "home")
    assert list(transitions(kind, moved)) == [(home, "the mount path of home cannot be changed")]
    assert list(transitions(workspace, other)) == [
        (("spec", "kind"), "the kind of a Workspace cannot be changed")
    ]
    with pytest.raises(TypeError, match="a WorkspaceKind does not become a Workspace"):
        list(transitions(kind, workspace))


# ---- printing ----


@pytest.mark.parametrize("base", [KIND, WORKSPACE], ids=["WorkspaceKind", "Workspace"])
def test_what_was_read_is_printed_as_it_was(base: Json) -> None:
    whole = parsed(base).object
    assert isinstance(whole, WorkspaceKind | Workspace)
    assert printed(whole) == base
    assert json.loads(json.dumps(printed(whole))) == base
