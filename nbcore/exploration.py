"""Exploration: the rows of a Template that matter, rendered, and what those teach that give no pod.

A row that gives no pod teaches which choices break the merge; they are left out of the next rows, so that
what they hide is still looked at.

Refuses to know how rows are chosen, what is done with renderings, and every rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from nbcore.catalog import Catalog, read
from nbcore.checks.mentions import raw
from nbcore.combinations import MOST_ROWS, Space
from nbcore.constraints import Row, Target
from nbcore.factors import EXAMPLE, notebook_of
from nbcore.finding import Finding, Source
from nbcore.kubernetes.selector import matches
from nbcore.model.conventions import NOTEBOOK_KINDS
from nbcore.model.pod_default import PodDefault
from nbcore.pipeline import Rendering, render
from nbcore.resolve.layers import labels_of

_ERRORS: Final = 256
"""How many errors of one rendering are looked at for what causes them."""
_SMALL: Final = 4
"""Combinations of factors that are remembered as broken beside the smallest of an error."""
_ROUNDS: Final = 24
"""How often rows are chosen anew because some of them gave no pod."""


@dataclass(slots=True)
class Walk:
    """The rows of one namespace.

    Shape: of all ``rows`` those in ``good`` gave a pod, those in ``bad`` none; ``broken`` says why, as
    combinations of choices.
    """

    rows: list[Row] = field(default_factory=list)
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
                self.examine(row, namespace)
            tried = len(walk.good) + len(walk.bad)
            if self.space.total <= tried:
                return True
            if tried > MOST_ROWS or self.space.given_up:
                return False
            rows = self.space.cover(walk.good, walk.broken)
            if not rows:
                return not (self.space.given_up or self.space.weak)
        return False

    def examine(self, row: Row, namespace: str) -> None:
        """Renders one row, in another namespace only where PodDefaults of that select the pod."""
        walk = self.walks[namespace]
        walk.rows.append(row)
        if namespace and not self._is_selected(row, namespace):
            walk.good.append(row)
            return
        rendering = self._rendered(row, namespace)
        self.take(row, rendering, namespace)
        if rendering.pod is None and any(map(is_about_home, rendering.findings)):
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
        return {
            **labels_of([self.space.template.spec.template]),
            **dict.fromkeys(self.space.template.conventions.labels, EXAMPLE),
        }

    def _deciding_errors(self, rendering: Rendering) -> list[Target]:
        """For each error the factors that have a say in it; all factors where that is known of none."""
        errors = [one for one in rendering.findings if one.severity == "error" and _is_keyed(one.field)]
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


def _is_keyed(place: Sequence[Any]) -> bool:
    """Whether a place is one, and names all its elements by keys, as the table of concerns does."""
    return bool(place) and not any(isinstance(step, int) for step in raw(place))


def is_about_home(one: Finding) -> bool:
    """Whether a finding says that a Notebook cannot have its home where the Template has it."""
    return one.source.kind in NOTEBOOK_KINDS and one.code == "NB309"


def _trees(space: Space, row: Row) -> Iterator[Any]:
    """The trees of the option values of a row."""
    for factor, at in zip(space.factors, row, strict=True):
        value = factor.alternatives[at].value
        if value is not None:
            yield value.template


def _selecting(catalog: Catalog, but: str) -> dict[str, list[PodDefault]]:
    """The PodDefaults with a selector, by namespace, without those of one namespace."""
    found: dict[str, list[PodDefault]] = {}
    for one in catalog.list("PodDefault"):
        if one.spec.selector is not None and one.metadata.namespace != but:
            found.setdefault(one.metadata.namespace, []).append(one)
    return found
