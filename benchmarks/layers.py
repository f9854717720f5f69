"""The layers of a Notebook's pod as plain trees, written by hand: what the peers are given for free.

A Template, three PodDefaults, two options, and everything that the Notebook and the system add in one last
tree: six merges. Refuses to use any code of nbcore, so that equal pods mean something.
"""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.corpus import HOME, MAIN, PLATFORM, Object, Selection


def lower_layers(objects: Iterable[Object], selection: Selection) -> list[Object]:
    """The trees below the Notebook, in rank order."""
    found = {(one["kind"], one["metadata"]["name"]): one["spec"] for one in objects}
    template = found["Template", selection.template]
    values = [
        value["template"]
        for group in template["options"]
        for value in group["values"]
        if value["id"] == selection.options[group["id"]]
    ]
    return [
        template["template"],
        *(found["PodDefault", name]["template"] for name in _names(template)),
        *values,
    ]


def notebook_layer(notebook: Object, template: Object) -> Object:
    """What the Notebook and the system add, in one tree."""
    spec = notebook["spec"]
    overrides = spec.get("overrides", {}).get("spec", {})
    overridden_env = [one for container in overrides.get("containers", ()) for one in container["env"]]
    volumes, mounts = _volumes(spec["volumes"])
    container = {
        "name": MAIN,
        "resources": {"requests": dict(spec["resources"]), "limits": dict(spec["resources"])},
        "env": [*spec["env"], *overridden_env],
        "volumeMounts": mounts,
    }
    name = notebook["metadata"]["name"]
    metadata = {
        "name": f"{name}-0",
        "namespace": notebook["metadata"]["namespace"],
        "labels": {**spec["metadata"]["labels"], "jackhoman.dev/notebook": name},
        "annotations": {
            "jackhoman.dev/pod-defaults": ",".join(f"{PLATFORM}/{one}" for one in _names(template["spec"]))
        },
    }
    return {"metadata": metadata, "spec": {**overrides, "containers": [container], "volumes": volumes}}


def _names(template_spec: Object) -> list[str]:
    """The PodDefaults that apply: the corpus' Notebooks name every optional one."""
    return [one["name"] for one in (*template_spec["required"], *template_spec["optional"])]


def _volumes(given: Object) -> tuple[list[Object], list[Object]]:
    """The volumes and their mounts: home, then data."""
    volumes = [_claim("home-volume", given["home"])]
    mounts: list[Object] = [{"name": "home-volume", "mountPath": HOME}]
    for at, one in enumerate(given["data"]):
        name = f"data-volume-{at}"
        volumes.append(_claim(name, one["pvcName"], readOnly=True))
        mounts.append({"name": name, "mountPath": one["mountPath"], "readOnly": True})
    return volumes, mounts


def _claim(volume: str, name: str, **more: bool) -> Object:
    return {"name": volume, "persistentVolumeClaim": {"claimName": name, **more}}
