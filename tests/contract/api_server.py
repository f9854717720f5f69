"""What an API server does with the answer of a webhook, in small, and stricter: what it would overlook is an error.

An answer becomes a verdict, or one of two failures: one of the call, which `failurePolicy: Ignore` lets pass, and one
that no policy forgives. Refuses to know what is in the objects, and any webhook.

Source: Kubernetes, apiserver: admission/plugin/webhook (request, errors, mutating, validating dispatchers),
admission/attributes.go, endpoints/filters/warning.go; apimachinery: NewWarningHeader, IsQualifiedName, metav1.Status.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from tests.contract.json_patches import DoesNotApply, applied

Json = Any
MOST_RUNES: Final = 4_096
"""Runes of warnings over all webhooks, after which each is cut to 256."""
CUT_RUNES: Final = 256
REASONS: Final[Mapping[int, frozenset[str]]] = {
    400: frozenset({"BadRequest"}),
    401: frozenset({"Unauthorized"}),
    403: frozenset({"Forbidden"}),
    404: frozenset({"NotFound"}),
    409: frozenset({"AlreadyExists", "Conflict"}),
    413: frozenset({"RequestEntityTooLarge"}),
    422: frozenset({"Invalid"}),
    429: frozenset({"TooManyRequests"}),
    500: frozenset({"InternalError"}),
    503: frozenset({"ServiceUnavailable"}),
    504: frozenset({"Timeout"}),
}
"""The reasons that fit to a code."""
CAUSES: Final = frozenset(
    f"FieldValue{word}"
    for word in ("NotFound", "Required", "Duplicate", "Invalid", "NotSupported", "Forbidden", "TooLong")
)
_REVIEW: Final = {"apiVersion", "kind", "response"}
_RESPONSE: Final[Mapping[str, type]] = {
    "uid": str,
    "allowed": bool,
    "status": dict,
    "patch": str,
    "patchType": str,
    "auditAnnotations": dict,
    "warnings": list,
}
_STATUS: Final[Mapping[str, type]] = {
    "status": str,
    "message": str,
    "reason": str,
    "code": int,
    "details": dict,
}
_DETAILS: Final[Mapping[str, type]] = {"group": str, "kind": str, "name": str, "uid": str, "causes": list}
_CAUSE: Final[Mapping[str, type]] = {"reason": str, "field": str, "message": str}
_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?", re.ASCII)


class CallFailure(Exception):
    """The answer is none; whether the request is let in is left to the failure policy."""


class InternalError(Exception):
    """The request fails with 500, whatever the failure policy says."""


class Verdict(NamedTuple):
    """What an answer comes to.

    Shape: ``object`` is what goes on to the next hook; ``status`` is what the client of a denied request sees.
    """

    allowed: bool
    object: Json
    operations: list[Json]
    status: dict[str, Json]
    warnings: tuple[str, ...]
    annotations: dict[str, str]


def verdict(asked: Json, body: bytes, *, mutating: bool, webhook: str = "hook.example.com") -> Verdict:
    """The verdict that an answer is to a review.

    Raises: CallFailure, InternalError.
    """
    response = verified(asked, body, mutating=mutating)
    told = response.get("warnings", [])
    annotations = {
        key: value
        for name, value in response.get("auditAnnotations", {}).items()
        if is_annotation_key(key := f"{webhook}/{name}")
    }
    given = asked["request"].get("object")
    if not response["allowed"]:
        return Verdict(False, given, [], denied(webhook, response.get("status")), headers(told), annotations)
    operations = _operations(response)
    found = _patched(asked["request"], operations)
    return Verdict(True, found, operations, {}, headers(told), annotations)


# ---- the answer itself ----


def verified(asked: Json, body: bytes, *, mutating: bool) -> dict[str, Json]:
    """The response in an answer.

    Raises: CallFailure.
    """
    try:
        review = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except ValueError as error:
        raise CallFailure(f"no JSON: {error}") from None
    _expect(isinstance(review, dict) and set(review) == _REVIEW, "the fields of the review")
    known = (review["apiVersion"], review["kind"]) == ("admission.k8s.io/v1", "AdmissionReview")
    _expect(known, "the kind of the review")
    response = review["response"]
    _typed(response, _RESPONSE, ("uid", "allowed"))
    _expect(response["uid"] == asked["request"]["uid"], "the uid")
    _expect(
        ("patch" in response) == ("patchType" in response), "a patch without its type, or the type without it"
    )
    _expect(mutating or "patch" not in response, "a patch of a validating webhook")
    _expect(response.get("patchType", "JSONPatch") == "JSONPatch", "the type of the patch")
    _expect(all(isinstance(one, str) for one in response.get("warnings", [])), "the warnings")
    annotations = response.get("auditAnnotations", {})
    _expect(all(isinstance(one, str) for one in annotations.values()), "the audit annotations")
    if "status" in response:
        _expect_status(response["status"])
    return dict(response)


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


def _expect(holds: bool, what: str) -> None:
    if not holds:
        raise CallFailure(what)


def _typed(value: Json, fields: Mapping[str, type], needed: Iterable[str] = ()) -> None:
    """Refuses an object with a field that is not known, or of another type; types are exact: 1 is not true."""
    _expect(type(value) is dict, "an object")
    for key, one in value.items():
        _expect(key in fields and type(one) is fields[key], f"the field {key}")
    _expect(set(needed) <= set(value), "a field is missing")


def _expect_status(status: Json) -> None:
    _typed(status, _STATUS)
    details = status.get("details", {})
    _typed(details, _DETAILS)
    for one in details.get("causes", []):
        _typed(one, _CAUSE)


# ---- patches ----


def _operations(response: Mapping[str, Json]) -> list[Json]:
    if "patch" not in response:
        return []
    try:
        operations = json.loads(base64.b64decode(response["patch"], validate=True).decode("utf-8"))
    except (binascii.Error, ValueError) as error:
        raise CallFailure(f"the patch: {error}") from None
    _expect(isinstance(operations, list) and all(isinstance(one, dict) for one in operations), "the patch")
    return list(operations)


def _patched(request: Mapping[str, Json], operations: list[Json]) -> Json:
    given = request.get("object")
    if not operations:
        return given
    if request.get("operation") not in ("CREATE", "UPDATE") or given is None:
        raise InternalError("attempted to modify a nil object")
    try:
        return applied(given, operations, strict=False)
    except DoesNotApply as error:
        raise InternalError(str(error)) from None


# ---- denials ----


def denied(webhook: str, status: Mapping[str, Json] | None) -> dict[str, Json]:
    """The status that the client of a denied request sees."""
    found = dict(status or {"status": "Failure"})
    found["code"] = max(found.get("code", 0), 400)
    if found.get("status", "") in ("", "Success"):
        found["status"] = "Failure"
    head = f'admission webhook "{webhook}" denied the request'
    said = found.get("message") or found.get("reason")
    found["message"] = f"{head}: {said}" if said else f"{head} without explanation"
    return found


# ---- warnings ----


def headers(warnings: Iterable[str]) -> tuple[str, ...]:
    """The warnings that reach a client, as they do."""
    texts = [one for one in dict.fromkeys(warnings) if one]
    told = [one for one in texts if _is_told(one)]
    if sum(map(len, told)) <= MOST_RUNES:
        return tuple(told)
    written, found = 0, []
    for one in told:
        if written >= MOST_RUNES:
            break
        found.append(one[:CUT_RUNES])
        written += len(found[-1])
    return tuple(found)


def _is_told(text: str) -> bool:
    """Whether a text can be in a header: half of a surrogate pair is no UTF-8."""
    return not any(unicodedata.category(char) in ("Cc", "Cs") for char in text)


# ---- audit annotations ----


def is_annotation_key(key: str) -> bool:
    """Whether an audit annotation of that name is kept."""
    prefix, slash, name = key.partition("/")
    labels = prefix.split(".")
    is_prefix = len(prefix) <= 253 and all(_LABEL.fullmatch(one) for one in labels)
    return bool(slash) and is_prefix and _NAME.fullmatch(name) is not None
