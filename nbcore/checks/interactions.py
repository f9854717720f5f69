"""What the rules of pods judge together: the table that tells which layers have to be tried with which.

Every leaf of a layer belongs to one or more *concerns*. The verdict on a pod is the union of the verdicts on
its concerns, and that on one concern depends on nothing but the leaves that belong to it. So two layers that
share no concern need not be tried together. A leaf that the table does not know concerns everything: a rule
that reads more than its row says is a fault of this table, and `test_the_reduction_agrees_with_brute_force`
is there to find it.

Refuses to know rules, and how combinations are chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from nbcore.checks.mount_paths import ancestors, canonical
from nbcore.kubernetes.elements import fingerprint, leaves
from nbcore.kubernetes.paths import Item

Concern: TypeAlias = tuple[str, ...]
Steps: TypeAlias = tuple[Any, ...]
Contribution: TypeAlias = frozenset[Any]
"""What a layer says about one concern; equal when two layers say the same."""

EVERYTHING: Final[Concern] = ("*",)
RESOURCES: Final[Concern] = ("resources",)
SECURITY: Final[Concern] = ("security",)
PORTS: Final[Concern] = ("ports",)
CLAIMS: Final[Concern] = ("claims",)
FS_GROUP: Final[Concern] = ("fsGroup",)
TOKEN: Final[Concern] = ("token",)
TEXT: Final[Concern] = ("text",)
DNS: Final[Concern] = ("dns",)

WRITABLE: Final = ("/tmp", "/var/tmp", "/home", "/root", "/dev/shm", "/var/run/secrets")
"""Places whose mounts a rule of good practice asks for by name; mounts at, above or below them concern it."""

_SECURITY_ANNOTATIONS: Final = ("container.apparmor.security.", "seccomp.security.", "container.seccomp.")
_CONTAINER_LISTS: Final = frozenset({"containers", "initContainers"})
_ABOVE_WRITABLE: Final = frozenset(above for place in WRITABLE for above in ancestors(place))

_POD_FIELDS: Final[Mapping[str, Concern]] = {
    "activeDeadlineSeconds": RESOURCES,  # scopes of quotas
    "affinity": RESOURCES,  # nodes are chosen by all of these together
    "automountServiceAccountToken": TOKEN,
    "dnsConfig": DNS,
    "dnsPolicy": DNS,
    "enableServiceLinks": ("enableServiceLinks",),
    "imagePullSecrets": ("imagePullSecrets",),
    "nodeSelector": RESOURCES,
    "overhead": RESOURCES,
    "priorityClassName": RESOURCES,
    "readinessGates": ("readinessGates",),
    "resources": RESOURCES,
    "schedulerName": ("schedulerName",),
    "tolerations": RESOURCES,
    "topologySpreadConstraints": RESOURCES,
}
"""Fields of the pod's spec that are judged on their own, or with a few others."""

_OWN_FIELDS: Final = frozenset(
    {
        "args",
        "command",
        "envFrom",
        "stdin",
        "stdinOnce",
        "terminationMessagePath",
        "terminationMessagePolicy",
        "tty",
        "workingDir",
    }
)
"""Fields of a container that no rule judges with anything else."""

_WHO_WRITES: Final = frozenset({"fsGroup", "runAsUser", "runAsNonRoot"})
"""Fields of a security context that decide whether a volume can be written to."""
_PROBES: Final = frozenset({"livenessProbe", "readinessProbe", "startupProbe", "lifecycle"})


def contributions(
    tree: Any, *, known: frozenset[tuple[str, str]], watched: frozenset[str] = frozenset(), directed: bool
) -> dict[Concern, Contribution]:
    """What a layer says about each concern that it touches.

    Shape: ``known`` are the containers (list, name) that stand below all of the layers, with an image;
    ``watched`` the labels by which PodDefaults are chosen; a ``directed`` layer may change anything.
    """
    found: dict[Concern, set[Any]] = {}
    for path, value in leaves(tree):
        steps = _raw(path)
        said = (steps, fingerprint(value))
        for concern in (EVERYTHING,) if directed else _concerns(steps, value, known, watched):
            found.setdefault(concern, set()).add(said)
    return {concern: frozenset(said) for concern, said in found.items()}


def concerns_of(steps: Iterable[Any], known: frozenset[tuple[str, str]]) -> set[Concern]:
    """The concerns of a place of the pod, whatever stands there."""
    return set(_concerns(_raw(steps), None, known, frozenset()))


def _raw(path: Iterable[Any]) -> Steps:
    return tuple(step.identity if isinstance(step, Item) else step for step in path)


def _concerns(
    steps: Steps, value: Any, known: frozenset[tuple[str, str]], watched: frozenset[str]
) -> Iterator[Concern]:
    if len(steps) < 3 and not (len(steps) == 2 and steps[0] == "spec" and steps[1] in _POD_FIELDS):
        yield EVERYTHING
    elif steps[0] == "metadata":
        yield from _of_metadata(steps, watched)
    elif steps[0] != "spec":
        yield EVERYTHING
    elif steps[1] in _CONTAINER_LISTS:
        yield from _of_container(steps, value, known)
    elif steps[1] == "volumes":
        yield from _of_volume(steps)
    elif steps[1] == "hostAliases" and isinstance(steps[2], str):
        yield ("hostAliases", steps[2])
    elif steps[1] == "securityContext":
        yield SECURITY
        if steps[2] in _WHO_WRITES:
            yield FS_GROUP
    else:
        yield _POD_FIELDS.get(steps[1], EVERYTHING)


def _of_metadata(steps: Steps, watched: frozenset[str]) -> Iterator[Concern]:
    field, key = steps[1], str(steps[2])
    if field == "labels":
        yield EVERYTHING if key in watched else ("label", key)
    elif field == "annotations":
        yield SECURITY if key.startswith(_SECURITY_ANNOTATIONS) else ("annotation", key)
    else:
        yield EVERYTHING


def _of_volume(steps: Steps) -> Iterator[Concern]:
    if not isinstance(steps[2], str):
        yield EVERYTHING
        return
    yield ("volume", steps[2])
    source = steps[3] if len(steps) > 3 else ""
    if source in ("persistentVolumeClaim", "ephemeral"):
        yield from (CLAIMS, FS_GROUP)
    if source == "ephemeral":
        yield RESOURCES


def _of_container(steps: Steps, value: Any, known: frozenset[tuple[str, str]]) -> Iterator[Concern]:
    """Of a container that a layer brings itself everything counts as one: its presence is judged by many rules."""
    if len(steps) < 4 or not isinstance(steps[2], str):
        yield EVERYTHING
        return
    container = (steps[1], steps[2])
    if container not in known:
        yield from (("container", steps[2]), SECURITY, RESOURCES, TOKEN, PORTS, FS_GROUP)
    yield from _CONTAINER_FIELDS.get(steps[3], _of_other_field)(steps, value)


def _of_env(steps: Steps, value: Any) -> Iterator[Concern]:
    if len(steps) < 5 or not isinstance(steps[4], str):
        yield EVERYTHING
        return
    yield ("env", *steps[1:3], steps[4])
    if steps[4] == "HOME":
        yield ("writable", *steps[1:3])
    if value is None or (isinstance(value, str) and "{{" in value):  # None: the place, whatever stands there
        yield TEXT
    if steps[-1] == "volumeName" and isinstance(value, str):
        yield ("volume", value)


def _of_mount(steps: Steps, value: Any) -> Iterator[Concern]:
    if len(steps) < 5 or not isinstance(steps[4], str):
        yield EVERYTHING
        return
    path = canonical(steps[4])
    yield ("mount", *steps[1:3], path)
    if path in _ABOVE_WRITABLE or any(place == path or place in ancestors(path) for place in WRITABLE):
        yield from (("writable", *steps[1:3]), TOKEN)
    if steps[-1] == "name" and isinstance(value, str):
        yield ("volume", value)
    if steps[-1] == "mountPropagation":
        yield SECURITY


def _of_image(steps: Steps, value: Any) -> Iterator[Concern]:
    yield from (("image", *steps[1:3]), ("writable", *steps[1:3]))


def _of_name(steps: Steps, value: Any) -> Iterator[Concern]:
    """Nothing: the name is only the address by which a layer means a container."""
    yield from ()


def _of_security_context(steps: Steps, value: Any) -> Iterator[Concern]:
    yield SECURITY
    if steps[-1] == "readOnlyRootFilesystem":
        yield ("writable", *steps[1:3])
    if steps[-1] in _WHO_WRITES:
        yield FS_GROUP


def _of_resources(steps: Steps, value: Any) -> Iterator[Concern]:
    yield EVERYTHING if len(steps) > 4 and steps[4] == "claims" else RESOURCES
    if len(steps) > 5 and "/" in str(steps[5]):
        yield ("writable", *steps[1:3])  # what computes on a GPU wants shared memory


def _of_ports(steps: Steps, value: Any) -> Iterator[Concern]:
    yield PORTS


def _of_other_field(steps: Steps, value: Any) -> Iterator[Concern]:
    field = steps[3]
    if field in _OWN_FIELDS:
        yield (field, *steps[1:3])
    elif field in _PROBES:
        yield (field, *steps[1:3])
        if steps[-1] == "port" and not isinstance(value, int):
            yield PORTS
    else:
        yield EVERYTHING


_CONTAINER_FIELDS: Final[Mapping[str, Callable[[Steps, Any], Iterator[Concern]]]] = {
    "env": _of_env,
    "image": _of_image,
    "imagePullPolicy": _of_image,
    "name": _of_name,
    "ports": _of_ports,
    "resources": _of_resources,
    "securityContext": _of_security_context,
    "volumeMounts": _of_mount,
}
