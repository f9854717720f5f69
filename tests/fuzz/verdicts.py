"""Lint against admission on random objects of every kind and dialect, and what answers must not depend on.

    python -m tests.fuzz.verdicts --objects 10000 --seed 1

For each object that comes to a random world: lint and admission have the same errors, by code; the order of keys
changes nothing; unknown fields survive; a second mutation changes nothing, whatever other webhooks injected in between.
Two processes with different hash seeds print the same answers. Exits with 1 where anything differs. Refuses to know
which verdict is right.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any, Final

import nbcore
from nbcore.admission import encode, review
from tests.fuzz.bodies import Tally
from tests.fuzz.mutants import ODD, Json, children, paths, text, with_value
from tests.fuzz.verdict import is_same, patched
from tests.fuzz.worlds import World, pods, worlds
from tests.laws.test_admission_laws import ASKED, KINDS, REFERENCES, errors
from tests.units.reviews import ADMIN, OWNER, answered, request

SETTINGS: Final = (
    None,
    None,
    None,
    nbcore.Settings(compat="kubeflow"),
    nbcore.Settings(pod_security="restricted"),
)
NOTEBOOKS: Final = ("Notebook", "Workspace")
_HASH_SEEDS: Final = ("1", "4242")
_EVERY: Final = 4
"""Of so many objects one comes with its keys in another order, too."""
_ROOM: Final = 200_000
"""Characters of labels and annotations that leave room for more of them."""
_PLANTED: Final = "xFuzz"
_SIDECAR: Final = {
    "name": "istio-proxy",
    "image": "registry.example.com/proxy:1",
    "env": [{"name": "Z", "value": "1"}],
}


class Arrivals:
    """Objects that come to worlds, one at a time, up to a number."""

    def __init__(self, count: int, seed: int) -> None:
        self.random = Random(seed)
        self._worlds = worlds(seed)
        self._left = count

    def __iter__(self) -> Iterator[tuple[World, nbcore.Settings | None, Json]]:
        for world in self._worlds:
            settings = self.random.choice(SETTINGS)
            for new in world.new:
                if self._left <= 0:
                    return
                self._left -= 1
                yield world, settings, new


# ---- lint and admission ----


def source(one: Json) -> tuple[Any, ...]:
    """Kind, namespace and name, as findings say them."""
    metadata = one["metadata"]
    return one["kind"], metadata.get("namespace", ""), metadata.get("name", "")


def around(objects: list[Json], new: Json) -> list[Json]:
    """What lint is to see beside an object: what a kind does to notebooks is told as a warning, and no verdict."""
    others = [one for one in objects if source(one) != source(new)]
    return [one for one in others if one["kind"] not in NOTEBOOKS] if new["kind"] in KINDS else others


def compared(
    objects: list[Json], before: Mapping[Any, Any], settings: nbcore.Settings | None, new: Json
) -> tuple[str, bool]:
    """How the errors of admission differ from those of lint, nothing where they do not; and whether there are any.

    Shape: ``before`` are the errors of what is around the object.
    """
    catalog = nbcore.Catalog(objects)
    given = request("CREATE", new, None, by=ADMIN)
    stamped = review(given, catalog, settings, phase="mutate")
    stored = patched(given, stamped)
    said = answered(stored, catalog, settings, "validate")
    linted = new if _has_plain_marks(new) else stored["request"]["object"]
    after = errors(nbcore.check([*around(objects, new), linted], settings=settings))
    own = {key for key in after if key[1] == source(new)}
    if said.code == 400:  # no API server sends such an object
        return (
            "" if own or after.keys() - before.keys() else f"400 without any error of lint: {said.message}"
        ), True
    exempt = ASKED | (REFERENCES if new["kind"] in KINDS else frozenset())
    least = {key[0] for key in (own if before else after)} - exempt
    most = {key[0] for key in after} - exempt if before else least
    found = set(said.codes) - exempt
    if not least <= found <= most:
        wanted = f"{sorted(least)}" if least == most else f"{sorted(least)} to {sorted(most)}"
        return f"lint {wanted}, admission {sorted(found)}: {said.message}", True
    if not stamped["response"]["allowed"]:
        return "an admin was refused by the mutating hook", True
    if said.allowed != (not said.codes):
        return f"allowed is {said.allowed} with codes {said.codes}", True
    return "", bool(found)


def _has_plain_marks(one: Json) -> bool:
    """Whether labels and annotations are as any API server sends them, and the stamp replaces none of them."""
    given = [one["metadata"].get(field) for field in ("labels", "annotations")]
    maps = [{} if each is None else each for each in given]
    texts = (isinstance(one, dict) and all(isinstance(value, str) for value in one.values()) for one in maps)
    return all(texts) and not any(OWNER in one for one in maps) and len(text(maps)) < _ROOM


# ---- what answers do not depend on ----


def shuffled(value: Json, random: Random) -> Json:
    """The same JSON, its keys in another order."""
    if isinstance(value, list):
        return [shuffled(one, random) for one in value]
    if not isinstance(value, dict):
        return value
    keys = list(value)
    random.shuffle(keys)
    return {key: shuffled(value[key], random) for key in keys}


def reordered(objects: list[Json], settings: nbcore.Settings | None, given: Json, random: Random) -> str:
    """What the order of keys, and of the objects of the world, changes."""
    others = [shuffled(one, random) for one in objects]
    random.shuffle(others)
    catalogs = nbcore.Catalog(objects), nbcore.Catalog(others)
    reviews = given, shuffled(given, random)
    for phase in ("mutate", "validate"):
        plain, other = (
            review(one, catalog, settings, phase=phase)
            for one, catalog in zip(reviews, catalogs, strict=True)
        )
        said = [{**one["response"], "patch": None} for one in (plain, other)]
        if not is_same(*said):
            return f"{phase}: the order of keys changes the answer: {said}"
        if not is_same(patched(given, plain), patched(reviews[1], other)):
            return f"{phase}: the order of keys changes the patched object"
    return ""


def planted(value: Json, random: Random) -> Json:
    """The value with a few fields that nobody knows, outside of labels and annotations, which hold texts only."""
    for at in range(3):
        maps = [steps for steps in paths(value) if isinstance(_at(value, steps), dict)]
        places = [(), *(steps for steps in maps if not {"labels", "annotations"} & {*steps[1:2]})]
        steps = random.choice(places)
        inside = {**_at(value, steps), f"{_PLANTED}{at}": copy.deepcopy(random.choice(ODD))}
        value = with_value(value, steps, inside)
    return value


def _at(value: Json, steps: Any) -> Json:
    for step in steps:
        value = value[step]
    return value


def unknown(value: Json) -> list[str]:
    """The planted fields that are there, sorted."""
    found, waiting = [], [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            found += [f"{key}={text(one[key])!r}" for key in one if key.startswith(_PLANTED)]
        waiting += children(one)
    return sorted(found)


def surviving(objects: list[Json], settings: nbcore.Settings | None, new: Json, random: Random) -> str:
    """What is lost of unknown fields, and what a second mutation changes after others have been there."""
    catalog = nbcore.Catalog(objects)
    given = request("CREATE", planted(new, random), None, namespace=_space(new))
    first = review(given, catalog, settings, phase="mutate")
    stored = patched(given, first)
    if unknown(given) != unknown(stored):
        return "unknown fields are lost"
    if not first["response"]["allowed"]:
        return ""
    later = copy.deepcopy(stored)
    inject(later["request"]["object"], random)
    second = review(later, catalog, settings, phase="mutate")["response"]
    if second["allowed"] and "patch" not in second:
        return ""
    return f"after a sidecar came, a second mutation answers otherwise: {second}"


def _space(one: Json) -> str:
    space = one["metadata"].get("namespace", "") if isinstance(one.get("metadata"), dict) else ""
    return space if isinstance(space, str) else ""


def inject(value: Json, random: Random) -> None:
    """Does what the webhook of a service mesh does: to a pod containers and volumes, to all else an annotation."""
    metadata, spec = value["metadata"], value.get("spec")
    if isinstance(metadata.get("annotations"), dict):
        metadata["annotations"]["sidecar.istio.io/status"] = "{}"
    if value["kind"] != "Pod" or not isinstance(spec, dict):
        return
    for field, one in (
        ("containers", _SIDECAR),
        ("initContainers", {**_SIDECAR, "name": "istio-init"}),
        ("volumes", {"name": "istio-envoy", "emptyDir": {}}),
        ("tolerations", {"key": "mesh", "operator": "Exists"}),
    ):
        if spec.get(field) is None:
            spec[field] = []
        if isinstance(spec[field], list) and random.random() < 0.8:
            spec[field].insert(random.choice((0, len(spec[field]))), copy.deepcopy(one))


# ---- the command ----


def run(count: int, seed: int) -> Tally:
    """What comes of so many objects, and of half as many pods."""
    tally, arrivals = Tally(), Arrivals(count, seed)
    random = Random(seed)
    judged = _Judged()
    for world, settings, new in arrivals:
        here = [one for one in world.objects if source(one) != source(new)]
        tally.counts[f"{new['kind']} of {new['apiVersion']}"] += 1
        try:
            whys = [judged.compared(here, settings, new, tally), surviving(here, settings, new, random)]
            if random.randrange(_EVERY) == 0:
                given = request("CREATE", new, None, by=random.choice(("ada", ADMIN)))
                whys.append(reordered(here, settings, given, random))
        except Exception as error:
            whys = [f"{type(error).__name__}: {error}"]
        for one in filter(None, whys):
            tally.fail(f"{one} ({settings}, world {text(here)!r})", text(new))
    for _ in range(count // 2):
        _pod(random, tally)
    return tally


class _Judged:
    """What lint had against the last world, which is mostly that of the next object."""

    def __init__(self) -> None:
        self._last: tuple[Any, ...] = (None, None, {})

    def compared(self, objects: list[Json], settings: nbcore.Settings | None, new: Json, tally: Tally) -> str:
        """How admission differs from lint, counted."""
        others = around(objects, new)
        if self._last[:2] != (settings, others):
            self._last = settings, others, errors(nbcore.check(others, settings=settings))
        why, is_refused = compared(objects, self._last[2], settings, new)
        tally.counts["objects with errors" if is_refused else "objects without errors"] += 1
        return why


def _pod(random: Random, tally: Tally) -> None:
    objects, pod = pods(random)
    settings = random.choice(SETTINGS)
    given = request("CREATE", pod, None, namespace="team", name="")
    tally.counts["pods"] += 1
    if "patch" in review(given, nbcore.Catalog(objects), settings, phase="mutate")["response"]:
        tally.counts["pods with a patch"] += 1
    whys = [reordered(objects, settings, given, random)]
    if isinstance(pod.get("metadata"), dict):
        whys += [surviving(objects, settings, pod, random), _secured(pod, settings)]
    for why in filter(None, whys):
        tally.fail(f"{why} ({settings}, world {text(objects)!r})", text(pod))


def _secured(pod: Json, settings: nbcore.Settings | None) -> str:
    """How admission differs from lint on the security of a pod."""
    chosen = settings or nbcore.Settings()
    lint = {one.code for one in nbcore.check_pod(pod, settings=chosen) if one.severity == "error"}
    wanted = {code for code in lint if code.startswith("NB5")} if chosen.pod_security is not None else set()
    said = answered(
        request("CREATE", pod, None, namespace="team", name=""), nbcore.Catalog(), settings, "validate"
    )
    return "" if set(said.codes) == wanted or said.code == 400 else f"lint {wanted}, admission {said.codes}"


def transcript(count: int, seed: int) -> Iterator[bytes]:
    """Every answer of both phases, in order."""
    for world, settings, new in Arrivals(count, seed):
        catalog = nbcore.Catalog(world.objects)
        for phase in ("mutate", "validate"):
            yield encode(review(request("CREATE", new), catalog, settings, phase=phase))
    random = Random(seed)
    for _ in range(count):
        objects, pod = pods(random)
        given = request("CREATE", pod, None, namespace="team", name="")
        yield encode(review(given, nbcore.Catalog(objects), phase="mutate"))


def spoken(count: int, seed: int, hash_seed: str) -> bytes:
    """What a process with that hash seed prints as its transcript."""
    command = [
        sys.executable,
        "-m",
        "tests.fuzz.verdicts",
        "--transcript",
        "--objects",
        str(count),
        "--seed",
        str(seed),
    ]
    environment: Mapping[str, str] = {**os.environ, "PYTHONHASHSEED": hash_seed}
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout


def main() -> int:
    """Whether nothing differs, as an exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--transcript", action="store_true", help="print the answers, and nothing else")
    asked = parser.parse_args()
    if asked.transcript:
        sys.stdout.buffer.writelines(line + b"\n" for line in transcript(asked.objects, asked.seed))
        return 0
    began = time.monotonic()
    tally = run(asked.objects, asked.seed)
    print(*tally.lines(), sep="\n")
    said = [spoken(asked.objects // 10, asked.seed, one) for one in _HASH_SEEDS]
    digests = [hashlib.sha256(one).hexdigest()[:16] for one in said]
    print(
        f"answers under hash seeds {', '.join(_HASH_SEEDS)}: {said[0].count(bytes([10])):,} lines, {' '.join(digests)}"
    )
    print(f"seed {asked.seed}, {time.monotonic() - began:.0f} s")
    return 1 if tally.failures or said[0] != said[1] else 0


if __name__ == "__main__":
    sys.exit(main())
