"""Laws of PodDefaults at admission: all or nothing, once, whatever other webhooks do, and never an exception."""

from __future__ import annotations

import copy
import json
from typing import Any

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nbcore
from nbcore.admission import pods
from nbcore.admission.outcome import Outcome
from nbcore.admission.pods import mutate_pod
from nbcore.change.patching import patch as changes
from nbcore.settings import Settings

SPACE = "team"
NAMES = st.sampled_from(("a", "b", "c"))
TEXTS = st.sampled_from(("", "x", "y"))
SETTINGS = st.sampled_from((Settings(), Settings(compat="kubeflow")))


def lists(element: st.SearchStrategy[Any], most: int = 2) -> st.SearchStrategy[list[Any]]:
    return st.lists(element, max_size=most)


def uniquely(element: st.SearchStrategy[dict[str, Any]], key: str) -> st.SearchStrategy[list[Any]]:
    return st.lists(element, max_size=3, unique_by=lambda one: one[key])


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


ENV = st.fixed_dictionaries({"name": NAMES, "value": TEXTS})
ENV_FROM = st.fixed_dictionaries({"secretRef": st.fixed_dictionaries({"name": NAMES})})
VOLUME = st.one_of(
    st.fixed_dictionaries({"name": NAMES, "emptyDir": st.just({})}),
    st.fixed_dictionaries({"name": NAMES, "secret": st.fixed_dictionaries({"secretName": NAMES})}),
)
MOUNT = st.fixed_dictionaries({"name": NAMES, "mountPath": NAMES.map("/{}".format)})
TOLERATION = some(key=NAMES, operator=st.just("Exists"), effect=st.sampled_from(("NoSchedule", "NoExecute")))
LABELS = st.dictionaries(NAMES, TEXTS, max_size=3)
SECRET = st.fixed_dictionaries({"name": NAMES})
OF_CONTAINER: dict[str, st.SearchStrategy[Any]] = {
    "env": uniquely(ENV, "name"),
    "envFrom": lists(ENV_FROM),
    "volumeMounts": uniquely(MOUNT, "mountPath"),
    "command": lists(TEXTS, 1),
    "args": lists(TEXTS, 1),
}
OF_POD: dict[str, st.SearchStrategy[Any]] = {
    "volumes": uniquely(VOLUME, "name"),
    "tolerations": lists(TOLERATION),
    "imagePullSecrets": uniquely(SECRET, "name"),
    "serviceAccountName": NAMES,
    "automountServiceAccountToken": st.booleans(),
}


def container(names: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"name": names, "image": TEXTS.map("i:{}".format)}, optional=OF_CONTAINER)


CONTAINERS = uniquely(container(st.sampled_from(("main", "istio-proxy", "side", "other"))), "name")
INIT = uniquely(container(st.sampled_from(("one", "two"))), "name")
SELECTORS = st.sampled_from(
    ({}, {"matchLabels": {"a": "x"}}, {"matchExpressions": [{"key": "b", "operator": "Exists"}]})
)
KUBEFLOW = st.fixed_dictionaries(
    {"selector": SELECTORS},
    optional={
        **OF_CONTAINER,
        **OF_POD,
        "labels": LABELS,
        "annotations": LABELS,
        "initContainers": INIT,
        "sidecars": uniquely(container(st.sampled_from(("side", "helper"))), "name"),
    },
)
NATIVE = st.fixed_dictionaries(
    {
        "selector": SELECTORS,
        "template": some(
            metadata=some(labels=LABELS, annotations=LABELS),
            spec=some(
                containers=uniquely(
                    st.fixed_dictionaries({"name": st.just("main")}, optional=OF_CONTAINER), "name"
                ),
                terminationGracePeriodSeconds=st.sampled_from((30, 60, None)),
                restartPolicy=st.sampled_from(("Always", "Never")),
                **OF_POD,
            ),
        ),
    }
)


def named(api_version: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": SPACE, "resourceVersion": "7"}
    return {"apiVersion": api_version, "kind": "PodDefault", "metadata": metadata, "spec": spec}


@st.composite
def pod_defaults(draw: st.DrawFn) -> list[dict[str, Any]]:
    theirs = draw(st.dictionaries(NAMES, KUBEFLOW, max_size=3))
    ours = draw(st.dictionaries(NAMES, NATIVE, max_size=2))
    return [
        *(named("kubeflow.org/v1alpha1", name, spec) for name, spec in theirs.items()),
        *(named("jackhoman.dev/v1beta1", f"our-{name}", spec) for name, spec in ours.items()),
    ]


PODS = st.fixed_dictionaries(
    {
        "metadata": some(labels=LABELS, annotations=LABELS, future=TEXTS),
        "spec": st.fixed_dictionaries(
            {"containers": CONTAINERS.filter(bool)},
            optional={
                **OF_POD,
                "initContainers": INIT,
                "terminationGracePeriodSeconds": st.sampled_from((30, 60)),
                "restartPolicy": st.just("Always"),
                "unheardOf": st.just({"deep": [1, None]}),
            },
        ),
    }
)


def hook(pod: Any, objects: Any, settings: Settings, operation: str = "CREATE") -> Outcome:
    catalog = objects if isinstance(objects, nbcore.Catalog) else nbcore.Catalog(objects)
    return mutate_pod(pod, SPACE, catalog, settings, operation=operation, dry_run=False)


@given(PODS, pod_defaults(), SETTINGS)
def test_a_pod_that_was_given_its_pod_defaults_is_left_alone(
    pod: Any, objects: Any, settings: Settings
) -> None:
    found = hook(pod, objects, settings)
    if found.object is not None:
        assert hook(found.object, objects, settings) == Outcome()


def _another_container(pod: dict[str, Any]) -> None:
    pod["spec"]["containers"].insert(0, {"name": "istio", "image": "mesh:1"})


def _another_variable(pod: dict[str, Any]) -> None:
    for one in pod["spec"]["containers"]:
        one.setdefault("env", []).append({"name": "INJECTED", "value": "1"})


def _another_volume(pod: dict[str, Any]) -> None:
    pod["spec"].setdefault("volumes", []).append({"name": "injected", "emptyDir": {}})


def _another_label(pod: dict[str, Any]) -> None:
    pod["metadata"].setdefault("labels", {}).update(a="x", b="y", c="z")


def _another_source(pod: dict[str, Any]) -> None:
    for one in pod["spec"]["containers"]:
        one.setdefault("envFrom", []).append({"secretRef": {"name": "a"}})


INJECTIONS = st.lists(
    st.sampled_from(
        (_another_container, _another_variable, _another_volume, _another_label, _another_source)
    ),
    min_size=1,
    unique=True,
)


@given(PODS, pod_defaults(), SETTINGS, INJECTIONS)
def test_what_others_add_between_calls_stays(
    pod: Any, objects: Any, settings: Settings, injections: Any
) -> None:
    found = hook(pod, objects, settings)
    if found.object is None:
        return
    between = copy.deepcopy(found.object)
    for inject in injections:
        inject(between)
    assert hook(between, objects, settings) == Outcome()


def turned(value: Any) -> Any:
    """The value with the keys of every object in the opposite order."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(one) for one in value] if isinstance(value, list) else value


@given(PODS, pod_defaults(), SETTINGS)
def test_the_hook_does_not_depend_on_the_order_of_keys(pod: Any, objects: Any, settings: Settings) -> None:
    one, other = hook(pod, objects, settings), hook(turned(pod), turned(objects), settings)
    assert one.object == other.object
    assert {str(found) for found in one.findings} == {str(found) for found in other.findings}


@given(PODS, pod_defaults(), SETTINGS, st.randoms(use_true_random=False))
def test_peers_do_not_depend_on_the_order_of_objects(
    pod: Any, objects: list[Any], settings: Settings, random: Any
) -> None:
    shuffled = list(objects)
    random.shuffle(shuffled)
    assert hook(pod, objects, settings) == hook(pod, shuffled, settings)


def holds(upper: Any, lower: Any) -> bool:
    """Whether all of a value is still there, lists having grown at their ends at most."""
    if isinstance(lower, dict):
        return isinstance(upper, dict) and all(
            key in upper and holds(upper[key], lower[key]) for key in lower
        )
    if isinstance(lower, list):
        return isinstance(upper, list) and all(map(holds, upper, lower)) and len(upper) >= len(lower)
    return bool(upper == lower)


UNSET = {"terminationGracePeriodSeconds": 30, "restartPolicy": "Always"}
THEIRS = ("serviceAccountName", "automountServiceAccountToken")


@given(PODS, pod_defaults(), SETTINGS)
def test_the_hook_keeps_what_it_does_not_know(pod: Any, objects: Any, settings: Settings) -> None:
    found = hook(pod, objects, settings)
    if found.object is None:
        return
    own = {
        key: value
        for key, value in pod["spec"].items()
        if key not in THEIRS and not (key in UNSET and value == UNSET[key])
    }
    assert holds(found.object, {**pod, "spec": own})


@given(PODS, pod_defaults(), SETTINGS)
def test_the_hook_leaves_inputs_unchanged(pod: Any, objects: Any, settings: Settings) -> None:
    before = copy.deepcopy((pod, objects))
    catalog = nbcore.Catalog(objects)
    first = hook(pod, catalog, settings)
    assert (pod, objects) == before
    assert hook(pod, catalog, settings) == first, "what is kept ready is not changed by its use"


@given(PODS, pod_defaults(), SETTINGS)
def test_what_is_added_is_what_is_united(pod: Any, objects: Any, settings: Settings) -> None:
    found = hook(pod, objects, settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pods, "addition", lambda *_: None)
        united = hook(pod, objects, settings)
    assert united.operations is None
    assert (found.object, found.audit, found.findings) == (united.object, united.audit, united.findings)
    if found.operations is not None:
        assert jsonpatch.apply_patch(pod, list(found.operations)) == found.object
        wanted = changes(pod, found.object, pod, guard=False)
        assert sorted(map(json.dumps, found.operations)) == sorted(map(json.dumps, wanted))


@given(PODS, pod_defaults(), SETTINGS)
def test_applied_by_halves_is_never(pod: Any, objects: Any, settings: Settings) -> None:
    found = hook(pod, objects, settings)
    if found.errors:
        assert found.object is None
    if found.object is None:
        return
    names = found.object["metadata"]["annotations"]["jackhoman.dev/pod-defaults"].split(",")
    applied = [one for one in objects if f"{SPACE}/{one['metadata']['name']}" in names]
    for one in applied:
        spec = one["spec"]
        pod_part = spec.get("template", {}).get("spec", {}) if "template" in spec else spec
        assert {v["name"] for v in pod_part.get("volumes", ())} <= {
            v["name"] for v in found.object["spec"].get("volumes", ())
        }


@given(PODS, st.sampled_from((None, 30, 60)))
def test_a_default_counts_as_unset(pod: Any, seconds: int | None) -> None:
    template = {"spec": {"terminationGracePeriodSeconds": 60}}
    given_pod = copy.deepcopy(pod)
    given_pod["spec"].pop("terminationGracePeriodSeconds", None)
    if seconds is not None:
        given_pod["spec"]["terminationGracePeriodSeconds"] = seconds
    spec = {"selector": {}, "template": template}
    found = hook(given_pod, [named("jackhoman.dev/v1beta1", "a", spec)], Settings())
    assert found.object is not None
    assert found.object["spec"]["terminationGracePeriodSeconds"] == 60
    refused = copy.deepcopy(given_pod)
    refused["spec"]["terminationGracePeriodSeconds"] = 45
    assert [
        one.code for one in hook(refused, [named("jackhoman.dev/v1beta1", "a", spec)], Settings()).errors
    ] == ["NB321"]


ANY_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), TEXTS, st.floats(allow_nan=False)),
    lambda inner: st.one_of(
        lists(inner),
        st.dictionaries(
            st.sampled_from(
                ("metadata", "spec", "labels", "annotations", "containers", "name", "env", "volumes", "a")
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)
NEARLY = st.fixed_dictionaries(
    {
        "metadata": st.one_of(ANY_JSON, some(labels=ANY_JSON, annotations=ANY_JSON)),
        "spec": st.one_of(
            ANY_JSON,
            some(
                containers=st.one_of(ANY_JSON, lists(some(name=ANY_JSON, env=ANY_JSON, image=ANY_JSON))),
                initContainers=ANY_JSON,
                volumes=st.one_of(ANY_JSON, lists(some(name=ANY_JSON))),
                tolerations=st.one_of(ANY_JSON, lists(some(key=ANY_JSON))),
                priority=ANY_JSON,
            ),
        ),
    }
)


@given(st.one_of(ANY_JSON, NEARLY), pod_defaults(), SETTINGS, st.sampled_from(("CREATE", "UPDATE", "")))
def test_the_hook_never_raises_on_any_json(
    pod: Any, objects: Any, settings: Settings, operation: str
) -> None:
    found = hook(pod, objects, settings, operation)
    assert found.object is None or operation == "CREATE"
