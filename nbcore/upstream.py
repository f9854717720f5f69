"""What the webhooks of a dialect's own project have against objects: which rows apply, and to what.

With Settings.compat its verdict is the only one that refuses; otherwise its rows are asked on top of ours, and
always, not only about what changed. Refuses to know what a row says, and the rules of our own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final, TypeVar

from nbcore.catalog import Catalog
from nbcore.checks import kubeflow
from nbcore.finding import Finding
from nbcore.model.conventions import KUBEFLOW_V2
from nbcore.model.notebook import Notebook
from nbcore.model.template import Template
from nbcore.resolve.grammars import reader_of

_Kind = TypeVar("_Kind", Template, Notebook)
_KINDS: Final = frozenset((KUBEFLOW_V2.template_kind, KUBEFLOW_V2.notebook_kind))


def upstream_findings(old: Catalog, new: Catalog, *, compat: bool, about: Any = None) -> Iterator[Finding]:
    """Everything that the rows of Kubeflow's webhooks have against the objects of a catalog.

    Shape: ``old`` are the same objects before the change; one that is there and not in ``new`` is deleted. With
    ``about``, an object of ``new``, only what they have against that one.
    """
    for one in _listed(new, KUBEFLOW_V2.template_kind, about):
        if isinstance(one, Template):
            before = _before(old, one, Template)
            read = reader_of(one.conventions.grammar, compat=compat)
            uses = cache(lambda kind=one.id: _uses(kind, new))
            yield from kubeflow.kind_rows(before, one, uses, read, changed_only=compat)
    for one in _listed(new, KUBEFLOW_V2.notebook_kind, about):
        if isinstance(one, Notebook):
            kind = new.template(KUBEFLOW_V2.template_kind, one.template_id)
            yield from kubeflow.workspace_rows(_before(old, one, Notebook), one, kind, changed_only=compat)
    if about is None:
        for one in old.list(KUBEFLOW_V2.template_kind):
            if isinstance(one, Template) and _before(new, one, Template) is None:
                yield from deletion_findings(one, new, compat=compat)


def deletion_findings(kind: Template, catalog: Catalog, *, compat: bool) -> Iterator[Finding]:
    """Why a WorkspaceKind may not be deleted."""
    yield from kubeflow.deletion_rows(kind, _users(kind, catalog, compat=compat))


def _listed(catalog: Catalog, kind: str, about: Any) -> Iterable[Any]:
    """The objects of a kind, or the one that is asked about where it is of that kind."""
    if about is None:
        return catalog.list(kind)
    return (about,) if about.kind == kind else ()


def beside_upstream(catalog: Catalog, *, about: Any = None) -> Iterator[Finding]:
    """What is wrong with the objects by rules of our own that only this dialect needs; or with the one asked about."""
    for one in _listed(catalog, KUBEFLOW_V2.template_kind, about):
        if isinstance(one, Template):
            yield from kubeflow.advice(one)
            yield from kubeflow.reserved_findings(one)
            yield from kubeflow.label_findings(one)
    for one in _listed(catalog, KUBEFLOW_V2.notebook_kind, about):
        if isinstance(one, Notebook):
            yield from kubeflow.name_findings(one)


def together(ours: Iterable[Finding], rows: Iterable[Finding], *, compat: bool) -> list[Finding]:
    """Our findings and the rows', each thing once; with ``compat`` ours are warnings where they are about its kinds.

    Shape: what the schema of a kind refuses stays an error: upstream's own schema refuses it too.
    """
    said: dict[tuple[object, ...], list[Finding]] = {}
    for one in rows:
        said.setdefault(_key(one), []).append(one)
    told: list[Finding] = []
    grave = {_key(row) for rows_ in said.values() for row in rows_ if row.severity == "error"}
    for one in ours:
        left = said.get(_key(one), [])
        if _key(one) in grave and one.severity == "error":  # ours knows more about it
            told.append(one)
            del left[:1]
        elif not left:
            told.append(_eased(one) if compat else one)
    finer = {} if compat else _finer(told)
    return [*told, *(one for key, left in said.items() if key not in finer for one in left)]


def _finer(ours: Iterable[Finding]) -> dict[tuple[object, ...], Finding]:
    """Errors of ours by what a row would call them that names the map of what is wrong, and not its key."""
    return {(one.code, one.source[:3], one.path.parent.keyed): one for one in ours if one.severity == "error"}


def _eased(one: Finding) -> Finding:
    ours = one.severity == "error" and one.source.kind in _KINDS and not one.code.startswith("NB1")
    return replace(one, severity="warning") if ours else one


def _key(one: Finding) -> tuple[object, ...]:
    return one.code, one.source[:3], one.path.keyed


def _before(old: Catalog, one: _Kind, model: type[_Kind]) -> _Kind | None:
    found = old.get(one.kind, one.metadata.name, one.metadata.namespace) if one.metadata.name else None
    return found if isinstance(found, model) else None


def _uses(kind: str, catalog: Catalog) -> Mapping[str, Mapping[str, int]]:
    """How many Workspaces of a kind have chosen each value of each group."""
    found: dict[str, Counter[str]] = {}
    for one in _of_kind(kind, catalog):
        for group, value in one.spec.options.items():
            found.setdefault(group, Counter())[value] += 1
    return found


def _of_kind(kind: str, catalog: Catalog) -> Iterator[Notebook]:
    for one in catalog.list(KUBEFLOW_V2.notebook_kind):
        if isinstance(one, Notebook) and one.template_id == kind:
            yield one


def _users(kind: Template, catalog: Catalog, *, compat: bool) -> int:
    """How many Workspaces use a kind: what its status says, and those that are there."""
    status = kind.status if isinstance(kind.status, dict) else {}
    counted = status.get("workspaces")
    said = counted if type(counted) is int else 0
    return said if compat else max(said, sum(1 for _ in _of_kind(kind.id, catalog)))
