"""Annotations of a pod that the API server reads: tolerations, the cost of deletion, the mark of a mirror pod.

Refuses to know the annotations about AppArmor and seccomp, which belong to the security context.
Source: k8s.io/kubernetes/pkg/apis/core/validation, ValidatePodSpecificAnnotations.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, NamedTuple, NoReturn

from nbcore.checks.fault import Fault, Faults, Pod, RawPath
from nbcore.checks.semantics.tolerations import toleration_faults
from nbcore.checks.semantics.values import elements, spec_of

DELETION_COST: Final = "controller.kubernetes.io/pod-deletion-cost"
MIRROR: Final = "kubernetes.io/config.mirror"
TOLERATIONS: Final = "scheduler.alpha.kubernetes.io/tolerations"

_INTEGER = re.compile("0|[1-9][0-9]*|-[0-9]+", re.ASCII)
_MOST_DIGITS = 19


def check(pod: Pod) -> Faults:
    """What is wrong with the annotations of a pod that the API server reads."""
    annotations = (pod.get("metadata") or {}).get("annotations") or {}
    if TOLERATIONS in annotations:
        yield from _tolerations(annotations[TOLERATIONS])
    if DELETION_COST in annotations and not _fits(annotations[DELETION_COST], 31):
        message = f"the annotation {DELETION_COST} is no 32-bit integer"
        yield Fault("NB405", _at(DELETION_COST), message, 'Write a whole number such as "-100".')
    if MIRROR in annotations:
        yield from _mirror(pod)


def _at(key: str) -> RawPath:
    return ("metadata", "annotations", key)


def _fits(text: str, bits: int) -> bool:
    """Whether a text is a whole number, in Go's strict spelling, of so many bits and a sign."""
    if _INTEGER.fullmatch(text) is None:
        return False
    digits = text.lstrip("-0")
    if len(digits) > _MOST_DIGITS:
        return False
    amount = int(digits or "0")
    return amount <= 1 << bits if text[0] == "-" else amount < 1 << bits


def _mirror(pod: Pod) -> Faults:
    spec = spec_of(pod)
    if not spec.get("nodeName"):
        message = "the annotation marks a mirror pod, and the pod names no node"
        yield Fault("NB405", _at(MIRROR), message, "Remove the annotation: only a kubelet sets it.")
    for index, _ in elements(spec, "resourceClaims"):
        message = "a mirror pod cannot have resource claims"
        yield Fault("NB405", ("spec", "resourceClaims", index), message, "Remove it.", (_at(MIRROR),))


# ---- tolerations as JSON in an annotation ----

_FIELDS = {
    "key": "key",
    "operator": "operator",
    "value": "value",
    "effect": "effect",
    "tolerationseconds": "tolerationSeconds",
}
"""The fields as Go finds them: whatever their case."""


class _Number(NamedTuple):
    text: str


class _Object(NamedTuple):
    pairs: list[tuple[str, Any]]


class _NotRead(ValueError):
    """The annotation does not hold what it should."""


def _constant(text: str) -> NoReturn:
    raise _NotRead(text)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_Object, parse_int=_Number, parse_float=_Number, parse_constant=_constant
)


def _tolerations(text: str) -> Faults:
    try:
        read = [_toleration(one) for one in _listed(_DECODER.decode(text or "null"))]
    except RecursionError:
        return  # only fields that do not exist can be so deep, and those are not looked at
    except ValueError:
        message = f"the annotation {TOLERATIONS} does not hold a JSON list of tolerations"
        yield Fault("NB405", _at(TOLERATIONS), message, "Write the tolerations into spec.tolerations.")
        return
    for index, toleration in enumerate(read):
        for fault in toleration_faults((), toleration):
            message = f"toleration {index} of the annotation: {fault.message}"
            yield Fault("NB405", _at(TOLERATIONS), message, fault.remedy)


def _listed(value: Any) -> list[Any]:
    if value is not None and type(value) is not list:
        raise _NotRead
    return value or []


def _toleration(value: Any) -> dict[str, Any]:
    """The toleration that an element stands for: of a repeated field the last one counts."""
    if value is not None and not isinstance(value, _Object):
        raise _NotRead
    found: dict[str, Any] = {}
    for name, given in value.pairs if value else ():
        field = _FIELDS.get(name.casefold())
        if field is None:
            continue
        if field == "tolerationSeconds":
            found[field] = _seconds(given)
        elif isinstance(given, str):
            found[field] = given
        elif given is not None:
            raise _NotRead
    return found


def _seconds(given: Any) -> int | None:
    if given is None:
        return None
    if not isinstance(given, _Number) or not _fits(given.text, 63):
        raise _NotRead
    return int(given.text)
