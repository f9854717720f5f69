"""Standings: what the status of a notebook says about its options, its redirects and whether a restart would change it.

Refuses to know clusters: the running pod is told, and nothing is written.

Source: reference behaviour of Kubeflow Notebooks 2.0, sections 2.1 to 2.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from nbcore.catalog import Catalog, read
from nbcore.change.change import RANK, worst
from nbcore.finding import Finding, in_order
from nbcore.model.notebook import Notebook
from nbcore.model.revision import Revision
from nbcore.model.selection import Broken, Cycle, Gone, Redirected, Resolution, Step
from nbcore.model.template import Message
from nbcore.named_templates import resolve_template, template_at
from nbcore.pending import Pending, to_be_made
from nbcore.pipeline import render
from nbcore.resolve.options import select
from nbcore.resolve.redirects import TAKES
from nbcore.settings import Settings
from nbcore.updating import Update

_START: Final = TAKES["start", "Auto"]


@dataclass(frozen=True, slots=True)
class OptionStanding:
    """Where one selection leads.

    Shape: ``group`` is ``""`` for the Template; ``desired`` is the id at the end of the redirects, offers included,
    None where the selection does not exist; ``chain`` are the redirects to it: none where they lead nowhere or in a
    circle, as they are not to be followed. ``messages`` are those of all redirects, the highest level first.
    """

    group: str
    desired: str | None
    chain: tuple[Step, ...] = ()
    messages: tuple[Message, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The entry of the status, in upstream's shape."""
        chain = [{"source": step.source, "target": step.target} for step in self.chain]
        return {
            **({"desired": self.desired} if self.desired is not None else {}),
            **({"redirectChain": chain} if chain else {}),
        }


@dataclass(frozen=True, slots=True)
class Standing:
    """What the status of a notebook says about its options.

    Shape: ``options`` are in the order of the groups; ``pending`` is as a decision about updates lists it;
    ``problem`` says, for upstream alone, at what its controller stops.
    """

    template: OptionStanding
    options: tuple[OptionStanding, ...]
    pending_restart: bool
    pending: tuple[Pending, ...] = ()
    findings: tuple[Finding, ...] = ()
    problem: str = ""

    def to_json(self) -> dict[str, Any]:
        """The fields of the status, in upstream's shape; ``pending`` only where something is."""
        pending = [one.to_json() for one in self.pending]
        return {
            "pendingRestart": self.pending_restart,
            "podTemplateOptions": {one.group: one.to_json() for one in self.options},
            **({"pending": pending} if pending else {}),
        }


def standing(
    notebook: Any,
    catalog: Catalog,
    *,
    running: Any = None,
    last: Any = None,
    settings: Settings | None = None,
) -> Standing:
    """What the status of a notebook says about its options.

    Shape: ``running`` is the pod as the cluster has it, None where none runs; ``last`` is the pod that was made of
    the notebook for it, without which a field that is ours no more is not seen, unless the status names a Revision
    of the catalog. ``pending_restart`` is true when a start would give another pod, in what is ours; injected
    containers, defaults of the server and amounts written otherwise do not count. In compat it is upstream's: true
    when a selected option has a redirect, and there is no ``pending``.
    Laws: test_what_a_start_gives_is_no_pending_restart, test_standing_is_total.
    """
    told = settings or Settings()
    parsed = read(notebook)
    if not isinstance(parsed.object, Notebook):
        findings = render(notebook, catalog).findings
        return Standing(OptionStanding("", None), (), False, findings=findings)
    found = parsed.object
    template = resolve_template(found, catalog, _START)
    selection = _selection(found, catalog, template)
    if told.compat:
        return _upstream(found, template, selection)
    return _Own(found, catalog, running, last, told).standing(template, selection)


def _selection(notebook: Notebook, catalog: Catalog, result: Resolution) -> Mapping[str, Resolution]:
    """What became of every group of the Template that a start uses."""
    template = template_at(catalog, result.value or "", notebook)
    return {} if template is None else select(template.spec.options, notebook.spec.options, _START)


def _of(result: Resolution) -> OptionStanding:
    if isinstance(result, Redirected):
        return OptionStanding(result.group, result.chain[-1].target, result.chain, result.messages)
    return OptionStanding(result.group, result.value, (), result.messages)


# ---- upstream's ----


def _upstream(notebook: Notebook, template: Resolution, selection: Mapping[str, Resolution]) -> Standing:
    """What upstream's controller writes: it stops at the first selection that leads nowhere."""
    options: list[OptionStanding] = []
    problem = ""
    if isinstance(template, Gone):
        problem = f"references unknown {notebook.conventions.template_kind}: {template.chosen}"
    for group, result in selection.items():
        reason = _reason(result)
        if reason:
            problem = f"has invalid {group}: {reason}"
            break
        options.append(_of(result))
    restart = any(one.chain for one in options)
    return Standing(_of(template), tuple(options), restart, problem=problem)


def _reason(result: Resolution) -> str:
    """Why upstream gives up on a selection."""
    if isinstance(result, Gone):
        return f'{result.group} with id "{result.chosen or ""}" not found'
    if isinstance(result, Broken):
        source = result.chain[-1].source
        return f'{result.group} with id "{result.missing}" not found, was redirected from "{source}"'
    if isinstance(result, Cycle):
        return f'{result.group} with id "{result.chain[-1].source}" has a circular redirect'
    return ""


# ---- our own ----


class _Own:
    """One standing by what a start would give."""

    def __init__(
        self, notebook: Notebook, catalog: Catalog, running: Any, last: Any, settings: Settings
    ) -> None:
        self._notebook, self._running = notebook, running
        pinned = _pinned(notebook, catalog)
        self._update = Update(notebook, pinned, catalog, settings, running, last)
        now = self._update.candidates.now.pod
        self._last = now if last is None else last

    def standing(self, template: Resolution, selection: Mapping[str, Resolution]) -> Standing:
        """The standing of this notebook."""
        start = self._update.at_a_start()
        restart = self._running is not None and start.pod is not None and self._differs(start.pod)
        kept = self._update.kept()
        findings = in_order([*start.findings, *kept.findings])
        options = tuple(map(_of, selection.values()))
        return Standing(_of(template), options, restart, kept.pending, findings)

    def _differs(self, desired: Mapping[str, Any]) -> bool:
        """Whether the running pod has to be made anew to be as desired."""
        changes = to_be_made(self._running, desired, self._last, self._update.candidates.carried)
        return RANK[worst(changes)] > RANK["live"]


def _pinned(notebook: Notebook, catalog: Catalog) -> Revision | None:
    """The Revision that the status names, where the catalog has it."""
    status = notebook.status if isinstance(notebook.status, dict) else {}
    name = status.get("revision")
    found = catalog.get("Revision", name, notebook.metadata.namespace) if isinstance(name, str) else None
    return found if isinstance(found, Revision) else None
