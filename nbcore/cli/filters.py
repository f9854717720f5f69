"""Filters on the command line: ``KEY=VALUE`` conditions that say which notebooks are meant.

Conditions of one key hold where any of them does, those of several keys where all do. Refuses to know what is
done with the notebooks.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import click

from nbcore.kubernetes.names import closest
from nbcore.model.conventions import NOTEBOOK_KINDS
from nbcore.planning.consumers import Filter
from nbcore.planning.fleet import STATES

_PERIOD: Final = re.compile(r"([0-9]{1,6})([mhdw])", re.ASCII)
_UNITS: Final[Mapping[str, int]] = {"m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
"""Units: milliseconds."""
_ANSWERS: Final[Mapping[str, bool]] = {"yes": True, "no": False}


class _Key(NamedTuple):
    """The field of a filter that a key sets, how its value is read, and whether it may be given again."""

    field: str
    read: Callable[[str], Any]
    many: bool = True


def _one_of(known: Sequence[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in known:
            raise ValueError(f"is one of {', '.join(known)}")
        return text

    return read


def _answer(text: str) -> bool:
    if text not in _ANSWERS:
        raise ValueError("is yes or no")
    return _ANSWERS[text]


def _option(text: str) -> tuple[str, str]:
    group, colon, value = text.partition(":")
    if not (group and colon and value):
        raise ValueError("is GROUP:VALUE")
    return group, value


def _since(text: str) -> int:
    """The newest last activity of those that were idle for so long."""
    found = _PERIOD.fullmatch(text)
    if found is None:
        raise ValueError("is a number of minutes, hours, days or weeks such as 30m, 12h, 7d or 4w")
    return int(time.time() * 1000) - int(found[1]) * _UNITS[found[2]]


KEYS: Final[Mapping[str, _Key]] = {
    "name": _Key("names", str),
    "namespace": _Key("namespaces", str),
    "kind": _Key("kinds", _one_of(NOTEBOOK_KINDS)),
    "template": _Key("templates", str),
    "option": _Key("options", _option),
    "image": _Key("images", str),
    "state": _Key("states", _one_of(STATES)),
    "gpu": _Key("gpu", _answer, many=False),
    "pending": _Key("pending", _answer, many=False),
    "idle": _Key("idle_since", _since, many=False),
}
"""What may be asked, and how."""

SELECT_HELP: Final = (
    "Only these notebooks: name, namespace, template and image (with * and ?), kind, option=GROUP:VALUE, "
    f"state ({', '.join(STATES)}), gpu and pending (yes, no), idle=7d; may be repeated."
)
select_option = click.option(
    "--select",
    "where",
    multiple=True,
    metavar="KEY=VALUE",
    callback=lambda _ctx, _option, texts: filter_of(texts),
    help=SELECT_HELP,
)
"""Gives a command the filter, as ``where``; None where nothing was asked."""


def filter_of(texts: Sequence[str]) -> Filter | None:
    """The filter that the conditions make; None without any.

    Raises: click.BadParameter for a condition that says nothing.
    """
    found: dict[str, Any] = {}
    for key, value in map(_condition, texts):
        if key.many:
            found[key.field] = (*found.get(key.field, ()), value)
        elif found.setdefault(key.field, value) != value:
            raise click.BadParameter(f"{key.field.partition('_')[0]} is given twice, and differs")
    return Filter(**found) if found else None


def _condition(text: str) -> tuple[_Key, Any]:
    name, equals, value = text.partition("=")
    key = KEYS.get(name)
    if key is None or not (equals and value):
        raise click.BadParameter(f"{text[:64]!r} is not KEY=VALUE{''.join(_hint(name))}")
    try:
        return key, key.read(value)
    except ValueError as error:
        raise click.BadParameter(f"{name} {error}, not {value[:64]!r}") from None


def _hint(name: str) -> Iterator[str]:
    if name not in KEYS:
        near = closest(name, KEYS)
        yield f"; did you mean {near}?" if near else f" with a key of {', '.join(KEYS)}"
