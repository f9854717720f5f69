"""The laws of the workload: the objects of a notebook fit together, and hold the pod that is rendered."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from hypothesis import assume, event, given
from hypothesis import strategies as st

import nbcore
from nbcore.catalog import read
from nbcore.model.notebook import Notebook
from nbcore.workload import Istio, objects
from nbcore.workload.naming import name_prefix, role_binding_name
from tests.laws.trees import copied, hostile_json, near_misses
from tests.units.workload_cases import (
    COMPAT,
    child,
    kind,
    notebook,
    port,
    template,
    with_image_ports,
    with_pod_config,
    workspace,
)

Json: TypeAlias = Any
IDS = ("jupyterlab", "rstudio", "x_1", "gone")
CALLS = tuple(f'{{{{ httpPathPrefix "{id_}" }}}}' for id_ in IDS)
texts = st.sampled_from((*CALLS, f"a{CALLS[0]}b", "plain", "", "{{", "{{ .PathPrefix }}", "{{- /* no */ -}}"))
maps = st.dictionaries(
    st.sampled_from(("a", "b", "statefulset", "notebooks.kubeflow.org/workspace-name")), texts
)
labels = st.dictionaries(
    st.sampled_from(("a", "b", "statefulset", "jackhoman.dev/notebook")), st.sampled_from(("", "x", "y"))
)
names = st.one_of(
    st.sampled_from(("demo", "0", "foo.bar", "a" * 46, "a" * 60, "a" * 41 + "-bcd", "a" * 253)),
    st.from_regex(r"[a-z0-9]([-a-z0-9]{0,60}[a-z0-9])?", fullmatch=True),
)


class Case(NamedTuple):
    """A notebook and what its catalog holds."""

    own: Json
    others: tuple[Json, ...]

    def objects(self, **more: Any) -> tuple[tuple[Json, ...], Any]:
        """What is made of it, with a mesh, from a catalog that nobody has asked anything yet."""
        return objects(self.own, nbcore.Catalog([self.own, *self.others]), istio=Istio(), **more)


headers = st.fixed_dictionaries(
    {},
    optional={
        "set": st.dictionaries(st.sampled_from(("X", "Y")), texts, max_size=2),
        "add": st.dictionaries(st.sampled_from(("X", "x")), texts, max_size=2),
        "remove": st.lists(texts.filter(bool), max_size=2),
    },
)
proxies = st.fixed_dictionaries({}, optional={"removePathPrefix": st.booleans(), "requestHeaders": headers})
numbers = st.one_of(st.integers(1, 65535), st.integers(1, 65535), st.just(8888))


@st.composite
def workspaces(draw: st.DrawFn) -> Case:
    """A Workspace and its kind, most of which render, beside objects that may be its own."""
    known = draw(st.lists(st.sampled_from(IDS[:3]), min_size=1, unique=True))
    whole = kind(
        ports=[port(id_, **draw(proxies)) for id_ in known],
        extraEnv=[{"name": "A", "value": draw(st.sampled_from(("plain", CALLS[0])))}],
        podMetadata={"labels": draw(labels)},
        statefulSetMetadata={"labels": draw(labels)},
        serviceAccount={"clusterRoles": [{"name": one} for one in draw(st.sets(st.sampled_from("abc")))]},
    )
    given_ports = draw(st.dictionaries(st.sampled_from(IDS), numbers, min_size=1))
    whole = with_image_ports(whole, *({"id": id_, "port": one} for id_, one in given_ports.items()))
    whole = with_pod_config(whole, statefulSetMetadata={"labels": draw(labels)})
    uid = draw(st.sampled_from(("", "u1")))
    own = workspace(draw(names), paused=draw(st.booleans()), **({"uid": uid} if uid else {}))
    child_kinds = st.sampled_from(("StatefulSet", "Service", "VirtualService"))
    children = [child(one, f"ws-{at}", own) for at, one in enumerate(draw(st.lists(child_kinds, max_size=2)))]
    return Case(own, (whole, *children))


@st.composite
def notebooks(draw: st.DrawFn) -> Case:
    """A Notebook and its Template."""
    protocols = st.sampled_from(({}, {"protocol": "HTTP"}, {"protocol": "TCP"}))
    ports = [
        {"id": id_, "port": draw(numbers), "stripPrefix": draw(st.booleans()), **draw(protocols)}
        for id_ in draw(st.lists(st.sampled_from(IDS), unique=True))
    ]
    tree = {"metadata": {"labels": draw(labels)}, "spec": template()["spec"]["template"]["spec"]}
    own = notebook(
        draw(names.filter(lambda one: len(one) <= 52 and "." not in one)), stopped=draw(st.booleans())
    )
    return Case(own, (template(ports=ports, template=tree),))


cases = st.one_of(workspaces(), notebooks())


def by_kind(found: tuple[Json, ...], kind_: str) -> list[Json]:
    return [one for one in found if one["kind"] == kind_]


def made(case: Case, **more: Any) -> tuple[Json, ...]:
    """The objects of a case; cases that have none are not looked at."""
    found, findings = case.objects(**more)
    event("made" if found else "refused")
    assert found or any(one.severity == "error" for one in findings)
    assume(found)
    return found


def backwards(value: Json) -> Json:
    """The same value, the keys of its maps in the opposite order."""
    if isinstance(value, dict):
        return {key: backwards(one) for key, one in reversed(value.items())}
    return [backwards(one) for one in value] if isinstance(value, list) else value


anything = st.one_of(
    hostile_json(),
    cases.flatmap(lambda case: near_misses(st.sampled_from([case.own, *case.others]), 2)),
)


@given(anything, anything, cases)
def test_objects_never_raise_on_any_json(first: Json, second: Json, case: Case) -> None:
    for own, others in (
        (first, case.others),
        (case.own, (second, *case.others)),
        (case.own, (*case.others, first, second)),
    ):
        for settings in (None, COMPAT):
            found, findings = objects(own, nbcore.Catalog([own, *others]), settings=settings, istio=Istio())
            assert found or any(one.severity == "error" for one in findings)
    objects(case.own, nbcore.Catalog(case.others), revision=first)


@given(cases)
def test_objects_leave_inputs_unchanged(case: Case) -> None:
    before = copy.deepcopy(case)
    case.objects()
    assert case == before


@given(cases)
def test_objects_are_deterministic(case: Case) -> None:
    turned = Case(backwards(case.own), tuple(map(backwards, reversed(case.others))))
    first, second = case.objects(), turned.objects()
    assert first[0] == second[0]
    assert {one.identity for one in first[1]} == {one.identity for one in second[1]}


@given(workspaces())
def test_compat_and_default_make_the_same_objects(case: Case) -> None:
    default, compat = case.objects()[0], case.objects(settings=COMPAT)[0]
    event(f"default {bool(default)}, compat {bool(compat)}")
    assert default in ((), compat)


@given(cases)
def test_stopping_changes_the_replicas_alone(case: Case) -> None:
    found = []
    for stopped in (False, True):
        own = copied(case.own)
        own["spec"]["paused" if "paused" in own["spec"] else "stopped"] = stopped
        objects_ = copied(list(made(Case(own, case.others))))
        [carrier] = by_kind(objects_, "StatefulSet")
        assert carrier["spec"].pop("replicas") == (0 if stopped else 1)
        found.append(objects_)
    assert found[0] == found[1]


@given(cases)
def test_the_pod_template_is_the_rendered_pod(case: Case) -> None:
    [carrier] = by_kind(made(case), "StatefulSet")
    pod = copied(nbcore.render(case.own, nbcore.Catalog([case.own, *case.others])).pod)
    for field in ("name", "namespace"):
        pod["metadata"].pop(field, None)
    assert carrier["spec"]["template"] == pod


@given(cases)
def test_every_selector_selects_the_pod(case: Case) -> None:
    found = made(case)
    [carrier] = by_kind(found, "StatefulSet")
    selectors = [carrier["spec"]["selector"]["matchLabels"]]
    selectors += [one["spec"]["selector"] for one in by_kind(found, "Service")]
    for selector in selectors:
        assert selector
        assert selector.items() <= carrier["spec"]["template"]["metadata"]["labels"].items()
        assert set(selector.values()) == {case.own["metadata"]["name"]}


@given(cases)
def test_every_object_is_known_by_its_label(case: Case) -> None:
    own = case.own["metadata"]
    key = {"Workspace": "notebooks.kubeflow.org/workspace-name", "Notebook": "jackhoman.dev/notebook"}
    for one in made(case):
        metadata = one["metadata"]
        assert metadata["labels"][key[case.own["kind"]]] == own["name"]
        assert metadata["namespace"] == own["namespace"]
        assert ("name" in metadata) != ("generateName" in metadata)
        owners = [owner["uid"] for owner in metadata.get("ownerReferences", ())]
        assert owners == ([own["uid"]] if "uid" in own else [])
        assert one["kind"] == "StatefulSet" or len(metadata["labels"]) == 1


@given(cases)
def test_every_route_leads_to_a_port_of_the_service(case: Case) -> None:
    found = made(case)
    [*services] = by_kind(found, "Service")
    open_ = [one["port"] for service in services for one in service["spec"]["ports"]]
    assert len(set(open_)) == len(open_)
    for virtual in by_kind(found, "VirtualService"):
        prefixes = [one["match"][0]["uri"]["prefix"] for one in virtual["spec"]["http"]]
        assert len(set(prefixes)) == len(prefixes) > 0
        for one in virtual["spec"]["http"]:
            [target] = one["route"]
            assert target["destination"]["port"]["number"] in open_
            named: Mapping[str, str] = services[0]["metadata"]
            host = target["destination"]["host"]
            assert host.startswith(named.get("name") or named["generateName"])


@given(workspaces())
def test_the_account_of_the_pod_is_the_one_that_is_made(case: Case) -> None:
    found = made(case)
    [account] = by_kind(found, "ServiceAccount")
    [carrier] = by_kind(found, "StatefulSet")
    name = account["metadata"]["name"]
    assert len(name) <= 253
    assert carrier["spec"]["template"]["spec"]["serviceAccountName"] == name
    subjects = [subject for one in by_kind(found, "RoleBinding") for subject in one["subjects"]]
    assert all((one["name"], one["namespace"]) == (name, "team") for one in subjects)


@given(st.text("abc-.", min_size=1, max_size=300), st.integers(10, 253))
def test_a_generated_name_fits_its_limit(base: str, limit: int) -> None:
    prefix = name_prefix(base, limit)
    assert prefix.endswith("-")
    assert len(prefix) + 5 < limit
    assert base.startswith(prefix.removesuffix("-"))
    assert base.startswith(prefix) or prefix == f"{base}-" or len(prefix) == limit - 6


@given(*[st.tuples(names, st.from_regex("[a-z][-:a-z]{0,8}", fullmatch=True))] * 2)
def test_names_of_role_bindings_differ(first: tuple[str, str], second: tuple[str, str]) -> None:
    assume(first != second)
    called = []
    for name, role in (first, second):
        own = read(workspace(name)).object
        assert isinstance(own, Notebook)
        called.append(role_binding_name(own, role))
        assert len(called[-1]) <= 253
    assert called[0] != called[1]
