"""The layers that a Notebook itself brings: its shorthands, its overrides, and the marks of the system.

Refuses to know what a Notebook may set: the checks say that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from nbcore.kubernetes.names import cut_to_fit
from nbcore.model.layer import Layer, RawPath
from nbcore.model.notebook import Notebook, NotebookSpec, Volumes
from nbcore.model.origin import Origin
from nbcore.resolve.layers import aimed

GROUP: Final = "jackhoman.dev"
OWNER_ANNOTATION: Final = f"{GROUP}/owner"
POD_DEFAULTS_ANNOTATION: Final = f"{GROUP}/pod-defaults"
HOME_VOLUME: Final = "home-volume"
SIDES: Final = ("requests", "limits")

_CONTAINER: Final = ("spec", "containers", 0)


def shorthand_tree(spec: NotebookSpec, main: str, home: str | None) -> dict[str, Any]:
    """The partial pod template of resources, volumes, env and metadata; empty when none of them is set.

    Shape: ``home`` is where the home volume is mounted; without it the volume is left out.
    """
    container: dict[str, Any] = {}
    tree: dict[str, Any] = {}
    if spec.resources:
        container["resources"] = resources(spec.resources)
    if spec.env:
        container["env"] = [{"name": one.name, "value": one.value} for one in spec.env]
    volumes, mounts = [], []
    for volume, mount, _ in _volumes(spec.volumes, home):
        volumes.append(volume)
        mounts.append(mount)
    if volumes:
        container["volumeMounts"] = mounts
    if container:
        tree["spec"] = {"containers": [{"name": main, **container}]}
    if volumes:
        tree["spec"]["volumes"] = volumes
    labels, annotations = spec.metadata.labels, spec.metadata.annotations
    if labels:
        tree["metadata"] = {"labels": labels}
    if annotations:
        tree.setdefault("metadata", {})["annotations"] = annotations
    return tree


def attach(
    tree: dict[str, Any], own: dict[str, Any], main: int, *, own_first: bool = False
) -> dict[str, Any]:
    """The tree with a shorthand tree laid over it; ``main`` is the index of the notebook's container.

    Shape: ``own_first`` puts what the shorthands add in front of what is there.
    Shorthands only add to lists, and set single resources, labels and annotations, so that this equals an
    overlay wherever the checks of own fields find nothing, at a fraction of its cost.
    Laws: test_attaching_shorthands_equals_the_overlay.
    """
    out = dict(tree)
    given = own.get("spec")
    if given:
        spec = out["spec"] = dict(tree["spec"])
        containers = spec["containers"] = list(spec["containers"])
        container = containers[main] = dict(containers[main])
        (added,) = given["containers"]
        for field in ("env", "volumeMounts"):
            if field in added:
                container[field] = _joined(container.get(field), added[field], own_first)
        if "resources" in added:
            container["resources"] = _two_levels(container.get("resources") or {}, added["resources"])
        if "volumes" in given:
            spec["volumes"] = _joined(spec.get("volumes"), given["volumes"], own_first)
    if "metadata" in own:
        out["metadata"] = _two_levels(tree.get("metadata") or {}, own["metadata"])
    return out


def _joined(lower: list[Any] | None, upper: list[Any], upper_first: bool) -> list[Any]:
    return [*upper, *(lower or ())] if upper_first else [*(lower or ()), *upper]


def _two_levels(lower: dict[str, Any], upper: dict[str, Any]) -> dict[str, Any]:
    out = dict(lower)
    for key, values in upper.items():
        below = out.get(key)
        out[key] = {**below, **values} if below else values
    return out


def shorthand_layer(notebook: Notebook, main: str, home: str | None) -> Layer | None:
    """The layer of the shorthands, with the place of every part in the Notebook; None when there are none."""
    spec = notebook.spec
    tree = shorthand_tree(spec, main, home)
    if not tree:
        return None
    places: dict[RawPath, RawPath] = {
        ("metadata",): ("spec", "metadata"),
        (*_CONTAINER, "env"): ("spec", "env"),
    }
    for name, amounts in spec.resources.items():
        if name in SIDES:
            places[(*_CONTAINER, "resources", name)] = ("spec", "resources", name)
            continue
        for side in SIDES:
            if not isinstance(amounts, dict):
                places[(*_CONTAINER, "resources", side, name)] = ("spec", "resources", name)
    for side in SIDES:
        for name in spec.resources.get(side) or ():
            places[(*_CONTAINER, "resources", side, name)] = ("spec", "resources", side, name)
    for at, (_, _, place) in enumerate(_volumes(spec.volumes, home)):
        places["spec", "volumes", at] = places[(*_CONTAINER, "volumeMounts", at)] = (
            "spec",
            "volumes",
            *place,
        )
    origin = notebook.origin
    spelled = {path: origin.place(place) for path, place in places.items()}
    return Layer("notebook", _title(notebook), tree, replace(origin, places=spelled, root=()))


def resources(given: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Requests and limits: a plain name sets both; what stands under ``requests`` or ``limits`` sets one, and wins."""
    plain = {name: _text(amount) for name, amount in given.items() if name not in SIDES}
    if len(plain) == len(given):
        return dict.fromkeys(SIDES, plain)
    found = {side: {**plain, **_texts(given.get(side))} for side in SIDES}
    return {side: amounts for side, amounts in found.items() if amounts}


def _texts(amounts: dict[str, Any] | None) -> dict[str, str]:
    return {name: _text(amount) for name, amount in amounts.items()} if amounts else {}


def _text(amount: str | int | float) -> str:
    """A quantity as the text that a pod holds; a text stays as it was typed."""
    return amount if isinstance(amount, str) else str(amount)


def _volumes(
    given: Volumes, home: str | None
) -> Iterator[tuple[dict[str, Any], dict[str, Any], tuple[str | int, ...]]]:
    """Volume, mount and place below spec.volumes: home, then data, then secrets."""
    if given.home is not None and home is not None:
        claim = {"claimName": given.home}
        yield (
            {"name": HOME_VOLUME, "persistentVolumeClaim": claim},
            {"name": HOME_VOLUME, "mountPath": home},
            ("home",),
        )
    for at, data in enumerate(given.data):
        name = f"data-volume-{at}"
        read_only = {"readOnly": True} if data.read_only else {}
        yield (
            {"name": name, "persistentVolumeClaim": {"claimName": data.pvc_name, **read_only}},
            {"name": name, "mountPath": data.mount_path, **read_only},
            ("data", at),
        )
    for at, secret in enumerate(given.secrets):
        name = f"secret-volume-{at}"
        yield (
            {"name": name, "secret": {"secretName": secret.secret_name, "defaultMode": secret.default_mode}},
            {"name": name, "mountPath": secret.mount_path},
            ("secrets", at),
        )


def override_origin(notebook: Notebook) -> Origin:
    """Where the overrides stand."""
    return notebook.origin / "spec" / "overrides"


def override_title(notebook: Notebook) -> str:
    """How the overrides are named to people."""
    return f"{_title(notebook)} overrides"


def override_layer(notebook: Notebook, main: str, names: Sequence[str]) -> Layer | None:
    """The layer of the free overrides; None when there are none."""
    tree = notebook.spec.overrides
    if not tree:
        return None
    return Layer("notebook", override_title(notebook), aimed(tree, main, names), override_origin(notebook))


def identity_labels(notebook: Notebook) -> dict[str, str]:
    """The labels that select the pods of one notebook; none of one without a name."""
    name = notebook.metadata.name
    return dict.fromkeys(notebook.conventions.labels, name) if name else {}


def marks(notebook: Notebook, pod_defaults: str) -> dict[str, Any]:
    """What the system sets: name, namespace, labels, the PodDefaults that were applied, the service account."""
    own, conventions = notebook.metadata, notebook.conventions
    metadata: dict[str, Any] = {}
    tree: dict[str, Any] = {"metadata": metadata}
    if own.name and conventions.pod_name:
        metadata["name"] = conventions.pod_name.format(name=own.name)
    if own.namespace:
        metadata["namespace"] = own.namespace
    if own.name:
        metadata["labels"] = identity_labels(notebook)
    if pod_defaults:
        metadata["annotations"] = {POD_DEFAULTS_ANNOTATION: pod_defaults}
    if own.name and conventions.service_account:
        account = conventions.service_account.format(name=own.name)
        tree["spec"] = {"serviceAccountName": cut_to_fit(account, own.name)}
    return tree


def marked(tree: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The tree with the marks of the system on it, which nobody else may set."""
    metadata = given["metadata"]
    below = tree.get("metadata") or {}
    own = {**below, **metadata}
    for field in ("labels", "annotations"):
        if field in metadata and below.get(field):
            own[field] = {**below[field], **metadata[field]}
    out = {"metadata": own, **tree}
    out["metadata"] = own
    if "spec" in given:
        out["spec"] = {**tree["spec"], **given["spec"]}
    return out


def system_layer(notebook: Notebook, pod_defaults: str) -> Layer:
    """The layer of the system's marks."""
    return Layer("system", "nbcore", marks(notebook, pod_defaults))


def _title(notebook: Notebook) -> str:
    meta = notebook.metadata
    return (
        f"{notebook.kind} {meta.namespace}/{meta.name}" if meta.namespace else f"{notebook.kind} {meta.name}"
    )
