"""Webhook configurations: what tells an API server to ask this engine, and what becomes of a request without it.

One table says for each webhook which requests it is sent and whether it fails closed. Refuses to know which
certificate the server has, and whether the configurations are safe: the rules of NB8 judge them like anybody's.

Source: kubernetes docs, admission webhook good practices; kubernetes API reference, admissionregistration.k8s.io/v1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from nbcore.dialects import kubeflow_v2, native

FailurePolicy = Literal["Fail", "Ignore"]
Dialect = Literal["native", "kubeflow-v2", "kubeflow-v1"]
DIALECTS: Final[tuple[Dialect, ...]] = ("native", "kubeflow-v2", "kubeflow-v1")

OPT_IN: Final = f"{native.GROUP}/admission"
"""The label by which a namespace lets its pods be judged."""
ENABLED, ENFORCED = "enabled", "enforced"
"""Its values: pods get their PodDefaults and are open to their owners alone; or they are judged as well, and none
starts while the webhook is down."""
NAME: Final = "nbcore-webhook"
"""The name of both configurations."""
_NAME_LABEL: Final = "kubernetes.io/metadata.name"
_SYSTEM: Final = ("kube-system", "kube-node-lease")
_WRITES: Final = ("CREATE", "UPDATE")
_GUARDED: Final = (*_WRITES, "DELETE")
_CLEANERS: Final = (
    "system:serviceaccount:kube-system:generic-garbage-collector",
    "system:serviceaccount:kube-system:namespace-controller",
    "system:kube-controller-manager",
)
"""Who removes what belongs to nobody any more: namespaces must be able to end while the webhook is down."""


class _Resources(NamedTuple):
    """Resources of one dialect that a webhook is sent."""

    dialect: Dialect
    group: str
    versions: tuple[str, ...]
    names: tuple[str, ...]
    scope: Literal["Namespaced", "Cluster"] = "Namespaced"


_V1BETA1: Final = ("v1beta1",)
_NOTEBOOKS: Final = (
    _Resources("native", native.GROUP, _V1BETA1, ("notebooks",)),
    _Resources("kubeflow-v2", kubeflow_v2.GROUP, _V1BETA1, ("workspaces",)),
    _Resources("kubeflow-v1", kubeflow_v2.GROUP, ("v1", "v1beta1", "v1alpha1"), ("notebooks",)),
)
_KINDS: Final = (
    _Resources("native", native.GROUP, _V1BETA1, ("templates", "poddefaults")),
    _Resources("kubeflow-v2", kubeflow_v2.GROUP, _V1BETA1, ("workspacekinds",), "Cluster"),
    _Resources("kubeflow-v1", kubeflow_v2.GROUP, ("v1alpha1",), ("poddefaults",)),
)


def _core(*names: str) -> tuple[_Resources, ...]:
    return (_Resources("native", "", ("v1",), names),)


class _Condition(NamedTuple):
    """A match condition: a request for which it is false is not sent."""

    name: str
    expression: str


_NOT_CLEANED: Final = _Condition(
    "not-by-cleaners", f"!(request.userInfo.username in [{', '.join(map(repr, _CLEANERS))}])"
)
_NOT_OF_NODES: Final = _Condition("not-by-nodes", "!('system:nodes' in request.userInfo.groups)")
"""Nodes create nothing but mirrors of static pods, which are never changed."""
_BELONGINGS: Final = (
    "(has({0}.metadata.ownerReferences) ? {0}.metadata.ownerReferences : [])",
    "{0}.spec.containers.map(one, has(one.image) ? one.image : '')",
    "(has({0}.spec.initContainers) ? {0}.spec.initContainers.map(one, has(one.image) ? one.image : '') : [])",
)
_MOVED: Final = _Condition(
    "moved", " || ".join(f"{one.format('object')} != {one.format('oldObject')}" for one in _BELONGINGS)
)
"""Owner references say whose a pod is, and images what it runs: whoever changes them enters it."""


class Webhook(NamedTuple):
    """One webhook: what it is sent, and what happens without it.

    Shape: ``asked_by`` are the values of the label by which a namespace asks for it; none is asked without them.
    """

    id: str
    phase: Literal["mutate", "validate"]
    failure_policy: FailurePolicy
    sent: tuple[tuple[tuple[_Resources, ...], tuple[str, ...]], ...]
    conditions: tuple[_Condition, ...] = ()
    asked_by: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name in the configuration, fully qualified."""
        return f"{self.id}.{self.phase}.{native.GROUP}"


def _with_status(resources: tuple[_Resources, ...]) -> tuple[_Resources, ...]:
    """The resources and their status, through which metadata of some could be changed."""
    return tuple(
        one._replace(names=(*one.names, *(f"{name}/status" for name in one.names))) for one in resources
    )


_CONNECTIONS: Final = _core("pods/exec", "pods/attach", "pods/portforward")
_CHANGES: Final = _core("pods/ephemeralcontainers", "pods/resize")
WEBHOOKS: Final = (
    Webhook("notebooks", "mutate", "Fail", ((_NOTEBOOKS, _WRITES),), (_NOT_CLEANED,)),
    Webhook("pods", "mutate", "Ignore", ((_core("pods"), ("CREATE",)),), (_NOT_OF_NODES,), (ENABLED,)),
    Webhook(
        "pods-enforced", "mutate", "Fail", ((_core("pods"), ("CREATE",)),), (_NOT_OF_NODES,), (ENFORCED,)
    ),
    Webhook("kinds", "validate", "Fail", ((_KINDS, _GUARDED),), (_NOT_CLEANED,)),
    Webhook("notebooks", "validate", "Fail", ((_with_status(_NOTEBOOKS), _GUARDED),), (_NOT_CLEANED,)),
    Webhook(
        "pods",
        "validate",
        "Fail",
        ((_core("pods"), ("CREATE",)), (_CHANGES, ("UPDATE",))),
        (_NOT_OF_NODES,),
        (ENFORCED,),
    ),
    Webhook("connections", "validate", "Fail", ((_CONNECTIONS, ("CONNECT",)),), (), (ENABLED, ENFORCED)),
    Webhook(
        "moves",
        "validate",
        "Fail",
        ((_core("pods"), ("UPDATE",)),),
        (_NOT_CLEANED, _NOT_OF_NODES, _MOVED),
        (ENABLED, ENFORCED),
    ),
)
"""Every webhook of the engine."""


@dataclass(frozen=True, slots=True)
class Registration:
    """How the webhooks are reached, and what differs from the table.

    Shape: with a ``url`` (without path) there is no Service; ``ca_bundle`` is base64 of PEM; ``policies`` are
    failure policies by the name of a webhook.
    Units: ``timeout`` in seconds.
    """

    namespace: str = "jackhoman"
    service: str = "webhook"
    url: str = ""
    ca_bundle: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)
    timeout: int = 5
    policies: Mapping[str, FailurePolicy] = field(default_factory=dict)
    dialects: tuple[Dialect, ...] = DIALECTS
    name: str = NAME


def webhook_configurations(given: Registration | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """The MutatingWebhookConfiguration and the ValidatingWebhookConfiguration, as plain JSON.

    Raises: ValueError for the policy of a webhook that does not exist.
    """
    chosen = given or Registration()
    unknown = chosen.policies.keys() - {one.name for one in WEBHOOKS}
    if unknown:
        raise ValueError(f"there is no webhook {min(unknown)[:64]}")
    return _configuration(chosen, "mutate", "Mutating"), _configuration(chosen, "validate", "Validating")


def _configuration(given: Registration, phase: str, word: str) -> dict[str, Any]:
    labels = {"app.kubernetes.io/name": NAME, "app.kubernetes.io/part-of": "nbcore"}
    metadata: dict[str, Any] = {"name": given.name, "labels": labels}
    if given.annotations:
        metadata["annotations"] = dict(given.annotations)
    hooks = [_webhook(one, given) for one in WEBHOOKS if one.phase == phase]
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": f"{word}WebhookConfiguration",
        "metadata": metadata,
        "webhooks": [one for one in hooks if one["rules"]],
    }


def _webhook(one: Webhook, given: Registration) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": one.name,
        "clientConfig": _client(one.phase, given),
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "failurePolicy": given.policies.get(one.name, one.failure_policy),
        "matchPolicy": "Equivalent",
        "timeoutSeconds": given.timeout,
        "namespaceSelector": {"matchExpressions": list(_namespaces(one, given.namespace))},
        "rules": list(_rules(one, given.dialects)),
    }
    if one.phase == "mutate":
        made["reinvocationPolicy"] = "IfNeeded"
    if one.conditions:
        made["matchConditions"] = [condition._asdict() for condition in one.conditions]
    return made


def _client(phase: str, given: Registration) -> dict[str, Any]:
    bundle = {"caBundle": given.ca_bundle} if given.ca_bundle else {}
    if given.url:
        return {"url": f"{given.url.rstrip('/')}/{phase}", **bundle}
    service = {"name": given.service, "namespace": given.namespace, "path": f"/{phase}", "port": 443}
    return {"service": service, **bundle}


def _namespaces(one: Webhook, own: str) -> Iterator[dict[str, Any]]:
    """The namespaces that are asked about: never those that the webhook itself needs to come up."""
    kept_out = sorted({own, *_SYSTEM})
    yield {"key": _NAME_LABEL, "operator": "NotIn", "values": kept_out}
    if one.asked_by:
        yield {"key": OPT_IN, "operator": "In", "values": list(one.asked_by)}


def _rules(one: Webhook, dialects: tuple[Dialect, ...]) -> Iterator[dict[str, Any]]:
    for resources, operations in one.sent:
        for each in resources:
            if not each.group or each.dialect in dialects:
                yield {
                    "apiGroups": [each.group],
                    "apiVersions": list(each.versions),
                    "operations": list(operations),
                    "resources": list(each.names),
                    "scope": each.scope,
                }
