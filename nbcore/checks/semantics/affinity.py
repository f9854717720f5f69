"""Affinity: which nodes a pod wants, and which other pods it wants near it or far away.

Refuses to know nodes and other pods.
Source: k8s.io/kubernetes/pkg/apis/core/validation, validateAffinity.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from nbcore.checks.fault import Fault, Faults, Pod, RawPath
from nbcore.checks.semantics.label_selectors import (
    NODE_LABELS,
    ONE_VALUE,
    Grammar,
    requirement_faults,
    selector_faults,
)
from nbcore.checks.semantics.metadata import label_faults
from nbcore.checks.semantics.values import elements, in_range, required_name, shown, spec_of, valid
from nbcore.kubernetes import names

_REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED: Final = "preferredDuringSchedulingIgnoredDuringExecution"


def _problem_with_node_field(key: object) -> str | None:
    return None if key == "metadata.name" else "must be metadata.name, the only field of nodes to select by"


# The server lets the label values of a preference be anything: they can be met or not.
_PREFERENCE = NODE_LABELS._replace(value=None)
_NODE_FIELDS = Grammar(
    {"In": ONE_VALUE, "NotIn": ONE_VALUE}, _problem_with_node_field, names.problem_with_dns_subdomain
)


def check(pod: Pod) -> Faults:
    """What is wrong with the node selector and the affinity of a pod."""
    spec = spec_of(pod)
    yield from label_faults("NB420", ("spec", "nodeSelector"), spec.get("nodeSelector"), "the node label")
    affinity = spec.get("affinity") or {}
    yield from _node_affinity(("spec", "affinity", "nodeAffinity"), affinity.get("nodeAffinity") or {})
    labels = (pod.get("metadata") or {}).get("labels") or {}
    for field in ("podAffinity", "podAntiAffinity"):
        yield from _pod_affinity(("spec", "affinity", field), affinity.get(field) or {}, labels)


def _node_affinity(path: RawPath, affinity: Mapping[str, Any]) -> Faults:
    needed = affinity.get(_REQUIRED)
    if needed is not None:
        yield from _node_terms((*path, _REQUIRED), needed)
    for index, preferred in elements(affinity, _PREFERRED):
        at = (*path, _PREFERRED, index)
        yield from _weight("NB420", at, preferred)
        yield from _node_term((*at, "preference"), preferred.get("preference") or {}, _PREFERENCE)


def _node_terms(path: RawPath, selector: Mapping[str, Any]) -> Faults:
    at = (*path, "nodeSelectorTerms")
    if not selector.get("nodeSelectorTerms"):
        message = "the required node affinity has no term"
        yield Fault("NB420", at, message, "Add a term, or remove the affinity.")
    for index, term in elements(selector, "nodeSelectorTerms"):
        yield from _node_term((*at, index), term, NODE_LABELS)


def _node_term(path: RawPath, term: Mapping[str, Any], labels: Grammar) -> Faults:
    yield from requirement_faults("NB420", path, term, "matchExpressions", labels)
    yield from requirement_faults("NB420", path, term, "matchFields", _NODE_FIELDS)


def _weight(code: str, path: RawPath, preferred: Mapping[str, Any]) -> Faults:
    yield from in_range(code, (*path, "weight"), "the weight", preferred.get("weight") or 0, 1, 100)


def _pod_affinity(path: RawPath, affinity: Mapping[str, Any], labels: Mapping[str, str]) -> Faults:
    for index, term in elements(affinity, _REQUIRED):
        yield from _pod_term((*path, _REQUIRED, index), term, labels)
    for index, preferred in elements(affinity, _PREFERRED):
        at = (*path, _PREFERRED, index)
        yield from _weight("NB421", at, preferred)
        yield from _pod_term((*at, "podAffinityTerm"), preferred.get("podAffinityTerm") or {}, labels)


def _pod_term(path: RawPath, term: Mapping[str, Any], labels: Mapping[str, str]) -> Faults:
    key = term.get("topologyKey")
    at_key = (*path, "topologyKey")
    yield from required_name("NB421", at_key, "the topologyKey", key, names.problem_with_label_key)
    for index, name in elements(term, "namespaces"):
        at = (*path, "namespaces", index)
        yield from valid("NB421", at, "the namespace", name, names.problem_with_dns_label)
    for field in ("labelSelector", "namespaceSelector"):
        yield from selector_faults("NB426", (*path, field), term.get(field))
    yield from label_key_faults(path, term, labels)


# ---- matchLabelKeys ----


def label_key_faults(path: RawPath, term: Mapping[str, Any], labels: Mapping[str, str]) -> Faults:
    """What is wrong with `matchLabelKeys` and `mismatchLabelKeys` beside a label selector.

    Shape: ``labels`` are the pod's own, which the server adds to the selector before it looks.
    """
    for field in ("matchLabelKeys", "mismatchLabelKeys"):
        yield from _keys(path, field, term)
    if term.get("matchLabelKeys"):
        yield from _overlaps(path, term, labels)


def _keys(path: RawPath, field: str, term: Mapping[str, Any]) -> Faults:
    keys = term.get(field) or []
    if keys and term.get("labelSelector") is None:
        message = f"{field} has no labelSelector to add to"
        yield Fault("NB422", (*path, field), message, f"Add a labelSelector, or remove {field}.")
        return
    for index, key in enumerate(keys):
        yield from valid("NB422", (*path, field, index), "the label key", key, names.problem_with_label_key)


def _overlaps(path: RawPath, term: Mapping[str, Any], labels: Mapping[str, str]) -> Faults:
    selected = _selected_keys(term, labels)
    mismatched = set(term.get("mismatchLabelKeys") or ())
    for index, key in elements(term, "matchLabelKeys"):
        other = (
            "labelSelector" if selected.get(key, 0) > 1 else "mismatchLabelKeys" if key in mismatched else ""
        )
        if other:
            message = f"the label key {shown(key)} is in matchLabelKeys and in {other}"
            yield Fault("NB422", (*path, "matchLabelKeys", index), message, "Remove one of them.")


def _selected_keys(term: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, int]:
    """How often the label selector names a key, once what the server adds to it is added."""
    selector = term.get("labelSelector")
    if selector is None:
        return {}
    added = (key for field in ("matchLabelKeys", "mismatchLabelKeys") for key in term.get(field) or ())
    counts: dict[str, int] = dict.fromkeys(selector.get("matchLabels") or (), 1)
    written = [one.get("key") or "" for one in selector.get("matchExpressions") or ()]
    for key in (*written, *(key for key in added if key in labels)):
        counts[key] = counts.get(key, 0) + 1
    return counts
