"""The rules of the baseline level: what lets a pod out of its container.

Refuses to know versions and levels: which rule is in force when stands in the table of the standard.
Source: k8s.io/pod-security-admission/policy at v0.36.3; the sysctls of 1.37 at v0.37.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nbcore.checks.podsecurity.places import EACH, Place, View, reach
from nbcore.checks.podsecurity.rule_forms import AnnotationBan, Ban, Edit, Offence, one_of

CONTEXT: Final = "securityContext"
REMOVED: Final = Edit("remove")
PROFILES = one_of("RuntimeDefault", "Localhost")

APPARMOR_ANNOTATION: Final = "container.apparmor.security.beta.kubernetes.io/"
SECCOMP_ANNOTATION: Final = "seccomp.security.alpha.kubernetes.io/pod"
SECCOMP_CONTAINER_ANNOTATION: Final = "container.seccomp.security.alpha.kubernetes.io/"

APPARMOR_FIELDS = Ban(
    str,
    PROFILES,
    "{who} asks for AppArmor profile {value}, which does not confine it",
    "Write type: RuntimeDefault, or leave appArmorProfile out.",
    pod=((CONTEXT, "appArmorProfile", "type"),),
    container=((CONTEXT, "appArmorProfile", "type"),),
    edit=Edit("replace", "RuntimeDefault"),
)
APPARMOR_ANNOTATIONS = AnnotationBan(
    lambda key, _: key.startswith(APPARMOR_ANNOTATION),
    lambda value: value in ("", "runtime/default") or value.startswith("localhost/"),
    "{who} asks for AppArmor profile {value}, which does not confine the container",
    "Remove the annotation, or write runtime/default.",
    REMOVED,
)

CAPABILITIES = Ban(
    str,
    one_of(
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    ),
    "{who} adds capability {value}, which container runtimes do not grant by default",
    "Remove it from capabilities.add.",
    container=((CONTEXT, "capabilities", "add", EACH),),
    edit=REMOVED,
)

HOST_NAMESPACES = Ban(
    bool,
    one_of(None, False),
    "{who} shares a namespace of its node: {field} is true",
    "Remove the field.",
    pod=(("hostNetwork",), ("hostPID",), ("hostIPC",)),
    edit=REMOVED,
)
HOST_PORTS = Ban(
    int,
    one_of(None, 0),
    "{who} takes port {value} of its node",
    "Remove hostPort; a Service reaches the container without it.",
    container=(("ports", EACH, "hostPort"),),
    edit=REMOVED,
)

_HANDLERS = (
    ("livenessProbe",),
    ("readinessProbe",),
    ("startupProbe",),
    ("lifecycle", "postStart"),
    ("lifecycle", "preStop"),
)
HANDLER_HOSTS = Ban(
    str,
    one_of(None, ""),
    "a probe or lifecycle hook of {who} makes the node connect to host {value}",
    "Remove host; the default is the pod's own address.",
    container=tuple((*steps, action, "host") for steps in _HANDLERS for action in ("httpGet", "tcpSocket")),
    edit=REMOVED,
)

PRIVILEGED = Ban(
    bool,
    one_of(None, False),
    "{who} is privileged: it can do on its node whatever root can do there",
    "Write privileged: false, or leave it out.",
    container=((CONTEXT, "privileged"),),
    edit=Edit("replace", False),
)
PROC_MOUNT = Ban(
    str,
    one_of(None, "Default"),
    "{who} has procMount {value}, which shows parts of /proc that are hidden by default",
    "Write procMount: Default, or leave it out.",
    container=((CONTEXT, "procMount"),),
    edit=REMOVED,
)


def selinux_types(*types: str) -> Ban:
    """The ban of all SELinux types but these, the default and none."""
    return Ban(
        str,
        one_of(None, "", *types),
        "{who} asks for SELinux type {value}, which is not one made for containers",
        "Remove the type, or write container_t.",
        pod=((CONTEXT, "seLinuxOptions", "type"),),
        container=((CONTEXT, "seLinuxOptions", "type"),),
        edit=REMOVED,
    )


SELINUX_TYPES = selinux_types("container_t", "container_init_t", "container_kvm_t")
SELINUX_TYPES_1_31 = selinux_types("container_t", "container_init_t", "container_kvm_t", "container_engine_t")
SELINUX_USER_AND_ROLE = Ban(
    str,
    one_of(None, ""),
    "{who} sets the SELinux {field} {value}, and so may leave its confinement",
    "Remove the field.",
    pod=((CONTEXT, "seLinuxOptions", "user"), (CONTEXT, "seLinuxOptions", "role")),
    container=((CONTEXT, "seLinuxOptions", "user"), (CONTEXT, "seLinuxOptions", "role")),
    edit=REMOVED,
)

SECCOMP = Ban(
    str,
    PROFILES,
    "{who} asks for seccomp profile {value}, which does not filter system calls",
    "Write type: RuntimeDefault.",
    pod=((CONTEXT, "seccompProfile", "type"),),
    container=((CONTEXT, "seccompProfile", "type"),),
    edit=Edit("replace", "RuntimeDefault"),
)
SECCOMP_ANNOTATIONS = AnnotationBan(
    lambda key, names: (
        key == SECCOMP_ANNOTATION
        or (
            key.startswith(SECCOMP_CONTAINER_ANNOTATION)
            and key.removeprefix(SECCOMP_CONTAINER_ANNOTATION) in names
        )
    ),
    lambda value: value in ("runtime/default", "docker/default") or value.startswith("localhost/"),
    "{who} asks for seccomp profile {value}, which does not filter system calls",
    "Remove the annotation, or write runtime/default.",
    REMOVED,
)

SYSCTLS_1_0 = (
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_unprivileged_port_start",
)
SYSCTLS_1_27 = (*SYSCTLS_1_0, "net.ipv4.ip_local_reserved_ports")
SYSCTLS_1_29 = (
    *SYSCTLS_1_27,
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
)
SYSCTLS_1_32 = (*SYSCTLS_1_29, "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem")
SYSCTLS_1_37 = (*SYSCTLS_1_32, "net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat")


def sysctls(*names: str) -> Ban:
    """The ban of all sysctls but these."""
    return Ban(
        str,
        one_of(*names),
        "{who} sets sysctl {value}, which may reach other pods of its node",
        "Remove it from sysctls.",
        pod=((CONTEXT, "sysctls", EACH, "name"),),
        edit=Edit("remove", up=1),
    )


HOST_PROCESS = Ban(
    bool,
    one_of(None, False),
    "{who} runs as a process of its Windows node",
    "Write hostProcess: false, or leave it out.",
    pod=((CONTEXT, "windowsOptions", "hostProcess"),),
    container=((CONTEXT, "windowsOptions", "hostProcess"),),
)


def host_paths(view: View) -> Iterator[Offence]:
    """An offence for every volume that shows a folder of the node."""
    for volume in view.volumes:
        for place in reach(volume, ("hostPath",), dict):
            if place.expected:
                yield Offence(place)
            elif place.value is not None:
                remedy = "Use a persistentVolumeClaim, or an emptyDir for what may be lost."
                yield Offence(place, f"{volume.owner} mounts a folder of the node", remedy)


def implied_host_ports(view: View) -> Iterator[Offence]:
    """An offence for every port that takes one of the node because the pod shares the node's network.

    Source: SetDefaults_Pod: with hostNetwork a hostPort left out becomes the containerPort, except in
    ephemeral containers.
    """
    if view.spec.value.get("hostNetwork") is not True:
        return
    for container in view.containers:
        if container.path[1] != "ephemeralContainers":
            for port in reach(container, ("ports", EACH), dict):
                yield from _implied(port)


def _implied(port: Place) -> Iterator[Offence]:
    if port.expected or port.value.get("hostPort") not in (None, 0):
        return
    for place in reach(port, ("containerPort",), int):
        if not place.expected and place.value:
            yield Offence(place, implied=True)
