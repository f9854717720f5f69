"""Laws of filter rules at work: in the combinations of a kind, in forms, and in what they deny to a Workspace."""

from __future__ import annotations

from itertools import product
from typing import Any, TypeAlias

from hypothesis import event, given
from hypothesis import strategies as st

import nbcore
from nbcore.access import Audience, denials
from nbcore.catalog import Catalog
from nbcore.checks import quota as quotas
from nbcore.checks.fault import Fault
from nbcore.combinations import Space
from nbcore.factors import Selection
from nbcore.model.filter_rule import Scope
from nbcore.model.template import Template
from nbcore.permits import Permits, Table, filters_of, permits_of
from nbcore.reachable import Verdict, examined
from nbcore.resolve.filtering import Filters, certainly_denied, combination_denied, evaluate, kind_verdict
from nbcore.surroundings import Surroundings
from tests.laws.filtered_kinds import (
    GROUPS,
    filtered_kinds,
    labels,
    namespace_object,
    namespaces,
    quota,
    workspace,
)
from tests.laws.test_combination_laws import ALL, FEWEST, counts, faults

Json: TypeAlias = Any
Labels: TypeAlias = dict[str, str]

OPTION_SCOPES: tuple[Scope, Scope] = ("IMAGE_CONFIG", "POD_CONFIG")
KUBEFLOW = nbcore.Settings(compat="kubeflow")


CLUSTER = "kube-system"
"""Where it is given, the namespaces are all that there are."""


def catalog_of(kind: Json, known: dict[str, Labels], *others: Json) -> tuple[Catalog, Template]:
    cluster = [namespace_object(CLUSTER, {})] if known else []
    catalog = Catalog([kind, *(namespace_object(*one) for one in known.items()), *cluster, *others])
    assert not catalog.findings
    (template,) = catalog.templates
    return catalog, template


def is_denied(filters: Filters, namespace: Labels | None, image: Labels, pod: Labels) -> bool:
    """Whether a selection is denied in a namespace of which all labels are known."""
    return (
        kind_verdict(filters, namespace).deny
        or evaluate(filters, "IMAGE_CONFIG", image, namespace_labels=namespace, pod_labels=pod).deny
        or evaluate(filters, "POD_CONFIG", pod, namespace_labels=namespace, image_labels=image).deny
    )


# ---- combinations ----

some = st.lists(labels, min_size=1, max_size=5)


@given(filtered_kinds(), some, some, st.lists(st.none() | labels, min_size=1, max_size=4))
def test_the_table_of_what_is_denied_agrees_with_brute_force(
    kind: Json, images: list[Labels], pods: list[Labels], known: list[Labels | None]
) -> None:
    catalog, template = catalog_of(kind, {})
    filters = filters_of(template, catalog)
    permits = Permits(template, filters, {f"n{at}": one for at, one in enumerate(known)})
    table = Table(permits, images, pods)
    view_of = {name: at for at, names in enumerate(permits.names) for name in names}
    assert sorted(view_of) == [f"n{at}" for at in range(len(known))]
    for (at, namespace), (i, image), (j, pod) in product(
        enumerate(known), enumerate(images), enumerate(pods)
    ):
        denied = bool(table.row(i, view_of[f"n{at}"]) >> j & 1)
        event("denied" if denied else "not denied")
        spaces = None if namespace is None else [namespace]
        assert denied == combination_denied(filters, image_labels=image, pod_labels=pod, namespaces=spaces)
        if namespace is not None:
            assert denied == is_denied(filters, namespace, image, pod)
    for i, j in product(range(len(images)), range(len(pods))) if known else ():
        rows = [table.row(i, view) for view in range(len(permits.views))]
        assert table.nowhere(i) >> j & 1 == all(row >> j & 1 for row in rows)
    together(table, permits)


def together(table: Table, permits: Permits) -> None:
    """What is told apart differs, and what is not does not."""
    views = range(len(permits.views))
    images, pods = table.told_apart(views)
    for (i, one), (j, other) in product(enumerate(images), repeat=2):
        assert (one == other) == all(table.row(i, view) == table.row(j, view) for view in views)
    rows = [table.row(i, view) for i in range(len(images)) for view in views]
    for (i, one), (j, other) in product(enumerate(pods), repeat=2):
        assert (one == other) == all(row >> i & 1 == row >> j & 1 for row in rows)


@given(filtered_kinds(), namespaces, st.lists(labels, max_size=3))
def test_what_filters_leave_is_what_brute_force_leaves(
    kind: Json, known: dict[str, Labels], others: list[Labels]
) -> None:
    catalog, template = catalog_of(kind, known)
    permits = permits_of(template, catalog)
    space = Space(template, (), frozenset(), permits=permits)
    rows = list(space.every())
    assert len(rows) == space.total
    pairs = {tuple(space.selection(row).options[group] for group in GROUPS) for row in rows}
    filters = filters_of(template, catalog)
    images, pods = (group.values for group in template.spec.options)
    spaces = [catalog.namespace_labels(one) for one in (*known, CLUSTER)] if known else [*others, {}]
    open_to_some = {
        (image.id, pod.id)
        for image, pod, namespace in product(images, pods, spaces)
        if not is_denied(filters, namespace, image.display.labels, pod.display.labels)
    }
    for image, pod in product(images, pods) if known else ():
        if permits is None:
            break
        chosen = dict(zip(GROUPS, (image.id, pod.id), strict=True))
        assert list(permits.open_to(chosen, ["", *known])) == [
            "",
            *(
                name
                for name in known
                if not is_denied(
                    filters, catalog.namespace_labels(name), image.display.labels, pod.display.labels
                )
            ),
        ]
    event("some denied" if len(open_to_some) < len(images) * len(pods) else "nothing denied")
    assert pairs == open_to_some if known else pairs >= open_to_some
    out_of_reach = {one.id for _, one in space.unreachable()}
    reached = {id_ for pair in pairs for id_ in pair}
    assert out_of_reach == {one.id for one in (*images, *pods)} - reached
    assert space.constraints.pairs() in (None, space.total)


def verdict(catalog: Catalog, template: Template, whole: int) -> Verdict:
    surroundings, permits = Surroundings(catalog), permits_of(template, catalog)

    def judge(pod: dict[str, Any], selection: Selection) -> list[Fault]:
        spaces = surroundings.bounded_for(None)
        allowed = spaces if permits is None else permits.open_to(selection.options, spaces)
        return [
            fault._replace(message=f"in {space}: {fault.message}")
            for space in allowed
            for fault in quotas.check(pod, surroundings.budget(space))
        ]

    return examined(template, catalog, judge, whole=whole, permits=permits)


@given(filtered_kinds(), namespaces)
def test_the_reduction_agrees_with_brute_force_where_budgets_differ(
    kind: Json, known: dict[str, Labels]
) -> None:
    budgets = [quota(name, cpu) for name, cpu in zip(known, ("2", "4", "500m"), strict=False)]
    catalog, template = catalog_of(kind, known, *budgets)
    every, few = (verdict(catalog, template, whole) for whole in (ALL, FEWEST))
    event("something is refused" if every.findings else "nothing is refused")
    assert every.pods == few.pods == every.rendered
    assert faults(few.findings) == faults(every.findings)
    assert {one.message for one in few.findings} == {one.message for one in every.findings}
    assert counts(few.findings) == counts(every.findings)


# ---- somebody ----


@given(filtered_kinds(), st.none() | labels, st.booleans(), st.booleans())
def test_what_is_unknown_is_denied_only_where_everything_is(
    kind: Json, namespace: Labels | None, first: bool, second: bool
) -> None:
    catalog, template = catalog_of(kind, {})
    filters = filters_of(template, catalog)
    groups = [group for group, chosen in zip(template.spec.options, (first, second), strict=True) if chosen]
    chosen = {group.id: group.values[0] for group in groups}
    context = {
        "namespace_labels": namespace,
        "image_labels": chosen["imageConfig"].display.labels if first else None,
        "pod_labels": chosen["podConfig"].display.labels if second else None,
    }
    by_default = Audience(filters, namespace, chosen)
    as_upstream = Audience(filters, namespace, chosen, compat=True)
    for group, scope in zip(template.spec.options, OPTION_SCOPES, strict=True):
        for value in group.values:
            plain = evaluate(filters, scope, value.display.labels, **context)
            assert as_upstream.of_value(group.id, value) == plain
            found = by_default.of_value(group.id, value)
            certain = certainly_denied(
                filters,
                scope,
                value.display.labels,
                image_labels=context["image_labels"],
                pod_labels=context["pod_labels"],
                namespaces=None if namespace is None else [namespace],
            )
            assert certain == by_default.denies(group.id, value)
            assert found.deny == (plain.deny or certain)
            if found != plain:
                event("denied though unknown")
                assert found.deny
                for other in ({}, {"aa": "x"}, {"aa": "y", "bb": "x"}, {"bb": "z"}):
                    known = {name: other if one is None else one for name, one in context.items()}
                    assert evaluate(filters, scope, value.display.labels, **known).deny


asked = st.sampled_from((None, *(f"team-{at}" for at in range(4))))
chosen_ids = st.fixed_dictionaries(
    {},
    optional={
        group: st.sampled_from([f"{name}-{at}" for at in range(5)])
        for group, name in zip(GROUPS, ("image", "pod"), strict=True)
    },
)


def listed_by_upstream(
    kind: Json, filters: Filters, known: Labels | None, context: dict[str, str]
) -> dict[str, list[tuple[str, bool, bool]]] | None:
    """What upstream's listvalues answers (§4.2.4): ids with hidden and deny; None where it refuses to answer."""
    groups = {group: kind["spec"]["podTemplate"]["options"][group]["values"] for group in GROUPS}
    of: dict[str, Labels | None] = {}
    for group in GROUPS:
        found = [one for one in groups[group] if one["id"] == context.get(group)]
        if group in context and not found:
            return None
        of[group] = written_labels(found[0]) if found else None
        groups[group] = found or groups[group]
    answer: dict[str, list[tuple[str, bool, bool]]] = {group: [] for group in GROUPS}
    for group, scope in zip(GROUPS, OPTION_SCOPES, strict=True):
        for one in groups[group]:
            said = evaluate(
                filters,
                scope,
                written_labels(one),
                namespace_labels=known,
                image_labels=of["imageConfig"],
                pod_labels=of["podConfig"],
            )
            if not said.omit:
                answer[group].append((one["id"], said.hide, said.deny))
    return answer


def written_labels(one: Json) -> Labels:
    return {label["key"]: label["value"] for label in one["spawner"].get("labels", ())}


@given(filtered_kinds(), namespaces, asked, chosen_ids)
def test_choices_in_compat_are_those_that_upstream_lists(
    kind: Json, known: dict[str, Labels], namespace: str | None, context: dict[str, str]
) -> None:
    catalog, template = catalog_of(kind, known)
    found = catalog.namespace_labels(namespace) if namespace else None
    filters = filters_of(template, catalog, compat=True)
    wanted = listed_by_upstream(kind, filters, found, context)
    answer = nbcore.choices(template, catalog, namespace=namespace, selected=context, settings=KUBEFLOW)
    event("an answer" if wanted is not None else "an error")
    assert bool(answer.findings) == (wanted is None)
    listed = {
        group.id: [(one.id, one.hidden, one.denied is not None) for one in group.values]
        for group in answer.groups
    }
    assert listed == (wanted or {})


@given(filtered_kinds(), namespaces, asked)
def test_what_is_offered_is_not_denied(kind: Json, known: dict[str, Labels], namespace: str | None) -> None:
    catalog, template = catalog_of(kind, known)
    choices = nbcore.choices(template, catalog, namespace=namespace)
    defaults = {group.id: str(group.default) for group in template.spec.options}
    is_known = namespace in known
    for group in choices.groups:
        for offer in group.values:
            chosen = {**defaults, group.id: offer.id}
            document = workspace(namespace or "elsewhere", *chosen.values())
            found = list(denials(Catalog([document]).notebooks[0], template, catalog))
            refused = any(one.code == "NB702" and one.path[-1] == group.id for one in found)
            event("denied" if refused else "allowed")
            assert refused <= (offer.denied is not None)
            assert refused == (offer.denied is not None) or not is_known
            kind_refused = any(one.code == "NB701" for one in found)
            assert kind_refused == (choices.denied is not None)
            ends = [one for one in group.values if one.id == offer.redirect]
            assert all(one.denied is None for one in ends)
            assert len(ends) == (offer.redirect is not None)
