"""Privilege through what a tenant may write: overrides, shorthands, PodDefaults and pods (T-00 to T-21)."""

from __future__ import annotations

import copy
from typing import Any

import pytest

import nbcore
from nbcore.checks.trust_classes import TABLE, Trust
from tests.podsecurity.cases import NEWEST
from tests.podsecurity.cases import cases as pods_of_the_standard
from tests.threats.scenes import (
    MAIN,
    POD,
    SETTINGS,
    attacked,
    main,
    pod,
    pod_created,
    pod_default,
    template,
    tried,
)
from tests.units.reviews import Json, changed, namespace, notebook, with_metadata


def spec(**fields: Json) -> Json:
    return {"spec": fields}


def volume(**source: Json) -> Json:
    return spec(volumes=[{"name": "v", **source}])


def sidecar(**fields: Json) -> Json:
    return {"name": "x", "image": "registry.example.com/lab:1", **fields}


def environment(name: str, value: str = "x") -> Json:
    return {"env": [{"name": name, "value": value}]}


SECRET: Json = {"secretKeyRef": {"name": "theirs", "key": "k"}}
OVERRIDES: dict[str, list[Json]] = {
    "t01": [
        main(securityContext={"privileged": True}),
        main(securityContext={"allowPrivilegeEscalation": True}),
        main(securityContext={"capabilities": {"add": ["SYS_ADMIN"]}}),
        main(securityContext={"procMount": "Unmasked"}),
        main(securityContext={"runAsUser": 0}),
        main(securityContext={"windowsOptions": {"hostProcess": True}}),
        spec(securityContext={"seccompProfile": {"type": "Unconfined"}}),
        spec(securityContext={"seLinuxOptions": {"type": "spc_t"}}),
        spec(securityContext={"appArmorProfile": {"type": "Unconfined"}}),
        spec(securityContext={"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}),
        {"metadata": {"annotations": {"container.apparmor.security.beta.kubernetes.io/main": "unconfined"}}},
        spec(initContainers=[sidecar(securityContext={"privileged": True})]),
        spec(hostNetwork=True),
        spec(hostPID=True),
        spec(hostIPC=True),
    ],
    "t02": [
        spec(hostUsers=False),
        spec(hostUsers=True),
        spec(hostUsers=False, securityContext={"runAsUser": 0}),
    ],
    "t03": [spec(os={"name": "windows"}), spec(os={"name": "linux"}), spec(os={"name": "Windows"})],
    "t04": [
        volume(hostPath={"path": "/"}),
        volume(gitRepo={"repository": "https://example.com/x"}),
        volume(image={"reference": "evil"}),
        volume(csi={"driver": "hostpath.csi.k8s.io"}),
        volume(ephemeral={"volumeClaimTemplate": {"spec": {}}}),
        main(volumeMounts=[{"name": "scratch", "mountPath": "/a", "subPath": "../../etc"}]),
        main(volumeMounts=[{"name": "scratch", "mountPath": "/a", "subPathExpr": "$(MODE)"}]),
        spec(volumes=[{"name": "scratch", "hostPath": {"path": "/"}}]),
    ],
    "t05": [
        main(volumeMounts=[{"name": "scratch", "mountPath": path}])
        for path in ("/var/run/secrets/kubernetes.io", "/etc", "/proc", "//dev", "/home/../etc", "/scratch/")
    ],
    "t06": [
        spec(serviceAccountName="admin"),
        spec(serviceAccount="admin"),
        spec(serviceAccountName="default", serviceAccount="admin"),
    ],
    "t07": [
        spec(automountServiceAccountToken=True),
        volume(projected={"sources": [{"serviceAccountToken": {"path": "t", "audience": "vault"}}]}),
        volume(projected={"sources": [{"clusterTrustBundle": {"path": "t", "name": "x"}}]}),
        volume(projected={"sources": [{"podCertificate": {"keyType": "ED25519", "signerName": "x/y"}}]}),
        volume(downwardAPI={"items": [{"path": "a", "fieldRef": {"fieldPath": "metadata.annotations"}}]}),
    ],
    "t08": [
        main(env=[{"name": "TEAM", "valueFrom": SECRET}]),
        main(env=[{"name": "TEAM", "value": "team-a", "valueFrom": SECRET}]),
        main(
            env=[{"name": "TEAM", "valueFrom": {"fileKeyRef": {"volumeName": "v", "path": "a", "key": "b"}}}]
        ),
        main(envFrom=[{"secretRef": {"name": "theirs"}}]),
        main(envFrom=[{"configMapRef": {"name": "theirs"}}]),
        spec(imagePullSecrets=[{"name": "theirs"}]),
        volume(secret={"secretName": "theirs"}),
        volume(projected={"sources": [{"secret": {"name": "theirs"}}]}),
        volume(csi={"driver": "d", "nodePublishSecretRef": {"name": "theirs"}}),
        volume(flexVolume={"driver": "d", "secretRef": {"name": "theirs"}}),
        volume(rbd={"monitors": ["m"], "image": "i", "secretRef": {"name": "theirs"}}),
        volume(azureFile={"shareName": "s", "secretName": "theirs"}),
        volume(iscsi={"targetPortal": "t", "iqn": "i", "lun": 0, "secretRef": {"name": "theirs"}}),
    ],
    "t09": [
        spec(nodeName="gpu-1"),
        spec(schedulerName="mine"),
        spec(schedulingGates=[{"name": "x"}]),
        spec(tolerations=[{"operator": "Exists"}]),
        spec(nodeSelector={"example.com/pool": "gpu"}),
        spec(nodeSelector={"kubernetes.io/hostname": "gpu-1"}),
        spec(
            affinity={
                "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "a"}]}
            }
        ),
        spec(
            topologySpreadConstraints=[
                {"topologyKey": "a", "maxSkew": 1, "whenUnsatisfiable": "ScheduleAnyway"}
            ]
        ),
    ],
    "t10": [
        spec(priorityClassName="system-node-critical"),
        spec(priority=2_000_001_000),
        spec(preemptionPolicy="PreemptLowerPriority"),
    ],
    "t11": [spec(runtimeClassName="trusted"), spec(runtimeClassName=""), spec(overhead={"cpu": "0"})],
    "t12": [
        main(resources={"limits": {"cpu": "1000E"}}),
        main(resources={"limits": {"cpu": "1e99"}}),
        main(resources={"limits": {"cpu": "-1"}}),
        main(resources={"limits": {"cpu": "4001m"}}),
        main(resources={"limits": {"nvidia.com/gpu": "8"}}),
        main(resources={"limits": {"cpu": True}}),
        main(resources={"limits": {"cpu": "٤"}}),
        main(resources={"claims": [{"name": "gpu"}]}),
    ],
    "t13": [
        spec(containers=[sidecar()]),
        spec(initContainers=[sidecar(restartPolicy="Always")]),
        spec(containers=[{"name": "main "}, {"name": "main", "image": "evil"}]),
        spec(
            containers=[
                {"name": "main", "image": "registry.example.com/x"},
                {"name": "main", "image": "evil"},
            ]
        ),
        spec(containers=[{"name": "Main", "image": "registry.example.com/x"}]),
        spec(containers=[{"image": "registry.example.com/x"}]),
        spec(ephemeralContainers=[sidecar(targetContainerName="main")]),
    ],
    "t16": [
        spec(containers=[{"$patch": "replace"}, {"name": "main", "image": "registry.example.com/x"}]),
        main(securityContext={"$patch": "replace"}),
        main(securityContext=None),
        main(securityContext={"$patch": "delete"}),
        spec(securityContext=None),
        spec(volumes=[{"name": "scratch", "$patch": "delete"}]),
        main(env=[{"name": "MODE", "$patch": "delete"}]),
        spec(**{"$retainKeys": ["containers"]}),
        spec(**{"$setElementOrder/containers": [{"name": "x"}, {"name": "main"}]}),
        spec(**{"$deleteFromPrimitiveList/finalizers": ["x"]}),
        {"$patch": "replace", **main(image="registry.example.com/x")},
        main(command=["$patch"]),
        main(**{"$patch": "merge", "imagePullPolicy": "Always"}),
    ],
    "t18": [
        main(**environment("LD_PRELOAD")),
        main(**environment("MODE", "team-a")),
        main(**environment("ROOT_DIR", "team-/")),
        main(**environment("TEAM", "team-$(MODE)")),
        main(**environment("TEAM", "Team-a")),
        main(env=[{"name": "TEAM", "value": "team-a"}, {"name": "NB_UID", "value": "0"}]),
    ],
    "t19": [main(command=["sh", "-c", "id"]), main(args=["--allow-root; id"]), main(workingDir="/")],
    "t20": [
        {"metadata": {"annotations": {"sidecar.istio.io/inject": "false"}}},
        {"metadata": {"annotations": {"kubernetes.io/config.mirror": "x"}}},
        {"metadata": {"annotations": {"k8s.v1.cni.cncf.io/networks": "host"}}},
        {"metadata": {"labels": {"jackhoman.dev/notebook": "victim"}}},
        {"metadata": {"labels": {"azure.workload.identity/use": "true"}}},
        {"metadata": {"ownerReferences": [{"uid": "1"}]}},
        {"metadata": {"finalizers": ["a/b"]}},
    ],
}
SHORTHANDS: dict[str, list[Json]] = {
    "t05": [
        {"volumes": {"data": [{"pvcName": "mine", "mountPath": path}]}}
        for path in (
            "/",
            "/etc",
            "/etc/",
            "//etc",
            "/./etc/ssl",
            "/a/../etc",
            "/var/run/secrets",
            "/dev/shm",
            "/usr",
        )
    ]
    + [{"volumes": {"secrets": [{"secretName": "s", "mountPath": "/scratch"}]}}]
    + [{"volumes": {"data": [{"pvcName": "a", "mountPath": "/a"}, {"pvcName": "b", "mountPath": "/a//"}]}}],
    "t12": [
        {"resources": {"nvidia.com/gpu": 1}},
        {"resources": {"cpu": "-1"}},
        {"resources": {"limits": {"hugepages-2Mi": "1Gi"}}},
        {"resources": {"cpu": "1e2147483648"}},
        {"resources": {"requests": {"cpu": "4"}, "limits": {"cpu": "1"}}},
    ],
    "t18": [
        {"env": [{"name": name, "value": "x"}]}
        for name in (
            "LD_PRELOAD",
            "PYTHONPATH",
            "PATH",
            "NB_USER",
            "nb_uid",
            "GRANT_SUDO",
            "JUPYTER_TOKEN",
            "NOTEBOOK_ARGS",
            "KUBERNETES_SERVICE_HOST",
            "https_proxy",
            "MODE",
            "ROOT_DIR",
            "LD_PRELOAD\n",
            "A=B",
        )
    ],
    "t20": [
        {"metadata": {"labels": {"jackhoman.dev/notebook": "victim"}}},
        {"metadata": {"labels": {"statefulset": "victim"}}},
        {"metadata": {"labels": {"app": "victim"}}},
        {"metadata": {"labels": {"kueue.x-k8s.io/queue-name": "big"}}},
        {"metadata": {"annotations": {"sidecar.istio.io/proxyImage": "evil"}}},
        {"metadata": {"annotations": {"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"}}},
        {"metadata": {"annotations": {"vault.hashicorp.com/agent-inject": "true"}}},
        {"metadata": {"labels": {"JACKHOMAN.DEV/notebook": "victim"}}},
    ],
}


def cases(table: dict[str, list[Json]], threat: str) -> list[Any]:
    return [pytest.param(one, id=f"{threat}-{at}") for at, one in enumerate(table[threat])]


def refused(**spec: Json) -> None:
    """That somebody gets it on none of the ways, and that nothing would be rendered of it."""
    assert [one.allowed for one in tried(**spec)] == [False] * 4
    assert tried(**spec)[0].code in (403, 422)


def harmless(**spec: Json) -> None:
    """That the way itself is open: what is refused next to it is refused for what it is."""
    answers = tried(**spec)
    assert all(one.allowed for one in answers), [one.message for one in answers]


def test_the_ways_of_these_attacks_are_open() -> None:
    harmless(overrides=main(image="registry.example.com/other:2", imagePullPolicy="Always"))
    harmless(overrides=main(env=[{"name": "TEAM", "value": "team-a"}], resources={"limits": {"cpu": "4"}}))
    harmless(
        overrides={
            "metadata": {"labels": {"example.com/team": "a"}},
            "spec": {"nodeSelector": {"example.com/pool": "big"}},
        }
    )
    harmless(
        volumes={"home": "h", "data": [{"pvcName": "d", "mountPath": "/data"}]},
        env=[{"name": "A", "value": "1"}],
    )
    harmless(resources={"cpu": "2", "memory": "2Gi"}, metadata={"labels": {"example.com/x": "y"}})


def test_t00_every_field_that_is_never_a_users_is_refused() -> None:
    server = attacked()
    never = [place for place, trust in TABLE.items() if trust is Trust.NEVER]
    for place in never:
        tree: Json = {"a": "b"}
        for step in reversed(place):
            tree = [{"name": "main", **tree}] if step == "*" else {step: tree}
        said = server.create(notebook("other", overrides=tree))
        assert not said.allowed, place
    assert len(never) > 50
    assert not server.create(notebook("other", overrides=spec(aFieldOfTomorrow="x"))).allowed
    assert not server.create(notebook("other", overrides=main(aFieldOfTomorrow={"x": 1}))).allowed


@pytest.mark.parametrize("overrides", cases(OVERRIDES, "t01"))
def test_t01_hardening_is_not_overridden(overrides: Json) -> None:
    refused(overrides=overrides)


def test_t01_no_pod_that_violates_the_standard_is_let_in() -> None:
    pods = [one for one in pods_of_the_standard() if one.expected("restricted", NEWEST)]
    newest = nbcore.Settings(pod_security=f"restricted:v1.{NEWEST}")
    let_in = [
        one.name
        for one in pods
        if pod_created(with_metadata(one.pod, namespace="team"), settings=newest).allowed
    ]
    assert not let_in
    assert len(pods) > 200


def test_t01_no_violating_pod_is_let_in() -> None:
    bad = [
        {**POD, "hostNetwork": True},
        {**POD, "securityContext": {}},
        {**POD, "containers": [{**MAIN, "securityContext": {"privileged": True}}]},
        {**POD, "initContainers": [{**MAIN, "name": "i", "securityContext": {}}]},
        {**POD, "volumes": [{"name": "scratch", "hostPath": {"path": "/"}}]},
    ]
    assert pod_created(pod(POD)).allowed
    for one in bad:
        assert not pod_created(pod(one)).allowed, one


@pytest.mark.parametrize(
    "tree",
    [
        {"spec": {"hostNetwork": True}},
        {"spec": {"containers": [{"name": "main", "securityContext": {"privileged": True}}]}},
        {"spec": {"initContainers": [{"name": "i", "image": "x:1"}]}},
        {"spec": {"volumes": [{"name": "h", "hostPath": {"path": "/"}}]}},
        {"spec": {"securityContext": {"runAsUser": 0}}},
    ],
)
def test_t01_a_pod_default_of_a_tenant_breaks_no_pod_security(tree: Json) -> None:
    assert pod_created(pod(POD), pod_default({"spec": {"terminationGracePeriodSeconds": 5}})).allowed
    assert not pod_created(pod(POD), pod_default(tree)).allowed


def test_t01_a_template_of_a_tenant_breaks_no_pod_security() -> None:
    for part in (
        {"hostNetwork": True},
        {"securityContext": {"runAsUser": 0}},
        {"containers": [{**MAIN, "securityContext": {}}]},
    ):
        own = template("own", template={"spec": {**POD, **part}}, podSecurity={"level": "privileged"})
        server = attacked(own)
        assert not server.create(own).allowed
        assert not server.create(notebook("other", templateRef={"name": "own"})).allowed


@pytest.mark.parametrize("overrides", cases(OVERRIDES, "t02"))
def test_t02_user_namespaces_unlock_nothing(overrides: Json) -> None:
    refused(overrides=overrides)


def test_t02_the_version_of_the_policy_is_that_of_the_cluster() -> None:
    root = {**POD, "hostUsers": False, "securityContext": {**POD["securityContext"], "runAsUser": 0}}
    for asked in ("restricted", "restricted:latest", "restricted:v1.99"):
        old = nbcore.Settings(pod_security=asked, kubernetes_version="1.34")
        assert not pod_created(pod(root), settings=old).allowed


@pytest.mark.parametrize("overrides", cases(OVERRIDES, "t03"))
def test_t03_windows_unlocks_nothing(overrides: Json) -> None:
    refused(overrides=overrides)


@pytest.mark.parametrize("overrides", cases(OVERRIDES, "t04"))
def test_t04_no_way_to_the_host(overrides: Json) -> None:
    refused(overrides=overrides)


@pytest.mark.parametrize("given", cases(SHORTHANDS, "t05"))
def test_t05_nothing_is_mounted_over(given: Json) -> None:
    refused(**given)


@pytest.mark.parametrize("overrides", cases(OVERRIDES, "t05"))
def test_t05_nothing_is_mounted_over_by_overrides(overrides: Json) -> None:
    refused(overrides=overrides)


@pytest.mark.parametrize("overrides", cases(OVERRIDES, "t06"))
def test_t06_no_stronger_account(overrides: Json) -> None:
    refused(overrides=overrides)


@pytest.mark.parametrize("overrides", cases(OVERRIDES, "t07"))
def test_t07_no_token(overrides: Json) -> None:
    refused(overrides=overrides)


@pytest.mark.parametrize("overrides", cases(OVERRIDES, "t08"))
def test_t08_no_secret_by_reference(overrides: Json) -> None:
    refused(overrides=overrides)


@pytest.mark.parametrize("overrides", cases(OVERRIDES, "t09"))
def test_t09_no_other_node(overrides: Json) -> None:
    refused(overrides=overrides)


@pytest.mark.parametrize("overrides", cases(OVERRIDES, "t10"))
def test_t10_no_priority(overrides: Json) -> None:
    refused(overrides=overrides)


@pytest.mark.parametrize("overrides", cases(OVERRIDES, "t11"))
def test_t11_no_runtime(overrides: Json) -> None:
    refused(overrides=overrides)


@pytest.mark.parametrize("overrides", cases(OVERRIDES, "t12"))
def test_t12_no_more_resources_than_the_rules_say(overrides: Json) -> None:
    refused(overrides=overrides)


@pytest.mark.parametrize("given", cases(SHORTHANDS, "t12"))
def test_t12_no_other_resources_by_shorthand(given: Json) -> None:
    refused(**given)


@pytest.mark.parametrize("overrides", cases(OVERRIDES, "t13"))
def test_t13_no_container_is_added_or_renamed(overrides: Json) -> None:
    refused(overrides=overrides)


@pytest.mark.parametrize("who", ["eve", "system:serviceaccount:team:default", {"username": ""}])
@pytest.mark.parametrize("subresource", ["ephemeralcontainers", "resize", ""])
def test_t14_t15_a_pod_is_changed_by_its_owner_alone(who: Json, subresource: str) -> None:
    from tests.units.reviews import carrier_of, pod_of

    server = attacked()
    carrier = carrier_of(server.stored["Notebook", "team", "mine"])
    one = {**pod_of(carrier), "spec": POD}
    for each in (carrier, one):
        server.put(each)
    evil = {
        "ephemeralcontainers": {
            "ephemeralContainers": [{**MAIN, "name": "e", "targetContainerName": "main"}]
        },
        "resize": {"containers": [{**MAIN, "resources": {"limits": {"cpu": "64"}}}]},
        "": {"containers": [{**MAIN, "image": "evil.example.com/x:1"}]},
    }[subresource]
    assert server.update(changed(one, **evil), who, subresource).codes == ("NB704",)
    assert server.update(changed(one, **evil), "ada", subresource).allowed


def test_t14_a_privileged_debug_container_is_refused_to_its_owner_too() -> None:
    server = attacked()
    server.put(pod(POD))
    bad = {**MAIN, "name": "e", "securityContext": {"privileged": True}}
    assert not server.update(pod({**POD, "ephemeralContainers": [bad]}), "ada", "ephemeralcontainers").allowed


@pytest.mark.parametrize("overrides", cases(OVERRIDES, "t16"))
def test_t16_no_directive_and_no_null(overrides: Json) -> None:
    refused(overrides=overrides)


@pytest.mark.parametrize(
    "overrides", [one for threat in ("t01", "t04", "t13", "t16") for one in OVERRIDES[threat]]
)
def test_t17_nothing_is_rendered_of_what_is_refused(overrides: Json) -> None:
    catalog = nbcore.Catalog([namespace(), template()])
    assert nbcore.render(notebook(overrides=overrides), catalog, settings=SETTINGS).pod is None


def test_t17_what_a_later_hook_did_to_a_pod_is_judged() -> None:
    from tests.units.reviews import answered, request

    catalog = nbcore.Catalog([namespace()])
    for part in ({"hostPID": True}, {"containers": [{**MAIN, "securityContext": {"privileged": True}}]}):
        assert not answered(request("CREATE", pod({**POD, **part})), catalog, SETTINGS, "validate").allowed


@pytest.mark.parametrize("overrides", cases(OVERRIDES, "t18"))
def test_t18_no_variable_that_no_rule_names(overrides: Json) -> None:
    refused(overrides=overrides)


@pytest.mark.parametrize("given", cases(SHORTHANDS, "t18"))
def test_t18_no_variable_that_changes_programs(given: Json) -> None:
    refused(**given)


@pytest.mark.parametrize("overrides", cases(OVERRIDES, "t19"))
def test_t19_no_command(overrides: Json) -> None:
    refused(overrides=overrides)


@pytest.mark.parametrize(
    "text", ["; id", "$(id)", "`id`", "a' || 'b", '"; rm -rf / #', "{{ name }}", "a\n- b"]
)
def test_t19_t21_text_of_a_user_stays_one_value(text: str) -> None:
    catalog = nbcore.Catalog([namespace(), template()])
    found = nbcore.render(notebook(env=[{"name": "NOTE", "value": text}]), catalog).copy()
    assert found is not None
    env = found["spec"]["containers"][0]["env"]
    assert {"name": "NOTE", "value": text} in env
    env[:] = [one for one in env if one["name"] != "NOTE"]
    plain = nbcore.render(notebook(), catalog).copy()
    assert found == plain


@pytest.mark.parametrize(
    "text", ["{{ name.__class__ }}", "{{ owner[0] }}", "{{ settings }}", "{{ name | safe }}", "{{"]
)
def test_t21_an_expression_reaches_nothing(text: str) -> None:
    tree = copy.deepcopy(POD)
    tree["containers"][0]["env"] = [{"name": "A", "value": text}]
    assert not attacked().create(template("own", template={"spec": tree})).allowed


@pytest.mark.parametrize("name", ["a: b", "&a", "*a", "{{ owner }}", "a\nb"])
def test_t21_a_substituted_name_is_one_scalar(name: str) -> None:
    tree = copy.deepcopy(POD)
    tree["containers"][0]["env"] = [{"name": "A", "value": "{{ owner }}"}]
    one = with_metadata(notebook(), annotations={"jackhoman.dev/owner": name})
    catalog = nbcore.Catalog([namespace(), template(template={"spec": tree})])
    found = nbcore.render(one, catalog).pod
    assert found is not None
    assert found["spec"]["containers"][0]["env"] == [{"name": "A", "value": name}]


@pytest.mark.parametrize("overrides", cases(OVERRIDES, "t20"))
def test_t20_no_label_or_annotation_that_no_rule_names(overrides: Json) -> None:
    refused(overrides=overrides)


@pytest.mark.parametrize("given", cases(SHORTHANDS, "t20"))
def test_t20_no_reserved_label_or_annotation(given: Json) -> None:
    refused(**given)
