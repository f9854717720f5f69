"""Rules about a kind itself: ids, defaults, choices that fit together, activity, and layers in each other's way."""

from __future__ import annotations

from typing import Any

import nbcore
from tests.units.kinds_told import findings as lint_findings
from tests.units.kinds_told import group, pod_default, template, told

TEXT = b"""
apiVersion: jackhoman.dev/v1beta1
kind: Template
metadata: {name: lab, namespace: kinds}
spec:
  ports: [{id: web, port: 80}, {id: web, port: 81}]
  template: {spec: {containers: [{name: main, image: a}]}}
  options:
    - id: size
      default: smal
      values:
        - {id: small}
        - {id: small}
        - {id: big, ports: [{id: web, port: 82}]}
    - id: size
      default: one
      values: [{id: one}]
"""


def findings(text: bytes) -> list[Any]:
    return list(nbcore.Catalog(nbcore.load(text, "kinds.yaml")).findings)


def test_repeated_ids_are_found_where_they_repeat_with_the_first_place_beside_them() -> None:
    found = [one for one in findings(TEXT) if one.code == "NB210"]
    assert [(str(one.path), str(one.position)) for one in found] == [
        ("spec.ports[1].id", "6:37"),
        ("spec.options[0].values[1].id", "13:16"),
        ("spec.options[1].id", "15:11"),
    ]
    assert [str(one.related[0][1]) for one in found] == [
        "spec.ports[0].id",
        "spec.options[0].values[0].id",
        "spec.options[0].id",
    ]
    assert all(one.severity == "error" and one.remedy for one in found)


def test_a_default_that_is_no_value_is_found_with_the_nearest_value() -> None:
    (found,) = [one for one in findings(TEXT) if one.code == "NB211"]
    assert (found.path.keyed, found.remedy) == ("spec.options[size].default", "Did you mean small?")


def test_a_port_of_a_value_may_bear_the_id_of_a_port_of_the_template() -> None:
    text = TEXT.replace(b", {id: web, port: 81}", b"").replace(b"        - {id: small}\n", b"", 1)
    text = text.replace(b"default: smal\n", b"default: small\n").replace(
        b"    - id: size\n      default: one", b"    - id: other\n      default: one"
    )
    assert findings(text) == []


def test_the_first_of_two_values_counts() -> None:
    catalog = nbcore.Catalog(nbcore.load(TEXT))
    notebook = {
        "apiVersion": "jackhoman.dev/v1beta1",
        "kind": "Notebook",
        "metadata": {"name": "mine", "namespace": "team"},
        "spec": {"templateRef": {"name": "lab", "namespace": "kinds"}, "options": {"size": "small"}},
    }
    assert nbcore.render(notebook, catalog).selection["size"].value == "small"


# ---- options that cannot be chosen, or not by everybody ----


def test_a_group_without_values_is_an_error() -> None:
    assert told(template(options=[group("size")])) == [("NB215", "error", "spec.options[size].values")]
    assert told(template(options=[group("size", "small")])) == []


def test_a_default_is_shown_open_and_current() -> None:
    def default(**value: Any) -> Any:
        return template(options=[group("size", {"id": "small", **value}, "large", default="small")])

    path = "spec.options[size].default"
    assert told(default()) == []
    assert told(default(display={"hidden": True})) == [("NB216", "warning", path)]
    assert told(default(access={"users": ["ada"]})) == [("NB217", "warning", path)]
    assert told(default(redirect={"to": "large"})) == [("NB218", "warning", path)]


def test_a_default_may_be_as_closed_as_its_template() -> None:
    closed = {"groups": ["g"]}
    values = [{"id": "small", "access": closed}]
    assert told(template(options=[group("size", *values, default="small")], access=closed)) == []


def compatible(**labels: str) -> Any:
    """A Template whose value cuda fits sizes with these labels; the size gpu has gpu=nvidia."""
    cuda = {"id": "cuda", "compatible": {"size": {"matchLabels": labels}}}
    gpu = {"id": "gpu", "display": {"labels": {"gpu": "nvidia"}}}
    return template(options=[group("image", "plain", cuda), group("size", "small", gpu)])


def test_a_value_that_fits_nothing_is_told_with_the_label_that_nothing_has() -> None:
    assert told(compatible(gpu="nvidia")) == []
    value = "spec.options[image].values[cuda]"
    found = lint_findings(compatible(gpu="nvidea"))
    assert {(one.code, one.severity, one.path.keyed) for one in found} == {
        ("NB225", "warning", f"{value}.id"),
        ("NB227", "warning", f"{value}.compatible.size"),
    }
    assert [one.remedy for one in found if one.code == "NB227"] == ["Did you mean nvidia?"]
    assert [one[0] for one in told(compatible(gpus="nvidia")) if one[0] != "NB225"] == ["NB227"]


def test_a_template_of_which_nothing_can_be_chosen_is_an_error() -> None:
    cuda = {"id": "cuda", "compatible": {"size": {"matchLabels": {"gpu": "yes"}}}}
    one = template(options=[group("image", cuda), group("size", "small")])
    found = told(one)
    assert ("NB226", "error", "spec.options") in found
    assert "NB225" not in [code for code, _, _ in found]


def test_values_whose_users_have_nothing_in_common_cannot_go_together() -> None:
    def image(user: str) -> Any:
        return {"id": f"for-{user}", "access": {"users": [user]}}

    size = {"id": "small", "access": {"users": ["ada"]}}
    one = template(options=[group("image", image("ada"), image("ben")), group("size", size)])
    assert told(one) == [("NB225", "warning", "spec.options[image].values[for-ben].id")]


# ---- activity ----

SIZES = group(
    "size",
    {"id": "small", "display": {"labels": {"gpu": "no"}}},
    {"id": "big", "display": {"labels": {"gpu": "yes"}}},
)


def activity(*rules: Any) -> list[tuple[str, str, str]]:
    return told(template(options=[SIZES], activity=list(rules)), but=("NB90", "NB911"))


def rule(namespaces: Any = None, seconds: int = 60, **options: str) -> Any:
    selected = {"namespaceSelector": {"matchLabels": namespaces}} if namespaces else {}
    labels = {key: {"matchLabels": {"gpu": value}} for key, value in options.items()}
    return {"pauseAfterSeconds": seconds, "options": labels, **selected}


def test_rules_from_the_narrow_to_the_wide_are_fine() -> None:
    assert activity(rule({"team": "a"}, size="yes"), rule({"team": "a"}), rule(size="yes"), rule()) == []


def test_nothing_can_trigger_a_rule_behind_a_wider_one() -> None:
    never = [("NB914", "warning", "spec.activity[1]")]
    assert activity(rule(), rule(size="yes")) == never
    assert activity(rule({"team": "a"}), rule({"team": "a", "tier": "x"}, size="no")) == never
    assert activity(rule(size="yes"), rule(size="yes")) == never
    assert activity(rule(size="yes"), rule(size="no")) == []
    assert activity(rule({"team": "a"}), rule({"team": "b"})) == []


def test_a_rule_names_groups_and_labels_that_exist() -> None:
    assert activity(rule(sise="yes")) == [("NB203", "error", "spec.activity[0].options.sise")]
    assert activity(rule(size="maybe")) == [("NB227", "warning", "spec.activity[0].options.size")]


def test_nothing_can_trigger_a_rule_whose_labels_no_value_has_together() -> None:
    both = [
        {"key": "gpu", "operator": "In", "values": ["yes"]},
        {"key": "gpu", "operator": "In", "values": ["no"]},
    ]
    found = activity({"options": {"size": {"matchExpressions": both}}})
    assert found == [("NB914", "warning", "spec.activity[0].options.size")]


# ---- shadowing ----

SAFE = {
    "spec": {
        "containers": [
            {
                "name": "main",
                "env": [{"name": "MODE", "value": "canary"}],
                "resources": {"limits": {"memory": "1Gi"}},
            }
        ]
    }
}


def shadowing(tree: Any, how: str = "required") -> list[Any]:
    extra = group("extra", {"id": "extra", "template": tree}, default="extra")
    spec: dict[str, Any] = {"options": [extra], how: [{"name": "safe"}]}
    return lint_findings(template("lab", **spec), pod_default("safe", SAFE))


def env(value: str) -> Any:
    return {"spec": {"containers": [{"name": "main", "env": [{"name": "MODE", "value": value}]}]}}


def test_an_option_that_wins_over_a_required_pod_default_is_told_with_both_places() -> None:
    (found,) = shadowing(env("other"))
    assert (found.code, found.severity) == ("NB317", "warning")
    assert found.path.keyed == (
        "spec.options[extra].values[extra].template.spec.containers[main].env[MODE].value"
    )
    assert [(place[0].kind, place[1].keyed) for place in found.related] == [
        ("PodDefault", "spec.template.spec.containers[main].env[MODE].value")
    ]
    assert "canary" not in str(found) and "other" not in str(found)


def test_the_same_value_an_amount_and_an_optional_pod_default_are_nothing_to_tell() -> None:
    assert shadowing(env("canary")) == []
    assert (
        shadowing({"spec": {"containers": [{"name": "main", "resources": {"limits": {"memory": "2Gi"}}}]}})
        == []
    )
    assert shadowing(env("other"), "optional") == []


def test_main_and_the_containers_own_name_are_one_container() -> None:
    lab = {"spec": {"containers": [{"name": "lab", "image": "registry.example/lab:1"}]}}
    both = {"spec": {"containers": [{"name": "lab", "tty": True}, {"name": "main", "stdin": True}]}}
    found = told(template(template=lab, optional=[{"name": "both"}]), pod_default("both", both))
    assert found == [("NB318", "warning", "spec.template.spec.containers[main].name")]
    one = {"spec": {"containers": [{"name": "main", "stdin": True}]}}
    assert told(template(template=lab, optional=[{"name": "one"}]), pod_default("one", one)) == []
    own = {"spec": {"containers": [*lab["spec"]["containers"], {"name": "main", "image": "a:1"}]}}
    assert told(template(template=own, optional=[{"name": "both"}]), pod_default("both", both)) == []
