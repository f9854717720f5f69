"""Overrides: denied by default; what a rule lets through; the detours that were tried."""

from __future__ import annotations

from typing import Any

import pytest

from tests.units.notebooks import BASE, codes, container, main, rendered, template


def rule(path: str, **limits: Any) -> list[dict[str, Any]]:
    return [{"path": path, **limits}]


ENV = "spec.containers[main].env[*].value"
REFUSED: tuple[tuple[str, list[Any], Any], ...] = (
    ("no rule", [], main(image="evil")),
    (
        "a container whose image is its name",
        [],
        {"spec": {"containers": [{"name": "evil", "image": "evil"}]}},
    ),
    ("a variable whose value is its name", [], main(env=[{"name": "LD", "value": "LD"}])),
    ("another container", rule(ENV), {"spec": {"containers": [{"name": "x", "image": "y"}]}}),
    (
        "a double",
        rule(ENV, enum=["ok"]),
        main(env=[{"name": "A", "value": "evil"}, {"name": "A", "value": "ok"}]),
    ),
    ("letter case", rule(ENV), {"spec": {"Containers": [{"name": "main", "image": "evil"}]}}),
    ("null", rule("spec"), {"spec": {"hostname": None}}),
    ("a directive", rule("spec"), main(env=[{"$patch": "replace"}])),
    ("a directive for all", rule("spec"), {"spec": {"$patch": "delete"}}),
    ("expansion", rule(ENV, glob="a*"), main(env=[{"name": "A", "value": "a$(B)"}])),
    ("not in the list", rule(ENV, enum=["1"]), main(env=[{"name": "A", "value": 1}])),
    ("1 is not True", rule("spec.hostNetwork", enum=[1]), {"spec": {"hostNetwork": True}}),
    ("too large", rule("spec.x", max="1Gi"), {"spec": {"x": "1025Mi"}}),
    ("no quantity", rule("spec.x", min=0), {"spec": {"x": "abc"}}),
    ("a sibling", rule("spec.containers[main].image"), main(imagePullPolicy="Always")),
    ("a longer name", rule("spec.host"), {"spec": {"hostname": "x"}}),
    ("a map in place of a list", [], {"spec": {"containers": {"name": "main"}}}),
)


@pytest.mark.parametrize(
    ("rules", "overrides"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_what_is_refused(rules: list[Any], overrides: Any) -> None:
    rendering = rendered(template(overrides=rules), overrides=overrides)
    assert rendering.pod is None
    assert "NB306" in codes(rendering)


ALLOWED: tuple[tuple[str, list[Any], Any], ...] = (
    ("any", rule("spec.hostname"), {"spec": {"hostname": "x"}}),
    ("in the list", rule("spec.hostname", enum=["x", 1]), {"spec": {"hostname": "x"}}),
    ("glob", rule(ENV, glob="a*"), main(env=[{"name": "A", "value": "a$$(B)"}])),
    ("between", rule("spec.x", min="500m", max=1), {"spec": {"x": 0.75}}),
    ("the subtree", rule("spec.containers[main]"), main(env=[{"name": "A", "value": "x"}])),
    ("one of two rules", [*rule("spec.x", max=1), *rule("spec.x", enum=[7])], {"spec": {"x": 7}}),
)


@pytest.mark.parametrize(
    ("rules", "overrides"), [row[1:] for row in ALLOWED], ids=[row[0] for row in ALLOWED]
)
def test_what_is_allowed(rules: list[Any], overrides: Any) -> None:
    assert rendered(template(overrides=rules), overrides=overrides).pod is not None


def test_the_same_as_the_template_says_needs_a_rule_too() -> None:
    assert codes(rendered(template(), overrides=BASE)) == ["NB306"]


def test_main_in_a_rule_means_the_notebooks_container() -> None:
    rendering = rendered(
        template(overrides=rule("spec.containers[main].image", glob="ok/*")), overrides=main(image="ok/x")
    )
    assert container(rendering) == {"name": "lab", "image": "ok/x"}


def test_the_finding_names_the_field_and_the_rule_that_would_help() -> None:
    rendering = rendered(template(), overrides=main(image="evil"))
    (finding,) = rendering.findings
    assert finding.path[:2] == ("spec", "overrides")
    assert "spec.containers[lab].image" in finding.remedy
    assert "evil" not in str(finding)


@pytest.mark.parametrize(
    "key", ["$patch", "$retainKeys", "$setElementOrder/x", "$deleteFromPrimitiveList/x", "$"]
)
@pytest.mark.parametrize("path", ["spec", "spec.nodeSelector", "spec.nodeSelector.*", "metadata.labels"])
@pytest.mark.parametrize("place", [("spec",), ("spec", "nodeSelector"), ("metadata", "labels")])
def test_no_rule_lets_a_directive_through_at_any_depth(key: str, path: str, place: tuple[str, ...]) -> None:
    base = {
        "metadata": {"labels": {"a": "b"}},
        "spec": {"nodeSelector": {"a": "b"}, "containers": [{"name": "main", "image": "x"}]},
    }
    overrides: dict[str, object] = {key: "delete"}
    for step in reversed(place):
        overrides = {step: overrides}
    rendering = rendered(template(template=base, overrides=rule(path)), overrides=overrides)
    assert rendering.pod is None
    assert "NB306" in {one.code for one in rendering.findings}


@pytest.mark.parametrize("labels", [5, [1], "x", True])
def test_overrides_of_a_wrong_shape_are_refused_even_where_a_rule_allows_the_field(labels: object) -> None:
    rendering = rendered(
        template(overrides=rule("metadata.labels")), overrides={"metadata": {"labels": labels}}
    )
    assert (rendering.pod, codes(rendering)) == (None, ["NB305"])


def test_a_broken_choice_does_not_hide_what_else_is_wrong() -> None:
    rendering = rendered(
        template(),
        options={"nowhere": "x"},
        env=[{"name": "PATH", "value": "/bin"}],
        volumes={"data": [{"pvcName": "d", "mountPath": "/etc"}]},
        overrides={"spec": {"hostNetwork": True}},
    )
    assert rendering.pod is None
    assert sorted(codes(rendering)) == ["NB203", "NB306", "NB307", "NB309"]
