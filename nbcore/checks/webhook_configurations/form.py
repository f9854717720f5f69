"""Form: what the API server itself refuses of a webhook configuration.

Refuses to know what is wise.

Source: kubernetes pkg/apis/admissionregistration/validation; apiserver pkg/util/webhook: ValidateWebhookURL.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from nbcore.checks.fault import Fault, Faults, RawPath
from nbcore.checks.webhook_configurations.hook import Hook, is_whole, maps, texts
from nbcore.kubernetes.names import (
    closest,
    problem_with_dns1035_label,
    problem_with_dns_subdomain,
    problem_with_label_key,
    problem_with_port_number,
)
from nbcore.kubernetes.selector import Selector

KNOWN_REVIEWS: Final = ("v1", "v1beta1")
"""The versions of AdmissionReview that Kubernetes sends."""
_MOST_CONDITIONS: Final = 64
_SEGMENTS: Final = 3
_REST_OF_URL: Final = re.compile(
    r"(?:\[[0-9A-Fa-f:.]+\]|[^][\x00-\x20\x7f:/?#@%\\<>\"^`{|}]+)(?::[0-9]*)?"
    r"(?:/(?:[^\x00-\x1f\x7f%?#]|%[0-9A-Fa-f]{2})*)?",
    re.ASCII,
)
"""Host, port and path, as Go reads them."""


class _Type(NamedTuple):
    """A type of a field, in words and as a question."""

    words: str
    holds: Callable[[Any], bool]


def _list_of(kind: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(isinstance(one, kind) for one in value)


_TEXT: Final = _Type("a text", lambda value: isinstance(value, str))
_NUMBER: Final = _Type("a whole number", is_whole)
_MAP: Final = _Type("a map", lambda value: isinstance(value, dict))
_TEXTS: Final = _Type("a list of texts", _list_of(str))
_MAPS: Final = _Type("a list of maps", _list_of(dict))
_Fields = Mapping[str, _Type]

_CONFIGURATION: Final[_Fields] = {"apiVersion": _TEXT, "kind": _TEXT, "metadata": _MAP, "webhooks": _MAPS}
_HOOK: Final[_Fields] = {
    "admissionReviewVersions": _TEXTS,
    "clientConfig": _MAP,
    "failurePolicy": _TEXT,
    "matchConditions": _MAPS,
    "matchPolicy": _TEXT,
    "name": _TEXT,
    "namespaceSelector": _MAP,
    "objectSelector": _MAP,
    "rules": _MAPS,
    "sideEffects": _TEXT,
    "timeoutSeconds": _NUMBER,
}
_CLIENT: Final[_Fields] = {"caBundle": _TEXT, "service": _MAP, "url": _TEXT}
_SERVICE: Final[_Fields] = {"name": _TEXT, "namespace": _TEXT, "path": _TEXT, "port": _NUMBER}
_CONDITION: Final[_Fields] = {"expression": _TEXT, "name": _TEXT}
_RULE: Final[_Fields] = {
    "apiGroups": _TEXTS,
    "apiVersions": _TEXTS,
    "operations": _TEXTS,
    "resources": _TEXTS,
    "scope": _TEXT,
}
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "failurePolicy": ("Fail", "Ignore"),
    "matchPolicy": ("Exact", "Equivalent"),
    "reinvocationPolicy": ("Never", "IfNeeded"),
    "scope": ("Cluster", "Namespaced", "*"),
    "operations": ("CREATE", "UPDATE", "DELETE", "CONNECT", "*"),
    "sideEffects": ("None", "NoneOnDryRun"),
}


# ---- types and names of fields ----


def types(value: Mapping[str, Any], hooks: Sequence[Hook]) -> Faults:
    """Fields that do not exist, and values of the wrong type."""
    yield from _typed(value, (), _CONFIGURATION)
    for hook in hooks:
        fields = {**_HOOK, "reinvocationPolicy": _TEXT} if hook.mutates else _HOOK
        yield from _typed(hook.value, hook.at, fields)
        client = hook.map("clientConfig")
        yield from _typed(client, (*hook.at, "clientConfig"), _CLIENT)
        yield from _typed(hook.service or {}, (*hook.at, "clientConfig", "service"), _SERVICE)
        for field, inner in (("rules", _RULE), ("matchConditions", _CONDITION)):
            for at, one in maps(hook.value.get(field)):
                yield from _typed(one, (*hook.at, field, at), inner)


def _typed(value: Mapping[str, Any], at: RawPath, fields: _Fields) -> Faults:
    for field, one in value.items():
        if field not in fields:
            near = closest(str(field)[:64], fields)
            remedy = f"Did you mean {near}?" if near else "Remove it."
            yield Fault("NB105", (*at, field), f"there is no field {str(field)[:64]} here", remedy)
        elif one is not None and not fields[field].holds(one):
            words = fields[field].words
            yield Fault("NB106", (*at, field), f"{field} must be {words}", f"Write {words}.")


# ---- single fields of a webhook ----


def names(hooks: Sequence[Hook]) -> Faults:
    """Names that are not fully qualified, and those that stand twice."""
    count: Counter[str] = Counter()
    for hook in hooks:
        name = hook.text("name")
        count[name] += 1
        if problem_with_dns_subdomain(name) or name.count(".") < _SEGMENTS - 1:
            message = "the name needs at least three segments with dots between them"
            yield hook.fault("NB801", ("name",), message, "Name it like pods.validate.example.com.")
        elif count[name] == 2:
            yield hook.fault(
                "NB802", ("name",), "the name stands twice", "Give each webhook a name of its own."
            )


def promises(hook: Hook) -> Faults:
    """What every webhook has to say of itself: versions and side effects."""
    given = hook.value.get("admissionReviewVersions")
    versions = texts(given)
    if not set(versions) & set(KNOWN_REVIEWS):
        message = "Kubernetes sends v1 and v1beta1, and admissionReviewVersions names neither"
        yield hook.fault(
            "NB803", ("admissionReviewVersions",), message, "Write admissionReviewVersions: [v1]."
        )
    if hook.text("sideEffects") not in _CHOICES["sideEffects"]:
        message = "sideEffects must be None or NoneOnDryRun"
        yield hook.fault(
            "NB804", ("sideEffects",), message, "Change nothing outside, and write sideEffects: None."
        )
    seen: set[str] = set()
    for at, one in enumerate(versions):
        if problem_with_dns1035_label(one) or one in seen:
            message = "a version is no lower-case word, or stands twice"
            path = ("admissionReviewVersions", at)
            yield hook.fault("NB810", path, message, "Write admissionReviewVersions: [v1].")
            return
        seen.add(one)


def values(hook: Hook) -> Faults:
    """Values out of a closed set or range, and selectors."""
    for field in ("failurePolicy", "matchPolicy", "reinvocationPolicy"):
        if field in hook.value and (field != "reinvocationPolicy" or hook.mutates):
            yield from _chosen(hook, (field,), hook.value[field], field)
    timeout = hook.value.get("timeoutSeconds")
    if is_whole(timeout) and not 1 <= timeout <= 30:
        message = "timeoutSeconds must be 1 to 30"
        yield hook.fault("NB810", ("timeoutSeconds",), message, "Write timeoutSeconds: 5.")
    for field in ("namespaceSelector", "objectSelector"):
        _, problems = Selector.parse(hook.value.get(field))
        for place, reason in problems[:1]:
            message = f"{field} is not valid: {reason}"
            yield hook.fault("NB810", (field, *place), message, "Write a label selector.")
    for rule, (at, value) in zip(hook.rules, maps(hook.value.get("rules")), strict=True):
        yield from _rule(hook, ("rules", at), value, rule.resources)


def _chosen(hook: Hook, path: RawPath, value: Any, field: str) -> Faults:
    choices = _CHOICES[field]
    if isinstance(value, str) and value not in choices:
        words = f"{', '.join(choices[:-1])} or {choices[-1]}"
        yield hook.fault("NB810", path, f"{field} must be {words}", f"Write {words}.")


def _rule(hook: Hook, at: RawPath, value: Mapping[str, Any], resources: frozenset[str]) -> Faults:
    for field in ("apiGroups", "apiVersions", "operations", "resources"):
        found = texts(value.get(field))
        reason = _listed(field, found, resources)
        if reason:
            yield hook.fault("NB810", (*at, field), reason, f"Name the {field} that are to be sent.")
    for number, one in enumerate(texts(value.get("operations"))):
        yield from _chosen(hook, (*at, "operations", number), one, "operations")
    if value.get("scope") is not None:
        yield from _chosen(hook, (*at, "scope"), value["scope"], "scope")


def _listed(field: str, found: Sequence[str], resources: frozenset[str]) -> str:
    """What is wrong with one of the lists of a rule."""
    if not found:
        return f"{field} is empty"
    if field != "apiGroups" and "" in found:
        return f"{field} holds an empty text"
    if field != "resources":
        return f"{field} holds * and more beside it" if "*" in found and len(found) > 1 else ""
    return _overlap(found, resources)


def _overlap(found: Sequence[str], resources: frozenset[str]) -> str:
    """Why the API server refuses resources, of which one stands for others; as it reads them, one by one."""
    whole: set[str] = set()
    subs: set[str] = set()
    last_is_plain = False
    for one in found:
        main, slash, sub = one.partition("/")
        if not slash:
            last_is_plain = one != "*"
            continue
        if main in whole or sub in subs:
            return "resources holds a wildcard and what it stands for"
        whole |= {main} if sub == "*" else set()
        subs |= {sub} if main == "*" else set()
    if ("*/*" in resources and len(found) > 1) or ("*" in resources and last_is_plain):
        return "resources holds a wildcard and more beside it"
    return ""


# ---- where the webhook is ----


def places(hook: Hook) -> Faults:
    """What is wrong with the place at which the webhook is called."""
    client = hook.map("clientConfig")
    for path, message in _place_problems(client, hook.service):
        remedy = "Name a service with name, namespace, path and port, or a url that starts with https://."
        yield hook.fault("NB825", ("clientConfig", *path), message, remedy)


def _place_problems(
    client: Mapping[str, Any], service: Mapping[str, Any] | None
) -> Iterator[tuple[RawPath, str]]:
    url = client.get("url")
    if (url is None) == (client.get("service") is None):
        yield (), "clientConfig needs a service or a url, and not both"
    elif isinstance(url, str):
        yield from ((("url",), one) for one in _url_problems(url))
    elif service is not None:
        yield from _service_problems(service)


def _url_problems(url: str) -> Iterator[str]:
    scheme, _, rest = url.partition("://")
    authority = rest.partition("/")[0]
    if scheme.lower() != "https":
        yield "the url must start with https://"
    elif "@" in authority:
        yield "the url may hold no user"
    elif "?" in rest or "#" in rest:
        yield "the url may hold no query and no fragment"
    elif not _REST_OF_URL.fullmatch(rest):
        yield "the url cannot be read, or names no host"


def _service_problems(service: Mapping[str, Any]) -> Iterator[tuple[RawPath, str]]:
    for field in ("name", "namespace"):
        if not service.get(field):
            yield ("service", field), f"the service has no {field}"
    port = service.get("port")
    if is_whole(port) and problem_with_port_number(port):
        yield ("service", "port"), "the port must be 1 to 65535"
    path = service.get("path")
    if isinstance(path, str) and (problem := _path_problem(path)):
        yield ("service", "path"), f"the path {problem}"


def _path_problem(path: str) -> str:
    """Why the API server refuses the path of a service; a dot may stand in it."""
    if path in ("", "/"):
        return ""
    if not path.startswith("/"):
        return "must start with /"
    segments = path[1:].removesuffix("/").split("/")
    if any(not one or problem_with_dns_subdomain(one) for one in segments):
        return "must be lower-case words with / between them"
    return ""


# ---- match conditions ----


def conditions(hook: Hook) -> Faults:
    """What the API server refuses of match conditions before it compiles them."""
    given = hook.value.get("matchConditions")
    found = list(maps(given))
    if len(found) > _MOST_CONDITIONS:
        message = f"there are {len(found)} match conditions, and {_MOST_CONDITIONS} are allowed"
        yield hook.fault("NB826", ("matchConditions",), message, "Join some of them by &&.")
        return
    seen: set[str] = set()
    for at, one in found:
        reason = _condition_problem(one, seen)
        if reason:
            remedy = "Give each condition a name of its own, and a CEL expression."
            yield hook.fault("NB826", ("matchConditions", at), reason, remedy)


def _condition_problem(one: Mapping[str, Any], seen: set[str]) -> str:
    name, expression = one.get("name"), one.get("expression")
    if not isinstance(name, str) or problem_with_label_key(name):
        return "the match condition has no name, or none that is a qualified name"
    if name in seen:
        return f"two match conditions are named {name[:64]}"
    seen.add(name)
    if not isinstance(expression, str) or not expression.strip():
        return "the match condition has no expression"
    return ""
