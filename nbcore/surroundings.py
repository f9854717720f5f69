"""The surroundings of a pod: what its namespace and the cluster ask of it, out of a catalog.

Pod Security levels from Namespace labels, and budgets from ResourceQuotas, LimitRanges, Pods, claims and Nodes.

Refuses to know what a pod looks like, and who may do what beyond the namespaces of an access rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Final

from nbcore.attribution import written_at
from nbcore.catalog import Catalog
from nbcore.checks.pods import Level
from nbcore.finding import Finding
from nbcore.kubernetes.selector import matches
from nbcore.model.plain import Plain

if TYPE_CHECKING:
    from nbcore.checks.quota import Budget
    from nbcore.model.template import Access

ENFORCE: Final = "pod-security.kubernetes.io/enforce"
_LEVELS: Final = ("privileged", "baseline", "restricted")
_VERSION = re.compile(r"v1\.(?:0|[1-9][0-9]*)", re.ASCII)
_BUDGET: Final = ("ResourceQuota", "LimitRange", "Pod", "PersistentVolumeClaim")


class Surroundings:
    """What a catalog says about namespaces; everything is read once."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._budgets: dict[str, Budget] = {}

    def level(self, namespace: str) -> Level | None:
        """The level that a namespace enforces, None where it says nothing or is not given.

        Shape: a level that does not exist counts as restricted, and a version that does not as latest.
        Source: pod-security-admission, api/helpers.go: PolicyToEvaluate.
        """
        labels = self._catalog.namespace_labels(namespace) or {}
        name = labels.get(ENFORCE)
        if name is None:
            return None
        version = labels.get(f"{ENFORCE}-version", "latest")
        known = version.removeprefix("v") if _VERSION.fullmatch(version) else "latest"
        return Level(name if name in _LEVELS else "restricted", known)

    def budget(self, namespace: str) -> Budget:
        """What there is for the pods of a namespace."""
        found = self._budgets.get(namespace)
        if found is None:
            from nbcore.checks.quota import Budget  # late: most catalogs have none

            given = {kind: [one.value for one in self._plain(kind, namespace)] for kind in _BUDGET}
            nodes = [one.value for one in self._plain("Node", "")]
            found = self._budgets[namespace] = Budget.of(
                given["ResourceQuota"],
                given["LimitRange"],
                given["Pod"],
                given["PersistentVolumeClaim"],
                nodes,
            )
        return found

    @cached_property
    def are_given(self) -> bool:
        """Whether there is anything that bounds pods: a ResourceQuota, a LimitRange or a Node."""
        return any(map(self.given, ("ResourceQuota", "LimitRange", "Node")))

    @cached_property
    def bounded(self) -> tuple[str, ...]:
        """The namespaces that have a ResourceQuota or a LimitRange, sorted."""
        objects = (one for kind in ("ResourceQuota", "LimitRange") for one in self._catalog.list(kind))
        return tuple(sorted({one.namespace for one in objects}))

    def bounded_for(self, access: Access | None) -> tuple[str, ...]:
        """The namespaces with a budget that an access rule may be open to; ``""`` stands for one without any.

        Shape: a namespace whose labels were not given may have any.
        """
        selector = access.namespace_selector if access is not None else None
        given = {one: self._catalog.namespace_labels(one) for one in self.bounded}
        found = (
            one
            for one, labels in given.items()
            if selector is None or labels is None or matches(selector, labels)
        )
        return tuple(found) or ("",)

    def given(self, kind: str) -> bool:
        """Whether the catalog holds objects of a kind."""
        return bool(self._catalog.list(kind))

    def findings(self) -> Iterator[Finding]:
        """What is wrong with the objects that the budgets are made of."""
        told: set[int] = set()
        if not self.are_given:
            return
        for namespace in self.bounded or ("",):
            for problem in self.budget(namespace).problems:
                space = "" if problem.kind == "Node" else namespace
                one = self._plain(problem.kind, space)[problem.number]
                if problem.kind != "Node" or id(one) not in told:
                    told.add(id(one))
                    yield written_at(problem.fault, one.origin, ())

    def _plain(self, kind: str, namespace: str) -> list[Plain]:
        return [one for one in self._catalog.list(kind, namespace) if isinstance(one, Plain)]
