"""Volumes, their sources, projected files and claim templates; every case is put before a real API server too."""

from __future__ import annotations

import time
from typing import Any

import pytest

from nbcore import check_pod
from nbcore.checks.semantics.volume_sources import SOURCES, problem_with_iscsi_name
from nbcore.kubernetes import pod_schema
from tests.cluster.control_plane import ControlPlane
from tests.units.semantic_cases import Case, case, disagreements, found, unrepaired

IQN = "iqn.2001-04.com.example:disk"
MONITORS = ["10.0.0.1:6789"]


def of(name: str, kind: str, source: Any, *found: str, server: str = "", **spec: Any) -> Case:
    """A case of one volume with one source; places are below the source."""
    places = [f"{text.split(' ')[0]} volumes[0].{kind}{text.split(' ', 1)[1]}" for text in found]
    volume = {"name": "v", kind: source}
    return case(name, *places, server=f"volumes[0].{server}" if server else "", volumes=[volume], **spec)


def claim(name: str, *found: str, server: str = "", metadata: Any = None, **spec: Any) -> Case:
    """A case of one ephemeral volume; places are below its claim template."""
    full = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, **spec}
    template = {"spec": {key: value for key, value in full.items() if value is not ...}}
    if metadata is not None:
        template["metadata"] = metadata
    below = ".volumeClaimTemplate."
    return of(
        name,
        "ephemeral",
        {"volumeClaimTemplate": template},
        *(text.replace(" ", f" {below}", 1) for text in found),
        server=f"ephemeral{below}{server}" if server else "",
    )


def projected(name: str, *sources: Any, found: tuple[str, ...] = (), server: str = "", **spec: Any) -> Case:
    """A case of one projected volume; places are below its sources."""
    places = [text.replace(" ", " .sources", 1) for text in found]
    return of(name, "projected", {"sources": list(sources)}, *places, server=server, **spec)


def files(*paths: str, name: str = "a") -> dict[str, Any]:
    return {"name": name, "items": [{"key": "k", "path": path} for path in paths]}


def file(name: str, item: Any, *found: str, server: str = "") -> Case:
    """A case of one file of a downward API volume; places are below the file."""
    places = [text.replace(" ", " .items[0]", 1) for text in found]
    return of(name, "downwardAPI", {"items": [item]}, *places, server=server)


NAMES = [
    case("no volumes", volumes=[]),
    case("a volume without a source is an emptyDir", volumes=[{"name": "v"}]),
    case("no name", "NB460 volumes[0].name", volumes=[{"emptyDir": {}}]),
    case("an empty name", "NB460 volumes[0].name", volumes=[{"name": "", "emptyDir": {}}]),
    case("dots in the name", "NB460 volumes[0].name", volumes=[{"name": "a.b", "emptyDir": {}}]),
    case("63 characters", volumes=[{"name": "v" * 63}]),
    case("64 characters", "NB460 volumes[0].name", volumes=[{"name": "v" * 64}]),
    case("one name twice", "NB461 volumes[1].name", volumes=[{"name": "v"}, {"name": "v"}]),
    case("a null source", volumes=[{"name": "v", "secret": None, "emptyDir": {}}]),
    case(
        "two sources",
        "NB462 volumes[0].hostPath",
        volumes=[{"name": "v", "hostPath": {"path": "/x"}, "emptyDir": {}}],
    ),
    case(
        "three sources",
        "NB462 volumes[0].cephfs",
        "NB462 volumes[0].downwardAPI",
        server="volumes[0].downwarAPI",
        volumes=[{"name": "v", "cephfs": {}, "emptyDir": {}, "downwardAPI": {}}],
    ),
]

SOURCE_CASES = [
    of("emptyDir", "emptyDir", {"medium": "Whatever", "sizeLimit": "0"}),
    of("a negative size", "emptyDir", {"sizeLimit": "-1"}, "NB464 .sizeLimit"),
    of("hostPath", "hostPath", {"path": "relative/path", "type": ""}),
    of("hostPath without a path", "hostPath", {"type": "File"}, "NB463 .path"),
    of("hostPath upwards", "hostPath", {"path": "/a/../b"}, "NB464 .path"),
    of("hostPath of an unknown type", "hostPath", {"path": "/a", "type": "file"}, "NB464 .type"),
    of("gitRepo", "gitRepo", {"repository": "r", "directory": "."}),
    of(
        "gitRepo to an absolute directory",
        "gitRepo",
        {"repository": "r", "directory": "/a"},
        "NB464 .directory",
    ),
    of("gitRepo upwards", "gitRepo", {"directory": ".."}, "NB463 .repository", "NB464 .directory"),
    of("a disk", "gcePersistentDisk", {"pdName": "d", "partition": 255}),
    of(
        "a disk's partition",
        "gcePersistentDisk",
        {"pdName": "d", "partition": 256},
        "NB464 .partition",
        server="persistentDisk.partition",
    ),
    of("no disk", "awsElasticBlockStore", {"partition": -1}, "NB463 .volumeID", "NB464 .partition"),
    of("secret", "secret", {"secretName": "No Name", "defaultMode": 511, "items": []}),
    of(
        "a mode that was meant in octal",
        "secret",
        {"secretName": "s", "defaultMode": 644},
        "NB464 .defaultMode",
    ),
    of("a secret's name", "secret", {"defaultMode": 512}, "NB463 .secretName", "NB464 .defaultMode"),
    of(
        "a secret's items",
        "secret",
        {"secretName": "s", "items": [{"key": "", "path": "/a", "mode": -1}]},
        "NB463 .items[0].key",
        "NB465 .items[0].path",
        "NB464 .items[0].mode",
    ),
    of("configMap", "configMap", {"name": "c", "items": [{"key": "k", "path": "a..b/...c"}]}),
    of(
        "the same file twice outside of projected volumes",
        "configMap",
        {"name": "c", "items": [{"key": "a", "path": "x"}, {"key": "b", "path": "x"}]},
    ),
    of("a file without a path", "configMap", files(""), "NB463 .items[0].path"),
    of("a file upwards", "configMap", files("a/../b"), "NB465 .items[0].path"),
    of("a reserved file", "configMap", files("..data"), "NB465 .items[0].path"),
    of("a configMap without a name", "configMap", {"optional": True}, "NB463 .name"),
    of("nfs", "nfs", {"server": "s", "path": "/"}),
    of("a relative nfs path", "nfs", {"server": "s", "path": "a"}, "NB464 .path"),
    of("an empty nfs", "nfs", {}, "NB463 .server", "NB463 .path"),
    of("iscsi", "iscsi", {"targetPortal": "p", "iqn": IQN, "lun": 255}),
    of("eui", "iscsi", {"targetPortal": "p", "iqn": "eui.0123456789abcdef", "lun": 0}),
    of("naa", "iscsi", {"targetPortal": "p", "iqn": "naa." + "a" * 32, "lun": 0}),
    of("an iqn behind others", "iscsi", {"targetPortal": "p", "iqn": f"iqn,{IQN}", "lun": 0}),
    of(
        "a short eui",
        "iscsi",
        {"targetPortal": "p", "iqn": "eui.0123", "lun": 256},
        "NB464 .iqn",
        "NB464 .lun",
    ),
    of("another iqn", "iscsi", {"targetPortal": "p", "iqn": "IQN.2001-04.x:y", "lun": 0}, "NB464 .iqn"),
    of("an iqn without its end", "iscsi", {"targetPortal": "p", "iqn": f"{IQN},", "lun": 0}, "NB464 .iqn"),
    of("an iqn of nothing", "iscsi", {"targetPortal": "p", "iqn": "iqn.2001-04.x:", "lun": 0}, "NB464 .iqn"),
    of(
        "CHAP discovery without a secret",
        "iscsi",
        {"targetPortal": "p", "iqn": IQN, "lun": 0, "chapAuthDiscovery": True},
        "NB463 .secretRef",
    ),
    of("an empty iscsi", "iscsi", {"lun": 0}, "NB463 .targetPortal", "NB463 .iqn"),
    of(
        "an empty initiator",
        "iscsi",
        {"targetPortal": "p", "iqn": IQN, "lun": 0, "initiatorName": ""},
        "NB464 .initiatorName",
        server="iscsi.initiatorname",
    ),
    of(
        "CHAP without a secret",
        "iscsi",
        {"targetPortal": "p", "iqn": IQN, "lun": 0, "chapAuthSession": True},
        "NB463 .secretRef",
    ),
    of("glusterfs", "glusterfs", {}, "NB463 .endpoints", "NB463 .path"),
    of("flocker", "flocker", {"datasetName": "d"}),
    of("no dataset", "flocker", {}, "NB463 "),
    of("two datasets", "flocker", {"datasetName": "a/b", "datasetUUID": "u"}, "NB463 ", "NB464 .datasetName"),
    of("persistentVolumeClaim", "persistentVolumeClaim", {"claimName": "No Name"}),
    of("no claim", "persistentVolumeClaim", {}, "NB463 .claimName"),
    of("rbd", "rbd", {"monitors": MONITORS, "image": "i"}),
    of("no rbd", "rbd", {"monitors": []}, "NB463 .monitors", "NB463 .image"),
    of("cinder", "cinder", {"volumeID": "v", "secretRef": {"name": "s"}}),
    of("no cinder", "cinder", {"secretRef": {}}, "NB463 .volumeID", "NB463 .secretRef.name"),
    of("cephfs", "cephfs", {"monitors": MONITORS}),
    of("no cephfs", "cephfs", {}, "NB463 .monitors"),
    of("quobyte", "quobyte", {"registry": "a:1,[::1]:2,:", "volume": "v", "tenant": "t" * 64}),
    of("quobyte without a port", "quobyte", {"registry": "a:1,b", "volume": "v"}, "NB464 .registry"),
    of("quobyte with two ports", "quobyte", {"registry": "a:1:2", "volume": "v"}, "NB464 .registry"),
    of("quobyte in brackets", "quobyte", {"registry": "[a]b:1", "volume": "v"}, "NB464 .registry"),
    of("a long tenant", "quobyte", {"registry": "a:1", "volume": "v", "tenant": "t" * 65}, "NB464 .tenant"),
    of("no quobyte", "quobyte", {}, "NB463 .registry", "NB463 .volume"),
    of("fc", "fc", {"targetWWNs": ["a"], "lun": 0}),
    of("fc by wwids", "fc", {"wwids": ["a"], "lun": 999}),
    of("fc without a lun", "fc", {"targetWWNs": ["a"]}, "NB463 .lun"),
    of("fc's lun", "fc", {"targetWWNs": ["a"], "lun": 256}, "NB464 .lun"),
    of("an empty fc", "fc", {"wwids": []}, "NB463 .targetWWNs"),
    of("fc by both", "fc", {"targetWWNs": ["a"], "lun": 1, "wwids": ["a"]}, "NB463 .targetWWNs"),
    of("flexVolume", "flexVolume", {"driver": "d", "options": {"a.io/b": "", "notk8s.io/x": ""}}),
    of("no driver", "flexVolume", {}, "NB463 .driver"),
    of(
        "reserved options",
        "flexVolume",
        {"driver": "d", "options": {"x.K8s.io/y": "", "kubernetes.io": ""}},
        "NB464 .options[x.K8s.io/y]",
        "NB464 .options[kubernetes.io]",
    ),
    of("azureFile", "azureFile", {}, "NB463 .secretName", "NB463 .shareName"),
    of("azureDisk", "azureDisk", {"diskName": "d", "diskURI": "https://x"}),
    of("a managed disk", "azureDisk", {"diskName": "d", "diskURI": "/subscriptions/x", "kind": "Managed"}),
    of("no azureDisk", "azureDisk", {}, "NB463 .diskName", "NB463 .diskURI"),
    of("a disk's address", "azureDisk", {"diskName": "d", "diskURI": "/subscriptions/x"}, "NB464 .diskURI"),
    of(
        "a disk's words",
        "azureDisk",
        {"diskName": "d", "diskURI": "https://x", "kind": "", "cachingMode": "none"},
        "NB464 .kind",
        "NB464 .cachingMode",
    ),
    of("vsphereVolume", "vsphereVolume", {}, "NB463 .volumePath"),
    of("photonPersistentDisk", "photonPersistentDisk", {}, "NB463 .pdID"),
    of("portworxVolume", "portworxVolume", {}, "NB463 .volumeID"),
    of("storageos", "storageos", {"volumeName": "v", "volumeNamespace": "n", "secretRef": {"name": "s"}}),
    of(
        "storageos' names",
        "storageos",
        {"volumeName": "V", "volumeNamespace": "a.b", "secretRef": {}},
        "NB464 .volumeName",
        "NB464 .volumeNamespace",
        "NB463 .secretRef.name",
    ),
    of("no storageos", "storageos", {}, "NB463 .volumeName"),
    of("no scaleIO", "scaleIO", {}, "NB463 .gateway", "NB463 .system", "NB463 .volumeName"),
    of("csi", "csi", {"driver": "CSI.example.com", "nodePublishSecretRef": {"name": "s"}}),
    of("no csi", "csi", {"nodePublishSecretRef": {}}, "NB463 .driver", "NB463 .nodePublishSecretRef.name"),
    of("a long csi driver", "csi", {"driver": "d" * 64}, "NB464 .driver"),
    of("a csi driver's name", "csi", {"driver": "a_b"}, "NB464 .driver"),
    of(
        "a csi secret's name",
        "csi",
        {"driver": "d", "nodePublishSecretRef": {"name": "A"}},
        "NB464 .nodePublishSecretRef.name",
        server="csi.name",
    ),
    of("image", "image", {"reference": " i ", "pullPolicy": ""}),
    of("no image", "image", {"pullPolicy": "always"}, "NB463 .reference", "NB464 .pullPolicy"),
    of("no template", "ephemeral", {}, "NB463 .volumeClaimTemplate"),
    case(
        "a long portal with an initiator",
        "NB464 volumes[0].name",
        volumes=[
            {
                "name": "v",
                "iscsi": {"targetPortal": "p" * 63, "iqn": IQN, "lun": 0, "initiatorName": IQN},
            }
        ],
    ),
    of(
        "a portal that just fits",
        "iscsi",
        {"targetPortal": "p" * 62, "iqn": IQN, "lun": 0, "initiatorName": IQN},
    ),
]

DOWNWARD = [
    file("a field", {"path": "a", "fieldRef": {"fieldPath": "metadata.labels"}}),
    file("a label", {"path": "a", "fieldRef": {"fieldPath": "metadata.labels['a.b/c']"}}),
    file(
        "an annotation in capitals", {"path": "a", "fieldRef": {"fieldPath": "metadata.annotations['A.B/c']"}}
    ),
    file(
        "the divisor 0", {"path": "a", "resourceFieldRef": {"containerName": "x", "resource": "limits.cpu"}}
    ),
    file(
        "huge pages",
        {
            "path": "a",
            "resourceFieldRef": {"containerName": "x", "resource": "limits.hugepages-2Mi", "divisor": "1Mi"},
        },
    ),
    file("neither", {"path": "a"}, "NB467 ", server="downwardAPI"),
    file(
        "both",
        {
            "path": "a",
            "fieldRef": {"fieldPath": "metadata.name"},
            "resourceFieldRef": {"containerName": "x", "resource": "limits.cpu"},
        },
        "NB467 ",
        server="downwardAPI",
    ),
    file(
        "a field of env variables only",
        {"path": "a", "fieldRef": {"fieldPath": "spec.nodeName"}},
        "NB467 .fieldRef.fieldPath",
        server="downwardAPI.fieldRef.fieldPath",
    ),
    file(
        "another version",
        {"path": "a", "fieldRef": {"fieldPath": "metadata.name", "apiVersion": "v2"}},
        "NB467 .fieldRef.apiVersion",
        server="downwardAPI.fieldRef.fieldPath",
    ),
    file(
        "no field",
        {"path": "a", "fieldRef": {"fieldPath": ""}},
        "NB467 .fieldRef.fieldPath",
        server="downwardAPI.fieldRef.fieldPath",
    ),
    file(
        "a key of what has none",
        {"path": "a", "fieldRef": {"fieldPath": "metadata.name['a']"}},
        "NB467 .fieldRef.fieldPath",
        server="downwardAPI.fieldRef.fieldPath",
    ),
    file(
        "a key that is none",
        {"path": "a", "fieldRef": {"fieldPath": "metadata.labels['a b']"}},
        "NB467 .fieldRef.fieldPath",
        server="downwardAPI.fieldRef",
    ),
    file(
        "a label's prefix in capitals",
        {"path": "a", "fieldRef": {"fieldPath": "metadata.labels['A.B/c']"}},
        "NB467 .fieldRef.fieldPath",
        server="downwardAPI.fieldRef",
    ),
    file(
        "no container",
        {"path": "a", "resourceFieldRef": {"resource": "limits.cpu"}},
        "NB467 .resourceFieldRef.containerName",
        server="downwardAPI.resourceFieldRef.containerName",
    ),
    file(
        "an unknown resource",
        {"path": "a", "resourceFieldRef": {"containerName": "x", "resource": "limits.gpu"}},
        "NB467 .resourceFieldRef.resource",
        server="downwardAPI.resourceFieldRef.resource",
    ),
    file(
        "a divisor of cpu",
        {"path": "a", "resourceFieldRef": {"containerName": "x", "resource": "limits.cpu", "divisor": "1k"}},
        "NB467 .resourceFieldRef.divisor",
        server="downwardAPI.resourceFieldRef.divisor",
    ),
    file(
        "a divisor of memory",
        {
            "path": "a",
            "resourceFieldRef": {"containerName": "x", "resource": "limits.memory", "divisor": "2Mi"},
        },
        "NB467 .resourceFieldRef.divisor",
        server="downwardAPI.resourceFieldRef.divisor",
    ),
    file(
        "a file upwards",
        {"path": "../a", "mode": 512, "fieldRef": {"fieldPath": "metadata.name"}},
        "NB465 .path",
        "NB464 .mode",
        server="downwardAPI.path",
    ),
]

TOKEN = {"serviceAccountToken": {"path": "t"}}
PROJECTED = [
    projected("no sources"),
    projected("an empty source", {}),
    projected("sources", {"secret": files("a")}, {"configMap": files("b")}, TOKEN, serviceAccountName="sa"),
    projected("a token by the old field", TOKEN, serviceAccount="sa"),
    projected("a token and a file at one path", {"secret": files("t")}, TOKEN, serviceAccountName="sa"),
    projected(
        "two sources in one",
        {"secret": files("a"), "configMap": files("b")},
        found=("NB462 [0]",),
    ),
    projected(
        "no name",
        {"secret": {}},
        {"configMap": {}},
        found=("NB463 [0].secret.name", "NB463 [1].configMap.name"),
    ),
    projected(
        "two files at one path",
        {"secret": files("a")},
        {"configMap": files("b", "a")},
        found=("NB466 [1].configMap.items[1].path",),
        server="projected",
    ),
    projected(
        "the same file of the downward API",
        {"downwardAPI": {"items": [{"path": "a", "fieldRef": {"fieldPath": "metadata.name"}}] * 2}},
        found=("NB466 [0].downwardAPI.items[1].path",),
        server="projected",
    ),
    projected(
        "no service account",
        TOKEN,
        found=("NB471 [0].serviceAccountToken",),
    ),
    projected(
        "a token that ends too early",
        {"serviceAccountToken": {"path": "../t", "expirationSeconds": 599}},
        found=("NB465 [0].serviceAccountToken.path", "NB464 [0].serviceAccountToken.expirationSeconds"),
        server="projected.path",
        serviceAccountName="sa",
    ),
    projected(
        "a token that ends too late",
        {"serviceAccountToken": {"expirationSeconds": (1 << 32) + 1}},
        found=("NB463 [0].serviceAccountToken.path", "NB464 [0].serviceAccountToken.expirationSeconds"),
        server="projected.path",
        serviceAccountName="sa",
    ),
    projected("trust bundles are dropped", {"clusterTrustBundle": {"path": "/x"}, "secret": files("a")}),
]

PVC = {"kind": "PersistentVolumeClaim", "name": "c"}
FOREIGN = {"kind": "Foo", "name": "c", "apiGroup": "example.com"}
CLAIMS = [
    claim(
        "a claim", metadata={"labels": {"a": "b"}, "annotations": {"A.b/c": "d"}, "name": "", "generation": 0}
    ),
    claim(
        "metadata",
        "NB468 metadata.name",
        "NB468 metadata.finalizers",
        "NB468 metadata.generation",
        metadata={"name": "n", "finalizers": [], "generation": 1, "uid": ""},
    ),
    claim(
        "labels and annotations",
        "NB468 metadata.labels[a b]",
        "NB468 metadata.labels.c",
        "NB468 metadata.annotations[d e]",
        metadata={"labels": {"a b": "", "c": "-"}, "annotations": {"d e": ""}},
        server="metadata.labels",
    ),
    claim(
        "large annotations",
        "NB468 metadata.annotations",
        metadata={"annotations": {"a": "x" * 262144}},
    ),
    claim("no access mode", "NB468 spec.accessModes", accessModes=[]),
    claim("an access mode", "NB468 spec.accessModes[0]", accessModes=["RWO"], server="spec.accessModes"),
    claim("two access modes", accessModes=["ReadWriteMany", "ReadOnlyMany", "ReadWriteMany"]),
    claim("a lonely access mode", accessModes=["ReadWriteOncePod"]),
    claim(
        "a lonely one among others",
        "NB468 spec.accessModes",
        accessModes=["ReadWriteOncePod", "ReadWriteOnce"],
    ),
    claim(
        "no storage", "NB468 spec.resources.requests.storage", resources=..., server="spec.resources[storage]"
    ),
    claim(
        "storage of 0",
        "NB468 spec.resources.requests.storage",
        resources={"requests": {"storage": "0"}},
        server="spec.resources[storage]",
    ),
    claim("little storage", resources={"requests": {"storage": "1m", "other": "-1"}}),
    claim("block", volumeMode="Block", storageClassName="", volumeAttributesClassName=""),
    claim("a mode", "NB468 spec.volumeMode", volumeMode=""),
    claim(
        "classes",
        "NB468 spec.storageClassName",
        "NB468 spec.volumeAttributesClassName",
        storageClassName="A",
        volumeAttributesClassName="_",
    ),
    claim(
        "a selector",
        selector={"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "a", "operator": "Exists"}]},
    ),
    claim(
        "a selector's expression",
        "NB468 spec.selector.matchExpressions[0].values",
        selector={"matchExpressions": [{"key": "a", "operator": "In"}]},
    ),
    claim(
        "a selector's label",
        "NB468 spec.selector.matchLabels[a b]",
        selector={"matchLabels": {"a b": ""}},
        server="spec.selector.matchLabels",
    ),
    claim("a data source", dataSource=PVC, dataSourceRef=PVC),
    claim("a foreign data source", dataSource=FOREIGN),
    claim("a data source of another namespace", dataSourceRef={**FOREIGN, "namespace": "n"}),
    claim(
        "an empty data source",
        "NB468 spec.dataSource.kind",
        "NB468 spec.dataSource.name",
        dataSource={},
        server="spec.dataSource.kind",
    ),
    claim("a kind without a group", "NB468 spec.dataSource", dataSource={"kind": "Foo", "name": "x"}),
    claim("a group", "NB468 spec.dataSource.apiGroup", dataSource={**FOREIGN, "apiGroup": "A"}),
    claim("a namespace", "NB468 spec.dataSourceRef.namespace", dataSourceRef={**FOREIGN, "namespace": "a.b"}),
    claim("two data sources", "NB468 spec.dataSource", dataSource=PVC, dataSourceRef=FOREIGN, server="spec"),
    claim(
        "an empty group is another one",
        "NB468 spec.dataSource",
        dataSource=PVC,
        dataSourceRef={**PVC, "apiGroup": ""},
        server="spec",
    ),
    claim(
        "two data sources and a namespace",
        "NB468 spec.dataSource",
        dataSource=FOREIGN,
        dataSourceRef={**FOREIGN, "namespace": "n"},
        server="spec",
    ),
]

EPHEMERAL = {
    "volumeClaimTemplate": {
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    }
}
CLAIM_NAMES = [
    case("a name that fits", metadata={"name": "p" * 251}, volumes=[{"name": "v", "ephemeral": EPHEMERAL}]),
    case(
        "a name that is too long",
        "NB469 volumes[0].name",
        metadata={"name": "p" * 252},
        volumes=[{"name": "v", "ephemeral": EPHEMERAL}],
    ),
    case(
        "the claim of an ephemeral volume",
        "NB470 volumes[0].persistentVolumeClaim.claimName",
        volumes=[
            {"name": "own", "persistentVolumeClaim": {"claimName": "pod-v"}},
            {"name": "v", "ephemeral": EPHEMERAL},
        ],
    ),
    case(
        "another claim",
        volumes=[
            {"name": "own", "persistentVolumeClaim": {"claimName": "pod-own"}},
            {"name": "v", "ephemeral": EPHEMERAL},
        ],
    ),
]

CASES = [*NAMES, *SOURCE_CASES, *DOWNWARD, *PROJECTED, *CLAIMS, *CLAIM_NAMES]


@pytest.mark.parametrize("one", CASES, ids=str)
def test_faults(one: Case) -> None:
    assert found(one) == set(one.found)


def test_fixes_repair() -> None:
    assert [text for one in CASES for text in unrepaired(one)] == []


def test_the_api_server_agrees(control_plane: ControlPlane) -> None:
    assert disagreements(control_plane, CASES) == []


def test_a_mode_that_was_meant_in_octal_is_repaired() -> None:
    one = of("octal", "secret", {"secretName": "s", "defaultMode": 644})
    (finding,) = (one for one in check_pod(one.pod) if one.code == "NB464")
    assert finding.fix is not None
    assert finding.fix.value == 0o644
    assert "0644" in finding.remedy


def test_the_table_has_every_source_of_the_schema() -> None:
    assert SOURCES.keys() == pod_schema.definition("Volume", "1.36").fields.keys() - {"name"}


def test_a_long_iscsi_name_is_read_in_linear_time() -> None:
    started = time.perf_counter()
    assert problem_with_iscsi_name("iqn.2001-04.a." * 200_000)
    assert problem_with_iscsi_name("iqn." + "a:" * 200_000)
    assert time.perf_counter() - started < 2


def test_many_volumes_cost_linear_time() -> None:
    started = time.perf_counter()
    volumes = [{"name": f"v{index}", "ephemeral": EPHEMERAL} for index in range(5_000)]
    assert not found(case("many", volumes=volumes))
    assert time.perf_counter() - started < 5
