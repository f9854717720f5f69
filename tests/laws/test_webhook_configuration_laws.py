"""Laws of webhook configurations and of an owner's rights: any JSON is judged, and names stay with their notebook."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import nbcore
from nbcore.checks.webhook_configurations import KINDS
from nbcore.finding import CODES
from nbcore.workload import owner_access
from nbcore.workload.webhook_configuration import webhook_configurations

Json = Any
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
WORDS = st.sampled_from(
    ["*", "pods", "*/*", "pods/*", "v1", "CREATE", "", "Fail", "Exact", "None", "a.b.c", "x" * 300]
)
ANY = st.recursive(
    LEAVES | WORDS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6) | WORDS, inner, max_size=4)
    ),
    max_leaves=12,
)


def _places(value: Json, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path of a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, one in inner for place in _places(one, (*at, key)))]


def _replaced(value: Json, at: tuple[Any, ...], new: Json) -> Json:
    """The value with another one at a path."""
    if not at:
        return new
    if isinstance(value, dict):
        return {**value, at[0]: _replaced(value[at[0]], at[1:], new)}
    return [*value[: at[0]], _replaced(value[at[0]], at[1:], new), *value[at[0] + 1 :]]


@st.composite
def configurations(draw: st.DrawFn) -> Json:
    """One of our own configurations, with anything at some of its places."""
    one: Json = draw(st.sampled_from(webhook_configurations()))
    for _ in range(draw(st.integers(0, 3))):
        places = [place for place in _places(one["webhooks"]) if len(place) < 6]
        at = draw(st.sampled_from(places))
        one = {**one, "webhooks": _replaced(one["webhooks"], at, draw(ANY))}
    return one


@given(configurations() | st.fixed_dictionaries({"webhooks": ANY, "metadata": st.dictionaries(WORDS, ANY)}))
def test_any_webhook_configuration_is_judged_without_an_exception(one: Json) -> None:
    for kind in KINDS:
        given = {**one, "apiVersion": "admissionregistration.k8s.io/v1", "kind": kind}
        for found in nbcore.check([given]).findings:
            assert found.code in CODES
            assert len(found.message) < 1000


@given(
    st.text(min_size=1, max_size=30),
    st.from_regex(r"[a-z][a-z0-9-]{0,30}[a-z0-9]", fullmatch=True),
    st.sampled_from(["Notebook", "Workspace"]),
)
def test_the_owner_is_granted_named_objects_alone(owner: str, name: str, kind: str) -> None:
    native = kind == "Notebook"
    spec: Json = {"templateRef": {"name": "lab", "namespace": "kubeflow"}}
    if not native:
        options = {"imageConfig": "a", "podConfig": "b"}
        spec = {"kind": "lab", "podTemplate": {"volumes": {"home": "home"}, "options": options}}
    notebook = {
        "apiVersion": "jackhoman.dev/v1beta1" if native else "kubeflow.org/v1beta1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "team", "annotations": {"jackhoman.dev/owner": owner}},
        "spec": spec,
    }
    role, binding = owner_access(notebook)
    own = {name, f"{name}-0", f"notebook-{name}"}
    for rule in role["rules"]:
        assert rule["resourceNames"]
        assert set(rule["resourceNames"]) <= own
        assert "*" not in {*rule["verbs"], *rule["resources"], *rule["apiGroups"]}
        assert "secrets" not in rule["resources"]
    assert role["metadata"]["namespace"] == binding["metadata"]["namespace"] == "team"
    assert len(binding["subjects"]) == 1
