"""The configuration: what `.nbcore.yaml` and `[tool.nbcore]` say, found, checked, and laid over each other.

Layers, the later ones on top: `pyproject.toml`, `.nbcore.yaml`, environment, arguments. Of two layers that
name codes to select the upper one counts; every other list grows. Refuses to know what is done with it.

Whatever a file says wrong is told at once, with its place, and ends the run with exit code 2.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nbcore.cli.codes import selection
from nbcore.cli.globs import rooted
from nbcore.cli.reading import STDIN, Unusable
from nbcore.finding import Position, Severity
from nbcore.kubernetes.names import closest

YAML_NAME: Final = ".nbcore.yaml"
TOML_NAME: Final = "pyproject.toml"
VARIABLES: Final[Mapping[str, str]] = {
    "NBCORE_KUBERNETES_VERSION": "kubernetes-version",
    "NBCORE_POD_SECURITY": "pod-security",
    "NBCORE_FAIL_ON": "fail-on",
    "NBCORE_BASELINE": "baseline",
}
"""Environment variables that say what a key of the configuration would."""
CONFIG_VARIABLE: Final = "NBCORE_CONFIG"
"""Environment variable that names the file to read, as --config does."""
_NEEDED: Final = {"string_type": "a text: put it in quotes", "tuple_type": "a list", "missing": "there"}
"""Errors of pydantic, and what a value would have to be."""
_TABLE: Final = ("tool", "nbcore")
_CODES: Final = ("select", "ignore", "strict")
_FILES: Final = ("baseline",)
_FOLDERS: Final = ("schemas",)


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        defer_build=True,  # most runs have no configuration
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


class Layer(NamedTuple):
    """What one file says, and its text."""

    file: str
    values: Mapping[str, Any]
    text: str


class Configured(NamedTuple):
    """The configuration that counts, and the folder that its globs start from."""

    values: Configuration
    folder: str
    files: tuple[str, ...] = ()


def configuration_of(
    paths: Sequence[str],
    arguments: Mapping[str, Any],
    environment: Mapping[str, str],
    *,
    file: str | None = None,
    none: bool = False,
) -> Configured:
    """The configuration for the paths: the files found for the first of them, environment and arguments.

    Shape: ``arguments`` has keys as files have them; ``file`` is the only one to read, ``none`` reads none.
    Raises: Unusable for a file that cannot be read or says what it cannot.
    """
    named = file or environment.get(CONFIG_VARIABLE)
    layers = [] if none else [_read(named)] if named else list(_layers(_first_folder(paths)))
    for layer in layers:
        _refuse_what_is_wrong(layer)
    said = {key: environment[name] for name, key in VARIABLES.items() if environment.get(name)}
    given = {key: value for key, value in arguments.items() if value is not None and value != ()}
    folder = os.path.dirname(os.path.abspath(layers[-1].file)) if layers else os.getcwd()  # noqa: PTH100, PTH109, PTH120
    values = _merged([*map(_rooted, layers), said, given])
    known = _checked(values) if layers or said else _taken(values)
    return Configured(known, folder, tuple(one.file for one in layers))


def _taken(values: Mapping[str, Any]) -> Configuration:
    """The values of arguments alone, whose types are known: nothing needs to be checked."""
    plain: dict[str, Any] = {
        key.replace("-", "_"): tuple(value) if isinstance(value, list) else value
        for key, value in values.items()
    }
    return Configuration.model_construct(None, **plain)


def _checked(values: Mapping[str, Any]) -> Configuration:
    """The values of all layers, of which only those of the environment can still be wrong."""
    try:
        return Configuration.model_validate(values)
    except ValidationError as error:
        name = next((name for name, key in VARIABLES.items() if key == error.errors()[0]["loc"][0]), "")
        raise Unusable(f"{name} has a value that cannot be") from None


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a configuration file, for editors."""
    schema = Configuration.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "nbcore"}


# ---- finding and reading files ----


def _first_folder(paths: Sequence[str]) -> str:
    first = next((one for one in paths if one not in ("-", STDIN)), ".")
    full = os.path.abspath(first)  # noqa: PTH100 (paths stay the texts that people typed)
    return full if os.path.isdir(full) else os.path.dirname(full)  # noqa: PTH112, PTH120


def _layers(folder: str) -> Iterator[Layer]:
    """The nearest file of each name at or above a folder, not beyond the root of the repository."""
    found: dict[str, Layer] = {}
    for here in _upward(folder):
        for name in (TOML_NAME, YAML_NAME):
            file = os.path.join(here, name)  # noqa: PTH118
            if name not in found and os.path.isfile(file):  # noqa: PTH113
                layer = _read(file)
                if name == YAML_NAME or _holds_table(layer.text):
                    found[name] = layer
    yield from (found[name] for name in (TOML_NAME, YAML_NAME) if name in found)


def _upward(folder: str) -> Iterator[str]:
    here = folder
    while True:
        yield here
        above = os.path.dirname(here)  # noqa: PTH120
        if above == here or os.path.exists(os.path.join(here, ".git")):  # noqa: PTH110, PTH118
            return
        here = above


def _read(file: str) -> Layer:
    shown = _shown(file)
    try:
        with open(file, "rb") as stream:  # noqa: PTH123
            text = stream.read().decode("utf-8-sig")
    except OSError as error:
        raise Unusable(f"{shown}: {error.strerror or 'it cannot be read'}") from None
    except ValueError:
        raise Unusable(f"{shown}: the text is not UTF-8") from None
    values = _toml(shown, text) if file.endswith(".toml") else _yaml(shown, text)
    if not isinstance(values, dict):
        raise Unusable(f"{shown}: a configuration is a map of keys")
    return Layer(shown, values, text)


def _shown(file: str) -> str:
    """The name of a file as people know it: from here where it lies below."""
    near = os.path.relpath(file)
    return file if near.startswith("..") else near


def _holds_table(text: str) -> bool:
    return _TABLE_HEAD.search(text) is not None


_TABLE_HEAD: Final = re.compile(
    r"^[ \t]*\[+[ \t]*tool[ \t]*\.[ \t]*nbcore\b|^[ \t]*nbcore[ \t]*[.=]", re.MULTILINE
)


def _toml(file: str, text: str) -> Any:
    """The table of a pyproject.toml; of a file with another name all of it, unless it has that table."""
    import tomllib

    try:
        whole: Any = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Unusable(f"{file}: {error}") from None
    inner = whole
    for key in _TABLE:
        inner = inner.get(key) if isinstance(inner, dict) else None
    if inner is None:
        return {} if os.path.basename(file) == TOML_NAME or "tool" in whole else whole  # noqa: PTH119
    return inner


def _yaml(file: str, text: str) -> Any:
    from nbcore.source import load

    documents = load(text, file)
    broken = [one for one in documents.findings if one.severity == "error"]
    if broken:
        raise Unusable(f"{broken[0].location}: {broken[0].message}")
    if len(documents) > 1:
        raise Unusable(f"{file}: it holds more than one document")
    return documents[0].value if documents else {}


# ---- what a file says wrong ----


def _refuse_what_is_wrong(layer: Layer) -> None:
    """Says everything that is wrong with a file in one line.

    Raises: Unusable.
    """
    problems = list(_problems(layer))
    if problems:
        raise Unusable("; ".join(problems))


def _problems(layer: Layer) -> Iterator[str]:
    try:
        read = Configuration.model_validate(layer.values)
    except ValidationError as error:
        for one in error.errors(include_url=False):
            path = tuple(one["loc"])
            yield f"{_where(layer, path)}: {_in_words(one['type'], path, one['msg'])}"
        return
    for path, codes in _codes(read):
        try:
            selection(codes)
        except Unusable as error:
            yield f"{_where(layer, path)}: {error.message}"


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


def _where(layer: Layer, path: tuple[str | int, ...]) -> str:
    """The place of a key as ``file:line:column``, as far as it can be told."""
    place = _toml_place(layer.text, path) if layer.file.endswith(".toml") else _yaml_place(layer.text, path)
    return f"{layer.file}:{place}" if place else layer.file


def _yaml_place(text: str, path: tuple[str | int, ...]) -> Position | None:
    from nbcore.source import load

    documents = load(text)
    return documents[0].position(path, key=True) if documents else None


def _toml_place(text: str, path: tuple[str | int, ...]) -> str:
    """The first line that sets the last key of a path, in or behind the table of ours."""
    key = next((one for one in reversed(path) if isinstance(one, str)), "")
    head = _TABLE_HEAD.search(text)
    pattern = re.compile(
        rf"^[ \t]*[\"']?{re.escape(key)}[\"']?[ \t]*=|^\[+.*\b{re.escape(key)}[\"']?[ \t]*\]", re.MULTILINE
    )
    found = pattern.search(text, head.start() if head else 0)
    return f"{text.count(chr(10), 0, found.start()) + 1}:1" if found else ""


# ---- layers ----


def _rooted(layer: Layer) -> dict[str, Any]:
    """What a file says, the files and folders that it names from its own folder."""
    folder = os.path.dirname(layer.file)  # noqa: PTH120
    values = dict(layer.values)
    for key in _FILES:
        if key in values:
            values[key] = os.path.join(folder, values[key])  # noqa: PTH118
    for key in _FOLDERS:
        if key in values:
            values[key] = [os.path.join(folder, one) for one in values[key]]  # noqa: PTH118
    if "exclude" in values:
        values["exclude"] = [rooted(one, folder) for one in values["exclude"]]
    if "overrides" in values:
        values["overrides"] = [
            {**one, "paths": [rooted(each, folder) for each in one["paths"]]} for one in values["overrides"]
        ]
    return values


def _merged(layers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The layers laid over each other, the last one on top."""
    from deepmerge import Merger

    merger = Merger([(list, [_grown]), (dict, ["merge"])], ["override"], ["override"])
    merged: dict[str, Any] = {}
    for layer in layers:
        plain = {key: list(value) if isinstance(value, tuple) else value for key, value in layer.items()}
        merger.merge(merged, plain)
    return merged


def _grown(merger: Any, path: list[Any], lower: list[Any], upper: list[Any]) -> list[Any]:
    """A list of two layers: both of them, but of what is selected the upper one alone."""
    return upper if path[-1:] == ["select"] else [*lower, *upper]
