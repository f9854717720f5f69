"""Connecting: who may enter a pod, or change it under its notebook, by whose notebook it belongs to.

A pod leads to its notebook through owner references, by uid: over a StatefulSet, or at once. Labels say nothing, as
anybody who may label a pod could say anything with them. Whatever cannot be found out denies. Refuses to know what
is done in the pod.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from nbcore.admission.identity import is_admin
from nbcore.admission.lookups import APPS, CORE, Lookups, metadata_of, part
from nbcore.admission.ownership import denial, owner_of, role_of
from nbcore.admission.request import Request
from nbcore.finding import Finding
from nbcore.kubernetes.elements import same
from nbcore.model.plain import Plain
from nbcore.settings import Settings

OWNED: Final = frozenset(
    {("jackhoman.dev", "Notebook"), ("kubeflow.org", "Workspace"), ("kubeflow.org", "Notebook")}
)
"""The kinds of notebooks, by API group, whose owner is also that of their pods."""
_CARRIERS: Final = frozenset({("apps", "StatefulSet")})
_SIZED: Final = ("kubeflow.org", "Workspace")
"""The kind of notebooks whose resources are those of a chosen option, and never the user's own."""
_CONTROLLERS: Final = frozenset(
    {
        "system:kube-controller-manager",
        "system:serviceaccount:kube-system:generic-garbage-collector",
        "system:serviceaccount:kube-system:statefulset-controller",
    }
)
"""The cluster's own accounts that give pods to their carriers, and take them away."""
_MOST: Final = 16
"""So many references of one pod are followed; more have no meaning."""


class Belonging(NamedTuple):
    """Whose a pod is: the owners of the notebooks that it leads to, None for one without, and whether all is known.

    Shape: ``is_sized`` says that an option of one of them decides about its resources.
    """

    owners: tuple[str | None, ...] = ()
    known: bool = True
    is_sized: bool = False


def of_entering(request: Request, lookups: Lookups, settings: Settings) -> Iterator[Finding]:
    """What ownership has against exec, attach and port-forward."""
    if is_admin(request.user, settings):
        return
    yield from _judged(request, of_pod_named(request.name, lookups), settings)


def of_changing(request: Request, lookups: Lookups, settings: Settings) -> Iterator[Finding]:
    """What ownership has against a change of a pod that only its owner may make, such as a debug container."""
    if is_admin(request.user, settings):
        return
    belonging = of_pod(request.old, lookups)
    yield from _judged(request, belonging, settings)
    if request.subresource == "resize" and belonging.is_sized and settings.compat != "kubeflow":
        yield denial(
            request,
            "NB716",
            ("spec", "containers"),
            f"the resources of the pod {request.name[:64]} are those of the podConfig that was chosen",
            "Choose another podConfig in the Workspace.",
        )


def of_moving(request: Request, lookups: Lookups, settings: Settings) -> Iterator[Finding]:
    """What ownership has against other owner references, which say whose the pod is, and against other containers."""
    if request.user.name in _CONTROLLERS or not is_moved(request):
        return
    yield from of_changing(request, lookups, settings)


def is_moved(request: Request) -> bool:
    """Whether an update gives a pod other owner references, or other containers: an image is all that it runs."""
    return not same(*(_belongings(one) for one in (request.old, request.object)))


def _belongings(pod: Any) -> list[Any]:
    containers = [part(pod, "spec").get(field) for field in ("containers", "initContainers")]
    return [part(pod, "metadata").get("ownerReferences"), *containers]


def of_pod_named(name: str, lookups: Lookups) -> Belonging:
    """Whose the pod of that name is; a pod that is not there is nobody's that is known."""
    found = lookups.here(CORE, "Pod", name)
    return Belonging(known=False) if not isinstance(found, Plain) else of_pod(found.value, lookups)


def of_pod(pod: Any, lookups: Lookups) -> Belonging:
    """Whose a pod is."""
    return _followed(part(pod, "metadata"), lookups, carried=True)


def _followed(metadata: dict[str, Any], lookups: Lookups, *, carried: bool) -> Belonging:
    references = metadata.get("ownerReferences")
    if references is None or references == []:
        return Belonging()
    if not isinstance(references, list) or len(references) > _MOST:
        return Belonging(known=False)
    found = [_of_reference(one, lookups, carried=carried) for one in references]
    owners = dict.fromkeys(owner for one in found for owner in one.owners)
    return Belonging(tuple(owners), all(one.known for one in found), any(one.is_sized for one in found))


def _of_reference(reference: Any, lookups: Lookups, *, carried: bool) -> Belonging:
    if not isinstance(reference, dict):
        return Belonging(known=False)
    texts = [reference.get(field) for field in ("apiVersion", "kind", "name", "uid")]
    if not all(isinstance(one, str) for one in texts):
        return Belonging(known=False)
    api_version, kind, name, uid = map(str, texts)
    key = (api_version.rpartition("/")[0], kind)
    if key in OWNED:
        found = lookups.here(api_version, kind, name)
        if not _is(found, uid):
            return Belonging(known=False)
        return Belonging((owner_of({"metadata": metadata_of(found)}),), is_sized=key == _SIZED)
    if not carried or key not in _CARRIERS:
        return Belonging()
    carrier = lookups.here(APPS, kind, name)
    if not _is(carrier, uid):
        return Belonging(known=False)
    return _followed(metadata_of(carrier), lookups, carried=False)


def _is(found: Any, uid: str) -> bool:
    """Whether an object is there, and is the one that was meant: names are given again, uids never."""
    return found is not None and uid != "" and metadata_of(found).get("uid") == uid


def _judged(request: Request, belonging: Belonging, settings: Settings) -> Iterator[Finding]:
    what = f"the pod {request.name[:64]}".rstrip()
    if not belonging.known:
        yield denial(
            request,
            "NB710",
            ("metadata", "ownerReferences"),
            f"nobody can say whose {what} is",
            "Try again when its notebook is there, or ask an admin.",
        )
        return
    for owner in belonging.owners:
        if role_of(request.user, owner, settings) != "owner":
            code, words = (
                ("NB704", "belongs to somebody else") if owner is not None else ("NB705", "has no owner")
            )
            message = f"the notebook of {what} {words}"
            yield denial(
                request, code, ("metadata", "ownerReferences"), message, "Ask its owner or an admin."
            )
            return
