"""The words in which the table of volume sources is written: each makes the check of one field.

A check takes the object that holds the field, and the place of that object.
Refuses to know which sources there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from nbcore.checks.fault import Fault, Faults, RawPath
from nbcore.checks.semantics import values
from nbcore.checks.semantics.byte_length import byte_length
from nbcore.checks.semantics.values import Problem, shown
from nbcore.finding import Fix
from nbcore.kubernetes.names import problem_with_relative_path
from nbcore.kubernetes.paths import Path
from nbcore.kubernetes.quantity import Quantity

Check: TypeAlias = Callable[[dict[str, Any], RawPath], Faults]

MISSING: Final = "NB463"
NOT_ALLOWED: Final = "NB464"
FILE_OUTSIDE: Final = "NB465"
MOST_MODE: Final = 0o777


def required(field: str) -> Check:
    """The check that a field is there and not empty."""
    return lambda holder, path: values.required(MISSING, (*path, field), field, holder.get(field))


def present(field: str) -> Check:
    """The check that an object is there; it may be empty."""

    def check(holder: dict[str, Any], path: RawPath) -> Faults:
        if holder.get(field) is None:
            yield Fault(MISSING, (*path, field), f"{field} is missing", "Add it.")

    return check


def words(field: str, *allowed: str, or_empty: bool = False) -> Check:
    """The check that a field, if it is there, has one of the allowed values, or is empty where that may be."""

    def check(holder: dict[str, Any], path: RawPath) -> Faults:
        word = holder.get(field)
        yield from values.one_of(
            NOT_ALLOWED, (*path, field), field, word or None if or_empty else word, allowed
        )

    return check


def between(field: str, low: int, high: int) -> Check:
    """The check that a number, if it is there, is in the range, both ends included."""
    return lambda holder, path: values.in_range(
        NOT_ALLOWED, (*path, field), field, holder.get(field), low, high
    )


def named(field: str, problem: Problem) -> Check:
    """The check that a text, if it is there and not empty, has no problem."""
    return lambda holder, path: values.valid(
        NOT_ALLOWED, (*path, field), field, holder.get(field) or None, problem
    )


def each(field: str, *checks: Check) -> Check:
    """The checks for every element of a list."""

    def check(holder: dict[str, Any], path: RawPath) -> Faults:
        for index, element in values.elements(holder, field):
            for one in checks:
                yield from one(element, (*path, field, index))

    return check


def inside(field: str, *checks: Check) -> Check:
    """The checks for an object, if it is there."""

    def check(holder: dict[str, Any], path: RawPath) -> Faults:
        inner = holder.get(field)
        if inner is not None:
            for one in checks:
                yield from one(inner, (*path, field))

    return check


def mode(field: str) -> Check:
    """The check that a file mode, if it is there, lies in 0 to 0777; what was meant in octal can be repaired."""

    def check(holder: dict[str, Any], path: RawPath) -> Faults:
        bits, place = holder.get(field), (*path, field)
        if bits is None or 0 <= bits <= MOST_MODE:
            return
        message = f"{field} is {shown(bits)}, a file mode lies in 0 to 0777 (octal), 511 in decimal"
        meant = int(str(bits), 8) if _OCTAL.fullmatch(str(bits)) else None
        fix = None if meant is None else Fix("replace", Path(place), meant, safe=False)
        remedy = (
            f"Write 0{meant:o} in YAML, {meant} in JSON." if meant else "Write it in octal, such as 0644."
        )
        yield Fault(NOT_ALLOWED, place, message, remedy, fix=fix)

    return check


_OCTAL = re.compile("[0-7]{3}", re.ASCII)


def not_negative(field: str) -> Check:
    """The check that a quantity, if it is there, is at least 0."""

    def check(holder: dict[str, Any], path: RawPath) -> Faults:
        amount = Quantity.parse(holder.get(field))
        if amount is not None and amount < Quantity(0):
            message = f"{field} is {shown(holder[field])}, it must not be negative"
            yield Fault(NOT_ALLOWED, (*path, field), message, "Give an amount of 0 or more.")

    return check


def problem_with_file_path(text: object) -> str | None:
    """Why the value is no path of a file in a volume, or None; names that start with ``..`` are kept free."""
    problem = problem_with_relative_path(text)
    return problem or ("must not start with '..'" if str(text).startswith("..") else None)


def file_path(field: str) -> Check:
    """The check that a field is the path of a file in the volume."""

    def check(holder: dict[str, Any], path: RawPath) -> Faults:
        remedy = "Write a path below the mount, such as conf/app.yaml."
        yield from values.required(MISSING, (*path, field), field, holder.get(field))
        yield from values.valid(
            FILE_OUTSIDE,
            (*path, field),
            "the path",
            holder.get(field) or None,
            problem_with_file_path,
            remedy,
        )

    return check


def matching(pattern: str, reason: str) -> Problem:
    """The problem of every text that the pattern does not match as a whole."""
    form = re.compile(pattern, re.ASCII)
    return lambda text: None if isinstance(text, str) and form.fullmatch(text) else reason


def starting_with(prefix: str) -> Problem:
    """The problem of every text that does not start with the prefix."""
    return lambda text: (
        None if isinstance(text, str) and text.startswith(prefix) else f"must start with {prefix}"
    )


def at_most(limit: int) -> Problem:
    """The problem of every text of more bytes than the limit."""
    return lambda text: f"must have at most {limit} bytes" if byte_length(str(text)) > limit else None


def any_of(*problems: Problem) -> Problem:
    """The first problem that is found."""
    return lambda text: next(filter(None, (problem(text) for problem in problems)), None)
