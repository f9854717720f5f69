"""Webhook configurations (NB8): whoever wrote them, what a cluster can be locked up by, and what is let through.

Every ValidatingWebhookConfiguration and MutatingWebhookConfiguration is judged by the same rules, our own as well.
Refuses to know where they come from, and to run their match conditions.

Laws: test_any_webhook_configuration_is_judged_without_an_exception.
Source: kubernetes docs, admission webhook good practices; reference outages of webhooks that failed closed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from nbcore.checks.fault import Fault, Faults
from nbcore.checks.webhook_configurations import calling, form, reach
from nbcore.checks.webhook_configurations.hook import Hook, hooks_of
from nbcore.checks.webhook_configurations.reach import NAME_LABEL, LabelsOf

__all__ = ["GROUP", "KINDS", "NAME_LABEL", "check_webhook_configuration"]

GROUP: Final = "admissionregistration.k8s.io"
KINDS: Final[Mapping[str, bool]] = {
    "MutatingWebhookConfiguration": True,
    "ValidatingWebhookConfiguration": False,
}
"""The kinds that are judged here, and whether their webhooks change objects."""

_OF_ONE: Final[tuple[Callable[[Hook], Faults], ...]] = (
    form.promises,
    form.values,
    form.places,
    form.conditions,
    calling.patience,
    calling.contract,
    reach.everywhere,
    reach.wildcards,
    reach.detours,
)
_WITH_LABELS: Final[tuple[Callable[[Hook, LabelsOf], Faults], ...]] = (
    reach.vital,
    reach.system,
    reach.own_namespace,
)


def check_webhook_configuration(value: Mapping[str, Any], labels_of: LabelsOf) -> Faults:
    """Everything that the rules have against one configuration.

    Shape: ``value`` is the object as plain JSON, of a kind of KINDS and any form.
    """
    group, _, version = str(value.get("apiVersion")).rpartition("/")
    if group == GROUP and version != "v1":
        message = f"{GROUP} has no version {version[:64]} any more"
        yield Fault("NB104", ("apiVersion",), message, f"Write {GROUP}/v1.")
    hooks = hooks_of(value, mutates=KINDS.get(str(value.get("kind")), False))
    yield from form.types(value, hooks)
    yield from form.names(hooks)
    yield from calling.sums(hooks)
    yield from reach.behind(hooks)
    metadata = value.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    for hook in hooks:
        for rule in _OF_ONE:
            yield from rule(hook)
        for judge in _WITH_LABELS:
            yield from judge(hook, labels_of)
        yield from calling.trust(hook, annotations if isinstance(annotations, dict) else {})
