"""YAML scalars, read exactly as kubectl reads them (sigs.k8s.io/yaml, which sits on go.yaml.in/yaml/v2).

Between the text of a manifest and the JSON that the API server receives stand three conversions: YAML
resolves an unquoted scalar to a Go value, Go prints that value as JSON, and JSON is read again. This module
holds the outcome of the three. It refuses to know documents, positions and which field a scalar belongs to.

Numbers: a number is an ``int`` when the JSON that kubectl prints for it is an integer that fits into 64 bits
(``1e3`` is ``1000``, ``1.0`` is ``1``), else a ``float`` with the digits that Go's float64 keeps. A number
outside the range of float64 is a string in YAML and an error in JSON, as it is to kubectl.
"""

from __future__ import annotations

import base64
import datetime
import json
import math
import re
import struct
from collections.abc import Callable
from decimal import Decimal
from typing import Final

Scalar = str | int | float | bool | None

_INT64_MIN: Final = -(2**63)
_INT64_MAX: Final = 2**63 - 1
_UINT64_MAX: Final = 2**64 - 1
_EXACT: Final = 2.0**53
_CORE: Final = "tag:yaml.org,2002:"

WORDS: Final[dict[str, Scalar]] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
"""The unquoted words that are not text."""
_OBVIOUS: Final = frozenset(
    ("", "~", "null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE")
)
_NUMBER_STARTS: Final = frozenset("+-.0123456789")
_WORD_STARTS: Final = frozenset("yYnNtTfFoO~")

_INTEGER = re.compile(
    r"(?P<sign>[+-]?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<bin>[01]+)|0[oO](?P<oct>[0-7]+)"
    r"|(?P<zero>0[0-7]*)|(?P<dec>[1-9][0-9]*))",
    re.ASCII,
)
_BASES: Final = {"hex": 16, "bin": 2, "oct": 8, "zero": 8, "dec": 10}
_SIGNED_BINARY = re.compile(r"0b([+-][01]+)", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_FRACTION = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?", re.ASCII)
_BASE64 = re.compile(
    r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?",
    re.ASCII,
)
_TIMESTAMP = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)"
    r"| (\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,]\d+)?)?",
    re.ASCII,
)


class NotOfTag(ValueError):
    """The text cannot be read as what its tag says."""


def resolve(text: str) -> Scalar:
    """The value of an unquoted scalar.

    Shape: ``math.nan`` and infinities for ``.nan`` and ``.inf``, which kubectl reads and then refuses.
    Source: resolve.go of go.yaml.in/yaml/v2 v2.4.
    """
    first = text[:1]
    if first in _NUMBER_STARTS:
        number = _number(text)
        return text if number is None else as_json(number)
    if not first or first in _WORD_STARTS:
        return WORDS.get(text, text)
    return text


def as_json(number: int | float) -> int | float:
    """The number that is left after Go has printed it as JSON and read it again."""
    if isinstance(number, int):
        return number if _INT64_MIN <= number <= _INT64_MAX else as_json(float(number))
    if not math.isfinite(number) or not number.is_integer() or abs(number) >= 1e21:
        return number
    if abs(number) < _EXACT:
        return int(number)
    # Go prints the shortest digits and fills up with zeros: 2**62 becomes 4611686018427388000
    printed = int(Decimal(repr(number)))
    return printed if _INT64_MIN <= printed <= _INT64_MAX else number


def json_integer(text: str) -> int | float:
    """The number that an integer literal of a JSON text means to kubectl; infinite when out of range."""
    # beyond 20 digits nothing fits into 64 bits, and int() has a limit of 4,300 digits
    return as_json(int(text) if len(text) <= 20 else float(text))


def json_float(text: str) -> int | float:
    """The number that a literal with fraction or exponent means to kubectl; infinite when out of range."""
    return as_json(float(text))


def key_text(text: str) -> str | None:
    """The map key that an unquoted scalar becomes, or None where kubectl refuses the key.

    Booleans and numbers become text: ``y`` is ``true``, ``010`` is ``8``, ``1e6`` is ``1e+06``. Null and
    integers above 63 bits are refused.
    """
    first = text[:1]
    if first in _NUMBER_STARTS:
        number = _number(text)
        return text if number is None else _key_of(number)
    if not first or first in _WORD_STARTS:
        return _key_of(WORDS.get(text, text))
    return text


def tagged(tag: str, text: str) -> Scalar:
    """The value of a scalar with an explicit tag; an unknown tag leaves the text as it is.

    Raises: NotOfTag where kubectl refuses the text under that tag.
    """
    typed = _tagged(tag, text)
    return as_json(typed) if type(typed) in (int, float) else typed  # type: ignore[arg-type]


def tagged_key(tag: str, text: str) -> str | None:
    """The map key that a scalar with an explicit tag becomes, or None where kubectl refuses the key.

    Raises: NotOfTag where kubectl refuses the text under that tag.
    """
    return _key_of(_tagged(tag, text))


def is_core_tag(tag: str) -> bool:
    """Whether the tag is one of those that give a scalar its type; any other is dropped by kubectl."""
    return tag in _READERS


def surprise(text: str) -> str | None:
    """What an unquoted scalar means to Kubernetes, in words, when that is not what it looks like.

    ``yes`` is "the boolean true", ``010`` is "the number 8", ``1.10`` is "the number 1.1"; None for text
    that stays text, for ``true``, ``null`` and their like, and for numbers that print as they were written.
    """
    value = resolve(text)
    if isinstance(value, str) or text in _OBVIOUS:
        return None
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    printed = "null" if value is None else number_text(value)
    return None if text in (printed, printed.replace("0.", ".", 1)) else f"the number {printed}"


def number_text(number: int | float) -> str:
    """The number as Go prints it in JSON: no exponent between 1e-6 and 1e21."""
    if isinstance(number, int):
        return str(number)
    if not math.isfinite(number):
        return "not a number" if math.isnan(number) else f"{'-' if number < 0 else ''}infinity"
    if number == 0 or 1e-6 <= abs(number) < 1e21:
        return format(Decimal(repr(number)), "f").removesuffix(".0")
    return re.sub(r"e-0(\d)$", r"e-\1", json.dumps(number))


def _number(text: str) -> int | float | None:
    """The Go number of an unquoted scalar that starts like one, or None when it is text."""
    word = WORDS.get(text)
    if word is not None:
        return word  # type: ignore[return-value]  # only .nan and .inf start like a number
    if text[0] == ".":  # read by ParseFloat at once, which is stricter about underscores
        return _finite(text.replace("_", "")) if _FRACTION.fullmatch(text) else None
    plain = text.replace("_", "")
    integer = _integer(plain)
    return integer if integer is not None else _finite(plain)


def _integer(plain: str) -> int | None:
    match = _INTEGER.fullmatch(plain)
    if match is None:
        binary = _SIGNED_BINARY.fullmatch(plain)
        value = int(binary[1], 2) if binary else None
        return value if value is not None and _INT64_MIN <= value <= _INT64_MAX else None
    kind = match.lastgroup or "dec"
    if kind == "dec" and len(match[kind]) > 20:
        return None
    value = int(match["sign"] + match[kind], _BASES[kind])
    highest = _INT64_MAX if match["sign"] else _UINT64_MAX
    return value if _INT64_MIN <= value <= highest else None


def _finite(plain: str) -> float | None:
    if not _FLOAT.fullmatch(plain):
        return None
    value = float(plain)
    return value if math.isfinite(value) else None


def _key_of(typed: Scalar) -> str | None:
    if isinstance(typed, str):
        return typed
    if isinstance(typed, bool):
        return "true" if typed else "false"
    if isinstance(typed, float):
        return _float_key(typed)
    return None if typed is None or typed > _INT64_MAX else str(typed)


def _float_key(value: float) -> str:
    """Go's ``FormatFloat(value, 'g', -1, 32)``, with YAML's words for what is not finite."""
    single = _single(value)
    if not math.isfinite(single):
        return ".nan" if math.isnan(single) else ".inf" if single > 0 else "-.inf"
    texts = (f"{single:.{precision}e}" for precision in range(9))
    text = next((text for text in texts if _single(float(text)) == single), f"{single:.8e}")
    return format(Decimal(text), "f") if -4 <= int(text.partition("e")[2]) < 6 else text


def _single(value: float) -> float:
    """The nearest float32."""
    try:
        return struct.unpack("<f", struct.pack("<f", value))[0]  # type: ignore[no-any-return]
    except OverflowError:
        return math.copysign(math.inf, value)


def _tagged(tag: str, text: str) -> Scalar:
    reader = _READERS.get(tag)
    return text if reader is None else reader(text)


def _typed(text: str) -> Scalar:
    """The Go value of an unquoted scalar, before JSON."""
    if text in WORDS:
        return WORDS[text]
    number = _number(text) if text[0] in _NUMBER_STARTS else None
    return text if number is None else number


def _read_bool(text: str) -> Scalar:
    typed = _typed(text)
    return typed if isinstance(typed, bool) else _refuse("bool")


def _read_int(text: str) -> Scalar:
    typed = _typed(text)
    return typed if isinstance(typed, int) and not isinstance(typed, bool) else _refuse("int")


def _read_float(text: str) -> Scalar:
    typed = _typed(text)
    fits = isinstance(typed, float) or (type(typed) is int and typed <= _INT64_MAX)
    return float(typed) if fits and typed is not None else _refuse("float")


def _read_null(text: str) -> Scalar:
    return None if _typed(text) is None else _refuse("null")


def _read_timestamp(text: str) -> Scalar:
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return _refuse("timestamp")
    try:
        datetime.datetime(*(int(part) for part in match.groups() if part))  # type: ignore[arg-type]
    except ValueError:
        return _refuse("timestamp")
    return text


def _read_binary(text: str) -> Scalar:
    """The bytes as text; Go puts one U+FFFD in place of every byte that is not UTF-8."""
    encoded = text.replace("\r", "").replace("\n", "")
    if not _BASE64.fullmatch(encoded):
        return _refuse("binary")
    decoded = base64.b64decode(encoded).decode("utf-8", "surrogateescape")
    return _NOT_UTF8.sub("\ufffd", decoded)


def _refuse(name: str) -> Scalar:
    raise NotOfTag(f"the text is not a {name}")


_NOT_UTF8 = re.compile("[\udc80-\udcff]")
_READERS: Final[dict[str, Callable[[str], Scalar]]] = {
    _CORE + "str": str,
    _CORE + "bool": _read_bool,
    _CORE + "int": _read_int,
    _CORE + "float": _read_float,
    _CORE + "null": _read_null,
    _CORE + "timestamp": _read_timestamp,
    _CORE + "binary": _read_binary,
}
