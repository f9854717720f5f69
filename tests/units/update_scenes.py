"""A notebook of either dialect with the kind that it is of, in a few words, and what is decided about it.

Refuses to know what is right.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final

import nbcore
from nbcore.updating import Decision, next_revision

Json = Any
DIALECTS: Final = ("Notebook", "Workspace")
EVENTS: Final[Mapping[str, dict[str, Any]]] = {
    "busy": {"running": True, "idle": False},
    "idle": {"running": True, "idle": True},
    "start": {"running": False, "idle": False},
}
IMAGES: Final = ("old", "new", "newer", "other")


def template(redirects: Mapping[str, Json] | None = None, name: str = "lab", **spec: Json) -> Json:
    """A Template with an option group `image`, whose values have these redirects."""
    values = [
        {"id": id_, "template": in_main(image=f"registry/{id_}:1"), **_led(redirects, id_)} for id_ in IMAGES
    ]
    base = {"spec": {"containers": [{"name": "main", "image": "registry/base:1"}]}}
    return _object(
        "Template", name, {"template": base, "options": [{"id": "image", "values": values}], **spec}
    )


def _led(redirects: Mapping[str, Json] | None, id_: str) -> Json:
    redirect = (redirects or {}).get(id_)
    return {} if redirect is None else {"redirect": copy.deepcopy(redirect)}


def in_main(**fields: Json) -> Json:
    """A partial pod template that speaks of the main container."""
    return {"spec": {"containers": [{"name": "main", **fields}]}}


def _object(kind: str, name: str, spec: Json) -> Json:
    metadata = {"name": name, "namespace": "team"}
    return {"apiVersion": "jackhoman.dev/v1beta1", "kind": kind, "metadata": metadata, "spec": spec}


def pod_default(name: str, tree: Json, **spec: Json) -> Json:
    """A PodDefault of the notebook's namespace."""
    return _object("PodDefault", name, {"template": tree, **spec})


def notebook(image: str = "old", **spec: Json) -> Json:
    """A Notebook of that Template."""
    return _object("Notebook", "ada", {"templateRef": {"name": "lab"}, "options": {"image": image}, **spec})


def workspace_kind(redirects: Mapping[str, Json] | None = None, **pod_template: Json) -> Json:
    """A WorkspaceKind with the same images."""
    port = {"ports": [{"id": "lab", "port": 8888}]}
    values = [
        {
            "id": id_,
            "spawner": {"displayName": id_},
            "spec": {"image": f"registry/{id_}:1", **port},
            **_led(redirects, id_),
        }
        for id_ in IMAGES
    ]
    sizes = [
        {"id": id_, "spawner": {"displayName": id_}, "spec": {}, **_led(redirects, id_)}
        for id_ in ("small", "large")
    ]
    picture = {"url": "https://example.com/a.svg"}
    return {
        "apiVersion": "kubeflow.org/v1beta1",
        "kind": "WorkspaceKind",
        "metadata": {"name": "lab"},
        "spec": {
            "spawner": {"displayName": "Lab", "description": "A lab", "icon": picture, "logo": picture},
            "podTemplate": {
                "volumeMounts": {"home": "/home/jovyan"},
                "ports": [{"id": "lab", "protocol": "HTTP", "defaultDisplayName": "Lab"}],
                "options": {
                    "imageConfig": {"spawner": {"default": "new"}, "values": values},
                    "podConfig": {"spawner": {"default": "small"}, "values": sizes},
                },
                **pod_template,
            },
        },
    }


def workspace(image: str = "old", size: str = "small", **pod_template: Json) -> Json:
    """A Workspace of that kind."""
    options = {"imageConfig": image, "podConfig": size}
    return {
        "apiVersion": "kubeflow.org/v1beta1",
        "kind": "Workspace",
        "metadata": {"name": "ada", "namespace": "team"},
        "spec": {"kind": "lab", "podTemplate": {"volumes": {}, "options": options, **pod_template}},
    }


def changed(value: Json, *path: Any, to: Json) -> Json:
    """A copy with another value at a path."""
    found = copy.deepcopy(value)
    parent = found
    for step in path[:-1]:
        parent = parent.setdefault(step, {}) if isinstance(parent, dict) else parent[step]
    parent[path[-1]] = to
    return found


def annotated(value: Json, name: str) -> Json:
    """The notebook whose owner asks for a Revision."""
    return changed(value, "metadata", "annotations", to={"jackhoman.dev/update": name})


def kind_of(dialect: str, redirects: Mapping[str, Json] | None = None, **fields: Json) -> Json:
    """The Template or WorkspaceKind."""
    return {"Notebook": template, "Workspace": workspace_kind}[dialect](redirects, **fields)


def started(one: Json, *objects: Json) -> Json:
    """The Revision of the first start."""
    found = next_revision(one, None, nbcore.Catalog(objects), running=False, idle=False)
    assert found.taken, (found.reason, [str(one) for one in found.findings])
    return found.revision


def decided(one: Json, pinned: Json, *objects: Json, event: str = "busy", **more: Json) -> Decision:
    """The decision at an event, which is the same when it is asked for again with what was decided."""
    catalog = nbcore.Catalog(objects)
    found = next_revision(one, pinned, catalog, **EVENTS[event], **more)
    again = next_revision(one, found.revision, catalog, **EVENTS[event], **more)
    assert pinned is None or (not again.taken and again.revision is found.revision)
    assert found.taken or found.revision is pinned
    return found


def image(decision: Decision, one: Json) -> str:
    """The name of the image that a decision renders."""
    pod = nbcore.render(one, nbcore.Catalog(), revision=decision.revision).pod
    assert pod is not None
    return str(pod["spec"]["containers"][0]["image"].removeprefix("registry/").removesuffix(":1"))


def listed(decision: Decision) -> list[tuple[str, str]]:
    """Who made each pending change, and where."""
    return [(one.what, one.change.path.keyed) for one in decision.pending]
