"""A minimal executor: StatefulSets of notebooks on a real server, what a kubelet would do for them, and pods brought
to another state in place where the server lets it, and else made anew.

Whether a pod is replaced is the word of the server and of its StatefulSet controller. This module refuses to know
plans and effects: it uses nbcore for what an object is to be, and for patches.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple
from urllib.parse import urlencode

import aiohttp

import nbcore
from tests.cluster.client import PATCH_TYPES, STRICT, Answer
from tests.cluster.control_plane import ControlPlane

Json = Any
Verdict = Literal["unchanged", "live", "replaced"]
CONNECTIONS = 16
NODE = "plan-node"
ROOM = {"cpu": "10000", "memory": "10Ti", "pods": "10000"}
"""What the node has: a resize that no node could bear is forbidden."""
SETTLED_SECONDS = 120.0
HEARTBEAT_SECONDS = 10.0
POLL_SECONDS = 0.3
READY = [{"type": one, "status": "True"} for one in ("Ready", "ContainersReady", "PodScheduled")]


class Call(NamedTuple):
    """One request; `media` is a kind of PATCH_TYPES for a patch."""

    method: str
    path: str
    body: Json = None
    media: str = ""
    dry: bool = False


class Carried(NamedTuple):
    """A StatefulSet as it was last written, and its name on the server."""

    name: str
    desired: Json


class Executor:
    """The StatefulSets and pods of one namespace."""

    def __init__(self, plane: ControlPlane) -> None:
        self.plane = plane
        self.namespace = plane.namespace(prefix="plan")
        self._pods = f"/api/v1/namespaces/{self.namespace}/pods"
        self._sets = f"/apis/apps/v1/namespaces/{self.namespace}/statefulsets"
        self.carried: dict[str, Carried] = {}
        self._heartbeat = 0.0
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE}}
        plane.client().create(node).expect()

    def close(self) -> None:
        """Takes the namespace and the node away."""
        client = self.plane.client()
        client.request("DELETE", f"/api/v1/namespaces/{self.namespace}").expect()
        client.request("DELETE", f"/api/v1/nodes/{NODE}").expect()

    # ---- StatefulSets ----

    def write(self, wanted: Mapping[str, Json]) -> None:
        """Makes the StatefulSets of notebooks, by name, or patches those that are there."""
        live = {one["metadata"]["name"]: one for one in self._listed(self._sets)}
        calls = []
        for notebook, desired in wanted.items():
            known = self.carried.get(notebook)
            if known is None:
                calls.append(Call("POST", self._sets, desired))
                continue
            patch = nbcore.patch(
                live[known.name], _named(desired, known.name), _named(known.desired, known.name)
            )
            calls.append(Call("PATCH", f"{self._sets}/{known.name}", patch, "json"))
        for (notebook, desired), answer in zip(wanted.items(), self.send(calls), strict=True):
            self.carried[notebook] = Carried(answer.expect()["metadata"]["name"], desired)

    # ---- pods ----

    def pods(self) -> dict[str, Json]:
        """The pod of every notebook that has one."""
        stored = {one["metadata"]["name"]: one for one in self._listed(self._pods)}
        found = {notebook: stored.get(f"{one.name}-0") for notebook, one in self.carried.items()}
        return {notebook: pod for notebook, pod in found.items() if pod is not None}

    def bring(self, wanted: Mapping[str, tuple[Json, Json]]) -> dict[str, Verdict]:
        """Brings the pods of notebooks from what they were made of to something else, in place if the server lets it.

        Those that it does not let are deleted: the controller makes them anew of what the StatefulSet says.
        """
        pods = self.pods()
        patches = {
            notebook: _by_subresource(nbcore.patch(pods[notebook], _pod(new), _pod(last), guard=False))
            for notebook, (last, new) in wanted.items()
        }
        verdicts: dict[str, Verdict] = dict.fromkeys(patches, "unchanged")
        tried = [
            (notebook, call)
            for notebook, patch in patches.items()
            for call in self._calls(pods[notebook], patch)
        ]
        for dry in (True, False):
            calls = [call._replace(dry=dry) for _, call in tried]
            for (notebook, _), answer in zip(tried, self.send(calls), strict=True):
                after = _verdict(pods[notebook], answer)
                verdicts[notebook] = max(verdicts[notebook], after, key=_ORDER.index)
            tried = [(notebook, call) for notebook, call in tried if verdicts[notebook] != "replaced"]
        self._delete(pods[notebook] for notebook, verdict in verdicts.items() if verdict == "replaced")
        return verdicts

    def _calls(self, pod: Json, patch: Mapping[str, Json]) -> list[Call]:
        path = f"{self._pods}/{pod['metadata']['name']}"
        return [
            Call("PATCH", f"{path}{subresource}", one, "json") for subresource, one in patch.items() if one
        ]

    def _delete(self, pods: Iterable[Json]) -> None:
        calls = [
            Call(
                "DELETE",
                f"{self._pods}/{one['metadata']['name']}",
                {"preconditions": {"uid": one["metadata"]["uid"]}},
            )
            for one in pods
        ]
        for answer in self.send(calls):
            answer.expect()

    # ---- what a kubelet and the time do ----

    def settle(self) -> dict[str, str]:
        """The uid of every notebook's pod, once the controller has nothing more to do and all pods are ready."""
        deadline = time.monotonic() + SETTLED_SECONDS
        while True:
            self._beat()
            pods, sets = self._listed(self._pods), self._listed(self._sets)
            steps = [call for pod in pods for call in self._kubelet(pod)]
            if steps:
                self.send(steps)
            elif not (waiting := _waiting(pods, sets)):
                return {notebook: pod["metadata"]["uid"] for notebook, pod in self.pods().items()}
            elif time.monotonic() > deadline:
                raise TimeoutError(f"{len(waiting)} StatefulSets did not settle, such as {waiting[0]}")
            time.sleep(POLL_SECONDS)

    def _beat(self) -> None:
        """Keeps the node alive: the pods of one that is silent are evicted."""
        if time.monotonic() - self._heartbeat > HEARTBEAT_SECONDS:
            self._heartbeat = time.monotonic()
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            ready = {"type": "Ready", "status": "True", "lastHeartbeatTime": stamp}
            status = {"conditions": [ready], "allocatable": ROOM, "capacity": ROOM}
            self.send([Call("PATCH", f"/api/v1/nodes/{NODE}/status", {"status": status}, "strategic")])[
                0
            ].expect()

    def _kubelet(self, pod: Json) -> list[Call]:
        """What a kubelet and a scheduler do for a pod: end it, bind it, report that it is ready."""
        name = pod["metadata"]["name"]
        path = f"{self._pods}/{name}"
        if pod["metadata"].get("deletionTimestamp"):
            return [Call("DELETE", path, {"gracePeriodSeconds": 0})]
        if not pod["spec"].get("nodeName"):
            target = {"apiVersion": "v1", "kind": "Node", "name": NODE}
            binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": name}, "target": target}
            return [Call("POST", f"{path}/binding", binding)]
        if not is_ready(pod):
            status = {"status": {"phase": "Running", "conditions": READY}}
            return [Call("PATCH", f"{path}/status", status, "merge")]
        return []

    # ---- requests ----

    def send(self, calls: Sequence[Call]) -> list[Answer]:
        """The answers to many requests at once, in their order."""
        return asyncio.run(self._send(calls)) if calls else []

    async def _send(self, calls: Sequence[Call]) -> list[Answer]:
        answers: dict[int, Answer] = {}
        waiting = iter(enumerate(calls))
        connector = aiohttp.TCPConnector(limit=CONNECTIONS, ssl=self.plane.tls)
        headers = {"Authorization": f"Bearer {self.plane.users['admin'].token}"}

        async def work(session: aiohttp.ClientSession) -> None:
            for index, one in waiting:
                strict = {} if one.method == "DELETE" else STRICT
                query = urlencode({**strict, **({"dryRun": "All"} if one.dry else {})})
                media = {"Content-Type": PATCH_TYPES.get(one.media, "application/json")}
                data = None if one.body is None else json.dumps(one.body)
                url = f"{one.path}?{query}"
                async with session.request(one.method, url, data=data, headers=media) as answer:
                    answers[index] = Answer(answer.status, await answer.json())

        async with aiohttp.ClientSession(self.plane.url, connector=connector, headers=headers) as session:
            await asyncio.gather(*(work(session) for _ in range(CONNECTIONS)))
        return [answers[index] for index in range(len(calls))]

    def _listed(self, path: str) -> list[Json]:
        (answer,) = self.send([Call("GET", path)])
        items: list[Json] = answer.expect()["items"]
        return items


_ORDER: tuple[Verdict, ...] = ("unchanged", "live", "replaced")


def is_ready(pod: Json) -> bool:
    """Whether its status says so."""
    conditions = pod.get("status", {}).get("conditions") or ()
    return ("Ready", "True") in {(one["type"], one["status"]) for one in conditions}


def _named(desired: Json, name: str) -> Json:
    """A StatefulSet under the name that the server has made for it."""
    metadata = {key: one for key, one in desired["metadata"].items() if key != "generateName"}
    return {**desired, "metadata": {**metadata, "name": name}}


def _pod(template: Json) -> Json:
    return {"apiVersion": "v1", "kind": "Pod", **template}


def _by_subresource(patch: Iterable[Json]) -> dict[str, list[Json]]:
    """The operations of a patch by the subresource that takes them."""
    found: dict[str, list[Json]] = {"": [], "/resize": []}
    for one in patch:
        found["/resize" if "/resources" in one["path"] else ""].append(one)
    return found


def _verdict(before: Json, answer: Answer) -> Verdict:
    """What the server made of a change of a stored pod; one that restarts a container counts as another pod."""
    if answer.status == 422:
        return "replaced"
    after = answer.expect()
    if _restarts(before, after):
        return "replaced"
    return (
        "unchanged"
        if after["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
        else "live"
    )


def _restarts(before: Json, after: Json) -> bool:
    """Whether a kubelet restarts a container: for another image, or an amount whose policy says so."""
    for field in ("initContainers", "containers"):
        for old, new in zip(before["spec"].get(field, ()), after["spec"].get(field, ()), strict=True):
            if old["image"] != new["image"]:
                return True
            restarting = {
                one["resourceName"]
                for one in old.get("resizePolicy", ())
                if one["restartPolicy"] != "NotRequired"
            }
            if any(_amounts(old, name) != _amounts(new, name) for name in restarting):
                return True
    return False


def _amounts(container: Json, name: str) -> list[Json]:
    return [(container.get("resources") or {}).get(side, {}).get(name) for side in ("requests", "limits")]


def _waiting(pods: Iterable[Json], sets: Iterable[Json]) -> list[str]:
    """The StatefulSets for which the controller has something to do yet."""
    by_name = {one["metadata"]["name"]: one for one in pods}
    return [
        one["metadata"]["name"]
        for one in sets
        if not _is_settled(one, by_name.get(f"{one['metadata']['name']}-0"))
    ]


def _is_settled(one: Json, pod: Json | None) -> bool:
    status = one.get("status", {})
    if pod is None or status.get("observedGeneration") != one["metadata"]["generation"]:
        return False
    rolls = one["spec"]["updateStrategy"]["type"] == "RollingUpdate"
    return not rolls or pod["metadata"]["labels"]["controller-revision-hash"] == status.get("updateRevision")
