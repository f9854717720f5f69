"""How cases of pod rules are written, run against nbcore, and put before a real API server.

Refuses to know any rule.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any, NamedTuple

from nbcore import Settings, check_pod
from nbcore.finding import Fix
from tests.cluster.control_plane import ControlPlane

SETTINGS = Settings(kubernetes_version="1.36")
FAMILIES = ("NB1", "NB4")


class Case(NamedTuple):
    """A pod and what is wrong with it.

    Shape: ``found`` holds ``CODE place`` with the place below ``spec``, or from the root where it says
    ``metadata``; empty for a pod that is accepted. ``server`` is the server's place where it is another one.
    """

    name: str
    pod: dict[str, Any]
    found: tuple[str, ...] = ()
    server: str = ""

    def __str__(self) -> str:
        return self.name


def case(name: str, *found: str, server: str = "", metadata: Any = None, **spec: Any) -> Case:
    """A case of a pod with one container, unless the spec says otherwise."""
    whole = {"containers": [{"name": "main", "image": "i"}], **spec}
    meta = {"name": "pod", "namespace": "default", **(metadata or {})}
    return Case(name, {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": whole}, found, server)


def container(**fields: Any) -> dict[str, Any]:
    """A container with these fields."""
    return {"name": "main", "image": "i", **fields}


def found(one: Case) -> set[str]:
    """What nbcore has against the pod of a case, as the case would write it."""
    return {
        f"{finding.code} {str(finding.path).removeprefix('spec.')}"
        for finding in check_pod(one.pod, settings=SETTINGS)
        if finding.code.startswith(FAMILIES)
    }


def unrepaired(one: Case) -> list[str]:
    """The findings of a case whose fix, once applied, does not make them go away."""
    left = []
    for finding in check_pod(one.pod, settings=SETTINGS):
        if finding.fix is not None:
            repaired = one._replace(pod=_fixed(one.pod, finding.fix))
            if f"{finding.code} {str(finding.path).removeprefix('spec.')}" in found(repaired):
                left.append(str(finding))
    return left


def _fixed(pod: dict[str, Any], fix: Fix) -> dict[str, Any]:
    copied = deepcopy(pod)
    *above, last = fix.path.indexed
    holder: Any = copied
    for step in above:
        holder = holder[step]
    if fix.action == "remove":
        del holder[last]
    else:
        assert (fix.action == "replace") == (last in holder)
        holder[last] = fix.value
    return copied


def disagreements(plane: ControlPlane, cases: list[Case]) -> list[str]:
    """Where the API server judges otherwise than the cases say, or names a place that they do not."""
    wrong = []
    for one, answer in zip(cases, plane.many(one.pod for one in cases), strict=True):
        causes = (answer.body.get("details") or {}).get("causes") or ()
        named = {cause.get("field", "").removeprefix("spec.") for cause in causes}
        places = {one.server} if one.server else {text.split(" ", 1)[1] for text in one.found}
        if answer.ok == bool(one.found) or not (places <= named if one.server else named <= places):
            wrong.append(f"{one.name}: {answer.status} {sorted(named)} {answer.message[:200]}")
    return wrong
