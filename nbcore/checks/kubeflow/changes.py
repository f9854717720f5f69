"""What an update changes, in the parts that upstream looks at before it judges.

Refuses to know what is judged then.
Source: reference behaviour of Kubeflow Notebooks 2.0, section 3.3, UPDATE.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from nbcore.checks.kubeflow.meaning import means_same, part
from nbcore.model.element import Element
from nbcore.model.origin import RawPath
from nbcore.model.template import Template


class GroupChange(NamedTuple):
    """What becomes of the values of one option group, by id.

    Shape: ``changed`` are those with another ``spec``; ``removed`` stand in the order of the old values.
    """

    added: frozenset[str]
    changed: frozenset[str]
    removed: tuple[str, ...]
    redirected: bool
    """Whether any redirect is another one, its message included, or a value came or went."""

    @property
    def touched(self) -> frozenset[str]:
        """The values that are new or have another ``spec``."""
        return self.added | self.changed


def changed(old: Element | None, new: Element, path: RawPath) -> bool:
    """Whether the part at a path of the whole object means something else; always when it is created."""
    return old is None or not means_same(part(old.origin, path), part(new.origin, path))


def group_change(old: Template | None, new: Template, group: str) -> GroupChange:
    """What becomes of the values of a group; on create all of them are added."""
    before, after = _values(old, group), _values(new, group)
    both = [id_ for id_ in after if id_ in before]
    added = after.keys() - before.keys()
    removed = tuple(id_ for id_ in before if id_ not in after)
    redirected = any(not _same(before, after, id_, "redirect") for id_ in both)
    return GroupChange(
        frozenset(added),
        frozenset(id_ for id_ in both if not _same(before, after, id_, "spec")),
        removed,
        bool(added or removed or redirected),
    )


def _same(before: Mapping[str, Any], after: Mapping[str, Any], id_: str, field: str) -> bool:
    return means_same(before[id_].get(field), after[id_].get(field))


def _values(template: Template | None, group: str) -> dict[str, Any]:
    """The values of a group as they were written, by id."""
    if template is None:
        return {}
    written = part(template.origin, ("spec", "podTemplate", "options", group, "values")) or []
    return {one["id"]: one for one in written}
