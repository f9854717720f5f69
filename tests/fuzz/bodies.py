"""Bodies through the whole handler, as the server runs it: decode, needs, review, encode, for both phases.

Counts what was answered, and keeps what was answered wrong. Refuses to know how bodies are made.
"""

from __future__ import annotations

import json
import math
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from random import Random
from typing import Any, Final

import nbcore
from nbcore import admission
from tests.fuzz.mutants import Json, confused, mutant
from tests.fuzz.scenes import CATALOG, SCENES, SETTINGS
from tests.fuzz.verdict import is_same, patched, wrong

PHASES: Final = ("mutate", "validate")
MOST_KEPT: Final = 200
_DEPTH: Final = 100


@dataclass
class Tally:
    """What came of the bodies: how many ended in which way, and those that were answered wrong."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[str, bytes]] = field(default_factory=list)

    def fail(self, why: str, body: bytes) -> None:
        """Keeps a body that was answered wrong."""
        self.counts["wrong"] += 1
        if len(self.failures) < MOST_KEPT:
            self.failures.append((why, body))

    def lines(self) -> Iterator[str]:
        """The figures, and the failures."""
        for name, count in sorted(self.counts.items()):
            yield f"{name:<34}{count:>9,}"
        for why, body in self.failures:
            yield f"WRONG {why}\n      {body[:4000]!r}"


def bodies(count: int, seed: int) -> Iterator[bytes]:
    """So many bodies: every type at every place of every scene first, in a random order, then mutants."""
    random = Random(seed)
    whole = [chosen for scene in SCENES for chosen in confused(scene)]
    random.shuffle(whole)
    systematic = whole[: count // 2]
    del whole
    endless = (mutant(random, random.choice(SCENES)) for _ in iter(int, 1))
    return islice(chain(systematic, endless), count)


def run(given: Iterable[bytes]) -> Tally:
    """What comes of each body."""
    tally = Tally()
    for at, body in enumerate(given):
        tally.counts["bodies"] += 1
        try:
            _one(body, SETTINGS[at % len(SETTINGS)], tally)
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            tally.fail(f"{type(error).__name__}: {error} at {where.name}:{where.lineno}", body)
    return tally


def _one(body: bytes, settings: nbcore.Settings | None, tally: Tally) -> None:
    readable, expected = strictly(body)
    try:
        value = admission.decode(body)
    except admission.Unreadable as why:
        tally.counts["answered 400: unreadable"] += 1
        if readable or not str(why).isprintable():
            tally.fail(f"refused what is strict JSON: {why}", body)
        return
    if not readable or json.dumps(value) != json.dumps(expected):
        tally.fail("read what is no strict JSON, or as another value", body)
    answers = {phase: judged(value, settings, phase, body, tally) for phase in PHASES}
    if "patch" in answers["mutate"]["response"]:
        stored = patched(value, answers["mutate"])
        judged(stored, settings, "validate", body, tally)
        again = judged(stored, settings, "mutate", body, tally)
        if "patch" in again["response"]:
            tally.fail("a second mutation patches again", body)


def judged(value: Json, settings: nbcore.Settings | None, phase: Any, body: bytes, tally: Tally) -> Json:
    """The answer of one phase, after it has been counted and doubted."""
    before = json.dumps(value)
    for need in admission.needs(value, CATALOG):
        if not (need.name and need.kind != "Secret" and need.api_version and isinstance(need.namespace, str)):
            tally.fail(f"{phase}: needs {need}", body)
    said = admission.review(value, CATALOG, settings, phase=phase)
    if not is_same(json.loads(admission.encode(said)), said):
        tally.fail(f"{phase}: the encoded answer is another one", body)
    if json.dumps(value) != before:
        tally.fail(f"{phase}: the review was changed", body)
    why = wrong(value, said, phase)
    if why:
        tally.fail(f"{phase}: {why} ({settings})", body)
    response = said["response"]
    code = "allowed" if response["allowed"] else f"denied {response['status']['code']}"
    tally.counts[f"{phase}: {code}{' with a patch' if 'patch' in response else ''}"] += 1
    return said


def strictly(body: bytes) -> tuple[bool, Json]:
    """Whether a body is the JSON that is read here, and its value, by the standard library alone."""
    try:
        value = json.loads(body.decode(), parse_constant=_no_number)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return False, None
    return _is_measured(value), value


def _no_number(text: str) -> Json:
    raise ValueError(text)


def _is_measured(value: Json) -> bool:
    """Whether it has at most a hundred levels, and only numbers that are finite."""
    level = [value]
    for depth in range(_DEPTH + 1):
        if any(isinstance(one, float) and not math.isfinite(one) for one in level):
            return False
        containers = [one for one in level if isinstance(one, dict | list)]
        if not containers:
            return True
        level = [child for one in containers for child in (one.values() if isinstance(one, dict) else one)]
        if depth == _DEPTH:
            return False
    return True
