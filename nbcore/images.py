"""Images: every image that a reachable pod of a kind uses, and the selections that lead to it.

To pre-pull, mirror and scan what users can start, before anybody starts it. Notebooks and plain workloads are
asked in the same words.

Refuses to know rules, how filter rules are read, registries, and whether an image exists.

Laws: test_every_image_of_every_pod_is_listed, test_a_condition_holds_exactly_where_the_image_is_used,
test_the_reduction_of_images_says_what_brute_force_says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from nbcore.attribution import keyed
from nbcore.catalog import Catalog
from nbcore.checks.interactions import EVERYTHING, Concern, concerns_of
from nbcore.combinations import WHOLE, Space
from nbcore.constraints import Broken, Row, Target
from nbcore.exploration import Exploration, Walk
from nbcore.finding import Position, Source
from nbcore.kubernetes.paths import Path
from nbcore.model.notebook import Notebook
from nbcore.model.plain import Plain
from nbcore.model.template import Template
from nbcore.permits import Permits
from nbcore.pipeline import Rendering, render
from nbcore.reachable import space_of
from nbcore.settings import Settings
from nbcore.workloads import held

_CONTAINERS: Final = ("initContainers", "containers", "ephemeralContainers")
_DECISIVE: Final = ("list", "image", "volume")
"""What the concern begins with that decides an image: a list with an element twice, the field, the volume of it."""
_ABOUT: Final = frozenset({*_DECISIVE, "container", *EVERYTHING})
"""What concerns begin with that are about images: those that decide them, and whole containers."""
_T = TypeVar("_T")

Term: TypeAlias = tuple[tuple[int, frozenset[int]], ...]
"""Factors of a space, each with those of its alternatives that may be chosen; all of them have to hold."""


class Condition(NamedTuple):
    """What a selection has to hold for an image to be used; nothing where every selection leads to it.

    Shape: ``options`` has for a group the values that do, ``pod_defaults`` whether a PodDefault is chosen.
    """

    options: Mapping[str, tuple[str, ...]]
    pod_defaults: Mapping[str, bool]


class Setter(NamedTuple):
    """Who wrote an image: the layer, and the place in its object."""

    layer: str
    source: Source
    path: Path
    position: Position | None


@dataclass(frozen=True, slots=True)
class Use:
    """One image and one object whose pods use it.

    Shape: ``places`` are those of the object's pod; of ``conditions`` one has to hold, none is there where it is
    not known. ``pods`` of ``of`` reachable ones have it, at least, where they are too many to be counted;
    ``example`` holds the arguments of `nbcore render` for one. ``namespaces`` are those where PodDefaults bring
    it, all where it is empty.
    """

    image: str
    source: Source
    places: tuple[Path, ...]
    setters: tuple[Setter, ...]
    conditions: tuple[Condition, ...] = ()
    pods: int = 1
    of: int = 1
    example: str = ""
    namespaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Images:
    """The images of one Template.

    Shape: ``uses`` sorted by image; ``without_pod`` of the ``rendered`` selections give no pod at all;
    ``whole`` is False where not every selection that matters could be tried. ``denied`` are the images, sorted,
    that nobody may have: filter rules deny every selection with them, in all namespaces.
    """

    uses: tuple[Use, ...]
    pods: int
    rendered: int
    without_pod: int
    whole: bool
    denied: tuple[str, ...] = ()


def images_of(
    template: Template, catalog: Catalog, *, whole: int = WHOLE, permits: Permits | None = None
) -> Images:
    """Every image that a pod of the Template can use; with at most ``whole`` pods, every one is rendered.

    Shape: images that only a value has which a start replaces (a redirect) are in no pod, and not listed; nor are
    those that ``permits`` permit nobody.
    """
    found = _permitted(template, catalog, whole, permits)
    if permits is None:
        return found
    listed = {one.image for one in found.uses}
    every = dict.fromkeys(one.image for one in _permitted(template, catalog, whole, None).uses)
    return replace(found, denied=tuple(one for one in every if one not in listed))


def _permitted(template: Template, catalog: Catalog, whole: int, permits: Permits | None) -> Images:
    space, catalog = space_of(template, catalog, permits)
    space.targets = tuple(one for one in space.targets if any(map(_is_about_images, one.concerns)))
    space.weak = any(map(_is_about_images, space.split))
    gallery = _Gallery(space, catalog)
    complete = gallery.run(whole)
    without = len(gallery.walks[""].bad)
    return Images(tuple(gallery.uses()), space.total, gallery.rendered, without, complete)


def images_of_notebook(
    notebook: Notebook, catalog: Catalog, *, settings: Settings | None = None
) -> tuple[Use, ...]:
    """Every image of the pod that a start of the Notebook would give, sorted; none without a pod."""
    rendering = render(notebook, catalog, settings=settings)
    found: dict[str, list[Path]] = {}
    for raw, image in image_places(rendering.pod):
        found.setdefault(image, []).append(keyed(rendering.pod, raw))
    source = notebook.origin.source
    return tuple(
        Use(image, source, tuple(places), _setters(rendering, places))
        for image, places in sorted(found.items())
    )


def images_of_workload(one: Plain) -> tuple[Use, ...]:
    """Every image of the pod that a plain object holds, sorted; none for an object without one."""
    pod = held(one)
    found: dict[str, list[Sequence[str | int]]] = {}
    for raw, image in image_places(pod.pod if pod else None):
        found.setdefault(image, []).append((*(pod.root if pod else ()), *raw))
    origin = one.origin
    uses = []
    for image, places in sorted(found.items()):
        paths = tuple(origin.path(*place) for place in places)
        positions = (origin.position(*place) for place in places)
        setters = tuple(
            Setter(one.kind, origin.source, *place) for place in zip(paths, positions, strict=True)
        )
        uses.append(Use(image, origin.source, paths, setters))
    return tuple(uses)


def image_places(pod: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Where a pod names images, by raw path, and the texts; whatever has another form is left out."""
    spec = pod.get("spec") if isinstance(pod, dict) else None
    if not isinstance(spec, dict):
        return
    for name in _CONTAINERS:
        for at, one in _objects(spec.get(name)):
            if _is_name(one.get("image")):
                yield ("spec", name, at, "image"), one["image"]
    for at, one in _objects(spec.get("volumes")):
        image = one.get("image")
        if isinstance(image, dict) and _is_name(image.get("reference")):
            yield ("spec", "volumes", at, "image", "reference"), image["reference"]


def _objects(value: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    for at, one in enumerate(value if isinstance(value, list) else ()):
        if isinstance(one, dict):
            yield at, one


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _setters(rendering: Rendering, places: Iterable[Path]) -> tuple[Setter, ...]:
    found = (rendering.origin(place) for place in places)
    return tuple(Setter(one.layer.title, one.source, one.path, one.position) for one in found if one)


def _is_about_images(concern: Sequence[str]) -> bool:
    return concern[0] in _ABOUT


class _Gallery(Exploration):
    """An exploration that keeps the images of all pods, by image, namespace and place, with their rows."""

    def __init__(self, space: Space, catalog: Catalog) -> None:
        super().__init__(space, catalog)
        self.seen: dict[str, dict[str, dict[Path, dict[Row, None]]]] = {}
        self.setters: dict[str, dict[Setter, None]] = {}
        self._asked: set[Any] = set()
        self._speaking: dict[Path, tuple[int, ...]] = {}
        self.complete = False

    def run(self, whole: int) -> bool:
        """Renders rows until all is tried; whether all was."""
        self.complete = super().run(whole)
        return self.complete

    def take(self, row: Row, rendering: Rendering, namespace: str) -> None:
        """Keeps the images of one pod."""
        for raw, image in image_places(rendering.pod):
            place = keyed(rendering.pod, raw)
            by_place = self.seen.setdefault(image, {}).setdefault(namespace, {})
            by_place.setdefault(place, {})[row] = None
            self._ask(row, rendering, place, image, namespace)

    def _ask(self, row: Row, rendering: Rendering, place: Path, image: str, namespace: str) -> None:
        """Finds out who wrote the image, once for all rows that cannot differ in that."""
        if place not in self._speaking:
            self._speaking[place] = self.space.speaking(place)
        asked = (image, place, namespace, tuple(row[at] for at in self._speaking[place]))
        if asked not in self._asked:
            self._asked.add(asked)
            self.setters.setdefault(image, {}).update(dict.fromkeys(_setters(rendering, [place])))

    def uses(self) -> Iterator[Use]:
        """The images, sorted; one that is used in the Template's own namespace is told for that alone."""
        template = self.space.template
        for image, by_namespace in sorted(self.seen.items()):
            everywhere = "" in by_namespace
            told = {"": by_namespace[""]} if everywhere else by_namespace
            by_place = _joined(told.values())
            rows = dict.fromkeys(row for having in by_place.values() for row in having)
            terms = self._terms(told)
            example = self.space.selection(next(iter(rows))).arguments
            yield Use(
                image,
                template.origin.source,
                tuple(sorted(by_place, key=lambda one: one.keyed)),  # indexes are those of one pod
                tuple(sorted(self.setters[image], key=lambda one: (one.source, str(one.path)))),
                tuple(_condition(self.space, term) for term in terms),
                max(self._pods(terms, next(iter(told))), len(rows)),
                self.space.total,
                f"--template {template.id} {example}".strip(),
                () if everywhere else tuple(sorted(by_namespace)),
            )

    def _terms(self, told: Mapping[str, Mapping[Path, Mapping[Row, None]]]) -> list[Term]:
        """When an image stands at one of the places; nothing where that cannot be said for all of them."""
        found: dict[Term, None] = {}
        for namespace, by_place in told.items():
            for place, having in by_place.items():
                terms = self._terms_at(place, having, self.walks[namespace])
                if terms is None:
                    return []
                found.update(dict.fromkeys(terms))
        return [()] if () in found else sorted(found, key=_first_alternatives)

    def _terms_at(self, place: Path, having: Mapping[Row, None], walk: Walk) -> list[Term] | None:
        """When an image stands at a place that it has in some rows; None where that is not known."""
        if len(having) == len(walk.good):
            return [()]
        concern, target = self._deciding(place)
        tried = self.complete or len(set(map(target.of, walk.rows))) == target.size
        if concern in self.space.split or not tried:
            return None
        verdicts: dict[tuple[int, ...], bool] = {}
        for row in walk.good:
            if verdicts.setdefault(target.of(row), row in having) != (row in having):
                return None
        return _merged(
            self.space, *_without_needless(target, verdicts, self._strangers_first(target, concern))
        )

    def _deciding(self, place: Path) -> tuple[Concern, Target]:
        """The concern that decides the image at a place, and what is tried together for it."""
        mine = {one[0]: one for one in sorted(concerns_of(place.raw, self.space.mentions))}
        for concern in (*(mine[one] for one in _DECISIVE if one in mine), EVERYTHING):
            for target in self.space.targets:
                if concern in target.concerns:
                    return concern, target
        return EVERYTHING, Target((), ())

    def _strangers_first(self, target: Target, concern: Concern) -> list[int]:
        """The factors of a target, those first that say nothing of a concern."""
        factors = self.space.factors
        return sorted(
            target.factors, key=lambda at: any(concern in one.said for one in factors[at].alternatives)
        )

    def _pods(self, terms: Sequence[Term], namespace: str) -> int:
        """How many pods fulfil one of the terms; 0 where counting them takes too long."""
        broken = Broken(self.walks[namespace].broken)

        def holds(partial: Mapping[int, int]) -> bool:
            fulfilled = any(all(partial[factor] in own for factor, own in term) for term in terms)
            return fulfilled and not broken.holds(partial)

        factors = {factor for term in terms for factor, _ in term}
        return self.space.pods_where(factors | broken.factors, holds) or 0


def _joined(all_places: Iterable[Mapping[Path, Mapping[Row, None]]]) -> dict[Path, dict[Row, None]]:
    found: dict[Path, dict[Row, None]] = {}
    for by_place in all_places:
        for place, rows in by_place.items():
            found.setdefault(place, {}).update(rows)
    return found


# ---- which selections ----


def _without_needless(
    target: Target, verdicts: Mapping[tuple[int, ...], bool], order: Iterable[int]
) -> tuple[Target, list[tuple[int, ...]]]:
    """The target without the factors that change no verdict, and the combinations in which something is so.

    Shape: factors go in the given order; what gives no pod has no verdict.
    """
    for factor in order:
        at = target.factors.index(factor)
        fewer = _fewer(verdicts, at)
        if fewer is not None:
            verdicts = fewer
            target = Target(_but(target.factors, at), _but(target.classes, at))
    return target, [classes for classes, holds in verdicts.items() if holds]


def _fewer(verdicts: Mapping[tuple[int, ...], bool], at: int) -> dict[tuple[int, ...], bool] | None:
    """The verdicts by all classes but one; None where they differ in that alone."""
    found: dict[tuple[int, ...], bool] = {}
    for classes, holds in verdicts.items():
        if found.setdefault(_but(classes, at), holds) != holds:
            return None
    return found


def _but(some: tuple[_T, ...], at: int) -> tuple[_T, ...]:
    return (*some[:at], *some[at + 1 :])


def _merged(space: Space, target: Target, chosen: Iterable[tuple[int, ...]]) -> list[Term]:
    """The combinations of classes as few terms: those that differ in one factor only become one."""
    terms = [tuple(map(_alternatives, target.classes, classes)) for classes in chosen]
    before = len(terms) + 1
    while len(terms) < before:
        before = len(terms)
        for at in range(len(target.factors)):
            groups: dict[tuple[frozenset[int], ...], frozenset[int]] = {}
            for term in terms:
                others = (*term[:at], *term[at + 1 :])
                groups[others] = groups.get(others, frozenset()) | term[at]
            terms = [(*others[:at], own, *others[at:]) for others, own in groups.items()]
    return [
        tuple(
            (factor, own)
            for factor, own in zip(target.factors, term, strict=True)
            if len(own) < len(space.factors[factor].alternatives)
        )
        for term in terms
    ]


def _alternatives(classes: Sequence[int], wanted: int) -> frozenset[int]:
    return frozenset(at for at, one in enumerate(classes) if one == wanted)


def _first_alternatives(term: Term) -> list[tuple[int, list[int]]]:
    return [(factor, sorted(own)) for factor, own in term]


def _condition(space: Space, term: Term) -> Condition:
    options: dict[str, tuple[str, ...]] = {}
    pod_defaults: dict[str, bool] = {}
    for at, own in term:
        factor = space.factors[at]
        if factor.is_group:
            options[factor.name] = tuple(factor.alternatives[one].id for one in sorted(own))
        else:
            pod_defaults[factor.name] = bool(factor.alternatives[next(iter(own))].id)
    return Condition(options, pod_defaults)
