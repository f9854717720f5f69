"""Outcomes: what an edit does to a fleet, as values that people and programs read.

Refuses to know how it is found out, and how it is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from nbcore.change.change import Change, Effect
from nbcore.change.diffing import diff
from nbcore.change.places import ABSENT
from nbcore.finding import Finding
from nbcore.kubernetes.paths import Path
from nbcore.model.layer import Layer
from nbcore.model.selection import Resolution
from nbcore.model.template import Message
from nbcore.pipeline import Rendering
from nbcore.planning.fleet import STATES, Fleet, Member, State

Outcome = Literal["unchanged", "live", "restart", "recreate", "refused", "repaired", "broken"]
OUTCOMES: Final[tuple[Outcome, ...]] = (
    "recreate",
    "refused",
    "restart",
    "live",
    "repaired",
    "broken",
    "unchanged",
)
"""What becomes of a notebook, in the order in which people want to be told.

``refused`` was rendered before and is no more, ``broken`` neither, ``repaired`` only now.
"""
RANK: Final = {outcome: at for at, outcome in enumerate(OUTCOMES)}


class Sample(NamedTuple):
    """One notebook of an entry, rendered before and after the edit."""

    before: Rendering
    after: Rendering


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """What the edit does to notebooks that made one selection and whose own fields make no difference to it.

    Shape: ``kind`` and ``template`` (its identity) are as the notebooks name them, ``selection`` the values that
    they store, by group; ``revision`` is the name of the Revision that they are compared from, ``""`` for none.
    ``changes`` are those of one such notebook: its own values stand for those of the others. ``forcing`` is the
    change that restarts, None where nothing does. ``findings`` say why something cannot be rendered: with the
    new catalog for ``refused``, with the old one for ``broken`` and ``repaired``.
    """

    outcome: Outcome
    kind: str
    template: str
    selection: Mapping[str, str]
    pod_defaults: tuple[str, ...]
    revision: str
    notebooks: tuple[Member, ...]
    effect: Effect = "none"
    changes: tuple[Change, ...] = ()
    forcing: Change | None = None
    findings: tuple[Finding, ...] = ()
    rendered: Callable[[], Sample] | None = field(default=None, repr=False)
    """Renders the first of the notebooks, before and after."""

    @property
    def states(self) -> dict[State, int]:
        """How many of the notebooks are in each state."""
        return dict(Counter(one.state for one in self.notebooks))

    @property
    def reasons(self) -> tuple[str, ...]:
        """What made the difference, in plain words: layers that differ, redirects that are taken, what is wrong."""
        wrong = [one.message for one in self.findings if one.severity == "error"]
        if self.outcome == "broken":
            return tuple(dict.fromkeys(wrong))
        sample = self.rendered() if self.rendered is not None and self.outcome != "unchanged" else None
        told = _differences(sample) if sample is not None else ()
        return tuple(dict.fromkeys((*told, *(wrong if self.outcome == "refused" else ()))))

    def explained(self) -> tuple[Change, ...]:
        """The changes of the first notebook, with who set each value before and who sets it now."""
        if self.rendered is None or not self.changes:
            return self.changes
        before, after = self.rendered()
        found = diff(before.pod, after.pod, origin_of_old=_origin(before), origin_of_new=_origin(after))
        effects = {_identity(one): one for one in self.changes}
        return tuple(_with_effect(one, effects.get(_identity(one))) for one in found)

    def to_json(self) -> dict[str, Any]:
        """The entry as plain JSON; values of env and Secrets are masked."""
        return {
            "outcome": self.outcome,
            "effect": self.effect,
            "kind": self.kind,
            "template": self.template,
            "selection": dict(self.selection),
            "podDefaults": list(self.pod_defaults),
            "revision": self.revision,
            "changes": [_change_json(one) for one in self.changes],
            "forcing": None if self.forcing is None else self.forcing.path.keyed,
            "reasons": list(self.reasons),
            "findings": [
                {"code": one.code, "severity": one.severity, "message": one.message, "remedy": one.remedy}
                for one in self.findings
            ],
            "states": {state: self.states[state] for state in STATES if state in self.states},
            "notebooks": [
                {"namespace": one.namespace, "name": one.name, "state": one.state} for one in self.notebooks
            ],
        }


def _identity(one: Change) -> tuple[Path, bool]:
    return one.path, one.is_order


def _with_effect(one: Change, known: Change | None) -> Change:
    return Change(one.path, one.old, one.new, one.source, known.effect if known else one.effect)


def _origin(rendering: Rendering) -> Callable[[Path], Any]:
    return rendering.origin


def _change_json(one: Change) -> dict[str, Any]:
    sides = (("old", one.shown_old), ("new", one.shown_new))
    return {
        "path": one.path.keyed,
        **({"order": True} if one.is_order else {}),
        **{name: value for name, value in sides if value is not ABSENT},
        "effect": one.effect,
    }


# ---- in plain words ----


def _differences(sample: Sample) -> Iterator[str]:
    """What made two renderings differ, the lowest layer first."""
    before, after = sample
    for was, now, what in _resolutions(before, after):
        yield from _led(was, now, what)
    old, new = _by_title(before.layers), _by_title(after.layers)
    for title in dict.fromkeys((*old, *new)):
        if title not in new:
            yield f"{title} is no longer part of it"
        elif title not in old:
            yield f"{title} is part of it now"
        elif old[title].tree != new[title].tree:
            yield f"{title} was changed"


def _by_title(layers: Iterable[Layer]) -> dict[str, Layer]:
    return {one.title: one for one in layers if one.rank in ("template", "podDefaults", "options")}


def _resolutions(
    before: Rendering, after: Rendering
) -> Iterator[tuple[Resolution | None, Resolution | None, str]]:
    yield before.template, after.template, "the template"
    for group in dict.fromkeys((*before.selection, *after.selection)):
        yield before.selection.get(group), after.selection.get(group), group


def _led(was: Resolution | None, now: Resolution | None, what: str) -> Iterator[str]:
    """What redirects and defaults make of one choice now, where it is another thing than before."""
    if was is None or now is None or was.value == now.value:
        return
    if now.value is None:
        yield f"{what}: {now.chosen} does not exist any more"
    elif now.taken:
        yield f"{what}: {now.chosen} is led to {now.value}"
    elif not now.explicit and was.chosen != now.chosen:
        yield f"{what}: the default is {now.chosen} now, and was {was.chosen}"
    else:
        yield f"{what}: {now.value} is used now, and {was.value} was"


# ---- beside the pods ----


@dataclass(frozen=True, slots=True)
class Vanished:
    """Something that notebooks use and that the new catalog does not have any more.

    Shape: ``template`` is the identity of the Template that the notebooks name; ``group`` is empty but for a
    value; ``name`` is that of the Template, the group, the value, or of the PodDefault (``namespace/name``).
    """

    what: Literal["template", "group", "value", "podDefault"]
    kind: str
    template: str
    group: str
    name: str
    notebooks: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Led:
    """A chain of redirects, of a value or a Template that notebooks use, that the edit made another one.

    Shape: ``outcome`` is ``Broken`` where it leads to ``missing``, ``Cycle`` where it comes back, ``Redirected``
    where it is newly offered or taken; ``group`` is ``""`` for a Template; ``chain`` holds the ids from the stored
    one on; ``taken`` says how many of its steps a start takes; messages have the highest level first.
    """

    outcome: Literal["Broken", "Cycle", "Redirected"]
    kind: str
    template: str
    group: str
    chain: tuple[str, ...]
    missing: str
    taken: int
    messages: tuple[Message, ...]
    notebooks: tuple[Member, ...]


class Plan:
    """What an edit does to a fleet.

    Shape: ``entries`` in the order of `OUTCOMES`, otherwise as given; ``findings`` are those of
    objects among the notebooks that cannot be read, or stand twice: ``fleet.unread`` says which cannot.
    """

    __slots__ = ("entries", "fleet", "led", "vanished")

    def __init__(
        self, entries: Iterable[Entry], vanished: Iterable[Vanished], led: Iterable[Led], fleet: Fleet
    ) -> None:
        self.entries = tuple(sorted(entries, key=lambda one: RANK[one.outcome]))
        self.vanished, self.led, self.fleet = tuple(vanished), tuple(led), fleet

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the form of the notebooks themselves."""
        return self.fleet.findings

    @property
    def counts(self) -> dict[Outcome, int]:
        """How many notebooks have each outcome, zeros included, in the order of `OUTCOMES`."""
        counts: dict[Outcome, int] = dict.fromkeys(OUTCOMES, 0)
        for one in self.entries:
            counts[one.outcome] += len(one.notebooks)
        return counts

    def of(self, *outcomes: Outcome) -> Iterator[Entry]:
        """The entries with one of these outcomes."""
        return (one for one in self.entries if one.outcome in outcomes)

    def notebooks(self, *outcomes: Outcome) -> tuple[Member, ...]:
        """The notebooks with one of these outcomes; all of them where none is named."""
        wanted = outcomes or OUTCOMES
        return tuple(member for one in self.of(*wanted) for member in one.notebooks)

    @property
    def changes_anything(self) -> bool:
        """Whether the edit makes any notebook another one, refuses it or makes it possible."""
        return any(one.outcome not in ("unchanged", "broken") for one in self.entries)

    def to_json(self) -> dict[str, Any]:
        """The plan as plain JSON; values of env and Secrets are masked."""
        return {
            "counts": self.counts,
            "entries": [one.to_json() for one in self.entries],
            "vanished": [_vanished_json(one) for one in self.vanished],
            "redirects": [_led_json(one) for one in self.led],
            "unread": [one.object or one.file for one in self.fleet.unread],
        }


def _vanished_json(one: Vanished) -> dict[str, Any]:
    told = {"what": one.what, "kind": one.kind, "template": one.template, "group": one.group}
    return {**told, "name": one.name, "notebooks": _names(one.notebooks)}


def _led_json(one: Led) -> dict[str, Any]:
    return {
        "outcome": one.outcome,
        "kind": one.kind,
        "template": one.template,
        "group": one.group,
        "chain": list(one.chain),
        "missing": one.missing,
        "taken": one.taken,
        "messages": [{"level": message.level, "text": message.text} for message in one.messages],
        "notebooks": _names(one.notebooks),
    }


def _names(notebooks: Sequence[Member]) -> list[str]:
    return [str(one) for one in notebooks]
