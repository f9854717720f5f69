"""Reach: which requests a webhook is sent, and whether a cluster can be locked up by its silence.

A webhook that fails closed and is sent what it needs to come up again never comes up. Whether a namespace is
reached is judged by its labels where they are given, else by its name alone. Match conditions are not run: what
one names in quotes is left to it.

Refuses to know how the webhook is called.

Source: kubernetes docs, admission webhook good practices: avoid deadlocks and self-interference.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from nbcore.checks.fault import Faults
from nbcore.checks.webhook_configurations.hook import Hook, HookRule

LabelsOf: TypeAlias = Callable[[str], Mapping[str, str]]
"""The labels of a namespace, with at least the one that the API server writes itself."""

SYSTEM: Final = ("kube-system", "kube-node-lease")
"""The namespaces that nodes and controllers need to write to."""
NAME_LABEL: Final = "kubernetes.io/metadata.name"
"""The label that the API server gives to every namespace; nobody can forge it."""
_UNASKED: Final = "a-namespace-that-nobody-labelled"
_LEASE_SECONDS: Final = 10
"""Units: seconds within which controllers renew their leases, or stop."""
_SHOWN: Final = 4


class _Resource(NamedTuple):
    group: str
    name: str
    namespaced: bool = True


def _all(group: str, *names: str, namespaced: bool = True) -> tuple[_Resource, ...]:
    return tuple(_Resource(group, name, namespaced) for name in names)


LEASES: Final = _Resource("coordination.k8s.io", "leases")
VITAL: Final = (
    LEASES,
    *_all("", "bindings", "endpoints", "events", "pods/binding", "pods/eviction", "pods/status"),
    *_all("", "replicationcontrollers/status", "serviceaccounts/token", "services/status"),
    *_all("", "namespaces/finalize", "namespaces/status", "nodes", "nodes/status", namespaced=False),
    *_all("apps", "daemonsets/status", "deployments/status", "replicasets/status", "statefulsets/status"),
    *_all("authentication.k8s.io", "tokenreviews", "selfsubjectreviews", namespaced=False),
    *_all("authorization.k8s.io", "localsubjectaccessreviews"),
    *_all(
        "authorization.k8s.io",
        "selfsubjectaccessreviews",
        "selfsubjectrulesreviews",
        "subjectaccessreviews",
        namespaced=False,
    ),
    *_all("apiregistration.k8s.io", "apiservices", "apiservices/status", namespaced=False),
    *_all("batch", "cronjobs/status", "jobs/status"),
    *_all("certificates.k8s.io", "certificatesigningrequests", namespaced=False),
    *_all("certificates.k8s.io", "certificatesigningrequests/approval", namespaced=False),
    *_all("certificates.k8s.io", "certificatesigningrequests/status", namespaced=False),
    *_all("discovery.k8s.io", "endpointslices"),
    *_all("events.k8s.io", "events"),
    *_all("storage.k8s.io", "csinodes", "volumeattachments", namespaced=False),
)
"""What nodes, the scheduler and the controllers write all the time, and cannot work without."""
STARTING: Final = (
    *_all("", "configmaps", "pods", "replicationcontrollers", "secrets", "serviceaccounts", "services"),
    *_all("apps", "controllerrevisions", "daemonsets", "deployments", "replicasets", "statefulsets"),
    *_all("batch", "jobs"),
)
"""What has to be written before a pod of the system, or of the webhook itself, can start."""
_TENANTS: Final = re.compile(r"\b(?:object|oldObject)\.metadata\.(?:labels|annotations)", re.ASCII)


def vital(hook: Hook, labels_of: LabelsOf) -> Faults:
    """What the cluster lives on, where it is sent."""
    in_system = reached(hook, SYSTEM, labels_of)
    for rule in hook.rules:
        if not rule.on("CREATE", "UPDATE"):
            continue
        hits = [one for one in _covered(rule, VITAL) if not hook.speaks_of(one.name)]
        deadly = [one for one in hits if _is_deadly(one, hook, system=bool(in_system))]
        remedy = "Name the resources that it is for, and leave out " + _names(deadly or hits) + "."
        if deadly:
            message = f"without an answer of it nothing can be done with {_names(deadly)}"
            yield hook.fault("NB811", _within(hook, rule, "resources"), message, remedy)
        elif hits:
            message = f"it is sent {_names(hits)}, which are written all the time"
            yield hook.fault("NB812", _within(hook, rule, "resources"), message, remedy)


def _is_deadly(one: _Resource, hook: Hook, *, system: bool) -> bool:
    """Whether waiting for the webhook can stop the cluster; leases run out even where it fails open."""
    if one.namespaced and not system:
        return False
    return hook.fails_closed or (one == LEASES and hook.timeout >= _LEASE_SECONDS)


def system(hook: Hook, labels_of: LabelsOf) -> Faults:
    """What runs in kube-system, where it is sent."""
    if not reached(hook, SYSTEM[:1], labels_of) or not _sent(hook, STARTING):
        return
    code = "NB813" if hook.fails_closed else "NB814"
    consequence = (
        "no part of it starts while the webhook is down" if hook.fails_closed else "it waits for the webhook"
    )
    message = f"kube-system is not excluded: {consequence}"
    yield hook.fault(code, ("namespaceSelector",), message, exclusion(SYSTEM))


def own_namespace(hook: Hook, labels_of: LabelsOf) -> Faults:
    """The namespace of the webhook itself, where what it needs to start is sent to it."""
    own = hook.own_namespace
    if not own or own in SYSTEM or not hook.fails_closed or not _sent(hook, STARTING):
        return
    if reached(hook, (own,), labels_of):
        message = f"its own namespace {own[:64]} is not excluded: once it is down it cannot start again"
        yield hook.fault("NB815", ("namespaceSelector",), message, exclusion((own,)))


def exclusion(namespaces: Iterable[str]) -> str:
    """The remedy that excludes namespaces in a way that nobody can get around."""
    names = ", ".join(one[:64] for one in namespaces)
    return f"Exclude it: matchExpressions with key {NAME_LABEL}, operator NotIn, values [{names}]."


def everywhere(hook: Hook) -> Faults:
    """Pods of namespaces that nobody opted in, where the webhook fails closed."""
    labels = {NAME_LABEL: _UNASKED}
    asks = any("namespaceObject" in one for one in hook.expressions)
    if not hook.fails_closed or asks or not hook.reaches(_UNASKED, labels):
        return
    if any(one.covers("", "pods") and one.on("CREATE") for one in hook.rules):
        message = "while it is down, no pod starts in any namespace that is not excluded"
        remedy = "Let namespaces opt in by a label, which their users cannot set."
        yield hook.fault("NB828", ("namespaceSelector",), message, remedy)


def wildcards(hook: Hook) -> Faults:
    """Wildcards, and what they take beyond namespaces."""
    for rule in hook.rules:
        fields = {
            "apiGroups": rule.groups,
            "apiVersions": rule.versions,
            "operations": rule.operations,
            "resources": {part for one in rule.resources for part in one.split("/")},
        }
        for field, values in fields.items():
            if "*" in values:
                message = f"{field} holds *, so it is also sent what does not exist yet"
                yield hook.fault(
                    "NB816", _within(hook, rule, field), message, f"Name the {field} that it is for."
                )
        if rule.scope == "*" and {"*", "*/*"} & rule.resources:
            message = "namespaceSelector does not hold for objects of the cluster, which the rule takes too"
            yield hook.fault("NB817", _within(hook, rule, "scope"), message, "Write scope: Namespaced.")


def detours(hook: Hook) -> Faults:
    """Ways by which users can keep an object from the webhook."""
    for one in hook.selector("objectSelector").requirements:
        if one.operator in ("NotIn", "DoesNotExist"):
            message = f"whoever sets the label {one.key[:64]} on an object keeps it from the webhook"
            remedy = "Select by labels of the namespace, which its users cannot set."
            yield hook.fault("NB821", ("objectSelector",), message, remedy)
    given = hook.value.get("matchConditions")
    for at, one in enumerate(given if isinstance(given, list) and not hook.mutates else ()):
        expression = one.get("expression") if isinstance(one, dict) else None
        if isinstance(expression, str) and _TENANTS.search(expression):
            message = "the match condition reads labels or annotations of the object, which its author sets"
            remedy = "Decide by request.userInfo, or by the namespace."
            yield hook.fault("NB827", ("matchConditions", at, "expression"), message, remedy)


def behind(hooks: Sequence[Hook]) -> Faults:
    """Subresources by which a pod changes after a validating webhook has judged it."""
    judging = [hook for hook in hooks if not hook.mutates]
    rules = [rule for hook in judging for rule in hook.rules]
    missing = [
        name
        for name in ("pods/ephemeralcontainers", "pods/resize")
        if not any(rule.covers("", name) and rule.on("UPDATE") for rule in rules)
    ]
    for hook in judging if missing else ():
        for rule in hook.rules:
            if rule.covers("", "pods") and rule.on("CREATE", "UPDATE"):
                message = f"it judges pods, and is not sent {' and '.join(missing)}"
                remedy = f"Add {' and '.join(missing)} with operation UPDATE."
                yield hook.fault("NB820", _within(hook, rule, "resources"), message, remedy)
                return


def reached(hook: Hook, namespaces: Sequence[str], labels_of: LabelsOf) -> list[str]:
    """Those of the namespaces whose objects are sent."""
    return [one for one in namespaces if hook.reaches(one, labels_of(one))]


def _sent(hook: Hook, resources: Iterable[_Resource]) -> bool:
    given = [rule for rule in hook.rules if rule.on("CREATE", "UPDATE", "DELETE")]
    return any(_covered(rule, resources) for rule in given)


def _covered(rule: HookRule, resources: Iterable[_Resource]) -> list[_Resource]:
    return [one for one in resources if rule.covers(one.group, one.name, namespaced=one.namespaced)]


def _names(resources: Sequence[_Resource]) -> str:
    names = list(dict.fromkeys(one.name for one in resources))
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _within(hook: Hook, rule: HookRule, field: str) -> tuple[str | int, ...]:
    return (*rule.at[len(hook.at) :], field)
