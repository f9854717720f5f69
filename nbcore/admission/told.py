"""What is told of an accepted edit: what becomes of a running notebook, or of all notebooks of a kind.

Refuses to know whether the edit is allowed, and to write any status: a controller does that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from nbcore.catalog import Catalog
from nbcore.change.change import RANK, Change
from nbcore.change.diffing import diff
from nbcore.model.notebook import Notebook
from nbcore.model.pod_default import PodDefault
from nbcore.model.template import Template
from nbcore.pending import edited
from nbcore.pipeline import render
from nbcore.planning.outcomes import Entry
from nbcore.planning.planned import plan
from nbcore.settings import Settings

MOST: Final = 2_000
"""So many notebooks are looked at for one edit of a kind."""


class Effects(NamedTuple):
    """What an edit does to what runs: what is told, and whether it restarts that at once."""

    warnings: tuple[str, ...] = ()
    restarts: bool = False


def of_edit(old: Notebook, new: Notebook, catalog: Catalog, settings: Settings) -> Effects:
    """What the owner's edit does to the notebook, if it runs.

    Shape: what does not happen at once is pending, and told in the words of its status.
    """
    if old.spec.stopped or new.spec.stopped:
        return Effects()
    rolls = new.conventions.always_rolls
    carried = replace(settings, carrier="rolling") if rolls else settings
    before, after = (render(one, catalog, settings=settings).pod for one in (old, new))
    if before is None or after is None:
        return Effects()
    changes = [one for one in diff(before, after, settings=carried) if one.effect != "none"]
    if not rolls:
        return Effects(tuple(_pending(new, changes)))
    forcing = [one for one in changes if RANK[one.effect] > RANK["live"]]
    told = tuple(f"restarts it at once: {one.path.keyed} changes" for one in forcing)
    return Effects(told, bool(forcing))


def _pending(notebook: Notebook, changes: Iterable[Change]) -> Iterator[str]:
    for one in changes:
        pending = edited(notebook, "owner", one)
        yield f"pending: {one.path.keyed} changes: {pending.message}"


# ---- kinds ----


def of_kind(
    kind: Template | PodDefault | None, old: Catalog, new: Catalog, settings: Settings
) -> tuple[str, ...]:
    """What an edit of a kind does to the notebooks of the catalog, folded."""
    notebooks = _concerned(kind, new)
    some = notebooks[:MOST]
    if not some:
        return ()
    entries = plan(old, new, some, settings=settings).entries
    counted: dict[str, list[Entry]] = {}
    for one in entries:
        counted.setdefault(one.outcome, []).append(one)
    told = [_line(of, at_once=some[0].conventions.always_rolls) for of in counted.values()]
    if len(notebooks) > MOST:
        told.append(f"only {MOST:,} of {len(notebooks):,} notebooks were looked at")
    return tuple(filter(None, told))


def _concerned(kind: Template | PodDefault | None, catalog: Catalog) -> list[Notebook]:
    """The notebooks that a kind may play a part in: those that name a Template, or all of a PodDefault."""
    if isinstance(kind, Template):
        wanted = kind.conventions.template_kind
        mine = (one for one in catalog.notebooks if one.conventions.template_kind == wanted)
        return [one for one in mine if one.template_id == kind.id]
    return [one for one in catalog.notebooks if one.conventions.takes_pod_defaults]


def _line(entries: list[Entry], *, at_once: bool) -> str:
    """What becomes of the notebooks of some entries, with their numbers and never their names."""
    words = _WORDS.get(entries[0].outcome)
    if words is None:
        return ""
    members = [one for entry in entries for one in entry.notebooks]
    running = sum(1 for one in members if one.state in ("running", "idle"))
    spaces = len({one.namespace for one in members})
    what, later = words
    when = later if not at_once or entries[0].outcome not in ("restart", "recreate") else "at once"
    count = f"{len(members):,} notebook{'s' if len(members) > 1 else ''}"
    where = f"{running:,} running, in {spaces:,} namespace{'s' if spaces > 1 else ''}"
    return f"{count} ({where}): {what}{f' {when}' if when else ''}"


_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "recreate": ("to be made anew", "at the next start"),
    "refused": ("cannot be rendered any more", "and so not be started"),
    "restart": ("restarted to take it", "at the next start"),
    "live": ("changed", "while they run"),
    "repaired": ("can be rendered again", ""),
}
