"""Label selectors: ``matchLabels`` and ``matchExpressions``, read and evaluated.

An empty selector matches everything, an absent one (None) nothing. This module refuses to know what is
selected, and the one-line notation of the command line.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from nbcore.kubernetes.names import problem_with_label_key, problem_with_label_value

Labels: TypeAlias = Mapping[str, str]
Problem: TypeAlias = tuple[tuple[str | int, ...], str]
"""Where in the selector something is wrong, and what."""

_ABSENT = None
_MATCHES: Mapping[str, Callable[[str | None, frozenset[str]], bool]] = {
    "In": lambda value, values: value in values,
    "NotIn": lambda value, values: value not in values,
    "Exists": lambda value, _: value is not _ABSENT,
    "DoesNotExist": lambda value, _: value is _ABSENT,
}
_WITH_VALUES = frozenset(("In", "NotIn"))
_FIELDS = frozenset(("matchLabels", "matchExpressions"))
_EXPRESSION_FIELDS = frozenset(("key", "operator", "values"))
_MOST_VALUES_SHOWN = 5


class Requirement(NamedTuple):
    """One thing that a selector asks of the labels; ``values`` in the order written."""

    key: str
    operator: str
    values: tuple[str, ...] = ()
    members: frozenset[str] = frozenset()

    def matches(self, labels: Labels) -> bool:
        """Whether the labels fulfil it; NotIn and DoesNotExist hold for a key that is absent."""
        return _MATCHES[self.operator](labels.get(self.key), self.members)

    def __str__(self) -> str:
        if self.operator == "Exists":
            return f"label {self.key}"
        if self.operator == "DoesNotExist":
            return f"no label {self.key}"
        if self.operator == "In" and len(self.values) == 1:
            return f"label {self.key}={self.values[0]}"
        return f"label {self.key} {'in' if self.operator == 'In' else 'not in'} ({_some(self.values)})"


class Selector(NamedTuple):
    """A valid label selector.

    Laws: without requirements it matches everything; it matches exactly when every requirement does.
    """

    requirements: tuple[Requirement, ...] = ()

    @classmethod
    def parse(cls, value: Any) -> tuple[Selector | None, list[Problem]]:
        """The selector that a JSON value stands for, and the problems; with a problem there is no selector.

        Shape: None, the absent selector, has neither; `matches` of this module takes it as "nothing".
        """
        if value is None:
            return None, []
        problems = list(_problems(value))
        return (None, problems) if problems else (cls(tuple(_requirements(value))), [])

    def matches(self, labels: Labels | None) -> bool:
        """Whether the labels fulfil every requirement; None counts as no labels."""
        present = labels or {}
        return all([requirement.matches(present) for requirement in self.requirements])  # noqa: C419 - faster

    def first_failure(self, labels: Labels | None) -> Requirement | None:
        """The first requirement that the labels do not fulfil, or None."""
        present = labels or {}
        return next((one for one in self.requirements if not one.matches(present)), None)


def matches(selector: Mapping[str, Any] | None, labels: Labels | None) -> bool:
    """Whether a JSON selector selects the labels; an absent or invalid one selects nothing."""
    parsed, _ = Selector.parse(selector)
    return parsed is not None and parsed.matches(labels)


def explain(selector: Mapping[str, Any] | None, labels: Labels | None, subject: str = "the pod") -> str:
    """Why a JSON selector does not select the labels, in a short sentence; ``""`` when it does."""
    parsed, problems = Selector.parse(selector)
    if parsed is None:
        return f"the selector is not valid: {problems[0][1]}" if problems else "there is no selector"
    failure = parsed.first_failure(labels)
    if failure is None:
        return ""
    value = (labels or {}).get(failure.key)
    has = f"no label {failure.key}" if value is None else f"{failure.key}={value}"
    return f"needs {failure}, {subject} has {has}"


def _some(values: tuple[str, ...]) -> str:
    more = len(values) - _MOST_VALUES_SHOWN
    shown = ", ".join(values[:_MOST_VALUES_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown


# ---- reading ----


def _requirements(value: Mapping[str, Any]) -> Iterator[Requirement]:
    for key, label in (value.get("matchLabels") or {}).items():
        yield Requirement(key, "In", (label,), frozenset((label,)))
    for expression in value.get("matchExpressions") or ():
        values = tuple(expression.get("values") or ())
        yield Requirement(expression["key"], expression["operator"], values, frozenset(values))


def _problems(value: Any) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield (), "a label selector must be an object"
        return
    yield from _unknown(value, _FIELDS)
    labels, expressions = value.get("matchLabels"), value.get("matchExpressions")
    if isinstance(labels, Mapping):
        yield from _problems_of_labels(labels)
    elif labels is not None:
        yield ("matchLabels",), "must be an object"
    if isinstance(expressions, list | tuple):
        for index, expression in enumerate(expressions):
            yield from _below(("matchExpressions", index), _problems_of_expression(expression))
    elif expressions is not None:
        yield ("matchExpressions",), "must be a list"


def _problems_of_labels(labels: Mapping[Any, Any]) -> Iterator[Problem]:
    for key, label in labels.items():
        for problem in (problem_with_label_key(key), problem_with_label_value(label)):
            if problem:
                yield ("matchLabels", str(key)), problem


def _problems_of_expression(expression: Any) -> Iterator[Problem]:
    if not isinstance(expression, Mapping):
        yield (), "must be an object"
        return
    yield from _unknown(expression, _EXPRESSION_FIELDS)
    if problem := problem_with_label_key(expression.get("key")):
        yield ("key",), problem
    operator, values = expression.get("operator"), expression.get("values")
    if not isinstance(operator, str) or operator not in _MATCHES:
        yield ("operator",), f"must be one of {', '.join(_MATCHES)}"
    elif operator in _WITH_VALUES and not values:
        yield ("values",), f"must hold at least one value for {operator}"
    elif operator not in _WITH_VALUES and values:
        yield ("values",), f"must be left out for {operator}"
    yield from _problems_of_values(values)


def _problems_of_values(values: Any) -> Iterator[Problem]:
    if values is not None and not isinstance(values, list | tuple):
        yield ("values",), "must be a list"
        return
    for index, value in enumerate(values or ()):
        if problem := problem_with_label_value(value):
            yield ("values", index), problem


def _unknown(value: Mapping[Any, Any], known: frozenset[str]) -> Iterator[Problem]:
    for field in value:
        if field not in known:
            yield (str(field),), f"there is no field {json.dumps(str(field))} in a label selector"


def _below(path: tuple[str | int, ...], problems: Iterator[Problem]) -> Iterator[Problem]:
    return ((path + inner, message) for inner, message in problems)
