"""Usage: what a pod or a claim is charged for, under the names by which a ResourceQuota counts.

Refuses to know quotas. A pod is charged when it is created; the claims of its ephemeral volumes are charged
when a controller makes them, after the pod; a claim that a pod only names is charged to whoever made it.
Source: k8s.io/kubernetes/pkg/quota/v1/evaluator/core (pods.go, persistent_volume_claims.go).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from nbcore.checks.fault import Pod, RawPath
from nbcore.checks.quota.amounts import HUGE_PAGES, Demand, Side, reported, total
from nbcore.checks.quota.parts import Amounts, amount, elements, fields, text
from nbcore.kubernetes.quantity import Quantity

ONE: Final = Quantity(1)
STORAGE: Final = "requests.storage"
CLAIMS: Final = "persistentvolumeclaims"
STORAGE_CLASS: Final = ".storageclass.storage.k8s.io/"
_OBJECTS: Final[Amounts] = {"pods": ONE, "count/pods": ONE}
_COMPUTE: Final = ("cpu", "memory", "ephemeral-storage")
_DEVICE_CLASS: Final = "deviceclass.resource.kubernetes.io/"


def pod_usage(asked: Demand) -> dict[str, Quantity]:
    """What a pod is charged for that has not ended.

    Laws: test_a_pod_that_asks_for_more_is_charged_for_no_less.
    """
    found = dict(_OBJECTS)
    for resource, one in total(asked, "requests").items():
        found |= dict.fromkeys(_request_names(resource), one)
    for resource, one in total(asked, "limits").items():
        if resource in _COMPUTE:
            found[f"limits.{resource}"] = one
    return found


def charged(pod: Pod, asked: Demand | None) -> dict[str, Quantity]:
    """What a stored pod that asks for this is charged for: one that has ended, for being there alone.

    Shape: a pod that is being deleted counts until it is gone, for there is no clock here.
    """
    status = fields(pod, "status")
    if asked is None or text(status.get("phase")) in ("Failed", "Succeeded"):
        return {"count/pods": ONE}
    return pod_usage(reported(asked, status))


def counted(name: str) -> tuple[Side, str] | None:
    """Which requests or limits a quota's name counts; None for a number of objects."""
    if name in _OBJECTS:
        return None
    side, dot, resource = name.partition(".")
    if dot and side == "requests":
        return "requests", resource
    return ("limits", resource) if dot and side == "limits" else ("requests", name)


def is_of_claims(name: str) -> bool:
    """Whether claims for storage are charged under this name."""
    plain = name.rpartition(STORAGE_CLASS)[2] if STORAGE_CLASS in name else name
    return plain in (CLAIMS, STORAGE) or name == f"count/{CLAIMS}"


def _request_names(resource: str) -> tuple[str, ...]:
    if resource in _COMPUTE or resource.startswith(HUGE_PAGES):
        return (resource, f"requests.{resource}")
    native = "/" not in resource or "kubernetes.io/" in resource
    return () if native and not resource.startswith(_DEVICE_CLASS) else (f"requests.{resource}",)


class Claim(NamedTuple):
    """A claim for storage, or the template of one.

    Shape: ``path`` is where it stands in the pod; ``requests`` is None when an amount is no quantity.
    """

    path: RawPath
    name: str
    storage_class: str
    attribute_classes: frozenset[str]
    requests: Amounts

    @property
    def usage(self) -> dict[str, Quantity]:
        """What the claim is charged for; under a class only where it names one."""
        found: dict[str, Quantity] = {CLAIMS: ONE, f"count/{CLAIMS}": ONE}
        if "storage" in self.requests:
            found[STORAGE] = _whole_bytes(self.requests["storage"])
        if self.storage_class:
            found |= {
                f"{self.storage_class}{STORAGE_CLASS}{name}": found[name]
                for name in (CLAIMS, STORAGE)
                if name in found
            }
        return found

    def place(self, resource: str) -> RawPath:
        """Where the claim says how much of a resource it wants."""
        inner = ("spec", "resources", "requests", resource)
        return (*self.path, *(inner if resource in self.requests else ()))


def claim(value: Any, path: RawPath = (), name: str = "") -> Claim | None:
    """The claim that an object or a template is; None when its storage is no quantity."""
    spec, status = fields(value, "spec"), fields(value, "status")
    wanted = {str(key): amount(one) for key, one in fields(spec, "resources", "requests").items()}
    requests = {key: one for key, one in wanted.items() if one is not None}
    if len(requests) < len(wanted):
        return None
    old = text(fields(value, "metadata", "annotations").get(_CLASS_ANNOTATION))
    target = fields(status, "modifyVolumeStatus").get("targetVolumeAttributesClassName")
    names = (spec.get("volumeAttributesClassName"), status.get("currentVolumeAttributesClassName"), target)
    allocated = amount(fields(status, "allocatedResources").get("storage"))
    if allocated is not None and "storage" in requests:
        requests["storage"] = max(requests["storage"], allocated)
    classes = frozenset(text(one) for one in names if text(one))
    return Claim(path, name, old or text(spec.get("storageClassName")), classes, requests)


_CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"


def ephemeral_claims(pod: Pod) -> Iterator[Claim]:
    """The claims that a controller will make for the pod's ephemeral volumes."""
    for index, volume in elements(fields(pod, "spec").get("volumes")):
        template = fields(volume, "ephemeral").get("volumeClaimTemplate")
        path = ("spec", "volumes", index, "ephemeral", "volumeClaimTemplate")
        found = claim(template, path, text(volume.get("name"))) if isinstance(template, dict) else None
        if found is not None:
            yield found


def _whole_bytes(storage: Quantity) -> Quantity:
    if storage.is_integer:
        return storage
    return Quantity.parse(math.ceil(storage.value)) or storage
