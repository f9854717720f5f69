"""Selectors as a pod writes them: by labels, and by the labels or fields of nodes.

Refuses to know what is selected and what matches.
Source: k8s.io/apimachinery/pkg/apis/meta/v1/validation, ValidateLabelSelector; k8s.io/kubernetes
pkg/apis/core/validation, ValidateNodeSelectorRequirement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from nbcore.checks.fault import Fault, Faults, RawPath
from nbcore.checks.semantics.metadata import label_faults
from nbcore.checks.semantics.values import Problem, elements, one_of, required_name, valid
from nbcore.kubernetes import names


class Arity(NamedTuple):
    """How many values an operator takes."""

    fits: Callable[[int], bool]
    says: str


NO_VALUES: Final = Arity(lambda count: count == 0, "no values")
SOME_VALUES: Final = Arity(lambda count: count > 0, "at least one value")
ONE_VALUE: Final = Arity(lambda count: count == 1, "exactly one value")


class Grammar(NamedTuple):
    """What a requirement of one sort of selector may say.

    Shape: ``key`` and ``value`` are the problems of a key and of a value, None where any text will do.
    """

    operators: Mapping[str, Arity]
    key: Problem = names.problem_with_label_key
    value: Problem | None = names.problem_with_label_value


_LABEL_OPERATORS = {"In": SOME_VALUES, "NotIn": SOME_VALUES, "Exists": NO_VALUES, "DoesNotExist": NO_VALUES}
LABELS: Final = Grammar(_LABEL_OPERATORS)
NODE_LABELS: Final = Grammar({**_LABEL_OPERATORS, "Gt": ONE_VALUE, "Lt": ONE_VALUE})


def selector_faults(code: str, path: RawPath, selector: Mapping[str, Any] | None) -> Faults:
    """What is wrong with a label selector; nothing with one that is absent or empty."""
    given = selector or {}
    yield from label_faults(code, (*path, "matchLabels"), given.get("matchLabels"), "the label")
    yield from requirement_faults(code, path, given, "matchExpressions", LABELS)


def requirement_faults(
    code: str, path: RawPath, holder: Mapping[str, Any], field: str, grammar: Grammar
) -> Faults:
    """What is wrong with the requirements (key, operator, values) that a field lists."""
    for index, requirement in elements(holder, field):
        yield from _requirement(code, (*path, field, index), requirement, grammar)


def _requirement(code: str, path: RawPath, requirement: Mapping[str, Any], grammar: Grammar) -> Faults:
    operator, values = requirement.get("operator") or "", requirement.get("values") or []
    yield from required_name(code, (*path, "key"), "the key", requirement.get("key"), grammar.key)
    yield from one_of(code, (*path, "operator"), "the operator", operator, grammar.operators)
    arity = grammar.operators.get(operator)
    if arity and not arity.fits(len(values)):
        message = f"the operator {operator} takes {arity.says}, and there are {len(values) or 'none'}"
        yield Fault(code, (*path, "values"), message, f"Give {arity.says}, or choose another operator.")
    if grammar.value:
        for index, value in enumerate(values):
            yield from valid(code, (*path, "values", index), "the value", value, grammar.value)
