"""The Kubernetes types that a kind of Kubeflow embeds, judged by their form alone, and lists with keys.

A custom resource embeds Probe, Volume and others as a structural schema: types, required fields, unknown fields,
the pattern of a quantity, list keys. That is all that is judged here, in one walk along the pod tables; null
entries of objects are left out, as the API server prunes them.

Refuses to know what the values mean to Kubernetes, and which kind embeds what.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeAlias

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.alias_generators import to_snake
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, PydanticKnownError, core_schema

from nbcore.kubernetes import pod_schema
from nbcore.kubernetes.pod_schema import Field, FieldType
from nbcore.model.element import WRONG_FORM, missing, refuse, unknown
from nbcore.model.origin import Json

RawPath: TypeAlias = tuple[str | int, ...]
Faults: TypeAlias = list[InitErrorDetails]

CORE_VERSION: Final = "1.35"
"""The Kubernetes version whose types the CRDs of Kubeflow embed. Fields of later ones are dropped by the server."""

QUANTITY_PATTERN: Final = (
    r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))"
    r"(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"
)
_QUANTITY: Final = re.compile(QUANTITY_PATTERN[1:-1], re.ASCII)
_BITS: Final[Mapping[str | None, int]] = {"int32": 31, "int64": 63, None: 63}
_EXACT: Final = 2**53 - 1
"""Whole numbers that are written with a fraction, such as 1.0, are whole up to here."""
_SHOWN: Final = 64


@dataclass(frozen=True, slots=True)
class Core:
    """Marks plain JSON that has the form of a Kubernetes type, such as ``Probe``."""

    type_name: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._fitted)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "object", "x-nbcore-type": f"core.{self.type_name}"}

    def _fitted(self, value: Json) -> Json:
        faults: Faults = []
        kept = _fit(value, root(self.type_name), (), faults)
        refuse(faults)
        return kept


@dataclass(frozen=True, slots=True)
class ListMap:
    """Marks a list in which no two elements have the same value in the key field."""

    key: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._unique, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [self.key]}

    def _unique(self, elements: tuple[Any, ...]) -> tuple[Any, ...]:
        name = _attribute(self.key)
        keys = [one[self.key] if isinstance(one, dict) else getattr(one, name) for one in elements]
        if len(set(keys)) < len(keys):
            refuse(list(_twice(self.key, keys, ())))
        return elements


@dataclass(frozen=True, slots=True)
class Entries:
    """Marks a list with bounds on how many elements it has, counted as they are written, sound or not."""

    least: int = 0
    most: int | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._counted, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        most = {} if self.most is None else {"maxItems": self.most}
        return {**handler(schema), **({"minItems": self.least} if self.least else {}), **most}

    def _counted(self, value: Json) -> Json:
        count = len(value) if isinstance(value, list) else self.least
        about = {"field_type": "List", "actual_length": count}
        if count < self.least:
            raise PydanticKnownError("too_short", {**about, "min_length": self.least})
        if self.most is not None and count > self.most:
            raise PydanticKnownError("too_long", {**about, "max_length": self.most})
        return value


_attribute = cache(to_snake)
"""The name of the attribute of a part that a field is read into."""


@cache
def root(type_name: str) -> Field:
    """The type as the node that a walk starts from."""
    return pod_schema.definition(type_name, CORE_VERSION).root


def whole(value: Json) -> Json:
    """The number as an int where the API server reads it as one, such as 1.0; any other value as it is."""
    return int(value) if type(value) is float and value.is_integer() and abs(value) <= _EXACT else value


def fields_of(node: Field) -> Mapping[str, Field]:
    """The fields that a CRD declares for an object; none for metadata, which controller-gen leaves empty."""
    return {} if node.ref == "ObjectMeta" else node.fields


def violation(message: str, remedy: str) -> PydanticCustomError:
    """The error that a part breaks a rule across its fields, and what to do about it."""
    return PydanticCustomError(WRONG_FORM, "{message}", {"message": message, "remedy": remedy})


def _twice(named: str, keys: Iterable[Any], path: RawPath) -> Iterator[InitErrorDetails]:
    """An error for each element whose key an element before it has."""
    seen: set[Any] = set()
    for at, key in enumerate(keys):
        if key in seen:
            text = str(key)
            shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
            message = f"the {named} {shown} stands twice in this list"
            broken = violation(message, f"remove one of the two, or give it another {named}")
            yield InitErrorDetails(type=broken, loc=(*path, at), input=key)
        seen.add(key)


# ---- the walk ----


def _fit(value: Json, node: Field, path: RawPath, faults: Faults) -> Json:
    """The value without the nulls that the API server prunes; what is wrong with it is added to the faults."""
    return _FITS.get(node.type, _scalar)(value, node, path, faults)


def _object(value: Json, node: Field, path: RawPath, faults: Faults) -> Json:
    if type(value) is not dict:
        return _refused("dict_type", value, path, faults)
    fields = fields_of(node)
    kept = value
    if None in value.values():
        kept = {name: one for name, one in value.items() if one is not None or name not in fields}
    changed = {}
    for name, one in kept.items():
        below = fields.get(name)
        if below is None:
            faults.append(unknown(one, (*path, name), fields))
            continue
        fit = _fit(one, below, (*path, name), faults)
        if fit is not one:
            changed[name] = fit
    faults.extend(missing(value, (*path, name)) for name in node.required_fields if name not in kept)
    return {**kept, **changed} if changed else kept


def _map(value: Json, node: Field, path: RawPath, faults: Faults) -> Json:
    if type(value) is not dict:
        return _refused("dict_type", value, path, faults)
    assert node.items is not None
    found = {
        name: _fit(one, node.items, (*path, name), faults) for name, one in value.items() if one is not None
    }
    same = len(found) == len(value) and all(map(_is, found.values(), value.values()))
    return value if same else found


def _list(value: Json, node: Field, path: RawPath, faults: Faults) -> Json:
    if type(value) is not list:
        return _refused("tuple_type", value, path, faults)
    assert node.items is not None
    before = len(faults)
    found = [_fit(one, node.items, (*path, at), faults) for at, one in enumerate(value)]
    if node.map_keys and len(faults) == before:
        keys = (tuple(one.get(key) for key in node.map_keys) for one in found)
        alone = (key[0] if len(key) == 1 else key for key in keys)
        faults.extend(_twice(" and ".join(node.map_keys), alone, path))
    return value if all(map(_is, found, value)) else found


def _is(one: Any, other: Any) -> bool:
    return one is other


def _scalar(value: Json, node: Field, path: RawPath, faults: Faults) -> Json:
    if node.type == "integer":
        return _integer(value, node.format, path, faults)
    right, complaint = _SCALARS[node.type]
    if not right(value):
        faults.append(complaint(value, path))
    return value


def _integer(value: Json, format_: str | None, path: RawPath, faults: Faults) -> Json:
    number = whole(value)
    if type(number) is not int:
        return _refused("int_type", value, path, faults)
    limit = 2 ** _BITS[format_]
    if number < -limit:
        faults.append(_beyond("greater_than_equal", "ge", -limit, value, path))
    elif number >= limit:
        faults.append(_beyond("less_than_equal", "le", limit - 1, value, path))
    return number


def _beyond(kind: str, name: str, limit: int, value: Json, path: RawPath) -> InitErrorDetails:
    return InitErrorDetails(type=kind, loc=path, input=value, ctx={name: limit})


def _refused(kind: str, value: Json, path: RawPath, faults: Faults) -> Json:
    faults.append(InitErrorDetails(type=kind, loc=path, input=value))
    return value


def _of_type(kind: str) -> Callable[[Json, RawPath], InitErrorDetails]:
    return lambda value, path: InitErrorDetails(type=kind, loc=path, input=value)


def _saying(message: str, remedy: str) -> Callable[[Json, RawPath], InitErrorDetails]:
    broken = violation(message, remedy)
    return lambda value, path: InitErrorDetails(type=broken, loc=path, input=value)


def _is_int_or_string(value: Json) -> bool:
    number = whole(value)
    return type(value) is str or (type(number) is int and -(2**63) <= number < 2**63)


def _is_quantity(value: Json) -> bool:
    return _is_int_or_string(value) and (type(value) is not str or _QUANTITY.fullmatch(value) is not None)


_Scalar: TypeAlias = tuple[Callable[[Json], bool], Callable[[Json, RawPath], InitErrorDetails]]
_SCALARS: Final[Mapping[FieldType, _Scalar]] = {
    "string": (lambda value: type(value) is str, _of_type("string_type")),
    "time": (lambda value: type(value) is str, _of_type("string_type")),
    "boolean": (lambda value: type(value) is bool, _of_type("bool_type")),
    "int-or-string": (
        _is_int_or_string,
        _saying("must be a whole number or a text", "write a number or a name"),
    ),
    "quantity": (
        _is_quantity,
        _saying(
            "must be a quantity: a whole number, or a text such as '500m' or '2Gi'",
            "put a number with a fraction in quotes; units are m, k, M, G, T, Ki, Mi, Gi and Ti",
        ),
    ),
}
_FITS: Final[Mapping[FieldType, Callable[[Json, Field, RawPath, Faults], Json]]] = {
    "object": _object,
    "map": _map,
    "list": _list,
}
