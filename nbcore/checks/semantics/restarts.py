"""When a container is restarted: its own restart policy and rules, and its policy for resizes.

Refuses to know which containers may have them.
Source: validateContainerRestartPolicy, validateResizePolicy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from nbcore.checks.fault import Fault, Faults, RawPath
from nbcore.checks.semantics import values
from nbcore.checks.semantics.surroundings import Surroundings
from nbcore.finding import Fix
from nbcore.kubernetes.paths import Path

POLICIES: Final = ("Always", "Never", "OnFailure")
ACTIONS: Final = ("Restart", "RestartAllContainers")
OPERATORS: Final = ("In", "NotIn")
RESIZE_POLICIES: Final = ("NotRequired", "RestartContainer")
RESIZABLE: Final = ("cpu", "memory")
MOST_RULES: Final = 20
MOST_EXIT_CODES: Final = 255


def restart_faults(container: Mapping[str, Any], path: RawPath) -> Faults:
    """What is wrong with ``restartPolicy`` and ``restartPolicyRules`` of a regular or init container."""
    policy, rules = container.get("restartPolicy"), container.get("restartPolicyRules") or ()
    if policy is None and not rules:
        return
    yield from values.one_of("NB433", (*path, "restartPolicy"), "restartPolicy", policy, POLICIES)
    if rules and policy is None:
        message = "restart rules need a restart policy of the container"
        remedy = f"Choose one of: {', '.join(POLICIES)}."
        yield Fault("NB452", (*path, "restartPolicy"), message, remedy, ((*path, "restartPolicyRules"),))
    yield from _too_many(rules, (*path, "restartPolicyRules"), "restart rules", MOST_RULES)
    for index, rule in enumerate(rules):
        yield from _rule_faults(rule, (*path, "restartPolicyRules", index))


def _rule_faults(rule: Mapping[str, Any], path: RawPath) -> Faults:
    yield from values.one_of("NB433", (*path, "action"), "the action", rule.get("action", ""), ACTIONS)
    codes, at = rule.get("exitCodes"), (*path, "exitCodes")
    if codes is None:
        yield from values.required("NB452", at, "exitCodes", codes, "Say which exit codes the rule is for.")
        return
    operator = codes.get("operator", "")
    yield from values.one_of("NB433", (*at, "operator"), "the operator", operator, OPERATORS)
    yield from _too_many(codes.get("values") or (), (*at, "values"), "exit codes", MOST_EXIT_CODES)


def _too_many(given: Any, path: RawPath, what: str, most: int) -> Faults:
    if len(given) > most:
        yield Fault("NB452", path, f"there are {len(given)} {what}", f"Give at most {most}.")


def resize_faults(policies: list[dict[str, Any]], path: RawPath, around: Surroundings) -> Faults:
    """What is wrong with ``resizePolicy`` of any container."""
    resources = [one.get("resourceName") for one in policies]
    yield from values.unique("NB453", path, "the resource", resources)
    for index, one in enumerate(policies):
        policy = one.get("restartPolicy", "")
        at = (*path, index, "restartPolicy")
        resource = one.get("resourceName", "")
        yield from values.one_of("NB453", (*path, index, "resourceName"), "the resource", resource, RESIZABLE)
        yield from values.one_of("NB453", at, "restartPolicy", policy, RESIZE_POLICIES)
        if around.never_restarts and policy == "RestartContainer":
            message = "a resize restarts the container, but the pod never restarts one"
            related: tuple[RawPath, ...] = (("spec", "restartPolicy"),)
            fix = Fix("replace", Path(at), "NotRequired", safe=False)
            yield Fault("NB453", at, message, "Set it to NotRequired.", related, fix=fix)


def init_resize_faults(policies: list[dict[str, Any]], path: RawPath) -> Faults:
    """What is wrong with ``resizePolicy`` of an init container that runs to its end."""
    for index, one in enumerate(policies):
        if one.get("restartPolicy") == "RestartContainer":
            message = "a resize restarts the container, but an init container that ends cannot be restarted"
            remedy = "Set it to NotRequired, or make it a sidecar with restartPolicy Always."
            yield Fault("NB453", (*path, index, "restartPolicy"), message, remedy)
