"""The Pod Security Standards as a table: 19 checks in 31 revisions, and since which version each is in force.

A relaxation is a revision of its own: what a version of the standard grants, an older one does not.

Refuses to know namespaces, labels and exemptions.
Source: k8s.io/pod-security-admission/policy at v0.36.3; the sysctls of 1.37 at v0.37.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from nbcore.checks.fault import Pod
from nbcore.checks.podsecurity import baseline, restricted
from nbcore.checks.podsecurity.places import Place, View, view
from nbcore.checks.podsecurity.rule_forms import Offence, Rule
from nbcore.kubernetes import pod_schema

LEVELS: Final = ("privileged", "baseline", "restricted")
PRIVILEGED, BASELINE, RESTRICTED = LEVELS
LATEST: Final = "latest"
_VERSION = re.compile(r"v?1\.(0|[1-9][0-9]{0,8})", re.ASCII)


class Revision(NamedTuple):
    """What a check asks for since version 1.``since``.

    Shape: ``unless`` tells the pods that the check lets pass unseen; ``replaces`` are the baseline checks
    that are not run beside it.
    """

    since: int
    rules: tuple[Rule, ...]
    unless: Callable[[View], bool] | None = None
    replaces: tuple[str, ...] = ()

    def offences(self, pod: View) -> Iterator[Offence]:
        """What the revision has against a pod."""
        if self.unless is None or not self.unless(pod):
            for rule in self.rules:
                yield from rule(pod)


class Check(NamedTuple):
    """One check of the standard, by the id that Kubernetes gives it, with its revisions in order."""

    id: str
    code: str
    level: str
    reason: str
    revisions: tuple[Revision, ...]

    def revision(self, minor: int) -> Revision | None:
        """The revision in force in version 1.``minor``; None when the check is younger."""
        return next((one for one in reversed(self.revisions) if one.since <= minor), None)


class Judgement(NamedTuple):
    """What a level has against a pod: the offences by check, and the places that bar the view."""

    malformed: tuple[Place, ...]
    results: tuple[tuple[Check, tuple[Offence, ...]], ...]


def is_windows(pod: View) -> bool:
    """Whether the pod says that it runs on Windows."""
    system = pod.spec.value.get("os")
    return isinstance(system, dict) and system.get("name") == "windows"


def in_user_namespace(pod: View) -> bool:
    """Whether the pod says that its users are not those of the node."""
    return pod.spec.value.get("hostUsers") is False


_ESCALATION = (restricted.ESCALATION,)
_CAPABILITIES = (restricted.DROPS_ALL, restricted.ADDS_LITTLE)
_SELINUX = (baseline.SELINUX_TYPES, baseline.SELINUX_USER_AND_ROLE)
_SELINUX_1_31 = (baseline.SELINUX_TYPES_1_31, baseline.SELINUX_USER_AND_ROLE)
_SECCOMP_SET = (restricted.SECCOMP_SET,)

STANDARD: tuple[Check, ...] = (
    Check(
        "appArmorProfile",
        "NB501",
        BASELINE,
        "forbidden AppArmor profile",
        (Revision(0, (baseline.APPARMOR_FIELDS, baseline.APPARMOR_ANNOTATIONS)),),
    ),
    Check(
        "capabilities_baseline",
        "NB502",
        BASELINE,
        "non-default capabilities",
        (Revision(0, (baseline.CAPABILITIES,)),),
    ),
    Check(
        "hostNamespaces", "NB503", BASELINE, "host namespaces", (Revision(0, (baseline.HOST_NAMESPACES,)),)
    ),
    Check("hostPathVolumes", "NB504", BASELINE, "hostPath volumes", (Revision(0, (baseline.host_paths,)),)),
    Check(
        "hostPorts",
        "NB505",
        BASELINE,
        "hostPort",
        (Revision(0, (baseline.HOST_PORTS, baseline.implied_host_ports)),),
    ),
    Check(
        "hostProbesAndHostLifecycle",
        "NB506",
        BASELINE,
        "probe or lifecycle host",
        (Revision(34, (baseline.HANDLER_HOSTS,)),),
    ),
    Check("privileged", "NB507", BASELINE, "privileged", (Revision(0, (baseline.PRIVILEGED,)),)),
    Check(
        "procMount",
        "NB508",
        BASELINE,
        "procMount",
        (
            Revision(0, (baseline.PROC_MOUNT,)),
            Revision(35, (baseline.PROC_MOUNT,), unless=in_user_namespace),
        ),
    ),
    Check(
        "seLinuxOptions",
        "NB509",
        BASELINE,
        "seLinuxOptions",
        (Revision(0, _SELINUX), Revision(31, _SELINUX_1_31)),
    ),
    Check(
        "seccompProfile_baseline",
        "NB510",
        BASELINE,
        "seccompProfile",
        (Revision(0, (baseline.SECCOMP_ANNOTATIONS,)), Revision(19, (baseline.SECCOMP,))),
    ),
    Check(
        "sysctls",
        "NB511",
        BASELINE,
        "forbidden sysctls",
        (
            Revision(0, (baseline.sysctls(*baseline.SYSCTLS_1_0),)),
            Revision(27, (baseline.sysctls(*baseline.SYSCTLS_1_27),)),
            Revision(29, (baseline.sysctls(*baseline.SYSCTLS_1_29),)),
            Revision(32, (baseline.sysctls(*baseline.SYSCTLS_1_32),)),
            Revision(37, (baseline.sysctls(*baseline.SYSCTLS_1_37),)),
        ),
    ),
    Check("windowsHostProcess", "NB512", BASELINE, "hostProcess", (Revision(0, (baseline.HOST_PROCESS,)),)),
    Check(
        "allowPrivilegeEscalation",
        "NB521",
        RESTRICTED,
        "allowPrivilegeEscalation != false",
        (Revision(8, _ESCALATION), Revision(25, _ESCALATION, unless=is_windows)),
    ),
    Check(
        "capabilities_restricted",
        "NB522",
        RESTRICTED,
        "unrestricted capabilities",
        (
            Revision(22, _CAPABILITIES, replaces=("capabilities_baseline",)),
            Revision(25, _CAPABILITIES, unless=is_windows, replaces=("capabilities_baseline",)),
        ),
    ),
    Check(
        "procMount_restricted",
        "NB523",
        RESTRICTED,
        "procMount",
        (Revision(35, (baseline.PROC_MOUNT,), replaces=("procMount",)),),
    ),
    Check(
        "restrictedVolumes",
        "NB524",
        RESTRICTED,
        "restricted volume types",
        (Revision(0, (restricted.volume_sources,), replaces=("hostPathVolumes",)),),
    ),
    Check(
        "runAsNonRoot",
        "NB525",
        RESTRICTED,
        "runAsNonRoot != true",
        (
            Revision(0, (restricted.NON_ROOT,)),
            Revision(35, (restricted.NON_ROOT,), unless=in_user_namespace),
        ),
    ),
    Check(
        "runAsUser",
        "NB526",
        RESTRICTED,
        "runAsUser=0",
        (
            Revision(23, (restricted.NOT_USER_0,)),
            Revision(35, (restricted.NOT_USER_0,), unless=in_user_namespace),
        ),
    ),
    Check(
        "seccompProfile_restricted",
        "NB527",
        RESTRICTED,
        "seccompProfile",
        (
            Revision(19, _SECCOMP_SET, replaces=("seccompProfile_baseline",)),
            Revision(25, _SECCOMP_SET, unless=is_windows, replaces=("seccompProfile_baseline",)),
        ),
    ),
)
"""All checks: those of the baseline first, ids in order inside each level, as denials name them."""


def effective(version: str, cluster: str) -> int:
    """The minor of the version that is judged by: the asked one, but no younger than the cluster.

    Raises: ValueError for a text that is no version.
    """
    newest = _minor(pod_schema.VERSIONS[-1] if cluster == pod_schema.NEWEST else cluster)
    return newest if version == LATEST else min(_minor(version), newest)


def active(level: str, minor: int, standard: tuple[Check, ...] = STANDARD) -> list[tuple[Check, Revision]]:
    """The checks that a level has in version 1.``minor``, in order, each with its revision in force.

    Raises: ValueError for a word that is no level.
    """
    if level not in LEVELS:
        raise ValueError(f"no level of the Pod Security Standards: {level!r}")
    levels = LEVELS[1 : LEVELS.index(level) + 1]
    found = [(one, one.revision(minor)) for one in standard if one.level in levels]
    replaced = {name for _, revision in found if revision for name in revision.replaces}
    return [(one, revision) for one, revision in found if revision and one.id not in replaced]


@lru_cache(maxsize=256)
def _in_force(level: str, minor: int) -> list[tuple[Check, Revision]]:
    """The same of the standard as it is, which thousands of pods are judged by."""
    return active(level, minor)


def judged(pod: Pod, level: str, minor: int, standard: tuple[Check, ...] = STANDARD) -> Judgement:
    """What a level has against a pod in version 1.``minor``; the privileged level has nothing.

    Raises: ValueError for a word that is no level.
    """
    checks = _in_force(level, minor) if standard is STANDARD else active(level, minor, standard)
    if not checks:
        return Judgement((), ())
    seen = view(pod)
    results = ((check, tuple(revision.offences(seen))) for check, revision in checks)
    return Judgement(seen.malformed, tuple((check, offences) for check, offences in results if offences))


def _minor(version: str) -> int:
    match = _VERSION.fullmatch(version)
    if match is None:
        raise ValueError(f"no version of the Pod Security Standards: {version!r}")
    return int(match[1])
