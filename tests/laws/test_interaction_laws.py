"""Laws of the table of concerns: layers that share none have no more to say together than each alone.

Every pair of fragments, over several Templates: what a rule reads together has to share a concern.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any, Final

import pytest

from nbcore.attribution import keyed
from nbcore.catalog import Catalog, read
from nbcore.checks import quota
from nbcore.checks.interactions import EVERYTHING, contributions
from nbcore.checks.mentions import mentions
from nbcore.checks.pod_fields import fitted
from nbcore.checks.pods import Level, Policy, pod_faults
from nbcore.factors import Selection, choices_of, notebook_of
from nbcore.model.element import holds_directive
from nbcore.pipeline import render
from nbcore.surroundings import Surroundings
from tests.laws.kinds import BUDGET, HARDENED, IN_MAIN, IN_METADATA, IN_SPEC, SPREAD, kind, merged

POLICY: Final = Policy(levels=(Level("restricted"), Level("restricted", "1.18")))
PLACES: Final = (("main", IN_MAIN), ("spec", IN_SPEC), ("metadata", IN_METADATA))
FRAGMENTS: Final = [(where, one) for where, some in PLACES for one in some if not holds_directive(one)]
"""Without directives: what holds one concerns everything."""
MAIN: Final = {"name": "main", "image": "registry.example.com/base:1"}
RICH: Final[dict[str, Any]] = {
    "metadata": {
        "annotations": {"container.apparmor.security.beta.kubernetes.io/sidecar": "runtime/default"}
    },
    "spec": {
        "securityContext": {"runAsNonRoot": True},
        "affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [SPREAD]}},
        "containers": [
            {
                **MAIN,
                "securityContext": {**HARDENED, "readOnlyRootFilesystem": True},
                "env": [
                    {
                        "name": "F",
                        "valueFrom": {"fileKeyRef": {"volumeName": "other", "path": "f", "key": "K"}},
                    }
                ],
                "volumeMounts": [{"name": "other", "mountPath": "/dev/shm"}],
                "resources": {"limits": {"cpu": "1", "memory": "1Gi"}},
                "lifecycle": {"preStop": {"sleep": {"seconds": 20}}},
            },
        ],
        "initContainers": [{"name": "setup", "image": "busybox:1"}],
    },
}
LEAN: Final[dict[str, Any]] = {"spec": {"containers": [MAIN]}}


def objects(base: dict[str, Any]) -> list[Any]:
    """A Template with two groups, each with nothing and every fragment as values, and what surrounds it."""
    values = [{"id": "nothing"}]
    values += [{"id": f"v{at}", "template": merged([one])} for at, one in enumerate(FRAGMENTS)]
    groups = [{"id": id_, "default": "nothing", "values": values} for id_ in ("a", "b")]
    return [kind("k", "Template", {"template": base, "options": groups}), *BUDGET]


def share(base: Any, a: Any, b: Any) -> bool:
    """Whether the table says that two layers over a Template have to be tried together."""
    found = mentions(base, [[a], [b]], frozenset({"pick"}), directed=())
    one, other = (contributions(tree, found, directed=False).keys() for tree in (a, b))
    return bool(one & other) or EVERYTHING in one or EVERYTHING in other


@pytest.mark.parametrize("base", [LEAN, RICH], ids=["lean", "rich"])
def test_layers_that_share_no_concern_have_no_more_to_say_together(base: dict[str, Any]) -> None:
    catalog = Catalog(objects(base))
    (template,) = catalog.list("Template")
    factor = choices_of(template, (), frozenset()).factors[0]
    trees = {one.id: one.value.template for one in factor.alternatives if one.value is not None}
    budget = Surroundings(catalog).budget("kinds")

    def faults(a: str, b: str) -> frozenset[Any] | None:
        selection = Selection({"a": a, "b": b}, ())
        pod = render(read(notebook_of(template, selection)).object, catalog).pod
        if pod is None:
            return None
        found = [
            *pod_faults(pod, POLICY),
            *quota.check(fitted(pod, POLICY.version, "PodTemplateSpec")[0], budget),
        ]
        return frozenset((one.code, keyed(pod, one.path)) for one in found)

    nothing = faults("nothing", "nothing")
    alone = {one.id: faults(one.id, "nothing") for one in factor.alternatives}
    assert nothing is not None
    tried = 0
    for one, other in combinations(factor.alternatives, 2):
        a, b = alone[one.id], alone[other.id]
        if (
            a is None
            or b is None
            or "nothing" in (one.id, other.id)
            or share(base, trees[one.id], trees[other.id])
        ):
            continue
        together = faults(one.id, other.id)
        tried += 1
        assert together is not None, (one.id, other.id)
        for fault in nothing | a | b | together:
            neither, left, right, both = (fault in some for some in (nothing, a, b, together))
            alone_decides = (both, neither) in ((left, right), (right, left))
            assert alone_decides, (fault, FRAGMENTS[int(one.id[1:])], FRAGMENTS[int(other.id[1:])])
    assert tried > 4_000, tried
