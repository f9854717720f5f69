"""Interesting values of the fields of a pod, by ``Type.field``, else by ``field``, else by the field's type.

It refuses to know what a value means: `pod_words` has the words.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.oracles.pod_words import (
    ABSOLUTE,
    ANNOTATION_KEYS,
    ANNOTATION_VALUES,
    ANY_PORT,
    CLAIM,
    CONFIG_KEY,
    CPU,
    DIVISOR,
    DURATION,
    ENV_NAME,
    FIELD_PATH,
    FINALIZER,
    HEADER,
    ID,
    IMAGE,
    IP,
    IQN,
    LABEL,
    LABEL_VALUE,
    LOCALHOST,
    MEMORY,
    MODE,
    NAME,
    NODE_OPERATOR,
    PORT_NAME,
    PORT_NUMBER,
    PROBE_NUMBER,
    QUALIFIED,
    QUANTITY,
    REGISTRY,
    RELATIVE,
    RESOURCE,
    RUN_AS_NAME,
    SECONDS,
    SELECTOR_OPERATOR,
    SUBDOMAIN,
    SYSCTL,
    TEXT,
    TIMES,
    TOPOLOGY,
    UUID,
    WEIGHT,
    Entries,
    Words,
    enum,
    numbers,
)

VALUES: Mapping[str, Words] = {
    # metadata
    "ObjectMeta.name": SUBDOMAIN,
    "ObjectMeta.generateName": SUBDOMAIN + Words(("a-", "a.", "lab-"), ("-", "a--", "a.-")),
    "ObjectMeta.finalizers": FINALIZER,
    "ObjectMeta.uid": TEXT,
    "ObjectMeta.resourceVersion": Words((), ("", "1", "a", "0")),
    "ObjectMeta.selfLink": TEXT,
    "ObjectMeta.generation": numbers(1, near=(-5,)),
    "ObjectMeta.deletionGracePeriodSeconds": numbers(1, 0),
    "OwnerReference.apiVersion": Words(
        ("v1", "apps/v1", "kubeflow.org/v1"), ("", "a/b/c", "/", "v1/", "/v1")
    ),
    "OwnerReference.kind": Words(("StatefulSet", "Notebook"), ("", "Event", "a b", "event")),
    "OwnerReference.name": Words(("a",), ("", "A b", "é")),
    "OwnerReference.uid": Words(("0d4c1bf8-1a2b-4c3d-8e4f-0123456789ab",), ("", "a", " ")),
    "ManagedFieldsEntry.operation": enum("Apply", "Update"),
    "ManagedFieldsEntry.fieldsType": Words(("FieldsV1",), ("", "FieldsV2")),
    "ManagedFieldsEntry.apiVersion": Words(("v1",), ("", "v2", "apps/v1")),
    "ManagedFieldsEntry.manager": Words(("kubectl",), ("", "x" * 128, "x" * 129, "a\nb", "é")),
    "ManagedFieldsEntry.subresource": Words(("", "status"), ("x" * 256, "x" * 257)),
    "ManagedFieldsEntry.fieldsV1": Words(
        ({}, {"f:metadata": {}}), ({"a": 1}, {".": 1}, {"f:a": {"x:b": {}}})
    ),
    # the pod itself
    "PodSpec.activeDeadlineSeconds": SECONDS,
    "PodSpec.terminationGracePeriodSeconds": Words((30, 0, 60), (-1, -100, 2**31, 2**63 - 1, 1)),
    "PodSpec.restartPolicy": enum("Always", "OnFailure", "Never"),
    "PodSpec.dnsPolicy": enum("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
    "PodSpec.hostname": LABEL,
    "PodSpec.subdomain": LABEL,
    "PodSpec.hostnameOverride": Words((*SUBDOMAIN.good[:-1], "x" * 64), (*SUBDOMAIN.near, "x" * 65)),
    "PodSpec.nodeName": SUBDOMAIN,
    "PodSpec.schedulerName": SUBDOMAIN,
    "PodSpec.serviceAccountName": SUBDOMAIN,
    "PodSpec.serviceAccount": SUBDOMAIN,
    "PodSpec.priority": Words((0,), (1, -1)),
    "PodSpec.preemptionPolicy": Words(("PreemptLowerPriority",), ("Never", "never", "")),
    "PodSpec.priorityClassName": Words(("",), ()),
    "PodSpec.runtimeClassName": Words((None,), ()),
    "PodOS.name": enum("linux", "windows"),
    "PodDNSConfig.nameservers": IP,
    "PodDNSConfig.searches": SUBDOMAIN + Words((".", "a.b.", "a_b.c", "_tcp.a"), ("..", "a b", "_", "a._b")),
    "PodDNSConfigOption.name": Words(("ndots", "edns0"), ("", "a b")),
    "HostAlias.ip": IP,
    "HostAlias.hostnames": SUBDOMAIN,
    "LocalObjectReference.name": SUBDOMAIN,
    "PodReadinessGate.conditionType": QUALIFIED,
    "PodSchedulingGate.name": QUALIFIED,
    "PodResourceClaim.name": CLAIM + LABEL,
    "PodResourceClaim.resourceClaimName": SUBDOMAIN,
    "PodResourceClaim.resourceClaimTemplateName": SUBDOMAIN,
    # scheduling
    "Toleration.key": QUALIFIED,
    "Toleration.operator": Words(("Exists", "Equal", ""), ("Lt", "Gt", "exists", "In", "xxx")),
    "Toleration.effect": Words(
        ("NoSchedule", "PreferNoSchedule", "NoExecute", ""), ("noexecute", "xxx", "NoExecute ")
    ),
    "Toleration.value": LABEL_VALUE + Words(("5", "-5"), ("1.5", "05", "9223372036854775808")),
    "Toleration.tolerationSeconds": numbers(0, 300, -5),
    "weight": WEIGHT,
    "topologyKey": TOPOLOGY,
    "PodAffinityTerm.namespaces": LABEL,
    "matchLabelKeys": QUALIFIED,
    "mismatchLabelKeys": QUALIFIED,
    "NodeSelectorRequirement.key": QUALIFIED
    + Words(("metadata.name",), ("metadata.namespace", "metadata.uid")),
    "NodeSelectorRequirement.operator": NODE_OPERATOR,
    "NodeSelectorRequirement.values": LABEL_VALUE
    + Words(("5", "node-1"), ("-5", "1.5", "9223372036854775808")),
    "LabelSelectorRequirement.key": QUALIFIED,
    "LabelSelectorRequirement.operator": SELECTOR_OPERATOR,
    "LabelSelectorRequirement.values": LABEL_VALUE,
    "TopologySpreadConstraint.maxSkew": numbers(1, 2),
    "TopologySpreadConstraint.minDomains": numbers(1, 2),
    "TopologySpreadConstraint.whenUnsatisfiable": enum("DoNotSchedule", "ScheduleAnyway"),
    "nodeAffinityPolicy": enum("Honor", "Ignore"),
    "nodeTaintsPolicy": enum("Honor", "Ignore"),
    # containers
    "Container.name": LABEL,
    "Container.image": IMAGE,
    "Container.restartPolicy": enum("Always", "OnFailure", "Never"),
    "EphemeralContainer.targetContainerName": Words(("main",), ("", "missing")),
    "imagePullPolicy": enum("Always", "IfNotPresent", "Never"),
    "pullPolicy": enum("Always", "IfNotPresent", "Never"),
    "terminationMessagePolicy": enum("File", "FallbackToLogsOnError"),
    "ContainerPort.name": PORT_NAME,
    "ContainerPort.containerPort": PORT_NUMBER,
    "ContainerPort.hostPort": PORT_NUMBER,
    "ContainerPort.hostIP": IP,
    "protocol": enum("TCP", "UDP", "SCTP"),
    "EnvVar.name": ENV_NAME,
    "EnvFromSource.prefix": ENV_NAME,
    "EnvVar.value": TEXT + Words(("$(HOME)",), ()),
    "ConfigMapKeySelector.key": CONFIG_KEY,
    "SecretKeySelector.key": CONFIG_KEY,
    "FileKeySelector.key": ENV_NAME,
    "FileKeySelector.path": RELATIVE,
    "FileKeySelector.volumeName": NAME,
    "ConfigMapKeySelector.name": SUBDOMAIN,
    "SecretKeySelector.name": SUBDOMAIN,
    "ConfigMapEnvSource.name": SUBDOMAIN,
    "SecretEnvSource.name": SUBDOMAIN,
    "ObjectFieldSelector.fieldPath": FIELD_PATH,
    "ObjectFieldSelector.apiVersion": Words(("v1", ""), ("v2", "apps/v1", "V1", "v1 ")),
    "ResourceFieldSelector.resource": Words(
        (
            *("limits.cpu", "limits.memory", "limits.ephemeral-storage", "requests.cpu", "requests.memory"),
            *("requests.ephemeral-storage", "requests.hugepages-2Mi", "limits.hugepages-1Gi"),
        ),
        (
            "",
            "cpu",
            "limits.gpu",
            "limits.nvidia.com/gpu",
            "requests.hugepages-",
            "Limits.cpu",
            "requests.storage",
        ),
    ),
    "ResourceFieldSelector.divisor": DIVISOR,
    "ResourceFieldSelector.containerName": Words(("main",), ("", "missing", "A")),
    "HTTPGetAction.port": ANY_PORT,
    "TCPSocketAction.port": ANY_PORT,
    "GRPCAction.port": PORT_NUMBER,
    "GRPCAction.service": TEXT,
    "HTTPGetAction.path": Words(("/", "/api", "/lab?x=1"), ("", "api", "é", " ")),
    "HTTPGetAction.scheme": enum("HTTP", "HTTPS"),
    "HTTPHeader.name": HEADER,
    "SleepAction.seconds": Words((1, 5, 10), (0, -1, 30, 31, 29, 1000, 2**31)),
    "Probe.failureThreshold": PROBE_NUMBER,
    "Probe.initialDelaySeconds": PROBE_NUMBER,
    "Probe.periodSeconds": PROBE_NUMBER,
    "Probe.successThreshold": PROBE_NUMBER,
    "Probe.timeoutSeconds": PROBE_NUMBER,
    "Probe.terminationGracePeriodSeconds": PROBE_NUMBER,
    "Lifecycle.stopSignal": Words(("SIGTERM", "SIGKILL"), ("sigterm", "TERM", "", "SIGRTMIN+1", "SIGWHAT")),
    "ContainerResizePolicy.resourceName": Words(
        ("cpu", "memory"), ("", "ephemeral-storage", "CPU", "nvidia.com/gpu")
    ),
    "ContainerResizePolicy.restartPolicy": enum("NotRequired", "RestartContainer"),
    "ContainerRestartRule.action": enum("Restart", "RestartAllContainers"),
    "ContainerRestartRuleOnExitCodes.operator": enum("In", "NotIn"),
    "ContainerRestartRuleOnExitCodes.values": numbers(1, 2, 137, 0, near=(256, 255)),
    "ResourceClaim.name": CLAIM,
    "ResourceClaim.request": LABEL,
    "workingDir": ABSOLUTE,
    "VolumeMount.name": NAME,
    "VolumeDevice.name": NAME,
    "VolumeMount.mountPath": ABSOLUTE,
    "VolumeDevice.devicePath": ABSOLUTE,
    "VolumeMount.subPath": RELATIVE,
    "VolumeMount.subPathExpr": RELATIVE + Words(("$(NB_USER)/a",), ("$(", "$(A)/../b")),
    "mountPropagation": enum("None", "HostToContainer", "Bidirectional"),
    "recursiveReadOnly": enum("Disabled", "IfPossible", "Enabled"),
    # security
    "runAsUser": ID,
    "runAsGroup": ID,
    "fsGroup": ID,
    "supplementalGroups": ID,
    "procMount": enum("Default", "Unmasked"),
    "fsGroupChangePolicy": enum("OnRootMismatch", "Always"),
    "seLinuxChangePolicy": enum("Recursive", "MountOption"),
    "supplementalGroupsPolicy": enum("Merge", "Strict"),
    "SeccompProfile.type": enum("RuntimeDefault", "Unconfined", "Localhost"),
    "AppArmorProfile.type": enum("RuntimeDefault", "Unconfined", "Localhost"),
    "localhostProfile": LOCALHOST,
    "Capabilities.add": Words(
        ("CHOWN", "NET_ADMIN"), ("SYS_ADMIN", "CAP_SYS_ADMIN", "", "sys_admin", "ALL", "x")
    ),
    "Capabilities.drop": Words(("ALL", "CHOWN"), ("", "all", "CAP_SYS_ADMIN")),
    "WindowsSecurityContextOptions.runAsUserName": RUN_AS_NAME,
    "gmsaCredentialSpecName": SUBDOMAIN,
    "gmsaCredentialSpec": Words(("{}", "a"), ("", "x" * 65_536, "x" * 65_537)),
    "Sysctl.name": SYSCTL,
    # volumes
    "Volume.name": LABEL + NAME,
    "defaultMode": MODE,
    "mode": MODE,
    "KeyToPath.key": CONFIG_KEY,
    "KeyToPath.path": RELATIVE,
    "DownwardAPIVolumeFile.path": RELATIVE,
    "EmptyDirVolumeSource.medium": Words(
        ("", "Memory", "HugePages", "HugePages-2Mi"), ("memory", "HugePages-", "Disk")
    ),
    "EmptyDirVolumeSource.sizeLimit": MEMORY,
    "HostPathVolumeSource.path": ABSOLUTE,
    "HostPathVolumeSource.type": enum(
        "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket", "CharDevice", "BlockDevice"
    ),
    "PersistentVolumeClaimSpec.accessModes": enum(
        "ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"
    ),
    "PersistentVolumeClaimSpec.volumeMode": enum("Filesystem", "Block"),
    "PersistentVolumeClaimSpec.storageClassName": SUBDOMAIN,
    "PersistentVolumeClaimSpec.volumeAttributesClassName": SUBDOMAIN,
    "PersistentVolumeClaimSpec.volumeName": SUBDOMAIN,
    "apiGroup": SUBDOMAIN + Words(("snapshot.storage.k8s.io",), (None,)),
    "TypedLocalObjectReference.kind": Words(("PersistentVolumeClaim", "VolumeSnapshot"), ("", "pvc", "Pod")),
    "TypedObjectReference.kind": Words(("PersistentVolumeClaim", "VolumeSnapshot"), ("", "pvc", "Pod")),
    "TypedObjectReference.namespace": LABEL,
    "CSIVolumeSource.driver": SUBDOMAIN + Words(("csi.example.org", "A.b"), ("x" * 64, "a" * 63 + ".b")),
    "partition": numbers(0, 1, 255, near=(256,)),
    "lun": numbers(0, 1, 255, near=(256,)),
    "iqn": IQN,
    "initiatorName": IQN,
    "registry": REGISTRY,
    "tenant": UUID,
    "AzureDiskVolumeSource.cachingMode": enum("None", "ReadOnly", "ReadWrite"),
    "AzureDiskVolumeSource.kind": enum("Shared", "Dedicated", "Managed"),
    "AzureDiskVolumeSource.diskURI": Words(
        ("https://a.blob.core.windows.net/b/c.vhd", "/subscriptions/a/b"),
        ("", "a", "http://a", "/Subscriptions/a"),
    ),
    "datasetName": Words(("a",), ("", "a/b", "é")),
    "NFSVolumeSource.path": ABSOLUTE,
    "GitRepoVolumeSource.directory": RELATIVE,
    "FlexVolumeSource.driver": Words(("example/driver", "a"), ("", " ")),
    "StorageOSVolumeSource.volumeName": LABEL,
    "StorageOSVolumeSource.volumeNamespace": LABEL,
    "ServiceAccountTokenProjection.expirationSeconds": DURATION,
    "ServiceAccountTokenProjection.path": RELATIVE,
    "ClusterTrustBundleProjection.path": RELATIVE,
    "PodCertificateProjection.maxExpirationSeconds": DURATION,
}

MAPS: Mapping[str, Entries] = {
    "annotations": Entries(ANNOTATION_KEYS, ANNOTATION_VALUES),
    "labels": Entries(QUALIFIED, LABEL_VALUE),
    "matchLabels": Entries(QUALIFIED, LABEL_VALUE),
    "nodeSelector": Entries(QUALIFIED, LABEL_VALUE),
    "limits": Entries(RESOURCE, QUANTITY),
    "requests": Entries(RESOURCE, QUANTITY),
    "VolumeResourceRequirements.limits": Entries(Words(("storage",), RESOURCE.near), MEMORY),
    "VolumeResourceRequirements.requests": Entries(Words(("storage",), RESOURCE.near), MEMORY),
    "overhead": Entries(RESOURCE, QUANTITY),
    "FlexVolumeSource.options": Entries(
        Words(
            ("a", "example.org/a"),
            ("kubernetes.io/a", "k8s.io/a", "x.k8s.io/a", "", "A.kubernetes.io/b", "a/b/c"),
        ),
        TEXT,
    ),
}
BY_RESOURCE: Mapping[str, Words] = {
    "cpu": CPU,
    "memory": MEMORY,
    "ephemeral-storage": MEMORY,
    "nvidia.com/gpu": Words((1, "1", "2"), QUANTITY.near),
    "example.com/foo": Words((1, "1", "2"), QUANTITY.near),
    "hugepages-2Mi": Words(("2Mi", "4Mi", "512Mi"), QUANTITY.near),
    "hugepages-1Gi": Words(("1Gi", "2Gi"), QUANTITY.near),
}
"""The amounts of a resource, by its name."""

BY_TYPE: Mapping[str, Words] = {
    "string": TEXT,
    "integer": numbers(1, 5, near=(2**31, -(2**31), 2**63 - 1)),
    "number": numbers(1),
    "boolean": Words((True, False)),
    "quantity": QUANTITY,
    "int-or-string": ANY_PORT,
    "time": TIMES,
    "raw": Words(({},), ({"a": 1},)),
}
UNIONS: Mapping[str, tuple[str, ...]] = {
    "EnvVarSource": ("configMapKeyRef", "fieldRef", "fileKeyRef", "resourceFieldRef", "secretKeyRef"),
    "EnvFromSource": ("configMapRef", "secretRef"),
    "LifecycleHandler": ("exec", "httpGet", "sleep", "tcpSocket"),
    "Probe": ("exec", "grpc", "httpGet", "tcpSocket"),
    "DownwardAPIVolumeFile": ("fieldRef", "resourceFieldRef"),
    "EnvVar": ("value", "valueFrom"),
    "PodResourceClaim": ("resourceClaimName", "resourceClaimTemplateName"),
    "VolumeProjection": (
        *(
            "clusterTrustBundle",
            "configMap",
            "downwardAPI",
            "podCertificate",
            "secret",
            "serviceAccountToken",
        ),
    ),
}
"""Fields of a type of which one at a time makes sense; those of Volume are all but its name."""


def words(owner: str, name: str, type_: str) -> Words:
    """The values of a field of a type: of exactly this field, else of fields of that name, else of the type."""
    if owner == "EphemeralContainer" and f"{owner}.{name}" not in VALUES:
        owner = "Container"
    found = VALUES.get(f"{owner}.{name}") or VALUES.get(name)
    return found or BY_TYPE[type_]


def entries(owner: str, name: str) -> Entries:
    """The entries of a map."""
    return MAPS.get(f"{owner}.{name}") or MAPS.get(name) or Entries(LABEL, TEXT)
