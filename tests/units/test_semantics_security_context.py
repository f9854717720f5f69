"""Security contexts, profiles, sysctls and Windows; every case is put before a real API server too."""

from __future__ import annotations

import time
from typing import Any

import pytest

from nbcore import check_pod
from nbcore.checks.semantics.sysctls import problem_with_sysctl
from nbcore.checks.semantics.windows import problem_with_user_name
from tests.cluster.control_plane import ControlPlane
from tests.units.semantic_cases import Case, case, container, disagreements, found, unrepaired

SECCOMP = "seccomp.security.alpha.kubernetes.io/pod"
SECCOMP_MAIN = "container.seccomp.security.alpha.kubernetes.io/main"
APPARMOR_MAIN = "container.apparmor.security.beta.kubernetes.io/main"


def of_pod(name: str, *found: str, server: str = "", spec: Any = None, **context: Any) -> Case:
    """A case of the pod's security context; places are below it."""
    places = [text.replace(" ", " securityContext", 1) for text in found]
    server = f"securityContext{server}" if server else ""
    return case(name, *places, server=server, securityContext=context, **(spec or {}))


def of_container(name: str, *found: str, server: str = "", spec: Any = None, **context: Any) -> Case:
    """A case of one container's security context; places are below it."""
    places = [text.replace(" ", " containers[0].securityContext", 1) for text in found]
    containers = [container(securityContext=context)]
    return case(name, *places, server=server, containers=containers, **(spec or {}))


VALUES = [
    of_pod("an empty context"),
    of_pod("ids", runAsUser=0, runAsGroup=2**31 - 1, fsGroup=100, supplementalGroups=[0, 1]),
    of_pod("a user below 0", "NB478 .runAsUser", runAsUser=-1),
    of_pod("a group above all", "NB478 .runAsGroup", "NB478 .fsGroup", runAsGroup=2**31, fsGroup=2**31),
    of_pod("supplemental groups", "NB478 .supplementalGroups[1]", supplementalGroups=[1, -1]),
    of_pod(
        "words",
        fsGroupChangePolicy="Always",
        supplementalGroupsPolicy="Strict",
        seLinuxChangePolicy="Recursive",
    ),
    of_pod(
        "unknown words",
        "NB478 .fsGroupChangePolicy",
        "NB478 .supplementalGroupsPolicy",
        "NB478 .seLinuxChangePolicy",
        fsGroupChangePolicy="",
        supplementalGroupsPolicy="merge",
        seLinuxChangePolicy="MountOption",
    ),
    of_container("a container's ids", "NB478 .runAsUser", "NB478 .runAsGroup", runAsUser=-1, runAsGroup=-1),
    of_container("unknown capabilities", capabilities={"add": ["", "SYS_ADMIN", "what"], "drop": ["x"]}),
    of_container("a proc mount", procMount="Default"),
    of_container("an unknown proc mount", "NB478 .procMount", procMount="default"),
    of_container("an unmasked one", "NB482 .procMount", procMount="Unmasked"),
    of_container("an unmasked one in a user namespace", procMount="Unmasked", spec={"hostUsers": False}),
    of_container(
        "an unmasked one outside", "NB482 .procMount", procMount="Unmasked", spec={"hostUsers": True}
    ),
    of_container("privileged", privileged=True, allowPrivilegeEscalation=True),
    of_container("privileged without escalation", "NB482 ", privileged=True, allowPrivilegeEscalation=False),
    of_container(
        "CAP_SYS_ADMIN without escalation",
        "NB482 ",
        capabilities={"add": ["CAP_SYS_ADMIN"]},
        allowPrivilegeEscalation=False,
    ),
    of_container(
        "SYS_ADMIN without escalation", capabilities={"add": ["SYS_ADMIN"]}, allowPrivilegeEscalation=False
    ),
]

PROFILES = [
    of_pod("a seccomp profile", seccompProfile={"type": "Localhost", "localhostProfile": ""}),
    of_pod("no type", "NB479 .seccompProfile.type", seccompProfile={}),
    of_pod("an unknown type", "NB479 .seccompProfile.type", seccompProfile={"type": "runtime/default"}),
    of_pod(
        "no local profile", "NB479 .seccompProfile.localhostProfile", seccompProfile={"type": "Localhost"}
    ),
    of_pod(
        "a local profile upwards",
        "NB479 .seccompProfile.localhostProfile",
        seccompProfile={"type": "Localhost", "localhostProfile": "../a"},
    ),
    of_pod(
        "an absolute local profile",
        "NB479 .seccompProfile.localhostProfile",
        seccompProfile={"type": "Localhost", "localhostProfile": "/a"},
    ),
    of_container(
        "a local profile that is not used",
        "NB479 .seccompProfile.localhostProfile",
        seccompProfile={"type": "Unconfined", "localhostProfile": ""},
    ),
    of_container("AppArmor", appArmorProfile={"type": "Localhost", "localhostProfile": "../a b/c"}),
    of_container("AppArmor without a type", "NB479 .appArmorProfile.type", appArmorProfile={"type": ""}),
    of_container(
        "an unknown AppArmor", "NB479 .appArmorProfile.type", appArmorProfile={"type": "unconfined"}
    ),
    of_container(
        "no local AppArmor", "NB479 .appArmorProfile.localhostProfile", appArmorProfile={"type": "Localhost"}
    ),
    of_container(
        "an empty AppArmor",
        "NB479 .appArmorProfile.localhostProfile",
        appArmorProfile={"type": "Localhost", "localhostProfile": ""},
    ),
    of_container(
        "a padded AppArmor",
        "NB479 .appArmorProfile.localhostProfile",
        appArmorProfile={"type": "Localhost", "localhostProfile": "a\u00a0"},
    ),
    of_container(
        "what Python alone takes for a space",
        appArmorProfile={"type": "Localhost", "localhostProfile": "a\x1f"},
    ),
    of_pod(
        "a long AppArmor",
        "NB479 .appArmorProfile.localhostProfile",
        appArmorProfile={"type": "Localhost", "localhostProfile": "ä" * 2048},
    ),
    of_pod(
        "an AppArmor that is not used",
        "NB479 .appArmorProfile.localhostProfile",
        appArmorProfile={"type": "RuntimeDefault", "localhostProfile": "a"},
    ),
]


def annotated(name: str, key: str, value: str, *found: str, server: str = "", **spec: Any) -> Case:
    """A case of one annotation of the pod."""
    return case(name, *found, metadata={"annotations": {key: value}}, server=server, **spec)


def with_profile(field: str, kind: str, name: str | None = None) -> dict[str, Any]:
    profile = {"type": kind} if name is None else {"type": kind, "localhostProfile": name}
    return {"securityContext": {field: profile}}


MAIN = "containers[0].securityContext"

ANNOTATIONS = [
    *[
        annotated(f"seccomp {value}", key, value)
        for key in (SECCOMP, SECCOMP_MAIN)
        for value in ("runtime/default", "docker/default", "unconfined", "localhost/a", "localhost/")
    ],
    annotated(
        "an unknown seccomp annotation",
        SECCOMP,
        "",
        f"NB480 metadata.annotations[{SECCOMP}]",
        server=f"metadata.annotations.{SECCOMP}",
    ),
    annotated(
        "a seccomp annotation upwards",
        SECCOMP_MAIN,
        "localhost/../a",
        f"NB480 metadata.annotations[{SECCOMP_MAIN}]",
        server=f"metadata.annotations.{SECCOMP_MAIN}",
    ),
    annotated(
        "the same seccomp", SECCOMP, "docker/default", **with_profile("seccompProfile", "RuntimeDefault")
    ),
    annotated(
        "the same local one", SECCOMP, "localhost/a", **with_profile("seccompProfile", "Localhost", "a")
    ),
    annotated(
        "another seccomp",
        SECCOMP,
        "unconfined",
        "NB480 securityContext.seccompProfile.type",
        **with_profile("seccompProfile", "RuntimeDefault"),
    ),
    annotated(
        "another local seccomp",
        SECCOMP,
        "localhost/b",
        "NB480 securityContext.seccompProfile.localhostProfile",
        **with_profile("seccompProfile", "Localhost", "a"),
    ),
    annotated(
        "another seccomp of the container",
        SECCOMP_MAIN,
        "runtime/default",
        f"NB480 {MAIN}.seccompProfile.type",
        containers=[container(**with_profile("seccompProfile", "Unconfined"))],
    ),
    annotated(
        "a container's seccomp and the pod's",
        SECCOMP_MAIN,
        "runtime/default",
        **with_profile("seccompProfile", "Unconfined"),
    ),
    *[
        annotated(f"AppArmor {value}", APPARMOR_MAIN, value)
        for value in ("", "runtime/default", "unconfined", "localhost/a", "localhost/")
    ],
    annotated(
        "an unknown AppArmor annotation", APPARMOR_MAIN, "a", f"NB480 metadata.annotations[{APPARMOR_MAIN}]"
    ),
    annotated(
        "AppArmor of another container",
        f"{APPARMOR_MAIN}2",
        "unconfined",
        f"NB480 metadata.annotations[{APPARMOR_MAIN}2]",
    ),
    annotated(
        "another AppArmor",
        APPARMOR_MAIN,
        "unconfined",
        f"NB480 {MAIN}.appArmorProfile.type",
        containers=[container(**with_profile("appArmorProfile", "RuntimeDefault"))],
    ),
    annotated(
        "another local AppArmor",
        APPARMOR_MAIN,
        "localhost/b",
        f"NB480 {MAIN}.appArmorProfile.localhostProfile",
        containers=[container(**with_profile("appArmorProfile", "Localhost", "a"))],
    ),
    annotated(
        "another AppArmor on Windows is refused as such",
        APPARMOR_MAIN,
        "unconfined",
        f"NB484 {MAIN}.appArmorProfile",
        os={"name": "windows"},
        containers=[container(**with_profile("appArmorProfile", "RuntimeDefault"))],
    ),
    annotated(
        "an annotation that becomes the field",
        APPARMOR_MAIN,
        "unconfined",
        **with_profile("appArmorProfile", "RuntimeDefault"),
    ),
    annotated(
        "an annotation that does not",
        APPARMOR_MAIN,
        "localhost/ a",
        f"NB480 {MAIN}.appArmorProfile.type",
        **with_profile("appArmorProfile", "RuntimeDefault"),
    ),
]


def sysctls(*names: Any, **spec: Any) -> dict[str, Any]:
    return {"spec": spec, "sysctls": [{"name": name, "value": "1"} for name in names]}


SYSCTLS = [
    of_pod("sysctls", **sysctls("net.core.somaxconn", "net/ipv4/conf/eth0.1/x", "kernel.shm_rmid_forced")),
    of_pod("no name", "NB481 .sysctls[0].name", **sysctls("")),
    of_pod("an unknown form", "NB481 .sysctls[0].name", **sysctls("Kernel.sem")),
    of_pod("two dots", "NB481 .sysctls[0].name", **sysctls("kernel..sem")),
    of_pod("a name that fits", **sysctls("a" * 253)),
    of_pod("a long name", "NB481 .sysctls[0].name", **sysctls("a" * 254)),
    of_pod("one twice", "NB481 .sysctls[1].name", **sysctls("kernel.sem", "kernel.sem")),
    of_pod("two spellings", **sysctls("kernel.sem", "kernel/sem")),
    of_pod("the host's network", "NB481 .sysctls[0].name", **sysctls("net.core.x", hostNetwork=True)),
    of_pod(
        "the host's network with slashes", "NB481 .sysctls[0].name", **sysctls("net/core/x", hostNetwork=True)
    ),
    of_pod("not the network", **sysctls("netcore.x", "kernel.sem", hostNetwork=True)),
    of_pod("the host's IPC", "NB481 .sysctls[0].name", **sysctls("fs.mqueue.x", hostIPC=True)),
    of_pod("the host's semaphores", "NB481 .sysctls[0].name", **sysctls("kernel/sem", hostIPC=True)),
    of_pod("not the IPC", **sysctls("kernel.semx", "net.x", hostIPC=True)),
]

WINDOWS: dict[str, Any] = {"os": {"name": "windows"}}
USER = "containers[0].securityContext.windowsOptions"


def user(name: str, *, refused: bool) -> Case:
    """A case of the user of a Windows container."""
    found = ("NB483 .windowsOptions.runAsUserName",) if refused else ()
    return of_container(f"user {name[:20]!r}", *found, windowsOptions={"runAsUserName": name})


OPTIONS = [
    *[
        user(name, refused=False)
        for name in (
            "a",
            "A b.",
            "DOM\\a",
            "a.b-c\\a",
            "ä\\ö",
            "u" * 104,
            f"{'d.' * 127}d\\a",
            f"{'d' * 63}.d\\a",
            "x y\\a",
            "a'",
        )
    ],
    *[
        user(name, refused=True)
        for name in (
            *(
                "",
                "a\nb",
                "a\\b\\c",
                "\\a",
                "DOM\\",
                ".d\\a",
                "a*\\a",
                f"{'d' * 256}\\a",
                ". .",
                "a@b",
                "u" * 105,
            ),
            *("ü" * 53, f"{'d' * 64}\\a", "a\x7f", f"{'d.' * 127}dd\\a"),
        )
    ],
    of_pod("a credential", windowsOptions={"gmsaCredentialSpecName": "a.b", "gmsaCredentialSpec": "{}"}),
    of_pod(
        "an empty credential",
        "NB483 .windowsOptions.gmsaCredentialSpecName",
        "NB483 .windowsOptions.gmsaCredentialSpec",
        windowsOptions={"gmsaCredentialSpecName": "", "gmsaCredentialSpec": ""},
    ),
    of_pod(
        "a large credential",
        "NB483 .windowsOptions.gmsaCredentialSpec",
        windowsOptions={"gmsaCredentialSpec": "x" * 65537},
    ),
]

SYSTEMS = [
    of_pod("windows", spec=WINDOWS, runAsNonRoot=True, windowsOptions={"runAsUserName": "a"}),
    of_pod("windows without sysctls", spec=WINDOWS, sysctls=[]),
    case("switches that are off", **WINDOWS, hostPID=False, hostIPC=False),
    case(
        "switches of Linux",
        "NB484 hostPID",
        "NB484 hostIPC",
        "NB484 hostUsers",
        "NB484 shareProcessNamespace",
        **WINDOWS,
        hostPID=True,
        hostIPC=True,
        hostUsers=True,
        shareProcessNamespace=False,
    ),
    of_pod(
        "the pod's context on windows",
        "NB484 .appArmorProfile",
        "NB484 .seLinuxOptions",
        "NB484 .seccompProfile",
        "NB484 .runAsUser",
        "NB484 .runAsGroup",
        "NB484 .fsGroup",
        "NB484 .fsGroupChangePolicy",
        "NB484 .supplementalGroups",
        "NB484 .supplementalGroupsPolicy",
        "NB484 .seLinuxChangePolicy",
        "NB484 .sysctls",
        spec=WINDOWS,
        appArmorProfile={"type": "Unconfined"},
        seLinuxOptions={},
        seccompProfile={"type": "Unconfined"},
        runAsUser=1,
        runAsGroup=1,
        fsGroup=1,
        fsGroupChangePolicy="Always",
        supplementalGroups=[],
        supplementalGroupsPolicy="Merge",
        seLinuxChangePolicy="Recursive",
        sysctls=[{"name": "a", "value": "b"}],
    ),
    of_container(
        "a container's context on windows",
        "NB484 .appArmorProfile",
        "NB484 .seLinuxOptions",
        "NB484 .seccompProfile",
        "NB484 .runAsUser",
        "NB484 .runAsGroup",
        "NB484 .capabilities",
        "NB484 .readOnlyRootFilesystem",
        "NB484 .privileged",
        "NB484 .allowPrivilegeEscalation",
        "NB484 .procMount",
        spec=WINDOWS,
        appArmorProfile={"type": "Unconfined"},
        seLinuxOptions={},
        seccompProfile={"type": "Unconfined"},
        runAsUser=1,
        runAsGroup=1,
        capabilities={},
        readOnlyRootFilesystem=False,
        privileged=False,
        allowPrivilegeEscalation=True,
        procMount="Default",
    ),
    of_pod(
        "windows options on linux", "NB484 .windowsOptions", spec={"os": {"name": "linux"}}, windowsOptions={}
    ),
    of_container(
        "a container's windows options on linux",
        "NB484 .windowsOptions",
        spec={"os": {"name": "linux"}},
        windowsOptions={},
    ),
    of_container("no system, windows options", windowsOptions={"runAsUserName": "a"}),
]


def host_process(of_host: bool | None) -> dict[str, Any]:
    options = {} if of_host is None else {"hostProcess": of_host}
    return {"securityContext": {"windowsOptions": options}}


def processes(
    name: str, of_pod: bool | None, *own: bool | None, found: tuple[str, ...] = (), **spec: Any
) -> Case:
    """A case of host processes in a pod and its containers."""
    containers = [{**container(**host_process(one)), "name": f"c{index}"} for index, one in enumerate(own)]
    return case(name, *found, containers=containers, **host_process(of_pod), **spec)


ON_HOST: dict[str, Any] = {"hostNetwork": True}
HOST_PROCESSES = [
    processes("no host process", False, False, None),
    processes("all by the pod", True, None, True, **ON_HOST),
    processes("all by themselves", None, True, True, **ON_HOST),
    processes("without the host's network", True, None, found=("NB485 hostNetwork",)),
    processes("only some", None, True, None, found=("NB485 containers[1]",), **ON_HOST)._replace(
        server="spec"
    ),
    processes(
        "against the pod",
        False,
        True,
        found=("NB485 containers[0].securityContext.windowsOptions.hostProcess",),
        **ON_HOST,
    ),
]

CASES = [*VALUES, *PROFILES, *ANNOTATIONS, *SYSCTLS, *OPTIONS, *SYSTEMS, *HOST_PROCESSES]


@pytest.mark.parametrize("one", CASES, ids=str)
def test_faults(one: Case) -> None:
    assert found(one) == set(one.found)


def test_fixes_repair() -> None:
    assert [text for one in CASES for text in unrepaired(one)] == []


def test_the_api_server_agrees(control_plane: ControlPlane) -> None:
    assert disagreements(control_plane, CASES) == []


def test_a_credential_is_never_shown() -> None:
    one = of_pod("secret", windowsOptions={"gmsaCredentialSpec": "s3cret" * 20_000})
    assert "s3cret" not in " ".join(map(str, check_pod(one.pod)))


@pytest.mark.parametrize("problem", [problem_with_sysctl, problem_with_user_name])
def test_long_texts_cost_linear_time(problem: Any) -> None:
    started = time.perf_counter()
    for text in ("a." * 500_000, "a-" * 500_000, "a-" * 500_000 + "\\a", "\\" * 1_000_000):
        assert problem(text)
    assert time.perf_counter() - started < 2
