"""Mutants of bodies: other values at any place of a review, raw tokens that no encoder writes, and spoiled bytes.

Refuses to know what a review means.
"""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any, Final, TypeAlias

Json: TypeAlias = Any
Steps: TypeAlias = tuple[Any, ...]

TYPES: Final[tuple[Json, ...]] = (None, True, 0, 1.5, "x", [], {})
"""One value of each of the seven types of JSON, whole and broken numbers told apart."""
ODD: Final[tuple[Json, ...]] = (
    *(
        False,
        1,
        -1,
        2**31,
        2**63,
        2**64,
        10**30,
        -0.0,
        1e300,
        1e-320,
        "",
        " ",
        "\x00",
        "\u2028",
        "\ud7ff",
        "١",
        "é😀",
    ),
    *(
        "true",
        "null",
        "0",
        "a/b",
        "../..",
        "-",
        ".",
        "ada",
        "eve",
        "system:masters",
        "UPDATE",
        "DELETE",
        "CREATE",
    ),
    *(
        "CONNECT",
        "exec",
        "status",
        "ephemeralcontainers",
        "v1",
        "kubeflow.org",
        "jackhoman.dev",
        "notebooks",
        "pods",
    ),
    *(
        "system:anonymous",
        "group:system:masters",
        "x" * 70,
        "x" * 300,
        "{{",
        "{{ name }}",
        "$(A)",
        "%s",
        "\n",
    ),
    *(
        [None],
        [[]],
        [{}],
        ["x"],
        [1],
        [True],
        {"": None},
        {"name": None},
        {"$patch": "delete"},
        [{"name": "a"}] * 2,
    ),
    *(
        {"a": {"b": []}},
        {"name": {}},
        ["system:masters"],
        ["a", "a"],
        {"metadata": None},
        {"metadata": {"name": []}},
    ),
)
RAW: Final[tuple[bytes, ...]] = (
    *(
        b"1e308",
        b"1e309",
        b"-1e999",
        b"1E400",
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"nan",
        b"-0",
        b"-0.0",
        b"01",
        b"+1",
    ),
    *(b".5", b"1.", b"0x1", b"1_0", b"18446744073709551615", b"18446744073709551616", b"9007199254740993"),
    *(
        b"1" * 19,
        b"9" * 20,
        b"1" * 4300,
        b"1" * 4301,
        b"-" + b"9" * 4300,
        b"0." + b"0" * 500 + b"1",
        b"1e-999",
    ),
    *(
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b'"\\ud83d\\ude00"',
        b'"\\u0000"',
        b'"\\x"',
        b"'x'",
        b'"\x00"',
        b'"\xff"',
    ),
    *(
        b'"\xed\xa0\x80"',
        b'"\xc0\x80"',
        b'"\xf4\x90\x80\x80"',
        b'"\xe2\x80\xa8"',
        b"",
        b"undefined",
        b"tru",
        b"TRUE",
    ),
    *(b"[" * 60 + b"]" * 60, b'{"a":' * 60 + b"1" + b"}" * 60, b"[" * 90 + b"]" * 90, b"[" * 98 + b"]" * 98),
    *(
        b"[" * 101 + b"]" * 101,
        b"[" * 900 + b"]" * 900,
        b"[" * 5000 + b"]" * 5000,
        b"[" * 20_000,
        b'{"":' * 3000,
    ),
    *(
        b"[1,]",
        b'{"a":1,}',
        b'{"a"}',
        b"[1 2]",
        b"{1:2}",
        b'{"a":1,"a":2}',
        b'{"a":{"a":1},"a":[]}',
        b"/**/1",
        b"1//",
    ),
    *(b'"' + b"x" * 40_000 + b'"', b"[" + b"{}," * 4000 + b"{}]", b"[" + b"null," * 9000 + b"null]"),
    *(b"{" + b",".join(b'"k%d":%d' % (at, at) for at in range(3000)) + b"}",),
)
TOKENS: Final[tuple[bytes, ...]] = (
    *(
        b"",
        b"null",
        b"{}",
        b"[]",
        b"1",
        b'"x"',
        b"true",
        b",",
        b":",
        b'"',
        b"\\",
        b"\\u",
        b"{",
        b"}",
        b"[",
        b"]",
        b"\x00",
    ),
    *(
        b"\xff",
        b"\xc3",
        b"\xef\xbb\xbf",
        b" ",
        b"\n",
        b"\r\n",
        b"-",
        b"e9",
        b"0",
        b"99999999999999999999",
        b"\\ud800",
    ),
)
_MARK: Final = "\uffffhere\uffff"
_MARK_TEXT: Final = json.dumps(_MARK).encode()


def text(value: Json) -> bytes:
    """The value as compact JSON."""
    return json.dumps(value, separators=(",", ":")).encode()


def children(value: Json) -> list[Json]:
    """The values directly inside."""
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def paths(value: Json, steps: Steps = ()) -> Iterator[Steps]:
    """The steps to every value inside, parents first."""
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, one in children:
        yield (*steps, key)
        yield from paths(one, (*steps, key))


def with_value(value: Json, steps: Sequence[Any], new: Json) -> Json:
    """The value with another one at a place; only the parents are copied."""
    if not steps:
        return new
    made = dict(value) if isinstance(value, dict) else list(value)
    made[steps[0]] = with_value(value[steps[0]], steps[1:], new)
    return made


def without(value: Json, steps: Sequence[Any]) -> Json:
    """The value without a place."""
    made = dict(value) if isinstance(value, dict) else list(value)
    if len(steps) == 1:
        del made[steps[0]]
    else:
        made[steps[0]] = without(value[steps[0]], steps[1:])
    return made


def confused(scene: Json) -> Iterator[bytes]:
    """The scene with a value of each type at every place, and without the place."""
    for steps in paths(scene):
        yield text(without(scene, steps))
        for one in TYPES:
            yield text(with_value(scene, steps, one))


# ---- random ones ----


def edited(random: Random, value: Json) -> Json:
    """The value with one odd thing at some place."""
    found = list(paths(value))
    return random.choice(_EDITS)(random, value, random.choice(found)) if found else value


def _odd(random: Random, scene: Json) -> bytes:
    """A few odd values at a few places."""
    for _ in range(random.choice((1, 1, 2, 3, 5))):
        scene = edited(random, scene)
    return text(scene)


def _replaced(random: Random, scene: Json, steps: Steps) -> Json:
    return with_value(scene, steps, copy.deepcopy(random.choice((*TYPES, *ODD))))


def _dropped(random: Random, scene: Json, steps: Steps) -> Json:
    return without(scene, steps)


def _moved(random: Random, scene: Json, steps: Steps) -> Json:
    """A value of another place."""
    value = scene
    for step in random.choice(list(paths(scene))):
        value = value[step]
    return with_value(
        scene, steps, copy.deepcopy(value)
    )  # patches are applied to places, not to what they share


def _renamed(random: Random, scene: Json, steps: Steps) -> Json:
    """A field in another letter case, or of another name."""
    *parents, last = steps
    holder = scene
    for step in parents:
        holder = holder[step]
    if not isinstance(holder, dict):
        return _moved(random, scene, steps)
    name = random.choice(
        (last.upper(), last.capitalize(), f"{last} ", f"{last}\u0000", "", "status", "$patch")
    )
    return with_value(scene, parents, {name if key == last else key: one for key, one in holder.items()})


def _added(random: Random, scene: Json, steps: Steps) -> Json:
    value = scene
    for step in steps:
        value = value[step]
    odd = copy.deepcopy(random.choice((*TYPES, *ODD)))
    if isinstance(value, list):
        return with_value(scene, steps, [*value, odd, *copy.deepcopy(value[:1])])
    if isinstance(value, dict):
        return with_value(scene, steps, {**value, random.choice(("x", "", "name", "spec", "é", "a/b")): odd})
    return with_value(scene, steps, [value])


_EDITS: Final[tuple[Callable[[Random, Json, Steps], Json], ...]] = (
    *(_replaced,) * 4,
    _dropped,
    _moved,
    _renamed,
    _added,
    _added,
)


def _raw(random: Random, scene: Json) -> bytes:
    """A token at a place, which an encoder would not write."""
    steps = random.choice(list(paths(scene)))
    return text(with_value(scene, steps, _MARK)).replace(_MARK_TEXT, random.choice(RAW), 1)


def _doubled(random: Random, scene: Json) -> bytes:
    """A field that is there twice: the other one first, or last."""
    steps = random.choice([one for one in paths(scene) if isinstance(one[-1], str)])
    whole = with_value(scene, steps, _MARK)
    key = json.dumps(steps[-1]).encode()
    value = scene
    for step in steps:
        value = value[step]
    pair = [text(value), text(random.choice((*TYPES, *ODD)))]
    random.shuffle(pair)
    return text(whole).replace(_MARK_TEXT, pair[0] + b"," + key + b":" + pair[1], 1)


def _spliced(random: Random, scene: Json) -> bytes:
    """Bytes taken, put in, or moved."""
    body = bytearray(text(scene))
    for _ in range(random.randint(1, 6)):
        at = random.randrange(len(body) + 1)
        body[at : at + random.choice((0, 0, 1, 2, 4, 30))] = random.choice(
            (*TOKENS, bytes([random.randrange(256)]))
        )
    return bytes(body)


def _flipped(random: Random, scene: Json) -> bytes:
    """Single bits of the body changed."""
    body = bytearray(text(scene))
    for _ in range(random.choice((1, 1, 2, 8))):
        body[random.randrange(len(body))] ^= 1 << random.randrange(8)
    return bytes(body)


def _cut(random: Random, scene: Json) -> bytes:
    """A part of the body, or the body and more."""
    body = text(scene)
    at = random.randrange(len(body))
    return random.choice(
        (body[:at], body[at:], body + body, body + b"\x00", body[:at] + body, b" \t\r\n" + body + b"\n ")
    )


def _encoded(random: Random, scene: Json) -> bytes:
    """The body in another encoding."""
    plain = json.dumps(scene, ensure_ascii=random.random() < 0.5)
    encoding = random.choice(
        ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "utf-7", "cp037", "gzip", "latin-1")
    )
    if encoding == "gzip":
        return gzip.compress(plain.encode(), mtime=0)
    return plain.encode(encoding, "replace")


_SORTS: Final[tuple[Callable[[Random, Json], bytes], ...]] = (
    *(_odd,) * 12,
    *(_raw,) * 2,
    *(_doubled,) * 2,
    *(_spliced,) * 3,
    *(_flipped,) * 2,
    _cut,
    _encoded,
)


def mutant(random: Random, scene: Json) -> bytes:
    """A body made from a scene."""
    return random.choice(_SORTS)(random, scene)
