"""The JSON of admission: bytes to values and back, the same with and without an accelerator.

Refuses to know what the values mean, and where the bytes come from.
"""

from __future__ import annotations

import json
import math
import re
from binascii import b2a_base64
from collections.abc import Sequence
from typing import Any, Final, NoReturn

try:  # orjson is an optional accelerator: the same values, sooner.
    import orjson
except ImportError:  # pragma: no cover - both ways are run by the tests
    orjson = None  # type: ignore[assignment]

MAX_DEPTH: Final = 100
"""Levels of objects and lists, the outermost one counted."""
MAX_DIGITS: Final = 4_300
_BOM: Final = b"\xef\xbb\xbf"
_NINES: Final = bytes(ord("9") if 0x30 <= code <= 0x39 else code for code in range(256))
_LONG: Final = b"9" * 19
_STRIDE: Final = 4
_LONG_STRIDE: Final = b"9" * (19 // _STRIDE)
"""What at least stands at every fourth byte of a body with so many digits in a row."""
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
_ESCAPED_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")


class Unreadable(ValueError):
    """The body is not JSON that can be read; the text says why, and holds nothing of the body."""


def decode(body: bytes) -> Any:
    """The value of a body: strict JSON in UTF-8, at most 100 levels deep.

    Raises: Unreadable for anything else: a byte order mark, NaN and infinite numbers, halves of surrogate pairs,
    numbers of more than 4,300 digits.
    Laws: test_bytes_are_read_alike_with_and_without_the_accelerator.
    """
    if body.startswith(_BOM):
        raise Unreadable("the body starts with a byte order mark")
    value = _plainly(body) if orjson is None or _has_long_number(body) else _fast(body)
    if len(body) > 2 * MAX_DEPTH and not _is_shallow(value) and _is_deep(value):
        raise Unreadable(_DEEP)
    return value


def encode(answer: Any) -> bytes:
    """The value as compact ASCII JSON.

    Raises: ValueError for what is no JSON: NaN and infinite numbers.
    """
    if orjson is not None:
        try:
            found: bytes = orjson.dumps(answer)
        except TypeError:
            found = b"\xff"  # the other way says why, or knows better
        if found.isascii() and b"null" not in found:  # which orjson says for NaN, too
            return found
    return _ENCODER.encode(answer).encode("ascii")


def written(operations: Sequence[dict[str, Any]]) -> str:
    """The operations of a patch as an answer holds them: their JSON in base64."""
    return b2a_base64(encode(operations), newline=False).decode("ascii")


def _has_long_number(body: bytes) -> bool:
    """Whether there are so many digits in a row that the accelerator may make something else of them."""
    sample = body[::_STRIDE].translate(_NINES)
    return _LONG_STRIDE in sample and _LONG in body.translate(_NINES)


def _fast(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _plainly(body)  # which says why, or knows better


def _plainly(body: bytes) -> Any:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Unreadable("the body is not UTF-8") from None
    try:
        value = json.loads(text, parse_constant=_constant, parse_float=_float, parse_int=_int)
    except RecursionError:
        raise Unreadable(_DEEP) from None
    except Unreadable:
        raise
    except ValueError:
        raise Unreadable("the body is not JSON") from None
    if _ESCAPED_SURROGATE.search(body) and not _is_encodable(value):
        raise Unreadable("the body holds half of a surrogate pair")
    return value


_DEEP: Final = f"the body is nested deeper than {MAX_DEPTH} levels"


def _constant(_: str) -> NoReturn:
    raise Unreadable("the body holds a number that is none")


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise Unreadable("the body holds a number that is too large")
    return number


def _int(text: str) -> int:
    if len(text) - text.startswith("-") > MAX_DIGITS:
        raise Unreadable("the body holds a number that is too large")
    return int(text)


def _is_encodable(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    except RecursionError:
        raise Unreadable(_DEEP) from None
    return True


class _Inmost:
    """What stands inmost in `_WITHIN`: the accelerator asks what to write in its place."""


def _nested(levels: int) -> Any:
    value: Any = _Inmost()
    for _ in range(levels):
        value = [value]
    return value


def _is_written(value: Any, within: Any) -> bool:
    """Whether the accelerator writes a value, so far within lists."""
    try:
        orjson.dumps(within, default=lambda _: value)
    except TypeError:
        return False
    return True


_WRITTEN: Final = 254
"""The levels that the accelerator writes."""
_WITHIN: Final = _nested(_WRITTEN - MAX_DEPTH)
_KNOWS_DEPTH: Final = (
    orjson is not None and _is_written(0, _nested(_WRITTEN)) and not _is_written(0, _nested(_WRITTEN + 1))
)


def _is_shallow(value: Any) -> bool:
    """Whether a value is not nested too deep for sure: within further lists, the accelerator can still write it.

    Shape: False where it is not known.
    """
    return _KNOWS_DEPTH and orjson is not None and _is_written(value, _WITHIN)


def _is_deep(value: Any) -> bool:
    """Whether a value is nested too deep; goes level by level."""
    level = [value] if value.__class__ is dict or value.__class__ is list else []
    for _ in range(MAX_DEPTH):
        if not level:
            return False
        level = [
            child
            for one in level
            for child in (one.values() if one.__class__ is dict else one)
            if child.__class__ is dict or child.__class__ is list
        ]
    return bool(level)
