"""How each list and map of a pod merges, pinned: a new version of the table must not change this unseen."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from nbcore.kubernetes import merge_keys, pod_schema
from nbcore.kubernetes.merge_keys import Node

CONTAINER_LISTS = ("containers", "initContainers", "ephemeralContainers")

# path: (merge key, list-map keys). Every list of a pod template that merges, without those in containers.
MERGED = {
    "metadata.ownerReferences": ("uid", ("uid",)),
    "spec.containers": ("name", ("name",)),
    "spec.initContainers": ("name", ("name",)),
    "spec.ephemeralContainers": ("name", ("name",)),
    "spec.volumes": ("name", ("name",)),
    "spec.imagePullSecrets": ("name", ("name",)),
    "spec.hostAliases": ("ip", ("ip",)),
    "spec.topologySpreadConstraints": ("topologyKey", ("topologyKey", "whenUnsatisfiable")),
    "spec.schedulingGates": ("name", ("name",)),
    "spec.resourceClaims": ("name", ("name",)),
    "spec.evictionResponders": ("name", ("name",)),
    # the template of a claim has metadata of its own
    "spec.volumes.ephemeral.volumeClaimTemplate.metadata.ownerReferences": ("uid", ("uid",)),
}
IN_CONTAINERS = {
    "ports": ("containerPort", ("containerPort", "protocol")),
    "env": ("name", ("name",)),
    "volumeMounts": ("mountPath", ("mountPath",)),
    "volumeDevices": ("devicePath", ("devicePath",)),
}
# Lists that strategic merge patch replaces, but server-side apply merges.
SERVER_SIDE_ONLY = {
    "spec.resources.claims": ("map", ("name",)),
    "spec.C.resources.claims": ("map", ("name",)),
    "spec.C.restartPolicyRules.exitCodes.values": ("set", ()),
    "spec.C.volumeMounts.bindMountOptions": ("set", ()),
}
MAPS = {
    "metadata.labels",
    "metadata.annotations",
    "spec.nodeSelector",
    "spec.overhead",
    "spec.resources.limits",
    "spec.resources.requests",
    "spec.C.resources.limits",
    "spec.C.resources.requests",
    "spec.volumes.csi.volumeAttributes",
    "spec.volumes.flexVolume.options",
    "spec.volumes.projected.sources.podCertificate.userAnnotations",
}


def walk(node: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """Every field below a node, the lists on the way left out of its path."""
    for name, child in node.fields.items():
        here = f"{path}.{name}".lstrip(".")
        yield here, child
        yield from walk(child.element or child, here)


FIELDS = dict(walk(merge_keys.POD_TEMPLATE))


def one_container(path: str) -> str:
    """A path with the three lists of containers as one."""
    for name in CONTAINER_LISTS:
        path = path.replace(f"spec.{name}.", "spec.C.")
    return path


def test_keyed_lists() -> None:
    inside = {f"spec.{c}.{name}": keys for c in CONTAINER_LISTS for name, keys in IN_CONTAINERS.items()}
    keyed = {
        path: (node.merge_key, node.map_keys)
        for path, node in FIELDS.items()
        if node.kind == "list" and node.strategy == "merge" and not node.primitive
    }
    assert keyed == MERGED | inside


def test_finalizers_are_the_only_lists_of_scalars_that_merge() -> None:
    claim = "spec.volumes.ephemeral.volumeClaimTemplate.metadata.finalizers"
    assert {path for path, node in FIELDS.items() if node.primitive} == {"metadata.finalizers", claim}
    finalizers = FIELDS["metadata.finalizers"]
    assert (finalizers.strategy, finalizers.merge_key, finalizers.list_type) == ("merge", None, "set")


def test_all_other_lists_are_replaced_and_atomic() -> None:
    others = {
        path: node for path, node in FIELDS.items() if node.kind == "list" and node.strategy == "replace"
    }
    not_atomic = {
        one_container(path): (node.list_type, node.map_keys)
        for path, node in others.items()
        if node.list_type != "atomic"
    }
    assert not_atomic == SERVER_SIDE_ONLY
    for path in ("spec.tolerations", "spec.containers.args", "spec.containers.envFrom"):
        assert others[path].list_type == "atomic"
    assert all(node.merge_key is None for node in others.values())


def test_maps() -> None:
    claim = "spec.volumes.ephemeral.volumeClaimTemplate."
    maps = {one_container(path) for path, node in FIELDS.items() if node.kind == "map"}
    assert {path for path in maps if not path.endswith("matchLabels") and not path.startswith(claim)} == MAPS
    for path, node in FIELDS.items():
        if node.kind == "map":
            assert node.strategy == "merge" and node.element is not None, path
            assert node.element.kind == "scalar", path


def test_retain_keys() -> None:
    assert {path for path, node in FIELDS.items() if node.retain_keys} == {
        "spec.volumes",
        "spec.resourceClaims",
    }


def test_structs_merge_and_scalars_are_replaced() -> None:
    assert merge_keys.POD_TEMPLATE.strategy == "merge"
    for path, node in FIELDS.items():
        if node.kind == "struct":
            assert node.strategy == "merge" and node.fields and node.element is None, path
        if node.kind == "scalar":
            assert node.strategy == "replace" and not node.fields and node.element is None, path


def test_types_that_go_parses_by_hand_are_scalars() -> None:
    for path in (
        "metadata.creationTimestamp",
        "metadata.managedFields.fieldsV1",
        "spec.containers.livenessProbe.httpGet.port",
        "spec.volumes.emptyDir.sizeLimit",
    ):
        assert FIELDS[path].kind == "scalar", path


def test_atomic_structs_and_maps() -> None:
    atomic = {path.rsplit(".", 1)[-1] for path, node in FIELDS.items() if node.atomic}
    assert {"labelSelector", "nodeSelector", "configMapKeyRef", "secretKeyRef", "fieldRef"} <= atomic
    assert not atomic & {"labels", "annotations", "securityContext", "limits"}


def test_every_field_of_every_struct_is_there() -> None:
    for name in ("PodSpec", "Container", "Volume", "ObjectMeta"):
        fields, _ = merge_keys._struct(name)
        assert set(fields) == set(pod_schema.fields(name))


def test_look_up_ignores_case_when_no_name_is_exact() -> None:
    spec = merge_keys.POD_TEMPLATE.fields["spec"]
    assert spec.find("containers") is spec.fields["containers"]
    assert spec.find("Containers") is spec.fields["containers"]
    assert spec.find("DNSPOLICY") is spec.fields["dnsPolicy"]
    assert spec.find("ho\u017ftAliases") is spec.fields["hostAliases"]
    assert merge_keys.folded("\u212a\u017f") == "ks"
    for unknown in ("", "container", "conta\u0130ners", "containers ", "no\u00dfh"):
        assert spec.find(unknown) is None
    labels = merge_keys.POD_TEMPLATE.fields["metadata"].fields["labels"]
    assert labels.find("anything") is None


def test_no_two_fields_differ_in_case_only() -> None:
    for path, node in FIELDS.items():
        struct = node.element or node
        assert len(struct.fold) == len(struct.fields), path


def test_containers_share_their_fields() -> None:
    spec = merge_keys.POD_TEMPLATE.fields["spec"].fields
    one, other = spec["containers"].element, spec["initContainers"].element
    assert one is not None and other is not None
    assert one.fields is other.fields


def test_roots() -> None:
    assert merge_keys.root_for("v1", "Pod") is merge_keys.POD
    assert set(merge_keys.POD.fields) == {"apiVersion", "kind", "metadata", "spec", "status"}
    assert set(merge_keys.POD_TEMPLATE.fields) == {"metadata", "spec"}
    assert merge_keys.POD.fields["spec"].fields is merge_keys.POD_TEMPLATE.fields["spec"].fields
    for api_version, kind in (("v1", "pod"), ("apps/v1", "Deployment"), ("", "Pod")):
        assert merge_keys.root_for(api_version, kind) is None


def test_names_that_the_module_does_not_have() -> None:
    with pytest.raises(AttributeError, match="PODS"):
        getattr(merge_keys, "PODS")  # noqa: B009


def test_nothing_is_built_on_import() -> None:
    code = (
        "from nbcore.kubernetes import merge_keys, pod_schema\n"
        "assert pod_schema._table.cache_info().currsize == 0\n"
        "merge_keys.POD_TEMPLATE\n"
        "assert pod_schema._table.cache_info().currsize == 1\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
