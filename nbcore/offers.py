"""What a form may offer: every option of a Template, and why some of it is hidden, denied or does not fit.

Refuses to know how a form looks, how rules of access are read, and to decide: admission decides, with the same
rules.

Laws: test_choices_are_those_of_the_template, test_what_is_offered_can_be_chosen,
test_choices_never_raise_on_any_json, test_choices_of_a_broken_template_say_so,
test_choices_in_compat_are_those_that_upstream_lists, test_what_is_offered_is_not_denied.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nbcore.access import Audience
from nbcore.catalog import Catalog, read
from nbcore.finding import Finding, finding
from nbcore.kubernetes.names import closest
from nbcore.model.metadata import Reference
from nbcore.model.pod_default import PodDefault
from nbcore.model.selection import Redirected
from nbcore.model.template import Message, OptionGroup, OptionValue, Redirect, Template
from nbcore.model.workspace_kind import WorkspaceKindSpec
from nbcore.permits import filters_of
from nbcore.resolve.filtering import NO_VERDICT, Verdict
from nbcore.resolve.options import Subject, denied, distinct, mismatch, select
from nbcore.resolve.redirects import TAKES, follow
from nbcore.settings import Settings


@dataclass(frozen=True, slots=True)
class Offer:
    """One option value as a form may show it.

    Shape: ``denied`` says why this user or namespace may not choose it, ``misfit`` why it, or the value that
    a start would make of it, and what is selected in other groups do not fit together; both are None where
    there is nothing to say. ``redirect`` is the id that it leads to in the end, None where it leads nowhere,
    the chain is broken, or the end is denied or not listed.
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
    """One option group with its values in the Template's order.

    Shape: ``required`` where a form has to ask, because there is no default, or none that may be chosen. Values
    that are not listed for this namespace are left out.
    """

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
    """What a form for one Template may offer; ``denied`` says why the Template itself may not be used.

    Shape: ``hidden`` where forms should not show the Template at all.
    """

    template: str
    denied: str | None
    groups: tuple[GroupOffer, ...]
    pod_defaults: tuple[PodDefaultOffer, ...]
    findings: tuple[Finding, ...] = ()
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class _Form:
    """Whom a form is for, and what is chosen in it so far.

    Shape: ``current`` are the values that the choices, else the defaults, come to.
    """

    chosen: Mapping[str, str]
    current: Mapping[str, OptionValue]
    namespace: Mapping[str, str] | None
    subject: Subject | None
    audience: Audience
    compat: bool

    def lists(self, group: OptionGroup, value: OptionValue) -> bool:
        """Whether a value is listed; upstream lists only the chosen one of a group that has one."""
        alone = self.compat and self.chosen.get(group.id, value.id) != value.id
        return not alone and not self.audience.of_value(group.id, value).omit

    def denied(self, group: OptionGroup, value: OptionValue) -> str | None:
        """Why a value may not be chosen."""
        return denied(value.access, self.namespace, self.subject) or _why(
            self.audience.of_value(group.id, value)
        )

    def leads_to(self, group: OptionGroup, value: OptionValue) -> bool:
        """Whether people may be led to a value; upstream leads them anywhere."""
        verdict = NO_VERDICT if self.compat else self.audience.of_value(group.id, value)
        return not verdict.deny and not verdict.omit


def _why(verdict: Verdict) -> str | None:
    """What people are told about what a filter rule denies."""
    return (verdict.message or "not for this namespace or selection") if verdict.deny else None


def choices(
    template: Any,
    catalog: Catalog,
    *,
    namespace: str | None = None,
    subject: Mapping[str, Any] | None = None,
    selected: Mapping[str, str] | None = None,
    settings: Settings | None = None,
) -> Choices:
    """What a form may offer for a Template: hidden, denied and why, redirects and their messages.

    Shape: ``template`` is a dict, document or parsed Template; ``subject`` is
    ``{"username": …, "groups": [...]}`` as in `userInfo`; ``selected`` maps groups to chosen ids. Access
    that cannot be judged, because the namespace or subject is not given, denies nothing, except what is denied
    whatever they are. A group without a text in ``selected`` is one that is not chosen yet: its default counts
    as chosen when the other groups are judged. With the setting ``compat`` the answer is that of upstream's
    `listvalues`: a default does not count, a chosen group has that value alone, an unknown id is all that is
    told of, and neither the kind, its defaults nor redirects are filtered.
    """
    parsed = read(template)
    if not isinstance(parsed.object, Template):
        return Choices("", "this is not a Template", (), (), parsed.findings)
    found = parsed.object
    form = _form(found, catalog, namespace, _subject(subject), selected or {}, settings)
    unknown = tuple(_unknown(found, form.chosen)) if form.compat else ()
    if unknown:
        return Choices(found.id, None, (), (), unknown)
    verdict = NO_VERDICT if form.compat else form.audience.of_kind()
    return Choices(
        found.id,
        denied(found.spec.access, form.namespace, form.subject) or _why(verdict),
        tuple(_group(group, form) for group in distinct(found.spec.options)),
        tuple(_pod_default(reference, found, catalog) for reference in found.spec.optional),
        hidden=found.spec.display.hidden or verdict.hide or verdict.omit,
    )


def _form(
    template: Template,
    catalog: Catalog,
    namespace: str | None,
    subject: Subject | None,
    selected: Mapping[str, str],
    settings: Settings | None,
) -> _Form:
    compat = settings is not None and settings.compat != "" and isinstance(template.spec, WorkspaceKindSpec)
    known = catalog.namespace_labels(namespace) if namespace is not None else None
    chosen = {group: id_ for group, id_ in selected.items() if isinstance(id_, str)}
    current = _current(template, chosen)
    context = {group: value for group, value in current.items() if group in chosen} if compat else current
    audience = Audience(filters_of(template, catalog, compat=compat), known, context, compat=compat)
    labels = known or (_named(namespace) if namespace is not None else None)
    return _Form(chosen, current, labels, subject, audience, compat)


def _unknown(template: Template, chosen: Mapping[str, str]) -> Iterator[Finding]:
    """What upstream refuses a request for: chosen ids that do not exist, named as in its context."""
    for group in template.spec.options:
        id_ = chosen.get(group.id)
        if id_ is not None and group.value(id_) is None:
            near = closest(id_, [one.id for one in group.values])
            yield finding(
                "NB204",
                ("context", group.id, "id"),
                f"the {group.id} value {id_[:64]} does not exist",
                f"Did you mean {near}?" if near else "Choose another one.",
            )


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


def _group(group: OptionGroup, form: _Form) -> GroupOffer:
    values = {value.id: value for value in reversed(group.values)}
    offered = tuple(
        _offer(group, value, values, form)
        for value in group.values
        if values[value.id] is value and form.lists(group, value)
    )
    display, default = group.display, values.get(group.default or "")
    may_be_left_out = group.default is not None and (default is None or form.leads_to(group, default))
    return GroupOffer(
        group.id,
        display.name or group.id,
        display.description or "",
        not may_be_left_out,
        offered,
        display.hidden,
    )


def _offer(group: OptionGroup, value: OptionValue, values: Mapping[str, OptionValue], form: _Form) -> Offer:
    def redirect_of(id_: str) -> Redirect | None:
        return values[id_].redirect

    result = follow(group.id, value.id, redirect_of, TAKES["start", "Auto"])
    target = result.chain[-1].target if isinstance(result, Redirected) and result.chain else None
    leads = target is not None and target in values and form.leads_to(group, values[target])
    return Offer(
        id=value.id,
        name=value.display.name or value.id,
        description=value.display.description or "",
        labels=value.display.labels,
        hidden=value.display.hidden or form.audience.of_value(group.id, value).hide,
        default=value.id == group.default,
        selected=value.id == form.chosen.get(group.id, group.default),
        denied=form.denied(group, value),
        misfit=_misfit(group, values.get(result.value or "", value), form.current),
        redirect=target if leads else None,
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
