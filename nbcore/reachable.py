"""The verdict on every pod that a Template can produce: rows are rendered, judged, and equal findings folded.

A row that gives no pod teaches which choices break the merge; they are left out of the next rows, so that
what they hide is still looked at.

Refuses to know how rows are chosen, and every rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from nbcore.attribution import Author, keyed
from nbcore.catalog import Catalog, read
from nbcore.checks.fault import Fault
from nbcore.combinations import MOST_ROWS, WHOLE, Row, Space, Target
from nbcore.factors import notebook_of
from nbcore.finding import Finding
from nbcore.kubernetes.paths import Path
from nbcore.kubernetes.selector import matches
from nbcore.model.pod_default import PodDefault
from nbcore.model.template import Template
from nbcore.pipeline import Rendering, render

Judge = Callable[[dict[str, Any], str], Sequence[Fault]]
"""What the rules have against a pod, in a namespace."""

_ROUNDS: Final = 24
"""How often rows are chosen anew because some of them gave no pod."""


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
class _Seen:
    """A finding, the rows that have it, and the places of the pod that it is about."""

    finding: Finding
    places: list[tuple[Any, ...]]
    rows: dict[Row, None] = field(default_factory=dict)


class Exploration:
    """The rows of one Template, rendered until everything is tried that matters.

    Shape: the rows in ``good`` gave a pod, those in ``bad`` none.
    """

    def __init__(self, space: Space, catalog: Catalog) -> None:
        self.space = space
        self.catalog = catalog
        self.good: list[Row] = []
        self.bad: list[Row] = []
        self.broken: list[tuple[Target, tuple[int, ...]]] = []
        self._elsewhere = _selecting(catalog, space.template.metadata.namespace)

    def take(self, row: Row, rendering: Rendering, namespace: str) -> None:
        """Hears of every rendering; the namespace is ``""`` where it is that of the Template."""

    def run(self, whole: int) -> bool:
        """Renders rows until all is tried; whether all was."""
        rows = list(self.space.every()) if self.space.total <= whole else self.space.cover((), ())
        for _ in range(_ROUNDS):
            for row in rows:
                self._examine(row, "")
            if self.space.total <= len(self.good) + len(self.bad):
                return True
            if len(self.good) + len(self.bad) > MOST_ROWS:
                return False
            rows = self.space.cover(self.good, self.broken)
            if not rows:
                return not self.space.given_up
        return False

    def _examine(self, row: Row, namespace: str) -> None:
        """Renders one row; again in each namespace whose PodDefaults select the pod."""
        selection = self.space.selection(row)
        notebook = notebook_of(self.space.template, selection, namespace)
        rendering = render(read(notebook).object, self.catalog)
        self.take(row, rendering, namespace)
        if rendering.pod is None:
            self._break(row, rendering)
            return
        if not namespace:
            self.good.append(row)
        labels = rendering.pod.get("metadata", {}).get("labels", {})
        for other, candidates in self._elsewhere.items() if not namespace else ():
            if any(matches(one.spec.selector, labels) for one in candidates):
                self._examine(row, other)

    def _break(self, row: Row, rendering: Rendering) -> None:
        """Remembers which of the row's choices give no pod: those that decide what stands at the errors."""
        if row in self.bad or row in self.good:
            return
        self.bad.append(row)
        target = self._deciding_error(rendering)
        self.broken.append((target, target.of(row)))

    def _deciding_error(self, rendering: Rendering) -> Target:
        """The factors that have a say in one of the errors; all of them where that is not known."""
        for one in rendering.findings:
            if one.severity == "error" and one.field:
                target = self.space.deciding([one.field])
                if target.factors:
                    return target
        alternatives = [tuple(range(len(one.alternatives))) for one in self.space.factors]
        return Target(tuple(range(len(alternatives))), tuple(alternatives))


class _Examination(Exploration):
    """An exploration that has the pods judged, and keeps what is found."""

    def __init__(self, space: Space, catalog: Catalog, judge: Judge) -> None:
        super().__init__(space, catalog)
        self.judge = judge
        self.seen: dict[Any, _Seen] = {}
        self._attributed: dict[Any, Finding] = {}
        self._speakers: dict[Path, tuple[int, ...]] = {}

    def take(self, row: Row, rendering: Rendering, namespace: str) -> None:
        """Keeps what rendering found, and what the rules have against the pod."""
        for one in rendering.findings:
            if one.source.kind != "Notebook":
                self._add(one, row, [one.field])
        if rendering.pod is not None:
            self._judge(rendering, rendering.pod, row, namespace)

    def _judge(self, rendering: Rendering, pod: dict[str, Any], row: Row, namespace: str) -> None:
        author: Author | None = None
        for fault in self.judge(pod, namespace or self.space.template.metadata.namespace):
            place = keyed(pod, fault.path)
            known = (fault.code, place, fault.message, tuple(row[at] for at in self._speaking(place)))
            if known not in self._attributed:
                author = author or Author(rendering)
                self._attributed[known] = author.finding(fault)
            related = [keyed(pod, one) for one in fault.related]
            self._add(self._attributed[known], row, [place, *related])

    def _speaking(self, place: Path) -> tuple[int, ...]:
        """The factors that say something about a place; a finding has the same author where they are the same."""
        found = self._speakers.get(place)
        if found is None:
            found = self._speakers[place] = self.space.speaking(place)
        return found

    def _add(self, one: Finding, row: Row, places: Sequence[Path]) -> None:
        key = (one.code, one.severity, one.source, one.path, one.message)
        seen = self.seen.get(key)
        if seen is None:
            seen = self.seen[key] = _Seen(one, [place.raw for place in places if place])
        seen.rows[row] = None

    def findings(self) -> Iterator[Finding]:
        """The findings, each with the number of pods that have it and an example."""
        template = self.space.template
        name = f"{template.metadata.namespace}/{template.metadata.name}".removeprefix("/")
        for seen in self.seen.values():
            rows = [*self.good, *self.bad]
            judged = rows if any(row in seen.rows for row in self.bad) else self.good
            pods = self.space.weight(judged, frozenset(seen.rows), seen.places)
            example = self.space.selection(next(iter(seen.rows))).arguments
            yield replace(
                seen.finding,
                pods=max(pods, len(seen.rows)),
                example=f"--template {name} {example}".strip(),
            )


def examined(template: Template, catalog: Catalog, judge: Judge, *, whole: int = WHOLE) -> Verdict:
    """The verdict on all pods of a Template; with at most ``whole`` of them, every one is rendered.

    Shape: PodDefaults that the Template requires and that do not exist count as empty here; another rule
    tells that they are missing.
    """
    space, catalog = space_of(template, catalog)
    examination = _Examination(space, catalog, judge)
    complete = examination.run(whole)
    rendered = len(examination.good) + len(examination.bad)
    return Verdict(tuple(examination.findings()), space.total, rendered, complete)


def space_of(template: Template, catalog: Catalog) -> tuple[Space, Catalog]:
    """All that can be chosen of a Template, and the catalog to render it with.

    Shape: in that catalog PodDefaults that the Template requires and that do not exist are empty ones.
    """
    optional, missing = _offered(template, catalog)
    catalog = catalog.replace([_empty(*one) for one in missing]) if missing else catalog
    selectors = [one.spec.selector for one in catalog.list("PodDefault") if one.spec.selector is not None]
    watched = frozenset(key for selector in selectors for key in _keys(selector))
    return Space(template, optional, watched), catalog


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
