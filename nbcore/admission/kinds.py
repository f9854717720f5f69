"""Kinds: what admission has against a Template, PodDefault, WorkspaceKind or Revision, and what an edit of one does.

Refuses to know who may write kinds: the roles of the cluster say that.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nbcore.admission import ownership
from nbcore.admission.hook import Hook
from nbcore.admission.identity import is_cleaner
from nbcore.admission.judging import kind_judged
from nbcore.admission.outcome import NOTHING, Outcome
from nbcore.admission.told import of_kind
from nbcore.catalog import Catalog, read
from nbcore.finding import Finding
from nbcore.kubernetes.elements import same
from nbcore.model.plain import Plain
from nbcore.model.pod_default import PodDefault
from nbcore.model.template import Template
from nbcore.upstream import deletion_findings


def validated(hook: Hook) -> Outcome:
    """What there is to say about a request for a kind."""
    request, catalog = hook.request, hook.catalog
    if request.subresource:
        return NOTHING
    if request.operation == "DELETE":
        return _deleted(hook)
    old = request.old if request.operation == "UPDATE" else None
    if old is not None and (_is_unmoved(old, request.object) or ownership.is_finalizing(old, request.object)):
        return NOTHING
    findings = kind_judged(request.object, catalog, old=old, settings=hook.settings)
    return Outcome(findings, warnings=_effects(hook, old, (request.object,), ()))


def _is_unmoved(old: Any, new: Any) -> bool:
    """Whether neither what a kind defines nor what its author wrote beside it is changed."""
    fields = ("name", "labels", "annotations")
    said = ([ownership.metadata(one).get(field) for field in fields] for one in (old, new))
    return ownership.same_spec(old, new) and same(*said)


def _deleted(hook: Hook) -> Outcome:
    request = hook.request
    one = read(request.old).known
    if is_cleaner(request.user, hook.settings) or one is None or isinstance(one, Plain):
        return NOTHING
    found: Iterable[Finding] = ()
    if isinstance(one, Template) and one.conventions.shared_templates:
        found = deletion_findings(one, hook.catalog, compat=hook.settings.compat != "")
    return Outcome(tuple(found), warnings=_effects(hook, request.old, (), (one,)))


def _effects(hook: Hook, old: Any, changed: Iterable[Any], removed: Iterable[Any]) -> tuple[str, ...]:
    """What an edit does to the notebooks of the catalog."""
    catalog = hook.catalog
    kind = read(old if old is not None else hook.request.object).known
    if not isinstance(kind, Template | PodDefault):
        return ()
    before: Catalog = catalog.replace((kind,)) if old is not None else catalog
    known = [one for one in (read(value).known for value in changed) if one is not None]
    return of_kind(kind, before, before.replace(known, removed), hook.settings)
