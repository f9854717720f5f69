"""Override rules that are too wide, or that nothing can meet."""

from __future__ import annotations

from typing import Any

import pytest

from tests.units.kinds_told import findings, group, template, told

MAIN = "spec.containers[main]"


def codes(*rules: Any, **spec: Any) -> list[str]:
    found = told(
        template(overrides=[{"path": one} if isinstance(one, str) else one for one in rules], **spec)
    )
    return [code for code, _, _ in found]


@pytest.mark.parametrize(
    "path",
    [
        "spec.hostNetwork",
        "spec.nodeName",
        "spec",
        "*",
        "spec.*",
        MAIN,
        "spec.containers",
        "spec.containers[*]",
        f"{MAIN}.securityContext.runAsUser",
        f"{MAIN}.livenessProbe.periodSeconds",
        f"{MAIN}.ports",
        f"{MAIN}.ports[*].hostPort",
        f"{MAIN}.volumeMounts[*].subPathExpr",
        "spec.volumes",
        "spec.volumes[data]",
        "spec.volumes[data].hostPath.path",
        "spec.ephemeralContainers",
        "metadata",
        "metadata.finalizers",
    ],
)
def test_a_rule_that_opens_what_nobody_may_change_is_an_error(path: str) -> None:
    (found,) = findings(template(overrides=[{"path": path, "enum": [1]}]))
    assert (found.code, found.severity, found.path.keyed) == ("NB313", "error", "spec.overrides[0].path")


@pytest.mark.parametrize(
    "path",
    [
        "spec.serviceAccountName",
        "spec.nodeSelector",
        "spec.nodeSelector.pool",
        "spec.tolerations[*].key",
        "spec.affinity.nodeAffinity",
        "spec.securityContext.fsGroup",
        f"{MAIN}.image",
        "spec.containers[*].imagePullPolicy",
        f"{MAIN}.env[TEAM].valueFrom",
        "spec.volumes[data].secret",
        "spec.terminationGracePeriodSeconds",
    ],
)
def test_a_listed_field_needs_a_list(path: str) -> None:
    assert codes(path) == ["NB314"]
    assert codes({"path": path, "enum": ["a"]}) == []


def test_a_pattern_of_stars_is_no_pattern_and_bounds_are_bounds() -> None:
    assert codes({"path": f"{MAIN}.image", "glob": "*"}) == ["NB314"]
    assert codes({"path": f"{MAIN}.image", "glob": "registry.example/*"}) == []
    assert codes({"path": "spec.terminationGracePeriodSeconds", "max": 300}) == []


@pytest.mark.parametrize(
    "path",
    [
        f"{MAIN}.resources.limits.cpu",
        f"{MAIN}.args",
        f"{MAIN}.args[0]",
        f"{MAIN}.workingDir",
        f"{MAIN}.env[TEAM].value",
        f"{MAIN}.env[TEAM].name",
        f"{MAIN}.volumeMounts[/data].readOnly",
        "spec.volumes[data].emptyDir.sizeLimit",
        "spec.hostname",
        'metadata.labels["example.com/team"]',
    ],
)
def test_bounded_fields_may_be_opened(path: str) -> None:
    assert codes(path) == []


def test_resource_claims_are_listed_ones() -> None:
    assert codes(f"{MAIN}.resources") == ["NB314"]
    assert codes(f"{MAIN}.resources.limits") == []


@pytest.mark.parametrize(
    ("path", "named"),
    [
        (f"{MAIN}.env[*].value", "LD_PRELOAD"),
        (f"{MAIN}.env[PATH].value", "PATH"),
        (f"{MAIN}.env[ld_preload].value", "ld_preload"),
        (f"{MAIN}.volumeMounts[*].name", "/etc"),
        (f"{MAIN}.volumeMounts[/etc/ssl].name", "/etc/ssl"),
        ("metadata.labels", "app"),
        ("metadata.labels[*]", "app"),
        ('metadata.labels["jackhoman.dev/notebook"]', "jackhoman.dev/notebook"),
        ("metadata.annotations", "sidecar.istio.io/inject"),
    ],
)
def test_a_rule_that_lets_reserved_names_through_is_a_warning(path: str, named: str) -> None:
    (found,) = findings(template(overrides=[{"path": path, "glob": "a*"}]))
    assert (found.code, found.severity) == ("NB316", "warning")
    assert found.message.endswith(f"such as {named}")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("spec.hostNetwrok", "spec has no field hostNetwrok"),
        ("spce.hostname", "a pod template has no field spce"),
        ("spec.hostname.length", "spec.hostname has no field length"),
        (
            "spec.containers[0].workingDir",
            "the elements of spec.containers are known by name, not by their place",
        ),
        ("spec.volumes[0].emptyDir.sizeLimit", "the elements of spec.volumes are known by name"),
        (f"{MAIN}.ports[8888].name", "known by containerPort and protocol"),
        (f"{MAIN}.args[first]", f"the elements of {MAIN}.args have no keys"),
        ("spec.containers[mian].workingDir", "no layer has the container mian"),
    ],
)
def test_a_rule_that_nothing_can_meet_is_a_warning(path: str, message: str) -> None:
    found = [one for one in findings(template(overrides=[{"path": path}])) if one.code == "NB315"]
    assert len(found) == 1 and message in found[0].message and found[0].severity == "warning"


def test_near_names_are_suggested() -> None:
    remedies = [
        one.remedy
        for path in ("spec.hostNetwrok", "spec.containers[mian].workingDir")
        for one in findings(template(overrides=[{"path": path}]))
    ]
    assert remedies == ["Did you mean hostNetwork?", "Did you mean main?"]


def test_containers_of_every_layer_may_be_named() -> None:
    proxy = {"spec": {"containers": [{"name": "proxy", "image": "registry.example/proxy:1"}]}}
    options = [group("extra", {"id": "proxy", "template": proxy}, default="proxy")]
    assert codes("spec.containers[proxy].workingDir", options=options) == []
    assert codes("spec.containers[proxy].workingDir") == ["NB315"]


def test_a_container_that_a_rule_lets_in_may_be_named_by_another() -> None:
    assert codes("spec.containers[proxy].workingDir", "spec.containers[proxy]") == ["NB313"]


def test_main_means_the_containers_real_name() -> None:
    pod = {"spec": {"containers": [{"name": "lab", "image": "registry.example/lab:1"}]}}
    assert codes(f"{MAIN}.workingDir", "spec.containers[lab].workingDir", template=pod) == []


def test_conditions_must_fit_the_type_of_the_field() -> None:
    path = "spec.terminationGracePeriodSeconds"
    assert codes({"path": path, "glob": "3*"}) == ["NB315"]
    assert codes({"path": f"{MAIN}.tty", "min": 0}) == ["NB315"]
    assert codes({"path": f"{MAIN}.volumeMounts[/data].readOnly", "enum": [True]}) == []


def test_a_field_of_older_versions_is_no_typo() -> None:
    assert "NB315" not in codes("spec.workloadRef")


def test_a_shown_path_stays_short() -> None:
    (found,) = findings(template(overrides=[{"path": "spec"}]))
    assert found.message.count(",") == 2 and found.message.endswith("more: no Notebook may change that")


def test_hundreds_of_rules_are_quick() -> None:
    rules = [{"path": ".".join(["spec", "*", "*", *["*"] * 400])} for _ in range(256)]
    assert {code for code, _, _ in told(template(overrides=rules))} <= {"NB313", "NB315"}
