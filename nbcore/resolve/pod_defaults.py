"""PodDefaults: which ones apply to a Notebook, in which order, and why the others do not.

Refuses to know what a PodDefault contains.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from nbcore.kubernetes.selector import explain, matches
from nbcore.model.pod_default import PodDefault
from nbcore.model.template import Template

Why = Literal["required", "optional", "selector", "revision"]
Lookup = Callable[[str, str], "PodDefault | None"]
"""The PodDefault with this namespace and name."""


@dataclass(frozen=True, slots=True)
class PodDefaultResult:
    """What became of one PodDefault.

    Shape: ``pod_default`` is None where the object does not exist; ``code`` is the finding code of a fault.
    """

    namespace: str
    name: str
    applied: bool
    reason: str
    why: Why
    pod_default: PodDefault | None = field(default=None, repr=False)
    code: str = ""


def referenced(template: Template, named: Iterable[str], lookup: Lookup) -> list[PodDefaultResult]:
    """The Template's required PodDefaults, then the optional ones that the Notebook names, in its order.

    An optional one that is not named is listed last, as skipped.
    """
    home = template.metadata.namespace
    results: dict[tuple[str, str], PodDefaultResult] = {}
    for reference in template.spec.required:
        _add(results, reference.namespace or home, reference.name, "required", lookup)
    offered = {reference.name: reference.namespace or home for reference in template.spec.optional}
    for name in dict.fromkeys(named):
        if name in offered:
            _add(results, offered[name], name, "optional", lookup)
        elif not any(key[1] == name for key in results):
            results["", name] = PodDefaultResult(
                home, name, False, "the Template does not offer it", "optional", code="NB206"
            )
    for name, namespace in offered.items():
        if (namespace, name) not in results:
            found = lookup(namespace, name)
            results[namespace, name] = PodDefaultResult(
                namespace, name, False, "optional, and the Notebook does not name it", "optional", found
            )
    return list(results.values())


def _add(
    results: dict[tuple[str, str], PodDefaultResult], namespace: str, name: str, why: Why, lookup: Lookup
) -> None:
    """Adds a PodDefault that is to be applied, once."""
    if (namespace, name) in results:
        return
    found = lookup(namespace, name)
    reason = "required by the Template" if why == "required" else "named by the Notebook"
    if found is None:
        results[namespace, name] = PodDefaultResult(
            namespace, name, False, f"{reason}, but it does not exist", why, code="NB205"
        )
    else:
        results[namespace, name] = PodDefaultResult(namespace, name, True, reason, why, found)


def matched(
    candidates: Iterable[PodDefault], labels: Mapping[str, str], already: Iterable[PodDefaultResult]
) -> list[PodDefaultResult]:
    """The PodDefaults of the Notebook's own namespace that have a selector, by name, and what it says."""
    applied = {id(result.pod_default) for result in already if result.applied}
    results: list[PodDefaultResult] = []
    for pod_default in sorted(candidates, key=lambda one: one.metadata.name):
        selector = pod_default.spec.selector
        if selector is None or id(pod_default) in applied:
            continue
        meta = pod_default.metadata
        hit = matches(selector, labels)
        reason = "its selector matches the pod's labels" if hit else explain(selector, labels)
        results.append(PodDefaultResult(meta.namespace, meta.name, hit, reason, "selector", pod_default))
    return results
