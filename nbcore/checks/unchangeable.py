"""Fields that cannot be changed once an object is there (NB112).

Refuses to know what they mean. Key order is no change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from nbcore.finding import Finding
from nbcore.kubernetes.elements import same
from nbcore.kubernetes.paths import find
from nbcore.model.origin import RawPath

if TYPE_CHECKING:  # plain objects need no model
    from nbcore.model.element import Element


class _Fixed(NamedTuple):
    """A field that stays as it is."""

    path: RawPath
    message: str
    remedy: str


UNCHANGEABLE: Final[Mapping[str, _Fixed]] = {
    "Revision": _Fixed(
        ("spec",),
        "the spec of a Revision cannot be changed",
        "Leave it as it is, and make a new Revision under another name.",
    ),
    "Workspace": _Fixed(
        ("spec", "kind"),
        "the kind of a Workspace cannot be changed",
        "Leave it as it is, and make a new Workspace of the other kind.",
    ),
    "WorkspaceKind": _Fixed(
        ("spec", "podTemplate", "volumeMounts", "home"),
        "the mount path of home cannot be changed",
        "Leave it as it is, and make a new WorkspaceKind with the other path.",
    ),
}
"""The field of each kind, as the CRDs have it."""


def check_unchangeable(old: Element, new: Element) -> Iterator[Finding]:
    """The finding for a field that differs from what it was."""
    fixed = UNCHANGEABLE.get(new.origin.source.kind)
    if fixed is not None and not same(_at(new, fixed.path), _at(old, fixed.path)):
        yield new.origin.whole.finding("NB112", fixed.message, fixed.remedy, path=fixed.path)


def _at(one: Element, path: RawPath) -> Any:
    try:
        return find(one.origin.value, path)
    except LookupError:
        return None
