"""Redirects of kinds: those that lead nowhere, in a circle, or to what their users may not have (NB2).

One algorithm for option values and for Templates. Refuses to know notebooks, and when a redirect is taken.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeVar

from nbcore.checks.openness import is_open
from nbcore.finding import Finding, Position, Source
from nbcore.kubernetes import names
from nbcore.kubernetes.paths import Path
from nbcore.model.origin import Origin
from nbcore.model.template import Access, OptionGroup, Redirect, Template

Place = tuple[Source, Path, Position | None]
_Id = TypeVar("_Id", bound=Hashable)
_SHOWN: Final = 10


class Stop(NamedTuple):
    """Something that may redirect and be redirected to.

    Shape: ``to`` is the id of its target, ``redirect`` where that is written; ``accesses`` are all that has to
    be open to somebody who uses it, its own last.
    """

    id: str
    what: str
    origin: Origin
    hidden: bool
    accesses: tuple[Access | None, ...]
    redirect: Redirect | None = None
    to: str = ""

    @property
    def place(self) -> Place:
        """Where it stands."""
        return (self.origin.source, self.origin.path(), self.origin.position())


def check_option_redirects(template: Template) -> Iterator[Finding]:
    """Everything that is wrong with the redirects of option values."""
    for group in template.spec.options:
        yield from check_redirects(_stops(group, template.spec.access))


def _stops(group: OptionGroup, access: Access | None) -> Iterator[Stop]:
    for value in group.values:
        yield Stop(
            value.id,
            f"the {group.id} value",
            value.origin,
            value.display.hidden,
            (access, value.access),
            value.redirect,
            value.redirect.to if value.redirect else "",
        )


def check_template_redirects(templates: Iterable[Template]) -> Iterator[Finding]:
    """Everything that is wrong with the redirects of deprecated Templates, for all of them at once."""
    yield from check_redirects(map(_stop, templates))


def _stop(template: Template) -> Stop:
    spec = template.spec
    redirect = spec.deprecation.redirect if spec.deprecation else None
    to = redirect.to if redirect else ""
    return Stop(
        template.id,
        f"the {template.kind}",
        template.origin,
        spec.display.hidden,
        (spec.access,),
        redirect,
        template.id_of(to),
    )


def check_redirects(stops: Iterable[Stop]) -> Iterator[Finding]:
    """Everything that is wrong with redirects among some things; of two with one id the first counts."""
    known: dict[str, Stop] = {}
    for one in stops:
        known.setdefault(one.id, one)
    leads = {id_: one.to for id_, one in known.items() if one.redirect is not None}
    found = list(circles(leads))
    for circle in found:
        for id_ in circle:
            yield _circle(known[id_], circle, known)
    turning = {id_ for circle in found for id_ in circle}
    for id_, to in leads.items():
        if to not in known:
            yield _nowhere(known[id_], known)
        elif id_ not in turning:
            yield from _unfit(known[id_], known[to])


def circles(leads: Mapping[_Id, _Id]) -> Iterator[list[_Id]]:
    """The circles that following every id to the next one runs into, each once.

    Laws: the cost is linear in the number of ids.
    """
    done: set[_Id] = set()
    for start in leads:
        way: dict[_Id, int] = {}
        at = start
        while at in leads and at not in done and at not in way:
            way[at] = len(way)
            at = leads[at]
        if at in way:
            yield list(way)[way[at] :]
        done.update(way)


def _finding(
    code: str, one: Stop, message: str, remedy: str, related: Sequence[Place] = (), severity: str = "error"
) -> Finding:
    assert one.redirect is not None
    return one.redirect.origin.finding(
        code, message, remedy, path=("to",), related=tuple(related), severity=severity
    )


def _nowhere(one: Stop, known: Mapping[str, Stop]) -> Finding:
    near = names.closest(one.to, [id_ for id_ in known if id_ != one.id])
    return _finding(
        "NB207",
        one,
        f"{one.what} {one.id} redirects to {one.to[:64]}, which does not exist",
        f"Did you mean {near}?" if near else "Name one that exists, or remove the redirect.",
    )


def _circle(one: Stop, circle: Sequence[str], known: Mapping[str, Stop]) -> Finding:
    at = circle.index(one.id)
    way = [*circle[at:], *circle[:at], one.id]
    shown = way if len(way) <= _SHOWN else [*way[: _SHOWN - 1], "…", one.id]
    return _finding(
        "NB208",
        one,
        f"{one.what} {one.id} redirects in a circle: {' → '.join(shown)}",
        "Remove the redirect of the one that people should end with.",
        [known[id_].place for id_ in way[1:_SHOWN] if id_ != one.id],
    )


def _unfit(one: Stop, target: Stop) -> Iterator[Finding]:
    """What is wrong with a target that exists."""
    if target.hidden:
        yield _finding(
            "NB219",
            one,
            f"{one.what} {one.id} redirects to {target.id}, which is hidden",
            "Show the target, or lead people to one that is shown.",
            [target.place],
            "warning",
        )
    verdict = is_open(target.accesses[-1], one.accesses)
    if verdict is not True:
        known = verdict is False
        yield _finding(
            "NB220",
            one,
            f"{one.what} {one.id} redirects to {target.id}, which {'is not' if known else 'may not be'} open "
            "to everybody who may use it",
            "Give the target an access that lets in at least the same people and namespaces.",
            [target.place],
            "error" if known else "warning",
        )
