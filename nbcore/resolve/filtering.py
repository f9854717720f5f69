"""Filter rules of a kind, evaluated: what is hidden from, left out for and denied to whom.

Rules are read from the top, and the first one that matches decides everything; what it does not say is not
looked up in a later one. This module refuses to know kinds, options and where labels come from: a subject
whose labels are None has not been named, one whose labels are empty has none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from nbcore.kubernetes.selector import Labels, Selector
from nbcore.model.filter_rule import About, Condition, FilterRule, Scope

_OWN: Mapping[Scope, About] = {"IMAGE_CONFIG": "imageConfig", "POD_CONFIG": "podConfig"}
"""The subject that a rule of this scope is itself about: its conditions look at the value's own labels."""

Subjects: TypeAlias = Mapping[About, Labels | None]
"""The labels of every subject that there can be; a kind is judged before anyone chooses an option of it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a kind or an option value; `rule` is the one that says so, None when none matches."""

    hide: bool = False
    omit: bool = False
    deny: bool = False
    message: str | None = None
    rule: FilterRule | None = None


NO_VERDICT = Verdict()
"""Shown, listed and allowed: no rule matches."""


class _Test(NamedTuple):
    """A condition that can be read."""

    about: About
    selector: Selector

    def holds(self, subjects: Subjects) -> bool | None:
        """Whether it holds; None when the labels that it looks at are not known."""
        labels = subjects.get(self.about)
        return None if labels is None else self.selector.matches(labels)

    def is_certain(self, subjects: Subjects) -> bool | None:
        """Whether it holds whatever labels the unknown subjects have; None when that depends on them."""
        if self.about not in subjects:
            return False
        return self.holds(subjects) if self.selector.requirements else True


class _Compiled(NamedTuple):
    """A rule whose selectors have been read, and its verdict where it matches."""

    tests: tuple[_Test, ...]
    verdict: Verdict

    def matches(self, subjects: Subjects) -> bool:
        """Whether every condition holds; one whose subject has not been named does not."""
        return all(test.holds(subjects) for test in self.tests)

    def is_certain(self, subjects: Subjects) -> bool | None:
        """Whether every condition holds whatever the unknown labels are; None when that depends on them."""
        found = {test.is_certain(subjects) for test in self.tests}
        if False in found:
            return False
        return None if None in found else True


@dataclass(frozen=True, slots=True)
class Filters:
    """The filter rules of a kind, read once, by scope and in their order."""

    by_scope: Mapping[Scope, tuple[_Compiled, ...]] = field(default_factory=dict)


NO_FILTERS = Filters()


def compiled(rules: Sequence[FilterRule], *, drop_broken: bool = False) -> Filters:
    """The rules with their selectors read; to be made once per kind and kept by the caller.

    Shape: a condition that cannot be read (a malformed selector, none at all, or no conditions) fails closed:
    it counts as holding in a rule that denies, and as not holding in any other. With ``drop_broken`` it is
    dropped as upstream does, which makes any rule broader; so is a rule that has no other condition.

    Laws: test_what_upstream_denies_is_denied.
    """
    by_scope: dict[Scope, list[_Compiled]] = {}
    for rule in rules:
        tests = tuple(_tests(rule.match))
        broken = len(tests) < len(rule.match) or not rule.match
        if bool(tests) if drop_broken else rule.deny or not broken:
            by_scope.setdefault(rule.scope, []).append(_Compiled(tests, _verdict(rule)))
    return Filters({scope: tuple(found) for scope, found in by_scope.items()})


def _tests(conditions: Sequence[Condition]) -> Iterator[_Test]:
    for condition in conditions:
        selector, _problems = Selector.parse(condition.selector)
        if selector is not None and condition.about is not None:
            yield _Test(condition.about, selector)


def _verdict(rule: FilterRule) -> Verdict:
    return Verdict(rule.hide, rule.omit, rule.deny, rule.deny_message if rule.deny else None, rule)


def evaluate(
    filters: Filters,
    scope: Scope,
    own_labels: Labels,
    *,
    namespace_labels: Labels | None = None,
    image_labels: Labels | None = None,
    pod_labels: Labels | None = None,
) -> Verdict:
    """What the first rule that matches says about a value of the scope, or about the kind.

    Shape: labels that are None are those of a subject that nobody named; no condition on them holds, not even
    an empty selector. For a value, the labels of its own group are ``own_labels``, whatever else is given; for
    the kind no condition on an option holds.

    Laws: test_the_first_match_decides, test_appended_rules_change_nothing_that_matched,
    test_dropping_broken_conditions_agrees_with_the_rules_of_upstream.
    """
    subjects = _subjects(scope, own_labels, namespace_labels, image_labels, pod_labels)
    rules = filters.by_scope.get(scope, ())
    return next((rule.verdict for rule in rules if rule.matches(subjects)), NO_VERDICT)


def kind_verdict(filters: Filters, namespace_labels: Labels | None) -> Verdict:
    """What the rules say about the kind as a whole, for somebody of this namespace."""
    return evaluate(filters, "WORKSPACE_KIND", {}, namespace_labels=namespace_labels)


def _subjects(
    scope: Scope,
    own: Labels,
    namespace: Labels | None,
    image: Labels | None,
    pod: Labels | None,
) -> Subjects:
    about = _OWN.get(scope)
    if about is None:
        return {"namespace": namespace}
    named: dict[About, Labels | None] = {"namespace": namespace, "imageConfig": image, "podConfig": pod}
    return {**named, about: own}


def certainly_denied(
    filters: Filters,
    scope: Scope,
    own_labels: Labels,
    *,
    image_labels: Labels | None = None,
    pod_labels: Labels | None = None,
    namespaces: Sequence[Labels] | None = None,
) -> bool:
    """Whether nobody can have this: it is denied in each of the namespaces, whatever is not known.

    Shape: here labels that are None are unknown, and may be any; so are those of the namespaces when these are
    None or there are none. True is certain, False is not: rules that only together deny everything are not
    added up.

    Laws: test_what_is_certainly_denied_is_denied_to_everybody, test_nothing_unknown_leaves_nothing_uncertain.
    """
    return all(
        _is_denied(filters, scope, _subjects(scope, own_labels, namespace, image_labels, pod_labels))
        for namespace in namespaces or (None,)
    )


def combination_denied(
    filters: Filters,
    *,
    image_labels: Labels | None = None,
    pod_labels: Labels | None = None,
    namespaces: Sequence[Labels] | None = None,
) -> bool:
    """Whether nobody can have this pair: in each of the namespaces its kind, its image or its pod is denied.

    Shape: as for `certainly_denied`; a part of the pair that is None may be any.

    Laws: test_a_combination_that_is_denied_is_denied_to_everybody.
    """
    own: dict[Scope, Labels | None] = {
        "WORKSPACE_KIND": {},
        "IMAGE_CONFIG": image_labels,
        "POD_CONFIG": pod_labels,
    }
    known = {scope: labels for scope, labels in own.items() if labels is not None}
    return all(
        any(
            _is_denied(filters, scope, _subjects(scope, labels, namespace, image_labels, pod_labels))
            for scope, labels in known.items()
        )
        for namespace in namespaces or (None,)
    )


def _is_denied(filters: Filters, scope: Scope, subjects: Subjects) -> bool:
    """Whether every rule that may be the first match denies, and one certainly matches."""
    for rule in filters.by_scope.get(scope, ()):
        certain = rule.is_certain(subjects)
        if certain is not False and not rule.verdict.deny:
            return False
        if certain:
            return True
    return False
