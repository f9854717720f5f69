"""Comparisons: one notebook, rendered before and after, and what differs between its pods.

Refuses to know where the two catalogs come from, and how the answer is printed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from nbcore.catalog import Catalog
from nbcore.change.change import Change, Effect, forcing, worst
from nbcore.change.diffing import diff
from nbcore.change.masking import Marks
from nbcore.change.patching import patch
from nbcore.change.places import ABSENT
from nbcore.finding import Finding
from nbcore.model.notebook import Notebook
from nbcore.pipeline import Rendering, render
from nbcore.planning.outcomes import Entry, Sample
from nbcore.settings import Settings

__all__ = ["ABSENT", "SENTENCES", "Change", "Comparison", "Effect", "Verdict", "compared", "patch_json"]

Verdict = Literal["same", "differs", "added", "removed", "refused", "repaired", "broken"]

SENTENCES: Final[Mapping[Verdict, str]] = {
    "same": "nothing changes",
    "differs": "",
    "added": "it is new",
    "removed": "it is gone",
    "refused": "it could be rendered, and cannot be any more",
    "repaired": "it could not be rendered, and can be now",
    "broken": "it cannot be rendered on either side",
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One notebook, or one option of a Template, before and after.

    Shape: ``before`` and ``after`` are None where that side does not have it; ``select`` is the option that it
    stands for, ``GROUP=VALUE``, where it is no notebook of the inputs.
    """

    kind: str
    name: str
    select: str
    before: Rendering | None = None
    after: Rendering | None = None
    changes: tuple[Change, ...] = ()

    @property
    def title(self) -> str:
        """What people call it."""
        return " ".join(one for one in (self.kind, self.name, self.select) if one)

    @property
    def verdict(self) -> Verdict:
        """How the sides compare."""
        if self.before is None or self.after is None:
            return "added" if self.before is None else "removed"
        if self.before.pod is None or self.after.pod is None:
            neither = self.before.pod is self.after.pod
            return "broken" if neither else "repaired" if self.before.pod is None else "refused"
        return "differs" if self.changes else "same"

    @property
    def effect(self) -> Effect:
        """What all changes together do."""
        return worst(self.changes)

    @property
    def forcing(self) -> Change | None:
        """The change that restarts, if any does."""
        return forcing(self.changes)

    @property
    def reasons(self) -> tuple[str, ...]:
        """What made the difference, in plain words."""
        if self.before is None or self.after is None or self.verdict in ("same", "broken"):
            return ()
        sample = Sample(self.before, self.after)
        told = Entry("restart", "", "", {}, (), "", (), rendered=lambda: sample)
        return told.reasons

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Why there is no pod on a side."""
        sides = [one for one in (self.before, self.after) if one is not None and one.pod is None]
        found = (one for side in sides for one in side.findings if one.severity == "error")
        return tuple(dict.fromkeys(found))


def compared(
    comparison: Comparison,
    old: tuple[Notebook | None, Catalog],
    new: tuple[Notebook | None, Catalog],
    settings: Settings,
) -> Comparison:
    """The comparison with the notebook rendered on both sides, and what differs.

    Shape: each side is the notebook there, None where that side has none, and the catalog. Effects are relative to
    ``settings.carrier``; Workspaces always roll.
    """
    before, after = _rendered(*old, settings), _rendered(*new, settings)
    changes: list[Change] = []
    if before is not None and after is not None and before.pod is not None and after.pod is not None:
        changes = diff(
            before.pod,
            after.pod,
            settings=_carried((old[0], new[0]), settings),
            origin_of_old=before.origin,
            origin_of_new=after.origin,
        )
    return replace(comparison, before=before, after=after, changes=tuple(changes))


def _rendered(notebook: Notebook | None, catalog: Catalog, settings: Settings) -> Rendering | None:
    return None if notebook is None else render(notebook, catalog, settings=settings)


def _carried(notebooks: Sequence[Notebook | None], settings: Settings) -> Settings:
    """The settings with the carrier that the dialect allows."""
    rolls = any(one is not None and one.conventions.always_rolls for one in notebooks)
    return replace(settings, carrier="rolling") if rolls else settings


def patch_json(one: Comparison, *, show_values: bool) -> dict[str, Any]:
    """The difference as a JSON Patch of the pod; values that are hidden are masked unless they are to be shown."""
    before = one.before.pod if one.before is not None else None
    after = one.after.pod if one.after is not None else None
    operations = patch(before or {}, after or {}, before or {}, guard=False)
    shown = operations if show_values else [_masked(each) for each in _with_marks(operations)]
    return {
        "kind": one.kind,
        "name": one.name,
        **({"select": one.select} if one.select else {}),
        "patch": shown,
    }


def _with_marks(operations: Sequence[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], Any, Any]]:
    """Each operation with its steps and the marks of all."""
    steps = [_steps(one["path"]) for one in operations]
    marks = Marks([(at, ABSENT, one.get("value", ABSENT)) for at, one in zip(steps, operations, strict=True)])
    for at, one in zip(steps, operations, strict=True):
        yield one, at, marks


def _masked(given: tuple[dict[str, Any], Any, Any]) -> dict[str, Any]:
    operation, steps, marks = given
    return (
        {**operation, "value": marks.shown(steps, operation["value"])} if "value" in operation else operation
    )


def _steps(pointer: str) -> tuple[str, ...]:
    """The steps of a JSON Pointer."""
    return tuple(one.replace("~1", "/").replace("~0", "~") for one in pointer.split("/")[1:])
