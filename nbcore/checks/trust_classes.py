"""Trust classes: how far a Notebook's overrides may be trusted with each field of a pod.

The table names every field of the newest pod schema, itself or by something above it; a field that it does
not name is nobody's to change. Refuses to know rules, Templates and values.

Laws: test_the_table_names_every_field_of_the_pod_schema,
test_every_field_of_the_table_exists_in_some_version,
test_no_place_of_the_table_stands_below_another_one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Final, TypeAlias

Place: TypeAlias = tuple[str, ...]
"""A field of a PodTemplateSpec with all that is below it; ``*`` stands for a list element or map key."""


class Trust(Enum):
    """How far a user may be trusted with a field."""

    NEVER = "never from a user"
    LISTED = "only values that an admin listed"
    BOUNDED = "values within bounds"


_NEVER, _LISTED, _BOUNDED = Trust.NEVER, Trust.LISTED, Trust.BOUNDED

_METADATA: Final = {
    _NEVER: """
        name generateName namespace selfLink uid resourceVersion generation creationTimestamp
        deletionTimestamp deletionGracePeriodSeconds ownerReferences finalizers managedFields
    """,
    _BOUNDED: "labels annotations",
}
_SPEC: Final = {
    _NEVER: """
        nodeName hostNetwork hostPID hostIPC hostUsers serviceAccount schedulerName priority preemptionPolicy
        overhead ephemeralContainers schedulingGates workloadRef schedulingGroup evictionResponders
        resourceClaims os readinessGates hostnameOverride setHostnameAsFQDN subdomain hostAliases dnsPolicy
        dnsConfig shareProcessNamespace activeDeadlineSeconds restartPolicy
    """,
    _LISTED: """
        serviceAccountName automountServiceAccountToken runtimeClassName priorityClassName nodeSelector
        affinity tolerations topologySpreadConstraints imagePullSecrets securityContext resources
        terminationGracePeriodSeconds enableServiceLinks
    """,
    _BOUNDED: "hostname",
}
_CONTAINER: Final = {
    _NEVER: """
        name securityContext lifecycle livenessProbe readinessProbe startupProbe restartPolicy
        restartPolicyRules resizePolicy terminationMessagePath terminationMessagePolicy volumeDevices
        ports.*.hostPort ports.*.hostIP volumeMounts.*.mountPropagation volumeMounts.*.subPathExpr
        volumeMounts.*.bindMountOptions
    """,
    _LISTED: "image imagePullPolicy env.*.valueFrom envFrom resources.claims",
    _BOUNDED: """
        env.*.name env.*.value args command workingDir resources.limits resources.requests stdin stdinOnce tty
        ports.*.containerPort ports.*.name ports.*.protocol volumeMounts.*.name volumeMounts.*.mountPath
        volumeMounts.*.readOnly volumeMounts.*.recursiveReadOnly volumeMounts.*.subPath
    """,
}
_VOLUME: Final = {
    _NEVER: """
        hostPath gitRepo flexVolume awsElasticBlockStore azureDisk azureFile cephfs cinder fc flocker
        gcePersistentDisk glusterfs iscsi photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos
        vsphereVolume
    """,
    _LISTED: "csi nfs projected image ephemeral secret configMap downwardAPI",
    _BOUNDED: "name emptyDir persistentVolumeClaim",
}
_PARTS: Final = (
    (("metadata",), _METADATA),
    (("spec",), _SPEC),
    (("spec", "containers", "*"), _CONTAINER),
    (("spec", "initContainers", "*"), _CONTAINER),
    (("spec", "volumes", "*"), _VOLUME),
)

TABLE: Final[dict[Place, Trust]] = {
    (*above, *name.split(".")): trust
    for above, classes in _PARTS
    for trust, names in classes.items()
    for name in names.split()
}
"""The class of each place and of all that is below it; no place stands below another one."""


def reached(steps: Sequence[str | int]) -> Iterator[tuple[Place, Trust]]:
    """The places that a path covers or lies in, each with its class; ``*`` in the path stands for any step."""
    for place, trust in TABLE.items():
        if all(mine in ("*", theirs) or theirs == "*" for mine, theirs in zip(steps, place, strict=False)):
            yield place, trust
