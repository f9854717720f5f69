"""Notebooks: what admission has against one that is created, changed or deleted, in any dialect.

Refuses to know how an answer is written, and how an owner is stamped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from nbcore.access import Use, closed_to, uses
from nbcore.admission import ownership
from nbcore.admission.hook import Hook
from nbcore.admission.identity import is_admin, is_trusted_creator
from nbcore.admission.judging import judged
from nbcore.admission.lookups import Lookups, part
from nbcore.admission.outcome import Outcome
from nbcore.admission.request import Request
from nbcore.admission.told import of_edit
from nbcore.catalog import Catalog, read
from nbcore.finding import Finding, in_order
from nbcore.model.notebook import Notebook
from nbcore.model.template import Access
from nbcore.permits import filters_of
from nbcore.ratchet import Key, key_of
from nbcore.resolve.filtering import NO_FILTERS
from nbcore.resolve.options import Subject

_CLOSED: Final = frozenset({"NB704", "NB705", "NB707", "NB715"})
"""After these there is nothing else to say: whoever may not touch an object is told nothing about it."""
_TOLD: Final = frozenset({"NB213", "NB214"})
"""What is worth a warning though nothing is wrong: something newer is offered, or something is deprecated."""
_TEMPLATES: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("jackhoman.dev", "Notebook"): ("jackhoman.dev/v1beta1", "Template"),
    ("kubeflow.org", "Workspace"): ("kubeflow.org/v1beta1", "WorkspaceKind"),
}
"""The kind of template that notebooks of a group and kind name."""


def validated(hook: Hook) -> Outcome:
    """What there is to say about a request for a notebook."""
    request, settings = hook.request, hook.settings
    found = tuple(_OWNERSHIP[request.operation](request, settings))
    role = ownership.role_of(request.user, ownership.owner_of(request.old), settings)
    audit = {"acted-as": role if request.operation != "CREATE" else "creator"}
    if any(one.code in _CLOSED for one in found) or not _is_to_be_judged(request, role):
        return Outcome(found, audit=audit)
    return _judged(hook, found, audit)


_OWNERSHIP: Final = {
    "CREATE": ownership.of_creation,
    "UPDATE": ownership.of_update,
    "DELETE": ownership.of_deletion,
}


def _is_to_be_judged(request: Request, role: str) -> bool:
    """Whether there is anything to judge beside who asks: nobody's stop or clean-up hangs on what is in a spec."""
    if request.operation == "DELETE" or request.subresource:
        return False
    if request.operation == "CREATE":
        return True
    old, new = request.old, request.object
    harmless = (
        ownership.is_stop(old, new) or ownership.is_finalizing(old, new) or ownership.is_nothing(old, new)
    )
    return role != "cleaner" and not harmless


def look_up(request: Request, lookups: Lookups) -> None:
    """Looks for what a verdict on a notebook depends on, so that what is missing is known."""
    if not _is_to_be_judged(request, ""):
        return
    lookups.namespace_labels()
    known = _TEMPLATES.get((request.kind.group, request.kind.kind))
    spec = part(request.object, "spec")
    if known is None:
        return
    reference = part(spec, "templateRef")
    name, space = reference.get("name"), reference.get("namespace") or ""
    if known[1] == "WorkspaceKind" and isinstance(spec.get("kind"), str):
        lookups.in_cluster(*known, spec["kind"])
    elif known[1] == "Template" and isinstance(name, str) and isinstance(space, str):
        lookups.template(*known, name, space)


# ---- the verdict ----


def _judged(hook: Hook, found: tuple[Finding, ...], audit: Mapping[str, str]) -> Outcome:
    request, settings, catalog = hook.request, hook.settings, hook.catalog
    old = request.old if request.operation == "UPDATE" else None
    was, now = (read(one).known if one is not None else None for one in (old, request.object))
    new_uses = _new_uses(was, now, catalog)
    asked = frozenset(_keys(now, new_uses)) if isinstance(now, Notebook) else frozenset()
    findings = judged(request.object, catalog, old=old, settings=settings, asked=asked)
    if isinstance(now, Notebook):
        closed = closed_to(now, new_uses, None, _subject(request, hook))
        found = (*found, *closed, *_unknown_namespace(now, new_uses, hook))
    warnings: tuple[str, ...] = ()
    if isinstance(was, Notebook) and isinstance(now, Notebook):
        effects = of_edit(was, now, catalog, settings)
        warnings = effects.warnings
        if effects.restarts and settings.restarting_edits == "refuse":
            found = (*found, _restarts(request))
    own = [one for one in findings if _concerns(one, request)]
    offers = tuple(
        f"{one.code}: {one.message}" for one in findings if one.code in _TOLD and one.severity == "info"
    )
    return Outcome(in_order([*found, *own]), None, (*warnings, *offers), audit)


def _concerns(one: Finding, request: Request) -> bool:
    """Whether its owner is told: what is wrong with a kind is not theirs to repair, unless it keeps them from it."""
    about = one.source
    return one.severity == "error" or (about.kind, about.name) == (request.kind.kind, request.name)


def _new_uses(was: Any, now: Any, catalog: Catalog) -> dict[Use, Access | None]:
    """What a notebook uses that it did not use before; what it has was decided when it got it."""
    if not isinstance(now, Notebook):
        return {}
    had = uses(was, catalog) if isinstance(was, Notebook) else {}
    return {use: access for use, access in uses(now, catalog).items() if use not in had}


def _keys(notebook: Notebook, new_uses: Mapping[Use, Access | None]) -> Iterator[Key]:
    """The keys of what filter and access rules would have against what is new."""
    for use in new_uses:
        code = "NB702" if use.group else "NB701"
        yield key_of(notebook.origin.finding(code, "", path=use.path))


def _subject(request: Request, hook: Hook) -> Subject | None:
    """Who is to use what is asked for; None for an admin, who may use everything."""
    if is_admin(request.user, hook.settings):
        return None
    owner = ownership.owner_of(request.object)
    creates = request.operation == "CREATE" and is_trusted_creator(request.user, hook.settings)
    if creates and owner is not None and owner != request.user.name:
        return Subject(owner)  # its groups are nothing that anybody but the API server could say
    return Subject(request.user.name, request.user.groups)


def _unknown_namespace(
    notebook: Notebook, used: Mapping[Use, Access | None], hook: Hook
) -> Iterator[Finding]:
    """That rules ask for labels of a namespace that nobody knows: whoever cannot be judged is not let in."""
    if not used or hook.lookups.namespace_labels() is not None:
        return
    kind = notebook.conventions.template_kind
    ids = {one.template for one in used}
    templates = [one for one in (hook.catalog.template(kind, id_) for id_ in ids) if one is not None]
    asks = any(one is not None and one.namespace_selector is not None for one in used.values())
    compat = hook.settings.compat != ""
    if asks or any(filters_of(one, hook.catalog, compat=compat) is not NO_FILTERS for one in templates):
        message = (
            f"the namespace {hook.request.namespace[:64]} is not known, and access depends on its labels"
        )
        yield notebook.origin.finding(
            "NB713", message, "Try again in a moment.", path=("spec", "templateRef")
        )


def _restarts(request: Request) -> Finding:
    message = "the edit would restart what is running at once"
    return ownership.denial(request, "NB714", ("spec",), message, "Stop it first, then edit and start it.")
