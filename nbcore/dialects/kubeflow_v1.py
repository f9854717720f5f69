"""Kubeflow v1: PodDefault (``kubeflow.org/v1alpha1``) and Notebook (``kubeflow.org/v1``), in the engine's model.

A PodDefault becomes one of ours that has a part for every container; a Notebook one that holds its Template
itself. Every part keeps the place where its author wrote it, so that findings name that.

Refuses to know how pods are made and rules of any kind: what a field may hold is told by the models beside.
Source: reference behaviour of Kubeflow's PodDefault and Notebook, sections 1.1 and 2.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from nbcore.dialects.parsed import Parsed
from nbcore.finding import Finding
from nbcore.kubernetes.names import DNS_LABEL_LENGTH
from nbcore.model.origin import Json, Origin

GROUP: Final = "kubeflow.org"
POD_DEFAULT_VERSION: Final = f"{GROUP}/v1alpha1"
NOTEBOOK_VERSION: Final = f"{GROUP}/v1"
MARK: Final = "poddefault-"
"""What the name of the annotation starts with that says that a PodDefault was applied; its own name follows."""
KINDS: Final = (
    (POD_DEFAULT_VERSION, "PodDefault"),
    *((f"{GROUP}/{version}", "Notebook") for version in ("v1", "v1beta1", "v1alpha1")),
)
"""The versions and kinds that are read."""


def parse(value: Json, origin: Origin) -> Parsed:
    """The PodDefault or Notebook of the engine's model, or the findings that say why it is none.

    Raises: KeyError for a kind that is not in KINDS: the caller dispatches by it.
    """
    # Late, all of it: most files hold none of these kinds.
    from nbcore.dialects import kubeflow_v1_kinds as kinds
    from nbcore.dialects.kubeflow_v1_notebook import notebook_of
    from nbcore.dialects.kubeflow_v1_pod_default import pod_default_of
    from nbcore.dialects.reading import fit

    readers: dict[str, tuple[Any, Any]] = {
        "PodDefault": (kinds.PodDefault, pod_default_of),
        "Notebook": (kinds.Notebook, notebook_of),
    }
    model, translated = readers[value["kind"]]
    form, findings, known = fit(model, value, origin)
    whole = translated(form, origin) if form is not None else None
    findings = (*findings, *_marks(value, origin), *_headers(value, origin))
    pruned = whole if known is form or known is None else translated(known, origin)
    return Parsed(whole, findings, pruned)


def _marks(value: Json, origin: Origin) -> Iterator[Finding]:
    """What is wrong with a PodDefault whose name does not fit into the annotation that says it was applied."""
    if value["kind"] == "PodDefault" and len(f"{MARK}{origin.source.name}") > DNS_LABEL_LENGTH:
        yield origin.finding(
            "NB322",
            "the name is too long for the annotation that Kubeflow's own webhook marks pods with",
            f"Give it a name of at most {DNS_LABEL_LENGTH - len(MARK)} characters.",
            path=("metadata", "name"),
        )


def _headers(value: Json, origin: Origin) -> Iterator[Finding]:
    """What is wrong with the headers that a Notebook sets: its controller leaves them all out without a word."""
    from nbcore.dialects.kubeflow_v1_notebook import HEADERS, headers_of

    metadata = value.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    text = annotations.get(HEADERS) if isinstance(annotations, dict) else None
    if value["kind"] == "Notebook" and isinstance(text, str) and text and headers_of(text) is None:
        yield origin.finding(
            "NB926",
            "the annotation is no JSON object of texts, so that no header is set at all",
            'Write an object such as {"X-Header": "value"}.',
            path=("metadata", "annotations", HEADERS),
        )
