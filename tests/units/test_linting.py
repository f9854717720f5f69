"""Lint as callers see it: what is judged, how findings fold, what they point at, and what was not judged."""

from __future__ import annotations

from typing import Any

import pytest

import nbcore
from nbcore.finding import Finding
from nbcore.linting import Report
from nbcore.settings import Settings
from tests.laws.kinds import HARDENED, kind

BASE = {"spec": {"containers": [{"name": "main", "image": "registry.example.com/lab:1"}]}}


def main(**fields: Any) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": "main", **fields}]}}


def group(id_: str, *templates: dict[str, Any]) -> dict[str, Any]:
    values = [{"id": f"{id_}{at}", "template": one} for at, one in enumerate(templates)]
    return {"id": id_, "default": f"{id_}0", "values": values}


def template(*groups: dict[str, Any], optional: tuple[str, ...] = (), **spec: Any) -> dict[str, Any]:
    given = {"template": BASE, "options": list(groups), "optional": [{"name": one} for one in optional]}
    found: dict[str, Any] = kind("lab", "Template", {**given, **spec})
    return found


def pod_default(name: str, tree: dict[str, Any], **spec: Any) -> dict[str, Any]:
    found: dict[str, Any] = kind(name, "PodDefault", {"template": tree, **spec})
    return found


def of(report: Report, code: str) -> list[Finding]:
    return [one for one in report.findings if one.code == code]


def core(kind_: str, name: str, namespace: str = "", **more: Any) -> dict[str, Any]:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": "v1", "kind": kind_, "metadata": {**metadata, **more.pop("metadata", {})}, **more}


WRONG_MOUNT = main(volumeMounts=[{"name": "nothing", "mountPath": "/data"}])


def test_a_finding_counts_the_pods_that_have_it_and_names_one() -> None:
    report = nbcore.check([template(group("a", {}, WRONG_MOUNT), group("b", {}, {}, {}))])
    [one] = of(report, "NB472")
    assert (report.pods, one.pods) == (6, 3)
    assert one.example == "--template kinds/lab --select a=a1 --select b=b0"
    assert str(one.path) == ("spec.options[0].values[1].template.spec.containers[0].volumeMounts[0].name")
    assert str(one.field) == "spec.containers[0].volumeMounts[0].name"


def test_a_count_is_right_where_not_every_pod_was_made() -> None:
    sizes = [main(resources={"limits": {"cpu": str(n + 1)}}) for n in range(12)]
    names = tuple(f"pd{at}" for at in range(6))
    extras = [pod_default(name, main(env=[{"name": name.upper(), "value": "1"}])) for name in names]
    broken = pod_default("broken", WRONG_MOUNT)
    report = nbcore.check([template(group("size", *sizes), optional=(*names, "broken")), *extras, broken])
    [one] = of(report, "NB472")
    assert report.pods == 12 * 2**7
    assert report.rendered < 30
    assert one.pods == 12 * 2**6
    assert one.source.name == "broken"


def test_two_layers_that_are_wrong_only_together_are_found() -> None:
    a, b = (
        main(ports=[{"containerPort": 1, "name": "web"}]),
        main(ports=[{"containerPort": 2, "name": "web"}]),
    )
    spare = [
        group(f"s{at}", *({"metadata": {"labels": {f"s{at}": str(n)}}} for n in range(5))) for at in range(2)
    ]
    report = nbcore.check([template(group("x", {}, a), group("y", {}, b), *spare)])
    [one] = [one for one in report.findings if one.severity == "error"]
    assert (report.pods, one.pods) == (100, 25)
    assert "--select x=x1 --select y=y1" in one.example


def test_choices_that_do_not_go_together_are_not_judged_together() -> None:
    first = group("x", {}, main(ports=[{"containerPort": 1, "name": "web"}]))
    second = group("y", {}, main(ports=[{"containerPort": 2, "name": "web"}]))
    first["values"][1]["compatible"] = {"y": {"matchLabels": {"plain": "yes"}}}
    second["values"][0]["display"] = {"labels": {"plain": "yes"}}
    report = nbcore.check([template(first, second)])
    assert report.pods == 3
    assert not [one for one in report.findings if one.severity == "error"]


@pytest.mark.parametrize(
    ("one", "other", "pods"),
    [
        ({"users": ["ada"]}, {"users": ["ben"]}, 3),
        ({"users": ["ada"]}, {"users": ["ada", "ben"]}, 4),
        ({"groups": ["a"]}, {"groups": ["b"]}, 4),
        (
            {"namespaceSelector": {"matchLabels": {"team": "a"}}},
            {"namespaceSelector": {"matchLabels": {"team": "b"}}},
            3,
        ),
        (
            {"namespaceSelector": {"matchLabels": {"team": "a"}}},
            {"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "Exists"}]}},
            4,
        ),
    ],
)
def test_what_nobody_may_choose_together_is_no_pod(one: Any, other: Any, pods: int) -> None:
    first, second = group("x", {}, {}), group("y", {}, {})
    first["values"][1]["access"], second["values"][1]["access"] = one, other
    assert nbcore.check([template(first, second)]).pods == pods


def test_a_break_of_the_merge_hides_nothing_else() -> None:
    source = {"spec": {"volumes": [{"name": "v", "configMap": {"name": "c"}}]}}
    other = {"spec": {"volumes": [{"name": "v", "secret": {"secretName": "s"}}]}}
    objects = [template(optional=("a", "b", "c")), pod_default("a", source), pod_default("b", other)]
    report = nbcore.check([*objects, pod_default("c", WRONG_MOUNT)])
    assert of(report, "NB301") or of(report, "NB303")
    assert of(report, "NB472")


def test_a_missing_required_pod_default_hides_nothing_else() -> None:
    report = nbcore.check([template(group("x", {}, WRONG_MOUNT), required=[{"name": "gone"}])])
    assert of(report, "NB205")
    assert of(report, "NB472")


def test_the_level_of_a_template_holds_for_all_its_pods() -> None:
    hardened = {"spec": {"containers": [{**BASE["spec"]["containers"][0], "securityContext": HARDENED}]}}
    level = {"level": "restricted"}
    good = nbcore.check([template(template=hardened, podSecurity=level)])
    assert not [one for one in good.findings if one.code.startswith("NB5")]
    loose = group("x", {}, main(securityContext={"privileged": True}))
    bad = nbcore.check([template(loose, template=hardened, podSecurity=level)])
    assert {one.path[:5] for one in bad.findings if one.code.startswith("NB5")} == {
        ("spec", "options", "x", "values", "x1")
    }


def test_the_level_of_a_namespace_holds_for_its_notebooks_and_pods() -> None:
    namespace = core(
        "Namespace", "team", metadata={"labels": {"pod-security.kubernetes.io/enforce": "baseline"}}
    )
    spec = {"containers": [{"name": "main", "image": "a:1", "securityContext": {"privileged": True}}]}
    pod = core("Pod", "p", "team", spec=spec)
    notebook = kind("n", "Notebook", {"templateRef": {"name": "lab", "namespace": "kinds"}}, "team")
    loose = template(template={"spec": spec})
    inside = nbcore.check([namespace, pod, notebook, loose])
    assert {one.source.kind for one in inside.findings if one.code.startswith("NB5")} == {"Pod", "Template"}
    outside = nbcore.check([pod, loose])
    assert not [one for one in outside.findings if one.code.startswith("NB5")]


def test_a_size_that_does_not_fit_is_a_warning_while_another_does() -> None:
    sizes = group("size", *(main(resources={"requests": {"cpu": cpu}}) for cpu in ("1", "9")))
    quota = core("ResourceQuota", "q", "team", spec={"hard": {"requests.cpu": "4"}})
    [one] = of(nbcore.check([template(sizes), quota]), "NB601")
    assert (one.severity, one.pods) == ("warning", 1)
    none = template(group("size", main(resources={"requests": {"cpu": "9"}})))
    [one] = of(nbcore.check([none, quota]), "NB601")
    assert one.severity == "error"


def test_what_was_not_given_is_listed_as_not_evaluated() -> None:
    codes = {one.code for one in nbcore.check([template()]).not_evaluated}
    assert "NB5" in codes
    assert any("NB601" in code for code in codes)
    quota = core("ResourceQuota", "q", "team", spec={"hard": {"requests.cpu": "4"}})
    given = nbcore.check([template(), quota], settings=Settings(pod_security="baseline"))
    assert "NB5" not in {one.code for one in given.not_evaluated}
    assert not any("NB601" in one.code for one in given.not_evaluated)
    assert nbcore.check([core("ConfigMap", "c", "team")]).not_evaluated == ()


def test_pods_of_another_namespace_get_what_its_pod_defaults_select() -> None:
    labelled = template(group("x", {}, {"metadata": {"labels": {"pick": "me"}}}))
    selecting = kind(
        "s", "PodDefault", {"template": WRONG_MOUNT, "selector": {"matchLabels": {"pick": "me"}}}, "else"
    )
    [one] = of(nbcore.check([labelled, selecting]), "NB472")
    assert one.source.name == "s"


def test_a_workload_is_judged_where_it_holds_its_pod() -> None:
    spec = {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "main"}]}}}
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": spec}
    found = {(one.code, str(one.path)) for one in nbcore.check([deployment]).findings}
    assert ("NB495", "spec.template.spec.restartPolicy") in found
    assert ("NB431", "spec.template.spec.containers[0].image") in found or any(
        path == "spec.template.spec.containers[0].image" for _, path in found
    )


def test_a_whole_pod_needs_a_name_and_one_of_a_template_does_not() -> None:
    spec = {"containers": [{"name": "main", "image": "a:1"}]}
    assert [one.code for one in nbcore.check_pod({"apiVersion": "v1", "kind": "Pod", "spec": spec})][:1] == [
        "NB402"
    ]
    assert "NB402" not in [one.code for one in nbcore.check_pod({"spec": spec})]


def test_a_finding_stands_at_the_line_of_the_layer_that_caused_it() -> None:
    text = b"""apiVersion: jackhoman.dev/v1beta1
kind: Template
metadata: {name: lab, namespace: kinds}
spec:
  template:
    spec:
      containers:
        - name: main
          image: registry.example.com/lab:1
  options:
    - id: size
      default: odd
      values:
        - id: odd
          template:
            spec:
              containers:
                - name: main
                  resources:
                    requests:
                      cpu: 4
                    limits:
                      cpu: 2
"""
    report = nbcore.check(nbcore.load(text, "kinds.yaml"))
    [one] = [one for one in report.findings if one.severity == "error"]
    assert one.source.file == "kinds.yaml"
    assert one.position is not None
    assert one.position.line in (21, 23)


def test_the_largest_option_that_fits_is_named() -> None:
    sizes = group("size", *(main(resources={"requests": {"cpu": cpu}}) for cpu in ("1", "9", "3", "7")))
    quota = core("ResourceQuota", "q", "team", spec={"hard": {"requests.cpu": "4"}})
    found = of(nbcore.check([template(sizes), quota]), "NB601")
    assert {one.path[4] for one in found} == {"size1", "size3"}
    assert all(one.remedy.endswith("The largest size that fits is size2.") for one in found)
    small = core("ResourceQuota", "q", "team", spec={"hard": {"requests.cpu": "0.5"}})
    found = of(nbcore.check([template(sizes), small]), "NB601")
    assert all(one.remedy.endswith("No size fits.") for one in found)
