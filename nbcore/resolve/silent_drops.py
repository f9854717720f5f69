"""What Kubeflow's own controller leaves out without a word where volumes or mount paths meet.

Only for whoever asks for its faults: everybody else is told of each of these as an error.
Refuses to know better: paths are compared as they were written.

Source: reference behaviour of Kubeflow Notebooks 2.0, section 1.4.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def without_what_is_taken(
    tree: dict[str, Any], own: dict[str, Any], main: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A template's tree and a notebook's own, without the volumes and mounts that the controller leaves out.

    Shape: ``own`` is a shorthand tree: its mounts stand in the order of their volumes. The notebook's own win.
    """
    volumes, mounts = _own_kept(own)
    names = {volume["name"] for volume in volumes}
    paths = {mount["mountPath"] for mount in mounts}
    spec = tree["spec"]
    container = spec["containers"][main]
    theirs = [one for one in spec.get("volumes") or () if _is_new(one.get("name"), names)]
    kept = [
        one
        for one in container.get("volumeMounts") or ()
        if one.get("name") in names and _is_new(one.get("mountPath"), paths)
    ]
    containers = list(spec["containers"])
    containers[main] = _with(container, volumeMounts=kept)
    lower = {**tree, "spec": _with({**spec, "containers": containers}, volumes=theirs)}
    if not volumes:
        return lower, own
    (mine,) = own["spec"]["containers"]
    upper = {**own["spec"], "containers": [{**mine, "volumeMounts": mounts}], "volumes": volumes}
    return lower, {**own, "spec": upper}


def _own_kept(own: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """The notebook's own volumes and mounts of which no earlier one has the mount path."""
    spec = own.get("spec") or {}
    mounts = [mount for one in spec.get("containers") or () for mount in one.get("volumeMounts") or ()]
    paths: set[Any] = set()
    pairs = zip(spec.get("volumes") or (), mounts, strict=True)
    kept = [(volume, mount) for volume, mount in pairs if _is_new(mount["mountPath"], paths)]
    return [volume for volume, _ in kept], [mount for _, mount in kept]


def _is_new(value: Any, seen: set[Any]) -> bool:
    """Whether a value was not seen; from now on it was."""
    if value in seen:
        return False
    seen.add(value)
    return True


def _with(given: dict[str, Any], **lists: Iterable[Any]) -> dict[str, Any]:
    """The map with these lists, without those of them that are empty."""
    kept = {name: value for name, value in given.items() if name not in lists}
    return {**kept, **{name: value for name, value in lists.items() if value}}
