"""Ownership: who may create, change, delete and enter an object, judged on the object as it was.

No other object is looked up, so that nothing that its people need can hang on anything that is broken elsewhere.
Refuses to know what is in a spec, beyond whether it is the same, and how a pod leads to its notebook.

Laws: test_no_stranger_reaches_an_object, test_whoever_is_no_owner_is_a_stranger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from nbcore.admission.identity import User, is_admin, is_cleaner, is_name, is_trusted_creator, label_of
from nbcore.admission.lookups import part
from nbcore.admission.request import Request
from nbcore.finding import Finding, Source, finding
from nbcore.kubernetes.elements import fingerprint, same
from nbcore.resolve.notebook_layers import OWNER_ANNOTATION
from nbcore.settings import Settings

Role = Literal["admin", "owner", "cleaner", "stranger"]
OWNER_LABEL: Final = OWNER_ANNOTATION
_ANNOTATION: Final = ("metadata", "annotations", OWNER_ANNOTATION)
_LABEL: Final = ("metadata", "labels", OWNER_LABEL)
_STOPS: Final = ("stopped", "paused")
_STOPPED_ANNOTATION: Final = "kubeflow-resource-stopped"
"""By which notebooks of the first Kubeflow are stopped."""


def metadata(value: Any) -> dict[str, Any]:
    """The metadata of an object; empty where it has none."""
    return part(value, "metadata")


def owner_of(value: Any) -> str | None:
    """The owner that an object names, None for one that has none."""
    owner = part(metadata(value), "annotations").get(OWNER_ANNOTATION)
    return owner if is_name(owner) else None


def role_of(user: User, owner: str | None, settings: Settings) -> Role:
    """What somebody is to an object with that owner."""
    if is_admin(user, settings):
        return "admin"
    if owner is not None and user.name == owner and not user.is_nobody:
        return "owner"
    return "cleaner" if is_cleaner(user, settings) else "stranger"


# ---- create ----


def of_creation(request: Request, settings: Settings) -> Iterator[Finding]:
    """What ownership has against an object that is created, as it is to be stored."""
    user, owner = request.user, owner_of(request.object)
    if user.is_nobody:
        yield nobody(request)
        return
    trusted = is_trusted_creator(user, settings)
    if owner is None or (owner != user.name and not trusted):
        yield _about(
            request,
            "NB703",
            _ANNOTATION,
            "the owner is not who creates the object",
            "Leave the mark of the owner out.",
        )
    else:
        yield from _label(request, owner)
    if not (trusted or is_admin(user, settings) or is_cleaner(user, settings)):
        yield from _set_by_hand(request, {})


def nobody(request: Request) -> Finding:
    """That somebody without a name creates something."""
    return _about(
        request,
        "NB707",
        ("metadata",),
        "somebody without a name cannot own anything",
        "Log in, and create it under your own name.",
    )


def _label(request: Request, owner: str) -> Iterator[Finding]:
    if part(metadata(request.object), "labels").get(OWNER_LABEL) != label_of(owner):
        message = "the label of the owner does not stand for the owner"
        yield _about(request, "NB703", _LABEL, message, "Leave the label out.")


# ---- update and delete ----


def of_update(request: Request, settings: Settings) -> Iterator[Finding]:
    """What ownership has against an update: of the object itself, or of its status."""
    if is_nothing(request.old, request.object):
        return
    owner = owner_of(request.old)
    role = role_of(request.user, owner, settings)
    if role == "stranger":
        yield _not_yours(request, owner)
    elif role == "admin":
        yield from _transfer(request, owner)
    else:
        yield from _kept(request, owner)
        if role == "cleaner":
            yield from _cleaning(request)
        else:
            yield from _set_by_hand(request, metadata(request.old))


def of_deletion(request: Request, settings: Settings) -> Iterator[Finding]:
    """What ownership has against a deletion, or against entering the object's pod."""
    owner = owner_of(request.old)
    if role_of(request.user, owner, settings) == "stranger":
        yield _not_yours(request, owner)


def _not_yours(request: Request, owner: str | None) -> Finding:
    what = f"the {request.kind.kind} {request.name[:64]}".rstrip()
    if owner is None:
        message, remedy = f"{what} has no owner", "Ask an admin to name one."
        return _about(request, "NB705", ("metadata", "annotations"), message, remedy)
    remedy = "Ask its owner or an admin, or make one of your own."
    return _about(request, "NB704", ("metadata", "annotations"), f"{what} belongs to somebody else", remedy)


def _transfer(request: Request, owner: str | None) -> Iterator[Finding]:
    """What is wrong with the marks that an admin leaves."""
    given = part(metadata(request.object), "annotations").get(OWNER_ANNOTATION)
    if owner is not None and not is_name(given):
        message = "an owner cannot be taken away, only replaced"
        yield _about(request, "NB706", _ANNOTATION, message, "Name the new owner.")
    elif given is not None and not is_name(given):
        yield _about(request, "NB706", _ANNOTATION, "nobody can be this owner", "Name a user.")
    elif given is not None and given != owner:
        yield from _label(request, given)
    else:
        yield from _same_label(request, owner)


def _kept(request: Request, owner: str | None) -> Iterator[Finding]:
    """What is wrong where somebody other than an admin changes the marks of the owner."""
    old, new = (
        part(metadata(one), "annotations").get(OWNER_ANNOTATION) for one in (request.old, request.object)
    )
    if not same(old, new):
        message = "only an admin may change the owner"
        yield _about(request, "NB706", _ANNOTATION, message, "Leave the owner as it is, or ask an admin.")
    else:
        yield from _same_label(request, owner)


def _same_label(request: Request, owner: str | None) -> Iterator[Finding]:
    old, new = (part(metadata(one), "labels").get(OWNER_LABEL) for one in (request.old, request.object))
    if not same(old, new) and not (owner is not None and new == label_of(owner)):
        message = "the label of the owner does not stand for the owner"
        yield _about(request, "NB706", _LABEL, message, "Leave the label as it is.")


def _set_by_hand(request: Request, old: Mapping[str, Any]) -> Iterator[Finding]:
    """The owner references and finalizers that are new: both let other objects decide over this one."""
    new = metadata(request.object)
    for field, code, message, remedy in _BY_HAND:
        before, after = old.get(field), new.get(field)
        known = set(map(fingerprint, before if isinstance(before, list) else ()))
        for at, one in enumerate(after if isinstance(after, list) else ()):
            if fingerprint(one) not in known:
                yield _about(request, code, ("metadata", field, at), message, remedy)


_BY_HAND: Final = (
    ("ownerReferences", "NB708", "owner references are set by controllers only", "Leave it out."),
    ("finalizers", "NB709", "finalizers are set by controllers only", "Leave it out."),
)


def _cleaning(request: Request) -> Iterator[Finding]:
    """What a cleaner changes beyond metadata, status and the stop."""
    if not (same_spec(request.old, request.object) or is_stop(request.old, request.object)):
        message = "this account may stop, finalize and delete, and change nothing else"
        yield _about(request, "NB715", ("spec",), message, "Make it an admin in the settings if it has to.")


def _about(request: Request, code: str, path: tuple[str | int, ...], message: str, remedy: str) -> Finding:
    source = Source(request.kind.kind, request.namespace, request.name)
    return finding(code, path, message, remedy, source=source)


denial = _about
"""A finding about the object of a request."""


# ---- what an update is ----


def same_spec(old: Any, new: Any) -> bool:
    """Whether everything but metadata and status is the same."""
    return same(*(_without(one, "metadata", "status") for one in (old, new)))


def is_stop(old: Any, new: Any) -> bool:
    """Whether the only thing that an update changes beside metadata is that the notebook is stopped."""
    now, was = part(new, "spec"), part(old, "spec")
    for field in _STOPS:
        if now.get(field) is True and was.get(field) is not True:
            rest = ({**_map(one), "spec": _without(part(one, "spec"), field)} for one in (old, new))
            return same_spec(*rest)
    stops = [_STOPPED_ANNOTATION in part(metadata(one), "annotations") for one in (old, new)]
    return stops == [False, True] and same_spec(old, new)


def is_finalizing(old: Any, new: Any) -> bool:
    """Whether an update only takes finalizers from an object that is being deleted."""
    before, after = metadata(old), metadata(new)
    if before.get("deletionTimestamp") is None or not same_spec(old, new):
        return False
    was, now = _finalizers(before), _finalizers(after)
    known = set(map(fingerprint, was))
    fewer = len(now) < len(was) and all(fingerprint(one) in known for one in now)
    return fewer and same(*(_settled(one, "finalizers", "managedFields") for one in (before, after)))


def _finalizers(given: Mapping[str, Any]) -> list[Any]:
    finalizers = given.get("finalizers")
    return finalizers if isinstance(finalizers, list) else []


def is_nothing(old: Any, new: Any) -> bool:
    """Whether an update changes nothing at all; when it was last managed, and its version, are no change."""
    return same(*({**_map(one), "metadata": _settled(metadata(one))} for one in (old, new)))


def _settled(given: Mapping[str, Any], *fields: str) -> dict[str, Any]:
    """Metadata without what the server counts by itself."""
    kept = _without(given, "resourceVersion", "generation", *fields)
    managed = kept.get("managedFields")
    if isinstance(managed, list):
        kept["managedFields"] = [_without(one, "time") if isinstance(one, dict) else one for one in managed]
    return kept


def _without(given: Any, *fields: str) -> dict[str, Any]:
    return {key: value for key, value in _map(given).items() if key not in fields}


def _map(given: Any) -> dict[str, Any]:
    return given if isinstance(given, dict) else {}
