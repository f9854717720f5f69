"""Places that a notebook needs to write to: shared memory, /tmp, a home (NB9).

Refuses to know what a program really writes: it goes by the names of images and by well-known folders.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from nbcore.checks.fault import Fault, Faults, Pod
from nbcore.checks.mount_paths import ancestors, canonical
from nbcore.checks.practice.places import Container, containers, is_of_a_notebook, volumes

SHM: Final = "/dev/shm"
TORCH: Final = ("torch", "lightning", "deepspeed", "fastai", "vllm", "monai", "nemo")
"""Parts of the names of images whose data loaders share memory between processes."""
NOTEBOOKS: Final = ("jupyter", "notebook", "rstudio", "code-server", "vscode", "openvscode", "marimo")
"""Parts of the names of images that keep settings in the home of their user."""
_HOMES: Final = re.compile(r"/root|/home(?:/[^/]+)?", re.ASCII)
_CACHES: Final = re.compile(r"(?:/root|/home/[^/]+)/\.(?:cache|config|local)", re.ASCII)


def writable_places(pod: Pod) -> Faults:
    """The faults of every container that cannot write where it will want to."""
    on_disk = {one["name"] for _, one in volumes(pod) if one.get("name") and _is_on_disk(one)}
    windows = ((pod.get("spec") or {}).get("os") or {}).get("name") == "windows"
    for container in () if windows else containers(pod):
        yield from _shared_memory(container, on_disk)
        if (container.value.get("securityContext") or {}).get("readOnlyRootFilesystem"):
            yield from _read_only_root(container, is_of_a_notebook(pod))


def _is_on_disk(volume: dict[str, object]) -> bool:
    source = volume.get("emptyDir")
    return isinstance(source, dict) and source.get("medium") != "Memory"


def _shared_memory(container: Container, on_disk: set[str]) -> Faults:
    mount = container.mounts.get(SHM)
    if mount is not None:
        at, one = mount
        if one.get("name") in on_disk:
            yield Fault(
                "NB903",
                (*container.at, "volumeMounts", at, "name"),
                f"{SHM} of the container {container.name} lies on disk",
                "Give its emptyDir `medium: Memory` and a sizeLimit.",
            )
    elif _is_named(container, TORCH):
        yield Fault(
            "NB903",
            (*container.at, "volumeMounts"),
            f"the container {container.name} has only the 64 MiB at {SHM} that a runtime gives, "
            "and data loaders of PyTorch die of that",
            f"Mount an emptyDir with `medium: Memory` at {SHM}.",
        )


def _is_named(container: Container, fragments: tuple[str, ...]) -> bool:
    image = str(container.value.get("image", "")).lower()
    return any(one in image for one in fragments)


def _read_only_root(container: Container, notebook: bool) -> Faults:
    """What cannot be written to; a container that is no notebook, and has a place to write, knows where."""
    path = (*container.at, "securityContext", "readOnlyRootFilesystem")
    written = set(_written(container))
    if not _holds("/tmp", written) and (notebook or _wants_home(container) or not written):
        yield Fault(
            "NB904",
            path,
            f"the container {container.name} has a read-only root and cannot write to /tmp",
            "Mount an emptyDir at /tmp.",
        )
    if _wants_home(container) and not _has_home(container, written):
        yield Fault(
            "NB905",
            path,
            f"the container {container.name} has a read-only root and no home that it can write to",
            "Mount a volume at the home folder, or an emptyDir at its .cache.",
        )


def _written(container: Container) -> Iterator[str]:
    """The paths at which something is mounted that may be written to."""
    return (path for path, (_, one) in container.mounts.items() if not one.get("readOnly"))


def _holds(path: str, written: set[str]) -> bool:
    return path in written or any(above in written for above in ancestors(path))


def _home(container: Container) -> str | None:
    """The home that the environment names; None where it names none, ``""`` where that is not known here."""
    named = [one for one in container.value.get("env") or () if one.get("name") == "HOME"]
    if not named:
        return None
    value = named[-1].get("value") or ""
    return canonical(value) if value.startswith("/") and "$(" not in value else ""


def _wants_home(container: Container) -> bool:
    near_home = any(_HOMES.match(path) for path in container.mounts)
    return near_home or _home(container) is not None or _is_named(container, NOTEBOOKS)


def _has_home(container: Container, written: set[str]) -> bool:
    home = _home(container)
    if home is None:
        return any(_HOMES.fullmatch(path) or _CACHES.fullmatch(path) for path in written)
    return home == "" or not _HOMES.match(home) or _holds(home, written) or f"{home}/.cache" in written
