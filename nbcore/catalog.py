"""The catalog: an immutable snapshot of parsed objects, found by kind, namespace and name.

It also keeps what has been compiled from them, the one sanctioned memo: it changes no answer, only its cost.

Refuses to know what objects mean, and to fetch any.

Laws: test_the_memo_changes_no_answer, test_replace_equals_a_fresh_catalog.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeGuard

from nbcore import dialects
from nbcore.dialects import kubeflow_v2, native
from nbcore.dialects.parsed import origin_of
from nbcore.finding import Finding, Source, finding, in_order
from nbcore.kubernetes.paths import Path
from nbcore.model.conventions import NOTEBOOK_KINDS, TEMPLATE_KINDS
from nbcore.model.plain import Plain
from nbcore.source import Document, Documents

if TYPE_CHECKING:  # a kind is imported when there is one: most files hold none
    from nbcore.model.notebook import Notebook
    from nbcore.model.pod_default import PodDefault
    from nbcore.model.revision import Revision
    from nbcore.model.template import Template

Object: TypeAlias = "Template | PodDefault | Notebook | Revision | Plain"
_OURS: Final = {
    **dict.fromkeys(native.MODELS, native.GROUP),
    **dict.fromkeys(kubeflow_v2.KINDS, kubeflow_v2.GROUP),
}
"""The kinds that are read, each with its API group; other groups may have kinds of these names, too."""
_UNNAMED: Final = "#"
"""What the names start with under which objects without one are kept; no object can have such a name."""
Key: TypeAlias = tuple[str, str, str]
"""Kind, namespace and name; kinds that are neither ours nor of the core group with it: ``Deployment.apps``."""


class Catalog:
    """The objects of a snapshot; made of dicts, documents or parsed objects of any dialect.

    Shape: objects that cannot be read are left out and stand in ``findings``, as do doubles (NB111), of
    which the last counts. Objects without a name, as before they are created, are never doubles. A ``lenient``
    catalog also holds objects whose only errors are fields that are unknown or stand twice, without these:
    whoever wants to say everything that is wrong has to look at the rest of them too. ``unread`` are the others
    that have a name, and a kind that can be read.
    """

    __slots__ = ("_broken", "_by_kind", "_by_short_kind", "_objects", "findings", "memo", "unread")

    findings: tuple[Finding, ...]
    unread: tuple[Source, ...]

    def __init__(self, objects: Iterable[Any] = (), *, lenient: bool = False) -> None:
        self._objects: dict[Key, Object] = {}
        self._by_short_kind: dict[Key, Object] = {}
        self._by_kind: dict[str, dict[str, list[Object]]] = {}
        self._broken: set[Key] = set()
        self.memo: dict[Any, Any] = {}
        found: list[Finding] = list(getattr(objects, "findings", ()))
        counted: dict[Any, tuple[Key, Object]] = {}
        unread: list[Source] = []
        for one in _parsed(objects, found, self._broken, unread, lenient=lenient):
            key = key_of(one)
            name = key if key[2] else object()
            if name in counted:
                found.append(_double(one, counted[name][1]))
            counted[name] = (key, one)
        for key, one in counted.values():
            self._add(key, one)
        found.extend(one for template in self.templates for one in _of_template(template))
        self.findings = in_order(found)
        self.unread = tuple(unread)

    def _add(self, key: Key, one: Object) -> None:
        kind, namespace, name = key
        self._objects[key if name else (kind, namespace, f"{_UNNAMED}{len(self._objects)}")] = one
        self._by_kind.setdefault(kind, {}).setdefault(namespace, []).append(one)
        short = kind.partition(".")[0]
        if short != kind and short not in _OURS:
            self._by_kind.setdefault(short, {}).setdefault(namespace, []).append(one)
            self._by_short_kind.setdefault((short, namespace, name), one)

    def get(self, kind: str, name: str, namespace: str = "") -> Any:
        """The object with this kind, namespace and name, or None.

        Shape: ``kind`` may carry its API group (``Deployment.apps``), which it must where one of our kinds has
        that name; without it, the core group comes first.
        """
        key = (kind, namespace, name)
        return self._objects.get(key) or self._by_short_kind.get(key)

    def list(self, kind: str, namespace: str | None = None) -> tuple[Any, ...]:
        """The objects of a kind, of one namespace or of all, in the order in which they were given.

        Shape: ``kind`` as in ``get``; without an API group it stands for every group that has such a kind.
        """
        spaces = self._by_kind.get(kind, {})
        if namespace is not None:
            return tuple(spaces.get(namespace, ()))
        return tuple(one for objects in spaces.values() for one in objects)

    def template(self, kind: str, id_: str) -> Template | None:
        """The Template, of whatever dialect, with this kind and identity (``namespace/name``, or the name)."""
        namespace, _, name = id_.rpartition("/")
        found: Template | None = self.get(kind, name, namespace)
        return found

    def is_broken(self, kind: str, id_: str) -> bool:
        """Whether an object with this kind and identity was given that could not be read."""
        namespace, _, name = id_.rpartition("/")
        return (kind, namespace, name) in self._broken

    @property
    def templates(self) -> tuple[Template, ...]:
        """The Templates of all dialects."""
        return tuple(one for kind in TEMPLATE_KINDS for one in self.list(kind))

    @property
    def notebooks(self) -> tuple[Notebook, ...]:
        """The Notebooks of all dialects."""
        return tuple(one for kind in NOTEBOOK_KINDS for one in self.list(kind))

    def __iter__(self) -> Iterator[Object]:
        return iter(self._objects.values())

    def __len__(self) -> int:
        return len(self._objects)

    def replace(self, changed: Iterable[Any] = (), removed: Iterable[Any] = ()) -> Catalog:
        """A new catalog with some objects changed or added, and some removed.

        Shape: ``removed`` holds objects, or (kind, namespace, name) keys.
        """
        new = Catalog(changed)
        stale = {key for one in removed for key in self._keys(one)} | new._broken
        stale |= {key for key in new._objects if not key[2].startswith(_UNNAMED)}
        catalog = Catalog([*(one for key, one in self._objects.items() if key not in stale), *new])
        catalog._broken = (self._broken - stale) | new._broken
        spoken = {(kind.partition(".")[0], namespace, name) for kind, namespace, name in stale}
        older = [one for one in self.findings if one.source[:3] not in spoken]
        catalog.findings = in_order([*older, *new.findings])
        catalog.unread = (*(one for one in self.unread if one[:3] not in spoken), *new.unread)
        return catalog

    def _keys(self, removed: Any) -> Iterator[Key]:
        """The keys of what is to be removed: of a key itself, of an object of any form, broken ones too."""
        if isinstance(removed, tuple) and not isinstance(removed, Documents):
            yield removed
            short = self._by_short_kind.get(removed)
            if short is not None:
                yield key_of(short)
            return
        broken: set[Key] = set()
        yield from (key_of(one) for one in _parsed((removed,), [], broken, []))
        yield from broken

    def namespace_labels(self, namespace: str) -> dict[str, str] | None:
        """The labels of a Namespace, or None when the snapshot does not hold it."""
        found = self.get("Namespace", namespace)
        if not isinstance(found, Plain):
            return None
        return {**found.labels, "kubernetes.io/metadata.name": namespace}


def key_of(one: Object) -> Key:
    """Kind, namespace and name."""
    named = one if isinstance(one, Plain) else one.metadata
    return (_kind_of(one.kind, one.api_version), named.namespace, named.name)


def _kind_of(kind: str, api_version: str) -> str:
    """The kind alone for our kinds and those of the core group, else with its group: groups share names."""
    group = api_version.rpartition("/")[0]
    return kind if group == _OURS.get(kind, "") else f"{kind}.{group}"


def read(one: Any) -> dialects.Parsed:
    """One object of any form: parsed already, a document, or a plain dict."""
    if _is_parsed(one):
        return dialects.Parsed(one, (), one)
    return dialects.parse(one)


def _is_parsed(one: Any) -> TypeGuard[Object]:
    if isinstance(one, Plain):
        return True
    kind = type(one).__name__
    return kind in native.MODELS and isinstance(one, native.MODELS[kind])


def _of_template(template: Template) -> Iterator[Finding]:
    from nbcore.checks.kinds import check_template

    return check_template(template)


def _parsed(
    objects: Iterable[Any],
    found: list[Finding],
    broken: set[Key],
    unread: list[Source],
    *,
    lenient: bool = False,
) -> Iterator[Object]:
    """The objects that can be read; findings, keys and sources of those that cannot are added to the lists."""
    for one in objects:
        if _is_parsed(one):
            yield one
            continue
        for item in dialects.items(one) if isinstance(one, Document) else dialects.plain_items(one):
            parsed = dialects.parse(item)
            found.extend(parsed.findings)
            read = parsed.known if lenient else parsed.object
            if _is_parsed(read):
                yield read
            else:
                document = item if isinstance(item, Document) else None
                value = document.value if document else item
                keys = list(_key_of_broken(value))
                broken.update(keys)
                if keys and not any(one.code == "NB104" for one in parsed.findings):
                    unread.append(origin_of(value, document).source)


def _key_of_broken(value: Any) -> Iterator[Key]:
    """The key of an object that cannot be read, where it still says its name."""
    api_version = value.get("apiVersion") if isinstance(value, dict) else None
    source = origin_of(value).source
    if isinstance(api_version, str) and source.kind and source.name:
        yield (_kind_of(source.kind, api_version), source.namespace, source.name)


def _double(one: Object, first: Object) -> Finding:
    origin, other = one.origin, first.origin
    return finding(
        "NB111",
        ("metadata", "name"),
        f"{other.source.object} stands twice",
        "Remove or rename one of them; the last one counts, as with kubectl apply.",
        source=origin.source,
        position=origin.position("metadata", "name"),
        related=((other.source, Path(("metadata", "name")), other.position("metadata", "name")),),
    )
