"""Calling: how the API server calls a webhook, how long it waits, and what it does without an answer.

Refuses to know which requests are sent.

Source: kubernetes docs, admission webhook good practices; apiserver, admission/plugin/webhook; RFC 7468.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from nbcore.checks.fault import Faults
from nbcore.checks.webhook_configurations.hook import Hook, texts

LONGEST_TIMEOUT: Final = 5
"""Units: seconds; more than that, and a webhook that hangs is felt by everybody."""
LONGEST_SUM: Final = 30
"""Units: seconds; the client gives up soon after."""
_INJECTED_BY: Final = (
    "cert-manager.io/inject-ca-from",
    "cert-manager.io/inject-ca-from-secret",
    "cert-manager.io/inject-apiserver-ca",
    "service.beta.openshift.io/inject-cabundle",
    "jackhoman.dev/inject-ca-from",
)
"""Annotations by which a controller is told to write the caBundle."""
_PEM: Final = re.compile(
    r"-----BEGIN CERTIFICATE-----\s([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----", re.ASCII
)
_SEQUENCE, _BITS = 0x30, 0x03
_PARTS: Final = (_SEQUENCE, _SEQUENCE, _BITS)
"""The tags of a certificate: what is signed, the algorithm, and the signature."""


def patience(hook: Hook) -> Faults:
    """Timeouts, and what happens when the webhook does not answer."""
    if hook.timeout > LONGEST_TIMEOUT:
        message = f"a request waits up to {hook.timeout} seconds for it"
        yield hook.fault(
            "NB807", ("timeoutSeconds",), message, f"Write timeoutSeconds: {LONGEST_TIMEOUT} or less."
        )
    if hook.value.get("failurePolicy") is None:
        message = "failurePolicy is not written, and Fail is what counts"
        remedy = "Write failurePolicy: Fail, or Ignore where nothing depends on its verdict."
        yield hook.fault("NB809", ("failurePolicy",), message, remedy)
    elif not hook.mutates and not hook.fails_closed:
        message = "failurePolicy is Ignore, so what it refuses is let through while it does not answer"
        remedy = "Write failurePolicy: Fail where its verdict has to hold."
        yield hook.fault("NB829", ("failurePolicy",), message, remedy)


def contract(hook: Hook) -> Faults:
    """Versions of the review and of the objects, side effects and reinvocation."""
    versions = texts(hook.value.get("admissionReviewVersions"))
    if "v1" not in versions and "v1beta1" in versions:
        message = "it takes AdmissionReview v1beta1 alone, in which a patch may lack its type"
        yield hook.fault(
            "NB806", ("admissionReviewVersions",), message, "Write admissionReviewVersions: [v1]."
        )
    if hook.text("sideEffects") == "NoneOnDryRun":
        message = "it changes things outside, which are not undone when the request is refused later"
        yield hook.fault(
            "NB805", ("sideEffects",), message, "Let a controller do it, and write sideEffects: None."
        )
    if hook.text("matchPolicy") == "Exact":
        message = "matchPolicy is Exact, so a request by another version of the API is not sent"
        yield hook.fault("NB818", ("matchPolicy",), message, "Write matchPolicy: Equivalent.")
    of_pods = any(one.covers("", "pods") and one.on("CREATE") for one in hook.rules)
    if hook.mutates and of_pods and hook.text("reinvocationPolicy") != "IfNeeded":
        message = "containers that a later webhook adds to a pod are not shown to it"
        remedy = "Make it idempotent, and write reinvocationPolicy: IfNeeded."
        yield hook.fault("NB819", ("reinvocationPolicy",), message, remedy)


def sums(hooks: Sequence[Hook]) -> Faults:
    """The timeouts of mutating webhooks, which are called one after another; resources count by their name."""
    seconds: Counter[str] = Counter()
    for hook in hooks:
        if not hook.mutates:
            continue
        for name in {one for rule in hook.rules for one in rule.resources}:
            seconds[name] += hook.timeout
    everything = sum(seconds.pop(one, 0) for one in ("*", "*/*"))
    name, most = max(seconds.items(), key=lambda one: (one[1], one[0]), default=("*", 0))
    if most + everything >= LONGEST_SUM and len(hooks) > 1:
        message = f"the webhooks for {name[:64]} may take {most + everything} seconds one after another"
        remedy = f"Shorten their timeouts to less than {LONGEST_SUM} seconds together."
        yield hooks[0].fault("NB808", (), message, remedy)


def trust(hook: Hook, annotations: Mapping[str, Any]) -> Faults:
    """Whether the API server can know the webhook by its certificate, and the Service by its port."""
    client = hook.map("clientConfig")
    bundle = client.get("caBundle")
    if isinstance(bundle, str) and bundle:
        if not is_bundle(bundle):
            message = "the caBundle is no base64 of certificates in PEM, so every call fails"
            yield hook.fault(
                "NB822", ("clientConfig", "caBundle"), message, "Write base64 of a PEM file of the CA."
            )
    elif hook.service is not None and not any(one in annotations for one in _INJECTED_BY):
        message = "no public authority signs for a Service, and there is no caBundle"
        remedy = "Write the caBundle, or annotate the configuration so that a controller does."
        yield hook.fault("NB823", ("clientConfig", "caBundle"), message, remedy)
    if hook.service is not None and hook.service.get("port") is None:
        message = "the port of the service is not written, and 443 is what counts"
        yield hook.fault("NB824", ("clientConfig", "service", "port"), message, "Write port: 443.")


def is_bundle(text: str) -> bool:
    """Whether a text is base64 of at least one certificate in PEM, and of no broken one.

    Source: RFC 7468, RFC 5280 section 4.1.
    """
    try:
        pem = b64decode("".join(text.split()), validate=True).decode("ascii", "replace")
        blocks = [b64decode("".join(one.split()), validate=True) for one in _PEM.findall(pem)]
    except (binascii.Error, ValueError):
        return False
    complete = pem.count("-----BEGIN CERTIFICATE-----") == len(blocks)
    return bool(blocks) and complete and all(map(_is_certificate, blocks))


def _is_certificate(der: bytes) -> bool:
    """Whether bytes have the frame of a certificate: one sequence of its three parts."""
    outer = _element(der, 0)
    if outer is None or outer[0] != _SEQUENCE or outer[2] != len(der):
        return False
    at, tags = outer[1], list[int]()
    while at < len(der) and len(tags) <= len(_PARTS):
        inner = _element(der, at)
        if inner is None:
            return False
        tags.append(inner[0])
        at = inner[2]
    return tuple(tags) == _PARTS


def _element(der: bytes, at: int) -> tuple[int, int, int] | None:
    """Tag, start and end of the content of a DER element, None where the bytes end too early."""
    if at + 2 > len(der):
        return None
    tag, length, start = der[at], der[at + 1], at + 2
    if length >= 0x80:
        size = length & 0x7F
        length, start = int.from_bytes(der[start : start + size], "big"), start + size
    end = start + length
    return (tag, start, end) if end <= len(der) else None
