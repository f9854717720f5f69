"""The volumes of a pod: their names, that each has one source, and the claims that ephemeral ones make.

Refuses to know what the sources ask for (`volume_sources`) and where volumes are mounted (`mounts`).
Source: k8s.io/kubernetes/pkg/apis/core/validation, ValidateVolumes, at v1.36.
"""

from __future__ import annotations

from typing import Any, Final

from nbcore.checks.fault import Fault, Faults, Pod, RawPath
from nbcore.checks.semantics.byte_length import byte_length
from nbcore.checks.semantics.values import required_name, shown, spec_of, unique
from nbcore.checks.semantics.volume_fields import NOT_ALLOWED
from nbcore.checks.semantics.volume_sources import SOURCES
from nbcore.kubernetes.names import problem_with_dns_label, problem_with_dns_subdomain

NAME: Final = "NB460"
SAME_NAME: Final = "NB461"
SEVERAL: Final = "NB462"
CLAIM_NAME: Final = "NB469"
OWN_CLAIM: Final = "NB470"

_ALL: Final = ("spec", "volumes")
_LONGEST_INITIATOR: Final = 64


def check(pod: Pod) -> Faults:
    """Faults of the pod's volumes."""
    listed = spec_of(pod).get("volumes") or ()
    for index, volume in enumerate(listed):
        path = (*_ALL, index)
        yield from required_name(
            NAME, (*path, "name"), "the name of the volume", volume.get("name"), problem_with_dns_label
        )
        yield from _source(volume, path)
    if listed:
        yield from unique(SAME_NAME, _ALL, "the volume", [one.get("name") for one in listed], "name")
        yield from _claims(pod, listed)


def _source(volume: dict[str, Any], path: RawPath) -> Faults:
    given = [kind for kind in volume if kind in SOURCES]
    if len(given) > 1:
        given.sort(key=_ORDER.__getitem__)
        for kind in given[1:]:
            message = f"the volume has {given[0]} as its source already, {kind} is one too many"
            yield Fault(SEVERAL, (*path, kind), message, "Keep one source.", ((*path, given[0]),))
    for check_field in SOURCES[given[0]] if given else ():
        yield from check_field(volume[given[0]], (*path, given[0]))
    if "iscsi" in given:
        yield from _initiator_fits(volume, path)


_ORDER: Final = {kind: index for index, kind in enumerate(SOURCES)}


def _initiator_fits(volume: dict[str, Any], path: RawPath) -> Faults:
    iscsi = volume["iscsi"]
    together = f"{volume.get('name', '')}:{iscsi.get('targetPortal', '')}"
    if iscsi.get("initiatorName") is not None and byte_length(together) > _LONGEST_INITIATOR:
        message = f"name and targetPortal take more than {_LONGEST_INITIATOR} bytes together"
        remedy = "Shorten the name of the volume, or leave out initiatorName."
        yield Fault(NOT_ALLOWED, (*path, "name"), message, remedy, ((*path, "iscsi", "targetPortal"),))


def _claims(pod: Pod, volumes: list[dict[str, Any]]) -> Faults:
    """Faults of the claims that the pod makes: ``<name of the pod>-<name of the volume>``."""
    name = (pod.get("metadata") or {}).get("name")
    if not name:
        return
    made = {f"{name}-{one.get('name', '')}": index for index, one in enumerate(volumes) if _ephemeral(one)}
    for claim, index in made.items():
        problem = problem_with_dns_subdomain(claim) if volumes[index].get("name") else None
        if problem:
            message = f"the claim of the volume would be named {shown(claim)}, which {problem}"
            remedy = "Shorten the name of the pod or of the volume."
            yield Fault(CLAIM_NAME, (*_ALL, index, "name"), message, remedy, (("metadata", "name"),))
    for index, volume in enumerate(volumes):
        used = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        if used in made:
            message = f"the claim {shown(used)} is the one that the pod makes for an ephemeral volume"
            place = (*_ALL, index, "persistentVolumeClaim", "claimName")
            yield Fault(OWN_CLAIM, place, message, "Refer to another claim.", ((*_ALL, made[used]),))


def _ephemeral(volume: dict[str, Any]) -> bool:
    return volume.get("ephemeral") is not None
