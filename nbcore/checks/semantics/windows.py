"""Windows: the values of windowsOptions, what a pod of one operating system cannot have, and host processes.

Refuses to know Linux security contexts beyond the names of their fields.
Source: k8s.io/kubernetes/pkg/apis/core/validation, validateWindows, validateLinux, validateWindowsHostProcessPod
and validateWindowsSecurityContextOptions, at v1.36.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from nbcore.checks.fault import Fault, Faults, Pod, RawPath
from nbcore.checks.semantics.byte_length import byte_length
from nbcore.checks.semantics.values import containers_of, spec_of, valid
from nbcore.finding import Fix
from nbcore.kubernetes.names import problem_with_dns_subdomain
from nbcore.kubernetes.paths import Path

OPTION: Final = "NB483"
OTHER_SYSTEM: Final = "NB484"
HOST_PROCESS: Final = "NB485"

# ---- the values of windowsOptions ----

_MOST_SPEC_BYTES: Final = 64 * 1024
_LONGEST_USER: Final = 104
_LONGEST_DOMAIN: Final = 255
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_NETBIOS = re.compile(r'[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}')
_DNS_LABEL: Final = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_DNS = re.compile(rf"{_DNS_LABEL}(?:\.{_DNS_LABEL})*", re.ASCII)
_NOT_IN_USER = re.compile(r'["/\\:;|=,+*?<>@\[\]]')


def problem_with_user_name(text: object) -> str | None:
    """Why the value is no Windows user, ``user`` or ``DOMAIN\\user``, or None."""
    name = str(text)
    if not name:
        return "must not be empty"
    if _CONTROL.search(name):
        return "must not hold control characters"
    domain, backslash, user = name.rpartition("\\")
    if "\\" in domain:
        return "must hold at most one '\\'"
    return (_problem_with_domain(domain) if backslash else None) or _problem_with_user(user)


def _problem_with_domain(domain: str) -> str | None:
    if byte_length(domain) > _LONGEST_DOMAIN:
        return f"must have a domain of at most {_LONGEST_DOMAIN} bytes"
    fits = _NETBIOS.fullmatch(domain) or _DNS.fullmatch(domain)
    return None if fits else "must have a NetBIOS or DNS name before the '\\'"


def _problem_with_user(user: str) -> str | None:
    if not user.strip(". "):
        return "must name a user, not only periods and spaces"
    if byte_length(user) > _LONGEST_USER:
        return f"must have a user of at most {_LONGEST_USER} bytes"
    return 'must not hold any of "/\\:;|=,+*?<>@[]' if _NOT_IN_USER.search(user) else None


def option_faults(context: Mapping[str, Any], path: RawPath) -> Faults:
    """Faults of the windowsOptions of a security context that stands at a path."""
    options = context.get("windowsOptions")
    if not options:
        return
    below = (*path, "windowsOptions")
    user, spec_name = options.get("runAsUserName"), options.get("gmsaCredentialSpecName")
    remedy = "Write it as user or DOMAIN\\user."
    yield from valid(OPTION, (*below, "runAsUserName"), "runAsUserName", user, problem_with_user_name, remedy)
    place = (*below, "gmsaCredentialSpecName")
    yield from valid(OPTION, place, "gmsaCredentialSpecName", spec_name, problem_with_dns_subdomain)
    spec = options.get("gmsaCredentialSpec")
    if spec is not None and not 0 < byte_length(spec) <= _MOST_SPEC_BYTES:
        message = "gmsaCredentialSpec is empty or larger than 64 KiB"
        yield Fault(OPTION, (*below, "gmsaCredentialSpec"), message, "Name it by gmsaCredentialSpecName.")


# ---- what a pod of one operating system cannot have ----

_POD_FIELDS: Final = ("hostUsers", "shareProcessNamespace")
_POD_SWITCHES: Final = ("hostPID", "hostIPC")
_OF_BOTH: Final = ("appArmorProfile", "seLinuxOptions", "seccompProfile", "runAsUser", "runAsGroup")
_POD_CONTEXT: Final = (
    *_OF_BOTH,
    "fsGroup",
    "fsGroupChangePolicy",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "seLinuxChangePolicy",
)
_CONTAINER_CONTEXT: Final = (
    *_OF_BOTH,
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
)
_NOT_ON: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "linux": (("windowsOptions",), ("windowsOptions",)),
    "windows": (_POD_CONTEXT, _CONTAINER_CONTEXT),
}
"""The fields that the security contexts of a pod and of its containers cannot have, by operating system."""


def check(pod: Pod) -> Faults:
    """Faults of what does not fit the pod's operating system, and of host processes."""
    spec = spec_of(pod)
    system = (spec.get("os") or {}).get("name") or ""
    if system in _NOT_ON:
        yield from _other_system(pod, spec, system)
    yield from _host_processes(pod, spec)


def _other_system(pod: Pod, spec: Mapping[str, Any], system: str) -> Faults:
    of_pod, of_container = _NOT_ON[system]
    context = spec.get("securityContext") or {}
    places: list[RawPath] = [
        ("spec", "securityContext", one) for one in of_pod if context.get(one) is not None
    ]
    if system == "windows":
        places += [("spec", one) for one in _POD_FIELDS if spec.get(one) is not None]
        places += [("spec", one) for one in _POD_SWITCHES if spec.get(one)]
        places += [("spec", "securityContext", "sysctls")] if context.get("sysctls") else []
    for path, container in containers_of(pod):
        own = container.get("securityContext") or {}
        places += [(*path, "securityContext", one) for one in of_container if own.get(one) is not None]
    for place in places:
        message = f"{place[-1]} cannot be set for a {system} pod"
        fix = Fix("remove", Path(place), safe=False)
        system_at: RawPath = ("spec", "os", "name")
        yield Fault(OTHER_SYSTEM, place, message, "Remove it, or correct spec.os.", (system_at,), fix=fix)


# ---- host processes ----

_OPTIONS: Final = ("securityContext", "windowsOptions", "hostProcess")


def _host_processes(pod: Pod, spec: Mapping[str, Any]) -> Faults:
    of_pod = _host_process(spec)
    containers = [(path, _host_process(one)) for path, one in containers_of(pod)]
    for path, own in containers:
        if of_pod is not None and own is not None and own != of_pod:
            message = f"hostProcess is {str(own).lower()} here and {str(of_pod).lower()} for the pod"
            remedy = "Set it in one place only."
            yield Fault(HOST_PROCESS, (*path, *_OPTIONS), message, remedy, (("spec", *_OPTIONS),))
    of_host = [of_pod if own is None else own for _, own in containers]
    if any(of_host) and not all(of_host):
        path = next(path for (path, _), one in zip(containers, of_host, strict=True) if not one)
        message = "the pod holds host process containers, and this one is none"
        remedy = "Set hostProcess in the security context of the pod."
        yield Fault(HOST_PROCESS, path, message, remedy)
    if any(of_host) and not spec.get("hostNetwork"):
        message = "host process containers need the network of the host"
        place: RawPath = ("spec", "hostNetwork")
        fix = Fix("replace" if "hostNetwork" in spec else "add", Path(place), True, safe=False)
        yield Fault(HOST_PROCESS, place, message, "Set hostNetwork to true.", fix=fix)


def _host_process(holder: Mapping[str, Any]) -> bool | None:
    options = (holder.get("securityContext") or {}).get("windowsOptions") or {}
    given: bool | None = options.get("hostProcess")
    return given
