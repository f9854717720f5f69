"""Random worlds out of a seed: the objects of a cluster, and others of every kind and dialect that come to it.

What comes is right, nearly right, or spoiled at any place. Refuses to know what anybody says about it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final, NamedTuple, TypeAlias

from tests.fuzz.mutants import edited
from tests.fuzz.scenes import KUBEFLOW, LAB, MINE, PROXY, TOKEN, WORKSPACE_OF_ADA, pod_default
from tests.laws import fleets
from tests.oracles import pod_mutants, realistic_pods
from tests.oracles.workspace_kinds import Grower
from tests.units.reviews import changed, namespace, with_metadata
from tests.units.workspaces import KIND

Json: TypeAlias = Any
SPACES: Final = ("kinds", "team", "lab", "default")
_MARKS: Final[tuple[dict[str, str], ...]] = ({}, {"tier": "dev"}, {"team": "a", "tier": "prod"})


class World(NamedTuple):
    """The objects that are there, and those that come, one at a time."""

    objects: list[Json]
    new: list[Json]


def worlds(seed: int) -> Iterator[World]:
    """Worlds without end."""
    random = Random(seed)
    while True:
        made = random.choice(_SORTS)(random)
        spaces = [namespace(name, **random.choice(_MARKS)) for name in SPACES]
        new = [spoiled(random, one) if random.random() < 0.4 else one for one in made.new]
        yield World([*spaces, *made.objects], [one for one in new if isinstance(_name(one), str)])


def spoiled(random: Random, one: Json) -> Json:
    """The object with a few odd values, anywhere but in what says which object it is."""
    kept = {key: one[key] for key in ("apiVersion", "kind")}
    for _ in range(random.choice((1, 1, 2))):
        one = edited(random, one)
        if not isinstance(one, dict) or not isinstance(one.get("metadata"), dict):
            return {**kept, "metadata": {"name": "spoiled", "namespace": "team"}, "spec": one}
        one = {**one, **kept}
    return one


def _name(one: Json) -> Json:
    return one["metadata"].get("name")


# ---- fleets of both dialects ----


def _fleet(random: Random) -> World:
    """Kinds, and notebooks that come to them."""
    scene = fleets.scene(random.randrange(2**32), 6)
    return World(scene.old, scene.notebooks)


def _kinds(random: Random) -> World:
    """A kind, or a Revision, that comes to the others and to notebooks."""
    scene = fleets.scene(random.randrange(2**32), 4)
    kinds = random.choice((scene.old, scene.new))
    one = random.choice(kinds)
    notebooks = [each for each in scene.notebooks if random.random() < 0.5]
    return World([*(each for each in kinds if each is not one), *notebooks], [one])


def _upstream(random: Random) -> World:
    """Kubeflow's kinds, grown along their schemas; some Workspaces are of a kind that is there."""
    grower = Grower(random.randrange(2**32))
    grown = [random.choice((grower.object, grower.mutant))("WorkspaceKind") for _ in range(2)]
    here, kind = [copy.deepcopy(KIND)], copy.deepcopy(grown)
    workspaces = [random.choice((grower.object, grower.mutant))("Workspace") for _ in range(3)]
    near = [
        with_metadata(_of_kind(random, one), name=f"w{at}", namespace="team")
        for at, one in enumerate(workspaces)
    ]
    return World(here, [*kind, *workspaces, *near])


def _of_kind(random: Random, workspace: Json) -> Json:
    """A Workspace of ada's kind; its own volumes and metadata are those of a grown one."""
    template = copy.deepcopy(WORKSPACE_OF_ADA["spec"]["podTemplate"])
    grown = workspace.get("spec")
    grown = grown.get("podTemplate") if isinstance(grown, dict) else None
    for field in ("podMetadata", "volumes"):
        if isinstance(grown, dict) and field in grown and random.random() < 0.5:
            template[field] = grown[field]
    return changed(with_metadata(WORKSPACE_OF_ADA), podTemplate=template)


# ---- PodDefaults, and what nobody reads ----

_ENV: Final = tuple({"name": name, "value": text} for name in ("A", "B", "TOKEN") for text in ("1", "2"))
_THEIRS: Final[dict[str, tuple[Json, ...]]] = {
    "env": ([_ENV[0]], [_ENV[2], _ENV[4]], [_ENV[1]]),
    "envFrom": ([{"secretRef": {"name": "a"}}],),
    "volumes": ([{"name": "a", "emptyDir": {}}], [{"name": "a", "secret": {"secretName": "b"}}]),
    "volumeMounts": ([{"name": "a", "mountPath": "/a"}], [{"name": "b", "mountPath": "/a"}]),
    "tolerations": ([{"key": "gpu", "operator": "Exists"}],),
    "labels": ({"a": "b"}, {"team": "b"}),
    "annotations": ({"a": "b"}, {"a b": "c"}),
    "imagePullSecrets": ([{"name": "pull"}],),
    "serviceAccountName": ("runner", "Not Valid"),
    "automountServiceAccountToken": (True, False),
    "command": (["sh"],),
    "args": (["-c"],),
    "desc": ("words",),
    "initContainers": ([{"name": "init", "image": "registry.example.com/init:1"}],),
    "sidecars": ([{"name": "side", "image": "registry.example.com/side:1"}], [{"name": "main"}]),
}


def kubeflow_pod_default(random: Random, name: str) -> Json:
    """A PodDefault of Kubeflow."""
    fields = random.sample(sorted(_THEIRS), random.randint(0, 4))
    spec = {field: copy.deepcopy(random.choice(_THEIRS[field])) for field in fields}
    return pod_default(name, "kubeflow.org/v1alpha1", **spec)


def _pod_defaults(random: Random) -> World:
    """PodDefaults of both dialects beside a Template that names some of them."""
    theirs = [kubeflow_pod_default(random, f"d{at}") for at in range(4)]
    ours = [with_metadata(fleets.pod_default(random, name), namespace="team") for name in ("proxy", "p")]
    held = [KUBEFLOW] if random.random() < 0.5 else []
    return World(
        [LAB, PROXY, *held, *theirs[:2]],
        [*theirs[2:], TOKEN, *ours[1:], with_metadata(ours[0], name="other")],
    )


def _others(random: Random) -> World:
    """Notebooks of the first Kubeflow, and of our own beside it."""
    return World(
        [LAB, PROXY, KIND],
        [KUBEFLOW, MINE, WORKSPACE_OF_ADA, LAB, PROXY, with_metadata(KIND, name="another")],
    )


_SORTS: Final[tuple[Callable[[Random], World], ...]] = (
    *(_fleet,) * 3,
    *(_kinds,) * 4,
    *(_upstream,) * 3,
    _pod_defaults,
    _others,
)


# ---- pods ----


def pods(random: Random) -> tuple[list[Json], Json]:
    """PodDefaults of a namespace, and a pod that comes to it."""
    given = [kubeflow_pod_default(random, f"d{at}") for at in range(random.randint(0, 3))]
    if random.random() < 0.5:
        given.append(PROXY)
    if random.random() < 0.3:
        given = [spoiled(random, one) for one in given]
    pod = random.choice((realistic_pods.pod, pod_mutants.mutant))(random)
    metadata = pod.get("metadata")
    if isinstance(metadata, dict):
        metadata["namespace"] = "team"
        if isinstance(metadata.setdefault("labels", {}), dict):
            metadata["labels"]["team"] = "a"
    return [namespace(), *given], pod
