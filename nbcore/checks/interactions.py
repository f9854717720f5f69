"""What the rules of pods judge together: the table that tells which layers have to be tried with which.

Every leaf of a layer belongs to one or more *concerns*. The verdict on a pod is the union of the verdicts on
its concerns, and that on one concern depends on nothing but the leaves that belong to it. So two layers that
share no concern need not be tried together. A leaf that the table does not know concerns everything: a rule
that reads more than its row says is a fault of this table, and `test_the_reduction_agrees_with_brute_force`
is there to find it.

What concerns a place has depends on the place and on what is mentioned anywhere (`checks.mentions`), never on
what the one layer says there: a layer that takes the place back takes part as much as the one that sets it.

Refuses to know rules, and how combinations are chosen.

Laws: test_layers_that_share_no_concern_have_no_more_to_say_together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from nbcore.checks.mentions import CONTAINER_LISTS, SHM, Mentions, Steps, raw
from nbcore.checks.mount_paths import ancestors, canonical
from nbcore.kubernetes.elements import fingerprint, leaves

Concern: TypeAlias = tuple[str, ...]
Contribution: TypeAlias = tuple[tuple[Steps, Any], ...]
"""What a layer says about one concern, leaf by leaf; equal when two layers say the same, in the same order."""

EVERYTHING: Final[Concern] = ("*",)
RESOURCES: Final[Concern] = ("resources",)
SECURITY: Final[Concern] = ("security",)
PORTS: Final[Concern] = ("ports",)
CLAIMS: Final[Concern] = ("claims",)
FS_GROUP: Final[Concern] = ("fsGroup",)
TOKEN: Final[Concern] = ("token",)
TEXT: Final[Concern] = ("text",)
DNS: Final[Concern] = ("dns",)
BULK: Final[Concern] = ("bulk",)

WRITABLE: Final = ("/tmp", "/home", "/root")
"""Where a container wants to write: a mount concerns that above such a place, and where its path starts so."""
_TOKENS: Final = "/var/run/secrets"
_SECURITY_ANNOTATIONS: Final = ("container.apparmor.security.", "seccomp.security.", "container.seccomp.")
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
        "imagePullPolicy",
        "lifecycle",
        "livenessProbe",
        "readinessProbe",
        "startupProbe",
        "stdin",
        "stdinOnce",
        "terminationMessagePath",
        "terminationMessagePolicy",
        "tty",
        "workingDir",
    }
)
"""Fields of a container that no rule judges with anything but what concerns everything."""

_WHO_WRITES: Final = frozenset({"fsGroup", "runAsUser", "runAsNonRoot"})
"""Fields of a security context that decide whether a volume can be written to."""


def contributions(tree: Any, said: Mentions, *, directed: bool) -> dict[Concern, Contribution]:
    """What a layer says about each concern that it touches.

    Shape: ``said`` is what all layers of the kind mention; a ``directed`` layer may change anything.
    """
    found: dict[Concern, list[tuple[Steps, Any]]] = {}
    for path, value in leaves(tree) if tree else ():  # an empty tree is a leaf, and says nothing
        steps = raw(path)
        leaf = (steps, fingerprint(value))
        for concern in (EVERYTHING,) if directed else dict.fromkeys(_concerns(steps, said)):
            found.setdefault(concern, []).append(leaf)
    return {concern: tuple(leaves_of) for concern, leaves_of in found.items()}


def concerns_of(steps: Iterable[Any], said: Mentions) -> set[Concern]:
    """The concerns of a place of the pod, whatever stands there."""
    return set(_concerns(raw(steps), said))


def _concerns(steps: Steps, said: Mentions) -> Iterator[Concern]:
    if said.repeated:
        yield from (("list", *map(str, one)) for one in said.repeated if steps[: len(one)] == one)
    if said.bulky and steps[:2] == ("metadata", "annotations"):
        yield BULK
    yield from _of_place(steps, said)


def _of_place(steps: Steps, said: Mentions) -> Iterator[Concern]:
    if len(steps) < 3 and not (len(steps) == 2 and steps[0] == "spec" and steps[1] in _POD_FIELDS):
        yield EVERYTHING
    elif steps[0] == "metadata":
        yield from _of_metadata(steps, said)
    elif steps[0] != "spec":
        yield EVERYTHING
    elif steps[1] in CONTAINER_LISTS:
        yield from _of_container(steps, said)
    elif steps[1] == "volumes":
        yield from _of_volume(steps, said)
    elif steps[1] == "hostAliases" and isinstance(steps[2], str):
        yield ("hostAliases", steps[2])
    elif steps[1] == "securityContext":
        yield from _of_security_context(steps, said)
    else:
        yield _POD_FIELDS.get(steps[1], EVERYTHING)


def _of_metadata(steps: Steps, said: Mentions) -> Iterator[Concern]:
    field, key = steps[1], str(steps[2])
    if field == "labels":
        yield EVERYTHING if key in said.watched else ("label", key)
        if key in said.spread:
            yield RESOURCES  # where affinity and spread constraints are
    elif field == "annotations":
        yield SECURITY if key.startswith(_SECURITY_ANNOTATIONS) else ("annotation", key)
    else:
        yield EVERYTHING


def _of_volume(steps: Steps, said: Mentions) -> Iterator[Concern]:
    if not isinstance(steps[2], str):
        yield EVERYTHING
        return
    yield ("volume", steps[2])
    yield from (("shm", *container) for container in said.shared.get(steps[2], ()))
    source = steps[3] if len(steps) > 3 else ""
    if source in ("persistentVolumeClaim", "ephemeral"):
        yield from ((CLAIMS,) if said.ephemeral else ())
        yield from ((FS_GROUP,) if said.named_users else ())
    if source == "ephemeral":
        yield RESOURCES


def _of_container(steps: Steps, said: Mentions) -> Iterator[Concern]:
    """Of a container that a layer brings itself everything counts as one: its presence is judged by many rules."""
    if len(steps) < 4 or not isinstance(steps[2], str):
        yield EVERYTHING
        return
    if (steps[1], steps[2]) not in said.known:
        yield from (("container", steps[2]), SECURITY, RESOURCES, TOKEN, PORTS, FS_GROUP)
    of_field = _CONTAINER_FIELDS.get(steps[3])
    if of_field is not None:
        yield from of_field(steps, said)
    else:
        yield (steps[3], *steps[1:3]) if steps[3] in _OWN_FIELDS else EVERYTHING


def _of_env(steps: Steps, said: Mentions) -> Iterator[Concern]:
    if len(steps) < 5 or not isinstance(steps[4], str):
        yield EVERYTHING
        return
    variable = (*steps[1:3], steps[4])
    yield ("env", *variable)
    if steps[4] == "HOME" and said.read_only:
        yield ("writable", *steps[1:3])
    if variable in said.texts:
        yield TEXT
    yield from (("volume", name) for name in said.files.get(variable, ()))


def _of_mount(steps: Steps, said: Mentions) -> Iterator[Concern]:
    if len(steps) < 5 or not isinstance(steps[4], str):
        yield EVERYTHING
        return
    path = canonical(steps[4])
    yield ("mount", *steps[1:3], path)
    yield from (("volume", name) for name in said.mounted.get((*steps[1:3], path), ()))
    if path == SHM:
        yield ("shm", *steps[1:3])
    if said.read_only and (path in _ABOVE_WRITABLE or path.startswith(WRITABLE)):
        yield ("writable", *steps[1:3])
    if path.startswith(_TOKENS):
        yield TOKEN
    if steps[-1] == "mountPropagation":
        yield SECURITY


def _of_image(steps: Steps, said: Mentions) -> Iterator[Concern]:
    yield from (("image", *steps[1:3]), ("shm", *steps[1:3]))
    if said.read_only:
        yield ("writable", *steps[1:3])


def _of_name(steps: Steps, said: Mentions) -> Iterator[Concern]:
    """Nothing: the name is only the address by which a layer means a container."""
    yield from ()


def _of_security_context(steps: Steps, said: Mentions) -> Iterator[Concern]:
    yield SECURITY
    if steps[-1] == "readOnlyRootFilesystem":
        yield ("writable", *steps[1:3])
    if steps[-1] in _WHO_WRITES:
        yield FS_GROUP


def _of_resources(steps: Steps, said: Mentions) -> Iterator[Concern]:
    yield EVERYTHING if len(steps) > 4 and steps[4] == "claims" else RESOURCES


def _of_ports(steps: Steps, said: Mentions) -> Iterator[Concern]:
    yield PORTS


_CONTAINER_FIELDS: Final[Mapping[str, Callable[[Steps, Mentions], Iterator[Concern]]]] = {
    "env": _of_env,
    "image": _of_image,
    "name": _of_name,
    "ports": _of_ports,
    "resources": _of_resources,
    "securityContext": _of_security_context,
    "volumeMounts": _of_mount,
}
