"""JSON Patches carried out twice: as RFC 6902 says it, and as the library of the API server does it.

The library is more lenient than the RFC here and there, and stricter in other places; a patch of ours has to mean the
same to both. Refuses to carry out what we never send: move, copy and test.

Source: RFC 6902 and RFC 6901; evanphx/json-patch v4, patch.go.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from typing import Any

Json = Any
_STRICT_INDEX = re.compile(r"0|[1-9][0-9]*", re.ASCII)
_LENIENT_INDEX = re.compile(r"[+-]?[0-9]+", re.ASCII)
_ESCAPED = re.compile(r"~(?![01])", re.ASCII)


class DoesNotApply(ValueError):
    """The patch cannot be carried out on this document."""


def applied(document: Json, operations: Iterable[Json], *, strict: bool) -> Json:
    """The document after the operations; the one that is given stays as it is.

    Raises: DoesNotApply.
    """
    whole = {"": copy.deepcopy(document)}
    for one in operations:
        _carry_out(whole, one, strict=strict)
    return whole[""]


def tokens(pointer: Json, *, strict: bool) -> list[str]:
    """The steps of a JSON Pointer.

    Raises: DoesNotApply for a text that is none.
    """
    if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
        raise DoesNotApply("the path is no pointer")
    if strict and _ESCAPED.search(pointer):
        raise DoesNotApply("a tilde must be escaped")
    return [one.replace("~1", "/").replace("~0", "~") for one in pointer.split("/")[1:]]


def _carry_out(whole: Json, operation: Json, *, strict: bool) -> None:
    if operation.get("op") not in ("add", "remove", "replace"):
        raise DoesNotApply(f"{operation.get('op')} is nothing that is sent")
    if operation["op"] != "remove" and "value" not in operation and strict:
        raise DoesNotApply("there is no value")
    steps = ["", *tokens(operation.get("path"), strict=strict)]
    at = whole
    for step in steps[:-1]:
        at = _stepped(at, step, strict=strict)
    if len(steps) == 1 and (operation["op"] != "replace" or not isinstance(operation.get("value"), dict)):
        raise DoesNotApply("the library can only replace a whole document, by an object")
    value = copy.deepcopy(operation.get("value"))
    if isinstance(at, dict):
        _in_map(at, steps[-1], operation["op"], value, strict=strict)
    elif isinstance(at, list):
        _in_list(at, steps[-1], operation["op"], value, strict=strict)
    else:
        raise DoesNotApply("the parent is neither an object nor a list")


def _stepped(at: Json, step: str, *, strict: bool) -> Json:
    if isinstance(at, dict) and step in at:
        return at[step]
    if isinstance(at, list):
        return at[_index(step, len(at) - 1, strict=strict)]
    raise DoesNotApply("the parent is not there")


def _in_map(at: dict[str, Json], key: str, op: str, value: Json, *, strict: bool) -> None:
    if key not in at and (op == "remove" or (op == "replace" and strict)):
        raise DoesNotApply("the member is not there")
    if op == "remove":
        del at[key]
    else:
        at[key] = value


def _in_list(at: list[Json], key: str, op: str, value: Json, *, strict: bool) -> None:
    if op == "add" and key == "-":
        at.append(value)
        return
    index = _index(key, len(at) - (op != "add"), strict=strict)
    if op == "add":
        at.insert(index, value)
    elif op == "remove":
        del at[index]
    else:
        at[index] = value


def _index(key: str, most: int, *, strict: bool) -> int:
    """The index that a step is.

    Raises: DoesNotApply for one that is none, or beyond ``most``.
    """
    if not (_STRICT_INDEX if strict else _LENIENT_INDEX).fullmatch(key):
        raise DoesNotApply("the step is no index")
    index = int(key)
    index += (most + 1) * (index < 0)
    if not 0 <= index <= most:
        raise DoesNotApply("there is no such element")
    return index
