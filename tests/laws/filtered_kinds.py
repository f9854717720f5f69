"""WorkspaceKinds with filter rules, the namespaces around them, and Hypothesis strategies for small ones.

This module refuses to know what the rules come to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from hypothesis import strategies as st

from tests.laws.kinds import plain
from tests.laws.test_filter_laws import EVERY, selectors

Json: TypeAlias = Any
GROUPS = ("imageConfig", "podConfig")
BROKEN: Json = {"matchExpressions": [{"key": "aa", "operator": "Near", "values": ["x"]}]}


def value(id_: str, labels: Mapping[str, str], spec: Json, **more: Json) -> Json:
    """An option value of a WorkspaceKind."""
    written = [{"key": key, "value": one} for key, one in labels.items()]
    display = {"displayName": f"the {id_}", **({"labels": written} if written else {})}
    return {"id": id_, "spawner": {**display, **more.pop("spawner", {})}, "spec": spec, **more}


def image(id_: str, labels: Mapping[str, str] | None = None, **more: Json) -> Json:
    """An imageConfig value."""
    spec = {"image": f"registry.example.com/{id_}:1", "ports": [{"id": "web", "port": 8888}]}
    return value(id_, labels or {}, spec, **more)


def pod(id_: str, labels: Mapping[str, str] | None = None, cpu: str = "", **more: Json) -> Json:
    """A podConfig value."""
    return value(id_, labels or {}, {"resources": {"requests": {"cpu": cpu}}} if cpu else {}, **more)


def rule(scope: str, effect: Json, **conditions: Json) -> Json:
    """A filter rule; conditions by what they match: namespace, image, pod."""
    names = {"namespace": "matchNamespace", "image": "matchImageConfig", "pod": "matchPodConfig"}
    match = [{names[about]: {"selector": selector}} for about, selector in conditions.items()]
    return {"scope": scope, "effect": effect, "match": match}


def workspace_kind(
    images: Sequence[Json], pods: Sequence[Json], rules: Sequence[Json] = (), **defaults: str
) -> Json:
    """A WorkspaceKind; the first value of each group is its default, where no other is given."""
    groups = {
        group: {"spawner": {"default": defaults.get(group, values[0]["id"])}, "values": list(values)}
        for group, values in zip(GROUPS, (images, pods), strict=True)
    }
    picture = {"url": "https://example.com/icon.svg"}
    return {
        "apiVersion": "kubeflow.org/v1beta1",
        "kind": "WorkspaceKind",
        "metadata": {"name": "lab"},
        "spec": {
            "spawner": {
                "displayName": "A lab",
                "description": "For experiments.",
                "icon": picture,
                "logo": picture,
            },
            "podTemplate": {
                "volumeMounts": {"home": "/home/ada"},
                "ports": [{"id": "web", "protocol": "HTTP", "defaultDisplayName": "The web"}],
                "options": groups,
            },
            **({"filterRules": list(rules)} if rules else {}),
        },
    }


def workspace(namespace: str, image_id: str, pod_id: str) -> Json:
    """A Workspace of the kind."""
    return {
        "apiVersion": "kubeflow.org/v1beta1",
        "kind": "Workspace",
        "metadata": {"name": "mine", "namespace": namespace},
        "spec": {
            "kind": "lab",
            "podTemplate": {"volumes": {}, "options": dict(zip(GROUPS, (image_id, pod_id), strict=True))},
        },
    }


def namespace_object(name: str, labels: Mapping[str, str] | None = None) -> Json:
    """A Namespace."""
    return plain("Namespace", name, namespace="", metadata={"labels": dict(labels or {})})


def quota(namespace: str, cpu: str) -> Json:
    """A ResourceQuota on requested CPU."""
    return plain("ResourceQuota", "cpu", namespace=namespace, spec={"hard": {"requests.cpu": cpu}})


# ---- small ones ----

_KEYS = {"a": "aa", "b": "bb"}
"""The keys of the selectors, as labels of options may be named: two characters at least."""


def _renamed(selector: Json) -> Json:
    labels = {_KEYS[key]: one for key, one in selector.get("matchLabels", {}).items()}
    asked = [{**one, "key": _KEYS[one["key"]]} for one in selector.get("matchExpressions", ())]
    return {**({"matchLabels": labels} if labels else {}), **({"matchExpressions": asked} if asked else {})}


_FEW: tuple[Json, ...] = (
    {},
    {"matchLabels": {"aa": "x"}},
    {"matchLabels": {"aa": "y"}},
    {"matchLabels": {"bb": "x"}},
    {"matchExpressions": [{"key": "aa", "operator": "Exists"}]},
)
any_selector = st.one_of(*[st.sampled_from(_FEW)] * 5, *[selectors.map(_renamed)] * 2, st.just(BROKEN))
labels: st.SearchStrategy[dict[str, str]] = st.one_of(
    *[st.sampled_from(({}, {"aa": "x"}, {"aa": "y"}, {"aa": "x", "bb": "x"}))] * 3,
    st.sampled_from([{_KEYS[key]: one for key, one in some.items()} for some in EVERY]),
)
_EFFECTS = (
    {"ui": {"hide": True}},
    {"api": {"hide": True}},
    {"api": {"deny": True}},
    {"api": {"deny": True}},
    {"api": {"deny": True, "denyMessage": {"text": "ask ops"}}, "ui": {"hide": True}},
)
_ABOUTS = (
    ("image", "pod"),
    ("image", "pod", "namespace"),
    ("image", "namespace"),
    ("pod", "namespace"),
    ("image",),
    ("pod",),
    ("namespace",),
)
_CONDITIONS = st.sampled_from(_ABOUTS).flatmap(
    lambda abouts: st.fixed_dictionaries(dict.fromkeys(abouts, any_selector))
)
_SCOPES = ("IMAGE_CONFIG", "IMAGE_CONFIG", "POD_CONFIG", "POD_CONFIG", "WORKSPACE_KIND")
rules = st.lists(
    st.builds(
        lambda scope, effect, conditions: rule(scope, effect, **conditions),
        st.sampled_from(_SCOPES),
        st.sampled_from(_EFFECTS),
        _CONDITIONS,
    ),
    min_size=1,
    max_size=4,
)
namespaces = st.lists(labels, max_size=3).map(lambda some: {f"team-{at}": one for at, one in enumerate(some)})


@st.composite
def filtered_kinds(draw: st.DrawFn) -> Json:
    """A WorkspaceKind of at most four images and four pod configs, some of them redirected."""

    def redirected(id_: str, others: int, prefix: str) -> Json:
        if draw(st.integers(0, 3)):
            return {}
        return {"redirect": {"to": f"{prefix}{draw(st.integers(0, others))}"}}

    images = [
        image(f"image-{at}", draw(labels), **redirected(f"image-{at}", 4, "image-"))
        for at in range(draw(st.sampled_from((1, 2, 3, 3, 4))))
    ]
    pods = [
        pod(f"pod-{at}", draw(labels), draw(st.sampled_from(("", "1", "3"))), **redirected("", 4, "pod-"))
        for at in range(draw(st.sampled_from((1, 2, 3, 3, 4))))
    ]
    return workspace_kind(images, pods, draw(rules))
