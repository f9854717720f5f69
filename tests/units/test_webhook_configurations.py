"""Webhook configurations: what each rule of NB8 finds and lets pass, and that ours are without a finding.

The pages of the rules are tried by test_rules; here are the cases at their edges.
"""

from __future__ import annotations

import base64
import copy
from collections.abc import Mapping
from typing import Any, Final

import pytest
import trustme

import nbcore
from nbcore.workload.webhook_configuration import (
    DIALECTS,
    WEBHOOKS,
    Registration,
    webhook_configurations,
)

Json = dict[str, Any]
SYSTEM: Final = ["kube-system", "kube-node-lease"]
NAME: Final = "kubernetes.io/metadata.name"
SERVICE: Final = {"name": "policy", "namespace": "policy", "path": "/validate", "port": 443}
GONE: Final = object()


def outside(*namespaces: str) -> Json:
    return {"matchExpressions": [{"key": NAME, "operator": "NotIn", "values": [*namespaces]}]}


def rule(group: str, *resources: str, **more: Any) -> Json:
    return {
        "apiGroups": [group],
        "apiVersions": ["v1"],
        "operations": ["CREATE", "UPDATE"],
        "resources": [*resources],
        "scope": "Namespaced",
        **more,
    }


WIDGETS: Final = rule("example.com", "widgets")
PODS: Final = rule("", "pods", "pods/ephemeralcontainers", "pods/resize")


def hook(**fields: Any) -> Json:
    made = {
        "name": "a.example.com",
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "failurePolicy": "Fail",
        "timeoutSeconds": 5,
        "clientConfig": {"service": SERVICE},
        "namespaceSelector": outside(*SYSTEM, "policy"),
        "rules": [WIDGETS],
        **fields,
    }
    return {key: value for key, value in made.items() if value is not GONE}


def configuration(*hooks: Any, mutates: bool = False, **metadata: Any) -> Json:
    annotations = {"cert-manager.io/inject-ca-from": "policy/policy"}
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": f"{'Mutating' if mutates else 'Validating'}WebhookConfiguration",
        "metadata": {"name": "policy", "annotations": annotations, **metadata},
        "webhooks": list(hooks),
    }


def codes(*objects: Any) -> set[str]:
    return {one.code for one in nbcore.check(objects).findings}


def of(mutates: bool = False, **fields: Any) -> set[str]:
    return codes(configuration(hook(**fields), mutates=mutates))


def test_a_careful_webhook_has_no_finding() -> None:
    assert of() == set()
    assert of(mutates=True) == set()
    assert codes(configuration()) == set()
    assert codes({**configuration(), "webhooks": None}) == set()


ALONE: Final[Mapping[str, tuple[Json, set[str]]]] = {
    "two segments": ({"name": "a.b"}, {"NB801"}),
    "capitals": ({"name": "A.example.com"}, {"NB801"}),
    "no name": ({"name": GONE}, {"NB801"}),
    "no versions": ({"admissionReviewVersions": GONE}, {"NB803"}),
    "an unknown version": ({"admissionReviewVersions": ["v2"]}, {"NB803"}),
    "an unknown version beside v1": ({"admissionReviewVersions": ["v2", "v1"]}, set()),
    "the old version": ({"admissionReviewVersions": ["v1beta1"]}, {"NB806"}),
    "both versions": ({"admissionReviewVersions": ["v1", "v1beta1"]}, set()),
    "a version twice": ({"admissionReviewVersions": ["v1", "v1"]}, {"NB810"}),
    "no word on side effects": ({"sideEffects": GONE}, {"NB804"}),
    "side effects": ({"sideEffects": "Some"}, {"NB804"}),
    "side effects but in dry runs": ({"sideEffects": "NoneOnDryRun"}, {"NB805"}),
    "no timeout": ({"timeoutSeconds": GONE}, {"NB807"}),
    "six seconds": ({"timeoutSeconds": 6}, {"NB807"}),
    "no seconds": ({"timeoutSeconds": 0}, {"NB810"}),
    "31 seconds": ({"timeoutSeconds": 31}, {"NB807", "NB810"}),
    "true seconds": ({"timeoutSeconds": True}, {"NB106", "NB807"}),
    "no failure policy": ({"failurePolicy": GONE}, {"NB809"}),
    "a failure policy of null": ({"failurePolicy": None}, {"NB809"}),
    "an unknown failure policy": ({"failurePolicy": "fail"}, {"NB810"}),
    "failing open": ({"failurePolicy": "Ignore"}, {"NB829"}),
    "Exact": ({"matchPolicy": "Exact"}, {"NB818"}),
    "Equivalent": ({"matchPolicy": "Equivalent"}, set()),
    "a broken selector": ({"namespaceSelector": {"matchExpressions": [{"key": "a"}]}}, {"NB810"}),
    "a typing error": ({"failurePolcy": "Fail"}, {"NB105"}),
    "a field of the other kind": ({"reinvocationPolicy": "Never"}, {"NB105"}),
    "rules that are no list": ({"rules": {}}, {"NB106"}),
    "any version": ({"rules": [rule("example.com", "widgets", apiVersions=["*"])]}, {"NB816"}),
    "any operation": ({"rules": [rule("example.com", "widgets", operations=["*"])]}, {"NB816"}),
    "any subresource": ({"rules": [rule("example.com", "widgets/*")]}, {"NB816"}),
    "any resource of a group": ({"rules": [rule("example.com", "*", scope="*")]}, {"NB816", "NB817"}),
    "any scope of named resources": ({"rules": [rule("example.com", "widgets", scope="*")]}, set()),
    "an unknown scope": ({"rules": [rule("example.com", "widgets", scope="All")]}, {"NB810"}),
    "* and more": ({"rules": [rule("example.com", "*", "widgets")]}, {"NB810", "NB816"}),
    "no resources": ({"rules": [rule("example.com")]}, {"NB810"}),
    "opting out by a label": (
        {"objectSelector": {"matchExpressions": [{"key": "skip", "operator": "DoesNotExist"}]}},
        {"NB821"},
    ),
    "opting in by a label": ({"objectSelector": {"matchLabels": {"judge": "me"}}}, set()),
    "a condition on labels": (
        {"matchConditions": [{"name": "a", "expression": "!('x' in object.metadata.labels)"}]},
        {"NB827"},
    ),
    "a condition on the user": (
        {"matchConditions": [{"name": "a", "expression": "request.userInfo.username != 'x'"}]},
        set(),
    ),
    "two conditions of one name": ({"matchConditions": [{"name": "a", "expression": "true"}] * 2}, {"NB826"}),
    "64 conditions": (
        {"matchConditions": [{"name": f"a{number}", "expression": "true"} for number in range(64)]},
        set(),
    ),
    "65 conditions": (
        {"matchConditions": [{"name": f"a{number}", "expression": "true"} for number in range(65)]},
        {"NB826"},
    ),
    "no place": ({"clientConfig": {}}, {"NB825"}),
    "two places": ({"clientConfig": {"service": SERVICE, "url": "https://example.com"}}, {"NB825"}),
    "a url": ({"clientConfig": {"url": "https://example.com:8443/validate"}}, set()),
    "a url with a query": ({"clientConfig": {"url": "https://example.com/?a=b"}}, {"NB825"}),
    "a url with a user": ({"clientConfig": {"url": "https://a@example.com"}}, {"NB825"}),
    "a service without a namespace": ({"clientConfig": {"service": {"name": "a", "port": 443}}}, {"NB825"}),
    "a service without a port": ({"clientConfig": {"service": {"name": "a", "namespace": "b"}}}, {"NB824"}),
    "a bundle that is no base64": ({"clientConfig": {"service": SERVICE, "caBundle": "%"}}, {"NB822"}),
    "a bundle without certificates": (
        {"clientConfig": {"service": SERVICE, "caBundle": "aGVsbG8="}},
        {"NB822"},
    ),
}


@pytest.mark.parametrize("case", list(ALONE))
def test_one_field_that_is_wrong_gives_its_code_alone(case: str) -> None:
    fields, expected = ALONE[case]
    assert of(**fields) == expected


REACH: Final[Mapping[str, tuple[Json, set[str]]]] = {
    "pods of those who asked": (
        {
            "rules": [PODS],
            "namespaceSelector": {
                "matchLabels": {"judge": "me"},
                **outside(*SYSTEM, "policy"),
            },
        },
        set(),
    ),
    "pods, the system and itself excluded": ({"rules": [PODS]}, {"NB828"}),
    "pods without their subresources": ({"rules": [rule("", "pods")]}, {"NB820", "NB828"}),
    "pods when they are deleted": ({"rules": [rule("", "pods", operations=["DELETE"])]}, set()),
    "pods of everybody": (
        {"rules": [PODS], "namespaceSelector": GONE},
        {"NB813", "NB815", "NB828"},
    ),
    "pods of everybody, failing open": (
        {"rules": [PODS], "namespaceSelector": GONE, "failurePolicy": "Ignore"},
        {"NB814", "NB829"},
    ),
    "its own namespace alone forgotten": (
        {"rules": [PODS], "namespaceSelector": outside(*SYSTEM)},
        {"NB815", "NB828"},
    ),
    "what makes its pods": (
        {"rules": [rule("apps", "replicasets")], "namespaceSelector": outside(*SYSTEM)},
        {"NB815"},
    ),
    "connections alone": (
        {"rules": [rule("", "pods/exec", operations=["CONNECT"])], "namespaceSelector": GONE},
        set(),
    ),
    "own kinds everywhere": ({"namespaceSelector": GONE}, set()),
    "leases": ({"rules": [rule("coordination.k8s.io", "leases")], "namespaceSelector": GONE}, {"NB811"}),
    "leases outside of the system": ({"rules": [rule("coordination.k8s.io", "leases")]}, {"NB812"}),
    "leases, failing open soon": (
        {
            "rules": [rule("coordination.k8s.io", "leases")],
            "namespaceSelector": GONE,
            "failurePolicy": "Ignore",
        },
        {"NB812", "NB829"},
    ),
    "leases, failing open late": (
        {
            "rules": [rule("coordination.k8s.io", "leases")],
            "namespaceSelector": GONE,
            "failurePolicy": "Ignore",
            "timeoutSeconds": 10,
        },
        {"NB807", "NB811", "NB829"},
    ),
    "leases that a condition leaves out": (
        {
            "rules": [rule("coordination.k8s.io", "leases")],
            "namespaceSelector": GONE,
            "matchConditions": [{"name": "a", "expression": 'request.resource.resource != "leases"'}],
        },
        set(),
    ),
    "nodes, whatever namespaces are excluded": ({"rules": [rule("", "nodes", scope="Cluster")]}, {"NB811"}),
    "nodes that the scope leaves out": ({"rules": [rule("", "nodes")]}, set()),
    "reviews of tokens": (
        {"rules": [rule("authentication.k8s.io", "tokenreviews", scope="Cluster")]},
        {"NB811"},
    ),
    "the status of pods by a wildcard": ({"rules": [rule("", "*/status")]}, {"NB812", "NB816"}),
    "evictions": ({"rules": [rule("", "pods/eviction")]}, {"NB812"}),
    "kinds of another group with that name": ({"rules": [rule("example.com", "leases", "nodes")]}, set()),
    "everything, as policy engines ask for it": (
        {"rules": [rule("*", "*/*", apiVersions=["*"], scope="*")], "namespaceSelector": GONE},
        {"NB811", "NB813", "NB815", "NB816", "NB817", "NB828"},
    ),
    "objects that opt in by a label": (
        {
            "rules": [PODS],
            "namespaceSelector": GONE,
            "objectSelector": {"matchLabels": {"judge": "me"}},
        },
        set(),
    ),
    "namespaces that a condition reads": (
        {
            "rules": [PODS],
            "matchConditions": [{"name": "a", "expression": "has(namespaceObject.metadata.labels.judge)"}],
        },
        set(),
    ),
}


@pytest.mark.parametrize("case", list(REACH))
def test_what_a_webhook_is_sent(case: str) -> None:
    fields, expected = REACH[case]
    assert of(**fields) == expected


def test_a_namespace_counts_with_the_labels_that_are_given() -> None:
    selector = {"matchExpressions": [{"key": "policy", "operator": "DoesNotExist"}]}
    one = configuration(hook(rules=[rule("apps", "replicasets")], namespaceSelector=selector))
    assert codes(one) == {"NB813", "NB815"}
    own, system = (
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"policy": "off"}}}
        for name in ("policy", "kube-system")
    )
    assert codes(one, own) == {"NB813"}
    assert codes(one, own, system) == set()


def test_mutating_webhooks_are_asked_again_and_add_up() -> None:
    assert of(mutates=True, rules=[rule("", "pods")]) == {"NB819", "NB828"}
    assert of(mutates=True, rules=[rule("", "pods")], reinvocationPolicy="IfNeeded") == {"NB828"}
    two = [hook(name=f"{name}.example.com", timeoutSeconds=15) for name in "ab"]
    assert codes(configuration(*two, mutates=True)) == {"NB807", "NB808"}
    assert codes(configuration(*two)) == {"NB807"}
    two[1]["rules"] = [rule("example.com", "gadgets")]
    assert codes(configuration(*two, mutates=True)) == {"NB807"}
    two[1]["rules"] = [rule("example.com", "*")]
    assert codes(configuration(*two, mutates=True)) == {"NB807", "NB808", "NB816"}


def test_names_stand_once() -> None:
    assert codes(configuration(hook(), hook())) == {"NB802"}
    found = nbcore.check([configuration(hook(), hook(), hook())]).findings
    assert [str(one.path) for one in found] == ["webhooks[1].name"]


def test_a_bundle_is_known_or_written_by_somebody() -> None:
    bare = configuration(hook(), annotations={})
    assert codes(bare) == {"NB823"}
    assert codes(configuration(hook(clientConfig={"url": "https://example.com"}), annotations={})) == set()
    pem = trustme.CA().cert_pem.bytes()
    bundle = base64.b64encode(pem).decode()
    client = {"service": SERVICE, "caBundle": bundle}
    assert codes(configuration(hook(clientConfig=client), annotations={})) == set()
    for broken in (pem[:-40], pem.replace(b"MII", b"AII"), pem + pem[:200]):
        client = {"service": SERVICE, "caBundle": base64.b64encode(broken).decode()}
        assert codes(configuration(hook(clientConfig=client), annotations={})) == {"NB822"}


def test_an_older_version_of_the_api_is_gone() -> None:
    old = {**configuration(hook()), "apiVersion": "admissionregistration.k8s.io/v1beta1"}
    assert codes(old) == {"NB104"}
    foreign = {**configuration(hook(name="x")), "apiVersion": "example.com/v1"}
    assert codes(foreign) == set()


def test_values_of_hostile_size_are_cut() -> None:
    long = "x" * 10_000
    one = configuration(
        hook(name=long, clientConfig={"service": {**SERVICE, "namespace": long}}, rules=[PODS])
    )
    assert all(len(found.message) < 400 and len(found.remedy) < 400 for found in nbcore.check([one]).findings)


# ---- our own ----


@pytest.mark.parametrize("dialects", [("native",), ("native", "kubeflow-v2"), DIALECTS])
def test_our_own_have_no_finding(dialects: Any) -> None:
    given = Registration(annotations={"cert-manager.io/inject-ca-from": "a/b"}, dialects=dialects)
    assert codes(*webhook_configurations(given)) == set()
    assert (
        codes(*webhook_configurations(Registration(url="https://127.0.0.1:8443/", dialects=dialects)))
        == set()
    )


def own() -> list[tuple[bool, Json]]:
    return [
        (one["kind"].startswith("Mutating"), each)
        for one in webhook_configurations()
        for each in one["webhooks"]
    ]


def test_c100_to_c105_every_field_is_written() -> None:
    names = [each["name"] for _, each in own()]
    assert len(set(names)) == len(names) == len(WEBHOOKS)
    for mutates, each in own():
        assert each["admissionReviewVersions"] == ["v1"]
        assert each["sideEffects"] == "None"
        assert each["timeoutSeconds"] == 5
        assert each["failurePolicy"] in ("Fail", "Ignore")
        assert each["matchPolicy"] == "Equivalent"
        assert each.get("reinvocationPolicy") == ("IfNeeded" if mutates else None)


def test_section_1_8_says_what_fails_closed() -> None:
    assert {each["name"]: each["failurePolicy"] for _, each in own()} == {
        "notebooks.mutate.jackhoman.dev": "Fail",
        "pods.mutate.jackhoman.dev": "Ignore",
        "pods-enforced.mutate.jackhoman.dev": "Fail",
        "kinds.validate.jackhoman.dev": "Fail",
        "notebooks.validate.jackhoman.dev": "Fail",
        "pods.validate.jackhoman.dev": "Fail",
        "connections.validate.jackhoman.dev": "Fail",
        "moves.validate.jackhoman.dev": "Fail",
    }


def sent(mutates: bool) -> set[tuple[str, str, str]]:
    return {
        (each_rule["apiGroups"][0], resource, operation)
        for phase, each in own()
        if phase is mutates
        for each_rule in each["rules"]
        for resource in each_rule["resources"]
        for operation in each_rule["operations"]
    }


def test_c106_what_is_changed_is_judged_as_well() -> None:
    assert sent(True) <= sent(False)


def test_c107_to_c110_what_is_sent() -> None:
    kinds = {(group, name) for group, name, _ in sent(False) if group}
    assert kinds == {
        ("jackhoman.dev", "templates"),
        ("jackhoman.dev", "poddefaults"),
        ("jackhoman.dev", "notebooks"),
        ("jackhoman.dev", "notebooks/status"),
        ("kubeflow.org", "workspacekinds"),
        ("kubeflow.org", "workspaces"),
        ("kubeflow.org", "workspaces/status"),
        ("kubeflow.org", "poddefaults"),
        ("kubeflow.org", "notebooks"),
        ("kubeflow.org", "notebooks/status"),
    }
    assert {(name, operation) for group, name, operation in sent(False) if not group} == {
        ("pods", "CREATE"),
        ("pods", "UPDATE"),  # where owner references change
        ("pods/ephemeralcontainers", "UPDATE"),
        ("pods/resize", "UPDATE"),
        ("pods/exec", "CONNECT"),
        ("pods/attach", "CONNECT"),
        ("pods/portforward", "CONNECT"),
    }
    assert ("jackhoman.dev", "notebooks", "DELETE") in sent(False)
    scopes = {each_rule["scope"] for _, each in own() for each_rule in each["rules"]}
    assert scopes == {"Namespaced", "Cluster"}
    assert not any("*" in str(each["rules"]) for _, each in own())


def test_c111_and_c112_namespaces() -> None:
    for _, each in own():
        excluding, *asking = each["namespaceSelector"]["matchExpressions"]
        assert excluding == {"key": NAME, "operator": "NotIn", "values": ["jackhoman", *sorted(SYSTEM)]}
        of_pods = any(each_rule["apiGroups"] == [""] for each_rule in each["rules"])
        assert [one["key"] for one in asking] == (["jackhoman.dev/admission"] if of_pods else [])
        assert "objectSelector" not in each


def test_c117_the_cleaners_are_never_stopped_by_us() -> None:
    for _, each in own():
        if all(each_rule["apiGroups"] != [""] for each_rule in each["rules"]):
            (condition,) = each["matchConditions"]
            assert "'system:serviceaccount:kube-system:namespace-controller'" in condition["expression"]
            assert "'system:serviceaccount:kube-system:generic-garbage-collector'" in condition["expression"]


def test_a_policy_can_be_changed_for_a_webhook_that_exists() -> None:
    given = Registration(policies={"pods.mutate.jackhoman.dev": "Fail"})
    assert webhook_configurations(given)[0]["webhooks"][1]["failurePolicy"] == "Fail"
    with pytest.raises(ValueError, match="there is no webhook pods"):
        webhook_configurations(Registration(policies={"pods": "Fail"}))


def test_what_is_made_shares_nothing() -> None:
    first = webhook_configurations()
    kept = copy.deepcopy(first)
    for each in webhook_configurations()[0]["webhooks"]:
        each["rules"].clear()
        each["namespaceSelector"]["matchExpressions"].clear()
    assert webhook_configurations() == first == kept
