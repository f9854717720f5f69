"""What only Kubernetes can be told of Kubeflow's kinds: names, columns, CEL rules, and the types they embed.

The fields, bounds and patterns come from the models in nbcore/dialects; `schemas.generate_kinds` puts both
together. The CEL rules are those of upstream's CRDs, each of which a model knows too. No list gets a bound that
upstream does not have: the rules are cheap enough without.

This module refuses to know how a file is written, and what the webhooks of Kubeflow judge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from nbcore.dialects import kubeflow_v2_status
from nbcore.dialects.kubeflow_v2_core import QUANTITY_PATTERN, fields_of, root
from nbcore.dialects.kubeflow_v2_kinds import Workspace, WorkspaceKind
from nbcore.kubernetes.pod_schema import Field
from nbcore.model.element import Shape

JSON = dict[str, Any]
GROUP: Final = "kubeflow.org"
MODELS: Final[Mapping[str, type[Shape]]] = {"WorkspaceKind": WorkspaceKind, "Workspace": Workspace}
STATUS: Final[Mapping[str, type[Shape]]] = {
    "WorkspaceKind": kubeflow_v2_status.WorkspaceKindStatus,
    "Workspace": kubeflow_v2_status.WorkspaceStatus,
}


def _one_of(*fields: str) -> str:
    """The rule that exactly one of the fields is there."""
    return " + ".join(f"(has(self.{one}) ? 1 : 0)" for one in fields) + " == 1"


RULES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "Asset": ((_one_of("url", "configMap"), "must specify exactly one of 'url' or 'configMap'"),),
    "ActivityProbe": (
        (_one_of("podExec", "jupyter"), "must specify exactly one of 'podExec' or 'jupyter'"),
        (
            "self.minProbeIntervalSeconds <= self.probeIntervalSeconds",
            "minProbeIntervalSeconds must be less than or equal to probeIntervalSeconds",
        ),
    ),
    "JupyterProbe": (("self.lastActivity", "'lastActivity' must be true"),),
    "ActivityRuleEffect": (("has(self.pauseWorkspace)", "must specify at least one effect"),),
    "FilterRuleEffect": (("has(self.ui) || has(self.api)", "must specify at least one of 'ui' or 'api'"),),
    "APIEffect": (
        (
            "!has(self.denyMessage) || (has(self.deny) && self.deny)",
            "'denyMessage' may only be set when 'deny' is true",
        ),
    ),
    "FilterRuleMatch": (
        (
            _one_of("matchNamespace", "matchImageConfig", "matchPodConfig"),
            "must specify exactly one of 'matchNamespace', 'matchImageConfig', or 'matchPodConfig'",
        ),
    ),
}
"""The rules of the objects, by model."""
FIELD_RULES: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("VolumeMounts", "home"): ("self == oldSelf", "mount path of 'home' is immutable"),
    ("WorkspaceSpec", "kind"): ("self == oldSelf", "Workspace 'kind' is immutable"),
}
"""The rules of single fields, by model and field."""

FORMATS: Final[Mapping[tuple[int, int], str]] = {
    (-(2**31), 2**31 - 1): "int32",
    (-(2**63), 2**63 - 1): "int64",
}
"""The formats of whole numbers that say these bounds. The largest int64 is no bound that a CRD may name."""

# ---- the types that the kinds embed ----


def core(type_name: str) -> JSON:
    """The structural schema of a Kubernetes type, as controller-gen embeds it."""
    return _core(root(type_name))


def _core(node: Field) -> JSON:
    return _CORE.get(node.type, _scalar)(node)


def _scalar(node: Field) -> JSON:
    return {"type": node.type, **({"format": node.format} if node.format else {})}


def _object(node: Field) -> JSON:
    schema: JSON = {"type": "object"}
    fields = {name: _core(one) for name, one in fields_of(node).items()}
    if fields:
        schema["properties"] = fields
    if node.required_fields:
        schema["required"] = list(node.required_fields)
    return schema | ({"x-kubernetes-map-type": node.map_type} if node.map_type else {})


def _map(node: Field) -> JSON:
    assert node.items is not None
    return {"type": "object", "additionalProperties": _core(node.items)}


def _list(node: Field) -> JSON:
    assert node.items is not None
    schema = {"type": "array", "items": _core(node.items)}
    if node.list_type is not None:
        schema["x-kubernetes-list-type"] = node.list_type
    if node.map_keys:
        schema["x-kubernetes-list-map-keys"] = list(node.map_keys)
    return schema


def _int_or_string(node: Field) -> JSON:
    pattern = {"pattern": QUANTITY_PATTERN} if node.type == "quantity" else {}
    return {"anyOf": [{"type": "integer"}, {"type": "string"}], **pattern, "x-kubernetes-int-or-string": True}


_CORE: Final[Mapping[str, Callable[[Field], JSON]]] = {
    "object": _object,
    "map": _map,
    "list": _list,
    "quantity": _int_or_string,
    "int-or-string": _int_or_string,
}
