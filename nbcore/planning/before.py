"""Before: a fleet with the catalog that an edit starts from, rendered once for any number of plans.

A part is what stands or falls together: one selection, one Revision, one set of PodDefaults that select it. Its
cells are the own fields. Kept in the catalog's memo. Refuses to know what becomes of anything.

Laws: test_a_plan_equals_each_notebook_on_its_own, test_a_second_plan_is_the_same.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias

from nbcore.catalog import Catalog
from nbcore.checks.own_fields import Lower
from nbcore.environment import Environment, environment, pinned
from nbcore.kubernetes.selector import Selector
from nbcore.model.conventions import KEPT_POD_DEFAULTS, Conventions, conventions_of
from nbcore.model.notebook import Notebook
from nbcore.model.pod_default import PodDefault
from nbcore.model.revision import Revision
from nbcore.model.selection import Resolution
from nbcore.pipeline import Rendering, render
from nbcore.planning.areas import Area, areas
from nbcore.planning.edits import Edit, Place
from nbcore.planning.fleet import Choice, Fleet, Member, Selection
from nbcore.planning.outcomes import Entry
from nbcore.planning.own_parts import Own, values_at
from nbcore.resolve.layers import labels_of
from nbcore.revision import hash_of, spec_of
from nbcore.settings import Settings


class Cell(NamedTuple):
    """Notebooks of a part with the same own fields, by index, and what those set."""

    own: Own
    indexes: tuple[int, ...]
    areas: frozenset[tuple[str, ...]]


Keys: TypeAlias = Mapping[str, frozenset[str]]
"""By namespace: the labels on which its PodDefaults select."""
Revisions: TypeAlias = Mapping[tuple[str, str], Revision]


class Slot(NamedTuple):
    """One layer of the admins: what it is of, and what it sets. All parts of a Template share theirs.

    Shape: ``place`` is empty for the Template, namespace and name for a PodDefault, group and id for a value.
    """

    rank: str
    place: Place | tuple[()]
    areas: frozenset[Area]


@dataclass(slots=True, eq=False)
class Part:
    """Notebooks for which the admins' part of the pod is the same.

    Shape: ``revision`` names that of the notebooks; it is the ``pin`` where it is not what the old catalog gives
    anyway. ``env`` is what that gives, ``base`` what the pods are made of before. ``fine`` are the cells that could
    be rendered, ``broken`` the others with what is wrong.
    """

    choice: Choice
    conventions: Conventions
    revision: str
    pin: Revision | None
    env: Environment
    base: Environment
    fine: tuple[Cell, ...]
    broken: tuple[tuple[Cell, Rendering], ...]
    members: tuple[Member, ...]
    """Those that could be rendered."""
    seen: Seen
    slots: tuple[Slot, ...]
    namespace: str
    """That of the first notebook, whose PodDefaults may select it."""
    still: tuple[Entry, ...] | None = None
    """What is said of it when nothing that it depends on is edited."""

    @property
    def first(self) -> int:
        """The notebook that stands for all."""
        return self.fine[0].indexes[0] if self.fine else self.broken[0][0].indexes[0]

    @property
    def main(self) -> str:
        """The name of the notebook's container."""
        return self.base.lower.main

    @property
    def met(self) -> frozenset[tuple[str, ...]]:
        """What the own fields of those that could be rendered set."""
        return self.seen.met


class Seen(NamedTuple):
    """What resolving and rendering a part looked at.

    Shape: ``plainly`` says that its layers are those of the Template that it names, and nothing is gone.
    """

    templates: frozenset[Place]
    values: frozenset[Place]
    pod_defaults: frozenset[Place]
    met: frozenset[tuple[str, ...]]
    plainly: bool


_PINNED: Final = "pinned"


def _looked_at(part: Part) -> Iterator[Hashable]:
    """What a part depends on, as an edit names it."""
    yield from (("Template", *place) for place in part.seen.templates)
    yield from (("PodDefault", *place) for place in part.seen.pod_defaults)
    if part.conventions.takes_pod_defaults:
        yield ("selecting", part.namespace)
    if part.pin is not None:
        yield _PINNED


class Before:
    """All parts of a fleet, in the order of kind, Template and selection."""

    def __init__(
        self, fleet: Fleet, old: Catalog, settings: Settings, selecting: Keys, revisions: Revisions
    ) -> None:
        self.fleet, self.old, self.settings = fleet, old, settings
        self.compat = settings.compat != ""
        self.selecting, self._revisions = selecting, revisions
        self._hashes: dict[int, str] = {}
        self._own_areas: dict[Own, frozenset[tuple[str, ...]]] = {}
        self._known_slots: dict[Hashable, Slot] = {}
        selections = sorted(fleet.selections, key=lambda one: one.choice)
        self.parts: tuple[Part, ...] = tuple(part for one in selections for part in self._parts_of(one))

        self._users: dict[Hashable, list[Part]] = {}
        for part in self.parts:
            for key in _looked_at(part):
                self._users.setdefault(key, []).append(part)

    def looked_at(self, edit: Edit) -> set[Part]:
        """The parts that have to do with anything that is edited; those with a pin always."""
        keys: list[Hashable] = [("Template", *place) for place in edit.templates]
        keys += [("PodDefault", *place) for place in edit.pod_defaults]
        keys += [("selecting", namespace) for namespace in edit.selecting]
        return {part for key in (*keys, _PINNED) for part in self._users.get(key, ())}

    # ---- what stands or falls together ----

    def _parts_of(self, selection: Selection) -> Iterator[Part]:
        conventions = conventions_of(selection.choice.api_version, selection.choice.kind)
        selects = conventions.takes_pod_defaults and bool(self.selecting)
        pinned = bool(selection.choice.revision and self._revisions)
        if not selects and not pinned:
            yield self._part(selection.choice, conventions, self._cells(selection.cells), None)
            return
        groups: dict[Hashable, dict[Own, list[int]]] = {}
        pins: dict[Hashable, Revision | None] = {}
        for own, indexes in selection.cells.items():
            for index in indexes:
                pin = self._pin(selection.choice, index) if pinned else None
                key: Hashable = (self._selected_by(index) if selects else None, self._hash(pin))
                pins.setdefault(key, pin)
                groups.setdefault(key, {}).setdefault(own, []).append(index)
        for group, cells in groups.items():
            yield self._part(selection.choice, conventions, self._cells(cells), pins[group])

    def _cells(self, given: Mapping[Own, Iterable[int]]) -> Iterator[Cell]:
        for own, indexes in given.items():
            found = self._own_areas.get(own)
            if found is None:
                found = self._own_areas[own] = own.areas
            yield Cell(own, tuple(indexes), found)

    def _selected_by(self, index: int) -> Hashable:
        """What PodDefaults of its own namespace may select a notebook by."""
        keys = self.selecting.get(self.fleet.members[index].namespace)
        if keys is None:
            return None
        notebook = self.fleet.notebook(index)
        labels = {**notebook.spec.metadata.labels, **labels_of([notebook.spec.overrides])}
        labels.update(dict.fromkeys(notebook.conventions.labels, notebook.metadata.name))
        told = sorted((key, value) for key, value in labels.items() if key in keys)
        return notebook.metadata.namespace, tuple(told)

    def _pin(self, choice: Choice, index: int) -> Revision | None:
        return self._revisions.get((self.fleet.members[index].namespace, choice.revision))

    def _hash(self, pin: Revision | None) -> str:
        if pin is None:
            return ""
        if id(pin) not in self._hashes:
            self._hashes[id(pin)] = hash_of(pin.origin.value["spec"])
        return self._hashes[id(pin)]

    # ---- one part ----

    def _part(
        self, choice: Choice, conventions: Conventions, given: Iterable[Cell], pin: Revision | None
    ) -> Part:
        cells = tuple(given)
        notebook = self.fleet.notebook(cells[0].indexes[0])
        env = base = environment(notebook, self.old, compat=self.compat)
        if pin is not None:
            base = pinned(notebook, pin, self.old)
        cells = tuple(one for cell in cells for one in self._by_values(cell, base.lower))
        rendered = [(cell, self.rendered(cell.indexes[0], pin)) for cell in cells]
        revision = choice.revision if pin is not None else ""
        if pin is not None and self._is_of_today(notebook, env, pin):
            pin, base = None, env
        fine = tuple(cell for cell, rendering in rendered if rendering.pod is not None)
        return Part(
            choice,
            conventions,
            revision,
            pin,
            env,
            base,
            fine,
            tuple((cell, rendering) for cell, rendering in rendered if rendering.pod is None),
            self.members(index for cell in fine for index in cell.indexes),
            self._seen(conventions, env, fine, pin),
            tuple(self._slots(conventions.template_kind, env)) if pin is None else (),
            notebook.metadata.namespace,
        )

    def _by_values(self, cell: Cell, lower: Lower) -> Iterator[Cell]:
        """The cell, taken apart where it depends on the value of a label or annotation whether it is allowed."""
        keys = [key for key, _ in cell.own.labels if key in lower.labels]
        notes = [key for key, _ in cell.own.annotations if key in lower.annotations]
        if not keys and not notes:
            yield cell
            return
        groups: dict[Hashable, list[int]] = {}
        for index in cell.indexes:
            groups.setdefault(values_at(self.fleet.notebook(index), keys, notes), []).append(index)
        for indexes in groups.values():
            yield cell._replace(indexes=tuple(indexes))

    def members(self, indexes: Iterable[int]) -> tuple[Member, ...]:
        """The members with these indexes, in the order of the fleet."""
        return tuple([self.fleet.members[index] for index in sorted(indexes)])

    def _seen(
        self, conventions: Conventions, env: Environment, fine: Iterable[Cell], pin: Revision | None
    ) -> Seen:
        kind = conventions.template_kind
        template = self.old.template(kind, env.template.value or "")
        offered = () if template is None else (*template.spec.required, *template.spec.optional)
        home = "" if template is None else template.metadata.namespace
        plainly = not env.broken and env.tree is not None and not env.template.chain
        return Seen(
            frozenset((kind, id_) for id_ in _ids(env.template)),
            frozenset((one.group, id_) for one in env.selection.values() for id_ in _ids(one)),
            frozenset((one.namespace or home, one.name) for one in offered),
            frozenset(area for cell in fine for area in cell.areas),
            plainly and pin is None,
        )

    def rendered(self, index: int, pin: Revision | None) -> Rendering:
        """A notebook with the old catalog, from its Revision where it has one."""
        notebook = self.fleet.notebook(index)
        if pin is None:
            return render(notebook, self.old, settings=self.settings)
        return render(notebook, self.old, revision=pin, settings=self.settings)

    def _is_of_today(self, notebook: Notebook, env: Environment, pin: Revision) -> bool:
        """Whether the Revision is the environment that the old catalog gives anyway."""
        kind = notebook.conventions.template_kind
        template = self.old.template(kind, env.template.value or "")
        if template is None or env.broken or env.tree is None or self.compat:
            return False
        return hash_of(spec_of(env, template)) == self._hash(pin)

    def _slots(self, kind: str, env: Environment) -> Iterator[Slot]:
        """The layers with what they are of; PodDefaults stand in the order in which they apply."""
        applied = iter([one for one in env.pod_defaults if one.applied and one.pod_default is not None])
        for layer in env.layers:
            place: Place | tuple[()] = ()
            if layer.rank == "podDefaults":
                metadata = _metadata(next(applied).pod_default)
                place = (metadata.namespace, metadata.name)
            elif layer.group is not None and layer.value is not None:
                place = (layer.group, layer.value)
            key = (kind, env.template.value, layer.rank, place, env.lower.main)
            found = self._known_slots.get(key)
            if found is None:
                found = self._known_slots[key] = Slot(layer.rank, place, areas(layer.tree))
            yield found


def _metadata(pod_default: PodDefault | None) -> Any:
    assert pod_default is not None
    return pod_default.metadata


def _ids(one: Resolution) -> Iterator[str]:
    """Every id that resolving looked at."""
    if one.chosen is not None:
        yield one.chosen
    for step in one.chain:
        yield step.target


def selecting(*catalogs: Catalog) -> dict[str, frozenset[str]]:
    """By namespace the labels on which PodDefaults of any of the catalogs select."""
    found: dict[str, frozenset[str]] = {}
    for one in (one for catalog in catalogs for kind in KEPT_POD_DEFAULTS for one in catalog.list(kind)):
        if not isinstance(one, PodDefault) or one.spec.selector is None:
            continue
        selector, _ = Selector.parse(one.spec.selector)
        keys = () if selector is None else (requirement.key for requirement in selector.requirements)
        namespace = one.metadata.namespace
        found[namespace] = found.get(namespace, frozenset()) | frozenset(keys)
    return found


def revisions(*catalogs: Catalog) -> dict[tuple[str, str], Revision]:
    """The Revisions of the catalogs by namespace and name; the first catalog that has one counts."""
    found: dict[tuple[str, str], Revision] = {}
    for catalog in catalogs:
        for one in catalog.list("Revision"):
            if isinstance(one, Revision):
                found.setdefault((one.metadata.namespace, one.metadata.name), one)
    return found


def before(fleet: Fleet, old: Catalog, new: Catalog, settings: Settings) -> Before:
    """The fleet with the old catalog, from its memo where it is there already."""
    spaces, pins = selecting(old, new), revisions(old, new)
    told = frozenset((name, id(one)) for name, one in pins.items())
    key = ("fleet", fleet, settings.compat, frozenset(spaces.items()), told)
    found: Before | None = old.memo.get(key)
    if found is None:
        found = old.memo[key] = Before(fleet, old, settings, spaces, pins)
    return found
