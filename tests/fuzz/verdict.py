"""What an answer must be, said a second time and without the engine: what a stranger may not do stays denied.

An answer may be stricter than this. Refuses to know kinds and their rules; it knows who asks, of which object, and
what is changed.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from collections.abc import Callable
from typing import Final, Literal

import jsonpatch

from tests.fuzz.scenes import CLEANER, POD
from tests.laws.test_admission_laws import is_well_formed
from tests.units.reviews import OWNER, Json

Must = Literal["deny", "allow", ""]
NOTEBOOKS: Final = {
    ("jackhoman.dev", "notebooks"): "Notebook",
    ("kubeflow.org", "workspaces"): "Workspace",
    ("kubeflow.org", "notebooks"): "Notebook",
}
ENTERED: Final = ("exec", "attach", "portforward")
HARMLESS: Final = ("binding", "eviction", "log", "proxy", "status")
NOBODY: Final = ("", "system:anonymous", None)
SERVERS_OWN: Final = ("resourceVersion", "generation", "managedFields")


def must(given: Json) -> Must:
    """What a validating hook must answer to a review; nothing where it is free."""
    if not isinstance(given, dict) or not isinstance(given.get("request"), dict):
        return "deny"
    if (given.get("apiVersion"), given.get("kind")) != ("admission.k8s.io/v1", "AdmissionReview"):
        return "deny"
    request = given["request"]
    role = _role(request)
    if role == "unreadable":
        return "deny"
    if role == "admin":
        return ""
    if _is_of_a_notebook(request):
        return _of_notebook(request, role)
    return _of_pod(request, role) if _resource(request) == ("", "pods") else ""


def _at(value: Json, *steps: str) -> Json:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _pair(request: Json, field: str, last: str) -> tuple[str, str]:
    """Group and kind, or group and plural, of what a request is about; what is no text is none."""
    group, name = (_at(request, field, one) for one in ("group", last))
    return group if isinstance(group, str) else "", name if isinstance(name, str) else ""


def _resource(request: Json) -> tuple[str, str]:
    return _pair(request, "resource", "resource")


def _is_of_a_notebook(request: Json) -> bool:
    """Whether either of the two names of what it is about says so."""
    kinds = {(group, kind) for (group, _), kind in NOTEBOOKS.items()}
    resource = _resource(request)
    return resource in NOTEBOOKS or (_pair(request, "kind", "kind") in kinds and resource != ("", "pods"))


def _role(request: Json) -> str:
    """Who asks, beside the owner."""
    info = request.get("userInfo")
    name = _at(info, "username")
    groups = [] if _at(info, "groups") is None else info["groups"]
    if not isinstance(info, dict | None) or not isinstance(name, str | None) or not isinstance(groups, list):
        return "unreadable"
    if not all(isinstance(one, str) for one in groups):
        return "unreadable"
    if name in NOBODY or "system:unauthenticated" in groups:
        return "nobody"
    return "admin" if "system:masters" in groups else "cleaner" if name == CLEANER else "user"


# ---- notebooks ----


def _of_notebook(request: Json, role: str) -> Must:
    operation, subresource = request.get("operation"), request.get("subResource") or ""
    if not isinstance(operation, str) or operation not in _OF_OPERATION or subresource not in ("", "status"):
        return "deny"
    return _OF_OPERATION[operation](request, role)


def _owner(value: Json) -> Json:
    return _at(value, "metadata", "annotations", OWNER)


def _is_owner(request: Json, role: str) -> bool:
    owner = _owner(request.get("oldObject"))
    return role != "nobody" and owner not in NOBODY and owner == _at(request, "userInfo", "username")


def _creating(request: Json, role: str) -> Must:
    new, user = request.get("object"), _at(request, "userInfo", "username")
    marked = _owner(new) == user and _label(new) == label_of(str(user))
    is_free = role == "cleaner" or not _set_by_hand(None, new)
    return "" if marked and role != "nobody" and is_free else "deny"


def _updating(request: Json, role: str) -> Must:
    old, new = request.get("oldObject"), request.get("object")
    if is_same(_settled(old), _settled(new)):
        return ""
    kept = is_same(_owner(old), _owner(new)) and (
        is_same(_label(old), _label(new)) or _label(new) == label_of(str(_owner(old)))
    )
    if role == "cleaner":
        return "" if kept and _is_stop(old, new) else "deny"
    return "" if kept and _is_owner(request, role) and not _set_by_hand(old, new) else "deny"


def _label(value: Json) -> Json:
    return _at(value, "metadata", "labels", OWNER)


def _set_by_hand(old: Json, new: Json) -> bool:
    """Whether there are owner references or finalizers that were not there."""
    for field in ("ownerReferences", "finalizers"):
        was, now = (_at(one, "metadata", field) for one in (old, new))
        known = list(map(text, was)) if isinstance(was, list) else []
        if isinstance(now, list) and any(text(one) not in known for one in now):
            return True
    return False


def text(value: Json) -> str:
    """The value as JSON, its keys sorted."""
    return json.dumps(value, sort_keys=True)


def _deleting(request: Json, role: str) -> Must:
    if not _is_owner(request, role) and role != "cleaner":
        return "deny"
    return "allow" if _is_plain_deletion(request) else ""


_OF_OPERATION: Final[dict[str, Callable[[Json, str], Must]]] = {
    "CREATE": _creating,
    "UPDATE": _updating,
    "DELETE": _deleting,
}


def _is_plain_deletion(request: Json) -> bool:
    """Whether an API server could have sent it."""
    texts = ("uid", "name", "namespace", "operation", "subResource")
    metadata = _at(request, "oldObject", "metadata")
    kind = NOTEBOOKS.get(_resource(request))
    return (
        all(isinstance(request.get(one), str) for one in texts)
        and isinstance(_at(request, "userInfo", "uid"), str | None)
        and all(isinstance(_at(request, one, "version"), str) for one in ("kind", "resource"))
        and _pair(request, "kind", "kind") == (_resource(request)[0], kind)
        and request.get("object") is None
        and (request.get("dryRun") is None or request["dryRun"] is False)
        and isinstance(_at(request, "userInfo", "extra"), dict | None)
        and _at(metadata, "namespace") == request.get("namespace")
    )


def _settled(value: Json) -> Json:
    metadata = _at(value, "metadata")
    if not isinstance(metadata, dict):
        return value
    return {**value, "metadata": {key: one for key, one in metadata.items() if key not in SERVERS_OWN}}


def _is_stop(old: Json, new: Json) -> bool:
    """Whether an update changes at most metadata, status, and a stop from anything to true."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return False
    rest = [
        {key: one for key, one in value.items() if key not in ("metadata", "status", "spec")}
        for value in (old, new)
    ]
    specs = [_at(value, "spec") for value in (old, new)]
    if is_same(*specs):
        return is_same(*rest)
    if not is_same(*rest) or not isinstance(specs[1], dict) or not isinstance(specs[0], dict | None):
        return False
    differing = {
        key for key in {*(specs[0] or {}), *specs[1]} if not _is_same_at(specs[0] or {}, specs[1], key)
    }
    return (
        len(differing) == 1
        and differing <= {"stopped", "paused"}
        and all(specs[1].get(one) is True for one in differing)
    )


def _is_same_at(one: Json, other: Json, key: str) -> bool:
    return (key in one) == (key in other) and is_same(one.get(key), other.get(key))


def is_same(one: Json, other: Json) -> bool:
    """Whether two values are one JSON, types included, whatever the order of keys."""
    return text(one) == text(other)


def label_of(owner: str) -> str:
    """The label of an owner."""
    digest = hashlib.sha256(owner.encode("utf-8", "surrogatepass")).digest()
    return base64.b32encode(digest).decode().rstrip("=").lower()


# ---- pods ----


def _of_pod(request: Json, role: str) -> Must:
    subresource = request.get("subResource") or ""
    if subresource in HARMLESS or (_at(request, "userInfo", "username") == "ada" and role != "nobody"):
        return ""
    if subresource in ENTERED or request.get("operation") == "CONNECT":
        return "" if request.get("operation") == "DELETE" else "deny"
    old, new = request.get("oldObject"), request.get("object")
    references = _at(old, "metadata", "ownerReferences")
    if request.get("operation") != "UPDATE" or not is_same(references, POD["metadata"]["ownerReferences"]):
        return ""
    return "deny" if subresource or not is_same(_belongings(old), _belongings(new)) else ""


def _belongings(pod: Json) -> Json:
    containers = [_at(pod, "spec", field) for field in ("containers", "initContainers")]
    return [_at(pod, "metadata", "ownerReferences"), *(one or None for one in containers)]


# ---- answers ----


def wrong(given: Json, said: Json, phase: str) -> str:
    """What is wrong with an answer; nothing where it is right."""
    try:
        is_well_formed(said, given, phase)
    except AssertionError as error:
        return f"malformed: {error}"
    response = said["response"]
    if response.get("status", {}).get("code") == 500:
        return "internal error"
    wanted = must(given)
    if phase == "validate":
        if wanted == "deny" and response["allowed"]:
            return "allowed what must be denied"
        return "denied what must be allowed" if wanted == "allow" and not response["allowed"] else ""
    return _wrong_patch(given["request"], response) if "patch" in response else ""


def patched(given: Json, said: Json) -> Json:
    """The review as the next hook gets it."""
    if "patch" not in said["response"]:
        return given
    operations = json.loads(base64.b64decode(said["response"]["patch"]))
    new = jsonpatch.apply_patch(copy.deepcopy(given["request"]["object"]), operations)
    return {**given, "request": {**given["request"], "object": new}}


def _wrong_patch(request: Json, response: Json) -> str:
    new = patched({"request": request}, {"response": response})["request"]["object"]
    kept = [
        [
            _at(one, "metadata", field)
            for field in ("name", "namespace", "uid", "finalizers", "ownerReferences")
        ]
        for one in (request["object"], new)
    ]
    if not is_same(*kept):
        return "the patch touches what is not ours"
    if not _is_of_a_notebook(request):
        return ""
    user, operation = _at(request, "userInfo", "username"), request["operation"]
    if operation == "CREATE" and _owner(new) != user:
        return "stamped with somebody else"
    before = _owner(request["object"]), _owner(request.get("oldObject"))
    taken = operation == "UPDATE" and _role(request) != "admin" and _owner(new) not in before
    return "the owner was changed by a patch" if taken else ""
