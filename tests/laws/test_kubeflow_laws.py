"""The laws of Kubeflow's kinds: compat is the reference, default is compat but for what the deviation list says."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

import nbcore
from nbcore.settings import Settings
from schemas.generate_deviations import deviations
from tests.laws.workspaces import kinds, pairs, workspaces
from tests.oracles.kubeflow_pods import Stopped, chain, pod_of, solid
from tests.oracles.workspace_kinds import Grower

Json = Any
COMPAT = Settings(compat="kubeflow")
ROWS = {row.id for row in deviations()}
GROUPS = ("imageConfig", "podConfig")


def rendered(kind: Json, workspace: Json, compat: bool) -> Json:
    """The pod without what says nothing and without what the reference leaves to others; None where there is none."""
    catalog = nbcore.Catalog([kind, workspace])
    pod = nbcore.render(workspace, catalog, settings=COMPAT if compat else None).pod
    if pod is None:
        return None
    metadata = {key: one for key, one in pod["metadata"].items() if key != "namespace"}
    return solid({**pod, "metadata": metadata})


def reference(kind: Json, workspace: Json) -> Json:
    try:
        return pod_of(kind, workspace)
    except Stopped as stopped:
        event(f"no pod: {stopped}")
        return None


@given(pairs())
def test_compat_renders_what_the_reference_makes(pair: tuple[Json, Json]) -> None:
    assert rendered(*pair, compat=True) == reference(*pair)


@given(st.integers(0, 2**32))
def test_compat_renders_what_the_reference_makes_of_any_kind(seed: int) -> None:
    grower = Grower(seed)
    kind, workspace = grower.object("WorkspaceKind"), grower.object("Workspace")
    workspace["spec"]["kind"] = kind["metadata"]["name"]
    for group in GROUPS:
        given_ = kind["spec"]["podTemplate"]["options"][group]["values"]
        workspace["spec"]["podTemplate"]["options"][group] = grower.random.choice(given_)["id"]
    event("a pod" if reference(kind, workspace) else "no pod")
    assert rendered(kind, workspace, compat=True) == reference(kind, workspace)


# ---- compat and default ----


def template_of(one: Json) -> Json:
    return one["spec"]["podTemplate"]


def leads_nowhere(kind: Json, workspace: Json) -> bool:
    """B3: whether a chosen option is there, and what it redirects to is not."""
    for group in GROUPS:
        values = template_of(kind)["options"][group]["values"]
        try:
            chain(values, template_of(workspace)["options"][group])
        except Stopped:
            return True
    return False


def places(kind: Json, workspace: Json) -> Iterator[tuple[str, str]]:
    """Volume name and path of every mount, the user's first."""
    own = template_of(workspace)["volumes"]
    if "home" in own:
        yield "home-volume", template_of(kind)["volumeMounts"]["home"]
    for word, field in (("data", "data"), ("secret", "secrets")):
        for at, one in enumerate(own.get(field) or ()):
            yield f"{word}-volume-{at}", one["mountPath"]


def meets(kind: Json, workspace: Json) -> bool:
    """B7: whether two mounts lead to one place, or a volume of the kind has the name of a user's."""
    own = list(places(kind, workspace))
    theirs = [one["mountPath"] for one in template_of(kind).get("extraVolumeMounts") or ()]
    where = [posixpath.normpath(path) for _, path in own]
    taken = {posixpath.normpath(path) for path in theirs}
    names = {one["name"] for one in template_of(kind).get("extraVolumes") or ()}
    return len(set(where)) < len(where) or bool(taken & set(where)) or any(name in names for name, _ in own)


def mounts_nothing(kind: Json, workspace: Json) -> bool:
    """B7 unknown: whether a mount of the kind names a volume that the pod does not have."""
    names = {one["name"] for one in template_of(kind).get("extraVolumes") or ()}
    names |= {name for name, _ in places(kind, workspace)}
    return any(one["name"] not in names for one in template_of(kind).get("extraVolumeMounts") or ())


def overrules(kind: Json, workspace: Json) -> bool:
    """B8: whether a label or annotation of the user has another value in the kind, the pod config or the system's."""
    name, chosen = workspace["metadata"]["name"], template_of(workspace)["options"]["podConfig"]
    sizes = template_of(kind)["options"]["podConfig"]["values"]
    size: Json = next((one["spec"] for one in sizes if one["id"] == chosen), {})
    system = {"labels": dict.fromkeys(("notebooks.kubeflow.org/workspace-name", "statefulset"), name)}
    for field in ("labels", "annotations"):
        below: dict[str, str] = {}
        for metadata in (template_of(kind).get("podMetadata"), size.get("podMetadata"), system):
            below.update((metadata or {}).get(field) or {})
        mine = (template_of(workspace).get("podMetadata") or {}).get(field) or {}
        if any(below.get(key, value) != value for key, value in mine.items()):
            return True
    return False


def says_nothing(kind: Json, workspace: Json) -> bool:
    """B17: whether a text has a field, or a port that the chosen image lacks."""
    chosen = template_of(workspace)["options"]["imageConfig"]
    images = template_of(kind)["options"]["imageConfig"]["values"]
    ports = {port["id"] for one in images if one["id"] == chosen for port in one["spec"]["ports"]}
    texts = [one.get("value", "") for one in template_of(kind).get("extraEnv") or ()]
    asked = {id_ for text in texts for id_ in ("lab", "code", "gone") if id_ in text and "Prefix" in text}
    return bool(asked - ports) or any(".PathPrefix" in text or "{{.}}" in text for text in texts)


def is_refused(kind: Json, workspace: Json) -> bool:
    """R2: whether the user's own labels have one that is none."""
    return "no label" in ((template_of(workspace).get("podMetadata") or {}).get("labels") or {})


RENDERS_LESS = {"B7 drop": meets, "B8": overrules, "B17 field": says_nothing, "R2": is_refused}
"""Rows by which there is a pod in compat only."""


@given(pairs())
def test_compat_and_default_render_the_same_pod_but_for_the_listed_deviations(
    pair: tuple[Json, Json],
) -> None:
    compat, default = rendered(*pair, compat=True), rendered(*pair, compat=False)
    less = {row for row, holds in RENDERS_LESS.items() if holds(*pair)}
    assert less <= ROWS
    if less:
        event(f"no pod by default: {sorted(less)}")
        assert default is None
    elif leads_nowhere(*pair):
        event("B3")
        assert compat is None
    elif mounts_nothing(*pair):
        event("B7 unknown")
        assert (default is None) == (compat is None)
    else:
        event("a pod" if compat else "no pod in both")
        assert default == compat


Refusal = tuple[str, str, str]


def refusals(objects: list[Json], old: list[Json], settings: Settings | None) -> set[Refusal]:
    """The errors: code, object, place."""
    found = nbcore.check(objects, old=old, settings=settings).findings
    return {(one.code, str(one.source[:3]), one.path.keyed) for one in found if one.severity == "error"}


def beyond(some: set[Refusal], others: set[Refusal]) -> set[Refusal]:
    """Those of some that the others do not have, there or in more detail below."""
    return {
        (code, source, place)
        for code, source, place in some
        if not any((code, source) == one[:2] and one[2].startswith(place) for one in others)
    }


@given(pairs())
def test_default_refuses_all_that_compat_refuses(pair: tuple[Json, Json]) -> None:
    compat = refusals([*pair], [], COMPAT)
    event("refused" if compat else "accepted")
    assert not beyond(compat, refusals([*pair], [], None))


@given(pairs(), kinds, workspaces)
def test_default_refuses_all_that_compat_refuses_of_an_update(
    pair: tuple[Json, Json], old_kind: Json, old_workspace: Json
) -> None:
    old = [old_kind, old_workspace]
    compat = refusals([*pair], old, COMPAT)
    event("refused" if compat else "accepted")
    spared = beyond(compat, refusals([*pair], old, None))
    if spared:  # B12: what was wrong already is a warning
        event("spared")
        assert not beyond(spared, refusals(old, [], None))


# ---- what a pod depends on, and where redirects end ----

SELECTING = {
    "apiVersion": "jackhoman.dev/v1beta1",
    "kind": "PodDefault",
    "metadata": {"name": "all", "namespace": "team"},
    "spec": {"selector": {}, "template": {"metadata": {"labels": {"injected": "yes"}}}},
}
OF_KUBEFLOW = {
    "apiVersion": "kubeflow.org/v1alpha1",
    "kind": "PodDefault",
    "metadata": {"name": "all", "namespace": "team"},
    "spec": {"selector": {}, "env": [{"name": "INJECTED", "value": "yes"}]},
}


@given(pairs(), kinds, workspaces, st.randoms(use_true_random=False), st.booleans())
def test_a_workspace_is_rendered_of_its_kind_alone(
    pair: tuple[Json, Json], other: Json, neighbour: Json, random: Any, compat: bool
) -> None:
    kind, workspace = pair
    settings = COMPAT if compat else None
    alone = nbcore.render(workspace, nbcore.Catalog([kind]), settings=settings)
    others = [
        {**other, "metadata": {"name": "other"}},
        {**neighbour, "metadata": {"name": "other", "namespace": "team"}},
        {**workspace, "metadata": {"name": "twin", "namespace": "else"}},
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team", "labels": {"a": "b"}}},
        SELECTING,
        OF_KUBEFLOW,
    ]
    objects = [kind, *others]
    random.shuffle(objects)
    together = nbcore.render(workspace, nbcore.Catalog(objects), settings=settings)
    event("a pod" if alone.pod else "no pod")
    assert alone.to_bytes() == together.to_bytes()
    assert [*map(str, alone.findings)] == [*map(str, together.findings)]


@given(pairs(), st.booleans())
def test_redirects_of_a_kind_terminate_and_are_idempotent(pair: tuple[Json, Json], compat: bool) -> None:
    kind, workspace = pair
    settings = COMPAT if compat else None
    catalog = nbcore.Catalog([kind])
    for group in GROUPS:
        selection = nbcore.render(workspace, catalog, settings=settings).selection
        found, chosen = selection[group], template_of(workspace)["options"][group]
        try:
            steps = chain(template_of(kind)["options"][group]["values"], chosen)
        except Stopped:
            event("leads nowhere")
            assert found.outcome in ("Gone", "Broken", "Cycle")
            continue
        assert [(step.source, step.target) for step in found.chain] == steps
        assert found.value == chosen
        if steps:
            last = steps[-1][1]
            moved = {**template_of(workspace)["options"], group: last}
            spec = {**workspace["spec"], "podTemplate": {**template_of(workspace), "options": moved}}
            again = nbcore.render({**workspace, "spec": spec}, catalog, settings=settings).selection[group]
            event(f"{len(steps)} steps")
            assert again.value == last
            assert again.chain == ()
