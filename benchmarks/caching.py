"""`python -m benchmarks.caching`: ten thousand cached kinds, packed and as plain dicts: memory, and time until ready.

Every form is built in a process of its own, and its memory is what the process grew by. The kinds differ as those
of a large installation do: `--unique` is the share of their text that no other kind has. Time until ready is from
the JSON pages of the API server to a catalog that can be asked; parsing the pages alone is the floor.

Refuses to fail on a missed goal: it prints it.
"""

from __future__ import annotations

import argparse
import base64
import gc
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

PAGE = 250
_PAGE_BYTES = 4096


def kind(number: int, unique: float) -> dict[str, Any]:
    """A Template of about ten kilobytes, of which a share is unique."""
    chance = random.Random(number)
    words = [f"VARIABLE_{at}" for at in range(60)]
    env = [
        {"name": word, "value": _text(chance) if chance.random() < unique else SHARED[at]}
        for at, word in enumerate(words)
    ]
    container = {"name": "main", "image": f"registry.example.com/lab:{number}", "env": env}
    volumes = [
        {"name": f"data-{at}", "persistentVolumeClaim": {"claimName": f"data-{at}"}} for at in range(10)
    ]
    mounts = [{"name": f"data-{at}", "mountPath": f"/data/{at}"} for at in range(10)]
    options = [{"id": f"size-{at}", "template": {"spec": {"containers": [_sized(at)]}}} for at in range(1, 9)]
    return {
        "apiVersion": "jackhoman.dev/v1beta1",
        "kind": "Template",
        "metadata": {"name": f"kind-{number}", "namespace": f"space-{number % 50}", "uid": f"{number:036d}"},
        "spec": {
            "template": {"spec": {"containers": [{**container, "volumeMounts": mounts}], "volumes": volumes}},
            "mainContainer": "main",
            "options": [{"id": "size", "default": "size-1", "values": options}],
        },
    }


def _sized(at: int) -> dict[str, Any]:
    amount = {"cpu": str(at), "memory": f"{at}Gi"}
    return {"name": "main", "resources": {"requests": amount, "limits": amount}}


def _text(chance: random.Random) -> str:
    """Ninety letters that nobody can guess."""
    return base64.b64encode(chance.randbytes(66)).decode()


SHARED = [_text(random.Random(at)) for at in range(60)]


def pages(count: int, unique: float) -> Iterator[bytes]:
    """The kinds as the API server lists them."""
    for start in range(0, count, PAGE):
        items = [kind(at, unique) for at in range(start, min(count, start + PAGE))]
        yield json.dumps({"items": items}).encode()


def dicts(given: Iterator[Any]) -> Any:
    """All objects as plain dicts."""
    return [one for page in given for one in page]


def catalog(given: Iterator[Any], *, packed: bool) -> Any:
    """A catalog that takes page after page, as the watch does."""
    import nbcore

    made = nbcore.Catalog(packed=packed)
    for page in given:
        made = made.replace(page)
    return made


FORMS: dict[str, Callable[[Iterator[Any]], Any]] = {
    "dicts": dicts,
    "catalog": lambda given: catalog(given, packed=False),
    "packed": lambda given: catalog(given, packed=True),
}


def measured(form: str, count: int, unique: float) -> dict[str, float]:
    """Bytes that the process grew by, seconds until ready, and seconds of one look-up; in this process."""
    import nbcore

    list(nbcore.Catalog([kind(0, unique)]))  # what is imported late is imported now
    texts = iter_timed(pages(count, unique))
    gc.collect()
    before = resident()
    started, made = time.process_time(), FORMS[form](json.loads(text)["items"] for text in texts)
    seconds = time.process_time() - started - texts.seconds
    gc.collect()
    found = {"bytes": resident() - before, "seconds": seconds}
    if form != "dicts":
        started = time.process_time()
        names = [(f"kind-{at}", f"space-{at % 50}") for at in random.Random(1).choices(range(count), k=200)]
        assert all(made.get("Template", *one) for one in names)
        found["miss"] = (time.process_time() - started) / len(names)
        found["hot bytes"] = _scanned(made, count) - before
        started = time.process_time()
        for at in range(20):
            made = made.replace([kind(at, unique)])
        found["change"] = (time.process_time() - started) / 20
    return found


def _scanned(made: Any, count: int) -> int:
    """The memory after every object was asked for once."""
    for at in range(count):
        made.get("Template", f"kind-{at}", f"space-{at % 50}")
    gc.collect()
    return resident()


class iter_timed:  # noqa: N801 (used as a function)
    """Iterates, and keeps the CPU seconds that making the items took."""

    def __init__(self, given: Iterator[bytes]) -> None:
        self._given, self.seconds = given, 0.0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        started = time.process_time()
        try:
            return next(self._given)
        finally:
            self.seconds += time.process_time() - started


def resident() -> int:
    """The bytes that this process has in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_BYTES


def main() -> None:
    """Measures every form in a process of its own, and prints ratios."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.caching", description=__doc__)
    parser.add_argument("--kinds", type=int, default=10_000)
    parser.add_argument("--unique", type=float, default=0.3)
    parser.add_argument("--form", choices=FORMS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.form:
        print(json.dumps(measured(given.form, given.kinds, given.unique)))
        return
    arguments = ["--kinds", str(given.kinds), "--unique", str(given.unique)]
    found = {form: json.loads(_run("--form", form, *arguments)) for form in FORMS}
    plain = found["dicts"]
    size = len(json.dumps(kind(1, given.unique)))
    print(
        f"{given.kinds:,} kinds of {size:,} bytes of JSON, {given.unique:.0%} of their text unique; CPU seconds"
    )
    print(f"plain dicts: {plain['bytes'] / 1e6:.0f} MB, parsed in {plain['seconds']:.1f} s")
    for form in ("catalog", "packed"):
        one = found[form]
        print(
            f"{form}: {one['bytes'] / 1e6:.0f} MB = {one['bytes'] / plain['bytes']:.3f} of dicts; after each was "
            f"asked for once {one['hot bytes'] / plain['bytes']:.3f}; ready in {one['seconds']:.1f} s = "
            f"{one['seconds'] / plain['seconds']:.1f}x parsing; a look-up {one['miss'] * 1e6:.0f} us; "
            f"a change {one['change'] * 1e3:.2f} ms"
        )
    ratio = found["packed"]["hot bytes"] / plain["bytes"]
    print(
        f"goal: packed <= 0.25 of dicts, with what is kept unpacked: {'met' if ratio <= 0.25 else 'MISSED'}"
    )


def _run(*arguments: str) -> str:
    command = [sys.executable, "-m", "benchmarks.caching", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
