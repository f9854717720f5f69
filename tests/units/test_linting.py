"""Lint as callers see it: what is judged, how findings fold, what they point at, and what was not judged."""

from __future__ import annotations

from typing import Any

import pytest

import nbcore
from nbcore.finding import Finding
from nbcore.report import Report
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
    assert all(one.remedy.endswith("No size fits.") and one.severity == "error" for one in found)


def test_a_pod_default_that_no_template_names_is_judged_by_the_schema() -> None:
    directed = {"spec": {"volumes": [{"name": "v", "$patch": "delete"}], "tolerations": None}}
    assert not nbcore.check([pod_default("fine", directed)]).findings
    [one] = nbcore.check([pod_default("odd", main(imge="x"))]).findings
    assert (one.code, one.source.name, str(one.path)) == (
        "NB105",
        "odd",
        "spec.template.spec.containers[0].imge",
    )
    named = nbcore.check([template(optional=("odd",)), pod_default("odd", main(imge="x"))])
    assert len(of(named, "NB105")) == 1


def stateful_set(claims: list[Any], mounts: list[str], **spec: Any) -> dict[str, Any]:
    container = {
        "name": "db",
        "image": "db:1",
        "volumeMounts": [{"name": one, "mountPath": f"/{one}"} for one in mounts],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "db"},
        "spec": {
            "selector": {"matchLabels": {"app": "db"}},
            "volumeClaimTemplates": claims,
            "template": {
                "metadata": {"labels": {"app": "db"}},
                "spec": {"containers": [container], **spec},
            },
        },
    }


def claim(name: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {"accessModes": ["ReadWriteOnce"]}}


def nb4(one: dict[str, Any]) -> list[tuple[str, str]]:
    found = nbcore.check([one]).findings
    return [(each.code, each.path.keyed) for each in found if each.code.startswith("NB4")]


def test_a_stateful_set_brings_the_volumes_of_its_claim_templates() -> None:
    assert nb4(stateful_set([claim("data")], ["data"])) == []
    assert nb4(stateful_set([claim("data")], ["data"], volumes=[{"name": "data", "hostPath": {}}])) == []
    [(code, path)] = nb4(stateful_set([claim("data")], ["data", "other"]))
    assert (code, path) == ("NB472", "spec.template.spec.containers[db].volumeMounts[/other].name")


def test_a_volume_of_a_claim_template_is_told_at_the_template() -> None:
    found = nb4(stateful_set([claim("fine"), claim("Not_Fine")], [], volumes=[{"name": "a", "emptyDir": {}}]))
    assert {path for _, path in found} == {"spec.volumeClaimTemplates[1].metadata.name"}
    assert "NB460" in {code for code, _ in found}


def test_the_controller_names_the_pods_of_a_stateful_set() -> None:
    assert nb4(stateful_set([], [], hostname="Not_A_Host", subdomain="-")) == []
    assert nb4(stateful_set([], [], volumes=[{"name": "A_"}]))[0][0] == "NB460"


@pytest.mark.parametrize("claims", [None, 1, [1], [{}], [{"metadata": 1}], [claim(1)], {"a": 1}])
def test_claim_templates_may_be_anything(claims: Any) -> None:
    found = nb4(stateful_set(claims, ["data"], volumes="none" if claims == 1 else None))
    assert ("NB472", "spec.template.spec.containers[db].volumeMounts[/data].name") in found


@pytest.mark.parametrize(
    ("api_version", "kind_", "told"),
    [
        ("v1", "Pod", None),
        ("v1", "pod", ("kind", "v1 has no kind pod", "Did you mean Pod?")),
        ("apps/v1", "deployment", ("kind", "apps/v1 has no kind deployment", "Did you mean Deployment?")),
        ("apps/v1", "Deployment", None),
        ("apps/v1beta2", "Deployment", ("apiVersion", "apps/v1beta2 has no kind Deployment", "Write apps/v1.")),
        ("extensions/v1beta1", "Job", ("apiVersion", "extensions/v1beta1 has no kind Job", "Write batch/v1.")),
        ("batch/v1beta1", "CronJob", ("apiVersion", "batch/v1beta1 has no kind CronJob", "Write batch/v1.")),
        ("apps/v1", "Pod", ("apiVersion", "apps/v1 has no kind Pod", "Write v1.")),
        ("batch.volcano.sh/v1alpha1", "Job", None),
        ("v1", "ConfigMap", None),
    ],
)  # fmt: skip
def test_a_workload_has_the_kind_and_version_that_servers_know(
    api_version: str, kind_: str, told: tuple[str, str, str] | None
) -> None:
    one = {"apiVersion": api_version, "kind": kind_, "metadata": {"name": "a"}}
    found = of(nbcore.check([one]), "NB104")
    assert [(str(each.path), each.message, each.remedy) for each in found] == ([told] if told else [])
    assert [each.code for each in nbcore.check_pod(one) if each.code == "NB104"] == ["NB104"] * bool(told)


def test_an_unknown_field_is_pointed_at_by_its_name() -> None:
    text = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  contaners:\n  - name: a\n    image: a:1\n"
    )
    [one] = of(nbcore.check(nbcore.load(text, "pod.yaml")), "NB105")
    assert str(one.position) == "5:3"
    layers = [template(group("a", {}, {"spec": {"contaners": []}}))]
    texts = nbcore.load("\n".join(map(str, layers)), "kind.yaml")
    [one] = of(nbcore.check(texts), "NB105")
    assert one.position is not None
    assert texts[0].text[one.position.column - 1 :].startswith("'contaners'")


def notebook(name: str, namespace: str = "team-a", **spec: Any) -> dict[str, Any]:
    reference = {"name": "lab", "namespace": "kinds"}
    found: dict[str, Any] = kind(name, "Notebook", {"templateRef": reference, **spec}, namespace)
    return found


def test_what_notebooks_share_with_their_template_is_told_once() -> None:
    lab = template(group("a", {}, WRONG_MOUNT))
    given = [lab, notebook("ada", options={"a": "a1"}), notebook("ben", options={"a": "a1"})]
    for order in (given, given[::-1]):
        [one] = of(nbcore.check(order), "NB472")
        assert (one.pods, one.example) == (1, "--template kinds/lab --select a=a1")


def test_what_only_notebooks_have_names_the_first_and_counts_them() -> None:
    given = [
        template(),
        notebook("ben"),
        notebook("ada"),
        core("Namespace", "team-a", metadata={"labels": RESTRICTED}),
    ]
    for order in (given, given[::-1]):
        [one] = of(nbcore.check(order), "NB525")
        assert (one.pods, one.example, one.source.kind) == (2, "--notebook team-a/ada", "Template")


RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}


def test_good_practice_is_silent_where_the_schema_refuses() -> None:
    limits = {"limits": {"memory": [1]}}
    found = nbcore.check_pod({"spec": {"containers": [{"name": "a", "image": "a:1", "resources": limits}]}})
    assert {one.code for one in found} & {"NB106", "NB911"} == {"NB106"}


# ---- what comes out of a cluster ----


def stored(kind_: str, name: str, owner: str = "", **more: Any) -> dict[str, Any]:
    owners = [{"uid": owner, "controller": True, "kind": "any", "name": "any"}] if owner else []
    return core(kind_, name, "team-a", metadata={"uid": f"uid-of-{name}", "ownerReferences": owners}, **more)


PODS = {"template": {"metadata": {"labels": {"a": "b"}}, **WRONG_MOUNT}}


def test_what_a_controller_made_is_judged_through_its_owner() -> None:
    owner = stored("ReplicationController", "rc", spec=PODS)
    pods = [stored("Pod", f"rc-{at}", owner="uid-of-rc", spec=WRONG_MOUNT["spec"]) for at in range(3)]
    for order in ([owner, *pods], [*pods, owner]):
        report = nbcore.check(order)
        assert [one.source.name for one in of(report, "NB472")] == ["rc"]
        assert report.pods == 1
        assert "objects that a controller made (3)" in {one.subject for one in report.not_evaluated}
    assert len(of(nbcore.check(pods), "NB472")) == 3
    assert len(of(nbcore.check([owner, core("Pod", "rc-0", "team-a", **WRONG_MOUNT)]), "NB472")) == 2


@pytest.mark.parametrize(
    "owners", [None, 1, [1], [{}], [{"uid": 1, "controller": True}], [{"uid": "uid-of-a"}]]
)
def test_owners_may_be_anything(owners: Any) -> None:
    one = stored("Pod", "a", spec=WRONG_MOUNT["spec"])
    one["metadata"]["ownerReferences"] = owners
    assert len(of(nbcore.check([one]), "NB472")) == 1


def test_no_quota_refuses_what_a_cluster_has_stored() -> None:
    quota = core(
        "ResourceQuota", "few", "team-a", spec={"hard": {"pods": "1"}}, status={"used": {"pods": "1"}}
    )
    assert (
        of(
            nbcore.check(
                [quota, stored("Pod", "a", spec=BASE["spec"]), stored("Pod", "b", spec=BASE["spec"])]
            ),
            "NB601",
        )
        == []
    )
    assert len(of(nbcore.check([quota, core("Pod", "c", "team-a", **BASE)]), "NB601")) == 1


def test_a_finding_about_a_budget_names_the_namespaces_that_have_it() -> None:
    def few(namespace: str) -> dict[str, Any]:
        return core("ResourceQuota", "few", namespace, spec={"hard": {"pods": "0"}})

    [one] = of(nbcore.check([template(), few("a")]), "NB601")
    assert one.message.startswith("in a: the quota few allows 0 pods")
    [one] = of(nbcore.check([template(), *map(few, "edcba")]), "NB601")
    assert one.message.startswith("in a, b, c and 2 more: the quota few allows 0 pods")
    picky = {"spec": {**BASE["spec"], "nodeSelector": {"pool": "gone"}}}
    [one] = of(nbcore.check([template(template=picky), few("a"), core("Node", "n")]), "NB611")
    assert not one.message.startswith("in ")


def test_only_namespaces_that_a_template_is_open_to_bound_it() -> None:
    access = {"namespaceSelector": {"matchLabels": {"team": "yes"}}}
    quotas = [core("ResourceQuota", "few", one, spec={"hard": {"pods": "0"}}) for one in ("a", "b", "c")]
    spaces = [core("Namespace", "a", metadata={"labels": {"team": "yes"}}), core("Namespace", "b")]
    [one] = of(nbcore.check([template(access=access), *quotas, *spaces]), "NB601")
    assert one.message.startswith("in a, c: ")
    [one] = of(nbcore.check([template(), *quotas, *spaces]), "NB601")
    assert one.message.startswith("in a, b, c: ")
    assert of(nbcore.check([template(access=access), quotas[1], spaces[1]]), "NB601") == []


@pytest.mark.parametrize(
    ("selector", "labels", "path"),
    [
        ({"matchLabels": {"app": "a"}}, {"app": "a", "tier": "b"}, None),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, {"app": "a"}, None),
        ({"matchLabels": {"app": "b"}}, {"app": "a"}, "spec.selector"),
        ({"matchLabels": {"app": "a"}}, None, "spec.selector"),
        ({}, {"app": "a"}, "spec.selector"),
        (None, {"app": "a"}, "spec.selector"),
        ({"matchLabels": {"app": "-"}}, {"app": "-"}, "spec.selector.matchLabels.app"),
        (5, {"app": "a"}, "spec.selector"),
    ],
)
@pytest.mark.parametrize("kind_", ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"])
def test_a_workload_selects_its_own_pods(kind_: str, selector: Any, labels: Any, path: str | None) -> None:
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "main", "image": "a:1"}]}}
    spec = {"selector": selector, "template": pod}
    one = {"apiVersion": "apps/v1", "kind": kind_, "metadata": {"name": "w"}, "spec": spec}
    found = [str(each.path) for each in nbcore.check([one]).findings if each.code == "NB496"]
    assert found == ([path] if path else [])


@pytest.mark.parametrize("spec", [{}, {"template": 1}, {"template": None}, None, 1])
def test_a_workload_needs_a_pod(spec: Any) -> None:
    for api_version, kind_ in (("apps/v1", "Deployment"), ("batch/v1", "CronJob")):
        one = {"apiVersion": api_version, "kind": kind_, "metadata": {"name": "w"}, "spec": spec}
        assert [each.code for each in nbcore.check([one]).findings] == ["NB107"]


def test_a_field_that_nobody_knows_hides_nothing_else() -> None:
    report = nbcore.check([template(group("a", {}, WRONG_MOUNT), displya={"name": "A"})])
    assert [of(report, code)[0].severity for code in ("NB105", "NB472")] == ["error", "error"]
    assert report.pods == 2
    text = b"{apiVersion: v1, kind: Pod, metadata: {name: p, name: q}, spec: {containers: []}}"
    codes = {one.code for one in nbcore.check(nbcore.load(text)).findings}
    assert {"NB102", "NB434"} <= codes
    assert {one.code for one in nbcore.check_pod(nbcore.load(text)[0])} == codes


def test_an_object_that_cannot_be_read_is_listed_as_not_evaluated() -> None:
    broken = [template(mainContainer=5), *(kind(f"b{at}", "PodDefault", {"template": 5}) for at in range(3))]
    report = nbcore.check(broken)
    assert (report.objects, report.pods) == (0, 0)
    assert {str(one) for one in report.not_evaluated} == {
        f"NB {name}: needs the errors of its own form repaired first"
        for name in (
            "Template kinds/lab",
            "PodDefault kinds/b0",
            "PodDefault kinds/b1",
            "PodDefault kinds/b2",
        )
    }
    for text in (
        b"",
        b"- a",
        b"{apiVersion: jackhoman.dev/v1beta1, kind: Notbook, metadata: {name: a}}",
        b"{",
    ):
        assert nbcore.check(nbcore.load(text)).not_evaluated == ()
