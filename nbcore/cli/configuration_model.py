"""The model of a configuration file: its keys and types, and what is wrong with values that do not fit.

Loaded only where there is a configuration, as most runs have none. Refuses to know where values come from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nbcore.cli.codes import selection
from nbcore.cli.reading import Unusable
from nbcore.finding import Severity
from nbcore.kubernetes.names import closest

_NEEDED: Final = {"string_type": "a text: put it in quotes", "tuple_type": "a list", "missing": "there"}
"""Errors of pydantic, and what a value would have to be."""
_CODES: Final = ("select", "ignore", "strict")


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=lambda name: name.replace("_", "-"),
        populate_by_name=False,
    )


class Override(_Part):
    """What is different for some files."""

    paths: tuple[str, ...] = Field(
        strict=False, min_length=1, description="Globs of files, from the folder of the configuration."
    )
    ignore: tuple[str, ...] = Field(
        (), strict=False, description="Codes, or beginnings of codes, that do not count there."
    )


class Configuration(_Part):
    """Everything that a configuration may say.

    Raises: pydantic.ValidationError for a key that does not exist or a value of the wrong type.
    """

    kubernetes_version: str | None = Field(None, description="Version that pods are judged for.")
    pod_security: str | None = Field(
        None, description="Pod Security level that pods must meet, such as restricted:v1.29."
    )
    compat: Literal["kubeflow"] | None = Field(
        None, description="Behave as the engine of this project does, its faults included."
    )
    select: tuple[str, ...] = Field(
        (), strict=False, description="Codes, or beginnings of codes, that count; all without any."
    )
    ignore: tuple[str, ...] = Field(
        (), strict=False, description="Codes, or beginnings of codes, that do not count."
    )
    strict: tuple[str, ...] = Field(
        (), strict=False, description="Codes, or beginnings of codes, that nothing can leave out."
    )
    fail_on: Severity | None = Field(None, description="The least grave severity that makes exit code 1.")
    baseline: str | None = Field(None, description="File of findings that are known and do not count.")
    exclude: tuple[str, ...] = Field((), strict=False, description="Globs of files that are not read.")
    schemas: tuple[str, ...] = Field(
        (), strict=False, description="Folders with JSON Schemas of other kinds."
    )
    overrides: tuple[Override, ...] = Field((), strict=False, description="What is different for some files.")


class Problem(NamedTuple):
    """What is wrong with the value at a path, in words."""

    path: tuple[str | int, ...]
    words: str


def checked(values: Mapping[str, Any]) -> dict[str, Any] | Problem:
    """The values with the types and names that the engine of the command line has, or the first problem."""
    try:
        return Configuration.model_validate(values).model_dump()
    except ValidationError as error:
        return next(_of_types(error))


def problems(values: Mapping[str, Any]) -> Iterator[Problem]:
    """Everything that is wrong with the values of one file."""
    try:
        read = Configuration.model_validate(values)
    except ValidationError as error:
        yield from _of_types(error)
        return
    for path, codes in _codes(read):
        try:
            selection(codes)
        except Unusable as error:
            yield Problem(path, error.message)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a configuration file, for editors."""
    schema = Configuration.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "nbcore"}


def _of_types(error: ValidationError) -> Iterator[Problem]:
    for one in error.errors(include_url=False):
        path = tuple(one["loc"])
        yield Problem(path, _in_words(one["type"], path, one["msg"]))


def _codes(read: Configuration) -> Iterator[tuple[tuple[str | int, ...], tuple[str, ...]]]:
    """Every list of codes, and where it stands."""
    for key in _CODES:
        yield (key,), getattr(read, key)
    for at, one in enumerate(read.overrides):
        yield ("overrides", at, "ignore"), one.ignore


def _in_words(kind: str, path: tuple[str | int, ...], message: str) -> str:
    key = str(path[-1])
    if kind in _NEEDED:
        return f"{'.'.join(map(str, path))[:64]} must be {_NEEDED[kind]}"
    if kind != "extra_forbidden":
        return f"{'.'.join(map(str, path))[:64]}: {message[:1].lower()}{message[1:]}"
    model = Configuration if len(path) == 1 else Override
    known = [info.alias or name for name, info in model.model_fields.items()]
    near = closest(key, known) or closest(key.replace("_", "-"), known)
    return f"there is no key {key[:64]}; " + (
        f"did you mean {near}?" if near else f"keys: {', '.join(known)}"
    )
