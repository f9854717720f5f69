"""Kubeflow Notebooks 2.0: WorkspaceKind and Workspace of ``kubeflow.org/v1beta1``, read into the engine's model.

A WorkspaceKind becomes a Template of the whole cluster with the option groups imageConfig and podConfig, a
Workspace a Notebook. Every part keeps the place where its author wrote it, so that findings name that.

Refuses to know how pods are made and rules of any kind: what a field may hold is told by the models beside.
Source: reference behaviour of Kubeflow Notebooks 2.0, sections 1.2 to 1.6.
"""

from __future__ import annotations

from typing import Any, Final

from nbcore.dialects.parsed import Parsed
from nbcore.dialects.wanted import Wanted
from nbcore.model.origin import Json, Origin

GROUP: Final = "kubeflow.org"
API_VERSION: Final = f"{GROUP}/v1beta1"
KINDS: Final = ("WorkspaceKind", "Workspace")


def parse(value: Json, origin: Origin) -> Parsed:
    """The Template or Notebook of a WorkspaceKind or Workspace, or the findings that say why it is none.

    Raises: KeyError for a kind that is not in KINDS: the caller dispatches by it.
    """
    # Late, all of it: most files hold none of these kinds.
    from nbcore.dialects import kubeflow_v2_kinds as kinds
    from nbcore.dialects.kubeflow_v2_notebook import notebook_of
    from nbcore.dialects.kubeflow_v2_template import template_of
    from nbcore.dialects.reading import fit

    readers: dict[str, tuple[Any, Any]] = {
        "WorkspaceKind": (kinds.WorkspaceKind, template_of),
        "Workspace": (kinds.Workspace, notebook_of),
    }
    model, translated = readers[value["kind"]]
    form, findings, known = fit(model, value, origin)
    whole = translated(form, origin) if form is not None else None
    pruned = whole if known is form or known is None else translated(known, origin)
    return Parsed(whole, findings, pruned)


def choosing(wanted: Wanted) -> dict[str, Any]:
    """A Workspace that makes a choice, as plain JSON."""
    volumes = {"home": wanted.home} if wanted.home else {}
    return {
        "apiVersion": API_VERSION,
        "kind": "Workspace",
        "metadata": wanted.metadata,
        "spec": {
            "kind": wanted.template,
            "podTemplate": {"volumes": volumes, "options": dict(wanted.options)},
        },
    }
