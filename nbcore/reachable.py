"""The verdict on every pod that a Template can produce: rows are rendered, judged, and equal findings folded.

Refuses to know how rows are chosen, and every rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from operator import eq, itemgetter
from typing import Any, Final

from nbcore.attribution import Author, keyed
from nbcore.catalog import Catalog
from nbcore.checks.fault import Fault
from nbcore.checks.layers import at_layer
from nbcore.combinations import WHOLE, Space
from nbcore.constraints import Broken, Row
from nbcore.exploration import Exploration, Walk, is_about_home
from nbcore.factors import Selection
from nbcore.finding import Finding
from nbcore.kubernetes.paths import Item, Path
from nbcore.model.conventions import NOTEBOOK_KINDS
from nbcore.model.layer import Layer
from nbcore.model.pod_default import PodDefault
from nbcore.model.template import Template
from nbcore.permits import Permits
from nbcore.pipeline import Rendering
from nbcore.resolve.layers import MAIN, main_container
from nbcore.resolve.notebook_layers import HOME_VOLUME
from nbcore.sampling import Sample, Words

__all__ = ["Exploration", "Judge", "Verdict", "examined", "space_of"]

Judge = Callable[[dict[str, Any], Selection], Sequence[Fault]]
"""What the rules have against the pod of a selection."""

_IN_DOUBT: Final = 32
"""Pods that are made for no other reason than to count findings rightly."""
_HOME_VOLUME: Final = Path(("spec", "volumes", Item(None, HOME_VOLUME)))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What there is to say about all pods of a Template.

    Shape: ``pods`` is how many there are, ``rendered`` how many were made; ``whole`` is False where not
    every combination that matters could be tried.
    """

    findings: tuple[Finding, ...]
    pods: int
    rendered: int
    whole: bool
    unavoidable: frozenset[Finding] = frozenset()
    """Those of the findings that every pod has that was made."""


@dataclass(slots=True)
class _Cause:
    """What is wrong at one place of the pod, in the rows of one namespace.

    Shape: ``authors`` tell by what the ``speaking`` factors say there which findings it is.
    """

    namespace: str
    places: list[tuple[Any, ...]]
    speaking: tuple[int, ...] = ()
    rows: dict[Row, None] = field(default_factory=dict)
    authors: dict[Words, set[Any]] = field(default_factory=dict)

    def author(self, said: Words) -> set[Any]:
        """The findings for what the speaking factors say; where that was not seen, for what is nearest to it."""
        if said not in self.authors:
            likeness = [(sum(map(eq, said, one)), key) for one, key in self.authors.items()]
            self.authors[said] = max(likeness, key=itemgetter(0))[1]
        return self.authors[said]


@dataclass(slots=True)
class _Seen:
    """A finding, the rows of each namespace that have it, and what causes it."""

    finding: Finding
    rows: dict[str, dict[Row, None]] = field(default_factory=dict)
    causes: dict[int, _Cause] = field(default_factory=dict)


def _takes(layer: Layer, place: Path) -> bool:
    return layer.rank != "notebook" and layer.holds(place)


class _Examination(Exploration):
    """An exploration that has the pods judged, and keeps what is found."""

    def __init__(self, space: Space, catalog: Catalog, judge: Judge) -> None:
        super().__init__(space, catalog)
        self.judge = judge
        self.seen: dict[Any, _Seen] = {}
        self._causes: dict[Any, _Cause] = {}
        self._attributed: dict[Any, Finding] = {}
        self._said: dict[tuple[Any, int, int], bool] = {}
        self._speakers: dict[Path, tuple[int, ...]] = {}

    def take(self, row: Row, rendering: Rendering, namespace: str) -> None:
        """Keeps what rendering found, and what the rules have against the pod."""
        for one in rendering.findings:
            if one.source.kind not in NOTEBOOK_KINDS:
                self._note(one, row, namespace)
            elif is_about_home(one):
                self._note(self._about_home(one, rendering), row, namespace)
        if rendering.pod is not None:
            self._judge(rendering, rendering.pod, row, namespace)

    def run(self, whole: int) -> bool:
        """Renders rows until all is tried, and some more where it is in doubt how many pods have a finding."""
        complete = super().run(whole)
        if complete:
            for namespace in self.walks:
                self._settle(namespace)
        return complete

    def _settle(self, namespace: str) -> None:
        walk, left, unheard = self.walks[namespace], _IN_DOUBT, _IN_DOUBT
        samples = {True: self._sample(walk, of_errors=True), False: self._sample(walk, of_errors=False)}
        for cause in [one for one in self._causes.values() if one.namespace == namespace]:
            sample = samples[self._is_of_errors(cause)]
            while left and (row := sample.doubtful(frozenset(cause.rows), cause.places)) is not None:
                left -= 1
                self.examine(row, namespace)
            for row in islice(self._unheard(sample, cause), unheard) if unheard else ():
                unheard -= 1
                self.examine(row, namespace)

    def _unheard(self, sample: Sample, cause: _Cause) -> Iterator[Row]:
        """Rows that tell which findings a cause has where the factors that speak there say something new."""
        if len(cause.speaking) < 2:
            return iter(())
        place = cause.places[0]
        words = {
            at: tuple(one if self._says(place, at, one) else None for one in range(len(factor.alternatives)))
            for at, factor in enumerate(self.space.factors)
            if at in cause.speaking
        }
        return sample.unheard(frozenset(cause.rows), cause.places, words, cause.authors)

    def _is_of_errors(self, cause: _Cause) -> bool:
        """Whether the cause is one that there is no pod."""
        return not cause.rows.keys().isdisjoint(self.walks[cause.namespace].bad)

    def _sample(self, walk: Walk, *, of_errors: bool) -> Sample:
        rows, broken = (walk.rows, Broken(())) if of_errors else (walk.good, Broken(walk.broken))
        return Sample(self.space, rows, broken)

    def _about_home(self, one: Finding, rendering: Rendering) -> Finding:
        """What a Notebook with a home would be told, at the layer that takes the place of the home."""
        template = self.space.template
        home = template.spec.home.mount_path if template.spec.home is not None else ""
        container = ("spec", "containers", Item(None, main_container(template) or MAIN))
        for place in (Path((*container, "volumeMounts", Item(None, home))), _HOME_VOLUME):
            holder = next((layer for layer in reversed(rendering.layers) if _takes(layer, place)), None)
            if holder is not None:
                return at_layer(one.code, holder, holder.locate(place), one.message, one.remedy, field=place)
        return template.origin.finding(one.code, one.message, one.remedy, path=("spec", "home"))

    def _note(self, one: Finding, row: Row, namespace: str) -> None:
        """Keeps what rendering found: at one place it is one thing, whoever is to blame in which row."""
        if not one.field:
            self._add(one, row, _Cause(namespace, []), _key(one))
            return
        speaking = self._speaking(one.field)
        words = self._words(one.field, speaking, tuple(row[at] for at in speaking))
        self._add(one, row, _Cause(namespace, _raw([one.field]), speaking), (one.code, one.field), words)

    def _judge(self, rendering: Rendering, pod: dict[str, Any], row: Row, namespace: str) -> None:
        author: Author | None = None
        for fault in self.judge(pod, self.space.selection(row)):
            place = keyed(pod, fault.path)
            speaking = self._speaking(place)
            same = (fault.code, place, fault.message, namespace)
            words = self._words(place, speaking, tuple(row[at] for at in speaking))
            known = (same, words)
            if known not in self._attributed:
                author = author or Author(rendering)
                self._attributed[known] = author.finding(fault)
            places = _raw([place, *(keyed(pod, one) for one in fault.related)])
            self._add(self._attributed[known], row, _Cause(namespace, places, speaking), same, words)

    def _speaking(self, place: Path) -> tuple[int, ...]:
        """The factors that say something about a place; a finding has the same author where they are the same."""
        found = self._speakers.get(place)
        if found is None:
            found = self._speakers[place] = self.space.speaking(place)
        return found

    def _words(self, place: Sequence[Any], speaking: tuple[int, ...], chosen: Row) -> Words:
        """What of the speaking factors has a say at a place: the alternative, None where it says nothing."""
        return tuple(
            one if self._says(place, at, one) else None for at, one in zip(speaking, chosen, strict=True)
        )

    def _says(self, place: Sequence[Any], factor: int, chosen: int) -> bool:
        asked = (place, factor, chosen)
        if asked not in self._said:
            near, about = self.space.said_at(*asked)
            self._said[asked] = bool(near) or any(one is not None for one in about)
        return self._said[asked]

    def _add(self, one: Finding, row: Row, cause: _Cause, same: Any, words: Words = ()) -> None:
        cause = self._causes.setdefault((same, cause.namespace), cause)
        cause.rows[row] = None
        cause.authors.setdefault(words, set()).add(_key(one))
        seen = self.seen.setdefault(_key(one), _Seen(one))
        seen.rows.setdefault(cause.namespace, {})[row] = None
        seen.causes[id(cause)] = cause

    def findings(self) -> Iterator[tuple[Finding, bool]]:
        """The findings, each with the number of pods that have it and an example; and whether all pods have it."""
        template = self.space.template
        samples: dict[tuple[str, bool], Sample] = {}
        for key, seen in self.seen.items():
            pods = [self._pods(key, one, samples) for one in seen.causes.values()]
            least = max(map(len, seen.rows.values()))
            first = next(iter(next(iter(seen.rows.values()))))
            example = self.space.selection(first).arguments
            text = f"--template {template.id} {example}".strip()
            everywhere = all(rows.keys() >= set(self.walks[space].good) for space, rows in seen.rows.items())
            yield replace(seen.finding, pods=max(*pods, least), example=text), everywhere

    def _pods(self, key: Any, cause: _Cause, samples: dict[tuple[str, bool], Sample]) -> int:
        """How many pods have a finding for this cause; 0 where that is not known."""
        walk = self.walks[cause.namespace]
        if len(walk.rows) == self.space.total:
            return 0  # all were seen
        kind = (cause.namespace, self._is_of_errors(cause))
        if kind not in samples:
            samples[kind] = self._sample(walk, of_errors=kind[1])
        alone = all(one == {key} for one in cause.authors.values())
        return samples[kind].pods(
            frozenset(cause.rows),
            cause.places,
            () if alone else cause.speaking,
            lambda chosen: key in cause.author(self._words(cause.places[0], cause.speaking, chosen)),
        )


def _key(one: Finding) -> Any:
    return one.code, one.severity, one.source, one.path, one.message


def _raw(places: Sequence[Path]) -> list[tuple[Any, ...]]:
    return [place.raw for place in places if place]


def examined(
    template: Template,
    catalog: Catalog,
    judge: Judge,
    *,
    whole: int = WHOLE,
    permits: Permits | None = None,
) -> Verdict:
    """The verdict on all pods of a Template; with at most ``whole`` of them, every one is rendered.

    Shape: PodDefaults that the Template requires and that do not exist count as empty here; another rule
    tells that they are missing.
    """
    space, catalog = space_of(template, catalog, permits)
    examination = _Examination(space, catalog, judge)
    complete = examination.run(whole)
    findings = dict(examination.findings())
    unavoidable = frozenset(one for one, everywhere in findings.items() if everywhere)
    return Verdict(tuple(findings), space.total, examination.rendered, complete, unavoidable)


def space_of(template: Template, catalog: Catalog, permits: Permits | None = None) -> tuple[Space, Catalog]:
    """All that can be chosen of a Template, and the catalog to render it with.

    Shape: what ``permits`` permit nobody cannot be chosen; without them nothing is denied. In that catalog
    PodDefaults that the Template requires and that do not exist are empty ones.
    """
    optional, missing = _offered(template, catalog)
    catalog = catalog.replace([_empty(*one) for one in missing]) if missing else catalog
    selecting = [one for one in catalog.list("PodDefault") if one.spec.selector is not None]
    watched = frozenset(key for one in selecting for key in _keys(one.spec.selector or {}))
    home = template.metadata.namespace
    required = [catalog.get("PodDefault", one.name, one.namespace or home) for one in template.spec.required]
    others = [*(one for one in required if one is not None), *selecting]
    return Space(template, optional, watched, others, permits), catalog


def _offered(template: Template, catalog: Catalog) -> tuple[list[PodDefault], list[tuple[str, str]]]:
    """The optional PodDefaults that exist, and the required ones that do not."""
    home = template.metadata.namespace
    required = {(one.namespace or home, one.name) for one in template.spec.required}
    names = {one.name: one.namespace or home for one in template.spec.optional}
    wanted = [(space, name) for name, space in names.items() if (space, name) not in required]
    found = [catalog.get("PodDefault", name, space) for space, name in wanted]
    missing = [(space, name) for space, name in required if catalog.get("PodDefault", name, space) is None]
    return [one for one in found if one is not None], sorted(missing)


def _empty(namespace: str, name: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "jackhoman.dev/v1beta1", "kind": "PodDefault", "metadata": metadata, "spec": {}}


def _keys(selector: Mapping[str, Any]) -> Iterator[str]:
    yield from selector.get("matchLabels") or ()
    for one in selector.get("matchExpressions") or ():
        yield one["key"]
