"""The objects of a notebook that a cluster has already, so that names which the server made up are known.

Refuses to know what these objects hold, and what to do about more than one of a kind.

Source: reference behaviour of Kubeflow Notebooks 2.0, section 1.0: how its controller finds its children.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from nbcore.catalog import Catalog
from nbcore.model.notebook import Notebook
from nbcore.model.plain import Plain

_MEMO: Final = "children"
_KINDS: Final = frozenset(
    {("apps", "StatefulSet"), ("", "Service"), ("networking.istio.io", "VirtualService")}
)
"""API group and kind of the objects whose names the server makes up."""

_Owner: TypeAlias = tuple[Any, ...]
"""Namespace, and apiVersion, kind and name of the controller."""


def existing(notebook: Notebook, catalog: Catalog) -> Mapping[str, str]:
    """The names of the notebook's own objects in the catalog, by kind; of several the first by name.

    Shape: an object is the notebook's own when that controls it. One of a former notebook of the same name is
    not, as far as the uids are known.
    """
    children: dict[_Owner, list[tuple[Any, str, str]]] | None = catalog.memo.get(_MEMO)
    if children is None:
        children = catalog.memo[_MEMO] = _children(catalog)
    own = notebook.metadata
    found = children.get((own.namespace, notebook.api_version, notebook.kind, own.name), ())
    names: dict[str, str] = {}
    for uid, kind, name in found:
        if not own.uid or uid == own.uid:
            names[kind] = min(name, names.get(kind, name))
    return names


def _children(catalog: Catalog) -> dict[_Owner, list[tuple[Any, str, str]]]:
    """Uid of the owner, kind and name of every object that could be somebody's, by its owner."""
    children: dict[_Owner, list[tuple[Any, str, str]]] = {}
    for one in catalog:
        if isinstance(one, Plain) and (one.api_version.rpartition("/")[0], one.kind) in _KINDS and one.name:
            for owner in _controllers(one):
                key = (one.namespace, *owner[1:])
                children.setdefault(key, []).append((owner[0], one.kind, one.name))
    return children


def _controllers(one: Plain) -> Iterator[tuple[Any, ...]]:
    """Uid, apiVersion, kind and name of whoever controls an object, those left out that cannot be read."""
    metadata = one.value.get("metadata")
    owners = metadata.get("ownerReferences") if isinstance(metadata, dict) else None
    for owner in owners if isinstance(owners, list) else ():
        if isinstance(owner, dict) and owner.get("controller") is True:
            fields = tuple(owner.get(field) for field in ("uid", "apiVersion", "kind", "name"))
            if all(isinstance(field, str) for field in fields):
                yield fields
