"""KubeSpawner's `make_pod` as a peer: the same pod from a hub's arguments, serialised as its client does.

`arguments` turns a finished pod into what a hub's configuration would say, so that the peer makes an
equivalent pod; that is not timed. `make` and `serialise` are what a spawn pays.

Refuses to know layers: a hub has its configuration merged already when it calls `make_pod`.
"""

from __future__ import annotations

import json
from typing import Any

from kubernetes_asyncio.client import ApiClient
from kubespawner.objects import make_pod

Pod = dict[str, Any]

EXTRA = frozenset({"command", "ports", "startupProbe", "readinessProbe", "livenessProbe"})
"""Fields of the main container that `make_pod` has no argument for; they are `extra_container_config`."""

POD_DIRECT = frozenset(
    {"containers", "initContainers", "volumes", "tolerations", "nodeSelector", "imagePullSecrets", "affinity"}
    | {"serviceAccountName", "automountServiceAccountToken", "securityContext"}
)
"""Fields of the pod's spec that `make_pod` has an argument for; the others are `extra_pod_config`."""

_ADDED = {"restartPolicy": "OnFailure"}
"""What `make_pod` sets on its own; an equivalent pod has it overridden, or it is taken out to compare."""


def arguments(pod: Pod, main: str) -> dict[str, Any]:
    """The arguments with which `make_pod` makes this pod."""
    spec = pod["spec"]
    (container,) = (one for one in spec["containers"] if one["name"] == main)
    node_affinity = spec.get("affinity", {}).get("nodeAffinity", {})
    return {
        "name": pod["metadata"].get("name", "notebook"),
        "labels": pod["metadata"].get("labels"),
        "annotations": pod["metadata"].get("annotations"),
        "cmd": container.get("args"),
        "port": container["ports"][0]["containerPort"],
        "image": container["image"],
        "image_pull_policy": container.get("imagePullPolicy"),
        "working_dir": container.get("workingDir"),
        "env": {one["name"]: one for one in container["env"]},
        "volume_mounts": container.get("volumeMounts"),
        "lifecycle_hooks": container.get("lifecycle"),
        "container_security_context": container.get("securityContext"),
        "extra_resource_limits": container["resources"]["limits"],
        "extra_resource_guarantees": container["resources"]["requests"],
        "extra_container_config": {
            "name": main,
            **{key: container[key] for key in container if key in EXTRA},
        },
        "extra_containers": [one for one in spec["containers"] if one["name"] != main],
        "init_containers": spec.get("initContainers"),
        "volumes": spec.get("volumes"),
        "tolerations": spec.get("tolerations"),
        "node_selector": spec.get("nodeSelector"),
        "image_pull_secrets": spec.get("imagePullSecrets"),
        "node_affinity_preferred": node_affinity.get("preferredDuringSchedulingIgnoredDuringExecution"),
        "service_account": spec.get("serviceAccountName"),
        "automount_service_account_token": spec.get("automountServiceAccountToken"),
        "pod_security_context": spec.get("securityContext"),
        "extra_pod_config": {key: value for key, value in spec.items() if key not in POD_DIRECT},
    }


# The client's constructor opens a connection pool; serialisation uses nothing that it sets.
_CLIENT = ApiClient.__new__(ApiClient)


def serialise(made: Any) -> Pod:
    """The pod as plain JSON, as the client makes it before it sends."""
    plain: Pod = _CLIENT.sanitize_for_serialization(made)
    return plain


def spawn(given: dict[str, Any]) -> bytes:
    """What the hub sends for these arguments."""
    return json.dumps(serialise(make_pod(**given))).encode()


def equivalent(given: dict[str, Any]) -> Pod:
    """The `metadata` and `spec` that these arguments give, without what `make_pod` adds of its own."""
    made = serialise(make_pod(**given))
    spec = {key: value for key, value in made["spec"].items() if _ADDED.get(key) != value}
    return {"metadata": made["metadata"], "spec": spec}
