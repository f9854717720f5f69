"""The small pieces that the rules of pods are made of: one field, one verdict, one fault in plain words.

Every function takes the code of the rule and the place, so that all areas speak alike. Values are of the type
that the schema asks for; a field that is absent (None) is never wrong here unless it is required.
Refuses to know which fields a pod has and which rule asks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from nbcore.checks.fault import Fault, Faults, Pod, RawPath
from nbcore.finding import Fix
from nbcore.kubernetes import names
from nbcore.kubernetes.paths import Path

Problem: TypeAlias = Callable[[object], str | None]
"""A ``problem_with_…`` of `nbcore.kubernetes.names`: why a value is refused, as "must …", or None."""

MOST_SHOWN: Final = 64
CONTAINER_LISTS: Final = ("initContainers", "containers", "ephemeralContainers")

REMEDIES: Final[Mapping[Problem, str]] = {
    names.problem_with_dns_label: "Use at most 63 lower-case letters, digits and '-'.",
    names.problem_with_dns_subdomain: "Use at most 253 lower-case letters, digits, '-' and '.'.",
    names.problem_with_dns_search: "Use at most 253 lower-case letters, digits, '-', '_' and '.'.",
    names.problem_with_label_key: "Write it as name or prefix/name, the name of at most 63 characters.",
    names.problem_with_annotation_key: "Write it as name or prefix/name, the name of at most 63 characters.",
    names.problem_with_label_value: "Use at most 63 letters, digits, '-', '_' and '.'.",
    names.problem_with_env_name: "Use letters, digits and '_'.",
    names.problem_with_config_key: "Use letters, digits, '-', '_' and '.'.",
    names.problem_with_port_name: "Use at most 15 lower-case letters, digits and '-'.",
    names.problem_with_port_number: "Choose a port from 1 to 65535.",
    names.problem_with_ip: "Write an IPv4 or IPv6 address.",
    names.problem_with_backsteps: "Write the path without '..'.",
    names.problem_with_relative_path: "Write a path without a leading '/' and without '..'.",
}
"""What to do about a value that a problem was found with."""


def shown(value: object) -> str:
    """A harmless value as a message cites it: as JSON, cut at 64 characters; never for values of env."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    short = text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"
    cited = json.dumps(short, ensure_ascii=False) if isinstance(value, str) else short
    return cited.encode("utf-8", "backslashreplace").decode()


def valid(code: str, path: RawPath, what: str, value: object, problem: Problem, remedy: str = "") -> Faults:
    """A fault when the problem is found with a value that is there: ``what "value" must …``."""
    reason = None if value is None else problem(value)
    if reason:
        cited = f" {shown(value)}" if value != "" else ""
        yield Fault(code, path, f"{what}{cited} {reason}", remedy or REMEDIES.get(problem, ""))


def required(code: str, path: RawPath, what: str, value: object, remedy: str = "") -> Faults:
    """A fault when a value is absent or empty: ``what is missing``."""
    if value is None or value in ("", [], {}):
        yield Fault(code, path, f"{what} is missing", remedy or "Add it.")


def required_name(code: str, path: RawPath, what: str, value: object, problem: Problem) -> Faults:
    """A fault when a name is absent or empty, else when the problem is found with it."""
    if value is None or value == "":
        yield from required(code, path, what, value)
    else:
        yield from valid(code, path, what, value, problem)


def one_of(code: str, path: RawPath, what: str, value: object, allowed: Collection[str]) -> Faults:
    """A fault when a value is there and none of the allowed ones; the empty text counts as a value.

    Shape: a value that is wrong in nothing but its case comes with the fix.
    """
    if value is None or value in allowed:
        return
    near = names.closest(value, allowed) if isinstance(value, str) else None
    choice = f"Did you mean {near}?" if near else f"Choose one of: {', '.join(allowed)}."
    fix = Fix("replace", Path(path), near) if near and near.lower() == str(value).lower() else None
    yield Fault(code, path, f"{what} {shown(value)} is none of {', '.join(allowed)}", choice, fix=fix)


def in_range(
    code: str, path: RawPath, what: str, value: Any, low: int | None = None, high: int | None = None
) -> Faults:
    """A fault when a number is there and lies outside low to high, both included."""
    if value is None or ((low is None or value >= low) and (high is None or value <= high)):
        return
    bounds = f"at least {low}" if high is None else f"at most {high}" if low is None else f"{low} to {high}"
    yield Fault(code, path, f"{what} is {shown(value)}, it must be {bounds}", f"Choose a number of {bounds}.")


def forbidden(code: str, path: RawPath, message: str, remedy: str = "", *related: RawPath) -> Fault:
    """The fault of a field that must not be there; the message is a whole sentence."""
    return Fault(code, path, message, remedy or "Remove it.", tuple(related))


def repeats(values: Iterable[Any]) -> Iterator[tuple[int, int]]:
    """The index of every value that was there before, with the index of the first; absent ones never repeat."""
    first: dict[Any, int] = {}
    for index, value in enumerate(values):
        if value is not None and first.setdefault(value, index) != index:
            yield index, first[value]


def unique(code: str, path: RawPath, what: str, values: Iterable[Any], field: str = "") -> Faults:
    """A fault at every value of a list that was there before, related to the first; empty ones never repeat.

    Shape: the place is ``path[index].field``, or ``path[index]`` without a field.
    """
    below: RawPath = (field,) if field else ()
    listed = [value or None for value in values]
    for index, first in repeats(listed):
        message = f"{what} {shown(listed[index])} is given more than once"
        yield Fault(code, (*path, index, *below), message, "Remove one of them.", ((*path, first, *below),))


def elements(holder: Mapping[str, Any] | None, field: str) -> Iterator[tuple[int, Any]]:
    """The elements of a list field with their indexes; none where the field is absent."""
    return enumerate((holder or {}).get(field) or ())


def spec_of(pod: Pod) -> dict[str, Any]:
    """The pod's spec, empty where there is none."""
    return pod.get("spec") or {}


def containers_of(pod: Pod) -> Iterator[tuple[RawPath, dict[str, Any]]]:
    """All containers of the pod (init, regular, ephemeral) with their places."""
    spec = spec_of(pod)
    for field in CONTAINER_LISTS:
        for index, container in elements(spec, field):
            yield ("spec", field, index), container
