"""Plans: what an edit of kinds does to every notebook of a fleet, folded by selection, before anything happens.

Only what an edit may make a difference to is rendered: a selection of which no layer is edited stays as it is, and
selections fare alike of which the layers that meet the edit are the same. Refuses to know clusters, clocks and
people: two catalogs and the notebooks in, names and reasons out.

Laws: test_a_plan_equals_each_notebook_on_its_own, test_a_plan_leaves_its_inputs_unchanged,
test_a_second_plan_is_the_same.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from nbcore.catalog import Catalog
from nbcore.change.change import Change, Effect, forcing, worst
from nbcore.change.comparing import compare
from nbcore.change.diffing import diff
from nbcore.change.places import root_of
from nbcore.environment import Environment, environment
from nbcore.finding import Finding
from nbcore.model.notebook import Notebook
from nbcore.pipeline import Rendering, render
from nbcore.planning.areas import Touched, touched
from nbcore.planning.before import Before, Cell, Part, Slot, before
from nbcore.planning.edits import NOTHING, Edit, Layered, TemplateEdit
from nbcore.planning.fleet import STATES, Fleet, Member, State
from nbcore.planning.losses import Losses
from nbcore.planning.outcomes import OUTCOMES, Entry, Led, Outcome, Plan, Sample, Vanished
from nbcore.planning.relevance import Question, question, whole_question
from nbcore.settings import Settings

__all__ = [
    "OUTCOMES",
    "STATES",
    "Entry",
    "Fleet",
    "Led",
    "Member",
    "Outcome",
    "Plan",
    "Sample",
    "State",
    "Vanished",
    "plan",
]


def plan(old: Catalog, new: Catalog, notebooks: Any, *, settings: Settings | None = None) -> Plan:
    """What becomes of every notebook when the old catalog becomes the new one, folded by selection.

    Shape: ``notebooks`` are dicts, documents, Lists or parsed objects of any dialect, or a `Fleet` of them, which
    is to be kept for a second plan. A notebook whose status names a Revision that a catalog holds is compared from
    that. Effects are relative to ``settings.carrier``; Workspaces always roll.
    Units: time grows with the selections that differ, not with the notebooks.
    """
    fleet, told = Fleet.of(notebooks), settings or Settings()
    planner = _Planner(before(fleet, old, new, told), Edit(old, new), told)
    return Plan(list(planner.entries()), planner.losses.vanished(), planner.losses.led(), fleet)


@dataclass(frozen=True, slots=True, eq=False)
class _Result:
    """What becomes of notebooks that fare alike."""

    outcome: Outcome
    effect: Effect = "none"
    changes: tuple[Change, ...] = ()
    forcing: Change | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def told(self) -> Hashable:
        """What people are told of it: equal results are told once."""
        changes = tuple((one.path, one.is_order, one.effect, str(one)) for one in self.changes)
        return self.outcome, changes, tuple((one.code, one.path.keyed, one.message) for one in self.findings)


_UNCHANGED: Final = _Result("unchanged")


@dataclass(frozen=True, slots=True)
class _Case:
    """What an edit is for a part: who fares alike with it, and what is asked of own fields.

    Shape: parts of one ``key`` fare alike where their own fields answer the question alike.
    """

    key: Hashable
    question: Question


class _Planner:
    """One plan in the making."""

    def __init__(self, given: Before, edit: Edit, settings: Settings) -> None:
        self.before, self.edit, self.settings = given, edit, settings
        self.losses = Losses(given, edit.new)
        self._rolling = replace(settings, carrier="rolling")
        self._results: dict[Hashable, _Result] = {}
        self._refused: set[Hashable] = set()
        self._leaders: dict[Hashable, Notebook] = {}
        self._questions: dict[Hashable, Question] = {}
        self._sums: dict[tuple[int, ...], Touched] = {}
        self._edits: dict[int, Touched] = {}
        self._met: dict[tuple[int, int], bool] = {}

    # ---- one part ----

    def entries(self) -> Iterator[Entry]:
        """What becomes of all notebooks, part by part."""
        affected = self.before.looked_at(self.edit)
        for part in self.before.parts:
            if part in affected:
                yield from self._of_part(part)
            else:
                yield from part.still or self._still(part)

    def _of_part(self, part: Part) -> Iterable[Entry]:
        """What becomes of the notebooks of a part, those that fare alike in one entry."""
        case = self._shared(part) if part.seen.plainly and not self.before.compat else None
        if case is not None and case.question is _NO_QUESTION:
            return self._still(part)
        case = case or self._alone(part)
        return self._told(part, [*self._of_cells(part, case), *self._of_broken(part)])

    def _still(self, part: Part) -> tuple[Entry, ...]:
        """What is said of a part that stays as it is; kept for other plans."""
        if part.still is None:
            fine = [(_UNCHANGED, _indexes(part.fine))] if part.fine else []
            part.still = tuple(self._told(part, [*fine, *_kept_broken(part)], changed=False))
        return part.still

    # ---- what the edit is for it ----

    def _shared(self, part: Part) -> _Case | None:
        """The case of a part whose layers are the same ones, edited or not; None where it may be otherwise."""
        edits_of_templates = (self.edit.templates.get(one) for one in part.seen.templates)
        shift = next((one for one in edits_of_templates if one is not None), None)
        if not self._resolves_alike(part, shift):
            return None
        edits = [self._touches(slot, part, shift) for slot in part.slots]
        whole = self._sum(edits)
        if whole.everything or whole.text or self._selects_others(part, whole):
            return None
        if not whole.areas:
            return _Case((), _NO_QUESTION)
        met = tuple(
            (slot.rank, slot.place)
            for slot, edit in zip(part.slots, edits, strict=True)
            if edit is not NOTHING or self._meets(whole, slot)
        )
        template = (part.choice.kind, part.env.template.value)
        return _Case((template, met), self._question(whole, part.main))

    def _resolves_alike(self, part: Part, shift: TemplateEdit | None) -> bool:
        """Whether the same layers are chosen, in the same order, and aimed and judged alike."""
        if shift is not None and not (shift.alike and part.seen.values.isdisjoint(shift.other)):
            return False
        if part.conventions.takes_pod_defaults and part.namespace in self.edit.selecting:
            return False
        return self.edit.replaced.isdisjoint(part.seen.pod_defaults)

    def _selects_others(self, part: Part, edit: Touched) -> bool:
        """Whether PodDefaults may select the notebooks otherwise, by labels of the admins."""
        selects = part.conventions.takes_pod_defaults and part.namespace in self.before.selecting
        return selects and any(area[0] == "labels" for area in edit.areas)

    def _touches(self, slot: Slot, part: Part, shift: TemplateEdit | None) -> Touched:
        """What the edit of a layer touches; parts of one Template share their layers."""
        found = self._edits.get(id(slot))
        if found is None:
            layered = self._layered(slot, shift)
            names = part.base.container_names
            found = NOTHING if layered is None else self.edit.touches(layered, part.main, names)
            self._edits[id(slot)] = found
        return found

    def _layered(self, slot: Slot, shift: TemplateEdit | None) -> Layered | None:
        """A layer before and after; None where it is not edited."""
        if slot.rank == "podDefaults":
            return self.edit.pod_defaults.get(slot.place) if slot.place else None
        if shift is None or shift.old is None or shift.new is None:
            return None
        return shift.value(slot.place) if slot.place else Layered(shift.old, shift.new)

    def _meets(self, whole: Touched, slot: Slot) -> bool:
        """Whether a layer has to do with an edit."""
        key = (id(whole), id(slot))
        if key not in self._met:
            self._met[key] = whole.meets(slot.areas)
        return self._met[key]

    def _sum(self, edits: list[Touched]) -> Touched:
        """All that the edits of some layers touch."""
        key = tuple(id(one) for one in edits if one is not NOTHING)
        found = self._sums.get(key)
        if found is None:
            found = NOTHING
            for one in edits:
                found = found | one
            self._sums[key] = found
        return found

    def _question(self, whole: Touched, main: str) -> Question:
        key = (id(whole), main)
        if key not in self._questions:
            self._questions[key] = question(whole, main)
        return self._questions[key]

    def _alone(self, part: Part) -> _Case:
        """The case of a part that is rendered anew."""
        notebook = self.before.fleet.notebook(part.first)
        new = environment(notebook, self.edit.new, compat=self.before.compat)
        self.losses.note(part, new)
        return _Case(id(part), self._asked(part, new))

    def _asked(self, part: Part, new: Environment) -> Question:
        """What is asked of own fields where the admins' pods are these, before and after."""
        old = part.base
        if old.tree is None or new.tree is None:
            return _EVERYTHING
        whole = whole_question(old, new)
        if old.broken or new.broken or self.before.compat or not self._judges_alike(part, new):
            return whole
        edit = touched(compare(old.tree, new.tree, root_of(old.tree)))
        if edit.everything:
            return whole
        found = question(edit, part.main)
        return found._replace(texts=whole.texts) if edit.text else found

    def _judges_alike(self, part: Part, new: Environment) -> bool:
        """Whether own fields stand at the same places, and the same are allowed."""
        old = part.base
        key = (part.conventions.template_kind, new.template.value or "")
        edited = self.edit.templates.get(key)
        return (
            old.lower.main == new.lower.main
            and old.home == new.home
            and old.applied == new.applied
            and old.template.value == new.template.value
            and (edited is None or edited.alike)
        )

    # ---- what becomes of whom ----

    def _of_cells(self, part: Part, case: _Case) -> Iterable[tuple[_Result, tuple[int, ...]]]:
        """The results of those that could be rendered."""
        asked = case.question
        if not asked.everything and not asked.texts and part.met.isdisjoint(asked.areas):
            if part.fine:
                yield self._result(part, case.key, (), part.first), _indexes(part.fine)
            return
        groups: dict[Hashable, list[int]] = {}
        for cell in part.fine:
            answer = asked.answer(cell.own, cell.areas)
            if asked.needs_values(cell.own):
                for index in cell.indexes:
                    value = asked.values(self.before.fleet.notebook(index))
                    groups.setdefault((answer, value), []).append(index)
            else:
                groups.setdefault((answer, None), []).extend(cell.indexes)
        for key, indexes in groups.items():
            yield self._result(part, case.key, key, indexes[0]), tuple(indexes)

    def _result(self, part: Part, case: Hashable, answer: Hashable, index: int) -> _Result:
        """What becomes of one cell; why it is refused is said of each part for itself."""
        key = (case, answer)
        if key in self._refused:
            key = (id(part), answer)
        found = self._results.get(key)
        if found is None:
            found = self._results[key] = self._first(part, case, index)
            if found.outcome == "refused":
                self._refused.add(key)
                self._results[id(part), answer] = found
        return found

    def _first(self, part: Part, case: Hashable, index: int) -> _Result:
        """What becomes of the first one of those that fare alike.

        It is rendered with what the first one of its case chose, whose environment is at hand already, unless that
        cannot be rendered: then why is to be said of its own.
        """
        notebook = self.before.fleet.notebook(index)
        leader = self._leaders.setdefault(case, notebook)
        if leader is not notebook and part.pin is None and not self._is_selected(leader, notebook):
            instead = _with_choice_of(leader, notebook)
            was = render(instead, self.before.old, settings=self.settings)
            now = render(instead, self.edit.new, settings=self.settings)
            if was.pod is not None and now.pod is not None:
                return self._compared(part, was, now)
        return self._compared(part, self.before.rendered(index, part.pin), self._rendered(index))

    def _is_selected(self, *notebooks: Notebook) -> bool:
        """Whether PodDefaults may select one of the notebooks."""
        return any(one.metadata.namespace in self.before.selecting for one in notebooks)

    def _compared(self, part: Part, was: Rendering, now: Rendering) -> _Result:
        """What becomes of a notebook that is rendered so before and after."""
        if was.pod is None:
            return _Result("broken" if now.pod is None else "repaired", findings=was.findings)
        if now.pod is None:
            return _Result("refused", findings=now.findings)
        settings = self._rolling if part.conventions.always_rolls else self.settings
        changes = tuple(diff(was.pod, now.pod, settings=settings))
        effect = worst(changes)
        outcome: Outcome = "unchanged" if effect == "none" else effect
        return _Result(outcome, effect, changes, forcing(changes))

    def _rendered(self, index: int) -> Rendering:
        return render(self.before.fleet.notebook(index), self.edit.new, settings=self.settings)

    def _of_broken(self, part: Part) -> Iterator[tuple[_Result, tuple[int, ...]]]:
        """The results of those that could not be rendered before."""
        for cell, was in part.broken:
            yield self._compared(part, was, self._rendered(cell.indexes[0])), cell.indexes

    # ---- entries ----

    def _told(
        self, part: Part, results: Iterable[tuple[_Result, tuple[int, ...]]], *, changed: bool = True
    ) -> Iterator[Entry]:
        """An entry for those of whom the same is told."""
        found: dict[int, tuple[_Result, list[tuple[int, ...]]]] = {}
        for result, indexes in results:
            found.setdefault(id(result), (result, []))[1].append(indexes)
        folded: dict[Hashable, tuple[_Result, list[tuple[int, ...]]]] = {}
        for result, groups in found.values():
            key = result.told if len(found) > 1 else ()
            folded.setdefault(key, (result, []))[1].extend(groups)
        for result, groups in folded.values():
            first = groups[0][0]
            sample = self._sample(part, first) if changed else _still_sample(self.before, part, first)
            yield self._entry(part, result, groups, sample)

    def _sample(self, part: Part, index: int) -> Callable[[], Sample]:
        return lambda: Sample(self.before.rendered(index, part.pin), self._rendered(index))

    def _entry(
        self, part: Part, result: _Result, groups: list[tuple[int, ...]], sample: Callable[[], Sample]
    ) -> Entry:
        choice = part.choice
        count = sum(map(len, groups))
        all_fine = count == len(part.members) and result.outcome not in ("broken", "repaired")
        members = part.members if all_fine else self.before.members(one for group in groups for one in group)
        return Entry(
            result.outcome,
            choice.kind,
            choice.template,
            dict(choice.options),
            choice.pod_defaults,
            part.revision,
            members,
            result.effect,
            result.changes,
            result.forcing,
            result.findings,
            sample,
        )


_NO_QUESTION: Final = Question(frozenset())
_EVERYTHING: Final = Question(frozenset(), everything=True)


def _with_choice_of(leader: Notebook, notebook: Notebook) -> Notebook:
    """The notebook with what another one chose, and in its namespace."""
    own = {field: getattr(notebook.spec, field) for field in _OWN}
    metadata = notebook.metadata.model_copy(update={"namespace": leader.metadata.namespace})
    return notebook.model_copy(update={"spec": leader.spec.model_copy(update=own), "metadata": metadata})


_OWN: Final = ("resources", "volumes", "env", "metadata", "overrides")
"""The fields of a notebook's spec that are its own."""


def _still_sample(given: Before, part: Part, index: int) -> Callable[[], Sample]:
    """The sample of a part that nothing is edited of: it is kept, and may not hold on to the plan."""

    def rendered() -> Sample:
        found = given.rendered(index, part.pin)
        return Sample(found, found)

    return rendered


def _kept_broken(part: Part) -> Iterator[tuple[_Result, tuple[int, ...]]]:
    """The results of those that could not be rendered, and cannot be now."""
    for cell, was in part.broken:
        yield _Result("broken", findings=was.findings), cell.indexes


def _indexes(cells: Iterable[Cell]) -> tuple[int, ...]:
    return tuple(index for cell in cells for index in cell.indexes)
