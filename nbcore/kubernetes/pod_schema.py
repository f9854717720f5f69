"""Which fields a pod has in each Kubernetes version, as trees to walk in parallel with the data.

The facts come from a generated table (`schemas/generate_pod_schema.py`) of all types that Pod,
PodTemplateSpec and PersistentVolumeClaimSpec reach. This module refuses to know the defaults, the words
that a text may be, and the rules across fields: Kubernetes has those in Go, not in its schema. It validates
nothing itself.
"""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

FieldType = Literal[
    "object",  # a struct: .ref names it, .fields are its fields
    "map",  # any keys; .items is what the values look like
    "list",  # .items is what the elements look like
    "string",
    "integer",
    "number",
    "boolean",
    "quantity",  # a string or a number, see quantity.py
    "int-or-string",
    "time",  # a string, RFC 3339
    "raw",  # any JSON object
]
ListType = Literal["atomic", "set", "map"]
MapType = Literal["atomic", "granular"]
PythonTypes = frozenset[type]
NEWEST = "newest"
"""Stands for the last of VERSIONS wherever a version is asked for."""

# The Python types of the JSON values that Go decodes into each type; compare with `type(value) in`, since
# isinstance counts True as an integer. Whether the text of a quantity or time is valid is another question.
_ACCEPTS: Mapping[FieldType, PythonTypes] = {
    "object": frozenset({dict}),
    "map": frozenset({dict}),
    "raw": frozenset({dict}),
    "list": frozenset({list}),
    "string": frozenset({str}),
    "time": frozenset({str}),
    "integer": frozenset({int}),
    "number": frozenset({int, float}),
    "boolean": frozenset({bool}),
    "quantity": frozenset({str, int, float}),
    "int-or-string": frozenset({str, int}),
}

_NO_FIELDS: Mapping[str, Field] = {}
_PLAIN_WORDS = frozenset({"type", "required", "format", "since", "until"})


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """What one field, list element or map value looks like in one version; read only by contract.

    Shape: the tree under a field is closed and finite: `fields` and `items` lead to every field below it.
    """

    type: FieldType
    accepts: PythonTypes
    """The Python types of its JSON values, ``null`` aside, which Kubernetes reads as absent."""
    ref: str | None
    fields: Mapping[str, Field] = field(repr=False)
    required_fields: tuple[str, ...] = ()
    items: Field | None = field(default=None, repr=False)
    required: bool = False
    format: str | None = None
    enum: tuple[str, ...] = ()
    strategy: tuple[str, ...] = ()
    merge_key: str | None = None
    list_type: ListType | None = None
    map_keys: tuple[str, ...] = ()
    map_type: MapType | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """One struct type in one version; read only by contract."""

    name: str
    version: str
    fields: Mapping[str, Field] = field(repr=False)
    required: tuple[str, ...]
    map_type: MapType | None

    @property
    def root(self) -> Field:
        """The type as the node that a walk starts from."""
        return Field(
            "object", _ACCEPTS["object"], self.name, self.fields, self.required, map_type=self.map_type
        )


@cache
def _table() -> dict[str, Any]:
    data = pkgutil.get_data(__package__, "pod_schema.json")
    assert data is not None
    table: dict[str, Any] = json.loads(data)
    return table


@cache
def _versions() -> tuple[str, ...]:
    return tuple(_table()["versions"])


@cache
def _types() -> tuple[str, ...]:
    return tuple(sorted(_table()["types"]))


if TYPE_CHECKING:
    VERSIONS: tuple[str, ...]
    """The Kubernetes versions of the table, oldest first: ``("1.25", …)``."""
    TYPES: tuple[str, ...]
    """The names of all struct types of the table, of whatever version."""
else:
    _LAZY: Mapping[str, Callable[[], tuple[str, ...]]] = {"VERSIONS": _versions, "TYPES": _types}

    def __getattr__(name: str) -> tuple[str, ...]:
        if name in _LAZY:
            return _LAZY[name]()
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def definition(name: str, version: str = NEWEST) -> Definition:
    """The struct type of that name in that version.

    Raises: KeyError for a version outside VERSIONS, and for a type that this version does not have.
    """
    return _definition(name, _index(version))


def fields(type_name: str, version: str = NEWEST) -> Mapping[str, Field]:
    """The fields of a struct type in that version, by name.

    Raises: KeyError as `definition` does.
    """
    return definition(type_name, version).fields


def versions_of(type_name: str, field_name: str) -> tuple[str, str | None] | None:
    """The first and the last version in which a field exists; None when no version of the table has it.

    Shape: a first version equal to ``VERSIONS[0]`` means that one or an older one; a last version of None
    means that the newest version still has it.
    Raises: KeyError for a type that no version has.
    """
    forms = _table()["types"][type_name]["fields"].get(field_name)
    if forms is None:
        return None
    return forms[0].get("since", _versions()[0]), forms[-1].get("until")


@cache
def _index(version: str) -> int:
    """The place of a version in VERSIONS."""
    if version == NEWEST:
        return len(_versions()) - 1
    if version not in _versions():
        raise KeyError(f"Kubernetes {version} is outside {_versions()[0]} to {_versions()[-1]}")
    return _versions().index(version)


def _holds(form: Mapping[str, Any], index: int) -> bool:
    """Whether a form of the table is the one of the version at this place."""
    since, until = form.get("since"), form.get("until")
    return (since is None or _index(since) <= index) and (until is None or index <= _index(until))


@cache
def _definition(name: str, index: int) -> Definition:
    entry = _table()["types"].get(name)
    version = _versions()[index]
    if entry is None or not _holds(entry, index):
        raise KeyError(f"Kubernetes {version} has no pod type {name}")
    found = {
        field_name: _field(form, index)
        for field_name, forms in entry["fields"].items()
        for form in forms
        if _holds(form, index)
    }
    required = tuple(field_name for field_name, one in found.items() if one.required)
    return Definition(name, version, found, required, entry.get("mapType"))


@cache
def _plain(type_: FieldType, required: bool, format_: str | None) -> Field:
    """A field of which there is no more to say; many fields share one."""
    return Field(type_, _ACCEPTS[type_], None, _NO_FIELDS, required=required, format=format_)


def _field(form: Mapping[str, Any], index: int) -> Field:
    if form.keys() <= _PLAIN_WORDS:
        return _plain(form["type"], form.get("required", False), form.get("format"))
    ref = form.get("ref")
    target = _definition(ref, index) if ref else None
    items = form.get("items")
    return Field(
        type=form["type"],
        accepts=_ACCEPTS[form["type"]],
        ref=ref,
        fields=target.fields if target else _NO_FIELDS,
        required_fields=target.required if target else (),
        items=_field(items, index) if items else None,
        required=form.get("required", False),
        format=form.get("format"),
        enum=tuple(form.get("enum", ())),
        strategy=tuple(form.get("strategy", ())),
        merge_key=form.get("mergeKey"),
        list_type=form.get("listType"),
        map_keys=tuple(form.get("mapKeys", ())),
        map_type=form.get("mapType") or (target.map_type if target else None),
    )


# How a CustomResourceDefinition declares the types that Go reads by hand. A pod takes `cpu: 0.5`, which
# int-or-string refuses, so a quantity is any value; Go prints an unset time as `creationTimestamp: null`.
_OPENAPI_SCALARS: Mapping[str, Mapping[str, Any]] = {
    "quantity": {"x-kubernetes-preserve-unknown-fields": True},
    "int-or-string": {"x-kubernetes-int-or-string": True},
    "time": {"type": "string", "format": "date-time", "nullable": True},
    "raw": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
}

# A custom resource's list-map keys must be required or have a default. These, by list type and key, are
# optional; the defaults are those of Kubernetes' published OpenAPI.
_KEY_DEFAULTS: Mapping[tuple[str | None, str], str] = {
    ("ContainerPort", "protocol"): "TCP",
    ("LocalObjectReference", "name"): "",
}


class _Options(NamedTuple):
    partial: bool
    keep_unknown: bool
    extensions: bool


def openapi(
    type_name: str,
    version: str = NEWEST,
    *,
    partial: bool = False,
    keep_unknown: bool = False,
    extensions: bool = True,
) -> dict[str, Any]:
    """A structural OpenAPI v3 schema of a struct type, without ``$ref``, as custom resources embed it.

    With `partial` it fits a strategic merge patch of that type: nothing is required, anything may be
    ``null``, and unknown fields stay, because directives (``$patch``) are fields; list types are left out,
    because a list element that is a directive has no key. `keep_unknown` makes every struct keep fields
    of later versions, which the API server drops otherwise. `extensions` keeps list and map types, by which
    the API server refuses two elements with equal keys and lets server-side apply own single elements; they
    make it write the default of a key (protocol TCP) into the stored object.

    Shape: a new dict with each call, shared with nobody.
    Raises: KeyError as `definition` does.
    """
    root = definition(type_name, version).root
    return _openapi(root, _Options(partial, keep_unknown or partial, extensions and not partial))


def _openapi(node: Field, options: _Options) -> dict[str, Any]:
    schema = _OPENAPI.get(node.type, _openapi_scalar)(node, options)
    return schema | ({"nullable": True} if options.partial else {})


def _openapi_scalar(node: Field, options: _Options) -> dict[str, Any]:
    format_ = {"format": node.format} if node.format else {}
    enum: dict[str, Any] = {"enum": [*node.enum, *([None] * options.partial)]} if node.enum else {}
    return {**_OPENAPI_SCALARS.get(node.type, {"type": node.type}), **format_, **enum}


def _openapi_object(node: Field, options: _Options) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object"}
    if node.fields:
        schema["properties"] = {name: _openapi(one, options) for name, one in node.fields.items()}
    if node.required_fields and not options.partial:
        schema["required"] = list(node.required_fields)
    if options.keep_unknown:
        schema["x-kubernetes-preserve-unknown-fields"] = True
    return schema | _map_type(node, options)


def _openapi_map(node: Field, options: _Options) -> dict[str, Any]:
    assert node.items is not None
    return {"type": "object", "additionalProperties": _openapi(node.items, options)} | _map_type(
        node, options
    )


def _map_type(node: Field, options: _Options) -> dict[str, Any]:
    return {"x-kubernetes-map-type": node.map_type} if options.extensions and node.map_type else {}


def _openapi_list(node: Field, options: _Options) -> dict[str, Any]:
    assert node.items is not None
    schema: dict[str, Any] = {"type": "array", "items": _openapi(node.items, options)}
    if not options.extensions or node.list_type is None:
        return schema
    schema["x-kubernetes-list-type"] = node.list_type
    if node.map_keys:
        schema["x-kubernetes-list-map-keys"] = list(node.map_keys)
        _identify(schema["items"], node)
    return schema


def _identify(element: dict[str, Any], node: Field) -> None:
    """Gives each list-map key of an element's schema its default, or makes it required."""
    assert node.items is not None
    for key in node.map_keys:
        default = _KEY_DEFAULTS.get((node.items.ref, key))
        if default is not None:
            element["properties"][key]["default"] = default
        elif key not in element.setdefault("required", []):
            element["required"].append(key)


_OPENAPI: Mapping[str, Callable[[Field, _Options], dict[str, Any]]] = {
    "object": _openapi_object,
    "map": _openapi_map,
    "list": _openapi_list,
}
