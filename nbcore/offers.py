"""What a form may offer: every option of a Template, and why some of it is hidden, denied or does not fit.

Refuses to know how a form looks, and to decide: admission decides, with the same rules.

Laws: test_choices_are_those_of_the_template, test_what_is_offered_can_be_chosen,
test_choices_never_raise_on_any_json, test_choices_of_a_broken_template_say_so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nbcore.catalog import Catalog, read
from nbcore.finding import Finding
from nbcore.model.metadata import Reference
from nbcore.model.pod_default import PodDefault
from nbcore.model.selection import Broken, Cycle, Redirected
from nbcore.model.template import Message, OptionGroup, OptionValue, Template
from nbcore.resolve.options import Subject, denied, distinct, mismatch, select, select_in
from nbcore.resolve.redirects import TAKES


@dataclass(frozen=True, slots=True)
class Offer:
    """One option value as a form may show it.

    Shape: ``denied`` says why this user or namespace may not choose it, ``misfit`` why it, or the value that
    a start would make of it, and what is selected in other groups do not fit together; both are None where
    there is nothing to say. ``redirect`` is the id that it leads to in the end, None where it leads nowhere
    or the chain is broken.
    """

    id: str
    name: str
    description: str
    labels: Mapping[str, str]
    hidden: bool
    default: bool
    selected: bool
    denied: str | None
    misfit: str | None
    redirect: str | None
    messages: tuple[Message, ...]

    @property
    def available(self) -> bool:
        """Whether a form may let the user pick it now."""
        return not self.hidden and self.denied is None and self.misfit is None


@dataclass(frozen=True, slots=True)
class GroupOffer:
    """One option group with its values in the Template's order."""

    id: str
    name: str
    description: str
    required: bool
    values: tuple[Offer, ...]
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class PodDefaultOffer:
    """One optional PodDefault; ``missing`` when the catalog does not hold it."""

    namespace: str
    name: str
    title: str
    description: str
    missing: bool
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Choices:
    """What a form for one Template may offer; ``denied`` says why the Template itself may not be used."""

    template: str
    denied: str | None
    groups: tuple[GroupOffer, ...]
    pod_defaults: tuple[PodDefaultOffer, ...]
    findings: tuple[Finding, ...] = ()


def choices(
    template: Any,
    catalog: Catalog,
    *,
    namespace: str | None = None,
    subject: Mapping[str, Any] | None = None,
    selected: Mapping[str, str] | None = None,
) -> Choices:
    """What a form may offer for a Template: hidden, denied and why, redirects and their messages.

    Shape: ``template`` is a dict, document or parsed Template; ``subject`` is
    ``{"username": …, "groups": [...]}`` as in `userInfo`; ``selected`` maps groups to chosen ids. Access
    that cannot be judged, because the namespace or subject is not given, denies nothing. A group without a
    text in ``selected`` is one that is not chosen yet.
    """
    parsed = read(template)
    if not isinstance(parsed.object, Template):
        return Choices("", "this is not a Template", (), (), parsed.findings)
    found = parsed.object
    who = _subject(subject)
    labels = (catalog.namespace_labels(namespace) or _named(namespace)) if namespace is not None else None
    chosen = {group: id_ for group, id_ in (selected or {}).items() if isinstance(id_, str)}
    current = _current(found, chosen)
    groups = tuple(_group(group, chosen, current, labels, who) for group in distinct(found.spec.options))
    offered = tuple(_pod_default(reference, found, catalog) for reference in found.spec.optional)
    name = f"{found.metadata.namespace}/{found.metadata.name}"
    return Choices(name, denied(found.spec.access, labels, who), groups, offered)


def _named(namespace: str) -> dict[str, str]:
    """The one label that every namespace has."""
    return {"kubernetes.io/metadata.name": namespace}


def _subject(given: Mapping[str, Any] | None) -> Subject | None:
    if given is None:
        return None
    groups = given.get("groups")
    return Subject(
        str(given.get("username", "")), frozenset(map(str, groups if isinstance(groups, Iterable) else ()))
    )


def _current(template: Template, chosen: Mapping[str, str]) -> dict[str, OptionValue]:
    """For each group that has a choice or a default: the value that it comes to."""
    selection = select(template.spec.options, chosen, TAKES["start", "Auto"])
    found: dict[str, OptionValue] = {}
    for group in template.spec.options:
        id_ = selection[group.id].value
        value = group.value(id_) if id_ is not None else None
        if value is not None:
            found[group.id] = value
    return found


def _group(
    group: OptionGroup,
    chosen: Mapping[str, str],
    current: Mapping[str, OptionValue],
    labels: Mapping[str, str] | None,
    subject: Subject | None,
) -> GroupOffer:
    picked = chosen.get(group.id, group.default)
    values = {value.id: value for value in reversed(group.values)}
    offered = tuple(
        _offer(group, value, picked, current, labels, subject)
        for value in group.values
        if values[value.id] is value
    )
    display = group.display
    required = group.default is None
    return GroupOffer(
        group.id, display.name or group.id, display.description or "", required, offered, display.hidden
    )


def _offer(
    group: OptionGroup,
    value: OptionValue,
    picked: str | None,
    current: Mapping[str, OptionValue],
    labels: Mapping[str, str] | None,
    subject: Subject | None,
) -> Offer:
    result = select_in(group, value.id, TAKES["start", "Auto"])
    target = result.chain[-1].target if isinstance(result, Redirected) and result.chain else None
    dead_end = isinstance(result, Broken | Cycle)
    becomes = (group.value(result.value) if result.value is not None else None) or value
    return Offer(
        id=value.id,
        name=value.display.name or value.id,
        description=value.display.description or "",
        labels=value.display.labels,
        hidden=value.display.hidden,
        default=value.id == group.default,
        selected=value.id == picked,
        denied=denied(value.access, labels, subject),
        misfit=_misfit(group, becomes, current),
        redirect=None if dead_end else target,
        messages=result.messages,
    )


def _misfit(group: OptionGroup, value: OptionValue, current: Mapping[str, OptionValue]) -> str | None:
    """Why a value and what is selected in the other groups do not fit together, asked from both sides."""
    for other, selector in value.compatible.items():
        selected = current.get(other) if other != group.id else value
        reason = mismatch(selector, other, selected) if selected else None
        if reason:
            return f"does not fit the selected {other}: {reason}"
    for other, selected in current.items():
        wanted = selected.compatible.get(group.id) if other != group.id else None
        reason = mismatch(wanted, group.id, value) if wanted is not None else None
        if reason:
            return f"the selected {other} {selected.id} does not fit it: {reason}"
    return None


def _pod_default(reference: Reference, template: Template, catalog: Catalog) -> PodDefaultOffer:
    namespace = reference.namespace or template.metadata.namespace
    found: PodDefault | None = catalog.get("PodDefault", reference.name, namespace)
    if found is None:
        return PodDefaultOffer(namespace, reference.name, reference.name, "", missing=True)
    display = found.spec.display
    return PodDefaultOffer(
        namespace,
        reference.name,
        display.name or reference.name,
        display.description or "",
        missing=False,
        hidden=display.hidden,
    )
