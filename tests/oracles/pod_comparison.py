"""What an API server and nbcore say of pods, side by side: verdicts, places, and what remains when they differ.

It refuses to know any rule: the server is the judge, and what may differ is in `deviations`.
"""

from __future__ import annotations

import multiprocessing
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from random import Random
from typing import Any, NamedTuple, TypeAlias

from nbcore import Settings, check_pod
from tests.cluster.client import Answer, Client
from tests.cluster.control_plane import ControlPlane
from tests.oracles import deviations
from tests.oracles.comparison import without_one
from tests.oracles.pod_mutants import mutant
from tests.oracles.pod_places import VERSION, area
from tests.oracles.realistic_pods import pod

Json: TypeAlias = Any
BATCH = 500
VALID = 0.15
"""So many of the pods are not mutated."""
WE_PASS = "we pass, the server refuses"
WE_REFUSE = "we refuse, the server accepts"
SETTINGS = Settings(kubernetes_version=VERSION)


class Fault(NamedTuple):
    """Why a pod is refused: the server's reason or our code, and the place without indexes and keys."""

    code: str
    field: str
    message: str
    area: str


class Difference(NamedTuple):
    """A pod on which the two differ."""

    side: str
    group: str
    area: str
    pod: Json
    message: str


# ---- cases ----


def cases(seed: str, count: int, only: frozenset[str] = frozenset()) -> list[Json]:
    """Pods, most of them mutants; the same seed makes the same ones."""
    random = Random(seed)
    return [pod(random) if random.random() < VALID else mutant(random, only) for _ in range(count)]


# ---- ours ----


def ours(document: Json) -> list[Fault]:
    """The NB1 and NB4 errors that nbcore has against a pod."""
    try:
        found = check_pod(document, settings=SETTINGS)
    except Exception as crash:
        return [Fault("crash", type(crash).__name__, str(crash)[:200], "schema")]
    return [
        Fault(one.code, pattern(str(one.path)), one.message, _area(one.code, str(one.path)))
        for one in found
        if one.severity == "error" and one.code[:3] in ("NB1", "NB4")
    ]


def _area(code: str, path: str) -> str:
    return "schema" if code.startswith("NB1") else _area_of(path)


def _area_of(path: str) -> str:
    """The area of a path as the server or nbcore prints it."""
    if re.search("apparmor|seccomp", path, re.IGNORECASE):
        return "security"
    return area(tuple(re.findall(r"[^.\[\]]+", re.sub(r"\[[^]]*\]", "", path))))


# ---- theirs ----


class Server(Client):
    """The API server; every document goes to the pods of one namespace, whatever it says it is."""

    def collection(self, document: Json) -> str:
        """The path of all pods."""
        return "/api/v1/namespaces/default/pods"


def server(plane: ControlPlane) -> Server:
    """The server of a control plane, as its administrator."""
    return Server(plane.url, plane.users["admin"].token, plane.tls, {})


def theirs(answer: Answer) -> list[Fault]:
    """Why the server refuses a pod; empty when it does not."""
    if answer.ok:
        return []
    if not answer.causes or answer.status != 422:
        text = re.sub(r'"[^"]*"|\'[^\']*\'|\d+', "_", answer.message)
        decode = answer.message.partition(":")[0][:60]
        return [Fault(f"HTTP {answer.status}", decode, text[:160], "schema")]
    return [
        Fault(
            one.reason.removeprefix("FieldValue"),
            pattern(one.field),
            shape(one.message),
            _area_of(one.field),
        )
        for one in answer.causes
    ]


def pattern(field: str) -> str:
    """A field's path without indexes and keys, and with one word for all kinds of containers."""
    text = re.sub(r"\[[^]]*\]", "[*]", field)
    text = re.sub(r"^spec\.(containers|initContainers|ephemeralContainers)\[\*\]", "C", text)
    text = re.sub(r"^(metadata\.annotations)\..*", r"\1.<key>", text)
    text = re.sub(r"(livenessProbe|readinessProbe|startupProbe)", "<probe>", text)
    return re.sub(r"(postStart|preStop)", "<hook>", text)


def shape(message: str) -> str:
    """A message without the values in it."""
    text = re.sub(r"^(Invalid|Unsupported) value: .*?: (?=[a-z])", r"\1: ", message, flags=re.DOTALL)
    text = re.sub(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'|\d+', "_", text)
    return re.sub(r"\s+", " ", text)[:90]


# ---- the comparison ----


class Tally(NamedTuple):
    """What a run has met."""

    counts: Counter[str]
    patterns: Counter[str]
    differences: list[Difference]
    places: Counter[str]


def compare(
    document: Json, faults: Sequence[Fault], answer: Answer, only: frozenset[str] = frozenset()
) -> Iterator[str | Difference]:
    """The outcome for one pod: its name in the figures, and the difference when there is one."""
    if name := deviations.admission(answer):
        yield f"left out: {name}"
        return
    refusal = theirs(answer)
    if bool(refusal) == bool(faults):
        yield "both refuse" if refusal else "both pass"
        return
    names, healed = deviations.plain(document)
    if not refusal and names and not ours(healed):
        yield from (f"deviation: {name}" for name in dict.fromkeys(names))
        return
    side, told = (WE_PASS, refusal) if refusal else (WE_REFUSE, faults)
    told = [one for one in told if not only or one.area in only]
    if not told:
        yield "difference in another area"
        return
    yield side
    first = told[0]
    group = f"{first.code} {first.field}" + (f" ({first.message})" if refusal else "")
    yield Difference(side, group, first.area, document, first.message)


# What the server calls a place where it uses another name than the field's own (loosely: without indexes).
_IRREGULAR: Mapping[str, str] = {
    "downwarapi": "downwardapi",
    "volumes.persistentdisk": "volumes.gcepersistentdisk",
    ".items": "",
    "securitycontext.shareprocessnamespace": "shareprocessnamespace",
    "spec.resources.containers.limits": "c.resources.limits",
    "spec.overhead.limits": "spec.overhead",
    "csi.nodepublishsecretref.name": "csi.name",
    "fieldref.apiversion": "fieldref.fieldpath",
    "projected.sources.serviceaccounttoken.path": "projected.path",
    "projected.sources.secret.path": "projected.path",
    "projected.sources.configmap.path": "projected.path",
}


def loose(field: str) -> str:
    """A field's path as the server might call it as well."""
    text = re.sub(r"\[\*\]", "", field).lower()
    for name, other in _IRREGULAR.items():
        text = text.replace(name, other)
    return text


def unnamed(faults: Iterable[Fault], others: Iterable[Fault]) -> Iterator[Fault]:
    """The faults of which the others have none at or around the same place, loosely."""
    known = {loose(one.field) for one in others}
    for one in faults:
        field = loose(one.field)
        if not any(field.startswith(other) or other.startswith(field) for other in known):
            yield one


Judged: TypeAlias = tuple[Json, list[Fault]]
Task: TypeAlias = tuple[str, int, frozenset[str]]


def _task(task: Task) -> list[Judged]:
    return [(one, ours(one)) for one in cases(*task)]


def run(
    ask: Callable[[Iterable[Json]], list[Answer]],
    count: int,
    seed: int,
    *,
    jobs: int = 1,
    only: frozenset[str] = frozenset(),
) -> Tally:
    """The outcome of that many cases; the same seed makes the same cases, however many jobs there are."""
    tally = Tally(Counter(), Counter(), [], Counter())
    tasks = [(f"{seed}-{start}", min(BATCH, count - start), only) for start in range(0, count, BATCH)]
    for judged in batches(tasks, jobs):
        answers = ask([document for document, _ in judged])
        for (document, faults), answer in zip(judged, answers, strict=True):
            _count(tally, document, faults, answer, only)
    return tally


def _count(tally: Tally, document: Json, faults: list[Fault], answer: Answer, only: frozenset[str]) -> None:
    for one in compare(document, faults, answer, only):
        if isinstance(one, Difference):
            tally.differences.append(one)
        else:
            tally.counts[one] += 1
    if deviations.admission(answer):
        return
    refusal = theirs(answer)
    tally.patterns.update({f"{one.code} {one.field}" for one in refusal})
    if faults and answer.status == 422:
        missed, extra = list(unnamed(refusal, faults)), list(unnamed(faults, refusal))
        tally.counts["places that the server names"] += len(refusal)
        tally.counts["places that only the server names"] += len(missed)
        tally.counts["places that only we name"] += len(extra)
        tally.places.update(f"only the server: {one.code} {one.field} ({one.message})" for one in missed)
        tally.places.update(f"only we: {one.code} {one.field}" for one in extra)


def batches(tasks: Sequence[Task], jobs: int) -> Iterator[list[Judged]]:
    """The judged cases, batch by batch in order; no more than a few batches ahead of who takes them."""
    if jobs == 1:
        yield from map(_task, tasks)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        waiting = iter(tasks)
        ahead = deque(pool.apply_async(_task, (one,)) for one in islice(waiting, 2 * jobs))
        while ahead:
            judged = ahead.popleft().get()
            ahead.extend(pool.apply_async(_task, (one,)) for one in islice(waiting, 1))
            yield judged


# ---- smallest examples ----


def smallest(
    one: Difference, ask: Callable[[Iterable[Json]], list[Answer]], only: frozenset[str]
) -> Difference:
    """The difference without all that it does not need."""
    while True:
        smaller = list(without_one(one.pod))
        smaller = [made for made in smaller if isinstance(made, dict)]
        answers = ask(smaller)
        found = next(
            (
                less
                for made, answer in zip(smaller, answers, strict=True)
                for less in compare(made, ours(made), answer, only)
                if isinstance(less, Difference) and (less.side, less.group) == (one.side, one.group)
            ),
            None,
        )
        if found is None:
            return one
        one = found
