"""Pod security at admission: what the level that the settings ask has against a pod that is made or changed.

An update that changes nothing that the standard looks at is not judged, so that an old pod can still be labelled
and finalised. Refuses to know levels of namespaces: the API server enforces these itself.

Source: pod-security-admission: which updates are relevant.
"""

from __future__ import annotations

from typing import Any, Final

from nbcore.admission.hook import Hook
from nbcore.admission.lookups import part
from nbcore.finding import Finding
from nbcore.kubernetes.elements import same
from nbcore.linting import check_pod
from nbcore.ratchet import ratcheted

_LISTS: Final = ("containers", "initContainers", "ephemeralContainers")


def secured(hook: Hook) -> tuple[Finding, ...]:
    """What the level of the settings has against the pod of a request; nothing where they ask none."""
    request, settings = hook.request, hook.settings
    if settings.pod_security is None or not isinstance(request.object, dict):
        return ()
    if request.operation == "UPDATE" and not _is_relevant(request.old, request.object):
        return ()
    found = _of_standard(request.object, hook)
    if request.operation == "CREATE":
        return found
    earlier = _of_standard(request.old, hook)
    return ratcheted(found, earlier, {one.source[:3] for one in (*found, *earlier)})


def _of_standard(pod: Any, hook: Hook) -> tuple[Finding, ...]:
    return tuple(one for one in check_pod(pod, settings=hook.settings) if one.code.startswith("NB5"))


def _is_relevant(old: Any, new: Any) -> bool:
    """Whether a pod has other containers than before, or other images in them."""
    return not same(*(_looked_at(one) for one in (old, new)))


def _looked_at(pod: Any) -> list[Any]:
    return [part(pod, "spec").get(field) for field in _LISTS]
