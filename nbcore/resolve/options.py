"""Options: which value of every group a Notebook has, whether the values fit together, and who may use them.

Refuses to know what a value puts into a pod.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from nbcore.kubernetes.selector import explain, matches
from nbcore.model.selection import Gone, Resolution
from nbcore.model.template import Access, OptionGroup, OptionValue, Redirect, TemplateSpec, When
from nbcore.resolve.redirects import follow, nearest


@dataclass(frozen=True, slots=True)
class Subject:
    """Who asks: a user name and groups, as the API server says them in `userInfo`."""

    username: str = ""
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Misfit:
    """A chosen value that does not fit the chosen value of another group."""

    group: OptionGroup
    value: OptionValue
    other: str
    reason: str


def distinct(options: Sequence[OptionGroup]) -> list[OptionGroup]:
    """The groups without those whose id stands before them already (a finding of the kind says so)."""
    found: dict[str, OptionGroup] = {}
    for group in options:
        found.setdefault(group.id, group)
    return list(found.values())


def select(
    options: Sequence[OptionGroup], chosen: Mapping[str, str], takes: frozenset[When]
) -> dict[str, Resolution]:
    """For every group of the Template, and every group that was named but does not exist, what became of it."""
    selection = {group.id: select_in(group, chosen.get(group.id), takes) for group in distinct(options)}
    for id_, value in chosen.items():
        if id_ not in selection:
            selection[id_] = Gone(id_, value, None, nearest=nearest(id_, [group.id for group in options]))
    return selection


def select_in(group: OptionGroup, chosen: str | None, takes: frozenset[When]) -> Resolution:
    """What became of one group; a group that is left out takes its default."""
    wanted = group.default if chosen is None else chosen
    if wanted is None:
        return Gone(group.id, None, None, explicit=False)

    def redirect_of(id_: str) -> Redirect | None:
        value = group.value(id_)
        if value is None:
            raise KeyError(id_)
        return value.redirect

    found = follow(group.id, wanted, redirect_of, takes, explicit=chosen is not None)
    if isinstance(found, Gone):
        return replace(found, nearest=nearest(wanted, [value.id for value in group.values]))
    return found


def chosen_values(
    spec: TemplateSpec, selection: Mapping[str, Resolution]
) -> list[tuple[OptionGroup, OptionValue]]:
    """The values that are rendered, in group order."""
    found: list[tuple[OptionGroup, OptionValue]] = []
    for group in distinct(spec.options):
        id_ = selection[group.id].value
        value = group.value(id_) if id_ is not None else None
        if value is not None:
            found.append((group, value))
    return found


def misfits(values: Sequence[tuple[OptionGroup, OptionValue]]) -> list[Misfit]:
    """The values whose `compatible` another group's chosen value does not meet."""
    chosen = {group.id: value for group, value in values}
    return [
        Misfit(group, value, other, reason)
        for group, value in values
        for other, selector in value.compatible.items()
        if other in chosen and (reason := mismatch(selector, other, chosen[other]))
    ]


def mismatch(selector: Mapping[str, object], group: str, value: OptionValue) -> str | None:
    """What the chosen value of a group lacks to be compatible, or None."""
    labels = value.display.labels
    return None if matches(selector, labels) else explain(selector, labels, f"{group} {value.id}")


def denied(
    access: Access | None, namespace_labels: Mapping[str, str] | None, subject: Subject | None
) -> str | None:
    """Why the access rule says no, or None when it says yes.

    Shape: a part that cannot be judged (no namespace labels, no subject given) does not deny: a form that
    does not know its user shows everything that somebody may use.
    """
    if access is None:
        return None
    selector = access.namespace_selector
    if selector is not None and namespace_labels is not None and not matches(selector, namespace_labels):
        return f"not for this namespace: {explain(selector, namespace_labels, 'the namespace')}"
    if subject is None:
        return None
    if access.users is not None and subject.username not in access.users:
        return "not for this user"
    if access.groups is not None and not subject.groups.intersection(access.groups):
        return "not for the groups of this user"
    return None
