"""Files in volumes: what a projected or downward API volume puts where, and that no two files collide.

Refuses to know the other sources of volumes.
Source: k8s.io/kubernetes/pkg/apis/core/validation, validateProjectionSources, at v1.36. Trust bundles and pod
certificates are not looked at: a server without their feature gates drops them before it validates.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from nbcore.checks.fault import Fault, Faults, Pod, RawPath
from nbcore.checks.semantics import downward
from nbcore.checks.semantics.values import elements, in_range, shown, spec_of
from nbcore.checks.semantics.volume_fields import (
    NOT_ALLOWED,
    Check,
    each,
    file_path,
    mode,
    required,
)
from nbcore.finding import Fix
from nbcore.kubernetes.paths import Path

SEVERAL: Final = "NB462"
COLLISION: Final = "NB466"
DOWNWARD: Final = "NB467"
NO_ACCOUNT: Final = "NB471"

LEAST_TOKEN_SECONDS: Final = 10 * 60
MOST_TOKEN_SECONDS: Final = 1 << 32
_KINDS: Final = ("secret", "configMap", "downwardAPI", "serviceAccountToken")
_WITH_ITEMS: Final = _KINDS[:3]


def downward_file(item: dict[str, Any], path: RawPath) -> Faults:
    """Faults of one file of the downward API."""
    yield from _FILE_PATH(item, path)
    yield from _MODE(item, path)
    field, resource = item.get("fieldRef"), item.get("resourceFieldRef")
    if (field is None) == (resource is None):
        message = "the file needs a fieldRef or a resourceFieldRef, and not both"
        yield Fault(DOWNWARD, path, message, "Set exactly one of the two.")
    if field is not None:
        yield from downward.field_faults(DOWNWARD, (*path, "fieldRef"), field, downward.FIELDS_IN_VOLUMES)
    elif resource is not None:
        below = (*path, "resourceFieldRef")
        yield from downward.resource_faults(DOWNWARD, below, resource, of_container=True)


_FILE_PATH: Final = file_path("path")
_MODE: Final = mode("mode")


def _token(token: dict[str, Any], path: RawPath) -> Faults:
    yield from _FILE_PATH(token, path)
    what, seconds = "expirationSeconds", token.get("expirationSeconds")
    yield from in_range(NOT_ALLOWED, (*path, what), what, seconds, LEAST_TOKEN_SECONDS, MOST_TOKEN_SECONDS)


def sources(key_to_path: tuple[Check, ...]) -> Check:
    """The check of all sources of a projected volume; ``key_to_path`` checks an item of a Secret or ConfigMap."""
    items = (required("name"), each("items", *key_to_path))
    checks: dict[str, tuple[Check, ...]] = {
        "secret": items,
        "configMap": items,
        "downwardAPI": (each("items", downward_file),),
        "serviceAccountToken": (_token,),
    }

    def check(volume: dict[str, Any], path: RawPath) -> Faults:
        for index, source in elements(volume, "sources"):
            below = (*path, "sources", index)
            given = [kind for kind in _KINDS if source.get(kind) is not None]
            if len(given) > 1:
                message = f"one projected source holds {' and '.join(given)}"
                yield Fault(SEVERAL, below, message, "Make each of them a source of its own.")
            for kind in given:
                for one in checks[kind]:
                    yield from one(source[kind], (*below, kind))
        yield from _collisions(volume, path)

    return check


def _collisions(volume: dict[str, Any], path: RawPath) -> Faults:
    first: dict[str, RawPath] = {}
    for place, file in _files(volume, path):
        if (earlier := first.setdefault(file, place)) != place:
            message = f"two files of the volume have the path {shown(file)}"
            yield Fault(COLLISION, place, message, "Give one of them another path.", (earlier,))


def _files(volume: dict[str, Any], path: RawPath) -> Iterator[tuple[RawPath, str]]:
    """The files of the volume that have a path, with the places of their paths; tokens do not count."""
    for index, source in elements(volume, "sources"):
        for kind in _WITH_ITEMS:
            for number, item in elements(source.get(kind), "items"):
                if file := item.get("path"):
                    yield (*path, "sources", index, kind, "items", number, "path"), file


def account_for_tokens(pod: Pod) -> Faults:
    """Faults of service account tokens in a pod that names no service account."""
    spec = spec_of(pod)
    if spec.get("serviceAccountName") or spec.get("serviceAccount"):
        return
    for index, volume in elements(spec, "volumes"):
        for number, source in elements(volume.get("projected"), "sources"):
            if source.get("serviceAccountToken") is not None:
                place = ("spec", "volumes", index, "projected", "sources", number, "serviceAccountToken")
                message = "the volume holds a service account token, but the pod names no service account"
                remedy = "Set serviceAccountName, to default if no other account is meant."
                account: RawPath = ("spec", "serviceAccountName")
                fix = Fix("add", Path(account), "default", safe=False)
                yield Fault(NO_ACCOUNT, place, message, remedy, (account,), fix=fix)
