"""Bodies to values and back: the limits are the same with and without the accelerator, wherever in a body they are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nbcore.admission import Unreadable, decode, encode, encoding


@pytest.fixture(params=["with orjson", "without orjson"], autouse=True)
def accelerator(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "without orjson":
        monkeypatch.setattr(encoding, "orjson", None)


def nested(levels: int, form: str) -> bytes:
    opening = [
        b'{"}]\\"":' if form == "objects" or (form == "both" and at % 2) else b"[" for at in range(levels)
    ]
    closing = [b"}" if one.startswith(b"{") else b"]" for one in reversed(opening)]
    return b"".join((*opening[:-1], b"{}" if form == "objects" else b"[]", *closing[1:])) + b" " * 300


@pytest.mark.parametrize("form", ["lists", "objects"])
def test_a_hundred_levels_are_read_and_no_more(form: str) -> None:
    decode(nested(encoding.MAX_DEPTH, form))
    for levels in (encoding.MAX_DEPTH + 1, 254, 255, 1_100, 5_000):
        with pytest.raises(Unreadable, match="deeper"):
            decode(nested(levels, form))


@pytest.mark.parametrize("levels", [99, 100, 101])
def test_brackets_in_texts_are_no_levels(levels: int) -> None:
    body = json.dumps(["[{" * levels, {"}]": "\\"}, *[[]] * levels]).encode()
    assert decode(body)[0] == "[{" * levels


@pytest.mark.parametrize("digits", [18, 19, 20, 21, 40, 4_300])
def test_whole_numbers_stay_whole_wherever_they_stand(digits: int) -> None:
    number = int("9" * digits)
    for offset in range(9):
        body = f'{{"a":"{"x" * offset}","n":{"9" * digits}}}'.encode()
        assert decode(body)["n"] == number
        assert type(decode(body)["n"]) is int


def test_a_number_that_is_too_long_is_refused() -> None:
    with pytest.raises(Unreadable, match="too large"):
        decode(b"[" + b"9" * 4_301 + b"]")


ANSWERS: tuple[Any, ...] = (
    {"a": [1, True, None, "x"], "b": {}},
    {"a": 'ü\u007f\U0001f600\\"'},
    {"a": 2**70},
    {"a": "\ud800"},
)


@pytest.mark.parametrize("value", ANSWERS, ids=ascii)
def test_an_answer_is_compact_ascii(value: Any) -> None:
    assert encode(value) == json.dumps(value, separators=(",", ":")).encode("ascii")


def test_what_is_no_number_is_not_written() -> None:
    for value in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="JSON"):
            encode({"a": value})
