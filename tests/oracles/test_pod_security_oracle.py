"""Asks a real API server what each level of each version says of random pods, and our fixtures.

A pod goes to a namespace that enforces the level: it is taken, refused by Pod Security in words that must be
ours, or invalid, and then left out. Run as a program (``python -m tests.oracles.test_pod_security_oracle
--cases 50000 --seed 7``) it prints figures. It refuses to know how offences are found.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from random import Random
from typing import Any, NamedTuple

import pytest

from nbcore.checks.podsecurity import check, verdict
from tests.cluster.client import Answer
from tests.cluster.control_plane import ControlPlane
from tests.oracles import realistic_pods
from tests.podsecurity.cases import DROP, LISTS, cases, changed, hardened

Json = Any

CLUSTER = "1.36"
MINORS = (0, 7, 8, 18, 19, *range(21, 38), 40)
VERSIONS = (*(f"v1.{minor}" for minor in MINORS), "latest")
LEVELS = ("baseline", "restricted", "restricted")
BATCH = 1000

# ---- pods ----

CAPABILITIES = (
    "CHOWN",
    "KILL",
    "NET_BIND_SERVICE",
    "SYS_ADMIN",
    "NET_RAW",
    "CAP_CHOWN",
    "chown",
    "ALL",
    "all",
    "MKNOD",
)
PROFILES: tuple[Json, ...] = (
    {"type": "RuntimeDefault"},
    {"type": "Unconfined"},
    {"type": "Localhost", "localhostProfile": "a.json"},
    None,
)
SELINUX: tuple[Json, ...] = (
    *(
        {"type": name}
        for name in ("container_t", "container_init_t", "container_kvm_t", "container_engine_t")
    ),
    *({"type": "spc_t"}, {"type": ""}, {"user": "system_u"}, {"role": "system_r", "type": "spc_t"}),
    *({"level": "s0:c1,c2"}, {"user": "", "role": None}, {}),
)
HOSTS: tuple[Json, ...] = ({}, {"host": "10.0.0.1"}, {"host": ""}, {"host": None}, {"host": "localhost"})
HANDLER: tuple[Json, ...] = (
    *({action: {"port": 80, **host}} for action in ("httpGet", "tcpSocket") for host in HOSTS),
    {"exec": {"command": ["a"]}},
)
PORTS: tuple[Json, ...] = (
    None,
    [{"containerPort": 80}],
    [{"containerPort": 80, "hostPort": 80}],
    [{"containerPort": 81, "hostPort": 0}],
    [{"containerPort": 82}, {"containerPort": 8080, "hostPort": 9090}, {"containerPort": 83, "hostPort": 83}],
)
CONTAINER: Mapping[str, tuple[Json, ...]] = {
    "securityContext": (None, {}, DROP),
    "securityContext.privileged": (True, False, None),
    "securityContext.allowPrivilegeEscalation": (True, False, None, DROP),
    "securityContext.procMount": ("Default", "Unmasked", None),
    "securityContext.runAsNonRoot": (True, False, None, DROP),
    "securityContext.runAsUser": (0, 1000, None),
    "securityContext.runAsGroup": (0, 1000, None),
    "securityContext.seccompProfile": PROFILES,
    "securityContext.appArmorProfile": PROFILES,
    "securityContext.seLinuxOptions": SELINUX,
    "securityContext.windowsOptions": (
        {"hostProcess": False},
        {"hostProcess": True},
        {"runAsUserName": "a"},
        {},
    ),
    "securityContext.capabilities.add": (None, [], *([one] for one in CAPABILITIES), ["CHOWN", "SYS_ADMIN"]),
    "securityContext.capabilities.drop": (None, [], ["ALL"], ["all"], ["NET_RAW", "ALL"], ["NET_RAW"], DROP),
    "securityContext.capabilities": (None, {}, DROP),
    "ports": PORTS,
    **{f"{name}Probe": HANDLER for name in ("liveness", "readiness", "startup")},
    **{f"lifecycle.{name}": HANDLER for name in ("postStart", "preStop")},
}
SOURCES: Mapping[str, Json] = {
    "configMap": {"name": "a"},
    "csi": {"driver": "a.example"},
    "downwardAPI": {},
    "emptyDir": {},
    "ephemeral": {
        "volumeClaimTemplate": {
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
        }
    },
    "image": {"reference": "a"},
    "persistentVolumeClaim": {"claimName": "a"},
    "projected": {"sources": []},
    "secret": {"secretName": "a"},
    "hostPath": {"path": "/a"},
    "nfs": {"server": "a", "path": "/a"},
    "iscsi": {"targetPortal": "1.2.3.4", "iqn": "iqn.2001-04.com.example:storage", "lun": 0},
    "awsElasticBlockStore": {"volumeID": "a"},
    "gcePersistentDisk": {"pdName": "a"},
    "cinder": {"volumeID": "a"},
    "cephfs": {"monitors": ["a"]},
    "fc": {"targetWWNs": ["a"], "lun": 1},
    "flexVolume": {"driver": "a/b"},
    "flocker": {"datasetName": "a"},
    "azureDisk": {"diskName": "a", "diskURI": "https://blob/a/b"},
    "azureFile": {"secretName": "a", "shareName": "b"},
    "vsphereVolume": {"volumePath": "a"},
    "quobyte": {"registry": "a:1", "volume": "b"},
    "portworxVolume": {"volumeID": "a"},
    "photonPersistentDisk": {"pdID": "a"},
    "scaleIO": {"gateway": "https://a", "system": "b", "volumeName": "c", "secretRef": {"name": "d"}},
    "storageos": {"volumeName": "a", "volumeNamespace": "b"},
    "glusterfs": {"endpoints": "a", "path": "b"},
    "rbd": {"monitors": ["a"], "image": "b"},
    "gitRepo": {"repository": "a"},
    "": {},
}
SYSCTLS = (
    *(
        "kernel.shm_rmid_forced",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.tcp_rmem",
    ),
    *("net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_wmem", "kernel.msgmax"),
    *("net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat", "net/ipv4/tcp_syncookies"),
)
POD: Mapping[str, tuple[Json, ...]] = {
    **dict.fromkeys(("hostNetwork", "hostPID", "hostIPC"), (True, False, None)),
    "hostUsers": (False, False, True, None),
    "os": ({"name": "linux"}, None),
    "securityContext": (None, {}, DROP),
    "securityContext.runAsNonRoot": (True, False, None, DROP),
    "securityContext.runAsUser": (0, 1000, None),
    "securityContext.fsGroup": (0, 1000),
    "securityContext.seccompProfile": PROFILES,
    "securityContext.appArmorProfile": PROFILES,
    "securityContext.seLinuxOptions": SELINUX,
    "securityContext.windowsOptions": ({"hostProcess": False}, {"hostProcess": True}),
}
APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
ANNOTATIONS = (
    *(f"{APPARMOR}{name}" for name in ("a", "b", "none")),
    "seccomp.security.alpha.kubernetes.io/pod",
    *(f"container.seccomp.security.alpha.kubernetes.io/{name}" for name in ("a", "b", "init", "none")),
)
VALUES = ("unconfined", "runtime/default", "docker/default", "localhost/a", "", None, 'quoted "é"\n')


def pods(random: Random) -> Iterator[Json]:
    """Pods that differ in what the standards look at, a third of them realistic ones of notebooks."""
    while True:
        if random.random() < 0.3:
            made = realistic_pods.pod(random)
        elif random.random() < 0.08:
            made = _windows(random)
        else:
            made = _hardened(random)
        for _ in range(random.choice((0, 1, 1, 2, 3, 6))):
            made = _tweaked(random, made)
        made["metadata"] = {
            key: value for key, value in made["metadata"].items() if key in ("annotations", "labels")
        } | {"name": "example"}
        yield made


def _hardened(random: Random) -> Json:
    made = hardened()
    template = made["spec"]["containers"][0]
    made["spec"].pop("ephemeralContainers")
    for field, names in (
        ("containers", ["a", "b", "c"][: random.randint(1, 3)]),
        ("initContainers", ["init"]),
    ):
        made["spec"][field] = [{**copy.deepcopy(template), "name": name} for name in names]
    if random.random() < 0.5:
        made["spec"].pop("initContainers")
    elif random.random() < 0.5:
        made["spec"]["initContainers"][0]["restartPolicy"] = "Always"
    return made


def _windows(random: Random) -> Json:
    made = _hardened(random)
    for one in (*made["spec"]["containers"], *made["spec"].get("initContainers", ())):
        one["securityContext"] = random.choice((None, {"runAsNonRoot": True}, {"runAsNonRoot": False}, {}))
    context: Json = random.choice(({"runAsNonRoot": True}, {}, {"runAsNonRoot": False}))
    made["spec"] |= {"os": {"name": "windows"}, "securityContext": context}
    if random.random() < 0.3:
        context["windowsOptions"] = {"hostProcess": True, "runAsUserName": "a"}
        made["spec"]["hostNetwork"] = True
    return made


def _tweaked(random: Random, made: Json) -> Json:
    kind = random.random()
    if kind < 0.55:
        field = random.choice([one for one in LISTS if made["spec"].get(one)])
        prefix = f"{field}.{random.randrange(len(made['spec'][field]))}."
        name, values = random.choice(list(CONTAINER.items()))
        changes: Mapping[str, Json] = {f"{prefix}{name}": random.choice(values)}
        if "privileged" in name:
            changes = {**changes, f"{prefix}securityContext.allowPrivilegeEscalation": DROP}
        if "procMount" in name:
            changes = {**changes, "hostUsers": False}
        return _changed(made, changes)
    if kind < 0.75:
        name, values = random.choice(list(POD.items()))
        return _changed(made, {name: random.choice(values)})
    if kind < 0.85:
        chosen = random.sample(list(SOURCES.items()), random.randint(1, 3))
        found = [{"name": f"v{i}", **({name: one} if name else {})} for i, (name, one) in enumerate(chosen)]
        return _changed(made, {"volumes": (made["spec"].get("volumes") or []) + found})
    if kind < 0.92:
        names = random.sample(SYSCTLS, random.randint(1, 3))
        return _changed(made, {"securityContext.sysctls": [{"name": name, "value": "1"} for name in names]})
    chosen_keys = random.sample(ANNOTATIONS, random.randint(1, 2))
    return _changed(made, {".metadata.annotations": {key: random.choice(VALUES) for key in chosen_keys}})


def _changed(made: Json, changes: Mapping[str, Json]) -> Json:
    """The pod with the changes, as far as what holds them is there."""
    try:
        return changed(made, changes)
    except (AttributeError, TypeError):  # an earlier change put null above
        return made


# ---- asking ----


class Namespace(NamedTuple):
    """A namespace that enforces a level of a version."""

    name: str
    level: str
    version: str


class Difference(NamedTuple):
    """A pod of which the server says something else than we do."""

    where: Namespace
    pod: Json
    server: str
    ours: str

    def __str__(self) -> str:
        where = f"{self.where.level}:{self.where.version}"
        return f"{where}\n  server {self.server}\n  ours   {self.ours}\n  {json.dumps(self.pod)}"


def namespaces(plane: ControlPlane, versions: Iterable[str] = VERSIONS) -> list[Namespace]:
    """A namespace for every level and version."""
    label = "pod-security.kubernetes.io/enforce"
    return [
        Namespace(plane.namespace({label: level, f"{label}-version": version}), level, version)
        for level in LEVELS
        for version in dict.fromkeys(versions)
    ]


def synced(pod: Json) -> Json:
    """The pod with the AppArmor annotations as fields, as the API server makes them before it asks.

    Source: applyAppArmorVersionSkew, pkg/registry/core/pod/strategy.go.
    """
    annotations = pod["metadata"].get("annotations") or {}
    if pod["spec"].get("os") in ({"name": "windows"}, "windows"):
        return pod
    pod = copy.deepcopy(pod)
    above = (pod["spec"].get("securityContext") or {}).get("appArmorProfile")
    for field in LISTS:
        for one in pod["spec"].get(field) or ():
            context = one.get("securityContext") or {}
            if annotations.get(f"{APPARMOR}{one['name']}") == "unconfined" and not context.get(
                "appArmorProfile"
            ):
                profile = {"type": "Unconfined"}
                one["securityContext"] = (
                    context if above == profile else {**context, "appArmorProfile": profile}
                )
    return pod


def compared(where: Namespace, pod: Json, answer: Answer) -> tuple[str, Difference | None]:
    """What became of one pod, and the difference if there is one.

    Shape: a value of the wrong type we refuse; the server takes the few that Go can convert (0.0 in a patch).
    """
    if any(one.code == "NB500" for one in check(pod, where.level, where.version, CLUSTER)):
        return ("wrong type", None)
    ours = verdict(synced(pod), where.level, where.version, CLUSTER)
    raw = verdict(pod, where.level, where.version, CLUSTER)
    server = answer.message.partition("is forbidden: ")[2]
    if not answer.ok and not server.startswith("violates PodSecurity"):
        return ("invalid", None)
    if server == ours.denial and raw.failed == ours.failed:
        return ("denied" if server else "allowed", None)
    return ("DIFFERENT", Difference(where, pod, server, ours.denial))


def asked(
    plane: ControlPlane, found: Iterable[tuple[Namespace, Json]]
) -> Iterator[tuple[str, Difference | None]]:
    """What becomes of many pods, each in its namespace."""
    waiting = iter(found)
    while batch := list(islice(waiting, BATCH)):
        documents = [
            {**pod, "metadata": {**pod["metadata"], "namespace": where.name}} for where, pod in batch
        ]
        answers = plane.many(documents)
        for (where, pod), answer in zip(batch, answers, strict=True):
            yield compared(where, pod, answer)


def judged_count(
    plane: ControlPlane, seed: int, cases: int, where: list[Namespace]
) -> tuple[Counter[str], list[Difference]]:
    """How many pods had which fate, until so many were judged, and the differences."""
    random = Random(seed)
    counts: Counter[str] = Counter()
    differences: list[Difference] = []
    source = ((random.choice(where), pod) for pod in pods(random))
    for fate, difference in asked(plane, source):
        counts[fate] += 1
        differences += [difference] if difference else []
        if counts["allowed"] + counts["denied"] + counts["DIFFERENT"] >= cases:
            break
    return counts, differences


# ---- tests ----


@pytest.fixture(scope="module")
def enforcing(control_plane: ControlPlane) -> list[Namespace]:
    return namespaces(control_plane)


def test_random_pods_are_judged_as_the_server_does(
    control_plane: ControlPlane, enforcing: list[Namespace]
) -> None:
    counts, differences = judged_count(control_plane, 20_250_101, 1000, enforcing)
    assert not differences, str(differences[0])
    assert counts["denied"] > 300
    assert counts["allowed"] > 50


def test_own_fixtures_are_judged_as_the_server_does(
    control_plane: ControlPlane, enforcing: list[Namespace]
) -> None:
    """Each without its ephemeral container, in three namespaces."""
    random = Random(1)
    source = [
        (where, changed(one.pod, {"ephemeralContainers": DROP}))
        for one in cases()
        for where in random.sample(enforcing, 3)
    ]
    found = list(asked(control_plane, source))
    differences = [difference for _, difference in found if difference]
    assert not differences, str(differences[0])
    assert sum(fate in ("allowed", "denied") for fate, _ in found) > 500


def test_ephemeral_containers_are_judged_as_the_server_does(control_plane: ControlPlane) -> None:
    """They come to a pod that runs: a patch of it must be refused in our words."""
    counts, differences = ephemeral(control_plane)
    assert not differences, str(differences[0])
    assert counts["denied"] > 40
    assert counts["allowed"] > 10


def ephemeral(plane: ControlPlane) -> tuple[Counter[str], list[Difference]]:
    """What became of each fixture with a changed ephemeral container."""
    base = changed(hardened(), {"ephemeralContainers": DROP})
    counts: Counter[str] = Counter()
    differences = []
    for where in namespaces(plane, ("v1.18", "v1.24", "latest")):
        pod = {**base, "metadata": {"name": "example", "namespace": where.name}}
        plane.client().create(pod).expect()
        for one in cases():
            if ": ephemeralContainers" in one.name and "pod" not in one.group:
                made = {
                    **pod,
                    "spec": {**pod["spec"], "ephemeralContainers": one.pod["spec"]["ephemeralContainers"]},
                }
                patch = {"spec": {"ephemeralContainers": made["spec"]["ephemeralContainers"]}}
                answer = plane.client().patch(pod, patch, dry_run=True, subresource="ephemeralcontainers")
                fate, difference = compared(where, made, answer)
                counts[fate] += 1
                differences += [difference] if difference else []
    return counts, differences


def main() -> int:
    """Prints how many pods were judged and what became of them; 1 when there is a difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with ControlPlane(controllers=False) as plane:
        counts, differences = judged_count(plane, options.seed, options.cases, namespaces(plane))
    judged = counts["allowed"] + counts["denied"] + counts["DIFFERENT"]
    print(f"seed {options.seed}: {judged} pods judged, {len(differences)} differences")
    for fate, number in counts.most_common():
        print(f"  {number:>8}  {fate}")
    for one in differences[:10]:
        print(one)
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
