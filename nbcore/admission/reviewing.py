"""Reviews: an AdmissionReview in, a complete one out, through the hook that a table names.

Nothing here raises: whatever a hook does not expect denies, as a wrong answer would let things in. Refuses to know
transports, deadlines and where the catalog comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from nbcore.admission import connecting, kinds, notebooks
from nbcore.admission.answer import Refusal, answer, refused
from nbcore.admission.connecting import OWNED
from nbcore.admission.hook import Hook
from nbcore.admission.identity import is_admin
from nbcore.admission.lookups import CORE, Lookups, Need, part
from nbcore.admission.outcome import NOTHING, Outcome
from nbcore.admission.ownership import denial
from nbcore.admission.pods import mutate_pod
from nbcore.admission.request import GroupKind, Malformed, Phase, Request, parse, uid_of
from nbcore.admission.securing import secured
from nbcore.admission.stamping import stamped
from nbcore.catalog import Catalog
from nbcore.settings import Settings

_PHASES: Final = ("mutate", "validate")
_OPERATIONS: Final = ("CREATE", "UPDATE", "DELETE")
_KINDS: Final = frozenset(
    {
        ("jackhoman.dev", "Template"),
        ("jackhoman.dev", "PodDefault"),
        ("jackhoman.dev", "Revision"),
        ("kubeflow.org", "WorkspaceKind"),
        ("kubeflow.org", "PodDefault"),
    }
)
_PLURALS: Final[Mapping[tuple[str, str], str]] = {
    (group, f"{kind.lower()}s"): kind for group, kind in (*OWNED, *_KINDS)
}
"""The kind of each resource that is ours, by group and plural."""
_POD: Final = GroupKind("", CORE, "Pod")
_ENTERED: Final = frozenset({"exec", "attach", "portforward"})
_UNJUDGED: Final = frozenset({"binding", "eviction", "log", "proxy", "status"})
"""Subresources of pods that change nothing of what anybody here promises."""


class _Refused(Exception):
    """A request that is answered without any hook."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.refusal = Refusal(code, message)


def review(
    review: Any, catalog: Catalog, settings: Settings | None = None, *, phase: Phase
) -> dict[str, Any]:
    """The answer to an AdmissionReview, as a complete AdmissionReview.

    Shape: plain JSON of ``admission.k8s.io/v1`` in and out. Never raises: an envelope that cannot be read is denied
    with code 400, and whatever goes wrong inside with code 500. Kinds that are none of ours are allowed untouched.
    Laws: test_any_json_gives_a_well_formed_answer, test_answers_do_not_depend_on_the_order_of_keys,
    test_mutate_is_idempotent, test_stop_and_delete_are_admitted_whatever_the_catalog_holds,
    test_no_stranger_reaches_an_object.
    """
    try:
        if phase not in _PHASES:
            return refused(uid_of(review), Refusal(400, "the phase must be mutate or validate"))
        request = parse(review)
        outcome = _outcome(request, catalog, settings or Settings(), phase)
        return answer(request, outcome, phase)
    except Malformed as wrong:
        return refused(wrong.uid, Refusal(400, str(wrong)))
    except _Refused as known:
        return refused(uid_of(review), known.refusal)
    except Exception as error:  # a security decision that fails is a denial
        return refused(uid_of(review), Refusal(500, f"internal error: {type(error).__name__}"))


def needs(review: Any, catalog: Catalog) -> tuple[Need, ...]:
    """The objects that a review depends on and the catalog does not hold, for whoever can fetch them.

    Shape: to be asked again with a catalog that has them: one leads to the next. Empty for an envelope that cannot be
    read; never raises.
    """
    if _is_new_pod(review):
        return ()
    try:
        request = parse(review)
        lookups = Lookups(catalog, request.namespace)
        _look_up(request, lookups)
    except Exception:  # the review itself says what is wrong
        return ()
    return tuple(lookups.missing)


def _is_new_pod(review: Any) -> bool:
    """Whether a review is about a new pod, of which there are many and which need nothing, at a glance."""
    request = part(review, "request")
    resource = part(request, "resource")
    return (
        request.get("operation") == "CREATE"
        and resource.get("resource") == "pods"
        and not resource.get("group")
        and not request.get("subResource")
    )


def _look_up(request: Request, lookups: Lookups) -> None:
    kind = _ours(request)
    if kind in OWNED and not request.subresource:
        notebooks.look_up(request, lookups)
    elif _is_pod(request):
        if request.subresource in _ENTERED:
            connecting.of_pod_named(request.name, lookups)
        elif request.operation == "UPDATE" and request.subresource not in _UNJUDGED:
            if request.subresource or connecting.is_moved(request):
                connecting.of_pod(request.old, lookups)
            lookups.namespace_labels()


# ---- which hook ----


def _outcome(request: Request, catalog: Catalog, settings: Settings, phase: Phase) -> Outcome:
    hook = Hook(request, Lookups(catalog, request.namespace), settings)
    key = _ours(request)
    if key is not None:
        if request.subresource not in ("", "status"):
            return _unknown_subresource(hook)
        _expect_form(request, GroupKind(key[0], request.kind.version, key[1]))
        if phase == "validate":
            hook = replace(hook, request=_placed(request))
        return _HOOKS[phase, "notebook" if key in OWNED else "kind"](hook)
    return _HOOKS[phase, "pod"](hook) if _is_pod(request) else NOTHING


def _ours(request: Request) -> tuple[str, str] | None:
    """Group and kind of the object that a request is about, None where it is none of ours.

    Shape: by the resource, as subresources have kinds of their own; by the kind where the resource is not told.
    """
    by_resource = _PLURALS.get((request.resource.group, request.resource.kind))
    if by_resource is not None:
        return request.resource.group, by_resource
    by_kind = (request.kind.group, request.kind.kind)
    return by_kind if by_kind in OWNED or by_kind in _KINDS else None


def _is_pod(request: Request) -> bool:
    return (request.resource.group, request.resource.kind) == ("", "pods") or (
        request.resource.kind == "" and request.kind[::2] == ("", "Pod")
    )


def _expect_form(request: Request, kind: GroupKind) -> None:
    """Refuses what no API server sends: an operation without its objects, or with those of another kind or place."""
    if request.operation not in _OPERATIONS:
        raise _Refused(400, f"the operation must be one of {', '.join(_OPERATIONS)}")
    if request.kind[::2] != kind[::2]:
        raise _Refused(400, f"the kind of the request must be {kind.kind}")
    for field, value, is_needed in (
        ("object", request.object, request.changes),
        ("oldObject", request.old, request.operation != "CREATE"),
    ):
        if is_needed != (value is not None):
            raise _Refused(400, f"{request.operation} needs {'an' if is_needed else 'no'} {field}")
        if is_needed:
            _expect_object(value, field, kind, request)


def _expect_object(value: Any, field: str, kind: GroupKind, request: Request) -> None:
    metadata = value.get("metadata") if isinstance(value, dict) else None
    if not isinstance(metadata, dict):
        raise _Refused(400, f"{field} must be an object with metadata")
    if field == "object" and (value.get("apiVersion"), value.get("kind")) != (kind.api_version, kind.kind):
        raise _Refused(400, f"{field} must be a {kind.kind} of {kind.api_version[:64]}")
    if metadata.get("namespace") not in (None, "", request.namespace):
        raise _Refused(400, f"{field} is not of the namespace of the request")


def _placed(request: Request) -> Request:
    """The request with its object in its namespace: one that says none would be judged as of no namespace."""
    one = request.object
    if one is None or one["metadata"].get("namespace") or not request.namespace:
        return request
    metadata = {**one["metadata"], "namespace": request.namespace}
    return replace(request, object={**one, "metadata": metadata})


def _unknown_subresource(hook: Hook) -> Outcome:
    """Nobody but an admin may use a subresource that nobody here knows, such as a scale."""
    request = hook.request
    if is_admin(request.user, hook.settings) or _ours(request) not in OWNED:
        return NOTHING
    message = f"the subresource {request.subresource[:64]} is not open to users"
    return Outcome((denial(request, "NB704", (), message, "Change the object itself."),))


def _stamped(hook: Hook) -> Outcome:
    request = hook.request
    return stamped(request, hook.settings) if request.changes and not request.subresource else NOTHING


# ---- pods ----


def _pod_mutated(hook: Hook) -> Outcome:
    request = hook.request
    if request.operation != "CREATE" or request.subresource:
        return NOTHING
    _expect_object(request.object, "object", _POD, request)
    return mutate_pod(
        request.object,
        request.namespace,
        hook.catalog,
        hook.settings,
        operation=request.operation,
        dry_run=request.dry_run,
    )


def _pod_validated(hook: Hook) -> Outcome:
    request, lookups, settings = hook.request, hook.lookups, hook.settings
    if request.subresource in _UNJUDGED or request.operation == "DELETE":
        return NOTHING
    if request.subresource in _ENTERED or request.operation == "CONNECT":
        return Outcome(tuple(connecting.of_entering(request, lookups, settings)))
    if request.operation not in ("CREATE", "UPDATE"):
        raise _Refused(400, f"the operation must be one of {', '.join(_OPERATIONS)}")
    return Outcome((*_pod_ownership(hook), *secured(hook)))


def _pod_ownership(hook: Hook) -> tuple[Any, ...]:
    request = hook.request
    if request.operation == "CREATE":
        return ()
    judge = connecting.of_changing if request.subresource else connecting.of_moving
    return tuple(judge(request, hook.lookups, hook.settings))


_HOOKS: Final[Mapping[tuple[Phase, str], Callable[[Hook], Outcome]]] = {
    ("mutate", "notebook"): _stamped,
    ("mutate", "kind"): lambda _: NOTHING,
    ("mutate", "pod"): _pod_mutated,
    ("validate", "notebook"): notebooks.validated,
    ("validate", "kind"): kinds.validated,
    ("validate", "pod"): _pod_validated,
}
"""The hook for each phase and sort of object."""
