"""The sources of volumes: for every kind of source, what it needs and which values it allows, as one table.

Refuses to know volumes as a list, mounts, and whether what a source refers to exists.
Source: k8s.io/kubernetes/pkg/apis/core/validation, validateVolumeSource, at v1.36.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from nbcore.checks.fault import Fault, Faults, RawPath
from nbcore.checks.semantics import claim_template, projected, values
from nbcore.checks.semantics.values import shown
from nbcore.checks.semantics.volume_fields import (
    MISSING,
    NOT_ALLOWED,
    Check,
    any_of,
    at_most,
    between,
    each,
    file_path,
    inside,
    mode,
    named,
    not_negative,
    present,
    required,
    starting_with,
    words,
)
from nbcore.kubernetes.names import (
    problem_with_backsteps,
    problem_with_dns_label,
    problem_with_dns_subdomain,
    problem_with_relative_path,
)

# ---- what is not said by one field alone ----


def _problem_with_csi_driver(text: object) -> str | None:
    return problem_with_dns_subdomain(str(text).lower())


_SEPARATORS = re.compile(r"[,;*&$|\t\n\f\r ]")
_NAME_CHARACTERS = re.compile("[A-Za-z0-9.-]+", re.ASCII)
_AUTHORITY = re.compile(r"iqn\.[0-9]{4}-[0-9]{2}\..", re.ASCII)
_EUI_OR_NAA = re.compile("eui[^\n][A-Za-z0-9]{16}|naa[^\n][A-Za-z0-9]{32}", re.ASCII)


def problem_with_iscsi_name(text: object) -> str | None:
    """Why the value is no iSCSI qualified name (``iqn.2001-04.com.example:disk``), EUI or NAA, or None.

    Laws: the cost is linear in the length; Kubernetes searches an iqn, it need not stand at the start.
    """
    name = str(text)
    if name.startswith("iqn") and _holds_iqn(_SEPARATORS.split(name)[-1]):
        return None
    if name.startswith(("eui", "naa")) and _EUI_OR_NAA.fullmatch(name):
        return None
    return "must be an iSCSI name such as iqn.2001-04.com.example:disk"


def _holds_iqn(tail: str) -> bool:
    """Whether a text without separators holds ``iqn.YYYY-MM.authority:`` and something behind it."""
    return any(
        tail.startswith(":", run.end()) and run.end() + 1 < len(tail) and _AUTHORITY.search(run[0])
        for run in _NAME_CHARACTERS.finditer(tail)
    )


def _initiator(source: dict[str, Any], path: RawPath) -> Faults:
    name = source.get("initiatorName")
    yield from values.valid(
        NOT_ALLOWED, (*path, "initiatorName"), "initiatorName", name, problem_with_iscsi_name
    )


_REGISTRY = re.compile(r"(?:\[[^\[\]]*\]|[^:\[\]]*):[^:\[\]]*")


def _problem_with_registry(text: object) -> str | None:
    if all(map(_REGISTRY.fullmatch, str(text).split(","))):
        return None
    return "must be host:port, or several of them joined by ','"


def _secret_for_chap(source: dict[str, Any], path: RawPath) -> Faults:
    if (source.get("chapAuthDiscovery") or source.get("chapAuthSession")) and source.get("secretRef") is None:
        message = "secretRef is missing, CHAP authentication needs it"
        yield Fault(MISSING, (*path, "secretRef"), message, "Name the Secret that holds the CHAP password.")


def _world_wide_names(source: dict[str, Any], path: RawPath) -> Faults:
    targets, lun = source.get("targetWWNs"), source.get("lun")
    if bool(targets) == bool(source.get("wwids")):
        message = "a Fibre Channel volume needs either targetWWNs or wwids"
        yield Fault(
            MISSING, (*path, "targetWWNs"), message, "Set exactly one of the two.", ((*path, "wwids"),)
        )
    if targets and lun is None:
        yield Fault(
            MISSING, (*path, "lun"), "lun is missing, targetWWNs need it", "Add the number of the LUN."
        )
    elif targets:
        yield from between("lun", 0, 255)(source, path)


def _one_dataset(source: dict[str, Any], path: RawPath) -> Faults:
    name, uuid = source.get("datasetName"), source.get("datasetUUID")
    if bool(name) == bool(uuid):
        message = "a Flocker volume needs either datasetName or datasetUUID"
        yield Fault(MISSING, path, message, "Set exactly one of the two.")


def _problem_with_dataset(text: object) -> str | None:
    return "must not contain '/'" if "/" in str(text) else None


_RESERVED_DOMAINS: Final = (".kubernetes.io", ".k8s.io")


def _reserved_options(source: dict[str, Any], path: RawPath) -> Faults:
    for key in source.get("options") or ():
        if f".{key.partition('/')[0].lower()}".endswith(_RESERVED_DOMAINS):
            message = f"the option {shown(key)} is reserved for Kubernetes"
            yield Fault(NOT_ALLOWED, (*path, "options", key), message, "Use a domain of your own.")


_DISK_ADDRESSES: Final = {"Managed": "/subscriptions/"}
_OTHER_DISK_ADDRESS: Final = "https://"


def _address_fits_kind(source: dict[str, Any], path: RawPath) -> Faults:
    """The address of an Azure disk: a resource for managed disks, a URL for all others (Shared by default)."""
    prefix = _DISK_ADDRESSES.get(source.get("kind", "Shared"), _OTHER_DISK_ADDRESS)
    yield from named("diskURI", starting_with(prefix))(source, path)


# ---- the table ----

_NAMED_SECRET: Final = required("name")
_KEY_TO_PATH: Final = (required("key"), file_path("path"), mode("mode"))
_DISK: Final = between("partition", 0, 255)

SOURCES: Final[Mapping[str, tuple[Check, ...]]] = {
    "emptyDir": (not_negative("sizeLimit"),),
    "hostPath": (
        required("path"),
        named("path", problem_with_backsteps),
        words(
            "type",
            *(
                "DirectoryOrCreate",
                "Directory",
                "FileOrCreate",
                "File",
                "Socket",
                "CharDevice",
                "BlockDevice",
            ),
            or_empty=True,
        ),
    ),
    "gitRepo": (required("repository"), named("directory", problem_with_relative_path)),
    "gcePersistentDisk": (required("pdName"), _DISK),
    "awsElasticBlockStore": (required("volumeID"), _DISK),
    "secret": (required("secretName"), mode("defaultMode"), each("items", *_KEY_TO_PATH)),
    "nfs": (required("server"), required("path"), named("path", starting_with("/"))),
    "iscsi": (
        required("targetPortal"),
        required("iqn"),
        named("iqn", problem_with_iscsi_name),
        between("lun", 0, 255),
        _initiator,
        _secret_for_chap,
    ),
    "glusterfs": (required("endpoints"), required("path")),
    "flocker": (_one_dataset, named("datasetName", _problem_with_dataset)),
    "persistentVolumeClaim": (required("claimName"),),
    "rbd": (required("monitors"), required("image")),
    "cinder": (required("volumeID"), inside("secretRef", _NAMED_SECRET)),
    "cephfs": (required("monitors"),),
    "quobyte": (
        required("registry"),
        named("registry", _problem_with_registry),
        required("volume"),
        named("tenant", at_most(64)),
    ),
    "downwardAPI": (mode("defaultMode"), each("items", projected.downward_file)),
    "fc": (_world_wide_names,),
    "flexVolume": (required("driver"), _reserved_options),
    "configMap": (required("name"), mode("defaultMode"), each("items", *_KEY_TO_PATH)),
    "azureFile": (required("secretName"), required("shareName")),
    "vsphereVolume": (required("volumePath"),),
    "photonPersistentDisk": (required("pdID"),),
    "portworxVolume": (required("volumeID"),),
    "azureDisk": (
        required("diskName"),
        required("diskURI"),
        words("cachingMode", "None", "ReadOnly", "ReadWrite"),
        words("kind", "Shared", "Dedicated", "Managed"),
        _address_fits_kind,
    ),
    "storageos": (
        required("volumeName"),
        named("volumeName", problem_with_dns_label),
        named("volumeNamespace", problem_with_dns_label),
        inside("secretRef", _NAMED_SECRET),
    ),
    "projected": (mode("defaultMode"), projected.sources(_KEY_TO_PATH)),
    "scaleIO": (required("gateway"), required("system"), required("volumeName")),
    "csi": (
        required("driver"),
        named("driver", any_of(at_most(63), _problem_with_csi_driver)),
        inside("nodePublishSecretRef", _NAMED_SECRET, named("name", problem_with_dns_subdomain)),
    ),
    "ephemeral": (present("volumeClaimTemplate"), inside("volumeClaimTemplate", claim_template.faults)),
    "image": (required("reference"), words("pullPolicy", "Always", "Never", "IfNotPresent", or_empty=True)),
}
"""The kinds of sources, in the order in which Kubernetes looks at them, and the checks of each."""
