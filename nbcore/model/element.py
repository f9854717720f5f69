"""What every part of a kind has in common: it is frozen, strict about its fields, and knows where it stands.

This module refuses to know any particular kind, and how a document is parsed into one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Self, TypeVar, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PrivateAttr,
    StrictBool,
    StrictInt,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from nbcore.model.origin import NOWHERE, Below, Json, Origin


def _whole(value: Json) -> Json:
    return int(value) if isinstance(value, float) and value.is_integer() else value


Bool = StrictBool
Int = Annotated[StrictInt, BeforeValidator(_whole)]
"""A whole number; ``1.0`` is one, as JSON and the API server have it, and True is none."""
Mode = Annotated[StrictInt, Field(ge=0, le=0o777), BeforeValidator(_whole)]
PortNumber = Annotated[StrictInt, Field(ge=1, le=65535), BeforeValidator(_whole)]
Seconds = Annotated[StrictInt, Field(ge=0, le=2**31 - 1), BeforeValidator(_whole)]


WRONG_FORM, UNKNOWN_FIELD = "nbcore_wrong_form", "nbcore_unknown_field"
"""The types of the errors below, as pydantic reports them."""


def wrong(value: Json, path: tuple[str | int, ...], message: str) -> InitErrorDetails:
    """The error that what stands at a path below a value has the wrong form."""
    kind = PydanticCustomError(WRONG_FORM, "{message}", {"message": message})
    return InitErrorDetails(type=kind, loc=path, input=value)


def unknown(value: Json, path: tuple[str | int, ...], known: Iterable[str]) -> InitErrorDetails:
    """The error that there is no field at a path below a value, only the known ones."""
    kind = PydanticCustomError(UNKNOWN_FIELD, "unknown field", {"known": tuple(known)})
    return InitErrorDetails(type=kind, loc=path, input=value)


def missing(value: Json, path: tuple[str | int, ...]) -> InitErrorDetails:
    """The error that a required field is missing at a path below a value."""
    return InitErrorDetails(type="missing", loc=path, input=value)


def refuse(errors: list[InitErrorDetails]) -> None:
    """Refuses a value inside a validator for all these reasons at once, if there are any.

    Raises: ValidationError, which pydantic takes apart into the errors of the whole object.
    """
    if errors:
        raise ValidationError.from_exception_data("value", errors)


@dataclass(frozen=True, slots=True)
class Form:
    """Marks a type whose values must have a form, and tells JSON Schema the pattern closest to it.

    Shape: ``problem`` answers a short reason, or None for a valid value.
    """

    problem: Callable[[Any], str | None]
    pattern: str = ""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        pattern = {"pattern": self.pattern} if self.pattern else {}
        return {**handler(schema), **pattern}

    def _check(self, value: Any) -> Any:
        problem = self.problem(value)
        if problem:
            raise ValueError(problem)
        return value


def _is_object(value: Json) -> Json:
    if not isinstance(value, dict):
        raise PydanticCustomError("dict_type", "must be an object")
    return value


def without_nulls(value: Json) -> Json:
    """The object without the entries that are null: the API server drops them before it validates."""
    if isinstance(value, dict) and None in value.values():
        return {key: one for key, one in value.items() if one is not None}
    return value


PodTemplate = Annotated[
    Json, BeforeValidator(_is_object), WithJsonSchema({"type": "object", "x-nbcore-type": "PodTemplate"})
]
"""A partial or full PodTemplateSpec, kept as the plain JSON that it came as."""

Key = TypeVar("Key")
Value = TypeVar("Value")
Map = Annotated[dict[Key, Value], BeforeValidator(without_nulls)]
"""A map of free keys; an explicit null counts as an absent entry, as the API server prunes it."""


def holds_directive(tree: Json) -> bool:
    """Whether the tree holds merge directives: keys that start with ``$``, or nulls in maps, which delete."""
    stack = [tree]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            for key, item in value.items():
                if item is None or key[:1] == "$":
                    return True
                if isinstance(item, (dict, list)):
                    stack.append(item)
        elif isinstance(value, list):
            stack.extend(value)
    return False


class Shape(BaseModel):
    """The form of a part of a kind: frozen, and strict about its fields.

    An explicit null counts as an absent field, as the API server prunes it; not so for an unknown field.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        protected_namespaces=(),
        defer_build=True,  # whoever reads none of a kind need not wait for its validator
    )

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, data: Json) -> Json:
        if isinstance(data, dict) and None in data.values():
            known = {info.alias or name for name, info in cls.model_fields.items()}
            return {key: value for key, value in data.items() if value is not None or key not in known}
        return data

    def __repr__(self) -> str:
        # Never the fields: they may hold values of env and of Secrets.
        return f"<{type(self).__name__}>"

    __str__ = __repr__

    def __hash__(self) -> int:
        # Parts are compared by value in tests only; in tables they are told apart by identity.
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other or (type(self) is type(other) and super().__eq__(other))


class Element(Shape):
    """A part of a kind of the engine's own model, which knows where it stands."""

    _origin: Origin | Below = PrivateAttr(
        default_factory=lambda: NOWHERE
    )  # a plain default is copied each time

    @classmethod
    def made(cls, origin: Origin | Below, /, **fields: Any) -> Self:
        """A part with fields that were checked already, at its place; what is left out has its default.

        Shape: as pydantic's model_construct, at a fraction of its cost: a kind may have 10,000 options.
        """
        part = cls.__new__(cls)
        set_slot = object.__setattr__
        set_slot(part, "__dict__", {**_defaults(cls), **fields})
        set_slot(part, "__pydantic_fields_set__", _names(tuple(fields)))
        set_slot(part, "__pydantic_extra__", None)
        set_slot(part, "__pydantic_private__", {"_origin": origin})
        return part

    @property
    def origin(self) -> Origin:
        """Where this part was written."""
        private = self.__pydantic_private__  # asked very often, and pydantic's own way there is long
        origin: Origin | Below = private["_origin"] if private else NOWHERE
        if private and isinstance(origin, Below):
            origin = private["_origin"] = origin.origin()
        return origin  # type: ignore[return-value]

    def __repr__(self) -> str:
        # Never the fields: they may hold values of env and of Secrets.
        return f"<{type(self).__name__} {self.origin.source} {self.origin.path()}>"

    __str__ = __repr__

    def placed(self, origin: Origin) -> Element:
        """This part, after it and all parts below it have been told where they stand."""
        self._origin = origin
        source, pointer, document, value = origin.source, origin.pointer, origin.document, origin.value
        for step, part in self.parts():
            part.placed(Origin(source, pointer + step, document, value))
        return self

    def parts(self) -> Iterator[tuple[tuple[str | int, ...], Element]]:
        """The parts directly below this one, each with its path in native spelling."""
        fields = self.__dict__
        for name, alias in _holding_parts(type(self)):
            value = fields[name]
            if isinstance(value, Element):
                yield (alias,), value
            elif isinstance(value, tuple):
                yield from (((alias, at), part) for at, part in enumerate(value) if isinstance(part, Element))


@cache
def _defaults(model: type[Element]) -> dict[str, Any]:
    """The defaults of the fields that have one; they are shared, as nobody may change them."""
    return {
        name: info.get_default(call_default_factory=True, validated_data={})
        for name, info in model.model_fields.items()
        if not info.is_required()
    }


@cache
def _names(fields: tuple[str, ...]) -> set[str]:
    """The names of fields that were set; shared, as nobody may change them."""
    return set(fields)


@cache
def _holding_parts(model: type[Element]) -> tuple[tuple[str, str], ...]:
    """The fields that may hold parts, each with its name in native spelling."""
    fields = model.model_fields.items()
    return tuple((name, info.alias or name) for name, info in fields if _may_hold_a_part(info.annotation))


def _may_hold_a_part(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, Element):
        return True
    return any(map(_may_hold_a_part, get_args(annotation)))


class Templated(Element):
    """A part that holds a partial or full pod template; what is asked of every template is found once."""

    _directed: bool | None = PrivateAttr(default=None)

    @property
    def directed(self) -> bool:
        """Whether the template holds merge directives."""
        private = self.__pydantic_private__ or {}
        found: bool | None = private.get("_directed")
        if found is None:
            found = private["_directed"] = holds_directive(getattr(self, "template", None))
        return found
