"""The request of an AdmissionReview: decoded once, strict about what is read and silent about the rest.

Refuses to know kinds, and what is decided.

Source: Kubernetes, admission/v1: AdmissionRequest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from nbcore.admission.identity import User

Phase = Literal["mutate", "validate"]
API_VERSION: Final = "admission.k8s.io/v1"
KIND: Final = "AdmissionReview"
_TEXT: Final = frozenset({str})


class Malformed(ValueError):
    """The envelope is not one that an API server sends; the text says why."""

    def __init__(self, message: str, uid: str = "") -> None:
        super().__init__(message)
        self.uid = uid


class GroupKind(NamedTuple):
    """A kind with its API group and version."""

    group: str
    version: str
    kind: str

    @property
    def api_version(self) -> str:
        """The apiVersion that an object of it has."""
        return f"{self.group}/{self.version}" if self.group else self.version


@dataclass(frozen=True, slots=True)
class Request:
    """What an API server asks about.

    Shape: ``kind`` and ``resource`` (whose third part is the plural) are those of the object as it was converted;
    ``object`` and ``old`` are plain JSON, None where there is none. ``name`` is also that of the old object,
    because `deletecollection` names none.
    """

    uid: str
    operation: str
    kind: GroupKind
    resource: GroupKind
    subresource: str
    namespace: str
    name: str
    user: User
    object: Any
    old: Any
    dry_run: bool = False

    @property
    def changes(self) -> bool:
        """Whether there is an object to be stored."""
        return self.operation in ("CREATE", "UPDATE")


def uid_of(review: Any) -> str:
    """The uid of a review of whatever form; ``""`` where there is none."""
    request = review.get("request") if isinstance(review, dict) else None
    uid = request.get("uid") if isinstance(request, dict) else None
    return uid if isinstance(uid, str) else ""


def parse(review: Any) -> Request:
    """The request of a review.

    Raises: Malformed where it is none of ``admission.k8s.io/v1``; it carries the uid, if there is one.
    """
    try:
        return _parsed(review)
    except Malformed as wrong:
        wrong.uid = uid_of(review)
        raise


def _parsed(review: Any) -> Request:
    if not isinstance(review, dict):
        raise Malformed("the review must be an object")
    if review.get("apiVersion") != API_VERSION or review.get("kind") != KIND:
        raise Malformed(f"the review must be an {KIND} of {API_VERSION}")
    request = review.get("request")
    if not isinstance(request, dict):
        raise Malformed("the review has no request")
    old = request.get("oldObject")
    kind, resource = _kind(request, "kind", "kind"), _kind(request, "resource", "resource")
    if not (kind.kind or resource.kind):
        raise Malformed("the request says neither a kind nor a resource")
    return Request(
        uid=_text(request, "uid"),
        operation=_text(request, "operation"),
        kind=kind,
        resource=resource,
        subresource=_text(request, "subResource"),
        namespace=_text(request, "namespace"),
        name=_text(request, "name") or name_of(request.get("object")) or name_of(old),
        user=_user(_map(request, "userInfo")),
        object=request.get("object"),
        old=old,
        dry_run=_flag(request, "dryRun"),
    )


def name_of(value: Any) -> str:
    """The name that an object says; ``""`` where it says none."""
    metadata = value.get("metadata") if isinstance(value, dict) else None
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) else ""


def _text(holder: dict[str, Any], field: str) -> str:
    value = holder.get(field, "")
    if value.__class__ is str:
        return value
    if value is None:
        return ""
    raise Malformed(f"{field} of the request must be a text")


def _map(holder: dict[str, Any], field: str) -> dict[str, Any]:
    value = holder.get(field)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Malformed(f"{field} of the request must be an object")
    return value


def _flag(holder: dict[str, Any], field: str) -> bool:
    value = holder.get(field)
    if value is not None and not isinstance(value, bool):
        raise Malformed(f"{field} of the request must be true or false")
    return bool(value)


def _kind(request: dict[str, Any], field: str, last: str) -> GroupKind:
    given = _map(request, field)
    return GroupKind(_text(given, "group"), _text(given, "version"), _text(given, last))


def _user(info: dict[str, Any]) -> User:
    groups = info.get("groups")
    if groups is not None and not (isinstance(groups, list) and {*map(type, groups)} <= _TEXT):
        raise Malformed("groups of the request must be a list of texts")
    name, uid = _text(info, "username"), _text(info, "uid")
    return User(name, frozenset(groups or ()), uid, _map(info, "extra"))
