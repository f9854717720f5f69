"""Asks an API server which pods and claims its quotas and limit ranges refuse, and with which numbers.

Run as a program (``python -m tests.oracles.test_quota_admission_oracle --cases 5000 --seed 7``) it prints
figures. A namespace gets random LimitRanges, pods and claims that stay, then ResourceQuotas; the server's own
controller fills in what is used. Then pods and claims are created there, in dry runs: the same refusal, with
the same quota, resource and numbers, is what both have to say.

What no answer tells is left out by name (`NOT_ASKED`).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from random import Random
from typing import Any, NamedTuple, cast

import pytest

from nbcore.checks.quota import Budget, check, shortages
from nbcore.checks.quota.usage import is_of_claims
from nbcore.kubernetes.quantity import Quantity
from tests.cluster.binaries import MISSING, PROGRAMS, find
from tests.cluster.client import Answer
from tests.cluster.control_plane import ControlPlane

Json = dict[str, Any]

NOT_ASKED = (
    "two LimitRanges that fill in different amounts (a server takes either)",
    "hugepages in LimitRanges, amounts of 8Pi and more, priority classes that are the cluster's default",
    "amounts below a thousandth in pods with resources of their own (a server may refuse its own rounding)",
    "pods that are being deleted (they count until a moment that only a clock knows)",
)
PODS_A_NAMESPACE = 200
_EXCEEDED = re.compile(r"exceeded quota: (\S+), requested: (\S+), used: (\S+), limited: (\S+)")
_REFUSALS = {
    "contradiction": re.compile(r" is invalid: \[?spec\.(\w+\[\d+\]\.)?(resources|containers\[\d+\])"),
    "out of bounds": re.compile(r" usage per (Container|Pod) is | max limit to request ratio per "),
    "amounts missing": re.compile(r"failed quota: \S+: must specify "),
    "refused by a quota": _EXCEEDED,
}

# ---- cases ----

CPU = ("0", "100m", "250m", "0.5", "1", "1500m", "2", "3", "0.0001", "1e0")
MEMORY = ("0", "64Mi", "128Mi", "0.5Gi", "1Gi", "1.5Gi", "2Gi", "1G", "3Gi", "1073741824", "100m")
DISK = ("1Gi", "2Gi", "500M", "10Gi")
GPUS = ("1", "2", "4")
STORAGE = ("1Gi", "5Gi", "10Gi", "1.5", "20G")
GPU, PAGES = "nvidia.com/gpu", "hugepages-2Mi"
PRIORITIES = ("low", "high")
CLASSES = ("gold", "bronze")
ATTRIBUTES = ("fast", "slow")
OVERHEAD = {"cpu": "120m", "memory": "80Mi"}
_EXTREMES = {"cpu": ("0", "12"), "memory": ("0", "16Gi"), "ephemeral-storage": ("1M", "40Gi")}
_POOLS = {"cpu": CPU, "memory": MEMORY, "ephemeral-storage": DISK}


def _value(text: str) -> float:
    units = {"m": 1e-3, "M": 1e6, "G": 1e9, "Mi": 2.0**20, "Gi": 2.0**30}
    unit = next((one for one in sorted(units, key=len, reverse=True) if text.endswith(one)), "")
    return float(text.removesuffix(unit)) * units.get(unit, 1)


class Draw:
    """Random objects out of a seed."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def chance(self, rate: float) -> bool:
        return self.random.random() < rate

    def maybe(self, rate: float, key: str, value: Callable[[], Any]) -> Json:
        return {key: value()} if self.chance(rate) else {}

    def ordered(self, pool: Sequence[str], count: int) -> list[str]:
        """Amounts of the pool, the least first."""
        return sorted((self.random.choice(pool) for _ in range(count)), key=_value)

    def resources(self) -> Json:
        """What a container asks for: sometimes nothing, sometimes one side only."""
        requests: Json = {}
        limits: Json = {}
        for name, pool in _POOLS.items():
            low, high = self.ordered(pool, 2)
            shape = self.random.choices(("none", "request", "limit", "both"), (3, 3, 2, 5))[0]
            requests |= {name: low} if shape in ("request", "both") else {}
            limits |= {name: high} if shape in ("limit", "both") else {}
        for name, rate in ((GPU, 0.15), (PAGES, 0.1)):
            if self.chance(rate) and (name == GPU or "cpu" in {**requests, **limits}):
                many = self.random.choice(GPUS if name == GPU else ("2Mi", "4Mi", "64Mi"))
                limits[name] = many
                requests |= {name: many} if self.chance(0.5) else {}
        return {**({"requests": requests} if requests else {}), **({"limits": limits} if limits else {})}

    def container(self, name: str) -> Json:
        found = self.resources()
        return {"name": name, "image": "i:1", **({"resources": found} if found or self.chance(0.5) else {})}

    def init_container(self, name: str) -> Json:
        return {**self.container(name), **self.maybe(0.4, "restartPolicy", lambda: "Always")}

    def whole(self) -> Json:
        """The pod's own resources: always more than those of all its containers."""
        requests = {**self.maybe(0.6, "cpu", lambda: "24"), **self.maybe(0.6, "memory", lambda: "48Gi")}
        limits = {**self.maybe(0.6, "cpu", lambda: "32"), **self.maybe(0.6, "memory", lambda: "64Gi")}
        return {"requests": requests, "limits": limits} if requests or limits else {"limits": {"cpu": "32"}}

    def affinity(self) -> Json:
        term: Json = {"topologyKey": "zone", "labelSelector": {"matchLabels": {"a": "b"}}}
        term |= self.random.choice(({}, {"namespaces": ["other"]}, {"namespaceSelector": {}}))
        weighted = {"weight": 1, "podAffinityTerm": term}
        rule: Json = {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
        if self.chance(0.5):
            rule = {"preferredDuringSchedulingIgnoredDuringExecution": [weighted]}
        return {self.random.choice(("podAffinity", "podAntiAffinity")): rule}

    def claim_template(self) -> Json:
        spec = {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": self.random.choice(STORAGE)}},
            **self.maybe(0.7, "storageClassName", lambda: self.random.choice((*CLASSES, ""))),
            **self.maybe(0.3, "volumeAttributesClassName", lambda: self.random.choice(ATTRIBUTES)),
        }
        return {"spec": spec}

    def pod(self, name: str, namespace: str) -> Json:
        containers = [self.container(f"c{index}") for index in range(self.random.choice((1, 1, 2, 3)))]
        inits = [self.init_container(f"i{index}") for index in range(self.random.choice((0, 0, 1, 2)))]
        spec: Json = {
            "containers": containers,
            **({"initContainers": inits} if inits else {}),
            **self.maybe(0.3, "activeDeadlineSeconds", lambda: 600),
            **self.maybe(0.4, "priorityClassName", lambda: self.random.choice(PRIORITIES)),
            **self.maybe(0.2, "affinity", self.affinity),
        }
        if self.chance(0.15):
            spec = _rounded(spec) | {"resources": self.whole()}
        if self.chance(0.15):
            spec |= {"runtimeClassName": "sandbox", "overhead": OVERHEAD}
        if self.chance(0.1):
            spec["volumes"] = [
                {"name": "scratch", "ephemeral": {"volumeClaimTemplate": self.claim_template()}}
            ]
        return {**_head("v1", "Pod", name, namespace), "spec": spec}

    def claim(self, name: str, namespace: str) -> Json:
        return {**_head("v1", "PersistentVolumeClaim", name, namespace), **self.claim_template()}

    def quota(self, name: str, namespace: str) -> Json:
        scopes, selector = self.scopes()
        tracked: tuple[str, ...] = ("pods", "count/pods", "cpu", "memory", "requests.cpu", "requests.memory")
        tracked += ("limits.cpu", "limits.memory", f"requests.{GPU}")
        if scopes == ["VolumeAttributesClass"] or _names(selector) == ["VolumeAttributesClass"]:
            tracked = ("persistentvolumeclaims", "requests.storage")
        elif "BestEffort" in (*scopes, *_names(selector)):
            tracked = ("pods", "count/pods")
        elif not scopes and not selector:
            tracked += ("requests.ephemeral-storage", "limits.ephemeral-storage", "ephemeral-storage")
            tracked += (f"requests.{PAGES}", PAGES, "persistentvolumeclaims", "requests.storage")
            tracked += ("count/persistentvolumeclaims", *_of_class("gold"), f"limits.{GPU}/x")
        chosen = self.random.sample(tracked, min(len(tracked), self.random.choice((1, 2, 3, 5))))
        spec = {
            "hard": {one: self.random.choice(_hard(one)) for one in chosen},
            **({"scopes": scopes} if scopes else {}),
            **({"scopeSelector": {"matchExpressions": selector}} if selector else {}),
        }
        return {**_head("v1", "ResourceQuota", name, namespace), "spec": spec}

    def scopes(self) -> tuple[list[str], list[Json]]:
        """The scopes and the scope selector of a quota; mostly none."""
        kind = self.random.choices(("none", "scopes", "selector", "class"), (6, 4, 3, 1))[0]
        pairs = (("Terminating", "NotTerminating"), ("BestEffort", "NotBestEffort"), ("PriorityClass",))
        names = [self.random.choice(one) for one in (*pairs, ("CrossNamespacePodAffinity",))]
        if kind == "scopes":
            return self.random.sample(names, self.random.choice((1, 1, 2))), []
        if kind == "selector":
            key = self.random.choice(("PriorityClass", "PriorityClass", *names))
            return [], [self.requirement(key, PRIORITIES)]
        if kind == "class":
            return [], [self.requirement("VolumeAttributesClass", ATTRIBUTES)]
        return [], []

    def requirement(self, key: str, values: Sequence[str]) -> Json:
        valued = key in ("PriorityClass", "VolumeAttributesClass")
        operator = self.random.choice(("In", "NotIn", "Exists", "DoesNotExist")) if valued else "Exists"
        some = {"values": [self.random.choice(values)]} if operator in ("In", "NotIn") else {}
        return {"scopeName": key, "operator": operator, **some}

    def limit_range(self, name: str, namespace: str, types: Sequence[str]) -> Json:
        limits = [self.limit(one) for one in types]
        return {**_head("v1", "LimitRange", name, namespace), "spec": {"limits": limits}}

    def limit(self, kind: str) -> Json:
        if kind == "PersistentVolumeClaim":
            low, high = self.ordered(STORAGE, 2)
            return {
                "type": kind,
                **self.maybe(0.7, "min", lambda: {"storage": low}),
                "max": {"storage": high},
            }
        item: Json = {"type": kind}
        for name in self.random.sample(("cpu", "memory", "ephemeral-storage"), self.random.choice((1, 2, 3))):
            least, most = _EXTREMES[name]
            wide = self.chance(0.8)
            amounts = [least, *self.ordered(_POOLS[name], 2), most] if wide else self.ordered(_POOLS[name], 4)
            fields = ("min", "defaultRequest", "default", "max")
            for field, one in zip(fields, amounts, strict=True):
                if self.chance(0.35) and (kind == "Container" or field in ("min", "max")):
                    item.setdefault(field, {})[name] = one
            if self.chance(0.08):
                item.setdefault("maxLimitRequestRatio", {})[name] = self.random.choice(
                    ("1", "1.5", "2", "16")
                )
        if self.chance(0.05):
            item.setdefault("max", {})[GPU] = self.random.choice(GPUS)
        return item


def _rounded(spec: Json) -> Json:
    """The spec without the one amount that a server rounds too late for a pod with own resources."""
    return cast("Json", json.loads(json.dumps(spec).replace('"0.0001"', '"1m"')))


def _names(selector: list[Json]) -> list[str]:
    return [one["scopeName"] for one in selector]


def _of_class(name: str) -> tuple[str, str]:
    prefix = f"{name}.storageclass.storage.k8s.io"
    return f"{prefix}/requests.storage", f"{prefix}/persistentvolumeclaims"


def _hard(name: str) -> tuple[str, ...]:
    if name.endswith("requests.storage"):
        return ("5Gi", "12Gi", "30Gi")
    if "pods" in name or "claims" in name or GPU in name:
        return ("0", "1", "2", "4", "6")
    if PAGES in name:
        return ("2Mi", "8Mi", "100Mi")
    return ("1", "2500m", "4", "8", "30") if name.endswith("cpu") else ("1Gi", "2.5Gi", "6G", "9Gi", "60Gi")


def _head(version: str, kind: str, name: str, namespace: str = "") -> Json:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": version, "kind": kind, "metadata": metadata}


# ---- the scene: what a namespace holds ----


def prepare(plane: ControlPlane) -> None:
    """Makes what pods of all namespaces name; does nothing when it is there."""
    priority = [
        {**_head("scheduling.k8s.io/v1", "PriorityClass", name), "value": number}
        for number, name in enumerate(PRIORITIES)
    ]
    runtime = {**_head("node.k8s.io/v1", "RuntimeClass", "sandbox"), "handler": "sandbox"}
    for one in (*priority, {**runtime, "overhead": {"podFixed": OVERHEAD}}):
        answer = plane.client().create(one)
        assert answer.ok or answer.status == 409, answer.message


class Scene(NamedTuple):
    """A namespace with all that is in it, as the server has it."""

    namespace: str
    quotas: list[Json]
    ranges: list[Json]
    pods: list[Json]
    claims: list[Json]

    @property
    def budget(self) -> Budget:
        return Budget.of(self.quotas, self.ranges, pods=self.pods, pvcs=self.claims)


def scene(plane: ControlPlane, draw: Draw) -> Scene:
    """A namespace with random limits and with pods and claims that use some of it."""
    namespace = plane.namespace(prefix="quota")
    _ranges(plane, draw, namespace)
    _residents(plane, draw, namespace)
    time.sleep(0.5)  # the controller counts what its watch has brought, and does not count again for minutes
    wanted = [f"quota-{index}" for index in range(draw.random.choice((0, 1, 1, 2, 3)))]
    for name in wanted:
        _until_accepted(plane, partial(draw.quota, name, namespace))
    plane.wait(lambda: _all_counted(plane, namespace, len(wanted)), 60)
    kinds = ("ResourceQuota", "LimitRange", "Pod", "PersistentVolumeClaim")
    return Scene(namespace, *(_items(plane, kind, namespace) for kind in kinds))


def _ranges(plane: ControlPlane, draw: Draw, namespace: str) -> None:
    sets: tuple[list[tuple[str, ...]], ...] = (
        [],
        [],
        [("Container",)],
        [("Container", "Pod")],
        [("Pod",), ("PersistentVolumeClaim",)],
        [("Container", "PersistentVolumeClaim"), ("Pod",)],
    )
    for index, types in enumerate(draw.random.choice(sets)):
        name = f"range-{index}"
        _until_accepted(plane, partial(draw.limit_range, name, namespace, types))
    time.sleep(0.3)  # the admission plugin reads them from a watch


def _until_accepted(plane: ControlPlane, make: Callable[[], Json]) -> None:
    for _ in range(200):
        if plane.client().create(make()).ok:
            return
    raise AssertionError(f"not one is accepted: {make()}")


def _residents(plane: ControlPlane, draw: Draw, namespace: str) -> None:
    """Pods and claims that stay: some pods have ended, some are being resized."""
    for index in range(draw.random.choice((0, 1, 3))):
        pod = draw.pod(f"resident-{index}", namespace)
        if plane.client().create(pod).ok and draw.chance(0.5):
            _run(plane, draw, pod)
    for index in range(draw.random.choice((0, 1, 2))):
        plane.client().create(draw.claim(f"resident-{index}", namespace))


def _run(plane: ControlPlane, draw: Draw, pod: Json) -> None:
    """Writes a status as a kubelet might: ended, or with other amounts than the spec has."""
    if draw.chance(0.4):
        status: Json = {"phase": draw.random.choice(("Succeeded", "Failed", "Running"))}
    else:
        actual = {"requests": {"cpu": draw.random.choice(CPU[1:])}, "limits": {"cpu": "3"}}
        told = {"resources": actual, "allocatedResources": {"cpu": draw.random.choice(CPU[1:])}}
        base = {"image": "i:1", "imageID": "", "ready": True, "restartCount": 0, "state": {"running": {}}}
        statuses = [{"name": one["name"], **base, **told} for one in pod["spec"]["containers"]]
        status = {"phase": "Running", "containerStatuses": statuses}
        if draw.chance(0.3):
            reason = draw.random.choice(("Infeasible", "Deferred"))
            status["conditions"] = [{"type": "PodResizePending", "status": "True", "reason": reason}]
    plane.client().patch(pod, {"status": status}, "merge", subresource="status").expect()


def _items(plane: ControlPlane, kind: str, namespace: str) -> list[Json]:
    return list(plane.client().list_all("v1", kind, namespace).expect()["items"])


def _all_counted(plane: ControlPlane, namespace: str, many: int) -> bool:
    found = _items(plane, "ResourceQuota", namespace)
    complete = [set(one["status"].get("used", {})) >= set(_tracked(one)) for one in found]
    return len(complete) == many and all(complete) and all(one["status"].get("hard") for one in found)


def _tracked(quota: Json) -> list[str]:
    """What of a quota any pod or claim of these cases is charged for."""
    return [name for name in quota["spec"]["hard"] if not name.endswith("/x")]


# ---- verdicts ----


class Verdict(NamedTuple):
    """What the server and nbcore say of one object; equal when all is right."""

    document: Json
    kubernetes: str
    nbcore: str
    kind: str


def verdicts(
    plane: ControlPlane, random: Random, cases: int, size: int = PODS_A_NAMESPACE
) -> Iterator[Verdict]:
    """The verdicts on that many pods and a fifth as many claims, in as many namespaces as that takes."""
    prepare(plane)
    for start in range(0, cases, size):
        draw = Draw(random)
        there = scene(plane, draw)
        many = min(size, cases - start)
        yield from _usage(there)
        yield from _of_pods(plane, there, [draw.pod(f"p{one}", there.namespace) for one in range(many)])
        claims = [draw.claim(f"v{one}", there.namespace) for one in range(many // 5)]
        yield from _of_claims(plane, there, claims)
        plane.client().delete(_head("v1", "Namespace", there.namespace))


def _usage(there: Scene) -> Iterator[Verdict]:
    """What the controller counted, against what the pods and claims add up to."""
    without = [{**one, "status": {}} for one in there.quotas]
    counted = Budget.of(without, pods=there.pods, pvcs=there.claims).quotas
    for quota, ours in zip(there.quotas, counted, strict=True):
        for name in _tracked(quota):
            if there.claims if is_of_claims(name) else there.pods:
                theirs = quota["status"]["used"][name]
                mine = ours.seen.get(name)
                same = mine == Quantity(theirs)  # the notation of a sum depends on its order
                yield Verdict(quota, f"{name}={theirs}", f"{name}={theirs if same else mine}", "usage")


def _of_pods(plane: ControlPlane, there: Scene, pods: list[Json]) -> Iterator[Verdict]:
    budget = there.budget
    for pod, answer in zip(pods, plane.many(pods), strict=True):
        found = list(check(pod, budget))
        codes = {one.code for one in found} - {"NB603", "NB606"}
        kind = _kind(codes)
        exceeded = _EXCEEDED.search(answer.message)
        if exceeded is not None and kind == "refused by a quota":
            yield Verdict(pod, exceeded[0], _exceeded(pod, budget, exceeded[1]), kind)
        else:
            yield Verdict(pod, _answered(answer), kind, kind)


def _answered(answer: Answer) -> str:
    """What kind of answer the server gave; its own words when it is none of those."""
    kinds = [kind for kind, text in _REFUSALS.items() if text.search(answer.message)]
    return "accepted" if answer.ok else kinds[0] if kinds else answer.message


def _kind(codes: set[str]) -> str:
    """What the server would refuse first: it validates, then asks LimitRanges, then quotas."""
    if "NB607" in codes:
        return "contradiction"
    if codes & {"NB604", "NB605"}:
        return "out of bounds"
    if "NB602" in codes:
        return "amounts missing"
    return "refused by a quota" if codes else "accepted"


def _exceeded(pod: Json, budget: Budget, quota: str) -> str:
    """What nbcore finds short in one quota, in the server's words."""
    found = [one for one in shortages(pod, budget) if one.quota == quota]
    columns = (
        ",".join(f"{one.resource}={getattr(one, column)}" for one in found)
        for column in ("requested", "used", "hard")
    )
    return "exceeded quota: {}, requested: {}, used: {}, limited: {}".format(quota, *columns)


def _of_claims(plane: ControlPlane, there: Scene, claims: list[Json]) -> Iterator[Verdict]:
    budget = there.budget
    for claim, answer in zip(claims, plane.many(claims), strict=True):
        volume = {"name": "v", "ephemeral": {"volumeClaimTemplate": {"spec": claim["spec"]}}}
        found = check({"spec": {"volumes": [volume]}}, budget)
        refused = {one.code for one in found} & {"NB603", "NB606"}
        kind = "claim refused" if refused else "claim accepted"
        yield Verdict(claim, "claim accepted" if answer.ok else "claim refused", kind, kind)


@pytest.mark.cluster
def test_quota_and_limit_range_verdicts_are_those_of_the_server(control_plane: ControlPlane) -> None:
    cases = int(os.environ.get("NBCORE_QUOTA_CASES", "600"))
    found = list(verdicts(control_plane, Random("quota-1"), cases, 60))
    assert [one for one in found if one.kubernetes != one.nbcore] == []
    assert len(found) >= cases
    if cases >= 600:
        assert {one.kind for one in found} >= {"accepted", "refused by a quota", "amounts missing"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if not all(find(program) for program in PROGRAMS):
        print(MISSING, file=sys.stderr)
        return 2
    counts: Counter[str] = Counter()
    wrong: list[Verdict] = []
    with ControlPlane() as plane:
        for one in verdicts(plane, Random(f"quota-{options.seed}"), options.cases):
            counts[one.kind] += 1
            wrong += [one] if one.kubernetes != one.nbcore else []
    print(f"seed {options.seed}, verdicts {counts.total()}, differences {len(wrong)}")
    for name, number in counts.most_common():
        print(f"  {number:>8}  {name}")
    for name in NOT_ASKED:
        print(f"  not asked: {name}")
    for one in wrong[:10]:
        print(
            f"  wrong ({one.kind}): kubernetes {one.kubernetes!r}, nbcore {one.nbcore!r}\n    {one.document}"
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
