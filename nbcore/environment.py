"""The environment: all of a pod that the admins wrote, resolved, folded and checked once for many notebooks.

It depends on the Template, the chosen options and the PodDefaults, not on the notebook's name or own fields;
so notebooks with the same selection share one, kept in the catalog's memo.

Refuses to know what the notebook adds of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, NamedTuple

from nbcore.catalog import Catalog
from nbcore.checks.kubeflow import repeated_ports
from nbcore.checks.layers import (
    containers_without_image,
    directives_left,
    merge_finding,
    misshapen,
    no_container,
)
from nbcore.checks.overrides import Allowance
from nbcore.checks.own_fields import Lower
from nbcore.checks.selection import (
    Issue,
    PodDefaultFault,
    misfit_issues,
    option_issues,
    pod_default_issues,
)
from nbcore.env_text import EnvHole, env_holes, text_finding
from nbcore.finding import Finding
from nbcore.kubernetes.names import closest
from nbcore.model.conventions import KEPT_POD_DEFAULTS
from nbcore.model.layer import Layer
from nbcore.model.notebook import Notebook
from nbcore.model.origin import Origin
from nbcore.model.pod_default import PodDefault
from nbcore.model.revision import Revision, RevisionSpec
from nbcore.model.selection import Gone, Resolution, Selected
from nbcore.model.template import OptionValue, OverrideRule, Template, When
from nbcore.named_templates import issues_of_template, resolve_template, template_at
from nbcore.peers import OwnPod, own_pod
from nbcore.resolve import layers as layering
from nbcore.resolve.grammars import CLOSED, TextReader, literally, reader_of
from nbcore.resolve.notebook_layers import identity_labels
from nbcore.resolve.options import chosen_values, misfits, select
from nbcore.resolve.pod_defaults import PodDefaultResult, matched, referenced
from nbcore.resolve.redirects import TAKES, nearest
from nbcore.strategic.folding import fold_layers

_NOTHING_ALLOWED = Allowance((), "")
_NOTHING_BELOW = Lower()


@dataclass(frozen=True, slots=True, eq=False)
class Environment:
    """What the admins' layers make of a selection.

    Shape: ``tree`` is None where there was nothing to fold; ``broken`` when nothing can be rendered.
    """

    template: Resolution
    selection: Mapping[str, Resolution]
    pod_defaults: tuple[PodDefaultResult, ...] = ()
    issues: tuple[Issue, ...] = ()
    findings: tuple[Finding, ...] = ()
    layers: tuple[Layer, ...] = ()
    tree: dict[str, Any] | None = None
    broken: bool = False
    home: str | None = None
    holes: tuple[EnvHole, ...] = ()
    allowance: Allowance = _NOTHING_ALLOWED
    lower: Lower = _NOTHING_BELOW
    container_names: tuple[str, ...] = ()
    applied: str = ""
    parts_of: TextReader = CLOSED
    """Reads an admin's text with variables."""


class _Base(NamedTuple):
    """What folding reads beside the layers: of a Template and its options, or of a pinned Revision."""

    main: str
    home: str | None
    ports: frozenset[str]
    rules: tuple[OverrideRule, ...]
    read: TextReader


def environment(
    notebook: Notebook,
    catalog: Catalog,
    takes: frozenset[When] = TAKES["start", "Auto"],
    *,
    compat: bool = False,
) -> Environment:
    """The environment of the notebook's selection, from the catalog's memo where it is there already.

    Shape: ``takes`` are the redirects that the event at hand takes; with ``compat`` the faults of the
    dialect's own engine are reproduced.
    """
    spec, metadata = notebook.spec, notebook.metadata
    if notebook.own_template is not None:
        return _of_own_pod(own_pod(notebook, notebook.own_template, catalog, compat=compat))
    does = notebook.conventions.takes_pod_defaults
    candidates = _with_selector(catalog, metadata.namespace) if does else ()
    labels = tuple(sorted(_own_labels(notebook).items())) if candidates else ()
    reference = spec.template_ref
    key = (
        notebook.kind,
        compat,
        metadata.namespace,
        reference.namespace,
        reference.name,
        tuple(spec.options.items()),
        spec.pod_defaults,
        labels,
        takes,
    )
    found: Environment | None = catalog.memo.get(key)
    if found is None:
        found = catalog.memo[key] = _resolved(notebook, catalog, candidates, takes, compat)
    return found


def _of_own_pod(own: OwnPod) -> Environment:
    """The environment of a notebook that holds its pod itself, in which no text is expanded."""
    chosen = Selected("", own.template.id, own.template.id, True)
    start = Environment(chosen, {}, own.pod_defaults, applied=_applied(own.pod_defaults))
    base = _Base(own.template.spec.main_container or "", None, frozenset(), (), literally)
    return _judged(start, own.layers, own.tree, base, own.findings)


def pinned(notebook: Notebook, revision: Revision, catalog: Catalog) -> Environment:
    """The environment of a Revision: its inputs as they were, whatever became of the Template.

    The override rules are those that the Template has now; without a Template nothing is allowed.
    """
    spec = revision.spec
    start = _as_pinned(notebook, spec, catalog)
    bottom = [one for one in spec.inputs if one.rank == "template"]
    names = [name for one in bottom for name in layering.container_names(one.template)]
    if spec.main_container not in names:
        return replace(start, findings=(_no_main(revision, names),))
    template = template_at(catalog, start.template.value or "", notebook)
    base = _Base(
        spec.main_container,
        spec.home.mount_path if spec.home else None,
        frozenset(port.id for port in spec.ports),
        template.spec.overrides if template else (),
        reader_of(notebook.conventions.grammar, False),
    )
    origin = revision.origin / "spec" / "inputs"
    layers = [
        layering.input_layer(one, origin / at, spec.main_container, names)
        for at, one in enumerate(spec.inputs)
    ]
    return _folded(start, tuple(layers), base)


def _as_pinned(notebook: Notebook, spec: RevisionSpec, catalog: Catalog) -> Environment:
    """What the inputs of a Revision say about the selection: it already took every redirect that it was to take."""
    reference = notebook.spec.template_ref
    base = next((one for one in spec.inputs if one.rank == "template"), None)
    namespace = (base.namespace if base else "") or reference.namespace or notebook.metadata.namespace
    name = base.name if base else reference.name
    id_ = name if notebook.conventions.shared_templates else f"{namespace}/{name}"
    selection = {
        one.group: Selected(one.group, one.value, one.value, one.group in notebook.spec.options)
        for one in spec.inputs
        if one.group is not None and one.value is not None
    }
    results = tuple(
        PodDefaultResult(
            one.namespace,
            one.name,
            True,
            "pinned by the Revision",
            "revision",
            catalog.get("PodDefault", one.name, one.namespace),
        )
        for one in spec.inputs
        if one.rank == "podDefaults"
    )
    return Environment(Selected("", id_, id_), selection, results, applied=_applied(results))


def _no_main(revision: Revision, names: Sequence[str]) -> Finding:
    wanted = revision.spec.main_container
    near = closest(wanted, names)
    return revision.origin.finding(
        "NB311",
        f"no input of the rank template has the container {wanted}",
        f"Did you mean {near}?" if near else "Give spec.inputs the Template's own part, the lowest first.",
        path=("spec", "mainContainer"),
    )


def _with_selector(catalog: Catalog, namespace: str) -> tuple[PodDefault, ...]:
    """The PodDefaults of a namespace that select pods by their labels."""
    key = ("selectors", namespace)
    found: tuple[PodDefault, ...] | None = catalog.memo.get(key)
    if found is None:
        given = (one for kind in KEPT_POD_DEFAULTS for one in catalog.list(kind, namespace))
        found = tuple(one for one in given if one.spec.selector is not None)
        catalog.memo[key] = found
    return found


# --- resolving ------------------------------------------------------------------------------------------------


def _resolved(
    notebook: Notebook,
    catalog: Catalog,
    candidates: Sequence[PodDefault],
    takes: frozenset[When],
    compat: bool,
) -> Environment:
    """The environment from the objects as they are now."""
    result = resolve_template(notebook, catalog, takes)
    template = template_at(catalog, result.value, notebook) if result.value is not None else None
    issues = issues_of_template(notebook, result, catalog)
    if template is None:
        return Environment(result, {}, issues=tuple(issues))
    selection = select(template.spec.options, notebook.spec.options, takes)
    issues += option_issues(template, selection)
    if compat:
        issues = [one.grave() if one.code in _UNRESOLVED else one for one in issues]
    values = chosen_values(template.spec, selection)
    issues += misfit_issues([(one.group.id, one.value.id, one.other, one.reason) for one in misfits(values)])
    names = layering.container_names(template.spec.template)
    main = layering.main_container(template)
    if main is None:
        return Environment(result, selection, (), tuple(issues), (no_container(template, names),))
    base = layering.template_layer(template)
    options = [layering.option_layer(template, group, value, main, names) for group, value in values]
    results = _pod_defaults(notebook, template, catalog, candidates, [base, *options])
    issues += _pod_default_issues(results, notebook, template)
    containers = template.spec.template["spec"]["containers"]
    peers = [
        layering.pod_default_layer(one.pod_default, main, names, containers)
        for one in results
        if one.applied and one.pod_default is not None
    ]
    chosen = [value for _, value in values]
    doubles = tuple(_repeated_ports(template, chosen))
    start = Environment(result, selection, tuple(results), tuple(issues), doubles, applied=_applied(results))
    read = reader_of(template.conventions.grammar, compat)
    return _folded(start, (base, *peers, *options), _base_of(template, main, chosen, read))


def _repeated_ports(template: Template, chosen: Sequence[OptionValue]) -> Iterator[Finding]:
    """The port numbers that stand twice in one value, where the containers' ports are made of them."""
    if template.conventions.numbers_on_values:
        for value in chosen:
            yield from repeated_ports(value)


_UNRESOLVED: Final = frozenset({"NB207", "NB208"})
"""Redirects that lead nowhere or in a circle, on which Kubeflow's own controller gives up."""


def _base_of(template: Template, main: str, values: Sequence[OptionValue], read: TextReader) -> _Base:
    spec = template.spec
    below = () if template.conventions.numbers_on_values else spec.ports
    ports = frozenset(layering.merged_ports(below, values))
    return _Base(main, spec.home.mount_path if spec.home else None, ports, spec.overrides, read)


def _pod_defaults(
    notebook: Notebook,
    template: Template,
    catalog: Catalog,
    candidates: Sequence[PodDefault],
    layers: Sequence[Layer],
) -> list[PodDefaultResult]:
    """What became of every PodDefault; selectors see all labels but those that other PodDefaults add."""
    results = referenced(
        template, notebook.spec.pod_defaults, lambda space, name: catalog.get("PodDefault", name, space)
    )
    if not candidates:
        return results
    labels = {**layering.labels_of(layer.tree for layer in layers), **_own_labels(notebook)}
    return results + matched(candidates, labels, results)


def _own_labels(notebook: Notebook) -> dict[str, str]:
    """The pod labels that the Notebook brings: its shorthands', its overrides' and the system's."""
    return {
        **notebook.spec.metadata.labels,
        **layering.labels_of([notebook.spec.overrides]),
        **identity_labels(notebook),
    }


def _pod_default_issues(
    results: Sequence[PodDefaultResult], notebook: Notebook, template: Template
) -> list[Issue]:
    named = list(notebook.spec.pod_defaults)
    faults = [
        PodDefaultFault(
            one.code,
            _full(one),
            one.reason,
            named.index(one.name) if one.why == "optional" else None,
            _reference(one, template),
        )
        for one in results
        if one.code
    ]
    offered = [one.name for one in results if not one.code and one.why == "optional"]
    return pod_default_issues(faults, {_full(one): nearest(one.name, offered) for one in results if one.code})


def _reference(one: PodDefaultResult, template: Template) -> Origin | None:
    """Where the Template names a PodDefault that it requires or offers."""
    for found in template.spec.required if one.why == "required" else template.spec.optional:
        if (found.namespace or template.metadata.namespace, found.name) == (one.namespace, one.name):
            return found.origin
    return None


def _full(one: PodDefaultResult) -> str:
    return f"{one.namespace}/{one.name}" if one.namespace else one.name


def _applied(results: Sequence[PodDefaultResult]) -> str:
    """The applied PodDefaults as the pod's annotation lists them."""
    return ",".join(_full(one) for one in results if one.applied)


# --- folding --------------------------------------------------------------------------------------------------


def _folded(start: Environment, layers: tuple[Layer, ...], base: _Base) -> Environment:
    """The environment with its layers folded and judged."""
    tree, problems = fold_layers(layers)
    wrong = [merge_finding(one.code, one.layer, one.path, one.reason, one.other, layers) for one in problems]
    return _judged(start, layers, tree, base, wrong)


def _judged(
    start: Environment,
    layers: tuple[Layer, ...],
    tree: dict[str, Any],
    base: _Base,
    problems: Sequence[Finding],
) -> Environment:
    """The environment with what its layers make, judged."""
    findings = [*start.findings, *problems]
    findings += directives_left(tree, layers)
    findings += misshapen(tree, base.main, layers)
    names = tuple(layering.container_names(tree))
    parts_of = partial(base.read, ports=base.ports)
    holes, faulty = env_holes(tree, parts_of)
    if not any(
        isinstance(one, Gone) for one in start.selection.values()
    ):  # else it may well be what is missing
        findings += containers_without_image(tree, layers)
        findings += [text_finding(path, problem, layers) for path, problem in faulty]
    broken = any(one.severity == "error" for one in findings) or any(issue.fatal for issue in start.issues)
    return replace(
        start,
        findings=tuple(findings),
        layers=layers,
        tree=tree,
        broken=broken,
        home=base.home,
        holes=tuple(holes),
        allowance=Allowance(base.rules, base.main, names),
        lower=Lower.of(tree, base.main),
        container_names=names,
        parts_of=parts_of,
    )
