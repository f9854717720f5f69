"""What a pod may tell about itself: references to its own fields and to the resources of its containers.

Env variables and the files of downward API volumes share these rules; they differ in the fields they may ask for.
Refuses to know where such a reference stands.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from nbcore.checks.fault import Fault, Faults, RawPath
from nbcore.checks.semantics.values import one_of, required, shown
from nbcore.kubernetes.names import problem_with_label_key
from nbcore.kubernetes.quantity import Quantity

FIELDS_IN_VOLUMES: Final = (
    "metadata.name",
    "metadata.namespace",
    "metadata.labels",
    "metadata.annotations",
    "metadata.uid",
)
FIELDS_IN_ENV: Final = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.host",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
)
"""What a variable may ask for; ``spec.host`` is the old name of ``spec.nodeName``."""

_SUBSCRIPTED: Final = ("metadata.labels", "metadata.annotations")
_SIDES: Final = ("limits", "requests")
RESOURCES: Final = tuple(
    f"{side}.{name}" for side in _SIDES for name in ("cpu", "memory", "ephemeral-storage")
)
_CPU: Final = tuple(f"{side}.cpu" for side in _SIDES)
_HUGE_PAGES: Final = tuple(f"{side}.hugepages-" for side in _SIDES)
_CPU_DIVISORS: Final = ("1m", "1")
_BYTE_DIVISORS: Final = tuple(f"1{suffix}" for suffix in ("", *"kMGTPE", *(f"{one}i" for one in "KMGTPE")))


def field_faults(code: str, path: RawPath, ref: dict[str, Any], fields: Collection[str]) -> Faults:
    """Faults of a ``fieldRef`` that stands at a path, where the given fields may be asked for."""
    yield from one_of(code, (*path, "apiVersion"), "the API version", ref.get("apiVersion") or "v1", ("v1",))
    asked, below = ref.get("fieldPath"), (*path, "fieldPath")
    yield from required(code, below, "fieldPath", asked, "Say which field of the pod is meant.")
    if not asked:
        return
    name, subscript = _subscripted(asked)
    if subscript is None:
        yield from one_of(code, below, "the field", asked, fields)
    elif name not in _SUBSCRIPTED:
        yield Fault(code, below, f"{shown(name)} has no keys", "Ask for a label or an annotation.")
    elif problem := problem_with_label_key(
        subscript.lower() if name == "metadata.annotations" else subscript
    ):
        yield Fault(
            code, below, f"the key {shown(subscript)} {problem}", "Write the key as name or prefix/name."
        )


def resource_faults(code: str, path: RawPath, ref: dict[str, Any], *, of_container: bool) -> Faults:
    """Faults of a ``resourceFieldRef`` at a path; in a volume it has to name the container it asks about."""
    if of_container:
        what = "containerName"
        yield from required(code, (*path, what), what, ref.get(what), "Name the container that is meant.")
    resource, below = ref.get("resource"), (*path, "resource")
    yield from required(code, below, "resource", resource, "Write limits.memory, requests.cpu or the like.")
    if not resource:
        return
    if not resource.startswith(_HUGE_PAGES):
        yield from one_of(code, below, "the resource", resource, RESOURCES)
    divisor = Quantity.parse(ref.get("divisor", "0"))
    allowed = _divisors(resource)
    if divisor and allowed and str(divisor) not in allowed:
        message = f"the divisor {shown(str(divisor))} is none of {', '.join(allowed)}"
        yield Fault(code, (*path, "divisor"), message, f"Choose one of: {', '.join(allowed)}.")


def _divisors(resource: str) -> tuple[str, ...]:
    """The divisors that a resource allows; none where every divisor is allowed."""
    if resource in _CPU:
        return _CPU_DIVISORS
    return _BYTE_DIVISORS if resource in RESOURCES or resource.startswith(_HUGE_PAGES) else ()


def _subscripted(asked: str) -> tuple[str, str | None]:
    """``name['key']`` as its two parts, and anything else as it is."""
    name, bracket, key = asked.removesuffix("']").partition("['")
    return (name, key) if asked.endswith("']") and bracket and name else (asked, None)
