"""Judging: the rules of lint, asked about one object among those of a catalog.

The verdict on an object at admission is that of lint on the same catalog with it. Refuses to know who asks, and
what a request is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from nbcore.catalog import Catalog, read
from nbcore.finding import Finding, in_order
from nbcore.kubernetes.selector import Selector
from nbcore.linting import OF_UPSTREAM, Lint, changed_in_vain, named_by, refused_upstream
from nbcore.model.plain import Plain
from nbcore.model.pod_default import PodDefault
from nbcore.model.template import Template
from nbcore.ratchet import Key, ratcheted
from nbcore.resolve.layers import labels_of
from nbcore.settings import Settings

NOTHING: Final = Catalog()
_MISSING: Final = frozenset({"NB205", "NB221"})
"""What a kind refers to and is not there: things arrive in any order."""


def judged(
    given: Any, catalog: Catalog, *, old: Any = None, settings: Settings, asked: frozenset[Key] = frozenset()
) -> tuple[Finding, ...]:
    """What `check` has against one object among those of a catalog.

    Shape: ``given`` is plain JSON or a parsed object of one of our kinds, which takes the place of the one of its
    name; ``old`` is the same object before an update: what was wrong already is a warning then. ``asked`` are the
    keys of what is judged anew all the same. What the object makes wrong elsewhere is said, too.
    Laws: test_lint_verdict_equals_admission_verdict, test_an_update_that_changes_nothing_is_admitted.
    """
    before = read(old).known if old is not None else None
    was = NOTHING if before is None else Catalog((before,))
    found = _about(given, catalog, was, settings)
    if old is None or settings.compat:
        return found
    earlier = _about(old, catalog, NOTHING, settings)
    now = read(given).known
    refused = set(asked)
    if now is not None and len(was):
        refused.update(refused_upstream(was, catalog.replace((now,)), now))
    updated = {one.source[:3] for one in (*earlier, *found)}
    return ratcheted(found, earlier, updated, frozenset(refused))


def kind_judged(given: Any, catalog: Catalog, *, old: Any = None, settings: Settings) -> tuple[Finding, ...]:
    """The same of a kind; what it refers to and is not there is a warning."""
    found = judged(given, catalog, old=old, settings=settings)
    return tuple(replace(one, severity="warning") if one.code in _MISSING else one for one in found)


def _about(given: Any, catalog: Catalog, old: Catalog, settings: Settings) -> tuple[Finding, ...]:
    """What there is to say about one object among others."""
    parsed = read(given)
    one: Any = parsed.known
    if one is None or isinstance(one, Plain):
        return in_order(parsed.findings)
    world = catalog.replace((one,))
    lint = Lint(world, settings, about=one)
    lint.findings += parsed.findings
    lint.findings += changed_in_vain(old, world)
    lint.take(one)
    if one.kind in OF_UPSTREAM:
        lint.take_upstream(old, one)
    if isinstance(one, PodDefault):
        lint.findings += _in_templates(one, catalog, world, settings)
    return lint.report().findings


def _in_templates(
    one: PodDefault, catalog: Catalog, world: Catalog, settings: Settings
) -> tuple[Finding, ...]:
    """What a PodDefault makes wrong in the pods of the Templates that name it, beyond what was wrong before."""
    earlier, found = (_of_templates(one, among, settings) for among in (catalog, world))
    updated = {finding.source[:3] for finding in (*earlier, *found)}
    return ratcheted(found, earlier, updated)


def _of_templates(one: PodDefault, catalog: Catalog, settings: Settings) -> tuple[Finding, ...]:
    lint = Lint(catalog, settings, about=one)
    lint.findings = []
    for template in catalog.templates:
        if (one.metadata.namespace, one.metadata.name) in named_by(template) or _may_select(
            one, template, catalog
        ):
            lint.take(template)
    return lint.report().findings


def _may_select(one: PodDefault, template: Template, catalog: Catalog) -> bool:
    """Whether the selector of a PodDefault may match pods of a Template: all labels that it asks for can be there."""
    selector = Selector.parse(one.spec.selector)[0] if one.spec.selector is not None else None
    if selector is None:
        return False
    wanted = {part.key for part in selector.requirements if part.operator in ("In", "Exists")}
    named = (catalog.get("PodDefault", name, namespace) for namespace, name in named_by(template))
    values = (value.template for group in template.spec.options for value in group.values)
    trees = (template.spec.template, *values, *(each.spec.template for each in named if each is not None))
    return wanted <= {*template.conventions.labels, *(key for tree in trees for key in labels_of((tree,)))}
