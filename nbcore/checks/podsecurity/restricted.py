"""The rules that the restricted level has beyond the baseline: hardening that a pod must ask for.

Refuses to know versions and levels: which rule is in force when stands in the table of the standard.
Source: k8s.io/pod-security-admission/policy at v0.36.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nbcore.checks.podsecurity.baseline import CONTEXT, REMOVED, SECCOMP
from nbcore.checks.podsecurity.places import EACH, Place, View, shown, typed
from nbcore.checks.podsecurity.rule_forms import Ban, Edit, HandedDown, Holds, Offence, one_of

ESCALATION = Ban(
    bool,
    one_of(False),
    "{who} does not forbid its processes to gain more privileges than they start with",
    "Write allowPrivilegeEscalation: false.",
    container=((CONTEXT, "allowPrivilegeEscalation"),),
    edit=Edit("replace", False),
    required=True,
)

DROPS_ALL = Holds(
    "ALL",
    (CONTEXT, "capabilities", "drop"),
    "{who} keeps the capabilities that container runtimes grant by default",
    "Write drop: [ALL].",
)
ADDS_LITTLE = Ban(
    str,
    one_of("NET_BIND_SERVICE"),
    "{who} adds capability {value}; only NET_BIND_SERVICE may be added",
    "Remove it from capabilities.add.",
    container=((CONTEXT, "capabilities", "add", EACH),),
    edit=REMOVED,
)

NON_ROOT = HandedDown(
    Ban(
        bool,
        one_of(None, True),
        "{who} is allowed to run as root",
        "Write runAsNonRoot: true.",
        pod=((CONTEXT, "runAsNonRoot"),),
        container=((CONTEXT, "runAsNonRoot"),),
        edit=Edit("replace", True),
    ),
    "neither the pod nor container{plural} {names} has runAsNonRoot: true",
    "Write runAsNonRoot: true.",
    True,
)
NOT_USER_0 = Ban(
    int,
    lambda user: user is None or user != 0,
    "{who} runs as user 0, which is root",
    "Write the number of another user, or leave it to the image.",
    pod=((CONTEXT, "runAsUser"),),
    container=((CONTEXT, "runAsUser"),),
    edit=REMOVED,
)
SECCOMP_SET = HandedDown(
    SECCOMP,
    "neither the pod nor container{plural} {names} has a seccomp profile",
    "Write seccompProfile: {type: RuntimeDefault}.",
    "RuntimeDefault",
)

ALLOWED_SOURCES = (
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
)
OTHER_SOURCES = (
    "hostPath",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "gitRepo",
    "nfs",
    "iscsi",
    "glusterfs",
    "rbd",
    "flexVolume",
    "cinder",
    "cephfs",
    "flocker",
    "fc",
    "azureFile",
    "vsphereVolume",
    "quobyte",
    "azureDisk",
    "photonPersistentDisk",
    "portworxVolume",
    "scaleIO",
    "storageos",
)
"""All other sources of volumes, in the order in which Kubernetes looks for the one to name."""


def volume_sources(view: View) -> Iterator[Offence]:
    """An offence for every volume that has a source and none of those allowed.

    Shape: a volume that has only a name is an emptyDir, as the API server's defaults make it; a source that
    nobody knows is not allowed.
    """
    for volume in view.volumes:
        sources = _sources(volume)
        allowed = [place for place in sources if place.path[-1] in ALLOWED_SOURCES]
        malformed = [place for place in sources if place.expected and place.path[-1] in OTHER_SOURCES]
        yield from (Offence(place) for place in (*allowed, *malformed) if place.expected)
        if sources and not allowed and not malformed:
            place = min(sources, key=_rank)
            message = f"{volume.owner} has type {shown(str(place.path[-1]))}, which the level does not allow"
            yield Offence(place, message, "Use a persistentVolumeClaim, or another type that is allowed.")


def _sources(volume: Place) -> list[Place]:
    found: dict[Any, Any] = volume.value
    return [
        typed(Place((*volume.path, name), value, volume.owner), dict)
        for name, value in found.items()
        if name != "name" and value is not None
    ]


def _rank(place: Place) -> int:
    name = place.path[-1]
    return OTHER_SOURCES.index(str(name)) if name in OTHER_SOURCES else len(OTHER_SOURCES)
