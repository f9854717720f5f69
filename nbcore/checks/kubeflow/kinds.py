"""Rows K1 to K16: what upstream's webhook asks of a WorkspaceKind, each where a change touches it.

The rows of one part stand in the module of that part; here are those of metadata, texts, defaults and ports.
Refuses to know how text with variables is read: it is told what is wrong with one.
Source: reference behaviour of Kubeflow Notebooks 2.0, section 3.3.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from nbcore.checks.kinds import check_template
from nbcore.checks.kubeflow.activity import pause_rows, probe_rows
from nbcore.checks.kubeflow.changes import changed, group_change
from nbcore.checks.kubeflow.filters import filter_rows
from nbcore.checks.kubeflow.in_use import Uses, in_use_rows
from nbcore.checks.kubeflow.metadata import metadata_findings
from nbcore.checks.kubeflow.redirects import redirect_rows
from nbcore.finding import Finding
from nbcore.kubernetes import names
from nbcore.model.origin import RawPath
from nbcore.model.template import OptionValue, Port, Template
from nbcore.model.workspace_kind import IMAGE, POD, WorkspaceKindSpec

Reader: TypeAlias = Callable[[str, "Collection[str] | None"], "tuple[Any, tuple[str, str] | None]"]
"""Reads a text that may hold variables, given the ids that may be named, None for any; last: what is wrong
with it, and the remedy."""


class _Judged(NamedTuple):
    """The kind that is judged, and how its texts are read."""

    kind: Template
    spec: WorkspaceKindSpec
    read: Reader


def kind_rows(
    old: Template | None, new: Template, uses: Uses, read: Reader, *, changed_only: bool
) -> Iterator[Finding]:
    """Everything that rows K1 to K16 have against a WorkspaceKind, in the order of the rows.

    Shape: ``uses`` answers how many Workspaces have chosen an id, by group and id; it is asked at most once, and
    only when a value changed or went. ``changed_only`` asks on an update, as upstream does, only about what the
    update changes; values in use are protected whenever there is an old object.
    Raises: TypeError for a Template of another dialect.
    """
    spec = new.spec
    if not isinstance(spec, WorkspaceKindSpec):
        raise TypeError(f"a {new.kind} is no WorkspaceKind")
    judged = _Judged(new, spec, read)
    before = old if changed_only else None
    for paths, rows in _BY_PART:
        if any(changed(before, new, path) for path in paths):
            yield from rows(judged)
    yield from (one for one in check_template(new) if one.code == "NB211")
    changes = {id_: group_change(old, new, id_) for id_ in (IMAGE, POD)}
    every = changed(before, new, _PORTS)
    yield from _port_rows(judged, None if every else changes[IMAGE].touched)
    for id_, change in changes.items():
        yield from redirect_rows(new, id_) if before is None or change.redirected else ()
    yield from _pause_rows(judged, before)
    if old is not None:
        yield from in_use_rows(new, changes, uses)


# ---- K1 to K3: labels and texts ----


def _metadata_rows(judged: _Judged) -> Iterator[Finding]:
    metadata = judged.spec.template.get("metadata") or {}
    path = ("spec", "template", "metadata")
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    yield from metadata_findings("NB403", judged.kind.origin, path, labels, annotations)


def _env_rows(judged: _Judged) -> Iterator[Finding]:
    """The variables whose value cannot be filled in; the finding never holds the value."""
    (main,) = judged.spec.template["spec"]["containers"]
    for at, one in enumerate(main.get("env") or ()):
        text = one.get("value") or ""
        problem = judged.read(text, None)[1] if text else None
        if problem:
            yield judged.kind.origin.finding(
                "NB212",
                f"the text cannot be filled in: {problem[0]}",
                problem[1],
                path=(*_ENV, at, "value"),
            )


_ENV: Final = ("spec", "template", "spec", "containers", 0, "env")


def _header_rows(judged: _Judged) -> Iterator[Finding]:
    for port in judged.spec.ports:
        headers = port.request_headers
        for field, texts in (("set", headers.set), ("add", headers.add)) if headers is not None else ():
            yield from _headers(judged, port, field, texts)


def _headers(judged: _Judged, port: Port, field: str, texts: Mapping[str, str]) -> Iterator[Finding]:
    for name, text in texts.items():
        problem = judged.read(text, None)[1]
        if problem:
            message = f"the text cannot be filled in: {problem[0]}"
            path = ("requestHeaders", field, name)
            yield port.origin.finding("NB212", message, problem[1], path=path)


# ---- K4, K5, K12: rules about use ----


def _filter_rows(judged: _Judged) -> Iterator[Finding]:
    return filter_rows(judged.spec.filters)


def _probe_rows(judged: _Judged) -> Iterator[Finding]:
    return probe_rows(judged.spec.activity_probe, {port.id: port for port in judged.spec.ports})


def _pause_rows(judged: _Judged, before: Template | None) -> Iterator[Finding]:
    if any(changed(before, judged.kind, path) for path in (_PAUSES, _PROBE)):
        yield from pause_rows(judged.kind, judged.spec)


_POD: Final[RawPath] = ("spec", "podTemplate")
_PORTS: Final[RawPath] = (*_POD, "ports")
_PROBE: Final[RawPath] = (*_POD, "activityProbe")
_PAUSES: Final[RawPath] = ("spec", "activityRules")
_BY_PART: Final[tuple[tuple[tuple[RawPath, ...], Callable[[_Judged], Iterator[Finding]]], ...]] = (
    (((*_POD, "podMetadata"),), _metadata_rows),
    (((*_POD, "extraEnv"),), _env_rows),
    ((_PORTS,), _header_rows),
    ((("spec", "filterRules"),), _filter_rows),
    ((_PORTS, _PROBE), _probe_rows),
)
"""Rows K1 to K5, each with the parts of which a change makes upstream ask it."""


# ---- K8, K9: ports of images ----


def _port_rows(judged: _Judged, touched: frozenset[str] | None) -> Iterator[Finding]:
    """What is wrong with the ports of the images that are touched, None for all."""
    known = [port.id for port in judged.spec.ports]
    group = judged.spec.group(IMAGE)
    for value in group.values if group is not None else ():
        if touched is None or value.id in touched:
            yield from repeated_ports(value)
            yield from _unknown(value, known)


def repeated_ports(value: OptionValue) -> Iterator[Finding]:
    """The findings for endpoints of a value that have the number of an earlier one (K8)."""
    first: dict[int | None, Port] = {}
    for port in value.ports:
        other = first.setdefault(port.port, port)
        if other is not port:
            there = other.origin
            yield port.origin.finding(
                "NB222",
                f"the endpoints {other.id[:64]} and {port.id[:64]} have the same port {port.port}",
                "Give each its own port, or remove one of them.",
                path=("port",),
                severity="error",
                related=((there.source, there.path("port"), there.position("port")),),
            )


def _unknown(value: OptionValue, known: Collection[str]) -> Iterator[Finding]:
    for port in value.ports:
        if port.id not in known:
            near = names.closest(port.id, known)
            yield port.origin.finding(
                "NB228",
                f"the WorkspaceKind has no port {port.id[:64]}",
                f"Did you mean {near}?" if near else "Name one of spec.podTemplate.ports, or add it there.",
                path=("id",),
            )
