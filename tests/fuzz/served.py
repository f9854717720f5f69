"""A sample of the bodies through the real server, over TLS on loopback: 400, or the answer of the engine.

Refuses to know what answers are right; it knows which answers the engine gives.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from nbcore import admission
from tests.fuzz.bodies import PHASES, Tally
from tests.fuzz.scenes import CATALOG, OBJECTS
from tests.fuzz.verdict import is_same, wrong
from tests.webhook.harness import Held, Running, running


async def serve(given: Iterable[bytes]) -> Tally:
    """What the server answers to each body, in both phases."""
    tally = Tally()
    async with running(Held(OBJECTS)) as server:
        for body in given:
            for phase in PHASES:
                tally.counts["served"] += 1
                await _ask(server, body, phase, tally)
    return tally


async def _ask(server: Running, body: bytes, phase: str, tally: Tally) -> None:
    status, headers, data = await server.post(body, f"/{phase}?timeout=30s")
    tally.counts[f"served: {phase}: {status}"] += 1
    if status not in (200, 400):
        tally.fail(f"{phase}: status {status}", body)
        return
    try:
        value = admission.decode(body)
    except admission.Unreadable:
        if status != 400:
            tally.fail(f"{phase}: an unreadable body got {status}", body)
        return
    if headers["Content-Type"].startswith("text/plain"):
        if body:
            tally.fail(f"{phase}: a readable body was not judged", body)
        return
    said = json.loads(data)
    why = wrong(value, said, phase)
    if why:
        tally.fail(f"{phase}: served: {why}", body)
    expected = admission.review(value, CATALOG, phase=phase)  # type: ignore[arg-type]
    if not is_same(said, expected):
        tally.fail(f"{phase}: the server answers other than the engine", body)
