"""The StatefulSet that carries the pod of a notebook, or the pod itself where nothing carries it.

Refuses to know how the pod came about, and what is done to a pod that runs already.

Laws: test_stopping_changes_the_replicas_alone, test_the_pod_template_is_the_rendered_pod,
test_every_selector_selects_the_pod.
Source: reference behaviour of Kubeflow Notebooks 2.0, sections 0.3, 1.2 and 1.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from nbcore.model.notebook import Metadata, Notebook
from nbcore.resolve.notebook_layers import identity_labels
from nbcore.workload.naming import metadata_of, owned

_NOT_OF_A_TEMPLATE: Final = ("name", "namespace")
"""What a pod has from the StatefulSet that makes it."""
_FIELDS: Final = ("labels", "annotations")


def stateful_set(
    notebook: Notebook,
    pod: Mapping[str, Any],
    named: Mapping[str, str],
    *,
    extra: Iterable[Metadata] = (),
    rolls: bool = True,
) -> dict[str, Any]:
    """The StatefulSet of a notebook: one pod, or none while it is stopped.

    Shape: ``extra`` are further labels and annotations of the StatefulSet, the lowest first; the system's own
    win. One that does not roll leaves a running pod alone until somebody deletes it.
    """
    spec: dict[str, Any] = {
        "replicas": 0 if notebook.spec.stopped else 1,
        "selector": {"matchLabels": identity_labels(notebook)},
        "template": pod_template(pod),
    }
    if not rolls:
        spec["updateStrategy"] = {"type": "OnDelete"}
    metadata = _with(metadata_of(notebook, named), extra)
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata, "spec": spec}


def bare_pod(notebook: Notebook, pod: Mapping[str, Any]) -> dict[str, Any]:
    """The pod itself, owned by the notebook."""
    return {"apiVersion": "v1", "kind": "Pod", **pod, "metadata": {**pod["metadata"], **owned(notebook)}}


def pod_template(pod: Mapping[str, Any]) -> dict[str, Any]:
    """The pod as the template of a StatefulSet: without a name and namespace of its own."""
    metadata = {key: one for key, one in pod["metadata"].items() if key not in _NOT_OF_A_TEMPLATE}
    return {**pod, "metadata": metadata}


def _with(metadata: dict[str, Any], extra: Iterable[Metadata]) -> dict[str, Any]:
    """The metadata with more labels and annotations below its own."""
    layers = list(extra)
    for field in _FIELDS:
        below = {key: value for one in layers for key, value in getattr(one, field).items()}
        if below:
            metadata[field] = below | metadata.get(field, {})
    return metadata
