"""Probes and lifecycle hooks: their handlers, thresholds and periods.

Refuses to know which containers may have them.
Source: validateProbe, validateLifecycle, validateHandler.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from nbcore.checks.fault import Fault, Faults, RawPath
from nbcore.checks.semantics import values
from nbcore.checks.semantics.surroundings import Surroundings
from nbcore.finding import Fix
from nbcore.kubernetes import names
from nbcore.kubernetes.paths import Path

Handlers = Mapping[str, Callable[[Any, RawPath, Surroundings], Faults]]

SCHEMES: Final = ("HTTP", "HTTPS")
_HEADER_NAME: Final = re.compile("[-A-Za-z0-9]+", re.ASCII)
_NUMBERS: Final = (
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
)


# ---- handlers ----


def handler_faults(holder: Mapping[str, Any], path: RawPath, around: Surroundings, known: Handlers) -> Faults:
    """What is wrong with the one handler that a probe or hook must have.

    Shape: of several handlers the first in the order of the table is looked into, the others are refused.
    """
    given = [field for field in known if field in holder]
    for field in given[1:]:
        message = f"{path[-1]} has more than one handler: {', '.join(given)}"
        yield Fault("NB446", (*path, field), message, "Keep one of them.", ((*path, given[0]),))
    if given:
        yield from known[given[0]](holder[given[0]], (*path, given[0]), around)
    else:
        yield Fault("NB446", path, f"{path[-1]} has no handler", f"Add one of: {', '.join(known)}.")


def _exec(action: Mapping[str, Any], path: RawPath, around: Surroundings) -> Faults:
    return values.required("NB447", (*path, "command"), "the command", action.get("command"))


def _http_get(action: Mapping[str, Any], path: RawPath, around: Surroundings) -> Faults:
    yield from _port(action, path, around)
    yield from values.one_of("NB433", (*path, "scheme"), "the scheme", action.get("scheme") or None, SCHEMES)
    for index, header in values.elements(action, "httpHeaders"):
        name = header.get("name") or ""
        if _HEADER_NAME.fullmatch(name) is None:
            at = (*path, "httpHeaders", index, "name")
            message = f"the name of the header {values.shown(name)} is not valid"
            yield Fault("NB447", at, message, "Use letters, digits and '-'.")


def _port(action: Mapping[str, Any], path: RawPath, around: Surroundings) -> Faults:
    """The fault of a port by number or name; one that is absent is not valid either."""
    port, at = action.get("port", 0), (*path, "port")
    problem = names.problem_with_port_name if isinstance(port, str) else names.problem_with_port_number
    if port == 0:
        yield from values.required("NB447", at, "the port", None)
    elif problem(port):
        message = f"the port {values.shown(port)} {problem(port)}"
        yield Fault("NB447", at, message, values.REMEDIES[problem], fix=_unquoted(port, at))


def _unquoted(port: int | str, path: RawPath) -> Fix | None:
    """The edit for a number that was written as a text."""
    if not (isinstance(port, str) and port.isascii() and port.isdecimal() and len(port) <= 5):
        return None
    return None if names.problem_with_port_number(int(port)) else Fix("replace", Path(path), int(port))


def _sleep(action: Mapping[str, Any], path: RawPath, around: Surroundings) -> Faults:
    seconds = action.get("seconds", 0)
    if not 0 <= seconds <= around.grace_period:
        period = around.grace_period
        message = f"the hook sleeps {seconds} s, the pod has {period} s to end"
        remedy = f"Sleep 0 to {period} s, or raise terminationGracePeriodSeconds."
        yield Fault("NB449", path, message, remedy, (("spec", "terminationGracePeriodSeconds"),))


_PROBE_HANDLERS: Final[Handlers] = {"exec": _exec, "httpGet": _http_get, "tcpSocket": _port, "grpc": _port}
_HOOK_HANDLERS: Final[Handlers] = {"exec": _exec, "httpGet": _http_get, "tcpSocket": _port, "sleep": _sleep}


# ---- hooks and probes ----


def lifecycle_faults(lifecycle: Mapping[str, Any], path: RawPath, around: Surroundings) -> Faults:
    """What is wrong with the hooks of a container."""
    for hook in ("postStart", "preStop"):
        if hook in lifecycle:
            yield from handler_faults(lifecycle[hook], (*path, hook), around, _HOOK_HANDLERS)


def probe_faults(probe: Mapping[str, Any], path: RawPath, around: Surroundings) -> Faults:
    """What is wrong with a liveness, readiness or startup probe.

    Shape: ``path`` ends with the probe's kind. A number of 0 counts as absent.
    """
    yield from handler_faults(probe, path, around, _PROBE_HANDLERS)
    for field in _NUMBERS:
        if probe.get(field, 0) < 0:
            yield from values.in_range("NB448", (*path, field), field, probe[field], 0)
    readiness = path[-1] == "readinessProbe"
    threshold = probe.get("successThreshold") or 1
    if threshold > 1 and not readiness:
        message = f"successThreshold is {threshold}, a {path[-1]} succeeds at once"
        at = (*path, "successThreshold")
        fix = Fix("replace", Path(at), 1, safe=False)
        yield Fault("NB448", at, message, "Set it to 1, or leave it out.", fix=fix)
    if "terminationGracePeriodSeconds" in probe:
        yield from _grace_period_faults(probe["terminationGracePeriodSeconds"], path, readiness)


def _grace_period_faults(period: int, path: RawPath, readiness: bool) -> Faults:
    at = (*path, "terminationGracePeriodSeconds")
    if readiness:
        message = "a readinessProbe does not end the container, so it has no terminationGracePeriodSeconds"
        yield Fault("NB448", at, message, "Remove it.", fix=Fix("remove", Path(at), safe=False))
    else:
        yield from values.in_range("NB448", at, "terminationGracePeriodSeconds", period, 1)
