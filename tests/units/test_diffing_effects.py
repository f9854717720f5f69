"""What changes do, by example: to a bare pod, to a StatefulSet that rolls, and to one with OnDelete.

That the examples are right is the API server's word, in tests/oracles.
"""

from __future__ import annotations

from typing import Any, get_args

import pytest

from nbcore.change.change import EFFECTS, Effect, worst
from nbcore.change.diffing import diff
from nbcore.change.effects import HOME_VOLUME, IDENTITY_LABELS
from nbcore.resolve import notebook_layers
from nbcore.settings import Settings

Json = Any
POD, ROLLING, ON_DELETE = (
    Settings(carrier="pod"),
    Settings(carrier="rolling"),
    Settings(carrier="on-delete"),
)


def main(**fields: Json) -> Json:
    return {"spec": {"containers": [{"name": "main", "image": "a:1", **fields}]}}


def spec(**fields: Json) -> Json:
    return {"spec": {"containers": [{"name": "main", "image": "a:1"}], **fields}}


def sized(cpu: Json, memory: Json = "1Gi", **fields: Json) -> Json:
    return main(resources={"limits": {"cpu": cpu, "memory": memory}}, **fields)


def requested(**amounts: Json) -> Json:
    return main(resources={"requests": amounts})


def labelled(labels: Json, **fields: Json) -> Json:
    return {"metadata": {"labels": labels}, **spec(**fields)}


def annotated(**annotations: Json) -> Json:
    keys = {
        "apparmor": "container.apparmor.security.beta.kubernetes.io/main",
        "mirror": "kubernetes.io/config.mirror",
    }
    return {
        "metadata": {"annotations": {keys.get(key, key): one for key, one in annotations.items()}},
        **spec(),
    }


def volume(source: Json, name: str = "a") -> Json:
    return spec(volumes=[{"name": name, **source}])


def init(resources: Json, **fields: Json) -> Json:
    return spec(initContainers=[{"name": "i", "image": "b:1", "resources": resources, **fields}])


SPREAD = [{"topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "maxSkew": 1, "labelSelector": {}}]
KEYED = [{**SPREAD[0], "matchLabelKeys": ["a"]}]
MERGED = [
    {**KEYED[0], "labelSelector": {"matchExpressions": [{"key": "a", "operator": "In", "values": ["1"]}]}}
]
NOT_READY = {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"}
UNREACHABLE = {**NOT_READY, "key": "node.kubernetes.io/unreachable"}
TOKEN = "kube-api-access-x7k2p"
RESTARTS = [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]
OWNER = {"apiVersion": "v1", "kind": "ConfigMap", "name": "a", "uid": "1"}
PREFERRED = {
    "nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "preference": {}}]}
}


def required(*values: str) -> Json:
    expressions = [{"key": one, "operator": "Exists"} for one in values]
    terms = {"nodeSelectorTerms": [{"matchExpressions": expressions}]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}


def worded(affinity: Json) -> Json:
    """What is required of nodes, with a null and an empty list that mean nothing."""
    made = affinity["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    terms = [
        {"matchExpressions": [{**one, "values": None} for one in term["matchExpressions"]], "matchFields": []}
        for term in made["nodeSelectorTerms"]
    ]
    return {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}


GATE = [{"name": "a.b/c"}]
VARS = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
REFS = [{"name": "A", "value": "1"}, {"name": "B", "value": "$(A)"}]

EDITS: tuple[tuple[str, Json, Json, Effect, Effect], ...] = (
    # name, old, new, the effect on a pod, the effect on a StatefulSet that rolls
    ("a label", labelled({}), labelled({"a": "1"}), "live", "restart"),
    ("a label without a value", labelled({"b": "1"}), labelled({"b": "1", "a": None}), "live", "restart"),
    ("a label without a value, written out", labelled({"b": "1", "a": ""}), labelled({"b": "1", "a": None}),
     "none", "none"),
    ("a label that is part of a selector", labelled({"a": "1"}, topologySpreadConstraints=KEYED),
     labelled({"a": "2"}, topologySpreadConstraints=KEYED), "restart", "restart"),
    ("a label that a selector holds already", labelled({"a": "1"}, topologySpreadConstraints=MERGED),
     labelled({}, topologySpreadConstraints=MERGED), "live", "restart"),
    ("another value than the selector holds", labelled({"a": "1"}, topologySpreadConstraints=MERGED),
     labelled({"a": "2"}, topologySpreadConstraints=MERGED), "restart", "restart"),
    ("the selector of a label", labelled({"a": "1"}, topologySpreadConstraints=KEYED),
     labelled({"a": "1"}, topologySpreadConstraints=MERGED), "none", "restart"),
    ("an annotation", annotated(), annotated(a="1"), "live", "restart"),
    ("the AppArmor annotation", annotated(), annotated(apparmor="runtime/default"), "restart", "restart"),
    ("the mirror annotation", annotated(), annotated(mirror="x"), "restart", "restart"),
    ("a finalizer", {"metadata": {}}, {"metadata": {"finalizers": ["a.b/c"]}}, "live", "restart"),
    ("what the server keeps", {"metadata": {}}, {"metadata": {"uid": "1", "generation": 2}}, "none", "restart"),
    ("status", {"spec": {}}, {"spec": {}, "status": {"phase": "Running"}}, "none", "none"),
    ("the name", {"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}, "recreate", "recreate"),
    ("a name more", {"metadata": {}}, {"metadata": {"name": "b"}}, "none", "restart"),
    ("the namespace", {"metadata": {"namespace": "a"}}, {"metadata": {"namespace": "b"}}, "recreate", "recreate"),
    ("the label of the selector", labelled({"jackhoman.dev/notebook": "a"}),
     labelled({"jackhoman.dev/notebook": "b"}), "recreate", "recreate"),
    ("the home", volume({"persistentVolumeClaim": {"claimName": "a"}}, HOME_VOLUME),
     volume({"persistentVolumeClaim": {"claimName": "b"}}, HOME_VOLUME), "recreate", "recreate"),
    ("another claim", volume({"persistentVolumeClaim": {"claimName": "a"}}),
     volume({"persistentVolumeClaim": {"claimName": "b"}}), "restart", "restart"),
    ("the image", main(), main(image="a:2"), "restart", "restart"),
    ("env", main(env=VARS), main(env=[*VARS, {"name": "C"}]), "restart", "restart"),
    ("the order of env", main(env=VARS), main(env=VARS[::-1]), "none", "restart"),
    ("the order of env that refers", main(env=REFS), main(env=REFS[::-1]), "restart", "restart"),
    ("the order of volumes", spec(volumes=[{"name": "a"}, {"name": "b"}]),
     spec(volumes=[{"name": "b"}, {"name": "a"}]), "none", "restart"),
    ("the order of init containers", spec(initContainers=[{"name": "a"}, {"name": "b"}]),
     spec(initContainers=[{"name": "b"}, {"name": "a"}]), "restart", "restart"),
    ("an unknown field", spec(), spec(fluxCapacitor=True), "restart", "restart"),
    # defaults
    ("a default", spec(), spec(dnsPolicy="ClusterFirst", restartPolicy="Always"), "none", "none"),
    ("a default of pods", spec(), spec(enableServiceLinks=True, priority=0), "none", "restart"),
    ("null", spec(), spec(hostname=None, volumes=None), "none", "none"),
    ("an empty list", main(), main(command=[], env=[], ports=[]), "none", "none"),
    ("an empty struct by value", main(), main(resources={}), "none", "none"),
    ("an empty struct behind a pointer", main(), main(securityContext={}), "restart", "restart"),
    ("the pod's empty security context", spec(), spec(securityContext={}), "none", "none"),
    ("a dropped zero", main(), main(tty=False, workingDir=""), "none", "none"),
    ("a kept zero", main(securityContext={}), main(securityContext={"privileged": False}), "restart", "restart"),
    ("a volume without a source", volume({}), volume({"emptyDir": {}}), "none", "none"),
    ("the default pull policy", main(), main(imagePullPolicy="IfNotPresent"), "none", "none"),
    ("another pull policy", main(), main(imagePullPolicy="Always"), "restart", "restart"),
    ("the default pull policy of latest", main(image="a"), main(image="a", imagePullPolicy="Always"), "none", "none"),
    ("the old name of an account", spec(serviceAccountName="x"),
     spec(serviceAccountName="x", serviceAccount="y"), "none", "none"),
    ("an account", spec(serviceAccountName="x"), spec(serviceAccountName="y"), "restart", "restart"),
    ("the default account", spec(), spec(serviceAccountName="default"), "none", "restart"),
    ("the token of an account", spec(volumes=[]), spec(volumes=[{"name": TOKEN, "projected": {}}]), "none", "restart"),
    ("where the token is", main(volumeMounts=[]), main(volumeMounts=[{
        "name": TOKEN, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}]), "none", "restart"),
    ("a mount like it", main(volumeMounts=[]), main(volumeMounts=[{"name": TOKEN, "mountPath": "/a"}]),
     "restart", "restart"),
    ("the port of the host", spec(hostNetwork=True, containers=[{"name": "m", "ports": [{"containerPort": 1}]}]),
     spec(hostNetwork=True, containers=[{"name": "m", "ports": [{"containerPort": 1, "hostPort": 1}]}]),
     "none", "restart"),
    ("an AppArmor profile that an annotation has", annotated(apparmor="runtime/default"),
     {**annotated(apparmor="runtime/default"),
      **main(securityContext={"appArmorProfile": {"type": "RuntimeDefault"}})}, "none", "restart"),
    ("negative patience", spec(terminationGracePeriodSeconds=-1), spec(terminationGracePeriodSeconds=1),
     "none", "restart"),
    ("requests that are the limits", sized("1"),
     main(resources={"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": 1, "memory": "1024Mi"}}),
     "none", "restart"),
    # quantities
    ("the same text", sized("1000m"), sized(1), "none", "none"),
    ("blanks around an amount", sized("1"), sized("1", " 1Gi"), "none", "none"),
    ("an owner said twice", {"metadata": {"ownerReferences": [OWNER]}},
     {"metadata": {"ownerReferences": [OWNER, OWNER]}}, "none", "restart"),
    ("another owner", {"metadata": {"ownerReferences": [OWNER]}},
     {"metadata": {"ownerReferences": [OWNER, {**OWNER, "uid": "2"}]}}, "live", "restart"),
    ("the same amount", sized("1"), sized("1e0", "1073741824"), "none", "restart"),
    ("rounded up", main(resources={"requests": {"cpu": "100u"}}),
     main(resources={"requests": {"cpu": "0.0001"}}), "none", "none"),
    # what a stored pod takes
    ("a first deadline", spec(), spec(activeDeadlineSeconds=10), "live", "restart"),
    ("an earlier deadline", spec(activeDeadlineSeconds=20), spec(activeDeadlineSeconds=10), "live", "restart"),
    ("a later deadline", spec(activeDeadlineSeconds=10), spec(activeDeadlineSeconds=20), "restart", "restart"),
    ("no deadline", spec(activeDeadlineSeconds=10), spec(), "restart", "restart"),
    ("a toleration more", spec(), spec(tolerations=[{"key": "gpu"}]), "live", "restart"),
    ("a toleration less", spec(tolerations=[{"key": "gpu"}]), spec(tolerations=[]), "restart", "restart"),
    ("the default tolerations", spec(), spec(tolerations=[
        {**NOT_READY, "tolerationSeconds": 300}, {**UNREACHABLE, "tolerationSeconds": 300}]), "none", "restart"),
    ("seconds", spec(), spec(tolerations=[{**NOT_READY, "tolerationSeconds": 5}]), "live", "restart"),
    ("the order of tolerations", spec(tolerations=[{"key": "a"}, {"key": "b"}]),
     spec(tolerations=[{"key": "b"}, {"key": "a"}]), "none", "restart"),
    ("the node of a live pod", {"metadata": {"uid": "1"}, "spec": {"nodeName": "n"}},
     {"metadata": {}, "spec": {}}, "none", "restart"),
    ("a node", spec(), spec(nodeName="n"), "restart", "restart"),
    ("a gate less", spec(schedulingGates=GATE), spec(), "live", "restart"),
    ("a gate more", spec(), spec(schedulingGates=GATE), "restart", "restart"),
    ("a node selector", spec(), spec(nodeSelector={"a": "1"}), "restart", "restart"),
    ("a node selector of a gated pod", spec(schedulingGates=GATE),
     spec(schedulingGates=GATE, nodeSelector={"a": "1"}), "live", "restart"),
    ("another node selector of a gated pod", spec(schedulingGates=GATE, nodeSelector={"a": "1"}),
     spec(schedulingGates=GATE, nodeSelector={"a": "2"}), "restart", "restart"),
    ("preferred nodes", spec(), spec(affinity=PREFERRED), "restart", "restart"),
    ("preferred nodes of a gated pod", spec(schedulingGates=GATE),
     spec(schedulingGates=GATE, affinity=PREFERRED), "live", "restart"),
    ("more that is required of nodes", spec(schedulingGates=GATE, affinity=required("a")),
     spec(schedulingGates=GATE, affinity=required("a", "b")), "live", "restart"),
    ("the same that is required of nodes, in other words", spec(schedulingGates=GATE, affinity=required("a")),
     spec(schedulingGates=GATE, affinity={**PREFERRED, "nodeAffinity": {
         **PREFERRED["nodeAffinity"], **worded(required("a"))}}), "live", "restart"),
    ("less that is required of nodes", spec(schedulingGates=GATE, affinity=required("a", "b")),
     spec(schedulingGates=GATE, affinity=required("a")), "restart", "restart"),
    ("other pods for a gated pod", spec(schedulingGates=GATE),
     spec(schedulingGates=GATE, affinity={"podAffinity": {}}), "restart", "restart"),
    ("an ephemeral container", spec(), spec(ephemeralContainers=[{"name": "e"}]), "live", "restart"),
    ("no ephemeral container", spec(ephemeralContainers=[{"name": "e"}]), spec(), "restart", "restart"),
    # resizes
    ("more cpu", sized("1"), sized("2"), "live", "restart"),
    ("more cpu where that restarts", sized("1", resizePolicy=RESTARTS), sized("2", resizePolicy=RESTARTS),
     "restart", "restart"),
    ("more memory where cpu restarts", sized("1", resizePolicy=RESTARTS), sized("1", "2Gi", resizePolicy=RESTARTS),
     "live", "restart"),
    ("a first request", requested(cpu="1"), requested(cpu="1", memory="1Gi"), "live", "restart"),
    ("a request less", requested(cpu="1", memory="1Gi"), requested(cpu="1"), "restart", "restart"),
    ("a limit less", main(resources={"limits": {"cpu": 1}, "requests": {"cpu": 1}}), requested(cpu=1),
     "restart", "restart"),
    ("out of best effort", main(), requested(cpu="1"), "restart", "restart"),
    ("out of guaranteed", sized("1"), main(resources={"limits": {"cpu": "2", "memory": "1Gi"},
     "requests": {"cpu": "1"}}), "restart", "restart"),
    ("into guaranteed", requested(cpu="1", memory="1Gi"), sized("1"), "restart", "restart"),
    ("a device", requested(cpu="1"), main(resources={"requests": {"cpu": "1"}, "limits": {"nvidia.com/gpu": 1}}),
     "restart", "restart"),
    ("with claims", requested(cpu="1"), main(resources={"requests": {"cpu": "2"}, "claims": [{"name": "a"}]}),
     "restart", "restart"),
    ("on Windows",
     {"spec": {**requested(cpu="1")["spec"], "os": {"name": "windows"}}},
     {"spec": {**requested(cpu="2")["spec"], "os": {"name": "windows"}}}, "restart", "restart"),
    ("an init container", init({"requests": {"cpu": 1}}), init({"requests": {"cpu": 2}}), "live", "restart"),
    ("a resize policy", sized("1"), sized("1", resizePolicy=RESTARTS), "restart", "restart"),
    ("the pod's own amounts", spec(resources={"limits": {"cpu": 1}}), spec(resources={"limits": {"cpu": 2}}),
     "live", "restart"),
    ("no amounts of the pod's own", spec(resources={"limits": {"cpu": 1}}), spec(), "restart", "restart"),
    ("requests of the pod's own that are the limits", spec(resources={"limits": {"cpu": 1}}),
     spec(resources={"limits": {"cpu": 1}, "requests": {"cpu": 1}}), "none", "restart"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "pod", "rolling"), EDITS, ids=[one[0] for one in EDITS])
def test_effects(name: str, old: Json, new: Json, pod: Effect, rolling: Effect) -> None:
    assert worst(diff(old, new, settings=POD)) == pod
    assert worst(diff(old, new, settings=ON_DELETE)) == pod
    assert worst(diff(old, new, settings=ROLLING)) == rolling


def test_the_default_carrier_is_ours() -> None:
    old, new = labelled({}), labelled({"a": "1"})
    assert [one.effect for one in diff(old, new)] == [
        one.effect for one in diff(old, new, settings=ON_DELETE)
    ]


def test_effects_stand_with_the_change_that_has_them() -> None:
    old = {"metadata": {"labels": {}}, **sized("1")}
    new = {"metadata": {"labels": {"a": "1"}}, **sized("2", image="a:2", tty=False)}
    assert {one.path.keyed: one.effect for one in diff(old, new, settings=POD)} == {
        "metadata.labels.a": "live",
        "spec.containers[main].image": "restart",
        "spec.containers[main].resources.limits.cpu": "live",
        "spec.containers[main].tty": "none",
    }


@pytest.mark.parametrize(
    ("version", "old", "new", "effect"),
    [
        ("1.32", sized("1"), sized("2"), "restart"),
        ("1.33", sized("1"), sized("2"), "live"),
        ("1.35", init({"requests": {"cpu": 1}}), init({"requests": {"cpu": 2}}), "restart"),
        ("1.33", init({"requests": {"cpu": 1}}, restartPolicy="Always"),
         init({"requests": {"cpu": 2}}, restartPolicy="Always"), "live"),
        ("1.35", spec(resources={"limits": {"cpu": 1}}), spec(resources={"limits": {"cpu": 2}}), "restart"),
    ],
)  # fmt: skip
def test_what_resizes_depends_on_the_version(version: str, old: Json, new: Json, effect: Effect) -> None:
    settings = Settings(carrier="pod", kubernetes_version=version)
    assert worst(diff(old, new, settings=settings)) == effect


def workload(strategy: str = "RollingUpdate", template: Json = None, **fields: Json) -> Json:
    made = {"template": template or main(), "updateStrategy": {"type": strategy}, **fields}
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "a"}, "spec": made}


WORKLOADS: tuple[tuple[str, Json, Json, Effect], ...] = (
    ("its template", workload(), workload(template=main(tty=True)), "restart"),
    ("a label of its template", workload(), workload(template=labelled({"a": "1"})), "restart"),
    ("the same with OnDelete", workload("OnDelete"), workload("OnDelete", labelled({"a": "1"})), "live"),
    ("its selector", workload(), workload(selector={"matchLabels": {"a": "1"}}), "recreate"),
    ("a label of its selector", workload(selector={"matchLabels": {"a": "1"}}, template=labelled({"a": "1"})),
     workload(selector={"matchLabels": {"a": "1"}}, template=labelled({"a": "2"})), "recreate"),
    ("its service", workload(), workload(serviceName="x"), "recreate"),
    ("its claims", workload(), workload(volumeClaimTemplates=[{"metadata": {"name": "a"}}]), "recreate"),
    ("stopping", workload(), workload(replicas=0), "restart"),
    ("starting", workload(replicas=0), workload(), "live"),
    ("a default", workload(), workload(replicas=1, podManagementPolicy="OrderedReady"), "none"),
    ("a knob", workload(), workload(minReadySeconds=5), "live"),
    ("its strategy", workload(), workload("OnDelete"), "live"),
    ("its name", workload(), {**workload(), "metadata": {"name": "b"}}, "recreate"),
    ("its labels", workload(), {**workload(), "metadata": {"name": "a", "labels": {"a": "1"}}}, "live"),
    ("status", workload(), {**workload(), "status": {"replicas": 1}}, "none"),
    ("another kind", workload(), {**workload(), "kind": "Deployment"}, "recreate"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "effect"), WORKLOADS, ids=[one[0] for one in WORKLOADS])
def test_a_stateful_set_is_a_carrier_of_its_own(name: str, old: Json, new: Json, effect: Effect) -> None:
    assert worst(diff(old, new, settings=POD)) == worst(diff(old, new, settings=ROLLING)) == effect


def test_a_state_that_comes_or_goes_is_made_anew() -> None:
    assert worst(diff(None, main())) == worst(diff(main(), None)) == "recreate"
    assert diff(None, None) == []


def test_names_are_those_of_the_dialects() -> None:
    assert HOME_VOLUME == notebook_layers.HOME_VOLUME
    assert "jackhoman.dev/notebook" in IDENTITY_LABELS
    assert set(EFFECTS) == set(get_args(Effect))
