"""Lint: everything that the rules have against a set of objects, for every pod that they can produce.

The roof's last word: kinds, their reachable pods, notebooks and plain workloads are judged here by the same
functions as at admission.

Refuses to know files, suppressions and how findings are printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from nbcore.attribution import Author, written_at
from nbcore.catalog import Catalog, read
from nbcore.checks.pods import Policy, pod_faults
from nbcore.finding import Finding, in_order
from nbcore.model.element import Origin
from nbcore.model.notebook import Notebook
from nbcore.model.plain import Plain
from nbcore.pipeline import render
from nbcore.settings import Settings

POD_AT: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("", "Pod"): (),
    ("", "PodTemplate"): ("template",),
    ("", "ReplicationController"): ("spec", "template"),
    ("apps", "DaemonSet"): ("spec", "template"),
    ("apps", "Deployment"): ("spec", "template"),
    ("apps", "ReplicaSet"): ("spec", "template"),
    ("apps", "StatefulSet"): ("spec", "template"),
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
    ("batch", "Job"): ("spec", "template"),
}
"""API group and kind of the objects that hold a pod, and where."""


@dataclass(frozen=True, slots=True)
class NotEvaluated:
    """A family of rules, or one of them, that could not be judged, and what would have to be given."""

    code: str
    subject: str
    needs: str

    def __str__(self) -> str:
        return f"{self.code} {self.subject}: needs {self.needs}".strip()


@dataclass(frozen=True, slots=True)
class Report:
    """What there is to say about a set of objects.

    Shape: ``pods`` is how many different pods the verdict stands for; ``rendered`` how many of them had to be
    made for that; ``objects`` how many objects were judged.
    """

    findings: tuple[Finding, ...]
    pods: int = 0
    not_evaluated: tuple[NotEvaluated, ...] = ()
    rendered: int = 0
    objects: int = 0


def check(objects: Iterable[Any], *, old: Iterable[Any] = (), settings: Settings | None = None) -> Report:
    """Everything that is wrong with the objects, for every pod that they can produce.

    Shape: ``objects`` are dicts or documents of any dialect; ``old`` are the same objects before the change.
    """
    catalog = objects if isinstance(objects, Catalog) else Catalog(objects)
    chosen = settings or Settings()
    findings = list(catalog.findings)
    pods = 0
    for one in catalog:
        if isinstance(one, Notebook):
            rendering = render(one, catalog, settings=chosen)
            findings += rendering.findings
            if rendering.pod is not None:
                pods += 1
                author = Author(rendering)
                findings += map(author.finding, pod_faults(rendering.pod, _policy(chosen)))
        elif isinstance(one, Plain):
            found = list(_of_plain(one, chosen))
            findings += found
    return Report(in_order(findings), pods, (), pods, len(catalog))


def check_pod(pod: Any, *, settings: Settings | None = None) -> list[Finding]:
    """Everything that is wrong with one plain pod, in order.

    Shape: ``pod`` is a Pod, or ``{metadata, spec}``, as a dict or a document.
    """
    chosen = settings or Settings()
    if isinstance(pod, dict) and ("kind" not in pod or "apiVersion" not in pod):
        pod = {"apiVersion": "v1", "kind": "Pod", **pod}
    parsed = read(pod)
    if not isinstance(parsed.object, Plain):
        return list(parsed.findings)
    return list(in_order((*parsed.findings, *_of_plain(parsed.object, chosen))))


def _of_plain(one: Plain, settings: Settings) -> Iterator[Finding]:
    """The findings of an object that holds a pod; nothing for any other object."""
    group = one.api_version.rpartition("/")[0]
    root = POD_AT.get((group, one.kind))
    if root is None:
        return
    pod: Any = one.value
    for step in root:
        pod = pod.get(step) if isinstance(pod, dict) else None
    if isinstance(pod, dict):
        origin: Origin = one.origin
        for fault in pod_faults(pod, _policy(settings)):
            yield written_at(fault, origin, root)


def _policy(settings: Settings) -> Policy:
    level, _, version = (settings.pod_security or "").partition(":")
    return Policy(settings.kubernetes_version, level, version.removeprefix("v") or "latest")
