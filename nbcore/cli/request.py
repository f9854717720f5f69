"""The request: what lint is asked for, made of arguments and environment.

Refuses to know how it is done. Whatever cannot be asked for is one line and exit code 2.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, Literal, NamedTuple

import click

from nbcore.cli.codes import Selection, selection
from nbcore.cli.configuration import Override, configuration_of
from nbcore.cli.formats import DOCUMENTS, FOR_PEOPLE, FORMATS
from nbcore.cli.reading import Unusable
from nbcore.finding import Severity
from nbcore.settings import Settings

FORMAT_VARIABLE: Final = "NBCORE_OUTPUT_FORMAT"
"""Environment variable with the forms that are printed where the call names none."""
EVERY_CODE: Final = Selection()
_FULL: Final = ("full",)
_ON_GITHUB: Final = ("full", "github")
_FLAGS: Final = ("allow_empty", "exit_zero", "statistics", "quiet", "diff")
_KEYS: Final = (
    *("kubernetes-version", "pod-security", "compat"),
    *("select", "ignore", "fail-on", "baseline", "schemas"),
)
"""Keys of the configuration that are arguments as well."""

Fixes = Literal["", "safe", "all"]
"""Which fixes are made."""


class Output(NamedTuple):
    """One form of the answer, and the file that it goes to; stdout without one."""

    form: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for, after configuration, environment and arguments have all had their say."""

    paths: tuple[str, ...]
    settings: Settings
    outputs: tuple[Output, ...]
    old: tuple[str, ...] = ()
    """Where the same objects are as they were before the change."""
    codes: Selection = EVERY_CODE
    fail_on: Severity = "error"
    allow_empty: bool = False
    exit_zero: bool = False
    statistics: bool = False
    quiet: bool = False
    jobs: int = 1
    strict: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()
    exclude: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    baseline: str = ""
    write_baseline: str = ""
    cache: str = ""
    """The folder that the cache is in; none without one."""
    fixes: Fixes = ""
    diff: bool = False
    today: date = date.min

    def is_strict(self, code: str) -> bool:
        """Whether nothing may leave out findings with this code."""
        return code.startswith(self.strict) if self.strict else False


def configured(given: Mapping[str, Any], environment: Mapping[str, str]) -> Request:
    """The request that configuration, environment and arguments make.

    Raises: Unusable or click.UsageError for what cannot be.
    """
    if "-" in given["paths"] and "-" in given["old"]:
        raise click.UsageError("stdin is either what is judged or --old: it can be read once")
    said = {key: given.get(key.replace("-", "_")) for key in _KEYS}
    found = configuration_of(given["paths"], said, environment, file=given["config"], none=given["no_config"])
    values = found.values
    return Request(
        given["paths"],
        settings_of(values.kubernetes_version, values.pod_security, values.compat),
        _outputs(given, environment),
        given["old"],
        selection(values.select, values.ignore),
        values.fail_on or "error",
        jobs=given["jobs"] or os.cpu_count() or 1,
        strict=selection(values.strict).select,
        overrides=values.overrides,
        exclude=values.exclude,
        schemas=values.schemas,
        baseline=values.baseline or "",
        write_baseline=given["write_baseline"] or "",
        cache="" if given["no_cache"] or given["old"] or set(given["paths"]) == {"-"} else found.folder,
        fixes="all" if given["unsafe_fixes"] else "safe" if given["fix"] or given["diff"] else "",
        today=datetime.now(UTC).date(),
        **{name: given[name] for name in _FLAGS},
    )


def _outputs(given: Mapping[str, Any], environment: Mapping[str, str]) -> tuple[Output, ...]:
    """The forms of the answer, which must go together."""
    outputs = tuple(map(_output, given["outputs"] or _default_outputs(environment, given["statistics"])))
    if given["statistics"] and not all(one.form in FOR_PEOPLE for one in outputs):
        raise click.UsageError("--statistics needs -o full or concise")
    printed = [one.form for one in outputs if not one.file]
    if len(printed) > 1 and DOCUMENTS.intersection(printed):
        raise click.UsageError("a document needs stdout for itself: send it to a file, as FORMAT=FILE")
    if given["diff"] and given["outputs"]:
        raise click.UsageError("--diff prints the difference and nothing else: leave out -o")
    return outputs


def _default_outputs(environment: Mapping[str, str], statistics: bool) -> Sequence[str]:
    """The forms where the call names none: what the environment says, and on GitHub annotations as well."""
    words = environment.get(FORMAT_VARIABLE, "").replace(",", " ").split()
    annotated = environment.get("GITHUB_ACTIONS") == "true" and not statistics
    return words or (_ON_GITHUB if annotated else _FULL)


def _output(text: str) -> Output:
    """The form that a user typed as FORMAT or FORMAT=FILE."""
    form, equals, file = text.partition("=")
    if form not in FORMATS:
        from nbcore.kubernetes.names import closest  # late: most forms are written right

        near = closest(form, FORMATS)
        hint = f"; did you mean {near}?" if near else f"; there are: {', '.join(FORMATS)}"
        raise Unusable(f"there is no format {form[:64]}{hint}")
    if equals and not file:
        raise Unusable(f"-o {form}= names no file")
    return Output(form, file)


def settings_of(
    kubernetes_version: str | None, pod_security: str | None, compat: Literal["kubeflow"] | None = None
) -> Settings:
    """The settings that a user typed.

    Raises: Unusable for a version or level that nbcore does not know.
    """
    from nbcore.kubernetes.pod_schema import VERSIONS

    asked = VERSIONS[-1] if kubernetes_version is None else kubernetes_version
    version = ".".join(asked.removeprefix("v").split(".")[:2])
    if version not in VERSIONS:
        known = f"it knows {VERSIONS[0]} to {VERSIONS[-1]}"
        raise Unusable(f"nbcore does not know Kubernetes {asked[:64]!r}; {known}")
    _, _, policy = (pod_security or "").partition(":")
    minor = policy.rpartition(".")[2]
    if minor.isascii() and minor.isdigit() and int(minor[:9]) > int(VERSIONS[-1].partition(".")[2]):
        raise Unusable(f"nbcore does not know Pod Security {policy[:64]}; the newest is v{VERSIONS[-1]}")
    try:
        return Settings(kubernetes_version=version, pod_security=pod_security, compat=compat or "")
    except ValueError:
        levels = "privileged, baseline or restricted, and a version such as restricted:v1.29"
        raise Unusable(f"there is no Pod Security {(pod_security or '')[:64]}; use {levels}") from None
