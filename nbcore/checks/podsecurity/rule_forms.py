"""The forms that the rules of the standards have: what a field may not be, and what a pod hands down.

Refuses to know which fields and which values: those are rows of the tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

from nbcore.checks.podsecurity.places import EACH, Owner, Place, View, is_absent, reach, shown, typed
from nbcore.finding import Fix
from nbcore.kubernetes.paths import Path

Allowed: TypeAlias = Callable[[Any], bool]
Steps: TypeAlias = tuple[str, ...]


class Edit(NamedTuple):
    """What repairs a place, or the place that stands so many steps above it; it always changes behaviour."""

    action: Literal["replace", "remove"]
    value: Any = None
    up: int = 0


class Offence(NamedTuple):
    """One place that a check has something against.

    Shape: ``owners`` are the containers that lack what is missing; ``implied`` when it is only there because
    of another offence and goes with it.
    """

    place: Place
    message: str = ""
    remedy: str = ""
    fix: Fix | None = None
    missing: bool = False
    owners: tuple[Owner, ...] = ()
    implied: bool = False


Rule: TypeAlias = Callable[[View], Iterator[Offence]]


def one_of(*values: Any) -> Allowed:
    """The predicate that allows exactly these values; None stands for a field that is absent."""
    return frozenset(values).__contains__


def offence(place: Place, message: str, remedy: str, edit: Edit | None = None, **more: Any) -> Offence:
    """The offence of a place; a value of the wrong type is told by the type alone."""
    if place.expected:
        return Offence(place)
    value = "" if place.value is None else place.value
    said = message.format(who=place.owner, value=shown(value), field=place.path[-1])
    return Offence(place, said, remedy, _fix(place, edit), **more)


def _fix(place: Place, edit: Edit | None) -> Fix | None:
    if edit is None:
        return None
    path = Path(place.path[: len(place.path) - edit.up])
    absent = place.value is None and not edit.up
    return Fix("add" if absent and edit.action == "replace" else edit.action, path, edit.value, safe=False)


@dataclass(frozen=True, slots=True)
class Ban:
    """A field that may only have allowed values, wherever it stands.

    Shape: ``pod`` and ``container`` are the steps to it from the pod's spec and from each container; an
    absent value is None, and is looked at only where the object around it exists, or where it is required.
    """

    kind: type
    allowed: Allowed
    message: str
    remedy: str
    pod: tuple[Steps, ...] = ()
    container: tuple[Steps, ...] = ()
    edit: Edit | None = None
    required: bool = False

    def __call__(self, view: View) -> Iterator[Offence]:
        allowed = self.allowed
        for place in self.places(view, absent=self.required or not allowed(None)):
            if place.expected or not allowed(place.value):
                missing = self.required and place.value is None
                yield offence(place, self.message, self.remedy, self.edit, missing=missing)

    def places(self, view: View, *, absent: bool = True) -> Iterator[Place]:
        """The field wherever it stands: of the pod first, then of one container after the other.

        Shape: without ``absent`` those places are left out where nothing stands.
        """
        starts = [(view.spec, self.pod), *((one, self.container) for one in view.containers)]
        for start, fields in starts:
            for steps in fields:
                if absent or not is_absent(start.value, steps):
                    yield from reach(start, steps, self.kind, self.required)


@dataclass(frozen=True, slots=True)
class HandedDown:
    """A field that every container must have with an allowed value, its own or that of the pod.

    Shape: ``ban`` says which values are refused wherever they stand.
    """

    ban: Ban
    message: str
    remedy: str
    value: Any

    def __call__(self, view: View) -> Iterator[Offence]:
        yield from self.ban(view)
        said = {place.owner for place in self.ban.places(view) if self._says_something(place)}
        silent = tuple(one.owner for one in view.containers if one.owner not in said)
        if silent and view.spec.owner not in said:
            path = (*view.spec.path, *self.ban.pod[0])
            names = ", ".join(shown(one.name) for one in silent[:3]) + (", …" if len(silent) > 3 else "")
            fix = Fix("add", Path(path), self.value, safe=False)
            place = Place(path, None, view.spec.owner)
            message = self.message.format(names=names, plural="s" if len(silent) > 1 else "")
            yield Offence(place, message, self.remedy, fix, missing=True, owners=silent)

    def _says_something(self, place: Place) -> bool:
        return bool(place.expected) or place.value is not None or not self.ban.allowed(None)


@dataclass(frozen=True, slots=True)
class Holds:
    """A list that every container must have and that must hold one entry."""

    entry: str
    steps: Steps
    message: str
    remedy: str

    def __call__(self, view: View) -> Iterator[Offence]:
        for container in view.containers:
            entries = reach(container, (*self.steps, EACH), str)
            malformed = [place for place in entries if place.expected]
            yield from map(Offence, malformed)
            if not malformed and self.entry not in [place.value for place in entries]:
                (place,) = reach(container, self.steps, list, required=True)
                message = self.message.format(who=container.owner)
                action: Literal["add", "replace"] = "add" if place.value is None else "replace"
                fix = Fix(action, Path(place.path), [self.entry], safe=False)
                yield Offence(place, message, self.remedy, fix, missing=True, owners=(container.owner,))


@dataclass(frozen=True, slots=True)
class AnnotationBan:
    """Annotations that may only have allowed values.

    Shape: ``concerns`` tells from the key and the names of the containers whether an annotation is meant.
    """

    concerns: Callable[[str, frozenset[str]], bool]
    allowed: Allowed
    message: str
    remedy: str
    edit: Edit | None = None

    def __call__(self, view: View) -> Iterator[Offence]:
        names = frozenset(one.owner.name for one in view.containers)
        for annotation in view.annotations:
            if self.concerns(annotation.owner.name, names):
                place = typed(annotation, str)
                if place.expected or not self.allowed(place.value):
                    yield offence(place, self.message, self.remedy, self.edit)
