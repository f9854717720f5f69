"""Single fields at the top of a pod's spec: policies, names, gates, claims, the host's namespaces.

Refuses to know what other objects (nodes, service accounts, classes) exist; priority, preemption and runtime
class are answered by admission, which knows the classes.
Source: k8s.io/kubernetes/pkg/apis/core/validation, ValidatePodSpec, ValidatePodCreate.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from nbcore.checks.fault import Fault, Faults, Pod, RawPath
from nbcore.checks.semantics.values import (
    elements,
    in_range,
    one_of,
    required,
    required_name,
    spec_of,
    unique,
    valid,
)
from nbcore.kubernetes import names

RESTART_POLICIES: Final = ("Always", "OnFailure", "Never")
DNS_POLICIES: Final = ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")
OPERATING_SYSTEMS: Final = ("linux", "windows")
LONGEST_DEADLINE: Final = 2**31 - 1

_POLICIES: Final[Mapping[str, tuple[str, ...]]] = {
    "restartPolicy": RESTART_POLICIES,
    "dnsPolicy": DNS_POLICIES,
}
_CLAIM_SOURCES = ("resourceClaimName", "resourceClaimTemplateName")


def check(pod: Pod) -> Faults:
    """What is wrong with the single fields at the top of a pod's spec."""
    spec = spec_of(pod)
    yield from _choices(spec)
    deadline = spec.get("activeDeadlineSeconds")
    at_deadline: RawPath = ("spec", "activeDeadlineSeconds")
    yield from in_range("NB409", at_deadline, "activeDeadlineSeconds", deadline, 1, LONGEST_DEADLINE)
    yield from _references(spec)
    yield from _gates(spec)
    yield from _claims(spec)
    yield from _namespaces(spec)
    if spec.get("ephemeralContainers"):
        message = "a pod cannot be created with ephemeral containers"
        remedy = "Remove them; `kubectl debug` adds one to a running pod."
        yield Fault("NB417", ("spec", "ephemeralContainers"), message, remedy)


def _choices(spec: Mapping[str, Any]) -> Faults:
    for field, allowed in _POLICIES.items():
        yield from one_of("NB408", ("spec", field), f"the {field}", spec.get(field) or None, allowed)
    system = spec.get("os")
    if system is not None:
        name = system.get("name") or None
        yield from required("NB408", ("spec", "os", "name"), "the name of the os", name)
        yield from one_of("NB408", ("spec", "os", "name"), "the os", name, OPERATING_SYSTEMS)


def _references(spec: Mapping[str, Any]) -> Faults:
    field = "serviceAccountName" if spec.get("serviceAccountName") else "serviceAccount"
    account, node = spec.get(field) or None, spec.get("nodeName") or None
    subdomain = names.problem_with_dns_subdomain
    yield from valid("NB413", ("spec", field), f"the {field}", account, subdomain)
    yield from valid("NB413", ("spec", "nodeName"), "the nodeName", node, subdomain)


def _gates(spec: Mapping[str, Any]) -> Faults:
    key = names.problem_with_label_key
    for index, gate in elements(spec, "readinessGates"):
        path = ("spec", "readinessGates", index, "conditionType")
        yield from required_name("NB414", path, "the conditionType", gate.get("conditionType"), key)
    gates = [gate.get("name") or "" for _, gate in elements(spec, "schedulingGates")]
    at_gates: RawPath = ("spec", "schedulingGates")
    for index, name in enumerate(gates):
        yield from required_name("NB414", (*at_gates, index), "the name of the scheduling gate", name, key)
    yield from unique("NB414", at_gates, "the scheduling gate", gates)
    if gates and spec.get("nodeName"):
        message = "a pod with scheduling gates cannot name its node"
        yield Fault("NB415", ("spec", "nodeName"), message, "Remove the nodeName or the gates.", (at_gates,))


def _claims(spec: Mapping[str, Any]) -> Faults:
    claims = [claim for _, claim in elements(spec, "resourceClaims")]
    path: RawPath = ("spec", "resourceClaims")
    for index, claim in enumerate(claims):
        yield from _claim((*path, index), claim)
    yield from unique("NB418", path, "the resource claim", [claim.get("name") for claim in claims], "name")


def _claim(path: RawPath, claim: Mapping[str, Any]) -> Faults:
    what = "the name of the resource claim"
    yield from required_name("NB418", (*path, "name"), what, claim.get("name"), names.problem_with_dns_label)
    given = [field for field in _CLAIM_SOURCES if claim.get(field) is not None]
    if len(given) != 1:
        message = f"a resource claim has one source, and this one has {len(given) or 'none'}"
        yield Fault("NB418", path, message, "Give resourceClaimName or resourceClaimTemplateName.")
    for field in given:
        subdomain = names.problem_with_dns_subdomain
        yield from valid("NB418", (*path, field), f"the {field}", claim[field], subdomain)


def _namespaces(spec: Mapping[str, Any]) -> Faults:
    if spec.get("hostUsers") is False:
        for field in ("hostNetwork", "hostPID", "hostIPC"):
            if spec.get(field) is True:
                message = f"{field} is not allowed where hostUsers is false"
                remedy = f"Remove {field}, or let hostUsers be true."
                yield Fault("NB416", ("spec", field), message, remedy, (("spec", "hostUsers"),))
    if spec.get("shareProcessNamespace") is True and spec.get("hostPID") is True:
        message = "the containers cannot share a process namespace of their own and that of the host"
        path: RawPath = ("spec", "shareProcessNamespace")
        yield Fault(
            "NB416", path, message, "Remove shareProcessNamespace or hostPID.", (("spec", "hostPID"),)
        )
