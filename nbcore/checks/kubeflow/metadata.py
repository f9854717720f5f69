"""Rows W2, W3 and K1: labels and annotations that no pod can have.

Refuses to know which of them somebody may set.
Source: k8s.io/apimachinery/pkg/apis/meta/v1/validation, ValidateLabels; pkg/api/validation, ValidateAnnotations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nbcore.checks.fault import Fault
from nbcore.checks.kubeflow.places import at_map
from nbcore.checks.semantics.metadata import (
    MOST_ANNOTATION_BYTES,
    annotation_bytes,
    annotation_faults,
    label_faults,
)
from nbcore.finding import Finding
from nbcore.model.origin import Origin, RawPath


def metadata_findings(
    code: str, origin: Origin, path: RawPath, labels: Mapping[str, str], annotations: Mapping[str, str]
) -> Iterator[Finding]:
    """Everything that is wrong with labels and annotations; each finding names the map, as upstream does.

    Shape: ``path`` is that of the metadata below the part that the origin belongs to.
    """
    for fault in label_faults(code, (), labels, "the label"):
        yield at_map(fault, origin, (*path, "labels"), code)
    faults = [*annotation_faults(code, (), annotations), *_size(code, annotations)]
    for fault in faults:
        yield at_map(fault, origin, (*path, "annotations"), code)


def _size(code: str, annotations: Mapping[str, str]) -> Iterator[Fault]:
    size = annotation_bytes(annotations)
    if size > MOST_ANNOTATION_BYTES:
        message = f"the annotations take {size} bytes, they may take at most {MOST_ANNOTATION_BYTES}"
        yield Fault(code, (), message, "Move large values to a ConfigMap.")
