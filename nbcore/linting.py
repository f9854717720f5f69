"""Lint: everything that the rules have against a set of objects, for every pod that they can produce.

The roof's last word: kinds, their reachable pods, notebooks and plain workloads are judged here by the same
functions as at admission.

Refuses to know files, suppressions and how findings are printed.

Laws: test_lint_never_raises_on_any_json, test_a_typed_pod_is_judged_without_an_exception,
test_any_bytes_are_judged_without_an_exception, test_the_verdict_does_not_depend_on_the_order_of_rules,
test_the_verdict_does_not_depend_on_the_order_of_objects_and_keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from nbcore.attribution import Author, written_at
from nbcore.catalog import Catalog, read
from nbcore.checks.fault import Fault, RawPath
from nbcore.checks.pod_fields import fitted, partial_faults
from nbcore.checks.pods import Level, Policy, pod_faults
from nbcore.checks.scalars_written import quoted
from nbcore.checks.unchangeable import UNCHANGEABLE, check_unchangeable
from nbcore.finding import Finding, in_order
from nbcore.model.conventions import KUBEFLOW_V2
from nbcore.model.origin import Origin
from nbcore.model.plain import Plain
from nbcore.ratchet import Key, key_of, ratcheted
from nbcore.report import OF_A_NOTEBOOK, NotEvaluated, Report, folded
from nbcore.rules import RULES
from nbcore.settings import Settings
from nbcore.surroundings import Surroundings
from nbcore.workloads import (
    POD_AT,
    controllers_of,
    derived,
    held,
    misnamed,
    uid_of,
    without_pod,
    workload_findings,
    written,
)

if TYPE_CHECKING:  # what only kinds need is imported when there is one: most files hold none
    from nbcore.factors import Selection
    from nbcore.model.notebook import Notebook
    from nbcore.model.pod_default import PodDefault
    from nbcore.model.template import Template
    from nbcore.permits import Permits
    from nbcore.reachable import Judge, Verdict

__all__ = ["POD_AT", "NotEvaluated", "Report", "check", "check_pod"]


def check(objects: Iterable[Any], *, old: Iterable[Any] = (), settings: Settings | None = None) -> Report:
    """Everything that is wrong with the objects, for every pod that they can produce.

    Shape: ``objects`` are dicts or documents of any dialect; ``old`` are the same objects before the change, in
    the same surroundings: what was wrong with them already is a warning, and what no update may do an error.
    """
    catalog = objects if isinstance(objects, Catalog) else Catalog(objects, lenient=True)
    before = old if isinstance(old, Catalog) else Catalog(old, lenient=True)
    chosen = settings or Settings()
    report = _report(catalog, before, chosen)
    if len(before) == 0 or chosen.compat:
        return report
    earlier = _report(catalog.replace(before), _NOTHING, chosen)
    updated = {one.origin.source[:3] for one in before} | {one[:3] for one in before.unread}
    refused = frozenset(refused_upstream(before, catalog))
    return replace(report, findings=ratcheted(report.findings, earlier.findings, updated, refused))


def refused_upstream(old: Catalog, new: Catalog, about: Any = None) -> Iterator[Key]:
    """The keys of what the webhooks of a dialect's own project refuse of an update."""
    if any(map(_is_of_upstream, (old, new))):
        from nbcore.upstream import upstream_findings

        rows = upstream_findings(old, new, compat=True, about=about)
        yield from (key_of(one) for one in rows if one.severity == "error")


def _report(catalog: Catalog, old: Catalog, settings: Settings) -> Report:
    lint = Lint(catalog, settings)
    lint.findings += changed_in_vain(old, catalog)
    for one in catalog:
        lint.take(one)
    if any(map(_is_of_upstream, (catalog, old))):
        lint.take_upstream(old)
    return lint.report()


def _is_of_upstream(catalog: Catalog) -> bool:
    return any(catalog.list(kind) for kind in OF_UPSTREAM)


def changed_in_vain(old: Catalog, new: Catalog) -> Iterator[Finding]:
    """What was changed though it cannot be."""
    for one in old:
        if isinstance(one, Plain) or one.kind not in UNCHANGEABLE:
            continue
        now = new.get(one.kind, one.metadata.name, one.metadata.namespace)
        if type(now) is type(one):
            yield from check_unchangeable(one, now)


def check_pod(pod: Any, *, settings: Settings | None = None) -> list[Finding]:
    """Everything that is wrong with one plain pod, in order.

    Shape: ``pod`` is a Pod as a dict or a document, or the pod of a template, ``{metadata, spec}``, which
    needs no name yet.
    """
    chosen = settings or Settings()
    policy = Policy(chosen.kubernetes_version, _levels(chosen))
    if isinstance(pod, dict) and not {"kind", "apiVersion"} & pod.keys():
        return list(in_order([written_at(one, Origin(value=pod), ()) for one in pod_faults(pod, policy)]))
    parsed = read(pod)
    whole = parsed.known
    if not isinstance(whole, Plain):
        return list(parsed.findings)
    found = (*parsed.findings, *misnamed(whole), *workload_findings(whole, policy))
    return list(in_order(found))


class Lint:
    """One run over a catalog, or about one object of it, and what it has found so far."""

    def __init__(self, catalog: Catalog, settings: Settings, about: Any = None) -> None:
        self.catalog = catalog
        self.settings = settings
        self.compat = settings.compat != ""
        self.surroundings = Surroundings(catalog)
        self.findings: list[Finding] = []
        self.not_evaluated: list[NotEvaluated] = []
        if about is not None:
            self.findings += (one for one in catalog.findings if one.source == about.origin.source)
            self._kinds(about)
        else:
            self.findings += (*catalog.findings, *self.surroundings.findings())
            if not all(isinstance(one, Plain) for one in catalog):
                self._kinds()
        self.unsecured = False
        self.pods = 0
        self.rendered = 0
        self.made = 0

    def take(self, one: Any) -> None:
        """Judges one object, with all others at hand."""
        if isinstance(one, Plain):
            self._plain(one)
        else:
            of_kind = _OF_KINDS.get(type(one).__name__)
            if of_kind is not None:
                of_kind(self, one)
                self.findings += written(one.origin)

    def take_upstream(self, old: Catalog, about: Any = None) -> None:
        """Judges by the rows of the dialect's own webhooks: all objects, or one."""
        from nbcore.upstream import beside_upstream, together, upstream_findings

        rows = upstream_findings(old, self.catalog, compat=self.compat, about=about)
        ours = (*self.findings, *beside_upstream(self.catalog, about=about))
        self.findings = together(ours, rows, compat=self.compat)

    def report(self) -> Report:
        """All that was found."""
        needs = "the errors of its own form repaired first"
        unread = (NotEvaluated("NB", one.object[:_LONGEST], needs) for one in self.catalog.unread)
        given = self._not_given() if self.pods else ()
        missing = (*unread, *self.not_evaluated, *given)
        objects = len(self.catalog)
        return Report(in_order(folded(self.findings)), self.pods, tuple(missing), self.rendered, objects)

    # ---- kinds ----

    def _kinds(self, about: Any = None) -> None:
        from nbcore.kind_findings import kind_verdict

        kinds = kind_verdict(self.catalog, compat=self.compat, about=about)
        self.findings += kinds.findings
        self.not_evaluated += [NotEvaluated("NB221", one, "objects of this kind") for one in kinds.not_given]

    def _template(self, template: Template) -> None:
        from nbcore.access import filter_findings
        from nbcore.fitting import with_what_fits
        from nbcore.permits import permits_of
        from nbcore.reachable import examined

        permits = permits_of(template, self.catalog, compat=self.compat)
        self.findings += filter_findings(template, self.catalog, compat=self.compat)
        verdict = examined(template, self.catalog, self._judge_of(template, permits), permits=permits)
        budgets = [self.surroundings.budget(one) for one in self._namespaces_of(template)]
        self.findings += with_what_fits(list(_eased(verdict)), template, self.catalog, budgets, permits)
        self.pods += verdict.pods
        self.rendered += verdict.rendered
        if not verdict.whole:
            needs = "fewer layers that set the same fields; a part of the combinations was tried"
            self.not_evaluated.append(NotEvaluated("NB", str(template.origin.source), needs))

    def _namespaces_of(self, template: Template) -> tuple[str, ...]:
        """The namespaces with a budget in which the pods of a Template may run."""
        return self.surroundings.bounded_for(template.spec.access)

    def _judge_of(self, template: Template, permits: Permits | None) -> Judge:
        """The rules for the pods of a Template, in all namespaces that it, and the selection, are open to."""
        policy = self._policy((*_levels(self.settings), *_own_level(template)))
        namespaces = self._namespaces_of(template)

        def judge(pod: dict[str, Any], selection: Selection) -> list[Fault]:
            spaces = namespaces
            if permits is not None:  # in whichever namespace, the nodes are the same
                spaces = permits.open_to(selection.options, namespaces) or ("",)
            return [*pod_faults(pod, policy), *self._budget_faults(pod, spaces)]

        return judge

    def _pod_default(self, one: PodDefault) -> None:
        """What can be said of a PodDefault that no Template names: those that one names are judged in its pods."""
        metadata = one.metadata
        if (metadata.namespace, metadata.name) not in self._named:
            for fault in partial_faults(one.spec.template, self.settings.kubernetes_version):
                found = written_at(fault, one.origin, ("spec", "template"))
                self.findings.append(quoted(found, one.origin.document))

    @cached_property
    def _named(self) -> set[tuple[str, str]]:
        """The PodDefaults that a Template requires or offers, by namespace and name."""
        return {name for one in self.catalog.templates for name in named_by(one)}

    # ---- notebooks and workloads ----

    def _notebook(self, notebook: Notebook) -> None:
        from nbcore.pipeline import render

        rendering = render(notebook, self.catalog, settings=self.settings)
        self._of_notebook(notebook, rendering.findings)
        id_ = rendering.template.value if rendering.template is not None else None
        template = self.catalog.template(notebook.conventions.template_kind, id_) if id_ else None
        if template is not None:
            self._of_notebook(notebook, self._denials(notebook, template))
        if rendering.pod is None:
            return
        namespace = notebook.metadata.namespace
        policy = self._policy(self._levels_in(namespace, template))
        author = Author(rendering)
        faults = (*pod_faults(rendering.pod, policy), *self._budget_faults(rendering.pod, (namespace,)))
        self._of_notebook(notebook, map(author.finding, faults))
        self._count()

    def _denials(self, notebook: Notebook, template: Template) -> Iterator[Finding]:
        from nbcore.access import closed_to, denials, uses

        yield from denials(notebook, template, self.catalog, compat=self.compat)
        labels = self.catalog.namespace_labels(notebook.metadata.namespace)
        yield from closed_to(notebook, uses(notebook, self.catalog), labels)

    def _of_notebook(self, notebook: Notebook, findings: Iterable[Finding]) -> None:
        """Keeps what is wrong with a Notebook's pod; where that is written elsewhere, the Notebook is named."""
        metadata = notebook.metadata
        example = f"{OF_A_NOTEBOOK}{metadata.namespace}/{metadata.name}"
        for one in findings:
            elsewhere = one.source != notebook.origin.source
            self.findings.append(replace(one, pods=1, example=example) if elsewhere else one)

    def _levels_in(self, namespace: str, template: Template | None) -> tuple[Level, ...]:
        """The levels of the settings, the namespace and the Template."""
        given = (*_levels(self.settings), self.surroundings.level(namespace), *_own_level(template))
        return tuple(dict.fromkeys(one for one in given if one is not None))

    def _plain(self, one: Plain) -> None:
        self.findings += (*misnamed(one), *derived(one))
        if one.kind in _CONFIGURING_WEBHOOKS:
            self.findings += self._webhooks(one)
        found = held(one)
        if found is None:
            self.findings += without_pod(one)
            return
        if controllers_of(one) & self._stored:
            self.made += 1
            return
        self.findings += workload_findings(one, self._policy(self._levels_in(one.namespace, None)))
        admitted = uid_of(one.value)
        faults = self._budget_faults(found.pod, (one.namespace,)) if not admitted else ()
        self.findings += (found.finding(fault, one.origin) for fault in faults)
        self._count()

    def _webhooks(self, one: Plain) -> Iterator[Finding]:
        """What is wrong with a webhook configuration, its namespaces with the labels that are given for them."""
        from nbcore.checks.webhook_configurations import GROUP, NAME_LABEL, check_webhook_configuration

        def labels_of(namespace: str) -> Mapping[str, str]:
            return self.catalog.namespace_labels(namespace) or {NAME_LABEL: namespace}

        if one.api_version.rpartition("/")[0] == GROUP:
            for fault in check_webhook_configuration(one.value, labels_of):
                yield written_at(fault, one.origin, ())

    @cached_property
    def _stored(self) -> frozenset[str]:
        """The uids of all objects that come out of a cluster."""
        return frozenset(uid for uid in (uid_of(one.origin.value) for one in self.catalog) if uid)

    def _count(self) -> None:
        self.pods += 1
        self.rendered += 1

    # ---- what they are judged by ----

    def _policy(self, levels: tuple[Level, ...]) -> Policy:
        self.unsecured = self.unsecured or not levels
        return Policy(self.settings.kubernetes_version, levels)

    def _budget_faults(self, pod: dict[str, Any], namespaces: Sequence[str]) -> list[Fault]:
        """What the budgets of the namespaces have against a pod, each thing once."""
        if not self.surroundings.are_given:
            return []
        from nbcore.checks import quota

        sound = fitted(pod, self.settings.kubernetes_version, "PodTemplateSpec")[0]
        found: dict[tuple[str, RawPath, str], tuple[Fault, list[str]]] = {}
        for namespace in namespaces:
            for fault in quota.check(sound, self.surroundings.budget(namespace)):
                found.setdefault((fault.code, fault.path, fault.message), (fault, []))[1].append(namespace)
        return [_placed(fault, refusing) for fault, refusing in found.values()]

    def _not_given(self) -> Iterator[NotEvaluated]:
        """The rules that nothing was given for, and the pods that stand behind another object."""
        if self.made:
            subject = f"objects that a controller made ({self.made:,})"
            yield NotEvaluated("NB", subject, "a run without their owners, which are judged instead")
        if self.unsecured:
            yield NotEvaluated(
                "NB5",
                "pod security",
                "a level: --pod-security, a Namespace that enforces one, or podSecurity of a Template",
            )
        for kind in _ABOUT:
            if not self.surroundings.given(kind):
                yield NotEvaluated(_NEEDING[kind], _ABOUT[kind], f"a {kind}")


_OF_KINDS: Final[Mapping[str, Callable[[Lint, Any], None]]] = {
    "Template": Lint._template,
    "Notebook": Lint._notebook,
    "PodDefault": Lint._pod_default,
}
OF_UPSTREAM: Final = (KUBEFLOW_V2.template_kind, KUBEFLOW_V2.notebook_kind)
_CONFIGURING_WEBHOOKS: Final = frozenset(("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"))
_NOTHING: Final = Catalog()
_OF_THE_CLUSTER: Final = frozenset(rule.code for rule in RULES if "Node" in rule.needs)
_LONGEST: Final = 128
"""So much of an object's name is told."""
_MOST_NAMED: Final = 3
"""So many namespaces are named that say the same."""
_ABOUT: Final[Mapping[str, str]] = {"ResourceQuota": "quota", "LimitRange": "limits", "Node": "nodes"}
_NEEDING: Final[Mapping[str, str]] = {
    kind: ", ".join(rule.code for rule in RULES if kind in rule.needs) for kind in _ABOUT
}
"""The codes of the rules that can be judged only where objects of a kind are given."""


def named_by(template: Template) -> Iterator[tuple[str, str]]:
    """The PodDefaults that a Template requires or offers, by namespace and name."""
    for reference in (*template.spec.required, *template.spec.optional):
        yield reference.namespace or template.metadata.namespace, reference.name


def _eased(verdict: Verdict) -> Iterator[Finding]:
    """The findings of a kind; what does not fit today is a warning as long as some of its pods fit."""
    for one in verdict.findings:
        some = 0 < one.pods < verdict.pods and one not in verdict.unavoidable
        eased = one.code.startswith("NB6") and one.severity == "error" and some
        yield replace(one, severity="warning") if eased else one


def _placed(fault: Fault, namespaces: Sequence[str]) -> Fault:
    """The fault, with the namespaces that refuse the pod; nodes are those of the whole cluster."""
    if fault.code in _OF_THE_CLUSTER or not namespaces[0]:
        return fault
    more = f" and {len(namespaces) - _MOST_NAMED} more" if len(namespaces) > _MOST_NAMED else ""
    return fault._replace(message=f"in {', '.join(namespaces[:_MOST_NAMED])}{more}: {fault.message}")


def _own_level(template: Template | None) -> tuple[Level, ...]:
    """The level that a Template asks of all its pods, if it does."""
    security = template.spec.pod_security if template is not None else None
    return (Level(security.level, security.version.removeprefix("v")),) if security else ()


def _levels(settings: Settings) -> tuple[Level, ...]:
    return (Level.parse(settings.pod_security),) if settings.pod_security else ()
