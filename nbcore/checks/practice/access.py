"""Keys and groups that a pod gets without asking: the API token, and the group of its volumes (NB9).

A pod that names an account of its own means to use its token, and is left alone; a notebook runs what its
user types, so that there the account makes it worse. Refuses to know ServiceAccounts: what theirs says about
the token is not part of the pod.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from nbcore.checks.fault import Fault, Faults, Pod
from nbcore.checks.practice.places import containers, is_of_a_notebook, volumes

TOKEN: Final = "/var/run/secrets/kubernetes.io/serviceaccount"
_NO_ACCOUNT: Final = (None, "", "default")
_CLAIMS: Final = ("persistentVolumeClaim", "ephemeral")


def tokens_and_groups(pod: Pod) -> Faults:
    """The faults of a pod that mounts the API token by itself, or cannot write to its claims."""
    spec = pod.get("spec") or {}
    refused = spec.get("automountServiceAccountToken") is False or _means_its_account(pod, spec)
    if not refused and _is_mounted(pod):
        yield Fault(
            "NB907",
            ("spec", "automountServiceAccountToken"),
            "every program in the pod gets a key to the cluster's API",
            "Set automountServiceAccountToken to false, and mount a token where one is needed.",
        )
    yield from _group_of_claims(pod, spec)


def _means_its_account(pod: Pod, spec: dict[str, Any]) -> bool:
    """Whether a pod that is no notebook names an account of its own."""
    names = (spec.get("serviceAccountName"), spec.get("serviceAccount"))
    return not is_of_a_notebook(pod) and any(one not in _NO_ACCOUNT for one in names)


def _is_mounted(pod: Pod) -> bool:
    """Whether there is a container that has nothing else at the token's place."""
    return any(TOKEN not in one.mounts for one in containers(pod, init=True))


def _group_of_claims(pod: Pod, spec: dict[str, Any]) -> Faults:
    context = spec.get("securityContext") or {}
    windows = (spec.get("os") or {}).get("name") == "windows"
    if windows or context.get("fsGroup") is not None or not any(_non_root(pod, context)):
        return
    for path, volume in volumes(pod):
        source = next((name for name in _CLAIMS if isinstance(volume.get(name), dict)), None)
        if source is not None and not volume[source].get("readOnly"):
            yield Fault(
                "NB906",
                ("spec", "securityContext", "fsGroup"),
                f"the pod does not run as root and has no fsGroup: it cannot write to a new volume "
                f"{str(volume.get('name'))[:64]}",
                "Set fsGroup to the group of the notebook's user.",
                ((*path, source),),
            )
            return


def _non_root(pod: Pod, context: dict[str, Any]) -> Iterator[bool]:
    """For each container whether it surely does not run as root."""
    for container in containers(pod):
        effective = {**context, **(container.value.get("securityContext") or {})}
        user = effective.get("runAsUser")
        yield bool(user) or (user is None and effective.get("runAsNonRoot") is True)
