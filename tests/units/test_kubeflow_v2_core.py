"""What Kubeflow's kinds embed: pod types, statuses, unknown fields; and input that means harm."""

from __future__ import annotations

import time
from typing import Any

import pytest

from nbcore.dialects.kubeflow_v2_kinds import Workspace, WorkspaceKind, printed
from nbcore.kubernetes.paths import Path
from tests.units.workspaces import (
    AS_WRITTEN,
    IMAGE,
    KIND,
    POD,
    RULE,
    VALUE,
    WORKSPACE,
    base_of,
    changed,
    parsed,
)

Json = Any

# ---- embedded types ----

EMBEDDED: list[tuple[str, Json, str, str, str, str]] = [
    (
        f"{POD}.extraEnv[0].valu",
        "x",
        "NB105",
        f"{POD}.extraEnv[NB_PREFIX].valu",
        "there is no field valu here",
        "did you mean value?",
    ),
    (
        f"{POD}.extraEnv[0].value",
        1,
        "NB106",
        f"{POD}.extraEnv[NB_PREFIX].value",
        "value must be a text, not a whole number",
        "put it in quotes",
    ),
    (
        f"{POD}.options.podConfig.values[0].spec.resources.requests.cpu",
        0.5,
        "NB106",
        f"{POD}.options.podConfig.values[small].spec.resources.requests.cpu",
        "cpu: must be a quantity: a whole number, or a text such as '500m' or '2Gi'",
        "put a number with a fraction in quotes; units are m, k, M, G, T, Ki, Mi, Gi and Ti",
    ),
    (
        f"{POD}.probes.livenessProbe.httpGet.port",
        True,
        "NB106",
        f"{POD}.probes.livenessProbe.httpGet.port",
        "port: must be a whole number or a text",
        "write a number or a name",
    ),
    (
        f"{POD}.probes.livenessProbe.periodSeconds",
        2**31,
        "NB106",
        f"{POD}.probes.livenessProbe.periodSeconds",
        "periodSeconds must be at most 2147483647",
        AS_WRITTEN,
    ),
    (
        f"{POD}.securityContext.fsGroup",
        -(2**63) - 1,
        "NB106",
        f"{POD}.securityContext.fsGroup",
        f"fsGroup must be at least {-(2**63)}",
        AS_WRITTEN,
    ),
    (
        f"{POD}.containerSecurityContext.capabilities.drop",
        "ALL",
        "NB106",
        f"{POD}.containerSecurityContext.capabilities.drop",
        "drop must be a list, not a text",
        'put it in a list: start it with "- "',
    ),
    (
        f"{POD}.containerSecurityContext.privileged",
        "true",
        "NB106",
        f"{POD}.containerSecurityContext.privileged",
        "privileged must be true or false, not a text",
        "the quotes make it a text: remove them",
    ),
    (
        f"{POD}.options.podConfig.values[0].spec.tolerations[0].key",
        None,
        "",
        "",
        "",
        "",
    ),
    (
        f"{POD}.options.podConfig.values[0].spec.affinity",
        [],
        "NB106",
        f"{POD}.options.podConfig.values[small].spec.affinity",
        "affinity must be an object, not a list",
        AS_WRITTEN,
    ),
    (
        f"{POD}.probes.livenessProbe.exec",
        {"command": ["a", None]},
        "NB106",
        f"{POD}.probes.livenessProbe.exec.command[1]",
        "command[1] must be a text, not nothing",
        AS_WRITTEN,
    ),
    (
        f"{POD}.options.podConfig.values[0].spec.resources.claims",
        [{"name": "a"}, {"name": "a"}],
        "NB106",
        f"{POD}.options.podConfig.values[small].spec.resources.claims[1]",
        "claims[1]: the name a stands twice in this list",
        "remove one of the two, or give it another name",
    ),
    (
        f"{POD}.extraVolumes[0].ephemeral",
        {"volumeClaimTemplate": {"metadata": {"labels": {}}, "spec": {}}},
        "NB105",
        f"{POD}.extraVolumes[dshm].ephemeral.volumeClaimTemplate.metadata.labels",
        "there is no field labels here",
        "remove it",
    ),
    (
        f"{RULE}.match[0].matchPodConfig.selector",
        {
            "matchLabels": {"any thing": "not judged here!"},
            "matchExpressions": [{"key": "", "operator": "?"}],
        },
        "",
        "",
        "",
        "",
    ),
    (
        f"{RULE}.match[0].matchPodConfig.selector",
        {"matchExpressions": [{"key": "a"}]},
        "NB107",
        f"{RULE}.match[0].matchPodConfig.selector.matchExpressions[0].operator",
        "the required field operator is missing",
        "add operator",
    ),
]


@pytest.mark.parametrize(("path", "new", "code", "place", "message", "remedy"), EMBEDDED)
def test_the_form_of_an_embedded_type(
    path: str, new: Json, code: str, place: str, message: str, remedy: str
) -> None:
    found = [
        (one.code, one.path.keyed.replace("values[0]", "values[small]"), one.message, one.remedy)
        for one in parsed(changed(KIND, {path: new})).findings
    ]
    assert found == ([(code, place, message, remedy)] if code else [])


# ---- unknown fields ----

IN_POD_TEMPLATE = (
    *(
        "podMetadata",
        "statefulSetMetadata",
        "serviceAccount",
        "activityProbe",
        "probes",
        "volumeMounts",
        "ports",
    ),
    *("extraEnv", "extraVolumeMounts", "extraVolumes", "securityContext", "containerSecurityContext"),
    *("schedulerName", "options"),
)
UNKNOWN: list[tuple[str, str]] = [
    ("spec.deferUpdates", "known here: paused, displayName, kind, podTemplate"),
    (f"{POD}.volumes.data[0].name", "did you mean pvcName?"),
    (f"{POD}.serviceAccount.name", "known here: clusterRoles"),
    (
        f"{POD}.culling",
        f"known here: {', '.join(IN_POD_TEMPLATE)}",
    ),
    (f"{VALUE}.spawner.displayname", "did you mean displayName?"),
    ("spec.spawner.iconn", "did you mean icon?"),
]


@pytest.mark.parametrize(("path", "remedy"), UNKNOWN)
def test_a_field_of_the_alpha_or_a_slip_does_not_exist(path: str, remedy: str) -> None:
    (found,) = parsed(changed(base_of(path), {path: "x"})).findings
    assert (found.code, found.path.indexed) == ("NB105", Path.parse(path).indexed)
    assert found.remedy == remedy


def test_an_object_is_known_without_its_unknown_fields() -> None:
    more = parsed(changed(KIND, {f"{POD}.extraEnv[0].valu": "x", f"{POD}.culling": {}}))
    assert more.object is None
    assert isinstance(more.known, WorkspaceKind)
    assert printed(more.known) == KIND


STATUS: list[tuple[Json, list[str]]] = [
    ({}, []),
    (None, []),
    ("dropped unread", []),
    ({"state": ""}, []),
    ({"state": "Running", "activity": {"lastProbe": {"result": 1}}}, []),
    ({"stat": "Running"}, ["status.stat"]),
    (
        {"activity": {"rules": {"pauseWorkspace": {"eligibleAfter": 1, "x": 1}}}},
        ["status.activity.rules.pauseWorkspace.x"],
    ),
    (
        {"podTemplatePod": {"containers": [{"name": "main"}, {"image": "x"}]}},
        ["status.podTemplatePod.containers[1].image"],
    ),
    ({"state": {"a": 1}}, ["status.state.a"]),
    ([[{"state": 1}]], ["status[0][0].state"]),
]


@pytest.mark.parametrize(("status", "unknown"), STATUS)
def test_a_status_is_kept_as_it_is_but_for_unknown_fields(status: Json, unknown: list[str]) -> None:
    whole = {**WORKSPACE, "status": status}
    found = parsed(whole)
    assert [(one.code, str(one.path)) for one in found.findings] == [("NB105", one) for one in unknown]
    if not unknown:
        assert isinstance(found.object, Workspace)
        assert found.object.status == status


# ---- hostile input ----


def many(count: int) -> Json:
    images = [{**IMAGE, "id": f"image:{at}"} for at in range(count)]
    return changed(KIND, {f"{POD}.options.imageConfig.values": images})


def test_ten_thousand_options_are_read_at_once() -> None:
    whole = many(10_000)
    before = time.process_time()
    kind = parsed(whole).object
    assert time.process_time() - before < 6
    assert isinstance(kind, WorkspaceKind)
    assert len(kind.spec.pod_template.options.image_config.values) == 10_000


def test_ten_thousand_options_that_are_all_the_same_are_told_apart() -> None:
    whole = changed(KIND, {f"{POD}.options.imageConfig.values": [IMAGE] * 10_000})
    before = time.process_time()
    found = parsed(whole).findings
    assert time.process_time() - before < 12
    assert len(found) == 9_999


@pytest.mark.parametrize(
    "where", [f"{POD}.extraEnv[0].valueFrom", f"{POD}.options", "status", f"{RULE}.match"]
)
def test_what_is_deep_is_refused_without_an_exception(where: str) -> None:
    for wrapped in (lambda one: [one], lambda one: {"a": one}):
        deep: Json = None
        for _ in range(5_000):
            deep = wrapped(deep)
        found = parsed(changed(KIND, {"status": {}, where: deep})).findings
        assert found[0].code == "NB103"


def test_no_message_tells_the_value_of_a_variable() -> None:
    secret = {"name": "TOKEN", "value": {"hunter2": "hunter2"}}
    found = parsed(changed(KIND, {f"{POD}.extraEnv[0]": secret})).findings
    assert found
    assert "hunter2" not in "".join(one.message + one.remedy for one in found)
