"""A PodDefault of Kubeflow as one of ours, with what becomes of fields that several peers set.

Refuses to know form, which is right already, and which pods there are.

Source: reference behaviour of Kubeflow's PodDefault, section 1.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from nbcore.dialects import kubeflow_v1_kinds as kinds
from nbcore.dialects.kubeflow_v1_places import POD_DEFAULT_PLACES
from nbcore.dialects.kubeflow_v2_notebook import placed_metadata
from nbcore.model.kubeflow_v1 import EveryContainer
from nbcore.model.layer import Policies
from nbcore.model.origin import Origin
from nbcore.model.pod_default import PodDefault
from nbcore.model.template import Display

_EACH: Final = ("spec", "containers", "*")
RULES: Final[Policies] = {
    (*_EACH, "command"): "first",
    (*_EACH, "args"): "first",
    (*_EACH, "envFrom"): "append",
    ("spec", "serviceAccountName"): "last",
    ("spec", "automountServiceAccountToken"): "last",
}
"""What becomes of a field that peers set differently, where that is no conflict."""

_OF_METADATA: Final = ("labels", "annotations")
_OF_POD: Final[Mapping[str, str]] = {
    "volumes": "volumes",
    "tolerations": "tolerations",
    "serviceAccountName": "service_account_name",
    "automountServiceAccountToken": "automount_service_account_token",
    "imagePullSecrets": "image_pull_secrets",
    "initContainers": "init_containers",
    "containers": "sidecars",
}
_OF_EACH: Final[Mapping[str, str]] = {
    "env": "env",
    "envFrom": "env_from",
    "volumeMounts": "volume_mounts",
    "command": "command",
    "args": "args",
}
"""The fields of a pod, and of each container, with those of a PodDefault that fill them."""


def pod_default_of(given: kinds.PodDefault, at: Origin) -> PodDefault:
    """The PodDefault that one of Kubeflow is."""
    origin = replace(at, places=POD_DEFAULT_PLACES)
    spec = given.spec
    metadata = {field: getattr(spec, field) for field in _OF_METADATA if getattr(spec, field)}
    pod = _filled(spec, _OF_POD)
    template = {**({"metadata": metadata} if metadata else {}), **({"spec": pod} if pod else {})}
    made = EveryContainer.made(
        origin / "spec",
        display=Display(description=spec.desc[:4096] or None),
        template=template,
        selector=spec.selector,
        each=_filled(spec, _OF_EACH),
        rules=RULES,
    )
    return PodDefault.made(
        origin,
        api_version=given.api_version,
        kind=given.kind,
        metadata=placed_metadata(given.metadata, at),
        spec=made,
        status=given.status,
    )


def _filled(spec: kinds.PodDefaultSpec, fields: Mapping[str, str]) -> dict[str, Any]:
    """The fields that say something; an empty list of texts does, and any other empty value does not."""
    found = {field: getattr(spec, name) for field, name in fields.items()}
    texts = ("command", "args")
    return {
        field: list(value) if isinstance(value, tuple) else value
        for field, value in found.items()
        if value not in (None, "", ()) or (field in texts and value is not None)
    }
