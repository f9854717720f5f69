"""The plain parts of JSON objects: maps, elements, texts and amounts, whatever stands there.

What has the wrong type counts as absent: other rules say that. Refuses to know which object it reads.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from nbcore.checks.fault import RawPath
from nbcore.kubernetes.quantity import Quantity

Amounts: TypeAlias = Mapping[str, Quantity]
"""How much of each resource, by the resource's name."""

NOTHING: Final = Quantity(0)
MOST_SHOWN: Final = 64
MOST_NAMED: Final = 5


class Unreadable(NamedTuple):
    """A place of an object given that is left out, and why: it is no amount, or there is too much of it.

    Shape: ``number`` is that of the object among those given, from 0.
    """

    number: int
    path: RawPath
    reason: str
    code: str = "NB106"


def fields(value: Any, *steps: str) -> dict[str, Any]:
    """The map that some steps lead to, ``{}`` when there is none."""
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def elements(value: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """The maps of a list, each with its index."""
    for index, one in enumerate(value if isinstance(value, list) else ()):
        if isinstance(one, dict):
            yield index, one


def text(value: Any) -> str:
    """The text, ``""`` for anything else."""
    return value if isinstance(value, str) else ""


def texts(value: Any) -> tuple[str, ...]:
    """The texts of a list."""
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def amount(value: Any) -> Quantity | None:
    """The amount as the API server stores it, rounded up to thousandths; None when it is no quantity."""
    read = Quantity.parse(value)
    if read is None or (read.value * 1000).denominator == 1:
        return read
    thousandths = math.ceil(read.value * 1000)
    short = Quantity.parse(f"{thousandths}m")
    return Quantity.parse(f"{thousandths}e-3") if short is None else short


def amounts(value: Any) -> dict[str, Quantity] | None:
    """The amounts of a map by resource; None when one of them is no quantity."""
    found: dict[str, Quantity] = {}
    for name, one in fields(value).items():
        read = amount(one)
        if read is None:
            return None
        found[str(name)] = read
    return found


def readable(
    values: dict[str, Any], number: int, path: RawPath, wrong: list[Unreadable]
) -> dict[str, Quantity]:
    """The amounts of a map by resource, without those that are none: these are told in ``wrong``."""
    found: dict[str, Quantity] = {}
    for name, one in values.items():
        read = amount(one)
        if read is None:
            wrong.append(Unreadable(number, (*path, name), Quantity.problem(one) or "the amount is too long"))
        else:
            found[name] = read
    return found


def added(to: dict[str, Quantity], more: Amounts) -> None:
    """Adds to each amount what there is more of it."""
    for name, one in more.items():
        to[name] = to[name] + one if name in to else one


def cited(name: str) -> str:
    """A harmless name as a message shows it, cut at 64 characters."""
    short = name if len(name) <= MOST_SHOWN else f"{name[:MOST_SHOWN]}…"
    return short.encode("utf-8", "backslashreplace").decode()


def listed(names: list[str], most: int = MOST_NAMED) -> str:
    """Names in one phrase: ``a, b and 3 more``."""
    shown = [cited(name) for name in names[:most]]
    if len(names) > most:
        shown.append(f"{len(names) - most} more")
    return " and ".join(part for part in (", ".join(shown[:-1]), shown[-1]) if part) if shown else "none"
