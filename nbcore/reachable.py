"""The verdict on every pod that a Template can produce: rows are rendered, judged, and equal findings folded.

A row that gives no pod teaches which choices break the merge; they are left out of the next rows, so that
what they hide is still looked at.

Refuses to know how rows are chosen, and every rule.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import eq, itemgetter
from typing import Any, Final, TypeAlias

from nbcore.attribution import Author, keyed
from nbcore.catalog import Catalog, read
from nbcore.checks.fault import Fault
from nbcore.checks.layers import at_layer
from nbcore.combinations import MOST_ROWS, WHOLE, Space
from nbcore.constraints import Broken, Row, Target
from nbcore.factors import EXAMPLE, notebook_of
from nbcore.finding import Finding, Source
from nbcore.kubernetes.paths import Item, Path
from nbcore.kubernetes.selector import matches
from nbcore.model.layer import Layer
from nbcore.model.pod_default import PodDefault
from nbcore.model.template import Template
from nbcore.pipeline import Rendering, render
from nbcore.resolve.layers import MAIN, labels_of, main_container
from nbcore.resolve.notebook_layers import HOME_VOLUME, NOTEBOOK_LABEL
from nbcore.sampling import Sample

Judge = Callable[[dict[str, Any], str], Sequence[Fault]]
"""What the rules have against a pod, in a namespace."""

Words: TypeAlias = tuple[Hashable, ...]
"""What some factors say at a place, one after the other."""

_ERRORS: Final = 256
"""How many errors of one rendering are looked at for what causes them."""
_SMALL: Final = 4
"""Combinations of factors that are remembered as broken beside the smallest of an error."""
_ROUNDS: Final = 24
"""How often rows are chosen anew because some of them gave no pod."""


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


@dataclass(slots=True)
class _Cause:
    """What is wrong at one place of the pod, in the rows of one namespace.

    Shape: ``authors`` tell by what the ``speaking`` factors say there which finding it is.
    """

    namespace: str
    places: list[tuple[Any, ...]]
    speaking: tuple[int, ...] = ()
    rows: dict[Row, None] = field(default_factory=dict)
    authors: dict[Words, Any] = field(default_factory=dict)

    def author(self, said: Words) -> Any:
        """The finding for what the speaking factors say; where that was not seen, for what is nearest to it."""
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


@dataclass(slots=True)
class Walk:
    """The rows of one namespace.

    Shape: those in ``good`` gave a pod, those in ``bad`` none; ``broken`` says why, as combinations of choices.
    """

    good: list[Row] = field(default_factory=list)
    bad: list[Row] = field(default_factory=list)
    broken: list[tuple[Target, tuple[int, ...]]] = field(default_factory=list)


class Exploration:
    """The rows of one Template, rendered until everything is tried that matters.

    Shape: there is a walk for each namespace whose PodDefaults may select the pods, ``""`` being that of the
    Template.
    """

    def __init__(self, space: Space, catalog: Catalog) -> None:
        self.space = space
        self.catalog = catalog
        self._elsewhere = _selecting(catalog, space.template.metadata.namespace)
        self.walks = {namespace: Walk() for namespace in ("", *self._elsewhere)}

    @property
    def rendered(self) -> int:
        """How many pods of the Template's own namespace were made, or could not be."""
        return len(self.walks[""].good) + len(self.walks[""].bad)

    def take(self, row: Row, rendering: Rendering, namespace: str) -> None:
        """Hears of every rendering; the namespace is ``""`` where it is that of the Template."""

    def run(self, whole: int) -> bool:
        """Renders rows until all is tried; whether all was."""
        complete = [self._run(whole, namespace) for namespace in self.walks]
        return all(complete)

    def _run(self, whole: int, namespace: str) -> bool:
        walk = self.walks[namespace]
        rows = list(self.space.every()) if self.space.total <= whole else self.space.cover((), ())
        for _ in range(_ROUNDS):
            for row in rows:
                self._examine(row, namespace)
            tried = len(walk.good) + len(walk.bad)
            if self.space.total <= tried:
                return True
            if tried > MOST_ROWS or self.space.given_up:
                return False
            rows = self.space.cover(walk.good, walk.broken)
            if not rows:
                return not (self.space.given_up or self.space.weak)
        return False

    def _examine(self, row: Row, namespace: str) -> None:
        """Renders one row, in another namespace only where PodDefaults of that select the pod."""
        walk = self.walks[namespace]
        if namespace and not self._is_selected(row, namespace):
            walk.good.append(row)
            return
        rendering = self._rendered(row, namespace)
        self.take(row, rendering, namespace)
        if rendering.pod is None and any(map(_is_about_home, rendering.findings)):
            rendering = self._rendered(row, namespace, home=False)  # what else there is to say about it
            self.take(row, rendering, namespace)
        if rendering.pod is None:
            walk.bad.append(row)
            walk.broken += [(one, one.of(row)) for one in self._deciding_errors(rendering)]
        else:
            walk.good.append(row)

    def _rendered(self, row: Row, namespace: str, home: bool = True) -> Rendering:
        notebook = notebook_of(self.space.template, self.space.selection(row), namespace, home=home)
        return render(read(notebook).object, self.catalog)

    def _is_selected(self, row: Row, namespace: str) -> bool:
        """Whether a PodDefault of the namespace selects the pod, by what stands below PodDefaults and above."""
        labels = {**self._base_labels, **labels_of(_trees(self.space, row))}
        return any(
            matches(one.spec.selector, labels) for one in self._elsewhere[namespace] if one.spec.selector
        )

    @cached_property
    def _base_labels(self) -> dict[str, str]:
        return {**labels_of([self.space.template.spec.template]), NOTEBOOK_LABEL: EXAMPLE}

    def _deciding_errors(self, rendering: Rendering) -> list[Target]:
        """For each error the factors that have a say in it; all factors where that is known of none."""
        errors = [one for one in rendering.findings if one.severity == "error" and one.field]
        targets = [self._at_odds(one) or self.space.deciding(one.field) for one in errors[:_ERRORS]]
        known = [one for one in dict.fromkeys(targets) if one.factors]
        if known:
            least = min(one.size for one in known)
            return [one for one in known if one.size <= max(least, _SMALL)]
        alternatives = [tuple(range(len(one.alternatives))) for one in self.space.factors]
        return [Target(tuple(range(len(alternatives))), tuple(alternatives))]

    def _at_odds(self, one: Finding) -> Target | None:
        """The two optional PodDefaults of a conflict, which have it whatever else is chosen."""
        if one.code != "NB301":
            return None
        sources = {one.source, *(source for source, _, _ in one.related)}
        found = sorted(self._optional[source] for source in sources if source in self._optional)
        return Target(tuple(found), ((0, 1),) * len(found)) if len(found) == 2 else None

    @cached_property
    def _optional(self) -> dict[Source, int]:
        """The factors of the optional PodDefaults, by where these stand."""
        offered = {one.name: one for one in self.space.template.spec.optional}
        home = self.space.template.metadata.namespace
        found = {}
        for at, factor in enumerate(self.space.factors):
            if not factor.is_group:
                namespace = offered[factor.name].namespace or home
                pod_default = self.catalog.get("PodDefault", factor.name, namespace)
                if pod_default is not None:
                    found[pod_default.origin.source] = at
        return found


def _is_about_home(one: Finding) -> bool:
    return one.source.kind == "Notebook" and one.code == "NB309"


def _takes(layer: Layer, place: Path) -> bool:
    return layer.rank != "notebook" and layer.holds(place)


def _trees(space: Space, row: Row) -> Iterator[Any]:
    """The trees of the option values of a row."""
    for factor, at in zip(space.factors, row, strict=True):
        value = factor.alternatives[at].value
        if value is not None:
            yield value.template


class _Examination(Exploration):
    """An exploration that has the pods judged, and keeps what is found."""

    def __init__(self, space: Space, catalog: Catalog, judge: Judge) -> None:
        super().__init__(space, catalog)
        self.judge = judge
        self.seen: dict[Any, _Seen] = {}
        self._causes: dict[Any, _Cause] = {}
        self._attributed: dict[Any, Finding] = {}
        self._said: dict[tuple[Any, int, int], Hashable] = {}
        self._speakers: dict[Path, tuple[int, ...]] = {}

    def take(self, row: Row, rendering: Rendering, namespace: str) -> None:
        """Keeps what rendering found, and what the rules have against the pod."""
        for one in rendering.findings:
            if one.source.kind != "Notebook":
                self._add(one, row, _Cause(namespace, _raw([one.field])), _key(one))
            elif _is_about_home(one):
                told = self._about_home(one, rendering)
                self._add(told, row, _Cause(namespace, _raw([told.field])), _key(told))
        if rendering.pod is not None:
            self._judge(rendering, rendering.pod, row, namespace)

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

    def _judge(self, rendering: Rendering, pod: dict[str, Any], row: Row, namespace: str) -> None:
        author: Author | None = None
        for fault in self.judge(pod, namespace or self.space.template.metadata.namespace):
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
        """What the speaking factors say at a place."""
        found = []
        for asked in ((place, *one) for one in zip(speaking, chosen, strict=True)):
            if asked not in self._said:
                self._said[asked] = self.space.said_at(*asked)
            found.append(self._said[asked])
        return tuple(found)

    def _add(self, one: Finding, row: Row, cause: _Cause, same: Any, words: Words = ()) -> None:
        cause = self._causes.setdefault((same, cause.namespace), cause)
        cause.rows[row] = None
        cause.authors[words] = _key(one)
        seen = self.seen.setdefault(_key(one), _Seen(one))
        seen.rows.setdefault(cause.namespace, {})[row] = None
        seen.causes[id(cause)] = cause

    def findings(self) -> Iterator[Finding]:
        """The findings, each with the number of pods that have it and an example."""
        template = self.space.template
        name = f"{template.metadata.namespace}/{template.metadata.name}".removeprefix("/")
        samples: dict[tuple[str, bool], Sample] = {}
        for key, seen in self.seen.items():
            pods = [self._pods(key, one, samples) for one in seen.causes.values()]
            least = max(map(len, seen.rows.values()))
            first = next(iter(next(iter(seen.rows.values()))))
            example = self.space.selection(first).arguments
            text = f"--template {name} {example}".strip()
            yield replace(seen.finding, pods=max(*pods, least), example=text)

    def _pods(self, key: Any, cause: _Cause, samples: dict[tuple[str, bool], Sample]) -> int:
        """How many pods have a finding for this cause; 0 where that is not known."""
        walk = self.walks[cause.namespace]
        if len(walk.good) + len(walk.bad) == self.space.total:
            return 0  # all were seen
        kind = (cause.namespace, not cause.rows.keys().isdisjoint(walk.bad))
        if kind not in samples:
            _, with_errors = kind
            rows = [*walk.good, *walk.bad] if with_errors else walk.good
            samples[kind] = Sample(self.space, rows, Broken(() if with_errors else walk.broken))
        alone = set(cause.authors.values()) == {key}
        return samples[kind].pods(
            frozenset(cause.rows),
            cause.places,
            () if alone else cause.speaking,
            lambda chosen: cause.author(self._words(cause.places[0], cause.speaking, chosen)) == key,
        )


def _key(one: Finding) -> Any:
    return one.code, one.severity, one.source, one.path, one.message


def _raw(places: Sequence[Path]) -> list[tuple[Any, ...]]:
    return [place.raw for place in places if place]


def examined(template: Template, catalog: Catalog, judge: Judge, *, whole: int = WHOLE) -> Verdict:
    """The verdict on all pods of a Template; with at most ``whole`` of them, every one is rendered.

    Shape: PodDefaults that the Template requires and that do not exist count as empty here; another rule
    tells that they are missing.
    """
    space, catalog = space_of(template, catalog)
    examination = _Examination(space, catalog, judge)
    complete = examination.run(whole)
    return Verdict(tuple(examination.findings()), space.total, examination.rendered, complete)


def space_of(template: Template, catalog: Catalog) -> tuple[Space, Catalog]:
    """All that can be chosen of a Template, and the catalog to render it with.

    Shape: in that catalog PodDefaults that the Template requires and that do not exist are empty ones.
    """
    optional, missing = _offered(template, catalog)
    catalog = catalog.replace([_empty(*one) for one in missing]) if missing else catalog
    selecting = [one for one in catalog.list("PodDefault") if one.spec.selector is not None]
    watched = frozenset(key for one in selecting for key in _keys(one.spec.selector or {}))
    home = template.metadata.namespace
    required = [catalog.get("PodDefault", one.name, one.namespace or home) for one in template.spec.required]
    others = [*(one for one in required if one is not None), *selecting]
    return Space(template, optional, watched, others), catalog


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


def _selecting(catalog: Catalog, but: str) -> dict[str, list[PodDefault]]:
    """The PodDefaults with a selector, by namespace, without those of one namespace."""
    found: dict[str, list[PodDefault]] = {}
    for one in catalog.list("PodDefault"):
        if one.spec.selector is not None and one.metadata.namespace != but:
            found.setdefault(one.metadata.namespace, []).append(one)
    return found
