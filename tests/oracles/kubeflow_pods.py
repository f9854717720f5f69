"""The pod that Kubeflow's controller makes of a Workspace, written down once more, straight from the reference.

Plain dicts in, a plain dict out, no line shared with nbcore; text with variables is looked up in a table of texts
whose outcome is known. Refuses to know validation: it renders what the controller would find in a cluster.

Source: reference behaviour of Kubeflow Notebooks 2.0, sections 0.3, 1.2 to 1.6 and 2.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

Json = Any


class Stopped(Exception):
    """The controller gives up, and there is no pod."""


def _call(id_: str) -> Callable[[Mapping[str, str]], str]:
    return lambda paths: paths.get(id_, "")


TEXTS: Final[dict[str, Callable[[Mapping[str, str]], str]]] = {
    "plain": lambda paths: "plain",
    "a } b": lambda paths: "a } b",
    '{{ httpPathPrefix "lab" }}': _call("lab"),
    "{{ httpPathPrefix `lab` }}": _call("lab"),
    '{{httpPathPrefix "code"}}': _call("code"),
    'x  {{- httpPathPrefix "lab" -}}  y': lambda paths: f"x{paths.get('lab', '')}y",
    "a {{/* nothing */}} b": lambda paths: "a  b",
    "a {{- /* nothing */ -}} b": lambda paths: "ab",
    '{{ httpPathPrefix "gone" }}': _call("gone"),
    "{{ .PathPrefix }}": lambda paths: "<no value>",
    "x{{.}}y": lambda paths: "x<no value>y",
}
"""What becomes of a text, given the paths of the ports that the image has; every other text with ``{{`` fails."""


def chain(values: Json, chosen: str) -> list[tuple[str, str]]:
    """The steps of a redirect chain. Raises: Stopped for a chain that never ends well."""
    table = {value["id"]: value for value in values}
    if chosen not in table:
        raise Stopped("not found")
    steps: list[tuple[str, str]] = []
    at, visited = chosen, {chosen}
    while table[at].get("redirect"):
        target = table[at]["redirect"]["to"]
        if target in visited:
            raise Stopped("circular")
        if target not in table:
            raise Stopped("redirected to what is not there")
        steps.append((at, target))
        visited.add(target)
        at = target
    return steps


def pod_of(kind: Json, workspace: Json) -> Json:
    """The pod template of the StatefulSet, without what is empty. Raises: Stopped where there is none."""
    admin, user = kind["spec"]["podTemplate"], workspace["spec"]["podTemplate"]
    name = workspace["metadata"]["name"]
    picked = {}
    for group in ("imageConfig", "podConfig"):
        values, wanted = admin["options"][group]["values"], user["options"][group]
        chain(values, wanted)
        picked[group] = next(value for value in values if value["id"] == wanted)["spec"]
    image, size = picked["imageConfig"], picked["podConfig"]

    main: Json = {"name": "main", "image": image["image"]}
    main["imagePullPolicy"] = image.get("imagePullPolicy") or "IfNotPresent"
    main["ports"] = []
    for port in image["ports"]:
        number = int(port["port"])
        entry = {"name": f"http-{number}", "containerPort": number, "protocol": "TCP"}
        if entry in main["ports"]:
            raise Stopped("duplicate port number")
        main["ports"].append(entry)
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        main[probe] = (admin.get("probes") or {}).get(probe)
    main["securityContext"] = admin.get("containerSecurityContext")
    root = f"/workspace/connect/{workspace['metadata']['namespace']}/{name}/"
    paths = {port["id"]: f"{root}{port['id']}/" for port in image["ports"]}
    main["env"] = [_env(variable, paths) for variable in admin.get("extraEnv") or []]
    main["resources"] = size.get("resources")
    volumes, main["volumeMounts"] = _volumes(admin, user["volumes"])

    labels = _over(admin, size, user, "labels")
    labels.update({"notebooks.kubeflow.org/workspace-name": name, "statefulset": name})
    return solid(
        {
            "metadata": {"labels": labels, "annotations": _over(admin, size, user, "annotations")},
            "spec": {
                "affinity": size.get("affinity"),
                "nodeSelector": size.get("nodeSelector"),
                "tolerations": size.get("tolerations"),
                "schedulerName": size.get("schedulerName") or admin.get("schedulerName"),
                "securityContext": admin.get("securityContext"),
                "serviceAccountName": f"ws-{name}",
                "volumes": volumes,
                "containers": [main],
            },
        }
    )


def _env(variable: Json, paths: Mapping[str, str]) -> Json:
    value = variable.get("value") or ""
    if "{{" not in value:
        return variable
    if value not in TEXTS:
        raise Stopped("the text cannot be rendered")
    return {**variable, "value": TEXTS[value](paths)}


def _volumes(admin: Json, own: Json) -> tuple[list[Json], list[Json]]:
    volumes: dict[str, Json] = {}
    mounts: dict[str, Json] = {}
    if own.get("home"):
        volumes["home-volume"] = {"persistentVolumeClaim": {"claimName": own["home"]}}
        mounts[admin["volumeMounts"]["home"]] = {"name": "home-volume"}
    for index, data in enumerate(own.get("data") or []):
        if data["mountPath"] not in mounts:
            flag = {"readOnly": True} if data.get("readOnly") else {}
            volumes[f"data-volume-{index}"] = {
                "persistentVolumeClaim": {"claimName": data["pvcName"], **flag}
            }
            mounts[data["mountPath"]] = {"name": f"data-volume-{index}", **flag}
    for index, secret in enumerate(own.get("secrets") or []):
        if secret["mountPath"] not in mounts:
            mode = secret.get("defaultMode")
            source = {"secretName": secret["secretName"], "defaultMode": 420 if mode is None else mode}
            volumes[f"secret-volume-{index}"] = {"secret": source}
            mounts[secret["mountPath"]] = {"name": f"secret-volume-{index}"}
    for extra in admin.get("extraVolumes") or []:
        volumes.setdefault(extra["name"], extra)
    for extra in admin.get("extraVolumeMounts") or []:
        if extra["name"] in volumes:
            mounts.setdefault(extra["mountPath"], extra)
    listed = [{"name": name, **volume} for name, volume in volumes.items()]
    return listed, [{**mount, "mountPath": path} for path, mount in mounts.items()]


def _over(admin: Json, size: Json, user: Json, field: str) -> dict[str, str]:
    """Labels or annotations: the kind's, then the pod config's, then the user's."""
    found: dict[str, str] = {}
    for given in (admin, size, user):
        found.update((given.get("podMetadata") or {}).get(field) or {})
    return found


def solid(value: Json) -> Json:
    """The value without what says nothing: nulls, empty maps and lists; 1.0 is 1, as it is to the server."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        found = {key: solid(one) for key, one in value.items()}
        return {key: one for key, one in found.items() if one is not None and one != {} and one != []}
    return [solid(one) for one in value] if isinstance(value, list) else value
