"""Permits: which option values of a kind anybody may have in which namespace, alone and together.

The filter rules of a kind look at the labels of the namespace and of the chosen values. Here they are asked about
all combinations at once: the values that a rule matches are the bits of a number, and values that no rule tells
apart are one class, so that thousands of values cost what a few do.

Refuses to know how rules are read, users and groups, and what a value puts into a pod. Namespaces whose labels are
not given may have any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, NamedTuple, TypeAlias

from nbcore.catalog import Catalog
from nbcore.kubernetes.selector import Labels, Selector
from nbcore.model.filter_rule import About, Scope
from nbcore.model.template import Template
from nbcore.model.workspace_kind import IMAGE, POD, WorkspaceKindSpec
from nbcore.resolve.filtering import NO_FILTERS, Filters, compiled

_SCOPES: Final[tuple[Scope, ...]] = ("WORKSPACE_KIND", "IMAGE_CONFIG", "POD_CONFIG")
_OF_A_CLUSTER: Final = "kube-system"
"""A namespace that every cluster has, and hardly any repository."""
_BOUNDING: Final = ("ResourceQuota", "LimitRange")

Words: TypeAlias = Mapping[str, frozenset[str]]
"""The keys that selectors name, each with the values that they name."""
View: TypeAlias = tuple[tuple[bool | None, ...], ...]
"""What the rules of each scope see in a namespace: whether it is one of theirs, None where that is not known."""


def filters_of(template: Template, catalog: Catalog, *, compat: bool = False) -> Filters:
    """The filter rules of a Template, read once for all who ask with the same catalog; none in most dialects.

    Shape: with ``compat`` what cannot be read of them is dropped, as upstream does.
    """
    spec = template.spec
    if not isinstance(spec, WorkspaceKindSpec) or not spec.filters:
        return NO_FILTERS
    key = ("filters", compat, template.kind, template.id)
    kept: tuple[Template, Filters] | None = catalog.memo.get(key)
    if kept is None or kept[0] is not template:
        kept = catalog.memo[key] = (template, compiled(spec.filters, drop_broken=compat))
    return kept[1]


def permits_of(template: Template, catalog: Catalog, *, compat: bool = False) -> Permits | None:
    """What the filter rules leave of a Template in the namespaces of a catalog; None where they deny nothing.

    Shape: with ``compat`` that is always so: upstream says what is denied, and lets everybody have it.
    """
    filters = NO_FILTERS if compat else filters_of(template, catalog)
    denies = any(rule.verdict.deny for rules in filters.by_scope.values() for rule in rules)
    if not denies:
        return None
    return Permits(template, filters, namespaces_of(catalog), frozenset(_bounded(catalog)))


def namespaces_of(catalog: Catalog) -> dict[str, Labels | None]:
    """The namespaces that there are, with their labels; ``""`` stands for any others.

    Shape: those that are given are all only where a cluster was dumped, which shows in its own namespace.
    """
    given = {one.name for one in catalog.list("Namespace")}
    used = (one.metadata.namespace for one in catalog.notebooks)
    names = sorted({*given, *used, *_bounded(catalog)} - {""})
    known: dict[str, Labels | None] = {name: catalog.namespace_labels(name) for name in names}
    return known if _OF_A_CLUSTER in given else {**known, "": None}


def _bounded(catalog: Catalog) -> Iterator[str]:
    """The namespaces that have a budget."""
    return (one.namespace for kind in _BOUNDING for one in catalog.list(kind))


# ---- what rules can tell apart ----


def words_of(filters: Filters) -> dict[str, Words]:
    """What the selectors name, by whose labels they look at."""
    found: dict[str, dict[str, frozenset[str]]] = {"namespace": {}, IMAGE: {}, POD: {}}
    for rules in filters.by_scope.values():
        for test in (test for rule in rules for test in rule.tests):
            words = found[test.about]
            for one in test.selector.requirements:
                words[one.key] = words.get(one.key, frozenset()) | one.members
    return dict(found)


def reduced(labels: Labels, words: Words) -> tuple[str | bool, ...]:
    """All that selectors can tell of labels: of each key the value where they name it, else whether it is there."""
    return tuple(
        labels[key] if key in labels and labels[key] in named else key in labels
        for key, named in words.items()
    )


def _classes(every: Iterable[Labels], words: Words) -> tuple[list[int], list[Labels]]:
    """For each one's labels the number of its class, and the labels of one member of each class."""
    numbers: dict[Any, int] = {}
    found: list[Labels] = []
    classes = []
    for labels in every:
        at = numbers.setdefault(reduced(labels, words), len(found))
        if at == len(found):
            found.append(labels)
        classes.append(at)
    return classes, found


# ---- namespaces ----


class Permits:
    """What the filter rules of a kind deny in some namespaces.

    Shape: ``views`` are the ways in which the rules see a namespace, each with the ``names`` of those that they
    see so; ``bounded`` are the numbers of the views of namespaces with a budget. Only what is certainly denied
    is.
    """

    def __init__(
        self,
        template: Template,
        filters: Filters,
        namespaces: Mapping[str, Labels | None],
        bounded: frozenset[str] = frozenset(),
    ) -> None:
        self.rules = tuple(filters.by_scope.get(scope, ()) for scope in _SCOPES)
        self.words = words_of(filters)
        views: dict[View, list[str]] = {}
        for view, names in self._seen(namespaces):
            views.setdefault(view, []).extend(names)
        self.views = tuple(views)
        self.names = tuple(map(tuple, views.values()))
        self.bounded = tuple(at for at, names in enumerate(self.names) if not bounded.isdisjoint(names))
        self._view_of = {name: at for at, names in enumerate(self.names) for name in names}
        self._template = template
        self._closed: dict[Any, frozenset[int]] = {}

    def _seen(self, namespaces: Mapping[str, Labels | None]) -> Iterator[tuple[View, list[str]]]:
        """The view of namespaces that the rules cannot tell apart, once for all of them."""
        words = self.words["namespace"]
        alike: dict[Any, list[str]] = {}
        for name, labels in namespaces.items():
            alike.setdefault(None if labels is None else reduced(labels, words), []).append(name)
        for names in alike.values():
            labels = namespaces[names[0]]
            yield tuple(self._view(scope, labels) for scope in range(len(_SCOPES))), names

    def _view(self, scope: int, namespace: Labels | None) -> tuple[bool | None, ...]:
        """What the rules of one scope see; no condition on an option holds for the kind as a whole."""
        subjects: dict[About, Labels | None] = {"namespace": namespace}
        whole = _SCOPES[scope] == "WORKSPACE_KIND"
        return tuple(
            _all({one.is_certain(subjects) for one in rule.tests if whole or one.about == "namespace"})
            for rule in self.rules[scope]
        )

    def open_to(self, chosen: Mapping[str, str], namespaces: Iterable[str]) -> tuple[str, ...]:
        """Those of the namespaces in which a selection may be used; one that is not known here is among them.

        Shape: ``chosen`` are the ids of values by group; what does not exist has no labels.
        """
        image, pod = (self._labels[group].get(chosen.get(group, ""), {}) for group in (IMAGE, POD))
        key = (reduced(image, self.words[IMAGE]), reduced(pod, self.words[POD]))
        closed = self._closed.get(key)
        if closed is None:
            table = Table(self, [image], [pod])
            closed = frozenset(at for at in range(len(self.views)) if table.row(0, at))
            self._closed[key] = closed
        return tuple(name for name in namespaces if self._view_of.get(name) not in closed)

    @cached_property
    def _labels(self) -> dict[str, dict[str, Labels]]:
        """The labels of every value, by group and id."""
        groups = {group: self._template.spec.group(group) for group in (IMAGE, POD)}
        return {
            group: {one.id: one.display.labels for one in reversed(found.values)} if found else {}
            for group, found in groups.items()
        }


def _all(found: set[bool | None]) -> bool | None:
    """Whether all of something is so; None where that is not known."""
    if False in found:
        return False
    return None if None in found else True


# ---- combinations ----


class _Matched(NamedTuple):
    """A rule and what it matches, as bits: classes of images, and pod configs."""

    denies: bool
    images: int
    pods: int


class Table:
    """Which images and pod configs nobody may have together, in each view of a namespace.

    Shape: a row has a bit for each pod config, which is set where the image, the pod config beside it, or the
    kind as a whole is denied; ``every`` is the row of an image that nobody may have.

    Laws: test_the_table_of_what_is_denied_agrees_with_brute_force.
    """

    def __init__(self, permits: Permits, images: Sequence[Labels], pods: Sequence[Labels]) -> None:
        self.every = (1 << len(pods)) - 1
        self._views = permits.views
        self._class_of, of_images = _classes(images, permits.words[IMAGE])
        class_of_pod, of_pods = _classes(pods, permits.words[POD])
        self._pod_classes = len(of_pods)
        masks = [0] * len(of_pods)
        for at, one in enumerate(class_of_pod):
            masks[one] |= 1 << at
        by_image = _Masks([(labels, 1 << at) for at, labels in enumerate(of_images)])
        by_pod = _Masks(zip(of_pods, masks, strict=True))
        self._rules = [
            [
                _Matched(
                    rule.verdict.deny,
                    by_image.matching([one.selector for one in rule.tests if one.about == IMAGE]),
                    by_pod.matching([one.selector for one in rule.tests if one.about == POD]),
                )
                for rule in rules
            ]
            for rules in permits.rules
        ]
        self._rows: dict[tuple[int, int], int] = {}
        self._nowhere: dict[int, int] = {}

    def row(self, image: int, view: int) -> int:
        """The pod configs that nobody may have with an image, in the namespaces of a view."""
        key = (self._class_of[image], view)
        found = self._rows.get(key)
        if found is None:
            found = 0
            for rules, here in zip(self._rules, self._views[view], strict=True):
                found |= self._denied(rules, here, 1 << key[0])
            self._rows[key] = found
        return found

    def _denied(self, rules: Sequence[_Matched], here: Sequence[bool | None], image: int) -> int:
        """The pod configs for which, in one scope, every rule that may be the first to match denies, and one does.

        So a rule that is not known to match takes what it matches out of the question, unless it denies too.
        """
        left, denied = self.every, 0
        for rule, matches in zip(rules, here, strict=True):
            met = rule.pods & left if matches is not False and rule.images & image else 0
            if matches and rule.denies:
                denied |= met
            if matches or not rule.denies:
                left &= ~met
            if not left:
                break
        return denied

    def nowhere(self, image: int) -> int:
        """The pod configs that nobody may have with an image, in any namespace."""
        at = self._class_of[image]
        if at not in self._nowhere:
            found = self.every
            for view in range(len(self._views)):
                found &= self.row(image, view) if found else 0
            self._nowhere[at] = found
        return self._nowhere[at]

    def images(self, view: int) -> list[bool]:
        """For each image whether somebody in the namespaces of a view may have it."""
        return [self.row(at, view) != self.every for at in range(len(self._class_of))]

    def pods(self, view: int) -> list[bool]:
        """For each pod config whether somebody in the namespaces of a view may have it."""
        denied = self.every
        for at in range(len(self._class_of)):
            denied &= self.row(at, view)
        closed = set(set_bits(denied))
        return [at not in closed for at in range(self.every.bit_length())]

    def told_apart(self, views: Sequence[int]) -> tuple[list[int], list[int]]:
        """For each image and each pod config a number; those of one number may be used in the same of some views."""
        rows = [tuple(self.row(at, view) for view in views) for at in range(len(self._class_of))]
        numbers: dict[tuple[int, ...], int] = {}
        images = [numbers.setdefault(row, len(numbers)) for row in rows]
        blocks = [self.every] if self.every else []
        for row in dict.fromkeys(one for some in numbers for one in some):
            if len(blocks) == self._pod_classes:
                break
            blocks = [part for block in blocks for part in (block & ~row, block & row) if part]
        pods = [0] * self.every.bit_length()
        for number, block in enumerate(blocks):
            for at in set_bits(block):
                pods[at] = number
        return images, pods


class _Masks:
    """Things with labels, each standing for some bits; what selectors ask is asked once of each value of a label."""

    def __init__(self, every: Iterable[tuple[Labels, int]]) -> None:
        self._all = list(every)
        self._every = 0
        for _, mask in self._all:
            self._every |= mask
        self._by_value: dict[str, dict[str | None, int]] = {}

    def matching(self, selectors: Iterable[Selector]) -> int:
        """The bits of those whose labels all the selectors match."""
        found = self._every
        for one in (one for selector in selectors for one in selector.requirements):
            met = 0
            for value, mask in self._of(one.key).items():
                met |= mask if one.matches({} if value is None else {one.key: value}) else 0
            found &= met
        return found

    def _of(self, key: str) -> dict[str | None, int]:
        """The bits of those with each value of a label, None for those without it."""
        if key not in self._by_value:
            values = self._by_value[key] = {}
            for labels, mask in self._all:
                values[labels.get(key)] = values.get(labels.get(key), 0) | mask
        return self._by_value[key]


def set_bits(number: int) -> Iterator[int]:
    """The places of the bits that are set, the lowest first."""
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest
