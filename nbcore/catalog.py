"""The catalog: an immutable snapshot of parsed objects, found by kind, namespace and name.

It also keeps what has been compiled from them, the one sanctioned memo: it changes no answer, only its cost.

Refuses to know what objects mean, and to fetch any.

Laws: test_the_memo_changes_no_answer, test_replace_equals_a_fresh_catalog.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from nbcore import dialects
from nbcore.checks.kinds import check_template
from nbcore.dialects import native
from nbcore.finding import Finding, finding, in_order
from nbcore.kubernetes.paths import Path
from nbcore.model.notebook import Notebook
from nbcore.model.plain import Plain
from nbcore.model.pod_default import PodDefault
from nbcore.model.revision import Revision
from nbcore.model.template import Template
from nbcore.source import Document

Object: TypeAlias = Template | PodDefault | Notebook | Revision | Plain
_PARSED = (Template, PodDefault, Notebook, Revision, Plain)
Key: TypeAlias = tuple[str, str, str]
"""Kind, namespace and name."""


class Catalog:
    """The objects of a snapshot; made of dicts, documents or parsed objects of any dialect.

    Shape: objects that cannot be read are left out and stand in ``findings``, as do doubles (NB111), of
    which the first counts.
    """

    __slots__ = ("_by_kind", "_objects", "findings", "memo")

    findings: tuple[Finding, ...]

    def __init__(self, objects: Iterable[Any] = ()) -> None:
        self._objects: dict[Key, Object] = {}
        self._by_kind: dict[str, dict[str, list[Object]]] = {}
        self.memo: dict[Any, Any] = {}
        found: list[Finding] = list(getattr(objects, "findings", ()))
        for one in _parsed(objects, found):
            key = key_of(one)
            if key in self._objects:
                found.append(_double(one, self._objects[key]))
                continue
            self._objects[key] = one
            if isinstance(one, Template):
                found.extend(check_template(one))
            self._by_kind.setdefault(key[0], {}).setdefault(key[1], []).append(one)
        self.findings = in_order(found)

    def get(self, kind: str, name: str, namespace: str = "") -> Any:
        """The object with this kind, namespace and name, or None."""
        return self._objects.get((kind, namespace, name))

    def list(self, kind: str, namespace: str | None = None) -> tuple[Any, ...]:
        """The objects of a kind, of one namespace or of all, in the order in which they were given."""
        spaces = self._by_kind.get(kind, {})
        if namespace is not None:
            return tuple(spaces.get(namespace, ()))
        return tuple(one for objects in spaces.values() for one in objects)

    def __iter__(self) -> Iterator[Object]:
        return iter(self._objects.values())

    def __len__(self) -> int:
        return len(self._objects)

    def replace(self, changed: Iterable[Any] = (), removed: Iterable[Any] = ()) -> Catalog:
        """A new catalog with some objects changed or added, and some removed.

        Shape: ``removed`` holds objects, or (kind, namespace, name) keys.
        """
        new = Catalog(changed)
        gone = {one if isinstance(one, tuple) else key_of(one) for one in _keyed(removed)}
        kept = [one for key, one in self._objects.items() if key not in gone and key not in new._objects]
        catalog = Catalog([*kept, *new])
        stale = {key[1:] for key in gone} | {key[1:] for key in new._objects}
        older = [one for one in self.findings if (one.source.namespace, one.source.name) not in stale]
        catalog.findings = in_order([*older, *new.findings])
        return catalog

    def namespace_labels(self, namespace: str) -> dict[str, str] | None:
        """The labels of a Namespace, or None when the snapshot does not hold it."""
        found = self.get("Namespace", namespace)
        if not isinstance(found, Plain):
            return None
        return {**found.labels, "kubernetes.io/metadata.name": namespace}


def key_of(one: Object) -> Key:
    """Kind, namespace and name. A kind of another group that native kinds shadow carries its group."""
    named = one if isinstance(one, Plain) else one.metadata
    return (_kind_of(one), named.namespace, named.name)


def _kind_of(one: Object) -> str:
    group = one.api_version.rpartition("/")[0]
    return f"{one.kind}.{group}" if one.kind in native.MODELS and group != native.GROUP else one.kind


def read(one: Any) -> dialects.Parsed:
    """One object of any form: parsed already, a document, or a plain dict."""
    if isinstance(one, _PARSED):
        return dialects.Parsed(one, ())
    return dialects.parse(one)


def _parsed(objects: Iterable[Any], found: list[Finding]) -> Iterator[Object]:
    for one in objects:
        if isinstance(one, _PARSED):
            yield one
            continue
        for item in dialects.items(one) if isinstance(one, Document) else _items(one):
            parsed = dialects.parse(item)
            found.extend(parsed.findings)
            if isinstance(parsed.object, _PARSED):
                yield parsed.object


def _items(one: Any) -> Iterator[Any]:
    """A plain dict, or the items of one that is a list such as kubectl prints."""
    inner = one.get("items") if isinstance(one, dict) and str(one.get("kind", "")).endswith("List") else None
    yield from inner if isinstance(inner, list) else (one,)


def _keyed(removed: Iterable[Any]) -> Iterator[Any]:
    for one in removed:
        if isinstance(one, tuple):
            yield one
        else:
            parsed = read(one)
            if isinstance(parsed.object, _PARSED):
                yield parsed.object


def _double(one: Object, first: Object) -> Finding:
    origin, other = one.origin, first.origin
    return finding(
        "NB111",
        ("metadata", "name"),
        f"{other.source.object} stands twice",
        "Remove or rename one of them; the first one counts.",
        source=origin.source,
        position=origin.position("metadata", "name"),
        related=((other.source, Path(("metadata", "name")), other.position("metadata", "name")),),
    )
