"""Quantities: amounts such as ``1500m`` or ``2Gi``, exact, ordered, and printed as Kubernetes prints them.

This module refuses to know what is measured (cores, bytes, devices) and which amounts a resource allows.
Texts that Kubernetes reads but cannot mean anything by, or that would be a burden to compute with, are
refused: no digit, an exponent beyond ±64, more than 64 characters, 1000E and more without an exponent.
"""

from __future__ import annotations

import json
import re
from fractions import Fraction
from functools import lru_cache
from typing import Any, Literal, NoReturn

Form = Literal["decimal", "binary", "exponent"]
"""How an amount is printed: with suffixes of powers of 1000 or of 1024, or with an exponent."""

MAX_CHARACTERS = 64
MAX_EXPONENT = 64

_NANO = 10**9
_POWERS: tuple[int, ...] = tuple(10**exponent for exponent in range(MAX_EXPONENT + MAX_CHARACTERS + 1))
_LIMIT_BINARY = (2**63 - 1) * _NANO
_LIMIT_DECIMAL = 10**21 * _NANO

_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_DECIMAL_SUFFIXES = {exponent: suffix for suffix, exponent in _DECIMAL.items()}
_BINARY_SUFFIXES = ("", *_BINARY)

_TEXT = re.compile(
    r"(?P<sign>[+-]?)(?P<zeros>0*)(?P<whole>[0-9]*)(?:\.(?P<fraction>[0-9]*))?"
    r"(?P<suffix>[numkMGTPE]?|[KMGTPE]i|[eE][+-]?[0-9]+)",
    re.ASCII,
)
_NUMBER_AND_LETTERS = re.compile(r"[+-]?[0-9.]+ ?([A-Za-z]+)", re.ASCII)
_MEANT = {
    **{suffix.lower(): suffix for suffix in _DECIMAL if suffix not in ("", "m", "M")},
    **{f"{suffix.lower()}b": suffix for suffix in ("k", "M", "G", "T", "P")},
    **{suffix.lower(): suffix for suffix in _BINARY},
    **{f"{suffix.lower()}b": suffix for suffix in _BINARY},
}


class QuantityError(ValueError):
    """The text or value is not a quantity; the message says why."""


class Quantity:
    """An exact amount in the notation of Kubernetes.

    Shape: accepts a text, an int, a finite float (as JSON would write it) or a Quantity. Immutable.
    Units: those of the resource (cores, bytes, devices); the smallest step is 10⁻⁹, to which a finer
    amount rounds away from zero.
    Raises: QuantityError for anything that is no quantity.
    Laws: equality, order and hash go by the amount, never by the text; ``Quantity(str(q)) == q`` as
    long as that text is within the limits; sum, difference and product are exact and take the notation of
    the first operand that is not zero.
    Source: k8s.io/apimachinery/pkg/api/resource.
    """

    __slots__ = ("_form", "_nanos", "_text")

    _nanos: int
    _form: Form
    _text: str | None

    def __init__(self, value: str | int | float | Quantity) -> None:
        read = _read(value)
        if isinstance(read, str):
            raise QuantityError(read)
        _set(self, *read)

    @classmethod
    def parse(cls, value: Any) -> Quantity | None:
        """The quantity that any JSON value stands for, or None."""
        read = _read(value)
        return None if isinstance(read, str) else _make(*read)

    @staticmethod
    def problem(value: Any) -> str | None:
        """Why a JSON value is no quantity, in words, or None when it is one."""
        read = _read(value)
        return read if isinstance(read, str) else None

    @property
    def value(self) -> Fraction:
        """The exact amount."""
        return Fraction(self._nanos, _NANO)

    @property
    def is_integer(self) -> bool:
        """Whether the amount is a whole number, as extended resources must be."""
        return self._nanos % _NANO == 0

    @property
    def form(self) -> Form:
        """The notation: `str` keeps to it as far as no digit is lost."""
        return self._form

    def __str__(self) -> str:
        """The text that Kubernetes stores and prints for this amount; see `Quantity.form`."""
        if self._text is None:
            _set_text(self, _canonical(self._nanos, self._form))
        return self._text or ""

    def __repr__(self) -> str:
        return f"Quantity({str(self)!r})"

    def __hash__(self) -> int:
        return hash(self._nanos)

    def __eq__(self, other: object) -> bool:
        return self._nanos == other._nanos if isinstance(other, Quantity) else NotImplemented

    def __lt__(self, other: Quantity) -> bool:
        return self._nanos < other._nanos if isinstance(other, Quantity) else NotImplemented

    def __le__(self, other: Quantity) -> bool:
        return self._nanos <= other._nanos if isinstance(other, Quantity) else NotImplemented

    def __gt__(self, other: Quantity) -> bool:
        return self._nanos > other._nanos if isinstance(other, Quantity) else NotImplemented

    def __ge__(self, other: Quantity) -> bool:
        return self._nanos >= other._nanos if isinstance(other, Quantity) else NotImplemented

    def __bool__(self) -> bool:
        return self._nanos != 0

    def __add__(self, other: Quantity) -> Quantity:
        if not isinstance(other, Quantity):
            return NotImplemented
        return _make(self._nanos + other._nanos, self._form if self else other._form)

    def __sub__(self, other: Quantity) -> Quantity:
        return self + -other if isinstance(other, Quantity) else NotImplemented

    def __mul__(self, factor: int) -> Quantity:
        if not isinstance(factor, int) or isinstance(factor, bool):
            return NotImplemented
        return _make(self._nanos * factor, self._form)

    __rmul__ = __mul__

    def __neg__(self) -> Quantity:
        return _make(-self._nanos, self._form)

    def __abs__(self) -> Quantity:
        return self if self._nanos >= 0 else -self

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a Quantity cannot be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a Quantity cannot be changed")

    def __reduce__(self) -> tuple[Any, ...]:
        return _make, (self._nanos, self._form, self._text)


# The slots' own setters: what is immutable to everybody else is written once, and fast.
_set_nanos, _set_form, _set_text = (Quantity.__dict__[slot].__set__ for slot in ("_nanos", "_form", "_text"))


def _set(quantity: Quantity, nanos: int, form: Form, text: str | None) -> None:
    _set_nanos(quantity, nanos)
    _set_form(quantity, form)
    _set_text(quantity, text)


def _make(nanos: int, form: Form, text: str | None = None) -> Quantity:
    quantity = Quantity.__new__(Quantity)
    _set(quantity, nanos, form, text)
    return quantity


# ---- reading: (nanos, form, the text if Kubernetes keeps it as typed), or the reason for refusing it ----

_Read = tuple[int, Form, str | None] | str


def _read(value: object) -> _Read:
    if isinstance(value, str):
        return _read_text(value)
    if isinstance(value, Quantity):
        return value._nanos, value._form, value._text
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"a quantity is a text or a number, not {_json_type(value)}"
    if isinstance(value, int) and value.bit_length() > 4 * MAX_CHARACTERS:
        return _too_long()
    return _read_text(repr(value))


def _read_text(text: str) -> _Read:
    return _too_long() if len(text) > MAX_CHARACTERS else _read_short(text)


@lru_cache(maxsize=1024)
def _read_short(text: str) -> _Read:
    """What a text that is not too long stands for; pods ask for the same few amounts."""
    match = _TEXT.fullmatch(text)
    if match is None:
        return f"{json.dumps(text)} is not a quantity{_hint(text)}"
    sign, zeros, whole, fraction, suffix = match.groups("")
    if not (zeros or whole or fraction):
        return f"{json.dumps(text)} is not a quantity: it has no digit"
    if (base := _BINARY.get(suffix)) is not None:
        return _read_binary(text, sign, whole, fraction, base)
    return _read_decimal(text, sign, whole, fraction, suffix)


def _read_decimal(text: str, sign: str, whole: str, fraction: str, suffix: str) -> _Read:
    form: Form = "decimal"
    exponent = _DECIMAL.get(suffix)
    if exponent is None:
        form, exponent = "exponent", int(suffix[1:])
        if not -MAX_EXPONENT <= exponent <= MAX_EXPONENT:
            return f"{json.dumps(text)} is not supported: its exponent is beyond ±{MAX_EXPONENT}"
    digits = (whole or "0") + fraction
    scale = exponent - len(fraction)
    nanos = _scaled(int(digits), scale + 9)
    if nanos >= _LIMIT_DECIMAL and form == "decimal":
        return f"{json.dumps(text)} is not supported: Kubernetes cannot print 1000E and more"
    kept = len(digits) <= 18 and scale >= -9 and scale % 3 == 0 and digits[0] != "0"
    return _signed(nanos, sign), form, text if kept and not digits.endswith("000") else None


def _read_binary(text: str, sign: str, whole: str, fraction: str, base: int) -> _Read:
    nanos = min(_scaled(int((whole or "0") + fraction) << base, 9 - len(fraction)), _LIMIT_BINARY)
    form: Form = "decimal" if 0 < nanos < _NANO else "binary"
    # Kubernetes keeps the text of what it could multiply in 64 bits, unless a factor of 8 is in it.
    kept = not fraction and len(whole) + base * 3 // 10 <= 14 and int(whole or "0") % 8 != 0
    return _signed(nanos, sign), form, text if kept else None


def _scaled(digits: int, exponent: int) -> int:
    """``digits * 10**exponent``, rounded up to an integer."""
    return digits * _POWERS[exponent] if exponent >= 0 else -(-digits // _POWERS[-exponent])


def _signed(nanos: int, sign: str) -> int:
    return -nanos if sign == "-" else nanos


def _too_long() -> str:
    return f"a quantity has at most {MAX_CHARACTERS} characters"


def _json_type(value: object) -> str:
    names = {type(None): "null", bool: "a boolean", list: "a list", dict: "an object"}
    return names.get(type(value), "something else")


def _hint(text: str) -> str:
    match = _NUMBER_AND_LETTERS.fullmatch(text)
    meant = _MEANT.get(match[1].lower()) if match else None
    if meant is None:
        return ": it must be a number with a suffix such as m, k, M, G, Ki, Mi or Gi, or none"
    meant = "k or Ki" if meant == "k" else meant
    return f": the suffix is written {meant}, right after the number"


# ---- printing ----


def _canonical(nanos: int, form: Form) -> str:
    if nanos == 0:
        return "0"
    whole, rest = divmod(nanos, _NANO)
    if form == "binary" and not rest and abs(whole) >= 1024:
        return _print_binary(whole)
    return _print_decimal(nanos, form)


def _print_binary(whole: int) -> str:
    steps = 0
    while whole % 1024 == 0 and steps < len(_BINARY):
        whole >>= 10
        steps += 1
    return f"{whole}{_BINARY_SUFFIXES[steps]}"


def _print_decimal(nanos: int, form: Form) -> str:
    digits = str(nanos)
    mantissa = digits.rstrip("0")
    exponent = len(digits) - len(mantissa) - 9
    surplus = exponent % 3
    number, exponent = mantissa + "0" * surplus, exponent - surplus
    if form != "exponent" and abs(nanos) < _LIMIT_DECIMAL:
        return number + _DECIMAL_SUFFIXES[exponent]
    # A sum of 1000E and more is printed with an exponent too: Kubernetes would lose the suffix.
    return f"{number}e{exponent}" if exponent else number
