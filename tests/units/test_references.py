"""References of kinds: PodDefaults, dependencies, pictures, redirects, endpoints, and names derived from names."""

from __future__ import annotations

from typing import Any

import pytest

import nbcore
from nbcore.checks.redirect_rules import circles
from tests.units.kinds_told import findings, group, kind, pod_default, template, told

CONFIG_MAP: Any = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "pictures", "namespace": "kinds"},
    "data": {"lab.svg": "<svg/>"},
}


def notebook(name: str = "ada", **spec: Any) -> Any:
    return kind(name, "Notebook", {"templateRef": {"name": "lab"}, **spec})


# ---- PodDefaults ----


def referring(how: str, name: str) -> Any:
    """A Template that requires or offers a PodDefault."""
    spec: dict[str, Any] = {how: [{"name": name}]}
    return template("lab", **spec)


@pytest.mark.parametrize("how", ["required", "optional"])
def test_a_pod_default_that_is_missing_is_an_error_at_its_reference(how: str) -> None:
    (found,) = findings(referring(how, "miror"), pod_default("mirror"))
    assert (found.code, found.severity, found.path.keyed) == ("NB205", "error", f"spec.{how}[miror].name")
    assert found.remedy == "Did you mean mirror?"
    assert told(referring(how, "mirror"), pod_default("mirror")) == []


def test_a_pod_default_may_live_in_another_namespace() -> None:
    there = kind("mirror", "PodDefault", {}, "other")
    assert told(template(required=[{"name": "mirror", "namespace": "other"}]), there) == []
    assert [one[0] for one in told(template(required=[{"name": "mirror"}]), there)] == ["NB205"]


@pytest.mark.parametrize("how", ["required", "optional"])
def test_a_notebook_that_meets_a_missing_pod_default_points_at_the_templates_line(how: str) -> None:
    text = f"""
apiVersion: jackhoman.dev/v1beta1
kind: Template
metadata: {{name: lab, namespace: kinds}}
spec:
  {how}:
    - name: lost
  template: {{spec: {{containers: [{{name: main, image: a}}]}}}}
"""
    catalog = nbcore.Catalog(nbcore.load(text.encode(), "kinds.yaml"))
    asked: dict[str, Any] = {"podDefaults": ["lost"]} if how == "optional" else {}
    (found,) = [
        one for one in nbcore.render(notebook("ada", **asked), catalog).findings if one.code == "NB205"
    ]
    ((source, path, position),) = found.related
    assert (source.file, path.keyed, str(position)) == ("kinds.yaml", f"spec.{how}[lost].name", "7:13")


def test_labels_of_a_pod_default_that_are_no_text_are_told_at_its_line() -> None:
    wrong = pod_default("mirror", {"metadata": {"labels": {"tier": 5}}})
    found = findings(template(required=[{"name": "mirror"}]), wrong)
    assert [(one.code, one.source.kind, one.path.keyed) for one in found] == [
        ("NB106", "PodDefault", "spec.template.metadata.labels.tier")
    ]


# ---- dependencies and pictures ----


def test_a_dependency_is_looked_for_where_objects_of_its_kind_were_given() -> None:
    needs = [{"apiVersion": "v1", "kind": "ConfigMap", "name": "picture"}]
    for one in (template(dependencies=needs), pod_default("lab", dependencies=needs)):
        (found,) = findings(one, CONFIG_MAP)
        assert (found.code, found.path.keyed) == ("NB221", "spec.dependencies[picture].name")
        assert found.remedy == "Did you mean pictures?"
    assert told(template(dependencies=[{**needs[0], "name": "pictures"}]), CONFIG_MAP) == []


def test_a_dependency_of_a_kind_that_was_not_given_is_not_evaluated() -> None:
    needs = [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "proxy"}]
    report = nbcore.check([template(dependencies=needs), template("other", dependencies=needs)])
    listed = [one for one in report.not_evaluated if one.code == "NB221"]
    assert [(one.subject, one.needs) for one in listed] == [("Deployment.apps", "objects of this kind")]


def test_a_picture_needs_its_config_map_and_its_key() -> None:
    def icon(name: str, key: str) -> Any:
        return template(display={"icon": {"configMap": {"name": name, "key": key}}})

    assert told(icon("pictures", "lab.svg"), CONFIG_MAP) == []
    (found,) = findings(icon("pictures", "lap.svg"), CONFIG_MAP)
    assert (found.code, found.path.keyed, found.remedy) == (
        "NB221",
        "spec.display.icon.configMap.key",
        "Did you mean lab.svg?",
    )
    (found,) = findings(icon("lost", "lab.svg"), CONFIG_MAP)
    assert (found.code, found.path.keyed) == ("NB221", "spec.display.icon.configMap.name")
    assert told(template(display={"icon": {"url": "https://example.com/lab.svg"}}), CONFIG_MAP) == []


# ---- redirects ----


def redirecting(*chain: str, **values: Any) -> Any:
    """A Template whose values redirect to one another along the chain; values may have more fields."""
    found = []
    for at, id_ in enumerate(dict.fromkeys(chain)):
        to = {"redirect": {"to": chain[at + 1]}} if at + 1 < len(chain) else {}
        found.append({"id": id_, **to, **values.get(id_, {})})
    return template(options=[group("image", *found)])


def test_redirects_that_end_are_fine() -> None:
    assert told(redirecting("a", "b", "c")) == []


def test_a_redirect_to_nowhere_is_an_error_with_the_nearest_value() -> None:
    one = template(options=[group("image", {"id": "old", "redirect": {"to": "newer"}}, "new")])
    (found,) = findings(one)
    assert (found.code, found.severity, found.path.keyed) == (
        "NB207",
        "error",
        "spec.options[image].values[old].redirect.to",
    )
    assert found.remedy == "Did you mean new?"


def test_each_value_of_a_circle_is_told_and_those_that_only_lead_there_are_not() -> None:
    found = findings(redirecting("start", "a", "b", "c", "a"))
    assert [(one.code, one.severity, one.path.keyed) for one in found] == [
        ("NB208", "error", f"spec.options[image].values[{id_}].redirect.to") for id_ in "abc"
    ]
    assert found[0].message == "the image value a redirects in a circle: a → b → c → a"
    assert [place[1].keyed for place in found[0].related] == [
        f"spec.options[image].values[{id_}]" for id_ in "bc"
    ]


def test_a_value_may_not_redirect_to_itself() -> None:
    assert [one[0] for one in told(redirecting("a", "a"))] == ["NB208"]


def test_a_redirect_to_something_hidden_is_a_warning() -> None:
    assert told(redirecting("a", "b", b={"display": {"hidden": True}})) == [
        ("NB219", "warning", "spec.options[image].values[a].redirect.to")
    ]


@pytest.mark.parametrize(
    ("source", "target", "severity"),
    [
        ({}, {}, None),
        ({"users": ["ada"]}, {}, None),
        ({"users": ["ada"]}, {"users": ["ada", "ben"]}, None),
        ({"groups": ["g"]}, {"groups": ["g", "h"]}, None),
        ({"users": ["ada"], "groups": ["g"]}, {"groups": ["g"]}, None),
        ({}, {"users": ["ada"]}, "error"),
        ({}, {"groups": ["g"]}, "error"),
        ({"users": ["ada", "ben"]}, {"users": ["ada"]}, "error"),
        ({"groups": ["g", "h"]}, {"groups": ["g"]}, "error"),
        ({"users": ["ada"]}, {"groups": ["g"]}, "warning"),
        ({"groups": ["g"]}, {"users": ["ada"]}, "warning"),
    ],
)
def test_a_redirect_leads_to_what_its_users_may_use(source: Any, target: Any, severity: str | None) -> None:
    found = told(redirecting("a", "b", a={"access": source}, b={"access": target}))
    expected = [("NB220", severity, "spec.options[image].values[a].redirect.to")] if severity else []
    assert [one for one in found if one[0] == "NB220"] == expected


@pytest.mark.parametrize(
    ("source", "target", "is_fine"),
    [
        ({"matchLabels": {"team": "a", "tier": "x"}}, {"matchLabels": {"team": "a"}}, True),
        ({"matchLabels": {"team": "a"}}, {"matchExpressions": [{"key": "team", "operator": "Exists"}]}, True),
        (
            {"matchLabels": {"team": "a"}},
            {"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["b"]}]},
            True,
        ),
        (
            {"matchLabels": {"team": "a"}},
            {"matchExpressions": [{"key": "team", "operator": "In", "values": ["a", "b"]}]},
            True,
        ),
        ({"matchLabels": {"team": "a"}}, {"matchLabels": {"team": "b"}}, False),
        ({}, {"matchLabels": {"team": "a"}}, False),
        (
            {"matchExpressions": [{"key": "team", "operator": "Exists"}]},
            {"matchLabels": {"team": "a"}},
            False,
        ),
        ({"matchLabels": {"team": "a"}}, {"matchLabels": {"tier": "x"}}, False),
    ],
)
def test_namespaces_of_a_redirect_are_compared_exactly(source: Any, target: Any, is_fine: bool) -> None:
    accesses = [{"access": {"namespaceSelector": one}} for one in (source, target)]
    found = told(redirecting("a", "b", a=accesses[0], b=accesses[1]))
    assert [one[1] for one in found if one[0] == "NB220"] == ([] if is_fine else ["error"])


def test_the_templates_own_access_counts_for_its_values() -> None:
    one = redirecting("a", "b", b={"access": {"groups": ["g"]}})
    one["spec"]["access"] = {"groups": ["g"]}
    assert told(one) == []


def deprecated(name: str, to: str, **spec: Any) -> Any:
    return template(name, deprecation={"redirect": {"to": to}}, **spec)


def test_redirects_of_templates_are_judged_like_those_of_values() -> None:
    assert told(deprecated("old", "lab"), template()) == []
    assert told(deprecated("old", "kinds/lab"), template()) == []
    path = "spec.deprecation.redirect.to"
    assert told(deprecated("old", "lap"), template()) == [("NB207", "error", path)]
    assert told(deprecated("old", "other/lab"), template()) == [("NB207", "error", path)]
    assert told(deprecated("a", "b"), deprecated("b", "a")) == [("NB208", "error", path)] * 2
    assert told(deprecated("old", "lab"), template(display={"hidden": True})) == [("NB219", "warning", path)]
    assert told(deprecated("old", "lab"), template(access={"users": ["ada"]})) == [("NB220", "error", path)]


def test_a_long_chain_of_templates_is_quick() -> None:
    count = 3_000
    chain = {at: at + 1 for at in range(count)} | {count: 0}
    assert [len(one) for one in circles(chain)] == [count + 1]
    assert list(circles({at: at + 1 for at in range(count)})) == []


# ---- endpoints ----


def test_endpoints_need_a_number_of_their_own() -> None:
    assert told(template(ports=[{"id": "a", "port": 1}, {"id": "b", "port": 2}])) == []
    assert told(template(ports=[{"id": "a"}])) == [("NB224", "error", "spec.ports[a]")]
    twice = template(ports=[{"id": "a", "port": 1}, {"id": "b", "port": 1}])
    assert told(twice) == [("NB222", "warning", "spec.ports[b].port")]


def test_a_value_may_complete_an_endpoint() -> None:
    values = [
        {"id": "one", "ports": [{"id": "a", "port": 1}]},
        {"id": "two", "ports": [{"id": "a", "port": 2}]},
    ]
    assert told(template(ports=[{"id": "a"}], options=[group("image", *values)])) == []
    taken = [{"id": "one", "ports": [{"id": "b", "port": 1}]}]
    one = template(ports=[{"id": "a", "port": 1}], options=[group("image", *taken)])
    assert told(one) == [("NB222", "warning", "spec.options[image].values[one].ports[b].port")]


def test_an_endpoint_has_the_port_of_a_container_where_containers_name_theirs() -> None:
    pod = {"spec": {"containers": [{"name": "main", "image": "a:1", "ports": [{"containerPort": 80}]}]}}
    assert told(template(template=pod, ports=[{"id": "a", "port": 80}])) == []
    assert told(template(template=pod, ports=[{"id": "a", "port": 81}])) == [
        ("NB223", "warning", "spec.ports[a].port")
    ]
    more = {"spec": {"containers": [{"name": "main", "ports": [{"containerPort": 81}]}]}}
    one = template(template=pod, ports=[{"id": "a", "port": 81}], optional=[{"name": "more"}])
    assert told(one, pod_default("more", more)) == []


def test_text_in_headers_names_endpoints_that_exist() -> None:
    def headers(text: str) -> Any:
        return template(ports=[{"id": "a", "port": 1, "requestHeaders": {"set": {"X-Prefix": text}}}])

    assert told(headers('{{ httpPathPrefix "a" }}')) == []
    assert told(headers('{{ httpPathPrefix "b" }}')) == [
        ("NB212", "error", "spec.ports[a].requestHeaders.set[X-Prefix]")
    ]


# ---- derived names ----


def stateful_set(**metadata: Any) -> Any:
    labels = {"app": "a"}
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": metadata,
        "spec": {
            "serviceName": "a",
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "main", "image": "a:1"}]},
            },
        },
    }


def test_a_stateful_sets_name_leaves_room_for_the_labels_of_its_pods() -> None:
    assert told(stateful_set(name="a" * 52)) == []
    assert told(stateful_set(name="a" * 53)) == [("NB490", "error", "metadata.name")]
    assert told(stateful_set(generateName="a" * 47)) == []
    assert told(stateful_set(generateName="a" * 48)) == [("NB490", "error", "metadata.generateName")]


def test_the_names_of_jobs_fit_as_a_server_wants_them() -> None:
    """Asked of a server: CronJobs of 52 and 47 + 5 characters pass, and Jobs of 63, or of any with a selector."""
    pod = {"spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "a:1"}]}}
    both: dict[str, Any] = {"template": pod, "jobTemplate": {"spec": {"template": pod}}}

    def found(kind: str, metadata: Any, **spec: Any) -> Any:
        return told({"apiVersion": "batch/v1", "kind": kind, "metadata": metadata, "spec": {**both, **spec}})

    assert found("CronJob", {"name": "a" * 52}) == found("CronJob", {"generateName": "a" * 47}) == []
    assert found("CronJob", {"name": "a" * 53}) == [("NB490", "error", "metadata.name")]
    assert found("CronJob", {"generateName": "a" * 48}) == [("NB490", "error", "metadata.generateName")]
    assert found("Job", {"name": "a" * 63}) == found("Job", {"generateName": "a" * 60}) == []
    assert found("Job", {"name": "a" * 64}) == [("NB490", "error", "metadata.name")]
    assert found("Job", {"name": "a" * 64}, manualSelector=True) == []
    assert found("Job", {"name": "a" * 64}, manualSelector="true") == [("NB490", "error", "metadata.name")]


def test_a_notebooks_generated_name_fits_too() -> None:
    def named(prefix: str) -> Any:
        one = notebook()
        one["metadata"] = {"generateName": prefix, "namespace": "kinds"}
        return one

    assert told(template(), named("a" * 47)) == []
    (found,) = findings(template(), named("a" * 48))
    assert (found.code, found.remedy) == ("NB490", "Give it a generateName of at most 47 characters.")


# ---- shorthands ----


def test_a_resource_that_is_nearly_memory_is_asked_about() -> None:
    (found,) = findings(template(), notebook(resources={"mem": "2Gi"}))
    assert (found.code, found.remedy) == ("NB310", "Did you mean memory?")
    (found,) = findings(template(), notebook(resources={"example.com/memory": 1}))
    assert found.remedy.startswith("Choose an option that brings it")
