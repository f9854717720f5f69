"""A Notebook of Kubeflow v1 as one of ours, which holds its Template itself; and the pod that its controller makes.

Refuses to know form, which is right already, PodDefaults, and settings of the controller but their defaults.

Source: reference behaviour of Kubeflow's Notebook, section 2.2.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from nbcore.dialects import kubeflow_v1_kinds as kinds
from nbcore.dialects.kubeflow_v1_places import NOTEBOOK_PLACES, TEMPLATE_PLACES
from nbcore.dialects.kubeflow_v2_notebook import placed_metadata
from nbcore.model.conventions import KUBEFLOW_V1
from nbcore.model.kubeflow_v1 import OwnPod
from nbcore.model.metadata import ObjectMeta, Reference
from nbcore.model.notebook import Notebook
from nbcore.model.origin import Origin
from nbcore.model.template import Port, RequestHeaders, Template, TemplateSpec

STOPPED: Final = "kubeflow-resource-stopped"
"""The annotation that stops a notebook, whatever its value."""
NAME_LABEL: Final = "notebook-name"
HEADERS: Final = "notebooks.kubeflow.org/http-headers-request-set"
"""The annotation that sets headers of requests: a JSON object."""
_REWRITE: Final = "notebooks.kubeflow.org/http-rewrite-uri"
_NOT_OF_PODS: Final = ("kubectl", "notebook")
"""An annotation whose key holds one of these stays with the Notebook."""
_PORT: Final = 8888
_PREFIX: Final = "NB_PREFIX"
_FS_GROUP: Final = 100


def notebook_of(given: kinds.Notebook, at: Origin) -> Notebook:
    """The Notebook of the engine's model that one of Kubeflow v1 is."""
    origin = replace(at, places=NOTEBOOK_PLACES)
    metadata = placed_metadata(given.metadata, at)
    name, namespace = metadata.name, metadata.namespace
    template = _template(given, metadata, replace(at, places=TEMPLATE_PLACES))
    spec = OwnPod.made(
        origin / "spec",
        template_ref=Reference.made(origin / "spec" / "templateRef", name=name, namespace=namespace or None),
        stopped=STOPPED in metadata.annotations,
        pod=template,
        rewritten=metadata.annotations.get(_REWRITE)
        or KUBEFLOW_V1.path.format(namespace=namespace, name=name),
    )
    return Notebook.made(
        origin,
        api_version=given.api_version,
        kind=given.kind,
        metadata=metadata,
        spec=spec,
        status=given.status,
    )


def _template(given: kinds.Notebook, metadata: ObjectMeta, origin: Origin) -> Template:
    """The Template that a Notebook holds: its pod, after the controller's own additions."""
    pod = given.spec.template.spec
    tree = {"metadata": _pod_metadata(metadata), "spec": _pod(pod, metadata)}
    main = tree["spec"]["containers"][0]
    port = _endpoint(main, metadata, origin / "spec" / "ports")
    spec = TemplateSpec.made(origin / "spec", template=tree, main_container=main["name"], ports=(port,))
    return Template.made(origin, api_version=given.api_version, kind=given.kind, metadata=metadata, spec=spec)


def _pod_metadata(metadata: ObjectMeta) -> dict[str, Any]:
    """The labels and annotations that the pod has from its Notebook."""
    own = dict.fromkeys((*KUBEFLOW_V1.labels, NAME_LABEL), metadata.name) if metadata.name else {}
    annotations = {
        key: value
        for key, value in metadata.annotations.items()
        if not any(word in key for word in _NOT_OF_PODS)
    }
    found = {"labels": {**own, **metadata.labels}, "annotations": annotations}
    return {field: value for field, value in found.items() if value}


def _pod(spec: Mapping[str, Any], metadata: ObjectMeta) -> dict[str, Any]:
    """The pod with what the controller adds: a home, a port and a prefix of its first container, a group."""
    main = dict(spec["containers"][0])
    main.setdefault("workingDir", "/home/jovyan")
    if main.get("ports") is None:
        main["ports"] = [{"containerPort": _PORT, "name": "notebook-port", "protocol": "TCP"}]
    env = main.get("env") or ()
    if not any(one["name"] == _PREFIX for one in env):
        prefix = f"/notebook/{metadata.namespace}/{metadata.name}"
        main["env"] = [*env, {"name": _PREFIX, "value": prefix}]
    pod = {**spec, "containers": [main, *spec["containers"][1:]]}
    pod.setdefault("securityContext", {"fsGroup": _FS_GROUP})
    return pod


def _endpoint(main: Mapping[str, Any], metadata: ObjectMeta, origin: Origin) -> Port:
    """The one endpoint of a notebook, with what its annotations say about the route."""
    headers = headers_of(metadata.annotations.get(HEADERS, "")) or {}
    return Port.made(
        origin,
        id="http",
        port=_number(main),
        protocol="HTTP",
        request_headers=RequestHeaders.made(origin, set=headers) if headers else None,
    )


def headers_of(text: str) -> dict[str, str] | None:
    """The headers that an annotation sets; None for a text that is no JSON object of texts."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    texts = isinstance(found, dict) and all(isinstance(one, str) for one in found.values())
    return found if texts else None


def _number(main: Mapping[str, Any]) -> int:
    """The port at which the notebook listens: the first one of its container."""
    ports = main.get("ports") or [{}]
    number: int = ports[0].get("containerPort", _PORT)
    return number
