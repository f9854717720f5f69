"""The environment: all of a pod that the admins wrote, resolved, folded and checked once for many notebooks.

It depends on the Template, the chosen options and the PodDefaults, not on the notebook's name or own fields;
so notebooks with the same selection share one, kept in the catalog's memo.

Refuses to know what the notebook adds of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from nbcore.catalog import Catalog
from nbcore.checks.layers import (
    at_layer,
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
    template_issues,
)
from nbcore.finding import Finding
from nbcore.kubernetes.names import closest
from nbcore.kubernetes.paths import Path
from nbcore.model.layer import Layer
from nbcore.model.notebook import Notebook
from nbcore.model.origin import Origin
from nbcore.model.pod_default import PodDefault
from nbcore.model.revision import Revision, RevisionSpec
from nbcore.model.selection import Gone, Resolution, Selected
from nbcore.model.template import OptionValue, OverrideRule, Redirect, Template, When
from nbcore.resolve import layers as layering
from nbcore.resolve.notebook_layers import NOTEBOOK_LABEL
from nbcore.resolve.options import chosen_values, misfits, select
from nbcore.resolve.pod_defaults import PodDefaultResult, matched, referenced
from nbcore.resolve.redirects import TAKES, follow, nearest
from nbcore.resolve.text import Parts, parts_of
from nbcore.strategic.folding import fold_layers
from nbcore.strategic.provenance import trace


class EnvHole(NamedTuple):
    """An env value with variables to fill in, by its place in the folded tree."""

    field: str
    container: int
    env: int
    parts: Parts


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


class _Base(NamedTuple):
    """What folding reads beside the layers: of a Template and its options, or of a pinned Revision."""

    main: str
    home: str | None
    ports: frozenset[str]
    rules: tuple[OverrideRule, ...]


def environment(
    notebook: Notebook, catalog: Catalog, takes: frozenset[When] = TAKES["start", "Auto"]
) -> Environment:
    """The environment of the notebook's selection, from the catalog's memo where it is there already.

    Shape: ``takes`` are the redirects that the event at hand takes.
    """
    spec, metadata = notebook.spec, notebook.metadata
    candidates = _with_selector(catalog, metadata.namespace)
    labels = tuple(sorted(_own_labels(notebook).items())) if candidates else ()
    reference = spec.template_ref
    key = (
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
        found = catalog.memo[key] = _resolved(notebook, catalog, candidates, takes)
    return found


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
    template = _template_at(catalog, start.template.value or "")
    base = _Base(
        spec.main_container,
        spec.home.mount_path if spec.home else None,
        frozenset(port.id for port in spec.ports),
        template.spec.overrides if template else (),
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
    id_ = f"{namespace}/{base.name if base else reference.name}"
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
        found = tuple(one for one in catalog.list("PodDefault", namespace) if one.spec.selector is not None)
        catalog.memo[key] = found
    return found


# --- resolving ------------------------------------------------------------------------------------------------


def _resolved(
    notebook: Notebook, catalog: Catalog, candidates: Sequence[PodDefault], takes: frozenset[When]
) -> Environment:
    """The environment from the objects as they are now."""
    result = resolve_template(notebook, catalog, takes)
    template = _template_at(catalog, result.value) if result.value is not None else None
    named = _template_at(catalog, result.chosen or "")
    deprecation = named.spec.deprecation if named else None
    issues = template_issues(result, deprecation.message if deprecation else None)
    if template is None:
        return Environment(result, {}, issues=tuple(issues))
    selection = select(template.spec.options, notebook.spec.options, takes)
    issues += option_issues(template, selection)
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
    peers = [
        layering.pod_default_layer(one.pod_default, main, names)
        for one in results
        if one.applied and one.pod_default is not None
    ]
    start = Environment(result, selection, tuple(results), tuple(issues), applied=_applied(results))
    return _folded(start, (base, *peers, *options), _base_of(template, main, [value for _, value in values]))


def _base_of(template: Template, main: str, values: Sequence[OptionValue]) -> _Base:
    spec = template.spec
    ports = frozenset(layering.merged_ports(spec.ports, values))
    return _Base(main, spec.home.mount_path if spec.home else None, ports, spec.overrides)


def _template_at(catalog: Catalog, id_: str) -> Template | None:
    namespace, _, name = id_.rpartition("/")
    found: Template | None = catalog.get("Template", name, namespace)
    return found


def resolve_template(notebook: Notebook, catalog: Catalog, takes: frozenset[When]) -> Resolution:
    """What became of the notebook's Template; ids are ``namespace/name``."""
    reference = notebook.spec.template_ref
    chosen = f"{reference.namespace or notebook.metadata.namespace}/{reference.name}"

    def redirect_of(id_: str) -> Redirect | None:
        template = _template_at(catalog, id_)
        if template is None:
            raise KeyError(id_)
        redirect = template.spec.deprecation.redirect if template.spec.deprecation else None
        if redirect is None or "/" in redirect.to:
            return redirect
        return redirect.model_copy(update={"to": f"{template.metadata.namespace}/{redirect.to}"})

    result = follow("", chosen, redirect_of, takes)
    if isinstance(result, Gone):
        known = (f"{one.metadata.namespace}/{one.metadata.name}" for one in catalog.list("Template"))
        return replace(result, nearest=nearest(chosen, known))
    return result


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
    name = notebook.metadata.name
    mark = {NOTEBOOK_LABEL: name} if name else {}
    return {**notebook.spec.metadata.labels, **layering.labels_of([notebook.spec.overrides]), **mark}


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
    findings = list(start.findings)
    findings += [
        merge_finding(one.code, one.layer, one.path, one.reason, one.other, layers) for one in problems
    ]
    findings += directives_left(tree, layers)
    findings += containers_without_image(tree, layers)
    findings += misshapen(tree, base.main, layers)
    names = tuple(layering.container_names(tree))
    holes, faulty = _holes(tree, base.ports)
    findings += [_text_finding(path, reason, layers) for path, reason in faulty]
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
    )


def _holes(
    tree: dict[str, Any], ports: frozenset[str]
) -> tuple[list[EnvHole], list[tuple[tuple[str | int, ...], str]]]:
    """The env values that hold variables, and what is wrong in others, by raw path in the folded tree."""
    holes: list[EnvHole] = []
    faulty: list[tuple[tuple[str | int, ...], str]] = []
    for field, at, index, value in env_values(tree):
        if "{{" not in value:
            continue
        parts, reason = parts_of(value, ports)
        if reason:
            faulty.append((("spec", field, at, "env", index, "value"), reason))
        else:
            holes.append(EnvHole(field, at, index, parts))
    return holes, faulty


def env_values(tree: dict[str, Any]) -> list[tuple[str, int, int, str]]:
    """Every literal env value: field, index of the container, index of the variable, text."""
    found: list[tuple[str, int, int, str]] = []
    spec = tree.get("spec")
    for field in ("containers", "initContainers"):
        containers = spec.get(field) if isinstance(spec, dict) else None
        for at, container in enumerate(containers if isinstance(containers, list) else ()):
            env = container.get("env") if isinstance(container, dict) else None
            for index, one in enumerate(env if isinstance(env, list) else ()):
                value = one.get("value") if isinstance(one, dict) else None
                if isinstance(value, str):
                    found.append((field, at, index, value))
    return found


def _text_finding(path: tuple[str | int, ...], reason: str, layers: Sequence[Layer]) -> Finding:
    """The finding for a text that cannot be filled in, at the layer that wrote it."""
    blames = trace(layers)
    where = next((one for one in blames if one.indexed == path), Path(path))
    layer, raw = blames[where].winner[:2] if where in blames else (layers[0], ())
    remedy = "See the page on templates for what may stand between {{ and }}."
    message = f"the text cannot be filled in: {reason}"
    return at_layer("NB212", layer, raw, message, remedy, field=where)
