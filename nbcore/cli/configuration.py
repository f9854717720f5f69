"""The configuration: what `.nbcore.yaml` and `[tool.nbcore]` say, found, checked, and laid over each other.

Layers, the later ones on top: `pyproject.toml`, `.nbcore.yaml`, environment, arguments. Of two layers that
name codes to select the upper one counts; every other list grows. Refuses to know what is done with it.

Whatever a file says wrong is told at once, with its place, and ends the run with exit code 2.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from nbcore.cli.globs import rooted
from nbcore.cli.reading import STDIN, Unusable
from nbcore.finding import Position, Severity

YAML_NAME: Final = ".nbcore.yaml"
TOML_NAME: Final = "pyproject.toml"
VARIABLES: Final[Mapping[str, str]] = {
    "NBCORE_KUBERNETES_VERSION": "kubernetes-version",
    "NBCORE_POD_SECURITY": "pod-security",
    "NBCORE_COMPAT": "compat",
    "NBCORE_FAIL_ON": "fail-on",
    "NBCORE_BASELINE": "baseline",
}
"""Environment variables that say what a key of the configuration would."""
CONFIG_VARIABLE: Final = "NBCORE_CONFIG"
"""Environment variable that names the file to read, as --config does."""
_TABLE: Final = ("tool", "nbcore")
_FILES: Final = ("baseline",)
_FOLDERS: Final = ("schemas",)


class Override(NamedTuple):
    """What is different for some files: globs of these, and codes that do not count there."""

    paths: tuple[str, ...]
    ignore: tuple[str, ...] = ()


class Configuration(NamedTuple):
    """Everything that a configuration may say, by the names that its keys have here."""

    kubernetes_version: str | None = None
    pod_security: str | None = None
    compat: Literal["kubeflow"] | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    strict: tuple[str, ...] = ()
    fail_on: Severity | None = None
    baseline: str | None = None
    exclude: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()


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
    known = _checked([*map(_rooted, layers), said, given]) if layers or said else _taken(given)
    return Configured(known, folder, tuple(one.file for one in layers))


def _taken(values: Mapping[str, Any]) -> Configuration:
    """The values of arguments alone, whose types are known: nothing needs to be checked."""
    plain: dict[str, Any] = {
        key.replace("-", "_"): tuple(value) if isinstance(value, list) else value
        for key, value in values.items()
    }
    return Configuration(**plain)


def _checked(layers: Sequence[Mapping[str, Any]]) -> Configuration:
    """The values of all layers, of which only those of the environment can still be wrong."""
    from nbcore.cli import configuration_model as model

    read = model.checked(_merged(layers))
    if isinstance(read, model.Problem):
        name = next((name for name, key in VARIABLES.items() if key == read.path[0]), "")
        raise Unusable(f"{name} has a value that cannot be")
    overrides = tuple(Override(**one) for one in read.pop("overrides"))
    return Configuration(**read, overrides=overrides)


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
    from nbcore.cli.configuration_model import problems

    found = [f"{_where(layer, one.path)}: {one.words}" for one in problems(layer.values)]
    if found:
        raise Unusable("; ".join(found))


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
