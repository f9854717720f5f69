"""Stamping: the object as a mutating hook wants it: marked with its owner, its defaults written out.

Refuses to know whether anybody may do what is asked: the validating hook judges that, whoever stamped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from nbcore.admission.identity import is_admin, is_name, is_trusted_creator, label_of
from nbcore.admission.lookups import part
from nbcore.admission.outcome import Outcome
from nbcore.admission.ownership import OWNER_LABEL, metadata, nobody, owner_of
from nbcore.admission.request import GroupKind, Request
from nbcore.resolve.notebook_layers import OWNER_ANNOTATION
from nbcore.settings import Settings

_DEFAULTS: Final[Mapping[tuple[str, str], Mapping[str, Any]]] = {
    ("jackhoman.dev", "Notebook"): {"stopped": False, "updatePolicy": "Auto"},
    ("kubeflow.org", "Workspace"): {"paused": False},
}
"""What the spec of a new notebook says where its author says nothing, by group and kind."""


def stamped(request: Request, settings: Settings) -> Outcome:
    """The object of a request, marked with its owner.

    Shape: at create the owner is who asks, unless a trusted creator names another one; an update keeps the owner
    that there was, except for an admin who names a new one.
    Laws: test_mutate_is_idempotent, test_unknown_fields_survive_admission.
    """
    if request.operation == "CREATE":
        if request.user.is_nobody:
            return Outcome((nobody(request),))
        return Outcome(
            object=_with_defaults(_marked(request.object, _creator(request, settings)), request.kind)
        )
    owner = _kept_owner(request, settings)
    return Outcome(object=_marked(request.object, owner)) if owner is not None else Outcome()


def _creator(request: Request, settings: Settings) -> str:
    named = owner_of(request.object)
    return named if named is not None and is_trusted_creator(request.user, settings) else request.user.name


def _kept_owner(request: Request, settings: Settings) -> str | None:
    """The owner that an update leaves; None where the marks are to be left to whoever judges them."""
    old = owner_of(request.old)
    given = part(metadata(request.object), "annotations").get(OWNER_ANNOTATION)
    if is_admin(request.user, settings) and is_name(given):
        return str(given)
    return old if given is None or given == old else None


def _marked(value: Any, owner: str) -> Any:
    if not isinstance(value, dict):
        return value
    given = metadata(value)
    marks = (("annotations", OWNER_ANNOTATION, owner), ("labels", OWNER_LABEL, label_of(owner)))
    fields = {field: {**part(given, field), key: text} for field, key, text in marks}
    return {**value, "metadata": {**given, **fields}}


def _with_defaults(value: Any, kind: GroupKind) -> Any:
    spec = value.get("spec") if isinstance(value, dict) else None
    if not isinstance(spec, dict):
        return value
    defaults = _DEFAULTS.get((kind.group, kind.kind), {})
    return {**value, "spec": {**spec, **{key: one for key, one in defaults.items() if spec.get(key) is None}}}
