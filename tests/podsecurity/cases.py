"""Pods and what each version of each level must say about them, written by hand from the standard.

Every case is the hardened pod with one change; what concerns a container stands there for an init, a regular
and an ephemeral container. Refuses to know the evaluator: what is expected comes from the tables here.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

Json = Any

LEVELS: Final = ("baseline", "restricted")
NEWEST: Final = 37
LISTS: Final = ("initContainers", "containers", "ephemeralContainers")

BASELINE: Mapping[str, tuple[int, int]] = {
    "appArmorProfile": (0, 99),
    "capabilities_baseline": (0, 22),
    "hostNamespaces": (0, 99),
    "hostPathVolumes": (0, 0),
    "hostPorts": (0, 99),
    "hostProbesAndHostLifecycle": (34, 99),
    "privileged": (0, 99),
    "procMount": (0, 35),
    "seLinuxOptions": (0, 99),
    "seccompProfile_baseline": (0, 19),
    "sysctls": (0, 99),
    "windowsHostProcess": (0, 99),
}
"""The minors since which each baseline check is in force, and since which the restricted level replaces it."""
RESTRICTED: Mapping[str, int] = {
    "allowPrivilegeEscalation": 8,
    "capabilities_restricted": 22,
    "procMount_restricted": 35,
    "restrictedVolumes": 0,
    "runAsNonRoot": 0,
    "runAsUser": 23,
    "seccompProfile_restricted": 19,
}
"""The minors since which each check of the restricted level is in force."""


class Case(NamedTuple):
    """A pod, and the checks that fail wherever they are in force; ``id<27`` fails before 1.27 only."""

    name: str
    group: str
    pod: Json
    fails: tuple[str, ...]

    def expected(self, level: str, minor: int) -> tuple[str, ...]:
        """The ids of the checks that fail, in the order of denials."""
        failing = {one for text in self.fails if (one := _fails(text, minor))}
        return tuple(one for one in in_force(level, minor) if one in failing)


def in_force(level: str, minor: int) -> list[str]:
    """The ids of the checks that a level has in version 1.minor, in the order of denials."""
    if level == "baseline":
        return [name for name, (since, _) in BASELINE.items() if since <= minor]
    found = [name for name, (since, until) in BASELINE.items() if since <= minor < until]
    return found + [name for name, since in RESTRICTED.items() if since <= minor]


@cache
def _fails(text: str, minor: int) -> str:
    match = re.fullmatch(r"(\w+)(?:(<|>=)(\d+))?", text)
    assert match is not None, text
    name, sign, bound = match.groups()
    assert name in BASELINE or name in RESTRICTED, text
    holds = not sign or (minor < int(bound)) == (sign == "<")
    return name if holds else ""


def hardened() -> Json:
    """A pod that every level of every version allows, with a container of each kind."""
    container = {"securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "example"},
        "spec": {
            "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            **{one: [{"name": f"{one[0]}", "image": "a", **copy.deepcopy(container)}] for one in LISTS},
        },
    }


DROP: Final = object()
"""Stands for a field that is taken out."""


def changed(pod: Json, changes: Mapping[str, Json]) -> Json:
    """A copy of the pod with the values at dotted paths from its spec, or from its root with a leading dot."""
    pod = copy.deepcopy(pod)
    for path, value in changes.items():
        steps = path[1:].split(".") if path.startswith(".") else ["spec", *path.split(".")]
        holder = pod
        for step in steps[:-1]:
            holder = holder[int(step)] if isinstance(holder, list) else holder.setdefault(step, {})
        if value is DROP:
            holder.pop(steps[-1], None)
        else:
            holder[steps[-1]] = copy.deepcopy(value)
    return pod


# ---- rows: what is changed, and which checks fail ----

Row = tuple[Mapping[str, Json], str]
"""Changes of paths, and the ids that fail, separated by blanks."""

SC: Final = "securityContext"
CAPS: Final = "capabilities_baseline capabilities_restricted"
PROC: Final = "procMount procMount_restricted"
SECCOMP: Final = "seccompProfile_baseline>=19 seccompProfile_restricted"
HOST_PATH: Final = "hostPathVolumes restrictedVolumes"
PROBES: Final = "hostProbesAndHostLifecycle"
APPARMOR: Final = "container.apparmor.security.beta.kubernetes.io/"
SECCOMP_POD: Final = "seccomp.security.alpha.kubernetes.io/pod"
SECCOMP_CONTAINER: Final = "container.seccomp.security.alpha.kubernetes.io/"

GRANTED = (
    *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD"),
    *("SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
)
NOT_GRANTED = (
    "SYS_ADMIN",
    "NET_RAW",
    "NET_ADMIN",
    "SYS_PTRACE",
    "CAP_CHOWN",
    "chown",
    "CAP_NET_BIND_SERVICE",
    "ALL",
)
HANDLERS = ("livenessProbe", "readinessProbe", "startupProbe", "lifecycle.postStart", "lifecycle.preStop")

CONTAINER_ROWS: Mapping[str, tuple[Row, ...]] = {
    "appArmorProfile": (
        *(({f"{SC}.appArmorProfile": {"type": one}}, "") for one in ("RuntimeDefault", "Localhost")),
        ({f"{SC}.appArmorProfile": None}, ""),
        *(
            ({f"{SC}.appArmorProfile": one}, "appArmorProfile")
            for one in ({"type": "Unconfined"}, {"type": "runtimedefault"}, {"type": ""}, {}, {"type": None})
        ),
        ({f"{SC}.appArmorProfile": {"type": 1}}, "appArmorProfile"),
    ),
    "capabilities": (
        *(({f"{SC}.capabilities.add": [one]}, "capabilities_restricted") for one in GRANTED),
        *(({f"{SC}.capabilities.add": [one]}, CAPS) for one in NOT_GRANTED),
        ({f"{SC}.capabilities.add": ["NET_BIND_SERVICE"]}, ""),
        ({f"{SC}.capabilities.add": ["NET_BIND_SERVICE", "SYS_TIME"]}, CAPS),
        ({f"{SC}.capabilities.add": []}, ""),
        ({f"{SC}.capabilities.add": None}, ""),
        ({f"{SC}.capabilities.add": [None]}, CAPS),
        ({f"{SC}.capabilities.add": [1]}, CAPS),
        ({f"{SC}.capabilities.add": "CHOWN"}, CAPS),
        *(
            ({f"{SC}.capabilities.drop": one}, "capabilities_restricted")
            for one in (
                ["all"],
                ["All"],
                ["NET_RAW"],
                ["CAP_ALL"],
                [],
                None,
                "ALL",
                [None],
                ["ALL", 1],
                {"ALL": "ALL"},
            )
        ),
        ({f"{SC}.capabilities.drop": ["NET_RAW", "ALL"]}, ""),
        ({f"{SC}.capabilities": DROP}, "capabilities_restricted"),
        ({f"{SC}.capabilities": None}, "capabilities_restricted"),
        ({f"{SC}.capabilities": {}}, "capabilities_restricted"),
        ({f"{SC}.capabilities": ["ALL"]}, CAPS),
    ),
    "hostPorts": (
        *(({"ports": [{"containerPort": 80, "hostPort": one}]}, "") for one in (0, None)),
        ({"ports": [{"containerPort": 80}]}, ""),
        *(
            ({"ports": [{"containerPort": 81}, {"containerPort": 80, "hostPort": one}]}, "hostPorts")
            for one in (80, 1, -1, 65535, "80", "", True, False, 0.0, 2**80)
        ),
        ({"ports": [None]}, ""),
        ({"ports": None}, ""),
        ({"ports": {}}, "hostPorts"),
    ),
    "hostProbesAndHostLifecycle": (
        *(
            ({f"{handler}.{action}": {"port": 80, "host": host}}, fails)
            for handler in HANDLERS
            for action in ("httpGet", "tcpSocket")
            for host, fails in (("10.0.0.1", PROBES), ("", ""))
        ),
        ({"livenessProbe.httpGet": {"port": 80, "host": None}}, ""),
        ({"livenessProbe.httpGet": {"port": 80, "host": "127.0.0.1"}}, PROBES),
        ({"livenessProbe.httpGet": {"port": 80, "host": "localhost"}}, PROBES),
        ({"livenessProbe.httpGet": {"port": 80, "host": 1}}, PROBES),
        ({"livenessProbe.httpGet": {"port": 80, "httpHeaders": [{"name": "Host", "value": "a"}]}}, ""),
        ({"livenessProbe.exec": {"command": ["a"]}}, ""),
        ({"livenessProbe.grpc": {"port": 80}}, ""),
        ({"livenessProbe": None, "lifecycle": None}, ""),
        ({"lifecycle": "a"}, PROBES),
    ),
    "privileged": (
        *(({f"{SC}.privileged": one}, "privileged") for one in (True, "true", "false", 1, 0, "")),
        *(({f"{SC}.privileged": one}, "") for one in (False, None)),
    ),
    "procMount": (
        *(({f"{SC}.procMount": one}, PROC) for one in ("Unmasked", "", "default", 1)),
        *(({f"{SC}.procMount": one}, "") for one in ("Default", None)),
        ({f"{SC}.procMount": "Unmasked", "/hostUsers": False}, "procMount<35 procMount_restricted"),
        *(({f"{SC}.procMount": "Unmasked", "/hostUsers": one}, PROC) for one in (True, None, "false", 0)),
    ),
    "seLinuxOptions": (
        *(
            ({f"{SC}.seLinuxOptions": one}, "")
            for one in (
                *(
                    {"type": name}
                    for name in ("container_t", "container_init_t", "container_kvm_t", "", None)
                ),
                *({"user": "", "role": ""}, {"level": "s0:c1,c2"}, {}),
            )
        ),
        ({f"{SC}.seLinuxOptions": None}, ""),
        ({f"{SC}.seLinuxOptions.type": "container_engine_t"}, "seLinuxOptions<31"),
        *(
            ({f"{SC}.seLinuxOptions": one}, "seLinuxOptions")
            for one in (
                {"type": "spc_t"},
                {"type": "Container_t"},
                {"user": "system_u"},
                {"role": "system_r"},
            )
        ),
        ({f"{SC}.seLinuxOptions": {"type": ["container_t"]}}, "seLinuxOptions"),
    ),
    "seccompProfile": (
        *(({f"{SC}.seccompProfile": {"type": one}}, "") for one in ("RuntimeDefault", "Localhost")),
        ({f"{SC}.seccompProfile": None}, ""),
        *(
            ({f"{SC}.seccompProfile": one}, SECCOMP)
            for one in ({"type": "Unconfined"}, {"type": "runtime/default"}, {"type": ""}, {}, {"type": None})
        ),
        ({f"{SC}.seccompProfile": {"type": 1}}, SECCOMP),
        ({"/securityContext.seccompProfile": DROP}, "seccompProfile_restricted"),
    ),
    "windowsHostProcess": (
        *(({f"{SC}.windowsOptions.hostProcess": one}, "windowsHostProcess") for one in (True, "false", 1)),
        *(({f"{SC}.windowsOptions.hostProcess": one}, "") for one in (False, None)),
        ({f"{SC}.windowsOptions": {"runAsUserName": "a"}}, ""),
        ({f"{SC}.windowsOptions.hostProcess": True, "/os.name": "windows"}, "windowsHostProcess"),
    ),
    "allowPrivilegeEscalation": (
        *(
            ({f"{SC}.allowPrivilegeEscalation": one}, "allowPrivilegeEscalation")
            for one in (True, None, DROP, "false", 0)
        ),
        ({f"{SC}.allowPrivilegeEscalation": DROP, "/os.name": "windows"}, "allowPrivilegeEscalation<25"),
        ({f"{SC}.allowPrivilegeEscalation": True, "/hostUsers": False}, "allowPrivilegeEscalation"),
        ({SC: DROP}, "allowPrivilegeEscalation capabilities_restricted"),
        ({SC: None}, "allowPrivilegeEscalation capabilities_restricted"),
    ),
    "runAsNonRoot": (
        *(({f"{SC}.runAsNonRoot": one}, "runAsNonRoot") for one in (False, "true", 1)),
        *(({f"{SC}.runAsNonRoot": one}, "") for one in (True, None)),
        ({f"{SC}.runAsNonRoot": False, "/hostUsers": False}, "runAsNonRoot<35"),
        ({f"{SC}.runAsNonRoot": False, "/hostUsers": True}, "runAsNonRoot"),
        ({f"{SC}.runAsNonRoot": False, "/os.name": "windows"}, "runAsNonRoot"),
    ),
    "runAsUser": (
        *(({f"{SC}.runAsUser": one}, "runAsUser") for one in (0, "0", "1000", False, 0.0, 2**63)),
        *(({f"{SC}.runAsUser": one}, "") for one in (1, 1000, 2**63 - 1, None)),
        ({f"{SC}.runAsGroup": 0}, ""),
        ({f"{SC}.runAsUser": 0, "/hostUsers": False}, "runAsUser<35"),
        ({f"{SC}.runAsUser": 0, "/hostUsers": True}, "runAsUser"),
        ({f"{SC}.runAsUser": 0, "/os.name": "windows"}, "runAsUser"),
    ),
}
"""Changes of one container; a path with a leading slash is one of the pod's spec."""

SYSCTLS: Mapping[str, str] = {
    "kernel.shm_rmid_forced": "",
    "net.ipv4.ip_local_port_range": "",
    "net.ipv4.tcp_syncookies": "",
    "net.ipv4.ping_group_range": "",
    "net.ipv4.ip_unprivileged_port_start": "",
    "net.ipv4.ip_local_reserved_ports": "sysctls<27",
    "net.ipv4.tcp_keepalive_time": "sysctls<29",
    "net.ipv4.tcp_fin_timeout": "sysctls<29",
    "net.ipv4.tcp_keepalive_intvl": "sysctls<29",
    "net.ipv4.tcp_keepalive_probes": "sysctls<29",
    "net.ipv4.tcp_rmem": "sysctls<32",
    "net.ipv4.tcp_wmem": "sysctls<32",
    "net.ipv4.tcp_slow_start_after_idle": "sysctls<37",
    "net.ipv4.tcp_notsent_lowat": "sysctls<37",
    "kernel.msgmax": "sysctls",
    "net/ipv4/tcp_syncookies": "sysctls",
    "kernel/shm_rmid_forced": "sysctls",
    "net.ipv4.tcp_syncookies ": "sysctls",
    "": "sysctls",
}
FREE_SOURCES = (
    *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image"),
    *("persistentVolumeClaim", "projected", "secret"),
)
OTHER_SOURCES = (
    *("awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "fc", "flexVolume", "flocker"),
    *("gcePersistentDisk", "gitRepo", "glusterfs", "iscsi", "nfs", "photonPersistentDisk", "portworxVolume"),
    *("quobyte", "rbd", "scaleIO", "storageos", "vsphereVolume", "sourceOfTomorrow"),
)
ALL_NON_ROOT: Mapping[str, Json] = {f"{one}.0.{SC}.runAsNonRoot": True for one in LISTS}
ALL_SECCOMP: Mapping[str, Json] = {f"{one}.0.{SC}.seccompProfile": {"type": "Localhost"} for one in LISTS}
NO_CONTEXT: Mapping[str, Json] = {f"{one}.0.{SC}": DROP for one in LISTS}
WINDOWS: Mapping[str, Json] = {"os": {"name": "windows"}}
SOFT: Final = "allowPrivilegeEscalation capabilities_restricted seccompProfile_restricted"
SOFT_25: Final = "allowPrivilegeEscalation<25 capabilities_restricted<25 seccompProfile_restricted<25"
SOFT_POD: Mapping[str, Json] = {**NO_CONTEXT, SC: {"runAsNonRoot": True}}


def volume(**sources: Json) -> Mapping[str, Json]:
    """The change that gives the pod one volume."""
    return {"volumes": [{"name": "v", **sources}]}


def annotation(key: str, value: Json) -> Mapping[str, Json]:
    """The change that gives the pod one annotation."""
    return {".metadata.annotations": {key: value}}


NO_SYSCTLS: tuple[Json, ...] = ([{}], [None], {}, [{"name": 1}])
UNEXCUSED: tuple[Row, ...] = (
    (annotation(f"{APPARMOR}c", "unconfined"), "appArmorProfile"),
    (annotation(SECCOMP_POD, "unconfined"), "seccompProfile_baseline<19"),
    ({f"containers.0.{SC}.appArmorProfile": {"type": "Unconfined"}}, "appArmorProfile"),
    ({f"containers.0.{SC}.privileged": True}, "privileged"),
    ({f"containers.0.{SC}.seLinuxOptions.type": "spc_t"}, "seLinuxOptions"),
    ({"containers.0.ports": [{"hostPort": 80}]}, "hostPorts"),
    ({"containers.0.livenessProbe.httpGet.host": "a"}, PROBES),
    ({"hostIPC": True}, "hostNamespaces"),
    (volume(hostPath={}), HOST_PATH),
    ({f"{SC}.sysctls": [{"name": "kernel.msgmax"}]}, "sysctls"),
    ({f"{SC}.windowsOptions.hostProcess": True}, "windowsHostProcess"),
)
"""What neither Windows nor a user namespace excuses."""

POD_ROWS: Mapping[str, tuple[Row, ...]] = {
    "hardened": (({}, ""), ({"os": {"name": "linux"}}, ""), (WINDOWS, ""), ({"hostUsers": False}, "")),
    "appArmorProfile": (
        *(
            (annotation(f"{APPARMOR}{one}", "unconfined"), "appArmorProfile")
            for one in ("c", "i", "e", "none", "")
        ),
        *((annotation(f"{APPARMOR}c", one), "") for one in ("", None, "runtime/default", "localhost/a")),
        *(
            (annotation(f"{APPARMOR}c", one), "appArmorProfile")
            for one in ("localhost", "Localhost/a", "docker/default", "RuntimeDefault", 1)
        ),
        (annotation("apparmor.security.beta.kubernetes.io/pod", "unconfined"), ""),
        ({".metadata.annotations": None}, ""),
    ),
    "hostNamespaces": (
        *(({name: True}, "hostNamespaces") for name in ("hostNetwork", "hostPID", "hostIPC")),
        *(({name: False}, "") for name in ("hostNetwork", "hostPID", "hostIPC")),
        *(({name: None}, "") for name in ("hostNetwork", "hostPID", "hostIPC")),
        *(
            ({name: one}, "hostNamespaces")
            for name in ("hostNetwork", "hostPID")
            for one in ("true", "false", 1, 0)
        ),
        ({"hostPID": True, "hostUsers": False}, "hostNamespaces"),
    ),
    "hostPorts": (
        *(
            (
                {"hostNetwork": True, f"{one}.0.ports": [{"containerPort": 80}]},
                f"hostNamespaces {fails}".strip(),
            )
            for one, fails in zip(LISTS, ("hostPorts", "hostPorts", ""), strict=True)
        ),
        ({"hostNetwork": True, "containers.0.ports": [{"name": "a"}]}, "hostNamespaces"),
    ),
    "volumes": (
        ({}, ""),
        (volume(), ""),
        ({"volumes": [None]}, ""),
        ({"volumes": None}, ""),
        *((volume(**{one: {}}), "") for one in FREE_SOURCES),
        *((volume(**{one: {"a": "b"}}), "restrictedVolumes") for one in OTHER_SOURCES),
        *((volume(**{one: {}, "nfs": {}}), "") for one in FREE_SOURCES),
        (volume(emptyDir={}, hostPath={}), "hostPathVolumes"),
        (volume(hostPath={}), HOST_PATH),
        (volume(hostPath={"path": "/a"}), HOST_PATH),
        (volume(hostPath=None), ""),
        (volume(hostPath="/a"), HOST_PATH),
        (volume(hostPath=False), HOST_PATH),
        (volume(configMap=None, nfs={}), "restrictedVolumes"),
        (volume(emptyDir=""), "restrictedVolumes"),
        ({"volumes": [{"name": "a", "emptyDir": {}}, {"name": "b", "nfs": {}}]}, "restrictedVolumes"),
        ({**WINDOWS, **volume(nfs={})}, "restrictedVolumes"),
        ({"hostUsers": False, **volume(hostPath={})}, HOST_PATH),
    ),
    "sysctls": (
        *(({f"{SC}.sysctls": [{"name": name, "value": "1"}]}, fails) for name, fails in SYSCTLS.items()),
        ({f"{SC}.sysctls": []}, ""),
        ({f"{SC}.sysctls": None}, ""),
        *(({f"{SC}.sysctls": one}, "sysctls") for one in NO_SYSCTLS),
    ),
    "seccompProfile": (
        *(
            (annotation(key, one), "")
            for key in (SECCOMP_POD, f"{SECCOMP_CONTAINER}c")
            for one in ("runtime/default", "docker/default", "localhost/a")
        ),
        *(
            (annotation(key, one), "seccompProfile_baseline<19")
            for key in (SECCOMP_POD, *(f"{SECCOMP_CONTAINER}{name}" for name in "ice"))
            for one in ("unconfined", "localhost", "Docker/default", "", None, 1)
        ),
        (annotation(f"{SECCOMP_CONTAINER}none", "unconfined"), ""),
        (annotation(f"{SECCOMP_CONTAINER}", "unconfined"), ""),
        ({f"{SC}.seccompProfile": DROP}, "seccompProfile_restricted"),
        ({f"{SC}.seccompProfile": None}, "seccompProfile_restricted"),
        ({f"{SC}.seccompProfile": DROP, **ALL_SECCOMP}, ""),
        ({f"{SC}.seccompProfile": {"type": "Unconfined"}, **ALL_SECCOMP}, SECCOMP),
        ({f"{SC}.seccompProfile": {}}, SECCOMP),
        *(
            (
                {f"{SC}.seccompProfile": DROP, **ALL_SECCOMP, f"{one}.0.{SC}.seccompProfile": None},
                "seccompProfile_restricted",
            )
            for one in LISTS
        ),
        ({f"{SC}.seccompProfile": DROP, "hostUsers": False}, "seccompProfile_restricted"),
    ),
    "runAsNonRoot": (
        *(({f"{SC}.runAsNonRoot": one}, "runAsNonRoot") for one in (False, None, DROP, "true", 1)),
        *(({f"{SC}.runAsNonRoot": one, **ALL_NON_ROOT}, "") for one in (None, DROP, True)),
        ({f"{SC}.runAsNonRoot": False, **ALL_NON_ROOT}, "runAsNonRoot"),
        *(
            ({f"{SC}.runAsNonRoot": DROP, **ALL_NON_ROOT, f"{one}.0.{SC}.runAsNonRoot": None}, "runAsNonRoot")
            for one in LISTS
        ),
        ({f"{SC}.runAsNonRoot": DROP, "hostUsers": False}, "runAsNonRoot<35"),
        *(
            ({f"{SC}.runAsNonRoot": DROP, "hostUsers": one}, "runAsNonRoot")
            for one in (True, None, "false", 0)
        ),
        ({f"{SC}.runAsNonRoot": DROP, **WINDOWS}, "runAsNonRoot"),
    ),
    "runAsUser": (
        *(({f"{SC}.{name}": one}, "") for name in ("runAsGroup", "fsGroup") for one in (0, 1)),
        ({f"{SC}.supplementalGroups": [0]}, ""),
    ),
    "os": (
        (SOFT_POD, SOFT),
        ({**SOFT_POD, **WINDOWS}, SOFT_25),
        *(
            ({**SOFT_POD, "os": one}, SOFT)
            for one in ({"name": "Windows"}, {"name": "linux"}, {}, None, "windows")
        ),
        (
            {**WINDOWS, f"containers.0.{SC}.capabilities.add": ["SYS_ADMIN"]},
            "capabilities_baseline capabilities_restricted<25",
        ),
        (
            {**WINDOWS, f"{SC}.seccompProfile.type": "Unconfined"},
            "seccompProfile_baseline>=19 seccompProfile_restricted<25",
        ),
        ({**WINDOWS, f"containers.0.{SC}.procMount": "Unmasked"}, PROC),
        *(({**WINDOWS, **changes}, fails) for changes, fails in UNEXCUSED),
    ),
    "hostUsers": (
        ({**SOFT_POD, "hostUsers": False}, SOFT),
        *(({"hostUsers": False, **changes}, fails) for changes, fails in UNEXCUSED),
        *(
            ({"hostUsers": False, f"containers.0.{SC}.{name}": one}, fails)
            for name, one, fails in (
                ("capabilities.add", ["SYS_ADMIN"], CAPS),
                ("capabilities.drop", [], "capabilities_restricted"),
                ("procMount", "Unmasked", "procMount<35 procMount_restricted"),
            )
        ),
    ),
}
"""Changes of the pod."""

ALSO_ON_THE_POD = ("appArmorProfile", "seLinuxOptions", "windowsHostProcess", "runAsUser")
"""Groups whose fields the pod's own securityContext has as well, with the same meaning."""


def cases() -> list[Case]:
    """All cases, each with a name of its own."""
    base = hardened()
    return [
        Case(f"{group} {number}: {place}", group, changed(base, changes), tuple(fails.split()))
        for group, number, place, changes, fails in _rows()
    ]


def _rows() -> Iterator[tuple[str, int, str, Mapping[str, Json], str]]:
    for group, rows in POD_ROWS.items():
        for number, (changes, fails) in enumerate(rows):
            yield group, number, "pod", changes, fails
    for group, rows in CONTAINER_ROWS.items():
        places = [f"{one}.0." for one in LISTS] + ([""] if group in ALSO_ON_THE_POD else [])
        for number, (changes, fails) in enumerate(rows):
            for place in places:
                moved = {
                    path[1:] if path.startswith("/") else f"{place}{path}": value
                    for path, value in changes.items()
                }
                yield group, number, place.split(".")[0] or SC, moved, fails
