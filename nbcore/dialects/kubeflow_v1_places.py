"""Where the parts of the model stand in PodDefaults and Notebooks of Kubeflow v1, so that findings name those fields.

Raw paths of the model's spelling to raw paths of the kinds'. Refuses to know what stands there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nbcore.model.origin import RawPath

_BASE: Final = ("spec", "template")
_METADATA: Final = ("labels", "annotations")
_SPEC: Final = (
    "volumes",
    "tolerations",
    "serviceAccountName",
    "automountServiceAccountToken",
    "imagePullSecrets",
    "initContainers",
)

POD_DEFAULT_PLACES: Final[Mapping[RawPath, RawPath]] = {
    ("spec", "display"): ("spec",),
    ("spec", "display", "description"): ("spec", "desc"),
    _BASE: ("spec",),
    (*_BASE, "metadata"): ("spec",),
    (*_BASE, "spec"): ("spec",),
    **{(*_BASE, "metadata", field): ("spec", field) for field in _METADATA},
    **{(*_BASE, "spec", field): ("spec", field) for field in _SPEC},
    (*_BASE, "spec", "containers"): ("spec", "sidecars"),
}
"""Where the parts of a PodDefault stand in one of Kubeflow."""

NOTEBOOK_PLACES: Final[Mapping[RawPath, RawPath]] = {
    ("spec", "templateRef"): ("metadata", "name"),
    ("spec", "templateRef", "name"): ("metadata", "name"),
    ("spec", "stopped"): ("metadata", "annotations"),
}
TEMPLATE_PLACES: Final[Mapping[RawPath, RawPath]] = {
    (*_BASE, "metadata"): ("metadata",),
    (*_BASE, "spec"): (*_BASE, "spec"),
    ("spec", "ports"): (*_BASE, "spec", "containers", 0, "ports"),
}
"""Where the parts of a Notebook, and of the Template that it holds, stand in a Notebook of Kubeflow."""
