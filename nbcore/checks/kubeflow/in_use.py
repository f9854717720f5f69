"""Rows K13 to K16, and DELETE: what may not change or go while Workspaces use it.

What a value sets is protected; how it is shown, its place in the list and its redirect are not. Refuses to
know who uses what: it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from nbcore.checks.kubeflow.changes import GroupChange
from nbcore.finding import Finding, finding
from nbcore.kubernetes.paths import Item, Path
from nbcore.model.template import OptionValue, Template

Uses: TypeAlias = Callable[[], Mapping[str, Mapping[str, int]]]
"""How many Workspaces have chosen an id as it is stored, by group and id."""

FINALIZER: Final = "notebooks.kubeflow.org/workspacekind-protection"
_REPLACE: Final = "Leave it as it is, add another value and let this one redirect there."


def in_use_rows(new: Template, changes: Mapping[str, GroupChange], uses: Uses) -> Iterator[Finding]:
    """The findings for values in use that an update changes or removes; asks about use only if there are any.

    Shape: ``changes`` are those of each group, by its id.
    """
    if not any(change.changed or change.removed for change in changes.values()):
        return
    used = uses()
    for id_, change in changes.items():
        counts = used.get(id_, {})
        group = new.spec.group(id_)
        for value in group.values if group is not None else ():
            if value.id in change.changed and counts.get(value.id, 0) > 0:
                yield _changed(id_, value, counts[value.id])
        for gone in change.removed:
            if counts.get(gone, 0) > 0:
                yield _removed(new, id_, gone, counts[gone])


def _changed(group: str, value: OptionValue, count: int) -> Finding:
    message = f"{_of(group, value.id)} is used by {_many(count)}: what it sets cannot be changed"
    return value.origin.finding("NB234", message, _REPLACE)


def _removed(kind: Template, group: str, value: str, count: int) -> Finding:
    at = ("spec", "podTemplate", "options", group, "values")
    origin = kind.origin.whole
    return finding(
        "NB235",
        Path((*at, Item(None, value))),
        f"{_of(group, value)} is used by {_many(count)} and cannot be removed",
        "Keep it, hide it, and let it redirect to another value.",
        source=origin.source,
        position=origin.position(*at),
    )


def deletion_rows(old: Template, users: int) -> Iterator[Finding]:
    """Why a WorkspaceKind may not be deleted: Workspaces use it, or its finalizer still protects it."""
    if users > 0:
        yield old.origin.finding(
            "NB236",
            f"the WorkspaceKind {old.metadata.name[:64]} is used by {_many(users)} and cannot be deleted",
            "Delete the Workspaces first, or hide the WorkspaceKind.",
            path=("metadata", "name"),
        )
    elif FINALIZER in old.metadata.finalizers:
        yield old.origin.finding(
            "NB236",
            f"the finalizer {FINALIZER} protects the WorkspaceKind {old.metadata.name[:64]}",
            "Wait until the controller has removed the finalizer.",
            path=("metadata", "finalizers"),
        )


def _of(group: str, value: str) -> str:
    return f"the {group} value {value[:64]}"


def _many(count: int) -> str:
    return "a Workspace" if count == 1 else f"{count} Workspaces"
