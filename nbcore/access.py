"""Access by rules: what somebody in a namespace may see and use of a kind, and what a kind promises in vain.

Refuses to know which users and groups there are, how rules are read and evaluated, and who may change a kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from nbcore.catalog import Catalog
from nbcore.environment import environment
from nbcore.finding import Finding, Position, Severity, Source
from nbcore.kubernetes.paths import Path
from nbcore.kubernetes.selector import Labels
from nbcore.model.filter_rule import FilterRule, Scope
from nbcore.model.notebook import Notebook
from nbcore.model.template import Access, OptionGroup, OptionValue, Template
from nbcore.model.workspace_kind import IMAGE, POD, WorkspaceKindSpec
from nbcore.permits import Permits, Table, filters_of, namespaces_of, reduced, words_of
from nbcore.resolve.filtering import (
    NO_FILTERS,
    NO_VERDICT,
    Filters,
    Verdict,
    certainly_denied,
    compiled,
    evaluate,
)
from nbcore.resolve.options import Subject, denied, distinct

_SCOPES: Final[Mapping[str, Scope]] = {IMAGE: "IMAGE_CONFIG", POD: "POD_CONFIG"}
"""The scope of the rules about the values of a group."""
_MOST_NAMED: Final = 3
"""So many namespaces are named that have the same."""


# ---- somebody ----


class Audience:
    """Somebody in a namespace who has chosen something: what the filter rules say to them.

    Shape: ``namespace`` are its labels, None where nobody knows them; ``chosen`` are the selected values by
    group. What is not known matches no condition; but what is denied whatever it may be is denied. With
    ``compat`` it is not: upstream allows whatever it is not told enough about.

    Laws: test_what_is_unknown_is_denied_only_where_everything_is.
    """

    def __init__(
        self,
        filters: Filters,
        namespace: Labels | None,
        chosen: Mapping[str, OptionValue],
        *,
        compat: bool = False,
    ) -> None:
        self._filters = filters
        self._namespace = namespace
        self._image, self._pod = (
            chosen[group].display.labels if group in chosen else None for group in (IMAGE, POD)
        )
        self._compat = compat
        self._words = words_of(filters)
        self._known: dict[tuple[str, tuple[str | bool, ...]], Verdict] = {}

    def of_kind(self) -> Verdict:
        """What becomes of the kind as a whole."""
        return self._verdict("WORKSPACE_KIND", {})

    def of_value(self, group: str, value: OptionValue) -> Verdict:
        """What becomes of a value of a group; the same for all values that no rule tells apart."""
        if group not in _SCOPES:
            return NO_VERDICT
        key = (group, reduced(value.display.labels, self._words[group]))
        if key not in self._known:
            self._known[key] = self._verdict(_SCOPES[group], value.display.labels)
        return self._known[key]

    def _verdict(self, scope: Scope, own: Labels) -> Verdict:
        namespace, image, pod = self._namespace, self._image, self._pod
        if not self._compat and None in (namespace, image, pod) and self._is_certain(scope, own):
            # so it is denied whatever the unknown labels are: also where there are none, which says by what rule
            namespace, image, pod = namespace or {}, image or {}, pod or {}
        return evaluate(
            self._filters, scope, own, namespace_labels=namespace, image_labels=image, pod_labels=pod
        )

    def denies_kind(self) -> bool:
        """Whether the kind is denied whatever is not known."""
        return self._is_certain("WORKSPACE_KIND", {})

    def denies(self, group: str, value: OptionValue) -> bool:
        """Whether a value of a group is denied whatever is not known."""
        return group in _SCOPES and self._is_certain(_SCOPES[group], value.display.labels)

    def _is_certain(self, scope: Scope, own: Labels) -> bool:
        return certainly_denied(
            self._filters,
            scope,
            own,
            image_labels=self._image,
            pod_labels=self._pod,
            namespaces=None if self._namespace is None else [self._namespace],
        )


# ---- what a Notebook may use ----


def denials(
    notebook: Notebook, template: Template, catalog: Catalog, *, compat: bool = False
) -> Iterator[Finding]:
    """The kind, and each option, that the filter rules deny to a Notebook's namespace (NB701, NB702).

    Shape: of a namespace that the catalog does not hold the labels are unknown: only what is denied everywhere
    is. An option is judged beside the other one that the Notebook chose. With ``compat`` there is nothing to
    say: upstream denies in words only.
    """
    filters = NO_FILTERS if compat else filters_of(template, catalog)
    if filters is NO_FILTERS:
        return
    namespace = notebook.metadata.namespace
    chosen = _chosen(notebook, template)
    audience = Audience(filters, catalog.namespace_labels(namespace), chosen)
    where = f"in the namespace {namespace[:64]}" if namespace else "in any namespace"
    if audience.denies_kind():
        what = f"the {template.kind} {template.metadata.name[:64]}"
        path: tuple[str, ...] = ("spec", "templateRef")
        message = f"{what} may not be used {where}"
        yield _denial("NB701", notebook, path, message, audience.of_kind(), template.kind)
    for group, value in chosen.items():
        if audience.denies(group, value):
            message = f"the {group} value {value.id[:64]} may not be used {where}"
            path = ("spec", "options", group)
            yield _denial("NB702", notebook, path, message, audience.of_value(group, value), group)


# ---- what an access rule is closed to ----


class Use(NamedTuple):
    """A Template, or an option value of one, that a Notebook names or that a start leads it to.

    Shape: ``group`` and ``value`` are ``""`` for the Template.
    """

    template: str
    group: str
    value: str

    @property
    def path(self) -> tuple[str, ...]:
        """Where a Notebook names it."""
        return ("spec", "options", self.group) if self.group else ("spec", "templateRef")


def uses(notebook: Notebook, catalog: Catalog) -> dict[Use, Access | None]:
    """What a Notebook uses, each with its access rule."""
    kind = notebook.conventions.template_kind
    start = environment(notebook, catalog)
    ids = dict.fromkeys(one for one in (notebook.template_id, start.template.value) if one)
    found: dict[Use, Access | None] = {}
    for template in (one for one in (catalog.template(kind, id_) for id_ in ids) if one is not None):
        found[Use(template.id, "", "")] = template.spec.access
        for group in distinct(template.spec.options):
            result = start.selection.get(group.id)
            named = (notebook.spec.options.get(group.id, group.default), result.value if result else None)
            values = (group.value(one) for one in named if one)
            found.update(
                {Use(template.id, group.id, one.id): one.access for one in values if one is not None}
            )
    return found


def closed_to(
    notebook: Notebook,
    used: Mapping[Use, Access | None],
    labels: Labels | None,
    subject: Subject | None = None,
) -> Iterator[Finding]:
    """What of all that a Notebook uses an access rule keeps it from.

    Shape: ``labels`` are those of its namespace (NB701, NB702) and ``subject`` is who asks (NB711, NB712); what
    is not known denies nothing.
    """
    for one, access in used.items():
        code, reason = "NB702" if one.group else "NB701", denied(access, labels, None)
        if reason is None:
            code, reason = "NB712" if one.group else "NB711", denied(access, None, subject)
        if reason is not None:
            what = (
                f"the {one.group} value {one.value[:64]}"
                if one.group
                else f"the Template {one.template[:64]}"
            )
            remedy = "Choose another one, or ask its admin to open it to you."
            yield notebook.origin.finding(code, f"{what} may not be used: {reason}", remedy, path=one.path)


def _chosen(notebook: Notebook, template: Template) -> dict[str, OptionValue]:
    """The values that a Notebook names, by group, as far as they exist."""
    named = notebook.spec.options
    found = {
        group.id: group.value(named.get(group.id, group.default or "")) for group in template.spec.options
    }
    return {group: value for group, value in found.items() if value is not None}


def _denial(
    code: str, notebook: Notebook, path: tuple[str, ...], message: str, verdict: Verdict, what: str
) -> Finding:
    said = f"{message}: {verdict.message}" if verdict.message else message
    remedy = f"Choose another {what}, or ask its admin to allow it."
    return notebook.origin.finding(code, said, remedy, path=path, related=_place(verdict.rule))


def _place(of: FilterRule | OptionValue | None) -> tuple[tuple[Source, Path, Position | None], ...]:
    return () if of is None else ((of.origin.source, of.origin.path(), of.origin.position()),)


# ---- what a kind promises in vain ----


def filter_findings(template: Template, catalog: Catalog, *, compat: bool = False) -> Iterator[Finding]:
    """Every default that nobody may use (NB217), and every redirect that ends with what its users may not (NB220).

    Shape: a value may be used in a namespace where it may be together with some value of the other group; one
    that is left out of what is listed cannot be led to either, though that is a warning. With ``compat`` there is
    nothing to say: upstream filters neither defaults nor redirects.
    """
    filters = NO_FILTERS if compat else filters_of(template, catalog)
    spec = template.spec
    if filters is NO_FILTERS or not isinstance(spec, WorkspaceKindSpec):
        return
    namespaces = namespaces_of(catalog)
    wider = tuple(map(_denying, spec.filters))
    denied = _Openness(template, filters, namespaces)
    unlisted = denied if wider == spec.filters else _Openness(template, compiled(wider), namespaces)
    if not any(denied.of_kind()):
        return  # the kind as a whole is denied
    ways = (
        _Way("may not be used", "error", denied),
        _Way("is not listed", "warning", unlisted),
    )
    for group in template.spec.options:
        if group.id in _SCOPES:
            yield from _default(group, ways)
            yield from _redirects(group, denied, ways)


def _denying(rule: FilterRule) -> FilterRule:
    """The rule, as one that denies the values that it leaves out; what cannot be read stays as it is."""
    if rule.scope not in _SCOPES.values() or rule.deny or not rule.omit or not compiled((rule,)).by_scope:
        return rule
    return rule.model_copy(update={"deny": True})


class _Openness:
    """Which values somebody may use, by namespaces that the rules see alike."""

    def __init__(self, template: Template, filters: Filters, namespaces: Mapping[str, Labels | None]) -> None:
        permits = Permits(template, filters, namespaces)
        groups = [template.spec.group(id_) for id_ in (IMAGE, POD)]
        labels = [[one.display.labels for one in group.values] if group else [] for group in groups]
        table = Table(permits, *labels)
        views = range(len(permits.views))
        self.names = permits.names
        self.open = {IMAGE: [table.images(at) for at in views], POD: [table.pods(at) for at in views]}

    def of_kind(self) -> list[bool]:
        """For each view whether anything may be used at all."""
        return [any(one) for one in self.open[IMAGE]]

    def of_value(self, group: str, at: int) -> list[bool]:
        """For each view whether a value may be used, by its index."""
        return [one[at] for one in self.open[group]]


class _Way(NamedTuple):
    """A way in which people are kept from a value: what is said of it, and to whom it is open all the same."""

    words: str
    severity: Severity
    openness: _Openness


def _default(group: OptionGroup, ways: Sequence[_Way]) -> Iterator[Finding]:
    at = next((at for at, one in enumerate(group.values) if one.id == group.default), None)
    way = next((one for one in ways if at is not None and not any(one.openness.of_value(group.id, at))), None)
    if at is None or way is None:
        return
    yield group.origin.finding(
        "NB217",
        f"the default {group.values[at].id[:64]} of {group.id} {way.words} in any namespace",
        "Make a value the default that people may use.",
        path=("default",),
        related=_place(group.values[at]),
    )


def _redirects(group: OptionGroup, allowed: _Openness, ways: Sequence[_Way]) -> Iterator[Finding]:
    places: dict[str, int] = {}
    for at, value in enumerate(group.values):
        places.setdefault(value.id, at)
    leads = {id_: redirect.to for id_, at in places.items() if (redirect := group.values[at].redirect)}
    ends = _ends(leads)
    for id_ in leads:
        target = places.get(ends[id_])
        if target is None:
            continue  # it leads nowhere, or into a circle: other rules say so
        source = allowed.of_value(group.id, places[id_])
        for way in ways:
            views = _kept_from(source, way.openness.of_value(group.id, target))
            if views:
                yield _in_vain(group, group.values[places[id_]], group.values[target], way, views)
                break


def _kept_from(source: Sequence[bool], target: Sequence[bool]) -> list[int]:
    """The views in which a source is open and its target is not."""
    return [at for at, (here, there) in enumerate(zip(source, target, strict=True)) if here and not there]


def _ends(leads: Mapping[str, str]) -> dict[str, str]:
    """Where each id leads in the end; without those that lead into a circle. The cost is linear."""
    found: dict[str, str] = {}
    for start in leads:
        way: dict[str, None] = {}
        at = start
        while at in leads and at not in way and at not in found:
            way[at] = None
            at = leads[at]
        end = found.get(at, "" if at in way else at)
        found.update(dict.fromkeys(way, end))
    return found


def _where(openness: _Openness, views: Sequence[int]) -> str:
    names = [name for at in views for name in openness.names[at]]
    if len(views) == len(openness.names) or "" in names:
        return "in any namespace"
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"in {', '.join(names[:_MOST_NAMED])}{more}"


def _in_vain(
    group: OptionGroup, source: OptionValue, target: OptionValue, way: _Way, views: Sequence[int]
) -> Finding:
    what = f"the {group.id} value {source.id[:64]} redirects to {target.id[:64]}, which {way.words}"
    return source.origin.finding(
        "NB220",
        f"{what} {_where(way.openness, views)}",
        "Lead people to a value that they may use, or allow this one wherever the source is allowed.",
        path=("redirect", "to"),
        related=_place(target),
        severity=way.severity,
    )
