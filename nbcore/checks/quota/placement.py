"""Placement: what of a node a pod asks for by name, labels, fields and tolerations.

Refuses to know amounts, and which nodes there are. Preferred terms do not count: they never refuse a node.
Source: k8s.io/component-helpers/scheduling/corev1/nodeaffinity; ToleratesTaint of k8s.io/api/core/v1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from nbcore.checks.fault import Pod, RawPath
from nbcore.checks.quota.parts import cited, elements, fields, listed, text, texts

_REQUIRED: Final = ("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
AFFINITY: Final[RawPath] = ("spec", *_REQUIRED, "nodeSelectorTerms")
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)
_INT64: Final = range(-(2**63), 2**63)
_GRACE: Final = tuple(f"node.kubernetes.io/{state}" for state in ("not-ready", "unreachable"))
"""Taints that the API server makes every pod tolerate for a while."""


class Taint(NamedTuple):
    """A reason of a node to refuse pods."""

    key: str
    value: str
    effect: str

    def __str__(self) -> str:
        pair = f"{self.key}={self.value}" if self.value else self.key
        return cited(f"{pair}:{self.effect}")


class Condition(NamedTuple):
    """One requirement of a term; ``path`` is where it stands in the pod."""

    key: str
    operator: str
    values: tuple[str, ...]
    members: frozenset[str]
    path: RawPath

    def holds(self, found: Mapping[str, str]) -> bool:
        """Whether the labels, or the fields, fulfil it; an operator that does not exist never does."""
        test = _OPERATORS.get(self.operator)
        return test is not None and test(found.get(self.key), self)

    def __str__(self) -> str:
        values = listed(list(self.values)) if self.values else ""
        return f"{cited(self.key)} {cited(self.operator)} {values}".strip()


_OPERATORS: Final[Mapping[str, Callable[[str | None, Condition], bool]]] = {
    "In": lambda value, one: value in one.members,
    "NotIn": lambda value, one: value not in one.members and bool(one.members),
    "Exists": lambda value, _: value is not None,
    "DoesNotExist": lambda value, _: value is None,
    "Gt": lambda value, one: _compares(value, one, 1),
    "Lt": lambda value, one: _compares(value, one, -1),
}
_FIELD_OPERATORS: Final = ("In", "NotIn")


def _compares(value: str | None, one: Condition, sign: int) -> bool:
    left, right = _integer(value), _integer(one.values[0]) if len(one.values) == 1 else None
    return left is not None and right is not None and (left - right) * sign > 0


def _integer(value: str | None) -> int | None:
    if value is None or not _INTEGER.fullmatch(value):
        return None
    return number if (number := int(value)) in _INT64 else None


class Term(NamedTuple):
    """One alternative of the required affinity: all that it asks of labels and of fields."""

    path: RawPath
    labels: tuple[Condition, ...]
    fields: tuple[Condition, ...]

    def accepts(self, labels: Mapping[str, str], name: str) -> bool:
        """Whether a node is what the term asks for; an empty term accepts none."""
        named = {"metadata.name": name}
        return (
            bool(self.labels or self.fields)
            and all(one.holds(labels) for one in self.labels)
            and all(_field_holds(one, named) for one in self.fields)
        )


def _field_holds(one: Condition, named: Mapping[str, str]) -> bool:
    """A field that is not there is empty, and a condition has one value."""
    if one.operator not in _FIELD_OPERATORS or len(one.values) != 1:
        return False
    return one.holds({one.key: named.get(one.key, "")})


class Placement(NamedTuple):
    """Where a pod may run.

    Shape: ``terms`` is None without required affinity; ``node_name`` is ``""`` for a pod to be scheduled.
    Laws: test_a_further_toleration_refuses_no_node.
    """

    node_name: str
    selector: Mapping[str, str]
    terms: tuple[Term, ...] | None
    exists: frozenset[tuple[str, str]]
    equal: frozenset[tuple[str, str, str]]

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Whether a node with these labels is one of the nodeSelector."""
        return all(labels.get(key) == value for key, value in self.selector.items())

    def accepts(self, labels: Mapping[str, str], name: str) -> bool:
        """Whether the required affinity accepts such a node."""
        return self.terms is None or any(one.accepts(labels, name) for one in self.terms)

    def tolerates(self, taint: Taint) -> bool:
        """Whether one of the tolerations is for the taint."""
        keys, effects = ("", taint.key), ("", taint.effect)
        return any(
            (key, effect) in self.exists or (key, taint.value, effect) in self.equal
            for key in keys
            for effect in effects
        )


def placement(pod: Pod) -> Placement:
    """Where the pod may run, with the tolerations that the API server adds."""
    spec = fields(pod, "spec")
    selector = {key: text(one) for key, one in fields(spec, "nodeSelector").items()}
    required = fields(spec, *_REQUIRED[:-1]).get(_REQUIRED[-1])
    terms = tuple(_terms(required.get(AFFINITY[-1]))) if isinstance(required, dict) else None
    exists = {(key, "NoExecute") for key in _GRACE}
    equal: set[tuple[str, str, str]] = set()
    for _, one in elements(spec.get("tolerations")):
        key, effect, operator = text(one.get("key")), text(one.get("effect")), one.get("operator")
        if operator == "Exists":
            exists.add((key, effect))
        elif operator in (None, "", "Equal"):
            equal.add((key, text(one.get("value")), effect))
    node_name = text(spec.get("nodeName"))
    return Placement(node_name, selector, terms, frozenset(exists), frozenset(equal))


def _terms(value: Any) -> Iterator[Term]:
    for index, one in elements(value):
        path = (*AFFINITY, index)
        labels, named = (tuple(_conditions(one, part, path)) for part in ("matchExpressions", "matchFields"))
        yield Term(path, labels, named)


def _conditions(term: dict[str, Any], part: str, path: RawPath) -> Iterator[Condition]:
    for index, one in elements(term.get(part)):
        values = texts(one.get("values"))
        key, operator = text(one.get("key")), text(one.get("operator"))
        yield Condition(key, operator, values, frozenset(values), (*path, part, index))
