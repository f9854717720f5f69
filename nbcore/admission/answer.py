"""The answer: outcomes told as an AdmissionReview that an API server understands and people can read.

The patch is made here, in one place, from the request's object and the one that the hooks want, unless a hook knows
it already. Refuses to know how
an outcome came about.

Source: Kubernetes, admission/v1: AdmissionResponse; the warning and audit limits of its API server.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from nbcore.admission.encoding import written
from nbcore.admission.outcome import Outcome
from nbcore.admission.request import API_VERSION, KIND, Phase, Request
from nbcore.change.patching import patch
from nbcore.finding import Finding

MAX_MESSAGE: Final = 1_024
"""Bytes of the message of a denial."""
MAX_CAUSES: Final = 50
MAX_WARNINGS: Final = 10
MAX_WARNING: Final = 240
"""Characters of one warning; the API server cuts at 256 when all hooks say much."""
MAX_ALL_WARNINGS: Final = 1_024
MAX_ANSWER: Final = 1 << 20
MAX_AUDIT: Final = 10 * 1_024
_IN_USE: Final = frozenset({"NB236"})
"""What cannot be deleted now and can be later; of an update that would be said to be a conflict with another one, and
kubectl tries again."""
_REASONS: Final[Mapping[int, str]] = {
    400: "BadRequest",
    403: "Forbidden",
    409: "Conflict",
    413: "RequestEntityTooLarge",
    422: "Invalid",
    429: "TooManyRequests",
    500: "InternalError",
}
_CAUSES: Final[Mapping[str, str]] = {
    "NB105": "FieldValueForbidden",
    "NB107": "FieldValueRequired",
    "NB202": "FieldValueRequired",
    "NB201": "FieldValueNotFound",
    "NB205": "FieldValueNotFound",
    "NB203": "FieldValueNotSupported",
    "NB204": "FieldValueNotSupported",
    "NB206": "FieldValueNotSupported",
    "NB210": "FieldValueDuplicate",
    "NB111": "FieldValueDuplicate",
}
_OF_FAMILIES: Final[Mapping[str, str]] = {"NB3": "FieldValueForbidden", "NB7": "FieldValueForbidden"}
_AUDIT_KEY: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?", re.ASCII)


class Refusal(NamedTuple):
    """A denial that no rule of a user's object stands behind: an HTTP code, and what is said."""

    code: int
    message: str


def refused(uid: str, refusal: Refusal) -> dict[str, Any]:
    """The answer that denies a request for a reason of its own, such as an envelope that cannot be read."""
    return _review(uid, False, status=_status(refusal.code, refusal.message))


def answer(request: Request, outcome: Outcome, phase: Phase) -> dict[str, Any]:
    """The answer to a request.

    Shape: a whole AdmissionReview; a patch only where the request is allowed, has an object, and a mutating hook
    asks. One that would be larger than a mebibyte denies.
    Laws: test_any_json_gives_a_well_formed_answer, test_a_patch_is_applicable_and_exact.
    """
    found = _found(request, outcome, phase)
    if _may_be_large(found["response"]) and len(json.dumps(found)) > MAX_ANSWER:
        return refused(request.uid, Refusal(413, "the answer would be larger than 1 MiB"))
    return found


def _may_be_large(response: Mapping[str, Any]) -> bool:
    """Whether it is worth to count the bytes: all but patches, causes and what is echoed has a limit of its own."""
    return "status" in response or len(response["uid"]) + len(response.get("patch", "")) > MAX_ANSWER // 4


def _found(request: Request, outcome: Outcome, phase: Phase) -> dict[str, Any]:
    errors = outcome.errors
    if errors:  # what the change would do is not told: it is not done
        told = {**_warnings(replace(outcome, warnings=())), **_audit(outcome)}
        return _review(request.uid, False, status=_denial(request, errors), **told)
    told = {**_warnings(outcome), **_audit(outcome)}
    if phase == "mutate" and request.changes and outcome.object is not None:
        operations = outcome.operations
        if operations is None:
            operations = patch(request.object, outcome.object, request.object, guard=False)
        if operations:
            text = outcome.written or written(operations)
            told = {"patchType": "JSONPatch", "patch": text, **told}
    return _review(request.uid, True, **told)


def _review(uid: str, allowed: bool, **more: Any) -> dict[str, Any]:
    response = {"uid": uid, "allowed": allowed, **more}
    return {"apiVersion": API_VERSION, "kind": KIND, "response": response}


# ---- denials ----


def _status(code: int, message: str, details: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "status": "Failure",
        "code": code,
        "reason": _REASONS[code],
        "message": _within(_one_line(message), MAX_MESSAGE),
        **({"details": details} if details else {}),
    }


def code_of(errors: Iterable[Finding]) -> int:
    """The HTTP code of a denial: who may not comes first, then what is in use, then what is wrong."""
    codes = [one.code for one in errors]
    if any(code.startswith("NB7") for code in codes):
        return 403
    return 409 if _IN_USE.issuperset(codes) else 422


def _denial(request: Request, errors: tuple[Finding, ...]) -> dict[str, Any]:
    details = {
        "group": request.kind.group,
        "kind": request.kind.kind,
        "name": request.name,
        "causes": [*(_cause(one, request) for one in errors[:MAX_CAUSES]), *_more_causes(len(errors))],
    }
    return _status(code_of(errors), _message([_sentence(one, request) for one in errors]), details)


def _cause(one: Finding, request: Request) -> dict[str, str]:
    about = _is_about(one, request)
    reason = _CAUSES.get(one.code) or _OF_FAMILIES.get(one.code[:3], "FieldValueInvalid")
    message = f"{one.code}: {one.message}.{f' {one.remedy}' if one.remedy else ''}"
    told = message if about else f"{one.source}: {message}"
    return {
        "reason": reason,
        "field": str(one.path) if about else "",
        "message": _within(_one_line(told), MAX_MESSAGE),
    }


def _more_causes(count: int) -> Iterator[dict[str, str]]:
    if count > MAX_CAUSES:
        yield {"reason": "FieldValueInvalid", "field": "", "message": f"and {count - MAX_CAUSES} more"}


def _is_about(one: Finding, request: Request) -> bool:
    return one.source.kind in ("", request.kind.kind) and one.source.name in ("", request.name)


def _sentence(one: Finding, request: Request) -> str:
    """A finding in one line: the code, the place, what is wrong and what to do."""
    where = one.path.keyed if _is_about(one, request) else f"{one.source} {one.path.keyed}".strip()
    head = f"{one.code} {where}: " if where else f"{one.code}: "
    return f"{head}{one.message}. {one.remedy}".strip()


def _message(sentences: list[str]) -> str:
    """As many of the sentences as there is room for, and how many more there are."""
    text, rest = sentences[0], sentences[1:]
    while rest:
        longer = f"{text}; {rest[0]}"
        if len(longer.encode("utf-8", "replace")) > MAX_MESSAGE - 24:
            return f"{_within(text, MAX_MESSAGE - 24)}; and {len(rest)} more"
        text, rest = longer, rest[1:]
    return text


def _one_line(text: str) -> str:
    """The text without control characters and whatever else is not printable."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else " " for char in text)


def _within(text: str, limit: int) -> str:
    """The text, cut to so many bytes of UTF-8."""
    data = text.encode("utf-8", "replace")
    return text if len(data) <= limit else f"{data[: limit - 3].decode('utf-8', 'ignore')}…"


# ---- warnings and audit annotations ----


def _warnings(outcome: Outcome) -> dict[str, list[str]]:
    if not outcome.warnings and not outcome.findings:
        return {}
    told = [*outcome.warnings, *map(_warning, (one for one in outcome.findings if one.severity == "warning"))]
    lines = filter(None, (_cut(_one_line(one).strip()) for one in told))
    found = list(_fitting(list(dict.fromkeys(lines))))
    return {"warnings": sorted(found)} if found else {}


def _warning(one: Finding) -> str:
    where = f" {one.path.keyed}" if one.path else ""
    short = f"{one.code}{where}: {one.message}"
    whole = f"{short}. {one.remedy}" if one.remedy else short
    return whole if len(whole) <= MAX_WARNING // 2 else short


def _cut(text: str) -> str:
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= MAX_WARNING else f"{text[: MAX_WARNING - 1]}…"


def _fitting(texts: list[str]) -> Iterator[str]:
    """The first of the texts, as many as may be told, and how many more there are."""
    room = MAX_ALL_WARNINGS - 24
    for at, text in enumerate(texts):
        left = len(texts) - at
        if len(text) > room or (at == MAX_WARNINGS - 1 and left > 1):
            yield f"and {left} more warnings" if left > 1 else "and another warning"
            return
        room -= len(text)
        yield text


def _audit(outcome: Outcome) -> dict[str, dict[str, str]]:
    codes = sorted({one.code for one in outcome.findings if one.severity == "error"})
    entries = {**outcome.audit, **({"denied-by": ",".join(codes)} if codes else {})}
    found = {
        key: _within(_one_line(value), MAX_AUDIT)
        for key, value in sorted(entries.items())
        if _AUDIT_KEY.fullmatch(key)
    }
    return {"auditAnnotations": found} if found else {}
