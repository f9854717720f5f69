"""Tolerations: which taints of a node a pod accepts.

Refuses to know nodes and their taints.
Source: k8s.io/kubernetes/pkg/apis/core/validation, ValidateTolerations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from nbcore.checks.fault import Fault, Faults, Pod, RawPath
from nbcore.checks.semantics.values import elements, one_of, shown, spec_of, valid
from nbcore.kubernetes import names

EFFECTS: Final = ("NoSchedule", "PreferNoSchedule", "NoExecute")
OPERATORS: Final = ("Equal", "Exists")


def check(pod: Pod) -> Faults:
    """What is wrong with the tolerations of a pod."""
    for index, toleration in elements(spec_of(pod), "tolerations"):
        yield from toleration_faults(("spec", "tolerations", index), toleration)


def toleration_faults(path: RawPath, toleration: Mapping[str, Any]) -> Faults:
    """What is wrong with one toleration; an absent operator is Equal."""
    key, value = toleration.get("key") or None, toleration.get("value") or ""
    operator, effect = toleration.get("operator") or "Equal", toleration.get("effect") or None
    at_operator = (*path, "operator")
    yield from valid("NB423", (*path, "key"), "the key", key, names.problem_with_label_key)
    yield from one_of("NB423", at_operator, "the operator", operator, OPERATORS)
    if key is None and operator != "Exists":
        message = "a toleration without key tolerates every taint, and its operator must be Exists"
        yield Fault("NB423", at_operator, message, "Add the key of the taint, or set operator to Exists.")
    # The API server names the operator for what is wrong with the value.
    if operator == "Exists" and value:
        message = f"the operator Exists takes no value, and the value is {shown(value)}"
        remedy = "Remove the value, or set operator to Equal."
        yield Fault("NB423", at_operator, message, remedy, ((*path, "value"),))
    if operator == "Equal":
        for fault in valid("NB423", at_operator, "the value", value, names.problem_with_label_value):
            yield fault._replace(related=((*path, "value"),))
    yield from one_of("NB423", (*path, "effect"), "the effect", effect, EFFECTS)
    if toleration.get("tolerationSeconds") is not None and effect != "NoExecute":
        message = "tolerationSeconds is only allowed with the effect NoExecute"
        remedy = "Set effect to NoExecute, or remove tolerationSeconds."
        yield Fault("NB423", (*path, "effect"), message, remedy, ((*path, "tolerationSeconds"),))
