"""What is wrong with kinds themselves, whatever is chosen of them: references, redirects, rules, names.

The roof over the checks of kinds: it finds the objects that play a part. What only shows in a pod is judged in
the pods that a Template can produce. Refuses to know pods, and what any rule says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from nbcore.catalog import Catalog
from nbcore.checks.activity_rules import check_activity
from nbcore.checks.allow_list import check_allow_list
from nbcore.checks.derived_names import check_derived_names
from nbcore.checks.endpoints import check_endpoints
from nbcore.checks.option_rules import check_options, nothing_to_choose, unreachable
from nbcore.checks.redirect_rules import check_option_redirects, check_template_redirects
from nbcore.checks.references import check_pod_defaults, check_wanted, wanted
from nbcore.checks.shadowing import check_main_named_twice, check_shadowing
from nbcore.combinations import Space
from nbcore.finding import Finding
from nbcore.model.conventions import NATIVE
from nbcore.model.notebook import Notebook
from nbcore.model.plain import Plain
from nbcore.model.pod_default import PodDefault
from nbcore.model.template import OptionValue, Template
from nbcore.permits import Permits, permits_of
from nbcore.resolve import layers as layering
from nbcore.resolve.grammars import reader_of


class KindVerdict(NamedTuple):
    """What there is to say about the kinds of a catalog.

    Shape: ``not_given`` are kinds of objects that Templates depend on and of which the catalog holds none, so
    that nobody can say whether they exist.
    """

    findings: tuple[Finding, ...]
    not_given: tuple[str, ...]


def kind_verdict(catalog: Catalog, *, compat: bool = False, about: Any = None) -> KindVerdict:
    """Everything that is wrong with the kinds of a catalog, and with names that others are derived from.

    Shape: with ``about``, an object of the catalog, only what is wrong with that one.
    """
    kinds = _Kinds(catalog, compat)
    findings: list[Finding] = []
    if about is None or isinstance(about, Template):
        redirects = check_template_redirects(catalog.templates)
        findings += (one for one in redirects if about is None or one.source == about.origin.source)
    for one in catalog if about is None else (about,):
        if isinstance(one, Template):
            findings += kinds.of_template(one)
        if isinstance(one, Template | PodDefault):
            findings += kinds.beside(one)
        findings += _names(one)
    return KindVerdict(tuple(findings), tuple(sorted(kinds.not_given)))


def _names(one: Any) -> Iterator[Finding]:
    """The names of pods and labels that do not fit, of what is carried by a StatefulSet."""
    if isinstance(one, Notebook) and one.conventions is NATIVE:
        metadata = one.metadata
        yield from check_derived_names("Notebook", metadata.name, metadata.generate_name, one.origin)


class _Kinds:
    """The kinds of a catalog, with what is looked up for many of them."""

    def __init__(self, catalog: Catalog, compat: bool) -> None:
        self.catalog = catalog
        self.compat = compat
        self.not_given: set[str] = set()
        self._known: dict[tuple[str, str], dict[str, Any]] = {}

    def known(self, kind: str, namespace: str) -> dict[str, Any]:
        """The objects of a kind in a namespace, by name."""
        found = self._known.get((kind, namespace))
        if found is None:
            objects = self.catalog.list(kind, namespace)
            found = {one.name if isinstance(one, Plain) else one.metadata.name: one for one in objects}
            self._known[kind, namespace] = found
        return found

    def beside(self, one: Template | PodDefault) -> Iterator[Finding]:
        """What is missing beside a kind, as far as any object of its kind was given."""
        needs = list(wanted(one))
        absent = {need.kind for need in needs if not self.catalog.list(need.kind)}
        self.not_given |= absent
        present = [need for need in needs if need.kind not in absent]
        yield from check_wanted(present, one.metadata.namespace, self.known)

    def of_template(self, template: Template) -> Iterator[Finding]:
        """What is wrong with a Template and its options."""
        yield from check_pod_defaults(template, self.known)
        yield from check_option_redirects(template)
        yield from check_options(template)
        yield from check_activity(template)
        yield from _out_of_reach(template, permits_of(template, self.catalog, compat=self.compat))
        yield from self._layers(template)

    def _layers(self, template: Template) -> Iterator[Finding]:
        """What is wrong with a Template in the light of the layers that its pods may have."""
        spec = template.spec
        main = layering.main_container(template) or layering.MAIN
        own = layering.container_names(spec.template)
        required = self._pod_defaults(template, required=True)
        applied = [*required, *self._pod_defaults(template, required=False)]
        parts: list[PodDefault | OptionValue] = [*applied, *_values(template)]
        trees = [spec.template, *map(_tree, parts)]
        containers = {name for tree in trees for name in layering.container_names(tree)}
        yield from check_allow_list(template, main, containers)
        yield from check_endpoints(template, trees, reader_of(template.conventions.grammar))
        yield from check_main_named_twice([(_origin(one), _tree(one)) for one in parts], main, own)
        yield from check_shadowing(
            [layering.pod_default_layer(one, main, own) for one in required],
            [
                layering.option_layer(template, group, value, main, own)
                for group in spec.options
                for value in group.values
            ],
        )

    def _pod_defaults(self, template: Template, *, required: bool) -> list[PodDefault]:
        """The PodDefaults that a Template requires or offers, as far as they exist."""
        home = template.metadata.namespace
        references = template.spec.required if required else template.spec.optional
        found = [self.known("PodDefault", one.namespace or home).get(one.name) for one in references]
        return [one for one in found if one is not None]


def _values(template: Template) -> list[OptionValue]:
    return [value for group in template.spec.options for value in group.values]


def _tree(one: PodDefault | OptionValue) -> Any:
    return one.spec.template if isinstance(one, PodDefault) else one.template


def _origin(one: PodDefault | OptionValue) -> Any:
    return one.origin / "spec" / "template" if isinstance(one, PodDefault) else one.origin / "template"


def _out_of_reach(template: Template, permits: Permits | None) -> Iterator[Finding]:
    """What no selection can have; PodDefaults are open to everybody and take no part."""
    values = _values(template)
    limited = (
        permits is not None
        or any(one.access is not None or one.compatible for one in values)
        or template.spec.access is not None
    )
    if not limited or not all(group.values for group in template.spec.options):
        return
    space = Space(template, (), frozenset(), (), permits)
    if space.constrained and space.completed({}) is None:
        if not space.given_up:
            yield nothing_to_choose(template)
        return
    found = [(group.name, one.value) for group, one in space.unreachable()]
    yield from unreachable((group, value) for group, value in found if value is not None)
