"""The catalog: an immutable snapshot of parsed objects, found by kind, namespace and name.

It also keeps what has been compiled from them, the one sanctioned memo: it changes no answer, only its cost.

Refuses to know what objects mean, and to fetch any.

Laws: test_the_memo_changes_no_answer.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeGuard

from nbcore import dialects
from nbcore.dialects import kubeflow_v2, native
from nbcore.dialects.parsed import origin_of
from nbcore.finding import Finding, Source, finding, in_order
from nbcore.kubernetes.paths import Path
from nbcore.model.conventions import KEPT_NOTEBOOKS, KEPT_POD_DEFAULTS, NOTEBOOK_KINDS, TEMPLATE_KINDS
from nbcore.model.plain import Plain
from nbcore.packed import Bounded, Packed, Packer, Unpacked
from nbcore.source import Document, Documents

if TYPE_CHECKING:  # a kind is imported when there is one: most files hold none
    from nbcore.model.notebook import Notebook
    from nbcore.model.pod_default import PodDefault
    from nbcore.model.revision import Revision
    from nbcore.model.template import Template

Object: TypeAlias = "Template | PodDefault | Notebook | Revision | Plain"
Slot: TypeAlias = "Object | Packed"
_OURS: Final = {
    **dict.fromkeys(native.MODELS, native.GROUP),
    **dict.fromkeys(kubeflow_v2.KINDS, kubeflow_v2.GROUP),
}
"""The kinds that are read, each with its API group; other groups may have kinds of these names, too."""
_UNNAMED: Final = "#"
"""What the names start with under which objects without one are kept; no object can have such a name."""
Key: TypeAlias = tuple[str, str, str]
"""Kind, namespace and name; kinds that are neither ours nor of the core group with it: ``Deployment.apps``."""

_COMPILED: Final = frozenset({"selectors", "filters", "pods", *NOTEBOOK_KINDS})
"""The first words of the memo's keys that stay from one catalog to the next, unless one of these kinds changes:"""
_COMPILED_FROM: Final = frozenset({*TEMPLATE_KINDS, *KEPT_POD_DEFAULTS, *KEPT_NOTEBOOKS} - {*NOTEBOOK_KINDS})
"""The kinds that are looked up when a pod is made; of the first Kubeflow, a Notebook is its own Template."""


class Catalog:
    """The objects of a snapshot; made of dicts, documents or parsed objects of any dialect.

    Shape: objects that cannot be read are left out and stand in ``findings``, as do doubles (NB111), of
    which the last counts. Objects without a name, as before they are created, are never doubles. A ``lenient``
    catalog also holds objects whose only errors are fields that are unknown or stand twice, without these:
    whoever wants to say everything that is wrong has to look at the rest of them too. ``unread`` are the others
    that have a name, and a kind that can be read. A ``packed`` catalog keeps what it was given as plain JSON in
    compressed form, and reads an object again when it is asked for one that it has not read for long: the same
    answers in a fraction of the memory. It is for JSON that came over a wire; what stands in a document stays as
    it is, since findings point into its text. Any number of threads may ask one catalog.

    Laws: test_packed_equals_unpacked.
    """

    __slots__ = (
        "_broken",
        "_findings",
        "_found",
        "_lenient",
        "_objects",
        "_packed",
        "_packer",
        "_shelves",
        "_unnamed",
        "_unpacked",
        "_unread",
        "memo",
    )

    def __init__(self, objects: Iterable[Any] = (), *, lenient: bool = False, packed: bool = False) -> None:
        self._lenient, self._packed = lenient, packed
        self._unpacked = Unpacked(partial(_read_again, lenient=lenient))
        self._packer = Packer()
        self._objects: dict[Key, Slot] = {}
        self._shelves: dict[Any, dict[Key, Slot]] = {}
        self._found: dict[Key, tuple[Finding, ...]] = {}
        self._unread: dict[Key, tuple[Source, ...]] = {}
        self._broken: frozenset[Key] = frozenset()
        self._unnamed = 0
        self._findings: tuple[Finding, ...] | None = None
        self.memo: dict[Any, Any] = Bounded() if packed else {}
        self._take(self._batch(objects))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything that is wrong with single objects, and the doubles, in the stable order."""
        if self._findings is None:
            self._findings = in_order([one for found in self._found.values() for one in found])
        return self._findings

    @property
    def unread(self) -> tuple[Source, ...]:
        """The objects that have a name, and a kind that can be read, and could not be."""
        return tuple(one for sources in self._unread.values() for one in sources)

    def get(self, kind: str, name: str, namespace: str = "") -> Any:
        """The object with this kind, namespace and name, or None.

        Shape: ``kind`` may carry its API group (``Deployment.apps``), which it must where one of our kinds has
        that name; without it, the core group comes first.
        """
        key = (kind, namespace, name)
        slot = self._objects.get(key)
        if slot is None:
            slot = next(iter(self._shelves.get(key, {}).values()), None)
        return self._unpacked.one(slot)

    def list(self, kind: str, namespace: str | None = None) -> tuple[Any, ...]:
        """The objects of a kind, of one namespace or of all, in the order in which they were given.

        Shape: ``kind`` as in ``get``; without an API group it stands for every group that has such a kind.
        """
        shelf = self._shelves.get(kind if namespace is None else (kind, namespace), {})
        return self._unpacked.many(shelf.values())

    def template(self, kind: str, id_: str) -> Template | None:
        """The Template, of whatever dialect, with this kind and identity (``namespace/name``, or the name)."""
        namespace, _, name = id_.rpartition("/")
        found = self.get(kind, name, namespace)
        own: Template | None = getattr(
            found, "own_template", found
        )  # a notebook may hold its template itself
        return own

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
        return tuple(one for kind in KEPT_NOTEBOOKS for one in self.list(kind))

    def __iter__(self) -> Iterator[Object]:
        return self._unpacked.passing(self._objects.values())

    def __len__(self) -> int:
        return len(self._objects)

    def replace(self, changed: Iterable[Any] = (), removed: Iterable[Any] = ()) -> Catalog:
        """A new catalog with some objects changed or added, and some removed.

        Shape: ``removed`` holds objects, or (kind, namespace, name) keys. The new catalog is lenient or packed as
        this one is. It costs what changes and a shallow copy of the tables: nothing else is read or checked
        again, and what was compiled from other objects stays compiled.

        Laws: test_replace_equals_a_fresh_catalog, test_many_replaces_equal_a_fresh_catalog.
        """
        batch = self._batch(changed)
        stale = {key for one in removed for key in self._keys(one)} | batch.broken
        stale |= {key for key, _ in batch.slots.values() if key[2]}
        new = self._copy()
        new._drop(stale)
        new._take(batch)
        touched = {kind for kind, _, _ in (*stale, *(key for key, _ in batch.slots.values()))}
        new.memo.update(_still_right(self.memo, touched))
        return new

    def _copy(self) -> Catalog:
        """A catalog of its own tables; the shelves in them are shared until one is changed."""
        new = Catalog(lenient=self._lenient, packed=self._packed)
        new._unpacked, new._packer = self._unpacked, self._packer
        new._unnamed, new._broken = self._unnamed, self._broken
        new._objects, new._shelves = self._objects.copy(), self._shelves.copy()
        new._found, new._unread = self._found.copy(), self._unread.copy()
        return new

    def _batch(self, objects: Iterable[Any]) -> _Batch:
        """What the objects come to, each packed as soon as it is read where this catalog packs."""
        batch = _Batch(found=_findings_along(objects))
        for one, value in _parsed(objects, batch, lenient=self._lenient):
            key = key_of(one)
            name: Any = key if key[2] else object()
            if name in batch.slots:
                first = self._unpacked.one(batch.slots[name][1])
                batch.found.setdefault(key, []).append(_double(one, first))
            slot = self._packer.pack(key[0], value) if self._packed and value is not None else None
            batch.slots[name] = (key, one if slot is None else slot)
            batch.checked[name] = (key, list(_of_template(one))) if key[0] in TEMPLATE_KINDS else (key, [])
        return batch

    def _take(self, batch: _Batch) -> None:
        """Adds what was read to a catalog that nobody has seen yet, in which it has no older form."""
        owned: set[Any] = set()
        for key, slot in batch.slots.values():
            if not key[2]:
                self._unnamed += 1
                key = (key[0], key[1], f"{_UNNAMED}{self._unnamed}")
            self._objects[key] = slot
            for label in _labels(key):
                self._shelf(label, owned)[key] = slot
        for key, found in (*batch.found.items(), *batch.checked.values()):
            if found:
                self._found[key] = (*self._found.get(key, ()), *found)
        for key, sources in batch.unread.items():
            self._unread[key] = (*self._unread.get(key, ()), *sources)
        self._broken = self._broken | batch.broken
        self._findings = None

    def _drop(self, stale: Collection[Key]) -> None:
        """Takes objects, and what was said of them, out of a catalog that nobody has seen yet."""
        owned: set[Any] = set()
        for key in stale:
            self._found.pop(key, None)
            self._unread.pop(key, None)
            if self._objects.pop(key, None) is not None:
                for label in _labels(key):
                    shelf = self._shelf(label, owned)
                    del shelf[key]
                    if not shelf:
                        del self._shelves[label]
                        owned.discard(label)
        self._broken = self._broken.difference(stale)

    def _shelf(self, label: Any, owned: set[Any]) -> dict[Key, Slot]:
        """The shelf with a label, as a copy that may be changed."""
        if label not in owned:
            owned.add(label)
            self._shelves[label] = self._shelves.get(label, {}).copy()
        return self._shelves[label]

    def _keys(self, removed: Any) -> Iterator[Key]:
        """The keys of what is to be removed: of a key itself, of an object of any form, broken ones too."""
        if isinstance(removed, tuple) and not isinstance(removed, Documents):
            yield removed
            yield from itertools.islice(self._shelves.get(removed, ()), 1)
            return
        batch = _Batch()
        yield from (key_of(one) for one, _ in _parsed((removed,), batch))
        yield from batch.broken

    def namespace_labels(self, namespace: str) -> dict[str, str] | None:
        """The labels of a Namespace, or None when the snapshot does not hold it."""
        found = self.get("Namespace", namespace)
        if not isinstance(found, Plain):
            return None
        return {**found.labels, "kubernetes.io/metadata.name": namespace}


@dataclass(slots=True)
class _Batch:
    """What some given objects come to, by what they are called: their key, or something of its own.

    Shape: ``slots`` in the order of each name's first object; ``checked`` are the findings on the Templates that
    count, ``found`` all others, by the key of the object that they are about.
    """

    slots: dict[Any, tuple[Key, Slot]] = field(default_factory=dict)
    checked: dict[Any, tuple[Key, list[Finding]]] = field(default_factory=dict)
    found: dict[Key, list[Finding]] = field(default_factory=dict)
    broken: set[Key] = field(default_factory=set)
    unread: dict[Key, list[Source]] = field(default_factory=dict)


def _labels(key: Key) -> Iterator[Any]:
    """The shelves that an object stands on: its kind's, that of its namespace, and those without its API group."""
    kind, namespace, name = key
    yield kind
    yield (kind, namespace)
    short = kind.partition(".")[0]
    if short != kind and short not in _OURS:
        yield short
        yield (short, namespace)
        yield (short, namespace, name)


def _still_right(memo: dict[Any, Any], touched: set[str]) -> dict[Any, Any]:
    """What of a memo stays right when objects of some kinds have changed."""
    if not touched.isdisjoint(_COMPILED_FROM):
        return {}
    pairs = memo.copy().items()  # others may add to it meanwhile
    return {key: value for key, value in pairs if isinstance(key, tuple) and key[0] in _COMPILED}


def _read_again(value: Any, *, lenient: bool) -> Any:
    """The object that a packed value is; it could be read before, and is read in the same way."""
    parsed = dialects.parse(value)
    return parsed.known if lenient else parsed.object


def _findings_along(objects: Iterable[Any]) -> dict[Key, list[Finding]]:
    """The findings that come with documents or another catalog, each by the object that it is about."""
    if isinstance(objects, Catalog):
        return {key: [*found] for key, found in objects._found.items()}
    along: dict[Key, list[Finding]] = {}
    for one in getattr(objects, "findings", ()):
        along.setdefault(one.source[:3], []).append(one)
    return along


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


def _of_template(template: Any) -> Iterator[Finding]:
    from nbcore.checks.kinds import check_template

    return check_template(template)


def _parsed(
    objects: Iterable[Any], batch: _Batch, *, lenient: bool = False
) -> Iterator[tuple[Object, Any | None]]:
    """The objects that can be read, with the plain JSON that they were read from, None where it was none.

    Findings, keys and sources of those that cannot are added to the batch.
    """
    for one in objects:
        if _is_parsed(one):
            yield one, None
            continue
        for item in dialects.items(one) if isinstance(one, Document) else dialects.plain_items(one):
            parsed = dialects.parse(item)
            read = parsed.known if lenient else parsed.object
            document = item if isinstance(item, Document) else None
            if _is_parsed(read):
                batch.found.setdefault(key_of(read), []).extend(parsed.findings)
                yield read, None if document else item
            else:
                _broken(document.value if document else item, document, parsed, batch)


def _broken(value: Any, document: Document | None, parsed: dialects.Parsed, batch: _Batch) -> None:
    """Keeps what is wrong with an object that cannot be read, by its key where it says one."""
    source = origin_of(value, document).source
    keys = list(_key_of_broken(value))
    batch.broken.update(keys)
    batch.found.setdefault(keys[0] if keys else source[:3], []).extend(parsed.findings)
    if keys and not any(one.code == "NB104" for one in parsed.findings):
        batch.unread.setdefault(keys[0], []).append(source)


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
