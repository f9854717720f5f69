"""Pieces of notebook pods, each of which an API server takes where it stands: containers, volumes, terms.

It refuses to know how they are put together, and which of them refuse each other.
"""

from __future__ import annotations

from typing import Any, TypeAlias

Object: TypeAlias = dict[str, Any]

SHAPES: tuple[Object, ...] = (
    {
        "name": "jupyter",
        "image": "quay.io/jupyter/scipy-notebook:2025-01-06",
        "command": ["start-notebook.py", "--ServerApp.base_url=/notebook/team-a/ada"],
        "workingDir": "/home/jovyan",
        "ports": [{"name": "notebook-port", "containerPort": 8888, "protocol": "TCP"}],
        "env": [
            {"name": "NB_PREFIX", "value": "/notebook/team-a/ada"},
            {"name": "NB_USER", "value": "jovyan"},
        ],
        "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"cpu": 2, "memory": "4Gi"}},
    },
    {
        "name": "code",
        "image": "ghcr.io/coder/code-server@sha256:" + "0" * 64,
        "args": ["--bind-addr", "0.0.0.0:8080", "--auth", "none"],
        "ports": [{"name": "http", "containerPort": 8080}, {"containerPort": 9090, "protocol": "UDP"}],
        "tty": True,
        "stdin": True,
        "resources": {"limits": {"cpu": "1", "memory": "2Gi", "ephemeral-storage": "10Gi"}},
    },
    {
        "name": "rstudio",
        "image": "rocker/rstudio",
        "imagePullPolicy": "IfNotPresent",
        "ports": [{"containerPort": 8787}],
        "env": [{"name": "DISABLE_AUTH", "value": "true"}, {"name": "USERID", "value": "1000"}],
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "FallbackToLogsOnError",
    },
)
ENV: tuple[Object, ...] = (
    {"name": "EMPTY"},
    {"name": "HOME", "value": "/home/jovyan"},
    {"name": "URL", "value": "http://$(POD_IP):8888"},
    {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "ada-token", "key": "token", "optional": True}}},
    {"name": "SETTINGS", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "lab.json"}}},
    {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
    {"name": "POD_NAME", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}},
    {"name": "APP", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app.kubernetes.io/name']"}}},
    {"name": "CPUS", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1m"}}},
    {
        "name": "MEMORY",
        "valueFrom": {
            "resourceFieldRef": {"containerName": "a", "resource": "requests.memory", "divisor": "1Mi"}
        },
    },
    {
        "name": "KEY",
        "valueFrom": {
            "fileKeyRef": {"volumeName": "scratch", "path": "keys/env", "key": "KEY", "optional": True}
        },
    },
)
ENV_FROM: tuple[Object, ...] = (
    {"configMapRef": {"name": "settings"}},
    {"secretRef": {"name": "ada-token", "optional": True}, "prefix": "ADA_"},
)
HANDLERS: tuple[Object, ...] = (
    {"httpGet": {"path": "/api", "port": 8888}},
    {
        "httpGet": {
            "path": "/api",
            "port": "http",
            "scheme": "HTTPS",
            "host": "127.0.0.1",
            "httpHeaders": [{"name": "Accept", "value": "*/*"}, {"name": "X-A", "value": ""}],
        }
    },
    {"tcpSocket": {"port": 8888}},
    {"tcpSocket": {"port": "http", "host": "localhost"}},
    {"exec": {"command": ["sh", "-c", "true"]}},
)
PROBE_HANDLERS: tuple[Object, ...] = (
    *HANDLERS,
    {"grpc": {"port": 9000}},
    {"grpc": {"port": 1, "service": "x"}},
)
HOOKS: tuple[Object, ...] = (*HANDLERS, {"sleep": {"seconds": 5}})
TIMINGS: tuple[Object, ...] = (
    {},
    {"initialDelaySeconds": 5, "periodSeconds": 10, "timeoutSeconds": 2, "failureThreshold": 6},
    {"periodSeconds": 1, "successThreshold": 1},
)
GPU: Object = {"limits": {"cpu": "4", "memory": "16Gi", "nvidia.com/gpu": 1}}
RESOURCES: tuple[Object, ...] = (
    GPU,
    {"limits": {"nvidia.com/gpu": "2"}, "requests": {"nvidia.com/gpu": "2", "cpu": 1.5}},
    {"limits": {"hugepages-2Mi": "512Mi", "memory": "1Gi"}, "requests": {"cpu": "100m"}},
    {"requests": {"cpu": "0.1", "memory": "128Mi", "ephemeral-storage": "1Gi"}},
    {"limits": {"example.com/foo": 3}},
    {},
)
RESIZES: tuple[list[Object], ...] = (
    [{"resourceName": "cpu", "restartPolicy": "NotRequired"}],
    [
        {"resourceName": "cpu", "restartPolicy": "NotRequired"},
        {"resourceName": "memory", "restartPolicy": "NotRequired"},
    ],
)
EXIT_RULES: tuple[Object, ...] = (
    {
        "restartPolicy": "Never",
        "restartPolicyRules": [{"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}],
    },
    {
        "restartPolicy": "OnFailure",
        "restartPolicyRules": [
            {"action": "Restart", "exitCodes": {"operator": "NotIn", "values": [1, 137]}},
            {"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}},
        ],
    },
)
SECURITY: tuple[Object, ...] = (
    {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True},
    {
        "seccompProfile": {"type": "RuntimeDefault"},
        "readOnlyRootFilesystem": True,
        "runAsUser": 1000,
        "runAsGroup": 100,
    },
    {"seccompProfile": {"type": "Localhost", "localhostProfile": "profiles/lab.json"}, "privileged": False},
    {"appArmorProfile": {"type": "RuntimeDefault"}, "procMount": "Default"},
    {"appArmorProfile": {"type": "Localhost", "localhostProfile": "lab"}},
    {"seLinuxOptions": {"level": "s0:c1,c2", "type": "t", "user": "u", "role": "r"}},
    {"privileged": True, "capabilities": {"add": ["SYS_ADMIN", "NET_ADMIN"]}},
    {},
)
POD_SECURITY: tuple[Object, ...] = (
    {"fsGroup": 100, "runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    {
        "runAsUser": 1000,
        "runAsGroup": 100,
        "supplementalGroups": [1, 100],
        "supplementalGroupsPolicy": "Merge",
    },
    {"fsGroup": 0, "fsGroupChangePolicy": "OnRootMismatch", "seLinuxChangePolicy": "Recursive"},
    {
        "sysctls": [
            {"name": "net.ipv4.ip_local_port_range", "value": "1024 65535"},
            {"name": "net.a", "value": ""},
        ]
    },
    {"appArmorProfile": {"type": "Unconfined"}, "seLinuxOptions": {"level": "s0"}},
    {"seccompProfile": {"type": "Localhost", "localhostProfile": "a.json"}},
)
PVC_SPEC: Object = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
ITEMS: list[Object] = [{"key": "a", "path": "a/b"}, {"key": "c.txt", "path": "c", "mode": 256}]
FILES: list[Object] = [
    {"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}},
    {"path": "d/name", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}, "mode": 0o400},
    {"path": "cpu", "resourceFieldRef": {"containerName": "main", "resource": "limits.cpu", "divisor": "1m"}},
]
SOURCES: tuple[Object, ...] = (
    {"persistentVolumeClaim": {"claimName": "ada-home"}},
    {"persistentVolumeClaim": {"claimName": "data", "readOnly": True}},
    {"emptyDir": {}},
    {"emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}},
    {"emptyDir": {"medium": "HugePages-2Mi"}},
    {},
    {"secret": {"secretName": "ada-token", "defaultMode": 256, "optional": True}},
    {"secret": {"secretName": "ada-token", "items": ITEMS}},
    {"configMap": {"name": "settings", "items": ITEMS, "defaultMode": 420}},
    {"configMap": {"name": "settings", "optional": False}},
    {"downwardAPI": {"items": FILES, "defaultMode": 0}},
    {
        "projected": {
            "defaultMode": 420,
            "sources": [
                {"serviceAccountToken": {"path": "token", "expirationSeconds": 3600, "audience": "lab"}},
                {"configMap": {"name": "ca", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
                {
                    "secret": {
                        "name": "x",
                        "items": [{"key": "x", "path": "x", "mode": 420}],
                        "optional": True,
                    }
                },
                {"downwardAPI": {"items": FILES}},
            ],
        }
    },
    {"projected": {"sources": []}},
    {"projected": {"sources": [{"secret": {"name": "a"}}, {"configMap": {"name": "a"}}]}},
    {
        "projected": {
            "sources": [
                {"clusterTrustBundle": {"name": "a", "path": "ca.pem", "optional": True}},
                {"podCertificate": {"signerName": "a/b", "keyType": "ED25519", "credentialBundlePath": "c"}},
            ]
        }
    },
    {"ephemeral": {"volumeClaimTemplate": {"spec": PVC_SPEC}}},
    {
        "ephemeral": {
            "volumeClaimTemplate": {
                "metadata": {"labels": {"a": "b"}, "annotations": {"a": "b"}},
                "spec": {
                    **PVC_SPEC,
                    "accessModes": ["ReadWriteMany", "ReadOnlyMany"],
                    "storageClassName": "fast",
                    "volumeMode": "Filesystem",
                    "selector": {"matchLabels": {"a": "b"}},
                },
            }
        }
    },
    {
        "ephemeral": {
            "volumeClaimTemplate": {
                "spec": {
                    **PVC_SPEC,
                    "volumeAttributesClassName": "gold",
                    "dataSource": {
                        "apiGroup": "snapshot.storage.k8s.io",
                        "kind": "VolumeSnapshot",
                        "name": "a",
                    },
                    "dataSourceRef": {
                        "apiGroup": "snapshot.storage.k8s.io",
                        "kind": "VolumeSnapshot",
                        "name": "a",
                    },
                }
            }
        }
    },
    {
        "ephemeral": {
            "volumeClaimTemplate": {
                "spec": {
                    **PVC_SPEC,
                    "dataSourceRef": {"kind": "PersistentVolumeClaim", "name": "a"},
                    "volumeName": "v",
                }
            }
        }
    },
    {"nfs": {"server": "nfs.example.org", "path": "/export"}},
    {"hostPath": {"path": "/data", "type": "Directory"}},
    {"hostPath": {"path": "/data"}},
    {
        "csi": {
            "driver": "csi.example.org",
            "readOnly": True,
            "fsType": "ext4",
            "volumeAttributes": {"a": "b"},
            "nodePublishSecretRef": {"name": "a"},
        }
    },
    {"image": {"reference": "quay.io/data/set:1", "pullPolicy": "IfNotPresent"}},
    {"awsElasticBlockStore": {"volumeID": "vol-1", "partition": 1, "fsType": "ext4"}},
    {"azureDisk": {"diskName": "a", "diskURI": "https://a.blob.core.windows.net/b/c.vhd", "kind": "Shared"}},
    {"azureDisk": {"diskName": "a", "diskURI": "/subscriptions/a", "kind": "Managed", "cachingMode": "None"}},
    {"azureFile": {"secretName": "a", "shareName": "b", "readOnly": True}},
    {"cephfs": {"monitors": ["a:6789"], "path": "/a", "user": "u", "secretRef": {"name": "a"}}},
    {"cinder": {"volumeID": "a", "secretRef": {"name": "a"}}},
    {"fc": {"targetWWNs": ["500a0982991b8dc5"], "lun": 0}},
    {"fc": {"wwids": ["3600508b400105e210000900000490000"]}},
    {"flexVolume": {"driver": "example/driver", "options": {"a": "b"}, "secretRef": {"name": "a"}}},
    {"flocker": {"datasetName": "a"}},
    {"flocker": {"datasetUUID": "b"}},
    {"gcePersistentDisk": {"pdName": "a", "partition": 1}},
    {"gitRepo": {"repository": "https://example.org/a.git", "directory": "a", "revision": "main"}},
    {"glusterfs": {"endpoints": "a", "path": "b"}},
    {
        "iscsi": {
            "targetPortal": "10.0.0.1:3260",
            "iqn": "iqn.2015-02.example.com:test",
            "lun": 0,
            "initiatorName": "iqn.2015-02.example.com:init",
            "portals": ["10.0.0.2:3260"],
        }
    },
    {
        "iscsi": {
            "targetPortal": "10.0.0.1",
            "iqn": "eui.0123456789ABCDEF",
            "lun": 1,
            "chapAuthSession": True,
            "secretRef": {"name": "a"},
        }
    },
    {"photonPersistentDisk": {"pdID": "a"}},
    {"portworxVolume": {"volumeID": "a"}},
    {"quobyte": {"registry": "a:1,b:2", "volume": "v", "tenant": "t"}},
    {"rbd": {"monitors": ["a"], "image": "b", "secretRef": {"name": "c"}}},
    {"scaleIO": {"gateway": "https://a", "system": "s", "secretRef": {"name": "a"}, "volumeName": "v"}},
    {"storageos": {"volumeName": "a", "volumeNamespace": "b", "secretRef": {"name": "c"}}},
    {"vsphereVolume": {"volumePath": "[a] b"}},
)
MOUNTS: tuple[Object, ...] = (
    {},
    {},
    {"readOnly": True},
    {"subPath": "a/b"},
    {"subPathExpr": "$(HOME)/x"},
    {"readOnly": True, "recursiveReadOnly": "Enabled", "mountPropagation": "None"},
    {"mountPropagation": "HostToContainer", "recursiveReadOnly": "Disabled"},
)
TOLERATIONS: tuple[Object, ...] = (
    {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"},
    {"key": "team", "operator": "Equal", "value": "a", "effect": "PreferNoSchedule"},
    {
        "key": "node.kubernetes.io/not-ready",
        "operator": "Exists",
        "effect": "NoExecute",
        "tolerationSeconds": 60,
    },
    {"operator": "Exists"},
    {"key": "team", "value": "b"},
)
SELECTORS: tuple[Object, ...] = (
    {"matchLabels": {"app": "lab"}},
    {
        "matchExpressions": [
            {"key": "app", "operator": "In", "values": ["lab", "code"]},
            {"key": "tier", "operator": "Exists"},
        ]
    },
    {"matchLabels": {"a": ""}, "matchExpressions": [{"key": "b", "operator": "NotIn", "values": ["x"]}]},
    {},
)
NODE_TERMS: tuple[Object, ...] = (
    {"matchExpressions": [{"key": "gpu", "operator": "In", "values": ["a100", "h100"]}]},
    {
        "matchExpressions": [
            {"key": "cpus", "operator": "Gt", "values": ["8"]},
            {"key": "x", "operator": "DoesNotExist"},
        ]
    },
    {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-1"]}]},
    {},
)
POD_TERMS: tuple[Object, ...] = (
    {"topologyKey": "kubernetes.io/hostname", "labelSelector": SELECTORS[0]},
    {"topologyKey": "zone", "labelSelector": SELECTORS[1], "namespaces": ["team-a", "team-b"]},
    {"topologyKey": "zone", "labelSelector": SELECTORS[2], "namespaceSelector": SELECTORS[0]},
    {
        "topologyKey": "zone",
        "labelSelector": SELECTORS[0],
        "matchLabelKeys": ["tier"],
        "mismatchLabelKeys": ["rev"],
    },
    {"topologyKey": "zone"},
)
SPREADS: tuple[Object, ...] = (
    {
        "maxSkew": 1,
        "topologyKey": "zone",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": SELECTORS[0],
    },
    {
        "maxSkew": 2,
        "topologyKey": "rack",
        "whenUnsatisfiable": "DoNotSchedule",
        "minDomains": 2,
        "labelSelector": SELECTORS[1],
        "matchLabelKeys": ["pod-template-hash"],
        "nodeAffinityPolicy": "Honor",
        "nodeTaintsPolicy": "Ignore",
    },
    {"maxSkew": 1, "topologyKey": "host", "whenUnsatisfiable": "ScheduleAnyway"},
)
WHOLE: tuple[Object, ...] = (
    {"automountServiceAccountToken": False, "enableServiceLinks": False},
    {"serviceAccountName": "default-editor", "serviceAccount": "default-editor"},
    {"serviceAccountName": "a"},
    {"terminationGracePeriodSeconds": 60},
    {"restartPolicy": "OnFailure", "activeDeadlineSeconds": 86400},
    {"restartPolicy": "Never"},
    {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.0.0.1"], "searches": ["a.b"]}},
    {
        "dnsConfig": {
            "options": [{"name": "ndots", "value": "2"}, {"name": "edns0"}],
            "searches": ["team-a.svc", "."],
        }
    },
    {"hostname": "lab", "subdomain": "labs"},
    {"hostname": "lab", "setHostnameAsFQDN": True},
    {"hostnameOverride": "lab.example.org"},
    {"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a", "b.c"]}, {"ip": "::1"}]},
    {"imagePullSecrets": [{"name": "registry"}, {"name": "other"}]},
    {"readinessGates": [{"conditionType": "example.org/ready"}]},
    {"schedulingGates": [{"name": "example.org/quota"}]},
    {"nodeName": "node-1"},
    {"nodeSelector": {"gpu": "a100", "kubernetes.io/os": "linux"}},
    {"schedulerName": "default-scheduler"},
    {"shareProcessNamespace": True},
    {"hostPID": True, "hostIPC": True},
    {"hostUsers": False},
    {"hostUsers": True},
    {"os": {"name": "linux"}},
    {"preemptionPolicy": "PreemptLowerPriority", "priority": 0},
    {"resources": {"limits": {"cpu": "64", "memory": "512Gi"}}},
    {"resources": {"requests": {"cpu": "64", "memory": "256Gi"}, "limits": {"cpu": 64}}},
    {"schedulingGroup": {"podGroupName": "a"}},
    {"tolerations": [TOLERATIONS[0], TOLERATIONS[1]]},
)
METADATA: tuple[Object, ...] = (
    {"labels": {"app": "lab", "app.kubernetes.io/name": "lab", "tier": "x"}},
    {"annotations": {"example.org/note": "some text, longer than a label", "a": ""}},
    {"annotations": {"controller.kubernetes.io/pod-deletion-cost": "10"}},
    {"finalizers": ["example.org/clean-up"]},
    {
        "ownerReferences": [
            {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "lab", "uid": "1", "controller": True},
            {"apiVersion": "v1", "kind": "ConfigMap", "name": "a", "uid": "2", "blockOwnerDeletion": False},
        ]
    },
    {"creationTimestamp": None},
    {"namespace": "default"},
)
WINDOWS: tuple[Object, ...] = (
    {"windowsOptions": {"runAsUserName": "ContainerUser"}, "runAsNonRoot": True},
    {"windowsOptions": {"gmsaCredentialSpecName": "spec", "gmsaCredentialSpec": "{}", "hostProcess": False}},
)
_SECCOMP = "seccomp.security.alpha.kubernetes.io/pod"
_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
_CONTAINER_SECCOMP = "container.seccomp.security.alpha.kubernetes.io/"
PROFILES: tuple[Object, ...] = (
    {"annotations": {_SECCOMP: "runtime/default"}},
    {"annotations": {_SECCOMP: "localhost/a.json"}},
    *(
        {"annotations": {f"{prefix}{name}": profile}}
        for prefix in (_APPARMOR, _CONTAINER_SECCOMP)
        for name in ("main", "jupyter", "proxy", "prepare")
        for profile in ("runtime/default", "localhost/lab", "unconfined")
    ),
    {"annotations": {"kubernetes.io/config.mirror": "x"}},
    {"labels": {"pod-template-hash": "1", "tier": "x", "rev": "2"}},
)
"""Metadata that says what fields say too."""

PROFILE_FIELDS: tuple[Object, ...] = tuple(
    {f"{kind}Profile": {"type": type_, **({"localhostProfile": "lab"} if type_ == "Localhost" else {})}}
    for kind in ("seccomp", "appArmor")
    for type_ in ("RuntimeDefault", "Unconfined", "Localhost")
)
_RESTART: Object = {"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}
CONFLICTS: tuple[Object, ...] = (
    {"os": {"name": "windows"}},
    {"hostNetwork": True},
    {"hostPID": True},
    {"hostIPC": True},
    {"overhead": {"cpu": "1"}},
    {"overhead": {"foo": "-1"}},
    {"resources": {"limits": {"cpu": "100m"}}},
    {"resources": {"requests": {"memory": "64Mi", "cpu": 1}}},
    {"resources": {"limits": {"hugepages-2Mi": "1Gi", "memory": "64Gi"}}},
    {"resources": {"requests": {"hugepages-2Mi": "3Mi", "cpu": "64"}}},
    {"resources": {}},
    {"resourceClaims": [{"name": "gpu", "resourceClaimName": "a"}]},
    {"containers": []},
    {"initContainers": [{"name": "main", "image": "a"}]},
    {"initContainers": [{"name": "a", "image": "a", "resources": {"requests": {"memory": "1Ti"}}}]},
    {"ephemeralContainers": [{"name": "debug", "image": "busybox:1", "targetContainerName": "main"}]},
    {"dnsConfig": {"nameservers": ["1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4"]}},
    {"dnsConfig": {"searches": [f"a{number}.example.org" for number in range(33)]}},
    {"dnsConfig": {"searches": [".".join(["a" * 60] * 4)] * 9}},
    {"terminationGracePeriodSeconds": 0},
    {"securityContext": {"windowsOptions": {"hostProcess": True}}},
    {"volumes": [{"name": "home", "emptyDir": {}}]},
    {"volumes": []},
    *(
        {
            "volumes": [
                {"name": "v", "ephemeral": {"volumeClaimTemplate": {"spec": PVC_SPEC}}},
                {"name": "w", "persistentVolumeClaim": {"claimName": claim}},
            ]
        }
        for claim in ("ada-jupyter-v", "lab-0-v", "a.b-v", "lab--v", "-v")
    ),
    {"hostnameOverride": "a" * 64, "hostname": "b"},
    {"topologySpreadConstraints": [SPREADS[0], {**SPREADS[0], "maxSkew": 3}]},
)
"""Fields of a spec that do not go with every pod."""

CONTAINERS: tuple[Object, ...] = (
    *EXIT_RULES,
    *({"resources": one} for one in RESOURCES),
    *({"resizePolicy": one} for one in RESIZES),
    *({"securityContext": one} for one in (*SECURITY, *WINDOWS)),
    {"restartPolicy": "Always"},
    {"restartPolicy": "Always", "restartPolicyRules": [_RESTART] * 21},
    {
        "restartPolicy": "Never",
        "restartPolicyRules": [{**_RESTART, "exitCodes": {"operator": "In", "values": [1] * 256}}],
    },
    {"restartPolicy": "Never", "restartPolicyRules": [{**_RESTART, "action": "RestartAllContainers"}]},
    {"resizePolicy": [{"resourceName": "memory", "restartPolicy": "RestartContainer"}]},
    {"lifecycle": {"preStop": HOOKS[-1]}},
    {"lifecycle": {"stopSignal": "SIGTERM"}},
    {"startupProbe": {"tcpSocket": {"port": 1}}},
    {
        "ports": [
            {"containerPort": 80, "hostPort": 80},
            {"containerPort": 81, "hostPort": 80, "protocol": "UDP"},
        ]
    },
    {
        "ports": [
            {"containerPort": 80, "hostPort": 80},
            {"containerPort": 81, "hostPort": 80, "hostIP": "10.0.0.1"},
        ]
    },
    {"volumeMounts": [{"name": "home", "mountPath": "/a"}, {"name": "home", "mountPath": "/a"}]},
    {"volumeMounts": [{"name": "home", "mountPath": "/dev/disk"}]},
    {"volumeDevices": [{"name": "home", "devicePath": "/dev/disk"}]},
    {"volumeDevices": [{"name": "home", "devicePath": "/a"}, {"name": "home", "devicePath": "/a"}]},
    {"env": [ENV[-1]]},
    {"resources": {"requests": {"memory": "2Gi"}, "limits": {"memory": "1Gi"}}},
    {"resources": {"requests": {"hugepages-2Mi": "2Mi"}}},
    {"resources": {"requests": {"nvidia.com/gpu": 1}}},
    {"resources": {"limits": {"hugepages-2Mi": "3Mi", "cpu": 1}}},
    {"resources": {"limits": {"hugepages-1Gi": "1Gi", "hugepages-2Mi": "2Mi", "cpu": 1}}},
    {"resources": {"claims": [{"name": "gpu"}, {"name": "gpu"}, {"name": "gpu", "request": "a"}]}},
)
"""Fields of a container that do not go with every pod."""
