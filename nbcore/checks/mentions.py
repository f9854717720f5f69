"""Mentions: what the layers of a kind say anywhere that decides which places of its pods are judged together.

An env value that holds a variable, a label that spreads pods, a mount that makes a volume the shared memory:
whoever says such a thing, every other layer that speaks of the same place plays a part in it. So this is
found out once for all layers, before any of them is looked at alone.

Refuses to know which layers are chosen together, and rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from nbcore.checks.mount_paths import canonical
from nbcore.kubernetes.elements import leaves
from nbcore.kubernetes.paths import Item, Path

Steps: TypeAlias = tuple[Any, ...]
Container: TypeAlias = tuple[str, str]
"""The list and the name of a container."""

SHM: Final = "/dev/shm"
CONTAINER_LISTS: Final = ("containers", "initContainers")
_REMOVING: Final = ("$patch", "$retainKeys")
_MANY_BYTES: Final = 128 * 1024
"""Half of what all annotations of a pod may take; the other half is for the marks of the system."""


@dataclass(slots=True)
class Mentions:
    """What is said anywhere in the layers of a kind.

    Shape: ``known`` are containers that every pod has, whatever is chosen; ``watched`` the labels by which
    PodDefaults are chosen, ``spread`` those that stand in ``matchLabelKeys``; ``texts`` the env variables
    (list, container, name) that hold text to be filled in, ``files`` the volumes that they are read from;
    ``mounted`` the volumes that stand at a mount (list, container, path), ``shared`` the containers that mount
    a volume as shared memory; ``repeated`` the lists in which a layer has an element twice, which merging with
    any other layer makes one; ``bulky`` when annotations of different
    layers may be too large together.
    """

    known: frozenset[Container] = frozenset()
    watched: frozenset[str] = frozenset()
    spread: set[str] = field(default_factory=set)
    texts: set[Steps] = field(default_factory=set)
    files: dict[Steps, set[str]] = field(default_factory=dict)
    mounted: dict[Steps, set[str]] = field(default_factory=dict)
    shared: dict[str, set[Steps]] = field(default_factory=dict)
    repeated: set[Steps] = field(default_factory=set)
    ephemeral: bool = False
    read_only: bool = False
    named_users: bool = False
    bulky: bool = False


def raw(path: Iterable[Any]) -> Steps:
    """The steps of a keyed path, elements by their keys alone."""
    return tuple(step.identity if isinstance(step, Item) else step for step in path)


def mentions(
    base: Any, choices: Iterable[Sequence[Any]], watched: frozenset[str], *, directed: Iterable[Any]
) -> Mentions:
    """What the layers of a kind mention.

    Shape: ``base`` is the tree that every pod starts from; of each of the ``choices`` one tree is laid over
    it; ``directed`` are those of all these trees that may hold directives.
    """
    kept = not any(map(may_remove_containers, (base, *directed)))
    found = Mentions(containers_of(base) if kept else frozenset(), watched)
    taken = 0
    for trees in ((base,), *choices):
        taken += max((_read(tree, found) for tree in trees), default=0)
    found.bulky = taken > _MANY_BYTES
    return found


def containers_of(tree: Any) -> frozenset[Container]:
    """The containers of a pod template that have a name."""
    spec = tree.get("spec") if isinstance(tree, dict) else None
    lists = {name: spec.get(name) for name in CONTAINER_LISTS} if isinstance(spec, dict) else {}
    return frozenset(
        (name, one["name"])
        for name, listed in lists.items()
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, dict) and isinstance(one.get("name"), str)
    )


def may_remove_containers(tree: Any) -> bool:
    """Whether directives of a tree may take away a container that a lower layer brings."""
    spec = tree.get("spec") if isinstance(tree, dict) else None
    holders = [one for one in (tree, spec) if isinstance(one, dict)]
    if any(one in holder for holder in holders for one in _REMOVING):
        return True
    gone = ("spec", *CONTAINER_LISTS)
    if any(one in holder and holder[one] is None for holder in holders for one in gone):
        return True
    lists = [spec.get(name) for name in CONTAINER_LISTS] if isinstance(spec, dict) else []
    return any(
        isinstance(one, dict) and "$patch" in one
        for listed in lists
        for one in (listed if isinstance(listed, list) else ())
    )


def _read(tree: Any, found: Mentions) -> int:
    """Adds what one tree mentions; the bytes of its annotations."""
    taken = 0
    seen: dict[Steps, Path] = {}
    for path, value in leaves(tree):
        steps = raw(path)
        before = seen.setdefault(steps, path)
        if before is not path:
            found.repeated.update(steps[:at] for at in _apart(path, before))
        if steps[:2] == ("metadata", "annotations"):
            taken += sum(len(str(one).encode("utf-8", "surrogatepass")) for one in (steps[2:3], value))
        elif steps[:1] == ("spec",) and len(steps) > 2:
            _read_leaf(steps, value, found)
    return taken


def _apart(path: Path, other: Path) -> Iterator[int]:
    """Where two paths of the same keys lead to different elements of a list."""
    for at, (one, two) in enumerate(zip(path, other, strict=True)):
        if isinstance(one, Item) and isinstance(two, Item) and one.index != two.index:
            yield at


def _read_leaf(steps: Steps, value: Any, found: Mentions) -> None:
    if steps[1] in CONTAINER_LISTS and len(steps) > 4:
        _read_container(steps, value, found)
    elif steps[1] == "volumes":
        found.ephemeral = found.ephemeral or steps[3:4] == ("ephemeral",)
    if isinstance(value, str) and not {"matchLabelKeys", "mismatchLabelKeys"}.isdisjoint(steps):
        found.spread.add(value)
    last = steps[-1]
    found.read_only = found.read_only or last == "readOnlyRootFilesystem"
    found.named_users = found.named_users or last in ("runAsUser", "runAsNonRoot")


def _read_container(steps: Steps, value: Any, found: Mentions) -> None:
    field_name, element, last = steps[3], steps[4], steps[-1]
    if field_name == "env" and isinstance(value, str):
        place = (*steps[1:3], element)
        if "{{" in value:
            found.texts.add(place)
        if last == "volumeName":
            found.files.setdefault(place, set()).add(value)
    elif field_name == "volumeMounts" and last == "name" and isinstance(value, str):
        path = canonical(str(element))
        found.mounted.setdefault((*steps[1:3], path), set()).add(value)
        if path == SHM:
            found.shared.setdefault(value, set()).add(steps[1:3])
