"""Consumers: which notebooks use which option, and the filter by which notebooks are picked.

Refuses to know clocks: times are given.

Laws: test_usage_counts_every_notebook_once_a_group, test_a_filter_picks_what_its_conditions_say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nbcore.catalog import Catalog
from nbcore.checks.glob import matches
from nbcore.kubernetes.quantity import Quantity
from nbcore.model.conventions import conventions_of
from nbcore.model.selection import Resolution
from nbcore.model.template import Template
from nbcore.named_templates import resolve_template
from nbcore.planning.before import before
from nbcore.planning.fleet import Fleet, Member, Selection, State
from nbcore.resolve.options import distinct, select
from nbcore.resolve.redirects import TAKES
from nbcore.settings import Settings

GPU_WORDS: Final = ("gpu", "mig-")
"""What the names of extended resources hold that stand for a GPU or a part of one."""
_START: Final = TAKES["start", "Auto"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which notebooks are meant: all conditions that are given must hold, each by any of its words.

    Shape: empty conditions hold for all. Names, namespaces, templates and images may hold ``*`` and ``?``; a
    template is meant by its name or its identity; ``options`` pair a group with a value that is stored, taken by
    default or rendered; ``images`` are those of the rendered pod; ``gpu`` says whether that asks for a GPU.
    ``pending`` says whether something is there that is not taken, a redirect above all. ``idle_since`` is the
    newest last activity that counts; one that is not known does not.
    Units: ``idle_since`` in milliseconds since the epoch.
    """

    names: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    templates: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    images: tuple[str, ...] = ()
    states: tuple[State, ...] = ()
    gpu: bool | None = None
    pending: bool | None = None
    idle_since: int | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """Who uses one value of a group, or a Template where ``group`` is ``""``.

    Shape: ``kind`` is that of the notebooks; ``value`` is the id that they store or take by default, of a Template
    its identity. ``exists`` says whether the catalog has it; ``explicit`` counts those that name it; ``led`` are
    those that store another one and are led to it at a start.
    """

    kind: str
    template: str
    group: str
    value: str
    exists: bool
    explicit: int
    notebooks: tuple[Member, ...]
    led: tuple[Member, ...] = ()

    @property
    def states(self) -> Mapping[State, int]:
        """How many of the notebooks are in each state."""
        return Counter(one.state for one in self.notebooks)

    def to_json(self) -> dict[str, Any]:
        """The use as plain JSON."""
        return {
            "kind": self.kind,
            "template": self.template,
            "group": self.group,
            "value": self.value,
            "exists": self.exists,
            "explicit": self.explicit,
            "states": dict(self.states),
            "notebooks": [str(one) for one in self.notebooks],
            "led": [str(one) for one in self.led],
        }


# ---- who uses what ----

_Key = tuple[str, str, str, str]
"""Kind of the notebooks, Template, group and value."""


class _Users:
    """The notebooks of one value, while they are collected."""

    def __init__(self, exists: bool) -> None:
        self.exists, self.explicit = exists, 0
        self.stored: list[int] = []
        self.led: list[int] = []


def usage(
    notebooks: Any, catalog: Catalog, *, where: Filter | None = None, unused: bool = False
) -> tuple[Use, ...]:
    """Who uses each Template and each option value, in the order of the kinds; what does not exist comes last.

    Shape: ``notebooks`` as for a plan; ``unused`` also lists what nobody uses. Values are counted with the Template
    that the notebooks name, or with the one that they are led to.
    """
    fleet = Fleet.of(notebooks)
    wanted = None if where is None else frozenset(picked_indexes(fleet, catalog, where))
    found = {key: _Users(True) for template in catalog.templates for key in _keys(template)}
    for selection in fleet.selections:
        indexes = [
            one for cell in selection.cells.values() for one in cell if wanted is None or one in wanted
        ]
        if indexes:
            _count(found, selection, _resolved(fleet, selection, catalog), indexes)
    return tuple(
        Use(*key, users.exists, users.explicit, _members(fleet, users.stored), _members(fleet, users.led))
        for key, users in found.items()
        if unused or users.stored or users.led
    )


def _keys(template: Template) -> Iterator[_Key]:
    """The Template and all of its values."""
    kind = template.conventions.notebook_kind
    yield kind, template.id, "", template.id
    for group in distinct(template.spec.options):
        for value in dict.fromkeys(value.id for value in group.values):
            yield kind, template.id, group.id, value


def _members(fleet: Fleet, indexes: Iterable[int]) -> tuple[Member, ...]:
    return tuple(fleet.members[index] for index in sorted(indexes))


def _count(
    found: dict[_Key, _Users], selection: Selection, resolved: Sequence[Resolution], indexes: Sequence[int]
) -> None:
    kind, template = selection.choice.kind, selection.choice.template
    owner = resolved[0].value or template
    for result in resolved:
        place = (kind, template if not result.group else owner, result.group)
        if result.chosen is not None:
            named = result.chosen if result.group else template
            users = found.setdefault(
                (kind, named if not result.group else owner, place[2], named), _Users(False)
            )
            users.stored += indexes
            users.explicit += len(indexes) if result.explicit else 0
        if result.value is not None and result.value != result.chosen:
            target = result.value if not result.group else owner
            found.setdefault((kind, target, result.group, result.value), _Users(False)).led += indexes


def _resolved(fleet: Fleet, selection: Selection, catalog: Catalog) -> list[Resolution]:
    """What becomes of the Template and of every option at a start, the Template first."""
    notebook = fleet.notebook(next(iter(selection.cells.values()))[0])
    result = resolve_template(notebook, catalog, _START)
    kind = conventions_of(selection.choice.api_version, selection.choice.kind).template_kind
    template = catalog.template(kind, result.value) if result.value is not None else None
    if template is None:
        return [result]
    return [result, *select(template.spec.options, notebook.spec.options, _START).values()]


# ---- filters ----


def picked(notebooks: Any, catalog: Catalog, where: Filter) -> tuple[Member, ...]:
    """The notebooks that a filter means, in the order in which they were given."""
    fleet = Fleet.of(notebooks)
    return _members(fleet, picked_indexes(fleet, catalog, where))


def picked_indexes(fleet: Fleet, catalog: Catalog, where: Filter) -> list[int]:
    """The indexes of the notebooks that a filter means, in ascending order."""
    on_pods = where.gpu is not None or bool(where.images)
    of_pods = frozenset(_by_pod(fleet, catalog, where)) if on_pods else None
    found: list[int] = []
    for selection in fleet.selections:
        if not _of_kind(where, selection):
            continue
        resolved = _resolved(fleet, selection, catalog) if where.options or where.pending is not None else []
        if where.options and not any(_chosen(where, one) for one in resolved):
            continue
        waits = any(one.chain and one.outcome == "Redirected" for one in resolved)
        found += [
            index
            for cell in selection.cells.values()
            for index in cell
            if _of_member(where, fleet.members[index], waits) and (of_pods is None or index in of_pods)
        ]
    return sorted(found)


def _any_of(patterns: Sequence[str], *texts: str) -> bool:
    return not patterns or any(matches(pattern, text) for pattern in patterns for text in texts)


def _of_kind(where: Filter, selection: Selection) -> bool:
    choice = selection.choice
    name = choice.template.rpartition("/")[2]
    return (not where.kinds or choice.kind in where.kinds) and _any_of(where.templates, choice.template, name)


def _chosen(where: Filter, one: Resolution) -> bool:
    return any(group == one.group and value in (one.chosen, one.value) for group, value in where.options)


def _of_member(where: Filter, one: Member, waits: bool) -> bool:
    return (
        _any_of(where.names, one.name)
        and _any_of(where.namespaces, one.namespace)
        and (not where.states or one.state in where.states)
        and (where.pending is None or where.pending == (one.pending or waits))
        and (where.idle_since is None or 0 < one.last_activity <= where.idle_since)
    )


def _by_pod(fleet: Fleet, catalog: Catalog, where: Filter) -> Iterator[int]:
    """Those whose pod has what is asked for; those without a pod have nothing."""
    given = before(fleet, catalog, catalog, Settings())
    for part in given.parts:
        for cell in part.fine:
            pod = given.rendered(cell.indexes[0], part.pin).pod
            if pod is not None and _has(where, pod):
                yield from cell.indexes
        if where.gpu is False and not where.images:
            yield from (index for cell, _ in part.broken for index in cell.indexes)


def _has(where: Filter, pod: dict[str, Any]) -> bool:
    fields = ("containers", "initContainers")
    containers = [one for field in fields for one in pod["spec"].get(field) or () if isinstance(one, dict)]
    images = [one["image"] for one in containers if isinstance(one.get("image"), str)]
    if where.images and not any(_any_of(where.images, image) for image in images):
        return False
    return where.gpu is None or where.gpu == any(map(_asks_for_gpu, containers))


def _asks_for_gpu(container: Mapping[str, Any]) -> bool:
    resources = container.get("resources")
    sides = [resources.get(side) for side in ("limits", "requests")] if isinstance(resources, dict) else []
    return any(
        "/" in name and any(word in name.lower() for word in GPU_WORDS) and _is_some(amount)
        for side in sides
        if isinstance(side, dict)
        for name, amount in side.items()
    )


def _is_some(amount: Any) -> bool:
    try:
        return Quantity(amount) > Quantity(0)
    except (ValueError, TypeError):
        return False
