"""The claim template of an ephemeral volume: what Kubernetes asks of the PersistentVolumeClaim to be made from it.

Refuses to know the volume and the pod around it; the name of the claim comes from them.
Source: k8s.io/kubernetes/pkg/apis/core/validation, ValidatePersistentVolumeClaimTemplate, at v1.36.
"""

from __future__ import annotations

from typing import Any, Final

from nbcore.checks.fault import Fault, Faults, RawPath
from nbcore.checks.semantics.metadata import (
    MOST_ANNOTATION_BYTES,
    annotation_bytes,
    annotation_faults,
    label_faults,
)
from nbcore.checks.semantics.values import one_of, required, shown, valid
from nbcore.kubernetes.names import (
    problem_with_dns_label,
    problem_with_dns_subdomain,
)
from nbcore.kubernetes.quantity import Quantity
from nbcore.kubernetes.selector import Selector

CODE: Final = "NB468"

ACCESS_MODES: Final = ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")
_MODES: Final = ("Filesystem", "Block")
_ALONE: Final = "ReadWriteOncePod"
_CLASSES: Final = ("storageClassName", "volumeAttributesClassName")
_ALLOWED_METADATA: Final = frozenset({"labels", "annotations"})
_CLAIM: Final = "PersistentVolumeClaim"


def faults(template: dict[str, Any], path: RawPath) -> Faults:
    """Faults of a claim template that stands at a path."""
    yield from _metadata(template.get("metadata") or {}, (*path, "metadata"))
    spec, below = template.get("spec") or {}, (*path, "spec")
    yield from _access_modes(spec, below)
    yield from _storage(spec, below)
    yield from _selector(spec, below)
    yield from one_of(CODE, (*below, "volumeMode"), "volumeMode", spec.get("volumeMode"), _MODES)
    for field in _CLASSES:
        yield from valid(CODE, (*below, field), field, spec.get(field) or None, problem_with_dns_subdomain)
    yield from _data_sources(spec, below)


def _metadata(metadata: dict[str, Any], path: RawPath) -> Faults:
    for field, value in metadata.items():
        # An empty text and the number 0 are what Kubernetes reads where nothing is written; an empty list is not.
        unset = value == "" or (value == 0 and field == "generation")
        if field not in _ALLOWED_METADATA and not unset:
            message = f"{field} cannot be set in the metadata of a claim template"
            yield Fault(CODE, (*path, field), message, "Keep labels and annotations only.")
    annotations, below = metadata.get("annotations") or {}, (*path, "annotations")
    yield from label_faults(CODE, (*path, "labels"), metadata.get("labels"), "the label")
    yield from annotation_faults(CODE, below, annotations)
    if (total := annotation_bytes(annotations)) > MOST_ANNOTATION_BYTES:
        message = f"the annotations take {total} bytes, they may take at most {MOST_ANNOTATION_BYTES}"
        yield Fault(CODE, below, message, "Move large values to a ConfigMap.")


def _access_modes(spec: dict[str, Any], path: RawPath) -> Faults:
    listed, below = spec.get("accessModes") or (), (*path, "accessModes")
    yield from required(
        CODE, below, "accessModes", listed or None, "Add an access mode, such as ReadWriteOnce."
    )
    for index, one in enumerate(listed):
        yield from one_of(CODE, (*below, index), "the access mode", one, ACCESS_MODES)
    if _ALONE in listed and any(one in ACCESS_MODES for one in listed if one != _ALONE):
        message = f"{_ALONE} cannot stand beside other access modes"
        yield Fault(CODE, below, message, f"Keep {_ALONE} alone, or remove it.")


def _storage(spec: dict[str, Any], path: RawPath) -> Faults:
    below = (*path, "resources", "requests", "storage")
    written = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    amount = Quantity.parse(written)
    if written is None:
        yield Fault(CODE, below, "the claim asks for no storage", "Add an amount, such as 10Gi.")
    elif amount is not None and amount <= Quantity(0):
        yield Fault(CODE, below, f"storage is {shown(written)}, it must be more than 0", "Ask for more.")


def _selector(spec: dict[str, Any], path: RawPath) -> Faults:
    for inner, problem in Selector.parse(spec.get("selector"))[1]:
        message = f"the selector's {inner[-1] if inner else 'value'} {problem}"
        yield Fault(CODE, (*path, "selector", *inner), message, "Write a valid label selector.")


def _data_sources(spec: dict[str, Any], path: RawPath) -> Faults:
    source, ref = spec.get("dataSource"), spec.get("dataSourceRef")
    for field, one in (("dataSource", source), ("dataSourceRef", ref)):
        if one is not None:
            yield from _data_source(one, (*path, field))
    if ref is None:
        return
    namespace = ref.get("namespace") or None
    yield from valid(
        CODE, (*path, "dataSourceRef", "namespace"), "namespace", namespace, problem_with_dns_label
    )
    if source is not None and (namespace or _identity(source) != _identity(ref)):
        message = "dataSource and dataSourceRef do not mean the same"
        yield Fault(
            CODE, (*path, "dataSource"), message, "Keep dataSourceRef only.", ((*path, "dataSourceRef"),)
        )


def _identity(one: dict[str, Any]) -> tuple[Any, ...]:
    return one.get("apiGroup"), one.get("kind") or "", one.get("name") or ""


def _data_source(one: dict[str, Any], path: RawPath) -> Faults:
    for field in ("kind", "name"):
        yield from required(CODE, (*path, field), field, one.get(field))
    group, kind = one.get("apiGroup") or None, one.get("kind")
    yield from valid(CODE, (*path, "apiGroup"), "apiGroup", group, problem_with_dns_subdomain)
    if kind and group is None and kind != _CLAIM:
        message = f"without apiGroup the kind must be {_CLAIM}, not {shown(kind)}"
        yield Fault(CODE, path, message, "Add the apiGroup of that kind.")
