"""Rows W1 to W5: what upstream's webhook asks of a Workspace.

Refuses to know volumes, names, and who may use what: upstream does not look at them here.
Source: reference behaviour of Kubeflow Notebooks 2.0, section 3.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nbcore.checks.kubeflow.changes import changed
from nbcore.checks.kubeflow.metadata import metadata_findings
from nbcore.finding import Finding
from nbcore.kubernetes import names
from nbcore.model.notebook import Notebook
from nbcore.model.origin import RawPath
from nbcore.model.template import OptionGroup, Template
from nbcore.model.workspace_kind import IMAGE, POD

_KIND: Final[RawPath] = ("spec", "kind")
_METADATA: Final[RawPath] = ("spec", "podTemplate", "podMetadata")
_OPTIONS: Final[RawPath] = ("spec", "podTemplate", "options")


def workspace_rows(
    old: Notebook | None, new: Notebook, kind: Template | None, *, changed_only: bool
) -> Iterator[Finding]:
    """Everything that rows W1 to W5 have against a Workspace.

    Shape: ``kind`` is the WorkspaceKind that it names, None when there is none; ``changed_only`` asks on an
    update, as upstream does, only about what the update changes.
    """
    before = old if changed_only else None
    options = [id_ for id_ in (IMAGE, POD) if changed(before, new, (*_OPTIONS, id_))]
    metadata = changed(before, new, _METADATA)
    if not (options or metadata or changed(before, new, _KIND)):
        return
    if kind is None:
        yield _no_kind(new)
        return
    if metadata:
        own = new.spec.metadata
        yield from metadata_findings("NB308", new.origin, ("spec", "metadata"), own.labels, own.annotations)
    for id_ in options:
        group = kind.spec.group(id_)
        if group is not None:
            yield from _chosen(new, kind, group)


def _no_kind(workspace: Notebook) -> Finding:
    name = workspace.spec.template_ref.name
    return workspace.origin.finding(
        "NB201",
        f"the WorkspaceKind {name[:64]} does not exist",
        "Create it, or name another one.",
        path=("spec", "templateRef"),
    )


def _chosen(workspace: Notebook, kind: Template, group: OptionGroup) -> Iterator[Finding]:
    chosen = workspace.spec.options[group.id]
    if group.value(chosen) is not None:
        return
    near = names.closest(chosen, [value.id for value in group.values])
    yield workspace.origin.finding(
        "NB204",
        f"the {group.id} value {chosen[:64]} does not exist in the WorkspaceKind {kind.metadata.name[:64]}",
        f"Did you mean {near}?" if near else "Choose another one.",
        path=("spec", "options", group.id),
    )
