"""What an API server makes of pod states: stored or refused, and what a stored pod lets change in place.

It refuses to know what nbcore thinks: it asks, and brings answers into a form that can be compared.
"""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import quote

import aiohttp

from nbcore.kubernetes.quantity import Quantity
from tests.cluster.client import Answer
from tests.cluster.control_plane import ControlPlane
from tests.oracles.pod_places import places

Json: TypeAlias = Any
CONNECTIONS = 16
LABEL = {"oracle": "states"}
LOOSE = frozenset(
    {
        "imagePullSecrets",
        "ownerReferences",
        "ports",
        "resourceClaims",
        "schedulingGates",
        "tolerations",
        "topologySpreadConstraints",
        "volumeDevices",
        "volumeMounts",
        "volumes",
    }
)
"""Lists whose order means nothing to a pod; env is one of them while no value refers to another."""


class Call(NamedTuple):
    """One request."""

    method: str
    path: str
    body: Json
    dry: bool = True


class Judge:
    """The server's word on many states at once, in one namespace."""

    def __init__(self, plane: ControlPlane) -> None:
        self.plane = plane
        self.namespace = plane.namespace(prefix="states")
        self.pods = f"/api/v1/namespaces/{self.namespace}/pods"
        self.sets = f"/apis/apps/v1/namespaces/{self.namespace}/statefulsets"

    def ask(self, calls: Iterable[Call]) -> list[Answer]:
        """The answers in the order of the calls."""
        return asyncio.run(self._ask(list(calls)))

    def stored_pods(self, pods: Iterable[Json]) -> list[Answer]:
        """The answers to dry-run creates."""
        return self.ask(Call("POST", self.pods, pod) for pod in pods)

    def stored_sets(self, templates: Iterable[Json]) -> list[Answer]:
        """The answers to dry-run creates of StatefulSets with these templates."""
        return self.ask(Call("POST", self.sets, stateful_set("a", one)) for one in templates)

    async def _ask(self, calls: Sequence[Call]) -> list[Answer]:
        answers: dict[int, Answer] = {}
        waiting = iter(enumerate(calls))
        token = self.plane.users["admin"].token
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connector = aiohttp.TCPConnector(limit=CONNECTIONS, ssl=self.plane.tls)

        async def work(session: aiohttp.ClientSession) -> None:
            for index, one in waiting:
                query = {"fieldValidation": "Strict", **({"dryRun": "All"} if one.dry else {})}
                data = None if one.body is None else json.dumps(one.body)
                async with session.request(one.method, one.path, data=data, params=query) as answer:
                    text = await answer.read()
                    try:
                        answers[index] = Answer(answer.status, json.loads(text))
                    except ValueError:
                        answers[index] = Answer(answer.status, text.decode(errors="replace"))

        async with aiohttp.ClientSession(self.plane.url, connector=connector, headers=headers) as session:
            await asyncio.gather(*(work(session) for _ in range(CONNECTIONS)))
        return [answers[index] for index in range(len(calls))]

    def pod_path(self, pod: Json, subresource: str = "") -> str:
        """The path of a stored pod."""
        own = f"{self.pods}/{quote(pod['metadata']['name'], safe='')}"
        return f"{own}/{subresource}" if subresource else own


def stateful_set(name: str, template: Json, replicas: int = 0) -> Json:
    """A StatefulSet around a template that has the labels of its selector."""
    spec = {
        "replicas": replicas,
        "selector": {"matchLabels": LABEL},
        "serviceName": "a",
        "template": template,
    }
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name}, "spec": spec}


def as_template(pod: Json) -> Json:
    """The template of a pod: without a name, with the labels of the selector."""
    metadata = {key: one for key, one in (pod.get("metadata") or {}).items() if key not in NAMES}
    metadata["labels"] = {**(metadata.get("labels") or {}), **LABEL}
    spec = {key: one for key, one in (pod.get("spec") or {}).items() if key not in NO_SET}
    return {"metadata": metadata, "spec": spec}


NO_SET = frozenset({"activeDeadlineSeconds", "ephemeralContainers", "restartPolicy"})
"""What no StatefulSet takes in its template, or in one form only."""


NAMES = frozenset({"name", "generateName"})


def loosely(stored: Json) -> Json:
    """A stored pod without what its server keeps, amounts as numbers, and lists of any order sorted."""
    kept = ("labels", "annotations", "finalizers", "ownerReferences")
    metadata = {key: one for key, one in stored["metadata"].items() if key in kept}
    pod = copy.deepcopy({"metadata": metadata, "spec": stored["spec"]})
    for place in list(places(pod)):
        if place.field.type == "quantity":
            amount = Quantity.parse(place.value)  # None for what nbcore does not read on purpose
            place.holder[place.key] = place.value if amount is None else str(amount.value)
    _sort(pod)
    return once(pod)


def once(stored: Json) -> Json:
    """The same with equal expressions once in the selectors that a pod's own labels become part of.

    The server adds those of ``matchLabelKeys`` to every pod that is made, also to one that has them already.
    """
    if isinstance(stored, list):
        return [once(one) for one in stored]
    if not isinstance(stored, dict):
        return stored
    made = {key: once(one) for key, one in stored.items()}
    selector = made.get("labelSelector")
    if ("matchLabelKeys" in made or "mismatchLabelKeys" in made) and isinstance(selector, dict):
        expressions = {json.dumps(one, sort_keys=True): one for one in selector.get("matchExpressions") or ()}
        if expressions:
            made["labelSelector"] = {**selector, "matchExpressions": list(expressions.values())}
    return made


def resources_of(stored: Json) -> Json:
    """The resources of a stored pod and of its containers, amounts as numbers."""
    spec = loosely(stored)["spec"]
    every = [*spec["containers"], *spec.get("initContainers", ())]
    return [spec.get("resources"), *([one["name"], one.get("resources")] for one in every)]


def _sort(value: Json) -> None:
    for key, one in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(one, dict | list):
            _sort(one)
        if isinstance(one, list) and (key in LOOSE or (key == "env" and "$(" not in json.dumps(one))):
            one.sort(key=lambda item: json.dumps(item, sort_keys=True))
