"""Reviews as an API server sends them, and what the answers say.

Refuses to know what is right: the tests say that.
"""

from __future__ import annotations

import base64
import copy
import json
from typing import Any, Final, NamedTuple, TypeAlias

import jsonpatch

import nbcore
from nbcore.admission import review

Json: TypeAlias = Any
OWNER: Final = "jackhoman.dev/owner"
ADMIN: Final = {"username": "root", "groups": ["system:masters"]}
PLURALS: Final = {
    "Notebook": "notebooks",
    "Template": "templates",
    "PodDefault": "poddefaults",
    "Revision": "revisions",
    "Workspace": "workspaces",
    "WorkspaceKind": "workspacekinds",
    "Pod": "pods",
}


class Answer(NamedTuple):
    """What an answer says."""

    allowed: bool
    code: int | None
    codes: tuple[str, ...]
    message: str
    warnings: tuple[str, ...]
    operations: list[Json]
    review: Json


def user(given: Json) -> Json:
    """A userInfo; a text is the name of somebody."""
    return {"username": given, "groups": ["system:authenticated"]} if isinstance(given, str) else given


def request(
    operation: str,
    new: Json = None,
    old: Json = None,
    *,
    by: Json = "ada",
    subresource: str = "",
    kind: tuple[str, str] = ("", ""),
    namespace: str | None = None,
    name: str | None = None,
    **more: Json,
) -> Json:
    """An AdmissionReview; kind, name and namespace are those of the object where they are not given."""
    head: Json = next(
        (one for one in (new, old) if isinstance(one, dict) and "metadata" in one), {"metadata": {}}
    )
    api_version, of = kind if kind != ("", "") else (head.get("apiVersion", ""), head.get("kind", ""))
    group, _, version = api_version.rpartition("/")
    metadata = head["metadata"]
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
            "kind": {"group": group, "version": version, "kind": of},
            "resource": {"group": group, "version": version, "resource": PLURALS.get(of, f"{of.lower()}s")},
            "subResource": subresource,
            "operation": operation,
            "namespace": metadata.get("namespace", "") if namespace is None else namespace,
            "name": metadata.get("name", "") if name is None else name,
            "userInfo": user(by),
            "object": new,
            "oldObject": old,
            **more,
        },
    }


def answered(given: Json, catalog: nbcore.Catalog, settings: nbcore.Settings | None, phase: str) -> Answer:
    """What is answered to a review."""
    said = review(given, catalog, settings, phase=phase)  # type: ignore[arg-type]
    response = said["response"]
    status = response.get("status", {})
    causes = status.get("details", {}).get("causes", [])
    codes = response.get("auditAnnotations", {}).get("denied-by", "")
    patch = json.loads(base64.b64decode(response["patch"])) if "patch" in response else []
    assert len(causes) <= 51
    return Answer(
        response["allowed"],
        status.get("code"),
        tuple(filter(None, codes.split(","))),
        status.get("message", ""),
        tuple(response.get("warnings", ())),
        patch,
        said,
    )


class Server:
    """An API server in small: objects that are stored when both hooks allow it, with a uid and a version."""

    def __init__(self, objects: Json = (), settings: nbcore.Settings | None = None) -> None:
        self.catalog = nbcore.Catalog(objects)
        self.settings = settings
        self.stored: dict[tuple[str, str, str], Json] = {}
        self._count = 0

    def create(self, new: Json, by: Json = "ada") -> Answer:
        """Creates an object, if it may be."""
        return self._write("CREATE", new, None, by)

    def update(self, new: Json, by: Json = "ada", subresource: str = "") -> Answer:
        """Updates the object of that name, if it may be."""
        return self._write("UPDATE", new, self.stored[_key(new)], by, subresource)

    def delete(self, old: Json, by: Json = "ada") -> Answer:
        """Deletes the object of that name, if it may be; as `deletecollection` does, the request names none."""
        was = self.stored[_key(old)]
        said = answered(request("DELETE", None, was, by=by, name=""), self.catalog, self.settings, "validate")
        if said.allowed:
            del self.stored[_key(old)]
            self.catalog = self.catalog.replace(removed=[was])
        return said

    def enter(self, pod: Json, by: Json = "ada", subresource: str = "exec") -> Answer:
        """Enters a pod, if it may be."""
        options = {"apiVersion": "v1", "kind": "PodExecOptions", "command": ["sh"]}
        given = request(
            "CONNECT", options, None, by=by, subresource=subresource, kind=("v1", "Pod"), **_place(pod)
        )
        return answered(given, self.catalog, self.settings, "validate")

    def _write(self, operation: str, new: Json, old: Json, by: Json, subresource: str = "") -> Answer:
        given = request(operation, new, old, by=by, subresource=subresource)
        stamped = answered(given, self.catalog, self.settings, "mutate")
        if not stamped.allowed:
            return stamped
        wanted = jsonpatch.apply_patch(copy.deepcopy(new), stamped.operations)
        given = request(operation, wanted, old, by=by, subresource=subresource)
        said = answered(given, self.catalog, self.settings, "validate")
        if said.allowed:
            self._count += 1
            uid = old["metadata"].get("uid", "") if old is not None else f"uid-{self._count}"
            metadata = {**wanted["metadata"], "uid": uid, "resourceVersion": str(self._count)}
            self.put({**wanted, "metadata": metadata})
        return said

    def put(self, one: Json) -> None:
        """Stores an object, whoever may."""
        self.stored[_key(one)] = one
        self.catalog = self.catalog.replace([one])


def _place(one: Json) -> dict[str, str]:
    metadata = one["metadata"]
    return {"namespace": metadata.get("namespace", ""), "name": metadata["name"]}


def _key(one: Json) -> tuple[str, str, str]:
    metadata = one["metadata"]
    return one["kind"], metadata.get("namespace", ""), metadata["name"]


def changed(one: Json, **spec: Json) -> Json:
    """The object with other fields of its spec."""
    return {**one, "spec": {**one["spec"], **spec}}


def with_metadata(one: Json, **fields: Json) -> Json:
    """The object with other fields of its metadata."""
    return {**one, "metadata": {**one["metadata"], **fields}}


# ---- a small world ----


def template(name: str = "lab", **spec: Json) -> Json:
    """A Template of one container."""
    pod = {"spec": {"containers": [{"name": "main", "image": "registry.example.com/lab:1"}]}}
    return {
        "apiVersion": "jackhoman.dev/v1beta1",
        "kind": "Template",
        "metadata": {"name": name, "namespace": "team"},
        "spec": {"template": pod, **spec},
    }


def notebook(name: str = "mine", **spec: Json) -> Json:
    """A Notebook of it."""
    return {
        "apiVersion": "jackhoman.dev/v1beta1",
        "kind": "Notebook",
        "metadata": {"name": name, "namespace": "team"},
        "spec": {"templateRef": {"name": "lab"}, **spec},
    }


def namespace(name: str = "team", **labels: str) -> Json:
    """A Namespace."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def pod_of(carrier: Json, name: str = "mine-0") -> Json:
    """A Pod that a StatefulSet made."""
    metadata = {
        "name": name,
        "namespace": "team",
        "uid": f"pod-{name}",
        "ownerReferences": [reference(carrier)],
    }
    container = {"name": "main", "image": "registry.example.com/lab:1"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}}


def carrier_of(owner: Json, name: str = "mine") -> Json:
    """A StatefulSet that a controller made for a notebook."""
    metadata = {
        "name": name,
        "namespace": "team",
        "uid": f"carrier-{name}",
        "ownerReferences": [reference(owner)],
    }
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata, "spec": {}}


def reference(one: Json) -> Json:
    """An owner reference to an object."""
    metadata = one["metadata"]
    return {
        "apiVersion": one["apiVersion"],
        "kind": one["kind"],
        "name": metadata["name"],
        "uid": metadata["uid"],
        "controller": True,
    }
