"""Admission: the webhook over TLS against a canned answer of aiohttp, and against a webhook of controller-runtime.

`python -m benchmarks.admission` starts each server on one core and the client on another. All get the same review
of a new pod; ours adds the env, volumes and mounts of two PodDefaults, as that of controller-runtime does, and the
pods that come out are compared before anything is timed. Servers take turns in every round. Answers are counted by
the second of the server's processor time, which other work on the machine changes least; p50 and p99 are the
client's. A second part times the same within one process, and the review of a Notebook.

Refuses to know how a review is answered, and to compare servers that do not do the same.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

import jsonpatch
import orjson

import nbcore
from benchmarks import admission_peers as peers
from benchmarks.admission_peers import Load, Pair, Server
from benchmarks.corpus import USERS, corpus
from benchmarks.measure import cases
from benchmarks.rounds import Candidate, Samples, ratio, timed
from nbcore import admission
from webhook.issuing import issue

Json = Any

OURS, PLAIN, CANNED, GO = "nbcore", "nbcore without orjson", "canned aiohttp", "controller-runtime"
PIPELINE, READ, LOADED = "decode, review, encode", "decode, canned answer", "orjson.loads, canned answer"
UNSELECTED, NOTEBOOK, RENDERED = "the same, pod not selected", "review of a Notebook", "render of a Notebook"
SELECTED: Final = {"benchmark": "admission"}
NAMES: Final = ("mirror", "storage")


class Goal(NamedTuple):
    """A ratio to tell, and what it is to be: at least, or at most, None for information."""

    text: str
    over: str
    under: str
    least: float | None = None
    most: float | None = None


RATES: Final = (
    Goal("answers a processor second: nbcore / canned aiohttp", OURS, CANNED, least=0.55),
    Goal("the same without orjson", PLAIN, CANNED),
    Goal("answers a processor second: nbcore / controller-runtime", OURS, GO, least=7),
    Goal("the same without orjson", PLAIN, GO),
)
WALL_RATES: Final = (Goal("answers a second: nbcore / controller-runtime", OURS, GO),)
P99: Final = (
    Goal("p99: nbcore / controller-runtime", OURS, GO, most=0.2),
    Goal("p99: nbcore / canned", OURS, CANNED),
)
P50: Final = (Goal("p50: nbcore / controller-runtime", OURS, GO), Goal("p50: nbcore / canned", OURS, CANNED))
IN_PROCESS: Final = (
    Goal("decode, review, encode / decode, canned answer", PIPELINE, READ, most=2.5),
    Goal("decode, review, encode / orjson.loads, canned answer", PIPELINE, LOADED),
    Goal("the same, pod not selected / orjson.loads, canned answer", UNSELECTED, LOADED),
    Goal("review of a Notebook / its rendering", NOTEBOOK, RENDERED),
)


# ---- what is asked ----


def pod_defaults() -> list[Json]:
    """Two PodDefaults as people write them for Kubeflow: variables, a volume, and where it is mounted."""
    return [_pod_default(name) for name in NAMES]


def _pod_default(name: str) -> Json:
    upper = name.upper()
    spec = {
        "desc": f"what {name} needs",
        "selector": {"matchLabels": SELECTED},
        "env": [
            {"name": f"{upper}_URL", "value": f"https://{name}.example.com/simple"},
            {"name": f"{upper}_TOKEN", "valueFrom": {"secretKeyRef": {"name": name, "key": "token"}}},
        ],
        "volumes": [{"name": f"of-{name}", "persistentVolumeClaim": {"claimName": name}}],
        "volumeMounts": [{"name": f"of-{name}", "mountPath": f"/mnt/{name}"}],
    }
    metadata = {"name": name, "namespace": USERS, "resourceVersion": "7"}
    return {"apiVersion": "kubeflow.org/v1alpha1", "kind": "PodDefault", "metadata": metadata, "spec": spec}


def pod(seed: int) -> Json:
    """A new pod of a notebook, as its controller sends it: with the fields that it manages."""
    given = corpus(seed)
    case = cases(nbcore, given)[0]
    (notebook,) = given.notebooks(case.selection, 1, "admission")
    made = json.loads(nbcore.render(notebook, case.catalog).to_bytes())
    metadata = made["metadata"]
    annotations = {
        key: value for key, value in metadata.get("annotations", {}).items() if "pod-defaults" not in key
    }
    labels = {**metadata.get("labels", {}), **SELECTED}
    metadata = {**metadata, "name": "ada-0", "namespace": USERS, "labels": labels, "annotations": annotations}
    whole = {"apiVersion": "v1", "kind": "Pod", **made, "metadata": metadata}
    managed = {
        "manager": "kube-controller-manager",
        "operation": "Update",
        "apiVersion": "v1",
        "time": "2026-01-01T00:00:00Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": _managed({"metadata": {"labels": labels}, "spec": made["spec"]}),
    }
    return {**whole, "metadata": {**metadata, "managedFields": [managed]}}


def _managed(value: Json) -> Json:
    """The fields of a value as FieldsV1 names them, as far as the elements of lists."""
    if isinstance(value, list):
        named = [one for one in value if isinstance(one, dict) and "name" in one]
        keys = (json.dumps({"name": one["name"]}, separators=(",", ":")) for one in named)
        return {f"k:{key}": {".": {}} for key in keys}
    return {f"f:{key}": _managed(one) for key, one in value.items()} if isinstance(value, dict) else {}


def review(kind: str, value: Json, api_version: str, plural: str) -> Json:
    """The review of an object that is created."""
    group, _, version = api_version.rpartition("/")
    user = {"username": "alice@example.com", "groups": ["system:authenticated", f"{USERS}-editors"]}
    request = {
        "uid": "0b5b0c5c-1c2d-4b6e-8f3a-5d6e7f809112",
        "kind": {"group": group, "version": version, "kind": kind},
        "resource": {"group": group, "version": version, "resource": plural},
        "requestKind": {"group": group, "version": version, "kind": kind},
        "requestResource": {"group": group, "version": version, "resource": plural},
        "name": value["metadata"]["name"],
        "namespace": USERS,
        "operation": "CREATE",
        "userInfo": user,
        "object": value,
        "oldObject": None,
        "dryRun": False,
        "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"},
    }
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}


def result(value: Json, answer: Json) -> Json:
    """The pod after the patch of an answer, without what Go writes out where it was absent: what is empty or 0."""
    patch = json.loads(base64.b64decode(answer["response"]["patch"]))
    return _filled(jsonpatch.apply_patch(value, patch))


def _filled(value: Json) -> Json:
    if isinstance(value, dict):
        found = {key: _filled(one) for key, one in value.items()}
        return {key: one for key, one in found.items() if one not in (None, {}, [], "0")}
    return [_filled(one) for one in value] if isinstance(value, list) else value


# ---- over TLS ----


def over_tls(seed: int, rounds: int, count: int, connections: int) -> tuple[dict[str, list[Load]], str]:
    """The loads of every server, one a round, and what is to be known of the bodies.

    Raises: ValueError when two servers do not make the same pod. FileNotFoundError without Go.
    """
    programs = peers.programs()
    if programs is None:
        raise FileNotFoundError(peers.MISSING)
    given = pod(seed)
    with tempfile.TemporaryDirectory() as temporary, contextlib.ExitStack() as stack:
        folder = Path(temporary)
        body, pair = folder / "review.json", _pair(folder)
        body.write_bytes(orjson.dumps(review("Pod", given, "v1", "pods")))

        def load(server: Server, times: int = count) -> Load:
            return peers.loaded(programs["load"], server, pair, body, connections=connections, count=times)

        servers = _servers(folder, pair, programs, stack, lambda server: load(server, connections).last)
        answers = {name: load(server, connections).last for name, server in servers.items()}
        if result(given, answers[GO]) != result(given, answers[OURS]):
            raise ValueError("the pods that the servers make are not the same")
        loads: dict[str, list[Load]] = {name: [] for name in servers}
        for at in range(rounds):
            names = [*servers][at % len(servers) :] + [*servers][: at % len(servers)]
            for name in names:
                loads[name].append(load(servers[name]))
        sizes = f"reviews of {body.stat().st_size} bytes, answers of {len(orjson.dumps(answers[OURS]))}"
        return (
            loads,
            f"{sizes}; {connections} connections, {rounds} rounds of {count} reviews for each server",
        )


def _servers(
    folder: Path,
    pair: Pair,
    programs: Mapping[str, Path],
    stack: contextlib.ExitStack,
    asked: Callable[[Server], Json],
) -> dict[str, Server]:
    """All servers, started; what the others answer is what the first does."""
    kinds, ports = folder / "kinds", [*_free_ports(6)]
    kinds.mkdir()
    (kinds / "kinds.json").write_bytes(
        orjson.dumps({"apiVersion": "v1", "kind": "List", "items": pod_defaults()})
    )

    def start(command: list[str], port: int, **env: str) -> Server:
        return stack.enter_context(peers.served(command, port, env))

    ours = start(peers.nbcore_command(kinds, pair, (ports[0], ports[1])), ports[0])
    plain = start(peers.nbcore_command(kinds, pair, (ports[2], ports[3]), orjson=False), ports[2])
    answer, addition = folder / "answer.json", folder / "addition.json"
    said = asked(ours)
    answer.write_bytes(orjson.dumps(said))
    addition.write_bytes(orjson.dumps(_addition(said)))
    canned = start(peers.canned_command(answer, pair, ports[4]), ports[4])
    files = ["-cert", str(pair.chain), "-key", str(pair.key), "-add", str(addition)]
    go = start(
        [str(programs["webhook"]), "-address", f"127.0.0.1:{ports[5]}", *files], ports[5], GOMAXPROCS="1"
    )
    return {OURS: ours, PLAIN: plain, CANNED: canned, GO: go}


def _addition(answer: Json) -> Json:
    """What the webhook of controller-runtime is to add: what the PodDefaults say, and the marks."""
    patch = json.loads(base64.b64decode(answer["response"]["patch"]))
    head = "/metadata/annotations/"
    marks = {
        one["path"].removeprefix(head).replace("~1", "/"): one["value"]
        for one in patch
        if one["path"].startswith(head)
    }
    specs = [one["spec"] for one in pod_defaults()]
    lists = ("env", "volumes", "volumeMounts")
    return {"annotations": marks, **{name: [part for spec in specs for part in spec[name]] for name in lists}}


def _pair(folder: Path) -> Pair:
    issued = issue(("localhost",), now=datetime.now(UTC), days=1)
    pair = Pair(folder / "tls.crt", folder / "tls.key", folder / "ca.crt")
    for file, data in zip(pair, (issued.certificate, issued.key, issued.authority), strict=True):
        file.write_bytes(data)
    return pair


def _free_ports(count: int) -> Iterator[int]:
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            one = stack.enter_context(socket.socket())
            one.bind(("127.0.0.1", 0))
            yield one.getsockname()[1]


# ---- in one process ----


def in_process(seed: int, rounds: int, batch: int = 50) -> Samples:
    """The seconds of one review, and of what it is compared with."""
    catalog, settings = nbcore.Catalog(pod_defaults()), nbcore.Settings()
    body = orjson.dumps(review("Pod", pod(seed), "v1", "pods"))
    other = body.replace(b'"benchmark":"admission"', b'"benchmark":"none"')

    def answered(data: bytes) -> bytes:
        read = admission.decode(data)
        admission.needs(read, catalog)
        return admission.encode(admission.review(read, catalog, settings, phase="mutate"))

    given = corpus(seed)
    case = cases(nbcore, given)[0]

    def notebooks(at: int) -> list[Json]:
        return list(given.notebooks(case.selection, 4, f"admission-{at}"))

    def judged(value: Json) -> Json:
        asked = review("Notebook", value, value["apiVersion"], "notebooks")
        return admission.review(asked, case.catalog, settings, phase="validate")

    candidates = {
        PIPELINE: Candidate(lambda _: [body] * batch, answered),
        UNSELECTED: Candidate(lambda _: [other] * batch, answered),
        READ: Candidate(lambda _: [body] * batch, admission.decode),
        LOADED: Candidate(lambda _: [body] * batch, orjson.loads),
        NOTEBOOK: Candidate(notebooks, judged),
        RENDERED: Candidate(notebooks, lambda value: nbcore.render(value, case.catalog).pod),
    }
    return timed(candidates, rounds)


# ---- what is told ----


def told(goals: tuple[Goal, ...], samples: Mapping[str, list[float]]) -> Iterator[str]:
    """A line for each goal that has its samples."""
    for goal in goals:
        if goal.over in samples and goal.under in samples:
            found = ratio(samples, goal.over, goal.under)
            yield f"{goal.text}: {found.median} ({found.low}-{found.high}){_verdict(goal, found.median)}"


def _verdict(goal: Goal, found: float) -> str:
    if goal.least is None and goal.most is None:
        return ""
    met = found >= goal.least if goal.least is not None else found <= (goal.most or 0)
    wanted = f">= {goal.least}" if goal.least is not None else f"<= {goal.most}"
    return f", goal {wanted}: {'met' if met else 'MISSED'}"


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.admission", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--count", type=int, default=2000, help="reviews for each server in a round")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--in-process", action="store_true", help="the second part alone")
    given = parser.parse_args()
    if not given.in_process:
        try:
            loads, about = over_tls(given.seed, given.rounds, given.count, given.connections)
            print(about, *_of_loads(loads), sep="\n")
        except FileNotFoundError as error:
            print(error)
    samples = in_process(given.seed, 5 * given.rounds)
    print(*told(IN_PROCESS, samples), sep="\n")
    print(*(f"{name}: {1e6 * median(found):.0f} us" for name, found in samples.items()), sep="; ")


def _of_loads(loads: Mapping[str, list[Load]]) -> Iterator[str]:
    sets: tuple[tuple[tuple[Goal, ...], Callable[[Load], float]], ...] = (
        (RATES, lambda one: one.rate_of_processor),
        (WALL_RATES, lambda one: one.rate),
        (P50, lambda one: one.p50),
        (P99, lambda one: one.p99),
    )
    for goals, field in sets:
        yield from told(goals, {name: [field(one) for one in found] for name, found in loads.items()})
    for name, found in loads.items():
        rate, p50, p99 = (median(one[at] for one in found) for at in (1, 2, 3))
        yield f"{name}: {rate:.0f} answers a processor second, p50 {p50:.1f} ms, p99 {p99:.1f} ms"


if __name__ == "__main__":
    main()
